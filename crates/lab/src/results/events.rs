//! What happens to results.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    ResultId, State,
    tables::{self, AwaitingRow, ResultRow},
};
use crate::{
    catalog::AnalyteId, jobs, patients::PatientId, reports::face as reports, signature::SignatureBody,
    specimens::SpecimenId, stories, work::face as work,
};

/// What an analyzer reported for one specimen in one message, with what each value was judged by.
#[derive(Serialize, Deserialize)]
pub struct Reported {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// Its patient.
    pub patient: i64,
    /// The order's priority.
    pub priority: i64,
    /// The link that it came by.
    pub link: i64,
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// When all of them were measured by the analyzer's clock, microseconds UTC: then none of them says so again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// The results.
    pub results: Vec<Measured>,
    /// With them, nothing more is to be measured of the specimen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finished: bool,
}

/// As [`Reported`], when each result still said for itself when it was measured.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportedV1(Reported);

/// One result as it was reported.
#[derive(Serialize, Deserialize)]
pub struct Measured {
    /// The analyte.
    pub analyte: i64,
    /// The analyzer's code of it.
    pub code: String,
    /// The value, exactly as sent.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// `L`, `N`, `H`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The reference interval that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
    /// Its lower limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub low: String,
    /// Its upper limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub high: String,
    /// The critical limit that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Why a person must look at it before it can be verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// When it was measured by the analyzer's clock, microseconds UTC, if not all were measured at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// The meaning of the sender's code that it was filed under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<i64>,
}

impl Reported {
    /// The result at a place in the list.
    pub(super) fn result(event: i64, place: usize) -> ResultId {
        ResultId(id(event, place as i64))
    }

    /// Says once when all were measured, if all were measured at one time.
    pub(super) fn sharing_time(mut self) -> Self {
        let first = self.results.first().and_then(|m| m.measured_at);
        if first.is_some() && self.results.iter().all(|m| m.measured_at == first) {
            self.measured_at = first;
            self.results.iter_mut().for_each(|m| m.measured_at = None);
        }
        self
    }
}

impl Event for ReportedV1 {
    const KIND: &'static str = Reported::KIND;
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = Reported::WRITES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        self.0.project(header, changes);
    }
}

impl Event for Reported {
    const KIND: &'static str = "results.reported";
    const VERSION: u16 = 2;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &work::OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for (place, m) in self.results.iter().enumerate() {
            let result = Reported::result(header.number, place);
            changes.put(ResultRow {
                id: result,
                specimen: SpecimenId(self.specimen),
                patient: PatientId(self.patient),
                analyte: AnalyteId(m.analyte),
                version: 1,
                state: State::Reported,
                value: m.value.clone(),
                unit: m.unit.clone(),
                flag: m.flag.clone(),
                critical: m.critical.clone(),
                interval_id: m.interval,
                low: m.low.clone(),
                high: m.high.clone(),
                holds: m.holds.join("\n"),
                measured_at: m.measured_at.or(self.measured_at).map(Timestamp::from_micros),
                link: self.link,
                signed_at: None,
                signed_by: None,
                changed: header.number,
                mapping: m.mapping,
            });
            changes.put(AwaitingRow {
                id: result,
                rank: rank(!m.critical.is_empty(), !m.holds.is_empty()),
                priority: self.priority,
                arrived_at: header.at,
                mapping: m.mapping,
            });
        }
        if self.finished {
            work::close(changes, self.specimen);
        }
        stories::enter(changes, header, &[self.specimen, self.order], &self.instrument);
    }
}

/// The place of a result in the review, before its urgency counts.
fn rank(critical: bool, held: bool) -> i64 {
    match (critical, held) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// Results that wait for review are held for one more reason.
#[derive(Serialize, Deserialize)]
pub struct Held {
    /// The meaning of the sender's code that they were filed under.
    pub mapping: i64,
    /// The results.
    pub results: Vec<HeldResult>,
}

/// A result with all its reasons.
#[derive(Serialize, Deserialize)]
pub struct HeldResult {
    /// The result.
    pub result: i64,
    /// Its version before.
    pub version: i64,
    /// Whether it is critical.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// Why a person must look at it, the new reason with the old ones.
    pub holds: Vec<String>,
}

impl Event for Held {
    const KIND: &'static str = "results.held";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RESULTS, &tables::AWAITING_REVIEW];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for held in &self.results {
            let set =
                set!(ResultRow { version: held.version + 1, holds: held.holds.join("\n"), changed: header.number });
            changes.patch(ResultId(held.result), set);
            changes.patch(ResultId(held.result), set!(AwaitingRow { rank: rank(held.critical, true) }));
        }
    }
}

/// Somebody verified results and signed for them.
#[derive(Serialize, Deserialize)]
pub struct Verified {
    /// The results.
    pub results: Vec<Seen>,
    /// The specimens that they are of.
    pub specimens: Vec<i64>,
    /// The orders that they belong to.
    pub orders: Vec<i64>,
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
    /// `L`, `N`, `H`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, or empty.
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
}

impl Event for RepeatAsked {
    const KIND: &'static str = "results.repeat-asked";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &work::OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let result = ResultId(self.result.result);
        let set = set!(ResultRow { version: self.result.version + 1, state: State::Repeat, changed: header.number });
        changes.patch(result, set);
        changes.drop::<AwaitingRow>(result);
        work::open(changes, self.specimen, header.at);
        stories::enter(changes, header, &[self.specimen, self.order], "");
    }
}
