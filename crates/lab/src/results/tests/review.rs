use super::super::{
    ResultId, State,
    commands::{AskForRepeat, Measurement, OnDisplay, ReportResults, SIGNED_MAX, VerifyResults},
    views,
};
use crate::{
    Failure, Role,
    orders::Priority,
    testing::{LINK, World, arg, code, on_display, refusal},
    ways::{self, NewOrder},
};

fn ask_for_repeat(world: &World, why: Option<&str>, result: OnDisplay) -> Result<(), Failure> {
    let why = why.map(str::to_owned);
    world.lab.submit(world.technician(), why, move |tx| tx.run(AskForRepeat { result })).wait()
}

pub(super) fn verify_as(world: &World, role: Role, results: Vec<OnDisplay>) -> Result<(), Failure> {
    let command = VerifyResults { results, signed: world.signed(role) };
    world.run(world.actor(role), command).map(|_| ())
}

#[test]
fn a_result_is_verified_as_it_was_on_display_with_its_holds_lifted() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium", "lipase", "crp"], "T1");
    let [plain, held, critical] =
        [("crp", "1.0"), ("lipase", "40"), ("sodium", "110")].map(|(a, v)| world.filed("T1", a, v));
    let shown = |r: &views::LabResult, lifts_holds| OnDisplay { result: r.id, version: r.version, lifts_holds };
    let cases = [
        (vec![], "results-nothing-chosen"),
        (vec![OnDisplay { result: ResultId(1), version: 1, lifts_holds: true }], "results-unknown"),
        (vec![OnDisplay { version: 2, ..shown(&plain, false) }], "results-changed-meanwhile"),
        (vec![OnDisplay { version: 0, ..shown(&plain, false) }], "results-changed-meanwhile"),
        (vec![shown(&held, false)], "results-held"),
        (vec![shown(&plain, false), shown(&held, false)], "results-held"),
        (vec![shown(&critical, false)], "results-held"),
        (vec![shown(&plain, false); SIGNED_MAX + 1], "results-too-many"),
    ];
    for (results, expected) in cases {
        assert_eq!(code(verify_as(&world, Role::Technician, results)), expected);
        assert_eq!(world.result(plain.id).state, State::Reported, "{expected}: none of them");
    }
    let all = vec![shown(&plain, false), shown(&held, true), shown(&critical, true), shown(&plain, false)];
    assert_eq!(code(verify_as(&world, Role::Technician, all)), "done");
    for before in [plain, held, critical] {
        let after = world.result(before.id);
        assert_eq!((after.state, after.version), (State::Verified, before.version + 1));
        assert_eq!(after.signed, Some((world.now(), "technician of the test".to_owned())));
        assert_eq!((after.value, after.holds), (before.value, before.holds), "what it was stays to be seen");
    }
    assert!(world.read(|s| views::awaiting(s, views::PAGE)).is_empty());
}

#[test]
fn the_signature_says_who_saw_which_version_and_lifted_which_holds() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["sodium"], "T1");
    let result = world.filed("T1", "sodium", "110");
    let command = VerifyResults { results: vec![on_display(&result)], signed: world.signed(Role::Technician) };
    assert_eq!(world.run(world.technician(), command), Ok(vec![order]));
    let expected = serde_json::json!({
        "results": [{ "result": result.id.0, "version": 1, "lifted": ["critical"], "signed": {
            "analyte": result.analyte.0,
            "value": "110",
            "unit": "mmol/L",
            "flag": "L",
            "critical": "low",
            "low": "136",
            "high": "145",
            "measured_at": world.now().micros(),
        } }],
        "specimens": [specimen.0],
        "orders": [order.0],
        "signature": { "account": world.account(Role::Technician).0, "name": "technician of the test", "meaning": "verified" },
    });
    assert_eq!(world.last_body(), expected);
}

#[test]
fn who_comes_second_is_told_who_was_first_and_when() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium", "potassium"], "T1");
    let [verified, repeated] = [("sodium", "140"), ("potassium", "4.0")].map(|(a, v)| world.filed("T1", a, v));
    world.pass(60);
    let at = world.now();
    verify_as(&world, Role::Technician, vec![on_display(&verified)]).unwrap();
    ask_for_repeat(&world, Some("a clot"), on_display(&repeated)).unwrap();
    world.pass(60);
    let said = |result| {
        let refused = refusal(verify_as(&world, Role::Supervisor, vec![result]));
        (refused.code, arg(&refused, "by"), arg(&refused, "at"))
    };
    let technician = || ("technician of the test".to_owned(), at.micros().to_string());
    let (by, when) = technician();
    assert_eq!(said(on_display(&verified)), ("results-already-verified", by, when));
    let (by, when) = technician();
    assert_eq!(said(on_display(&repeated)), ("results-changed-meanwhile", by, when));
    assert_eq!(code(ask_for_repeat(&world, Some("a clot"), on_display(&verified))), "results-already-verified");
    assert_eq!(code(ask_for_repeat(&world, Some("a clot"), on_display(&repeated))), "results-changed-meanwhile");
}

#[test]
fn another_person_s_proof_signs_nothing() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium"], "T1");
    let result = world.filed("T1", "sodium", "140");
    let command = VerifyResults { results: vec![on_display(&result)], signed: world.signed(Role::Director) };
    assert_eq!(code(world.run(world.technician(), command)), "accounts-signed-by-another");
    assert_eq!(world.result(result.id), result);
}

#[test]
fn a_repeat_needs_a_reason_and_makes_room_for_a_new_result() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, specimen) = world.received(patient, &["sodium"], "T1");
    let first = world.filed("T1", "sodium", "118");
    for (why, result, expected) in [
        (None, on_display(&first), "results-repeat-needs-reason"),
        (Some("  "), on_display(&first), "results-repeat-needs-reason"),
        (Some("a clot"), OnDisplay { version: 2, ..on_display(&first) }, "results-changed-meanwhile"),
        (Some("a clot"), OnDisplay { result: ResultId(1), version: 1, lifts_holds: false }, "results-unknown"),
        (Some("a clot"), on_display(&first), "done"),
    ] {
        assert_eq!(code(ask_for_repeat(&world, why, result)), expected);
    }
    let sent_again = world.measurement("sodium", "118");
    assert_eq!(world.report("T1", vec![sent_again]).unwrap().repeated, 1, "what was put aside does not come back");
    let without_time = |value| Measurement { measured_at: None, ..world.measurement("sodium", value) };
    world.pass(60);
    let second = world.filed("T1", "sodium", "139");
    let states: Vec<_> = world.results(specimen).into_iter().map(|r| (r.id, r.state)).collect();
    assert_eq!(states, [(first.id, State::Repeat), (second.id, State::Reported)]);
    let third = world.measurement("sodium", "140");
    assert_eq!(world.report("T1", vec![third]).unwrap().held[0].1.code, "results-second-result");
    assert_eq!(world.verified(&[&world.result(second.id)]).len(), 1);
    world.received(patient, &["sodium"], "T2");
    let filed = world.report("T2", vec![without_time("118")]).unwrap();
    let untimed = world.result(filed.results[0]);
    assert_eq!(code(ask_for_repeat(&world, Some("a clot"), on_display(&untimed))), "done");
    let again = world.report("T2", vec![without_time("118")]).unwrap();
    assert_eq!(again.held[0].1.code, "results-second-result", "nobody can tell it from what was put aside");
    assert_eq!(world.report("T2", vec![without_time("139")]).unwrap().results.len(), 1);
}

#[test]
fn the_review_shows_critical_results_first_then_held_ones_and_within_each_the_urgent() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let arrivals = [
        ("T1", "sodium", "140", Priority::Routine),
        ("T2", "lipase", "40", Priority::Routine),
        ("T3", "sodium", "141", Priority::Stat),
        ("T4", "lipase", "41", Priority::Stat),
        ("T5", "sodium", "110", Priority::Routine),
        ("T6", "sodium", "111", Priority::Stat),
        ("T7", "sodium", "142", Priority::Routine),
    ];
    for (barcode, analyte, value, priority) in arrivals {
        world.place(NewOrder { priority, ..world.order(patient, &[analyte]) }, Some(barcode)).unwrap();
        world.receive(barcode).unwrap();
        world.filed(barcode, analyte, value);
        world.pass(1);
    }
    let awaiting = world.read(|s| views::awaiting(s, views::PAGE));
    let barcodes: Vec<&str> = awaiting.iter().map(|a| a.barcode.as_str()).collect();
    assert_eq!(barcodes, ["T6", "T5", "T4", "T2", "T3", "T1", "T7"]);
    let waiting = world.read(|s| views::waiting(s));
    assert_eq!([waiting.all, waiting.critical, waiting.held], [7, 2, 2].map(crate::Counted::all));
}

/// Forty tubes in one submission, which changes a thousand rows at most.
#[test]
fn more_results_than_are_counted_are_said_to_be_more() {
    const TUBES: i64 = 40;
    let world = World::new();
    let (patient, technician) = (world.patient("MRN-1"), world.technician());
    let count = |world: &World| world.read(|s| views::waiting(s)).all;
    for from in (0..views::WAITING_COUNTED_MAX + 1).step_by(TUBES as usize) {
        assert_eq!(count(&world), crate::Counted::all(from as usize));
        let (order, measurement) = (world.order(patient, &["sodium"]), world.measurement("sodium", "110"));
        let (tests, measured_by) = (order.tests.clone(), world.instrument());
        let placed = world.lab.submit(technician, None, move |tx| {
            for n in from..from + TUBES {
                let (barcode, tests, requester) = (format!("T{n}"), tests.clone(), "Ward 4".to_owned());
                let order = NewOrder { barcode: Some(barcode.clone()), tests, requester, ..order };
                ways::place(tx, order)?;
                tx.run(crate::specimens::commands::ReceiveSpecimen { barcode: barcode.clone(), collected_at: None })?;
                let (link, instrument, measurements) = (LINK, String::new(), vec![measurement.clone()]);
                tx.run(ReportResults {
                    link,
                    instrument,
                    measured_by,
                    barcode,
                    measurements,
                    tube: None,
                    origin: None,
                })?;
            }
            Ok(())
        });
        placed.wait().unwrap();
    }
    let waiting = world.read(|s| views::waiting(s));
    let more = crate::Counted { number: views::WAITING_COUNTED_MAX as usize, more: true };
    assert_eq!((waiting.all, waiting.critical), (more, more), "all of them are critical");
    assert_eq!(waiting.held, crate::Counted::default());
}

#[test]
fn the_previous_result_is_the_last_verified_one_of_the_same_patient_and_analyte() {
    let world = World::new();
    let (patient, other) = (world.patient("MRN-1"), world.patient("MRN-2"));
    let file = |patient, barcode: &str, analyte: &str, value: &str| {
        world.received(patient, &[analyte], barcode);
        world.pass(60);
        world.filed(barcode, analyte, value)
    };
    let previous = |world: &World| world.read(|s| views::awaiting(s, views::PAGE)).remove(0).previous.map(|p| p.value);
    let first = file(patient, "T1", "sodium", "138");
    assert_eq!(previous(&world), None);
    world.verified(&[&first]);
    let others = file(other, "T2", "sodium", "150");
    assert_eq!(previous(&world), None, "another patient");
    world.verified(&[&others]);
    let potassium = file(patient, "T3", "potassium", "4.0");
    assert_eq!(previous(&world), None, "another analyte");
    world.verified(&[&potassium]);
    let second = file(patient, "T4", "sodium", "139");
    assert_eq!(previous(&world).as_deref(), Some("138"));
    ask_for_repeat(&world, Some("a clot"), on_display(&second)).unwrap();
    world.pass(60);
    world.filed("T4", "sodium", "141");
    assert_eq!(previous(&world).as_deref(), Some("138"), "one that was put aside is no previous result");
}

/// As the review does it: a page of results, each of an order of its own.
#[test]
fn a_page_of_results_of_as_many_orders_is_signed_at_once() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let technician = world.technician();
    let mut displayed = Vec::new();
    for i in 0..SIGNED_MAX {
        let barcode = format!("T{i}");
        let (order, measurement) = (world.order(patient, &["sodium"]), world.measurement("sodium", "140"));
        let measured_by = world.instrument();
        let placed = world.lab.submit(technician, None, move |tx| {
            ways::place(tx, NewOrder { barcode: Some(barcode.clone()), ..order })?;
            tx.run(crate::specimens::commands::ReceiveSpecimen { barcode: barcode.clone(), collected_at: None })?;
            let (link, instrument, measurements) = (LINK, String::new(), vec![measurement]);
            tx.run(ReportResults { link, instrument, measured_by, barcode, measurements, tube: None, origin: None })
        });
        displayed.push(OnDisplay { result: placed.wait().unwrap().results[0], version: 1, lifts_holds: false });
    }
    let before = world.head();
    verify_as(&world, Role::Technician, displayed.clone()).unwrap();
    assert_eq!(world.head() - before, 1, "one signature");
    world.compose_due();
    assert_eq!(
        world.head() - before,
        1 + SIGNED_MAX as i64,
        "and a report for each order, in submissions of their own"
    );
    let last = world.read(move |s| views::result(s, displayed[SIGNED_MAX - 1].result)).unwrap();
    let stories = [last.0.specimen.0, last.1.0].map(|subject| world.read(move |s| crate::stories::story(s, subject)));
    for story in stories {
        assert!(
            story.iter().any(|t| t.header.kind == "results.verified"),
            "it stands in the story of the last one too"
        );
    }
}
