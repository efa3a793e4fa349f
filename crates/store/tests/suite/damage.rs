//! One altered byte anywhere in the journal is found, and its event named; so are rows taken away, moved or written anew.
#![cfg(unix)]

use std::{collections::BTreeSet, os::unix::fs::FileExt, path::Path};

use crate::common::{self, Opened, count, open, open_counter};
use rusqlite::{Connection, params, types::Value};
use titer_store::{
    Actor, Checkpoint, Location, Sha256, SigningKey, Store, StoreError,
    audit::{self, Asked, Verification},
    backup, reading,
};

const COLUMNS: [&str; 12] =
    ["lab", "number", "at", "actor_kind", "actor", "kind", "version", "why", "salt", "body", "digest", "hash"];

struct Laboratory {
    dir: tempfile::TempDir,
    store: Store,
    /// A connection of somebody who may write to the file.
    raw: Connection,
}

/// Ten events by every kind of actor, with and without a reason, one of them erased, and a file.
fn laboratory() -> Laboratory {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&Location::Folder(dir.path().to_owned()), 1);
    for (name, actor, why) in [
        ("a", Actor::Person(42), Some("because")),
        ("b", Actor::Timer, None),
        ("c", Actor::Console, Some("")),
        ("d", Actor::Link(7), Some("Blutspiegel, µg/l")),
    ] {
        let opened = Opened { name: name.to_owned(), note: None };
        store.submit(move |tx| tx.journal(actor, why, &opened)).wait().unwrap();
    }
    for _ in 0..5 {
        store.submit(|tx| count(tx, "a")).wait().unwrap();
    }
    store.submit(|tx| tx.put_blob(b"a report")).wait().unwrap();
    store.erase(Actor::Person(42), "the law asks it", vec![4], vec![]).unwrap();
    let raw = Connection::open(dir.path().join("lab-1.sqlite")).unwrap();
    raw.execute_batch("PRAGMA synchronous = OFF").unwrap();
    Laboratory { dir, store, raw }
}

impl Laboratory {
    /// The chain and the files.
    fn verify(&self, checkpoints: &[Checkpoint]) -> Verification {
        verify(self.dir.path(), checkpoints).unwrap()
    }

    /// The events that are named.
    fn named(&self, checkpoints: &[Checkpoint]) -> BTreeSet<i64> {
        self.verify(checkpoints).faults.iter().filter_map(|f| f.number).collect()
    }
}

fn verify(folder: &Path, checkpoints: &[Checkpoint]) -> Result<Verification, StoreError> {
    let asked = Asked { checkpoints: checkpoints.to_vec(), quick: true, scratch: None };
    audit::verify(&Location::Folder(folder.to_owned()), 1, &common::schema(), &asked, &mut |_, _| {})
}

/// What a value becomes when one byte of it is another, or when it appears or disappears.
fn alterations(value: &Value) -> Vec<Value> {
    let bytes = |bytes: &[u8], masks: &[u8]| -> Vec<Vec<u8>> {
        let all = (0..bytes.len()).flat_map(|i| masks.iter().map(move |m| (i, *m)));
        all.map(|(i, mask)| {
            let mut altered = bytes.to_vec();
            altered[i] ^= mask;
            altered
        })
        .collect()
    };
    match value {
        Value::Integer(v) => (0..64).step_by(8).map(|bit| Value::Integer(v ^ (1 << bit))).collect(),
        // As blobs; the statement makes text of them, UTF-8 or not.
        Value::Text(text) => {
            let longer = [text.as_bytes(), b"."].concat();
            bytes(text.as_bytes(), &[1, 0x80])
                .into_iter()
                .chain([longer])
                .map(Value::Blob)
                .chain([Value::Null])
                .collect()
        }
        Value::Blob(blob) => {
            let shorter = blob[..blob.len() - 1].to_vec();
            bytes(blob, &[1]).into_iter().chain([shorter]).map(Value::Blob).chain([Value::Null]).collect()
        }
        Value::Null => vec![Value::Blob(vec![]), Value::Blob(vec![0; 16]), Value::Blob(vec![0; 32])],
        Value::Real(_) => unreachable!("the journal holds no floating-point number"),
    }
}

#[test]
fn one_altered_byte_is_found_and_its_event_named() {
    let lab = laboratory();
    assert_eq!(lab.verify(&[]).faults, vec![]);
    let last = 10;
    let mut tried = 0;
    for number in 1..=last {
        for column in COLUMNS {
            let read = format!("SELECT {column} FROM journal WHERE number = ?1");
            let value: Value = lab.raw.query_row(&read, [number], |r| r.get(0)).unwrap();
            let text = ["kind", "why"].contains(&column);
            let place = if text { "CAST(?1 AS TEXT)" } else { "?1" };
            for altered in alterations(&value) {
                let now = if let (&Value::Integer(n), "number") = (&altered, column) { n } else { number };
                let write = format!("UPDATE journal SET {column} = {place} WHERE number = ?2");
                // A number that stands already, or nothing where something has to be, the database itself refuses.
                if lab.raw.execute(&write, params![altered, number]).is_err() {
                    continue;
                }
                tried += 1;
                let named = lab.named(&[]);
                let what = format!("{column} of event {number}: {value:?} became {altered:?}; named were {named:?}");
                assert!(named.contains(&number), "{what}");
                let journals_own = number == last;
                let moved = ["lab", "number"].contains(&column);
                // What follows a missing event cannot be proved; what the record of an erasure says, neither, once it was altered.
                let innocent = |n: &i64| {
                    *n != number && !(moved && [number + 1, last + 1, now].contains(n)) && !(journals_own && *n == 4)
                };
                assert!(!named.iter().any(innocent), "{what}");
                lab.raw
                    .execute(&format!("UPDATE journal SET {column} = ?1 WHERE number = ?2"), params![value, now])
                    .unwrap();
            }
        }
    }
    assert!(tried > 1_500, "{tried}");
    assert_eq!(lab.verify(&[]).faults, vec![]);
}

/// Below the columns: a byte of the file's own pages. It is found, or it was one of those that mean nothing.
#[test]
fn one_altered_byte_of_the_file_is_never_believed() {
    let Laboratory { dir, store, raw } = laboratory();
    drop((store, raw));
    let file = dir.path().join("lab-1.sqlite");
    let original = rows(&file).unwrap();
    let pages: Vec<(i64, i64)> = {
        let raw = Connection::open(&file).unwrap();
        let mut rows =
            raw.prepare("SELECT pgoffset, pgsize FROM dbstat WHERE name IN ('journal', 'journal_head')").unwrap();
        rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let disk = std::fs::OpenOptions::new().read(true).write(true).open(&file).unwrap();
    let mut found = 0;
    for (from, size) in pages {
        for at in (from..from + size).step_by(5).map(|at| at as u64) {
            let mut byte = [0];
            disk.read_exact_at(&mut byte, at).unwrap();
            disk.write_all_at(&[byte[0] ^ 1 << (at % 8)], at).unwrap();
            match verify(dir.path(), &[]) {
                Ok(verification) if verification.faults.is_empty() => {
                    assert_eq!(rows(&file).as_ref(), Ok(&original), "byte {at} was altered and believed");
                }
                Ok(_) | Err(StoreError::Corrupt(_)) => found += 1,
                Err(e) => panic!("byte {at}: {e}"),
            }
            disk.write_all_at(&byte, at).unwrap();
        }
    }
    assert!(found > 200, "{found}");
    assert_eq!(rows(&file), Ok(original));
}

/// Everything that the journal and its stored end hold.
fn rows(file: &Path) -> rusqlite::Result<Vec<Vec<Value>>> {
    let raw = Connection::open(file)?;
    let mut all = Vec::new();
    for (table, columns) in [("journal", 12), ("journal_head", 5)] {
        let mut rows = raw.prepare(&format!("SELECT * FROM {table}"))?;
        let rows = rows.query_map([], |r| (0..columns).map(|i| r.get(i)).collect::<Result<Vec<Value>, _>>())?;
        all.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(all)
}

#[test]
fn rows_that_were_moved_or_taken_away_are_named() {
    let cases: [(&str, &[i64]); 6] = [
        (
            "UPDATE journal SET number = -3 WHERE number = 3; UPDATE journal SET number = 3 WHERE number = 7; \
          UPDATE journal SET number = 7 WHERE number = -3",
            &[3, 7],
        ),
        ("DELETE FROM journal WHERE number = 5", &[5]),
        ("DELETE FROM journal WHERE number BETWEEN 2 AND 6", &[2]),
        ("DELETE FROM journal WHERE number = 1", &[1]),
        ("DELETE FROM journal WHERE number = 10", &[10]),
        // An event written after the last, unknown to the head.
        (
            "INSERT INTO journal SELECT 11, lab, at, actor_kind, actor, kind, version, why, salt, body, digest, hash \
          FROM journal WHERE number = 9",
            &[11],
        ),
    ];
    for (damage, guilty) in cases {
        let lab = laboratory();
        lab.raw.execute_batch(damage).unwrap();
        let named = lab.named(&[]);
        assert!(guilty.iter().all(|n| named.contains(n)), "{damage}: {named:?}");
        // The neighbour of a moved or missing event hangs on what is not there.
        assert!(
            named.iter().all(|n| guilty.iter().any(|g| (0..=1).contains(&(n - g))) || [4, 7].contains(n)),
            "{damage}: {named:?}"
        );
    }
}

#[test]
fn an_altered_end_of_the_journal_is_found() {
    for damage in [
        "UPDATE journal_head SET number = 9",
        "UPDATE journal_head SET number = 12",
        "UPDATE journal_head SET at = at + 1",
        "UPDATE journal_head SET hash = zeroblob(32)",
        "UPDATE journal_head SET lab = 2",
        "DELETE FROM journal_head",
    ] {
        let lab = laboratory();
        lab.raw.execute_batch(damage).unwrap();
        assert_ne!(lab.verify(&[]).faults, vec![], "{damage}");
    }
}

#[test]
fn an_end_that_no_journal_can_have_is_refused_before_anything_is_written() {
    for number in [-1, i64::MAX, i64::MAX / 1024] {
        let lab = laboratory();
        lab.raw.execute("UPDATE journal_head SET number = ?1", [number]).unwrap();
        let answer = lab.store.submit(|tx| open_counter(tx, "new")).wait();
        assert!(matches!(answer, Err(common::Failure::Store(StoreError::Corrupt(_)))), "{number}: {answer:?}");
    }
}

#[test]
fn an_altered_file_is_named() {
    let lab = laboratory();
    let name = Sha256::of(b"a report");
    lab.raw.execute("UPDATE blobs SET bytes = ?1", [b"b report".as_slice()]).unwrap();
    assert!(lab.verify(&[]).faults[0].what.contains(&name.to_string()));
    assert!(matches!(lab.store.read(move |s| reading::blob(s, name)).wait(), Err(StoreError::Corrupt(_))));
    lab.raw.execute("UPDATE blobs SET bytes = ?1, sha256 = ?2", params![b"a report", b"short"]).unwrap();
    assert_eq!(lab.verify(&[]).faults.len(), 1);
}

#[test]
fn an_erasure_that_nobody_journalled_is_named() {
    let lab = laboratory();
    let (salt, body): (Vec<u8>, Vec<u8>) = lab
        .raw
        .query_row("SELECT salt, body FROM journal WHERE number = 2", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    let digest = titer_store::chain::digest(&salt, None, &body);
    let erase = "UPDATE journal SET salt = NULL, body = NULL, digest = ?1 WHERE number = 2";
    lab.raw.execute(erase, [digest.0.as_slice()]).unwrap();
    assert_eq!(lab.named(&[]), BTreeSet::from([2]));
}

#[test]
fn the_record_of_an_erasure_cannot_be_erased_and_what_was_erased_is_gone_from_the_files() {
    let lab = laboratory();
    let again = lab.store.erase(Actor::Console, "hide it", vec![10], vec![]);
    assert!(matches!(again, Err(StoreError::Statement(_))), "{again:?}");
    let long = Opened { name: "long".to_owned(), note: Some("Leberwerte ".repeat(20_000)) };
    let number = lab.store.submit(move |tx| tx.journal(Actor::Console, None, &long)).wait().unwrap().number;
    lab.store.erase(Actor::Console, "the law asks it", vec![number], vec![]).unwrap();
    let Laboratory { dir, store, raw } = lab;
    drop((store, raw));
    let bytes = std::fs::read(dir.path().join("lab-1.sqlite")).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(holds("because") && !holds("Blutspiegel") && !holds("Leberwerte"));
}

#[test]
fn a_journal_cut_short_or_written_anew_is_found_against_a_checkpoint_only() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let lab = laboratory();
    let checkpoint = lab.store.checkpoint(&key).unwrap();
    assert_eq!(lab.verify(std::slice::from_ref(&checkpoint)).faults, vec![]);

    // Somebody who knows the format takes the end away, and has no key. (The erasure's record goes, so its event comes back.)
    lab.raw
        .execute_batch(
            "DELETE FROM journal WHERE number > 3; UPDATE journal_head SET number = 3, \
             at = (SELECT at FROM journal WHERE number = 3), hash = (SELECT hash FROM journal WHERE number = 3)",
        )
        .unwrap();
    // And makes the tables fit.
    assert_ne!(lab.store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
    lab.store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(lab.store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
    assert_eq!(lab.named(std::slice::from_ref(&checkpoint)), BTreeSet::from([10]));

    // A whole journal written anew: every hash follows from the one before.
    let dir = tempfile::tempdir().unwrap();
    let store = open(&Location::Folder(dir.path().to_owned()), 1);
    store.submit(|tx| open_counter(tx, "invented")).wait().unwrap();
    for _ in 0..9 {
        store.submit(|tx| count(tx, "invented")).wait().unwrap();
    }
    assert_eq!(store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
    let found = store.verify(std::slice::from_ref(&checkpoint), &mut |_, _| {}).unwrap();
    assert_eq!(found.faults.iter().map(|f| f.number).collect::<Vec<_>>(), [Some(10)]);

    // The checkpoint made to fit: its signature is of another statement.
    let forged = Checkpoint { hash: found.hash, ..checkpoint.clone() };
    let found = store.verify(&[forged], &mut |_, _| {}).unwrap();
    assert!(found.faults[0].what.contains("signature"), "{found:?}");
    // Or signed with another key, which whoever kept the first checkpoint sees.
    let other = store.checkpoint(&SigningKey::from_bytes(&[8; 32])).unwrap();
    assert_eq!(store.verify(std::slice::from_ref(&other), &mut |_, _| {}).unwrap().faults, vec![]);
    assert_ne!(other.key, checkpoint.key);
    // One of another laboratory says nothing of this one.
    let elsewhere = Checkpoint { lab: 2, ..checkpoint };
    assert_eq!(store.verify(&[elsewhere], &mut |_, _| {}).unwrap().faults, vec![]);
}

/// The numbers of a restored laboratory jump. Behind that jump nothing can hide.
#[test]
fn events_taken_from_before_a_restore_are_found() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let lab = laboratory();
    let file = lab.dir.path().join("backup");
    backup::backup(std::slice::from_ref(&lab.store), &file, &mut |_| {}).unwrap();
    // Work after the backup, and a checkpoint of it: both are lost with the machine.
    lab.store.submit(|tx| count(tx, "a")).wait().unwrap();
    let later = lab.store.checkpoint(&key).unwrap();

    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().to_owned());
    backup::restore(&location, &common::schema(), &file, &mut |_| {}).unwrap();
    let restored = open(&location, 1);
    assert_eq!(restored.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
    let found = restored.verify(&[later], &mut |_, _| {}).unwrap();
    assert_eq!(found.faults.iter().map(|f| f.number).collect::<Vec<_>>(), [Some(11)], "{found:?}");

    let raw = Connection::open(dir.path().join("lab-1.sqlite")).unwrap();
    raw.execute("DELETE FROM journal WHERE number = 9", []).unwrap();
    raw.execute("DELETE FROM journal WHERE number = 10", []).unwrap();
    let found = restored.verify(&[], &mut |_, _| {}).unwrap();
    assert_eq!(found.faults[0].number, Some(9), "{found:?}");
}

#[test]
fn bytes_cannot_move_between_salt_reason_and_body() {
    let lab = laboratory();
    let opened = Opened { name: "long".to_owned(), note: Some("n".repeat(500)) };
    let number = lab.store.submit(move |tx| tx.journal(Actor::Console, Some("x"), &opened)).wait().unwrap().number;
    let (salt, body): (Vec<u8>, Vec<u8>) = lab
        .raw
        .query_row("SELECT salt, body FROM journal WHERE number = ?1", [number], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    // The same bytes under the hash: a byte of the reason's length becomes the salt's last, and the reason's "x" a byte of its
    // length, which then says 0x0178.
    let (reason, rest) = body.split_at(0x178);
    let salt = [&salt[..], &[0]].concat();
    let reason = std::str::from_utf8(reason).unwrap();
    assert_eq!(
        titer_store::chain::digest(&salt, Some(reason), rest),
        titer_store::chain::digest(&salt[..16], Some("x"), &body)
    );
    let moved = "UPDATE journal SET salt = ?1, why = ?2, body = ?3 WHERE number = ?4";
    lab.raw.execute(moved, params![salt, reason, rest, number]).unwrap();
    assert_eq!(lab.named(&[]), BTreeSet::from([number]));
}
