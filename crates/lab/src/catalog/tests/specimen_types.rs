//! What a test needs is what its analytes are measured in, and a tube of another type does not pass for it.

use super::{AnalyteId, TestId, import};
use crate::{
    Action, Actor, Command, Ctx, Decision, Failure,
    catalog::{
        commands::{AddToCatalog, MakeOwn},
        events::{self, Imported},
        starter,
    },
    results::views::LabResult,
    testing::{World, arg, code, refusal},
};
use titer_store::Read;

/// An import as an older program wrote it.
struct Older(Imported);

impl Command for Older {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, _: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        Ok(Decision::event(self.0, ()))
    }
}

/// A laboratory with a test of serum that asks for sodium and, of blood, haemoglobin.
fn with_mixed_test() -> World {
    let world = World::new();
    let serum = world.catalog().specimen_types().iter().find(|t| t.key == "serum").unwrap().id;
    let id = TestId(Imported::id(world.head() + 1, 0)).0;
    let analytes = vec!["sodium".to_owned(), "hemoglobin".to_owned()];
    let test = events::Test { id, key: "mixed".to_owned(), name: "Mixed".to_owned(), analytes, specimen_type: serum.0 };
    world.run(Actor::Console, Older(Imported { tests: vec![test], ..Imported::default() })).unwrap();
    world
}

/// Measures an analyte in another specimen type, as an older program let a file do.
fn moved(world: &World, analyte: AnalyteId, to: &str) {
    let catalog = world.catalog();
    let (a, to) = (catalog.analyte(analyte).unwrap(), catalog.specimen_types().iter().find(|t| t.key == to).unwrap());
    let analyte = events::Analyte {
        id: a.id.0,
        key: a.key.clone(),
        name: a.name.clone(),
        short: a.short.clone(),
        discipline: a.discipline.clone(),
        loinc: a.loinc.clone(),
        unit: a.unit.clone(),
        decimals: a.decimals,
        specimen_type: to.id.0,
        sources: String::new(),
        confidence: String::new(),
        kind: String::new(),
    };
    let imported = Imported { analytes: vec![analyte], judge_again: true, ..Imported::default() };
    world.run(Actor::Console, Older(imported)).unwrap();
}

fn holds(result: &LabResult, hold: &str) -> bool {
    result.holds.iter().any(|h| h == hold)
}

#[test]
fn a_test_names_analytes_of_its_own_specimen_type_only() {
    let world = World::new();
    let test = |analytes: &str, specimen: &str| {
        format!(
            r#"test = [{{ key = "mine", name = "My panel", analytes = [{analytes}], specimen_type = "{specimen}" }}]"#
        )
    };
    let cases = [
        (test("\"sodium\", \"hemoglobin\"", "serum"), "catalog-other-specimen-type"),
        (test("\"sodium\", \"hemoglobin\"", "blood"), "catalog-other-specimen-type"),
        (test("\"sodium\"", "blood"), "catalog-other-specimen-type"),
        (test("\"hemoglobin\"", "blood"), "done"),
        // A test that stands already is no exception.
        (test("\"sodium\"", "blood"), "catalog-other-specimen-type"),
        (test("\"sodium\", \"crp\"", "serum"), "done"),
    ];
    for (text, expected) in cases {
        assert_eq!(code(import(&world, &text)), expected, "{text}");
    }
    // An analyte of the same file counts as well.
    let new = r#"analyte = [{ key = "zinc", name = "Zinc", short = "Zn", discipline = "c", unit = "umol/L", decimals = 1, specimen_type = "blood" }]
        test = [{ key = "zinc", name = "Zinc", analytes = ["zinc"], specimen_type = "serum" }]"#;
    assert_eq!(code(import(&world, new)), "catalog-other-specimen-type");
    let own = starter::parse(&test("\"Na\", \"Hb\"", "serum").replace("mine", "ours")).unwrap();
    let refused = refusal(world.run(Actor::Console, MakeOwn(own)));
    let said = ["test", "analyte", "own", "wanted"].map(|name| arg(&refused, name));
    assert_eq!(refused.code, "catalog-other-specimen-type");
    assert_eq!(said, ["My panel", "Haemoglobin", "Whole blood", "Serum"].map(str::to_owned));
}

#[test]
fn the_specimen_type_of_an_analyte_never_changes() {
    let world = World::new();
    let sodium = |specimen: &str| {
        format!(
            r#"analyte = [{{ key = "sodium", name = "Sodium", short = "Na", discipline = "c", unit = "mmol/L", decimals = 0, specimen_type = "{specimen}" }}]"#
        )
    };
    let refused = refusal(import(&world, &sodium("blood")));
    assert_eq!((refused.code, arg(&refused, "own")), ("catalog-specimen-type-fixed", "Serum".to_owned()));
    assert_eq!(code(import(&world, &sodium("serum"))), "done");
}

#[test]
fn the_kind_of_an_analyte_that_a_test_asks_for_changes_only_to_get_answers() {
    let world = World::new();
    let house = |more: &str| {
        format!(
            r#"analyte = [{{ key = "strip", name = "Strip", short = "Strip", discipline = "u", unit = "", decimals = 0, specimen_type = "serum"{more} }}]
            answers = [{{ key = "a", answer = [{{ code = "N", words = "Negative", meaning = "normal", source = "s" }}] }}]
            test = [{{ key = "strip", name = "Strip", analytes = ["strip"], specimen_type = "serum" }}]"#
        )
    };
    assert_eq!(code(import(&world, &house(""))), "done");
    for kind in ["text", "titre", "bin", "coded"] {
        assert_eq!(code(import(&world, &house(&format!(", kind = \"{kind}\"")))), "catalog-kind-in-use", "{kind}");
    }
    world.received(world.patient("MRN-1"), &["strip"], "T1");
    let before = world.filed("T1", "strip", "neg");
    assert_eq!(code(import(&world, &house(", kind = \"coded\", answers = \"a\""))), "done");
    world.judge();
    let now = world.result(before.id);
    assert!(holds(&now, "not-an-answer") && holds(&now, "undecided-critical"), "{now:?}");
}

#[test]
fn a_result_on_a_tube_of_another_specimen_type_is_held_and_judged_by_no_interval() {
    let world = with_mixed_test();
    let patient = world.patient("MRN-1");
    world.received(patient, &["mixed"], "T1");
    world.received(patient, &["mixed"], "T2");
    let sodium = world.filed("T1", "sodium", "140");
    assert_eq!((sodium.flag.as_str(), sodium.holds.len()), ("N", 0), "sodium is measured in serum");
    let fine = world.filed("T1", "hemoglobin", "140");
    assert_eq!((fine.flag.as_str(), fine.has_interval, fine.low.as_str()), ("", false, ""));
    assert!(holds(&fine, "other-specimen-type") && holds(&fine, "undecided-critical"), "{fine:?}");
    let low = world.filed("T2", "hemoglobin", "60");
    assert_eq!((low.flag.as_str(), low.critical.as_str()), ("", "low"), "the cautious limit counts");
    assert!(holds(&low, "other-specimen-type") && holds(&low, "critical"), "{low:?}");
}

#[test]
fn a_result_whose_analyte_was_moved_to_another_specimen_type_is_held_and_not_signed_as_it_was() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium"], "T1");
    world.received(patient, &["sodium"], "T2");
    let before = world.filed("T1", "sodium", "140");
    moved(&world, world.analyte("sodium"), "blood");
    let sign = |result: &LabResult| {
        let results = vec![crate::testing::on_display(result)];
        let signed = world.signed(crate::Role::Technician);
        world.run(world.technician(), crate::results::commands::VerifyResults { results, signed })
    };
    assert_eq!(code(sign(&before)), "results-judged-otherwise");
    world.judge();
    let now = world.result(before.id);
    assert!(holds(&now, "other-specimen-type") && holds(&now, "judged-again") && now.flag.is_empty(), "{now:?}");
    assert!(holds(&world.filed("T2", "sodium", "140"), "other-specimen-type"));
    moved(&world, world.analyte("sodium"), "serum");
    world.judge();
    assert_eq!(world.result(before.id).holds, ["judged-again"], "as it was, and a person looks");
    assert_eq!(code(sign(&world.result(before.id))), "done");
}

/// The laboratory measures it in serum; the starter's panel asks for urine.
#[test]
fn an_addition_leaves_out_what_the_laboratory_s_own_entries_do_not_let_in_and_says_so() {
    let world = World::new();
    let old = r#"analyte = [
        { key = "ua_nitrite", name = "Our nitrite", short = "N", discipline = "ours", unit = "", decimals = 0, specimen_type = "serum" },
        { key = "own_zinc", name = "Zinc", short = "Our Zn", discipline = "ours", unit = "", decimals = 0, specimen_type = "serum" }]"#;
    import(&world, old).unwrap();
    let mut left_out = Vec::new();
    for part in starter::starter().unwrap().parts() {
        left_out.extend(world.run(Actor::Console, AddToCatalog(part)).unwrap().left_out);
    }
    let said =
        |code: &str, name: &str| left_out.iter().filter(|r| r.code == code).map(|r| arg(r, name)).collect::<Vec<_>>();
    assert!(said("catalog-other-specimen-type", "analyte").contains(&"ua_nitrite".to_owned()), "{left_out:?}");
    let catalog = world.catalog();
    assert!(catalog.analyte_by_key("hba1c").is_some() || catalog.analytes().count() > 200, "all else is added");
    for test in catalog.tests() {
        let of = test.analytes.iter().filter_map(|a| catalog.analyte(*a));
        assert!(of.into_iter().all(|a| a.specimen_type == test.specimen_type), "{}", test.key);
    }
}
