//! What may be seen of results.

use titer_store::{Plan, Read, Row, StoreError, Timestamp, sql, values};

use super::{ResultId, State};
use crate::{
    Actor,
    catalog::AnalyteId,
    orders::{OrderId, Priority},
    patients::{
        PatientId,
        views::{Patient, from_row},
    },
    people,
    specimens::SpecimenId,
};

/// Results on one page of the review.
pub const PAGE: i64 = 100;
/// The most results of one specimen.
const OF_SPECIMEN_MAX: i64 = 1_000;

/// Results that wait for review, with their tube, order and patient.
macro_rules! awaiting {
    ($which:literal) => {
        concat!(
            "SELECT r.id, r.specimen, r.analyte, r.version, r.state, r.value, r.unit, r.flag, r.critical, r.interval_id, \
            r.low, r.high, r.holds, r.measured_at, r.link, r.signed_at, r.signed_by, s.order_id, s.barcode, s.collected_at, \
            w.rank, w.priority, w.arrived_at, o.requester, p.id, p.identifier, p.family, p.given, p.sex, p.birth_date \
            FROM results_awaiting_review w JOIN results r ON r.lab = w.lab AND r.id = w.id \
            JOIN specimens s ON s.lab = r.lab AND s.id = r.specimen JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
            JOIN patients p ON p.lab = r.lab AND p.id = r.patient ",
            $which
        )
    };
}

sql! {
    OF_SPECIMEN = "SELECT id, specimen, analyte, version, state, value, unit, flag, critical, interval_id, low, high, holds, \
        measured_at, link, signed_at, signed_by FROM results WHERE lab = $1 AND specimen = $2 ORDER BY id LIMIT $3";
    OF_BARCODE = "SELECT r.id, r.specimen, r.analyte, r.version, r.state, r.value, r.unit, r.flag, r.critical, r.interval_id, \
        r.low, r.high, r.holds, r.measured_at, r.link, r.signed_at, r.signed_by FROM specimens s \
        JOIN results r ON r.lab = s.lab AND r.specimen = s.id WHERE s.lab = $1 AND s.barcode = $2";
    WAITING_UNDER = "SELECT id, specimen, analyte, version, state, value, unit, flag, critical, interval_id, low, high, holds, \
        measured_at, link, signed_at, signed_by FROM results \
        WHERE lab = $1 AND mapping = $2 AND state = 'reported' AND id > $3 ORDER BY id LIMIT $4";
    FILED_UNDER = "SELECT r.id, r.specimen, r.analyte, r.version, r.state, r.value, r.unit, r.flag, r.critical, r.interval_id, \
        r.low, r.high, r.holds, r.measured_at, r.link, r.signed_at, r.signed_by, s.barcode FROM results r \
        JOIN specimens s ON s.lab = r.lab AND s.id = r.specimen WHERE r.lab = $1 AND r.mapping = $2 AND r.state = $3 \
        ORDER BY r.id LIMIT $4";
    REQUESTED = "SELECT q.analyte, o.priority, q.cancelled FROM specimens s JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
        JOIN requests q ON q.lab = s.lab AND q.order_id = s.order_id AND q.specimen_type = s.specimen_type \
        WHERE s.lab = $1 AND s.barcode = $2";
    BY_ID = "SELECT r.id, r.specimen, r.analyte, r.version, r.state, r.value, r.unit, r.flag, r.critical, r.interval_id, r.low, \
        r.high, r.holds, r.measured_at, r.link, r.signed_at, r.signed_by, s.order_id FROM results r \
        JOIN specimens s ON s.lab = r.lab AND s.id = r.specimen WHERE r.lab = $1 AND r.id = $2";
    AWAITING = awaiting!("WHERE w.lab = $1 AND (w.rank, w.priority, w.arrived_at, w.id) > ($2, $3, $4, $5) \
        ORDER BY w.rank, w.priority, w.arrived_at, w.id LIMIT $6");
    AWAITING_ONE = awaiting!("WHERE w.lab = $1 AND w.id = $2");
    RANKS = "SELECT rank FROM results_awaiting_review WHERE lab = $1 AND rank >= $2 ORDER BY rank LIMIT $3";
    CHANGED = "SELECT j.at, j.actor_kind, j.actor FROM results r JOIN journal j ON j.lab = r.lab AND j.number = r.changed \
        WHERE r.lab = $1 AND r.id = $2";
    PREVIOUS = "SELECT value, unit, measured_at, signed_at FROM results WHERE lab = $1 AND patient = $2 AND analyte = $3 \
        AND signed_at < $4 AND state = 'verified' ORDER BY signed_at DESC LIMIT 1";
}

/// A result in its current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabResult {
    /// Its id.
    pub id: ResultId,
    /// The specimen.
    pub specimen: SpecimenId,
    /// The analyte.
    pub analyte: AnalyteId,
    /// Its version.
    pub version: i64,
    /// Where it is on its way.
    pub state: State,
    /// The value, exactly as sent.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// `L`, `N`, `H`, or empty when it could not be judged.
    pub flag: String,
    /// `low`, `high`, or empty.
    pub critical: String,
    /// Whether an approved reference interval judged it.
    pub has_interval: bool,
    /// Lower reference limit.
    pub low: String,
    /// Upper reference limit.
    pub high: String,
    /// Why a person must look at it, as codes with an argument after a colon.
    pub holds: Vec<String>,
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
    /// The link that it came by.
    pub link: i64,
    /// When and by whom it was signed.
    pub signed: Option<(Timestamp, String)>,
}

fn from(r: &Row) -> Result<LabResult, StoreError> {
    let state: String = r.get(4)?;
    let interval: Option<i64> = r.get(9)?;
    let holds: String = r.get(12)?;
    let (signed_at, signed_by): (Option<Timestamp>, Option<String>) = (r.get(15)?, r.get(16)?);
    Ok(LabResult {
        id: r.get(0)?,
        specimen: r.get(1)?,
        analyte: r.get(2)?,
        version: r.get(3)?,
        state: State::from_code(&state)
            .ok_or_else(|| StoreError::Corrupt(format!("a result is in the unknown state {state:?}")))?,
        value: r.get(5)?,
        unit: r.get(6)?,
        flag: r.get(7)?,
        critical: r.get(8)?,
        has_interval: interval.is_some(),
        low: r.get(10)?,
        high: r.get(11)?,
        holds: holds.lines().map(str::to_owned).collect(),
        measured_at: r.get(13)?,
        link: r.get(14)?,
        signed: signed_at.zip(signed_by),
    })
}

/// The results of a specimen, in the order in which they came.
///
/// # Errors
/// What the database says.
pub fn of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<Vec<LabResult>, StoreError> {
    read.query(&OF_SPECIMEN, &values![specimen, OF_SPECIMEN_MAX])?.iter().map(from).collect()
}

/// Results that wait for review and were filed under a meaning of a sender's code, behind `after`.
///
/// # Errors
/// What the database says.
pub fn waiting_under(
    read: &mut dyn Read,
    mapping: i64,
    after: ResultId,
    limit: usize,
) -> Result<Vec<LabResult>, StoreError> {
    read.query(&WAITING_UNDER, &values![mapping, after, limit as i64])?.iter().map(from).collect()
}

/// The first results in one state that were filed under a meaning of a sender's code, each with its tube's number.
///
/// # Errors
/// What the database says.
pub fn filed_under(
    read: &mut dyn Read,
    mapping: i64,
    state: State,
    limit: i64,
) -> Result<Vec<(LabResult, String)>, StoreError> {
    let rows = read.query(&FILED_UNDER, &values![mapping, state.code(), limit])?;
    rows.iter().map(|r| Ok((from(r)?, r.get(17)?))).collect()
}

/// Whether anything stands that was filed under a mapping.
///
/// # Errors
/// What the database says.
pub fn any_filed_under(read: &mut dyn Read, mapping: i64) -> Result<bool, StoreError> {
    for state in [State::Reported, State::Verified] {
        if !filed_under(read, mapping, state, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a specimen has any result.
///
/// # Errors
/// What the database says.
pub fn any_of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<bool, StoreError> {
    Ok(!read.query(&OF_SPECIMEN, &values![specimen, 1_i64])?.is_empty())
}

pub(super) fn of_barcode(read: &mut dyn Read, barcode: &str) -> Result<Vec<LabResult>, StoreError> {
    read.query(&OF_BARCODE, &values![barcode])?.iter().map(from).collect()
}

/// An analyte that is asked for of a specimen.
pub(super) struct Requested {
    pub(super) analyte: AnalyteId,
    /// Whether it was cancelled since.
    pub(super) cancelled: bool,
}

/// The analytes that are asked for of the specimen with this barcode, and the order's priority.
pub(super) fn requested(read: &mut dyn Read, barcode: &str) -> Result<(Vec<Requested>, Priority), StoreError> {
    let rows = read.query(&REQUESTED, &values![barcode])?;
    let priority = rows.first().map_or(Ok(Priority::Routine), |r| r.get(1).map(Priority::from_rank))?;
    let requested = |r: &Row| Ok(Requested { analyte: r.get(0)?, cancelled: r.get::<Option<i64>>(2)?.is_some() });
    Ok((rows.iter().map(requested).collect::<Result<_, StoreError>>()?, priority))
}

pub(super) fn plan(plan: &mut Plan, barcode: &str) {
    crate::specimens::views::plan_by_barcode(plan, barcode);
    plan.reads.push((&REQUESTED, values![barcode]));
    plan.reads.push((&OF_BARCODE, values![barcode]));
}

/// The result of this id, with its order.
///
/// # Errors
/// What the database says.
pub fn result(read: &mut dyn Read, id: ResultId) -> Result<Option<(LabResult, OrderId)>, StoreError> {
    read.one(&BY_ID, &values![id])?.map(|r| Ok((from(&r)?, r.get(17)?))).transpose()
}

/// When and by whom a result came to its current version; the name is empty when it was no person.
pub(super) fn last_change(read: &mut dyn Read, id: ResultId) -> Result<(Timestamp, String), StoreError> {
    let gone = || StoreError::Corrupt(format!("the event that changed result {id} is not in the journal"));
    let row = read.one(&CHANGED, &values![id])?.ok_or_else(gone)?;
    let by = match Actor::from_code(row.get(1)?, row.get(2)?) {
        Some(Actor::Person(account)) => people::views::name(read, account)?.unwrap_or_default(),
        _ => String::new(),
    };
    Ok((row.get(0)?, by))
}

/// A result that waits for review.
#[derive(Clone, Debug)]
pub struct Awaiting {
    /// The result.
    pub result: LabResult,
    /// Its order.
    pub order: OrderId,
    /// The barcode of its specimen.
    pub barcode: String,
    /// When that was collected.
    pub collected_at: Option<Timestamp>,
    /// Who asked.
    pub requester: String,
    /// How urgent it is.
    pub priority: Priority,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// Whose it is.
    pub patient: Patient,
    /// The verified result before it.
    pub previous: Option<Previous>,
    rank: i64,
}

/// A verified result of the same patient and analyte from before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The value.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// When it was measured, or else signed.
    pub at: Timestamp,
}

impl Awaiting {
    /// Its place in the queue.
    #[must_use]
    pub fn turn(&self) -> Turn {
        Turn {
            rank: self.rank,
            priority: self.priority.rank(),
            arrived_at: self.arrived_at.micros(),
            id: self.result.id.0,
        }
    }
}

/// A place in the queue of what waits for review: a page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// 0 critical, 1 held, 2 neither.
    pub rank: i64,
    /// The order's priority.
    pub priority: i64,
    /// When it arrived, microseconds UTC.
    pub arrived_at: i64,
    /// The result.
    pub id: i64,
}

impl Turn {
    /// Before all others.
    pub const FIRST: Turn = Turn { rank: -1, priority: 0, arrived_at: 0, id: 0 };
}

/// Results that wait for review: critical ones first, then held ones, the most urgent and oldest first.
///
/// # Errors
/// What the database says.
pub fn awaiting(read: &mut dyn Read) -> Result<Vec<Awaiting>, StoreError> {
    awaiting_after(read, Turn::FIRST)
}

/// As [`awaiting`], those behind a place in the queue.
///
/// # Errors
/// What the database says.
pub fn awaiting_after(read: &mut dyn Read, after: Turn) -> Result<Vec<Awaiting>, StoreError> {
    let after = values![after.rank, after.priority, after.arrived_at, after.id, PAGE];
    let rows = read.query(&AWAITING, &after)?;
    rows.iter().map(|r| waits(read, r)).collect()
}

/// The result of this id, if it waits.
///
/// # Errors
/// What the database says.
pub fn awaiting_one(read: &mut dyn Read, id: ResultId) -> Result<Option<Awaiting>, StoreError> {
    read.one(&AWAITING_ONE, &values![id])?.map(|r| waits(read, &r)).transpose()
}

fn waits(read: &mut dyn Read, r: &Row) -> Result<Awaiting, StoreError> {
    let (result, patient) = (from(r)?, from_row(r, 24)?);
    let previous = previous(read, patient.id, result.analyte, None)?;
    Ok(Awaiting {
        result,
        order: r.get(17)?,
        barcode: r.get(18)?,
        collected_at: r.get(19)?,
        rank: r.get(20)?,
        priority: Priority::from_rank(r.get(21)?),
        arrived_at: r.get(22)?,
        requester: r.get(23)?,
        patient,
        previous,
    })
}

/// The last verified result of a patient and analyte, signed before `before`.
///
/// # Errors
/// What the database says.
pub fn previous(
    read: &mut dyn Read,
    patient: PatientId,
    analyte: AnalyteId,
    before: Option<Timestamp>,
) -> Result<Option<Previous>, StoreError> {
    let before = before.map_or(i64::MAX, Timestamp::micros);
    let Some(r) = read.one(&PREVIOUS, &values![patient, analyte, before])? else { return Ok(None) };
    let (measured, signed): (Option<Timestamp>, Timestamp) = (r.get(2)?, r.get(3)?);
    Ok(Some(Previous { value: r.get(0)?, unit: r.get(1)?, at: measured.unwrap_or(signed) }))
}

/// How many results wait at most count in [`waiting`].
pub const WAITING_COUNTED_MAX: i64 = 1_000;

/// How many results wait for review, counted up to [`WAITING_COUNTED_MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// All of them.
    pub all: usize,
    /// Critical ones.
    pub critical: usize,
    /// Held ones that are not critical.
    pub held: usize,
}

/// How many results wait for review.
///
/// # Errors
/// What the database says.
pub fn waiting(read: &mut dyn Read) -> Result<Waiting, StoreError> {
    let mut waiting = Waiting::default();
    for row in read.query(&RANKS, &values![0_i64, WAITING_COUNTED_MAX])? {
        waiting.all += 1;
        match row.get::<i64>(0)? {
            0 => waiting.critical += 1,
            1 => waiting.held += 1,
            _ => {}
        }
    }
    Ok(waiting)
}
