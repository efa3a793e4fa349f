//! A restore comes to its end, or leaves nothing that anybody takes for a laboratory; and a backup that was not written to its end is
//! none.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use crate::{
    common::{self, Failure, all, attach, count, open, open_counter, options, schema},
    dump::engines,
};
use rusqlite::Connection;
use titer_store::{
    Location, Store, StoreError,
    audit::{self, Asked},
    backup,
};

/// A house and a laboratory, and a backup of both in a folder.
struct Backed {
    dir: tempfile::TempDir,
    house: Store,
    lab: Store,
    file: PathBuf,
}

fn backed() -> Backed {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().join("data"));
    let (house, lab) = (open(&location, 0), open(&location, 1));
    house.submit(|tx| open_counter(tx, "house")).wait().unwrap();
    for name in ["a", "b", "c"] {
        lab.submit(move |tx| open_counter(tx, name)).wait().unwrap();
        lab.submit(move |tx| count(tx, name)).wait().unwrap();
    }
    for letter in 0..3_u8 {
        lab.submit(move |tx| attach(tx, &vec![letter; 1 << 20], letter > 0)).wait().unwrap();
    }
    let file = dir.path().join("backup");
    backup::backup(&[house.clone(), lab.clone()], &file, &mut |_| {}).unwrap();
    Backed { dir, house, lab, file }
}

fn restore(location: &Location, file: &Path) -> Result<(), StoreError> {
    backup::restore(location, &schema(), file, &mut |_| {}).map(|_| ())
}

/// Every way to a laboratory is refused.
fn is_shut(location: &Location) {
    let open = |lab| Store::open(location, lab, schema(), options(7)).err();
    assert_eq!((open(0), open(1)), (Some(StoreError::Unrestored), Some(StoreError::Unrestored)));
    for quick in [true, false] {
        let asked = Asked { quick, ..Asked::default() };
        let verified = audit::verify(location, 1, &schema(), &asked, &mut |_, _| {});
        assert_eq!(verified, Err(StoreError::Unrestored));
    }
    assert_eq!(Store::prepare(location, 1, &schema(), &mut |_, _| {}), Err(StoreError::Unrestored));
}

fn is_restored(location: &Location, backed: &Backed) {
    let (house, lab) = (open(location, 0), open(location, 1));
    assert_eq!((all(&house), all(&lab)), (all(&backed.house), all(&backed.lab)));
    assert_eq!(lab.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
    assert_eq!(lab.submit(|tx| count(tx, "a")).wait(), Ok(2));
    if let Location::Folder(folder) = location {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name()).collect();
        names.retain(|name| !name.to_string_lossy().contains('-') || name == "lab-1.sqlite");
        names.sort();
        assert_eq!(names, ["house.sqlite", "lab-1.sqlite"]);
    }
}

#[test]
fn a_restore_that_is_killed_leaves_no_laboratory_and_can_be_done_again() {
    let backed = backed();
    let mut rows = 0;
    let whole = Location::Folder(backed.dir.path().join("whole"));
    backup::restore(&whole, &schema(), &backed.file, &mut |n| rows = n).unwrap();
    assert!(rows > 10, "{rows}");
    // In the house; at the beginning, in the middle and at the end of the laboratory.
    for at in [1, 2, rows / 2, rows] {
        for (_dir, location) in engines() {
            for _ in 0..2 {
                let killed = catch_unwind(AssertUnwindSafe(|| {
                    backup::restore(&location, &schema(), &backed.file, &mut |n| assert!(n < at, "the power is cut"))
                }));
                assert!(killed.is_err());
                is_shut(&location);
            }
            restore(&location, &backed.file).unwrap();
            is_restored(&location, &backed);
        }
    }
}

/// All is whole, and only some of it is in its place.
#[test]
fn a_restore_that_is_killed_while_the_databases_are_moved_can_be_done_again() {
    let backed = backed();
    let folder = backed.dir.path().join("there");
    let location = Location::Folder(folder.clone());
    restore(&location, &backed.file).unwrap();
    fs::DirBuilder::new().mode(0o700).create(folder.join("restore.part")).unwrap();
    fs::rename(folder.join("lab-1.sqlite"), folder.join("restore.part/lab-1.sqlite")).unwrap();
    is_shut(&location);
    // Nothing says that what stands there came from a restore.
    let refused = restore(&location, &backed.file).unwrap_err().to_string();
    assert!(refused.starts_with(&format!("{} holds a laboratory already", folder.display())), "{refused}");
    fs::write(folder.join("restore.part/whole"), "").unwrap();
    is_shut(&location);
    restore(&location, &backed.file).unwrap();
    is_restored(&location, &backed);
}

/// Cut short, or with some bytes altered: refused, or restored as it was.
#[test]
fn a_damaged_backup_is_restored_whole_or_not_at_all() {
    let backed = backed();
    let bytes = fs::read(&backed.file).unwrap();
    let damaged = backed.dir.path().join("damaged");
    let mut refused = 0;
    let mut cases = Vec::new();
    for share in 0..10 {
        cases.push(bytes[..bytes.len() * share / 10].to_vec());
        let mut altered = bytes.clone();
        let at = (bytes.len() * share / 10 + 4_096).min(bytes.len() - 4_096);
        altered[at..at + 4_096].fill(0);
        cases.push(altered);
    }
    // A page at the end is missing, or half of one.
    cases.extend([4_096, 2_048].map(|less| bytes[..bytes.len() - less].to_vec()));
    for case in cases {
        fs::write(&damaged, case).unwrap();
        for (_dir, location) in engines() {
            match restore(&location, &damaged) {
                Ok(()) => is_restored(&location, &backed),
                Err(StoreError::File(_)) => {
                    refused += 1;
                    is_shut(&location);
                    restore(&location, &backed.file).unwrap();
                    is_restored(&location, &backed);
                }
                Err(e) => panic!("{e}"),
            }
        }
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn a_backup_whose_journal_was_cut_short_is_refused() {
    let backed = backed();
    let raw = Connection::open(&backed.file).unwrap();
    raw.execute_batch("DELETE FROM event_files WHERE number = 9; DELETE FROM journal WHERE lab = 1 AND number = 9")
        .unwrap();
    for (_dir, location) in engines() {
        let refused = restore(&location, &backed.file).unwrap_err();
        let said = format!(
            "the backup {} is damaged: the journal of laboratory 1 should end with event 9; use another backup",
            backed.file.display()
        );
        assert_eq!(refused.to_string(), said);
        is_shut(&location);
    }
}

#[test]
fn a_backup_that_was_not_written_to_its_end_is_none() {
    let backed = backed();
    let (file, part) = (backed.dir.path().join("second"), backed.dir.path().join("second.part"));
    let stores = [backed.house.clone(), backed.lab.clone()];
    let killed =
        catch_unwind(AssertUnwindSafe(|| backup::backup(&stores, &file, &mut |n| assert!(n < 13, "the power is cut"))));
    assert!(killed.is_err() && part.exists() && !file.exists());
    let there = Location::Folder(backed.dir.path().join("there"));
    let refused = restore(&there, &part).unwrap_err();
    assert!(matches!(refused, StoreError::File(_)), "{refused:?}");
    is_shut(&there);
    // All of it but the last lines.
    Connection::open(&backed.file).unwrap().execute("DELETE FROM about WHERE name = 'end'", []).unwrap();
    let refused = restore(&there, &backed.file).unwrap_err().to_string();
    assert!(refused.contains("was not written to its end"), "{refused}");
    is_shut(&there);
    // The next one takes the place of what is left.
    backup::backup(&stores, &file, &mut |_| {}).unwrap();
    assert!(!part.exists());
    restore(&there, &file).unwrap();
}

/// It says nothing of its end.
#[test]
fn a_backup_of_an_older_program_is_restored() {
    let backed = backed();
    let raw = Connection::open(&backed.file).unwrap();
    raw.execute_batch("DELETE FROM about WHERE name = 'end'; UPDATE about SET value = '1' WHERE name = 'format'")
        .unwrap();
    for (_dir, location) in engines() {
        restore(&location, &backed.file).unwrap();
        is_restored(&location, &backed);
    }
}

/// What cannot be read as a backup at all, and what is said of it.
fn unreadable(dir: &Path, whole: &[u8]) -> Vec<(PathBuf, &'static str)> {
    let cut = |length: usize| {
        let file = dir.join(format!("cut-{length}"));
        fs::write(&file, &whole[..length]).unwrap();
        file
    };
    let (words, other, folder) = (dir.join("words"), dir.join("other"), dir.join("folder"));
    fs::write(&words, "no database at all, but a text that is longer than the head of one ".repeat(20)).unwrap();
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE ledger (value TEXT)").unwrap();
    fs::create_dir(&folder).unwrap();
    vec![
        (cut(0), "is empty (0 bytes); use another backup"),
        (cut(1), "is not a backup of Titer"),
        (cut(20), "is not a backup of Titer"),
        (cut(1_000), "use another backup"),
        (cut(whole.len() / 2), "is damaged: "),
        (words, "is not a backup of Titer"),
        (other, "is not a backup of Titer; use another backup"),
        (folder, "is not a backup of Titer; use another backup"),
        (dir.join("nowhere"), "cannot be read: "),
    ]
}

/// Whoever wanted the old laboratory is not given an empty one, unless that is asked for.
#[test]
fn a_backup_that_cannot_be_read_shuts_the_place_until_one_is_restored_or_given_up() {
    let backed = backed();
    let whole = fs::read(&backed.file).unwrap();
    for (file, said) in unreadable(backed.dir.path(), &whole) {
        for (_dir, location) in engines() {
            assert_eq!(backup::is_unfinished(&location), Ok(false));
            for _ in 0..2 {
                let refused = restore(&location, &file).unwrap_err().to_string();
                assert!(refused.contains(&file.display().to_string()) && refused.contains(said), "{refused}");
                assert!(!refused.contains("no such table") && !refused.contains("restore a backup"), "{refused}");
                is_shut(&location);
                assert_eq!(backup::is_unfinished(&location), Ok(true));
            }
            restore(&location, &backed.file).unwrap();
            is_restored(&location, &backed);
        }
        for (_dir, location) in engines() {
            restore(&location, &file).unwrap_err();
            backup::give_up(&location, &schema()).unwrap();
            assert_eq!(backup::is_unfinished(&location), Ok(false));
            assert!(all(&open(&location, 1)).is_empty());
        }
    }
}

/// A restore that was killed when all was whole may be the only one: a bad backup does not take away what it left.
#[test]
fn what_a_killed_restore_left_is_there_until_another_backup_is_read() {
    let backed = backed();
    let folder = backed.dir.path().join("there");
    let location = Location::Folder(folder.clone());
    restore(&location, &backed.file).unwrap();
    fs::DirBuilder::new().mode(0o700).create(folder.join("restore.part")).unwrap();
    fs::rename(folder.join("lab-1.sqlite"), folder.join("restore.part/lab-1.sqlite")).unwrap();
    fs::write(folder.join("restore.part/whole"), "").unwrap();
    restore(&location, &backed.dir.path().join("nowhere")).unwrap_err();
    is_shut(&location);
    assert!(folder.join("house.sqlite").exists() && folder.join("restore.part/lab-1.sqlite").exists());
}

#[test]
fn where_a_laboratory_stands_nothing_is_restored_and_nothing_is_shut() {
    let backed = backed();
    for (_dir, location) in engines() {
        let store = open(&location, 1);
        store.submit(|tx| open_counter(tx, "mine")).wait().unwrap();
        let nowhere = backed.dir.path().join("nowhere");
        let asked =
            [restore(&location, &backed.file), restore(&location, &nowhere), backup::give_up(&location, &schema())];
        for refused in asked {
            assert!(
                matches!(&refused, Err(StoreError::File(m)) if m.contains("holds a laboratory already")),
                "{refused:?}"
            );
            assert_eq!(backup::is_unfinished(&location), Ok(false));
        }
        assert_eq!(store.submit(|tx| count(tx, "mine")).wait(), Ok::<_, Failure>(1));
        drop(store);
        assert_eq!(all(&open(&location, 1)).len(), 1);
    }
}

/// What a failed restore has left in a database is removed by the next.
#[test]
fn another_backup_may_be_restored_after_one_that_failed() {
    let (first, second) = (backed(), backed());
    second.lab.submit(|tx| common::close(tx, "b")).wait().unwrap();
    let file = second.dir.path().join("later");
    backup::backup(&[second.house.clone(), second.lab.clone()], &file, &mut |_| {}).unwrap();
    let raw = Connection::open(&first.file).unwrap();
    raw.execute("UPDATE journal SET body = salt WHERE lab = 1 AND number = 9", []).unwrap();
    for (_dir, location) in engines() {
        let refused = restore(&location, &first.file).unwrap_err().to_string();
        assert!(refused.ends_with("is damaged: event 9 was altered; use another backup"), "{refused}");
        is_shut(&location);
        restore(&location, &file).unwrap();
        is_restored(&location, &second);
    }
}

#[test]
fn of_two_restores_at_once_the_second_says_that_another_one_runs_and_the_first_comes_to_its_end() {
    let backed = backed();
    for (_dir, location) in engines() {
        let mut refused = Vec::new();
        backup::restore(&location, &schema(), &backed.file, &mut |_| refused.push(restore(&location, &backed.file)))
            .unwrap();
        assert!(refused.len() > 10 && refused.iter().all(|r| *r == Err(StoreError::Restoring)), "{refused:?}");
        is_restored(&location, &backed);
    }
}

#[test]
fn a_backup_with_bytes_after_its_end_is_refused() {
    let backed = backed();
    let (bytes, tailed) = (fs::read(&backed.file).unwrap(), backed.dir.path().join("tailed"));
    for tail in [&b"x"[..], &[0; 4_096], &bytes] {
        fs::write(&tailed, [&bytes, tail].concat()).unwrap();
        for (_dir, location) in engines() {
            let refused = restore(&location, &tailed).unwrap_err().to_string();
            assert!(refused.contains("somebody has written to the file; use another backup"), "{refused}");
            is_shut(&location);
            restore(&location, &backed.file).unwrap();
            is_restored(&location, &backed);
        }
    }
}
