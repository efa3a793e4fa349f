//! The tables as a journal gives them, in a file that is thrown away: to compare others with.

use std::path::Path;

use rusqlite::Connection;

use super::{error, writer::SqliteWriter};
use crate::{
    Row, StoreError, Table, Value,
    engine::{Redirect, Writer},
    event::Change,
    table::Dialect,
};

/// Nothing of it needs to survive a crash, so it has neither a log nor a sync, and is one transaction.
const PRAGMAS: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
    PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; BEGIN";

pub(crate) struct Scratch(SqliteWriter);

impl Scratch {
    /// Makes `tables`, empty and without indexes, in `folder`. Changes of other tables come to nothing.
    pub(crate) fn new(lab: i64, tables: &[&'static Table], folder: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(folder.join("tables.sqlite")).map_err(|e| of_scratch(error(&e)))?;
        let mut writer = SqliteWriter::without_log(lab, connection);
        let create = tables.iter().map(|t| t.create(Dialect::Sqlite, t.name));
        [PRAGMAS.to_owned()].into_iter().chain(create).try_for_each(|sql| writer.execute(&sql)).map_err(of_scratch)?;
        writer.redirect(Some(Redirect { tables: tables.to_vec(), lab, suffix: "" }));
        Ok(Scratch(writer))
    }

    /// Changes rows. Not strictly: a row whose first event was erased has later changes that find nothing.
    pub(crate) fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.0.apply(changes, false).map_err(of_scratch)
    }

    /// As [`crate::engine::Reader::page`].
    pub(crate) fn page(&mut self, table: &'static Table, after: &Value, limit: i64) -> Result<Vec<Row>, StoreError> {
        self.0.page(table, after, limit).map_err(of_scratch)
    }
}

/// An error here is none of the database that is being verified.
fn of_scratch(e: StoreError) -> StoreError {
    match e {
        StoreError::Full => StoreError::File(
            "the disk of the temporary folder is full; free some space, or name a folder on another disk".to_owned(),
        ),
        other => StoreError::File(format!("the tables in the temporary folder: {other}")),
    }
}
