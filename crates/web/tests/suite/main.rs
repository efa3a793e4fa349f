//! The tests of the service and its pages: one program, because every program of tests is linked anew with SQLite.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../examples/gallery/samples.rs"]
mod samples;

mod administration;
mod answers;
mod anything;
mod approval;
mod bench;
mod board;
mod calculations;
mod comments;
mod corrections;
mod disputed;
mod doors;
mod drafts;
mod entered;
mod entries;
mod forms;
mod instruments;
mod labels;
mod late;
mod leads;
mod live;
mod mappings;
mod messages;
mod numbers;
mod once;
mod orders;
mod pages;
mod patients;
mod permissions;
mod printed;
mod proposals;
mod quality;
mod quality_plans;
mod reflex;
mod review;
mod sections;
mod service;
mod stamps;
mod statements;
mod steps;
mod strip;
mod systems;
mod units;
mod uploads;
mod words;
