//! The tests of the laboratory as a whole: one program, because every program of tests is linked anew with SQLite.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../common/floors.rs"]
mod floors;
#[path = "../../../store/tests/common/plans.rs"]
mod plan_faults;
#[path = "../common/tenancy.rs"]
mod tenancy;

mod plans;
mod refusals;
