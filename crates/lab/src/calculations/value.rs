//! What a calculation gives for values of one person.

use rust_decimal::Decimal;
use titer_science::{
    Reported, Subject,
    calculated::{Context, Given, NotCalculable},
    rounding::Rounding,
    units::{Conversion, UnitError},
};

use super::{Calculation, views::Input};

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum NotCalculated {
    /// The program knows the formula no more, or another version of it than the director signed.
    Formula,
    /// The formula says why.
    Because(NotCalculable),
    /// What the formula gives does not convert to the unit of the analyte.
    Unit,
    /// A person put the value aside that these inputs give.
    PutAside,
}

impl From<NotCalculable> for NotCalculated {
    fn from(why: NotCalculable) -> Self {
        NotCalculated::Because(why)
    }
}

impl From<UnitError> for NotCalculated {
    fn from(_: UnitError) -> Self {
        NotCalculated::Unit
    }
}

impl Input {
    /// The molar mass as a number; none if there is none.
    pub fn mass(&self) -> Option<Decimal> {
        self.molar_mass.parse().ok()
    }
}

impl Calculation {
    /// The value, rounded as the director signed, in the unit of the analyte. `given` are the inputs: key, value and unit as reported.
    ///
    /// # Errors
    /// Why there is no value. No number is invented.
    pub fn value(&self, given: &[(&str, Reported, &str)], subject: &Subject) -> Result<String, NotCalculated> {
        let definition = self.definition().ok_or(NotCalculated::Formula)?;
        let mass = |key: &str| self.inputs.iter().find(|input| input.key == key).and_then(Input::mass);
        let given: Vec<Given<'_>> =
            given.iter().map(|(key, value, unit)| Given { key, value: *value, unit, molar_mass: mass(key) }).collect();
        let context = Context { subject: Some(subject), ..Context::default() };
        let mut value = definition.calculate(&given, &context)?.value;
        if self.unit != definition.unit {
            value = Conversion::new(definition.unit, &self.unit, None)?.number(value)?;
        }
        let decimals = u32::try_from(self.decimals).map_err(|_| NotCalculated::Formula)?;
        let rounded = Rounding::decimals(decimals).round_number(value).map_err(NotCalculable::from)?;
        // No report says −0.
        Ok(if rounded.is_zero() { rounded.abs() } else { rounded }.to_string())
    }
}
