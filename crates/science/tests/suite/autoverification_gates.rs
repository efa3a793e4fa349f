//! Each gate by itself, and the trail of all.

use std::sync::LazyLock;

use crate::laboratory;
use crate::laboratory::*;
use jiff::ToSpan;
use titer_science::{
    CriticalLimit,
    autoverification::{
        Answer, Calculation, CalculationInput, Candidate, ControlState, Gate, Given, Identity, LevelState,
        MeasuringRange, Previous, Reason, Specimen, SystemState, Trail, Value, Verdict, WhyNot,
    },
    interference::{Index, Measured},
};

/// The gates that hold and the codes for which they do.
fn holds(trail: &Trail) -> Vec<(Gate, Vec<&'static str>)> {
    trail.holds().map(|(gate, reasons)| (gate, reasons.iter().map(Reason::code).collect())).collect()
}

#[test]
fn a_result_against_which_nothing_stands_is_released() {
    let rules = rules();
    let trail = rules.evaluate(&potassium(&rules, "4.2", panel(&rules, &[])));
    assert_eq!(trail.verdict(), Verdict::Release, "{trail}");
    let answers: Vec<(Gate, Answer<'_>)> = trail.answers().collect();
    assert_eq!(answers.len(), 10);
    for (gate, answer) in answers {
        let expected = match gate {
            Gate::Calculated => Answer::NotApplicable(WhyNot::Measured),
            // Neither the patient-based control nor the lipaemia index is required, and neither is there.
            Gate::Control | Gate::Interference => Answer::Pass { not_judged: Some(WhyNot::NotRequired) },
            _ => Answer::Pass { not_judged: None },
        };
        assert_eq!(answer, expected, "{gate:?}");
    }
}

#[test]
fn the_gates_answer_in_the_order_that_is_laid_down() {
    assert_eq!(
        Gate::ALL,
        [
            Gate::Specimen,
            Gate::Control,
            Gate::Flags,
            Gate::Interference,
            Gate::MeasuringRange,
            Gate::Absurd,
            Gate::Critical,
            Gate::Delta,
            Gate::Consistency,
            Gate::Calculated
        ]
    );
    let mut sorted = Gate::ALL;
    sorted.sort();
    assert_eq!(sorted, Gate::ALL);
}

static NO_LIMIT: LazyLock<CriticalLimit> = LazyLock::new(CriticalLimit::default);

/// In control again, but only since the result was measured.
const SINCE_THEN: ControlState = ControlState::Passing { since: NOW, judged_at: NOW, valid_until: LATER };
const OF_SODIUM: SystemState<'static> = SystemState { analyte: "sodium", instrument: "C1", state: PASSING };

/// What is changed, and which gate then holds for which reason.
type Case = (&'static str, fn(&mut Candidate<'static>), Gate, &'static str);

const CASES: &[Case] = &[
    ("no rules", |c| c.system = None, Gate::Specimen, "no-rules"),
    ("specimen unknown", |c| c.specimen = None, Gate::Specimen, "missing"),
    ("specimen clotted", |c| c.specimen = Some(Specimen::Unfit("clotted")), Gate::Specimen, "specimen-unfit"),
    ("identity unknown", |c| c.identity = None, Gate::Specimen, "missing"),
    ("identity typed", |c| c.identity = Some(Identity::NotScanned), Gate::Specimen, "identity-not-scanned"),
    (
        "another name on the tube",
        |c| c.identity = Some(Identity::Contradicted("other name")),
        Gate::Specimen,
        "identity-contradicted",
    ),
    ("identity score unknown", |c| c.identity_p = Given::Missing, Gate::Specimen, "missing"),
    ("identity improbable", |c| c.identity_p = Given::Value(0.000_9), Gate::Specimen, "identity-improbable"),
    ("identity not a number", |c| c.identity_p = Given::Value(f64::NAN), Gate::Specimen, "identity-undecided"),
    ("identity above one", |c| c.identity_p = Given::Value(1.5), Gate::Specimen, "identity-undecided"),
    ("identity infinite", |c| c.identity_p = Given::Value(f64::INFINITY), Gate::Specimen, "identity-undecided"),
    ("time of measuring unknown", |c| c.measured = None, Gate::Control, "missing"),
    ("measured after now", |c| c.measured = Some(LATER), Gate::Control, "measured-later"),
    ("calibrated since it was measured", |c| c.calibration = Some(state(SINCE_THEN)), Gate::Control, "not-in-control"),
    ("the calibration of another analyte", |c| c.calibration = Some(OF_SODIUM), Gate::Control, "control-of-another"),
    (
        "the patient-based control of another analyte",
        |c| c.patient_control = Some(OF_SODIUM),
        Gate::Control,
        "control-of-another",
    ),
    (
        "a level of another instrument",
        |c| {
            c.controls = const {
                &[
                    level("1", PASSING),
                    LevelState {
                        level: "2",
                        state: SystemState { analyte: "potassium", instrument: "C2", state: PASSING },
                    },
                ]
            };
        },
        Gate::Control,
        "control-of-another",
    ),
    (
        "a level that is not named of another analyte",
        |c| {
            c.controls =
                const { &[level("1", PASSING), level("2", PASSING), LevelState { level: "3", state: OF_SODIUM }] };
        },
        Gate::Control,
        "control-of-another",
    ),
    (
        "an input that is not released, of a measured result",
        |c| {
            c.calculation = Some(Calculation {
                not_calculable: None,
                inputs: &[CalculationInput { analyte: "sodium", released: false }],
            });
        },
        Gate::Calculated,
        "input-not-released",
    ),
    (
        "not calculable, of a measured result",
        |c| c.calculation = Some(Calculation { not_calculable: Some("no sex"), inputs: &[] }),
        Gate::Calculated,
        "not-calculable",
    ),
    ("no controls", |c| c.controls = &[], Gate::Control, "missing"),
    ("a level lacks", |c| c.controls = &CONTROLS[..1], Gate::Control, "not-in-control"),
    (
        "a level fails",
        |c| {
            c.controls = const { &[level("1", PASSING), level("2", ControlState::Failing)] };
        },
        Gate::Control,
        "not-in-control",
    ),
    (
        "a level both passes and fails",
        |c| {
            c.controls = const { &[level("1", PASSING), level("2", PASSING), level("2", ControlState::Failing)] };
        },
        Gate::Control,
        "not-in-control",
    ),
    (
        "a level that is not named fails",
        |c| {
            c.controls = const { &[level("1", PASSING), level("2", PASSING), level("3", ControlState::Failing)] };
        },
        Gate::Control,
        "not-in-control",
    ),
    ("calibration unknown", |c| c.calibration = None, Gate::Control, "missing"),
    ("never calibrated", |c| c.calibration = Some(state(ControlState::None)), Gate::Control, "not-in-control"),
    ("calibration expired", |c| c.calibration = Some(state(ControlState::Expired)), Gate::Control, "not-in-control"),
    (
        "patient-based control fails, though not required",
        |c| c.patient_control = Some(state(ControlState::Failing)),
        Gate::Control,
        "not-in-control",
    ),
    ("flags unknown", |c| c.flags = None, Gate::Flags, "missing"),
    ("a flag that holds", |c| c.flags = Some(&["R", "S"]), Gate::Flags, "flagged"),
    ("a flag that no rule names", |c| c.flags = Some(&["R", "N"]), Gate::Flags, "flag-unknown"),
    ("haemolysis unknown", |c| c.indices = &[], Gate::Interference, "missing"),
    (
        "haemolysed",
        |c| c.indices = &[Measured { index: Index::Haemolysis, value: "91" }],
        Gate::Interference,
        "interference",
    ),
    (
        "haemolysis not a number",
        |c| c.indices = &[Measured { index: Index::Haemolysis, value: "++" }],
        Gate::Interference,
        "interference-undecided",
    ),
    (
        "lipaemic, though not required",
        |c| {
            c.indices =
                &[Measured { index: Index::Haemolysis, value: "0" }, Measured { index: Index::Lipaemia, value: "++" }];
        },
        Gate::Interference,
        "interference",
    ),
    ("critical limit unknown", |c| c.critical = Given::Missing, Gate::Critical, "missing"),
    ("no critical limit stated", |c| c.critical = Given::Value(&NO_LIMIT), Gate::Critical, "undecided"),
    ("previous unknown", |c| c.previous = Given::Missing, Gate::Delta, "missing"),
    ("time of collection unknown", |c| c.collected = None, Gate::Delta, "times-unclear"),
    ("collected before the previous", |c| c.collected = Some(DAY_BEFORE), Gate::Delta, "times-unclear"),
    ("risen", |c| c.previous = previous("3.1"), Gate::Delta, "risen"),
    ("fallen", |c| c.previous = previous("5.5"), Gate::Delta, "fallen"),
    ("previous censored across the limit", |c| c.previous = previous("<5.0"), Gate::Delta, "change-undecided"),
    ("previous a text", |c| c.previous = previous("haemolysed"), Gate::Delta, "change-undecided"),
];

fn previous(text: &'static str) -> Given<Previous<'static>> {
    Given::Value(Previous { value: Value::read(text), collected: DAY_BEFORE })
}

#[test]
fn each_thing_that_is_wrong_holds_at_its_gate_and_at_no_other() {
    let rules = rules();
    for (what, change, gate, code) in CASES {
        let mut candidate = potassium(&rules, "4.2", panel(&rules, &[]));
        change(&mut candidate);
        let trail = rules.evaluate(&candidate);
        assert_eq!(trail.verdict(), Verdict::Hold, "{what}");
        assert_eq!(holds(&trail), [(*gate, vec![*code])], "{what}: {trail}");
    }
}

#[test]
fn values_hold_where_they_lie_as_reported() {
    let rules = rules();
    for (value, expected) in [
        ("4.2", vec![]),
        ("5.1", vec![]),
        ("5.2", vec![(Gate::Delta, vec!["risen"])]),
        ("2.9", vec![]),
        ("2.8", vec![(Gate::Delta, vec!["fallen"])]),
        ("2.5", vec![(Gate::Critical, vec!["critical"]), (Gate::Delta, vec!["fallen"])]),
        (
            "<1.5",
            vec![
                (Gate::MeasuringRange, vec!["below"]),
                (Gate::Absurd, vec!["undecided"]),
                (Gate::Critical, vec!["critical"]),
                (Gate::Delta, vec!["fallen"]),
            ],
        ),
        (
            "haemolysed",
            vec![
                (Gate::MeasuringRange, vec!["not-releasable"]),
                (Gate::Absurd, vec!["undecided"]),
                (Gate::Critical, vec!["undecided"]),
                (Gate::Delta, vec!["change-undecided"]),
            ],
        ),
    ] {
        assert_eq!(holds(&rules.evaluate(&potassium(&rules, value, panel(&rules, &[])))), expected, "{value}");
    }
}

#[test]
fn a_value_on_a_limit_of_the_range_is_within() {
    let rules = rules();
    for (value, gate, held) in [
        ("10.0", Gate::MeasuringRange, false),
        ("10.1", Gate::MeasuringRange, true),
        ("1.5", Gate::MeasuringRange, false),
        ("1.4", Gate::MeasuringRange, true),
        ("12.0", Gate::Absurd, false),
        ("12.1", Gate::Absurd, true),
        (">10.0", Gate::MeasuringRange, true),
    ] {
        let trail = rules.evaluate(&potassium(&rules, value, panel(&rules, &[])));
        assert_eq!(matches!(trail.answer(gate), Answer::Hold(_)), held, "{value}: {trail}");
    }
}

#[test]
fn beyond_the_range_is_released_only_where_the_rule_set_says_so() {
    let mut set = set();
    let range = set.test_systems[0].measuring_range.as_mut().unwrap();
    (range.release_below, range.release_above) = (true, true);
    set.test_systems[0].absurd = None;
    assert!(set.to_string().contains(
        "Held outside the measuring range, below 1.5 mmol/L or above 10.0 mmol/L; what is reported as <1.5 may be released; \
         what is reported as >10.0 may be released. [invented: reagent insert of C1]"
    ));
    let generous = set.compile().unwrap();
    let strict = rules();
    for (value, by_generous, by_strict) in [
        ("<1.5", None, Some("below")),
        ("<=1.5", None, Some("undecided")),
        ("<2.0", None, Some("undecided")),
        ("<1.0", Some("below"), Some("below")),
        ("1.4", Some("below"), Some("below")),
        ("<11", Some("undecided"), Some("undecided")),
        (">10.0", None, Some("above")),
        (">9", None, Some("undecided")),
        (">12", Some("above"), Some("above")),
        ("10.1", Some("above"), Some("above")),
        ("4.2", None, None),
    ] {
        for (rules, expected) in [(&generous, by_generous), (&strict, by_strict)] {
            let trail = rules.evaluate(&potassium(rules, value, panel(rules, &[])));
            let code = match trail.answer(Gate::MeasuringRange) {
                Answer::Hold(reasons) => Some(reasons[0].code()),
                _ => None,
            };
            assert_eq!(code, expected, "{value}: {trail}");
        }
    }
}

#[test]
fn beyond_an_end_that_is_not_stated_is_undecided() {
    let range = |low: Option<&str>, high: Option<&str>| {
        let read = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let source = "source".to_owned();
        MeasuringRange { low: read(low), high: read(high), release_below: false, release_above: false, source }
    };
    for (what, stated, value, held) in [
        ("no upper end", Some(range(Some("1.5"), None)), ">1000", true),
        ("no upper end", Some(range(Some("1.5"), None)), ">=4.2", true),
        ("no upper end", Some(range(Some("1.5"), None)), "4.2", false),
        ("no lower end", Some(range(None, Some("10"))), "<4.2", true),
        ("no lower end", Some(range(None, Some("10"))), "<=4.2", true),
        ("no lower end", Some(range(None, Some("10"))), "4.2", false),
        ("no range", None, "<4.2", true),
        ("no range", None, ">1000", true),
        ("no range", None, "4.2", false),
    ] {
        let mut set = set();
        (set.test_systems[0].measuring_range, set.test_systems[0].absurd) = (stated, None);
        let rules = set.compile().unwrap();
        let nothing_critical = Candidate { critical: Given::None, ..potassium(&rules, value, panel(&rules, &[])) };
        let trail = rules.evaluate(&nothing_critical);
        let expected = if held { Some(vec!["undecided"]) } else { None };
        let found = match trail.answer(Gate::MeasuringRange) {
            Answer::Hold(reasons) => Some(reasons.iter().map(Reason::code).collect()),
            _ => None,
        };
        assert_eq!(found, expected, "{what} {value}: {trail}");
    }
}

#[test]
fn a_control_counts_for_what_was_measured_while_it_passed() {
    let rules = rules();
    let second = 1.second();
    for (what, since, judged_at, measured, expected) in [
        ("measured as the period begins", EARLIER, NOW, EARLIER, None),
        ("measured a second before", EARLIER, NOW, EARLIER - second, Some("passed only since")),
        ("measured after the controls were judged", MUCH_EARLIER, EARLIER, NOW, None),
        ("passing only after it was judged", NOW, EARLIER, NOW, Some("contradict each other")),
    ] {
        let state = ControlState::Passing { since, judged_at, valid_until: LATER };
        let controls = [level("1", state), level("2", state)];
        let candidate = Candidate {
            controls: &controls,
            measured: Some(measured),
            calibration: Some(laboratory::state(PASSING)),
            ..potassium(&rules, "4.2", panel(&rules, &[]))
        };
        let trail = rules.evaluate(&candidate);
        assert_eq!(trail.verdict() == Verdict::Hold, expected.is_some(), "{what}: {trail}");
        assert!(expected.is_none_or(|words| trail.to_string().contains(words)), "{what}: {trail}");
    }
}

#[test]
fn a_calculated_quantity_with_a_control_needs_the_time_of_measuring() {
    let rules = rules();
    let controls =
        [LevelState { level: "1", state: SystemState { analyte: "anion_gap", instrument: "LIS", state: PASSING } }];
    let inputs = [
        CalculationInput { analyte: "sodium", released: true },
        CalculationInput { analyte: "chloride", released: true },
    ];
    let candidate = Candidate {
        specimen: Some(Specimen::Fit),
        identity: Some(Identity::Scanned),
        critical: Given::None,
        controls: &controls,
        calculation: Some(Calculation { not_calculable: None, inputs: &inputs }),
        ..Candidate::new(rules.test_system("anion_gap", "LIS", "calculated", "mmol/L"), Value::read("12"), NOW)
    };
    assert_eq!(holds(&rules.evaluate(&candidate)), [(Gate::Control, vec!["missing"])]);
    let measured = Candidate { measured: Some(MEASURED), ..candidate };
    assert_eq!(rules.evaluate(&measured).verdict(), Verdict::Release);
}

#[test]
fn a_control_counts_until_it_runs_out() {
    let rules = rules();
    let second = 1.second();
    for (what, judged_at, valid_until, held) in [
        ("just judged", NOW, LATER, false),
        ("valid for one more second", EARLIER, NOW + second, false),
        ("just run out", EARLIER, NOW, true),
        ("judged in the future", NOW + second, LATER, true),
    ] {
        let state = ControlState::Passing { since: MUCH_EARLIER, judged_at, valid_until };
        let controls = [level("1", state), level("2", state)];
        let trail = rules.evaluate(&Candidate { controls: &controls, ..potassium(&rules, "4.2", panel(&rules, &[])) });
        assert_eq!(trail.verdict() == Verdict::Hold, held, "{what}: {trail}");
    }
}

#[test]
fn no_previous_result_is_not_applicable_only_where_the_rule_set_says_so() {
    let rules = rules();
    let without = |previous| Candidate { previous, ..potassium(&rules, "4.2", panel(&rules, &[])) };
    let trail = rules.evaluate(&without(Given::None));
    assert_eq!(trail.verdict(), Verdict::Release);
    assert_eq!(trail.answer(Gate::Delta), Answer::NotApplicable(WhyNot::NoPrevious));

    // Seventy-three hours ago, in a window of seventy-two.
    let old = Previous { value: Value::read("9.9"), collected: COLLECTED - 73.hours() };
    let trail = rules.evaluate(&without(Given::Value(old)));
    assert_eq!(trail.answer(Gate::Delta), Answer::NotApplicable(WhyNot::NoPrevious));

    let mut set = set();
    set.test_systems[0].no_previous = Default::default();
    let strict = set.compile().unwrap();
    let trail = strict.evaluate(&Candidate { previous: Given::None, ..potassium(&strict, "4.2", panel(&strict, &[])) });
    assert_eq!(holds(&trail), [(Gate::Delta, vec!["no-previous"])]);
}

#[test]
fn what_a_gate_did_not_judge_is_said() {
    let rules = rules();
    let indices = [Measured { index: Index::Haemolysis, value: "12" }, Measured { index: Index::Lipaemia, value: "+" }];
    let whole = Candidate {
        patient_control: Some(state(PASSING)),
        indices: &indices,
        ..potassium(&rules, "4.2", panel(&rules, &[]))
    };
    let trail = rules.evaluate(&whole);
    for gate in [Gate::Control, Gate::Interference, Gate::Consistency] {
        assert_eq!(trail.answer(gate), Answer::Pass { not_judged: None }, "{gate:?}");
    }
    // Two of five analytes are diluted, and the others were not ordered: the rule set lets that pass, and the trail says so.
    let others = panel(&rules, &[("albumin", "33|42"), ("protein", "56|71"), ("cholesterol", "-")]);
    let trail = rules.evaluate(&Candidate { others, ..whole });
    assert_eq!(trail.verdict(), Verdict::Release);
    assert_eq!(trail.answer(Gate::Consistency), Answer::Pass { not_judged: Some(WhyNot::NothingToCompare) });
}

#[test]
fn no_critical_limit_for_the_person_is_a_statement_not_a_gap() {
    let rules = rules();
    let trail = rules.evaluate(&Candidate { critical: Given::None, ..potassium(&rules, "4.2", panel(&rules, &[])) });
    assert_eq!(trail.answer(Gate::Critical), Answer::NotApplicable(WhyNot::NoCriticalLimit));
    assert_eq!(trail.verdict(), Verdict::Release);
}

#[test]
fn coded_values_are_released_only_as_listed() {
    let rules = rules();
    let of = |level| LevelState { level, state: SystemState { analyte: "hiv", instrument: "I1", state: PASSING } };
    let controls = [of("negative"), of("positive")];
    for (value, verdict) in [
        ("Non-reactive", Verdict::Release),
        (" Non-reactive ", Verdict::Release),
        ("Reactive", Verdict::Hold),
        ("non-reactive", Verdict::Hold),
        ("0.12", Verdict::Hold),
        ("", Verdict::Hold),
    ] {
        let candidate = Candidate {
            specimen: Some(Specimen::Fit),
            identity: Some(Identity::Scanned),
            measured: Some(MEASURED),
            controls: &controls,
            flags: Some(&[]),
            critical: Given::None,
            ..Candidate::new(rules.test_system("hiv", "I1", "ECLIA", ""), Value::read(value), NOW)
        };
        assert_eq!(rules.evaluate(&candidate).verdict(), verdict, "{value:?}");
    }
}

#[test]
fn a_calculated_quantity_waits_for_what_it_is_calculated_from() {
    let rules = rules();
    let input = |analyte, released| CalculationInput { analyte, released };
    let released = [input("sodium", true), input("chloride", true)];
    let held = [input("sodium", true), input("chloride", false)];
    let of = |inputs, not_calculable| Some(Calculation { not_calculable, inputs });
    for (what, calculation, code) in [
        ("both released", of(&released[..], None), None),
        ("in the other order", of(&[released[1], released[0]], None), None),
        ("one held", of(&held[..], None), Some("input-not-released")),
        ("one not known", of(&released[..1], None), Some("input-not-released")),
        (
            "one held that the rule set does not name",
            of(&[released[0], released[1], input("bicarbonate", false)], None),
            Some("input-not-released"),
        ),
        ("one both released and held", of(&[released[0], released[1], held[1]], None), Some("input-not-released")),
        ("not calculable", of(&released[..], Some("chloride is missing")), Some("not-calculable")),
        ("nothing known", None, Some("missing")),
    ] {
        let candidate = Candidate {
            specimen: Some(Specimen::Fit),
            identity: Some(Identity::Scanned),
            critical: Given::None,
            calculation,
            ..Candidate::new(rules.test_system("anion_gap", "LIS", "calculated", "mmol/L"), Value::read("12"), NOW)
        };
        let trail = rules.evaluate(&candidate);
        let expected: Vec<_> = code.map(|code| (Gate::Calculated, vec![code])).into_iter().collect();
        assert_eq!(holds(&trail), expected, "{what}: {trail}");
        assert_eq!(trail.answer(Gate::Control), Answer::NotApplicable(WhyNot::Calculated));
    }
}

#[test]
fn a_unit_or_an_instrument_that_the_rules_do_not_know_has_no_rules() {
    let rules = rules();
    assert!(rules.test_system("potassium", "C1", "ISE", "mmol/L").is_some());
    for (analyte, instrument, method, unit) in [
        ("potassium", "C1", "ISE", "mg/dL"),
        ("potassium", "C2", "ISE", "mmol/L"),
        ("potassium", "C1", "flame photometry", "mmol/L"),
        ("calcium", "C1", "ISE", "mmol/L"),
    ] {
        assert_eq!(
            rules.test_system(analyte, instrument, method, unit),
            None,
            "{analyte} {instrument} {method} {unit}"
        );
    }
    // Another version's test system is not this one's.
    let mut next = set();
    next.version += 1;
    let next = next.compile().unwrap();
    let trail = next.evaluate(&potassium(&rules, "4.2", panel(&rules, &[])));
    assert_eq!(holds(&trail), [(Gate::Specimen, vec!["no-rules"])]);
}

#[test]
fn the_trail_says_in_words_what_stood_against_the_result() {
    let rules = rules();
    let others = panel(&rules, &[("calcium", ""), ("magnesium", "")]);
    let candidate = Candidate { flags: Some(&["X"]), ..potassium(&rules, "6.9", others) };
    let words = rules.evaluate(&candidate).to_string();
    for line in [
        "Specimen and identity: pass.",
        "Instrument flags: hold, because the instrument sent the flag X, which no rule knows.",
        "Critical values: hold, because 6.9 is critical: >= 6.5.",
        "Delta: hold, because a rise from 4.1 to 6.9 is more than 1.0 mmol/L.",
        "Consistency between analytes: hold, because it cannot be excluded that the specimen may be contaminated with \
         potassium EDTA (edta).",
        "Calculated quantities: not applicable, since the result is measured.",
    ] {
        assert!(words.contains(line), "{line}\n{words}");
    }
}

#[test]
fn the_trail_is_kept_and_read_back_whole() {
    let rules = rules();
    for value in ["4.2", "6.9", "haemolysed", "<1.5"] {
        let trail = rules.evaluate(&potassium(&rules, value, panel(&rules, &[])));
        let kept = serde_json::to_string(&trail).unwrap();
        assert_eq!(serde_json::from_str::<Trail>(&kept).unwrap(), trail, "{kept}");
    }
}
