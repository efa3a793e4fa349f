//! Results: what was measured on a specimen, judged, reviewed and verified.

pub mod by_hand;
pub mod by_tube;
pub mod calculated;
pub mod commands;
pub mod commented;
mod contradiction;
pub mod disputed;
pub mod entry;
mod events;
pub(crate) mod evidence;
pub(crate) mod judge;
pub(crate) mod judged_again;
pub mod judged_now;
mod previous;
mod record;
mod signing;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod tube;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// A result.
    ResultId,
    /// A value that contradicts a result.
    ContradictionId,
}

crate::codes! {
    /// How a result came to be, if no analyzer measured it.
    pub enum Provenance {
        /// A person read it, and entered it.
        Hand = "hand",
        /// It was calculated from other results.
        Calculated = "calculated",
    }
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

crate::codes! {
    /// Where a contradiction is on its way.
    pub enum ContradictionState {
        /// It stands beside a result that was not verified when it came, as a reason to hold that result.
        Beside = "beside",
        /// It came after the result was verified: a person decides whether the result is to be corrected.
        Open = "open",
        /// A person decided that the result stands.
        Dismissed = "dismissed",
    }
}

crate::actions::actions! {
    /// File what an analyzer measured.
    ReportResults = "report-results" for [Administrator, Director, Supervisor, Technician] and [Link, Timer, Console];
    /// Review, verify and sign results.
    VerifyResults = "verify-results" for [Director, Supervisor, Technician];
    /// Judge what waits for review again by what is in force now.
    JudgeResults = "judge-results" for [Director, Supervisor, Technician] and [Timer];
    /// Enter results by hand.
    EnterResults = "enter-results" for [Director, Supervisor, Technician];
    /// Say which results by hand a second person reads.
    RequireSecondReaders = "require-second-readers" for [Director];
    /// Put comments of the library on results, and take them off.
    CommentResults = "comment-results" for [Director, Supervisor, Technician];
    /// Hold results that were filed under a withdrawn mapping.
    HoldResults = "hold-results" for [Director, Supervisor] and [Timer];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[
        &tables::RESULTS,
        &tables::AWAITING_REVIEW,
        &tables::CONTRADICTIONS,
        &tables::SENT,
        &tables::CALCULATED,
        &by_hand::BY_HAND,
        &by_hand::AWAITED,
        &by_hand::SECOND_READERS,
    ],
    events: &[
        EventType::of::<events::ReportedV1>(),
        EventType::of::<events::Reported>(),
        EventType::of::<events::FiledOtherwise>(),
        EventType::of::<calculated::event::Calculated>(),
        EventType::of::<commented::Commented>(),
        EventType::of::<events::Held>(),
        EventType::of::<events::Verified>(),
        EventType::of::<events::RepeatAsked>(),
        EventType::of::<events::JudgedAgain>(),
        EventType::of::<events::AllJudged>(),
        EventType::of::<events::ContradictedV1>(),
        EventType::of::<events::Contradicted>(),
        EventType::of::<events::ContradictionDismissed>(),
        EventType::of::<by_hand::EnteredByHand>(),
        EventType::of::<by_hand::ReadAgain>(),
        EventType::of::<by_hand::SecondReadersRequired>(),
    ],
};
