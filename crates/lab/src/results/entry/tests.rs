//! Results by hand, as sentences.

use super::*;
use crate::{
    Actor, Role,
    catalog::{
        commands::{ApproveCatalog, ImportCatalog},
        starter, views as catalog,
    },
    instruments::commands::{AddInstrument, Description, RetireInstrument},
    orders::views as orders,
    results::{
        ContradictionState,
        by_hand::{RequireSecondReaders, readers, second_readers},
        commands::{AskForRepeat, OnDisplay, VerifyResults},
        views::{self, LabResult},
    },
    specimens::SpecimenId,
    testing::{World, arg, code, on_display, refusal, time},
    ways,
};

/// Tests of a bench without an analyzer, one of each kind.
const BENCH: &str = r#"
analyte = [
    { key = "strip", name = "Glucose, urine", short = "Glu", discipline = "urinalysis", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "strip" },
    { key = "ana", name = "ANA", short = "ANA", discipline = "immunology", unit = "{titer}", decimals = 0, specimen_type = "serum", kind = "titre" },
    { key = "casts", name = "Casts", short = "Cas", discipline = "urinalysis", unit = "/[LPF]", decimals = 0, specimen_type = "serum", kind = "bin" },
    { key = "smear", name = "Smear", short = "Smear", discipline = "haematology", unit = "", decimals = 0, specimen_type = "serum", kind = "text" },
]
answers = [{ key = "strip", answer = [
    { code = "NEG", words = "Negative", meaning = "normal", source = "s" },
    { code = "P1", words = "1+", meaning = "abnormal", source = "s" },
    { code = "P3", words = "3+", meaning = "critical", source = "s" },
    { code = "TR", words = "Trace", meaning = "abnormal", source = "s" },
    { code = "INV", words = "Invalid", meaning = "invalid", source = "s" },
] }]
test = [
    { key = "strip", name = "Glucose, urine", analytes = ["strip"], specimen_type = "serum" },
    { key = "ana", name = "ANA", analytes = ["ana"], specimen_type = "serum" },
    { key = "casts", name = "Casts", analytes = ["casts"], specimen_type = "serum" },
    { key = "smear", name = "Smear", analytes = ["smear"], specimen_type = "serum" },
]
interval = [
    { analyte = "ana", sex = "any", high = "80", unit = "{titer}", type = "reference", source = "s" },
    { analyte = "casts", sex = "any", low = "0", high = "5", unit = "/[LPF]", type = "reference", source = "s" },
]
"#;

/// A laboratory with a manual method.
struct Bench {
    world: World,
    method: InstrumentId,
}

fn described(name: &str, kind: &str, link: Option<i64>) -> AddInstrument {
    let name = name.to_owned();
    AddInstrument(Description { name, kind: kind.to_owned(), link, ..Description::default() })
}

impl Bench {
    fn new() -> Self {
        let world = World::new();
        world.run(Actor::Console, ImportCatalog(starter::parse(BENCH).unwrap())).unwrap();
        let (intervals, limits) = world.read(|s| catalog::proposals(s));
        let (intervals, limits) = (intervals.iter().map(|i| i.id).collect(), limits.iter().map(|l| l.id).collect());
        let answers = world.read(|s| catalog::proposed_answers(s)).iter().map(|a| a.id).collect();
        let signed = world.signed(Role::Director);
        world.run(world.actor(Role::Director), ApproveCatalog { intervals, limits, answers, signed }).unwrap();
        let method = world.run(Actor::Console, described("By eye", "manual", None)).unwrap();
        world.verify_systems_of(method);
        Bench { world, method }
    }

    fn tube(&self, tests: &[&str], barcode: &str) -> SpecimenId {
        let patient = self.world.patient(&format!("MRN-{barcode}"));
        self.world.received(patient, tests, barcode).1
    }

    fn entering(&self, specimen: SpecimenId, values: &[(&str, &str)]) -> EnterResults {
        let typed =
            |(test, value): &(&str, &str)| Entered { analyte: self.world.analyte(test), value: (*value).to_owned() };
        EnterResults {
            instrument: self.method,
            link_down: false,
            specimen,
            values: values.iter().map(typed).collect(),
            measured_at: None,
            shown: self.world.head(),
        }
    }

    fn enter(&self, specimen: SpecimenId, values: &[(&str, &str)]) -> Entry {
        self.enter_as(self.world.technician(), specimen, values)
    }

    fn enter_as(&self, who: Actor, specimen: SpecimenId, values: &[(&str, &str)]) -> Entry {
        self.world.run(who, self.entering(specimen, values)).unwrap()
    }

    /// Enters one value; answers the result, or why there is none.
    fn one(&self, specimen: SpecimenId, test: &str, value: &str) -> Result<LabResult, Refusal> {
        let mut entry = self.enter(specimen, &[(test, value)]);
        match entry.refused.pop() {
            Some((_, refusal)) => Err(refusal),
            None => Ok(self.world.result(entry.results[0])),
        }
    }

    fn asks_second_reader(&self, test: &str) {
        let analytes = vec![(self.world.analyte(test), true)];
        self.world.run(self.world.actor(Role::Director), RequireSecondReaders { analytes }).unwrap();
    }

    fn sign(&self, role: Role, results: &[LabResult]) -> Result<(), Failure> {
        let results = results.iter().map(on_display).collect();
        let command = VerifyResults { results, signed: self.world.signed(role) };
        self.world.run(self.world.actor(role), command).map(|_| ())
    }
}

#[test]
fn a_value_by_hand_is_judged_like_an_analyzers() {
    let bench = Bench::new();
    let cases = [
        ("sodium", "140", "140", "N", "", [].as_slice()),
        ("sodium", " 165 ", "165", "H", "high", &["critical"]),
        ("sodium", "< 118", "< 118", "L", "low", &["critical"]),
        ("crp", "> 5", "> 5", "H", "", &[]),
        ("strip", "Negative", "NEG", "N", "", &[]),
        ("strip", "neg", "NEG", "N", "", &[]),
        ("strip", "3+", "P3", "A", "answer", &["critical"]),
        ("strip", "Invalid", "INV", "", "", &["answer-invalid"]),
        ("ana", "1:160", "1:160", "H", "", &[]),
        ("casts", "2-5", "2-5", "N", "", &[]),
        ("casts", ">50", ">50", "H", "", &[]),
        ("smear", "Toxic granulation", "Toxic granulation", "", "", &["free-text"]),
    ];
    for (place, (test, typed, value, flag, critical, holds)) in cases.into_iter().enumerate() {
        let specimen = bench.tube(&[test], &format!("T{place}"));
        let result = bench.one(specimen, test, typed).unwrap();
        assert_eq!((&*result.value, &*result.flag, &*result.critical), (value, flag, critical), "{test} {typed}");
        assert_eq!(result.holds, holds, "{test} {typed}");
        assert_eq!(result.measured_at, Some(bench.world.now()), "{test} {typed}");
        let technician = bench.world.account(Role::Technician).0;
        let by = bench.world.read(move |s| readers(s, result.id)).unwrap();
        assert_eq!((by.entered_by, by.second), (technician, None));
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_the_rest_is_filed() {
    let bench = Bench::new();
    let specimen = bench.tube(&["sodium", "crp", "strip", "ana", "casts", "smear"], "OWN-1");
    bench.tube(&["sodium"], "20101437");
    let cases = [
        ("sodium", "1,5", "results-entered-no-number"),
        ("sodium", "negative", "results-entered-no-number"),
        ("sodium", "1e5", "results-entered-no-number"),
        ("sodium", "１４０", "results-entered-no-number"),
        ("sodium", "−140", "results-entered-no-number"),
        ("sodium", "140 141", "results-entered-no-number"),
        ("sodium", "<> 140", "results-entered-no-number"),
        ("sodium", "0140", "results-entered-no-number"),
        ("sodium", "< 0140", "results-entered-no-number"),
        ("sodium", "-0.0", "results-entered-no-number"),
        ("sodium", "20101437", "results-entered-tube-number"),
        ("sodium", "]C120101437", "results-entered-no-number"),
        ("smear", "]C120101437", "results-entered-tube-number"),
        ("smear", "own-1", "results-entered-tube-number"),
        ("smear", " 20101437", "results-entered-tube-number"),
        ("strip", "neagtive", "results-entered-no-answer"),
        ("strip", "N", "results-entered-no-answer"),
        ("ana", "160", "results-entered-no-titre"),
        ("ana", "1:0160", "results-entered-no-titre"),
        ("casts", "02-5", "results-entered-no-bin"),
        ("casts", "many", "results-entered-no-bin"),
        ("smear", "a\u{200b}b", "text-control"),
        ("hemoglobin", "140", "results-not-ordered"),
    ];
    for (test, typed, expected) in cases {
        assert_eq!(bench.one(specimen, test, typed).unwrap_err().code, expected, "{test} {typed}");
    }
    assert_eq!(bench.world.results(specimen), []);
    let entry = bench.enter(specimen, &[("sodium", "1,5"), ("crp", "4.0"), ("crp", "4.1")]);
    let refused: Vec<&str> = entry.refused.iter().map(|(_, refusal)| refusal.code).collect();
    assert_eq!((entry.results.len(), refused), (1, vec!["results-entered-no-number", "results-entered-twice"]));
}

#[test]
fn only_what_does_not_send_is_entered_by_hand() {
    let bench = Bench::new();
    let specimen = bench.tube(&["sodium"], "T1");
    let add = |name: &str| bench.world.run(Actor::Console, described(name, "analyzer", None)).unwrap();
    let (linked, alone, retired) = (bench.world.instrument().unwrap(), add("Osmometer"), add("Old"));
    bench.world.run_because(Actor::Console, "broken", RetireInstrument { instrument: retired }).unwrap();
    let with = |instrument, link_down| {
        let enter = EnterResults { instrument, link_down, ..bench.entering(specimen, &[]) };
        code(bench.world.run(bench.world.technician(), enter))
    };
    assert_eq!(with(linked, false), "results-entered-connected");
    assert_eq!(with(linked, true), "done");
    assert_eq!(with(alone, false), "done");
    assert_eq!(with(retired, true), "results-entered-out-of-use");
    assert_eq!(with(InstrumentId(0), false), "instruments-unknown");
    let many = (0..=MEASUREMENTS_MAX).map(|_| ("sodium", "140")).collect::<Vec<_>>();
    let enter = bench.entering(specimen, &many);
    assert_eq!(code(bench.world.run(bench.world.technician(), enter)), "results-too-many");
}

#[test]
fn a_tube_that_is_not_here_takes_no_value() {
    let bench = Bench::new();
    let world = &bench.world;
    let (_, expected) = world.ordered(world.patient("MRN-1"), &["sodium"], "T1");
    let rejected = bench.tube(&["sodium"], "T2");
    world.reject(rejected, "clotted").unwrap();
    let discarded = bench.tube(&["sodium"], "T3");
    world.lab.submit(world.technician(), None, move |tx| ways::discard(tx, discarded)).wait().unwrap();
    let cases = [
        (expected, "specimens-not-received"),
        (rejected, "specimens-was-rejected"),
        (discarded, "specimens-was-discarded"),
        (SpecimenId(0), "results-entered-no-tube"),
    ];
    for (specimen, expected) in cases {
        let enter = bench.entering(specimen, &[("sodium", "140")]);
        assert_eq!(code(world.run(world.technician(), enter)), expected);
    }
    let specimen = bench.tube(&["sodium", "crp"], "T4");
    let order = world.read(move |s| crate::specimens::views::specimen(s, specimen)).unwrap().order;
    let requests = world.read(move |s| orders::requests(s, order));
    let request = requests.iter().find(|r| r.analyte == world.analyte("crp")).unwrap().id;
    let cancelled = world
        .lab
        .submit(world.technician(), Some("not wanted".to_owned()), move |tx| ways::cancel(tx, order, vec![request]));
    cancelled.wait().unwrap();
    assert_eq!(bench.one(specimen, "crp", "4.0").unwrap_err().code, "results-request-cancelled");
}

#[test]
fn a_typed_time_of_measurement_is_checked() {
    let bench = Bench::new();
    let specimen = bench.tube(&["sodium"], "T1");
    let at = |at: &str| {
        let enter = EnterResults { measured_at: Some(time(at)), ..bench.entering(specimen, &[("sodium", "140")]) };
        bench.world.run(bench.world.technician(), enter)
    };
    assert_eq!(code(at("2026-11-22T09:00:01Z")), "results-entered-in-future");
    assert_eq!(code(at("1970-11-22T09:00:00Z")), "results-measured-before-birth");
    let asked = bench.world.lab.submit(bench.world.technician(), None, |tx| {
        let now = tx.at();
        confirmed(tx, now, Some(time("2026-11-01T09:00:00Z")), "")
    });
    let asked = refusal(asked.wait());
    assert_eq!((asked.code, &*arg(&asked, "days")), ("results-entered-long-ago", "21"));
    let result = bench.world.result(at("2026-11-22T08:00:00Z").unwrap().results[0]);
    assert_eq!(result.holds, ["measured-before-receipt:2026-11-22T09:00"]);
    assert_eq!(result.measured_at, Some(time("2026-11-22T08:00:00Z")));
}

#[test]
fn the_same_form_files_once_and_nothing_is_overwritten() {
    let bench = Bench::new();
    let specimen = bench.tube(&["sodium", "crp"], "T1");
    let form = bench.entering(specimen, &[("sodium", "140")]);
    let send = |form: &EnterResults| bench.world.run(bench.world.technician(), form.clone()).unwrap();
    assert_eq!(send(&form).results.len(), 1);
    let head = bench.world.head();
    let again = send(&form);
    assert_eq!((again.before, again.results.len(), bench.world.head()), (1, 0, head));

    // Another value, and another person's value, are not filed: they stand beside the result.
    let other = bench.one(specimen, "sodium", "172").unwrap_err();
    assert_eq!((other.code, &*arg(&other, "by")), ("results-entered-meanwhile", "technician of the test"));
    let stands = bench.world.results(specimen).remove(0);
    assert_eq!((&*stands.value, &*stands.holds[0]), ("140", "contradicted-critical"));

    // An analyzer was quicker.
    bench.world.filed("T1", "crp", "4.1");
    let late = bench.one(specimen, "crp", "4.1").unwrap_err();
    assert_eq!((late.code, &*arg(&late, "who")), ("results-entered-meanwhile", "program"));
    let crp = bench.world.results(specimen).remove(1);
    assert_eq!((&*crp.value, crp.holds.len()), ("4.1", 0), "it says the same");
}

#[test]
fn a_form_from_before_a_repeat_was_asked_for_files_nothing() {
    let bench = Bench::new();
    let specimen = bench.tube(&["sodium"], "T1");
    let form = bench.entering(specimen, &[("sodium", "140")]);
    let first = bench.world.run(bench.world.technician(), form.clone()).unwrap().results[0];
    let display = OnDisplay { result: first, version: 1, lifts_holds: false };
    bench.world.run_because(bench.world.technician(), "a clot", AskForRepeat { result: display }).unwrap();
    let mut stale = bench.world.run(bench.world.technician(), form).unwrap();
    assert_eq!(stale.refused.remove(0).1.code, "results-entered-put-aside");
    let repeat = bench.one(specimen, "sodium", "140").unwrap();
    assert_eq!(repeat.state, State::Reported);
    assert_eq!(bench.world.results(specimen).len(), 2);
}

/// What an analyzer sent, and nobody filed, contradicts what is entered later.
#[test]
fn a_value_that_came_before_stands_beside_the_result_by_hand() {
    let bench = Bench::new();
    let specimen = bench.tube(&["sodium"], "T1");
    let unfit = Some(Refusal::new("links-mapping-missing"));
    let sent = Measurement { unfit, ..bench.world.measurement("sodium", "172") };
    bench.world.report("T1", vec![sent]).unwrap();
    let result = bench.one(specimen, "sodium", "140").unwrap();
    assert_eq!(result.holds[0], "contradicted-critical");
    let beside = bench.world.read(move |s| views::contradicting_in(s, specimen, ContradictionState::Beside));
    assert!(beside.iter().any(|c| c.result == result.id && c.value == "172"));
}

#[test]
fn the_last_result_by_hand_closes_the_work_of_its_tube() {
    let bench = Bench::new();
    let specimen = bench.tube(&["sodium", "crp"], "T1");
    let open = |world: &World| world.read(move |s| crate::work::views::of_specimen(s, specimen)).is_some();
    bench.enter(specimen, &[("sodium", "140")]);
    assert!(open(&bench.world));
    bench.enter(specimen, &[("crp", "4.0")]);
    assert!(!open(&bench.world));
    let listed = bench.world.read(|s| crate::work::views::after(s, None)).0;
    assert_eq!(listed, []);
}

#[test]
fn two_people_who_read_the_same_end_the_wait_and_both_are_kept() {
    let bench = Bench::new();
    bench.asks_second_reader("strip");
    let specimen = bench.tube(&["strip"], "T1");
    let first = bench.one(specimen, "strip", "3+").unwrap();
    assert_eq!(first.holds, ["critical", "second-reading-awaited"]);
    assert_eq!(code(bench.sign(Role::Supervisor, std::slice::from_ref(&first))), "results-second-reading-awaited");
    // The first reader is no second one, whatever they enter; the same form sent twice is no second reading.
    assert_eq!(bench.one(specimen, "strip", "Negative").unwrap_err().code, "results-second-reader-same");
    assert_eq!(bench.enter(specimen, &[("strip", "3+")]).before, 1);
    assert_eq!(bench.world.result(first.id).holds, first.holds);

    let second = bench.world.actor(Role::Supervisor);
    assert_eq!(bench.enter_as(second, specimen, &[("strip", "p3")]).read_again, [first.id]);
    assert_eq!(bench.enter_as(second, specimen, &[("strip", "p3")]).before, 1);
    let read = bench.world.result(first.id);
    assert_eq!((read.version, &read.holds[..]), (2, &["critical".to_owned()][..]));
    let (technician, supervisor) = (bench.world.account(Role::Technician).0, bench.world.account(Role::Supervisor).0);
    let by = bench.world.read(move |s| readers(s, first.id)).unwrap();
    assert_eq!((by.entered_by, by.second), (technician, Some((supervisor, bench.world.now()))));
    bench.sign(Role::Technician, &[read]).unwrap();
}

#[test]
fn two_people_who_read_differently_hold_the_result_and_neither_signs() {
    let bench = Bench::new();
    bench.asks_second_reader("sodium");
    let specimen = bench.tube(&["sodium"], "T1");
    let first = bench.one(specimen, "sodium", "140").unwrap();
    bench.enter_as(bench.world.actor(Role::Supervisor), specimen, &[("sodium", "172")]);
    let result = bench.world.result(first.id);
    assert_eq!(result.value, "140", "nobody's value wins");
    assert_eq!(result.holds[0], "contradicted-critical", "the second value counts like any other");
    assert!(result.holds.contains(&"second-reading-differs:172 mmol/L".to_owned()), "{:?}", result.holds);
    assert!(!result.holds.contains(&"second-reading-awaited".to_owned()));
    assert_eq!(result.version, 2);
    for role in [Role::Technician, Role::Supervisor] {
        assert_eq!(code(bench.sign(role, std::slice::from_ref(&result))), "results-second-reading-own");
    }
    bench.sign(Role::Director, &[result]).unwrap();
}

#[test]
fn more_decimals_than_the_test_system_reports_are_not_taken() {
    let bench = Bench::new();
    bench.world.reports_decimals("sodium", bench.method, 1);
    let specimen = bench.tube(&["sodium", "crp"], "T1");
    let refusal = bench.one(specimen, "sodium", "140.25").unwrap_err();
    assert_eq!((refusal.code, refusal.args[1].1.as_str()), ("results-entered-finer", "140.3"));
    assert_eq!(bench.one(specimen, "sodium", "140.2").unwrap().value, "140.2");
    assert_eq!(bench.one(specimen, "crp", "4.0125").unwrap().value, "4.0125", "its test system rounds nothing");
}

#[test]
fn blanks_are_no_difference_between_two_readers_and_decimals_are() {
    let bench = Bench::new();
    bench.asks_second_reader("crp");
    for (barcode, second, agrees) in [("T1", ">5.0", true), ("T2", "> 5", false)] {
        let specimen = bench.tube(&["crp"], barcode);
        bench.one(specimen, "crp", "> 5.0").unwrap();
        bench.enter_as(bench.world.actor(Role::Supervisor), specimen, &[("crp", second)]);
        let differs = bench.world.results(specimen)[0].holds.iter().any(|h| h.starts_with("second-reading-differs"));
        assert_eq!(differs, !agrees, "{second}");
    }
}

#[test]
fn a_result_put_aside_awaits_no_reader_and_the_repeat_awaits_one() {
    let bench = Bench::new();
    bench.asks_second_reader("sodium");
    let specimen = bench.tube(&["sodium"], "T1");
    let first = bench.one(specimen, "sodium", "140").unwrap();
    let display = OnDisplay { result: first.id, version: 1, lifts_holds: false };
    bench.world.run_because(bench.world.technician(), "a clot", AskForRepeat { result: display }).unwrap();
    let outstanding = bench.world.read(|s| crate::work::bench::outstanding(s)).0;
    assert_eq!((outstanding.len(), outstanding[0].outstanding.len()), (1, 1));
    assert_eq!(outstanding[0].outstanding[0].second_reading, None);
    assert_eq!(bench.one(specimen, "sodium", "141").unwrap().holds, ["second-reading-awaited"]);
}

#[test]
fn the_director_says_which_analytes_have_a_second_reader() {
    let bench = Bench::new();
    let director = bench.world.actor(Role::Director);
    let ask =
        |analyte, required| bench.world.run(director, RequireSecondReaders { analytes: vec![(analyte, required)] });
    let sodium = bench.world.analyte("sodium");
    ask(sodium, true).unwrap();
    let rule = bench.world.read(|s| second_readers(s));
    assert_eq!((rule.analytes.len(), rule.version), (1, bench.world.head()));
    ask(sodium, true).unwrap();
    assert_eq!(bench.world.head(), rule.version, "nothing changed");
    ask(sodium, false).unwrap();
    assert_eq!(bench.world.read(|s| second_readers(s)).analytes.len(), 0);
    assert_eq!(code(ask(AnalyteId(1), true)), "results-analyte-unknown");
    let supervisor = bench.world.actor(Role::Supervisor);
    let refused = bench.world.run(supervisor, RequireSecondReaders { analytes: vec![(sodium, true)] });
    assert_eq!(code(refused), "people-not-permitted");
}
