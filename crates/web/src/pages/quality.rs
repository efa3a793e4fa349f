//! Quality control: the board of all test systems, and one of them with its controls.

use askama::Template;
use titer_shell::when::When;

use super::{Choice, Mistakes, Page};

/// How every test system stands, the worst first.
#[derive(Template)]
#[template(path = "quality.html")]
pub struct Board {
    /// The frame.
    pub page: Page,
    /// The test systems of this page.
    pub lines: Vec<Standing>,
    /// How many the filter finds.
    pub count: usize,
    /// How many of these do not pass.
    pub stopped: usize,
    /// How many of these have no control plan: all their results are held.
    pub unplanned: usize,
    /// Instruments to choose from.
    pub instruments: Vec<Choice>,
    /// Disciplines to choose from.
    pub disciplines: Vec<Choice>,
    /// Where the next page is; empty at the end.
    pub next: String,
}

/// How a test system stands.
pub struct Standing {
    /// Where its page is.
    pub href: String,
    /// The analyte.
    pub analyte: String,
    /// The instrument.
    pub instrument: String,
    /// The state, in words.
    pub state: String,
    /// Until when all levels pass, in words; empty if one does not.
    pub until: String,
    /// Whether its results can be released.
    pub passing: bool,
    /// Its levels; none without a plan, or if its controls are kept elsewhere.
    pub levels: Vec<Level>,
}

/// How a level stands.
pub struct Level {
    /// Its name.
    pub name: String,
    /// The state, in words.
    pub state: String,
    /// Whether it passes.
    pub passing: bool,
    /// What the state is about: since when, by which rule. Empty if the level passes.
    pub detail: String,
    /// The last value; empty if none was measured of late.
    pub value: String,
    /// The last value as a place on a line: a picture; empty if there is none.
    pub picture: String,
    /// When it was measured.
    pub at: When,
}

/// A test system with its controls.
#[derive(Template)]
#[template(path = "quality_system.html")]
pub struct System {
    /// The frame.
    pub page: Page,
    /// The test system, in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// What its plan says; empty without one.
    pub plan: String,
    /// The chart.
    pub chart: String,
    /// Control results, the newest first.
    pub controls: Vec<Control>,
    /// What people decided, the newest first.
    pub decisions: Vec<Decided>,
    /// Causes to choose from.
    pub causes: Vec<Choice>,
    /// Actions to choose from.
    pub corrections: Vec<Choice>,
    /// A failure waits for its cause and action, and the reader may name them.
    pub nameable: bool,
    /// The reader may stop it.
    pub stoppable: bool,
    /// The reader may take the stop back.
    pub releasable: bool,
    /// What was found and done, as typed.
    pub text: String,
    /// The reason, as typed.
    pub reason: String,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A control result.
pub struct Control {
    /// When it was measured.
    pub at: When,
    /// The level.
    pub level: String,
    /// The lot.
    pub lot: String,
    /// The value.
    pub value: String,
    /// The distance from the mean; empty if there is none.
    pub z: String,
    /// What it came to, in words, with its rules.
    pub outcome: String,
    /// Whether it is no pass.
    pub bad: bool,
    /// Who recorded it.
    pub by: String,
}

/// What a person decided.
pub struct Decided {
    /// When.
    pub at: When,
    /// What.
    pub what: String,
    /// What was found and done, or why.
    pub text: String,
    /// Who.
    pub by: String,
}
