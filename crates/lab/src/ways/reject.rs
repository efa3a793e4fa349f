//! Rejecting a specimen.

use crate::{
    Failure, Tx,
    results::views as results,
    specimens::{SpecimenId, commands::RejectSpecimen},
};

/// Rejects a specimen that cannot be used and has no results. `reason` is one of [`crate::specimens::REJECTION_REASONS`].
///
/// # Errors
/// As the command refuses.
pub fn reject(tx: &mut Tx<'_, '_>, specimen: SpecimenId, reason: String) -> Result<(), Failure> {
    let has_results = results::any_of_specimen(tx, specimen)?;
    tx.run(RejectSpecimen { specimen, reason, has_results })
}
