//! The store's own tables.

use crate::{
    Timestamp,
    table::{Column, ID, Kind, Table, Type},
};

/// The journal.
pub static JOURNAL: Table = Table {
    name: "journal",
    kind: Kind::Store,
    revision: 1,
    key: Column::new("number", Type::BigInt),
    columns: &[
        Column::new("at", Type::BigInt),
        Column::new("actor_kind", Type::BigInt),
        Column::new("actor", Type::BigInt),
        Column::new("kind", Type::Text),
        Column::new("version", Type::BigInt),
        Column::nullable("why", Type::Text),
        Column::nullable("salt", Type::Bytes),
        Column::nullable("body", Type::Bytes),
        // The salted digest stands here once salt and body have been erased, and only then.
        Column::nullable("digest", Type::Bytes),
        Column::new("hash", Type::Bytes),
    ],
    indexes: &[],
};

/// Which kinds and versions of events the journal holds, and the first event of each: what a migration need not replay for.
pub static KINDS: Table = Table {
    name: "journal_kinds",
    kind: Kind::Store,
    revision: 1,
    key: Column::new("kind", Type::Text),
    columns: &[Column::new("first", Type::BigInt)],
    indexes: &[],
};

/// One row a laboratory: the end of its journal. Its lock is the laboratory's lock.
pub static HEAD: Table = Table {
    name: "journal_head",
    kind: Kind::Store,
    revision: 1,
    key: ID,
    columns: &[Column::new("number", Type::BigInt), Column::new("at", Type::BigInt), Column::new("hash", Type::Bytes)],
    indexes: &[],
};

/// Bytes named by their SHA-256.
pub static BLOBS: Table = Table {
    name: "blobs",
    kind: Kind::Store,
    revision: 1,
    key: Column::new("sha256", Type::Bytes),
    columns: &[Column::new("bytes", Type::Bytes)],
    indexes: &[],
};

/// Bytes that belong to an event, by the event's number. The event names their digest.
pub static EVENT_FILES: Table = Table {
    name: "event_files",
    kind: Kind::Store,
    revision: 1,
    key: Column::new("number", Type::BigInt),
    columns: &[Column::new("bytes", Type::Bytes)],
    indexes: &[],
};

/// What the store knows of itself: its format, and each table's fingerprint.
pub static NOTES: Table = Table {
    name: "store_notes",
    kind: Kind::Store,
    revision: 1,
    key: Column::new("name", Type::Text),
    columns: &[Column::new("value", Type::Text)],
    indexes: &[],
};

crate::table! {
    /// What falls due. Projected: an event makes a job due and the event of its being done removes it, so a rebuild neither loses
    /// nor repeats one.
    pub static DUE = projected "due";
    /// A job to be done at or after a time.
    pub struct DueRow {
        key id: i64,
        at: Timestamp,
        kind: String,
        subject: i64,
    }
    index (at);
}

crate::table! {
    /// How often jobs were tried in vain.
    pub static DUE_TRIES = working "due_tries";
    /// How often a job was tried in vain, when it may be tried next, and what went wrong last.
    pub struct DueTryRow {
        key id: i64,
        tries: i64,
        next_at: Timestamp,
        failure: String,
    }
}

crate::table! {
    /// What only one node does at a time.
    pub static LEASES = working "leases";
    /// Who may do it, and until when.
    pub struct LeaseRow {
        key name: String,
        holder: String,
        until: Timestamp,
    }
}

crate::table! {
    /// When the laboratory was restored from a backup. A restored laboratory stays detached from its links until a person has
    /// compared what was sent and received.
    pub static RESTORES = projected "restores";
    /// A restore.
    pub struct RestoreRow {
        key id: i64,
        at: Timestamp,
    }
}

/// The store's own tables, in the order in which they are made.
pub(crate) static STORE: &[&Table] =
    &[&NOTES, &HEAD, &JOURNAL, &KINDS, &BLOBS, &EVENT_FILES, &DUE, &DUE_TRIES, &LEASES, &RESTORES];
