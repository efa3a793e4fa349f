//! What waits is judged by the instruments and test systems as they are now, and what contradicts it by the instrument that measured it.

use super::judged_again::{due, has, import, sign};
use crate::{
    Actor, Role,
    instruments::{
        InstrumentId,
        commands::{AddInstrument, ChangeInstrument, Description as Instrument, RetireInstrument, ReturnInstrument},
    },
    results::{
        commands::ReportResults,
        judged_now::{JudgeWaiting, JudgedUpTo},
        views,
    },
    systems::{
        RecordText, Said, SystemId,
        commands::{ChangeSystem, Description, RetireSystem, VerifySystems},
    },
    testing::{LINK, World, date},
};

fn system_of(world: &World, analyte: &str) -> (SystemId, i64) {
    let (lab, analyte) = (world.lab.clone(), world.analyte(analyte));
    let known = world.read(move |s| lab.systems(s));
    let system = known.all().iter().rfind(|system| system.analyte == analyte).unwrap();
    (system.id, system.version)
}

#[test]
fn a_job_holds_what_waits_of_a_test_system_or_an_instrument_that_goes_out_of_use() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let mut filed = Vec::new();
    for tube in ["T1", "T2"] {
        world.received(patient, &["sodium", "potassium"], tube);
        filed.push((world.filed(tube, "sodium", "140"), world.filed(tube, "potassium", "4.0")));
    }
    world.verified(&[&filed[1].0]);
    let supervisor = world.actor(Role::Supervisor);
    let system = system_of(&world, "sodium").0;
    world.run_because(supervisor, "drifts", RetireSystem { system }).unwrap();
    assert_eq!(due(&world), [world.head()]);
    world.judge();
    assert!(due(&world).is_empty());
    let now = |at: usize| (world.result(filed[at].0.id), world.result(filed[at].1.id));
    assert!(has(&now(0).0, "system-not-in-use") && has(&now(0).0, "judged-again"), "{:?}", now(0));
    assert_eq!((now(0).1, now(1).1), (filed[0].1.clone(), filed[1].1.clone()), "potassium is measured as before");
    assert!(now(1).0.holds.is_empty(), "what is verified stays as it was signed");
    let instrument = world.instrument().unwrap();
    world.run_because(supervisor, "pump", RetireInstrument { instrument }).unwrap();
    world.judge();
    assert!(has(&now(0).0, "instrument-out-of-use") && has(&now(0).1, "instrument-out-of-use"));
    world.run_because(supervisor, "repaired", ReturnInstrument { instrument }).unwrap();
    assert!(due(&world).is_empty(), "what held a result goes on holding it");
    assert!(sign(&world, &now(0).1), "a person may lift the hold");
}

/// The range was changed and verified before the job came to look.
#[test]
fn a_value_beyond_the_range_that_its_test_system_has_now_is_held() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium", "potassium"], "T1");
    let (beyond, within) = (world.filed("T1", "sodium", "155"), world.filed("T1", "potassium", "4.0"));
    let none = || Said { text: "a test".to_owned(), not_applicable: true };
    for (analyte, high) in [("sodium", "150"), ("potassium", "10")] {
        let (system, _) = system_of(&world, analyte);
        let description = Description {
            analyte: world.analyte(analyte),
            specimen_type: world.catalog().analyte_by_key(analyte).unwrap().specimen_type,
            instrument: world.instrument().unwrap(),
            method: "of the test".to_owned(),
            low: String::new(),
            high: high.to_owned(),
            dilution: String::new(),
            decimals: None,
            inputs: Vec::new(),
        };
        let system = world.run(world.actor(Role::Supervisor), ChangeSystem { system, description }).unwrap();
        let record = RecordText {
            accuracy: none(),
            precision: none(),
            reportable_range: none(),
            reference_interval: none(),
            performed_on: Some(date("2026-11-20")),
            performed_by: "the test".to_owned(),
        };
        let systems = vec![(system, system_of(&world, analyte).1)];
        let verify = VerifySystems { systems, record, file: None, signed: world.signed(Role::Director) };
        world.run(world.actor(Role::Director), verify).unwrap();
    }
    assert!(!sign(&world, &beyond), "judged again in place of the signature");
    let now = world.result(beyond.id);
    assert!(has(&now, "beyond-measuring-range") && !has(&now, "system-not-in-use"), "{now:?}");
    assert!(sign(&world, &within) && sign(&world, &now));
    world.received(patient, &["sodium"], "T2");
    assert_eq!(world.filed("T2", "sodium", "151").holds, ["beyond-measuring-range"]);
}

/// A link of two modules: the first result is of one, what contradicts it of the other, which has a limit of its own.
#[test]
fn a_value_that_contradicts_a_result_is_judged_again_with_its_own_instrument() {
    let world = World::new();
    let supervisor = world.actor(Role::Supervisor);
    let module = |name: &str, module: &str| Instrument {
        name: name.to_owned(),
        kind: "analyzer".to_owned(),
        module: module.to_owned(),
        link: Some(LINK),
    };
    let first = world.instrument().unwrap();
    let change = ChangeInstrument { instrument: first, description: module("Analyzer 1", "M1") };
    world.run(supervisor, change).unwrap();
    let second = world.run(supervisor, AddInstrument(module("Analyzer 2", "M2"))).unwrap();
    world.verify_systems_of(second);
    let (_, specimen) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let report = |measured_by: InstrumentId, value: &str| {
        let report = ReportResults {
            link: LINK,
            instrument: "Gateway".to_owned(),
            measured_by: Some(measured_by),
            barcode: "T1".to_owned(),
            measurements: vec![world.measurement("sodium", value)],
            tube: None,
            origin: None,
        };
        world.run(Actor::Link(LINK), report).unwrap();
    };
    report(first, "140");
    world.verified(&[&world.results(specimen)[0]]);
    world.pass(60);
    report(second, "152");
    let open = || world.read(move |s| views::contradicting(s, specimen)).remove(0);
    assert_eq!((open().instrument, open().critical.as_str()), (Some(second), ""));
    import(
        &world,
        r#"limit = [{ analyte = "sodium", population = "any", high_op = ">=", high = "150", unit = "mmol/L", source = "new" }]"#,
    );
    super::judged_again::approve(&world);
    world.judge();
    assert_eq!(open().critical, "high");
    // The limit for all is in force again, and the new one judges the second module alone.
    world.tamper("UPDATE critical_limits SET retired_at = NULL");
    world.tamper(&format!("UPDATE critical_limits SET instrument = {second} WHERE source = 'new'"));
    world.tamper("UPDATE contradictions SET critical = '', rank = 1");
    let judge = JudgeWaiting { after: JudgedUpTo::START };
    world.beside().submit(Actor::Timer, None, move |tx| tx.run(judge)).wait().unwrap();
    assert_eq!(open().critical, "high");
    world.tamper(&format!("UPDATE critical_limits SET instrument = {first} WHERE source = 'new'"));
    let judge = JudgeWaiting { after: JudgedUpTo::START };
    world.beside().submit(Actor::Timer, None, move |tx| tx.run(judge)).wait().unwrap();
    assert_eq!(open().critical, "", "the limit of the other module says nothing of it");
}
