//! Tables of results.

use titer_store::{Timestamp, table};

use super::{ContradictionId, ContradictionState, ResultId, State};
use crate::{
    calculations::CalculationId,
    catalog::{AnalyteId, AnswerId},
    instruments::InstrumentId,
    patients::PatientId,
    specimens::SpecimenId,
};

table! {
    /// Results, in their current version.
    pub(super) static RESULTS = projected "results";
    /// A result. `value` is the text exactly as sent, or a row of [`SENT`] has what was sent; `holds` are codes separated by line feeds; `changed` is the number of the
    /// event that made this version; `mapping` is the meaning of the sender's code that it was filed under; `answer` is what the value means,
    /// if the analyte has answers; `instrument` is what measured it, if that is known; `provenance` is a code of [`super::Provenance`];
    /// `comments` are ids of comments separated by line feeds, in order; NULL if there are none.
    pub(crate) struct ResultRow {
        key id: ResultId,
        specimen: SpecimenId,
        patient: PatientId,
        analyte: AnalyteId,
        version: i64,
        state: State,
        value: String,
        unit: String,
        flag: String,
        critical: String,
        interval_id: Option<i64>,
        low: String,
        high: String,
        holds: String,
        measured_at: Option<Timestamp>,
        link: i64,
        signed_at: Option<Timestamp>,
        signed_by: Option<String>,
        changed: i64,
        mapping: Option<i64>,
        answer: Option<AnswerId>,
        instrument: Option<InstrumentId>,
        provenance: Option<String>,
        comments: Option<String>,
    }
    index (specimen);
    index sparse (patient, analyte, signed_at);
    index (mapping);
}

table! {
    /// Results that wait for review.
    pub(super) static AWAITING_REVIEW = projected "results_awaiting_review" revision 2;
    /// A result that waits for review. `rank`: 0 critical, 1 held, 2 neither. `mapping` is that of the result: those under a withdrawn
    /// mapping are few among all that wait, and fewer still among all results. `priority` is the rank of a
    /// [`crate::orders::Priority`].
    pub(super) struct AwaitingRow {
        key id: ResultId,
        rank: i64,
        priority: i64,
        arrived_at: Timestamp,
        mapping: Option<i64>,
    }
    index (rank, priority, arrived_at);
    index (mapping);
}

table! {
    /// What was sent in place of values that were filed otherwise.
    pub(super) static SENT = projected "results_sent_otherwise";
    /// What was sent in place of a result's value, exactly. `factor` is that of the conversion.
    pub(super) struct SentRow {
        key id: ResultId,
        value: String,
        unit: String,
        flags: String,
        factor: String,
    }
}

table! {
    /// Values that contradict a result.
    pub(super) static CONTRADICTIONS = projected "contradictions" revision 2;
    /// A value that contradicts a result of the same specimen and analyte. `value` and `unit` are as sent, without what no page can
    /// show. `owner` is the name of the person who verified the result; empty if nobody had. `decided` is the number of the event by
    /// which a person decided. `result` is 0 for a value that came before any result of its analyte. `flag`, `critical` and
    /// `limit_id` say how the value was judged; `holds` are what the analyzer and the judgement say of it, as of a result. `message`
    /// is what the sender's message is known by. `rank`: 0 critical, or to be treated as critical; 1 neither. `instrument` is what measured
    /// the value, if that is known: programs of before did not keep it.
    pub(super) struct ContradictionRow {
        key id: ContradictionId,
        result: ResultId,
        specimen: SpecimenId,
        analyte: AnalyteId,
        state: ContradictionState,
        value: String,
        unit: String,
        measured_at: Option<Timestamp>,
        link: i64,
        arrived_at: Timestamp,
        owner: String,
        decided: Option<i64>,
        flag: String,
        critical: String,
        limit_id: Option<i64>,
        holds: String,
        message: Option<i64>,
        rank: i64,
        answer: Option<AnswerId>,
        instrument: Option<InstrumentId>,
    }
    index (specimen, analyte);
    index (state, rank, id);
}

table! {
    /// What calculated results were calculated from.
    pub(super) static CALCULATED = projected "results_calculated";
    /// By which calculation a result was calculated, and from what: lines of a key, a result, its version and its value as taken. Age
    /// and sex of the patient have no result; `of_person` is 1 if one of them counts, else 0.
    /// `put_aside` is the number of the event that put the result aside because an input changed; not if a person did.
    pub(super) struct CalculatedRow {
        key id: ResultId,
        specimen: SpecimenId,
        patient: PatientId,
        calculation: CalculationId,
        of_person: i64,
        inputs: String,
        put_aside: Option<i64>,
    }
    index (specimen);
    index (patient, of_person);
}
