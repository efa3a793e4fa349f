//! Accounts, credentials and sessions: who somebody is. They live in the house (laboratory 0), whatever laboratories the person
//! works in. What a person may do there is the matter of [`crate::people`].

pub mod commands;
mod events;
pub mod passwords;
pub mod sessions;
mod strength;
mod tables;
#[cfg(test)]
mod tests;
mod tries;
pub mod views;

pub use passwords::{Credential, Passwords};
pub use sessions::{Factor, Session, SessionToken, SignIn, Signed};
pub use tries::Device;

use titer_store::{EventType, Part};

crate::ids! {
    /// A person's account.
    AccountId,
}

crate::actions::actions! {
    /// Sign in, sign out, change one's own password.
    OwnAccount = "own-account" for [Administrator, Director, Supervisor, Technician, Clerk, Clinician];
    /// Open and refuse sessions, once somebody has given a password.
    KeepSessions = "keep-sessions" for [] and [Timer];
    /// Open and reset accounts, grant roles.
    ManageStaff = "manage-staff" for [Administrator] and [Console];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::ACCOUNTS, &tables::CREDENTIALS, &tables::SESSIONS, &tables::TRIES, &tables::SECRETS],
    events: &[
        EventType::of::<events::Opened>(),
        EventType::of::<events::PasswordChanged>(),
        EventType::of::<events::SignedIn>(),
        EventType::of::<events::SignInRefused>(),
        EventType::of::<events::SignedOut>(),
    ],
};
