//! What waits is judged by what the director has in force now: by a job after each approval, and before each signature.

use crate::{
    Actor, Failure, Role,
    catalog::{
        JUDGE,
        commands::{ApproveCatalog, ImportCatalog},
        starter, views as catalog,
    },
    jobs,
    results::{
        commands::{LetResultStand, VerifyResults},
        judged_now::{JudgeWaiting, JudgedUpTo, SayAllJudged},
        views::{self, LabResult},
    },
    systems::commands::RetireSystem,
    testing::{World, code, on_display, refusal, wait},
    ways::{self, Signing},
};

/// Limits and an interval of sodium other than those in force: 120 to 160, and 136 to 145.
const NARROWER: &str = r#"
limit = [{ analyte = "sodium", population = "any", low_op = "<=", low = "125", high_op = ">=", high = "150", unit = "mmol/L", source = "new" }]
interval = [{ analyte = "sodium", sex = "any", low = "130", high = "141", unit = "mmol/L", type = "reference", source = "new" }]
"#;

pub(super) fn import(world: &World, text: &str) {
    world.run(Actor::Console, ImportCatalog(starter::parse(text).unwrap())).unwrap();
}

/// The director signs all proposals into force.
pub(super) fn approve(world: &World) {
    let (intervals, limits) = world.read(|s| catalog::proposals(s));
    let (intervals, limits) = (intervals.iter().map(|i| i.id).collect(), limits.iter().map(|l| l.id).collect());
    let answers = world.read(|s| catalog::proposed_answers(s)).iter().map(|a| a.id).collect();
    let signed = world.signed(Role::Director);
    world.run(world.actor(Role::Director), ApproveCatalog { intervals, limits, answers, signed }).unwrap();
}

pub(super) fn due(world: &World) -> Vec<i64> {
    wait(jobs::due(&world.lab)).unwrap().into_iter().filter(|job| job.kind == JUDGE).map(|job| job.subject).collect()
}

fn verify(world: &World, results: &[&LabResult]) -> Result<(), Failure> {
    let (results, signed) = (results.iter().map(|r| on_display(r)).collect(), world.signed(Role::Technician));
    world.run(world.technician(), VerifyResults { results, signed }).map(|_| ())
}

/// As on the page of the signature.
pub(super) fn sign(world: &World, result: &LabResult) -> bool {
    let verify = VerifyResults { results: vec![on_display(result)], signed: world.signed(Role::Technician) };
    let signed = world.lab.submit(world.technician(), None, move |tx| ways::verify(tx, verify)).wait().unwrap();
    matches!(signed, Signing::Signed(_))
}

pub(super) fn has(result: &LabResult, hold: &str) -> bool {
    result.holds.iter().any(|h| h == hold)
}

#[test]
fn a_job_judges_what_waits_by_the_limit_and_the_interval_that_were_approved() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let mut filed = Vec::new();
    for (tube, value) in [("T1", "155"), ("T2", "143"), ("T3", "138"), ("T4", "123")] {
        world.received(patient, &["sodium", "potassium"], tube);
        filed.push(world.filed(tube, "sodium", value));
    }
    let potassium = world.filed("T1", "potassium", "4.0");
    import(&world, NARROWER);
    assert!(due(&world).is_empty(), "a proposal judges nothing");
    approve(&world);
    assert_eq!(due(&world), [world.head()]);
    world.judge();
    assert!(due(&world).is_empty());
    let now: Vec<_> = filed.iter().map(|r| world.result(r.id)).collect();
    let judged: Vec<_> = now.iter().map(|r| (r.flag.as_str(), r.critical.as_str(), r.low.as_str())).collect();
    assert_eq!(judged, [("H", "high", "130"), ("H", "", "130"), ("N", "", "130"), ("L", "low", "130")]);
    assert!(now.iter().all(|r| has(r, "judged-again") && r.version == 2), "{now:?}");
    assert_eq!([has(&now[0], "critical"), has(&now[1], "critical")], [true, false]);
    assert_eq!(world.result(potassium.id), potassium, "nothing was approved for potassium");
    let waiting = world.read(|s| views::waiting(s));
    assert_eq!(waiting.critical.number, 2, "they are the first in review");
    assert_eq!(code(verify(&world, &[&filed[0]])), "results-changed-meanwhile");
    assert_eq!(code(verify(&world, &[&now[0], &potassium])), "done");
}

#[test]
fn between_the_approval_and_the_job_nobody_signs_an_old_judgement() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium", "potassium"], "T1");
    let (sodium, potassium) = (world.filed("T1", "sodium", "155"), world.filed("T1", "potassium", "4.0"));
    import(&world, NARROWER);
    approve(&world);
    assert_eq!(code(verify(&world, &[&sodium])), "results-judged-otherwise");
    assert_eq!(code(verify(&world, &[&potassium, &sodium])), "results-judged-otherwise");
    let head = world.head();
    assert!(!sign(&world, &sodium), "judged again in place of the signature");
    assert_eq!(world.kinds_after(head), ["results.judged-again"]);
    let now = world.result(sodium.id);
    assert_eq!((now.critical.as_str(), now.signed.is_some(), has(&now, "judged-again")), ("high", false, true));
    assert!(sign(&world, &now) && sign(&world, &potassium));
    let head = world.head();
    world.judge();
    assert_eq!(world.kinds_after(head), ["results.all-judged"], "the job finds nothing more");
}

/// A job that was stopped begins anew, and what was judged already stays.
#[test]
fn the_job_goes_in_steps_of_bounded_size_and_may_begin_anew() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    for n in 0..12 {
        world.received(patient, &["sodium"], &format!("T{n}"));
        world.filed(&format!("T{n}"), "sodium", "155");
    }
    import(&world, NARROWER);
    approve(&world);
    let job = due(&world)[0];
    let step = |after| world.run(Actor::Timer, JudgeWaiting { after }).unwrap();
    let head = world.head();
    let mut steps = vec![JudgedUpTo::START];
    while let Some(next) = step(*steps.last().unwrap()) {
        steps.push(next);
    }
    assert_eq!(world.head() - head, 12, "an event for each tube");
    let head = world.head();
    step(JudgedUpTo::START);
    assert_eq!((world.head(), due(&world)), (head, vec![job]), "it is due until it says that all is judged");
    world.run(Actor::Timer, SayAllJudged { catalog: job }).unwrap();
    world.run(Actor::Timer, SayAllJudged { catalog: job }).unwrap();
    assert_eq!((world.head(), due(&world)), (head + 1, vec![]));
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert!(due(&world).is_empty(), "a replay fires nothing");
}

#[test]
fn an_open_contradiction_is_judged_again_and_not_dismissed_by_its_old_judgement() {
    let world = World::new();
    let (_, specimen) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    world.pass(60);
    world.report("T1", vec![world.measurement("sodium", "155")]).unwrap();
    let open = move || world_contradictions(specimen);
    let before = world.read(open()).remove(0);
    assert_eq!(before.critical, "");
    import(&world, NARROWER);
    approve(&world);
    let stands = || {
        let decide = LetResultStand { contradictions: vec![before.id], signed: world.signed(Role::Technician) };
        let why = Some("a clot".to_owned());
        world.lab.submit(world.technician(), why, move |tx| ways::let_stand(tx, decide)).wait().unwrap()
    };
    let decide = LetResultStand { contradictions: vec![before.id], signed: world.signed(Role::Technician) };
    let refused = refusal(world.run_because(world.technician(), "a clot", decide));
    assert_eq!(refused.code, "results-judged-otherwise");
    world.judge();
    assert_eq!(world.read(open()).remove(0).critical, "high");
    assert!(world.result(sodium.id).signed.is_some(), "the verified result stays as it was signed");
    assert_eq!(stands(), Signing::Signed(0), "now the person has seen that it is critical");
}

type Open = Box<
    dyn FnOnce(&mut titer_store::Snapshot<'_>) -> Result<Vec<views::Contradiction>, titer_store::StoreError> + Send,
>;

fn world_contradictions(specimen: crate::specimens::SpecimenId) -> Open {
    Box::new(move |s| views::contradicting(s, specimen))
}

#[test]
fn a_decision_on_a_contradiction_waits_for_the_new_judgement() {
    let world = World::new();
    let (_, specimen) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    world.pass(60);
    world.report("T1", vec![world.measurement("sodium", "155")]).unwrap();
    import(&world, NARROWER);
    approve(&world);
    let id = world.read(world_contradictions(specimen)).remove(0).id;
    let stands = || {
        let decide = LetResultStand { contradictions: vec![id], signed: world.signed(Role::Technician) };
        let why = Some("a clot".to_owned());
        world.lab.submit(world.technician(), why, move |tx| ways::let_stand(tx, decide)).wait().unwrap()
    };
    assert_eq!([stands(), stands()], [Signing::JudgedAgain, Signing::Signed(0)]);
}

#[test]
fn a_value_that_stands_beside_a_waiting_result_is_judged_again_with_it() {
    let world = World::new();
    let (_, specimen) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    world.report("T1", vec![world.measurement("sodium", "140"), world.measurement("sodium", "155")]).unwrap();
    let before = world.results(specimen).remove(0);
    assert!(!has(&before, "contradicted-critical"), "{before:?}");
    import(&world, NARROWER);
    approve(&world);
    assert_eq!(code(verify(&world, &[&before])), "results-judged-otherwise");
    world.judge();
    let now = world.results(specimen).remove(0);
    assert!(now.is_urgent(), "{now:?}");
    assert_eq!(code(verify(&world, &[&now])), "done");
}

#[test]
fn a_result_whose_answer_was_replaced_is_held_with_that_reason_before_anybody_signs() {
    let coded = |meaning: &str| {
        format!(
            r#"analyte = [{{ key = "hiv", name = "HIV", short = "HIV", discipline = "i", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "a" }}]
            test = [{{ key = "hiv", name = "HIV", analytes = ["hiv"], specimen_type = "serum" }}]
            answers = [{{ key = "a", answer = [{{ code = "N", words = "Non-reactive", meaning = "normal", source = "s" }},
            {{ code = "W", words = "Weakly reactive", meaning = "{meaning}", source = "s" }}] }}]"#
        )
    };
    // What it means now, and whether it is critical then.
    for (meaning, critical) in [("critical", "answer"), ("normal", ""), ("invalid", "")] {
        let world = World::new();
        import(&world, &coded("abnormal"));
        approve(&world);
        world.judge();
        let patient = world.patient("MRN-1");
        let [weak, none] = [("T1", "Weakly reactive"), ("T2", "Non-reactive")].map(|(tube, words)| {
            world.received(patient, &["hiv"], tube);
            world.filed(tube, "hiv", words)
        });
        import(&world, &coded(meaning));
        assert_eq!(code(verify(&world, &[&none])), "done", "a proposal changes nothing");
        approve(&world);
        assert_eq!(code(verify(&world, &[&weak])), "results-answer-replaced");
        world.judge();
        let now = world.result(weak.id);
        assert!(has(&now, "answer-replaced") && now.flag.is_empty(), "{now:?}");
        assert_eq!((now.critical.as_str(), has(&now, "undecided-critical")), (critical, critical.is_empty()));
        assert_eq!(code(verify(&world, &[&now])), "results-answer-replaced", "the last guard stays");
    }
}

#[test]
fn a_result_is_not_signed_as_it_was_shown_if_its_test_system_went_out_of_use_since() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium"], "T1");
    let waits = world.filed("T1", "sodium", "140");
    assert_eq!(waits.holds, [] as [&str; 0]);
    let (lab, sodium) = (world.lab.clone(), world.analyte("sodium"));
    let systems = world.read(move |s| lab.systems(s));
    let system = systems.all().iter().find(|system| system.analyte == sodium).unwrap().id;
    world.run_because(world.actor(Role::Supervisor), "the electrode drifts", RetireSystem { system }).unwrap();
    assert!(!sign(&world, &waits), "the person has seen no hold");
    let now = world.result(waits.id);
    assert!(has(&now, "system-not-in-use") && has(&now, "judged-again"), "{now:?}");
    assert!(sign(&world, &now), "a person may lift the hold");
}
