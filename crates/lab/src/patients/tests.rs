use titer_science::Sex;

use super::{
    AgeBand, PatientId,
    commands::{Correction, RegisterPatient, RegisterUnidentified},
    views,
};
use crate::{
    Failure,
    testing::{World, code, date},
    ways,
};

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
        // Signs that no search finds.
        (register("-", "Quill", "Ada"), "text-signs-only"),
        (register("MRN-2", "-", "Ada"), "text-signs-only"),
        (register("MRN-2", "Quill", "?"), "text-signs-only"),
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

#[test]
fn a_patient_is_found_in_another_spelling() {
    let world = World::new();
    let people = [
        ("MRN-1", "Müller", "Jörg"),
        ("MRN-2", "Mueller", "Joerg"),
        ("MRN-3", "O'Brien", "Seán"),
        ("MRN-4", "O’Brien", "Ann"),
        ("MRN-5", "Παπαδόπουλος", "Νίκος"),
        ("MRN-6", "Bauer", "Uwe"),
    ];
    for (identifier, family, given) in people {
        world.run(world.technician(), register(identifier, family, given)).unwrap();
    }
    let cases: [(&str, &[&str]); 9] = [
        ("mueller", &["MRN-1", "MRN-2"]),
        ("Müller", &["MRN-1", "MRN-2"]),
        ("muller jorg", &["MRN-1", "MRN-2"]),
        ("OBrien", &["MRN-3", "MRN-4"]),
        ("obrien sean", &["MRN-3"]),
        ("O’Brien", &["MRN-3", "MRN-4"]),
        ("παπαδοπουλος", &["MRN-5"]),
        ("ΠΑΠΑΔΟΠΟΥΛΟΣ νικος", &["MRN-5"]),
        ("bauer", &["MRN-6"]),
    ];
    for (asked, expected) in cases {
        let found = world.read(move |s| views::search(s, asked));
        let mut found: Vec<String> = found.into_iter().map(|p| p.identifier).collect();
        found.sort();
        assert_eq!(found, expected, "{asked:?}");
    }
}

#[test]
fn a_patient_is_found_by_date_of_birth_alone_or_with_a_name() {
    let world = World::new();
    world.patient("MRN-1");
    let born = |asked: &'static str| world.read(move |s| views::born(s, date("1971-04-02"), asked));
    assert_eq!((born("").len(), born("okafor").len(), born("quill").len()), (1, 1, 0));
    assert_eq!(world.read(|s| views::born(s, date("1971-04-03"), "")).len(), 0);
}

fn unidentified() -> RegisterUnidentified {
    RegisterUnidentified {
        identifier: None,
        name: None,
        sex: Sex::Unknown,
        birth_date: None,
        age_band: Some(AgeBand::Adult),
    }
}

#[test]
fn somebody_whom_nobody_knows_gets_a_name_and_a_number_that_nobody_else_has() {
    let world = World::new();
    let register = || world.run(world.technician(), unidentified()).unwrap();
    let (first, second) = (register(), register());
    let of = |id: PatientId| world.read(move |s| views::patient(s, id)).unwrap();
    let (first, second) = (of(first), of(second));
    assert!(first.family.starts_with("Unknown-") && first.identifier.starts_with("TEMP-"), "{first:?}");
    assert_ne!((&first.family, &first.given), (&second.family, &second.given));
    assert_ne!(first.identifier, second.identifier);
    assert_eq!((first.sex, first.birth_date, first.age_band), (Sex::Unknown, None, Some(AgeBand::Adult)));
    let number = first.identifier.clone();
    assert_eq!(world.read(move |s| views::search(s, &number)), [first]);
    let taken = RegisterUnidentified { identifier: Some(second.identifier), ..unidentified() };
    assert_eq!(code(world.run(world.technician(), taken)), "patients-identifier-taken");
    let known = |age_band| RegisterUnidentified {
        name: Some(("Quill".to_owned(), String::new())),
        birth_date: Some(date("1971-03-14")),
        age_band,
        ..unidentified()
    };
    let both = world.run(world.technician(), known(Some(AgeBand::Child)));
    assert_eq!(code(both), "patients-age-band-both", "one of the two is wrong, and none is dropped");
    let known = world.run(world.technician(), known(None)).unwrap();
    assert_eq!((of(known).age_band, of(known).family.as_str()), (None, "Quill"));
}

fn correction(sex: Sex, birth: Option<&str>) -> Correction {
    let (family, given) = ("Okafor-Lindqvist".to_owned(), "Nneka".to_owned());
    Correction { family, given, sex, birth_date: birth.map(date), age_band: None }
}

fn correct(world: &World, patient: PatientId, why: Option<&str>, correction: Correction) -> Result<usize, Failure> {
    let identifier = world.read(move |s| views::patient(s, patient)).map(|p| p.identifier).unwrap_or_default();
    correct_all(world, patient, why, correction, &identifier)
}

fn correct_all(
    world: &World,
    patient: PatientId,
    why: Option<&str>,
    correction: Correction,
    identifier: &str,
) -> Result<usize, Failure> {
    let (why, identifier) = (why.map(str::to_owned), identifier.to_owned());
    world.lab.submit(world.technician(), why, move |tx| ways::correct(tx, patient, correction, identifier)).wait()
}

#[test]
fn an_identifier_is_corrected_with_a_reason_and_is_nobody_else_s() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.patient("MRN-2");
    let same = || correction(Sex::Female, Some("1971-04-02"));
    let cases = [
        (None, "MRN-3", "patients-correction-needs-reason"),
        (Some("misread"), "MRN-1", "patients-nothing-corrected"),
        (Some("misread"), " MRN-1 ", "patients-nothing-corrected"),
        (Some("misread"), " ", "text-missing"),
        (Some("misread"), "MRN\u{200b}-3", "text-control"),
        (Some("misread"), "ＭＲＮ-1", "patients-nothing-corrected"),
        (Some("misread"), "mrn-2", "patients-identifier-taken"),
        (Some("misread"), "ＭＲＮ-2", "patients-identifier-taken"),
        (Some("misread"), "mrn-1", "done"),
        (Some("misread"), "MRN-3", "done"),
    ];
    for (why, identifier, expected) in cases {
        let answer = correct_all(&world, patient, why, same(), identifier);
        assert_eq!(code(answer), expected, "{identifier:?}");
    }
    let unknown = correct_all(&world, PatientId(1), Some("misread"), same(), "MRN-4");
    assert_eq!(code(unknown), "patients-unknown");
}

#[test]
fn a_patient_is_found_by_a_former_identifier_and_keeps_all_that_is_theirs() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["sodium"], "T1");
    let other = Correction { family: "Quill".to_owned(), ..correction(Sex::Female, Some("1971-04-02")) };
    correct_all(&world, patient, Some("the sister's number"), other.clone(), "MRN-2").unwrap();
    correct_all(&world, patient, Some("misread"), other.clone(), "MRN-3").unwrap();
    let of = world.read(move |s| views::patient(s, patient)).unwrap();
    assert_eq!(
        (of.identifier.as_str(), of.former.as_slice(), of.family.as_str()),
        ("MRN-3", &["MRN-2".to_owned(), "MRN-1".to_owned()][..], "Quill")
    );
    for asked in ["MRN-3", "mrn-2", " ＭＲＮ-1", "quill"] {
        let found = world.read(move |s| views::search(s, asked));
        assert_eq!(found.iter().map(|p| p.id).collect::<Vec<_>>(), [patient], "{asked}");
    }
    for asked in ["MRN-3", "mrn-2", "MRN-1"] {
        assert_eq!(world.read(move |s| views::by_identifier(s, asked)).map(|p| p.id), Some(patient), "{asked}");
    }
    assert_eq!(world.read(move |s| crate::orders::views::order(s, order)).unwrap().patient.id, patient);
    assert_eq!(world.read(move |s| crate::specimens::views::specimen(s, specimen)).unwrap().patient.id, patient);

    // The number of the sister is free for the sister: she has it, and the patient had it.
    let sister = world.registered("MRN-2", Sex::Female, Some("1973-01-01"));
    assert_eq!(world.read(|s| views::by_identifier(s, "MRN-2")).map(|p| p.id), Some(sister));
    let found = world.read(|s| views::search(s, "MRN-2"));
    assert_eq!(
        found.iter().map(|p| p.id).collect::<Vec<_>>(),
        [sister, patient],
        "whoever has it, then whoever had it"
    );
    // A former identifier that was right after all is not a former one any more.
    correct_all(&world, patient, Some("it was right"), other, "MRN-1").unwrap();
    let of = world.read(move |s| views::patient(s, patient)).unwrap();
    assert_eq!(of.former, ["MRN-3", "MRN-2"]);
    assert_eq!(world.read(|s| views::search(s, "MRN-1")).len(), 1);
}

#[test]
fn somebody_unknown_gets_name_birth_and_identifier_later() {
    let world = World::new();
    let patient = world.run(world.technician(), unidentified()).unwrap();
    let temporary = world.read(move |s| views::patient(s, patient)).unwrap().identifier;
    correct_all(&world, patient, Some("identified"), correction(Sex::Female, Some("1971-04-02")), "MRN-7").unwrap();
    let of = world.read(move |s| views::patient(s, patient)).unwrap();
    assert_eq!((of.identifier.as_str(), of.family.as_str()), ("MRN-7", "Okafor-Lindqvist"));
    assert_eq!(world.read(move |s| views::search(s, &temporary)), [of]);
}

#[test]
fn a_correction_has_a_reason_and_changes_something_that_can_be() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let same = || correction(Sex::Female, Some("1971-04-02"));
    let cases = [
        (patient, None, correction(Sex::Male, None), "patients-correction-needs-reason"),
        (patient, Some("misread"), same(), "patients-nothing-corrected"),
        (patient, Some("misread"), Correction { family: " ".to_owned(), ..same() }, "text-missing"),
        (patient, Some("misread"), correction(Sex::Female, Some("2026-11-23")), "patients-birth-date"),
        (patient, Some("misread"), Correction { age_band: Some(AgeBand::Child), ..same() }, "patients-age-band-both"),
        (PatientId(1), Some("misread"), correction(Sex::Male, None), "patients-unknown"),
        (patient, Some("misread"), Correction { family: "Quill".to_owned(), ..same() }, "done"),
    ];
    for (patient, why, correction, expected) in cases {
        let shown = format!("{correction:?}");
        assert_eq!(code(correct(&world, patient, why, correction)), expected, "{shown}");
    }
    let found = |asked: &'static str| world.read(move |s| views::search(s, asked)).len();
    assert_eq!((found("quill"), found("okafor"), found("mrn-1")), (1, 0, 1), "found by the new name only");
    let of = world.read(move |s| views::patient(s, patient)).unwrap();
    assert!(of.corrected.is_some() && of.judged.is_none(), "no result is judged by a name");
}

#[test]
fn what_waits_is_judged_again_by_the_corrected_sex_and_age_and_what_is_verified_stays() {
    let world = World::new();
    let patient = world.registered("MRN-1", Sex::Male, Some("1971-04-02"));
    world.received(patient, &["creatinine", "sodium", "potassium"], "T1");
    world.received(patient, &["creatinine"], "T2");
    let verified = world.filed("T2", "creatinine", "95");
    world.verified(&[&verified]);
    let verified = world.result(verified.id);
    let creatinine = world.filed("T1", "creatinine", "95");
    let sodium = world.filed("T1", "sodium", "140");
    let potassium = world.filed("T1", "potassium", "6.3");
    assert_eq!((creatinine.flag.as_str(), potassium.critical.as_str()), ("N", ""));

    // A woman's interval ends at 84.
    let female = correction(Sex::Female, Some("1971-04-02"));
    assert_eq!(correct(&world, patient, Some("misread"), female), Ok(1));
    let after = world.result(creatinine.id);
    assert_eq!((after.flag.as_str(), after.high.as_str(), after.version), ("H", "84", creatinine.version + 1));
    assert_eq!(after.holds, ["judged-again"]);
    assert_eq!(world.result(sodium.id), sodium, "another sex changes nothing of it");
    assert_eq!(world.result(verified.id), verified, "what was signed stays");
    let of = world.read(move |s| views::patient(s, patient)).unwrap();
    let all = world.read(move |s| crate::results::views::of_patient(s, patient, 10));
    let old = all.iter().find(|r| r.result.id == verified.id).unwrap();
    assert!(old.changed < of.judged.unwrap(), "and can be told from what was judged since");

    // A child: potassium is critical, and no interval is a child's.
    let child = correction(Sex::Female, Some("2020-04-02"));
    assert_eq!(correct(&world, patient, Some("the sister's form"), child), Ok(2));
    assert_eq!(world.result(potassium.id).holds, ["critical", "judged-again"]);
    assert_eq!(world.result(creatinine.id).holds, ["no-interval", "judged-again"]);
    let waiting = world.read(|s| crate::results::views::waiting(s));
    assert_eq!((waiting.all.number, waiting.critical.number, waiting.held.number), (3, 1, 1));
}

#[test]
fn nobody_s_specimen_was_collected_before_the_birth() {
    let world = World::new();
    let born = world.registered("MRN-1", Sex::Female, Some("2026-11-22"));
    let at = |text: &str| Some(crate::testing::time(text));
    let order = |collected_at| crate::ways::NewOrder { collected_at, ..world.order(born, &["sodium"]) };
    // Midnight in Berlin is 23:00 the day before.
    let cases = [
        (at("2026-11-21T22:59:00Z"), "orders-collected-before-birth"),
        (at("2026-11-21T23:00:00Z"), "done"),
        (at("2026-11-22T09:00:01Z"), "orders-collected-in-future"),
    ];
    for (collected, expected) in cases {
        assert_eq!(code(world.place(order(collected), None)), expected, "{collected:?}");
    }
    world.place(order(None), Some("T1")).unwrap();
    let receive = |collected_at| {
        let barcode = "T1".to_owned();
        code(world.run(world.technician(), crate::specimens::commands::ReceiveSpecimen { barcode, collected_at }))
    };
    for (collected, expected) in cases {
        assert_eq!(receive(collected), expected, "{collected:?} at receipt");
        if expected == "done" {
            break;
        }
    }
    let tube = world.read(|s| crate::specimens::views::by_barcode(s, "T1")).unwrap();
    assert_eq!(tube.collected_at, at("2026-11-21T23:00:00Z"), "what is said at receipt is kept");
}
