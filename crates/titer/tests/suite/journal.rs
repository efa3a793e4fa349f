//! `titer journal verify`, `rebuild` and `prepare` as somebody types them.

use std::{
    path::Path,
    process::{Command, Output},
};

use titer_lab::{Actor, HOUSE, LABORATORY, Laboratory, sites::commands::DescribeSite};
use titer_store::{Location, Options};

/// A house, and a laboratory that has a name.
fn laboratory(folder: &Path) {
    let location = Location::Folder(folder.to_owned());
    let open = |lab| Laboratory::open(&location, lab, titer_link::schema(), Options::default()).unwrap();
    let (_house, lab) = (open(HOUSE), open(LABORATORY));
    let described = DescribeSite {
        name: "Right name".to_owned(),
        address: String::new(),
        accreditation: String::new(),
        director: String::new(),
        zone: "UTC".to_owned(),
        demonstration: false,
    };
    lab.submit(Actor::Console, None, move |tx| tx.run(described)).wait().unwrap();
}

/// Whether it went well, and what it said.
fn titer(folder: &Path, words: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_titer"));
    command.arg("--data").arg(folder).args(words).env("TMPDIR", env!("CARGO_TARGET_TMPDIR"));
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

#[test]
fn a_row_that_was_changed_behind_the_journal_is_named_and_mended_with_a_word() {
    let dir = tempfile::tempdir().unwrap();
    let (data, scratch) = (dir.path().join("data"), dir.path().join("scratch"));
    std::fs::create_dir(&scratch).unwrap();
    laboratory(&data);
    let in_scratch = ["journal", "verify", "--scratch", scratch.to_str().unwrap()];
    let (well, said) = titer(&data, &in_scratch);
    assert!(well && said.contains("1 rows compared with the journal"), "{said}");

    let raw = rusqlite::Connection::open(data.join("lab-1.sqlite")).unwrap();
    assert_eq!(raw.execute("UPDATE sites SET name = 'Wrong name'", []).unwrap(), 1);
    drop(raw);
    let named = "sites 1: not as the journal gives the row: name differs";
    let (well, said) = titer(&data, &in_scratch);
    assert!(!well && said.contains(named) && !said.contains("Wrong name"), "{said}");
    let (well, said) = titer(&data, &["journal", "verify", "--quick"]);
    assert!(well && said.contains("tables not compared with the journal"), "{said}");
    let (well, said) = titer(&data, &["journal", "verify", "--json"]);
    let lines: Vec<serde_json::Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(!well, "{said}");
    assert_eq!(lines[1]["faults"][0]["row"], serde_json::json!({ "table": "sites", "key": "1" }));

    let (well, said) = titer(&data, &["journal", "rebuild"]);
    assert!(well && said.contains("1 differed") && said.contains(named), "{said}");
    let (well, said) = titer(&data, &in_scratch);
    assert!(well, "{said}");
}

fn raw(folder: &Path, file: &str) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join(file)).unwrap()
}

/// The names that the laboratory bears in the table that is used, and in the one that is built beside.
fn names(folder: &Path) -> [Option<String>; 2] {
    let raw = raw(folder, "lab-1.sqlite");
    ["sites", "sites__next"].map(|t| raw.query_row(&format!("SELECT name FROM {t}"), [], |row| row.get(0)).ok())
}

#[test]
fn a_damaged_journal_is_not_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    laboratory(dir.path());
    let damage = "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'Right', 'Wrong') AS BLOB)";
    assert_eq!(raw(dir.path(), "lab-1.sqlite").execute(damage, []).unwrap(), 1);
    let (well, said) = titer(dir.path(), &["journal", "verify"]);
    assert!(!well && said.contains("event 1: the event was altered"), "{said}");
    let (well, said) = titer(dir.path(), &["journal", "rebuild"]);
    let told = ["laboratory 1", "event 1: the event was altered", "nothing was rebuilt", "restore a backup"];
    assert!(!well && told.iter().all(|t| said.contains(t)), "{said}");
    assert_eq!(names(dir.path()), [Some("Right name".to_owned()), None]);
}

/// Neither is rebuilt if one cannot be.
#[test]
fn if_the_journal_of_the_house_is_damaged_the_laboratory_is_not_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    laboratory(dir.path());
    raw(dir.path(), "house.sqlite").execute("UPDATE journal_head SET number = 4", []).unwrap();
    raw(dir.path(), "lab-1.sqlite").execute("UPDATE sites SET name = 'Wrong name'", []).unwrap();
    let (well, said) = titer(dir.path(), &["journal", "rebuild"]);
    assert!(
        !well && said.contains("the journal of the accounts") && said.contains("events 1 to 4 are missing"),
        "{said}"
    );
    assert_eq!(names(dir.path())[0].as_deref(), Some("Wrong name"));
}

/// Files that are gone change no row. Whoever rebuilds is told of them, or takes the laboratory for a whole one.
#[test]
fn a_rebuild_says_which_files_it_cannot_bring_back() {
    let dir = tempfile::tempdir().unwrap();
    laboratory(dir.path());
    let add = ["link", "add", "--name", "c111", "--listen", "127.0.0.1:0", "--dialect", "cobas-c111"];
    let (well, said) = titer(dir.path(), &add);
    assert!(well, "{said}");
    let location = Location::Folder(dir.path().to_owned());
    let lab = Laboratory::open(&location, LABORATORY, titer_link::schema(), Options::default()).unwrap();
    let link = lab.read(|s| Ok(titer_link::links::views::links(s)?)).wait().unwrap().remove(0).id;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for message in [&b"H|\\^&\rL|1|N\r"[..], b"rubbish"] {
        let filing = titer_link::filing::Filing::new(lab.clone(), link);
        runtime.block_on(filing.receive(message.to_vec())).unwrap();
    }
    drop(lab);
    let (well, said) = titer(dir.path(), &["journal", "rebuild"]);
    assert!(well && !said.contains("not put right"), "{said}");

    let gone = raw(dir.path(), "lab-1.sqlite").execute("DELETE FROM event_files", []).unwrap();
    assert_eq!(gone, 2);
    let (well, verified) = titer(dir.path(), &["journal", "verify"]);
    let faults: Vec<&str> = verified.lines().filter(|line| line.contains("the event's file")).collect();
    assert!(!well && faults.len() == 2, "{verified}");
    let (well, said) = titer(dir.path(), &["journal", "rebuild"]);
    let told = ["0 differed", "not put right by a rebuild", "restore a backup that has them"];
    assert!(!well && told.iter().chain(&faults).all(|told| said.contains(told)), "{said}");
    let (well, said) = titer(dir.path(), &["journal", "rebuild", "--json"]);
    let lines: Vec<serde_json::Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(!well && lines.len() == 2, "{said}");
    assert_eq!((lines[0]["lab"].as_i64(), lines[0]["faults"].as_array().unwrap().len()), (Some(1), 2), "{said}");
    // A file that belongs to no event is said as well.
    let older = "INSERT INTO event_files (number, lab, bytes) VALUES (1, 1, x'00')";
    assert_eq!(raw(dir.path(), "lab-1.sqlite").execute(older, []).unwrap(), 1);
    let (well, said) = titer(dir.path(), &["journal", "rebuild"]);
    assert!(!well && said.contains("the event names no file, and a file is there"), "{said}");
}

#[test]
fn what_an_update_rebuilds_is_built_beside_and_taken_over_when_the_laboratory_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let prepare = |folder: &Path| titer(folder, &["journal", "prepare"]);
    let (well, said) = prepare(&dir.path().join("none"));
    assert!(!well && said.contains("there is no laboratory"), "{said}");
    let data = dir.path().join("data");
    laboratory(&data);
    let (well, said) = prepare(&data);
    assert!(well && said.contains("Start the new program"), "{said}");
    assert_eq!(names(&data), [Some("Right name".to_owned()), None], "nothing was to be rebuilt");

    // As if an older program had made the table in another shape, with other rows.
    let older = "UPDATE sites SET name = 'Old name'; \
        UPDATE store_notes SET value = replace(value, 'director', 'chief') WHERE name = 'table:sites'";
    raw(&data, "lab-1.sqlite").execute_batch(older).unwrap();
    for _ in 0..2 {
        let (well, said) = prepare(&data);
        assert!(well && said.contains("Start the new program"), "{said}");
        assert_eq!(names(&data), ["Old name", "Right name"].map(|name| Some(name.to_owned())));
    }
    let (well, said) = titer(&data, &["link", "list"]);
    assert!(well, "{said}");
    assert_eq!(names(&data), [Some("Right name".to_owned()), None]);
    let (well, said) = titer(&data, &["journal", "verify"]);
    assert!(well, "{said}");
}

#[test]
fn what_an_update_rebuilds_is_not_built_from_an_altered_event() {
    let dir = tempfile::tempdir().unwrap();
    laboratory(dir.path());
    let damage = "UPDATE journal SET at = at + 1; UPDATE store_notes SET value = 'other' WHERE name = 'table:sites'";
    raw(dir.path(), "lab-1.sqlite").execute_batch(damage).unwrap();
    for words in [&["journal", "prepare"][..], &["link", "list"], &["journal", "rebuild"]] {
        let (well, said) = titer(dir.path(), words);
        assert!(
            !well && said.contains("event 1 was altered") && said.contains("restore a backup"),
            "{words:?}: {said}"
        );
        assert_eq!(names(dir.path())[0].as_deref(), Some("Right name"));
    }
}
