use super::previous;
use crate::{
    Timestamp,
    results::views::{self, LabResult},
    specimens::commands::ReceiveSpecimen,
    testing::World,
};

/// A result of a tube that was collected then, if anybody knows, and measured then.
fn filed(world: &World, barcode: &str, value: &str, collected_at: Option<Timestamp>, at: Timestamp) -> LabResult {
    let patient = world.read(|s| crate::patients::views::search(s, "MRN-1")).first().unwrap().id;
    world.ordered(patient, &["sodium"], barcode);
    let receive = ReceiveSpecimen { barcode: barcode.to_owned(), collected_at };
    world.run(world.technician(), receive).unwrap();
    let mut measurement = world.measurement("sodium", value);
    measurement.measured_at = Some(at);
    let filed = world.report(barcode, vec![measurement]).unwrap();
    world.result(filed.results[0])
}

fn before(world: &World, result: &LabResult, collected_at: Option<Timestamp>) -> Option<String> {
    let (patient, result) = (world.read(|s| crate::patients::views::search(s, "MRN-1"))[0].id, result.clone());
    world.read(move |s| previous(s, patient, &result, collected_at)).map(|p| p.value)
}

fn in_review(world: &World, result: &LabResult) -> Option<String> {
    let id = result.id;
    world.read(move |s| views::awaiting_one(s, id)).unwrap().previous.map(|p| p.value)
}

#[test]
fn the_previous_result_is_never_later_than_the_one_that_it_stands_beside() {
    let world = World::new();
    world.patient("MRN-1");
    world.pass(8 * 3_600);
    let hour = |hour: i64| world.now().plus_seconds((hour - 8) * 3_600);
    // Measured at 2 and signed last; at 4; at 6 and signed first.
    let third = filed(&world, "T3", "143", None, hour(6));
    world.verified(&[&third]);
    let second = filed(&world, "T2", "142", None, hour(4));
    assert_eq!((in_review(&world, &second), before(&world, &second, None)), (None, None), "143 is later");
    world.verified(&[&second]);
    let first = filed(&world, "T1", "141", None, hour(2));
    world.verified(&[&first]);
    assert_eq!(before(&world, &first, None), None);
    assert_eq!(before(&world, &world.result(second.id), None).as_deref(), Some("141"));
    assert_eq!(before(&world, &world.result(third.id), None).as_deref(), Some("142"));
    let last = filed(&world, "T4", "144", None, hour(8));
    assert_eq!(in_review(&world, &last).as_deref(), Some("143"), "the latest of all, though it was not signed last");
    let between = filed(&world, "T5", "145", None, hour(5));
    assert_eq!(in_review(&world, &between).as_deref(), Some("142"));
    assert_eq!(before(&world, &between, None).as_deref(), Some("142"));
}

#[test]
fn a_specimen_that_was_collected_earlier_is_earlier_whenever_it_was_measured() {
    let world = World::new();
    world.patient("MRN-1");
    world.pass(8 * 3_600);
    let hour = |hour: i64| world.now().plus_seconds((hour - 8) * 3_600);
    let late = filed(&world, "LATE", "150", Some(hour(5)), hour(6));
    world.verified(&[&late]);
    let early = filed(&world, "EARLY", "140", Some(hour(1)), hour(7));
    assert_eq!((in_review(&world, &early), before(&world, &early, Some(hour(1)))), (None, None));
    world.verified(&[&early]);
    assert_eq!(before(&world, &world.result(late.id), Some(hour(5))).as_deref(), Some("140"));
    let now = filed(&world, "NOW", "160", Some(hour(8)), hour(8));
    assert_eq!(in_review(&world, &now).as_deref(), Some("150"));
}
