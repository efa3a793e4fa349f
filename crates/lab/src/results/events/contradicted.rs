//! What contradicts results, and what was decided on it.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    super::{
        ContradictionId, ContradictionState, ResultId,
        tables::{self, ContradictionRow},
    },
    HeldResult, UNDECIDED, urgency,
};
use crate::{
    catalog::{AnalyteId, AnswerId},
    instruments::InstrumentId,
    signature::SignatureBody,
    specimens::SpecimenId,
    stories,
};

/// Values came that contradict results which stand. A result that nobody has verified is held. One that is verified stays as it is: a
/// person decides whether it is to be corrected.
#[derive(Serialize, Deserialize)]
pub struct Contradicted {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// The link by which the values came.
    pub link: i64,
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// The values.
    pub values: Vec<Contradicting>,
    /// Results that waited for review and are held now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldResult>,
}

/// A value that contradicts a result.
#[derive(Serialize, Deserialize)]
pub struct Contradicting {
    /// The result; 0 if none stood when the value came.
    pub result: i64,
    /// The analyte of both.
    pub analyte: i64,
    /// The value.
    pub value: String,
    /// The unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// When it was measured by the analyzer's clock, microseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// By which link it came.
    pub link: i64,
    /// Who verified the result; empty if nobody had.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub verified_by: String,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The critical limit that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// What the analyzer and the judgement say of the value, as of a result.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// What the sender's message is known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<i64>,
    /// The answer that the value means, if the analyte has answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// What measured it, if that is known. Events of older programs do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<i64>,
}

/// As [`Contradicted`], when no value was judged.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContradictedV1(Contradicted);

impl Contradicted {
    /// The contradiction at a place in the list.
    fn contradiction(event: i64, place: usize) -> ContradictionId {
        ContradictionId(id(event, place as i64))
    }
}

impl Event for ContradictedV1 {
    const KIND: &'static str = Contradicted::KIND;
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = Contradicted::WRITES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        // Nobody knows whether one of them was critical.
        self.0.project_with(&[UNDECIDED], header, changes);
    }
}

impl Event for Contradicted {
    const KIND: &'static str = "results.contradicted";
    const VERSION: u16 = 2;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &tables::CONTRADICTIONS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        self.project_with(&[], header, changes);
    }
}

impl Contradicted {
    /// `unjudged` is what is said of each value beside its own holds.
    fn project_with(&self, unjudged: &[&str], header: &Header, changes: &mut Changes) {
        for (place, value) in self.values.iter().enumerate() {
            let verified = !value.verified_by.is_empty();
            let holds: Vec<&str> = value.holds.iter().map(String::as_str).chain(unjudged.iter().copied()).collect();
            changes.put(ContradictionRow {
                id: Contradicted::contradiction(header.number, place),
                result: ResultId(value.result),
                specimen: SpecimenId(self.specimen),
                analyte: AnalyteId(value.analyte),
                state: if verified { ContradictionState::Open } else { ContradictionState::Beside },
                value: value.value.clone(),
                unit: value.unit.clone(),
                measured_at: value.measured_at.map(Timestamp::from_micros),
                link: value.link,
                arrived_at: header.at,
                owner: value.verified_by.clone(),
                decided: None,
                flag: value.flag.clone(),
                critical: value.critical.clone(),
                limit_id: value.limit,
                holds: holds.join("\n"),
                message: value.message,
                answer: value.answer.map(AnswerId),
                rank: urgency(&value.critical, holds.iter().copied()),
                instrument: value.instrument.map(InstrumentId),
            });
        }
        for held in &self.held {
            held.hold(header, changes);
        }
        stories::enter(changes, header, &[self.specimen, self.order], &self.values.len().to_string());
    }
}

/// Somebody decided, and signed, that a verified result stands although values contradict it. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct ContradictionDismissed {
    /// The result.
    pub result: i64,
    /// Its version.
    pub version: i64,
    /// Its value, with its unit, as it was on display.
    pub stands: String,
    /// What contradicts it, as it was on display.
    pub dismissed: Vec<DismissedValue>,
    /// The specimen.
    pub specimen: i64,
    /// The order.
    pub order: i64,
    /// The signature.
    pub signature: SignatureBody,
}

/// A value that was set against a result and dismissed.
#[derive(Serialize, Deserialize)]
pub struct DismissedValue {
    /// The contradiction.
    pub contradiction: i64,
    /// The value, with its unit.
    pub value: String,
}

impl Event for ContradictionDismissed {
    const KIND: &'static str = "results.contradiction-dismissed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::CONTRADICTIONS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for dismissed in &self.dismissed {
            let set = set!(ContradictionRow { state: ContradictionState::Dismissed, decided: header.number });
            changes.patch(ContradictionId(dismissed.contradiction), set);
        }
        stories::enter(changes, header, &[self.specimen, self.order], &self.stands);
    }
}
