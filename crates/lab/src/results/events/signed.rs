//! What a person decided on results: verified, or to be repeated.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, set};

use super::super::{
    ResultId, State,
    tables::{self, AwaitingRow, ResultRow},
};
use crate::{
    jobs, reflex::face as reflex, reports::face as reports, signature::SignatureBody, stories, work::face as work,
};

/// Somebody verified results and signed for them.
#[derive(Serialize, Deserialize)]
pub struct Verified {
    /// The results.
    pub results: Vec<Seen>,
    /// The specimens that they are of.
    pub specimens: Vec<i64>,
    /// The orders that they belong to.
    pub orders: Vec<i64>,
    /// The specimens on which reflex rules look at these results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reflex: Vec<i64>,
    /// The signature.
    pub signature: SignatureBody,
}

/// A result as the person who decided on it saw it.
#[derive(Serialize, Deserialize)]
pub struct Seen {
    /// The result.
    pub result: i64,
    /// The version that was on display.
    pub version: i64,
    /// The holds that the person lifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifted: Vec<String>,
    /// What was signed. Events of older programs do not say it, nor those that nobody signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

/// A result as it was signed.
#[derive(Serialize, Deserialize)]
pub struct Signed {
    /// The analyte.
    pub analyte: i64,
    /// The value.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The lower limit of the reference interval.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub low: String,
    /// The upper limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub high: String,
    /// When it was measured by the analyzer's clock, microseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// The answer that the value means. What it says never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// The comments on it, in order, each in the version of its id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<i64>,
}

impl Event for Verified {
    const KIND: &'static str = "results.verified";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for seen in &self.results {
            let set = set!(ResultRow {
                version: seen.version + 1,
                state: State::Verified,
                signed_at: header.at,
                signed_by: self.signature.name.clone(),
                changed: header.number,
            });
            changes.patch(ResultId(seen.result), set);
            changes.drop::<AwaitingRow>(ResultId(seen.result));
        }
        for order in &self.orders {
            reports::follows(changes, header, *order);
        }
        for specimen in &self.reflex {
            reflex::look(changes, header, *specimen);
        }
        let subjects: Vec<i64> = self.specimens.iter().chain(&self.orders).copied().collect();
        stories::enter(changes, header, &subjects, &self.results.len().to_string());
    }
}

/// Somebody put a result aside and asked for a repeat.
#[derive(Serialize, Deserialize)]
pub struct RepeatAsked {
    /// The result.
    pub result: Seen,
    /// The specimen.
    pub specimen: i64,
    /// The order.
    pub order: i64,
    /// Its tube is gone, so nothing can be repeated, and a report is to say so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_follows: bool,
}

impl Event for RepeatAsked {
    const KIND: &'static str = "results.repeat-asked";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &work::OPEN, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let result = ResultId(self.result.result);
        let set = set!(ResultRow { version: self.result.version + 1, state: State::Repeat, changed: header.number });
        changes.patch(result, set);
        changes.drop::<AwaitingRow>(result);
        if self.report_follows {
            reports::follows(changes, header, self.order);
        } else {
            work::open(changes, self.specimen, header.at);
        }
        stories::enter(changes, header, &[self.specimen, self.order], "");
    }
}
