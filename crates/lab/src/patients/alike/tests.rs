use titer_science::Sex;

use super::{Named, alike, seen, shown};
use crate::{
    Failure,
    patients::{
        PatientId,
        commands::{Correction, RegisterPatient},
    },
    testing::{World, code, date},
    ways,
};

fn registered(world: &World, identifier: &str, name: (&str, &str), birth: Option<&str>) -> PatientId {
    let register = RegisterPatient {
        identifier: identifier.to_owned(),
        family: name.0.to_owned(),
        given: name.1.to_owned(),
        sex: Sex::Unknown,
        birth_date: birth.map(date),
    };
    world.run(world.technician(), register).unwrap()
}

fn named(family: &str, given: &str, birth: Option<&str>) -> Named {
    Named { family: family.to_owned(), given: given.to_owned(), birth_date: birth.map(date), ..Named::default() }
}

fn asked(world: &World, named: Named, different: String) -> Result<(), Failure> {
    world.lab.submit(world.technician(), None, move |tx| seen(tx, &named, &different)).wait()
}

#[test]
fn whoever_has_a_similar_name_and_perhaps_the_same_birth_could_be_the_same() {
    let world = World::new();
    let born = Some("1971-04-02");
    let quill = registered(&world, "MRN-1", ("Quill", "Ada"), born);
    let unknown = registered(&world, "MRN-2", ("Quill", "Ada"), None);
    let other = registered(&world, "MRN-3", ("Quill", "Ada"), Some("1980-01-01"));
    let double = registered(&world, "MRN-4", ("Quill-Brown", "Ada Maria"), born);
    registered(&world, "MRN-5", ("Renard", "Ada"), born);
    let cases: [(Named, &[PatientId]); 8] = [
        (named("Quill", "Ada", born), &[quill, unknown, double]),
        (named("Ada", "QUILL", born), &[quill, unknown, double]),
        (named("Quill-Brown", "Ada Maria", born), &[quill, double]),
        (named("Quill", "Ada", None), &[quill, unknown, other, double]),
        (named("Quill", "Ada", Some("1990-01-01")), &[unknown]),
        (named("", "", born), &[]),
        (Named { own: Some(quill), ..named("Quill", "Ada", born) }, &[unknown, double]),
        (named("Lindqvist", "Nneka", born), &[]),
    ];
    for (named, expected) in cases {
        let shown = format!("{named:?}");
        let found = world.read(move |s| alike(s, &named));
        assert_eq!(found.iter().map(|p| p.id).collect::<Vec<_>>(), expected, "{shown}");
    }
}

#[test]
fn that_it_is_another_person_holds_for_those_who_were_shown() {
    let world = World::new();
    let who = || named("Quill", "Ada", Some("1971-04-02"));
    assert_eq!(code(asked(&world, who(), String::new())), "done", "nobody is alike");
    let first = registered(&world, "MRN-1", ("Quill", "Ada"), Some("1971-04-02"));
    for different in ["", "yes", "0000"] {
        assert_eq!(code(asked(&world, who(), different.to_owned())), "patients-alike", "{different}");
    }
    let now = || world.read(move |s| Ok(shown(&alike(s, &who())?)));
    let one = now();
    assert_eq!(code(asked(&world, who(), one.clone())), "done");
    registered(&world, "MRN-2", ("Quill", "Ada"), Some("1971-04-02"));
    assert_eq!(code(asked(&world, who(), one)), "patients-alike", "somebody else has come since");
    let two = now();
    assert_eq!(code(asked(&world, who(), two.clone())), "done");
    let correction = Correction {
        family: "Quill".to_owned(),
        given: "Ada Maria".to_owned(),
        sex: Sex::Female,
        birth_date: Some(date("1971-04-02")),
        age_band: None,
    };
    let correct = move |tx: &mut crate::Tx<'_, '_>| ways::correct(tx, first, correction, "MRN-1".to_owned());
    world.lab.submit(world.technician(), Some("misread".to_owned()), correct).wait().unwrap();
    assert_eq!(code(asked(&world, who(), two)), "patients-alike", "one of them was corrected since");
}

#[test]
fn whoever_had_the_identifier_before_could_be_the_same() {
    let world = World::new();
    let patient = registered(&world, "MRN-1", ("Quill", "Ada"), Some("1971-04-02"));
    let correction = Correction {
        family: "Quill".to_owned(),
        given: "Ada".to_owned(),
        sex: Sex::Unknown,
        birth_date: Some(date("1971-04-02")),
        age_band: None,
    };
    let correct = move |tx: &mut crate::Tx<'_, '_>| ways::correct(tx, patient, correction, "MRN-2".to_owned());
    world.lab.submit(world.technician(), Some("misread".to_owned()), correct).wait().unwrap();
    let renard = || Named { identifier: "mrn-1".to_owned(), ..named("Renard", "Paul", Some("1950-01-01")) };
    assert_eq!(world.read(move |s| alike(s, &renard())).iter().map(|p| p.id).collect::<Vec<_>>(), [patient]);
    assert_eq!(code(asked(&world, renard(), String::new())), "patients-alike");
}
