//! What the laboratory measures: analytes, orderable tests, specimen types, reference intervals and critical limits. Intervals and
//! limits are proposals, with their sources, until the director has signed them into force.

pub mod commands;
mod events;
mod import;
pub mod starter;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

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
}

crate::actions::actions! {
    /// Import catalog entries as proposals.
    ProposeCatalog = "propose-catalog" for [Administrator, Director, Supervisor] and [Console];
    /// Sign reference intervals and critical limits into force.
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
    ],
    events: &[EventType::of::<events::Imported>(), EventType::of::<events::Approved>()],
};
