//! What needs me now.

use askama::Template;

use super::{Page, PatientName, Tone};
use titer_shell::when::When;
use titer_shell::words::Amount;

/// The first page after signing in.
#[derive(Template)]
#[template(path = "home.html")]
pub struct Home {
    /// The frame.
    pub page: Page,
    /// What waits for this person, most pressing first; empty when nothing does.
    pub needs: Vec<Need>,
    /// What is still to be set up in a new laboratory, by this person.
    pub steps: Vec<Step>,
}

/// Something to be set up in a new laboratory.
pub struct Step {
    /// Where it is done.
    pub href: String,
    /// What it is, in words.
    pub text: String,
}

/// One kind of thing that waits.
pub struct Need {
    /// Tells it apart for live updates.
    pub topic: &'static str,
    /// Its name.
    pub title: String,
    /// How many wait in all.
    pub count: Amount,
    /// How pressing.
    pub tone: Tone,
    /// Where all of them are.
    pub href: String,
    /// The most pressing ones.
    pub rows: Vec<NeedRow>,
}

/// One thing that waits.
pub struct NeedRow {
    /// Where it is dealt with.
    pub href: String,
    /// Its number or name.
    pub lead: String,
    /// Whose it is, if a patient's.
    pub patient: Option<PatientName>,
    /// What about it.
    pub what: String,
    /// Since when it has waited.
    pub since: When,
    /// Whether a patient may come to harm.
    pub danger: bool,
}
