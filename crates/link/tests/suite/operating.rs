//! What whoever operates the links does to them while analyzers send: pausing, resuming, recording; and that two processes on one
//! database never have the same link open.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::common::{
    World, add_link, filed,
    socket::{ACK, ENQ, EOT, connect, frames, free, is_closed, operate, say, send, until},
    sodium, time, with_tubes,
};
use crate::postgres;
use titer_lab::{Actor, LABORATORY, Laboratory, Timestamp, leases::LEASE_SECONDS};
use titer_link::{
    Silence,
    board::{SocketState, Standing},
    links::{
        LinkId,
        operating::{self, EndRecording, PauseLink, RecordLink, Recording, ResumeLink},
    },
    recorder::ENDED,
};
use titer_store::{Clock, Location, Options};
use titer_wire::recording::{self, What};
use tokio::{io::AsyncWriteExt, net::TcpStream};

async fn pause(world: &World, link: LinkId) {
    let pause = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(PauseLink { link });
    world.lab.submit(Actor::Console, Some("its lamp is changed".to_owned()), pause).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_link_lets_a_transfer_end_and_then_refuses_until_it_is_resumed() {
    let (world, address, link) = with_tubes(&["T1", "T2"]).await;
    let operating = operate(&world.lab);
    let mut idle = connect(&address).await;
    let mut busy = connect(&address).await;
    assert_eq!(say(&mut busy, &[ENQ]).await, ACK);
    let frames = frames(&sodium("T1"));
    let (first, rest) = frames.split_at(2);
    for frame in first {
        assert_eq!(say(&mut busy, frame).await, ACK);
    }
    pause(&world, link).await;
    assert!(is_closed(&mut idle).await, "who sends nothing is closed at once");
    until(async || TcpStream::connect(&address).await.is_err()).await;
    let standing = |of: &titer_link::Status| Standing::of(of, true, false);
    assert_eq!(standing(&operating.board.status(link)), Standing::Draining);
    for frame in rest {
        assert_eq!(say(&mut busy, frame).await, ACK);
    }
    busy.write_all(&[EOT]).await.unwrap();
    assert!(is_closed(&mut busy).await);
    assert_eq!(filed(&world, &["T1"]).await, [1], "what had begun was taken");
    until(async || standing(&operating.board.status(link)) == Standing::Paused).await;
    assert!(TcpStream::connect(&address).await.is_err(), "the analyzer keeps what it has");

    world.run(Actor::Console, ResumeLink { link }).await.unwrap();
    let mut again = connect(&address).await;
    assert_eq!(send(&mut again, &sodium("T2")).await, ACK);
    assert_eq!(filed(&world, &["T1", "T2"]).await, [1, 1]);
    assert_eq!(Standing::of(&operating.board.status(link), false, false), Standing::Connected);
    operating.end().await;
}

/// The lines of a recording, until it says that it ended.
async fn fetched(lab: &Laboratory, recording: Recording) -> Vec<recording::Entry> {
    let mut lines = Vec::new();
    until(async || {
        lines.extend(operating::recorded(lab, recording).await.unwrap());
        lines.iter().any(|line| line.ends_with(ENDED))
    })
    .await;
    recording::parse(&lines.join("\n")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_has_every_byte_of_both_directions_and_disturbs_nothing() {
    let (world, address, link) = with_tubes(&["T1", "T2"]).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    let recording = world.run(Actor::Console, RecordLink { link, seconds: 600 }).await.unwrap();
    let mut lines = Vec::new();
    until(async || {
        lines.extend(operating::recorded(&world.lab, recording).await.unwrap());
        !lines.is_empty()
    })
    .await;
    assert!(lines[0].ends_with("- recording"), "{lines:?}");
    let message = sodium("T2");
    assert_eq!(send(&mut socket, &message).await, ACK);
    until(async || filed(&world, &["T2"]).await == [1]).await;
    world.run(Actor::Console, EndRecording { link }).await.unwrap();
    let entries = fetched(&world.lab, recording).await;
    let sent: Vec<u8> = frames(&message).concat();
    let [connection] = recording::connections(&entries)[..] else { panic!("{entries:?}") };
    assert_eq!(recording::received(&entries, connection), [&[ENQ], sent.as_slice(), &[EOT]].concat());
    let answers: usize = entries.iter().map(|e| if let What::Sent(bytes) = &e.what { bytes.len() } else { 0 }).sum();
    assert_eq!(answers, 1 + frames(&message).len(), "an ACK for ENQ and for each frame");
    assert!(operating::recorded(&world.lab, recording).await.unwrap().is_empty(), "what was fetched is gone");
    assert_eq!(filed(&world, &["T1", "T2"]).await, [1, 1]);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_nobody_fetches_is_swept_away() {
    let (world, address, link) = with_tubes(&[]).await;
    let operating = operate(&world.lab);
    drop(connect(&address).await);
    let recording = world.run(Actor::Console, RecordLink { link, seconds: 1 }).await.unwrap();
    let lines = || rows(&world, "SELECT count(*) FROM recorded_lines");
    // That it began, and that it ended.
    until(async || lines() == 2).await;
    world.pass(120);
    until(async || lines() == 0).await;
    assert_eq!(operating::recorded(&world.lab, recording).await.unwrap(), Vec::<String>::new());
    operating.end().await;
}

const LEASED: &str = "SELECT max(until) FROM leases";

/// The number that a question to the laboratory's file is answered with.
fn rows(world: &World, question: &str) -> i64 {
    let file = world.folder.path().join(format!("lab-{LABORATORY}.sqlite"));
    rusqlite::Connection::open(file).unwrap().query_row(question, [], |row| row.get(0)).unwrap()
}

/// Learnt from the journal: messages of weeks before the program started count as well.
#[tokio::test(flavor = "multi_thread")]
async fn silence_longer_than_in_the_weeks_before_is_unusual() {
    let (world, _, link) = with_tubes(&[]).await;
    const WEEK: i64 = 7 * 86_400;
    // Each week from nine o'clock, for an hour, a message every ten minutes.
    for week in 0..3 {
        for message in 0..6 {
            world.receive(link, &sodium(&format!("W{week}-{message}"))).await.unwrap();
            world.pass(600);
        }
        world.pass(WEEK - 3_600);
    }
    let operating = operate(&world.lab);
    let silence = || operating.board.silence(link, world.now());
    // A week has passed since, as it had each time.
    until(async || matches!(silence(), Silence::Usual { longest } if longest > WEEK - 3_600)).await;
    world.receive(link, &sodium("W3")).await.unwrap();
    until(async || operating.board.status(link).last_message_at == Some(world.now())).await;
    // Almost a week without a message is what every week had; almost two are not.
    world.pass(WEEK - 600);
    assert!(matches!(silence(), Silence::Usual { .. }));
    world.pass(WEEK);
    assert!(matches!(silence(), Silence::Unusual { .. }), "{:?}", silence());
    operating.end().await;
}

/// Two processes, each with its own store on the same database, and the clock that both go by. `leased` reads until when the link is
/// leased.
async fn moves(
    [one, two]: [Laboratory; 2],
    (link, address): (LinkId, &str),
    pass: impl Fn(i64),
    leased: impl AsyncFn() -> i64,
) {
    let first = operate(&one);
    until(async || first.board.status(link).state == SocketState::Listening).await;
    let second = operate(&two);
    until(async || second.board.status(link).state == SocketState::Elsewhere).await;
    assert!(!second.board.status(link).elsewhere.is_empty(), "it says who has it");
    let lease = leased().await;
    pass(1);
    until(async || leased().await > lease).await;
    assert_eq!(second.board.status(link).state, SocketState::Elsewhere, "the lease was renewed");
    drop(connect(address).await);

    first.end().await;
    until(async || second.board.status(link).state == SocketState::Listening).await;
    // This one dies and gives nothing back.
    second.task.abort();
    let third = operate(&one);
    until(async || third.board.status(link).state == SocketState::Elsewhere).await;
    pass(LEASE_SECONDS + 1);
    until(async || third.board.status(link).state == SocketState::Listening).await;
    let mut socket = connect(address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    third.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_open_in_one_process_and_moves_when_that_one_ends_or_dies() {
    let (world, address) = (World::standing().await, free());
    let link = world.link("titer-sim-chemistry", &address).await;
    let processes = [world.lab.clone(), world.beside()];
    moves(processes, (link, &address), |seconds| world.pass(seconds), async || rows(&world, LEASED)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_moves_from_node_to_node_on_postgresql() {
    let Some(url) = postgres::database() else { return };
    let time = Arc::new(AtomicI64::new(time("2026-11-22T09:00:00Z").micros()));
    let open = || {
        let (location, time) = (Location::Postgres(url.clone()), time.clone());
        let clock = Clock::of(move || Timestamp::from_micros(time.load(Ordering::Relaxed)));
        let options = Options { clock, seed: None };
        tokio::task::block_in_place(|| Laboratory::open(&location, LABORATORY, titer_link::schema(), options))
    };
    let (one, two, address) = (open().unwrap(), open().unwrap(), free());
    let add = add_link("titer-sim-chemistry", &address);
    let link = one.submit(Actor::Console, None, move |tx| tx.run(add)).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let pass = |seconds| _ = time.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    let leased = async || client.query_one(LEASED, &[]).await.unwrap().get(0);
    moves([one, two], (link, &address), pass, leased).await;
}

/// The database does not answer: the lease cannot be renewed, so another process may be about to open the link.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_cannot_renew_its_lease_closes_the_link_before_it_ends() {
    let (world, address, link) = with_tubes(&[]).await;
    let operating = operate(&world.lab);
    let mut idle = connect(&address).await;
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let wait = move |_: &mut titer_store::Tx<'_>| {
        gate.recv().unwrap();
        Ok::<_, titer_lab::Failure>(())
    };
    let began = std::time::Instant::now();
    let waiting = world.lab.store().submit(wait);
    assert!(is_closed(&mut idle).await);
    assert!(began.elapsed() <= Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(TcpStream::connect(&address).await.is_err());
    assert!(operating.board.status(link).trouble.unwrap().1.contains("lease"));
    release.send(()).unwrap();
    waiting.await.unwrap();
    drop(connect(&address).await);
    operating.end().await;
}
