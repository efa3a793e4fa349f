//! One ASTM connection: the bytes and the timers around a session of `titer-wire`.

use std::time::{Duration, Instant};

use titer_wire::astm::{Options, Output, Session};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::{sleep_until, timeout},
};

use crate::{filing::Filing, line::Line, sockets::Ending};

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
    mut ending: watch::Receiver<Ending>,
) {
    let began = Instant::now();
    let mut session = Session::new(Options::default());
    let mut buffer = vec![0; READ_BYTES];
    // Asked before the connection opened, it still ends.
    ending.mark_changed();
    let mut closing: Option<Instant> = None;
    let ended = loop {
        if let Err(e) = drain(&mut session, &mut socket, began, &line, &filing).await {
            break e.to_string();
        }
        let due = session.next_timeout().map(|due| began + due);
        if let Some(until) = closing
            && (due.is_none() || until <= Instant::now())
        {
            break "the link was closed".to_owned();
        }
        let due = due.into_iter().chain(closing).min().unwrap_or_else(|| Instant::now() + IDLE_WAIT);
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
    if let Err(e) = drain(&mut session, &mut socket, began, &line, &filing).await {
        line.remark(format!("after the end: {e}"));
    }
    // Ends TLS in due form; the peer may be gone.
    let _ = timeout(GOODBYE_WAIT, socket.shutdown()).await;
}

/// Does what the session wants done.
async fn drain(
    session: &mut Session,
    socket: &mut (impl AsyncWrite + Unpin),
    began: Instant,
    line: &Line,
    filing: &Filing,
) -> std::io::Result<()> {
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
                line.filing(true);
                let kept = filing.receive(received.text).await;
                line.filing(false);
                match kept {
                    // Only now, after the commit, is the sender told.
                    Ok(outcome) => {
                        line.message(&outcome);
                        session.accept(began.elapsed());
                    }
                    Err(e) => {
                        line.unkept(&e);
                        session.refuse(began.elapsed());
                    }
                }
            }
            Output::Incomplete { text, reason } => {
                line.trouble(format!("a message broke off: {reason}"));
                match filing.receive_incomplete(text, reason.to_string()).await {
                    Ok(outcome) => line.message(&outcome),
                    Err(e) => line.unkept(&e),
                }
            }
            Output::Warning(warning) => line.trouble(warning.to_string()),
            Output::Sent(_) | Output::Failed { .. } => {}
        }
    }
    Ok(())
}
