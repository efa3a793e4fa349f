//! One connection as the analyzer's end: a socket, and the timers around a session of `titer-wire`; or the bare records, for
//! hosts that take them without frames. What goes wrong on the line goes wrong here, between the session and the socket.

use std::{collections::VecDeque, io, time::Duration};

use thiserror::Error;
use titer_wire::astm::{FailReason, Framing, Options, Output, Role, SendError, Session};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    select,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::fault::Fault;

/// How long the host may take to accept a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How long the host may take none of the bytes sent to it.
const WRITE_WAIT: Duration = Duration::from_secs(15);
/// When nothing is due, the session is looked at again after this time.
const IDLE_WAIT: Duration = Duration::from_secs(3_600);
/// What [`Fault::Slow`] waits before every write.
const SLOW_WAIT: Duration = Duration::from_secs(2);
/// What [`Fault::Split`] waits between two bytes.
const SPLIT_WAIT: Duration = Duration::from_millis(2);
/// What [`Fault::Noise`] puts before a frame: nothing that means anything.
const NOISE: &[u8] = b"\x00~}\xf7";
/// Bytes read at once: a host answers with single ones.
const READ_BYTES: usize = 1024;
/// Messages of the host that wait to be looked at, at most; it is told that the line is busy when there are more.
const HEARD_MAX: usize = 64;
/// Bytes of a message without frames, at most.
const BARE_BYTES_MAX: usize = 1024 * 1024;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const ACK: u8 = 0x06;

/// What a connection runs over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How an analyzer talks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// How its messages are cut into frames; none for bare records.
    pub framing: Option<Framing>,
    /// Text in a frame, in bytes.
    pub send_text_max: usize,
    /// Whether it takes messages of the host.
    pub listens: bool,
}

/// A connection to the host. Every method may be dropped while it waits, and another called: what was to be sent is still
/// sent, in order.
pub(crate) struct Line {
    socket: Box<dyn Stream>,
    talk: Talk,
    listens: bool,
    began: Instant,
    input: [u8; READ_BYTES],
    /// What is to be sent and the socket has not taken yet.
    output: Vec<u8>,
    /// What became of the message handed over.
    finished: Option<Result<(), FailReason>>,
    /// Messages of the host.
    heard: VecDeque<Vec<u8>>,
    wrote_at: Instant,
    read_at: Instant,
    /// What strikes the message that is being sent.
    faults: Vec<Fault>,
    /// Frames of it that went out, and whether its last did.
    frames: usize,
    ended: bool,
    /// The connection is to end when the output is out.
    cut: bool,
}

/// What stands between messages and bytes.
enum Talk {
    Framed(Box<Session>),
    Bare(Vec<u8>),
}

/// When a message went out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    /// The session asked to send.
    pub enquired_at: Instant,
    /// The first byte of the last frame was written.
    pub last_frame_at: Instant,
    /// That frame was acknowledged.
    pub acked_at: Instant,
}

/// Why a message was not acknowledged.
#[derive(Debug, Error)]
pub enum Undelivered {
    /// A frame cannot carry it.
    #[error("the message cannot be sent: {0}")]
    Unsendable(#[from] SendError),
    /// The host did not take it.
    #[error("the host did not take the message: {0}")]
    GivenUp(FailReason),
    /// The connection ended before the host had acknowledged it. The host may have it all the same.
    #[error("the connection ended: {0}")]
    Connection(#[from] io::Error),
}

impl Line {
    /// Connects to the host, as the instrument.
    pub async fn connect(address: &str, manner: Manner) -> io::Result<Self> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the host did not accept the connection within 10 s");
        let socket = timeout(CONNECT_WAIT, TcpStream::connect(address)).await.map_err(late)??;
        Self::on(socket, manner)
    }

    /// On a connection that was made.
    pub fn on(socket: TcpStream, manner: Manner) -> io::Result<Self> {
        // Waiting to fill a packet would cost every frame 40 ms.
        socket.set_nodelay(true)?;
        Ok(Self::over(socket, manner))
    }

    /// On any stream.
    pub fn over(socket: impl Stream + 'static, manner: Manner) -> Self {
        let now = Instant::now();
        let talk = manner.framing.map_or_else(
            || Talk::Bare(Vec::new()),
            |framing| {
                let send_text_max = manner.send_text_max;
                let options = Options { role: Role::Instrument, framing, send_text_max, ..Options::default() };
                Talk::Framed(Box::new(Session::new(options)))
            },
        );
        Self {
            socket: Box::new(socket),
            talk,
            listens: manner.listens,
            began: now,
            input: [0; READ_BYTES],
            output: Vec::new(),
            finished: None,
            heard: VecDeque::new(),
            wrote_at: now,
            read_at: now,
            faults: Vec::new(),
            frames: 0,
            ended: false,
            cut: false,
        }
    }

    /// What strikes the next message.
    pub fn suffer(&mut self, faults: Vec<Fault>) {
        self.faults = faults;
    }

    /// Sends a message and waits until its last frame is acknowledged; without frames, until the socket has taken it. The EOT
    /// behind it goes with what is sent next, or by [`Line::flush`]. Do not send another message on a line where this one was
    /// dropped half-way.
    pub async fn deliver(&mut self, text: &[u8]) -> Result<Delivery, Undelivered> {
        (self.finished, self.frames, self.ended) = (None, 0, false);
        let enquired_at = Instant::now();
        match &mut self.talk {
            Talk::Framed(session) => {
                session.send(self.began.elapsed(), text)?;
            }
            Talk::Bare(_) => {
                let text = self.spoil(text.to_vec());
                self.output.extend_from_slice(&text);
                self.flush().await?;
                return Ok(Delivery { enquired_at, last_frame_at: enquired_at, acked_at: Instant::now() });
            }
        }
        loop {
            self.step().await?;
            match self.finished.take() {
                Some(Ok(())) => {
                    return Ok(Delivery { enquired_at, last_frame_at: self.wrote_at, acked_at: self.read_at });
                }
                Some(Err(reason)) => return Err(Undelivered::GivenUp(reason)),
                None => {}
            }
        }
    }

    /// Keeps the line while there is nothing to send, until the host says something: its message.
    pub async fn hear(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(message) = self.heard.pop_front() {
                return Ok(message);
            }
            self.step().await?;
        }
    }

    /// Sends what is still to be sent.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.collect();
        while !self.output.is_empty() {
            if self.faults.contains(&Fault::Slow) {
                sleep(SLOW_WAIT).await;
            }
            let split = self.faults.contains(&Fault::Split);
            let at_once = if split { 1 } else { self.output.len() };
            self.wrote_at = Instant::now();
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the host read nothing for 15 s");
            let written = timeout(WRITE_WAIT, self.socket.write(&self.output[..at_once])).await.map_err(late)??;
            self.output.drain(..written);
            if split {
                self.socket.flush().await?;
                sleep(SPLIT_WAIT).await;
            }
        }
        if self.cut {
            self.socket.shutdown().await?;
            return Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the analyzer's cable was pulled (simulated)",
            ));
        }
        Ok(())
    }

    /// Ends the connection, whatever is still to be sent sent first.
    pub async fn close(mut self) -> io::Result<()> {
        self.flush().await?;
        self.socket.shutdown().await
    }

    /// Sends what there is to send, then waits for bytes or for what is due.
    async fn step(&mut self) -> io::Result<()> {
        self.flush().await?;
        let due = match &self.talk {
            Talk::Framed(session) => session.next_timeout().map(|due| self.began + due),
            Talk::Bare(_) => None,
        };
        let due = due.unwrap_or_else(|| Instant::now() + IDLE_WAIT);
        select! {
            read = self.socket.read(&mut self.input) => {
                let bytes = read?;
                if bytes == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the host closed it"));
                }
                self.read_at = Instant::now();
                self.receive(bytes);
            }
            () = sleep_until(due) => if let Talk::Framed(session) = &mut self.talk {
                session.tick(self.began.elapsed());
            },
        }
        self.collect();
        Ok(())
    }

    /// Takes so many bytes that were read.
    fn receive(&mut self, bytes: usize) {
        let now = self.began.elapsed();
        let mut bytes = self.input[..bytes].to_vec();
        if self.ended && bytes.contains(&ACK) && self.strike(Fault::LostAck) {
            bytes.retain(|byte| *byte != ACK);
        }
        match &mut self.talk {
            Talk::Framed(session) => session.receive(now, &bytes),
            Talk::Bare(text) => {
                text.extend(bytes.iter().map(|byte| if *byte == b'\n' { b'\r' } else { *byte }));
                while let Some(end) = end_of_message(text) {
                    let message: Vec<u8> = text.drain(..end).collect();
                    if self.listens && self.heard.len() < HEARD_MAX {
                        self.heard.push_back(message);
                    }
                }
                if text.len() > BARE_BYTES_MAX {
                    text.clear();
                }
            }
        }
    }

    fn collect(&mut self) {
        while let Talk::Framed(session) = &mut self.talk
            && let Some(output) = session.poll()
        {
            match output {
                Output::Send(bytes) => {
                    let bytes = self.spoil(bytes);
                    self.output.extend_from_slice(&bytes);
                }
                Output::Sent(_) => self.finished = Some(Ok(())),
                Output::Failed { reason, .. } => self.finished = Some(Err(reason)),
                Output::Message(received) if self.listens && self.heard.len() < HEARD_MAX => {
                    self.heard.push_back(received.text);
                    session.accept(self.began.elapsed());
                }
                // An analyzer that takes no orders says so.
                Output::Message(_) => session.refuse(self.began.elapsed()),
                // Nothing is lost by what the host does out of order: a message is acknowledged or it is not.
                Output::Incomplete { .. } | Output::Warning(_) => {}
            }
        }
    }

    /// Does to a frame, or to a message without frames, what is to go wrong with it.
    fn spoil(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let framed = bytes.first() == Some(&STX);
        if !framed && matches!(self.talk, Talk::Framed(_)) {
            return bytes;
        }
        self.frames += 1;
        self.ended = holds_end(&bytes);
        // The second frame, or the only one.
        if (self.frames == 2 || self.ended) && self.strike(Fault::Disconnect) {
            bytes.truncate(bytes.len() / 2);
            self.cut = true;
        } else if framed && self.strike(Fault::WrongChecksum) {
            // Two hexadecimal digits stand before CR LF.
            let digit = bytes.len() - 3;
            bytes[digit] = if bytes[digit] == b'0' { b'1' } else { b'0' };
        }
        if self.faults.contains(&Fault::Noise) {
            bytes.splice(..0, NOISE.iter().copied());
        }
        bytes
    }

    /// Whether this strikes now: once a message.
    fn strike(&mut self, fault: Fault) -> bool {
        let planned = self.faults.iter().position(|planned| *planned == fault);
        planned.map(|at| self.faults.swap_remove(at)).is_some()
    }
}

/// Whether a frame holds a terminator record, and so is a message's last.
fn holds_end(frame: &[u8]) -> bool {
    frame.get(2) == Some(&b'L') && frame.contains(&ETX) || frame.windows(3).any(|window| window == b"\rL|")
}

/// The end of the first message in bare records: behind the CR of an L record.
fn end_of_message(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    for record in text.split_inclusive(|byte| *byte == b'\r') {
        from += record.len();
        if record.starts_with(b"L") && record.ends_with(b"\r") {
            return Some(from);
        }
    }
    None
}

#[cfg(test)]
mod tests;
