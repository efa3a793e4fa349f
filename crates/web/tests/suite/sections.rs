//! What the sections register: every room whose events a page shows live is a topic, and every topic is one that is told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use titer_web::sections::{ALARMS, BOARD, SECTIONS};

/// Rooms whose events no open page waits for, each with the reason.
const QUIET: &[(&str, &str)] = &[
    ("accounts", "of the house: signing in and out, passwords"),
    ("people", "roles are read with every page"),
    ("sites", "the name and zone of the laboratory change once in years"),
    ("catalog", "a page of limits is read, not watched"),
    ("patients", "an order or a specimen brings them onto a page"),
];

/// The rooms that events happen in.
fn rooms() -> BTreeSet<&'static str> {
    let events = titer_lab::PARTS.iter().chain(titer_link::PARTS).flat_map(|part| part.events);
    events.map(|event| event.kind.split_once('.').unwrap().0).collect()
}

fn topics() -> BTreeSet<&'static str> {
    SECTIONS.iter().flat_map(|section| section.topics).copied().collect()
}

#[test]
fn every_room_is_a_topic_or_says_why_not() {
    let quiet: BTreeSet<_> = QUIET.iter().map(|(room, _)| *room).collect();
    let shown = topics();
    let forgotten: Vec<_> = rooms().into_iter().filter(|r| !shown.contains(r) && !quiet.contains(r)).collect();
    assert!(forgotten.is_empty(), "no page says whether it shows what happens in {forgotten:?}");
    let idle: Vec<_> = quiet.iter().filter(|r| !rooms().contains(**r) || shown.contains(**r)).collect();
    assert!(idle.is_empty(), "take {idle:?} off the list");
}

#[test]
fn every_topic_is_told() {
    let told: BTreeSet<_> = rooms().into_iter().chain([BOARD, ALARMS]).collect();
    let unknown: Vec<_> = topics().into_iter().filter(|topic| !told.contains(topic)).collect();
    assert!(unknown.is_empty(), "nobody tells {unknown:?}");
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for part in text.split("data-live=\"").skip(1).filter(|part| !part.starts_with("{{ page.topics() }}")) {
            for topic in part.split('"').next().unwrap().split(' ') {
                assert!(topics().contains(topic), "{}: {topic} is no topic of a section", path.display());
            }
        }
    }
}

#[test]
fn keys_and_addresses_are_given_once() {
    let keys: BTreeSet<_> = SECTIONS.iter().map(|section| section.keys).collect();
    let addresses: BTreeSet<_> = SECTIONS.iter().map(|section| section.address.pattern).collect();
    assert_eq!((keys.len(), addresses.len()), (SECTIONS.len(), SECTIONS.len()));
}
