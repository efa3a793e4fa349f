//! What an analyzer, a person or a formula reported.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id};

use super::{
    super::{
        ResultId, State,
        commands::SentOtherwise,
        tables::{self, AwaitingRow, ResultRow, SentRow},
    },
    rank,
};
use crate::{
    catalog::{AnalyteId, AnswerId},
    instruments::InstrumentId,
    patients::PatientId,
    specimens::SpecimenId,
    stories,
    work::face as work,
};

/// What an analyzer reported for one specimen in one message, with what each value was judged by.
#[derive(Serialize, Deserialize)]
pub struct Reported {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// Its patient.
    pub patient: i64,
    /// The order's priority.
    pub priority: i64,
    /// The link that it came by.
    pub link: i64,
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// When all of them were measured by the analyzer's clock, microseconds UTC: then none of them says so again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// The instrument, if it is known which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument_id: Option<i64>,
    /// A code of [`super::super::Provenance`]; none if an analyzer measured them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
    /// The results.
    pub results: Vec<Measured>,
    /// With them, nothing more is to be measured of the specimen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finished: bool,
}

/// As [`Reported`], when each result still said for itself when it was measured.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportedV1(Reported);

/// One result as it was reported.
#[derive(Serialize, Deserialize)]
pub struct Measured {
    /// The analyte.
    pub analyte: i64,
    /// The analyzer's code of it.
    pub code: String,
    /// The value, exactly as sent or as [`FiledOtherwise`] says.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The reference interval that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
    /// Its lower limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub low: String,
    /// Its upper limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub high: String,
    /// The critical limit that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Why a person must look at it before it can be verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// When it was measured by the analyzer's clock, microseconds UTC, if not all were measured at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<i64>,
    /// The meaning of the sender's code that it was filed under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<i64>,
    /// The answer that the value means, if the analyte has answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// Who worked the analyzer, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The lot of the reagent, as the analyzer or the person says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The dilution that the value is already multiplied by, as the analyzer or the person says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dilution: Option<String>,
}

impl Reported {
    /// The result at a place in the list.
    pub(in crate::results) fn result(event: i64, place: usize) -> ResultId {
        ResultId(id(event, place as i64))
    }

    /// Says once when all were measured, if all were measured at one time.
    pub(in crate::results) fn sharing_time(mut self) -> Self {
        let first = self.results.first().and_then(|m| m.measured_at);
        if first.is_some() && self.results.iter().all(|m| m.measured_at == first) {
            self.measured_at = first;
            self.results.iter_mut().for_each(|m| m.measured_at = None);
        }
        self
    }
}

impl Event for ReportedV1 {
    const KIND: &'static str = Reported::KIND;
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = Reported::WRITES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        self.0.project(header, changes);
    }
}

impl Event for Reported {
    const KIND: &'static str = "results.reported";
    const VERSION: u16 = 2;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &work::OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for (place, m) in self.results.iter().enumerate() {
            let result = Reported::result(header.number, place);
            changes.put(ResultRow {
                id: result,
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
                measured_at: m.measured_at.or(self.measured_at).map(Timestamp::from_micros),
                link: self.link,
                signed_at: None,
                signed_by: None,
                changed: header.number,
                mapping: m.mapping,
                answer: m.answer.map(AnswerId),
                instrument: self.instrument_id.map(InstrumentId),
                provenance: self.provenance.clone(),
                comments: None,
            });
            changes.put(AwaitingRow {
                id: result,
                rank: rank(!m.critical.is_empty(), &m.holds),
                priority: self.priority,
                arrived_at: header.at,
                mapping: m.mapping,
            });
        }
        if self.finished {
            work::close(changes, self.specimen);
        }
        stories::enter(changes, header, &[self.specimen, self.order], &self.instrument);
    }
}

/// Values of results that were filed otherwise than they were sent: in the laboratory's unit by an approved conversion, or as the end of
/// the measuring range that a flag names.
#[derive(Serialize, Deserialize)]
pub struct FiledOtherwise {
    /// The specimen.
    pub specimen: i64,
    /// The results, each with what was sent.
    pub results: Vec<SentValue>,
}

/// What was sent in place of a value.
#[derive(Serialize, Deserialize)]
pub struct SentValue {
    /// The result.
    pub result: i64,
    /// The value, exactly as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// The unit, exactly as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The analyzer's flags, exactly as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flags: String,
    /// The factor of the conversion.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub factor: String,
}

impl SentValue {
    pub(in crate::results) fn new(result: ResultId, sent: SentOtherwise) -> Self {
        let SentOtherwise { value, unit, flags, factor } = sent;
        SentValue { result: result.0, value, unit, flags, factor }
    }
}

impl Event for FiledOtherwise {
    const KIND: &'static str = "results.filed-otherwise";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::SENT];
    fn project(&self, _: &Header, changes: &mut Changes) {
        for sent in &self.results {
            changes.put(SentRow {
                id: ResultId(sent.result),
                value: sent.value.clone(),
                unit: sent.unit.clone(),
                flags: sent.flags.clone(),
                factor: sent.factor.clone(),
            });
        }
    }
}
