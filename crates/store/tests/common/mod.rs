//! A small laboratory of counters, for the tests of the store.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use serde::{Deserialize, Serialize};
use titer_store::{
    Actor, Changes, Clock, Column, Event, EventType, File, Header, Index, Location, Options, Part, Plan, Read, Schema,
    Sha256, Store, StoreError, Table, Timestamp, Tx, Type, Value, sql, values,
};

pub static COUNTERS: Table = Table::projected(
    "counters",
    &[Column::new("name", Type::Text), Column::new("count", Type::BigInt), Column::nullable("note", Type::Text)],
    &[Index::unique(&["name"])],
);

pub static SEEN: Table =
    Table::working("seen", Column::new("name", Type::Text), &[Column::new("times", Type::BigInt)], &[]);

sql! {
    pub COUNTER = "SELECT id, count, note FROM counters WHERE lab = $1 AND name = $2";
    pub COUNTERS_BY_NAME = "SELECT id, name, count, note FROM counters WHERE lab = $1 AND name > $2 ORDER BY name LIMIT $3";
    pub SEEN_TIMES = "SELECT times FROM seen WHERE lab = $1 AND name = $2";
}

#[derive(Serialize, Deserialize)]
pub struct Opened {
    pub name: String,
    pub note: Option<String>,
}

impl Event for Opened {
    const KIND: &'static str = "counters.opened";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&COUNTERS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put_values(&COUNTERS, header.id(0), values![&self.name, 0_i64, self.note.as_deref()]);
    }
}

#[derive(Serialize, Deserialize)]
pub struct Counted {
    pub counter: i64,
    pub count: i64,
}

impl Event for Counted {
    const KIND: &'static str = "counters.counted";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&COUNTERS];
    fn project(&self, _: &Header, changes: &mut Changes) {
        changes.patch_values(&COUNTERS, self.counter, vec![("count", self.count.into())]);
    }
}

#[derive(Serialize, Deserialize)]
pub struct Closed {
    pub counter: i64,
}

impl Event for Closed {
    const KIND: &'static str = "counters.closed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&COUNTERS];
    fn project(&self, _: &Header, changes: &mut Changes) {
        changes.drop_key(&COUNTERS, self.counter);
    }
}

/// A file that came.
#[derive(Serialize, Deserialize)]
pub struct Came {
    pub sha256: Sha256,
}

impl Event for Came {
    const KIND: &'static str = "counters.file-came";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
    fn attached(&self) -> Option<Sha256> {
        Some(self.sha256)
    }
}

pub fn schema() -> Arc<Schema> {
    static EVENTS: &[EventType] =
        &[EventType::of::<Opened>(), EventType::of::<Counted>(), EventType::of::<Closed>(), EventType::of::<Came>()];
    static TABLES: &[&Table] = &[&COUNTERS, &SEEN];
    Arc::new(Schema::new(1, &[Part { tables: TABLES, events: EVENTS }]))
}

/// A clock that moves a millisecond at each look, so that two runs read the same times.
pub fn clock() -> Clock {
    let ticks = AtomicI64::new(0);
    Clock::of(move || Timestamp::from_micros(1_790_000_000_000_000 + ticks.fetch_add(1_000, Ordering::Relaxed)))
}

pub fn options(seed: u64) -> Options {
    Options { clock: clock(), seed: Some(seed) }
}

pub fn open(location: &Location, lab: i64) -> Store {
    Store::open(location, lab, schema(), options(7)).expect("the store opens")
}

#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    Refused(&'static str),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Failure::Store(e)
    }
}

pub const NURSE: Actor = Actor::Person(42);

pub fn find(read: &mut dyn Read, name: &str) -> Result<Option<(i64, i64)>, StoreError> {
    read.one(&COUNTER, &[name.into()])?.map(|r| Ok((r.get(0)?, r.get(1)?))).transpose()
}

pub fn open_counter(tx: &mut Tx<'_>, name: &str) -> Result<i64, Failure> {
    if find(tx, name)?.is_some() {
        return Err(Failure::Refused("exists"));
    }
    Ok(tx.journal(NURSE, Some("because"), &Opened { name: name.to_owned(), note: None })?.id(0))
}

pub fn count(tx: &mut Tx<'_>, name: &str) -> Result<i64, Failure> {
    let (counter, count) = find(tx, name)?.ok_or(Failure::Refused("absent"))?;
    tx.journal(NURSE, None, &Counted { counter, count: count + 1 })?;
    let mut changes = Changes::new();
    changes.put_values(&SEEN, name, values![count + 1]);
    tx.work(&changes)?;
    Ok(count + 1)
}

pub fn close(tx: &mut Tx<'_>, name: &str) -> Result<(), Failure> {
    let (counter, _) = find(tx, name)?.ok_or(Failure::Refused("absent"))?;
    tx.journal(NURSE, None, &Closed { counter })?;
    Ok(())
}

/// Keeps bytes with an event, or among the blobs; answers the number of the event that names them.
pub fn attach(tx: &mut Tx<'_>, bytes: &[u8], with_the_event: bool) -> Result<i64, Failure> {
    let file = File::new(bytes);
    let came = Came { sha256: file.sha256() };
    let header = if with_the_event {
        tx.journal_with(NURSE, None, &came, &file)?
    } else {
        tx.put_blob(bytes)?;
        tx.journal(NURSE, None, &came)?
    };
    Ok(header.number)
}

/// The plan of a submission that is about these counters.
pub fn plan(names: &[&str]) -> Option<Plan> {
    let reads = names.iter().map(|n| (&COUNTER, values![*n])).collect();
    Some(Plan { subjects: names.iter().map(|n| (*n).to_owned()).collect(), reads })
}

pub fn all(store: &Store) -> Vec<Vec<Value>> {
    store
        .read(|s| s.query(&COUNTERS_BY_NAME, &["".into(), 10_000_i64.into()]))
        .wait()
        .expect("reads")
        .iter()
        .map(|r| r.values().to_vec())
        .collect()
}
