//! What must be so as soon as a message is acknowledged.

use titer_lab::{
    Failure,
    results::views::{self as results, LabResult},
};

use crate::{
    Kept, bench,
    fault::Fault,
    holds,
    laboratory::Place,
    truth::{Content, Sent, Truth, Value},
};

/// Looks at what came of a message, if there is something that must be so.
///
/// # Errors
/// If it is not.
pub async fn look(place: &Place, truth: &Truth, sent: &Sent) -> Kept {
    let Some(tube) = bench::about(truth, sent).map(|tube| &truth.tubes[tube]) else { return Ok(()) };
    let doubtful = matches!(sent.fault, Some(Fault::StrangeFlag | Fault::Untimed | Fault::StrangeModule));
    let deadly = sent.values.iter().any(|v| v.kills);
    let out_of_use = truth.out_of_use.iter().any(|out| out.now && out.bench == sent.bench);
    if !(doubtful || deadly || out_of_use || sent.states.is_some() || sent.content == Content::Control) {
        return Ok(());
    }
    let specimen = tube.specimen;
    let found = place.lab.read(move |s| {
        let of = (results::of_specimen(s, specimen)?, results::contradicting(s, specimen)?);
        Ok::<_, Failure>(of)
    });
    let (filed, contradicting) = found.await?;
    let came: Vec<&LabResult> =
        filed.iter().filter(|r| sent.measured.is_some() && r.measured_at == sent.measured).collect();
    no_control_lands_on_a_patient(sent, &came)?;
    no_blood_of_another_without_a_hold(truth, tube.person, sent, &came)?;
    what_the_analyzer_doubts_is_held(place, sent, &filed)?;
    no_system_out_of_use_lets_a_result_pass(place, truth, sent, &came)?;
    for value in sent.values.iter().filter(|v| v.kills) {
        let analyte = place.catalog.analyte_by_key(value.analyte.key()).map(|a| a.id);
        let against =
            contradicting.iter().any(|c| Some(c.analyte) == analyte && c.value == value.text && c.is_urgent());
        let filed = came.iter().find(|r| Some(r.analyte) == analyte && r.value == value.text);
        what_kills_is_marked(value, filed.copied(), against)?;
    }
    Ok(())
}

/// A control result never becomes a patient's.
fn no_control_lands_on_a_patient(sent: &Sent, came: &[&LabResult]) -> Kept {
    let control = sent.content == Content::Control;
    holds(!control || came.is_empty(), || format!("no control lands on a patient: {} has {came:?}", sent.barcode))
}

/// If an analyzer states another patient than the tube's, nothing is filed without a reason to hold it.
fn no_blood_of_another_without_a_hold(truth: &Truth, own: usize, sent: &Sent, came: &[&LabResult]) -> Kept {
    let Some(stated) = sent.states.filter(|stated| *stated != own) else { return Ok(()) };
    let loose = came.iter().find(|r| r.holds.is_empty());
    holds(loose.is_none(), || {
        let (said, label) = (&truth.people[stated].identifier, &truth.people[own].identifier);
        format!("no blood of another without a hold: {} of {label}, stated as {said}, has {loose:?}", sent.barcode)
    })
}

/// A flag, a time or a module that nobody can explain holds the result.
fn what_the_analyzer_doubts_is_held(place: &Place, sent: &Sent, filed: &[LabResult]) -> Kept {
    let Some(fault) = sent.fault.filter(|f| matches!(f, Fault::StrangeFlag | Fault::Untimed | Fault::StrangeModule))
    else {
        return Ok(());
    };
    let doubted = if fault == Fault::StrangeFlag { 1 } else { sent.values.len() };
    for value in &sent.values[..doubted] {
        let analyte = place.catalog.analyte_by_key(value.analyte.key()).map(|a| a.id);
        let is = |r: &&LabResult| Some(r.analyte) == analyte && r.measured_at == sent.measured && r.value == value.text;
        let loose = filed.iter().find(|r| is(r) && r.signed.is_none() && r.holds.is_empty());
        holds(loose.is_none(), || {
            format!("what the analyzer doubts is held: {fault:?} of {}: {loose:?}", sent.barcode)
        })?;
    }
    Ok(())
}

/// What a test system gives that is out of use is held.
fn no_system_out_of_use_lets_a_result_pass(place: &Place, truth: &Truth, sent: &Sent, came: &[&LabResult]) -> Kept {
    for out in truth.out_of_use.iter().filter(|out| out.now && out.bench == sent.bench) {
        let analyte = place.catalog.analyte_by_key(out.analyte.key()).map(|a| a.id);
        let link = place.benches[sent.bench].link.0;
        let new = |r: &&&LabResult| Some(r.analyte) == analyte && r.link == link && r.signed.is_none();
        let loose = came.iter().find(|r| new(r) && r.holds.is_empty());
        holds(loose.is_none(), || format!("no system out of use lets a result pass: {out:?} gave {loose:?}"))?;
    }
    Ok(())
}

/// A value that kills is critical, or held, where it is filed; and urgent where it stands against a result.
fn what_kills_is_marked(value: &Value, filed: Option<&LabResult>, against: bool) -> Kept {
    let marked = filed.is_none_or(|r| !r.critical.is_empty() || !r.holds.is_empty()) || against;
    holds(marked, || format!("what kills is marked: {} {} is {filed:?}", value.code, value.text))
}
