//! The simulated hospital, tested as its users see it.

// What these tests set up has to work, or the test fails here.
#![allow(clippy::unwrap_used)]

mod analyzer;
mod devices;
mod faults;
mod host;
mod load;
mod orders;
mod people;
mod physiology;
mod play;
