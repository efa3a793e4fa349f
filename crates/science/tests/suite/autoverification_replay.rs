//! A rule set over past results, beside what people did.

use crate::laboratory::*;
use titer_science::{
    Unfit,
    autoverification::{Agreement, Candidate, Decision, Gate, Past},
};

#[test]
fn rates_are_those_of_a_published_evaluation() {
    // Coagulation, first test: 892 held by both, 11,257 released by both, 2,146 held needlessly, none slipped; published are a
    // passing rate of 78.75 %, a sensitivity of 100 % and a specificity of 83.99 % (Wang et al., BMC Med Inform Decis Mak 2019;19:123).
    let wang = Agreement { both_held: 892, both_released: 11_257, needless: 2_146, slipped: 0 };
    assert_eq!(wang.total(), 14_295);
    assert_eq!(format!("{:.2}", wang.pass_rate().unwrap() * 100.0), "78.75");
    assert_eq!(wang.sensitivity(), Some(1.0));
    assert_eq!(format!("{:.2}", wang.specificity().unwrap() * 100.0), "83.99");
}

#[test]
fn kappa_is_cohens() {
    // Two raters of 50 scans, 22, 5, 7, 16: 0.5138 (Biostatistics for Dummies, figure 13-6).
    // Two doctors of 20 patients, 12, 2, 4, 2: 0.21 (0.08 / 0.38, worked step by step on a teaching page).
    for (a, b, c, d, published) in [(22, 5, 7, 16, "0.5138"), (12, 2, 4, 2, "0.2105")] {
        for agreement in [
            Agreement { both_held: a, slipped: b, needless: c, both_released: d },
            Agreement { both_released: a, slipped: b, needless: c, both_held: d },
            Agreement { both_held: a, slipped: c, needless: b, both_released: d },
        ] {
            assert_eq!(format!("{:.4}", agreement.kappa().unwrap()), published);
        }
    }
    let same = Agreement { both_held: 5, both_released: 7, ..Agreement::default() };
    assert!((same.kappa().unwrap() - 1.0).abs() < 1e-12);
    let opposite = Agreement { slipped: 5, needless: 5, ..Agreement::default() };
    assert!((opposite.kappa().unwrap() + 1.0).abs() < 1e-12);
}

#[test]
fn without_results_there_is_no_rate() {
    let none = Agreement::default();
    for rate in [none.pass_rate(), none.observed(), none.sensitivity(), none.specificity(), none.kappa()] {
        assert_eq!(rate, None);
    }
    // Both released everything: agreement by chance alone is full.
    assert_eq!(Agreement { both_released: 9, ..none }.kappa(), None);
    assert_eq!(rules().replay(&[]), Err(Unfit::Empty));
}

#[test]
fn a_replay_counts_what_was_held_where_and_names_what_differs() {
    let rules = rules();
    let others = panel(&rules, &[]);
    let contaminated = panel(&rules, &[("calcium", "1.5|2.4")]);
    let of = |result, value, others, decision| Past {
        candidate: Candidate { result, ..potassium(&rules, value, others) },
        decision,
    };
    let past = [
        of(1, "4.0", others, Decision::Released),
        of(2, "4.4", others, Decision::NotReleased),
        of(3, "6.6", others, Decision::Released),
        of(4, "7.0", contaminated, Decision::NotReleased),
        of(5, "5.4", others, Decision::NotReleased),
        of(6, "4.1", others, Decision::Released),
    ];
    let replay = rules.replay(&past).unwrap();
    assert_eq!(replay.agreement, Agreement { both_released: 2, both_held: 2, slipped: 1, needless: 1 });
    let slipped: Vec<(usize, i64)> = replay.slipped.iter().map(|one| (one.place, one.result)).collect();
    let needless: Vec<(usize, i64)> = replay.needless.iter().map(|one| (one.place, one.result)).collect();
    assert_eq!((slipped, needless), (vec![(1, 2)], vec![(2, 3)]));
    let held: Vec<(Gate, u64, u64)> =
        replay.holds.iter().filter(|one| one.held > 0).map(|one| (one.gate, one.held, one.alone)).collect();
    assert_eq!(held, [(Gate::Critical, 2, 0), (Gate::Delta, 3, 1), (Gate::Consistency, 1, 0)]);
    let reasons: Vec<(Gate, &str, u64)> =
        replay.reasons.iter().map(|((gate, code), count)| (*gate, code.as_str(), *count)).collect();
    assert_eq!(
        reasons,
        [(Gate::Critical, "critical", 2), (Gate::Delta, "risen", 3), (Gate::Consistency, "pattern edta", 1)]
    );
    assert_eq!(rules.replay(&past).unwrap(), replay);
}
