//! Whatever the pages ask for has words, and whatever has words is asked for.

mod coded;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use titer_lab::Counted;
use titer_shell::words::{Files, Words};

/// The sentences of every crate that brings any.
const FOLDERS: [Files; 2] = [titer_shell::words::ENGLISH, titer_web::ENGLISH];

/// The files below a folder, which is named from this crate's own.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(path: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    walk(&root, ending, &mut found);
    found
}

/// Every key, with its words as they are written.
fn defined() -> BTreeMap<String, String> {
    let mut defined: BTreeMap<String, String> = BTreeMap::new();
    let mut key = String::new();
    for line in FOLDERS.iter().copied().flatten().flat_map(|(_, text)| text.lines()) {
        match line.split_once(" =") {
            Some((begun, _)) if line.starts_with(|c: char| c.is_ascii_lowercase()) => key = begun.to_owned(),
            _ if !line.starts_with(' ') => continue,
            _ => {}
        }
        defined.entry(key.clone()).or_default().push_str(line);
    }
    defined
}

/// The arguments that a sentence asks for.
fn asks(words: &str) -> BTreeSet<String> {
    let name = |c: char| c.is_ascii_lowercase() || c == '_';
    words.split('$').skip(1).map(|rest| rest.chars().take_while(|c| name(*c)).collect()).collect()
}

/// Every quoted text in templates and sources, and those of them that stand where a key is asked for.
fn quoted() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut all = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut paths = [files("templates", ".html"), files("../shell/templates", ".html")].concat();
    for folder in ["src", "../shell/src", "../titer/src"] {
        paths.extend(files(folder, ".rs"));
    }
    for path in paths {
        let text = fs::read_to_string(path).unwrap();
        let parts: Vec<&str> = text.split('"').collect();
        for window in parts.windows(2) {
            let (before, quoted) = (window[0], window[1]);
            let shape = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if quoted.is_empty() || !quoted.chars().all(shape) {
                continue;
            }
            all.insert(quoted.to_owned());
            if [".t(", ".tell(", "Key("].iter().any(|asks| before.ends_with(asks)) {
                keys.insert(quoted.to_owned());
            }
        }
    }
    (all, keys)
}

#[test]
fn every_key_asked_for_is_defined() {
    let defined = defined();
    let missing: Vec<_> = quoted().1.into_iter().filter(|key| !defined.contains_key(key)).collect();
    assert!(missing.is_empty(), "no words for {missing:?}");
}

#[test]
fn every_key_defined_is_asked_for() {
    let (used, coded) = (quoted().0, coded::keys());
    let unused: Vec<_> = defined().into_keys().filter(|key| !used.contains(key) && !coded.contains_key(key)).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn every_code_of_the_rooms_has_words_for_what_comes_with_it() {
    let defined = defined();
    let wrong: Vec<_> = coded::keys()
        .into_iter()
        .filter(|(key, given)| defined.get(key).is_none_or(|words| !asks(words).is_subset(given)))
        .collect();
    assert!(wrong.is_empty(), "no words, or words that ask for more than these: {wrong:?}");
}

#[test]
fn counts_choose_the_plural_and_texts_are_inserted() {
    let words = Words::of("en-GB", &FOLDERS);
    assert_eq!(words.tell("review-marked", &[("count", &1_usize)]), "1 result marked");
    assert_eq!(words.tell("review-marked", &[("count", &3_usize)]), "3 results marked");
}

#[test]
fn a_count_that_ended_at_its_limit_says_so_wherever_it_stands() {
    let words = Words::of("en-GB", &FOLDERS);
    let said = |number, more| words.tell("review-waiting", &[("count", &words.amount(Counted { number, more }))]);
    assert_eq!(said(1, false), "1 result to review");
    assert_eq!(said(1_000, false), "1000 results to review");
    assert_eq!(said(1_000, true), "more than 1,000 results to review");
    assert_eq!(said(50, true), "more than 50 results to review");
    assert!(words.amount(Counted { number: 50, more: true }).exceeds(50));
    assert_eq!((Counted::up_to(50, 50), Counted::up_to(50, 51).more), (Counted::all(50), true));
}

#[test]
fn a_refusal_without_words_of_its_own_names_its_code() {
    let words = Words::of("en-GB", &FOLDERS);
    assert!(words.refusal("nowhere-odd", &[]).contains("nowhere-odd"));
    assert!(!words.refusal("specimens-unknown", &[("barcode", &"T1")]).contains('⟪'));
}
