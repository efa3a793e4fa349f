//! One ASTM connection: the bytes and the timers around an endpoint of `titer-wire`.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use titer_wire::astm::{Endpoint, Output, Warning};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::{sleep_until, timeout},
};

use crate::{
    dialect::Question,
    filing::{Filing, Outcome},
    inbox::MessageId,
    line::Line,
    orders::desk::{Desk, Outgoing, Talk},
    sockets::Ending,
};

/// Bytes read from the socket at once.
const READ_BYTES: usize = 16 * 1024;
/// How long a write to the peer may take.
const WRITE_WAIT: Duration = Duration::from_secs(15);
/// How long the end of a connection may take.
const GOODBYE_WAIT: Duration = Duration::from_secs(2);
/// When nothing is due, the session is looked at again after this time.
const IDLE_WAIT: Duration = Duration::from_secs(3_600);

/// Serves one connection until it ends or `ending` says so. A transfer that has begun may end.
pub(crate) async fn serve(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    line: Line,
    filing: Filing,
    desk: Desk,
    mut ending: watch::Receiver<Ending>,
) {
    let began = Instant::now();
    let mut session = desk.endpoint();
    let (mut talk, mut growing) = (desk.talk(), desk.growing());
    let mut buffer = vec![0; READ_BYTES];
    // Asked before the connection opened, it still ends.
    ending.mark_changed();
    let mut closing: Option<Instant> = None;
    let ended = loop {
        if let Err(e) = drain(&mut *session, &mut socket, began, &line, &filing, &mut talk).await {
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
                Ok(n) => {
                    line.received(&buffer[..n]);
                    session.receive(began.elapsed(), &buffer[..n]);
                }
                Err(e) => break e.to_string(),
            },
            () = sleep_until(due.into()) => session.tick(began.elapsed()),
            Ok(()) = growing.changed(), if speaks => talk.stir(),
            changed = ending.changed() => {
                // Whoever could have said so is gone.
                let wait = if changed.is_err() { Some(Duration::ZERO) } else { *ending.borrow_and_update() };
                closing = wait.map(|wait| Instant::now() + wait).into_iter().chain(closing).min();
                if changed.is_err() {
                    break "the program ended".to_owned();
                }
            }
        }
    };
    line.remark(ended);
    session.disconnect();
    // What had come is kept; nobody is there any more to be answered.
    if let Err(e) = drain(&mut *session, &mut socket, began, &line, &filing, &mut talk).await {
        line.remark(format!("after the end: {e}"));
    }
    // Ends TLS in due form; the peer may be gone.
    let _ = timeout(GOODBYE_WAIT, socket.shutdown()).await;
}

/// Does what the session wants done.
async fn drain(
    session: &mut dyn Endpoint,
    socket: &mut (impl AsyncWrite + Unpin),
    began: Instant,
    line: &Line,
    filing: &Filing,
    talk: &mut Talk,
) -> std::io::Result<()> {
    let mut asked = VecDeque::new();
    loop {
        while let Some(output) = session.poll() {
            match output {
                Output::Send(bytes) => {
                    line.sent(&bytes);
                    timeout(WRITE_WAIT, async {
                        socket.write_all(&bytes).await?;
                        socket.flush().await
                    })
                    .await??;
                }
                Output::Message(received) => asked.extend(keep(session, received.text, began, line, filing).await),
                Output::Incomplete { text, reason } => {
                    line.trouble(format!("a message broke off: {reason}"));
                    match filing.receive_incomplete(text, reason.to_string()).await {
                        Ok(outcome) => line.message(&outcome),
                        Err(e) => line.unkept(&e),
                    }
                }
                Output::Warning(warning) => {
                    line.trouble(warning.to_string());
                    match warning {
                        Warning::Contention | Warning::Busy => talk.reconsider(session),
                        Warning::NoReply => talk.hold_back(),
                        _ => {}
                    }
                }
                Output::Sent(id) => talk.sent(id).await,
                Output::Failed { id, reason } => talk.failed(id, reason).await,
            }
        }
        // Only when its sender has been told that it was kept: looking up the answer may take long.
        let Some((message, questions)) = asked.pop_front() else { return Ok(()) };
        talk.asked_anew(session);
        if let Some(answer) = talk.answer(message, questions).await {
            send(session, began, talk, answer).await;
        }
    }
}

/// Keeps a message and tells its sender; what it asks, if it asks anything.
async fn keep(
    session: &mut dyn Endpoint,
    text: Vec<u8>,
    began: Instant,
    line: &Line,
    filing: &Filing,
) -> Option<(MessageId, Vec<Question>)> {
    line.filing(true);
    let kept = filing.take(text).await;
    line.filing(false);
    match kept {
        // Only now, after the commit, is the sender told.
        Ok((outcome, queries)) => {
            line.message(&outcome);
            session.accept(began.elapsed());
            let (Outcome::Kept { message, .. } | Outcome::Same(message)) = outcome;
            (!queries.is_empty()).then_some((message, queries))
        }
        Err(e) => {
            line.unkept(&e);
            session.refuse(began.elapsed());
            None
        }
    }
}

/// Hands the session a message of ours: it goes out when the line is free.
async fn send(session: &mut dyn Endpoint, began: Instant, talk: &mut Talk, outgoing: Outgoing) {
    match session.send(began.elapsed(), &outgoing.text) {
        Ok(id) => talk.sending(id, outgoing),
        Err(e) => talk.unsendable(outgoing, &e.to_string()).await,
    }
}
