//! What one code of a sender means here, with what speaks for it.

use askama::Template;

use super::admin::MappingLine;
use super::{Fact, Mistakes, Page, Status};

/// One mapping: the example, the results that it filed, and what may be done next.
#[derive(Template)]
#[template(path = "mapping.html")]
pub struct Mapping {
    /// The frame.
    pub page: Page,
    /// Its id in addresses.
    pub id: String,
    /// The link that it is of, in addresses.
    pub link: String,
    /// The mapping itself, in one row.
    pub line: MappingLine,
    /// Link, code, unit, kind of specimen, meaning, who did what.
    pub facts: Vec<Fact>,
    /// What speaks for it.
    pub evidence: Evidence,
    /// Results that were filed under it and verified before it was withdrawn: each is to be corrected.
    pub verified: Vec<FiledResult>,
    /// Whether there are more results than are listed.
    pub more: bool,
    /// Whether the reader may withdraw it now.
    pub withdrawable: bool,
    /// Whether withdrawing it is signed for.
    pub signs: bool,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// Why it should be withdrawn, as typed.
    pub reason: String,
    /// What was wrong with what was entered.
    pub mistakes: Mistakes,
}

impl Mapping {
    /// Whether it was withdrawn.
    pub fn withdrawn(&self) -> bool {
        self.line.status == Status::Withdrawn
    }

    /// Whether there is something to compare with the printout, if that is what is next.
    pub fn comparable(&self) -> bool {
        self.line.status != Status::Approved || !self.evidence.results.is_empty() || !self.verified.is_empty()
    }

    /// Its own address.
    pub fn href(&self) -> String {
        self.page.to(crate::paths::MAPPING.of(&self.id))
    }
}

/// What speaks for a mapping: a message that brings the code, and the first results that were filed under it.
#[derive(Default)]
pub struct Evidence {
    /// The message's records as they came, with what is in question marked.
    pub example: Vec<Vec<Pointed>>,
    /// Where that message is; empty when there is none.
    pub message: String,
    /// The first results that wait under it, to be compared with the printout.
    pub results: Vec<FiledResult>,
}

/// A run of a record's text.
pub struct Pointed {
    /// As sent.
    pub text: String,
    /// Whether it is what is in question.
    pub marked: bool,
}

/// A result as it was sent and filed.
pub struct FiledResult {
    /// The tube.
    pub tube: String,
    /// Where the tube's page is; empty when the reader may not see it.
    pub href: String,
    /// The value as sent.
    pub value: String,
    /// The unit as sent.
    pub unit: String,
    /// The value as it was filed, with its unit, if that is another.
    pub filed: String,
    /// When it was measured; empty when that was not said.
    pub measured: String,
    /// The analyte that it was filed as.
    pub test: String,
    /// Where it stands.
    pub status: Status,
}
