//! Plays a captured transfer: the bytes of a capture, exactly as they are, frame by frame, each sent only when the one
//! before was answered.

use std::{io, ops::Range, time::Duration};

use thiserror::Error;
use titer_wire::{
    astm::{REPLY_WAIT, TRIES_MAX},
    recording::{self, Entry},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout},
};

const STX: u8 = 0x02;
const EOT: u8 = 0x04;
const ENQ: u8 = 0x05;
const ACK: u8 = 0x06;
const LF: u8 = 0x0A;
const NAK: u8 = 0x15;

/// Bytes of a capture at most.
pub const CAPTURE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What an analyzer sent: frames, with or without the ENQ and EOT around them.
#[derive(Clone, Debug)]
pub struct Capture {
    bytes: Vec<u8>,
    parts: Vec<(Part, Range<usize>)>,
}

/// A part of a capture that is sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// ENQ, which asks to send.
    Enquiry,
    /// A frame, good or damaged; its number, if it has one.
    Frame(Option<u8>),
    /// EOT, which ends a transfer and is not answered.
    End,
}

/// Why bytes are not a capture of one side of a transfer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CaptureError {
    /// There is nothing.
    #[error("the capture is empty")]
    Empty,
    /// More than [`CAPTURE_BYTES_MAX`].
    #[error("the capture is longer than {CAPTURE_BYTES_MAX} bytes")]
    TooLong,
    /// A byte that belongs to no frame.
    #[error(
        "byte {at} (0x{byte:02x}) is outside any frame: a capture holds what the analyzer sent, from ENQ or STX on, and \
         nothing that the host answered"
    )]
    OutsideFrame {
        /// Its place, from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
}

impl Capture {
    /// Finds the parts of a capture. A frame ends with LF, or where the next part begins.
    ///
    /// # Errors
    /// [`CaptureError`], when bytes would have to be left out or guessed at.
    pub fn read(bytes: &[u8]) -> Result<Self, CaptureError> {
        if bytes.is_empty() {
            return Err(CaptureError::Empty);
        }
        if bytes.len() > CAPTURE_BYTES_MAX {
            return Err(CaptureError::TooLong);
        }
        let mut parts = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let (part, length) = match bytes[at] {
                ENQ => (Part::Enquiry, 1),
                EOT => (Part::End, 1),
                STX => {
                    let number = bytes.get(at + 1).filter(|byte| byte.is_ascii_digit()).map(|digit| digit - b'0');
                    (Part::Frame(number), frame_length(&bytes[at..]))
                }
                byte => return Err(CaptureError::OutsideFrame { at, byte }),
            };
            parts.push((part, at..at + length));
            at += length;
        }
        Ok(Self { bytes: bytes.to_vec(), parts })
    }

    /// Finds what the analyzer transferred on one connection of a recording. What it answered to the host's own transfers is left
    /// out: this host asks anew.
    ///
    /// # Errors
    /// As [`Capture::read`].
    pub fn of_recording(entries: &[Entry], connection: u64) -> Result<Self, CaptureError> {
        let bytes = recording::received(entries, connection);
        let (mut kept, mut at) = (Vec::with_capacity(bytes.len()), 0);
        while at < bytes.len() {
            let length = if bytes[at] == STX { frame_length(&bytes[at..]) } else { 1 };
            if ![ACK, NAK].contains(&bytes[at]) {
                kept.extend_from_slice(&bytes[at..at + length]);
            }
            at += length;
        }
        Self::read(&kept)
    }

    /// Its parts, each with its bytes.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &[u8])> {
        self.parts.iter().map(|(part, range)| (*part, &self.bytes[range.clone()]))
    }

    /// Frames in it.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.parts.iter().filter(|(part, _)| matches!(part, Part::Frame(_))).count()
    }
}

fn frame_length(bytes: &[u8]) -> usize {
    let end = bytes.iter().skip(1).position(|byte| matches!(*byte, LF | STX | ENQ | EOT)).map(|found| found + 1);
    end.map_or(bytes.len(), |end| end + usize::from(bytes[end] == LF))
}

/// What the host answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// ACK: taken.
    Acknowledged,
    /// NAK: refused.
    Refused,
    /// EOT: taken, and the host would like to send (LIS01-A2 §8.3.5).
    Interrupted,
}

/// One part sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What was sent.
    pub part: Part,
    /// Which of [`Capture::parts`] it is; none for the EOT that ends a transfer which failed.
    pub place: Option<usize>,
    /// When, from the beginning.
    pub at: Duration,
    /// The answer and how long it took; none for EOT, and for what was not answered.
    pub answer: Option<(Answer, Duration)>,
}

/// How a play ended.
#[derive(Debug, Error)]
pub enum Ending {
    /// All was sent and answered.
    #[error("all was sent and acknowledged")]
    Complete,
    /// The host refused ENQ once or a frame [`TRIES_MAX`] times.
    #[error("the host refused it")]
    Refused,
    /// The host did not answer within [`REPLY_WAIT`].
    #[error("the host did not answer within 15 s")]
    Silent,
    /// The connection ended.
    #[error("the connection ended: {0}")]
    Disconnected(#[from] io::Error),
}

/// What was sent and answered.
#[derive(Debug)]
pub struct Transcript {
    /// Each part sent, in order; a frame that was refused and sent again stands here again.
    pub sent: Vec<Sent>,
    /// How it ended.
    pub ending: Ending,
}

impl Transcript {
    /// All was sent and acknowledged.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.ending, Ending::Complete)
    }

    /// Frames that the host took.
    #[must_use]
    pub fn frames_acknowledged(&self) -> usize {
        self.frames(|answer| answer != Answer::Refused)
    }

    /// Times that the host refused a frame.
    #[must_use]
    pub fn frames_refused(&self) -> usize {
        self.frames(|answer| answer == Answer::Refused)
    }

    fn frames(&self, wanted: fn(Answer) -> bool) -> usize {
        let answered =
            self.sent.iter().filter(|sent| matches!(sent.part, Part::Frame(_))).filter_map(|sent| sent.answer);
        answered.filter(|(answer, _)| wanted(*answer)).count()
    }
}

/// Plays a capture on a fresh connection. A frame that the host refuses is sent again, up to [`TRIES_MAX`] times, as an
/// analyzer does (LIS01-A2 §8.3); then the transfer is ended.
pub async fn play(socket: &mut (impl AsyncRead + AsyncWrite + Unpin), capture: &Capture) -> Transcript {
    let mut player = Player { socket, began: Instant::now(), sent: Vec::new() };
    let ending = player.play(capture).await.unwrap_or_else(Ending::Disconnected);
    Transcript { sent: player.sent, ending }
}

struct Player<'s, S> {
    socket: &'s mut S,
    began: Instant,
    sent: Vec<Sent>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Player<'_, S> {
    async fn play(&mut self, capture: &Capture) -> io::Result<Ending> {
        for (place, (part, range)) in capture.parts.iter().enumerate() {
            let bytes = &capture.bytes[range.clone()];
            let tries = if matches!(part, Part::Frame(_)) { TRIES_MAX } else { 1 };
            let mut answer = None;
            for _ in 0..tries {
                answer = self.send(*part, Some(place), bytes).await?;
                if answer != Some(Answer::Refused) {
                    break;
                }
            }
            let ending = match answer {
                _ if *part == Part::End => continue,
                Some(Answer::Acknowledged | Answer::Interrupted) => continue,
                Some(Answer::Refused) => Ending::Refused,
                None => Ending::Silent,
            };
            self.send(Part::End, None, &[EOT]).await?;
            return Ok(ending);
        }
        Ok(Ending::Complete)
    }

    async fn send(&mut self, part: Part, place: Option<usize>, bytes: &[u8]) -> io::Result<Option<Answer>> {
        let sent_at = Instant::now();
        self.sent.push(Sent { part, place, at: sent_at - self.began, answer: None });
        self.socket.write_all(bytes).await?;
        self.socket.flush().await?;
        if part == Part::End {
            return Ok(None);
        }
        let Ok(answer) = timeout(REPLY_WAIT, self.answer()).await else { return Ok(None) };
        let answer = answer?;
        if let Some(sent) = self.sent.last_mut() {
            sent.answer = Some((answer, sent_at.elapsed()));
        }
        Ok(Some(answer))
    }

    /// The next answer; other bytes are none.
    async fn answer(&mut self) -> io::Result<Answer> {
        loop {
            match self.socket.read_u8().await? {
                ACK => return Ok(Answer::Acknowledged),
                NAK => return Ok(Answer::Refused),
                EOT => return Ok(Answer::Interrupted),
                _ => {}
            }
        }
    }
}
