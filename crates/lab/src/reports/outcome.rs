//! What became of each request of an order: what a report says of it, whether an order is done, and whether a report follows.

use titer_store::{Read, StoreError};

use super::views::{self, Report};
use crate::{
    catalog::AnalyteId,
    orders::{
        OrderId, RequestId,
        views::{self as orders, Request},
    },
    results::{State as ResultState, views::LabResult},
    specimens::{
        State as SpecimenState,
        views::{self as specimens, Specimen},
    },
};

/// Why a request cannot be measured if its tube was discarded. The other codes are [`crate::specimens::REJECTION_REASONS`].
pub const DISCARDED: &str = "discarded";

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Its result is verified.
    Verified(&'a LabResult),
    /// Its result is still to come, or waits for review.
    ToFollow,
    /// It cannot be measured any more.
    NotMeasured {
        /// The code of the reason.
        reason: &'a str,
        /// The last tube that it was to be measured from.
        specimen: &'a Specimen,
    },
    /// It was cancelled.
    Cancelled,
}

/// What became of a request of an order with these specimens and results, both in the order in which they came.
pub fn outcome<'a>(request: &Request, specimens: &'a [Specimen], results: &'a [LabResult]) -> Outcome<'a> {
    let of_analyte = || results.iter().rev().filter(|r| r.analyte == request.analyte);
    if let Some(verified) = of_analyte().find(|r| r.state == ResultState::Verified) {
        return Outcome::Verified(verified);
    }
    if request.cancelled.is_some() {
        return Outcome::Cancelled;
    }
    let waits = of_analyte().any(|r| r.state == ResultState::Reported);
    if waits || specimens::usable(specimens, request.specimen_type).is_some() {
        return Outcome::ToFollow;
    }
    match specimens.iter().rev().find(|s| s.specimen_type == request.specimen_type) {
        None => Outcome::ToFollow,
        Some(specimen) if specimen.state == SpecimenState::Discarded && specimen.reason.is_empty() => {
            Outcome::NotMeasured { reason: DISCARDED, specimen }
        }
        Some(specimen) => Outcome::NotMeasured { reason: &specimen.reason, specimen },
    }
}

/// An order as far as its report depends on it.
pub(crate) struct Whole {
    pub(crate) requests: Vec<Request>,
    pub(crate) specimens: Vec<Specimen>,
    /// Its results but for those that were put aside.
    pub(crate) results: Vec<LabResult>,
    pub(crate) last: Option<Report>,
}

impl Whole {
    pub(crate) fn read(read: &mut dyn Read, order: OrderId) -> Result<Self, StoreError> {
        Ok(Whole {
            requests: orders::requests(read, order)?,
            specimens: specimens::of_order(read, order)?,
            results: views::results(read, order)?,
            last: views::of_order(read, order)?.into_iter().next(),
        })
    }

    pub(crate) fn outcomes(&self) -> Vec<Outcome<'_>> {
        self.requests.iter().map(|r| outcome(r, &self.specimens, &self.results)).collect()
    }

    /// The requests that cannot be measured any more.
    pub(crate) fn lost(&self) -> Vec<RequestId> {
        let lost = |(_, outcome): &(&Request, Outcome<'_>)| matches!(outcome, Outcome::NotMeasured { .. });
        self.requests.iter().zip(self.outcomes()).filter(lost).map(|(request, _)| request.id).collect()
    }

    /// Whether a report follows if `change` is made: something that was to follow is not any more, and the last report does not say
    /// so; or there is none, and nothing is open.
    pub(crate) fn report_follows(mut self, change: impl FnOnce(&mut Self)) -> bool {
        let open = |whole: &Self| -> Vec<bool> { whole.outcomes().iter().map(|o| *o == Outcome::ToFollow).collect() };
        let (before, lost) = (open(&self), self.lost().len());
        change(&mut self);
        let after = open(&self);
        let settled = before.iter().zip(&after).any(|(before, after)| *before && !after);
        settled
            && match &self.last {
                Some(last) => !last.complete || self.lost().len() > lost,
                None => !after.contains(&true) && self.outcomes().iter().any(|o| *o != Outcome::Cancelled),
            }
    }
}

/// The analytes that an order asks for and that have a result or can still be measured.
///
/// # Errors
/// When the database does not answer.
pub fn asked(read: &mut dyn Read, order: OrderId) -> Result<Vec<AnalyteId>, StoreError> {
    let whole = Whole::read(read, order)?;
    let outcomes = whole.outcomes();
    let asked = |outcome: &Outcome<'_>| matches!(outcome, Outcome::Verified(_) | Outcome::ToFollow);
    Ok(whole.requests.iter().zip(&outcomes).filter(|(_, o)| asked(o)).map(|(r, _)| r.analyte).collect())
}

#[cfg(test)]
mod tests;
