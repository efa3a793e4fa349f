//! Whether a result stands as its events give it. Nobody signs or prints a result that somebody changed behind the journal.

#[cfg(test)]
mod tests;

use titer_store::{Given, PLACES, Read, TableRow};

use super::tables::ResultRow;
use crate::{Failure, Refusal};

/// Refuses a row of a result that is not what its events give.
pub(crate) fn as_journalled(given: &mut Given<'_>, read: &mut dyn Read, row: &ResultRow) -> Result<(), Failure> {
    let reported = row.id.0 / PLACES;
    let mut events = vec![reported];
    // Each change counts the version up: the first event makes the first version, and the row names the event of its last one. Those in
    // between are looked for.
    match row.version {
        1 => {}
        2 => events.push(row.changed),
        _ => events.extend(given.writers(read, ResultRow::TABLE, reported, row.changed)?),
    }
    if given.row::<ResultRow>(read, row.id, events)?.as_ref() == Some(row) {
        return Ok(());
    }
    Err(Refusal::new("results-not-as-journalled").with("result", row.id).into())
}
