//! Specimens coming in, one scan each.

use askama::Template;

use super::{Page, PatientName, Priority, Tube};
use titer_shell::when::When;
use titer_shell::words::Amount;

/// The receiving bench.
#[derive(Template)]
#[template(path = "receive.html")]
pub struct Receive {
    /// The frame.
    pub page: Page,
    /// When the next tube was collected, as typed.
    pub collected: String,
    /// What the last scan did.
    pub outcome: Option<Outcome>,
    /// What was received most recently, newest first.
    pub lines: Vec<Received>,
    /// How many collected specimens are on their way.
    pub expected: Amount,
}

/// What a scan did.
pub enum Outcome {
    /// It received a specimen.
    Received(Box<Received>),
    /// It was refused; nothing was received.
    Refused {
        /// What was scanned.
        scanned: String,
        /// Why, and what to do with the tube.
        why: String,
        /// What a person may confirm, to receive the tube after all.
        confirm: Confirm,
    },
}

/// What a person confirms to receive a tube after all.
#[derive(Clone, Debug, Default)]
pub struct Confirm {
    /// The time of collection; empty if it is not asked about.
    pub time: String,
    /// The tube, and the patients who bear its number; empty if they are not asked about.
    pub tube: String,
    /// The key of what the button says; empty if nothing is to be confirmed.
    pub label: &'static str,
}

/// A specimen that was received.
pub struct Received {
    /// The tube.
    pub tube: Tube,
    /// Whose it is.
    pub patient: PatientName,
    /// The specimen type, in words.
    pub specimen: String,
    /// The tests, short names.
    pub tests: String,
    /// How urgent.
    pub priority: Priority,
    /// When.
    pub at: When,
    /// By whom.
    pub by: String,
}
