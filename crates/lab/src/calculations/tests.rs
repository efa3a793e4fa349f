use super::{
    CalculationId,
    commands::{ApproveCalculation, EndCalculation, ProposeCalculation},
    views::{self, Input},
};
use crate::{
    Role,
    catalog::{self, commands::ImportCatalog},
    testing::{PASSWORD, World, arg, code, refusal},
};

/// Analytes to calculate from, and to calculate, in units that convert and in some that do not.
const MORE: &str = r#"
analyte = [
    { key = "chloride", name = "Chloride", short = "Cl", discipline = "chemistry", loinc = "2075-0", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "bicarbonate", name = "Bicarbonate", short = "HCO3", discipline = "chemistry", loinc = "1963-8", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "gap", name = "Anion gap", short = "AG", discipline = "chemistry", loinc = "33037-3", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "protein", name = "Total protein", short = "TP", discipline = "chemistry", loinc = "2885-2", unit = "g/L", decimals = 0, specimen_type = "serum" },
    { key = "albumin", name = "Albumin", short = "Alb", discipline = "chemistry", loinc = "1751-7", unit = "g/dL", decimals = 1, specimen_type = "serum" },
    { key = "globulin", name = "Globulin", short = "Glob", discipline = "chemistry", loinc = "10834-0", unit = "g/L", decimals = 0, specimen_type = "serum" },
    { key = "egfr", name = "eGFR", short = "eGFR", discipline = "chemistry", loinc = "98979-8", unit = "mL/min/{1.73_m2}", decimals = 0, specimen_type = "serum" },
    { key = "igg", name = "Immunoglobulin G", short = "IgG", discipline = "chemistry", loinc = "2465-3", unit = "[IU]/L", decimals = 1, specimen_type = "serum" },
    { key = "colour", name = "Colour", short = "Col", discipline = "chemistry", loinc = "5778-6", unit = "", decimals = 0, specimen_type = "serum", kind = "text" },
    { key = "red", name = "Red cells", short = "RBC", discipline = "haematology", loinc = "789-8", unit = "10*12/L", decimals = 2, specimen_type = "blood" },
    { key = "mch", name = "MCH", short = "MCH", discipline = "haematology", loinc = "785-6", unit = "pg", decimals = 1, specimen_type = "blood" },
]
"#;

/// A laboratory with these analytes, in which nothing is calculated.
fn world() -> World {
    let world = World::new();
    world.run(world.actor(Role::Supervisor), ImportCatalog(catalog::starter::parse(MORE).unwrap())).unwrap();
    world
}

fn proposal(world: &World, analyte: &str, formula: &str, inputs: &[(&str, &str)], decimals: i64) -> ProposeCalculation {
    let input = |(key, analyte): &(&str, &str)| {
        let (analyte, molar_mass) = analyte.split_once(' ').unwrap_or((analyte, ""));
        Input { key: (*key).to_owned(), analyte: world.analyte(analyte), molar_mass: molar_mass.to_owned() }
    };
    let (analyte, inputs) = (world.analyte(analyte), inputs.iter().map(input).collect());
    ProposeCalculation { analyte, formula: formula.to_owned(), inputs, decimals }
}

const GAP: [(&str, &str); 3] = [("sodium", "sodium"), ("chloride", "chloride"), ("bicarbonate", "bicarbonate")];

fn propose(world: &World, proposal: ProposeCalculation) -> CalculationId {
    world.run(world.actor(Role::Supervisor), proposal).unwrap()
}

fn approve(world: &World, calculation: CalculationId) -> &'static str {
    let approve = ApproveCalculation { calculation, signed: world.signed(Role::Director) };
    code(world.run(world.actor(Role::Director), approve))
}

fn in_force(world: &World, analyte: &str) -> Option<CalculationId> {
    let (lab, analyte) = (world.lab.clone(), world.analyte(analyte));
    world.read(move |s| lab.in_force(s)).calculations.of(analyte).map(|c| c.id)
}

#[test]
fn what_could_not_be_calculated_is_not_proposed() {
    let world = world();
    let says = |analyte: &str, formula: &str, inputs: &[(&str, &str)], decimals| {
        let refused = world.run(world.actor(Role::Supervisor), proposal(&world, analyte, formula, inputs, decimals));
        code(refused)
    };
    let globulin = |protein, albumin| [("total-protein", protein), ("albumin", albumin)];
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)], i64, &'c str);
    let cases: [Case<'_>; 18] = [
        ("gap", "anion-gap", &GAP, 0, "done"),
        ("gap", "anion-gap", &GAP, 0, "calculations-there-already"),
        ("gap", "anion-gap", &GAP, 7, "calculations-decimals"),
        ("gap", "anion-gap", &GAP, -1, "calculations-decimals"),
        ("gap", "anion gap", &GAP, 0, "calculations-formula-unknown"),
        // Its table of factors is not in the program.
        ("gap", "ldl-cholesterol-martin-hopkins", &GAP, 0, "calculations-formula-unknown"),
        ("gap", "anion-gap", &GAP[..2], 0, "calculations-input-missing"),
        ("gap", "anion-gap", &[GAP[0], GAP[1], GAP[2], GAP[0]], 0, "calculations-input-missing"),
        ("gap", "anion-gap", &[GAP[0], GAP[1], GAP[2], ("potassium", "potassium")], 0, "calculations-input-unknown"),
        ("gap", "anion-gap", &[GAP[0], GAP[1], ("bicarbonate", "sodium")], 0, "calculations-input-twice"),
        ("gap", "anion-gap", &[GAP[0], GAP[1], ("bicarbonate", "gap")], 0, "calculations-circular"),
        ("gap", "anion-gap", &[GAP[0], GAP[1], ("bicarbonate", "colour")], 0, "calculations-not-numeric"),
        ("gap", "anion-gap", &[GAP[0], GAP[1], ("bicarbonate", "hemoglobin")], 0, "calculations-other-specimen"),
        ("globulin", "globulin", &globulin("protein", "igg"), 0, "calculations-unit"),
        // Neither an equivalent nor a mass is a substance without a molar mass.
        ("globulin", "globulin", &globulin("protein", "crp"), 0, "done"),
        ("igg", "globulin", &globulin("protein", "albumin"), 0, "calculations-result-unit"),
        ("mch", "mch", &[("haemoglobin", "hemoglobin"), ("red-cells", "red")], 1, "done"),
        ("colour", "anion-gap", &GAP, 0, "calculations-not-numeric"),
    ];
    for (analyte, formula, inputs, decimals, expected) in cases {
        assert_eq!(says(analyte, formula, inputs, decimals), expected, "{analyte} {formula} {inputs:?} {decimals}");
    }
    let creatinine = |mass: &str| says("egfr", "egfr-ckd-epi-2021-creatinine", &[("creatinine", mass)], 0);
    assert_eq!(creatinine("creatinine"), "calculations-molar-mass-needed");
    assert_eq!(creatinine("creatinine x"), "calculations-molar-mass");
    assert_eq!(creatinine("creatinine 0"), "calculations-molar-mass");
    assert_eq!(creatinine("creatinine 113.12"), "done");
    let urea = [("sodium", "sodium"), ("glucose", "crp 180.16"), ("urea-nitrogen", "bicarbonate 60.06")];
    assert_eq!(says("gap", "osmolality-calculated", &urea, 0), "calculations-molar-mass-of");
    let unknown =
        ProposeCalculation { analyte: catalog::AnalyteId(1), ..proposal(&world, "gap", "anion-gap", &GAP, 0) };
    assert_eq!(code(world.run(world.actor(Role::Supervisor), unknown)), "calculations-analyte-unknown");
}

#[test]
fn the_director_signs_a_calculation_into_force_and_it_replaces_the_one_before() {
    let world = world();
    let first = propose(&world, proposal(&world, "gap", "anion-gap", &GAP, 0));
    assert_eq!(in_force(&world, "gap"), None);
    let before = world.catalog().version;
    assert_eq!(approve(&world, first), "done");
    assert_eq!(in_force(&world, "gap"), Some(first));
    assert!(world.catalog().version > before, "what stands in memory is read anew");
    let body = world.last_body();
    assert_eq!(body["signed"]["formula"], "anion-gap");
    assert_eq!(body["signed"]["inputs"][0]["key"], "sodium");
    assert_eq!(body["signature"]["meaning"], "approved");
    assert_eq!(approve(&world, first), "calculations-decided");

    let with_potassium = [GAP[0], GAP[1], GAP[2], ("potassium", "potassium")];
    let second = propose(&world, proposal(&world, "gap", "anion-gap-with-potassium", &with_potassium, 1));
    assert_eq!(in_force(&world, "gap"), Some(first));
    assert_eq!(approve(&world, second), "done");
    assert_eq!(in_force(&world, "gap"), Some(second));
    let all = world.read(|s| views::all(s));
    assert_eq!(all.iter().map(|c| c.is_in_force()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(approve(&world, CalculationId(1)), "calculations-unknown");
}

#[test]
fn who_proposed_a_calculation_does_not_sign_it_into_force() {
    let world = world();
    let director = world.actor(Role::Director);
    let own = world.run(director, proposal(&world, "gap", "anion-gap", &GAP, 0)).unwrap();
    assert_eq!(world.read(move |s| views::proposer(s, own)), Some(director));
    assert_eq!(approve(&world, own), "calculations-own");
    assert_eq!(in_force(&world, "gap"), None);
    let deputy = world.hire("deputy", &[Role::Director]);
    let person = world.sign_in("deputy", PASSWORD).unwrap();
    let signed = world.sign(&person, Some(PASSWORD)).unwrap();
    let approve = ApproveCalculation { calculation: own, signed };
    assert_eq!(code(world.run(crate::Actor::Person(deputy.0), approve)), "done");
}

#[test]
fn a_calculation_ends_with_a_reason_and_a_proposal_is_dismissed() {
    let world = world();
    let end = |calculation, why: &str| {
        code(world.run_because(world.actor(Role::Director), why, EndCalculation { calculation }))
    };
    let first = propose(&world, proposal(&world, "gap", "anion-gap", &GAP, 0));
    assert_eq!(approve(&world, first), "done");
    assert_eq!(end(first, " "), "calculations-end-needs-reason");
    assert_eq!(end(CalculationId(1), "wrong"), "calculations-unknown");
    assert_eq!(end(first, "the analyzer reports it"), "done");
    assert_eq!(in_force(&world, "gap"), None);
    assert_eq!(end(first, "again"), "calculations-decided");
    let second = propose(&world, proposal(&world, "gap", "anion-gap", &GAP, 0));
    assert_eq!(end(second, "not wanted"), "done");
    assert_eq!(approve(&world, second), "calculations-decided");
}

/// A calculates from B, B from C: C is not calculated from A. What is looked at is what is in force when it is signed.
#[test]
fn nothing_is_calculated_from_itself() {
    let world = world();
    let globulin = |of: &str, protein: &str, albumin: &str| {
        let inputs = [("total-protein", protein), ("albumin", albumin)];
        propose(&world, proposal(&world, of, "globulin", &inputs, 0))
    };
    let (one, two) = (globulin("globulin", "protein", "albumin"), globulin("protein", "globulin", "albumin"));
    assert_eq!(approve(&world, one), "done");
    assert_eq!(approve(&world, two), "calculations-circular");
}

#[test]
fn a_proposal_that_somebody_changed_behind_the_journal_is_not_signed() {
    let world = world();
    let first = propose(&world, proposal(&world, "gap", "anion-gap", &GAP, 0));
    assert_eq!(world.tamper("UPDATE calculations SET decimals = 3"), 1);
    assert_eq!(approve(&world, first), "calculations-not-as-journalled");
}

/// Whoever signed the formula of an older program has not signed this one.
#[test]
fn another_version_of_a_formula_is_not_signed() {
    let world = world();
    let first = propose(&world, proposal(&world, "gap", "anion-gap", &GAP, 0));
    assert_eq!(approve(&world, first), "done");
    world.tamper("UPDATE calculations SET formula_version = 0");
    let calculation = world.read(move |s| views::calculation(s, first)).unwrap();
    assert!(calculation.definition().is_none());
}

/// An import changes no unit; the check is for what stands in the database all the same.
#[test]
fn an_analyte_whose_unit_changed_is_not_calculated_as_it_was_proposed() {
    let world = world();
    let first = propose(&world, proposal(&world, "gap", "anion-gap", &GAP, 0));
    assert_eq!(world.tamper("UPDATE analytes SET unit = 'mol/L' WHERE key = 'gap'"), 1);
    let approve = ApproveCalculation { calculation: first, signed: world.signed(Role::Director) };
    let approved = world.beside().submit(world.actor(Role::Director), None, move |tx| tx.run(approve)).wait();
    let refused = refusal(approved);
    assert_eq!((refused.code, arg(&refused, "analyte")), ("calculations-unit-changed", "Anion gap".to_owned()));
}

#[test]
fn there_are_so_many_calculations_and_no_more() {
    let world = world();
    propose(&world, proposal(&world, "gap", "anion-gap", &GAP, 0));
    world.tamper(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO calculations \
        SELECT id + i, lab, analyte, formula, formula_version, inputs, unit, decimals, approved_at, approved_by, 1, changed \
        FROM calculations, n",
    );
    let one_more = proposal(&world, "gap", "anion-gap", &GAP, 1);
    assert_eq!(code(world.run(world.actor(Role::Supervisor), one_more)), "calculations-too-many");
}
