//! What is outstanding at the benches, and how soon the laboratory wants it done.

use super::{
    bench,
    targets::{MINUTES_MAX, SetTargets, Target, targets},
};
use crate::{
    Role,
    catalog::TestId,
    orders::Priority,
    specimens::SpecimenId,
    testing::{World, code},
    ways::NewOrder,
};

fn received(world: &World, priority: Priority, tests: &[&str], barcode: &str) -> SpecimenId {
    let order = NewOrder { priority, ..world.order(world.patient(&format!("MRN-{barcode}")), tests) };
    let (_, specimens) = world.place(order, Some(barcode)).unwrap();
    world.receive(barcode).unwrap();
    world.pass(60);
    specimens[0]
}

#[test]
fn the_most_urgent_tubes_come_first_then_the_oldest_and_what_has_a_result_is_done() {
    let world = World::new();
    let old = received(&world, Priority::Routine, &["sodium", "crp"], "T1");
    let stat = received(&world, Priority::Stat, &["sodium"], "T2");
    let urgent = received(&world, Priority::Urgent, &["sodium"], "T3");
    received(&world, Priority::Routine, &["sodium"], "T4");
    world.filed("T4", "sodium", "140");
    world.filed("T1", "sodium", "140");
    world.ordered(world.patient("MRN-9"), &["sodium"], "T9");
    let (tubes, more) = world.read(|s| bench::outstanding(s));
    let found: Vec<SpecimenId> = tubes.iter().map(|t| t.specimen).collect();
    assert_eq!((found, more), (vec![stat, urgent, old], false));
    let left: Vec<_> = tubes[2].outstanding.iter().map(|o| o.analyte).collect();
    assert_eq!(left, [world.analyte("crp")]);
    assert!(tubes[1].before() < tubes[1].position() && tubes[0].position() < tubes[1].before());
}

#[test]
fn a_target_is_set_by_test_and_priority_and_none_is_shipped() {
    let world = World::new();
    let test = world.catalog().tests().iter().find(|t| t.key == "sodium").unwrap().id;
    assert!(world.read(|s| targets(s)).of.is_empty());
    let set = |role, test, stat| {
        let target = Target { stat, ..Target::default() };
        world.run(world.actor(role), SetTargets { tests: vec![(test, target)] })
    };
    set(Role::Supervisor, test, Some(60)).unwrap();
    let now = world.read(|s| targets(s));
    assert_eq!((now.of[&test].minutes(Priority::Stat), now.version), (Some(60), world.head()));
    assert_eq!(now.of[&test].minutes(Priority::Routine), None);
    set(Role::Supervisor, test, Some(60)).unwrap();
    assert_eq!(world.head(), now.version, "nothing changed");
    assert_eq!(code(set(Role::Director, test, Some(0))), "work-target-out-of-range");
    assert_eq!(code(set(Role::Director, test, Some(MINUTES_MAX + 1))), "work-target-out-of-range");
    assert_eq!(code(set(Role::Director, TestId(1), Some(60))), "work-test-unknown");
    assert_eq!(code(set(Role::Technician, test, Some(60))), "people-not-permitted");
    set(Role::Director, test, None).unwrap();
    assert_eq!(world.read(|s| targets(s)).of[&test].minutes(Priority::Stat), None);
}
