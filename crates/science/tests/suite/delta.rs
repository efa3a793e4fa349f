//! Delta checks and reference change values.

use jiff::civil::DateTime;
use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{
    Reported, Unfit,
    delta::{Dated, DeltaCheck, Limits, Measure, Rcv, Verdict, Why, rcv, rcv_log_normal},
};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn limit(rise: &str, fall: &str) -> Limits {
    let read = |text: &str| (!text.is_empty()).then(|| dec(text));
    Limits { rise: read(rise), fall: read(fall) }
}

fn dated(value: &str, at: &str) -> Dated {
    Dated { value: Reported::parse(value), at: at.parse::<DateTime>().unwrap() }
}

const YESTERDAY: &str = "2026-11-21T09:00";
const TODAY: &str = "2026-11-22T09:00";

fn check(measure: Measure, least: Option<&str>, earlier: &str, now: &str) -> Verdict {
    let check = DeltaCheck { measure, window_hours: 72, least: least.map(dec) };
    check.check(&dated(now, TODAY), &[dated(earlier, YESTERDAY)]).unwrap()
}

/// A verdict in a word.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Within(_) => "within",
        Verdict::Risen(..) => "risen",
        Verdict::Fallen(..) => "fallen",
        Verdict::Undecided(_, Why::Censored) => "censored",
        Verdict::Undecided(_, Why::EarlierNotPositive) => "not positive",
        Verdict::Undecided(_, Why::EarlierNotANumber) => "text",
        Verdict::Undecided(_, Why::BelowLeast) => "below least",
        Verdict::Undecided(_, Why::EarlierDiffer) => "differ",
        Verdict::Undecided(_, Why::TooLarge) => "too large",
        Verdict::NotANumber => "not a number",
        Verdict::NoEarlierResult => "none",
    }
}

#[test]
fn changes_are_measured_on_reported_values() {
    for (measure, earlier, now, expected) in [
        (Measure::Absolute(limit("1", "1")), "4.0", "5.0", "within"),
        (Measure::Absolute(limit("1", "1")), "4.0", "5.1", "risen"),
        (Measure::Absolute(limit("1", "1")), "4.0", "2.9", "fallen"),
        (Measure::Absolute(limit("", "2")), "10.0", "19.0", "within"),
        (Measure::Absolute(limit("", "2")), "10.0", "7.9", "fallen"),
        (Measure::Absolute(limit("0", "0")), "4.0", "4.00", "within"),
        (Measure::Percent(limit("10", "10")), "10", "11", "within"),
        (Measure::Percent(limit("10", "10")), "10", "11.01", "risen"),
        (Measure::Percent(limit("10", "10")), "3", "3.3", "within"),
        (Measure::Percent(limit("10", "10")), "30", "26.9", "fallen"),
        (Measure::Percent(limit("10", "10")), "0", "5", "not positive"),
        (Measure::Percent(limit("10", "10")), "-2", "5", "not positive"),
        (Measure::Percent(limit("100", "150")), "2", "-0.9", "within"),
        (Measure::Percent(limit("100", "150")), "2", "-1.1", "fallen"),
        // One day has passed.
        (Measure::PerDay(limit("3", "3")), "10", "13", "within"),
        (Measure::PerDay(limit("3", "3")), "10", "13.1", "risen"),
        (Measure::Absolute(limit("1", "1")), "clotted", "5", "text"),
        (Measure::Absolute(limit("1", "1")), "5", "clotted", "not a number"),
    ] {
        let verdict = check(measure, None, earlier, now);
        assert_eq!(word(&verdict), expected, "{measure:?} {earlier} {now}: {verdict:?}");
    }
}

#[test]
fn a_censored_value_is_every_number_on_its_side() {
    let absolute = |rise, fall| Measure::Absolute(limit(rise, fall));
    let percent = |rise, fall| Measure::Percent(limit(rise, fall));
    for (measure, least, earlier, now, expected) in [
        // More than 7 above, and a limit of 7: all of it is above.
        (absolute("7", "7"), None, "<5", "12", "risen"),
        (absolute("7", "7"), None, "<=5", "12", "censored"),
        (absolute("7", "7"), None, "<=5", "12.1", "risen"),
        (absolute("8", "8"), None, "<5", "12", "censored"),
        (absolute("12", "12"), Some("0"), "<5", "12", "within"),
        (absolute("5", "5"), Some("0"), "<5", "<5", "within"),
        (absolute("4", "4"), Some("0"), "<5", "<5", "censored"),
        (absolute("5", "5"), None, "<5", "<5", "censored"),
        (absolute("10", "10"), None, ">1000", "900", "fallen"),
        (absolute("10", "10"), None, "900", ">1000", "risen"),
        (absolute("10", "10"), None, ">1000", ">1000", "censored"),
        (absolute("", "10"), None, "900", ">=895", "within"),
        // A percentage of something below 5 has no end above, and is at least that of 5.
        (percent("100", "50"), Some("0"), "<5", "12", "risen"),
        (percent("200", "50"), Some("0"), "<5", "12", "censored"),
        (percent("", "50"), Some("0"), "<5", "12", "within"),
        (percent("100", "50"), Some("0"), "100", "<5", "fallen"),
        (percent("100", "100"), Some("0"), "100", "<5", "within"),
        (percent("100", "50"), None, "100", "<5", "fallen"),
        (percent("100", "100"), None, "100", "<5", "censored"),
        (percent("100", "50"), None, "<5", "12", "not positive"),
        (percent("100", "50"), Some("0"), ">1000", "400", "fallen"),
        (percent("100", "100"), Some("0"), ">1000", "400", "within"),
        (percent("100", "50"), Some("0"), ">1000", "600", "censored"),
        (percent("100", "50"), Some("0"), ">1000", ">1000", "censored"),
        (percent("100", "99"), Some("0"), ">1000", "0", "fallen"),
        (percent("100", "100"), Some("0"), "<5", "0", "within"),
        (absolute("1", "1"), Some("0"), "-1", "5", "below least"),
        (absolute("1", "1"), Some("0"), "<0", "5", "below least"),
        (absolute("1", "1"), Some("3"), "5", "<3", "below least"),
    ] {
        let verdict = check(measure, least, earlier, now);
        assert_eq!(word(&verdict), expected, "{measure:?} {least:?} {earlier} {now}: {verdict:?}");
    }
}

#[test]
fn the_difference_is_given_with_the_verdict() {
    let Verdict::Risen(change, limit) = check(Measure::Percent(limit("20", "20")), None, "4.0", "5.0") else {
        panic!()
    };
    assert_eq!(limit, dec("20"));
    assert_eq!(
        (change.absolute(), change.percent(), change.per_day()),
        (Some(dec("1.0")), Some(dec("25")), Some(dec("1")))
    );
    assert_eq!((change.elapsed.as_hours(), change.earlier), (24, dated("4.0", YESTERDAY)));
    let Verdict::Risen(change, _) = check(Measure::Absolute(self::limit("1", "")), None, "<5", "12") else { panic!() };
    assert_eq!((change.absolute(), change.percent(), change.per_day()), (None, None, None));
}

#[test]
fn the_latest_result_in_the_window_counts() {
    let rule = DeltaCheck { measure: Measure::Absolute(limit("1", "1")), window_hours: 48, least: None };
    let now = dated("10", TODAY);
    let at = |others: &[Dated]| word(&rule.check(&now, others).unwrap());
    assert_eq!(at(&[]), "none");
    assert_eq!(at(&[dated("5", "2026-11-20T08:59")]), "none");
    assert_eq!(at(&[dated("5", "2026-11-20T09:00")]), "risen");
    // The same time or later is not earlier.
    assert_eq!(at(&[dated("5", TODAY), dated("5", "2026-11-22T10:00")]), "none");
    let history = [dated("5", "2026-11-20T10:00"), dated("10.5", "2026-11-22T06:00"), dated("5", "2026-11-21T10:00")];
    assert_eq!(at(&history), "within");
    let reversed: Vec<Dated> = history.into_iter().rev().collect();
    assert_eq!(at(&reversed), "within");
    assert_eq!(rule.prepare().unwrap().limits(), limit("1", "1"));
    let ends = DeltaCheck { window_hours: u32::MAX, ..rule };
    let first = Dated { value: now.value, at: DateTime::MIN };
    let last = Dated { value: now.value, at: DateTime::MAX };
    assert_eq!(word(&ends.check(&last, &[first]).unwrap()), "within");
}

#[test]
fn earlier_results_of_one_time_must_agree() {
    let rule = DeltaCheck { measure: Measure::Absolute(limit("1", "1")), window_hours: 48, least: None };
    let now = dated("10", TODAY);
    for (others, expected) in [
        (vec![dated("10", YESTERDAY), dated("5", YESTERDAY)], "differ"),
        (vec![dated("10", YESTERDAY), dated("<10", YESTERDAY)], "differ"),
        (vec![dated("10", YESTERDAY), dated("clotted", YESTERDAY)], "differ"),
        (vec![dated("10", YESTERDAY), dated("10.0", YESTERDAY)], "within"),
        // Not the latest ones.
        (vec![dated("10", "2026-11-22T06:00"), dated("10", YESTERDAY), dated("5", YESTERDAY)], "within"),
    ] {
        let reversed: Vec<Dated> = others.iter().rev().copied().collect();
        for others in [others, reversed] {
            assert_eq!(word(&rule.check(&now, &others).unwrap()), expected, "{others:?}");
        }
    }
}

#[test]
fn unsound_limits_are_refused() {
    let now = dated("10", TODAY);
    let refused = |measure| DeltaCheck { measure, window_hours: 1, least: None }.check(&now, &[]).unwrap_err();
    let cv = |cv_a, cv_i, z| Measure::Rcv(Rcv { cv_a, cv_i, z });
    for measure in [
        Measure::Absolute(Limits::default()),
        Measure::Percent(limit("-1", "")),
        Measure::PerDay(limit("1", "-1")),
        cv(-1.0, 5.0, 1.96),
        cv(0.0, 0.0, 1.96),
        cv(f64::NAN, 5.0, 1.96),
        cv(5.0, f64::INFINITY, 1.96),
        cv(5.0, 5.0, 0.0),
        cv(5.0, 5.0, -1.96),
        Measure::LogNormalRcv(Rcv { cv_a: 5.0, cv_i: 5.0, z: f64::NAN }),
    ] {
        assert!(matches!(refused(measure), Unfit::Setting(_)), "{measure:?}");
    }
    assert_eq!(refused(cv(1e300, 1e300, 1.96)), Unfit::Range);
    let huge = check(
        Measure::Absolute(limit("1", "1")),
        None,
        "-50000000000000000000000000000",
        "50000000000000000000000000000",
    );
    assert_eq!(word(&huge), "not a number", "29 digits are not read as a number");
    let huge =
        check(Measure::Percent(limit("1", "1")), None, "0.0000000000000000000000001", "9999999999999999999999999999");
    assert_eq!(word(&huge), "too large");
}

#[test]
fn reference_change_values_agree_with_published_ones() {
    let close =
        |value: f64, expected: f64, within: f64| assert!((value - expected).abs() < within, "{value} {expected}");
    let of = |cv_a, cv_i, z| Rcv { cv_a, cv_i, z };
    // Computed apart from this program, to six decimals.
    close(rcv(&of(2.0, 4.5, 1.96)).unwrap(), 13.649821, 5e-7);
    close(rcv(&of(2.0, 4.5, 1.645)).unwrap(), 11.456099, 5e-7);
    let (down, up) = rcv_log_normal(&of(2.0, 4.5, 1.96)).unwrap();
    close(up, 14.618417, 5e-7);
    close(down, 12.753986, 5e-7);
    let (down, up) = rcv_log_normal(&of(5.0, 20.0, 1.96)).unwrap();
    close(rcv(&of(5.0, 20.0, 1.96)).unwrap(), 57.1, 0.05);
    close(up, 76.1, 0.05);
    close(down, 43.2, 0.05);
    // Am Heart J 2009;157:53, BNP in stable heart failure: +240.4 % and −70.6 %. The CV that gives the one gives the other.
    let (down, up) = published(240.4);
    close(up, 240.4, 1e-9);
    close(down, 70.6, 0.05);
}

/// The log-normal limits of the CV whose upper one is this.
fn published(up: f64) -> (f64, f64) {
    let sigma = (up / 100.0).ln_1p() / (1.96 * std::f64::consts::SQRT_2);
    let cv_i = (sigma * sigma).exp_m1().sqrt() * 100.0;
    rcv_log_normal(&Rcv { cv_a: 0.0, cv_i, z: 1.96 }).unwrap()
}

#[test]
fn a_reference_change_value_decides() {
    let settings = Rcv { cv_a: 5.0, cv_i: 20.0, z: 1.96 };
    for (measure, now, expected) in [
        (Measure::Rcv(settings), "157.1", "within"),
        (Measure::Rcv(settings), "157.2", "risen"),
        (Measure::Rcv(settings), "42.9", "within"),
        (Measure::Rcv(settings), "42.8", "fallen"),
        (Measure::LogNormalRcv(settings), "176.1", "within"),
        (Measure::LogNormalRcv(settings), "176.2", "risen"),
        (Measure::LogNormalRcv(settings), "56.8", "within"),
        (Measure::LogNormalRcv(settings), "56.7", "fallen"),
    ] {
        assert_eq!(word(&check(measure, None, "100", now)), expected, "{measure:?} {now}");
    }
}

#[test]
fn a_check_is_data() {
    let text = r#"{"measure":{"log-normal-rcv":{"cv-a":2.0,"cv-i":4.5,"z":1.96}},"window-hours":72,"least":"0"}"#;
    let check: DeltaCheck = serde_json::from_str(text).unwrap();
    assert_eq!(check.measure, Measure::LogNormalRcv(Rcv { cv_a: 2.0, cv_i: 4.5, z: 1.96 }));
    assert_eq!(serde_json::to_string(&check).unwrap(), text);
    assert!(serde_json::from_str::<DeltaCheck>(&text.replace("least", "lowest")).is_err());
}

fn number() -> impl Strategy<Value = Decimal> {
    (1i64..1_000_000).prop_map(|digits| Decimal::new(digits, 2))
}

/// A value as it is reported, and where among the numbers it stands for one is looked at.
#[derive(Debug, Clone)]
struct Side {
    edge: Decimal,
    sign: &'static str,
    share: u32,
}

fn side() -> impl Strategy<Value = Side> {
    (number(), prop::sample::select(vec!["", "<", "<=", ">", ">="]), 1u32..100).prop_map(|(edge, sign, share)| Side {
        edge,
        sign,
        share,
    })
}

impl Side {
    /// The text, and one of the numbers that it stands for; none below zero where that is the floor.
    fn shown(&self, floor: bool) -> (String, Decimal) {
        let &Side { edge, sign, share } = self;
        let hundredths = Decimal::new(share.into(), 2);
        let number = match sign {
            "" => edge,
            "<" | "<=" if floor => edge * hundredths,
            "<" | "<=" => edge - edge * hundredths * Decimal::from(5),
            _ => edge + edge * hundredths * Decimal::from(5),
        };
        (format!("{sign}{edge}"), number)
    }
}

fn shown(value: Decimal, at: &str) -> Dated {
    Dated { value: Reported::Number(value), at: at.parse().unwrap() }
}

proptest! {
    #[test]
    fn a_difference_does_not_see_a_shift_nor_a_percentage_a_scale(a in number(), b in number(), shift in number(), limit in number()) {
        let both = Limits { rise: Some(limit), fall: Some(limit) };
        let verdict = |measure, a, b| {
            let check = DeltaCheck { measure, window_hours: 72, least: None };
            word(&check.check(&shown(b, TODAY), &[shown(a, YESTERDAY)]).unwrap())
        };
        let absolute = Measure::Absolute(both);
        prop_assert_eq!(verdict(absolute, a, b), verdict(absolute, a + shift, b + shift));
        let percent = Measure::Percent(both);
        prop_assert_eq!(verdict(percent, a, b), verdict(percent, a * Decimal::from(8), b * Decimal::from(8)));
    }

    #[test]
    fn a_censored_verdict_holds_for_every_number_it_stands_for(
        earlier in side(), now in side(), limit in number(), measure in 0usize..3, floor: bool,
    ) {
        let both = Limits { rise: Some(limit), fall: Some(limit) };
        let measure = [Measure::Absolute(both), Measure::Percent(both), Measure::PerDay(both)][measure];
        let check = DeltaCheck { measure, window_hours: 72, least: floor.then_some(Decimal::ZERO) };
        let verdict = |now: (String, Decimal), earlier: (String, Decimal)| {
            let reported = check.check(&dated(&now.0, TODAY), &[dated(&earlier.0, YESTERDAY)]).unwrap();
            let certain = check.check(&shown(now.1, TODAY), &[shown(earlier.1, YESTERDAY)]).unwrap();
            (word(&reported), word(&certain))
        };
        let (reported, certain) = verdict(now.shown(floor), earlier.shown(floor));
        let undecided = ["censored", "not positive", "too large"].contains(&reported);
        prop_assert!(undecided || reported == certain, "{} {}", reported, certain);
    }

    #[test]
    fn the_log_normal_limits_undo_each_other(cv_a in 0.1f64..30.0, cv_i in 0.1f64..150.0, z in 0.5f64..4.0) {
        let settings = Rcv { cv_a, cv_i, z };
        let (down, up) = rcv_log_normal(&settings).unwrap();
        prop_assert!(((1.0 + up / 100.0) * (1.0 - down / 100.0) - 1.0).abs() < 1e-9);
        prop_assert!(down < 100.0 && down < up);
        // For small variation both are the symmetrical limit.
        let small = Rcv { cv_a: cv_a / 1e4, cv_i: cv_i / 1e4, z };
        let ((down, up), both) = (rcv_log_normal(&small).unwrap(), rcv(&small).unwrap());
        prop_assert!((down / both - 1.0).abs() < 0.1 && (up / both - 1.0).abs() < 0.1);
    }
}
