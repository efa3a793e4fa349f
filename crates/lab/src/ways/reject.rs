//! Rejecting a specimen, and throwing a tube away.

use crate::{
    Failure, Tx,
    reports::outcome::Whole,
    results::views as results,
    specimens::{
        SpecimenId, State,
        commands::{DiscardSpecimen, RejectSpecimen},
        views as specimens,
    },
};

/// Rejects a specimen that cannot be used and has no results. `reason` is one of [`crate::specimens::REJECTION_REASONS`]. A report
/// follows if it is to say what cannot be measured any more.
///
/// # Errors
/// As the command refuses.
pub fn reject(tx: &mut Tx<'_, '_>, specimen: SpecimenId, reason: String) -> Result<(), Failure> {
    let has_results = results::any_of_specimen(tx, specimen)?;
    let report_follows = report_follows(tx, specimen, State::Rejected)?;
    tx.run(RejectSpecimen { specimen, reason, has_results, report_follows })
}

/// Throws a tube away. What was measured on it stays. A report follows as after [`reject`].
///
/// # Errors
/// As the command refuses.
pub fn discard(tx: &mut Tx<'_, '_>, specimen: SpecimenId) -> Result<(), Failure> {
    let report_follows = report_follows(tx, specimen, State::Discarded)?;
    tx.run(DiscardSpecimen { specimen, report_follows })
}

/// Whether a report follows if the specimen comes to this state. The command refuses one that is not there.
fn report_follows(tx: &mut Tx<'_, '_>, id: SpecimenId, state: State) -> Result<bool, Failure> {
    let Some(specimen) = specimens::specimen(tx, id)? else { return Ok(false) };
    let whole = Whole::read(tx, specimen.order)?;
    Ok(whole.report_follows(|whole| {
        for specimen in whole.specimens.iter_mut().filter(|s| s.id == id) {
            specimen.state = state;
        }
    }))
}
