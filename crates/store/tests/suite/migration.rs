//! A migration does no more than it must: it replays only what writes a changed table, and a long replay is made beside the table
//! in use, while the older program works.
#![cfg(unix)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::common::{NURSE, options};
use crate::dump::{engines, everything, execute};
use serde::{Deserialize, Serialize};
use titer_store::{
    Actor, AnyEvent, Changes, Column, Event, EventType, Header, Index, Location, Part, Read, Schema, Store, StoreError,
    Table, Type, backup, sql, values,
};

const NAME: Column = Column::new("name", Type::Text);
const AMOUNT: Column = Column::new("amount", Type::BigInt);

/// What was said; no release changes it.
static SAYINGS: Table = Table::projected("sayings", &[Column::new("words", Type::Text)], &[]);
static DRAFTS: Table = Table::working("drafts", NAME, &[Column::new("text", Type::Text)], &[]);

#[derive(Serialize, Deserialize)]
struct Said {
    words: String,
}

impl Event for Said {
    const KIND: &'static str = "sayings.said";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&SAYINGS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put_values(&SAYINGS, header.id(0), values![&self.words]);
    }
}

/// An item came in, under the name of a release's table.
macro_rules! added {
    ($items:expr, |$event:ident| $row:expr) => {
        #[derive(Serialize, Deserialize)]
        pub struct Added {
            pub name: String,
            pub amount: i64,
        }

        impl Event for Added {
            const KIND: &'static str = "items.added";
            const VERSION: u16 = 1;
            const WRITES: &'static [&'static Table] = &[&$items];
            fn project(&self, header: &Header, changes: &mut Changes) {
                let $event = self;
                changes.put_values(&$items, header.id(0), $row);
            }
        }
    };
}

/// The first release.
mod v1 {
    use super::*;

    static ITEMS: Table = Table::projected("items", &[NAME, AMOUNT], &[Index::on(&["name"])]);
    added!(ITEMS, |e| values![&e.name, e.amount]);

    pub fn schema() -> Arc<Schema> {
        static EVENTS: &[EventType] = &[EventType::of::<Said>(), EventType::of::<Added>()];
        static TABLES: &[&Table] = &[&SAYINGS, &ITEMS, &super::DRAFTS];
        Arc::new(Schema::new(1, &[Part { tables: TABLES, events: EVENTS }]))
    }
}

/// A release that needs no replay: columns and an index more, one index less, a table of which only new events know.
mod v2 {
    use super::*;

    const SHELF: Column = Column::nullable("shelf", Type::Text);
    const CHECKED: Column = Column::nullable("checked", Type::Boolean);
    static ITEMS: Table = Table::projected("items", &[NAME, AMOUNT, SHELF, CHECKED], &[Index::on(&["shelf", "name"])]);
    static SHELVES: Table = Table::projected("shelves", &[NAME], &[Index::unique(&["name"])]);
    static DRAFTS: Table = Table::working(
        "drafts",
        NAME,
        &[Column::new("text", Type::Text), Column::nullable("author", Type::BigInt)],
        &[],
    );
    added!(ITEMS, |e| values![&e.name, e.amount, None::<&str>, None::<bool>]);

    #[derive(Serialize, Deserialize)]
    pub struct Shelved {
        pub item: i64,
        pub shelf: String,
    }

    impl Event for Shelved {
        const KIND: &'static str = "items.shelved";
        const VERSION: u16 = 1;
        const WRITES: &'static [&'static Table] = &[&ITEMS, &SHELVES];
        fn project(&self, header: &Header, changes: &mut Changes) {
            changes.patch_values(&ITEMS, self.item, vec![("shelf", self.shelf.as_str().into())]);
            changes.put_values(&SHELVES, header.id(0), values![&self.shelf]);
        }
    }

    pub fn schema() -> Arc<Schema> {
        static EVENTS: &[EventType] = &[EventType::of::<Said>(), EventType::of::<Added>(), EventType::of::<Shelved>()];
        static TABLES: &[&Table] = &[&SAYINGS, &ITEMS, &SHELVES, &DRAFTS];
        Arc::new(Schema::new(2, &[Part { tables: TABLES, events: EVENTS }]))
    }
}

/// A release that needs a replay of what came in, and of nothing else.
mod v3 {
    use super::*;

    pub static ITEMS: Table =
        Table::projected("items", &[NAME, AMOUNT, Column::new("half", Type::BigInt)], &[Index::on(&["name"])]);
    added!(ITEMS, |e| values![&e.name, e.amount, e.amount / 2]);

    pub fn schema() -> Arc<Schema> {
        static EVENTS: &[EventType] = &[EventType::of::<Said>(), EventType::of::<Added>()];
        static TABLES: &[&Table] = &[&SAYINGS, &ITEMS, &super::DRAFTS];
        Arc::new(Schema::new(3, &[Part { tables: TABLES, events: EVENTS }]))
    }
}

sql! {
    AMOUNTS = "SELECT id, amount FROM items WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    HALVES = "SELECT id, half FROM items WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    KINDS = "SELECT kind, first FROM journal_kinds WHERE lab = $1 AND kind > $2 ORDER BY kind";
}

fn opened(location: &Location, lab: i64, schema: &Arc<Schema>) -> Result<Store, StoreError> {
    Store::open(location, lab, schema.clone(), options(7))
}

/// An event as the store's own release projects it.
struct Happened(EventType, Vec<u8>);

impl AnyEvent for Happened {
    fn kind(&self) -> &'static str {
        self.0.kind
    }
    fn version(&self) -> u16 {
        self.0.version
    }
    fn body(&self) -> Result<Vec<u8>, StoreError> {
        Ok(self.1.clone())
    }
    fn project(&self, header: &Header, changes: &mut Changes) {
        (self.0.project)(header, &self.1, changes).unwrap();
    }
}

fn said(store: &Store, words: &str) -> Happened {
    let body = serde_json::to_vec(&Said { words: words.to_owned() }).unwrap();
    Happened(*store.schema().event(Said::KIND, 1).unwrap(), body)
}

fn added(store: &Store, name: &str, amount: i64) -> Happened {
    let body = serde_json::to_vec(&v1::Added { name: name.to_owned(), amount }).unwrap();
    Happened(*store.schema().event(v1::Added::KIND, 1).unwrap(), body)
}

fn journal(store: &Store, event: impl AnyEvent + Send + 'static) -> Result<Header, StoreError> {
    store.submit(move |tx| tx.journal(NURSE, None, &event)).wait()
}

/// Adds many items in few commits, and says nothing but once.
fn add_many(store: &Store, many: i64) {
    const A_COMMIT: i64 = 900;
    for first in (0..many).step_by(A_COMMIT as usize) {
        let items: Vec<_> = (first..many.min(first + A_COMMIT)).map(|n| added(store, "item", n)).collect();
        let all = store.submit(move |tx| items.iter().try_for_each(|i| tx.journal(NURSE, None, i).map(|_| ())));
        all.wait().unwrap_or_else(|e: StoreError| panic!("{e}"));
    }
    journal(store, said(store, "that was much")).unwrap();
}

fn first_day(location: &Location, schema: &Arc<Schema>) {
    let store = opened(location, 1, schema).unwrap();
    journal(&store, said(&store, "good morning")).unwrap();
    for (name, amount) in [("tips", 100), ("tubes", 50)] {
        journal(&store, added(&store, name, amount)).unwrap();
    }
    journal(&store, said(&store, "good night")).unwrap();
}

fn kinds(store: &Store) -> Vec<(String, i64)> {
    let rows = store.read(|s| s.query(&KINDS, &["".into()])).wait().unwrap();
    rows.iter().map(|r| (r.get(0).unwrap(), r.get(1).unwrap())).collect()
}

/// Makes the body of each event of this kind unreadable: whoever replays one fails.
fn spoil(location: &Location, kind: &str) {
    execute(location, &format!("UPDATE journal SET body = salt WHERE kind = '{kind}'"));
}

#[test]
fn an_event_writes_only_the_tables_that_it_names() {
    #[derive(Serialize, Deserialize)]
    struct Careless;
    impl Event for Careless {
        const KIND: &'static str = "sayings.careless";
        const VERSION: u16 = 1;
        const WRITES: &'static [&'static Table] = &[];
        fn project(&self, header: &Header, changes: &mut Changes) {
            changes.put_values(&SAYINGS, header.id(0), values!["oh"]);
        }
    }
    static TABLES: &[&Table] = &[&SAYINGS];
    for (_dir, location) in engines() {
        let events: &'static [EventType] = Box::leak(Box::new([EventType::of::<Said>(), EventType::of::<Careless>()]));
        let schema = Arc::new(Schema::new(1, &[Part { tables: TABLES, events }]));
        let store = opened(&location, 1, &schema).unwrap();
        let wrong = store.submit(|tx| tx.journal(NURSE, None, &Careless));
        let right = journal(&store, said(&store, "ah"));
        let refused = wrong.wait().unwrap_err();
        assert!(
            matches!(&refused, StoreError::Statement(m) if m.contains("careless v1 writes sayings")),
            "{refused:?}"
        );
        assert_eq!(right.unwrap().number, 1);
        let project = EventType::of::<Careless>().project;
        let header = Header { lab: 1, number: 1, at: store.now(), actor: NURSE, kind: "x".to_owned(), version: 1 };
        assert!(project(&header, b"null", &mut Changes::new()).is_err(), "a replay refuses it as well");
    }
}

#[test]
#[should_panic(expected = "sayings.said writes sayings, which is no projected table of the program")]
fn a_program_whose_event_writes_an_unknown_table_does_not_start() {
    static EVENTS: &[EventType] = &[EventType::of::<Said>()];
    drop(Schema::new(1, &[Part { tables: &[], events: EVENTS }]));
}

#[test]
fn the_kinds_in_a_journal_are_noted_with_their_first_event() {
    for (dir, location) in engines() {
        let store = opened(&location, 1, &v2::schema()).unwrap();
        assert_eq!(kinds(&store), vec![]);
        // Taken back alone, then kept: as a group, which they may well be.
        let (tips, tubes, now) = (added(&store, "tips", 1), added(&store, "tubes", 2), said(&store, "now"));
        let refused = store.submit(move |tx| {
            tx.journal(NURSE, None, &tips)?;
            Err::<(), _>(StoreError::Nul)
        });
        let kept = store.submit(move |tx| {
            tx.journal(NURSE, None, &now)?;
            tx.journal(NURSE, None, &tubes)?;
            tx.journal(NURSE, None, &tubes)
        });
        let panics = store.submit(|tx| -> Result<(), StoreError> {
            tx.journal(NURSE, None, &v2::Shelved { item: 2 * 1024, shelf: "A".to_owned() })?;
            panic!("a mistake that the test makes");
        });
        let gloves = added(&store, "gloves", 3);
        let after = store.submit(move |tx| tx.journal(NURSE, None, &gloves));
        assert_eq!(refused.wait(), Err(StoreError::Nul));
        assert_eq!((kept.wait().unwrap().number, after.wait().unwrap().number), (3, 4));
        assert_eq!(panics.wait(), Err(StoreError::Panicked));
        let listed = |kinds: &[(&str, i64)]| kinds.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect::<Vec<_>>();
        let two = listed(&[("items.added v1", 2), ("sayings.said v1", 1)]);
        assert_eq!(kinds(&store), two);

        // Another process, for which they are new.
        let other = opened(&location, 1, &v2::schema()).unwrap();
        journal(&other, said(&other, "here too")).unwrap();
        journal(&store, said(&store, "and here")).unwrap();
        assert_eq!(kinds(&store), two);
        assert_eq!(store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);

        // The list is proved, and mended by a rebuild.
        execute(&location, "DELETE FROM journal_kinds WHERE kind = 'items.added v1'");
        let faults = store.verify(&[], &mut |_, _| {}).unwrap().faults;
        assert_eq!((faults.len(), faults[0].number), (1, Some(2)), "{faults:?}");
        store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(kinds(&store), two);
        assert_eq!(store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);

        store.erase(Actor::Console, "the law asks it", vec![2], vec![]).unwrap();
        let file = dir.path().join("backup");
        backup::backup(std::slice::from_ref(&store), &file, &mut |_| {}).unwrap();
        for (_dir, elsewhere) in engines() {
            backup::restore(&elsewhere, &v2::schema(), &file, &mut |_| {}).unwrap();
            let restored = opened(&elsewhere, 1, &v2::schema()).unwrap();
            let jumped = 7 + titer_store::audit::RESTORE_JUMP;
            let all = [&two[..1], &listed(&[("journal.erased v1", 7), ("journal.restored v1", jumped)]), &two[1..]];
            assert_eq!(kinds(&restored), all.concat());
            assert_eq!(restored.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
        }
    }
}

#[test]
fn what_needs_no_replay_is_migrated_without_one_and_equals_a_fresh_database() {
    let migrate = |location: &Location| {
        first_day(location, &v1::schema());
        drop(opened(location, 1, &v2::schema()).unwrap());
    };
    for ((_old, old), (_new, new)) in engines().into_iter().zip(engines()) {
        migrate(&old);
        first_day(&new, &v2::schema());
        assert_eq!(everything(&old), everything(&new));
        let shelve = |location: &Location| {
            let store = opened(location, 1, &v2::schema()).unwrap();
            let shelved = v2::Shelved { item: 2 * 1024, shelf: "A".to_owned() };
            journal(&store, shelved).unwrap();
        };
        shelve(&old);
        shelve(&new);
        let migrated = everything(&old);
        assert_eq!(migrated, everything(&new));
        opened(&old, 1, &v2::schema()).unwrap().rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(migrated, everything(&old));
    }
    for (_dir, location) in engines() {
        first_day(&location, &v1::schema());
        spoil(&location, "items.added");
        spoil(&location, "sayings.said");
        let store = opened(&location, 1, &v2::schema()).expect("nothing is replayed");
        assert_eq!(store.read(|s| s.query(&AMOUNTS, &[0_i64.into(), 9_i64.into()])).wait().unwrap().len(), 2);
    }
}

#[test]
fn a_replay_reads_only_what_writes_the_changed_tables() {
    for ((_old, old), (_new, new)) in engines().into_iter().zip(engines()) {
        first_day(&old, &v1::schema());
        first_day(&new, &v3::schema());
        spoil(&old, "sayings.said");
        spoil(&new, "sayings.said");
        drop(opened(&old, 1, &v3::schema()).expect("what was said is not replayed"));
        assert_eq!(everything(&old), everything(&new));
    }
    for (_dir, location) in engines() {
        first_day(&location, &v1::schema());
        let before = everything(&location);
        spoil(&location, "items.added");
        let failed = opened(&location, 1, &v3::schema()).err();
        assert!(matches!(failed, Some(StoreError::Corrupt(_))), "{failed:?}");
        assert_eq!(everything(&location).len(), before.len(), "nothing was changed");
        drop(opened(&location, 1, &v1::schema()).unwrap());
    }
}

/// Its body can be read, and is another's; or it is gone.
#[test]
fn an_altered_or_missing_event_is_not_replayed() {
    let cases = [
        (
            "UPDATE journal SET body = (SELECT body FROM journal WHERE number = 2) WHERE number = 3",
            "event 3 was altered",
        ),
        ("UPDATE journal SET actor = 43 WHERE number = 2", "event 2 was altered"),
        ("DELETE FROM journal WHERE number = 3", "events 3 to 3 are missing"),
        ("DELETE FROM journal WHERE number = 4", "events 4 to 4 are missing at the end"),
    ];
    for (damage, expected) in cases {
        for (_dir, location) in engines() {
            first_day(&location, &v1::schema());
            execute(&location, damage);
            let before = everything(&location);
            let opened_with =
                |schema: Arc<Schema>| opened(&location, 1, &schema).err().map(|e| e.to_string()).unwrap_or_default();
            let said = opened_with(v3::schema());
            assert!(said.contains(expected) && said.contains("restore a backup"), "{damage}: {said:?}");
            assert_eq!(everything(&location), before, "{damage}");
            let prepared = Store::prepare(&location, 1, &v3::schema(), &mut |_, _| {}).unwrap_err().to_string();
            assert!(prepared.contains(expected), "{damage}: {prepared}");
            // Where nothing is replayed, the laboratory opens.
            assert_eq!(opened_with(v1::schema()), "");
        }
    }
}

#[test]
fn a_database_from_before_the_kinds_were_noted_is_migrated_as_well() {
    for schema in [v1::schema(), v2::schema(), v3::schema()] {
        for ((_old, old), (_new, new)) in engines().into_iter().zip(engines()) {
            first_day(&old, &v1::schema());
            execute(&old, "DROP TABLE journal_kinds; UPDATE store_notes SET value = '1' WHERE name = 'format'");
            first_day(&new, &schema);
            drop(opened(&old, 1, &schema).unwrap());
            assert_eq!(everything(&old), everything(&new));
        }
    }
}

#[test]
fn an_event_that_only_a_newer_program_knows_is_not_passed_over() {
    for (_dir, location) in engines() {
        first_day(&location, &v1::schema());
        execute(&location, "UPDATE journal_kinds SET kind = 'items.gone v7' WHERE kind = 'items.added v1'");
        for schema in [v2::schema(), v3::schema()] {
            let found = opened(&location, 1, &schema).err();
            assert_eq!(found, Some(StoreError::Newer { found: 7, known: schema.version }));
        }
    }
}

/// Every item is there, and half of it.
fn check_halves(store: &Store, items: i64) {
    let rows = store.read(|s| s.query(&HALVES, &[0_i64.into(), 100_000_i64.into()])).wait().unwrap();
    let amounts = store.read(|s| s.query(&AMOUNTS, &[0_i64.into(), 100_000_i64.into()])).wait().unwrap();
    assert_eq!(rows.len() as i64, items);
    for (half, amount) in rows.iter().zip(&amounts) {
        assert_eq!(half.get::<i64>(1).unwrap(), amount.get::<i64>(1).unwrap() / 2);
    }
}

#[test]
fn what_was_built_beside_is_taken_over_with_what_was_journalled_since() {
    for ((_old, old), (_new, new)) in engines().into_iter().zip(engines()) {
        let prepare = || Store::prepare(&old, 1, &v3::schema(), &mut |_, _| {}).unwrap();
        let day = |location: &Location, schema: &Arc<Schema>, between: &dyn Fn()| {
            let store = opened(location, 1, schema).unwrap();
            for i in 0..4 {
                journal(&store, added(&store, "tips", i)).unwrap();
                between();
            }
            journal(&store, said(&store, "good night")).unwrap();
        };
        day(&old, &v1::schema(), &prepare);
        day(&new, &v3::schema(), &|| {});
        // The older program opens it still.
        drop(opened(&old, 1, &v1::schema()).unwrap());
        let prepared = everything(&old);
        assert!(prepared.iter().any(|line| line.contains("items__next")), "{prepared:?}");
        // What was replayed beside is not read again.
        spoil(&old, "items.added");
        spoil(&new, "items.added");
        drop(opened(&old, 1, &v3::schema()).unwrap());
        assert_eq!(everything(&old), everything(&new));
    }
}

#[test]
fn what_was_built_for_another_program_is_begun_anew() {
    for ((_old, old), (_new, new)) in engines().into_iter().zip(engines()) {
        first_day(&old, &v1::schema());
        first_day(&new, &v2::schema());
        Store::prepare(&old, 1, &v3::schema(), &mut |_, _| {}).unwrap();
        drop(opened(&old, 1, &v2::schema()).unwrap());
        assert_eq!(everything(&old), everything(&new), "nothing of it is left");
    }
}

#[test]
fn a_building_that_was_cut_off_goes_on_where_it_was() {
    for (_dir, location) in engines() {
        add_many(&opened(&location, 1, &v1::schema()).unwrap(), 3_000);
        let mut last = 0;
        let cut = catch_unwind(AssertUnwindSafe(|| {
            Store::prepare(&location, 1, &v3::schema(), &mut |reached, of| {
                // On PostgreSQL the house, which is empty, has its turn as well.
                if of > 0 {
                    last = reached;
                    panic!("the power is cut");
                }
            })
        }));
        assert!(cut.is_err() && (1..3_001).contains(&last), "{last}");
        let mut first = None;
        let mut progress = |reached, of| first = first.or((of > 0).then_some(reached));
        Store::prepare(&location, 1, &v3::schema(), &mut progress).unwrap();
        assert!(first > Some(last), "{first:?} after {last}");
        check_halves(&opened(&location, 1, &v3::schema()).unwrap(), 3_000);
    }
}

#[test]
fn what_was_erased_does_not_come_back_from_what_was_built_before() {
    for (_dir, location) in engines() {
        let old = opened(&location, 1, &v1::schema()).unwrap();
        add_many(&old, 10);
        let prepare = || Store::prepare(&location, 1, &v3::schema(), &mut |_, _| {}).unwrap();
        let erase = |number: i64| old.erase(Actor::Console, "the law asks it", vec![number], vec![]).unwrap();
        prepare();
        erase(4);
        let left = everything(&location);
        assert!(left.iter().all(|line| !line.contains("items__next")), "it is gone at once: {left:?}");
        // By a program that does not know of what is built beside: while it is built, and afterwards.
        let erase_unknowingly = |number: i64| {
            execute(&location, "UPDATE store_notes SET name = 'hidden' WHERE name = 'beside'");
            erase(number);
            execute(&location, "UPDATE store_notes SET name = 'beside' WHERE name = 'hidden'");
        };
        prepare();
        erase_unknowingly(5);
        prepare();
        erase_unknowingly(6);
        check_halves(&opened(&location, 1, &v3::schema()).unwrap(), 7);
    }
}

#[test]
fn the_laboratory_works_while_a_long_journal_is_replayed() {
    const MANY: i64 = 20_100;
    for (_dir, location) in engines() {
        let old = opened(&location, 1, &v1::schema()).unwrap();
        add_many(&old, MANY);
        let ended = AtomicBool::new(false);
        let (new, worked) = thread::scope(|scope| {
            let working = scope.spawn(|| {
                let mut worked = 0;
                while !ended.load(Ordering::Relaxed) {
                    match journal(&old, added(&old, "while", 6)) {
                        Ok(_) => worked += 1,
                        // The newer program has taken over.
                        Err(StoreError::Newer { found: 3, known: 1 }) => break,
                        Err(e) => panic!("{e}"),
                    }
                }
                worked
            });
            let new = opened(&location, 1, &v3::schema());
            ended.store(true, Ordering::Relaxed);
            (new.unwrap(), working.join().unwrap())
        });
        check_halves(&new, MANY + worked);
        assert!(worked > 5, "only {worked}");
        // The older program writes no more: neither rows nor a rebuilt table of its own.
        let newer = StoreError::Newer { found: 3, known: 1 };
        assert_eq!(journal(&old, said(&old, "still here")), Err(newer.clone()));
        assert_eq!(old.rebuild(&mut |_, _| {}), Err(newer.clone()));
        assert_eq!(old.erase(Actor::Console, "the law asks it", vec![1], vec![]), Err(newer));
        journal(&new, said(&new, "here")).unwrap();
    }
}
