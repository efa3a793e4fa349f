//! Simulated days: a laboratory with its people, instruments and faults, from a seed. It runs in process, on a real store, by a clock that
//! the harness moves; results come as the bytes that the simulated analyzers write. For tests only: no other crate uses it.
//!
//! ```text
//! cargo run -p titer-days -- --seed 7 --days 10
//! ```
//!
//! The same seed gives the same days. A failure names the invariant, and prints the command that shows it again.
//!
//! - [`truth`]: what the harness alone knows: whose blood is in a tube, what an analyzer was told is kept, who signed what, when a
//!   calibration was off.
//! - [`laboratory`]: the store, the clock, the staff, the links. [`crash`]: the program ends in the middle of a commit.
//! - [`bench`](mod@bench): analyzers, their controls, their [`fault`]s. [`clinic`]: who orders. [`staff`]: who reviews and decides.
//! - [`day`]: the order of a day. [`invariants`]: what must be so, each a function with a name and a sentence.
//!
//! # What is found
//!
//! A harness is worth what it notices. Each of these guards was switched off by an edit of one line, which was taken back, and the days
//! were run from seed 1:
//!
//! MUTATIONS

pub mod bench;
pub mod clinic;
pub mod crash;
pub mod day;
pub mod fault;
pub mod invariants;
pub mod laboratory;
pub mod staff;
pub mod truth;

use titer_lab::Failure;
use titer_store::StoreError;

/// What is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

/// What came of a step.
pub type Kept<T = ()> = Result<T, Broken>;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Broken(failure.to_string())
    }
}

impl From<StoreError> for Broken {
    fn from(e: StoreError) -> Self {
        Broken(e.to_string())
    }
}

impl From<std::io::Error> for Broken {
    fn from(e: std::io::Error) -> Self {
        Broken(e.to_string())
    }
}

/// Breaks with these words.
pub fn broken<T>(words: impl Into<String>) -> Kept<T> {
    Err(Broken(words.into()))
}

/// Holds, or breaks with these words.
pub fn holds(so: bool, words: impl FnOnce() -> String) -> Kept {
    if so { Ok(()) } else { broken(words()) }
}
