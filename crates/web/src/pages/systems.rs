//! Test systems: the list, one of them with its history, the forms that describe and verify, and a verification record.

use askama::Template;

use super::{Choice, Fact, Mistakes, Page, Seen};
use titer_shell::when::When;

/// Test systems.
#[derive(Template)]
#[template(path = "systems.html")]
pub struct Systems {
    /// The frame.
    pub page: Page,
    /// The test systems of this page, by analyte.
    pub lines: Vec<SystemLine>,
    /// How many the filter finds.
    pub count: usize,
    /// Instruments to choose from.
    pub instruments: Vec<Choice>,
    /// Disciplines to choose from.
    pub disciplines: Vec<Choice>,
    /// States to choose from.
    pub states: Vec<Choice>,
    /// Whether the reader may describe one.
    pub describable: bool,
    /// Where the next page is; empty at the end.
    pub next: String,
}

/// One test system of the list.
pub struct SystemLine {
    /// Where its page is.
    pub href: String,
    /// The analyte.
    pub analyte: String,
    /// In what it is measured.
    pub specimen: String,
    /// On what.
    pub instrument: String,
    /// By which method.
    pub method: String,
    /// The measuring range with its unit; may be empty.
    pub range: String,
    /// Whether it is in use, in words.
    pub state: String,
    /// Whether its results are held.
    pub holds: bool,
}

/// One test system.
#[derive(Template)]
#[template(path = "system.html")]
pub struct System {
    /// The frame.
    pub page: Page,
    /// Its id in addresses.
    pub id: String,
    /// Analyte and instrument.
    pub name: String,
    /// What it is.
    pub facts: Vec<Fact>,
    /// Why its results are held; empty while it is in use.
    pub held: String,
    /// Its verification record; none if what is described was not verified.
    pub record: Option<RecordFacts>,
    /// What happened to it, the newest first.
    pub history: Vec<HistoryLine>,
    /// Where it may be changed; empty if the reader may not, or it was replaced.
    pub change: String,
    /// Where it may be verified; empty likewise.
    pub verify: String,
    /// Where its instrument is.
    pub instrument: String,
    /// Whether it may be taken out of use.
    pub retirable: bool,
    /// Whether the director may sign that its record still holds.
    pub returnable: bool,
    /// Whether the signature needs the password.
    pub password: bool,
    /// The reason, as typed.
    pub reason: String,
    /// The version that the forms show.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A verification record, in short.
pub struct RecordFacts {
    /// Where the whole of it is.
    pub href: String,
    /// Who signed it.
    pub by: String,
    /// When.
    pub at: When,
}

/// Something that happened to a test system.
pub struct HistoryLine {
    /// When.
    pub at: When,
    /// What.
    pub what: String,
    /// Who did it.
    pub by: String,
    /// Where its record is, if it was verified then; else empty.
    pub record: String,
}

/// What is typed of a test system.
pub struct Described {
    /// The method.
    pub method: String,
    /// The lowest number that is measured.
    pub low: String,
    /// The highest.
    pub high: String,
    /// The largest factor of dilution.
    pub dilution: String,
    /// Decimals.
    pub decimals: String,
    /// What it needs to know.
    pub inputs: Vec<Choice>,
}

/// A new test system, or another description of one.
#[derive(Template)]
#[template(path = "system_form.html")]
pub struct SystemForm {
    /// The frame.
    pub page: Page,
    /// Its id in addresses; empty if it is new.
    pub id: String,
    /// What it is, if that cannot change any more.
    pub facts: Vec<Fact>,
    /// Analytes to choose from.
    pub analytes: Vec<Choice>,
    /// Specimen types to choose from.
    pub specimens: Vec<Choice>,
    /// Instruments to choose from.
    pub instruments: Vec<Choice>,
    /// What is typed.
    pub typed: Described,
    /// Whether it is in use, so that a change ends its verification.
    pub verified: bool,
    /// The version or mark that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

impl SystemForm {
    /// The key of what the form does.
    pub fn title(&self) -> &'static str {
        if self.id.is_empty() { "systems-describe" } else { "systems-change" }
    }

    /// Where the form goes.
    pub fn action(&self) -> String {
        match self.id.as_str() {
            "" => self.page.to(crate::paths::SYSTEM_NEW),
            id => self.page.to(crate::paths::SYSTEM_CHANGE.of(id)),
        }
    }
}

/// Test systems of all analytes that the link of an instrument brings.
#[derive(Template)]
#[template(path = "systems_describe.html")]
pub struct DescribeMany {
    /// The frame.
    pub page: Page,
    /// The instrument, in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Analytes that the instrument has no test system of.
    pub rows: Vec<ManyRow>,
    /// What is typed for all.
    pub typed: Described,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// An analyte of the form.
pub struct ManyRow {
    /// The analyte, as the form names it.
    pub id: String,
    /// Its name.
    pub analyte: String,
    /// In what it is measured.
    pub specimen: String,
    /// The unit, as it is printed.
    pub unit: String,
    /// Whether its results are numbers.
    pub ranged: bool,
    /// The lowest number that is measured, as typed.
    pub low: String,
    /// The highest.
    pub high: String,
    /// Whether it is marked.
    pub marked: bool,
}

/// A verification record that is to be signed for test systems of an instrument.
#[derive(Template)]
#[template(path = "systems_verify.html")]
pub struct Verify {
    /// The frame.
    pub page: Page,
    /// The instrument, in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its test systems.
    pub rows: Vec<VerifyRow>,
    /// What the record answers, as typed.
    pub aspects: Vec<AspectField>,
    /// The day on which the work was finished, as typed.
    pub performed_on: String,
    /// Who did it, as typed.
    pub performed_by: String,
    /// Whether the signature needs the password.
    pub password: bool,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// A test system that may be signed for.
pub struct VerifyRow {
    /// The test system with its version, as the form names it.
    pub value: String,
    /// The test system.
    pub line: SystemLine,
    /// Whether it is marked.
    pub marked: bool,
}

/// One aspect of a record, as typed.
pub struct AspectField {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: String,
    /// What was done and found, or why it does not apply.
    pub text: String,
    /// It does not apply.
    pub not_applicable: bool,
}

/// A verification record that was signed.
#[derive(Template)]
#[template(path = "system_record.html")]
pub struct Record {
    /// The frame.
    pub page: Page,
    /// The instrument.
    pub instrument: String,
    /// Where the instrument is.
    pub instrument_href: String,
    /// What it says.
    pub facts: Vec<Fact>,
    /// Where its PDF is; empty if it has none.
    pub file: String,
    /// The name of the PDF, with its digest.
    pub file_name: String,
    /// The test systems that it was signed for and that still have it.
    pub lines: Vec<SystemLine>,
    /// How many it was signed for.
    pub signed_for: usize,
}
