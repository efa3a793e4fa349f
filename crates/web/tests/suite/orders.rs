//! Adding to an order and taking from it, and the orders that analyzers acknowledged, as pages show them.

use crate::common::Service;
use axum::http::StatusCode;
use titer_lab::orders::{OrderId, RequestId, views as orders};
use titer_lab::{Actor, Failure, Role};
use titer_link::inbox::MessageId;
use titer_link::links::{LinkId, views as links};
use titer_link::worklists::{NoOrderReason, commands::AcknowledgeOrders, scan, views::NoOrder};

async fn requests(service: &Service, order: OrderId) -> Vec<RequestId> {
    let all = service.world.lab.read(move |s| Ok(orders::requests(s, order)?)).await.unwrap();
    all.into_iter().map(|r| r.id).collect()
}

async fn test(service: &Service, key: &str) -> String {
    service.world.catalog().await.tests().iter().find(|t| t.key == key).unwrap().id.to_string()
}

#[tokio::test]
async fn tests_are_added_and_cancelled_on_the_order_s_page() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let patient = service.world.patient("MRN-1").await;
    let (order, _) = service.world.received(patient, &["sodium"], "T1").await;
    let page = service.get(&clerk, &format!("/orders/{order}")).await.page();
    assert!(page.contains(&format!("/orders/{order}/add")) && page.contains("Cancel marked tests"), "{page}");

    let form = service.get(&clerk, &format!("/orders/{order}/add")).await.page();
    let (sodium, crp) = (test(&service, "sodium").await, test(&service, "crp").await);
    assert!(form.contains(&format!("value=\"{crp}\"")) && !form.contains(&format!("value=\"{sodium}\"")));
    let seen = service.shown(&clerk, &format!("/orders/{order}/add")).await;
    let nothing = service.post(&clerk, &format!("/orders/{order}/add"), &[("shown", &seen)]).await.again();
    assert!(nothing.contains("Choose a test that the order does not have"), "{nothing}");
    let seen = service.shown(&clerk, &format!("/orders/{order}/add")).await;
    let added = service.post(&clerk, &format!("/orders/{order}/add"), &[("test", &crp), ("shown", &seen)]).await;
    assert_eq!(added.location(), format!("/orders/{order}"));
    let page = service.get(&clerk, added.location()).await.page();
    assert!(page.contains("The tests are added.") && page.contains("C-reactive protein"), "{page}");

    let marks: Vec<String> = requests(&service, order).await.iter().map(ToString::to_string).collect();
    let cancel = format!("/orders/{order}/cancel");
    let seen = service.shown(&clerk, &format!("/orders/{order}")).await;
    let fields = [("request", marks[1].as_str()), ("reason", " "), ("shown", &seen)];
    let again = service.post(&clerk, &cancel, &fields).await.again();
    assert!(again.contains("Give a reason to cancel"), "{again}");
    let none = service.post(&clerk, &cancel, &[("reason", "not wanted"), ("shown", &seen)]).await.again();
    assert!(none.contains("Nothing is marked") && none.contains("value=\"not wanted\""), "{none}");
    let fields = [("request", marks[1].as_str()), ("reason", "not <wanted>"), ("shown", &seen)];
    let done = service.post(&clerk, &cancel, &fields).await;
    let page = service.get(&clerk, done.location()).await.page();
    assert!(page.contains("<del>C-reactive protein</del>"), "{page}");
    assert!(page.contains("Cancelled by clerk of the test") && page.contains("not &#60;wanted&#62;"), "{page}");

    let clinician = service.person(Role::Clinician).await;
    let page = service.get(&clinician, &format!("/orders/{order}")).await.page();
    assert!(!page.contains("/add") && !page.contains("Cancel marked tests"), "{page}");
    for path in [format!("/orders/{order}/add"), "/orders/1/add".to_owned()] {
        let expected = if path.contains(&order.to_string()) { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(service.get(&clerk, &path).await.status, expected);
    }
}

#[tokio::test]
async fn acknowledged_orders_stand_on_the_pages_of_tube_order_link_and_query() {
    let service = Service::new().await;
    let world = &service.world;
    let link = world.mapped("titer-sim-worklist", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (order, tube) = world.received(patient, &["sodium"], "T1").await;
    let director = &world.director;
    let page = service.get(director, &format!("/admin/links/{link}")).await.page();
    assert!(page.contains("Orders to send") && page.contains("T1: Na"), "{page}");

    let query = world.receive(link, "H|\\^&|||SIM-1^Titer\rQ|1|^T1\\^T9\rL|1|N\r").await.unwrap();
    let titer_link::filing::Outcome::Kept { message, .. } = query else { panic!("{query:?}") };
    acknowledge(&service, link, message).await;
    let page = service.get(director, &format!("/admin/links/{link}")).await.page();
    assert!(
        page.contains("No order to send.") && page.contains("T9: no tests. No order has this tube number."),
        "{page}"
    );
    let page = service.get(director, &format!("/specimens/{tube}")).await.page();
    assert!(
        page.contains("Sent to titer-sim-worklist") && page.contains("Sent to analyzer titer-sim-worklist."),
        "{page}"
    );
    let page = service.get(director, &format!("/orders/{order}")).await.page();
    assert!(page.contains("<li>titer-sim-worklist, "), "{page}");
    let page = service.get(director, &format!("/messages/{message}")).await.page();
    assert!(page.contains("Answered") && page.contains("T1: Na; T9: no tests."), "{page}");

    let again = service.post(director, &format!("/admin/links/{link}/again"), &[("specimen", &tube.to_string())]).await;
    assert!(again.text().contains("There is nothing to send again"), "{}", again.text());
}

/// The analyzer acknowledges the orders of its tube, and that there is no order of another.
async fn acknowledge(service: &Service, link: LinkId, message: MessageId) {
    let pending = move |s: &mut titer_store::Snapshot<'_>| {
        let of = links::link(s, link)?.unwrap();
        Ok::<_, Failure>(scan::pending(s, &of)?.0)
    };
    let entries = service.world.lab.read(pending).await.unwrap();
    let no_orders = vec![NoOrder { barcode: "T9".to_owned(), reason: NoOrderReason::Unknown }];
    let note = AcknowledgeOrders { link, query: Some(message), entries, no_orders, left_out: 0 };
    service.world.run(Actor::Link(link.0), note).await.unwrap();
}

#[tokio::test]
async fn the_choice_of_tests_is_narrowed_without_script_and_keeps_what_is_entered() {
    let service = Service::new().await;
    let (clerk, patient) = (service.person(Role::Clerk).await, service.world.patient("MRN-1").await);
    let (path, potassium) = (format!("/orders/new?patient={patient}"), test(&service, "potassium").await);
    let page = service.get(&clerk, &path).await.page();
    assert!(page.contains("<span>Sodium") && page.contains("<span>Potassium"), "{page}");
    let patient = patient.to_string();
    let shown = service.shown(&clerk, &path).await;
    let typed = |find: &'static str| {
        let (potassium, patient, shown) = (potassium.as_str(), patient.as_str(), shown.as_str());
        let entered = [("test", potassium), ("patient", patient), ("shown", shown), ("requester", "Ward 4")];
        [&entered[..], &[("find", find), ("search", "yes"), ("priority", "stat")]].concat()
    };
    let before = service.world.lab.read(|s| Ok(titer_store::reading::head(s)?.number)).await.unwrap();
    for (find, found) in [("SODI", true), ("na", true), (" sodium ", true), ("sodium xyz", false)] {
        let page = service.post(&clerk, &path, &typed(find)).await.page();
        assert_eq!(page.contains("<span>Sodium"), found, "{find}: {page}");
        let kept = [format!("value=\"{potassium}\" checked"), "value=\"Ward 4\"".to_owned(), shown.clone()];
        assert!(kept.iter().all(|part| page.contains(part)), "{find}: {page}");
        assert!(!page.contains("<span>Creatinine"), "{find}: {page}");
    }
    let after = service.world.lab.read(|s| Ok(titer_store::reading::head(s)?.number)).await.unwrap();
    assert_eq!(before, after, "nothing is ordered by looking");
    // A form that is sent is the whole form, whatever was looked for.
    let placed = [&typed("sodi")[..5], &[("priority", "stat")]].concat();
    assert_eq!(service.post(&clerk, &path, &placed).await.status, StatusCode::SEE_OTHER);
    let order = service.world.lab.read(|s| Ok(orders::orders(s, None)?)).await.unwrap().remove(0).id;
    let add = format!("/orders/{order}/add");
    let page = service.post(&clerk, &add, &[("find", "sodi"), ("search", "yes")]).await.page();
    assert!(page.contains("<span>Sodium") && !page.contains("<span>Creatinine"), "{page}");
}

#[tokio::test]
async fn the_specimen_s_page_says_what_each_test_without_a_result_waits_for() {
    let service = Service::new().await;
    let (world, technician) = (&service.world, service.world.technician.clone());
    let patient = world.patient("MRN-1").await;
    let (_, expected) = world.ordered(patient, &["sodium"], "T1").await;
    let page = service.get(&technician, &format!("/specimens/{expected}")).await.page();
    assert!(page.contains("The specimen is not received yet"), "{page}");
    let (order, specimen) = world.received(patient, &["sodium", "potassium"], "T2").await;
    let path = format!("/specimens/{specimen}");
    let page = service.get(&technician, &path).await.page();
    assert_eq!(page.matches("There is no result yet").count(), 2, "{page}");
    let cancelled = requests(&service, order).await.remove(0);
    let fields = [("request", cancelled.to_string()), ("reason", "not wanted".to_owned())];
    let shown = service.shown(&technician, &format!("/orders/{order}")).await;
    let fields = [("request", fields[0].1.as_str()), ("reason", "not wanted"), ("shown", shown.as_str())];
    service.post(&technician, &format!("/orders/{order}/cancel"), &fields).await;
    let page = service.get(&technician, &path).await.page();
    assert_eq!(page.matches("There is no result yet").count(), 1, "{page}");
    world.reject(specimen).await.unwrap();
    let page = service.get(&technician, &path).await.page();
    assert!(page.contains("Not measured: the specimen was rejected"), "{page}");
}
