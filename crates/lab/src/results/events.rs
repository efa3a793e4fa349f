//! What happens to results.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    ContradictionId, ContradictionState, ResultId, State,
    commands::SentOtherwise,
    tables::{self, AwaitingRow, ContradictionRow, ResultRow, SentRow},
};
use crate::{
    catalog::{AnalyteId, AnswerId},
    jobs,
    patients::PatientId,
    reports::face as reports,
    signature::SignatureBody,
    specimens::SpecimenId,
    stories,
    work::face as work,
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
    /// The value, exactly as sent or as [`FiledOtherwise`] says.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
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
    /// The answer that the value means, if the analyte has answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
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
                answer: m.answer.map(AnswerId),
            });
            changes.put(AwaitingRow {
                id: result,
                rank: rank(!m.critical.is_empty(), &m.holds),
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

/// Values of results that were filed otherwise than they were sent: in the laboratory's unit by an approved conversion, or as the end of
/// the measuring range that a flag names.
#[derive(Serialize, Deserialize)]
pub struct FiledOtherwise {
    /// The specimen.
    pub specimen: i64,
    /// The results, each with what was sent.
    pub results: Vec<SentValue>,
}

/// What was sent in place of a value.
#[derive(Serialize, Deserialize)]
pub struct SentValue {
    /// The result.
    pub result: i64,
    /// The value, exactly as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// The unit, exactly as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The analyzer's flags, exactly as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flags: String,
    /// The factor of the conversion.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub factor: String,
}

impl SentValue {
    pub(super) fn new(result: ResultId, sent: SentOtherwise) -> Self {
        let SentOtherwise { value, unit, flags, factor } = sent;
        SentValue { result: result.0, value, unit, flags, factor }
    }
}

impl Event for FiledOtherwise {
    const KIND: &'static str = "results.filed-otherwise";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::SENT];
    fn project(&self, _: &Header, changes: &mut Changes) {
        for sent in &self.results {
            changes.put(SentRow {
                id: ResultId(sent.result),
                value: sent.value.clone(),
                unit: sent.unit.clone(),
                flags: sent.flags.clone(),
                factor: sent.factor.clone(),
            });
        }
    }
}

/// Why a result is held that a critical value contradicts: it is as urgent as a critical result.
pub(super) const CRITICAL_BESIDE: &str = "contradicted-critical";
/// Why a result is held that a value contradicts which is to be treated as critical: it is as urgent as a critical result.
pub(super) const UNDECIDED_BESIDE: &str = "contradicted-undecided";
/// What is said of a value if no approved limit decides whether it is critical.
pub(super) const UNDECIDED: &str = "undecided-critical";

/// Whether a hold says that a value which is critical, or is to be treated as critical, contradicts the result.
pub(super) fn is_urgent_beside(hold: &str) -> bool {
    [CRITICAL_BESIDE, UNDECIDED_BESIDE].contains(&hold)
}

/// The place of a result in the review, before its urgency counts.
fn rank(critical: bool, holds: &[String]) -> i64 {
    match holds {
        _ if critical || holds.iter().any(|h| is_urgent_beside(h)) => 0,
        [] => 2,
        _ => 1,
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
            held.hold(header, changes);
        }
    }
}

impl HeldResult {
    fn hold(&self, header: &Header, changes: &mut Changes) {
        let set = set!(ResultRow { version: self.version + 1, holds: self.holds.join("\n"), changed: header.number });
        changes.patch(ResultId(self.result), set);
        changes.patch(ResultId(self.result), set!(AwaitingRow { rank: rank(self.critical, &self.holds) }));
    }
}

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

/// Whether a value is critical, or is to be treated as critical because no approved limit decides it.
pub(super) fn is_urgent<'h>(critical: &str, mut holds: impl Iterator<Item = &'h str>) -> bool {
    !critical.is_empty() || holds.any(|hold| hold == UNDECIDED)
}

/// The place of a contradiction among those to decide.
fn urgency<'h>(critical: &str, holds: impl Iterator<Item = &'h str>) -> i64 {
    i64::from(!is_urgent(critical, holds))
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

/// Results that wait for review were judged again, because what they are judged by was corrected.
#[derive(Serialize, Deserialize)]
pub struct JudgedAgain {
    /// The patient.
    pub patient: i64,
    /// The specimens of all results that were judged again.
    pub specimens: Vec<i64>,
    /// The results whose judgement changed.
    pub results: Vec<NewJudgement>,
    /// Values that contradict results and whose judgement changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<NewUrgency>,
}

/// A value that contradicts a result, with its new judgement.
#[derive(Serialize, Deserialize)]
pub struct NewUrgency {
    /// The contradiction.
    pub contradiction: i64,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The critical limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// What the analyzer and the judgement say of the value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
}

/// A result with its new judgement, and what it was judged by.
#[derive(Serialize, Deserialize)]
pub struct NewJudgement {
    /// The result.
    pub result: i64,
    /// Its version before.
    pub version: i64,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The reference interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
    /// Its lower limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub low: String,
    /// Its upper limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub high: String,
    /// The critical limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Why a person must look at it.
    pub holds: Vec<String>,
}

impl Event for JudgedAgain {
    const KIND: &'static str = "results.judged-again";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &tables::CONTRADICTIONS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for new in &self.contradictions {
            let set = set!(ContradictionRow {
                flag: new.flag.clone(),
                critical: new.critical.clone(),
                limit_id: new.limit,
                holds: new.holds.join("\n"),
                rank: urgency(&new.critical, new.holds.iter().map(String::as_str)),
            });
            changes.patch(ContradictionId(new.contradiction), set);
        }
        for new in &self.results {
            let set = set!(ResultRow {
                version: new.version + 1,
                flag: new.flag.clone(),
                critical: new.critical.clone(),
                interval_id: new.interval,
                low: new.low.clone(),
                high: new.high.clone(),
                holds: new.holds.join("\n"),
                changed: header.number,
            });
            changes.patch(ResultId(new.result), set);
            let rank = rank(!new.critical.is_empty(), &new.holds);
            changes.patch(ResultId(new.result), set!(AwaitingRow { rank: rank }));
        }
        stories::enter(changes, header, &self.specimens, &self.results.len().to_string());
    }
}
