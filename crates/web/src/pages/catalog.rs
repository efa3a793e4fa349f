//! The catalogue: intervals, limits and answers, proposed and in force, and what is signed.

use askama::Template;

use super::admin::Tab;
use super::{Choice, Mistakes, Page, Seen};
use titer_shell::when::When;

/// Intervals, limits and answers: those that wait for the director's signature, or those in force; or tests that lack something.
#[derive(Template)]
#[template(path = "catalog.html")]
pub struct Catalog {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Whether those in force are listed.
    pub in_force: bool,
    /// How many stand on earlier pages.
    pub from: usize,
    /// How many were found.
    pub count: usize,
    /// The intervals, limits and answers of this page.
    pub lines: Vec<LimitLine>,
    /// Tests that cannot be ordered yet.
    pub incomplete: Vec<Incomplete>,
    /// What is shown: proposals, those in force, or incomplete tests.
    pub show: String,
    /// What narrows the list.
    pub narrowed: Narrowed,
    /// In which units the catalogue is, in a sentence.
    pub units: String,
    /// Whether the reader may make analytes and tests.
    pub makes: bool,
    /// Whether the reader may sign.
    pub signable: bool,
    /// Where the next ones are; empty at the end.
    pub next: String,
    /// What was wrong with what was marked.
    pub mistakes: Mistakes,
}

/// What narrows the list, as it was asked for.
pub struct Narrowed {
    /// A part of a name or code.
    pub text: String,
    /// Proposals, those in force, incomplete tests.
    pub shown: Vec<Choice>,
    /// Disciplines.
    pub disciplines: Vec<Choice>,
    /// Sources.
    pub sources: Vec<Choice>,
    /// The chosen discipline; may be empty.
    pub discipline: String,
    /// The chosen source; may be empty.
    pub source: String,
}

/// A test that cannot be ordered yet.
pub struct Incomplete {
    /// Its name.
    pub test: String,
    /// What of it is out of use: the test itself or an analyte; may be empty.
    pub retired: String,
    /// Its coded analytes that have no answers, each with where they are added.
    pub lacks: Vec<(String, String)>,
}

/// What is about to be signed, and what it changes.
#[derive(Template)]
#[template(path = "catalog_sign.html")]
pub struct CatalogSigning {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// What is signed.
    pub lines: Vec<LimitLine>,
    /// How many entries were chosen.
    pub count: usize,
    /// How many can be signed together: if there are more, none is listed.
    pub limit: usize,
    /// How many of them were converted from other units.
    pub converted: usize,
    /// Analytes of which something is left out, by reason.
    pub left_out: Vec<LeftOutLine>,
    /// Who is covered afterwards.
    pub covered: Vec<Covered>,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// The version of the catalogue that the page shows.
    pub seen: Seen,
    /// Where the list is.
    pub back: String,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// Why something is left out.
pub struct LeftOutLine {
    /// The reason, in words.
    pub why: String,
    /// The analytes, in the order of their names.
    pub analytes: Vec<String>,
}

/// Who is covered by the intervals, or the limits, of an analyte.
pub struct Covered {
    /// The analyte.
    pub analyte: String,
    /// Intervals or limits.
    pub kind: String,
    /// The groups of people.
    pub people: Vec<String>,
    /// Whether there is a gap in age, or the sexes differ.
    pub gaps: bool,
    /// The instrument whose results alone they judge; empty: those of all.
    pub instrument: String,
    /// That they leave out people whom those for all instruments cover, in a sentence; empty if they do not.
    pub less: String,
}

/// One interval or limit.
#[derive(Clone)]
pub struct LimitLine {
    /// The proposal.
    pub id: String,
    /// The analyte.
    pub analyte: String,
    /// The instrument whose results alone it judges; empty: those of all.
    pub instrument: String,
    /// Where it is corrected; empty for whoever may not.
    pub href: String,
    /// The kind of limit.
    pub kind: LimitKind,
    /// For whom: sex and ages, in words.
    pub population: String,
    /// The limits, as they would be printed.
    pub limits: String,
    /// Their unit.
    pub unit: String,
    /// Where the figure is from.
    pub source: String,
    /// How far the figure can be trusted: A, B or C.
    pub confidence: String,
    /// The figures as the source prints them, with their unit, if they were converted.
    pub converted: Option<String>,
    /// What the director should know; may be empty.
    pub note: String,
    /// Whether it is marked.
    pub marked: bool,
    /// When it was signed into force; empty words while it is a proposal.
    pub approved: When,
    /// Who signed.
    pub by: String,
    /// What goes when it is signed, in words.
    pub changes: Vec<String>,
}

/// What a limit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// What is found in the healthy.
    Reference,
    /// A threshold that treatment is decided by.
    Decision,
    /// The concentration of a drug that treatment aims at.
    Therapeutic,
    /// What has to be told at once.
    Critical,
    /// What an answer means.
    Answer,
}

impl LimitKind {
    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self {
            LimitKind::Reference => "catalog-reference",
            LimitKind::Decision => "catalog-decision",
            LimitKind::Therapeutic => "catalog-therapeutic",
            LimitKind::Critical => "catalog-critical",
            LimitKind::Answer => "catalog-answer",
        }
    }
}

/// The starter catalogue, and the system of units in which it is added.
#[derive(Template)]
#[template(path = "catalog_import.html")]
pub struct CatalogImport {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The systems that can be chosen.
    pub systems: Vec<Choice>,
    /// In which units the catalogue is, in a sentence.
    pub own: String,
    /// The code of the system that the page asks about; empty if it asks about none.
    pub confirmed: String,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A new analyte, with its answers.
#[derive(Template)]
#[template(path = "catalog_analyte.html")]
pub struct AnalyteForm {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Its name, as typed.
    pub name: String,
    /// Its short name, as typed.
    pub short: String,
    /// Its key, as typed.
    pub key: String,
    /// Its LOINC code, as typed; may be empty.
    pub loinc: String,
    /// Its unit, as typed.
    pub unit: String,
    /// Decimals on reports.
    pub decimals: Vec<Choice>,
    /// Disciplines.
    pub disciplines: Vec<Choice>,
    /// Kinds of result.
    pub kinds: Vec<Choice>,
    /// Specimen types.
    pub specimens: Vec<Choice>,
    /// Its answers, as typed.
    pub rows: Vec<AnswerRow>,
    /// Whether a test of it alone is made.
    pub alone: bool,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// One answer, as typed.
pub struct AnswerRow {
    /// Its place on the page, from 1.
    pub number: usize,
    /// Its code.
    pub code: String,
    /// Its words.
    pub words: String,
    /// What it may mean.
    pub meanings: Vec<Choice>,
}

/// The answers of an analyte.
#[derive(Template)]
#[template(path = "catalog_answers.html")]
pub struct AnswersForm {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The analyte, in addresses.
    pub id: String,
    /// The analyte.
    pub name: String,
    /// Its answers, as typed.
    pub rows: Vec<AnswerRow>,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A new test or panel.
#[derive(Template)]
#[template(path = "catalog_test.html")]
pub struct TestForm {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Its name, as typed.
    pub name: String,
    /// Its key, as typed.
    pub key: String,
    /// Its analytes, one a line, as typed.
    pub members: String,
    /// Specimen types.
    pub specimens: Vec<Choice>,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}
