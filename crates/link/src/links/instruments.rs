//! Instruments of links. The room of instruments knows a link by its number only: whether there is such a link is known here.

use titer_lab::{
    Catalog, Failure, Systems, Tx,
    accounts::Signed,
    catalog::AnalyteId,
    instruments::{
        InstrumentId,
        commands::{AddInstrument, ChangeInstrument},
        views as instruments,
    },
    systems::{
        RecordText, SystemId,
        commands::{DescribeSystems, Description, VerifySystems},
    },
};
use titer_store::{PLACES, Read};

use super::{LinkId, MappingState, commands::existing, views};

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

/// Analytes that mappings of an instrument's link mean, and of which the instrument has no test system in their own specimen type.
pub fn undescribed(
    read: &mut dyn Read,
    systems: &Systems,
    catalog: &Catalog,
    instrument: InstrumentId,
) -> Result<Vec<AnalyteId>, Failure> {
    let Some(link) = systems.instrument(instrument).and_then(|i| i.link) else { return Ok(Vec::new()) };
    let in_use = |state| matches!(state, MappingState::Approved | MappingState::Confirmed);
    let mappings = views::mappings(read, LinkId(link))?;
    let mut mapped: Vec<AnalyteId> = mappings.iter().filter(|m| in_use(m.state)).map(|m| m.analyte).collect();
    mapped.sort_unstable();
    mapped.dedup();
    mapped.retain(|id| catalog.analyte(*id).is_some_and(|a| systems.of(*id, a.specimen_type, instrument).is_none()));
    Ok(mapped)
}

/// Describes test systems of all that an instrument's link brings, without measuring ranges, and puts them into use with one record: for
/// demonstrations and measurements, where nobody is treated.
pub fn put_into_use(
    tx: &mut Tx<'_, '_>,
    instrument: InstrumentId,
    method: &str,
    record: RecordText,
    signed: Signed,
) -> Result<Vec<SystemId>, Failure> {
    let (known, catalog) = (tx.systems()?, tx.catalog()?);
    let analytes = undescribed(tx, &known, &catalog, instrument)?;
    let described = analytes.into_iter().filter_map(|id| catalog.analyte(id)).map(|analyte| Description {
        analyte: analyte.id,
        specimen_type: analyte.specimen_type,
        instrument,
        method: method.to_owned(),
        low: String::new(),
        high: String::new(),
        dilution: String::new(),
        decimals: None,
        inputs: Vec::new(),
    });
    let described = tx.run(DescribeSystems(described.collect()))?;
    let systems = described.iter().map(|id| (*id, id.0 / PLACES)).collect();
    tx.run(VerifySystems { systems, record, file: None, signed })?;
    Ok(described)
}
