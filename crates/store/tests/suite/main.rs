//! The tests of the store: one program, because every program of tests is linked anew with SQLite.
//!
//! Beside it stand `disk`, which replaces the disk of its process, and `plans` and `postgres`, which look at every statement that is
//! registered in theirs.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[cfg(unix)]
#[path = "../common/dump.rs"]
mod dump;
#[path = "../common/postgres.rs"]
mod postgres;

mod concurrency;
mod damage;
#[cfg(unix)]
mod damaged_journal;
mod differential;
mod event_files;
mod journal;
mod migration;
#[cfg(unix)]
mod private;
mod proof;
#[cfg(unix)]
mod random_damage;
#[cfg(unix)]
mod read_only;
#[cfg(unix)]
mod restore;
mod rows;
