//! Patients: who a specimen belongs to.

pub mod alike;
pub mod commands;
mod events;
mod names;
mod near;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// A patient.
    PatientId,
}

crate::codes! {
    /// About how old somebody is whose date of birth nobody knows. It is for people to read: no interval and no limit is chosen by it.
    pub enum AgeBand {
        /// Below 28 days.
        Newborn = "newborn",
        /// From 28 days to one year.
        Infant = "infant",
        /// From 1 to 11 years.
        Child = "child",
        /// From 12 to 17 years.
        Adolescent = "adolescent",
        /// From 18 to 64 years.
        Adult = "adult",
        /// 65 years and above.
        Older = "older",
    }
}

crate::actions::actions! {
    /// See patients, orders, specimens and their results.
    SeePatients = "see-patients" for [Director, Supervisor, Technician, Clerk, Clinician];
    /// Register patients.
    RegisterPatients = "register-patients" for [Director, Supervisor, Technician, Clerk];
    /// Correct a patient's name, sex, date of birth or identifier.
    CorrectPatients = "correct-patients" for [Director, Supervisor, Technician, Clerk];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::PATIENTS, &tables::PATIENT_WORDS, &tables::FORMER_IDENTIFIERS],
    events: &[
        EventType::of::<events::Registered>(),
        EventType::of::<events::Corrected>(),
        EventType::of::<events::IdentifierCorrected>(),
    ],
};
