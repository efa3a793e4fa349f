//! The inbox: every message as it came, what became of it, and why it is held.

pub mod commands;
pub mod events;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod views;
pub mod waits;

use titer_store::{EventType, Part};

titer_lab::ids! {
    /// A message.
    MessageId,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All of it was filed.
    Filed,
    /// Some of it, or all, waits for a person.
    Held,
    /// A person put it aside, with a reason.
    Dismissed,
}

impl State {
    /// Its code, as the journal and the word files name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            State::Filed => "filed",
            State::Held => "held",
            State::Dismissed => "dismissed",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        [State::Filed, State::Held, State::Dismissed].into_iter().find(|s| s.code() == code)
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
