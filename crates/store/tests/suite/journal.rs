//! What every engine must do: journal, project, refuse, verify, rebuild, erase, back up, restore.

use crate::common::{Failure, all, count, open, open_counter, schema};
#[cfg(unix)]
use crate::postgres;
use titer_store::{Actor, Location, SigningKey, Store, StoreError, backup, reading};

/// An empty database of each engine that this machine has, and a folder for what else is written.
fn engines() -> Vec<(tempfile::TempDir, Location)> {
    let dir = || tempfile::tempdir().unwrap();
    let sqlite = dir();
    let location = Location::Folder(sqlite.path().join("data"));
    let mut engines = vec![(sqlite, location)];
    #[cfg(unix)]
    engines.extend(postgres::database().map(|url| (dir(), Location::Postgres(url))));
    engines
}

fn story(store: &Store) {
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    store.submit(|tx| open_counter(tx, "b")).wait().unwrap();
    for _ in 0..3 {
        store.submit(|tx| count(tx, "a")).wait().unwrap();
    }
    assert_eq!(store.submit(|tx| open_counter(tx, "a")).wait(), Err(Failure::Refused("exists")));
}

#[test]
fn a_refused_or_panicking_submission_leaves_nothing_and_harms_nobody() {
    for (_dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        let before = all(&store);
        let refused = store.submit(|tx| {
            count(tx, "a")?;
            Err::<(), _>(Failure::Refused("changed my mind"))
        });
        let panicking = store.submit(|tx| -> Result<(), Failure> {
            count(tx, "a")?;
            panic!("a mistake");
        });
        let neighbour = store.submit(|tx| count(tx, "b"));
        assert_eq!(refused.wait(), Err(Failure::Refused("changed my mind")));
        assert_eq!(panicking.wait(), Err(Failure::Store(StoreError::Panicked)));
        assert_eq!(neighbour.wait(), Ok(1));
        assert_eq!(all(&store)[0], before[0]);
        let nul = store.submit(|tx| open_counter(tx, "n\0l")).wait();
        assert_eq!(nul, Err(Failure::Store(StoreError::Nul)));
        let verification = store.verify(&[], &mut |_, _| {}).unwrap();
        assert_eq!((verification.events, verification.faults), (6, vec![]));
    }
}

#[test]
fn rebuilding_gives_the_same_rows_and_erasing_keeps_the_chain() {
    for (_dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        let before = all(&store);
        store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(all(&store), before);
        store.erase(Actor::Console, "the law asks it", vec![2], vec![]).unwrap();
        assert_eq!(all(&store).len(), 1, "counter b is gone with the event that opened it");
        assert_eq!(store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
        let erased = store.read(|s| reading::entries(s, 1, 1)).wait().unwrap();
        assert_eq!((&erased[0].body, &erased[0].why), (&None, &None));
    }
}

#[test]
fn a_backup_restores_into_an_equal_laboratory_whose_numbers_jump() {
    for (dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        let blob = store.submit(|tx| tx.put_blob(b"a report")).wait().unwrap();
        let file = dir.path().join("backup");
        backup::backup(std::slice::from_ref(&store), &file, &mut |_| {}).unwrap();
        let checkpoint = store.checkpoint(&SigningKey::from_bytes(&[7; 32])).unwrap();

        for (_dir, elsewhere) in engines() {
            let found = backup::restore(&elsewhere, &schema(), &file, &mut |_| {}).unwrap();
            assert_eq!(found.iter().map(|v| (v.lab, &*v.faults)).collect::<Vec<_>>(), [(1, &[][..])]);
            let restored = open(&elsewhere, 1);
            assert_eq!(all(&restored), all(&store));
            assert_eq!(
                restored.read(move |s| reading::blob(s, blob)).wait().unwrap().as_deref(),
                Some(&b"a report"[..])
            );
            let verification = restored.verify(std::slice::from_ref(&checkpoint), &mut |_, _| {}).unwrap();
            assert_eq!(verification.faults, vec![]);
            assert_eq!(restored.submit(|tx| count(tx, "a")).wait(), Ok(4));
            let last = restored.read(|s| reading::head(s)).wait().unwrap().number;
            assert!(last > titer_store::audit::RESTORE_JUMP);
            let again = backup::restore(&elsewhere, &schema(), &file, &mut |_| {});
            assert!(again.as_ref().is_err_and(|e| e.to_string().contains("holds a laboratory already")), "{again:?}");
        }
    }
}
