//! Results that are no plain numbers: answers, titres, bins, text.

use crate::{
    Actor, Role,
    catalog::{
        AnswerId,
        commands::{ApproveCatalog, ImportCatalog},
        starter, views as catalog,
    },
    orders::OrderId,
    reports::{document::Line, views as reports},
    results::{
        ContradictionState,
        commands::{AskForRepeat, Measurement, VerifyResults},
        views,
    },
    testing::{World, on_display, refusal},
};

/// One test of each kind, each with one analyte of the same key.
const KINDS: &str = r#"
analyte = [
    { key = "hiv", name = "HIV", short = "HIV", discipline = "immunology", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "reactive" },
    { key = "colour", name = "Colour", short = "Col", discipline = "urinalysis", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "colours" },
    { key = "ana", name = "ANA", short = "ANA", discipline = "immunology", unit = "{titer}", decimals = 0, specimen_type = "serum", kind = "titre" },
    { key = "leucocytes", name = "Leucocytes", short = "Leu", discipline = "urinalysis", unit = "/[HPF]", decimals = 0, specimen_type = "serum", kind = "bin" },
    { key = "smear", name = "Smear", short = "Smear", discipline = "haematology", unit = "", decimals = 0, specimen_type = "serum", kind = "text" },
]
answers = [
    { key = "reactive", answer = [
        { code = "N", words = "Non-reactive", meaning = "normal", source = "s" },
        { code = "W", words = "Weakly reactive", meaning = "abnormal", source = "s" },
        { code = "R", words = "Reactive", meaning = "critical", source = "s" },
        { code = "I", words = "Indeterminate", meaning = "indeterminate", source = "s" },
        { code = "V", words = "Invalid", meaning = "invalid", source = "s" },
    ] },
    { key = "colours", answer = [{ code = "Y", words = "Yellow", meaning = "unjudged", source = "s" }] },
]
test = [
    { key = "hiv", name = "HIV", analytes = ["hiv"], specimen_type = "serum" },
    { key = "colour", name = "Colour", analytes = ["colour"], specimen_type = "serum" },
    { key = "ana", name = "ANA", analytes = ["ana"], specimen_type = "serum" },
    { key = "leucocytes", name = "Leucocytes", analytes = ["leucocytes"], specimen_type = "serum" },
    { key = "smear", name = "Smear", analytes = ["smear"], specimen_type = "serum" },
]
interval = [
    { analyte = "ana", sex = "any", high = "80", unit = "{titer}", type = "reference", source = "s" },
    { analyte = "leucocytes", sex = "any", low = "0", high = "5", unit = "/[HPF]", type = "reference", source = "s" },
]
limit = [{ analyte = "leucocytes", population = "all", high_op = ">=", high = "50", unit = "/[HPF]", source = "s" }]
"#;

fn proposed() -> World {
    let world = World::new();
    world.run(Actor::Console, ImportCatalog(starter::parse(KINDS).unwrap())).unwrap();
    world.verify_systems();
    world
}

fn approve(world: &World) {
    let (intervals, limits) = world.read(|s| catalog::proposals(s));
    let (intervals, limits) = (intervals.iter().map(|i| i.id).collect(), limits.iter().map(|l| l.id).collect());
    let answers = world.read(|s| catalog::proposed_answers(s)).iter().map(|a| a.id).collect();
    let signed = world.signed(Role::Director);
    world.run(world.actor(Role::Director), ApproveCatalog { intervals, limits, answers, signed }).unwrap();
}

fn world() -> World {
    let world = proposed();
    approve(&world);
    world
}

fn answer(world: &World, test: &str, words: &str) -> AnswerId {
    let catalog = world.catalog();
    catalog.answers(world.analyte(test)).iter().find(|a| a.words == words).unwrap().id
}

fn line(world: &World, order: OrderId) -> Line {
    world.compose_due();
    let said = world.read(move |s| {
        let last = reports::of_order(s, order)?.remove(0).id;
        reports::document(s, last)
    });
    said.results.into_iter().next().unwrap()
}

#[test]
fn a_value_is_judged_by_its_kind() {
    let world = world();
    let patient = world.patient("MRN-1");
    let undecided = ["undecided-critical"].as_slice();
    let cases = [
        ("hiv", "Non-reactive", "N", "", [].as_slice()),
        ("hiv", "Weakly reactive", "A", "", &[]),
        ("hiv", "Reactive", "A", "answer", &["critical"]),
        ("hiv", "Indeterminate", "", "", &["answer-indeterminate"]),
        ("hiv", "Invalid", "", "", &["answer-invalid"]),
        // Whatever else is said is no answer, and never negative.
        ("hiv", "NEG", "", "", &["not-an-answer", "undecided-critical"]),
        ("hiv", "0.12", "", "", &["not-an-answer", "undecided-critical"]),
        ("colour", "Yellow", "-", "", &[]),
        ("ana", "1:40", "N", "", &[]),
        ("ana", "1:80", "N", "", &[]),
        ("ana", "1:160", "H", "", &[]),
        ("ana", "<1:40", "N", "", &[]),
        ("ana", ">1:1280", "H", "", &[]),
        ("ana", "<1:160", "", "", &["undecided-flag"]),
        ("ana", "160", "", "", &["not-a-number"]),
        ("ana", "positive", "", "", &["not-a-number"]),
        ("leucocytes", "0-2", "N", "", &[]),
        ("leucocytes", "2-5", "N", "", &[]),
        ("leucocytes", "5-10", "", "", &["undecided-flag"]),
        ("leucocytes", "10-20", "H", "", &[]),
        ("leucocytes", "50-100", "H", "high", &["critical"]),
        ("leucocytes", "40-60", "H", "", undecided),
        ("leucocytes", ">50", "H", "high", &["critical"]),
        ("leucocytes", "many", "", "", &["not-a-number", "undecided-critical"]),
        ("smear", "Toxic granulation", "", "", &["free-text"]),
        // A number sent to a plain test is still one; a bin is not.
        ("sodium", "140", "N", "", &[]),
        ("sodium", "135-145", "", "", &["not-a-number", "undecided-critical"]),
    ];
    for (place, (test, value, flag, critical, holds)) in cases.into_iter().enumerate() {
        let barcode = format!("T{place}");
        world.received(patient, &[test], &barcode);
        let result = world.filed(&barcode, test, value);
        assert_eq!((&*result.flag, &*result.critical, &*result.value), (flag, critical, value), "{test} {value}");
        assert_eq!(result.holds, holds, "{test} {value}");
    }
}

#[test]
fn an_answer_whose_meaning_nobody_approved_is_not_normal() {
    let world = proposed();
    world.received(world.patient("MRN-1"), &["hiv"], "T1");
    let result = world.filed("T1", "hiv", "Non-reactive");
    assert_eq!(
        (&*result.flag, &*result.holds),
        ("", &["answer-unapproved".to_owned(), "undecided-critical".to_owned()][..])
    );
}

#[test]
fn a_report_prints_the_words_of_an_answer_and_the_journal_has_what_was_sent() {
    let world = world();
    let (order, _) = world.received(world.patient("MRN-1"), &["hiv"], "T1");
    let weak = answer(&world, "hiv", "Weakly reactive");
    let sent = Measurement { value: "+/-".to_owned(), answer: Some(weak), ..world.measurement("hiv", "") };
    let filed = world.report("T1", vec![sent]).unwrap();
    let reported = world.last_body();
    assert_eq!((&reported["results"][0]["value"], &reported["results"][0]["answer"]), (&"+/-".into(), &weak.0.into()));
    assert!(!reported.to_string().contains("Weakly"), "words are the catalog's: {reported}");
    let results = vec![on_display(&world.result(filed.results[0]))];
    let signed = world.signed(Role::Technician);
    world.run(world.technician(), VerifyResults { results, signed }).unwrap();
    let signed = world.last_body();
    assert_eq!(signed["results"][0]["signed"]["answer"], weak.0);
    let line = line(&world, order);
    assert_eq!(
        (&*line.value, line.printed(), &*line.expected, &*line.flag),
        ("+/-", "Weakly reactive", "Non-reactive", "A")
    );
}

#[test]
fn a_report_names_the_limits_of_a_titre_as_dilutions() {
    let world = world();
    let (order, _) = world.received(world.patient("MRN-1"), &["ana"], "T1");
    world.verified(&[&world.filed("T1", "ana", "1:160")]);
    let line = line(&world, order);
    assert_eq!((line.printed(), &*line.low, &*line.high, line.has_interval), ("1:160", "", "1:80", true));
}

#[test]
fn two_words_for_one_answer_agree_and_two_answers_contradict() {
    let world = world();
    let (_, specimen) = world.received(world.patient("MRN-1"), &["hiv"], "T1");
    world.filed("T1", "hiv", "Non-reactive");
    let said = |value: &str, words: &str| {
        let answer = Some(answer(&world, "hiv", words));
        world.pass(60);
        Measurement { value: value.to_owned(), answer, ..world.measurement("hiv", "") }
    };
    let refused = world.report("T1", vec![said("NR", "Non-reactive")]).unwrap().held;
    assert_eq!(refused[0].1.code, "results-second-result");
    assert_eq!(world.results(specimen)[0].holds, [] as [&str; 0], "it says what the result says");
    world.report("T1", vec![said("R", "Reactive")]).unwrap();
    let result = world.results(specimen).remove(0);
    assert_eq!(result.holds[0], "contradicted-critical");
    let against = world.read(move |s| views::contradicting(s, specimen));
    let reactive = against.iter().find(|c| c.answer == Some(answer(&world, "hiv", "Reactive"))).unwrap();
    assert_eq!((&*reactive.value, &*reactive.critical, reactive.state), ("R", "answer", ContradictionState::Beside));
}

#[test]
fn what_no_mapping_makes_an_answer_contradicts_the_answer_that_stands() {
    let world = world();
    let (_, specimen) = world.received(world.patient("MRN-1"), &["hiv"], "T1");
    world.filed("T1", "hiv", "Non-reactive");
    world.pass(60);
    let unfit = Some(crate::Refusal::new("inbox-unmapped-word"));
    world.report("T1", vec![Measurement { unfit, ..world.measurement("hiv", "REPEATEDLY R") }]).unwrap();
    let result = world.results(specimen).remove(0);
    assert!(result.holds.iter().any(|h| h.starts_with("contradicted:") && h.ends_with("REPEATEDLY R")), "{result:?}");
}

#[test]
fn a_word_that_means_another_answer_now_is_not_the_result_that_stands() {
    let world = world();
    let (_, specimen) = world.received(world.patient("MRN-1"), &["hiv"], "T1");
    let said = |words: &str| {
        let answer = Some(answer(&world, "hiv", words));
        Measurement { value: "z1".to_owned(), answer, ..world.measurement("hiv", "") }
    };
    let (wrong, right) = (said("Non-reactive"), said("Reactive"));
    let filed = world.report("T1", vec![wrong.clone()]).unwrap();
    assert_eq!(world.report("T1", vec![wrong]).unwrap().repeated, 1, "the same again");
    world.verified(&[&world.result(filed.results[0])]);
    // The mapping was corrected since, and the message is read again: the same word, of the same time.
    let held = world.report("T1", vec![right.clone()]).unwrap().held;
    assert_eq!(held[0].1.code, "results-second-to-verified");
    let against = world.read(move |s| views::contradicting(s, specimen));
    assert_eq!((against.len(), against[0].state, &*against[0].critical), (1, ContradictionState::Open, "answer"));
    world.report("T1", vec![right]).unwrap();
    assert_eq!(world.read(move |s| views::contradicting(s, specimen)).len(), 1, "read once more, it adds nothing");
}

#[test]
fn what_was_put_aside_is_filed_with_the_answer_that_its_word_means_now() {
    let world = world();
    let (_, specimen) = world.received(world.patient("MRN-1"), &["hiv"], "T1");
    let said = |words: &str| {
        let answer = Some(answer(&world, "hiv", words));
        Measurement { value: "z1".to_owned(), answer, ..world.measurement("hiv", "") }
    };
    let filed = world.report("T1", vec![said("Non-reactive")]).unwrap();
    let result = on_display(&world.result(filed.results[0]));
    world.run_because(world.technician(), "the mapping was wrong", AskForRepeat { result }).unwrap();
    assert_eq!(world.report("T1", vec![said("Reactive")]).unwrap().results.len(), 1);
    assert_eq!(world.results(specimen).last().unwrap().critical, "answer");
}

#[test]
fn a_result_whose_answer_was_replaced_is_not_signed() {
    let world = world();
    world.received(world.patient("MRN-1"), &["hiv"], "T1");
    let result = world.filed("T1", "hiv", "Weakly reactive");
    let changed = KINDS.replace(
        "words = \"Weakly reactive\", meaning = \"abnormal\"",
        "words = \"Weakly reactive\", meaning = \"critical\"",
    );
    assert_ne!(changed, KINDS);
    world.run(Actor::Console, ImportCatalog(starter::parse(&changed).unwrap())).unwrap();
    approve(&world);
    let verify = VerifyResults { results: vec![on_display(&result)], signed: world.signed(Role::Technician) };
    assert_eq!(refusal(world.run(world.technician(), verify)).code, "results-answer-replaced");
}
