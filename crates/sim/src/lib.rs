//! A simulated hospital around a real laboratory: patients, their bodies, and the analyzers that measure them, which
//! speak the real protocols over real sockets. For demonstration, practice and measurement; never in a production
//! laboratory's way.
//!
//! Nobody here exists. Everything follows from a seed: randomness and time are arguments, and what is drawn for one
//! patient, tube or day does not depend on what was asked before.
//!
//! ```
//! use jiff::{Timestamp, civil::date};
//! use titer_sim::{people::People, physiology::{Analyte, Body}};
//!
//! let now: Timestamp = "2026-03-02T08:00:00Z".parse()?;
//! let patient = People::new(7, date(2026, 3, 2)).patient(12_345);
//! assert_eq!(patient.identifier, "MRN-0012345");
//!
//! let truth = Body::draw(7, &patient, now).truth(now);
//! println!("{} {}: {:.1} mmol/L", patient.given, patient.family, truth.of(Analyte::Potassium));
//! # Ok::<(), jiff::Error>(())
//! ```
//!
//! - [`people`] and [`physiology`]: who lies in the beds, and what is true of their blood and urine.
//! - [`devices`] and [`analyzer`]: an instrument, as what it measures and says, and as its connection to the host;
//!   [`fault`]: what may go wrong with it.
//! - [`play`] and [`load`]: a captured transfer played again, and many connections at once.

pub mod analyzer;
mod chance;
pub mod devices;
pub mod fault;
mod line;
pub mod load;
pub mod people;
pub mod physiology;
pub mod play;
