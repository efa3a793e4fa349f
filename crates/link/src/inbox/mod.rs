//! The inbox: every message as received, what became of it, and why it is held.

pub mod commands;
mod events;
mod problem;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;
pub mod waits;

pub use problem::Problem;
pub(crate) use problem::unfileable;
use titer_store::{EventType, Part};

titer_lab::ids! {
    /// A message.
    MessageId,
}

titer_lab::codes! {
    /// What became of a message.
    pub enum MessageState {
        /// All of it was filed.
        Filed = "filed",
        /// A person must decide about some of it, or all.
        Held = "held",
        /// A person dismissed it, with a reason.
        Dismissed = "dismissed",
    }
}

titer_lab::codes! {
    /// Why something of a message is kept and waits for nobody. Nothing else may be kept so, and never a patient's value that was not filed:
    /// what a person can decide is held.
    pub enum KeptReason {
        /// The content came before, and every result in it says when it was measured.
        ExactResend = "exact-resend",
        /// A value is empty, and the dialect says that it may be.
        MayBeEmpty = "may-be-empty",
        /// The analyzer suspects something: the results beside it are held for it.
        Suspect = "suspect-flag",
    }
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::MESSAGES, &tables::HELD, &tables::WAITING],
    events: &[
        EventType::of::<events::Kept>(),
        EventType::of::<events::Replayed>(),
        EventType::of::<events::Dismissed>(),
    ],
};
