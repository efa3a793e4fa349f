//! Reading catalog entries from TOML: the starter catalog that is embedded, or a laboratory's own file in the same form.

use serde::Deserialize;

use super::{Catalog, UnitSystem, commands::ENTRIES_MAX, unit_systems};
use crate::{Failure, Refusal};

/// The starter catalog.
const STARTER: &[&str] = &[
    include_str!("../../../../content/catalog/specimen_types.toml"),
    include_str!("../../../../content/catalog/answers.toml"),
    include_str!("../../../../content/catalog/analytes.toml"),
    include_str!("../../../../content/catalog/tests.toml"),
    include_str!("../../../../content/catalog/reference_intervals.toml"),
    include_str!("../../../../content/catalog/critical_limits.toml"),
];

/// Entries as a file has them, naming one another by key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entries {
    /// Specimen types.
    pub specimen_type: Vec<SpecimenType>,
    /// Analytes.
    pub analyte: Vec<Analyte>,
    /// Orderable tests.
    pub test: Vec<Test>,
    /// Reference intervals.
    pub interval: Vec<Interval>,
    /// Critical limits.
    pub limit: Vec<Limit>,
    /// Lists of answers that analytes name. Each analyte gets answers of its own.
    pub answers: Vec<AnswerList>,
    /// The system of units of all entries, if one was chosen for them.
    #[serde(skip)]
    pub units: Option<UnitSystem>,
}

impl Entries {
    /// How many there are of all kinds, the answers of each analyte included.
    pub fn count(&self) -> usize {
        let entries =
            self.specimen_type.len() + self.analyte.len() + self.test.len() + self.interval.len() + self.limit.len();
        let answers = self.analyte.iter().filter_map(|a| self.answers.iter().find(|l| l.key == a.answers));
        entries + answers.map(|list| list.answer.len()).sum::<usize>()
    }

    /// The same entries in parts, each small enough for one import, in an order in which each names only what comes before.
    pub fn parts(self) -> Vec<Entries> {
        let (lists, units) = (self.answers, self.units);
        let weight = |a: &Analyte| 1 + lists.iter().find(|l| l.key == a.answers).map_or(0, |l| l.answer.len());
        let mut parts = Parts { lists: &lists, units, done: Vec::new(), part: Entries::default(), room: 0 };
        for entry in self.specimen_type {
            parts.next(1).specimen_type.push(entry);
        }
        for entry in self.analyte {
            parts.next(weight(&entry)).analyte.push(entry);
        }
        for entry in self.test {
            parts.next(1).test.push(entry);
        }
        for entry in self.interval {
            parts.next(1).interval.push(entry);
        }
        for entry in self.limit {
            parts.next(1).limit.push(entry);
        }
        parts.done.push(parts.part);
        parts.done.retain(|part| part.count() > 0);
        parts.done
    }
}

/// Entries on their way into parts.
struct Parts<'a> {
    lists: &'a [AnswerList],
    units: Option<UnitSystem>,
    done: Vec<Entries>,
    part: Entries,
    room: usize,
}

impl Parts<'_> {
    /// The part that has room for an entry of this weight.
    fn next(&mut self, weight: usize) -> &mut Entries {
        if self.room < weight {
            let next = Entries { answers: self.lists.to_vec(), units: self.units, ..Entries::default() };
            self.done.push(std::mem::replace(&mut self.part, next));
            self.room = ENTRIES_MAX;
        }
        self.room -= weight;
        &mut self.part
    }
}

/// A list of answers, in their order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct AnswerList {
    pub key: String,
    pub answer: Vec<Answer>,
}

/// An answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Answer {
    pub code: String,
    pub words: String,
    pub meaning: String,
    pub source: String,
    #[serde(default)]
    pub confidence: String,
    #[serde(default)]
    pub note: String,
}

/// A specimen type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SpecimenType {
    pub key: String,
    pub name: String,
    pub container: String,
    #[serde(default)]
    pub cap_us: String,
    #[serde(default)]
    pub cap_uk: String,
    #[serde(default)]
    pub hazards: Vec<String>,
}

/// An analyte.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Analyte {
    pub key: String,
    pub name: String,
    pub short: String,
    pub discipline: String,
    #[serde(default)]
    pub loinc: String,
    #[serde(default)]
    pub loinc_long_name: String,
    pub unit: String,
    pub decimals: i64,
    #[serde(default)]
    pub molar_mass: Option<toml::Value>,
    pub specimen_type: String,
    #[serde(default)]
    pub sources: String,
    #[serde(default)]
    pub confidence: String,
    #[serde(default)]
    pub note: String,
    /// What sort of result it has; empty: a number.
    #[serde(default)]
    pub kind: String,
    /// The list of answers of a coded analyte.
    #[serde(default)]
    pub answers: String,
}

/// An orderable test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Test {
    pub key: String,
    pub name: String,
    pub analytes: Vec<String>,
    pub specimen_type: String,
    #[serde(default)]
    pub note: String,
}

/// A reference interval.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Interval {
    pub analyte: String,
    pub sex: String,
    #[serde(default)]
    pub age_low: String,
    #[serde(default)]
    pub age_high: String,
    #[serde(default)]
    pub low: String,
    #[serde(default)]
    pub high: String,
    pub unit: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub source: String,
    #[serde(default)]
    pub confidence: String,
    #[serde(default)]
    pub note: String,
    /// The order among rival entries for the same people.
    #[serde(default)]
    pub rank: Option<i64>,
    /// Whether the note warns. If nothing is said, every note does.
    #[serde(default)]
    pub warns: Option<bool>,
    /// The figures as the source prints them, if those here were converted.
    #[serde(skip)]
    pub converted: Option<String>,
}

/// A critical limit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Limit {
    pub analyte: String,
    #[serde(default)]
    pub population: String,
    #[serde(default)]
    pub age_low: String,
    #[serde(default)]
    pub age_high: String,
    #[serde(default)]
    pub low: String,
    #[serde(default)]
    pub low_op: String,
    #[serde(default)]
    pub high: String,
    #[serde(default)]
    pub high_op: String,
    pub unit: String,
    pub source: String,
    #[serde(default)]
    pub confidence: String,
    #[serde(default)]
    pub note: String,
    /// The order among rival entries for the same people.
    #[serde(default)]
    pub rank: Option<i64>,
    /// Whether the note warns. If nothing is said, every note does.
    #[serde(default)]
    pub warns: Option<bool>,
    /// The figures as the source prints them, if those here were converted.
    #[serde(skip)]
    pub converted: Option<String>,
}

/// Reads entries from TOML.
///
/// # Errors
/// Refused, with the line and what is wrong there.
pub fn parse(text: &str) -> Result<Entries, Failure> {
    toml::from_str(text).map_err(|e| Refusal::new("catalog-file").with("error", e).into())
}

/// The starter catalog, each analyte in the unit of its entry: a mixture of units. A laboratory gets it in a system of units
/// ([`starter_in`]).
///
/// # Errors
/// None, as a test proves; the type is that of [`parse`].
pub fn starter() -> Result<Entries, Failure> {
    Ok(unit_systems::in_own_units(as_written()?))
}

/// The starter catalog in a system of units, for a laboratory with this catalog: proposals.
///
/// # Errors
/// Refused if the catalog has another system.
pub fn starter_in(system: UnitSystem, known: &Catalog) -> Result<Entries, Failure> {
    unit_systems::in_system(as_written()?, system, known)
}

/// The analytes that have no LOINC code in this system of units, though they have one in another, by name.
///
/// # Errors
/// None, as a test proves.
pub fn without_loinc(system: UnitSystem) -> Result<Vec<String>, Failure> {
    unit_systems::without_loinc(&as_written()?, system)
}

/// The starter catalog as its files have it.
pub(super) fn as_written() -> Result<Entries, Failure> {
    let mut all = Entries::default();
    for text in STARTER {
        let part = parse(text)?;
        all.specimen_type.extend(part.specimen_type);
        all.analyte.extend(part.analyte);
        all.test.extend(part.test);
        all.interval.extend(part.interval);
        all.limit.extend(part.limit);
        all.answers.extend(part.answers);
    }
    Ok(all)
}
