//! What rules detect: closed form and simulation, against published figures and each other.

use crate::qc_support::{rejects, rule_set, usual};
use proptest::prelude::*;
use titer_science::Unfit;
use titer_science::qc::{
    Action, EventError, Power, PowerError, Rule, RuleSet, RuleSetError, RuleUse, Scope, Simulation, SimulationError,
    simulate,
};
use titer_science::statistics::normal_cdf;

fn within_event(codes: &[&str]) -> RuleSet {
    rule_set(4, codes.iter().map(|code| rejects(code, &[Scope::Event])).collect())
}

fn power(codes: &[&str], controls: usize) -> Power {
    Power::new(&within_event(codes), &[1, 2, 3, 4][..controls]).unwrap()
}

fn simulation(rules: RuleSet, controls: &[u8]) -> Simulation {
    Simulation { rules, controls: controls.to_vec(), stable: 0, trials: 20_000, events_max: 1, seed: 4 }
}

#[test]
fn rejections_as_published() {
    // P_fr and P_ed of single rules and of Westgard's multirules, to the precision of the figures (computed with
    // other software). Two of those are 0.0001 and 0.001 higher or lower: .0073 and .866 for the multirule at N=2. By hand
    // its P_fr is p3(2-p3) + (p2-p3)^2 with p2 = .0455003 and p3 = .0026998, which is .0072242, and its P_ed at
    // 3 SD by enumeration with other software .8665164.
    let multi_2: &[&str] = &["1-3s", "2-2s", "R-4s"];
    let multi_3: &[&str] = &["1-3s", "2of3-2s", "R-4s", "3-1s"];
    for (codes, controls, shift, expected, precision) in [
        (&["1-2s"][..], 1, 0.0, 0.0455, 5e-5),
        (&["1-2s"], 2, 0.0, 0.0889, 5e-5),
        (&["1-2s"], 3, 0.0, 0.1304, 5e-5),
        (&["1-2s"], 4, 0.0, 0.1700, 5e-5),
        (&["1-3s"], 1, 0.0, 0.0027, 5e-5),
        (&["1-3s"], 2, 0.0, 0.0054, 5e-5),
        (&["1-3s"], 3, 0.0, 0.0081, 5e-5),
        (&["1-3s"], 4, 0.0, 0.0108, 5e-5),
        (&["1-3s"], 2, 2.0, 0.292, 5e-4),
        (&["1-3s"], 2, 3.0, 0.750, 5e-4),
        (&["1-3s"], 2, 4.0, 0.975, 5e-4),
        (&["R-4s"], 2, 0.0, 0.0010, 5e-5),
        (multi_2, 2, 0.0, 0.007_224_18, 1e-8),
        (multi_2, 2, 2.0, 0.409, 5e-4),
        (multi_2, 2, 3.0, 0.866_516_4, 1e-7),
        (multi_3, 3, 0.0, 0.0208, 5e-5),
        (multi_3, 3, 2.0, 0.778, 5e-4),
        (multi_3, 3, 3.0, 0.992, 5e-4),
    ] {
        let found = power(codes, controls).rejection(shift, 1.0).unwrap();
        assert!(
            (found - expected).abs() <= precision,
            "{codes:?}, N={controls}, {shift} SD: {found}, published {expected}"
        );
    }
}

#[test]
fn the_range_rule_rejects_as_published() {
    // R-4s as a span, N=2: 0.47 % falsely (the difference of two controls has SD sqrt 2, so 2(1 - cdf(4/sqrt 2)) exactly).
    let exact = 2.0 * normal_cdf(-4.0 / std::f64::consts::SQRT_2);
    assert!((exact - 0.0047).abs() < 5e-5);
    let spans = simulation(within_event(&["R-4s-span"]), &[1, 2]);
    let (found, error) = simulate(&spans, 0.0, 1.0).unwrap().rejected_by(1);
    assert!((found - exact).abs() < 4.0 * error, "{found} is not {exact}");
}

#[test]
fn a_wider_spread_is_detected() {
    // Two controls of doubled SD beyond 3 SD, by the normal distribution.
    let expected = 1.0 - (1.0 - 2.0 * normal_cdf(-1.5)).powi(2);
    assert!((power(&["1-3s"], 2).rejection(0.0, 2.0).unwrap() - expected).abs() < 1e-12);
    assert!((power(&["1-3s"], 2).false_rejection() - 0.005_392_303).abs() < 1e-9);
}

#[test]
fn rules_that_look_back_say_so() {
    let looks_back = |used: RuleUse| Power::new(&rule_set(2, vec![used]), &[1, 2]).unwrap().looks_back();
    assert!(!looks_back(usual("1-3s")));
    assert!(!looks_back(rejects("2-2s", &[Scope::Event])));
    assert!(!looks_back(rejects("1-3s", &[Scope::Level])));
    assert!(looks_back(usual("2-2s")));
    assert!(looks_back(usual("10x")));
    let warns = RuleUse::usual(Rule::TEN_X, Action::Warn);
    assert!(!Power::new(&rule_set(2, vec![warns, usual("1-3s")]), &[1, 2]).unwrap().looks_back());
}

#[test]
fn replicates_of_a_level_count_within_it() {
    // Four controls, two of each of two levels: 4-1s across levels is broken by all four on one side, within a level by none.
    let four = |scope| Power::new(&rule_set(2, vec![rejects("4-1s", &[scope])]), &[1, 1, 2, 2]).unwrap();
    let expected = 2.0 * normal_cdf(-1.0).powi(4);
    assert!((four(Scope::Across).false_rejection() - expected).abs() < 1e-12);
    assert_eq!(four(Scope::Level).false_rejection(), 0.0);
    let pairs = Power::new(&rule_set(2, vec![rejects("2-2s", &[Scope::Level])]), &[1, 1, 2, 2]).unwrap();
    let one_level = 2.0 * normal_cdf(-2.0).powi(2);
    assert!((pairs.false_rejection() - (1.0 - (1.0 - one_level).powi(2))).abs() < 1e-12);
}

#[test]
fn what_has_no_closed_form_is_named() {
    let new = |rules: &RuleSet, controls: &[u8]| Power::new(rules, controls).map(drop);
    assert_eq!(new(&within_event(&["R-4s-span"]), &[1, 2]), Err(PowerError::NotExact(Rule::R_4S_SPAN)));
    assert_eq!(new(&within_event(&["1-3s", "7T"]), &[1; 7]), Err(PowerError::NotExact(Rule::SEVEN_T)));
    assert_eq!(new(&within_event(&["1-3s"]), &[1; 40]), Err(PowerError::TooMany));
    assert_eq!(new(&within_event(&["1-3s"]), &[]), Err(PowerError::Event(EventError::Empty)));
    assert_eq!(new(&within_event(&["1-3s"]), &[5]), Err(PowerError::Event(EventError::NoLevel(5))));
    assert_eq!(new(&within_event(&[]), &[1]), Err(PowerError::Rules(RuleSetError::NothingRejects)));
    // A trend of seven cannot be in two controls, so it takes nothing away.
    assert_eq!(new(&within_event(&["1-3s", "7T"]), &[1, 2]), Ok(()));
    let one = power(&["1-3s"], 2);
    assert_eq!(one.rejection(f64::NAN, 1.0), Err(Unfit::NotFinite { index: 0 }));
    assert_eq!(one.rejection(0.0, f64::INFINITY), Err(Unfit::NotFinite { index: 1 }));
    assert_eq!(one.rejection(0.0, 0.0), Err(Unfit::Setting("the spread")));
}

#[test]
fn simulation_agrees_with_the_closed_form() {
    for (codes, controls, shift, spread) in [
        (&["1-3s"][..], 2, 0.0, 1.0),
        (&["1-3s", "2-2s", "R-4s"], 2, 2.0, 1.0),
        (&["1-3s", "2-2s", "R-4s"], 2, 0.0, 2.0),
        (&["1-3s", "2of3-2s", "R-4s", "3-1s"], 3, 1.5, 1.0),
        (&["1-3s", "2-2s", "R-4s", "4-1s"], 4, 1.0, 1.3),
    ] {
        let exact = power(codes, controls).rejection(shift, spread).unwrap();
        let simulated = simulation(within_event(codes), &[1, 2, 3, 4][..controls]);
        let (found, error) = simulate(&simulated, shift, spread).unwrap().rejected_by(1);
        assert!((found - exact).abs() < 4.0 * error, "{codes:?}: {found} is not {exact}");
    }
}

#[test]
fn run_lengths_of_rules_within_the_event_are_geometric() {
    let p = power(&["1-3s"], 2).rejection(2.0, 1.0).unwrap();
    let mut runs = simulation(within_event(&["1-3s"]), &[1, 2]);
    (runs.trials, runs.events_max, runs.stable) = (20_000, 1000, 3);
    let lengths = simulate(&runs, 2.0, 1.0).unwrap();
    assert!((lengths.average().unwrap() - 1.0 / p).abs() < 4.0 * ((1.0 - p) / p / p / 20_000.0).sqrt());
    for events in 1..6 {
        let (found, error) = lengths.rejected_by(events);
        assert!((found - (1.0 - (1.0 - p).powi(events as i32))).abs() < 4.0 * error);
    }
}

#[test]
fn looking_back_detects_more() {
    // The within-event rules at N=2, then 4-1s across two events, then 10x across five, as in Westgard's power functions.
    let rule_sets: [&[&str]; 3] =
        [&["1-3s", "2-2s", "R-4s"], &["1-3s", "2-2s", "R-4s", "4-1s"], &["1-3s", "2-2s", "R-4s", "4-1s", "10x"]];
    let average = |codes: &[&str]| {
        let rules = codes.iter().map(|code| match *code {
            "4-1s" | "10x" => rejects(code, &[Scope::Across]),
            _ => rejects(code, &[Scope::Event]),
        });
        let mut runs = simulation(rule_set(2, rules.collect()), &[1, 2]);
        (runs.trials, runs.events_max, runs.stable) = (4000, 2000, 6);
        simulate(&runs, 1.0, 1.0).unwrap().average().unwrap()
    };
    let averages = rule_sets.map(average);
    assert!(averages[0] > 1.5 * averages[1] && averages[1] > averages[2], "{averages:?}");
}

#[test]
fn a_seed_gives_the_same_answer_and_another_gives_another() {
    let mut one = simulation(within_event(&["1-2s"]), &[1, 2]);
    (one.trials, one.events_max) = (500, 50);
    let first = simulate(&one, 0.5, 1.0).unwrap();
    assert_eq!(first, simulate(&one, 0.5, 1.0).unwrap());
    one.seed += 1;
    assert_ne!(first, simulate(&one, 0.5, 1.0).unwrap());
}

#[test]
fn a_simulation_without_an_answer_says_why() {
    let one = simulation(within_event(&["1-3s"]), &[1, 2]);
    for (trials, events_max, shift, spread, error) in [
        (0, 1, 0.0, 1.0, Unfit::Setting("the number of trials or events")),
        (1, 0, 0.0, 1.0, Unfit::Setting("the number of trials or events")),
        (1, 1, f64::NAN, 1.0, Unfit::NotFinite { index: 0 }),
        (1, 1, 0.0, -1.0, Unfit::Setting("the spread")),
    ] {
        let settings = Simulation { trials, events_max, ..one.clone() };
        assert_eq!(simulate(&settings, shift, spread), Err(SimulationError::Unfit(error)));
    }
    let nothing = Simulation { controls: vec![], ..one.clone() };
    assert_eq!(simulate(&nothing, 0.0, 1.0), Err(SimulationError::Event(EventError::Empty)));
    let short = Simulation { trials: 100, ..one };
    assert!(matches!(simulate(&short, 0.0, 1.0).unwrap().average(), Err(SimulationError::Undetected(90..))));
}

proptest! {
    #[test]
    fn one_rule_of_single_points_is_what_the_normal_distribution_says(shift in -5.0..5.0_f64, spread in 0.5..3.0_f64, controls in 1_usize..5) {
        let inside = normal_cdf((3.0 - shift) / spread) - normal_cdf((-3.0 - shift) / spread);
        let expected = 1.0 - inside.powi(controls as i32);
        prop_assert!((power(&["1-3s"], controls).rejection(shift, spread).unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn both_directions_are_alike_and_more_is_detected_more(shift in 0.0..5.0_f64) {
        let rules = power(&["1-3s", "2-2s", "R-4s"], 2);
        let at = |shift| rules.rejection(shift, 1.0).unwrap();
        prop_assert!((at(shift) - at(-shift)).abs() < 1e-12);
        prop_assert!(at(shift + 0.1) > at(shift));
        prop_assert!((0.0..=1.0).contains(&at(shift)));
    }
}
