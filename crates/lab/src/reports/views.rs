//! What may be seen of reports.

use titer_store::{Read, Sha256, StoreError, Timestamp, reading, sql, values};

use super::{ReportId, document::Document, events::Composed, tables::ReportRow};
use crate::{
    orders::{OrderId, RequestId},
    patients::PatientId,
    results::{ContradictionId, State as ResultState, tables::ResultRow, views::LabResult},
    specimens::State as SpecimenState,
};

/// Reports on one page.
pub const PAGE: i64 = 50;
/// The most results of one order.
const RESULTS_MAX: i64 = 1_000;
/// The most that is looked at to say where one order stands: each request with its tubes and results.
const STANDS_MAX: i64 = 10_000;

sql! {
    BY_ID: (reports: ReportRow) = "FROM reports WHERE lab = $1 AND id = $2";
    OF_ORDER: (reports: ReportRow) = "FROM reports WHERE lab = $1 AND order_id = $2 ORDER BY version DESC LIMIT $3";
    OF_PATIENT: (r: ReportRow) = "FROM orders o JOIN reports r ON r.lab = o.lab AND r.order_id = o.id \
        WHERE o.lab = $1 AND o.patient = $2 ORDER BY r.id DESC LIMIT $3";
    BEFORE: (reports: ReportRow) = "FROM reports WHERE lab = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    RESULTS: (r: ResultRow) = "FROM specimens s JOIN results r ON r.lab = s.lab AND r.specimen = s.id \
        WHERE s.lab = $1 AND s.order_id = $2 AND r.state <> 'repeat' ORDER BY s.id, r.id LIMIT $3";
    STANDS: (
        "q.id": RequestId,
        "q.cancelled": Option<i64>,
        "s.state": Option<SpecimenState>,
        "r.state": Option<ResultState>,
        "(SELECT x.final FROM reports x WHERE x.lab = $1 AND x.order_id = q.order_id ORDER BY x.version DESC LIMIT 1)":
            Option<bool>,
        "(SELECT d.id FROM due d WHERE d.lab = $1 AND d.id = q.order_id)": Option<i64>,
        "(SELECT c.id FROM specimens t JOIN contradictions c ON c.lab = t.lab AND c.specimen = t.id WHERE t.lab = $1 \
            AND t.order_id = q.order_id AND c.state = 'open' LIMIT 1)": Option<ContradictionId>,
    ) = "FROM requests q LEFT JOIN specimens s ON s.lab = q.lab AND s.order_id = q.order_id \
        AND s.specimen_type = q.specimen_type LEFT JOIN results r ON r.lab = s.lab AND r.specimen = s.id \
        AND r.analyte = q.analyte WHERE q.lab = $1 AND q.order_id = $2 ORDER BY q.id LIMIT $3";
    // With the latest time, as [`crate::results::views::Previous`] has it.
    PREVIOUS: (b: ResultRow, "g.collected_at": Option<Timestamp>) = "FROM requests q JOIN orders o ON o.lab = q.lab AND o.id = q.order_id \
        JOIN results b ON b.lab = q.lab AND b.id = (SELECT c.id FROM results c \
        JOIN specimens k ON k.lab = c.lab AND k.id = c.specimen WHERE c.lab = q.lab AND c.patient = o.patient \
        AND c.analyte = q.analyte AND c.signed_at < $3 AND c.state = 'verified' \
        AND COALESCE(k.collected_at, c.measured_at, c.signed_at) = (SELECT \
        MAX(COALESCE(l.collected_at, e.measured_at, e.signed_at)) FROM results e \
        JOIN specimens l ON l.lab = e.lab AND l.id = e.specimen WHERE e.lab = q.lab AND e.patient = o.patient \
        AND e.analyte = q.analyte AND e.signed_at < $3 AND e.state = 'verified' \
        AND COALESCE(l.collected_at, e.measured_at, e.signed_at) <= $4) ORDER BY c.signed_at DESC LIMIT 1) \
        JOIN specimens g ON g.lab = b.lab AND g.id = b.specimen WHERE q.lab = $1 AND q.order_id = $2 LIMIT $5";
}

/// One version of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The order.
    pub order: OrderId,
    /// Its version, from 1.
    pub version: i64,
    /// Whether everything that was ordered is in it.
    pub complete: bool,
    /// When it was composed.
    pub composed_at: Timestamp,
    /// When its bytes were made, and their name.
    pub issued: Option<(Timestamp, Sha256)>,
}

impl Report {
    /// The job that typesets it.
    pub fn job(&self) -> i64 {
        Composed::render_job(self.id)
    }

    fn read(row: ReportRow) -> Result<Self, StoreError> {
        let issued = match row.issued_at {
            None => None,
            Some(at) => {
                let unnamed =
                    || StoreError::Corrupt(format!("report {} was issued, and its bytes have no name", row.id));
                Some((at, Sha256::from_hex(&row.sha256).ok_or_else(unnamed)?))
            }
        };
        Ok(Report {
            id: row.id,
            order: row.order_id,
            version: row.version,
            complete: row.complete,
            composed_at: row.composed_at,
            issued,
        })
    }
}

/// The row of the report of this id.
pub(super) fn row(read: &mut dyn Read, id: ReportId) -> Result<Option<ReportRow>, StoreError> {
    BY_ID.one(read, &values![id])
}

/// The report of this id.
pub fn report(read: &mut dyn Read, id: ReportId) -> Result<Option<Report>, StoreError> {
    row(read, id)?.map(Report::read).transpose()
}

/// The versions of an order's report, the latest first.
pub fn of_order(read: &mut dyn Read, order: OrderId) -> Result<Vec<Report>, StoreError> {
    OF_ORDER.all(read, &values![order, PAGE])?.into_iter().map(Report::read).collect()
}

/// The reports of a patient, the latest first.
pub fn of_patient(read: &mut dyn Read, patient: PatientId) -> Result<Vec<Report>, StoreError> {
    OF_PATIENT.all(read, &values![patient, PAGE])?.into_iter().map(Report::read).collect()
}

pub(super) fn last_version(read: &mut dyn Read, order: OrderId) -> Result<i64, StoreError> {
    Ok(of_order(read, order)?.first().map_or(0, |r| r.version))
}

/// The results of an order but for those that were put aside, in the order in which its tubes and their results came.
pub(super) fn rows(read: &mut dyn Read, order: OrderId) -> Result<Vec<ResultRow>, StoreError> {
    RESULTS.all(read, &values![order, RESULTS_MAX])
}

/// [`rows`], as they are shown.
pub(super) fn results(read: &mut dyn Read, order: OrderId) -> Result<Vec<LabResult>, StoreError> {
    rows(read, order)?.into_iter().map(LabResult::read).collect()
}

/// For each analyte that an order asks for, the patient's result before `latest` that was verified before a time, if there is one; and
/// when its specimen was collected.
pub(super) fn previous(
    read: &mut dyn Read,
    order: OrderId,
    before: Timestamp,
    latest: Timestamp,
) -> Result<Vec<(ResultRow, Option<Timestamp>)>, StoreError> {
    PREVIOUS.all(read, &values![order, before, latest, RESULTS_MAX])
}

/// A page of reports before `before`, the latest first.
pub fn reports(read: &mut dyn Read, before: Option<ReportId>) -> Result<Vec<Report>, StoreError> {
    let before = before.map_or(i64::MAX, |r| r.0);
    BEFORE.all(read, &values![before, PAGE])?.into_iter().map(Report::read).collect()
}

/// What a report says, from the event that composed it. It is [`StoreError::Corrupt`] when the event was erased.
pub fn document(read: &mut dyn Read, id: ReportId) -> Result<Document, StoreError> {
    let gone = || StoreError::Corrupt(format!("what report {id} said is no longer in the journal"));
    let entry = reading::proved(read, id.0 / titer_store::PLACES)?.ok_or_else(gone)?;
    serde_json::from_slice(&entry.body.ok_or_else(gone)?).map(|Composed(said)| said).map_err(|_| gone())
}

/// Where an order stands, in one statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// Whether the last report is final, if there is one.
    pub reported: Option<bool>,
    /// Whether all that was asked for is cancelled.
    pub cancelled: bool,
    /// Whether a result is still to follow: it is not there yet, or nobody has verified it.
    pub open: bool,
    /// Whether the next version of the report is to be composed.
    pub due: bool,
    /// Whether somebody must decide whether a verified result is to be corrected.
    pub disputed: bool,
    /// Whether anything was measured.
    pub measured: bool,
    /// The states of its tubes.
    pub tubes: Vec<SpecimenState>,
}

impl Stands {
    /// Whether more follows than the last report says, whatever it said of itself when it was composed.
    pub const fn follows(&self) -> bool {
        self.open || self.due
    }
}

/// Where an order stands. What is open is what [`super::outcome`] calls to follow.
pub fn stands(read: &mut dyn Read, order: OrderId) -> Result<Stands, StoreError> {
    let rows = STANDS.all(read, &values![order, STANDS_MAX])?;
    let mut stands = Stands { cancelled: rows.iter().all(|(_, c, ..)| c.is_some()), ..Stands::default() };
    for of_request in rows.chunk_by(|a, b| a.0 == b.0) {
        let any = |result| of_request.iter().any(|(_, _, _, state, ..)| *state == Some(result));
        let usable = [SpecimenState::Expected, SpecimenState::Received];
        let to_come = of_request.iter().any(|(_, _, tube, ..)| tube.is_none_or(|state| usable.contains(&state)));
        let stands_asked = of_request.iter().all(|(_, cancelled, ..)| cancelled.is_none());
        let follows = stands_asked && (to_come || any(ResultState::Reported));
        stands.open |= follows && !any(ResultState::Verified);
    }
    for (_, _, tube, result, reported, due, open) in rows {
        stands.disputed = open.is_some();
        stands.tubes.extend(tube);
        stands.measured |= result.is_some();
        stands.reported = reported;
        stands.due = due.is_some();
    }
    Ok(stands)
}

#[cfg(test)]
mod tests;
