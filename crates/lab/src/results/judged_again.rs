//! Results that wait are judged again, if what they are judged by was corrected.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use titer_science::Subject;
use titer_store::{PLACES, Read, StoreError, Timestamp};

use super::{
    Provenance, ResultId,
    calculated::{self, INPUT_HELD},
    contradiction::{MORE, OTHER_UNIT},
    entry::NO_LINK,
    events::{CRITICAL_BESIDE, JudgedAgain, NewJudgement, NewUrgency, UNDECIDED, UNDECIDED_BESIDE, is_urgent_beside},
    judge::{HOLDS, Judged, judge, of_controls},
    tables::ResultRow,
    views::{self, Contradiction, LabResult},
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    catalog::{Kind, SpecimenTypeId},
    instruments::InstrumentId,
    patients::{self, PatientId, views::Patient},
    quality, refuse, sites,
    specimens::SpecimenId,
    systems::gate::{self, BEYOND_RANGE, Inputs, is_of_module},
};

/// The most results judged again at once.
pub const JUDGED_MAX: usize = 400;

/// Judge again what waits for review of a patient whose sex or date of birth was corrected. Verified results stay as they were signed.
pub(crate) struct JudgeAgain {
    pub(crate) patient: PatientId,
}

impl Command for JudgeAgain {
    /// How many results have another judgement now.
    type Answer = usize;
    const ACTION: Action = Action::CorrectPatients;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<usize>, Failure> {
        let Some(patient) = patients::views::patient(read, self.patient)? else { return refuse("patients-unknown") };
        let waiting = views::waiting_of(read, self.patient, JUDGED_MAX + 1)?;
        let against = views::undecided_of(read, self.patient, JUDGED_MAX + 1)?;
        bounded(&waiting, &against)?;
        if waiting.is_empty() && against.is_empty() {
            return Ok(Decision::nothing(0));
        }
        let zone = sites::views::zone(read)?;
        let mut specimens: Vec<i64> = waiting.iter().map(|w| w.result.specimen.0).collect();
        specimens.extend(against.iter().map(|a| a.specimen.0));
        specimens.sort_unstable();
        specimens.dedup();
        let inputs = inputs(read, &waiting)?;
        let (results, contradictions) = of_patient(ctx, &zone, &patient, (waiting, &inputs), against);
        let count = results.len();
        Ok(Decision::event(JudgedAgain { patient: self.patient.0, specimens, results, contradictions }, count))
    }
}

pub(super) fn bounded(waiting: &[WaitingResult], against: &[Against]) -> Result<(), Refusal> {
    if waiting.len().max(against.len()) > JUDGED_MAX {
        return Err(Refusal::new("results-too-many").with("limit", JUDGED_MAX));
    }
    Ok(())
}

/// From which results calculated ones were calculated.
pub(super) type CalculatedFrom = HashMap<ResultId, Vec<ResultId>>;

/// From which results those that wait were calculated.
pub(super) fn inputs(read: &mut dyn Read, waiting: &[WaitingResult]) -> Result<CalculatedFrom, StoreError> {
    let mut tubes: Vec<SpecimenId> = waiting.iter().filter(|w| w.is_calculated).map(|w| w.result.specimen).collect();
    tubes.sort_unstable();
    tubes.dedup();
    let mut inputs = CalculatedFrom::new();
    for tube in tubes {
        for (id, from) in calculated::views::inputs_of(read, tube)? {
            inputs.insert(id, from);
        }
    }
    Ok(inputs)
}

/// Judges again what waits of one patient, in the order in which it came, and what contradicts the patient's results. What is calculated
/// from a result that is held is held with it. Answers the results, and the contradictions, whose judgement changed.
pub(super) fn of_patient(
    ctx: &Ctx,
    zone: &TimeZone,
    patient: &Patient,
    (waiting, inputs): (Vec<WaitingResult>, &CalculatedFrom),
    against: Vec<Against>,
) -> (Vec<NewJudgement>, Vec<NewUrgency>) {
    let subject = |collected_at: Option<Timestamp>, measured_at, arrived_at| {
        let at = collected_at.or(measured_at).unwrap_or(arrived_at);
        patient.subject(sites::views::local(at, zone))
    };
    let (mut beside, mut contradictions) = (Vec::new(), Vec::new());
    for Against { contradiction, collected_at, .. } in against {
        let subject = subject(collected_at, contradiction.measured_at, contradiction.arrived_at);
        let new = urgency(ctx, &subject, &contradiction);
        if !new.critical.is_empty() {
            beside.push((contradiction.result, CRITICAL_BESIDE));
        }
        if !contradiction.value.is_empty() && new.holds.iter().any(|h| h == UNDECIDED) {
            beside.push((contradiction.result, UNDECIDED_BESIDE));
        }
        let was = (&contradiction.flag, &contradiction.critical, &contradiction.holds);
        if was != (&new.flag, &new.critical, &new.holds) {
            contradictions.push(new);
        }
    }
    let mut doubtful: Vec<ResultId> = Vec::new();
    let results = waiting.into_iter().filter_map(|w| {
        let (id, was) = (w.result.id, is_doubtful(&w.result.holds));
        let input_held = inputs.get(&id).is_some_and(|from| from.iter().any(|input| doubtful.contains(input)));
        let subject = subject(w.collected_at, w.result.measured_at, w.arrived_at);
        let beside: Vec<&str> = [CRITICAL_BESIDE, UNDECIDED_BESIDE]
            .into_iter()
            .filter(|why| beside.contains(&(w.result.id, why)))
            .collect();
        let new = again(ctx, (&subject, zone), w, &beside, input_held);
        if new.as_ref().map_or(was, |new| is_doubtful(&new.holds)) {
            doubtful.push(id);
        }
        new
    });
    (results.collect(), contradictions)
}

fn is_doubtful(holds: &[String]) -> bool {
    calculated::doubts(holds.iter().map(String::as_str))
}

/// A value that contradicts a result and is not decided, with what tells the patient's age.
pub(super) struct Against {
    pub contradiction: Contradiction,
    pub specimen: SpecimenId,
    pub collected_at: Option<Timestamp>,
}

/// A contradicting value as it is judged now. One without a value, or in another unit, stays as it is.
fn urgency(ctx: &Ctx, subject: &Subject, value: &Contradiction) -> NewUrgency {
    let contradiction = value.id.0;
    if value.holds.iter().any(|h| [MORE, OTHER_UNIT].contains(&h.as_str())) {
        let (flag, critical, holds) = (value.flag.clone(), value.critical.clone(), value.holds.clone());
        return NewUrgency { contradiction, flag, critical, limit: None, holds };
    }
    // The tube is what it was when the value came.
    let stays = |h: &str| h == "other-specimen-type" || !HOLDS.contains(&h);
    let others = value.holds.iter().filter(|h| stays(h)).cloned().collect();
    let instrument = value.instrument.or_else(|| of_link(ctx, value));
    let Judged { flag, critical, limit, holds, .. } =
        judge(&ctx.catalog, (value.analyte, instrument), (&value.value, value.answer), subject, others);
    NewUrgency { contradiction, flag, critical, limit, holds }
}

/// Programs of before kept no instrument with the value. If the link carries one, it is that one.
fn of_link(ctx: &Ctx, value: &Contradiction) -> Option<InstrumentId> {
    let unknown = value.holds.iter().any(|hold| is_of_module(hold));
    ctx.systems.measuring(value.link, "").instrument().filter(|_| !unknown)
}

/// A result that waits for review, with the type of its tube and the times that tell the patient's age.
pub(super) struct WaitingResult {
    pub result: LabResult,
    pub collected_at: Option<Timestamp>,
    pub specimen_type: SpecimenTypeId,
    pub arrived_at: Timestamp,
    is_calculated: bool,
}

impl WaitingResult {
    pub fn new(
        row: ResultRow,
        collected_at: Option<Timestamp>,
        specimen_type: SpecimenTypeId,
        arrived_at: Timestamp,
    ) -> Result<Self, StoreError> {
        let is_calculated = row.provenance.as_deref() == Some(Provenance::Calculated.code());
        Ok(WaitingResult { result: LabResult::read(row)?, collected_at, specimen_type, arrived_at, is_calculated })
    }
}

/// The new judgement of a result, if it differs from the one that the result has. `beside` says how urgent the values are that
/// contradict the result, `input_held` that the result was calculated from one that is held.
fn again(
    ctx: &Ctx,
    (subject, zone): (&Subject, &TimeZone),
    waiting: WaitingResult,
    beside: &[&str],
    input_held: bool,
) -> Option<NewJudgement> {
    let WaitingResult { result, collected_at, specimen_type, .. } = waiting;
    let found_again = |h: &str| is_urgent_beside(h) || quality::is_of_control(h) || HOLDS.contains(&h);
    let beside = beside.iter().map(|why| (*why).to_owned());
    let mut others: Vec<String> = beside.chain(result.holds.iter().filter(|h| !found_again(h)).cloned()).collect();
    // What is calculated comes over no link and has no instrument.
    if result.instrument.is_none() && result.link != NO_LINK {
        others.extend(gate::of_older_program(&others));
    }
    let inputs = Inputs::of(subject, collected_at.is_some(), result.measured_at.is_some());
    let measured = (result.analyte, specimen_type, result.instrument);
    let mut others = ctx.systems.again(measured, inputs, others);
    let kind = ctx.catalog.analyte(result.analyte).map_or(Kind::Numeric, |a| a.kind);
    let is_beyond = ctx.systems.is_beyond_now(measured, result.id.0 / PLACES, &kind.number(&result.value));
    for (why, holds) in [(INPUT_HELD, input_held), (BEYOND_RANGE, is_beyond)] {
        if holds && !others.iter().any(|other| other == why) {
            others.push(why.to_owned());
        }
    }
    others.extend(of_controls(ctx, measured, result.measured_at, zone));
    let of = (result.analyte, result.instrument);
    let judged = judge(&ctx.catalog, of, (&result.value, result.answer), subject, others);
    let mut judged = judged.of_tube(&ctx.catalog, result.analyte, specimen_type);
    let found = |holds: &[String], of_control: bool| {
        let asked = |h: &&String| *h != "judged-again" && quality::is_of_control(h) == of_control;
        let mut found: Vec<String> = holds.iter().filter(asked).cloned().collect();
        found.sort();
        found
    };
    let same = |of_control: bool| found(&judged.holds, of_control) == found(&result.holds, of_control);
    let interval = (judged.interval.is_some(), &judged.low, &judged.high);
    let value_stays = interval == (result.has_interval, &result.low, &result.high)
        && (&judged.flag, &judged.critical) == (&result.flag, &result.critical)
        && same(false);
    if value_stays && same(true) {
        return None;
    }
    // Holds of controls come and go with the controls: nobody need look at a value again that is judged as it was.
    if !value_stays || result.holds.iter().any(|hold| hold == "judged-again") {
        judged.holds.push("judged-again".to_owned());
    }
    Some(NewJudgement {
        result: result.id.0,
        version: result.version,
        flag: judged.flag,
        critical: judged.critical,
        interval: judged.interval,
        low: judged.low,
        high: judged.high,
        limit: judged.limit,
        holds: judged.holds,
    })
}
