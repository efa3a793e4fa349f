mod judged_again;
mod kinds;
mod out_of_use;
mod review;

use titer_science::Sex;

use self::review::verify_as;
use super::{
    ResultId, State,
    commands::{HELD_MAX, HoldResults, MEASURED_DAYS_MAX, MEASUREMENTS_MAX, Measurement, ReportResults},
    views,
};
use crate::{
    Actor, Role,
    catalog::commands::{ApproveCatalog, ImportCatalog},
    catalog::starter,
    specimens::SpecimenId,
    testing::{LINK, World, arg, code, on_display, refusal},
    ways::{self, NewOrder},
};

#[test]
fn measurements_land_on_a_received_tube_and_nowhere_else() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.ordered(patient, &["sodium"], "EXPECTED");
    let (_, rejected) = world.received(patient, &["sodium"], "REJECTED");
    world.reject(rejected, "clotted").unwrap();
    let (_, discarded) = world.received(patient, &["sodium"], "DISCARDED");
    world.lab.submit(world.technician(), None, move |tx| ways::discard(tx, discarded)).wait().unwrap();
    world.received(patient, &["sodium"], "HERE");
    let long = "9".repeat(41);
    let cases = [
        ("", "text-missing"),
        ("HE\u{7}RE", "text-control"),
        (&*long, "text-too-long"),
        ("NOBODYS", "specimens-unknown"),
        ("EXPECTED", "specimens-not-received"),
        ("REJECTED", "specimens-was-rejected"),
        ("DISCARDED", "specimens-was-discarded"),
        ("here", "done"),
        ("HERE", "done"),
    ];
    for (barcode, expected) in cases {
        let filed = world.report(barcode, vec![world.measurement("sodium", "140")]);
        assert_eq!(code(filed), expected, "{barcode:?}");
    }
    let many = vec![world.measurement("sodium", "140"); MEASUREMENTS_MAX + 1];
    let refused = refusal(world.report("HERE", many));
    assert_eq!((refused.code, arg(&refused, "limit").as_str()), ("results-too-many", "200"));
}

#[test]
fn one_measurement_that_cannot_be_filed_does_not_hold_up_its_neighbours() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let collected_at = Some(world.now());
    let order = NewOrder { collected_at, ..world.order(patient, &["sodium", "potassium", "creatinine"]) };
    let specimen = world.place(order, Some("T1")).unwrap().1[0];
    world.pass(600);
    world.receive("T1").unwrap();
    let now = world.now();
    let of = |analyte: &str, value: &str| world.measurement(analyte, value);
    // What is wrong with it, and why it is held.
    let cases = [
        (of("crp", "1.0"), "results-not-ordered"),
        (Measurement { measured_at: Some(now.plus_seconds(601)), ..of("sodium", "140") }, "results-measured-in-future"),
        (
            Measurement { measured_at: Some(now.plus_seconds(-601)), ..of("sodium", "140") },
            "results-measured-before-collection",
        ),
        (of("sodium", ""), "text-missing"),
        (of("sodium", "14\u{0}0"), "text-control"),
        (of("sodium", &"9".repeat(301)), "text-too-long"),
        (Measurement { code: "N\u{1b}a".to_owned(), ..of("sodium", "140") }, "text-control"),
        (Measurement { unit: "\u{7}".to_owned(), ..of("sodium", "140") }, "text-control"),
        (Measurement { holds: vec!["instrument-flag:\u{7}".to_owned()], ..of("sodium", "140") }, "text-control"),
    ];
    for (wrong, expected) in cases {
        let before = world.head();
        let filed = world.report("T1", vec![wrong.clone()]).unwrap();
        assert_eq!(filed.held.len(), 1, "{wrong:?}");
        assert_eq!((filed.held[0].0.as_str(), filed.held[0].1.code), (wrong.code.as_str(), expected));
        // It may contradict what comes next, and nothing else happened.
        let kinds = world.kinds_after(before);
        let asked = expected != "results-not-ordered" && !wrong.value.is_empty();
        assert!(kinds.len() <= usize::from(asked) && kinds.iter().all(|k| k == "results.contradicted"), "{kinds:?}");
        assert_eq!(world.results(specimen), []);
    }
    let at_the_edges = [
        Measurement { measured_at: Some(now.plus_seconds(600)), ..of("sodium", "140") },
        of("crp", "1.0"),
        Measurement { measured_at: Some(now.plus_seconds(-600)), ..of("potassium", "4.0") },
        Measurement { measured_at: None, ..of("creatinine", "60") },
    ];
    let filed = world.report("T1", at_the_edges.to_vec()).unwrap();
    assert_eq!((filed.results.len(), filed.held.len(), filed.repeated), (3, 1, 0));
}

/// The tube has long been here, and numbers come round again.
#[test]
fn a_measurement_of_long_ago_is_held() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, specimen) = world.received(patient, &["sodium", "potassium"], "T1");
    let measured_at = Some(world.now().plus_seconds(60));
    world.pass(60 + MEASURED_DAYS_MAX * 24 * 3_600);
    let of = |analyte: &str, value: &str| Measurement { measured_at, ..world.measurement(analyte, value) };
    world.report("T1", vec![of("sodium", "140")]).unwrap();
    world.pass(1);
    world.report("T1", vec![of("potassium", "4.0")]).unwrap();
    let holds: Vec<_> = world.results(specimen).into_iter().map(|r| r.holds).collect();
    assert_eq!(holds[0], [""; 0], "thirty days, to the second");
    assert!(holds[1].len() == 1 && holds[1][0].starts_with("measured-long-ago:2026-11-"), "{holds:?}");
}

/// Whatever a code was taken for, a person looks again: what was verified stays, and is listed.
#[test]
fn what_was_filed_under_a_withdrawn_meaning_is_held() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let under = |mapping, analyte: &str, value: &str| Measurement { mapping, ..world.measurement(analyte, value) };
    let file = |barcode: &str, measurements| {
        let (_, specimen) = world.received(patient, &["sodium", "potassium"], barcode);
        world.report(barcode, measurements).unwrap();
        world.results(specimen)
    };
    let verified = file("T1", vec![under(Some(7), "sodium", "140")]);
    world.verified(&verified.iter().collect::<Vec<_>>());
    let waiting = file("T2", vec![under(Some(7), "sodium", "140"), under(Some(8), "potassium", "4.0")]);
    let critical = file("T3", vec![under(Some(7), "potassium", "7.5")]);
    let hold = |after| world.run(world.actor(Role::Director), HoldResults { mapping: 7, after });
    assert_eq!(hold(ResultId(0)).unwrap(), None, "there is nothing more to look at");
    assert_eq!(world.result(waiting[0].id).holds, ["mapping-withdrawn"]);
    assert_eq!(world.result(waiting[1].id), waiting[1], "of another meaning");
    assert_eq!(world.result(critical[0].id).holds, ["critical", "mapping-withdrawn"]);
    assert_eq!(world.result(verified[0].id).state, State::Verified);
    let queue: Vec<_> = world.read(|s| views::awaiting(s, views::PAGE)).iter().map(|a| a.result.id).collect();
    assert_eq!(queue, [critical[0].id, waiting[0].id, waiting[1].id], "critical, held, neither");
    let listed = world.read(|s| views::filed_under(s, 7, State::Verified, 10));
    assert_eq!(listed.iter().map(|f| (f.result.id, f.barcode.as_str())).collect::<Vec<_>>(), [(verified[0].id, "T1")]);
    let seen = on_display(&waiting[0]);
    assert_eq!(code(verify_as(&world, Role::Technician, vec![seen])), "results-changed-meanwhile");
    let before = world.head();
    assert_eq!(hold(ResultId(0)).unwrap(), None);
    assert_eq!(world.head(), before, "held once");
    world.verified(&[&world.result(waiting[0].id)]);
    assert_eq!(world.result(waiting[0].id).state, State::Verified, "a person may go on, with the reason in sight");
    const { assert!(HELD_MAX * 2 <= 1_000, "each held result is two changed rows of one submission") }
}

#[test]
fn an_instrument_s_name_that_cannot_be_printed_is_refused() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium"], "T1");
    for (instrument, expected) in [("C111\u{0}", "text-control"), ("", "done")] {
        let report = ReportResults {
            link: LINK,
            instrument: instrument.to_owned(),
            measured_by: world.instrument(),
            barcode: "T1".to_owned(),
            measurements: vec![world.measurement("sodium", "140")],
            tube: None,
            origin: None,
        };
        assert_eq!(code(world.run(Actor::Link(LINK), report)), expected);
    }
}

/// Flag, critical and holds of a value, for a woman of 55.
#[test]
fn a_value_is_judged_by_what_the_director_has_approved() {
    let cases: &[(&str, &str, &str, &str, &[&str])] = &[
        // On a reference limit is within it.
        ("sodium", "136", "N", "", &[]),
        ("sodium", "135", "L", "", &[]),
        ("sodium", "135.9", "L", "", &[]),
        ("sodium", "145", "N", "", &[]),
        ("sodium", "145.1", "H", "", &[]),
        // On a critical limit is critical where the limit says so.
        ("sodium", "121", "L", "", &[]),
        ("sodium", "120", "L", "low", &["critical"]),
        ("sodium", "160", "H", "high", &["critical"]),
        ("potassium", "2.5", "L", "", &[]),
        ("potassium", "2.49", "L", "low", &["critical"]),
        ("potassium", "6.5", "H", "", &[]),
        ("potassium", "6.51", "H", "high", &["critical"]),
        // No lower limit: whatever is below the upper one is within.
        ("crp", "0", "N", "", &[]),
        ("crp", "5.0", "N", "", &[]),
        ("crp", "5.1", "H", "", &[]),
        // Censored: certain on one side, undecided across a limit.
        ("crp", "<0.6", "N", "", &[]),
        ("crp", ">300", "H", "", &[]),
        ("crp", "<6.0", "", "", &["undecided-flag"]),
        ("sodium", "<120", "L", "low", &["critical"]),
        ("sodium", "<=120", "L", "low", &["critical"]),
        ("sodium", "<130", "L", "", &["undecided-critical"]),
        ("sodium", ">180", "H", "high", &["critical"]),
        ("sodium", ">140", "", "", &["undecided-flag", "undecided-critical"]),
        // Text is never normal.
        ("sodium", "-----", "", "", &["not-a-number", "undecided-critical"]),
        ("sodium", "1,40", "", "", &["not-a-number", "undecided-critical"]),
        ("sodium", "140 mmol/L", "", "", &["not-a-number", "undecided-critical"]),
        ("crp", "negative", "", "", &["not-a-number"]),
        // No interval is approved.
        ("lipase", "40", "", "", &["no-interval"]),
        ("lipase", "high", "", "", &["not-a-number", "no-interval"]),
        // By sex and age.
        ("creatinine", "84", "N", "", &[]),
        ("creatinine", "85", "H", "", &[]),
    ];
    let world = World::new();
    let patient = world.patient("MRN-1");
    for (i, (analyte, value, flag, critical, holds)) in cases.iter().enumerate() {
        let barcode = format!("T{i}");
        world.received(patient, &[analyte], &barcode);
        let result = world.filed(&barcode, analyte, value);
        let judged = (result.value.as_str(), result.flag.as_str(), result.critical.as_str());
        assert_eq!(judged, (*value, *flag, *critical), "{analyte} {value}");
        assert_eq!(result.holds, *holds, "{analyte} {value}");
    }
}

#[test]
#[allow(clippy::type_complexity, reason = "a table of cases reads best as one")]
fn who_cannot_be_told_apart_is_judged_by_nothing() {
    // Sex, birth, analyte, value; flag, critical, holds.
    let cases: &[(Sex, Option<&str>, &str, &str, &str, &str, &[&str])] = &[
        (Sex::Male, Some("1971-04-02"), "creatinine", "59", "N", "", &[]),
        (Sex::Male, Some("1971-04-02"), "creatinine", "58", "L", "", &[]),
        (Sex::Unknown, Some("1971-04-02"), "creatinine", "70", "", "", &["no-interval"]),
        (Sex::Other, Some("1971-04-02"), "creatinine", "70", "", "", &["no-interval"]),
        (Sex::Female, None, "creatinine", "70", "", "", &["no-interval"]),
        (Sex::Female, Some("2020-04-02"), "creatinine", "70", "", "", &["no-interval"]),
        // Children have critical limits of their own; whose age is unknown may be either.
        (Sex::Female, Some("2020-04-02"), "potassium", "6.3", "H", "high", &["critical"]),
        (Sex::Female, Some("1971-04-02"), "potassium", "6.3", "H", "", &[]),
        (Sex::Female, None, "potassium", "4.0", "N", "", &["undecided-critical"]),
        (Sex::Female, None, "sodium", "110", "L", "low", &["critical"]),
        // If the age is unknown, the most cautious limit of any age counts: 6.3 is critical for a child, 2.6 too.
        (Sex::Female, None, "potassium", "6.3", "H", "high", &["critical", "cautious-limit"]),
        (Sex::Unknown, None, "potassium", "2.6", "L", "low", &["critical", "cautious-limit"]),
        (Sex::Unknown, None, "hemoglobin", "69", "L", "low", &["critical", "cautious-limit"]),
        (Sex::Unknown, None, "lipase", "201", "", "high", &["critical", "no-interval", "cautious-limit"]),
        (Sex::Unknown, None, "lipase", "200", "", "", &["no-interval", "undecided-critical"]),
        // Where others have a limit and this person has none, that is not known to be meant; signed without bounds, it is.
        (Sex::Female, Some("2020-04-02"), "hemoglobin", "130", "N", "", &["undecided-critical"]),
        (Sex::Female, Some("1971-04-02"), "hemoglobin", "130", "N", "", &[]),
        (Sex::Female, Some("1971-04-02"), "lipase", "900", "", "", &["no-interval"]),
        (Sex::Male, Some("2020-04-02"), "lipase", "201", "", "high", &["critical", "no-interval"]),
        (Sex::Female, Some("2020-04-02"), "crp", "200", "H", "", &[]),
    ];
    let world = World::new();
    for (i, (sex, birth, analyte, value, flag, critical, holds)) in cases.iter().enumerate() {
        let patient = world.registered(&format!("MRN-{i}"), *sex, *birth);
        let barcode = format!("T{i}");
        world.received(patient, &[analyte], &barcode);
        let result = world.filed(&barcode, analyte, value);
        let judged = (result.flag.as_str(), result.critical.as_str());
        assert_eq!(judged, (*flag, *critical), "{sex:?} {birth:?} {analyte} {value}");
        assert_eq!(result.holds, *holds, "{sex:?} {birth:?} {analyte} {value}");
    }
}

/// The sixteenth birthday lies between collection and measurement.
#[test]
fn the_age_that_counts_is_that_at_the_collection() {
    let world = World::new();
    let patient = world.registered("MRN-1", Sex::Female, Some("2010-11-22"));
    world.pass_until("2026-11-21T20:00:00Z");
    let collected_at = Some(world.now());
    world.pass_until("2026-11-22T09:00:00Z");
    for (barcode, collected_at, critical) in [("T1", collected_at, "high"), ("T2", None, "")] {
        let order = NewOrder { collected_at, ..world.order(patient, &["potassium"]) };
        world.place(order, Some(barcode)).unwrap();
        world.receive(barcode).unwrap();
        assert_eq!(world.filed(barcode, "potassium", "6.3").critical, critical, "{barcode}");
    }
}

#[test]
fn the_event_carries_what_the_value_was_judged_by() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["potassium"], "T1");
    let m = Measurement { holds: vec!["mapping-unconfirmed".to_owned()], ..world.measurement("potassium", "7.04") };
    world.report("T1", vec![m]).unwrap();
    let (intervals, limits) = world.read(|s| crate::catalog::views::all(s));
    let body = world.last_body();
    assert_eq!(body["specimen"], specimen.0);
    assert_eq!(body["order"], order.0);
    assert_eq!(body["link"], LINK);
    let expected = serde_json::json!({
        "analyte": world.analyte("potassium").0,
        "code": "K",
        "value": "7.04",
        "unit": "mmol/L",
        "flag": "H",
        "critical": "high",
        "interval": intervals.iter().find(|i| i.low == "3.5").unwrap().id.0,
        "low": "3.5",
        "high": "5.1",
        "limit": limits.iter().find(|l| l.population == "adult").unwrap().id.0,
        "holds": ["critical", "mapping-unconfirmed"],
    });
    assert_eq!(body["results"], serde_json::json!([expected]));
    assert_eq!(body["measured_at"], world.now().micros());
}

/// What is approved later judges what comes later.
#[test]
fn a_stored_result_keeps_the_judgement_that_it_was_given() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["lipase"], "T1");
    let before = world.filed("T1", "lipase", "40");
    let text = r#"interval = [{ analyte = "lipase", sex = "any", low = "13", high = "60", unit = "U/L", type = "reference", source = "s" }]"#;
    world.run(Actor::Console, ImportCatalog(starter::parse(text).unwrap())).unwrap();
    let intervals = world.read(|s| crate::catalog::views::proposals(s)).0.iter().map(|i| i.id).collect();
    let approve = ApproveCatalog { intervals, limits: vec![], answers: vec![], signed: world.signed(Role::Director) };
    world.run(world.actor(Role::Director), approve).unwrap();
    assert_eq!(world.result(before.id), before);
    world.received(patient, &["lipase"], "T2");
    let after = world.filed("T2", "lipase", "40");
    assert_eq!((after.flag.as_str(), after.has_interval, after.holds.len()), ("N", true, 0));
}

#[test]
fn the_same_measurement_counts_once_and_another_is_held() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, specimen) = world.received(patient, &["sodium", "potassium"], "T1");
    let first = world.measurement("sodium", "140");
    world.report("T1", vec![first.clone()]).unwrap();
    let later = Some(world.now().plus_seconds(60));
    // New results, measurements that were filed before, measurements held.
    let cases = [
        ("the same", vec![first.clone()], (0, 1, None)),
        (
            "another value",
            vec![Measurement { value: "141".to_owned(), ..first.clone() }],
            (0, 0, Some("results-second-result")),
        ),
        (
            "the same value written otherwise",
            vec![Measurement { value: "140.0".to_owned(), ..first.clone() }],
            (0, 0, Some("results-second-result")),
        ),
        (
            "a rerun to the same value",
            vec![Measurement { measured_at: later, ..first.clone() }],
            (0, 0, Some("results-second-result")),
        ),
        (
            "without a time",
            vec![Measurement { measured_at: None, ..first.clone() }],
            (0, 0, Some("results-second-result")),
        ),
        ("the same beside a new one", vec![first.clone(), world.measurement("potassium", "4.0")], (1, 1, None)),
    ];
    for (name, measurements, (new, repeated, held)) in cases {
        let filed = world.report("T1", measurements).unwrap();
        let found = (filed.results.len(), filed.repeated, filed.held.first().map(|(_, r)| r.code));
        assert_eq!(found, (new, repeated, held), "{name}");
    }
    let other_link = ReportResults {
        link: LINK + 1,
        instrument: String::new(),
        measured_by: world.instrument(),
        barcode: "T1".to_owned(),
        measurements: vec![first],
        tube: None,
        origin: None,
    };
    let filed = world.run(Actor::Link(LINK + 1), other_link).unwrap();
    assert_eq!(filed.held[0].1.code, "results-second-result", "another analyzer measured it for itself");
    assert_eq!(world.results(specimen).len(), 2);
}

#[test]
fn two_values_of_one_analyte_in_one_message_are_never_chosen_between() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, specimen) = world.received(patient, &["sodium"], "T1");
    let filed =
        world.report("T1", vec![world.measurement("sodium", "140"), world.measurement("sodium", "118")]).unwrap();
    assert_eq!((filed.results.len(), filed.held[0].1.code), (1, "results-second-result"));
    assert_eq!(world.results(specimen)[0].value, "140");
}

#[test]
fn without_a_time_nothing_says_that_it_is_the_same_measurement() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium"], "T1");
    let untimed = Measurement { measured_at: None, ..world.measurement("sodium", "140") };
    assert_eq!(world.report("T1", vec![untimed.clone()]).unwrap().results.len(), 1);
    assert_eq!(world.report("T1", vec![untimed]).unwrap().held[0].1.code, "results-second-result");
}

#[test]
fn a_result_that_is_not_there_has_no_specimen() {
    let world = World::new();
    assert!(world.read(|s| views::result(s, ResultId(1))).is_none());
    assert!(!world.read(|s| views::any_of_specimen(s, SpecimenId(1))));
}

/// Of a tube of which nobody said when it was collected. The day is that of the laboratory's clock, an hour ahead of universal time.
#[test]
fn nothing_is_measured_before_the_patient_was_born() {
    let world = World::new();
    let patient = world.registered("MRN-1", Sex::Female, Some("2026-11-22"));
    world.received(patient, &["sodium", "potassium"], "T1");
    let at = |analyte: &str, at: &str| Measurement {
        measured_at: Some(crate::testing::time(at)),
        ..world.measurement(analyte, "4.0")
    };
    let unborn = world.report("T1", vec![at("sodium", "2026-11-21T22:59:59Z")]).unwrap();
    assert_eq!(unborn.held[0].1.code, "results-measured-before-birth");
    assert_eq!(world.report("T1", vec![at("potassium", "2026-11-21T23:00:00Z")]).unwrap().results.len(), 1);
}

#[test]
fn a_result_of_a_cancelled_request_is_held() {
    let world = World::new();
    let (order, specimen) = world.received(world.patient("MRN-1"), &["sodium", "crp"], "T1");
    let requests = world.read(move |s| crate::orders::views::requests(s, order));
    let (why, crp) = (Some("not wanted".to_owned()), vec![requests[1].id]);
    world.lab.submit(world.technician(), why, move |tx| ways::cancel(tx, order, crp)).wait().unwrap();
    let filed = world.report("T1", vec![world.measurement("sodium", "140"), world.measurement("crp", "9.0")]).unwrap();
    assert_eq!(filed.results.len(), 1);
    assert_eq!(
        filed.held.iter().map(|(c, r)| (c.as_str(), r.code)).collect::<Vec<_>>(),
        [("CRP", "results-request-cancelled")]
    );
    assert_eq!(world.results(specimen).len(), 1);
}
