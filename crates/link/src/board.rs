//! The state of the links in this process, for pages and metrics. It is kept in memory.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use titer_store::Timestamp;
use titer_wire::recording::{Entry, What};
use tokio::sync::{mpsc, watch};

use crate::{
    inbox::MessageId,
    links::LinkId,
    silence::{Arrivals, Silence},
};

/// Refused peers that are remembered for one link.
pub const REFUSED_MAX: usize = 16;
/// Entries of the line trace that are remembered for one link.
pub const TRACE_MAX: usize = 200;
/// Bytes of one entry of the line trace that are remembered.
pub const TRACE_BYTES_MAX: usize = 400;
/// Messages of one link whose numbers are remembered.
pub const LATEST_MAX: usize = 20;
/// Trouble is shown as a task for a person if it happened within so many seconds.
pub const FRESH_SECONDS: i64 = 600;
/// Messages are counted in periods of so many seconds.
const PERIOD_SECONDS: i64 = 10;
/// Periods of an hour.
const PERIODS_MAX: usize = 360;

/// What a link's sockets are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SocketState {
    /// It is not open in this process.
    #[default]
    Closed,
    /// Analyzers may connect.
    Listening,
    /// It connects to the analyzer, or is connected.
    Connecting,
    /// It could not connect, or the analyzer closed the connection. It connects again soon.
    Waiting,
    /// It is closing. Transfers that have begun may end.
    Draining,
    /// It cannot be opened. It is opened again soon.
    Stopped,
    /// Another process has it open.
    Elsewhere,
}

/// One open connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its number, counted from 1 since the program started.
    pub number: u64,
    /// Who is at the other end.
    pub peer: IpAddr,
    /// Since when.
    pub since: Timestamp,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// When the peer last sent anything.
    pub heard_at: Option<Timestamp>,
}

/// An entry of the line trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// When.
    pub at: Timestamp,
    /// On which connection.
    pub connection: u64,
    /// What, up to [`TRACE_BYTES_MAX`].
    pub what: What,
    /// Bytes beyond that.
    pub more: usize,
}

/// The state of a link in this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What its sockets are doing.
    pub state: SocketState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Which other process has it open.
    pub elsewhere: String,
    /// Open connections.
    pub connections: usize,
    /// Who is connected, the longest first.
    pub connected: Vec<Connection>,
    /// Messages since the program started.
    pub messages: u64,
    /// Messages of the last minute.
    pub last_minute: u64,
    /// Messages of the last hour, or since the program started.
    pub last_hour: u64,
    /// Messages that are being filed.
    pub filing: usize,
    /// When the last one came, also before the program started.
    pub last_message_at: Option<Timestamp>,
    /// Troubles since the program started.
    pub errors: u64,
    /// What went wrong last, and when.
    pub trouble: Option<(Timestamp, String)>,
    /// Peers that are not listed and tried to connect, with how often.
    pub refused: Vec<(String, u64)>,
}

/// All that is known of one link in this process.
#[derive(Default)]
pub(crate) struct LinkActivity {
    pub(crate) status: Status,
    pub(crate) arrivals: Arrivals,
    latest: VecDeque<MessageId>,
    trace: VecDeque<TraceEntry>,
    periods: VecDeque<(i64, u64)>,
    recorder: Option<mpsc::Sender<Entry>>,
    lost: u64,
    connections: u64,
}

/// Counts changes, so that pages know when to show the board again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCount {
    /// Anything at all.
    pub all: u64,
    /// Something that may want a person: a state, a trouble.
    pub alarms: u64,
}

type Links = Arc<Mutex<HashMap<LinkId, Arc<Mutex<LinkActivity>>>>>;

/// The state of all links. Cheap to clone.
#[derive(Clone, Default)]
pub struct Board {
    links: Links,
    changes: Arc<watch::Sender<ChangeCount>>,
}

impl Board {
    /// The state of a link at the time `now` of the laboratory's clock.
    pub fn status_at(&self, link: LinkId, now: Timestamp) -> Status {
        let activity = self.activity(link);
        let activity = lock(&activity);
        let mut status = activity.status.clone();
        status.connections = status.connected.len();
        let period = period(now);
        let since = |periods| activity.periods.iter().filter(|(p, _)| period - p < periods).map(|(_, n)| n).sum();
        (status.last_minute, status.last_hour) = (since(60 / PERIOD_SECONDS), since(3_600 / PERIOD_SECONDS));
        status
    }

    /// The state of a link now.
    pub fn status(&self, link: LinkId) -> Status {
        self.status_at(link, Timestamp::now())
    }

    /// Whether a link has been silent for longer than usual.
    pub fn silence(&self, link: LinkId, now: Timestamp) -> Silence {
        lock(&self.activity(link)).arrivals.silence(now)
    }

    /// The last messages of a link, the latest first.
    pub fn latest(&self, link: LinkId) -> Vec<MessageId> {
        lock(&self.activity(link)).latest.iter().rev().copied().collect()
    }

    /// The line trace of a link, the latest entry first.
    pub fn trace(&self, link: LinkId) -> Vec<TraceEntry> {
        lock(&self.activity(link)).trace.iter().rev().cloned().collect()
    }

    /// Notifies when anything has changed.
    pub fn watch(&self) -> watch::Receiver<ChangeCount> {
        self.changes.subscribe()
    }

    pub(crate) fn activity(&self, link: LinkId) -> Arc<Mutex<LinkActivity>> {
        // A map of shared parts; one that a panic left half changed cannot be.
        self.links.lock().unwrap_or_else(PoisonError::into_inner).entry(link).or_default().clone()
    }

    pub(crate) fn note(&self, link: LinkId, change: impl FnOnce(&mut LinkActivity)) {
        change(&mut lock(&self.activity(link)));
        self.notify(false);
    }

    pub(crate) fn notify(&self, alarm: bool) {
        self.changes.send_modify(|changes| {
            changes.all += 1;
            changes.alarms += u64::from(alarm);
        });
    }

    pub(crate) fn state(&self, link: LinkId, state: SocketState, at: Timestamp) {
        let activity = self.activity(link);
        let mut activity = lock(&activity);
        if activity.status.state != state {
            (activity.status.state, activity.status.since) = (state, Some(at));
            drop(activity);
            self.notify(true);
        }
    }

    pub(crate) fn elsewhere(&self, link: LinkId, holder: String, at: Timestamp) {
        self.note(link, |k| k.status.elsewhere = holder);
        self.state(link, SocketState::Elsewhere, at);
    }

    pub(crate) fn trouble(&self, link: LinkId, at: Timestamp, what: String) {
        self.note(link, |k| {
            k.status.errors += 1;
            k.status.trouble = Some((at, what));
        });
        self.notify(true);
    }

    pub(crate) fn refuse(&self, link: LinkId, peer: String) {
        self.note(link, |k| {
            let refused = &mut k.status.refused;
            if let Some((_, times)) = refused.iter_mut().find(|(p, _)| *p == peer) {
                *times += 1;
            } else if refused.len() < REFUSED_MAX {
                refused.push((peer, 1));
            }
        });
    }

    /// Hands what goes over a link to a recorder, or to none any more.
    pub(crate) fn record(&self, link: LinkId, recorder: Option<mpsc::Sender<Entry>>) {
        self.note(link, |k| k.recorder = recorder);
    }
}

pub(crate) fn lock(activity: &Mutex<LinkActivity>) -> MutexGuard<'_, LinkActivity> {
    // What is known are plain numbers and texts; one that a panic left half changed does no harm.
    activity.lock().unwrap_or_else(PoisonError::into_inner)
}

fn period(at: Timestamp) -> i64 {
    at.micros().div_euclid(PERIOD_SECONDS * 1_000_000)
}

impl LinkActivity {
    /// A connection opened; answers its number.
    pub(crate) fn connect(&mut self, peer: IpAddr, since: Timestamp, tls: bool) -> u64 {
        self.connections += 1;
        let number = self.connections;
        self.status.connected.push(Connection { number, peer, since, tls, heard_at: None });
        number
    }

    pub(crate) fn disconnect(&mut self, number: u64) {
        self.status.connected.retain(|c| c.number != number);
    }

    /// Connections, and those from this peer.
    pub(crate) fn count(&self, peer: IpAddr) -> (usize, usize) {
        let all = &self.status.connected;
        (all.len(), all.iter().filter(|c| c.peer == peer).count())
    }

    /// A message was kept.
    pub(crate) fn message(&mut self, message: MessageId, at: Timestamp) {
        self.status.messages += 1;
        self.status.last_message_at = self.status.last_message_at.max(Some(at));
        let now = period(at);
        match self.periods.back_mut() {
            Some((period, count)) if *period == now => *count += 1,
            _ => self.periods.push_back((now, 1)),
        }
        if self.periods.len() > PERIODS_MAX {
            self.periods.pop_front();
        }
        self.remember(message);
    }

    /// A message of this link, kept by whichever process.
    pub(crate) fn remember(&mut self, message: MessageId) {
        if self.latest.contains(&message) {
            return;
        }
        // The journal's tail may tell of one after a later one was noted here.
        let place = self.latest.partition_point(|m| *m < message);
        self.latest.insert(place, message);
        if self.latest.len() > LATEST_MAX {
            self.latest.pop_front();
        }
    }

    /// Bytes went over the line.
    pub(crate) fn bytes(&mut self, at: Timestamp, connection: u64, sent: bool, bytes: &[u8]) {
        if !sent && let Some(open) = self.status.connected.iter_mut().find(|c| c.number == connection) {
            open.heard_at = Some(at);
        }
        let what = |bytes: &[u8]| if sent { What::Sent(bytes.to_vec()) } else { What::Received(bytes.to_vec()) };
        self.record(at, connection, || what(bytes));
        let shown = &bytes[..bytes.len().min(TRACE_BYTES_MAX)];
        self.trace(TraceEntry { at, connection, what: what(shown), more: bytes.len() - shown.len() });
    }

    /// Something is to be remarked.
    pub(crate) fn remark(&mut self, at: Timestamp, connection: u64, text: String) {
        self.record(at, connection, || What::Note(text.clone()));
        self.trace(TraceEntry { at, connection, what: What::Note(text), more: 0 });
    }

    fn record(&mut self, at: Timestamp, connection: u64, what: impl FnOnce() -> What) {
        if let Some(recorder) = &self.recorder {
            let entry = Entry { at: as_text(at), connection, what: what() };
            self.lost += u64::from(recorder.try_send(entry).is_err());
        }
    }

    fn trace(&mut self, traced: TraceEntry) {
        self.trace.push_back(traced);
        if self.trace.len() > TRACE_MAX {
            self.trace.pop_front();
        }
    }

    /// How many entries a recorder could not take since this was asked last.
    pub(crate) fn lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

/// A time as recordings write it: RFC 3339, UTC, microseconds.
pub(crate) fn as_text(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(|_| at.micros().to_string(), |at| format!("{at:.6}"))
}

titer_lab::codes! {
    /// The standing of a link as a whole: what this process does with it, and what people have decided. The most pressing is first.
    pub enum Standing {
        /// It cannot be opened.
        Stopped = "stopped",
        /// It could not connect, and connects again soon.
        Waiting = "waiting",
        /// The laboratory was restored, and nobody has attached the links since.
        Detached = "detached",
        /// Closing: transfers that have begun may end.
        Draining = "draining",
        /// Closed by a person.
        Paused = "paused",
        /// Not open in this process (yet).
        Closed = "closed",
        /// Open in another process.
        Elsewhere = "elsewhere",
        /// Analyzers may connect; none is connected.
        Listening = "listening",
        /// Connecting to the analyzer.
        Connecting = "connecting",
        /// At least one connection is open.
        Connected = "connected",
    }
}

impl Standing {
    /// The standing of a link.
    pub fn of(status: &Status, paused: bool, detached: bool) -> Self {
        let open = !status.connected.is_empty();
        match status.state {
            SocketState::Draining if open => Standing::Draining,
            _ if detached => Standing::Detached,
            _ if paused && open => Standing::Draining,
            _ if paused => Standing::Paused,
            SocketState::Stopped => Standing::Stopped,
            SocketState::Elsewhere => Standing::Elsewhere,
            _ if open => Standing::Connected,
            SocketState::Waiting => Standing::Waiting,
            SocketState::Listening => Standing::Listening,
            SocketState::Connecting => Standing::Connecting,
            SocketState::Draining | SocketState::Closed => Standing::Closed,
        }
    }

    /// Whether a person has to do something about it.
    pub const fn is_trouble(self) -> bool {
        matches!(self, Standing::Stopped | Standing::Waiting | Standing::Detached)
    }
}
