//! Quantities calculated from other results.
//!
//! Each is a [`Definition`]: inputs with their units, the formula, the unit, the rounding, where it is valid, and its source. A result
//! is computed from the values as they were reported, so that a reader of the report can repeat it, and is given twice: unrounded, and
//! as reported. Where it cannot be calculated, [`NotCalculable`] names the reason.
//!
//! Reported values are rounded half away from zero unless the laboratory sets another rule (see [`crate::rounding`]).

mod definitions;
mod formulas;
mod martin_hopkins;

pub use definitions::{DEFINITIONS, definition};
pub use martin_hopkins::{FactorTable, FactorTableError};

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{
    Reported, Sex, Subject,
    rounding::{Rounding, RoundingError},
    units::{Conversion, UnitError},
    years,
};

/// The input that is taken from the person, not from a result: age in completed years.
pub const AGE: &str = "age";

/// How far rounding may take a molar mass, in g/mol: 28 to 28.02 are 28.0134.
const MOLAR_MASS_ROUNDING: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// How a quantity is calculated.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// What a catalog calls it by.
    pub key: &'static str,
    /// Counts up if the formula comes to compute something else: who approved the older one has not approved this.
    pub version: u32,
    /// What is computed, as a person reads it before a signature.
    pub expression: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is calculated from.
    pub inputs: &'static [Input],
    /// The unit of the result, in UCUM.
    pub unit: &'static str,
    /// How the result is rounded when the laboratory sets nothing else.
    pub rounding: Rounding,
    /// The results that the formula may give; beyond them it is not calculable.
    pub result: Range,
    /// Where the formula was published, and what it does not hold for.
    pub source: &'static str,
    formula: Formula,
}

/// One thing that a quantity is calculated from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input {
    /// What a catalog ties an analyte to.
    pub key: &'static str,
    /// The unit in which the formula takes it, in UCUM. Values in another unit are converted.
    pub unit: &'static str,
    /// Whether a value in another unit may be converted. Not for HbA1c: the percent of NGSP is not the IFCC's mmol/mol divided by ten.
    pub converts: bool,
    /// The values for which the formula holds.
    pub valid: Range,
    /// The only molar mass in g/mol with which a value may come, to its rounding, where the key is easily taken for another's.
    pub molar_mass: Option<Decimal>,
}

/// A range of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Every number.
    Any,
    /// Zero and above.
    NotNegative,
    /// Above zero.
    Positive,
    /// This and above.
    AtLeast(f64),
    /// Above zero, and below this.
    PositiveBelow(f64),
    /// Above zero, up to and including this.
    PositiveTo(f64),
    /// From zero up to and including this.
    To(f64),
}

/// What is computed.
#[derive(Debug, Clone, Copy)]
enum Formula {
    /// From the inputs alone, in the order in which they are listed.
    Of(fn(&Values<'_>) -> f64),
    /// From the inputs and whether the person is female.
    BySex(fn(&Values<'_>, bool) -> f64),
    /// By the factor table that the laboratory has imported.
    MartinHopkins,
}

/// A result to calculate from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given<'a> {
    /// Which input it is.
    pub key: &'a str,
    /// Its value as it was reported.
    pub value: Reported,
    /// Its unit, in UCUM.
    pub unit: &'a str,
    /// The analyte's molar mass in g/mol, used when mass and amount of substance are to be converted.
    pub molar_mass: Option<Decimal>,
}

/// What else a calculation may need.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The person and when the specimen was taken.
    pub subject: Option<&'a Subject>,
    /// The laboratory's own factors for the Martin–Hopkins formula.
    pub factors: Option<&'a FactorTable>,
    /// The laboratory's own rounding.
    pub rounding: Option<Rounding>,
}

/// A calculated quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calculated {
    /// Unrounded.
    pub value: f64,
    /// As it is reported.
    pub reported: Decimal,
    /// The unit, in UCUM.
    pub unit: &'static str,
}

/// Why a quantity cannot be calculated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotCalculable {
    /// An input has no result.
    #[error("not calculable because {input} is missing")]
    Missing {
        /// The input.
        input: &'static str,
    },
    /// An input was given twice.
    #[error("not calculable because {input} is given more than once")]
    Repeated {
        /// The input.
        input: &'static str,
    },
    /// An input is only known to lie on one side of a number.
    #[error("not calculable because {input} is beyond its measuring range")]
    Censored {
        /// The input.
        input: &'static str,
    },
    /// An input is not a number.
    #[error("not calculable because {input} is not a number")]
    Text {
        /// The input.
        input: &'static str,
    },
    /// An input that must be above zero is not.
    #[error("not calculable because {input} is not above zero")]
    NotPositive {
        /// The input.
        input: &'static str,
    },
    /// The formula does not hold for this value of an input.
    #[error("not calculable because the formula is not valid for this {input}")]
    OutsideValidity {
        /// The input.
        input: &'static str,
    },
    /// An input is in a unit that does not convert.
    #[error("not calculable because the unit of {input} does not fit: {why}")]
    Unit {
        /// The input.
        input: &'static str,
        /// Why it does not convert.
        why: UnitError,
    },
    /// An input is in another unit than the formula takes, and must not be converted.
    #[error("not calculable because {input} must be in {unit}")]
    OtherUnit {
        /// The input.
        input: &'static str,
        /// The unit that it must be in.
        unit: &'static str,
    },
    /// An input comes with the molar mass of something else.
    #[error("not calculable because the molar mass of {input} must be {wanted} g/mol")]
    MolarMass {
        /// The input.
        input: &'static str,
        /// What it must be.
        wanted: Decimal,
    },
    /// The formula needs female or male.
    #[error("not calculable because the formula needs a sex, female or male")]
    Sex,
    /// The laboratory has imported no factor table, or it has no cell for these values.
    #[error("not calculable because there is no factor for these values")]
    Factor,
    /// The inputs contradict each other: what the formula gives cannot be, such as a negative LDL cholesterol.
    #[error("not calculable because the inputs give an impossible result")]
    Impossible,
    /// The result cannot be rounded so.
    #[error("not calculable because the result cannot be rounded: {0}")]
    Rounding(#[from] RoundingError),
}

/// The numbers of a calculation, by the keys of the inputs.
struct Values<'d> {
    inputs: &'d [Input],
    numbers: Vec<f64>,
}

impl Values<'_> {
    /// The number of an input; not a number for a key that is not one, which the range of every result then refuses.
    fn of(&self, key: &str) -> f64 {
        let at = self.inputs.iter().position(|input| input.key == key);
        at.and_then(|at| self.numbers.get(at)).copied().unwrap_or(f64::NAN)
    }
}

impl Range {
    /// Whether a number lies in the range.
    #[must_use]
    pub fn contains(&self, number: f64) -> bool {
        number.is_finite()
            && match *self {
                Range::Any => true,
                Range::NotNegative => number >= 0.0,
                Range::Positive => number > 0.0,
                Range::AtLeast(low) => number >= low,
                Range::PositiveBelow(high) => number > 0.0 && number < high,
                Range::PositiveTo(high) => number > 0.0 && number <= high,
                Range::To(high) => (0.0..=high).contains(&number),
            }
    }

    fn wants_positive(&self) -> bool {
        matches!(self, Range::Positive | Range::PositiveBelow(_) | Range::PositiveTo(_))
    }
}

impl Definition {
    /// Whether it needs a table of factors that the laboratory has imported.
    #[must_use]
    pub const fn needs_factors(&self) -> bool {
        matches!(self.formula, Formula::MartinHopkins)
    }

    /// Whether age or sex of the person is part of it.
    #[must_use]
    pub fn needs_subject(&self) -> bool {
        self.needs_sex() || self.inputs.iter().any(|input| input.key == AGE)
    }

    /// Whether it is another one for women than for men.
    #[must_use]
    pub const fn needs_sex(&self) -> bool {
        matches!(self.formula, Formula::BySex(_))
    }

    /// Calculates the quantity.
    ///
    /// # Errors
    /// [`NotCalculable`], with the first reason found in the order of the inputs.
    pub fn calculate(&self, given: &[Given<'_>], context: &Context<'_>) -> Result<Calculated, NotCalculable> {
        let numbers =
            self.inputs.iter().map(|input| number(input, given, context.subject)).collect::<Result<Vec<f64>, _>>()?;
        let values = Values { inputs: self.inputs, numbers };
        let value = match self.formula {
            Formula::Of(formula) => formula(&values),
            Formula::BySex(formula) => formula(&values, female(context.subject)?),
            Formula::MartinHopkins => formulas::ldl_martin_hopkins(&values, context.factors)?,
        };
        if !self.result.contains(value) {
            return Err(NotCalculable::Impossible);
        }
        let reported = context.rounding.unwrap_or(self.rounding).round_number(value)?;
        Ok(Calculated { value, reported, unit: self.unit })
    }
}

fn number(input: &Input, given: &[Given<'_>], subject: Option<&Subject>) -> Result<f64, NotCalculable> {
    let number = if input.key == AGE { age(subject)? } else { measured(input, given)? };
    if input.valid.contains(number) {
        Ok(number)
    } else if number <= 0.0 && input.valid.wants_positive() {
        Err(NotCalculable::NotPositive { input: input.key })
    } else {
        Err(NotCalculable::OutsideValidity { input: input.key })
    }
}

fn age(subject: Option<&Subject>) -> Result<f64, NotCalculable> {
    let years = subject.and_then(|subject| years(subject.birth.as_ref()?, subject.at));
    years.map(f64::from).ok_or(NotCalculable::Missing { input: AGE })
}

fn female(subject: Option<&Subject>) -> Result<bool, NotCalculable> {
    match subject.map(|subject| subject.sex) {
        Some(Sex::Female) => Ok(true),
        Some(Sex::Male) => Ok(false),
        _ => Err(NotCalculable::Sex),
    }
}

fn measured(input: &Input, given: &[Given<'_>]) -> Result<f64, NotCalculable> {
    let input_key = input.key;
    let mut matching = given.iter().filter(|given| given.key == input_key);
    let given = matching.next().ok_or(NotCalculable::Missing { input: input_key })?;
    if matching.next().is_some() {
        return Err(NotCalculable::Repeated { input: input_key });
    }
    let value = match given.value {
        Reported::Number(value) => value,
        Reported::Censored(..) | Reported::Between(..) => return Err(NotCalculable::Censored { input: input_key }),
        Reported::Text => return Err(NotCalculable::Text { input: input_key }),
    };
    let unfit = |why| NotCalculable::Unit { input: input_key, why };
    let value = match input.conversion(given.unit, given.molar_mass)? {
        Some(conversion) => conversion.decimal(value).map_err(unfit)?,
        None => value,
    };
    value.to_f64().ok_or_else(|| unfit(UnitError::OutOfRange))
}

impl Input {
    /// The conversion that values in this unit need; none if it is the formula's own.
    ///
    /// # Errors
    /// [`NotCalculable`] if values in this unit, or with this molar mass, are not to be used.
    pub fn conversion(&self, unit: &str, molar_mass: Option<Decimal>) -> Result<Option<Conversion>, NotCalculable> {
        let input = self.key;
        if let Some((wanted, found)) = self.molar_mass.zip(molar_mass)
            && found.checked_sub(wanted).is_none_or(|off| off.abs() >= MOLAR_MASS_ROUNDING)
        {
            return Err(NotCalculable::MolarMass { input, wanted });
        }
        if unit == self.unit {
            return Ok(None);
        }
        if !self.converts {
            return Err(NotCalculable::OtherUnit { input, unit: self.unit });
        }
        let conversion = Conversion::new(unit, self.unit, molar_mass);
        conversion.map(Some).map_err(|why| NotCalculable::Unit { input, why })
    }
}
