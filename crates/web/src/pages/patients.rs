//! Patients: registering one, what is known of one, and correcting that.

use askama::Template;

use super::find::Hit;
use super::orders::Match;
use super::results::ResultLine;
use super::{Choice, Mistakes, Page, PatientBanner, Priority, Seen, Status, Tube};
use titer_shell::when::When;

/// The form for somebody who is not yet known here.
#[derive(Template)]
#[template(path = "patient_new.html")]
pub struct NewPatient {
    /// The frame.
    pub page: Page,
    /// Who it is, as typed.
    pub who: Who,
    /// Identifier as typed.
    pub identifier: String,
    /// Whether the name is marked as not known.
    pub no_name: bool,
    /// Whether the identifier is marked as not known.
    pub no_identifier: bool,
    /// What is asked before somebody is registered so.
    pub doubts: Doubts,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// What a person looks at before somebody is registered or corrected: the form then carries what it showed.
#[derive(Default)]
pub struct Doubts {
    /// Patients who could be the same.
    pub similar: Vec<Match>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// What the form carries of all of them.
    pub different: String,
    /// Characters of the name that the printer does not have: said before labels and reports need them.
    pub unprintable: String,
    /// Tubes that were collected before the date of birth, in words.
    pub early: Vec<String>,
    /// What the form carries of them.
    pub tubes: String,
    /// Tubes and orders of others that have the identifier for their number.
    pub numbered: Vec<Hit>,
    /// What the form carries of them.
    pub numbers: String,
    /// The patient whom a refusal means, to be opened.
    pub known: Option<Match>,
}

/// Who somebody is, as a form has it.
pub struct Who {
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Date of birth.
    pub born: String,
    /// Whether the date of birth is marked as not known.
    pub no_born: bool,
    /// Estimated ages.
    pub bands: Vec<Choice>,
    /// Administrative sex.
    pub sexes: Vec<Choice>,
}

/// What is known of one patient.
#[derive(Template)]
#[template(path = "patient.html")]
pub struct Patient {
    /// The frame.
    pub page: Page,
    /// Who.
    pub patient: PatientBanner,
    /// The id in addresses.
    pub id: String,
    /// Whether the reader may place an order.
    pub orderable: bool,
    /// Whether the reader may correct what is known.
    pub correctable: bool,
    /// Orders, the latest first.
    pub orders: Vec<OfPatient>,
    /// Results, the latest first.
    pub results: Vec<PatientResult>,
    /// Reports, the latest first.
    pub reports: Vec<PatientReport>,
    /// A name that the printer has no characters for; empty when it has.
    pub unprintable: String,
}

/// One order of a patient.
pub struct OfPatient {
    /// The order.
    pub order: Tube,
    /// How urgent.
    pub priority: Priority,
    /// Who asked.
    pub requester: String,
    /// When.
    pub placed: When,
}

/// One result of a patient.
pub struct PatientResult {
    /// The result.
    pub line: ResultLine,
    /// Its tube.
    pub tube: Tube,
    /// Whether it was verified as judged by a sex or a date of birth that was corrected since.
    pub old: bool,
}

/// One report of a patient.
pub struct PatientReport {
    /// The order, with the address of its report.
    pub order: Tube,
    /// Its version.
    pub version: String,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    pub composed: When,
    /// Whether it says what was corrected since.
    pub old: bool,
}

/// The form to correct what is known of a patient.
#[derive(Template)]
#[template(path = "patient_correct.html")]
pub struct CorrectPatient {
    /// The frame.
    pub page: Page,
    /// Who the patient is, as it stands.
    pub patient: PatientBanner,
    /// The id in addresses.
    pub id: String,
    /// Who the patient is, as typed.
    pub who: Who,
    /// Identifier as typed.
    pub identifier: String,
    /// Why, as typed.
    pub reason: String,
    /// What is asked before the patient is corrected so.
    pub doubts: Doubts,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}
