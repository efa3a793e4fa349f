//! What happens to patients.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, event::id, set};

use super::{
    PatientId,
    tables::{self, FormerIdentifierRow, PatientRow, PatientWordRow},
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
    /// The estimated age, if nobody knows the date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_band: Option<String>,
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
            age_band: self.age_band.clone(),
            corrected: None,
            judged: None,
            former: None,
        });
        words(changes, header, patient, &self.words);
        stories::enter(changes, header, &[patient.0], "");
    }
}

/// The words have the places of their event after the first.
fn words(changes: &mut Changes, header: &Header, patient: PatientId, words: &[String]) {
    for (place, word) in (1..).zip(words) {
        changes.put(PatientWordRow { id: header.id(place), word: word.clone(), patient });
    }
}

/// Somebody corrected what is known of a patient. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct Corrected {
    /// The patient.
    pub patient: i64,
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
    /// The rows of words that hold no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<i64>,
    /// The estimated age, if nobody knows the date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_band: Option<String>,
    /// Whether sex or date of birth changed: results are judged by them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judged: bool,
}

impl Event for Corrected {
    const KIND: &'static str = "patients.corrected";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::PATIENTS, &tables::PATIENT_WORDS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let patient = PatientId(self.patient);
        let set = set!(PatientRow {
            family: self.family.clone(),
            given: self.given.clone(),
            sex: self.sex.clone(),
            birth_date: self.birth_date.clone(),
            age_band: self.age_band.clone(),
            corrected: header.number,
        });
        changes.patch(patient, set);
        if self.judged {
            changes.patch(patient, set!(PatientRow { judged: header.number }));
        }
        for word in &self.forgotten {
            changes.drop::<PatientWordRow>(*word);
        }
        words(changes, header, patient, &self.words);
        stories::enter(changes, header, &[patient.0], "");
    }
}

/// Somebody corrected a patient's identifier. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct IdentifierCorrected {
    /// The patient.
    pub patient: i64,
    /// The identifier from now on.
    pub identifier: String,
    /// The identifiers before, the last one first. The patient is still found by them.
    pub former: Vec<String>,
    /// The words by which the patient is found.
    pub words: Vec<String>,
    /// The rows of words that hold no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<i64>,
}

impl Event for IdentifierCorrected {
    const KIND: &'static str = "patients.identifier-corrected";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::PATIENTS, &tables::PATIENT_WORDS, &tables::FORMER_IDENTIFIERS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let patient = PatientId(self.patient);
        let set = set!(PatientRow {
            identifier: self.identifier.clone(),
            folded: text::key(&self.identifier),
            former: (!self.former.is_empty()).then(|| self.former.join("\n")),
            corrected: header.number,
        });
        changes.patch(patient, set);
        if let Some(last) = self.former.first() {
            changes.put(FormerIdentifierRow { id: header.id(0), folded: text::key(last), patient });
        }
        for word in &self.forgotten {
            changes.drop::<PatientWordRow>(*word);
        }
        words(changes, header, patient, &self.words);
        stories::enter(changes, header, &[patient.0], "");
    }
}
