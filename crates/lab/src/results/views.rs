//! What may be seen of results.

use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{
    ContradictionId, ContradictionState, ResultId, State, commented,
    contradiction::MORE,
    events::{self, is_urgent_beside},
    judged_again::{Against, WaitingResult},
    tables::{AwaitingRow, ContradictionRow, ResultRow},
};
use crate::{
    Actor, Counted,
    catalog::{AnalyteId, AnswerId, SpecimenTypeId},
    comments::CommentId,
    instruments::InstrumentId,
    orders::{OrderId, Priority, tables::OrderRow},
    patients::{PatientId, tables::PatientRow, views::Patient},
    people,
    specimens::{SpecimenId, tables::SpecimenRow},
};

pub use super::previous::{Previous, previous};

/// Results on one page of the review.
pub const PAGE: i64 = 100;
/// The most results of one specimen.
const OF_SPECIMEN_MAX: i64 = 1_000;

/// A waiting result `r`, found from `$from`, with its tube, order and patient, and the verified result before it (see [`Previous`]).
macro_rules! queue_text {
    ($which:literal) => {
        queue_text!("FROM results_awaiting_review w JOIN results r ON r.lab = w.lab AND r.id = w.id ", $which)
    };
    ($from:literal, $which:literal) => {
        concat!(
            $from,
            "JOIN specimens s ON s.lab = r.lab AND s.id = r.specimen JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
            JOIN patients p ON p.lab = r.lab AND p.id = r.patient \
            LEFT JOIN results_sent_otherwise t ON t.lab = r.lab AND t.id = r.id \
            LEFT JOIN results b ON b.lab = r.lab AND b.id = (SELECT c.id FROM results c \
            JOIN specimens k ON k.lab = c.lab AND k.id = c.specimen WHERE c.lab = r.lab \
            AND c.patient = r.patient AND c.analyte = r.analyte AND c.signed_at > 0 AND c.state = 'verified' \
            AND COALESCE(k.collected_at, c.measured_at, c.signed_at) = (SELECT \
            MAX(COALESCE(l.collected_at, e.measured_at, e.signed_at)) FROM results e \
            JOIN specimens l ON l.lab = e.lab AND l.id = e.specimen WHERE e.lab = r.lab \
            AND e.patient = r.patient AND e.analyte = r.analyte AND e.signed_at > 0 AND e.state = 'verified' \
            AND COALESCE(l.collected_at, e.measured_at, e.signed_at) <= COALESCE(s.collected_at, r.measured_at, w.arrived_at)) \
            ORDER BY c.signed_at DESC LIMIT 1) \
            LEFT JOIN specimens g ON g.lab = b.lab AND g.id = b.specimen ",
            $which
        )
    };
}
pub(super) use queue_text;

sql! {
    OF_SPECIMEN: (results: ResultRow) = "FROM results WHERE lab = $1 AND specimen = $2 ORDER BY id LIMIT $3";
    WAITING_UNDER: (r: ResultRow, "s.barcode": String, "t.value": Option<String>) = "FROM results_awaiting_review w \
        JOIN results r ON r.lab = w.lab AND r.id = w.id JOIN specimens s ON s.lab = r.lab AND s.id = r.specimen \
        LEFT JOIN results_sent_otherwise t ON t.lab = r.lab AND t.id = r.id \
        WHERE w.lab = $1 AND w.mapping = $2 AND w.id > $3 ORDER BY w.id LIMIT $4";
    FILED_UNDER: (r: ResultRow, "s.barcode": String, "t.value": Option<String>) = "FROM results r \
        JOIN specimens s ON s.lab = r.lab AND s.id = r.specimen \
        LEFT JOIN results_sent_otherwise t ON t.lab = r.lab AND t.id = r.id WHERE r.lab = $1 AND r.mapping = $2 AND r.state = $3 \
        ORDER BY r.id LIMIT $4";
    WAITING_OF: (r: ResultRow, "s.collected_at": Option<Timestamp>, "s.specimen_type": SpecimenTypeId, "w.arrived_at": Timestamp) = "FROM orders o \
        JOIN specimens s ON s.lab = o.lab AND s.order_id = o.id JOIN results r ON r.lab = s.lab AND r.specimen = s.id \
        JOIN results_awaiting_review w ON w.lab = r.lab AND w.id = r.id \
        WHERE o.lab = $1 AND o.patient = $2 ORDER BY r.id LIMIT $3";
    OF_PATIENT: (r: ResultRow, "s.barcode": String, "s.order_id": OrderId, "s.collected_at": Option<Timestamp>) = "FROM orders o \
        JOIN specimens s ON s.lab = o.lab AND s.order_id = o.id JOIN results r ON r.lab = s.lab AND r.specimen = s.id \
        WHERE o.lab = $1 AND o.patient = $2 ORDER BY r.id DESC LIMIT $3";
    BY_ID: (r: ResultRow, "s.order_id": OrderId) = "FROM results r \
        JOIN specimens s ON s.lab = r.lab AND s.id = r.specimen WHERE r.lab = $1 AND r.id = $2";
    AWAITING: (
        w: AwaitingRow,
        r: ResultRow,
        s: SpecimenRow,
        o: OrderRow,
        p: PatientRow,
        "b.value": Option<String>,
        "b.unit": Option<String>,
        "b.measured_at": Option<Timestamp>,
        "b.signed_at": Option<Timestamp>,
        "b.answer": Option<AnswerId>,
        "g.collected_at": Option<Timestamp>,
        "t.value": Option<String>,
        "t.unit": Option<String>,
        "t.flags": Option<String>,
    ) = queue_text!("WHERE w.lab = $1 AND (w.rank, w.priority, w.arrived_at, w.id) > ($2, $3, $4, $5) \
        ORDER BY w.rank, w.priority, w.arrived_at, w.id LIMIT $6");
    AWAITING_ONE: (
        w: AwaitingRow,
        r: ResultRow,
        s: SpecimenRow,
        o: OrderRow,
        p: PatientRow,
        "b.value": Option<String>,
        "b.unit": Option<String>,
        "b.measured_at": Option<Timestamp>,
        "b.signed_at": Option<Timestamp>,
        "b.answer": Option<AnswerId>,
        "g.collected_at": Option<Timestamp>,
        "t.value": Option<String>,
        "t.unit": Option<String>,
        "t.flags": Option<String>,
    ) = queue_text!("WHERE w.lab = $1 AND w.id = $2");
    CONTRADICTION: (contradictions: ContradictionRow) = "FROM contradictions WHERE lab = $1 AND id = $2";
    CONTRADICTING: (contradictions: ContradictionRow) = "FROM contradictions WHERE lab = $1 AND specimen = $2 ORDER BY id LIMIT $3";
    IN_STATE: (contradictions: ContradictionRow) = "FROM contradictions \
        WHERE lab = $1 AND specimen = $2 AND state = $3 ORDER BY id DESC LIMIT $4";
    UNDECIDED: ("id": ContradictionId) = "FROM contradictions \
        WHERE lab = $1 AND specimen = $2 AND analyte = $3 AND state = $4 LIMIT 1";
    UNDECIDED_OF: (c: ContradictionRow, "s.collected_at": Option<Timestamp>) = "FROM orders o \
        JOIN specimens s ON s.lab = o.lab AND s.order_id = o.id JOIN results r ON r.lab = s.lab AND r.specimen = s.id \
        JOIN contradictions c ON c.lab = r.lab AND c.specimen = r.specimen AND c.analyte = r.analyte \
        WHERE o.lab = $1 AND o.patient = $2 AND c.result = r.id \
        AND (c.state = 'open' OR (c.state = 'beside' AND r.state = 'reported')) ORDER BY c.id LIMIT $3";
    OPEN: (c: ContradictionRow, r: ResultRow, s: SpecimenRow, o: OrderRow, p: PatientRow) = "FROM contradictions c \
        JOIN results r ON r.lab = c.lab AND r.id = c.result JOIN specimens s ON s.lab = c.lab AND s.id = c.specimen \
        JOIN orders o ON o.lab = s.lab AND o.id = s.order_id JOIN patients p ON p.lab = s.lab AND p.id = s.patient WHERE c.lab = $1 AND c.state = $2 \
        ORDER BY c.rank, c.id LIMIT $3";
    RANKS: ("rank": i64) = "FROM results_awaiting_review WHERE lab = $1 AND rank >= $2 ORDER BY rank LIMIT $3";
    CHANGED: ("j.at": Timestamp, "j.actor_kind": i64, "j.actor": i64) = "FROM results r \
        JOIN journal j ON j.lab = r.lab AND j.number = r.changed WHERE r.lab = $1 AND r.id = $2";
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
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
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
    /// The answer that the value means, if the analyte has answers.
    pub answer: Option<AnswerId>,
    /// What measured it, if that is known.
    pub instrument: Option<InstrumentId>,
    /// What the laboratory says beside it, in order.
    pub comments: Vec<CommentId>,
}

impl LabResult {
    /// The value with its unit.
    pub fn value_with_unit(&self) -> String {
        [self.value.as_str(), &self.unit].join(" ").trim_end().to_owned()
    }

    /// Whether somebody must be told at once: the result is critical, or a value contradicts it that is critical or is to be treated as
    /// critical, and it is not signed.
    pub fn is_urgent(&self) -> bool {
        !self.critical.is_empty() || (self.state == State::Reported && self.holds.iter().any(|h| is_urgent_beside(h)))
    }

    /// Why somebody must be told, the most pressing reason.
    pub fn urgency(&self) -> Urgent {
        let held = |why: &str| self.state == State::Reported && self.holds.iter().any(|h| h == why);
        match () {
            () if !self.critical.is_empty() => Urgent::Critical,
            () if held(events::CRITICAL_BESIDE) => Urgent::CriticalBeside,
            () if held(events::UNDECIDED_BESIDE) => Urgent::UndecidedBeside,
            () if held(events::UNDECIDED) => Urgent::Undecided,
            () => Urgent::Not,
        }
    }

    /// The result of a row. One that is verified says who signed it, and when.
    pub(crate) fn read(row: ResultRow) -> Result<Self, StoreError> {
        let comments = commented::of_row(&row)?;
        let signed = row.signed_at.zip(row.signed_by);
        if row.state == State::Verified && signed.is_none() {
            return Err(StoreError::Corrupt(format!("result {} is verified, and nobody has signed it", row.id)));
        }
        Ok(LabResult {
            id: row.id,
            specimen: row.specimen,
            analyte: row.analyte,
            version: row.version,
            state: row.state,
            value: row.value,
            unit: row.unit,
            flag: row.flag,
            critical: row.critical,
            has_interval: row.interval_id.is_some(),
            low: row.low,
            high: row.high,
            holds: row.holds.lines().map(str::to_owned).collect(),
            measured_at: row.measured_at,
            link: row.link,
            signed,
            answer: row.answer,
            instrument: row.instrument,
            comments,
        })
    }
}

/// Why somebody must be told of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgent {
    /// It is critical.
    Critical,
    /// A critical value contradicts it.
    CriticalBeside,
    /// A value contradicts it of which no approved limit decides whether it is critical.
    UndecidedBeside,
    /// No approved limit decides whether it is critical.
    Undecided,
    /// Nothing is urgent.
    Not,
}

fn all_of(rows: Vec<ResultRow>) -> Result<Vec<LabResult>, StoreError> {
    rows.into_iter().map(LabResult::read).collect()
}

/// Results of a patient that wait for review, the oldest first.
pub(super) fn waiting_of(
    read: &mut dyn Read,
    patient: PatientId,
    limit: usize,
) -> Result<Vec<WaitingResult>, StoreError> {
    let rows = WAITING_OF.all(read, &values![patient, limit as i64])?;
    let waiting = |(row, collected_at, specimen_type, arrived_at)| {
        WaitingResult::new(row, collected_at, specimen_type, arrived_at)
    };
    rows.into_iter().map(waiting).collect()
}

/// A result of a patient, with the tube and order that it belongs to.
#[derive(Clone, Debug)]
pub struct OfPatient {
    /// The result.
    pub result: LabResult,
    /// The number of the event that made its version.
    pub changed: i64,
    /// The tube.
    pub barcode: String,
    /// The order.
    pub order: OrderId,
    /// When the tube was collected.
    pub collected_at: Option<Timestamp>,
}

/// The last results of a patient, `limit` at most, the latest first.
pub fn of_patient(read: &mut dyn Read, patient: PatientId, limit: i64) -> Result<Vec<OfPatient>, StoreError> {
    let rows = OF_PATIENT.all(read, &values![patient, limit])?;
    let result = |(row, barcode, order, collected_at): (ResultRow, String, OrderId, Option<Timestamp>)| {
        let changed = row.changed;
        Ok(OfPatient { result: LabResult::read(row)?, changed, barcode, order, collected_at })
    };
    rows.into_iter().map(result).collect()
}

/// The results of a specimen, in the order in which they came.
pub fn of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<Vec<LabResult>, StoreError> {
    all_of(OF_SPECIMEN.all(read, &values![specimen, OF_SPECIMEN_MAX])?)
}

/// Up to `limit` results that wait for review and were filed under a mapping, behind `after`; and the last of them, if there may be
/// more.
pub(super) fn waiting_under(
    read: &mut dyn Read,
    mapping: i64,
    after: ResultId,
    limit: usize,
) -> Result<(Vec<LabResult>, Option<ResultId>), StoreError> {
    let rows = WAITING_UNDER.all(read, &values![mapping, after, limit as i64])?;
    let last = rows.last().filter(|_| rows.len() == limit).map(|(r, ..)| r.id);
    Ok((all_of(rows.into_iter().map(|(result, ..)| result).collect())?, last))
}

/// A result that was filed under a mapping.
#[derive(Clone, Debug)]
pub struct FiledUnder {
    /// The result.
    pub result: LabResult,
    /// Its tube's number.
    pub barcode: String,
    /// The value as sent.
    pub sent: String,
}

/// The first results in one state that were filed under a mapping.
pub fn filed_under(read: &mut dyn Read, mapping: i64, state: State, limit: i64) -> Result<Vec<FiledUnder>, StoreError> {
    let rows = match state {
        State::Reported => WAITING_UNDER.all(read, &values![mapping, 0_i64, limit])?,
        State::Verified | State::Repeat => FILED_UNDER.all(read, &values![mapping, state, limit])?,
    };
    let filed = |(row, barcode, sent): (ResultRow, String, Option<String>)| {
        let result = LabResult::read(row)?;
        Ok(FiledUnder { sent: sent.unwrap_or_else(|| result.value.clone()), result, barcode })
    };
    rows.into_iter().map(filed).collect()
}

/// Whether anything stands that was filed under a mapping.
pub fn any_filed_under(read: &mut dyn Read, mapping: i64) -> Result<bool, StoreError> {
    for state in [State::Reported, State::Verified] {
        if !filed_under(read, mapping, state, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a specimen has any result.
pub fn any_of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<bool, StoreError> {
    Ok(!OF_SPECIMEN.all(read, &values![specimen, 1_i64])?.is_empty())
}

/// The result of this id, with its order.
pub fn result(read: &mut dyn Read, id: ResultId) -> Result<Option<(LabResult, OrderId)>, StoreError> {
    row(read, id)?.map(|(result, order)| Ok((LabResult::read(result)?, order))).transpose()
}

/// The row of this id, with its order.
pub(super) fn row(read: &mut dyn Read, id: ResultId) -> Result<Option<(ResultRow, OrderId)>, StoreError> {
    BY_ID.one(read, &values![id])
}

/// When and by whom a result came to its current version; the name is empty when it was no person.
///
/// # Errors
/// [`StoreError::Corrupt`] when the journal does not have the event.
pub fn last_change(read: &mut dyn Read, id: ResultId) -> Result<(Timestamp, String), StoreError> {
    let damaged = |what: &str| StoreError::Corrupt(format!("the event that changed result {id} {what}"));
    let (at, kind, actor) = CHANGED.one(read, &values![id])?.ok_or_else(|| damaged("is not in the journal"))?;
    let by = match Actor::from_code(kind, actor).ok_or_else(|| damaged("names an unknown kind of actor"))? {
        Actor::Person(account) => people::views::name(read, account)?.unwrap_or_default(),
        _ => String::new(),
    };
    Ok((at, by))
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
    /// What was sent, with its unit and flags, if the value was filed otherwise.
    pub sent: Option<String>,
    rank: i64,
}

/// The columns of [`AWAITING`]: behind the rows the previous result's, then what was sent otherwise.
pub(super) type AwaitingColumns = (
    AwaitingRow,
    ResultRow,
    SpecimenRow,
    OrderRow,
    PatientRow,
    Option<String>,
    Option<String>,
    Option<Timestamp>,
    Option<Timestamp>,
    Option<AnswerId>,
    Option<Timestamp>,
    Option<String>,
    Option<String>,
    Option<String>,
);

impl Awaiting {
    pub(super) fn read(
        (w, result, specimen, order, patient, value, unit, measured, signed, answer, collected, sent, sent_unit, flags): AwaitingColumns,
    ) -> Result<Self, StoreError> {
        let previous = value.zip(unit).zip(signed);
        let sent = sent.map(|sent| {
            let parts = [sent, sent_unit.unwrap_or_default(), flags.unwrap_or_default()];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        });
        Ok(Awaiting {
            sent,
            result: LabResult::read(result)?,
            order: order.id,
            barcode: specimen.barcode,
            collected_at: specimen.collected_at,
            requester: order.requester,
            priority: Priority::of_rank(w.priority)?,
            arrived_at: w.arrived_at,
            patient: Patient::read(patient)?,
            previous: previous.map(|((value, unit), signed)| Previous {
                value,
                unit,
                at: collected.or(measured).unwrap_or(signed),
                answer,
            }),
            rank: w.rank,
        })
    }

    /// Its place in the queue.
    pub fn queue_position(&self) -> QueuePosition {
        QueuePosition {
            rank: self.rank,
            priority: self.priority.rank(),
            arrived_at: self.arrived_at.micros(),
            id: self.result.id.0,
        }
    }
}

/// A place in the queue of what waits for review: a page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueuePosition {
    /// 0 critical, 1 held, 2 neither.
    pub rank: i64,
    /// The order's priority.
    pub priority: i64,
    /// When it arrived, microseconds UTC.
    pub arrived_at: i64,
    /// The result.
    pub id: i64,
}

impl QueuePosition {
    /// Before all others.
    pub const FIRST: QueuePosition = QueuePosition { rank: -1, priority: 0, arrived_at: 0, id: 0 };
}

/// The first results that wait for review, `limit` at most: critical ones first, then held ones, the most urgent and oldest first.
pub fn awaiting(read: &mut dyn Read, limit: i64) -> Result<Vec<Awaiting>, StoreError> {
    let first = QueuePosition::FIRST;
    let place = values![first.rank, first.priority, first.arrived_at, first.id, limit];
    AWAITING.all(read, &place)?.into_iter().map(Awaiting::read).collect()
}

/// The result of this id, if it waits.
pub fn awaiting_one(read: &mut dyn Read, id: ResultId) -> Result<Option<Awaiting>, StoreError> {
    AWAITING_ONE.one(read, &values![id])?.map(Awaiting::read).transpose()
}

/// How many results wait at most count in [`waiting`].
pub const WAITING_COUNTED_MAX: i64 = 1_000;

/// How many results wait for review, counted up to [`WAITING_COUNTED_MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// All of them.
    pub all: Counted,
    /// Critical ones.
    pub critical: Counted,
    /// Held ones that are not critical.
    pub held: Counted,
}

/// How many results wait for review.
pub fn waiting(read: &mut dyn Read) -> Result<Waiting, StoreError> {
    let (mut critical, mut held) = (0, 0);
    let ranks = RANKS.all(read, &values![0_i64, WAITING_COUNTED_MAX + 1])?;
    let all = Counted::up_to(WAITING_COUNTED_MAX, ranks.len());
    for rank in ranks.into_iter().take(all.number) {
        match rank {
            0 => critical += 1,
            1 => held += 1,
            2 => {}
            other => return Err(StoreError::Corrupt(format!("{other} is no place in the review"))),
        }
    }
    // They are counted in the order of the review: what the last of them is, the others may be too.
    Ok(Waiting {
        critical: Counted { number: critical, more: all.more && critical == all.number },
        held: Counted { number: held, more: all.more && held > 0 && critical + held == all.number },
        all,
    })
}

/// The most contradictions of one specimen that are read.
const CONTRADICTING_MAX: i64 = 1_000;
/// Corrections to decide that are listed at most.
pub const CORRECTIONS_MAX: usize = 50;
/// Values that are read for them: a result may have several.
const OPEN_READ_MAX: i64 = 1_000;

/// A value that contradicts a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Its id.
    pub id: ContradictionId,
    /// The result.
    pub result: ResultId,
    /// The analyte of both.
    pub analyte: AnalyteId,
    /// Where it is on its way.
    pub state: ContradictionState,
    /// The value.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
    /// The link that it came by.
    pub link: i64,
    /// When it came.
    pub arrived_at: Timestamp,
    /// Who verified the result and owns the decision; empty if nobody had.
    pub owner: String,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    pub critical: String,
    /// What the analyzer and the judgement say of the value, as codes with an argument after a colon.
    pub holds: Vec<String>,
    /// What the sender's message is known by.
    pub message: Option<i64>,
    /// The answer that the value means, if the analyte has answers.
    pub answer: Option<AnswerId>,
    /// What measured it, if that is known.
    pub instrument: Option<InstrumentId>,
    /// The number of the event by which a person decided.
    pub decided: Option<i64>,
}

impl Contradiction {
    pub(super) fn read(row: ContradictionRow) -> Self {
        Contradiction {
            id: row.id,
            result: row.result,
            analyte: row.analyte,
            state: row.state,
            value: row.value,
            unit: row.unit,
            measured_at: row.measured_at,
            link: row.link,
            arrived_at: row.arrived_at,
            owner: row.owner,
            flag: row.flag,
            critical: row.critical,
            holds: row.holds.lines().map(str::to_owned).collect(),
            message: row.message,
            answer: row.answer,
            instrument: row.instrument,
            decided: row.decided,
        }
    }

    /// Whether no approved limit decides if it is critical: it is to be treated as critical then.
    pub fn is_undecided(&self) -> bool {
        self.critical.is_empty() && self.is_urgent()
    }

    /// Whether it is critical, or is to be treated as critical.
    pub fn is_urgent(&self) -> bool {
        events::is_urgent(&self.critical, self.holds.iter().map(String::as_str))
    }

    /// Whether it stands for all values beyond those that are kept.
    pub fn is_more(&self) -> bool {
        self.holds == [MORE]
    }

    /// The value with its unit.
    pub fn value_with_unit(&self) -> String {
        [self.value.as_str(), &self.unit].join(" ").trim_end().to_owned()
    }
}

pub(super) fn contradiction(read: &mut dyn Read, id: ContradictionId) -> Result<Option<ContradictionRow>, StoreError> {
    CONTRADICTION.one(read, &values![id])
}

/// What contradicts the results of a specimen, decided or not, in the order in which it came.
pub fn contradicting(read: &mut dyn Read, specimen: SpecimenId) -> Result<Vec<Contradiction>, StoreError> {
    let rows = CONTRADICTING.all(read, &values![specimen, CONTRADICTING_MAX])?;
    Ok(rows.into_iter().map(Contradiction::read).collect())
}

/// What contradicts the results of a specimen and is in one state, the latest first.
pub fn contradicting_in(
    read: &mut dyn Read,
    specimen: SpecimenId,
    state: ContradictionState,
) -> Result<Vec<Contradiction>, StoreError> {
    let rows = IN_STATE.all(read, &values![specimen, state, CONTRADICTING_MAX])?;
    Ok(rows.into_iter().map(Contradiction::read).collect())
}

/// Whether somebody must decide whether a verified result of this specimen and analyte is to be corrected.
pub(super) fn is_undecided(read: &mut dyn Read, specimen: SpecimenId, analyte: AnalyteId) -> Result<bool, StoreError> {
    Ok(UNDECIDED.one(read, &values![specimen, analyte, ContradictionState::Open])?.is_some())
}

/// What contradicts results of a patient and was neither decided nor signed over, `limit` at most.
pub(super) fn undecided_of(read: &mut dyn Read, patient: PatientId, limit: usize) -> Result<Vec<Against>, StoreError> {
    let rows = UNDECIDED_OF.all(read, &values![patient, limit as i64])?;
    let against = |(row, collected_at): (ContradictionRow, Option<Timestamp>)| {
        let specimen = row.specimen;
        Against { contradiction: Contradiction::read(row), specimen, collected_at }
    };
    Ok(rows.into_iter().map(against).collect())
}

/// A correction to decide: a verified result, and the first value that contradicts it, a critical one before all others.
#[derive(Clone, Debug)]
pub struct Correction {
    /// What contradicts it.
    pub contradiction: Contradiction,
    /// How many more values contradict it.
    pub others: usize,
    /// When the first of all values came that contradict it.
    pub since: Timestamp,
    /// The result.
    pub result: LabResult,
    /// The barcode of its specimen.
    pub barcode: String,
    /// How urgent the order is.
    pub priority: Priority,
    /// Whose it is.
    pub patient: Patient,
}

/// Corrections to decide: those first whose values are critical or are to be treated as critical, then the most urgent orders, then the
/// oldest. Each result once; at most [`CORRECTIONS_MAX`], and whether there are more.
pub fn corrections(read: &mut dyn Read) -> Result<(Vec<Correction>, bool), StoreError> {
    let rows = OPEN.all(read, &values![ContradictionState::Open, OPEN_READ_MAX])?;
    let mut more = rows.len() as i64 == OPEN_READ_MAX;
    let mut all: Vec<Correction> = Vec::new();
    for (row, result, specimen, order, patient) in rows {
        if let Some(known) = all.iter_mut().find(|c| c.result.id == row.result) {
            known.since = known.since.min(row.arrived_at);
            known.others += 1;
            continue;
        }
        all.push(Correction {
            since: row.arrived_at,
            contradiction: Contradiction::read(row),
            others: 0,
            result: LabResult::read(result)?,
            barcode: specimen.barcode,
            priority: Priority::of_rank(order.priority)?,
            patient: Patient::read(patient)?,
        });
    }
    all.sort_by_key(|c| (!c.contradiction.is_urgent(), c.priority.rank(), c.since));
    more |= all.len() > CORRECTIONS_MAX;
    all.truncate(CORRECTIONS_MAX);
    Ok((all, more))
}
