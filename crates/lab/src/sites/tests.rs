use jiff::tz::TimeZone;

use super::{
    commands::{ADDRESS_LINES_MAX, DescribeSite},
    views,
};
use crate::{
    Actor,
    testing::{World, code, described, time},
};

#[test]
fn a_laboratory_is_described_with_a_name_and_a_zone_that_there_is() {
    let world = World::empty();
    let long = "x".repeat(301);
    let lines = "1 Test Street\n".repeat(ADDRESS_LINES_MAX + 1);
    let cases: [(DescribeSite, &str); 8] = [
        (DescribeSite { address: lines, ..described() }, "sites-address-too-long"),
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
fn a_wall_clock_says_whether_it_showed_a_time_once_twice_or_never() {
    use views::LocalTime::{Never, Once, Twice};
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let cases = [
        ("2026-07-27T16:20:28", Once(time("2026-07-27T14:20:28Z"))),
        ("2026-12-01T00:00:00", Once(time("2026-11-30T23:00:00Z"))),
        ("2026-10-25T01:59:59", Once(time("2026-10-24T23:59:59Z"))),
        ("2026-10-25T02:00:00", Twice(time("2026-10-25T00:00:00Z"), time("2026-10-25T01:00:00Z"))),
        ("2026-10-25T02:30:00", Twice(time("2026-10-25T00:30:00Z"), time("2026-10-25T01:30:00Z"))),
        ("2026-10-25T03:00:00", Once(time("2026-10-25T02:00:00Z"))),
        ("2026-03-29T01:59:59", Once(time("2026-03-29T00:59:59Z"))),
        ("2026-03-29T02:00:00", Never),
        ("2026-03-29T02:30:00", Never),
        ("2026-03-29T03:00:00", Once(time("2026-03-29T01:00:00Z"))),
    ];
    for (wall, expected) in cases {
        assert_eq!(views::from_local(wall.parse().unwrap(), &berlin), expected, "{wall}");
    }
    assert_eq!(views::local(time("2026-07-27T14:20:28Z"), &berlin).to_string(), "2026-07-27T16:20:28");
    // Half an hour, in the south: there is no rule that the hour from two to three is the doubled one.
    let lord_howe = TimeZone::get("Australia/Lord_Howe").unwrap();
    for (wall, once) in [("2026-10-04T02:15:00", false), ("2026-10-04T02:30:00", true), ("2026-04-05T01:45:00", false)]
    {
        assert_eq!(views::from_local(wall.parse().unwrap(), &lord_howe).once().is_some(), once, "{wall}");
    }
}

#[test]
fn a_day_begins_when_its_clock_first_shows_it() {
    let cases = [
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"),
        // The clocks skip midnight.
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"),
        // The clocks show midnight twice.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
    ];
    for (zone, day, expected) in cases {
        let zone = TimeZone::get(zone).unwrap();
        assert_eq!(views::start_of_day(day.parse().unwrap(), &zone), time(expected), "{day}");
    }
}
