//! Who may open what, asked of the running service for every address and every role.

use crate::common::{self, Person, Service, form};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use titer_lab::people::commands::grant;
use titer_lab::{Actor, Role};
use titer_shell::permit::{Declared, Need};
use titer_store::reading;

/// Every address that takes a permission, with the roles that have it: administrator, director, supervisor, technician, clerk and
/// clinician, each by its first letters. Whoever adds an address decides here who may open it.
const TABLE: &str = "
GET /live ad di su te cl ci
GET / ad di su te cl ci
GET /find di su te cl ci
GET /orders di su te cl ci
GET /orders/new di su te cl
POST /orders/new di su te cl
GET /orders/{id} di su te cl ci
GET /orders/{id}/add di su te cl
POST /orders/{id}/add di su te cl
POST /orders/{id}/again di su te cl
POST /orders/{id}/cancel di su te cl
GET /patients/new di su te cl
POST /patients/new di su te cl
GET /patients/{id} di su te cl ci
GET /patients/{id}/correct di su te cl
POST /patients/{id}/correct di su te cl
GET /receive di su te cl
POST /receive di su te cl
GET /bench di su te
GET /bench/entry di su te
POST /bench/entry di su te
GET /bench/targets di su te
POST /bench/targets di su
GET /bench/readers di su te
POST /bench/readers di
GET /specimens/{id} di su te cl ci
POST /specimens/{id}/reject di su te cl
GET /specimens/{id}/discard di su te cl
POST /specimens/{id}/discard di su te cl
GET /specimens/{id}/label di su te cl
GET /review di su te
POST /review/sign di su te
POST /review/signed di su te
GET /review/repeat/{result} di su te
POST /review/repeat/{result} di su te
GET /review/comments/{result} di su te
POST /review/comments/{result} di su te
GET /review/comments/{result}/off di su te
POST /review/comments/{result}/off di su te
GET /review/corrections/{result} di su te
POST /review/corrections/{result} di su te
GET /reports di su te cl ci
GET /reports/{id} di su te cl ci
GET /reports/{id}/pdf di su te cl ci
POST /reports/{id}/retry di su te
POST /reports/{id}/anew di su te
GET /messages ad di su te
GET /messages/{id} ad di su te
GET /messages/{id}/raw ad di su te
POST /messages/{id}/replay ad di su te
POST /messages/{id}/dismiss ad di su te
POST /messages/{id}/propose ad di su te
POST /messages/replay ad di su te
GET /mappings/{id} ad di su te
POST /mappings/{id}/withdraw ad di su te
GET /instruments ad di su te
GET /instruments/new ad di su
POST /instruments/new ad di su
GET /instruments/{id} ad di su te
POST /instruments/{id} di su te
GET /instruments/{id}/change ad di su
POST /instruments/{id}/change ad di su
GET /instruments/{id}/use ad di su
POST /instruments/{id}/use ad di su
GET /instruments/notes/{id}/strike di su te
POST /instruments/notes/{id}/strike di su te
GET /systems ad di su te
GET /systems/{id} ad di su te
GET /systems/{id}/retire di su
POST /systems/{id}/retire di su
GET /systems/{id}/return di
POST /systems/{id}/return di
GET /systems/new di su
POST /systems/new di su
GET /systems/{id}/change di su
POST /systems/{id}/change di su
GET /systems/describe/{instrument} di su
POST /systems/describe/{instrument} di su
GET /systems/verify/{instrument} di
POST /systems/verify/{instrument} di
GET /systems/records/{id} ad di su te
GET /systems/records/{id}/file ad di su te
GET /quality ad di su te
GET /quality/systems/{id} ad di su te
GET /quality/systems/{id}/failure di su te
POST /quality/systems/{id}/failure di su te
GET /quality/systems/{id}/stop di su te
POST /quality/systems/{id}/stop di su te
GET /quality/systems/{id}/release di su te
POST /quality/systems/{id}/release di su te
GET /quality/plans ad di su te
GET /quality/plans/here/{instrument} di su
POST /quality/plans/here/{instrument} di su
GET /quality/plans/elsewhere/{instrument} di su
POST /quality/plans/elsewhere/{instrument} di su
GET /quality/plans/sign di
POST /quality/plans/sign di
GET /admin ad di su
GET /admin/staff ad
POST /admin/staff ad
GET /admin/staff/{id} ad
POST /admin/staff/{id} ad
POST /admin/staff/{id}/reset ad
GET /admin/catalog ad di su
GET /admin/catalog/sign di
GET /admin/catalog/approve di
POST /admin/catalog/approve di
GET /admin/catalog/analytes/new ad di su
POST /admin/catalog/analytes/new ad di su
GET /admin/catalog/tests/new ad di su
POST /admin/catalog/tests/new ad di su
GET /admin/catalog/analytes/{id}/answers ad di su
POST /admin/catalog/analytes/{id}/answers ad di su
GET /admin/catalog/entries ad di su
GET /admin/catalog/analytes/{id} ad di su
POST /admin/catalog/analytes/{id} ad di su
GET /admin/catalog/analytes/{id}/use ad di su
POST /admin/catalog/analytes/{id}/use ad di su
GET /admin/catalog/tests/{id} ad di su
POST /admin/catalog/tests/{id} ad di su
GET /admin/catalog/tests/{id}/use ad di su
POST /admin/catalog/tests/{id}/use ad di su
GET /admin/catalog/analytes/{id}/intervals ad di su
POST /admin/catalog/analytes/{id}/intervals ad di su
GET /admin/catalog/analytes/{id}/limits ad di su
POST /admin/catalog/analytes/{id}/limits ad di su
GET /admin/catalog/proposals/{id} ad di su
POST /admin/catalog/proposals/{id} ad di su
GET /admin/catalog/proposals/{id}/withdraw ad di su
POST /admin/catalog/proposals/{id}/withdraw ad di su
GET /admin/catalog/import ad di su
POST /admin/catalog/import ad di su
GET /calculations ad di su
GET /calculations/new ad di su
POST /calculations/new ad di su
GET /calculations/{id} ad di su
POST /calculations/{id} di
GET /calculations/{id}/end di
POST /calculations/{id}/end di
GET /comments ad di su
GET /comments/new ad di su
POST /comments/new ad di su
GET /comments/{id} ad di su
POST /comments/{id} di
GET /comments/{id}/end di
POST /comments/{id}/end di
GET /reflex ad di su
GET /reflex/new ad di su
POST /reflex/new ad di su
GET /reflex/{id} ad di su
POST /reflex/{id} di
GET /reflex/{id}/end di
POST /reflex/{id}/end di
GET /reflex/suggestions/{id} di su te
POST /reflex/suggestions/{id} di su te
GET /reflex/suggestions/{id}/dismiss di su te
POST /reflex/suggestions/{id}/dismiss di su te
GET /admin/links ad di su
POST /admin/links/attach ad
GET /admin/links/{id} ad di su
POST /admin/links/{id}/pause ad
POST /admin/links/{id}/resume ad
POST /admin/links/{id}/adopt ad di su te
POST /admin/links/{id}/sign di su
POST /admin/links/{id}/signed di su
POST /admin/links/{id}/again ad di su te
GET /admin/site ad di
POST /admin/site ad di
";

fn short(role: Role) -> &'static str {
    match role {
        Role::Administrator => "ad",
        Role::Director => "di",
        Role::Supervisor => "su",
        Role::Technician => "te",
        Role::Clerk => "cl",
        Role::Clinician => "ci",
    }
}

/// A request that nothing comes of: what it names is not there, and what it sends is empty.
fn request(route: &Declared) -> Request<Body> {
    let path = route.path.replace("{id}", "1").replace("{result}", "1");
    if route.method == Method::GET { Request::get(path).body(Body::empty()).unwrap() } else { form(&path, &[]) }
}

#[tokio::test]
async fn every_address_is_open_to_exactly_these_roles() {
    let service = Service::new().await;
    let mut people: Vec<(Role, Person)> = Vec::new();
    for role in Role::ALL {
        let known = matches!(role, Role::Director | Role::Technician);
        let username = if known { format!("another-{}", role.code()) } else { role.code().to_owned() };
        let world = &service.world;
        people.push((*role, common::person(&world.house, &world.lab, &world.passwords, &username, *role).await));
    }
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    let mut table = String::from("\n");
    for route in shell.declared().iter().chain(pages.declared()).filter(|r| matches!(r.need, Need::May(_))) {
        table += &format!("{} {}", route.method, route.path);
        for (role, person) in &people {
            // The stream of changes never ends; its gate is the same as all others'.
            let status = match route.path {
                "/live" if role.grants(titer_lab::Action::SeeWork) => StatusCode::OK,
                _ => service.ask(Some(person), request(route)).await.status,
            };
            assert!(!status.is_server_error(), "{} {} for {role:?}: {status}", route.method, route.path);
            if status != StatusCode::FORBIDDEN {
                table += &format!(" {}", short(*role));
            }
        }
        table.push('\n');
    }
    assert_eq!(table, TABLE, "{table}");
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in() {
    let service = Service::new().await;
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    for route in shell.declared().iter().chain(pages.declared()).filter(|r| r.need != Need::Open) {
        let answer = service.ask(None, request(route)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{route}");
        assert!(answer.location().starts_with("/sign-in"), "{route}: {}", answer.location());
    }
    let answer = service.ask(None, Request::get("/orders/7").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.location(), "/sign-in?back=/orders/7");
}

#[tokio::test]
async fn a_refused_attempt_is_on_record_as_the_page_says() {
    let service = Service::new().await;
    let clinician = service.person(Role::Clinician).await;
    let attempts = || service.world.lab.read(|s| Ok(titer_store::reading::entries(s, 0, 1_000)?));
    let before = attempts().await.unwrap().len();
    let answer = service.get(&clinician, "/review").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("on record"), "{}", answer.text());
    assert_eq!(service.get(&clinician, "/orders").await.status, StatusCode::OK);
    let after = attempts().await.unwrap().split_off(before);
    assert_eq!(after.len(), 1, "the refused page, and not the one that was shown");
    assert_eq!((after[0].header.kind.as_str(), after[0].header.actor), ("people.refused", clinician.actor()));
    assert_eq!(after[0].body.as_deref(), Some(&br#"{"action":"verify-results"}"#[..]));
}

#[tokio::test]
async fn whoever_loses_a_role_is_refused_at_once_and_on_record() {
    let service = Service::new().await;
    let (supervisor, world) = (service.person(Role::Supervisor).await, &service.world);
    assert_eq!(service.get(&supervisor, "/review").await.status, StatusCode::OK);
    let clinician = [Role::Clinician];
    grant(&world.house, &world.lab, Actor::Console, supervisor.account, "once a supervisor", &clinician).await.unwrap();
    let before = world.lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap();
    assert_eq!(service.get(&supervisor, "/review").await.status, StatusCode::FORBIDDEN);
    let after = world.lab.read(move |s| Ok(reading::entries(s, before, 10)?)).await.unwrap();
    assert_eq!(after.iter().map(|e| e.header.kind.as_str()).collect::<Vec<_>>(), ["people.refused"]);
    assert_eq!(service.get(&supervisor, "/orders").await.status, StatusCode::OK);
}
