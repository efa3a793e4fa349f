//! What analyzers, cables and power do to links: each over real sockets, and after each nothing is lost and nothing doubled.

use std::time::Duration;

use crate::common::{
    World, add_link, filed,
    socket::{ACK, ENQ, NAK, SOON, connect, frames, free, is_closed, operate, say, send, until},
    sodium, with_tubes,
};
use titer_lab::Actor;
use titer_link::{
    board::SocketState,
    inbox::views as inbox,
    links::{LinkId, commands::AddLink},
    sockets::CONNECTIONS_OF_PEER_MAX,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

/// A link of the same analyzer that Titer opens itself.
async fn connecting(world: &World, address: &str) -> LinkId {
    let add = AddLink { name: "outgoing".to_owned(), listens: false, ..add_link("titer-sim-chemistry", address) };
    let link = world.run(Actor::Console, add).await.unwrap();
    world.put_into_use(link).await;
    link
}

async fn messages(world: &World) -> usize {
    world.lab.read(|s| Ok(inbox::messages(s, None)?)).await.unwrap().len()
}

/// Everything up to the last frame, whose answer never arrives.
async fn all_but_the_answer(socket: &mut TcpStream, message: &str) {
    assert_eq!(say(socket, &[ENQ]).await, ACK);
    let frames = frames(message);
    let (last, before) = frames.split_last().unwrap();
    for frame in before {
        assert_eq!(say(socket, frame).await, ACK);
    }
    socket.write_all(last).await.unwrap();
}

/// Stored, and the program ended before it could say so: the analyzer sends again.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_commit_and_acknowledgement_doubles_nothing() {
    let (mut world, address, _) = with_tubes(&["T1"]).await;
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    all_but_the_answer(&mut socket, &sodium("T1")).await;
    until(async || filed(&world, &["T1"]).await == [1]).await;
    drop(socket);
    operating.task.abort();
    drop(operating);
    world.reopen();
    // The lease of the one that crashed is still to end.
    world.pass(11);
    let operating = operate(&world.lab);
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    assert_eq!((filed(&world, &["T1"]).await, messages(&world).await), (vec![1], 1));
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyzer_that_restarts_finds_its_link_again_in_either_role() {
    let (world, address, _) = with_tubes(&["T1", "T2", "T3"]).await;
    let analyzer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outgoing = connecting(&world, &analyzer.local_addr().unwrap().to_string()).await;
    let operating = operate(&world.lab);
    // It connects: in the middle of a message it is switched off, and sends all of it again.
    let mut socket = connect(&address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    assert_eq!(say(&mut socket, &frames(&sodium("T1"))[0]).await, ACK);
    // Switched off, not closed: a reset instead of a farewell.
    titer_reset(socket);
    let mut socket = connect(&address).await;
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);

    // It is connected to: the same.
    let (mut socket, _) = timeout(SOON, analyzer.accept()).await.expect("it connects").unwrap();
    assert_eq!(send(&mut socket, &sodium("T2")).await, ACK);
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    assert_eq!(say(&mut socket, &frames(&sodium("T3"))[0]).await, ACK);
    titer_reset(socket);
    until(async || operating.board.status(outgoing).state == SocketState::Waiting).await;
    let (mut socket, _) = timeout(SOON, analyzer.accept()).await.expect("it connects again").unwrap();
    assert_eq!(send(&mut socket, &sodium("T3")).await, ACK);
    assert_eq!(filed(&world, &["T1", "T2", "T3"]).await, [1, 1, 1]);
    operating.end().await;
}

/// Ends a connection as when the power fails and comes back.
fn titer_reset(socket: TcpStream) {
    socket2::SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
}

/// From another address of this machine.
async fn from_other(address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    socket.connect(address.parse().unwrap()).await.unwrap()
}

/// An analyzer's program in an endless loop.
#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn one_peer_has_so_many_connections_and_no_more_and_others_are_served() {
    let (world, address) = (World::standing().await, free());
    let peers = vec!["127.0.0.1".to_owned(), "127.0.0.2".to_owned()];
    let add = AddLink { peers, ..add_link("titer-sim-chemistry", &address) };
    let link = world.run(Actor::Console, add).await.unwrap();
    let operating = operate(&world.lab);
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS_OF_PEER_MAX {
        let mut socket = connect(&address).await;
        assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
        open.push(socket);
    }
    let mut one_more = connect(&address).await;
    assert!(is_closed(&mut one_more).await);
    let trouble = operating.board.status(link).trouble.unwrap().1;
    assert!(trouble.contains("127.0.0.1") && trouble.contains("120"), "{trouble}");
    let mut other = from_other(&address).await;
    assert_eq!(say(&mut other, &[ENQ]).await, ACK, "another peer finds room");
    open.truncate(100);
    until(async || operating.board.status(link).connections == 101).await;
    let mut socket = connect(&address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    operating.end().await;
}

/// A frame without end, and a message without end. Neither holds up others, nor fills the memory.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_never_stops_is_refused_and_others_are_served() {
    let (world, address, link) = with_tubes(&["T1", "T2"]).await;
    let operating = operate(&world.lab);
    let mut endless = connect(&address).await;
    assert_eq!(say(&mut endless, &[ENQ]).await, ACK);
    endless.write_all(b"\x021H|").await.unwrap();
    let block = vec![b'x'; 64 * 1024];
    for _ in 0..256 {
        endless.write_all(&block).await.unwrap();
    }
    let mut other = connect(&address).await;
    assert_eq!(send(&mut other, &sodium("T1")).await, ACK);

    // Records without end, each frame good: the message is refused at its limit.
    let mut wordy = connect(&address).await;
    assert_eq!(say(&mut wordy, &[ENQ]).await, ACK);
    let mut answer = ACK;
    let mut sent = 0_usize;
    for number in 1.. {
        let mut frame = Vec::new();
        let text = if number == 1 { "H|\\^&\r".to_owned() } else { format!("C|1|I|{}\r", "x".repeat(60_000)) };
        titer_wire::astm::write_frame(&mut frame, (number % 8) as u8, text.as_bytes(), false);
        answer = say(&mut wordy, &frame).await;
        sent += text.len();
        if answer != ACK || sent > 10 << 20 {
            break;
        }
    }
    assert_eq!(answer, NAK, "after {sent} bytes");
    assert!(sent <= 9 << 20, "{sent}");
    assert_eq!(send(&mut other, &sodium("T2")).await, ACK);
    assert_eq!(filed(&world, &["T1", "T2"]).await, [1, 1]);
    assert!(operating.board.status(link).errors > 0);
    operating.end().await;
}
