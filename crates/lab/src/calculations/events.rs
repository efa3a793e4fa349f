//! What happens to calculations.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, event::id, set};

use super::{
    CalculationId,
    tables::{self, CalculationRow},
};
use crate::{
    catalog::{AnalyteId, face as catalog},
    signature::SignatureBody,
};

/// A calculation was proposed.
#[derive(Serialize, Deserialize)]
pub struct Proposed {
    /// Which.
    #[serde(flatten)]
    pub says: Says,
}

/// What a calculation is: all that a signature says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// The analyte that is calculated.
    pub analyte: i64,
    /// The key of the formula.
    pub formula: String,
    /// Its version.
    pub formula_version: i64,
    /// What it is calculated from.
    pub inputs: Vec<Input>,
    /// The unit of the result: that of the analyte.
    pub unit: String,
    /// Decimals of the result.
    pub decimals: i64,
}

/// An input of a formula.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its key in the formula.
    pub key: String,
    /// The analyte whose results are taken.
    pub analyte: i64,
    /// The molar mass in g/mol by which its values are converted; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub molar_mass: String,
}

impl Proposed {
    pub(super) fn calculation(event: i64) -> CalculationId {
        CalculationId(id(event, 0))
    }
}

impl Event for Proposed {
    const KIND: &'static str = "calculations.proposed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::CALCULATIONS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let line =
            |input: &Input| format!("{} {} {}", input.key, input.analyte, input.molar_mass).trim_end().to_owned();
        changes.put(CalculationRow {
            id: Proposed::calculation(header.number),
            analyte: AnalyteId(self.says.analyte),
            formula: self.says.formula.clone(),
            formula_version: self.says.formula_version,
            inputs: self.says.inputs.iter().map(line).collect::<Vec<_>>().join("\n"),
            unit: self.says.unit.clone(),
            decimals: self.says.decimals,
            approved_at: None,
            approved_by: None,
            ended: None,
            changed: header.number,
        });
    }
}

/// The director signed a calculation into force.
#[derive(Serialize, Deserialize)]
pub struct Approved {
    /// Which.
    pub calculation: i64,
    /// What was signed.
    pub signed: Says,
    /// The calculation of the same analyte that ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<i64>,
    /// The signature.
    pub signature: SignatureBody,
}

impl Event for Approved {
    const KIND: &'static str = "calculations.approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::CALCULATIONS, &catalog::HEAD];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = set!(CalculationRow {
            approved_at: header.at,
            approved_by: self.signature.name.clone(),
            changed: header.number,
        });
        changes.patch(CalculationId(self.calculation), set);
        if let Some(replaced) = self.replaces {
            end(changes, header, replaced);
        }
        catalog::changed(changes, header);
    }
}

/// A calculation ended, or a proposal was dismissed. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub calculation: i64,
}

impl Event for Ended {
    const KIND: &'static str = "calculations.ended";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::CALCULATIONS, &catalog::HEAD];
    fn project(&self, header: &Header, changes: &mut Changes) {
        end(changes, header, self.calculation);
        catalog::changed(changes, header);
    }
}

fn end(changes: &mut Changes, header: &Header, calculation: i64) {
    let set = set!(CalculationRow { ended: header.number, changed: header.number });
    changes.patch(CalculationId(calculation), set);
}
