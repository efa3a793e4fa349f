//! What waits or was signed, when the ground changes under it: a verified result that a value contradicts, and a result that was judged
//! by what is not in force any more.

use crate::common::{PASSWORD, Service};
use axum::http::StatusCode;
use titer_lab::Actor;
use titer_lab::catalog::commands::{ApproveCatalog, ImportCatalog};
use titer_lab::catalog::{starter, views as catalog};
use titer_lab::reports::views as reports;
use titer_lab::results::views as results;
use titer_lab::specimens::SpecimenId;
use titer_link::links::LinkId;
use titer_link::links::commands::ConfirmMappings;

/// A link whose code 551 means potassium, and a received tube, T1.
async fn bench() -> (Service, LinkId, titer_lab::orders::OrderId, SpecimenId, i64) {
    let service = Service::new().await;
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![potassium], &world.director).await.unwrap();
    let confirm = ConfirmMappings { link, mappings: vec![potassium], signed: world.sign(&world.director).await };
    world.run(world.director.actor(), confirm).await.unwrap();
    let patient = world.patient("MRN-1").await;
    let (order, specimen) = world.received(patient, &["potassium"], "T1").await;
    (service, link, order, specimen, potassium.0)
}

#[tokio::test]
async fn a_verified_result_with_an_open_correction_is_shown_as_such_on_every_page() {
    let (service, link, order, specimen, mapping) = bench().await;
    let technician = &service.world.technician;
    service.measured(link, "T1", &[("551", "4.1", "mmol/L")]).await;
    let mark = service.mark(specimen).await;
    let signed = service.post(technician, "/review/signed", &[("mark", mark.as_str()), ("password", PASSWORD)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    service.world.compose_due().await;
    let report = service.world.lab.read(move |s| Ok(reports::of_order(s, order)?.remove(0).id)).await.unwrap();
    service.typeset(report).await;
    let patient = service.world.lab.read(move |s| Ok(titer_lab::orders::views::order(s, order)?.unwrap().patient.id));
    let patient = patient.await.unwrap();
    let addresses = [
        format!("/reports/{report}"),
        "/reports".to_owned(),
        format!("/orders/{order}"),
        "/orders".to_owned(),
        format!("/patients/{patient}"),
        format!("/specimens/{specimen}"),
        format!("/mappings/{mapping}"),
        "/find?q=T1".to_owned(),
    ];
    for address in &addresses {
        let page = service.get(technician, address).await;
        assert!(!page.text().contains("Correction open"), "{address}: {}", page.text());
    }
    service.measured(link, "T1", &[("551", "7.2", "mmol/L")]).await;
    for address in &addresses[..7] {
        let page = service.get(technician, address).await.page();
        assert!(page.contains("Correction open"), "{address}: {page}");
        let plain = [">Verified<", ">Final<"].iter().any(|status| page.contains(status));
        assert!(!plain, "{address}: {page}");
    }
    let result = service.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap().remove(0);
    let page = service.get(technician, &addresses[0]).await.page();
    assert!(page.contains(&format!("/review/corrections/{}", result.id)), "it leads to the decision: {page}");
    let clinician = service.person(titer_lab::Role::Clinician).await;
    let page = service.get(&clinician, &addresses[0]).await.page();
    assert!(page.contains("Correction open") && !page.contains("/review/corrections"), "{page}");
}

#[tokio::test]
async fn a_signature_on_a_page_that_shows_an_old_judgement_judges_again_and_signs_nothing() {
    let (service, link, _, specimen, _) = bench().await;
    let (technician, world) = (&service.world.technician, &service.world);
    service.measured(link, "T1", &[("551", "5.0", "mmol/L")]).await;
    let mark = service.mark(specimen).await;
    let text = r#"limit = [{ analyte = "potassium", population = "any", high_op = ">=", high = "4.9", unit = "mmol/L", source = "s" }]"#;
    world.run(Actor::Console, ImportCatalog(starter::parse(text).unwrap())).await.unwrap();
    let (_, limits) = world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap();
    let limits = limits.iter().map(|l| l.id).collect();
    let signed = world.sign(&world.director).await;
    let approve = ApproveCatalog { intervals: vec![], limits, answers: vec![], signed };
    world.run(world.director.actor(), approve).await.unwrap();
    let fields = [("mark", mark.as_str()), ("password", PASSWORD)];
    let refused = service.post(technician, "/review/signed", &fields).await.again();
    assert!(refused.contains("They were judged again now. Nothing was signed"), "{refused}");
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains("Judged again") && review.contains("notify the requester"), "{review}");
    let mark = format!("{}:held", service.mark(specimen).await);
    let signed = service.post(technician, "/review/signed", &[("mark", mark.as_str()), ("password", PASSWORD)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
}
