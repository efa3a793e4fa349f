//! What a laboratory knows about numbers: how a reported result is read, whose interval applies to whom, and how a result stands
//! against its limits.
//!
//! Pure functions: no I/O, no clock, no randomness but from a seed that is an argument, no panics. What cannot be known for certain is answered as such
//! (`None`, [`Choice::Ambiguous`], [`Reported::Text`]): unknown is never normal, and nothing is guessed.

pub mod autoverification;
pub mod calculated;
pub mod delta;
pub mod eqa;
pub mod identity;
pub mod interference;
pub mod patient_qc;
pub mod qc;
pub mod rounding;
pub mod statistics;
pub mod units;

mod age;
mod circumstances;
mod interval;
mod limits;
mod measuring;
mod reported;

pub use age::{AgeBound, AgeError, Birth, reached, years};
pub use circumstances::{
    Circumstances, Conditions, GestationError, GestationalAge, Pregnancy, PregnancyRange, choose_in,
};
pub use interval::{Choice, Interval, Sex, Subject, choose};
pub use limits::{Critical, CriticalLimit, Flag, critical, flag};
pub use measuring::MeasuringRange;
pub use reported::{Comparator, Comparator as Op, Reported};
pub use statistics::Unfit;
