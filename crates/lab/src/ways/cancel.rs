//! Cancelling requests.

use titer_store::Timestamp;

use crate::{
    Actor, Failure, Tx,
    orders::{
        OrderId, RequestId,
        commands::{CancelRequests, Tube},
        views::Cancelled,
    },
    reports::outcome::Whole,
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
    let report_follows = Whole::read(tx, order)?.report_follows(|whole| {
        // Only that it is cancelled counts here, not by whom.
        let cancelled = Cancelled { at: Timestamp::default(), by: Actor::Timer, why: String::new() };
        for request in whole.requests.iter_mut().filter(|r| requests.contains(&r.id)) {
            request.cancelled = Some(cancelled.clone());
        }
    });
    tx.run(CancelRequests { order, requests, tubes, measured, report_follows })
}
