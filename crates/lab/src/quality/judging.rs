//! What is remembered of one test system, and how its controls are judged.
//!
//! Controls are put into runs, and the runs judged, always from the same sorted list of what was measured: so that they come out the same
//! in whatever order they arrived.

use jiff::{ToSpan, tz::TimeZone};
use titer_science::qc::{
    self, Action, Bracket, Control, Ended, Happening, History, Judge, NoZ, Occurrence, Outcome, Standing, Timeline,
    Verdict,
};
use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{
    BrokenRule, ControlId, Decided, LevelOutcome, LotId, MarkedPoint, Plan, PlanId, RunId,
    events::{RunBody, Trimmed},
    known,
    tables::{ControlRow, RunRow, SystemRow},
};
use crate::{
    sites::{self, views::LocalTime},
    systems::SystemId,
};

/// Runs of one test system that may be remembered before the older half is let go.
pub(super) const RUNS_KEPT_MAX: usize = 60;
/// The most rows that are read of one test system.
const REMEMBERED_MAX: i64 = 20_000;

sql! {
    RUNS: (r: RunRow) = "FROM control_runs r WHERE r.lab = $1 AND r.system = $2 AND r.begun_at >= $3 \
        ORDER BY r.begun_at, r.id LIMIT $4";
    CONTROLS: (c: ControlRow) = "FROM control_results c WHERE c.lab = $1 AND c.system = $2 AND c.measured_at >= $3 \
        ORDER BY c.measured_at, c.id LIMIT $4";
}

/// A control as it is judged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    /// Its id; that of a control that is being recorded is the one it will have.
    pub id: ControlId,
    pub run: RunId,
    pub at: Timestamp,
    pub level: u8,
    pub lot: LotId,
    pub value: String,
    pub judged: Judgement,
}

/// What a control comes to by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Judgement {
    /// So many SDs from the mean.
    Z(f64),
    /// As expected, or not.
    Answer(bool),
    /// It could not be judged.
    Not,
}

/// A run as it was judged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub id: RunId,
    pub plan: PlanId,
    pub begun_at: Timestamp,
    pub outcome: String,
    pub broken: Vec<BrokenRule>,
    pub levels: Vec<LevelOutcome>,
}

/// What is remembered of a test system.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub known_from: Timestamp,
    judged_from: Timestamp,
    pub runs_from: Timestamp,
    history: Option<History>,
    pub runs: Vec<Run>,
    controls: Vec<Measured>,
    decisions: Vec<(Timestamp, Decided)>,
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} of quality control cannot be read"))
}

impl Remembered {
    pub(super) fn load(read: &mut dyn Read, row: SystemRow) -> Result<Self, StoreError> {
        let history = row.history.map(|h| serde_json::from_str(&h).map_err(|_| corrupt("the history"))).transpose()?;
        let since = values![row.id, row.runs_from, REMEMBERED_MAX];
        let runs = RUNS.all(read, &since)?.into_iter().map(Run::read).collect::<Result<_, _>>()?;
        let controls = CONTROLS.all(read, &since)?.into_iter().map(Measured::read).collect::<Result<_, _>>()?;
        let decisions = known::decisions(read, row.id, row.known_from, REMEMBERED_MAX)?;
        Ok(Remembered {
            known_from: row.known_from,
            judged_from: row.judged_from,
            runs_from: row.runs_from,
            history,
            runs,
            controls,
            decisions: known::happened(&decisions).into_iter().map(|((at, _), kind)| (at, kind)).collect(),
        })
    }

    /// What the events of a control measured before this time can no longer be judged with.
    pub(super) fn takes(&self, at: Timestamp) -> bool {
        at >= self.judged_from
    }

    /// Whether the same control is here already: it was sent, or entered, twice.
    pub(super) fn has(&self, lot: LotId, at: Timestamp, value: &str) -> bool {
        self.controls.iter().any(|c| (c.lot, c.at) == (lot, at) && c.value == value)
    }

    /// How a level stood at any time.
    pub(super) fn timeline(&self, level: u8, endings: &[(Timestamp, Ended)]) -> Timeline {
        timeline(&self.runs, level, &self.decisions, endings.iter().filter(|(at, _)| *at >= self.known_from))
    }

    /// The rule by which a level failed last, at or before a time.
    pub(super) fn failing_rule(&self, level: u8, at: Timestamp) -> Option<&str> {
        let failed =
            |run: &&Run| run.levels.iter().any(|l| l.level == level && l.outcome == REJECT && l.at <= at.micros());
        let run = self.runs.iter().rev().find(failed)?;
        let of_level = |broken: &&BrokenRule| broken.rejects && broken.points.iter().any(|p| p.level == level);
        let rejects = |broken: &&BrokenRule| broken.rejects;
        let found = run.broken.iter().find(of_level).or_else(|| run.broken.iter().find(rejects));
        found.map(|broken| broken.rule.as_str())
    }
}

/// The codes of outcomes.
const PASS: &str = "pass";
const WARNING: &str = "warning";
const INCOMPLETE: &str = "incomplete";
pub(super) const REJECT: &str = "reject";
/// What broke if an answer or a titre is not as expected.
pub(super) const UNEXPECTED: &str = "expected";

fn code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => PASS,
        Outcome::Warning => WARNING,
        Outcome::Incomplete => INCOMPLETE,
        Outcome::Reject => REJECT,
    }
}

fn outcome(code: &str) -> Outcome {
    match code {
        PASS => Outcome::Pass,
        WARNING => Outcome::Warning,
        REJECT => Outcome::Reject,
        _ => Outcome::Incomplete,
    }
}

impl Run {
    fn read(row: RunRow) -> Result<Self, StoreError> {
        Ok(Run {
            id: row.id,
            plan: row.plan,
            begun_at: row.begun_at,
            outcome: row.outcome,
            broken: serde_json::from_str(&row.broken).map_err(|_| corrupt("a broken rule"))?,
            levels: serde_json::from_str(&row.levels).map_err(|_| corrupt("a level"))?,
        })
    }

    fn body(&self, system: SystemId) -> RunBody {
        RunBody {
            run: self.id.0,
            system: system.0,
            plan: self.plan.0,
            begun_at: self.begun_at.micros(),
            outcome: self.outcome.clone(),
            broken: self.broken.clone(),
            levels: self.levels.clone(),
        }
    }
}

impl Measured {
    fn read(row: ControlRow) -> Result<Self, StoreError> {
        let z = row.z.as_deref().map(|z| z.parse().map_err(|_| corrupt("a z"))).transpose()?;
        Ok(Measured {
            id: row.id,
            run: row.run,
            at: row.measured_at,
            level: u8::try_from(row.level).map_err(|_| corrupt("a level"))?,
            lot: row.lot,
            value: row.value,
            judged: match (z, row.passed) {
                (Some(z), _) => Judgement::Z(z),
                (None, Some(passed)) => Judgement::Answer(passed),
                (None, None) => Judgement::Not,
            },
        })
    }
}

/// A time for `titer-science`. Every stored time is within the years of `jiff`, but for a damaged row.
pub(super) fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default()
}

fn timeline<'a>(
    runs: &[Run],
    level: u8,
    decisions: &[(Timestamp, Decided)],
    endings: impl Iterator<Item = &'a (Timestamp, Ended)>,
) -> Timeline {
    let mut all = Vec::new();
    for of_level in runs.iter().flat_map(|run| &run.levels).filter(|l| l.level == level) {
        let until = instant(Timestamp::from_micros(of_level.until));
        let what = Happening::Control { outcome: outcome(&of_level.outcome), until };
        all.push(Occurrence { at: instant(Timestamp::from_micros(of_level.at)), what });
    }
    for (at, kind) in decisions {
        let what = match kind {
            Decided::ActionNamed => Happening::ActionClosed,
            Decided::Stopped => Happening::Stopped,
            Decided::Released => Happening::Released,
        };
        all.push(Occurrence { at: instant(*at), what });
    }
    all.extend(endings.map(|(at, ended)| Occurrence { at: instant(*at), what: Happening::Ended(*ended) }));
    Timeline::of(&all)
}

/// What recording controls of one test system changes.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// The run of each new control, in their order.
    pub of_new: Vec<RunId>,
    pub runs: Vec<RunBody>,
    pub moved: Vec<(i64, i64)>,
    pub gone: Vec<i64>,
    pub trimmed: Option<Trimmed>,
    pub changes_state: bool,
}

/// What counts while controls of a test system are judged.
pub(super) struct Bench<'a> {
    pub system: SystemId,
    pub plan: &'a Plan,
    pub endings: &'a [(Timestamp, Ended)],
    pub zone: &'a TimeZone,
}

/// A run whose controls are known.
struct Group {
    id: RunId,
    controls: Vec<Measured>,
}

impl Group {
    fn begun_at(&self) -> Timestamp {
        self.controls.first().map_or(Timestamp::from_micros(0), |c| c.at)
    }
}

impl Bench<'_> {
    /// Judges new controls with all that are remembered. `fresh` gives the ids of runs that begin.
    pub(super) fn record(
        &self,
        known: &Remembered,
        new: &[Measured],
        mut fresh: impl FnMut() -> RunId,
    ) -> Result<Changed, StoreError> {
        let mut controls: Vec<Measured> =
            known.controls.iter().filter(|c| c.at >= known.judged_from).chain(new).cloned().collect();
        controls.sort_by_key(|c| (c.at, c.level, c.id));
        let groups = self.groups(controls, new, &mut fresh);
        let (judged, trimmable) = self.judge(known, &groups)?;
        let mut changed = Changed::default();
        let run_of = |id: ControlId| groups.iter().find(|g| g.controls.iter().any(|c| c.id == id)).map(|g| g.id);
        changed.of_new = new.iter().filter_map(|c| run_of(c.id)).collect();
        for was in known.controls.iter().filter(|c| c.at >= known.judged_from) {
            let now = run_of(was.id).filter(|now| *now != was.run);
            changed.moved.extend(now.map(|now| (was.id.0, now.0)));
        }
        let (settled, open): (Vec<Run>, Vec<Run>) =
            known.runs.iter().cloned().partition(|run| run.begun_at < known.judged_from);
        let stands = |run: &&Run| !judged.iter().any(|now| now.id == run.id);
        changed.gone = open.iter().filter(stands).map(|run| run.id.0).collect();
        let with_new = |run: &Run| changed.of_new.contains(&run.id);
        let differs = |run: &&Run| with_new(run) || !open.contains(run);
        changed.runs = judged.iter().filter(differs).map(|run| run.body(self.system)).collect();
        let runs: Vec<Run> = settled.into_iter().chain(judged).collect();
        changed.changes_state = self.stands_otherwise(known, &runs);
        changed.trimmed = self.trimmed(known, &runs, trimmable);
        Ok(changed)
    }

    /// Puts controls, sorted by time, into runs. A control joins the last run if it was measured within the window of the run's first, and
    /// the run lacks a control of its level; else it begins a run.
    fn groups(&self, controls: Vec<Measured>, new: &[Measured], fresh: &mut impl FnMut() -> RunId) -> Vec<Group> {
        let window = i64::from(self.plan.body.window_minutes) * 60;
        let most = usize::from(self.plan.controls_per_level());
        let mut groups: Vec<Group> = Vec::new();
        for control in controls {
            let joins = groups.last_mut().filter(|group| {
                let mut of_level = group.controls.iter().filter(|c| c.level == control.level);
                let one_lot = of_level.clone().all(|c| c.lot == control.lot);
                control.at <= group.begun_at().plus_seconds(window) && one_lot && of_level.by_ref().count() < most
            });
            match joins {
                Some(group) => group.controls.push(control),
                None => groups.push(Group { id: control.run, controls: vec![control] }),
            }
        }
        // A run keeps the number that the first of its controls brings that no earlier run has.
        let mut taken: Vec<RunId> = Vec::new();
        for group in &mut groups {
            let known = group.controls.iter().filter(|c| !new.iter().any(|n| n.id == c.id)).map(|c| c.run);
            let kept = known.into_iter().find(|id| !taken.contains(id));
            group.id = kept.unwrap_or_else(&mut *fresh);
            taken.push(group.id);
        }
        groups
    }

    /// Judges runs in their order. Answers with them what the judge remembered before each.
    fn judge(&self, known: &Remembered, groups: &[Group]) -> Result<(Vec<Run>, Vec<Option<History>>), StoreError> {
        let mut judge = match (&self.plan.body.rules, &known.history) {
            (None, _) => None,
            (Some(rules), Some(history)) => {
                Some(Judge::resume(rules.clone(), history).map_err(|_| corrupt("the history of a judge"))?)
            }
            (Some(rules), None) => Some(Judge::new(rules.clone()).map_err(|_| corrupt("the rules of a plan"))?),
        };
        let calibrated =
            self.endings.iter().filter(|(_, ended)| *ended == Ended::Calibrated).map(|(at, _)| (*at, true));
        let acted =
            known.decisions.iter().filter(|(_, kind)| *kind == Decided::ActionNamed).map(|(at, _)| (*at, false));
        let mut resets: Vec<(Timestamp, bool)> =
            calibrated.chain(acted).filter(|(at, _)| *at >= known.known_from).collect();
        resets.sort_unstable();
        let mut resets = resets.into_iter().peekable();
        let (mut runs, mut before) = (Vec::new(), Vec::new());
        let mut numbered: Vec<(u64, usize)> = Vec::new();
        for (place, group) in groups.iter().enumerate() {
            while let Some((_, calibrated)) = resets.next_if(|(at, _)| *at < group.begun_at()) {
                let Some(judge) = &mut judge else { continue };
                if calibrated { judge.recalibrated() } else { judge.action_closed() }
            }
            before.push(judge.as_ref().map(Judge::history));
            let run = match &mut judge {
                None => self.expected(group),
                Some(judge) => {
                    let verdict = judge.judge(&self.controls(group)).map_err(|_| corrupt("a run"))?;
                    numbered.push((verdict.event, place));
                    self.run(group, &verdict, |event, at| {
                        let place = numbered.iter().find(|(number, _)| *number == event)?.1;
                        groups[place].controls.get(usize::from(at)).map(|c| c.id.0)
                    })
                }
            };
            runs.push(run);
        }
        Ok((runs, before))
    }

    fn controls(&self, group: &Group) -> Vec<Control> {
        let control = |c: &Measured| {
            let material = self.plan.body.levels.get(usize::from(c.level) - 1).map_or(0, |l| l.material);
            let lot = qc::Lot { material: material as u64, number: c.lot.0 as u64 };
            let z = match c.judged {
                Judgement::Z(z) => Ok(z),
                Judgement::Answer(_) | Judgement::Not => Err(NoZ::NoTarget),
            };
            Control { level: c.level, lot, z }
        };
        group.controls.iter().map(control).collect()
    }

    /// A run that was judged by rules. `id` finds a control by the number of its event and its place there.
    fn run(&self, group: &Group, verdict: &Verdict, id: impl Fn(u64, u8) -> Option<i64>) -> Run {
        let broken = verdict.broken.iter().map(|broken| {
            let point = |p: &qc::Point| MarkedPoint { control: id(p.event, p.place), level: p.level, z: p.z };
            let rejects = broken.action == Action::Reject;
            BrokenRule { rule: broken.rule.to_string(), rejects, points: broken.points.iter().map(point).collect() }
        });
        let broken: Vec<BrokenRule> = broken.collect();
        let fresh = |rejects: bool, level: u8| {
            let of_action = verdict.broken.iter().filter(move |b| (b.action == Action::Reject) == rejects);
            let mut points = of_action.flat_map(|b| &b.points);
            points.any(|p| p.event == verdict.event && p.level == level)
        };
        // A rule may reject by points of before alone, the window of which this run completes: then all its levels fail.
        let nobody = verdict.outcome == Outcome::Reject && !group.controls.iter().any(|c| fresh(true, c.level));
        let of_level = |level: u8, complete: bool| match () {
            () if nobody || fresh(true, level) => Outcome::Reject,
            () if !complete => Outcome::Incomplete,
            () if fresh(false, level) => Outcome::Warning,
            () => Outcome::Pass,
        };
        self.judged(group, code(verdict.outcome), broken, of_level)
    }

    /// A run of answers or titres: each is as expected, or not.
    fn expected(&self, group: &Group) -> Run {
        let failed =
            |level: u8| group.controls.iter().any(|c| c.level == level && c.judged == Judgement::Answer(false));
        let of_level = |level: u8, complete: bool| match () {
            () if failed(level) => Outcome::Reject,
            () if !complete => Outcome::Incomplete,
            () => Outcome::Pass,
        };
        let failing = group.controls.iter().filter(|c| c.judged == Judgement::Answer(false));
        let points: Vec<MarkedPoint> =
            failing.map(|c| MarkedPoint { control: Some(c.id.0), level: c.level, z: 0.0 }).collect();
        let broken = match points.is_empty() {
            true => Vec::new(),
            false => vec![BrokenRule { rule: UNEXPECTED.to_owned(), rejects: true, points }],
        };
        let levels = 1..=self.plan.levels();
        let worst = levels.map(|level| of_level(level, self.is_complete(group, level))).max_by_key(|o| match o {
            Outcome::Pass => 0,
            Outcome::Warning => 1,
            Outcome::Incomplete => 2,
            Outcome::Reject => 3,
        });
        self.judged(group, code(worst.unwrap_or(Outcome::Incomplete)), broken, of_level)
    }

    /// Whether a run has enough controls of a level, and all of them were judged.
    fn is_complete(&self, group: &Group, level: u8) -> bool {
        let of_level = group.controls.iter().filter(|c| c.level == level);
        let judged = of_level.clone().all(|c| c.judged != Judgement::Not);
        judged && of_level.count() >= usize::from(self.plan.controls_per_level())
    }

    fn judged(
        &self,
        group: &Group,
        outcome: &str,
        broken: Vec<BrokenRule>,
        of_level: impl Fn(u8, bool) -> Outcome,
    ) -> Run {
        let mut levels = Vec::new();
        for level in 1..=self.plan.levels() {
            let last = group.controls.iter().filter(|c| c.level == level).map(|c| c.at).max();
            levels.extend(last.map(|at| LevelOutcome {
                level,
                outcome: code(of_level(level, self.is_complete(group, level))).to_owned(),
                at: at.micros(),
                until: self.until(at).micros(),
            }));
        }
        let (id, plan, begun_at) = (group.id, self.plan.id, group.begun_at());
        Run { id, plan, begun_at, outcome: outcome.to_owned(), broken, levels }
    }

    /// When the next control is due after one that was measured at a time: after so many hours, or at the next of the times of day.
    pub(super) fn until(&self, at: Timestamp) -> Timestamp {
        let hours = at.plus_seconds(i64::from(self.plan.body.hours) * 3_600);
        let today = sites::views::local(at, self.zone).date();
        let days = [Some(today), today.tomorrow().ok()];
        let times = || self.plan.body.times.iter().filter_map(|time| time.parse::<jiff::civil::Time>().ok());
        let moments = days.into_iter().flatten().flat_map(|day| times().map(move |time| day.to_datetime(time)));
        let due = moments.filter_map(|moment| {
            // A clock that is set back shows the time twice: the first counts. One that is set forward never shows it: an hour before counts.
            match sites::views::from_local(moment, self.zone) {
                LocalTime::Once(due) | LocalTime::Twice(due, _) => Some(due),
                LocalTime::Never => sites::views::from_local(moment.saturating_sub(1.hour()), self.zone).once(),
            }
        });
        due.filter(|due| *due > at).chain([hours]).min().unwrap_or(hours)
    }

    /// Whether any level stands otherwise, at any time, than was known.
    fn stands_otherwise(&self, known: &Remembered, runs: &[Run]) -> bool {
        let state = |runs: &[Run], level| -> Vec<(i64, i64, String)> {
            let of_level = runs.iter().flat_map(|run| &run.levels).filter(|l: &&LevelOutcome| l.level == level);
            of_level.map(|l| (l.at, l.until, l.outcome.clone())).collect()
        };
        (1..=self.plan.levels()).any(|level| state(&known.runs, level) != state(runs, level))
    }

    /// Lets older runs go, at a run at which all levels passed: what follows is then known without them.
    fn trimmed(&self, known: &Remembered, runs: &[Run], before: Vec<Option<History>>) -> Option<Trimmed> {
        if runs.len() <= RUNS_KEPT_MAX {
            return None;
        }
        let settled = runs.len() - before.len();
        let timelines: Vec<Timeline> = (1..=self.plan.levels())
            .map(|level| {
                timeline(runs, level, &known.decisions, self.endings.iter().filter(|(at, _)| *at >= known.known_from))
            })
            .collect();
        let candidates = (settled.max(1)..=runs.len() - RUNS_KEPT_MAX / 2).rev();
        let place = candidates.into_iter().find(|place| self.may_begin_at(&runs[*place], &timelines))?;
        let run = &runs[place];
        let known_from = run.levels.iter().map(|l| l.at).max()?;
        let history = before.into_iter().nth(place - settled).flatten();
        Some(Trimmed { system: self.system.0, known_from, runs_from: run.begun_at.micros(), history })
    }

    /// Whether what is known may begin with this run: all levels passed in it, and passed or were merely due before.
    fn may_begin_at(&self, run: &Run, timelines: &[Timeline]) -> bool {
        let Some(end) = run.levels.iter().map(|l| l.at).max() else { return false };
        let (from, to) =
            (instant(Timestamp::from_micros(run.begun_at.micros() - 1)), instant(Timestamp::from_micros(end)));
        let passed = |l: &LevelOutcome| [PASS, WARNING].contains(&l.outcome.as_str());
        let calm = |t: &Timeline| {
            let before = !matches!(t.at(from), Standing::Failing { .. } | Standing::Stopped { .. });
            before && t.at(to).is_passing() && !t.brackets().iter().any(|bracket: &Bracket| bracket.holds(to))
        };
        run.levels.len() == usize::from(self.plan.levels())
            && run.levels.iter().all(passed)
            && timelines.iter().all(calm)
    }
}
