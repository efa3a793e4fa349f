//! QC events one after another: look-back, resets, what is missing, what is named.

use crate::qc_support::{self, event, judge, last, lot, points, rejects, rule_set, usual};
use proptest::prelude::*;
use titer_science::qc::{
    Action, Basis, CONTROLS_MAX, Control, EventError, History, Judge, Lot, Missing, NoZ, Outcome, Reset, Resets,
    ResumeError, Rule, RuleSetError, RuleUse, Scope, Target, Verdict,
};

const LEVEL: &[Scope] = &[Scope::Level];
const ACROSS: &[Scope] = &[Scope::Across];

fn of_lot(number: u64, z: &[f64]) -> Vec<Control> {
    event(z).into_iter().map(|control| Control { lot: lot(number), ..control }).collect()
}

#[test]
fn an_event_that_breaks_nothing_passes_and_a_warning_stands() {
    let mut judge = judge(2, vec![RuleUse::usual(Rule::ONE_2S, Action::Warn), usual("1-3s")]);
    assert_eq!(last(&mut judge, &[&[0.1, -0.2]]).outcome, Outcome::Pass);
    let warning = last(&mut judge, &[&[2.5, 0.0]]);
    assert_eq!((warning.outcome, warning.broken[0].action), (Outcome::Warning, Action::Warn));
    let rejected = last(&mut judge, &[&[3.5, 0.0]]);
    assert_eq!((rejected.outcome, rejected.broken.len(), rejected.event), (Outcome::Reject, 2, 2));
}

#[test]
fn scopes_decide_what_is_counted_together() {
    // 4-1s over two levels and two events, 2-2s over two events of a level, and neither where the scope is off.
    let two_events: &[&[f64]] = &[&[1.1, 1.2], &[1.3, 1.4]];
    assert_eq!(last(&mut judge(2, vec![rejects("4-1s", ACROSS)]), two_events).outcome, Outcome::Reject);
    assert_eq!(last(&mut judge(2, vec![rejects("4-1s", LEVEL)]), two_events).outcome, Outcome::Pass);
    assert_eq!(last(&mut judge(2, vec![rejects("4-1s", &[Scope::Event])]), two_events).outcome, Outcome::Pass);
    let one_level: &[&[f64]] = &[&[0.0, 2.1], &[0.0, 2.1]];
    assert_eq!(points(&last(&mut judge(2, vec![rejects("2-2s", LEVEL)]), one_level)), [(0, 2), (1, 2)]);
    assert_eq!(
        last(&mut judge(2, vec![rejects("2-2s", &[Scope::Event, Scope::Across])]), one_level).outcome,
        Outcome::Pass
    );
    // 10x at N=2 is five events across levels (Westgard's R=5), and ten within a level.
    let five: Vec<&[f64]> = vec![&[0.1, 0.2]; 5];
    assert_eq!(last(&mut judge(2, vec![rejects("10x", ACROSS)]), &five[1..]).outcome, Outcome::Pass);
    assert_eq!(last(&mut judge(2, vec![rejects("10x", ACROSS)]), &five).outcome, Outcome::Reject);
    assert_eq!(last(&mut judge(2, vec![rejects("10x", LEVEL)]), &five).outcome, Outcome::Pass);
}

#[test]
fn within_levels_each_level_is_named() {
    let verdict = last(&mut judge(2, vec![rejects("2-2s", LEVEL)]), &[&[2.1, -2.1], &[2.2, -2.2]]);
    let named: Vec<Vec<u8>> = verdict.broken.iter().map(|b| b.points.iter().map(|p| p.level).collect()).collect();
    assert_eq!(named, [[1, 1], [2, 2]]);
}

#[test]
fn levels_have_their_order_whatever_the_order_given() {
    // Across levels the sequence is 1, 2, 1, 2: the two points above 2 are not neighbours.
    let mut judge = judge(2, vec![rejects("2-2s", ACROSS)]);
    let backwards = |z: &[f64]| event(z).into_iter().rev().collect::<Vec<_>>();
    judge.judge(&backwards(&[2.1, 0.0])).unwrap();
    assert_eq!(judge.judge(&backwards(&[2.1, 0.0])).unwrap().outcome, Outcome::Pass);
    let verdict = judge.judge(&backwards(&[2.1, 2.2])).unwrap();
    assert_eq!(points(&verdict), [(2, 1), (2, 2)]);
    assert_eq!(verdict.broken[0].points.iter().map(|p| p.place).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn earlier_points_alone_never_reject() {
    let mut judge = judge(2, vec![rejects("2-2s", LEVEL)]);
    assert_eq!(last(&mut judge, &[&[2.1, 0.0], &[2.1, 0.0]]).outcome, Outcome::Reject);
    // Level 1 is not measured: what it did before says nothing about this event.
    let level_2 = [Control { level: 2, lot: lot(1), z: Ok(0.0) }];
    assert_eq!(judge.judge(&level_2).unwrap().outcome, Outcome::Pass);
    // The rejected points are still there for the next event of the level.
    assert_eq!(last(&mut judge, &[&[2.1]]).outcome, Outcome::Reject);
}

#[test]
fn resets_forget_and_are_logged() {
    type Step = fn(&mut Judge);
    let (recalibrated, closed): (Step, Step) = (Judge::recalibrated, Judge::action_closed);
    for (step, reset) in [(recalibrated, Reset::Recalibration), (closed, Reset::ActionClosed)] {
        for scopes in [LEVEL, ACROSS] {
            let mut judge = judge(1, vec![rejects("2-2s", scopes)]);
            last(&mut judge, &[&[2.1]]);
            step(&mut judge);
            let verdict = last(&mut judge, &[&[2.1]]);
            assert_eq!((verdict.outcome, &verdict.resets[..]), (Outcome::Pass, &[reset][..]));
            let next = last(&mut judge, &[&[2.1]]);
            assert_eq!((next.outcome, next.resets.len()), (Outcome::Reject, 0));
        }
    }
}

#[test]
fn a_new_lot_starts_its_level_again() {
    let mut judge = judge(2, vec![rejects("2-2s", LEVEL)]);
    judge.judge(&of_lot(1, &[2.1, 2.1])).unwrap();
    let mut mixed = of_lot(1, &[2.1, 2.1]);
    mixed[0].lot = lot(7);
    let verdict = judge.judge(&mixed).unwrap();
    assert_eq!(points(&verdict), [(0, 2), (1, 2)]);
    assert_eq!(verdict.resets, [Reset::Lot { level: 1, from: lot(1), to: lot(7) }]);

    let mut judge = qc_support::judge(2, vec![rejects("4-1s", ACROSS)]);
    judge.judge(&of_lot(1, &[1.1, 1.1])).unwrap();
    assert_eq!(
        judge.judge(&mixed.iter().map(|c| Control { z: Ok(1.1), ..*c }).collect::<Vec<_>>()).unwrap().outcome,
        Outcome::Pass
    );
}

#[test]
fn a_reset_that_is_off_forgets_nothing() {
    let mut set = rule_set(1, vec![rejects("2-2s", LEVEL)]);
    set.resets = Resets { lot_change: false, recalibration: false, closed_action: false };
    let mut judge = Judge::new(set).unwrap();
    judge.judge(&of_lot(1, &[2.1])).unwrap();
    judge.recalibrated();
    judge.action_closed();
    let verdict = judge.judge(&of_lot(2, &[2.1])).unwrap();
    assert_eq!((verdict.outcome, verdict.resets.len()), (Outcome::Reject, 0));
    // The verdict tells all the same what happened.
    let change = Reset::Lot { level: 1, from: lot(1), to: lot(2) };
    assert_eq!(verdict.ignored, [Reset::Recalibration, Reset::ActionClosed, change]);
    assert!(judge.judge(&of_lot(2, &[0.0])).unwrap().ignored.is_empty());
}

#[test]
fn a_missing_replicate_is_incomplete() {
    let mut set = rule_set(2, vec![usual("1-3s")]);
    set.controls_per_level = 2;
    let verdict = |levels: &[u8]| {
        let controls: Vec<Control> =
            levels.iter().map(|level| Control { level: *level, lot: lot(1), z: Ok(0.0) }).collect();
        Judge::new(set.clone()).unwrap().judge(&controls).unwrap()
    };
    let missing = |level| Missing { level, why: NoZ::NotMeasured };
    for (levels, outcome, expected) in [
        (&[1, 1, 2, 2][..], Outcome::Pass, vec![]),
        (&[2, 1, 2, 1, 1], Outcome::Pass, vec![]),
        (&[1, 2, 2], Outcome::Incomplete, vec![missing(1)]),
        (&[1, 1], Outcome::Incomplete, vec![missing(2)]),
        (&[1, 2], Outcome::Incomplete, vec![missing(1), missing(2)]),
    ] {
        let found = verdict(levels);
        assert_eq!((found.outcome, found.missing), (outcome, expected), "{levels:?}");
    }
    // More than an event can hold is refused beforehand.
    set.controls_per_level = 33;
    assert_eq!(Judge::new(set).map(|_| ()), Err(RuleSetError::Controls(33)));
}

#[test]
fn a_new_material_with_the_same_lot_number_is_another_lot() {
    let mut judge = judge(1, vec![rejects("2-2s", LEVEL)]);
    judge.judge(&of_lot(1, &[2.1])).unwrap();
    let other = Lot { material: 2, number: 1 };
    let verdict = judge.judge(&[Control { level: 1, lot: other, z: Ok(2.1) }]).unwrap();
    assert_eq!((verdict.outcome, verdict.resets.len()), (Outcome::Pass, 1));
}

#[test]
fn a_point_on_a_limit_holds_through_the_judge() {
    // 4.4 lies 2.0000000000000018 SDs of 0.2 from 4.0 in binary.
    let target = Target::new(lot(1), 4.0, 0.2, Basis::Cumulative).unwrap();
    let mut judge = judge(1, vec![usual("1-2s")]);
    for (value, outcome) in
        [(4.4, Outcome::Pass), (3.6, Outcome::Pass), (4.41, Outcome::Reject), (3.59, Outcome::Reject)]
    {
        assert_eq!(
            judge.judge(&[Control::new(1, lot(1), Some(value), Some(&target))]).unwrap().outcome,
            outcome,
            "{value}"
        );
    }
}

#[test]
fn the_events_since_a_change_of_lot_are_not_enough_for_a_new_judge() {
    let rules = || judge(2, vec![rejects("2-2s", LEVEL)]);
    let (mut whole, mut late) = (rules(), rules());
    whole.judge(&of_lot(1, &[0.0, 2.1])).unwrap();
    // Level 1 has a new lot; level 2 goes on looking back over it.
    let mut changed = of_lot(1, &[0.0, 2.1]);
    changed[0].lot = lot(2);
    assert_eq!(whole.judge(&changed).unwrap().outcome, Outcome::Reject);
    assert_eq!(late.judge(&changed).unwrap().outcome, Outcome::Pass);
}

#[test]
fn what_cannot_be_judged_is_never_a_pass() {
    let target = Target::new(lot(1), 100.0, 2.0, Basis::Provisional).unwrap();
    let mut set = rule_set(2, vec![usual("1-3s")]);
    set.controls_per_level = 1;
    let good = Control::new(1, lot(1), Some(101.0), Some(&target));
    for (second, why) in [
        (Some(Control::new(2, lot(1), Some(5.0), None)), NoZ::NoTarget),
        (Some(Control::new(2, lot(1), None, Some(&target))), NoZ::NoNumber),
        (Some(Control::new(2, lot(1), None, None)), NoZ::NoNumber),
        (Some(Control::new(2, lot(1), Some(f64::NAN), Some(&target))), NoZ::NoNumber),
        (Some(Control { level: 2, lot: lot(1), z: Ok(f64::NAN) }), NoZ::NoNumber),
        (Some(Control { level: 2, lot: lot(1), z: Ok(f64::INFINITY) }), NoZ::NoNumber),
        (None, NoZ::NotMeasured),
    ] {
        let controls: Vec<Control> = [Some(good), second].into_iter().flatten().collect();
        let verdict = Judge::new(set.clone()).unwrap().judge(&controls).unwrap();
        assert_eq!(verdict.outcome, Outcome::Incomplete);
        assert_eq!(verdict.missing, [Missing { level: 2, why }]);
    }
    let bad = [Control::new(1, lot(1), Some(107.0), Some(&target)), Control::new(2, lot(1), None, None)];
    let verdict = Judge::new(set).unwrap().judge(&bad).unwrap();
    assert_eq!((verdict.outcome, verdict.missing.len()), (Outcome::Reject, 1));
}

#[test]
fn a_gap_ends_no_run() {
    let mut judge = judge(1, vec![rejects("2-2s", LEVEL)]);
    last(&mut judge, &[&[2.1]]);
    let gap = [Control { level: 1, lot: lot(1), z: Err(NoZ::NoNumber) }];
    assert_eq!(judge.judge(&gap).unwrap().outcome, Outcome::Incomplete);
    assert_eq!(points(&last(&mut judge, &[&[2.1]])), [(0, 1), (2, 1)]);
}

#[test]
fn an_event_that_makes_no_sense_is_refused_and_changes_nothing() {
    let mut judge = judge(2, vec![rejects("2-2s", LEVEL)]);
    last(&mut judge, &[&[2.1, 0.0]]);
    let control = |level, number| Control { level, lot: lot(number), z: Ok(0.0) };
    for (controls, error) in [
        (vec![], EventError::Empty),
        (vec![control(1, 1); CONTROLS_MAX + 1], EventError::TooMany),
        (vec![control(1, 1), control(3, 1)], EventError::NoLevel(3)),
        (vec![control(0, 1)], EventError::NoLevel(0)),
        (vec![control(1, 1), control(2, 1), control(1, 2)], EventError::TwoLots(1)),
    ] {
        assert_eq!(judge.judge(&controls), Err(error));
    }
    let verdict = last(&mut judge, &[&[2.1, 0.0]]);
    assert_eq!((verdict.event, points(&verdict)), (1, vec![(0, 1), (1, 1)]));
}

#[test]
fn control_values_are_judged_unrounded() {
    // 104.04 is reported as 104.0, on the limit; measured, it is beyond.
    let target = Target::new(lot(1), 100.0, 2.0, Basis::Cumulative).unwrap();
    let mut judge = judge(1, vec![usual("1-2s")]);
    assert_eq!(judge.judge(&[Control::new(1, lot(1), Some(104.04), Some(&target))]).unwrap().outcome, Outcome::Reject);
    assert_eq!(judge.judge(&[Control::new(1, lot(1), Some(104.0), Some(&target))]).unwrap().outcome, Outcome::Pass);
}

#[test]
fn a_verdict_reads_back() {
    let mut judge = judge(2, vec![usual("2-2s")]);
    let verdict = last(&mut judge, &[&[2.1, 2.1]]);
    let text = serde_json::to_string(&verdict).unwrap();
    assert!(text.contains(r#""rule":"2-2s","action":"reject","scope":"within-event""#), "{text}");
    assert_eq!(serde_json::from_str::<Verdict>(&text).unwrap(), verdict);
}

#[test]
fn a_run_is_found_however_long_the_chart() {
    for scopes in [LEVEL, ACROSS] {
        let mut judge = judge(1, vec![rejects("12x", scopes)]);
        for before in 0..200 {
            assert_eq!(last(&mut judge, &[&[-0.1]]).outcome, Outcome::Pass);
            let run: Vec<&[f64]> = vec![&[0.1]; 11];
            assert_eq!(last(&mut judge, &run).outcome, Outcome::Pass, "eleven after {before} runs");
            assert_eq!(last(&mut judge, &[&[0.1]]).outcome, Outcome::Reject, "twelve after {before} runs");
        }
    }
}

proptest! {
    /// All events since the last reset of all points, with the changes of lot among them, bring a new judge to the same state.
    #[test]
    fn a_judge_is_replayed_from_the_last_reset_of_all_points(
        events in prop::collection::vec((-3.0..3.0_f64, -3.0..3.0_f64, 0_u64..40, 0_u8..12), 1..80),
    ) {
        let rules: Vec<RuleUse> = ["1-3s", "2of3-2s", "R-4s", "4-1s", "8x", "7T"].map(usual).into();
        let (mut whole, mut late) = (judge(2, rules.clone()), judge(2, rules.clone()));
        let (mut lots, mut began) = ([lot(0); 2], 0);
        for (number, (a, b, change, reset)) in (0..).zip(&events) {
            match change {
                0 => lots[0].number += 1,
                1 => lots[1].number += 1,
                _ => (),
            }
            if *reset == 0 {
                whole.action_closed();
                (late, began) = (judge(2, rules.clone()), number);
            }
            let controls = [(1, a, lots[0]), (2, b, lots[1])].map(|(level, z, lot)| Control { level, lot, z: Ok(*z) });
            let (one, mut other) = (whole.judge(&controls).unwrap(), late.judge(&controls).unwrap());
            other.broken.iter_mut().flat_map(|broken| &mut broken.points).for_each(|point| point.event += began);
            prop_assert_eq!((one.outcome, one.broken), (other.outcome, other.broken));
        }
    }

    /// The judge forgets what no rule can reach, and no more: a judge who saw only the last events says the same.
    #[test]
    fn the_last_events_are_enough(z in prop::collection::vec((-3.0..3.0_f64, -3.0..3.0_f64), 13..300)) {
        let rules: Vec<RuleUse> = ["1-3s", "2of3-2s", "R-4s", "4-1s", "12x", "7T"].map(usual).into();
        let (mut all, mut late) = (judge(2, rules.clone()), judge(2, rules));
        let skipped = z.len() - 12;
        for (number, (a, b)) in z.iter().enumerate() {
            let whole = all.judge(&event(&[*a, *b])).unwrap();
            if number >= skipped {
                let part = late.judge(&event(&[*a, *b])).unwrap();
                if number == z.len() - 1 {
                    prop_assert_eq!(whole.outcome, part.outcome);
                    let counts = |v: &Verdict| v.broken.iter().map(|b| (b.rule, b.points.len())).collect::<Vec<_>>();
                    prop_assert_eq!(counts(&whole), counts(&part));
                }
            }
        }
    }

    #[test]
    fn every_point_named_breaks_its_limit_and_one_is_new(z in prop::collection::vec((-4.0..4.0_f64, -4.0..4.0_f64), 1..30)) {
        let rules: Vec<RuleUse> = ["1-2s", "2-2s", "2of3-2s", "3-1s", "4-1s", "8x"].map(usual).into();
        let mut judge = judge(2, rules);
        for (number, (a, b)) in (0..).zip(&z) {
            for broken in judge.judge(&event(&[*a, *b])).unwrap().broken {
                let code = broken.rule.to_string();
                let limit: f64 = if code == "8x" { 0.0 } else { code[code.len() - 2..code.len() - 1].parse().unwrap() };
                prop_assert!(broken.points.iter().all(|point| point.z.abs() > limit));
                // A window that ends with this event holds a point of it, if not always one beyond the limit (2of3-2s).
                prop_assert!(code == "2of3-2s" || broken.points.iter().any(|point| point.event == number));
            }
        }
    }
}

#[test]
fn a_level_that_arrives_late_is_judged_with_its_event() {
    let rules = || rule_set(2, vec![rejects("2-2s", LEVEL), usual("1-3s")]);
    let mut judge = Judge::new(rules()).unwrap();
    judge.judge(&event(&[0.0, 2.1])).unwrap();
    let before = judge.history();
    let level_1 = &event(&[0.5, 2.2])[..1];
    assert_eq!(judge.judge(level_1).unwrap().outcome, Outcome::Pass);
    // Level 2 of that event comes: the event is judged whole, and is the same event.
    let mut again = Judge::resume(rules(), &before).unwrap();
    let verdict = again.judge(&event(&[0.5, 2.2])).unwrap();
    assert_eq!((verdict.event, verdict.outcome), (1, Outcome::Reject));
    assert_eq!(points(&verdict), [(0, 2), (1, 2)]);
}

#[test]
fn a_withdrawn_point_counts_for_no_later_event() {
    let mut judge = judge(2, vec![rejects("2-2s", &[Scope::Level, Scope::Across])]);
    judge.judge(&event(&[0.0, 2.1])).unwrap();
    assert!(judge.withdraw(0, 1));
    assert!(!judge.withdraw(0, 1), "it is gone");
    assert!(!judge.withdraw(7, 0), "it never was");
    assert_eq!(judge.judge(&event(&[0.0, 2.2])).unwrap().outcome, Outcome::Pass);
    assert_eq!(judge.judge(&event(&[0.0, 2.2])).unwrap().outcome, Outcome::Reject);
}

#[test]
fn a_history_that_is_none_is_refused() {
    let rules = || rule_set(2, vec![usual("2-2s")]);
    let mut one = Judge::new(rules()).unwrap();
    one.judge(&event(&[0.1, 0.2])).unwrap();
    let good = serde_json::to_value(one.history()).unwrap();
    let resumed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut changed = good.clone();
        change(&mut changed);
        let history: History = serde_json::from_value(changed).unwrap();
        Judge::resume(rules(), &history).map(|_| ())
    };
    assert_eq!(resumed(&|_| ()), Ok(()));
    assert_eq!(resumed(&|h| h["next"] = 0.into()), Err(ResumeError::Point));
    assert_eq!(resumed(&|h| h["levels"][0][0]["level"] = 2.into()), Err(ResumeError::Point));
    assert_eq!(resumed(&|h| h["across"][0]["level"] = 3.into()), Err(ResumeError::Point));
    let three = rule_set(3, vec![usual("2-2s")]);
    assert_eq!(Judge::resume(three, &one.history()).map(|_| ()), Err(ResumeError::Levels));
    let nothing_rejects = rule_set(2, vec![RuleUse::usual(Rule::ONE_2S, Action::Warn)]);
    let refused = Judge::resume(nothing_rejects, &one.history()).map(|_| ());
    assert_eq!(refused, Err(ResumeError::Rules(RuleSetError::NothingRejects)));
}

proptest! {
    #[test]
    fn a_judge_that_goes_on_from_a_history_says_what_the_first_would_have_said(
        events in prop::collection::vec((prop::collection::vec(-3.5..3.5_f64, 1..=3), 1..3_u64, 0..8_u8), 1..30),
        at in 0..30_usize,
    ) {
        let rules: Vec<RuleUse> = ["1-3s", "2of3-2s", "R-4s", "4-1s", "12x", "7T"].map(usual).into();
        let mut first = judge(3, rules.clone());
        let mut second = judge(3, rules.clone());
        for (number, (z, lot, what)) in events.iter().enumerate() {
            if number == at {
                let stored = serde_json::to_value(second.history()).unwrap();
                let history: History = serde_json::from_value(stored).unwrap();
                second = Judge::resume(rule_set(3, rules.clone()), &history).unwrap();
            }
            if *what == 7 {
                first.recalibrated();
                second.recalibrated();
            }
            prop_assert_eq!(first.judge(&of_lot(*lot, z)), second.judge(&of_lot(*lot, z)));
        }
    }
}
