//! How values stand against reference and critical limits.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{Comparator, Critical, CriticalLimit, Flag, Op, Reported, critical, flag};

const COMPARATORS: [Comparator; 4] =
    [Comparator::Less, Comparator::LessOrEqual, Comparator::Greater, Comparator::GreaterOrEqual];

/// A number, or none for an empty text.
fn limit(text: &str) -> Option<Decimal> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

fn flagged(value: &str, low: &str, high: &str) -> Option<Flag> {
    flag(&Reported::parse(value), limit(low), limit(high))
}

#[test]
fn numbers_are_flagged_and_limits_are_normal() {
    // Potassium 3.5-5.2 mmol/L (EJIFCC 2016;27(1):48-65, table 3).
    for (value, expected) in [
        ("3.4", Flag::Low),
        ("3.5", Flag::Normal),
        ("3.50", Flag::Normal),
        ("4", Flag::Normal),
        ("5.2", Flag::Normal),
        ("5.3", Flag::High),
        ("5.20000000000000000000000001", Flag::High),
    ] {
        assert_eq!(flagged(value, "3.5", "5.2"), Some(expected), "{value}");
    }
}

#[test]
fn the_value_is_judged_as_reported() {
    // Measured 5.24, reported with one decimal: what the clinician reads is not above 5.2.
    assert_eq!(flagged("5.2", "3.5", "5.2"), Some(Flag::Normal));
    assert_eq!(flagged("5.24", "3.5", "5.2"), Some(Flag::High));
}

#[test]
fn one_limit_is_enough() {
    for (value, low, high, expected) in [
        ("4.9", "", "5", Flag::Normal),
        ("5.1", "", "5", Flag::High),
        ("-5", "", "5", Flag::Normal),
        ("59", "60", "", Flag::Low),
        ("60", "60", "", Flag::Normal),
        ("6000", "60", "", Flag::Normal),
    ] {
        assert_eq!(flagged(value, low, high), Some(expected), "{value} [{low}, {high}]");
    }
}

#[test]
fn what_cannot_be_judged_is_not_flagged() {
    for value in ["", "---", "****", "NaN", "1,5", "positive", "+5", "<"] {
        assert_eq!(flagged(value, "1", "9"), None, "{value:?}");
    }
    for value in ["5", "<5", ">5"] {
        assert_eq!(flagged(value, "", ""), None, "{value}: no limits");
        assert_eq!(flagged(value, "9", "1"), None, "{value}: limits the wrong way round");
    }
}

#[test]
fn a_censored_value_is_flagged_only_where_all_of_it_agrees() {
    for (value, low, high, expected) in [
        ("<5", "10", "20", Some(Flag::Low)),
        ("<5", "5", "20", Some(Flag::Low)),
        ("<=5", "5", "20", None),
        ("<5", "", "10", Some(Flag::Normal)),
        ("<10", "", "10", Some(Flag::Normal)),
        ("<=10", "", "10", Some(Flag::Normal)),
        ("<11", "", "10", None),
        ("<5", "0", "10", None),
        ("<5", "3", "10", None),
        (">100", "10", "20", Some(Flag::High)),
        (">20", "10", "20", Some(Flag::High)),
        (">=20", "10", "20", None),
        (">15", "10", "20", None),
        (">60", "60", "", Some(Flag::Normal)),
        (">=60", "60", "", Some(Flag::Normal)),
        (">90", "60", "", Some(Flag::Normal)),
        (">50", "60", "", None),
        ("≥20.1", "10", "20", Some(Flag::High)),
    ] {
        assert_eq!(flagged(value, low, high), expected, "{value} [{low}, {high}]");
    }
}

/// Limits as the catalog has them, such as `<=` and `2.5`; empty for none.
fn limits(low: &str, high: &str) -> CriticalLimit {
    let side = |text: &str| text.split_once(' ').map(|(op, n)| (Op::parse(op).unwrap(), n.parse().unwrap()));
    CriticalLimit { low: side(low), high: side(high), ..CriticalLimit::default() }
}

#[test]
fn critical_values_are_found_by_the_operator_as_printed() {
    // Potassium (South West London Pathology): <= 2.5 and >= 6.5 mmol/L. Adult glucose (Houston Methodist): <= 50 and > 400 mg/dL.
    for (low, high, value, expected) in [
        ("<= 2.5", ">= 6.5", "2.4", Critical::Low),
        ("<= 2.5", ">= 6.5", "2.5", Critical::Low),
        ("<= 2.5", ">= 6.5", "2.6", Critical::Not),
        ("<= 2.5", ">= 6.5", "6.4", Critical::Not),
        ("<= 2.5", ">= 6.5", "6.50", Critical::High),
        ("<= 2.5", ">= 6.5", "9", Critical::High),
        ("<= 50", "> 400", "400", Critical::Not),
        ("<= 50", "> 400", "401", Critical::High),
        ("< 50", "", "50", Critical::Not),
        ("< 50", "", "49", Critical::Low),
        ("", ">= 15.0", "15", Critical::High),
        ("", ">= 15.0", "0", Critical::Not),
        // Beyond the measuring range.
        ("<= 50", "> 400", "<20", Critical::Low),
        ("<= 50", "> 400", ">750", Critical::High),
        ("<= 50", "> 400", ">400", Critical::High),
        ("<= 50", "> 400", "<=50", Critical::Low),
        ("", ">= 300", "<0.6", Critical::Not),
    ] {
        let value_read = Reported::parse(value);
        assert_eq!(critical(&value_read, &limits(low, high)), Some(expected), "{value}: {low}, {high}");
    }
}

#[test]
fn a_limit_is_as_cautious_as_another_if_it_calls_critical_all_that_the_other_does() {
    let of = |low: &str, high: &str| {
        let bound =
            |text: &str| text.split_once(' ').map(|(op, value)| (Op::parse(op).unwrap(), value.parse().unwrap()));
        CriticalLimit { low: bound(low), high: bound(high), ..CriticalLimit::default() }
    };
    let limits = ["", "< 2", "<= 2", "< 2.0", "<= 3"].map(|low| ["", "> 9", ">= 9", "> 8"].map(|high| of(low, high)));
    let limits = limits.as_flattened();
    let values = ["1", "2", "2.5", "3", "5", "8", "8.5", "9", "10"].map(Reported::parse);
    for (one, other) in limits.iter().flat_map(|one| limits.iter().map(move |other| (one, other))) {
        let is_critical = |limit, value| matches!(critical(value, limit), Some(Critical::Low | Critical::High));
        let all = values.iter().all(|value| is_critical(one, value) || !is_critical(other, value));
        assert_eq!(one.is_as_cautious_as(other), all, "{one:?} {other:?}");
    }
}

#[test]
fn what_may_be_critical_is_left_to_a_person() {
    for (low, high, value) in [
        // Text is not "not critical".
        ("<= 2.5", ">= 6.5", "haemolysed"),
        ("<= 2.5", ">= 6.5", "---"),
        ("<= 2.5", ">= 6.5", ""),
        ("<= 2.5", ">= 6.5", "7,1"),
        ("<= 2.5", ">= 6.5", "<3"),
        ("<= 2.5", ">= 6.5", ">5"),
        ("", "> 400", ">=400"),
        ("< 50", "", "<=50"),
        // Limits that say nothing, or contradict themselves.
        ("", "", "5"),
        (">= 2.5", ">= 6.5", "5"),
        ("<= 2.5", "<= 6.5", "5"),
        ("<= 6.5", ">= 2.5", "1"),
        ("<= 5", ">= 5", "1"),
    ] {
        assert_eq!(critical(&Reported::parse(value), &limits(low, high)), None, "{value}: {low}, {high}");
    }
}

#[test]
fn flags_and_criticals_are_stored_by_their_codes() {
    for (flag, code) in [(Flag::Low, "L"), (Flag::Normal, "N"), (Flag::High, "H")] {
        assert_eq!(flag.code(), code);
        assert_eq!(Flag::from_code(code), Some(flag));
        assert_eq!(serde_json::to_value(flag).unwrap(), code);
    }
    assert_eq!(Flag::from_code("LL"), None);
    for (critical, code) in [(Critical::Low, "low"), (Critical::High, "high"), (Critical::Not, "not")] {
        assert_eq!(serde_json::to_value(critical).unwrap(), code);
    }
}

/// Every half from -6 to 6: enough to lie on, between and beyond the whole numbers from -3 to 3.
fn halves() -> impl Iterator<Item = Decimal> {
    (-60..=60).step_by(5).map(|tenths| Decimal::new(tenths, 1))
}

/// The numbers that a censored value may stand for.
fn within(comparator: Comparator, number: Decimal) -> impl Iterator<Item = Decimal> {
    halves().filter(move |n| match comparator {
        Comparator::Less => *n < number,
        Comparator::LessOrEqual => *n <= number,
        Comparator::Greater => *n > number,
        Comparator::GreaterOrEqual => *n >= number,
    })
}

fn whole() -> impl Iterator<Item = Decimal> {
    (-3..=3).map(Decimal::from)
}

/// The verdict on a censored value: the one that all numbers it may stand for share, or none.
fn shared(verdicts: impl Iterator<Item = Option<String>>) -> Option<String> {
    let verdicts: BTreeSet<Option<String>> = verdicts.collect();
    if verdicts.len() == 1 { verdicts.into_iter().next().flatten() } else { None }
}

#[test]
fn a_censored_value_is_judged_as_all_its_numbers_would_be() {
    let maybe = || std::iter::once(None).chain(whole().map(Some));
    for (comparator, number) in COMPARATORS.into_iter().flat_map(|c| whole().map(move |n| (c, n))) {
        let value = Reported::Censored(comparator, number);
        for (low, high) in maybe().flat_map(|low| maybe().map(move |high| (low, high))) {
            let expected = shared(within(comparator, number).map(|n| verdict(flag(&Reported::Number(n), low, high))));
            assert_eq!(verdict(flag(&value, low, high)), expected, "{comparator}{number} [{low:?}, {high:?}]");

            for (low_op, high_op) in COMPARATORS.into_iter().flat_map(|l| COMPARATORS.map(|h| (l, h))) {
                let limit = CriticalLimit {
                    low: low.map(|low| (low_op, low)),
                    high: high.map(|high| (high_op, high)),
                    ..CriticalLimit::default()
                };
                let numbers = within(comparator, number).map(|n| verdict(critical(&Reported::Number(n), &limit)));
                assert_eq!(verdict(critical(&value, &limit)), shared(numbers), "{comparator}{number} {limit:?}");
            }
        }
    }
}

fn verdict<T: std::fmt::Debug>(verdict: Option<T>) -> Option<String> {
    verdict.map(|v| format!("{v:?}"))
}

fn any_number() -> impl Strategy<Value = Decimal> {
    (-2_000..2_000i64, 0..4u32).prop_map(|(n, scale)| Decimal::new(n, scale))
}

/// Numbers of every length, many of them at the ends of what 64 and 96 bits hold.
fn any_length() -> impl Strategy<Value = Decimal> {
    let end = |end: i128| end - 3..=end + 3;
    let mantissa = prop_oneof![
        -1_000..1_000i128,
        end(i64::MAX.into()),
        end(i64::MIN.into()),
        end(u64::MAX.into()),
        end(Decimal::MAX.mantissa() - 3),
        end(Decimal::MIN.mantissa() + 3),
    ];
    (mantissa, 0..=28u32).prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

/// The same number, or one that differs from it in the last decimal of several more.
fn near(n: Decimal, zeros: u32, more: i128) -> Decimal {
    let scale = n.scale() + zeros;
    let mantissa = n.mantissa().checked_mul(10_i128.pow(zeros)).map(|mantissa| mantissa + more);
    mantissa.and_then(|mantissa| Decimal::try_from_i128_with_scale(mantissa, scale).ok()).unwrap_or(n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn numbers_are_compared_exactly(
        (a, b) in (any_length(), any_length()),
        (zeros, more) in (0..=20u32, -1..=1i128),
    ) {
        for (a, b) in [(a, b), (a, near(a, zeros, more)), (near(a, zeros, more), a)] {
            let value = Reported::Number(a);
            let (high, low) = (flag(&value, None, Some(b)), flag(&value, Some(b), None));
            prop_assert_eq!(high, Some(if a > b { Flag::High } else { Flag::Normal }), "{} {}", a, b);
            prop_assert_eq!(low, Some(if a < b { Flag::Low } else { Flag::Normal }), "{} {}", a, b);
        }
    }
}

proptest! {
    /// A greater value is never flagged lower, nor less critical upwards.
    #[test]
    fn verdicts_rise_with_the_value(
        (a, b) in (any_number(), any_number()),
        (low, high) in (any_number(), any_number()),
        inclusive: bool,
    ) {
        let (a, b) = (a.min(b), a.max(b));
        let (low, high) = (low.min(high), low.max(high));
        let rank = |n| match flag(&Reported::Number(n), Some(low), Some(high)) {
            Some(Flag::Low) => 0,
            Some(Flag::Normal) => 1,
            Some(Flag::High) => 2,
            None => panic!("limits in order judge every number"),
        };
        prop_assert!(rank(a) <= rank(b));
        if low == high {
            return Ok(());
        }
        let (low_op, high_op) = if inclusive { (Op::LessOrEqual, Op::GreaterOrEqual) } else { (Op::Less, Op::Greater) };
        let limit = CriticalLimit { low: Some((low_op, low)), high: Some((high_op, high)), ..CriticalLimit::default() };
        let rank = |n| match critical(&Reported::Number(n), &limit) {
            Some(Critical::Low) => 0,
            Some(Critical::Not) => 1,
            Some(Critical::High) => 2,
            None => panic!("sound limits judge every number"),
        };
        prop_assert!(rank(a) <= rank(b));
    }

    /// Decimals that mean the same number are judged the same.
    #[test]
    fn trailing_zeros_change_nothing(n in any_number(), low in any_number(), high in any_number(), zeros in 0..8u32) {
        let mut longer = n;
        longer.rescale(n.scale() + zeros);
        let judge = |n| flag(&Reported::Number(n), Some(low), Some(high));
        prop_assert_eq!(judge(n), judge(longer));
    }

    #[test]
    fn no_value_panics(
        text in any::<String>(),
        low in prop::option::of(any_number()),
        high in prop::option::of(any_number()),
    ) {
        let value = Reported::parse(&text);
        let _ = flag(&value, low, high);
        let (low, high) = (low.map(|n| (Op::Less, n)), high.map(|n| (Op::Greater, n)));
        let limit = CriticalLimit { low, high, ..CriticalLimit::default() };
        let _ = critical(&value, &limit);
    }
}

#[test]
fn the_widest_numbers_are_compared() {
    let (most, least) = ("9999999999999999999999999999", "0.000000000000000000000000001");
    assert_eq!(flagged(most, "", least), Some(Flag::High));
    assert_eq!(flagged(least, most, ""), Some(Flag::Low));
    assert_eq!(flagged("0", "-0", "0"), Some(Flag::Normal));
}
