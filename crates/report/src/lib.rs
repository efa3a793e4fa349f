//! Report documents: data in, PDF and tube label out.
//!
//! A report's words are chosen by the caller ([`LaboratoryReport`]); its looks are a Typst template, which is data too.
//! The template reads the report as a file, `/report.json`, and nothing else: no other file, no network, no clock. So a
//! text can never become markup, and the same report and template give the same bytes, on a machine without fonts too.
//!
//! Absent on purpose: a database, a clock, and every other crate of the house but the one that draws charts.

mod check;
mod label;
mod labels;
mod report;
mod summary;
mod typeset;

#[cfg(test)]
mod summary_tests;
#[cfg(test)]
mod tests;

pub use check::{
    IDENTIFIERS_MAX, LINE_CHARS_MAX, LIST_MAX, NAME_CHARS_MAX, PROSE_CHARS_MAX, RESULTS_MAX, SECTIONS_MAX,
    SIGNATURES_MAX, SYSTEMS_MAX,
};
pub use label::{BARCODE_CHARS_MAX, TubeLabel};
pub use labels::{Labels, SummaryLabels};
pub use report::{
    Flag, Identifier, Laboratory, LaboratoryReport, Paper, Patient, PerformingLaboratory, PreviousResult,
    ReferenceInterval, ReportedResult, Requester, Section, Signature, Specimen, Standing, Status,
};
pub use summary::{ControlFailure, Exclusion, LevelSummary, MonthlySummary, SystemSummary};
pub use typeset::{PAGES_MAX, TEMPLATE_BYTES_MAX, add_fonts, unprintable};

/// The laboratory report's template as it comes with the program.
pub const LABORATORY_TEMPLATE: &str = include_str!("../templates/laboratory.typ");

const SUMMARY_TEMPLATE: &str = include_str!("../templates/summary.typ");

const LABEL_TEMPLATE: &str = include_str!("../templates/label.typ");

/// Typesets a report with the template that comes with the program: a tagged PDF (PDF/UA-1).
///
/// # Errors
/// The report lacks something it must say, or is larger than a named limit.
pub fn render(report: &LaboratoryReport) -> Result<Vec<u8>, RenderError> {
    render_with(LABORATORY_TEMPLATE, report)
}

/// Typesets a report with a laboratory's own template, which reads the data with `json("/report.json")`.
///
/// # Errors
/// As [`render`]; also when the template fails, with the line it failed on.
pub fn render_with(template: &str, report: &LaboratoryReport) -> Result<Vec<u8>, RenderError> {
    check::report(report)?;
    typeset::pdf(template, data(report)?)
}

/// Typesets the label of one tube, 50 × 25 mm, its number in Code 128 (ISO/IEC 15417) and in digits.
///
/// # Errors
/// The label lacks an identifier, or its number does not fit as a barcode that a scanner can read.
pub fn label(label: &TubeLabel) -> Result<Vec<u8>, RenderError> {
    check::label(label)?;
    let mut data = data(label)?;
    data["barcode"] = serde_json::to_value(label::barcode(&label.specimen_number)?)?;
    typeset::pdf(LABEL_TEMPLATE, data)
}

/// Typesets the summary of a month's controls, with the charts that pages show: a tagged PDF (PDF/UA-1).
///
/// # Errors
/// The summary lacks something it must say, a chart cannot be drawn, or something is larger than a named limit.
pub fn summary(summary: &MonthlySummary) -> Result<Vec<u8>, RenderError> {
    typeset::pdf(SUMMARY_TEMPLATE, summary_data(summary)?)
}

/// The summary as its template reads it, each chart as SVG beside what it is called for a screen reader.
fn summary_data(summary: &MonthlySummary) -> Result<serde_json::Value, RenderError> {
    check::summary(summary)?;
    let mut data = data(summary)?;
    for (i, system) in summary.systems.iter().enumerate() {
        let drawn = |chart: &titer_chart::LeveyJennings| {
            let alt = format!("{}. {}", chart.title, chart.description);
            Ok(serde_json::json!({ "svg": typeset::spelled_out(&chart.svg()?), "alt": alt }))
        };
        let charts: Result<Vec<_>, RenderError> = system.charts.iter().map(drawn).collect();
        data["systems"][i]["charts"] = charts?.into();
    }
    Ok(data)
}

/// Whether a label has room for a tube's number.
pub fn fits_label(specimen_number: &str) -> bool {
    label::barcode(specimen_number).is_ok()
}

/// What is printed, as the template will read it: within its limits, and every character printable.
fn data(of: &impl serde::Serialize) -> Result<serde_json::Value, RenderError> {
    let mut data = serde_json::to_value(of)?;
    check::lengths(&data, "")?;
    typeset::make_printable(&mut data);
    Ok(data)
}

/// Why a document could not be made, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A list is longer than its limit.
    #[error("too many {what}: {found}, and one report holds {max}; divide the report")]
    TooMany {
        /// What there is too much of.
        what: String,
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// A text is longer than its limit.
    #[error("{field} has {found} characters, and its place holds {max}; shorten it")]
    TooLong {
        /// Path of the text in the data.
        field: String,
        /// Its length in characters.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// Something that a report or label must say is missing.
    #[error("{field} is empty; a report or label cannot be issued without it")]
    Missing {
        /// Path of the empty field.
        field: String,
    },
    /// A result that is pending or cancelled carries a value.
    #[error("{field} holds a value, and the result is marked as pending or cancelled; remove one of the two")]
    Contradiction {
        /// Path of the value.
        field: String,
    },
    /// A specimen or laboratory is referred to that the report does not list.
    #[error("{field} names {value:?}, which the report does not list; add it or correct the name")]
    UnknownReference {
        /// Path of the reference.
        field: String,
        /// What it names.
        value: String,
    },
    /// The language is not a code that can be used.
    #[error("language {0:?} is not a code of two or three small letters (ISO 639), such as \"en\"")]
    Language(String),
    /// The specimen number cannot be read by a scanner from a label of this size.
    #[error(
        "specimen number {number:?} does not fit on a label as Code 128: use at most {max} plain \
         characters (13 letters or 26 digits fit)"
    )]
    Barcode {
        /// The number.
        number: String,
        /// The limit.
        max: usize,
    },
    /// A chart could not be drawn.
    #[error("a chart could not be drawn: {0}")]
    Chart(#[from] titer_chart::ChartError),
    /// The data could not be written as JSON.
    #[error("the report's data could not be written for the template: {0}")]
    Data(#[from] serde_json::Error),
    /// The template is larger than its limit.
    #[error("the template has {found} bytes, and the limit is {max}; shorten it")]
    TemplateTooLarge {
        /// Its size in bytes.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The template failed.
    #[error("the report template failed{}: {message}", line.map(|l| format!(" on line {l}")).unwrap_or_default())]
    Template {
        /// Line of the template, from 1.
        line: Option<usize>,
        /// What was wrong, and hints.
        message: String,
    },
    /// The document has more pages than its limit.
    #[error("the report has {found} pages, and the limit is {max}; divide it")]
    TooManyPages {
        /// How many it has.
        found: usize,
        /// The limit.
        max: usize,
    },
}
