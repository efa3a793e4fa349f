//! Tables of calculations.

use titer_store::{Timestamp, table};

use super::CalculationId;
use crate::catalog::AnalyteId;

table! {
    /// Calculations, also those that have ended: results name them for ever.
    pub(super) static CALCULATIONS = projected "calculations";
    /// A calculation. `formula` is the key of a definition in [`titer_science::calculated`], `formula_version` the version that was
    /// proposed. `inputs` are lines of a key, the analyte, and a molar mass if one is needed. `unit` is that of the analyte when the
    /// calculation was proposed. `approved_at` is NULL while it is a proposal; `ended` is the number of the event that ended it.
    /// `changed` is the number of the last event.
    pub(super) struct CalculationRow {
        key id: CalculationId,
        analyte: AnalyteId,
        formula: String,
        formula_version: i64,
        inputs: String,
        unit: String,
        decimals: i64,
        approved_at: Option<Timestamp>,
        approved_by: Option<String>,
        ended: Option<i64>,
        changed: i64,
    }
}
