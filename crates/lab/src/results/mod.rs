//! Results: what was measured on a specimen, judged, reviewed and verified.

pub mod commands;
pub mod events;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// A result.
    ResultId,
}

/// Where a result is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Reported by an analyzer; waits for review.
    Reported,
    /// Verified and signed by a person.
    Verified,
    /// Put aside by the reviewer, who asked for a repeat.
    Repeat,
}

impl State {
    /// Its code, as the journal and the word files name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            State::Reported => "reported",
            State::Verified => "verified",
            State::Repeat => "repeat",
        }
    }

    /// The state of this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [State::Reported, State::Verified, State::Repeat].into_iter().find(|s| s.code() == code)
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
        EventType::of::<events::Reported>(),
        EventType::of::<events::Held>(),
        EventType::of::<events::Verified>(),
        EventType::of::<events::RepeatAsked>(),
    ],
};
