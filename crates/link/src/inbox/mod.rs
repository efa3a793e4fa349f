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

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::MESSAGES, &tables::HELD, &tables::WAITING],
    events: &[
        EventType::of::<events::Kept>(),
        EventType::of::<events::Replayed>(),
        EventType::of::<events::Dismissed>(),
    ],
};
