//! The receiving side: LIS01-A2 §8.3 and §8.5, with the last frame of a message answered only when the application has
//! it.

use std::time::Duration;

use super::super::frame::{ACK, ENQ, EOT, Frame, NAK, STX};
use super::inbound::Place;
use super::{
    HELD_INPUT_MAX, IncompleteReason, Output, PATIENCE, RECEIVE_WAIT, REPLY_WAIT, Received, SETTLE_WAIT, Session,
    State, Warning,
};

/// A message that awaits the application's verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    number: u8,
    /// Where the message ends in the text received.
    end: usize,
    since: Duration,
    /// The sender has stopped waiting for the answer.
    overtaken: bool,
}

/// Bytes that came while a verdict was awaited, and the answer to them.
#[derive(Debug, Default)]
pub(super) struct CatchUp {
    bytes: Vec<u8>,
    dropped: usize,
    /// The bytes being read came while the sender gave up on one answer after another: only the last one is still
    /// awaited.
    late: bool,
    /// When the last of them came that are to be answered.
    asked_at: Duration,
    /// The answer to the last of them.
    pub(super) reply: Option<u8>,
}

impl CatchUp {
    pub fn held(&self) -> usize {
        self.bytes.len()
    }
}

impl Session {
    /// The message last output is stored: acknowledges its last frame and goes on. Does nothing when no message awaits
    /// a verdict.
    pub fn accept(&mut self, now: Duration) {
        if let State::Deciding(pending) = self.state {
            self.inbound.accepted(pending.number, &mut self.reader);
            self.inbound.let_go(pending.end);
            self.answer(now, pending, ACK);
        }
    }

    /// The message last output could not be stored: refuses its last frame. The sender repeats it, and the message is
    /// output again. Does nothing when no message awaits a verdict.
    pub fn refuse(&mut self, now: Duration) {
        if let State::Deciding(pending) = self.state {
            self.answer(now, pending, NAK);
        }
    }

    fn answer(&mut self, now: Duration, mut pending: Pending, reply: u8) {
        // It may have said so in bytes that came damaged.
        pending.overtaken |= now >= pending.since.saturating_add(REPLY_WAIT);
        self.state = State::Receiving { until: now.saturating_add(RECEIVE_WAIT) };
        // A sender that no longer waits would take this reply for the answer to what it sent since.
        if pending.overtaken {
            self.warn(Warning::LateVerdict);
        } else {
            self.reply(reply);
        }
        let bytes = std::mem::take(&mut self.catch_up.bytes);
        self.warn_of_dropped();
        self.catch_up.late = pending.overtaken;
        let asked_at = self.catch_up.asked_at;
        self.consume(now, &bytes);
        // What is held once more did not come now.
        self.catch_up.asked_at = asked_at;
        self.catch_up.late = false;
        // An answer that nobody waits for any more would meet the next ENQ.
        let awaited = now < self.catch_up.asked_at.saturating_add(REPLY_WAIT);
        if let Some(reply) = self.catch_up.reply.take().filter(|_| awaited) {
            self.put(&[reply]);
        }
        self.enquire_if_due(now);
    }

    /// Keeps bytes that came while a verdict is awaited.
    pub(super) fn hold(&mut self, now: Duration, bytes: &[u8]) {
        if let State::Deciding(pending) = &mut self.state
            && now >= pending.since.saturating_add(PATIENCE)
            && bytes.iter().any(|byte| matches!(*byte, STX | ENQ | EOT))
        {
            pending.overtaken = true;
        }
        if bytes.iter().any(|byte| matches!(*byte, STX | ENQ)) {
            self.catch_up.asked_at = now;
        }
        let room = (HELD_INPUT_MAX - self.catch_up.bytes.len()).min(bytes.len());
        self.catch_up.bytes.extend_from_slice(&bytes[..room]);
        self.catch_up.dropped += bytes.len() - room;
    }

    pub(super) fn reply(&mut self, byte: u8) {
        if self.catch_up.late {
            self.catch_up.reply = Some(byte);
        } else {
            self.put(&[byte]);
        }
    }

    pub(super) fn begin_receiving(&mut self, now: Duration, implicit: bool) {
        self.inbound.begin(implicit);
        self.state = State::Receiving { until: now.saturating_add(RECEIVE_WAIT) };
    }

    /// The sender begins anew without having ended.
    pub(super) fn restart(&mut self, now: Duration) {
        self.end_receiving(IncompleteReason::Restarted);
        self.begin_receiving(now, false);
        self.reply(ACK);
    }

    /// When what came last, unclear on its own, becomes clear because nothing follows.
    pub(super) fn settles_at(&self) -> Option<Duration> {
        let unclear = self.reader.at_end() || (self.asked && self.reader.is_quiet());
        (unclear && matches!(self.state, State::Receiving { .. } | State::Refusing { .. }))
            .then(|| self.last_byte_at.saturating_add(SETTLE_WAIT))
    }

    pub(super) fn settle(&mut self, now: Duration) {
        if let Some(event) = self.reader.finish() {
            self.on_event(now, event);
        } else {
            self.restart(now);
        }
    }

    pub(super) fn on_frame_start(&mut self, now: Duration) {
        match self.state {
            State::Receiving { .. } | State::Refusing { .. } => {}
            State::Neutral { .. } => {
                self.warn(Warning::NoEnquiry);
                if self.options.implicit_enq {
                    self.begin_receiving(now, true);
                } else {
                    self.state = State::Refusing { until: now.saturating_add(RECEIVE_WAIT) };
                }
            }
            // Nobody has asked to send: not a frame.
            _ => {
                let bytes = self.reader.abandon();
                self.reader.add_noise(bytes);
            }
        }
    }

    /// The sender that has not asked has stopped.
    pub(super) fn refuse_no_more(&mut self) {
        let cut = self.reader.abandon();
        if cut > 0 {
            self.warn(Warning::FrameCut { bytes: cut });
        }
        self.state = State::Neutral { quiet_until: Duration::ZERO };
    }

    pub(super) fn on_frame(&mut self, now: Duration, frame: Frame) {
        if matches!(self.state, State::Refusing { .. }) {
            self.state = State::Refusing { until: now.saturating_add(RECEIVE_WAIT) };
            self.reply(NAK);
            return;
        }
        self.state = State::Receiving { until: now.saturating_add(RECEIVE_WAIT) };
        if !frame.ended && frame.fault.is_none() {
            self.warn(Warning::NoFrameEnd);
        }
        let number = frame.number;
        match self.inbound.place(&frame, self.reader.text(), &self.options) {
            Ok(Place::Next) => self.take_frame(now, frame),
            Ok(Place::Repeat) => {
                self.warn(Warning::Repeated { number });
                self.reply(ACK);
            }
            Ok(Place::Restart) => {
                self.report_incomplete(IncompleteReason::Restarted);
                self.inbound.begin(true);
                self.take_frame(now, frame);
            }
            Err(fault) => {
                self.warn(Warning::FrameRefused(fault));
                self.reply(NAK);
            }
        }
    }

    fn take_frame(&mut self, now: Duration, frame: Frame) {
        let complete = self.inbound.take(self.reader.text(), frame.last);
        let Some(end) = complete else {
            self.inbound.accepted(frame.number, &mut self.reader);
            self.reply(ACK);
            return;
        };
        let (text, frames) = self.inbound.message(end);
        self.outputs.push_back(Output::Message(Received { text, frames }));
        let since = if self.catch_up.late { self.catch_up.asked_at } else { now };
        self.state = State::Deciding(Pending { number: frame.number, end, since, overtaken: false });
    }

    pub(super) fn on_sender_silent(&mut self) {
        if !self.end_receiving(IncompleteReason::TimedOut) && !self.inbound.implicit {
            self.warn(Warning::SenderSilent);
        }
        self.state = State::Neutral { quiet_until: Duration::ZERO };
    }

    /// Reports whatever has come and will not go on. True when a message was under way.
    pub(super) fn end_receiving(&mut self, reason: IncompleteReason) -> bool {
        self.asked = false;
        let cut = self.reader.abandon();
        if cut > 0 {
            self.warn(Warning::FrameCut { bytes: cut });
        }
        let noise = self.reader.take_noise();
        if noise > 0 {
            self.warn(Warning::Noise { bytes: noise });
        }
        if let State::Deciding(pending) = self.state {
            self.inbound.let_go(pending.end);
            self.catch_up.dropped += std::mem::take(&mut self.catch_up.bytes).len();
        }
        self.warn_of_dropped();
        self.report_incomplete(reason)
    }

    fn report_incomplete(&mut self, reason: IncompleteReason) -> bool {
        let text = self.inbound.take_rest();
        let under_way = !text.is_empty();
        if under_way {
            self.outputs.push_back(Output::Incomplete { text, reason });
        }
        under_way
    }

    fn warn_of_dropped(&mut self) {
        let bytes = std::mem::take(&mut self.catch_up.dropped);
        if bytes > 0 {
            self.warn(Warning::InputDropped { bytes });
        }
    }
}
