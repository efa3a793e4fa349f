//! Links: which analyzer speaks where, in which dialect, and what its codes mean here. A mapping is proposed by one person and
//! approved by another; neither may be the command line or a dialect. Its results stay held until somebody has compared the first of them with the instrument's printout.

pub mod commands;
pub mod events;
pub mod operating;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

titer_lab::ids! {
    /// A link.
    LinkId,
    /// A mapping of an analyzer's code, unit and kind of specimen to an analyte.
    MappingId,
}

/// How far a mapping is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappingState {
    /// Somebody proposed it; it files nothing.
    Proposed,
    /// Somebody else approved it; its results are held.
    Approved,
    /// Its first results were compared with the instrument's printout.
    Confirmed,
    /// It was wrong, or is not wanted any more; it files nothing.
    Withdrawn,
}

impl MappingState {
    /// Its code, as the journal and the word files name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            MappingState::Proposed => "proposed",
            MappingState::Approved => "approved",
            MappingState::Confirmed => "confirmed",
            MappingState::Withdrawn => "withdrawn",
        }
    }

    /// Whether somebody has yet to sign for it.
    #[must_use]
    pub const fn is_unsettled(self) -> bool {
        matches!(self, MappingState::Proposed | MappingState::Approved)
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        [MappingState::Proposed, MappingState::Approved, MappingState::Confirmed, MappingState::Withdrawn]
            .into_iter()
            .find(|s| s.code() == code)
    }
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[
        &tables::LINKS,
        &tables::MAPPINGS,
        &tables::ATTACHMENTS,
        &tables::PAUSES,
        &tables::SECURED,
        &tables::RECORDINGS,
        &tables::RECORDED,
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
