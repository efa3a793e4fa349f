//! What an analyzer says against what stands, and times that its clock showed twice or never.

use crate::common::{self, World, simulated};
use titer_lab::{
    Actor,
    results::{
        ContradictionState, State,
        commands::{OnDisplay, VerifyResults},
        views as results,
    },
    sites::{commands::DescribeSite, views as sites},
    specimens::SpecimenId,
};
use titer_link::{filing::Outcome, links::LinkId, replay};

const AT: &str = "20261122085500";
const LATER: &str = "20261122085800";

/// A link whose mappings are in use, and a received tube, T1, on which sodium is ordered.
async fn bench() -> (World, LinkId, SpecimenId) {
    let world = World::standing().await;
    let link = world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["sodium"], "T1").await;
    (world, link, specimen)
}

async fn problems(world: &World, link: LinkId, text: &str) -> (usize, Vec<String>) {
    match world.receive(link, text).await.unwrap() {
        Outcome::Kept { message, filed, .. } => {
            (filed, world.message(message).await.problems.into_iter().map(|p| p.code).collect())
        }
        Outcome::Same(_) => panic!("taken for the same message"),
    }
}

async fn against(world: &World, specimen: SpecimenId) -> Vec<(String, ContradictionState)> {
    let all = world.lab.read(move |s| Ok(results::contradicting(s, specimen)?)).await.unwrap();
    all.into_iter().map(|c| (c.value, c.state)).collect()
}

#[tokio::test]
async fn one_message_with_two_values_for_one_tube_at_one_time_is_signed_by_nobody_who_sees_one() {
    let (world, link, specimen) = bench().await;
    let text = simulated("T1", &[("Na", "140", "mmol/L", AT), ("Na", "172", "mmol/L", AT)]);
    assert_eq!(problems(&world, link, &text).await, (1, vec!["results-second-result".to_owned()]));
    let result = world.results(specimen).await.remove(0);
    assert_eq!(result.holds, ["contradicted:2026-11-22T08:55 172 mmol/L"]);
    // Read again, it changes nothing.
    let message = world.held().await[0].id;
    replay::one(&world.lab, world.technician.actor(), None, message).await.unwrap();
    assert_eq!(world.results(specimen).await, [result]);
}

#[tokio::test]
async fn what_the_link_lets_not_be_filed_contradicts_as_well() {
    let cases = [
        ("172", "||F||||20261122085800", "||C||||20261122085800"),
        ("172", "||F||||20261122085800", "||F||||yesterday"),
        ("172", "||F||||20261122085800", "||F||||20261122235900"),
    ];
    for (value, from, to) in cases {
        let (world, link, specimen) = bench().await;
        assert_eq!(problems(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await.0, 1);
        let text = simulated("T1", &[("Na", value, "mmol/L", LATER)]);
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        assert_eq!(problems(&world, link, &changed).await.0, 0, "{to}");
        let holds = world.results(specimen).await.remove(0).holds;
        assert!(holds.len() == 1 && holds[0].starts_with("contradicted:"), "{to}: {holds:?}");
    }
}

#[tokio::test]
async fn another_analyzer_s_value_of_a_verified_result_opens_a_correction() {
    let (world, link, specimen) = bench().await;
    problems(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await;
    let first = world.results(specimen).await.remove(0);
    let on_display = OnDisplay { result: first.id, version: first.version, lifts_holds: false };
    let verify = VerifyResults { results: vec![on_display], signed: world.sign(&world.technician).await };
    world.run(world.technician.actor(), verify).await.unwrap();
    let mut other = common::add_link("titer-sim-chemistry", "127.0.0.1:4002");
    other.name = "second".to_owned();
    let other = world.run(Actor::Console, other).await.unwrap();
    world.put_into_use(other).await;
    let text = simulated("T1", &[("Na", "172", "mmol/L", AT)]);
    assert_eq!(problems(&world, other, &text).await, (0, vec!["results-second-to-verified".to_owned()]));
    let stands = world.results(specimen).await.remove(0);
    assert_eq!((stands.state, stands.version, stands.holds), (State::Verified, first.version + 1, vec![]));
    assert_eq!(against(&world, specimen).await, [("172".to_owned(), ContradictionState::Open)]);
}

#[tokio::test]
async fn a_time_that_the_clock_showed_twice_or_never_is_not_guessed() {
    let (world, link, specimen) = bench().await;
    let site = world.lab.read(|s| Ok(sites::site(s)?)).await.unwrap().unwrap();
    let berlin = DescribeSite {
        name: site.name,
        address: String::new(),
        accreditation: String::new(),
        director: site.director,
        zone: "Europe/Berlin".to_owned(),
        demonstration: false,
    };
    world.run(Actor::Console, berlin).await.unwrap();
    let cases = [
        ("20261025023000", Some("time-twice:2026-10-25T02:30")),
        ("20260329023000", Some("time-never:2026-03-29T02:30")),
        ("20261122095500", None),
    ];
    for (n, (sent, hold)) in cases.into_iter().enumerate() {
        let (patient, tube) = (world.patient(&format!("MRN-T{n}")).await, format!("CLOCK-{n}"));
        let (_, specimen) = world.received(patient, &["sodium"], &tube).await;
        assert_eq!(problems(&world, link, &simulated(&tube, &[("Na", "140", "mmol/L", sent)])).await.0, 1);
        let result = world.results(specimen).await.remove(0);
        assert_eq!(result.holds, hold.into_iter().collect::<Vec<_>>(), "{sent}");
        assert_eq!(result.measured_at.is_none(), hold.is_some(), "{sent}: no time rather than a guessed one");
    }
    assert_eq!(world.results(specimen).await, []);
}
