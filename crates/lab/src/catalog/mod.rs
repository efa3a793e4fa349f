//! What the laboratory measures: analytes, orderable tests, specimen types, answers, reference intervals and critical limits.
//! Intervals, limits and the meanings of answers are proposals, with their sources, until the director has signed them into force.

mod alike;
mod answers;
pub mod bulk;
pub mod commands;
mod corrected;
pub mod coverage;
mod events;
pub(crate) mod face;
mod import;
pub mod own;
mod population;
pub mod propose;
mod said;
pub mod starter;
mod tables;
#[cfg(test)]
mod tests;
pub mod unit_systems;
pub mod views;

pub use answers::Answer;
pub use said::is_no_number;
pub use unit_systems::UnitSystem;
pub use views::Catalog;

use titer_store::{EventType, Part};

crate::ids! {
    /// Something that is measured.
    AnalyteId,
    /// Something that is ordered: one analyte or several.
    TestId,
    /// A kind of specimen.
    SpecimenTypeId,
    /// A reference interval.
    IntervalId,
    /// A critical limit.
    LimitId,
    /// An answer of a coded analyte.
    AnswerId,
}

crate::codes! {
    /// What sort of result an analyte has.
    pub enum Kind says "catalog-result" {
        /// A number.
        Numeric = "numeric",
        /// One of the analyte's answers.
        Coded = "coded",
        /// A dilution: 1:40. Intervals and limits name the number after the colon.
        Titre = "titre",
        /// A range that was counted: 2-5.
        Bin = "bin",
        /// Free text.
        Text = "text",
    }

    /// What an answer means for the patient.
    pub enum Meaning says "catalog-answer" {
        /// As expected.
        Normal = "normal",
        /// Not as expected.
        Abnormal = "abnormal",
        /// A clinician must hear of it at once.
        Critical = "critical",
        /// The test was done and tells nothing: never negative, and never released by a rule.
        Indeterminate = "indeterminate",
        /// The test did not work: never negative, and never released by a rule.
        Invalid = "invalid",
        /// Nothing is to be judged: a blood group, a colour.
        Unjudged = "unjudged",
    }
}

/// The kind of the jobs that judge again what waits for review. The subject is the number of the event by which results are judged otherwise:
/// of the catalogue, of a test system or of an instrument.
pub const JUDGE: &str = "catalog.judge";

impl Kind {
    /// Whether reference intervals and critical limits can judge it.
    pub const fn has_limits(self) -> bool {
        matches!(self, Kind::Numeric | Kind::Titre | Kind::Bin)
    }
}

crate::actions::actions! {
    /// Import catalog entries as proposals.
    ProposeCatalog = "propose-catalog" for [Administrator, Director, Supervisor] and [Console];
    /// Sign reference intervals, critical limits and the meanings of answers into force.
    ApproveCatalog = "approve-catalog" for [Director];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[
        &tables::HEAD,
        &tables::SPECIMEN_TYPES,
        &tables::ANALYTES,
        &tables::TESTS,
        &tables::INTERVALS,
        &tables::LIMITS,
        &tables::ANSWERS,
        &tables::OUT_OF_USE,
        &unit_systems::UNITS,
    ],
    events: &[
        EventType::of::<events::Imported1>(),
        EventType::of::<events::Imported>(),
        EventType::of::<events::UnitsChosen>(),
        EventType::of::<events::Approved>(),
        EventType::of::<corrected::Corrected>(),
        EventType::of::<corrected::Renamed>(),
        EventType::of::<corrected::Retired>(),
        EventType::of::<corrected::Returned>(),
        EventType::of::<corrected::Withdrawn>(),
    ],
};
