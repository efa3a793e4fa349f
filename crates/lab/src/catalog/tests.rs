mod alike;
mod groups;
mod proposed;
mod specimen_types;
mod units;

use titer_science::{Birth, Choice, Sex, Subject};

use super::{
    AnalyteId, AnswerId, IntervalId, Kind, LimitId, Meaning, TestId,
    bulk::{Bulk, LeftOut},
    commands::{AddToCatalog, ApproveCatalog, ENTRIES_MAX, ImportCatalog, MEMBERS_MAX, MakeOwn, ProposeAnswers},
    starter, views,
};
use crate::{
    Actor, Failure, Role,
    instruments::InstrumentId,
    testing::{CATALOG, World, arg, code, date, refusal},
};

fn import(world: &World, text: &str) -> Result<usize, Failure> {
    world.run(Actor::Console, ImportCatalog(starter::parse(text)?))
}

fn woman_of_55() -> Subject {
    let birth = Some(Birth { date: date("1971-04-02"), time: None });
    Subject { sex: Sex::Female, birth, at: date("2026-11-22").at(9, 0, 0, 0) }
}

#[test]
fn the_starter_catalog_is_whole_and_proposes_only() {
    let world = World::empty();
    let starter = starter::starter().unwrap();
    let (analytes, intervals, limits) = (starter.analyte.len(), starter.interval.len(), starter.limit.len());
    for part in starter.parts() {
        world.run(Actor::Console, AddToCatalog(part)).unwrap();
    }
    let catalog = world.catalog();
    assert_eq!(catalog.analytes().count(), analytes);
    let coded = catalog.analytes().filter(|a| a.kind == Kind::Coded);
    assert!(coded.map(|a| catalog.answers(a.id)).all(|a| a.len() > 1), "each coded analyte has answers of its own");
    assert!(catalog.tests().iter().all(|t| !t.analytes.is_empty() && catalog.specimen_type(t.specimen_type).is_some()));
    let (proposed, proposed_limits) = world.read(|s| views::proposals(s));
    assert_eq!((proposed.len(), proposed_limits.len()), (intervals, limits));
    for analyte in catalog.analytes() {
        assert!(
            catalog.interval(analyte.id, None, &woman_of_55()).is_none(),
            "{}: nothing is in force unsigned",
            analyte.key
        );
        assert!(matches!(catalog.limit(analyte.id, None, &woman_of_55()), Choice::None), "{}", analyte.key);
    }
}

#[test]
fn an_entry_that_means_nothing_is_refused_with_the_whole_file() {
    let interval = r#"interval = [{ analyte = "sodium", sex = "any", low = "136", high = "145", unit = "mmol/L", type = "reference", source = "s" }]"#;
    let limit = r#"limit = [{ analyte = "sodium", low = "120", low_op = "<=", high = "160", high_op = ">=", unit = "mmol/L", source = "s" }]"#;
    let analyte = r#"analyte = [{ key = "zinc", name = "Zinc", short = "Zn", discipline = "chemistry", loinc = "5763-8", unit = "umol/L", decimals = 1, specimen_type = "serum" }]"#;
    let test = r#"test = [{ key = "salts", name = "Salts", analytes = ["sodium"], specimen_type = "serum" }]"#;
    let coded = r#"analyte = [{ key = "hbsag", name = "HBsAg", short = "HBsAg", discipline = "i", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "presence" }]
        answers = [{ key = "presence", answer = [{ code = "neg", words = "Negative", meaning = "normal", source = "s" }, { code = "pos", words = "Positive", meaning = "abnormal", source = "s" }] }]"#;
    let titre = r#"analyte = [{ key = "ana", name = "ANA", short = "ANA", discipline = "i", unit = "{titer}", decimals = 0, specimen_type = "serum", kind = "titre" }]
        interval = [{ analyte = "ana", sex = "any", high = "40", unit = "{titer}", type = "reference", source = "s" }]"#;
    let tube = r#"specimen_type = [{ key = "citrate", name = "Citrate plasma", container = "Citrate tube" }]"#;
    // An entry that is right, what is put in its place, and what comes of it.
    let cases = [
        (tube, "", "", "done"),
        (tube, "citrate\"", "Citrate\"", "catalog-key"),
        (tube, "\"citrate\"", "\"\"", "catalog-key"),
        (tube, "Citrate plasma", " ", "text-missing"),
        (tube, "Citrate tube", "Citrate\\u0000tube", "text-control"),
        (analyte, "", "", "done"),
        (analyte, "zinc", "zinc-1", "catalog-key"),
        (analyte, "5763-8", "5763-9", "catalog-loinc"),
        (analyte, "specimen_type = \"serum\"", "specimen_type = \"sweat\"", "catalog-unknown"),
        (analyte, "\"Zinc\"", "\"\"", "text-missing"),
        (analyte, "\"Zn\"", "\"\"", "text-missing"),
        (test, "", "", "done"),
        (test, "salts", "", "catalog-key"),
        (test, "Salts", "", "text-missing"),
        (test, "[\"sodium\"]", "[\"gold\"]", "catalog-unknown"),
        (test, "[\"sodium\"]", "[]", "text-missing"),
        (test, "\"serum\"", "\"sweat\"", "catalog-unknown"),
        (interval, "", "", "done"),
        (interval, "sodium", "gold", "catalog-unknown"),
        (interval, "mmol/L", "mg/dL", "catalog-unit"),
        (interval, "\"any\"", "\"women\"", "catalog-sex"),
        (interval, "sex = \"any\"", "sex = \"any\", age_low = \"18 years\"", "catalog-age"),
        (interval, "sex = \"any\"", "sex = \"any\", age_high = \"18\"", "catalog-age"),
        (interval, "sex = \"any\"", "sex = \"any\", age_low = \"18 a\", age_high = \"5 a\"", "catalog-ages-inverted"),
        (interval, "sex = \"any\"", "sex = \"any\", age_low = \"1 mo\", age_high = \"4 wk\"", "catalog-ages-inverted"),
        (interval, "sex = \"any\"", "sex = \"any\", age_low = \"4 wk\", age_high = \"1 mo\"", "done"),
        (interval, "source = \"s\"", "source = \"s\", note = \"a\u{202e}b\"", "text-control"),
        (interval, "\"136\"", "\"<136\"", "catalog-number"),
        (interval, "\"145\"", "\"145,0\"", "catalog-number"),
        (interval, "\"136\"", "\"146\"", "catalog-limits-inverted"),
        (interval, "source = \"s\"", "source = \"\"", "text-missing"),
        (limit, "", "", "done"),
        (limit, "sodium", "gold", "catalog-unknown"),
        (limit, "mmol/L", "mg/dL", "catalog-unit"),
        (limit, "low = \"120\"", "low = \"120\", age_low = \"adult\"", "catalog-age"),
        (limit, "low = \"120\"", "low = \"120\", age_low = \"1 a\", age_high = \"12 mo\"", "catalog-ages-inverted"),
        (limit, "source = \"s\"", "source = \"s\", population = \"adu\u{200b}lt\"", "text-control"),
        (limit, "\"160\"", "\"high\"", "catalog-number"),
        (limit, "\"120\"", "\"161\"", "catalog-limits-inverted"),
        (limit, "\"<=\"", "\">=\"", "catalog-operator"),
        (limit, "\">=\"", "\"<\"", "catalog-operator"),
        (limit, "\"<=\"", "\"=<\"", "catalog-operator"),
        (limit, "\"<=\"", "\"\"", "catalog-operator"),
        (limit, "high = \"160\"", "high = \"\"", "catalog-operator"),
        (limit, "source = \"s\"", "source = \" \"", "text-missing"),
        (coded, "\"coded\"", "\"colour\"", "catalog-result-kind"),
        (coded, "\"coded\"", "\"text\"", "catalog-answers-not-coded"),
        (coded, "answers = \"presence\"", "answers = \"detection\"", "catalog-unknown"),
        (coded, "\"normal\"", "\"fine\"", "catalog-meaning"),
        (coded, "\"pos\"", "\"neg\"", "catalog-answer-twice"),
        (coded, "\"pos\"", "\"\"", "text-missing"),
        (coded, "\"Positive\"", "\" \"", "text-missing"),
        (coded, "source = \"s\"", "source = \"\"", "text-missing"),
        (
            coded,
            "}]\n",
            "}, { key = \"hbsag\", name = \"H\", short = \"H\", discipline = \"i\", unit = \"\", decimals = 0, specimen_type = \"serum\", kind = \"coded\", answers = \"presence\" }]\n",
            "catalog-twice",
        ),
        (coded, "", "", "done"),
        (titre, "\"titre\"", "\"coded\"", "catalog-no-limits"),
        (titre, "\"titre\"", "\"text\"", "catalog-no-limits"),
        (titre, "", "", "done"),
        ("", "", "colour = \"red\"", "catalog-file"),
        ("", "", "analyte = 7", "catalog-file"),
    ];
    let world = World::new();
    for (right, from, to, expected) in cases {
        let text = if from.is_empty() { format!("{right}{to}") } else { right.replacen(from, to, 1) };
        let before = world.head();
        assert_eq!(code(import(&world, &text)), expected, "{text}");
        assert_eq!(world.head() - before, i64::from(expected == "done"));
    }
}

#[test]
fn the_check_digit_of_a_loinc_code_must_be_right() {
    // From the LOINC tables; the last digit of the refused ones is another, or something stands that is no digit.
    let cases = [
        ("2951-2", true),
        ("2823-3", true),
        ("14682-9", true),
        ("718-7", true),
        ("6690-2", true),
        ("22664-7", true),
        ("2951-3", false),
        ("2915-2", false),
        ("29512", false),
        ("-2", false),
        ("2951-", false),
        ("2951-22", false),
        ("29x1-2", false),
        ("123456789-0", false),
        // A test of the house.
        ("", true),
    ];
    let world = World::new();
    for (loinc, valid) in cases {
        let text = format!(
            r#"analyte = [{{ key = "zinc", name = "Zinc", short = "Zn", discipline = "c", loinc = "{loinc}", unit = "umol/L", decimals = 1, specimen_type = "serum" }}]"#
        );
        assert_eq!(code(import(&world, &text)), if valid { "done" } else { "catalog-loinc" }, "{loinc:?}");
    }
}

#[test]
fn one_import_holds_so_many_entries_and_no_more() {
    let world = World::new();
    let interval =
        r#"{ analyte = "sodium", sex = "any", low = "136", unit = "mmol/L", type = "reference", source = "s" },"#;
    let entries = |count| format!("interval = [{}]", interval.repeat(count));
    let refused = refusal(import(&world, &entries(ENTRIES_MAX + 1)));
    assert_eq!((refused.code, arg(&refused, "limit")), ("catalog-too-many", ENTRIES_MAX.to_string()));
    assert_eq!(import(&world, &entries(ENTRIES_MAX)), Ok(ENTRIES_MAX));
}

/// Intervals, limits, approved mappings and stored results are in it.
#[test]
fn the_unit_of_an_analyte_never_changes() {
    let world = World::new();
    let sodium = |name: &str, unit: &str| {
        format!(
            r#"analyte = [{{ key = "sodium", name = "{name}", short = "Na", discipline = "c", loinc = "2951-2", unit = "{unit}", decimals = 0, specimen_type = "serum" }}]"#
        )
    };
    let before = world.analyte("sodium");
    let refused = refusal(import(&world, &sodium("Sodium", "mg/dL")));
    let said = ["unit", "own"].map(|name| arg(&refused, name));
    assert_eq!((refused.code, said), ("catalog-unit", ["mg/dL".to_owned(), "mmol/L".to_owned()]));
    import(&world, &sodium("Sodium ion", "mmol/L")).unwrap();
    let catalog = world.catalog();
    let after = catalog.analyte_by_key("sodium").unwrap();
    assert_eq!((after.id, after.name.as_str()), (before, "Sodium ion"), "a known key is replaced and keeps its id");
    assert!(catalog.interval(before, None, &woman_of_55()).is_some(), "its interval stays in force");
}

#[test]
fn the_director_signs_proposals_into_force_and_each_once() {
    let world = World::empty();
    import(&world, CATALOG).unwrap();
    let director = world.actor(Role::Director);
    let (intervals, limits) = world.read(|s| views::proposals(s));
    let approve = |intervals: Vec<IntervalId>, limits: Vec<LimitId>| {
        let signed = world.signed(Role::Director);
        code(world.run(director, ApproveCatalog { intervals, limits, answers: vec![], signed }))
    };
    let (interval, limit) = (intervals[0].id, limits[0].id);
    let cases = [
        (vec![], vec![], "catalog-nothing-chosen"),
        (vec![IntervalId(1)], vec![], "catalog-not-proposed"),
        (vec![interval], vec![LimitId(interval.0)], "catalog-not-proposed"),
        (vec![interval], vec![limit], "done"),
        (vec![interval], vec![], "catalog-not-proposed"),
        (vec![], vec![limit], "catalog-not-proposed"),
    ];
    for (intervals, limits, expected) in cases {
        assert_eq!(approve(intervals, limits), expected);
    }
    let (approved, _) = world.read(|s| views::all(s));
    let (at, by) = approved.iter().find(|i| i.id == interval).unwrap().approved.clone().unwrap();
    assert_eq!((at, by.as_str()), (world.now(), "director of the test"));
    let in_force = |key: &str| world.catalog().interval(world.analyte(key), None, &woman_of_55()).is_some();
    assert_eq!([in_force("sodium"), in_force("potassium")], [true, false]);
}

#[test]
fn the_signature_holds_what_was_signed_and_nothing_that_was_changed_behind_the_journal_is_signed() {
    let world = World::empty();
    import(&world, CATALOG).unwrap();
    let (intervals, limits) = world.read(|s| views::proposals(s));
    let (sodium, critical) = (world.analyte("sodium"), limits[0].id);
    let interval = intervals.iter().find(|i| i.analyte == sodium).unwrap().id;
    let approve = || {
        let (intervals, limits) = (vec![interval], vec![critical]);
        let signed = world.signed(Role::Director);
        code(world.run(world.actor(Role::Director), ApproveCatalog { intervals, limits, answers: vec![], signed }))
    };
    for (change, back) in [
        ("UPDATE reference_intervals SET high = '1450'", "UPDATE reference_intervals SET high = '145'"),
        ("UPDATE critical_limits SET low_op = '<'", "UPDATE critical_limits SET low_op = '<='"),
    ] {
        let row = if change.contains("intervals") { interval.0 } else { critical.0 };
        assert_eq!(world.tamper(&format!("{change} WHERE id = {row}")), 1);
        assert_eq!(approve(), "catalog-not-as-journalled", "{change}");
        world.tamper(&format!("{back} WHERE id = {row}"));
    }
    assert_eq!(approve(), "done");
    let body = world.last_body();
    let of_sodium = serde_json::json!({
        "analyte": sodium.0, "sex": "any", "age_low": "", "age_high": "", "low": "136", "high": "145", "unit": "mmol/L",
    });
    assert_eq!(body["signed_intervals"], serde_json::json!([of_sodium]));
    assert_eq!(body["signed_limits"][0]["high"], "160");
}

#[test]
fn the_interval_in_force_is_that_of_the_person() {
    let world = World::new();
    let catalog = world.catalog();
    let creatinine = world.analyte("creatinine");
    let born = |birth: &str| Some(Birth { date: date(birth), time: None });
    let cases = [
        (Sex::Female, born("1971-04-02"), Some("45")),
        (Sex::Male, born("1971-04-02"), Some("59")),
        (Sex::Unknown, born("1971-04-02"), None),
        (Sex::Other, born("1971-04-02"), None),
        (Sex::Female, born("2015-04-02"), None),
        (Sex::Female, None, None),
    ];
    for (sex, birth, low) in cases {
        let subject = Subject { sex, birth, ..woman_of_55() };
        let interval = catalog.interval(creatinine, None, &subject);
        assert_eq!(interval.map(|(i, _)| i.low.as_str()), low, "{sex:?} {birth:?}");
    }
}

#[test]
fn a_limit_prints_as_its_source_does() {
    let world = World::new();
    let (_, limits) = world.read(|s| views::all(s));
    let texts: Vec<&str> = limits.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["≤ 120 or ≥ 160", "< 2.5 or > 6.5", "< 70", "> 200", "", "< 2.8 or > 6.2"]);
}

/// What is taken back bears the number of the next event, which another process may journal.
#[test]
fn a_catalog_that_was_taken_back_is_never_in_force() {
    let world = World::new();
    let other = world.beside();
    let renamed = |name: &str| starter::parse(&CATALOG.replace("\"Sodium\"", &format!("\"{name}\""))).unwrap();
    let (wrong, right) = (renamed("Wrong"), renamed("Right"));
    let laboratory = world.lab.clone();
    let taken_back = world.lab.submit(Actor::Console, None, move |tx| {
        tx.run(ImportCatalog(wrong))?;
        let name = |catalog: &super::Catalog| catalog.analyte_by_key("sodium").unwrap().name.clone();
        assert_eq!(name(&*laboratory.catalog(tx)?), "Wrong", "what the same act does next is decided by it");
        Err::<(), Failure>(crate::Refusal::new("changed-my-mind").into())
    });
    assert_eq!(code(taken_back.wait()), "changed-my-mind");
    other.submit(Actor::Console, None, move |tx| tx.run(ImportCatalog(right))).wait().unwrap();
    assert_eq!(world.catalog().analyte_by_key("sodium").unwrap().name, "Right");
}

fn presence(analyte: &str, answers: &[(&str, &str, &str)]) -> String {
    let answer = |(code, words, meaning): &(&str, &str, &str)| {
        format!(r#"{{ code = "{code}", words = "{words}", meaning = "{meaning}", source = "s" }}"#)
    };
    let answers = answers.iter().map(answer).collect::<Vec<_>>().join(", ");
    format!(
        r#"analyte = [{{ key = "{analyte}", name = "{analyte}", short = "{analyte}", discipline = "i", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "list" }}]
        answers = [{{ key = "list", answer = [{answers}] }}]"#
    )
}

fn words(answers: &[super::Answer]) -> Vec<&str> {
    answers.iter().map(|a| a.words.as_str()).collect()
}

#[test]
fn an_answer_means_something_only_when_the_director_has_approved_that() {
    let world = World::new();
    import(&world, &presence("hbsag", &[("neg", "Negative", "normal"), ("ind", "Unclear", "indeterminate")])).unwrap();
    let id = world.analyte("hbsag");
    let catalog = world.catalog();
    assert_eq!(catalog.analyte(id).unwrap().kind, Kind::Coded);
    assert_eq!(words(catalog.answers(id)), ["Negative", "Unclear"]);
    assert!(catalog.answers(id).iter().all(|a| a.approved_meaning().is_none()) && catalog.expected(id).is_empty());
    let answers: Vec<_> = catalog.answers(id).iter().map(|a| a.id).collect();
    approve_answers(&world, &answers).unwrap();
    let catalog = world.catalog();
    let meanings: Vec<_> = catalog.answers(id).iter().map(super::Answer::approved_meaning).collect();
    assert_eq!(meanings, [Some(Meaning::Normal), Some(Meaning::Indeterminate)]);
    assert_eq!(catalog.expected(id).iter().map(|a| a.words.as_str()).collect::<Vec<_>>(), ["Negative"]);
    let signed = &world.last_body()["signed_answers"];
    assert_eq!(
        signed[0],
        serde_json::json!({ "analyte": id.0, "code": "neg", "words": "Negative", "meaning": "normal" })
    );
    assert_eq!(code(approve_answers(&world, &answers)), "catalog-not-proposed");
}

fn approve_answers(world: &World, answers: &[AnswerId]) -> Result<(), Failure> {
    let (answers, signed) = (answers.to_vec(), world.signed(Role::Director));
    world.run(world.actor(Role::Director), ApproveCatalog { intervals: vec![], limits: vec![], answers, signed })
}

fn approve_limits(world: &World, limits: &[LimitId]) -> Result<(), Failure> {
    let (limits, signed) = (limits.to_vec(), world.signed(Role::Director));
    world.run(world.actor(Role::Director), ApproveCatalog { intervals: vec![], limits, answers: vec![], signed })
}

#[test]
fn a_changed_answer_is_another_answer_and_the_one_in_force_stays_until_the_new_one_is_approved() {
    let world = World::new();
    let import = |answers: &[(&str, &str, &str)]| import(&world, &presence("hbsag", answers)).unwrap();
    let proposed = || world.read(|s| views::proposed_answers(s));
    import(&[("neg", "Negative", "normal"), ("pos", "Positive", "abnormal")]);
    let id = world.analyte("hbsag");
    let old: Vec<_> = world.catalog().answers(id).iter().map(|a| a.id).collect();
    approve_answers(&world, &old).unwrap();

    import(&[("neg", "Negative", "normal"), ("pos", "Positive", "abnormal")]);
    assert!(proposed().is_empty(), "what is equal is not proposed a second time");
    import(&[("neg", "Negative", "normal"), ("weak", "Weakly positive", "abnormal"), ("pos", "Positive", "critical")]);
    let catalog = world.catalog();
    assert_eq!(words(catalog.answers(id)), ["Negative", "Weakly positive", "Positive"], "a new one finds its place");
    assert_eq!(catalog.answers(id)[2].meaning, Meaning::Abnormal, "the answer in force stays in force");
    import(&[("neg", "Negative", "normal"), ("pos", "Positive", "invalid")]);
    let waiting = proposed();
    assert_eq!(words(&waiting), ["Positive"], "a proposal that was never approved goes");
    approve_answers(&world, &[waiting[0].id]).unwrap();
    let catalog = world.catalog();
    let current: Vec<_> = catalog.answers(id).iter().map(|a| (a.words.as_str(), a.meaning)).collect();
    assert_eq!(current, [("Negative", Meaning::Normal), ("Positive", Meaning::Invalid)]);
    let retired = catalog.answer(old[1]).unwrap();
    assert!(retired.retired && retired.meaning == Meaning::Abnormal, "results name it for ever");
}

#[test]
fn the_kind_of_an_analyte_changes_only_as_long_as_nothing_judges_its_results() {
    let world = World::new();
    let changed = |key: &str, unit: &str, kind: &str| {
        let text = format!(
            r#"analyte = [{{ key = "{key}", name = "{key}", short = "{key}", discipline = "c", unit = "{unit}", decimals = 0, specimen_type = "serum", kind = "{kind}" }}]"#
        );
        code(import(&world, &text))
    };
    assert_eq!(changed("sodium", "mmol/L", "text"), "catalog-kind-in-use");
    assert_eq!(changed("sodium", "mmol/L", "numeric"), "done");
    for kind in ["", "text", "bin", "titre", "coded", "text"] {
        assert_eq!(changed("house", "", kind), "done", "{kind}");
    }
    import(&world, &presence("house", &[("neg", "Negative", "normal")])).unwrap();
    assert_eq!(changed("house", "", "numeric"), "catalog-kind-in-use");
    assert_eq!(changed("house", "", "coded"), "done");
    assert_eq!(
        words(world.catalog().answers(world.analyte("house"))),
        ["Negative"],
        "a file without answers takes none"
    );
}

#[test]
fn an_answer_that_was_changed_behind_the_journal_is_not_signed() {
    let world = World::new();
    import(&world, &presence("hbsag", &[("neg", "Negative", "normal")])).unwrap();
    let id = world.catalog().answers(world.analyte("hbsag"))[0].id;
    assert_eq!(world.tamper(&format!("UPDATE answers SET words = 'Positive' WHERE id = {}", id.0)), 1);
    assert_eq!(code(approve_answers(&world, &[id])), "catalog-not-as-journalled");
}

/// Sex, ages, source; the source may go on with other fields.
type Row = (&'static str, &'static str, &'static str, &'static str);

fn intervals(rows: &[Row]) -> String {
    let row = |(sex, low, high, more): &Row| {
        format!(
            r#"{{ analyte = "lipase", sex = "{sex}", age_low = "{low}", age_high = "{high}", high = "60", unit = "U/L", type = "reference", source = "{more}" }}"#
        )
    };
    format!("interval = [{}]", rows.iter().map(row).collect::<Vec<_>>().join(", "))
}

fn bulk(world: &World) -> Bulk {
    let ((intervals, limits), answers) = world.read(|s| Ok((views::all(s)?, views::all_answers(s)?)));
    Bulk::of(&intervals, &limits, &answers, |_| true)
}

#[test]
fn many_are_approved_only_without_gap_overlap_warning_or_replacement() {
    // Rows of one analyte, and what becomes of them: how many are chosen, or why none is.
    let ranked = r#"s", rank = 2, note = ""#;
    let warning = r#"s", note = "Check the method"#;
    let harmless = r#"s", warns = false, note = "Two sources agree"#;
    let cases: &[(&[Row], Result<usize, LeftOut>)] = &[
        (&[("any", "18 a", "", "s")], Ok(1)),
        (&[("any", "0 d", "18 a", "s"), ("any", "18 a", "", "s")], Ok(2)),
        (&[("female", "18 a", "", "s"), ("male", "18 a", "", "s")], Ok(2)),
        (&[("any", "18 a", "", "s"), ("female", "18 a", "", "s")], Ok(2)),
        (&[("any", "18 a", "", "s"), ("any", "60 a", "", ranked)], Ok(1)),
        (&[("any", "18 a", "", harmless)], Ok(1)),
        (&[("any", "18 a", "", "s"), ("any", "60 a", "", "t")], Err(LeftOut::Overlap)),
        (&[("any", "0 d", "6 a", "s"), ("any", "12 a", "", "s")], Err(LeftOut::Gap)),
        (&[("female", "18 a", "", "s"), ("male", "16 a", "", "s")], Err(LeftOut::Gap)),
        (&[("any", "18 a", "", warning)], Err(LeftOut::Warns)),
    ];
    for (rows, expected) in cases {
        let world = World::new();
        import(&world, &intervals(rows)).unwrap();
        let bulk = bulk(&world);
        let why = bulk.left_out.first().map(|(_, why)| *why);
        assert_eq!(why.map_or(Ok(bulk.intervals.len()), Err), *expected, "{rows:?}");
    }
    let world = World::new();
    let sodium = r#"interval = [{ analyte = "sodium", sex = "any", low = "130", unit = "mmol/L", type = "reference", source = "t" }]"#;
    import(&world, sodium).unwrap();
    assert_eq!(bulk(&world).left_out, [(world.analyte("sodium"), LeftOut::Replaces)]);
    // One for women goes before the one for everybody that is in force.
    let world = World::new();
    import(&world, &sodium.replace("any", "female")).unwrap();
    assert_eq!(bulk(&world).left_out, [(world.analyte("sodium"), LeftOut::Replaces)]);
}

#[test]
fn what_is_approved_replaces_what_is_in_force_or_proposed_for_the_same_people() {
    let world = World::new();
    let subject = woman_of_55();
    import(&world, &intervals(&[("any", "18 a", "", "s"), ("any", "18 a", "60 a", "t"), ("male", "18 a", "", "s")]))
        .unwrap();
    let (proposed, _) = world.read(|s| views::proposals(s));
    let approve =
        |intervals: Vec<IntervalId>| {
            let signed = world.signed(Role::Director);
            code(world.run(
                world.actor(Role::Director),
                ApproveCatalog { intervals, limits: vec![], answers: vec![], signed },
            ))
        };
    assert_eq!(approve(vec![proposed[0].id, proposed[1].id]), "catalog-overlap");
    assert_eq!(approve(vec![proposed[0].id]), "done");
    assert_eq!(world.last_body()["retired_intervals"], serde_json::json!([proposed[1].id.0]));
    let left: Vec<_> = world.read(|s| views::proposals(s)).0.into_iter().map(|i| i.id).collect();
    assert_eq!(left, [proposed[2].id], "the rival goes, the other sex's stays");
    import(&world, &intervals(&[("any", "16 a", "", "u")])).unwrap();
    let later = world.read(|s| views::proposals(s)).0.pop().unwrap();
    assert_eq!(approve(vec![later.id]), "done");
    let (lipase, catalog) = (world.analyte("lipase"), world.catalog());
    assert_eq!(
        catalog.interval(lipase, None, &subject).unwrap().0.id,
        later.id,
        "one is in force, and no choice is left"
    );
}

#[test]
fn what_the_catalog_has_is_not_proposed_a_second_time() {
    let world = World::empty();
    let starter = || starter::starter().unwrap().parts();
    let add = |part| world.run(Actor::Console, AddToCatalog(part)).unwrap().count;
    assert!(starter().into_iter().map(add).sum::<usize>() > 900);
    let before = world.head();
    assert_eq!(starter().into_iter().map(add).sum::<usize>(), 0, "nothing is new");
    assert_eq!(world.head(), before, "and nothing is journalled");

    let world = World::new();
    let renamed = CATALOG.replace("\"Sodium\"", "\"Natrium\"");
    let (all, _) = world.read(|s| views::all(s));
    import(&world, &renamed).unwrap();
    assert_eq!(world.read(|s| views::all(s)).0.len(), all.len());
    assert_eq!(world.catalog().analyte_by_key("sodium").unwrap().name, "Natrium", "a file of one's own replaces");
    world.run(Actor::Console, AddToCatalog(starter::parse(CATALOG).unwrap())).unwrap();
    assert_eq!(world.catalog().analyte_by_key("sodium").unwrap().name, "Natrium", "an addition does not");
}

/// A laboratory of an older program has urine strips whose results are words, under analytes without a kind.
#[test]
fn an_analyte_of_an_older_catalog_gets_its_kind_and_its_answers_and_keeps_all_else() {
    let world = World::new();
    let old = r#"analyte = [{ key = "ua_nitrite", name = "Our nitrite", short = "N", discipline = "ours", unit = "", decimals = 0, specimen_type = "serum" }]"#;
    import(&world, old).unwrap();
    let before = world.analyte("ua_nitrite");
    for part in starter::starter().unwrap().parts() {
        world.run(Actor::Console, AddToCatalog(part)).unwrap();
    }
    let catalog = world.catalog();
    let after = catalog.analyte_by_key("ua_nitrite").unwrap();
    assert_eq!((after.id, after.name.as_str(), after.discipline.as_str()), (before, "Our nitrite", "ours"));
    assert_eq!((after.kind, after.unit.as_str()), (Kind::Coded, ""));
    assert_eq!(words(catalog.answers(before)), ["Negative", "Positive", "Invalid"]);
    let glucose = catalog.analyte_by_key("creatinine").unwrap();
    assert_eq!(glucose.unit, "umol/L", "the unit never changes");
}

#[test]
fn the_starter_catalog_has_no_two_first_proposals_for_the_same_people() {
    let world = World::empty();
    for part in starter::starter().unwrap().parts() {
        assert!(part.count() <= ENTRIES_MAX);
        world.run(Actor::Console, AddToCatalog(part)).unwrap();
    }
    let (intervals, limits) = world.read(|s| views::proposals(s));
    let bulk = bulk(&world);
    assert!(bulk.left_out.iter().all(|(_, why)| *why != LeftOut::Overlap), "{:?}", bulk.left_out);
    assert!(bulk.count() > 100);
    let signed = world.signed(Role::Director);
    let Bulk { intervals, limits, answers, .. } = Bulk::first(&intervals, &limits, &bulk_answers(&world));
    world.run(world.actor(Role::Director), ApproveCatalog { intervals, limits, answers, signed }).unwrap();
    let catalog = world.catalog();
    for analyte in catalog.analytes().filter(|a| a.kind == Kind::Coded) {
        assert!(catalog.answers(analyte.id).iter().all(|a| a.approved), "{}", analyte.key);
    }
}

fn bulk_answers(world: &World) -> Vec<super::Answer> {
    world.read(|s| views::proposed_answers(s))
}

#[test]
fn a_test_whose_coded_analyte_has_no_answers_cannot_be_ordered() {
    let world = World::new();
    let text = r#"analyte = [{ key = "hbsag", name = "HBsAg", short = "HBsAg", discipline = "i", unit = "", decimals = 0, specimen_type = "serum", kind = "coded" }]
        test = [{ key = "hbsag", name = "HBsAg", analytes = ["hbsag"], specimen_type = "serum" }]"#;
    import(&world, text).unwrap();
    let patient = world.patient("MRN-1");
    let order = world.order(patient, &["hbsag"]);
    assert_eq!(code(world.place(order, None)), "orders-test-incomplete");
    import(&world, &presence("hbsag", &[("neg", "Negative", "normal")])).unwrap();
    let order = world.order(patient, &["hbsag"]);
    assert_eq!(code(world.place(order, None)), "done");
}

#[test]
fn an_entry_of_the_laboratory_s_own_replaces_nothing() {
    let world = World::new();
    let make = |text: &str| code(world.run(Actor::Console, MakeOwn(starter::parse(text).unwrap())));
    let members = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        format!(
            r#"test = [{{ key = "own", name = "Own", analytes = [{}], specimen_type = "serum" }}]"#,
            names.join(",")
        )
    };
    assert_eq!(make(&members(&["crp", "sodium", "C-Reactive Protein"])), "catalog-member-twice");
    assert_eq!(make(&members(&["crp"; MEMBERS_MAX + 1])), "catalog-too-many");
    let unit = |unit: &str| {
        format!(
            r#"analyte = [{{ key = "own", name = "O", short = "O", discipline = "c", unit = "{unit}", decimals = 0, specimen_type = "serum" }}]"#
        )
    };
    assert_eq!(make(&unit("g/L\\nflag")), "text-control");
    assert_eq!(make(&unit(&"x".repeat(400))), "text-too-long");
    let test = |key: &str, analyte: &str| {
        format!(r#"test = [{{ key = "{key}", name = "T", analytes = ["{analyte}"], specimen_type = "serum" }}]"#)
    };
    assert_eq!(make(CATALOG), "catalog-key-taken");
    assert_eq!(make(&test("sodium", "sodium")), "catalog-key-taken");
    assert_eq!(make(&test("mine", "gold")), "catalog-unknown");
    assert_eq!(make(&test("mine", "C-Reactive Protein")), "done");
    let catalog = world.catalog();
    assert_eq!(catalog.tests().iter().find(|t| t.key == "mine").unwrap().analytes, [world.analyte("crp")]);
    let propose = |analyte| code(world.run(Actor::Console, ProposeAnswers { analyte, answers: vec![] }));
    assert_eq!(propose(AnalyteId(0)), "catalog-analyte-gone");
    assert_eq!(propose(world.analyte("sodium")), "catalog-answers-not-coded");
}

/// A man whom none of an instrument's own intervals fits has none: nothing is borrowed from the general ones.
#[test]
fn intervals_of_one_instrument_never_mix_with_the_general_ones() {
    let world = World::new();
    let of_creatinine = "analyte = (SELECT id FROM analytes WHERE key = 'creatinine') AND sex = 'female'";
    let own = format!("UPDATE reference_intervals SET instrument = 5 WHERE {of_creatinine}");
    assert_eq!(world.tamper(&own), 1);
    let (creatinine, lab) = (world.analyte("creatinine"), world.beside());
    let catalog = lab.clone().read(move |s| Ok(lab.catalog(s)?)).wait().unwrap();
    let woman = woman_of_55();
    let man = Subject { sex: Sex::Male, ..woman_of_55() };
    let low = |instrument: Option<i64>, subject| {
        let found = catalog.interval(creatinine, instrument.map(InstrumentId), subject);
        found.map(|(interval, _)| interval.low.as_str())
    };
    assert_eq!((low(Some(5), &woman), low(Some(5), &man)), (Some("45"), None));
    assert_eq!((low(None, &woman), low(None, &man)), (None, Some("59")));
    assert_eq!((low(Some(6), &woman), low(Some(6), &man)), (None, Some("59")));
    assert!(catalog.has_own(creatinine, InstrumentId(5)) && !catalog.has_own(creatinine, InstrumentId(6)));
}
