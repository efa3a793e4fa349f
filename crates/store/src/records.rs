//! What the journal tells of itself: that something was erased, that it was restored.

use serde::{Deserialize, Serialize};

use crate::{
    Changes, Event, EventType, Header, Sha256, Table,
    tables::{RESTORES, RestoreRow},
};

pub(crate) static EVENTS: &[EventType] = &[EventType::of::<Erased>(), EventType::of::<Restored>()];

/// Body, salt and reason of these events, and these files, were erased.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Erased {
    pub numbers: Vec<i64>,
    pub blobs: Vec<Sha256>,
}

impl Event for Erased {
    const KIND: &'static str = "journal.erased";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
}

/// The laboratory was restored from a backup that ended at `number`; its own number jumps.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Restored {
    pub number: i64,
}

impl Event for Restored {
    const KIND: &'static str = "journal.restored";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&RESTORES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(RestoreRow { id: header.id(0), at: header.at });
    }
}
