//! A test that cannot be measured any more is said to be so, and keeps no report from being final.

use crate::{
    orders::OrderId,
    reports::{document::Document, views},
    results::commands::{AskForRepeat, OnDisplay},
    specimens::SpecimenId,
    testing::{World, code},
    ways,
    work::views as work,
};

/// An order for sodium and potassium in serum, and haemoglobin in blood: the order and its tubes, both received.
fn with_two_tubes() -> (World, OrderId, SpecimenId, SpecimenId) {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimens) = world.place(world.order(patient, &["electrolytes", "hemoglobin"]), None).unwrap();
    for specimen in &specimens {
        let barcode = barcode(&world, *specimen);
        world.receive(&barcode).unwrap();
    }
    (world, order, specimens[0], specimens[1])
}

fn barcode(world: &World, id: SpecimenId) -> String {
    world.read(move |s| crate::specimens::views::specimen(s, id)).unwrap().barcode
}

fn verify_serum(world: &World, serum: SpecimenId) {
    let barcode = barcode(world, serum);
    let [sodium, potassium] = [("sodium", "140"), ("potassium", "4.0")].map(|(a, v)| world.filed(&barcode, a, v));
    world.verified(&[&sodium, &potassium]);
}

fn discard(world: &World, specimen: SpecimenId) {
    world.lab.submit(world.technician(), None, move |tx| ways::discard(tx, specimen)).wait().unwrap();
}

fn cancel(world: &World, order: OrderId, requests: &[usize]) {
    let all = world.read(move |s| crate::orders::views::requests(s, order));
    let requests = requests.iter().map(|place| all[*place].id).collect();
    let why = Some("not wanted".to_owned());
    world.lab.submit(world.technician(), why, move |tx| ways::cancel(tx, order, requests)).wait().unwrap();
}

/// A version of a report: final or not, results, what is to follow, what was not measured and why.
type Said = (bool, usize, Vec<String>, Vec<(String, String)>);

/// The versions of a report.
fn said(world: &World, order: OrderId) -> Vec<Said> {
    world.compose_due();
    let mut reports = world.read(move |s| views::of_order(s, order));
    reports.reverse();
    let said = |document: Document| {
        let lost = document.not_measured.into_iter().map(|l| (l.name, l.reason)).collect();
        (document.complete, document.results.len(), document.outstanding, lost)
    };
    reports.into_iter().map(|r| said(world.read(move |s| views::document(s, r.id)))).collect()
}

fn haemoglobin(why: &str) -> Vec<(String, String)> {
    vec![("Haemoglobin".to_owned(), why.to_owned())]
}

fn to_follow(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

#[test]
fn a_tube_that_is_rejected_after_the_other_was_verified_makes_the_report_final() {
    let (world, order, serum, blood) = with_two_tubes();
    verify_serum(&world, serum);
    world.reject(blood, "clotted").unwrap();
    let expected = [(false, 2, to_follow("Haemoglobin"), vec![]), (true, 2, vec![], haemoglobin("clotted"))];
    assert_eq!(said(&world, order), expected);
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(said(&world, order), expected);
}

#[test]
fn a_tube_that_is_rejected_first_is_said_with_the_other_s_results() {
    let (world, order, serum, blood) = with_two_tubes();
    world.reject(blood, "clotted").unwrap();
    assert_eq!(said(&world, order), [], "the other tube is still open");
    verify_serum(&world, serum);
    assert_eq!(said(&world, order), [(true, 2, vec![], haemoglobin("clotted"))]);
}

#[test]
fn an_order_whose_tubes_are_all_rejected_gets_a_report() {
    let (world, order, serum, blood) = with_two_tubes();
    world.reject(blood, "clotted").unwrap();
    world.reject(serum, "leaked").unwrap();
    let lost = ["Sodium", "Potassium"].map(|name| (name.to_owned(), "leaked".to_owned()));
    assert_eq!(said(&world, order), [(true, 0, vec![], [&lost[..], &haemoglobin("clotted")].concat())]);
}

#[test]
fn a_tube_that_is_thrown_away_before_it_was_measured_is_lost_too() {
    let (world, order, serum, blood) = with_two_tubes();
    verify_serum(&world, serum);
    said(&world, order);
    discard(&world, blood);
    discard(&world, serum);
    assert_eq!(said(&world, order)[1..], [(true, 2, vec![], haemoglobin("discarded"))]);
    let (world, order, serum, blood) = with_two_tubes();
    verify_serum(&world, serum);
    world.reject(blood, "clotted").unwrap();
    said(&world, order);
    discard(&world, blood);
    assert_eq!(said(&world, order).len(), 2, "why it was rejected stays the reason, and is said once");
}

#[test]
fn a_result_that_waits_for_review_is_to_follow_also_if_its_tube_is_gone() {
    let (world, order, serum, blood) = with_two_tubes();
    let hb = world.filed(&barcode(&world, blood), "hemoglobin", "140");
    verify_serum(&world, serum);
    discard(&world, blood);
    assert_eq!(said(&world, order), [(false, 2, to_follow("Haemoglobin"), vec![])]);
    world.verified(&[&hb]);
    assert_eq!(said(&world, order)[1..], [(true, 3, vec![], vec![])]);
}

#[test]
fn a_result_that_is_put_aside_after_its_tube_is_gone_is_lost() {
    let (world, order, serum, blood) = with_two_tubes();
    let hb = world.filed(&barcode(&world, blood), "hemoglobin", "14");
    verify_serum(&world, serum);
    discard(&world, blood);
    assert_eq!(said(&world, order), [(false, 2, to_follow("Haemoglobin"), vec![])]);
    let result = OnDisplay { result: hb.id, version: hb.version, lifts_holds: true };
    let why = Some("a clot".to_owned());
    world.lab.submit(world.technician(), why, move |tx| tx.run(AskForRepeat { result })).wait().unwrap();
    assert_eq!(said(&world, order)[1..], [(true, 2, vec![], haemoglobin("discarded"))]);
    assert!(world.read(move |s| work::of_specimen(s, blood)).is_none(), "nothing is to be measured of it");
}

#[test]
fn cancelling_what_is_left_open_makes_the_report_final() {
    let (world, order, _, blood) = with_two_tubes();
    world.reject(blood, "clotted").unwrap();
    cancel(&world, order, &[0]);
    assert_eq!(said(&world, order), []);
    cancel(&world, order, &[1]);
    assert_eq!(said(&world, order), [(true, 0, vec![], haemoglobin("clotted"))]);
    // An order that nobody wants says nothing.
    let (world, order, ..) = with_two_tubes();
    cancel(&world, order, &[0, 1, 2]);
    assert_eq!(said(&world, order), []);
}

#[test]
fn a_lost_test_that_is_cancelled_is_said_no_more() {
    let (world, order, serum, blood) = with_two_tubes();
    world.reject(blood, "clotted").unwrap();
    cancel(&world, order, &[2]);
    verify_serum(&world, serum);
    assert_eq!(said(&world, order), [(true, 2, vec![], vec![])]);
}

#[test]
fn what_was_lost_is_asked_for_again_in_one_step() {
    let (world, order, serum, blood) = with_two_tubes();
    verify_serum(&world, serum);
    let again = || world.lab.submit(world.technician(), None, move |tx| ways::ask_again(tx, order)).wait();
    assert_eq!(code(again()), "orders-nothing-added", "nothing is lost");
    world.reject(blood, "clotted").unwrap();
    said(&world, order);
    let tubes = again().unwrap();
    let blood_again = tubes[0];
    let expected = world.read(|s| work::awaited(s));
    assert_eq!(expected.iter().map(|s| (s.id, s.order)).collect::<Vec<_>>(), [(blood_again, order)]);
    assert_eq!(code(again()), "orders-nothing-added", "it is asked for once");
    let barcode = barcode(&world, blood_again);
    world.receive(&barcode).unwrap();
    let hb = world.filed(&barcode, "hemoglobin", "140");
    world.verified(&[&hb]);
    assert_eq!(said(&world, order)[2..], [(true, 3, vec![], vec![])]);
}

#[test]
fn adding_a_test_that_was_lost_asks_for_it_again() {
    let (world, order, _, blood) = with_two_tubes();
    world.reject(blood, "clotted").unwrap();
    let hemoglobin = world.catalog().tests().iter().find(|t| t.key == "hemoglobin").unwrap().id;
    let add = move |world: &World| {
        world.lab.submit(world.technician(), None, move |tx| ways::add_tests(tx, order, vec![hemoglobin])).wait()
    };
    assert_eq!(add(&world).unwrap().len(), 1, "a new tube is expected");
    assert_eq!(code(add(&world)), "orders-nothing-added");
    let asked = world.read(move |s| super::asked(s, order));
    assert_eq!(asked.len(), 3);
}
