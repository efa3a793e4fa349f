//! Controls that a link brings. A specimen is control material if its identity stands in the register of control barcodes, whatever the
//! analyzer calls it: so a control that is sent like a patient never lands on a patient.

use titer_lab::{
    Catalog, Failure, Refusal, Tx,
    catalog::AnalyteId,
    instruments::InstrumentId,
    quality::{
        LotId,
        controls::{ControlValue, RecordControls, Recorded},
    },
    results::commands::{Measurement, Origin},
    text,
};
use titer_store::Timestamp;

use super::{Filing, NOTED_ROWS_MAX, RESULTS_MAX, Standing, charted, meant, of_value, problem};
use crate::{
    dialect::{Specimen, Value},
    inbox::Problem,
};

/// What was measured on one instrument at one time, each value with what it means.
struct Group<'v> {
    instrument: InstrumentId,
    measured_at: Timestamp,
    values: Vec<(&'v Value, Vec<ControlValue>)>,
}

impl Filing {
    /// Records what controls of a lot came to. What cannot be recorded waits as a problem of the message. Nothing if this submission has no
    /// room for it.
    pub(super) fn controls(
        &self,
        tx: &mut Tx<'_, '_>,
        (standing, catalog): (&Standing, &Catalog),
        origin: Origin,
        specimen: &Specimen,
        lot: LotId,
    ) -> Result<Option<Vec<Problem>>, Failure> {
        let mut problems = Vec::new();
        let groups = self.by_time(tx, (standing, catalog), specimen, &mut problems)?;
        for (number, group) in groups.into_iter().enumerate() {
            let values = group.values.iter().flat_map(|(_, meant)| meant.iter().cloned()).collect();
            let (instrument, measured_at, message) = (group.instrument, group.measured_at, Some(origin.message));
            let record = RecordControls { lot, instrument, measured_at, values, message };
            let of_each =
                |refusal: &Refusal| group.values.iter().map(|(v, _)| of_value(specimen, v, refusal)).collect();
            let more: Vec<Problem> = match tx.run_within(record, NOTED_ROWS_MAX) {
                Ok(None) if number == 0 => return Ok(None),
                Ok(None) => {
                    let more = problem(&Refusal::new("inbox-more-to-file").with("limit", RESULTS_MAX));
                    vec![Problem { barcode: specimen.identity.clone(), ..more }]
                }
                Ok(Some(Recorded { without_plan, .. })) => {
                    let unplanned = |meant: &[ControlValue]| meant.iter().all(|v| without_plan.contains(&v.analyte));
                    let without = group.values.iter().filter(|(_, meant)| unplanned(meant));
                    without.map(|(v, _)| of_value(specimen, v, &Refusal::new("inbox-control-unplanned"))).collect()
                }
                Err(Failure::Refused(r)) if r.code == "quality-no-plan" => {
                    of_each(&Refusal::new("inbox-control-unplanned"))
                }
                Err(Failure::Refused(r)) => of_each(&r),
                Err(e) => return Err(e),
            };
            problems.extend(more);
        }
        Ok(Some(problems))
    }

    /// The values by instrument and time, each with all that its code may mean: the plans of the test systems say which of them the lot is
    /// measured for.
    fn by_time<'v>(
        &self,
        tx: &mut Tx<'_, '_>,
        (standing, catalog): (&Standing, &Catalog),
        specimen: &'v Specimen,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Group<'v>>, Failure> {
        let systems = tx.systems()?;
        let mut groups: Vec<Group<'_>> = Vec::new();
        for value in charted(specimen) {
            let found = all_meant(standing, catalog, value).and_then(|(measured_at, meant)| {
                let measuring = systems.measuring(self.link.0, &value.module).instrument();
                let instrument = measuring.ok_or_else(|| Refusal::new("inbox-control-instrument"))?;
                let measured_at = measured_at.ok_or_else(|| Refusal::new("inbox-control-untimed"))?;
                Ok((instrument, measured_at, meant))
            });
            let (instrument, measured_at, meant) = match found {
                Ok(found) => found,
                Err(refusal) => {
                    problems.push(of_value(specimen, value, &refusal));
                    continue;
                }
            };
            let same = |g: &&mut Group<'_>| (g.instrument, g.measured_at) == (instrument, measured_at);
            match groups.iter_mut().find(same) {
                Some(group) => group.values.push((value, meant)),
                None => groups.push(Group { instrument, measured_at, values: vec![(value, meant)] }),
            }
        }
        Ok(groups)
    }
}

/// A value that can be kept.
fn legible(m: Measurement) -> Result<Measurement, Refusal> {
    match text::required(&m.value, "value") {
        Err(Failure::Refused(refusal)) => Err(refusal),
        _ => Ok(m),
    }
}

/// When a value was measured, and what it means for each analyte that its code, in its unit, means in any kind of specimen: control
/// material is none of them.
fn all_meant(
    Standing { known, zone }: &Standing,
    catalog: &Catalog,
    value: &Value,
) -> Result<(Option<Timestamp>, Vec<ControlValue>), Refusal> {
    let mut meant_all: Vec<ControlValue> = Vec::new();
    let (mut at, mut refused) = (None, None);
    for meaning in known.of_control(value)? {
        let fit = |m: Measurement| m.unfit.clone().map_or(Ok(m), Err);
        let read = meant(meaning, catalog, value, zone).and_then(fit).and_then(legible);
        let m: Measurement = match read {
            Ok(m) => m,
            Err(refusal) => {
                refused.get_or_insert(refusal);
                continue;
            }
        };
        at = m.measured_at;
        let known = |analyte: AnalyteId| meant_all.iter().any(|other| other.analyte == analyte);
        if !known(m.analyte) {
            meant_all.push(ControlValue { analyte: m.analyte, value: m.value, answer: m.answer });
        }
    }
    match refused {
        Some(refusal) if meant_all.is_empty() => Err(refusal),
        _ => Ok((at, meant_all)),
    }
}
