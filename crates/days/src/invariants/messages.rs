//! Messages: nothing that was acknowledged is lost, doubled or invented.

use std::collections::BTreeSet;

use titer_lab::{Catalog, results::ContradictionState};
use titer_link::inbox::MessageState;

use super::evening::{Evening, OfTube, key, stands};
use crate::{
    Kept, broken,
    day::Days,
    fault::Fault,
    holds,
    truth::{Content, Sent, Value},
};

pub(super) fn hold(days: &Days, evening: &Evening<'_>, catalog: &Catalog) -> Kept {
    for sent in days.truth.sent.iter().filter(|sent| sent.touched) {
        what_is_acknowledged_is_kept(sent, evening)?;
        what_comes_again_is_kept_once(sent, evening)?;
        nothing_is_lost(sent, evening, catalog)?;
    }
    for tube in &evening.tubes {
        nothing_is_invented(tube, catalog)?;
        nothing_is_doubled(tube)?;
        what_contradicts_a_verified_result_opens_it(days, tube, catalog)?;
    }
    Ok(())
}

/// Every acknowledged message is kept, byte for byte.
fn what_is_acknowledged_is_kept(sent: &Sent, evening: &Evening<'_>) -> Kept {
    for id in &sent.kept {
        let same = evening.messages.get(id).is_some_and(|(_, bytes)| *bytes == sent.text);
        holds(same, || format!("what is acknowledged is kept: message {id} about {} is not", sent.barcode))?;
    }
    Ok(())
}

/// The same bytes, whose values say when they were measured, are one message, however often they come. One that a person dismissed is
/// read anew.
fn what_comes_again_is_kept_once(sent: &Sent, evening: &Evening<'_>) -> Kept {
    let dismissed = |id| evening.messages.get(id).is_some_and(|(m, _)| m.state == MessageState::Dismissed);
    let once = sent.measured.is_none() || sent.kept.len() == 1 || sent.kept.iter().any(dismissed);
    holds(once, || format!("what comes again is kept once: {} is kept as {:?}", sent.barcode, sent.kept))
}

/// Every value of a patient in an acknowledged message is filed, stands against a result, or is said to wait; or a person dismissed the
/// message. Control material waits whole.
fn nothing_is_lost(sent: &Sent, evening: &Evening<'_>, catalog: &Catalog) -> Kept {
    let kept = || sent.kept.iter().filter_map(|id| evening.messages.get(id)).map(|(message, _)| message);
    if kept().any(|m| m.state == MessageState::Dismissed) {
        return Ok(());
    }
    let waits = |test: &str| kept().flat_map(|m| &m.problems).any(|p| p.test.is_empty() || p.test == test);
    let tube = evening.tubes.iter().find(|t| t.tube.barcode == sent.barcode);
    for value in &sent.values {
        let found = tube.is_some_and(|tube| is_there(tube, sent, value, catalog));
        holds(found || waits(value.code), || {
            format!("nothing is lost: {} {} of {} ({:?}) is nowhere", value.code, value.text, sent.barcode, sent.fault)
        })?;
    }
    Ok(())
}

fn is_there(tube: &OfTube<'_>, sent: &Sent, value: &Value, catalog: &Catalog) -> bool {
    let filed = tube
        .results
        .iter()
        .any(|r| r.measured_at == sent.measured && key(catalog, r) == value.analyte.key() && r.value == value.text);
    let analyte = catalog.analyte_by_key(value.analyte.key()).map(|a| a.id);
    let against = |c: &&titer_lab::results::views::Contradiction| {
        Some(c.analyte) == analyte && c.value == value.text && c.measured_at == sent.measured
    };
    filed || tube.contradictions.iter().any(|c| against(&c))
}

/// Every measured result is the value of an acknowledged message about a patient's blood, by the link that it names.
fn nothing_is_invented(tube: &OfTube<'_>, catalog: &Catalog) -> Kept {
    for result in tube.results.iter().filter(|r| r.link != 0) {
        let analyte = key(catalog, result);
        let said = |s: &&&Sent| {
            s.content != Content::Control
                && s.measured == result.measured_at
                && s.values.iter().any(|v| v.analyte.key() == analyte && v.text == result.value)
        };
        let said = tube.sent.iter().find(said);
        holds(said.is_some(), || format!("nothing is invented: nobody said {result:?}"))?;
    }
    Ok(())
}

/// No measurement is filed twice, none stands against itself, and an analyte has one result that stands.
fn nothing_is_doubled(tube: &OfTube<'_>) -> Kept {
    let (mut filed, mut live) = (BTreeSet::new(), BTreeSet::new());
    for r in tube.results.iter().filter(|r| r.link != 0) {
        let twice = r.measured_at.is_some() && !filed.insert((r.analyte, r.measured_at, r.value.clone()));
        holds(!twice, || format!("nothing is doubled: {r:?} is there twice"))?;
        holds(!stands(r) || live.insert(r.analyte), || format!("nothing is doubled: two results stand beside {r:?}"))?;
    }
    for c in tube.contradictions.iter().filter(|c| c.measured_at.is_some() && c.holds.is_empty()) {
        let own = tube.results.iter().find(|r| r.id == c.result);
        let itself = own.is_some_and(|r| (r.measured_at, &r.value, r.link) == (c.measured_at, &c.value, c.link));
        holds(!itself, || format!("nothing is doubled: {c:?} stands against itself"))?;
    }
    Ok(())
}

/// Another value of a verified result, measured later by an analyzer in good order, stands against it until a person has decided.
fn what_contradicts_a_verified_result_opens_it(days: &Days, tube: &OfTube<'_>, catalog: &Catalog) -> Kept {
    for result in &tube.results {
        let Some(signature) = days.truth.signed.get(&result.id) else { continue };
        let analyte = key(catalog, result);
        let later = tube.sent.iter().filter(|s| {
            let good = matches!(s.fault, None | Some(Fault::Rerun)) && s.content != Content::Control;
            good && s.acknowledged > signature.at && s.measured > result.measured_at
        });
        for sent in later {
            let other = |v: &&Value| v.analyte.key() == analyte && v.text != result.value;
            let Some(value) = sent.values.iter().find(other) else { continue };
            let against = tube
                .contradictions
                .iter()
                .find(|c| (c.analyte, &c.value, c.measured_at) == (result.analyte, &value.text, sent.measured));
            match against {
                Some(c) if c.state == ContradictionState::Open || days.truth.decided.contains(&c.id) => {}
                found => {
                    return broken(format!(
                        "what contradicts a verified result opens it: {} of {} against {result:?} is {found:?}",
                        value.text, sent.barcode
                    ));
                }
            }
        }
    }
    Ok(())
}
