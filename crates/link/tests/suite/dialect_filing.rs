//! What a dialect's places and statuses come to in the inbox.

use crate::common::World;
use titer_link::{filing::Outcome, links::LinkId};

const AT: &str = "20261122085500";

/// A link whose code for the analyte is confirmed.
async fn with_code(dialect: &str, code: &str, unit: &str, analyte: &str) -> (World, LinkId) {
    let world = World::standing().await;
    let link = world.link(dialect, "127.0.0.1:4001").await;
    let mapping = world.propose(link, code, unit, analyte).await.unwrap();
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    world.confirm(link, vec![mapping]).await.unwrap();
    (world, link)
}

/// New results, and the codes of what waits.
async fn kept(world: &World, link: LinkId, message: &str) -> (usize, Vec<String>) {
    let Outcome::Kept { message, filed, .. } = world.receive(link, message).await.unwrap() else {
        panic!("taken for the same message")
    };
    (filed, world.message(message).await.problems.into_iter().map(|p| p.code).collect())
}

#[tokio::test]
async fn a_result_that_is_not_final_waits_with_a_reason_of_its_own() {
    let (world, link) = with_code("cobas-c111", "550", "U/L", "alp").await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["alp"], "T1").await;
    let message = |status: &str| {
        format!("H|\\^&|||C111\rP|1\rO|1||T1^^2||R||||||N\rR|1|^^^550|95.2|U/L||N||{status}||||{AT}\rL|1|N\r")
    };
    for (status, reason) in
        [("C", "inbox-result-corrected"), ("X", "inbox-result-not-done"), ("I", "inbox-result-ignored")]
    {
        assert_eq!(kept(&world, link, &message(status)).await, (0, vec![reason.to_owned()]), "{status}");
    }
    assert!(world.results(specimen).await.is_empty());
    assert_eq!(kept(&world, link, &message("F")).await, (1, vec![]));
}

#[tokio::test]
async fn values_that_are_not_charted_wait_for_nobody_and_preliminary_ones_do() {
    let (world, link) = with_code("sysmex-xn", "HGB", "g/L", "hemoglobin").await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["hemoglobin"], "T1").await;
    let message = |status: &str| {
        format!(
            "H|\\^&|||XN-550\rP|1\rO|1||^^  T1^B||||||||N\rR|1|^^^^HGB^1|80|g/L||N||{status}||||{AT}\r\
             R|2|^^^^SCAT_WDF|WDF.PNG|||N||F||||{AT}\rL|1|N\r"
        )
    };
    assert_eq!(kept(&world, link, &message("P")).await, (0, vec!["inbox-result-preliminary".to_owned()]));
    assert_eq!(kept(&world, link, &message("F")).await, (1, vec![]));
    assert_eq!(world.results(specimen).await.len(), 1);
}

#[tokio::test]
async fn a_message_whose_places_name_two_tubes_files_to_neither() {
    let (world, link) = with_code("architect", "241", "mmol/L", "sodium").await;
    let patient = world.patient("MRN-1").await;
    let (_, one) = world.received(patient, &["sodium"], "T1").await;
    let (_, other) = world.received(patient, &["sodium"], "T2").await;
    let message = |second: &str| {
        format!(
            "H|\\^&|||ARCHITECT|||||||P\rP|1\rO|1|T1|{second}^Z226^1||R||||||||||||||||||||F\r\
             R|1|^^^241^X^UNDILUTED^P^^^^F|140|mmol/L||||F||||{AT}\rL|1\r"
        )
    };
    assert_eq!(kept(&world, link, &message("T2")).await, (0, vec!["inbox-identity-contradicts".to_owned()]));
    assert_eq!(kept(&world, link, &message("")).await, (1, vec![]), "an empty place says nothing");
    assert_eq!((world.results(one).await.len(), world.results(other).await.len()), (1, 0));
}

/// A query is kept like every message, and waits for nobody; from a device that asks nothing it is a strange record.
#[tokio::test]
async fn a_query_is_no_problem_where_the_dialect_knows_it() {
    let (world, link) = with_code("cobas-e411", "10//not", "mmol/L", "sodium").await;
    let query = "H|\\^&|||cobas-e411^1\rQ|1|^^T1^40^0^5^^S1^SC||ALL||||||||O\rL|1|N\r";
    assert_eq!(kept(&world, link, query).await, (0, vec![]));
    let other = world.link("cobas-c111", "127.0.0.1:4002").await;
    assert_eq!(kept(&world, other, query).await, (0, vec!["inbox-strange-record".to_owned()]));
}
