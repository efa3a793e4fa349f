//! Analytes and tests of the catalogue: all of them, and one of them to be corrected or taken out of use.

use askama::Template;

use super::admin::Tab;
use super::catalog::{Covered, LimitLine};
use super::{Choice, Mistakes, Page, Seen};

/// Analytes and tests.
#[derive(Template)]
#[template(path = "catalog_entries.html")]
pub struct Entries {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// A part of a name or code, as asked for.
    pub text: String,
    /// The entries of this page.
    pub lines: Vec<EntryLine>,
    /// Where the next ones are; empty at the end.
    pub next: String,
}

/// An analyte or a test.
pub struct EntryLine {
    /// Where it is corrected; empty for whoever may not.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whether it is an analyte or a test, in words.
    pub what: String,
    /// Its key.
    pub key: String,
    /// Of an analyte, its unit; of a test, its analytes by their short names.
    pub measured: String,
    /// Its specimen type.
    pub specimen: String,
    /// Why it is out of use; empty if it is in use.
    pub out_of_use: String,
}

/// One analyte or test.
#[derive(Template)]
#[template(path = "catalog_entry.html")]
pub struct Entry {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Where it is corrected.
    pub href: String,
    /// Where it is taken out of use, and put into use.
    pub use_href: String,
    /// Its name, as it is.
    pub title: String,
    /// Its key.
    pub key: String,
    /// Its name, as typed.
    pub name: String,
    /// The rest of an analyte; none of a test.
    pub analyte: Option<Measured>,
    /// By what results of an analyte are judged; none of a test, and of an analyte that no interval can judge.
    pub judged: Option<Judged>,
    /// Why it is out of use; empty if it is in use.
    pub out_of_use: String,
    /// Why it is taken out of use, or put into use, as typed.
    pub reason: String,
    /// The version of the catalogue that the form for a correction shows.
    pub seen: Seen,
    /// The same, of the form for its use.
    pub use_seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// What an analyte has beside its name, as typed.
pub struct Measured {
    /// Its short name.
    pub short: String,
    /// Its LOINC code; may be empty.
    pub loinc: String,
    /// Decimals on reports.
    pub decimals: Vec<Choice>,
    /// Its unit.
    pub unit: String,
    /// Kinds of result.
    pub kinds: Vec<Choice>,
    /// Specimen types.
    pub specimens: Vec<Choice>,
}

/// By what the results of an analyte are judged.
pub struct Judged {
    /// Where an interval is proposed.
    pub interval_href: String,
    /// Where a critical limit is proposed.
    pub limit_href: String,
    /// What is missing, in sentences.
    pub lacks: Vec<String>,
    /// Intervals and limits in force.
    pub in_force: Vec<LimitLine>,
    /// Those that are proposed, each with what it changes.
    pub proposed: Vec<LimitLine>,
    /// Who is covered now.
    pub covered: Vec<Covered>,
    /// Who is covered if all proposals are approved; empty if there are none.
    pub covered_after: Vec<Covered>,
}
