//! Bytes that belong to an event: kept under its number, proved by the digest that the event names.

use std::sync::Arc;

#[cfg(unix)]
use crate::postgres;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use titer_store::{
    Actor, Changes, Event, EventType, File, Header, Location, Options, Part, Schema, Sha256, Store, StoreError, Table,
    backup, reading,
};

#[derive(Serialize, Deserialize)]
struct Came {
    sha256: Sha256,
}

impl Event for Came {
    const KIND: &'static str = "letters.came";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
    fn attached(&self) -> Option<Sha256> {
        Some(self.sha256)
    }
}

fn schema() -> Arc<Schema> {
    static EVENTS: &[EventType] = &[EventType::of::<Came>()];
    Arc::new(Schema::new(1, &[Part { tables: &[], events: EVENTS }]))
}

fn open(location: &Location) -> Store {
    let options = Options { clock: crate::common::clock(), seed: Some(1) };
    Store::open(location, 1, schema(), options).unwrap()
}

fn engines() -> Vec<(tempfile::TempDir, Location)> {
    let dir = || tempfile::tempdir().unwrap();
    let sqlite = dir();
    let location = Location::Folder(sqlite.path().join("data"));
    let mut engines = vec![(sqlite, location)];
    #[cfg(unix)]
    engines.extend(postgres::database().map(|url| (dir(), Location::Postgres(url))));
    engines
}

/// A letter that comes with its bytes; answers the number of its event.
fn came(store: &Store, text: &str) -> i64 {
    let file = File::new(text.as_bytes());
    let came = Came { sha256: file.sha256() };
    let journal = move |tx: &mut titer_store::Tx<'_>| tx.journal_with(Actor::Console, None, &came, &file);
    store.submit::<_, _, StoreError>(journal).wait().unwrap().number
}

/// A letter as an older program kept it: the bytes under their digest.
fn came_before(store: &Store, text: &'static str) -> i64 {
    let journal = move |tx: &mut titer_store::Tx<'_>| {
        let sha256 = tx.put_blob(text.as_bytes())?;
        tx.journal(Actor::Console, None, &Came { sha256 })
    };
    store.submit::<_, _, StoreError>(journal).wait().unwrap().number
}

fn text(store: &Store, number: i64, of: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sha256 = Sha256::of(of.as_bytes());
    store.read(move |s| reading::attached(s, number, sha256)).wait()
}

fn faults(store: &Store) -> Vec<(Option<i64>, String)> {
    let found = store.verify(&[], &mut |_, _| {}).unwrap();
    found.faults.into_iter().map(|f| (f.number, f.what)).collect()
}

#[test]
fn an_event_s_bytes_are_found_by_its_number_or_where_an_older_program_kept_them() {
    for (dir, location) in engines() {
        let store = open(&location);
        let (old, new) = (came_before(&store, "dear"), came(&store, "sir"));
        let same = came(&store, "sir");
        let check = |store: &Store| {
            for (number, of) in [(old, "dear"), (new, "sir"), (same, "sir")] {
                assert_eq!(text(store, number, of), Ok(Some(of.as_bytes().to_vec())));
            }
            assert_eq!(text(store, old, "madam"), Ok(None));
            assert!(matches!(text(store, new, "madam"), Err(StoreError::Corrupt(_))));
            let found = store.verify(&[], &mut |_, _| {}).unwrap();
            assert_eq!((found.faults, found.blobs), (vec![], 3));
        };
        check(&store);
        let file = dir.path().join("backup");
        backup::backup(std::slice::from_ref(&store), &file, &mut |_| {}).unwrap();
        let restored = Location::Folder(dir.path().join("restored"));
        backup::restore(&restored, &schema(), &file, &mut |_| {}).unwrap();
        check(&open(&restored));
    }
}

#[test]
fn what_an_event_does_not_name_is_not_kept_with_it() {
    for (_dir, location) in engines() {
        let store = open(&location);
        let other = Came { sha256: Sha256::of(b"other") };
        let kept = store.submit(move |tx| tx.journal_with(Actor::Console, None, &other, &File::new(&b"bytes"[..])));
        assert!(matches!(kept.wait(), Err(StoreError::Statement(_))));
        let large = File::new(vec![0; titer_store::BLOB_BYTES_MAX + 1]);
        let named = Came { sha256: large.sha256() };
        let kept = store.submit(move |tx| tx.journal_with(Actor::Console, None, &named, &large));
        assert!(matches!(kept.wait(), Err(StoreError::Limit { .. })));
        assert_eq!(store.read(|s| reading::head(s)).wait().unwrap().number, 0);
    }
}

#[test]
fn an_erased_event_takes_its_bytes_with_it() {
    for (_dir, location) in engines() {
        let store = open(&location);
        let (kept, erased) = (came(&store, "kept"), came(&store, "erased"));
        store.erase(Actor::Console, "the law asks it", vec![erased], vec![]).unwrap();
        let blob = came_before(&store, "an older one");
        store.erase(Actor::Console, "the law asks it", vec![], vec![Sha256::of(b"an older one")]).unwrap();
        assert_eq!(text(&store, erased, "erased"), Ok(None));
        assert_eq!(text(&store, blob, "an older one"), Ok(None));
        assert_eq!(text(&store, kept, "kept"), Ok(Some(b"kept".to_vec())));
        assert_eq!(faults(&store), []);
    }
}

#[test]
fn altered_missing_and_left_bytes_are_named_by_their_event() {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().join("data"));
    let store = open(&location);
    for letter in ["one", "two", "three"] {
        came(&store, letter);
    }
    store.erase(Actor::Console, "the law asks it", vec![3], vec![]).unwrap();
    let raw = Connection::open(dir.path().join("data/lab-1.sqlite")).unwrap();
    raw.execute("UPDATE event_files SET bytes = ?1 WHERE number = 1", [b"ONE".as_slice()]).unwrap();
    raw.execute("DELETE FROM event_files WHERE number = 2", []).unwrap();
    raw.execute("INSERT INTO event_files (number, lab, bytes) VALUES (3, 1, ?1)", [b"three".as_slice()]).unwrap();
    let named: Vec<_> = faults(&store).into_iter().map(|(number, _)| number).collect();
    assert_eq!(named, [Some(1), Some(3), Some(2)]);
    let file = dir.path().join("backup");
    backup::backup(std::slice::from_ref(&store), &file, &mut |_| {}).unwrap();
    let restored = Location::Folder(dir.path().join("restored"));
    let refused = backup::restore(&restored, &schema(), &file, &mut |_| {});
    assert!(
        matches!(&refused, Err(StoreError::File(m)) if m.contains("is damaged: the file of event 1")),
        "{refused:?}"
    );
}
