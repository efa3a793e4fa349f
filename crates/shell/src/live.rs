//! Tells open pages in which rooms something has happened. Never what: the page asks for that, and gets what its reader may see.
//!
//! The topic of an event is its room, the part of its kind before the dot; a page names the rooms that it shows in `data-live`. What
//! comes close together is told at once, so that a page does not fetch itself for every event.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use titer_store::reading;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Shell;
use crate::errors::Problem;

/// Changes kept for a page that reads slowly; a page that falls behind further fetches everything again.
const BACKLOG_MAX: usize = 1024;

/// Pages that may listen at a time: each holds a connection.
const LISTENERS_MAX: usize = 2000;

/// Proxies drop connections that are silent for longer than about a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long events are gathered before they are told.
const GATHER: Duration = Duration::from_millis(250);

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The journal's number of the last event; none when it is not from the journal.
    #[serde(skip)]
    pub number: Option<i64>,
    /// The rooms that it happened in, and what else pages name in `data-live`.
    pub topics: BTreeSet<&'static str>,
}

/// Where changes are told.
pub struct Live {
    changes: broadcast::Sender<Change>,
    room: Arc<Semaphore>,
}

impl Live {
    /// Nobody listens yet.
    pub fn new() -> Live {
        Live { changes: broadcast::Sender::new(BACKLOG_MAX), room: Arc::new(Semaphore::new(LISTENERS_MAX)) }
    }

    /// Tells every open page. That nobody listens is no mistake.
    pub fn tell(&self, change: Change) {
        let _ = self.changes.send(change);
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

/// Headers of events read at a time.
const FOLLOWED_MAX: i64 = 500;

/// Tells open pages what the journal says, as long as there are pages.
pub(crate) async fn follow(shell: Weak<Shell>) {
    let Some(mut growing) = shell.upgrade().map(|s| s.laboratory.journal.store().watch()) else { return };
    let mut seen = *growing.borrow_and_update();
    while growing.changed().await.is_ok() {
        tokio::time::sleep(GATHER).await;
        growing.borrow_and_update();
        let Some(shell) = shell.upgrade() else { return };
        let mut topics = BTreeSet::new();
        loop {
            let after = seen;
            let read = shell.laboratory.journal.read(move |s| Ok(reading::headers(s, after, FOLLOWED_MAX)?));
            let Ok(headers) = read.await else { break };
            let Some(last) = headers.last() else { break };
            seen = last.number;
            topics.extend(headers.iter().filter_map(|h| topic(&shell, &h.kind)));
        }
        if !topics.is_empty() {
            shell.live.tell(Change { number: Some(seen), topics });
        }
    }
}

/// The room that an event happened in, if any page shows it.
fn topic(shell: &Shell, kind: &str) -> Option<&'static str> {
    let room = kind.split_once('.')?.0;
    let mut shown = shell.laboratory.sections.iter().flat_map(|section| section.topics);
    shown.find(|topic| **topic == room).copied()
}

/// The stream of changes, for as long as the page is open.
pub(crate) async fn listen(State(shell): State<Arc<Shell>>, headers: HeaderMap) -> Response {
    let Ok(room) = shell.live.room.clone().try_acquire_owned() else {
        return Problem::Busy.into_response();
    };
    // A browser that comes back says what it saw last. What it missed since is not kept here.
    let missed = headers.contains_key("last-event-id");
    let told = stream(shell.live.changes.subscribe(), missed, room);
    Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn stream(
    changes: broadcast::Receiver<Change>,
    missed: bool,
    room: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((changes, missed, room), |(mut changes, missed, room)| async move {
        let event = if missed {
            reset()
        } else {
            match changes.recv().await {
                Ok(change) => told(&change),
                Err(RecvError::Lagged(_)) => reset(),
                Err(RecvError::Closed) => return None,
            }
        };
        Some((Ok(event), (changes, false, room)))
    })
}

fn told(change: &Change) -> Event {
    let event = change.number.into_iter().fold(Event::default().event("change"), |e, n| e.id(n.to_string()));
    // A list of texts always serialises; were it not so, the page would fetch everything.
    event.json_data(change).unwrap_or_else(|_| reset())
}

/// Asks a page to fetch everything again.
fn reset() -> Event {
    Event::default().event("reset").data("")
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    fn change(number: i64) -> Change {
        Change { number: Some(number), topics: ["results", "specimens"].into() }
    }

    async fn heard(live: &Live, missed: bool, changes: i64, events: usize) -> Vec<String> {
        let room = live.room.clone().try_acquire_owned().unwrap();
        let told = stream(live.changes.subscribe(), missed, room);
        for number in 0..changes {
            live.tell(change(number));
        }
        told.take(events).map(|event| format!("{:?}", event.unwrap())).collect().await
    }

    #[tokio::test]
    async fn a_change_is_told_without_its_content() {
        let heard = heard(&Live::new(), false, 1, 1).await;
        assert!(heard[0].contains("event: change"), "{heard:?}");
        assert!(heard[0].contains(r#"{\"topics\":[\"results\",\"specimens\"]}"#), "{heard:?}");
    }

    #[tokio::test]
    async fn who_was_away_or_fell_behind_fetches_everything() {
        let back = heard(&Live::new(), true, 1, 2).await;
        assert!(back[0].contains("event: reset"), "{back:?}");
        assert!(back[1].contains("event: change"), "{back:?}");
        let slow = heard(&Live::new(), false, BACKLOG_MAX as i64 + 1, 1).await;
        assert!(slow[0].contains("event: reset"), "{slow:?}");
    }
}
