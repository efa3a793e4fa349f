use super::Bench;
use crate::{
    Role,
    instruments::{
        NoteId,
        commands::{NoteInstrument, StrikeNote},
    },
    quality::{
        LotId, Unjudged,
        commands::CloseLot,
        controls::{CLOCK_AHEAD_SECONDS_MAX, CONTROLS_MAX, ControlValue, RecordControls},
        failures::{NameFailureAction, ReleaseSystem, StopSystem},
        plans::{PlanText, ProposePlans, SignPlans},
        targets::ProposeTargets,
        views,
    },
    systems::SystemId,
    testing::{code, time},
};

const HOUR: i64 = 3_600;

#[test]
fn a_control_is_recorded_once_and_only_for_what_a_plan_measures() {
    let bench = Bench::new();
    let (world, now) = (&bench.world, bench.world.now());
    let control = || bench.control(1, "120", now);
    let value = |analyte: &str| ControlValue { analyte: world.analyte(analyte), value: "4".to_owned(), answer: None };
    let record = |command: RecordControls| code(world.run(world.technician(), command));
    assert_eq!(record(RecordControls { lot: LotId(1), ..control() }), "quality-lot-unknown");
    assert_eq!(
        record(RecordControls { instrument: crate::instruments::InstrumentId(1), ..control() }),
        "instruments-unknown"
    );
    assert_eq!(record(RecordControls { values: vec![], ..control() }), "quality-nothing-chosen");
    assert_eq!(
        record(RecordControls { values: vec![value("sodium"); CONTROLS_MAX + 1], ..control() }),
        "quality-too-many"
    );
    let ahead = now.plus_seconds(CLOCK_AHEAD_SECONDS_MAX + 1);
    assert_eq!(record(RecordControls { measured_at: ahead, ..control() }), "quality-measured-in-future");
    assert_eq!(record(RecordControls { values: vec![value("potassium")], ..control() }), "quality-no-plan");
    let values = vec![control().values.remove(0), value("potassium")];
    let recorded = world.run(world.technician(), RecordControls { values, ..control() }).unwrap();
    assert_eq!((recorded.new, recorded.repeated, recorded.without_plan), (1, 0, vec![world.analyte("potassium")]));
    let again = world.run(world.technician(), control()).unwrap();
    assert_eq!((again.new, again.repeated), (0, 1));
}

#[test]
fn a_level_passes_until_its_next_control_is_due() {
    let bench = Bench::new();
    bench.world.pass(HOUR);
    let at = bench.world.now();
    assert_eq!(bench.states(), ["missing", "missing"]);
    assert_eq!(bench.gate(at), ["control-missing"]);
    bench.measure(1, "121", at).unwrap();
    assert_eq!((bench.states(), bench.gate(at)), (vec!["passing", "missing"], vec!["control-missing".to_owned()]));
    bench.measure(2, "149", at).unwrap();
    assert_eq!((bench.states(), bench.gate(at)), (vec!["passing", "passing"], vec![]));
    assert_eq!(bench.levels()[0].until, Some(at.plus_seconds(24 * HOUR)));
    // What was measured before the first control is not believed, nor what was measured after the next was due.
    assert_eq!(bench.gate(at.plus_seconds(-1)), ["control-missing"]);
    assert_eq!(bench.gate(at.plus_seconds(24 * HOUR - 1)), Vec::<String>::new());
    assert_eq!(bench.gate(at.plus_seconds(24 * HOUR)), ["control-expired:2026-11-23T10:00"]);
    bench.world.pass(25 * HOUR);
    assert_eq!(bench.states(), ["expired", "expired"]);
}

#[test]
fn a_control_is_due_at_the_next_of_the_times_of_day_if_that_comes_first() {
    let bench = Bench::unplanned();
    bench.plan(PlanText { times: vec!["07:00".to_owned(), "15:00".to_owned()], ..bench.here() });
    // Ten o'clock in Berlin. No target: what is due is known all the same.
    let at = bench.world.now();
    bench.measure(1, "120", at).unwrap();
    let of = bench.sodium;
    let run = bench.world.read(move |s| views::runs(s, of, at)).remove(0);
    assert_eq!(run.levels[0].until, time("2026-11-22T14:00:00Z").micros());
    bench.measure(1, "120", at.plus_seconds(-4 * HOUR)).unwrap_err();
}

#[test]
fn a_failure_stops_release_and_repetition_alone_does_not_reopen_it() {
    let bench = Bench::new();
    let world = &bench.world;
    world.pass(HOUR);
    bench.both([0.0, 0.0]);
    let good = world.now();
    world.pass(HOUR);
    let doubtful = world.now();
    world.pass(HOUR);
    bench.both([3.5, 0.0]);
    let failed = world.now();
    assert_eq!(bench.states(), ["failing", "passing"]);
    assert_eq!(bench.levels()[0].rule.as_deref(), Some("1-3s"));
    assert_eq!(bench.gate(failed), ["control-failing:1-3s"]);
    assert_eq!(bench.gate(doubtful), ["control-doubtful"], "all since the last good control");
    assert_eq!(bench.gate(good.plus_seconds(-1)), ["control-missing"]);
    world.pass(600);
    bench.both([0.1, 0.0]);
    let level = bench.levels().remove(0);
    assert_eq!((level.state.code(), level.repeats, level.action_named), ("failing", 1, false));
    let named = |cause: &str, action: &str, text: &str| {
        let (cause, action, text) = (cause.to_owned(), action.to_owned(), text.to_owned());
        code(world.run(world.technician(), NameFailureAction { system: bench.sodium, cause, action, text }))
    };
    world.pass(60);
    assert_eq!(named("luck", "calibrated", "again"), "quality-cause-unknown");
    assert_eq!(named("reagent", "hoped", "again"), "quality-action-unknown");
    assert_eq!(named("reagent", "reagent-replaced", " "), "text-missing");
    assert_eq!(named("reagent", "reagent-replaced", "cartridge replaced"), "done");
    assert!(bench.levels()[0].action_named);
    assert_eq!(bench.states(), ["failing", "passing"], "an action is no control");
    world.pass(600);
    bench.both([0.2, 0.0]);
    assert_eq!(bench.states(), ["passing", "passing"]);
    assert_eq!(bench.gate(world.now().plus_seconds(1)), Vec::<String>::new());
    assert_eq!(bench.gate(doubtful), ["control-doubtful"], "what was doubtful stays doubtful");
    assert_eq!(named("reagent", "reagent-replaced", "again"), "quality-not-failing");
    let of = bench.sodium;
    let decided = world.read(move |s| views::decisions(s, of, good)).remove(0);
    assert_eq!((decided.cause.as_str(), decided.text.as_str()), ("reagent", "cartridge replaced"));
}

#[test]
fn two_controls_on_one_side_break_a_rule_over_two_runs_and_the_points_are_named() {
    let bench = Bench::new();
    let (world, of, since) = (&bench.world, bench.sodium, bench.world.now());
    bench.both([2.5, 0.0]);
    assert_eq!(bench.states(), ["passing", "passing"], "a warning stands");
    world.pass(24 * HOUR);
    bench.both([2.5, 0.0]);
    assert_eq!(bench.states(), ["failing", "passing"]);
    let runs = world.read(move |s| views::runs(s, of, since));
    assert_eq!(runs.iter().map(|r| r.outcome.as_str()).collect::<Vec<_>>(), ["reject", "warning"]);
    let broken = runs[0].broken.iter().find(|b| b.rejects).unwrap();
    let controls = world.read(move |s| views::controls(s, of, since));
    let named: Vec<Option<i64>> = broken.points.iter().map(|p| p.control).collect();
    let level_one: Vec<Option<i64>> = controls.iter().rev().filter(|c| c.level == 1).map(|c| Some(c.id.0)).collect();
    assert_eq!((broken.rule.as_str(), named), ("2-2s", level_one));
}

#[test]
fn a_control_that_comes_late_and_failed_reopens_all_that_was_measured_since() {
    let bench = Bench::new();
    let world = &bench.world;
    bench.both([0.0, 0.0]);
    let start = world.now();
    world.pass(6 * HOUR);
    bench.both([0.1, 0.1]);
    let between = start.plus_seconds(4 * HOUR);
    assert_eq!(bench.gate(between), Vec::<String>::new());
    bench.measure(2, "157", start.plus_seconds(3 * HOUR)).unwrap();
    assert_eq!(bench.gate(between), ["control-failing:1-3s"]);
    assert_eq!(bench.gate(start.plus_seconds(HOUR)), ["control-doubtful"]);
    let level = bench.levels().remove(1);
    assert_eq!((level.state.code(), level.repeats), ("failing", 1), "what passed later was mere repetition");
}

#[test]
fn what_is_done_to_an_instrument_ends_the_passing_state_until_the_note_is_struck() {
    let bench = Bench::new();
    let world = &bench.world;
    let supervisor = world.actor(Role::Supervisor);
    bench.both([0.0, 0.0]);
    world.pass(HOUR);
    let note = |kind: &str| {
        let (kind, at) = (kind.to_owned(), Some(world.now()));
        let note =
            NoteInstrument { instrument: bench.instrument, kind, at, lot: "77".to_owned(), text: "a test".to_owned() };
        world.run(supervisor, note).unwrap()
    };
    note("other");
    assert_eq!(bench.states(), ["passing", "passing"]);
    for kind in ["calibrated", "reagent-lot", "serviced", "repaired"] {
        let id: NoteId = note(kind);
        assert_eq!(bench.states(), ["missing", "missing"], "{kind}");
        world.run_because(supervisor, "a mistake", StrikeNote { note: id }).unwrap();
        assert_eq!(bench.states(), ["passing", "passing"], "{kind} struck");
    }
    note("calibrated");
    world.pass(60);
    bench.both([0.0, 0.0]);
    assert_eq!(bench.states(), ["passing", "passing"]);
    assert_eq!(bench.gate(world.now().plus_seconds(-30)), ["control-missing"]);
}

#[test]
fn a_person_stops_a_test_system_and_a_control_must_pass_since() {
    let bench = Bench::new();
    let (world, system) = (&bench.world, bench.sodium);
    bench.both([0.0, 0.0]);
    world.pass(60);
    let stop = |why: &str, system| code(world.run_because(world.technician(), why, StopSystem { system }));
    let release = |why: &str| code(world.run_because(world.technician(), why, ReleaseSystem { system }));
    assert_eq!(release("mended"), "quality-not-stopped");
    assert_eq!(stop("", system), "quality-needs-reason");
    assert_eq!(stop("a leak", SystemId(1)), "systems-unknown");
    assert_eq!(stop("a leak", other_system(&bench)), "quality-no-plan");
    assert_eq!(stop("a leak", system), "done");
    assert_eq!(stop("a leak", system), "quality-stopped");
    assert_eq!(
        (bench.states(), bench.gate(world.now())),
        (vec!["stopped", "stopped"], vec!["control-stopped".to_owned()])
    );
    world.pass(60);
    assert_eq!(release("mended"), "done");
    assert_eq!(bench.states(), ["missing", "missing"]);
    world.pass(60);
    bench.both([0.0, 0.0]);
    assert_eq!(bench.states(), ["passing", "passing"]);
}

/// A test system whose controls are kept elsewhere.
fn other_system(bench: &Bench) -> SystemId {
    let lab = bench.world.lab.clone();
    let systems = bench.world.read(move |s| lab.systems(s));
    systems.all().iter().find(|s| s.id != bench.sodium).unwrap().id
}

#[test]
fn what_cannot_be_judged_is_never_a_pass() {
    let bench = Bench::new();
    let (world, of) = (&bench.world, bench.sodium);
    let last = |at| world.read(move |s| views::controls(s, of, at)).remove(0).unjudged;
    let now = world.now();
    bench.measure(1, "<100", now).unwrap();
    assert_eq!((last(now), bench.states()), (Some(Unjudged::NoNumber), vec!["missing", "missing"]));
    let version = bench.quality().lot(bench.lots[1]).unwrap().version;
    world.run_because(bench.supervisor, "used up", CloseLot { lot: bench.lots[1], version }).unwrap();
    world.pass(1);
    bench.measure(2, "150", world.now()).unwrap();
    assert_eq!((last(world.now()), bench.states()), (Some(Unjudged::LotClosed), vec!["missing", "missing"]));
    world.pass_until("2027-04-01T09:00:00Z");
    bench.measure(1, "120", world.now()).unwrap();
    assert_eq!((last(world.now()), bench.states()), (Some(Unjudged::LotExpired), vec!["missing", "missing"]));
    let bench = Bench::unplanned();
    bench.plan(bench.here());
    bench.both([0.0, 0.0]);
    assert_eq!(bench.states(), ["missing", "missing"]);
    let of = bench.sodium;
    let found = bench.world.read(move |s| views::controls(s, of, now));
    assert!(found.iter().all(|c| c.unjudged == Some(Unjudged::NoTarget)));
}

#[test]
fn another_target_judges_what_comes_and_nothing_that_was() {
    let bench = Bench::new();
    let (world, of) = (&bench.world, bench.sodium);
    bench.both([0.0, 0.0]);
    let change = ProposeTargets(vec![bench.target(1, "130", "2")]);
    let proposed = world.run_because(bench.supervisor, "own values", change).unwrap();
    world.run(bench.director, bench.approve(proposed)).unwrap();
    assert_eq!(bench.states(), ["passing", "passing"]);
    let since = world.now();
    world.pass(24 * HOUR);
    bench.both([0.0, 0.0]);
    assert_eq!(bench.states(), ["failing", "passing"]);
    let found = world.read(move |s| views::controls(s, of, since));
    let z: Vec<Option<f64>> = found.iter().filter(|c| c.level == 1).map(|c| c.z).collect();
    assert_eq!(z, [Some(-5.0), Some(0.0)]);
}

#[test]
fn another_plan_with_the_same_levels_goes_on_and_one_with_others_begins_anew() {
    let bench = Bench::new();
    let world = &bench.world;
    bench.both([0.0, 0.0]);
    world.pass(60);
    bench.plan(PlanText { hours: 12, ..bench.here() });
    assert_eq!(bench.states(), ["passing", "passing"]);
    assert_eq!(code(bench.measure(1, "120", world.now().plus_seconds(-30))), "quality-measured-before");
    world.pass(60);
    let mut plan = bench.here();
    plan.levels.reverse();
    bench.plan(plan);
    assert_eq!(bench.states(), ["missing", "missing"]);
    let before = world.now().plus_seconds(-30);
    assert_eq!(bench.gate(before), ["control-unknown"]);
    // Not even if the controls are kept elsewhere from now on.
    bench.plan(PlanText::elsewhere(bench.sodium, "the old system", "that of the old system"));
    assert_eq!((bench.gate(before), bench.gate(world.now())), (vec!["control-unknown".to_owned()], vec![]));
}

#[test]
fn no_plan_forgets_a_failure_or_a_stop() {
    let bench = Bench::new();
    let world = &bench.world;
    let sign = |plan: PlanText| {
        let proposed = world.run_because(bench.supervisor, "another plan", ProposePlans(vec![plan])).unwrap();
        let plans = proposed.into_iter().map(|id| (id, id.0 / titer_store::PLACES)).collect();
        code(world.run(bench.director, SignPlans { plans, signed: world.signed(Role::Director) }))
    };
    let elsewhere = || PlanText::elsewhere(bench.sodium, "the old system", "that of the old system");
    bench.both([4.0, 0.0]);
    world.pass(60);
    assert_eq!(sign(elsewhere()), "quality-plan-while-failing");
    assert_eq!(sign(PlanText { hours: 12, ..bench.here() }), "done", "the same levels go on failing");
    assert_eq!(bench.states(), ["failing", "passing"]);
    let bench = Bench::new();
    let (world, system) = (&bench.world, bench.sodium);
    world.run_because(world.technician(), "a leak", StopSystem { system }).unwrap();
    let proposed =
        world.run_because(bench.supervisor, "another plan", ProposePlans(vec![PlanText::elsewhere(system, "a", "b")]));
    let plans = proposed.unwrap().into_iter().map(|id| (id, id.0 / titer_store::PLACES)).collect();
    let sign = SignPlans { plans, signed: world.signed(Role::Director) };
    assert_eq!(code(world.run(bench.director, sign)), "quality-plan-while-failing");
}
