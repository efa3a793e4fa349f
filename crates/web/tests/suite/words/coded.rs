//! Which keys the codes of the laboratory's rooms lead to, for the tests: a refusal, a hold or an event without a sentence would be
//! found by a patient's side otherwise. Codes that stand in a list come from it; the others from the sources of the rooms.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use titer_lab::catalog::starter;
use titer_lab::orders::Priority;
use titer_lab::patients::AgeBand;
use titer_lab::reports::outcome::DISCARDED;
use titer_lab::specimens::REJECTION_REASONS;
use titer_lab::{Action, CodeKeys, Role};
use titer_link::dialect::OrderAction;
use titer_link::inbox::KeptReason;
use titer_link::worklists::NoOrderReason;
use titer_science::Sex;

use super::files;

/// Keys, each with the arguments that come along wherever the code is said.
pub type Keys = BTreeMap<String, BTreeSet<String>>;

/// Every key that a code leads to.
pub fn keys() -> Keys {
    let rooms: Vec<String> = ["../lab/src", "../link/src"].into_iter().flat_map(sources).collect();
    let mut keys = Keys::new();
    for text in &rooms {
        refusals(text, &mut keys);
        fields(text, &mut keys);
        holds(text, &mut keys);
    }
    for text in rooms.iter().chain(&sources("../store/src")) {
        events(text, &mut keys);
    }
    listed(&mut keys);
    keys.extend(CodeKeys::all().map(|key| (key.to_owned(), BTreeSet::new())));
    keys
}

fn sources(folder: &str) -> Vec<String> {
    let files = files(folder, ".rs")
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs") && !path.to_string_lossy().contains("/tests/"));
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn listed(keys: &mut Keys) {
    let mut list = |what: &str, codes: &[&str]| {
        keys.extend(codes.iter().map(|code| (format!("{what}-{code}"), BTreeSet::new())));
    };
    let entries = starter::starter().unwrap();
    list("role", &Role::ALL.iter().map(|r| r.code()).collect::<Vec<_>>());
    list("action", &Action::all().map(Action::code).collect::<Vec<_>>());
    list("sex", &[Sex::Female, Sex::Male, Sex::Other, Sex::Unknown].map(Sex::code));
    list("age-band", &AgeBand::ALL.iter().map(|b| b.code()).collect::<Vec<_>>());
    list("priority", &Priority::ALL.iter().map(|p| p.code()).collect::<Vec<_>>());
    list("kept", &KeptReason::ALL.iter().map(|r| r.code()).collect::<Vec<_>>());
    list("reject", REJECTION_REASONS);
    list("not-measured", REJECTION_REASONS);
    list("not-measured", &[DISCARDED]);
    list("nothing", &NoOrderReason::ALL.iter().map(|r| r.code()).collect::<Vec<_>>());
    list("discipline", &entries.analyte.iter().map(|a| a.discipline.as_str()).collect::<Vec<_>>());
    for action in OrderAction::ALL {
        say(keys, format!("links-orders-{}", action.code()), BTreeSet::from(["tube".to_owned(), "tests".to_owned()]));
    }
}

/// `Refusal::new(…)` with its `.with(…)`, `refuse(…)`, and a missing reason.
fn refusals(text: &str, keys: &mut Keys) {
    for call in ["Refusal::new(", "refuse(", ".reason("] {
        for (at, _) in text.match_indices(call) {
            let (code, chain) = text[at + call.len()..].split_once(')').unwrap();
            for code in codes(text, at, code) {
                say(keys, format!("refused-{code}"), arguments(chain));
            }
        }
    }
}

/// The fields that texts are checked for: the last argument of a check, and what a refusal names.
fn fields(text: &str, keys: &mut Keys) {
    let checks = ["required", "kept", "optional", "name", "optional_name", "identifier"];
    let checked = checks.iter().flat_map(|check| text.split(&format!("text::{check}(")).skip(1).collect::<Vec<_>>());
    let named = text.split("with(\"field\", ").skip(1).chain(text.split("const FIELD: &str = ").skip(1));
    for call in checked.chain(named.filter(|call| call.starts_with('"'))) {
        let call = call.split([')', ';']).next().unwrap();
        if let Some(field) = literals(call).last() {
            say(keys, format!("field-{}", field.replace(' ', "-")), BTreeSet::new());
        }
    }
}

/// A code as it stands at a call: a literal, or a name that was given its literals before.
fn codes<'a>(text: &'a str, at: usize, code: &'a str) -> impl Iterator<Item = &'a str> {
    let named = |begins: String| Some(text[..at].rsplit_once(&begins)?.1.split_once(';')?.0);
    let given = named(format!("let {code} =")).or_else(|| named(format!("const {code}: &str =")));
    literals(given.unwrap_or(code))
}

/// A hold is a code, or a code and a detail with a colon between them.
fn holds(text: &str, keys: &mut Keys) {
    for call in ["holds.push(", "holds.insert(0, "] {
        for (at, _) in text.match_indices(call) {
            let code = literals(&text[at..]).next().unwrap();
            say(keys, format!("hold-{code}"), BTreeSet::new());
        }
    }
    for (at, _) in text.match_indices("hold(\"") {
        let code = literals(&text[at..]).next().unwrap();
        say(keys, format!("hold-{code}"), BTreeSet::from(["detail".to_owned()]));
    }
    for (at, _) in text.match_indices("format!(\"") {
        let shape = |code: &str| code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let made = literals(&text[at..]).next().unwrap();
        if let Some((code, _)) = made.split_once(":{").filter(|(code, _)| shape(code)) {
            say(keys, format!("hold-{code}"), BTreeSet::from(["detail".to_owned()]));
        }
    }
}

/// An event has a detail when it enters a story with one.
fn events(text: &str, keys: &mut Keys) {
    for block in text.split("const KIND: &'static str = \"").skip(1) {
        let (kind, block) = block.split_once('"').unwrap();
        let told = block.split_once("stories::enter(").map(|(_, told)| told.split_once(';').unwrap().0);
        let detail = told.filter(|told| !told.ends_with("\"\")")).map(|_| "detail".to_owned());
        say(keys, format!("event-{}", kind.replace('.', "-")), detail.into_iter().collect());
    }
}

/// A code that is said in several places comes with what all of them give.
fn say(keys: &mut Keys, key: String, arguments: BTreeSet<String>) {
    keys.entry(key).and_modify(|known| known.retain(|a| arguments.contains(a))).or_insert(arguments);
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// The names in `.with("name", value).with(…)…`.
fn arguments(mut chain: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    while let Some(with) = chain.trim_start().strip_prefix(".with(") {
        names.insert(literals(with).next().unwrap().to_owned());
        let mut open = 1;
        let end = with.find(|c| {
            open += i32::from(c == '(') - i32::from(c == ')');
            open == 0
        });
        chain = &with[end.unwrap() + 1..];
    }
    names
}

#[test]
fn the_sources_are_read_as_they_are_written() {
    let mut keys = Keys::new();
    refusals(
        r#"const D: &str = "b-d"; return refuse(D); let code = if a { "b-c" } else { "b-e" };
        Err(Refusal::new(code).with("unit", &value.unit()).with("by", by).into()); refuse("b-f")
        Refusal::new("b-c")
            .with("unit", own.map_or("", String::as_str)); Refusal::new(D).with("error", e)"#,
        &mut keys,
    );
    holds(r#"holds.push("no-time".to_owned()); unexplained.push(format!("status:{status}"));"#, &mut keys);
    let found: Vec<_> = keys.into_iter().map(|(key, with)| (key, Vec::from_iter(with).join(" "))).collect();
    let expected = [
        ("hold-no-time", ""),
        ("hold-status", "detail"),
        ("refused-b-c", "unit"),
        ("refused-b-d", ""),
        ("refused-b-e", "by unit"),
        ("refused-b-f", ""),
    ];
    assert_eq!(found, expected.map(|(key, with)| (key.to_owned(), with.to_owned())));
}
