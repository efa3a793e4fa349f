//! Live connections of the laboratory: analyzers and, in time, clinical systems.
//!
//! A link owns the socket and the timers; `titer-wire` reads and writes the bytes. A complete message becomes one submission: the
//! message as received and every event that follows from it commit together, and only then is the message acknowledged. A message
//! that cannot be understood is kept and shown. It can be read again after the mapping is corrected.

mod arrivals;
mod astm;
pub mod board;
pub mod dialect;
pub mod filing;
pub mod follow;
pub mod inbox;
mod line;
pub mod links;
pub mod memory;
mod operate;
pub mod recorder;
pub mod replay;
pub mod silence;
pub mod sockets;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod testing;
mod tls;
pub mod trial;
pub mod worklists;

#[cfg(test)]
extern crate self as titer_link;

pub use board::{Board, Standing, Status};
pub use dialect::Dialect;
pub use follow::follow;
pub use operate::operate;
pub use silence::Silence;

use std::sync::Arc;

use titer_store::{Part, Schema};

/// What this crate's rooms contribute.
pub static PARTS: &[Part] = &[links::PART, inbox::PART, worklists::PART];

/// The version of the whole schema: raise it with every release that changes a table or adds an event.
pub const SCHEMA_VERSION: i64 = 1;

/// The tables and events of the laboratory and its links.
pub fn schema() -> Arc<Schema> {
    let parts: Vec<Part> = titer_lab::PARTS.iter().chain(PARTS).copied().collect();
    Arc::new(Schema::new(SCHEMA_VERSION, &parts))
}
