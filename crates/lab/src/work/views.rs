//! What may be seen of work: the specimens to come; and what is still to be measured of one specimen, of a range of them, of all
//! that are here.

use titer_store::{Read, StoreError, sql, values};

use crate::{
    Counted,
    catalog::AnalyteId,
    orders::{Priority, RequestId},
    patients::tables::PatientRow,
    specimens::{SpecimenId, tables::SpecimenRow, views::Specimen},
    text,
};

/// Specimens to come that are shown at most.
pub const AWAITED_SHOWN_MAX: i64 = 100;
/// Specimens counted by [`count_awaited`] at most.
pub const AWAITED_COUNTED_MAX: i64 = 1_000;
/// The most analytes looked at of one specimen.
const ROWS_MAX: i64 = 1_000;
/// Specimens of one page.
pub const PAGE: i64 = 200;
/// The most specimens of one range.
pub const RANGE_MAX: i64 = 500;

sql! {
    AWAITED: (s: SpecimenRow, p: PatientRow) = "FROM awaited_specimens a \
        JOIN specimens s ON s.lab = a.lab AND s.id = a.id JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE a.lab = $1 AND a.priority >= $2 ORDER BY a.priority, a.expected_at LIMIT $3";
    AWAITED_IDS: ("id": SpecimenId) = "FROM awaited_specimens WHERE lab = $1 AND priority >= $2 ORDER BY priority LIMIT $3";
    // What was cancelled is left out of what was read: were it a condition, a planner might begin with all requests.
    OF_SPECIMEN: ("q.id": RequestId, "q.analyte": AnalyteId, "o.priority": Priority, "q.cancelled": Option<i64>) =
        "FROM specimens s JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
        JOIN requests q ON q.lab = s.lab AND q.order_id = s.order_id AND q.specimen_type = s.specimen_type \
        LEFT JOIN results r ON r.lab = s.lab AND r.specimen = s.id AND r.analyte = q.analyte AND r.state <> 'repeat' \
        WHERE s.lab = $1 AND s.id = $2 AND s.state = 'received' AND r.id IS NULL LIMIT $3";
    AFTER: ("id": SpecimenId) = "FROM open_specimens WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    RANGE: ("id": SpecimenId) = "FROM specimens WHERE lab = $1 AND folded >= $2 AND folded <= $3 AND state = 'received' \
        ORDER BY folded LIMIT $4";
}

/// Specimens that are expected, the most urgent first, then the oldest; at most [`AWAITED_SHOWN_MAX`].
pub fn awaited(read: &mut dyn Read) -> Result<Vec<Specimen>, StoreError> {
    AWAITED.all(read, &values![0_i64, AWAITED_SHOWN_MAX])?.into_iter().map(Specimen::read).collect()
}

/// How many specimens are expected, counted up to [`AWAITED_COUNTED_MAX`].
pub fn count_awaited(read: &mut dyn Read) -> Result<Counted, StoreError> {
    let found = AWAITED_IDS.all(read, &values![0_i64, AWAITED_COUNTED_MAX + 1])?.len();
    Ok(Counted::up_to(AWAITED_COUNTED_MAX, found))
}

/// What is still to be measured of a received specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The specimen.
    pub specimen: SpecimenId,
    /// How urgent it is.
    pub priority: Priority,
    /// The analytes, in the order of the report.
    pub open: Vec<(RequestId, AnalyteId)>,
}

/// What is still to be measured of a specimen; nothing of one that is not received, was rejected, or is finished.
pub fn of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<Option<Work>, StoreError> {
    let mut work: Option<Work> = None;
    for (request, analyte, priority, cancelled) in OF_SPECIMEN.all(read, &values![specimen, ROWS_MAX])? {
        if cancelled.is_none() {
            let work = work.get_or_insert_with(|| Work { specimen, priority, open: Vec::new() });
            work.open.push((request, analyte));
        }
    }
    if let Some(work) = &mut work {
        work.open.sort_by_key(|(request, _)| *request);
    }
    Ok(work)
}

/// A page of what is still to be measured of all received specimens, those behind `after`; and behind which the next page
/// begins, if there is one.
pub fn after(read: &mut dyn Read, after: Option<SpecimenId>) -> Result<(Vec<Work>, Option<SpecimenId>), StoreError> {
    let specimens = AFTER.all(read, &values![after.map_or(0, |s| s.0), PAGE])?;
    let mut page = Vec::new();
    for specimen in &specimens {
        page.extend(of_specimen(read, *specimen)?);
    }
    let full = specimens.len() as i64 == PAGE;
    Ok((page, specimens.last().copied().filter(|_| full)))
}

/// Received specimens whose barcodes lie between two, both included, as text is ordered; at most [`RANGE_MAX`].
pub fn range(read: &mut dyn Read, first: &str, last: &str) -> Result<Vec<SpecimenId>, StoreError> {
    RANGE.all(read, &values![text::key(first), text::key(last), RANGE_MAX])
}
