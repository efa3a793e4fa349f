//! Wrong blood in tube.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use titer_science::{
    Unfit,
    identity::{Analyte, IdentityError, Model, Pair, Scale, Shrinkage, threshold},
    statistics::normal_draw,
};

fn analytes(keys: &[&str], scale: Scale) -> Vec<Analyte> {
    keys.iter().map(|key| Analyte { key: (*key).to_owned(), scale }).collect()
}

/// Changes as pairs from a common earlier value.
fn pairs(rows: &[Vec<f64>]) -> Vec<Vec<Option<Pair>>> {
    rows.iter().map(|row| row.iter().map(|change| Some((100.0, 100.0 + change))).collect()).collect()
}

/// Correlated normal changes with known means, deviations and correlation.
fn simulated(count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| {
            let (a, b, c) = (normal_draw(&mut rng), normal_draw(&mut rng), normal_draw(&mut rng));
            vec![2.0 + 3.0 * a, -1.0 + 5.0 * (0.6 * a + 0.8 * b), c]
        })
        .collect()
}

#[test]
fn the_distance_is_that_of_the_textbook() {
    // Changes with mean 0, variance 1 and correlation 0.5 by construction; D² = (x² − 2ρxy + y²)/(1 − ρ²).
    let rows: Vec<Vec<f64>> = [(1.0, 1.0), (-1.0, -1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.0, 0.0)]
        .iter()
        .map(|(x, y)| vec![*x, *y])
        .collect();
    let model = Model::fit(&analytes(&["a", "b"], Scale::Linear), &pairs(&rows), Shrinkage::Fixed(0.0)).unwrap();
    assert!((model.correlation("a", "b").unwrap() - 0.5).abs() < 1e-12);
    let deviation = (4.0_f64 / 6.0).sqrt();
    let score = model.score(&[Some((100.0, 100.0 + 2.0 * deviation)), Some((100.0, 100.0 - deviation))]).unwrap();
    let (x, y, rho) = (2.0, -1.0, 0.5);
    assert!((score.distance_squared - (x * x - 2.0 * rho * x * y + y * y) / (1.0 - rho * rho)).abs() < 1e-9);
    // Two degrees of freedom: p = e^(−D²/2).
    assert_eq!(score.analytes, 2);
    assert!((score.p - (-score.distance_squared / 2.0).exp()).abs() < 1e-12);
    assert!((score.changes[0].1 - 2.0).abs() < 1e-9 && (score.changes[1].1 + 1.0).abs() < 1e-9);
    // One degree: D = 1.959964 is p = 0.05, and what was not measured is left out.
    let score = model.score(&[Some((100.0, 100.0 + 1.959_963_985 * deviation)), None]).unwrap();
    assert_eq!(score.analytes, 1);
    assert!((score.p - 0.05).abs() < 1e-8, "{}", score.p);
}

#[test]
fn shrinkage_is_stated_and_draws_correlations_towards_none() {
    let rows = simulated(400, 1);
    let keys = analytes(&["a", "b", "c"], Scale::Linear);
    let fit = |shrinkage| Model::fit(&keys, &pairs(&rows), shrinkage).unwrap();
    let raw = fit(Shrinkage::Fixed(0.0)).correlation("a", "b").unwrap();
    assert!((raw - 0.6).abs() < 0.08, "{raw}");
    assert!((fit(Shrinkage::Fixed(0.25)).correlation("a", "b").unwrap() - 0.75 * raw).abs() < 1e-12);
    assert_eq!(fit(Shrinkage::Fixed(1.0)).correlation("a", "b").unwrap(), 0.0);
    // With many pairs of three analytes there is little to shrink; with few much.
    let many = fit(Shrinkage::Estimated).shrinkage();
    let few = Model::fit(&keys, &pairs(&rows[..8]), Shrinkage::Estimated).unwrap().shrinkage();
    assert!(many < 0.05 && few > many, "{many} {few}");
    for intensity in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(
            Model::fit(&keys, &pairs(&rows), Shrinkage::Fixed(intensity)),
            Err(IdentityError::Unfit(Unfit::Setting(_)))
        ));
    }
}

#[test]
fn estimated_shrinkage_follows_its_formula() {
    // Schäfer and Strimmer 2005: for standardised x, λ = Σ var(r) / Σ r², var(r) = n/(n−1)³ Σ (w − w̄)², w = x·y. By hand for the
    // seven points below: w = 1.5, 1.5, 0, 0, 0, 0, 0 (variance 2/3), r = 3/6, Σ(w − w̄)² = 4.5 − 9/7.
    let rows: Vec<Vec<f64>> = [(1.0, 1.0), (-1.0, -1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.0, 0.0)]
        .iter()
        .map(|(x, y)| vec![*x, *y])
        .collect();
    let model = Model::fit(&analytes(&["a", "b"], Scale::Linear), &pairs(&rows), Shrinkage::Estimated).unwrap();
    let expected = (7.0 / 216.0) * (4.5 - 9.0 / 7.0) / 0.25;
    assert!((model.shrinkage() - expected).abs() < 1e-12, "{} {expected}", model.shrinkage());
}

#[test]
fn a_stranger_is_unlike_and_the_person_is_not() {
    let mut rng = ChaCha12Rng::seed_from_u64(7);
    let keys = analytes(&["mcv", "creatinine", "alp", "bilirubin", "cholesterol"], Scale::Log);
    let (between, within) = (0.3, 0.05);
    let mut person = || -> Vec<f64> { (0..5).map(|_| (between * normal_draw(&mut rng)).exp() * 100.0).collect() };
    let people: Vec<Vec<f64>> = (0..2000).map(|_| person()).collect();
    let mut rng = ChaCha12Rng::seed_from_u64(8);
    let mut later =
        |of: &Vec<f64>| -> Vec<f64> { of.iter().map(|x| x * (within * normal_draw(&mut rng)).exp()).collect() };
    let specimens: Vec<Vec<f64>> = people.iter().map(&mut later).collect();
    let pair = |a: &[f64], b: &[f64]| -> Vec<Option<Pair>> { a.iter().zip(b).map(|(a, b)| Some((*a, *b))).collect() };
    let own: Vec<_> = people.iter().zip(&specimens).map(|(a, b)| pair(a, b)).collect();
    let model = Model::fit(&keys, &own[..1000], Shrinkage::Estimated).unwrap();
    let p = |row: &Vec<Option<Pair>>| model.score(row).unwrap().p;
    let own_p: Vec<f64> = own[1000..].iter().map(p).collect();
    // 500 specimens a day and one alert: 2 in 1,000.
    let limit = threshold(&own_p, 500.0, 1.0).unwrap();
    assert!(own_p.iter().filter(|p| **p < limit).count() <= 2);
    let swapped = (1000..1999).map(|i| pair(&people[i], &specimens[i + 1]));
    let found = swapped.map(|row| p(&row)).filter(|p| *p < limit).count();
    assert!(found > 900, "{found} of 999 found");
    // In the model's own world p is even between 0 and 1.
    let below = own_p.iter().filter(|p| **p < 0.1).count();
    assert!((60..150).contains(&below), "{below} of 1000 below 0.1");
}

#[test]
fn the_threshold_allows_so_many_alerts() {
    let past: Vec<f64> = (1..=1000).map(|i| f64::from(i) / 1000.0).collect();
    for (scored, alerts, expected) in [(100.0, 1.0, 0.011), (100.0, 0.5, 0.006), (10.0, 10.0, 1.0), (10.0, 100.0, 1.0)]
    {
        let limit = threshold(&past, scored, alerts).unwrap();
        assert_eq!(limit, expected, "{scored} {alerts}");
        let found = past.iter().filter(|p| **p < limit).count() as f64;
        assert!(found / 1000.0 <= alerts / scored);
    }
    // Ties stay on the safe side.
    assert_eq!(threshold(&[0.2; 50], 10.0, 1.0).unwrap(), 0.2);
    assert_eq!(threshold(&past, 1e6, 1.0), Err(Unfit::TooFew { needed: 1_000_000, found: 1000 }));
    assert_eq!(threshold(&[], 10.0, 1.0), Err(Unfit::Empty));
    assert_eq!(threshold(&[0.5, f64::NAN], 10.0, 1.0), Err(Unfit::NotFinite { index: 1 }));
    assert!(matches!(threshold(&[1.5], 10.0, 1.0), Err(Unfit::Setting(_))));
    for (scored, alerts) in [(0.0, 1.0), (10.0, 0.0), (-10.0, -1.0), (f64::NAN, 1.0), (10.0, f64::INFINITY)] {
        assert!(matches!(threshold(&past, scored, alerts), Err(Unfit::Setting(_))), "{scored} {alerts}");
    }
}

#[test]
fn a_distance_that_cannot_be_held_has_no_p() {
    let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i % 7) - 3.0, f64::from(i % 5) - 2.0]).collect();
    let model = Model::fit(&analytes(&["a", "b"], Scale::Linear), &pairs(&rows), Shrinkage::Fixed(0.0)).unwrap();
    for (a, b) in [(1e300, 0.0), (1e300, 1e300), (-1e300, 1e300), (f64::MAX, f64::MIN)] {
        let score = model.score(&[Some((0.0, a)), Some((0.0, b))]);
        assert_eq!(score, Err(IdentityError::Unfit(Unfit::Range)), "{a} {b}");
    }
    // A change so near to the mean that the half of its square is zero.
    let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i % 2) * 2.0 - 1.0]).collect();
    let model = Model::fit(&analytes(&["a"], Scale::Linear), &pairs(&rows), Shrinkage::Fixed(0.0)).unwrap();
    for change in [0.0, 5e-324, 2e-162, 1e-160, 1e-151, 1e-150] {
        let score = model.score(&[Some((0.0, change))]).unwrap();
        assert!((score.p - 1.0).abs() < 1e-12, "{change}: {score:?}");
    }
}

#[test]
fn what_cannot_be_fitted_or_scored_is_named() {
    let keys = analytes(&["a", "b"], Scale::Linear);
    let fit = |rows: &[Vec<Option<Pair>>]| Model::fit(&keys, rows, Shrinkage::Fixed(0.0)).unwrap_err();
    let analyte = |key: &str, why| IdentityError::Analyte { analyte: key.to_owned(), why };
    let rows = |of: fn(f64) -> Vec<f64>| pairs(&(0..6).map(|i| of(f64::from(i))).collect::<Vec<_>>());
    assert_eq!(fit(&[]), analyte("a", Unfit::Empty));
    assert_eq!(fit(&pairs(&[vec![1.0, 2.0]])), analyte("a", Unfit::TooFew { needed: 4, found: 1 }));
    assert_eq!(fit(&rows(|i| vec![i, 3.0])), analyte("b", Unfit::NoSpread));
    assert_eq!(fit(&rows(|i| vec![i, 2.0 * i])), IdentityError::Singular);
    assert_eq!(
        fit(&rows(|i| vec![i, if i == 2.0 { f64::NAN } else { i * i }])),
        analyte("b", Unfit::NotFinite { index: 2 })
    );
    assert!(matches!(fit(&pairs(&[vec![1.0]])), IdentityError::Unfit(Unfit::Setting(_))));
    // Each is measured often enough, but never both.
    let apart: Vec<Vec<Option<Pair>>> = (0..12)
        .map(|i| {
            let pair = Some((0.0, f64::from(i * i)));
            if i % 2 == 0 { vec![pair, None] } else { vec![None, pair] }
        })
        .collect();
    let (first, second) = ("a".to_owned(), "b".to_owned());
    assert_eq!(fit(&apart), IdentityError::TooFewTogether { first, second, found: 0, needed: 4 });
    assert_eq!(Model::fit(&[], &[], Shrinkage::Estimated).unwrap_err(), IdentityError::Unfit(Unfit::Empty));
    let twice = analytes(&["a", "a"], Scale::Linear);
    assert_eq!(Model::fit(&twice, &[], Shrinkage::Estimated).unwrap_err(), IdentityError::Repeated("a".to_owned()));

    let model = Model::fit(&analytes(&["a"], Scale::Log), &rows(|i| vec![i * i]), Shrinkage::Fixed(0.0)).unwrap();
    assert_eq!(model.score(&[None]), Err(IdentityError::NothingToCompare));
    assert!(matches!(model.score(&[]), Err(IdentityError::Unfit(Unfit::Setting(_)))));
    for pair in [(0.0, 1.0), (1.0, -1.0)] {
        assert_eq!(model.score(&[Some(pair)]), Err(analyte("a", Unfit::NotPositive { index: 0 })), "{pair:?}");
    }
    for pair in [(f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        assert_eq!(model.score(&[Some(pair)]), Err(analyte("a", Unfit::NotFinite { index: 0 })), "{pair:?}");
    }
    // Singular by itself, usable once it is shrunken.
    assert!(Model::fit(&keys, &rows(|i| vec![i, 2.0 * i]), Shrinkage::Fixed(0.1)).is_ok());
}

proptest! {
    #[test]
    fn the_distance_does_not_see_units_nor_the_order_of_pairs(seed: u64, unit in 0.01f64..100.0, shift in -50.0f64..50.0) {
        let keys = analytes(&["a", "b", "c"], Scale::Linear);
        let rows = simulated(60, seed);
        let fit = |rows: &[Vec<Option<Pair>>]| Model::fit(&keys, rows, Shrinkage::Estimated).unwrap();
        let in_unit = |row: &Vec<f64>| -> Vec<Option<Pair>> {
            row.iter().map(|change| Some((100.0 * unit, (100.0 + change) * unit + shift))).collect()
        };
        let plain = pairs(&rows);
        let scaled: Vec<_> = rows.iter().map(in_unit).collect();
        let mut reversed = plain.clone();
        reversed.reverse();
        let mut rng = ChaCha12Rng::seed_from_u64(seed ^ 1);
        let probe: Vec<f64> = (0..3).map(|_| rng.random_range(-20.0..20.0)).collect();
        let score = fit(&plain).score(&pairs(std::slice::from_ref(&probe))[0]).unwrap();
        let other = fit(&scaled).score(&in_unit(&probe)).unwrap();
        let third = fit(&reversed).score(&pairs(std::slice::from_ref(&probe))[0]).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs());
        prop_assert!(close(score.distance_squared, other.distance_squared));
        prop_assert!(close(score.distance_squared, third.distance_squared));
    }

    #[test]
    fn more_analytes_never_bring_two_specimens_nearer(seed: u64, x in -10.0f64..10.0, y in -10.0f64..10.0, z in -10.0f64..10.0) {
        let model = Model::fit(&analytes(&["a", "b", "c"], Scale::Linear), &pairs(&simulated(60, seed)), Shrinkage::Estimated).unwrap();
        let at = |change: f64| Some((100.0, 100.0 + change));
        let distance = |pairs: [Option<Pair>; 3]| model.score(&pairs).unwrap().distance_squared;
        let (one, two, three) = (distance([at(x), None, None]), distance([at(x), at(y), None]), distance([at(x), at(y), at(z)]));
        prop_assert!(one <= two * (1.0 + 1e-9) + 1e-9 && two <= three * (1.0 + 1e-9) + 1e-9);
    }
}
