//! Live connections of the laboratory: analyzers and, in time, clinical systems.
//!
//! A link owns the socket and the timers; `titer-wire` reads and writes the bytes. A complete message becomes one submission: the
//! message as it came and every event that follows from it commit together, and only then is the sender told that it was taken.
//! What cannot be understood is kept, shown, and can be replayed once the mapping is mended.

mod astm;
pub mod board;
pub mod dialect;
pub mod filing;
pub mod follow;
pub mod habits;
pub mod inbox;
mod line;
pub mod links;
mod operate;
pub mod orders;
pub mod recorder;
pub mod replay;
pub mod sockets;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod testing;
mod tls;
pub mod trial;

#[cfg(test)]
extern crate self as titer_link;

pub use board::{Board, Standing, Status};
pub use dialect::Dialect;
pub use follow::follow;
pub use habits::Silence;
pub use operate::operate;

use std::sync::Arc;

use titer_store::{Part, Schema};

/// What this crate's rooms contribute.
pub static PARTS: &[Part] = &[links::PART, inbox::PART, orders::PART];

/// The version of the whole schema: raise it with every release that changes a table or adds an event.
pub const SCHEMA_VERSION: i64 = 1;

/// The tables and events of the laboratory and its links.
#[must_use]
pub fn schema() -> Arc<Schema> {
    let parts: Vec<Part> = titer_lab::PARTS.iter().chain(PARTS).copied().collect();
    Arc::new(Schema::new(SCHEMA_VERSION, &parts))
}
