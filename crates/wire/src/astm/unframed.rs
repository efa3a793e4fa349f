//! Records of LIS02-A2 on a TCP stream without LIS01-A2 around them: no frames, checksums, turns or acknowledgements.
//!
//! TCP brings the bytes whole and in order, so a message is what stands from H to L. What is missing is the answer: the
//! sender never learns whether a message was stored, and does not repeat one. So the repeating is done here.

use std::collections::VecDeque;
use std::time::Duration;

use super::foreign::{Foreign, is_padding};
use super::frame::{ACK, CR, ENQ, EOT, LF, NAK};
use super::link::{KEPT_BYTES, sendable};
use super::record::{is_header, is_terminator};
use super::{IncompleteReason, MessageId, Output, RECEIVE_WAIT, Received, SETTLE_WAIT, SendError, Warning};

/// A message that could not be stored is output again after so long.
pub const OFFER_WAIT: Duration = Duration::from_secs(10);
/// A message is output so often; then it is lost, and [`Warning::Lost`] says so.
pub const OFFERS_MAX: u8 = 6;

/// One end of a connection that carries bare records.
///
/// Records end in CR, LF or both. A message is complete with its L record, and not before the application has decided on
/// the one before it. What stands before a header belongs to no message that can be read, but is output like one: it is
/// for whoever reads the records to hold it. ENQ and EOT, which some senders put around a message, begin and end a
/// transmission and are not answered.
#[derive(Debug)]
pub struct Unframed {
    /// Text of a message, and bytes that wait behind one, at most.
    message_max: usize,
    /// From `read` on: bytes not looked at yet.
    input: Vec<u8>,
    read: usize,
    /// Bytes that came when `input` was full. Nothing is taken until they have been reported.
    dropped: usize,
    /// The records of the message under way, each ended by CR but for the last, which begins at `open`.
    text: Vec<u8>,
    open: usize,
    /// The beginning of this message is missing from `text`: it was reported, or dropped.
    torn: bool,
    /// ENQ was the last thing that came.
    asked: bool,
    heard_at: Duration,
    offered: Option<Offered>,
    /// The connection has ended, and what had come of it has not all been output.
    ended: bool,
    sent_ids: u64,
    outputs: VecDeque<Output>,
}

/// A message that is not stored yet.
#[derive(Debug)]
struct Offered {
    text: Vec<u8>,
    times: u8,
    /// When it is output again; none while it is with the application.
    again_at: Option<Duration>,
}

impl Unframed {
    /// An end of a fresh connection, for messages of so many bytes at most.
    #[must_use]
    pub fn new(message_max: usize) -> Self {
        Self {
            // A character and the end of its record.
            message_max: message_max.max(2),
            input: Vec::new(),
            read: 0,
            dropped: 0,
            text: Vec::new(),
            open: 0,
            torn: false,
            asked: false,
            heard_at: Duration::ZERO,
            offered: None,
            ended: false,
            sent_ids: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Takes bytes that came from the line.
    pub fn receive(&mut self, now: Duration, mut bytes: &[u8]) {
        self.tick(now);
        if bytes.is_empty() {
            return;
        }
        self.heard_at = now;
        while !bytes.is_empty() {
            let room = self.message_max.saturating_sub(self.input.len() - self.read).min(bytes.len());
            if room == 0 || self.dropped > 0 {
                self.dropped += bytes.len();
                return;
            }
            self.input.extend_from_slice(&bytes[..room]);
            bytes = &bytes[room..];
            self.consume();
        }
    }

    /// Does what is due by `now`. Calling it early or often changes nothing.
    pub fn tick(&mut self, now: Duration) {
        if self.next_timeout().is_some_and(|due| now >= due) {
            if self.offered.is_some() {
                self.offer();
            } else {
                self.finish(IncompleteReason::TimedOut);
            }
        }
    }

    /// When [`Unframed::tick`] is next due, if nothing comes before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        match &self.offered {
            Some(offered) => offered.again_at,
            None if self.text.is_empty() => None,
            None => {
                let wait = if self.ends_in_terminator() { SETTLE_WAIT } else { RECEIVE_WAIT };
                Some(self.heard_at.saturating_add(wait))
            }
        }
    }

    /// The next thing to do or to know.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// True while a message waits for [`Unframed::accept`] or [`Unframed::refuse`]. What comes meanwhile waits, as much
    /// as one message may hold; more is dropped, and reported.
    #[must_use]
    pub fn awaits_verdict(&self) -> bool {
        self.offered.as_ref().is_some_and(|offered| offered.again_at.is_none())
    }

    /// Bytes of the other side held in memory: never more than three messages of the greatest length.
    #[must_use]
    pub fn buffered(&self) -> usize {
        let offered = self.offered.as_ref().map_or(0, |offered| offered.text.len());
        self.text.len() + self.input.len() - self.read + offered
    }

    /// The message last output is stored. Does nothing when no message awaits a verdict.
    pub fn accept(&mut self, now: Duration) {
        if self.awaits_verdict() {
            self.go_on(now);
        }
    }

    /// The message last output could not be stored. Nobody else will send it again: it is output again after
    /// [`OFFER_WAIT`], [`OFFERS_MAX`] times in all, and at once when the connection ends, for the last time. Does nothing
    /// when no message awaits a verdict.
    pub fn refuse(&mut self, now: Duration) {
        let Some(offered) = self.offered.as_mut().filter(|offered| offered.again_at.is_none()) else { return };
        if self.ended || offered.times >= OFFERS_MAX {
            self.warn(Warning::Lost);
            self.go_on(now);
        } else {
            offered.again_at = Some(now.saturating_add(OFFER_WAIT));
        }
    }

    /// Sends a message: records, each ended by CR (the last CR may be missing). It goes out at once, whatever comes in, and
    /// [`Output::Sent`] means no more than that.
    ///
    /// # Errors
    /// [`SendError`] says what is wrong with the text.
    pub fn send(&mut self, _now: Duration, text: &[u8]) -> Result<MessageId, SendError> {
        let text = sendable(text, self.message_max)?;
        self.sent_ids += 1;
        let id = MessageId(self.sent_ids);
        self.outputs.extend([Output::Send(text), Output::Sent(id)]);
        Ok(id)
    }

    /// Takes back a message that waits. None does: what is sent goes out at once.
    pub fn withdraw(&mut self, _id: MessageId) -> bool {
        false
    }

    /// The connection ended. What had come is output, one message after another as the verdicts on them are given; then
    /// this may be used for the next connection.
    pub fn disconnect(&mut self) {
        self.ended = true;
        match &self.offered {
            Some(offered) if offered.again_at.is_some() => self.offer(),
            Some(_) => {}
            None => self.go_on(self.heard_at),
        }
    }

    /// What was offered is stored or lost.
    fn go_on(&mut self, now: Duration) {
        self.offered = None;
        self.heard_at = self.heard_at.max(now);
        self.consume();
        if self.ended && self.offered.is_none() {
            self.finish(IncompleteReason::Disconnected);
            self.ended = self.offered.is_some();
        }
    }

    /// Reads on up to the end of the next message.
    fn consume(&mut self) {
        let mut noise = 0;
        while self.offered.is_none() && self.read < self.input.len() {
            let rest = &self.input[self.read..];
            let run = rest.iter().position(|byte| matches!(*byte, CR | LF | ENQ | EOT | ACK | NAK));
            let run = run.unwrap_or(rest.len());
            // One byte is for the end of the record.
            let taken = run.min((self.message_max - 1).saturating_sub(self.text.len()));
            self.text.extend_from_slice(&rest[..taken]);
            self.read += taken;
            self.asked &= run == 0;
            if taken < run {
                self.report(IncompleteReason::Overrun);
                self.torn = true;
            } else if let Some(byte) = rest.get(run).copied() {
                self.read += 1;
                match byte {
                    ENQ => self.on_enq(),
                    EOT => self.on_eot(),
                    ACK | NAK => noise += 1,
                    _ => self.end_record(),
                }
            }
        }
        self.input.drain(..self.read);
        self.input.shrink_to(KEPT_BYTES);
        self.read = 0;
        if noise > 0 {
            self.warn(Warning::Noise { bytes: noise });
        }
        if self.offered.is_none() && self.dropped > 0 {
            let bytes = std::mem::take(&mut self.dropped);
            self.warn(Warning::InputDropped { bytes });
            self.report(IncompleteReason::Overrun);
            self.torn = true;
        }
    }

    fn on_enq(&mut self) {
        self.end_record();
        self.report(IncompleteReason::Restarted);
        self.torn = false;
        self.asked = true;
    }

    fn on_eot(&mut self) {
        if std::mem::take(&mut self.asked) {
            self.warn(Warning::Unanswered);
        }
        self.end_record();
        self.report(IncompleteReason::EndOfTransmission);
        self.torn = false;
    }

    /// The record under way has ended. A header begins a message whatever came before it, L ends one.
    fn end_record(&mut self) {
        let record = &self.text[self.open..];
        if record.is_empty() {
            return;
        }
        let ends = is_terminator(record);
        // What is torn may begin in the middle of a record.
        if self.open > 0 && is_header(record) {
            let header = self.text.split_off(self.open);
            self.report(if self.torn { IncompleteReason::Overrun } else { IncompleteReason::Restarted });
            self.torn = false;
            self.text = header;
        }
        self.text.push(CR);
        self.open = self.text.len();
        if ends && !std::mem::take(&mut self.torn) {
            self.open = 0;
            self.offered = Some(Offered { text: std::mem::take(&mut self.text), times: 0, again_at: None });
            self.offer();
        } else if ends {
            self.report(IncompleteReason::Overrun);
        }
    }

    fn offer(&mut self) {
        if let Some(offered) = &mut self.offered {
            offered.times += 1;
            offered.again_at = None;
            self.outputs.push_back(Output::Message(Received { text: offered.text.clone(), frames: 0 }));
        }
    }

    /// Nothing more comes. An L record tells as much without its end.
    fn finish(&mut self, reason: IncompleteReason) {
        if self.ends_in_terminator() {
            self.end_record();
        }
        self.report(reason);
        self.torn = false;
    }

    /// The record under way is an L, whatever follows.
    fn ends_in_terminator(&self) -> bool {
        let record = &self.text[self.open..];
        record.len() > 1 && is_terminator(record)
    }

    fn report(&mut self, reason: IncompleteReason) {
        self.open = 0;
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            let begins = text.iter().position(|byte| !is_padding(*byte)).unwrap_or(text.len());
            if let Some(foreign) = Foreign::of(&text[begins..]).filter(|foreign| *foreign != Foreign::Unframed) {
                self.warn(Warning::Foreign(foreign));
            }
            self.outputs.push_back(Output::Incomplete { text, reason });
        }
    }

    fn warn(&mut self, warning: Warning) {
        self.outputs.push_back(Output::Warning(warning));
    }
}
