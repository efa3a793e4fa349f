//! What happens to the catalog.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, values};

use super::tables::{ANALYTES, HEAD, INTERVALS, LIMITS, SPECIMEN_TYPES, TESTS};
use crate::accounts::sessions::Signature;

/// The id of the one row of the head.
pub(super) const ONLY: i64 = 1;

/// Entries were imported. An entry with a known key replaces it; intervals and limits are added as proposals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Imported {
    /// Specimen types.
    pub specimen_types: Vec<SpecimenType>,
    /// Analytes.
    pub analytes: Vec<Analyte>,
    /// Orderable tests.
    pub tests: Vec<Test>,
    /// Reference intervals.
    pub intervals: Vec<Interval>,
    /// Critical limits.
    pub limits: Vec<Limit>,
}

/// A specimen type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpecimenType {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is drawn into.
    pub container: String,
    /// The colour of the cap, a hint for the eye.
    pub cap: String,
}

/// An analyte.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Analyte {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short: String,
    /// Its bench.
    pub discipline: String,
    /// LOINC code.
    pub loinc: String,
    /// UCUM unit.
    pub unit: String,
    /// Decimals that reports show.
    pub decimals: i64,
    /// What it is measured in.
    pub specimen_type: i64,
    /// Where the facts come from.
    pub sources: String,
    /// A, B or C.
    pub confidence: String,
}

/// An orderable test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Test {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Keys of its analytes, in the order of the report.
    pub analytes: Vec<String>,
    /// What it needs.
    pub specimen_type: i64,
}

/// A reference interval; numbers as their source prints them, empty where it gives none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// Its id.
    pub id: i64,
    /// Of which analyte.
    pub analyte: i64,
    /// `female`, `male` or `any`.
    pub sex: String,
    /// From this age (UCUM), included.
    pub age_low: String,
    /// To this age (UCUM), excluded.
    pub age_high: String,
    /// Lower limit.
    pub low: String,
    /// Upper limit.
    pub high: String,
    /// UCUM unit.
    pub unit: String,
    /// `reference` or `decision`.
    pub kind: String,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
}

/// A critical limit; numbers and operators as their source prints them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// Its id.
    pub id: i64,
    /// Of which analyte.
    pub analyte: i64,
    /// Of whom, in the source's words.
    pub population: String,
    /// From this age (UCUM), included.
    pub age_low: String,
    /// To this age (UCUM), excluded.
    pub age_high: String,
    /// `<` or `<=`.
    pub low_op: String,
    /// Lower limit.
    pub low: String,
    /// `>` or `>=`.
    pub high_op: String,
    /// Upper limit.
    pub high: String,
    /// UCUM unit.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
}

impl Event for Imported {
    const KIND: &'static str = "catalog.imported";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] =
        &[&HEAD, &SPECIMEN_TYPES, &ANALYTES, &TESTS, &INTERVALS, &LIMITS];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(&HEAD, ONLY, values![header.number]);
        for t in &self.specimen_types {
            changes.put(&SPECIMEN_TYPES, t.id, values![&t.key, &t.name, &t.container, &t.cap]);
        }
        for a in &self.analytes {
            let row = values![
                &a.key,
                &a.name,
                &a.short,
                &a.discipline,
                &a.loinc,
                &a.unit,
                a.decimals,
                a.specimen_type,
                &a.sources,
                &a.confidence
            ];
            changes.put(&ANALYTES, a.id, row);
        }
        for t in &self.tests {
            changes.put(&TESTS, t.id, values![&t.key, &t.name, t.analytes.join(" "), t.specimen_type]);
        }
        for i in &self.intervals {
            let row = values![
                i.analyte,
                &i.sex,
                &i.age_low,
                &i.age_high,
                &i.low,
                &i.high,
                &i.unit,
                &i.kind,
                &i.source,
                &i.confidence,
                &i.note,
                None::<i64>,
                None::<&str>
            ];
            changes.put(&INTERVALS, i.id, row);
        }
        for l in &self.limits {
            let row = values![
                l.analyte,
                &l.population,
                &l.age_low,
                &l.age_high,
                &l.low_op,
                &l.low,
                &l.high_op,
                &l.high,
                &l.unit,
                &l.source,
                &l.confidence,
                &l.note,
                None::<i64>,
                None::<&str>
            ];
            changes.put(&LIMITS, l.id, row);
        }
    }
}

/// The director signed intervals and limits into force.
#[derive(Serialize, Deserialize)]
pub struct Approved {
    /// Reference intervals.
    pub intervals: Vec<i64>,
    /// Critical limits.
    pub limits: Vec<i64>,
    /// The signature.
    pub signature: Signature,
}

impl Event for Approved {
    const KIND: &'static str = "catalog.approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&HEAD, &INTERVALS, &LIMITS];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(&HEAD, ONLY, values![header.number]);
        for (table, ids) in [(&INTERVALS, &self.intervals), (&LIMITS, &self.limits)] {
            for id in ids {
                let by = self.signature.name.as_str();
                changes.patch(table, *id, vec![("approved_at", header.at.into()), ("approved_by", by.into())]);
            }
        }
    }
}
