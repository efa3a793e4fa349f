//! Every refusal of the laboratory is met in the tests of a room.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What no test can bring about, each with its reason.
const BEYOND_REACH: &[&str] = &[
    // The hash of a password fails only when the operating system gives no randomness.
    "accounts-password-unusable",
    // Only persons are granted the actions whose commands ask for one.
    "people-not-a-person",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn every_code_that_the_rooms_refuse_with_stands_in_their_tests() {
    let (mut refused, mut tested) = (BTreeSet::new(), String::new());
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        if path.ends_with("tests.rs") || path.parent().is_some_and(|folder| folder.ends_with("tests")) {
            tested.push_str(&text);
            continue;
        }
        for call in ["refuse(\"", "Refusal::new(\"", "reason(\""] {
            refused.extend(text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    assert!(refused.len() > 50, "{refused:?}");
    let untested: Vec<_> = refused.iter().filter(|code| !tested.contains(&format!("\"{code}\""))).collect();
    assert_eq!(untested, BEYOND_REACH.iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
}
