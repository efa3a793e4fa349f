//! Tables of instruments.

use titer_store::{Timestamp, table};

use super::{InstrumentId, NoteId};

table! {
    /// Instruments.
    pub(super) static INSTRUMENTS = projected "instruments";
    /// An instrument. `kind` is a code of [`super::InstrumentKind`]. `module` is the code by which an analyzer names this instrument among those of its link; empty if it needs none.
    /// `out_of_use` is the reason why it is out of use. `version` is the number of the last event that changed the instrument; notes
    /// do not.
    pub(super) struct InstrumentRow {
        key id: InstrumentId,
        name: String,
        kind: String,
        module: String,
        link: Option<i64>,
        out_of_use: Option<String>,
        version: i64,
    }
}

table! {
    /// Notes about instruments. A struck note stays.
    pub(super) static NOTES = projected "instrument_notes";
    /// A note. `kind` is a code of [`super::NoteKind`]. `at` is when the thing happened, `entered_at` when it was noted. `message` is the message in which a link's profile read
    /// it. `struck` is the reason why the note was struck.
    pub(super) struct NoteRow {
        key id: NoteId,
        instrument: InstrumentId,
        kind: String,
        at: Timestamp,
        entered_at: Timestamp,
        actor_kind: i64,
        actor: i64,
        lot: String,
        text: String,
        message: Option<i64>,
        struck: Option<String>,
        struck_at: Option<Timestamp>,
        striker_kind: Option<i64>,
        striker: Option<i64>,
    }
    index (instrument, at, id);
    index (instrument, kind, at, id);
}
