//! What may be seen of patients.

use jiff::civil::{Date, DateTime};
use titer_science::{Birth, Sex, Subject};
use titer_store::{Read, StoreError, event::id, sql, values};

use super::{
    AgeBand, PatientId, names,
    tables::{PatientRow, PatientWordRow},
};
use crate::text;

/// The most patients that a search answers.
pub const FOUND_MAX: usize = 20;
/// Former identifiers of one patient that are shown.
pub(super) const FORMER_MAX: usize = 20;
/// Words looked through in one search: a common family name must not hide a patient whose given name was asked for too.
pub(super) const WORDS_SCANNED_MAX: i64 = 2_000;

sql! {
    BY_ID: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND id = $2";
    BY_IDENTIFIER: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND folded = $2 ORDER BY id LIMIT $3";
    FORMERLY: (p: PatientRow) = "FROM former_identifiers f \
        JOIN patients p ON p.lab = f.lab AND p.id = f.patient WHERE f.lab = $1 AND f.folded = $2 ORDER BY f.id LIMIT $3";
    BORN: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND birth_date = $2 ORDER BY id LIMIT $3";
    WORDS: (w: PatientWordRow) = "FROM patient_words w WHERE w.lab = $1 AND w.id > $2 AND w.id < $3 ORDER BY w.id LIMIT $4";
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
    /// The identifiers before somebody corrected them, the last one first.
    pub former: Vec<String>,
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Sex for reference intervals.
    pub sex: Sex,
    /// Date of birth; none when unknown.
    pub birth_date: Option<Date>,
    /// The estimated age, if the date of birth is unknown.
    pub age_band: Option<AgeBand>,
    /// The version: the number of the event that last said who the patient is.
    pub version: i64,
    /// The number of the last event that corrected the patient, if one did.
    pub corrected: Option<i64>,
    /// The number of the last event that changed what results are judged by, if one did.
    pub judged: Option<i64>,
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
            age_band: row.age_band.map(|b| AgeBand::from_code(&b).ok_or_else(|| damaged("age"))).transpose()?,
            version: row.corrected.unwrap_or(row.id.0 / titer_store::PLACES),
            corrected: row.corrected,
            judged: row.judged,
            former: row.former.iter().flat_map(|former| former.lines()).map(str::to_owned).collect(),
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

/// The patient of this identifier, however its letters are typed; if nobody has it, the one who had it before a correction.
pub fn by_identifier(read: &mut dyn Read, identifier: &str) -> Result<Option<Patient>, StoreError> {
    let found = BY_IDENTIFIER.all(read, &values![text::key(identifier), text::ALIKE_MAX])?;
    if found.is_empty() {
        return Ok(text::meant(formerly(read, identifier)?, |_| false));
    }
    text::meant(found, |row| row.identifier == identifier.trim()).map(Patient::read).transpose()
}

/// The patients who had this identifier, or one that passes for it, before a correction, each once.
pub fn formerly(read: &mut dyn Read, identifier: &str) -> Result<Vec<Patient>, StoreError> {
    let key = text::key(identifier);
    let mut found: Vec<Patient> = Vec::new();
    for row in FORMERLY.all(read, &values![&key, text::ALIKE_MAX])? {
        // Somebody may have found out that the identifier was right.
        if row.folded != key && found.iter().all(|f| f.id != row.id) {
            found.push(Patient::read(row)?);
        }
    }
    Ok(found)
}

/// Whether a patient, `but` one, has this identifier, or one that passes for it.
pub(super) fn is_taken(read: &mut dyn Read, identifier: &str, but: Option<PatientId>) -> Result<bool, StoreError> {
    let found = BY_IDENTIFIER.all(read, &values![text::key(identifier), text::ALIKE_MAX])?;
    Ok(found.iter().any(|row| Some(row.id) != but))
}

/// The rows of words that the event which last named the patient has made.
pub(super) fn words(read: &mut dyn Read, patient: &Patient) -> Result<Vec<i64>, StoreError> {
    let (first, last) = (id(patient.version, 0), id(patient.version + 1, 0));
    let rows = WORDS.all(read, &values![first, last, titer_store::PLACES])?;
    Ok(rows.into_iter().filter(|row| row.patient == patient.id).map(|row| row.id).collect())
}

/// Patients all of whose searched words begin a word of theirs, however it is spelt, and those who had the whole identifier before it
/// was corrected; at most [`FOUND_MAX`].
pub fn search(read: &mut dyn Read, asked: &str) -> Result<Vec<Patient>, StoreError> {
    let mut found = formerly(read, asked)?;
    for patient in named(read, &names::asked(asked), FOUND_MAX)? {
        if found.iter().all(|f| f.id != patient.id) {
            found.push(patient);
        }
    }
    found.truncate(FOUND_MAX);
    Ok(found)
}

/// Patients all of whose searched words begin a word of theirs, at most so many.
pub(super) fn named(read: &mut dyn Read, words: &[(String, String)], most: usize) -> Result<Vec<Patient>, StoreError> {
    let Some((longest, plain)) = words.iter().max_by_key(|(word, _)| word.len()) else { return Ok(Vec::new()) };
    let mut rows = beginning_with(read, longest)?;
    if plain != longest {
        rows.extend(beginning_with(read, plain)?);
    }
    let mut found: Vec<Patient> = Vec::new();
    for row in rows {
        let patient = Patient::read(row)?;
        if called(&patient, words) && found.iter().all(|f| f.id != patient.id) {
            found.push(patient);
        }
        if found.len() == most {
            break;
        }
    }
    Ok(found)
}

fn beginning_with(read: &mut dyn Read, word: &str) -> Result<Vec<PatientRow>, StoreError> {
    let above = format!("{word}\u{10FFFF}");
    BY_WORD.all(read, &values![word, above, WORDS_SCANNED_MAX])
}

/// Whether each of the words begins a word of the patient's.
pub(super) fn called(patient: &Patient, words: &[(String, String)]) -> bool {
    let own = names::words(&patient.family, &patient.given, &patient.identifier);
    words.iter().all(|(word, plain)| own.iter().any(|o| o.starts_with(word) || o.starts_with(plain)))
}

/// Patients who were born on a day, and whose names begin with the words that are asked for beside it, at most [`FOUND_MAX`].
pub fn born(read: &mut dyn Read, day: Date, asked: &str) -> Result<Vec<Patient>, StoreError> {
    let words = names::asked(asked);
    Ok(born_on(read, day)?.into_iter().filter(|patient| called(patient, &words)).take(FOUND_MAX).collect())
}

/// Patients who were born on a day.
pub(super) fn born_on(read: &mut dyn Read, day: Date) -> Result<Vec<Patient>, StoreError> {
    BORN.all(read, &values![day.to_string(), WORDS_SCANNED_MAX])?.into_iter().map(Patient::read).collect()
}
