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
    let cases: [(Named, &[PatientId]); 9] = [
        (named("Quill", "Ada", born), &[quill, unknown, double]),
        (named("Ada", "QUILL", born), &[quill, unknown, double]),
        (named("Quill-Brown", "Ada Maria", born), &[quill, unknown, double]),
        (named("Quill", "Ada", None), &[quill, unknown, other, double]),
        // One digit of the year.
        (named("Quill", "Ada", Some("1990-01-01")), &[unknown, other]),
        (named("Quill", "Ada", Some("1995-06-07")), &[unknown]),
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

/// Family name, given name and date of birth; empty if nobody knows it.
type Written = (&'static str, &'static str, &'static str);

/// The same person, as a slip, another spelling or another form writes them.
#[test]
fn somebody_is_found_in_another_spelling_and_with_a_slip_in_the_date_of_birth() {
    let born = "1950-02-07";
    // How somebody is registered, and how the same person is written later.
    let cases: &[(Written, Written)] = &[
        (("Wombata", "Cal", born), ("Wombatta", "Cal", born)),
        (("Wombata", "Cal", born), ("Wombaat", "Cal", born)),
        (("Wombata", "Cal", born), ("Wobmata", "Cla", born)),
        (("Wombata", "Cal", born), ("Cal", "Wombatta", born)),
        (("Wombata", "Cal", born), ("Vombata", "Kal", born)),
        (("Wombata", "Cal", born), ("Wombata", "", born)),
        (("Wombata", "Cal", born), ("Wombata", "C", born)),
        (("Müller-Lüdenscheidt", "Jörg", born), ("Muellerluedenscheid", "Joerg", born)),
        (("Müller-Lüdenscheidt", "Jörg", born), ("Muller Ludenscheidt", "Jorg", born)),
        (("Müller-Lüdenscheidt", "Jörg", born), ("Müller", "Jörg", born)),
        (("O'Brien", "Seán", born), ("OBrian", "Shawn", born)),
        (("Meyer", "Katherine", born), ("Maier", "Catherine", born)),
        (("Schmidt", "Philip", born), ("Smith", "Filipp", born)),
        (("van den Berg", "Jan", born), ("Vandenberg", "Jan", born)),
        (("Παπαδόπουλος", "Νίκος", born), ("Παπαδοπουλοσ", "Νικοσ", born)),
        (("Петрова", "Анна", born), ("Петрава", "Анна", born)),
        (("李", "小龍", born), ("李", "小龍", born)),
        // Day and month changed places; another digit; two digits changed places.
        (("Wombata", "Cal", born), ("Wombata", "Cal", "1950-07-02")),
        (("Wombata", "Cal", born), ("Wombatta", "Cal", "1950-07-02")),
        (("Wombata", "Cal", born), ("Wombata", "Cal", "1951-02-07")),
        (("Wombata", "Cal", born), ("Wombata", "Cal", "1950-02-17")),
        (("Wombata", "Cal", born), ("Wombata", "Cal", "1905-02-07")),
        (("Wombata", "Cal", born), ("Cal", "Wombata", "1950-03-07")),
        // Nobody knows when.
        (("Wombata", "Cal", ""), ("Wombatta", "Cal", born)),
        (("Wombata", "Cal", born), ("Wombatta", "Cal", "")),
        (("Quill", "Adelheid", born), ("Guill", "Adelheit", "")),
    ];
    for (known, written) in cases {
        let world = World::new();
        let birth = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let patient = registered(&world, "MRN-1", (known.0, known.1), birth(known.2));
        let asked = named(written.0, written.1, birth(written.2));
        let found = world.read(move |s| alike(s, &asked));
        assert_eq!(found.iter().map(|p| p.id).collect::<Vec<_>>(), [patient], "{known:?} {written:?}");
    }
}

#[test]
fn whoever_has_another_name_or_was_born_at_another_time_is_another_person() {
    let world = World::new();
    registered(&world, "MRN-1", ("Wombata", "Cal"), Some("1950-02-07"));
    let cases = [
        ("Wombata", "Cal", Some("1963-08-21")),
        ("Wombata", "Cal", Some("1951-03-07")),
        ("Wombata", "Ruth", Some("1950-02-07")),
        ("Renard", "Cal", Some("1950-02-07")),
        ("Li", "Bo", Some("1950-02-07")),
        ("Renard", "Ruth", None),
    ];
    for (family, given, birth) in cases {
        let asked = named(family, given, birth);
        assert_eq!(world.read(move |s| alike(s, &asked)), [], "{family}, {given}, {birth:?}");
    }
}

/// Whom a form names is compared with those whom an index finds: nobody waits for all patients to be read.
#[test]
fn somebody_is_found_among_many_born_on_the_same_day() {
    let world = World::new();
    let technician = world.technician();
    let many = world.lab.submit(technician, None, |tx| {
        for i in 0..150 {
            let (family, given) = (format!("Tester{i:03}"), "Ruth".to_owned());
            let birth_date = Some(date("1950-02-07"));
            tx.run(RegisterPatient { identifier: format!("S{i}"), family, given, sex: Sex::Unknown, birth_date })?;
        }
        Ok(())
    });
    many.wait().unwrap();
    let patient = registered(&world, "MRN-1", ("Wombata", "Cal"), Some("1950-02-07"));
    let asked = named("Wombatta", "Cal", Some("1950-02-07"));
    assert_eq!(world.read(move |s| alike(s, &asked)).iter().map(|p| p.id).collect::<Vec<_>>(), [patient]);
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
