//! All the numbers that a reported value may be, and what becomes of them in a difference or a percentage.

use jiff::SignedDuration;
use rust_decimal::{Decimal, prelude::FromPrimitive};

use crate::{Comparator, Reported, reported::compare};

/// Milliseconds in a day.
const DAY_MILLISECONDS: i64 = 86_400_000;

/// Where a span ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nowhere.
    Open,
    /// At this number, itself in the span.
    At(Decimal),
    /// At this number, itself not in the span.
    Before(Decimal),
}

/// Numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// One.
    One(Decimal),
    /// All from one end to another.
    Between(End, End),
}

impl End {
    fn number(self) -> Option<Decimal> {
        match self {
            End::Open => None,
            End::At(number) | End::Before(number) => Some(number),
        }
    }

    /// The end of a combination: open where either is, in the span where both are. `None` when the numbers are too large.
    fn with(self, other: End, combine: impl Fn(Decimal, Decimal) -> Option<Decimal>) -> Option<End> {
        match (self, other) {
            (End::Open, _) | (_, End::Open) => Some(End::Open),
            (End::At(a), End::At(b)) => combine(a, b).map(End::At),
            (End::At(a) | End::Before(a), End::At(b) | End::Before(b)) => combine(a, b).map(End::Before),
        }
    }
}

impl Span {
    /// Every number that the value may be, none below `least`; `None` for text.
    pub(super) fn of(value: &Reported, least: Option<Decimal>) -> Option<Span> {
        let floor = || least.map_or(End::Open, End::At);
        let at_least = |from: End| match (from.number(), least) {
            (Some(from), Some(least)) if from < least => floor(),
            _ => from,
        };
        Some(match *value {
            Reported::Number(number) if least.is_some_and(|least| compare(number, least).is_lt()) => {
                Span::Between(floor(), End::At(number))
            }
            Reported::Number(number) => Span::One(number),
            Reported::Censored(Comparator::Less, number) => Span::Between(floor(), End::Before(number)),
            Reported::Censored(Comparator::LessOrEqual, number) => Span::Between(floor(), End::At(number)),
            Reported::Censored(Comparator::Greater, number) => Span::Between(at_least(End::Before(number)), End::Open),
            Reported::Censored(Comparator::GreaterOrEqual, number) => {
                Span::Between(at_least(End::At(number)), End::Open)
            }
            Reported::Between(_, high) if least.is_some_and(|least| compare(high, least).is_lt()) => {
                Span::Between(floor(), End::At(high))
            }
            Reported::Between(low, high) => Span::Between(at_least(End::At(low)), End::At(high)),
            Reported::Text => return None,
        })
    }

    /// The number, when it is one.
    pub(super) fn number(self) -> Option<Decimal> {
        match self {
            Span::One(number) => Some(number),
            Span::Between(..) => None,
        }
    }

    fn ends(self) -> (End, End) {
        match self {
            Span::One(number) => (End::At(number), End::At(number)),
            Span::Between(from, to) => (from, to),
        }
    }

    /// Whether no number is left: the value lies below the least that the quantity can have.
    pub(super) fn is_empty(self) -> bool {
        match self {
            Span::One(_) | Span::Between(End::Open, _) | Span::Between(_, End::Open) => false,
            Span::Between(End::At(from), End::At(to)) => from > to,
            Span::Between(from, to) => from.number() >= to.number(),
        }
    }

    /// Whether a percentage of it has a meaning: it is above zero, or a censored value that reaches from above zero down to it.
    pub(super) fn is_positive(self) -> bool {
        match self {
            Span::One(number) => number > Decimal::ZERO,
            Span::Between(from, to) => {
                from.number().is_some_and(|from| from >= Decimal::ZERO)
                    && (to == End::Open || to.number().is_some_and(|to| to > Decimal::ZERO))
            }
        }
    }

    /// The differences between a number of this span and one of the other.
    pub(super) fn less(self, other: Span) -> Option<Span> {
        if let Some((number, other)) = self.number().zip(other.number()) {
            return number.checked_sub(other).map(Span::One);
        }
        let ((from, to), (other_from, other_to)) = (self.ends(), other.ends());
        Some(Span::Between(from.with(other_to, Decimal::checked_sub)?, to.with(other_from, Decimal::checked_sub)?))
    }

    /// In a day, over a time that is above zero.
    pub(super) fn per_day(self, elapsed: SignedDuration) -> Option<Span> {
        let milliseconds = Decimal::from_i128(elapsed.as_millis())?;
        let in_a_day = |difference: Decimal, milliseconds| {
            difference.checked_mul(DAY_MILLISECONDS.into())?.checked_div(milliseconds)
        };
        if let Some(number) = self.number() {
            return in_a_day(number, milliseconds).map(Span::One);
        }
        let rate = |end: End| end.with(End::At(milliseconds), in_a_day);
        let (from, to) = self.ends();
        Some(Span::Between(rate(from)?, rate(to)?))
    }

    /// The changes in percent from a number of the other span, all of it above zero, to one of this.
    pub(super) fn percent_over(self, other: Span) -> Option<Span> {
        if let Some((number, other)) = self.number().zip(other.number()) {
            return change_in_percent(number, other).map(Span::One);
        }
        let negative = |end: End| end.number().is_some_and(|number| number < Decimal::ZERO);
        let ((from, to), (other_from, other_to)) = (self.ends(), other.ends());
        // A number above zero is least beside the largest other, a number below zero beside the smallest.
        let beside_least = if negative(from) { other_from } else { other_to };
        let beside_most = if negative(to) { other_to } else { other_from };
        Some(Span::Between(percent(from, beside_least)?, percent(to, beside_most)?))
    }

    /// Whether every number of it is above the limit.
    pub(super) fn is_above(self, limit: Decimal) -> bool {
        match self.ends().0 {
            End::Open => false,
            End::At(from) => compare(from, limit).is_gt(),
            End::Before(from) => from >= limit,
        }
    }

    /// Whether every number of it is below the limit.
    pub(super) fn is_below(self, limit: Decimal) -> bool {
        match self.ends().1 {
            End::Open => false,
            End::At(to) => compare(to, limit).is_lt(),
            End::Before(to) => to <= limit,
        }
    }

    /// Whether no number of it is above the limit.
    pub(super) fn reaches_to(self, limit: Option<Decimal>) -> bool {
        limit.is_none_or(|limit| self.ends().1.number().is_some_and(|to| compare(to, limit).is_le()))
    }

    /// Whether no number of it is below the limit.
    pub(super) fn reaches_from(self, limit: Option<Decimal>) -> bool {
        limit.is_none_or(|limit| self.ends().0.number().is_some_and(|from| compare(from, limit).is_ge()))
    }
}

/// The end of the changes in percent, where the two ends meet. Beside an earlier value without end all is lost but nothing is left over;
/// beside one that may be as small as one likes there is no end, but from nothing to lose.
fn percent(now: End, before: End) -> Option<End> {
    let lost_all = -Decimal::ONE_HUNDRED;
    match (now, before.number()) {
        (End::Open, _) => Some(End::Open),
        (End::At(now), _) if now.is_zero() => Some(End::At(lost_all)),
        (_, None) => Some(End::Before(lost_all)),
        (End::Before(now), Some(_)) if now.is_zero() => Some(End::Before(lost_all)),
        (_, Some(before)) if before <= Decimal::ZERO => Some(End::Open),
        _ => now.with(before, change_in_percent),
    }
}

fn change_in_percent(now: Decimal, before: Decimal) -> Option<Decimal> {
    now.checked_sub(before)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before)
}
