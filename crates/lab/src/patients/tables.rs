//! Tables of patients.

use titer_store::{Timestamp, table};

use super::PatientId;

table! {
    /// Patients.
    pub(super) static PATIENTS = projected "patients";
    /// A patient. `birth_date` is ISO 8601 (`1958-03-09`), empty when unknown; `age_band` is then what was estimated. `folded` is the
    /// identifier as it is compared ([`crate::text::key`]). `corrected` is the number of the last event that corrected the patient,
    /// `judged` of the last one that changed what results are judged by. `former` has the identifiers that
    /// the patient had before somebody corrected them, a line each, the last one first.
    pub(crate) struct PatientRow {
        key id: PatientId,
        identifier: String,
        family: String,
        given: String,
        sex: String,
        birth_date: String,
        registered_at: Timestamp,
        folded: String,
        age_band: Option<String>,
        corrected: Option<i64>,
        judged: Option<i64>,
        former: Option<String>,
    }
    index unique (identifier);
    index (folded);
    index (birth_date);
}

table! {
    /// The words by which a patient is found, folded.
    pub(super) static PATIENT_WORDS = projected "patient_words";
    /// One word of a patient.
    pub(super) struct PatientWordRow {
        key id: i64,
        word: String,
        patient: PatientId,
    }
    index (word, patient);
}

table! {
    /// Identifiers that patients had before somebody corrected them, by which the patients are still found.
    pub(super) static FORMER_IDENTIFIERS = projected "former_identifiers";
    /// A former identifier, as it is compared ([`crate::text::key`]).
    pub(super) struct FormerIdentifierRow {
        key id: i64,
        folded: String,
        patient: PatientId,
    }
    index (folded);
}
