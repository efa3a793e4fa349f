//! A result against the same person's earlier one.
//!
//! Values are judged as they were reported. A censored value is every number on its side: a change is found where all of them agree that
//! there is one, none is found where all agree that there is not, and elsewhere it is undecided. Both values must be of the same
//! measurand, in the same unit.

mod rcv;
mod span;

pub use rcv::{Rcv, rcv, rcv_log_normal};

use jiff::{SignedDuration, civil::DateTime};
use rust_decimal::{Decimal, prelude::FromPrimitive};
use serde::{Deserialize, Serialize};

use crate::{Reported, Unfit};
use span::Span;

/// What is measured as the change from the earlier value to the later.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Measure {
    /// The difference, in the unit of the result.
    Absolute(Limits),
    /// The difference in percent of the earlier value, which must be above zero.
    Percent(Limits),
    /// The difference in a day, in the unit of the result.
    PerDay(Limits),
    /// In percent, against the reference change value of Harris and Yasaka: the same up and down.
    Rcv(Rcv),
    /// In percent, against the log-normal reference change value of Fokkema: more up than down.
    LogNormalRcv(Rcv),
}

/// The largest change that passes, each way; on the limit passes. Without a limit every change that way passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest rise, at least zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rise: Option<Decimal>,
    /// The largest fall, as a number of at least zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fall: Option<Decimal>,
}

/// A delta check of one analyte.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeltaCheck {
    /// What is measured, and its limits.
    pub measure: Measure,
    /// How long before the result an earlier one may be to count, in hours; on the edge counts.
    pub window_hours: u32,
    /// The least value that the quantity can have, which is 0 for a concentration or a count. It ends what `<5` can mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<Decimal>,
}

/// A result at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// As it was reported.
    pub value: Reported,
    /// When the specimen was collected, by the local clock. The hour that summer time adds or takes is not seen.
    pub at: DateTime,
}

/// A delta check whose settings are sound, with its limits computed: for many results.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prepared {
    check: DeltaCheck,
    limits: Limits,
}

/// What was compared, and by how much it differs. Differences are known only between two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The earlier result.
    pub earlier: Dated,
    /// The later one.
    pub later: Dated,
    /// The time between the two.
    pub elapsed: SignedDuration,
}

/// The outcome of a delta check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The change is within its limits.
    Within(Change),
    /// The result has risen by more than the limit, which is given in the measure's own unit.
    Risen(Change, Decimal),
    /// The result has fallen by more than the limit.
    Fallen(Change, Decimal),
    /// It cannot be told: a person must look.
    Undecided(Change, Why),
    /// The result itself is not a number, censored or not.
    NotANumber,
    /// There is no earlier result in the window.
    NoEarlierResult,
}

/// Why a check is undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The earlier result is not a number, censored or not.
    #[error("the earlier result is not a number")]
    EarlierNotANumber,
    /// A part of what a censored value may be is within the limits, and a part is not.
    #[error("a censored value may or may not differ by more than the limit")]
    Censored,
    /// A percentage of an earlier value that is not, or may not be, above zero.
    #[error("the earlier result is not above zero, so there is no percentage of it")]
    EarlierNotPositive,
    /// A value contradicts the least that the quantity can have.
    #[error("a value lies below the least that the quantity can have")]
    BelowLeast,
    /// There are several latest earlier results, of one time, and they differ.
    #[error("earlier results of the same time differ")]
    EarlierDiffer,
    /// The numbers are too large to compare exactly.
    #[error("the numbers are too large to compare")]
    TooLarge,
}

impl DeltaCheck {
    /// Checks the settings and computes the limits.
    ///
    /// # Errors
    /// [`Unfit::Setting`] when a limit or a coefficient of variation is negative or not a number, or there is no limit at all;
    /// [`Unfit::Range`] when a reference change value is too large to hold.
    pub fn prepare(&self) -> Result<Prepared, Unfit> {
        Ok(Prepared { check: *self, limits: self.limits()? })
    }

    /// Checks one result, as [`Prepared::check`] does.
    ///
    /// # Errors
    /// As [`DeltaCheck::prepare`].
    pub fn check(&self, result: &Dated, others: &[Dated]) -> Result<Verdict, Unfit> {
        Ok(self.prepare()?.check(result, others))
    }

    /// The limits in the measure's own unit.
    fn limits(&self) -> Result<Limits, Unfit> {
        let limits = match self.measure {
            Measure::Absolute(limits) | Measure::Percent(limits) | Measure::PerDay(limits) => limits,
            Measure::Rcv(settings) => {
                let both = percent(rcv(&settings)?)?;
                Limits { rise: Some(both), fall: Some(both) }
            }
            Measure::LogNormalRcv(settings) => {
                let (fall, rise) = rcv_log_normal(&settings)?;
                Limits { rise: Some(percent(rise)?), fall: Some(percent(fall)?) }
            }
        };
        let negative = [limits.rise, limits.fall].into_iter().flatten().any(|limit| limit < Decimal::ZERO);
        if negative || (limits.rise.is_none() && limits.fall.is_none()) {
            return Err(Unfit::Setting("the limit of a delta check"));
        }
        Ok(limits)
    }
}

impl Prepared {
    /// The limits in the measure's own unit: of a difference, of a percentage, or of a difference in a day.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Checks a result against the latest of the person's earlier ones that the window holds, in whatever order they are given. A
    /// result of the same time or later is not earlier. Where the latest are several, of one time, and differ, it is undecided, and the
    /// change names one of them.
    #[must_use]
    pub fn check(&self, result: &Dated, others: &[Dated]) -> Verdict {
        let Some(now) = Span::of(&result.value, self.check.least) else { return Verdict::NotANumber };
        let changes = others.iter().filter_map(|other| self.change(result, other));
        let Some(change) = changes.min_by_key(|change| change.elapsed) else { return Verdict::NoEarlierResult };
        let Change { earlier, .. } = change;
        if others.iter().any(|other| other.at == earlier.at && other.value != earlier.value) {
            return Verdict::Undecided(change, Why::EarlierDiffer);
        }
        self.decide(now, change)
    }

    /// Checks a result against the only other one, as [`Prepared::check`] does.
    pub(crate) fn check_one(&self, result: &Dated, other: &Dated) -> Verdict {
        let Some(now) = Span::of(&result.value, self.check.least) else { return Verdict::NotANumber };
        self.change(result, other).map_or(Verdict::NoEarlierResult, |change| self.decide(now, change))
    }

    /// The change from an earlier result that the window holds.
    fn change(&self, later: &Dated, earlier: &Dated) -> Option<Change> {
        let window = SignedDuration::from_hours(i64::from(self.check.window_hours));
        let elapsed = later.at.duration_since(earlier.at);
        let counts = elapsed > SignedDuration::ZERO && elapsed <= window;
        counts.then_some(Change { earlier: *earlier, later: *later, elapsed })
    }

    fn decide(&self, now: Span, change: Change) -> Verdict {
        let Some(before) = Span::of(&change.earlier.value, self.check.least) else {
            return Verdict::Undecided(change, Why::EarlierNotANumber);
        };
        if now.is_empty() || before.is_empty() {
            return Verdict::Undecided(change, Why::BelowLeast);
        }
        let measured = match self.check.measure {
            Measure::Absolute(_) => now.less(before),
            Measure::PerDay(_) => now.less(before).and_then(|span| span.per_day(change.elapsed)),
            Measure::Percent(_) | Measure::Rcv(_) | Measure::LogNormalRcv(_) => {
                if !before.is_positive() {
                    return Verdict::Undecided(change, Why::EarlierNotPositive);
                }
                now.percent_over(before)
            }
        };
        let Some(span) = measured else { return Verdict::Undecided(change, Why::TooLarge) };
        match (self.limits.rise, self.limits.fall) {
            (Some(rise), _) if span.is_above(rise) => Verdict::Risen(change, rise),
            (_, Some(fall)) if span.is_below(-fall) => Verdict::Fallen(change, fall),
            (rise, fall) if span.reaches_to(rise) && span.reaches_from(fall.map(|fall| -fall)) => {
                Verdict::Within(change)
            }
            _ => Verdict::Undecided(change, Why::Censored),
        }
    }
}

impl Change {
    /// Later less earlier.
    #[must_use]
    pub fn absolute(&self) -> Option<Decimal> {
        let (later, earlier) = self.spans()?;
        later.less(earlier)?.number()
    }

    /// In percent of the earlier, where that is above zero.
    #[must_use]
    pub fn percent(&self) -> Option<Decimal> {
        let (later, earlier) = self.spans().filter(|(_, earlier)| earlier.is_positive())?;
        later.percent_over(earlier)?.number()
    }

    /// Later less earlier, in a day.
    #[must_use]
    pub fn per_day(&self) -> Option<Decimal> {
        let (later, earlier) = self.spans()?;
        later.less(earlier)?.per_day(self.elapsed)?.number()
    }

    fn spans(&self) -> Option<(Span, Span)> {
        match (self.later.value, self.earlier.value) {
            (Reported::Number(later), Reported::Number(earlier)) => Some((Span::One(later), Span::One(earlier))),
            _ => None,
        }
    }
}

/// A limit computed in percent, as the decimal that is compared with.
fn percent(limit: f64) -> Result<Decimal, Unfit> {
    Decimal::from_f64(limit).ok_or(Unfit::Range)
}
