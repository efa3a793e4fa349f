//! Ages as limits state them, and who has reached them.

use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, DateTime, Time, date},
};
use proptest::prelude::*;
use titer_science::{AgeBound, AgeError, Birth, reached};

fn bound(text: &str) -> AgeBound {
    AgeBound::parse(text).unwrap()
}

fn born(date: &str) -> Birth {
    Birth { date: date.parse().unwrap(), time: None }
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

#[test]
fn ages_are_read_and_written_as_the_catalog_has_them() {
    for text in ["0 d", "6 h", "14 d", "2 wk", "3 mo", "1 a", "18 a", "9999 h"] {
        assert_eq!(bound(text).to_string(), text);
    }
}

#[test]
fn anything_else_is_refused_with_what_to_write() {
    for text in ["", " ", "14", "14d", "d 14", " 14 d", "-1 d", "+1 d", "1.5 a", " d", "10000 d", "99999 a", "1,5 a"] {
        let error = AgeBound::parse(text).unwrap_err();
        assert_eq!(error, AgeError::Form(text.to_owned()), "{text:?}");
        assert!(error.to_string().contains("such as 14 d"));
    }
    for text in ["14  d", "1 y", "1 yr", "3 m", "3 MO", "6 H", "5 min", "1 a_j", "1 mo_s", "14 d ", "14 days", "14 "] {
        let error = AgeBound::parse(text).unwrap_err();
        assert_eq!(error, AgeError::Unit(text.to_owned()), "{text:?}");
        assert!(error.to_string().contains("h, d, wk, mo or a"));
    }
}

#[test]
fn days_to_years_are_reached_as_the_day_begins() {
    for (birth, age, last_before, first) in [
        ("2026-03-01", "1 d", "2026-03-01T23:59", "2026-03-02T00:00"),
        ("2026-03-01", "14 d", "2026-03-14T23:59", "2026-03-15T00:00"),
        ("2024-02-20", "14 d", "2024-03-04T23:59", "2024-03-05T00:00"),
        ("2026-03-01", "2 wk", "2026-03-14T23:59", "2026-03-15T00:00"),
        ("2026-03-01", "7 wk", "2026-04-18T23:59", "2026-04-19T00:00"),
        ("2026-03-10", "1 mo", "2026-04-09T23:59", "2026-04-10T00:00"),
        ("2025-11-10", "3 mo", "2026-02-09T23:59", "2026-02-10T00:00"),
        ("2008-07-20", "18 a", "2026-07-19T23:59", "2026-07-20T00:00"),
        ("2025-07-20", "12 mo", "2026-07-19T23:59", "2026-07-20T00:00"),
        // Birthdays that the month does not have: HL7 CQL 1.5, appendix H, definitions of a year and of a month.
        ("2024-02-29", "1 a", "2025-02-28T23:59", "2025-03-01T00:00"),
        ("2024-02-29", "4 a", "2028-02-28T23:59", "2028-02-29T00:00"),
        ("2026-01-31", "1 mo", "2026-02-28T23:59", "2026-03-01T00:00"),
        ("2026-01-31", "2 mo", "2026-03-30T23:59", "2026-03-31T00:00"),
    ] {
        assert_eq!(reached(&born(birth), at(last_before), &bound(age)), Some(false), "{birth} {age} {last_before}");
        assert_eq!(reached(&born(birth), at(first), &bound(age)), Some(true), "{birth} {age} {first}");
    }
}

#[test]
fn hours_need_a_time_of_birth_where_the_day_does_not_tell() {
    let day = born("2026-03-01");
    for (time, age, expected) in [
        ("2026-03-01T05:59", "6 h", Some(false)),
        ("2026-03-01T06:00", "6 h", None),
        ("2026-03-01T23:59", "6 h", None),
        ("2026-03-02T05:59", "6 h", None),
        ("2026-03-02T06:00", "6 h", Some(true)),
        ("2026-03-01T23:59", "24 h", Some(false)),
        ("2026-03-02T12:00", "24 h", None),
        ("2026-03-03T00:00", "24 h", Some(true)),
        ("2026-03-01T00:00", "0 h", Some(true)),
    ] {
        assert_eq!(reached(&day, at(time), &bound(age)), expected, "{time} {age}");
    }
    let morning = Birth { time: Some(Time::constant(8, 30, 0, 0)), ..day };
    for (time, age, expected) in [
        ("2026-03-01T14:29:59", "6 h", Some(false)),
        ("2026-03-01T14:30", "6 h", Some(true)),
        ("2026-03-02T08:29", "24 h", Some(false)),
        ("2026-03-02T08:30", "24 h", Some(true)),
        // A day is a date, whatever the time of birth.
        ("2026-03-02T00:00", "1 d", Some(true)),
    ] {
        assert_eq!(reached(&morning, at(time), &bound(age)), expected, "{time} {age}");
    }
}

#[test]
fn nothing_is_decided_before_birth() {
    let birth = Birth { date: date(2026, 3, 1), time: Some(Time::constant(8, 30, 0, 0)) };
    for age in ["0 h", "0 d", "0 a", "28 d", "18 a"] {
        assert_eq!(reached(&birth, at("2026-02-28T12:00"), &bound(age)), None, "{age}");
        assert_eq!(reached(&birth, at("2026-03-01T08:29"), &bound(age)), None, "{age}");
        assert_eq!(reached(&birth, at("2026-03-01T08:30"), &bound(age)), Some(age.starts_with('0')), "{age}");
    }
}

#[test]
fn the_ends_of_the_calendar_do_not_panic() {
    for age in ["0 h", "9999 h", "9999 d", "9999 wk", "9999 mo", "9999 a"] {
        for (birth, at) in [(Date::MIN, DateTime::MIN), (Date::MIN, DateTime::MAX), (Date::MAX, DateTime::MAX)] {
            assert!(reached(&Birth { date: birth, time: None }, at, &bound(age)).is_some(), "{birth} {at} {age}");
        }
        assert_eq!(reached(&Birth { date: Date::MAX, time: None }, DateTime::MIN, &bound(age)), None);
    }
}

fn any_date() -> impl Strategy<Value = Date> {
    (0..60_000i64).prop_map(|days| date(1900, 1, 1).checked_add(days.days()).unwrap())
}

fn any_time() -> impl Strategy<Value = Time> {
    (0..86_400i64).prop_map(|s| Time::midnight().checked_add(SignedDuration::from_secs(s)).unwrap())
}

fn any_bound() -> impl Strategy<Value = AgeBound> {
    (0..60u16, prop::sample::select(vec!["h", "d", "wk", "mo", "a"]))
        .prop_map(|(n, unit)| bound(&format!("{n} {unit}")))
}

/// A birth, and a moment from the day before it to some days or years later.
fn any_life() -> impl Strategy<Value = (Birth, DateTime)> {
    let days = prop_oneof![-1..4i64, 0..800i64, 0..25_000i64];
    (any_date(), prop::option::of(any_time()), days, any_time()).prop_map(|(date, time, days, clock)| {
        (Birth { date, time }, date.checked_add(days.days()).unwrap().to_datetime(clock))
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = AgeBound::parse(&text);
    }

    #[test]
    fn what_is_written_is_read_again(bound in any_bound()) {
        prop_assert_eq!(AgeBound::parse(&bound.to_string()), Ok(bound));
    }

    /// An age once reached stays reached, and who is certainly too young was too young before.
    #[test]
    fn ages_only_grow((birth, at) in any_life(), bound in any_bound(), later in 0..2_000i64) {
        let then = at.checked_add(later.hours()).unwrap();
        match (reached(&birth, at, &bound), reached(&birth, then, &bound)) {
            (Some(true), then) => prop_assert_eq!(then, Some(true)),
            (now, Some(false)) => {
                let unborn = at < birth.date.to_datetime(birth.time.unwrap_or_default());
                prop_assert!(now == Some(false) || unborn);
            }
            _ => {}
        }
    }

    /// To know the time of birth refines what the day said, and never contradicts it.
    #[test]
    fn a_time_of_birth_never_contradicts_the_day((birth, at) in any_life(), bound in any_bound(), time in any_time()) {
        let timed = reached(&Birth { time: Some(time), ..birth }, at, &bound);
        let untimed = reached(&Birth { time: None, ..birth }, at, &bound);
        prop_assert!(timed.is_none() || untimed.is_none() || timed == untimed);
    }

    /// Where the day alone does not tell, there are times of birth on it for either answer.
    #[test]
    fn unknown_means_that_it_could_go_either_way((birth, at) in any_life(), hours in 0..60u16) {
        let bound = bound(&format!("{hours} h"));
        if birth.date <= at.date() && reached(&Birth { time: None, ..birth }, at, &bound).is_none() {
            let latest = at.min(birth.date.to_datetime(Time::MAX)).time();
            prop_assert_eq!(reached(&Birth { time: Some(Time::MIN), ..birth }, at, &bound), Some(true));
            prop_assert_eq!(reached(&Birth { time: Some(latest), ..birth }, at, &bound), Some(false));
        }
    }

    /// The day on which an age in months is reached, against the calendar library's own addition.
    #[test]
    fn months_agree_with_the_calendar(birth in any_date(), months in 0..1_200u16) {
        let kept = birth.checked_add(i64::from(months).months()).unwrap();
        let day = if kept.day() == birth.day() { kept } else { kept.tomorrow().unwrap() };
        let (birth, bound) = (Birth { date: birth, time: None }, bound(&format!("{months} mo")));
        prop_assert_eq!(reached(&birth, day.to_datetime(Time::MIN), &bound), Some(true));
        if months > 0 {
            prop_assert_eq!(reached(&birth, day.yesterday().unwrap().to_datetime(Time::MAX), &bound), Some(false));
        }
    }

    #[test]
    fn equal_ages_are_reached_together((birth, at) in any_life(), n in 0..60u16) {
        let is = |text: String| reached(&birth, at, &bound(&text));
        prop_assert_eq!(is(format!("{n} a")), is(format!("{} mo", n * 12)));
        prop_assert_eq!(is(format!("{n} wk")), is(format!("{} d", n * 7)));
    }
}
