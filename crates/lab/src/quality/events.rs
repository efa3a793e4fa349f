//! What happens in quality control.

use serde::{Deserialize, Serialize};
use titer_science::qc::{History, RuleSet};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    ControlId, Decided, LotId, MaterialId, PlanId, ProposalState, RunId, TargetId, face,
    tables::{
        self, ControlRow, DEFINED, DecisionRow, HeadRow, LotRow, MEASURED, MaterialRow, PlanRow, RunRow, SystemRow,
        TargetRow,
    },
};
use crate::{catalog::AnalyteId, signature::SignatureBody, stories, systems::SystemId};

/// The first place of an event that control runs have; controls stand below.
const FIRST_RUN: i64 = 256;

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

/// A control result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlBody {
    /// The test system.
    pub system: i64,
    /// The analyte.
    pub analyte: i64,
    /// The level of the plan, from 1.
    pub level: u8,
    /// The run that it belongs to.
    pub run: i64,
    /// The value, as it was measured.
    pub value: String,
    /// The target that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<i64>,
    /// How many SDs it lies from the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// Whether it is as expected, if it has no z.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// A code of [`super::Unjudged`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<String>,
}

/// A point that breaks a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkedPoint {
    /// The control result; none if it is not remembered any more.
    pub control: Option<i64>,
    /// Its level.
    pub level: u8,
    /// Its z.
    pub z: f64,
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokenRule {
    /// The code of the rule.
    pub rule: String,
    /// Whether it rejects, or warns.
    pub rejects: bool,
    /// The points that break it, oldest first.
    pub points: Vec<MarkedPoint>,
}

/// What a run comes to for one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelOutcome {
    /// The level.
    pub level: u8,
    /// `pass`, `warning`, `incomplete`, `reject`.
    pub outcome: String,
    /// When its last control was measured.
    pub at: i64,
    /// When the next is due.
    pub until: i64,
}

/// A run as it was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunBody {
    /// Which.
    pub run: i64,
    /// The test system.
    pub system: i64,
    /// The plan by which it was judged.
    pub plan: i64,
    /// When its first control was measured.
    pub begun_at: i64,
    /// `pass`, `warning`, `incomplete`, `reject`.
    pub outcome: String,
    /// Broken rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<BrokenRule>,
    /// Its levels.
    pub levels: Vec<LevelOutcome>,
}

/// Older runs of a test system need not be remembered any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trimmed {
    /// The test system.
    pub system: i64,
    /// Nothing is known of the state before.
    pub known_from: i64,
    /// Runs are remembered from here on.
    pub runs_from: i64,
    /// What the judge remembers before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

/// Controls of one lot were measured, and judged together with what was measured before and after them.
#[derive(Serialize, Deserialize)]
pub struct ControlsMeasured {
    /// The lot.
    pub lot: i64,
    /// On what.
    pub instrument: i64,
    /// When.
    pub measured_at: i64,
    /// The message that brought them; none if a person entered them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<i64>,
    /// The control results.
    pub controls: Vec<ControlBody>,
    /// The runs that were judged, or judged again.
    pub runs: Vec<RunBody>,
    /// Earlier controls that belong to another run now, each with that run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<(i64, i64)>,
    /// Runs that have no controls any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<i64>,
    /// What is not remembered any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trimmed: Vec<Trimmed>,
    /// Whether a level stands otherwise now, at any time: what waits is judged again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes_state: bool,
}

impl ControlsMeasured {
    pub(super) fn control(event: i64, place: usize) -> ControlId {
        ControlId(id(event, place as i64))
    }

    /// The run that the event begins at this place.
    pub(super) fn run(event: i64, place: usize) -> RunId {
        RunId(id(event, FIRST_RUN + place as i64))
    }
}

impl Event for ControlsMeasured {
    const KIND: &'static str = "quality.controls-measured";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[
        &tables::HEAD,
        &tables::SYSTEMS,
        &tables::RUNS,
        &tables::CONTROLS,
        &crate::jobs::face::DUE,
        &stories::STORIES,
    ];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (actor_kind, actor) = header.actor.code();
        let mut systems = Vec::new();
        for (place, body) in self.controls.iter().enumerate() {
            systems.push(body.system);
            changes.put(ControlRow {
                id: ControlsMeasured::control(header.number, place),
                system: SystemId(body.system),
                analyte: AnalyteId(body.analyte),
                run: RunId(body.run),
                lot: LotId(self.lot),
                level: i64::from(body.level),
                value: body.value.clone(),
                measured_at: Timestamp::from_micros(self.measured_at),
                entered_at: header.at,
                actor_kind,
                actor,
                target: body.target.map(TargetId),
                z: body.z.map(|z| format!("{z:?}")),
                passed: body.passed,
                unjudged: body.unjudged.clone(),
                message: self.message,
            });
        }
        for body in &self.runs {
            changes.put(RunRow {
                id: RunId(body.run),
                system: SystemId(body.system),
                begun_at: Timestamp::from_micros(body.begun_at),
                plan: PlanId(body.plan),
                outcome: body.outcome.clone(),
                broken: json(&body.broken),
                levels: json(&body.levels),
                version: header.number,
            });
        }
        for (control, run) in &self.moved {
            changes.patch(ControlId(*control), set!(ControlRow { run: RunId(*run) }));
        }
        for run in &self.gone {
            changes.drop::<RunRow>(RunId(*run));
        }
        let systems = subjects(systems.into_iter());
        for system in &systems {
            changes.patch(SystemId(*system), set!(SystemRow { version: header.number }));
        }
        for trimmed in &self.trimmed {
            let from = Timestamp::from_micros(trimmed.runs_from);
            let set = set!(SystemRow {
                known_from: Timestamp::from_micros(trimmed.known_from),
                runs_from: from,
                judged_from: from,
                history: trimmed.history.as_ref().map(json),
            });
            changes.patch(SystemId(trimmed.system), set);
        }
        measured(changes, header);
        if self.changes_state {
            face::judge_again(changes, header);
        }
        stories::enter(changes, header, &systems, "");
    }
}

/// Cause and action of a failure were named.
#[derive(Serialize, Deserialize)]
pub struct ActionNamed {
    /// The test system.
    pub system: i64,
    /// A code of [`super::Cause`].
    pub cause: String,
    /// A code of [`super::Correction`].
    pub action: String,
    /// What was found and done.
    pub text: String,
}

const DECIDES: &[&Table] =
    &[&tables::HEAD, &tables::SYSTEMS, &tables::DECISIONS, &crate::jobs::face::DUE, &stories::STORIES];

fn decide(
    changes: &mut Changes,
    header: &Header,
    system: i64,
    kind: Decided,
    (code, action, text): (&str, &str, &str),
) {
    let (actor_kind, actor) = header.actor.code();
    changes.put(DecisionRow {
        id: id(header.number, 0),
        system: SystemId(system),
        at: header.at,
        kind,
        code: code.to_owned(),
        action: action.to_owned(),
        text: text.to_owned(),
        actor_kind,
        actor,
    });
    changes.patch(SystemId(system), set!(SystemRow { version: header.number }));
    measured(changes, header);
    face::judge_again(changes, header);
}

impl Event for ActionNamed {
    const KIND: &'static str = "quality.action-named";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DECIDES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        decide(changes, header, self.system, Decided::ActionNamed, (&self.cause, &self.action, &self.text));
        stories::enter(changes, header, &[self.system], &self.text);
    }
}

/// A person stopped a test system.
#[derive(Serialize, Deserialize)]
pub struct Stopped {
    /// Which.
    pub system: i64,
    /// Why.
    pub why: String,
}

impl Event for Stopped {
    const KIND: &'static str = "quality.stopped";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DECIDES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        decide(changes, header, self.system, Decided::Stopped, ("", "", &self.why));
        stories::enter(changes, header, &[self.system], &self.why);
    }
}

/// A stop was taken back.
#[derive(Serialize, Deserialize)]
pub struct Released {
    /// Which.
    pub system: i64,
    /// Why.
    pub why: String,
}

impl Event for Released {
    const KIND: &'static str = "quality.released";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DECIDES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        decide(changes, header, self.system, Decided::Released, ("", "", &self.why));
        stories::enter(changes, header, &[self.system], &self.why);
    }
}
