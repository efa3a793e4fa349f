//! The connection that writes.
//!
//! What a part (one submission) changes waits in memory until the part reads again or is kept, so that a part that is taken back
//! has mostly left no trace, and needs no savepoint: behind a savepoint SQLite copies each page before it changes it. A part that
//! reads what it has changed does so behind a savepoint.
//!
//! A row that the database refuses while a part is kept can then not be taken back alone. Commands look before they write, so it
//! takes a mistake of the program. All of the group are answered [`StoreError::Busy`], nothing is kept, and for a while each part
//! has its savepoint: whoever comes with it again is refused alone. The writer on PostgreSQL does the same.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

use rusqlite::Connection;

use super::{BUSY_TIMEOUT, beside, checkpoint::Checkpointer, error, page, query};
use crate::{
    Head, Row, Sha256, Sql, StoreError, Table, Value,
    engine::{KnownKinds, Redirect, Stored, Writer},
    event::Change,
    reading, tables,
};

/// Above this size the writer itself empties the write-ahead log: the checkpoint thread cannot while writing never pauses.
const WAL_BYTES_MAX: u64 = 128 << 20;
/// How much more the log grows before the next try, when it could not be emptied: a backup or a verification may be reading it.
const WAL_BYTES_MORE: u64 = 32 << 20;
/// How long the writer, and all who wait for it, then wait for such a reader.
const READER_WAIT: Duration = Duration::from_millis(50);
/// Commits between two looks at the size of the log.
const LOOK_EVERY: u32 = 64;
/// Parts that have a savepoint after the database has refused what one of a group did.
const CAREFUL_PARTS: usize = 1_000;

pub(super) struct SqliteWriter {
    lab: i64,
    connection: Connection,
    wal: PathBuf,
    wal_bytes_max: u64,
    commits: u32,
    redirect: Option<Redirect>,
    /// The text that puts a row into a table, by the name it is written under.
    puts: HashMap<String, String>,
    kinds: KnownKinds,
    part: Option<Part>,
    /// Parts begun in this transaction.
    parts: usize,
    /// Parts that are still to have a savepoint.
    careful: usize,
    _checkpoints: Option<Checkpointer>,
}

/// The part of the transaction that is being decided.
#[derive(Default)]
struct Part {
    /// What it has changed, in order, as long as the database does not have it.
    waiting: Vec<Waiting>,
    /// Whether the database has some of it behind a savepoint.
    saved: bool,
    /// Whether the database has some of it without one.
    unsaved: bool,
}

/// A change that waits.
enum Waiting {
    /// A row of the journal, of the bytes of events or of the blobs, by the text that inserts it.
    Insert(&'static str, Vec<Value>),
    /// Rows of other tables; if strict, a patched row must be there.
    Changes { changes: Vec<Change>, strict: bool },
}

impl SqliteWriter {
    pub(super) fn new(
        lab: i64,
        connection: Connection,
        checkpoints: Connection,
        file: &Path,
    ) -> Result<Self, StoreError> {
        let checkpoints = Some(Checkpointer::start(checkpoints)?);
        let wal = beside(file, "-wal");
        Ok(SqliteWriter { wal, _checkpoints: checkpoints, ..Self::without_log(lab, connection) })
    }

    /// A writer of a database that has no write-ahead log.
    pub(super) fn without_log(lab: i64, connection: Connection) -> Self {
        SqliteWriter {
            lab,
            connection,
            wal: PathBuf::new(),
            wal_bytes_max: WAL_BYTES_MAX,
            commits: 0,
            redirect: None,
            puts: HashMap::new(),
            kinds: KnownKinds::default(),
            part: None,
            parts: 0,
            careful: 0,
            _checkpoints: None,
        }
    }

    fn run(&self, sql: &str, params: &[&Value]) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| error(&e))?;
        statement.execute(rusqlite::params_from_iter(params)).map_err(|e| error(&e))
    }

    /// Gives a change to the part that is being decided; without one, to the database.
    fn wait(&mut self, change: Waiting) -> Result<(), StoreError> {
        match &mut self.part {
            Some(part) => {
                part.waiting.push(change);
                Ok(())
            }
            None => self.write(&change),
        }
    }

    fn write(&mut self, change: &Waiting) -> Result<(), StoreError> {
        match change {
            Waiting::Insert(text, values) => self.run(text, &values.iter().collect::<Vec<_>>()).map(|_| ()),
            Waiting::Changes { changes, strict } => changes.iter().try_for_each(|change| self.change(change, *strict)),
        }
    }

    /// Writes what waits, behind a savepoint if the part may have to be taken back after it.
    fn write_waiting(&mut self, save: bool) -> Result<(), StoreError> {
        let Some(part) = &mut self.part else { return Ok(()) };
        let waiting = std::mem::take(&mut part.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        if save && !part.saved {
            part.saved = true;
            self.run("SAVEPOINT part", &[])?;
        } else if !save {
            part.unsaved = true;
        }
        waiting.iter().try_for_each(|change| self.write(change))
    }

    fn change(&mut self, change: &Change, strict: bool) -> Result<(), StoreError> {
        match change {
            Change::Put { table, key, values } => self.put(table, key, values),
            Change::Patch { table, key, set } => self.patch(table, key, set, strict),
            Change::Drop { table, key } => {
                let Some(name) = Redirect::target(self.redirect.as_ref(), table) else { return Ok(()) };
                self.run(&format!("DELETE FROM \"{name}\" WHERE {} = ?1", table.key.name), &[key]).map(|_| ())
            }
        }
    }

    fn lab_of_changes(&self) -> Value {
        Value::Int(self.redirect.as_ref().map_or(self.lab, |r| r.lab))
    }

    fn put(&mut self, table: &'static Table, key: &Value, values: &[Value]) -> Result<(), StoreError> {
        let Some(name) = Redirect::target(self.redirect.as_ref(), table) else { return Ok(()) };
        let lab = self.lab_of_changes();
        let params: Vec<&Value> = [&lab, key].into_iter().chain(values).collect();
        if !self.puts.contains_key(&*name) {
            self.puts.insert(name.to_string(), put_sql(table, &name));
        }
        self.run(&self.puts[&*name], &params).map(|_| ())
    }

    fn patch(
        &self,
        table: &'static Table,
        key: &Value,
        set: &[(&'static str, Value)],
        strict: bool,
    ) -> Result<(), StoreError> {
        let Some(name) = Redirect::target(self.redirect.as_ref(), table) else { return Ok(()) };
        let columns: Vec<String> = set.iter().enumerate().map(|(i, (c, _))| format!("{c} = ?{}", i + 2)).collect();
        let sql = format!("UPDATE \"{name}\" SET {} WHERE {} = ?1", columns.join(", "), table.key.name);
        let params: Vec<&Value> = [key].into_iter().chain(set.iter().map(|(_, v)| v)).collect();
        match self.run(&sql, &params)? {
            // Without the key, which may be a person's name, and goes to the log.
            0 if strict => Err(StoreError::Corrupt(format!("{} has no row that is to be changed", table.name))),
            _ => Ok(()),
        }
    }

    fn empty_large_log(&mut self) {
        self.commits = self.commits.wrapping_add(1);
        if !self.commits.is_multiple_of(LOOK_EVERY) {
            return;
        }
        let size = std::fs::metadata(&self.wal).map_or(0, |m| m.len());
        if size <= self.wal_bytes_max {
            return;
        }
        match self.empty_log() {
            Ok(true) => self.wal_bytes_max = WAL_BYTES_MAX,
            failed => {
                tracing::warn!(size, "the write-ahead log could not be emptied yet: {failed:?}");
                self.wal_bytes_max = size + WAL_BYTES_MORE;
            }
        }
    }

    /// Whether nobody held it.
    fn empty_log(&self) -> rusqlite::Result<bool> {
        self.connection.busy_timeout(READER_WAIT)?;
        let emptied =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0));
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        emptied
    }
}

fn put_sql(table: &Table, name: &str) -> String {
    let names: Vec<&str> = table.column_names().collect();
    let places: Vec<String> = (1..=names.len()).map(|i| format!("?{i}")).collect();
    let set: Vec<String> = table.columns.iter().map(|c| format!("{0} = excluded.{0}", c.name)).collect();
    let key = table.key.name;
    format!(
        "INSERT INTO \"{name}\" ({}) VALUES ({}) ON CONFLICT ({key}) DO UPDATE SET {}",
        names.join(", "),
        places.join(", "),
        set.join(", ")
    )
}

impl Writer for SqliteWriter {
    fn begin(&mut self) -> Result<Head, StoreError> {
        self.parts = 0;
        // IMMEDIATE takes the file's write lock before anything is read: it is the laboratory's lock.
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| error(&e))?;
        let rows = query(&self.connection, &reading::HEAD, &[Value::Int(self.lab)])?;
        rows.first().map_or(Ok(Head::EMPTY), |r| Ok(Head { number: r.get(0)?, at: r.get(1)?, hash: r.get(2)? }))
    }

    fn schema_version(&mut self) -> Result<Option<i64>, StoreError> {
        reading::schema_version(&query(&self.connection, &reading::SCHEMA, &[Value::Int(self.lab)])?)
    }

    fn begin_all(&mut self) -> Result<Vec<i64>, StoreError> {
        self.begin()?;
        Ok(vec![self.lab])
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.write_waiting(true)?;
        query(&self.connection, sql, params)
    }

    fn page(&mut self, table: &'static Table, after: &Value, limit: i64) -> Result<Vec<Row>, StoreError> {
        self.write_waiting(true)?;
        page(&self.connection, self.lab, table, after, limit)
    }

    fn begin_part(&mut self) -> Result<(), StoreError> {
        self.parts += 1;
        self.part = Some(Part::default());
        Ok(())
    }

    fn keep_part(&mut self) -> Result<(), StoreError> {
        let saved = self.part.as_ref().is_some_and(|p| p.saved) || self.careful > 0;
        match self.write_waiting(saved) {
            Err(e) if !saved && self.parts > 1 && !e.breaks_transaction() => {
                tracing::warn!(lab = self.lab, "work that was to be saved together was refused: {e}");
                self.careful = CAREFUL_PARTS;
                return Err(StoreError::Busy(
                    "other work that was to be saved at the same moment was in conflict".to_owned(),
                ));
            }
            written => written?,
        }
        self.careful = self.careful.saturating_sub(1);
        match self.part.take() {
            Some(Part { saved: true, .. }) => self.run("RELEASE part", &[]).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn undo_part(&mut self) -> Result<(), StoreError> {
        self.kinds.taken_back();
        // After some errors SQLite takes the whole transaction back by itself. What came then would commit statement by statement.
        if self.connection.is_autocommit() {
            self.part = None;
            return Err(StoreError::Conflict("the transaction has ended".to_owned()));
        }
        match self.part.take() {
            Some(Part { unsaved: true, .. }) => {
                Err(StoreError::Conflict("what was changed cannot be taken back alone".to_owned()))
            }
            Some(Part { saved: true, .. }) => {
                self.run("ROLLBACK TO part", &[])?;
                self.run("RELEASE part", &[]).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, row: &Stored) -> Result<(), StoreError> {
        let values = row.values();
        let (lab, number) = (values[0].clone(), values[1].clone());
        self.wait(Waiting::Insert(&APPEND, values))?;
        let Some(kind) = self.kinds.unnoted(&row.entry.header) else { return Ok(()) };
        self.wait(Waiting::Insert(NOTE_KIND, vec![kind, lab, number]))
    }

    fn apply(&mut self, changes: &[Change], strict: bool) -> Result<(), StoreError> {
        if self.part.is_none() {
            return changes.iter().try_for_each(|change| self.change(change, strict));
        }
        self.wait(Waiting::Changes { changes: changes.to_vec(), strict })
    }

    fn apply_all(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.wait(Waiting::Changes { changes, strict: true })
    }

    fn put_blob(&mut self, sha256: Sha256, bytes: &[u8]) -> Result<(), StoreError> {
        self.wait(Waiting::Insert(PUT_BLOB, vec![sha256.into(), Value::Int(self.lab), bytes.into()]))
    }

    fn attach(&mut self, number: i64, bytes: &[u8]) -> Result<(), StoreError> {
        self.wait(Waiting::Insert(&ATTACH, vec![Value::Int(self.lab), Value::Int(number), bytes.into()]))
    }

    fn set_head(&mut self, head: &Head) -> Result<(), StoreError> {
        let values = [head.number.into(), head.at.into(), head.hash.into()];
        self.put(&tables::HEAD, &Value::Int(1), &values)
    }

    fn commit(&mut self, head: &Head) -> Result<(), StoreError> {
        self.set_head(head)?;
        self.connection.execute_batch("COMMIT").map_err(|e| error(&e))?;
        self.kinds.committed();
        self.empty_large_log();
        Ok(())
    }

    fn rollback(&mut self) {
        self.redirect = None;
        self.part = None;
        self.kinds.taken_back();
        if !self.connection.is_autocommit()
            && let Err(e) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!("a transaction could not be taken back: {e}");
        }
    }

    fn execute(&mut self, ddl: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(ddl).map_err(|e| error(&e))
    }

    fn redirect(&mut self, redirect: Option<Redirect>) {
        self.redirect = redirect;
    }
}

const NOTE_KIND: &str =
    "INSERT INTO journal_kinds (kind, lab, first) VALUES (?1, ?2, ?3) ON CONFLICT (kind) DO NOTHING";
const PUT_BLOB: &str = "INSERT INTO blobs (sha256, lab, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING";

/// Appends to the journal.
static APPEND: LazyLock<String> = LazyLock::new(|| insert_sql(&tables::JOURNAL));

/// Attaches bytes to an event.
static ATTACH: LazyLock<String> = LazyLock::new(|| insert_sql(&tables::EVENT_FILES));

/// A plain insert, for what must not be there yet: a number that stands twice in the journal is refused.
fn insert_sql(table: &Table) -> String {
    let names: Vec<&str> = table.column_names().collect();
    let places: Vec<String> = (1..=names.len()).map(|i| format!("?{i}")).collect();
    format!("INSERT INTO \"{}\" ({}) VALUES ({})", table.name, names.join(", "), places.join(", "))
}
