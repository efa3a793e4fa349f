//! Controls that an analyzer sends: recorded and judged with the message that brings them, and never filed to a patient.

use crate::common::{World, instrument, simulated};
use titer_lab::{
    Actor,
    catalog::AnalyteId,
    instruments::commands::{AddInstrument, ChangeInstrument},
    quality::{
        Basis, LotId, MaterialId, PlanKind,
        commands::{AddMaterial, OpenLot, RegisterLot},
        plans::{PlanText, ProposePlans, SignPlans},
        targets::{ApproveTargets, ProposeTargets, TargetText},
        views::{self, ControlResult},
    },
    systems::SystemId,
};
use titer_link::{filing::Outcome, inbox::MessageState, links::LinkId, replay};
use titer_science::qc::{Action, Resets, Rule, RuleSet, RuleUse};
use titer_store::{PLACES, Timestamp};

const AT: &str = "20261122100000";

/// An analyzer of which the controls of sodium are kept here: level 1 bears QC-1, and 140 with an SD of 2 is expected.
struct Bench {
    world: World,
    link: LinkId,
    material: MaterialId,
    lot: LotId,
    sodium: SystemId,
}

impl Bench {
    async fn new() -> Self {
        let world = World::standing().await;
        let link = world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
        let (sodium, lab) = (world.catalog().await.analyte_by_key("sodium").unwrap().id, world.lab.clone());
        let sodium = world.lab.read(move |s| Ok(of(lab.systems(s)?.as_ref(), sodium))).await.unwrap();
        let add = AddMaterial { name: "Multiqual".to_owned(), maker: "the test".to_owned(), levels: 2 };
        let material = world.run(Actor::Console, add).await.unwrap();
        let open = OpenLot {
            material,
            level: 1,
            number: "45711".to_owned(),
            expires: "2027-03-31".parse().ok(),
            barcodes: vec!["QC-1".to_owned()],
        };
        let lot = world.run(Actor::Console, open).await.unwrap();
        let target = TargetText {
            system: sodium,
            lot,
            mean: "140".to_owned(),
            sd: "2".to_owned(),
            expected: String::new(),
            basis: Basis::Assigned.code().to_owned(),
            source: "sheet of the lot".to_owned(),
        };
        let proposed = world.run(Actor::Console, ProposeTargets(vec![target])).await.unwrap();
        let targets = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
        let approve = ApproveTargets { targets, signed: world.sign(&world.director).await };
        world.run(world.director.actor(), approve).await.unwrap();
        Bench { world, link, material, lot, sodium }
    }

    /// The controls of sodium are kept here: one level, by an individualised plan.
    async fn planned() -> Self {
        let bench = Self::new().await;
        let rules = RuleSet {
            name: "1-3s".to_owned(),
            version: 1,
            levels: 1,
            controls_per_level: 1,
            resets: Resets { lot_change: true, recalibration: true, closed_action: true },
            rules: vec![RuleUse::usual(Rule::ONE_3S, Action::Reject)],
        };
        let plan = PlanText {
            kind: PlanKind::Here,
            levels: vec![(bench.material, 1)],
            rules: Some(rules),
            controls_per_level: 1,
            hours: 24,
            window_minutes: 120,
            individualised: "the plan of the test".to_owned(),
            ..PlanText::elsewhere(bench.sodium, "", "")
        };
        let world = &bench.world;
        let why = Some("kept here now".to_owned());
        let propose = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(ProposePlans(vec![plan]));
        let proposed = world.lab.submit(Actor::Console, why, propose).await.unwrap();
        let plans = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
        let sign = SignPlans { plans, signed: world.sign(&world.director).await };
        world.run(world.director.actor(), sign).await.unwrap();
        bench
    }

    /// What came of a message: results filed, and the problems by their codes.
    async fn came(&self, message: &str) -> (usize, Vec<String>) {
        let Outcome::Kept { message, filed, .. } = self.world.receive(self.link, message).await.unwrap() else {
            panic!("taken for the same message")
        };
        (filed, self.world.message(message).await.problems.into_iter().map(|p| p.code).collect())
    }

    async fn controls(&self) -> Vec<ControlResult> {
        let of = self.sodium;
        let all = move |s: &mut titer_store::Snapshot<'_>| Ok(views::controls(s, of, Timestamp::from_micros(0))?);
        self.world.lab.read(all).await.unwrap()
    }
}

fn of(systems: &titer_lab::Systems, analyte: AnalyteId) -> SystemId {
    systems.all().iter().find(|s| s.analyte == analyte).unwrap().id
}

/// A control as the analyzer marks it.
fn control(value: &str, at: &str) -> String {
    simulated("QC-1", &[("Na", value, "mmol/L", at)]).replacen("||N\r", "||Q\r", 1)
}

#[tokio::test]
async fn a_control_is_recorded_and_judged_with_its_message_and_holds_results_at_once() {
    let bench = Bench::planned().await;
    let world = &bench.world;
    world.pass(3_600);
    assert_eq!(bench.came(&control("141", AT)).await, (0, vec![]));
    let recorded = bench.controls().await;
    assert_eq!((recorded.len(), recorded[0].z, recorded[0].lot), (1, Some(0.5), bench.lot));
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["sodium"], "T1").await;
    world.pass(600);
    assert_eq!(bench.came(&simulated("T1", &[("Na", "139", "mmol/L", "20261122100500")])).await, (1, vec![]));
    assert_eq!(world.results(specimen).await[0].holds, Vec::<String>::new());
    assert_eq!(bench.came(&control("147", "20261122101000")).await, (0, vec![]));
    let (_, specimen) = world.received(patient, &["sodium"], "T2").await;
    world.pass(600);
    assert_eq!(bench.came(&simulated("T2", &[("Na", "139", "mmol/L", "20261122101500")])).await, (1, vec![]));
    assert_eq!(world.results(specimen).await[0].holds, ["control-failing:1-3s"]);
}

/// The register tells what the analyzer does not.
#[tokio::test]
async fn a_control_that_is_sent_like_a_patient_is_a_control_all_the_same() {
    let bench = Bench::planned().await;
    bench.world.pass(3_600 * 2);
    let as_patient = simulated("qc-1", &[("Na", "141", "mmol/L", AT)]);
    assert_eq!(bench.came(&as_patient).await, (0, vec![]));
    let as_nothing = simulated("QC-1", &[("Na", "140", "mmol/L", "20261122100100")]).replacen("||N\r", "||\r", 1);
    assert_eq!(bench.came(&as_nothing).await, (0, vec![]));
    assert_eq!(bench.controls().await.len(), 2);
}

#[tokio::test]
async fn a_control_of_a_vial_that_nobody_registered_waits_and_is_read_again_when_the_register_is_mended() {
    let bench = Bench::planned().await;
    let world = &bench.world;
    world.pass(3_600 * 2);
    let message = control("141", AT).replacen("QC-1", "QC-7", 1);
    let Outcome::Kept { message, .. } = world.receive(bench.link, &message).await.unwrap() else { panic!("not kept") };
    assert_eq!(world.message(message).await.problems[0].code, "inbox-control");
    let (lot, lab) = (bench.lot, world.lab.clone());
    let version = world.lab.read(move |s| Ok(lab.quality(s)?.lot(lot).unwrap().version)).await.unwrap();
    let barcodes = vec!["QC-1".to_owned(), "QC-7".to_owned()];
    world.run(Actor::Console, RegisterLot { lot, version, barcodes }).await.unwrap();
    let replayed = replay::one(&world.lab, world.technician.actor(), None, message).await.unwrap();
    assert_eq!(replayed, MessageState::Filed);
    assert_eq!(bench.controls().await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_recorded_says_why() {
    let elsewhere = Bench::new().await;
    elsewhere.world.pass(3_600 * 2);
    assert_eq!(elsewhere.came(&control("141", AT)).await, (0, vec!["inbox-control-unplanned".to_owned()]));
    let bench = Bench::planned().await;
    bench.world.pass(3_600 * 2);
    let cases = [
        (AT, "20261122080000", "quality-measured-before"),
        (AT, "20261123080000", "quality-measured-in-future"),
        (AT, "", "inbox-control-untimed"),
        ("^Na|", "^Q9|", "inbox-unmapped-code"),
        ("^Na|", "^K|", "inbox-control-unplanned"),
        ("|mmol/L|", "|mEq/L|", "inbox-unmapped-unit"),
        ("|141|", "||", "inbox-text-missing"),
    ];
    for (from, to, expected) in cases {
        let message = control("141", AT).replacen(from, to, 1);
        assert_eq!(bench.came(&message).await, (0, vec![expected.to_owned()]), "{from} {to}");
    }
    assert_eq!(bench.controls().await, []);
    // Two instruments on the link, and the message does not say which of them measured.
    let (only, name) = (bench.world.instrument(bench.link).await.unwrap(), format!("Analyzer {}", bench.link));
    let change = ChangeInstrument { instrument: only, description: instrument(&name, bench.link, "M1") };
    bench.world.run(Actor::Console, change).await.unwrap();
    let another = AddInstrument(instrument("Analyzer of the other module", bench.link, "M2"));
    bench.world.run(Actor::Console, another).await.unwrap();
    assert_eq!(bench.came(&control("142", AT)).await, (0, vec!["inbox-control-instrument".to_owned()]));
    let bench = Bench::planned().await;
    bench.world.pass(3_600 * 2);
    assert_eq!(bench.came(&control("141", AT)).await, (0, vec![]));
}
