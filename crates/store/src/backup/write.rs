//! Writing a backup.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{End, FORMAT, file_error, kept};
use crate::{
    Row, Schema, Store, StoreError,
    audit::{self, BLOB_BATCH, Verification},
    chain::GENESIS,
    engine::Reader,
    private,
    tables::{BLOBS, EVENT_FILES, JOURNAL},
};

/// Rows read at a time; each may have 1 MB.
const BATCH: i64 = 100;

/// Writes a backup of all `stores`, each from one snapshot, while they work. `progress` hears the rows written so far. Answers what is
/// wrong with the journals, and with the files that their events name: a laboratory that lacks a file needs its backup all the same.
///
/// # Errors
/// [`StoreError::File`] when the file exists already or cannot be written; otherwise what the database says.
pub fn backup(stores: &[Store], path: &Path, progress: &mut dyn FnMut(u64)) -> Result<Vec<Verification>, StoreError> {
    if path.exists() {
        return Err(StoreError::File(format!("{} exists already; name a new file", path.display())));
    }
    // The whole name and ".part": `Path::with_extension` could take another backup's.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    // A leftover of a backup that was interrupted is no backup.
    let _ = std::fs::remove_file(&part);
    let written = write(stores, &part, progress).and_then(|found| sync_and_rename(&part, path).map(|()| found));
    if written.is_err() {
        // It may be what fills the disk.
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn write(stores: &[Store], part: &Path, progress: &mut dyn FnMut(u64)) -> Result<Vec<Verification>, StoreError> {
    let failed = file_error(part);
    // A backup holds what the database holds, password hashes among it.
    private::create(part).map_err(|e| StoreError::File(format!("the backup {}: {e}", part.display())))?;
    let mut file = Connection::open(part).map_err(&failed)?;
    file.execute_batch("PRAGMA journal_mode = OFF; CREATE TABLE about (name TEXT, value TEXT)").map_err(&failed)?;
    say(&file, "format", &FORMAT.to_string()).map_err(&failed)?;
    let (mut written, mut verified, mut ends) = (0, Vec::new(), Vec::new());
    let transaction = file.transaction().map_err(&failed)?;
    say(&transaction, "made_at", &crate::Timestamp::now().micros().to_string()).map_err(&failed)?;
    for store in stores {
        for (name, value) in [("lab", store.lab()), ("schema", store.schema().version)] {
            say(&transaction, name, &value.to_string()).map_err(&failed)?;
        }
        let mut reader = store.0.engine.reader(store.lab())?;
        reader.begin()?;
        let mut out = Out { file: &transaction, failed: &failed, written: &mut written, progress: &mut *progress };
        let copied = out.copy(&mut *reader, store.lab(), &store.0.schema);
        let found = copied.and_then(|end| {
            ends.push(end);
            audit::verify_snapshot(&*store.0.engine, store.lab(), &store.0.schema, &mut *reader)
        });
        reader.end();
        verified.push(found?);
    }
    transaction.commit().map_err(&failed)?;
    // After all else is on the disk. Without a rollback journal the file may hold any part of the transaction above if the program
    // is killed.
    let last = file.transaction().map_err(&failed)?;
    ends.iter().try_for_each(|end| say(&last, "end", &end.written())).map_err(&failed)?;
    last.commit().map_err(&failed)?;
    file.close().map_err(|(_, e)| failed(e))?;
    Ok(verified)
}

/// Says something of the backup as a whole.
fn say(file: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    file.execute("INSERT INTO about VALUES (?1, ?2)", [name, value]).map(|_| ())
}

fn sync_and_rename(part: &Path, path: &Path) -> Result<(), StoreError> {
    let failed = |e: std::io::Error| StoreError::File(format!("the backup {}: {e}", path.display()));
    std::fs::File::open(part).and_then(|f| f.sync_all()).map_err(failed)?;
    std::fs::rename(part, path).map_err(failed)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(failed)
}

/// Where rows are written to.
struct Out<'a> {
    file: &'a Connection,
    failed: &'a dyn Fn(rusqlite::Error) -> StoreError,
    written: &'a mut u64,
    progress: &'a mut dyn FnMut(u64),
}

impl Out<'_> {
    /// Copies a laboratory; answers where its journal ends in the copy.
    fn copy(&mut self, reader: &mut dyn Reader, lab: i64, schema: &Schema) -> Result<End, StoreError> {
        let mut end = End { lab, number: 0, hash: GENESIS };
        for table in kept(schema) {
            let columns: Vec<&str> = table.column_names().collect();
            let create = format!("CREATE TABLE IF NOT EXISTS \"{}\" ({})", table.name, columns.join(", "));
            self.file.execute_batch(&create).map_err(self.failed)?;
            let places: Vec<String> = (1..=columns.len()).map(|i| format!("?{i}")).collect();
            let insert = format!("INSERT INTO \"{}\" VALUES ({})", table.name, places.join(", "));
            let files = [BLOBS.name, EVENT_FILES.name].contains(&table.name);
            let mut after = table.before_first();
            loop {
                let rows = reader.page(table, &after, if files { BLOB_BATCH } else { BATCH })?;
                let Some(last) = rows.last() else { break };
                after = last.values()[1].clone();
                if table.name == JOURNAL.name {
                    end = end_at(lab, last)?;
                }
                self.put(&insert, &rows)?;
            }
        }
        Ok(end)
    }

    fn put(&mut self, insert: &str, rows: &[Row]) -> Result<(), StoreError> {
        let mut statement = self.file.prepare_cached(insert).map_err(self.failed)?;
        for row in rows {
            statement.execute(rusqlite::params_from_iter(row.values())).map_err(self.failed)?;
        }
        *self.written += rows.len() as u64;
        (self.progress)(*self.written);
        Ok(())
    }
}

/// The end of a journal whose last row this is. A hash that cannot be read is damage, which the backup says and keeps.
fn end_at(lab: i64, row: &Row) -> Result<End, StoreError> {
    Ok(End { lab, number: row.get(1)?, hash: row.get(11).unwrap_or(GENESIS) })
}
