//! External assessment against the worked examples of ISO 13528:2022 annex E (as restated in the tests of the Python package pt13528, commit
//! 0b1947e), R's `MASS::chem` and NIST's Dataplot.

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::eqa::{
    NotJudged, Response, Robust, ScoreKind, Signal, Until, algorithm_a, algorithm_a_from, e_n, event, judge, z,
    z_or_z_prime, z_prime, zeta,
};
use titer_science::qc::Allowable;
use titer_science::statistics::sd;
use titer_science::{Reported, Unfit};

/// Copper in wholemeal flour, R's MASS package (Analytical Methods Committee 1989, Analyst 114:1693).
const CHEM: [f64; 24] = [
    2.9, 3.1, 3.4, 3.4, 3.7, 3.7, 2.8, 2.5, 2.4, 2.4, 2.7, 2.2, 5.28, 3.37, 3.03, 3.03, 28.95, 3.77, 3.4, 2.2, 3.5,
    3.6, 3.7, 3.7,
];
/// E.1: antibody results, the sign of censored ones ignored, and censored ones deleted.
const E1_IGNORED: [f64; 23] =
    [10., 10., 12., 19., 20., 20., 23., 23., 25., 25., 26., 28., 28., 30., 28., 29., 30., 30., 31., 32., 32., 45., 50.];
const E1_DELETED: [f64; 18] =
    [12., 19., 20., 23., 23., 25., 25., 26., 28., 28., 28., 29., 30., 30., 31., 32., 32., 45.];
/// E.3: atrazine in drinking water.
const E3: [f64; 34] = [
    0.040, 0.055, 0.178, 0.202, 0.206, 0.227, 0.228, 0.230, 0.230, 0.235, 0.236, 0.237, 0.243, 0.244, 0.245, 0.2555,
    0.260, 0.264, 0.267, 0.270, 0.273, 0.274, 0.274, 0.278, 0.2811, 0.287, 0.287, 0.288, 0.289, 0.295, 0.296, 0.311,
    0.331, 0.4246,
];
/// E.4 and E.7: mercury in feed.
const E7: [f64; 21] = [
    0.013, 0.013, 0.0135, 0.014, 0.014, 0.016, 0.017, 0.019, 0.0239, 0.037, 0.039, 0.04, 0.04, 0.040, 0.0424, 0.044,
    0.045, 0.045, 0.046, 0.049, 0.053,
];

/// Equal to a printed figure with so many decimals.
fn prints_as(value: f64, printed: f64, decimals: i32) -> bool {
    (value - printed).abs() <= 0.5 * 10_f64.powi(-decimals) + 1e-12
}

#[test]
fn algorithm_a_gives_the_published_figures() {
    for (name, results, mean, sd, u, decimals) in [
        ("MASS chem", &CHEM[..], 3.205_566, 0.674_150, Some(0.172_013), 6),
        ("E.1, deleted", &E1_DELETED[..], 26.81, 5.29, None, 2),
        ("E.3", &E3[..], 0.2570, 0.0395, Some(0.0085), 4),
        ("E.7", &E7[..], 0.0316, 0.0164, Some(0.0045), 4),
    ] {
        let robust = algorithm_a(results).unwrap();
        assert!(prints_as(robust.mean, mean, decimals), "{name}: {robust:?}");
        assert!(prints_as(robust.sd, sd, decimals), "{name}: {robust:?}");
        assert!(u.is_none_or(|u| prints_as(robust.uncertainty(), u, decimals)), "{name}: {}", robust.uncertainty());
        assert_eq!(robust.results, results.len());
    }
    assert!(prints_as(algorithm_a(&E7).unwrap().mean, 0.031_61, 5));
}

#[test]
fn the_standards_own_end_gives_the_figures_that_settling_does_not() {
    // E.1 prints 26.01 and 7.23. The latter is the value of the third-figure rule; settled it is 7.24.
    let by_rule = algorithm_a_from(&E1_IGNORED, None, Until::ThirdFigure).unwrap();
    assert!(prints_as(by_rule.mean, 26.01, 2) && prints_as(by_rule.sd, 7.23, 2), "{by_rule:?}");
    let settled = algorithm_a(&E1_IGNORED).unwrap();
    assert!(prints_as(settled.mean, 26.01, 2) && prints_as(settled.sd, 7.24, 2), "{settled:?}");
    // E.3, table E.4 prints six iterations.
    assert_eq!(algorithm_a_from(&E3, None, Until::ThirdFigure).unwrap().iterations, 6);
}

#[test]
fn the_settled_answer_does_not_depend_on_the_start() {
    let expected = algorithm_a(&CHEM).unwrap();
    for first in [0.1, 1.0, 5.3] {
        let found = algorithm_a_from(&CHEM, Some(first), Until::Settled).unwrap();
        assert!(
            (found.mean - expected.mean).abs() < 1e-10 && (found.sd - expected.sd).abs() < 1e-10,
            "{first}: {found:?}"
        );
    }
}

#[test]
fn algorithm_a_needs_results_with_spread() {
    let sodium = [140., 140., 140., 140., 140., 141., 139., 138.];
    let tied = [140., 140., 140., 140., 140., 140., 140., 140., 141.];
    for (results, unfit) in [
        (&[][..], Unfit::Empty),
        (&[1.0][..], Unfit::TooFew { needed: 3, found: 1 }),
        (&[1.0, 2.0][..], Unfit::TooFew { needed: 3, found: 2 }),
        (&[1.0, f64::NAN, 2.0][..], Unfit::NotFinite { index: 1 }),
        (&[1.0, 2.0, f64::INFINITY][..], Unfit::NotFinite { index: 2 }),
        (&[5.0; 10][..], Unfit::NoSpread),
        (&sodium[..], Unfit::NoSpread),
        (&[f64::MAX, -f64::MAX, 0.0, f64::MAX / 2.0][..], Unfit::Range),
    ] {
        assert_eq!(algorithm_a(results), Err(unfit), "{results:?}");
    }
    // With a first s* the electrolyte can be evaluated; with one result of nine different it still cannot.
    let robust = algorithm_a_from(&sodium, Some(sd(&sodium).unwrap()), Until::Settled).unwrap();
    assert!(robust.sd > 0.0 && (robust.mean - 139.75).abs() < 0.3, "{robust:?}");
    assert_eq!(algorithm_a_from(&tied, Some(sd(&tied).unwrap()), Until::Settled), Err(Unfit::NoSpread));
    for first in [f64::NAN, -1.0, f64::INFINITY] {
        let unfit = Unfit::Setting("the first standard deviation");
        assert_eq!(algorithm_a_from(&CHEM, Some(first), Until::Settled), Err(unfit));
    }
}

#[test]
fn scores_are_those_of_the_standards_example() {
    // E.4, tables E.6 and E.7: x_pt 0.044, U(x_pt) 0.0082, σ_pt 0.0066; x, U(x), k; z, z′, ζ, Eₙ as printed.
    for (x, expanded, k, expected) in [
        (0.013, 0.003, 2.0, [-4.70, -3.99, -7.10, -3.55]),
        (0.0135, 0.001_08, 1.732, [-4.62, -3.93, -7.35, -3.69]),
        (0.0239, 0.0036, 2.0, [-3.05, -2.59, -4.49, -2.24]),
        (0.037, 0.013, 2.0, [-1.06, -0.90, -0.91, -0.46]),
        (0.044, 0.007, 2.0, [0.00, 0.00, 0.00, 0.00]),
        (0.049, 0.0072, 2.0, [0.76, 0.64, 0.92, 0.46]),
        (0.053, 0.007, 2.0, [1.36, 1.16, 1.67, 0.83]),
    ] {
        let found = [
            z(x, 0.044, 0.0066),
            z_prime(x, 0.044, 0.0066, 0.0041),
            zeta(x, expanded / k, 0.044, 0.0041),
            e_n(x, expanded, 0.044, 0.0082),
        ];
        for (score, expected) in found.into_iter().zip(expected) {
            assert!(prints_as(score.unwrap().value, expected, 2), "{x}: {score:?}, {expected}");
        }
    }
}

#[test]
fn scores_are_those_of_dataplot() {
    // NIST gear data: x_ref 1, SD 0.006278905 of all 100; batch 1 has 0.004346135 (Dataplot reference, z, z′ with u 0.001, ζ and Eₙ).
    let (all, batch) = (0.006_278_905, 0.004_346_135);
    for (x, expected) in
        [(1.006, [0.955, 0.943, 0.785, 0.393]), (0.996, [-0.637, -0.629, -0.523, -0.262]), (1.0, [0.0; 4])]
    {
        let found = [
            z(x, 1.0, all),
            z_prime(x, 1.0, all, 0.001),
            zeta(x, batch, 1.0, all),
            e_n(x, 2.0 * batch, 1.0, 2.0 * all),
        ];
        for (score, expected) in found.into_iter().zip(expected) {
            // Dataplot cuts off after the third decimal.
            assert!((score.unwrap().value - expected).abs() < 0.001, "{x}: {score:?}, {expected}");
        }
    }
}

#[test]
fn signals_begin_on_their_bounds() {
    for (result, signal) in [
        (1.39, Signal::None),
        (1.4, Signal::Warning), // 1.4 − 1.0 is a little less than 0.4 in binary
        (0.6, Signal::Warning),
        (1.599, Signal::Warning),
        (1.6, Signal::Action),
        (0.4, Signal::Action),
        (1.0, Signal::None),
    ] {
        assert_eq!(z(result, 1.0, 0.2).unwrap().signal(), signal, "{result}");
        assert_eq!(z_prime(result, 1.0, 0.12, 0.16).unwrap().signal(), signal, "{result}");
        assert_eq!(zeta(result, 0.12, 1.0, 0.16).unwrap().signal(), signal, "{result}");
    }
    for (result, signal) in [(1.49, Signal::None), (1.5, Signal::Action), (0.5, Signal::Action), (9.0, Signal::Action)]
    {
        assert_eq!(e_n(result, 0.3, 1.0, 0.4).unwrap().signal(), signal, "{result}");
    }
}

#[test]
fn the_uncertainty_of_the_assigned_value_counts_when_it_matters() {
    // 0.3 σ_pt is negligible, more is not.
    assert_eq!(z_or_z_prime(12.0, 10.0, 1.0, 0.3).unwrap().kind, ScoreKind::Z);
    assert_eq!(z_or_z_prime(12.0, 10.0, 1.0, 0.3).unwrap().value, 2.0);
    // On the bound in decimal for every σ_pt of two decimals, whatever its binary number; the next decimal is beyond.
    for hundredths in 1..2000 {
        let decimal = |number: i64, places| Decimal::new(number, places).to_string().parse::<f64>().unwrap();
        let (sigma, u, more) = (decimal(hundredths, 2), decimal(3 * hundredths, 3), decimal(30 * hundredths + 1, 4));
        assert_eq!(z_or_z_prime(12.0, 10.0, sigma, u).unwrap().kind, ScoreKind::Z, "{sigma} {u}");
        assert_eq!(z_or_z_prime(12.0, 10.0, sigma, more).unwrap().kind, ScoreKind::ZPrime, "{sigma} {more}");
    }
    let with = z_or_z_prime(12.0, 10.0, 1.0, 0.75).unwrap();
    assert_eq!((with.kind, with.value), (ScoreKind::ZPrime, 1.6));
}

#[test]
fn scores_refuse_what_has_no_spread() {
    let spread = Unfit::Setting("a standard deviation or uncertainty");
    assert_eq!(z(1.0, 1.0, 0.0), Err(spread));
    assert_eq!(z(1.0, 1.0, -1.0), Err(spread));
    assert_eq!(z(1.0, f64::NAN, 1.0), Err(Unfit::NotFinite { index: 1 }));
    assert_eq!(z(f64::MAX, -f64::MAX, 1.0), Err(Unfit::Range));
    assert_eq!(z(10.0, 0.0, f64::MIN_POSITIVE / 2.0), Err(Unfit::Range));
    assert_eq!(z_prime(1.0, 1.0, 1.0, -0.1), Err(spread));
    assert_eq!(e_n(1.0, 0.0, 1.0, 0.0), Err(spread));
    assert_eq!(zeta(1.0, 0.1, 1.0, f64::INFINITY), Err(Unfit::NotFinite { index: 3 }));
}

fn judged(result: &str, target: &str, percent: Option<f64>, absolute: Option<f64>) -> Result<Response, NotJudged> {
    judge(&Reported::parse(result), target.parse().unwrap(), &Allowable::new(percent, absolute).unwrap())
}

#[test]
fn results_are_judged_by_the_greater_of_two_limits() {
    use Response::{Acceptable, Unacceptable};
    // Limits of 42 CFR 493.931 as one project lists them: potassium ±0.3 mmol/L, glucose 8 % or 6 mg/dL, cholesterol 10 %.
    for (result, target, percent, absolute, expected) in [
        ("4.3", "4.0", None, Some(0.3), Acceptable), // 4.3 − 4.0 is a little more than 0.3 in binary
        ("4.31", "4.0", None, Some(0.3), Unacceptable),
        ("3.7", "4.0", None, Some(0.3), Acceptable),
        ("3.69", "4.0", None, Some(0.3), Unacceptable),
        ("46", "40", Some(8.0), Some(6.0), Acceptable),
        ("47", "40", Some(8.0), Some(6.0), Unacceptable),
        ("216", "200", Some(8.0), Some(6.0), Acceptable),
        ("217", "200", Some(8.0), Some(6.0), Unacceptable),
        ("1.353", "1.23", Some(10.0), None, Acceptable),
        ("1.107", "1.23", Some(10.0), None, Acceptable),
        ("1.354", "1.23", Some(10.0), None, Unacceptable),
        ("-1", "0", None, Some(1.0), Acceptable),
        ("<30", "40", Some(8.0), Some(6.0), Unacceptable),
        (">46", "40", Some(8.0), Some(6.0), Unacceptable),
    ] {
        assert_eq!(judged(result, target, percent, absolute), Ok(expected), "{result} for {target}");
    }
}

#[test]
fn what_cannot_be_judged_is_not_acceptable() {
    assert_eq!(judged("haemolysed", "4.0", None, Some(0.3)), Err(NotJudged::Text));
    for censored in ["<40", ">35", "<=46", "<100"] {
        assert_eq!(judged(censored, "40", Some(8.0), Some(6.0)), Err(NotJudged::Censored), "{censored}");
    }
    assert_eq!(judged("0", "0", Some(8.0), None), Err(NotJudged::NoLimit(Unfit::NotPositive { index: 0 })));
    let huge = "9999999999999999999999999999";
    assert_eq!(judged("1", huge, Some(1e9), None), Err(NotJudged::NoLimit(Unfit::Range)));
}

#[test]
fn events_are_passed_by_the_share_of_acceptable_results() {
    use Response::{Acceptable, Excused, Missing, Unacceptable};
    for (responses, needed, acceptable, counted, passed) in [
        (&[Acceptable, Acceptable, Acceptable, Acceptable, Unacceptable][..], 0.8, 4, 5, true),
        (&[Acceptable, Acceptable, Acceptable, Unacceptable, Unacceptable][..], 0.8, 3, 5, false),
        (&[Acceptable, Acceptable, Acceptable, Acceptable, Unacceptable][..], 1.0, 4, 5, false),
        (&[Acceptable; 5][..], 1.0, 5, 5, true),
        (&[Acceptable, Acceptable, Acceptable, Missing, Missing][..], 0.8, 3, 5, false),
        (&[Acceptable, Acceptable, Acceptable, Excused, Excused][..], 0.8, 3, 3, true),
        (&[Missing; 5][..], 0.8, 0, 5, false),
    ] {
        let event = event(responses, needed).unwrap();
        assert_eq!((event.acceptable, event.counted, event.passed), (acceptable, counted, passed), "{responses:?}");
        assert_eq!(event.share(), acceptable as f64 / counted as f64);
    }
}

#[test]
fn an_event_without_challenges_is_not_passed() {
    assert_eq!(event(&[], 0.8), Err(Unfit::Empty));
    assert_eq!(event(&[Response::Excused; 5], 0.8), Err(Unfit::Empty));
    for needed in [0.0, -0.1, 1.1, f64::NAN] {
        assert_eq!(event(&[Response::Acceptable], needed), Err(Unfit::Setting("the share needed")));
    }
}

/// Results with some spread, about half of them near each other.
fn results() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-1000_i32..1000).prop_map(|n| f64::from(n) / 7.0), 5..40)
}

fn near(one: f64, other: f64, scale: f64) -> bool {
    (one - other).abs() <= 1e-8 * scale
}

proptest! {
    #[test]
    fn algorithm_a_moves_with_shift_and_scale(results in results(), shift in -50.0..50.0, scale in 0.1..20.0) {
        if let Ok(Robust { mean, sd, .. }) = algorithm_a(&results) {
            let moved: Vec<f64> = results.iter().map(|r| shift + scale * r).collect();
            let found = algorithm_a(&moved).unwrap();
            prop_assert!(near(found.mean, shift + scale * mean, 1.0 + scale * (sd + mean.abs())));
            prop_assert!(near(found.sd, scale * sd, 1.0 + scale * sd));
        }
    }

    #[test]
    fn the_order_of_results_does_not_matter(mut results in results()) {
        let before = algorithm_a(&results);
        results.reverse();
        results.rotate_left(2);
        match (before, algorithm_a(&results)) {
            (Ok(one), Ok(other)) => prop_assert!(near(one.mean, other.mean, 200.0) && near(one.sd, other.sd, 200.0)),
            (one, other) => prop_assert_eq!(one, other),
        }
    }

    #[test]
    fn a_wild_result_moves_the_robust_mean_by_little(results in results(), wild in 1e4..1e9) {
        if let Ok(before) = algorithm_a(&results) {
            let mut with = results.clone();
            with.push(wild);
            let mut wilder = results.clone();
            wilder.push(wild * 10.0);
            // How far out it is does not matter at all.
            prop_assert!(before.sd.is_finite());
            let (with, wilder) = (algorithm_a(&with), algorithm_a(&wilder));
            if let (Ok(with), Ok(wilder)) = (with, wilder) {
                prop_assert!(near(with.mean, wilder.mean, 200.0), "{with:?} {wilder:?}");
            }
        }
    }

    #[test]
    fn closer_results_are_judged_no_worse(target in 1_i64..100_000, near in 0_i64..1000, further in 0_i64..1000) {
        let allowable = Allowable::new(Some(10.0), Some(0.5)).unwrap();
        let at = |away: i64| judge(&Reported::Number(Decimal::new(target + away, 2)), Decimal::new(target, 2), &allowable);
        if at(near + further) == Ok(Response::Acceptable) {
            prop_assert_eq!(at(near), Ok(Response::Acceptable));
            prop_assert_eq!(at(-near), Ok(Response::Acceptable));
        }
    }
}
