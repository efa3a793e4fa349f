use super::{FormRow, KEPT_SECONDS, Made, mark, once};
use crate::{
    Actor, Failure,
    testing::{World, code},
};
use titer_store::{sql, values};

sql! {
    ALL: (forms: FormRow) = "FROM forms WHERE lab = $1 AND taken_at >= $2 ORDER BY taken_at LIMIT $3";
}

fn sent(world: &World, who: Actor, mark: i64, said: &'static str, made: i64) -> Result<Made, Failure> {
    world.lab.submit(who, None, move |tx| once(tx, mark, "order", said, |_| Ok(made))).wait()
}

#[test]
fn a_form_that_comes_twice_makes_one_thing() {
    let world = World::new();
    let (who, shown) = (world.technician(), mark(world.now()).unwrap());
    assert_eq!(sent(&world, who, shown, "sodium", 2048), Ok(Made::Now(2048)));
    assert_eq!(sent(&world, who, shown, "sodium", 3072), Ok(Made::Before(2048)));
    assert_eq!(code(sent(&world, who, shown, "potassium", 3072)), "forms-taken");
    // The same form shown once more is another form, also in the same second; and so is another person's.
    let again = mark(world.now()).unwrap();
    assert_ne!(shown, again);
    assert_eq!(sent(&world, who, again, "sodium", 3072), Ok(Made::Now(3072)));
    assert_eq!(sent(&world, world.actor(crate::Role::Clerk), shown, "sodium", 4096), Ok(Made::Now(4096)));
}

#[test]
fn a_form_whose_wish_was_refused_may_come_again() {
    let world = World::new();
    let (who, shown) = (world.technician(), mark(world.now()).unwrap());
    let refused =
        world.lab.submit(who, None, move |tx| once(tx, shown, "order", "", |_| crate::refuse("orders-no-tests")));
    assert_eq!(code(refused.wait()), "orders-no-tests");
    assert_eq!(sent(&world, who, shown, "", 2048), Ok(Made::Now(2048)));
}

#[test]
fn a_form_without_a_mark_or_with_an_old_one_is_refused_and_what_is_older_is_erased() {
    let world = World::new();
    let (who, shown) = (world.technician(), mark(world.now()).unwrap());
    for none in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(code(sent(&world, who, none, "", 2048)), "forms-not-shown", "{none}");
    }
    sent(&world, who, shown, "", 2048).unwrap();
    world.pass(KEPT_SECONDS);
    assert_eq!(sent(&world, who, shown, "", 3072), Ok(Made::Before(2048)));
    world.pass(1);
    assert_eq!(code(sent(&world, who, shown, "", 3072)), "forms-not-shown");
    sent(&world, who, mark(world.now()).unwrap(), "", 3072).unwrap();
    let kept = world.read(|s| ALL.all(s, &values![0_i64, 10_i64]));
    assert_eq!(kept.iter().map(|form| form.made).collect::<Vec<_>>(), [3072]);
}
