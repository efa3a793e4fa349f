//! Haemolysis, icterus and lipaemia.
//!
//! An analyte is held where an index is above the limit that the laboratory has entered for it, from the reagent's insert: there are no
//! limits here. Indices are on whatever scale the instrument reports, as numbers or as grades; the limit is on the same scale.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Op, Reported, reported::trimmed};

/// What interferes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Index {
    /// Free haemoglobin.
    Haemolysis,
    /// Bilirubin.
    Icterus,
    /// Turbidity.
    Lipaemia,
}

/// The highest index with which an analyte may be released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Highest {
    /// A number, itself allowed.
    Number(Decimal),
    /// A grade, itself allowed, of the instrument's grades from the lowest to the highest, such as `0`, `+`, `++`, `+++`.
    Grade {
        /// The grades, rising.
        of: Vec<String>,
        /// The highest that is allowed.
        highest: String,
    },
}

/// What the laboratory has entered for one analyte and one index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexLimit {
    /// Which index.
    pub index: Index,
    /// The highest that is allowed.
    pub highest: Highest,
    /// Whether the analyte is held when the index was not measured.
    pub required: bool,
}

/// An index as the instrument reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured<'a> {
    /// Which index.
    pub index: Index,
    /// The text that was sent.
    pub value: &'a str,
}

/// Whether an analyte may be released with these indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interference {
    /// Every index that has a limit is at or below it, or was not measured and is not required.
    Pass,
    /// It is held, and why; every reason is named.
    Hold(Vec<HoldReason>),
    /// No limit has been entered for the analyte, or of those that have none is required and none was measured.
    NotApplicable,
}

/// Why an analyte is held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoldReason {
    /// The index is above the limit.
    #[error("{index:?} is {found}, above the limit {limit}")]
    Above {
        /// Which index.
        index: Index,
        /// As it was reported.
        found: String,
        /// The limit.
        limit: String,
    },
    /// The index is required and was not measured.
    #[error("{0:?} was not measured, and is required")]
    Missing(Index),
    /// The index is empty, not on the scale of its limit, or may be above the limit or not.
    #[error("{index:?} is {found}, which cannot be compared with its limit")]
    Unreadable {
        /// Which index.
        index: Index,
        /// As it was reported.
        found: String,
    },
    /// The highest grade is not one of the grades, or a grade is named twice.
    #[error("the limit for {0:?} is not sound")]
    Limit(Index),
}

/// Whether an analyte with these limits may be released with these indices. An index that was measured more than once counts each time.
#[must_use]
pub fn interference(limits: &[IndexLimit], measured: &[Measured<'_>]) -> Interference {
    let mut reasons = Vec::new();
    let mut compared = false;
    for limit in limits {
        let mut found = false;
        for measured in measured.iter().filter(|measured| measured.index == limit.index) {
            found = true;
            if let Some(reason) = limit.against(measured.value) {
                reasons.push(reason);
            }
        }
        compared |= found;
        if !found && limit.required {
            reasons.push(HoldReason::Missing(limit.index));
        }
    }
    match (reasons.is_empty(), compared) {
        (false, _) => Interference::Hold(reasons),
        (true, true) => Interference::Pass,
        (true, false) => Interference::NotApplicable,
    }
}

impl IndexLimit {
    fn against(&self, found: &str) -> Option<HoldReason> {
        let unreadable = || HoldReason::Unreadable { index: self.index, found: found.to_owned() };
        if trimmed(found).is_empty() {
            return Some(unreadable());
        }
        let is_above = match &self.highest {
            Highest::Number(highest) => Reported::parse(found).stands(Op::Greater, *highest),
            Highest::Grade { of, highest } => match grade(of, highest) {
                Some(highest) => grade(of, found).map(|found| found > highest),
                None => return Some(HoldReason::Limit(self.index)),
            },
        };
        match is_above {
            Some(false) => None,
            Some(true) => {
                let (found, limit) = (found.to_owned(), self.highest.to_string());
                Some(HoldReason::Above { index: self.index, found, limit })
            }
            None => Some(unreadable()),
        }
    }
}

impl std::fmt::Display for Highest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Highest::Number(number) => number.fmt(f),
            Highest::Grade { highest, .. } => highest.fmt(f),
        }
    }
}

/// The place of a grade among the grades, where it has exactly one.
fn grade(grades: &[String], grade: &str) -> Option<usize> {
    let grade = trimmed(grade);
    let mut places = grades.iter().enumerate().filter(|(_, known)| trimmed(known) == grade);
    let (place, _) = places.next()?;
    places.next().is_none().then_some(place)
}
