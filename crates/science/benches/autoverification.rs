//! One million results through all gates: `cargo bench -p titer-science --bench autoverification`.
//!
//! One core, best of several rounds, beside the floor measured in the same run: the same value read, and compared with the two ends of
//! its measuring range.

use std::{hint::black_box, sync::LazyLock, time::Instant};

use jiff::{
    Timestamp,
    civil::{DateTime, date},
};
use rust_decimal::Decimal;
use titer_science::{
    CriticalLimit, Op, Reported,
    autoverification::{
        Candidate, ControlState, Decision, Given, Identity, LevelState, Past, Previous, Reading, RuleSet, Rules,
        Specimen, System, SystemState, Value, Verdict,
    },
    interference::{Index, Measured},
};

const RESULTS: usize = 1_000_000;
const ROUNDS: usize = 5;
/// Different results, gone through again and again.
const DIFFERENT: usize = 1_000;

const SAMPLE: &str = include_str!("../tests/suite/autoverification/sample.toml");
const NOW: Timestamp = Timestamp::constant(1_795_334_400, 0);
const PASSING: SystemState<'static> = SystemState {
    analyte: "potassium",
    instrument: "C1",
    state: ControlState::Passing {
        since: Timestamp::constant(1_795_327_200, 0),
        judged_at: Timestamp::constant(1_795_330_800, 0),
        valid_until: Timestamp::constant(1_795_338_000, 0),
    },
};
const MEASURED: Timestamp = Timestamp::constant(1_795_332_600, 0);
const DAY_BEFORE: DateTime = date(2026, 11, 21).at(8, 0, 0, 0);
const COLLECTED: DateTime = date(2026, 11, 22).at(8, 0, 0, 0);
const CONTROLS: &[LevelState<'static>] =
    &[LevelState { level: "1", state: PASSING }, LevelState { level: "2", state: PASSING }];
const INDICES: &[Measured<'static>] =
    &[Measured { index: Index::Haemolysis, value: "12" }, Measured { index: Index::Lipaemia, value: "0" }];

static CRITICAL_LIMIT: LazyLock<CriticalLimit> = LazyLock::new(|| CriticalLimit {
    low: Some((Op::LessOrEqual, Decimal::new(25, 1))),
    high: Some((Op::GreaterOrEqual, Decimal::new(65, 1))),
    ..CriticalLimit::default()
});

fn main() {
    let set: RuleSet = toml::from_str(SAMPLE).expect("the sample");
    let rules = set.compile().expect("the sample is sound");
    let system = rules.test_system("potassium", "C1", "ISE", "mmol/L").expect("a test system of the sample");
    // Potassium as it is reported, with one decimal: 3.5 to 4.9 passes, and every tenth, 6.6, is critical and has risen.
    let usual: Vec<String> = (0..DIFFERENT).map(|i| format!("{:.1}", 3.5 + (i % 15) as f64 / 10.0)).collect();
    let mixed: Vec<String> =
        usual.iter().enumerate().map(|(i, text)| if i % 10 == 0 { "6.6".into() } else { text.clone() }).collect();

    let floor = seconds(|| {
        let (low, high) = (Decimal::new(15, 1), Decimal::new(100, 1));
        let within = usual.iter().filter(|text| match Reported::parse(black_box(text)) {
            Reported::Number(number) => number >= low && number <= high,
            _ => false,
        });
        black_box(within.count());
    });
    println!("{RESULTS} results, best of {ROUNDS} rounds");
    println!("{:<34} {floor:.3} s", "floor: read, two comparisons");
    let others = panel(&rules);
    for (what, values) in [("all released", &usual), ("one in ten held", &mixed)] {
        let candidates: Vec<Candidate<'_>> = values.iter().map(|value| candidate(system, value, &others)).collect();
        let held = candidates.iter().filter(|one| rules.evaluate(one).verdict() == Verdict::Hold).count();
        println!("{what} ({held} of {DIFFERENT} held)");
        let line = |what: &str, taken: f64| println!("  {what:<32} {taken:.3} s, {:.1} of the floor", taken / floor);
        line(
            "all gates",
            seconds(|| {
                for candidate in &candidates {
                    black_box(rules.evaluate(black_box(candidate)).verdict());
                }
            }),
        );
        line(
            "values read, all gates",
            seconds(|| {
                for value in values {
                    black_box(rules.evaluate(&candidate(system, black_box(value), &others)).verdict());
                }
            }),
        );
        let past: Vec<Past<'_>> =
            candidates.iter().map(|&candidate| Past { candidate, decision: Decision::Released }).collect();
        line(
            "replay",
            seconds(|| {
                black_box(rules.replay(black_box(&past)).expect("there are results"));
            }),
        );
    }
}

/// Seconds for all results in the best round.
fn seconds(mut different: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        for _ in 0..RESULTS / DIFFERENT {
            different();
        }
        start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn candidate<'a>(system: System, value: &'a str, others: &'a [Reading<'a>]) -> Candidate<'a> {
    Candidate {
        collected: Some(COLLECTED),
        measured: Some(MEASURED),
        specimen: Some(Specimen::Fit),
        identity: Some(Identity::Scanned),
        identity_p: Given::Value(0.4),
        controls: CONTROLS,
        calibration: Some(PASSING),
        patient_control: Some(PASSING),
        flags: Some(&["R"]),
        indices: INDICES,
        critical: Given::Value(&*CRITICAL_LIMIT),
        previous: Given::Value(Previous { value: Value::read("4.1"), collected: DAY_BEFORE }),
        others,
        ..Candidate::new(Some(system), Value::read(value), NOW)
    }
}

fn panel(rules: &Rules) -> Vec<Reading<'static>> {
    let reading = |(key, unit, value, previous)| Reading {
        result: 1,
        analyte: rules.analyte(key, unit).expect("an analyte of the sample"),
        value: Given::Value(Value::read(value)),
        collected: Some(COLLECTED),
        previous: Given::Value(Previous { value: Value::read(previous), collected: DAY_BEFORE }),
    };
    [
        ("sodium", "mmol/L", "140", "139"),
        ("chloride", "mmol/L", "101", "102"),
        ("calcium", "mmol/L", "2.40", "2.38"),
        ("magnesium", "mmol/L", "0.90", "0.88"),
        ("albumin", "g/L", "41", "42"),
        ("protein", "g/L", "72", "71"),
        ("cholesterol", "mmol/L", "4.8", "5.0"),
    ]
    .map(reading)
    .to_vec()
}
