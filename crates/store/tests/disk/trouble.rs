//! A full disk, a folder that cannot be written, a locked, foreign, truncated or newer file: clear words, no corruption, nothing
//! lost that was acknowledged, and service again when the cause is gone.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread,
    time::Duration,
};

use crate::common::{Failure, all, count, open, open_counter, options, schema};
use crate::power_vfs::{Call, Recording, record};
use rusqlite::{Connection, ffi};
use titer_store::{Location, Store, StoreError};

struct Laboratory {
    dir: tempfile::TempDir,
    recording: Arc<Recording>,
    store: Store,
}

impl Laboratory {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let recording = record(dir.path());
        let store = open(&Location::Folder(dir.path().to_owned()), 1);
        store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
        Laboratory { dir, recording, store }
    }

    /// The journal is whole and says the same as the tables; counter a stands at `counted`.
    fn is_sound(&self, counted: i64) {
        let found = self.store.verify(&[], &mut |_, _| {}).unwrap();
        assert_eq!((found.faults, found.events), (vec![], 1 + counted as u64));
        let before = all(&self.store);
        assert_eq!(before[0][2], counted.into());
        self.store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(all(&self.store), before);
    }
}

/// Fails the writing of every log.
fn no_log(code: i32) -> impl FnMut(Call, &str) -> Option<i32> + Send {
    move |call, name| (call == Call::Write && name.ends_with("-wal")).then_some(code)
}

#[test]
fn on_a_full_disk_reading_goes_on_and_writing_says_so_until_there_is_space() {
    let lab = Laboratory::new();
    lab.recording.fail(no_log(ffi::SQLITE_FULL));
    for _ in 0..3 {
        assert_eq!(lab.store.submit(|tx| count(tx, "a")).wait(), Err(Failure::Store(StoreError::Full)));
    }
    assert!(StoreError::Full.to_string().contains("full; free some space"));
    assert_eq!(all(&lab.store).len(), 1);
    lab.recording.heal();
    assert_eq!(lab.store.submit(|tx| count(tx, "a")).wait(), Ok(1));
    lab.is_sound(1);
}

/// A transaction larger than the page cache is written before it is committed. A full disk then rolls it back under the feet of
/// the submission: what that still does, and its neighbours' work, must not slip into the database one statement at a time.
#[test]
fn a_disk_that_fills_up_in_the_middle_of_a_group_leaves_nothing_of_it() {
    for code in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE] {
        let lab = Laboratory::new();
        // Once: what comes after would find the disk willing.
        let (mut log, mut failed) = (no_log(code), false);
        lab.recording.fail(move |call, name| log(call, name).filter(|_| !std::mem::replace(&mut failed, true)));
        let (release, held) = channel::<()>();
        let gate = lab.store.submit(move |_| {
            held.recv().unwrap();
            Ok::<_, Failure>(())
        });
        let before = lab.store.submit(|tx| count(tx, "a"));
        let large = lab.store.submit(|tx| {
            let mut failed = 0;
            for byte in 0..3 {
                failed += usize::from(tx.put_blob(&vec![byte; 20 << 20]).is_err());
            }
            // It goes on as if nothing had been.
            let _ = count(tx, "a");
            assert!(failed > 0, "the blobs fitted into the cache");
            Ok::<_, Failure>(())
        });
        let after = lab.store.submit(|tx| count(tx, "a"));
        release.send(()).unwrap();
        let answers = [gate.wait().err(), before.wait().err(), large.wait().err(), after.wait().err()];
        let failure =
            |e: &Option<Failure>| matches!(e, Some(Failure::Store(StoreError::Full | StoreError::ReadOnly(_))));
        assert!(answers[1..].iter().all(failure), "{answers:?}");
        lab.recording.heal();
        assert_eq!(lab.store.submit(|tx| count(tx, "a")).wait(), Ok(1));
        lab.is_sound(1);
    }
}

/// Whichever call to the disk fails, and however: what was answered *yes* is there, what was answered *no* is not.
#[test]
fn any_call_to_the_disk_may_fail_without_harm() {
    let codes = [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_READONLY];
    let lab = Laboratory::new();
    let mut counted = 0;
    let mut refused = 0;
    for nth in 0..12 {
        for code in codes {
            let calls = AtomicUsize::new(0);
            lab.recording.fail(move |_, _| (calls.fetch_add(1, Ordering::Relaxed) == nth).then_some(code));
            for _ in 0..3 {
                match lab.store.submit(|tx| count(tx, "a")).wait() {
                    Ok(n) => {
                        counted += 1;
                        assert_eq!(n, counted);
                    }
                    Err(Failure::Store(StoreError::Full | StoreError::ReadOnly(_))) => refused += 1,
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    }
    lab.recording.heal();
    assert!(refused > 10, "{refused}");
    assert_eq!(lab.store.submit(|tx| count(tx, "a")).wait(), Ok(counted + 1));
    lab.is_sound(counted + 1);
}

/// The log takes what comes while the database file itself cannot grow.
#[test]
fn work_goes_on_while_the_log_cannot_be_copied() {
    let lab = Laboratory::new();
    lab.recording.fail(|call, name| (call == Call::Write && name.ends_with(".sqlite")).then_some(ffi::SQLITE_FULL));
    for n in 1..=40 {
        assert_eq!(lab.store.submit(|tx| count(tx, "a")).wait(), Ok(n));
        thread::sleep(Duration::from_millis(10));
    }
    lab.recording.heal();
    lab.is_sound(40);
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_serves_again() {
    let Laboratory { dir, recording, store } = Laboratory::new();
    let location = Location::Folder(dir.path().to_owned());
    drop(store);
    recording.fail(|call, _| (call == Call::Make).then_some(ffi::SQLITE_CANTOPEN));
    for lab in [1, 2] {
        let refused = Store::open(&location, lab, schema(), options(7)).err().unwrap();
        assert!(matches!(refused, StoreError::ReadOnly(_)), "{refused:?}");
        let words = refused.to_string();
        assert!(words.contains(&format!("lab-{lab}.sqlite")) && words.contains("may write to it"), "{words}");
    }
    recording.heal();
    assert_eq!(open(&location, 1).submit(|tx| count(tx, "a")).wait(), Ok(1));

    // A folder that cannot be made at all, whoever asks: its parent is a file.
    let refused = Store::open(&Location::Folder(dir.path().join("lab-1.sqlite/data")), 1, schema(), options(7));
    assert!(matches!(refused.err(), Some(StoreError::ReadOnly(words)) if words.contains("data")));
}

#[test]
fn a_locked_file_is_waited_for_and_then_called_busy() {
    let lab = Laboratory::new();
    let other = Connection::open(lab.dir.path().join("lab-1.sqlite")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let waiting = lab.store.submit(|tx| count(tx, "a"));
    thread::sleep(Duration::from_millis(300));
    assert_eq!(all(&lab.store).len(), 1, "reading does not wait");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(waiting.wait(), Ok(1));

    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let refused = lab.store.submit(|tx| count(tx, "a")).wait();
    let Err(Failure::Store(StoreError::Busy(_))) = &refused else { panic!("{refused:?}") };
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(lab.store.submit(|tx| count(tx, "a")).wait(), Ok(2));
    lab.is_sound(2);
}

fn closed_laboratory() -> (tempfile::TempDir, Location, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().to_owned());
    let store = open(&location, 1);
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let file = dir.path().join("lab-1.sqlite");
    (dir, location, file)
}

fn refused(location: &Location) -> StoreError {
    Store::open(location, 1, schema(), options(7)).err().expect("this file must be refused")
}

#[test]
fn a_file_that_is_no_database_or_only_half_of_one_is_refused_as_it_is() {
    let (_dir, location, file) = closed_laboratory();
    let whole = std::fs::read(&file).unwrap();
    let letter = b"Dear Sir or Madam, this is a letter and not a database. ".repeat(100);
    for bytes in [&letter[..], &whole[..whole.len() / 2], &whole[..whole.len() - 4096], &whole[..5000]] {
        std::fs::write(&file, bytes).unwrap();
        let error = refused(&location);
        assert!(matches!(&error, StoreError::Corrupt(m) if m.contains("lab-1.sqlite")), "{error:?}");
        assert!(error.to_string().contains("copy the files"));
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "it was written to");
    }
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(open(&location, 1).submit(|tx| count(tx, "a")).wait(), Ok(1));
}

#[test]
fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let (_dir, location, file) = closed_laboratory();
    for (note, known) in [("schema", 1), ("format", 2)] {
        let raw = Connection::open(&file).unwrap();
        raw.execute("UPDATE store_notes SET value = '9' WHERE name = ?1", [note]).unwrap();
        let before = dump(&raw);
        let error = refused(&location);
        assert_eq!(error, StoreError::Newer { found: 9, known });
        assert!(error.to_string().contains("install the newer program"));
        assert_eq!(dump(&raw), before);
        raw.execute("UPDATE store_notes SET value = ?2 WHERE name = ?1", (note, known.to_string())).unwrap();
    }
    assert_eq!(open(&location, 1).submit(|tx| count(tx, "a")).wait(), Ok(1));
}

fn dump(raw: &Connection) -> Vec<String> {
    let mut rows =
        raw.prepare("SELECT name || value FROM store_notes UNION ALL SELECT sql FROM sqlite_master").unwrap();
    rows.query_map([], |r| r.get::<_, Option<String>>(0)).unwrap().map(|r| r.unwrap().unwrap_or_default()).collect()
}

/// What a folder of the laboratory's own was, is not silently begun anew when the file is there but the rights are not.
#[test]
fn an_existing_laboratory_is_read_by_nobody_who_may_not_write_it() {
    let (dir, location, file) = closed_laboratory();
    let mut rights = std::fs::metadata(&file).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&file, rights.clone()).unwrap();
    let writable = std::fs::OpenOptions::new().append(true).open(&file).is_ok();
    let opened = Store::open(&location, 1, schema(), options(7));
    // The superuser may write everything.
    assert_eq!(opened.is_ok(), writable, "{:?}", opened.err());
    drop(opened);
    restore_rights(&file);
    assert_eq!(open(&location, 1).submit(|tx| count(tx, "a")).wait(), Ok(1));
    drop(dir);
}

fn restore_rights(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}
