//! How many patients between two QC events.

use crate::qc_support::{self, rejects, rule_set};
use proptest::prelude::*;
use titer_science::Unfit;
use titer_science::qc::{
    Performance, Power, RuleSet, Scope, Simulation, SimulationError, Worst, run_size, simulate, simulate_worst,
    unreliable, worst,
};

fn within_event(codes: &[&str]) -> RuleSet {
    rule_set(2, codes.iter().map(|code| rejects(code, &[Scope::Event])).collect())
}

fn power(codes: &[&str]) -> Power {
    Power::new(&within_event(codes), &[1, 2]).unwrap()
}

fn sigma(sigma: f64) -> Performance {
    Performance::new(sigma, 0.0, 1.0).unwrap()
}

fn runs(codes: &[&str], scopes: &[Scope]) -> Simulation {
    let rules = rule_set(2, codes.iter().map(|code| rejects(code, scopes)).collect());
    Simulation { rules, controls: vec![1, 2], stable: 0, trials: 2000, events_max: 20_000, seed: 11 }
}

#[test]
fn the_worst_shift_and_the_run_size_as_published() {
    // 1-3s, N=2, no bias, 100 patients between events: 42.24 at 3 sigma, 4.768 at 4, run sizes 2 and 20 (figures of
    // QC Constellation, second-hand); the rest from a search in steps of 0.0001 SD with other software.
    for (at, per_100, precision, shift, size) in [
        (3.0, 42.24, 5e-3, 1.1728, 2),
        (4.0, 4.768, 5e-4, 2.1791, 20),
        (2.0, 249.1568, 5e-4, 0.7913, 0),
        (5.0, 0.474_942_2, 5e-7, 2.9430, 210),
        (6.0, 0.035_888_90, 5e-8, 3.5614, 2786),
    ] {
        let found = worst(&power(&["1-3s"]), &sigma(at)).unwrap();
        assert!((100.0 * found.uncorrectable - per_100).abs() <= precision, "{found:?}");
        assert!((found.shift - shift).abs() < 2e-4, "{found:?}");
        assert_eq!(run_size(&found, 1.0), Ok(size), "{at} sigma");
    }
}

#[test]
fn multirules_allow_longer_runs() {
    // Patients at one expected final unreliable result: 1-3s/2-2s/R-4s at N=2, with 4-1s at N=4, all within the event; by enumeration and
    // a search in steps of 0.01 SD with other software.
    let two: &[&str] = &["1-3s", "2-2s", "R-4s"];
    let four: &[&str] = &["1-3s", "2-2s", "R-4s", "4-1s"];
    for (codes, controls, at, patients) in [
        (two, &[1, 2][..], 3.0, 3.5),
        (two, &[1, 2], 4.0, 38.2),
        (two, &[1, 2], 5.0, 474.9),
        (two, &[1, 2], 6.0, 7845.9),
        (four, &[1, 1, 2, 2], 3.0, 11.4),
        (four, &[1, 1, 2, 2], 4.0, 180.0),
        (four, &[1, 1, 2, 2], 5.0, 4487.7),
    ] {
        let power = Power::new(&within_event(codes), controls).unwrap();
        let found = 1.0 / worst(&power, &sigma(at)).unwrap().uncorrectable;
        assert!((found - patients).abs() < 0.05 + 1e-5 * patients, "{codes:?} at {at} sigma: {found}");
    }
}

#[test]
fn a_bias_is_worst_in_its_own_direction() {
    // TEa 4 SD, bias 1 SD: 44.361 for 100 patients at a shift of 1.0292 SD, by a search with other software.
    let with = |bias: f64| worst(&power(&["1-3s"]), &Performance::new(4.0, bias, 1.0).unwrap()).unwrap();
    assert!((with(1.0).uncorrectable - 0.443_607_5).abs() < 1e-6 && (with(1.0).shift - 1.0292).abs() < 2e-4);
    assert_eq!((with(-1.0).uncorrectable, with(-1.0).shift), (with(1.0).uncorrectable, -with(1.0).shift));
}

#[test]
fn the_expression_agrees_with_the_published_form() {
    // E(Nuf) = dPE [(ARL-1)M - (1-P)(M - E(N0))], E(Nuc) = dPE [P E(N0) + (1-P)M], with M = 1, E(N0) = 1/2.
    let (rules, performance) = (power(&["1-3s", "2-2s", "R-4s"]), Performance::new(4.0, 0.5, 1.0).unwrap());
    for shift in [-3.0, -0.5, 0.5, 1.0, 2.0, 4.0] {
        let p = rules.rejection(shift, 1.0).unwrap();
        let more = performance.beyond(shift) - performance.beyond(0.0);
        let found = unreliable(&rules, &performance, shift).unwrap();
        assert!((found.uncorrectable - more * ((1.0 / p - 1.0) - (1.0 - p) * 0.5)).abs() < 1e-12);
        assert!((found.correctable - more * (p * 0.5 + (1.0 - p))).abs() < 1e-12);
    }
}

#[test]
fn simulation_agrees_with_the_closed_form() {
    for (codes, at) in [(&["1-3s"][..], 3.0), (&["1-3s", "2-2s", "R-4s"], 3.0), (&["1-3s", "2-2s", "R-4s"], 4.0)] {
        let exact = worst(&power(codes), &sigma(at)).unwrap();
        let found = simulate_worst(&runs(codes, &[Scope::Event]), &sigma(at), 0.5, 4.0).unwrap();
        assert!((found.uncorrectable / exact.uncorrectable - 1.0).abs() < 0.1, "{codes:?} {found:?} {exact:?}");
        assert!((found.shift - exact.shift).abs() <= 0.5, "{codes:?} {found:?} {exact:?}");
    }
}

#[test]
fn looking_back_allows_more_patients() {
    let within = simulate_worst(&runs(&["1-3s"], &[Scope::Event]), &sigma(3.5), 0.5, 4.0).unwrap();
    let mut back = runs(&["1-3s", "2-2s", "4-1s", "10x"], &[Scope::Event, Scope::Level, Scope::Across]);
    back.stable = 10;
    let found = simulate_worst(&back, &sigma(3.5), 0.5, 4.0).unwrap();
    assert!(found.uncorrectable < within.uncorrectable / 2.0, "{found:?} {within:?}");
}

#[test]
fn what_has_no_answer_is_named() {
    let looks_back = Power::new(&rule_set(2, vec![qc_support::usual("2-2s")]), &[1, 2]).unwrap();
    assert_eq!(worst(&looks_back, &sigma(3.0)), Err(Unfit::Setting("the rules, which look back,")));
    let blind = power(&["10x"]);
    assert_eq!(worst(&blind, &sigma(3.0)), Err(Unfit::Setting("the rejection of such a shift")));
    assert_eq!(unreliable(&power(&["1-3s"]), &sigma(3.0), f64::NAN), Err(Unfit::NotFinite { index: 0 }));
    let nothing = Worst { shift: 1.0, uncorrectable: 0.0 };
    assert_eq!(run_size(&nothing, 1.0), Err(Unfit::NotPositive { index: 0 }));
    for tolerated in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(run_size(&nothing, tolerated), Err(Unfit::Setting(_))));
    }
    let one = runs(&["1-3s"], &[Scope::Event]);
    for (step, most) in [(0.0, 1.0), (-0.1, -1.0), (2.0, 1.0), (0.001, 4.0), (f64::NAN, 1.0), (0.1, f64::INFINITY)] {
        assert!(matches!(
            simulate_worst(&one, &sigma(3.0), step, most),
            Err(SimulationError::Unfit(Unfit::Setting(_)))
        ));
    }
    for worst in [Worst { uncorrectable: -1.0, ..nothing }, Worst { uncorrectable: f64::NAN, ..nothing }] {
        assert!(run_size(&worst, 1.0).is_err(), "{worst:?}");
    }
    let short = Simulation { events_max: 2, ..one.clone() };
    assert!(matches!(simulate_worst(&short, &sigma(3.0), 0.5, 4.0), Err(SimulationError::Undetected(_))));
    assert!(simulate(&one, 5.0, 1.0).unwrap().average().unwrap() < 1.1);
}

#[test]
fn a_simulated_maximum_lies_between_the_shifts_tried() {
    // The worst shift at 3 sigma is 1.17 SD: not among shifts up to 1, nor below 1.5.
    let one = runs(&["1-3s"], &[Scope::Event]);
    for (step, most) in [(0.5, 1.0), (0.25, 0.75), (1.5, 4.5), (2.0, 2.0)] {
        assert_eq!(simulate_worst(&one, &sigma(3.0), step, most), Err(SimulationError::Edge), "{step} to {most}");
    }
    // At 60 sigma, shifts up to 2 SD put no result beyond the allowable error that an f64 could hold.
    assert_eq!(simulate_worst(&one, &sigma(60.0), 0.5, 2.0), Err(SimulationError::NothingLost));
}

#[test]
fn the_last_step_is_not_lost_to_rounding() {
    // 1.68/0.56 falls short of 3 in binary, and 1.12, the worst, would then be the last shift tried.
    let found = simulate_worst(&runs(&["1-3s"], &[Scope::Event]), &sigma(3.0), 0.56, 1.68).unwrap();
    assert!((found.shift - 1.12).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_shift_in_either_direction_is_worse(tea in 1.5..8.0_f64, bias in -1.4..1.4_f64, code in prop::sample::select(vec!["1-2s", "1-2.5s", "1-3s", "1-3.5s"])) {
        let (rules, performance) = (power(&[code]), Performance::new(tea, bias, 1.0).unwrap());
        let found = worst(&rules, &performance).unwrap().uncorrectable;
        for step in 1..=800 {
            for direction in [-0.01, 0.01] {
                let here = unreliable(&rules, &performance, f64::from(step) * direction).unwrap().uncorrectable;
                prop_assert!(here <= found * (1.0 + 1e-7) + 1e-15, "{} at {}", here, f64::from(step) * direction);
            }
        }
    }

    #[test]
    fn a_better_test_system_may_run_longer(at in 1.0..7.0_f64, tolerated in 0.1..1.0_f64) {
        let size = |at: f64, tolerated: f64| run_size(&worst(&power(&["1-3s"]), &sigma(at)).unwrap(), tolerated).unwrap();
        prop_assert!(size(at + 0.2, tolerated) >= size(at, tolerated));
        prop_assert!(size(at, tolerated) <= size(at, 1.0));
    }
}
