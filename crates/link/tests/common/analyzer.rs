//! An analyzer at the other end of a socket, that says and hears what a test wants.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use titer_wire::astm::{Options, Output, Role, Session};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than a host listens after contention.
const LONG: Duration = Duration::from_secs(60);

pub struct Analyzer {
    pub socket: TcpStream,
    session: Session,
    began: Instant,
    heard: Vec<String>,
    sent: usize,
    /// It answers every frame with NAK.
    pub refuses: bool,
}

impl Analyzer {
    pub fn on(socket: TcpStream) -> Self {
        let session = Session::new(Options { role: Role::Instrument, ..Options::default() });
        Analyzer { socket, session, began: Instant::now(), heard: Vec::new(), sent: 0, refuses: false }
    }

    /// Does what is due, and waits for what comes; false when the other side has gone.
    async fn step(&mut self, wait: Duration) -> bool {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Send(bytes) => {
                    let Ok(()) = self.socket.write_all(&bytes).await else { return false };
                }
                Output::Message(_) if self.refuses => self.session.refuse(self.began.elapsed()),
                Output::Message(message) => {
                    self.heard.push(String::from_utf8(message.text).unwrap());
                    self.session.accept(self.began.elapsed());
                }
                Output::Sent(_) => self.sent += 1,
                _ => {}
            }
        }
        let due = self.session.next_timeout().map_or(wait, |at| at.saturating_sub(self.began.elapsed())).min(wait);
        let mut buffer = [0; 1024];
        match timeout(due, self.socket.read(&mut buffer)).await {
            Err(_) => self.session.tick(self.began.elapsed()),
            Ok(Ok(n)) if n > 0 => self.session.receive(self.began.elapsed(), &buffer[..n]),
            Ok(_) => return false,
        }
        true
    }

    /// Begins to send; the other side may be about to, too.
    pub fn begin(&mut self, message: &str) {
        self.session.send(self.began.elapsed(), message.as_bytes()).unwrap();
    }

    /// Until all that was begun is acknowledged.
    pub async fn finish(&mut self, messages: usize) {
        let end = Instant::now() + LONG;
        while self.sent < messages {
            assert!(Instant::now() < end, "acknowledged in the end");
            assert!(self.step(Duration::from_millis(100)).await, "the connection stays");
        }
    }

    /// Sends a message and waits until it is acknowledged.
    pub async fn say(&mut self, message: &str) {
        let before = self.sent;
        self.begin(message);
        self.finish(before + 1).await;
    }

    /// The next message of the other side.
    pub async fn hear(&mut self) -> String {
        let end = Instant::now() + LONG;
        while self.heard.is_empty() {
            assert!(Instant::now() < end, "something is said in the end");
            assert!(self.step(Duration::from_millis(100)).await, "the connection stays");
        }
        self.heard.remove(0)
    }

    /// Listens for a while; answers what was said.
    pub async fn listen(&mut self, time: Duration) -> Vec<String> {
        let end = Instant::now() + time;
        while Instant::now() < end && self.step(Duration::from_millis(50)).await {}
        std::mem::take(&mut self.heard)
    }
}
