//! What must be so in the evening. Looked at is what something happened to since the evening before: that the rest stands as it stood
//! follows from the journal, which is compared with all tables.

use std::collections::BTreeMap;

use titer_lab::{
    Catalog, Failure, LABORATORY,
    results::{
        State,
        calculated::views::{From, from},
        views::{self as results, Contradiction, LabResult},
    },
};
use titer_link::inbox::{
    MessageId,
    views::{self as inbox, Message},
};

use titer_store::{
    Location,
    audit::{self, Asked},
};

use super::{calculated, messages, reported, signed};
use crate::{
    Kept,
    day::Days,
    holds,
    truth::{Sent, Tube},
};

/// A tube, as the laboratory has it in the evening.
pub(super) struct OfTube<'t> {
    pub(super) tube: &'t Tube,
    pub(super) results: Vec<LabResult>,
    pub(super) contradictions: Vec<Contradiction>,
    /// What the calculated among the results were calculated from.
    pub(super) from: Vec<Option<From>>,
    /// The messages that bear its barcode.
    pub(super) sent: Vec<&'t Sent>,
}

/// What a look in the evening finds.
pub(super) struct Evening<'t> {
    pub(super) tubes: Vec<OfTube<'t>>,
    pub(super) messages: BTreeMap<MessageId, (Message, Vec<u8>)>,
}

/// Looks at everything that must be so.
///
/// # Errors
/// If something is not.
pub async fn look(days: &mut Days) -> Kept {
    let (evening, catalog) = (read(days).await?, days.place.catalog.clone());
    messages::hold(days, &evening, &catalog)?;
    for tube in &evening.tubes {
        signed::hold(days, tube)?;
        calculated::hold(days, tube, &catalog)?;
    }
    let orders = evening.tubes.iter().map(|t| t.tube.order).collect();
    reported::hold(days, orders).await?;
    the_journal_is_whole(days).await?;
    days.truth.tubes.iter_mut().for_each(|tube| tube.touched = false);
    days.truth.sent.iter_mut().for_each(|sent| sent.touched = false);
    Ok(())
}

/// The tubes that are chosen, as the laboratory has them.
pub(super) async fn tubes<'t>(days: &'t Days, chosen: impl Fn(&Tube) -> bool) -> Kept<Vec<OfTube<'t>>> {
    let chosen: Vec<&Tube> = days.truth.tubes.iter().filter(|tube| chosen(tube)).collect();
    let ids: Vec<_> = chosen.iter().map(|tube| tube.specimen).collect();
    let read = days.place.lab.read(move |s| {
        let mut tubes = Vec::new();
        for id in ids {
            let (filed, against) = (results::of_specimen(s, id)?, results::contradicting(s, id)?);
            let mut sources = Vec::new();
            for result in &filed {
                sources.push(if result.link == 0 { from(s, result.id)? } else { None });
            }
            tubes.push((filed, against, sources));
        }
        Ok::<_, Failure>(tubes)
    });
    let read = read.await?;
    let mut by_barcode: BTreeMap<&str, Vec<&Sent>> = BTreeMap::new();
    for sent in &days.truth.sent {
        by_barcode.entry(&sent.barcode).or_default().push(sent);
    }
    let tubes = chosen.into_iter().zip(read).map(|(tube, (results, contradictions, from))| {
        let sent = by_barcode.get(&*tube.barcode).cloned().unwrap_or_default();
        OfTube { tube, results, contradictions, from, sent }
    });
    Ok(tubes.collect())
}

async fn read(days: &Days) -> Kept<Evening<'_>> {
    let tubes = tubes(days, |tube| tube.touched).await?;
    let kept: Vec<MessageId> =
        days.truth.sent.iter().filter(|s| s.touched).flat_map(|s| s.kept.iter().copied()).collect();
    let read = days.place.lab.read(move |s| {
        let mut messages = BTreeMap::new();
        for id in kept {
            if let Some(message) = inbox::message(s, id)? {
                let bytes = inbox::bytes(s, &message)?;
                messages.insert(id, (message, bytes));
            }
        }
        Ok::<_, Failure>(messages)
    });
    Ok(Evening { tubes, messages: read.await? })
}

/// The analyte of this id, by its key in the catalogue.
pub(super) fn key(catalog: &Catalog, result: &LabResult) -> String {
    catalog.analyte(result.analyte).map(|a| a.key.clone()).unwrap_or_default()
}

/// Whether a result stands: it was not put aside.
pub(super) fn stands(result: &LabResult) -> bool {
    result.state != State::Repeat
}

/// The journal verifies: its chain is whole, and projected anew it gives every table as it stands.
async fn the_journal_is_whole(days: &Days) -> Kept {
    // In the folder of the laboratory: it may lie in memory.
    let asked = Asked { scratch: Some(days.place.folder().to_owned()), ..Asked::default() };
    let location = Location::Folder(days.place.folder().to_owned());
    let found = audit::verify(&location, LABORATORY, days.place.lab.store().schema(), &asked, &mut |_, _| {})?;
    holds(found.faults.is_empty(), || format!("the journal is whole: {:?}", found.faults))
}
