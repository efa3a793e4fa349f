//! In a demonstration every page says so: also one that nobody is signed in to see, and one about a problem.

use crate::common::{Service, World, form};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use titer_lab::sites::commands::DescribeSite;
use titer_lab::{Actor, Role};

async fn service(demonstration: bool) -> Service {
    let world = World::new().await;
    let described = DescribeSite {
        name: "Test Laboratory".to_owned(),
        address: String::new(),
        accreditation: String::new(),
        director: "Dr Ada Quill".to_owned(),
        zone: "UTC".to_owned(),
        demonstration,
    };
    world.run(Actor::Console, described).await.unwrap();
    Service::of(world, false).await
}

#[tokio::test]
async fn every_page_of_a_demonstration_says_so() {
    for demonstration in [true, false] {
        let service = service(demonstration).await;
        let (clerk, other) = (service.person(Role::Clerk).await, service.person(Role::Supervisor).await);
        let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        let mut elsewhere = form("/patients/new", &[]);
        elsewhere.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
        let mut misdirected = get("/");
        misdirected.headers_mut().insert("host", "nowhere.example".parse().unwrap());
        let stamp = service.stamp(other.account);
        let asked = [
            (None, get("/nowhere"), StatusCode::NOT_FOUND),
            (Some(&clerk), get("/nowhere"), StatusCode::NOT_FOUND),
            (Some(&clerk), get("/orders/1"), StatusCode::NOT_FOUND),
            (Some(&clerk), get("/review"), StatusCode::FORBIDDEN),
            (Some(&clerk), form("/patients/new", &[("stamp", &stamp)]), StatusCode::CONFLICT),
            (Some(&clerk), elsewhere, StatusCode::FORBIDDEN),
            (Some(&clerk), get("/orders/new?patient=x"), StatusCode::NOT_FOUND),
            (None, misdirected, StatusCode::MISDIRECTED_REQUEST),
            (None, get("/sign-in"), StatusCode::OK),
            (None, form("/sign-in", &[("name", "nobody"), ("password", "wrong")]), StatusCode::UNPROCESSABLE_ENTITY),
            (Some(&clerk), get("/"), StatusCode::OK),
            (Some(&clerk), get("/password"), StatusCode::OK),
        ];
        for (who, request, status) in asked {
            let path = format!("{} {}", request.method(), request.uri());
            let answer = service.ask(who, request).await;
            assert_eq!(answer.status, status, "{path}");
            let page = answer.text();
            assert_eq!(page.contains("<div class=\"mode\""), demonstration, "{path}: {page}");
        }
    }
}
