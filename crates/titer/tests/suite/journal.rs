//! `titer journal verify` and `rebuild` as somebody types them.

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
