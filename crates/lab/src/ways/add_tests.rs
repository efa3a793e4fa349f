//! Adding tests to an order, and asking again for what was lost with its tube.

use crate::{
    Failure, Tx,
    catalog::TestId,
    orders::{
        OrderId,
        commands::{AddByRule, AddTests, ByRule, Tube},
    },
    reports::outcome::Whole,
    results::calculated::commands::{CalculateAdded, CalculateAddedByRule},
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

/// Adds the test that a reflex rule asks for to an order. It is measured in a tube that is here.
pub(super) fn ask_by_rule(tx: &mut Tx<'_, '_>, order: OrderId, test: TestId, by: ByRule) -> Result<(), Failure> {
    let (command, received) = asking(tx, order, vec![test], false, Some(by))?;
    tx.run(AddByRule(command))?;
    for specimen in received {
        tx.run(CalculateAddedByRule(CalculateAdded { specimen }))?;
    }
    Ok(())
}

/// The same, asked for by a person in place of the rule.
pub(super) fn ask_for(tx: &mut Tx<'_, '_>, order: OrderId, test: TestId, by: ByRule) -> Result<(), Failure> {
    let asking = asking(tx, order, vec![test], false, Some(by))?;
    run(tx, order, asking).map(|_| ())
}

fn ask(tx: &mut Tx<'_, '_>, order: OrderId, tests: Vec<TestId>, lost_again: bool) -> Result<Vec<SpecimenId>, Failure> {
    let asking = asking(tx, order, tests, lost_again, None)?;
    run(tx, order, asking)
}

/// The command, and the tubes that are here.
fn asking(
    tx: &mut Tx<'_, '_>,
    order: OrderId,
    tests: Vec<TestId>,
    lost_again: bool,
    by_rule: Option<ByRule>,
) -> Result<(AddTests, Vec<SpecimenId>), Failure> {
    let whole = Whole::read(tx, order)?;
    let (lost, all) = (whole.lost(), whole.specimens);
    let mut types: Vec<_> = all.iter().map(|s| s.specimen_type).collect();
    types.sort();
    types.dedup();
    let usable = types.into_iter().filter_map(|t| specimens::usable(&all, t));
    let usable =
        usable.map(|s| Tube { specimen: s.id.0, specimen_type: s.specimen_type, received: s.state == State::Received });
    let usable: Vec<Tube> = usable.collect();
    let received = usable.iter().filter(|tube| tube.received).map(|tube| SpecimenId(tube.specimen)).collect();
    Ok((AddTests { order, tests, lost, lost_again, usable, by_rule }, received))
}

fn run(
    tx: &mut Tx<'_, '_>,
    order: OrderId,
    (command, received): (AddTests, Vec<SpecimenId>),
) -> Result<Vec<SpecimenId>, Failure> {
    let missing = tx.run(command)?;
    for specimen in received {
        tx.run(CalculateAdded { specimen })?;
    }
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    tx.run(ExpectSpecimens { order, types: missing, collected_at: None, barcode: None })
}
