//! The result before: of the same patient and analyte, verified, and never later than the one that it stands beside.

use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{tables::ResultRow, views::LabResult};
use crate::{catalog::AnswerId, patients::PatientId};

/// Verified results of one patient and analyte among which the one before is looked for, the last signed.
const CANDIDATES_MAX: i64 = 1_000;

sql! {
    VERIFIED: (c: ResultRow, "k.collected_at": Option<Timestamp>) = "FROM results c JOIN specimens k ON k.lab = c.lab AND k.id = c.specimen \
        WHERE c.lab = $1 AND c.patient = $2 AND c.analyte = $3 AND c.signed_at > 0 AND c.state = 'verified' \
        ORDER BY c.signed_at DESC LIMIT $4";
}

/// A verified result of the same patient and analyte from before: that with the latest time. The time of a result is that of the
/// collection; if nobody knows that, of the measurement; else of the signature, or of the arrival while it is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The value.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// Its time.
    pub at: Timestamp,
    /// The answer that the value means, if the analyte has answers.
    pub answer: Option<AnswerId>,
}

/// The result before this one, which is of a specimen collected at this time.
pub fn previous(
    read: &mut dyn Read,
    patient: PatientId,
    result: &LabResult,
    collected_at: Option<Timestamp>,
) -> Result<Option<Previous>, StoreError> {
    let now = collected_at.or(result.measured_at).or(result.signed.as_ref().map(|(at, _)| *at));
    let verified = VERIFIED.all(read, &values![patient, result.analyte, CANDIDATES_MAX])?;
    let others = verified.into_iter().filter(|(row, _)| row.id != result.id);
    let candidates = others.filter_map(|(row, collected_at)| {
        let at = collected_at.or(row.measured_at).or(row.signed_at)?;
        // Of two of one time, one that is signed stands before one that waits, and else the one that came first.
        let first = result.signed.is_none() || row.id < result.id;
        let before = now.is_none_or(|now| at < now || (at == now && first));
        before.then_some(((at, row.id), Previous { value: row.value, unit: row.unit, at, answer: row.answer }))
    });
    Ok(candidates.max_by_key(|(when, _)| *when).map(|(_, previous)| previous))
}

#[cfg(test)]
mod tests;
