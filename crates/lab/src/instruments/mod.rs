//! Instruments: what measures. An analyzer on a link, an analyzer that is not connected, or a manual method; and what was noted about
//! each: calibrations, lots, service, repairs.
//!
//! A link may carry several instruments: each then has the module code that the analyzer sends. This room knows a link by its number
//! only. Whether the link exists is checked by `titer_link::links::instruments`, which runs [`commands::AddInstrument`] and
//! [`commands::ChangeInstrument`].

pub mod commands;
mod events;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// An instrument.
    InstrumentId,
    /// A note about an instrument.
    NoteId,
}

crate::codes! {
    /// What an instrument is.
    pub enum InstrumentKind says "instruments-kind" {
        /// An analyzer, connected or not.
        Analyzer = "analyzer",
        /// A method that a person carries out. It has no link.
        Manual = "manual",
    }

    /// What was noted about an instrument.
    pub enum NoteKind says "instruments-note" {
        /// It was calibrated.
        Calibrated = "calibrated",
        /// A new lot of reagent is in use.
        ReagentLot = "reagent-lot",
        /// It was serviced.
        Serviced = "serviced",
        /// It was repaired.
        Repaired = "repaired",
        /// What the text says.
        Other = "other",
    }
}

crate::actions::actions! {
    /// See instruments and what was noted about them.
    SeeInstruments = "see-instruments" for [Administrator, Director, Supervisor, Technician];
    /// Add and change instruments, take them out of use.
    ManageInstruments = "manage-instruments" for [Administrator, Director, Supervisor] and [Console];
    /// Note what was done to an instrument; strike a mistaken note.
    NoteInstruments = "note-instruments" for [Director, Supervisor, Technician];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::INSTRUMENTS, &tables::NOTES],
    events: &[
        EventType::of::<events::Added>(),
        EventType::of::<events::Changed>(),
        EventType::of::<events::Retired>(),
        EventType::of::<events::Returned>(),
        EventType::of::<events::Noted>(),
        EventType::of::<events::NoteStruck>(),
    ],
};
