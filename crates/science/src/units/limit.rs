//! The limits of a published interval in another unit.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Conversion, UnitError};
use crate::Reported;

/// A converted limit keeps so many significant digits, unless fewer were printed, also if results have fewer decimals.
const FIGURES_MIN: i64 = 2;
/// The most decimals that a [`Decimal`] holds.
const DECIMALS_MAX: i64 = 28;

/// To which side a converted limit is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// The nearest figure, a half away from zero: as results themselves are rounded.
    Nearest,
    /// No lower figure: the cautious side of a lower critical limit.
    Higher,
    /// No higher figure: the cautious side of an upper critical limit.
    Lower,
}

/// A limit as its source prints it, in another unit, for results that are reported with so many decimals.
///
/// If one unit is the other times a power of ten, only the decimal point moves, and every printed digit stays. Otherwise the figure is
/// rounded once:
///
/// - No further than to the relative rounding error of the printed figure, and no finer than is needed for that: 36 ft, known to a foot,
///   are 11.0 m (NIST SP 811, B.7.2). More digits would claim a precision that the source does not have.
/// - To the decimals of results, if these are fewer, because no result can lie between; but not to fewer than two significant digits.
///
/// # Errors
/// [`UnitError::OutOfRange`] if the text is no number, if the units are not multiples of one another, or if the figure cannot be held.
pub fn limit_in(printed: &str, conversion: &Conversion, decimals: u32, toward: Toward) -> Result<String, UnitError> {
    let Reported::Number(number) = Reported::parse(printed) else { return Err(UnitError::OutOfRange) };
    let factor = conversion.factor().ok_or(UnitError::OutOfRange)?;
    let exact = conversion.decimal(number)?;
    let precise = i64::from(number.scale()) - magnitude(factor);
    if is_power_of_ten(factor) {
        return with_places(exact, precise);
    }
    let two_figures = FIGURES_MIN - 1 - magnitude(exact);
    let places = precise.min(two_figures.max(decimals.into()));
    with_places(rounded(exact, places, toward)?, places)
}

/// Rounded to so many decimals; below zero to tens, hundreds and so on.
fn rounded(value: Decimal, places: i64, toward: Toward) -> Result<Decimal, UnitError> {
    let strategy = match toward {
        Toward::Nearest => RoundingStrategy::MidpointAwayFromZero,
        Toward::Higher => RoundingStrategy::ToPositiveInfinity,
        Toward::Lower => RoundingStrategy::ToNegativeInfinity,
    };
    let decimals = u32::try_from(places.clamp(0, DECIMALS_MAX)).map_err(|_| UnitError::OutOfRange)?;
    let tens = u32::try_from((-places).max(0)).map_err(|_| UnitError::OutOfRange)?;
    let unit = 10_i64.checked_pow(tens).map(Decimal::from).ok_or(UnitError::OutOfRange)?;
    let counted = value.checked_div(unit).ok_or(UnitError::OutOfRange)?;
    counted.round_dp_with_strategy(decimals, strategy).checked_mul(unit).ok_or(UnitError::OutOfRange)
}

/// The text of a number with so many decimals.
fn with_places(value: Decimal, places: i64) -> Result<String, UnitError> {
    let decimals = usize::try_from(places.clamp(0, DECIMALS_MAX)).map_err(|_| UnitError::OutOfRange)?;
    Ok(format!("{value:.decimals$}"))
}

/// The power of ten of the first digit: 0 from 1 to below 10.
fn magnitude(value: Decimal) -> i64 {
    let digits = value.mantissa().unsigned_abs().checked_ilog10().unwrap_or(0);
    i64::from(digits) - i64::from(value.scale())
}

fn is_power_of_ten(value: Decimal) -> bool {
    let digits = value.normalize().mantissa().unsigned_abs();
    digits.checked_ilog10().is_some_and(|power| digits == 10_u128.pow(power))
}
