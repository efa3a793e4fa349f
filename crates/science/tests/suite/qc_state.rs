//! The state of control: what passes, what ends it, what reopens it, and which results a failure makes doubtful.

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use titer_science::qc::{Bracket, Ended, Happening, Occurrence, Outcome, Standing, Timeline};

/// So many hours after the start.
fn hour(hours: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap() + hours.hours()
}

/// A control at an hour; the next is due eight hours later.
fn control(at: i64, outcome: Outcome) -> Occurrence {
    Occurrence { at: hour(at), what: Happening::Control { outcome, until: hour(at + 8) } }
}

fn passes(at: i64) -> Occurrence {
    control(at, Outcome::Pass)
}

fn fails(at: i64) -> Occurrence {
    control(at, Outcome::Reject)
}

fn happens(at: i64, what: Happening) -> Occurrence {
    Occurrence { at: hour(at), what }
}

fn failing(since: i64, repeats: u32, action_closed: bool) -> Standing {
    Standing::Failing { since: hour(since), repeats, action_closed }
}

fn passing(since: i64) -> Standing {
    Standing::Passing { since: hour(since), until: hour(since + 8) }
}

#[test]
fn nothing_passes_without_a_control_that_passed() {
    assert_eq!(Timeline::of(&[]).at(hour(0)), Standing::Missing);
    let incomplete = Timeline::of(&[control(0, Outcome::Incomplete)]);
    assert_eq!(incomplete.at(hour(1)), Standing::Missing);
    let line = Timeline::of(&[passes(2)]);
    assert_eq!(line.at(hour(1)), Standing::Missing, "it was measured later");
    assert_eq!(line.at(hour(2)), passing(2));
    assert_eq!(line.at(hour(9)), passing(2));
    assert_eq!(line.at(hour(10)), Standing::Expired { since: hour(10) }, "the next was due");
    assert_eq!(Timeline::of(&[control(0, Outcome::Warning)]).at(hour(0)), passing(0), "a warning stands");
    let incomplete = Timeline::of(&[passes(0), control(4, Outcome::Incomplete)]);
    assert_eq!((incomplete.at(hour(5)), incomplete.at(hour(8))), (passing(0), Standing::Expired { since: hour(8) }));
}

#[test]
fn a_calibration_a_lot_or_a_service_ends_the_passing_state() {
    for why in [Ended::Calibrated, Ended::NewLot, Ended::Maintained] {
        let line = Timeline::of(&[passes(0), happens(3, Happening::Ended(why)), passes(5)]);
        assert_eq!((line.at(hour(2)), line.at(hour(3)), line.at(hour(5))), (passing(0), Standing::Missing, passing(5)));
        assert!(line.brackets().is_empty());
        // It mends no failure.
        let line = Timeline::of(&[passes(0), fails(2), happens(3, Happening::Ended(why)), passes(5)]);
        assert_eq!(line.at(hour(5)), failing(2, 1, false));
    }
}

#[test]
fn repetition_alone_never_reopens_release() {
    let line = Timeline::of(&[passes(0), fails(2), passes(3), passes(4)]);
    assert_eq!(line.at(hour(4)), failing(2, 2, false));
    // The action is named, and the next control that passes reopens.
    let closed = happens(5, Happening::ActionClosed);
    let line = Timeline::of(&[passes(0), fails(2), passes(3), closed, passes(6)]);
    assert_eq!((line.at(hour(5)), line.at(hour(6))), (failing(2, 1, true), passing(6)));
    assert_eq!(line.brackets(), [Bracket { after: Some(hour(0)), failed_at: hour(2), to: Some(hour(6)) }]);
    // An action that another failure follows was not the right one.
    let line = Timeline::of(&[passes(0), fails(2), closed, fails(6), passes(7)]);
    assert_eq!(line.at(hour(7)), failing(2, 1, false));
    assert_eq!(line.brackets().len(), 1, "it is one failure");
}

#[test]
fn a_failure_that_arrives_late_stands_where_it_was_measured() {
    let on_time = [passes(0), passes(4), passes(6)];
    assert_eq!(Timeline::of(&on_time).at(hour(7)), passing(6));
    let late = [&on_time[..], &[fails(2)]].concat();
    let line = Timeline::of(&late);
    assert_eq!(line.at(hour(7)), failing(2, 2, false));
    assert_eq!(line.brackets(), [Bracket { after: Some(hour(0)), failed_at: hour(2), to: None }]);
    assert!(!line.supports(hour(1)) && !line.supports(hour(5)));
}

#[test]
fn a_stop_needs_a_control_that_passed_after_it() {
    let (stop, release) = (happens(2, Happening::Stopped), happens(4, Happening::Released));
    let line = Timeline::of(&[passes(0), stop, release, passes(6)]);
    assert_eq!(line.at(hour(3)), Standing::Stopped { since: hour(2) });
    assert_eq!((line.at(hour(4)), line.at(hour(6))), (Standing::Missing, passing(6)));
    // A control that passed while the test system was stopped counts once it is released.
    let line = Timeline::of(&[passes(0), stop, passes(3), release]);
    assert_eq!((line.at(hour(3)), line.at(hour(4))), (Standing::Stopped { since: hour(2) }, passing(3)));
    // Nor does a stop hide a failure for good.
    let line = Timeline::of(&[passes(0), stop, fails(3), release]);
    assert_eq!(line.at(hour(4)), failing(3, 0, false));
}

#[test]
fn at_one_time_what_closes_release_has_the_last_word() {
    let ended = happens(0, Happening::Ended(Ended::NewLot));
    for at_once in [[passes(0), fails(0)], [passes(0), ended], [passes(0), happens(0, Happening::Stopped)]] {
        for order in [[0, 1], [1, 0]] {
            assert!(!Timeline::of(&order.map(|place: usize| at_once[place])).at(hour(0)).is_passing(), "{at_once:?}");
        }
    }
}

#[test]
fn a_test_system_stands_as_its_worst_level() {
    let stopped = Standing::Stopped { since: hour(0) };
    let order = [passing(0), Standing::Expired { since: hour(0) }, Standing::Missing, failing(0, 0, true), stopped];
    for (place, better) in order.iter().enumerate() {
        for worse in &order[place..] {
            assert_eq!((better.worse(*worse), worse.worse(*better)), (*worse, *worse));
        }
    }
    assert_eq!(passing(2).worse(passing(1)), passing(1), "the state ends with the first that does");
}

/// Anything that can happen, within two days.
fn anything() -> impl Strategy<Value = Occurrence> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Pass),
        1 => Just(Outcome::Warning),
        1 => Just(Outcome::Incomplete),
        2 => Just(Outcome::Reject)
    ];
    let ended = prop::sample::select(vec![Ended::Calibrated, Ended::NewLot, Ended::Maintained]);
    let what = prop_oneof![
        6 => (outcome, -1..24_i64).prop_map(|(outcome, due)| (Some((outcome, due)), Happening::Released)),
        1 => ended.prop_map(|why| (None, Happening::Ended(why))),
        2 => Just((None, Happening::ActionClosed)),
        1 => Just((None, Happening::Stopped)),
        1 => Just((None, Happening::Released)),
    ];
    (0..48_i64, what).prop_map(|(at, (control, other))| match control {
        Some((outcome, due)) => {
            Occurrence { at: hour(at), what: Happening::Control { outcome, until: hour(at + due) } }
        }
        None => happens(at, other),
    })
}

fn is_pass(o: &Occurrence) -> bool {
    matches!(o.what, Happening::Control { outcome: Outcome::Pass | Outcome::Warning, .. })
}

proptest! {
    #[test]
    fn it_passes_only_after_a_passing_control_since_whatever_ended_it(
        happened in prop::collection::vec(anything(), 0..25),
        time in 0..72_i64,
    ) {
        let line = Timeline::of(&happened);
        if let Standing::Passing { since, until } = line.at(hour(time)) {
            prop_assert!(since <= hour(time) && hour(time) < until);
            prop_assert!(happened.iter().any(|o| o.at == since && is_pass(o)));
            for o in happened.iter().filter(|o| o.at <= hour(time)) {
                let ends = match o.what {
                    Happening::Ended(_) | Happening::Stopped => true,
                    Happening::Control { outcome, .. } => outcome == Outcome::Reject,
                    _ => false,
                };
                prop_assert!(!ends || o.at < since, "{:?} came after the control of {}", o, since);
            }
            // A failure is followed by a named action, and that by a control that passed.
            let failed = happened.iter().filter(|o| o.at < since && matches!(o.what, Happening::Control { outcome: Outcome::Reject, .. }));
            if let Some(failed) = failed.map(|o| o.at).max() {
                let closed = |o: &&Occurrence| o.what == Happening::ActionClosed && o.at > failed && o.at <= since;
                prop_assert!(happened.iter().any(|o| closed(&o)));
            }
        }
    }

    #[test]
    fn the_order_of_arrival_changes_nothing(
        happened in prop::collection::vec(anything(), 0..20).prop_flat_map(|h| (Just(h.clone()), Just(h).prop_shuffle())),
    ) {
        let (one, other) = (Timeline::of(&happened.0), Timeline::of(&happened.1));
        for time in 0..72 {
            prop_assert_eq!(one.at(hour(time)), other.at(hour(time)));
        }
        prop_assert_eq!(one.brackets(), other.brackets());
    }

    #[test]
    fn one_failure_more_never_supports_more(happened in prop::collection::vec(anything(), 0..20), at in 0..48_i64) {
        let (before, after) = (Timeline::of(&happened), Timeline::of(&[&happened[..], &[fails(at)]].concat()));
        for time in 0..72 {
            prop_assert!(!after.supports(hour(time)) || before.supports(hour(time)), "at {}", time);
        }
    }

    #[test]
    fn a_bracket_is_complete_and_no_larger_than_it_must_be(happened in prop::collection::vec(anything(), 0..25)) {
        let line = Timeline::of(&happened);
        for bracket in line.brackets() {
            if let Some(after) = bracket.after {
                // It begins with a control that passed, and none passed between that and the failure.
                prop_assert!(happened.iter().any(|o| o.at == after && is_pass(o)));
                for time in (0..72).map(hour).filter(|t| *t > after && *t < bracket.failed_at) {
                    let later = |o: &Occurrence| o.at == time && is_pass(o);
                    prop_assert!(!happened.iter().any(later) || !line.at(time).is_passing());
                }
            }
            if let Some(to) = bracket.to {
                prop_assert!(to >= bracket.failed_at && happened.iter().any(|o| o.at == to && is_pass(o)));
            }
            for time in (0..72).map(hour).filter(|t| *t >= bracket.failed_at && bracket.to.is_none_or(|to| *t < to)) {
                prop_assert!(!line.at(time).is_passing() && !line.supports(time));
            }
        }
    }
}
