//! Control plans: the list, the forms that propose, and the page that is signed.

use askama::Template;

use super::{Choice, Mistakes, Page, Seen};

/// The test systems with their control plans, by instrument.
#[derive(Template)]
#[template(path = "quality_plans.html")]
pub struct Plans {
    /// The frame.
    pub page: Page,
    /// The test systems of this page.
    pub groups: Vec<Group>,
    /// How many the filter finds.
    pub count: usize,
    /// How many of these have no plan in force: all their results are held.
    pub unplanned: usize,
    /// How many proposals wait for the director's signature, whatever the filter.
    pub proposed: usize,
    /// Whether the reader may sign them.
    pub signs: bool,
    /// Instruments to choose from.
    pub instruments: Vec<Choice>,
    /// How far plans are, to choose from.
    pub states: Vec<Choice>,
    /// Where the next page is; empty at the end.
    pub next: String,
}

/// The test systems of one instrument.
pub struct Group {
    /// The instrument.
    pub name: String,
    /// Its test systems, those without a plan first.
    pub lines: Vec<Line>,
    /// Where plans are proposed for controls that are kept here; empty if the reader may not.
    pub here: String,
    /// The same for controls that are kept elsewhere.
    pub elsewhere: String,
}

/// A test system with its plans.
pub struct Line {
    /// Where its page is.
    pub href: String,
    /// The analyte.
    pub analyte: String,
    /// In what it is measured.
    pub specimen: String,
    /// On what.
    pub instrument: String,
    /// Whether a plan is in force.
    pub planned: bool,
    /// The plan in force.
    pub in_force: Option<Said>,
    /// The plan that waits for a signature.
    pub proposed: Option<Said>,
}

/// A plan in words.
pub struct Said {
    /// All that it says.
    pub says: Vec<String>,
    /// Who proposed it and when; of a plan in force, who signed it.
    pub by: String,
    /// Why it takes the place of another; may be empty.
    pub cause: String,
}

/// Plans for test systems of one instrument, to be proposed.
#[derive(Template)]
#[template(path = "quality_plans_form.html")]
pub struct Form {
    /// The frame.
    pub page: Page,
    /// Whether the controls are kept here.
    pub here: bool,
    /// The instrument, in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its test systems.
    pub rows: Vec<Row>,
    /// How many are left out, because so many cannot be proposed at once.
    pub left_out: usize,
    /// Levels of control materials to choose from.
    pub levels: Vec<Choice>,
    /// Sets of rules to choose from.
    pub rules: Vec<Choice>,
    /// The least that regulations ask.
    pub floors: Vec<String>,
    /// Where controls are kept, as typed.
    pub place: String,
    /// By which procedure, as typed.
    pub procedure: String,
    /// Controls of each level, as typed.
    pub controls_per_level: String,
    /// Hours, as typed.
    pub hours: String,
    /// Times of day, as typed.
    pub times: String,
    /// The window of a run, as typed.
    pub window_minutes: String,
    /// The individualised plan, as typed.
    pub individualised: String,
    /// The reason, as typed.
    pub reason: String,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A test system of the form.
pub struct Row {
    /// What its mark sends.
    pub value: String,
    /// The test system.
    pub line: Line,
    /// Whether it is marked.
    pub marked: bool,
    /// Why it cannot be marked; empty if it can.
    pub barred: String,
}

/// Plans that wait for a signature.
#[derive(Template)]
#[template(path = "quality_plans_sign.html")]
pub struct Signing {
    /// The frame.
    pub page: Page,
    /// The plans.
    pub rows: Vec<SignRow>,
    /// How many are left out, because so many cannot be signed at once.
    pub left_out: usize,
    /// Whether the signature needs the password.
    pub password: bool,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A plan that waits for a signature.
pub struct SignRow {
    /// What its mark sends: the plan with its version.
    pub value: String,
    /// Its test system.
    pub line: Line,
    /// Whether it is marked.
    pub marked: bool,
    /// Whether the reader proposed it, and so cannot sign it.
    pub own: bool,
}
