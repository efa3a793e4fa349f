//! What happens to instruments.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    InstrumentId, NoteId,
    tables::{self, InstrumentRow, NoteRow},
};
use crate::{jobs, quality::face as quality, stories, systems::face as systems};

/// An instrument was added.
#[derive(Serialize, Deserialize)]
pub struct Added {
    /// Its name.
    pub name: String,
    /// A code of [`super::InstrumentKind`].
    pub kind: String,
    /// The module code; empty if it needs none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// Its link, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<i64>,
}

impl Added {
    pub(super) fn instrument(event: i64) -> InstrumentId {
        InstrumentId(id(event, 0))
    }
}

impl Event for Added {
    const KIND: &'static str = "instruments.added";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::INSTRUMENTS, &systems::HEAD, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let instrument = Added::instrument(header.number);
        changes.put(InstrumentRow {
            id: instrument,
            name: self.name.clone(),
            kind: self.kind.clone(),
            module: self.module.clone(),
            link: self.link,
            out_of_use: None,
            version: header.number,
        });
        systems::changed(changes, header);
        stories::enter(changes, header, &[instrument.0], &self.name);
    }
}

/// Name, kind, module code or link of an instrument changed.
#[derive(Serialize, Deserialize)]
pub struct Changed {
    /// Which.
    pub instrument: i64,
    /// Its name.
    pub name: String,
    /// A code of [`super::InstrumentKind`].
    pub kind: String,
    /// The module code; empty if it needs none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// Its link, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<i64>,
}

impl Event for Changed {
    const KIND: &'static str = "instruments.changed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::INSTRUMENTS, &systems::HEAD, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = set!(InstrumentRow {
            name: self.name.clone(),
            kind: self.kind.clone(),
            module: self.module.clone(),
            link: self.link,
            version: header.number,
        });
        changes.patch(InstrumentId(self.instrument), set);
        let told = [self.name.as_str(), self.module.as_str()].join(" ");
        systems::changed(changes, header);
        stories::enter(changes, header, &[self.instrument], told.trim_end());
    }
}

/// An instrument was taken out of use.
#[derive(Serialize, Deserialize)]
pub struct Retired {
    /// Which.
    pub instrument: i64,
    /// Why.
    pub why: String,
    /// What waits for review is to be judged again. Events of older programs do not ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge_again: bool,
}

impl Event for Retired {
    const KIND: &'static str = "instruments.retired";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::INSTRUMENTS, &systems::HEAD, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = set!(InstrumentRow { out_of_use: Some(self.why.clone()), version: header.number });
        changes.patch(InstrumentId(self.instrument), set);
        systems::changed(changes, header);
        if self.judge_again {
            systems::judge_again(changes, header);
        }
        stories::enter(changes, header, &[self.instrument], &self.why);
    }
}

/// An instrument that was out of use was put into use again.
#[derive(Serialize, Deserialize)]
pub struct Returned {
    /// Which.
    pub instrument: i64,
    /// Why.
    pub why: String,
}

impl Event for Returned {
    const KIND: &'static str = "instruments.returned";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::INSTRUMENTS, &systems::HEAD, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = set!(InstrumentRow { out_of_use: None::<String>, version: header.number });
        changes.patch(InstrumentId(self.instrument), set);
        systems::changed(changes, header);
        stories::enter(changes, header, &[self.instrument], &self.why);
    }
}

const NOTES: &[&Table] = &[&tables::NOTES, &quality::ENDINGS, &quality::HEAD, &jobs::face::DUE];

/// Something that was done to an instrument was noted.
#[derive(Serialize, Deserialize)]
pub struct Noted {
    /// Which instrument.
    pub instrument: i64,
    /// A code of [`super::NoteKind`].
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// The lot; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lot: String,
    /// What else there is to say; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The message in which a link's profile read it; none if a person noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<i64>,
}

impl Noted {
    pub(super) fn note(event: i64) -> NoteId {
        NoteId(id(event, 0))
    }
}

impl Event for Noted {
    const KIND: &'static str = "instruments.noted";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = NOTES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (actor_kind, actor) = header.actor.code();
        changes.put(NoteRow {
            id: Noted::note(header.number),
            instrument: InstrumentId(self.instrument),
            kind: self.kind.clone(),
            at: self.at,
            entered_at: header.at,
            actor_kind,
            actor,
            lot: self.lot.clone(),
            text: self.text.clone(),
            message: self.message,
            struck: None,
            struck_at: None,
            striker_kind: None,
            striker: None,
        });
        let noted = (InstrumentId(self.instrument), self.kind.as_str(), self.at);
        quality::noted(changes, header, Noted::note(header.number), noted);
    }
}

/// A mistaken note was struck. It stays, and says so.
#[derive(Serialize, Deserialize)]
pub struct NoteStruck {
    /// Which.
    pub note: i64,
    /// Why.
    pub why: String,
}

impl Event for NoteStruck {
    const KIND: &'static str = "instruments.note-struck";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = NOTES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (kind, striker) = header.actor.code();
        let set = set!(NoteRow {
            struck: Some(self.why.clone()),
            struck_at: Some(header.at),
            striker_kind: Some(kind),
            striker: Some(striker),
        });
        changes.patch(NoteId(self.note), set);
        quality::struck(changes, header, NoteId(self.note));
    }
}
