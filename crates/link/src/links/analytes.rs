//! Analytes of mappings. The catalogue knows no links, no orders and no test systems: whether something is bound to an analyte is known
//! here.

use titer_lab::{
    Failure, Tx,
    catalog::{AnalyteId, own::CorrectAnalyte},
    orders::views as orders,
};
use titer_store::{Read, StoreError};

use super::{MappingState, views};

/// Corrects an analyte: as one that is used if it was ever ordered, if a mapping names it that was not withdrawn, if a test system measures
/// it, or if a calculation in force gives or takes it.
pub fn correct(tx: &mut Tx<'_, '_>, command: CorrectAnalyte) -> Result<(), Failure> {
    let analyte = command.analyte;
    let measured = tx.systems()?.all().iter().any(|system| system.analyte == analyte && system.is_live());
    let calculated = tx.calculations()?.in_force().any(|c| c.analyte == analyte || c.takes(analyte));
    let used = measured || calculated || orders::was_asked_for(tx, analyte)? || is_mapped(tx, analyte)?;
    tx.run(CorrectAnalyte { used: used || command.used, ..command })
}

fn is_mapped(read: &mut dyn Read, analyte: AnalyteId) -> Result<bool, StoreError> {
    for link in views::all(read)? {
        let mappings = views::mappings(read, link)?;
        if mappings.iter().any(|m| m.analyte == analyte && m.state != MappingState::Withdrawn) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
