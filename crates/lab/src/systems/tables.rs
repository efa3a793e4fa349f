//! Tables of test systems.

use titer_store::{Sha256, Timestamp, table};

use super::{RecordId, State, SystemId};
use crate::{
    catalog::{AnalyteId, SpecimenTypeId},
    instruments::InstrumentId,
};

/// The id of the one row of the head.
pub(super) const HEAD_ID: i64 = 1;

table! {
    /// One row: the number of the last event that changed a test system or an instrument.
    pub(crate) static HEAD = projected "test_systems_head";
    /// The version of what the gate knows.
    pub(super) struct HeadRow {
        key id: i64,
        version: i64,
    }
}

table! {
    /// Test systems, as they were described last.
    pub(super) static SYSTEMS = projected "test_systems";
    /// A test system. `low` and `high` are the measuring range in the unit of the analyte, `dilution` the largest factor that is allowed;
    /// each may be empty. `inputs` are codes of [`super::Input`] separated by blanks. `described` is the number of the event that described it.
    pub(super) struct SystemRow {
        key id: SystemId,
        analyte: AnalyteId,
        specimen_type: SpecimenTypeId,
        instrument: InstrumentId,
        method: String,
        low: String,
        high: String,
        dilution: String,
        decimals: Option<i64>,
        inputs: String,
        described: i64,
    }
}

table! {
    /// Whether test systems are in use.
    pub(super) static STATES = projected "test_system_states";
    /// The state of a test system: why it is out of use, the verification record of what was described last, and the number of the last
    /// event that changed the test system.
    pub(super) struct StateRow {
        key id: SystemId,
        state: State,
        why: Option<String>,
        record: Option<RecordId>,
        version: i64,
    }
}

table! {
    /// Verification records.
    pub(super) static RECORDS = projected "verification_records";
    /// A verification record: what was found of each aspect, and which of them do not apply (codes of [`super::Aspect`] separated by
    /// blanks; the text then says why). `file` is the PDF that belongs to it.
    pub(super) struct RecordRow {
        key id: RecordId,
        instrument: InstrumentId,
        systems: i64,
        accuracy: String,
        imprecision: String,
        reportable_range: String,
        reference_interval: String,
        not_applicable: String,
        performed_on: String,
        performed_by: String,
        file: Option<Sha256>,
        file_name: String,
        file_bytes: i64,
        signed_at: Timestamp,
        signed_by: String,
    }
}
