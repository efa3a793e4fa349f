//! Specimens: tubes, from being expected to being received or rejected, and discarded.

pub mod commands;
pub mod events;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod views;
pub mod work;

use titer_store::{EventType, Part};

crate::ids! {
    /// A specimen.
    SpecimenId,
}

/// Where a specimen is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Ordered; the tube has not come.
    Expected,
    /// The tube is here.
    Received,
    /// The tube is here and cannot be used.
    Rejected,
    /// The tube was thrown away.
    Discarded,
}

impl State {
    /// Its code, as the journal and the word files name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            State::Expected => "expected",
            State::Received => "received",
            State::Rejected => "rejected",
            State::Discarded => "discarded",
        }
    }

    /// The state of this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [State::Expected, State::Received, State::Rejected, State::Discarded].into_iter().find(|s| s.code() == code)
    }
}

/// Why a specimen is rejected: codes that the word files explain.
pub const REJECTION_REASONS: &[&str] =
    &["unlabelled", "mislabelled", "wrong-container", "insufficient", "clotted", "haemolysed", "leaked", "too-old"];

crate::actions::actions! {
    /// Receive and reject specimens.
    ReceiveSpecimens = "receive-specimens" for [Director, Supervisor, Technician, Clerk];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::SPECIMENS, &tables::AWAITED, &tables::OPEN],
    events: &[
        EventType::of::<events::Expected>(),
        EventType::of::<events::Received>(),
        EventType::of::<events::Rejected>(),
        EventType::of::<events::Discarded>(),
    ],
};
