//! Instruments of links. The room of instruments knows a link by its number only: whether there is such a link is known here.

use titer_lab::{
    Failure, Tx,
    instruments::{
        InstrumentId,
        commands::{AddInstrument, ChangeInstrument},
        views as instruments,
    },
};

use super::{LinkId, commands::existing};

/// Adds an instrument. Refused if its link does not exist or was removed.
pub fn add(tx: &mut Tx<'_, '_>, command: AddInstrument) -> Result<InstrumentId, Failure> {
    if let Some(link) = command.0.link {
        existing(tx, LinkId(link))?;
    }
    tx.run(command)
}

/// Changes an instrument. Refused if its new link does not exist or was removed. It may keep the link that it has, also a removed one.
pub fn change(tx: &mut Tx<'_, '_>, command: ChangeInstrument) -> Result<(), Failure> {
    let before = instruments::instrument(tx, command.instrument)?.and_then(|instrument| instrument.link);
    if let Some(link) = command.description.link.filter(|link| Some(*link) != before) {
        existing(tx, LinkId(link))?;
    }
    tx.run(command)
}
