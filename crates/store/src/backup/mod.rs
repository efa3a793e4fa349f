//! Backup and restore: one file for all laboratories and both engines. It holds the journals, the files and the working tables;
//! the projected tables are rebuilt from the journal when it is restored.
//!
//! The file is an SQLite database, so that it can be read with any tool for as long as there are computers. Its last lines say how far
//! each journal goes: a file without them was not written to its end.

mod restore;
mod write;

use std::path::Path;

use rusqlite::ErrorCode;

use crate::{
    Schema, Sha256, StoreError, Table,
    table::Kind,
    tables::{BLOBS, EVENT_FILES, JOURNAL},
};
pub use {
    restore::{give_up, is_unfinished, restore},
    write::backup,
};

/// The format of the backup file. From 2 on its last lines are the ends of the journals.
const FORMAT: i64 = 2;
/// The first format that has such lines.
const ENDS_SINCE: i64 = 2;

/// How far the journal of a laboratory goes in a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    lab: i64,
    number: i64,
    hash: Sha256,
}

impl End {
    fn written(&self) -> String {
        format!("{} {} {}", self.lab, self.number, self.hash)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let lab = parts.next()?.parse().ok()?;
        let number = parts.next()?.parse().ok()?;
        Some(End { lab, number, hash: Sha256::from_hex(parts.next()?)? })
    }
}

fn file_error(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
    move |e| StoreError::File(format!("the backup {}: {e}", path.display()))
}

/// What SQLite says of a backup that is read. The database into which it is restored has no fault then.
fn unreadable(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
    move |e| match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::File(format!(
            "{} is not a backup of Titer, or its beginning is damaged; use another backup",
            path.display()
        )),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure) => {
            StoreError::File(format!("the backup {} cannot be read: {e}; use another backup", path.display()))
        }
        _ => of_backup(path)(StoreError::Corrupt(e.to_string())),
    }
}

/// Names the backup if what was read from it is damaged or from a newer program: the database has no fault then.
fn of_backup(path: &Path) -> impl Fn(StoreError) -> StoreError + '_ {
    move |e| match e {
        StoreError::Corrupt(what) => {
            StoreError::File(format!("the backup {} is damaged: {what}; use another backup", path.display()))
        }
        StoreError::Newer { found, known } => StoreError::File(format!(
            "the backup {} was made by a newer Titer (its format is {found}, this program reads up to {known}); install the newer program",
            path.display()
        )),
        other => other,
    }
}

/// The tables that a backup holds.
fn kept(schema: &Schema) -> impl Iterator<Item = &'static Table> + '_ {
    let working = schema.tables().iter().copied().filter(|t| t.kind == Kind::Working);
    [&JOURNAL, &BLOBS, &EVENT_FILES].into_iter().chain(working)
}
