mod reached;

use super::views::{self, Missing};
use crate::{
    Role,
    calculations::{
        CalculationId, NotCalculated,
        commands::{ApproveCalculation, EndCalculation, ProposeCalculation},
        views::Input,
    },
    catalog::{self, commands::ImportCatalog},
    orders::OrderId,
    patients::{PatientId, commands::Correction},
    results::{
        ContradictionState, State,
        commands::{AskForRepeat, OnDisplay, VerifyResults},
        views::{self as results, LabResult},
    },
    specimens::SpecimenId,
    testing::{World, arg, code, on_display, refusal},
    ways,
};
use titer_science::{Sex, calculated::NotCalculable};

/// Limits are invented. The anion gap above an anion gap tests that calculated values are calculated from.
const MORE: &str = r#"
analyte = [
    { key = "chloride", name = "Chloride", short = "Cl", discipline = "chemistry", loinc = "2075-0", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "bicarbonate", name = "Bicarbonate", short = "HCO3", discipline = "chemistry", loinc = "1963-8", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "gap", name = "Anion gap", short = "AG", discipline = "chemistry", loinc = "33037-3", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "gap2", name = "Second gap", short = "AG2", discipline = "chemistry", loinc = "10466-1", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "egfr", name = "eGFR", short = "eGFR", discipline = "chemistry", loinc = "98979-8", unit = "mL/min/{1.73_m2}", decimals = 0, specimen_type = "serum" },
    { key = "cholesterol", name = "Cholesterol", short = "Chol", discipline = "chemistry", loinc = "14647-2", unit = "mmol/L", decimals = 2, specimen_type = "serum" },
    { key = "hdl", name = "HDL cholesterol", short = "HDL", discipline = "chemistry", loinc = "14646-4", unit = "mmol/L", decimals = 2, specimen_type = "serum" },
    { key = "tg", name = "Triglycerides", short = "TG", discipline = "chemistry", loinc = "14927-8", unit = "mmol/L", decimals = 2, specimen_type = "serum" },
    { key = "ldl", name = "LDL cholesterol", short = "LDL", discipline = "chemistry", loinc = "39469-2", unit = "mmol/L", decimals = 2, specimen_type = "serum" },
]
test = [
    { key = "gap", name = "Anion gap", analytes = ["sodium", "chloride", "bicarbonate", "gap"], specimen_type = "serum" },
    { key = "gap2", name = "Second gap", analytes = ["gap2"], specimen_type = "serum" },
    { key = "egfr", name = "eGFR", analytes = ["creatinine", "egfr"], specimen_type = "serum" },
    { key = "lipids", name = "Lipids", analytes = ["cholesterol", "hdl", "tg", "ldl"], specimen_type = "serum" },
    { key = "only_ldl", name = "LDL", analytes = ["ldl"], specimen_type = "serum" },
]
interval = [
    { analyte = "gap", sex = "any", low = "8", high = "16", unit = "mmol/L", type = "reference", source = "the test" },
]
limit = [
    { analyte = "gap", population = "everybody", high_op = ">", high = "30", unit = "mmol/L", source = "the test" },
]
"#;

const GAP: [(&str, &str); 3] = [("sodium", "sodium"), ("chloride", "chloride"), ("bicarbonate", "bicarbonate")];
const LDL: [(&str, &str); 3] = [("cholesterol", "cholesterol"), ("hdl-cholesterol", "hdl"), ("triglycerides", "tg")];

/// A laboratory that calculates anion gap, eGFR and LDL.
struct Lab {
    world: World,
    patient: PatientId,
}

impl Lab {
    fn new() -> Self {
        let world = World::new();
        let supervisor = world.actor(Role::Supervisor);
        world.run(supervisor, ImportCatalog(catalog::starter::parse(MORE).unwrap())).unwrap();
        let (intervals, limits) = world.read(|s| catalog::views::proposals(s));
        let approve = catalog::commands::ApproveCatalog {
            intervals: intervals.iter().map(|i| i.id).collect(),
            limits: limits.iter().map(|l| l.id).collect(),
            answers: Vec::new(),
            signed: world.signed(Role::Director),
        };
        world.run(world.actor(Role::Director), approve).unwrap();
        world.verify_systems();
        let lab = Lab { patient: world.patient("MRN-1"), world };
        lab.calculates("gap", "anion-gap", &GAP, 0);
        lab.calculates("egfr", "egfr-ckd-epi-2021-creatinine", &[("creatinine", "creatinine 113.12")], 0);
        lab.calculates("ldl", "ldl-cholesterol-friedewald-si", &LDL, 2);
        lab
    }

    fn calculates(&self, analyte: &str, formula: &str, inputs: &[(&str, &str)], decimals: i64) -> CalculationId {
        let input = |(key, analyte): &(&str, &str)| {
            let (analyte, molar_mass) = analyte.split_once(' ').unwrap_or((analyte, ""));
            Input { key: (*key).to_owned(), analyte: self.world.analyte(analyte), molar_mass: molar_mass.to_owned() }
        };
        let (analyte, inputs) = (self.world.analyte(analyte), inputs.iter().map(input).collect());
        let propose = ProposeCalculation { analyte, formula: formula.to_owned(), inputs, decimals };
        let calculation = self.world.run(self.world.actor(Role::Supervisor), propose).unwrap();
        let signed = self.world.signed(Role::Director);
        self.world.run(self.world.actor(Role::Director), ApproveCalculation { calculation, signed }).unwrap();
        calculation
    }

    fn tube(&self, tests: &[&str], barcode: &str) -> (OrderId, SpecimenId) {
        self.world.received(self.patient, tests, barcode)
    }

    fn report(&self, barcode: &str, values: &[(&str, &str)]) {
        let all = values.iter().map(|(analyte, value)| self.world.measurement(analyte, value)).collect();
        self.world.report(barcode, all).unwrap();
    }

    /// The results of an analyte on a tube, the latest last.
    fn all(&self, specimen: SpecimenId, analyte: &str) -> Vec<LabResult> {
        let analyte = self.world.analyte(analyte);
        self.world.results(specimen).into_iter().filter(|r| r.analyte == analyte).collect()
    }

    /// Values and states of an analyte's results.
    fn values(&self, specimen: SpecimenId, analyte: &str) -> Vec<(String, State)> {
        self.all(specimen, analyte).into_iter().map(|r| (r.value, r.state)).collect()
    }

    fn one(&self, specimen: SpecimenId, analyte: &str) -> LabResult {
        self.all(specimen, analyte).pop().unwrap()
    }

    fn missing(&self, specimen: SpecimenId) -> Vec<Missing> {
        let (lab, now) = (self.world.lab.clone(), self.world.now());
        self.world.read(move |s| {
            let in_force = lab.in_force(s)?;
            views::missing(s, &in_force, specimen, now)
        })
    }

    /// Why the one result is missing.
    fn why(&self, specimen: SpecimenId) -> NotCalculated {
        self.missing(specimen).pop().unwrap().why.unwrap()
    }

    fn repeat(&self, result: &LabResult) -> &'static str {
        let ask = AskForRepeat { result: on_display(result) };
        code(self.world.run_because(self.world.technician(), "clot", ask))
    }

    fn verify(&self, results: &[&LabResult]) -> &'static str {
        let results: Vec<OnDisplay> = results.iter().map(|r| on_display(r)).collect();
        let verify = VerifyResults { results, signed: self.world.signed(Role::Technician) };
        code(self.world.run(self.world.technician(), verify))
    }

    fn correct(&self, sex: Sex, birth: Option<&str>) {
        self.correct_as("MRN-1", sex, birth);
    }

    fn correct_as(&self, identifier: &str, sex: Sex, birth: Option<&str>) {
        let correction = Correction {
            family: "Okafor-Lindqvist".to_owned(),
            given: "Nneka".to_owned(),
            sex,
            birth_date: birth.map(|b| b.parse().unwrap()),
            age_band: None,
        };
        let (patient, identifier) = (self.patient, identifier.to_owned());
        let correct = self.world.lab.submit(self.world.technician(), Some("misread".to_owned()), move |tx| {
            ways::correct(tx, patient, correction, identifier)
        });
        correct.wait().unwrap();
    }
}

fn reported(value: &str) -> (String, State) {
    (value.to_owned(), State::Reported)
}

fn aside(value: &str) -> (String, State) {
    (value.to_owned(), State::Repeat)
}

fn verified(value: &str) -> (String, State) {
    (value.to_owned(), State::Verified)
}

#[test]
fn a_value_is_calculated_with_its_last_input_and_judged_like_any_other() {
    let lab = Lab::new();
    let (order, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103")]);
    assert_eq!(lab.values(tube, "gap"), []);
    assert_eq!(lab.why(tube), NotCalculated::Because(NotCalculable::Missing { input: "bicarbonate" }));
    let before = lab.world.head();
    lab.report("T1", &[("bicarbonate", "25")]);
    assert_eq!(lab.world.kinds_after(before), ["results.reported", "results.calculated"], "in one submission");
    let gap = lab.one(tube, "gap");
    assert_eq!((gap.value.as_str(), gap.unit.as_str(), gap.flag.as_str()), ("12", "mmol/L", "N"));
    assert_eq!((gap.low.as_str(), gap.high.as_str(), gap.holds.len()), ("8", "16", 0));
    let from = lab.world.read(move |s| views::from(s, gap.id)).unwrap();
    let values: Vec<_> =
        from.inputs.iter().map(|(key, id, value)| (key.as_str(), id.is_some(), value.as_str())).collect();
    assert_eq!(values, [("sodium", true, "140"), ("chloride", true, "103"), ("bicarbonate", true, "25")]);
    assert_eq!(lab.missing(tube), []);
    // The report has it, and is final.
    let all = lab.world.results(tube);
    assert_eq!(lab.verify(&all.iter().collect::<Vec<_>>()), "done");
    lab.world.compose_due();
    let report = lab.world.read(move |s| crate::reports::views::of_order(s, order)).remove(0);
    assert!(report.complete);
}

#[test]
fn a_critical_calculated_value_is_critical() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "150"), ("chloride", "100"), ("bicarbonate", "10")]);
    let gap = lab.one(tube, "gap");
    assert_eq!(
        (gap.value.as_str(), gap.critical.as_str(), gap.holds.as_slice()),
        ("40", "high", &["critical".to_owned()][..])
    );
}

#[test]
fn no_number_is_invented() {
    let lab = Lab::new();
    let missing = |input| NotCalculated::Because(NotCalculable::Missing { input });
    let lipids = |tg: &'static str| [("cholesterol", "5.20"), ("hdl", "1.30"), ("tg", tg)];
    let text = NotCalculated::Because(NotCalculable::Text { input: "triglycerides" });
    let censored = NotCalculated::Because(NotCalculable::Censored { input: "triglycerides" });
    let outside = NotCalculated::Because(NotCalculable::OutsideValidity { input: "triglycerides" });
    let cases = [
        ("4.51", outside),
        ("<0.30", censored.clone()),
        (">= 11", censored),
        ("lipaemic", text),
        ("0", NotCalculated::Because(NotCalculable::NotPositive { input: "triglycerides" })),
    ];
    for (at, (tg, expected)) in cases.into_iter().enumerate() {
        let barcode = format!("T{at}");
        let (_, tube) = lab.tube(&["lipids"], &barcode);
        lab.report(&barcode, &lipids(tg));
        assert_eq!(lab.values(tube, "ldl"), [], "{tg}");
        assert_eq!(lab.why(tube), expected, "{tg}");
    }
    let (_, tube) = lab.tube(&["lipids"], "T-limit");
    lab.report("T-limit", &lipids("4.50"));
    assert_eq!(lab.values(tube, "ldl"), [reported("1.85")]);
    let (_, tube) = lab.tube(&["lipids"], "T-negative");
    lab.report("T-negative", &[("cholesterol", "1.00"), ("hdl", "1.30"), ("tg", "1.00")]);
    assert_eq!(lab.why(tube), NotCalculated::Because(NotCalculable::Impossible));
    let (_, tube) = lab.tube(&["only_ldl"], "T-alone");
    assert_eq!(lab.why(tube), missing("cholesterol"));
}

#[test]
fn age_and_sex_must_be_known() {
    let lab = Lab::new();
    let world = &lab.world;
    let of = |identifier: &str, sex, birth| world.registered(identifier, sex, birth);
    let cases = [
        (of("A", Sex::Unknown, Some("1971-04-02")), NotCalculated::Because(NotCalculable::Sex)),
        (of("B", Sex::Other, Some("1971-04-02")), NotCalculated::Because(NotCalculable::Sex)),
        (of("C", Sex::Female, None), NotCalculated::Because(NotCalculable::Missing { input: "age" })),
        (
            of("D", Sex::Female, Some("2015-04-02")),
            NotCalculated::Because(NotCalculable::OutsideValidity { input: "age" }),
        ),
    ];
    for (at, (patient, expected)) in cases.into_iter().enumerate() {
        let barcode = format!("T{at}");
        let (_, tube) = world.received(patient, &["egfr"], &barcode);
        lab.report(&barcode, &[("creatinine", "80")]);
        assert_eq!((lab.values(tube, "egfr"), lab.why(tube)), (Vec::new(), expected));
    }
    let (_, tube) = lab.tube(&["egfr"], "T-woman");
    lab.report("T-woman", &[("creatinine", "106.08")]);
    // 1.2 mg/dL in a woman of 55: 53 by the calculator of the National Kidney Foundation.
    assert_eq!(lab.values(tube, "egfr"), [reported("53")]);
}

#[test]
fn a_doubtful_input_holds_the_value_and_a_critical_one_does_not() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    let mut sodium = lab.world.measurement("sodium", "140");
    sodium.holds.push("mapping-unconfirmed".to_owned());
    let others = [("chloride", "103"), ("bicarbonate", "25")].map(|(a, v)| lab.world.measurement(a, v));
    lab.world.report("T1", [vec![sodium], others.to_vec()].concat()).unwrap();
    assert_eq!(lab.one(tube, "gap").holds, ["input-held"]);
    let (_, tube) = lab.tube(&["gap"], "T2");
    lab.report("T2", &[("sodium", "165"), ("chloride", "125"), ("bicarbonate", "28")]);
    assert_eq!(lab.one(tube, "sodium").critical, "high");
    assert_eq!(lab.one(tube, "gap").holds, Vec::<String>::new());
}

#[test]
fn it_is_not_verified_before_its_inputs() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    let [gap, sodium, chloride, bicarbonate] =
        ["gap", "sodium", "chloride", "bicarbonate"].map(|analyte| lab.one(tube, analyte));
    assert_eq!(lab.verify(&[&gap]), "results-input-not-verified");
    assert_eq!(lab.verify(&[&sodium, &chloride, &gap]), "results-input-not-verified");
    let verify = VerifyResults { results: vec![on_display(&gap)], signed: lab.world.signed(Role::Technician) };
    let refused = refusal(lab.world.run(lab.world.technician(), verify));
    assert_eq!(arg(&refused, "input"), "Sodium");
    assert_eq!(lab.verify(&[&sodium]), "done");
    assert_eq!(lab.verify(&[&gap, &chloride, &bicarbonate]), "done");
}

#[test]
fn a_verified_input_that_is_to_be_corrected_is_decided_first() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    let inputs = ["sodium", "chloride", "bicarbonate"].map(|analyte| lab.one(tube, analyte));
    assert_eq!(lab.verify(&inputs.iter().collect::<Vec<_>>()), "done");
    lab.world.pass(60);
    lab.report("T1", &[("sodium", "150")]);
    assert_eq!(lab.verify(&[&lab.one(tube, "gap")]), "results-input-correction-open");
}

#[test]
fn what_it_was_calculated_from_cannot_be_changed_behind_the_journal() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    lab.world.tamper("UPDATE results_calculated SET inputs = ''");
    assert_eq!(lab.verify(&[&lab.one(tube, "gap")]), "results-not-as-journalled");
    lab.world.tamper("DELETE FROM results_calculated");
    assert_eq!(lab.verify(&[&lab.one(tube, "gap")]), "results-not-as-journalled");
}

#[test]
fn a_repeated_input_puts_the_value_aside_and_its_repeat_gives_another() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    let before = lab.world.head();
    assert_eq!(lab.repeat(&lab.one(tube, "sodium")), "done");
    assert_eq!(lab.world.kinds_after(before), ["results.repeat-asked", "results.calculated"]);
    assert_eq!(lab.values(tube, "gap"), [aside("12")]);
    assert_eq!(lab.verify(&[&lab.one(tube, "gap")]), "results-changed-meanwhile");
    lab.world.pass(60);
    lab.report("T1", &[("sodium", "144")]);
    assert_eq!(lab.values(tube, "gap"), [aside("12"), reported("16")]);
    // The repeat says that it is no plain number: there is no value, and no older one comes back.
    assert_eq!(lab.repeat(&lab.one(tube, "sodium")), "done");
    lab.world.pass(60);
    lab.report("T1", &[("sodium", "<100")]);
    assert_eq!(lab.values(tube, "gap"), [aside("12"), aside("16")]);
    assert_eq!(lab.why(tube), NotCalculated::Because(NotCalculable::Censored { input: "sodium" }));
}

#[test]
fn a_value_that_a_person_put_aside_does_not_come_back_from_the_same_inputs() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap", "crp"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    assert_eq!(lab.repeat(&lab.one(tube, "gap")), "done");
    lab.report("T1", &[("crp", "3.0")]);
    assert_eq!(lab.values(tube, "gap"), [aside("12")]);
    assert_eq!(lab.why(tube), NotCalculated::PutAside);
}

#[test]
fn what_is_calculated_is_calculated_from() {
    let lab = Lab::new();
    let inputs = [("sodium", "sodium"), ("chloride", "chloride"), ("bicarbonate", "gap")];
    lab.calculates("gap2", "anion-gap", &inputs, 0);
    let (_, tube) = lab.tube(&["gap2", "gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    assert_eq!((lab.values(tube, "gap"), lab.values(tube, "gap2")), (vec![reported("12")], vec![reported("25")]));
    assert_eq!(lab.verify(&[&lab.one(tube, "gap2")]), "results-input-not-verified");
    assert_eq!(lab.repeat(&lab.one(tube, "bicarbonate")), "done");
    assert_eq!((lab.values(tube, "gap"), lab.values(tube, "gap2")), (vec![aside("12")], vec![aside("25")]));
    lab.world.pass(60);
    lab.report("T1", &[("bicarbonate", "20")]);
    assert_eq!(lab.values(tube, "gap2"), [aside("25"), reported("20")]);
}

#[test]
fn what_an_analyzer_reported_is_never_replaced() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25"), ("gap", "11")]);
    assert_eq!(lab.values(tube, "gap"), [reported("11")]);
    let gap = lab.one(tube, "gap").id;
    assert_eq!(lab.world.read(move |s| views::from(s, gap)), None);
    // One that comes after the calculated value is a second result: a person decides.
    let (_, tube) = lab.tube(&["gap"], "T2");
    lab.report("T2", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    let filed = lab.world.report("T2", vec![lab.world.measurement("gap", "11")]).unwrap();
    assert_eq!(filed.held[0].1.code, "results-second-result");
    assert_eq!(lab.values(tube, "gap"), [reported("12")]);
    assert!(lab.one(tube, "gap").holds[0].starts_with("contradicted:"));
}

#[test]
fn a_corrected_sex_replaces_what_waits_and_is_decided_for_what_is_verified() {
    let lab = Lab::new();
    let (_, waits) = lab.tube(&["egfr"], "T1");
    let (_, signed) = lab.tube(&["egfr"], "T2");
    lab.report("T1", &[("creatinine", "106.08")]);
    lab.report("T2", &[("creatinine", "106.08")]);
    let all = lab.world.results(signed);
    assert_eq!(lab.verify(&all.iter().collect::<Vec<_>>()), "done");
    lab.correct(Sex::Male, Some("1971-04-02"));
    assert_eq!(lab.values(waits, "egfr"), [aside("53"), reported("71")]);
    assert_eq!(lab.values(signed, "egfr"), [verified("53")]);
    let open = move |s: &mut titer_store::Snapshot<'_>| results::contradicting_in(s, signed, ContradictionState::Open);
    let against = lab.world.read(open);
    assert_eq!((against.len(), against[0].value.as_str(), against[0].owner.is_empty()), (1, "71", false));
    // Once more, and nothing new is said; back again, and what waits is what it was.
    lab.correct(Sex::Female, Some("1971-04-02"));
    lab.correct(Sex::Male, Some("1971-04-02"));
    assert_eq!(lab.world.read(open).len(), 1);
    assert_eq!(lab.one(waits, "egfr").value, "71");
    // Without a sex there is no value: what waits goes, what is verified is to be decided.
    lab.correct(Sex::Unknown, Some("1971-04-02"));
    assert_eq!(lab.one(waits, "egfr").state, State::Repeat);
    let holds: Vec<_> = lab.world.read(open).into_iter().map(|c| (c.value, c.holds)).collect();
    assert!(holds.iter().any(|(value, holds)| value.is_empty() && holds.contains(&"not-calculable".to_owned())));
    lab.correct(Sex::Female, Some("1971-04-02"));
    assert_eq!(lab.one(waits, "egfr").value, "53");
    assert_eq!(lab.one(waits, "egfr").state, State::Reported);
}

#[test]
fn what_is_added_later_is_calculated_from_what_stands() {
    let lab = Lab::new();
    let (order, tube) = lab.tube(&["creatinine"], "T1");
    lab.report("T1", &[("creatinine", "106.08")]);
    let test = lab.world.catalog().tests().iter().find(|t| t.key == "egfr").unwrap().id;
    lab.world
        .lab
        .submit(lab.world.technician(), None, move |tx| ways::add_tests(tx, order, vec![test]))
        .wait()
        .unwrap();
    assert_eq!(lab.values(tube, "egfr"), [reported("53")]);
}

#[test]
fn what_has_ended_calculates_no_more_but_what_it_gave_is_still_looked_after() {
    let lab = Lab::new();
    let calculation = {
        let (inner, gap) = (lab.world.lab.clone(), lab.world.analyte("gap"));
        lab.world.read(move |s| inner.in_force(s)).calculations.of(gap).unwrap().id
    };
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &[("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")]);
    let end = EndCalculation { calculation };
    lab.world.run_because(lab.world.actor(Role::Director), "not wanted", end).unwrap();
    assert_eq!(lab.repeat(&lab.one(tube, "sodium")), "done");
    assert_eq!(lab.values(tube, "gap"), [aside("12")]);
    lab.world.pass(60);
    lab.report("T1", &[("sodium", "144")]);
    assert_eq!(lab.values(tube, "gap"), [aside("12")]);
    assert_eq!(lab.missing(tube), []);
}

/// Calculated once, the value is in the event: a restored laboratory has it without any formula.
#[test]
fn the_event_carries_the_value_and_its_evidence() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["egfr"], "T1");
    lab.report("T1", &[("creatinine", "106.08")]);
    let body = lab.world.last_body();
    let result = &body["results"][0];
    assert_eq!((result["value"].as_str(), result["code"].as_str()), (Some("53"), Some("egfr-ckd-epi-2021-creatinine")));
    let from: Vec<_> =
        result["from"].as_array().unwrap().iter().map(|t| (t["key"].as_str(), t["value"].as_str())).collect();
    assert_eq!(from, [(Some("creatinine"), Some("106.08")), (Some("age"), Some("55")), (Some("sex"), Some("female"))]);
    let restored = lab.world.restored();
    let there = restored.read(move |s| Ok(results::of_specimen(s, tube)?)).wait().unwrap();
    assert_eq!(there, lab.world.results(tube));
}
