//! What happens to reports.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Sha256, tables::DUE, values};

use super::{RENDER, tables::REPORTS};
use crate::stories;

/// A report was composed: all that it will say, as it stood then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Composed {
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
    /// `L`, `N`, `H`, or empty when it could not be judged.
    pub flag: String,
    /// `low`, `high`, or empty.
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
}

impl Event for Composed {
    const KIND: &'static str = "reports.composed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&REPORTS, &DUE, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let report = header.id(0);
        let row = values![self.order, self.version, self.complete, header.at, None::<i64>, ""];
        changes.put(&REPORTS, report, row);
        changes.put(&DUE, header.id(1), values![header.at, RENDER, report]);
        stories::tell(changes, header, &[self.order], &self.version.to_string());
    }
}

/// A report's bytes were made and kept; they are never made again.
#[derive(Serialize, Deserialize)]
pub struct Issued {
    /// The report.
    pub report: i64,
    /// Its order.
    pub order: i64,
    /// The name of the bytes.
    pub sha256: Sha256,
}

impl Event for Issued {
    const KIND: &'static str = "reports.issued";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&REPORTS, &DUE, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = vec![("issued_at", header.at.into()), ("sha256", self.sha256.to_string().into())];
        changes.patch(&REPORTS, self.report, set);
        // The job that fell due with the report stands at the next place of the same event.
        changes.drop(&DUE, self.report + 1);
        stories::tell(changes, header, &[self.order], "");
    }
}
