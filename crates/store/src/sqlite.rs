//! SQLite: one file a laboratory, WAL, `synchronous=FULL`, one connection that writes, others that read snapshots.

mod checkpoint;
mod copy;
mod integrity;
mod scratch;
mod unfinished;
mod writer;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, ToSql,
    config::DbConfig,
    types::{ToSqlOutput, ValueRef},
};

use crate::{
    Row, Sql, StoreError, Table, Value,
    engine::{Engine, Reader, Writer},
    private,
    table::Dialect,
};
pub(crate) use scratch::Scratch;
pub(crate) use unfinished::{Beside, is_unfinished};
use writer::SqliteWriter;

/// How long a connection waits for another process's lock before it says [`StoreError::Busy`].
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept by each connection.
const STATEMENTS_MAX: usize = 256;

/// A folder of SQLite files.
#[derive(Debug)]
pub(crate) struct SqliteEngine {
    folder: PathBuf,
}

impl SqliteEngine {
    pub(crate) fn new(folder: &Path) -> Self {
        SqliteEngine { folder: folder.to_owned() }
    }

    /// `house.sqlite` for laboratory 0, `lab-N.sqlite` for the others.
    pub(crate) fn file(&self, lab: i64) -> PathBuf {
        self.folder.join(if lab == 0 { "house.sqlite".to_owned() } else { format!("lab-{lab}.sqlite") })
    }

    /// Refuses a folder into which a restore has begun and not ended.
    fn refuse_unfinished(&self) -> Result<(), StoreError> {
        if is_unfinished(&self.folder) { Err(StoreError::Unrestored) } else { Ok(()) }
    }

    fn connect(&self, lab: i64, write: bool) -> Result<Connection, StoreError> {
        self.refuse_unfinished()?;
        let file = self.file(lab);
        if write {
            make_folder(&self.folder).map_err(|e| StoreError::ReadOnly(format!("{}: {e}", self.folder.display())))?;
            private::close_folder(&self.folder)?;
            private::close_database(&file)?;
        }
        let create = if write { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
        let at = |e: rusqlite::Error| match error(&e) {
            StoreError::ReadOnly(m) => StoreError::ReadOnly(format!("{}: {m}", file.display())),
            StoreError::Corrupt(m) => StoreError::Corrupt(format!("{}: {m}", file.display())),
            other => other,
        };
        let stood = file.exists();
        let connection = Connection::open_with_flags(&file, flags).map_err(at)?;
        if write && !stood {
            private::close_new(&file)?;
        }
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // One plan a statement. Without this guarantee SQLite plans a `LIMIT $n` anew for each value that is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(at)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
        // What is erased, and what a rebuild leaves behind, must not stand on in free pages: `secure_delete`.
        let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
             PRAGMA secure_delete = ON; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;";
        connection.execute_batch(pragmas).map_err(at)?;
        Ok(connection)
    }
}

impl Engine for SqliteEngine {
    fn writer(&self, lab: i64) -> Result<Box<dyn Writer>, StoreError> {
        let connection = self.connect(lab, true)?;
        let checkpoints = self.connect(lab, true)?;
        Ok(Box::new(SqliteWriter::new(lab, connection, checkpoints, &self.file(lab))?))
    }

    fn reader(&self, lab: i64) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(SqliteReader { lab, connection: self.connect(lab, false)? }))
    }

    fn auditor(&self, lab: i64, scratch: &Path) -> Result<Box<dyn Reader>, StoreError> {
        self.refuse_unfinished()?;
        let file = self.file(lab);
        let connection = match copy::refused(&file).map_or_else(|| self.connect(lab, false), Err) {
            Err(StoreError::ReadOnly(why)) => copy::open(&file, scratch, &why)?,
            connected => connected?,
        };
        Ok(Box::new(SqliteReader { lab, connection }))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn groups_reads(&self) -> bool {
        false
    }

    fn table_exists(&self, lab: i64, name: &str) -> Result<bool, StoreError> {
        let connection = self.connect(lab, true)?;
        connection
            .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1")
            .and_then(|mut s| s.exists([name]))
            .map_err(|e| error(&e))
    }

    fn explain(&self, lab: i64, sql: &'static Sql) -> Result<Vec<String>, StoreError> {
        let connection = self.connect(lab, false)?;
        let mut statement =
            connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.sqlite())).map_err(|e| error(&e))?;
        let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
        statement
            .query_map(rusqlite::params_from_iter(nulls), |r| r.get::<_, String>(3))
            .and_then(Iterator::collect)
            .map_err(|e| error(&e))
    }

    fn name(&self) -> &'static str {
        "sqlite"
    }
}

/// The file that SQLite keeps beside a database. `Path::with_extension` would lose what stands before: it is the whole name and
/// the ending.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A connection that reads snapshots.
struct SqliteReader {
    lab: i64,
    connection: Connection,
}

impl Reader for SqliteReader {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN").map_err(|e| error(&e))
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        query(&self.connection, sql, params)
    }

    fn page(&mut self, table: &'static Table, after: &Value, limit: i64) -> Result<Vec<Row>, StoreError> {
        page(&self.connection, self.lab, table, after, limit)
    }

    fn integrity(&mut self, tables: &[&'static Table]) -> Result<Vec<String>, StoreError> {
        integrity::faults(&self.connection, self.lab, tables).map_err(|e| error(&e))
    }

    fn end(&mut self) {
        if let Err(e) = self.connection.execute_batch("ROLLBACK") {
            tracing::debug!("a snapshot could not be closed: {e}");
        }
    }
}

fn page(
    connection: &Connection,
    lab: i64,
    table: &'static Table,
    after: &Value,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    query_text(connection, &table.page_sql('?'), table.name, &[lab.into(), after.clone(), limit.into()])
}

fn query(connection: &Connection, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
    query_text(connection, sql.sqlite(), sql.place(), params)
}

fn query_text(connection: &Connection, text: &str, place: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
    let failed = |e: rusqlite::Error| match error(&e) {
        StoreError::Statement(m) => StoreError::Statement(format!("{place}: {m}")),
        other => other,
    };
    let mut statement = connection.prepare_cached(text).map_err(failed)?;
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(failed)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut values = Vec::with_capacity(columns);
        for i in 0..columns {
            values.push(from_sqlite(row.get_ref(i).map_err(failed)?));
        }
        out.push(Row(values));
    }
    Ok(out)
}

pub(crate) fn from_sqlite(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(v) => Value::Int(v),
        ValueRef::Real(v) => Value::Real(v),
        ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
        // Text that is not UTF-8 was damaged. As bytes, it is refused by whoever asks for text, and verifying can name its event.
        ValueRef::Text(v) => std::str::from_utf8(v).map_or_else(|_| Value::Bytes(v.to_vec()), Value::from),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(v) => ValueRef::Integer(*v),
            Value::Bool(v) => ValueRef::Integer(i64::from(*v)),
            Value::Real(v) => ValueRef::Real(*v),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(v) => ValueRef::Blob(v),
        }))
    }
}

/// Makes the folder, for the program's own account only, and so that a power cut does not take it away again: a directory is safe
/// when its parent has been synced.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let folder = std::path::absolute(folder)?;
    let stood = folder.ancestors().position(Path::exists).unwrap_or(0);
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&folder)?;
    folder.ancestors().skip(1).take(stood).try_for_each(|parent| File::open(parent)?.sync_all())
}

fn error(e: &rusqlite::Error) -> StoreError {
    let Some(code) = e.sqlite_error_code() else { return StoreError::Statement(e.to_string()) };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            StoreError::Busy("another program holds its lock".to_owned())
        }
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::ReadOnly
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied => StoreError::ReadOnly(e.to_string()),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(e.to_string()),
        ErrorCode::ConstraintViolation => StoreError::Conflict(e.to_string()),
        // A write that the system refuses half-way is a disk in trouble; the transaction is undone and can be made again.
        ErrorCode::SystemIoFailure => StoreError::ReadOnly(e.to_string()),
        _ => StoreError::Statement(e.to_string()),
    }
}
