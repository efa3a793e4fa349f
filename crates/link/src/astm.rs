//! One ASTM connection: the bytes and the timers around an endpoint of `titer-wire`.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, time::Duration};

use titer_wire::astm::{Endpoint, Output, Warning};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    dialect::QueryRecord,
    filing::{Filing, Outcome},
    inbox::MessageId,
    line::{Ending, Line},
    memory::Holding,
    worklists::session::{OutgoingOrders, Worklist, WorklistSession},
};

/// Bytes read from the socket at once.
const READ_BYTES: usize = 16 * 1024;
/// How long a write to the peer may take.
const WRITE_WAIT: Duration = Duration::from_secs(15);
/// How long the end of a connection may take.
const GOODBYE_WAIT: Duration = Duration::from_secs(2);
/// Why a connection with a long message may be closed.
const NO_MEMORY: &str = "unfinished messages take all the memory that there is for them; \
    a connection was closed, and the analyzer has to send again";
/// If nothing is due, the session is polled again after this time.
const IDLE_WAIT: Duration = Duration::from_secs(3_600);

/// Serves one connection until it ends, or until `ending` says so. A transfer that has begun may end.
pub(crate) async fn serve(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    line: Line,
    filing: Filing,
    worklist: Worklist,
    mut memory: Holding,
    mut ending: watch::Receiver<Ending>,
) {
    let began = Instant::now();
    let mut session = worklist.endpoint();
    let (mut orders, mut growing) = (worklist.session(), worklist.growing());
    let mut buffer = vec![0; READ_BYTES];
    // If the end was asked for before the connection opened, the connection still ends.
    ending.mark_changed();
    let mut closing: Option<Instant> = None;
    let ended = loop {
        if let Err(e) = drain(&mut *session, &mut socket, began, &line, &filing, &mut orders).await {
            break e.to_string();
        }
        // What was filed is held no more.
        memory.shrink(session.buffered());
        // A link that is closing begins nothing new.
        let broadcasts = closing.is_none() && orders.may_broadcast();
        if broadcasts
            && orders.scan_at() <= Instant::now()
            && let Some(outgoing) = orders.next_broadcast().await
        {
            send(&mut *session, began, &mut orders, outgoing).await;
            continue;
        }
        let due = session.next_timeout().map(|due| began + due);
        if let Some(until) = closing
            && (due.is_none() || until <= Instant::now())
        {
            break "the link was closed".to_owned();
        }
        let scan_at = broadcasts.then(|| orders.scan_at());
        let due = due.into_iter().chain(closing).chain(scan_at).min().unwrap_or_else(|| Instant::now() + IDLE_WAIT);
        tokio::select! {
            read = socket.read(&mut buffer) => match read {
                Ok(0) => break "the peer closed the connection".to_owned(),
                // The frame is not acknowledged, so the analyzer still has the message.
                Ok(n) if !memory.grow(n) => break NO_MEMORY.to_owned(),
                Ok(n) => {
                    line.received(&buffer[..n]);
                    session.receive(began.elapsed(), &buffer[..n]);
                }
                Err(e) => break e.to_string(),
            },
            () = sleep_until(due) => session.tick(began.elapsed()),
            Ok(()) = growing.changed(), if broadcasts => orders.journal_grew(),
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
    let no_memory = ended == NO_MEMORY;
    line.remark(ended);
    session.disconnect();
    // Messages that were received are kept. Nobody is connected who could get an answer.
    if let Err(e) = drain(&mut *session, &mut socket, began, &line, &filing, &mut orders).await {
        line.remark(format!("after the end: {e}"));
    }
    // Said last: that the message broke off follows from it.
    if no_memory {
        line.trouble(NO_MEMORY.to_owned());
    }
    // Ends TLS in due form; the peer may be gone.
    let _ = timeout(GOODBYE_WAIT, socket.shutdown()).await;
}

/// Carries out what the session has decided.
async fn drain(
    session: &mut dyn Endpoint,
    socket: &mut (impl AsyncWrite + Unpin),
    began: Instant,
    line: &Line,
    filing: &Filing,
    orders: &mut WorklistSession,
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
                Output::Message(received) => {
                    asked.extend(keep(session, received.text, began, line, filing).await);
                    orders.analyzer_sent(session);
                }
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
                        Warning::Contention | Warning::Busy => orders.yield_to_analyzer(session),
                        Warning::NoReply => orders.not_delivered(),
                        _ => {}
                    }
                }
                Output::Sent(id) => orders.acknowledged(id).await,
                Output::Failed { id, reason } => orders.failed(id, reason).await,
            }
        }
        // The message is acknowledged before its queries are answered, because the answer may take long.
        let Some((message, queries)) = asked.pop_front() else { return Ok(()) };
        orders.withdraw_stale_answers(session);
        if let Some(answer) = orders.answer_queries(message, queries).await {
            send(session, began, orders, answer).await;
        }
    }
}

/// Keeps a message and acknowledges it; answers its queries, if it has any.
async fn keep(
    session: &mut dyn Endpoint,
    text: Vec<u8>,
    began: Instant,
    line: &Line,
    filing: &Filing,
) -> Option<(MessageId, Vec<QueryRecord>)> {
    line.filing(true);
    let kept = filing.take(text).await;
    line.filing(false);
    match kept {
        // The message is committed. Only now may it be acknowledged.
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

/// Queues a message of ours. The session sends it when the line is free.
async fn send(session: &mut dyn Endpoint, began: Instant, orders: &mut WorklistSession, outgoing: OutgoingOrders) {
    match session.send(began.elapsed(), &outgoing.text) {
        Ok(id) => orders.queued(id, outgoing),
        Err(e) => orders.unsendable(outgoing, &e.to_string()).await,
    }
}
