use titer_science::Sex;

use super::{commands::RegisterPatient, views};
use crate::testing::{World, code, date};

fn register(identifier: &str, family: &str, given: &str) -> RegisterPatient {
    RegisterPatient {
        identifier: identifier.to_owned(),
        family: family.to_owned(),
        given: given.to_owned(),
        sex: Sex::Unknown,
        birth_date: None,
    }
}

#[test]
fn a_patient_has_an_identifier_of_its_own_a_family_name_and_a_birth_that_can_be() {
    let world = World::new();
    let born = |birth: &str| RegisterPatient { birth_date: Some(date(birth)), ..register("MRN-9", "Quill", "Ada") };
    world.patient("MRN-1");
    let cases = [
        (register("", "Quill", "Ada"), "text-missing"),
        (register("MRN-2", " ", "Ada"), "text-missing"),
        (register("MRN-2", "Quill\0", "Ada"), "text-control"),
        (register("MRN-2", "Quill", &"x".repeat(301)), "text-too-long"),
        (register(" MRN-1 ", "Quill", "Ada"), "patients-identifier-taken"),
        (born("2026-11-23"), "patients-birth-date"),
        (born("1895-12-31"), "patients-birth-date"),
        (born("2026-11-22"), "done"),
        (register("MRN-2", "Quill", ""), "done"),
        // One identifier, however it is typed, and whatever passes for it.
        (register("mrn-1", "Quill", "Ada"), "patients-identifier-taken"),
        (register("ＭＲＮ-1", "Quill", "Ada"), "patients-identifier-taken"),
        (register("\u{41c}\u{420}N-1", "Quill", "Ada"), "text-mixed"),
        (register("MRN\u{200b}-1", "Quill", "Ada"), "text-control"),
        (register("MRN\u{2011}1", "Quill", "Ada"), "patients-identifier-taken"),
        (register("TOM-5", "Quill", "Ada"), "done"),
        (register("\u{422}\u{41e}\u{41c}-5", "Quill", "Ada"), "patients-identifier-taken"),
        (register("\u{422}\u{41e}\u{41c}-6", "Quill", "Ada"), "done"),
        (register("tom-6", "Quill", "Ada"), "patients-identifier-taken"),
        (register("MRN-3", "Qui\u{202e}ll", "Ada"), "text-control"),
        (register("MRN-3", "Quill", "\u{2066}Ada"), "text-control"),
        (register("MRN-3", "Q\u{443}ill", "Ada"), "text-mixed"),
        (register("MRN-3", "李", "小龍"), "done"),
        (register("MRN-4", "Иванова-Петрова", "Анна Smith"), "done"),
        (register("MRN-5", "O'Brien", "Seán"), "done"),
    ];
    for (register, expected) in cases {
        let shown = format!("{:?} {:?}", register.identifier, register.birth_date);
        assert_eq!(code(world.run(world.technician(), register)), expected, "{shown}");
    }
}

/// At half past midnight in Berlin it is still yesterday in universal time.
#[test]
fn today_is_the_laboratory_s_day() {
    let world = World::new();
    world.pass_until("2026-11-22T23:30:00Z");
    let born = RegisterPatient { birth_date: Some(date("2026-11-23")), ..register("MRN-1", "Quill", "Ada") };
    assert_eq!(code(world.run(world.technician(), born)), "done");
}

#[test]
fn a_patient_is_found_by_the_beginnings_of_words_however_they_are_written() {
    let world = World::new();
    let people = [
        ("MRN-1", "Okafor-Lindqvist", "Nneka Ifeoma"),
        ("MRN-2", "Müller", "Jörg"),
        ("MRN-3", "Dvořák", "Łucja"),
        ("MRN-4", "O'Brien", "Seán"),
        ("MRN-5", "Weiß", "Åse"),
        ("MRN-6", "Nguyễn", "Thị Hồng"),
        ("MRN-7", "Müllerin", "Jo"),
    ];
    for (identifier, family, given) in people {
        world.run(world.technician(), register(identifier, family, given)).unwrap();
    }
    let cases: [(&str, &[&str]); 22] = [
        ("okafor", &["MRN-1"]),
        ("lindq nnek", &["MRN-1"]),
        ("NNEKA OKAFOR", &["MRN-1"]),
        ("okafor jörg", &[]),
        ("kafor", &[]),
        ("muller", &["MRN-2", "MRN-7"]),
        ("Müller", &["MRN-2", "MRN-7"]),
        ("MU\u{308}LLER", &["MRN-2", "MRN-7"]),
        ("muller jorg", &["MRN-2"]),
        ("dvorak lucja", &["MRN-3"]),
        ("o'brien", &["MRN-4"]),
        ("brien, sean", &["MRN-4"]),
        ("weiss ase", &["MRN-5"]),
        ("Weiß", &["MRN-5"]),
        ("nguyen thi", &["MRN-6"]),
        ("mrn-6", &["MRN-6"]),
        ("6", &["MRN-6"]),
        ("mrn", &["MRN-1", "MRN-2", "MRN-3", "MRN-4", "MRN-5", "MRN-6", "MRN-7"]),
        ("", &[]),
        ("  -- ", &[]),
        ("%", &[]),
        ("zzz", &[]),
    ];
    for (asked, expected) in cases {
        let found = world.read(move |s| views::search(s, asked));
        let mut found: Vec<String> = found.into_iter().map(|p| p.identifier).collect();
        found.sort();
        assert_eq!(found, expected, "{asked:?}");
    }
}

#[test]
fn a_common_family_name_hides_nobody_whose_given_name_is_asked_for() {
    let world = World::new();
    let technician = world.technician();
    let many = world.lab.submit(technician, None, |tx| {
        for i in 0..150 {
            tx.run(register(&format!("S{i}"), "Smith", "John"))?;
        }
        tx.run(register("X1", "Smith", "Zoe"))
    });
    many.wait().unwrap();
    assert_eq!(world.read(|s| views::search(s, "smith")).len(), views::FOUND_MAX);
    let found = world.read(|s| views::search(s, "smith zoe"));
    assert_eq!(found.iter().map(|p| p.identifier.as_str()).collect::<Vec<_>>(), ["X1"]);
}

#[test]
fn a_patient_is_looked_up_by_identifier_and_by_id() {
    let world = World::new();
    let id = world.patient("MRN-1");
    let by_id = world.read(move |s| views::patient(s, id)).unwrap();
    assert_eq!((by_id.sex, by_id.birth_date), (Sex::Female, Some(date("1971-04-02"))));
    assert_eq!(world.read(|s| views::by_identifier(s, " MRN-1 ")), Some(by_id));
    for alike in ["mrn-1", "ＭＲＮ-1", "Mrn\u{2010}1", "\u{41c}RN-1"] {
        let found = world.read(move |s| views::by_identifier(s, alike));
        assert_eq!(found.map(|p| p.identifier).as_deref(), Some("MRN-1"), "{alike:?}");
    }
}

/// Rows are counted by projecting: the patient, a row of the story, and four words.
#[test]
fn what_would_not_leave_enough_room_in_its_submission_is_not_done() {
    let world = World::new();
    let (first, second) = (register("MRN-1", "Quill", "Ada"), register("MRN-2", "Quill", "Ada"));
    let done = world.lab.submit(world.technician(), None, move |tx| {
        Ok((tx.run_within(first, 995)?.is_some(), tx.run_within(second, 994)?.is_some()))
    });
    assert_eq!(done.wait(), Ok((false, true)));
    assert!(world.read(|s| views::by_identifier(s, "MRN-1")).is_none());
    assert!(world.read(|s| views::by_identifier(s, "MRN-2")).is_some());
}
