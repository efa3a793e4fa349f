//! Tables of reflex rules.

use titer_store::{Timestamp, table};

use super::{RuleId, SuggestionId};
use crate::catalog::{AnalyteId, TestId};

table! {
    /// Every version of every rule: requests name them for ever.
    pub(super) static RULES = projected "reflex_rules";
    /// One version of a rule. `operator` and `bound` are empty if the condition names answers: `answers` are their ids, separated by line
    /// feeds. `unit` is that of the analyte when the rule was proposed. `approved_at` is NULL while it is a proposal; `ended` is the number
    /// of the event that ended it. `changed` is the number of the last event.
    pub(super) struct RuleRow {
        key id: RuleId,
        code: String,
        version: i64,
        analyte: AnalyteId,
        operator: String,
        bound: String,
        answers: String,
        unit: String,
        test: TestId,
        stable_hours: i64,
        source: String,
        approved_at: Option<Timestamp>,
        approved_by: Option<String>,
        ended: Option<i64>,
        changed: i64,
    }
}

table! {
    /// Tests that rules asked for and could not add.
    pub(super) static SUGGESTIONS = projected "reflex_suggestions";
    /// Such a test. `why` is a code of [`super::Why`]. `decided` is the number of the event by which a person added the test or dismissed
    /// it, else 0.
    pub(crate) struct SuggestionRow {
        key id: SuggestionId,
        specimen: i64,
        order_id: i64,
        result: i64,
        rule: RuleId,
        why: String,
        since: Timestamp,
        decided: i64,
    }
    index (specimen);
    index (decided, id);
}
