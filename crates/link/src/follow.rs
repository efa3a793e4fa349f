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
const ARRIVED_MAX: i64 = 50;

/// Follows the laboratory until `stop` says so.
pub async fn follow(laboratory: Laboratory, mut stop: watch::Receiver<bool>) {
    let mut settled = HashSet::new();
    let mut growing = laboratory.store().watch();
    while !*stop.borrow() && stop.has_changed().is_ok() {
        growing.borrow_and_update();
        if let Err(e) = look(&laboratory, &mut settled).await {
            tracing::warn!("what waits for a tube or a withdrawn mapping could not be looked up: {e}");
        }
        tokio::select! {
            () = async { let _ = growing.changed().await; sleep(LOOK_EVERY).await; } => {}
            _ = stop.changed() => {}
        }
    }
}

/// Reads again what waited for tubes that are received now, and holds what was filed under withdrawn mappings. `settled` are those
/// under which nothing waits without the hold: nothing is filed under them any more.
///
/// # Errors
/// What the database says.
pub async fn look(laboratory: &Laboratory, settled: &mut HashSet<MappingId>) -> Result<(), Failure> {
    for mapping in laboratory.read(|s| Ok(links::withdrawn(s, MappingId(0))?)).await? {
        if !settled.contains(&mapping) {
            hold(laboratory, mapping).await?;
            settled.insert(mapping);
        }
    }
    loop {
        let arrived = laboratory.read(|s| Ok(inbox::arrived(s, ARRIVED_MAX)?)).await?;
        for (message, barcode) in &arrived {
            read_again(laboratory, *message, barcode).await?;
        }
        if (arrived.len() as i64) < ARRIVED_MAX {
            return Ok(());
        }
    }
}

async fn read_again(laboratory: &Laboratory, message: MessageId, barcode: &str) -> Result<(), Failure> {
    let why = Some(format!("tube {barcode} was received"));
    match replay::one(laboratory, Actor::Timer, why, message).await {
        Ok(state) => tracing::info!(message = message.0, state = state.code(), "read again: its tube was received"),
        // A person was quicker, or the message waits for two tubes and was read for the first.
        Err(Failure::Refused(r)) if r.code == "inbox-not-held" => {}
        Err(e) => return Err(e),
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
