//! What controls came to: recorded for every test system whose plan uses the lot, and judged at once.

use titer_science::Reported;
use titer_store::{Read, Timestamp};

use super::{
    ControlId, Lot, LotId, Plan, PlanKind, RunId, Target, Unjudged,
    events::{ControlBody, ControlsMeasured},
    judging::{Bench, Judgement, Measured},
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    catalog::{AnalyteId, AnswerId, Kind},
    instruments::InstrumentId,
    refuse, sites,
    systems::views::System,
    text,
};

/// The most values of one submission.
pub const CONTROLS_MAX: usize = 200;
/// How many seconds an analyzer's clock may be ahead.
pub const CLOCK_AHEAD_SECONDS_MAX: i64 = 5 * 60;

/// What a control came to for one analyte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlValue {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The value, as it was measured, in the unit of the analyte.
    pub value: String,
    /// The answer that it means, if its analyte has answers.
    pub answer: Option<AnswerId>,
}

/// Record what controls of one lot came to, on one instrument, at one time.
pub struct RecordControls {
    /// The lot.
    pub lot: LotId,
    /// On what.
    pub instrument: InstrumentId,
    /// When they were measured.
    pub measured_at: Timestamp,
    /// The values.
    pub values: Vec<ControlValue>,
    /// The message that brought them; none if a person enters them.
    pub message: Option<i64>,
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// How many control results are new.
    pub new: usize,
    /// How many were here already.
    pub repeated: usize,
    /// Analytes of which no test system on this instrument measures this lot by its plan.
    pub without_plan: Vec<AnalyteId>,
}

impl Command for RecordControls {
    type Answer = Recorded;
    const ACTION: Action = Action::RecordControls;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Recorded>, Failure> {
        let Some(lot) = ctx.quality.lot(self.lot) else { return refuse("quality-lot-unknown") };
        if ctx.systems.instrument(self.instrument).is_none() {
            return refuse("instruments-unknown");
        }
        if self.values.is_empty() {
            return refuse("quality-nothing-chosen");
        }
        if self.values.len() > CONTROLS_MAX {
            return Err(Refusal::new("quality-too-many").with("limit", CONTROLS_MAX).into());
        }
        for value in &self.values {
            text::required(&value.value, "value")?;
        }
        if self.measured_at > ctx.at.plus_seconds(CLOCK_AHEAD_SECONDS_MAX) {
            return refuse("quality-measured-in-future");
        }
        let zone = sites::views::zone(read)?;
        let day = sites::views::local(self.measured_at, &zone).date();
        let unfit = match &lot.closed {
            Some((_, at)) if self.measured_at >= *at => Some(Unjudged::LotClosed),
            _ if day > lot.expires => Some(Unjudged::LotExpired),
            _ => None,
        };
        let mut recorded = Recorded::default();
        let mut event = ControlsMeasured {
            lot: self.lot.0,
            instrument: self.instrument.0,
            measured_at: self.measured_at.micros(),
            message: self.message,
            controls: Vec::new(),
            runs: Vec::new(),
            moved: Vec::new(),
            gone: Vec::new(),
            trimmed: Vec::new(),
            changes_state: false,
        };
        let of_all = self.of_systems(ctx, lot, &mut recorded);
        let mut runs = 0;
        for (system, plan, values) in of_all {
            let known = ctx.quality.remembered(system.id);
            let Some(known) = known else { return refuse("quality-no-plan") };
            if !known.takes(self.measured_at) {
                return refuse("quality-measured-before");
            }
            let target = ctx.quality.target(system.id, lot.id);
            let level = plan.level_of(lot).unwrap_or(1);
            let (mut new, mut bodies) = (Vec::new(), Vec::new());
            for value in values {
                if known.has(lot.id, self.measured_at, &value.value) {
                    recorded.repeated += 1;
                    continue;
                }
                let (judged, unjudged) = judged(ctx, lot, target, value, unfit);
                let id: ControlId = ControlsMeasured::control(ctx.event(), event.controls.len() + bodies.len());
                let (at, lot, value_text) = (self.measured_at, lot.id, value.value.clone());
                new.push(Measured { id, run: RunId(0), at, level, lot, value: value_text.clone(), judged });
                bodies.push(ControlBody {
                    system: system.id.0,
                    analyte: system.analyte.0,
                    level,
                    run: 0,
                    value: value_text,
                    target: target.filter(|_| unjudged.is_none()).map(|t| t.id.0),
                    z: if let Judgement::Z(z) = judged { Some(z) } else { None },
                    passed: if let Judgement::Answer(passed) = judged { Some(passed) } else { None },
                    unjudged: unjudged.map(|why| why.code().to_owned()),
                });
            }
            if new.is_empty() {
                continue;
            }
            let endings = ctx.quality.endings(system.instrument);
            let bench = Bench { system: system.id, plan, endings, zone: &zone };
            let changed = bench.record(known, &new, || {
                runs += 1;
                ControlsMeasured::run(ctx.event(), runs - 1)
            })?;
            for (body, run) in bodies.iter_mut().zip(&changed.of_new) {
                body.run = run.0;
            }
            event.controls.extend(bodies);
            event.runs.extend(changed.runs);
            event.moved.extend(changed.moved);
            event.gone.extend(changed.gone);
            event.trimmed.extend(changed.trimmed);
            event.changes_state |= changed.changes_state;
        }
        if event.controls.len() > CONTROLS_MAX {
            return Err(Refusal::new("quality-too-many").with("limit", CONTROLS_MAX).into());
        }
        recorded.new = event.controls.len();
        if recorded.new > 0 {
            return Ok(Decision::event(event, recorded));
        }
        if recorded.repeated == 0 {
            return refuse("quality-no-plan");
        }
        Ok(Decision::nothing(recorded))
    }
}

impl RecordControls {
    /// The values by the test systems whose plans use the lot.
    fn of_systems<'a>(
        &'a self,
        ctx: &'a Ctx,
        lot: &Lot,
        recorded: &mut Recorded,
    ) -> Vec<(&'a System, &'a Plan, Vec<&'a ControlValue>)> {
        let mut all: Vec<(&System, &Plan, Vec<&ControlValue>)> = Vec::new();
        for value in &self.values {
            let of = |s: &&System| s.is_live() && (s.analyte, s.instrument) == (value.analyte, self.instrument);
            let mut found = false;
            for system in ctx.systems.all().iter().filter(of) {
                let plan = ctx.quality.plan(system.id).filter(|plan| plan.kind == PlanKind::Here);
                let Some(plan) = plan.filter(|plan| plan.level_of(lot).is_some()) else { continue };
                found = true;
                match all.iter_mut().find(|(known, ..)| known.id == system.id) {
                    Some((.., values)) => values.push(value),
                    None => all.push((system, plan, vec![value])),
                }
            }
            if !found && !recorded.without_plan.contains(&value.analyte) {
                recorded.without_plan.push(value.analyte);
            }
        }
        all
    }
}

/// What a control comes to by itself; or why it cannot be judged.
fn judged(
    ctx: &Ctx,
    lot: &Lot,
    target: Option<&Target>,
    value: &ControlValue,
    unfit: Option<Unjudged>,
) -> (Judgement, Option<Unjudged>) {
    let not = |why| (Judgement::Not, Some(why));
    if let Some(why) = unfit {
        return not(why);
    }
    let Some(target) = target else { return not(Unjudged::NoTarget) };
    let kind = ctx.catalog.analyte(value.analyte).map_or(Kind::Text, |a| a.kind);
    match kind {
        Kind::Numeric => {
            let of = titer_science::qc::Lot { material: lot.material.0 as u64, number: lot.id.0 as u64 };
            let number = match Reported::parse(&value.value) {
                Reported::Number(n) => n.to_string().parse::<f64>().ok(),
                _ => None,
            };
            let z = number.zip(target.judged(of)).and_then(|(n, target)| target.z(n).ok());
            z.map_or_else(|| not(Unjudged::NoNumber), |z| (Judgement::Z(z), None))
        }
        Kind::Coded => {
            let answer = value.answer.and_then(|id| ctx.catalog.answer(id)).filter(|a| a.analyte == value.analyte);
            let Some(answer) = answer else { return not(Unjudged::NoNumber) };
            let expected = target.expected.split(' ').any(|code| code == answer.code);
            (Judgement::Answer(expected), None)
        }
        Kind::Titre => match (Reported::titre(&value.value), Reported::titre(&target.expected)) {
            (Reported::Number(n), Reported::Number(expected)) => {
                let two = rust_decimal::Decimal::TWO;
                let within = n <= expected.saturating_mul(two) && expected <= n.saturating_mul(two);
                (Judgement::Answer(within), None)
            }
            _ => not(Unjudged::NoNumber),
        },
        Kind::Bin | Kind::Text => not(Unjudged::NoNumber),
    }
}
