//! From one unit to another, once prepared for as many values as wanted.

use octofhir_ucum::{Dimension, ErrorKind, EvalResult, Number, UcumError, convert, evaluate, parse_expression};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{UnitError, amount::Amount, not_ucum};
use crate::{Comparator, Reported, rounding};

/// The Avogadro constant, exact since 2019, which is what `mol` is in UCUM.
const AVOGADRO: &str = "6.02214076e23";

/// The digits of a converted value: fewer than the 28 that are computed with, so that the last ones, which rounding has touched, fall.
const FIGURES: i64 = 24;

/// The fewest digits of a value that had to be shortened.
const FIGURES_MIN: i64 = 15;

/// The most decimals that a [`Decimal`] holds.
const DECIMALS_MAX: i64 = 28;

/// The place of mass in UCUM's dimensions (metre, second, gram, radian, kelvin, coulomb, candela).
const MASS: usize = 2;

/// A conversion from one unit to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    from: String,
    to: String,
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    /// Multiplied by the first, divided by the second: one division at the end loses nothing that a factor rounded before would.
    Ratio(Number, Number),
    /// Through the function of a special unit, such as a temperature or pH.
    Function,
}

/// A result as it was sent, and its value in another unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The text, exactly as it was sent.
    pub reported: String,
    /// The unit it was sent in.
    pub from: String,
    /// Its value in the unit wanted, not rounded; text stays text, and a censored value stays censored.
    pub value: Reported,
    /// The unit wanted.
    pub to: String,
}

impl Conversion {
    /// Prepares a conversion. The molar mass, in g/mol, is used only between mass and amount of substance.
    ///
    /// # Errors
    /// Every [`UnitError`] but `OutOfDomain`.
    pub fn new(from: &str, to: &str, molar_mass: Option<Decimal>) -> Result<Conversion, UnitError> {
        let (from_unit, from_amount) = read(from)?;
        let (to_unit, to_amount) = read(to)?;
        let pair = || (from.to_owned(), to.to_owned());
        if from_unit.arbitrary != to_unit.arbitrary {
            let (from, to) = pair();
            return Err(UnitError::Arbitrary { from, to });
        }
        if from_amount.without_moles() != to_amount.without_moles() {
            let (from, to) = pair();
            return Err(UnitError::Amount { from, to });
        }
        let by = match from_amount.moles - to_amount.moles {
            0 if !from_unit.is_commensurable(&to_unit) => {
                let (from, to) = pair();
                return Err(UnitError::Incommensurable { from, to });
            }
            0 if from_unit.special.is_some() || to_unit.special.is_some() => By::Function,
            0 => By::Ratio(from_unit.factor, to_unit.factor),
            moles => by_molar_mass((from, &from_unit), (to, &to_unit), moles, molar_mass)?,
        };
        if let By::Ratio(above, below) = by {
            quotient(Number::ONE, above, below).ok_or(UnitError::OutOfRange)?;
        }
        Ok(Conversion { from: from.to_owned(), to: to.to_owned(), by })
    }

    /// The factor, where the conversion is a multiplication. Exact where it has at most 24 digits.
    #[must_use]
    pub fn factor(&self) -> Option<Decimal> {
        match self.by {
            By::Ratio(above, below) => quotient(Number::ONE, above, below),
            By::Function => None,
        }
    }

    /// Converts an exact value; the answer is not rounded to what a laboratory reports. It is exact where it has at most 24 digits;
    /// through a function it has 15.
    ///
    /// # Errors
    /// [`UnitError::OutOfRange`], [`UnitError::OutOfDomain`].
    pub fn decimal(&self, value: Decimal) -> Result<Decimal, UnitError> {
        match self.by {
            By::Ratio(above, below) => {
                let value = Number::parse(&value.to_string()).ok_or(UnitError::OutOfRange)?;
                quotient(value, above, below).ok_or(UnitError::OutOfRange)
            }
            By::Function => {
                let value = value.to_f64().ok_or(UnitError::OutOfRange)?;
                rounding::decimal(self.function(value)?).map_err(|_| UnitError::OutOfRange)
            }
        }
    }

    /// Converts a computed value.
    ///
    /// # Errors
    /// [`UnitError::OutOfRange`] when it is not finite before or after, [`UnitError::OutOfDomain`].
    pub fn number(&self, value: f64) -> Result<f64, UnitError> {
        let converted = match self.by {
            By::Ratio(above, below) => {
                let factor = quotient(Number::ONE, above, below).and_then(|factor| factor.to_f64());
                value * factor.ok_or(UnitError::OutOfRange)?
            }
            By::Function => self.function(value)?,
        };
        if converted.is_finite() { Ok(converted) } else { Err(UnitError::OutOfRange) }
    }

    /// Converts what a result says: the side on which a censored value lies turns where the scale does (a pH above 7 is a
    /// concentration below 10⁻⁷ mol/L).
    ///
    /// # Errors
    /// As [`Conversion::decimal`].
    pub fn value(&self, value: &Reported) -> Result<Reported, UnitError> {
        Ok(match *value {
            Reported::Number(number) => Reported::Number(self.decimal(number)?),
            Reported::Censored(side, number) => {
                let side = if self.turns(number)? { turned(side) } else { side };
                Reported::Censored(side, self.decimal(number)?)
            }
            Reported::Between(low, high) => {
                let (one, other) = (self.decimal(low)?, self.decimal(high)?);
                Reported::Between(one.min(other), one.max(other))
            }
            Reported::Text => Reported::Text,
        })
    }

    fn function(&self, value: f64) -> Result<f64, UnitError> {
        convert(value, &self.from, &self.to).map_err(|error| self.failed(&error))
    }

    /// Whether more in the one unit is less in the other.
    fn turns(&self, number: Decimal) -> Result<bool, UnitError> {
        if self.factor().is_some() {
            return Ok(false);
        }
        let number = number.to_f64().ok_or(UnitError::OutOfRange)?;
        let more = number + number.abs().max(1.0) * 1e-6;
        Ok(self.function(more)? < self.function(number)?)
    }

    fn failed(&self, error: &UcumError) -> UnitError {
        match error.kind {
            ErrorKind::OutOfDomain { .. } => UnitError::OutOfDomain { to: self.to.clone() },
            _ => UnitError::OutOfRange,
        }
    }
}

/// Reads a result as it was sent and converts what it says, keeping the text.
///
/// # Errors
/// As [`Conversion::decimal`].
pub fn reported_as(text: &str, conversion: &Conversion) -> Result<Converted, UnitError> {
    Ok(Converted {
        reported: text.to_owned(),
        from: conversion.from.clone(),
        value: conversion.value(&Reported::parse(text))?,
        to: conversion.to.clone(),
    })
}

pub(super) fn read(code: &str) -> Result<(EvalResult, Amount), UnitError> {
    let expression = parse_expression(code).map_err(|error| not_ucum(code, &error))?;
    let unit = evaluate(&expression).map_err(|error| not_ucum(code, &error))?;
    let amount = Amount::of(&expression).ok_or(UnitError::OutOfRange)?;
    Ok((unit, amount))
}

/// Mass to amount or back: `moles` is 1 where the amount is converted to a mass, −1 where a mass is to an amount.
fn by_molar_mass(
    from: (&str, &EvalResult),
    to: (&str, &EvalResult),
    moles: i32,
    molar_mass: Option<Decimal>,
) -> Result<By, UnitError> {
    let pair = || (from.0.to_owned(), to.0.to_owned());
    let (from_unit, to_unit) = (from.1, to.1);
    let special = from_unit.special.is_some() || to_unit.special.is_some();
    let gained = mass_gained(&from_unit.dim, &to_unit.dim);
    if special || gained != Some(moles) || moles.abs() != 1 {
        let (from, to) = pair();
        let counted = gained == Some(0);
        return Err(if counted { UnitError::Amount { from, to } } else { UnitError::Incommensurable { from, to } });
    }
    let Some(molar_mass) = molar_mass else {
        let (from, to) = pair();
        return Err(UnitError::MolarMassNeeded { from, to });
    };
    if molar_mass <= Decimal::ZERO {
        return Err(UnitError::MolarMass);
    }
    ratio_by_mass(from_unit.factor, to_unit.factor, moles, molar_mass).ok_or(UnitError::OutOfRange)
}

/// The ratio with the molar mass. The Avogadro constant is on both sides of it, once in a unit, and cancels exactly.
fn ratio_by_mass(from: Number, to: Number, moles: i32, molar_mass: Decimal) -> Option<By> {
    let avogadro = Number::parse(AVOGADRO)?;
    let molar_mass = Number::parse(&molar_mass.to_string())?;
    Some(if moles > 0 {
        By::Ratio(from.checked_mul(molar_mass)?, to.checked_mul(avogadro)?)
    } else {
        By::Ratio(from.checked_mul(avogadro)?, to.checked_mul(molar_mass)?)
    })
}

/// By how much the exponent of mass is higher in the second; `None` when they differ in anything else.
fn mass_gained(from: &Dimension, to: &Dimension) -> Option<i32> {
    let others_agree = (0..from.0.len()).all(|place| place == MASS || from.0.get(place) == to.0.get(place));
    let mass = |dimension: &Dimension| dimension.0.get(MASS).copied().map(i32::from);
    Some(mass(to)? - mass(from)?).filter(|_| others_agree)
}

/// The value by the ratio, to [`FIGURES`] digits. `None` when it is too large, or so small that fewer than 15 would be left.
fn quotient(value: Number, above: Number, below: Number) -> Option<Decimal> {
    let (digits, exponent) = value.checked_mul(above)?.checked_div(below)?.to_integer_and_exponent();
    let found = digits.unsigned_abs().checked_ilog10().map_or(0, |digits| i64::from(digits) + 1);
    let scale = -i64::from(exponent);
    let excess = (found - FIGURES).max(scale - DECIMALS_MAX).max(0);
    let divisor = 10_i128.checked_pow(u32::try_from(excess).ok()?)?;
    let kept = (digits + digits.signum() * (divisor / 2)) / divisor;
    if digits % divisor != 0 && found - excess < FIGURES_MIN {
        return None;
    }
    let (kept, scale) = match u32::try_from(scale - excess) {
        Ok(scale) => (kept, scale),
        Err(_) => (kept.checked_mul(10_i128.checked_pow(u32::try_from(excess - scale).ok()?)?)?, 0),
    };
    Decimal::try_from_i128_with_scale(kept, scale).ok().map(|value| value.normalize())
}

fn turned(side: Comparator) -> Comparator {
    match side {
        Comparator::Less => Comparator::Greater,
        Comparator::LessOrEqual => Comparator::GreaterOrEqual,
        Comparator::Greater => Comparator::Less,
        Comparator::GreaterOrEqual => Comparator::LessOrEqual,
    }
}
