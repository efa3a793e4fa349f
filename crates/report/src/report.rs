//! What a laboratory report says: every word already chosen, localised and formatted by the caller.
//!
//! Contents follow ISO 15189:2022 §7.4.1.6–7.4.1.8 and 42 CFR §493.1291(c). Dates and times are text that reads
//! `22 Nov 2026 14:05`; this crate neither formats nor compares them.

use serde::{Deserialize, Serialize};

use crate::Labels;

/// One version of one laboratory report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaboratoryReport {
    /// Language of the text, two or three letters (ISO 639), for hyphenation and for screen readers.
    pub language: String,
    /// Sheet to print on.
    #[serde(default)]
    pub paper: Paper,
    /// The fixed words of the page.
    #[serde(default)]
    pub labels: Labels,
    /// A practice laboratory's report: marked on every page as no patient's.
    #[serde(default)]
    pub practice: bool,
    /// A demonstration's report: marked on every page.
    #[serde(default)]
    pub demo: bool,
    /// The laboratory that issues the report.
    pub laboratory: Laboratory,
    /// The report's number, the same in all its versions.
    pub number: String,
    /// 1 for the first issue; each correction or completion adds one.
    pub version: u32,
    /// Whether more or other results are to be expected.
    pub status: Status,
    /// When this version was issued.
    pub issued_at: String,
    /// Whose results these are.
    pub patient: Patient,
    /// Who asked for them.
    pub requester: Requester,
    /// Priority of the request, such as "Routine" or "Urgent"; empty prints nothing.
    #[serde(default)]
    pub priority: String,
    /// What was examined.
    pub specimens: Vec<Specimen>,
    /// The results, in the order in which they print.
    pub sections: Vec<Section>,
    /// Comments on the report as a whole.
    #[serde(default)]
    pub comments: Vec<String>,
    /// Laboratories that [`ReportedResult::performed_by`] refers to; empty when the issuing laboratory did all.
    #[serde(default)]
    pub performing_laboratories: Vec<PerformingLaboratory>,
    /// Who answers for the results.
    pub signatures: Vec<Signature>,
}

impl LaboratoryReport {
    /// An invented patient's report that uses every part of the page: for trying a template.
    #[must_use]
    pub fn sample() -> Self {
        serde_json::from_str(include_str!("../templates/sample.json"))
            // The file is part of the program, and a test reads it.
            .expect("the file is part of the program, and a test reads it")
    }
}

/// The sheet a report prints on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8½ × 11 in.
    UsLetter,
}

/// Whether the report is complete. Each looks different in print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Status {
    /// Results may change or are still to come.
    Preliminary,
    /// All results stand.
    Final,
    /// Takes the place of an earlier version.
    Corrected {
        /// Which version, issued when, what changed, why and by whom (ISO 15189:2022 §7.4.1.8).
        replaces: String,
    },
}

/// The issuing laboratory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laboratory {
    /// Full name.
    pub name: String,
    /// Address, telephone and the like, a line each.
    pub address: Vec<String>,
    /// Accreditation and licence numbers with their names, such as "CLIA 05D0000000".
    pub registrations: Vec<String>,
    /// Director, with title; empty prints nothing.
    pub director: String,
}

/// The patient, as the banner shows: FAMILY, Given (sex, date of birth, age), identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Family name, printed in capitals.
    pub family: String,
    /// Given names.
    #[serde(default)]
    pub given: String,
    /// Sex, in words; say so when it is not known.
    pub sex: String,
    /// Date of birth; say so when it is not known.
    pub born: String,
    /// Age with its unit, on the day of collection.
    pub age: String,
    /// Medical record number and the like; at least one (42 CFR §493.1291(c)(1)).
    pub identifiers: Vec<Identifier>,
}

/// A number that identifies a patient, and whose number it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// Kind of number, such as "MRN".
    pub label: String,
    /// The number.
    pub value: String,
}

/// Who asked for the examinations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// Name with title.
    pub name: String,
    /// Practice, ward, address, a line each.
    #[serde(default)]
    pub address: Vec<String>,
    /// Where the patient was; empty prints nothing.
    #[serde(default)]
    pub location: String,
}

/// One specimen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specimen {
    /// Number on the tube's barcode.
    pub number: String,
    /// Type, such as "Serum".
    pub kind: String,
    /// When it was collected; say so when it is not known.
    pub collected_at: String,
    /// When the laboratory received it.
    pub received_at: String,
    /// Anything wrong with it that bears on the results (42 CFR §493.1291(c)(7)); empty prints nothing.
    #[serde(default)]
    pub condition: String,
}

/// Results that belong together, under a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Heading, such as "Clinical chemistry".
    pub title: String,
    /// Number of the specimen examined, one of [`LaboratoryReport::specimens`].
    #[serde(default)]
    pub specimen: Option<String>,
    /// The results.
    pub results: Vec<ReportedResult>,
}

/// One result line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedResult {
    /// Name of the examination.
    pub name: String,
    /// The value exactly as reported, such as `4.2`, `<0.5` or `Not detected`.
    #[serde(default)]
    pub value: String,
    /// Unit; empty when there is none.
    #[serde(default)]
    pub unit: String,
    /// How the value stands to its interval or limit.
    #[serde(default)]
    pub flag: Option<Flag>,
    /// What the value is to be compared with.
    pub interval: ReferenceInterval,
    /// The patient's result before this one.
    #[serde(default)]
    pub previous: Option<PreviousResult>,
    /// Whether the value stands.
    #[serde(default)]
    pub standing: Standing,
    /// Comments on this result.
    #[serde(default)]
    pub comments: Vec<String>,
    /// Mark of the laboratory that did it, one of [`LaboratoryReport::performing_laboratories`]; none: the issuing one.
    #[serde(default)]
    pub performed_by: Option<String>,
}

/// A flag: letters (HL7 table 0078) that print with a shape, never with colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flag {
    /// Below the lower critical limit.
    #[serde(rename = "LL")]
    CriticalLow,
    /// Below the reference interval.
    #[serde(rename = "L")]
    Low,
    /// Above the reference interval.
    #[serde(rename = "H")]
    High,
    /// Above the upper critical limit.
    #[serde(rename = "HH")]
    CriticalHigh,
    /// Abnormal, for values without an order.
    #[serde(rename = "A")]
    Abnormal,
    /// Critical, for values without an order.
    #[serde(rename = "AA")]
    CriticalAbnormal,
}

/// The reference interval beside a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReferenceInterval {
    /// The interval approved for this patient and method.
    Approved {
        /// The interval, such as `3.5–5.1`.
        text: String,
        /// Where it comes from and for whom it holds; empty prints nothing.
        source: String,
    },
    /// One is expected, and none has been approved: the report says so.
    NotApproved,
    /// The examination has none, such as a culture.
    NotApplicable,
}

/// The patient's last comparable result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousResult {
    /// Value as reported, with its unit where that differs.
    pub value: String,
    /// When its specimen was collected.
    pub at: String,
}

/// Whether one result stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Standing {
    /// It stands.
    #[default]
    Final,
    /// It may change.
    Preliminary,
    /// It replaces a value reported earlier.
    Corrected {
        /// The earlier value, with flag and unit.
        was: String,
        /// When the earlier value was reported.
        reported_at: String,
    },
    /// Requested, and not yet there.
    Pending,
    /// Requested, and not done.
    Cancelled {
        /// Why not.
        reason: String,
    },
}

/// A laboratory that did some of the examinations (42 CFR §493.1291(c)(2), (i)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformingLaboratory {
    /// Short mark printed beside its results, such as "B".
    pub mark: String,
    /// Full name.
    pub name: String,
    /// Address, a line each.
    #[serde(default)]
    pub address: Vec<String>,
    /// Accreditation and licence numbers.
    #[serde(default)]
    pub registrations: Vec<String>,
    /// Director, with title.
    #[serde(default)]
    pub director: String,
}

/// An electronic signature as it must show in print: who, when and what it means (21 CFR §11.50).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Printed name with title.
    pub name: String,
    /// When it was given.
    pub at: String,
    /// What it means, such as "Verified and released".
    pub meaning: String,
    /// Which results it covers, by name; empty: all of them.
    #[serde(default)]
    pub covers: Vec<String>,
}
