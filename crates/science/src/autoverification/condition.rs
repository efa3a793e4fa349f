//! Conditions on the results of one specimen: one type for absurd and contamination patterns, consistency and reflex rules.
//!
//! Three-valued (Kleene's strong tables, which SQL uses too): what is not known is neither true nor false, and a condition is true or
//! false only where everything unknown could not change it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::values::{Analyte, Findings, Given, Reading};
use crate::{
    Op, Reported,
    reported::{short, small},
};

/// The deepest nesting of a condition: more than this, nobody who signs it can read.
pub const DEPTH_MAX: usize = 8;

/// A condition on the values as they were reported. `A` names an analyte: its key in a rule set, an [`Analyte`] when compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Condition<A = String> {
    /// A value stands so to a limit, in the analyte's unit.
    Value {
        /// Whose value.
        analyte: A,
        /// How it stands to the limit.
        is: Op,
        /// The limit.
        limit: Decimal,
    },
    /// One value divided by another, which must be above zero.
    Ratio {
        /// The value above the line.
        of: A,
        /// The value below the line.
        to: A,
        /// How the ratio stands to the limit.
        is: Op,
        /// The limit.
        limit: Decimal,
    },
    /// A value divided by the same person's previous one, which must be above zero.
    RatioToPrevious {
        /// Whose values.
        analyte: A,
        /// How the ratio stands to the limit.
        is: Op,
        /// The limit.
        limit: Decimal,
        /// How long before the value the previous one may be to count, in hours; on the edge counts.
        window_hours: u32,
    },
    /// A weighted sum of values: sums, differences, "haemoglobin times three less haematocrit".
    Sum {
        /// What is added.
        of: Vec<Term<A>>,
        /// How the sum stands to the limit.
        is: Op,
        /// The limit.
        limit: Decimal,
    },
    /// A coded value. A text in neither list is unknown.
    Text {
        /// Whose value.
        analyte: A,
        /// The texts of which the condition is true.
        is: Vec<String>,
        /// The texts of which it is false.
        is_not: Vec<String>,
    },
    /// All of these.
    All(Vec<Condition<A>>),
    /// One of these, or more.
    Any(Vec<Condition<A>>),
    /// So many of these, or more.
    AtLeast {
        /// How many.
        count: usize,
        /// Of these.
        of: Vec<Condition<A>>,
    },
    /// Not this.
    Not(Box<Condition<A>>),
}

/// One part of a weighted sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term<A = String> {
    /// The factor, in whatever unit makes the sum one quantity.
    pub times: Decimal,
    /// Whose value.
    pub analyte: A,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Certainly.
    True,
    /// Certainly not.
    False,
    /// It cannot be said, and why.
    Unknown(Lack),
}

/// Why a condition cannot be decided. `Missing` outweighs `Absent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Only values that are stated not to exist: an analyte that was not ordered, a previous result that there is not in the window.
    Absent,
    /// A value is missing, is not a number, contradicts itself, or is censored where the condition turns.
    Missing,
}

impl Condition<Analyte> {
    /// Whether the condition holds for these results of one specimen. Their order does not matter.
    #[must_use]
    pub fn truth(&self, readings: &[Reading<'_>]) -> Truth {
        self.decide(&Findings { own: None, others: readings })
    }

    pub(super) fn decide(&self, found: &Findings<'_>) -> Truth {
        match self {
            Condition::Value { analyte, is, limit } => {
                with(found.number(*analyte), |value| value.stands(*is, *limit).into())
            }
            Condition::Ratio { of, to, is, limit } => ratio(found.number(*of), found.number(*to), *is, *limit),
            Condition::RatioToPrevious { analyte, is, limit, window_hours } => {
                let (value, previous) = found.with_previous(*analyte, *window_hours);
                ratio(value, previous, *is, *limit)
            }
            Condition::Sum { of, is, limit } => sum(of, found, *is, *limit),
            Condition::Text { analyte, is, is_not } => with(found.text(*analyte), |text| {
                let within = |list: &[String]| list.iter().any(|one| one == text);
                (within(is) != within(is_not)).then(|| within(is)).into()
            }),
            Condition::All(of) => at_least(of.len(), of, found),
            Condition::Any(of) => at_least(1, of, found),
            Condition::AtLeast { count, of } => at_least(*count, of, found),
            Condition::Not(of) => match of.decide(found) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                unknown => unknown,
            },
        }
    }
}

impl<A> Condition<A> {
    /// The same condition with the analytes named otherwise.
    pub(super) fn map<B>(&self, name: &mut impl FnMut(&A) -> B) -> Condition<B> {
        match self {
            Condition::Value { analyte, is, limit } => {
                Condition::Value { analyte: name(analyte), is: *is, limit: *limit }
            }
            Condition::Ratio { of, to, is, limit } => {
                Condition::Ratio { of: name(of), to: name(to), is: *is, limit: *limit }
            }
            Condition::RatioToPrevious { analyte, is, limit, window_hours } => {
                let (is, limit, window_hours) = (*is, *limit, *window_hours);
                Condition::RatioToPrevious { analyte: name(analyte), is, limit, window_hours }
            }
            Condition::Sum { of, is, limit } => Condition::Sum {
                of: of.iter().map(|term| Term { times: term.times, analyte: name(&term.analyte) }).collect(),
                is: *is,
                limit: *limit,
            },
            Condition::Text { analyte, is, is_not } => {
                Condition::Text { analyte: name(analyte), is: is.clone(), is_not: is_not.clone() }
            }
            Condition::All(of) => Condition::All(of.iter().map(|c| c.map(name)).collect()),
            Condition::Any(of) => Condition::Any(of.iter().map(|c| c.map(name)).collect()),
            Condition::AtLeast { count, of } => {
                Condition::AtLeast { count: *count, of: of.iter().map(|c| c.map(name)).collect() }
            }
            Condition::Not(of) => Condition::Not(Box::new(of.map(name))),
        }
    }

    /// The conditions right under this one.
    pub(super) fn parts(&self) -> &[Condition<A>] {
        match self {
            Condition::All(of) | Condition::Any(of) | Condition::AtLeast { of, .. } => of,
            Condition::Not(of) => std::slice::from_ref(of),
            _ => &[],
        }
    }

    /// Whether the nesting goes no deeper than `levels`.
    pub(super) fn fits(&self, levels: usize) -> bool {
        levels > 0 && self.parts().iter().all(|part| part.fits(levels - 1))
    }
}

impl<A: PartialEq> Condition<A> {
    /// The analytes that it names, each once, in the order in which it names them.
    pub(super) fn analytes(&self) -> Vec<&A> {
        let mut names = Vec::new();
        self.collect(&mut names);
        names
    }

    fn collect<'a>(&'a self, names: &mut Vec<&'a A>) {
        let here: Vec<&A> = match self {
            Condition::Value { analyte, .. }
            | Condition::RatioToPrevious { analyte, .. }
            | Condition::Text { analyte, .. } => vec![analyte],
            Condition::Ratio { of, to, .. } => vec![of, to],
            Condition::Sum { of, .. } => of.iter().map(|term| &term.analyte).collect(),
            _ => Vec::new(),
        };
        for name in here {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        self.parts().iter().for_each(|part| part.collect(names));
    }
}

impl From<Option<bool>> for Truth {
    fn from(known: Option<bool>) -> Truth {
        match known {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Unknown(Lack::Missing),
        }
    }
}

/// Judges a value that is there.
fn with<T>(given: Given<T>, judge: impl FnOnce(T) -> Truth) -> Truth {
    match given {
        Given::Value(value) => judge(value),
        Given::None => Truth::Unknown(Lack::Absent),
        Given::Missing => Truth::Unknown(Lack::Missing),
    }
}

/// Counts what is true and what may be, until no more can change it. `all` is as many as there are, `any` is one.
fn at_least(count: usize, of: &[Condition<Analyte>], found: &Findings<'_>) -> Truth {
    let (mut certain, mut possible, mut lack) = (0, of.len(), Lack::Absent);
    for part in of {
        if certain >= count || possible < count {
            break;
        }
        match part.decide(found) {
            Truth::True => certain += 1,
            Truth::False => possible -= 1,
            Truth::Unknown(why) => lack = lack.max(why),
        }
    }
    if certain >= count {
        Truth::True
    } else if possible < count {
        Truth::False
    } else {
        Truth::Unknown(lack)
    }
}

/// `of / to` against the limit, as `of` against `limit × to`: nothing is divided, so nothing is rounded.
fn ratio(of: Given<&Reported>, to: Given<&Reported>, is: Op, limit: Decimal) -> Truth {
    let (of, to) = match (of, to) {
        (Given::Value(of), Given::Value(to)) => (of, to),
        (Given::Missing, _) | (_, Given::Missing) => return Truth::Unknown(Lack::Missing),
        _ => return Truth::Unknown(Lack::Absent),
    };
    let stands = || match *to {
        Reported::Number(to) if to.is_sign_positive() && !to.is_zero() => of.stands(is, exact_product(limit, to)?),
        // All that is above a number that is not negative; below one, the divisor may be zero.
        Reported::Censored(Op::Greater, n) if n >= Decimal::ZERO => spans(of, to, is, limit),
        Reported::Censored(Op::GreaterOrEqual, n) if n > Decimal::ZERO => spans(of, to, is, limit),
        _ => None,
    };
    stands().into()
}

/// `of - limit × to` against zero.
fn spans(of: &Reported, to: &Reported, is: Op, limit: Decimal) -> Option<bool> {
    Span::of(of)?.plus(&Span::of(to)?.times(-limit)?)?.stands(is, Decimal::ZERO)
}

fn sum(of: &[Term<Analyte>], found: &Findings<'_>, is: Op, limit: Decimal) -> Truth {
    let (mut total, mut lack) = (Some(Span::exactly(Decimal::ZERO)), None);
    for term in of {
        match found.number(term.analyte) {
            Given::Value(value) => {
                let part = Span::of(value).and_then(|span| span.times(term.times));
                total = total.zip(part).and_then(|(total, part)| total.plus(&part));
            }
            Given::None => lack = lack.max(Some(Lack::Absent)),
            Given::Missing => lack = lack.max(Some(Lack::Missing)),
        }
    }
    match lack {
        Some(lack) => Truth::Unknown(lack),
        None => total.and_then(|total| total.stands(is, limit)).into(),
    }
}

/// Where a quantity lies. A bound that is excluded is marked `true`; `None` is without bound.
#[derive(Debug, Clone, Copy)]
struct Span {
    low: Option<(Decimal, bool)>,
    high: Option<(Decimal, bool)>,
}

impl Span {
    fn exactly(n: Decimal) -> Span {
        Span { low: Some((n, false)), high: Some((n, false)) }
    }

    fn of(value: &Reported) -> Option<Span> {
        match *value {
            Reported::Number(n) => Some(Span::exactly(n)),
            Reported::Censored(Op::Less, n) => Some(Span { low: None, high: Some((n, true)) }),
            Reported::Censored(Op::LessOrEqual, n) => Some(Span { low: None, high: Some((n, false)) }),
            Reported::Censored(Op::Greater, n) => Some(Span { low: Some((n, true)), high: None }),
            Reported::Censored(Op::GreaterOrEqual, n) => Some(Span { low: Some((n, false)), high: None }),
            Reported::Between(low, high) => Some(Span { low: Some((low, false)), high: Some((high, false)) }),
            Reported::Text => None,
        }
    }

    /// `None` when a product has more digits than can be held exactly.
    fn times(&self, factor: Decimal) -> Option<Span> {
        let scale = |bound: Option<(Decimal, bool)>| match bound {
            Some((n, excluded)) => exact_product(n, factor).map(|n| Some((n, excluded))),
            None => Some(None),
        };
        if factor.is_zero() {
            return Some(Span::exactly(Decimal::ZERO));
        }
        let (low, high) = (scale(self.low)?, scale(self.high)?);
        Some(if factor.is_sign_negative() { Span { low: high, high: low } } else { Span { low, high } })
    }

    /// `None` when a sum has more digits than can be held exactly.
    fn plus(&self, other: &Span) -> Option<Span> {
        let add = |a: Option<(Decimal, bool)>, b: Option<(Decimal, bool)>| match a.zip(b) {
            Some(((a, a_excluded), (b, b_excluded))) => exact_sum(a, b).map(|n| Some((n, a_excluded || b_excluded))),
            None => Some(None),
        };
        Some(Span { low: add(self.low, other.low)?, high: add(self.high, other.high)? })
    }

    fn stands(&self, is: Op, limit: Decimal) -> Option<bool> {
        match is {
            Op::Less => self.less(limit),
            Op::LessOrEqual => self.less_or_equal(limit),
            Op::Greater => self.less_or_equal(limit).map(|is| !is),
            Op::GreaterOrEqual => self.less(limit).map(|is| !is),
        }
    }

    fn less(&self, limit: Decimal) -> Option<bool> {
        match (self.low, self.high) {
            (_, Some((high, excluded))) if high < limit || (excluded && high == limit) => Some(true),
            (Some((low, _)), _) if low >= limit => Some(false),
            _ => None,
        }
    }

    fn less_or_equal(&self, limit: Decimal) -> Option<bool> {
        match (self.low, self.high) {
            (_, Some((high, _))) if high <= limit => Some(true),
            (Some((low, excluded)), _) if low > limit || (excluded && low == limit) => Some(false),
            _ => None,
        }
    }
}

/// A product that was not rounded; [`Decimal`] rounds what does not fit into 28 digits.
fn exact_product(a: Decimal, b: Decimal) -> Option<Decimal> {
    if a.is_zero() || b.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = a.scale() + b.scale();
    let mantissa = match (small(a), small(b)) {
        (Some(a), Some(b)) => match a.checked_mul(b) {
            Some(product) if scale <= Decimal::MAX_SCALE => return Some(short(product, scale)),
            _ => i128::from(a) * i128::from(b),
        },
        _ => a.mantissa().checked_mul(b.mantissa())?,
    };
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

/// A sum that was not rounded.
fn exact_sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    if a.is_zero() || b.is_zero() {
        return Some(if a.is_zero() { b } else { a });
    }
    a.checked_add(b).filter(|sum| sum.scale() == a.scale().max(b.scale()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = Decimal> {
        let mantissa = prop_oneof![-1_000_i64..1_000, any::<i64>(), Just(i64::MAX), Just(i64::from(u32::MAX))];
        (mantissa, 0..=Decimal::MAX_SCALE).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
    }

    proptest! {
        #[test]
        fn a_product_is_exact_or_none(a in number(), b in number()) {
            let mantissa = a.mantissa() * b.mantissa();
            let exact = Decimal::try_from_i128_with_scale(mantissa, a.scale() + b.scale()).ok();
            let product = exact_product(a, b);
            prop_assert_eq!(product, if mantissa == 0 { Some(Decimal::ZERO) } else { exact });
            if let Some(product) = product.filter(|_| mantissa != 0) {
                prop_assert_eq!((product.mantissa(), product.scale()), (mantissa, a.scale() + b.scale()));
            }
        }
    }
}
