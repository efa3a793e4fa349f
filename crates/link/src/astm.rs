//! One ASTM connection: the socket and the timers around an endpoint of `titer-wire`.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use titer_lab::Failure;
use titer_store::Timestamp;
use titer_wire::astm::{Endpoint, Output, Warning};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::{sleep_until, timeout},
};

use crate::{
    Board,
    filing::{Filing, Outcome},
    links::LinkId,
    orders::desk::{Desk, Outgoing, Talk},
};

/// Bytes read from the socket at once.
const READ_BYTES: usize = 16 * 1024;
/// How long a write to the peer may take.
const WRITE_WAIT: Duration = Duration::from_secs(15);
/// When nothing is due, the session is looked at again after this time.
const IDLE_WAIT: Duration = Duration::from_secs(3_600);
/// How long a transfer that has begun may go on when the link is to be closed.
const CLOSE_WAIT: Duration = Duration::from_secs(5);
/// A silent peer is asked after this time whether it is still there, and again after [`PROBE_EVERY`]: an analyzer that was
/// switched off says nothing, and would hold its place for ever.
const PROBE_AFTER: Duration = Duration::from_secs(60);
/// How often it is asked.
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// Serves one connection until it ends or `stop` says so. A transfer that has begun may end.
pub(crate) async fn serve(
    mut socket: TcpStream,
    link: LinkId,
    filing: Filing,
    desk: Desk,
    board: Board,
    mut stop: watch::Receiver<bool>,
) {
    let began = Instant::now();
    let mut session = desk.endpoint();
    let (mut talk, mut growing) = (desk.talk(), desk.growing());
    let mut buffer = vec![0; READ_BYTES];
    // The answer to a frame is one byte; waiting to fill a packet would cost each of them 40 ms.
    let probe = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY);
    if let Err(e) = socket.set_nodelay(true).and_then(|()| SockRef::from(&socket).set_tcp_keepalive(&probe)) {
        tracing::debug!(link = link.0, "the socket's options: {e}");
    }
    let mut closing: Option<Instant> = None;
    let ended = loop {
        if let Err(e) = drain(&mut *session, &mut socket, began, link, &filing, &board, &mut talk).await {
            break e.to_string();
        }
        // A link that is to be closed tells nothing new.
        let speaks = closing.is_none() && talk.may_speak();
        if speaks
            && talk.look_at() <= Instant::now()
            && let Some(outgoing) = talk.look().await
        {
            send(&mut *session, began, &mut talk, outgoing).await;
            continue;
        }
        let due = session.next_timeout().map(|due| began + due);
        if let Some(until) = closing
            && (due.is_none() || until <= Instant::now())
        {
            break "the link was closed".to_owned();
        }
        let look_at = speaks.then(|| talk.look_at());
        let due = due.into_iter().chain(closing).chain(look_at).min().unwrap_or_else(|| Instant::now() + IDLE_WAIT);
        tokio::select! {
            read = socket.read(&mut buffer) => match read {
                Ok(0) => break "the peer closed the connection".to_owned(),
                Ok(n) => session.receive(began.elapsed(), &buffer[..n]),
                Err(e) => break e.to_string(),
            },
            () = sleep_until(due.into()) => session.tick(began.elapsed()),
            Ok(()) = growing.changed(), if speaks => talk.stir(),
            _ = stop.wait_for(|s| *s), if closing.is_none() => closing = Some(Instant::now() + CLOSE_WAIT),
        }
    };
    tracing::debug!(link = link.0, "connection ended: {ended}");
    session.disconnect();
    // What had come is kept; nobody is there any more to be answered.
    if let Err(e) = drain(&mut *session, &mut socket, began, link, &filing, &board, &mut talk).await {
        tracing::debug!(link = link.0, "after the end: {e}");
    }
}

/// Does what the session wants done.
async fn drain(
    session: &mut dyn Endpoint,
    socket: &mut TcpStream,
    began: Instant,
    link: LinkId,
    filing: &Filing,
    board: &Board,
    talk: &mut Talk,
) -> std::io::Result<()> {
    while let Some(output) = session.poll() {
        match output {
            Output::Send(bytes) => timeout(WRITE_WAIT, socket.write_all(&bytes)).await??,
            Output::Message(received) => match filing.take(received.text).await {
                // Only now, after the commit, is the sender told.
                Ok((outcome, queries)) => {
                    note(board, link, &outcome);
                    session.accept(began.elapsed());
                    let (Outcome::Kept { message, .. } | Outcome::Same(message)) = outcome;
                    if !queries.is_empty()
                        && let Some(answer) = talk.answer(message, queries).await
                    {
                        send(session, began, talk, answer).await;
                    }
                }
                Err(e) => {
                    trouble(board, link, &e);
                    session.refuse(began.elapsed());
                }
            },
            Output::Incomplete { text, reason } => match filing.receive_incomplete(text, reason.to_string()).await {
                Ok(outcome) => note(board, link, &outcome),
                Err(e) => trouble(board, link, &e),
            },
            Output::Warning(warning) => {
                board.trouble(link, warning.to_string());
                if matches!(warning, Warning::Contention | Warning::Busy) {
                    talk.reconsider(session);
                }
            }
            Output::Sent(id) => talk.sent(id).await,
            Output::Failed { id, reason } => talk.failed(id, reason).await,
        }
    }
    Ok(())
}

/// Hands the session a message of ours: it goes out when the line is free.
async fn send(session: &mut dyn Endpoint, began: Instant, talk: &mut Talk, outgoing: Outgoing) {
    match session.send(began.elapsed(), &outgoing.text) {
        Ok(id) => talk.sending(id, outgoing),
        Err(e) => talk.unsendable(outgoing, &e.to_string()).await,
    }
}

fn note(board: &Board, link: LinkId, outcome: &Outcome) {
    board.note(link, |s| {
        s.messages += 1;
        s.last_message_at = Some(Timestamp::now());
    });
    match outcome {
        Outcome::Kept { problems, .. } => {
            let held = if *problems > 0 { "held" } else { "filed" };
            metrics::counter!("titer_messages_total", "outcome" => held).increment(1);
        }
        Outcome::Same(_) => metrics::counter!("titer_messages_total", "outcome" => "same").increment(1),
    }
}

fn trouble(board: &Board, link: LinkId, e: &Failure) {
    tracing::warn!(link = link.0, "a message could not be kept and was not acknowledged: {e}");
    board.trouble(link, e.to_string());
}
