//! Sums, spread and quantiles against certified and published figures.

use std::path::Path;

use proptest::prelude::*;
use titer_science::Unfit;
use titer_science::statistics::{
    MAD_TO_SD, Quantile, Summary, harrell_davis, mad, mean, median, normal_draw, normal_quantile, pooled_variance,
    quantile, sd, sum,
};

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
}

/// Between and within mean squares of groups, from their summaries alone.
fn mean_squares(groups: &[Summary]) -> (f64, f64) {
    let all = groups.iter().copied().reduce(Summary::with).unwrap();
    let within = pooled_variance(groups).unwrap();
    let within_squares: f64 = groups.iter().map(Summary::squares).sum();
    ((all.squares() - within_squares) / (groups.len() - 1) as f64, within)
}

/// A data set of Simon & Lesage (NIST StRD, SmLs01 to SmLs09): nine treatments, of values `leading.4`, `leading.3`, `leading.5` …
fn simon_lesage(leading: u64, replicates: usize) -> Vec<Summary> {
    let group = |treatment: usize| {
        let tenth = [4, 3, 5, 3, 5, 3, 5, 3, 5][treatment];
        let values = (0..replicates).map(|place| match place {
            0 => tenth,
            odd if odd % 2 == 1 => tenth - 1,
            _ => tenth + 1,
        });
        Summary::of(&values.map(|tenth| format!("{leading}.{tenth}").parse().unwrap()).collect::<Vec<f64>>()).unwrap()
    };
    (0..9).map(group).collect()
}

#[test]
fn analysis_of_variance_keeps_its_digits() {
    // The certified F; and what F is, in exact rational arithmetic, of the values as an f64 holds them: with thirteen digits in front
    // the last digit of the data itself is off by up to 0.00006, so that no method can do better than that.
    for (leading, replicates, certified, of_f64) in [
        (1, 21, 21.0, 21.0),
        (1, 201, 201.0, 201.0),
        (1, 2001, 2001.0, 2001.0),
        (1_000_000, 21, 21.0, 21.000_000_000_776_1),
        (1_000_000, 201, 201.0, 201.000_000_012_417_64),
        (1_000_000, 2001, 2001.0, 2_001.000_000_128_832_9),
        (1_000_000_000_000, 21, 21.0, 21.000_811_887_818_77),
        (1_000_000_000_000, 201, 201.0, 201.013_004_095_948_45),
        (1_000_000_000_000, 2001, 2001.0, 2_001.134_926_220_950_6),
    ] {
        let (between, within) = mean_squares(&simon_lesage(leading, replicates));
        close(between / within, of_f64, 1e-9);
        close(between / within, certified, 1e-4);
        close(within.sqrt(), 0.1, 3e-5);
    }
}

#[test]
fn the_files_of_nist_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/stats/nist");
    for (name, certified) in [("SmLs07", 21.0), ("SmLs08", 201.0), ("SmLs09", 2001.0)] {
        let Ok(text) = std::fs::read_to_string(folder.join(name).with_extension("dat")) else { return };
        let mut groups = vec![Vec::new(); 9];
        for line in text.lines().skip(60) {
            if let [treatment, response] = line.split_whitespace().collect::<Vec<_>>()[..] {
                groups[treatment.parse::<usize>().unwrap() - 1].push(response.parse::<f64>().unwrap());
            }
        }
        let groups: Vec<Summary> = groups.iter().map(|group| Summary::of(group).unwrap()).collect();
        let (between, within) = mean_squares(&groups);
        close(between / within, certified, 1e-4);
    }
}

#[test]
fn mean_and_sd_as_certified() {
    // NIST StRD univariate, NumAcc1 to NumAcc4: a first value, then pairs around it.
    for (first, pairs, tenths, mean_certified, sd_certified, to) in [
        ("10000002", 1, ["10000001", "10000003"], 10_000_002.0, 1.0, 0.0),
        ("1.2", 500, ["1.1", "1.3"], 1.2, 0.1, 1e-14),
        ("1000000.2", 500, ["1000000.1", "1000000.3"], 1_000_000.2, 0.1, 1e-8),
        ("10000000.2", 500, ["10000000.1", "10000000.3"], 10_000_000.2, 0.1, 1e-7),
    ] {
        let mut values: Vec<f64> = vec![first.parse().unwrap()];
        values.extend((0..pairs).flat_map(|_| tenths).map(|text| text.parse::<f64>().unwrap()));
        close(mean(&values).unwrap(), mean_certified, 1e-15);
        close(sd(&values).unwrap(), sd_certified, to);
    }
}

#[test]
fn quantiles_as_defined_by_hyndman_and_fan() {
    // By the definitions (Am Stat 1996;50:361-365), worked out by hand: 1 to 10, and 120 values, whose 2.5th percentile of type 6 lies at
    // place 3.025, as for a nonparametric reference limit.
    let ten: Vec<f64> = (1..=10).map(f64::from).collect();
    let limits: Vec<f64> = (1..=120).map(f64::from).collect();
    for (values, p, six, seven) in [
        (&ten, 0.25, 2.75, 3.25),
        (&ten, 0.5, 5.5, 5.5),
        (&ten, 0.9, 9.9, 9.1),
        (&ten, 0.0, 1.0, 1.0),
        (&ten, 0.05, 1.0, 1.45),
        (&ten, 1.0, 10.0, 10.0),
        (&limits, 0.025, 3.025, 3.975),
        (&limits, 0.975, 117.975, 117.025),
    ] {
        close(quantile(values, p, Quantile::Six).unwrap(), six, 1e-14);
        close(quantile(values, p, Quantile::Seven).unwrap(), seven, 1e-14);
    }
    assert_eq!(median(&[3.0]), Ok(3.0));
    assert_eq!(median(&[4.0, 1.0]), Ok(2.5));
}

#[test]
fn robust_estimates_by_hand() {
    assert_eq!(mad(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]), Ok(1.0));
    assert_eq!(mad(&[5.0, 5.0, 5.0, 9.0]), Ok(0.0));
    close(MAD_TO_SD, 1.0 / normal_quantile(0.75), 1e-12);
    // The weights of three values at the median are the beta(2, 2) shares of thirds: 7/27, 13/27, 7/27.
    close(harrell_davis(&[10.0, 1.0, 2.0], 0.5).unwrap(), 103.0 / 27.0, 1e-12);
    close(harrell_davis(&[1.0, 4.0], 0.5).unwrap(), 2.5, 1e-12);
    // A beta(1, 1) at one value; a beta(1, 3) of thirds: 19/27, 7/27, 1/27.
    close(harrell_davis(&[7.0], 0.5).unwrap(), 7.0, 1e-12);
    close(harrell_davis(&[0.0, 27.0, 54.0], 0.25).unwrap(), 9.0, 1e-12);
}

#[test]
fn the_weights_of_most_values_are_a_whole() {
    // Of equal values any quantile is that value, if the weights add up; and of 1 to n it is a mean of places, (n+1)p, by the beta
    // distribution's mean to within half a place.
    let most: Vec<f64> = (1..=50_000).map(f64::from).collect();
    for p in [0.001, 0.025, 0.5, 0.975] {
        close(harrell_davis(&vec![1.0; 50_000], p).unwrap(), 1.0, 1e-9);
        let place = harrell_davis(&most, p).unwrap();
        assert!((place - (50_000.0 * p + 0.5)).abs() < 1e-3, "{p}: {place}");
    }
}

#[test]
fn what_cannot_be_computed_is_named() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    assert_eq!(mean(&[]), Err(Unfit::Empty));
    assert_eq!(mean(&[1.0, nan]), Err(Unfit::NotFinite { index: 1 }));
    assert_eq!(sd(&[inf, 1.0]), Err(Unfit::NotFinite { index: 0 }));
    assert_eq!(sd(&[1.0]), Err(Unfit::TooFew { needed: 2, found: 1 }));
    assert_eq!(sd(&[0.1; 7]), Ok(0.0));
    assert_eq!(mean(&[f64::MAX, f64::MAX, -f64::MAX]), Err(Unfit::Range));
    assert_eq!(sd(&[1e-200, 2e-200]), Err(Unfit::Range));
    assert_eq!(median(&[]), Err(Unfit::Empty));
    assert_eq!(median(&[nan]), Err(Unfit::NotFinite { index: 0 }));
    assert_eq!(mad(&[-f64::MAX, f64::MAX, f64::MAX]), Err(Unfit::Range));
    assert_eq!(harrell_davis(&[], 0.5), Err(Unfit::Empty));
    let many = vec![1.0; 50_001];
    assert_eq!(harrell_davis(&many, 0.5), Err(Unfit::TooMany { most: 50_000, found: 50_001 }));
    for p in [-0.1, 1.1, nan] {
        assert!(matches!(quantile(&[1.0], p, Quantile::Six), Err(Unfit::Setting(_))));
    }
    for p in [0.0, 1.0, nan] {
        assert!(matches!(harrell_davis(&[1.0], p), Err(Unfit::Setting(_))));
    }
    assert_eq!(pooled_variance(&[]), Err(Unfit::Empty));
    let one = Summary::of(&[1.0]).unwrap();
    assert_eq!(pooled_variance(&[one, one]), Err(Unfit::TooFew { needed: 2, found: 1 }));
}

#[test]
fn a_sum_keeps_what_steps_lose() {
    assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
    assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
    assert_eq!(sum(&[]), 0.0);
}

#[test]
fn draws_are_normal() {
    use rand::SeedableRng;
    let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(1);
    let draws: Vec<f64> = (0..100_000).map(|_| normal_draw(&mut rng)).collect();
    let all = Summary::of(&draws).unwrap();
    assert!(all.mean().abs() < 0.01 && (all.sd().unwrap() - 1.0).abs() < 0.01);
    for p in [0.001, 0.025, 0.25, 0.975] {
        let beyond = draws.iter().filter(|z| **z < normal_quantile(p)).count() as f64 / 1e5;
        assert!((beyond - p).abs() < 4.0 * (p * (1.0 - p) / 1e5).sqrt(), "{beyond} below the {p} quantile");
    }
}

proptest! {
    #[test]
    fn order_does_not_matter(mut values in prop::collection::vec(-1e6..1e6_f64, 2..50)) {
        let (before, middle) = (Summary::of(&values).unwrap(), median(&values).unwrap());
        values.reverse();
        let after = Summary::of(&values).unwrap();
        prop_assert!((before.mean() - after.mean()).abs() <= 1e-9);
        prop_assert!((before.squares() - after.squares()).abs() <= 1e-9 * before.squares());
        prop_assert_eq!(middle, median(&values).unwrap());
    }

    #[test]
    fn shift_and_scale_carry_over(values in prop::collection::vec(-100.0..100.0_f64, 3..40), shift in -1e4..1e4_f64, scale in 0.1..10.0_f64) {
        let moved: Vec<f64> = values.iter().map(|v| v * scale + shift).collect();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        prop_assert!(near(mean(&moved).unwrap(), mean(&values).unwrap() * scale + shift));
        prop_assert!(near(sd(&moved).unwrap(), sd(&values).unwrap() * scale));
        prop_assert!(near(mad(&moved).unwrap(), mad(&values).unwrap() * scale));
        for p in [0.025, 0.5, 0.9] {
            prop_assert!(near(harrell_davis(&moved, p).unwrap(), harrell_davis(&values, p).unwrap() * scale + shift));
            for kind in [Quantile::Six, Quantile::Seven] {
                prop_assert!(near(quantile(&moved, p, kind).unwrap(), quantile(&values, p, kind).unwrap() * scale + shift));
            }
        }
    }

    #[test]
    fn parts_make_the_whole(a in prop::collection::vec(-1e3..1e3_f64, 1..30), b in prop::collection::vec(-1e3..1e3_f64, 1..30)) {
        let whole = Summary::of(&[a.clone(), b.clone()].concat()).unwrap();
        let parts = Summary::of(&a).unwrap().with(Summary::of(&b).unwrap());
        prop_assert_eq!(parts.n(), whole.n());
        prop_assert!((parts.mean() - whole.mean()).abs() < 1e-9);
        prop_assert!((parts.squares() - whole.squares()).abs() <= 1e-9 * whole.squares().max(1.0));
    }

    #[test]
    fn quantiles_rise_with_their_share(values in prop::collection::vec(-1e3..1e3_f64, 1..30), p in 0.01..0.98_f64) {
        for kind in [Quantile::Six, Quantile::Seven] {
            prop_assert!(quantile(&values, p, kind).unwrap() <= quantile(&values, p + 0.01, kind).unwrap());
        }
        prop_assert!(harrell_davis(&values, p).unwrap() <= harrell_davis(&values, p + 0.01).unwrap() + 1e-9);
    }
}
