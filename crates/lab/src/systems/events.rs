//! What happens to test systems.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Sha256, Table, event::id, set};

use super::{
    RecordId, State, SystemId, face,
    tables::{self, RecordRow, StateRow, SystemRow},
};
use crate::{
    catalog::{AnalyteId, SpecimenTypeId},
    instruments::InstrumentId,
    jobs,
    signature::SignatureBody,
    stories,
};

/// A test system as it is described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The analyte.
    pub analyte: i64,
    /// In what it is measured.
    pub specimen_type: i64,
    /// On what.
    pub instrument: i64,
    /// By which method.
    pub method: String,
    /// The lowest number that is measured.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub low: String,
    /// The highest number that is measured.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub high: String,
    /// The largest factor of dilution that is allowed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub dilution: String,
    /// Decimals of its results; none if they stay as they are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<i64>,
    /// Codes of [`super::Input`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
}

impl Body {
    fn row(&self, id: SystemId, header: &Header) -> SystemRow {
        SystemRow {
            id,
            analyte: AnalyteId(self.analyte),
            specimen_type: SpecimenTypeId(self.specimen_type),
            instrument: InstrumentId(self.instrument),
            method: self.method.clone(),
            low: self.low.clone(),
            high: self.high.clone(),
            dilution: self.dilution.clone(),
            decimals: self.decimals,
            inputs: self.inputs.join(" "),
            described: header.number,
        }
    }
}

impl From<&SystemRow> for Body {
    fn from(row: &SystemRow) -> Self {
        Body {
            analyte: row.analyte.0,
            specimen_type: row.specimen_type.0,
            instrument: row.instrument.0,
            method: row.method.clone(),
            low: row.low.clone(),
            high: row.high.clone(),
            dilution: row.dilution.clone(),
            decimals: row.decimals,
            inputs: row.inputs.split(' ').filter(|i| !i.is_empty()).map(str::to_owned).collect(),
        }
    }
}

/// Test systems were described. Those that they replace are never used again.
#[derive(Serialize, Deserialize)]
pub struct Described {
    /// The test systems.
    pub systems: Vec<Body>,
    /// Those that had another method for the same analyte, specimen type and instrument.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<i64>,
    /// What waits for review is to be judged again. Events of older programs do not ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge_again: bool,
}

impl Described {
    /// The test system at a place in the list.
    pub(super) fn system(event: i64, place: usize) -> SystemId {
        SystemId(id(event, place as i64))
    }
}

const DESCRIBES: &[&Table] = &[&tables::HEAD, &tables::SYSTEMS, &tables::STATES, &stories::STORIES, &jobs::face::DUE];

impl Event for Described {
    const KIND: &'static str = "systems.described";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DESCRIBES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        face::changed(changes, header);
        let mut subjects = self.replaced.clone();
        for (place, body) in self.systems.iter().enumerate() {
            let id = Described::system(header.number, place);
            changes.put(body.row(id, header));
            changes.put(StateRow { id, state: State::Described, why: None, record: None, version: header.number });
            subjects.push(id.0);
        }
        for id in &self.replaced {
            changes.patch(SystemId(*id), set!(StateRow { state: State::Replaced, version: header.number }));
        }
        if self.judge_again {
            face::judge_again(changes, header);
        }
        let method = self.systems.first().map_or("", |s| s.method.as_str());
        stories::enter(changes, header, &subjects, method);
    }
}

/// Ranges, decimals or required inputs of a test system were changed. It is no longer verified.
#[derive(Serialize, Deserialize)]
pub struct Changed {
    /// Which.
    pub system: i64,
    /// As it is now.
    pub described: Body,
    /// What waits for review is to be judged again. Events of older programs do not ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge_again: bool,
}

impl Event for Changed {
    const KIND: &'static str = "systems.changed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DESCRIBES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        face::changed(changes, header);
        let id = SystemId(self.system);
        changes.put(self.described.row(id, header));
        changes.put(StateRow { id, state: State::Described, why: None, record: None, version: header.number });
        if self.judge_again {
            face::judge_again(changes, header);
        }
        stories::enter(changes, header, &[self.system], "");
    }
}

/// A verification record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Accuracy: what was done and found, or why the aspect does not apply.
    pub accuracy: String,
    /// Precision.
    pub precision: String,
    /// The reportable range.
    pub reportable_range: String,
    /// The reference interval.
    pub reference_interval: String,
    /// Codes of [`super::Aspect`]: what does not apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_applicable: Vec<String>,
    /// On which day the work was finished.
    pub performed_on: String,
    /// Who did it.
    pub performed_by: String,
}

/// A file that belongs to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its digest.
    pub sha256: Sha256,
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: i64,
}

/// A test system as it was signed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSystem {
    /// Which.
    pub system: i64,
    /// As it was described.
    pub described: Body,
}

/// The director signed a verification record. Its test systems are in use.
#[derive(Serialize, Deserialize)]
pub struct Verified {
    /// The instrument of all of them.
    pub instrument: i64,
    /// The test systems.
    pub systems: Vec<SignedSystem>,
    /// The record.
    pub record: Record,
    /// The file that belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Attached>,
    /// The signature.
    pub signature: SignatureBody,
}

impl Verified {
    /// The record.
    pub(super) fn record(event: i64) -> RecordId {
        RecordId(id(event, 0))
    }
}

impl Event for Verified {
    const KIND: &'static str = "systems.verified";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::STATES, &tables::RECORDS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        face::changed(changes, header);
        let id = Verified::record(header.number);
        let Verified { record, file, .. } = self;
        changes.put(RecordRow {
            id,
            instrument: InstrumentId(self.instrument),
            systems: self.systems.len() as i64,
            accuracy: record.accuracy.clone(),
            imprecision: record.precision.clone(),
            reportable_range: record.reportable_range.clone(),
            reference_interval: record.reference_interval.clone(),
            not_applicable: record.not_applicable.join(" "),
            performed_on: record.performed_on.clone(),
            performed_by: record.performed_by.clone(),
            file: file.as_ref().map(|f| f.sha256),
            file_name: file.as_ref().map(|f| f.name.clone()).unwrap_or_default(),
            file_bytes: file.as_ref().map_or(0, |f| f.bytes),
            signed_at: header.at,
            signed_by: self.signature.name.clone(),
        });
        let subjects: Vec<i64> = self.systems.iter().map(|s| s.system).collect();
        for system in &subjects {
            let set = set!(StateRow { state: State::InUse, why: None::<String>, record: id, version: header.number });
            changes.patch(SystemId(*system), set);
        }
        stories::enter(changes, header, &subjects, &self.signature.name);
    }
    fn attached(&self) -> Option<Sha256> {
        self.file.as_ref().map(|f| f.sha256)
    }
}

/// A test system was taken out of use.
#[derive(Serialize, Deserialize)]
pub struct Retired {
    /// Which.
    pub system: i64,
    /// Why.
    pub why: String,
    /// What waits for review is to be judged again. Events of older programs do not ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge_again: bool,
}

impl Event for Retired {
    const KIND: &'static str = "systems.retired";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::STATES, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        face::changed(changes, header);
        let set = set!(StateRow { state: State::OutOfUse, why: self.why.clone(), version: header.number });
        changes.patch(SystemId(self.system), set);
        if self.judge_again {
            face::judge_again(changes, header);
        }
        stories::enter(changes, header, &[self.system], &self.why);
    }
}

/// The director signed that the record of a test system still holds. It is in use again.
#[derive(Serialize, Deserialize)]
pub struct Returned {
    /// The test system as it was signed for.
    pub signed: SignedSystem,
    /// The record.
    pub record: i64,
    /// Why the record still holds.
    pub why: String,
    /// The signature.
    pub signature: SignatureBody,
}

impl Event for Returned {
    const KIND: &'static str = "systems.returned";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::STATES, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        face::changed(changes, header);
        let set = set!(StateRow { state: State::InUse, why: None::<String>, version: header.number });
        changes.patch(SystemId(self.signed.system), set);
        stories::enter(changes, header, &[self.signed.system], &self.why);
    }
}
