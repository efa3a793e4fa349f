//! The service as a browser meets it.

use crate::common::{Answer, Service, World};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use titer_shell::assets;
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
        .header("host", "titer.example")
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site")
        .body(Body::empty())
        .unwrap();
    let answer = service.ask(Some(&service.world.director), request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("came from another site"), "{}", answer.text());
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
