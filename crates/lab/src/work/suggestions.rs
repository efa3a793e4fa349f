//! Tests that reflex rules could not add and about which nobody has decided, each with its tube and its patient.

use titer_store::{Read, StoreError, sql, values};

use crate::{
    patients::tables::PatientRow,
    reflex::{Suggestion, tables::SuggestionRow},
    specimens::{SpecimenId, tables::SpecimenRow, views::Specimen},
};

/// As many are listed at most.
pub const OPEN_MAX: usize = 50;

sql! {
    OPEN: (g: SuggestionRow, s: SpecimenRow, p: PatientRow) = "FROM reflex_suggestions g \
        JOIN specimens s ON s.lab = g.lab AND s.id = g.specimen JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE g.lab = $1 AND g.decided = $2 ORDER BY g.id LIMIT $3";
    OF_SPECIMEN: (g: SuggestionRow, s: SpecimenRow, p: PatientRow) = "FROM reflex_suggestions g \
        JOIN specimens s ON s.lab = g.lab AND s.id = g.specimen JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE g.lab = $1 AND g.specimen = $2 AND g.decided = $3 ORDER BY g.id LIMIT $4";
}

fn read(row: (SuggestionRow, SpecimenRow, PatientRow)) -> Result<(Suggestion, Specimen), StoreError> {
    let (suggestion, specimen, patient) = row;
    Ok((Suggestion::read(suggestion)?, Specimen::read((specimen, patient))?))
}

/// Those of all tubes, the oldest first, [`OPEN_MAX`] at most; and whether there are more.
pub fn open(reads: &mut dyn Read) -> Result<(Vec<(Suggestion, Specimen)>, bool), StoreError> {
    let mut rows = OPEN.all(reads, &values![0_i64, OPEN_MAX as i64 + 1])?;
    let more = rows.len() > OPEN_MAX;
    rows.truncate(OPEN_MAX);
    Ok((rows.into_iter().map(read).collect::<Result<_, _>>()?, more))
}

/// Those of one tube, the oldest first, [`OPEN_MAX`] at most.
pub fn of_specimen(reads: &mut dyn Read, specimen: SpecimenId) -> Result<Vec<(Suggestion, Specimen)>, StoreError> {
    let rows = OF_SPECIMEN.all(reads, &values![specimen, 0_i64, OPEN_MAX as i64])?;
    rows.into_iter().map(read).collect()
}
