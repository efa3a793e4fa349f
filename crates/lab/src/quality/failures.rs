//! Failures and stops. A failure is reopened by naming its cause and what was done, and then by a control that passes; mere repetition
//! reopens nothing.

use titer_store::Read;

use super::{
    Cause, ControlState, Correction, PlanKind,
    events::{ActionNamed, Released, Stopped},
};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, refuse, systems::SystemId, text};

/// A test system whose controls are kept here, and whether a level stands so.
fn stands(ctx: &Ctx, id: SystemId, state: ControlState) -> Result<bool, Failure> {
    let found = ctx.systems.all().iter().find(|s| s.id == id && s.is_live());
    let Some(system) = found else { return refuse("systems-unknown") };
    if ctx.quality.plan(id).is_none_or(|plan| plan.kind == PlanKind::Elsewhere) {
        return refuse("quality-no-plan");
    }
    Ok(ctx.quality.levels(system, ctx.at).iter().any(|level| level.state == state))
}

/// Name cause and action of a failure. The next control that passes then reopens release.
pub struct NameFailureAction {
    /// The test system.
    pub system: SystemId,
    /// A code of [`Cause`].
    pub cause: String,
    /// A code of [`Correction`].
    pub action: String,
    /// What was found and done.
    pub text: String,
}

impl Command for NameFailureAction {
    type Answer = ();
    const ACTION: Action = Action::ActOnFailures;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        // A person's stop covers a failure, which may be mended meanwhile.
        let failing = stands(ctx, self.system, ControlState::Failing)?;
        if !failing && !stands(ctx, self.system, ControlState::Stopped)? {
            return refuse("quality-not-failing");
        }
        if Cause::from_code(&self.cause).is_none() {
            return Err(Refusal::new("quality-cause-unknown").with("cause", &self.cause).into());
        }
        if Correction::from_code(&self.action).is_none() {
            return Err(Refusal::new("quality-action-unknown").with("action", &self.action).into());
        }
        let text = text::required(&self.text, "action")?;
        Ok(Decision::event(ActionNamed { system: self.system.0, cause: self.cause, action: self.action, text }, ()))
    }
}

/// Stop a test system: none of its results is released. The reason is that of the submission.
pub struct StopSystem {
    /// The test system.
    pub system: SystemId,
}

impl Command for StopSystem {
    type Answer = ();
    const ACTION: Action = Action::ActOnFailures;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if stands(ctx, self.system, ControlState::Stopped)? {
            return refuse("quality-stopped");
        }
        let why = ctx.reason("quality-needs-reason")?;
        Ok(Decision::event(Stopped { system: self.system.0, why }, ()))
    }
}

/// Take a stop back. Results are released again when a control has passed since the stop. The reason is that of the submission.
pub struct ReleaseSystem {
    /// The test system.
    pub system: SystemId,
}

impl Command for ReleaseSystem {
    type Answer = ();
    const ACTION: Action = Action::ActOnFailures;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if !stands(ctx, self.system, ControlState::Stopped)? {
            return refuse("quality-not-stopped");
        }
        let why = ctx.reason("quality-needs-reason")?;
        Ok(Decision::event(Released { system: self.system.0, why }, ()))
    }
}
