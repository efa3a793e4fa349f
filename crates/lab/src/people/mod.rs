//! Staff: who may do what in this laboratory. Competence, licences and training will decide here too.

pub mod commands;
mod events;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{Event, EventType, Part};

use crate::Action;

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::STAFF],
    events: &[EventType::of::<events::RolesGranted>(), EventType::of::<events::Refused>()],
};

/// The event that somebody tried what they may not do.
pub(crate) fn refused(action: Action) -> impl Event {
    events::Refused { action: action.code().to_owned() }
}
