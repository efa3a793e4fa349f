//! Reflex rules: a verified result of one analyte that meets a condition adds a test to the same tube. A rule is a proposal until the
//! director has signed it, and another person proposed it. Where a rule cannot add its test, a person decides.
//!
//! This room knows no order, specimen or result: it names them by their plain numbers. [`crate::ways::apply_reflexes`] adds the tests.

pub mod commands;
mod events;
mod rule;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod views;

pub(crate) use rule::written;
pub use rule::{Condition, Operator, Rule, Unfit};
pub use views::{Reflexes, Suggestion};

use titer_store::{EventType, Part};

crate::ids! {
    /// One version of a rule: the number of the event that proposed it is in its id.
    RuleId,
    /// A test that a rule asks for and could not add.
    SuggestionId,
}

crate::actions::actions! {
    /// See reflex rules, and propose them.
    ProposeRules = "propose-reflex-rules" for [Administrator, Director, Supervisor];
    /// Sign reflex rules into force, and end them.
    ApproveRules = "approve-reflex-rules" for [Director];
    /// Add the tests that rules ask for.
    ApplyRules = "apply-reflex-rules" for [] and [Timer];
    /// Decide on tests that a rule asks for and could not add.
    DecideSuggestions = "decide-reflex-suggestions" for [Director, Supervisor, Technician];
}

crate::codes! {
    /// Why a rule could not add its test.
    pub enum Why says "reflex-why" {
        /// Whether the condition holds cannot be said: a value beyond the measuring range, for example.
        Undecided = "undecided",
        /// The test is measured in another tube, or the tube is not here.
        Tube = "tube",
        /// The tube is older than the test allows, or nobody knows its age.
        Old = "old",
        /// Too many rules would follow each other.
        Chain = "chain",
        /// The test cannot be ordered.
        Test = "test",
        /// A person has cancelled a part of the test.
        Cancelled = "cancelled",
    }
}

/// A job: the rules look at a tube, some of whose results were verified.
pub const APPLY: &str = "reflex.apply";
/// The most rules that follow each other: 1 is a test that a rule adds to an ordered one.
pub const CHAIN_MAX: u8 = 3;

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::RULES, &tables::SUGGESTIONS],
    events: &[
        EventType::of::<events::Proposed>(),
        EventType::of::<events::Approved>(),
        EventType::of::<events::Ended>(),
        EventType::of::<events::Applied>(),
        EventType::of::<events::Decided>(),
    ],
};

/// What rooms above say to this one.
pub(crate) mod face {
    use titer_store::{Changes, Header};

    use super::APPLY;
    use crate::jobs;

    /// Results of this tube were verified that rules look at. The job has the id of the tube, so that several signatures make one job.
    pub(crate) fn look(changes: &mut Changes, header: &Header, specimen: i64) {
        jobs::face::due(changes, specimen, header.at, APPLY, specimen);
    }
}
