//! `titer restore` that is killed, and a first start that was cut off, as somebody meets them afterwards.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::Path,
    process::{Command, Output, Stdio},
};

use titer_lab::{
    Actor, HOUSE, LABORATORY, Laboratory,
    accounts::{Credential, commands::OpenAccount},
};
use titer_store::{Location, Options};

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_titer"));
    command.args(words).arg("--data").arg(folder).env("TMPDIR", env!("CARGO_TARGET_TMPDIR"));
    command
}

fn titer(folder: &Path, words: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = command(folder, words).output().unwrap();
    (status.success(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

fn open(folder: &Path, lab: i64) -> Laboratory {
    Laboratory::open(&Location::Folder(folder.to_owned()), lab, titer_link::schema(), Options::default()).unwrap()
}

/// Opens the account of the first administrator and gives it no role.
fn account(folder: &Path) {
    let open_account = OpenAccount {
        username: "admin".to_owned(),
        name: "First Administrator".to_owned(),
        credential: Credential::new("correct horse battery").unwrap(),
        one_time: true,
    };
    open(folder, HOUSE).submit(Actor::Console, None, move |tx| tx.run(open_account)).wait().unwrap();
}

/// Starts the program, and ends it when it says where it is: what it said until then.
fn served(folder: &Path) -> Vec<String> {
    served_with(folder, &["--units", "si"])
}

fn served_with(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut serve = command(folder, &["serve", "--listen", "127.0.0.1:0", "--zone", "UTC"]);
    serve.args(words);
    let mut running = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(running.stdout.take().unwrap()).lines() {
        said.push(line.unwrap());
        if said.last().is_some_and(|line| line.starts_with("Titer is at")) {
            break;
        }
    }
    running.kill().unwrap();
    running.wait().unwrap();
    said
}

#[test]
fn after_a_restore_that_was_killed_every_command_says_so_until_it_is_done_again() {
    let dir = tempfile::tempdir().unwrap();
    let (data, there) = (dir.path().join("data"), dir.path().join("there"));
    account(&data);
    drop(open(&data, LABORATORY));
    let file = dir.path().join("backup").display().to_string();
    let (well, said) = titer(&data, &["backup", &file]);
    assert!(well, "{said}");

    // The system kills it when a file grows above 64 blocks.
    let mut killed = Command::new("sh");
    killed.args(["-c", "ulimit -f 64; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_titer"), "restore", &file, "--data"]);
    let status = killed.arg(&there).output().unwrap().status;
    assert!(status.signal().is_some(), "{status:?}");
    let checkpoint = dir.path().join("checkpoint").display().to_string();
    let again = dir.path().join("again").display().to_string();
    for words in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["demo", "--listen", "127.0.0.1:0"],
        &["user", "list"],
        &["link", "list"],
        &["inbox", "list"],
        &["journal", "verify"],
        &["journal", "verify", "--quick"],
        &["journal", "rebuild"],
        &["journal", "prepare"],
        &["journal", "checkpoint", &checkpoint],
        &["backup", &again],
    ] {
        let (well, said) = titer(&there, words);
        let told = ["has not ended", "run `titer restore` into it again"];
        assert!(!well && told.iter().all(|t| said.contains(t)), "{words:?}: {said}");
    }
    assert!(!there.join("house.sqlite").exists() && !there.join("lab-1.sqlite").exists());
    let (well, said) = titer(&there, &["restore", &file]);
    assert!(well && said.contains("Restored: Accounts, Laboratory 1."), "{said}");
    let (well, said) = titer(&there, &["user", "list"]);
    assert!(well && said.contains("First Administrator"), "{said}");
    let (well, said) = titer(&there, &["restore", &file]);
    assert!(!well && said.contains("holds a laboratory already"), "{said}");
}

/// Whatever is wrong with the file: nobody is given an empty laboratory in place of the old one.
#[test]
fn after_a_backup_that_cannot_be_read_no_laboratory_starts_until_one_is_restored_or_a_new_one_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    account(&data);
    drop(open(&data, LABORATORY));
    let file = dir.path().join("backup");
    let (well, said) = titer(&data, &["backup", file.to_str().unwrap()]);
    assert!(well, "{said}");
    let (bytes, cut) = (fs::read(&file).unwrap(), dir.path().join("cut"));
    for (number, length) in [0, 1, 20, 1_000, bytes.len() / 2].into_iter().enumerate() {
        fs::write(&cut, &bytes[..length]).unwrap();
        let there = dir.path().join(format!("there-{number}"));
        if number % 2 == 0 {
            fs::create_dir(&there).unwrap();
        }
        let (well, said) = titer(&there, &["restore", cut.to_str().unwrap()]);
        let told = ["use another backup", "no laboratory opens there until a restore succeeds", "`titer serve --new`"];
        assert!(!well && told.iter().all(|t| said.contains(t)), "{length}: {said}");
        assert!(!said.contains("no such table") && !said.contains("restore a backup"), "{length}: {said}");
        for words in
            [&["serve", "--listen", "127.0.0.1:0"][..], &["demo", "--listen", "127.0.0.1:0"], &["user", "list"]]
        {
            let (well, said) = titer(&there, words);
            let told = ["has not ended", "run `titer restore` into it again", "run `titer serve --new`"];
            assert!(!well && told.iter().all(|t| said.contains(t)), "{length} {words:?}: {said}");
        }
        assert!(!there.join("house.sqlite").exists() && !there.join("lab-1.sqlite").exists());
        let said = served_with(&there, &["--new"]);
        assert!(said[0].starts_with("A new laboratory."), "{length}: {said:?}");
    }
    // Where a laboratory stands, neither a restore nor `--new` changes anything.
    for words in [&["restore", cut.to_str().unwrap()][..], &["serve", "--new", "--listen", "127.0.0.1:0"]] {
        let (well, said) = titer(&data, words);
        assert!(!well && said.contains("holds a laboratory already"), "{words:?}: {said}");
        assert!(!said.contains("until a restore succeeds"), "{words:?}: {said}");
    }
    let (well, said) = titer(&data, &["user", "list"]);
    assert!(well && said.contains("First Administrator"), "{said}");
}

/// A write that the system refuses is no end of the program: it says so, and gives back the room that it took.
#[test]
fn a_restore_and_a_backup_for_which_there_is_no_room_leave_neither_a_laboratory_nor_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let (data, there) = (dir.path().join("data"), dir.path().join("there"));
    account(&data);
    drop(open(&data, LABORATORY));
    let file = dir.path().join("backup").display().to_string();
    let without_room = |blocks: u32, words: &[&str], folder: &Path| {
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_titer")]).args(words).arg("--data").arg(folder);
        assert_eq!(command.output().unwrap().status.code(), Some(1), "{words:?}");
    };
    without_room(8, &["backup", &file], &data);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "only the laboratory is there");
    let (well, said) = titer(&data, &["backup", &file]);
    assert!(well, "{said}");
    without_room(64, &["restore", &file], &there);
    let (well, said) = titer(&there, &["user", "list"]);
    assert!(!well && said.contains("has not ended"), "{said}");
    let left = fs::read_dir(there.join("restore.part")).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["lock"]);
    let (well, said) = titer(&there, &["restore", &file]);
    assert!(well, "{said}");
}

/// The account is there, and its roles are not: nobody could ever administer the laboratory.
#[test]
fn a_first_start_that_was_cut_off_between_account_and_roles_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    account(dir.path());
    let said = served(dir.path());
    assert!(said[0].starts_with("A new laboratory. Its first administrator signs in once as  admin"), "{said:?}");
    let (well, listed) = titer(dir.path(), &["user", "list"]);
    assert!(well && listed.contains("administrator, director"), "{listed}");
    assert!(served(dir.path())[0].starts_with("Titer is at"), "once");
}

/// A laboratory that has a name is set up: it would never get a catalogue.
#[test]
fn a_new_laboratory_gets_its_catalogue_before_its_name() {
    let dir = tempfile::tempdir().unwrap();
    served(dir.path());
    let lab = open(dir.path(), LABORATORY);
    let first = lab.read(|s| Ok(titer_store::reading::headers(s, 0, 100)?)).wait().unwrap();
    let kinds: Vec<_> = first.iter().map(|h| h.kind.as_str()).collect();
    let described = kinds.iter().position(|kind| *kind == "sites.described").unwrap();
    assert!(described > 0 && kinds[..described].iter().all(|kind| kind.starts_with("catalog.")), "{kinds:?}");
    assert!(!kinds[described..].iter().any(|kind| kind.starts_with("catalog.")), "{kinds:?}");
}

/// Killed at any moment: the folder says so, or there is nothing in it.
#[test]
fn a_restore_that_is_killed_at_once_leaves_a_mark_or_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    account(&data);
    drop(open(&data, LABORATORY));
    let file = dir.path().join("backup").display().to_string();
    let (well, said) = titer(&data, &["backup", &file]);
    assert!(well, "{said}");
    let mut marked = 0;
    for number in 0..40 {
        let there = dir.path().join(format!("there-{number}"));
        let mut restoring = command(&there, &["restore", &file]);
        let mut restoring = restoring.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(number));
        restoring.kill().unwrap();
        if restoring.wait().unwrap().success() {
            break;
        }
        let left: Vec<_> = fs::read_dir(&there).map_or(Vec::new(), |all| all.map(|f| f.unwrap().file_name()).collect());
        if there.join("restore.part").exists() {
            marked += 1;
            let (well, said) = titer(&there, &["user", "list"]);
            assert!(!well && said.contains("has not ended"), "{number} ms: {said}");
        } else {
            // It may have come to its end just before.
            assert!(left.is_empty() || there.join("house.sqlite").exists(), "{number} ms: {left:?}");
        }
    }
    println!("{marked} with a mark");
}

#[test]
fn while_another_restore_runs_a_second_one_says_just_that() {
    let dir = tempfile::tempdir().unwrap();
    let (data, there) = (dir.path().join("data"), dir.path().join("there"));
    account(&data);
    drop(open(&data, LABORATORY));
    let file = dir.path().join("backup").display().to_string();
    let (well, said) = titer(&data, &["backup", &file]);
    assert!(well, "{said}");
    fs::create_dir_all(there.join("restore.part")).unwrap();
    for folder in [there.clone(), there.join("restore.part")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let lock = fs::File::create(there.join("restore.part/lock")).unwrap();
    lock.lock().unwrap();
    let (well, said) = titer(&there, &["restore", &file]);
    assert!(!well && said.contains("another restore into this folder or database is running"), "{said}");
    assert!(!said.contains("no laboratory opens there"), "{said}");
    drop(lock);
    let (well, said) = titer(&there, &["restore", &file]);
    assert!(well, "{said}");
}
