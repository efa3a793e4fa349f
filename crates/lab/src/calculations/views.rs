//! What may be seen of calculations: those in force, which stand in memory with the catalog, and the proposals.

use std::collections::HashMap;

use titer_science::calculated::{self, Definition};
use titer_store::{Actor, PLACES, Read, StoreError, Timestamp, reading, sql, values};

use super::{CalculationId, events, tables::CalculationRow};
use crate::catalog::AnalyteId;

/// The most calculations, those that have ended among them.
pub const CALCULATIONS_MAX: i64 = 1_000;

sql! {
    ALL: (calculations: CalculationRow) = "FROM calculations WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    BY_ID: (calculations: CalculationRow) = "FROM calculations WHERE lab = $1 AND id = $2";
}

/// An input of a calculation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its key in the formula.
    pub key: String,
    /// The analyte whose results are taken.
    pub analyte: AnalyteId,
    /// The molar mass in g/mol by which its values are converted; may be empty.
    pub molar_mass: String,
}

/// A calculation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calculation {
    /// Its id.
    pub id: CalculationId,
    /// The analyte that is calculated.
    pub analyte: AnalyteId,
    /// The key of the formula.
    pub formula: String,
    /// The version of the formula.
    pub formula_version: i64,
    /// What it is calculated from. Age and sex are those of the patient and not among the inputs.
    pub inputs: Vec<Input>,
    /// The unit of the result.
    pub unit: String,
    /// Decimals of the result.
    pub decimals: i64,
    /// When it was signed into force, and by whom.
    pub approved: Option<(Timestamp, String)>,
    /// The event that ended it.
    pub ended: Option<i64>,
    /// The last event that changed it.
    pub changed: i64,
}

impl Calculation {
    /// The formula, if the program knows it in the version that was proposed.
    pub fn definition(&self) -> Option<&'static Definition> {
        calculated::definition(&self.formula).filter(|known| i64::from(known.version) == self.formula_version)
    }

    /// Whether results are calculated by it.
    pub const fn is_in_force(&self) -> bool {
        self.approved.is_some() && self.ended.is_none()
    }

    /// Whether it waits for the director.
    pub const fn is_proposed(&self) -> bool {
        self.approved.is_none() && self.ended.is_none()
    }

    /// The input whose results of this analyte are taken.
    pub fn takes(&self, analyte: AnalyteId) -> bool {
        self.inputs.iter().any(|input| input.analyte == analyte)
    }

    pub(super) fn says(&self) -> events::Says {
        events::Says {
            analyte: self.analyte.0,
            formula: self.formula.clone(),
            formula_version: self.formula_version,
            inputs: self.inputs.iter().map(Input::said).collect(),
            unit: self.unit.clone(),
            decimals: self.decimals,
        }
    }
}

impl Input {
    pub(super) fn said(&self) -> events::Input {
        events::Input { key: self.key.clone(), analyte: self.analyte.0, molar_mass: self.molar_mass.clone() }
    }

    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let (key, analyte) = (parts.next()?.to_owned(), AnalyteId(parts.next()?.parse().ok()?));
        Some(Input { key, analyte, molar_mass: parts.next().unwrap_or_default().to_owned() })
    }
}

/// The calculations that were ever signed into force: those that have ended judge again what they gave.
#[derive(Debug, Default)]
pub struct Calculations {
    signed: HashMap<CalculationId, Calculation>,
    in_force: HashMap<AnalyteId, CalculationId>,
}

impl Calculations {
    /// The calculation in force of an analyte.
    pub fn of(&self, analyte: AnalyteId) -> Option<&Calculation> {
        self.in_force.get(&analyte).and_then(|id| self.signed.get(id))
    }

    /// Whether the analyte is calculated, or was.
    pub fn ever(&self, analyte: AnalyteId) -> bool {
        self.signed.values().any(|c| c.analyte == analyte)
    }

    /// A calculation that was signed into force, also one that has ended.
    pub fn signed(&self, id: CalculationId) -> Option<&Calculation> {
        self.signed.get(&id)
    }

    /// Those in force, in no order.
    pub fn in_force(&self) -> impl Iterator<Item = &Calculation> {
        self.in_force.values().filter_map(|id| self.signed.get(id))
    }
}

pub(super) fn read(row: CalculationRow) -> Result<Calculation, StoreError> {
    let damaged = || StoreError::Corrupt(format!("calculation {} means nothing", row.id));
    let approved = match (row.approved_at, &row.approved_by) {
        (None, None) => None,
        (Some(at), Some(by)) => Some((at, by.clone())),
        _ => return Err(damaged()),
    };
    let inputs = row.inputs.lines().map(|line| Input::read(line).ok_or_else(damaged)).collect::<Result<_, _>>()?;
    Ok(Calculation {
        id: row.id,
        analyte: row.analyte,
        formula: row.formula,
        formula_version: row.formula_version,
        inputs,
        unit: row.unit,
        decimals: row.decimals,
        approved,
        ended: row.ended,
        changed: row.changed,
    })
}

/// All calculations, the oldest first.
pub fn all(reads: &mut dyn Read) -> Result<Vec<Calculation>, StoreError> {
    ALL.all(reads, &values![0_i64, CALCULATIONS_MAX])?.into_iter().map(read).collect()
}

/// The row of a calculation.
pub(super) fn row(reads: &mut dyn Read, id: CalculationId) -> Result<Option<CalculationRow>, StoreError> {
    BY_ID.one(reads, &values![id])
}

/// One calculation.
pub fn calculation(reads: &mut dyn Read, id: CalculationId) -> Result<Option<Calculation>, StoreError> {
    row(reads, id)?.map(read).transpose()
}

/// Who proposed a calculation.
pub fn proposer(reads: &mut dyn Read, id: CalculationId) -> Result<Option<Actor>, StoreError> {
    let number = id.0 / PLACES;
    let event = reading::headers(reads, number - 1, 1)?.pop().filter(|header| header.number == number);
    Ok(event.map(|header| header.actor))
}

/// What stands in memory.
pub(crate) fn load(reads: &mut dyn Read) -> Result<Calculations, StoreError> {
    let mut calculations = Calculations::default();
    for calculation in all(reads)?.into_iter().filter(|c| c.approved.is_some()) {
        if calculation.is_in_force() {
            calculations.in_force.insert(calculation.analyte, calculation.id);
        }
        calculations.signed.insert(calculation.id, calculation);
    }
    Ok(calculations)
}
