use super::{
    Condition, Operator, Reflexes, RuleId, Suggestion, SuggestionId, Why,
    commands::{ApproveRule, DismissSuggestion, EndRule, ProposeRule, STABLE_HOURS_MAX},
    views,
};
use crate::{
    Actor, Failure, Role,
    catalog::{
        self, AnalyteId, AnswerId, TestId,
        commands::{ApproveCatalog, ImportCatalog},
        starter,
    },
    jobs,
    orders::{OrderId, views as orders},
    reflex::APPLY,
    results::views::LabResult,
    specimens::{self, SpecimenId},
    testing::{World, arg, code, refusal, wait},
    text, ways, work,
};

fn test(world: &World, analyte: &str) -> TestId {
    let (catalog, analyte) = (world.catalog(), world.analyte(analyte));
    catalog.tests().iter().find(|test| test.analytes == [analyte]).unwrap().id
}

/// If the first analyte is above the bound, the test of the second is added.
fn proposal(world: &World, rule: &str, from: &str, bound: &str, adds: &str) -> ProposeRule {
    ProposeRule {
        code: rule.to_owned(),
        analyte: world.analyte(from),
        operator: Some(Operator::Greater),
        bound: bound.to_owned(),
        answers: vec![],
        test: test(world, adds),
        stable_hours: 24,
        source: "invented for the test".to_owned(),
    }
}

fn propose(world: &World, proposal: ProposeRule) -> RuleId {
    world.run(world.actor(Role::Supervisor), proposal).unwrap()
}

fn approve(world: &World, rule: RuleId) -> Result<(), Failure> {
    world.run(world.actor(Role::Director), ApproveRule { rule, signed: world.signed(Role::Director) })
}

fn in_force(world: &World, rule: &str, from: &str, bound: &str, adds: &str) -> RuleId {
    let rule = propose(world, proposal(world, rule, from, bound, adds));
    approve(world, rule).unwrap();
    rule
}

fn reflexes(world: &World) -> std::sync::Arc<Reflexes> {
    let lab = world.lab.clone();
    world.read(move |s| lab.in_force(s)).reflexes
}

/// Does what falls due; answers how many tubes the rules looked at.
fn apply(world: &World) -> usize {
    let mut due = wait(jobs::due(&world.lab)).unwrap();
    due.retain(|job| job.kind == APPLY);
    for job in &due {
        let id = SpecimenId(job.subject);
        world.lab.submit(Actor::Timer, None, move |tx| ways::apply_reflexes(tx, id)).wait().unwrap();
    }
    due.len()
}

/// The analytes that an order asks for, each with the rule that asked.
fn asked(world: &World, order: OrderId) -> Vec<(AnalyteId, Option<RuleId>)> {
    world.read(move |s| orders::requests(s, order)).into_iter().map(|r| (r.analyte, r.rule)).collect()
}

fn suggestions(world: &World, specimen: SpecimenId) -> Vec<Suggestion> {
    world.read(move |s| views::of_specimen(s, specimen.0))
}

/// Those of all tubes about which nobody has decided.
fn open(world: &World) -> Vec<Suggestion> {
    world.read(|s| work::suggestions::open(s)).0.into_iter().map(|(suggestion, _)| suggestion).collect()
}

/// A tube, collected an hour ago, on which this test is ordered.
fn collected(world: &World, tests: &[&str], barcode: &str) -> (OrderId, SpecimenId) {
    let mut order = world.order(world.patient(&format!("MRN-{barcode}")), tests);
    order.collected_at = Some(world.now().plus_seconds(-3_600));
    let (order, specimens) = world.place(order, Some(barcode)).unwrap();
    world.receive(barcode).unwrap();
    (order, specimens[0])
}

fn verified(world: &World, barcode: &str, analyte: &str, value: &str) -> LabResult {
    let result = world.filed(barcode, analyte, value);
    world.verified(&[&result]);
    result
}

#[test]
fn a_verified_result_that_meets_the_condition_adds_the_test_once_and_names_rule_and_result() {
    let world = World::new();
    let rule = in_force(&world, "NA-K", "sodium", "150", "potassium");
    let (order, specimen) = collected(&world, &["sodium"], "T1");
    let result = world.filed("T1", "sodium", "160");
    assert_eq!(apply(&world), 0, "nothing is added before a person has verified the result");
    world.verified(&[&result]);
    assert_eq!(apply(&world), 1);
    let (sodium, potassium) = (world.analyte("sodium"), world.analyte("potassium"));
    assert_eq!(asked(&world, order), [(sodium, None), (potassium, Some(rule))]);
    let said = world.last_body();
    assert_eq!(said, serde_json::json!({ "specimen": specimen.0, "order": order.0, "added": [rule.0] }));
    assert_eq!(apply(&world), 0, "the job is done");
    let before = world.head();
    world.lab.submit(Actor::Timer, None, move |tx| ways::apply_reflexes(tx, specimen)).wait().unwrap();
    assert_eq!(world.head(), before, "nothing comes of doing it again");
    assert!(suggestions(&world, specimen).is_empty());
    let filed = world.filed("T1", "potassium", "4.0");
    assert_eq!(filed.analyte, potassium, "the added test is measured in the same tube");
}

#[test]
fn a_result_that_does_not_meet_the_condition_adds_nothing() {
    let world = World::new();
    in_force(&world, "NA-K", "sodium", "150", "potassium");
    let (order, specimen) = collected(&world, &["sodium"], "T1");
    verified(&world, "T1", "sodium", "150");
    assert_eq!(apply(&world), 1);
    assert_eq!(asked(&world, order), [(world.analyte("sodium"), None)]);
    assert!(suggestions(&world, specimen).is_empty());
    let (other, _) = collected(&world, &["crp"], "T2");
    verified(&world, "T2", "crp", "900");
    assert_eq!(apply(&world), 0, "no rule looks at it");
    assert_eq!(asked(&world, other).len(), 1);
}

#[test]
fn what_is_asked_for_already_or_was_cancelled_is_not_added() {
    let world = World::new();
    in_force(&world, "NA-K", "sodium", "150", "potassium");
    let (order, specimen) = collected(&world, &["sodium", "potassium"], "T1");
    verified(&world, "T1", "sodium", "160");
    assert_eq!(apply(&world), 1);
    assert!(asked(&world, order).iter().all(|(_, rule)| rule.is_none()));
    assert!(suggestions(&world, specimen).is_empty(), "nobody is asked about what is there");
    let (order, _) = collected(&world, &["sodium", "potassium"], "T2");
    let potassium = world.analyte("potassium");
    let request = world.read(move |s| orders::requests(s, order)).into_iter().find(|r| r.analyte == potassium).unwrap();
    let cancel = move |tx: &mut crate::Tx<'_, '_>| ways::cancel(tx, order, vec![request.id]);
    world.lab.submit(world.technician(), Some("not wanted".to_owned()), cancel).wait().unwrap();
    verified(&world, "T2", "sodium", "160");
    assert_eq!(apply(&world), 1);
    let requests = world.read(move |s| orders::requests(s, order));
    assert!(requests.iter().any(|r| r.analyte == potassium && r.cancelled.is_some()), "a person decided that");
}

#[test]
fn a_test_of_which_a_person_has_cancelled_a_part_is_put_before_a_person() {
    let world = World::new();
    let electrolytes = world.catalog().tests().iter().find(|test| test.key == "electrolytes").unwrap().id;
    let both = ProposeRule { test: electrolytes, ..proposal(&world, "CRP-EL", "crp", "5", "potassium") };
    approve(&world, propose(&world, both)).unwrap();
    let (order, specimen) = collected(&world, &["crp", "sodium"], "T1");
    let sodium = world.analyte("sodium");
    let request = world.read(move |s| orders::requests(s, order)).into_iter().find(|r| r.analyte == sodium).unwrap();
    let cancel = move |tx: &mut crate::Tx<'_, '_>| ways::cancel(tx, order, vec![request.id]);
    world.lab.submit(world.technician(), Some("not wanted".to_owned()), cancel).wait().unwrap();
    verified(&world, "T1", "crp", "90");
    apply(&world);
    assert_eq!(asked(&world, order).len(), 2);
    assert_eq!(suggestions(&world, specimen)[0].why, Why::Cancelled);
}

#[test]
fn what_a_rule_cannot_add_is_put_before_a_person() {
    let world = World::new();
    let rule = in_force(&world, "NA-K", "sodium", "150", "potassium");
    // Nobody knows when it was collected.
    let (order, specimen) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let result = verified(&world, "T1", "sodium", "160");
    assert_eq!(apply(&world), 1);
    assert_eq!(asked(&world, order).len(), 1, "nothing is added");
    let found = suggestions(&world, specimen);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.rule, one.result, one.why, one.decided), (rule, result.id.0, Why::Old, None));
    assert_eq!(open(&world), found);

    let (_, specimen) = collected(&world, &["sodium"], "T2");
    verified(&world, "T2", "sodium", ">140");
    apply(&world);
    assert_eq!(suggestions(&world, specimen)[0].why, Why::Undecided, "unknown is never normal");

    let (_, specimen) = collected(&world, &["sodium"], "T3");
    let result = world.filed("T3", "sodium", "160");
    world.verified(&[&result]);
    world.lab.submit(world.technician(), None, move |tx| ways::discard(tx, specimen)).wait().unwrap();
    apply(&world);
    assert_eq!(suggestions(&world, specimen)[0].why, Why::Tube);
}

#[test]
fn a_person_adds_what_a_rule_could_not_or_dismisses_it_with_a_reason() {
    let world = World::new();
    let rule = in_force(&world, "NA-K", "sodium", "150", "potassium");
    let mut asked_of = Vec::new();
    for barcode in ["T1", "T2"] {
        let (order, specimen) = world.received(world.patient(&format!("MRN-{barcode}")), &["sodium"], barcode);
        verified(&world, barcode, "sodium", "160");
        apply(&world);
        asked_of.push((order, suggestions(&world, specimen)[0].id));
    }
    let add =
        |id: SuggestionId| world.lab.submit(world.technician(), None, move |tx| ways::add_suggested(tx, id)).wait();
    add(asked_of[0].1).unwrap();
    assert_eq!(asked(&world, asked_of[0].0)[1], (world.analyte("potassium"), Some(rule)));
    let refused = refusal(add(asked_of[0].1));
    assert_eq!((refused.code, arg(&refused, "by")), ("reflex-decided", "technician of the test".to_owned()));
    let dismiss = |suggestion| DismissSuggestion { suggestion };
    assert_eq!(code(world.run(world.technician(), dismiss(asked_of[1].1))), "reflex-dismissal-needs-reason");
    assert_eq!(code(world.run_because(world.technician(), "known", dismiss(asked_of[1].1))), "done");
    assert_eq!(
        code(world.run_because(world.technician(), "known", dismiss(SuggestionId(7)))),
        "reflex-suggestion-unknown"
    );
    assert_eq!(asked(&world, asked_of[1].0).len(), 1);
    assert!(open(&world).is_empty());
}

#[test]
fn a_test_in_another_tube_is_put_before_a_person_and_a_new_tube_is_expected() {
    let world = World::new();
    in_force(&world, "NA-HB", "sodium", "150", "hemoglobin");
    let (order, specimen) = collected(&world, &["sodium"], "T1");
    verified(&world, "T1", "sodium", "160");
    apply(&world);
    let one = suggestions(&world, specimen)[0].clone();
    assert_eq!(one.why, Why::Tube);
    world.lab.submit(world.technician(), None, move |tx| ways::add_suggested(tx, one.id)).wait().unwrap();
    assert_eq!(asked(&world, order).len(), 2);
    assert_eq!(world.read(move |s| specimens::views::of_order(s, order)).len(), 2, "a tube of blood is expected");
}

/// Of answers, indeterminate is never negative.
#[test]
fn an_answer_that_is_named_adds_and_one_that_tells_nothing_is_put_before_a_person() {
    const HIV: &str = r#"
analyte = [{ key = "hiv", name = "HIV", short = "HIV", discipline = "immunology", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "reactive" }]
answers = [{ key = "reactive", answer = [
    { code = "N", words = "Non-reactive", meaning = "normal", source = "s" },
    { code = "R", words = "Reactive", meaning = "critical", source = "s" },
    { code = "I", words = "Indeterminate", meaning = "indeterminate", source = "s" },
] }]
test = [{ key = "hiv", name = "HIV", analytes = ["hiv"], specimen_type = "serum" }]
"#;
    let world = World::new();
    world.run(Actor::Console, ImportCatalog(starter::parse(HIV).unwrap())).unwrap();
    world.verify_systems();
    let answers: Vec<_> = world.read(|s| catalog::views::proposed_answers(s)).iter().map(|a| a.id).collect();
    let signed = world.signed(Role::Director);
    let sign = ApproveCatalog { intervals: vec![], limits: vec![], answers, signed };
    world.run(world.actor(Role::Director), sign).unwrap();
    let catalog = world.catalog();
    let answer = |words: &str| catalog.answers(world.analyte("hiv")).iter().find(|a| a.words == words).unwrap().id;
    let of = |answers: Vec<AnswerId>| ProposeRule {
        operator: None,
        bound: String::new(),
        answers,
        ..proposal(&world, "HIV-CRP", "hiv", "0", "crp")
    };
    let all = ["Non-reactive", "Reactive", "Indeterminate"].map(answer).to_vec();
    assert_eq!(code(world.run(world.actor(Role::Supervisor), of(all))), "reflex-condition", "it would say nothing");
    approve(&world, propose(&world, of(vec![answer("Reactive")]))).unwrap();
    let cases = [("Reactive", 2, None), ("Non-reactive", 1, None), ("Indeterminate", 1, Some(Why::Undecided))];
    for (n, (words, tests, why)) in cases.into_iter().enumerate() {
        let barcode = format!("T{n}");
        let (order, specimen) = collected(&world, &["hiv"], &barcode);
        let result = world.filed(&barcode, "hiv", words);
        assert_eq!(result.answer, Some(answer(words)));
        world.verified(&[&result]);
        assert_eq!(apply(&world), 1);
        assert_eq!(asked(&world, order).len(), tests, "{words}");
        assert_eq!(suggestions(&world, specimen).first().map(|s| s.why), why, "{words}");
    }
}

#[test]
fn rules_do_not_go_round_in_a_circle_and_do_not_follow_each_other_without_end() {
    let world = World::new();
    let chain = ["sodium", "potassium", "crp", "lipase", "creatinine"];
    for (n, pair) in chain.windows(2).enumerate() {
        in_force(&world, &format!("R{n}"), pair[0], "1", pair[1]);
    }
    let back = world.run(world.actor(Role::Supervisor), proposal(&world, "BACK", "creatinine", "1", "sodium"));
    assert_eq!(code(back), "reflex-circle");
    let itself = world.run(world.actor(Role::Supervisor), proposal(&world, "SELF", "creatinine", "1", "creatinine"));
    assert_eq!(code(itself), "reflex-circle");
    let (order, specimen) = collected(&world, &["sodium"], "T1");
    for analyte in &chain[..4] {
        verified(&world, "T1", analyte, "200");
        assert_eq!(apply(&world), 1, "{analyte}");
    }
    assert_eq!(asked(&world, order).len(), 4, "three rules follow each other, no fourth one");
    assert_eq!(suggestions(&world, specimen).iter().map(|s| s.why).collect::<Vec<_>>(), [Why::Chain]);
}

#[test]
fn a_circle_that_was_closed_since_the_proposal_is_not_signed() {
    let world = World::new();
    let there = propose(&world, proposal(&world, "THERE", "sodium", "150", "potassium"));
    let back = propose(&world, proposal(&world, "BACK", "potassium", "5", "sodium"));
    approve(&world, there).unwrap();
    assert_eq!(code(approve(&world, back)), "reflex-circle");
}

#[test]
fn what_could_not_run_is_not_proposed() {
    let world = World::new();
    let good = || proposal(&world, "NA-K", "sodium", "150", "potassium");
    let cases = [
        (ProposeRule { code: "1".to_owned(), ..good() }, "reflex-code"),
        (ProposeRule { source: " ".to_owned(), ..good() }, "text-missing"),
        (ProposeRule { stable_hours: 0, ..good() }, "reflex-stable-hours"),
        (ProposeRule { stable_hours: STABLE_HOURS_MAX + 1, ..good() }, "reflex-stable-hours"),
        (ProposeRule { bound: "high".to_owned(), ..good() }, "reflex-bound"),
        (ProposeRule { operator: None, ..good() }, "reflex-condition"),
        (ProposeRule { analyte: AnalyteId(7), ..good() }, "reflex-analyte"),
        (ProposeRule { test: TestId(7), ..good() }, "reflex-test"),
        (good(), "done"),
        (good(), "reflex-proposed-already"),
    ];
    for (proposal, expected) in cases {
        assert_eq!(code(world.run(world.actor(Role::Supervisor), proposal)), expected);
    }
    assert_eq!(text::code(" na-k "), Some("NA-K".to_owned()));
}

#[test]
fn a_rule_is_signed_by_another_than_who_proposed_it_and_its_next_version_ends_it() {
    let world = World::new();
    let own = world.run(world.actor(Role::Director), proposal(&world, "OWN", "sodium", "150", "crp")).unwrap();
    assert_eq!(code(approve(&world, own)), "reflex-own-proposal");
    let first = propose(&world, proposal(&world, "NA-K", "sodium", "150", "potassium"));
    assert!(reflexes(&world).of("NA-K").is_none(), "a proposal adds nothing");
    assert_eq!(code(approve(&world, first)), "done");
    let second = in_force(&world, "NA-K", "sodium", "170", "potassium");
    let now = reflexes(&world);
    let rule = now.of("NA-K").unwrap();
    assert_eq!((rule.id, rule.version), (second, 2));
    assert_eq!(rule.condition, Condition::Number(Operator::Greater, "170".parse().unwrap()));
    assert!(!now.signed(first).unwrap().is_in_force());
    let refused = refusal(approve(&world, first));
    assert_eq!((refused.code, arg(&refused, "by")), ("reflex-decided", "director of the test".to_owned()));
    assert_eq!(code(world.run(world.actor(Role::Director), EndRule { rule: second })), "reflex-end-needs-reason");
    assert_eq!(code(world.run_because(world.actor(Role::Director), "x", EndRule { rule: second })), "done");
    assert!(reflexes(&world).in_force().is_empty());
    assert_eq!(code(approve(&world, RuleId(1))), "reflex-unknown");
}

#[test]
fn a_rule_whose_analyte_has_another_unit_now_does_not_run() {
    let world = World::new();
    in_force(&world, "NA-K", "sodium", "150", "potassium");
    let waits = propose(&world, proposal(&world, "NA-CRP", "sodium", "150", "crp"));
    let sodium = world.analyte("sodium");
    world.tamper(&format!("UPDATE analytes SET unit = 'mmol' WHERE id = {sodium}"));
    // Whatever is approved makes the program read the catalogue again.
    in_force(&world, "CRP-K", "crp", "150", "potassium");
    let now = reflexes(&world);
    let rule = now.of("NA-K").unwrap();
    assert_eq!(rule.unfit(&world.catalog()).map(|why| why.code()), Some("unit"));
    assert_eq!(code(approve(&world, waits)), "reflex-unit");
}

#[test]
fn a_proposal_that_was_changed_behind_the_journal_is_not_signed() {
    let world = World::new();
    let rule = propose(&world, proposal(&world, "NA-K", "sodium", "150", "potassium"));
    assert_eq!(world.tamper("UPDATE reflex_rules SET bound = '10'"), 1);
    assert_eq!(code(approve(&world, rule)), "reflex-not-as-journalled");
}

#[test]
fn the_rules_are_bounded() {
    let world = World::new();
    propose(&world, proposal(&world, "NA-K", "sodium", "150", "potassium"));
    let copies = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
        INSERT INTO reflex_rules SELECT id + i, lab, 'C' || i, version, analyte, operator, bound, answers, unit, test, \
        stable_hours, source, approved_at, approved_by, ended, changed FROM reflex_rules, n";
    assert_eq!(world.tamper(copies), 1000);
    let one_more = proposal(&world, "MORE", "sodium", "150", "crp");
    assert_eq!(code(world.run(world.actor(Role::Supervisor), one_more)), "reflex-too-many");
}
