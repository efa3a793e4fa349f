//! A sender on a socket, byte by byte, and the links that it speaks to.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use titer_lab::Laboratory;
use titer_link::Board;
use titer_wire::astm::write_frame;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::timeout,
};

pub const ENQ: u8 = 0x05;
pub const ACK: u8 = 0x06;
pub const EOT: u8 = 0x04;
pub const NAK: u8 = 0x15;
/// Nothing here takes so long.
pub const SOON: Duration = Duration::from_secs(20);

/// An address that nobody listens on.
pub fn free() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// The links of a laboratory, operated until this is dropped.
pub struct Operating {
    pub board: Board,
    pub stop: watch::Sender<bool>,
    pub task: tokio::task::JoinHandle<()>,
}

pub fn operate(lab: &Laboratory) -> Operating {
    let (board, (stop, stopped)) = (Board::default(), watch::channel(false));
    let task = tokio::spawn(titer_link::operate(lab.clone(), board.clone(), stopped));
    Operating { board, stop, task }
}

impl Operating {
    pub async fn end(self) {
        self.stop.send_replace(true);
        timeout(SOON, self.task).await.expect("it ends").unwrap();
    }
}

/// Waits until it is so.
pub async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never was so");
}

pub async fn connect(address: &str) -> TcpStream {
    for _ in 0..400 {
        if let Ok(socket) = TcpStream::connect(address).await {
            return socket;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody listens on {address}");
}

/// One record a frame, ETB after each but the last, as analyzers send.
pub fn frames(message: &str) -> Vec<Vec<u8>> {
    let records: Vec<&str> = message.split_inclusive('\r').collect();
    let frame = |(i, record): (usize, &&str)| {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, ((i + 1) % 8) as u8, record.as_bytes(), i + 1 == records.len());
        bytes
    };
    records.iter().enumerate().map(frame).collect()
}

pub async fn say(socket: &mut (impl AsyncRead + AsyncWrite + Unpin), bytes: &[u8]) -> u8 {
    socket.write_all(bytes).await.unwrap();
    timeout(SOON, socket.read_u8()).await.expect("an answer").unwrap()
}

/// Sends a message; answers what the last frame was answered with.
pub async fn send(socket: &mut (impl AsyncRead + AsyncWrite + Unpin), message: &str) -> u8 {
    assert_eq!(say(socket, &[ENQ]).await, ACK);
    let mut last = 0;
    for frame in frames(message) {
        last = say(socket, &frame).await;
    }
    socket.write_all(&[EOT]).await.unwrap();
    last
}

/// Whether the other side has closed the connection.
pub async fn is_closed(socket: &mut TcpStream) -> bool {
    timeout(SOON, socket.read_u8()).await.expect("closed soon").is_err()
}
