//! What analyzers are told to measure: the answers to their queries, and what is sent to those that hold a worklist. An analyzer
//! has been told what it acknowledged, and that is journalled; what it is still to be told is the difference to the work that is
//! open, whatever happened in between.

pub mod commands;
pub(crate) mod desk;
pub mod due;
pub mod events;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

titer_lab::ids! {
    /// A message that an analyzer acknowledged.
    SentId,
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::SENT, &tables::TOLD, &tables::TRIES, &tables::CURSORS],
    events: &[EventType::of::<events::OrdersSent>()],
};
