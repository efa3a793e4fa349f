//! The board of links, and one of them, while analyzers send over real sockets.

use crate::common::Service;
use crate::common::world::socket::{ACK, Operating, connect, free, send, until};
use crate::common::world::{World, add_link, sodium};
use axum::http::StatusCode;
use titer_lab::{Actor, Role};
use titer_link::board::SocketState;
use titer_link::links::commands::AddLink;
use titer_link::links::operating::operated;
use tokio::sync::watch;

fn operate(service: &Service) -> Operating {
    let (board, (stop, stopped)) = (service.board.clone(), watch::channel(false));
    let task = tokio::spawn(titer_link::operate(service.world.lab.clone(), board.clone(), stopped));
    Operating { board, stop, task }
}

#[tokio::test]
async fn links_show_how_they_do_and_what_their_codes_mean() {
    let service = Service::new().await;
    let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
    service.world.propose(link, "550", "U/L", "alp").await.unwrap();
    let supervisor = service.person(Role::Supervisor).await;
    let page = service.get(&supervisor, "/admin/links").await.page();
    for part in [
        "listens on 127.0.0.1:0",
        "Not open in this process",
        "ASTM",
        "1 to sign",
        "nothing yet",
        "Usual silence not known yet",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        page.contains("the usual silence is not known: check the link yourself"),
        "the rule stands on the page: {page}"
    );
    let page = service.get(&supervisor, &format!("/admin/links/{link}")).await.page();
    for part in [
        "Alkaline phosphatase (U/L)",
        "proposed by technician of the test",
        "127.0.0.1, ::1",
        "name=\"mark\"",
        "not encrypted",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("/pause\""), "only who may pause is offered it");
    assert_eq!(service.get(&supervisor, "/admin/links/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_s_page_shows_a_message_as_it_came_beside_how_it_is_understood() {
    let service = Service::of(World::standing().await, false).await;
    let address = free();
    let link = service.world.mapped("titer-sim-chemistry", &address).await;
    let operating = operate(&service);
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("<T1>")).await, ACK);
    let supervisor = service.person(Role::Supervisor).await;
    let path = format!("/admin/links/{link}");
    let page = service.get(&supervisor, &path).await.page();
    // The fourth field of the fourth record is the value: the number leads to its bytes.
    for part in ["<span id=\"f-3-4\">140</span>", "<a href=\"#f-3-4\">R-4</a>", "<b>CR</b>", "Connected", "1 / 1"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for part in ["&#60;ENQ&#62;", "&#60;ACK&#62;", "connected: 127.0.0.1", "from the analyzer", "&#60;T1&#62;"] {
        assert!(page.contains(part), "on the wire {part}: {page}");
    }
    assert!(!page.contains("<T1>") && page.len() < 60 * 1024, "{} bytes", page.len());
    // What arrives later is one click away, and so is what came before.
    assert_eq!(send(&mut socket, &sodium("T2")).await, ACK);
    let page = service.get(&supervisor, &path).await.page();
    assert!(page.contains(">T2</span>"), "{page}");
    let first = page.split("?message=").last().unwrap().split('#').next().unwrap().to_owned();
    let page = service.get(&supervisor, &format!("{path}?message={first}")).await.page();
    assert!(page.contains("<span id=\"f-2-3\">&#60;T1&#62;</span>"), "{page}");
    operating.end().await;
}

#[tokio::test]
async fn a_link_is_paused_with_a_reason_and_resumed_by_who_operates_it() {
    let service = Service::new().await;
    let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
    let administrator = service.person(Role::Administrator).await;
    let (path, pause) = (format!("/admin/links/{link}"), format!("/admin/links/{link}/pause"));
    let empty = service.post(&administrator, &pause, &[("reason", " ")]).await.again();
    assert!(empty.contains("Give a reason to pause the link"), "{empty}");
    let done = service.post(&administrator, &pause, &[("reason", "its <lamp> is changed")]).await;
    assert_eq!(done.location(), path);
    let page = service.get(&administrator, done.location()).await.page();
    for part in [
        "The link is paused.",
        "administrator of the test paused this link: its &#60;lamp&#62; is changed",
        "/resume\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let late = service.post(&administrator, &pause, &[("reason", "again")]).await.again();
    assert!(late.contains("This link is paused already"), "{late}");
    assert!(service.get(&administrator, "/admin/links").await.page().contains("Paused"));
    let done = service.post(&administrator, &format!("{path}/resume"), &[]).await;
    assert_eq!(done.location(), path);
    let read = service.world.lab.read(|s| Ok(operated(s)?.remove(0)));
    assert!(read.await.unwrap().pause.is_none());
    let again = service.post(&administrator, &format!("{path}/resume"), &[]).await.again();
    assert!(again.contains("This link is not paused"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_trouble_stands_first_and_on_home() {
    let service = Service::new().await;
    let holding = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holding.local_addr().unwrap().to_string();
    service.world.link("cobas-c111", &free()).await;
    let add = AddLink { name: "wedged".to_owned(), ..add_link("titer-sim-chemistry", &taken) };
    let wedged = service.world.run(Actor::Console, add).await.unwrap();
    let administrator = service.person(Role::Administrator).await;
    assert!(!service.get(&administrator, "/").await.page().contains("wedged"));
    let operating = operate(&service);
    until(async || service.board.status(wedged).state == SocketState::Stopped).await;
    let page = service.get(&administrator, "/admin/links").await.page();
    assert!(page.find("wedged").unwrap() < page.find(">cobas-c111<").unwrap(), "{page}");
    for part in ["Cannot be opened", "another program listens on this address", "needs a person"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let home = service.get(&administrator, "/").await.page();
    assert!(home.contains("Links that need a person") && home.contains("wedged"), "{home}");
    let technician = service.get(&service.world.technician, "/").await.page();
    assert!(!technician.contains("wedged"), "who may not open the page is not sent there");
    drop(holding);
    operating.end().await;
}
