//! The laboratory itself: its name, address, accreditation, director and time zone, as reports print them.

pub mod commands;
mod events;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

/// What this room contributes.
pub const PART: Part = Part { tables: &[&tables::SITES], events: &[EventType::of::<events::Described>()] };
