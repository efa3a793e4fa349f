//! Signing for results. If the catalogue was changed since they were judged, they are judged again in place of the signature.

use crate::{
    Failure, Tx,
    orders::OrderId,
    results::{
        commands::{LetResultStand, VerifyResults},
        judged_now::{self, JUDGED_OTHERWISE, JudgeTubes},
        views as results,
    },
    specimens::SpecimenId,
};

/// What comes of a signature.
#[derive(Debug, PartialEq, Eq)]
pub enum Signing<T> {
    /// It was signed.
    Signed(T),
    /// Nothing was signed: the tubes were judged again, and the person must look again.
    JudgedAgain,
}

/// Verifies results.
///
/// # Errors
/// As the command refuses.
pub fn verify(tx: &mut Tx<'_, '_>, verify: VerifyResults) -> Result<Signing<Vec<OrderId>>, Failure> {
    let mut tubes = Vec::new();
    for asked in &verify.results {
        tubes.extend(results::result(tx, asked.result)?.map(|(result, _)| result.specimen));
    }
    let signed = tx.run(verify);
    or_judged_again(tx, signed, tubes)
}

/// Lets a result stand although values contradict it.
///
/// # Errors
/// As the command refuses.
pub fn let_stand(tx: &mut Tx<'_, '_>, decide: LetResultStand) -> Result<Signing<usize>, Failure> {
    let mut tubes = Vec::new();
    for id in &decide.contradictions {
        tubes.extend(judged_now::tube_of(tx, *id)?);
    }
    let signed = tx.run(decide);
    or_judged_again(tx, signed, tubes)
}

fn or_judged_again<T>(
    tx: &mut Tx<'_, '_>,
    signed: Result<T, Failure>,
    tubes: Vec<SpecimenId>,
) -> Result<Signing<T>, Failure> {
    match signed {
        Err(Failure::Refused(refusal)) if refusal.code == JUDGED_OTHERWISE => {
            tx.run(JudgeTubes(tubes))?;
            Ok(Signing::JudgedAgain)
        }
        signed => signed.map(Signing::Signed),
    }
}
