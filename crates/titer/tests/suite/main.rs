//! The tests of the program and of the house rules: one program, because every program of tests is linked anew.
#![allow(clippy::unwrap_used)]

mod licences;
mod simulators;
mod tidy;
