//! Learns from the journal when the messages of each link arrive. All processes read the same journal, so all know the usual silence
//! of every link.

use std::collections::HashMap;

use titer_lab::{Laboratory, sites};
use titer_store::{Read, StoreError, Timestamp, reading};
use tokio::sync::watch;

use crate::{
    Board,
    inbox::{MessageId, views as inbox},
    links::LinkId,
    silence::WEEKS,
};

/// Headers of the journal that are read at a time.
const HEADERS_MAX: i64 = 2_000;

/// Learns the arrivals of all links, from the journal's last weeks and then as the journal grows, until `stop` says so.
pub(crate) async fn learn(laboratory: Laboratory, board: Board, mut stop: watch::Receiver<bool>) {
    let mut growing = laboratory.store().watch();
    let since = laboratory.store().now().plus_seconds(-(WEEKS * 7 + 1) * 86_400);
    let read = laboratory.read(move |s| Ok((first_since(s, since)?, sites::views::zone(s)?))).await;
    let Ok((mut after, zone)) = read else { return };
    loop {
        growing.borrow_and_update();
        let mut arrived: HashMap<LinkId, Vec<(MessageId, Timestamp)>> = HashMap::new();
        let from = after;
        let Ok(headers) = laboratory.read(move |s| Ok(reading::headers(s, from, HEADERS_MAX)?)).await else { return };
        let more = headers.len() as i64 == HEADERS_MAX;
        for header in headers {
            after = header.number;
            if let Some((link, message)) = inbox::kept(&header) {
                arrived.entry(link).or_default().push((message, header.at));
            }
        }
        for (link, messages) in arrived {
            board.note(link, |activity| {
                for (message, at) in messages {
                    activity.arrivals.add(&zone, at);
                    activity.remember(message);
                    activity.status.last_message_at = activity.status.last_message_at.max(Some(at));
                }
            });
        }
        if more {
            continue;
        }
        tokio::select! {
            grown = growing.changed() => if grown.is_err() { return },
            ended = stop.wait_for(|s| *s) => { drop(ended); return }
        }
        // Messages come in swarms. The board knows those of this process already.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

/// The number of the last event before this time. Time in a journal never goes back, so a binary search finds it.
fn first_since(read: &mut dyn Read, since: Timestamp) -> Result<i64, StoreError> {
    let (mut before, mut end) = (0, reading::head(read)?.number);
    while before < end {
        let middle = before + (end - before) / 2;
        match reading::headers(read, middle, 1)?.first() {
            // A restored journal's numbers have a gap.
            Some(header) if header.at < since => before = header.number,
            _ => end = middle,
        }
    }
    Ok(before)
}
