//! Each control rule, at its limits.

use std::path::Path;

use crate::qc_support::{event, judge, last, points, rejects, rule, rule_set, usual};
use proptest::prelude::*;
use titer_science::qc::{Action, Control, Judge, Outcome, Replicates, Rule, RuleSet, RuleSetError, RuleUse, Scope};

/// Whether one level's points, an event each, break the rule at the last.
fn breaks(code: &str, z: &[f64]) -> bool {
    let mut judge = judge(1, vec![rejects(code, &[Scope::Level])]);
    let events: Vec<&[f64]> = z.chunks(1).collect();
    last(&mut judge, &events).outcome == Outcome::Reject
}

/// Whether one event breaks the rule, one level a point.
fn breaks_within(code: &str, z: &[f64]) -> bool {
    judge(8, vec![rejects(code, &[Scope::Event])]).judge(&event(z)).unwrap().outcome == Outcome::Reject
}

/// The places of the points that break `2of3-2s` in one event of three levels, each measured twice: level 1, 1, 2, 2, 3, 3.
fn broken_of_six(z: [f64; 6], replicates: Replicates) -> Vec<(u8, f64)> {
    let twice = RuleUse { replicates, ..rejects("2of3-2s", &[Scope::Event]) };
    let controls: Vec<Control> =
        event(&z).into_iter().map(|control| Control { level: control.level.div_ceil(2), ..control }).collect();
    let verdict = judge(3, vec![twice]).judge(&controls).unwrap();
    verdict.broken.iter().flat_map(|broken| &broken.points).map(|point| (point.level, point.z)).collect()
}

#[test]
fn how_replicates_count_is_chosen() {
    use Replicates::{Any, Consecutive, Rounds};
    // Levels 1 and 3 beyond in one round, level 2 within: three consecutive points never hold both.
    let apart = [2.1, 0.0, 0.0, 0.0, 2.2, 0.0];
    assert_eq!(broken_of_six(apart, Consecutive), []);
    assert_eq!(broken_of_six(apart, Rounds), [(1, 2.1), (3, 2.2)]);
    assert_eq!(broken_of_six(apart, Any), [(1, 2.1), (3, 2.2)]);
    // In two rounds: only that which takes any points sees them.
    let rounds_apart = [2.1, 0.0, 0.0, 0.0, 0.0, 2.2];
    assert_eq!(broken_of_six(rounds_apart, Rounds), []);
    assert_eq!(broken_of_six(rounds_apart, Any), [(1, 2.1), (3, 2.2)]);
    // Two of one level are neighbours, and of two rounds.
    let one_level = [2.1, 2.2, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(broken_of_six(one_level, Consecutive), [(1, 2.1), (1, 2.2)]);
    assert_eq!(broken_of_six(one_level, Rounds), []);
    assert_eq!(broken_of_six(one_level, Any), [(1, 2.1), (1, 2.2)]);
    // One on each side is neither.
    for replicates in [Consecutive, Rounds, Any] {
        assert_eq!(broken_of_six([2.1, -2.1, 0.0, 0.0, 0.0, 0.0], replicates), []);
    }
}

#[test]
fn a_rule_set_of_before_counts_consecutive_points() {
    let written = serde_json::to_string(&usual("2of3-2s")).unwrap();
    assert_eq!(written, r#"{"rule":"2of3-2s","action":"reject","scopes":["within-event","within-level"]}"#);
    let read: RuleUse = serde_json::from_str(&written).unwrap();
    assert_eq!(read.replicates, Replicates::Consecutive);
    let other = RuleUse { replicates: Replicates::Any, ..read };
    assert_eq!(serde_json::from_str::<RuleUse>(&serde_json::to_string(&other).unwrap()).unwrap(), other);
}

#[test]
fn limits_are_strict_and_sides_are_apart() {
    let above = 1e-12;
    for (code, z, broken) in [
        ("1-2s", &[2.0][..], false),
        ("1-2s", &[2.0 + above], true),
        ("1-2s", &[-2.0], false),
        ("1-2s", &[-2.0 - above], true),
        ("1-2s", &[3.0, 0.0], false),
        ("1-3s", &[3.0], false),
        ("1-3s", &[-3.0 - above], true),
        ("1-2.5s", &[2.6], true),
        ("1-2.5s", &[2.5], false),
        ("2-2s", &[2.1, 2.1], true),
        ("2-2s", &[-2.1, -2.1], true),
        ("2-2s", &[2.1, -2.1], false),
        ("2-2s", &[2.1, 2.0], false),
        ("2-2s", &[2.1, 0.0, 2.1], false),
        ("2-2s", &[2.1, 2.1, 0.0], false),
        ("2of3-2s", &[2.1, 0.0, 2.1], true),
        ("2of3-2s", &[2.1, 2.1, 0.0], true),
        ("2of3-2s", &[2.1, 2.1], false),
        ("2of3-2s", &[2.1, 0.0, -2.1], false),
        ("2of3-2s", &[2.1, 0.0, 0.0, 2.1], false),
        ("3-1s", &[1.1, 1.1, 1.1], true),
        ("3-1s", &[1.1, 1.0, 1.1], false),
        ("3-1s", &[1.1, 1.1, -1.1], false),
        ("4-1s", &[-1.1, -1.1, -1.1, -1.1], true),
        ("4-1s", &[-1.1, -1.1, -1.1], false),
        ("4-1s", &[1.1, 1.1, 1.1, 1.0], false),
        ("7T", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], true),
        ("7T", &[0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1], true),
        ("7T", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], false),
        ("7T", &[1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0], false),
        ("7T", &[9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], false),
        ("R-4s", &[2.1, -2.1], true),
        ("R-4s", &[-2.1, 0.0, 2.1], false),
        ("R-4s-span", &[-1.0, 3.1], true),
    ] {
        assert_eq!(breaks(code, z), broken, "{code} {z:?}");
    }
}

#[test]
fn runs_on_one_side_of_the_mean() {
    for points in 6..=12 {
        let code = format!("{points}x");
        let one_side = vec![0.1; points];
        assert!(breaks(&code, &one_side) && breaks(&code, &vec![-0.1; points]));
        assert!(!breaks(&code, &one_side[1..]), "{code} with a point less");
        for place in 0..points {
            for other in [0.0, -0.0, -0.1] {
                let mut z = one_side.clone();
                z[place] = other;
                assert!(!breaks(&code, &z), "{code} with {other} at {place}");
            }
        }
    }
}

#[test]
fn both_definitions_of_r_4s() {
    for (z, opposite, span) in [
        (&[2.1, -2.1][..], true, true),
        (&[3.5, -1.0], false, true),
        (&[2.0, -2.0], false, false),
        (&[2.0, -2.1], false, true),
        (&[2.1, -2.0], false, true),
        (&[3.0, -1.0], false, false),
        (&[2.1, 0.0, 0.0, -2.1], true, true),
        (&[4.5], false, false),
    ] {
        assert_eq!(breaks_within("R-4s", z), opposite, "R-4s {z:?}");
        assert_eq!(breaks_within("R-4s-span", z), span, "R-4s-span {z:?}");
    }
}

#[test]
fn within_an_event_consecutive_levels_count() {
    assert!(breaks_within("2-2s", &[2.1, 2.1]));
    assert!(breaks_within("2-2s", &[0.0, 2.1, 2.1]));
    assert!(!breaks_within("2-2s", &[2.1, 0.0, 2.1]));
    assert!(breaks_within("2of3-2s", &[2.1, 0.0, 2.1]));
    assert!(breaks_within("3-1s", &[1.1, 1.1, 1.1]));
}

#[test]
fn a_code_reads_back_and_nothing_else_is_one() {
    for code in
        ["1-2s", "1-3s", "1-2.5s", "2-2s", "2of3-2s", "3-1s", "4-1s", "6x", "12x", "7T", "R-4s", "R-4s-span", "1-0.5s"]
    {
        assert_eq!(rule(code).to_string(), code);
        assert_eq!(serde_json::from_str::<Rule>(&format!("\"{code}\"")).unwrap(), rule(code));
        assert_eq!(serde_json::to_string(&rule(code)).unwrap(), format!("\"{code}\""));
    }
    for text in [
        "", "s", "x", "5x", "13x", "+6x", "06x", "6X", "5T", "-2s", "1-s", "0-2s", "1-0s", "3of2-2s", "2of2-2s",
        "13-1s", "1-2.55s", "1-2.0s", "1-10s", "1-2.s", "R4s", "R-4S", " 1-2s", "1–2s", "2-2s ",
    ] {
        assert!(text.parse::<Rule>().is_err(), "{text}");
    }
    assert_eq!(rule("2of3-2s"), Rule::TWO_OF_3_2S);
    assert_eq!(rule("10x"), Rule::TEN_X);
}

#[test]
fn a_rule_set_is_data_that_is_checked() {
    let text = r#"
        name = "chemistry"
        version = 3
        levels = 2
        controls-per-level = 1
        [resets]
        lot-change = true
        recalibration = true
        closed-action = false
        [[rules]]
        rule = "1-2s"
        action = "warn"
        scopes = ["within-event"]
        [[rules]]
        rule = "4-1s"
        action = "reject"
        scopes = ["within-level", "across-levels"]
    "#;
    let set: RuleSet = toml::from_str(text).unwrap();
    assert_eq!(set.check(), Ok(()));
    assert_eq!(set.rules[1], usual("4-1s"));
    assert_eq!(toml::from_str::<RuleSet>(&toml::to_string(&set).unwrap()).unwrap(), set);
    assert!(toml::from_str::<RuleSet>(&text.replace("version", "revision")).is_err());

    let warns = RuleUse::usual(Rule::ONE_2S, Action::Warn);
    let both = [Scope::Event, Scope::Level];
    for (levels, rules, error) in [
        (0, vec![usual("1-3s")], RuleSetError::Levels(0)),
        (9, vec![usual("1-3s")], RuleSetError::Levels(9)),
        (2, vec![], RuleSetError::NothingRejects),
        (2, vec![warns], RuleSetError::NothingRejects),
        (2, vec![rejects("1-3s", &[])], RuleSetError::Scopes(Rule::ONE_3S)),
        (2, vec![rejects("2-2s", &[Scope::Level, Scope::Level])], RuleSetError::Scopes(Rule::TWO_2S)),
        (2, vec![rejects("2-2s", &both), rejects("2-2s", &[Scope::Level])], RuleSetError::Twice(Rule::TWO_2S)),
    ] {
        assert_eq!(Judge::new(rule_set(levels, rules)).map(drop), Err(error));
    }
    assert_eq!(rule_set(2, vec![rejects("2-2s", &[Scope::Event]), rejects("2-2s", &[Scope::Level])]).check(), Ok(()));
}

#[test]
fn the_points_that_break_a_rule_are_named() {
    let level = &[Scope::Level][..];
    let event = &[Scope::Event][..];
    for (code, scopes, events, expected) in [
        ("2of3-2s", level, &[&[2.1][..], &[0.0], &[2.2]][..], &[(0, 1), (2, 1)][..]),
        ("4-1s", level, &[&[0.0], &[1.1], &[1.1], &[1.1], &[1.1]], &[(1, 1), (2, 1), (3, 1), (4, 1)]),
        ("1-3s", event, &[&[3.1, 0.0, -3.1]], &[(0, 1), (0, 3)]),
        ("R-4s", event, &[&[-2.5, -2.1, 2.2]], &[(0, 1), (0, 3)]),
        ("2-2s", event, &[&[2.1, 2.1, 2.1]], &[(0, 1), (0, 2), (0, 3)]),
        ("2-2s", &[Scope::Across], &[&[0.0, 2.1], &[2.1, 0.0]], &[(0, 2), (1, 1)]),
    ] {
        let verdict = last(&mut judge(3, vec![rejects(code, scopes)]), events);
        assert_eq!(points(&verdict), expected, "{code}");
        assert_eq!(verdict.broken[0].scope, scopes[0]);
        assert_eq!(verdict.broken[0].rule, rule(code));
    }
}

/// Streams and verdicts of westgard-python 0.3.0 (Apache-2.0). A rule that looks at a window is judged there on the last one; 1-2s, 1-3s
/// and R-4s on the whole stream, as on one event.
#[test]
fn the_verdicts_of_westgard_python_agree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/stats/qc/westgard_vectors.json");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut judged = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let z: Vec<f64> = vector["z"].as_array().unwrap().iter().map(|z| z.as_f64().unwrap()).collect();
        for (name, expected) in vector["expected"].as_object().unwrap() {
            let code = name.replace("_x", "x").replace("_T", "T").replace('_', "-");
            let expected = expected["status"] == "violated";
            let broken = match &code[..] {
                "1-2s" | "1-3s" => z.iter().any(|z| breaks_within(&code, &[*z])),
                "R-4s" => {
                    let controls: Vec<_> = z.iter().flat_map(|z| event(&[*z])).collect();
                    let mut judge = judge(1, vec![rejects(&code, &[Scope::Event])]);
                    judge.judge(&controls).unwrap().outcome == Outcome::Reject
                }
                _ => breaks(&code, &z),
            };
            assert_eq!(broken, expected, "{code} {z:?}");
            judged += 1;
        }
    }
    assert_eq!(judged, 120 * 13);
}

proptest! {
    /// A look at every window, written for this test alone, against the judge's.
    #[test]
    fn runs_are_found_wherever_they_end(z in prop::collection::vec(-3.5..3.5_f64, 1..40)) {
        for (code, window, limit) in [("2-2s", 2, 2.0), ("3-1s", 3, 1.0), ("4-1s", 4, 1.0), ("6x", 6, 0.0), ("10x", 10, 0.0)] {
            let mut judge = judge(1, vec![rejects(code, &[Scope::Level])]);
            for end in 1..=z.len() {
                let verdict = judge.judge(&event(&z[end - 1..end])).unwrap();
                let run = end.checked_sub(window).map(|start| &z[start..end]);
                let broken = run.is_some_and(|run| run.iter().all(|z| *z > limit) || run.iter().all(|z| *z < -limit));
                prop_assert_eq!(verdict.outcome == Outcome::Reject, broken, "{} ending at {}", code, end);
            }
        }
    }

    #[test]
    fn both_sides_are_judged_alike(z in prop::collection::vec(-4.0..4.0_f64, 1..20)) {
        let mirrored: Vec<f64> = z.iter().map(|z| -z).collect();
        for code in ["1-2s", "1-3s", "2-2s", "2of3-2s", "R-4s", "R-4s-span", "3-1s", "4-1s", "6x", "8x", "7T"] {
            prop_assert_eq!(breaks(code, &z), breaks(code, &mirrored), "{}", code);
        }
    }

    #[test]
    fn a_wider_limit_breaks_less(z in prop::collection::vec(-4.0..4.0_f64, 1..8)) {
        for pair in ["1-2s", "1-2.5s", "1-3s", "1-3.5s"].windows(2) {
            prop_assert!(!breaks_within(pair[1], &z) || breaks_within(pair[0], &z));
        }
    }
}
