//! What may be seen of patients.

use jiff::civil::{Date, DateTime};
use titer_science::{Birth, Sex, Subject};
use titer_store::{Read, StoreError, sql, values};

use super::{PatientId, tables::PatientRow};
use crate::text;

/// The most patients that a search answers.
pub const FOUND_MAX: usize = 20;
/// Words looked through in one search: a common family name must not hide a patient whose given name was asked for too.
const WORDS_SCANNED_MAX: i64 = 2_000;

sql! {
    BY_ID: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND id = $2";
    BY_IDENTIFIER: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND folded = $2 ORDER BY id LIMIT $3";
    BY_WORD: (p: PatientRow) = "FROM patient_words w JOIN patients p ON p.lab = w.lab AND p.id = w.patient \
        WHERE w.lab = $1 AND w.word >= $2 AND w.word < $3 ORDER BY w.word, w.patient LIMIT $4";
}

/// A patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// The id.
    pub id: PatientId,
    /// The laboratory's or hospital's identifier.
    pub identifier: String,
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Sex for reference intervals.
    pub sex: Sex,
    /// Date of birth; none when unknown.
    pub birth_date: Option<Date>,
}

impl Patient {
    /// The patient of a row. A sex or a date of birth that the program cannot read is damage: judged as unknown, it would choose
    /// another reference interval.
    pub(crate) fn read(row: PatientRow) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::Corrupt(format!("patient {} has no readable {what}", row.id));
        let birth_date = Some(&row.birth_date).filter(|date| !date.is_empty());
        Ok(Patient {
            id: row.id,
            sex: Sex::from_code(&row.sex).ok_or_else(|| damaged("sex"))?,
            birth_date: birth_date.map(|date| date.parse()).transpose().map_err(|_| damaged("date of birth"))?,
            identifier: row.identifier,
            family: row.family,
            given: row.given,
        })
    }

    /// Whose reference interval is asked for, at a time on the laboratory's wall clock.
    pub fn subject(&self, at: DateTime) -> Subject {
        Subject { sex: self.sex, birth: self.birth_date.map(|date| Birth { date, time: None }), at }
    }
}

/// The patient of this id.
pub fn patient(read: &mut dyn Read, id: PatientId) -> Result<Option<Patient>, StoreError> {
    BY_ID.one(read, &values![id])?.map(Patient::read).transpose()
}

/// The patient of this identifier, however its letters are typed.
pub fn by_identifier(read: &mut dyn Read, identifier: &str) -> Result<Option<Patient>, StoreError> {
    let found = BY_IDENTIFIER.all(read, &values![text::key(identifier), text::ALIKE_MAX])?;
    text::meant(found, |row| row.identifier == identifier.trim()).map(Patient::read).transpose()
}

/// Whether a patient has this identifier, or one that passes for it.
pub(super) fn is_taken(read: &mut dyn Read, identifier: &str) -> Result<bool, StoreError> {
    Ok(!BY_IDENTIFIER.all(read, &values![text::key(identifier), text::ALIKE_MAX])?.is_empty())
}

/// Patients all of whose searched words begin a word of theirs, at most [`FOUND_MAX`].
pub fn search(read: &mut dyn Read, asked: &str) -> Result<Vec<Patient>, StoreError> {
    let words = text::tokens(asked);
    let Some(longest) = words.iter().max_by_key(|w| w.len()) else { return Ok(Vec::new()) };
    let above = format!("{longest}\u{10FFFF}");
    let mut found: Vec<Patient> = Vec::new();
    for row in BY_WORD.all(read, &values![longest, above, WORDS_SCANNED_MAX])? {
        let patient = Patient::read(row)?;
        let own = text::tokens(&format!("{} {} {}", patient.family, patient.given, patient.identifier));
        let all = words.iter().all(|w| own.iter().any(|o| o.starts_with(w)));
        if all && found.iter().all(|f| f.id != patient.id) {
            found.push(patient);
        }
        if found.len() == FOUND_MAX {
            break;
        }
    }
    Ok(found)
}
