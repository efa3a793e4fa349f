//! Where an order stands while its report is final and more is asked for.

use super::stands;
use crate::{
    orders::OrderId,
    results::commands::VerifyResults,
    testing::{World, code, on_display},
    ways,
};

/// Whether the last report is final, and whether more follows.
fn said(world: &World, order: OrderId) -> (Option<bool>, bool) {
    let stands = world.read(move |s| stands(s, order));
    (stands.reported, stands.follows())
}

#[test]
fn a_final_report_is_final_no_more_from_the_request_until_the_next_version() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["sodium"], "T1");
    assert_eq!(said(&world, order), (None, true));
    world.reject(specimen, "clotted").unwrap();
    assert_eq!(said(&world, order), (None, true), "the report is due");
    world.compose_due();
    assert_eq!(said(&world, order), (Some(true), false));

    let again = world.lab.submit(world.technician(), None, move |tx| ways::ask_again(tx, order)).wait().unwrap();
    assert_eq!(said(&world, order), (Some(true), true), "asked for again");
    let tube = again[0];
    let barcode = world.read(move |s| crate::specimens::views::specimen(s, tube)).unwrap().barcode;
    world.receive(&barcode).unwrap();
    assert_eq!(said(&world, order), (Some(true), true), "received");
    let sodium = world.filed(&barcode, "sodium", "140");
    assert_eq!(said(&world, order), (Some(true), true), "measured");
    let signed = world.signed(crate::Role::Technician);
    let verify = VerifyResults { results: vec![on_display(&sodium)], signed };
    world.run(world.technician(), verify).unwrap();
    assert_eq!(said(&world, order), (Some(true), true), "verified, and the next version is due");
    world.compose_due();
    assert_eq!(said(&world, order), (Some(true), false));

    let potassium = vec![world.order(patient, &["potassium"]).tests[0]];
    let add = world.lab.submit(world.technician(), None, move |tx| ways::add_tests(tx, order, potassium)).wait();
    add.unwrap();
    assert_eq!(said(&world, order), (Some(true), true), "a test was added");
    let requests = world.read(move |s| crate::orders::views::requests(s, order));
    let (added, why) = (vec![requests[1].id], Some("not wanted".to_owned()));
    let cancel = world.lab.submit(world.technician(), why, move |tx| ways::cancel(tx, order, added)).wait();
    assert_eq!(code(cancel), "done");
    assert_eq!(said(&world, order), (Some(true), false), "and cancelled: the report says all that there is");
}
