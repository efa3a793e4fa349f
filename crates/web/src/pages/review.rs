//! Results waiting for a person, and the signature that releases them.

use askama::Template;

use super::reflex::SuggestionLine;
use super::results::{Flag, Group, ResultLine};
use super::{Mistakes, Page, PatientBanner, PatientName, Priority};
use titer_shell::when::When;
use titer_shell::words::Amount;

/// The worklist, critical results first.
#[derive(Template)]
#[template(path = "review.html")]
pub struct Review {
    /// The frame.
    pub page: Page,
    /// The results, by specimen.
    pub groups: Vec<Group>,
    /// How many results wait in all.
    pub waiting: Amount,
    /// How many of them are critical.
    pub critical: Amount,
    /// How many are held.
    pub held: Amount,
    /// Verified results of which somebody must decide whether they are to be corrected, the most urgent first.
    pub corrections: Vec<CorrectionLine>,
    /// Whether there are more than are listed.
    pub corrections_more: bool,
    /// Tests that reflex rules could not add, about which nobody has decided.
    pub suggestions: Vec<SuggestionLine>,
    /// Whether there are more than are listed.
    pub suggestions_more: bool,
    /// Where the next ones are; empty at the end.
    pub next: String,
}

/// Exactly what is about to be signed.
#[derive(Template)]
#[template(path = "review_sign.html")]
pub struct Signing {
    /// The frame.
    pub page: Page,
    /// The marked results that can be verified.
    pub groups: Vec<Group>,
    /// How many they are.
    pub count: usize,
    /// How many of them are held: signing says that their reasons were looked at.
    pub lifts: usize,
    /// What was marked and cannot be verified, shown first.
    pub left_out: Vec<LeftOut>,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A marked result that is not signed with the others.
pub struct LeftOut {
    /// Whether it is verified already.
    pub verified: bool,
    /// The tube's number.
    pub tube: String,
    /// The test.
    pub test: String,
    /// Why not.
    pub why: String,
}

/// A result that is about to be put aside, and why.
#[derive(Template)]
#[template(path = "repeat.html")]
pub struct Repeat {
    /// The frame.
    pub page: Page,
    /// Whose it is; carries the tube's number.
    pub patient: PatientBanner,
    /// The result.
    pub line: ResultLine,
    /// Why, as typed.
    pub reason: String,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// How urgent a value is that contradicts a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Not critical.
    Plain,
    /// No approved limit decides whether it is critical.
    Undecided,
    /// Critical.
    Critical,
}

impl Urgency {
    /// The key of its words, which stand beside letter and shape; empty if there is nothing to say.
    pub fn key(self) -> &'static str {
        match self {
            Urgency::Plain => "",
            Urgency::Undecided => "corrections-undecided-value",
            Urgency::Critical => "corrections-critical-value",
        }
    }

    /// Whether somebody must be told at once.
    pub fn urgent(self) -> bool {
        self != Urgency::Plain
    }
}

/// A verified result that a value contradicts.
pub struct CorrectionLine {
    /// Where it is decided.
    pub href: String,
    /// The tube's number.
    pub tube: String,
    /// Whose it is.
    pub patient: PatientName,
    /// The patient's identifier.
    pub identifier: String,
    /// How urgent the order is.
    pub priority: Priority,
    /// The test.
    pub test: String,
    /// The verified value, with its unit.
    pub stands: String,
    /// The value that contradicts it, with its unit.
    pub contradicts: String,
    /// How that value was judged.
    pub flag: Flag,
    /// How urgent that value is.
    pub urgency: Urgency,
    /// How many more values contradict it.
    pub others: usize,
    /// Who verified it, and decides.
    pub owner: String,
    /// Since when it has waited.
    pub since: When,
    /// How long that is.
    pub age: String,
}

/// A verified result with all that contradicts it, and the decision that it stands.
#[derive(Template)]
#[template(path = "correction.html")]
pub struct Correction {
    /// The frame.
    pub page: Page,
    /// Whose it is; carries the tube's number.
    pub patient: PatientBanner,
    /// How urgent the order is.
    pub priority: Priority,
    /// The result, in addresses.
    pub id: String,
    /// The verified result.
    pub line: ResultLine,
    /// Who verified it, and when.
    pub signed: String,
    /// What contradicts it and is to be decided; nothing if all is decided.
    pub against: Vec<Against>,
    /// What contradicted it before and was dismissed, the latest first.
    pub dismissed: Vec<Against>,
    /// How urgent the most urgent of the values is.
    pub urgency: Urgency,
    /// Why the result stands, as typed.
    pub reason: String,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// What was wrong.
    pub mistakes: Mistakes,
}

impl Correction {
    /// The key of its title.
    pub fn title(&self) -> &'static str {
        if self.against.is_empty() { "corrections-closed" } else { "corrections-decide" }
    }
}

/// A value that contradicts a result.
pub struct Against {
    /// The contradiction.
    pub mark: String,
    /// The value, with its unit.
    pub value: String,
    /// How it was judged.
    pub flag: Flag,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Who decided, when and why, in words; empty if nobody has.
    pub decision: String,
    /// What the analyzer and the judgement say of it, in words.
    pub reasons: Vec<String>,
    /// The page of the message that said it; empty if this person may not see it, or nobody knows which message it was.
    pub message: String,
    /// When it was measured; empty words when nobody said.
    pub measured: When,
    /// When it came.
    pub arrived: When,
    /// By which link.
    pub source: String,
}
