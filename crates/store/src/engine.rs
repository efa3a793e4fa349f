//! The door between the store and its two engines.

use std::{borrow::Cow, collections::HashMap, path::Path};

use crate::{
    Head, Row, Sha256, Sql, StoreError, Table, Value,
    chain::{self, SALT_BYTES},
    event::{Change, Entry, Header},
    read,
    table::Dialect,
};

/// One journal row ready to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub entry: Entry,
    pub salt: Option<Vec<u8>>,
    pub digest: Option<Sha256>,
    pub hash: Sha256,
}

impl Stored {
    /// Reads a row of the journal: all its columns but `lab`.
    pub(crate) fn of(lab: i64, row: &Row) -> Result<Self, StoreError> {
        let entry = Entry { header: read::header(lab, row)?, why: row.get(6)?, body: row.get(8)? };
        Ok(Stored { entry, salt: row.get(7)?, digest: row.get(9)?, hash: row.get(10)? })
    }

    /// What the chain holds of its content, whole or erased; nothing when it is neither, which only damage can leave.
    pub(crate) fn content(&self) -> Option<Sha256> {
        let Entry { why, body, .. } = &self.entry;
        match (&self.salt, body, self.digest, why) {
            (Some(salt), Some(body), None, why) if salt.len() == SALT_BYTES => {
                Some(chain::digest(salt, why.as_deref(), body))
            }
            (None, None, Some(digest), None) => Some(digest),
            _ => None,
        }
    }

    /// The row in the journal: `lab`, the number, the other columns.
    pub(crate) fn values(&self) -> Vec<Value> {
        let header = &self.entry.header;
        let (actor_kind, actor) = header.actor.code();
        vec![
            header.lab.into(),
            header.number.into(),
            header.at.into(),
            actor_kind.into(),
            actor.into(),
            header.kind.as_str().into(),
            header.version.into(),
            self.entry.why.as_deref().into(),
            self.salt.as_deref().into(),
            self.entry.body.as_deref().into(),
            self.digest.into(),
            self.hash.into(),
        ]
    }
}

/// The kinds of events that a writer need not note any more in [`crate::tables::KINDS`], so that most events cost a look-up only.
#[derive(Debug, Default)]
pub(crate) struct KnownKinds {
    committed: HashMap<String, Vec<u16>>,
    /// Noted in the open transaction. What is taken back takes its notes along, so then all of these are noted again.
    noted: Vec<(String, u16)>,
}

impl KnownKinds {
    /// The key of the note that has to be made for an event, if one has to be.
    pub(crate) fn unnoted(&mut self, header: &Header) -> Option<Value> {
        let (kind, version) = (&header.kind, header.version);
        let committed = self.committed.get(kind).is_some_and(|versions| versions.contains(&version));
        if committed || self.noted.iter().any(|(k, v)| k == kind && *v == version) {
            return None;
        }
        self.noted.push((kind.clone(), version));
        Some(Value::Text(kind_key(kind, version)))
    }

    pub(crate) fn committed(&mut self) {
        for (kind, version) in self.noted.drain(..) {
            self.committed.entry(kind).or_default().push(version);
        }
    }

    pub(crate) fn taken_back(&mut self) {
        self.noted.clear();
    }
}

/// How [`crate::tables::KINDS`] names a kind and version.
pub(crate) fn kind_key(kind: &str, version: u16) -> String {
    format!("{kind} v{version}")
}

/// Reads that the engine may fetch for many submissions at once.
pub(crate) type Read = (&'static Sql, Vec<Value>);

/// A connection that writes one laboratory (the `lab` it was opened for), one transaction at a time.
pub(crate) trait Writer: Send {
    /// Opens a transaction and locks the journal head before anything else.
    fn begin(&mut self) -> Result<Head, StoreError>;
    /// The schema of the newest program that has opened the database, as it stood when the lock was taken.
    fn schema_version(&mut self) -> Result<Option<i64>, StoreError>;
    /// As [`Writer::begin`], for a program of schema `known`. A program that a newer one has overtaken writes no more: it would
    /// leave rows in tables that mean something else by now, and none in those that it does not know.
    fn begin_knowing(&mut self, known: i64) -> Result<Head, StoreError> {
        let head = self.begin()?;
        match self.schema_version()?.filter(|found| *found > known) {
            Some(found) => Err(StoreError::Newer { found, known }),
            None => Ok(head),
        }
    }
    /// Opens a transaction that locks every laboratory of the database, and names them.
    fn begin_all(&mut self) -> Result<Vec<i64>, StoreError>;
    /// Fetches in one go what coming [`Writer::query`] calls will ask; SQLite has nothing to gain and does nothing.
    /// What is fetched stays valid until the next call of `prefetch`, except in a part that has changed something since.
    fn prefetch(&mut self, _reads: &[Read]) -> Result<(), StoreError> {
        Ok(())
    }
    /// Reads; everything applied before is visible. `params` begin with `lab`.
    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError>;
    /// As [`Reader::page`], with everything applied before.
    fn page(&mut self, table: &'static Table, after: &Value, limit: i64) -> Result<Vec<Row>, StoreError>;
    /// Begins a part of the transaction that can be taken back alone.
    fn begin_part(&mut self) -> Result<(), StoreError>;
    /// Keeps the part. After an error that does not break the transaction it is to be taken back.
    fn keep_part(&mut self) -> Result<(), StoreError>;
    /// Takes the part back.
    fn undo_part(&mut self) -> Result<(), StoreError>;
    /// Appends to the journal, and notes a kind of event that is new to it.
    fn append(&mut self, row: &Stored) -> Result<(), StoreError>;
    /// Changes rows, in order. A patch of a row that does not exist is [`StoreError::Corrupt`] when `strict`.
    fn apply(&mut self, changes: &[Change], strict: bool) -> Result<(), StoreError>;
    /// As [`Writer::apply`], strictly, with changes that nobody else needs.
    fn apply_all(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.apply(&changes, true)
    }
    /// Keeps bytes under their digest, once.
    fn put_blob(&mut self, sha256: Sha256, bytes: &[u8]) -> Result<(), StoreError>;
    /// Keeps the bytes of an event.
    fn attach(&mut self, number: i64, bytes: &[u8]) -> Result<(), StoreError>;
    /// Stores the head.
    fn set_head(&mut self, head: &Head) -> Result<(), StoreError>;
    /// Stores the head and commits, durably.
    fn commit(&mut self, head: &Head) -> Result<(), StoreError>;
    /// Gives the transaction up. Must leave the writer usable for the next `begin`, reconnecting if it has to.
    fn rollback(&mut self);
    /// Runs statements that are no registered [`Sql`]: DDL and the rebuild's renames.
    fn execute(&mut self, ddl: &str) -> Result<(), StoreError>;
    /// Sends the changes to the tables that are being rebuilt beside the old ones, until called with `None`.
    fn redirect(&mut self, redirect: Option<Redirect>);
}

/// Where changes go during a rebuild.
#[derive(Clone)]
pub(crate) struct Redirect {
    /// The tables being rebuilt; changes to others are dropped.
    pub tables: Vec<&'static Table>,
    /// The laboratory whose events are being projected.
    pub lab: i64,
    /// What follows a table's name: nothing where it is written in place.
    pub suffix: &'static str,
}

impl Redirect {
    /// Writes one table as another laboratory than the writer's own.
    pub(crate) fn in_place(table: &'static Table, lab: i64) -> Self {
        Redirect { tables: vec![table], lab, suffix: "" }
    }

    /// The name to write to, or `None` when the change is to be dropped.
    pub(crate) fn target(redirect: Option<&Redirect>, table: &'static Table) -> Option<Cow<'static, str>> {
        match redirect {
            None => Some(Cow::Borrowed(table.name)),
            Some(r) if r.tables.iter().all(|t| t.name != table.name) => None,
            Some(r) if r.suffix.is_empty() => Some(Cow::Borrowed(table.name)),
            Some(r) => Some(Cow::Owned(format!("{}{}", table.name, r.suffix))),
        }
    }
}

/// A connection that reads one laboratory from a snapshot.
pub(crate) trait Reader: Send {
    /// Opens a snapshot.
    fn begin(&mut self) -> Result<(), StoreError>;
    /// Reads from it.
    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError>;
    /// Up to `limit` rows of a table whose key is above `after`, in the order of the key: `lab`, the key, the other columns.
    fn page(&mut self, table: &'static Table, after: &Value, limit: i64) -> Result<Vec<Row>, StoreError>;
    /// Compares the database with itself, outside of a snapshot: its structure, and whether each index of `tables` leads to each
    /// row. Answers what is wrong.
    fn integrity(&mut self, tables: &[&'static Table]) -> Result<Vec<String>, StoreError>;
    /// Closes it, reconnecting if it has to.
    fn end(&mut self);
}

/// A database: opens writers and readers.
pub(crate) trait Engine: Send + Sync {
    /// A writer of laboratory `lab`.
    fn writer(&self, lab: i64) -> Result<Box<dyn Writer>, StoreError>;
    /// A reader of laboratory `lab`.
    fn reader(&self, lab: i64) -> Result<Box<dyn Reader>, StoreError>;
    /// A reader that also reads a copy that nobody may write to. What it needs for that, it makes in the folder `scratch`.
    fn auditor(&self, lab: i64, _scratch: &Path) -> Result<Box<dyn Reader>, StoreError> {
        self.reader(lab)
    }
    /// What DDL it takes.
    fn dialect(&self) -> Dialect;
    /// Whether grouped reads pay on this engine.
    fn groups_reads(&self) -> bool;
    /// Whether the table stands in the database of `lab`.
    fn table_exists(&self, lab: i64, name: &str) -> Result<bool, StoreError>;
    /// The plan of a statement, one step a line, for the test of plans.
    fn explain(&self, lab: i64, sql: &'static Sql) -> Result<Vec<String>, StoreError>;
    /// A short name for logs and `bench`.
    fn name(&self) -> &'static str;
}
