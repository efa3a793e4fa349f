//! What an analyzer says against what stands, and times that its clock showed twice or never.

use crate::common::{self, World, simulated};
use titer_lab::{
    Actor,
    results::{
        ContradictionState, State,
        commands::{LetResultStand, OnDisplay, VerifyResults},
        views as results,
    },
    sites::{commands::DescribeSite, views as sites},
    specimens::SpecimenId,
    ways,
};
use titer_link::{filing::Outcome, inbox::views as inbox, links::LinkId, replay};

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
    assert_eq!(result.holds, ["contradicted-critical", "contradicted:2026-11-22T08:55 172 mmol/L"]);
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
        assert_eq!((holds.len(), holds[0].as_str()), (2, "contradicted-critical"), "{to}: {holds:?}");
        assert!(holds[1].starts_with("contradicted:"), "{to}: {holds:?}");
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

async fn verify(world: &World, specimen: SpecimenId) {
    let first = world.results(specimen).await.remove(0);
    let on_display = OnDisplay { result: first.id, version: first.version, lifts_holds: true };
    let verify = VerifyResults { results: vec![on_display], signed: world.sign(&world.technician).await };
    world.run(world.technician.actor(), verify).await.unwrap();
}

async fn dismiss(world: &World, specimen: SpecimenId) {
    let open = world.lab.read(move |s| Ok(results::contradicting_in(s, specimen, ContradictionState::Open)?)).await;
    let contradictions = open.unwrap().into_iter().map(|c| c.id).collect();
    let stands = LetResultStand { contradictions, signed: world.sign(&world.technician).await };
    let why = Some("diluted".to_owned());
    world.lab.submit(world.technician.actor(), why, move |tx| tx.run(stands)).await.unwrap();
}

/// The same content without a time may be another measurement: it is held until a person says so, and its values are seen meanwhile.
#[tokio::test]
async fn content_without_a_time_that_was_signed_over_opens_a_correction_when_it_comes_again() {
    let (world, link, specimen) = bench().await;
    problems(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await;
    let text = simulated("T1", &[("Na", "172", "mmol/L", "")]);
    assert_eq!(problems(&world, link, &text).await, (0, vec!["results-second-result".to_owned()]));
    let first = world.held().await[0].id;
    verify(&world, specimen).await;
    replay::one(&world.lab, world.technician.actor(), None, first).await.unwrap();
    assert_eq!(
        against(&world, specimen).await,
        [("172".to_owned(), ContradictionState::Beside)],
        "read again, it was seen"
    );
    assert_eq!(problems(&world, link, &text).await, (0, vec!["inbox-suspected-duplicate".to_owned()]));
    let opened = ("172".to_owned(), ContradictionState::Open);
    assert_eq!(against(&world, specimen).await[1..], *std::slice::from_ref(&opened));
    dismiss(&world, specimen).await;
    // Sent again and again it opens nothing: a person says whether it was measured again.
    problems(&world, link, &text).await;
    assert_eq!(against(&world, specimen).await.len(), 2);
    let again = world.held().await[0].id;
    replay::one(&world.lab, world.technician.actor(), None, again).await.unwrap();
    assert_eq!(against(&world, specimen).await[2..], [opened]);
}

/// A code that means one analyte, in a unit that nobody has mapped.
#[tokio::test]
async fn a_value_in_another_unit_stands_beside_the_result() {
    let (world, link, specimen) = bench().await;
    problems(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await;
    let other = simulated("T1", &[("Na", "322", "mg/dL", LATER)]);
    assert_eq!(problems(&world, link, &other).await, (0, vec!["inbox-unmapped-unit".to_owned()]));
    let held = world.held().await.remove(0).problems.remove(0);
    assert_eq!((held.test.as_str(), held.unit.as_str()), ("Na", "mg/dL"), "it waits for the mapping of its unit");
    let holds = world.results(specimen).await.remove(0).holds;
    assert_eq!(holds, ["contradicted-undecided", "contradicted:2026-11-22T08:58 322 mg/dL"]);
    // In one message, with a value that is filed.
    let patient = world.patient("MRN-2").await;
    let (_, both) = world.received(patient, &["sodium"], "T2").await;
    let text = simulated("T2", &[("Na", "322", "mg/dL", AT), ("Na", "140", "mmol/L", AT)]);
    assert_eq!(problems(&world, link, &text).await, (1, vec!["inbox-unmapped-unit".to_owned()]));
    let holds = world.results(both).await.remove(0).holds;
    assert_eq!(holds, ["contradicted-undecided", "contradicted:2026-11-22T08:55 322 mg/dL"]);
    verify(&world, specimen).await;
    let later = other.replace(LATER, "20261122085900");
    problems(&world, link, &later).await;
    assert_eq!(against(&world, specimen).await[1..], [("322".to_owned(), ContradictionState::Open)]);
}

/// A value of a tube that was discarded after its result was verified.
#[tokio::test]
async fn a_late_value_of_a_discarded_tube_opens_a_correction() {
    let (world, link, specimen) = bench().await;
    problems(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await;
    verify(&world, specimen).await;
    world.lab.submit(world.technician.actor(), None, move |tx| ways::discard(tx, specimen)).await.unwrap();
    let late = simulated("T1", &[("Na", "172", "mmol/L", LATER)]);
    assert_eq!(problems(&world, link, &late).await, (0, vec!["specimens-was-discarded".to_owned()]));
    assert_eq!(against(&world, specimen).await, [("172".to_owned(), ContradictionState::Open)]);
    // Also if the analyzer marks the value.
    let marked = late.replace("||F||", "||C||").replace("172", "173");
    problems(&world, link, &marked).await;
    assert_eq!(against(&world, specimen).await.len(), 2);
}

/// The page of a correction leads to the message that brought the value.
#[tokio::test]
async fn a_contradiction_is_known_by_its_message() {
    let (world, link, specimen) = bench().await;
    problems(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await;
    problems(&world, link, &simulated("T1", &[("Na", "172", "mmol/L", LATER)])).await;
    let held = world.held().await.remove(0).id;
    let found = world.lab.read(move |s| {
        let known_by = results::contradicting(s, specimen)?[0].message.unwrap();
        Ok((inbox::known_by(s, link, known_by)?, inbox::known_by(s, LinkId(1), known_by)?))
    });
    assert_eq!(found.await.unwrap(), (Some(held), None));
}

/// A link whose HGB in g/L is in use, and a received tube, T1, on which haemoglobin is ordered.
async fn haemoglobin() -> (World, LinkId, SpecimenId) {
    let world = World::standing().await;
    let link = world.link("titer-sim-chemistry", "127.0.0.1:4001").await;
    in_use(&world, link, "g/L").await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["hemoglobin"], "T1").await;
    (world, link, specimen)
}

async fn in_use(world: &World, link: LinkId, unit: &str) {
    let mapping = world.propose(link, "HGB", unit, "hemoglobin").await.unwrap();
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    world.confirm(link, vec![mapping]).await.unwrap();
}

/// Before two persons have approved the conversion a value stands beside the result as it was sent, and then in the result's unit.
#[tokio::test]
async fn a_value_in_another_unit_is_set_against_the_result_by_the_approved_conversion() {
    let (world, link, specimen) = haemoglobin().await;
    problems(&world, link, &simulated("T1", &[("HGB", "143", "g/L", AT)])).await;
    let hgb = |value: &str, unit: &str, at: &str| simulated("T1", &[("HGB", value, unit, at)]);
    let beside = |value: &str| (value.to_owned(), ContradictionState::Beside);
    let waiting = world.propose(link, "HGB", "g/dL", "hemoglobin").await.unwrap();
    let came = problems(&world, link, &hgb("15.1", "g/dL", LATER)).await;
    assert_eq!(came, (0, vec!["inbox-mapping-unapproved".to_owned()]));
    assert_eq!(against(&world, specimen).await, [beside("15.1")], "a proposal hides nothing");
    world.approve(link, vec![waiting], &world.director).await.unwrap();
    world.confirm(link, vec![waiting]).await.unwrap();
    let came = problems(&world, link, &hgb("14.3", "g/dL", "20261122085900")).await;
    assert_eq!(came, (0, vec!["results-second-result".to_owned()]));
    // 14.3 g/dL says what 143 g/L says: it is kept in case that is put aside, and stands beside no result.
    assert_eq!(against(&world, specimen).await[1..], [beside("143")]);
    let all = world.lab.read(move |s| Ok(results::contradicting(s, specimen)?)).await.unwrap();
    assert_eq!(all.iter().map(|c| c.result.0 == 0).collect::<Vec<_>>(), [false, true]);
    problems(&world, link, &hgb("15.2", "g/dL", "20261122085930")).await;
    assert_eq!(against(&world, specimen).await[2..], [beside("152")]);
    // What no conversion makes a value that can be printed.
    let endless = "9".repeat(28);
    let came = problems(&world, link, &hgb(&endless, "g/dL", "20261122085940")).await;
    assert_eq!(came, (0, vec!["links-unit-value".to_owned()]));
    assert_eq!(against(&world, specimen).await[3..], [beside(&endless)]);
}

/// One code in two units may be two quantities. What is proposed as another is set against nothing.
#[tokio::test]
async fn a_value_whose_unit_is_proposed_for_another_analyte_contradicts_no_result() {
    let (world, link, specimen) = haemoglobin().await;
    problems(&world, link, &simulated("T1", &[("HGB", "143", "g/L", AT)])).await;
    world.propose(link, "HGB", "%", "hematocrit").await.unwrap();
    problems(&world, link, &simulated("T1", &[("HGB", "42", "%", LATER)])).await;
    assert_eq!(against(&world, specimen).await, []);
}

/// Read again after its unit was approved, a value is filed and does not contradict itself.
#[tokio::test]
async fn a_value_that_is_converted_when_it_is_read_again_is_the_one_that_came() {
    let (world, link, specimen) = haemoglobin().await;
    problems(&world, link, &simulated("T1", &[("HGB", "14.3", "g/dL", AT)])).await;
    assert_eq!(against(&world, specimen).await, [("14.3".to_owned(), ContradictionState::Beside)]);
    in_use(&world, link, "g/dL").await;
    let message = world.held().await[0].id;
    replay::one(&world.lab, world.technician.actor(), None, message).await.unwrap();
    let result = world.results(specimen).await.remove(0);
    assert_eq!((result.value.as_str(), result.holds), ("143", vec![]));
}
