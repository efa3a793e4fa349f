//! A value that contradicts is kept as it came and judged like a result; however many come, and however often, none is out of sight.

use super::{CONTRADICTIONS_MAX, against, decide, held_by, only, open, sodium, unfit, verify, with_tube};
use crate::{
    Actor, Refusal,
    results::{
        ContradictionState, State,
        commands::{Arrival, AskForRepeat, Measurement, Origin, ReportResults},
        views,
    },
    testing::{LINK, World, code, on_display},
};

/// Sodium values that are neither critical nor alike.
fn many(world: &World, from: usize, count: usize) -> Vec<Measurement> {
    (from..from + count).map(|n| sodium(world, &format!("150.{n}"))).collect()
}

fn open_values(world: &World) -> Vec<String> {
    let specimen = world.read(|s| views::corrections(s)).0[0].result.specimen;
    let open = world.read(move |s| views::contradicting_in(s, specimen, ContradictionState::Open));
    open.into_iter().map(|c| if c.is_more() { "more".to_owned() } else { c.value }).collect()
}

#[test]
fn of_an_analyzer_that_never_ends_enough_is_kept_and_a_person_sees_that_there_is_more() {
    let (world, specimen) = with_tube();
    world.filed("T1", "sodium", "140");
    world.report("T1", many(&world, 1, CONTRADICTIONS_MAX)).unwrap();
    let full = only(&world, specimen);
    assert_eq!((against(&world, specimen).len(), held_by(&full).len()), (CONTRADICTIONS_MAX, CONTRADICTIONS_MAX));
    assert!(!full.holds.contains(&"contradicted-more".to_owned()) && !full.is_urgent());
    world.pass(60);
    world.report("T1", many(&world, 50, 5)).unwrap();
    let more = only(&world, specimen);
    assert_eq!((against(&world, specimen).len(), held_by(&more).len()), (CONTRADICTIONS_MAX + 1, CONTRADICTIONS_MAX));
    assert_eq!((more.version, more.holds.last().unwrap().as_str()), (full.version + 1, "contradicted-more"));
    assert_eq!(code(verify(&world, on_display(&full))), "results-changed-meanwhile");
    // A critical one beyond the limit is said to be one, and once.
    world.pass(60);
    world.report("T1", vec![sodium(&world, "172"), sodium(&world, "173")]).unwrap();
    let urgent = only(&world, specimen);
    assert_eq!((urgent.holds[0].as_str(), urgent.is_urgent()), ("contradicted-critical", true));
    assert_eq!(against(&world, specimen).len(), CONTRADICTIONS_MAX + 2);
}

#[test]
fn however_many_were_signed_over_the_next_value_opens_a_correction() {
    let (world, specimen) = with_tube();
    world.filed("T1", "sodium", "140");
    world.report("T1", many(&world, 1, CONTRADICTIONS_MAX + 5)).unwrap();
    assert_eq!(code(verify(&world, on_display(&only(&world, specimen)))), "done");
    world.pass(60);
    world.report("T1", vec![sodium(&world, "172")]).unwrap();
    assert_eq!(open_values(&world), ["172"]);
    // And however many were dismissed.
    for round in 0..2 {
        world.pass(60);
        world.report("T1", many(&world, 100, CONTRADICTIONS_MAX + 5)).unwrap();
        let values = open_values(&world);
        assert!(values.len() <= CONTRADICTIONS_MAX + 1 && values[0] == "more", "{round}: {values:?}");
        let ids = world.read(move |s| views::contradicting_in(s, specimen, ContradictionState::Open));
        let ids = ids.into_iter().map(|c| c.id).collect();
        assert_eq!(code(decide(&world, Some("a stuck sampler"), ids)), "done");
        assert!(world.read(|s| views::corrections(s)).0.is_empty());
    }
}

fn untimed(world: &World, value: &str) -> Measurement {
    Measurement { measured_at: None, holds: vec!["no-time".to_owned()], ..sodium(world, value) }
}

fn from(message: i64) -> Option<Origin> {
    Some(Origin { message, arrival: Arrival::New })
}

fn read_again(message: i64) -> Option<Origin> {
    Some(Origin { message, arrival: Arrival::Again })
}

fn suspected(message: i64) -> Option<Origin> {
    Some(Origin { message, arrival: Arrival::Suspected })
}

/// A value without a time that was signed over may be another measurement if it comes again.
#[test]
fn without_a_time_a_value_that_was_signed_over_opens_a_correction_when_it_comes_again() {
    for origin in [None, from(2), from(1)] {
        let (world, specimen) = with_tube();
        world.filed("T1", "sodium", "140");
        let arrives = |origin| world.report_from(origin, "T1", vec![untimed(&world, "172")]).unwrap();
        arrives(from(1));
        arrives(read_again(1));
        arrives(origin);
        assert_eq!(against(&world, specimen).len(), 1, "as long as it stands beside the result, it is seen");
        verify(&world, on_display(&only(&world, specimen))).unwrap();
        arrives(read_again(1));
        assert!(
            world.read(|s| views::corrections(s)).0.is_empty(),
            "its message, read again: it was seen and signed over"
        );
        arrives(origin);
        arrives(origin);
        assert_eq!(open_values(&world), ["172"]);
    }
}

/// The same message read again opens nothing anew, nor does one that may have been sent again. Another message does.
#[test]
fn what_was_dismissed_opens_again_if_it_is_measured_again_and_not_if_it_is_read_or_sent_again() {
    let (world, _) = with_tube();
    let first = world.filed("T1", "sodium", "140");
    verify(&world, on_display(&first)).unwrap();
    let arrives = |origin| world.report_from(origin, "T1", vec![untimed(&world, "172")]).unwrap();
    for round in 1..4 {
        arrives(from(round));
        assert_eq!(open_values(&world), ["172"], "{round}");
        assert_eq!(code(decide(&world, Some("diluted"), open(&world))), "done");
        arrives(read_again(round));
        arrives(suspected(round));
        assert!(world.read(|s| views::corrections(s)).0.is_empty(), "{round}");
    }
    // With a time: the same measurement in another message is the one that was dismissed. A later one is another.
    world.pass(60);
    let timed = sodium(&world, "173");
    for (message, opens) in [(10, true), (11, false), (12, false)] {
        world.report_from(from(message), "T1", vec![timed.clone()]).unwrap();
        assert_eq!(!world.read(|s| views::corrections(s)).0.is_empty(), opens, "{message}");
        if opens {
            assert_eq!(code(decide(&world, Some("diluted"), open(&world))), "done");
        }
    }
    world.pass(60);
    world.report_from(from(13), "T1", vec![sodium(&world, "173")]).unwrap();
    assert_eq!(open_values(&world), ["173"]);
}

/// Nobody knows whether a message of the same content was sent twice or measured twice.
#[test]
fn a_message_that_may_have_been_sent_again_opens_once_what_was_signed_over() {
    let (world, specimen) = with_tube();
    world.filed("T1", "sodium", "140");
    world.report_from(from(1), "T1", vec![untimed(&world, "172")]).unwrap();
    verify(&world, on_display(&only(&world, specimen))).unwrap();
    let again = suspected(1);
    for _ in 0..2 {
        world.report_from(again, "T1", vec![unfit(&world, "172")]).unwrap();
        world
            .report_from(
                again,
                "T1",
                vec![Measurement { unfit: Some(Refusal::new("inbox-result-preliminary")), ..untimed(&world, "172") }],
            )
            .unwrap();
    }
    assert_eq!(open_values(&world), ["172", "172"], "one with a time, one without");
    let ids = world.read(move |s| views::contradicting_in(s, specimen, ContradictionState::Open));
    decide(&world, Some("sent twice"), ids.into_iter().map(|c| c.id).collect()).unwrap();
    world.report_from(again, "T1", vec![untimed(&world, "172")]).unwrap();
    assert!(world.read(|s| views::corrections(s)).0.is_empty());
}

/// Put aside without a time, it may be another when it comes again: with a time it is the same.
#[test]
fn a_value_that_was_put_aside_contradicts_if_it_may_have_been_measured_again() {
    for (timed, seen) in [(true, 0), (false, 1)] {
        let (world, specimen) = with_tube();
        let value = if timed { sodium(&world, "150") } else { untimed(&world, "150") };
        world.report_from(from(1), "T1", vec![value.clone()]).unwrap();
        let aside = AskForRepeat { result: on_display(&only(&world, specimen)) };
        world.run_because(world.technician(), "a clot", aside).unwrap();
        world.report_from(from(2), "T1", vec![value.clone()]).unwrap();
        world.pass(60);
        let second = world.filed("T1", "sodium", "140");
        assert_eq!(held_by(&second).len(), seen, "{timed}: it came before the repeat");
        verify(&world, on_display(&second)).unwrap();
        world.report_from(from(3), "T1", vec![value]).unwrap();
        assert_eq!(world.read(|s| views::corrections(s)).0.len(), seen, "{timed}");
    }
}

#[test]
fn a_second_measurement_of_what_was_put_aside_stands_beside_the_result_that_follows() {
    let (world, specimen) = with_tube();
    world.report_from(from(1), "T1", vec![sodium(&world, "150")]).unwrap();
    world.pass(60);
    world.report_from(from(2), "T1", vec![sodium(&world, "150")]).unwrap();
    let first = only(&world, specimen);
    assert!(held_by(&first).is_empty() && open(&world).is_empty(), "it says the same");
    let aside = AskForRepeat { result: on_display(&first) };
    world.run_because(world.technician(), "a clot", aside).unwrap();
    world.pass(60);
    let second = world.filed("T1", "sodium", "140");
    assert_eq!(held_by(&second), ["2026-11-22T10:01 150 mmol/L"]);
}

#[test]
fn a_contradicting_value_is_judged_and_kept_as_it_came() {
    let (world, specimen) = with_tube();
    world.filed("T1", "sodium", "140");
    let marked = |value| Measurement { holds: vec!["instrument-flag:clot".to_owned()], ..sodium(&world, value) };
    world.pass(60);
    world.report_from(from(7), "T1", vec![marked("<118")]).unwrap();
    let held = only(&world, specimen);
    assert_eq!(held.holds, ["contradicted-critical", "contradicted:2026-11-22T10:01 <118 mmol/L [clot]"]);
    assert!(held.is_urgent() && held.critical.is_empty());
    assert_eq!(world.read(|s| views::waiting(s)).critical.number, 1, "it is counted and listed with the critical ones");
    assert_eq!(world.read(|s| views::awaiting(s, 1))[0].queue_position().rank, 0);
    let kept = world.read(move |s| views::contradicting(s, specimen)).remove(0);
    let what = (kept.value.as_str(), kept.unit.as_str(), kept.flag.as_str(), kept.critical.as_str());
    assert_eq!(what, ("<118", "mmol/L", "L", "low"));
    assert_eq!(
        (kept.holds, kept.measured_at, kept.message, kept.owner),
        (vec!["critical".to_owned(), "instrument-flag:clot".to_owned()], Some(world.now()), Some(7), String::new(),)
    );
    let limit = &world.last_body()["values"][0]["limit"];
    assert!(limit.is_i64(), "what it was judged by: {limit}");
    verify(&world, on_display(&held)).unwrap();
    assert!(!only(&world, specimen).is_urgent(), "it was signed over");
    world.pass(60);
    world.report("T1", vec![sodium(&world, "150")]).unwrap();
    world.pass(60);
    world.report("T1", vec![sodium(&world, "172")]).unwrap();
    let open = world.read(|s| views::corrections(s)).0.remove(0);
    let found = (open.contradiction.value.as_str(), open.contradiction.critical.as_str());
    assert_eq!((found, open.since), (("172", "high"), world.now().plus_seconds(-60)), "the critical one first");
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(world.read(|s| views::corrections(s)).0[0].contradiction, open.contradiction);
}

#[test]
fn corrections_with_critical_values_stand_before_older_ones() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    for (tube, value) in [("T1", "150"), ("T2", "172")] {
        world.received(patient, &["sodium"], tube);
        let first = world.filed(tube, "sodium", "140");
        world.verified(&[&first]);
        world.pass(60);
        world.report(tube, vec![sodium(&world, value)]).unwrap();
    }
    let tubes: Vec<_> = world.read(|s| views::corrections(s)).0.into_iter().map(|c| c.barcode).collect();
    assert_eq!(tubes, ["T2", "T1"]);
}

/// Of a patient whose age nobody knows, and judged again when somebody finds out.
#[test]
fn a_contradicting_value_is_judged_by_the_most_cautious_limit_and_again_if_the_patient_is_corrected() {
    let world = World::new();
    let patient = world.registered("MRN-1", titer_science::Sex::Female, None);
    let (_, specimen) = world.received(patient, &["potassium"], "T1");
    world.filed("T1", "potassium", "4.0");
    world.pass(60);
    // Critical for a child only.
    world.report("T1", vec![world.measurement("potassium", "6.3")]).unwrap();
    let held = only(&world, specimen);
    assert_eq!((held.holds[0].as_str(), held.is_urgent()), ("contradicted-critical", true));
    let kept = |world: &World| world.read(move |s| views::contradicting(s, specimen)).remove(0);
    assert!(kept(&world).holds.contains(&"cautious-limit".to_owned()));
    let born = |day: &'static str| {
        let correction = crate::patients::commands::Correction {
            family: "Okafor".to_owned(),
            given: "Nneka".to_owned(),
            sex: titer_science::Sex::Female,
            birth_date: Some(crate::testing::date(day)),
            age_band: None,
        };
        let (who, why) = (world.technician(), Some("found out".to_owned()));
        let correct =
            move |tx: &mut crate::Tx<'_, '_>| crate::ways::correct(tx, patient, correction, "MRN-1".to_owned());
        world.lab.submit(who, why, correct).wait().unwrap();
    };
    for (day, critical) in [("1971-04-02", ""), ("2020-04-02", "high"), ("1980-04-02", "")] {
        born(day);
        assert_eq!(kept(&world).critical, critical, "{day}");
        let result = only(&world, specimen);
        assert_eq!((result.is_urgent(), held_by(&result).len()), (!critical.is_empty(), 1), "{day}");
        assert_eq!(world.read(|s| views::waiting(s)).critical.number, usize::from(!critical.is_empty()), "{day}");
    }
    verify(&world, on_display(&only(&world, specimen))).unwrap();
    world.pass(60);
    world.report("T1", vec![world.measurement("potassium", "6.4")]).unwrap();
    assert_eq!(world.read(|s| views::corrections(s)).0[0].contradiction.critical, "");
    born("2020-04-02");
    assert_eq!(world.read(|s| views::corrections(s)).0[0].contradiction.critical, "high");
    let verification = world.lab.store().verify(&[], &mut |_, _| {}).unwrap();
    assert_eq!(verification.faults, vec![]);
}

#[test]
fn a_value_in_another_unit_contradicts_also_if_its_number_is_the_same() {
    let (world, specimen) = with_tube();
    let first = world.filed("T1", "sodium", "140");
    let other = |value| Measurement { unit: "mg/dL".to_owned(), ..unfit(&world, value) };
    world.pass(60);
    world.report("T1", vec![other("140")]).unwrap();
    let held = only(&world, specimen);
    assert_eq!(held_by(&held), ["2026-11-22T10:01 140 mg/dL"]);
    let kept = world.read(move |s| views::contradicting(s, specimen)).remove(0);
    assert_eq!((kept.flag.as_str(), kept.holds), ("", vec!["other-unit".to_owned(), "undecided-critical".to_owned()]));
    verify(&world, on_display(&held)).unwrap();
    world.pass(60);
    world.report("T1", vec![other("322")]).unwrap();
    assert_eq!((open_values(&world), world.result(first.id).state), (vec!["322".to_owned()], State::Verified));
}

/// A mark that came with a value is not forgotten when the value is set against a result that comes later.
#[test]
fn a_mark_is_kept_until_a_result_comes() {
    let (world, _) = with_tube();
    let marked = Measurement { holds: vec!["status:C".to_owned()], ..unfit(&world, "140") };
    world.report_from(from(1), "T1", vec![marked]).unwrap();
    world.pass(60);
    let result = world.filed("T1", "sodium", "140");
    assert_eq!(held_by(&result), ["2026-11-22T10:00 140 mmol/L [C]"]);
    // The same measurement, marked now, says something else than before.
    let (world, specimen) = with_tube();
    let first = sodium(&world, "140");
    world.report("T1", vec![first.clone()]).unwrap();
    let marked = Measurement { holds: vec!["instrument-flag:clot".to_owned()], ..first };
    assert_eq!(world.report("T1", vec![marked.clone()]).unwrap().held[0].1.code, "results-second-result");
    assert_eq!(held_by(&only(&world, specimen)).len(), 1);
    // What was filed with its mark and is read again says nothing new.
    let (world, specimen) = with_tube();
    let head = |world: &World| (world.report("T1", vec![marked.clone()]).unwrap().held.len(), world.head());
    let filed = head(&world);
    assert_eq!((head(&world), only(&world, specimen).holds.len()), (filed, 1));
}

#[test]
fn of_a_tube_that_is_gone_a_value_still_opens_a_correction() {
    let (world, specimen) = with_tube();
    let first = world.filed("T1", "sodium", "140");
    verify(&world, on_display(&first)).unwrap();
    world.lab.submit(world.technician(), None, move |tx| crate::ways::discard(tx, specimen)).wait().unwrap();
    world.pass(60);
    let same = world.report("T1", vec![sodium(&world, "140"), world.measurement("potassium", "4.0")]);
    assert_eq!(code(same), "specimens-was-discarded");
    let filed = world.report("T1", vec![sodium(&world, "172"), world.measurement("potassium", "4.0")]).unwrap();
    assert_eq!(filed.held.iter().map(|(_, r)| r.code).collect::<Vec<_>>(), ["specimens-was-discarded"; 2]);
    assert_eq!((filed.results.len(), open_values(&world)), (0, vec!["172".to_owned()]));
    assert_eq!(against(&world, specimen).len(), 1, "and nothing is noted of what has no result");
}

/// Nothing is filed from an analyzer whose name cannot be printed. What it says is seen.
#[test]
fn a_value_of_an_analyzer_without_a_name_still_opens_a_correction() {
    let (world, specimen) = with_tube();
    let first = world.filed("T1", "sodium", "140");
    verify(&world, on_display(&first)).unwrap();
    let report = ReportResults {
        link: LINK,
        instrument: "C111\u{0}".to_owned(),
        measured_by: world.instrument(),
        barcode: "T1".to_owned(),
        measurements: vec![sodium(&world, "172"), world.measurement("potassium", "4.0")],
        tube: None,
        origin: None,
    };
    let filed = world.run(Actor::Link(LINK), report).unwrap();
    assert_eq!((filed.results.len(), filed.held[0].1.code), (0, "text-control"));
    assert_eq!((open_values(&world), world.results(specimen).len()), (vec!["172".to_owned()], 1));
}

/// What another tube of the order brings is another specimen's: a person sees it in the held message, and it contradicts nothing.
#[test]
fn another_tube_of_the_same_order_contradicts_nothing() {
    let world = World::new();
    let order = world.order(world.patient("MRN-1"), &["sodium", "hemoglobin"]);
    let (_, tubes) = world.place(order, None).unwrap();
    let barcodes: Vec<String> = tubes
        .iter()
        .map(|id| {
            let id = *id;
            world.read(move |s| crate::specimens::views::specimen(s, id)).unwrap().barcode
        })
        .collect();
    for barcode in &barcodes {
        world.receive(barcode).unwrap();
    }
    let of = |analyte: &str, value: &str| {
        barcodes.iter().map(|b| world.report(b, vec![world.measurement(analyte, value)]).unwrap()).collect::<Vec<_>>()
    };
    let filed = of("sodium", "140");
    let serum = filed.iter().position(|f| f.results.len() == 1).unwrap();
    assert_eq!(filed[1 - serum].held[0].1.code, "results-not-ordered");
    world.pass(60);
    let again = of("sodium", "172");
    assert_eq!(again[1 - serum].held[0].1.code, "results-not-ordered");
    assert_eq!((against(&world, tubes[serum]).len(), against(&world, tubes[1 - serum]).len()), (1, 0));
}
