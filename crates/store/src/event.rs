//! Events and what they change: the vocabulary between the laboratory and its journal.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Sha256, StoreError, Table, Timestamp, Value,
    row::{Set, TableRow},
    table::Kind,
};

/// How many ids one event can give out; an id is `event number × PLACES + place`.
pub const PLACES: i64 = 1024;
/// The largest number of an event: far enough from the end that no id overflows.
pub const NUMBER_MAX: i64 = i64::MAX / PLACES / 2;
/// The largest number of row changes that one submission may cause.
pub const CHANGES_MAX: usize = 1_000;
/// The largest body of one event, together with its reason, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The program itself, when a time has come.
    Timer,
    /// A person, by the id of the account.
    Person(i64),
    /// A live connection, by its id.
    Link(i64),
    /// Somebody at the machine's own command line.
    Console,
}

impl Actor {
    /// As the journal stores it: a kind and a number.
    #[must_use]
    pub const fn code(self) -> (i64, i64) {
        match self {
            Actor::Timer => (0, 0),
            Actor::Person(id) => (1, id),
            Actor::Link(id) => (2, id),
            Actor::Console => (3, 0),
        }
    }

    /// The inverse of [`Actor::code`].
    #[must_use]
    pub const fn from_code(kind: i64, id: i64) -> Option<Self> {
        match (kind, id) {
            (0, 0) => Some(Actor::Timer),
            (1, id) => Some(Actor::Person(id)),
            (2, id) => Some(Actor::Link(id)),
            (3, 0) => Some(Actor::Console),
            _ => None,
        }
    }
}

/// The header of an event: all of it but the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The laboratory.
    pub lab: i64,
    /// The number of the event in the laboratory's journal, from 1.
    pub number: i64,
    /// When it was journalled.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened, as `room.happened`.
    pub kind: String,
    /// The version of the body.
    pub version: u16,
}

impl Header {
    /// The id at `place` of this event.
    ///
    /// # Panics
    /// As [`id`].
    pub const fn id(&self, place: i64) -> i64 {
        id(self.number, place)
    }
}

/// The id at `place` (0 to 1023) of the event with this number. An event type says in one function of its own which entity has
/// which place; its command and its projection both call that function.
///
/// # Panics
/// When the place is another: its id would be that of the next event.
pub const fn id(number: i64, place: i64) -> i64 {
    assert!(place >= 0 && place < PLACES, "an event gives out 1,024 ids");
    number * PLACES + place
}

/// One journalled event as it is stored. `why` and `body` are gone when the law asked for their erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The header.
    pub header: Header,
    /// Why, in the words of who did it.
    pub why: Option<String>,
    /// JSON.
    pub body: Option<Vec<u8>>,
}

/// Something that a person would recognise as having happened. It holds plain fields, never domain structs, and the evidence it
/// was decided on, so that [`Event::project`] computes nothing. Every version ever written stays readable: a changed body is a
/// new struct with the same `KIND` and the next `VERSION`.
pub trait Event: Serialize + DeserializeOwned {
    /// `room.happened`.
    const KIND: &'static str;
    /// From 1.
    const VERSION: u16;
    /// Every table that [`Event::project`] may write. A migration replays for a table only the events that name it here, so a
    /// projection that writes another one is refused.
    const WRITES: &'static [&'static Table];
    /// The row changes that this event means.
    fn project(&self, header: &Header, changes: &mut Changes);
    /// The digest of the bytes that belong to this event, if any do.
    fn attached(&self) -> Option<Sha256> {
        None
    }
}

/// An event type in the registry of a [`crate::Schema`].
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// [`Event::KIND`].
    pub kind: &'static str,
    /// [`Event::VERSION`].
    pub version: u16,
    /// [`Event::WRITES`].
    pub writes: &'static [&'static Table],
    /// Reads a body and projects it.
    pub project: fn(&Header, &[u8], &mut Changes) -> Result<(), StoreError>,
    /// Reads a body and answers [`Event::attached`].
    pub attached: fn(&Header, &[u8]) -> Result<Option<Sha256>, StoreError>,
}

impl EventType {
    /// The registry entry of `E`.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        EventType {
            kind: E::KIND,
            version: E::VERSION,
            writes: E::WRITES,
            project: project::<E>,
            attached: attached::<E>,
        }
    }

    /// Whether it says that it writes the table.
    pub(crate) fn may_write(&self, table: &Table) -> bool {
        self.writes.iter().any(|t| std::ptr::eq(*t, table) || t.name == table.name)
    }

    /// Refuses changes of tables that the event does not say it writes.
    pub(crate) fn check(&self, changes: &[Change]) -> Result<(), StoreError> {
        match changes.iter().find(|c| !self.may_write(c.table())) {
            Some(change) => Err(StoreError::Statement(format!(
                "{} v{} writes {}, which its WRITES does not name",
                self.kind,
                self.version,
                change.table().name
            ))),
            None => Ok(()),
        }
    }
}

fn project<E: Event>(header: &Header, body: &[u8], changes: &mut Changes) -> Result<(), StoreError> {
    let event = read::<E>(header, body)?;
    let before = changes.0.len();
    event.project(header, changes);
    EventType::of::<E>().check(&changes.0[before..])
}

fn attached<E: Event>(header: &Header, body: &[u8]) -> Result<Option<Sha256>, StoreError> {
    Ok(read::<E>(header, body)?.attached())
}

fn read<E: Event>(header: &Header, body: &[u8]) -> Result<E, StoreError> {
    serde_json::from_slice(body).map_err(|e| {
        StoreError::Corrupt(format!(
            "event {} ({} v{}) cannot be read: {e}",
            header.number, header.kind, header.version
        ))
    })
}

/// A change of one row, by its key.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Put { table: &'static Table, key: Value, values: Vec<Value> },
    Patch { table: &'static Table, key: Value, set: Vec<(&'static str, Value)> },
    Drop { table: &'static Table, key: Value },
}

impl Change {
    pub(crate) fn table(&self) -> &'static Table {
        match self {
            Change::Put { table, .. } | Change::Patch { table, .. } | Change::Drop { table, .. } => table,
        }
    }

    pub(crate) fn key(&self) -> &Value {
        match self {
            Change::Put { key, .. } | Change::Patch { key, .. } | Change::Drop { key, .. } => key,
        }
    }
}

/// The row changes that an event, or a piece of working state, means; and the limit that it passed, if it passed one.
#[derive(Debug, Default)]
pub struct Changes(pub(crate) Vec<Change>, Option<StoreError>);

impl Changes {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The row with this key is now this one.
    pub fn put<R: TableRow>(&mut self, row: R) {
        let (key, values) = row.into_values();
        self.0.push(Change::Put { table: R::TABLE, key, values });
    }

    /// These columns of the row with this key, which exists, now have these values: `patch(id, set!(TubeRow { … }))`.
    pub fn patch<R: TableRow>(&mut self, key: impl Into<R::Key>, set: impl IntoIterator<Item = Set<R>>) {
        let set = set.into_iter().map(|s| (s.name, s.value)).collect();
        self.0.push(Change::Patch { table: R::TABLE, key: key.into().into(), set });
    }

    /// There is no row with this key any more.
    pub fn drop<R: TableRow>(&mut self, key: impl Into<R::Key>) {
        self.0.push(Change::Drop { table: R::TABLE, key: key.into().into() });
    }

    /// The row with this key is now this one. `values` are the table's columns in order. Only the store's own tests
    /// and example use this and the two below: their tables change shape while they run, so no row type can be declared.
    pub fn put_values(&mut self, table: &'static Table, key: impl Into<Value>, values: Vec<Value>) {
        debug_assert_eq!(values.len(), table.columns.len(), "a row of {} needs all its columns", table.name);
        self.0.push(Change::Put { table, key: key.into(), values });
    }

    /// These columns of the row with this key, which exists, now have these values.
    pub fn patch_values(&mut self, table: &'static Table, key: impl Into<Value>, set: Vec<(&'static str, Value)>) {
        self.0.push(Change::Patch { table, key: key.into(), set });
    }

    /// There is no row with this key any more.
    pub fn drop_key(&mut self, table: &'static Table, key: impl Into<Value>) {
        self.0.push(Change::Drop { table, key: key.into() });
    }

    /// How many rows it changes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says that the event has more of `what` than there is room for. A projection cannot fail, so the transaction refuses the
    /// event before it journals anything. A replay goes on with what there was room for, as an earlier program did.
    pub fn exceed(&mut self, what: &'static str, limit: usize) {
        self.1 = Some(StoreError::Limit { what, limit });
    }

    pub(crate) fn within_limits(&self) -> Result<(), StoreError> {
        self.1.clone().map_or(Ok(()), Err)
    }

    pub(crate) fn only(&self, kind: Kind) -> Result<(), StoreError> {
        match self.0.iter().find(|c| c.table().kind != kind) {
            Some(c) => Err(StoreError::Statement(format!("{} may not be written this way", c.table().name))),
            None => Ok(()),
        }
    }
}
