//! Patients who could be the same person as one who is registered or corrected. A person looks at them and says that it is another one.
//! What the person says holds for the patients who were shown: if another one has come since, or one of them was corrected, the question
//! is asked again.

use jiff::civil::Date;
use titer_store::{Read, Sha256, StoreError};

use super::{
    PatientId,
    near::{self, Name},
    views::{self, Patient},
};
use crate::{Failure, refuse};

/// Whom a form is about to name.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Family name; empty if nobody knows the name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Date of birth; none if unknown.
    pub birth_date: Option<Date>,
    /// The identifier; empty if nobody knows it.
    pub identifier: String,
    /// The patient whom the form corrects.
    pub own: Option<PatientId>,
}

/// Those who could be the same person, the longest known first: whose name is near ([`Name::is_near`]), and whose date of birth is the
/// same, or one slip away ([`near::slips`]), or not known; and whoever had the identifier before it was corrected.
///
/// Names are compared of those whom an index finds, never of all: see [`views::born_about`] and [`views::named_about`].
pub fn alike(read: &mut dyn Read, named: &Named) -> Result<Vec<Patient>, StoreError> {
    let mut found = views::formerly(read, &named.identifier)?;
    if let Some(name) = Name::of(&named.family, &named.given) {
        let called = format!("{} {}", named.family, named.given);
        let mut possible = match named.birth_date {
            Some(day) => views::born_about(read, day, &near::slips(day), &called)?,
            None => views::named_about(read, &called)?,
        };
        possible.retain(|p| Name::of(&p.family, &p.given).is_some_and(|other| name.is_near(&other)));
        found.extend(possible);
    }
    found.retain(|p| Some(p.id) != named.own);
    found.sort_by_key(|p| p.id);
    found.dedup_by_key(|p| p.id);
    Ok(found)
}

/// What a form carries of those whom it showed: each of them, as known then. Empty if there are none.
pub fn shown(alike: &[Patient]) -> String {
    if alike.is_empty() {
        return String::new();
    }
    let each: Vec<String> = alike.iter().map(|p| format!("{}:{}", p.id, p.version)).collect();
    Sha256::of(each.join(" ").as_bytes()).to_string()
}

/// Refuses to name somebody as long as the person who does so has not seen, as `different` says, all those who could be the same.
///
/// # Errors
/// Refused with `patients-alike`.
pub fn seen(read: &mut dyn Read, named: &Named, different: &str) -> Result<(), Failure> {
    let now = shown(&alike(read, named)?);
    if now.is_empty() || now == different { Ok(()) } else { refuse("patients-alike") }
}

#[cfg(test)]
mod tests;
