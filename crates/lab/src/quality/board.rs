//! How every test system stands now.

use titer_science::qc::Standing;
use titer_store::Timestamp;

use super::{ControlState, Plan, PlanKind, Quality, judging::instant};
use crate::{Systems, systems::views::System};

/// How a level stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelNow {
    /// The level of the plan, from 1.
    pub level: u8,
    /// How it stands.
    pub state: ControlState,
    /// Since when; none if no control was ever measured.
    pub since: Option<Timestamp>,
    /// Until when it passes.
    pub until: Option<Timestamp>,
    /// The rule by which it fails.
    pub rule: Option<String>,
    /// Controls that passed since it fails, without a cause and an action.
    pub repeats: u32,
    /// Whether cause and action have been named: the next control that passes reopens release.
    pub action_named: bool,
}

/// How a test system stands.
#[derive(Clone, Debug)]
pub struct SystemNow<'a> {
    /// The test system.
    pub system: &'a System,
    /// Its control plan; without one all its results are held.
    pub plan: Option<&'a Plan>,
    /// As its worst level does; none without a plan, or if its controls are kept elsewhere.
    pub state: Option<ControlState>,
    /// Its levels, in the order of the plan.
    pub levels: Vec<LevelNow>,
}

fn rank(state: ControlState) -> usize {
    ControlState::ALL.iter().position(|other| *other == state).unwrap_or(0)
}

impl Quality {
    /// How the levels of a test system stand at a time.
    pub fn levels(&self, system: &System, now: Timestamp) -> Vec<LevelNow> {
        let Some(plan) = self.plan(system.id).filter(|plan| plan.kind == PlanKind::Here) else { return Vec::new() };
        let known = self.remembered(system.id);
        let stands = |level| {
            let standing = known.map(|k| k.timeline(level, self.endings(system.instrument)).at(instant(now)));
            let rule = known.and_then(|k| k.failing_rule(level, now)).map(str::to_owned);
            of(level, standing.unwrap_or(Standing::Missing), rule)
        };
        (1..=plan.levels()).map(stands).collect()
    }

    /// How all test systems that may be used stand at a time.
    pub fn board<'a>(&'a self, systems: &'a Systems, now: Timestamp) -> Vec<SystemNow<'a>> {
        systems.all().iter().filter(|s| s.is_live()).map(|system| self.stands(system, now)).collect()
    }

    /// How one test system stands at a time.
    pub fn stands<'a>(&'a self, system: &'a System, now: Timestamp) -> SystemNow<'a> {
        let levels = self.levels(system, now);
        let state = levels.iter().map(|level| level.state).max_by_key(|state| rank(*state));
        SystemNow { system, plan: self.plan(system.id), state, levels }
    }
}

fn of(level: u8, standing: Standing, rule: Option<String>) -> LevelNow {
    let time = |at: jiff::Timestamp| Some(Timestamp::from_micros(at.as_microsecond()));
    let none = LevelNow {
        level,
        state: ControlState::Missing,
        since: None,
        until: None,
        rule: None,
        repeats: 0,
        action_named: false,
    };
    match standing {
        Standing::Passing { since, until } => {
            LevelNow { state: ControlState::Passing, since: time(since), until: time(until), ..none }
        }
        Standing::Expired { since } => LevelNow { state: ControlState::Expired, since: time(since), ..none },
        Standing::Missing => none,
        Standing::Failing { since, repeats, action_closed: action_named } => {
            LevelNow { state: ControlState::Failing, since: time(since), rule, repeats, action_named, ..none }
        }
        Standing::Stopped { since } => LevelNow { state: ControlState::Stopped, since: time(since), ..none },
    }
}
