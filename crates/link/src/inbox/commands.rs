//! What may be asked about messages.

use titer_lab::{Action, Command, Ctx, Decision, Failure, refuse};
use titer_store::{Read, Sha256};

use super::{
    MessageId, State,
    events::{Dismissed, Kept, Problem, Replayed},
    views,
};
use crate::links::LinkId;

/// Keep a message and what became of it.
pub struct KeepMessage {
    /// The link that it came by.
    pub link: LinkId,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// See [`super::tables::MESSAGES`].
    pub fingerprint: i64,
    /// How many results it brought.
    pub filed: usize,
    /// What a person must decide.
    pub problems: Vec<Problem>,
}

impl Command for KeepMessage {
    type Answer = MessageId;
    const ACTION: Action = Action::ReceiveMessages;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<MessageId>, Failure> {
        let kept = Kept {
            link: self.link.0,
            sha256: Sha256::of(&self.bytes),
            fingerprint: self.fingerprint,
            filed: self.filed as i64,
            problems: self.problems,
        };
        Ok(Decision::event(kept, MessageId(ctx.id(0))).keeping(self.bytes))
    }
}

/// Note what became of a message when it was read again.
pub struct NoteReplay {
    /// Which.
    pub message: MessageId,
    /// How many results it brought now.
    pub filed: usize,
    /// What a person must still decide.
    pub problems: Vec<Problem>,
}

impl Command for NoteReplay {
    type Answer = State;
    const ACTION: Action = Action::ReplayMessages;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<State>, Failure> {
        let message = held(read, self.message)?;
        let state = if self.problems.is_empty() { State::Filed } else { State::Held };
        let filed = message.filed + self.filed as i64;
        Ok(Decision::event(Replayed { message: self.message.0, filed, problems: self.problems }, state))
    }
}

/// The message, if it still waits.
///
/// # Errors
/// Refused when it does not.
pub fn held(read: &mut dyn Read, id: MessageId) -> Result<views::Message, Failure> {
    match views::message(read, id)? {
        None => refuse("inbox-unknown"),
        Some(m) if m.state != State::Held => refuse("inbox-not-held"),
        Some(m) => Ok(m),
    }
}

/// Put a held message aside.
pub struct DismissMessage {
    /// Which.
    pub message: MessageId,
}

impl Command for DismissMessage {
    type Answer = ();
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if ctx.why.as_deref().is_none_or(|w| w.trim().is_empty()) {
            return refuse("inbox-dismissal-needs-reason");
        }
        held(read, self.message)?;
        Ok(Decision::event(Dismissed { message: self.message.0 }, ()))
    }
}
