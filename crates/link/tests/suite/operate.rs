//! Links over real sockets: who may speak, what becomes of a connection, and when the sender is told.

use std::{sync::mpsc, time::Duration};

use crate::common::{
    World, add_link, code, filed,
    socket::{ACK, ENQ, EOT, NAK, SOON, connect, frames, free, is_closed, operate, say, send, until},
    sodium, with_tubes,
};
use titer_lab::{Actor, Failure, LABORATORY, Laboratory};
use titer_link::{
    inbox::views as inbox,
    links::commands::{AddLink, AttachLinks, RemoveLink},
};
use titer_store::{Location, Options, SUBMISSIONS_MAX, backup};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_acknowledged_once_it_is_stored() {
    let (world, address, link) = with_tubes(&["T1"]).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    assert_eq!(filed(&world, &["T1"]).await, [1], "no waiting: it stands when the sender hears of it");
    let status = operating.board.status(link);
    assert_eq!((status.connections, status.messages, status.trouble), (1, 1, None));
    operating.end().await;
    assert!(is_closed(&mut socket).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_not_listed_is_refused_and_shown() {
    let (world, address) = (World::standing().await, free());
    let add = AddLink { peers: vec!["10.9.8.7".to_owned()], ..add_link("titer-sim-chemistry", &address) };
    let link = world.run(Actor::Console, add).await.unwrap();
    let operating = operate(&world.lab);
    for times in 1..=3 {
        let mut socket = connect(&address).await;
        assert!(is_closed(&mut socket).await);
        let refused = vec![("127.0.0.1".to_owned(), times)];
        until(async || operating.board.status(link).refused == refused).await;
    }
    assert_eq!(operating.board.status(link).connections, 0);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_removed_closes_and_one_that_is_added_opens() {
    let (world, address, link) = with_tubes(&["T1", "T2"]).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    world.run(Actor::Console, RemoveLink { link }).await.unwrap();
    assert!(is_closed(&mut socket).await, "an idle connection ends at once");
    until(async || TcpStream::connect(&address).await.is_err()).await;

    world.mapped("titer-sim-chemistry", &address).await;
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("T2")).await, ACK);
    assert_eq!(filed(&world, &["T1", "T2"]).await, [1, 1]);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_has_begun_may_end_when_the_program_stops() {
    let (world, address, _) = with_tubes(&["T1"]).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    let frames = frames(&sodium("T1"));
    let (first, rest) = frames.split_at(2);
    for frame in first {
        assert_eq!(say(&mut socket, frame).await, ACK);
    }
    operating.stop.send_replace(true);
    tokio::time::sleep(Duration::from_millis(300)).await;
    for frame in rest {
        assert_eq!(say(&mut socket, frame).await, ACK);
    }
    socket.write_all(&[EOT]).await.unwrap();
    assert!(is_closed(&mut socket).await);
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    operating.end().await;
}

/// Its frames had been acknowledged as they came, so the sender may never send them again.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_sender_that_dies_in_the_middle_is_kept_and_files_nothing() {
    let (world, address, _) = with_tubes(&["T1"]).await;
    let operating = operate(&world.lab);
    let text = sodium("T1");
    let mut socket = connect(&address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    for frame in &frames(&text)[..4] {
        assert_eq!(say(&mut socket, frame).await, ACK);
    }
    drop(socket);
    until(async || !world.held().await.is_empty()).await;
    let held = world.held().await.remove(0);
    assert_eq!(held.problems[0].code, "inbox-incomplete");
    let bytes = world.lab.read(move |s| Ok(inbox::bytes(s, &held)?)).await.unwrap();
    assert_eq!(bytes, text.strip_suffix("L|1|N\r").unwrap().as_bytes());
    assert_eq!(filed(&world, &["T1"]).await, [0]);

    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &text).await, ACK, "it comes back and sends all of it");
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_of_one_link_do_not_mix() {
    let (world, address, link) = with_tubes(&["T1", "T2"]).await;
    let operating = operate(&world.lab);
    let (mut one, mut two) = (connect(&address).await, connect(&address).await);
    assert_eq!([say(&mut one, &[ENQ]).await, say(&mut two, &[ENQ]).await], [ACK; 2]);
    for (first, second) in frames(&sodium("T1")).iter().zip(&frames(&sodium("T2"))) {
        assert_eq!([say(&mut one, first).await, say(&mut two, second).await], [ACK; 2]);
    }
    assert_eq!(filed(&world, &["T1", "T2"]).await, [1, 1]);
    assert_eq!(operating.board.status(link).connections, 2);
    drop((one, two));
    until(async || operating.board.status(link).connections == 0).await;
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_over_two_connections_at_once_is_filed_once() {
    let (world, address, _) = with_tubes(&["T1"]).await;
    let operating = operate(&world.lab);
    let (mut one, mut two) = (connect(&address).await, connect(&address).await);
    let text = sodium("T1");
    let answers = tokio::join!(send(&mut one, &text), send(&mut two, &text));
    assert_eq!(answers, (ACK, ACK));
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    assert_eq!(world.lab.read(|s| Ok(inbox::messages(s, None)?)).await.unwrap().len(), 1);
    operating.end().await;
}

/// The database takes nothing more for a while: as many submissions wait as may.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_is_not_acknowledged_until_it_can() {
    let (world, address, link) = with_tubes(&["T1"]).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    let frames = frames(&sodium("T1"));
    let (last, before) = frames.split_last().unwrap();
    for frame in before {
        assert_eq!(say(&mut socket, frame).await, ACK);
    }

    let (release, gate) = mpsc::channel::<()>();
    let store = world.lab.store().clone();
    let wait = move |_: &mut titer_store::Tx<'_>| {
        gate.recv().unwrap();
        Ok::<_, Failure>(())
    };
    // Some are taken together with the gate, as many wait behind it as may, and one more is refused.
    let mut waiting = vec![store.submit(wait)];
    waiting.extend((0..2 * SUBMISSIONS_MAX).map(|_| store.submit(|_| Ok(()))));
    assert_eq!(say(&mut socket, last).await, NAK);
    let trouble = operating.board.status(link).trouble.unwrap().1;
    assert!(trouble.contains("busy"), "{trouble}");

    release.send(()).unwrap();
    for answer in waiting {
        let _ = answer.await;
    }
    assert_eq!(say(&mut socket, last).await, ACK, "the sender repeats the frame, and now it is stored");
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    operating.end().await;
}

/// The analyzer listens, and the program connects: again and again, until it is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_may_connect_to_the_analyzer_and_does_so_again_when_it_is_gone() {
    let (world, address, _) = with_tubes(&["T1", "T2"]).await;
    let analyzer = free();
    let add = AddLink { name: "outgoing".to_owned(), listens: false, ..add_link("titer-sim-chemistry", &analyzer) };
    let link = world.run(Actor::Console, add).await.unwrap();
    let mappings = world.adopted(link).await;
    world.approve(link, mappings, &world.director).await.unwrap();
    let operating = operate(&world.lab);
    until(async || operating.board.status(link).trouble.is_some()).await;
    let listener = TcpListener::bind(&analyzer).await.unwrap();
    for barcode in ["T1", "T2"] {
        let (mut socket, _) = timeout(SOON, listener.accept()).await.expect("it connects").unwrap();
        assert_eq!(send(&mut socket, &sodium(barcode)).await, ACK);
    }
    assert_eq!(filed(&world, &["T1", "T2"]).await, [1, 1]);
    drop(connect(&address).await);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_shown_and_tried_again() {
    let (world, address) = (World::standing().await, free());
    let taken = TcpListener::bind(&address).await.unwrap();
    let link = world.link("titer-sim-chemistry", &address).await;
    let operating = operate(&world.lab);
    until(async || operating.board.status(link).trouble.is_some()).await;
    assert!(operating.board.status(link).trouble.unwrap().1.contains(&address));
    drop(taken);
    let mut socket = connect(&address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    operating.end().await;
}

/// What was sent and received since the backup was made is in nobody's journal.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_laboratory_s_links_stay_closed_until_a_person_has_attached_them() {
    let (world, address, _) = with_tubes(&["T1"]).await;
    assert_eq!(code(world.run(Actor::Console, AttachLinks {}).await), "links-not-detached");
    let file = world.folder.path().join("backup");
    let stores = [world.house.store().clone(), world.lab.store().clone()];
    let (to, restored) = (file.clone(), world.folder.path().join("restored"));
    let location = Location::Folder(restored);
    let there = location.clone();
    let done = tokio::task::spawn_blocking(move || {
        backup::backup(&stores, &to, &mut |_| {}).unwrap();
        backup::restore(&there, &titer_link::schema(), &file, &mut |_| {}).unwrap();
    });
    done.await.unwrap();
    let lab = Laboratory::open(&location, LABORATORY, titer_link::schema(), Options::default()).unwrap();
    let operating = operate(&lab);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(TcpStream::connect(&address).await.is_err(), "detached");
    lab.submit(Actor::Console, None, |tx| tx.run(AttachLinks {})).await.unwrap();
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    let again = lab.submit(Actor::Console, None, |tx| tx.run(AttachLinks {})).await;
    assert_eq!(code(again), "links-not-detached");
    operating.end().await;
}

/// Nobody is there any more to say stop.
#[tokio::test(flavor = "multi_thread")]
async fn when_whoever_operates_the_links_is_gone_they_end() {
    let (world, address, _) = with_tubes(&[]).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    drop(operating.stop);
    assert!(is_closed(&mut socket).await);
    timeout(SOON, operating.task).await.expect("it ends").unwrap();
}
