//! The statistics of patient-based quality control, result by result.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use titer_science::patient_qc::{
    Answer, BLOCK_MAX, Beyond, Bounds, BoxCox, DayStart, Detector, Limit, Limits, Settings, Statistic,
};
use titer_science::statistics::{mean, median, normal_draw, sd};
use titer_science::{Reported, Unfit};

const BULL: Statistic = Statistic::Bull { batch: 5, exponent: 0.5, start: Some(90.0) };

fn settings(statistic: Statistic) -> Settings {
    Settings { bounds: None, box_cox: None, statistic, day_start: DayStart::Continue, left_out_max: None }
}

fn detector(settings: Settings) -> Detector {
    Detector::new(settings, Limits { low: Some(-1e300), high: Some(1e300) }).unwrap()
}

/// The statistic after each result.
fn followed(settings: Settings, results: &[f64]) -> Vec<Option<f64>> {
    let mut detector = detector(settings);
    let value = |answer| match answer {
        Answer::NotYet | Answer::LeftOut { .. } => None,
        Answer::InControl { statistic } | Answer::OutOfControl { statistic, .. } => Some(statistic),
    };
    results.iter().map(|result| value(detector.accept(*result).unwrap())).collect()
}

fn last(settings: Settings, results: &[f64]) -> f64 {
    followed(settings, results).last().unwrap().unwrap()
}

#[test]
fn bull_gives_the_worked_examples() {
    // Sysmex SF-3000 Operator's Manual (1995), figures 6-41 and 6-42: MCV, batches of 5, previous average 90.
    for (batch, expected) in [([92., 84., 54., 95., 88.], 88.46), ([92., 84., 84., 95., 88.], 89.72)] {
        let found = followed(settings(BULL), &batch);
        assert_eq!(found[..4], [None; 4]);
        let average = found[4].unwrap();
        assert!((average - expected).abs() <= 0.005, "{average} for {expected}");
    }
}

#[test]
fn bull_takes_the_next_batch_from_where_it_is() {
    let batch = [92., 84., 84., 95., 88.];
    let twice = [batch, batch].concat();
    let found = followed(settings(BULL), &twice);
    assert_eq!(found[4], found[8], "the average stands until the batch is full");
    let start = found[4];
    let again = followed(settings(Statistic::Bull { batch: 5, exponent: 0.5, start }), &batch);
    assert_eq!(found[9], again[4]);
    // Without a start the first batch's mean is one.
    assert_eq!(last(settings(Statistic::Bull { batch: 5, exponent: 0.5, start: None }), &batch), 88.6);
    // With P = 1 it is the mean of each batch.
    let means = last(settings(Statistic::Bull { batch: 5, exponent: 1.0, start: Some(90.0) }), &batch);
    assert!((means - 88.6).abs() < 1e-12);
}

#[test]
fn ewma_is_what_it_is_defined_as() {
    let start = |start, warm_up| settings(Statistic::Ewma { weight: 0.25, warm_up, start });
    assert_eq!(followed(start(Some(8.0), 0), &[12.0, 9.0]), [Some(9.0), Some(9.0)]);
    assert_eq!(followed(start(Some(8.0), 2), &[12.0, 9.0]), [None, Some(9.0)]);
    assert_eq!(followed(start(None, 2), &[12.0, 4.0, 16.0]), [None, Some(8.0), Some(10.0)]);
    // λ = 1 has no memory.
    let shewhart = settings(Statistic::Ewma { weight: 1.0, warm_up: 1, start: None });
    assert_eq!(followed(shewhart, &[3.0, 7.0]), [Some(3.0), Some(7.0)]);
}

/// The average run length of an EWMA chart from its start, by simulation.
fn run_length(weight: f64, width: f64, shift: f64, runs: usize) -> f64 {
    let limit = width * (weight / (2.0 - weight)).sqrt();
    let limits = Limits { low: Some(-limit), high: Some(limit) };
    let settings = settings(Statistic::Ewma { weight, warm_up: 0, start: Some(0.0) });
    let mut rng = ChaCha12Rng::seed_from_u64(20);
    let mut results = 0;
    for _ in 0..runs {
        let mut detector = Detector::new(settings, limits).unwrap();
        loop {
            results += 1;
            if let Answer::OutOfControl { .. } = detector.accept(shift + normal_draw(&mut rng)).unwrap() {
                break;
            }
        }
    }
    results as f64 / runs as f64
}

#[test]
fn ewma_has_the_published_run_lengths() {
    // Lucas & Saccucci 1990, Technometrics 32:1-12, as tabled in Montgomery's Introduction to Statistical Quality Control (written from
    // knowledge, not read here): λ and width of limits in SDs, shift in SDs, average run length.
    for (weight, width, shift, expected) in [
        (0.10, 2.814, 0.5, 31.3),
        (0.10, 2.814, 1.0, 10.3),
        (0.10, 2.814, 2.0, 4.36),
        (0.20, 2.962, 1.0, 10.5),
        (0.40, 3.054, 1.0, 14.3),
        (0.40, 3.054, 2.0, 3.5),
    ] {
        let found = run_length(weight, width, shift, 20_000);
        assert!((found / expected - 1.0).abs() < 0.025, "λ {weight}, shift {shift}: {found}, published {expected}");
    }
    let in_control = run_length(0.10, 2.814, 0.0, 2_000);
    assert!((in_control / 500.0 - 1.0).abs() < 0.07, "{in_control}, published 500");
}

#[test]
fn answers_name_the_limit_and_the_statistic() {
    let limits = Limits { low: Some(9.0), high: Some(11.0) };
    let mut detector = Detector::new(settings(Statistic::MovingMean { block: 2 }), limits).unwrap();
    assert_eq!(detector.answer(), Answer::NotYet);
    for (result, answer) in [
        (10.0, Answer::NotYet),
        (12.0, Answer::InControl { statistic: 11.0 }), // on a limit
        (11.0, Answer::OutOfControl { statistic: 11.5, limit: Limit::High }),
        (7.0, Answer::InControl { statistic: 9.0 }),
        (10.0, Answer::OutOfControl { statistic: 8.5, limit: Limit::Low }),
    ] {
        assert_eq!(detector.accept(result), Ok(answer), "{result}");
        assert_eq!(detector.answer(), answer);
    }
    detector.restart();
    assert_eq!(detector.answer(), Answer::NotYet);
    assert_eq!(detector.accept(10.0), Ok(Answer::NotYet));
    // One limit is enough.
    let spread = Limits { low: None, high: Some(1.0) };
    let mut detector = Detector::new(settings(Statistic::MovingSd { block: 2 }), spread).unwrap();
    assert_eq!(detector.accept(1.0), Ok(Answer::NotYet));
    assert_eq!(detector.accept(1.0), Ok(Answer::InControl { statistic: 0.0 }));
    assert!(matches!(detector.accept(9.0), Ok(Answer::OutOfControl { limit: Limit::High, .. })));
}

#[test]
fn a_new_day_restarts_only_where_it_was_so_set() {
    let limits = Limits { low: Some(0.0), high: Some(1.0) };
    for (day_start, expected) in
        [(DayStart::Continue, Answer::InControl { statistic: 0.5 }), (DayStart::Restart, Answer::NotYet)]
    {
        let settings = Settings { day_start, ..settings(Statistic::MovingMedian { block: 2 }) };
        let mut detector = Detector::new(settings, limits).unwrap();
        detector.accept(0.0).unwrap();
        detector.new_day();
        assert_eq!(detector.accept(1.0), Ok(expected));
    }
}

#[test]
fn results_beyond_bounds_are_left_out_or_winsorised() {
    let mean = Statistic::MovingMean { block: 2 };
    let bounded =
        |beyond| Settings { bounds: Some(Bounds { low: Some(2.0), high: Some(10.0), beyond }), ..settings(mean) };
    let results = [4.0, 6.0, 99.0, 10.0, 1.0];
    let some = |values: [f64; 4]| [None, Some(values[0]), Some(values[1]), Some(values[2]), Some(values[3])];
    assert_eq!(followed(bounded(Beyond::Truncate), &results), some([5.0, 5.0, 8.0, 8.0]));
    assert_eq!(followed(bounded(Beyond::Winsorise), &results), some([5.0, 8.0, 10.0, 6.0]));
    let training: Vec<f64> = (0..=100).map(f64::from).collect();
    let bounds = Bounds::at_shares(&training, 0.05, 0.95, Beyond::Winsorise).unwrap();
    assert_eq!((bounds.low, bounds.high), (Some(5.0), Some(95.0)));
}

#[test]
fn a_gross_failure_that_leaves_no_result_within_bounds_is_not_in_control() {
    // Sodium that falls to zero: every result is truncated, and the mean stands at 140.
    let bounds = Some(Bounds { low: Some(100.0), high: Some(180.0), beyond: Beyond::Truncate });
    let limits = Limits { low: Some(138.0), high: Some(142.0) };
    let of = |left_out_max, statistic| {
        let mut detector = Detector::new(Settings { bounds, left_out_max, ..settings(statistic) }, limits).unwrap();
        detector.accept(140.0).unwrap();
        detector
    };
    let mean = Statistic::MovingMean { block: 1 };
    let standing = Ok(Answer::InControl { statistic: 140.0 });
    let mut limited = of(Some(2), mean);
    for (result, answer) in [
        (0.0, standing),
        (0.0, standing),
        (0.0, Ok(Answer::LeftOut { results: 3 })),
        (0.0, Ok(Answer::LeftOut { results: 4 })),
        (141.0, Ok(Answer::InControl { statistic: 141.0 })),
        (0.0, Ok(Answer::InControl { statistic: 141.0 })),
    ] {
        assert_eq!(limited.accept(result), answer);
        assert_eq!(Ok(limited.answer()), answer);
    }
    // A result that is refused is neither left out nor counted.
    assert_eq!(limited.accept(f64::NAN), Err(Unfit::NotFinite { index: 0 }));
    assert_eq!(limited.left_out(), 1);
    limited.restart();
    assert_eq!((limited.left_out(), limited.answer()), (0, Answer::NotYet));
    // Before the first statistic it is named too, so that a failure during the warm-up is not "not yet" for ever.
    for result in [0.0, 0.0] {
        assert_eq!(limited.accept(result), Ok(Answer::NotYet));
    }
    assert_eq!(limited.accept(0.0), Ok(Answer::LeftOut { results: 3 }));
    // Without a limit the answer stands, and the number is there for the caller to limit.
    let mut unlimited = of(None, mean);
    for left_out in 1..=1000 {
        assert_eq!((unlimited.accept(0.0), unlimited.left_out()), (standing, left_out));
    }
    // Within a batch of Bull's, results that count do not renew the statistic, and end nothing.
    let mut batch = of(Some(1), Statistic::Bull { batch: 3, exponent: 0.5, start: Some(140.0) });
    assert_eq!(batch.accept(0.0), Ok(Answer::NotYet));
    assert_eq!(batch.accept(140.0), Ok(Answer::NotYet));
    assert_eq!(batch.accept(0.0), Ok(Answer::LeftOut { results: 2 }));
    assert_eq!(batch.accept(140.0), standing);
    // Winsorised results are not left out.
    let winsorised = Some(Bounds { low: Some(100.0), high: Some(180.0), beyond: Beyond::Winsorise });
    let settings = Settings { bounds: winsorised, left_out_max: Some(0), ..settings(mean) };
    let mut detector = Detector::new(settings, limits).unwrap();
    assert_eq!(detector.accept(0.0), Ok(Answer::OutOfControl { statistic: 100.0, limit: Limit::Low }));
    assert_eq!(detector.left_out(), 0);
}

#[test]
fn censored_results_count_where_they_are_certainly_beyond_a_bound() {
    let reported = |beyond, result: &str| {
        let bounds = Some(Bounds { low: Some(2.0), high: Some(10.0), beyond });
        let mut detector = detector(Settings { bounds, ..settings(Statistic::MovingMean { block: 1 }) });
        detector.accept_reported(&Reported::parse(result))
    };
    let in_control = |statistic| Ok(Answer::InControl { statistic });
    let none = Err(Unfit::NotFinite { index: 0 });
    for (result, winsorised, truncated) in [
        ("4.5", in_control(4.5), in_control(4.5)),
        ("<2", in_control(2.0), Ok(Answer::NotYet)),
        ("<1.5", in_control(2.0), Ok(Answer::NotYet)),
        (">10", in_control(10.0), Ok(Answer::NotYet)),
        (">=11", in_control(10.0), Ok(Answer::NotYet)),
        ("<3", none, none),
        (">9", none, none),
        (">1", none, none),
        ("clotted", none, none),
    ] {
        assert_eq!(reported(Beyond::Winsorise, result), winsorised, "{result}");
        assert_eq!(reported(Beyond::Truncate, result), truncated, "{result}");
    }
    let mut unbounded = detector(settings(Statistic::MovingMean { block: 1 }));
    assert_eq!(unbounded.accept_reported(&Reported::parse("<2")), none);
}

#[test]
fn box_cox_statistics_come_back_in_the_unit_of_the_results() {
    let transformed = |lambda, statistic| Settings { box_cox: Some(BoxCox { lambda }), ..settings(statistic) };
    let mean = Statistic::MovingMean { block: 2 };
    // λ = 0 is the geometric mean, λ = 1 the mean, λ = −1 the harmonic mean.
    for (lambda, expected) in [(0.0, 4.0), (1.0, 5.0), (-1.0, 3.2)] {
        assert!((last(transformed(lambda, mean), &[2.0, 8.0]) - expected).abs() < 1e-12, "{lambda}");
    }
    // A start is in the unit of the results too, and a moving SD is not.
    let start = Some(4.0);
    let ewma = Statistic::Ewma { weight: 0.5, warm_up: 0, start };
    assert!((last(transformed(0.0, ewma), &[4.0]) - 4.0).abs() < 1e-12);
    let bull = Statistic::Bull { batch: 1, exponent: 0.5, start };
    assert!((last(transformed(0.0, bull), &[4.0]) - 4.0).abs() < 1e-12);
    let spread = last(transformed(0.0, Statistic::MovingSd { block: 2 }), &[1.0, 1.0_f64.exp()]);
    assert!((spread - 0.5_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn a_faulty_result_is_named_and_does_not_count() {
    let mut following = detector(settings(Statistic::MovingMean { block: 2 }));
    following.accept(1.0).unwrap();
    for result in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(following.accept(result), Err(Unfit::NotFinite { index: 0 }));
    }
    assert_eq!(following.accept(3.0), Ok(Answer::InControl { statistic: 2.0 }));

    let logarithm = Settings { box_cox: Some(BoxCox { lambda: 0.0 }), ..settings(Statistic::MovingMean { block: 1 }) };
    assert_eq!(detector(logarithm).accept(0.0), Err(Unfit::NotPositive { index: 0 }));

    // An overflow is named, and gone with the results that caused it.
    let mut spread = detector(settings(Statistic::MovingSd { block: 2 }));
    spread.accept(f64::MAX).unwrap();
    assert_eq!(spread.accept(-f64::MAX), Err(Unfit::Range));
    assert_eq!(spread.accept(1.0), Err(Unfit::Range));
    assert_eq!(spread.accept(1.0), Ok(Answer::InControl { statistic: 0.0 }));
}

#[test]
fn settings_out_of_range_are_named() {
    let limits = Limits { low: Some(0.0), high: Some(1.0) };
    let refused = |statistic| Detector::new(settings(statistic), limits).map(|_| ());
    let setting = |name| Err(Unfit::Setting(name));
    for (statistic, name) in [
        (Statistic::MovingMean { block: 0 }, "the block"),
        (Statistic::MovingMedian { block: BLOCK_MAX + 1 }, "the block"),
        (Statistic::MovingSd { block: 1 }, "the block"),
        (Statistic::Ewma { weight: 0.0, warm_up: 1, start: None }, "the weight of the newest result"),
        (Statistic::Ewma { weight: f64::NAN, warm_up: 1, start: None }, "the weight of the newest result"),
        (Statistic::Ewma { weight: 0.1, warm_up: 0, start: None }, "the warm-up"),
        (Statistic::Ewma { weight: 0.1, warm_up: 0, start: Some(f64::NAN) }, "the start"),
        (Statistic::Bull { batch: 0, exponent: 0.5, start: None }, "the batch"),
        (Statistic::Bull { batch: 20, exponent: 0.0, start: None }, "the exponent"),
        (Statistic::Bull { batch: 20, exponent: 0.5, start: Some(f64::INFINITY) }, "the start"),
    ] {
        assert_eq!(refused(statistic), setting(name), "{statistic:?}");
    }
    let mean = settings(Statistic::MovingMean { block: 1 });
    let bounds = Some(Bounds { low: Some(2.0), high: Some(1.0), beyond: Beyond::Truncate });
    assert_eq!(Detector::new(Settings { bounds, ..mean }, limits).map(|_| ()), setting("a bound"));
    let box_cox = Some(BoxCox { lambda: f64::NAN });
    assert_eq!(Detector::new(Settings { box_cox, ..mean }, limits).map(|_| ()), setting("the Box-Cox lambda"));
    for limits in [(None, None), (Some(1.0), Some(0.0)), (Some(f64::NAN), None)] {
        let limits = Limits { low: limits.0, high: limits.1 };
        assert_eq!(Detector::new(mean, limits).map(|_| ()), setting("a control limit"));
    }
    for shares in [(0.5, 0.5), (0.9, 0.1), (f64::NAN, 0.9), (-0.1, 0.9), (0.1, 1.1)] {
        assert!(matches!(Bounds::at_shares(&[1.0], shares.0, shares.1, Beyond::Truncate), Err(Unfit::Setting(_))));
    }
}

#[test]
fn settings_are_readable_data() {
    let text = r#"
        day-start = "restart"
        left-out-max = 30
        [bounds]
        low = 2.0
        beyond = "winsorise"
        [box-cox]
        lambda = 0.5
        [statistic.ewma]
        weight = 0.05
        warm-up = 40
    "#;
    let read: Settings = toml::from_str(text).unwrap();
    let expected = Settings {
        bounds: Some(Bounds { low: Some(2.0), high: None, beyond: Beyond::Winsorise }),
        box_cox: Some(BoxCox { lambda: 0.5 }),
        statistic: Statistic::Ewma { weight: 0.05, warm_up: 40, start: None },
        day_start: DayStart::Restart,
        left_out_max: Some(30),
    };
    assert_eq!(read, expected);
    assert_eq!(toml::from_str::<Settings>(&toml::to_string(&read).unwrap()).unwrap(), read);
    assert!(toml::from_str::<Settings>(&text.replace("warm-up", "warmup")).is_err());
    assert!(toml::from_str::<Settings>(&text.replace("lambda", "lamda")).is_err());
}

/// Each statistic of the last `block` results, from the definition.
fn of_block(statistic: Statistic, block: &[f64]) -> f64 {
    match statistic {
        Statistic::MovingMean { .. } => mean(block).unwrap(),
        Statistic::MovingMedian { .. } => median(block).unwrap(),
        _ => sd(block).unwrap(),
    }
}

fn each_block(block: usize) -> [Statistic; 3] {
    [Statistic::MovingMean { block }, Statistic::MovingMedian { block }, Statistic::MovingSd { block: block.max(2) }]
}

fn close(one: f64, other: f64, scale: f64) -> bool {
    (one - other).abs() <= 1e-12 * scale
}

proptest! {
    #[test]
    fn a_moving_statistic_is_that_of_the_last_block(
        results in prop::collection::vec(prop_oneof![-10.0..10.0, Just(3.0), Just(-0.0), Just(0.0)], 1..80),
        block in 1_usize..20,
    ) {
        for statistic in each_block(block) {
            let n = if matches!(statistic, Statistic::MovingSd { .. }) { block.max(2) } else { block };
            for (place, found) in followed(settings(statistic), &results).into_iter().enumerate() {
                match found {
                    None => prop_assert!(place + 1 < n),
                    Some(found) => {
                        let expected = of_block(statistic, &results[place + 1 - n..=place]);
                        prop_assert!(close(found, expected, 10.0), "{statistic:?} at {place}: {found}, {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_wild_result_leaves_no_trace(mut results in prop::collection::vec(-10.0..10.0, 30..60), wild in 1e100..1e150) {
        let clean = results.clone();
        results[7] = wild;
        for statistic in each_block(9) {
            let (with, without) = (followed(settings(statistic), &results), followed(settings(statistic), &clean));
            for place in 16..results.len() {
                let scale = 10.0;
                prop_assert!(close(with[place].unwrap(), without[place].unwrap(), scale), "{statistic:?} at {place}");
            }
        }
    }

    #[test]
    fn statistics_move_with_shift_and_scale(
        results in prop::collection::vec(-10.0..10.0, 20..40),
        shift in -5.0..5.0,
        scale in 0.1..10.0,
    ) {
        let moved: Vec<f64> = results.iter().map(|r| shift + scale * r).collect();
        let located = |at: f64| [
            Statistic::Ewma { weight: 0.2, warm_up: 3, start: Some(at) },
            Statistic::Bull { batch: 5, exponent: 0.5, start: Some(at) },
            Statistic::MovingMean { block: 6 },
            Statistic::MovingMedian { block: 6 },
        ];
        for (before, after) in located(0.0).into_iter().zip(located(shift)) {
            let expected = shift + scale * last(settings(before), &results);
            let found = last(settings(after), &moved);
            prop_assert!(close(found, expected, 1000.0), "{before:?}: {found}, {expected}");
        }
        let spread = settings(Statistic::MovingSd { block: 6 });
        prop_assert!(close(last(spread, &moved), scale * last(spread, &results), 1000.0));
    }

    #[test]
    fn location_stays_within_the_results(results in prop::collection::vec(0.1..100.0, 20..60), lambda in -2.0..2.0) {
        let (low, high) = results.iter().fold((100.0_f64, 0.1_f64), |(low, high), r| (low.min(*r), high.max(*r)));
        let statistics = [
            Statistic::MovingMean { block: 5 },
            Statistic::MovingMedian { block: 4 },
            Statistic::Ewma { weight: 0.3, warm_up: 2, start: None },
            Statistic::Bull { batch: 4, exponent: 0.5, start: None },
        ];
        for statistic in statistics {
            let settings = Settings { box_cox: Some(BoxCox { lambda }), ..settings(statistic) };
            for found in followed(settings, &results).into_iter().flatten() {
                prop_assert!(found >= low * (1.0 - 1e-9) && found <= high * (1.0 + 1e-9), "{statistic:?}: {found}");
            }
        }
    }
}
