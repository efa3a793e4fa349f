//! Quality control: whether a test system is in the state in which its results may be released.
//!
//! A *control material* has levels. A *control lot* is of one material and one level, and its barcodes identify its vials: the register.
//! A *target* says what one test system should find in a lot. A *control plan* says which levels a test system measures, how often, and
//! by which rules they are judged; or that its controls are kept elsewhere. The *control results* of one test system that were measured
//! together are a *control run*. From all runs of a level, from what was done to its instrument and from what people decided follows the
//! *state* of the level at any time, by the time of measurement. The gate reads that state from memory.
//!
//! A failure is reopened by naming cause and action, and by a control that passes afterwards. Nobody overrides it.

mod board;
pub mod commands;
pub mod controls;
mod events;
pub(crate) mod face;
pub mod failures;
mod floor;
mod gate;
mod judging;
mod known;
pub mod plans;
mod tables;
pub mod targets;
#[cfg(test)]
mod tests;
pub mod views;

pub use events::{BrokenRule, LevelOutcome, MarkedPoint, PlanBody, PlanLevel};
pub use floor::{FLOORS, Floor};
pub use gate::is_of_control;
pub(crate) use gate::refusal;
pub use known::{Lot, Material, Plan, Quality, Target};

use titer_store::{EventType, Part};

crate::ids! {
    /// A control material.
    MaterialId,
    /// A lot of one level of a control material.
    LotId,
    /// What a test system should find in a lot.
    TargetId,
    /// A control plan.
    PlanId,
    /// Controls of one test system that were measured together.
    RunId,
    /// A control result.
    ControlId,
}

crate::codes! {
    /// Where the controls of a test system are kept.
    pub enum PlanKind says "quality-plan" {
        /// Here.
        Here = "here",
        /// Elsewhere: nothing is held for it, and nothing is ever released by a rule.
        Elsewhere = "elsewhere",
    }

    /// How far a target or a plan is.
    pub enum ProposalState says "quality-proposal" {
        /// A second person has not approved it.
        Proposed = "proposed",
        /// It counts.
        InForce = "in-force",
        /// Another took its place.
        Replaced = "replaced",
    }

    /// Where a target comes from.
    pub enum Basis says "quality-basis" {
        /// The maker's sheet, or a peer group.
        Assigned = "assigned",
        /// The laboratory's own first values of the lot.
        Provisional = "provisional",
        /// The lot's own mean, with the CV of earlier lots.
        Carried = "carried",
        /// The laboratory's own values over months.
        Cumulative = "cumulative",
    }

    /// Why a control was not judged. It is never a pass.
    pub enum Unjudged says "quality-unjudged" {
        /// No target of this test system and lot is in force.
        NoTarget = "no-target",
        /// The value is no number, no titre, no answer.
        NoNumber = "no-number",
        /// The lot had expired.
        LotExpired = "lot-expired",
        /// The lot was closed.
        LotClosed = "lot-closed",
    }

    /// How a level, or a test system, stands.
    pub enum ControlState says "quality-state" {
        /// A control passed, and the next is not due yet.
        Passing = "passing",
        /// The next control was due and was not measured.
        Expired = "expired",
        /// No control passed yet, or none since something ended the passing state.
        Missing = "missing",
        /// A control failed.
        Failing = "failing",
        /// A person stopped the test system.
        Stopped = "stopped",
    }

    /// What made a control fail.
    pub enum Cause says "quality-cause" {
        /// The reagent.
        Reagent = "reagent",
        /// The calibration.
        Calibration = "calibration",
        /// The control material itself.
        Material = "material",
        /// The instrument.
        Instrument = "instrument",
        /// How it was done.
        Handling = "handling",
        /// Nobody found out.
        Unknown = "unknown",
    }

    /// What was done about a failure.
    pub enum Correction says "quality-correction" {
        /// It was calibrated.
        Calibrated = "calibrated",
        /// The reagent was replaced.
        ReagentReplaced = "reagent-replaced",
        /// Another vial of control was taken.
        ControlReplaced = "control-replaced",
        /// The instrument was cleaned, serviced or repaired.
        Maintained = "maintained",
        /// What the text says.
        Other = "other",
    }

    /// What people decided about a test system.
    pub enum Decided says "quality-decided" {
        /// Cause and action of a failure were named.
        ActionNamed = "action-named",
        /// It was stopped.
        Stopped = "stopped",
        /// The stop was taken back.
        Released = "released",
    }
}

crate::actions::actions! {
    /// See controls, plans and states.
    SeeQuality = "see-quality" for [Administrator, Director, Supervisor, Technician];
    /// Add control materials and lots, propose targets and control plans.
    PlanQuality = "plan-quality" for [Director, Supervisor] and [Console];
    /// Approve targets that somebody else proposed.
    ApproveTargets = "approve-targets" for [Director, Supervisor];
    /// Sign control plans that somebody else proposed.
    SignPlans = "sign-plans" for [Director];
    /// Record what controls came to.
    RecordControls = "record-controls" for [Director, Supervisor, Technician] and [Link];
    /// Name cause and action of a failure; stop a test system, take the stop back.
    ActOnFailures = "act-on-failures" for [Director, Supervisor, Technician];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[
        &tables::HEAD,
        &tables::MATERIALS,
        &tables::LOTS,
        &tables::TARGETS,
        &tables::PLANS,
        &tables::SYSTEMS,
        &tables::RUNS,
        &tables::CONTROLS,
        &tables::DECISIONS,
        &tables::ENDINGS,
    ],
    events: &[
        EventType::of::<events::MaterialAdded>(),
        EventType::of::<events::LotOpened>(),
        EventType::of::<events::LotRegistered>(),
        EventType::of::<events::LotClosed>(),
        EventType::of::<events::TargetsProposed>(),
        EventType::of::<events::TargetsApproved>(),
        EventType::of::<events::PlansProposed>(),
        EventType::of::<events::PlansSigned>(),
        EventType::of::<events::ControlsMeasured>(),
        EventType::of::<events::ActionNamed>(),
        EventType::of::<events::Stopped>(),
        EventType::of::<events::Released>(),
    ],
};
