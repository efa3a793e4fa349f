//! A sample rule set, and results that pass it.

#![allow(dead_code)]

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    civil::{DateTime, date},
};
use titer_science::{
    CriticalLimit, Op,
    autoverification::{
        Candidate, ControlState, Given, Identity, LevelState, Previous, Reading, RuleSet, Rules, Specimen, SystemState,
        Value,
    },
    interference::{Index, Measured},
};

pub const SAMPLE: &str = include_str!("sample.toml");

pub const NOW: Timestamp = Timestamp::constant(1_795_334_400, 0);
/// Half an hour ago.
pub const MEASURED: Timestamp = Timestamp::constant(1_795_332_600, 0);
pub const MUCH_EARLIER: Timestamp = Timestamp::constant(1_795_327_200, 0);
pub const EARLIER: Timestamp = Timestamp::constant(1_795_330_800, 0);
pub const LATER: Timestamp = Timestamp::constant(1_795_338_000, 0);
pub const COLLECTED: DateTime = date(2026, 11, 22).at(8, 0, 0, 0);
pub const DAY_BEFORE: DateTime = date(2026, 11, 21).at(8, 0, 0, 0);

/// In control for two hours, judged one hour ago.
pub const PASSING: ControlState = ControlState::Passing { since: MUCH_EARLIER, judged_at: EARLIER, valid_until: LATER };
pub const CONTROLS: &[LevelState<'static>] = &[level("1", PASSING), level("2", PASSING)];
pub const INDICES: &[Measured<'static>] = &[Measured { index: Index::Haemolysis, value: "12" }];

/// A state of the potassium's test system.
pub const fn state(state: ControlState) -> SystemState<'static> {
    SystemState { analyte: "potassium", instrument: "C1", state }
}

/// A level's state of the potassium's test system.
pub const fn level(level: &'static str, passing: ControlState) -> LevelState<'static> {
    LevelState { level, state: state(passing) }
}

pub fn set() -> RuleSet {
    toml::from_str(SAMPLE).unwrap()
}

pub fn rules() -> Rules {
    set().compile().unwrap()
}

/// The unit of an analyte in the sample.
pub fn unit(rules: &Rules, key: &str) -> String {
    rules.rule_set().analytes.iter().find(|analyte| analyte.key == key).unwrap().unit.clone()
}

/// A value of another analyte; an empty text is missing, `-` was not ordered. After a bar, the previous value, of the day before.
pub fn reading<'a>(rules: &Rules, key: &str, text: &'a str) -> Reading<'a> {
    let given = |text: &'a str| match text {
        "" => Given::Missing,
        "-" => Given::None,
        text => Given::Value(Value::read(text)),
    };
    let (value, previous) = text.split_once('|').unwrap_or((text, "-"));
    let analyte = rules.analyte(key, &unit(rules, key)).unwrap();
    let previous = match given(previous) {
        Given::Value(value) => Given::Value(Previous { value, collected: DAY_BEFORE }),
        Given::None => Given::None,
        Given::Missing => Given::Missing,
    };
    Reading { result: 100, analyte, value: given(value), collected: Some(COLLECTED), previous }
}

pub fn readings<'a>(rules: &Rules, values: &[(&str, &'a str)]) -> Vec<Reading<'a>> {
    values.iter().map(|(key, text)| reading(rules, key, text)).collect()
}

/// Less or equal 2.5, more or equal 6.5.
static CRITICAL_LIMIT: LazyLock<CriticalLimit> = LazyLock::new(|| {
    let limit = |op, text: &str| Some((op, text.parse().unwrap()));
    CriticalLimit {
        low: limit(Op::LessOrEqual, "2.5"),
        high: limit(Op::GreaterOrEqual, "6.5"),
        ..CriticalLimit::default()
    }
});

/// A potassium that passes every gate, where the value is fit to.
pub fn potassium<'a>(rules: &Rules, value: &'a str, others: &'a [Reading<'a>]) -> Candidate<'a> {
    Candidate {
        result: 1,
        collected: Some(COLLECTED),
        measured: Some(MEASURED),
        specimen: Some(Specimen::Fit),
        identity: Some(Identity::Scanned),
        identity_p: Given::Value(0.4),
        controls: CONTROLS,
        calibration: Some(state(PASSING)),
        flags: Some(&[]),
        indices: INDICES,
        critical: Given::Value(&*CRITICAL_LIMIT),
        previous: Given::Value(Previous { value: Value::read("4.1"), collected: DAY_BEFORE }),
        others,
        ..Candidate::new(rules.test_system("potassium", "C1", "ISE", "mmol/L"), Value::read(value), NOW)
    }
}

/// The other results of a specimen on which nothing is amiss, changed as given.
pub fn panel(rules: &Rules, changes: &[(&str, &'static str)]) -> &'static [Reading<'static>] {
    let usual = [
        ("calcium", "2.40|2.38"),
        ("magnesium", "0.90"),
        ("albumin", "41|42"),
        ("protein", "72|71"),
        ("cholesterol", "4.8|5.0"),
    ];
    let changed = usual.map(|(key, text)| {
        let change = changes.iter().find(|(changed, _)| *changed == key);
        reading(rules, key, change.map_or(text, |(_, text)| text))
    });
    Box::leak(Box::new(changed))
}
