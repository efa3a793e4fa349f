//! What the tests of quality control share.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use titer_science::qc::{Action, Control, Judge, Lot, Resets, Rule, RuleSet, RuleUse, Scope, Verdict};

pub const ALL_RESETS: Resets = Resets { lot_change: true, recalibration: true, closed_action: true };

/// A lot of material 1.
pub fn lot(number: u64) -> Lot {
    Lot { material: 1, number }
}

pub fn rule(code: &str) -> Rule {
    code.parse().unwrap()
}

/// A rule that rejects, in these scopes.
pub fn rejects(code: &str, scopes: &[Scope]) -> RuleUse {
    RuleUse { scopes: scopes.to_vec(), ..usual(code) }
}

pub fn usual(code: &str) -> RuleUse {
    RuleUse::usual(rule(code), Action::Reject)
}

pub fn rule_set(levels: u8, rules: Vec<RuleUse>) -> RuleSet {
    RuleSet { name: "test".into(), version: 1, levels, controls_per_level: 0, resets: ALL_RESETS, rules }
}

pub fn judge(levels: u8, rules: Vec<RuleUse>) -> Judge {
    Judge::new(rule_set(levels, rules)).unwrap()
}

/// Controls of lot 1 at levels 1, 2 …
pub fn event(z: &[f64]) -> Vec<Control> {
    (1..).zip(z).map(|(level, z)| Control { level, lot: lot(1), z: Ok(*z) }).collect()
}

/// The verdict on the last of the events.
pub fn last(judge: &mut Judge, events: &[&[f64]]) -> Verdict {
    events.iter().map(|z| judge.judge(&event(z)).unwrap()).last().unwrap()
}

/// Where the points are that break the one rule which is broken: event and level.
pub fn points(verdict: &Verdict) -> Vec<(u64, u8)> {
    let [broken] = &verdict.broken[..] else { panic!("not one broken rule: {verdict:?}") };
    broken.points.iter().map(|point| (point.event, point.level)).collect()
}
