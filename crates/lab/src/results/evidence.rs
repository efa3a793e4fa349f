//! Whether a result, and what contradicts it, stand as their events give them. Nobody signs or prints a row that somebody changed
//! behind the journal.

#[cfg(test)]
mod tests;

use titer_store::{Given, PLACES, Read, TableRow};

use super::tables::{ContradictionRow, ResultRow};
use crate::{Failure, Refusal, refuse, stories};

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

/// Refuses a value that contradicts a result, and about which nobody has decided, if the row is not what the event gives.
pub(super) fn contradiction_as_journalled(
    given: &mut Given<'_>,
    read: &mut dyn Read,
    row: &ContradictionRow,
) -> Result<(), Failure> {
    // It may have been judged again since: the story of the tube names these events.
    let events = stories::of_room(read, row.specimen.0, "results")?;
    if given.row::<ContradictionRow>(read, row.id, events)?.as_ref() == Some(row) {
        return Ok(());
    }
    refuse("results-contradiction-not-as-journalled")
}
