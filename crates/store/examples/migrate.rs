//! How long a program takes to start on a journal of a million messages, by what its release changed.
//!
//! `cargo run --release -p titer-store --example migrate [EVENTS]`
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use titer_store::{
    Actor, Changes, Column, Event, EventType, Header, Index, Location, Options, Part, Schema, Store, StoreError, Table,
    Type, values,
};

/// Events journalled in one commit: each changes one row, and a submission may change 1,000.
const A_COMMIT: i64 = 1_000;
const LINK: Column = Column::new("link", Type::BigInt);
const STATE: Column = Column::new("state", Type::Text);
const PROBLEMS: Column = Column::nullable("problems", Type::Text);

static MESSAGES: Table = Table::projected("messages", &[LINK, STATE], &[Index::on(&["link"])]);
static LONGER: Table = Table::projected("messages", &[LINK, STATE, PROBLEMS], &[Index::on(&["link"])]);
static REVISED: Table = Table { revision: 2, ..Table::projected("messages", &[LINK, STATE], &[Index::on(&["link"])]) };
static EMPTY: Table = Table::projected("lots", &[Column::new("name", Type::Text)], &[Index::unique(&["name"])]);

/// The same event as each release projects it.
macro_rules! kept {
    ($name:ident, $table:expr, [$($more:expr)?]) => {
        #[derive(Serialize, Deserialize)]
        struct $name {
            link: i64,
            text: String,
        }

        impl Event for $name {
            const KIND: &'static str = "inbox.kept";
            const VERSION: u16 = 1;
            const WRITES: &'static [&'static Table] = &[&$table];
            fn project(&self, header: &Header, changes: &mut Changes) {
                changes.put_values(&$table, header.id(0), values![self.link, "filed" $(, $more)?]);
            }
        }
    };
}
kept!(Kept, MESSAGES, []);
kept!(KeptWithProblems, LONGER, [None::<&str>]);
kept!(KeptRevised, REVISED, []);

fn schema<E: Event>(version: i64, tables: Vec<&'static Table>) -> Arc<Schema> {
    let tables: &'static [&'static Table] = tables.leak();
    let events: &'static [EventType] = Box::leak(Box::new([EventType::of::<E>()]));
    Arc::new(Schema::new(version, &[Part { tables, events }]))
}

fn timed<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<Duration, StoreError> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

fn fill(store: &Store, events: i64) -> Result<(), StoreError> {
    for first in (0..events).step_by(A_COMMIT as usize) {
        let journalled = store.submit(move |tx| {
            for n in first..events.min(first + A_COMMIT) {
                let text = format!("H|\\^&|||analyzer\rR|1|^^^GLU|{n}|mg/dL||N||F\rL|1|N\r");
                tx.journal(Actor::Link(1), None, &Kept { link: n % 20, text })?;
            }
            Ok::<_, StoreError>(())
        });
        journalled.wait()?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let events = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    let location = Location::Folder(folder.path().to_owned());
    let open = |schema: &Arc<Schema>| timed(|| Store::open(&location, 1, schema.clone(), Options::default()));

    let first = schema::<Kept>(1, vec![&MESSAGES]);
    let store = Store::open(&location, 1, first.clone(), Options::default())?;
    let filled = timed(|| fill(&store, events))?;
    drop(store);
    let size = std::fs::metadata(folder.path().join("lab-1.sqlite"))?.len() >> 20;
    println!("journalled {events} messages, {size} MB, in {filled:.1?}");

    println!("nothing changed:               {:.3?}", open(&first)?);
    let more = schema::<Kept>(2, vec![&MESSAGES, &EMPTY]);
    println!("one more, empty table:         {:.3?}", open(&more)?);
    let longer = schema::<KeptWithProblems>(3, vec![&LONGER, &EMPTY]);
    println!("one more column, may be NULL:  {:.3?}", open(&longer)?);
    let revised = schema::<KeptRevised>(4, vec![&REVISED, &EMPTY]);
    let prepared = timed(|| Store::prepare(&location, 1, &revised, &mut |_, _| {}))?;
    println!("a table rebuilt, prepared in:  {prepared:.3?}");
    println!("  and then opened in:          {:.3?}", open(&revised)?);
    Ok(())
}
