//! Units by UCUM (2.2), and conversion between them.
//!
//! What was reported stays as it was sent; a conversion makes a second value beside it, which is exact wherever it has at most 24
//! digits. UCUM itself holds some units equal that a laboratory must not mix, and these are refused here:
//!
//! - a mole is a number in UCUM (6.02214076·10²³), so `mmol/L` would convert to `10*9/L`; here only an amount converts to an amount;
//! - an equivalent and an osmole each equal a mole in UCUM, though 1 mmol of Ca²⁺ is 2 meq: they convert to their own kind only;
//! - an arbitrary unit, such as `[IU]`, converts only to itself with another prefix or denominator (UCUM §24 and §25).
//!
//! Mass and amount of substance convert into each other only with the analyte's molar mass.

mod amount;
mod conversion;
mod limit;
mod print;
mod sent;

pub use conversion::{Conversion, Converted, reported_as};
pub use limit::{Toward, limit_in};
pub use print::in_print;
pub use sent::{Related, Unrelated, printed, relate};

use octofhir_ucum::{ErrorKind, UcumError};

/// Why units do not convert, or a text is not a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not a UCUM code in its case-sensitive form.
    #[error("\"{code}\" is not a UCUM unit: {why}")]
    NotUcum {
        /// The text.
        code: String,
        /// What is wrong with it.
        why: String,
    },
    /// Units of different kinds of quantity.
    #[error("{from} and {to} measure different kinds of quantity")]
    Incommensurable {
        /// The unit it is in.
        from: String,
        /// The unit wanted.
        to: String,
    },
    /// An arbitrary unit converts only to itself.
    #[error("{from} does not convert to {to}: an arbitrary unit converts only to itself")]
    Arbitrary {
        /// The unit it is in.
        from: String,
        /// The unit wanted.
        to: String,
    },
    /// Amounts, equivalents, osmoles and plain numbers, which UCUM alone would mix.
    #[error("{from} does not convert to {to}: moles, equivalents, osmoles and plain numbers are not interchangeable")]
    Amount {
        /// The unit it is in.
        from: String,
        /// The unit wanted.
        to: String,
    },
    /// Mass to amount of substance, or back, without the molar mass.
    #[error("{from} converts to {to} only with the analyte's molar mass")]
    MolarMassNeeded {
        /// The unit it is in.
        from: String,
        /// The unit wanted.
        to: String,
    },
    /// A molar mass must be above zero.
    #[error("the molar mass must be above zero, in g/mol")]
    MolarMass,
    /// The value has no counterpart in the unit wanted, such as the pH of a negative concentration.
    #[error("the value has no counterpart in {to}")]
    OutOfDomain {
        /// The unit wanted.
        to: String,
    },
    /// The result has no place in a decimal of 28 digits.
    #[error("the converted value is too large or too small to be held")]
    OutOfRange,
}

/// Checks that a text is a UCUM code, case-sensitive (`mg/dL`, `10*9/L`, `mL/min/{1.73_m2}`).
///
/// # Errors
/// [`UnitError::NotUcum`] with what is wrong; [`UnitError::OutOfRange`] for exponents beyond any unit in use.
pub fn validate(code: &str) -> Result<(), UnitError> {
    conversion::read(code).map(|_| ())
}

fn not_ucum(code: &str, error: &UcumError) -> UnitError {
    let why = match &error.kind {
        ErrorKind::UnitNotFound { unit, .. } => format!("there is no unit {unit}"),
        _ => error.message.clone(),
    };
    UnitError::NotUcum { code: code.to_owned(), why }
}
