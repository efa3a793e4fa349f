//! The laboratory: rooms of commands, events, tables and views. It does no I/O but through the store.
//!
//! Every room is a folder with the same furniture: `commands.rs` (what may be asked), `events.rs` (what happened, and its
//! projection), `tables.rs`, `views.rs` (queries), `tests.rs`. Rooms have floors: a room reads those below it through their views,
//! and its SQL may join their tables. It says something to a room above it in one place only, that room's `face.rs`, which its
//! projections call. What takes commands of several rooms stands above them all, in `ways`.

pub mod accounts;
pub mod actions;
pub mod calculations;
pub mod catalog;
pub mod command;
pub mod comments;
mod counted;
pub mod drafts;
pub mod entered;
pub mod forms;
pub mod instruments;
pub mod jobs;
mod laboratory;
pub mod leases;
pub mod named;
pub mod orders;
pub mod patients;
pub mod people;
pub mod quality;
pub mod reflex;
pub mod reports;
pub mod results;
pub mod signature;
pub mod sites;
pub mod specimens;
pub mod stories;
pub mod systems;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod testing;
pub mod text;
pub mod versions;
pub mod ways;
pub mod work;

pub use actions::{Action, Role};
pub use calculations::Calculations;
pub use catalog::Catalog;
pub use command::{Command, Ctx, Decision, Failure, Refusal, Tx, refuse};
pub use comments::Comments;
pub use counted::Counted;
pub use laboratory::{HOUSE, InForce, LABORATORY, Laboratory};
pub use quality::Quality;
pub use reflex::Reflexes;
pub use systems::Systems;
pub use titer_store::{Actor, Event, Header, Part, Timestamp};

macro_rules! rooms {
    ($($room:ident),+ $(,)?) => {
        /// The names of the rooms that have tables or events, the lowest floor first.
        pub static ROOMS: &[&str] = &[$(stringify!($room)),+];
        /// What each of [`ROOMS`] contributes to the schema.
        pub static PARTS: &[Part] = &[$($room::PART),+];
    };
}

// A room uses only what stands before it. `leases` and `jobs` stand at the bottom, `ways` above all.
rooms![
    stories,
    accounts,
    drafts,
    forms,
    people,
    sites,
    instruments,
    catalog,
    systems,
    calculations,
    comments,
    reflex,
    patients,
    orders,
    specimens,
    quality,
    results,
    reports,
    work
];

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
        impl $crate::reexport::ColumnType for $name {
            const TYPE: $crate::reexport::Type = $crate::reexport::Type::BigInt;
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

/// A closed set of codes, as the journal, the tables and the word files name them. A code that the program does not know is read
/// from a table as damage, never as one of the others. `enum NoteKind says "instruments-note" { … }` gives each code the key of its
/// words (`instruments-note-calibrated`): a test asks for them.
#[macro_export]
macro_rules! codes {
    (@words $name:ident [] $($code:tt)+) => {};
    (@words $name:ident [$says:literal] $($variant:ident = $code:literal)+) => {
        impl $name {
            /// The key of its words.
            pub const fn key(self) -> &'static str {
                match self { $($name::$variant => concat!($says, "-", $code)),+ }
            }
        }
        $crate::reexport::inventory::submit! { $crate::CodeKeys(&[$(concat!($says, "-", $code)),+]) }
    };
    ($($(#[$meta:meta])* $vis:vis enum $name:ident $(says $says:literal)? {
        $($(#[$each:meta])* $variant:ident = $code:literal),+ $(,)?
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis enum $name { $($(#[$each])* $variant),+ }

        impl $name {
            /// All of them, in the order in which they are declared.
            $vis const ALL: &'static [$name] = &[$($name::$variant),+];

            /// Its code.
            $vis const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            /// The one with this code.
            $vis fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }
        impl From<$name> for $crate::reexport::Value {
            fn from(it: $name) -> Self { $crate::reexport::Value::Text(it.code().to_owned()) }
        }
        impl $crate::reexport::FromValue for $name {
            fn from_value(value: $crate::reexport::Value) -> Option<Self> {
                <String as $crate::reexport::FromValue>::from_value(value).and_then(|code| $name::from_code(&code))
            }
        }
        impl $crate::reexport::ColumnType for $name {
            const TYPE: $crate::reexport::Type = $crate::reexport::Type::Text;
        }
        $crate::codes!(@words $name [$($says)?] $($variant = $code)+);
    )+};
}

/// The keys of the words of one set of codes, as [`codes!`] registers them.
pub struct CodeKeys(#[doc(hidden)] pub &'static [&'static str]);
titer_store::inventory::collect!(CodeKeys);

impl CodeKeys {
    /// The keys of all registered codes, in no order.
    pub fn all() -> impl Iterator<Item = &'static str> {
        titer_store::inventory::iter::<CodeKeys>.into_iter().flat_map(|keys| keys.0.iter().copied())
    }
}

extern crate self as titer_lab;

/// What the macros of this crate name.
#[doc(hidden)]
pub mod reexport {
    pub use serde::{self, Deserialize, Serialize};
    pub use titer_store::{ColumnType, FromValue, Type, Value, inventory};
}
