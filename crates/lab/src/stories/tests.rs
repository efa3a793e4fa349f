use std::sync::Arc;

use serde::{Deserialize, Serialize};
use titer_store::{
    Changes, Event, EventType, Header, Location, Options, Part, Schema, Store, StoreError, Table, reading,
};

use super::{STORIES, SUBJECTS_MAX, enter, story};
use crate::{
    Actor, LABORATORY, PARTS, Role,
    results::commands::AskForRepeat,
    testing::{World, on_display},
};

#[test]
fn each_subject_tells_what_happened_to_it_in_order() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["sodium"], "T1");
    let (other, other_specimen) = world.ordered(patient, &["sodium"], "T2");
    let first = world.filed("T1", "sodium", "118");
    let ask = AskForRepeat { result: on_display(&first) };
    world.run_because(world.technician(), "a clot", ask).unwrap();
    world.pass(60);
    let second = world.filed("T1", "sodium", "140");
    world.verified(&[&second]);
    world.reject(other_specimen, "leaked").unwrap();

    let told = |subject: i64| -> Vec<(String, String)> {
        world.read(move |s| story(s, subject)).into_iter().map(|t| (t.header.kind, t.detail)).collect()
    };
    let of = |events: &[(&str, &str)]| -> Vec<(String, String)> {
        events.iter().map(|(kind, detail)| ((*kind).to_owned(), (*detail).to_owned())).collect()
    };
    let on_the_tube = [
        ("specimens.received", ""),
        ("results.reported", "Analyzer 1"),
        ("results.repeat-asked", ""),
        ("results.reported", "Analyzer 1"),
        ("results.verified", "1"),
    ];
    let expected = [("specimens.expected", "")];
    assert_eq!(told(specimen.0), of(&[&expected, &on_the_tube[..]].concat()));
    assert_eq!(told(order.0), of(&[&[("orders.placed", "")], &on_the_tube[..], &[("reports.composed", "1")]].concat()));
    assert_eq!(told(other_specimen.0), of(&[("specimens.expected", ""), ("specimens.rejected", "leaked")]));
    assert_eq!(told(other.0), of(&[("orders.placed", ""), ("specimens.rejected", "leaked")]));
    assert_eq!(told(patient.0), of(&[("patients.registered", ""), ("orders.placed", ""), ("orders.placed", "")]));
    assert_eq!(told(1), []);

    let actors: Vec<Actor> = world.read(move |s| story(s, specimen.0)).into_iter().map(|t| t.header.actor).collect();
    let (technician, link) = (world.actor(Role::Technician), Actor::Link(crate::testing::LINK));
    assert_eq!(actors, [technician, technician, link, technician, link, technician]);
}

/// An event of very many subjects.
#[derive(Serialize, Deserialize)]
struct Crowded {
    subjects: usize,
}

impl Event for Crowded {
    const KIND: &'static str = "test.crowded";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let subjects: Vec<i64> = (1..).take(self.subjects).collect();
        enter(changes, header, &subjects, "");
    }
}

#[test]
fn an_event_that_enters_more_stories_than_it_has_places_for_is_not_journalled() {
    const CROWD: Part = Part { tables: &[], events: &[EventType::of::<Crowded>()] };
    let folder = tempfile::tempdir().unwrap();
    let schema = Arc::new(Schema::new(1, &[PARTS, &[CROWD]].concat()));
    let location = Location::Folder(folder.path().to_owned());
    let store = Store::open(&location, LABORATORY, schema, Options::default()).unwrap();
    let journal = |subjects| {
        store.submit(move |tx| tx.journal(Actor::Timer, None, &Crowded { subjects }).map(|header| header.number)).wait()
    };
    let limit = StoreError::Limit { what: "the number of stories that one event enters", limit: SUBJECTS_MAX };
    assert_eq!(journal(SUBJECTS_MAX + 1), Err(limit));
    assert_eq!(journal(SUBJECTS_MAX), Ok(1));
    let last = store.read(|s| Ok::<_, StoreError>((reading::head(s)?.number, story(s, SUBJECTS_MAX as i64)?.len())));
    assert_eq!(last.wait(), Ok((1, 1)));
}
