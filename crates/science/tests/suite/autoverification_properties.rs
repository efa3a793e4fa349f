//! What must hold for every result and every rule set.

use std::sync::LazyLock;

use crate::laboratory::*;
use jiff::ToSpan;
use proptest::{prelude::*, sample::select};
use rust_decimal::Decimal;
use titer_science::{
    Op,
    autoverification::{
        Calculation, CalculationInput, Candidate, Condition, ControlState, Given, Identity, Input, LevelState,
        Previous, Reading, RuleSet, Rules, Specimen, SystemState, Value, Verdict,
    },
    delta::Measure,
    interference::{Highest, Index, Measured},
};

const VALUES: [&str; 14] =
    ["0.9", "1.5", "2.5", "3.0", "3.3", "4.2", "5.2", "6.0", "6.2", "7.5", "11", "<1.5", ">6.0", "text"];
const OTHERS: [(&str, [&str; 5]); 5] = [
    ("calcium", ["2.40|2.38", "1.90|2.40", "-", "<2.0|2.4", "text"]),
    ("magnesium", ["0.90", "0.60", "-", "<0.5", "text"]),
    ("albumin", ["41|42", "30|42", "-", "<35|42", "41|-"]),
    ("protein", ["72|71", "50|71", "-", "<60|71", "72|-"]),
    ("cholesterol", ["4.8|5.0", "3.0|5.0", "-", "<4.0|5.0", "4.8|"]),
];
const STATES: [ControlState; 4] = [PASSING, ControlState::Failing, ControlState::Expired, ControlState::None];
const FLAGS: [&[&str]; 4] = [&[], &["R"], &["S"], &["R", "X"]];
const IDENTITIES: [Identity<'static>; 3] = [Identity::Scanned, Identity::NotScanned, Identity::Contradicted("name")];

/// Everything that a candidate borrows.
#[derive(Debug, Clone)]
struct Case {
    value: &'static str,
    previous: Option<&'static str>,
    others: Vec<(&'static str, &'static str)>,
    levels: Vec<ControlState>,
    states: [ControlState; 2],
    flags: &'static [&'static str],
    indices: [&'static str; 2],
    identity: Identity<'static>,
    fit: bool,
    p: f64,
}

/// Mostly what passes, so that most cases turn on one thing or two.
fn mostly<T: Clone + std::fmt::Debug + 'static>(usual: T, others: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![6 => Just(usual), 1 => select(others)]
}

fn cases() -> impl Strategy<Value = Case> {
    let state = || mostly(PASSING, STATES.to_vec());
    let others: Vec<_> =
        OTHERS.iter().map(|(key, texts)| mostly(texts[0], texts.to_vec()).prop_map(|text| (*key, text))).collect();
    let previous = mostly(Some("4.1"), vec![None, Some("3.0"), Some("5.5"), Some("<5.0"), Some("text")]);
    (
        (select(VALUES.to_vec()), previous, others, prop::collection::vec(state(), 2)),
        (
            [state(), state()],
            mostly(FLAGS[0], FLAGS.to_vec()),
            [mostly("12", vec!["90", "91", "x"]), mostly("0", vec!["+", "++"])],
        ),
        (
            mostly(IDENTITIES[0], IDENTITIES.to_vec()),
            mostly(true, vec![false]),
            mostly(0.5, vec![0.001, 0.000_1, f64::NAN]),
        ),
    )
        .prop_map(|((value, previous, others, levels), (states, flags, indices), (identity, fit, p))| Case {
            value,
            previous,
            others,
            levels,
            states,
            flags,
            indices,
            identity,
            fit,
            p,
        })
}

/// The sample, with every input required that its first test system judges.
fn strict() -> RuleSet {
    let mut set = set();
    set.test_systems[0].required.extend([Input::PatientControl, Input::Lipaemia]);
    set
}

static SAMPLE_RULES: LazyLock<Rules> = LazyLock::new(rules);
static STRICT: LazyLock<Rules> = LazyLock::new(|| strict().compile().unwrap());

/// What may be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    System,
    Collected,
    Measured,
    Specimen,
    Identity,
    IdentityScore,
    Level(usize),
    Calibration,
    PatientControl,
    Flags,
    Haemolysis,
    Lipaemia,
    CriticalLimit,
    Previous,
    Other(usize),
    PreviousOfOther(usize),
}

const PARTS: [Part; 26] = [
    Part::System,
    Part::Collected,
    Part::Measured,
    Part::Specimen,
    Part::Identity,
    Part::IdentityScore,
    Part::Level(0),
    Part::Level(1),
    Part::Calibration,
    Part::PatientControl,
    Part::Flags,
    Part::Haemolysis,
    Part::Lipaemia,
    Part::CriticalLimit,
    Part::Previous,
    Part::Other(0),
    Part::Other(1),
    Part::Other(2),
    Part::Other(3),
    Part::Other(4),
    Part::PreviousOfOther(0),
    Part::PreviousOfOther(1),
    Part::PreviousOfOther(2),
    Part::PreviousOfOther(3),
    Part::PreviousOfOther(4),
    Part::Nothing,
];

impl Case {
    fn readings(&self, rules: &Rules) -> Vec<Reading<'static>> {
        self.others.iter().map(|(key, text)| reading(rules, key, text)).collect()
    }

    fn judge(&self, rules: &Rules, without: Part, readings: &[Reading<'_>]) -> Verdict {
        let mut others = readings.to_vec();
        let mut levels: Vec<LevelState<'_>> =
            ["1", "2"].iter().zip(&self.levels).map(|(name, state)| level(name, *state)).collect();
        let mut indices = vec![
            Measured { index: Index::Haemolysis, value: self.indices[0] },
            Measured { index: Index::Lipaemia, value: self.indices[1] },
        ];
        let previous = self
            .previous
            .map_or(Given::None, |text| Given::Value(Previous { value: Value::read(text), collected: DAY_BEFORE }));
        let mut candidate = Candidate {
            specimen: Some(if self.fit { Specimen::Fit } else { Specimen::Unfit("clotted") }),
            identity: Some(self.identity),
            identity_p: Given::Value(self.p),
            calibration: Some(state(self.states[0])),
            patient_control: Some(state(self.states[1])),
            flags: Some(self.flags),
            previous,
            ..potassium(rules, self.value, &[])
        };
        match without {
            Part::Nothing => {}
            Part::System => candidate.system = None,
            Part::Collected => candidate.collected = None,
            Part::Measured => candidate.measured = None,
            Part::Specimen => candidate.specimen = None,
            Part::Identity => candidate.identity = None,
            Part::IdentityScore => candidate.identity_p = Given::Missing,
            Part::Level(level) => drop(levels.remove(level)),
            Part::Calibration => candidate.calibration = None,
            Part::PatientControl => candidate.patient_control = None,
            Part::Flags => candidate.flags = None,
            Part::Haemolysis => drop(indices.remove(0)),
            Part::Lipaemia => drop(indices.remove(1)),
            Part::CriticalLimit => candidate.critical = Given::Missing,
            Part::Previous => candidate.previous = Given::Missing,
            Part::Other(other) => drop(others.remove(other)),
            Part::PreviousOfOther(other) => others[other].previous = Given::Missing,
        }
        rules.evaluate(&Candidate { controls: &levels, indices: &indices, others: &others, ..candidate }).verdict()
    }
}

/// Widens one limit of the first test system, or of its patterns.
fn widen(set: &mut RuleSet, which: usize, by: Decimal) {
    let less = |limit: &mut Option<Decimal>| *limit = limit.map(|limit| limit - by);
    let more = |limit: &mut Option<Decimal>| *limit = limit.map(|limit| limit + by);
    let system = &mut set.test_systems[0];
    match which {
        0 => less(&mut system.measuring_range.as_mut().unwrap().low),
        1 => more(&mut system.measuring_range.as_mut().unwrap().high),
        2 => system.absurd.iter_mut().for_each(|absurd| less(&mut absurd.low)),
        3 => system.absurd.iter_mut().for_each(|absurd| more(&mut absurd.high)),
        // What is reported as beyond an end that is not stated is undecided.
        4 => {
            let range = system.measuring_range.as_mut().unwrap();
            range.high = if range.release_above { range.high.map(|high| high + by) } else { None };
        }
        5 => system.absurd.iter_mut().for_each(|absurd| absurd.low = None),
        6 => system.identity_score.as_mut().unwrap().p_below /= 2.0,
        7 => match &mut system.interference[0].highest {
            Highest::Number(limit) => *limit += by,
            Highest::Grade { .. } => unreachable!(),
        },
        8 | 9 => match &mut system.deltas[0].check.measure {
            Measure::Absolute(limits) if which == 8 => more(&mut limits.rise),
            Measure::Absolute(limits) => more(&mut limits.fall),
            _ => unreachable!(),
        },
        10 => system.flags[1].release = true,
        11 => {
            system.measuring_range.as_mut().unwrap().release_below = true;
            system.absurd.iter_mut().for_each(|absurd| absurd.low = None);
        }
        // The pattern is there from a higher potassium, a lower calcium or magnesium, a greater dilution.
        _ => move_limits(&mut set.patterns[which % 2].when, by),
    }
}

fn move_limits(condition: &mut Condition, by: Decimal) {
    match condition {
        Condition::Value { is: Op::Greater, limit, .. } => *limit += by,
        Condition::Value { limit, .. } | Condition::RatioToPrevious { limit, .. } => *limit -= by,
        Condition::All(of) | Condition::Any(of) | Condition::AtLeast { of, .. } => {
            of.iter_mut().for_each(|part| move_limits(part, by));
        }
        _ => unreachable!(),
    }
}

/// Each test system of the sample: key, instrument, method, levels, and a value that nothing but the controls could hold.
const SYSTEMS: [(&str, &str, &str, &[&str], &str); 4] = [
    ("potassium", "C1", "ISE", &["1", "2"], "4.2"),
    ("hemoglobin", "H1", "photometric", &["L", "N", "H"], "15.0"),
    ("hiv", "I1", "ECLIA", &["negative", "positive"], "Non-reactive"),
    ("anion_gap", "LIS", "calculated", &[], "12"),
];

/// In control again only since the result was measured.
const SINCE_THEN: ControlState = ControlState::Passing { since: NOW, judged_at: NOW, valid_until: LATER };

fn control_states() -> impl Strategy<Value = Option<ControlState>> {
    let others = STATES[1..].iter().copied().chain([SINCE_THEN]).map(Some).chain([None]).collect();
    mostly(Some(PASSING), others)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_test_system_releases_without_passing_controls(
        which in 0usize..4,
        levels in prop::collection::vec(control_states(), 3),
        of_another in mostly(false, vec![true]),
        measured in mostly(Some(MEASURED), vec![None, Some(MUCH_EARLIER - 1.second()), Some(LATER)]),
        released in mostly(true, vec![false]),
    ) {
        let rules = &*SAMPLE_RULES;
        prop_assert_eq!(rules.rule_set().test_systems.len(), SYSTEMS.len());
        let (analyte, instrument, method, names, value) = SYSTEMS[which];
        let of = |state| SystemState { analyte, instrument: if of_another { "another" } else { instrument }, state };
        let controls: Vec<LevelState<'_>> = names
            .iter()
            .zip(&levels)
            .filter_map(|(level, state)| state.map(|state| LevelState { level, state: of(state) }))
            .collect();
        let own = SystemState { analyte, instrument, state: PASSING };
        let others = [panel(rules, &[]), &[reading(rules, "hematocrit", "45")]].concat();
        let inputs = ["sodium", "chloride"].map(|analyte| CalculationInput { analyte, released });
        let candidate = Candidate {
            system: rules.test_system(analyte, instrument, method, &unit(rules, analyte)),
            value: Value::read(value),
            measured,
            controls: &controls,
            calibration: (which == 0).then_some(own),
            patient_control: (which == 1).then_some(own),
            critical: Given::None,
            others: &others,
            calculation: (which == 3).then_some(Calculation { not_calculable: None, inputs: &inputs }),
            ..potassium(rules, value, &[])
        };
        let trail = rules.evaluate(&candidate);
        let passing = controls.len() == names.len() && controls.iter().all(|level| level.state.state == PASSING);
        let expected = if which == 3 {
            // It has no controls of its own.
            released && measured != Some(LATER)
        } else {
            passing && !of_another && measured == Some(MEASURED)
        };
        prop_assert_eq!(trail.verdict() == Verdict::Release, expected, "{}: {}", analyte, trail);
    }

    #[test]
    fn taking_an_input_away_never_releases_what_was_held(case in cases(), part in select(PARTS.to_vec())) {
        let rules = &*STRICT;
        let readings = case.readings(rules);
        if case.judge(rules, Part::Nothing, &readings) == Verdict::Hold {
            prop_assert_eq!(case.judge(rules, part, &readings), Verdict::Hold);
        }
    }

    #[test]
    fn widening_a_limit_never_holds_what_was_released(case in cases(), which in 0usize..14, censored in any::<bool>(), by in 1i64..400) {
        let mut narrow = strict();
        if censored {
            let range = narrow.test_systems[0].measuring_range.as_mut().unwrap();
            (range.release_below, range.release_above) = (true, true);
            narrow.test_systems[0].absurd = None;
        }
        let mut wide = narrow.clone();
        let narrow = narrow.compile().unwrap();
        widen(&mut wide, which, Decimal::new(by, 2));
        let wide = wide.compile().unwrap();
        let readings = case.readings(&narrow);
        if case.judge(&narrow, Part::Nothing, &readings) == Verdict::Release {
            prop_assert_eq!(case.judge(&wide, Part::Nothing, &readings), Verdict::Release);
        }
    }

    #[test]
    fn the_order_of_analytes_does_not_matter(case in cases(), order in Just([0usize, 1, 2, 3, 4]).prop_shuffle()) {
        let rules = &*STRICT;
        let readings = case.readings(rules);
        let shuffled: Vec<Reading<'_>> = order.iter().map(|place| readings[*place]).collect();
        let verdict = case.judge(rules, Part::Nothing, &readings);
        prop_assert_eq!(case.judge(rules, Part::Nothing, &shuffled), verdict);

        let mut turned = strict();
        turned.analytes.rotate_left(order[0]);
        turned.patterns.rotate_left(order[1] % 4);
        turned.test_systems.reverse();
        let turned = turned.compile().unwrap();
        prop_assert_eq!(case.judge(&turned, Part::Nothing, &case.readings(&turned)), verdict);
    }

    #[test]
    fn nothing_is_released_without_passing_controls(case in cases()) {
        let rules = &*STRICT;
        let readings = case.readings(rules);
        if case.judge(rules, Part::Nothing, &readings) == Verdict::Release {
            prop_assert!(case.levels.iter().chain(&case.states).all(|state| *state == PASSING));
            prop_assert!(case.fit && case.identity == Identity::Scanned);
            for part in PARTS.into_iter().filter(|part| {
                // Without a previous result there is no time to compare.
                let idle = *part == Part::Collected && case.previous.is_none();
                !idle && !matches!(part, Part::Nothing | Part::Other(_) | Part::PreviousOfOther(_))
            }) {
                prop_assert_eq!(case.judge(rules, part, &readings), Verdict::Hold, "{:?}", part);
            }
        }
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in "\\PC{0,40}", previous in "[-<>=0-9.]{0,35}", other in "[-<>=0-9.]{1,35}") {
        let rules = &*STRICT;
        let others = readings(rules, &[("calcium", &other), ("albumin", &previous)]);
        for value in [&text, &previous, &other] {
            let candidate = Candidate {
                previous: Given::Value(Previous { value: Value::read(&previous), collected: DAY_BEFORE }),
                ..potassium(rules, value, &others)
            };
            let trail = rules.evaluate(&candidate);
            prop_assert_eq!(rules.evaluate(&candidate), trail);
        }
    }
}

#[test]
fn the_cases_are_of_both_kinds() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let rules = &*STRICT;
    let mut runner = TestRunner::deterministic();
    let mut released = 0;
    for _ in 0..2_000 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        released += u32::from(case.judge(rules, Part::Nothing, &case.readings(rules)) == Verdict::Release);
    }
    assert!((50..1_950).contains(&released), "{released} of 2000 released");
}
