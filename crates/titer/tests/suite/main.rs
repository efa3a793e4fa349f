//! The tests of the program and of the house rules: one program, because every program of tests is linked anew.
#![allow(clippy::unwrap_used)]

#[path = "../../../lab/tests/common/floors.rs"]
mod floors;
#[path = "../../../link/tests/common/floors.rs"]
mod link_floors;

#[cfg(unix)]
#[path = "../../../store/tests/common/postgres.rs"]
mod postgres;

#[cfg(unix)]
mod doors;
#[cfg(unix)]
mod fonts;
mod journal;
#[cfg(unix)]
mod links;
#[cfg(unix)]
mod restore;
mod simulators;
mod tidy;
mod tube_numbers;
mod units;
