//! What happens to patients.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, event::id};

use super::{
    PatientId,
    tables::{self, PatientRow, PatientWordRow},
};
use crate::{stories, text};

/// A patient was registered.
#[derive(Serialize, Deserialize)]
pub struct Registered {
    /// The laboratory's or hospital's identifier.
    pub identifier: String,
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// `female`, `male`, `other` or `unknown`.
    pub sex: String,
    /// ISO 8601, empty when unknown.
    pub birth_date: String,
    /// The words by which the patient is found.
    pub words: Vec<String>,
}

impl Registered {
    /// The patient.
    pub(super) fn patient(event: i64) -> PatientId {
        PatientId(id(event, 0))
    }
}

impl Event for Registered {
    const KIND: &'static str = "patients.registered";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::PATIENTS, &tables::PATIENT_WORDS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let patient = Registered::patient(header.number);
        changes.put(PatientRow {
            id: patient,
            identifier: self.identifier.clone(),
            family: self.family.clone(),
            given: self.given.clone(),
            sex: self.sex.clone(),
            birth_date: self.birth_date.clone(),
            registered_at: header.at,
            folded: text::key(&self.identifier),
        });
        for (place, word) in (1..).zip(&self.words) {
            changes.put(PatientWordRow { id: header.id(place), word: word.clone(), patient });
        }
        stories::enter(changes, header, &[patient.0], "");
    }
}
