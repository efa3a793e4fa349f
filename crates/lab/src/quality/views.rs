//! What may be seen of quality control, beside what [`super::Quality`] remembers.

pub use super::{
    board::{LevelNow, SystemNow},
    known::{Proposal, Versions},
};

use titer_store::{Actor, Plan as Reads, Read, StoreError, Timestamp, sql, values};

use super::{
    BrokenRule, ControlId, Decided, LevelOutcome, LotId, PlanId, RunId, TargetId, Unjudged,
    known::HEADS,
    tables::{ControlRow, DecisionRow, PlanRow, RunRow, TargetRow},
};
use crate::{catalog::AnalyteId, systems::SystemId};

/// The most control results, runs or decisions of one test system that are read at once.
pub const SHOWN_MAX: i64 = 2_000;

sql! {
    // The catalog's version and that of the test systems beside those of this room: a message asks for all of them at once.
    VERSIONS: ("c.version": i64, "s.version": Option<i64>, "d.version": Option<i64>, "m.version": Option<i64>,
        "e.version": Option<i64>) = "FROM catalog_head c \
        LEFT JOIN test_systems_head s ON s.lab = c.lab AND s.id = c.id \
        LEFT JOIN quality_head d ON d.lab = c.lab AND d.id = $3 \
        LEFT JOIN quality_head m ON m.lab = c.lab AND m.id = $4 \
        LEFT JOIN quality_head e ON e.lab = c.lab AND e.id = $5 WHERE c.lab = $1 AND c.id = $2";
    TARGET: (t: TargetRow) = "FROM control_targets t WHERE t.lab = $1 AND t.id = $2";
    PLAN: (p: PlanRow) = "FROM control_plans p WHERE p.lab = $1 AND p.id = $2";
    CONTROLS: (c: ControlRow) = "FROM control_results c WHERE c.lab = $1 AND c.system = $2 AND c.measured_at >= $3 \
        ORDER BY c.measured_at DESC, c.id DESC LIMIT $4";
    RUNS: (r: RunRow) = "FROM control_runs r WHERE r.lab = $1 AND r.system = $2 AND r.begun_at >= $3 \
        ORDER BY r.begun_at DESC, r.id DESC LIMIT $4";
    DECISIONS: (d: DecisionRow) = "FROM control_decisions d WHERE d.lab = $1 AND d.system = $2 AND d.at >= $3 \
        ORDER BY d.at DESC, d.id DESC LIMIT $4";
}

/// The id of the one row of the heads of the catalog and of the test systems.
const HEAD_ID: i64 = 1;

fn heads() -> Vec<titer_store::Value> {
    let [defined, measured, ended] = HEADS;
    values![HEAD_ID, defined, measured, ended].to_vec()
}

/// The versions of the catalog, of the test systems and of quality control, in this order; 0 while there is nothing. Without a catalog
/// nothing is measured.
pub fn versions(read: &mut dyn Read) -> Result<(i64, i64, Versions), StoreError> {
    let found = VERSIONS.one(read, &heads())?;
    Ok(found.map_or((0, 0, Versions::default()), |(catalog, systems, defined, measured, ended)| {
        (catalog, systems.unwrap_or(0), Versions::of(defined, measured, ended))
    }))
}

/// Declares what [`versions`] reads.
pub fn plan_versions(plan: &mut Reads) {
    plan.reads.push((VERSIONS.sql(), heads()));
}

pub(super) fn target_row(read: &mut dyn Read, id: TargetId) -> Result<Option<TargetRow>, StoreError> {
    TARGET.one(read, &values![id])
}

pub(super) fn plan_row(read: &mut dyn Read, id: PlanId) -> Result<Option<PlanRow>, StoreError> {
    PLAN.one(read, &values![id])
}

/// The target of this id, whatever its state: by it a control was judged.
pub fn target(read: &mut dyn Read, id: TargetId) -> Result<Option<super::Target>, StoreError> {
    target_row(read, id)?.map(super::known::target).transpose()
}

/// The plan of this id, whatever its state.
pub fn plan(read: &mut dyn Read, id: PlanId) -> Result<Option<super::Plan>, StoreError> {
    plan_row(read, id)?.map(super::known::plan).transpose()
}

/// A control result.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlResult {
    /// Its id.
    pub id: ControlId,
    /// The test system.
    pub system: SystemId,
    /// The analyte.
    pub analyte: AnalyteId,
    /// The run that it belongs to.
    pub run: RunId,
    /// The lot.
    pub lot: LotId,
    /// The level of the plan, from 1.
    pub level: u8,
    /// The value, as it was measured.
    pub value: String,
    /// When it was measured.
    pub measured_at: Timestamp,
    /// When it was recorded.
    pub entered_at: Timestamp,
    /// Who recorded it.
    pub by: Actor,
    /// The target that it was judged by.
    pub target: Option<TargetId>,
    /// How many SDs it lies from the mean.
    pub z: Option<f64>,
    /// Whether it is as expected, if it has no z.
    pub passed: Option<bool>,
    /// Why it could not be judged.
    pub unjudged: Option<Unjudged>,
    /// The message that brought it.
    pub message: Option<i64>,
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} of quality control cannot be read"))
}

fn actor(kind: i64, id: i64) -> Result<Actor, StoreError> {
    Actor::from_code(kind, id).ok_or_else(|| corrupt("an actor"))
}

impl TryFrom<ControlRow> for ControlResult {
    type Error = StoreError;

    fn try_from(row: ControlRow) -> Result<Self, StoreError> {
        let unjudged = row.unjudged.map(|code| Unjudged::from_code(&code).ok_or_else(|| corrupt("a code")));
        Ok(ControlResult {
            id: row.id,
            system: row.system,
            analyte: row.analyte,
            run: row.run,
            lot: row.lot,
            level: u8::try_from(row.level).map_err(|_| corrupt("a level"))?,
            value: row.value,
            measured_at: row.measured_at,
            entered_at: row.entered_at,
            by: actor(row.actor_kind, row.actor)?,
            target: row.target,
            z: row.z.map(|z| z.parse().map_err(|_| corrupt("a z"))).transpose()?,
            passed: row.passed,
            unjudged: unjudged.transpose()?,
            message: row.message,
        })
    }
}

/// Control results of a test system since a time, the newest first.
pub fn controls(read: &mut dyn Read, of: SystemId, since: Timestamp) -> Result<Vec<ControlResult>, StoreError> {
    CONTROLS.all(read, &values![of, since, SHOWN_MAX])?.into_iter().map(ControlResult::try_from).collect()
}

/// A control run, as it was judged last.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlRun {
    /// Its id.
    pub id: RunId,
    /// When its first control was measured.
    pub begun_at: Timestamp,
    /// The plan by which it was judged.
    pub plan: PlanId,
    /// `pass`, `warning`, `incomplete`, `reject`.
    pub outcome: String,
    /// Broken rules, each with its points.
    pub broken: Vec<BrokenRule>,
    /// What it comes to for each level that was measured.
    pub levels: Vec<LevelOutcome>,
}

/// Control runs of a test system since a time, the newest first.
pub fn runs(read: &mut dyn Read, of: SystemId, since: Timestamp) -> Result<Vec<ControlRun>, StoreError> {
    let run = |row: RunRow| {
        Ok(ControlRun {
            id: row.id,
            begun_at: row.begun_at,
            plan: row.plan,
            outcome: row.outcome,
            broken: serde_json::from_str(&row.broken).map_err(|_| corrupt("a broken rule"))?,
            levels: serde_json::from_str(&row.levels).map_err(|_| corrupt("a level"))?,
        })
    };
    RUNS.all(read, &values![of, since, SHOWN_MAX])?.into_iter().map(run).collect()
}

/// What people decided about a test system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Decided,
    /// The code of a cause; empty if it is none.
    pub cause: String,
    /// The code of a correction; empty if it is none.
    pub action: String,
    /// What was found and done, or why.
    pub text: String,
    /// Who.
    pub by: Actor,
}

/// What people decided about a test system since a time, the newest first.
pub fn decisions(read: &mut dyn Read, of: SystemId, since: Timestamp) -> Result<Vec<Decision>, StoreError> {
    let decision = |row: DecisionRow| {
        let (at, kind, by) = (row.at, row.kind, actor(row.actor_kind, row.actor)?);
        Ok(Decision { at, kind, cause: row.code, action: row.action, text: row.text, by })
    };
    DECISIONS.all(read, &values![of, since, SHOWN_MAX])?.into_iter().map(decision).collect()
}
