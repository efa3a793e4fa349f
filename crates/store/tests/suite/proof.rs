//! Whatever somebody changes behind the journal is named, and a rebuild says what it mended.

use std::collections::BTreeSet;

use crate::{
    common::{self, close, count, open, open_counter},
    dump::{engines, execute},
};
use titer_store::{
    Location, Sha256, Store, StoreError,
    audit::{self, Asked, FAULTS_MAX, Fault, Verification},
    backup,
};

/// Counters a to e, some counted, one closed again.
fn story(store: &Store) {
    for name in ["a", "b", "c", "d", "e"] {
        store.submit(move |tx| open_counter(tx, name)).wait().unwrap();
    }
    for name in ["a", "b", "a", "c"] {
        store.submit(move |tx| count(tx, name)).wait().unwrap();
    }
    store.submit(|tx| close(tx, "e")).wait().unwrap();
}

fn verify(location: &Location, quick: bool) -> Verification {
    let asked = Asked { quick, ..Asked::default() };
    audit::verify(location, 1, &common::schema(), &asked, &mut |_, _| {}).unwrap()
}

/// Rows that are named, as `table key: what`.
fn named(faults: &[Fault]) -> Vec<String> {
    let name = |f: &Fault| f.row.as_ref().map(|row| format!("{} {}: {}", row.table, row.key, f.what));
    faults.iter().filter_map(name).collect()
}

#[test]
fn each_row_that_differs_from_the_journal_is_named_and_a_rebuild_says_so_too() {
    let differs =
        |row: i64, column: &str| format!("counters {row}: not as the journal gives the row: {column} differs");
    let cases = [
        ("UPDATE counters SET count = 999 WHERE name = 'a'", vec![differs(1024, "count")]),
        ("UPDATE counters SET note = 'x', name = 'z' WHERE name = 'b'", vec![differs(2048, "name, note")]),
        (
            "DELETE FROM counters WHERE name = 'c'",
            vec!["counters 3072: the row is missing; the journal gives one".to_owned()],
        ),
        (
            "INSERT INTO counters (lab, id, name, count) VALUES (1, 99, 'n', 1)",
            vec!["counters 99: the journal gives no such row".to_owned()],
        ),
        (
            "UPDATE counters SET id = 4097 WHERE name = 'd'",
            vec![
                "counters 4096: the row is missing; the journal gives one".to_owned(),
                "counters 4097: the journal gives no such row".to_owned(),
            ],
        ),
        (
            "DELETE FROM counters",
            (1..=4).map(|n| format!("counters {}: the row is missing; the journal gives one", n * 1024)).collect(),
        ),
    ];
    for (_dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        let whole = verify(&location, false);
        assert_eq!((whole.faults, whole.rows), (vec![], Some(4)));
        for (damage, expected) in &cases {
            execute(&location, damage);
            let found = verify(&location, false);
            assert_eq!(&named(&found.faults), expected, "{damage}");
            let quick = verify(&location, true);
            assert_eq!((quick.faults, quick.rows), (vec![], None), "{damage}: the chain alone does not show it");
            let rebuilt = store.rebuild(&mut |_, _| {}).unwrap();
            assert_eq!(&named(&rebuilt.differed), expected, "{damage}");
            assert_eq!(verify(&location, false).faults, vec![], "{damage}");
            assert_eq!(store.rebuild(&mut |_, _| {}).unwrap().differed, vec![], "{damage}: mended");
        }
    }
}

/// No statement of the program finds it.
#[test]
fn a_row_that_names_another_laboratory_is_found() {
    for (_dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        execute(&location, "UPDATE counters SET lab = 2 WHERE name = 'a'");
        let found = verify(&location, false);
        assert!(named(&found.faults)[0].starts_with("counters 1024: the row is missing"), "{found:?}");
    }
}

#[test]
fn faults_that_have_no_room_in_the_list_are_counted() {
    let (_dir, location) = engines().remove(0);
    let store = open(&location, 1);
    for i in 0..FAULTS_MAX + 7 {
        store.submit(move |tx| open_counter(tx, &format!("n{i}"))).wait().unwrap();
    }
    execute(&location, "UPDATE counters SET count = 5");
    let found = verify(&location, false);
    assert_eq!((found.faults.len(), found.more), (FAULTS_MAX, 7));
}

/// Kinds that a migration goes by, the descriptions of tables, and what the program never makes.
#[test]
fn what_else_the_database_holds_is_compared_with_what_the_program_makes() {
    let cases = [
        ("UPDATE journal_kinds SET first = 2 WHERE kind = 'counters.opened v1'", "lacks counters.opened v1"),
        ("DELETE FROM journal_kinds WHERE kind = 'counters.closed v1'", "lacks counters.closed v1"),
        ("INSERT INTO journal_kinds (lab, kind, first) VALUES (1, 'counters.lost v1', 3)", "has counters.lost v1"),
        ("UPDATE store_notes SET value = value || ' ' WHERE name = 'table:counters'", "the note table:counters"),
        ("DROP INDEX counters_by_name", "counters_by_name"),
    ];
    for (damage, expected) in cases {
        for (_dir, location) in engines() {
            story(&open(&location, 1));
            execute(&location, damage);
            let found = verify(&location, false);
            assert!(found.faults.iter().any(|f| f.what.contains(expected)), "{damage}: {found:?}");
        }
    }
    let (_dir, location) = engines().remove(0);
    story(&open(&location, 1));
    execute(&location, "CREATE TRIGGER quietly AFTER UPDATE ON counters BEGIN DELETE FROM seen; END");
    let found = verify(&location, false);
    assert!(found.faults.iter().any(|f| f.what.contains("quietly is there")), "{found:?}");
}

#[test]
fn a_newer_program_s_database_is_refused() {
    for (_dir, location) in engines() {
        story(&open(&location, 1));
        execute(&location, "UPDATE store_notes SET value = '9' WHERE name = 'schema'");
        let refused = audit::verify(&location, 1, &common::schema(), &Asked::default(), &mut |_, _| {});
        assert_eq!(refused, Err(StoreError::Newer { found: 9, known: 1 }));
    }
}

/// The server follows an index without asking whether it leads to every row.
#[test]
fn a_row_that_an_index_of_postgresql_does_not_lead_to_is_found() {
    for (_dir, location) in engines().into_iter().skip(1) {
        let store = open(&location, 1);
        story(&store);
        assert_eq!(verify(&location, false).faults, vec![]);
        let ready = |yes: bool| {
            let index = "'counters_by_name'::regclass";
            execute(&location, &format!("UPDATE pg_index SET indisready = {yes} WHERE indexrelid = {index}"));
        };
        ready(false);
        // What a crash or a bad disk leaves: the row is there, and not in the index.
        store.submit(|tx| open_counter(tx, "f")).wait().unwrap();
        ready(true);
        let found = verify(&location, false);
        let said: BTreeSet<_> = found.faults.iter().map(|f| &*f.what).collect();
        assert_eq!(said, BTreeSet::from(["the index counters_by_name does not lead to each row of counters"]));
    }
}

#[test]
fn the_scratch_tables_stand_in_a_folder_that_is_named_and_leave_nothing() {
    let (_dir, location) = engines().remove(0);
    story(&open(&location, 1));
    let scratch = tempfile::tempdir().unwrap();
    let verify_in = |folder: &std::path::Path| {
        let asked = Asked { scratch: Some(folder.to_owned()), ..Asked::default() };
        audit::verify(&location, 1, &common::schema(), &asked, &mut |_, _| {})
    };
    assert_eq!(verify_in(scratch.path()).unwrap().faults, vec![]);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    let refused = verify_in(&scratch.path().join("none")).unwrap_err().to_string();
    assert!(refused.contains("none") && refused.contains("name another"), "{refused}");
}

/// The backup is made all the same: it may be the last.
#[test]
fn a_file_that_is_gone_is_said_by_verify_backup_and_restore() {
    for (dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        let number = store.submit(|tx| common::attach(tx, b"a letter", true)).wait().unwrap();
        let kept_before = store.submit(|tx| common::attach(tx, b"an old letter", false)).wait().unwrap();
        let erased = store.submit(|tx| common::attach(tx, b"a secret", false)).wait().unwrap();
        store.erase(common::NURSE, "the law asks it", vec![], vec![Sha256::of(b"a secret")]).unwrap();
        assert!(erased > kept_before);
        assert_eq!(verify(&location, false).faults, vec![]);
        execute(&location, "DELETE FROM event_files; DELETE FROM blobs");
        let numbers = |found: &Verification| found.faults.iter().map(|f| f.number).collect::<Vec<_>>();
        let gone = vec![Some(number), Some(kept_before)];
        assert_eq!(numbers(&verify(&location, false)), gone);
        assert_eq!(numbers(&verify(&location, true)), gone);
        let file = dir.path().join("backup");
        let said = backup::backup(std::slice::from_ref(&store), &file, &mut |_| {}).unwrap();
        assert_eq!(said.iter().map(numbers).collect::<Vec<_>>(), std::slice::from_ref(&gone));
        let restored = Location::Folder(dir.path().join("restored"));
        let said = backup::restore(&restored, &common::schema(), &file, &mut |_| {}).unwrap();
        assert_eq!(said.iter().map(numbers).collect::<Vec<_>>(), [gone]);
    }
}

#[test]
fn a_file_without_its_event_is_named() {
    for (_dir, location) in engines() {
        story(&open(&location, 1));
        let bytes = if matches!(location, Location::Folder(_)) { "x'00'" } else { "'\\x00'" };
        for number in [3, 77] {
            execute(&location, &format!("INSERT INTO event_files (lab, number, bytes) VALUES (1, {number}, {bytes})"));
        }
        let found = verify(&location, true);
        assert_eq!(found.faults.iter().map(|f| f.number).collect::<Vec<_>>(), [Some(3), Some(77)], "{found:?}");
    }
}
