//! Sigma against allowable errors, and the rules it asks for.

use proptest::prelude::*;
use titer_science::Unfit;
use titer_science::qc::{Allowable, Performance, Scope, sigma_rules};

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn the_greater_of_two_limits_applies() {
    // Limits of 42 CFR 493.931 in force 2025: glucose 8 % or 6 mg/dL, potassium 0.3 mmol/L, albumin 8 %.
    let glucose = Allowable::new(Some(8.0), Some(6.0)).unwrap();
    let potassium = Allowable::new(None, Some(0.3)).unwrap();
    let albumin = Allowable::new(Some(8.0), None).unwrap();
    for (allowable, value, expected) in [
        (glucose, 50.0, 6.0),
        (glucose, 75.0, 6.0),
        (glucose, 200.0, 16.0),
        (glucose, 0.0, 6.0),
        (glucose, -5.0, 6.0),
        (potassium, 4.0, 0.3),
        (albumin, 4.0, 0.32),
    ] {
        near(allowable.at(value).unwrap(), expected);
    }
    assert_eq!(albumin.at(0.0), Err(Unfit::NotPositive { index: 0 }));
    assert_eq!(glucose.at(f64::NAN), Err(Unfit::NotFinite { index: 0 }));
    let absurd = Allowable::new(Some(1e300), Some(1.0)).unwrap();
    assert_eq!(absurd.at(1e300), Err(Unfit::Range));
    assert_eq!(Allowable::new(None, None), Err(Unfit::Empty));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Allowable::new(Some(bad), Some(1.0)), Err(Unfit::Setting("the allowable error")));
        assert_eq!(Allowable::new(None, Some(bad)), Err(Unfit::Setting("the allowable error")));
    }
    assert_eq!(toml::from_str::<Allowable>("percent = 8.0\nabsolute = 6.0").unwrap(), glucose);
    assert!(toml::from_str::<Allowable>("percent = -8.0").is_err());
    assert!(toml::from_str::<Allowable>("").is_err());
    assert_eq!(toml::to_string(&albumin).unwrap().trim(), "percent = 8.0");
}

#[test]
fn sigma_is_found_level_by_level() {
    // One test system, two levels: the absolute limit rules at the low one.
    let glucose = Allowable::new(Some(8.0), Some(6.0)).unwrap();
    near(Performance::at(50.0, &glucose, 1.0, 1.0).unwrap().sigma(), 5.0);
    near(Performance::at(200.0, &glucose, -2.0, 4.0).unwrap().sigma(), 3.5);
    // In percent: TEa 10, bias 2, CV 2 give 4 sigma and a critical shift of 2.35 SD.
    let percent = Performance::new(10.0, 2.0, 2.0).unwrap();
    near(percent.sigma(), 4.0);
    near(percent.critical_shift(), 2.35);
}

#[test]
fn at_the_critical_shift_one_in_twenty_is_beyond() {
    for (bias, direction) in [(1.0, 1.0), (-1.0, -1.0), (0.0, 1.0)] {
        let performance = Performance::new(6.0, bias, 1.0).unwrap();
        // The share above 1.65, 4.947 %, by a table of the normal distribution.
        let beyond = performance.beyond(direction * performance.critical_shift());
        assert!((beyond - 0.049_47).abs() < 5e-6, "{beyond}");
    }
    // Without a shift and a bias: 3.4 in a million lie beyond 4.65 SD on both sides together, 0.27 % beyond 3.
    assert!((Performance::new(3.0, 0.0, 1.0).unwrap().beyond(0.0) - 0.002_699_8).abs() < 1e-7);
}

#[test]
fn what_gives_no_sigma_is_named() {
    for (allowable, bias, sd, error) in [
        (f64::NAN, 0.0, 1.0, Unfit::NotFinite { index: 0 }),
        (1.0, f64::INFINITY, 1.0, Unfit::NotFinite { index: 1 }),
        (1.0, 0.0, f64::NAN, Unfit::NotFinite { index: 2 }),
        (0.0, 0.0, 1.0, Unfit::Setting("the allowable error")),
        (1.0, 1.0, 1.0, Unfit::Setting("the bias, which is not below the allowable error,")),
        (1.0, -3.0, 1.0, Unfit::Setting("the bias, which is not below the allowable error,")),
        (1.0, 0.0, 0.0, Unfit::NoSpread),
        (1.0, 0.0, -1.0, Unfit::NoSpread),
        (1e300, 0.0, 1e-300, Unfit::Range),
    ] {
        assert_eq!(Performance::new(allowable, bias, sd), Err(error));
    }
}

/// A strategy as it is written: rules, N, R.
fn written(sigma: f64, levels: u8) -> Vec<String> {
    let strategies = sigma_rules(sigma, levels).unwrap();
    let rules = |s: &titer_science::qc::Strategy| {
        s.rules.iter().map(|used| used.rule.to_string()).collect::<Vec<_>>().join(" ")
    };
    strategies.iter().map(|s| format!("{} N{}R{}", rules(s), s.controls, s.events)).collect()
}

#[test]
fn the_westgard_sigma_rules() {
    // westgard-python 0.3.0 (Apache-2.0).
    for (sigma, levels, expected) in [
        (6.0, 2, &["1-3s N2R1"][..]),
        (7.2, 3, &["1-3s N3R1"]),
        (5.999, 2, &["1-3s 2-2s R-4s N2R1"]),
        (5.0, 3, &["1-3s 2of3-2s R-4s N3R1"]),
        (4.999, 2, &["1-3s 2-2s R-4s 4-1s N4R1", "1-3s 2-2s R-4s 4-1s N2R2"]),
        (4.0, 3, &["1-3s 2of3-2s R-4s 3-1s N3R1"]),
        (3.999, 2, &["1-3s 2-2s R-4s 4-1s 8x N4R2", "1-3s 2-2s R-4s 4-1s 8x N2R4"]),
        (
            3.0,
            3,
            &["1-3s 2of3-2s R-4s 3-1s 6x N6R1", "1-3s 2of3-2s R-4s 3-1s 6x N3R2", "1-3s 2of3-2s R-4s 3-1s 9x N3R3"],
        ),
        // Below 3 nothing is enough.
        (2.999, 2, &[]),
        (2.999, 3, &[]),
        (-1.0, 2, &[]),
    ] {
        assert_eq!(written(sigma, levels), expected, "sigma {sigma}, {levels} levels");
    }
    assert_eq!(sigma_rules(f64::NAN, 2), Err(Unfit::NotFinite { index: 0 }));
    assert_eq!(sigma_rules(5.0, 1), Err(Unfit::Setting("the number of levels")));
}

#[test]
fn scopes_look_over_no_more_events_than_the_strategy_says() {
    const EVENT: &[Scope] = &[Scope::Event];
    const LEVEL: &[Scope] = &[Scope::Event, Scope::Level];
    const ACROSS: &[Scope] = &[Scope::Event, Scope::Across];
    // For each band its strategies: N of each level, and the scopes of the rules in their order.
    for (sigma, levels, expected) in [
        (6.0, 2, vec![(1, vec![EVENT])]),
        (5.0, 2, vec![(1, vec![EVENT; 3])]),
        (5.0, 3, vec![(1, vec![EVENT; 3])]),
        (4.0, 2, vec![(2, vec![EVENT; 4]), (1, vec![EVENT, LEVEL, EVENT, ACROSS])]),
        (4.0, 3, vec![(1, vec![EVENT; 4])]),
        (3.0, 2, vec![(2, vec![EVENT, LEVEL, EVENT, ACROSS, ACROSS]), (1, vec![EVENT, LEVEL, EVENT, ACROSS, ACROSS])]),
        // Two events have two points of a level, too few for 2of3-2s within it; three have enough.
        (
            3.0,
            3,
            vec![
                (2, vec![EVENT; 5]),
                (1, vec![EVENT, EVENT, EVENT, ACROSS, ACROSS]),
                (1, vec![EVENT, LEVEL, EVENT, ACROSS, ACROSS]),
            ],
        ),
    ] {
        let found = sigma_rules(sigma, levels).unwrap();
        let scopes: Vec<(u8, Vec<&[Scope]>)> = found
            .iter()
            .map(|s| (s.controls_per_level, s.rules.iter().map(|used| &used.scopes[..]).collect()))
            .collect();
        assert_eq!(scopes, expected, "sigma {sigma}, {levels} levels");
        assert!(found.iter().all(|s| s.controls_per_level * levels == s.controls));
    }
}

#[test]
fn a_sigma_on_the_edge_of_a_band_is_in_it() {
    // (TEa - bias)/SD is 4, 5 and 6 in decimal; in binary the first falls short.
    for (allowable, bias, sd, sigma) in [(2.3, 0.3, 0.5, 4.0), (2.8, 0.3, 0.5, 5.0), (3.3, 0.3, 0.5, 6.0)] {
        let found = Performance::new(allowable, bias, sd).unwrap().sigma();
        assert_eq!(sigma_rules(found, 2), sigma_rules(sigma, 2), "{found}");
    }
    assert!(Performance::new(2.3, 0.3, 0.5).unwrap().sigma() < 4.0);
    assert_ne!(sigma_rules(3.999_999, 2), sigma_rules(4.0, 2));
}

proptest! {
    #[test]
    fn sigma_does_not_depend_on_the_unit(tea in 5.0..30.0_f64, bias in -4.9..4.9_f64, sd in 0.1..5.0_f64, factor in 0.01..100.0_f64) {
        let one = Performance::new(tea, bias, sd).unwrap();
        let other = Performance::new(tea * factor, bias * factor, sd * factor).unwrap();
        prop_assert!((one.sigma() - other.sigma()).abs() < 1e-9 * (1.0 + one.sigma().abs()));
    }

    #[test]
    fn more_is_beyond_the_further_it_shifts(tea in 3.0..8.0_f64, bias in 0.0..3.0_f64, shift in 0.0..6.0_f64) {
        let performance = Performance::new(tea, bias, 1.0).unwrap();
        prop_assert!(performance.beyond(shift + 0.1) > performance.beyond(shift));
        prop_assert!(performance.beyond(-shift) <= performance.beyond(shift));
    }
}
