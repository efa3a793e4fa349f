//! What a message says of the patient, against whom the laboratory knows the tube to be of.

use jiff::tz::TimeZone;
use titer_lab::{
    Failure, Refusal,
    patients::views::{self as patients, Patient, Told},
    sites, text,
};
use titer_store::{Read, Timestamp};

use super::CLOCK;
use crate::dialect::StatedPatient;

/// The holds that follow from it, or why nothing is filed. It identifies nobody: what is not said, or not known here, contradicts
/// nothing; what cannot be read does.
///
/// What was this patient's until a correction is said by an analyzer that had its orders before. The tube was scanned, so the result is
/// filed where everybody sees it, also if it is critical. But the correction may have been made because the data are somebody else's: so
/// the result is held, and a person compares. If the identifier is or was another patient's, nothing is filed.
pub(super) fn stated(
    read: &mut dyn Read,
    known: &Patient,
    stated: &StatedPatient,
    zone: &TimeZone,
) -> Result<Result<Vec<String>, Refusal>, Failure> {
    let clock = |at: Timestamp| sites::views::local(at, zone).strftime(CLOCK).to_string();
    let mut holds = Vec::new();
    let said = stated.identifier.trim();
    if !said.is_empty() && !known.identifier.is_empty() && text::key(said) != text::key(&known.identifier) {
        match patients::given_up(read, known, said)? {
            Some(at) => holds.extend([format!("former-identifier:{} {said}", clock(at))]),
            None => return Ok(Err(Refusal::new("inbox-other-patient").with("said", said))),
        }
    }
    let other = |said: &str, known: &str| !said.is_empty() && !known.is_empty() && said != known;
    let (said, born) = (&stated.birth, known.birth_date.map(|d| d.to_string()).unwrap_or_default());
    if other(said, &born) {
        match patients::told_until(read, known, |told: &Told| told.birth_date == *said)? {
            Some(at) => holds.extend([format!("former-birth-date:{} {said}", clock(at))]),
            None => return Ok(Err(Refusal::new("inbox-other-birth-date").with("said", said))),
        }
    }
    let (said, sex) = (&stated.sex, Some(known.sex.code()).filter(|sex| ["female", "male"].contains(sex)));
    if other(said, sex.unwrap_or_default()) {
        match patients::told_until(read, known, |told: &Told| told.sex == *said)? {
            Some(at) => holds.extend([format!("former-sex:{} {said}", clock(at))]),
            None => return Ok(Err(Refusal::new("inbox-other-sex").with("said", said))),
        }
    }
    Ok(Ok(holds))
}
