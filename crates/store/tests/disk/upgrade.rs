//! A newer program opens an older database: migrated equals fresh equals rebuilt, in data and in schema; the older program then
//! refuses; a migration that is cut off leaves the database to the older one.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::common::{NURSE, options};
use crate::power_vfs::{Call, record};
use rusqlite::{Connection, ffi, types::Value};
use serde::{Deserialize, Serialize};
use titer_store::{
    AnyEvent, Changes, Column, Event, EventType, Header, Index, Location, Part, Schema, Store, StoreError, Table, Type,
    backup, values,
};

/// The program as it was released first.
mod v1 {
    use super::*;

    pub static ITEMS: Table = Table::projected(
        "items",
        &[Column::new("name", Type::Text), Column::new("amount", Type::BigInt)],
        &[Index::unique(&["name"])],
    );
    pub static DRAFTS: Table =
        Table::working("drafts", Column::new("name", Type::Text), &[Column::new("text", Type::Text)], &[]);

    #[derive(Serialize, Deserialize)]
    pub struct Added {
        pub name: String,
        pub amount: i64,
    }

    impl Event for Added {
        const KIND: &'static str = "items.added";
        const VERSION: u16 = 1;
        const WRITES: &'static [&'static Table] = &[&ITEMS];
        fn project(&self, header: &Header, changes: &mut Changes) {
            changes.put_values(&ITEMS, header.id(0), values![&self.name, self.amount]);
        }
    }

    #[derive(Serialize, Deserialize)]
    pub struct Taken {
        pub item: i64,
        pub left: i64,
    }

    impl Event for Taken {
        const KIND: &'static str = "items.taken";
        const VERSION: u16 = 1;
        const WRITES: &'static [&'static Table] = &[&ITEMS];
        fn project(&self, _: &Header, changes: &mut Changes) {
            changes.patch_values(&ITEMS, self.item, vec![("amount", self.left.into())]);
        }
    }

    pub fn schema() -> Arc<Schema> {
        static EVENTS: &[EventType] = &[EventType::of::<Added>(), EventType::of::<Taken>()];
        static TABLES: &[&Table] = &[&ITEMS, &DRAFTS];
        Arc::new(Schema::new(1, &[Part { tables: TABLES, events: EVENTS }]))
    }
}

/// The next release: a projected table with another column and index, a new one that old events fill too, a working table with
/// one more column, and a new version of an event beside the old one.
mod v2 {
    use super::*;

    pub static ITEMS: Table = Table {
        revision: 2,
        ..Table::projected(
            "items",
            &[
                Column::new("name", Type::Text),
                Column::new("amount", Type::BigInt),
                Column::nullable("shelf", Type::Text),
                Column::new("checked", Type::Boolean),
            ],
            &[Index::unique(&["name"]), Index::on(&["shelf", "name"])],
        )
    };
    pub static MOVEMENTS: Table = Table::projected(
        "movements",
        &[Column::new("at", Type::BigInt), Column::new("item", Type::BigInt), Column::new("left_over", Type::BigInt)],
        &[Index::on(&["item", "at"])],
    );
    pub static DRAFTS: Table = Table::working(
        "drafts",
        Column::new("name", Type::Text),
        &[Column::nullable("author", Type::BigInt), Column::new("text", Type::Text)],
        &[Index::on(&["author"])],
    );

    fn added(header: &Header, name: &str, amount: i64, shelf: Option<&str>, changes: &mut Changes) {
        changes.put_values(&ITEMS, header.id(0), values![name, amount, shelf, shelf.is_some()]);
        changes.put_values(&MOVEMENTS, header.id(1), values![header.at, header.id(0), amount]);
    }

    #[derive(Serialize, Deserialize)]
    pub struct AddedV1 {
        pub name: String,
        pub amount: i64,
    }

    impl Event for AddedV1 {
        const KIND: &'static str = "items.added";
        const VERSION: u16 = 1;
        const WRITES: &'static [&'static Table] = &[&ITEMS, &MOVEMENTS];
        fn project(&self, header: &Header, changes: &mut Changes) {
            added(header, &self.name, self.amount, None, changes);
        }
    }

    #[derive(Serialize, Deserialize)]
    pub struct Added {
        pub name: String,
        pub amount: i64,
        pub shelf: String,
    }

    impl Event for Added {
        const KIND: &'static str = "items.added";
        const VERSION: u16 = 2;
        const WRITES: &'static [&'static Table] = &[&ITEMS, &MOVEMENTS];
        fn project(&self, header: &Header, changes: &mut Changes) {
            added(header, &self.name, self.amount, Some(&self.shelf), changes);
        }
    }

    #[derive(Serialize, Deserialize)]
    pub struct Taken {
        pub item: i64,
        pub left: i64,
    }

    impl Event for Taken {
        const KIND: &'static str = "items.taken";
        const VERSION: u16 = 1;
        const WRITES: &'static [&'static Table] = &[&ITEMS, &MOVEMENTS];
        fn project(&self, header: &Header, changes: &mut Changes) {
            changes.patch_values(&ITEMS, self.item, vec![("amount", self.left.into())]);
            changes.put_values(&MOVEMENTS, header.id(0), values![header.at, self.item, self.left]);
        }
    }

    pub fn schema() -> Arc<Schema> {
        static EVENTS: &[EventType] = &[EventType::of::<AddedV1>(), EventType::of::<Added>(), EventType::of::<Taken>()];
        static TABLES: &[&Table] = &[&ITEMS, &DRAFTS, &MOVEMENTS];
        Arc::new(Schema::new(2, &[Part { tables: TABLES, events: EVENTS }]))
    }
}

fn opened(folder: &Path, schema: &Arc<Schema>) -> Result<Store, StoreError> {
    Store::open(&Location::Folder(folder.to_owned()), 1, schema.clone(), options(7))
}

fn journal(store: &Store, event: impl AnyEvent + Send + 'static) {
    store.submit(move |tx| tx.journal(NURSE, None, &event)).wait().unwrap();
}

fn draft(store: &Store, table: &'static Table, name: &'static str, values: Vec<titer_store::Value>) {
    let mut changes = Changes::new();
    changes.put_values(table, name, values);
    store.submit(move |tx| tx.work(&changes)).wait().unwrap();
}

/// A day's work with the first release.
fn first_day(folder: &Path) {
    let store = opened(folder, &v1::schema()).unwrap();
    for name in ["tips", "tubes", "gloves"] {
        journal(&store, v1::Added { name: name.to_owned(), amount: 100 });
    }
    journal(&store, v1::Taken { item: 2 * 1024, left: 90 });
    draft(&store, &v1::DRAFTS, "order", values!["more gloves"]);
}

/// The same day, had the next release been there already.
fn first_day_with_v2(folder: &Path) {
    let store = opened(folder, &v2::schema()).unwrap();
    for name in ["tips", "tubes", "gloves"] {
        journal(&store, v2::AddedV1 { name: name.to_owned(), amount: 100 });
    }
    journal(&store, v2::Taken { item: 2 * 1024, left: 90 });
    draft(&store, &v2::DRAFTS, "order", values![None::<i64>, "more gloves"]);
}

fn second_day(folder: &Path) {
    let store = opened(folder, &v2::schema()).unwrap();
    journal(&store, v2::Added { name: "swabs".to_owned(), amount: 20, shelf: "B2".to_owned() });
    journal(&store, v2::Taken { item: 1024, left: 99 });
    draft(&store, &v2::DRAFTS, "complaint", values![42_i64, "tubes leak"]);
}

/// All that the database of laboratory 1 is: each object's SQL, each table's rows, as they stand.
fn everything(folder: &Path) -> Vec<(String, String, Vec<Vec<Value>>)> {
    let raw = Connection::open(folder.join("lab-1.sqlite")).unwrap();
    let mut objects = raw.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY name").unwrap();
    let objects = objects
        .query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?)))
        .unwrap()
        .map(Result::unwrap);
    objects
        .map(|(kind, name, sql)| {
            let rows = if kind == "table" { rows(&raw, &name) } else { Vec::new() };
            (name, sql, rows)
        })
        .collect()
}

fn rows(raw: &Connection, table: &str) -> Vec<Vec<Value>> {
    let mut statement = raw.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY 1")).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |r| (0..columns).map(|i| r.get(i)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn migrated_equals_fresh_equals_rebuilt() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    first_day(old.path());
    second_day(old.path());
    first_day_with_v2(new.path());
    second_day(new.path());
    let migrated = everything(old.path());
    assert_eq!(migrated, everything(new.path()));
    let movements = migrated.iter().find(|(name, _, _)| name == "movements").unwrap();
    assert_eq!(movements.2.len(), 6, "old events fill the new table");
    let drafts = migrated.iter().find(|(name, _, _)| name == "drafts").unwrap();
    assert_eq!(drafts.2.len(), 2, "working rows survive");

    opened(old.path(), &v2::schema()).unwrap().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(migrated, everything(old.path()));
}

#[test]
fn a_backup_of_the_older_program_restores_into_the_newer_and_not_the_other_way() {
    let (dir, old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let save = |folder: &Path, schema: &Arc<Schema>, name: &str| {
        let file = dir.path().join(name);
        backup::backup(&[opened(folder, schema).unwrap()], &file, &mut |_| {}).unwrap();
        file
    };
    first_day(old.path());
    let (old_file, location) = (save(old.path(), &v1::schema(), "old"), Location::Folder(new.path().to_owned()));
    backup::restore(&location, &v2::schema(), &old_file, &mut |_| {}).unwrap();
    drop(opened(old.path(), &v2::schema()).unwrap());
    let kept = |folder: &Path| {
        let all = everything(folder).into_iter();
        all.filter(|(name, _, _)| ["items", "movements", "drafts"].contains(&name.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(kept(new.path()), kept(old.path()));

    let new_file = save(new.path(), &v2::schema(), "new");
    let empty = Location::Folder(dir.path().join("empty"));
    let refused = backup::restore(&empty, &v1::schema(), &new_file, &mut |_| {}).unwrap_err().to_string();
    assert!(refused.contains("was made by a newer Titer (its format is 2, this program reads up to 1)"), "{refused}");
    backup::restore(&empty, &v2::schema(), &new_file, &mut |_| {}).unwrap();
}

#[test]
fn opening_what_is_up_to_date_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    first_day(dir.path());
    let before = std::fs::read(dir.path().join("lab-1.sqlite")).unwrap();
    drop(opened(dir.path(), &v1::schema()).unwrap());
    assert_eq!(std::fs::read(dir.path().join("lab-1.sqlite")).unwrap(), before);
}

#[test]
fn the_older_program_refuses_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    first_day(dir.path());
    drop(opened(dir.path(), &v2::schema()).unwrap());
    let migrated = everything(dir.path());
    let refused = opened(dir.path(), &v1::schema()).err();
    assert_eq!(refused, Some(StoreError::Newer { found: 2, known: 1 }));
    assert_eq!(everything(dir.path()), migrated);
    second_day(dir.path());
}

#[test]
fn a_power_cut_while_migrating_leaves_the_older_database_or_the_newer() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(dir.path());
    first_day(dir.path());
    let (begun, before) = (recording.len(), everything(dir.path()));
    drop(opened(dir.path(), &v2::schema()).unwrap());
    let after = everything(dir.path());

    let (mut older, mut newer) = (0, 0);
    for at in begun..=recording.len() {
        let cut = tempfile::tempdir().unwrap();
        recording.cut(at, at as u64, cut.path()).unwrap();
        match opened(cut.path(), &v1::schema()) {
            Ok(store) => {
                drop(store);
                assert_eq!(everything(cut.path()), before, "cut after step {at}");
                older += 1;
            }
            Err(StoreError::Newer { found: 2, known: 1 }) => {
                assert_eq!(everything(cut.path()), after, "cut after step {at}");
                newer += 1;
            }
            Err(e) => panic!("cut after step {at}: {e}"),
        }
        drop(opened(cut.path(), &v2::schema()).unwrap());
        assert_eq!(everything(cut.path()), after, "cut after step {at}");
    }
    assert!(older > 2 && newer > 2, "{older} {newer}");
}

#[test]
fn a_power_cut_while_preparing_leaves_a_database_that_both_programs_open() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(dir.path());
    first_day(dir.path());
    let begun = recording.len();
    Store::prepare(&Location::Folder(dir.path().to_owned()), 1, &v2::schema(), &mut |_, _| {}).unwrap();
    let prepared = recording.len();
    drop(opened(dir.path(), &v2::schema()).unwrap());
    let after = everything(dir.path());
    for at in begun..=recording.len() {
        let cut = tempfile::tempdir().unwrap();
        recording.cut(at, at as u64, cut.path()).unwrap();
        match opened(cut.path(), &v1::schema()) {
            Ok(store) => journal(&store, v1::Taken { item: 2 * 1024, left: 90 }),
            Err(StoreError::Newer { found: 2, known: 1 }) if at > prepared => continue,
            Err(e) => panic!("cut after step {at}: {e}"),
        }
        let items = |folder: &Path| rows(&Connection::open(folder.join("lab-1.sqlite")).unwrap(), "items");
        drop(opened(cut.path(), &v2::schema()).unwrap());
        assert_eq!(items(cut.path()), items(dir.path()), "cut after step {at}");
        let shape = |all: &[(String, String, Vec<Vec<Value>>)]| {
            all.iter().map(|(name, sql, _)| (name.clone(), sql.clone())).collect::<Vec<_>>()
        };
        assert_eq!(shape(&everything(cut.path())), shape(&after), "cut after step {at}");
    }
}

#[test]
fn a_migration_that_fails_leaves_the_older_database() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(dir.path());
    first_day(dir.path());
    let before = everything(dir.path());
    let mut failed = 0;
    for nth in 0.. {
        let calls = AtomicUsize::new(0);
        recording.fail(move |call, _| {
            let writes = matches!(call, Call::Write | Call::Sync | Call::Make);
            (writes && calls.fetch_add(1, Ordering::Relaxed) == nth).then_some(ffi::SQLITE_FULL)
        });
        let migrated = opened(dir.path(), &v2::schema());
        recording.heal();
        match migrated {
            Ok(_) => break,
            Err(StoreError::Full) => failed += 1,
            Err(e) => panic!("call {nth}: {e}"),
        }
        drop(opened(dir.path(), &v1::schema()).unwrap());
        assert_eq!(everything(dir.path()), before, "call {nth}");
    }
    assert!(failed > 10, "{failed}");
    second_day(dir.path());
}
