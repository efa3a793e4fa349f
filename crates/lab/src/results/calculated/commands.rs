//! What may be asked about calculated results. Nobody asks for a value: it follows from its inputs.

use titer_store::{PLACES, Read};

use super::{
    Derived, INPUT_HELD, OnTube, Standing, derive, doubts,
    event::{Calculated, PutAside},
    standing, views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    calculations::Calculation,
    patients::PatientId,
    results::{
        Provenance, ResultId, State,
        commands::OnDisplay,
        events::{Contradicted, HeldResult, Measured, Reported},
        judge::Judge,
        judged_again::JUDGED_MAX,
        tables::{CalculatedRow, ResultRow},
        tube::{Requested, Tube},
        views as results,
    },
    sites,
    specimens::{SpecimenId, views as specimens},
};

/// Calculate what was added to the order of a specimen and can be calculated from results that it has.
pub(crate) struct CalculateAdded {
    pub(crate) specimen: SpecimenId,
}

impl Command for CalculateAdded {
    type Answer = ();
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if ctx.calculations.in_force().next().is_none() {
            return Ok(Decision::nothing(()));
        }
        again(ctx, read, vec![self.specimen], false)
    }
}

/// As [`CalculateAdded`], of tests that a reflex rule added.
pub(crate) struct CalculateAddedByRule(pub(crate) CalculateAdded);

impl Command for CalculateAddedByRule {
    type Answer = ();
    const ACTION: Action = Action::ApplyRules;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.0.decide(ctx, read)
    }
}

/// Calculate again what depends on age or sex of a patient that were corrected, and what could not be calculated without them. Results that
/// wait are replaced; of verified ones a person decides.
pub(crate) struct CalculateAgain {
    pub(crate) patient: PatientId,
}

impl Command for CalculateAgain {
    type Answer = ();
    const ACTION: Action = Action::CorrectPatients;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let (mut specimens, mut count) = views::of_person(read, self.patient, JUDGED_MAX + 1)?;
        let of_person = |c: &&Calculation| c.definition().is_some_and(|formula| formula.needs_subject());
        for calculation in ctx.calculations.in_force().filter(of_person) {
            let missing = views::missing_of(read, self.patient, calculation.analyte, JUDGED_MAX + 1)?;
            count += missing.len();
            specimens.extend(missing);
        }
        if count > JUDGED_MAX {
            return Err(Refusal::new("results-too-many").with("limit", JUDGED_MAX).into());
        }
        specimens.sort_unstable();
        specimens.dedup();
        again(ctx, read, specimens, true)
    }
}

/// Calculates again on tubes, from the results that stand there.
fn again(ctx: &Ctx, read: &mut dyn Read, of: Vec<SpecimenId>, person_corrected: bool) -> Result<Decision<()>, Failure> {
    let (mut decision, mut number) = (Decision::nothing(()), ctx.event());
    let zone = sites::views::zone(read)?;
    for id in of {
        let Some(specimen) = specimens::specimen(read, id)? else { continue };
        let Some(tube) = Tube::find(read, &specimen.barcode, zone.clone())? else { continue };
        let judge = Judge { ctx, specimen: &tube.specimen, instrument: None, zone: tube.zone.clone() };
        let earlier = views::of_specimen(read, tube.specimen.id)?;
        let on_tube = OnTube {
            requested: &tube.requested,
            before: &tube.results,
            known: &tube.contradictions,
            earlier: &earlier,
            number,
            person_corrected,
        };
        let mut standing = standing(&tube.results);
        let Derived { results, put_aside, contradicting } = derive(&judge, &ctx.calculations, &on_tube, &mut standing);
        let (specimen, order) = (tube.specimen.id.0, tube.specimen.order.0);
        if !results.is_empty() || !put_aside.is_empty() {
            number += 1;
            decision = decision.and(Calculated {
                specimen,
                order,
                patient: tube.specimen.patient.id.0,
                priority: tube.priority.rank(),
                put_aside,
                results,
                finished: finished(&tube.requested, &standing),
            });
        }
        if !contradicting.is_empty() {
            number += 1;
            let (link, instrument) = (0, String::new());
            decision = decision.and(Contradicted {
                specimen,
                order,
                link,
                instrument,
                values: contradicting,
                held: Vec::new(),
            });
        }
    }
    Ok(decision)
}

fn finished(requested: &[Requested], standing: &[Standing]) -> bool {
    requested.iter().all(|r| r.cancelled || standing.iter().any(|s| s.analyte == r.analyte))
}

/// What follows from new results of a tube.
pub(in super::super) struct Following {
    /// The event of what is calculated, if there is any. It must be the one whose number was given.
    pub(in super::super) calculated: Option<Calculated>,
    /// What is set against verified results.
    pub(in super::super) contradicting: Vec<crate::results::events::Contradicting>,
}

/// Calculates from results that are filed now, and from those that stood before. `number` is that of the event that will hold what is
/// calculated.
pub(in super::super) fn following(
    judge: &Judge<'_>,
    read: &mut dyn Read,
    tube: (&[Requested], &[super::Before], &[super::Known], i64),
    new: &[Measured],
    number: i64,
) -> Result<Following, Failure> {
    let (requested, before, known, priority) = tube;
    let calculations = &judge.ctx.calculations;
    let nothing = Following { calculated: None, contradicting: Vec::new() };
    // What was calculated before, by a calculation that has ended, is asked for all the same.
    let of_tube = requested.iter().any(|r| !r.cancelled && calculations.ever(r.analyte));
    if new.is_empty() || !of_tube {
        return Ok(nothing);
    }
    let specimen = judge.specimen;
    let earlier = views::of_specimen(read, specimen.id)?;
    let on_tube = OnTube { requested, before, known, earlier: &earlier, number, person_corrected: false };
    let mut standing = standing(before);
    let filed = new.iter().enumerate().map(|(place, m)| Standing::new(Reported::result(judge.ctx.event(), place), m));
    standing.extend(filed);
    let Derived { results, put_aside, contradicting } = derive(judge, calculations, &on_tube, &mut standing);
    let calculated = (!results.is_empty() || !put_aside.is_empty()).then(|| Calculated {
        specimen: specimen.id.0,
        order: specimen.order.0,
        patient: specimen.patient.id.0,
        priority,
        put_aside,
        results,
        finished: finished(requested, &standing),
    });
    Ok(Following { calculated, contradicting })
}

/// What was calculated from a result that is put aside, and waits: it is put aside with it. A new value of the input gives a new one.
pub(in super::super) fn put_aside_with(
    read: &mut dyn Read,
    input: &ResultRow,
    order: i64,
) -> Result<Option<Calculated>, Failure> {
    let earlier = views::of_specimen(read, input.specimen)?;
    let mut gone = vec![input.id.0];
    let mut put_aside = Vec::new();
    // One that is calculated from calculated ones has a later number.
    for one in earlier {
        if !one.from.iter().any(|taken| taken.result.is_some_and(|id| gone.contains(&id))) {
            continue;
        }
        if let Some((row, _)) = results::row(read, one.id)?.filter(|(row, _)| row.state == State::Reported) {
            gone.push(row.id.0);
            put_aside.push(PutAside { result: row.id.0, version: row.version });
        }
    }
    Ok((!put_aside.is_empty()).then(|| Calculated {
        specimen: input.specimen.0,
        order,
        patient: input.patient.0,
        priority: 0,
        put_aside,
        results: Vec::new(),
        finished: false,
    }))
}

/// Holds with results of a specimen what waits and was calculated from them, if the reasons say something against their values.
pub(in super::super) fn held_with(
    read: &mut dyn Read,
    specimen: SpecimenId,
    held: &mut Vec<HeldResult>,
) -> Result<(), Failure> {
    let doubtful = |h: &&HeldResult| doubts(h.holds.iter().map(String::as_str));
    let mut inputs: Vec<i64> = held.iter().filter(doubtful).map(|h| h.result).collect();
    if inputs.is_empty() {
        return Ok(());
    }
    // One that is calculated from calculated ones has a later number.
    for one in views::of_specimen(read, specimen)? {
        if !one.from.iter().any(|taken| taken.result.is_some_and(|id| inputs.contains(&id))) {
            continue;
        }
        let Some((row, _)) = results::row(read, one.id)?.filter(|(row, _)| row.state == State::Reported) else {
            continue;
        };
        inputs.push(row.id.0);
        if row.holds.lines().any(|hold| hold == INPUT_HELD) {
            continue;
        }
        let place = held.iter().position(|h| h.result == row.id.0).unwrap_or_else(|| {
            held.push(HeldResult::of(&row));
            held.len() - 1
        });
        held[place].holds.push("input-held".to_owned());
    }
    Ok(())
}

/// Refuses to verify a calculated result before its inputs: each is verified already, or verified together with it, and about none
/// is a correction to be decided.
pub(in super::super) fn inputs_stand(
    ctx: &Ctx,
    read: &mut dyn Read,
    row: &ResultRow,
    together: &[OnDisplay],
) -> Result<(), Failure> {
    if row.provenance.as_deref() != Some(Provenance::Calculated.code()) {
        return Ok(());
    }
    let Some(calculated) = views::row(read, row.id)? else { return Err(changed(row.id).into()) };
    if ctx.given().row::<CalculatedRow>(read, row.id, [row.id.0 / PLACES])?.as_ref() != Some(&calculated) {
        return Err(changed(row.id).into());
    }
    for taken in views::taken(&calculated)? {
        let Some(id) = taken.result.map(ResultId) else { continue };
        let Some((input, _)) = results::row(read, id)? else { return Err(changed(row.id).into()) };
        let stands = input.state == State::Verified || together.iter().any(|other| other.result == id);
        let name = || ctx.catalog.analyte(input.analyte).map_or_else(String::new, |a| a.name.clone());
        if !stands || input.state == State::Repeat {
            return Err(Refusal::new("results-input-not-verified").with("result", row.id).with("input", name()).into());
        }
        if results::is_undecided(read, input.specimen, input.analyte)? {
            return Err(Refusal::new("results-input-correction-open")
                .with("result", row.id)
                .with("input", name())
                .into());
        }
    }
    Ok(())
}

fn changed(result: ResultId) -> Refusal {
    Refusal::new("results-not-as-journalled").with("result", result)
}
