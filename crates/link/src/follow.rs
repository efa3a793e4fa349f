//! What follows by itself: a tube that arrives files what waited for it, and a withdrawn mapping holds what was filed under it.
//!
//! Each start looks at all that stands, so that nothing is missed when the program was away. From then on only what happened since
//! is looked at.

use std::time::Duration;

use titer_lab::{
    Actor, Failure, Laboratory,
    results::{ResultId, commands::HoldResults},
    specimens::{SpecimenId, views as specimens},
    stories,
};
use tokio::{sync::watch, time::sleep};

use crate::{
    inbox::{MessageId, views as inbox, waits::Wait},
    links::{
        MappingId,
        commands::{WithdrawEquating, equates},
        views as links,
    },
    replay,
};

/// How often to look while the journal grows.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Entries of stories read at a time.
const ENTERED_MAX: i64 = 1_000;
/// What happened, as the journal names it, when a tube was received.
const RECEIVED: &str = "specimens.received";

/// How far it was looked while the program runs.
#[derive(Debug, Default)]
pub struct Seen {
    /// The last withdrawal whose results are held: nothing is filed under a withdrawn mapping any more.
    withdrawn: links::Withdrawal,
    /// The last entry of the stories; none before all that waits was looked at once.
    stories: Option<i64>,
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
    if seen.stories.is_none() {
        withdraw_equating(laboratory).await?;
    }
    hold_withdrawn(laboratory, seen).await?;
    if let Some(place) = &mut seen.stories {
        return read_received(laboratory, place).await;
    }
    let last = laboratory.read(|s| Ok(stories::last_entered(s)?)).await?;
    read_all_arrived(laboratory).await?;
    seen.stories = Some(last);
    Ok(())
}

/// Reads again what waits for tubes that are here.
async fn read_all_arrived(laboratory: &Laboratory) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let behind = after.clone();
        let page = laboratory.read(move |s| Ok(inbox::awaiting_receipt(s, behind.as_ref())?)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.0.clone());
        for ((_, message), received) in page {
            if let Some(barcode) = received {
                read_again(laboratory, message, barcode).await?;
            }
        }
    }
}

/// Reads again what waited for the tubes that were received behind a place in the stories.
async fn read_received(laboratory: &Laboratory, place: &mut i64) -> Result<(), Failure> {
    loop {
        let behind = *place;
        let entered = laboratory.read(move |s| Ok(stories::entered(s, behind, ENTERED_MAX)?)).await?;
        let Some(last) = entered.last().map(|e| e.place) else { return Ok(()) };
        for entry in entered.into_iter().filter(|e| e.kind == RECEIVED) {
            read_awaiting(laboratory, SpecimenId(entry.subject)).await?;
        }
        *place = last;
    }
}

/// Reads again what waited for this tube. A story may be an order's as well: then there is none.
async fn read_awaiting(laboratory: &Laboratory, specimen: SpecimenId) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let behind: Option<inbox::ListPlace> = after.clone();
        let found = laboratory.read(move |s| {
            let Some(tube) = specimens::specimen(s, specimen)? else { return Ok(None) };
            let about = inbox::About::exactly(Wait::Receipt, &tube.barcode, None);
            Ok(Some((tube.barcode, inbox::about(s, &about, behind.as_ref())?)))
        });
        let Some((barcode, found)) = found.await? else { return Ok(()) };
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(last.clone());
        for (_, message) in found {
            read_again(laboratory, message, barcode.clone()).await?;
        }
    }
}

async fn read_again(laboratory: &Laboratory, message: MessageId, barcode: String) -> Result<(), Failure> {
    match replay::arrived(laboratory, message, barcode).await {
        Ok(state) => tracing::info!(message = message.0, state = state.code(), "read again: its tube was received"),
        // A person was quicker, or it waited for two tubes and was read for the first.
        Err(Failure::Refused(r)) if r.code == "inbox-not-held" => {}
        // Its dialect is gone, say: it is left to a person.
        Err(Failure::Refused(r)) => {
            tracing::warn!(message = message.0, code = r.code, "its tube was received, and it cannot be read");
        }
        Err(e) => return Err(e),
    }
    Ok(())
}

/// Withdraws mappings of before that take one unit for another, so that their results are held and nothing more is filed under them.
async fn withdraw_equating(laboratory: &Laboratory) -> Result<(), Failure> {
    let lab = laboratory.clone();
    let found = laboratory.read(move |s| {
        let catalog = lab.catalog(s)?;
        let mut found = Vec::new();
        for link in links::all(s)? {
            let equating = links::mappings(s, link)?.into_iter().filter(|m| equates(&catalog, m));
            found.extend(equating.map(|m| {
                let unit = catalog.analyte(m.analyte).map(|a| a.unit.clone()).unwrap_or_default();
                (m.id, format!("the unit {} is not the laboratory's {unit}, and no conversion was approved", m.unit))
            }));
        }
        Ok::<_, Failure>(found)
    });
    for (mapping, why) in found.await? {
        tracing::warn!(mapping = mapping.0, "withdrawn: {why}");
        laboratory.submit(Actor::Timer, Some(why), move |tx| tx.run(WithdrawEquating { mapping })).await?;
    }
    Ok(())
}

async fn hold_withdrawn(laboratory: &Laboratory, seen: &mut Seen) -> Result<(), Failure> {
    loop {
        let after = seen.withdrawn;
        let withdrawn = laboratory.read(move |s| Ok(links::withdrawn(s, after)?)).await?;
        if withdrawn.is_empty() {
            return Ok(());
        }
        for withdrawal in withdrawn {
            hold(laboratory, withdrawal.mapping).await?;
            seen.withdrawn = withdrawal;
        }
    }
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
