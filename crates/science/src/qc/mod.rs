//! Internal quality control: is the test system in the state in which its results may be released?
//!
//! A control result becomes a z by the [`Target`] of its material and lot ([`Control`]); the controls of one QC event go together to a
//! [`Judge`], which remembers the earlier ones and answers with a [`Verdict`]. Targets are established from a chart ([`target`]);
//! which rules are enough follows from sigma ([`sigma_rules`]), from what the rules detect ([`Power`], [`simulate`]), and from how many
//! patients' results may go out unreliable ([`worst`], [`run_size`]).
//!
//! Control results are judged unrounded. What cannot be judged is never a pass.

mod control;
mod judge;
mod power;
mod rules;
mod run_size;
mod sigma;
mod simulation;
mod state;
mod targets;

pub use control::{Basis, Control, Lot, NoZ, Target};
pub use judge::{
    Broken, CONTROLS_MAX, EventError, History, Judge, Missing, Outcome, Point, Reset, ResumeError, Verdict,
};
pub use power::{Power, PowerError};
pub use rules::{Action, LEVELS_MAX, Replicates, Resets, Rule, RuleSet, RuleSetError, RuleUse, Scope, UnknownRule};
pub use run_size::{Unreliable, Worst, run_size, unreliable, worst};
pub use sigma::{Allowable, Performance, Strategy, sigma_rules};
pub use simulation::{RunLengths, Simulation, SimulationError, simulate, simulate_worst};
pub use state::{Bracket, Ended, Happening, Occurrence, Standing, Timeline};
pub use targets::{Cause, Charted, Enough, NoTarget, TargetPolicy, historical_cv, statistics, target};
