//! What may be seen of patients.

use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use titer_science::{Birth, Sex, Subject};
use titer_store::{PLACES, Read, StoreError, Timestamp, Value, event::id, reading, sql, values};

use super::{
    AgeBand, PatientId, names,
    tables::{PatientRow, PatientWordRow},
};
use crate::{stories, text};

/// The most patients that a search answers.
pub const FOUND_MAX: usize = 20;
/// Former identifiers of one patient that are shown.
pub(super) const FORMER_MAX: usize = 20;
/// Words looked through in one search: a common family name must not hide a patient whose given name was asked for too.
const WORDS_SCANNED_MAX: i64 = 2_000;
/// Dates that one slip makes of another: no date has more.
const SLIPS_MAX: usize = 48;
/// The longest words of a name by which similar names are looked for, if no date of birth is known.
const ABOUT_WORDS_MAX: usize = 4;
/// With so many letters one of these begins like other words;
const ABOUT_LETTERS: usize = 3;
/// so many of these words are looked through, and so many patients with no date of birth.
const ABOUT_SCANNED_MAX: i64 = 500;

sql! {
    BY_ID: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND id = $2";
    BY_IDENTIFIER: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND folded = $2 ORDER BY id LIMIT $3";
    FORMERLY: (p: PatientRow) = "FROM former_identifiers f \
        JOIN patients p ON p.lab = f.lab AND p.id = f.patient WHERE f.lab = $1 AND f.folded = $2 ORDER BY f.id LIMIT $3";
    GIVEN_UP: ("j.at": Timestamp) = "FROM former_identifiers f JOIN journal j ON j.lab = f.lab AND j.number = f.id / $4 \
        WHERE f.lab = $1 AND f.folded = $2 AND f.patient = $3 ORDER BY f.id DESC LIMIT 1";
    BORN: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND birth_date = $2 ORDER BY id LIMIT $3";
    NOBODY_KNOWS_WHEN: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND birth_date = $2 ORDER BY id DESC LIMIT $3";
    BORN_ON_ONE_OF: (patients: PatientRow) = "FROM patients WHERE lab = $1 AND birth_date IN ( \
        $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
        $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, \
        $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50) LIMIT $2";
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
            version: row.corrected.unwrap_or(row.id.0 / PLACES),
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

/// When a correction took this identifier, or one that passes for it, from a patient who is the only one that ever had it; none if the
/// identifier is another patient's, or was, or if it was never this one's.
pub fn given_up(read: &mut dyn Read, patient: &Patient, identifier: &str) -> Result<Option<Timestamp>, StoreError> {
    let key = text::key(identifier);
    if patient.former.iter().all(|former| text::key(former) != key) {
        return Ok(None);
    }
    if bearing(read, identifier)?.iter().any(|other| other.id != patient.id) {
        return Ok(None);
    }
    GIVEN_UP.one(read, &values![key, patient.id, PLACES])
}

/// What results are judged by, as an event of a patient says it.
#[derive(Deserialize)]
pub struct Told {
    /// ISO 8601, empty when unknown.
    pub birth_date: String,
    /// As [`Sex::code`].
    pub sex: String,
}

/// When a correction last replaced what was told of a patient before; none if it was never told so.
///
/// # Errors
/// When the database does not answer, or one of the events was altered.
pub fn told_until(
    read: &mut dyn Read,
    patient: &Patient,
    was: impl Fn(&Told) -> bool,
) -> Result<Option<Timestamp>, StoreError> {
    let (mut before, mut until) = (false, None);
    let events = if patient.judged.is_some() { stories::of_room(read, patient.id.0, "patients")? } else { Vec::new() };
    for number in events {
        let Some(entry) = reading::proved(read, number)? else { continue };
        // A corrected identifier tells nothing of it, nor does an event that was erased.
        let told = entry.body.as_deref().and_then(|body| serde_json::from_slice::<Told>(body).ok());
        let Some(now) = told.map(|told| was(&told)) else { continue };
        if before && !now {
            until = Some(entry.header.at);
        }
        before = now;
    }
    Ok(until)
}

/// The patients who have this identifier, or one that passes for it; and those who had it before a correction.
pub fn bearing(read: &mut dyn Read, identifier: &str) -> Result<Vec<Patient>, StoreError> {
    let rows = BY_IDENTIFIER.all(read, &values![text::key(identifier), text::ALIKE_MAX])?;
    let mut found = rows.into_iter().map(Patient::read).collect::<Result<Vec<_>, _>>()?;
    found.extend(formerly(read, identifier)?);
    Ok(found)
}

/// The patient, `but` one, who has this identifier, or one that passes for it.
pub fn taken_by(read: &mut dyn Read, identifier: &str, but: Option<PatientId>) -> Result<Option<Patient>, StoreError> {
    let found = BY_IDENTIFIER.all(read, &values![text::key(identifier), text::ALIKE_MAX])?;
    found.into_iter().find(|row| Some(row.id) != but).map(Patient::read).transpose()
}

/// The rows of words that the event which last named the patient has made.
pub(super) fn words(read: &mut dyn Read, patient: &Patient) -> Result<Vec<i64>, StoreError> {
    let (first, last) = (id(patient.version, 0), id(patient.version + 1, 0));
    let rows = WORDS.all(read, &values![first, last, PLACES])?;
    Ok(rows.into_iter().filter(|row| row.patient == patient.id).map(|row| row.id).collect())
}

/// Patients who bear the whole identifier ([`bearing`]), then those all of whose searched words begin a word of theirs, however it is
/// spelt; at most [`FOUND_MAX`].
pub fn search(read: &mut dyn Read, asked: &str) -> Result<Vec<Patient>, StoreError> {
    let mut found = bearing(read, asked)?;
    for patient in named(read, &names::asked(asked), FOUND_MAX)? {
        if found.iter().all(|f| f.id != patient.id) {
            found.push(patient);
        }
    }
    found.truncate(FOUND_MAX);
    Ok(found)
}

/// Patients all of whose searched words begin a word of theirs, at most so many.
fn named(read: &mut dyn Read, words: &[(String, String)], most: usize) -> Result<Vec<Patient>, StoreError> {
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
    BY_WORD.all(read, &values![word, end_of(word), WORDS_SCANNED_MAX])
}

/// What stands behind all words that begin so.
fn end_of(word: &str) -> String {
    format!("{word}\u{10FFFF}")
}

/// Whether each of the words begins a word of the patient's.
fn called(patient: &Patient, words: &[(String, String)]) -> bool {
    let own = names::words(&patient.family, &patient.given, &patient.identifier);
    words.iter().all(|(word, plain)| own.iter().any(|o| o.starts_with(word) || o.starts_with(plain)))
}

/// Whether somebody is called so: each of these words is a whole word of the name, however it is spelt.
pub fn is_called(patient: &Patient, asked: &str) -> bool {
    let (asked, own) = (names::asked(asked), names::words(&patient.family, &patient.given, ""));
    !asked.is_empty() && asked.iter().all(|(word, plain)| own.contains(word) || own.contains(plain))
}

/// Patients who were born on a day, and whose names begin with the words that are asked for beside it, at most [`FOUND_MAX`].
pub fn born(read: &mut dyn Read, day: Date, asked: &str) -> Result<Vec<Patient>, StoreError> {
    let words = names::asked(asked);
    Ok(born_on(read, day)?.into_iter().filter(|patient| called(patient, &words)).take(FOUND_MAX).collect())
}

/// Patients who were born on a day.
fn born_on(read: &mut dyn Read, day: Date) -> Result<Vec<Patient>, StoreError> {
    BORN.all(read, &values![day.to_string(), WORDS_SCANNED_MAX])?.into_iter().map(Patient::read).collect()
}

/// Patients who were born on a day, and on one of `others`, at most [`WORDS_SCANNED_MAX`] of each; and of those with no date of birth the
/// last [`ABOUT_SCANNED_MAX`], and whoever among them is called so.
pub(super) fn born_about(
    read: &mut dyn Read,
    day: Date,
    others: &[Date],
    called: &str,
) -> Result<Vec<Patient>, StoreError> {
    let mut rows = BORN.all(read, &values![day.to_string(), WORDS_SCANNED_MAX])?;
    rows.extend(NOBODY_KNOWS_WHEN.all(read, &values!["", ABOUT_SCANNED_MAX])?);
    // On no day is anybody born whose date is no date.
    let others = others.iter().map(Date::to_string).chain(std::iter::repeat("-".to_owned())).take(SLIPS_MAX);
    let params: Vec<Value> = values![WORDS_SCANNED_MAX].into_iter().chain(others.map(Value::Text)).collect();
    rows.extend(BORN_ON_ONE_OF.all(read, &params)?);
    let mut found = rows.into_iter().map(Patient::read).collect::<Result<Vec<_>, _>>()?;
    let unknown = named(read, &names::asked(called), WORDS_SCANNED_MAX as usize)?;
    found.extend(unknown.into_iter().filter(|p| p.birth_date.is_none()));
    Ok(found)
}

/// Patients who are called so, and patients of whose words one begins with the first letters of one of these: at most
/// [`ABOUT_SCANNED_MAX`] for each of the longest words.
pub(super) fn named_about(read: &mut dyn Read, called: &str) -> Result<Vec<Patient>, StoreError> {
    let words = names::asked(called);
    let mut found = named(read, &words, WORDS_SCANNED_MAX as usize)?;
    let mut begins: Vec<&String> = words.iter().map(|(_, plain)| plain).collect();
    begins.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in begins.into_iter().take(ABOUT_WORDS_MAX) {
        let letters: String = word.chars().take(ABOUT_LETTERS).collect();
        let rows = BY_WORD.all(read, &values![&letters, end_of(&letters), ABOUT_SCANNED_MAX])?;
        for row in rows {
            found.push(Patient::read(row)?);
        }
    }
    Ok(found)
}
