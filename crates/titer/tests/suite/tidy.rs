//! The house rules that a machine can check, over every text file of the project.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{floors, link_floors};

/// Folders that hold no source of ours: named by `.gitignore`, or the repository's own.
const NOT_OURS: &[&str] = &[".git", "data", "e2e/shots", "fuzz/artifacts", "fuzz/corpus", "fuzz/target", "target"];

/// What is read: everything that people write here.
const EXTENSIONS: &[&str] = &["css", "ftl", "html", "js", "md", "rs", "toml"];

/// The floor of each crate: a crate may use only crates on floors below it.
const FLOORS: &[(&str, u8)] = &[
    ("titer", 6),
    ("titer-web", 5),
    ("titer-shell", 4),
    ("titer-days", 3),
    ("titer-learn", 3),
    ("titer-link", 2),
    ("titer-report", 2),
    ("titer-lab", 1),
    ("titer-sim", 1),
    ("titer-chart", 0),
    ("titer-science", 0),
    ("titer-store", 0),
    ("titer-wire", 0),
];

/// Crates of pages: none of them may bring the typesetter with it, or nobody would wait a few seconds only for a changed page.
const PAGES: &[&str] = &["titer-shell", "titer-web"];
const TYPESETTER: &str = "titer-report";

const RUST_LINES_MAX: usize = 700;
/// Rust files that may be longer, each with its reason.
const LONG_RUST: &[(&str, &str)] =
    &[("crates/web/examples/gallery/samples.rs", "one invented laboratory, filled in for every page of the gallery")];

/// What every page loads, in all.
const SCRIPT_LINES_MAX: usize = 1_500;
/// A bench's own module.
const MODULE_LINES_MAX: usize = 400;
/// Where what every page loads is.
const EVERY_PAGE: &str = "crates/shell/assets/";
const PAGE_BYTES_MAX: usize = 60 * 1024;
const README_LINES_MAX: usize = 80;

/// Module names that say nothing about the laboratory.
const EMPTY_NAMES: &[&str] = &["helper", "helpers", "manager", "util", "utils"];

struct Source {
    /// From the root of the project, with `/` between folders.
    path: String,
    text: String,
}

impl Source {
    fn is(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, e)| e == extension)
    }

    /// Whether the whole file is test code: its folder or its name says so.
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        ["/tests/", "/benches/", "/examples/", "/fuzz_targets/"].iter().any(|folder| self.path.contains(folder))
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split('\n').enumerate().map(|(n, line)| (n + 1, line))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources() -> Vec<Source> {
    let (root, mut found) = (root(), Vec::new());
    walk(&root, &root, &mut found);
    assert!(found.len() > 20, "the project was not found at {}", root.display());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry").path();
        let path = entry.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        if entry.is_dir() {
            if !NOT_OURS.contains(&path.as_str()) && !path.ends_with("node_modules") {
                walk(root, &entry, found);
            }
        } else if EXTENSIONS.iter().any(|e| path.ends_with(&format!(".{e}"))) {
            let text = fs::read_to_string(&entry).unwrap_or_else(|e| panic!("{path}: {e}"));
            found.push(Source { path, text });
        }
    }
}

/// Fails with one line for each fault.
fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn text_is_clean() {
    let mut faults = Vec::new();
    for source in sources() {
        for (n, line) in source.lines() {
            if line.contains('\t') {
                faults.push(format!("{}:{n}: a tab", source.path));
            }
            if line.ends_with([' ', '\r']) {
                faults.push(format!("{}:{n}: space at the end of the line", source.path));
            }
        }
        if !source.text.is_empty() && !source.text.ends_with('\n') {
            faults.push(format!("{}: no line end at the end of the file", source.path));
        }
    }
    assert_none(faults);
}

#[test]
fn nothing_is_left_unfinished_or_bound_to_one_machine() {
    // Written in halves, so that this file passes its own test.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let parts = [
        concat!("//crates", ".io"),
        concat!(".crates", ".io"),
        concat!("registry.", "npmjs"),
        concat!("pypi", ".org"),
        concat!("deb.", "debian"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
    ];
    let mut faults = Vec::new();
    for source in sources() {
        for (n, line) in source.lines() {
            let mut in_line = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if let Some(word) = in_line.find(|word| words.contains(word)) {
                faults.push(format!("{}:{n}: {word}", source.path));
            }
            if let Some(part) = parts.iter().find(|part| line.contains(**part)) {
                faults.push(format!("{}:{n}: names {part}", source.path));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn a_rust_file_tells_one_story() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| s.is("rs")) {
        let (lines, listed) = (source.text.lines().count(), LONG_RUST.iter().any(|(path, _)| *path == source.path));
        if lines > RUST_LINES_MAX && !listed {
            faults.push(format!("{}: {lines} lines: split it", source.path));
        }
        if lines <= RUST_LINES_MAX && listed {
            faults.push(format!("{}: no longer long: take it off LONG_RUST", source.path));
        }
    }
    assert_none(faults);
}

#[test]
fn every_unwrap_outside_tests_has_its_reason_beside_it() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| s.is("rs") && !s.is_test()) {
        for n in unexplained(&source.text) {
            faults.push(format!("{}:{n}: say in a comment why this cannot fail", source.path));
        }
    }
    assert_none(faults);
}

#[test]
fn the_search_for_unwraps_knows_comments_and_tests() {
    for (code, expected) in [
        ("a.unwrap();\n", vec![1]),
        ("a.expect(\"b\");\n", vec![1]),
        ("a.unwrap(); // Checked above.\n", vec![]),
        ("// Checked above.\na.unwrap();\n", vec![]),
        ("/// a.unwrap()\nfn a() {}\n", vec![]),
        ("a.unwrap_or_default();\n", vec![]),
        ("let a = \"//\";\na.unwrap();\n", vec![2]),
        ("let a = b(\"http://c\").unwrap();\n", vec![1]),
        ("#[cfg(test)]\nmod tests;\na.unwrap();\n", vec![3]),
        ("#[cfg(test)]\nmod tests {\n    fn a() {\n        a.unwrap();\n    }\n}\nb.unwrap();\n", vec![7]),
    ] {
        assert_eq!(unexplained(code), expected, "{code}");
    }
}

/// Lines of code outside tests that may panic and have no comment on them or on the line before. Relies on rustfmt: a block ends
/// at a brace as far in as its beginning.
fn unexplained(code: &str) -> Vec<usize> {
    let lines: Vec<&str> = code.lines().collect();
    let (mut found, mut n) = (Vec::new(), 0);
    while n < lines.len() {
        let line = lines[n];
        if line.trim() == "#[cfg(test)]" {
            n = after_item(&lines, n);
            continue;
        }
        let may_panic = line.contains(".unwrap()") || line.contains(".expect(");
        let before = n.checked_sub(1).map_or("", |m| lines[m]);
        if may_panic
            && !line.trim_start().starts_with("//")
            && !line.contains(" // ")
            && !before.trim_start().starts_with("//")
        {
            found.push(n + 1);
        }
        n += 1;
    }
    found
}

/// The line after the item that the attribute on line `n` belongs to.
fn after_item(lines: &[&str], n: usize) -> usize {
    let indent = lines[n].len() - lines[n].trim_start().len();
    let is_end = |line: &&str| {
        let own = line.len() - line.trim_start().len() == indent;
        own && (line.ends_with(';') || line.ends_with('}'))
    };
    lines[n..].iter().position(is_end).map_or(lines.len(), |end| n + end + 1)
}

#[test]
fn modules_are_named_after_the_laboratory() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| s.is("rs")) {
        let names = source.path.trim_end_matches(".rs").split('/');
        if let Some(name) = names.into_iter().find(|name| is_empty_name(name)) {
            faults.push(format!("{}: what is a {name}?", source.path));
        }
        for (n, line) in source.lines() {
            let line = line.trim_start();
            let item = line.strip_prefix("pub ").unwrap_or(line);
            if let Some(name) = item.strip_prefix("mod ")
                && is_empty_name(name.trim_end_matches([';', '{', '}', ' ']))
            {
                faults.push(format!("{}:{n}: {line}", source.path));
            }
        }
    }
    assert_none(faults);
}

fn is_empty_name(name: &str) -> bool {
    name.split('_').any(|word| EMPTY_NAMES.contains(&word))
}

#[test]
fn crates_depend_only_on_floors_below_them() {
    let floor = |name: &str| FLOORS.iter().find(|(n, _)| *n == name).map(|(_, f)| *f);
    let mut faults = Vec::new();
    for source in sources() {
        if !(source.path.starts_with("crates/") && source.path.ends_with("/Cargo.toml")) {
            continue;
        }
        let manifest: toml::Table = source.text.parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap();
        let Some(own) = floor(name) else {
            faults.push(format!("{}: {name} has no floor", source.path));
            continue;
        };
        if manifest.get("lints").is_none() {
            faults.push(format!("{}: lacks the workspace's lints", source.path));
        }
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let used = manifest.get(table).and_then(toml::Value::as_table);
            for used in used.into_iter().flat_map(toml::Table::keys) {
                let ours = used == "titer" || used.starts_with("titer-");
                let typesets = used == TYPESETTER && PAGES.contains(&name);
                if typesets || ours && floor(used).is_none_or(|f| f >= own) {
                    faults.push(format!("{}: {name} may not use {used}", source.path));
                }
            }
        }
    }
    assert_none(faults);
}

#[test]
fn rooms_use_only_rooms_on_floors_below_them() {
    let (sources, mut faults) = (sources(), Vec::new());
    for (rooms, folder) in [(floors::lab(), "crates/lab/src/"), (link_floors::link(), "crates/link/src/")] {
        let mut seen = vec![false; rooms.len()];
        for source in sources.iter().filter(|s| s.is("rs") && !s.is_test()) {
            let Some(own) = floors::floor(&rooms, &source.path) else {
                // What is not a room is a file of its own beside them.
                if source.path.strip_prefix(folder).is_some_and(|rest| rest.ends_with("/mod.rs")) {
                    faults.push(format!("{}: this room has no floor", source.path));
                }
                continue;
            };
            seen[own] = true;
            for used in floors::upward(&rooms, own, &source.text) {
                faults.push(format!("{}: may not use {used}", source.path));
            }
        }
        assert!(seen.iter().all(|seen| *seen), "a room has no file");
    }
    assert_none(faults);
}

#[test]
fn pages_stay_small() {
    let (mut faults, mut script) = (Vec::new(), 0);
    for source in sources().iter().filter(|s| s.path.starts_with("crates/")) {
        let lines = source.text.lines().count();
        if source.is("js") && source.path.starts_with(EVERY_PAGE) {
            script += lines;
        } else if source.is("js") && lines > MODULE_LINES_MAX {
            faults.push(format!("{}: {lines} lines of JavaScript, at most {MODULE_LINES_MAX}", source.path));
        }
        if source.is("html") && source.text.len() > PAGE_BYTES_MAX {
            faults.push(format!("{}: {} bytes", source.path, source.text.len()));
        }
    }
    if script > SCRIPT_LINES_MAX {
        faults.push(format!("{script} lines of JavaScript on every page, at most {SCRIPT_LINES_MAX}"));
    }
    assert_none(faults);
}

#[test]
fn the_readme_is_short() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README.md at the root");
    let lines = readme.lines().count();
    assert!(lines <= README_LINES_MAX, "{lines} lines, at most {README_LINES_MAX}");
}
