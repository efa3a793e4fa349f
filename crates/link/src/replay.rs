//! Reads held messages again after something was corrected: one message, or all that wait for the same thing. Results that were filed
//! before are not filed twice.

use std::collections::BTreeSet;

use titer_lab::{Actor, Failure, Laboratory, Tx, refuse, text};

use crate::{
    filing::{Came, Filing, INCOMPLETE, PROBLEMS_MAX, count_posted, problem},
    inbox::{
        MessageId, MessageState, Problem,
        commands::{NoteReplay, held},
        unfileable, views as inbox,
    },
};

/// The most messages that one request on a page reads again. The others wait for the next request.
pub const AT_ONCE_MAX: usize = 100;

/// Reads a held message again. A message that never ended files nothing, because its last record may be incomplete.
///
/// # Errors
/// Refused if the message is no longer held, or never ended.
pub async fn one(
    laboratory: &Laboratory,
    actor: Actor,
    why: Option<String>,
    message: MessageId,
) -> Result<MessageState, Failure> {
    read(laboratory, actor, why, message, None).await
}

/// Reads again the part of a held message that is about a tube which has been received now. The other problems stay, for their own
/// tubes or for a person.
///
/// # Errors
/// As [`one`]; and refused if the list of problems was cut at [`PROBLEMS_MAX`].
pub(crate) async fn arrived(
    laboratory: &Laboratory,
    message: MessageId,
    barcode: String,
) -> Result<MessageState, Failure> {
    let why = Some(format!("tube {barcode} was received"));
    read(laboratory, Actor::Timer, why, message, Some(barcode)).await
}

async fn read(
    laboratory: &Laboratory,
    actor: Actor,
    why: Option<String>,
    message: MessageId,
    only: Option<String>,
) -> Result<MessageState, Failure> {
    let laboratory_of_link = laboratory.clone();
    let replay = move |tx: &mut Tx<'_, '_>| {
        let held = held(tx, message)?;
        if held.problems.iter().any(|p| p.code == INCOMPLETE) {
            return refuse(INCOMPLETE);
        }
        let bytes = inbox::bytes(tx, &held)?;
        let filing = Filing::new(laboratory_of_link, held.link);
        if only.is_some() && held.problems.len() >= PROBLEMS_MAX {
            return refuse("inbox-more-problems");
        }
        let Came { filed, mut problems, kept } = filing.file(tx, &bytes, only.as_deref(), &held)?;
        if let Some(barcode) = only {
            // Problems of the message as a whole were found again. Problems without a tube number stay, because they may be about a tube.
            let others = held.problems.into_iter().filter(|p| text::key(&p.barcode) != text::key(&barcode));
            let waiting: Vec<Problem> = others.filter(|p| !problems.contains(p)).collect();
            problems.extend(waiting);
        }
        Ok((tx.run(NoteReplay { message, filed, problems, kept })?, filed))
    };
    match laboratory.submit(actor, why.clone(), replay).await {
        Ok((state, filed)) => {
            count_posted(filed);
            Ok(state)
        }
        Err(Failure::Refused(refusal)) => Err(refusal.into()),
        Err(failure) => {
            // The database would refuse it every time. That is noted, and the message waits for nothing else.
            let problems = vec![problem(&unfileable(failure)?)];
            let note = NoteReplay { message, filed: 0, problems, kept: BTreeSet::new() };
            laboratory.submit(actor, why, move |tx| tx.run(note)).await
        }
    }
}

/// The outcome of reading several messages again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayOutcome {
    /// Messages that are filed now.
    pub filed: usize,
    /// Messages that are still held.
    pub held: usize,
    /// Messages that were passed over: somebody else dealt with them, or they never ended.
    pub passed: usize,
}

/// Reads messages again, each in a submission of its own. It may be stopped at any message. `progress` is called after each.
///
/// # Errors
/// Refused if the actor may not read messages again.
pub async fn several(
    laboratory: &Laboratory,
    actor: Actor,
    why: Option<String>,
    messages: &[MessageId],
    mut progress: impl FnMut(MessageId, &ReplayOutcome),
) -> Result<ReplayOutcome, Failure> {
    let mut outcome = ReplayOutcome::default();
    for message in messages {
        match one(laboratory, actor, why.clone(), *message).await {
            Ok(MessageState::Filed) => outcome.filed += 1,
            Ok(_) => outcome.held += 1,
            // Somebody else dealt with it, it never ended, or its dialect is gone. If the actor may not read it, they may read none.
            Err(Failure::Refused(r)) if r.code != "people-not-permitted" => outcome.passed += 1,
            Err(failure) => return Err(failure),
        }
        progress(*message, &outcome);
    }
    Ok(outcome)
}
