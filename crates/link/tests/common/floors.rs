//! The floors of the rooms of `link`. All of them lie above those of `lab`.
#![allow(dead_code, missing_docs)]

use crate::floors::{Room, room};

/// The rooms of `link`, the lowest first.
pub fn link() -> Vec<Room> {
    vec![
        room("link/src/links", &titer_link::links::PART),
        room("link/src/inbox", &titer_link::inbox::PART),
        room("link/src/orders", &titer_link::orders::PART),
    ]
}
