//! The laboratory: rooms of commands, events, tables and views. It does no I/O but through the store.
//!
//! Every room is a folder with the same furniture: `commands.rs` (what may be asked), `events.rs` (what happened, and its
//! projection), `tables.rs`, `views.rs` (queries), `tests.rs`. A room reads another only through its views and changes it only
//! through its commands.

pub mod accounts;
pub mod actions;
pub mod catalog;
pub mod command;
pub mod jobs;
mod laboratory;
pub mod leases;
pub mod orders;
pub mod patients;
pub mod people;
pub mod reports;
pub mod results;
pub mod sites;
pub mod specimens;
pub mod stories;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod testing;
pub mod text;

pub use actions::{Action, Role};
pub use catalog::Catalog;
pub use command::{Command, Ctx, Decision, Failure, Refusal, Tx, refuse};
pub use laboratory::{HOUSE, LABORATORY, Laboratory, PARTS};
pub use titer_store::{Actor, Event, Header, Timestamp};

/// An entity's id, `event number × 1024 + place`: one newtype for each entity.
#[macro_export]
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, $crate::reexport::Serialize, $crate::reexport::Deserialize)]
        #[serde(transparent, crate = "titer_lab::reexport::serde")]
        pub struct $name(pub i64);

        impl From<$name> for $crate::reexport::Value {
            fn from(id: $name) -> Self { $crate::reexport::Value::Int(id.0) }
        }
        impl $crate::reexport::FromValue for $name {
            fn from_value(value: $crate::reexport::Value) -> Option<Self> {
                <i64 as $crate::reexport::FromValue>::from_value(value).map($name)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> { s.parse().map($name) }
        }
    )*};
}

extern crate self as titer_lab;

/// What the macros of this crate name.
#[doc(hidden)]
pub mod reexport {
    pub use serde::{self, Deserialize, Serialize};
    pub use titer_store::{FromValue, Value};
}
