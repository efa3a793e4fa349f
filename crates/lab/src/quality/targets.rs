//! Targets: proposed by one person, approved by another. What was judged by an earlier target stays as it was judged.

use titer_science::{Reported, qc};
use titer_store::Read;

use super::{
    Basis, LotId, ProposalState, Target, TargetId,
    events::{SignedTarget, TargetBody, TargetsApproved, TargetsProposed},
    known,
    tables::TargetRow,
    views,
};
use crate::{
    Action, Actor, Command, Ctx, Decision, Failure, Refusal,
    accounts::Signed,
    catalog::{Kind, views::Analyte},
    refuse,
    systems::SystemId,
    text, versions,
};

/// The most targets or plans at once.
pub const AT_ONCE_MAX: usize = 200;

/// A target as it is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetText {
    /// The test system.
    pub system: SystemId,
    /// The lot.
    pub lot: LotId,
    /// The mean, in the unit of the analyte; empty if it has no numbers.
    pub mean: String,
    /// The standard deviation; empty if it has no numbers.
    pub sd: String,
    /// Codes of the expected answers, separated by blanks; or the expected titre.
    pub expected: String,
    /// A code of [`Basis`].
    pub basis: String,
    /// Where it stands.
    pub source: String,
}

impl TargetText {
    fn checked(&self, ctx: &Ctx) -> Result<TargetBody, Failure> {
        let (_, analyte) = system(ctx, self.system)?;
        let Some(lot) = ctx.quality.lot(self.lot) else { return refuse("quality-lot-unknown") };
        if lot.closed.is_some() {
            return refuse("quality-lot-closed");
        }
        let (mean, sd, expected) = (self.mean.trim(), self.sd.trim(), self.expected.trim());
        let number =
            |text: &str| matches!(Reported::parse(text), Reported::Number(_)).then(|| text.parse::<f64>().ok());
        let name = &analyte.name;
        match analyte.kind {
            Kind::Numeric => {
                let (Some(Some(m)), Some(Some(s))) = (number(mean), number(sd)) else {
                    return Err(Refusal::new("quality-target-number").with("analyte", name).into());
                };
                let of = qc::Lot { material: lot.material.0 as u64, number: lot.id.0 as u64 };
                if !expected.is_empty() || qc::Target::new(of, m, s, qc::Basis::Assigned).is_err() {
                    return Err(Refusal::new("quality-target-number").with("analyte", name).into());
                }
            }
            Kind::Coded => {
                let known = ctx.catalog.answers(analyte.id);
                let is_answer = |code: &str| known.iter().any(|answer| answer.code == code);
                if expected.is_empty() || !expected.split_whitespace().all(is_answer) {
                    return Err(Refusal::new("quality-target-answer").with("analyte", name).into());
                }
            }
            Kind::Titre => {
                if !matches!(Reported::titre(expected), Reported::Number(_)) {
                    return Err(Refusal::new("quality-target-titre").with("analyte", name).into());
                }
            }
            Kind::Bin | Kind::Text => {
                return Err(Refusal::new("quality-target-of-no-number").with("analyte", name).into());
            }
        }
        if analyte.kind != Kind::Numeric && !(mean.is_empty() && sd.is_empty()) {
            return Err(Refusal::new("quality-target-of-no-number").with("analyte", name).into());
        }
        if Basis::from_code(&self.basis).is_none() {
            return Err(Refusal::new("quality-basis-unknown").with("basis", &self.basis).into());
        }
        Ok(TargetBody {
            system: self.system.0,
            lot: self.lot.0,
            mean: mean.to_owned(),
            sd: sd.to_owned(),
            expected: expected.split_whitespace().collect::<Vec<_>>().join(" "),
            basis: self.basis.clone(),
            source: text::required(&self.source, "source")?,
        })
    }
}

/// A test system that no other has replaced, and its analyte.
pub(super) fn system(ctx: &Ctx, id: SystemId) -> Result<(&crate::systems::views::System, &Analyte), Failure> {
    let found = ctx.systems.all().iter().find(|s| s.id == id && s.is_live());
    let Some(system) = found else { return refuse("systems-unknown") };
    match ctx.catalog.analyte(system.analyte) {
        Some(analyte) => Ok((system, analyte)),
        None => refuse("catalog-analyte-gone"),
    }
}

pub(super) fn bounded(count: usize) -> Result<(), Failure> {
    match count {
        0 => refuse("quality-nothing-chosen"),
        1..=AT_ONCE_MAX => Ok(()),
        _ => Err(Refusal::new("quality-too-many").with("limit", AT_ONCE_MAX).into()),
    }
}

/// Propose targets. If one is to take the place of a target that counts, the reason of the submission says why.
pub struct ProposeTargets(pub Vec<TargetText>);

impl Command for ProposeTargets {
    type Answer = Vec<TargetId>;
    const ACTION: Action = Action::PlanQuality;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<Vec<TargetId>>, Failure> {
        bounded(self.0.len())?;
        let (mut targets, mut replaced): (Vec<TargetBody>, Vec<i64>) = (Vec::new(), Vec::new());
        let mut changes = false;
        for text in &self.0 {
            let body = text.checked(ctx)?;
            if targets.iter().any(|t| (t.system, t.lot) == (body.system, body.lot)) {
                return refuse("quality-twice");
            }
            changes |= ctx.quality.target(text.system, text.lot).is_some();
            let same = |t: &&Target| (t.system, t.lot) == (text.system, text.lot);
            replaced.extend(ctx.quality.proposed_targets().iter().filter(same).map(|t| t.id.0));
            targets.push(body);
        }
        let cause = cause(ctx, changes)?;
        let ids = (0..targets.len()).map(|place| TargetsProposed::target(ctx.event(), place)).collect();
        Ok(Decision::event(TargetsProposed { targets, cause, replaced }, ids))
    }
}

/// Why something that counts is to be changed; nothing need be said of what is new.
pub(super) fn cause(ctx: &Ctx, changes: bool) -> Result<String, Failure> {
    if changes || ctx.why.is_some() { ctx.reason("quality-needs-reason") } else { Ok(String::new()) }
}

/// Refuses who proposed it: two persons decide. What was proposed at the machine's console was proposed by somebody else.
pub(super) fn another(ctx: &Ctx, by: (i64, i64)) -> Result<(), Failure> {
    match Actor::from_code(by.0, by.1) {
        Some(proposer) if proposer == ctx.actor => refuse("quality-same-person"),
        _ => Ok(()),
    }
}

/// Approve targets that somebody else proposed.
pub struct ApproveTargets {
    /// The targets, each with the version that was on display.
    pub targets: Vec<(TargetId, i64)>,
    /// The signature.
    pub signed: Signed,
}

impl Command for ApproveTargets {
    type Answer = ();
    const ACTION: Action = Action::ApproveTargets;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        bounded(self.targets.len())?;
        let (mut targets, mut replaced) = (Vec::<SignedTarget>::new(), Vec::new());
        for (id, shown) in self.targets {
            let Some(row) = views::target_row(read, id)? else { return refuse("quality-proposal-unknown") };
            versions::unchanged(read, shown, row.version)?;
            if row.state != ProposalState::Proposed {
                return refuse("quality-proposal-unknown");
            }
            another(ctx, (row.proposer_kind, row.proposer))?;
            let proposed = id.0 / titer_store::PLACES;
            if ctx.given().row::<TargetRow>(read, id, [proposed])?.as_ref() != Some(&row) {
                return refuse("quality-not-as-journalled");
            }
            replaced.extend(ctx.quality.target(row.system, row.lot).map(|t| t.id.0));
            targets.push(SignedTarget { target: id.0, body: body(&known::target(row)?) });
        }
        let signature = (&self.signed.signature("approved")).into();
        Ok(Decision::event(TargetsApproved { targets, replaced, signature }, ()))
    }
}

fn body(target: &Target) -> TargetBody {
    TargetBody {
        system: target.system.0,
        lot: target.lot.0,
        mean: target.mean.clone(),
        sd: target.sd.clone(),
        expected: target.expected.clone(),
        basis: target.basis.code().to_owned(),
        source: target.source.clone(),
    }
}
