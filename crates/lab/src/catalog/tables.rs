//! Tables of the catalog.

use titer_store::{Timestamp, table};

use super::{AnalyteId, AnswerId, IntervalId, LimitId, SpecimenTypeId, TestId};
use crate::instruments::InstrumentId;

/// The id of the one row of the head.
pub(super) const HEAD_ID: i64 = 1;

table! {
    /// One row: the number of the last event that changed the catalog.
    pub(crate) static HEAD = projected "catalog_head";
    /// The version of the catalog.
    pub(super) struct HeadRow {
        key id: i64,
        version: i64,
    }
}

table! {
    /// Specimen types.
    pub(super) static SPECIMEN_TYPES = projected "specimen_types";
    /// A specimen type.
    pub(super) struct SpecimenTypeRow {
        key id: SpecimenTypeId,
        key: String,
        name: String,
        container: String,
        cap: String,
    }
    index unique (key);
}

table! {
    /// Analytes.
    pub(super) static ANALYTES = projected "analytes";
    /// An analyte. `kind` is NULL if its results are numbers.
    pub(super) struct AnalyteRow {
        key id: AnalyteId,
        key: String,
        name: String,
        short: String,
        discipline: String,
        loinc: String,
        unit: String,
        decimals: i64,
        specimen_type: SpecimenTypeId,
        sources: String,
        confidence: String,
        kind: Option<String>,
    }
    index unique (key);
}

table! {
    /// Orderable tests.
    pub(super) static TESTS = projected "tests";
    /// A test; `analytes` are keys separated by blanks, in the order of the report.
    pub(super) struct TestRow {
        key id: TestId,
        key: String,
        name: String,
        analytes: String,
        specimen_type: SpecimenTypeId,
    }
    index unique (key);
}

table! {
    /// Reference intervals.
    pub(super) static INTERVALS = projected "reference_intervals";
    /// A reference interval. `approved_at` is NULL while it is a proposal. `rank` orders rival proposals, the first is 1 or NULL.
    /// `warns` says whether the note warns; NULL: every note does. `instrument` is the one whose results alone it judges. `converted` are
    /// the figures as their source prints them, if they were converted.
    pub(super) struct IntervalRow {
        key id: IntervalId,
        analyte: AnalyteId,
        sex: String,
        age_low: String,
        age_high: String,
        low: String,
        high: String,
        unit: String,
        kind: String,
        source: String,
        confidence: String,
        note: String,
        approved_at: Option<Timestamp>,
        approved_by: Option<String>,
        rank: Option<i64>,
        warns: Option<bool>,
        retired_at: Option<Timestamp>,
        instrument: Option<InstrumentId>,
        converted: Option<String>,
    }
    index (analyte);
}

table! {
    /// Critical limits.
    pub(super) static LIMITS = projected "critical_limits";
    /// A critical limit. `approved_at` is NULL while it is a proposal. `rank`, `warns`, `instrument` and
    /// `converted` are those of an interval.
    pub(super) struct LimitRow {
        key id: LimitId,
        analyte: AnalyteId,
        population: String,
        age_low: String,
        age_high: String,
        low_op: String,
        low: String,
        high_op: String,
        high: String,
        unit: String,
        source: String,
        confidence: String,
        note: String,
        approved_at: Option<Timestamp>,
        approved_by: Option<String>,
        rank: Option<i64>,
        warns: Option<bool>,
        retired_at: Option<Timestamp>,
        instrument: Option<InstrumentId>,
        converted: Option<String>,
    }
    index (analyte);
}

table! {
    /// Answers of coded analytes.
    pub(super) static ANSWERS = projected "answers";
    /// An answer. Its words and its meaning never change: results name it for ever. `place` orders the answers of an analyte.
    /// `replaces` is the answer that is retired when this one is approved. `approved_at` is NULL while the meaning is a proposal.
    pub(super) struct AnswerRow {
        key id: AnswerId,
        analyte: AnalyteId,
        place: i64,
        code: String,
        words: String,
        meaning: String,
        source: String,
        confidence: String,
        note: String,
        replaces: Option<AnswerId>,
        approved_at: Option<Timestamp>,
        approved_by: Option<String>,
        retired_at: Option<Timestamp>,
    }
    index (analyte);
}

table! {
    /// Analytes and tests that are out of use.
    pub(super) static OUT_OF_USE = projected "catalog_out_of_use";
    /// An analyte or a test that is out of use, and why.
    pub(super) struct OutOfUseRow {
        key id: i64,
        why: String,
    }
}
