//! What controls come to does not depend on the order in which they arrive.

use std::time::Instant;

use super::Bench;
use crate::{
    Timestamp,
    quality::{
        controls::RecordControls,
        failures::NameFailureAction,
        judging::RUNS_KEPT_MAX,
        views::{self, ControlRun},
    },
    testing::code,
};

const HOUR: i64 = 3_600;

/// Numbers that look like chance, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// When a run began, its outcome, those of its levels, and the rules that it breaks.
type Told = (i64, String, Vec<(u8, String, i64)>, Vec<String>);

/// What runs came to, whatever their numbers.
fn told(runs: &[ControlRun]) -> Vec<Told> {
    let mut told: Vec<_> = runs
        .iter()
        .map(|run| {
            let levels = run.levels.iter().map(|l| (l.level, l.outcome.clone(), l.at)).collect();
            let broken = run.broken.iter().map(|b| b.rule.clone()).collect();
            (run.begun_at.micros(), run.outcome.clone(), levels, broken)
        })
        .collect();
    told.sort();
    told
}

#[test]
fn in_whatever_order_controls_arrive_runs_verdicts_and_states_are_the_same() {
    for seed in 1..=6 {
        let mut dice = Dice(seed);
        let first = Bench::new();
        let start = first.world.now();
        // Distinct times within two days; some repeats, some failures.
        let controls: Vec<(usize, String, Timestamp)> = (0..16)
            .map(|n| {
                let level = 1 + dice.roll(2) as usize;
                let z = dice.roll(9) as i64 - 4;
                let mean = if level == 1 { 120 } else { 150 };
                (level, (mean + 2 * z).to_string(), start.plus_seconds(n * 3 * HOUR + dice.roll(5_000) as i64))
            })
            .collect();
        let end = start.plus_seconds(60 * HOUR);
        let mut shuffled = controls.clone();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, dice.roll(at as u64 + 1) as usize);
        }
        let mut found = Vec::new();
        for (bench, order) in [(first, controls), (Bench::new(), shuffled)] {
            bench.world.pass(60 * HOUR);
            for (level, value, at) in order {
                bench.measure(level, &value, at).unwrap();
            }
            let of = bench.sodium;
            let runs = bench.world.read(move |s| views::runs(s, of, start));
            let gates: Vec<Vec<String>> =
                (0..240).map(|quarter| bench.gate(start.plus_seconds(quarter * HOUR / 4))).collect();
            // Nothing passes without a control that passed before, and is not due again.
            for (quarter, holds) in gates.iter().enumerate() {
                let at = start.plus_seconds(quarter as i64 * HOUR / 4).micros();
                let supported = |level: u8| {
                    let of_level = runs.iter().flat_map(|r| &r.levels).filter(|l| l.level == level);
                    of_level
                        .filter(|l| l.at <= at && at < l.until)
                        .any(|l| l.outcome == "pass" || l.outcome == "warning")
                };
                assert!(!holds.is_empty() || (supported(1) && supported(2)), "seed {seed}, quarter {quarter}");
            }
            assert_eq!(bench.restored_gates(start), gates, "seed {seed}: what is restored says the same");
            found.push((told(&runs), gates, bench.quality().levels(&bench.system(), end)));
        }
        assert_eq!(found[0], found[1], "seed {seed}");
    }
}

impl Bench {
    /// The gate of a laboratory that was rebuilt from the journal.
    fn restored_gates(&self, start: Timestamp) -> Vec<Vec<String>> {
        let (lab, system) = (self.world.restored(), self.system());
        let quality = lab.clone().read(move |s| Ok(lab.quality(s)?)).wait().unwrap();
        let at = |quarter| start.plus_seconds(quarter * HOUR / 4);
        (0..240).map(|quarter| quality.gate(&system, Some(at(quarter)), &jiff::tz::TimeZone::UTC)).collect()
    }
}

#[test]
fn older_runs_are_let_go_and_an_old_failure_is_never_forgotten() {
    let bench = Bench::new();
    let world = &bench.world;
    let start = world.now();
    for _ in 0..RUNS_KEPT_MAX + 5 {
        bench.both([0.5, -0.5]);
        world.pass(12 * HOUR);
    }
    assert_eq!(bench.states(), ["passing", "passing"]);
    assert_eq!(bench.gate(start), ["control-unknown"], "what was known of it is let go");
    assert_eq!(bench.gate(world.now().plus_seconds(-24 * HOUR)), Vec::<String>::new());
    assert_eq!(code(bench.measure(1, "120", start)), "quality-measured-before");
    bench.both([4.0, 0.0]);
    let failed = world.now();
    for _ in 0..2 * RUNS_KEPT_MAX {
        world.pass(12 * HOUR);
        bench.both([0.0, 0.0]);
    }
    let level = bench.levels().remove(0);
    assert_eq!((level.state.code(), level.since), ("failing", Some(failed)));
    let named = NameFailureAction {
        system: bench.sodium,
        cause: "unknown".to_owned(),
        action: "maintained".to_owned(),
        text: "the probe was cleaned".to_owned(),
    };
    world.run(world.technician(), named).unwrap();
    world.pass(HOUR);
    bench.both([0.0, 0.0]);
    assert_eq!(bench.states(), ["passing", "passing"]);
}

/// The cost of one control with all that is remembered, its decision and its commit included. The goal is a millisecond for judging; the
/// build of tests is slower than the program, so the limit here is loose.
#[test]
fn judging_a_control_takes_little_time() {
    let bench = Bench::new();
    for _ in 0..RUNS_KEPT_MAX - 5 {
        bench.both([0.5, -0.5]);
        bench.world.pass(12 * HOUR);
    }
    let (quality, system) = (bench.quality(), bench.system());
    let began = Instant::now();
    for _ in 0..100 {
        assert!(
            quality.gate(&system, Some(bench.world.now().plus_seconds(-HOUR)), &jiff::tz::TimeZone::UTC).is_empty()
        );
    }
    let gate = began.elapsed() / 100;
    let commands: Vec<RecordControls> =
        (0..20).map(|n| bench.control(1, "120", bench.world.now().plus_seconds(-n - 1))).collect();
    let began = Instant::now();
    for command in commands {
        bench.world.run(bench.world.technician(), command).unwrap();
    }
    let record = began.elapsed() / 20;
    println!("a gate: {gate:?}; a control, judged and committed: {record:?}");
    assert!(record.as_millis() < 100, "{record:?}");
}
