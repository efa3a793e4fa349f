//! Systems of units: the starter catalog in SI units or in conventional ones, with intervals and limits converted.
//!
//! A source prints its figures in one unit. If the analyte has another, they are converted with its molar mass, rounded as
//! [`titer_science::units::limit_in`] says, and the printed figures stay beside them (`converted`). A reference interval is rounded to the
//! nearest figure, as results are: a value that is within the printed interval is within the converted one, as it is reported. A critical
//! limit is rounded to the cautious side: each value that is critical by the printed limit is critical by the converted one.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use titer_science::units::{Conversion, Toward, UnitError, limit_in};
use titer_store::{Read, StoreError, sql, table, values};

use super::{
    Catalog,
    starter::{Analyte, Entries, Interval, Limit},
};
use crate::{Failure, Refusal};

/// What differs in a system from the unit of an analyte's entry.
const SYSTEMS: &str = include_str!("../../../../content/catalog/unit_systems.toml");
/// The id of the one row.
const ID: i64 = 1;

crate::codes! {
    /// A system of units.
    pub enum UnitSystem says "catalog-units" {
        /// Amounts of substance where the molar mass is known, and volumes in litres.
        Si = "si",
        /// Masses in decilitres or millilitres, as in the United States.
        Conventional = "conventional",
    }
}

impl UnitSystem {
    /// The system that a person chose by its code.
    ///
    /// # Errors
    /// `catalog-units-none` if the text names none: nobody chooses by accident.
    pub fn asked(code: &str) -> Result<Self, Failure> {
        Self::from_code(code).ok_or_else(|| Refusal::new("catalog-units-none").into())
    }
}

table! {
    /// The system of units of the catalog. No row: none was chosen, each analyte has the unit in which it was imported.
    pub(super) static UNITS = projected "catalog_units";
    /// The chosen system.
    pub(super) struct UnitsRow {
        key id: i64,
        system: String,
    }
}

sql! {
    CHOSEN: ("system": String) = "FROM catalog_units WHERE lab = $1 AND id = $2";
}

/// The row of a chosen system.
pub(super) fn row(system: &str) -> UnitsRow {
    UnitsRow { id: ID, system: system.to_owned() }
}

/// The system of units that was chosen, if one was.
pub fn chosen(read: &mut dyn Read) -> Result<Option<UnitSystem>, StoreError> {
    let code = CHOSEN.one(read, &values![ID])?;
    let known = |code: String| UnitSystem::from_code(&code).ok_or_else(|| super::views::means_nothing(&code));
    code.map(known).transpose()
}

/// Refuses another system than the catalog has: the unit of an analyte never changes.
///
/// # Errors
/// `catalog-units-other`, with both.
pub fn same(of_catalog: Option<UnitSystem>, asked: Option<UnitSystem>) -> Result<(), Refusal> {
    match of_catalog {
        Some(own) if asked != Some(own) => {
            let asked = asked.map_or("", UnitSystem::code);
            Err(Refusal::new("catalog-units-other").with("own", own.code()).with("asked", asked))
        }
        _ => Ok(()),
    }
}

/// An analyte in a system of units.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InSystem {
    key: String,
    system: String,
    unit: String,
    decimals: i64,
    /// Empty if no source was read for the term of this unit.
    #[serde(default)]
    loinc: String,
    #[serde(default)]
    loinc_long_name: String,
    sources: String,
    confidence: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
struct Systems {
    analyte: Vec<InSystem>,
}

/// The entries of the starter catalog in a system of units, for a laboratory with this catalog. Intervals and limits of an analyte that
/// the catalog has are in the unit that the analyte has there.
///
/// # Errors
/// Refused if the catalog has another system.
pub fn in_system(mut entries: Entries, system: UnitSystem, known: &Catalog) -> Result<Entries, Failure> {
    same(known.units, Some(system))?;
    let systems: Systems = toml::from_str(SYSTEMS).map_err(|e| Refusal::new("catalog-file").with("error", e))?;
    let mut differing: HashMap<String, InSystem> = systems
        .analyte
        .into_iter()
        .filter(|differs| differs.system == system.code())
        .map(|differs| (differs.key.clone(), differs))
        .collect();
    let mut mixed = false;
    for analyte in &mut entries.analyte {
        if let Some(differs) = differing.remove(&analyte.key) {
            differs.replace(analyte);
        }
        if let Some(own) = known.analyte_by_key(&analyte.key) {
            mixed |= own.unit != analyte.unit;
            own.unit.clone_into(&mut analyte.unit);
            analyte.decimals = own.decimals;
        }
    }
    // Other units than those of the system stay: the catalog is in none.
    entries.units = (!mixed).then_some(system);
    Ok(in_own_units(entries))
}

impl InSystem {
    fn replace(self, analyte: &mut Analyte) {
        analyte.unit = self.unit;
        analyte.decimals = self.decimals;
        analyte.loinc = self.loinc;
        analyte.loinc_long_name = self.loinc_long_name;
        analyte.sources = self.sources;
        analyte.confidence = self.confidence;
        if !self.note.is_empty() {
            analyte.note = self.note;
        }
    }
}

/// The same entries, with each interval and limit in the unit of its analyte. What cannot be converted stays as it is, and no import takes
/// it: the unit is not the analyte's.
pub(super) fn in_own_units(mut entries: Entries) -> Entries {
    let analytes: HashMap<&str, &Analyte> = entries.analyte.iter().map(|a| (a.key.as_str(), a)).collect();
    for interval in &mut entries.interval {
        let of = analytes.get(interval.analyte.as_str()).filter(|a| a.unit != interval.unit);
        if let Some(converted) = of.and_then(|a| Target::new(a, &interval.unit)?.interval(interval).ok()) {
            *interval = converted;
        }
    }
    for limit in &mut entries.limit {
        let of = analytes.get(limit.analyte.as_str()).filter(|a| a.unit != limit.unit);
        if let Some(converted) = of.and_then(|a| Target::new(a, &limit.unit)?.limit(limit).ok()) {
            *limit = converted;
        }
    }
    entries
}

/// The unit of an analyte, as the target of a conversion.
struct Target<'a> {
    unit: &'a str,
    decimals: u32,
    conversion: Conversion,
}

impl<'a> Target<'a> {
    /// `None` if the units do not convert into one another.
    fn new(analyte: &'a Analyte, from: &str) -> Option<Self> {
        let molar_mass = match &analyte.molar_mass {
            Some(toml::Value::String(text)) => Some(text.parse::<Decimal>().ok()?),
            Some(_) => return None,
            None => None,
        };
        let conversion = Conversion::new(from, &analyte.unit, molar_mass).ok()?;
        Some(Target { unit: &analyte.unit, decimals: u32::try_from(analyte.decimals).ok()?, conversion })
    }

    fn figure(&self, printed: &str, toward: Toward) -> Result<String, UnitError> {
        if printed.is_empty() {
            return Ok(String::new());
        }
        limit_in(printed, &self.conversion, self.decimals, toward)
    }

    fn interval(&self, printed: &Interval) -> Result<Interval, UnitError> {
        let bounds = match (printed.low.as_str(), printed.high.as_str()) {
            ("", high) => format!("<= {high}"),
            (low, "") => format!(">= {low}"),
            (low, high) => format!("{low} – {high}"),
        };
        Ok(Interval {
            low: self.figure(&printed.low, Toward::Nearest)?,
            high: self.figure(&printed.high, Toward::Nearest)?,
            unit: self.unit.to_owned(),
            converted: Some(format!("{bounds} {}", printed.unit)),
            ..printed.clone()
        })
    }

    fn limit(&self, printed: &Limit) -> Result<Limit, UnitError> {
        let bounds = [(&printed.low_op, &printed.low), (&printed.high_op, &printed.high)];
        let bounds = bounds.into_iter().filter(|(_, value)| !value.is_empty());
        let bounds: Vec<String> = bounds.map(|(op, value)| format!("{op} {value}")).collect();
        Ok(Limit {
            low: self.figure(&printed.low, Toward::Higher)?,
            high: self.figure(&printed.high, Toward::Lower)?,
            unit: self.unit.to_owned(),
            converted: Some(format!("{} {}", bounds.join(", "), printed.unit)),
            ..printed.clone()
        })
    }
}

/// The analytes of the starter catalog that have no LOINC code in this system, though they have one in another, by name.
///
/// # Errors
/// None, as a test proves.
pub fn without_loinc(entries: &Entries, system: UnitSystem) -> Result<Vec<String>, Failure> {
    let with = |e: &Entries| -> Vec<String> {
        e.analyte.iter().filter(|a| !a.loinc.is_empty()).map(|a| a.key.clone()).collect()
    };
    let (base, systems) = (with(entries), in_system(entries.clone(), system, &Catalog::default())?);
    let lost = systems.analyte.iter().filter(|a| a.loinc.is_empty() && base.contains(&a.key));
    Ok(lost.map(|a| a.name.clone()).collect())
}
