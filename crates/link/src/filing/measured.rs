//! What the instruments of a link measured of one specimen. Each has its own event, which names the instrument.

use titer_lab::{
    Failure, Refusal, Tx,
    instruments::InstrumentId,
    results::{
        commands::{Filed, Measurement, Origin, ReportResults, SentOtherwise},
        tube::Tube,
    },
    systems::views::System,
};

use super::{Filing, NOTED_ROWS_MAX, RESULTS_MAX, of_value, problem};
use crate::{
    dialect::{ReadMessage, Specimen, Value},
    inbox::Problem,
};

/// What one instrument measured, or what nobody knows the instrument of.
pub(super) struct Group<'v> {
    instrument: Option<InstrumentId>,
    pub(super) measurements: Vec<Measurement>,
    /// Of each measurement the value that waits if it is not filed.
    values: Vec<Option<&'v Value>>,
}

/// The measurements of a specimen by instrument, in the order of the message.
#[derive(Default)]
pub(super) struct Groups<'v>(pub(super) Vec<Group<'v>>);

impl<'v> Groups<'v> {
    pub(super) fn add(&mut self, instrument: Option<InstrumentId>, m: Measurement, waits: Option<&'v Value>) {
        let at = self.0.iter().position(|group| group.instrument == instrument).unwrap_or_else(|| {
            self.0.push(Group { instrument, measurements: Vec::new(), values: Vec::new() });
            self.0.len() - 1
        });
        self.0[at].measurements.push(m);
        self.0[at].values.push(waits);
    }
}

/// A measurement as its test system reports it. What was sent stands beside it if it was finer.
pub(super) fn as_reported(m: Measurement, system: Option<&System>, value: &Value) -> Measurement {
    let dilution = m.run.dilution.as_deref();
    let Some(reported) = system.and_then(|system| system.reported(&m.value, dilution)) else { return m };
    let sent = m.sent.unwrap_or_else(|| SentOtherwise {
        value: value.sent.clone(),
        unit: value.unit.clone(),
        flags: value.flags.clone(),
        factor: String::new(),
    });
    Measurement { value: reported, sent: Some(sent), ..m }
}

impl Filing {
    /// Files what the instruments measured of a specimen; nothing if this submission has no room for what the first of them measured.
    pub(super) fn measured(
        &self,
        tx: &mut Tx<'_, '_>,
        (said, origin): (&ReadMessage, Origin),
        specimen: &Specimen,
        (groups, mut tube): (Vec<Group<'_>>, Option<Tube>),
        mut problems: Vec<Problem>,
    ) -> Result<Option<(Filed, Vec<Problem>)>, Failure> {
        let of_specimen = |refusal: &Refusal| Problem { barcode: specimen.identity.clone(), ..problem(refusal) };
        let mut all = Filed::default();
        for (number, group) in groups.into_iter().enumerate() {
            let report = ReportResults {
                link: self.link.0,
                instrument: said.instrument.clone(),
                measured_by: group.instrument,
                barcode: specimen.identity.clone(),
                measurements: group.measurements,
                // The others read it again: it has the results of the first by then.
                tube: tube.take(),
                origin: Some(origin),
            };
            match tx.run_within(report, NOTED_ROWS_MAX) {
                Ok(None) if number == 0 => return Ok(None),
                Ok(None) => {
                    problems.push(of_specimen(&Refusal::new("inbox-more-to-file").with("limit", RESULTS_MAX)));
                    break;
                }
                Ok(Some(filed)) => {
                    // One code may stand there in two units. Why a value in another unit waits is noted already.
                    for (at, (_, refusal)) in filed.held_at.iter().zip(&filed.held) {
                        let waits = group.values.get(*at).copied().flatten();
                        problems.extend(waits.map(|value| of_value(specimen, value, refusal)));
                    }
                    all.results.extend(filed.results);
                    all.repeated += filed.repeated;
                }
                // What is refused of the specimen is refused of each group.
                Err(Failure::Refused(r)) if problems.contains(&of_specimen(&r)) => {}
                Err(Failure::Refused(r)) => problems.push(of_specimen(&r)),
                Err(e) => return Err(e),
            }
        }
        Ok(Some((all, problems)))
    }
}
