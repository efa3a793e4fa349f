//! How reported results are read.

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{Comparator, Op, Reported};

const COMPARATORS: [Comparator; 4] =
    [Comparator::Less, Comparator::LessOrEqual, Comparator::Greater, Comparator::GreaterOrEqual];

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn plain_numbers_are_numbers() {
    for (text, value) in [
        ("5", "5"),
        ("5.2", "5.2"),
        ("0.0", "0"),
        ("007.50", "7.5"),
        ("-3.1", "-3.1"),
        ("-0", "0"),
        (" 140\t", "140"),
        ("79228162514264337593543950", "79228162514264337593543950"),
        ("9999999999999999999999999999", "9999999999999999999999999999"),
        ("0.000000000000000000000000001", "0.000000000000000000000000001"),
    ] {
        assert_eq!(Reported::parse(text), Reported::Number(decimal(value)), "{text:?}");
    }
}

#[test]
fn reported_decimals_are_kept() {
    let Reported::Number(number) = Reported::parse("5.20") else { panic!("a number") };
    assert_eq!(number.to_string(), "5.20");
}

#[test]
fn a_comparator_censors_the_number() {
    for (text, comparator, value) in [
        ("<5", Comparator::Less, "5"),
        ("< 0.01", Comparator::Less, "0.01"),
        ("<=5", Comparator::LessOrEqual, "5"),
        ("≤5", Comparator::LessOrEqual, "5"),
        (">1000", Comparator::Greater, "1000"),
        (">=90", Comparator::GreaterOrEqual, "90"),
        (" ≥ 90 ", Comparator::GreaterOrEqual, "90"),
        ("<-30.0", Comparator::Less, "-30"),
    ] {
        assert_eq!(Reported::parse(text), Reported::Censored(comparator, decimal(value)), "{text:?}");
    }
}

#[test]
fn anything_else_is_text() {
    for text in [
        "",
        " ",
        "---",
        "****",
        "++++",
        "-",
        ".",
        "<",
        ">=",
        "NaN",
        "inf",
        "-Infinity",
        "1,5",
        "1,000",
        "1 000",
        "1_000",
        "+5",
        "5+",
        "--5",
        "- 5",
        ".5",
        "5.",
        "-.5",
        "1.2.3",
        "1e5",
        "1E-3",
        "10^3",
        "0x1F",
        "5 mmol/L",
        "5H",
        "*5.1",
        "3-5",
        "1:8",
        "<<5",
        "=5",
        "=<5",
        "< =5",
        "~5",
        "5<",
        "<NaN",
        "<1,5",
        "<+5",
        "\u{2212}5",
        "\u{0665}",
        "\u{ff15}",
        "5\u{0}",
        "negative",
        "10000000000000000000000000000",
        "0.0000000000000000000000000001",
        "00000000000000000000000000005",
    ] {
        assert_eq!(Reported::parse(text), Reported::Text, "{text:?}");
    }
}

#[test]
fn operators_are_read_whole() {
    for (text, op) in [
        ("<", Some(Op::Less)),
        ("<=", Some(Op::LessOrEqual)),
        ("≤", Some(Op::LessOrEqual)),
        (">", Some(Op::Greater)),
        (">=", Some(Op::GreaterOrEqual)),
        ("≥", Some(Op::GreaterOrEqual)),
        ("", None),
        ("=", None),
        ("=<", None),
        ("<5", None),
        ("< ", None),
        ("<>", None),
        ("≤=", None),
    ] {
        assert_eq!(Op::parse(text), op, "{text:?}");
    }
}

#[test]
fn comparators_are_stored_as_they_are_written() {
    for comparator in COMPARATORS {
        assert_eq!(Comparator::parse(comparator.code()), Some(comparator));
        assert_eq!(comparator.to_string(), comparator.code());
        assert_eq!(serde_json::to_value(comparator).unwrap(), comparator.code());
    }
}

fn any_decimal() -> impl Strategy<Value = Decimal> {
    let mantissa = prop_oneof![
        -1_000_000..1_000_000i128,
        -9_999_999_999_999_999_999_999_999_999..=9_999_999_999_999_999_999_999_999_999i128
    ];
    (mantissa, 0..=27u32).prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

/// Text close to results: what a careless reading would take for a number.
fn near_number() -> impl Strategy<Value = String> {
    prop_oneof!["[<>≤≥]?=? ?-?[0-9]{1,14}[.]?[0-9]{0,14} ?", "[<>=≤≥ +-]{0,3}[0-9.,eE_x-]{0,8}[ %*]{0,2}"]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        number in any_decimal(),
        comparator in prop::sample::select(&COMPARATORS),
        blanks in "[ \t]{0,3}",
    ) {
        prop_assert_eq!(Reported::parse(&format!("{blanks}{number}{blanks}")), Reported::Number(number));
        prop_assert_eq!(Reported::parse(&format!("{comparator}{blanks}{number}")), Reported::Censored(comparator, number));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Reported::parse(&text);
        let _ = Comparator::parse(&text);
    }

    /// A number is never another number than the one written: written out again, digit for digit, it is the same text.
    #[test]
    fn a_number_is_the_text(text in near_number()) {
        let (comparator, number) = match Reported::parse(&text) {
            Reported::Text => return Ok(()),
            Reported::Number(number) => (None, number),
            Reported::Censored(comparator, number) => (Some(comparator), number),
        };
        let written = text.replace('≤', "<=").replace('≥', ">=").replace(' ', "");
        let rest = written.strip_prefix(comparator.map_or("", Comparator::code)).unwrap();
        let (minus, digits) = rest.strip_prefix('-').map_or(("", rest), |digits| ("-", digits));
        let whole = digits.split('.').next().unwrap();
        let leading = whole.len() - whole.trim_start_matches('0').len();
        let plain = &digits[leading.min(whole.len() - 1)..];
        let minus = if number.is_zero() && !number.is_sign_negative() { "" } else { minus };
        prop_assert_eq!(number.to_string(), format!("{minus}{plain}"));
    }
}
