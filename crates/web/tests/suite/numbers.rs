//! A patient's identifier and the number of a tube or an order may be the same: nobody then opens or receives another patient's tube unseen.

use crate::common::{Person, Service};
use axum::http::StatusCode;
use titer_lab::Role;
use titer_lab::patients::PatientId;
use titer_lab::specimens::{State, views as specimens};

const QUILL: [(&str, &str); 4] = [("family", "Quill"), ("given", "Ada"), ("born", "14 Mar 1971"), ("sex", "female")];

/// What a page carries unseen in its form.
fn hidden(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Registers Ada Quill with an identifier that something else has for its number: it is asked about, and confirmed.
async fn registered(service: &Service, clerk: &Person, identifier: &str, asked: &str) -> PatientId {
    let fields = [&QUILL[..], &[("identifier", identifier)]].concat();
    let page = service.make(clerk, "/patients/new", &fields).await.again();
    assert!(page.contains("has this identifier for its number") && page.contains(asked), "{page}");
    let (numbers, shown) = (hidden(&page, "numbers"), hidden(&page, "shown"));
    for wrong in ["", "yes", "0"] {
        let wrong = [&fields[..], &[("numbers", wrong), ("shown", &shown)]].concat();
        service.post(clerk, "/patients/new", &wrong).await.again();
    }
    let confirmed = [&fields[..], &[("numbers", &numbers), ("shown", &shown)]].concat();
    let done = service.post(clerk, "/patients/new", &confirmed).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    PatientId(done.location().strip_prefix("/orders/new?patient=").unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_wristband_that_bears_another_patient_s_tube_number_opens_nothing_unseen() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let other = service.world.patient("MRN-1").await;
    service.world.ordered(other, &["sodium"], "UU-2").await;
    let tube = service.world.lab.read(|s| Ok(specimens::by_barcode(s, "UU-2")?)).await.unwrap().unwrap();
    let found = service.get(&clerk, "/find?q=UU-2").await;
    assert_eq!(found.location(), format!("/specimens/{}", tube.id), "a scan of a tube opens the tube");

    let patient = registered(&service, &clerk, "uu-2", "UU-2").await;
    for typed in ["UU-2", "uu-2", "%EF%BC%B5%EF%BC%B5-2", "UU%E2%80%902", "+UU-2+"] {
        let page = service.get(&clerk, &format!("/find?q={typed}")).await.page();
        for part in
            [format!("/patients/{patient}"), format!("/specimens/{}", tube.id), "QUILL".into(), "OKAFOR".to_owned()]
        {
            assert!(page.contains(&part), "{typed}, {part}: {page}");
        }
        assert!(page.contains("More than one thing has the number"), "{page}");
    }
    // Where an order begins, the scan finds the patient, whom a person chooses.
    let page = service.get(&clerk, "/orders/new?find=UU-2").await.page();
    assert!(page.contains(&format!("/orders/new?patient={patient}")) && page.contains("QUILL"), "{page}");

    let state = async || {
        let found = service.world.lab.read(|s| Ok(specimens::by_barcode(s, "UU-2")?)).await;
        found.unwrap().unwrap().state
    };
    let page = service.post(&clerk, "/receive", &[("number", "UU-2")]).await.again();
    for part in ["Okafor-Lindqvist Nneka", "Quill Ada", "If you scanned a wristband", "Receive this tube"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let confirmed = hidden(&page, "tube");
    for wrong in ["", "yes", "1:2"] {
        service.post(&clerk, "/receive", &[("number", "UU-2"), ("tube", wrong)]).await.again();
    }
    assert_eq!(state().await, State::Expected);
    let page = service.post(&clerk, "/receive", &[("number", "UU-2"), ("tube", &confirmed)]).await.page();
    assert!(page.contains("data-outcome=\"done\""), "{page}");
    assert_eq!(state().await, State::Received);
}

#[tokio::test]
async fn a_tube_or_an_order_never_gets_a_patient_s_identifier_for_its_number() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    service.world.patient("UU-2").await;
    let other = service.world.patient("MRN-1").await;
    let former = service.world.patient("MRN-5").await;
    let correct = format!("/patients/{former}/correct");
    let shown = service.shown(&clerk, &correct).await;
    let fields = [
        ("family", "Renard"),
        ("given", "Paul"),
        ("born", "01 Jan 1950"),
        ("sex", "male"),
        ("identifier", "MRN-6"),
        ("reason", "misread"),
        ("shown", &shown),
    ];
    assert_eq!(service.post(&clerk, &correct, &fields).await.status, StatusCode::SEE_OTHER);
    let (order, _) = service.world.ordered(other, &["sodium"], "T1").await;
    let number = (order.0 / 1024).to_string();
    let test = service.world.catalog().await.tests().iter().find(|t| t.key == "sodium").unwrap().id.to_string();
    let patient = other.to_string();
    let place = async |tube: &str| {
        let fields = [("patient", patient.as_str()), ("test", &test), ("priority", "routine"), ("requester", "Ward 4")];
        let path = format!("/orders/new?patient={patient}");
        service.make(&clerk, &path, &[&fields[..], &[("tube", tube)]].concat()).await.again()
    };
    for (tube, said) in [
        ("UU-2", "is the identifier of a patient"),
        ("uu-2", "is the identifier of a patient"),
        ("mrn-1", "is the identifier of a patient"),
        ("MRN-5", "or was until a correction"),
        (&number, "is the number of an order"),
    ] {
        let page = place(tube).await;
        assert!(page.contains(said) && page.contains("href=\"#tube\""), "{tube}: {page}");
    }
    // An order's number is asked about like a tube's, and only if it is written as people write it.
    let found = service.get(&clerk, &format!("/find?q={number}")).await;
    assert_eq!(found.location(), format!("/orders/{order}"));
    for other in [format!("0{number}"), format!("%2B{number}")] {
        let page = service.get(&clerk, &format!("/find?q={other}")).await.page();
        assert!(!page.contains(&format!("/orders/{order}")), "{other}: {page}");
    }
    let patient = registered(&service, &clerk, &number, &number).await;
    let page = service.get(&clerk, &format!("/find?q={number}")).await.page();
    assert!(page.contains(&format!("/patients/{patient}")) && page.contains(&format!("/orders/{order}")), "{page}");
}

#[tokio::test]
async fn a_correction_asks_about_an_identifier_that_is_another_patient_s_tube() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let other = service.world.patient("MRN-1").await;
    service.world.ordered(other, &["sodium"], "UU-2").await;
    let patient = service.world.patient("MRN-2").await;
    let correct = format!("/patients/{patient}/correct");
    let shown = service.shown(&clerk, &correct).await;
    let fields = [&QUILL[..], &[("identifier", "uu-2"), ("reason", "misread"), ("shown", &shown)]].concat();
    let page = service.post(&clerk, &correct, &fields).await.again();
    assert!(page.contains("has this identifier for its number") && page.contains("OKAFOR"), "{page}");
    let numbers = hidden(&page, "numbers");
    let done = service.post(&clerk, &correct, &[&fields[..], &[("numbers", &numbers)]].concat()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}

/// A number that a person types may be a name.
#[tokio::test]
async fn a_tube_whose_number_is_a_name_hides_no_patient_of_that_name() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let patient = service.world.patient("MRN-1").await;
    service.world.ordered(patient, &["sodium"], "NNEKA").await;
    let page = service.get(&clerk, "/find?q=nneka").await.page();
    assert!(page.contains(&format!("/patients/{patient}")) && page.contains("/specimens/"), "{page}");
}
