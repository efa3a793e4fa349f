//! A form that is sent after the session has ended: after signing in one stands at the form with what was typed.

use crate::common::{PASSWORD, Person, Service, World, form};
use axum::body::Body;
use axum::http::header::REFERER;
use axum::http::{Request, StatusCode};
use titer_lab::accounts::{SignIn, sessions};
use titer_lab::patients::views as patients;
use titer_store::reading;

/// A session ends half an hour after it was last used.
const IDLE: i64 = 31 * 60;

async fn again(service: &Service, who: &Person, username: &str) -> Person {
    let world = &service.world;
    let signed_in = sessions::sign_in(&world.house, &world.passwords, SignIn::new(username, PASSWORD)).await;
    let token = signed_in.unwrap().token;
    let session = sessions::session(&world.house, &token).await.unwrap().unwrap();
    Person { account: who.account, token, session }
}

/// Sends a form from a page; answers where the browser is led, which is the sign-in page.
async fn too_late(service: &Service, who: &Person, page: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let mut request = form(path, fields);
    request.headers_mut().insert(REFERER, format!("http://titer.example{page}").parse().unwrap());
    let answer = service.ask(Some(who), request).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let back = answer.location().strip_prefix("/sign-in?back=").unwrap().to_owned();
    back.replace("%3F", "?").replace("%3D", "=").replace("%26", "&")
}

#[tokio::test]
async fn after_signing_in_one_is_back_at_the_form_with_what_was_typed() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    let shown = service.shown(technician, "/patients/new").await;
    service.world.pass(IDLE);
    let before = service.world.lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap();
    let fields = [
        ("family", "Quill \"Q\" <b>"),
        ("given", "Ada"),
        ("born", "14 Mar 1971"),
        ("sex", "female"),
        ("identifier", "MRN-7"),
        ("password", "correct horse"),
        ("shown", shown.as_str()),
    ];
    let back = too_late(&service, technician, "/patients/new", "/patients/new", &fields).await;
    assert!(back.starts_with("/patients/new?draft="), "{back}");
    let sign_in = service.ask(None, Request::get(format!("/sign-in?back={back}")).body(Body::empty()).unwrap()).await;
    assert!(sign_in.page().contains("Your entries are kept for 24 hours"));
    assert_eq!(service.world.lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap(), before);

    // Another account that signs in there gets nothing of it.
    let director = again(&service, &service.world.director, "director").await;
    assert!(!service.get(&director, &back).await.page().contains("Quill"));

    let mine = again(&service, technician, "technician").await;
    let page = service.get(&mine, &back).await.page();
    for part in [
        "Your session had ended when you sent this",
        "value=\"Quill &quot;Q&quot; &lt;b>\"",
        "value=\"Ada\"",
        "value=\"14 Mar 1971\"",
        "value=\"MRN-7\"",
        "value=\"female\" checked",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("correct horse"));

    // Sent again, the form does what it does, and the draft is gone.
    let (_, action) = page.split_once("action=\"/patients/new?draft=").unwrap();
    let action = format!("/patients/new?draft={}", action.split('"').next().unwrap());
    let mut fields = fields.to_vec();
    fields[0].1 = "Quill";
    assert_eq!(service.post(&mine, &action, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(service.world.lab.read(|s| Ok(patients::by_identifier(s, "MRN-7")?)).await.unwrap().is_some());
    assert!(!service.get(&mine, &back).await.page().contains("MRN-7"));
}

#[tokio::test]
async fn a_scan_after_the_session_has_ended_is_in_the_field_again_and_no_tube_was_received() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    service.world.pass(IDLE);
    let back = too_late(&service, technician, "/receive", "/receive", &[("number", "T1"), ("number", "T2")]).await;
    let mine = again(&service, technician, "technician").await;
    let page = service.get(&mine, &back).await.page();
    assert!(page.contains("name=\"number\" value=\"T1\"") || page.contains("value=\"T1\""), "{page}");
    assert!(page.contains("<li><bdi>T1</bdi></li><li><bdi>T2</bdi></li>"), "{page}");
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_shown_and_not_taken_back() {
    let service = Service::of(World::standing().await, false).await;
    let director = &service.world.director.clone();
    let seen = service.shown(director, "/admin/site").await;
    let site = |name: &'static str, shown: String| {
        vec![
            ("name", name.to_owned()),
            ("address", String::new()),
            ("accreditation", String::new()),
            ("director", "Dr Quill".to_owned()),
            ("zone", "UTC".to_owned()),
            ("shown", shown),
        ]
    };
    service.world.pass(IDLE);
    let fields = site("Northfield", seen.clone());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let back = too_late(&service, director, "/admin/site", "/admin/site", &fields).await;
    let mine = again(&service, director, "director").await;
    let other = site("Southfield", seen.clone());
    let other: Vec<(&str, &str)> = other.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(service.post(&mine, "/admin/site", &other).await.status, StatusCode::SEE_OTHER);
    let page = service.get(&mine, &back).await.page();
    assert!(page.contains("value=\"Northfield\"") && page.contains(&format!("name=\"shown\" value=\"{seen}\"")));
    let late = service.post(&mine, "/admin/site", &fields).await.again();
    assert!(late.contains("changed this") && late.contains("<bdi>Southfield</bdi>"), "{late}");
}

#[tokio::test]
async fn a_signature_that_came_too_late_leads_back_to_its_page_and_says_that_nothing_was_done() {
    let service = Service::of(World::standing().await, false).await;
    let director = &service.world.director.clone();
    service.world.pass(IDLE);
    let fields = [("mark", "1025:1:held"), ("password", PASSWORD)];
    let back = too_late(&service, director, "/review/sign", "/review/signed", &fields).await;
    assert!(back.starts_with("/review?draft="), "{back}");
    let mine = again(&service, director, "director").await;
    let page = service.get(&mine, &back).await.page();
    assert!(page.contains("Nothing was changed") && !page.contains(PASSWORD), "{page}");
}
