//! What a noun registers: one row says where its pages are, who may see them, by which keys one goes there, what they show live and
//! what waits there. Navigation, counts and live updates follow from it.

use titer_lab::{Action, Counted, Failure};
use titer_store::Read;

use crate::address::Address;

/// One entry of the navigation, with all that follows from it. Written by [`crate::sections!`].
pub struct Section {
    /// The key of its name.
    pub key: &'static str,
    /// Where it begins.
    pub address: Address,
    /// The keys that lead there from any page.
    pub keys: &'static str,
    /// What it takes to see it.
    pub takes: Action,
    /// The rooms whose events change its pages, as `data-live` names them.
    pub topics: &'static [&'static str],
    /// What waits there.
    pub counts: Option<Counts>,
}

/// Counts what waits in a section.
pub type Counts = fn(&mut dyn Read) -> Result<Count, Failure>;

/// What waits in a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many things.
    pub all: Counted,
    /// How many of them are critical.
    pub critical: Counted,
    /// How many of the others are held.
    pub held: Counted,
}

impl PartialEq for Section {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// Declares sections, each a row, and the list `SECTIONS` of all of them in the order of the navigation.
#[macro_export]
macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $value:expr),* $(,)? })*) => {
        $($(#[$doc])* pub static $name: $crate::section::Section = $crate::section::Section { $($field: $value),* };)*
        /// All of them, in the order of the navigation.
        pub static SECTIONS: &[&$crate::section::Section] = &[$(&$name),*];
    };
}
