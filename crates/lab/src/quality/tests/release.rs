use super::Bench;
use crate::{
    Role,
    quality::failures::{NameFailureAction, StopSystem},
    results::{
        commands::{Measurement, VerifyResults},
        views::LabResult,
    },
    testing::{arg, code, on_display, refusal},
    ways::{self, Signing},
};

const HOUR: i64 = 3_600;

impl Bench {
    /// A result of sodium on a tube of its own, measured then.
    fn result(&self, tube: &str, measured_at: Option<crate::Timestamp>) -> LabResult {
        let patient = self.world.patient(&format!("MRN-{tube}"));
        self.world.received(patient, &["sodium"], tube);
        let measurement = Measurement { measured_at, ..self.world.measurement("sodium", "140") };
        let filed = self.world.report(tube, vec![measurement]).unwrap();
        self.world.result(filed.results[0])
    }

    fn sign(&self, result: &LabResult) -> Result<Signing<Vec<crate::orders::OrderId>>, crate::Failure> {
        let results = vec![on_display(result)];
        let verify = VerifyResults { results, signed: self.world.signed(Role::Technician) };
        self.world.lab.submit(self.world.technician(), None, move |tx| ways::verify(tx, verify)).wait()
    }

    fn now(&self, result: &LabResult) -> LabResult {
        self.world.result(result.id)
    }
}

#[test]
fn a_result_waits_for_its_control_and_is_let_go_when_the_control_passes() {
    let bench = Bench::new();
    bench.world.pass(HOUR);
    let result = bench.result("T1", Some(bench.world.now()));
    assert_eq!(result.holds, ["control-missing"]);
    let refused = refusal(bench.sign(&result));
    assert_eq!((refused.code, arg(&refused, "result")), ("results-control-missing", result.id.to_string()));
    // Controls that were measured before the result, and came after it.
    let before = bench.world.now().plus_seconds(-60);
    bench.measure(1, "120", before).unwrap();
    bench.measure(2, "150", before).unwrap();
    assert_eq!(bench.sign(&result).unwrap(), Signing::JudgedAgain, "the hold that was shown holds no longer");
    let again = bench.now(&result);
    assert_eq!(again.holds, Vec::<String>::new());
    assert!(matches!(bench.sign(&again), Ok(Signing::Signed(_))));
}

#[test]
fn holds_of_controls_come_and_go_without_a_keystroke() {
    let bench = Bench::new();
    let world = &bench.world;
    bench.both([0.0, 0.0]);
    world.pass(HOUR);
    let result = bench.result("T1", Some(world.now()));
    assert_eq!(result.holds, Vec::<String>::new());
    world.pass(HOUR);
    bench.both([4.0, 0.0]);
    world.judge();
    let doubtful = bench.now(&result);
    assert!(doubtful.holds.contains(&"control-doubtful".to_owned()), "{:?}", doubtful.holds);
    assert_eq!(code(bench.sign(&doubtful)), "results-control-doubtful");
    world.pass(60);
    let failing = bench.result("T2", Some(world.now()));
    assert_eq!(failing.holds, ["control-failing:1-3s"]);
    assert_eq!(code(bench.sign(&failing)), "results-control-failing");
    let (cause, action) = ("calibration".to_owned(), "calibrated".to_owned());
    let named = NameFailureAction { system: bench.sodium, cause, action, text: "calibrated".to_owned() };
    world.run(world.technician(), named).unwrap();
    world.pass(60);
    bench.both([0.0, 0.0]);
    world.pass(60);
    let good = bench.result("T3", Some(world.now()));
    assert_eq!(good.holds, Vec::<String>::new());
    assert!(matches!(bench.sign(&good), Ok(Signing::Signed(_))));
    world.judge();
    assert_eq!(code(bench.sign(&bench.now(&failing))), "results-control-failing", "it was failing then");
}

/// The person saw a result that nothing held. The failure came between the page and the signature.
#[test]
fn a_failure_that_comes_before_the_signature_stops_it() {
    let bench = Bench::new();
    bench.both([0.0, 0.0]);
    bench.world.pass(HOUR);
    let result = bench.result("T1", Some(bench.world.now()));
    bench.both([0.0, -3.2]);
    assert_eq!(bench.sign(&result).unwrap(), Signing::JudgedAgain);
    assert_eq!(code(bench.sign(&bench.now(&result))), "results-control-failing");
}

#[test]
fn each_hold_of_controls_refuses_the_signature() {
    let bench = Bench::new();
    let world = &bench.world;
    let untimed = bench.result("T1", None);
    assert_eq!(
        (untimed.holds.as_slice(), code(bench.sign(&untimed))),
        (["control-untimed".to_owned()].as_slice(), "results-control-untimed")
    );
    bench.both([0.0, 0.0]);
    world.pass(25 * HOUR);
    let expired = bench.result("T2", Some(world.now()));
    assert_eq!(expired.holds, ["control-expired:2026-11-23T10:00"], "by the clock of the laboratory");
    assert_eq!(code(bench.sign(&expired)), "results-control-expired");
    world.run_because(world.technician(), "a leak", StopSystem { system: bench.sodium }).unwrap();
    let stopped = bench.result("T3", Some(world.now()));
    assert_eq!(code(bench.sign(&stopped)), "results-control-stopped");
    let bench = Bench::new();
    let mut plan = bench.here();
    plan.levels.reverse();
    let before = bench.world.now();
    bench.world.pass(60);
    bench.plan(plan);
    let unknown = bench.result("T4", Some(before));
    assert_eq!(code(bench.sign(&unknown)), "results-control-unknown");
}

#[test]
fn a_test_system_without_a_control_plan_releases_nothing() {
    let bench = Bench::unplanned();
    // Its controls are kept elsewhere: nothing is held.
    let result = bench.result("T1", Some(bench.world.now()));
    assert_eq!(result.holds, Vec::<String>::new());
    // As a test system stands that was verified before there were control plans.
    let gone = format!("DELETE FROM control_plans WHERE system = {}", bench.sodium);
    assert_eq!(bench.world.tamper(&gone), 1);
    assert_eq!(bench.world.tamper("UPDATE quality_head SET version = version + 1 WHERE id = 1"), 1);
    let unplanned = bench.result("T2", Some(bench.world.now()));
    assert_eq!(unplanned.holds, ["control-unplanned"]);
    assert_eq!(code(bench.sign(&unplanned)), "results-control-unplanned");
}
