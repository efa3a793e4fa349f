//! Tables of patients.

use titer_store::{Timestamp, table};

use super::PatientId;

table! {
    /// Patients.
    pub(super) static PATIENTS = projected "patients";
    /// A patient. `birth_date` is ISO 8601 (`1958-03-09`), empty when unknown. `folded` is the identifier as it is compared
    /// ([`crate::text::key`]).
    pub(crate) struct PatientRow {
        key id: PatientId,
        identifier: String,
        family: String,
        given: String,
        sex: String,
        birth_date: String,
        registered_at: Timestamp,
        folded: String,
    }
    index unique (identifier);
    index (folded);
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
