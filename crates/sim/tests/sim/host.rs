//! A tiny host: accepts connections, keeps what comes, and answers as it is told to.

#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use titer_wire::astm::{Options, Output, Session};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::{Duration, Instant, sleep, sleep_until, timeout},
};

/// How late a late host acknowledges.
const LATE: Duration = Duration::from_millis(300);

/// What the host does with a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Keeps it and acknowledges the last frame.
    Accept,
    /// Keeps it, and acknowledges only after a while.
    AcceptLate,
    /// Answers the last frame with NAK.
    Refuse,
    /// Keeps it and closes the connection without a word.
    HangUp,
}

/// Decides about the nth message, counted from 0 over all connections.
type Judge = fn(usize) -> Verdict;

pub struct Host {
    pub address: String,
    kept: mpsc::UnboundedReceiver<Vec<u8>>,
    /// Ends the connections when the host is dropped.
    _serving: JoinSet<()>,
}

impl Host {
    pub async fn start(judge: Judge) -> Self {
        Self::start_at("127.0.0.1:0", judge).await
    }

    pub async fn start_at(address: &str, judge: Judge) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (keep, kept) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            let seen = Arc::new(AtomicUsize::new(0));
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve(socket, keep.clone(), seen.clone(), judge));
            }
        });
        Self { address, kept, _serving: serving }
    }

    /// A host that connects to the analyzer, again when the connection ended.
    pub async fn call(address: &str, judge: Judge) -> Self {
        let (keep, kept) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        let calling = address.to_owned();
        serving.spawn(async move {
            let seen = Arc::new(AtomicUsize::new(0));
            loop {
                match TcpStream::connect(&calling).await {
                    Ok(socket) => serve(socket, keep.clone(), seen.clone(), judge).await,
                    Err(_) => sleep(Duration::from_millis(20)).await,
                }
            }
        });
        Self { address: address.to_owned(), kept, _serving: serving }
    }

    /// The next message that it kept.
    pub async fn next(&mut self) -> Vec<u8> {
        timeout(Duration::from_secs(10), self.kept.recv()).await.expect("a message within 10 s").unwrap()
    }

    /// Everything that it has kept and nobody has taken.
    pub fn rest(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.kept.try_recv().ok()).collect()
    }
}

async fn serve(mut socket: TcpStream, keep: mpsc::UnboundedSender<Vec<u8>>, seen: Arc<AtomicUsize>, judge: Judge) {
    let began = Instant::now();
    let mut session = Session::new(Options::default());
    let mut buffer = [0; 4096];
    loop {
        while let Some(output) = session.poll() {
            match output {
                Output::Send(bytes) => socket.write_all(&bytes).await.unwrap(),
                Output::Message(received) => match judge(seen.fetch_add(1, Ordering::SeqCst)) {
                    verdict @ (Verdict::Accept | Verdict::AcceptLate) => {
                        if verdict == Verdict::AcceptLate {
                            sleep(LATE).await;
                        }
                        keep.send(received.text).ok();
                        session.accept(began.elapsed());
                    }
                    Verdict::Refuse => session.refuse(began.elapsed()),
                    Verdict::HangUp => {
                        keep.send(received.text).ok();
                        return;
                    }
                },
                _ => {}
            }
        }
        let due = session.next_timeout().map_or(began + Duration::from_secs(3_600), |due| began + due);
        tokio::select! {
            read = socket.read(&mut buffer) => match read {
                Ok(bytes) if bytes > 0 => session.receive(began.elapsed(), &buffer[..bytes]),
                _ => return,
            },
            () = sleep_until(due) => session.tick(began.elapsed()),
        }
    }
}

/// An address where nobody listens.
pub async fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}
