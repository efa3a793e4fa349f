//! A copy that nobody may write to can be verified: evidence is handed on like that.

use std::{
    fs,
    os::unix::{
        fs::PermissionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    common::{self, open, open_counter},
    postgres::unprivileged,
};
use rusqlite::Connection;
use titer_store::{
    Location,
    audit::{self, Asked},
};

/// Names the copies, one a line, to the same program under an account that is not root, who may write everywhere.
const COPIES: &str = "TITER_TEST_COPIES";

/// A folder of which nobody may change anything, with these files of `from`.
fn copy(from: &Path, to: &Path, endings: &[&str]) -> PathBuf {
    fs::create_dir(to).unwrap();
    for ending in endings {
        let name = format!("lab-1.sqlite{ending}");
        fs::copy(from.join(&name), to.join(&name)).unwrap();
        fs::set_permissions(to.join(&name), fs::Permissions::from_mode(0o444)).unwrap();
    }
    fs::set_permissions(to, fs::Permissions::from_mode(0o555)).unwrap();
    to.to_owned()
}

#[test]
fn a_read_only_copy_is_verified_with_what_stands_in_its_log() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let data = dir.path().join("data");
    let store = open(&Location::Folder(data.clone()), 1);
    for i in 0..20 {
        store.submit(move |tx| open_counter(tx, &format!("n{i}"))).wait().unwrap();
    }
    let mut copies = vec![copy(&data, &dir.path().join("open"), &["", "-wal"])];
    drop(store);
    copies.push(copy(&data, &dir.path().join("closed"), &[""]));
    Connection::open(data.join("lab-1.sqlite"))
        .unwrap()
        .execute("UPDATE counters SET count = 9 WHERE name = 'n7'", [])
        .unwrap();
    copies.push(copy(&data, &dir.path().join("altered"), &[""]));
    let copies = copies.iter().map(|c| c.to_str().unwrap()).collect::<Vec<_>>().join("\n");
    let Some((user, group)) = unprivileged() else { return verify(&copies) };
    // It may not reach where this program stands.
    let program = dir.path().join("tests");
    fs::hard_link(std::env::current_exe().unwrap(), &program)
        .or_else(|_| fs::copy(std::env::current_exe().unwrap(), &program).map(|_| ()))
        .unwrap();
    let mut other = Command::new(program);
    other.args(["--exact", "read_only::as_another_account", "--nocapture"]).env(COPIES, copies).uid(user).gid(group);
    let done = other.current_dir("/").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{:?} {said}", done.status.signal());
}

/// What the test above asks of another account; nothing by itself.
#[test]
fn as_another_account() {
    if let Ok(copies) = std::env::var(COPIES) {
        verify(&copies);
    }
}

fn verify(copies: &str) {
    for folder in copies.lines() {
        let folder = Path::new(folder);
        assert!(fs::write(folder.join("new"), "").is_err(), "the folder is read-only");
        let names = || fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name()).collect::<Vec<_>>();
        let before = names();
        for quick in [false, true] {
            let asked = Asked { quick, ..Asked::default() };
            let location = Location::Folder(folder.to_owned());
            let found = audit::verify(&location, 1, &common::schema(), &asked, &mut |_, _| {}).unwrap();
            assert_eq!((found.events, found.last), (20, 20), "{folder:?}");
            let differ = usize::from(folder.ends_with("altered") && !quick);
            assert_eq!(found.faults.len(), differ, "{folder:?}: {found:?}");
        }
        assert_eq!(names(), before, "nothing was left beside it");
    }
}
