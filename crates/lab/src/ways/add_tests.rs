//! Adding tests to an order, and asking again for what was lost with its tube.

use crate::{
    Failure, Tx,
    catalog::TestId,
    orders::{
        OrderId,
        commands::{AddTests, Tube},
    },
    reports::outcome::Whole,
    results::calculated::commands::CalculateAdded,
    specimens::{SpecimenId, State, commands::ExpectSpecimens, views as specimens},
};

/// Adds tests to an order, and expects a specimen of each type of which there is none to do them from.
///
/// # Errors
/// As the commands refuse.
pub fn add_tests(tx: &mut Tx<'_, '_>, order: OrderId, tests: Vec<TestId>) -> Result<Vec<SpecimenId>, Failure> {
    ask(tx, order, tests, false)
}

/// Asks again for all that an order asked for and that was lost with its tube, and expects new tubes.
///
/// # Errors
/// As the commands refuse.
pub fn ask_again(tx: &mut Tx<'_, '_>, order: OrderId) -> Result<Vec<SpecimenId>, Failure> {
    ask(tx, order, Vec::new(), true)
}

fn ask(tx: &mut Tx<'_, '_>, order: OrderId, tests: Vec<TestId>, lost_again: bool) -> Result<Vec<SpecimenId>, Failure> {
    let whole = Whole::read(tx, order)?;
    let (lost, all) = (whole.lost(), whole.specimens);
    let mut types: Vec<_> = all.iter().map(|s| s.specimen_type).collect();
    types.sort();
    types.dedup();
    let usable = types.into_iter().filter_map(|t| specimens::usable(&all, t));
    let usable =
        usable.map(|s| Tube { specimen: s.id.0, specimen_type: s.specimen_type, received: s.state == State::Received });
    let usable: Vec<Tube> = usable.collect();
    let received: Vec<_> = usable.iter().filter(|tube| tube.received).map(|tube| SpecimenId(tube.specimen)).collect();
    let missing = tx.run(AddTests { order, tests, lost, lost_again, usable })?;
    for specimen in received {
        tx.run(CalculateAdded { specimen })?;
    }
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    tx.run(ExpectSpecimens { order, types: missing, collected_at: None, barcode: None })
}
