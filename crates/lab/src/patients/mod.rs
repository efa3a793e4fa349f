//! Patients: who a specimen belongs to.

pub mod commands;
mod events;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// A patient.
    PatientId,
}

crate::actions::actions! {
    /// See patients, orders, specimens and their results.
    SeePatients = "see-patients" for [Director, Supervisor, Technician, Clerk, Clinician];
    /// Register patients.
    RegisterPatients = "register-patients" for [Director, Supervisor, Technician, Clerk];
}

/// What this room contributes.
pub const PART: Part =
    Part { tables: &[&tables::PATIENTS, &tables::PATIENT_WORDS], events: &[EventType::of::<events::Registered>()] };
