//! Cancelling requests.

use crate::{
    Failure, Tx,
    orders::{
        OrderId, RequestId,
        commands::{CancelRequests, Tube},
    },
    reports::views as reports,
    results::{State, views as results},
    specimens::{State as SpecimenState, views as specimens},
};

/// Cancels requests that have no result. The reason is that of the submission. If the last report says that they are outstanding,
/// one that does not follows.
///
/// # Errors
/// As the command refuses.
pub fn cancel(tx: &mut Tx<'_, '_>, order: OrderId, requests: Vec<RequestId>) -> Result<(), Failure> {
    let (mut tubes, mut measured) = (Vec::new(), Vec::new());
    for specimen in specimens::of_order(tx, order)? {
        let results = results::of_specimen(tx, specimen.id)?;
        measured.extend(results.into_iter().filter(|r| r.state != State::Repeat).map(|r| r.analyte));
        tubes.push(Tube {
            specimen: specimen.id.0,
            specimen_type: specimen.specimen_type,
            received: specimen.state == SpecimenState::Received,
        });
    }
    let reported_incomplete = reports::of_order(tx, order)?.first().is_some_and(|last| !last.complete);
    tx.run(CancelRequests { order, requests, tubes, measured, reported_incomplete })
}
