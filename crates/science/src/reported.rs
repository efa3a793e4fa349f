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

    /// The comparator that the text begins with, and what follows it. `<=` is not `<` before `=`.
    fn strip(text: &str) -> Option<(Comparator, &str)> {
        let mut rest = text.chars();
        let (strict, or_equal) = match rest.next()? {
            '<' => (Comparator::Less, Comparator::LessOrEqual),
            '>' => (Comparator::Greater, Comparator::GreaterOrEqual),
            '≤' => return Some((Comparator::LessOrEqual, rest.as_str())),
            '≥' => return Some((Comparator::GreaterOrEqual, rest.as_str())),
            _ => return None,
        };
        let rest = rest.as_str();
        Some(rest.strip_prefix('=').map_or((strict, rest), |rest| (or_equal, rest)))
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
    /// Only known to lie between two numbers, each of them included, as what is counted in a field of the microscope: `2-5`.
    Between(Decimal, Decimal),
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

    /// Reads a titre as its dilution: `1:40` is 40, and `<1:20` less than 20. The colon may be a slash.
    ///
    /// Everything else is [`Reported::Text`], also `40` alone: it may be the dilution, or a result in a unit.
    pub fn titre(text: &str) -> Reported {
        let text = trimmed(text);
        let (comparator, rest) = match Comparator::strip(text) {
            Some((comparator, rest)) => (Some(comparator), rest.trim_start()),
            None => (None, text),
        };
        let of_one = rest.strip_prefix('1').map(str::trim_start);
        let dilution = of_one.and_then(|rest| number(rest.strip_prefix([':', '/'])?.trim_start()));
        match (dilution.filter(|n| *n >= Decimal::ONE), comparator) {
            (Some(n), None) => Reported::Number(n),
            (Some(n), Some(comparator)) => Reported::Censored(comparator, n),
            (None, _) => Reported::Text,
        }
    }

    /// Reads a bin of a count: `2-5`, or what [`Reported::parse`] reads as no number below zero. Two numbers that do not rise are
    /// [`Reported::Text`].
    pub fn bin(text: &str) -> Reported {
        let text = trimmed(text);
        let ends = text.split_once(['-', '–']).and_then(|(low, high)| {
            let (low, high) = (number(low.trim_end())?, number(high.trim_start())?);
            (low >= Decimal::ZERO && low < high).then_some(Reported::Between(low, high))
        });
        ends.unwrap_or_else(|| match Reported::parse(text) {
            Reported::Number(n) | Reported::Censored(_, n) if n < Decimal::ZERO => Reported::Text,
            reported => reported,
        })
    }

    /// Whether the value stands so to the limit (`value op limit`); `None` where a censored value may or may not, and for text.
    #[inline]
    pub(crate) fn stands(&self, op: Comparator, limit: Decimal) -> Option<bool> {
        match op {
            Comparator::Less => self.less(limit),
            Comparator::LessOrEqual => self.less_or_equal(limit),
            Comparator::Greater => self.less_or_equal(limit).map(|is| !is),
            Comparator::GreaterOrEqual => self.less(limit).map(|is| !is),
        }
    }

    #[inline]
    fn less(&self, limit: Decimal) -> Option<bool> {
        match *self {
            Reported::Number(n) => Some(compare(n, limit).is_lt()),
            Reported::Censored(Comparator::Less, n) => (compare(n, limit).is_le()).then_some(true),
            Reported::Censored(Comparator::LessOrEqual, n) => (compare(n, limit).is_lt()).then_some(true),
            Reported::Censored(Comparator::Greater | Comparator::GreaterOrEqual, n) => {
                (compare(n, limit).is_ge()).then_some(false)
            }
            Reported::Between(low, high) => both(compare(low, limit).is_lt(), compare(high, limit).is_lt()),
            Reported::Text => None,
        }
    }

    #[inline]
    fn less_or_equal(&self, limit: Decimal) -> Option<bool> {
        match *self {
            Reported::Number(n) => Some(compare(n, limit).is_le()),
            Reported::Censored(Comparator::Less | Comparator::LessOrEqual, n) => {
                (compare(n, limit).is_le()).then_some(true)
            }
            Reported::Censored(Comparator::Greater, n) => (compare(n, limit).is_ge()).then_some(false),
            Reported::Censored(Comparator::GreaterOrEqual, n) => (compare(n, limit).is_gt()).then_some(false),
            Reported::Between(low, high) => both(compare(low, limit).is_le(), compare(high, limit).is_le()),
            Reported::Text => None,
        }
    }
}

/// What is so at both ends.
fn both(low: bool, high: bool) -> Option<bool> {
    (low == high).then_some(low)
}

/// [`str::trim`], quick where there is nothing to trim.
pub(crate) fn trimmed(text: &str) -> &str {
    let is_ink = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_ink(bytes.first()) && is_ink(bytes.last()) { text } else { text.trim() }
}

/// The powers of ten that 64 bits hold.
const TENS: [i64; 19] = {
    let mut tens = [1; 19];
    let mut n = 1;
    while n < tens.len() {
        tens[n] = 10 * tens[n - 1];
        n += 1;
    }
    tens
};

/// 32 bits times ten so many times fit into 64.
const TENS_BESIDE_32_BITS: usize = 9;

/// [`Decimal::cmp`], quick for the numbers of a laboratory: no number is divided or rounded.
#[inline(always)]
pub(crate) fn compare(a: Decimal, b: Decimal) -> Ordering {
    let (left, right) = (a.unpack(), b.unpack());
    let apart = left.scale.abs_diff(right.scale) as usize;
    let short = (left.hi | left.mid | right.hi | right.mid) == 0 && !left.negative && !right.negative;
    if !short || apart > TENS_BESIDE_32_BITS {
        return compare_rescaled(a, b);
    }
    let (more, ten) = (left.scale < right.scale, TENS[apart].unsigned_abs());
    let (left, right) = (u64::from(left.lo), u64::from(right.lo));
    if more { (left * ten).cmp(&right) } else { left.cmp(&(right * ten)) }
}

#[inline(never)]
fn compare_rescaled(a: Decimal, b: Decimal) -> Ordering {
    let scale = a.scale().max(b.scale());
    let at_scale = |n: Decimal| small(n)?.checked_mul(*TENS.get((scale - n.scale()) as usize)?);
    match (at_scale(a), at_scale(b)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => a.cmp(&b),
    }
}

/// The mantissa, where 64 bits hold it.
#[inline]
pub(crate) fn small(n: Decimal) -> Option<i64> {
    let n = n.unpack();
    let mantissa = i64::try_from(low(n.mid, n.lo)).ok().filter(|_| n.hi == 0)?;
    Some(if n.negative { -mantissa } else { mantissa })
}

/// The number of this mantissa, with at most [`Decimal::MAX_SCALE`] decimals.
#[inline]
pub(crate) fn short(mantissa: i64, scale: u32) -> Decimal {
    let digits = mantissa.unsigned_abs();
    Decimal::from_parts(digits as u32, (digits >> 32) as u32, 0, mantissa < 0, scale)
}

fn low(middle: u32, low: u32) -> u64 {
    u64::from(middle) << 32 | u64::from(low)
}

/// The most digits of which 64 bits hold every number.
const DIGITS_SMALL: usize = 19;

/// A plain decimal number: a digit or more, and where there is a point, a digit or more on both sides. `Decimal`'s own reading is
/// wider (`+1`, `.5`, `1_000`).
fn number(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let (mut mantissa, mut point) = (0_u64, None);
    for (place, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b'.' if point.is_none() => point = Some(place),
            _ => return None,
        }
    }
    let (whole, fraction) = match point {
        Some(place) if place + 1 < digits.len() => (place, digits.len() - place - 1),
        Some(_) => return None,
        None => (digits.len(), 0),
    };
    if whole == 0 || whole + fraction > DIGITS_MAX {
        return None;
    }
    if whole + fraction > DIGITS_SMALL {
        return Decimal::from_str_exact(text).ok();
    }
    let (low, middle) = (mantissa as u32, (mantissa >> 32) as u32);
    Some(Decimal::from_parts(low, middle, 0, digits.len() < text.len(), fraction as u32))
}
