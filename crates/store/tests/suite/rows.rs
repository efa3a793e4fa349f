//! What `table!`, `set!` and the typed `sql!` make of one list of columns.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use titer_store::{
    Actor, Changes, Event, EventType, Header, Location, Options, Part, Schema, Store, StoreError, Table, Timestamp,
    set, sql, table, table::Dialect, values,
};

table! {
    /// Racks.
    static RACKS = projected "racks" revision 3;
    /// A rack.
    struct RackRow {
        key id: i64,
        name: String,
        full as "final": bool,
        seen_at: Option<Timestamp>,
    }
    index unique (name);
    index (full, seen_at);
}

table! {
    /// Tubes in racks.
    static PLACES = projected "places";
    /// A tube.
    struct PlaceRow {
        key id: i64,
        rack: i64,
        weight: f64,
    }
    index (rack);
}

sql! {
    RACK: (racks: RackRow) = "FROM racks WHERE lab = $1 AND id = $2";
    PLACED: (p: PlaceRow, r: RackRow, "r.seen_at IS NULL": bool) =
        "FROM places p JOIN racks r ON r.lab = p.lab AND r.id = p.rack WHERE p.lab = $1 AND p.id = $2";
    NAMES: ("name": String) = "FROM racks WHERE lab = $1 AND name > $2 ORDER BY name LIMIT $3";
    WRONG: ("name": i64) = "FROM racks WHERE lab = $1 AND id = $2";
}

#[derive(Serialize, Deserialize)]
struct Racked;

impl Event for Racked {
    const KIND: &'static str = "racks.racked";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&RACKS, &PLACES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(RackRow { id: header.id(0), name: "A".to_owned(), full: false, seen_at: None });
        changes.put(PlaceRow { id: header.id(1), rack: header.id(0), weight: 1.5 });
        changes.put(PlaceRow { id: header.id(2), rack: header.id(0), weight: 2.5 });
        changes.patch(header.id(0), set!(RackRow { full: true, seen_at: Some(header.at) }));
        changes.drop::<PlaceRow>(header.id(2));
    }
}

fn store(folder: &std::path::Path) -> Store {
    const PART: Part = Part { tables: &[&RACKS, &PLACES], events: &[EventType::of::<Racked>()] };
    let schema = Arc::new(Schema::new(1, &[PART]));
    let store = Store::open(&Location::Folder(folder.to_owned()), 1, schema, Options::default()).unwrap();
    store
        .submit(|tx| tx.journal(Actor::Console, None, &Racked).map(|_| ()))
        .wait()
        .unwrap_or_else(|e: StoreError| panic!("{e}"));
    store
}

#[test]
fn a_table_is_what_its_declaration_says() {
    assert_eq!(
        RACKS.fingerprint(Dialect::Sqlite),
        "r3 CREATE TABLE \"racks\" (id INTEGER PRIMARY KEY, lab INTEGER NOT NULL, name TEXT NOT NULL, final INTEGER NOT NULL, \
         seen_at INTEGER) STRICT; CREATE UNIQUE INDEX \"racks_by_name\" ON \"racks\" (name); \
         CREATE INDEX \"racks_by_final_seen_at\" ON \"racks\" (final, seen_at)"
    );
}

#[test]
fn a_row_is_put_patched_dropped_and_read_by_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let read = store.read(|s| {
        let (id, at) = (1024, s_at(s)?);
        let rack = RackRow { id, name: "A".to_owned(), full: true, seen_at: Some(at) };
        assert_eq!(RACK.one(s, &values![id])?, Some(rack.clone()));
        let place = PlaceRow { id: id + 1, rack: id, weight: 1.5 };
        assert_eq!(PLACED.one(s, &values![id + 1])?, Some((place, rack, false)));
        assert_eq!(PLACED.one(s, &values![id + 2])?, None);
        assert_eq!(NAMES.all(s, &values!["", 10_i64])?, ["A"]);
        assert!(matches!(WRONG.one(s, &values![id]), Err(StoreError::Corrupt(_))));
        Ok::<_, StoreError>(())
    });
    read.wait().unwrap();
}

fn s_at(s: &mut titer_store::Snapshot<'_>) -> Result<Timestamp, StoreError> {
    Ok(titer_store::reading::head(s)?.at)
}

#[test]
fn a_statement_selects_all_columns_of_its_rows() {
    assert_eq!(
        PLACED.sql().text(),
        "SELECT p.id, p.rack, p.weight, r.id, r.name, r.final, r.seen_at, r.seen_at IS NULL FROM places p \
         JOIN racks r ON r.lab = p.lab AND r.id = p.rack WHERE p.lab = $1 AND p.id = $2"
    );
}
