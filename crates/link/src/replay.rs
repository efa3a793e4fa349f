//! Reading held messages again, now that something was mended: one, or all that wait for the same. What was filed before stays
//! filed once.

use titer_lab::{Actor, Failure, Laboratory, Tx, refuse};

use crate::{
    filing::{Filing, INCOMPLETE, PROBLEMS_MAX, count_posted, problem, unfileable},
    inbox::{
        MessageId, State,
        commands::{NoteReplay, held},
        events::Problem,
        views as inbox,
    },
};

/// The most messages that one request on a page reads again; the rest waits for the next.
pub const AT_ONCE_MAX: usize = 100;

/// Reads a held message again. A message that never ended files nothing: its last record may be half of one.
///
/// # Errors
/// Refused when the message is not held any more, or never ended; or the database failed.
pub async fn one(
    laboratory: &Laboratory,
    actor: Actor,
    why: Option<String>,
    message: MessageId,
) -> Result<State, Failure> {
    read(laboratory, actor, why, message, None).await
}

/// Reads again what a held message says of a tube that was received now. What it says of other tubes waits as it did, for its own
/// tube or for a person.
///
/// # Errors
/// As [`one`]; and refused when more was wrong with it than was noted: then nobody knows what else waits in it.
pub(crate) async fn arrived(laboratory: &Laboratory, message: MessageId, barcode: String) -> Result<State, Failure> {
    let why = Some(format!("tube {barcode} was received"));
    read(laboratory, Actor::Timer, why, message, Some(barcode)).await
}

async fn read(
    laboratory: &Laboratory,
    actor: Actor,
    why: Option<String>,
    message: MessageId,
    only: Option<String>,
) -> Result<State, Failure> {
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
        let (filed, mut problems) = filing.file(tx, &bytes, only.as_deref())?;
        if let Some(barcode) = only {
            // What is wrong with the message as a whole was found again; what bears no number may be of a tube all the same.
            let others = held.problems.into_iter().filter(|p| p.barcode.trim() != barcode);
            let waiting: Vec<Problem> = others.filter(|p| !problems.contains(p)).collect();
            problems.extend(waiting);
        }
        Ok((tx.run(NoteReplay { message, filed, problems })?, filed))
    };
    match laboratory.submit(actor, why.clone(), replay).await {
        Ok((state, filed)) => {
            count_posted(filed);
            Ok(state)
        }
        Err(Failure::Refused(refusal)) => Err(refusal.into()),
        Err(failure) => {
            // Whatever is tried, the database refuses it: that is noted, and it waits for nothing else any more.
            let note = NoteReplay { message, filed: 0, problems: vec![problem(&unfileable(failure)?)] };
            laboratory.submit(actor, why, move |tx| tx.run(note)).await
        }
    }
}

/// What came of reading several messages again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Filed: nothing of them waits any more.
    pub filed: usize,
    /// Held still.
    pub held: usize,
    /// Passed over: somebody else dealt with them, or they never ended.
    pub passed: usize,
}

/// Reads messages again, each in a submission of its own: stopped anywhere, what is done stays done, and what is left still waits.
/// `progress` hears of each.
///
/// # Errors
/// When the actor may not, or the database failed.
pub async fn several(
    laboratory: &Laboratory,
    actor: Actor,
    why: Option<String>,
    messages: &[MessageId],
    mut progress: impl FnMut(MessageId, &Came),
) -> Result<Came, Failure> {
    let mut came = Came::default();
    for message in messages {
        match one(laboratory, actor, why.clone(), *message).await {
            Ok(State::Filed) => came.filed += 1,
            Ok(_) => came.held += 1,
            // Somebody else dealt with it, it never ended, or its dialect is gone; whoever may read none may read the next neither.
            Err(Failure::Refused(r)) if r.code != "people-not-permitted" => came.passed += 1,
            Err(failure) => return Err(failure),
        }
        progress(*message, &came);
    }
    Ok(came)
}
