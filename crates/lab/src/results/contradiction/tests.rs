//! Nobody signs a result without seeing what contradicts it, and what is verified stays as it is until a person decides.

mod arrivals;
mod kept;

use titer_store::TableRow;

use super::CONTRADICTIONS_MAX;
use crate::{
    Action, Actor, Command, Ctx, Decision, Failure, Refusal, Role,
    results::{
        ContradictionId, ContradictionState, State,
        commands::{AskForRepeat, LetResultStand, Measurement, OnDisplay, VerifyResults},
        events::{Measured, Reported},
        tables::ContradictionRow,
        views::{self, Contradiction, LabResult},
    },
    specimens::SpecimenId,
    testing::{LINK, World, code, on_display},
};

/// A laboratory with one tube, T1, on which sodium and potassium are ordered.
pub(super) fn with_tube() -> (World, SpecimenId) {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, specimen) = world.received(patient, &["sodium", "potassium"], "T1");
    (world, specimen)
}

pub(super) fn sodium(world: &World, value: &str) -> Measurement {
    world.measurement("sodium", value)
}

pub(super) fn unfit(world: &World, value: &str) -> Measurement {
    Measurement { unfit: Some(Refusal::new("inbox-result-corrected")), ..sodium(world, value) }
}

pub(super) fn only(world: &World, specimen: SpecimenId) -> LabResult {
    let results = world.results(specimen);
    assert_eq!(results.len(), 1);
    results.into_iter().next().unwrap()
}

/// What contradicts the results of a specimen: value, state and owner.
pub(super) fn against(world: &World, specimen: SpecimenId) -> Vec<(String, ContradictionState, String)> {
    let all = world.read(move |s| views::contradicting(s, specimen));
    all.into_iter().map(|c| (c.value, c.state, c.owner)).collect()
}

pub(super) fn held_by(result: &LabResult) -> Vec<&str> {
    result.holds.iter().filter_map(|h| h.strip_prefix("contradicted:")).collect()
}

pub(super) fn verify(world: &World, result: OnDisplay) -> Result<(), Failure> {
    let signed = world.signed(Role::Technician);
    world.run(world.technician(), VerifyResults { results: vec![result], signed }).map(|_| ())
}

/// What an analyzer sends in a laboratory.
type Message<'a> = &'a dyn Fn(&World) -> Vec<Measurement>;
/// One value of it.
type Value<'a> = &'a dyn Fn(&World) -> Measurement;

#[test]
fn of_two_values_in_one_message_the_one_that_is_filed_shows_the_other() {
    // Both orders, and values that cannot be filed for whatever reason.
    let cases: [(&str, Message<'_>, &str); 5] = [
        ("the second", &|w| vec![sodium(w, "140"), sodium(w, "172")], "172 mmol/L"),
        ("one that the link lets not be filed", &|w| vec![unfit(w, "172"), sodium(w, "140")], "172 mmol/L"),
        (
            "one of the future",
            &|w| {
                let at = Some(w.now().plus_seconds(3_600));
                vec![Measurement { measured_at: at, ..sodium(w, "172") }, sodium(w, "140")]
            },
            "172 mmol/L",
        ),
        (
            "one that no page can print",
            &|w| vec![sodium(w, "140"), Measurement { code: "N\u{7}".to_owned(), ..sodium(w, "1\u{7}72\n") }],
            "172 mmol/L",
        ),
        ("one without a value", &|w| vec![sodium(w, "140"), sodium(w, "")], "mmol/L"),
    ];
    for (what, message, said) in cases {
        let (world, specimen) = with_tube();
        let filed = world.report("T1", message(&world)).unwrap();
        assert_eq!((filed.results.len(), filed.held.len()), (1, 1), "{what}");
        let result = only(&world, specimen);
        assert_eq!(result.value, "140", "{what}");
        let holds = held_by(&result);
        assert!(holds.len() == 1 && holds[0].ends_with(said), "{what}: {holds:?}");
        let waiting = world.read(|s| views::waiting(s));
        let critical = usize::from(said.starts_with("172"));
        assert_eq!((waiting.critical.number, waiting.held.number), (critical, 1 - critical), "{what}");
        let unseen = OnDisplay { lifts_holds: false, ..on_display(&result) };
        assert_eq!(code(verify(&world, unseen)), "results-held", "{what}");
        assert_eq!(code(verify(&world, on_display(&result))), "done", "{what}");
    }
}

#[test]
fn a_rerun_holds_the_result_that_waits_and_a_page_that_is_open_signs_nothing() {
    let (world, specimen) = with_tube();
    let shown = world.filed("T1", "sodium", "140");
    assert_eq!(shown.holds, Vec::<String>::new());
    world.pass(600);
    let filed = world.report("T1", vec![sodium(&world, "172")]).unwrap();
    assert_eq!(filed.held[0].1.code, "results-second-result");
    let result = only(&world, specimen);
    // Berlin's clock, by which the tube's people work.
    assert_eq!(result.holds, ["contradicted-critical", "contradicted:2026-11-22T10:10 172 mmol/L"]);
    assert_eq!((result.version, result.value.as_str(), result.flag.as_str()), (2, "140", "N"));
    assert_eq!(code(verify(&world, on_display(&shown))), "results-changed-meanwhile");
    assert_eq!(against(&world, specimen), [("172".to_owned(), ContradictionState::Beside, String::new())]);

    let head = world.head();
    world.report("T1", vec![sodium(&world, "172")]).unwrap();
    assert_eq!(world.head(), head, "read again, it is set against the result once");
    world.pass(600);
    world.report("T1", vec![sodium(&world, "171")]).unwrap();
    assert_eq!(held_by(&only(&world, specimen)).len(), 2);

    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(held_by(&only(&world, specimen)).len(), 2);
    assert_eq!(code(verify(&world, on_display(&only(&world, specimen)))), "done");
    assert_eq!(against(&world, specimen).len(), 2);
    assert!(world.read(|s| views::corrections(s)).0.is_empty(), "they were seen when it was signed");
}

#[test]
fn what_says_the_same_contradicts_nothing() {
    let cases: [(&str, Value<'_>); 4] = [
        ("a rerun to the same value", &|w| sodium(w, "140")),
        ("without a time", &|w| Measurement { measured_at: None, ..sodium(w, "140") }),
        ("a preliminary one", &|w| Measurement {
            unfit: Some(Refusal::new("inbox-result-preliminary")),
            ..sodium(w, "140")
        }),
        ("of another analyte", &|w| w.measurement("potassium", "4.0")),
    ];
    for (what, again) in cases {
        let (world, specimen) = with_tube();
        let first = world.filed("T1", "sodium", "140");
        world.pass(600);
        world.report("T1", vec![again(&world)]).unwrap();
        assert_eq!(world.results(specimen)[0], first, "{what}");
    }
    // A mark beside the same value says something else.
    let (world, specimen) = with_tube();
    world.filed("T1", "sodium", "140");
    world.pass(600);
    let marked = Measurement { holds: vec!["instrument-flag:clot".to_owned()], ..sodium(&world, "140") };
    world.report("T1", vec![marked]).unwrap();
    assert_eq!(held_by(&only(&world, specimen)).len(), 1);
}

#[test]
fn a_value_that_came_first_and_could_not_be_filed_stands_beside_the_one_that_is() {
    let (world, specimen) = with_tube();
    world.report("T1", vec![unfit(&world, "172")]).unwrap();
    assert_eq!(world.results(specimen), []);
    world.pass(60);
    let result = world.filed("T1", "sodium", "140");
    assert_eq!(held_by(&result).len(), 1, "{result:?}");

    let (world, _) = with_tube();
    world.report("T1", vec![unfit(&world, "140")]).unwrap();
    world.pass(60);
    assert_eq!(held_by(&world.filed("T1", "sodium", "140")), [""; 0], "the same value");
    // Of what nobody asked for nothing is noted.
    let head = world.head();
    let asked_by_nobody = Measurement { unfit: Some(Refusal::new("inbox-time")), ..world.measurement("crp", "9") };
    world.report("T1", vec![asked_by_nobody, world.measurement("lipase", "9")]).unwrap();
    assert_eq!(world.head(), head);
}

#[test]
fn what_was_put_aside_contradicts_nothing_and_what_contradicted_it_stays() {
    let (world, specimen) = with_tube();
    world.report("T1", vec![sodium(&world, "140"), sodium(&world, "172")]).unwrap();
    world.pass(60);
    world.report("T1", vec![sodium(&world, "160")]).unwrap();
    let first = only(&world, specimen);
    world.run_because(world.technician(), "a clot", AskForRepeat { result: on_display(&first) }).unwrap();
    world.pass(60);
    let second = world.filed("T1", "sodium", "171");
    let seen: Vec<_> = held_by(&second).into_iter().map(|h| h.split(' ').nth(1).unwrap()).collect();
    assert_eq!(seen, ["172", "160"], "and not 140, which a person put aside");
    assert_eq!(world.results(specimen)[0].state, State::Repeat);
}

#[test]
fn a_verified_result_is_never_touched_and_a_correction_is_to_be_decided() {
    let (world, specimen) = with_tube();
    let first = world.filed("T1", "sodium", "140");
    let potassium = world.filed("T1", "potassium", "4.0");
    world.verified(&[&first]);
    let verified = world.result(first.id);
    world.pass(600);
    let filed = world.report("T1", vec![sodium(&world, "172")]).unwrap();
    assert_eq!(filed.held[0].1.code, "results-second-to-verified");
    assert_eq!(world.result(first.id), verified, "neither held nor flagged anew");
    let owner = "technician of the test".to_owned();
    assert_eq!(against(&world, specimen), [("172".to_owned(), ContradictionState::Open, owner.clone())]);
    let (open, more) = world.read(|s| views::corrections(s));
    assert_eq!((open.len(), more), (1, false));
    let Contradiction { result, arrived_at, owner: of, .. } = open[0].contradiction.clone();
    assert_eq!((result, arrived_at, of), (first.id, world.now(), owner));
    assert_eq!((open[0].result.clone(), open[0].barcode.as_str()), (verified, "T1"));
    assert_eq!(code(verify(&world, on_display(&potassium))), "done", "another test of the tube");
}

/// Files a result beside one that stands, as no command does.
struct Beside {
    specimen: SpecimenId,
    analyte: i64,
}

impl Command for Beside {
    type Answer = ();
    const ACTION: Action = Action::ReportResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn titer_store::Read) -> Result<Decision<()>, Failure> {
        let specimen = crate::specimens::views::specimen(read, self.specimen)?.unwrap();
        let result = serde_json::json!({
            "analyte": self.analyte, "code": "Na", "value": "139", "unit": "mmol/L", "flag": "N", "interval": 1, "low": "136",
            "high": "145",
        });
        let result: Measured = serde_json::from_value(result).unwrap();
        let (order, patient) = (specimen.order.0, specimen.patient.id.0);
        let reported = Reported {
            specimen: specimen.id.0,
            order,
            patient,
            priority: 2,
            link: LINK,
            instrument: String::new(),
            instrument_id: ctx.systems.measuring(LINK, "").instrument().map(|instrument| instrument.0),
            provenance: None,
            measured_at: None,
            results: vec![result],
            finished: false,
        };
        Ok(Decision::event(reported, ()))
    }
}

#[test]
fn until_it_is_decided_nothing_of_that_test_and_tube_is_verified() {
    let (world, specimen) = with_tube();
    let first = world.filed("T1", "sodium", "140");
    world.verified(&[&first]);
    world.run(Actor::Link(LINK), Beside { specimen, analyte: world.analyte("sodium").0 }).unwrap();
    let other = world.results(specimen).remove(1);
    world.pass(600);
    world.report("T1", vec![sodium(&world, "172")]).unwrap();
    assert_eq!(code(verify(&world, on_display(&other))), "results-correction-open");
    let id = open(&world)[0];
    assert_eq!(code(decide(&world, Some("diluted"), vec![id])), "done");
    assert_eq!(code(verify(&world, on_display(&other))), "done");
}

pub(super) fn open(world: &World) -> Vec<ContradictionId> {
    world.read(|s| views::corrections(s)).0.iter().map(|c| c.contradiction.id).collect()
}

pub(super) fn decide(world: &World, why: Option<&str>, contradictions: Vec<ContradictionId>) -> Result<(), Failure> {
    let decide = LetResultStand { contradictions, signed: world.signed(Role::Technician) };
    world.lab.submit(world.technician(), why.map(str::to_owned), move |tx| tx.run(decide)).wait().map(|_| ())
}

#[test]
fn that_a_result_stands_is_decided_with_a_reason_and_signed() {
    let (world, specimen) = with_tube();
    let [first, other] = [("sodium", "140"), ("potassium", "4.0")].map(|(a, v)| world.filed("T1", a, v));
    world.verified(&[&first, &other]);
    world.pass(600);
    world.report("T1", vec![sodium(&world, "172"), world.measurement("potassium", "7.1")]).unwrap();
    let [of_first, of_other] = open(&world)[..] else { panic!("two are open") };
    let cases: [(Option<&str>, Vec<ContradictionId>, &str); 6] = [
        (None, vec![of_first], "results-decision-needs-reason"),
        (Some(" "), vec![of_first], "results-decision-needs-reason"),
        (Some("diluted"), vec![], "results-contradiction-unknown"),
        (Some("diluted"), vec![ContradictionId(1)], "results-contradiction-unknown"),
        (Some("diluted"), vec![of_first, of_other], "results-contradiction-decided"),
        (Some("diluted"), vec![of_first, of_first], "done"),
    ];
    for (why, contradictions, expected) in cases {
        let before = world.head();
        assert_eq!(code(decide(&world, why, contradictions)), expected);
        assert_eq!(world.head() - before, i64::from(expected == "done"), "{expected}");
    }
    let body = world.last_body();
    assert_eq!((&body["stands"], &body["dismissed"][0]["value"]), (&"140 mmol/L".into(), &"172 mmol/L".into()));
    assert_eq!(body["signature"]["meaning"], "stands");
    assert_eq!(open(&world), [of_other]);
    assert_eq!(code(decide(&world, Some("diluted"), vec![of_first])), "results-contradiction-decided");
    let states: Vec<_> = against(&world, specimen).into_iter().map(|(value, state, _)| (value, state)).collect();
    assert_eq!(
        states,
        [("172".to_owned(), ContradictionState::Dismissed), ("7.1".to_owned(), ContradictionState::Open)]
    );
    // The same message, read again, opens nothing anew. Another rerun does.
    let head = world.head();
    world.report("T1", vec![sodium(&world, "172")]).unwrap();
    assert_eq!(world.head(), head);
    world.pass(600);
    world.report("T1", vec![sodium(&world, "173")]).unwrap();
    assert_eq!(open(&world).len(), 2);
}

/// Its value is what the person saw, and what the signature says.
#[test]
fn a_contradicting_value_that_was_changed_behind_the_journal_is_not_dismissed() {
    let (world, _) = with_tube();
    let first = world.filed("T1", "sodium", "140");
    world.verified(&[&first]);
    world.pass(600);
    world.report("T1", vec![sodium(&world, "172")]).unwrap();
    let id = open(&world)[0];
    for column in ContradictionRow::TABLE.columns {
        let (name, text) = (column.name, column.ty == titer_store::Type::Text);
        if ["state", "result"].contains(&name) {
            continue;
        }
        world.tamper("CREATE TABLE saved AS SELECT * FROM contradictions");
        let other = if text { format!("{name} || '1'") } else { format!("coalesce({name}, 0) + 1") };
        world.tamper(&format!("UPDATE contradictions SET {name} = {other}"));
        let before = world.head();
        let refused = code(decide(&world, Some("diluted"), vec![id]));
        assert_eq!(refused, "results-contradiction-not-as-journalled", "{name}");
        assert_eq!(world.head(), before);
        world.tamper("DELETE FROM contradictions");
        world.tamper("INSERT INTO contradictions SELECT * FROM saved");
        world.tamper("DROP TABLE saved");
    }
    // Set against another result.
    let other = world.filed("T1", "potassium", "4.0");
    world.verified(&[&other]);
    world.tamper(&format!("UPDATE contradictions SET result = {}", other.id));
    assert_eq!(code(decide(&world, Some("diluted"), vec![id])), "results-contradiction-not-as-journalled");
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(code(decide(&world, Some("diluted"), vec![id])), "done");
}

#[test]
fn who_may_not_verify_decides_nothing() {
    let (world, _) = with_tube();
    let decide = LetResultStand { contradictions: vec![], signed: world.signed(Role::Technician) };
    assert_eq!(code(world.run(world.actor(Role::Clerk), decide)), "people-not-permitted");
}
