//! Rule sets as data: kept, checked, and readable.

use crate::laboratory::*;
use titer_science::{
    Op,
    autoverification::{Condition, DEPTH_MAX, Input, InterferenceRule, Limits, RuleSet, Unsound},
    delta::{self, Measure, Rcv},
    interference::{Highest, Index},
};

#[test]
fn a_rule_set_is_kept_and_read_back_whole() {
    let set = set();
    assert_eq!(toml::from_str::<RuleSet>(&toml::to_string(&set).unwrap()).unwrap(), set);
    assert_eq!(serde_json::from_str::<RuleSet>(&serde_json::to_string(&set).unwrap()).unwrap(), set);
}

#[test]
fn a_word_that_is_not_known_is_refused() {
    for (word, wrong) in [
        ("measuring-range =", "measuring-rage ="),
        ("control-levels = [\"1\", \"2\"]", "control-levels = [\"1\", \"2\"]\nno-qc = true"),
        ("release = true", "release = true\ncomment = \"\""),
        ("ratio = {", "quotient = {"),
        ("is = \">\", limit = \"6.0\"", "is = \"=\", limit = \"6.0\""),
        ("is = \">\", limit = \"6.0\"", "is = \">\", limit = \"six\""),
        ("is = \">\", limit = \"6.0\"", "is = \">\", limit = nan"),
        ("gate = \"absurd\"", "gate = \"delta\""),
        ("no-previous = \"not-applicable\"", "no-previous = \"release\""),
        ("\"critical-limit\", \"previous\"", "\"critical-limit\", \"prior\""),
    ] {
        assert!(SAMPLE.contains(word), "{word}");
        assert!(toml::from_str::<RuleSet>(&SAMPLE.replacen(word, wrong, 1)).is_err(), "{wrong}");
    }
}

fn value(key: &str, is: Op, limit: i64) -> Condition {
    Condition::Value { analyte: key.to_owned(), is, limit: limit.into() }
}

fn nested(levels: usize) -> Condition {
    (1..levels).fold(value("sodium", Op::Greater, 1), |inner, _| Condition::Not(Box::new(inner)))
}

fn limits(low: Option<i64>, high: Option<i64>) -> Option<Limits> {
    Some(Limits { low: low.map(Into::into), high: high.map(Into::into), source: "source".to_owned() })
}

/// What is done to the sample, and the mistake that is found.
type Case = (&'static str, fn(&mut RuleSet), fn(&Unsound) -> bool);

const CASES: &[Case] = &[
    ("no key", |s| s.key = " ".into(), |m| matches!(m, Unsound::Empty { what: "the key", .. })),
    ("version 0", |s| s.version = 0, |m| matches!(m, Unsound::Setting { what: "the version", .. })),
    (
        "an analyte twice",
        |s| s.analytes.push(s.analytes[0].clone()),
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "potassium"),
    ),
    (
        "a test system twice",
        |s| s.test_systems.push(s.test_systems[0].clone()),
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "potassium, C1, ISE"),
    ),
    (
        "a pattern twice",
        |s| s.patterns.push(s.patterns[0].clone()),
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "edta"),
    ),
    (
        "a key for two kinds of rule",
        |s| s.reflexes[0].key = "edta".into(),
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "edta"),
    ),
    (
        "a flag twice",
        |s| {
            let flag = s.test_systems[0].flags[0].clone();
            s.test_systems[0].flags.push(flag);
        },
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "R"),
    ),
    (
        "an index twice",
        |s| {
            let rule = s.test_systems[0].interference[0].clone();
            s.test_systems[0].interference.push(rule);
        },
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "the haemolysis index"),
    ),
    (
        "an input twice",
        |s| s.test_systems[0].required.push(Input::Flags),
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "the instrument's flags"),
    ),
    (
        "a level twice",
        |s| s.test_systems[0].control_levels.push("1".into()),
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "level 1"),
    ),
    (
        "a test system of an unknown analyte",
        |s| s.test_systems[3].analyte = "hepatitis".into(),
        |m| matches!(m, Unsound::UnknownAnalyte { key, .. } if key == "hepatitis"),
    ),
    (
        "a condition on an unknown analyte",
        |s| s.patterns[0].when = value("zinc", Op::Less, 11),
        |m| matches!(m, Unsound::UnknownAnalyte { key, place } if key == "zinc" && place == "edta"),
    ),
    (
        "an unknown analyte deep inside",
        |s| s.patterns[0].when = Condition::Not(Box::new(Condition::Any(vec![value("zinc", Op::Less, 11)]))),
        |m| matches!(m, Unsound::UnknownAnalyte { key, .. } if key == "zinc"),
    ),
    (
        "calculated from an unknown analyte",
        |s| s.test_systems[1].calculated_from.push("zinc".into()),
        |m| matches!(m, Unsound::UnknownAnalyte { key, .. } if key == "zinc"),
    ),
    (
        "calculated from itself",
        |s| s.test_systems[1].calculated_from.push("anion_gap".into()),
        |m| matches!(m, Unsound::Setting { what: "what it is calculated from", .. }),
    ),
    (
        "a pattern that holds what nobody measures",
        |s| s.patterns[0].holds.push("calcium".into()),
        |m| matches!(m, Unsound::NoTestSystem { key, .. } if key == "calcium"),
    ),
    (
        "a pattern that holds nothing",
        |s| s.patterns[0].holds.clear(),
        |m| matches!(m, Unsound::Empty { what: "what it holds", .. }),
    ),
    (
        "limits the wrong way round",
        |s| s.test_systems[0].absurd = limits(Some(12), Some(1)),
        |m| matches!(m, Unsound::ContradictoryLimits { place, .. } if place.ends_with("absurd values")),
    ),
    (
        "no limit",
        |s| {
            let range = s.test_systems[0].measuring_range.as_mut().unwrap();
            (range.low, range.high) = (None, None);
        },
        |m| matches!(m, Unsound::NoLimit { place } if place.ends_with("measuring range")),
    ),
    (
        "a limit without a source",
        |s| s.test_systems[0].absurd.as_mut().unwrap().source.clear(),
        |m| matches!(m, Unsound::Empty { what: "the source", .. }),
    ),
    (
        "a pattern without a source",
        |s| s.patterns[0].source.clear(),
        |m| matches!(m, Unsound::Empty { what: "the source", place } if place == "edta"),
    ),
    (
        "a flag without a source",
        |s| s.test_systems[0].flags[1].source.clear(),
        |m| matches!(m, Unsound::Empty { what: "the source", .. }),
    ),
    (
        "a delta without a source",
        |s| s.test_systems[0].deltas[0].source.clear(),
        |m| matches!(m, Unsound::Empty { what: "the source", .. }),
    ),
    (
        "an index limit without a source",
        |s| s.test_systems[0].interference[0].source.clear(),
        |m| matches!(m, Unsound::Empty { what: "the source", .. }),
    ),
    (
        "controls not required",
        |s| s.test_systems[0].required.retain(|i| *i != Input::Control),
        |m| matches!(m, Unsound::NotRequired { input: Input::Control, .. }),
    ),
    (
        "identity not required",
        |s| s.test_systems[0].required.retain(|i| *i != Input::Identity),
        |m| matches!(m, Unsound::NotRequired { input: Input::Identity, .. }),
    ),
    (
        "controls required, no level named",
        |s| s.test_systems[0].control_levels.clear(),
        |m| matches!(m, Unsound::NotJudged { input: Input::Control, .. }),
    ),
    (
        "an index required, no limit stated",
        |s| s.test_systems[0].required.push(Input::Icterus),
        |m| matches!(m, Unsound::NotJudged { input: Input::Icterus, .. }),
    ),
    (
        "when it was measured not required",
        |s| s.test_systems[0].required.retain(|i| *i != Input::Measured),
        |m| matches!(m, Unsound::NotRequired { input: Input::Measured, .. }),
    ),
    (
        "a measured quantity that names what it is calculated from",
        |s| {
            let system = &mut s.test_systems[0];
            system.calculated_from = vec!["sodium".into()];
            system.required.retain(|i| !matches!(i, Input::Control | Input::Flags | Input::Measured));
            system.required.push(Input::Calculation);
        },
        |m| matches!(m, Unsound::NotRequired { input: Input::Control, .. }),
    ),
    (
        "calculated, and from nothing",
        |s| s.test_systems[1].calculated_from.clear(),
        |m| matches!(m, Unsound::Setting { what: "whether it is calculated, and from what,", .. }),
    ),
    (
        "calculated from others, and not called so",
        |s| s.test_systems[1].calculated = false,
        |m| matches!(m, Unsound::Setting { what: "whether it is calculated, and from what,", .. }),
    ),
    (
        "a calculated quantity with levels, controls not required",
        |s| s.test_systems[1].control_levels.push("1".into()),
        |m| matches!(m, Unsound::NotRequired { input: Input::Control, .. }),
    ),
    (
        "a calculated quantity with levels, the time of measuring not required",
        |s| s.test_systems[1].control_levels.push("1".into()),
        |m| matches!(m, Unsound::NotRequired { input: Input::Measured, .. }),
    ),
    (
        "a calculated quantity with flags, flags not required",
        |s| s.test_systems[1].flags = s.test_systems[0].flags.clone(),
        |m| matches!(m, Unsound::NotRequired { input: Input::Flags, .. }),
    ),
    (
        "a ratio to a previous value without a window",
        |s| {
            s.patterns[0].when =
                Condition::RatioToPrevious { analyte: "sodium".into(), is: Op::Less, limit: 1.into(), window_hours: 0 }
        },
        |m| matches!(m, Unsound::Setting { what: "the window", .. }),
    ),
    (
        "an empty grade",
        |s| {
            s.test_systems[0].interference[1].highest =
                Highest::Grade { of: vec!["0".into(), " ".into(), "+".into()], highest: "+".into() };
        },
        |m| matches!(m, Unsound::Setting { what: "the highest grade", .. }),
    ),
    (
        "released below a range that has no lower end",
        |s| {
            let range = s.test_systems[0].measuring_range.as_mut().unwrap();
            (range.low, range.release_below) = (None, true);
        },
        |m| matches!(m, Unsound::NoEnd { beyond: "below", .. }),
    ),
    (
        "released above a range that has no upper end",
        |s| {
            let range = s.test_systems[0].measuring_range.as_mut().unwrap();
            (range.high, range.release_above) = (None, true);
        },
        |m| matches!(m, Unsound::NoEnd { beyond: "above", .. }),
    ),
    (
        "a previous result required, no delta stated",
        |s| s.test_systems[0].deltas.clear(),
        |m| matches!(m, Unsound::NotJudged { input: Input::Previous, .. }),
    ),
    (
        "an identity score required, none stated",
        |s| s.test_systems[0].identity_score = None,
        |m| matches!(m, Unsound::NotJudged { input: Input::IdentityScore, .. }),
    ),
    (
        "a probability of one",
        |s| s.test_systems[0].identity_score.as_mut().unwrap().p_below = 1.0,
        |m| matches!(m, Unsound::Setting { what: "the probability", .. }),
    ),
    (
        "a probability that is none",
        |s| s.test_systems[0].identity_score.as_mut().unwrap().p_below = f64::NAN,
        |m| matches!(m, Unsound::Setting { what: "the probability", .. }),
    ),
    (
        "a delta without a limit",
        |s| s.test_systems[0].deltas[0].check.measure = Measure::Percent(delta::Limits::default()),
        |m| matches!(m, Unsound::Setting { what: "the limit", .. }),
    ),
    (
        "a delta with a negative CV",
        |s| s.test_systems[0].deltas[0].check.measure = Measure::Rcv(Rcv { cv_a: -1.0, cv_i: 5.0, z: 1.96 }),
        |m| matches!(m, Unsound::Setting { what: "the limit", .. }),
    ),
    (
        "a delta without a window",
        |s| s.test_systems[0].deltas[0].check.window_hours = 0,
        |m| matches!(m, Unsound::Setting { what: "the window", .. }),
    ),
    (
        "a highest grade that is none",
        |s| {
            s.test_systems[0].interference.push(InterferenceRule {
                index: Index::Icterus,
                highest: Highest::Grade { of: vec!["0".into()], highest: "+".into() },
                source: "source".into(),
            })
        },
        |m| matches!(m, Unsound::Setting { what: "the highest grade", .. }),
    ),
    (
        "released below the range, where absurd values end",
        |s| s.test_systems[0].measuring_range.as_mut().unwrap().release_below = true,
        |m| matches!(m, Unsound::NeverReleased { beyond: "below", .. }),
    ),
    (
        "never true: above and below",
        |s| s.patterns[0].when = Condition::All(vec![value("sodium", Op::Greater, 5), value("sodium", Op::Less, 5)]),
        |m| matches!(m, Unsound::NeverTrue { .. }),
    ),
    (
        "never true: at least and below",
        |s| {
            s.patterns[0].when =
                Condition::All(vec![value("sodium", Op::GreaterOrEqual, 5), value("sodium", Op::Less, 5)])
        },
        |m| matches!(m, Unsound::NeverTrue { .. }),
    ),
    (
        "never true: none of nothing",
        |s| s.patterns[0].when = Condition::Any(vec![]),
        |m| matches!(m, Unsound::NeverTrue { .. }),
    ),
    (
        "never true: three of two",
        |s| {
            s.patterns[0].when = Condition::AtLeast {
                count: 3,
                of: vec![value("sodium", Op::Greater, 5), value("potassium", Op::Less, 5)],
            }
        },
        |m| matches!(m, Unsound::NeverTrue { .. }),
    ),
    (
        "never true: a text of none",
        |s| s.patterns[0].when = Condition::Text { analyte: "hiv".into(), is: vec![], is_not: vec!["no".into()] },
        |m| matches!(m, Unsound::NeverTrue { .. }),
    ),
    (
        "always true: none or more of",
        |s| s.patterns[0].when = Condition::AtLeast { count: 0, of: vec![value("sodium", Op::Greater, 5)] },
        |m| matches!(m, Unsound::Setting { what: "how many must be true", .. }),
    ),
    (
        "a text both ways",
        |s| {
            s.patterns[0].when =
                Condition::Text { analyte: "hiv".into(), is: vec!["no".into()], is_not: vec!["no".into()] }
        },
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "no"),
    ),
    (
        "a ratio to itself",
        |s| {
            s.patterns[0].when =
                Condition::Ratio { of: "sodium".into(), to: "sodium".into(), is: Op::Less, limit: 1.into() }
        },
        |m| matches!(m, Unsound::Duplicate { what, .. } if what == "sodium"),
    ),
    (
        "an empty sum",
        |s| s.patterns[0].when = Condition::Sum { of: vec![], is: Op::Less, limit: 1.into() },
        |m| matches!(m, Unsound::Setting { what: "a sum", .. }),
    ),
    ("too deep", |s| s.patterns[0].when = nested(DEPTH_MAX + 1), |m| matches!(m, Unsound::TooDeep { .. })),
    (
        "a reflex that adds nothing",
        |s| s.reflexes[0].adds.clear(),
        |m| matches!(m, Unsound::Empty { what: "what it adds", .. }),
    ),
    (
        "a reflex without a volume",
        |s| s.reflexes[0].adds[0].volume_ul = Some(0),
        |m| matches!(m, Unsound::Setting { what: "the volume", .. }),
    ),
    (
        "a reflex without stability",
        |s| s.reflexes[0].adds[0].stable_hours = 0,
        |m| matches!(m, Unsound::Setting { what: "the stability", .. }),
    ),
    (
        "reflexes without a longest chain",
        |s| s.reflex_chain_max = 0,
        |m| matches!(m, Unsound::Setting { what: "the longest chain", .. }),
    ),
    (
        "a suggestion that says nothing",
        |s| s.reflectives[0].suggests.clear(),
        |m| matches!(m, Unsound::Empty { what: "what it suggests", .. }),
    ),
];

#[test]
fn each_mistake_is_found_by_its_name() {
    for (what, spoil, expected) in CASES {
        let mut set = set();
        spoil(&mut set);
        let mistakes = set.compile().unwrap_err();
        assert!(mistakes.iter().any(expected), "{what}: {mistakes:?}");
        assert!(mistakes.iter().all(|mistake| !mistake.to_string().is_empty()));
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let mut set = set();
    set.version = 0;
    set.patterns[0].source.clear();
    set.test_systems[0].absurd = limits(Some(12), Some(1));
    assert_eq!(set.compile().unwrap_err().len(), 3);
}

#[test]
fn what_is_sound_is_not_refused() {
    for (what, change) in [
        (
            "touching bounds",
            Condition::All(vec![value("sodium", Op::GreaterOrEqual, 5), value("sodium", Op::LessOrEqual, 5)]),
        ),
        (
            "bounds on two analytes",
            Condition::All(vec![value("sodium", Op::Greater, 5), value("potassium", Op::Less, 5)]),
        ),
        ("as deep as may be", nested(DEPTH_MAX)),
    ] {
        let mut set = set();
        set.patterns[0].when = change;
        assert!(set.compile().is_ok(), "{what}");
    }
}

/// Every text and number that the sample's author wrote, apart from keys that only name.
fn written(value: &toml::Value, key: &str, found: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(key, value)| written(value, key, found)),
        toml::Value::Array(array) => array.iter().for_each(|value| written(value, key, found)),
        toml::Value::String(text)
            if matches!(
                key,
                "limit"
                    | "low"
                    | "high"
                    | "rise"
                    | "fall"
                    | "number"
                    | "source"
                    | "meaning"
                    | "suggests"
                    | "flag"
                    | "highest"
                    | "least"
                    | "instrument"
                    | "method"
                    | "release"
                    | "control-levels"
            ) =>
        {
            found.push(text.clone());
        }
        toml::Value::Integer(number) => found.push(number.to_string()),
        toml::Value::Float(number) => found.push(number.to_string()),
        _ => {}
    }
}

#[test]
fn whoever_signs_reads_every_threshold_and_every_source() {
    let words = set().to_string();
    let mut found = Vec::new();
    written(&toml::from_str(SAMPLE).unwrap(), "", &mut found);
    assert!(found.len() > 80, "{}", found.len());
    for text in found {
        // The sign of a limit is written as it stands; of a factor it is turned into words.
        assert!(words.contains(text.trim_start_matches('-')), "{text}\n{words}");
    }
    for analyte in set().analytes {
        let named = set().test_systems.iter().any(|system| system.analyte == analyte.key);
        assert!(!named || words.contains(&analyte.name), "{}", analyte.name);
    }
}

#[test]
fn the_sentences_say_what_the_rules_do() {
    let words = set().to_string();
    for sentence in [
        "Rule set sample, version 3",
        "Potassium in mmol/L on C1 by ISE",
        "Judged where it is there, but not required: the state of the patient-based quality control, the lipaemia index.",
        "Held unless the control levels 1, 2 had all passed when the result was measured, pass since then, and are still valid, and no \
         other level fails.",
        "The instrument's flag R (repeated by the instrument) does not hold. [invented: manual of C1, page 7]",
        "The instrument's flag S (short sample) holds. [invented: manual of C1, page 9]",
        "Any other flag holds.",
        "Held when the haemolysis index is above 90; held when it is missing. [invented: insert, haemolysis]",
        "Held when the lipaemia index is above + of the grades 0, +, ++; not judged when it is missing. [invented: insert, lipaemia]",
        "Held outside the measuring range, below 1.5 mmol/L or above 10.0 mmol/L. [invented: reagent insert of C1]",
        "Held as absurd below 1.0 mmol/L or above 12.0 mmol/L. [invented: director]",
        "Held when it has risen by more than 1.0 mmol/L or fallen by more than 1.2 mmol/L against a previous result of the last 72 h; \
         it cannot be below 0 mmol/L. [invented: delta of the laboratory]",
        "When there is no previous result in the window, the change is not judged; signing this rule set approves that.",
        "Results of Potassium are held when Potassium is above 6.0 mmol/L and (Calcium, adjusted is below 2.0 mmol/L or Magnesium is below 0.7 mmol/L): \
         the specimen may be contaminated with potassium EDTA.",
        "3 × Haemoglobin − Haematocrit is above 3",
        "Albumin divided by its previous value of the last 96 h is at most 0.8",
        "Haemoglobin divided by Haematocrit is below 0.24",
        "It is calculated: held when it could not be calculated, and until Sodium, Chloride are released.",
        "tsh-low: when TSH is below 0.4 m[IU]/L, Free T3 is added. [invented: thyroid algorithm, page 2]",
        "For that at least 50 µl must be left, and the specimen be at most 24 h old. [invented: insert of FT3]",
        "At most 2 reflexes follow each other, and no test is added twice to a specimen.",
        "magnesium-low: when Potassium is below 3.0 mmol/L and (not Calcium, adjusted is at least 2.2 mmol/L), a person is asked: \
         consider magnesium. [invented: duty biochemist]",
    ] {
        assert!(words.contains(sentence), "{sentence}\n{words}");
    }
}

#[test]
fn whoever_signs_reads_what_is_not_judged() {
    let sections = set().sections();
    let says = |heading: &str, sentence: &str| {
        let section = sections.iter().find(|section| section.heading.starts_with(heading)).unwrap();
        section.sentences.iter().any(|one| one == sentence)
    };
    let improbable = "How improbable so great a change is in one person is not judged.";
    let waived =
        "When there is no previous result for it, that probability is not judged; signing this rule set approves that.";
    for (heading, sentence, expected) in [
        ("Potassium", "Not judged, without a limit: icterus.", true),
        ("Haemoglobin", "Not judged, without a limit: haemolysis, icterus, lipaemia.", true),
        ("Potassium", improbable, false),
        ("Haemoglobin", improbable, true),
        ("Potassium", waived, true),
        ("Haemoglobin", waived, false),
        ("Anion gap", "No measuring range is stated; what is not a number, or reported as < or > of one, holds.", true),
    ] {
        assert_eq!(says(heading, sentence), expected, "{heading}: {sentence}");
    }
    let mut set = set();
    set.test_systems[0].no_previous = Default::default();
    set.test_systems[0].measuring_range.as_mut().unwrap().high = None;
    let words = set.to_string();
    assert!(words.contains("Held when there is no previous result for it."));
    assert!(
        words.contains("below 1.5 mmol/L; held when it is reported as > anything, since no limit is stated there.")
    );
}

#[test]
fn a_reference_change_value_is_printed_as_the_limit_that_it_is() {
    let mut set = set();
    // 57.1 % and +76.1/-43.2 %: CV_A 5, CV_I 20, z 1.96.
    let settings = Rcv { cv_a: 5.0, cv_i: 20.0, z: 1.96 };
    set.test_systems[0].deltas[0].check.measure = Measure::Rcv(settings);
    assert!(set.to_string().contains("the reference change value 57.1 % (CV_A 5 %, CV_I 20 %, z 1.96)"));
    set.test_systems[0].deltas[0].check.measure = Measure::LogNormalRcv(settings);
    assert!(set.to_string().contains("the log-normal reference change value +76.1 % or −43.2 %"));
}
