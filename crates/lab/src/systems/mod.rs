//! Test systems: what the laboratory measures, in what, by which method, on which instrument. Quality control, measuring ranges, intervals
//! where they differ, and authorisations hang on a test system.
//!
//! A test system is *described*, then *in use* with a verification record that the director signed (42 CFR 493.1253(b)(1): accuracy,
//! precision, reportable range, reference intervals), then perhaps *out of use*. Another method is another test system: the old one is
//! *replaced*. Results of a test system that is not in use are held.

pub mod commands;
mod decimals;
mod events;
pub(crate) mod face;
pub mod gate;
mod record;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

pub use record::{PDF_BYTES_MAX, Pdf, RecordText, Said};
pub use views::Systems;

use titer_store::{EventType, Part};

crate::ids! {
    /// A test system.
    SystemId,
    /// A verification record.
    RecordId,
}

crate::codes! {
    /// Whether results of a test system may be released without its hold.
    pub enum State says "systems-state" {
        /// Described, and not verified.
        Described = "described",
        /// In use, with a verification record.
        InUse = "in-use",
        /// Taken out of use.
        OutOfUse = "out-of-use",
        /// Another method was described in its place.
        Replaced = "replaced",
    }

    /// What a test system needs to know of a result. Without it the result is held.
    pub enum Input says "systems-input" {
        /// When the specimen was collected.
        Collected = "collected",
        /// When it was measured.
        Measured = "measured",
        /// The patient's age.
        Age = "age",
        /// The patient's sex.
        Sex = "sex",
    }

    /// What a verification record answers (42 CFR 493.1253(b)(1)).
    pub enum Aspect says "systems-aspect" {
        /// Accuracy.
        Accuracy = "accuracy",
        /// Precision.
        Precision = "precision",
        /// The range of results that are reported as measured.
        ReportableRange = "reportable-range",
        /// Whether the reference intervals fit the laboratory's patients.
        ReferenceInterval = "reference-interval",
    }
}

crate::actions::actions! {
    /// Describe and change test systems, take them out of use.
    DescribeSystems = "describe-systems" for [Director, Supervisor] and [Console];
    /// Sign verification records, so that test systems are in use.
    VerifySystems = "verify-systems" for [Director];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::HEAD, &tables::SYSTEMS, &tables::STATES, &tables::RECORDS],
    events: &[
        EventType::of::<events::Described>(),
        EventType::of::<events::Changed>(),
        EventType::of::<events::Verified>(),
        EventType::of::<events::Retired>(),
        EventType::of::<events::Returned>(),
    ],
};
