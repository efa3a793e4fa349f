//! What takes long, with the clock turned on.
#![allow(clippy::unwrap_used)]

use titer_wire::astm::RECEIVE_WAIT;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{pause, resume},
};

use super::*;
use crate::{
    links::{LinkId, commands::AddLink, views},
    memory::Memory,
    testing::{
        World, add_link, filed,
        socket::{ACK, ENQ, SOON, frames, free, say, send, until},
        sodium, with_tubes,
    },
};
use titer_lab::Actor;

/// Bytes that a connection takes before they are read.
const READ_AHEAD: usize = 4_096;
/// What is left of a wait that is skipped: whoever waits is to wake while time is real.
const MARGIN: Duration = Duration::from_millis(100);

async fn opened(world: &World, id: LinkId) -> Opened {
    let link = world.lab.read(move |s| Ok(views::link(s, id)?)).await.unwrap().unwrap();
    let (laboratory, board) = (world.lab.clone(), Board::default());
    Opened {
        filing: Filing::new(laboratory.clone(), id),
        worklist: Worklist::new(laboratory.clone(), link.clone(), board.clone()),
        name: link.name.as_str().into(),
        memory: Memory::default().of_link(),
        tls: None,
        laboratory,
        board,
        link,
    }
}

/// Lets time pass in which nothing but timers is to be done.
async fn skip(time: Duration) {
    pause();
    sleep(time).await;
    resume();
}

/// An analyzer's end of a new connection.
fn connection(opened: &Opened, ending: &watch::Sender<Ending>) -> DuplexStream {
    let (near, far) = tokio::io::duplex(READ_AHEAD);
    let line = opened.line(IpAddr::from([127, 0, 0, 1]));
    let (opened, ending) = (opened.clone(), ending.subscribe());
    tokio::spawn(async move { opened.serve(far, line, ending).await });
    near
}

/// A cable was pulled: nothing more comes, and nobody closes anything. The standard's timer ends the transfer; the keep-alive of the
/// system ends the connection later.
#[tokio::test]
async fn a_peer_that_vanishes_in_the_middle_costs_half_a_minute_and_nothing_else() {
    let (world, _, link) = with_tubes(&["T1", "T2"]).await;
    let (opened, (ending, _)) = (opened(&world, link).await, watch::channel(None));
    let mut vanished = connection(&opened, &ending);
    assert_eq!(say(&mut vanished, &[ENQ]).await, ACK);
    for frame in &frames(&sodium("T1"))[..3] {
        assert_eq!(say(&mut vanished, frame).await, ACK);
    }
    let mut other = connection(&opened, &ending);
    assert_eq!(send(&mut other, &sodium("T2")).await, ACK, "others are served meanwhile");
    assert!(world.held().await.is_empty(), "it may still go on");
    skip(RECEIVE_WAIT).await;
    until(async || world.held().await.len() == 1).await;
    assert_eq!(world.held().await[0].problems[0].code, "inbox-incomplete");
    let trouble = opened.board.status(link).trouble.unwrap().1;
    assert!(trouble.contains("nothing came for 30 s"), "{trouble}");
    // It comes back on a new connection and sends all of it.
    let mut again = connection(&opened, &ending);
    assert_eq!(send(&mut again, &sodium("T1")).await, ACK);
    assert_eq!(filed(&world, &["T1", "T2"]).await, [1, 1]);
}

/// Named, not numbered: found anew each time it connects.
#[tokio::test]
async fn an_analyzer_may_be_named_and_is_tried_ever_more_rarely() {
    let (world, _, _) = with_tubes(&["T1"]).await;
    let port = free().rsplit_once(':').unwrap().1.to_owned();
    let add = AddLink {
        name: "outgoing".to_owned(),
        listens: false,
        ..add_link("titer-sim-chemistry", &format!("localhost:{port}"))
    };
    let link = world.run(Actor::Console, add).await.unwrap();
    world.put_into_use(link).await;
    let (opened, (ending, ends)) = (opened(&world, link).await, watch::channel(None));
    let board = opened.board.clone();
    let began = Instant::now();
    let running = tokio::spawn(run(opened, ends));
    // At once, after two seconds, and after four more.
    for (errors, after) in [(1, 0), (2, 2), (3, 6)] {
        until(async || board.status(link).errors == errors).await;
        assert!(began.elapsed() >= Duration::from_secs(after), "{errors}: {:?}", began.elapsed());
        if errors < 3 {
            skip(AGAIN_AFTER * errors as u32 - MARGIN).await;
        }
    }
    let trouble = board.status(link).trouble.unwrap().1;
    assert!(trouble.contains("localhost") && trouble.contains("nobody listens"), "{trouble}");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    skip(AGAIN_AFTER * 4 - MARGIN).await;
    let (mut socket, _) = timeout(SOON, listener.accept()).await.expect("it connects").unwrap();
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    ending.send_replace(Some(Duration::ZERO));
    running.await.unwrap();
}

/// Begins a message without ending it; answers whether the connection is still open.
async fn begin(socket: &mut DuplexStream, message: &str) -> bool {
    assert_eq!(say(socket, &[ENQ]).await, ACK);
    for frame in frames(message) {
        if socket.write_all(&frame).await.is_err() || !matches!(socket.read_u8().await, Ok(ACK)) {
            return false;
        }
    }
    true
}

/// A hundred connections of one listed peer once held 1.4 GB, each with most of the longest message that is accepted.
#[tokio::test]
async fn messages_that_never_end_share_one_bound_and_ordinary_ones_go_on() {
    let (world, _, link) = with_tubes(&["T1"]).await;
    let mut opened = opened(&world, link).await;
    opened.memory = Memory::of(4 << 20, 2 << 20).of_link();
    let (ending, _) = watch::channel(None);
    let long = format!("H|\\^&\r{}", format!("C|1|I|{}\r", "x".repeat(60_000)).repeat(15));
    let (mut open, mut closed) = (Vec::new(), 0);
    for _ in 0..5 {
        let mut socket = connection(&opened, &ending);
        if begin(&mut socket, &long).await {
            open.push(socket);
        } else {
            closed += 1;
        }
    }
    assert_eq!((open.len(), closed), (2, 3));
    let trouble = opened.board.status(link).trouble.unwrap().1;
    assert!(trouble.contains("unfinished messages take all the memory"), "{trouble}");
    let mut other = connection(&opened, &ending);
    assert_eq!(send(&mut other, &sodium("T1")).await, ACK);
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    drop(open);
    let again = async || begin(&mut connection(&opened, &ending), &long).await;
    until(again).await;
}
