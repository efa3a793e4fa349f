//! What may be seen of calculated results: what each was calculated from, and why one that is asked for is not there.

use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{super::tables::CalculatedRow, Earlier, OnTube, compute, event::Taken, put_aside_before, standing};
use crate::{
    InForce,
    calculations::{CalculationId, NotCalculated},
    catalog::AnalyteId,
    patients::PatientId,
    results::{self, ResultId, tube::Tube},
    sites,
    specimens::{SpecimenId, State, views as specimens},
};

/// The most calculated results that are looked at at once.
const RESULTS_MAX: i64 = 1_000;

sql! {
    OF_SPECIMEN: (results_calculated: CalculatedRow) = "FROM results_calculated WHERE lab = $1 AND specimen = $2 \
        ORDER BY id LIMIT $3";
    OF_PERSON: ("specimen": SpecimenId) = "FROM results_calculated WHERE lab = $1 AND patient = $2 AND of_person = 1 \
        ORDER BY id DESC LIMIT $3";
    MISSING_OF: ("s.id": SpecimenId) = "FROM orders o JOIN requests q ON q.lab = o.lab AND q.order_id = o.id \
        JOIN specimens s ON s.lab = o.lab AND s.order_id = o.id AND s.specimen_type = q.specimen_type \
        LEFT JOIN results r ON r.lab = s.lab AND r.specimen = s.id AND r.analyte = q.analyte AND r.state <> $4 \
        WHERE o.lab = $1 AND o.patient = $2 AND q.analyte = $3 AND q.cancelled IS NULL AND s.state = $5 AND r.id IS NULL \
        ORDER BY s.id DESC LIMIT $6";
    BY_ID: (results_calculated: CalculatedRow) = "FROM results_calculated WHERE lab = $1 AND id = $2";
}

/// What a calculated result was calculated from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// By which calculation.
    pub calculation: CalculationId,
    /// What the formula took: the key of the input, the result, and the value. Age and sex are no results.
    pub inputs: Vec<(String, Option<ResultId>, String)>,
}

pub(in super::super) fn row(read: &mut dyn Read, id: ResultId) -> Result<Option<CalculatedRow>, StoreError> {
    BY_ID.one(read, &values![id])
}

pub(in super::super) fn taken(row: &CalculatedRow) -> Result<Vec<Taken>, StoreError> {
    let damaged = || StoreError::Corrupt(format!("nobody can read what result {} was calculated from", row.id));
    row.inputs.lines().map(|line| Taken::read(line).ok_or_else(damaged)).collect()
}

/// What a result was calculated from; none if it was not.
pub fn from(read: &mut dyn Read, id: ResultId) -> Result<Option<From>, StoreError> {
    let Some(row) = row(read, id)? else { return Ok(None) };
    let inputs = taken(&row)?.into_iter().map(|t| (t.key, t.result.map(ResultId), t.value)).collect();
    Ok(Some(From { calculation: row.calculation, inputs }))
}

/// The calculated results of a specimen, also those that were put aside.
pub(super) fn of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<Vec<Earlier>, StoreError> {
    let rows = OF_SPECIMEN.all(read, &values![specimen, RESULTS_MAX])?;
    rows.into_iter().map(|row| Ok(Earlier { id: row.id, from: taken(&row)?, row })).collect()
}

/// The calculated results of a specimen, each with the results that it was calculated from.
pub(in super::super) fn inputs_of(
    read: &mut dyn Read,
    specimen: SpecimenId,
) -> Result<Vec<(ResultId, Vec<ResultId>)>, StoreError> {
    let of = of_specimen(read, specimen)?.into_iter();
    Ok(of.map(|one| (one.id, one.from.iter().filter_map(|taken| taken.result.map(ResultId)).collect())).collect())
}

/// The specimens of a patient from which something was calculated that depends on age or sex, and how many results that were.
pub(super) fn of_person(
    read: &mut dyn Read,
    patient: PatientId,
    limit: usize,
) -> Result<(Vec<SpecimenId>, usize), StoreError> {
    let mut all = OF_PERSON.all(read, &values![patient, limit as i64])?;
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    Ok((all, count))
}

/// The received specimens of a patient of which an analyte is asked for, and has no result.
pub(super) fn missing_of(
    read: &mut dyn Read,
    patient: PatientId,
    analyte: AnalyteId,
    limit: usize,
) -> Result<Vec<SpecimenId>, StoreError> {
    let (aside, received) = (results::State::Repeat, State::Received);
    MISSING_OF.all(read, &values![patient, analyte, aside, received, limit as i64])
}

/// Why there is no value of an analyte that is asked for and calculated.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The analyte.
    pub analyte: AnalyteId,
    /// By which calculation.
    pub calculation: CalculationId,
    /// Why; none if all is there: the calculation was signed into force after the results came.
    pub why: Option<NotCalculated>,
}

/// What is asked for of a received specimen, is calculated, and has no result.
pub fn missing(
    read: &mut dyn Read,
    in_force: &InForce,
    specimen: SpecimenId,
    now: Timestamp,
) -> Result<Vec<Missing>, StoreError> {
    let Some(found) = specimens::specimen(read, specimen)? else { return Ok(Vec::new()) };
    if found.state != State::Received || in_force.calculations.in_force().next().is_none() {
        return Ok(Vec::new());
    }
    let zone = sites::views::zone(read)?;
    let Some(tube) = Tube::find(read, &found.barcode, zone)? else { return Ok(Vec::new()) };
    let earlier = of_specimen(read, specimen)?;
    let on_tube = OnTube {
        requested: &tube.requested,
        before: &tube.results,
        known: &tube.contradictions,
        earlier: &earlier,
        number: 0,
        person_corrected: false,
    };
    let standing = standing(&tube.results);
    let subject = |measured_at: Option<Timestamp>| {
        let at = found.collected_at.or(measured_at).unwrap_or(now);
        found.patient.subject(sites::views::local(at, &tube.zone))
    };
    let asked = tube.requested.iter().filter(|r| !r.cancelled && standing.iter().all(|s| s.analyte != r.analyte));
    let missing = asked.filter_map(|r| in_force.calculations.of(r.analyte)).map(|calculation| {
        let why = match compute(calculation, &in_force.catalog, &standing, subject) {
            Err(why) => Some(why),
            Ok(computed) => {
                put_aside_before(&on_tube, calculation.analyte, &computed).then_some(NotCalculated::PutAside)
            }
        };
        Missing { analyte: calculation.analyte, calculation: calculation.id, why }
    });
    Ok(missing.collect())
}
