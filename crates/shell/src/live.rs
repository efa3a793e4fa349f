//! Tells open pages in which rooms something has happened. Never what: the page asks for that, and gets what its reader may see.
//!
//! The topic of an event is its room, the part of its kind before the dot; a page names the rooms that it shows in `data-live`. What
//! comes close together is told at once, so that a page does not fetch itself for every event.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use titer_lab::accounts::{AccountId, SessionToken, sessions};
use titer_lab::{Action, Failure};
use titer_store::reading;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::Shell;
use crate::errors::Problem;
use crate::reader::Reader;

/// Changes kept for a page that reads slowly; a page that falls behind further fetches everything again.
const BACKLOG_MAX: usize = 1024;

/// Pages that may listen at a time: each holds a connection.
const LISTENERS_MAX: usize = 2000;
/// Pages of one session that may listen at a time.
pub const LISTENERS_OF_SESSION_MAX: usize = 12;
/// Pages of one person that may listen at a time, in all sessions.
pub const LISTENERS_OF_PERSON_MAX: usize = 48;

/// Proxies drop connections that are silent for longer than about a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long events are gathered before they are told.
const GATHER: Duration = Duration::from_millis(250);

/// How often to look for sessions that ended because their time was over.
const LOOK_EVERY: Duration = Duration::from_secs(30);

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
    most: usize,
    listeners: Arc<Mutex<Listeners>>,
    /// Somebody's roles may have changed.
    roles: Arc<Notify>,
}

/// The sessions whose pages listen.
type Listeners = HashMap<[u8; 32], Listening>;

/// The pages of one session that listen.
struct Listening {
    token: SessionToken,
    account: AccountId,
    pages: usize,
    /// Whether the session has ended.
    ended: watch::Sender<bool>,
}

fn lock(listeners: &Mutex<Listeners>) -> MutexGuard<'_, Listeners> {
    // Counts; one that a panic left half changed does no harm.
    listeners.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Nobody listens yet. At most half of the connections are for listening.
    pub fn new(connections_max: usize) -> Live {
        Live {
            changes: broadcast::Sender::new(BACKLOG_MAX),
            most: LISTENERS_MAX.min(connections_max / 2),
            listeners: Arc::default(),
            roles: Arc::default(),
        }
    }

    /// Tells every open page. That nobody listens is no mistake.
    pub fn tell(&self, change: Change) {
        let _ = self.changes.send(change);
    }

    /// Ends all streams. New ones are as before.
    pub fn end(&self) {
        for (_, listening) in lock(&self.listeners).drain() {
            listening.ended.send_replace(true);
        }
    }

    /// A place for one more page of this session, if there is one.
    fn place(&self, token: &SessionToken, account: AccountId) -> Option<Listener> {
        let mut listeners = lock(&self.listeners);
        let all = listeners.values().map(|l| l.pages).sum::<usize>();
        let of_person = listeners.values().filter(|l| l.account == account).map(|l| l.pages).sum::<usize>();
        if all >= self.most || of_person >= LISTENERS_OF_PERSON_MAX {
            return None;
        }
        let session = listeners.entry(*token.as_bytes()).or_insert_with(|| Listening {
            token: token.clone(),
            account,
            pages: 0,
            ended: watch::Sender::new(false),
        });
        if session.pages >= LISTENERS_OF_SESSION_MAX {
            return None;
        }
        session.pages += 1;
        let ended = session.ended.subscribe();
        Some(Listener { listeners: self.listeners.clone(), session: *token.as_bytes(), ended })
    }

    /// Ends the streams of sessions that are over, and of people who may no longer listen.
    async fn end_closed(&self, shell: &Shell) -> Result<(), Failure> {
        let known: Vec<(SessionToken, AccountId)> =
            lock(&self.listeners).values().map(|l| (l.token.clone(), l.account)).collect();
        if known.is_empty() {
            return Ok(());
        }
        let tokens = known.iter().map(|(token, _)| token.clone()).collect();
        let open = sessions::still_open(&shell.house, tokens).await?;
        for (token, account) in known {
            let may = match shell.laboratory.roles(account.0).await {
                Ok(roles) => roles.iter().any(|role| role.grants(Action::SeeWork)),
                // The laboratory does not answer: nothing is told meanwhile, and it is asked again.
                Err(_) => true,
            };
            if may && open.contains(&token) {
                continue;
            }
            if let Some(listening) = lock(&self.listeners).remove(token.as_bytes()) {
                listening.ended.send_replace(true);
            }
        }
        Ok(())
    }
}

/// The place of one page that listens.
struct Listener {
    listeners: Arc<Mutex<Listeners>>,
    session: [u8; 32],
    ended: watch::Receiver<bool>,
}

impl Listener {
    /// Waits until the session is over.
    async fn ended(&mut self) {
        // Whoever could have said so is gone with the session.
        let _ = self.ended.wait_for(|ended| *ended).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listeners = lock(&self.listeners);
        // A session whose streams were ended has gone from here; one that came later under its token is another.
        let Some(session) = listeners.get_mut(&self.session).filter(|_| !*self.ended.borrow()) else { return };
        session.pages -= 1;
        if session.pages == 0 {
            listeners.remove(&self.session);
        }
    }
}

/// Ends the streams of sessions when the house says that something happened there, and from time to time.
pub(crate) async fn end_with_sessions(shell: Weak<Shell>) {
    let known = shell.upgrade().map(|s| (s.house.store().watch(), s.live.roles.clone()));
    let Some((mut growing, roles)) = known else { return };
    loop {
        tokio::select! {
            grown = growing.changed() => if grown.is_err() { return },
            () = roles.notified() => {}
            () = sleep(LOOK_EVERY) => {}
        }
        let Some(shell) = shell.upgrade() else { return };
        if let Err(e) = shell.live.end_closed(&shell).await {
            tracing::warn!("the sessions of pages that listen could not be looked up: {e}");
        }
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
            if headers.iter().any(|h| h.kind.starts_with("people.")) {
                shell.live.roles.notify_one();
            }
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

/// The stream of changes, for as long as the page is open and its session lasts.
pub(crate) async fn listen(State(shell): State<Arc<Shell>>, reader: Reader, headers: HeaderMap) -> Response {
    let Some(listener) = shell.live.place(&reader.token, reader.session.account) else {
        return Problem::Busy.into_response();
    };
    // A browser that comes back says what it saw last. What it missed since is not kept here.
    let missed = headers.contains_key("last-event-id");
    let told = stream(shell.live.changes.subscribe(), missed, listener);
    Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn stream(
    changes: broadcast::Receiver<Change>,
    missed: bool,
    listener: Listener,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((changes, missed, listener), |(mut changes, missed, mut listener)| async move {
        let event = if missed {
            reset()
        } else {
            let change = tokio::select! {
                change = changes.recv() => change,
                () = listener.ended() => return None,
            };
            match change {
                Ok(change) => told(&change),
                Err(RecvError::Lagged(_)) => reset(),
                Err(RecvError::Closed) => return None,
            }
        };
        Some((Ok(event), (changes, false, listener)))
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

    fn live() -> Live {
        Live::new(2 * LISTENERS_MAX)
    }

    async fn heard(live: &Live, missed: bool, changes: i64, events: usize) -> Vec<String> {
        let listener = live.place(&SessionToken::from_bytes([1; 32]), AccountId(1)).unwrap();
        let told = stream(live.changes.subscribe(), missed, listener);
        for number in 0..changes {
            live.tell(change(number));
        }
        told.take(events).map(|event| format!("{:?}", event.unwrap())).collect().await
    }

    #[tokio::test]
    async fn a_change_is_told_without_its_content() {
        let heard = heard(&live(), false, 1, 1).await;
        assert!(heard[0].contains("event: change"), "{heard:?}");
        assert!(heard[0].contains(r#"{\"topics\":[\"results\",\"specimens\"]}"#), "{heard:?}");
    }

    #[tokio::test]
    async fn who_was_away_or_fell_behind_fetches_everything() {
        let back = heard(&live(), true, 1, 2).await;
        assert!(back[0].contains("event: reset"), "{back:?}");
        assert!(back[1].contains("event: change"), "{back:?}");
        let slow = heard(&live(), false, BACKLOG_MAX as i64 + 1, 1).await;
        assert!(slow[0].contains("event: reset"), "{slow:?}");
    }
    #[tokio::test]
    async fn one_session_cannot_hold_all_and_neither_can_one_person() {
        let live = live();
        let mut held = Vec::new();
        let mut sessions = (0..=u8::MAX).map(|n| SessionToken::from_bytes([n; 32]));
        let session = sessions.next().unwrap();
        held.extend(std::iter::from_fn(|| live.place(&session, AccountId(1))));
        assert_eq!(held.len(), LISTENERS_OF_SESSION_MAX);
        for session in sessions.by_ref().take(100) {
            held.extend(std::iter::from_fn(|| live.place(&session, AccountId(1))));
        }
        assert_eq!(held.len(), LISTENERS_OF_PERSON_MAX);
        let other = sessions.next().unwrap();
        assert!(live.place(&other, AccountId(2)).is_some());
        held.clear();
        assert!(lock(&live.listeners).is_empty(), "places are given back");
    }

    #[tokio::test]
    async fn streams_are_at_most_half_of_the_connections() {
        let live = Live::new(10);
        let place = |n: u8| live.place(&SessionToken::from_bytes([n; 32]), AccountId(n.into()));
        let held: Vec<_> = (0..10).filter_map(place).collect();
        assert_eq!(held.len(), 5);
    }

    #[tokio::test]
    async fn a_stream_that_was_ended_takes_nothing_from_a_later_one() {
        let live = live();
        let session = SessionToken::from_bytes([1; 32]);
        let first = live.place(&session, AccountId(1)).unwrap();
        live.end();
        let second = live.place(&session, AccountId(1)).unwrap();
        let told = stream(live.changes.subscribe(), false, first);
        assert_eq!(told.count().await, 0);
        assert_eq!(lock(&live.listeners)[session.as_bytes()].pages, 1);
        drop(second);
    }
}
