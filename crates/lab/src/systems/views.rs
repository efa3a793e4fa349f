//! What may be seen of test systems: the snapshot that the gate reads, and the records.

use std::collections::HashMap;

use rust_decimal::Decimal;
use titer_science::{MeasuringRange, Reported};
use titer_store::{Read, Sha256, StoreError, Timestamp, reading, sql, values};

use super::{
    Aspect, Input, RecordId, State, SystemId,
    record::Said,
    tables::{RecordRow, StateRow, SystemRow},
};
use crate::{
    catalog::{AnalyteId, SpecimenTypeId},
    instruments::{
        InstrumentId,
        views::{self as instruments, Instrument},
    },
    text,
};

/// The most test systems of a laboratory, replaced ones included.
pub const SYSTEMS_MAX: i64 = 20_000;

sql! {
    ALL: (s: SystemRow, t: StateRow) = "FROM test_systems s JOIN test_system_states t ON t.lab = s.lab AND t.id = s.id \
        WHERE s.lab = $1 AND s.id > $2 ORDER BY s.id LIMIT $3";
    BY_ID: (s: SystemRow, t: StateRow) = "FROM test_systems s JOIN test_system_states t ON t.lab = s.lab AND t.id = s.id \
        WHERE s.lab = $1 AND s.id = $2";
    RECORD: (r: RecordRow) = "FROM verification_records r WHERE r.lab = $1 AND r.id = $2";
}

/// A test system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Its id.
    pub id: SystemId,
    /// The analyte.
    pub analyte: AnalyteId,
    /// In what it is measured.
    pub specimen_type: SpecimenTypeId,
    /// On what.
    pub instrument: InstrumentId,
    /// By which method.
    pub method: String,
    /// The lowest number that is measured, as it was entered; may be empty.
    pub low: String,
    /// The highest number that is measured; may be empty.
    pub high: String,
    /// The largest factor of dilution that is allowed; may be empty.
    pub dilution: String,
    /// Decimals of its results; none if they stay as they are sent.
    pub decimals: Option<i64>,
    /// What it needs to know of a result.
    pub inputs: Vec<Input>,
    /// Whether it is in use.
    pub state: State,
    /// Why it is out of use.
    pub why: Option<String>,
    /// The verification record of what is described here.
    pub record: Option<RecordId>,
    /// The number of the event that changed it last.
    pub version: i64,
    pub(super) range: MeasuringRange,
    pub(super) factor: Option<Decimal>,
}

/// A number that was checked when it was entered.
fn number(text: &str) -> Result<Option<Decimal>, StoreError> {
    match Reported::parse(text) {
        Reported::Number(n) => Ok(Some(n)),
        _ if text.is_empty() => Ok(None),
        _ => Err(StoreError::Corrupt(format!("a test system has {text:?} for a number"))),
    }
}

/// Codes separated by blanks.
fn codes<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, StoreError> {
    let known = |code: &str| {
        read(code).ok_or_else(|| StoreError::Corrupt(format!("a test system has the unknown code {code:?}")))
    };
    text.split(' ').filter(|code| !code.is_empty()).map(known).collect()
}

pub(super) fn system((row, state): (SystemRow, StateRow)) -> Result<System, StoreError> {
    Ok(System {
        id: row.id,
        analyte: row.analyte,
        specimen_type: row.specimen_type,
        instrument: row.instrument,
        range: MeasuringRange { low: number(&row.low)?, high: number(&row.high)? },
        factor: number(&row.dilution)?,
        inputs: codes(&row.inputs, Input::from_code)?,
        method: row.method,
        low: row.low,
        high: row.high,
        dilution: row.dilution,
        decimals: row.decimals,
        state: state.state,
        why: state.why,
        record: state.record,
        version: state.version,
    })
}

impl System {
    /// Whether it may be used again: another method has not replaced it.
    pub fn is_live(&self) -> bool {
        self.state != State::Replaced
    }

    /// Whether a measuring range is stated.
    pub fn has_range(&self) -> bool {
        self.range != MeasuringRange::default()
    }
}

/// Which instrument of a link measured something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measuring {
    /// This one.
    By(InstrumentId),
    /// The link has no instrument in use.
    Nothing,
    /// The link carries several, and the message does not say which.
    Unsaid,
    /// The link carries several, and none of them has this module code.
    Unknown(String),
}

impl Measuring {
    /// The instrument, if it is known.
    pub fn instrument(&self) -> Option<InstrumentId> {
        match self {
            Measuring::By(instrument) => Some(*instrument),
            _ => None,
        }
    }
}

/// All instruments and test systems: an immutable snapshot.
#[derive(Debug, Default)]
pub struct Systems {
    /// The number of the event that it stands at.
    pub version: i64,
    instruments: Vec<Instrument>,
    systems: Vec<System>,
    on_link: HashMap<i64, Vec<usize>>,
    live: HashMap<(AnalyteId, SpecimenTypeId, InstrumentId), usize>,
}

impl Systems {
    /// All test systems, replaced ones included, in the order in which they were described.
    pub fn all(&self) -> &[System] {
        &self.systems
    }

    /// All instruments, in the order in which they were added.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// The instrument of this id.
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        let at = self.instruments.binary_search_by_key(&id, |i| i.id).ok()?;
        self.instruments.get(at)
    }

    /// The test system of an analyte, in this type of specimen, on this instrument.
    pub fn of(&self, analyte: AnalyteId, specimen_type: SpecimenTypeId, instrument: InstrumentId) -> Option<&System> {
        self.live.get(&(analyte, specimen_type, instrument)).map(|at| &self.systems[*at])
    }

    /// The instruments of a link.
    fn on_link(&self, link: i64) -> impl Iterator<Item = &Instrument> {
        self.on_link.get(&link).into_iter().flatten().map(|at| &self.instruments[*at])
    }

    /// Which instrument of a link measured something that names this module; empty if it names none. An instrument that is out of use is
    /// named too, if it is certain that it measured: the result says so then.
    pub fn measuring(&self, link: i64, module: &str) -> Measuring {
        // Most links carry one instrument, and each value of a message is asked about.
        let mut on_link = self.on_link(link);
        if let (Some(only), None) = (on_link.next(), on_link.next())
            && only.out_of_use.is_none()
            && only.module.is_empty()
        {
            return Measuring::By(only.id);
        }
        let (in_use, retired): (Vec<_>, Vec<_>) = self.on_link(link).partition(|i| i.out_of_use.is_none());
        let sent = text::key(module);
        let named = |i: &&&Instrument| !i.module.is_empty() && text::key(&i.module) == sent;
        match in_use.as_slice() {
            // It has no code, so what the message calls it does not matter: unless that is the code of one that is out of use.
            [only] if only.module.is_empty() => {
                return Measuring::By(retired.iter().find(named).unwrap_or(only).id);
            }
            [] => {
                let only = <[&Instrument; 1]>::try_from(retired.as_slice()).ok().filter(|[i]| i.module.is_empty());
                let found = only.map(|[i]| i.id).or_else(|| retired.iter().find(named).map(|i| i.id));
                return found.map_or(Measuring::Nothing, Measuring::By);
            }
            _ => {}
        }
        if let Some(found) = in_use.iter().find(named).or_else(|| retired.iter().find(named)) {
            return Measuring::By(found.id);
        }
        if sent.is_empty() { Measuring::Unsaid } else { Measuring::Unknown(module.trim().to_owned()) }
    }
}

/// The snapshot at this version.
pub fn load(read: &mut dyn Read, version: i64) -> Result<Systems, StoreError> {
    let instruments = instruments::instruments(read)?;
    let rows = ALL.all(read, &values![0_i64, SYSTEMS_MAX])?;
    let systems: Vec<System> = rows.into_iter().map(system).collect::<Result<_, _>>()?;
    let live = systems.iter().enumerate().filter(|(_, s)| s.is_live());
    let live = live.map(|(at, s)| ((s.analyte, s.specimen_type, s.instrument), at)).collect();
    let mut on_link: HashMap<i64, Vec<usize>> = HashMap::new();
    for (at, instrument) in instruments.iter().enumerate() {
        if let Some(link) = instrument.link {
            on_link.entry(link).or_default().push(at);
        }
    }
    Ok(Systems { version, instruments, systems, on_link, live })
}

/// The test system of this id.
pub fn of_id(read: &mut dyn Read, id: SystemId) -> Result<Option<System>, StoreError> {
    BY_ID.one(read, &values![id])?.map(system).transpose()
}

/// The rows of a test system.
pub(super) fn rows(read: &mut dyn Read, id: SystemId) -> Result<Option<(SystemRow, StateRow)>, StoreError> {
    BY_ID.one(read, &values![id])
}

/// A verification record that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// The instrument of its test systems.
    pub instrument: InstrumentId,
    /// How many test systems were signed for.
    pub systems: i64,
    /// What it says of each aspect.
    pub said: Vec<(Aspect, Said)>,
    /// On which day the work was finished, as `2026-11-22`.
    pub performed_on: String,
    /// Who did it.
    pub performed_by: String,
    /// The PDF that belongs to it.
    pub file: Option<RecordFile>,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Who signed it.
    pub signed_by: String,
}

/// The PDF of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFile {
    /// Its digest.
    pub sha256: Sha256,
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: i64,
}

/// The record of this id.
pub fn record(read: &mut dyn Read, id: RecordId) -> Result<Option<Record>, StoreError> {
    let Some(row) = RECORD.one(read, &values![id])? else { return Ok(None) };
    let not = codes(&row.not_applicable, Aspect::from_code)?;
    let texts = [
        (Aspect::Accuracy, row.accuracy),
        (Aspect::Precision, row.imprecision),
        (Aspect::ReportableRange, row.reportable_range),
        (Aspect::ReferenceInterval, row.reference_interval),
    ];
    let said = texts.into_iter().map(|(a, text)| (a, Said { text, not_applicable: not.contains(&a) })).collect();
    let (name, bytes) = (row.file_name, row.file_bytes);
    Ok(Some(Record {
        id: row.id,
        instrument: row.instrument,
        systems: row.systems,
        said,
        performed_on: row.performed_on,
        performed_by: row.performed_by,
        file: row.file.map(|sha256| RecordFile { sha256, name, bytes }),
        signed_at: row.signed_at,
        signed_by: row.signed_by,
    }))
}

/// The bytes of a record's PDF, if they are what was signed.
pub fn file(read: &mut dyn Read, record: &Record) -> Result<Option<Vec<u8>>, StoreError> {
    match &record.file {
        Some(file) => reading::attached(read, record.id.0 / titer_store::PLACES, file.sha256),
        None => Ok(None),
    }
}
