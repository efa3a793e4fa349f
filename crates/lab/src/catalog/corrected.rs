//! What happens to entries and proposals of the catalogue after they were made.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, set};

use super::{
    AnalyteId, IntervalId, LimitId, SpecimenTypeId, TestId,
    tables::{self, AnalyteRow, HEAD_ID, HeadRow, IntervalRow, LimitRow, OutOfUseRow, TestRow},
};

/// An analyte was corrected.
#[derive(Serialize, Deserialize)]
pub struct Corrected {
    /// Which.
    pub analyte: i64,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short: String,
    /// LOINC code; may be empty.
    pub loinc: String,
    /// Decimals that reports show.
    pub decimals: i64,
    /// UCUM unit.
    pub unit: String,
    /// What sort of result it has; empty if a number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What it is measured in.
    pub specimen_type: i64,
    /// Tests of this analyte alone that need the same specimen from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<i64>,
}

impl Event for Corrected {
    const KIND: &'static str = "catalog.analyte-corrected";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::ANALYTES, &tables::TESTS];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        let specimen_type = SpecimenTypeId(self.specimen_type);
        let set = set!(AnalyteRow {
            name: self.name.clone(),
            short: self.short.clone(),
            loinc: self.loinc.clone(),
            decimals: self.decimals,
            unit: self.unit.clone(),
            kind: (!self.kind.is_empty()).then(|| self.kind.clone()),
            specimen_type: specimen_type,
        });
        changes.patch(AnalyteId(self.analyte), set);
        for test in &self.tests {
            changes.patch(TestId(*test), set!(TestRow { specimen_type: specimen_type }));
        }
    }
}

/// A test got another name.
#[derive(Serialize, Deserialize)]
pub struct Renamed {
    /// Which.
    pub test: i64,
    /// Its name.
    pub name: String,
}

impl Event for Renamed {
    const KIND: &'static str = "catalog.test-renamed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::TESTS];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        changes.patch(TestId(self.test), set!(TestRow { name: self.name.clone() }));
    }
}

/// An analyte or a test was taken out of use.
#[derive(Serialize, Deserialize)]
pub struct Retired {
    /// Which: no two entries share an id.
    pub entry: i64,
    /// Why.
    pub why: String,
}

impl Event for Retired {
    const KIND: &'static str = "catalog.retired";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::OUT_OF_USE];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        changes.put(OutOfUseRow { id: self.entry, why: self.why.clone() });
    }
}

/// An analyte or a test was put into use again.
#[derive(Serialize, Deserialize)]
pub struct Returned {
    /// Which.
    pub entry: i64,
    /// Why.
    pub why: String,
}

impl Event for Returned {
    const KIND: &'static str = "catalog.returned";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::OUT_OF_USE];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        changes.drop::<OutOfUseRow>(self.entry);
    }
}

/// Proposals were withdrawn, or others were proposed instead: nobody signs them any more.
#[derive(Serialize, Deserialize)]
pub struct Withdrawn {
    /// Reference intervals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intervals: Vec<i64>,
    /// Critical limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<i64>,
}

impl Event for Withdrawn {
    const KIND: &'static str = "catalog.withdrawn";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::INTERVALS, &tables::LIMITS];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        for id in &self.intervals {
            changes.patch(IntervalId(*id), set!(IntervalRow { retired_at: header.at }));
        }
        for id in &self.limits {
            changes.patch(LimitId(*id), set!(LimitRow { retired_at: header.at }));
        }
    }
}
