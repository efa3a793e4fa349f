//! Backup and restore: one file for all laboratories and both engines. It holds the journals, the files and the working tables;
//! the projected tables are rebuilt from the journal when it is restored.
//!
//! The file is an SQLite database, so that it can be read with any tool for as long as there are computers.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    Actor, Entry, Head, Schema, Sha256, Store, StoreError, Table, Value,
    audit::{self, BLOB_BATCH, RESTORE_JUMP, Verification},
    chain,
    engine::{Engine, Reader, Stored, Writer},
    event::{Change, Changes, Event},
    migrate, private,
    records::Restored,
    table::Kind,
    tables::{BLOBS, EVENT_FILES, JOURNAL},
};

/// The format of the backup file.
const FORMAT: i64 = 1;
/// Rows read at a time; each may have 1 MB.
const BATCH: i64 = 100;

fn file_error(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
    move |e| StoreError::File(format!("the backup {}: {e}", path.display()))
}

/// The tables that a backup holds.
fn kept(schema: &Schema) -> impl Iterator<Item = &'static Table> + '_ {
    let working = schema.tables().iter().copied().filter(|t| t.kind == Kind::Working);
    [&JOURNAL, &BLOBS, &EVENT_FILES].into_iter().chain(working)
}

fn place_list(n: usize) -> String {
    (1..=n).map(|i| format!("?{i}")).collect::<Vec<_>>().join(", ")
}

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
    let (mut written, mut verified) = (0, Vec::new());
    {
        let failed = file_error(&part);
        // A backup holds what the database holds, password hashes among it.
        private::create(&part).map_err(|e| StoreError::File(format!("the backup {}: {e}", part.display())))?;
        let mut file = Connection::open(&part).map_err(&failed)?;
        file.execute_batch("PRAGMA journal_mode = OFF; CREATE TABLE about (name TEXT, value TEXT)").map_err(&failed)?;
        let transaction = file.transaction().map_err(&failed)?;
        for (name, value) in [("format", FORMAT.to_string()), ("made_at", crate::Timestamp::now().micros().to_string())]
        {
            transaction.execute("INSERT INTO about VALUES (?1, ?2)", [name, &value]).map_err(&failed)?;
        }
        for store in stores {
            for (name, value) in [("lab", store.lab()), ("schema", store.schema().version)] {
                transaction
                    .execute("INSERT INTO about VALUES (?1, ?2)", [name, &value.to_string()])
                    .map_err(&failed)?;
            }
            let mut reader = store.0.engine.reader(store.lab())?;
            reader.begin()?;
            let copied = copy_out(&mut *reader, &store.0.schema, &transaction, &failed, &mut written, progress);
            let found = copied
                .and_then(|()| audit::verify_snapshot(&*store.0.engine, store.lab(), &store.0.schema, &mut *reader));
            reader.end();
            verified.push(found?);
        }
        transaction.commit().map_err(&failed)?;
        file.close().map_err(|(_, e)| failed(e))?;
    }
    sync_and_rename(&part, path)?;
    Ok(verified)
}

fn sync_and_rename(part: &Path, path: &Path) -> Result<(), StoreError> {
    let failed = |e: std::io::Error| StoreError::File(format!("the backup {}: {e}", path.display()));
    std::fs::File::open(part).and_then(|f| f.sync_all()).map_err(failed)?;
    std::fs::rename(part, path).map_err(failed)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(failed)
}

fn copy_out(
    reader: &mut dyn Reader,
    schema: &Schema,
    file: &Connection,
    failed: &dyn Fn(rusqlite::Error) -> StoreError,
    written: &mut u64,
    progress: &mut dyn FnMut(u64),
) -> Result<(), StoreError> {
    for table in kept(schema) {
        let columns: Vec<&str> = table.column_names().collect();
        let create = format!("CREATE TABLE IF NOT EXISTS \"{}\" ({})", table.name, columns.join(", "));
        file.execute_batch(&create).map_err(failed)?;
        let insert = format!("INSERT INTO \"{}\" VALUES ({})", table.name, place_list(columns.len()));
        let mut after = table.before_first();
        loop {
            let files = [BLOBS.name, EVENT_FILES.name].contains(&table.name);
            let limit = if files { BLOB_BATCH } else { BATCH };
            let rows = reader.page(table, &after, limit)?;
            let Some(last) = rows.last() else { break };
            after = last.values()[1].clone();
            let mut statement = file.prepare_cached(&insert).map_err(failed)?;
            for row in &rows {
                statement.execute(rusqlite::params_from_iter(row.values())).map_err(failed)?;
            }
            *written += rows.len() as u64;
            progress(*written);
        }
    }
    Ok(())
}

/// Restores every laboratory of a backup into an empty database. The chain is checked event by event; then *Restored* is
/// journalled and the numbers jump past anything that can have been issued after the backup was made. Answers what is wrong with
/// what was restored: a file that an event names may have been gone when the backup was made.
///
/// # Errors
/// [`StoreError::Conflict`] when the database is not empty, [`StoreError::Corrupt`] when the backup is damaged,
/// [`StoreError::Newer`] when a newer program made it. The laboratory that was being restored is then left empty.
pub fn restore(
    location: &crate::Location,
    schema: &Arc<Schema>,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<Verification>, StoreError> {
    let failed = file_error(path);
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(&failed)?;
    let about = |name: &str| -> Result<Vec<i64>, StoreError> {
        let mut statement =
            file.prepare("SELECT CAST(value AS INTEGER) FROM about WHERE name = ?1").map_err(&failed)?;
        statement.query_map([name], |r| r.get(0)).and_then(Iterator::collect).map_err(&failed)
    };
    for (name, known) in [("format", FORMAT), ("schema", schema.version)] {
        if let Some(found) = about(name)?.into_iter().find(|f| *f > known) {
            return Err(StoreError::Newer { found, known });
        }
    }
    let labs = about("lab")?;
    if labs.is_empty() {
        return Err(StoreError::File(format!("{} is not a backup of Titer", path.display())));
    }
    private::remark(path);
    let engine = crate::store::engine(location)?;
    let (mut read, mut verified) = (0, Vec::new());
    for lab in labs {
        let mut writer = engine.writer(lab)?;
        migrate::migrate(&*engine, &mut *writer, lab, schema)?;
        let restored = restore_lab(&*engine, &mut *writer, lab, schema, &file, &failed, &mut |n| {
            read += n;
            progress(read);
        });
        if let Err(e) = restored {
            writer.rollback();
            return Err(e);
        }
        let mut reader = engine.reader(lab)?;
        reader.begin()?;
        let found = audit::verify_snapshot(&*engine, lab, schema, &mut *reader);
        reader.end();
        verified.push(found?);
    }
    Ok(verified)
}

fn restore_lab(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    lab: i64,
    schema: &Schema,
    file: &Connection,
    failed: &dyn Fn(rusqlite::Error) -> StoreError,
    progress: &mut dyn FnMut(u64),
) -> Result<(), StoreError> {
    if writer.begin()?.number > 0 {
        return Err(StoreError::Conflict(format!(
            "laboratory {lab} exists already; restore into an empty folder or database"
        )));
    }
    let mut head = Head::EMPTY;
    // The files of events are in the order of the events: each is put back with its own.
    let attachments = select(file, &EVENT_FILES).map_err(failed)?;
    let mut attachments = attachments.map(|sql| file.prepare(&sql)).transpose().map_err(failed)?;
    let mut attachments = Attachments {
        next: None,
        rows: attachments.as_mut().map(|s| s.query([lab])).transpose().map_err(failed)?,
        failed,
    };
    attachments.step()?;
    for table in kept(schema).filter(|t| t.name != EVENT_FILES.name) {
        let Some(select) = select(file, table).map_err(failed)? else { continue };
        let mut statement = file.prepare(&select).map_err(failed)?;
        let mut rows = statement.query([lab]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let values = row_values(row, table).map_err(failed)?;
            if table.name == JOURNAL.name {
                let event = put_event_back(writer, values, &mut head)?;
                attachments.put_back(writer, schema, &event)?;
            } else {
                put_back(writer, table, values)?;
            }
            progress(1);
        }
    }
    attachments.ended()?;
    writer.set_head(&head)?;
    migrate::rebuild_lab(engine, writer, lab, schema, &mut |_, _| {})?;
    let head = append_restored(writer, lab, &head)?;
    writer.commit(&head)
}

fn columns_of(file: &Connection, table: &Table) -> rusqlite::Result<Vec<String>> {
    let mut statement = file.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table.name], |r| r.get(0))?.collect()
}

/// The text that reads a table of a backup; none where the backup has no such table. An older program's backup lacks the columns
/// that have come since, which may be NULL.
fn select(file: &Connection, table: &Table) -> rusqlite::Result<Option<String>> {
    let there = columns_of(file, table)?;
    let known = |name: &'static str| if there.iter().any(|t| t == name) { name } else { "NULL" };
    let names: Vec<&str> = table.column_names().map(known).collect();
    let select = format!("SELECT {} FROM \"{}\" WHERE lab = ?1 ORDER BY rowid", names.join(", "), table.name);
    Ok((!there.is_empty()).then_some(select))
}

fn row_values(row: &rusqlite::Row<'_>, table: &Table) -> rusqlite::Result<Vec<Value>> {
    (0..table.column_names().count()).map(|i| row.get_ref(i).map(crate::sqlite::from_sqlite)).collect()
}

/// The files of events in a backup, in the order of the events.
struct Attachments<'s> {
    next: Option<(i64, Vec<u8>)>,
    rows: Option<rusqlite::Rows<'s>>,
    failed: &'s dyn Fn(rusqlite::Error) -> StoreError,
}

impl Attachments<'_> {
    fn step(&mut self) -> Result<(), StoreError> {
        let Some(rows) = &mut self.rows else { return Ok(()) };
        let row = rows.next().map_err(self.failed)?;
        let values = row.map(|row| row_values(row, &EVENT_FILES)).transpose().map_err(self.failed)?;
        let file = |values| {
            let row = crate::Row(values);
            Ok::<_, StoreError>((row.get(1)?, row.get(2)?))
        };
        self.next = values.map(file).transpose()?;
        Ok(())
    }

    /// Puts the file of an event back, if the backup has one.
    fn put_back(&mut self, writer: &mut dyn Writer, schema: &Schema, event: &Stored) -> Result<(), StoreError> {
        let number = event.entry.header.number;
        let Some((_, bytes)) = self.next.take_if(|(next, _)| *next == number) else { return Ok(()) };
        if schema.attached(&event.entry)? != Some(Sha256::of(&bytes)) {
            return Err(StoreError::Corrupt(format!("the backup is damaged: the file of event {number} was altered")));
        }
        writer.attach(number, &bytes)?;
        self.step()
    }

    /// A file that is left belongs to no event.
    fn ended(&self) -> Result<(), StoreError> {
        match &self.next {
            None => Ok(()),
            Some((number, _)) => Err(StoreError::Corrupt(format!(
                "the backup is damaged: it has a file of event {number}, which is not there"
            ))),
        }
    }
}

fn put_back(writer: &mut dyn Writer, table: &'static Table, values: Vec<Value>) -> Result<(), StoreError> {
    if table.name == BLOBS.name {
        let row = crate::Row(values);
        let (name, bytes): (Sha256, Vec<u8>) = (row.get(1)?, row.get(2)?);
        if Sha256::of(&bytes) != name {
            return Err(StoreError::Corrupt(format!("the backup is damaged: the file {name} was altered")));
        }
        return writer.put_blob(name, &bytes);
    }
    let mut values = values.into_iter().skip(1);
    let key = values.next().unwrap_or(Value::Null);
    writer.apply(&[Change::Put { table, key, values: values.collect() }], true)
}

fn put_event_back(writer: &mut dyn Writer, values: Vec<Value>, head: &mut Head) -> Result<Stored, StoreError> {
    let mut values = values.into_iter();
    let lab = crate::Row(values.by_ref().take(1).collect()).get(0)?;
    let event = Stored::of(lab, &crate::Row(values.collect()))?;
    let header = &event.entry.header;
    if event.content().map(|content| chain::link(head.hash, header, content)) != Some(event.hash) {
        return Err(StoreError::Corrupt(format!("the backup is damaged: event {} was altered", header.number)));
    }
    *head = Head { number: header.number, at: header.at, hash: event.hash };
    writer.append(&event)?;
    Ok(event)
}

fn append_restored(writer: &mut dyn Writer, lab: i64, head: &Head) -> Result<Head, StoreError> {
    let event = Restored { number: head.number };
    let header = crate::Header {
        lab,
        number: head.number + RESTORE_JUMP,
        at: crate::Timestamp::now().max(head.at),
        actor: Actor::Console,
        kind: Restored::KIND.to_owned(),
        version: Restored::VERSION,
    };
    let body = serde_json::to_vec(&event).map_err(|e| StoreError::Statement(e.to_string()))?;
    let mut salt = vec![0; chain::SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|e| StoreError::File(e.to_string()))?;
    let hash = chain::link(head.hash, &header, chain::digest(&salt, None, &body));
    let mut changes = Changes::new();
    event.project(&header, &mut changes);
    let after = Head { number: header.number, at: header.at, hash };
    writer.append(&Stored {
        entry: Entry { header, why: None, body: Some(body) },
        salt: Some(salt),
        digest: None,
        hash,
    })?;
    writer.apply(&changes.0, true)?;
    Ok(after)
}
