//! What happens to calculated results.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::super::{
    Provenance, ResultId, State,
    events::{Measured, rank},
    tables::{self, AwaitingRow, CalculatedRow, ResultRow},
};
use crate::{
    calculations::CalculationId, catalog::AnalyteId, patients::PatientId, specimens::SpecimenId, stories,
    work::face as work,
};

/// Results were calculated from others of one specimen, or put aside because what they were calculated from changed.
#[derive(Serialize, Deserialize)]
pub struct Calculated {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// Its patient.
    pub patient: i64,
    /// The order's priority.
    pub priority: i64,
    /// Results that waited for review and are put aside: those below stand in their place, if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub put_aside: Vec<PutAside>,
    /// The results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<CalculatedResult>,
    /// With them, nothing more is to be measured of the specimen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finished: bool,
}

/// A calculated result that no longer counts.
#[derive(Serialize, Deserialize)]
pub struct PutAside {
    /// The result.
    pub result: i64,
    /// Its version before.
    pub version: i64,
}

/// A calculated result, with what it was judged by and what it was calculated from.
#[derive(Serialize, Deserialize)]
pub struct CalculatedResult {
    /// The value and its judgement. `code` is the key of the formula.
    #[serde(flatten)]
    pub judged: Measured,
    /// The calculation that the director approved: the formula in its version.
    pub calculation: i64,
    /// What it was calculated from.
    pub from: Vec<Taken>,
}

/// What a formula took: a result, or the age or the sex of the patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The key of the input; `age` or `sex`.
    pub key: String,
    /// The result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<i64>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The value as it was taken.
    pub value: String,
}

impl Taken {
    fn line(&self) -> String {
        let number = |n: Option<i64>| n.unwrap_or_default();
        format!("{} {} {} {}", self.key, number(self.result), number(self.version), self.value)
    }

    /// What a line of [`CalculatedRow`] says.
    pub(in super::super) fn read(line: &str) -> Option<Self> {
        let mut parts = line.splitn(4, ' ');
        let key = parts.next()?.to_owned();
        let mut number = || Some(Some(parts.next()?.parse::<i64>().ok()?).filter(|n| *n != 0));
        let (result, version) = (number()?, number()?);
        Some(Taken { key, result, version, value: parts.next()?.to_owned() })
    }
}

impl Calculated {
    /// The result at a place in the list.
    pub(super) fn result(event: i64, place: usize) -> ResultId {
        ResultId(id(event, place as i64))
    }
}

impl Event for Calculated {
    const KIND: &'static str = "results.calculated";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &tables::CALCULATED, &work::OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for aside in &self.put_aside {
            let result = ResultId(aside.result);
            let set = set!(ResultRow { version: aside.version + 1, state: State::Repeat, changed: header.number });
            changes.patch(result, set);
            changes.patch(result, set!(CalculatedRow { put_aside: header.number }));
            changes.drop::<AwaitingRow>(result);
        }
        for (place, calculated) in self.results.iter().enumerate() {
            self.put(header, changes, Calculated::result(header.number, place), calculated);
        }
        if self.finished {
            work::close(changes, self.specimen);
        } else if !self.put_aside.is_empty() {
            work::open(changes, self.specimen, header.at);
        }
        // How many were calculated, and how many put aside.
        let count = format!("+{} −{}", self.results.len(), self.put_aside.len());
        stories::enter(changes, header, &[self.specimen, self.order], &count);
    }
}

impl Calculated {
    fn put(&self, header: &Header, changes: &mut Changes, id: ResultId, calculated: &CalculatedResult) {
        let CalculatedResult { judged: m, calculation, from } = calculated;
        changes.put(ResultRow {
            id,
            specimen: SpecimenId(self.specimen),
            patient: PatientId(self.patient),
            analyte: AnalyteId(m.analyte),
            version: 1,
            state: State::Reported,
            value: m.value.clone(),
            unit: m.unit.clone(),
            flag: m.flag.clone(),
            critical: m.critical.clone(),
            interval_id: m.interval,
            low: m.low.clone(),
            high: m.high.clone(),
            holds: m.holds.join("\n"),
            measured_at: m.measured_at.map(Timestamp::from_micros),
            link: 0,
            signed_at: None,
            signed_by: None,
            changed: header.number,
            mapping: None,
            answer: None,
            instrument: None,
            provenance: Some(Provenance::Calculated.code().to_owned()),
            comments: None,
        });
        changes.put(AwaitingRow {
            id,
            rank: rank(!m.critical.is_empty(), &m.holds),
            priority: self.priority,
            arrived_at: header.at,
            mapping: None,
        });
        changes.put(CalculatedRow {
            id,
            specimen: SpecimenId(self.specimen),
            patient: PatientId(self.patient),
            calculation: CalculationId(*calculation),
            of_person: i64::from(from.iter().any(|taken| taken.result.is_none())),
            inputs: from.iter().map(Taken::line).collect::<Vec<_>>().join("\n"),
            put_aside: None,
        });
    }
}
