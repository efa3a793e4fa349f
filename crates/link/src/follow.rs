//! What follows by itself: a tube that arrives files what waited for it, and a withdrawn mapping holds what was filed under it.
//!
//! Neither keeps a place in the journal: both look at what stands, so that nothing is missed when the program was away.

use std::{collections::HashSet, time::Duration};

use titer_lab::{
    Actor, Failure, Laboratory,
    results::{ResultId, commands::HoldResults},
};
use tokio::{sync::watch, time::sleep};

use crate::{
    inbox::{MessageId, views as inbox},
    links::{MappingId, views as links},
    replay,
};

/// How often to look while the journal grows.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Messages read again at one look.
const ARRIVED_MAX: i64 = 500;

/// What need not be looked at again while the program runs.
#[derive(Debug, Default)]
pub struct Seen {
    /// Withdrawn mappings under which nothing waits without the hold: nothing is filed under them any more.
    settled: HashSet<MappingId>,
    /// Messages whose tube is here and which cannot be read all the same, because their dialect is gone, say.
    passed: HashSet<MessageId>,
}

/// Follows the laboratory until `stop` says so.
pub async fn follow(laboratory: Laboratory, mut stop: watch::Receiver<bool>) {
    let mut seen = Seen::default();
    let mut growing = laboratory.store().watch();
    while !*stop.borrow() && stop.has_changed().is_ok() {
        growing.borrow_and_update();
        if let Err(e) = look(&laboratory, &mut seen).await {
            tracing::warn!("what waits for a tube or a withdrawn mapping could not be looked up: {e}");
        }
        tokio::select! {
            () = async { let _ = growing.changed().await; sleep(LOOK_EVERY).await; } => {}
            _ = stop.changed() => {}
        }
    }
}

/// Reads again what waited for tubes that are received now, and holds what was filed under withdrawn mappings.
///
/// # Errors
/// What the database says.
pub async fn look(laboratory: &Laboratory, seen: &mut Seen) -> Result<(), Failure> {
    for mapping in laboratory.read(|s| Ok(links::withdrawn(s, MappingId(0))?)).await? {
        if !seen.settled.contains(&mapping) {
            hold(laboratory, mapping).await?;
            seen.settled.insert(mapping);
        }
    }
    for (message, barcode) in laboratory.read(|s| Ok(inbox::arrived(s, ARRIVED_MAX)?)).await? {
        if seen.passed.contains(&message) {
            continue;
        }
        match replay::arrived(laboratory, message, barcode).await {
            Ok(state) => tracing::info!(message = message.0, state = state.code(), "read again: its tube was received"),
            // A person was quicker, or it waited for two tubes and was read for the first.
            Err(Failure::Refused(r)) if r.code == "inbox-not-held" => {}
            Err(Failure::Refused(r)) => {
                tracing::warn!(message = message.0, code = r.code, "its tube was received, and it cannot be read");
                seen.passed.insert(message);
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

async fn hold(laboratory: &Laboratory, mapping: MappingId) -> Result<(), Failure> {
    let mut after = Some(ResultId(0));
    while let Some(last) = after {
        let hold = HoldResults { mapping: mapping.0, after: last };
        let why = Some("the mapping was withdrawn".to_owned());
        after = laboratory.submit(Actor::Timer, why, move |tx| tx.run(hold)).await?;
    }
    Ok(())
}
