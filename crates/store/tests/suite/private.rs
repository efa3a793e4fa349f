//! Password hashes and the key of the cookies are in these files: no other account of the machine may read them.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use titer_store::{Location, Store, StoreError, backup};

use crate::common::{open, open_counter, options, schema};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn write(store: &Store, name: &'static str) {
    store.submit(move |tx| open_counter(tx, name)).wait().unwrap();
}

/// The files of a folder that others may read.
fn readable(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| mode(file) & 0o077 != 0).map(|file| file.display().to_string()).collect()
}

#[test]
fn an_empty_folder_that_others_may_enter_is_closed_before_anything_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o755);
    fs::create_dir(folder.path().join("lost+found")).unwrap();
    set_mode(&folder.path().join("lost+found"), 0o700);
    let location = Location::Folder(folder.path().to_owned());
    let (house, lab) = (open(&location, 0), open(&location, 1));
    write(&lab, "a");
    assert_eq!(mode(folder.path()), 0o700);
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(files.len() >= 7, "both files with their log and index: {files:?}");
    assert_eq!(readable(folder.path()), [""; 0]);
    drop((house, lab));
}

#[test]
fn a_laboratory_that_others_could_read_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Folder(folder.path().to_owned());
    let other = open(&location, 1);
    write(&other, "a");
    // The log and its index stand, as after a crash: another process has them open.
    for file in fs::read_dir(folder.path()).unwrap() {
        set_mode(&file.unwrap().path(), 0o644);
    }
    set_mode(folder.path(), 0o755);
    assert_eq!(readable(folder.path()).len(), 3);
    let again = open(&location, 1);
    write(&again, "b");
    assert_eq!((mode(folder.path()), readable(folder.path())), (0o700, vec![]));
}

#[test]
fn a_folder_that_is_not_titers_alone_is_refused_and_left_as_it_is() {
    let refused = |folder: &Path| {
        let location = Location::Folder(folder.to_owned());
        let before = mode(folder);
        let Err(StoreError::File(why)) = Store::open(&location, 1, schema(), options(1)) else {
            panic!("it was opened")
        };
        assert!(why.contains("name a folder for Titer alone"), "{why}");
        assert_eq!(mode(folder), before);
        assert!(!folder.join("lab-1.sqlite").exists());
    };
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("letters.txt"), "").unwrap();
    set_mode(home.path(), 0o755);
    refused(home.path());
    let for_all = tempfile::tempdir().unwrap();
    set_mode(for_all.path(), 0o1777);
    refused(for_all.path());
}

#[test]
fn a_backup_and_what_is_restored_from_it_are_private() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Folder(folder.path().join("data"));
    let store = open(&location, 1);
    write(&store, "a");
    let file = folder.path().join("backup");
    backup::backup(&[store], &file, &mut |_| {}).unwrap();
    assert_eq!(mode(&file), 0o600);
    // Somebody copied it carelessly, into a folder made carelessly.
    set_mode(&file, 0o644);
    let restored = folder.path().join("restored");
    fs::create_dir(&restored).unwrap();
    set_mode(&restored, 0o755);
    backup::restore(&Location::Folder(restored.clone()), &schema(), &file, &mut |_| {}).unwrap();
    assert_eq!((mode(&restored), readable(&restored)), (0o700, vec![]));
}
