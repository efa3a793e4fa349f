use jiff::tz::TimeZone;

use super::{commands::DescribeSite, views};
use crate::{
    Actor,
    testing::{World, code, described, time},
};

#[test]
fn a_laboratory_is_described_with_a_name_and_a_zone_that_there_is() {
    let world = World::empty();
    let long = "x".repeat(301);
    let cases: [(DescribeSite, &str); 7] = [
        (DescribeSite { name: " ".to_owned(), ..described() }, "text-missing"),
        (DescribeSite { name: long.clone(), ..described() }, "text-too-long"),
        (DescribeSite { address: format!("1 Test Street\n{long}"), ..described() }, "text-too-long"),
        (DescribeSite { director: "Dr\u{1b}Quill".to_owned(), ..described() }, "text-control"),
        (DescribeSite { accreditation: "M\t1".to_owned(), ..described() }, "text-control"),
        (DescribeSite { zone: "Europe/Atlantis".to_owned(), ..described() }, "sites-zone-unknown"),
        (DescribeSite { address: " 1 Test Street \r\n Testville ".to_owned(), ..described() }, "done"),
    ];
    for (described, expected) in cases {
        assert!(world.read(|s| views::site(s)).is_none());
        assert_eq!(code(world.run(Actor::Console, described)), expected);
    }
    let site = world.read(|s| views::site(s)).unwrap();
    assert_eq!(site.address, ["1 Test Street", "Testville"]);
    assert_eq!(site.zone.iana_name(), Some("Europe/Berlin"));
}

/// What was invented in a demonstration must never look as if it were real.
#[test]
fn a_demonstration_stays_one() {
    let world = World::empty();
    let describe = |demonstration| DescribeSite { demonstration, ..described() };
    let steps = [(false, "done"), (true, "done"), (false, "sites-demonstration-stays"), (true, "done")];
    for (demonstration, expected) in steps {
        assert_eq!(code(world.run(Actor::Console, describe(demonstration))), expected);
    }
}

#[test]
fn until_it_is_described_a_laboratory_keeps_universal_time() {
    assert_eq!(World::empty().read(|s| views::zone(s)), TimeZone::UTC);
}

#[test]
fn a_wall_clock_that_is_set_back_or_forward_still_tells_one_time() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let cases = [
        ("2026-07-27T16:20:28", "2026-07-27T14:20:28Z"),
        ("2026-12-01T00:00:00", "2026-11-30T23:00:00Z"),
        // Twice that night: the earlier.
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        // Never that night: as the clock shows once it is set forward.
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
    ];
    for (wall, expected) in cases {
        assert_eq!(views::from_local(wall.parse().unwrap(), &berlin), Some(time(expected)), "{wall}");
    }
    assert_eq!(views::local(time("2026-07-27T14:20:28Z"), &berlin).to_string(), "2026-07-27T16:20:28");
}
