//! Which row applies by method, specimen and pregnancy as well.

use jiff::civil::{Time, date};
use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{
    AgeBound, Birth, Choice, Circumstances, Conditions, Critical, CriticalLimit, GestationalAge, Interval, Op,
    Pregnancy, PregnancyRange, Reported, Sex, Subject, choose, choose_in, critical,
};

fn weeks(text: &str) -> GestationalAge {
    GestationalAge::parse(text).unwrap()
}

/// A row: sex, ages, pregnancy (`13-27`, `any`), method, specimen; empty for no condition.
fn row(sex: &str, ages: &str, pregnancy: &str, method: &str, specimen: &str) -> (Interval, Conditions) {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let age = |text: &str| (!text.is_empty()).then(|| AgeBound::parse(text).unwrap());
    let (from, to) = ages.split_once('-').unwrap_or_default();
    let interval = Interval { sex: Sex::from_code(sex), age_low: age(from), age_high: age(to), ..Interval::default() };
    let range = |text: &str| {
        let (from, to) = text.split_once('-').unwrap_or_default();
        let week = |text: &str| (!text.is_empty()).then(|| weeks(text));
        PregnancyRange { from: week(from), to: week(to) }
    };
    let pregnancy = (!pregnancy.is_empty()).then(|| range(pregnancy));
    (interval, Conditions { method: some(method), specimen: some(specimen), pregnancy })
}

fn woman(pregnancy: Pregnancy) -> Circumstances<'static> {
    let birth = Some(Birth { date: date(1996, 1, 1), time: None });
    let subject = Subject { sex: Sex::Female, birth, at: date(2026, 11, 22).at(9, 0, 0, 0) };
    Circumstances { subject, pregnancy, method: Some("roche"), specimen: Some("serum") }
}

/// The place of the row that is chosen, `none` or `?`.
fn chosen(rows: &[(Interval, Conditions)], circumstances: &Circumstances<'_>) -> String {
    match choose_in(rows, |(interval, conditions)| (interval, conditions), circumstances) {
        Choice::One(row) => rows.iter().position(|other| std::ptr::eq(other, row)).unwrap().to_string(),
        Choice::None => "none".to_owned(),
        Choice::Ambiguous => "?".to_owned(),
    }
}

#[test]
fn weeks_of_pregnancy() {
    let rows = [
        row("", "", "", "", ""),
        row("female", "", "", "", ""),
        row("female", "12 a-55 a", "-13", "", ""),
        row("female", "12 a-55 a", "13-28", "", ""),
        row("female", "12 a-55 a", "28-", "", ""),
    ];
    for (pregnancy, expected) in [
        (Pregnancy::Not, "1"),
        (Pregnancy::Pregnant(Some(weeks("5"))), "2"),
        (Pregnancy::Pregnant(Some(weeks("12+6"))), "2"),
        (Pregnancy::Pregnant(Some(weeks("13+0"))), "3"),
        (Pregnancy::Pregnant(Some(weeks("27+6"))), "3"),
        (Pregnancy::Pregnant(Some(weeks("28"))), "4"),
        (Pregnancy::Pregnant(Some(weeks("41+3"))), "4"),
        (Pregnancy::Pregnant(None), "?"),
        (Pregnancy::Unknown, "?"),
    ] {
        assert_eq!(chosen(&rows, &woman(pregnancy)), expected, "{pregnancy:?}");
    }
    // In a man, and in a woman beyond the rows' ages, an unknown pregnancy is no question.
    let unknown = woman(Pregnancy::Unknown);
    let man = Circumstances { subject: Subject { sex: Sex::Male, ..unknown.subject }, ..unknown };
    assert_eq!(chosen(&rows, &man), "0");
    let birth = Some(Birth { date: date(1950, 1, 1), time: None });
    let older = Circumstances { subject: Subject { birth, ..unknown.subject }, ..unknown };
    assert_eq!(chosen(&rows, &older), "1");
    // For any week of pregnancy.
    let any = [row("", "", "", "", ""), row("", "", "any", "", "")];
    assert_eq!(chosen(&any, &woman(Pregnancy::Pregnant(None))), "1");
}

#[test]
fn a_pregnant_man_is_a_contradiction() {
    let of = |sex, pregnancy| {
        let someone = woman(pregnancy);
        Circumstances { subject: Subject { sex, ..someone.subject }, ..someone }
    };
    let any = [row("", "", "", "", ""), row("", "", "any", "", "")];
    let by_sex = [row("male", "", "", "", ""), row("female", "", "", "", ""), row("female", "", "any", "", "")];
    let without = [row("male", "", "", "", ""), row("female", "", "", "", "")];
    for pregnancy in [Pregnancy::Pregnant(None), Pregnancy::Pregnant(Some(weeks("20")))] {
        let man = of(Sex::Male, pregnancy);
        assert_eq!(chosen(&any, &man), "?");
        assert_eq!(chosen(&by_sex, &man), "?");
        assert_eq!(chosen(&without, &man), "0");
    }
    assert_eq!(chosen(&by_sex, &of(Sex::Male, Pregnancy::Not)), "0");
}

#[test]
fn methods_and_specimens() {
    let by_method = [row("", "", "", "", ""), row("", "", "", "roche", ""), row("", "", "", "abbott", "")];
    let by_specimen = [row("", "", "", "", "serum"), row("", "", "", "", "csf")];
    let here = woman(Pregnancy::Not);
    assert_eq!(chosen(&by_method, &here), "1");
    assert_eq!(chosen(&by_method, &Circumstances { method: Some("siemens"), ..here }), "0");
    assert_eq!(chosen(&by_method, &Circumstances { method: None, ..here }), "?");
    assert_eq!(chosen(&by_specimen, &here), "0");
    assert_eq!(chosen(&by_specimen, &Circumstances { specimen: Some("csf"), ..here }), "1");
    assert_eq!(chosen(&by_specimen, &Circumstances { specimen: Some("urine"), ..here }), "none");
    assert_eq!(chosen(&by_specimen, &Circumstances { specimen: None, ..here }), "?");
}

#[test]
fn the_more_particular_row_goes_before() {
    let here = woman(Pregnancy::Pregnant(Some(weeks("20"))));
    let general = row("", "", "", "", "");
    for (rows, expected) in [
        (vec![general.clone(), row("female", "", "", "roche", "")], "1"),
        (vec![row("female", "", "", "", ""), row("female", "", "", "roche", "")], "1"),
        (vec![row("female", "", "any", "", ""), row("female", "", "any", "roche", "serum")], "1"),
        // Equals, and crosswise, there is no choice.
        (vec![row("", "", "", "roche", ""), row("", "", "", "", "serum")], "?"),
        (vec![row("female", "", "any", "", ""), row("female", "", "", "roche", "")], "?"),
        (vec![row("female", "", "", "", ""), row("female", "", "", "", "")], "?"),
        // The row that unites both settles it.
        (
            vec![
                row("female", "", "any", "", ""),
                row("female", "", "", "roche", ""),
                row("female", "", "any", "roche", ""),
            ],
            "2",
        ),
        (vec![row("male", "", "", "", "")], "none"),
        (vec![], "none"),
    ] {
        assert_eq!(chosen(&rows, &here), expected, "{rows:?}");
    }
}

#[test]
fn critical_limits_are_chosen_in_the_same_way() {
    let limit = |low: i64, row: (Interval, Conditions)| {
        let limit = CriticalLimit { population: row.0, low: Some((Op::Less, Decimal::from(low))), high: None };
        (limit, row.1)
    };
    let rows = [limit(50, row("", "", "", "", "")), limit(60, row("female", "", "24-", "", ""))];
    let critical_at = |value: i64, pregnancy| match choose_in(
        &rows,
        |(limit, conditions)| (&limit.population, conditions),
        &woman(pregnancy),
    ) {
        Choice::One((limit, _)) => critical(&Reported::Number(Decimal::from(value)), limit),
        _ => None,
    };
    let third_trimester = Pregnancy::Pregnant(Some(weeks("30")));
    assert_eq!(critical_at(55, Pregnancy::Not), Some(Critical::Not));
    assert_eq!(critical_at(55, third_trimester), Some(Critical::Low));
    assert_eq!(critical_at(55, Pregnancy::Unknown), None);
}

#[test]
fn newborns_are_told_apart_by_the_hour() {
    let rows =
        [row("", "0 h-24 h", "", "", ""), row("", "24 h-48 h", "", "", ""), row("", "24 h-48 h", "", "roche", "")];
    let of_hour = |hour: i8| {
        let birth = Some(Birth { date: date(2026, 11, 21), time: Some(Time::constant(hour, 0, 0, 0)) });
        let here = woman(Pregnancy::Not);
        Circumstances { subject: Subject { birth, ..here.subject }, ..here }
    };
    // At 9:00 on the 22nd.
    assert_eq!(chosen(&rows, &of_hour(9)), "2");
    assert_eq!(chosen(&rows, &of_hour(10)), "0");
    assert_eq!(chosen(&rows, &Circumstances { method: Some("abbott"), ..of_hour(9) }), "1");
}

#[test]
fn gestational_ages_are_read_and_written() {
    for (text, written) in [("12", "12+0"), ("12+3", "12+3"), ("0+6", "0+6"), ("45+6", "45+6"), ("06", "6+0")] {
        assert_eq!(weeks(text).to_string(), written);
    }
    for text in ["", "+", "12+", "+3", "12+7", "46", "-1", "12.5", "12 + 3", "12+3+1", "twelve", "99999999999"] {
        let error = GestationalAge::parse(text).unwrap_err();
        assert!(error.to_string().contains("such as 12 or 12+3"), "{text}");
    }
}

fn any_row() -> impl Strategy<Value = Interval> {
    let sex = prop_oneof![Just(None), Just(Some(Sex::Female)), Just(Some(Sex::Male))];
    let age =
        || prop_oneof![Just(None), (0u16..80).prop_map(|years| Some(AgeBound::parse(&format!("{years} a")).unwrap()))];
    (sex, age(), age()).prop_map(|(sex, age_low, age_high)| Interval { sex, age_low, age_high, ..Interval::default() })
}

proptest! {
    #[test]
    fn without_conditions_it_is_the_choice_by_person(rows in prop::collection::vec(any_row(), 0..6), sex in 0usize..4, known: bool) {
        let sex = [Sex::Female, Sex::Male, Sex::Other, Sex::Unknown][sex];
        let here = woman(Pregnancy::Unknown);
        let subject = Subject { sex, birth: here.subject.birth.filter(|_| known), ..here.subject };
        let rows: Vec<_> = rows.into_iter().map(|row| (row, Conditions::default())).collect();
        let here = Circumstances { subject, method: None, specimen: None, ..here };
        prop_assert_eq!(choose_in(&rows, |(row, none)| (row, none), &here), choose(&rows, |(row, _)| row, &subject));
    }
}
