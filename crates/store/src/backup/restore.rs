//! Restoring a backup: all of it, or nothing that anybody takes for a laboratory.

use std::{fs::File, path::Path, sync::Arc};

use rusqlite::{Connection, OpenFlags};

use super::{ENDS_SINCE, End, FORMAT, kept, of_backup, unreadable};
use crate::{
    Actor, Entry, Head, Location, Schema, Sha256, StoreError, Table, Value,
    audit::{self, RESTORE_JUMP, Verification},
    chain,
    engine::{Engine, Stored, Writer},
    event::{Change, Changes, Event},
    migrate, private,
    records::Restored,
    sqlite::{self, Beside},
    tables::{BLOBS, EVENT_FILES, JOURNAL},
};

/// Restores every laboratory of a backup into an empty database. The chain is checked event by event; then *Restored* is
/// journalled and the numbers jump past anything that can have been issued after the backup was made. Answers what is wrong with
/// what was restored: a file that an event names may have been gone when the backup was made.
///
/// A restore that does not come to its end, for whatever reason, leaves a mark, also if the backup cannot be read at all: whoever wanted
/// the old laboratory must not be given an empty one. As long as the mark is there, every other use of the folder or database is refused
/// as [`StoreError::Unrestored`]; another restore begins anew, and [`give_up`] takes the mark away. Where a laboratory stands, nothing is
/// marked.
///
/// # Errors
/// [`StoreError::Restoring`] while another restore is under way there. [`StoreError::File`] when the database is not empty, when the backup is damaged or was not written to its end, or when a newer
/// program made it.
pub fn restore(
    location: &Location,
    schema: &Arc<Schema>,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<Verification>, StoreError> {
    match location {
        Location::Folder(folder) => {
            let beside = Beside::begin(folder)?;
            let backup = Backup::open(path, schema)?;
            beside.empty()?;
            let restored = backup.restore(&beside.engine(), schema, progress);
            match &restored {
                Ok(_) => beside.finish()?,
                Err(_) => beside.clear(),
            }
            restored
        }
        Location::Postgres(_) => {
            let engine = crate::store::engine(location)?;
            let begun = migrate::begin_restore(&*engine, schema)?;
            let restored = Backup::open(path, schema)?.restore(&*engine, schema, progress)?;
            migrate::end_restore(&*engine, begun)?;
            Ok(restored)
        }
    }
}

/// Takes away the mark of a restore that has not ended, with all that the restore left. The folder or database is empty then.
///
/// # Errors
/// [`StoreError::File`] when a laboratory stands there; otherwise what the system or the database says.
pub fn give_up(location: &Location, schema: &Schema) -> Result<(), StoreError> {
    match location {
        Location::Folder(folder) => {
            let beside = Beside::begin(folder)?;
            beside.empty()?;
            beside.finish()
        }
        Location::Postgres(_) => {
            let engine = crate::store::engine(location)?;
            let begun = migrate::begin_restore(&*engine, schema)?;
            migrate::end_restore(&*engine, begun)
        }
    }
}

/// Whether a restore into this folder or database has begun and not ended.
///
/// # Errors
/// What the database says.
pub fn is_unfinished(location: &Location) -> Result<bool, StoreError> {
    match location {
        Location::Folder(folder) => Ok(sqlite::is_unfinished(folder)),
        Location::Postgres(_) => {
            let engine = crate::store::engine(location)?;
            let mut reader = engine.reader(HOUSE)?;
            match migrate::refuse_unfinished(&*engine, &mut *reader, HOUSE) {
                Err(StoreError::Unrestored) => Ok(true),
                other => other.map(|()| false),
            }
        }
    }
}

/// The laboratory that is asked whether a restore has ended: it has the notes of all in a database.
const HOUSE: i64 = 0;

/// A backup that is read.
struct Backup<'p> {
    path: &'p Path,
    file: Connection,
    labs: Vec<i64>,
    /// Where the journals end; nothing in a backup of a program that did not write it.
    ends: Vec<End>,
}

impl<'p> Backup<'p> {
    /// Opens a backup that is whole, and that this program can read.
    fn open(path: &'p Path, schema: &Schema) -> Result<Self, StoreError> {
        let failed = unreadable(path);
        is_a_file(path)?;
        private::remark(path);
        let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(&failed)?;
        if columns_of(&file, "about").map_err(&failed)?.is_empty() {
            return Err(no_backup(path));
        }
        ends_with_its_last_page(path, &file)?;
        let (formats, schemas) = (about(&file, "format").map_err(&failed)?, about(&file, "schema").map_err(&failed)?);
        for (found, known) in [(&formats, FORMAT), (&schemas, schema.version)] {
            if let Some(found) = found.iter().filter_map(|f| f.parse().ok()).find(|f| *f > known) {
                return Err(of_backup(path)(StoreError::Newer { found, known }));
            }
        }
        let Some(format) = formats.first().and_then(|f| f.parse::<i64>().ok()) else {
            return Err(no_backup(path));
        };
        let labs: Vec<i64> = about(&file, "lab").map_err(&failed)?.iter().filter_map(|lab| lab.parse().ok()).collect();
        let ends: Vec<End> = about(&file, "end").map_err(&failed)?.iter().filter_map(|end| End::read(end)).collect();
        let ended = |lab: &i64| ends.iter().any(|end| end.lab == *lab);
        if labs.is_empty() || (format >= ENDS_SINCE && !labs.iter().all(ended)) {
            return Err(StoreError::File(format!(
                "the backup {} was not written to its end; use another backup",
                path.display()
            )));
        }
        Ok(Backup { path, file, labs, ends })
    }

    /// Restores every laboratory in turn.
    fn restore(
        &self,
        engine: &dyn Engine,
        schema: &Schema,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<Verification>, StoreError> {
        let (mut read, mut verified) = (0, Vec::new());
        for &lab in &self.labs {
            let mut writer = engine.writer(lab)?;
            migrate::migrate_unfinished(engine, &mut *writer, lab, schema)?;
            let end = self.ends.iter().find(|end| end.lab == lab);
            let restored = restore_lab(engine, &mut *writer, (lab, end), schema, self, &mut |n| {
                read += n;
                progress(read);
            });
            if let Err(e) = restored {
                writer.rollback();
                return Err(e);
            }
            let mut reader = engine.reader(lab)?;
            reader.begin()?;
            let found = audit::verify_snapshot(engine, lab, schema, &mut *reader);
            reader.end();
            verified.push(found?);
        }
        Ok(verified)
    }
}

/// Refuses what cannot be opened or holds nothing, in the words of the system: SQLite takes an empty file for an empty database.
fn is_a_file(path: &Path) -> Result<(), StoreError> {
    let about = File::open(path).and_then(|file| file.metadata()).map_err(|e| {
        StoreError::File(format!(
            "the backup {} cannot be read: {e}; check the name of the file and its permissions",
            path.display()
        ))
    })?;
    match about.len() {
        _ if !about.is_file() => Err(no_backup(path)),
        0 => Err(StoreError::File(format!("the backup {} is empty (0 bytes); use another backup", path.display()))),
        _ => Ok(()),
    }
}

/// Refuses bytes behind the last page: `titer backup` writes none, so somebody has written to the file since.
fn ends_with_its_last_page(path: &Path, file: &Connection) -> Result<(), StoreError> {
    let failed = unreadable(path);
    let pragma = |name: &str| file.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(&failed);
    let pages = pragma("page_size")?.saturating_mul(pragma("page_count")?);
    let length = std::fs::metadata(path).map_or(0, |about| about.len());
    if i64::try_from(length).is_ok_and(|length| length > pages) {
        return Err(StoreError::File(format!(
            "the backup {} has {length} bytes, and ends after {pages}: somebody has written to the file; use another backup",
            path.display()
        )));
    }
    Ok(())
}

fn no_backup(path: &Path) -> StoreError {
    StoreError::File(format!(
        "{} is not a backup of Titer; use another backup, a file that `titer backup` wrote",
        path.display()
    ))
}

/// What the backup says of itself under a name.
fn about(file: &Connection, name: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = file.prepare("SELECT value FROM about WHERE name = ?1")?;
    statement.query_map([name], |r| r.get(0)).and_then(Iterator::collect)
}

fn restore_lab(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    (lab, end): (i64, Option<&End>),
    schema: &Schema,
    backup: &Backup<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), StoreError> {
    if writer.begin()?.number > 0 {
        return Err(StoreError::File(format!(
            "there is a journal of {} already; restore into an empty folder or database",
            audit::called(lab)
        )));
    }
    let file = &backup.file;
    let failed: &dyn Fn(rusqlite::Error) -> StoreError = &unreadable(backup.path);
    let damaged: &dyn Fn(StoreError) -> StoreError = &of_backup(backup.path);
    let mut head = Head::EMPTY;
    // The files of events are in the order of the events: each is put back with its own.
    let attachments = select(file, &EVENT_FILES).map_err(failed)?;
    let mut attachments = attachments.map(|sql| file.prepare(&sql)).transpose().map_err(failed)?;
    let mut attachments = Attachments {
        next: None,
        rows: attachments.as_mut().map(|s| s.query([lab])).transpose().map_err(failed)?,
        failed,
        damaged,
    };
    attachments.step()?;
    for table in kept(schema).filter(|t| t.name != EVENT_FILES.name) {
        let Some(select) = select(file, table).map_err(failed)? else { continue };
        let mut statement = file.prepare(&select).map_err(failed)?;
        let mut rows = statement.query([lab]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let values = row_values(row, table).map_err(failed)?;
            if table.name == JOURNAL.name {
                let event = put_event_back(writer, values, &mut head, damaged)?;
                attachments.put_back(writer, schema, &event)?;
            } else {
                put_back(writer, table, values, damaged)?;
            }
            progress(1);
        }
    }
    attachments.ended()?;
    if let Some(end) = end.filter(|end| (end.number, end.hash) != (head.number, head.hash)) {
        let what = format!("the journal of {} should end with event {}", audit::called(lab), end.number);
        return Err(damaged(StoreError::Corrupt(what)));
    }
    writer.set_head(&head)?;
    // An event that is as it was journalled, and that nobody can read, came from the backup too.
    migrate::rebuild_lab(engine, writer, lab, schema, &mut |_, _| {}).map_err(damaged)?;
    let head = append_restored(writer, lab, &head)?;
    writer.commit(&head)
}

fn columns_of(file: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = file.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |r| r.get(0))?.collect()
}

/// The text that reads a table of a backup; none where the backup has no such table. An older program's backup lacks the columns
/// that have come since, which may be NULL.
fn select(file: &Connection, table: &Table) -> rusqlite::Result<Option<String>> {
    let there = columns_of(file, table.name)?;
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
    damaged: &'s dyn Fn(StoreError) -> StoreError,
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
        self.next = values.map(file).transpose().map_err(self.damaged)?;
        Ok(())
    }

    /// Puts the file of an event back, if the backup has one.
    fn put_back(&mut self, writer: &mut dyn Writer, schema: &Schema, event: &Stored) -> Result<(), StoreError> {
        let number = event.entry.header.number;
        let Some((_, bytes)) = self.next.take_if(|(next, _)| *next == number) else { return Ok(()) };
        if schema.attached(&event.entry).map_err(self.damaged)? != Some(Sha256::of(&bytes)) {
            return Err((self.damaged)(StoreError::Corrupt(format!("the file of event {number} was altered"))));
        }
        writer.attach(number, &bytes)?;
        self.step()
    }

    /// A file that is left belongs to no event.
    fn ended(&self) -> Result<(), StoreError> {
        match &self.next {
            None => Ok(()),
            Some((number, _)) => {
                Err((self.damaged)(StoreError::Corrupt(format!("it has a file of event {number}, and not the event"))))
            }
        }
    }
}

fn put_back(
    writer: &mut dyn Writer,
    table: &'static Table,
    values: Vec<Value>,
    damaged: &dyn Fn(StoreError) -> StoreError,
) -> Result<(), StoreError> {
    if table.name == BLOBS.name {
        let row = crate::Row(values);
        let (name, bytes): (Sha256, Vec<u8>) = (row.get(1).map_err(damaged)?, row.get(2).map_err(damaged)?);
        if Sha256::of(&bytes) != name {
            return Err(damaged(StoreError::Corrupt(format!("the file {name} was altered"))));
        }
        return writer.put_blob(name, &bytes);
    }
    let mut values = values.into_iter().skip(1);
    let key = values.next().unwrap_or(Value::Null);
    writer.apply(&[Change::Put { table, key, values: values.collect() }], true)
}

fn put_event_back(
    writer: &mut dyn Writer,
    values: Vec<Value>,
    head: &mut Head,
    damaged: &dyn Fn(StoreError) -> StoreError,
) -> Result<Stored, StoreError> {
    let mut values = values.into_iter();
    let lab = crate::Row(values.by_ref().take(1).collect()).get(0).map_err(damaged)?;
    let event = Stored::of(lab, &crate::Row(values.collect())).map_err(damaged)?;
    let header = &event.entry.header;
    if event.content().map(|content| chain::link(head.hash, header, content)) != Some(event.hash) {
        return Err(damaged(StoreError::Corrupt(format!("event {} was altered", header.number))));
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
