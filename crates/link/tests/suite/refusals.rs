//! Every refusal of the links and the inbox is met in their tests.

use std::{collections::BTreeSet, fs, path::Path};

/// What no test can bring about, each with its reason.
const BEYOND_REACH: &[&str] = &[
    // The dialects that come with the program can all be read, as a test proves.
    "links-dialect-unreadable",
];

fn text(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "rs") {
            found.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

#[test]
fn every_code_that_stands_in_the_source_stands_in_a_test() {
    let folders = [
        "src",
        "src/dialect",
        "src/filing",
        "src/filing/tests",
        "src/links",
        "src/inbox",
        "src/worklists",
        "tests/suite",
    ];
    let all: Vec<_> = folders.into_iter().flat_map(text).collect();
    let (tests, source): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(path, _)| path.ends_with("tests.rs") || path.contains("/tests/"));
    let mut refused = BTreeSet::new();
    for (_, text) in &source {
        for call in ["refuse(\"", ".reason(\"", "Refusal::new(\"", "const INCOMPLETE: &str = \""] {
            refused.extend(text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    assert!(refused.len() > 25, "{refused:?}");
    let stands =
        |code: &str| tests.iter().any(|(path, t)| !path.ends_with("refusals.rs") && t.contains(&format!("\"{code}\"")));
    let untested: Vec<_> = refused.iter().filter(|code| !stands(code)).collect();
    assert_eq!(untested, BEYOND_REACH.iter().collect::<Vec<_>>());
}
