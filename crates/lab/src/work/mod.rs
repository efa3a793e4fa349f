//! Work: which specimens are still to come, and what is still to be measured of those that are here; and how soon the laboratory wants it
//! done.

pub mod bench;
pub(crate) mod face;
pub mod suggestions;
pub(crate) mod tables;
pub mod targets;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

crate::actions::actions! {
    /// Set turn-around targets.
    SetTargets = "set-targets" for [Director, Supervisor];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::AWAITED, &tables::OPEN, &targets::TARGETS],
    events: &[EventType::of::<targets::TargetsSet>()],
};
