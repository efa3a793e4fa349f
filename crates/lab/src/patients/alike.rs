//! Patients who could be the same person as one who is registered or corrected. A person looks at them and says that it is another one.
//! What the person says holds for the patients who were shown: if another one has come since, or one of them was corrected, the question
//! is asked again.

use jiff::civil::Date;
use titer_store::{Read, Sha256, StoreError};

use super::{
    PatientId, names,
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

/// Those who could be the same person, the longest known first: whose name is similar, and whose date of birth is the same or not known;
/// and whoever had the identifier before it was corrected.
pub fn alike(read: &mut dyn Read, named: &Named) -> Result<Vec<Patient>, StoreError> {
    let words = names::asked(&format!("{} {}", named.family, named.given));
    let mut found = views::formerly(read, &named.identifier)?;
    if !words.is_empty() {
        if let Some(day) = named.birth_date {
            let own = names::words(&named.family, &named.given, "");
            let similar = |p: &Patient| views::called(p, &words) || is_called(&own, p);
            found.extend(views::born_on(read, day)?.into_iter().filter(similar));
        }
        let by_name = views::named(read, &words, views::WORDS_SCANNED_MAX as usize)?;
        found.extend(by_name.into_iter().filter(|p| named.birth_date.is_none() || p.birth_date.is_none()));
    }
    found.retain(|p| Some(p.id) != named.own);
    found.sort_by_key(|p| p.id);
    found.dedup_by_key(|p| p.id);
    Ok(found)
}

/// Whether each word of a patient's name begins one of these.
fn is_called(words: &[String], patient: &Patient) -> bool {
    let begins = |(word, plain): &(String, String)| words.iter().any(|w| w.starts_with(word) || w.starts_with(plain));
    names::asked(&format!("{} {}", patient.family, patient.given)).iter().all(begins)
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
