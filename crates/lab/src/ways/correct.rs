//! Correcting who a patient is.

use crate::{
    Failure, Tx,
    patients::{
        PatientId,
        commands::{CorrectIdentifier, CorrectPatient, Correction},
        views as patients,
    },
    results::{calculated::commands::CalculateAgain, judged_again::JudgeAgain},
};

/// Corrects a patient, and the identifier if it is another one than the patient has. If sex or date of birth changed, what is calculated
/// from them is calculated again, and the results that wait for review are judged again; verified results and issued reports stay as
/// they are. The reason is that of the submission. Answers how many results have another judgement.
///
/// # Errors
/// As the commands refuse.
pub fn correct(
    tx: &mut Tx<'_, '_>,
    patient: PatientId,
    correction: Correction,
    identifier: String,
) -> Result<usize, Failure> {
    let known = patients::patient(tx, patient)?;
    // An identifier that stays as it is may be older than today's rules for identifiers.
    let other = known.is_some_and(|known| known.identifier != identifier.trim());
    if other {
        tx.run(CorrectIdentifier { patient, identifier })?;
    }
    let judged = match tx.run(CorrectPatient { patient, correction }) {
        // Only the identifier was wrong.
        Err(Failure::Refused(r)) if other && r.code == "patients-nothing-corrected" => false,
        judged => judged?,
    };
    if !judged {
        return Ok(0);
    }
    tx.run(CalculateAgain { patient })?;
    tx.run(JudgeAgain { patient })
}
