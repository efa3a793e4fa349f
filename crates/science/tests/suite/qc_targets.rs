//! Targets from charts: what counts, and when it is enough.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::Unfit;
use titer_science::qc::{
    Basis, Cause, Charted, Control, Enough, Lot, NoTarget, NoZ, Target, TargetPolicy, historical_cv, statistics, target,
};
use titer_science::statistics::Summary;

const LOT: Lot = Lot { material: 1, number: 9 };

/// 20 values on 10 days to begin with, 10 on 10 days beside the old lot, 60 on 40 days for good.
fn policy() -> TargetPolicy {
    let enough = |values, days| Enough { values, days };
    TargetPolicy {
        source: "test".into(),
        provisional: enough(20, 10),
        parallel: enough(10, 10),
        cumulative: enough(60, 40),
    }
}

fn on(day: Date, value: f64) -> Charted {
    Charted { value, day, rejected: false, cause: None }
}

/// So many values a day on so many days, 99 and 101 in turn.
fn chart(days: i64, a_day: usize) -> Vec<Charted> {
    let day = |n: i64| date(2026, 1, 1).checked_add(n.days()).unwrap();
    let days = (0..days).flat_map(|n| vec![day(n); a_day]);
    (0..).zip(days).map(|(n, day)| on(day, if n % 2 == 0 { 99.0 } else { 101.0 })).collect()
}

#[test]
fn a_first_target_needs_values_and_days() {
    for (days, a_day, expected) in [
        (19, 1, Err(NoTarget::Values { needed: 20, found: 19 })),
        (5, 4, Err(NoTarget::Days { needed: 10, found: 5 })),
        (10, 2, Ok(Basis::Provisional)),
        (20, 1, Ok(Basis::Provisional)),
        (39, 2, Ok(Basis::Provisional)),
        (40, 2, Ok(Basis::Cumulative)),
    ] {
        assert_eq!(
            target(LOT, &chart(days, a_day), &policy(), None).map(|target| target.basis()),
            expected,
            "{a_day} on {days} days"
        );
    }
    let found = target(LOT, &chart(10, 2), &policy(), None).unwrap();
    assert!((found.mean() - 100.0).abs() < 1e-12);
    assert!((found.sd() - (20.0_f64 / 19.0).sqrt()).abs() < 1e-12);
}

#[test]
fn a_rejected_point_counts_unless_it_has_a_cause() {
    let mut values = chart(10, 2);
    values.push(Charted { rejected: true, ..on(date(2026, 2, 1), 130.0) });
    let with = statistics(&values).unwrap();
    assert_eq!(with.n(), 21);
    assert!(with.mean() > 101.0);
    values[20].cause = Cause::new("wrong vial");
    let without = statistics(&values).unwrap();
    assert_eq!((without.n(), without.mean()), (20, 100.0));
    // It has left the statistics, not the chart.
    assert_eq!((values.len(), values[20].cause.as_ref().unwrap().text()), (21, "wrong vial"));
}

#[test]
fn a_cause_needs_words() {
    assert_eq!(Cause::new("  "), None);
    assert!(serde_json::from_str::<Cause>("\"\"").is_err());
    assert_eq!(serde_json::from_str::<Cause>("\" short sample \"").unwrap().text(), "short sample");
}

#[test]
fn a_new_lot_takes_its_own_mean_and_the_cv_of_the_lots_before() {
    // Two lots of CV 2 % (n 21) and 4 % (n 11), pooled: sqrt((20*4 + 10*16)/30) = 2.8284 %.
    let lot = |mean: f64, cv: f64, n: usize| {
        let half = (n - 1) / 2;
        let d = mean * cv * ((n - 1) as f64 / (2 * half) as f64).sqrt();
        let values: Vec<f64> = (0..half).flat_map(|_| [mean - d, mean + d]).chain([mean]).collect();
        Summary::of(&values).unwrap()
    };
    let cv = historical_cv(&[lot(100.0, 0.02, 21), lot(5.0, 0.04, 11)]).unwrap();
    assert!((cv - 8e-4_f64.sqrt()).abs() < 1e-12, "{cv}");

    let found = target(LOT, &chart(10, 1), &policy(), Some(cv)).unwrap();
    assert_eq!((found.basis(), found.mean()), (Basis::Carried, 100.0));
    assert!((found.sd() - 100.0 * cv).abs() < 1e-12);
    assert!((found.cv().unwrap() - cv).abs() < 1e-12);
    assert_eq!(target(LOT, &chart(9, 1), &policy(), Some(cv)), Err(NoTarget::Values { needed: 10, found: 9 }));
    assert_eq!(target(LOT, &chart(40, 2), &policy(), Some(cv)).unwrap().basis(), Basis::Cumulative);
}

#[test]
fn what_gives_no_target_is_named() {
    let constant: Vec<Charted> = chart(20, 1).into_iter().map(|c| Charted { value: 4.2, ..c }).collect();
    assert_eq!(target(LOT, &constant, &policy(), None), Err(NoTarget::Unfit(Unfit::NoSpread)));
    let below: Vec<Charted> = chart(20, 1).into_iter().map(|c| Charted { value: -c.value, ..c }).collect();
    assert_eq!(target(LOT, &below, &policy(), Some(0.02)), Err(NoTarget::Unfit(Unfit::NotPositive { index: 0 })));
    let mut nan = chart(20, 1);
    nan[3].value = f64::NAN;
    assert_eq!(target(LOT, &nan, &policy(), None), Err(NoTarget::Unfit(Unfit::NotFinite { index: 3 })));
    for cv in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(
            target(LOT, &chart(20, 1), &policy(), Some(cv)),
            Err(NoTarget::Unfit(Unfit::Setting("the carried CV")))
        );
    }
    assert_eq!(target(LOT, &[], &policy(), None), Err(NoTarget::Values { needed: 20, found: 0 }));
    assert_eq!(statistics(&[]), Err(Unfit::Empty));
    assert_eq!(historical_cv(&[]), Err(Unfit::Empty));
    assert_eq!(historical_cv(&[Summary::of(&[1.0]).unwrap()]), Err(Unfit::TooFew { needed: 2, found: 1 }));
    assert_eq!(historical_cv(&[Summary::of(&[-1.0, 1.0]).unwrap()]), Err(Unfit::NotPositive { index: 0 }));
}

#[test]
fn z_is_the_distance_in_sd() {
    let glucose = Target::new(LOT, 5.0, 0.25, Basis::Assigned).unwrap();
    assert_eq!(glucose.z(5.5), Ok(2.0));
    assert_eq!(glucose.z(4.25), Ok(-3.0));
    assert_eq!(glucose.z(f64::NAN), Err(NoZ::NoNumber));
    assert_eq!(Control::new(1, LOT, Some(5.5), Some(&glucose)).z, Ok(2.0));
    for (mean, sd, error) in [
        (5.0, 0.0, Unfit::NoSpread),
        (5.0, -1.0, Unfit::NoSpread),
        (f64::NAN, 1.0, Unfit::NotFinite { index: 0 }),
        (5.0, f64::INFINITY, Unfit::NotFinite { index: 1 }),
    ] {
        assert_eq!(Target::new(LOT, mean, sd, Basis::Assigned), Err(error));
    }
    assert_eq!(Target::new(LOT, 0.0, 1.0, Basis::Assigned).unwrap().cv(), Err(Unfit::NotPositive { index: 0 }));
}

#[test]
fn a_point_on_a_limit_is_not_beyond_it() {
    // Means and SDs of two decimals as they are read from text; all values at whole and half SDs that are decimals too, and the next
    // decimal further out.
    let read = |hundredths: i64| Decimal::new(hundredths, 2).to_string().parse::<f64>().unwrap();
    let finer = |hundredths: i64, millionths: i64| {
        (Decimal::new(hundredths, 2) + Decimal::new(millionths, 6)).to_string().parse::<f64>().unwrap()
    };
    for mean in (1..40).chain((400..20_000).step_by(97)) {
        for sd in (1..60).chain([100, 125, 250, 333]) {
            let target = Target::new(LOT, read(mean), read(sd), Basis::Assigned).unwrap();
            for sds in [-3, -2, -1, 0, 1, 2, 3] {
                let out = if sds < 0 { -1 } else { 1 };
                let z = |value: f64| target.z(value).unwrap();
                let limit = f64::from(sds);
                assert_eq!(z(read(mean + i64::from(sds) * sd)), limit, "{mean} {sd} {sds}");
                let (beyond, just) =
                    (z(read(mean + i64::from(sds) * sd + out)), z(finer(mean + i64::from(sds) * sd, out)));
                assert!(beyond.abs() > limit.abs() && just.abs() > limit.abs(), "{mean} {sd} {sds}: {beyond} {just}");
            }
            if sd % 2 == 0 {
                assert_eq!(target.z(read(mean + 5 * sd / 2)), Ok(2.5), "{mean} {sd}");
            }
        }
    }
    // Far out nothing is moved, and an SD that is lost beside its mean is no target.
    let target = Target::new(LOT, 5.0, 0.25, Basis::Assigned).unwrap();
    assert_eq!(target.z(1e300), Ok(4e300));
    assert_eq!(target.z(f64::MAX), Err(NoZ::NoNumber));
    assert_eq!(Target::new(LOT, 1e12, 1.0, Basis::Assigned), Err(Unfit::Range));
}

#[test]
fn a_target_of_another_lot_or_material_gives_no_z() {
    let target = Target::new(LOT, 5.0, 0.25, Basis::Assigned).unwrap();
    assert_eq!(target.lot(), LOT);
    for (lot, z) in [
        (LOT, Ok(2.0)),
        (Lot { number: 10, ..LOT }, Err(NoZ::WrongLot)),
        (Lot { material: 2, ..LOT }, Err(NoZ::WrongMaterial)),
        (Lot { material: 2, number: 10 }, Err(NoZ::WrongMaterial)),
    ] {
        assert_eq!(Control::new(1, lot, Some(5.5), Some(&target)).z, z);
    }
}

#[test]
fn a_policy_asks_for_more_from_step_to_step() {
    let enough = |values, days| Enough { values, days };
    let refused = Err(NoTarget::Unfit(Unfit::Setting("the policy for targets")));
    assert_eq!(policy().check(), Ok(()));
    for (parallel, provisional, cumulative) in [
        (enough(1, 1), enough(20, 10), enough(60, 40)),
        (enough(0, 0), enough(0, 0), enough(0, 0)),
        (enough(10, 0), enough(20, 10), enough(60, 40)),
        (enough(21, 10), enough(20, 10), enough(60, 40)),
        (enough(10, 11), enough(20, 10), enough(60, 40)),
        (enough(10, 10), enough(20, 10), enough(19, 40)),
        (enough(10, 10), enough(20, 10), enough(60, 9)),
    ] {
        let policy = TargetPolicy { parallel, provisional, cumulative, ..policy() };
        assert_eq!(target(LOT, &chart(40, 2), &policy, None), refused, "{policy:?}");
    }
    let least =
        TargetPolicy { parallel: enough(2, 1), provisional: enough(2, 1), cumulative: enough(2, 1), ..policy() };
    assert_eq!(least.check(), Ok(()));
}

#[test]
fn the_cv_of_very_small_and_very_large_values_is_held_or_named() {
    let lot = |scale: f64| Summary::of(&[0.99 * scale, 1.01 * scale]).unwrap();
    for scale in [1e-150, 1.0, 1e150] {
        let cv = historical_cv(&[lot(scale)]).unwrap();
        assert!((cv - 0.02 / 2.0_f64.sqrt()).abs() < 1e-12, "{scale}: {cv}");
    }
    // The square of this mean overflows, and the CV with it would be zero.
    let large = Summary::of(&[1e160 - 1e153, 1e160 + 1e153]).unwrap();
    assert!((historical_cv(&[large]).unwrap() / (2.0_f64.sqrt() * 1e-7) - 1.0).abs() < 1e-6);
    // The square of this CV cannot be held.
    let wide = Summary::of(&[-1e150, 1e150, 3e-160]).unwrap();
    assert_eq!(historical_cv(&[wide]), Err(Unfit::Range));
}

#[test]
fn a_policy_is_data() {
    let text = r#"
        source = "QC-P-04, version 2"
        provisional = { values = 20, days = 20 }
        parallel = { values = 10, days = 10 }
        cumulative = { values = 120, days = 90 }
    "#;
    let policy: TargetPolicy = toml::from_str(text).unwrap();
    assert_eq!(policy.cumulative, Enough { values: 120, days: 90 });
    assert!(toml::from_str::<TargetPolicy>(&text.replace("days = 90", "weeks = 13")).is_err());
}

proptest! {
    #[test]
    fn z_does_not_depend_on_the_unit(mean in 1.0..500.0_f64, cv in 0.005..0.3_f64, z in -6.0..6.0_f64, factor in 0.01..100.0_f64) {
        let value = mean * (1.0 + z * cv);
        let one = Target::new(LOT, mean, cv * mean, Basis::Assigned).unwrap().z(value).unwrap();
        let other = Target::new(LOT, mean * factor, cv * mean * factor, Basis::Assigned).unwrap().z(value * factor).unwrap();
        prop_assert!((one - z).abs() < 1e-9 && (other - z).abs() < 1e-9);
    }

    #[test]
    fn the_order_of_a_chart_does_not_matter(mut values in prop::collection::vec(90.0..110.0_f64, 20..40)) {
        let chart = |values: &[f64]| (0..).zip(values).map(|(n, v)| on(date(2026, 3, 1).checked_add((n % 20).days()).unwrap(), *v)).collect::<Vec<_>>();
        let before = target(LOT, &chart(&values), &policy(), None).unwrap();
        values.reverse();
        let after = target(LOT, &chart(&values), &policy(), None).unwrap();
        prop_assert!((before.mean() - after.mean()).abs() < 1e-9 && (before.sd() - after.sd()).abs() < 1e-9);
    }
}
