//! Signatures: what is verified was signed by a person who was shown it.

use titer_lab::results::State;

use super::evening::OfTube;
use crate::{Kept, day::Days, holds};

pub(super) fn hold(days: &Days, tube: &OfTube<'_>) -> Kept {
    nothing_is_verified_without_a_signature(days, tube)?;
    what_was_signed_stands(days, tube)?;
    what_is_verified_names_its_evidence(tube)?;
    nothing_calculated_is_verified_before_its_inputs(days, tube)
}

/// A verified result bears the value that a person was shown, and that person's name.
fn nothing_is_verified_without_a_signature(days: &Days, tube: &OfTube<'_>) -> Kept {
    for result in tube.results.iter().filter(|r| r.state == State::Verified) {
        let signature = days.truth.signed.get(&result.id);
        let same = signature
            .zip(result.signed.as_ref())
            .is_some_and(|(signature, (_, by))| (&signature.value, &signature.by) == (&result.value, by));
        holds(same, || format!("nothing is verified without a signature: {result:?}, signed as {signature:?}"))?;
    }
    Ok(())
}

/// What a person signed stays verified, and what nobody signed bears no signature.
fn what_was_signed_stands(days: &Days, tube: &OfTube<'_>) -> Kept {
    for result in &tube.results {
        let (signed, verified) = (days.truth.signed.contains_key(&result.id), result.state == State::Verified);
        holds(signed == verified && verified == result.signed.is_some(), || {
            format!("what was signed stands: {result:?} was signed: {signed}")
        })?;
    }
    Ok(())
}

/// A verified result names what measured it, or what it was calculated from.
fn what_is_verified_names_its_evidence(tube: &OfTube<'_>) -> Kept {
    for (result, from) in tube.results.iter().zip(&tube.from).filter(|(r, _)| r.state == State::Verified) {
        let held = result.holds.iter().any(|hold| hold.starts_with("module") || hold == "no-instrument");
        let evidence = from.is_some() || (result.link != 0 && (result.instrument.is_some() || held));
        holds(evidence, || format!("what is verified names its evidence: {result:?}"))?;
    }
    Ok(())
}

/// What a verified result was calculated from is verified itself.
fn nothing_calculated_is_verified_before_its_inputs(days: &Days, tube: &OfTube<'_>) -> Kept {
    for (result, from) in tube.results.iter().zip(&tube.from).filter(|(r, _)| r.state == State::Verified) {
        let inputs = from.iter().flat_map(|from| &from.inputs).filter_map(|(_, input, _)| *input);
        let unsigned = inputs.into_iter().find(|input| !days.truth.signed.contains_key(input));
        holds(unsigned.is_none(), || {
            format!("nothing calculated is verified before its inputs: {unsigned:?} of {result:?} is not")
        })?;
    }
    Ok(())
}
