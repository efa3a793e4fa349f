//! Correcting who a patient is.

use crate::{
    Failure, Tx,
    patients::{
        PatientId,
        commands::{CorrectPatient, Correction},
    },
    results::judge::JudgeAgain,
};

/// Corrects a patient. If sex or date of birth changed, the results that wait for review are judged again; verified results and issued
/// reports stay as they are. The reason is that of the submission. Answers how many results have another judgement.
///
/// # Errors
/// As the commands refuse.
pub fn correct(tx: &mut Tx<'_, '_>, patient: PatientId, correction: Correction) -> Result<usize, Failure> {
    let judged = tx.run(CorrectPatient { patient, correction })?;
    if judged { tx.run(JudgeAgain { patient }) } else { Ok(0) }
}
