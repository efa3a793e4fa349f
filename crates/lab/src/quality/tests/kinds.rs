//! Controls of results that are no plain numbers.

use super::{Bench, rules};
use crate::{
    Actor, Failure,
    catalog::{commands::ImportCatalog, starter},
    quality::{
        PlanKind,
        controls::{ControlValue, RecordControls, Recorded},
        plans::{PlanText, ProposePlans},
        targets::{ProposeTargets, TargetText},
    },
    systems::{SystemId, views::System},
    testing::code,
};

const KINDS: &str = r#"
analyte = [
    { key = "hiv", name = "HIV", short = "HIV", discipline = "immunology", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "reactive" },
    { key = "ana", name = "ANA", short = "ANA", discipline = "immunology", unit = "{titer}", decimals = 0, specimen_type = "serum", kind = "titre" },
    { key = "smear", name = "Smear", short = "Smear", discipline = "haematology", unit = "", decimals = 0, specimen_type = "serum", kind = "text" },
]
answers = [
    { key = "reactive", answer = [
        { code = "N", words = "Non-reactive", meaning = "normal", source = "s" },
        { code = "W", words = "Weakly reactive", meaning = "abnormal", source = "s" },
        { code = "R", words = "Reactive", meaning = "critical", source = "s" },
    ] },
]
"#;

/// A bench whose analyzer answers, counts dilutions and describes.
struct Kinds(Bench);

impl Kinds {
    fn new() -> Self {
        let bench = Bench::unplanned();
        bench.world.run(Actor::Console, ImportCatalog(starter::parse(KINDS).unwrap())).unwrap();
        bench.world.verify_systems();
        Kinds(bench)
    }

    fn system(&self, analyte: &str) -> System {
        let (analyte, lab) = (self.0.world.analyte(analyte), self.0.world.lab.clone());
        let systems = self.0.world.read(move |s| lab.systems(s));
        systems.all().iter().find(|s| s.analyte == analyte).unwrap().clone()
    }

    fn target(&self, system: SystemId, level: usize, expected: &str) -> TargetText {
        let (mean, sd, expected) = (String::new(), String::new(), expected.to_owned());
        TargetText { system, mean, sd, expected, ..self.0.target(level, "", "") }
    }

    fn plan(&self, system: SystemId) -> PlanText {
        PlanText { system, kind: PlanKind::Here, rules: None, ..self.0.here() }
    }

    /// Puts an analyte under control with what is expected of both levels.
    fn expecting(&self, analyte: &str, expected: [&str; 2]) {
        let system = self.system(analyte).id;
        let targets = vec![self.target(system, 1, expected[0]), self.target(system, 2, expected[1])];
        let targets = self.0.world.run(self.0.supervisor, ProposeTargets(targets)).unwrap();
        self.0.world.run(self.0.director, self.0.approve(targets)).unwrap();
        self.0.plan(self.plan(system));
    }

    fn measure(&self, analyte: &str, level: usize, value: &str) -> Result<Recorded, Failure> {
        let (analyte, catalog) = (self.0.world.analyte(analyte), self.0.world.catalog());
        let answer = catalog.answers(analyte).iter().find(|a| a.words == value).map(|a| a.id);
        let values = vec![ControlValue { analyte, value: value.to_owned(), answer }];
        let (lot, instrument, measured_at) = (self.0.lots[level - 1], self.0.instrument, self.0.world.now());
        self.0
            .world
            .run(self.0.world.technician(), RecordControls { lot, instrument, measured_at, values, message: None })
    }

    fn states(&self, analyte: &str) -> Vec<&'static str> {
        let levels = self.0.quality().levels(&self.system(analyte), self.0.world.now());
        levels.iter().map(|level| level.state.code()).collect()
    }
}

#[test]
fn an_answer_is_among_those_that_are_expected_or_fails() {
    let kinds = Kinds::new();
    kinds.expecting("hiv", ["N", "R W"]);
    kinds.measure("hiv", 1, "Non-reactive").unwrap();
    kinds.measure("hiv", 2, "Weakly reactive").unwrap();
    assert_eq!(kinds.states("hiv"), ["passing", "passing"]);
    kinds.0.world.pass(60);
    kinds.measure("hiv", 1, "what nobody knows").unwrap();
    assert_eq!(kinds.states("hiv"), ["passing", "passing"], "it says nothing");
    kinds.0.world.pass(60);
    kinds.measure("hiv", 2, "Non-reactive").unwrap();
    assert_eq!(kinds.states("hiv"), ["passing", "failing"]);
    let level = kinds.0.quality().levels(&kinds.system("hiv"), kinds.0.world.now()).remove(1);
    assert_eq!(level.rule.as_deref(), Some("expected"));
}

#[test]
fn a_titre_lies_within_one_dilution_of_what_is_expected_or_fails() {
    for (value, state) in
        [("1:40", "passing"), ("1:80", "passing"), ("1:160", "passing"), ("1:20", "failing"), ("1:320", "failing")]
    {
        let kinds = Kinds::new();
        kinds.expecting("ana", ["1:80", "1:80"]);
        kinds.measure("ana", 1, value).unwrap();
        assert_eq!(kinds.states("ana"), [state, "missing"], "{value}");
        kinds.measure("ana", 2, "<1:160").unwrap();
        assert_eq!(kinds.states("ana")[1], "missing", "nobody knows how far below");
    }
}

#[test]
fn a_target_and_a_plan_fit_the_kind_of_result() {
    let kinds = Kinds::new();
    let [hiv, ana, smear] = ["hiv", "ana", "smear"].map(|analyte| kinds.system(analyte).id);
    let propose = |target: TargetText| code(kinds.0.world.run(kinds.0.supervisor, ProposeTargets(vec![target])));
    assert_eq!(propose(kinds.target(hiv, 1, "")), "quality-target-answer");
    assert_eq!(propose(kinds.target(hiv, 1, "N Q")), "quality-target-answer");
    assert_eq!(propose(kinds.target(ana, 1, "80")), "quality-target-titre");
    assert_eq!(propose(kinds.target(smear, 1, "many")), "quality-target-of-no-number");
    let with_mean = TargetText { mean: "1".to_owned(), ..kinds.target(hiv, 1, "N") };
    assert_eq!(propose(with_mean), "quality-target-of-no-number");
    let plan =
        |plan: PlanText| code(kinds.0.world.run_because(kinds.0.supervisor, "kept here now", ProposePlans(vec![plan])));
    assert_eq!(plan(PlanText { rules: Some(rules(2)), ..kinds.plan(hiv) }), "quality-rules");
    assert_eq!(plan(kinds.plan(smear)), "quality-target-of-no-number");
}
