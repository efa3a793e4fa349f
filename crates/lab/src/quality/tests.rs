mod defined;
mod kinds;
mod orders;
mod release;
mod states;

use titer_science::qc::{Action, Resets, Rule, RuleSet, RuleUse};
use titer_store::PLACES;

use super::{
    Basis, LotId, MaterialId, PlanKind, Quality, TargetId,
    commands::{AddMaterial, OpenLot},
    controls::{ControlValue, RecordControls, Recorded},
    plans::{PlanText, ProposePlans},
    targets::{ApproveTargets, ProposeTargets, TargetText},
    views::LevelNow,
};
use crate::{
    Actor, Failure, Role, Timestamp,
    instruments::InstrumentId,
    systems::{SystemId, views::System},
    testing::{World, date},
};

/// 1-3s, 2-2s and R-4s reject, 1-2s warns.
pub(super) fn rules(levels: u8) -> RuleSet {
    let used = |rule, action| RuleUse::usual(rule, action);
    RuleSet {
        name: "of the test".to_owned(),
        version: 1,
        levels,
        controls_per_level: 1,
        resets: Resets { lot_change: true, recalibration: true, closed_action: true },
        rules: vec![
            used(Rule::ONE_2S, Action::Warn),
            used(Rule::ONE_3S, Action::Reject),
            used(Rule::TWO_2S, Action::Reject),
            used(Rule::R_4S, Action::Reject),
        ],
    }
}

/// A laboratory in which the controls of sodium are kept here: two levels, 120 and 150, each with an SD of 2.
pub(super) struct Bench {
    pub world: World,
    pub supervisor: Actor,
    pub director: Actor,
    pub instrument: InstrumentId,
    pub material: MaterialId,
    pub lots: [LotId; 2],
    pub sodium: SystemId,
}

impl Bench {
    pub fn new() -> Self {
        let bench = Self::unplanned();
        bench.targets();
        bench.plan(bench.here());
        bench
    }

    /// As [`Bench::new`], without targets, and its controls kept elsewhere.
    pub fn unplanned() -> Self {
        let world = World::new();
        let (supervisor, director) = (world.actor(Role::Supervisor), world.actor(Role::Director));
        let instrument = world.instrument().unwrap();
        let add = AddMaterial { name: "Multiqual".to_owned(), maker: "the test".to_owned(), levels: 3 };
        let material = world.run(supervisor, add).unwrap();
        let open = |level: u8| OpenLot {
            material,
            level,
            number: format!("4571{level}"),
            expires: Some(date("2027-03-31")),
            barcodes: vec![format!("QC-{level}")],
        };
        let lots = [1, 2].map(|level| world.run(supervisor, open(level)).unwrap());
        let analyte = world.analyte("sodium");
        let lab = world.lab.clone();
        let systems = world.read(move |s| lab.systems(s));
        let sodium = systems.all().iter().find(|s| s.analyte == analyte).unwrap().id;
        Bench { world, supervisor, director, instrument, material, lots, sodium }
    }

    pub fn target(&self, level: usize, mean: &str, sd: &str) -> TargetText {
        TargetText {
            system: self.sodium,
            lot: self.lots[level - 1],
            mean: mean.to_owned(),
            sd: sd.to_owned(),
            expected: String::new(),
            basis: Basis::Assigned.code().to_owned(),
            source: "sheet of the lot".to_owned(),
        }
    }

    pub fn approve(&self, targets: Vec<TargetId>) -> ApproveTargets {
        let targets = targets.into_iter().map(|id| (id, id.0 / PLACES)).collect();
        ApproveTargets { targets, signed: self.world.signed(Role::Director) }
    }

    fn targets(&self) {
        let propose = ProposeTargets(vec![self.target(1, "120", "2"), self.target(2, "150", "2")]);
        let targets = self.world.run(self.supervisor, propose).unwrap();
        self.world.run(self.director, self.approve(targets)).unwrap();
    }

    /// A plan of two levels, each day, in runs of two hours.
    pub fn here(&self) -> PlanText {
        PlanText {
            system: self.sodium,
            kind: PlanKind::Here,
            levels: vec![(self.material, 1), (self.material, 2)],
            rules: Some(rules(2)),
            controls_per_level: 1,
            hours: 24,
            times: Vec::new(),
            window_minutes: 120,
            individualised: String::new(),
            place: String::new(),
            procedure: String::new(),
        }
    }

    /// Proposes a plan; the director signs it.
    pub fn plan(&self, plan: PlanText) {
        let propose = ProposePlans(vec![plan]);
        let proposed = self.world.run_because(self.supervisor, "controls are kept here now", propose).unwrap();
        self.world.sign_plans(proposed);
    }

    pub fn control(&self, level: usize, value: &str, at: Timestamp) -> RecordControls {
        let value = ControlValue { analyte: self.world.analyte("sodium"), value: value.to_owned(), answer: None };
        let (lot, instrument) = (self.lots[level - 1], self.instrument);
        RecordControls { lot, instrument, measured_at: at, values: vec![value], message: None }
    }

    pub fn measure(&self, level: usize, value: &str, at: Timestamp) -> Result<Recorded, Failure> {
        self.world.run(self.world.technician(), self.control(level, value, at))
    }

    /// Both levels, now, each so many SDs from its mean.
    pub fn both(&self, z: [f64; 2]) {
        for (level, mean, z) in [(1, 120.0, z[0]), (2, 150.0, z[1])] {
            self.measure(level, &format!("{}", mean + 2.0 * z), self.world.now()).unwrap();
        }
    }

    pub fn quality(&self) -> std::sync::Arc<Quality> {
        let lab = self.world.lab.clone();
        self.world.read(move |s| lab.quality(s))
    }

    pub fn system(&self) -> System {
        let lab = self.world.lab.clone();
        let systems = self.world.read(move |s| lab.systems(s));
        systems.all().iter().find(|s| s.id == self.sodium).unwrap().clone()
    }

    /// How the levels stand now.
    pub fn levels(&self) -> Vec<LevelNow> {
        self.quality().levels(&self.system(), self.world.now())
    }

    /// The states of the levels now, by their codes.
    pub fn states(&self) -> Vec<&'static str> {
        self.levels().iter().map(|level| level.state.code()).collect()
    }

    /// What holds a result of sodium that was measured then.
    pub fn gate(&self, at: Timestamp) -> Vec<String> {
        self.quality().gate(&self.system(), Some(at), &jiff::tz::TimeZone::UTC)
    }
}
