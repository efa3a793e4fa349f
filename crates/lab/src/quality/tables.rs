//! Tables of quality control.

use titer_store::{Timestamp, table};

use super::{ControlId, Decided, LotId, MaterialId, PlanId, ProposalState, RunId, TargetId};
use crate::{
    catalog::AnalyteId,
    instruments::{InstrumentId, NoteId},
    systems::SystemId,
};

/// The row of the head for materials, lots, targets and plans.
pub(super) const DEFINED: i64 = 1;
/// The row of the head for controls and decisions.
pub(super) const MEASURED: i64 = 2;
/// The row of the head for what was done to instruments.
pub(super) const ENDED: i64 = 3;

table! {
    /// Three rows, each the number of the last event that changed something of its sort.
    pub(crate) static HEAD = projected "quality_head";
    /// The version of what is remembered.
    pub(super) struct HeadRow {
        key id: i64,
        version: i64,
    }
}

table! {
    /// Control materials.
    pub(super) static MATERIALS = projected "control_materials";
    /// A control material.
    pub(super) struct MaterialRow {
        key id: MaterialId,
        name: String,
        maker: String,
        levels: i64,
    }
}

table! {
    /// Control lots. `expires` is the last day on which the lot may be used, `barcodes` are lines, `closed` is the reason why it was closed.
    pub(super) static LOTS = projected "control_lots";
    /// A lot of one level of a control material.
    pub(super) struct LotRow {
        key id: LotId,
        material: MaterialId,
        level: i64,
        number: String,
        expires: String,
        barcodes: String,
        opened_at: Timestamp,
        closed: Option<String>,
        closed_at: Option<Timestamp>,
        version: i64,
    }
}

table! {
    /// Targets. Of a number `mean` and `sd`, of anything else `expected`: codes of answers, separated by blanks, or a titre.
    pub(super) static TARGETS = projected "control_targets";
    /// A target.
    pub(super) struct TargetRow {
        key id: TargetId,
        system: SystemId,
        lot: LotId,
        mean: String,
        sd: String,
        expected: String,
        basis: String,
        source: String,
        cause: String,
        state: ProposalState,
        proposed_at: Timestamp,
        proposer_kind: i64,
        proposer: i64,
        approved_at: Option<Timestamp>,
        approved_by: Option<String>,
        version: i64,
    }
    index (state, id);
}

table! {
    /// Control plans. `body` is the plan as its event keeps it.
    pub(super) static PLANS = projected "control_plans";
    /// A control plan.
    pub(super) struct PlanRow {
        key id: PlanId,
        system: SystemId,
        kind: String,
        body: String,
        cause: String,
        state: ProposalState,
        proposed_at: Timestamp,
        proposer_kind: i64,
        proposer: i64,
        signed_at: Option<Timestamp>,
        signed_by: Option<String>,
        version: i64,
    }
    index (state, id);
}

table! {
    /// Test systems whose controls are kept here, with what is remembered of their controls. Nothing is known of the state before
    /// `known_from`; runs are remembered from `runs_from` on; those from `judged_from` on are judged again if a control comes late,
    /// from `history`, what the judge remembered before them.
    pub(super) static SYSTEMS = projected "control_systems";
    /// A test system.
    pub(super) struct SystemRow {
        key id: SystemId,
        plan: PlanId,
        known_from: Timestamp,
        runs_from: Timestamp,
        judged_from: Timestamp,
        history: Option<String>,
        version: i64,
    }
    index (version);
}

table! {
    /// Control runs, as they were judged last. `outcome`, `broken` and `levels` are as their event keeps them.
    pub(super) static RUNS = projected "control_runs";
    /// A control run.
    pub(super) struct RunRow {
        key id: RunId,
        system: SystemId,
        begun_at: Timestamp,
        plan: PlanId,
        outcome: String,
        broken: String,
        levels: String,
        version: i64,
    }
    index (system, begun_at, id);
}

table! {
    /// Control results. `z` is the distance from the mean in SDs, `passed` is said of what has no z.
    pub(super) static CONTROLS = projected "control_results";
    /// A control result.
    pub(super) struct ControlRow {
        key id: ControlId,
        system: SystemId,
        analyte: AnalyteId,
        run: RunId,
        lot: LotId,
        level: i64,
        value: String,
        measured_at: Timestamp,
        entered_at: Timestamp,
        actor_kind: i64,
        actor: i64,
        target: Option<TargetId>,
        z: Option<String>,
        passed: Option<bool>,
        unjudged: Option<String>,
        message: Option<i64>,
    }
    index (system, measured_at, id);
}

table! {
    /// What people decided about test systems.
    pub(super) static DECISIONS = projected "control_decisions";
    /// A decision. `code` is that of a cause, `action` that of a correction.
    pub(super) struct DecisionRow {
        key id: i64,
        system: SystemId,
        at: Timestamp,
        kind: Decided,
        code: String,
        action: String,
        text: String,
        actor_kind: i64,
        actor: i64,
    }
    index (system, at, id);
}

table! {
    /// Notes about instruments that end the passing state of their test systems. A struck note goes.
    pub(crate) static ENDINGS = projected "control_endings";
    /// What ends it. `kind` is a code of [`crate::instruments::NoteKind`].
    pub(super) struct EndingRow {
        key id: NoteId,
        instrument: InstrumentId,
        kind: String,
        at: Timestamp,
    }
    index (at, id);
}
