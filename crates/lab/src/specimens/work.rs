//! What is still to be measured: of one specimen, of a range of them, of all that are here.

use titer_store::{Read, Row, StoreError, sql, values};

use super::SpecimenId;
use crate::{
    catalog::AnalyteId,
    orders::{Priority, RequestId},
};

/// The most analytes looked at of one specimen.
const ROWS_MAX: i64 = 1_000;
/// Specimens of one page.
pub const PAGE: i64 = 200;
/// The most specimens of one range.
pub const RANGE_MAX: i64 = 500;

sql! {
    // What was cancelled is left out of what was read: were it a condition, a planner might begin with all requests.
    OF_SPECIMEN = "SELECT s.id, q.id, q.analyte, o.priority, q.cancelled FROM specimens s \
        JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
        JOIN requests q ON q.lab = s.lab AND q.order_id = s.order_id AND q.specimen_type = s.specimen_type \
        LEFT JOIN results r ON r.lab = s.lab AND r.specimen = s.id AND r.analyte = q.analyte AND r.state <> 'repeat' \
        WHERE s.lab = $1 AND s.id = $2 AND s.state = 'received' AND r.id IS NULL LIMIT $3";
    AFTER = "SELECT id FROM open_specimens WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    RANGE = "SELECT id FROM specimens WHERE lab = $1 AND barcode >= $2 AND barcode <= $3 AND state = 'received' \
        ORDER BY barcode LIMIT $4";
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

/// Gathers what is open of one specimen.
fn gather(rows: &[Row]) -> Result<Option<Work>, StoreError> {
    let mut work: Option<Work> = None;
    for r in rows {
        if r.get::<Option<i64>>(4)?.is_some() {
            continue;
        }
        let (specimen, priority) = (r.get(0)?, Priority::from_rank(r.get(3)?));
        let work = work.get_or_insert_with(|| Work { specimen, priority, open: Vec::new() });
        work.open.push((r.get(1)?, r.get(2)?));
    }
    if let Some(work) = &mut work {
        work.open.sort_by_key(|(request, _)| *request);
    }
    Ok(work)
}

/// What is still to be measured of a specimen; nothing of one that is not received, was rejected, or is finished.
///
/// # Errors
/// What the database says.
pub fn of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<Option<Work>, StoreError> {
    gather(&read.query(&OF_SPECIMEN, &values![specimen, ROWS_MAX])?)
}

/// A page of what is still to be measured of all received specimens, those behind `after`; and behind which the next page
/// begins, if there is one.
///
/// # Errors
/// What the database says.
pub fn after(read: &mut dyn Read, after: Option<SpecimenId>) -> Result<(Vec<Work>, Option<SpecimenId>), StoreError> {
    let rows = read.query(&AFTER, &values![after.map_or(0, |s| s.0), PAGE])?;
    let specimens = rows.iter().map(|r| r.get(0)).collect::<Result<Vec<SpecimenId>, _>>()?;
    let mut page = Vec::new();
    for specimen in &specimens {
        page.extend(of_specimen(read, *specimen)?);
    }
    let full = specimens.len() as i64 == PAGE;
    Ok((page, specimens.last().copied().filter(|_| full)))
}

/// Received specimens whose barcodes lie between two, both included, as text is ordered; at most [`RANGE_MAX`].
///
/// # Errors
/// What the database says.
pub fn range(read: &mut dyn Read, first: &str, last: &str) -> Result<Vec<SpecimenId>, StoreError> {
    read.query(&RANGE, &values![first, last, RANGE_MAX])?.iter().map(|r| r.get(0)).collect()
}
