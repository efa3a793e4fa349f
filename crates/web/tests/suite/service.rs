//! The service as a browser meets it.

use std::sync::Arc;

use crate::common::{Answer, PASSWORD, Service, World, form};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use titer_lab::accounts::{Factor, passwords::HASHES_WAITING_MAX, sessions};
use titer_shell::assets;
use titer_shell::body::{FORM_BYTES_MAX, STRANGERS_FORM_BYTES_MAX};
use titer_shell::permit::Need;

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

async fn ask(service: &Service, request: Request<Body>) -> Answer {
    service.ask(None, request).await
}

#[tokio::test]
async fn styles_and_scripts_are_kept_for_ever_by_their_hash() {
    let service = Service::new().await;
    let answer = ask(&service, get(&format!("{}/style.css", assets::base()))).await;
    assert!(answer.page().contains(":root"));
    assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"));
    let again = Request::get(format!("{}/style.css", assets::base()))
        .header("if-none-match", answer.headers["etag"].clone())
        .body(Body::empty())
        .unwrap();
    assert_eq!(ask(&service, again).await.status, StatusCode::NOT_MODIFIED);
    let old = ask(&service, get("/assets/0000/style.css")).await;
    assert_eq!(old.headers["cache-control"], "no-cache");
}

#[tokio::test]
async fn what_is_not_there_says_so_in_words_and_is_not_kept() {
    let service = Service::new().await;
    for path in ["/nowhere", "/assets/0000/nowhere.css"] {
        let answer = ask(&service, get(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("This page does not exist"), "{path}: {}", answer.text());
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn every_answer_is_protected_and_numbered() {
    let service = Service::of(World::new().await, true).await;
    let answer = ask(&service, get("/nowhere")).await;
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert!(answer.headers.contains_key("strict-transport-security"));
    assert_eq!(answer.headers["x-request-id"].len(), 36);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let service = Service::new().await;
    let request = Request::post("/review/signed")
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site")
        .body(Body::empty())
        .unwrap();
    let answer = service.ask(Some(&service.world.director), request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("came from another site"), "{}", answer.text());
}

/// Old browsers say only where a form comes from. A page of the same name that was not protected by TLS is another origin.
#[tokio::test]
async fn with_a_configured_origin_a_form_says_no_other() {
    let service = Service::of(World::new().await, true).await;
    for (origin, expected) in [
        ("https://titer.example", StatusCode::SEE_OTHER),
        ("http://titer.example", StatusCode::FORBIDDEN),
        ("https://titer.example:8443", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        let request = Request::post("/sign-out").header("origin", origin).body(Body::empty()).unwrap();
        let answer = service.ask(Some(&service.world.director), request).await;
        assert_eq!(answer.status, expected, "{origin}");
    }
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_with_the_way_to_the_right_one() {
    let (machine, configured) = (Service::new().await, Service::of(World::new().await, true).await);
    for (service, says) in [(&machine, "--origin"), (&configured, "https://titer.example")] {
        for path in ["/sign-in", "/", "/metrics", "/assets/0000/style.css", "/nowhere"] {
            let request = Request::get(path).header("host", "evil.example").body(Body::empty()).unwrap();
            let answer = service.ask(Some(&service.world.director), request).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{path}");
            assert!(answer.text().contains(says) && !answer.text().contains("evil.example"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn nobody_else_numbers_requests() {
    let service = Service::new().await;
    let request = Request::get("/nowhere").header("x-request-id", "7").body(Body::empty()).unwrap();
    assert_eq!(ask(&service, request).await.headers["x-request-id"].len(), 36);
}

#[tokio::test]
async fn who_is_not_signed_in_sends_no_long_form() {
    let service = Service::new().await;
    let long = "x".repeat(STRANGERS_FORM_BYTES_MAX);
    let fields = [("name", "director"), ("password", long.as_str())];
    let answer = ask(&service, form("/sign-in", &fields)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("too large"), "{}", answer.text());
    let search = [("q", long.as_str())];
    assert_ne!(service.post(&service.world.technician, "/receive", &search).await.status, StatusCode::BAD_REQUEST);
    let longest = "x".repeat(FORM_BYTES_MAX);
    let search = [("q", longest.as_str())];
    assert_eq!(service.post(&service.world.technician, "/receive", &search).await.status, StatusCode::BAD_REQUEST);
}

/// Each hash takes 19 MiB, and strangers can ask for any number of them.
#[tokio::test(flavor = "multi_thread")]
async fn when_too_many_sign_in_at_once_some_are_told_to_come_back_and_whoever_is_signed_in_can_sign() {
    let service = Arc::new(Service::new().await);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..3 * HASHES_WAITING_MAX {
        let service = service.clone();
        tries.spawn(async move { ask(&service, form("/sign-in", &[("name", "nobody"), ("password", "x")])).await });
    }
    let (world, passwords) = (&service.world, &service.shell.passwords);
    let (token, session) = (&world.director.token, &world.director.session);
    sessions::sign(&world.house, passwords, token, session, Factor::password(Some(PASSWORD.to_owned()))).await.unwrap();
    let answers = tries.join_all().await;
    let busy: Vec<&Answer> = answers.iter().filter(|a| a.status == StatusCode::SERVICE_UNAVAILABLE).collect();
    assert!(!busy.is_empty() && busy.len() <= 2 * HASHES_WAITING_MAX, "{}", busy.len());
    assert!(busy.iter().all(|a| a.headers.contains_key("retry-after") && a.text().contains("is busy")));
}

#[test]
fn the_addresses_that_need_nothing_are_these() {
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    let open = shell.declared().iter().chain(pages.declared()).filter(|route| route.need == Need::Open);
    let open: Vec<String> = open.map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(
        open,
        ["GET /assets/{version}/{name}", "GET /livez", "GET /readyz", "GET /metrics", "GET /sign-in", "POST /sign-in"]
    );
}
