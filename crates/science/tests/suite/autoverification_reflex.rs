//! Reflex rules add tests; reflective rules only suggest.

use crate::laboratory::*;
use jiff::SignedDuration;
use proptest::prelude::*;
use titer_science::{
    Op,
    autoverification::{Chain, Condition, NotAdded, Provenance, Reflex, Rules, SpecimenLeft, Step},
};

const PLENTY: SpecimenLeft = SpecimenLeft { volume_ul: Some(500), age: Some(SignedDuration::from_hours(2)) };

/// The tests that are added, and those that are not, with why.
fn outcome(answers: &[Reflex]) -> Vec<(&str, Option<&NotAdded>)> {
    answers
        .iter()
        .map(|answer| match answer {
            Reflex::Add(added) => (added.test.as_str(), None),
            Reflex::NotAdded(added, why) => (added.test.as_str(), Some(why)),
        })
        .collect()
}

#[test]
fn a_condition_that_is_true_adds_its_tests() {
    let rules = rules();
    for (tsh, expected) in [
        ("2.0", vec![]),
        ("4.0", vec![]),
        ("4.1", vec!["ft4"]),
        ("0.3", vec!["ft4", "ft3"]),
        ("<0.1", vec!["ft4", "ft3"]),
        ("", vec![]),
    ] {
        let answers = rules.reflexes(&readings(&rules, &[("tsh", tsh)]), &["tsh"], &[], PLENTY);
        let added: Vec<&str> = outcome(&answers).iter().map(|(test, _)| *test).collect();
        assert_eq!(added, expected, "{tsh}");
        assert!(answers.iter().all(|answer| matches!(answer, Reflex::Add(_))), "{tsh}");
    }
}

#[test]
fn what_cannot_be_decided_is_put_before_a_person() {
    let rules = rules();
    for (key, value, test) in [("hiv", "Borderline", "hiv-blot"), ("tsh", ">3.0", "ft4"), ("ft4", "text", "tsh")] {
        let answers = rules.reflexes(&readings(&rules, &[(key, value)]), &[key], &[], PLENTY);
        assert!(outcome(&answers).contains(&(test, Some(&NotAdded::Undecided))), "{key} {value}: {answers:?}");
        assert!(!answers.iter().any(|answer| matches!(answer, Reflex::Add(_))));
    }
}

#[test]
fn an_added_test_says_where_it_comes_from() {
    let rules = rules();
    let answers = rules.reflexes(&readings(&rules, &[("tsh", "4.1")]), &["tsh"], &[], PLENTY);
    let [Reflex::Add(added)] = answers.as_slice() else { panic!("{answers:?}") };
    let Provenance { rule_set, version, rule, triggers, chain } = &added.provenance;
    assert_eq!((rule_set.as_str(), *version, rule.as_str()), ("sample", 3, "tsh-high"));
    let trigger = &triggers[0];
    assert_eq!(
        (triggers.len(), trigger.result, trigger.analyte.as_str(), trigger.value.as_str()),
        (1, 100, "tsh", "4.1")
    );
    assert_eq!(*chain, [Step { rule: "tsh-high".into(), test: "ft4".into() }]);
    let kept = serde_json::to_string(&answers).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Reflex>>(&kept).unwrap(), answers);
}

#[test]
fn the_specimen_must_suffice() {
    let rules = rules();
    let hours = |hours| Some(SignedDuration::from_hours(hours));
    let volume = |needed, left| Some(NotAdded::Volume { needed, left });
    let old = |stable_hours| Some(NotAdded::TooOld { stable_hours });
    for (volume_ul, age, ft4, ft3) in [
        (Some(110), hours(24), None, None),
        // What the first takes, the second no longer has.
        (Some(109), hours(24), None, volume(50, Some(49))),
        (Some(59), hours(1), volume(60, Some(59)), None),
        (Some(49), hours(1), volume(60, Some(49)), volume(50, Some(49))),
        (None, hours(1), volume(60, None), volume(50, None)),
        (Some(500), hours(25), None, old(24)),
        (Some(500), hours(73), old(72), old(24)),
        (Some(500), None, old(72), old(24)),
        (Some(500), hours(-1), old(72), old(24)),
    ] {
        let left = SpecimenLeft { volume_ul, age };
        let answers = rules.reflexes(&readings(&rules, &[("tsh", "0.1")]), &["tsh"], &[], left);
        assert_eq!(outcome(&answers), [("ft4", ft4.as_ref()), ("ft3", ft3.as_ref())], "{left:?}");
    }
}

#[test]
fn no_test_is_added_twice() {
    let rules = rules();
    let low = readings(&rules, &[("tsh", "0.1")]);
    let answers = rules.reflexes(&low, &["tsh", "ft4"], &[], PLENTY);
    assert_eq!(outcome(&answers), [("ft4", Some(&NotAdded::Already)), ("ft3", None)]);
    // The free T4 was added for the TSH; it must not bring the TSH back, even where nobody says that it was ordered.
    let chain =
        [Step { rule: "first".into(), test: "tsh".into() }, Step { rule: "tsh-high".into(), test: "ft4".into() }];
    let chains = [Chain { analyte: "ft4", steps: &chain }];
    let answers = rules.reflexes(&readings(&rules, &[("ft4", "6")]), &["ft4"], &chains, PLENTY);
    assert_eq!(outcome(&answers), [("tsh", Some(&NotAdded::Already))]);
}

#[test]
fn a_test_with_a_reading_or_in_any_chain_is_there_already() {
    let rules = rules();
    let already = [("ft4", Some(&NotAdded::Already))];
    // The free T4 has a value, or is still to come, though nobody lists it as ordered.
    for ft4 in ["15", ""] {
        let given = readings(&rules, &[("tsh", "4.1"), ("ft4", ft4)]);
        assert_eq!(outcome(&rules.reflexes(&given, &["tsh"], &[], PLENTY)), already, "{ft4:?}");
    }
    // It is stated that it was not ordered.
    let given = readings(&rules, &[("tsh", "4.1"), ("ft4", "-")]);
    assert_eq!(outcome(&rules.reflexes(&given, &["tsh"], &[], PLENTY)), [("ft4", None)]);
    // It is in a chain that is neither the longest nor behind the TSH.
    let steps = [Step { rule: "other".into(), test: "ft4".into() }, Step { rule: "next".into(), test: "ft3".into() }];
    let given = readings(&rules, &[("tsh", "4.1")]);
    for chain in [Chain { analyte: "ft3", steps: &steps }, Chain { analyte: "ft4", steps: &[] }] {
        assert_eq!(outcome(&rules.reflexes(&given, &["tsh"], &[chain], PLENTY)), already, "{chain:?}");
    }
}

#[test]
fn a_chain_ends_where_the_rule_set_ends_it() {
    let rules = rules();
    let step = |test: &str| Step { rule: format!("to {test}"), test: test.into() };
    for (steps, expected) in [
        (vec![], None),
        (vec![step("ft4")], None),
        (vec![step("a"), step("ft4")], Some(NotAdded::ChainTooLong(2))),
        (vec![step("a"), step("b"), step("ft4")], Some(NotAdded::ChainTooLong(2))),
    ] {
        let chains = [Chain { analyte: "ft4", steps: &steps }];
        let answers = rules.reflexes(&readings(&rules, &[("ft4", "6")]), &["ft4"], &chains, PLENTY);
        assert_eq!(outcome(&answers), [("tsh", expected.as_ref())], "{steps:?}");
    }
}

#[test]
fn a_suggestion_orders_nothing() {
    let rules = rules();
    let low = readings(&rules, &[("potassium", "2.8"), ("calcium", "2.1")]);
    let suggestions = rules.suggestions(&low);
    assert_eq!(suggestions.len(), 1);
    assert_eq!(suggestions[0].suggests, "consider magnesium");
    assert_eq!(suggestions[0].provenance.triggers.len(), 2);
    assert!(suggestions[0].provenance.chain.is_empty());
    assert!(rules.reflexes(&low, &["potassium", "calcium"], &[], PLENTY).is_empty());
    // Undecided suggests nothing: nothing was ordered that a person must explain.
    assert!(rules.suggestions(&readings(&rules, &[("potassium", "2.8"), ("calcium", "")])).is_empty());
}

/// Orders what is added, measures it, and asks again, until nothing is added. Returns the tests in the order in which they came.
fn run(rules: &Rules, first: &str, values: &[(&'static str, &'static str)]) -> Vec<(String, usize)> {
    let mut tests: Vec<(String, Vec<Step>)> = vec![(first.to_owned(), Vec::new())];
    loop {
        let ordered: Vec<&str> = tests.iter().map(|(test, _)| test.as_str()).collect();
        let chains: Vec<Chain<'_>> = tests.iter().map(|(analyte, steps)| Chain { analyte, steps }).collect();
        let measured: Vec<_> = values.iter().filter(|(key, _)| ordered.contains(key)).copied().collect();
        let left = SpecimenLeft { volume_ul: Some(u32::MAX), ..PLENTY };
        let added: Vec<(String, Vec<Step>)> = rules
            .reflexes(&readings(rules, &measured), &ordered, &chains, left)
            .into_iter()
            .filter_map(|answer| match answer {
                Reflex::Add(added) => Some((added.test, added.provenance.chain)),
                Reflex::NotAdded(..) => None,
            })
            .collect();
        if added.is_empty() {
            return tests.into_iter().map(|(test, steps)| (test, steps.len())).collect();
        }
        tests.extend(added);
        assert!(tests.len() < 1000, "it does not end");
    }
}

const KEYS: [&str; 6] = ["potassium", "sodium", "calcium", "magnesium", "tsh", "ft4"];

proptest! {
    #[test]
    fn adding_and_asking_again_ends(
        rules_of in prop::collection::vec((0usize..6, 0usize..6), 1..20),
        chain_max in 1u8..5,
        first in 0usize..6,
    ) {
        let mut set = set();
        set.reflex_chain_max = chain_max;
        let template = set.reflexes[0].clone();
        set.reflexes = rules_of.iter().enumerate().map(|(place, (from, to))| {
            let mut rule = template.clone();
            rule.key = format!("rule {place}");
            rule.when = Condition::Value { analyte: KEYS[*from].to_owned(), is: Op::Greater, limit: 0.into() };
            rule.adds[0].test = KEYS[*to].to_owned();
            rule
        }).collect();
        let rules = set.compile().unwrap();
        let tests = run(&rules, KEYS[first], &KEYS.map(|key| (key, "1")));
        let mut names: Vec<&str> = tests.iter().map(|(test, _)| test.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), tests.len(), "a test twice: {:?}", tests);
        prop_assert!(tests.iter().all(|(_, steps)| *steps <= usize::from(chain_max)), "{:?}", tests);
    }
}
