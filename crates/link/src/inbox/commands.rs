//! What may be asked of messages.

use std::collections::BTreeSet;

use titer_lab::{Action, Command, Ctx, Decision, Failure, refuse};
use titer_store::{File, Read};

use super::{
    KeptReason, MessageId, MessageState, Problem,
    events::{Dismissed, Kept, Replayed},
    views,
};
use crate::links::LinkId;

/// Keep a message, and what became of it.
pub struct KeepMessage {
    /// The link by which it came.
    pub link: LinkId,
    /// Its bytes.
    pub bytes: File,
    /// The first bytes of the digest of what stays the same if the analyzer sends the message again.
    pub fingerprint: i64,
    /// The number of results that it brought.
    pub filed: usize,
    /// What a person must decide.
    pub problems: Vec<Problem>,
    /// Why some of it waits for nobody.
    pub kept: BTreeSet<KeptReason>,
}

impl Command for KeepMessage {
    type Answer = MessageId;
    const ACTION: Action = Action::ReceiveMessages;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<MessageId>, Failure> {
        let kept = Kept {
            link: self.link.0,
            sha256: self.bytes.sha256(),
            fingerprint: self.fingerprint,
            filed: self.filed as i64,
            problems: self.problems.into_iter().map(Into::into).collect(),
            kept: codes(&self.kept),
        };
        Ok(Decision::event(kept, Kept::message(ctx.event())).attaching(self.bytes))
    }
}

/// Note what became of a message when it was read again.
pub struct NoteReplay {
    /// The message.
    pub message: MessageId,
    /// The number of results that it brought now.
    pub filed: usize,
    /// What a person must still decide.
    pub problems: Vec<Problem>,
    /// Why some of it waits for nobody.
    pub kept: BTreeSet<KeptReason>,
}

fn codes(kept: &BTreeSet<KeptReason>) -> Vec<String> {
    kept.iter().map(|reason| reason.code().to_owned()).collect()
}

impl Command for NoteReplay {
    type Answer = MessageState;
    const ACTION: Action = Action::ReplayMessages;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<MessageState>, Failure> {
        let message = held(read, self.message)?;
        let state = if self.problems.is_empty() { MessageState::Filed } else { MessageState::Held };
        let filed = message.filed + self.filed as i64;
        let problems = self.problems.into_iter().map(Into::into).collect();
        let replayed = Replayed { message: self.message.0, filed, problems, kept: codes(&self.kept) };
        Ok(Decision::event(replayed, state))
    }
}

/// The message, if it is still held.
pub fn held(read: &mut dyn Read, id: MessageId) -> Result<views::Message, Failure> {
    match views::message(read, id)? {
        None => refuse("inbox-unknown"),
        Some(m) if m.state != MessageState::Held => refuse("inbox-not-held"),
        Some(m) => Ok(m),
    }
}

/// Dismiss a held message.
pub struct DismissMessage {
    /// The message.
    pub message: MessageId,
}

impl Command for DismissMessage {
    type Answer = ();
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.reason("inbox-dismissal-needs-reason")?;
        held(read, self.message)?;
        Ok(Decision::event(Dismissed { message: self.message.0 }, ()))
    }
}
