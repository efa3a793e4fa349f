//! Measuring ranges.

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{MeasuringRange, Reported};

fn range(low: &str, high: &str) -> MeasuringRange {
    let end = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
    MeasuringRange { low: end(low), high: end(high) }
}

#[test]
fn a_result_beyond_the_range_is_covered_only_if_it_says_exactly_so() {
    for (low, high, value, covered) in [
        ("2", "180", "2", true),
        ("2", "180", "2.0", true),
        ("2", "180", "180", true),
        ("2", "180", "1.99", false),
        ("2", "180", "180.01", false),
        ("2", "180", "0", false),
        ("2", "180", "-3", false),
        ("2", "180", "<2", true),
        ("2", "180", "< 2.00", true),
        ("2", "180", ">180", true),
        // What was measured may lie within the range, or beyond an end that nobody has verified.
        ("2", "180", "<1", false),
        ("2", "180", "<5", false),
        ("2", "180", ">100", false),
        ("2", "180", ">200", false),
        ("2", "180", "<180", false),
        ("2", "180", ">2", false),
        ("2", "180", "<=2", false),
        ("2", "180", "≥180", false),
        ("", "180", "-3", true),
        ("", "180", "<1", true),
        ("", "180", "<200", false),
        ("2", "", "9999999", true),
        ("2", "", ">9999999", true),
        ("2", "", ">1", false),
        ("2", "", ">=5", true),
        ("", "", ">1", true),
        ("2", "180", "haemolysed", true),
    ] {
        assert_eq!(range(low, high).covers(&Reported::parse(value)), covered, "{value} in {low} to {high}");
    }
    assert!(range("0", "100").covers(&Reported::bin("2-5")));
    assert!(!range("3", "100").covers(&Reported::bin("2-5")));
    assert!(!range("0", "4").covers(&Reported::bin("2-5")));
}

#[test]
fn a_diluted_specimen_has_the_range_times_the_factor() {
    let ten = range("2", "180").diluted(Decimal::TEN).unwrap();
    assert_eq!(ten, range("20", "1800"));
    assert!(ten.covers(&Reported::parse("1800")) && !ten.covers(&Reported::parse("19")));
    assert_eq!(range("", "180").diluted(Decimal::TEN).unwrap(), range("", "1800"));
    assert_eq!(range("", "79228162514264337593543950335").diluted(Decimal::TEN), None);
}

proptest! {
    /// A comparator never makes a result covered that lies within the range by its number but is not measured.
    #[test]
    fn only_the_ends_may_bear_a_comparator(low in 0i64..1_000, width in 1i64..1_000, n in -10i64..3_000) {
        let (low, high, n) = (Decimal::from(low), Decimal::from(low + width), Decimal::from(n));
        let range = MeasuringRange { low: Some(low), high: Some(high) };
        let covers = |text: String| range.covers(&Reported::parse(&text));
        prop_assert_eq!(covers(n.to_string()), low <= n && n <= high);
        prop_assert_eq!(covers(format!("<{n}")), n == low);
        prop_assert_eq!(covers(format!(">{n}")), n == high);
        let or_equal = [format!("<={n}"), format!(">={n}")];
        prop_assert!(!or_equal.into_iter().any(covers));
    }
}
