//! Reference intervals, and which one applies to whom.

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{AgeBound, Birth, reached};

/// A person's sex as the laboratory knows it. The codes are FHIR R4's AdministrativeGender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// `female`
    Female,
    /// `male`
    Male,
    /// `other`: known, and neither female nor male.
    Other,
    /// `unknown`: not known, or not asked.
    Unknown,
}

impl Sex {
    /// The code: `female`, `male`, `other` or `unknown`.
    pub fn code(self) -> &'static str {
        match self {
            Sex::Female => "female",
            Sex::Male => "male",
            Sex::Other => "other",
            Sex::Unknown => "unknown",
        }
    }

    /// The sex with this code; `None` when there is none.
    pub fn from_code(code: &str) -> Option<Sex> {
        [Sex::Female, Sex::Male, Sex::Other, Sex::Unknown].into_iter().find(|sex| sex.code() == code)
    }
}

/// A reference interval and the people it was found in. Limits are in the unit of the result they judge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interval {
    /// For this sex only; `None` for everybody.
    pub sex: Option<Sex>,
    /// From this age, included; `None` from birth.
    pub age_low: Option<AgeBound>,
    /// To this age, excluded; `None` without end.
    pub age_high: Option<AgeBound>,
    /// Lower reference limit, itself normal.
    pub low: Option<Decimal>,
    /// Upper reference limit, itself normal.
    pub high: Option<Decimal>,
}

impl Interval {
    /// Whether the interval is for this person, as far as anybody knows: only what is known of the person rules it out.
    #[must_use]
    pub fn may_be_of(&self, subject: &Subject) -> bool {
        applies(self, subject) != Some(false)
    }
}

/// Whose result is judged, and when the specimen was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Sex.
    pub sex: Sex,
    /// Birth, where it is known.
    pub birth: Option<Birth>,
    /// When the specimen was collected, by the local clock: the age that counts.
    pub at: DateTime,
}

/// The outcome of choosing.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice<'a, T> {
    /// This one applies.
    One(&'a T),
    /// None applies.
    None,
    /// Two apply, or what is known of the person does not tell whether one does. Nothing is chosen.
    Ambiguous,
}

/// Chooses among an analyte's rows the one for this person. A row's `low` and `high` play no part.
///
/// A row for the person's own sex goes before any other; between two of the same kind there is no choice. A row of which it is not
/// known whether it applies, because sex or age is not known, stands in the way of every row that it would go before or equal.
pub fn choose<'a, T>(candidates: &'a [T], of: impl Fn(&T) -> &Interval, subject: &Subject) -> Choice<'a, T> {
    select(candidates.iter().map(|row| {
        let interval = of(row);
        (row, applies(interval, subject), [interval.sex == Some(subject.sex)])
    }))
}

/// Chooses among rows, each with whether it applies and in what it is particular. A row goes before another that is in nothing the more
/// particular one, and in something the less.
pub(crate) fn select<'a, T, const N: usize>(
    rows: impl Iterator<Item = (&'a T, Option<bool>, [bool; N])>,
) -> Choice<'a, T> {
    let possible: Vec<_> = rows.filter(|(_, applies, _)| *applies != Some(false)).collect();
    let goes_before =
        |one: &[bool; N], other: &[bool; N]| one != other && one.iter().zip(other).all(|(one, other)| one >= other);
    let mut foremost =
        possible.iter().filter(|(_, _, row)| !possible.iter().any(|(_, _, other)| goes_before(other, row)));
    match (foremost.next(), foremost.next()) {
        (None, _) => Choice::None,
        (Some((row, Some(true), _)), None) => Choice::One(row),
        _ => Choice::Ambiguous,
    }
}

/// Whether the interval is for this person; `None` when that cannot be known.
pub(crate) fn applies(interval: &Interval, subject: &Subject) -> Option<bool> {
    let old_enough = age(interval.age_low.as_ref(), subject, true);
    let young_enough = age(interval.age_high.as_ref(), subject, false);
    let conditions = [sex(interval.sex, subject.sex), old_enough, young_enough];
    match conditions {
        [Some(true), Some(true), Some(true)] => Some(true),
        _ => conditions.contains(&Some(false)).then_some(false),
    }
}

/// A row for one sex needs a known sex. That a person is neither female nor male does not say which of the two rows fits.
fn sex(row: Option<Sex>, person: Sex) -> Option<bool> {
    match (row, person) {
        (None, _) => Some(true),
        (Some(_), Sex::Unknown) => None,
        (Some(row), person) if row == person => Some(true),
        (Some(_), Sex::Other) => None,
        (Some(_), Sex::Female | Sex::Male) => Some(false),
    }
}

/// Whether the person's having reached the bound, or not, is as the row wants it. Without a bound everybody will do.
fn age(bound: Option<&AgeBound>, subject: &Subject, wanted: bool) -> Option<bool> {
    let Some(bound) = bound else { return Some(true) };
    reached(subject.birth.as_ref()?, subject.at, bound).map(|is| is == wanted)
}
