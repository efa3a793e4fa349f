//! What happens to inputs, and to what is known of the person, reaches what was calculated.

use super::{Lab, reported, verified};
use crate::{
    Actor, Role,
    results::{
        ContradictionState, ResultId,
        calculated::views,
        commands::{HoldResults, LetResultStand},
        views as results,
    },
    specimens::SpecimenId,
    systems::commands::RetireSystem,
    testing::code,
};
use titer_science::Sex;

const INPUTS: [(&str, &str); 3] = [("sodium", "140"), ("chloride", "103"), ("bicarbonate", "25")];

fn has(lab: &Lab, tube: SpecimenId, analyte: &str, hold: &str) -> bool {
    lab.one(tube, analyte).holds.iter().any(|h| h == hold)
}

#[test]
fn a_value_that_contradicts_an_input_holds_what_was_calculated_from_it() {
    let lab = Lab::new();
    let inputs = [("sodium", "sodium"), ("chloride", "chloride"), ("bicarbonate", "gap")];
    lab.calculates("gap2", "anion-gap", &inputs, 0);
    let (_, tube) = lab.tube(&["gap", "gap2"], "T1");
    lab.report("T1", &INPUTS);
    assert!(!has(&lab, tube, "gap", "input-held") && !has(&lab, tube, "gap2", "input-held"));
    let before = lab.world.head();
    lab.world.pass(60);
    lab.report("T1", &[("bicarbonate", "31")]);
    assert_eq!(lab.world.kinds_after(before), ["results.contradicted"]);
    assert_eq!(lab.one(tube, "gap").holds, ["input-held"]);
    assert!(has(&lab, tube, "gap2", "input-held"), "and what is calculated from that");
    let versions = [lab.one(tube, "gap").version, lab.one(tube, "gap2").version];
    lab.world.pass(60);
    lab.report("T1", &[("bicarbonate", "32")]);
    assert_eq!(versions, [lab.one(tube, "gap").version, lab.one(tube, "gap2").version], "once");
    let all = lab.world.results(tube);
    assert_eq!(lab.verify(&all.iter().collect::<Vec<_>>()), "done", "a person lifts the holds");
}

/// The message that brings the last input contradicts the first one.
#[test]
fn what_is_calculated_from_a_result_that_the_same_message_contradicts_is_held() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    lab.report("T1", &INPUTS[..2]);
    lab.world.pass(60);
    lab.report("T1", &[("sodium", "150"), ("bicarbonate", "25")]);
    assert_eq!(lab.values(tube, "gap"), [reported("12")]);
    assert_eq!(lab.one(tube, "gap").holds, ["input-held"]);
}

#[test]
fn the_withdrawn_mapping_of_an_input_holds_what_was_calculated_from_it() {
    let lab = Lab::new();
    let mut tubes = Vec::new();
    for barcode in ["T1", "T2"] {
        tubes.push(lab.tube(&["gap"], barcode).1);
        let mapped = INPUTS.map(|(analyte, value)| {
            let mapping = (analyte != "chloride").then_some(7);
            crate::results::commands::Measurement { mapping, ..lab.world.measurement(analyte, value) }
        });
        lab.world.report(barcode, mapped.to_vec()).unwrap();
    }
    let before = lab.world.head();
    let hold = HoldResults { mapping: 7, after: ResultId(0) };
    assert_eq!(lab.world.run(Actor::Timer, hold).unwrap(), None);
    assert_eq!(lab.world.kinds_after(before), ["results.held"]);
    for tube in tubes {
        assert!(has(&lab, tube, "sodium", "mapping-withdrawn") && has(&lab, tube, "bicarbonate", "mapping-withdrawn"));
        assert_eq!(lab.one(tube, "gap").holds, ["input-held"]);
        assert_eq!(lab.one(tube, "gap").version, 2);
        assert!(!has(&lab, tube, "chloride", "mapping-withdrawn"));
    }
}

#[test]
fn an_input_whose_test_system_goes_out_of_use_holds_what_was_calculated_from_it() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["gap"], "T1");
    let (_, later) = lab.tube(&["gap"], "T2");
    lab.report("T1", &INPUTS);
    lab.report("T2", &INPUTS);
    let catalog = lab.world.catalog();
    let (sodium, inner) = (catalog.analyte_by_key("sodium").unwrap(), lab.world.lab.clone());
    let known = lab.world.read(move |s| inner.systems(s));
    let system = known.of(sodium.id, sodium.specimen_type, lab.world.instrument().unwrap()).unwrap().id;
    lab.world.run_because(lab.world.actor(Role::Supervisor), "drifts", RetireSystem { system }).unwrap();
    assert_eq!(lab.verify(&[&lab.one(tube, "sodium")]), "results-judged-otherwise");
    let all = lab.world.results(tube);
    let gap = all.iter().find(|r| r.analyte == lab.world.analyte("gap")).unwrap();
    let inputs: Vec<_> = all.iter().filter(|r| r.analyte != gap.analyte).collect();
    assert_eq!(lab.verify(&[&inputs[..], &[gap]].concat()), "results-judged-otherwise");
    lab.world.judge();
    for tube in [tube, later] {
        assert!(has(&lab, tube, "sodium", "system-not-in-use"));
        assert!(has(&lab, tube, "gap", "input-held") && !has(&lab, tube, "chloride", "input-held"));
    }
    let all = lab.world.results(tube);
    assert_eq!(lab.verify(&all.iter().collect::<Vec<_>>()), "done");
}

/// Before the sex was known nothing could be calculated, so no row says that something depends on it.
#[test]
fn what_could_not_be_calculated_is_calculated_when_the_person_is_corrected() {
    let lab = Lab::new();
    let patient = lab.world.registered("MRN-2", Sex::Unknown, Some("1971-04-02"));
    let lab = Lab { patient, ..lab };
    let (_, waits) = lab.tube(&["egfr"], "T1");
    let (_, signed) = lab.tube(&["egfr"], "T2");
    let (_, expected) = lab.world.ordered(patient, &["egfr"], "T3");
    lab.report("T1", &[("creatinine", "106.08")]);
    lab.report("T2", &[("creatinine", "106.08")]);
    let creatinine = lab.one(signed, "creatinine");
    assert_eq!(lab.verify(&[&creatinine]), "done");
    assert_eq!((lab.values(waits, "egfr"), lab.values(signed, "egfr")), (vec![], vec![]));
    lab.correct_as("MRN-2", Sex::Female, Some("1971-04-02"));
    assert_eq!(lab.values(waits, "egfr"), [reported("53")]);
    assert_eq!(lab.values(signed, "egfr"), [reported("53")]);
    assert_eq!(lab.values(expected, "egfr"), []);
    let egfr = lab.one(signed, "egfr").id;
    assert_eq!(lab.world.read(move |s| views::from(s, egfr)).unwrap().inputs.len(), 3);
}

/// What a person dismissed was dismissed for the person as known then.
#[test]
fn what_was_dismissed_is_to_be_decided_anew_when_the_person_is_corrected_again() {
    let lab = Lab::new();
    let (_, tube) = lab.tube(&["egfr"], "T1");
    lab.report("T1", &[("creatinine", "106.08")]);
    let all = lab.world.results(tube);
    assert_eq!(lab.verify(&all.iter().collect::<Vec<_>>()), "done");
    let open = || {
        let of = move |s: &mut titer_store::Snapshot<'_>| results::contradicting_in(s, tube, ContradictionState::Open);
        lab.world.read(of)
    };
    lab.correct(Sex::Male, Some("1971-04-02"));
    let contradictions = open().iter().map(|c| c.id).collect();
    let stand = LetResultStand { contradictions, signed: lab.world.signed(Role::Technician) };
    assert_eq!(code(lab.world.run_because(lab.world.technician(), "the sex was right before", stand)), "done");
    lab.correct(Sex::Female, Some("1971-04-02"));
    assert!(open().is_empty());
    lab.correct(Sex::Male, Some("1971-04-02"));
    assert_eq!(open().iter().map(|c| c.value.as_str()).collect::<Vec<_>>(), ["71"]);
    assert_eq!(lab.values(tube, "egfr"), [verified("53")]);
}
