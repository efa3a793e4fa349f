//! One specimen: what it is, what was found, and its story.

use askama::Template;

use super::reflex::SuggestionLine;
use super::results::ResultLine;
use super::{Choice, Fact, Mistakes, Page, PatientBanner, Seen, Status, Tube};
use titer_shell::when::When;
use titer_shell::words::Amount;

/// One specimen.
#[derive(Template)]
#[template(path = "specimen.html")]
pub struct Specimen {
    /// The frame.
    pub page: Page,
    /// Whose it is; carries the tube's number.
    pub patient: PatientBanner,
    /// Its id in addresses.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// Type, container, collected, received and the like.
    pub facts: Vec<Fact>,
    /// The order it belongs to.
    pub order: Tube,
    /// Its reports; empty when there is none.
    pub report: String,
    /// What was found.
    pub lines: Vec<ResultLine>,
    /// Tests that were ordered and have no result, each with what it waits for.
    pub outstanding: Vec<(String, String)>,
    /// Tests that reflex rules could not add, about which nobody has decided.
    pub suggestions: Vec<SuggestionLine>,
    /// What happened to it, oldest first.
    pub story: Vec<Moment>,
    /// Reasons for which the reader may reject it now; empty when it cannot be rejected.
    pub rejections: Vec<Choice>,
    /// Whether the reader may discard it now.
    pub discardable: bool,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
    /// Where held messages about it are listed; empty when there are none, or the reader may not see them.
    pub held: String,
    /// How many there are, up to a limit.
    pub held_count: Amount,
    /// Whether the reader may print its label.
    pub labelled: bool,
}

/// The question before a tube is discarded.
#[derive(Template)]
#[template(path = "specimen_discard.html")]
pub struct Discard {
    /// The frame.
    pub page: Page,
    /// Whose it is; carries the tube's number.
    pub patient: PatientBanner,
    /// Its id in addresses.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// Tests that were ordered and have no result yet: they cannot be measured afterwards.
    pub outstanding: Vec<String>,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// One thing that happened.
pub struct Moment {
    /// When.
    pub at: When,
    /// A person, an analyzer, a timer.
    pub who: String,
    /// What, in words.
    pub what: String,
    /// More about it; may be empty.
    pub detail: String,
    /// Whether it is something to look into.
    pub caution: bool,
}
