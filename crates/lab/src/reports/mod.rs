//! Reports: what the laboratory tells the clinician. A report is a snapshot of the data when it was composed; its bytes are made
//! once and kept.

pub mod commands;
pub mod document;
mod events;
pub mod evidence;
pub(crate) mod face;
pub mod outcome;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

crate::ids! {
    /// One version of an order's report.
    ReportId,
}

crate::actions::actions! {
    /// See and print reports.
    SeeReports = "see-reports" for [Director, Supervisor, Technician, Clerk, Clinician];
    /// Compose an order's report, after somebody has signed.
    ComposeReports = "compose-reports" for [] and [Timer];
    /// Typeset and issue a composed report.
    IssueReports = "issue-reports" for [] and [Timer];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::REPORTS],
    events: &[
        EventType::of::<events::Composed>(),
        EventType::of::<events::Issued>(),
        EventType::of::<events::AskedAnew>(),
    ],
};

/// The kind of the job that composes the next version of an order's report.
pub const COMPOSE: &str = "reports.compose";
/// The kind of the job that typesets a composed report.
pub const RENDER: &str = "reports.render";
