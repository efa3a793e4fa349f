//! What a report says. The event that composes a report keeps this as its body: a changed field needs a new version of the event.

use serde::{Deserialize, Serialize};

/// All that one version of a report says, as it stood when it was composed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// The order.
    pub order: i64,
    /// The version, from 1.
    pub version: i64,
    /// Whether everything that was ordered is in it.
    pub complete: bool,
    /// The laboratory.
    pub laboratory: Laboratory,
    /// The patient.
    pub patient: Patient,
    /// Who asked, and where the report goes.
    pub requester: String,
    /// `stat`, `urgent` or `routine`.
    pub priority: String,
    /// The specimens.
    pub specimens: Vec<Specimen>,
    /// The results, verified ones only, in the order of the report.
    pub results: Vec<Line>,
    /// Names of what was ordered and is not in it yet.
    pub outstanding: Vec<String>,
    /// What was ordered and cannot be measured any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_measured: Vec<NotMeasured>,
}

/// A test that cannot be measured any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NotMeasured {
    /// The analyte's name.
    pub name: String,
    /// The code of the reason, as [`crate::reports::outcome::Outcome`] has it.
    pub reason: String,
    /// The barcode of the tube.
    pub barcode: String,
}

/// The laboratory as the report prints it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Laboratory {
    /// Its name.
    pub name: String,
    /// Address lines.
    pub address: Vec<String>,
    /// CLIA or accreditation number.
    pub accreditation: String,
    /// The director.
    pub director: String,
    /// IANA time zone of all times on the report.
    pub zone: String,
    /// Whether it is a demonstration.
    pub demonstration: bool,
}

/// The patient as the report prints it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Patient {
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// `female`, `male`, `other` or `unknown`.
    pub sex: String,
    /// ISO 8601, empty when unknown.
    pub birth_date: String,
    /// The identifier.
    pub identifier: String,
}

/// A specimen as the report prints it. Times are microseconds UTC.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Specimen {
    /// The barcode.
    pub barcode: String,
    /// The specimen type.
    pub name: String,
    /// When it was collected.
    pub collected_at: Option<i64>,
    /// When it was received.
    pub received_at: Option<i64>,
    /// Why it was rejected; empty otherwise.
    pub rejected: String,
}

/// A result as the report prints it. Times are microseconds UTC.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The bench.
    pub discipline: String,
    /// The analyte's name.
    pub name: String,
    /// Its LOINC code.
    pub loinc: String,
    /// The value, exactly as sent.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    pub critical: String,
    /// Lower reference limit.
    pub low: String,
    /// Upper reference limit.
    pub high: String,
    /// Whether an approved reference interval judged it.
    pub has_interval: bool,
    /// The verified value before it, with its unit.
    pub previous: Option<(String, i64)>,
    /// Who verified it.
    pub verified_by: String,
    /// When.
    pub verified_at: i64,
    /// What is printed in place of the value: the words of the answer that it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// The answers that are expected, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// The name of the instrument that measured it, if that is known. It is kept as evidence, and shown on the page of the report.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instrument: String,
    /// What the laboratory says beside it, in order, in the words of then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
}

/// A comment as the report prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its code in the library.
    pub code: String,
    /// Its version.
    pub version: i64,
    /// Its words.
    pub words: String,
}

impl Line {
    /// The value as it is printed.
    pub fn printed(&self) -> &str {
        if self.words.is_empty() { &self.value } else { &self.words }
    }
}
