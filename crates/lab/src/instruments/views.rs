//! What may be seen of instruments.

use titer_store::{Actor, Read, StoreError, Timestamp, sql, values};

use super::{
    InstrumentId, InstrumentKind, NoteId, NoteKind,
    tables::{InstrumentRow, NoteRow},
};

/// The most instruments of a laboratory, those out of use included.
pub const INSTRUMENTS_MAX: i64 = 500;
/// Notes of one page.
pub const PAGE: i64 = 100;

sql! {
    ALL: (instruments: InstrumentRow) = "FROM instruments WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    BY_ID: (instruments: InstrumentRow) = "FROM instruments WHERE lab = $1 AND id = $2";
    NOTE: (instrument_notes: NoteRow) = "FROM instrument_notes WHERE lab = $1 AND id = $2";
    NOTES: (instrument_notes: NoteRow) = "FROM instrument_notes WHERE lab = $1 AND instrument = $2 AND (at, id) < ($3, $4) \
        ORDER BY at DESC, id DESC LIMIT $5";
    LAST: (instrument_notes: NoteRow) = "FROM instrument_notes WHERE lab = $1 AND instrument = $2 AND struck IS NULL \
        ORDER BY at DESC, id DESC LIMIT 1";
    LAST_OF_KIND: (instrument_notes: NoteRow) = "FROM instrument_notes WHERE lab = $1 AND instrument = $2 AND kind = $3 \
        AND struck IS NULL ORDER BY at DESC, id DESC LIMIT 1";
}

/// An instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Its id.
    pub id: InstrumentId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: InstrumentKind,
    /// The code by which an analyzer names this instrument among those of its link; empty if it needs none.
    pub module: String,
    /// The number of its link; an analyzer without one is not connected.
    pub link: Option<i64>,
    /// Why it is out of use; none while it is in use.
    pub out_of_use: Option<String>,
    /// The number of the event that changed it last. A note changes nothing.
    pub version: i64,
}

/// A code that this build does not know, as damage of the database.
fn unknown(what: &str, code: &str) -> StoreError {
    StoreError::Corrupt(format!("an instrument has the unknown {what} {code:?}"))
}

impl TryFrom<InstrumentRow> for Instrument {
    type Error = StoreError;

    fn try_from(row: InstrumentRow) -> Result<Self, StoreError> {
        Ok(Instrument {
            id: row.id,
            name: row.name,
            kind: InstrumentKind::from_code(&row.kind).ok_or_else(|| unknown("kind", &row.kind))?,
            module: row.module,
            link: row.link,
            out_of_use: row.out_of_use,
            version: row.version,
        })
    }
}

/// All instruments, those out of use included, in the order in which they were added.
pub fn instruments(read: &mut dyn Read) -> Result<Vec<Instrument>, StoreError> {
    ALL.all(read, &values![0_i64, INSTRUMENTS_MAX])?.into_iter().map(Instrument::try_from).collect()
}

/// The instrument of this id.
pub fn instrument(read: &mut dyn Read, id: InstrumentId) -> Result<Option<Instrument>, StoreError> {
    BY_ID.one(read, &values![id])?.map(Instrument::try_from).transpose()
}

/// Something that was done to an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The instrument.
    pub instrument: InstrumentId,
    /// What was done.
    pub kind: NoteKind,
    /// When it happened.
    pub at: Timestamp,
    /// When it was noted.
    pub entered_at: Timestamp,
    /// Who noted it.
    pub by: Actor,
    /// The lot; may be empty.
    pub lot: String,
    /// What else there is to say; may be empty.
    pub text: String,
    /// That it was struck, if it was.
    pub struck: Option<Struck>,
}

/// That a note was a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// Why.
    pub why: String,
    /// When it was struck.
    pub at: Timestamp,
    /// Who struck it.
    pub by: Actor,
}

fn actor(kind: i64, id: i64) -> Result<Actor, StoreError> {
    Actor::from_code(kind, id).ok_or_else(|| unknown("kind of actor", &kind.to_string()))
}

impl TryFrom<NoteRow> for Note {
    type Error = StoreError;

    fn try_from(row: NoteRow) -> Result<Self, StoreError> {
        let struck = match (row.struck, row.struck_at, row.striker_kind, row.striker) {
            (Some(why), Some(at), Some(kind), Some(id)) => Some(Struck { why, at, by: actor(kind, id)? }),
            (None, None, None, None) => None,
            _ => return Err(StoreError::Corrupt(format!("the note {} is struck in part", row.id))),
        };
        Ok(Note {
            id: row.id,
            instrument: row.instrument,
            kind: NoteKind::from_code(&row.kind).ok_or_else(|| unknown("kind of note", &row.kind))?,
            at: row.at,
            entered_at: row.entered_at,
            by: actor(row.actor_kind, row.actor)?,
            lot: row.lot,
            text: row.text,
            struck,
        })
    }
}

/// The note of this id.
pub fn note(read: &mut dyn Read, id: NoteId) -> Result<Option<Note>, StoreError> {
    NOTE.one(read, &values![id])?.map(Note::try_from).transpose()
}

/// Notes about an instrument, the newest first, struck ones included: a page of them, those that happened before `before`.
pub fn notes(read: &mut dyn Read, of: InstrumentId, before: Option<&Note>) -> Result<Vec<Note>, StoreError> {
    let (at, id) = before.map_or((i64::MAX, i64::MAX), |note| (note.at.micros(), note.id.0));
    NOTES.all(read, &values![of, at, id, PAGE])?.into_iter().map(Note::try_from).collect()
}

/// The last note about an instrument that was not struck.
pub fn last_note(read: &mut dyn Read, of: InstrumentId) -> Result<Option<Note>, StoreError> {
    LAST.one(read, &values![of])?.map(Note::try_from).transpose()
}

/// When an instrument was calibrated last, as far as was noted.
pub fn last_calibrated(read: &mut dyn Read, of: InstrumentId) -> Result<Option<Timestamp>, StoreError> {
    Ok(LAST_OF_KIND.one(read, &values![of, NoteKind::Calibrated])?.map(|note| note.at))
}
