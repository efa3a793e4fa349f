//! Work: which specimens are still to come, and what is still to be measured of those that are here.

pub(crate) mod face;
pub(crate) mod tables;
pub mod views;

use titer_store::Part;

/// What this room contributes.
pub const PART: Part = Part { tables: &[&tables::AWAITED, &tables::OPEN], events: &[] };
