//! Acceptable results, and events passed by their share.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::qc::Allowable;
use crate::{Op, Reported, Unfit};

/// What came of one challenge of an event: one specimen, one analyte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Response {
    /// The result agrees with the target.
    Acceptable,
    /// It does not.
    Unacceptable,
    /// No result, or one too late: counts as unacceptable.
    Missing,
    /// No result, and the organiser accepts the reason: does not count.
    Excused,
}

/// Why a result cannot be judged. It is then neither acceptable nor unacceptable until someone decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
    /// The result is text.
    #[error("the result is not a number")]
    Text,
    /// A censored result that may be acceptable or not.
    #[error("the result is only known to lie on one side of a number, and may be acceptable or not")]
    Censored,
    /// There is no limit at this target, or a number is too large.
    #[error("there is no limit at this target: {0}")]
    NoLimit(#[from] Unfit),
}

/// Judges a result by its distance from the target: acceptable when it is at most the allowable error there (percent of the target, a
/// distance, or the greater of both; 42 CFR 493.927–941 for the United States). Both are judged as reported, in decimal: 4.3 is 0.3
/// from 4.0.
///
/// # Errors
/// [`NotJudged`]. A censored result is unacceptable when all that it may stand for is, acceptable never.
pub fn judge(result: &Reported, target: Decimal, allowable: &Allowable) -> Result<Response, NotJudged> {
    let too_large = NotJudged::NoLimit(Unfit::Range);
    let allowed = allowable.at(target.to_f64().ok_or(too_large)?)?;
    // Reading the binary number to the digits that it is good for: 10 % of 1.23 is 0.123.
    let allowed = Decimal::try_from(allowed).map_err(|_| too_large)?;
    let low = target.checked_sub(allowed).ok_or(too_large)?;
    let high = target.checked_add(allowed).ok_or(too_large)?;
    match (result, result.stands(Op::Less, low), result.stands(Op::Greater, high)) {
        (Reported::Text, ..) => Err(NotJudged::Text),
        (_, Some(true), _) | (_, _, Some(true)) => Ok(Response::Unacceptable),
        (Reported::Number(_), ..) => Ok(Response::Acceptable),
        (Reported::Censored(..) | Reported::Between(..), ..) => Err(NotJudged::Censored),
    }
}

/// How an event came out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// How many challenges were acceptable.
    pub acceptable: usize,
    /// How many counted: all but the excused.
    pub counted: usize,
    /// Whether the share of acceptable ones reached the one needed.
    pub passed: bool,
}

impl Event {
    /// The share of acceptable challenges among those counted, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.acceptable as f64 / self.counted as f64
    }
}

/// Passes an event when the share of acceptable challenges is at least the one `needed` (0 to 1).
///
/// For example, in the United States 0.8 in most specialties (42 CFR 493.831 and others) and 1 for ABO group and D (Rho) typing
/// (493.859), where not taking part scores 0 unless it is excused; read in secondary copies of the regulation.
///
/// # Errors
/// [`Unfit::Setting`] when `needed` is not above 0 and at most 1; [`Unfit::Empty`] when no challenge counts: nothing was shown.
pub fn event(responses: &[Response], needed: f64) -> Result<Event, Unfit> {
    if !(needed > 0.0 && needed <= 1.0) {
        return Err(Unfit::Setting("the share needed"));
    }
    let count = |which: fn(&Response) -> bool| responses.iter().filter(|response| which(response)).count();
    let counted = count(|response| *response != Response::Excused);
    let acceptable = count(|response| *response == Response::Acceptable);
    if counted == 0 {
        return Err(Unfit::Empty);
    }
    // Division rounds 4/5 to the same number as the text 0.8, so a share on the bound passes.
    Ok(Event { acceptable, counted, passed: acceptable as f64 / counted as f64 >= needed })
}
