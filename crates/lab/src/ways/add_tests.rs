//! Adding tests to an order.

use crate::{
    Failure, Tx,
    catalog::TestId,
    orders::{
        OrderId,
        commands::{AddTests, Tube},
    },
    specimens::{SpecimenId, State, commands::ExpectSpecimens, views as specimens},
};

/// Adds tests to an order, and expects a specimen of each type of which there is none to do them from.
///
/// # Errors
/// As the commands refuse.
pub fn add_tests(tx: &mut Tx<'_, '_>, order: OrderId, tests: Vec<TestId>) -> Result<Vec<SpecimenId>, Failure> {
    let all = specimens::of_order(tx, order)?;
    let mut types: Vec<_> = all.iter().map(|s| s.specimen_type).collect();
    types.sort();
    types.dedup();
    let usable = types.into_iter().filter_map(|t| specimens::usable(&all, t));
    let usable =
        usable.map(|s| Tube { specimen: s.id.0, specimen_type: s.specimen_type, received: s.state == State::Received });
    let missing = tx.run(AddTests { order, tests, usable: usable.collect() })?;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    tx.run(ExpectSpecimens { order, types: missing, collected_at: None, barcode: None })
}
