//! The connection that writes.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

use rusqlite::Connection;

use super::{BUSY_TIMEOUT, checkpoint::Checkpointer, error, query};
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
    _checkpoints: Checkpointer,
}

impl SqliteWriter {
    pub(super) fn new(
        lab: i64,
        connection: Connection,
        checkpoints: Connection,
        file: &Path,
    ) -> Result<Self, StoreError> {
        // `Path::with_extension` would lose what stands before: the log is the file's whole name and "-wal".
        let mut wal = file.as_os_str().to_owned();
        wal.push("-wal");
        let checkpoints = Checkpointer::start(checkpoints)?;
        Ok(SqliteWriter {
            lab,
            connection,
            wal: wal.into(),
            wal_bytes_max: WAL_BYTES_MAX,
            commits: 0,
            redirect: None,
            puts: HashMap::new(),
            kinds: KnownKinds::default(),
            _checkpoints: checkpoints,
        })
    }

    fn run(&self, sql: &str, params: &[&Value]) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| error(&e))?;
        statement.execute(rusqlite::params_from_iter(params)).map_err(|e| error(&e))
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
        query(&self.connection, sql, params)
    }

    fn begin_part(&mut self) -> Result<(), StoreError> {
        self.run("SAVEPOINT part", &[]).map(|_| ())
    }

    fn keep_part(&mut self) -> Result<(), StoreError> {
        self.run("RELEASE part", &[]).map(|_| ())
    }

    fn undo_part(&mut self) -> Result<(), StoreError> {
        self.kinds.taken_back();
        self.run("ROLLBACK TO part", &[])?;
        self.run("RELEASE part", &[]).map(|_| ())
    }

    fn append(&mut self, row: &Stored) -> Result<(), StoreError> {
        let values = row.values();
        let params: Vec<&Value> = values.iter().collect();
        self.run(&APPEND, &params)?;
        let Some(kind) = self.kinds.unnoted(&row.entry.header) else { return Ok(()) };
        let sql = "INSERT INTO journal_kinds (kind, lab, first) VALUES (?1, ?2, ?3) ON CONFLICT (kind) DO NOTHING";
        self.run(sql, &[&kind, &values[0], &values[1]]).map(|_| ())
    }

    fn apply(&mut self, changes: &[Change], strict: bool) -> Result<(), StoreError> {
        for change in changes {
            match change {
                Change::Put { table, key, values } => self.put(table, key, values)?,
                Change::Patch { table, key, set } => self.patch(table, key, set, strict)?,
                Change::Drop { table, key } => {
                    let Some(name) = Redirect::target(self.redirect.as_ref(), table) else { continue };
                    self.run(&format!("DELETE FROM \"{name}\" WHERE {} = ?1", table.key.name), &[key])?;
                }
            }
        }
        Ok(())
    }

    fn put_blob(&mut self, sha256: Sha256, bytes: &[u8]) -> Result<(), StoreError> {
        let params = [sha256.into(), Value::Int(self.lab), bytes.into()];
        let sql = "INSERT INTO blobs (sha256, lab, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING";
        self.run(sql, &[&params[0], &params[1], &params[2]]).map(|_| ())
    }

    fn attach(&mut self, number: i64, bytes: &[u8]) -> Result<(), StoreError> {
        self.run(&ATTACH, &[&Value::Int(self.lab), &Value::Int(number), &bytes.into()]).map(|_| ())
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
