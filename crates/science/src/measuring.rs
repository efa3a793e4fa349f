//! Whether a result lies within the range in which a test system measures (analytical measurement range, the *reportable range* of
//! 42 CFR 493.1253).

use rust_decimal::Decimal;

use crate::{Comparator, Reported, reported::compare};

/// The range in which a test system measures. An end that is not stated bounds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeasuringRange {
    /// The lowest number that is measured.
    pub low: Option<Decimal>,
    /// The highest number that is measured.
    pub high: Option<Decimal>,
}

impl MeasuringRange {
    /// Whether a result was measured within the range, or says exactly that it was not: `<low` or `>high`. Any other comparator leaves open
    /// what was measured, so it does not lie within the range. Text is judged elsewhere.
    pub fn covers(&self, value: &Reported) -> bool {
        let not_below = |n| self.low.is_none_or(|low| compare(n, low).is_ge());
        let not_above = |n| self.high.is_none_or(|high| compare(n, high).is_le());
        let is = |end: Option<Decimal>, n| end.is_none_or(|end| compare(n, end).is_eq());
        match *value {
            Reported::Number(n) => not_below(n) && not_above(n),
            Reported::Between(from, to) => not_below(from) && not_above(to),
            Reported::Censored(Comparator::Less, n) => is(self.low, n) && not_above(n),
            Reported::Censored(Comparator::Greater, n) => is(self.high, n) && not_below(n),
            Reported::Censored(Comparator::LessOrEqual, n) => self.low.is_none() && not_above(n),
            Reported::Censored(Comparator::GreaterOrEqual, n) => self.high.is_none() && not_below(n),
            Reported::Text => true,
        }
    }

    /// The range of a specimen that was diluted by this factor: what is measured in the dilution, times the factor. None if the numbers are
    /// too large to multiply.
    #[must_use]
    pub fn diluted(&self, factor: Decimal) -> Option<Self> {
        let times = |end: Option<Decimal>| match end {
            Some(end) => end.checked_mul(factor).map(Some),
            None => Some(None),
        };
        Some(MeasuringRange { low: times(self.low)?, high: times(self.high)? })
    }
}
