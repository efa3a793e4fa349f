//! One seeded stream of commands through SQLite, PostgreSQL and a rebuild gives the same answers, hashes and rows.
#![cfg(unix)]

use std::sync::Arc;

use crate::common::{
    COUNTERS, COUNTERS_BY_NAME, Closed, Counted, Failure, NURSE, Opened, SEEN, close, count, find, open_counter,
    options, plan,
};
use crate::postgres;
use serde::{Deserialize, Serialize};
use titer_store::{
    Actor, Changes, Column, Event, EventType, Header, Index, Location, Part, Pending, Read, Row, Schema, Sql, Store,
    Table, Type, reading, sql, values,
};

/// A table with a name that only one row may have.
static PLACES: Table = Table::projected(
    "places",
    &[Column::new("name", Type::Text), Column::nullable("n", Type::BigInt)],
    &[Index::unique(&["name"])],
);

sql! {
    PLACES_ALL = "SELECT id, name, n FROM places WHERE lab = $1 AND id >= 0 ORDER BY id";
    SEEN_ALL = "SELECT name, times FROM seen WHERE lab = $1 AND name > '' ORDER BY name";
}

#[derive(Serialize, Deserialize, Clone, Debug)]
enum Move {
    Put(i64, String, Option<i64>),
    Rename(i64, String),
    Number(i64, i64),
    Drop(i64),
}

/// Any changes, in any order, that are allowed one after another.
#[derive(Serialize, Deserialize)]
struct Moved {
    moves: Vec<Move>,
}

impl Event for Moved {
    const KIND: &'static str = "places.moved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&PLACES];
    fn project(&self, _: &Header, changes: &mut Changes) {
        for one in &self.moves {
            match one {
                Move::Put(id, name, n) => changes.put_values(&PLACES, *id, values![name, *n]),
                Move::Rename(id, name) => changes.patch_values(&PLACES, *id, vec![("name", name.into())]),
                Move::Number(id, n) => changes.patch_values(&PLACES, *id, vec![("n", (*n).into())]),
                Move::Drop(id) => changes.drop_key(&PLACES, *id),
            }
        }
    }
}

fn schema() -> Arc<Schema> {
    static EVENTS: &[EventType] =
        &[EventType::of::<Opened>(), EventType::of::<Counted>(), EventType::of::<Closed>(), EventType::of::<Moved>()];
    static TABLES: &[&Table] = &[&COUNTERS, &SEEN, &PLACES];
    Arc::new(Schema::new(1, &[Part { tables: TABLES, events: EVENTS }]))
}

fn opened(location: &Location) -> Store {
    Store::open(location, 1, schema(), options(7)).expect("the store opens")
}

fn rows(store: &Store, sql: &'static Sql) -> Vec<Row> {
    store.read(move |s| s.query(sql, &[])).wait().expect("reads")
}

/// A small generator of numbers, the same ones for the same seed.
struct Dice(u64);

impl Dice {
    /// Below `n`.
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn name(&mut self) -> String {
        ["a", "b", "c", "d", "e"][self.roll(5) as usize].to_owned()
    }
}

/// Moves that are allowed one after another, as the model says; the model follows.
fn moves(dice: &mut Dice, model: &mut [Option<String>; 5]) -> Vec<Move> {
    let mut out = Vec::new();
    for _ in 0..dice.roll(9) {
        let (id, name, n) = (dice.roll(5) as usize, dice.name(), dice.roll(100) as i64);
        let free = model.iter().enumerate().all(|(i, m)| i == id || m.as_ref() != Some(&name));
        let stands = model[id].is_some();
        let (one, after) = match dice.roll(4) {
            0 if free => (Move::Put(id as i64, name.clone(), (n % 3 > 0).then_some(n)), Some(name)),
            1 if free && stands => (Move::Rename(id as i64, name.clone()), Some(name)),
            2 if stands => (Move::Number(id as i64, n), model[id].clone()),
            3 => (Move::Drop(id as i64), None),
            _ => continue,
        };
        model[id] = after;
        out.push(one);
    }
    out
}

type Answer = Result<i64, Failure>;

/// One command out of a seeded stream, planned or not.
fn command(store: &Store, dice: &mut Dice, model: &mut [Option<String>; 5]) -> Pending<Answer> {
    let (name, other) = (dice.name(), dice.name());
    let plan = plan(&[&name, &other]).filter(|_| dice.roll(2) == 0);
    let kind = dice.roll(11);
    let moves = if kind > 7 { moves(dice, model) } else { Vec::new() };
    store.submit_planned(plan, move |tx| match kind {
        0..=1 => open_counter(tx, &name),
        2..=3 => count(tx, &name),
        4 => close(tx, &name).map(|()| 0),
        // Reads what it has changed itself, several times over.
        5 => Ok(count(tx, &name)? * 1_000 + count(tx, &other)? + count(tx, &name)?),
        6 => {
            count(tx, &name)?;
            Err(Failure::Refused("changed my mind"))
        }
        7 => {
            count(tx, &name)?;
            let mut changes = Changes::new();
            changes.drop_key(&SEEN, other.as_str());
            tx.work(&changes)?;
            assert!(find(tx, &other)?.is_none(), "a mistake that the test makes");
            Ok(-1)
        }
        _ => Ok(tx.journal(NURSE, None, &Moved { moves })?.number),
    })
}

/// What came of a stream: the answers, the end of the journal with its hash, and all rows.
fn stream(store: &Store, seed: u64) -> (Vec<Answer>, titer_store::Head, Vec<Vec<Row>>) {
    let mut dice = Dice(seed);
    let mut model = Default::default();
    let mut answers = Vec::new();
    for round in 0..12 {
        let pending: Vec<_> = (0..dice.roll(40)).map(|_| command(store, &mut dice, &mut model)).collect();
        answers.extend(pending.into_iter().map(Pending::wait));
        if round == 8 {
            // Not one that made room for another, without which there would be two in the same place.
            let headers = store.read(|s| reading::headers(s, 0, 1_000)).wait().unwrap();
            let opened: Vec<i64> = headers.iter().filter(|h| h.kind == Opened::KIND).map(|h| h.number).collect();
            let number = opened[dice.roll(opened.len() as u64) as usize];
            store.erase(Actor::Console, "the law asks it", vec![number], vec![]).unwrap();
        }
    }
    (answers, store.read(|s| reading::head(s)).wait().unwrap(), tables(store))
}

fn tables(store: &Store) -> Vec<Vec<Row>> {
    let counters = store.read(|s| s.query(&COUNTERS_BY_NAME, &["".into(), 1_000_i64.into()])).wait().unwrap();
    vec![counters, rows(store, &PLACES_ALL), rows(store, &SEEN_ALL)]
}

#[test]
fn one_stream_of_commands_gives_the_same_on_sqlite_on_postgresql_and_rebuilt() {
    let mut refusals = 0;
    for seed in 0..8 {
        let Some(url) = postgres::database() else { return };
        let dir = tempfile::tempdir().unwrap();
        let (sqlite, postgres) = (opened(&Location::Folder(dir.path().to_owned())), opened(&Location::Postgres(url)));
        let (expected, found) = (stream(&sqlite, seed), stream(&postgres, seed));
        assert_eq!(found.0, expected.0, "seed {seed}");
        assert_eq!((found.1, &found.2), (expected.1, &expected.2), "seed {seed}");
        refusals += found.0.iter().filter(|a| a.is_err()).count();
        postgres.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(tables(&postgres), expected.2, "seed {seed}, rebuilt");
        assert_eq!(postgres.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
    }
    assert!(refusals > 100, "only {refusals} refusals: the stream is too tame");
}
