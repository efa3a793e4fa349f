//! A reflex rule from its proposal to the test that it adds, and to the person who decides where it cannot.

use crate::common::{PASSWORD, Service};
use axum::http::StatusCode;
use titer_lab::results::views as results;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Actor, Role, ways};

/// A laboratory in which the rule K-ALP is in force: potassium above 5 adds ALP. Answers where the page of the rule is.
async fn with_rule(service: &Service) -> String {
    let (supervisor, director) = (service.person(Role::Supervisor).await, &service.world.director);
    let catalog = service.world.catalog().await;
    let analyte = catalog.analyte_by_key("potassium").unwrap().id;
    let alp = catalog.analyte_by_key("alp").unwrap().id;
    let test = catalog.tests().iter().find(|test| test.analytes == [alp]).unwrap().id.to_string();
    let form = format!("/reflex/new?analyte={analyte}");
    let shown = service.shown(&supervisor, &form).await;
    let analyte = analyte.to_string();
    let fields = |bound: &'static str| {
        [
            ("analyte", analyte.as_str()),
            ("code", "k-alp"),
            ("operator", "greater"),
            ("bound", bound),
            ("test", test.as_str()),
            ("hours", "24"),
            ("source", "invented for the test"),
            ("shown", shown.as_str()),
        ]
    };
    let refused = service.post(&supervisor, "/reflex/new", &fields("high")).await.again();
    assert!(
        refused.contains("href=\"#bound\"") && refused.contains("value=\"high\""),
        "what was typed stays: {refused}"
    );
    let proposed = service.post(&supervisor, "/reflex/new", &fields("5")).await;
    assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text());
    let again = service.post(&supervisor, "/reflex/new", &fields("5")).await;
    assert_eq!(again.location(), proposed.location(), "a form that comes twice makes one");
    let rule = proposed.location().to_owned();
    let page = service.get(&supervisor, &rule).await.page();
    assert!(!page.contains("name=\"password\""), "a supervisor signs nothing: {page}");
    let page = service.get(director, &rule).await.page();
    for part in ["Potassium is above 5 mmol/L", "24 h after collection", "invented for the test"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let shown = service.shown(director, &rule).await;
    let signed = service.post(director, &rule, &[("password", PASSWORD), ("shown", &shown)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    rule
}

/// A tube with a verified potassium of 6.0, at which the rules have looked.
async fn looked_at(service: &Service) -> SpecimenId {
    let technician = &service.world.technician;
    let patient = service.world.patient("MRN-1").await;
    let (_, specimen) = service.world.received(patient, &["potassium"], "T1").await;
    let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = service.world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    service.world.approve(link, vec![potassium], &service.world.director).await.unwrap();
    service.measured(link, "T1", &[("551", "6.0", "mmol/L")]).await;
    let mark = format!("{}:held", service.mark(specimen).await);
    let signed = service.post(technician, "/review/signed", &[("mark", &mark), ("password", PASSWORD)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    let apply = move |tx: &mut titer_lab::Tx<'_, '_>| ways::apply_reflexes(tx, specimen);
    service.world.lab.submit(Actor::Timer, None, apply).await.unwrap();
    specimen
}

#[tokio::test]
async fn what_a_rule_did_stands_on_the_tube_and_what_it_could_not_do_is_decided_by_a_person() {
    let service = Service::new().await;
    let technician = &service.world.technician;
    with_rule(&service).await;
    let specimen = looked_at(&service).await;
    let tube = format!("/specimens/{specimen}");
    let order = service.world.lab.read(move |s| {
        let of = results::of_specimen(s, specimen)?;
        Ok(results::result(s, of[0].id)?.unwrap().1)
    });
    let order = format!("/orders/{}", order.await.unwrap());
    let page = service.get(technician, &tube).await.page();
    // Nobody said when it was collected.
    assert!(page.contains("Tests that a rule could not add") && !page.contains("Added by rule"), "{page}");
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains("Tests that a rule could not add") && review.contains("K-ALP"), "{review}");
    let (_, link) = review.split_once("href=\"/reflex/suggestions/").unwrap();
    let one = format!("/reflex/suggestions/{}", link.split('"').next().unwrap());
    let page = service.get(technician, &one).await.page();
    assert!(page.contains("Potassium 6.0 mmol/L") && page.contains("K-ALP (Potassium is above 5 mmol/L)"), "{page}");
    let dismiss = format!("{one}/dismiss");
    let reasonless = service.post(technician, &dismiss, &[("reason", "")]).await.again();
    assert!(reasonless.contains("Give a reason"), "{reasonless}");
    let done = service.post(technician, &one, &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let late = service.post(technician, &dismiss, &[("reason", "known")]).await;
    assert!(late.text().contains("was decided already: by technician of the test"), "{}", late.text());
    let page = service.get(technician, &order).await.page();
    assert!(page.contains("Added by rule K-ALP, version 1"), "{page}");
    let page = service.get(technician, &tube).await.page();
    assert!(page.contains("Added by rule K-ALP, version 1") && !page.contains("could not add</h2>"), "{page}");
}

#[tokio::test]
async fn a_rule_is_ended_with_a_reason() {
    let service = Service::new().await;
    let director = &service.world.director;
    let rule = with_rule(&service).await;
    let end = format!("{rule}/end");
    let shown = service.shown(director, &rule).await;
    let reasonless = service.post(director, &end, &[("reason", " "), ("shown", &shown)]).await.again();
    assert!(reasonless.contains("Give a reason"), "{reasonless}");
    let ended = service.post(director, &end, &[("reason", "not wanted"), ("shown", &shown)]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text());
    let list = service.get(director, "/reflex").await.page();
    assert!(list.contains("K-ALP") && !list.contains("Approved"), "{list}");
}
