//! The tests of the science: one program, because every program of tests is linked anew.
#![allow(clippy::unwrap_used)]

#[path = "autoverification/laboratory.rs"]
mod laboratory;

mod age;
mod autoverification_conditions;
mod autoverification_gates;
mod autoverification_properties;
mod autoverification_reflex;
mod autoverification_replay;
mod autoverification_rule_sets;
mod calculated;
mod circumstances;
mod delta;
mod eqa;
mod identity;
mod interference;
mod interval;
mod limits;
mod measuring;
mod patient_qc_box_cox;
mod patient_qc_detector;
mod patient_qc_optimise;
mod qc_judge;
mod qc_power;
mod qc_rules;
mod qc_run_size;
mod qc_sigma;
mod qc_state;
mod qc_support;
mod qc_targets;
mod reported;
mod rounding;
mod statistics;
mod unit_limits;
mod units;
