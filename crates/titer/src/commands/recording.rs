//! `titer link record`, `tap` and `play`: what goes over a line, to a file and back.

use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use titer_lab::Actor;
use titer_link::{
    links::{
        operating::{EndRecording, RecordLink, Recording, recorded},
        views::Link,
    },
    recorder::ENDED,
};
use titer_sim::play::{self, Answer, Capture, Part};
use titer_wire::recording::{self as line, Entry, What};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::{Failed, place::Place};

/// How often recorded lines are fetched.
const EVERY: Duration = Duration::from_millis(500);
/// A link that is open answers a recording within this time.
const ANSWER_WAIT: Duration = Duration::from_secs(8);
/// How long after the recording's end its last lines may come.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// A new file for a recording: readable by its owner only, for it holds patients' data.
fn create(file: &Path, about: &str) -> Result<File, Failed> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    writeln!(out, "# A recording of {about}. < from the analyzer, > to it. It holds patients' data.")?;
    Ok(out)
}

/// Asks the running `titer serve` to record a link, and fetches what it records.
pub async fn record(place: &Place, link: &Link, file: &Path, seconds: i64) -> Result<(), Failed> {
    let mut out = create(file, &format!("the link {}", link.name))?;
    let asked = RecordLink { link: link.id, seconds };
    let asked = place.lab.submit(Actor::Console, None, move |tx| tx.run(asked)).await;
    let recording = asked.inspect_err(|_| {
        // Nothing stands in it yet.
        let _ = std::fs::remove_file(file);
    })?;
    say!("Recording {} into {}. Ctrl+C ends it.", link.name, file.display());
    let (began, mut lines, mut ended) = (Instant::now(), 0_usize, false);
    let mut until = began + Duration::from_secs(seconds.unsigned_abs()) + LAST_WAIT;
    let (mut warned, mut stop) = (false, Box::pin(tokio::signal::ctrl_c()));
    while !ended && Instant::now() < until {
        ended = fetch(place, recording, &mut out, &mut lines).await?;
        if lines == 0 && !warned && began.elapsed() > ANSWER_WAIT {
            warned = true;
            eprintln!(
                "Nothing is recorded yet. Check that `titer serve` runs and that this link is open (page Links)."
            );
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            _ = &mut stop => {
                let link = recording.link;
                place.lab.submit(Actor::Console, None, move |tx| tx.run(EndRecording { link })).await?;
                until = Instant::now() + LAST_WAIT;
                stop = Box::pin(tokio::signal::ctrl_c());
            }
        }
    }
    out.sync_all()?;
    if lines == 0 {
        return Err(Failed("nothing was recorded: no running `titer serve` has this link open".to_owned()));
    }
    say!("{lines} lines in {}.", file.display());
    Ok(())
}

/// Writes what has been recorded since; whether that was the end.
async fn fetch(place: &Place, recording: Recording, out: &mut File, lines: &mut usize) -> Result<bool, Failed> {
    loop {
        let fetched = recorded(&place.lab, recording).await?;
        if fetched.is_empty() {
            return Ok(false);
        }
        let ended = fetched.iter().any(|line| line.ends_with(ENDED));
        *lines += fetched.len();
        writeln!(out, "{}", fetched.join("\n"))?;
        if ended {
            return Ok(true);
        }
    }
}

/// Stands between an analyzer and its host, and writes down what they say. It changes nothing.
pub async fn tap(listen: &str, to: &str, file: &Path) -> Result<(), Failed> {
    let listener = TcpListener::bind(listen).await.map_err(|e| Failed(format!("{listen}: {e}")))?;
    let out = Arc::new(Mutex::new(create(file, &format!("{listen}, on its way to {to}"))?));
    say!("Recording into {} the data from {listen} to {to} and back. Ctrl+C ends it.", file.display());
    let mut connections = tokio::task::JoinSet::new();
    for connection in 1_u64.. {
        let (near, peer) = tokio::select! {
            accepted = listener.accept() => accepted?,
            _ = tokio::signal::ctrl_c() => break,
        };
        let (to, tape) = (to.to_owned(), Tape { out: out.clone(), connection });
        connections.spawn(async move {
            tape.write(What::Note(format!("connected: {peer}")));
            let ended = match TcpStream::connect(&to).await {
                Ok(far) => between(near, far, &tape).await.map_or_else(|e| e.to_string(), |()| "closed".to_owned()),
                Err(e) => format!("{to}: {e}"),
            };
            tape.write(What::Note(ended));
        });
    }
    connections.shutdown().await;
    out.lock().unwrap_or_else(PoisonError::into_inner).sync_all()?;
    Ok(())
}

struct Tape {
    out: Arc<Mutex<File>>,
    connection: u64,
}

impl Tape {
    fn write(&self, what: What) {
        let at = format!("{:.6}", jiff::Timestamp::now());
        let entry = Entry { at, connection: self.connection, what };
        say!("{entry}");
        // A line is written whole, or the disk is full; a panic elsewhere leaves the file as it is.
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(e) = writeln!(out, "{entry}") {
            eprintln!("titer: the recording cannot be written: {e}");
        }
    }
}

async fn between(mut near: TcpStream, mut far: TcpStream, tape: &Tape) -> std::io::Result<()> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (mut from_near, mut from_far) = (vec![0; READ_BYTES], vec![0; READ_BYTES]);
    let (mut near_ended, mut far_ended) = (false, false);
    while !(near_ended && far_ended) {
        tokio::select! {
            read = near.read(&mut from_near), if !near_ended => match read? {
                0 => {
                    near_ended = true;
                    far.shutdown().await?;
                }
                n => {
                    tape.write(What::Received(from_near[..n].to_vec()));
                    far.write_all(&from_near[..n]).await?;
                }
            },
            read = far.read(&mut from_far), if !far_ended => match read? {
                0 => {
                    far_ended = true;
                    near.shutdown().await?;
                }
                n => {
                    tape.write(What::Sent(from_far[..n].to_vec()));
                    near.write_all(&from_far[..n]).await?;
                }
            },
        }
    }
    Ok(())
}

/// Plays what an analyzer sent to a host, and prints what the host answered.
pub async fn play(
    file: &Path,
    to: Option<String>,
    listen: Option<String>,
    connection: Option<u64>,
) -> Result<(), Failed> {
    let capture = capture(file, connection)?;
    let mut socket = match (to, listen) {
        (Some(to), _) => TcpStream::connect(&to).await.map_err(|e| Failed(format!("{to}: {e}")))?,
        (None, listen) => {
            let listen = listen.unwrap_or_default();
            let listener = TcpListener::bind(&listen).await.map_err(|e| Failed(format!("{listen}: {e}")))?;
            say!("Waiting for the host to connect to {listen}.");
            listener.accept().await?.0
        }
    };
    socket.set_nodelay(true)?;
    let transcript = play::play(&mut socket, &capture).await;
    let parts: Vec<&[u8]> = capture.parts().map(|(_, bytes)| bytes).collect();
    for sent in &transcript.sent {
        let bytes = sent.place.and_then(|place| parts.get(place)).copied().unwrap_or(b"\x04");
        say!("{:>9.3} s  < {}", sent.at.as_secs_f64(), line::escaped(bytes));
        let (answer, after) = match sent.answer {
            Some((answer, took)) => (said(answer), sent.at + took),
            None if sent.part == Part::End => continue,
            None => ("no answer", sent.at),
        };
        say!("{:>9.3} s  > {answer}", after.as_secs_f64());
    }
    let (taken, refused) = (transcript.frames_acknowledged(), transcript.frames_refused());
    say!("{taken} of {} frames acknowledged, {refused} refused.", capture.frames());
    if transcript.is_complete() { Ok(()) } else { Err(Failed(transcript.ending.to_string())) }
}

fn said(answer: Answer) -> &'static str {
    match answer {
        Answer::Acknowledged => "<ACK>",
        Answer::Refused => "<NAK>",
        Answer::Interrupted => "<EOT>  acknowledged, and the host asks to send",
    }
}

/// What the analyzer sent: of a recording one connection, of a capture all.
fn capture(file: &Path, connection: Option<u64>) -> Result<Capture, Failed> {
    let named = |why: String| Failed(format!("{}: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|e| named(e.to_string()))?;
    // A capture begins with a control character, a recording with a time or a comment.
    let text = std::str::from_utf8(&bytes).ok().filter(|t| t.starts_with(|c: char| c == '#' || c.is_ascii_digit()));
    let Some(text) = text else { return Capture::read(&bytes).map_err(|e| named(e.to_string())) };
    let entries = line::parse(text).map_err(|e| named(e.to_string()))?;
    let connections = line::connections(&entries);
    let connection = match connection.or(connections.first().copied()) {
        Some(n) if connections.contains(&n) => n,
        _ => {
            return Err(named(format!(
                "name the connection on which the analyzer sent with --connection: one of {connections:?}"
            )));
        }
    };
    if connections.len() > 1 {
        eprintln!("Connection {connection} of {connections:?} is played; name another with --connection.");
    }
    Capture::of_recording(&entries, connection).map_err(|e| named(e.to_string()))
}
