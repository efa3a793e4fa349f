//! What a search or a scan found.

use askama::Template;

use super::orders::Match;
use super::{Page, PatientName, Status};

/// The answer to a search that did not lead to one thing.
#[derive(Template)]
#[template(path = "find.html")]
pub struct Find {
    /// The frame.
    pub page: Page,
    /// What was asked for.
    pub asked: String,
    /// Whether a tube or an order has this number, and something else is listed too.
    pub several: bool,
    /// Patients who were found.
    pub patients: Vec<Match>,
    /// What was found.
    pub hits: Vec<Hit>,
    /// Whether there is more than is shown.
    pub more: bool,
}

/// One thing that was found.
pub struct Hit {
    /// Where it is.
    pub href: String,
    /// The key of what it is.
    pub kind: HitKind,
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub patient: PatientName,
    /// Where it stands.
    pub status: Status,
}

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    /// A tube.
    Specimen,
    /// A request.
    Order,
}

impl HitKind {
    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self {
            HitKind::Specimen => "find-specimen",
            HitKind::Order => "find-order",
        }
    }
}
