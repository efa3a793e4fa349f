//! The laboratory itself: its name, address, accreditation, director and time zone, as reports print them.

pub mod commands;
mod events;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

crate::actions::actions! {
    /// Describe the laboratory: name, address, time zone.
    ManageSite = "manage-site" for [Administrator, Director] and [Console];
}

/// What this room contributes.
pub const PART: Part = Part { tables: &[&tables::SITES], events: &[EventType::of::<events::Described>()] };
