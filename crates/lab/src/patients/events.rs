//! What happens to patients.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, values};

use super::tables::{PATIENT_WORDS, PATIENTS};
use crate::stories;

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

impl Event for Registered {
    const KIND: &'static str = "patients.registered";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&PATIENTS, &PATIENT_WORDS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let patient = header.id(0);
        let row = values![&self.identifier, &self.family, &self.given, &self.sex, &self.birth_date, header.at];
        changes.put(&PATIENTS, patient, row);
        for (place, word) in (1..).zip(&self.words) {
            changes.put(&PATIENT_WORDS, header.id(place), values![word, patient]);
        }
        stories::tell(changes, header, &[patient], "");
    }
}
