//! What happens in quality control.

mod measured;

pub use measured::{
    ActionNamed, BrokenRule, ControlBody, ControlsMeasured, LevelOutcome, MarkedPoint, Released, RunBody, Stopped,
    Trimmed,
};

use serde::{Deserialize, Serialize};
use titer_science::qc::RuleSet;
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    LotId, MaterialId, PlanId, ProposalState, TargetId, face,
    tables::{self, DEFINED, HeadRow, LotRow, MEASURED, MaterialRow, PlanRow, SystemRow, TargetRow},
};
use crate::{signature::SignatureBody, stories, systems::SystemId};

fn defined(changes: &mut Changes, header: &Header) {
    changes.put(HeadRow { id: DEFINED, version: header.number });
}

fn measured(changes: &mut Changes, header: &Header) {
    changes.put(HeadRow { id: MEASURED, version: header.number });
}

/// A control material was added.
#[derive(Serialize, Deserialize)]
pub struct MaterialAdded {
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub maker: String,
    /// How many levels it has.
    pub levels: u8,
}

impl MaterialAdded {
    pub(super) fn material(event: i64) -> MaterialId {
        MaterialId(id(event, 0))
    }
}

impl Event for MaterialAdded {
    const KIND: &'static str = "quality.material-added";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::MATERIALS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let id = MaterialAdded::material(header.number);
        let (name, maker) = (self.name.clone(), self.maker.clone());
        changes.put(MaterialRow { id, name, maker, levels: i64::from(self.levels) });
        defined(changes, header);
        stories::enter(changes, header, &[id.0], &self.name);
    }
}

/// A lot of one level of a control material was opened.
#[derive(Serialize, Deserialize)]
pub struct LotOpened {
    /// The material.
    pub material: i64,
    /// The level of the material, from 1.
    pub level: u8,
    /// The maker's number.
    pub number: String,
    /// The last day on which it may be used, as `2027-03-31`.
    pub expires: String,
    /// What identifies its vials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<String>,
}

impl LotOpened {
    pub(super) fn lot(event: i64) -> LotId {
        LotId(id(event, 0))
    }
}

const LOT: &[&Table] = &[&tables::HEAD, &tables::LOTS, &stories::STORIES];

impl Event for LotOpened {
    const KIND: &'static str = "quality.lot-opened";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = LOT;
    fn project(&self, header: &Header, changes: &mut Changes) {
        let id = LotOpened::lot(header.number);
        changes.put(LotRow {
            id,
            material: MaterialId(self.material),
            level: i64::from(self.level),
            number: self.number.clone(),
            expires: self.expires.clone(),
            barcodes: self.barcodes.join("\n"),
            opened_at: header.at,
            closed: None,
            closed_at: None,
            version: header.number,
        });
        defined(changes, header);
        stories::enter(changes, header, &[self.material, id.0], &self.number);
    }
}

/// The barcodes of a lot were registered anew.
#[derive(Serialize, Deserialize)]
pub struct LotRegistered {
    /// The lot.
    pub lot: i64,
    /// What identifies its vials now.
    pub barcodes: Vec<String>,
}

impl Event for LotRegistered {
    const KIND: &'static str = "quality.lot-registered";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = LOT;
    fn project(&self, header: &Header, changes: &mut Changes) {
        let barcodes = self.barcodes.join("\n");
        changes.patch(LotId(self.lot), set!(LotRow { barcodes: barcodes, version: header.number }));
        defined(changes, header);
        stories::enter(changes, header, &[self.lot], &self.barcodes.join(" "));
    }
}

/// A lot was closed. Its barcodes stay in the register, so that they never become those of tubes.
#[derive(Serialize, Deserialize)]
pub struct LotClosed {
    /// The lot.
    pub lot: i64,
    /// Why.
    pub why: String,
}

impl Event for LotClosed {
    const KIND: &'static str = "quality.lot-closed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = LOT;
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (closed, closed_at) = (Some(self.why.clone()), Some(header.at));
        changes.patch(LotId(self.lot), set!(LotRow { closed: closed, closed_at: closed_at, version: header.number }));
        defined(changes, header);
        stories::enter(changes, header, &[self.lot], &self.why);
    }
}

/// A target as it is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetBody {
    /// The test system.
    pub system: i64,
    /// The lot.
    pub lot: i64,
    /// The mean, in the unit of the analyte.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mean: String,
    /// The standard deviation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sd: String,
    /// Codes of the expected answers, separated by blanks; or the expected titre.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// A code of [`super::Basis`].
    pub basis: String,
    /// Where it stands.
    pub source: String,
}

/// Targets were proposed.
#[derive(Serialize, Deserialize)]
pub struct TargetsProposed {
    /// The targets.
    pub targets: Vec<TargetBody>,
    /// Why they change what counts, if they do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Proposals that these take the place of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<i64>,
}

impl TargetsProposed {
    pub(super) fn target(event: i64, place: usize) -> TargetId {
        TargetId(id(event, place as i64))
    }
}

const TARGETED: &[&Table] = &[&tables::HEAD, &tables::TARGETS, &stories::STORIES];

impl Event for TargetsProposed {
    const KIND: &'static str = "quality.targets-proposed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = TARGETED;
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (proposer_kind, proposer) = header.actor.code();
        for (place, body) in self.targets.iter().enumerate() {
            changes.put(TargetRow {
                id: TargetsProposed::target(header.number, place),
                system: SystemId(body.system),
                lot: LotId(body.lot),
                mean: body.mean.clone(),
                sd: body.sd.clone(),
                expected: body.expected.clone(),
                basis: body.basis.clone(),
                source: body.source.clone(),
                cause: self.cause.clone(),
                state: ProposalState::Proposed,
                proposed_at: header.at,
                proposer_kind,
                proposer,
                approved_at: None,
                approved_by: None,
                version: header.number,
            });
        }
        replace_targets(changes, header, &self.replaced);
        defined(changes, header);
        let subjects = subjects(self.targets.iter().map(|t| t.system));
        stories::enter(changes, header, &subjects, &self.cause);
    }
}

fn replace_targets(changes: &mut Changes, header: &Header, replaced: &[i64]) {
    for id in replaced {
        let set = set!(TargetRow { state: ProposalState::Replaced, version: header.number });
        changes.patch(TargetId(*id), set);
    }
}

/// Each once, in their order.
fn subjects(of: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut subjects: Vec<i64> = of.collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// A proposal as it was signed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTarget {
    /// Which.
    pub target: i64,
    /// As it was proposed.
    pub body: TargetBody,
}

/// A second person approved targets. They count from now on.
#[derive(Serialize, Deserialize)]
pub struct TargetsApproved {
    /// The targets.
    pub targets: Vec<SignedTarget>,
    /// Those that counted before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<i64>,
    /// The signature.
    pub signature: SignatureBody,
}

impl Event for TargetsApproved {
    const KIND: &'static str = "quality.targets-approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = TARGETED;
    fn project(&self, header: &Header, changes: &mut Changes) {
        for SignedTarget { target, .. } in &self.targets {
            let set = set!(TargetRow {
                state: ProposalState::InForce,
                approved_at: Some(header.at),
                approved_by: Some(self.signature.name.clone()),
                version: header.number,
            });
            changes.patch(TargetId(*target), set);
        }
        replace_targets(changes, header, &self.replaced);
        defined(changes, header);
        let subjects = subjects(self.targets.iter().map(|t| t.body.system));
        stories::enter(changes, header, &subjects, &self.signature.name);
    }
}

/// A level of a control plan: which level of which material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLevel {
    /// The material.
    pub material: i64,
    /// Its level, from 1.
    pub level: u8,
}

/// A control plan as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanBody {
    /// The test system.
    pub system: i64,
    /// A code of [`super::PlanKind`].
    pub kind: String,
    /// The levels, in an order that stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<PlanLevel>,
    /// By which rules they are judged; none for what has no numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RuleSet>,
    /// How many controls of each level a run has.
    #[serde(default)]
    pub controls_per_level: u8,
    /// How many hours a control that passed supports results.
    #[serde(default)]
    pub hours: u32,
    /// When controls are due each day, by the laboratory's clock, as `07:00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<String>,
    /// Within how many minutes controls belong to one run.
    #[serde(default)]
    pub window_minutes: u32,
    /// The individualised plan that lets it ask less than the regulation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub individualised: String,
    /// Where the controls are kept, if elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The procedure by which they are kept there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub procedure: String,
}

/// Control plans were proposed.
#[derive(Serialize, Deserialize)]
pub struct PlansProposed {
    /// The plans.
    pub plans: Vec<PlanBody>,
    /// Why they change what counts, if they do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Proposals that these take the place of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<i64>,
}

impl PlansProposed {
    pub(super) fn plan(event: i64, place: usize) -> PlanId {
        PlanId(id(event, place as i64))
    }
}

impl Event for PlansProposed {
    const KIND: &'static str = "quality.plans-proposed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &tables::PLANS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (proposer_kind, proposer) = header.actor.code();
        for (place, body) in self.plans.iter().enumerate() {
            changes.put(PlanRow {
                id: PlansProposed::plan(header.number, place),
                system: SystemId(body.system),
                kind: body.kind.clone(),
                body: json(body),
                cause: self.cause.clone(),
                state: ProposalState::Proposed,
                proposed_at: header.at,
                proposer_kind,
                proposer,
                signed_at: None,
                signed_by: None,
                version: header.number,
            });
        }
        replace_plans(changes, header, &self.replaced);
        defined(changes, header);
        let subjects = subjects(self.plans.iter().map(|p| p.system));
        stories::enter(changes, header, &subjects, &self.cause);
    }
}

/// A plain value as a column keeps it.
fn json(value: &impl Serialize) -> String {
    // Plain fields without maps: writing them cannot fail. What came out empty would be found as damage when it is read.
    serde_json::to_string(value).unwrap_or_default()
}

fn replace_plans(changes: &mut Changes, header: &Header, replaced: &[i64]) {
    for id in replaced {
        let set = set!(PlanRow { state: ProposalState::Replaced, version: header.number });
        changes.patch(PlanId(*id), set);
    }
}

/// A plan as it was signed, and from when on what is remembered of its test system counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPlan {
    /// Which.
    pub plan: i64,
    /// As it was proposed.
    pub body: PlanBody,
    /// Nothing is known of the state before.
    pub known_from: i64,
    /// Runs are remembered from here on.
    pub runs_from: i64,
    /// Runs are judged by this plan from here on.
    pub judged_from: i64,
}

/// The director signed control plans. They count from now on.
#[derive(Serialize, Deserialize)]
pub struct PlansSigned {
    /// The plans.
    pub plans: Vec<SignedPlan>,
    /// Those that counted before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<i64>,
    /// The signature.
    pub signature: SignatureBody,
}

impl Event for PlansSigned {
    const KIND: &'static str = "quality.plans-signed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::HEAD, &tables::PLANS, &tables::SYSTEMS, &crate::jobs::face::DUE, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for signed in &self.plans {
            let set = set!(PlanRow {
                state: ProposalState::InForce,
                signed_at: Some(header.at),
                signed_by: Some(self.signature.name.clone()),
                version: header.number,
            });
            changes.patch(PlanId(signed.plan), set);
            changes.put(SystemRow {
                id: SystemId(signed.body.system),
                plan: PlanId(signed.plan),
                known_from: Timestamp::from_micros(signed.known_from),
                runs_from: Timestamp::from_micros(signed.runs_from),
                judged_from: Timestamp::from_micros(signed.judged_from),
                history: None,
                version: header.number,
            });
        }
        replace_plans(changes, header, &self.replaced);
        defined(changes, header);
        measured(changes, header);
        face::judge_again(changes, header);
        let subjects = subjects(self.plans.iter().map(|p| p.body.system));
        stories::enter(changes, header, &subjects, &self.signature.name);
    }
}
