//! What a page asks of the database: one snapshot, and a bounded number of statements. Run it with `--nocapture` to read the numbers.

use crate::common::{Person, Service};
use axum::http::StatusCode;
use titer_lab::people::commands::grant;
use titer_lab::{Actor, Role};

/// Results that wait while the pages are asked for.
const WAITING: u64 = 8;

/// Pages, each with the most statements that it may ask.
const PAGES: &[(&str, u64)] = &[
    ("/", 20),
    ("/review", 15),
    ("/orders", 60),
    ("/orders/new", 15),
    ("/patients/new", 10),
    ("/receive", 40),
    ("/reports", 15),
    ("/messages", 15),
    // The orders of each patient that is found.
    ("/find?q=Okafor", 40),
    ("/admin/site", 10),
    ("/admin/staff", 10),
    ("/admin/catalog", 12),
    ("/admin/links", 20),
];

/// The snapshots and the statements of one page.
async fn cost(service: &Service, who: &Person, path: &str) -> (u64, u64) {
    let asked = || (service.shell.laboratory.asked().snapshots(), service.shell.laboratory.asked().statements());
    let before = asked();
    assert_eq!(service.get(who, path).await.status, StatusCode::OK, "{path}");
    let after = asked();
    (after.0 - before.0, after.1 - before.1)
}

/// A laboratory with results to review, a tube that is on its way and a message that is held; and who may see all of that.
async fn busy() -> (Service, Person) {
    let service = Service::new().await;
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![potassium], &world.director).await.unwrap();
    world.confirm(link, vec![potassium]).await.unwrap();
    for number in 0..WAITING {
        let patient = service.world.patient(&format!("MRN-{number}")).await;
        let barcode = format!("TUBE-{number}");
        service.world.received(patient, &["potassium"], &barcode).await;
        service.measured(link, &barcode, &[("551", "4.1", "mmol/L")]).await;
    }
    let patient = service.world.patient("MRN-ON-THE-WAY").await;
    service.world.ordered(patient, &["potassium"], "TUBE-ON-THE-WAY").await;
    service.measured(link, "TUBE-UNKNOWN", &[("551", "4.1", "mmol/L")]).await;
    let person = service.person(Role::Administrator).await;
    let (world, all) = (&service.world, [Role::Administrator, Role::Director]);
    grant(&world.house, &world.lab, Actor::Console, person.account, "everything", &all).await.unwrap();
    (service, person)
}

#[tokio::test]
async fn a_page_reads_one_snapshot_and_few_statements() {
    let (service, person) = busy().await;
    // Until the person's roles were read once, the gate asks for them by itself.
    cost(&service, &person, "/patients/new").await;
    let mut beyond = Vec::new();
    for (path, most) in PAGES {
        // The first page after something has happened counts what waits; those after it are told.
        service.world.patient(&format!("MRN-{path}")).await;
        let (snapshots, first) = cost(&service, &person, path).await;
        let (again, then) = cost(&service, &person, path).await;
        println!("{path}: {first} statements, then {then}; {again} snapshot");
        if snapshots != 1 || again != 1 || first > *most {
            beyond.push(format!("{path}: {snapshots} snapshots, then {again}; {first} statements, at most {most}"));
        }
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[tokio::test]
async fn what_waits_is_counted_once_for_each_state_of_the_journal() {
    let (service, person) = busy().await;
    cost(&service, &person, "/orders/new").await;
    let (_, known) = cost(&service, &person, "/orders/new").await;
    let (_, again) = cost(&service, &person, "/orders/new").await;
    assert_eq!(known, again);
    service.world.patient("MRN-NEW").await;
    let (_, counted) = cost(&service, &person, "/orders/new").await;
    assert!(counted > again, "{counted} {again}");
}

#[tokio::test]
async fn the_counts_of_one_page_agree() {
    let (service, person) = busy().await;
    let page = service.get(&person, "/review").await.page();
    assert!(page.contains(&format!("<span class=\"count\">{WAITING}</span>")), "{page}");
    assert!(page.contains(&format!("{WAITING} results to review")), "{page}");
}
