//! Links: which analyzer is connected where, in which dialect it speaks, and what its codes mean here.
//!
//! One person proposes a mapping and another approves it; neither may be the command line or a dialect. Results of an approved
//! mapping are held until somebody has compared the first of them with the instrument's printout.

pub mod analytes;
pub mod commands;
mod events;
pub mod instruments;
pub mod operating;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod unit;
pub mod views;

use titer_store::{EventType, Part};

titer_lab::ids! {
    /// A link.
    LinkId,
    /// A mapping of an analyzer's code, unit and specimen type to an analyte.
    MappingId,
}

titer_lab::codes! {
    /// What is spoken on a link.
    pub enum LinkProtocol {
        /// LIS01-A2 and LIS02-A2, which were ASTM E1381 and E1394.
        Astm = "astm",
    }

    /// Who opens the connection.
    pub enum LinkMode {
        /// The analyzer connects to the program.
        Listen = "listen",
        /// The program connects to the analyzer.
        Connect = "connect",
    }

    /// How far a mapping is.
    pub enum MappingState {
        /// Somebody proposed it; it files nothing.
        Proposed = "proposed",
        /// Somebody else approved it; its results are held.
        Approved = "approved",
        /// Its first results were compared with the instrument's printout.
        Confirmed = "confirmed",
        /// It was wrong, or is no longer wanted; it files nothing.
        Withdrawn = "withdrawn",
    }
}

impl MappingState {
    /// Whether somebody has yet to sign for it.
    pub const fn is_unsettled(self) -> bool {
        matches!(self, MappingState::Proposed | MappingState::Approved)
    }
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[
        &tables::LINKS,
        &tables::MAPPINGS,
        &tables::ATTACHMENTS,
        &tables::PAUSES,
        &tables::TLS_FILES,
        &tables::RECORDINGS,
        &tables::RECORDED_LINES,
    ],
    events: &[
        EventType::of::<events::Added>(),
        EventType::of::<events::Removed>(),
        EventType::of::<events::MappingProposedV1>(),
        EventType::of::<events::MappingProposed>(),
        EventType::of::<events::MappingAdopted>(),
        EventType::of::<events::MappingApproved>(),
        EventType::of::<events::MappingConfirmed>(),
        EventType::of::<events::MappingWithdrawn>(),
        EventType::of::<events::Attached>(),
        EventType::of::<events::Paused>(),
        EventType::of::<events::Resumed>(),
        EventType::of::<events::Secured>(),
        EventType::of::<events::RecordingBegun>(),
        EventType::of::<events::RecordingEnded>(),
    ],
};
