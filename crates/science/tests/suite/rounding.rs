//! Rounding and significant figures.

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::rounding::{Precision, Rounding, RoundingError, Tie, decimal};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn rounding(to: Precision, tie: Tie) -> Rounding {
    Rounding { to, tie }
}

#[test]
fn both_rules_for_a_tie() {
    use Precision::{Decimals, SignificantFigures, Step};
    for (value, to, half_up, half_even) in [
        ("2.5", Decimals(0), "3", "2"),
        ("3.5", Decimals(0), "4", "4"),
        ("-2.5", Decimals(0), "-3", "-2"),
        ("2.4999", Decimals(0), "2", "2"),
        ("0.25", Decimals(1), "0.3", "0.2"),
        ("0.35", Decimals(1), "0.4", "0.4"),
        ("4.1", Decimals(2), "4.10", "4.10"),
        ("-0.04", Decimals(1), "0.0", "0.0"),
        ("0", Decimals(2), "0.00", "0.00"),
        ("1234", SignificantFigures(2), "1200", "1200"),
        ("1250", SignificantFigures(2), "1300", "1200"),
        ("5", SignificantFigures(3), "5.00", "5.00"),
        ("0.012345", SignificantFigures(3), "0.0123", "0.0123"),
        ("9.96", SignificantFigures(2), "10", "10"),
        ("0.0999", SignificantFigures(2), "0.10", "0.10"),
        ("99.95", SignificantFigures(3), "100", "100"),
        ("0", SignificantFigures(2), "0.0", "0.0"),
        ("7.25", Step(dec("0.5")), "7.5", "7.0"),
        ("7.75", Step(dec("0.5")), "8.0", "8.0"),
        ("-7.25", Step(dec("0.5")), "-7.5", "-7.0"),
        ("7.24", Step(dec("0.5")), "7.0", "7.0"),
        ("1", Step(dec("0.3")), "0.9", "0.9"),
        ("148", Step(dec("10")), "150", "150"),
        ("145", Step(dec("10")), "150", "140"),
    ] {
        for (tie, expected) in [(Tie::HalfUp, half_up), (Tie::HalfEven, half_even)] {
            let rounded = rounding(to, tie).round(dec(value)).unwrap();
            assert_eq!(rounded.to_string(), expected, "{value} {to:?} {tie:?}");
        }
    }
}

#[test]
fn a_computed_value_is_not_tipped_by_its_binary_rest() {
    for (value, decimals, expected) in [
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (0.1 + 0.2, 15, "0.300000000000000"),
        (59.5, 0, "60"),
        (1e-30, 2, "0.00"),
    ] {
        assert_eq!(Rounding::decimals(decimals).round_number(value).unwrap().to_string(), expected, "{value}");
    }
    assert_eq!(decimal(1.234_567_890_123_456e-15).unwrap().to_string(), "0.0000000000000012345678901235");
    assert_eq!(decimal(123_456.789).unwrap().to_string(), "123456.789");
}

#[test]
fn what_cannot_be_rounded_is_named() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Rounding::decimals(1).round_number(value), Err(RoundingError::NotFinite));
    }
    assert_eq!(Rounding::decimals(1).round_number(1e300), Err(RoundingError::TooManyDigits));
    assert_eq!(Rounding::decimals(29).round(dec("1")), Err(RoundingError::Precision));
    assert_eq!(Rounding::decimals(28).round(dec("1000")), Err(RoundingError::TooManyDigits));
    assert_eq!(rounding(Precision::SignificantFigures(0), Tie::HalfUp).round(dec("1")), Err(RoundingError::Precision));
    for step in ["0", "-1"] {
        assert_eq!(rounding(Precision::Step(dec(step)), Tie::HalfUp).round(dec("1")), Err(RoundingError::Precision));
    }
    let edge = rounding(Precision::Step(dec("10")), Tie::HalfUp).round(Decimal::MAX);
    assert!(matches!(edge, Err(RoundingError::TooManyDigits)), "{edge:?}");
}

#[test]
fn a_setting_is_written_and_read_as_data() {
    for (text, expected) in [
        (r#"{"to":{"decimals":2}}"#, rounding(Precision::Decimals(2), Tie::HalfUp)),
        (
            r#"{"to":{"significant-figures":3},"tie":"half-even"}"#,
            rounding(Precision::SignificantFigures(3), Tie::HalfEven),
        ),
        (r#"{"to":{"step":"0.5"},"tie":"half-up"}"#, rounding(Precision::Step(dec("0.5")), Tie::HalfUp)),
    ] {
        let read: Rounding = serde_json::from_str(text).unwrap();
        assert_eq!(read, expected);
        assert_eq!(serde_json::from_str::<Rounding>(&serde_json::to_string(&read).unwrap()).unwrap(), expected);
    }
    assert!(serde_json::from_str::<Rounding>(r#"{"to":{"decimals":2},"ties":"half-up"}"#).is_err());
}

fn any_decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0u32..12).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn any_precision() -> impl Strategy<Value = Precision> {
    prop_oneof![
        (0u32..10).prop_map(Precision::Decimals),
        (1u32..15).prop_map(Precision::SignificantFigures),
        (1i64..1000, 0u32..4).prop_map(|(digits, scale)| Precision::Step(Decimal::new(digits, scale))),
    ]
}

proptest! {
    #[test]
    fn rounding_is_stable_symmetric_and_rises(a in any_decimal(), b in any_decimal(), to in any_precision(), even: bool) {
        let rounding = rounding(to, if even { Tie::HalfEven } else { Tie::HalfUp });
        let rounded = rounding.round(a).unwrap();
        prop_assert_eq!(rounding.round(rounded).unwrap(), rounded);
        prop_assert_eq!(rounding.round(-a).unwrap(), -rounded);
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(rounding.round(low).unwrap() <= rounding.round(high).unwrap());
    }

    #[test]
    fn no_value_moves_by_more_than_half_a_step(value in any_decimal(), digits in 1i64..1000, scale in 0u32..4) {
        let step = Decimal::new(digits, scale);
        let rounded = rounding(Precision::Step(step), Tie::HalfUp).round(value).unwrap();
        prop_assert!((rounded - value).abs() * Decimal::TWO <= step);
        prop_assert!((rounded % step).is_zero());
    }
}
