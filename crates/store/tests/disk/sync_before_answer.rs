//! No answer before the disk has it: the write-ahead log is synced after a submission's pages and before its answer.

use std::thread;

use crate::common::{open, open_counter};
use crate::power_vfs::record;
use titer_store::Location;

fn token(n: i64) -> String {
    format!("token-{n:06}")
}

#[test]
fn each_answer_comes_after_the_sync_of_its_own_pages() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(dir.path());
    let store = open(&Location::Folder(dir.path().to_owned()), 1);
    let ask = |n: i64| {
        store.submit(move |tx| open_counter(tx, &token(n))).wait().unwrap();
        recording.mark(n);
    };
    // One after another, then in groups.
    (0..40).for_each(ask);
    thread::scope(|scope| {
        for submitter in 1..=8 {
            let ask = &ask;
            scope.spawn(move || (0..25).for_each(|n| ask(submitter * 100 + n)));
        }
    });
    let asked = (0..40).chain((1..=8).flat_map(|s| (0..25).map(move |n| s * 100 + n)));
    for n in asked {
        assert_eq!(recording.synced_before(&token(n), n), Ok(()), "submission {n}");
    }
}

/// The measure itself is put to the test.
#[test]
fn an_answer_before_the_sync_is_found_out() {
    for (synchronous, synced) in [("OFF", false), ("NORMAL", false), ("FULL", true)] {
        let dir = tempfile::tempdir().unwrap();
        let recording = record(dir.path());
        let db = rusqlite::Connection::open(dir.path().join("lazy.sqlite")).unwrap();
        let pragmas =
            format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 0");
        db.execute_batch(&format!("{pragmas}; CREATE TABLE t (t TEXT)")).unwrap();
        db.execute("INSERT INTO t VALUES (?1)", [token(1)]).unwrap();
        recording.mark(1);
        assert_eq!(recording.synced_before(&token(1), 1).is_ok(), synced, "{synchronous}");
    }
}
