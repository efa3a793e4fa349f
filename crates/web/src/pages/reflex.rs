//! Reflex rules: the list, one of them with its signature, the form that proposes one, and a test that a rule could not add.

use askama::Template;

use super::admin::Tab;
use super::{Choice, Fact, Mistakes, Page, PatientBanner, PatientName, Seen, Status, Tube};
use titer_shell::when::When;

/// Every rule.
#[derive(Template)]
#[template(path = "reflex.html")]
pub struct Rules {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Proposals first, then those in force, then those that have ended.
    pub lines: Vec<RuleLine>,
}

/// One version of a rule in the list.
pub struct RuleLine {
    /// Where its page is.
    pub href: String,
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: String,
    /// Of which results it adds its test, in words.
    pub when: String,
    /// The test that it adds.
    pub adds: String,
    /// Where it stands.
    pub status: Status,
    /// Why it does not run, in words; empty if it runs, or would.
    pub unfit: String,
    /// Who did what for it last, and when.
    pub by: String,
}

/// One version of a rule, and what may be done with it.
#[derive(Template)]
#[template(path = "reflex_rule.html")]
pub struct Rule {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Its id in addresses.
    pub id: String,
    /// Its code.
    pub code: String,
    /// Where it stands.
    pub status: Status,
    /// What it says, who proposed and who approved it.
    pub facts: Vec<Fact>,
    /// Why it does not run, in words; empty if it runs, or would.
    pub unfit: String,
    /// The rule that ends if this is approved, in words; empty if none ends.
    pub replaces: String,
    /// Whether the reader may approve it now.
    pub signing: bool,
    /// Whether the reader may end it, or dismiss the proposal.
    pub ending: bool,
    /// The reason, as typed.
    pub reason: String,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// Where to go instead.
    pub back: String,
    /// The version that the forms show.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The form that proposes a rule. First the analyte is chosen.
#[derive(Template)]
#[template(path = "reflex_new.html")]
pub struct RuleForm {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The analytes whose results a rule may look at.
    pub analytes: Vec<Choice>,
    /// The chosen one; empty until one is.
    pub analyte: String,
    /// The code, as typed.
    pub code: String,
    /// How a value may stand to the bound; empty if the analyte has answers.
    pub operators: Vec<Choice>,
    /// The bound, as typed.
    pub bound: String,
    /// Its unit.
    pub unit: String,
    /// The answers of the analyte.
    pub answers: Vec<Choice>,
    /// The tests that may be added.
    pub tests: Vec<Choice>,
    /// Hours, as typed.
    pub hours: String,
    /// The source, as typed.
    pub source: String,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A test that a rule asks for and could not add, about which nobody has decided.
pub struct SuggestionLine {
    /// Where it is decided.
    pub href: String,
    /// The tube.
    pub tube: Tube,
    /// Whose it is.
    pub patient: PatientName,
    /// Their identifier.
    pub identifier: String,
    /// The rule.
    pub rule: String,
    /// The test.
    pub test: String,
    /// Why the rule could not add it, in words.
    pub why: String,
    /// Since when it waits.
    pub since: When,
}

/// A test that a rule asks for and could not add: a person adds or dismisses it.
#[derive(Template)]
#[template(path = "reflex_suggestion.html")]
pub struct Suggestion {
    /// The frame.
    pub page: Page,
    /// Whose it is.
    pub patient: PatientBanner,
    /// Its id in addresses.
    pub id: String,
    /// The test.
    pub test: String,
    /// The result, the rule, and why it could not add the test.
    pub facts: Vec<Fact>,
    /// The reason of a dismissal, as typed.
    pub reason: String,
    /// Where to go instead.
    pub back: String,
    /// What was wrong.
    pub mistakes: Mistakes,
}
