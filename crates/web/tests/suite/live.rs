//! The streams of changes: how many a session may have, and when they end.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Answer, Person, Service};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use titer_lab::people::commands::grant;
use titer_lab::{Actor, Role};
use titer_shell::live::LISTENERS_OF_SESSION_MAX;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Nothing here takes so long.
const SOON: Duration = Duration::from_secs(10);
/// By then a stream has begun.
const BEGUN: Duration = Duration::from_millis(500);

/// A page that listens: the answer is there when the stream has ended.
fn listen(service: &Arc<Service>, person: &Person) -> JoinHandle<Answer> {
    let (service, person) = (service.clone(), person.clone());
    tokio::spawn(async move { service.ask(Some(&person), Request::get("/live").body(Body::empty()).unwrap()).await })
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_the_roles_of_its_reader() {
    let service = Arc::new(Service::new().await);
    let (leaves, loses) = (service.person(Role::Supervisor).await, service.person(Role::Clerk).await);
    let [left, lost, stays] = [&leaves, &loses, &service.world.director].map(|who| listen(&service, who));
    sleep(BEGUN).await;
    assert_eq!(service.post(&leaves, "/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(timeout(SOON, left).await.expect("it ends").unwrap().status, StatusCode::OK);
    // The browser asks again by itself: it is told to listen no more, not sent to the page where one signs in.
    let again = Request::get("/live").header("accept", "text/event-stream").body(Body::empty()).unwrap();
    assert_eq!(service.ask(Some(&leaves), again).await.status, StatusCode::NO_CONTENT);
    assert!(!lost.is_finished() && !stays.is_finished());
    let world = &service.world;
    grant(&world.house, &world.lab, Actor::Console, loses.account, "once a clerk", &[]).await.unwrap();
    timeout(SOON, lost).await.expect("it ends").unwrap();
    assert!(!stays.is_finished());
    stays.abort();
}

#[tokio::test]
async fn a_session_listens_with_so_many_pages_and_leaves_room_for_others() {
    let service = Arc::new(Service::new().await);
    let mut pages: Vec<_> =
        (0..=LISTENERS_OF_SESSION_MAX).map(|_| listen(&service, &service.world.technician)).collect();
    sleep(BEGUN).await;
    let refused = pages.extract_if(.., |page| page.is_finished()).next().expect("one too many").await.unwrap();
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(pages.len(), LISTENERS_OF_SESSION_MAX);
    let other = listen(&service, &service.world.director);
    sleep(BEGUN).await;
    assert!(!other.is_finished());
    pages.iter().chain([&other]).for_each(JoinHandle::abort);
}
