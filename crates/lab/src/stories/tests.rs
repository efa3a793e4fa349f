use super::story;
use crate::{
    Actor, Role,
    results::commands::AskForRepeat,
    testing::{World, on_display},
};

#[test]
fn each_subject_tells_what_happened_to_it_in_order() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["sodium"], "T1");
    let (other, other_specimen) = world.ordered(patient, &["sodium"], "T2");
    let first = world.filed("T1", "sodium", "118");
    let ask = AskForRepeat { result: on_display(&first) };
    world.run_because(world.technician(), "a clot", ask).unwrap();
    world.pass(60);
    let second = world.filed("T1", "sodium", "140");
    world.verified(&[&second]);
    world.reject(other_specimen, "leaked").unwrap();

    let told = |subject: i64| -> Vec<(String, String)> {
        world.read(move |s| story(s, subject)).into_iter().map(|t| (t.header.kind, t.detail)).collect()
    };
    let of = |events: &[(&str, &str)]| -> Vec<(String, String)> {
        events.iter().map(|(kind, detail)| ((*kind).to_owned(), (*detail).to_owned())).collect()
    };
    let on_the_tube = [
        ("specimens.received", ""),
        ("results.reported", "Analyzer 1"),
        ("results.repeat-asked", ""),
        ("results.reported", "Analyzer 1"),
        ("results.verified", "1"),
    ];
    let expected = [("specimens.expected", "")];
    assert_eq!(told(specimen.0), of(&[&expected, &on_the_tube[..]].concat()));
    assert_eq!(told(order.0), of(&[&[("orders.placed", "")], &on_the_tube[..], &[("reports.composed", "1")]].concat()));
    assert_eq!(told(other_specimen.0), of(&[("specimens.expected", ""), ("specimens.rejected", "leaked")]));
    assert_eq!(told(other.0), of(&[("orders.placed", ""), ("specimens.rejected", "leaked")]));
    assert_eq!(told(patient.0), of(&[("patients.registered", ""), ("orders.placed", ""), ("orders.placed", "")]));
    assert_eq!(told(1), []);

    let actors: Vec<Actor> = world.read(move |s| story(s, specimen.0)).into_iter().map(|t| t.header.actor).collect();
    let (technician, link) = (world.actor(Role::Technician), Actor::Link(crate::testing::LINK));
    assert_eq!(actors, [technician, technician, link, technician, link, technician]);
}
