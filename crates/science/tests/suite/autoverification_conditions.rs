//! Conditions: three-valued logic, censored values, and the patterns that are built of them.

use crate::laboratory::*;
use jiff::ToSpan;
use titer_science::{
    Op,
    autoverification::{
        Analyte, Answer, Candidate, Condition, Gate, Given, Lack, Previous, Reading, Rules, Term, Truth, Value, Verdict,
    },
};

const MISSING: Truth = Truth::Unknown(Lack::Missing);
const ABSENT: Truth = Truth::Unknown(Lack::Absent);

fn analyte(rules: &Rules, key: &str) -> Analyte {
    rules.analyte(key, &unit(rules, key)).unwrap()
}

/// A condition that is true, false or unknown whatever the results are.
fn constant(rules: &Rules, truth: Truth) -> Condition<Analyte> {
    let (key, limit) = match truth {
        Truth::True => ("sodium", "0"),
        Truth::False => ("sodium", "999"),
        Truth::Unknown(Lack::Missing) => ("calcium", "0"),
        Truth::Unknown(Lack::Absent) => ("magnesium", "0"),
    };
    Condition::Value { analyte: analyte(rules, key), is: Op::Greater, limit: limit.parse().unwrap() }
}

#[test]
fn unknown_is_decided_only_where_it_cannot_matter() {
    // Kleene's strong tables, as in SQL (Elmasri and Navathe, Fundamentals of Database Systems); of two unknowns, the missing one
    // outweighs.
    use Truth::{False, True};
    let rules = rules();
    let given = readings(&rules, &[("sodium", "140"), ("calcium", ""), ("magnesium", "-")]);
    for (a, b, and, or) in [
        (True, True, True, True),
        (True, False, False, True),
        (True, MISSING, MISSING, True),
        (True, ABSENT, ABSENT, True),
        (False, False, False, False),
        (False, MISSING, False, MISSING),
        (False, ABSENT, False, ABSENT),
        (MISSING, MISSING, MISSING, MISSING),
        (MISSING, ABSENT, MISSING, MISSING),
        (ABSENT, ABSENT, ABSENT, ABSENT),
    ] {
        for (a, b) in [(a, b), (b, a)] {
            let parts = vec![constant(&rules, a), constant(&rules, b)];
            assert_eq!(Condition::All(parts.clone()).truth(&given), and, "{a:?} and {b:?}");
            assert_eq!(Condition::Any(parts.clone()).truth(&given), or, "{a:?} or {b:?}");
            // De Morgan's law holds in this logic too.
            let not = |part: Condition<Analyte>| Condition::Not(Box::new(part));
            let denied = parts.into_iter().map(not).collect();
            assert_eq!(not(Condition::Any(denied)).truth(&given), and, "not (not {a:?} or not {b:?})");
        }
    }
}

#[test]
fn so_many_of_are_counted_with_what_may_still_come() {
    use Truth::{False, True};
    let rules = rules();
    let given = readings(&rules, &[("sodium", "140"), ("calcium", ""), ("magnesium", "-")]);
    for (parts, expected) in [
        (vec![True, True, False], True),
        (vec![True, False, False], False),
        (vec![True, MISSING, False], MISSING),
        (vec![True, ABSENT, False], ABSENT),
        (vec![True, True, MISSING], True),
        (vec![False, False, MISSING], False),
        (vec![MISSING, ABSENT, False], MISSING),
    ] {
        let of = parts.iter().map(|truth| constant(&rules, *truth)).collect();
        assert_eq!(Condition::AtLeast { count: 2, of }.truth(&given), expected, "2 of {parts:?}");
    }
}

fn truth(rules: &Rules, condition: &str, values: &[(&str, &str)]) -> Truth {
    #[derive(serde::Deserialize)]
    struct Wrapped {
        when: Condition,
    }
    // Compiled as the only pattern of the sample.
    let mut set = rules.rule_set().clone();
    set.reflectives[0].when = toml::from_str::<Wrapped>(&format!("when = {condition}")).unwrap().when;
    let rules = set.compile().unwrap();
    let given = readings(&rules, values);
    match rules.suggestions(&given).len() {
        1 => Truth::True,
        _ => {
            let mut set = rules.rule_set().clone();
            let denied = set.reflectives[0].when.clone();
            set.reflectives[0].when = Condition::Not(Box::new(denied));
            let rules = set.compile().unwrap();
            let given = readings(&rules, values);
            if rules.suggestions(&given).len() == 1 { Truth::False } else { MISSING }
        }
    }
}

#[test]
fn a_censored_value_decides_only_where_all_of_it_agrees() {
    let rules = rules();
    let ratio = |is, limit| {
        format!("{{ ratio = {{ of = \"hemoglobin\", to = \"hematocrit\", is = \"{is}\", limit = \"{limit}\" }} }}")
    };
    let sum = |is, limit| {
        format!(
            "{{ sum = {{ of = [{{ times = \"3\", analyte = \"hemoglobin\" }}, {{ times = \"-1\", analyte = \"hematocrit\" }}], \
             is = \"{is}\", limit = \"{limit}\" }} }}"
        )
    };
    for (condition, hemoglobin, hematocrit, expected) in [
        (ratio(">", "0.30"), "15.0", "45", Truth::True),
        (ratio(">", "0.30"), "13.5", "45", Truth::False),
        (ratio(">=", "0.30"), "13.5", "45", Truth::True),
        // One third has no end, but three times it is one.
        (ratio(">", "0.3333333333333333333333333333"), "15", "45", MISSING),
        (ratio(">", "0.333333333333333333333333"), "15", "45", Truth::True),
        (ratio("<", "0.30"), "<10", "45", Truth::True),
        (ratio(">", "0.30"), "<10", "45", Truth::False),
        (ratio(">", "0.20"), "<10", "45", MISSING),
        (ratio("<", "0.20"), "5", ">30", Truth::True),
        (ratio("<", "0.20"), "5", ">20", MISSING),
        (ratio("<", "0.20"), "<5", ">25", Truth::True),
        // A censored divisor may be zero.
        (ratio("<", "0.20"), "5", "<45", MISSING),
        (ratio("<", "0.20"), "5", "0", MISSING),
        (ratio("<", "0.20"), "5", "-3", MISSING),
        (ratio("<", "0.20"), "text", "45", MISSING),
        (sum(">", "3"), "15", "45", Truth::False),
        (sum(">", "3"), "16", "45", Truth::False),
        (sum(">", "3"), "16.1", "45", Truth::True),
        (sum(">", "3"), ">16", "45", Truth::True),
        (sum(">", "3"), ">15", "45", MISSING),
        (sum("<", "-3"), "<14", "45", Truth::True),
        (sum("<=", "-3"), "<=14", "45", Truth::True),
        (sum("<", "-3"), "<=14", "45", MISSING),
        (sum("<", "-3"), "<=14", ">=45", MISSING),
        (sum("<", "-3"), "<14", ">45", Truth::True),
        // More digits than can be held exactly are not rounded silently.
        (sum(">", "3"), "9999999999999999999999999999", "0.0000000000000000000000000001", MISSING),
    ] {
        let given = [("hemoglobin", hemoglobin), ("hematocrit", hematocrit)];
        assert_eq!(truth(&rules, &condition, &given), expected, "{condition} {hemoglobin} {hematocrit}");
    }
}

#[test]
fn a_text_in_neither_list_is_unknown() {
    let rules = rules();
    let condition = r#"{ text = { analyte = "hiv", is = ["Reactive"], is-not = ["Non-reactive"] } }"#;
    for (text, expected) in [
        ("Reactive", Truth::True),
        ("Non-reactive", Truth::False),
        ("reactive", MISSING),
        ("Borderline", MISSING),
        ("", MISSING),
    ] {
        assert_eq!(truth(&rules, condition, &[("hiv", text)]), expected, "{text:?}");
    }
}

#[test]
fn readings_that_contradict_each_other_are_unknown() {
    let rules = rules();
    let condition = Condition::Value { analyte: analyte(&rules, "sodium"), is: Op::Greater, limit: 100.into() };
    for (values, expected) in [
        (vec![("sodium", "140"), ("sodium", "140")], Truth::True),
        (vec![("sodium", "140"), ("sodium", "150")], MISSING),
        (vec![("sodium", "140"), ("sodium", "")], MISSING),
        (vec![], MISSING),
    ] {
        assert_eq!(condition.truth(&readings(&rules, &values)), expected, "{values:?}");
    }
}

#[test]
fn an_analyte_of_another_rule_set_is_not_found() {
    let rules = rules();
    let mut other = set();
    other.key = "other".to_owned();
    let other = other.compile().unwrap();
    let condition = Condition::Value { analyte: analyte(&rules, "sodium"), is: Op::Greater, limit: 100.into() };
    assert_eq!(condition.truth(&readings(&other, &[("sodium", "140")])), MISSING);
    assert_eq!(rules.analyte("sodium", "mg/dL"), None);
}

#[test]
fn a_sum_of_one_is_the_value() {
    let rules = rules();
    let sodium = analyte(&rules, "sodium");
    for text in ["99", "100", "101", "<100", "<=100", ">100", ">=100", "<101", ">99", "text"] {
        for is in [Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual] {
            let limit = 100.into();
            let given = readings(&rules, &[("sodium", text)]);
            let sum = Condition::Sum { of: vec![Term { times: 1.into(), analyte: sodium }], is, limit };
            let value = Condition::Value { analyte: sodium, is, limit };
            assert_eq!(sum.truth(&given), value.truth(&given), "{text} {is} 100");
        }
    }
}

/// What the consistency gate answers for a potassium, with the panel changed as given.
fn consistency(value: &'static str, previous: &'static str, changes: &[(&str, &'static str)]) -> Vec<String> {
    let rules = rules();
    let mut candidate = potassium(&rules, value, panel(&rules, changes));
    if let Given::Value(before) = &mut candidate.previous {
        before.value = titer_science::autoverification::Value::read(previous);
    }
    match rules.evaluate(&candidate).answer(Gate::Consistency) {
        Answer::Hold(reasons) => reasons.iter().map(|reason| format!("{} {reason}", reason.code())).collect(),
        Answer::Pass { .. } => Vec::new(),
        Answer::NotApplicable(why) => panic!("{why:?}"),
    }
}

#[test]
fn edta_contamination_holds_and_so_does_what_may_be_it() {
    // Potassium above 6.0 with calcium below 2.0 or magnesium below 0.7 mmol/L.
    for (value, calcium, magnesium, code) in [
        ("7.4", "1.62|2.38", "0.90", Some("pattern ")),
        ("7.4", "2.40|2.38", "0.61", Some("pattern ")),
        ("7.4", "1.62|2.38", "", Some("pattern ")),
        ("7.4", "2.40|2.38", "0.90", None),
        ("6.0", "1.62|2.38", "0.90", None),
        ("6.0", "", "", None),
        ("7.4", "2.40|2.38", "", Some("pattern-not-excluded ")),
        ("7.4", "2.40|2.38", "-", Some("pattern-not-excluded ")),
        (">6.0", "1.62|2.38", "0.90", Some("pattern ")),
        (">5.0", "1.62|2.38", "0.90", Some("pattern-not-excluded ")),
    ] {
        let held = consistency(value, "4.1", &[("calcium", calcium), ("magnesium", magnesium)]);
        let codes: Vec<&str> = held.iter().map(String::as_str).collect();
        match code {
            None => assert!(codes.is_empty(), "{value} {calcium} {magnesium}: {codes:?}"),
            Some(code) => {
                assert_eq!(codes.len(), 1, "{value} {calcium} {magnesium}: {codes:?}");
                assert!(codes[0].starts_with(code) && codes[0].ends_with("(edta)"), "{codes:?}");
            }
        }
    }
}

#[test]
fn a_diluted_specimen_holds_where_three_of_five_fell_by_a_fifth() {
    // Twenty per cent in sixty per cent of the analytes (Rios Campillo et al., Clin Chem Lab Med 2023).
    let diluted = [("albumin", "33|42"), ("protein", "56|71")];
    for (what, value, changes, held) in [
        ("two of five", "4.2", vec![diluted[0], diluted[1]], false),
        ("potassium too", "3.28", vec![diluted[0], diluted[1]], true),
        ("potassium just not", "3.29", vec![diluted[0], diluted[1]], false),
        ("three without potassium", "4.2", vec![diluted[0], diluted[1], ("cholesterol", "4.0|5.0")], true),
        ("one may still come", "4.2", vec![diluted[0], diluted[1], ("cholesterol", "")], true),
        ("one was not ordered", "4.2", vec![diluted[0], diluted[1], ("cholesterol", "-")], false),
        ("one has no previous result", "4.2", vec![diluted[0], diluted[1], ("cholesterol", "4.0")], false),
    ] {
        let codes = consistency(value, "4.1", &changes);
        assert_eq!(!codes.is_empty(), held, "{what}: {codes:?}");
        assert!(codes.iter().all(|code| code.ends_with("(drip-arm)")), "{what}: {codes:?}");
    }
}

#[test]
fn impossible_red_cells_hold() {
    use titer_science::autoverification::{Identity, LevelState, Specimen, SystemState};
    let rules = rules();
    let passing = SystemState { analyte: "hemoglobin", instrument: "H1", state: PASSING };
    let controls = ["L", "N", "H"].map(|level| LevelState { level, state: passing });
    for (hemoglobin, hematocrit, gates) in [
        ("15.0", "45", vec![]),
        ("15.0", "42", vec![]),
        ("15.0", "41", vec![Gate::Consistency]),
        ("15.0", "48", vec![]),
        ("15.0", "49", vec![Gate::Consistency]),
        ("17.5", "45", vec![Gate::Absurd, Gate::Consistency]),
        ("9.0", "45", vec![Gate::Absurd, Gate::Consistency]),
        // A teaching example: three times 16.0 is not 30, and 53 g/dL of cells is impossible.
        ("16.0", "30.0", vec![Gate::Absurd, Gate::Consistency]),
        ("15.0", "", vec![Gate::Absurd, Gate::Consistency]),
    ] {
        let others = readings(&rules, &[("hematocrit", hematocrit)]);
        let candidate = Candidate {
            specimen: Some(Specimen::Fit),
            identity: Some(Identity::Scanned),
            controls: &controls,
            measured: Some(MEASURED),
            patient_control: Some(passing),
            flags: Some(&[]),
            critical: Given::None,
            others: &others,
            ..Candidate::new(rules.test_system("hemoglobin", "H1", "photometric", "g/dL"), Value::read(hemoglobin), NOW)
        };
        let trail = rules.evaluate(&candidate);
        let held: Vec<Gate> = trail.holds().map(|(gate, _)| gate).collect();
        assert_eq!(held, gates, "{hemoglobin} {hematocrit}: {trail}");
        assert_eq!(trail.verdict() == Verdict::Hold, !gates.is_empty());
    }
}

#[test]
fn a_previous_value_counts_only_in_its_window_and_before_the_value() {
    let rules = rules();
    let albumin = analyte(&rules, "albumin");
    let is_low = Condition::RatioToPrevious {
        analyte: albumin,
        is: Op::LessOrEqual,
        limit: "0.8".parse().unwrap(),
        window_hours: 96,
    };
    for (what, collected, previous, expected) in [
        ("a day before", Some(COLLECTED), DAY_BEFORE, Truth::True),
        ("on the edge", Some(COLLECTED), COLLECTED - 96.hours(), Truth::True),
        ("before the window", Some(COLLECTED), COLLECTED - 96.hours() - 1.second(), ABSENT),
        ("at the same time", Some(COLLECTED), COLLECTED, MISSING),
        ("afterwards", Some(DAY_BEFORE), COLLECTED, MISSING),
        ("unknown", None, DAY_BEFORE, MISSING),
    ] {
        let previous = Given::Value(Previous { value: Value::read("42"), collected: previous });
        let value = Given::Value(Value::read("30"));
        let readings = [Reading { result: 1, analyte: albumin, value, collected, previous }];
        assert_eq!(is_low.truth(&readings), expected, "{what}");
    }
}

#[test]
fn ones_own_previous_value_is_unknown_where_its_time_is() {
    // Without a delta rule nothing else asks for the times.
    let mut set = set();
    set.test_systems[0].deltas.clear();
    set.test_systems[0].required.retain(|input| *input != titer_science::autoverification::Input::Previous);
    let rules = set.compile().unwrap();
    // Two others are diluted: the potassium decides.
    let others = panel(&rules, &[("albumin", "33|42"), ("protein", "56|71")]);
    let usual = potassium(&rules, "4.0", others);
    assert_eq!(rules.evaluate(&usual).verdict(), Verdict::Release);
    for (what, candidate) in [
        ("unknown", Candidate { collected: None, ..usual }),
        ("afterwards", Candidate { collected: Some(DAY_BEFORE - 1.hour()), ..usual }),
    ] {
        let trail = rules.evaluate(&candidate);
        assert!(matches!(trail.answer(Gate::Consistency), Answer::Hold(_)), "{what}: {trail}");
    }
}
