//! What is remembered of quality control: materials, lots, targets, plans, and of each test system its recent controls. An immutable
//! snapshot beside that of the test systems: deciding on release costs no search.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::civil::Date;
use titer_science::qc::{self, Ended};
use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{
    Basis, Decided, LotId, MaterialId, PlanBody, PlanId, PlanKind, ProposalState, TargetId,
    judging::Remembered,
    tables::{DEFINED, DecisionRow, ENDED, EndingRow, LotRow, MEASURED, MaterialRow, PlanRow, SystemRow, TargetRow},
};
use crate::{
    instruments::{InstrumentId, NoteKind},
    systems::SystemId,
    text,
};

/// The most control materials, lots, targets or plans that are remembered.
const DEFINED_MAX: i64 = 200_000;
/// The most endings that are remembered: some years of a large laboratory.
const ENDINGS_MAX: i64 = 20_000;
/// The most test systems that changed at once.
const SYSTEMS_MAX: i64 = 20_000;

sql! {
    MATERIALS: (m: MaterialRow) = "FROM control_materials m WHERE m.lab = $1 AND m.id > $2 ORDER BY m.id LIMIT $3";
    LOTS: (l: LotRow) = "FROM control_lots l WHERE l.lab = $1 AND l.id > $2 ORDER BY l.id LIMIT $3";
    TARGETS: (t: TargetRow) = "FROM control_targets t WHERE t.lab = $1 AND t.state = $2 AND t.id > $3 ORDER BY t.id LIMIT $4";
    PLANS: (p: PlanRow) = "FROM control_plans p WHERE p.lab = $1 AND p.state = $2 AND p.id > $3 ORDER BY p.id LIMIT $4";
    SINCE: (s: SystemRow) = "FROM control_systems s WHERE s.lab = $1 AND s.version > $2 ORDER BY s.version LIMIT $3";
    ENDINGS: (e: EndingRow) = "FROM control_endings e WHERE e.lab = $1 AND e.at > $2 ORDER BY e.at DESC, e.id DESC LIMIT $3";
    DECISIONS: (d: DecisionRow) = "FROM control_decisions d WHERE d.lab = $1 AND d.system = $2 AND d.at >= $3 \
        ORDER BY d.at, d.id LIMIT $4";
}

/// What a note of this kind ends, if it ends the passing state.
pub(super) fn ends(kind: &str) -> Option<Ended> {
    match NoteKind::from_code(kind)? {
        NoteKind::Calibrated => Some(Ended::Calibrated),
        NoteKind::ReagentLot => Some(Ended::NewLot),
        NoteKind::Serviced | NoteKind::Repaired => Some(Ended::Maintained),
        NoteKind::Other => None,
    }
}

/// A control material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// Its id.
    pub id: MaterialId,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub maker: String,
    /// How many levels it has.
    pub levels: u8,
}

/// A lot of one level of a control material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Its id.
    pub id: LotId,
    /// The material.
    pub material: MaterialId,
    /// The level of the material.
    pub level: u8,
    /// The maker's number.
    pub number: String,
    /// The last day on which it may be used.
    pub expires: Date,
    /// What identifies its vials.
    pub barcodes: Vec<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Why it was closed, and when, if it was.
    pub closed: Option<(String, Timestamp)>,
    /// The number of the event that changed it last.
    pub version: i64,
}

/// Who proposed something, and when, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How far it is.
    pub state: ProposalState,
    /// When it was proposed.
    pub at: Timestamp,
    /// By whom: kind and number of the actor.
    pub by: (i64, i64),
    /// Why it changes what counts; may be empty.
    pub cause: String,
    /// Who approved it, and when.
    pub approved: Option<(String, Timestamp)>,
    /// The number of the event that changed it last: what a form shows.
    pub version: i64,
}

/// What a test system should find in a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: TargetId,
    /// The test system.
    pub system: SystemId,
    /// The lot.
    pub lot: LotId,
    /// The mean, as it was entered; empty if it is of no number.
    pub mean: String,
    /// The standard deviation.
    pub sd: String,
    /// Codes of expected answers, separated by blanks; or the expected titre.
    pub expected: String,
    /// Where it comes from.
    pub basis: Basis,
    /// Where it stands.
    pub source: String,
    /// How it was proposed.
    pub proposal: Proposal,
}

impl Target {
    /// Mean and SD for the judge, of a number.
    pub(super) fn judged(&self, lot: qc::Lot) -> Option<qc::Target> {
        let basis = match self.basis {
            Basis::Assigned => qc::Basis::Assigned,
            Basis::Provisional => qc::Basis::Provisional,
            Basis::Carried => qc::Basis::Carried,
            Basis::Cumulative => qc::Basis::Cumulative,
        };
        qc::Target::new(lot, self.mean.parse().ok()?, self.sd.parse().ok()?, basis).ok()
    }
}

/// A control plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The test system.
    pub system: SystemId,
    /// Where its controls are kept.
    pub kind: PlanKind,
    /// What it says.
    pub body: PlanBody,
    /// How it was proposed.
    pub proposal: Proposal,
}

impl Plan {
    /// How many levels it measures.
    pub fn levels(&self) -> u8 {
        self.body.levels.len() as u8
    }

    /// The level of the plan, from 1, for which a lot is measured.
    pub fn level_of(&self, lot: &Lot) -> Option<u8> {
        let same = |l: &super::PlanLevel| l.material == lot.material.0 && l.level == lot.level;
        (1..).zip(&self.body.levels).find(|(_, l)| same(l)).map(|(place, _)| place)
    }

    /// How many controls of each level a run needs.
    pub fn controls_per_level(&self) -> u8 {
        self.body.controls_per_level.max(1)
    }
}

/// Materials, lots, targets and plans.
#[derive(Debug, Default)]
struct Defined {
    materials: Vec<Material>,
    lots: Vec<Lot>,
    by_barcode: HashMap<String, LotId>,
    targets: HashMap<(SystemId, LotId), Target>,
    plans: HashMap<SystemId, Plan>,
    proposed_targets: Vec<Target>,
    proposed_plans: Vec<Plan>,
}

/// The versions of the three parts of [`Quality`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    pub(super) defined: i64,
    pub(super) measured: i64,
    pub(super) ended: i64,
}

impl Versions {
    /// The number of the last event that counts.
    pub(crate) fn last(self) -> i64 {
        self.defined.max(self.measured).max(self.ended)
    }

    pub(crate) fn of(defined: Option<i64>, measured: Option<i64>, ended: Option<i64>) -> Self {
        Versions { defined: defined.unwrap_or(0), measured: measured.unwrap_or(0), ended: ended.unwrap_or(0) }
    }
}

/// All that is remembered of quality control.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    /// The events that it stands at.
    pub versions: Versions,
    defined: Arc<Defined>,
    systems: Arc<HashMap<SystemId, Arc<Remembered>>>,
    endings: Arc<HashMap<InstrumentId, Vec<(Timestamp, Ended)>>>,
}

/// The ids of the rows of the head, for the statement that reads all versions at once.
pub(crate) const HEADS: [i64; 3] = [DEFINED, MEASURED, ENDED];

impl Quality {
    /// All materials, in the order in which they were added.
    pub fn materials(&self) -> &[Material] {
        &self.defined.materials
    }

    /// All lots, closed ones included, in the order in which they were opened.
    pub fn lots(&self) -> &[Lot] {
        &self.defined.lots
    }

    /// The material of this id.
    pub fn material(&self, id: MaterialId) -> Option<&Material> {
        self.defined.materials.iter().find(|m| m.id == id)
    }

    /// The lot of this id.
    pub fn lot(&self, id: LotId) -> Option<&Lot> {
        let at = self.defined.lots.binary_search_by_key(&id, |l| l.id).ok()?;
        self.defined.lots.get(at)
    }

    /// The lot whose vials bear this barcode: closed ones too, for a vial never becomes a tube.
    pub fn lot_of_barcode(&self, barcode: &str) -> Option<&Lot> {
        if self.defined.by_barcode.is_empty() {
            return None;
        }
        self.lot(*self.defined.by_barcode.get(&text::key(barcode))?)
    }

    /// The target that counts.
    pub fn target(&self, system: SystemId, lot: LotId) -> Option<&Target> {
        self.defined.targets.get(&(system, lot))
    }

    /// The targets of a test system that count, in the order of their lots.
    pub fn targets_of(&self, system: SystemId) -> Vec<&Target> {
        let mut found: Vec<&Target> = self.defined.targets.values().filter(|t| t.system == system).collect();
        found.sort_by_key(|t| t.lot);
        found
    }

    /// The plan that counts.
    pub fn plan(&self, system: SystemId) -> Option<&Plan> {
        self.defined.plans.get(&system)
    }

    /// Targets that wait for a second person.
    pub fn proposed_targets(&self) -> &[Target] {
        &self.defined.proposed_targets
    }

    /// Plans that wait for the director.
    pub fn proposed_plans(&self) -> &[Plan] {
        &self.defined.proposed_plans
    }

    pub(super) fn remembered(&self, system: SystemId) -> Option<&Remembered> {
        self.systems.get(&system).map(Arc::as_ref)
    }

    pub(super) fn endings(&self, instrument: InstrumentId) -> &[(Timestamp, Ended)] {
        self.endings.get(&instrument).map_or(&[], Vec::as_slice)
    }

    /// As events left it that are committed or under way, from what is known already.
    pub(crate) fn brought_to(&self, read: &mut dyn Read, versions: Versions) -> Result<Quality, StoreError> {
        let mut brought = self.clone();
        if versions.defined != self.versions.defined {
            brought.defined = Arc::new(defined(read)?);
        }
        if versions.ended != self.versions.ended {
            brought.endings = Arc::new(endings(read)?);
        }
        if versions.measured != self.versions.measured {
            // Only what changed since. A page that reads an older snapshot than the one that is kept reads all of it.
            let known = if versions.measured > self.versions.measured { self.versions.measured } else { 0 };
            let mut systems = if known == 0 { HashMap::new() } else { (*self.systems).clone() };
            for row in SINCE.all(read, &values![known, SYSTEMS_MAX])? {
                systems.insert(row.id, Arc::new(Remembered::load(read, row)?));
            }
            brought.systems = Arc::new(systems);
        }
        brought.versions = versions;
        Ok(brought)
    }
}

fn corrupt(what: &str, said: &str) -> StoreError {
    StoreError::Corrupt(format!("quality control has the unknown {what} {said:?}"))
}

fn level(number: i64) -> Result<u8, StoreError> {
    u8::try_from(number).map_err(|_| corrupt("level", &number.to_string()))
}

fn lot(row: LotRow) -> Result<Lot, StoreError> {
    Ok(Lot {
        id: row.id,
        material: row.material,
        level: level(row.level)?,
        number: row.number,
        expires: row.expires.parse().map_err(|_| corrupt("date", &row.expires))?,
        barcodes: row.barcodes.lines().map(str::to_owned).collect(),
        opened_at: row.opened_at,
        closed: row.closed.zip(row.closed_at),
        version: row.version,
    })
}

pub(super) fn target(row: TargetRow) -> Result<Target, StoreError> {
    Ok(Target {
        id: row.id,
        system: row.system,
        lot: row.lot,
        mean: row.mean,
        sd: row.sd,
        expected: row.expected,
        basis: Basis::from_code(&row.basis).ok_or_else(|| corrupt("basis", &row.basis))?,
        source: row.source,
        proposal: Proposal {
            state: row.state,
            at: row.proposed_at,
            by: (row.proposer_kind, row.proposer),
            cause: row.cause,
            approved: row.approved_by.zip(row.approved_at),
            version: row.version,
        },
    })
}

pub(super) fn plan(row: PlanRow) -> Result<Plan, StoreError> {
    Ok(Plan {
        id: row.id,
        system: row.system,
        kind: PlanKind::from_code(&row.kind).ok_or_else(|| corrupt("kind of plan", &row.kind))?,
        body: serde_json::from_str(&row.body).map_err(|_| corrupt("plan", &row.body))?,
        proposal: Proposal {
            state: row.state,
            at: row.proposed_at,
            by: (row.proposer_kind, row.proposer),
            cause: row.cause,
            approved: row.signed_by.zip(row.signed_at),
            version: row.version,
        },
    })
}

fn defined(read: &mut dyn Read) -> Result<Defined, StoreError> {
    let materials = MATERIALS
        .all(read, &values![0_i64, DEFINED_MAX])?
        .into_iter()
        .map(|row| Ok(Material { id: row.id, name: row.name, maker: row.maker, levels: level(row.levels)? }));
    let materials = materials.collect::<Result<_, StoreError>>()?;
    let lots: Vec<Lot> =
        LOTS.all(read, &values![0_i64, DEFINED_MAX])?.into_iter().map(lot).collect::<Result<_, _>>()?;
    let registered = |lot: &Lot| lot.barcodes.iter().map(|b| (text::key(b), lot.id)).collect::<Vec<_>>();
    let mut targets = |state| -> Result<Vec<Target>, StoreError> {
        TARGETS.all(read, &values![state, 0_i64, DEFINED_MAX])?.into_iter().map(target).collect()
    };
    let (in_force, proposed_targets) = (targets(ProposalState::InForce)?, targets(ProposalState::Proposed)?);
    let mut plans = |state| -> Result<Vec<Plan>, StoreError> {
        PLANS.all(read, &values![state, 0_i64, DEFINED_MAX])?.into_iter().map(plan).collect()
    };
    let (signed, proposed_plans) = (plans(ProposalState::InForce)?, plans(ProposalState::Proposed)?);
    Ok(Defined {
        materials,
        by_barcode: lots.iter().flat_map(registered).collect(),
        lots,
        targets: in_force.into_iter().map(|t| ((t.system, t.lot), t)).collect(),
        plans: signed.into_iter().map(|p| (p.system, p)).collect(),
        proposed_targets,
        proposed_plans,
    })
}

fn endings(read: &mut dyn Read) -> Result<HashMap<InstrumentId, Vec<(Timestamp, Ended)>>, StoreError> {
    let mut found: HashMap<InstrumentId, Vec<(Timestamp, Ended)>> = HashMap::new();
    for row in ENDINGS.all(read, &values![i64::MIN, ENDINGS_MAX])? {
        let ended = ends(&row.kind).ok_or_else(|| corrupt("note", &row.kind))?;
        found.entry(row.instrument).or_default().push((row.at, ended));
    }
    Ok(found)
}

/// What people decided about a test system since.
pub(super) fn decisions(
    read: &mut dyn Read,
    system: SystemId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<DecisionRow>, StoreError> {
    DECISIONS.all(read, &values![system, since, limit])
}

/// Decisions as the judge and the timeline take them.
pub(super) fn happened(rows: &[DecisionRow]) -> BTreeMap<(Timestamp, i64), Decided> {
    rows.iter().map(|row| ((row.at, row.id), row.kind)).collect()
}
