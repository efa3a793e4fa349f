//! Turn-around targets: in how many minutes after receipt the laboratory wants a test to have its result, by priority. The laboratory sets
//! them; none is shipped, and where none is set only the age is shown.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Read, StoreError, Table, sql, table, values};

use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    catalog::{TestId, views::ENTRIES_MAX},
    orders::Priority,
    refuse,
};

/// The longest target: a week.
pub const MINUTES_MAX: i64 = 7 * 24 * 60;

table! {
    /// Turn-around targets of tests.
    pub(super) static TARGETS = projected "turnaround_targets";
    /// Minutes by priority; NULL: no target. `changed` is the number of the event that set them.
    pub(super) struct TargetRow {
        key id: TestId,
        stat: Option<i64>,
        urgent: Option<i64>,
        routine: Option<i64>,
        changed: i64,
    }
}

sql! {
    ALL: (turnaround_targets: TargetRow) = "FROM turnaround_targets WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
}

/// The targets of one test, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Of a request that is done at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stat: Option<i64>,
    /// Of an urgent request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent: Option<i64>,
    /// Of a routine request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routine: Option<i64>,
}

impl Target {
    /// The minutes for a priority.
    pub const fn minutes(&self, priority: Priority) -> Option<i64> {
        match priority {
            Priority::Stat => self.stat,
            Priority::Urgent => self.urgent,
            Priority::Routine => self.routine,
        }
    }
}

/// The targets of the laboratory.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// By test.
    pub of: HashMap<TestId, Target>,
    /// The number of the event that changed them last.
    pub version: i64,
}

/// The targets of the laboratory.
pub fn targets(read: &mut dyn Read) -> Result<Targets, StoreError> {
    let rows = ALL.all(read, &values![0_i64, ENTRIES_MAX])?;
    let version = rows.iter().map(|row| row.changed).max().unwrap_or(0);
    let target = |row: TargetRow| (row.id, Target { stat: row.stat, urgent: row.urgent, routine: row.routine });
    Ok(Targets { of: rows.into_iter().map(target).collect(), version })
}

/// Set the turn-around targets of tests.
pub struct SetTargets {
    /// The tests. Those that are not named keep their targets.
    pub tests: Vec<(TestId, Target)>,
}

impl Command for SetTargets {
    type Answer = ();
    const ACTION: Action = Action::SetTargets;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.person()?;
        let known = targets(read)?.of;
        for (test, target) in &self.tests {
            if ctx.catalog.test(*test).is_none() {
                return refuse("work-test-unknown");
            }
            let all = [target.stat, target.urgent, target.routine];
            if all.into_iter().flatten().any(|minutes| !(1..=MINUTES_MAX).contains(&minutes)) {
                return Err(Refusal::new("work-target-out-of-range").with("limit", MINUTES_MAX).into());
            }
        }
        let changed = self.tests.into_iter().filter(|(id, new)| known.get(id).copied().unwrap_or_default() != *new);
        let tests: Vec<TestTarget> = changed.map(|(test, target)| TestTarget { test: test.0, target }).collect();
        if tests.is_empty() {
            return Ok(Decision::nothing(()));
        }
        Ok(Decision::event(TargetsSet { tests }, ()))
    }
}

/// Somebody set turn-around targets.
#[derive(Serialize, Deserialize)]
pub struct TargetsSet {
    /// The tests whose targets changed.
    pub tests: Vec<TestTarget>,
}

/// The targets of a test.
#[derive(Serialize, Deserialize)]
pub struct TestTarget {
    /// The test.
    pub test: i64,
    /// Its targets.
    pub target: Target,
}

impl Event for TargetsSet {
    const KIND: &'static str = "work.targets-set";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&TARGETS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for TestTarget { test, target: Target { stat, urgent, routine } } in &self.tests {
            let (stat, urgent, routine) = (*stat, *urgent, *routine);
            changes.put(TargetRow { id: TestId(*test), stat, urgent, routine, changed: header.number });
        }
    }
}
