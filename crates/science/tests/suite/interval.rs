//! Whose interval applies to whom.

use jiff::civil::{Date, DateTime, Time, date, datetime};
use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{AgeBound, Birth, Choice, Interval, Sex, Subject, choose};

/// The specimens of these tests are taken at noon on 22 June 2026.
const AT: DateTime = datetime(2026, 6, 22, 12, 0, 0, 0);

/// `F`, `M`, `O` (other), `U` (unknown) or `any`, and ages as in the catalog.
fn row(sex: &str, age_low: &str, age_high: &str, low: i64, high: i64) -> Interval {
    let age = |text: &str| (!text.is_empty()).then(|| AgeBound::parse(text).unwrap());
    Interval {
        sex: Some(sex).filter(|sex| *sex != "any").map(sex_of),
        age_low: age(age_low),
        age_high: age(age_high),
        low: Some(Decimal::from(low)),
        high: Some(Decimal::from(high)),
    }
}

fn sex_of(letter: &str) -> Sex {
    match letter {
        "F" => Sex::Female,
        "M" => Sex::Male,
        "O" => Sex::Other,
        _ => Sex::Unknown,
    }
}

fn person(sex: &str, birth: Option<Date>) -> Subject {
    Subject { sex: sex_of(sex), birth: birth.map(|date| Birth { date, time: None }), at: AT }
}

/// The lower limit of the chosen row; `none` and `ambiguous` otherwise.
fn chosen(rows: &[Interval], subject: &Subject) -> String {
    match choose(rows, |row| row, subject) {
        Choice::One(row) => row.low.unwrap().to_string(),
        Choice::None => "none".to_owned(),
        Choice::Ambiguous => "ambiguous".to_owned(),
    }
}

/// Creatinine in µmol/L: adults as harmonised in Australasia (EJIFCC 2016;27(1):48-65, table 3), children as Whipps Cross Hospital
/// prints them.
fn creatinine() -> Vec<Interval> {
    vec![
        row("M", "18 a", "", 60, 110),
        row("F", "18 a", "", 45, 90),
        row("any", "28 d", "1 a", 15, 55),
        row("any", "1 a", "15 a", 25, 60),
    ]
}

#[test]
fn sex_and_age_choose_the_row() {
    for (sex, birth, expected) in [
        ("M", Some(date(1980, 1, 1)), "60"),
        ("F", Some(date(1980, 1, 1)), "45"),
        // The lower age is included, the upper is not.
        ("F", Some(date(2008, 6, 22)), "45"),
        ("F", Some(date(2008, 6, 23)), "none"),
        ("U", Some(date(2025, 6, 22)), "25"),
        ("U", Some(date(2025, 6, 23)), "15"),
        ("U", Some(date(2026, 5, 25)), "15"),
        ("U", Some(date(2026, 5, 26)), "none"),
        ("F", Some(date(2011, 6, 22)), "none"),
        // What is not known is not guessed.
        ("U", Some(date(1980, 1, 1)), "ambiguous"),
        ("O", Some(date(1980, 1, 1)), "ambiguous"),
        ("F", None, "ambiguous"),
        ("U", None, "ambiguous"),
        ("F", Some(date(2026, 6, 23)), "ambiguous"),
    ] {
        assert_eq!(chosen(&creatinine(), &person(sex, birth)), expected, "{sex} {birth:?}");
    }
}

#[test]
fn a_row_for_everybody_needs_to_know_nothing() {
    for sex in ["F", "M", "O", "U"] {
        assert_eq!(chosen(&[row("any", "", "", 75, 121)], &person(sex, None)), "75");
    }
}

#[test]
fn no_rows_are_none() {
    assert_eq!(chosen(&[], &person("F", Some(date(1980, 1, 1)))), "none");
}

#[test]
fn a_row_for_the_sex_goes_before_a_row_for_everybody() {
    let rows = [row("any", "16 a", "", 1, 9), row("F", "16 a", "", 2, 9)];
    let adult = Some(date(1980, 1, 1));
    for (sex, birth, expected) in [
        ("F", adult, "2"),
        ("M", adult, "1"),
        // The row for women may apply, so the one for everybody may not be the right one.
        ("U", adult, "ambiguous"),
        ("O", adult, "ambiguous"),
        ("M", None, "ambiguous"),
    ] {
        assert_eq!(chosen(&rows, &person(sex, birth)), expected, "{sex} {birth:?}");
    }
    // Whether the row for everybody applies does not matter to a woman.
    let rows = [row("any", "16 a", "", 1, 9), row("F", "", "", 2, 9)];
    assert_eq!(chosen(&rows, &person("F", None)), "2");
}

#[test]
fn two_rows_of_the_same_kind_are_no_choice() {
    let adult = Some(date(1980, 1, 1));
    for sex in ["any", "F"] {
        let rows = [row(sex, "16 a", "", 1, 9), row(sex, "18 a", "", 1, 9)];
        assert_eq!(chosen(&rows, &person("F", adult)), "ambiguous");
        assert_eq!(chosen(&rows, &person("F", Some(date(2009, 1, 1)))), "1");
    }
}

#[test]
fn a_row_for_others_is_for_them_alone() {
    let rows = [row("O", "", "", 3, 9), row("any", "", "", 1, 9)];
    for (sex, expected) in [("O", "3"), ("F", "1"), ("M", "1"), ("U", "ambiguous")] {
        assert_eq!(chosen(&rows, &person(sex, None)), expected, "{sex}");
    }
    let rows = [row("F", "", "", 1, 9), row("M", "", "", 2, 9), row("O", "", "", 3, 9)];
    for (sex, expected) in [("O", "3"), ("F", "1"), ("M", "2"), ("U", "ambiguous")] {
        assert_eq!(chosen(&rows, &person(sex, None)), expected, "{sex}");
    }
    // A row for people of unknown sex would be a guess about somebody, and is never chosen.
    assert_eq!(chosen(&[row("U", "", "", 4, 9)], &person("U", None)), "ambiguous");
}

#[test]
fn hours_of_life_need_a_time_of_birth() {
    // Bilirubin and glucose limits change within the first day.
    let rows = [row("any", "", "24 h", 1, 9), row("any", "24 h", "", 2, 9)];
    let mut newborn = person("F", Some(date(2026, 6, 21)));
    assert_eq!(chosen(&rows, &newborn), "ambiguous");
    for (hour, expected) in [(11, "2"), (12, "2"), (13, "1")] {
        newborn.birth = Some(Birth { date: date(2026, 6, 21), time: Some(Time::constant(hour, 0, 0, 0)) });
        assert_eq!(chosen(&rows, &newborn), expected, "{hour}:00");
    }
}

#[test]
fn any_kind_of_row_can_be_chosen() {
    let rows = [("children", row("any", "", "16 a", 1, 9)), ("adults", row("any", "16 a", "", 2, 9))];
    let choice = choose(&rows, |(_, interval)| interval, &person("F", Some(date(1980, 1, 1))));
    assert_eq!(choice, Choice::One(&rows[1]));
}

#[test]
fn sexes_are_stored_by_their_codes() {
    for (sex, code) in [(Sex::Female, "female"), (Sex::Male, "male"), (Sex::Other, "other"), (Sex::Unknown, "unknown")]
    {
        assert_eq!(sex.code(), code);
        assert_eq!(Sex::from_code(code), Some(sex));
        assert_eq!(serde_json::to_value(sex).unwrap(), code);
    }
    for code in ["", "F", "Female", "any", "female "] {
        assert_eq!(Sex::from_code(code), None, "{code:?}");
    }
}

fn any_rows() -> impl Strategy<Value = Vec<Interval>> {
    let sex = prop::sample::select(vec!["any", "any", "F", "M", "O"]);
    let age = || prop::sample::select(vec!["", "0 d", "24 h", "28 d", "3 mo", "1 a", "16 a", "60 a"]);
    let rows = prop::collection::vec((sex, age(), age()), 0..5);
    // The place of a row is its lower limit, so that each can be told from the others.
    rows.prop_map(|rows| rows.into_iter().zip(0..).map(|((sex, from, to), n)| row(sex, from, to, n, 99)).collect())
}

fn any_birth() -> impl Strategy<Value = Birth> {
    let days = prop_oneof![0..3i32, 0..400i32, 0..30_000i32];
    (days, prop::option::of(0..12i8)).prop_map(|(days, hour)| Birth {
        date: AT.date() - jiff::Span::new().days(days),
        time: hour.map(|hour| Time::constant(hour, 0, 0, 0)),
    })
}

proptest! {
    /// To learn more of a person never turns one chosen row into another: what was chosen did not rest on a guess.
    #[test]
    fn a_choice_stands_when_more_is_known(
        rows in any_rows(),
        birth in any_birth(),
        sex in prop::sample::select(vec!["F", "M", "O"]),
    ) {
        let full = Subject { sex: sex_of(sex), birth: Some(birth), at: AT };
        let settled = chosen(&rows, &full);
        for less in [
            Subject { sex: Sex::Unknown, ..full },
            Subject { birth: None, ..full },
            Subject { birth: Some(Birth { time: None, ..birth }), ..full },
            Subject { sex: Sex::Unknown, birth: None, ..full },
        ] {
            let before = chosen(&rows, &less);
            prop_assert!(before == settled || before == "ambiguous", "{before} became {settled}");
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        rows in any_rows(),
        birth in prop::option::of(any_birth()),
        sex in prop::sample::select(vec!["F", "M", "O", "U"]),
    ) {
        let subject = Subject { sex: sex_of(sex), birth, at: AT };
        let reversed: Vec<Interval> = rows.iter().rev().cloned().collect();
        prop_assert_eq!(chosen(&rows, &subject), chosen(&reversed, &subject));
    }

    /// With everything known, the choice is what a plain search finds.
    #[test]
    fn with_everything_known_the_row_is_found(
        rows in any_rows(),
        years in 0..100i16,
        sex in prop::sample::select(vec!["F", "M"]),
    ) {
        let birth = Birth { date: date(2026 - years, 6, 1), time: Some(Time::midnight()) };
        let subject = Subject { sex: sex_of(sex), birth: Some(birth), at: AT };
        // So many years and three weeks: past 24 hours, short of 28 days and of every next birthday.
        let past = |age: &AgeBound| match age.to_string().as_str() {
            "0 d" | "24 h" => true,
            "28 d" | "3 mo" | "1 a" => years >= 1,
            "16 a" => years >= 16,
            _ => years >= 60,
        };
        let fits = |row: &&Interval| row.age_low.as_ref().is_none_or(past) && !row.age_high.as_ref().is_some_and(past);
        let own: Vec<&Interval> = rows.iter().filter(fits).filter(|row| row.sex == Some(subject.sex)).collect();
        let everybody: Vec<&Interval> = rows.iter().filter(fits).filter(|row| row.sex.is_none()).collect();
        let expected = match (&own[..], &everybody[..]) {
            ([], []) => "none".to_owned(),
            ([one], _) | ([], [one]) => one.low.unwrap().to_string(),
            _ => "ambiguous".to_owned(),
        };
        prop_assert_eq!(chosen(&rows, &subject), expected);
    }
}
