//! Tells open pages what has changed: what kind of thing, which, and its version. Never what it is: the page asks for that, and
//! gets what its reader may see.

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

use crate::Web;
use crate::errors::Problem;

/// Changes kept for a page that reads slowly; a page that falls behind further fetches everything again.
const BACKLOG_MAX: usize = 1024;

/// Pages that may listen at a time: each holds a connection.
const LISTENERS_MAX: usize = 2000;

/// Proxies drop connections that are silent for longer than about a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Something that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The journal's number of the event.
    #[serde(skip)]
    pub number: i64,
    /// What kind of thing: the noun in `data-live` on pages.
    pub topic: &'static str,
    /// Which, as pages name it.
    pub id: String,
    /// Its version now.
    pub version: i64,
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
pub async fn follow(web: Weak<Web>) {
    let Some(mut growing) = web.upgrade().map(|w| w.lab.store().watch()) else { return };
    let mut seen = *growing.borrow_and_update();
    while growing.changed().await.is_ok() {
        growing.borrow_and_update();
        let Some(web) = web.upgrade() else { return };
        loop {
            let after = seen;
            let headers = web.lab.read(move |s| Ok(reading::headers(s, after, FOLLOWED_MAX)?)).await;
            let Ok(headers) = headers else { break };
            let Some(last) = headers.last() else { break };
            seen = last.number;
            for header in &headers {
                for topic in topics(&header.kind) {
                    web.live.tell(Change { number: header.number, topic, id: String::new(), version: header.number });
                }
            }
        }
    }
}

/// How often at most the board's changes are told: traffic is told of, not every frame.
const BOARD_EVERY: Duration = Duration::from_secs(1);
/// How often the board is told although nothing changed: silence grows, and rates fall.
const BOARD_AT_LEAST: Duration = Duration::from_secs(30);

/// Tells open pages how the links are doing, as long as there are pages.
pub async fn follow_board(web: Weak<Web>) {
    let Some(mut told) = web.upgrade().map(|w| w.board.watch()) else { return };
    let mut alarms = told.borrow_and_update().alarms;
    loop {
        let changed = tokio::time::timeout(BOARD_AT_LEAST, told.changed()).await;
        let Some(web) = web.upgrade() else { return };
        let now = *told.borrow_and_update();
        let change = |topic| Change { number: 0, topic, id: String::new(), version: 0 };
        web.live.tell(change("board"));
        if now.alarms != alarms || changed.is_err() {
            alarms = now.alarms;
            web.live.tell(change("home"));
        }
        drop(web);
        tokio::time::sleep(BOARD_EVERY).await;
    }
}

/// What an event changes on pages, by the room that it happened in.
fn topics(kind: &str) -> &'static [&'static str] {
    match kind.split('.').next() {
        Some("orders") => &["orders", "home"],
        Some("specimens") => &["specimens", "orders", "home"],
        Some("results") => &["results", "home"],
        Some("reports") => &["reports"],
        Some("inbox") => &["messages", "links", "home"],
        Some("links") => &["links", "messages", "home"],
        _ => &[],
    }
}

/// The stream of changes, for as long as the page is open.
pub async fn listen(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Ok(room) = web.live.room.clone().try_acquire_owned() else {
        return Problem::Busy.into_response();
    };
    // A browser that comes back says what it saw last. What it missed since is not kept here.
    let missed = headers.contains_key("last-event-id");
    let told = stream(web.live.changes.subscribe(), missed, room);
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
    let event = Event::default().event("change").id(change.number.to_string());
    // Two texts and a number always serialise; were it not so, the page would fetch everything.
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
        Change { number, topic: "results", id: "7".to_owned(), version: 2 }
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
        assert!(heard[0].contains(r#"{\"topic\":\"results\",\"id\":\"7\",\"version\":2}"#), "{heard:?}");
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
