//! What went out, and what is about to.

use askama::Template;

use super::results::ResultLine;
use super::{Page, PatientBanner, PatientName, Status, Tube};
use titer_shell::when::When;
use titer_shell::words::Amount;

/// The list of reports, newest first.
#[derive(Template)]
#[template(path = "reports.html")]
pub struct Reports {
    /// The frame.
    pub page: Page,
    /// Reports that could not be made.
    pub failed: Vec<FailedReport>,
    /// How many they are.
    pub failed_count: Amount,
    /// The reports of this page.
    pub lines: Vec<ReportLine>,
    /// Where the next older ones are; empty at the end.
    pub older: String,
}

/// A report that could not be made.
pub struct FailedReport {
    /// Where something can be done about it.
    pub href: String,
    /// What was to be done: the order that the report answers.
    pub what: String,
    /// Why.
    pub why: String,
}

/// One report in the list.
pub struct ReportLine {
    /// Where it is.
    pub href: String,
    /// The order it answers.
    pub order: String,
    /// Whose it is.
    pub patient: PatientName,
    /// Its latest version.
    pub version: usize,
    /// Where that stands.
    pub status: Status,
    /// When it was issued; empty words when it was not yet.
    pub issued: When,
    /// Where the PDF is; empty when there is none.
    pub pdf: String,
}

/// One report with all its versions.
#[derive(Template)]
#[template(path = "report.html")]
pub struct Report {
    /// The frame.
    pub page: Page,
    /// Whose it is.
    pub patient: PatientBanner,
    /// The order it answers.
    pub order: Tube,
    /// Where its latest version stands.
    pub status: Status,
    /// Newest first.
    pub versions: Vec<Version>,
    /// The results of the latest version.
    pub lines: Vec<ResultLine>,
    /// What the latest version says cannot be measured any more, in words.
    pub not_measured: Vec<String>,
    /// Names of what it says is still to follow.
    pub outstanding: Vec<String>,
    /// Corrections of its results that are to be decided.
    pub corrections: Vec<OpenCorrection>,
    /// Whether more follows although it says that it is final: tests were asked for since.
    pub follows: bool,
    /// Whom it names, if the patient was corrected since; else empty.
    pub named: String,
    /// Who signed them.
    pub signatures: Vec<Signature>,
}

/// A verified result that a value contradicts, undecided.
pub struct OpenCorrection {
    /// The test.
    pub test: String,
    /// Where it is decided; empty if the reader may not.
    pub href: String,
}

/// One version of a report.
pub struct Version {
    /// 1 for the first.
    pub number: usize,
    /// Preliminary, final, corrected, working, failed.
    pub status: Status,
    /// When its content was fixed.
    pub composed: When,
    /// When the document was issued; empty words when it was not yet.
    pub issued: When,
    /// Where the PDF is; empty when there is none.
    pub pdf: String,
    /// The first digits of the document's SHA-256; empty when there is none.
    pub digest: String,
    /// Why the document could not be made, and what to do; empty when it was.
    pub failure: String,
    /// Where to ask for another try; empty when there is nothing to ask.
    pub retry: String,
    /// Where to ask for a new version in its place; empty when there is nothing to ask.
    pub anew: String,
}

/// A signature, with its meaning (21 CFR 11.50).
pub struct Signature {
    /// The printed name.
    pub name: String,
    /// When.
    pub at: When,
    /// What it means.
    pub meaning: String,
    /// The tests that it covers.
    pub covers: String,
}
