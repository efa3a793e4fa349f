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
//! - [`worker`]: what follows by itself. [`day`]: the order of a day. [`invariants`]: what must be so, each a function with a name and a sentence.
//!
//! # What is found
//!
//! A harness is worth what it notices. Each of these guards was switched off by an edit of one line, which was taken back, and the days
//! were lived from seed 1. The invariant is the one that failed first:
//!
//! | guard that was switched off | where | invariant | day |
//! |---|---|---|---|
//! | control material is no patient's | `link/filing.rs`, `unfit` | no control lands on a patient | 1 |
//! | the stated patient is compared | `link/filing/patient.rs` | no blood of another without a hold | 1 |
//! | the same bytes are one message | `link/filing.rs`, `taken` | what comes again is kept once | 1 |
//! | a result without a time is held | `link/filing.rs`, `measured_at` | what the analyzer doubts is held | 2 |
//! | the gate of test systems | `lab/results/judge.rs` | no system out of use lets a result pass | 1 |
//! | a value is critical | `lab/results/judge.rs` | what kills is marked | 1 |
//! | values against a result are kept | `lab/results/record.rs` | what contradicts a verified result opens it | 1 |
//! | the version that was shown is signed | `lab/results/signing.rs` | a signature for what was not shown | 1 |
//! | who signs gave the password | `lab/accounts/sessions.rs` | a signature with the password of another | 1 |
//! | who acts has the role | `lab/command.rs` | a signature of somebody who may not | 1 |
//! | what is calculated follows its inputs | `lab/results/calculated/commands.rs` | what can be calculated is | 1 |
//! | a corrected patient is calculated anew | `lab/ways/correct.rs` | calculated results agree with their inputs | 1 |
//! | a report holds all that is verified | `lab/reports/outcome.rs` | the last report says what was signed | 1 |
//! | what is calculated is put aside with its input | `lab/results/signing.rs` | nothing calculated outlives its inputs | 1 |
//! | inputs are verified first | `lab/results/calculated/commands.rs` | nothing calculated is verified before its inputs | 1 |
//!
//! One was not noticed in the two days that were lived with it: without the comparison of a measurement with the results of its tube (`Standing::Same`), a message that
//! a person reads again is caught by the layers beside it.

pub mod bench;
pub mod clinic;
pub mod crash;
pub mod day;
pub mod fault;
pub mod invariants;
pub mod laboratory;
pub mod staff;
pub mod truth;
pub mod worker;

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
