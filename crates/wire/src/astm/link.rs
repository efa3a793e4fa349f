//! The link layer of LIS01-A2: both ends of one connection, as sender and as receiver.
//!
//! The session is handed bytes and the time, and answers with [`Output`]s. Time is a [`Duration`] since any fixed
//! moment of the caller's choice, from a clock that does not go back.

mod inbound;
mod receiver;
mod sender;

use std::collections::VecDeque;
use std::time::Duration;

use thiserror::Error;

use super::foreign::Foreign;
use super::frame::{ACK, CR, ENQ, EOT, Event, Fault, NAK, Reader};
use inbound::Inbound;
use receiver::Pending;
use sender::Outbound;
pub(super) use sender::sendable;

/// A sender waits so long for the answer to ENQ or to a frame (LIS01-A2 §8.5).
pub const REPLY_WAIT: Duration = Duration::from_secs(15);
/// A receiver waits so long for the next frame or EOT (LIS01-A2 §8.5).
pub const RECEIVE_WAIT: Duration = Duration::from_secs(30);
/// After NAK to ENQ, or after a message failed, a sender waits so long before the next ENQ (LIS01-A2 §8.2).
pub const BUSY_WAIT: Duration = Duration::from_secs(10);
/// After both sides sent ENQ, the instrument asks again after so long (LIS01-A2 §8.2.7).
pub const CONTENTION_WAIT_INSTRUMENT: Duration = Duration::from_secs(1);
/// After both sides sent ENQ, the host listens for so long (LIS01-A2 §8.2.7).
pub const CONTENTION_WAIT_HOST: Duration = Duration::from_secs(20);
/// After an interrupt request of the receiver, the sender is quiet for so long (LIS01-A2 §8.3.5).
pub const INTERRUPT_WAIT: Duration = Duration::from_secs(15);
/// Between two messages of its own the host leaves the line for so long: to the instrument, which may want it, and to
/// receivers that acknowledge EOT, whose answer would pass for one to the next ENQ.
pub const TURN_WAIT: Duration = Duration::from_millis(500);
/// When nothing follows for so long, a frame whose checksum is in has ended without its CR LF, and an ENQ in the middle
/// of a message is meant as such rather than a damaged STX.
pub const SETTLE_WAIT: Duration = Duration::from_secs(1);
/// A sender that transmits again so long after a frame, its answer still withheld, no longer waits for that answer.
pub const PATIENCE: Duration = Duration::from_secs(1);
/// A frame, or ENQ, is tried so often (LIS01-A2 §8.5).
pub const TRIES_MAX: u8 = 6;
/// Bytes kept at most while a verdict on a message is awaited.
pub const HELD_INPUT_MAX: usize = 256 * 1024;
/// Memory that a session keeps for the text of the next message. What a longer message took is given back.
pub(super) const KEPT_BYTES: usize = 64 * 1024;
/// Messages queued for sending at most.
pub const SEND_QUEUE_MAX: usize = 64;

/// Which end of the line a session is. It decides who yields when both ask to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The laboratory system, which yields.
    #[default]
    Host,
    /// The analyzer, which has priority.
    Instrument,
}

/// How a message to be sent is cut into frames. A record longer than a frame always goes over several, ETB between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Each record ends a frame, with ETX.
    #[default]
    EachRecord,
    /// Each record ends a frame, with ETB; only the last with ETX.
    Chained,
    /// Frames are filled, several records to one; the last ends with ETX.
    Packed,
}

/// How a session behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which end of the line this is.
    pub role: Role,
    /// Take frames that come without ENQ as a transfer of their own, expected to begin at frame number 1: of a recording that leaves out
    /// what carries no text. A device without ENQ is answered NAK, so that it sends again what it believes to be under way.
    pub implicit_enq: bool,
    /// How messages are cut into frames.
    pub framing: Framing,
    /// Text in a frame sent, in bytes; at least 1.
    pub send_text_max: usize,
    /// Text accepted in a frame, in bytes.
    pub accept_text_max: usize,
    /// Text accepted, or sent, in a message, in bytes.
    pub message_max: usize,
}

impl Default for Options {
    /// A host that sends 240 bytes a frame (E1381-95) and accepts 64,000 (LIS01-A2) and 8 MiB a message.
    fn default() -> Self {
        Self {
            role: Role::Host,
            implicit_enq: false,
            framing: Framing::EachRecord,
            send_text_max: 240,
            accept_text_max: 64_000,
            message_max: 8 * 1024 * 1024,
        }
    }
}

/// What a session wants done, or tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes to the line.
    Send(Vec<u8>),
    /// A message is complete. Store it, then call [`Session::accept`]; if that fails, [`Session::refuse`].
    /// Until then its last frame, where there are frames, is not acknowledged.
    Message(Received),
    /// A message began and never ended. Its frames had been acknowledged as they came, so keep it.
    Incomplete {
        /// The record text that had come.
        text: Vec<u8>,
        /// What ended it.
        reason: IncompleteReason,
    },
    /// The other side acknowledged every frame of this message. Without frames there is nothing to acknowledge: then it
    /// was handed to the line, and nobody knows more.
    Sent(MessageId),
    /// A message was given up. After [`FailReason::NoReply`] and [`FailReason::Disconnected`] the other side may have
    /// it all the same.
    Failed {
        /// The message.
        id: MessageId,
        /// Why.
        reason: FailReason,
    },
    /// Something out of order that the session dealt with.
    Warning(Warning),
}

/// A complete message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its records as sent, each ended by CR. Where a frame ended by ETX lacked the CR, it was added. It is one message
    /// from H to L, or several when one frame ended them.
    pub text: Vec<u8>,
    /// Frames it came in; none without frames.
    pub frames: u32,
}

/// A message handed to [`Session::send`]: counted from 1 within the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// What ended a message before its L record.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IncompleteReason {
    /// The sender ended the transmission.
    #[error("the sender ended the transmission before the terminator record")]
    EndOfTransmission,
    /// The sender began a new transmission.
    #[error("the sender began anew before the terminator record")]
    Restarted,
    /// Nothing came for [`RECEIVE_WAIT`].
    #[error("nothing came for 30 s")]
    TimedOut,
    /// The connection ended.
    #[error("the connection ended before the terminator record")]
    Disconnected,
    /// More came than is accepted of one message, and without frames none can be refused.
    #[error("more came than is accepted of one message")]
    Overrun,
}

/// Why a message was given up.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FailReason {
    /// No answer within [`REPLY_WAIT`], to the last of [`TRIES_MAX`] ENQs or to a frame.
    #[error("the other side did not answer; check the cable or the connection, and that it is set to receive")]
    NoReply,
    /// [`TRIES_MAX`] ENQs were answered with NAK or met by the other side's.
    #[error("the other side stayed busy")]
    Busy,
    /// One frame was answered with NAK [`TRIES_MAX`] times.
    #[error("the other side refused a frame {TRIES_MAX} times")]
    Rejected,
    /// The connection ended.
    #[error("the connection ended")]
    Disconnected,
}

/// Something out of order that the session dealt with.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Warning {
    /// Bytes outside any frame meant nothing and were skipped.
    #[error("{bytes} stray bytes were skipped; check speed and parity if this goes on")]
    Noise {
        /// How many.
        bytes: usize,
    },
    /// What came is another protocol.
    #[error("{0}")]
    Foreign(Foreign),
    /// A frame was answered with NAK.
    #[error("a frame was refused: {0}")]
    FrameRefused(Fault),
    /// The last frame came again. It was acknowledged, not appended.
    #[error("frame {number} came again")]
    Repeated {
        /// Its number.
        number: u8,
    },
    /// A frame that had begun was cut off, so there was nothing to answer.
    #[error("a frame was cut off after {bytes} bytes")]
    FrameCut {
        /// Its bytes from STX.
        bytes: usize,
    },
    /// A good frame came without its CR LF.
    #[error("a frame came without its final CR LF")]
    NoFrameEnd,
    /// A frame came without ENQ. It was refused, or, in a recording, taken as a transfer of its own.
    #[error("a frame came without ENQ")]
    NoEnquiry,
    /// The sender began a transfer and sent nothing for [`RECEIVE_WAIT`].
    #[error("the sender fell silent for 30 s without ending its transmission")]
    SenderSilent,
    /// The sender had stopped waiting when the verdict on its message came, after [`REPLY_WAIT`] at the latest, so it was
    /// not told. It will send the message again.
    #[error("the sender had stopped waiting when its message was answered")]
    LateVerdict,
    /// Bytes came while a verdict was awaited and were more than [`HELD_INPUT_MAX`] (without frames: more than one message
    /// may hold), or the connection ended before the verdict. None of them had been acknowledged.
    #[error("{bytes} bytes that came before a message was answered were dropped unacknowledged")]
    InputDropped {
        /// How many.
        bytes: usize,
    },
    /// Both sides sent ENQ.
    #[error("both sides asked to send at once")]
    Contention,
    /// ENQ was answered with NAK.
    #[error("the other side is busy")]
    Busy,
    /// ENQ was not answered.
    #[error("the other side did not answer for 15 s")]
    NoReply,
    /// A frame sent was answered with NAK.
    #[error("the other side refused frame {number}")]
    Refused {
        /// Its number.
        number: u8,
    },
    /// Without frames: the sender sent ENQ, then EOT, and nothing between. It waits for an answer that only frames bring.
    #[error("the sender waits for an answer; if it sends frames, choose a dialect for frames")]
    Unanswered,
    /// Without frames: a message could not be stored, [`super::OFFERS_MAX`] times. Nobody will send it again by itself.
    #[error("a message could not be kept and is lost; have the analyzer send its last results again")]
    Lost,
    /// The receiver acknowledged a frame and asked to send something itself. It may, when this message is through.
    #[error("the other side asked to send")]
    Interrupt,
}

/// Why a message cannot be sent.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SendError {
    /// It holds no record.
    #[error("there is no record to send")]
    Empty,
    /// It holds a control byte that frames cannot carry ([`super::is_forbidden`]).
    #[error("byte {at} is {byte:#04x}, which a frame cannot carry; escape it")]
    ForbiddenByte {
        /// Its place in the text, from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// It is longer than [`Options::message_max`].
    #[error("the message is longer than {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// [`SEND_QUEUE_MAX`] messages wait already.
    #[error("{SEND_QUEUE_MAX} messages wait already; try again when one has been sent")]
    QueueFull,
}

/// Where the session stands between calls. The times are when [`Session::tick`] is due.
#[derive(Debug)]
enum State {
    /// Nobody transfers. ENQ may be sent from `quiet_until` on.
    Neutral { quiet_until: Duration },
    /// The other side transfers.
    Receiving { until: Duration },
    /// The other side sends frames and has not asked. Each is refused.
    Refusing { until: Duration },
    /// A message is with the application; its last frame is not answered yet.
    Deciding(Pending),
    /// ENQ is sent.
    Enquiring { until: Duration },
    /// A frame is sent.
    Sending { until: Duration },
}

/// One end of an ASTM connection.
///
/// After every call, take [`Session::poll`] until it answers `None`, then wait for bytes or for
/// [`Session::next_timeout`].
#[derive(Debug)]
pub struct Session {
    options: Options,
    state: State,
    reader: Reader,
    last_byte_at: Duration,
    /// The last thing that came is an ENQ in the middle of a message.
    asked: bool,
    inbound: Inbound,
    queue: VecDeque<Outbound>,
    sent_ids: u64,
    sending: sender::Progress,
    outputs: VecDeque<Output>,
    catch_up: receiver::CatchUp,
}

impl Session {
    /// A session on a fresh connection.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            state: State::Neutral { quiet_until: Duration::ZERO },
            reader: Reader::new(options.accept_text_max),
            last_byte_at: Duration::ZERO,
            asked: false,
            inbound: Inbound::default(),
            queue: VecDeque::new(),
            sent_ids: 0,
            sending: sender::Progress::default(),
            outputs: VecDeque::new(),
            catch_up: receiver::CatchUp::default(),
            options,
        }
    }

    /// Takes bytes that came from the line.
    pub fn receive(&mut self, now: Duration, bytes: &[u8]) {
        self.tick(now);
        if !bytes.is_empty() {
            self.last_byte_at = now;
            self.consume(now, bytes);
            self.enquire_if_due(now);
        }
    }

    /// Does what is due by `now`. Calling it early or often changes nothing.
    pub fn tick(&mut self, now: Duration) {
        if self.settles_at().is_some_and(|due| now >= due) {
            self.settle(now);
        }
        match self.state {
            State::Receiving { until } if now >= until => self.on_sender_silent(),
            State::Refusing { until } if now >= until => self.refuse_no_more(),
            State::Enquiring { until } if now >= until => self.on_enquiry_unanswered(now),
            State::Sending { until } if now >= until => self.on_frame_unanswered(now),
            _ => {}
        }
        self.enquire_if_due(now);
    }

    /// When [`Session::tick`] is next due, if nothing comes before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        match self.state {
            State::Neutral { quiet_until } => (!self.queue.is_empty()).then_some(quiet_until),
            State::Receiving { until } | State::Refusing { until } => {
                Some(self.settles_at().map_or(until, |due| due.min(until)))
            }
            State::Enquiring { until } | State::Sending { until } => Some(until),
            State::Deciding(_) => None,
        }
    }

    /// The next thing to do or to know.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// True while a message waits for [`Session::accept`] or [`Session::refuse`]. Better not read from the line
    /// meanwhile: what comes is held up to [`HELD_INPUT_MAX`].
    #[must_use]
    pub fn awaits_verdict(&self) -> bool {
        matches!(self.state, State::Deciding(_))
    }

    /// Bytes of the other side held in memory: never more than the limits in [`Options`] and [`HELD_INPUT_MAX`] add up
    /// to.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.reader.text().len() + self.inbound.buffered() + self.catch_up.held()
    }

    /// The connection ended. What had come and what was to be sent is reported; the session may be used for the next
    /// connection. A message that awaits its verdict is the application's: give the verdict before, or what came behind
    /// it is dropped.
    pub fn disconnect(&mut self) {
        self.end_receiving(IncompleteReason::Disconnected);
        self.fail_all(FailReason::Disconnected);
        self.state = State::Neutral { quiet_until: Duration::ZERO };
    }

    fn consume(&mut self, now: Duration, mut bytes: &[u8]) {
        let mut outgrown = self.reader.is_full();
        while !bytes.is_empty() {
            if self.awaits_verdict() {
                self.hold(now, bytes);
                return;
            }
            let (taken, event) = self.reader.read(bytes);
            bytes = &bytes[taken..];
            if let Some(event) = event {
                outgrown &= !matches!(event, Event::Start);
                self.on_event(now, event);
            }
        }
        // A frame that was at its limit before keeps the line no longer, however it goes on.
        if let State::Receiving { until } | State::Refusing { until } = &mut self.state
            && self.reader.in_frame()
            && !outgrown
        {
            *until = now.saturating_add(RECEIVE_WAIT);
        }
    }

    fn on_event(&mut self, now: Duration, event: Event) {
        self.catch_up.reply = None;
        self.asked = false;
        match event {
            Event::Control(ENQ) => self.on_enq(now),
            Event::Control(EOT) => self.on_eot(now),
            Event::Control(reply) => self.on_reply(now, reply),
            Event::Start => self.on_frame_start(now),
            Event::Frame(frame) => self.on_frame(now, frame),
            Event::Cut(bytes) => self.warn(Warning::FrameCut { bytes }),
            Event::Noise(bytes) => self.warn(Warning::Noise { bytes }),
            Event::Foreign(foreign) => self.warn(Warning::Foreign(foreign)),
        }
    }

    fn on_enq(&mut self, now: Duration) {
        match self.state {
            State::Neutral { .. } | State::Refusing { .. } => {
                self.begin_receiving(now, false);
                self.reply(ACK);
            }
            State::Receiving { .. } if self.inbound.is_under_way() => self.asked = true,
            State::Receiving { .. } => self.restart(now),
            State::Enquiring { .. } => self.on_contention(now),
            State::Sending { .. } | State::Deciding(_) => self.reader.add_noise(1),
        }
    }

    fn on_eot(&mut self, now: Duration) {
        match self.state {
            State::Receiving { .. } => {
                self.end_receiving(IncompleteReason::EndOfTransmission);
                self.state = State::Neutral { quiet_until: Duration::ZERO };
            }
            State::Refusing { .. } => self.refuse_no_more(),
            State::Sending { .. } => self.on_interrupt(now),
            // The end of something already given up.
            State::Neutral { .. } | State::Enquiring { .. } | State::Deciding(_) => {}
        }
    }

    /// ACK or NAK.
    fn on_reply(&mut self, now: Duration, reply: u8) {
        match (&self.state, reply) {
            (State::Enquiring { .. }, ACK) => self.begin_sending(now),
            (State::Enquiring { .. }, NAK) => self.on_busy(now),
            (State::Sending { .. }, ACK) => self.on_frame_accepted(now),
            (State::Sending { .. }, NAK) => self.on_frame_refused(now),
            _ => self.reader.add_noise(1),
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        if let Some(Output::Send(pending)) = self.outputs.back_mut() {
            pending.extend_from_slice(bytes);
        } else {
            self.outputs.push_back(Output::Send(bytes.to_vec()));
        }
    }

    fn warn(&mut self, warning: Warning) {
        self.outputs.push_back(Output::Warning(warning));
    }
}
