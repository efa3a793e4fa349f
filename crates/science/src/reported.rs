//! A result as it was reported, read as a number where it certainly is one.

use std::{cmp::Ordering, fmt};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The most digits that a number may have, leading and trailing zeros included: what a [`Decimal`] holds exactly.
const DIGITS_MAX: usize = 28;

/// How a value relates to a number. Before a result it censors it (`<5`: less than 5, the rest is unknown), as HL7 v2 SN.1 and
/// FHIR `Quantity.comparator` do; in a rule it is the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparator {
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`, also read from `≤`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`, also read from `≥`
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl Comparator {
    /// Reads `<`, `<=`, `>`, `>=`, `≤` or `≥`, alone; `None` for anything else.
    pub fn parse(text: &str) -> Option<Comparator> {
        match Comparator::strip(text) {
            Some((comparator, "")) => Some(comparator),
            _ => None,
        }
    }

    /// As it is written: `<`, `<=`, `>` or `>=`.
    pub fn code(self) -> &'static str {
        match self {
            Comparator::Less => "<",
            Comparator::LessOrEqual => "<=",
            Comparator::Greater => ">",
            Comparator::GreaterOrEqual => ">=",
        }
    }

    /// The comparator that the text begins with, and what follows it. The longer signs come first: `<=` is not `<` before `=`.
    fn strip(text: &str) -> Option<(Comparator, &str)> {
        [
            ("<=", Comparator::LessOrEqual),
            ("≤", Comparator::LessOrEqual),
            (">=", Comparator::GreaterOrEqual),
            ("≥", Comparator::GreaterOrEqual),
            ("<", Comparator::Less),
            (">", Comparator::Greater),
        ]
        .into_iter()
        .find_map(|(sign, comparator)| Some((comparator, text.strip_prefix(sign)?)))
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// What a reported result says. The text itself is kept elsewhere, exactly as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// A number, with the decimals it was reported with.
    Number(Decimal),
    /// Only known to lie on one side of a number: beyond the measuring range, or below the limit of detection.
    Censored(Comparator, Decimal),
    /// Anything else. Not a number to judge: not low, not high, not normal.
    Text,
}

impl Reported {
    /// Reads a result: an optional comparator, an optional minus, digits, and optionally a point and more digits; blanks around
    /// it and after the comparator do not matter.
    ///
    /// Everything else is [`Reported::Text`], so that no number is guessed: a comma (1,5 is one and a half or fifteen hundred),
    /// an exponent, a plus, a point without a digit on both sides (a character may have been lost), more than 28 digits, a
    /// unit, a range, a titre such as `1:8`.
    pub fn parse(text: &str) -> Reported {
        let text = trimmed(text);
        match Comparator::strip(text) {
            None => number(text).map_or(Reported::Text, Reported::Number),
            Some((comparator, rest)) => {
                number(rest.trim_start()).map_or(Reported::Text, |n| Reported::Censored(comparator, n))
            }
        }
    }

    /// Whether the value stands so to the limit (`value op limit`); `None` where a censored value may or may not, and for text.
    pub(crate) fn stands(&self, op: Comparator, limit: Decimal) -> Option<bool> {
        match op {
            Comparator::Less => self.less(limit),
            Comparator::LessOrEqual => self.less_or_equal(limit),
            Comparator::Greater => self.less_or_equal(limit).map(|is| !is),
            Comparator::GreaterOrEqual => self.less(limit).map(|is| !is),
        }
    }

    fn less(&self, limit: Decimal) -> Option<bool> {
        match *self {
            Reported::Number(n) => Some(compare(n, limit).is_lt()),
            Reported::Censored(Comparator::Less, n) => (compare(n, limit).is_le()).then_some(true),
            Reported::Censored(Comparator::LessOrEqual, n) => (compare(n, limit).is_lt()).then_some(true),
            Reported::Censored(Comparator::Greater | Comparator::GreaterOrEqual, n) => {
                (compare(n, limit).is_ge()).then_some(false)
            }
            Reported::Text => None,
        }
    }

    fn less_or_equal(&self, limit: Decimal) -> Option<bool> {
        match *self {
            Reported::Number(n) => Some(compare(n, limit).is_le()),
            Reported::Censored(Comparator::Less | Comparator::LessOrEqual, n) => {
                (compare(n, limit).is_le()).then_some(true)
            }
            Reported::Censored(Comparator::Greater, n) => (compare(n, limit).is_ge()).then_some(false),
            Reported::Censored(Comparator::GreaterOrEqual, n) => (compare(n, limit).is_gt()).then_some(false),
            Reported::Text => None,
        }
    }
}

/// [`str::trim`], quick where there is nothing to trim.
pub(crate) fn trimmed(text: &str) -> &str {
    let is_ink = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_ink(bytes.first()) && is_ink(bytes.last()) { text } else { text.trim() }
}

/// [`Decimal::cmp`], quick for numbers of equally many decimals.
fn compare(a: Decimal, b: Decimal) -> Ordering {
    if a.scale() == b.scale() { a.mantissa().cmp(&b.mantissa()) } else { a.cmp(&b) }
}

/// A plain decimal number. `Decimal`'s own reading is wider (`+1`, `.5`, `1_000`), so the form is checked first.
fn number(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let length = digits.bytes().filter(u8::is_ascii_digit).count();
    if !plain(whole) || !plain(fraction) || length > DIGITS_MAX {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}
