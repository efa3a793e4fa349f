//! Frames of LIS01-A2 §8.3: `STX FN text ETB|ETX C1 C2 CR LF`, found in a stream of bytes that may be split anywhere.

use thiserror::Error;

use super::foreign::{Foreign, HEAD_MAX, is_padding};

pub(crate) const STX: u8 = 0x02;
pub(crate) const ETX: u8 = 0x03;
pub(crate) const EOT: u8 = 0x04;
pub(crate) const ENQ: u8 = 0x05;
pub(crate) const ACK: u8 = 0x06;
pub(crate) const LF: u8 = 0x0A;
pub(crate) const CR: u8 = 0x0D;
pub(crate) const NAK: u8 = 0x15;
pub(crate) const ETB: u8 = 0x17;

/// Stray bytes are reported at the latest when this many have been skipped, so that a line at the wrong speed is seen.
const NOISE_MAX: usize = 4096;

/// True for the bytes that record text must not hold (LIS01-A2 §8.6):
/// SOH STX ETX EOT ENQ ACK LF DLE DC1–DC4 NAK SYN ETB.
#[must_use]
pub const fn is_forbidden(byte: u8) -> bool {
    matches!(byte, 0x01..=0x06 | LF | 0x10..=0x17)
}

/// Appends one frame to `out`. `number` is taken modulo 8; `last` ends it in ETX instead of ETB.
///
/// The text is written as given: what it may hold is the caller's business ([`is_forbidden`]).
pub fn write_frame(out: &mut Vec<u8>, number: u8, text: &[u8], last: bool) {
    out.push(STX);
    let summed_from = out.len();
    out.push(b'0' + number % 8);
    out.extend_from_slice(text);
    out.push(if last { ETX } else { ETB });
    let sum = sum(&out[summed_from..]);
    out.extend_from_slice(&[hex_digit(sum >> 4), hex_digit(sum & 0xF), CR, LF]);
}

/// Why a frame was not accepted. Each is answered with NAK, so that the sender repeats the frame.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// The two digits are not the sum modulo 256 of frame number to ETB or ETX.
    #[error("its checksum is wrong")]
    Checksum,
    /// The byte after STX is not a digit 0–7.
    #[error("its number is not a digit 0–7")]
    NotNumbered,
    /// The frame is neither the next one nor a repeat of the last.
    #[error("it is numbered {got} where {expected} was due")]
    OutOfSequence {
        /// The number that was due.
        expected: u8,
        /// The number that came.
        got: u8,
    },
    /// The last accepted number came again with other text. Taking it for a repeat would drop that text.
    #[error("it repeats number {number} with other text")]
    NumberReused {
        /// The number of the frame.
        number: u8,
    },
    /// A control byte that record text must not hold (LIS01-A2 §8.6).
    #[error("its text holds the control byte {byte:#04x}")]
    ForbiddenByte {
        /// The first such byte.
        byte: u8,
    },
    /// More text than the session accepts in one frame.
    #[error("its text is longer than the {max} bytes accepted")]
    TooLong {
        /// The limit, in bytes of text.
        max: usize,
    },
    /// With this frame the message would be longer than the session accepts.
    #[error("with it the message is longer than the {max} bytes accepted")]
    MessageTooLong {
        /// The limit, in bytes of text.
        max: usize,
    },
}

/// What the reader found next in the stream.
#[derive(Debug)]
pub(crate) enum Event {
    /// ENQ, ACK, NAK or EOT outside a frame.
    Control(u8),
    /// STX: a frame begins.
    Start,
    /// The frame that had begun was cut off after so many bytes by an STX or EOT, which follows.
    Cut(usize),
    /// So many bytes outside any frame meant nothing.
    Noise(usize),
    /// What stands outside any frame is another protocol.
    Foreign(Foreign),
    /// A frame ended; its text is in [`Reader::text`].
    Frame(Frame),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub number: u8,
    /// Ended by ETX rather than ETB.
    pub last: bool,
    pub fault: Option<Fault>,
    /// The final CR LF was complete.
    pub ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Between,
    Number,
    Text,
    FirstDigit,
    SecondDigit,
    End { cr: bool },
}

/// Finds frames and control bytes. Holds at most one frame's text.
#[derive(Debug)]
pub(crate) struct Reader {
    place: Place,
    text_max: usize,
    text: Vec<u8>,
    number: u8,
    last: bool,
    sum: u8,
    digits: u8,
    fault: Option<Fault>,
    /// Bytes since STX, for the report of a frame that was cut off.
    seen: usize,
    noise: usize,
    /// How the stray bytes begin.
    head: Vec<u8>,
    /// They are another protocol, which has been reported: the rest of them is no noise.
    foreign: bool,
}

impl Reader {
    pub fn new(text_max: usize) -> Self {
        Self {
            place: Place::Between,
            text_max,
            text: Vec::new(),
            number: 0,
            last: false,
            sum: 0,
            digits: 0,
            fault: None,
            seen: 0,
            noise: 0,
            head: Vec::new(),
            foreign: false,
        }
    }

    /// Text of the frame that has just ended, or of the one under way.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Hands over the text of the frame that has just ended, in exchange for another buffer.
    pub fn swap_text(&mut self, other: &mut Vec<u8>) {
        std::mem::swap(&mut self.text, other);
    }

    pub fn in_frame(&self) -> bool {
        self.place != Place::Between
    }

    /// Nothing has come since the last event.
    pub fn is_quiet(&self) -> bool {
        !self.in_frame() && self.noise == 0
    }

    /// The checksum is in, and only CR LF is missing.
    pub fn at_end(&self) -> bool {
        matches!(self.place, Place::End { .. })
    }

    /// The frame under way has all the text that it may have.
    pub fn is_full(&self) -> bool {
        self.in_frame() && self.text.len() >= self.text_max
    }

    /// Counts bytes that turned out to mean nothing where they stood.
    pub fn add_noise(&mut self, bytes: usize) {
        self.noise += bytes;
    }

    /// Stray bytes not yet reported.
    pub fn take_noise(&mut self) -> usize {
        self.forget_head();
        std::mem::take(&mut self.noise)
    }

    /// What comes next begins anew.
    fn forget_head(&mut self) {
        self.head.clear();
        self.foreign = false;
    }

    /// Looks at how stray bytes begin. What they are is reported once.
    fn recognise(&mut self, stray: &[u8]) -> Option<Event> {
        for byte in stray {
            if self.head.len() < HEAD_MAX && !(self.head.is_empty() && is_padding(*byte)) {
                self.head.push(*byte);
            }
        }
        if self.foreign {
            self.noise = 0;
            return None;
        }
        let foreign = Foreign::of(&self.head)?;
        (self.foreign, self.noise) = (true, 0);
        Some(Event::Foreign(foreign))
    }

    /// Leaves the frame under way, if any, and says how many of its bytes had come.
    pub fn abandon(&mut self) -> usize {
        let seen = if self.in_frame() { self.seen } else { 0 };
        self.place = Place::Between;
        self.text.clear();
        seen
    }

    /// Reads on in `bytes`, which must not be empty, up to the next event. Answers how many bytes it took; it may take
    /// none when it only changes place or when an event stands before the next byte.
    pub fn read(&mut self, bytes: &[u8]) -> (usize, Option<Event>) {
        match self.place {
            Place::Between => self.between(bytes),
            Place::Number => {
                let byte = bytes[0];
                if matches!(byte, b'0'..=b'7') {
                    self.number = byte - b'0';
                    self.sum = byte;
                    self.seen += 1;
                    self.place = Place::Text;
                    return (1, None);
                }
                self.note(Fault::NotNumbered);
                self.place = Place::Text;
                (0, None)
            }
            Place::Text => self.in_text(bytes),
            Place::FirstDigit | Place::SecondDigit => self.digit(bytes[0]),
            Place::End { cr } => self.end(bytes[0], cr),
        }
    }

    /// Ends a frame whose checksum is in but whose CR LF does not come.
    pub fn finish(&mut self) -> Option<Event> {
        self.at_end().then(|| self.frame(false))
    }

    fn between(&mut self, bytes: &[u8]) -> (usize, Option<Event>) {
        let room = (NOISE_MAX - self.noise.min(NOISE_MAX)).min(bytes.len());
        let stray = bytes[..room].iter().position(|byte| matches!(*byte, STX | ENQ | ACK | NAK | EOT));
        let run = stray.unwrap_or(room);
        self.noise += run;
        if let Some(event) = self.recognise(&bytes[..run]) {
            return (run, Some(event));
        }
        let reported = self.noise >= NOISE_MAX || matches!(stray.map(|at| bytes[at]), Some(STX | ENQ | EOT));
        match stray {
            _ if self.noise > 0 && reported => (stray.unwrap_or(room), Some(Event::Noise(self.take_noise()))),
            None => (room, None),
            Some(at) if bytes[at] == STX => {
                self.begin();
                (at + 1, Some(Event::Start))
            }
            Some(at) => {
                if matches!(bytes[at], ENQ | EOT) {
                    self.forget_head();
                }
                (at + 1, Some(Event::Control(bytes[at])))
            }
        }
    }

    fn begin(&mut self) {
        self.forget_head();
        self.place = Place::Number;
        self.text.clear();
        self.fault = None;
        self.sum = 0;
        self.seen = 1;
    }

    fn in_text(&mut self, bytes: &[u8]) -> (usize, Option<Event>) {
        let run = bytes.iter().position(|byte| is_forbidden(*byte)).unwrap_or(bytes.len());
        let (text, rest) = bytes.split_at(run);
        self.seen += run;
        self.sum = self.sum.wrapping_add(sum(text));
        let room = self.text_max - self.text.len();
        if run > room {
            self.note(Fault::TooLong { max: self.text_max });
        }
        self.text.extend_from_slice(&text[..run.min(room)]);

        let Some(&byte) = rest.first() else {
            return (run, None);
        };
        match byte {
            // A frame that lost its tail: what begins or ends here says more than what was under way.
            STX | EOT => (run, Some(Event::Cut(self.abandon()))),
            ETX | ETB => {
                self.sum = self.sum.wrapping_add(byte);
                self.seen += 1;
                self.last = byte == ETX;
                self.place = Place::FirstDigit;
                (run + 1, None)
            }
            _ => {
                self.note(Fault::ForbiddenByte { byte });
                self.seen += 1;
                // LF ends every frame; one without ETB or ETX is refused here rather than after the sender's time-out.
                let event = (byte == LF).then(|| self.frame(true));
                (run + 1, event)
            }
        }
    }

    fn digit(&mut self, byte: u8) -> (usize, Option<Event>) {
        if matches!(byte, STX | EOT) {
            return (0, Some(Event::Cut(self.abandon())));
        }
        let Some(value) = (byte as char).to_digit(16) else {
            self.note(Fault::Checksum);
            self.place = Place::End { cr: false };
            return (0, None);
        };
        self.seen += 1;
        self.digits = self.digits << 4 | value as u8;
        if self.place == Place::FirstDigit {
            self.place = Place::SecondDigit;
        } else {
            if self.digits != self.sum {
                self.note(Fault::Checksum);
            }
            self.place = Place::End { cr: false };
        }
        (1, None)
    }

    fn end(&mut self, byte: u8, cr: bool) -> (usize, Option<Event>) {
        match byte {
            CR => {
                self.seen += 1;
                self.place = Place::End { cr: true };
                (1, None)
            }
            LF => (1, Some(self.frame(cr))),
            _ if cr || matches!(byte, STX | EOT) => (0, Some(self.frame(false))),
            // Text goes on, so what looked like ETB or ETX was a damaged byte.
            _ => {
                self.note(Fault::Checksum);
                self.place = Place::Text;
                (0, None)
            }
        }
    }

    fn frame(&mut self, ended: bool) -> Event {
        self.place = Place::Between;
        Event::Frame(Frame { number: self.number, last: self.last, fault: self.fault, ended })
    }

    /// The first fault is the one reported.
    fn note(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

fn hex_digit(value: u8) -> u8 {
    b"0123456789ABCDEF"[usize::from(value & 0xF)]
}
