//! The judge of a test system's QC events, one after another.

use serde::{Deserialize, Serialize};

use super::rules::WINDOW_MAX;
use super::{Action, Control, LEVELS_MAX, Lot, NoZ, Rule, RuleSet, RuleSetError, Scope};

/// The most controls in one event.
pub const CONTROLS_MAX: usize = 64;

/// A point on the chart: a control that has a z.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The event, counted from 0 since the judge began.
    pub event: u64,
    /// Its place among the controls of the event as they were given, from 0.
    pub place: u8,
    /// Its level.
    pub level: u8,
    /// Its z, unrounded.
    pub z: f64,
}

/// What an event's controls say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All controls were judged and no rule is broken.
    Pass,
    /// Only rules that warn are broken. The event stands.
    Warning,
    /// A control could not be judged. Not a pass.
    Incomplete,
    /// A rule that rejects is broken.
    Reject,
}

/// A rule that is broken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// What follows.
    pub action: Action,
    /// The scope in which it is broken.
    pub scope: Scope,
    /// The points that break it, oldest first.
    pub points: Vec<Point>,
}

/// A level that could not be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The level.
    pub level: u8,
    /// Why.
    pub why: NoZ,
}

/// What ended a look-back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// A new lot, or material, at a level.
    Lot {
        /// The level.
        level: u8,
        /// The lot before.
        from: Lot,
        /// The lot from this event on.
        to: Lot,
    },
    /// A recalibration.
    Recalibration,
    /// A corrective action that was closed.
    ActionClosed,
}

/// The verdict on one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The event, counted from 0 since the judge began.
    pub event: u64,
    /// What it comes to.
    pub outcome: Outcome,
    /// The rules that are broken, in the order of the rule set, each with its scope; within levels, one for each level.
    pub broken: Vec<Broken>,
    /// What could not be judged.
    pub missing: Vec<Missing>,
    /// What made the judge forget earlier points since the event before.
    pub resets: Vec<Reset>,
    /// What would have made it forget them, had the rule set not switched that reset off.
    pub ignored: Vec<Reset>,
}

/// Why an event cannot be taken. The judge is then as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// No control in it.
    #[error("the event has no control")]
    Empty,
    /// More than [`CONTROLS_MAX`].
    #[error("the event has more than {CONTROLS_MAX} controls")]
    TooMany,
    /// A level that the rule set does not have.
    #[error("there is no level {0}")]
    NoLevel(u8),
    /// Two lots of one level. A lot that runs in parallel is judged by a judge of its own.
    #[error("two lots of level {0}")]
    TwoLots(u8),
}

/// Points in their order, as far back as a rule can look; at least those.
#[derive(Debug, Clone, Default)]
struct Sequence {
    z: Vec<f64>,
    points: Vec<Point>,
    /// How many of them the event brought.
    fresh: usize,
}

impl Sequence {
    fn push(&mut self, point: Point) {
        self.z.push(point.z);
        self.points.push(point);
        self.fresh += 1;
    }

    /// Before an event. What no rule can reach goes, now and then.
    fn begin(&mut self) {
        self.fresh = 0;
        let reach = usize::from(WINDOW_MAX);
        if self.z.len() >= 8 * reach {
            let beyond_reach = self.z.len() - reach;
            self.z.drain(..beyond_reach);
            self.points.drain(..beyond_reach);
        }
    }

    fn clear(&mut self) {
        self.z.clear();
        self.points.clear();
        self.fresh = 0;
    }

    fn at(&self, places: &[usize]) -> Vec<Point> {
        places.iter().map(|place| self.points[*place]).collect()
    }

    /// The points that a rule can reach after the event.
    fn reach(&self) -> Vec<Point> {
        self.points[self.points.len().saturating_sub(usize::from(WINDOW_MAX))..].to_vec()
    }

    fn remembered(points: &[Point]) -> Sequence {
        Sequence { z: points.iter().map(|point| point.z).collect(), points: points.to_vec(), fresh: 0 }
    }

    fn withdraw(&mut self, event: u64, place: u8) -> bool {
        let before = self.points.len();
        self.points.retain(|point| (point.event, point.place) != (event, place));
        self.z = self.points.iter().map(|point| point.z).collect();
        self.points.len() < before
    }
}

/// What a judge remembers. Its numbers must be read back with all their digits: a reader of JSON must keep an `f64` exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct History {
    next: u64,
    lots: Vec<Option<Lot>>,
    levels: Vec<Vec<Point>>,
    across: Vec<Point>,
    resets: Vec<Reset>,
    ignored: Vec<Reset>,
}

/// Why a judge cannot go on from a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The rule set cannot be used.
    #[error(transparent)]
    Rules(#[from] RuleSetError),
    /// The history has another number of levels than the rule set.
    #[error("the history is of another number of levels")]
    Levels,
    /// A point of the history is of no event before, of no level, or no number.
    #[error("the history has a point that no judge can have taken")]
    Point,
}

impl History {
    fn check(&self, rules: &RuleSet) -> Result<(), ResumeError> {
        let levels = usize::from(rules.levels);
        if self.lots.len() != levels || self.levels.len() != levels {
            return Err(ResumeError::Levels);
        }
        let sound = |point: &Point| point.z.is_finite() && point.event < self.next;
        let of_level =
            (1..).zip(&self.levels).all(|(level, points)| points.iter().all(|p| p.level == level && sound(p)));
        let across = self.across.iter().all(|p| sound(p) && (1..=rules.levels).contains(&p.level));
        let ordered = |points: &[Point]| points.windows(2).all(|two| two[0].event <= two[1].event);
        let in_order = self.levels.iter().all(|points| ordered(points)) && ordered(&self.across);
        if of_level && across && in_order { Ok(()) } else { Err(ResumeError::Point) }
    }
}

/// Judges the QC events of one test system as they come, in their order in time.
///
/// Each event is judged with all rules: within the event; within each level it measured and across levels together with the points
/// before it. A rule is broken by a window of consecutive points that includes a point of the event, so earlier points alone never
/// reject. All points count, rejected ones too, until a reset of the rule set forgets them; a new target alone does not. A control
/// without z adds no point and ends no run, and its event is at best [`Outcome::Incomplete`].
///
/// What the judge remembers is its [`History`]: stored with a verdict, it brings another judge to the same state ([`Judge::resume`]). If a
/// level, or a repeat that belongs to an event, arrives late, a judge that is resumed from the history before that event judges the event
/// with all its controls, and then the later ones in their order. A point that is withdrawn for a cause ([`Judge::withdraw`]) counts for
/// no later event; what was judged before stays as it was judged.
#[derive(Debug, Clone)]
pub struct Judge {
    rules: RuleSet,
    next: u64,
    lots: [Option<Lot>; LEVELS_MAX as usize],
    levels: Vec<Sequence>,
    across: Sequence,
    event: Sequence,
    resets: Vec<Reset>,
    ignored: Vec<Reset>,
}

impl Judge {
    /// A judge who has seen nothing.
    ///
    /// # Errors
    /// When the rule set cannot be used.
    pub fn new(rules: RuleSet) -> Result<Judge, RuleSetError> {
        rules.check()?;
        let levels = vec![Sequence::default(); usize::from(rules.levels)];
        let (across, event) = (Sequence::default(), Sequence::default());
        Ok(Judge {
            rules,
            next: 0,
            lots: Default::default(),
            levels,
            across,
            event,
            resets: Vec::new(),
            ignored: Vec::new(),
        })
    }

    /// The rules it judges by: name and version belong into the record of a verdict.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The test system was recalibrated.
    pub fn recalibrated(&mut self) {
        self.forget(Reset::Recalibration, self.rules.resets.recalibration);
    }

    /// A corrective action was closed.
    pub fn action_closed(&mut self) {
        self.forget(Reset::ActionClosed, self.rules.resets.closed_action);
    }

    fn forget(&mut self, why: Reset, switched_on: bool) {
        if !switched_on {
            self.ignored.push(why);
            return;
        }
        self.levels.iter_mut().for_each(Sequence::clear);
        self.across.clear();
        self.resets.push(why);
    }

    /// Judges the next event.
    ///
    /// # Errors
    /// When it cannot be taken; nothing is remembered of it.
    pub fn judge(&mut self, controls: &[Control]) -> Result<Verdict, EventError> {
        self.check(controls)?;
        self.take_lots(controls);
        let missing = self.take_points(controls);
        let broken = self.broken();
        let rejects = broken.iter().any(|broken| broken.action == Action::Reject);
        let outcome = match (rejects, missing.is_empty(), broken.is_empty()) {
            (true, _, _) => Outcome::Reject,
            (_, false, _) => Outcome::Incomplete,
            (_, _, false) => Outcome::Warning,
            (_, _, true) => Outcome::Pass,
        };
        self.next += 1;
        let (resets, ignored) = (std::mem::take(&mut self.resets), std::mem::take(&mut self.ignored));
        Ok(Verdict { event: self.next - 1, outcome, broken, missing, resets, ignored })
    }

    /// What is remembered, to be stored.
    #[must_use]
    pub fn history(&self) -> History {
        History {
            next: self.next,
            lots: self.lots.into_iter().take(usize::from(self.rules.levels)).collect(),
            levels: self.levels.iter().map(Sequence::reach).collect(),
            across: self.across.reach(),
            resets: self.resets.clone(),
            ignored: self.ignored.clone(),
        }
    }

    /// A judge who remembers what another did.
    ///
    /// # Errors
    /// If the rule set cannot be used, or if the history is not one of a judge with as many levels.
    pub fn resume(rules: RuleSet, history: &History) -> Result<Judge, ResumeError> {
        history.check(&rules)?;
        let mut judge = Judge::new(rules)?;
        judge.next = history.next;
        for (lot, of) in judge.lots.iter_mut().zip(&history.lots) {
            *lot = *of;
        }
        judge.levels = history.levels.iter().map(|points| Sequence::remembered(points)).collect();
        judge.across = Sequence::remembered(&history.across);
        (judge.resets, judge.ignored) = (history.resets.clone(), history.ignored.clone());
        Ok(judge)
    }

    /// A point is withdrawn for an assignable cause: it counts for no later event. Tells whether any rule could still have reached the
    /// point.
    pub fn withdraw(&mut self, event: u64, place: u8) -> bool {
        let levels = self.levels.iter_mut().map(|level| level.withdraw(event, place)).filter(|gone| *gone).count();
        self.across.withdraw(event, place) || levels > 0
    }

    fn check(&self, controls: &[Control]) -> Result<(), EventError> {
        if controls.is_empty() {
            return Err(EventError::Empty);
        }
        if controls.len() > CONTROLS_MAX {
            return Err(EventError::TooMany);
        }
        for (place, control) in controls.iter().enumerate() {
            if !(1..=self.rules.levels).contains(&control.level) {
                return Err(EventError::NoLevel(control.level));
            }
            if controls[..place].iter().any(|before| before.level == control.level && before.lot != control.lot) {
                return Err(EventError::TwoLots(control.level));
            }
        }
        Ok(())
    }

    /// Notes the lots, and forgets the points of those before: of the level, and all across levels.
    fn take_lots(&mut self, controls: &[Control]) {
        for control in controls {
            let (level, to) = (control.level, control.lot);
            let before = self.lots[usize::from(level - 1)].replace(to);
            let Some(from) = before.filter(|from| *from != to) else { continue };
            let change = Reset::Lot { level, from, to };
            if !self.rules.resets.lot_change {
                self.ignored.push(change);
                continue;
            }
            self.levels[usize::from(level - 1)].clear();
            self.across.clear();
            self.resets.push(change);
        }
    }

    /// Takes the points in the order of their levels, and tells what gave none.
    fn take_points(&mut self, controls: &[Control]) -> Vec<Missing> {
        self.event.clear();
        self.across.begin();
        let mut missing = Vec::new();
        for (level, sequence) in (1..).zip(&mut self.levels) {
            sequence.begin();
            let mut measured = 0;
            for (place, control) in (0..).zip(controls).filter(|(_, control)| control.level == level) {
                measured += 1;
                match control.z {
                    Ok(z) if z.is_finite() => {
                        let point = Point { event: self.next, place, level, z };
                        sequence.push(point);
                        self.across.push(point);
                        self.event.push(point);
                    }
                    z => missing.push(Missing { level, why: z.err().unwrap_or(NoZ::NoNumber) }),
                }
            }
            if measured < self.rules.controls_per_level {
                missing.push(Missing { level, why: NoZ::NotMeasured });
            }
        }
        missing
    }

    fn broken(&self) -> Vec<Broken> {
        let mut broken = Vec::new();
        for used in &self.rules.rules {
            let rule = used.rule;
            let mut add = |scope, sequence: &Sequence, places: Vec<usize>| {
                if !places.is_empty() {
                    broken.push(Broken { rule, action: used.action, scope, points: sequence.at(&places) });
                }
            };
            for scope in used.scopes.iter().copied() {
                match scope {
                    Scope::Event => {
                        let levels: Vec<u8> = self.event.points.iter().map(|point| point.level).collect();
                        add(scope, &self.event, rule.broken_in_event(&self.event.z, &levels, used.replicates));
                    }
                    Scope::Level => {
                        for level in &self.levels {
                            add(scope, level, rule.broken_at_end(&level.z, level.fresh));
                        }
                    }
                    Scope::Across => add(scope, &self.across, rule.broken_at_end(&self.across.z, self.across.fresh)),
                }
            }
        }
        broken
    }
}
