//! The sockets of one link. The link listens or connects, again and again, until it is to end.

#[cfg(test)]
mod tests;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use socket2::{SockRef, TcpKeepalive};
use titer_lab::Laboratory;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::{
    Board, astm,
    board::{SocketState, lock},
    filing::Filing,
    line::{Ending, Line},
    links::{operating::Tls, views::Link},
    memory::LinkMemory,
    tls,
    worklists::session::Worklist,
};

/// Connections of one link at the same time.
pub const CONNECTIONS_MAX: usize = 160;
/// Connections of one link from one peer at the same time. Fewer than [`CONNECTIONS_MAX`], so that other peers find room.
pub const CONNECTIONS_OF_PEER_MAX: usize = 120;
/// The time before the link connects or listens again. It doubles with each failure.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// The longest time before the link connects or listens again.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(30);
/// If a connection lasted so long, or brought a message, the next failure starts again with [`AGAIN_AFTER`].
const GOOD_AFTER: Duration = Duration::from_secs(30);
/// How long a peer may take to accept a connection, the look-up of its name included.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How long a peer may take to agree on TLS.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// After this time without bytes the system probes whether the peer is still there. An analyzer that was switched off says nothing,
/// and its connection would otherwise stay open for ever.
const PROBE_AFTER: Duration = Duration::from_secs(60);
/// The time between two probes.
const PROBE_EVERY: Duration = Duration::from_secs(15);
/// The peer counts as gone after so many probes without an answer.
#[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
const PROBES_MAX: u32 = 4;

/// An open link, with everything that its connections need.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) link: Link,
    pub(crate) name: Arc<str>,
    pub(crate) tls: Option<Tls>,
    pub(crate) laboratory: Laboratory,
    pub(crate) board: Board,
    pub(crate) filing: Filing,
    pub(crate) worklist: Worklist,
    pub(crate) memory: LinkMemory,
}

/// Keeps a link open until it is to end.
pub(crate) async fn run(opened: Opened, mut ending: watch::Receiver<Ending>) {
    let mut wait = AGAIN_AFTER;
    while !ends(&ending) {
        let (began, before) = (Instant::now(), opened.messages());
        let done = if opened.link.listens {
            opened.listen(ending.clone()).await
        } else {
            opened.connect(ending.clone()).await
        };
        if ends(&ending) {
            break;
        }
        if let Err(e) = &done {
            opened.trouble(format!("{}: {}", opened.link.address, in_words(e)));
        }
        opened.state(if opened.link.listens { SocketState::Stopped } else { SocketState::Waiting });
        if began.elapsed() >= GOOD_AFTER || opened.messages() > before {
            wait = AGAIN_AFTER;
        }
        tokio::select! {
            () = sleep(wait) => {}
            () = ended(&mut ending) => {}
        }
        wait = (wait * 2).min(AGAIN_AFTER_MAX);
    }
    opened.state(SocketState::Closed);
}

fn ends(ending: &watch::Receiver<Ending>) -> bool {
    ending.has_changed().is_err() || ending.borrow().is_some()
}

/// Waits until the link is to end. If the sender of `ending` is gone, the link ends.
pub(crate) async fn ended(ending: &mut watch::Receiver<Ending>) {
    let _ = ending.wait_for(Option::is_some).await;
}

/// The errors that people often meet, in plain words.
fn in_words(e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nobody listens there: is the analyzer on, and set to this port?".to_owned()
        }
        io::ErrorKind::TimedOut => "nobody answered within 10 s: is the analyzer on, and the network?".to_owned(),
        io::ErrorKind::AddrInUse => "another program listens on this address".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        io::ErrorKind::PermissionDenied => "the system does not allow this address or port".to_owned(),
        _ => e.to_string(),
    }
}

impl Opened {
    fn state(&self, state: SocketState) {
        self.board.state(self.link.id, state, self.laboratory.store().now());
    }

    fn messages(&self) -> u64 {
        lock(&self.board.activity(self.link.id)).status.messages
    }

    fn trouble(&self, what: String) {
        tracing::warn!(link = self.link.id.0, "{what}");
        metrics::counter!("titer_link_errors_total", "link" => self.link.name.clone()).increment(1);
        self.board.trouble(self.link.id, self.laboratory.store().now(), what);
    }

    async fn listen(&self, mut ending: watch::Receiver<Ending>) -> io::Result<()> {
        if let Some(tls) = &self.tls {
            tls::acceptor(tls.clone()).await.map_err(io::Error::other)?;
        }
        let listener = TcpListener::bind(&self.link.address).await?;
        tracing::info!(link = self.link.id.0, address = self.link.address, "listening");
        self.state(SocketState::Listening);
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ended(&mut ending) => break,
            };
            let (socket, peer) = match accepted {
                Ok((socket, peer)) => (socket, peer.ip().to_canonical()),
                // For example, no file descriptors are left. The open connections go on.
                Err(e) => {
                    self.trouble(format!("{}: {e}", self.link.address));
                    sleep(AGAIN_AFTER).await;
                    continue;
                }
            };
            while connections.try_join_next().is_some() {}
            if let Some(line) = self.admit(peer) {
                let (opened, ending) = (self.clone(), ending.clone());
                connections.spawn(async move { opened.accepted(socket, line, ending).await });
            }
        }
        // From now on the system refuses connections, and analyzers keep their messages.
        drop(listener);
        self.state(SocketState::Draining);
        while connections.join_next().await.is_some() {}
        Ok(())
    }

    /// Whether this peer may have one more connection.
    fn admit(&self, peer: IpAddr) -> Option<Line> {
        if !listed(&self.link, peer) {
            tracing::warn!(link = self.link.id.0, %peer, "refused: not a listed peer");
            self.board.refuse(self.link.id, peer.to_string());
            return None;
        }
        let (all, of_peer) = lock(&self.board.activity(self.link.id)).count(peer);
        if of_peer >= CONNECTIONS_OF_PEER_MAX {
            let limit = CONNECTIONS_OF_PEER_MAX;
            self.trouble(format!("more than {limit} connections from {peer} at once; one was refused"));
            return None;
        }
        if all >= CONNECTIONS_MAX {
            self.trouble(format!("more than {CONNECTIONS_MAX} connections at once; one was refused"));
            return None;
        }
        Some(self.line(peer))
    }

    fn line(&self, peer: IpAddr) -> Line {
        let link = (self.link.id, self.name.clone());
        Line::open(self.board.clone(), self.laboratory.clone(), link, peer, self.tls.is_some())
    }

    async fn accepted(&self, socket: TcpStream, line: Line, ending: watch::Receiver<Ending>) {
        prepare(&socket);
        let Some(tls) = self.tls.clone() else {
            return self.serve(socket, line, ending).await;
        };
        let agreed = async {
            let acceptor = tls::acceptor(tls).await.map_err(io::Error::other)?;
            timeout(HANDSHAKE_WAIT, acceptor.accept(socket)).await?
        };
        match agreed.await {
            Ok(socket) => self.serve(socket, line, ending).await,
            Err(e) => line.trouble(format!("no TLS: {e}")),
        }
    }

    async fn connect(&self, mut ending: watch::Receiver<Ending>) -> io::Result<()> {
        let activity = self.board.activity(self.link.id);
        if lock(&activity).status.state != SocketState::Waiting {
            self.state(SocketState::Connecting);
        }
        let socket = tokio::select! {
            connected = timeout(CONNECT_WAIT, TcpStream::connect(&self.link.address)) => connected??,
            () = ended(&mut ending) => return Ok(()),
        };
        prepare(&socket);
        let peer = socket.peer_addr().map(|a: SocketAddr| a.ip().to_canonical())?;
        let Some(tls) = self.tls.clone() else {
            self.state(SocketState::Connecting);
            self.serve(socket, self.line(peer), ending).await;
            return Ok(());
        };
        let (connector, name) = tls::connector(tls, self.link.address.clone()).await.map_err(io::Error::other)?;
        let socket = timeout(HANDSHAKE_WAIT, connector.connect(name, socket)).await?;
        let socket = socket.map_err(|e| io::Error::other(format!("no TLS: {e}")))?;
        self.state(SocketState::Connecting);
        self.serve(socket, self.line(peer), ending).await;
        Ok(())
    }

    async fn serve(&self, socket: impl AsyncRead + AsyncWrite + Unpin, line: Line, ending: watch::Receiver<Ending>) {
        let (filing, worklist) = (self.filing.clone(), self.worklist.clone());
        astm::serve(socket, line, filing, worklist, self.memory.holding(), ending).await;
    }
}

fn listed(link: &Link, peer: IpAddr) -> bool {
    link.peers.iter().any(|p| p.parse::<IpAddr>().is_ok_and(|p| p.to_canonical() == peer))
}

/// Sets the options that every socket needs.
fn prepare(socket: &TcpStream) {
    let probe = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY);
    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
    let probe = probe.with_retries(PROBES_MAX);
    // The answer to a frame is one byte. If the system waited to fill a packet, each answer would take 40 ms.
    if let Err(e) = socket.set_nodelay(true).and_then(|()| SockRef::from(socket).set_tcp_keepalive(&probe)) {
        tracing::debug!("the socket's options: {e}");
    }
}
