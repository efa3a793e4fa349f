//! How the links are doing, for the page that shows it. Kept in memory: it says how this process is doing now.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use titer_store::Timestamp;
use titer_wire::recording::{Entry, What};
use tokio::sync::{mpsc, watch};

use crate::{
    habits::{Arrivals, Silence},
    inbox::MessageId,
    links::LinkId,
};

/// Refused peers that are remembered for one link.
pub const REFUSED_MAX: usize = 16;
/// Pieces of a line's traffic that are remembered for one link.
pub const TRACE_MAX: usize = 200;
/// Bytes of one piece that are remembered.
pub const TRACE_BYTES_MAX: usize = 400;
/// Messages of one link whose numbers are remembered.
pub const LATEST_MAX: usize = 20;
/// Trouble that happened within so many seconds wants a person's eye.
pub const FRESH_SECONDS: i64 = 600;
/// Messages are counted in pieces of so many seconds.
const PIECE_SECONDS: i64 = 10;
/// Pieces of an hour.
const PIECES_MAX: usize = 360;

/// What a link's sockets are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It is not open in this process.
    #[default]
    Closed,
    /// Analyzers may connect.
    Listening,
    /// It connects to the analyzer, or is connected.
    Connecting,
    /// It could not connect, or the analyzer closed; it is tried again.
    Waiting,
    /// It is closing; transfers that have begun may end.
    Draining,
    /// It cannot be opened; it is tried again.
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

/// A piece of what went over a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// When.
    pub at: Timestamp,
    /// On which connection.
    pub connection: u64,
    /// What, up to [`TRACE_BYTES_MAX`].
    pub what: What,
    /// Bytes beyond that.
    pub more: usize,
}

/// How a link is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What its sockets are doing.
    pub state: State,
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

/// What is known of one link.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) status: Status,
    pub(crate) arrivals: Arrivals,
    latest: VecDeque<MessageId>,
    trace: VecDeque<Traced>,
    pieces: VecDeque<(i64, u64)>,
    recorder: Option<mpsc::Sender<Entry>>,
    lost: u64,
    connections: u64,
}

/// How often anything has changed, for whoever shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Anything at all.
    pub all: u64,
    /// Something that may want a person: a state, a trouble.
    pub alarms: u64,
}

type Links = Arc<Mutex<HashMap<LinkId, Arc<Mutex<Known>>>>>;

/// How all links are doing. Cheap to clone.
#[derive(Clone, Default)]
pub struct Board {
    links: Links,
    told: Arc<watch::Sender<Told>>,
}

impl Board {
    /// How a link is doing at the time `now` of the laboratory's clock.
    #[must_use]
    pub fn status_at(&self, link: LinkId, now: Timestamp) -> Status {
        let known = self.known(link);
        let known = lock(&known);
        let mut status = known.status.clone();
        status.connections = status.connected.len();
        let piece = piece(now);
        let since = |pieces| known.pieces.iter().filter(|(p, _)| piece - p < pieces).map(|(_, n)| n).sum();
        (status.last_minute, status.last_hour) = (since(60 / PIECE_SECONDS), since(3_600 / PIECE_SECONDS));
        status
    }

    /// How a link is doing.
    #[must_use]
    pub fn status(&self, link: LinkId) -> Status {
        self.status_at(link, Timestamp::now())
    }

    /// Whether a link has been silent for longer than is its habit.
    #[must_use]
    pub fn silence(&self, link: LinkId, now: Timestamp) -> Silence {
        lock(&self.known(link)).arrivals.silence(now)
    }

    /// The last messages of a link, the latest first.
    #[must_use]
    pub fn latest(&self, link: LinkId) -> Vec<MessageId> {
        lock(&self.known(link)).latest.iter().rev().copied().collect()
    }

    /// What last went over a link, the latest first.
    #[must_use]
    pub fn trace(&self, link: LinkId) -> Vec<Traced> {
        lock(&self.known(link)).trace.iter().rev().cloned().collect()
    }

    /// Tells when anything has changed.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Told> {
        self.told.subscribe()
    }

    pub(crate) fn known(&self, link: LinkId) -> Arc<Mutex<Known>> {
        // A map of shared parts; one that a panic left half changed cannot be.
        self.links.lock().unwrap_or_else(PoisonError::into_inner).entry(link).or_default().clone()
    }

    pub(crate) fn note(&self, link: LinkId, change: impl FnOnce(&mut Known)) {
        change(&mut lock(&self.known(link)));
        self.tell(false);
    }

    pub(crate) fn tell(&self, alarm: bool) {
        self.told.send_modify(|told| {
            told.all += 1;
            told.alarms += u64::from(alarm);
        });
    }

    pub(crate) fn state(&self, link: LinkId, state: State, at: Timestamp) {
        let known = self.known(link);
        let mut known = lock(&known);
        if known.status.state != state {
            (known.status.state, known.status.since) = (state, Some(at));
            drop(known);
            self.tell(true);
        }
    }

    pub(crate) fn elsewhere(&self, link: LinkId, holder: String, at: Timestamp) {
        self.note(link, |k| k.status.elsewhere = holder);
        self.state(link, State::Elsewhere, at);
    }

    pub(crate) fn trouble(&self, link: LinkId, at: Timestamp, what: String) {
        self.note(link, |k| {
            k.status.errors += 1;
            k.status.trouble = Some((at, what));
        });
        self.tell(true);
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

pub(crate) fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    // What is known are plain numbers and texts; one that a panic left half changed does no harm.
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

fn piece(at: Timestamp) -> i64 {
    at.micros().div_euclid(PIECE_SECONDS * 1_000_000)
}

impl Known {
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
        let now = piece(at);
        match self.pieces.back_mut() {
            Some((piece, count)) if *piece == now => *count += 1,
            _ => self.pieces.push_back((now, 1)),
        }
        if self.pieces.len() > PIECES_MAX {
            self.pieces.pop_front();
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
        self.trace(Traced { at, connection, what: what(shown), more: bytes.len() - shown.len() });
    }

    /// Something is to be remarked.
    pub(crate) fn remark(&mut self, at: Timestamp, connection: u64, text: String) {
        self.record(at, connection, || What::Note(text.clone()));
        self.trace(Traced { at, connection, what: What::Note(text), more: 0 });
    }

    fn record(&mut self, at: Timestamp, connection: u64, what: impl FnOnce() -> What) {
        if let Some(recorder) = &self.recorder {
            let entry = Entry { at: as_text(at), connection, what: what() };
            self.lost += u64::from(recorder.try_send(entry).is_err());
        }
    }

    fn trace(&mut self, traced: Traced) {
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

/// Where a link stands, all told: what this process does with it, and what people have decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It cannot be opened.
    Stopped,
    /// It could not connect, and is tried again.
    Waiting,
    /// The laboratory was restored, and nobody has attached the links since.
    Detached,
    /// Closing: transfers that have begun may end.
    Draining,
    /// Closed by a person.
    Paused,
    /// Not open in this process (yet).
    Closed,
    /// Open in another process.
    Elsewhere,
    /// Analyzers may connect; none is.
    Listening,
    /// Connecting to the analyzer.
    Connecting,
    /// At least one connection is open.
    Connected,
}

impl Standing {
    /// Every one, the most pressing first.
    pub const ALL: [Standing; 10] = [
        Standing::Stopped,
        Standing::Waiting,
        Standing::Detached,
        Standing::Draining,
        Standing::Paused,
        Standing::Closed,
        Standing::Elsewhere,
        Standing::Listening,
        Standing::Connecting,
        Standing::Connected,
    ];

    /// Where a link stands.
    #[must_use]
    pub fn of(status: &Status, paused: bool, detached: bool) -> Self {
        let open = !status.connected.is_empty();
        match status.state {
            State::Draining if open => Standing::Draining,
            _ if detached => Standing::Detached,
            _ if paused && open => Standing::Draining,
            _ if paused => Standing::Paused,
            State::Stopped => Standing::Stopped,
            State::Elsewhere => Standing::Elsewhere,
            _ if open => Standing::Connected,
            State::Waiting => Standing::Waiting,
            State::Listening => Standing::Listening,
            State::Connecting => Standing::Connecting,
            State::Draining | State::Closed => Standing::Closed,
        }
    }

    /// Its code, as metrics and the word files name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Standing::Stopped => "stopped",
            Standing::Waiting => "waiting",
            Standing::Detached => "detached",
            Standing::Draining => "draining",
            Standing::Paused => "paused",
            Standing::Closed => "closed",
            Standing::Elsewhere => "elsewhere",
            Standing::Listening => "listening",
            Standing::Connecting => "connecting",
            Standing::Connected => "connected",
        }
    }

    /// Whether a person has to do something about it.
    #[must_use]
    pub const fn is_trouble(self) -> bool {
        matches!(self, Standing::Stopped | Standing::Waiting | Standing::Detached)
    }
}
