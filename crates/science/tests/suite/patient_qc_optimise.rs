//! Limits from daily extremes, patients to detection, false alarms, and the ranking of settings.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use titer_science::Unfit;
use titer_science::patient_qc::{
    AnalyticalError, Beyond, Bounds, BoxCox, DayStart, Limit, Limits, Measure, Settings, Statistic, Study,
    daily_extremes, evaluate, grid, optimise,
};
use titer_science::statistics::{normal_cdf, normal_draw};

const SINGLE: Statistic = Statistic::MovingMean { block: 1 };

fn settings(statistic: Statistic) -> Settings {
    Settings { bounds: None, box_cox: None, statistic, day_start: DayStart::Continue, left_out_max: None }
}

/// Days of normal results.
fn normal_days(days: usize, a_day: usize, mean: f64, sd: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    (0..days).map(|_| (0..a_day).map(|_| mean + sd * normal_draw(&mut rng)).collect()).collect()
}

fn study<'a>(training: &'a [Vec<f64>], validation: &'a [Vec<f64>], error: AnalyticalError) -> Study<'a> {
    Study {
        training,
        validation,
        outside: 0.05,
        false_alarms_max: 0.1,
        error,
        errors: 1000,
        follow: 400,
        measure: Measure::Average,
        seed: 1,
    }
}

#[test]
fn limits_are_quantiles_of_the_daily_extremes() {
    // Days with lowest 0..=20 and highest 100..=120: type 7 at 5 % and 95 % of 21 days is the second and the last but one.
    let days: Vec<Vec<f64>> = (0..=20).map(|day| vec![50.0, f64::from(day), f64::from(100 + day), 60.0]).collect();
    let expected: Vec<(f64, f64)> = (0..=20).map(|day| (f64::from(day), f64::from(100 + day))).collect();
    assert_eq!(daily_extremes(&settings(SINGLE), &days).unwrap(), expected);
    let limits = Limits::of_daily_extremes(&settings(SINGLE), &days, 0.1).unwrap();
    assert_eq!(limits, Limits { low: Some(1.0), high: Some(119.0) });
    let widest = Limits::of_daily_extremes(&settings(SINGLE), &days, 0.0).unwrap();
    assert_eq!(widest, Limits { low: Some(0.0), high: Some(120.0) });
    assert_eq!((limits.beyond(0.9), limits.beyond(1.0)), (Some(Limit::Low), None));
    assert_eq!((limits.beyond(119.1), limits.beyond(119.0)), (Some(Limit::High), None));
}

#[test]
fn a_day_counts_by_the_statistics_renewed_on_it() {
    let days = [vec![1.0, 2.0], vec![], vec![9.0], vec![4.0, 5.0, 9.0]];
    let of = |day_start| {
        let settings = Settings { day_start, ..settings(Statistic::MovingMean { block: 3 }) };
        daily_extremes(&settings, &days).unwrap()
    };
    assert_eq!(of(DayStart::Continue), [(4.0, 4.0), (5.0, 6.0)]);
    assert_eq!(of(DayStart::Restart), [(6.0, 6.0)]);
}

#[test]
fn limits_need_ordinary_days() {
    let one = settings(SINGLE);
    let limits = |days: &[Vec<f64>], outside| Limits::of_daily_extremes(&one, days, outside);
    assert_eq!(limits(&[], 0.1), Err(Unfit::TooFew { needed: 2, found: 0 }));
    assert_eq!(limits(&[vec![1.0, 2.0]], 0.1), Err(Unfit::TooFew { needed: 2, found: 1 }));
    assert_eq!(limits(&[vec![1.0], vec![2.0, f64::NAN]], 0.1), Err(Unfit::NotFinite { index: 2 }));
    assert_eq!(limits(&[vec![3.0; 9], vec![3.0; 9]], 0.1), Err(Unfit::NoSpread));
    for outside in [-0.1, 1.0, f64::NAN] {
        let unfit = Unfit::Setting("the share of days outside the limits");
        assert_eq!(limits(&[vec![1.0], vec![2.0]], outside), Err(unfit));
    }
    let logarithm = Settings { box_cox: Some(BoxCox { lambda: 0.0 }), ..one };
    let days = [vec![1.0, 2.0], vec![0.0]];
    assert_eq!(Limits::of_daily_extremes(&logarithm, &days, 0.1), Err(Unfit::NotPositive { index: 2 }));
}

/// Of a geometric distribution with chance p: the mean, and the first number by which a share is reached.
fn geometric(p: f64) -> (f64, impl Fn(f64) -> f64) {
    (1.0 / p, move |share: f64| ((1.0 - share).ln() / (1.0 - p).ln()).ceil())
}

#[test]
fn patients_to_detection_are_those_of_the_closed_form() {
    // A block of one is a Shewhart chart: each patient is beyond 2 SD with a known chance.
    let training = normal_days(2, 50, 10.0, 1.0, 1);
    let validation = normal_days(400, 500, 10.0, 1.0, 2);
    let limits = Limits { low: Some(8.0), high: Some(12.0) };
    let two_sided = |shift: f64, sd: f64| normal_cdf((-2.0 - shift) / sd) + normal_cdf((-2.0 + shift) / sd);
    let in_control = two_sided(0.0, 1.0);
    for (error, chance) in [
        (AnalyticalError::Constant(1.0), two_sided(1.0, 1.0)),
        (AnalyticalError::Constant(-0.5), two_sided(0.5, 1.0)),
        (AnalyticalError::Proportional(0.1), normal_cdf(-2.0 / 1.1 + 1.0 / 1.1) + normal_cdf((-2.0 - 1.0) / 1.1)),
        (AnalyticalError::AddedSd(1.0), two_sided(0.0, 2.0_f64.sqrt())),
    ] {
        let study = Study { errors: 20_000, ..study(&training, &validation, error) };
        let outcome = evaluate(&study, settings(SINGLE), limits).unwrap();
        let (mean, reached) = geometric(chance);
        assert!((outcome.average.number / mean - 1.0).abs() < 0.03, "{error:?}: {:?}, {mean}", outcome.average);
        assert!((outcome.median.number - reached(0.5)).abs() <= 1.0, "{error:?}: {:?}", outcome.median);
        assert!((outcome.p95.number / reached(0.95) - 1.0).abs() < 0.06, "{error:?}: {:?}", outcome.p95);
        assert_eq!((outcome.undetected, outcome.p95.at_least), (0, false));
        assert_eq!(outcome.days, 400);
    }
    // About 500 results a day are in control with a chance of 0.9545 each: no day without a false alarm.
    assert!((1.0 - in_control).powi(500) < 1e-9);
    // Within 4 SD most days are.
    let study = study(&training, &validation, AnalyticalError::Constant(1.0));
    let outcome = evaluate(&study, settings(SINGLE), Limits { low: Some(6.5), high: Some(13.5) }).unwrap();
    let expected = 1.0 - (1.0 - 2.0 * normal_cdf(-3.5)).powi(500);
    let error = (expected * (1.0 - expected) / 400.0_f64).sqrt();
    assert!((outcome.false_alarms() - expected).abs() < 4.0 * error, "{} for {expected}", outcome.false_alarms());
}

#[test]
fn a_proportional_added_cv_widens_by_the_result() {
    let training = normal_days(2, 50, 10.0, 1.0, 1);
    let validation = normal_days(100, 500, 10.0, 1.0, 2);
    let limits = Limits { low: Some(8.0), high: Some(12.0) };
    let outcome = |error| {
        let study = Study { errors: 5_000, ..study(&training, &validation, error) };
        evaluate(&study, settings(SINGLE), limits).unwrap().average.number
    };
    // Around 10 with SD 1, a CV of 10 % adds an SD of √(0.1²·(10² + 1)) ≈ 1.005.
    let (by_sd, by_cv) = (outcome(AnalyticalError::AddedSd(1.005)), outcome(AnalyticalError::AddedCv(0.1)));
    assert!((by_sd / by_cv - 1.0).abs() < 0.05, "{by_sd} {by_cv}");
}

#[test]
fn errors_that_are_not_detected_are_said_to_be() {
    let training = normal_days(2, 50, 10.0, 1.0, 1);
    let validation = normal_days(20, 100, 10.0, 1.0, 2);
    let study = Study { follow: 30, ..study(&training, &validation, AnalyticalError::Constant(0.01)) };
    let outcome = evaluate(&study, settings(SINGLE), Limits { low: Some(-90.0), high: Some(90.0) }).unwrap();
    assert_eq!((outcome.undetected, outcome.days_with_false_alarm), (1000, 0));
    for patients in [outcome.average, outcome.median, outcome.p95] {
        assert_eq!((patients.number, patients.at_least), (30.0, true));
    }
    // Half of the errors detected: the median may be known where the average is not.
    let limits = Limits { low: None, high: Some(12.0) };
    let outcome = evaluate(&study, settings(SINGLE), limits).unwrap();
    assert!(outcome.undetected > 300 && outcome.undetected < 700, "{}", outcome.undetected);
    assert!(outcome.average.at_least && outcome.p95.at_least);
    assert_eq!(outcome.median.at_least, outcome.undetected >= 500);
}

#[test]
fn greater_errors_are_found_sooner() {
    let training = normal_days(40, 200, 140.0, 2.5, 3);
    let validation = normal_days(40, 200, 140.0, 2.5, 4);
    for statistic in [
        Statistic::MovingMean { block: 20 },
        Statistic::MovingMedian { block: 20 },
        Statistic::Ewma { weight: 0.1, warm_up: 20, start: None },
        Statistic::Bull { batch: 20, exponent: 0.5, start: None },
    ] {
        let found = [1.0, 2.0, 4.0].map(|bias| {
            let study = study(&training, &validation, AnalyticalError::Constant(bias));
            let ranking = optimise(&Study { false_alarms_max: 1.0, ..study }, &[settings(statistic)]).unwrap();
            ranking.ranked[0].average.number
        });
        assert!(found[0] > found[1] && found[1] > found[2], "{statistic:?}: {found:?}");
    }
    // Less precision is what a moving SD is for.
    let study = study(&training, &validation, AnalyticalError::AddedSd(5.0));
    let both = [Statistic::MovingSd { block: 20 }, Statistic::MovingMean { block: 20 }].map(settings);
    let ranking = optimise(&Study { false_alarms_max: 1.0, ..study }, &both).unwrap();
    assert_eq!(ranking.ranked[0].settings, both[0]);
}

#[test]
fn an_error_that_leaves_all_results_out_is_detected_by_their_number() {
    let (training, validation) = (normal_days(30, 100, 140.0, 2.5, 5), normal_days(30, 100, 140.0, 2.5, 6));
    let bounds = Some(Bounds { low: Some(100.0), high: Some(180.0), beyond: Beyond::Truncate });
    let study = study(&training, &validation, AnalyticalError::Proportional(-0.9));
    let with = |left_out_max| {
        let settings = Settings { bounds, left_out_max, ..settings(Statistic::MovingMean { block: 20 }) };
        optimise(&study, &[settings]).unwrap().ranked.remove(0)
    };
    assert_eq!(with(None).undetected, 1000, "the statistic stands");
    let limited = with(Some(9));
    assert_eq!((limited.undetected, limited.average.number, limited.p95.number), (0, 10.0, 10.0));
}

#[test]
fn settings_are_ranked_and_the_others_named() {
    let training = normal_days(60, 150, 140.0, 2.5, 3);
    let validation = normal_days(60, 150, 140.0, 2.5, 4);
    let bounds = Bounds::at_shares(&training.concat(), 0.01, 0.99, Beyond::Winsorise).unwrap();
    let statistics = [5, 20, 60].map(|block| Statistic::MovingMean { block });
    let mut tried = grid(&statistics, &[None, Some(bounds)], &[None], DayStart::Continue, None);
    assert_eq!(tried.len(), 6);
    tried.push(settings(Statistic::MovingMean { block: 0 }));
    tried.push(settings(Statistic::Bull { batch: 100_000, exponent: 0.5, start: None }));
    for measure in [Measure::Average, Measure::Median, Measure::P95] {
        let study = Study { measure, ..study(&training, &validation, AnalyticalError::Constant(2.0)) };
        let ranking = optimise(&study, &tried).unwrap();
        let unfit = [(tried[6], Unfit::Setting("the block")), (tried[7], Unfit::TooFew { needed: 2, found: 0 })];
        assert_eq!(ranking.unfit, unfit);
        assert_eq!(ranking.ranked.len() + ranking.too_many_false_alarms.len(), 6);
        assert!(!ranking.ranked.is_empty());
        assert!(ranking.ranked.iter().all(|outcome| outcome.false_alarms() <= 0.1));
        assert!(ranking.too_many_false_alarms.iter().all(|outcome| outcome.false_alarms() > 0.1));
        let number = |outcome: &titer_science::patient_qc::Outcome| match measure {
            Measure::Average => outcome.average.number,
            Measure::Median => outcome.median.number,
            Measure::P95 => outcome.p95.number,
        };
        assert!(ranking.ranked.is_sorted_by_key(number));
        // What was found stands when it is tried again with the same limits.
        let best = &ranking.ranked[0];
        assert_eq!(evaluate(&study, best.settings, best.limits).as_ref(), Ok(best));
        // No false alarm allowed, none ranked with one.
        let strict = optimise(&Study { false_alarms_max: 0.0, ..study }, &tried).unwrap();
        assert!(strict.ranked.iter().all(|outcome| outcome.days_with_false_alarm == 0));
    }
}

#[test]
fn the_seed_is_all_the_chance_there_is() {
    let training = normal_days(20, 100, 140.0, 2.5, 3);
    let validation = normal_days(20, 100, 140.0, 2.5, 4);
    let tried = [settings(Statistic::MovingMean { block: 10 })];
    let with = |seed| {
        let study =
            Study { false_alarms_max: 1.0, seed, ..study(&training, &validation, AnalyticalError::AddedCv(0.05)) };
        optimise(&study, &tried).unwrap()
    };
    assert_eq!(with(7), with(7));
    assert_ne!(with(7).ranked[0].average, with(8).ranked[0].average);
}

#[test]
fn a_study_that_cannot_be_run_is_named() {
    let training = normal_days(3, 100, 140.0, 2.5, 3);
    let validation = normal_days(6, 100, 140.0, 2.5, 4);
    let good = study(&training, &validation, AnalyticalError::Constant(1.0));
    let tried = [settings(SINGLE)];
    assert!(optimise(&good, &tried).is_ok());
    let faulty = [vec![1.0; 500], vec![f64::NAN]];
    let setting = Unfit::Setting;
    for (study, unfit) in [
        (Study { training: &[], ..good }, Unfit::Empty),
        (Study { training: &faulty, ..good }, Unfit::NotFinite { index: 500 }),
        (Study { validation: &[], ..good }, Unfit::Empty),
        (Study { validation: &faulty, ..good }, Unfit::NotFinite { index: 500 }),
        (Study { validation: &training, ..good }, Unfit::TooFew { needed: 401, found: 300 }),
        (Study { training: &validation, ..good }, setting("the validation (it is the training)")),
        (Study { errors: 0, ..good }, setting("how many errors set in")),
        (Study { follow: 0, ..good }, setting("how many patients an error is followed for")),
        (Study { false_alarms_max: f64::NAN, ..good }, setting("the share of days with a false alarm")),
        (Study { error: AnalyticalError::Constant(0.0), ..good }, setting("the analytical error")),
        (Study { error: AnalyticalError::Proportional(f64::NAN), ..good }, setting("the analytical error")),
        (Study { error: AnalyticalError::AddedSd(-1.0), ..good }, setting("the analytical error")),
    ] {
        assert_eq!(optimise(&study, &tried), Err(unfit));
    }
    let limits = Limits { low: None, high: None };
    assert_eq!(evaluate(&good, tried[0], limits), Err(setting("a control limit")));
    // A share outside that makes no limits is a fault of the settings tried with it.
    let ranking = optimise(&Study { outside: 1.0, ..good }, &tried).unwrap();
    assert_eq!(ranking.unfit, [(tried[0], setting("the share of days outside the limits"))]);
}

proptest! {
    #[test]
    fn wider_shares_make_narrower_limits(
        days in prop::collection::vec(prop::collection::vec(-10.0..10.0, 5..15), 5..20),
        share in 0.0..0.4,
        more in 0.0..0.4,
    ) {
        let limits = |outside| Limits::of_daily_extremes(&settings(SINGLE), &days, outside);
        if let (Ok(wide), Ok(narrow)) = (limits(share), limits(share + more)) {
            prop_assert!(narrow.low >= wide.low && narrow.high <= wide.high);
        }
    }
}
