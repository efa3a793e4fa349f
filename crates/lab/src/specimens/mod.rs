//! Specimens: tubes, from being expected to being received or rejected, and discarded.

pub mod commands;
mod events;

pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod tube_number;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// A specimen.
    SpecimenId,
}

crate::codes! {
    /// Where a specimen is on its way.
    pub enum State {
        /// Ordered; the tube has not come.
        Expected = "expected",
        /// The tube is here.
        Received = "received",
        /// The tube is here and cannot be used.
        Rejected = "rejected",
        /// The tube was thrown away.
        Discarded = "discarded",
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
    tables: &[&tables::SPECIMENS],
    events: &[
        EventType::of::<events::Expected>(),
        EventType::of::<events::Received>(),
        EventType::of::<events::Rejected>(),
        EventType::of::<events::Discarded>(),
    ],
};
