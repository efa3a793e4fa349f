//! The sending side: LIS01-A2 §8.2 to §8.5.

use std::time::Duration;

use super::super::frame::{ENQ, EOT, write_frame};
use super::{
    BUSY_WAIT, CONTENTION_WAIT_HOST, CONTENTION_WAIT_INSTRUMENT, CR, FailReason, Framing, INTERRUPT_WAIT, MessageId,
    Output, REPLY_WAIT, Role, SEND_QUEUE_MAX, SendError, Session, State, TRIES_MAX, TURN_WAIT, Warning,
};
use crate::astm::is_forbidden;

#[derive(Debug)]
pub(super) struct Outbound {
    id: MessageId,
    text: Vec<u8>,
}

/// How far the first message of the queue has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    enquiries: u8,
    /// Number of the frame under way, where its text begins, and how often it was sent.
    number: u8,
    from: usize,
    transmissions: u8,
    interrupted: bool,
}

/// The text of a message that can be sent, its last record ended.
pub(in crate::astm) fn sendable(text: &[u8], max: usize) -> Result<Vec<u8>, SendError> {
    if text.iter().all(|byte| *byte == CR) {
        return Err(SendError::Empty);
    }
    if text.len() > max {
        return Err(SendError::TooLong { max });
    }
    if let Some(at) = text.iter().position(|byte| is_forbidden(*byte)) {
        return Err(SendError::ForbiddenByte { at, byte: text[at] });
    }
    let end = if text.last() == Some(&CR) { &[][..] } else { &[CR] };
    Ok([text, end].concat())
}

impl Session {
    /// Queues a message: records, each ended by CR (the last CR may be missing). It goes out when the line is free;
    /// what became of it comes as [`Output::Sent`] or [`Output::Failed`].
    ///
    /// # Errors
    /// [`SendError`] says what is wrong with the text, or that too many messages wait.
    pub fn send(&mut self, now: Duration, text: &[u8]) -> Result<MessageId, SendError> {
        let text = sendable(text, self.options.message_max)?;
        if self.queue.len() >= SEND_QUEUE_MAX {
            return Err(SendError::QueueFull);
        }
        self.sent_ids += 1;
        let id = MessageId(self.sent_ids);
        self.queue.push_back(Outbound { id, text });
        self.enquire_if_due(now);
        Ok(id)
    }

    /// Takes back a message that waits, so that another can be sent in its place. False when it is under way, or gone.
    pub fn withdraw(&mut self, id: MessageId) -> bool {
        let under_way = matches!(self.state, State::Enquiring { .. } | State::Sending { .. });
        match self.queue.iter().position(|message| message.id == id) {
            Some(0) if under_way => false,
            Some(0) => {
                // Its tries are not those of the next.
                self.sending = Progress::default();
                self.queue.pop_front().is_some()
            }
            Some(at) => self.queue.remove(at).is_some(),
            None => false,
        }
    }

    pub(super) fn enquire_if_due(&mut self, now: Duration) {
        if let State::Neutral { quiet_until } = self.state
            && now >= quiet_until
            && !self.queue.is_empty()
        {
            self.sending.enquiries += 1;
            self.put(&[ENQ]);
            self.state = State::Enquiring { until: now.saturating_add(REPLY_WAIT) };
        }
    }

    pub(super) fn on_contention(&mut self, now: Duration) {
        self.warn(Warning::Contention);
        let wait = match self.options.role {
            Role::Host => CONTENTION_WAIT_HOST,
            Role::Instrument => CONTENTION_WAIT_INSTRUMENT,
        };
        self.enquire_again(now, wait, FailReason::Busy);
    }

    pub(super) fn on_busy(&mut self, now: Duration) {
        self.warn(Warning::Busy);
        self.enquire_again(now, BUSY_WAIT, FailReason::Busy);
    }

    pub(super) fn on_enquiry_unanswered(&mut self, now: Duration) {
        self.warn(Warning::NoReply);
        self.put(&[EOT]);
        self.enquire_again(now, BUSY_WAIT, FailReason::NoReply);
    }

    fn enquire_again(&mut self, now: Duration, wait: Duration, otherwise: FailReason) {
        if self.sending.enquiries >= TRIES_MAX {
            self.fail(now, otherwise);
        } else {
            self.state = State::Neutral { quiet_until: now.saturating_add(wait) };
        }
    }

    pub(super) fn begin_sending(&mut self, now: Duration) {
        self.sending = Progress { number: 1, ..Progress::default() };
        self.transmit(now);
    }

    fn transmit(&mut self, now: Duration) {
        let Some(message) = self.queue.front() else { return };
        let (text, last) = self.frame_of(&message.text);
        let mut frame = Vec::with_capacity(text.len() + 7);
        write_frame(&mut frame, self.sending.number, text, last);
        self.put(&frame);
        self.sending.transmissions += 1;
        self.state = State::Sending { until: now.saturating_add(REPLY_WAIT) };
    }

    /// The text of the frame under way, and whether it ends in ETX.
    fn frame_of<'t>(&self, text: &'t [u8]) -> (&'t [u8], bool) {
        let rest = &text[self.sending.from..];
        let max = self.options.send_text_max.max(1);
        let wanted = match self.options.framing {
            Framing::Packed => rest.len(),
            Framing::EachRecord | Framing::Chained => {
                rest.iter().position(|byte| *byte == CR).map_or(rest.len(), |cr| cr + 1)
            }
        };
        let len = wanted.min(max);
        let last = match self.options.framing {
            Framing::EachRecord => len == wanted,
            Framing::Chained | Framing::Packed => len == rest.len(),
        };
        (&rest[..len], last)
    }

    pub(super) fn on_frame_accepted(&mut self, now: Duration) {
        let Some(message) = self.queue.front() else { return };
        let (id, len) = (message.id, message.text.len());
        let (sent, _) = self.frame_of(&message.text);
        self.sending.from += sent.len();
        if self.sending.from < len {
            self.sending.number = (self.sending.number + 1) % 8;
            self.sending.transmissions = 0;
            self.transmit(now);
            return;
        }
        self.put(&[EOT]);
        let wait = match self.options.role {
            _ if self.sending.interrupted => INTERRUPT_WAIT,
            Role::Host => TURN_WAIT,
            Role::Instrument => Duration::ZERO,
        };
        self.outputs.push_back(Output::Sent(id));
        self.close(now.saturating_add(wait));
    }

    pub(super) fn on_frame_refused(&mut self, now: Duration) {
        self.warn(Warning::Refused { number: self.sending.number });
        if self.sending.transmissions < TRIES_MAX {
            self.transmit(now);
        } else {
            self.put(&[EOT]);
            self.fail(now, FailReason::Rejected);
        }
    }

    pub(super) fn on_frame_unanswered(&mut self, now: Duration) {
        self.put(&[EOT]);
        self.fail(now, FailReason::NoReply);
    }

    /// EOT for ACK: the frame is accepted and the receiver would like to send. A message broken off would have to be
    /// sent again from its beginning, so it is finished first (LIS01-A2 §8.3.5 leaves the sender free to).
    pub(super) fn on_interrupt(&mut self, now: Duration) {
        self.warn(Warning::Interrupt);
        self.sending.interrupted = true;
        self.on_frame_accepted(now);
    }

    /// Late answers to what is given up must not be taken for answers to the next ENQ: hence the wait.
    fn fail(&mut self, now: Duration, reason: FailReason) {
        if let Some(message) = self.queue.front() {
            self.outputs.push_back(Output::Failed { id: message.id, reason });
        }
        self.close(now.saturating_add(BUSY_WAIT));
    }

    fn close(&mut self, quiet_until: Duration) {
        self.queue.pop_front();
        self.sending = Progress::default();
        self.state = State::Neutral { quiet_until };
    }

    pub(super) fn fail_all(&mut self, reason: FailReason) {
        for message in self.queue.drain(..) {
            self.outputs.push_back(Output::Failed { id: message.id, reason });
        }
        self.sending = Progress::default();
    }
}
