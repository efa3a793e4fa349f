//! Calculated quantities: which analyte is calculated, by which formula, and from which analytes. A calculation is a proposal until the
//! director has signed it into force. The formulas are those of [`titer_science::calculated`]; a laboratory chooses among them.
//!
//! This room knows no result. [`crate::results`] calculates, with [`Calculation::value`].

pub mod commands;
mod events;
mod tables;
#[cfg(test)]
mod tests;
mod value;
pub mod views;

pub use value::NotCalculated;
pub use views::{Calculation, Calculations};

use titer_store::{EventType, Part};

crate::ids! {
    /// A calculation.
    CalculationId,
}

crate::actions::actions! {
    /// See calculations, and propose them.
    ProposeCalculations = "propose-calculations" for [Administrator, Director, Supervisor];
    /// Sign calculations into force, and end them.
    ApproveCalculations = "approve-calculations" for [Director];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::CALCULATIONS],
    events: &[
        EventType::of::<events::Proposed>(),
        EventType::of::<events::Approved>(),
        EventType::of::<events::Ended>(),
    ],
};
