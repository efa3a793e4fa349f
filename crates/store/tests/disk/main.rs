//! The store on a disk that is recorded, that refuses, and that loses power.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/power_vfs.rs"]
mod power_vfs;

mod power;
mod sync_before_answer;
mod trouble;
mod upgrade;
