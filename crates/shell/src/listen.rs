//! The sockets of the pages: one loop that accepts connections, and what each connection may take of time and room.
//!
//! Whoever opens many connections and says nothing on them, or says it slowly, takes the place of others who do the same, and of nobody
//! who is signed in ([`crate::seats`]).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use futures_util::TryFutureExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tower::ServiceExt;

use crate::seats::{Seat, Seats, Turn};

/// How long a browser may take for the head of a request. A connection on which nobody asks anything is closed after the same time.
pub const HEAD_WAIT: Duration = Duration::from_secs(15);
/// The longest head of a request, in bytes.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long a browser may take no byte of an answer.
#[cfg(target_os = "linux")]
const TAKE_WAIT: Duration = Duration::from_secs(60);
/// When the system gave no connection, as when descriptors have run out, it is asked again after this time.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Serves the pages to at most so many connections at a time, until `stop` says so; then open requests are answered.
pub async fn serve(listener: TcpListener, pages: Router, connections_max: usize, mut stop: watch::Receiver<bool>) {
    let seats = Seats::new(connections_max);
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((socket, peer)) => match seats.take() {
                Some(seat) => {
                    prepare(&socket);
                    open.spawn(connection(socket, peer, seat, pages.clone(), stop.clone()));
                }
                None => tracing::warn!(connections_max, "all connections of the pages serve people; one was refused"),
            },
            Err(e) if went_away(&e) => {}
            Err(e) => {
                tracing::warn!("the pages cannot accept a connection: {e}");
                sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
    // From now on the system refuses connections.
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// A browser that gave up while it waited to be accepted.
fn went_away(e: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(e.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn prepare(socket: &TcpStream) {
    let set = socket.set_nodelay(true);
    // A browser that reads nothing more, or is gone, would otherwise keep its connection for as long as an answer is to be written.
    #[cfg(target_os = "linux")]
    let set = set.and_then(|()| SockRef::from(socket).set_tcp_user_timeout(Some(TAKE_WAIT)));
    if let Err(e) = set {
        tracing::debug!("the socket's options: {e}");
    }
}

async fn connection<S>(socket: S, peer: SocketAddr, seat: Seat, pages: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let seat = Arc::new(seat);
    let sat = seat.clone();
    let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let turn = Turn::new(sat.clone());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(turn.clone());
        pages.clone().oneshot(request).map_ok(|response| response.map(|body| until_written(body, turn)))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WAIT).max_buf_size(HEAD_BYTES_MAX);
    let serving = http.serve_connection(TokioIo::new(socket), answer);
    tokio::pin!(serving);
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(e) = ended {
                    tracing::debug!("a connection of the pages ended: {e}");
                }
                return;
            }
            () = seat.wanted() => return,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// An answer whose request lasts until its last byte is written.
fn until_written(body: Body, turn: Turn) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(http_body_util::BodyExt::map_err(body, move |e| {
        let _ = &turn;
        e
    }))
}
