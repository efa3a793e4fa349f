//! The power fails. What was answered before is there afterwards, nothing is doubled or altered, and service goes on.

use std::{path::Path, sync::Arc, thread, time::Duration};

use crate::common::{Failure, NURSE, all, count, open, open_counter};
use crate::power_vfs::{Dice, Recording, Replay, Step, record};
use titer_store::{Location, Sha256, Store, StoreError, Tx, reading};

/// Points at which the power is cut, and how often each: what was unsynced is decided anew each time.
const CUTS: usize = 200;
const SEEDS: usize = 3;
const SUBMITTERS: usize = 4;
const ROUNDS: usize = 24;

/// A laboratory's two days, with all that the disk hears of: groups, files, checkpoints of the log, a rebuild, an erasure, the log
/// removed at closing and begun anew. Each answer is marked with the number of the last event that it tells of.
fn two_days(location: &Location, recording: &Arc<Recording>) -> Vec<(i64, Sha256)> {
    let mut files = Vec::new();
    for day in 0..2 {
        let store = open(location, 1);
        thread::scope(|scope| {
            let work: Vec<_> = (0..SUBMITTERS)
                .map(|submitter| {
                    let store = &store;
                    scope.spawn(move || {
                        (0..ROUNDS).filter_map(|n| round(store, recording, day, submitter, n)).collect::<Vec<_>>()
                    })
                })
                .collect();
            work.into_iter().for_each(|w| files.extend(w.join().unwrap()));
        });
        store.rebuild(&mut |_, _| {}).unwrap();
        store.erase(NURSE, "the law asks it", vec![day + 2], vec![]).unwrap();
    }
    files
}

fn round(store: &Store, recording: &Recording, day: i64, submitter: usize, n: usize) -> Option<(i64, Sha256)> {
    let name = format!("{day}-{submitter}-{}", n / 4);
    let step = move |tx: &mut Tx<'_>| -> Result<(i64, Option<Sha256>), Failure> {
        match n % 4 {
            0 => open_counter(tx, &name)?,
            _ => count(tx, &name)?,
        };
        let file = (n % 8 == 7).then(|| tx.put_blob(name.repeat(2_000).as_bytes())).transpose()?;
        Ok((tx.next_number() - 1, file))
    };
    // An erasure may have taken the counter; whatever the answer, it is one.
    let (number, file) = store.submit(step).wait().ok()?;
    recording.mark(number);
    // So that the checkpoint thread comes to its turn between the groups.
    thread::sleep(Duration::from_millis(15));
    Some((number, file?))
}

fn hashes(folder: &Path) -> Vec<[u8; 32]> {
    let file = rusqlite::Connection::open(folder.join("lab-1.sqlite")).unwrap();
    let mut rows = file.prepare("SELECT hash FROM journal ORDER BY number").unwrap();
    rows.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_power_cut_takes_nothing_that_was_answered_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(dir.path());
    let files = two_days(&Location::Folder(dir.path().to_owned()), &recording);
    let hashes = hashes(dir.path());
    let steps = recording.steps();
    let kinds: [fn(&Step) -> bool; 4] = [
        |s| matches!(s, Step::Removed { name } if name.ends_with("-wal")),
        |s| matches!(s, Step::Written { at, bytes, .. } if *at == 0 && bytes.len() == 32),
        |s| matches!(s, Step::FolderSynced),
        |s| matches!(s, Step::Mark(_)),
    ];
    assert!(kinds.iter().all(|kind| steps.iter().filter(|s| kind(s)).count() > 1), "the two days are too quiet");

    assert!(copied_at_work(&steps), "the log was never copied while work went on");

    let mut dice = Dice::new(1);
    let first_answer = steps.iter().position(|s| matches!(s, Step::Mark(_))).unwrap();
    let mut cuts: Vec<usize> = (0..CUTS)
        .map(|_| dice.below(steps.len() + 1))
        // While the laboratory is being made.
        .chain((0..first_answer).step_by(4))
        .collect();
    cuts.sort_unstable();
    // Opening and closing are mostly waiting for threads.
    thread::scope(|scope| {
        for part in cuts.chunks(cuts.len().div_ceil(4)) {
            let (steps, hashes, files) = (&steps, &hashes, &files);
            scope.spawn(move || {
                let mut replay = Replay::new(steps);
                for (&at, seed) in part.iter().flat_map(|at| (0..SEEDS as u64).map(move |seed| (at, seed))) {
                    let after = quick_folder();
                    replay.cut(at, seed + (at * SEEDS) as u64, after.path()).unwrap();
                    let answered =
                        steps[..at].iter().filter_map(|s| if let Step::Mark(n) = s { Some(*n) } else { None });
                    let what = format!("power cut after step {at}, seed {seed}");
                    check(after.path(), answered.max().unwrap_or(0), hashes, files, &what);
                }
            });
        }
    });
}

/// Whether the database file was written between two answers of one day.
fn copied_at_work(steps: &[Step]) -> bool {
    let file = steps.iter().find_map(|s| match s {
        Step::Made { file, name } if name == "lab-1.sqlite" => Some(*file),
        _ => None,
    });
    let days = steps.split(|s| matches!(s, Step::Removed { name } if name.ends_with("-wal")));
    days.into_iter().any(|day| {
        let after_first = day.iter().skip_while(|s| !matches!(s, Step::Mark(_)));
        let mut from_copying =
            after_first.skip_while(|s| !matches!(s, Step::Written { file: f, .. } if Some(*f) == file));
        from_copying.any(|s| matches!(s, Step::Mark(_)))
    })
}

/// Where what is looked at once may lie: in memory, on a machine that has such a folder.
fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn check(folder: &Path, answered: i64, hashes: &[[u8; 32]], files: &[(i64, Sha256)], what: &str) {
    let store = open(&Location::Folder(folder.to_owned()), 1);
    let found = store.verify(&[], &mut |_, _| {}).unwrap();
    assert_eq!(found.faults, vec![], "{what}");
    assert!(found.last >= answered, "{what}: event {answered} was answered, the journal ends at {}", found.last);
    let last = usize::try_from(found.last).unwrap();
    assert_eq!(found.events, found.last as u64, "{what}");
    assert!(last == 0 || hashes[last - 1] == found.hash.0, "{what}: event {last} is another than before");
    for &(number, file) in files.iter().filter(|(number, _)| *number <= found.last) {
        let bytes = store.read(move |s| reading::blob(s, file)).wait().unwrap();
        assert!(bytes.is_some(), "{what}: the file of event {number} is gone");
    }
    let rows = all(&store);
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(all(&store), rows, "{what}: a rebuild differs");
    assert!(store.submit(|tx| open_counter(tx, "afterwards")).wait().is_ok(), "{what}: no service");
}

/// The recording itself is put to the test: a database that does not sync its log at each commit is found out.
#[test]
fn a_database_that_does_not_sync_loses_what_it_answered() {
    let dir = tempfile::tempdir().unwrap();
    let recording = record(dir.path());
    let db = rusqlite::Connection::open(dir.path().join("lazy.sqlite")).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (n INTEGER)").unwrap();
    for n in 1..=50 {
        db.execute("INSERT INTO t VALUES (?1)", [n]).unwrap();
        recording.mark(n);
    }
    let lost = (0..20).filter(|&seed| {
        let after = tempfile::tempdir().unwrap();
        recording.cut(recording.len(), seed, after.path()).unwrap();
        let db = rusqlite::Connection::open(after.path().join("lazy.sqlite")).unwrap();
        // Lost with the table, or with some of its rows.
        db.query_row("SELECT max(n) FROM t", [], |r| r.get::<_, i64>(0)).map_or(true, |n| n < 50)
    });
    assert!(lost.count() > 5);
}

#[test]
fn the_folder_is_made_when_the_first_laboratory_opens_and_is_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().join("new/and/deep"));
    let store = open(&location, 3);
    assert_eq!(store.submit(|_| Ok::<_, StoreError>(7)).wait(), Ok(7));
    assert!(dir.path().join("new/and/deep/lab-3.sqlite").is_file());
    let rights = std::fs::metadata(dir.path().join("new/and/deep")).unwrap().permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&rights) & 0o777,
        0o700,
        "patients' data is nobody else's to read"
    );
}
