//! Analytes of mappings. The catalogue knows no links and no orders: whether an analyte is mapped or was ordered is known here.

use titer_lab::{
    Failure, Tx,
    catalog::{AnalyteId, own::CorrectAnalyte},
    orders::views as orders,
};
use titer_store::{Read, StoreError};

use super::{MappingState, views};

/// Corrects an analyte: as one that is used if it was ever ordered, or if a mapping names it that was not withdrawn.
pub fn correct(tx: &mut Tx<'_, '_>, command: CorrectAnalyte) -> Result<(), Failure> {
    let used = orders::was_asked_for(tx, command.analyte)? || is_mapped(tx, command.analyte)?;
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
