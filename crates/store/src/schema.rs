//! What a program keeps in a store: its tables and its event types.

use std::collections::HashMap;

use crate::{
    Header, Sha256, StoreError, Table,
    event::{Changes, Entry, EventType},
    table::Kind,
    tables,
};

/// Tables and event types of a whole program, composed from its rooms.
#[derive(Debug)]
pub struct Schema {
    /// Raise it with every release that changes a table or adds an event: an older program then refuses the database.
    pub version: i64,
    tables: Vec<&'static Table>,
    events: HashMap<&'static str, Vec<EventType>>,
}

/// What one room contributes to a [`Schema`].
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its tables.
    pub tables: &'static [&'static Table],
    /// Its event types, every version ever written.
    pub events: &'static [EventType],
}

impl Schema {
    /// Composes a schema.
    ///
    /// # Panics
    /// When two parts claim the same table or the same event, or an event writes what is no projected table of the program:
    /// mistakes of the program that every start would show.
    #[must_use]
    pub fn new(version: i64, parts: &[Part]) -> Self {
        let mut tables: Vec<&'static Table> = tables::STORE.to_vec();
        let mut events: HashMap<&'static str, Vec<EventType>> = HashMap::new();
        let own = Part { tables: &[], events: crate::records::EVENTS };
        for part in parts.iter().chain([&own]) {
            for table in part.tables {
                assert!(tables.iter().all(|t| t.name != table.name), "two tables are called {}", table.name);
                tables.push(table);
            }
            for event in part.events {
                let versions = events.entry(event.kind).or_default();
                let twice = versions.iter().any(|e| e.version == event.version);
                assert!(!twice, "two events are called {} v{}", event.kind, event.version);
                versions.push(*event);
            }
        }
        let schema = Schema { version, tables, events };
        let projected = schema.projected();
        for event in schema.events() {
            for table in event.writes {
                let known = projected.iter().any(|t| t.name == table.name);
                assert!(known, "{} writes {}, which is no projected table of the program", event.kind, table.name);
            }
        }
        schema
    }

    /// All tables, the store's own first.
    #[must_use]
    pub fn tables(&self) -> &[&'static Table] {
        &self.tables
    }

    /// The tables that only projections write.
    #[must_use]
    pub fn projected(&self) -> Vec<&'static Table> {
        self.tables.iter().copied().filter(|t| t.kind == Kind::Projected).collect()
    }

    /// The event type, if this program knows it.
    #[must_use]
    pub fn event(&self, kind: &str, version: u16) -> Option<&EventType> {
        self.events.get(kind)?.iter().find(|e| e.version == version)
    }

    /// The event type of a stored event, which this program has to know.
    pub(crate) fn known(&self, header: &Header) -> Result<&EventType, StoreError> {
        let newer = StoreError::Newer { found: header.version.into(), known: self.version };
        self.event(&header.kind, header.version).ok_or(newer)
    }

    /// Every event type.
    pub fn events(&self) -> impl Iterator<Item = &EventType> {
        self.events.values().flatten()
    }

    /// The event types that write any of `tables`.
    pub(crate) fn writers(&self, tables: &[&'static Table]) -> Vec<&EventType> {
        self.events().filter(|e| tables.iter().any(|t| e.may_write(t))).collect()
    }

    /// The digest of the bytes that belong to a stored event; none when it was erased, or has none.
    ///
    /// # Errors
    /// As [`Schema::project`].
    pub(crate) fn attached(&self, entry: &Entry) -> Result<Option<Sha256>, StoreError> {
        let Some(body) = &entry.body else { return Ok(None) };
        (self.known(&entry.header)?.attached)(&entry.header, body)
    }

    /// The changes that a stored event means; none when it was erased.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a body that cannot be read, [`StoreError::Newer`] for an event that this program does not know.
    pub fn project(&self, entry: &Entry) -> Result<Changes, StoreError> {
        let mut changes = Changes::new();
        let Some(body) = &entry.body else { return Ok(changes) };
        let event = self.known(&entry.header)?;
        (event.project)(&entry.header, body, &mut changes)?;
        Ok(changes)
    }
}
