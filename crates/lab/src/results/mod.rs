//! Results: what was measured on a specimen, judged, reviewed and verified.

pub mod commands;
mod events;
pub(crate) mod evidence;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod tube;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// A result.
    ResultId,
}

crate::codes! {
    /// Where a result is on its way.
    pub enum State {
        /// Reported by an analyzer; waits for review.
        Reported = "reported",
        /// Verified and signed by a person.
        Verified = "verified",
        /// Put aside by the reviewer, who asked for a repeat.
        Repeat = "repeat",
    }
}

crate::actions::actions! {
    /// File what an analyzer measured.
    ReportResults = "report-results" for [Administrator, Director, Supervisor, Technician] and [Link, Timer, Console];
    /// Review, verify and sign results.
    VerifyResults = "verify-results" for [Director, Supervisor, Technician];
    /// Hold results that were filed under a withdrawn mapping.
    HoldResults = "hold-results" for [Director, Supervisor] and [Timer];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::RESULTS, &tables::AWAITING_REVIEW],
    events: &[
        EventType::of::<events::ReportedV1>(),
        EventType::of::<events::Reported>(),
        EventType::of::<events::Held>(),
        EventType::of::<events::Verified>(),
        EventType::of::<events::RepeatAsked>(),
    ],
};
