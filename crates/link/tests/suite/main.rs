//! The tests of the links: one program, because every program of tests is linked anew with SQLite.
//!
//! Only what replaces the disk of its process stands beside it.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../common/analyzer.rs"]
mod analyzer;
#[path = "../common/mod.rs"]
mod common;
#[path = "../../../lab/tests/common/floors.rs"]
mod floors;
#[path = "../common/floors.rs"]
mod link_floors;
#[path = "../../../store/tests/common/plans.rs"]
mod plan_faults;
#[path = "../../../store/tests/common/postgres.rs"]
mod postgres;
#[path = "../common/tables.rs"]
mod tables;
#[path = "../../../lab/tests/common/tenancy.rs"]
mod tenancy;

mod bad_input;
mod c111;
mod contradictions;
mod controls;
mod day;
mod dialect;
mod dialect_filing;
mod dialect_format;
mod dialect_orders;
mod events;
mod filing;
mod follow;
mod gateway;
mod instruments;
mod meaning;
mod not_done;
mod operate;
mod operating;
mod plans;
mod profiles;
mod refusals;
mod rules;
mod shapes;
mod survival;
mod tls;
mod trial;
mod upgrade;
mod worklists;
