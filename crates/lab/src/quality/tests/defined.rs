use titer_science::qc::RuleSet;

use super::{Bench, rules};
use crate::{
    Role,
    quality::{
        LotId, MaterialId, PlanId, TargetId,
        commands::{AddMaterial, BARCODES_MAX, CloseLot, OpenLot, RegisterLot},
        plans::{HOURS_MAX, PlanText, ProposePlans, SignPlans, TIMES_MAX, WINDOW_MINUTES_MAX},
        targets::{AT_ONCE_MAX, ProposeTargets, TargetText},
    },
    systems::SystemId,
    testing::{arg, code, date, refusal},
};

#[test]
fn a_control_material_has_levels_and_a_name_of_its_own() {
    let bench = Bench::unplanned();
    let add = |name: &str, maker: &str, levels: u8| {
        let (name, maker) = (name.to_owned(), maker.to_owned());
        code(bench.world.run(bench.supervisor, AddMaterial { name, maker, levels }))
    };
    assert_eq!(add("", "the test", 2), "text-missing");
    assert_eq!(add("Urine control", "", 2), "text-missing");
    assert_eq!(add("Urine control", "the test", 0), "quality-levels");
    assert_eq!(add("Urine control", "the test", 9), "quality-levels");
    assert_eq!(add("MULTIQUAL", "the test", 2), "quality-material-exists");
    assert_eq!(add("Urine control", "the test", 8), "done");
}

#[test]
fn a_lot_is_of_one_level_and_its_barcodes_identify_nothing_else() {
    let bench = Bench::unplanned();
    let world = &bench.world;
    world.ordered(world.patient("MRN-1"), &["sodium"], "TUBE-1");
    let lot = || OpenLot {
        material: bench.material,
        level: 3,
        number: "45713".to_owned(),
        expires: Some(date("2027-03-31")),
        barcodes: Vec::new(),
    };
    let barcodes =
        |barcodes: &[&str]| OpenLot { barcodes: barcodes.iter().map(|b| (*b).to_owned()).collect(), ..lot() };
    let many: Vec<String> = (0..=BARCODES_MAX).map(|n| format!("VIAL-{n}")).collect();
    let cases = [
        (OpenLot { material: MaterialId(1), ..lot() }, "quality-material-unknown"),
        (OpenLot { level: 4, ..lot() }, "quality-levels"),
        (OpenLot { number: " ".to_owned(), ..lot() }, "text-missing"),
        (OpenLot { expires: None, ..lot() }, "quality-expiry-missing"),
        (OpenLot { level: 1, number: "45711".to_owned(), ..lot() }, "quality-lot-exists"),
        (barcodes(&["qc-1"]), "quality-barcode-of-lot"),
        (barcodes(&["tube-1"]), "quality-barcode-of-tube"),
        (OpenLot { barcodes: many, ..lot() }, "quality-too-many-barcodes"),
        (barcodes(&["QC-3", " qc-3 ", ""]), "done"),
    ];
    for (command, expected) in cases {
        assert_eq!(code(world.run(bench.supervisor, command)), expected);
    }
    // And a vial never becomes a tube.
    let order = world.order(world.patient("MRN-2"), &["sodium"]);
    assert_eq!(code(world.place(order, Some("qc-3"))), "specimens-barcode-of-control");
    let quality = bench.quality();
    let opened = quality.lot_of_barcode("Qc-3").unwrap();
    assert_eq!((opened.level, opened.barcodes.as_slice()), (3, ["QC-3".to_owned()].as_slice()));
}

#[test]
fn a_register_is_mended_and_a_closed_lot_keeps_its_barcodes() {
    let bench = Bench::unplanned();
    let lot = bench.lots[0];
    let version = || bench.quality().lot(lot).unwrap().version;
    let register = |version: i64, barcode: &str| {
        let barcodes = vec![barcode.to_owned()];
        code(bench.world.run(bench.supervisor, RegisterLot { lot, version, barcodes }))
    };
    assert_eq!(register(version(), "QC-1"), "quality-nothing-changed");
    assert_eq!(register(version(), "QC-2"), "quality-barcode-of-lot");
    assert_eq!(register(version() - 1, "QC-1B"), "versions-changed");
    assert_eq!(register(version(), "QC-1B"), "done");
    assert!(bench.quality().lot_of_barcode("QC-1").is_none());
    let close = |lot: LotId, version: i64, why: &str| {
        code(bench.world.run_because(bench.supervisor, why, CloseLot { lot, version }))
    };
    assert_eq!(close(LotId(1), version(), "used up"), "quality-lot-unknown");
    assert_eq!(close(lot, version(), " "), "quality-needs-reason");
    assert_eq!(close(lot, version(), "used up"), "done");
    assert_eq!(close(lot, version(), "used up"), "quality-lot-closed");
    assert_eq!(bench.quality().lot_of_barcode("QC-1B").map(|l| l.id), Some(lot));
    assert_eq!(
        code(bench.world.run(bench.supervisor, ProposeTargets(vec![bench.target(1, "120", "2")]))),
        "quality-lot-closed"
    );
}

#[test]
fn a_target_is_a_mean_with_an_sd_that_can_be_read() {
    let bench = Bench::unplanned();
    let target = |mean: &str, sd: &str| bench.target(1, mean, sd);
    let many: Vec<TargetText> = (0..=AT_ONCE_MAX).map(|_| target("120", "2")).collect();
    let cases = [
        (vec![], "quality-nothing-chosen"),
        (many, "quality-too-many"),
        (vec![target("120", "2"), target("121", "2")], "quality-twice"),
        (vec![TargetText { system: SystemId(1), ..target("120", "2") }], "systems-unknown"),
        (vec![TargetText { lot: LotId(1), ..target("120", "2") }], "quality-lot-unknown"),
        (vec![target("", "2")], "quality-target-number"),
        (vec![target("120", "0")], "quality-target-number"),
        (vec![target("120", "-2")], "quality-target-number"),
        (vec![target("120", "<2")], "quality-target-number"),
        (vec![target("12,0", "2")], "quality-target-number"),
        (vec![target("120", "0.00000001")], "quality-target-number"),
        (vec![TargetText { expected: "neg".to_owned(), ..target("120", "2") }], "quality-target-number"),
        (vec![TargetText { basis: "guess".to_owned(), ..target("120", "2") }], "quality-basis-unknown"),
        (vec![TargetText { source: String::new(), ..target("120", "2") }], "text-missing"),
        (vec![target("120", "2")], "done"),
    ];
    for (targets, expected) in cases {
        assert_eq!(code(bench.world.run(bench.supervisor, ProposeTargets(targets))), expected);
    }
}

#[test]
fn two_persons_make_a_target_and_a_change_states_its_cause() {
    let bench = Bench::unplanned();
    let world = &bench.world;
    let propose = |mean: &str| ProposeTargets(vec![bench.target(1, mean, "2")]);
    let own = world.run(bench.director, propose("119")).unwrap();
    assert_eq!(code(world.run(bench.director, bench.approve(own.clone()))), "quality-same-person");
    // A later proposal takes the place of the first.
    let first = world.run(bench.supervisor, propose("120")).unwrap();
    assert_eq!(bench.quality().proposed_targets().len(), 1);
    assert_eq!(code(world.run(bench.director, bench.approve(own))), "versions-changed");
    assert_eq!(code(world.run(bench.director, bench.approve(vec![TargetId(1)]))), "quality-proposal-unknown");
    assert!(bench.quality().target(bench.sodium, bench.lots[0]).is_none(), "a proposal counts for nothing");
    world.run(bench.director, bench.approve(first)).unwrap();
    assert_eq!(bench.quality().target(bench.sodium, bench.lots[0]).unwrap().mean, "120");
    assert_eq!(code(world.run_because(bench.supervisor, " ", propose("121"))), "quality-needs-reason");
    let second = world.run_because(bench.supervisor, "own values of twenty days", propose("121")).unwrap();
    let proposed = bench.quality().proposed_targets()[0].clone();
    assert_eq!(proposed.proposal.cause, "own values of twenty days");
    world.run(bench.director, bench.approve(second)).unwrap();
    let quality = bench.quality();
    assert_eq!(quality.target(bench.sodium, bench.lots[0]).unwrap().mean, "121");
    assert_eq!(quality.targets_of(bench.sodium).len(), 1);
}

#[test]
fn nobody_signs_for_a_target_or_a_plan_that_was_changed_behind_the_journal() {
    let bench = Bench::unplanned();
    let world = &bench.world;
    let target = world.run(bench.supervisor, ProposeTargets(vec![bench.target(1, "120", "2")])).unwrap();
    let plan = ProposePlans(vec![bench.here()]);
    let plan = world.run_because(bench.supervisor, "kept here now", plan).unwrap();
    assert_eq!(world.tamper("UPDATE control_targets SET sd = '20' WHERE state = 'proposed'"), 1);
    assert_eq!(world.tamper("UPDATE control_plans SET cause = 'another' WHERE state = 'proposed'"), 1);
    assert_eq!(code(world.run(bench.director, bench.approve(target))), "quality-not-as-journalled");
    let plans = plan.into_iter().map(|id| (id, id.0 / titer_store::PLACES)).collect();
    let sign = SignPlans { plans, signed: world.signed(Role::Director) };
    assert_eq!(code(world.run(bench.director, sign)), "quality-not-as-journalled");
}

#[test]
fn a_plan_asks_no_less_than_the_regulation_unless_it_is_individualised() {
    let bench = Bench::unplanned();
    let propose = |plan: PlanText| bench.world.run_because(bench.supervisor, "kept here now", ProposePlans(vec![plan]));
    let one_level = || PlanText { levels: vec![(bench.material, 1)], rules: Some(rules(1)), ..bench.here() };
    let refused = refusal(propose(one_level()));
    assert_eq!((refused.code, arg(&refused, "levels").as_str()), ("quality-below-floor", "2"));
    assert!(arg(&refused, "source").contains("493.1256(d)(3)"));
    assert_eq!(code(propose(PlanText { hours: 25, ..bench.here() })), "quality-below-floor");
    let individualised = "risk assessment of the test, signed".to_owned();
    assert_eq!(code(propose(PlanText { individualised, ..one_level() })), "done");
}

#[test]
fn a_plan_is_made_of_levels_rules_and_times_that_fit() {
    let bench = Bench::unplanned();
    let here = || bench.here();
    let material = bench.material;
    let nothing_rejects = RuleSet { rules: rules(2).rules[..1].to_vec(), ..rules(2) };
    let times: Vec<String> = (0..=TIMES_MAX).map(|n| format!("{:02}:{:02}", n % 24, n)).collect();
    let cases = [
        (PlanText { system: SystemId(1), ..here() }, "systems-unknown"),
        (PlanText { levels: vec![], ..here() }, "quality-levels"),
        (PlanText { levels: vec![(MaterialId(1), 1), (material, 2)], ..here() }, "quality-material-unknown"),
        (PlanText { levels: vec![(material, 1), (material, 4)], ..here() }, "quality-material-unknown"),
        (PlanText { levels: vec![(material, 1), (material, 1)], ..here() }, "quality-twice"),
        (PlanText { controls_per_level: 0, ..here() }, "quality-controls-per-level"),
        (PlanText { hours: 0, ..here() }, "quality-hours"),
        (PlanText { hours: HOURS_MAX + 1, ..here() }, "quality-hours"),
        (PlanText { window_minutes: 0, ..here() }, "quality-window"),
        (PlanText { window_minutes: WINDOW_MINUTES_MAX + 1, ..here() }, "quality-window"),
        (PlanText { rules: None, ..here() }, "quality-rules"),
        (PlanText { rules: Some(rules(3)), ..here() }, "quality-rules"),
        (PlanText { rules: Some(nothing_rejects), ..here() }, "quality-rules"),
        (PlanText { times: vec!["25:00".to_owned()], ..here() }, "quality-time"),
        (PlanText { times, ..here() }, "quality-too-many-times"),
        (PlanText::elsewhere(bench.sodium, "", "a procedure"), "text-missing"),
        (PlanText::elsewhere(bench.sodium, "the old system", ""), "text-missing"),
        (PlanText { times: vec!["07:00".to_owned(), "15:00".to_owned()], ..here() }, "done"),
    ];
    for (plan, expected) in cases {
        let proposed = bench.world.run_because(bench.supervisor, "kept here now", ProposePlans(vec![plan]));
        assert_eq!(code(proposed), expected);
    }
}

#[test]
fn the_director_signs_a_plan_that_somebody_else_proposed() {
    let bench = Bench::unplanned();
    let world = &bench.world;
    let propose = |why: &str, who| world.run_because(who, why, ProposePlans(vec![bench.here()]));
    assert_eq!(code(propose(" ", bench.supervisor)), "quality-needs-reason");
    let own = propose("kept here now", bench.director).unwrap()[0];
    let sign = |plan: PlanId| {
        let plans = vec![(plan, plan.0 / titer_store::PLACES)];
        code(world.run(bench.director, SignPlans { plans, signed: world.signed(Role::Director) }))
    };
    assert_eq!(sign(own), "quality-same-person");
    assert_eq!(sign(PlanId(1)), "quality-proposal-unknown");
    let other = propose("kept here now", bench.supervisor).unwrap()[0];
    assert_eq!(sign(own), "versions-changed");
    assert_eq!(sign(other), "done");
    let quality = bench.quality();
    assert_eq!((quality.plan(bench.sodium).unwrap().levels(), quality.proposed_plans().len()), (2, 0));
}
