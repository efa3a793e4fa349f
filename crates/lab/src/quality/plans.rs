//! Control plans: proposed by one person, signed by the director.

use titer_science::qc::RuleSet;
use titer_store::{Read, Timestamp};

use super::{
    ControlState, Floor, MaterialId, Plan, PlanBody, PlanId, PlanKind, PlanLevel, ProposalState,
    commands::LEVELS_MAX,
    events::{PlansProposed, PlansSigned, SignedPlan},
    known,
    tables::PlanRow,
    targets::{another, bounded, cause, system},
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    accounts::Signed,
    catalog::{Kind, views::Analyte},
    refuse,
    systems::SystemId,
    text, versions,
};

/// The longest that a control may support results.
pub const HOURS_MAX: u32 = 31 * 24;
/// The most times of day.
pub const TIMES_MAX: usize = 24;
/// The longest window of a run.
pub const WINDOW_MINUTES_MAX: u32 = 24 * 60;
/// What is proposed for the window of a run.
pub const WINDOW_MINUTES: u32 = 120;
/// The most controls of a level in one run.
pub const CONTROLS_PER_LEVEL_MAX: u8 = 8;

/// A control plan as it is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanText {
    /// The test system.
    pub system: SystemId,
    /// Where its controls are kept.
    pub kind: PlanKind,
    /// Which level of which material, in an order that stays. This and what follows is for controls that are kept here.
    pub levels: Vec<(MaterialId, u8)>,
    /// The rules; none for what has no numbers.
    pub rules: Option<RuleSet>,
    /// How many controls of each level a run has.
    pub controls_per_level: u8,
    /// How many hours a control that passed supports results.
    pub hours: u32,
    /// When controls are due each day, by the laboratory's clock, as `07:00`.
    pub times: Vec<String>,
    /// Within how many minutes controls belong to one run.
    pub window_minutes: u32,
    /// The individualised plan that lets it ask less than the regulation; may be empty.
    pub individualised: String,
    /// Where the controls are kept, if elsewhere.
    pub place: String,
    /// The procedure by which they are kept there.
    pub procedure: String,
}

impl PlanText {
    /// A plan that says that controls are kept elsewhere.
    #[must_use]
    pub fn elsewhere(system: SystemId, place: &str, procedure: &str) -> Self {
        PlanText {
            system,
            kind: PlanKind::Elsewhere,
            levels: Vec::new(),
            rules: None,
            controls_per_level: 0,
            hours: 0,
            times: Vec::new(),
            window_minutes: 0,
            individualised: String::new(),
            place: place.to_owned(),
            procedure: procedure.to_owned(),
        }
    }

    fn checked(&self, ctx: &Ctx) -> Result<PlanBody, Failure> {
        let (_, analyte) = system(ctx, self.system)?;
        let body = PlanBody {
            system: self.system.0,
            kind: self.kind.code().to_owned(),
            levels: Vec::new(),
            rules: None,
            controls_per_level: 0,
            hours: 0,
            times: Vec::new(),
            window_minutes: 0,
            individualised: String::new(),
            place: String::new(),
            procedure: String::new(),
        };
        if self.kind == PlanKind::Elsewhere {
            let place = text::required(&self.place, "place")?;
            return Ok(PlanBody { place, procedure: text::required(&self.procedure, "procedure")?, ..body });
        }
        let levels = self.levels(ctx)?;
        let controls_per_level = self.controls_per_level;
        if !(1..=CONTROLS_PER_LEVEL_MAX).contains(&controls_per_level) {
            return Err(Refusal::new("quality-controls-per-level").with("limit", CONTROLS_PER_LEVEL_MAX).into());
        }
        if !(1..=HOURS_MAX).contains(&self.hours) {
            return Err(Refusal::new("quality-hours").with("limit", HOURS_MAX).into());
        }
        if !(1..=WINDOW_MINUTES_MAX).contains(&self.window_minutes) {
            return Err(Refusal::new("quality-window").with("limit", WINDOW_MINUTES_MAX).into());
        }
        let individualised = text::optional(&self.individualised, "individualised")?;
        let floor = Floor::of(&analyte.discipline);
        let below = (levels.len() as u8) < floor.levels || self.hours > floor.hours;
        if below && individualised.is_empty() {
            return Err(Refusal::new("quality-below-floor")
                .with("levels", floor.levels)
                .with("hours", floor.hours)
                .with("source", floor.source)
                .into());
        }
        let rules = self.rules(analyte, levels.len() as u8)?;
        let (hours, window_minutes, times) = (self.hours, self.window_minutes, self.times()?);
        Ok(PlanBody { levels, rules, controls_per_level, hours, times, window_minutes, individualised, ..body })
    }

    fn levels(&self, ctx: &Ctx) -> Result<Vec<PlanLevel>, Failure> {
        let mut levels = Vec::new();
        for (material, level) in &self.levels {
            let known = ctx.quality.material(*material).filter(|m| (1..=m.levels).contains(level));
            if known.is_none() {
                return refuse("quality-material-unknown");
            }
            let level = PlanLevel { material: material.0, level: *level };
            if levels.contains(&level) {
                return refuse("quality-twice");
            }
            levels.push(level);
        }
        if levels.is_empty() || levels.len() > usize::from(LEVELS_MAX) {
            return Err(Refusal::new("quality-levels").with("limit", LEVELS_MAX).into());
        }
        Ok(levels)
    }

    /// Numbers are judged by rules that fit the levels; answers and titres are as expected, or not.
    fn rules(&self, analyte: &Analyte, levels: u8) -> Result<Option<RuleSet>, Failure> {
        match (analyte.kind, &self.rules) {
            (Kind::Numeric, Some(rules)) => {
                let fits = rules.levels == levels && rules.controls_per_level == self.controls_per_level;
                if !fits || rules.check().is_err() {
                    return refuse("quality-rules");
                }
                Ok(Some(rules.clone()))
            }
            (Kind::Coded | Kind::Titre, None) => Ok(None),
            (Kind::Bin | Kind::Text, _) => {
                Err(Refusal::new("quality-target-of-no-number").with("analyte", &analyte.name).into())
            }
            _ => refuse("quality-rules"),
        }
    }

    fn times(&self) -> Result<Vec<String>, Failure> {
        let mut times = Vec::new();
        for time in self.times.iter().map(|t| t.trim()).filter(|t| !t.is_empty()) {
            let Ok(read) = jiff::civil::Time::strptime("%H:%M", time) else {
                return Err(Refusal::new("quality-time").with("time", time).into());
            };
            times.push(read.strftime("%H:%M").to_string());
        }
        times.sort();
        times.dedup();
        if times.len() > TIMES_MAX {
            return Err(Refusal::new("quality-too-many-times").with("limit", TIMES_MAX).into());
        }
        Ok(times)
    }
}

/// Propose control plans. If one is to take the place of a plan that counts, the reason of the submission says why.
pub struct ProposePlans(pub Vec<PlanText>);

impl Command for ProposePlans {
    type Answer = Vec<PlanId>;
    const ACTION: Action = Action::PlanQuality;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<Vec<PlanId>>, Failure> {
        bounded(self.0.len())?;
        let (mut plans, mut replaced): (Vec<PlanBody>, Vec<i64>) = (Vec::new(), Vec::new());
        let mut changes = false;
        for text in &self.0 {
            let body = text.checked(ctx)?;
            if plans.iter().any(|p| p.system == body.system) {
                return refuse("quality-twice");
            }
            changes |= ctx.quality.plan(text.system).is_some();
            let same = |p: &&Plan| p.system == text.system;
            replaced.extend(ctx.quality.proposed_plans().iter().filter(same).map(|p| p.id.0));
            plans.push(body);
        }
        let cause = cause(ctx, changes)?;
        let ids = (0..plans.len()).map(|place| PlansProposed::plan(ctx.event(), place)).collect();
        Ok(Decision::event(PlansProposed { plans, cause, replaced }, ids))
    }
}

/// Sign control plans that somebody else proposed.
pub struct SignPlans {
    /// The plans, each with the version that was on display.
    pub plans: Vec<(PlanId, i64)>,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for SignPlans {
    type Answer = ();
    const ACTION: Action = Action::SignPlans;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        bounded(self.plans.len())?;
        let (mut plans, mut replaced) = (Vec::<SignedPlan>::new(), Vec::new());
        for (id, shown) in self.plans {
            let Some(row) = views::plan_row(read, id)? else { return refuse("quality-proposal-unknown") };
            versions::unchanged(read, shown, row.version)?;
            if row.state != ProposalState::Proposed {
                return refuse("quality-proposal-unknown");
            }
            another(ctx, (row.proposer_kind, row.proposer))?;
            let proposed = id.0 / titer_store::PLACES;
            if ctx.given().row::<PlanRow>(read, id, [proposed])?.as_ref() != Some(&row) {
                return refuse("quality-not-as-journalled");
            }
            let (before, plan) = (ctx.quality.plan(row.system), known::plan(row)?);
            if before.is_some_and(|b| b.body.levels != plan.body.levels) && is_closed(ctx, plan.system) {
                return refuse("quality-plan-while-failing");
            }
            replaced.extend(before.map(|p| p.id.0));
            plans.push(signed(ctx, before, plan));
        }
        let signature = (&self.signed.signature("approved")).into();
        Ok(Decision::event(PlansSigned { plans, replaced, signature }, ()))
    }
}

/// Whether a level is failing, or a person has stopped the test system: a plan that begins anew would forget that.
fn is_closed(ctx: &Ctx, id: SystemId) -> bool {
    let system = ctx.systems.all().iter().find(|system| system.id == id);
    let levels = system.map_or_else(Vec::new, |system| ctx.quality.levels(system, ctx.at));
    levels.iter().any(|level| matches!(level.state, ControlState::Failing | ControlState::Stopped))
}

/// A plan with the same levels goes on with what is known; other levels begin anew. What was judged by the plan before stays as it was judged.
fn signed(ctx: &Ctx, before: Option<&Plan>, plan: Plan) -> SignedPlan {
    let beginning = Timestamp::from_micros(0);
    let known = ctx.quality.remembered(plan.system);
    let (known_from, runs_from, judged_from) = match (before, known) {
        (Some(before), Some(known)) if before.body.levels == plan.body.levels => {
            (known.known_from, known.runs_from, ctx.at)
        }
        (Some(_), Some(_)) => (ctx.at, ctx.at, ctx.at),
        _ => (beginning, beginning, beginning),
    };
    SignedPlan {
        plan: plan.id.0,
        body: plan.body,
        known_from: known_from.micros(),
        runs_from: runs_from.micros(),
        judged_from: judged_from.micros(),
    }
}
