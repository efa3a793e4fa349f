//! What is still to be measured: of one specimen, of a range of them, of all that are here.

use titer_store::{Read, Row, StoreError, sql, values};

use super::SpecimenId;
use crate::{
    catalog::AnalyteId,
    orders::{Priority, RequestId},
};

/// The most analytes looked at at once: of one specimen, and of one page of many.
const ROWS_MAX: i64 = 1_000;
/// The most specimens of one range.
pub const RANGE_MAX: i64 = 500;

/// What is asked for of received specimens, without a result that stands. What was cancelled is left out of what was read: were it
/// a condition, a planner might begin with all requests.
macro_rules! open {
    ($from:literal, $which:literal) => {
        concat!(
            "SELECT s.id, q.id, q.analyte, o.priority, q.cancelled FROM ",
            $from,
            " JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
            JOIN requests q ON q.lab = s.lab AND q.order_id = s.order_id AND q.specimen_type = s.specimen_type \
            LEFT JOIN results r ON r.lab = s.lab AND r.specimen = s.id AND r.analyte = q.analyte AND r.state <> 'repeat' ",
            $which
        )
    };
}

sql! {
    OF_SPECIMEN = open!("specimens s", "WHERE s.lab = $1 AND s.id = $2 AND s.state = 'received' \
        AND r.id IS NULL LIMIT $3");
    AFTER = open!("open_specimens w JOIN specimens s ON s.lab = w.lab AND s.id = w.id", "WHERE w.lab = $1 AND w.id > $2 \
        AND s.state = 'received' AND r.id IS NULL ORDER BY w.id LIMIT $3");
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

/// Gathers rows, in the order of their specimens.
fn gather(rows: &[Row]) -> Result<Vec<Work>, StoreError> {
    let mut all: Vec<Work> = Vec::new();
    for r in rows {
        if r.get::<Option<i64>>(4)?.is_some() {
            continue;
        }
        let specimen: SpecimenId = r.get(0)?;
        if all.last().is_none_or(|w| w.specimen != specimen) {
            all.push(Work { specimen, priority: Priority::from_rank(r.get(3)?), open: Vec::new() });
        }
        if let Some(work) = all.last_mut() {
            work.open.push((r.get(1)?, r.get(2)?));
        }
    }
    all.iter_mut().for_each(|w| w.open.sort_by_key(|(request, _)| *request));
    Ok(all)
}

/// What is still to be measured of a specimen; nothing of one that is not received, was rejected, or is finished.
///
/// # Errors
/// What the database says.
pub fn of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<Option<Work>, StoreError> {
    Ok(gather(&read.query(&OF_SPECIMEN, &values![specimen, ROWS_MAX])?)?.pop())
}

/// A page of what is still to be measured of all received specimens, those behind `after`; and behind which the next page
/// begins, if there is one.
///
/// # Errors
/// What the database says.
pub fn after(read: &mut dyn Read, after: Option<SpecimenId>) -> Result<(Vec<Work>, Option<SpecimenId>), StoreError> {
    let rows = read.query(&AFTER, &values![after.map_or(0, |s| s.0), ROWS_MAX])?;
    let mut page = gather(&rows)?;
    if (rows.len() as i64) < ROWS_MAX {
        return Ok((page, None));
    }
    // The last specimen may go on beyond the page: it begins the next, unless it fills this one.
    let specimens = rows.iter().map(|r| r.get(0)).collect::<Result<Vec<SpecimenId>, _>>()?;
    let last = specimens.last().copied();
    let before = specimens.iter().rev().find(|s| Some(**s) != last).copied();
    if before.is_some() {
        page.retain(|w| Some(w.specimen) != last);
    }
    Ok((page, before.or(last)))
}

/// Received specimens whose barcodes lie between two, both included, as text is ordered; at most [`RANGE_MAX`].
///
/// # Errors
/// What the database says.
pub fn range(read: &mut dyn Read, first: &str, last: &str) -> Result<Vec<SpecimenId>, StoreError> {
    read.query(&RANGE, &values![first, last, RANGE_MAX])?.iter().map(|r| r.get(0)).collect()
}
