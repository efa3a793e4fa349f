//! Whether a version of a report stands as its events give it: which order it is of, and which bytes were issued.

use titer_store::{Given, Read};

use super::{ReportId, tables::ReportRow, views};
use crate::{Failure, refuse, stories};

/// Refuses a report whose row is not what its events give: the bytes of another one could be taken for its own.
///
/// # Errors
/// Refused; or the database failed.
pub fn as_journalled(given: &mut Given<'_>, read: &mut dyn Read, id: ReportId) -> Result<(), Failure> {
    let Some(row) = views::row(read, id)? else { return refuse("reports-unknown") };
    let events = stories::of_room(read, row.order_id.0, "reports")?;
    if given.row::<ReportRow>(read, id, events)?.as_ref() == Some(&row) {
        return Ok(());
    }
    refuse("reports-not-as-journalled")
}
