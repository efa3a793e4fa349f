//! The tests of the service and its pages: one program, because every program of tests is linked anew with SQLite.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../examples/gallery/samples.rs"]
mod samples;

mod administration;
mod board;
mod live;
mod mappings;
mod messages;
mod orders;
mod pages;
mod permissions;
mod review;
mod sections;
mod service;
mod statements;
mod words;
