use super::unchanged;
use crate::{
    Role,
    sites::{commands::DescribeSite, views as sites},
    testing::{World, arg, described, refusal},
};

#[test]
fn who_saw_an_older_version_is_told_who_changed_it_and_when() {
    let world = World::new();
    let (director, seen) = (world.actor(Role::Director), world.read(|s| sites::version(s)));
    let change = |name: &str| {
        let describe = DescribeSite { name: name.to_owned(), ..described() };
        let changed = world.lab.submit(director, None, move |tx| {
            let last = sites::version(tx)?;
            unchanged(tx, seen, last)?;
            tx.run(describe)
        });
        changed.wait()
    };
    change("Northfield").unwrap();
    let refused = refusal(change("Southfield"));
    let args = (arg(&refused, "by"), arg(&refused, "at"));
    assert_eq!(refused.code, "versions-changed");
    assert_eq!(args, ("director of the test".to_owned(), "22 Nov 2026 10:00".to_owned()));
    assert_eq!(world.read(|s| sites::site(s)).unwrap().name, "Northfield");
}
