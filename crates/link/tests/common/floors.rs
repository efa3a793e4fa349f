//! The floors of the rooms and of the other modules of `link`. All of them lie above those of `lab`.
#![allow(dead_code, missing_docs)]

use crate::floors::{Room, room};

/// The rooms of `link` and what stands between and above them, the lowest first.
pub fn link() -> Vec<Room> {
    let module = |folder: &str| Room { folder: folder.to_owned(), tables: &[] };
    vec![
        module("link/src/silence"),
        module("link/src/dialect"),
        room("link/src/links", &titer_link::links::PART),
        module("link/src/tls"),
        room("link/src/inbox", &titer_link::inbox::PART),
        module("link/src/board"),
        module("link/src/arrivals"),
        module("link/src/recorder"),
        room("link/src/worklists", &titer_link::worklists::PART),
        module("link/src/filing"),
        module("link/src/line"),
        module("link/src/replay"),
        module("link/src/trial"),
        module("link/src/astm"),
        module("link/src/follow"),
        module("link/src/sockets"),
        module("link/src/operate"),
    ]
}
