//! How reported results are read.

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{Comparator, Op, Reported, flag};

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

#[test]
fn a_titre_is_its_dilution() {
    let less = |n| Reported::Censored(Comparator::Less, decimal(n));
    for (text, says) in [
        ("1:40", Reported::Number(decimal("40"))),
        (" 1 : 1280 ", Reported::Number(decimal("1280"))),
        ("1/8", Reported::Number(decimal("8"))),
        ("1:1", Reported::Number(decimal("1"))),
        ("<1:20", less("20")),
        ("< 1:20", less("20")),
        ("≥1:640", Reported::Censored(Comparator::GreaterOrEqual, decimal("640"))),
    ] {
        assert_eq!(Reported::titre(text), says, "{text:?}");
    }
    for text in [
        "40", "<40", "1:", ":40", "2:40", "11:40", "1:-40", "1:0", "1:0.5", "1:40:2", "1-40", "1:1,000", "", "1", "pos",
    ] {
        assert_eq!(Reported::titre(text), Reported::Text, "{text:?}");
    }
}

#[test]
fn a_bin_has_two_ends() {
    let between = |low, high| Reported::Between(decimal(low), decimal(high));
    for (text, says) in [
        ("2-5", between("2", "5")),
        ("0 - 2", between("0", "2")),
        (" 10–20 ", between("10", "20")),
        ("0.5-1.5", between("0.5", "1.5")),
        ("3", Reported::Number(decimal("3"))),
        (">50", Reported::Censored(Comparator::Greater, decimal("50"))),
    ] {
        assert_eq!(Reported::bin(text), says, "{text:?}");
    }
    for text in
        ["5-2", "2-2", "-2-5", "-5", "<-1", "2-5-7", "2-", "-", "2..5", "2 to 5", "1e-5", "2-5 /HPF", "many", ""]
    {
        assert_eq!(Reported::bin(text), Reported::Text, "{text:?}");
    }
    assert_eq!(Reported::parse("2-5"), Reported::Text, "only what is known to be a bin");
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
        let _ = (Reported::parse(&text), Reported::titre(&text), Reported::bin(&text));
        let _ = Comparator::parse(&text);
    }

    /// A number is never another number than the one written: written out again, digit for digit, it is the same text.
    #[test]
    fn a_number_is_the_text(text in near_number()) {
        let (comparator, number) = match Reported::parse(&text) {
            Reported::Text | Reported::Between(..) => return Ok(()),
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

    /// A bin is flagged only if all that it may be is flagged so.
    #[test]
    fn a_bin_is_what_all_of_it_is(low in 0..60_i64, width in 1..20_i64, from in 0..70_i64, to in 0..70_i64) {
        let (first, last) = (Decimal::from(low), Decimal::from(low + width));
        let (from, to) = (Decimal::from(from.min(to)), Decimal::from(from.max(to)));
        let flagged = flag(&Reported::Between(first, last), Some(from), Some(to));
        let each = |n: i64| flag(&Reported::Number(Decimal::from(n)), Some(from), Some(to));
        let one = each(low);
        prop_assert_eq!(flagged, one.filter(|_| (low..=low + width).all(|n| each(n) == one)));
    }
}
