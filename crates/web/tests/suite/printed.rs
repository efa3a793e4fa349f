//! No label and no report is handed out that the journal does not give.

use crate::common::{self, PASSWORD, Service};
use axum::http::StatusCode;
use titer_lab::orders::OrderId;
use titer_lab::reports::views as reports;
use titer_lab::specimens::SpecimenId;
use titer_link::links::{LinkId, commands::ConfirmMappings};

/// Changes rows behind the journal.
fn tamper(service: &Service, sql: &str) {
    let raw = rusqlite::Connection::open(service.world.folder.path().join("lab-1.sqlite")).unwrap();
    assert!(raw.execute(sql, []).unwrap() > 0, "{sql}");
}

async fn link(service: &Service) -> LinkId {
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![potassium], &world.director).await.unwrap();
    let confirm = ConfirmMappings { link, mappings: vec![potassium], signed: world.sign(&world.director).await };
    world.run(world.director.actor(), confirm).await.unwrap();
    link
}

/// An issued report of a patient: the order, the tube, the address of the document.
async fn issued(service: &Service, link: LinkId, barcode: &str) -> (OrderId, SpecimenId, String) {
    let patient = service.world.patient(&format!("MRN-{barcode}")).await;
    let (order, specimen) = service.world.received(patient, &["potassium"], barcode).await;
    service.measured(link, barcode, &[("551", "4.1", "mmol/L")]).await;
    let mark = service.mark(specimen).await;
    let sign = [("mark", &*mark), ("password", PASSWORD)];
    let signed: common::Answer = service.post(&service.world.technician, "/review/signed", &sign).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER);
    service.world.compose_due().await;
    let report = service.world.lab.read(move |s| Ok(reports::of_order(s, order)?)).await.unwrap()[0].id;
    service.typeset(report).await;
    (order, specimen, format!("/reports/{report}/pdf"))
}

#[tokio::test]
async fn a_label_that_names_somebody_else_is_not_printed() {
    let service = Service::new().await;
    let patient = service.world.patient("MRN-1").await;
    let (_, specimen) = service.world.received(patient, &["potassium"], "T1").await;
    let (technician, label) = (&service.world.technician, format!("/specimens/{specimen}/label"));
    assert_eq!(service.get(technician, &label).await.status, StatusCode::OK);
    tamper(&service, "UPDATE patients SET family = 'Somebody'");
    let refused = service.get(technician, &label).await.again();
    assert!(refused.contains("The patient in the database is not who the journal says"), "{refused}");
    service.world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    tamper(&service, "UPDATE specimens SET barcode = 'T2'");
    let refused = service.get(technician, &label).await.again();
    assert!(refused.contains("The tube in the database is not what the journal says"), "{refused}");
}

#[tokio::test]
async fn the_document_of_another_report_is_not_handed_out() {
    let service = Service::new().await;
    let link = link(&service).await;
    let (_, _, first) = issued(&service, link, "T1").await;
    let (_, _, second) = issued(&service, link, "T2").await;
    let technician = &service.world.technician;
    for pdf in [&first, &second] {
        assert_eq!(service.get(technician, pdf).await.status, StatusCode::OK);
    }
    tamper(&service, "UPDATE reports SET sha256 = (SELECT sha256 FROM reports ORDER BY id LIMIT 1)");
    assert_eq!(service.get(technician, &first).await.status, StatusCode::OK);
    let refused = service.get(technician, &second).await.again();
    assert!(refused.contains("The report in the database is not what the journal says"), "{refused}");
}
