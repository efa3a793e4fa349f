//! Sends orders to one analyzer: which connection sends, what waits for an acknowledgement, and what happens if there is none.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use titer_lab::{Actor, Failure, Laboratory, sites, specimens::SpecimenId, stories};
use titer_store::{Changes, Timestamp};
use titer_wire::astm::{CONTENTION_WAIT_HOST, Endpoint, FailReason, MessageId as WireMessageId, Session, Unframed};
use tokio::{sync::watch, time::Instant};

use super::{
    commands::AcknowledgeOrders,
    entries::{self, TestMenu, WorklistEntry},
    scan::{self, Scan},
    tables::{DeliveryAttemptRow, NEVER, ScanCursorRow, attempt_key},
    views::{self, ScanCursor},
};
use crate::{
    Board, Dialect,
    dialect::{Framing, Occasion, OrderFormat, OrderMode, Protocol, Query, QueryRecord, SpecimenOrder},
    inbox::{MessageId, unfileable},
    links::views::{self as links, Link},
};

/// How often an analyzer may refuse a specimen's orders before a person must decide.
pub const ATTEMPTS_MAX: i64 = 5;
/// Seconds until refused orders are sent again, by the number of refusals so far.
const REFUSED_SECONDS: &[i64] = &[10, 60, 300, 900];
/// Seconds until orders are sent again that the analyzer did not answer.
const UNANSWERED_SECONDS: i64 = 60;
/// The time between two scans while the journal grows.
const SCAN_AFTER: Duration = Duration::from_millis(500);
/// The time between two scans while the journal does not grow: the time of a retry may have come.
const SCAN_EVERY: Duration = Duration::from_secs(5);
/// How often the cursor of the scan is stored.
const STORE_EVERY: Duration = Duration::from_secs(5);
/// Specimens whose retry is due that are read at once.
const RETRIES_MAX: i64 = 20;
/// The most acknowledgements that wait to be journalled. If the database is away for so long, nothing more is sent.
const UNNOTED_MAX: usize = 100;

/// The worklist of one link. All connections of the link share it.
#[derive(Clone)]
pub(crate) struct Worklist(Arc<Inner>);

struct Inner {
    laboratory: Laboratory,
    link: Link,
    board: Board,
    dialect: Option<Dialect>,
    /// The open connections, by number. Only the newest broadcasts: an older one may be half dead.
    open: Mutex<BTreeSet<u64>>,
    numbers: AtomicU64,
    progress: tokio::sync::Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// The test menu, and the version of the link that it is of.
    menu: Option<(i64, Option<TestMenu>)>,
    cursor: Option<ScanCursor>,
    stored: Option<(ScanCursor, Instant)>,
    /// Acknowledgements that are not journalled yet.
    unnoted: Vec<AcknowledgeOrders>,
}

/// A message with orders, ready to be sent.
pub(crate) struct OutgoingOrders {
    pub text: Vec<u8>,
    unacknowledged: Unacknowledged,
}

/// What is journalled if the analyzer acknowledges a message.
struct Unacknowledged {
    note: AcknowledgeOrders,
    /// Of a message without a query: the place that the scan had reached.
    reached: Option<ScanCursor>,
    /// The last story entry at the time when the message was made.
    seen: i64,
}

impl Worklist {
    pub(crate) fn new(laboratory: Laboratory, link: Link, board: Board) -> Self {
        let dialect = Dialect::named(&link.dialect).ok();
        let (open, numbers, progress) = Default::default();
        Worklist(Arc::new(Inner { laboratory, link, board, dialect, open, numbers, progress }))
    }

    /// The part of a new connection.
    pub(crate) fn session(&self) -> WorklistSession {
        let number = self.0.numbers.fetch_add(1, Ordering::Relaxed);
        self.open().insert(number);
        WorklistSession {
            worklist: self.clone(),
            number,
            unacknowledged: HashMap::new(),
            undelivered: false,
            scan_at: Instant::now(),
        }
    }

    /// Our end of a connection, framed or not as the dialect says. If this build does not know the dialect, every message is held.
    pub(crate) fn endpoint(&self) -> Box<dyn Endpoint> {
        let framing = self.0.dialect.as_ref().map(|d| &d.framing);
        let options = framing.map(Framing::options).unwrap_or_default();
        match framing.map(|f| f.protocol) {
            Some(Protocol::Unframed) => Box::new(Unframed::new(options.message_max)),
            Some(Protocol::Framed) | None => Box::new(Session::new(options)),
        }
    }

    /// Notifies when the journal grows.
    pub(crate) fn growing(&self) -> watch::Receiver<i64> {
        self.0.laboratory.store().watch()
    }

    fn open(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        // Numbers are put in and taken out one by one: a panic elsewhere leaves none half done.
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order_format(&self) -> Option<&OrderFormat> {
        self.0.dialect.as_ref()?.order.as_ref()
    }

    fn broadcasts(&self) -> bool {
        self.order_format().is_some_and(|o| o.when == OrderMode::Broadcast)
    }

    fn trouble(&self, what: String) {
        self.0.board.trouble(self.0.link.id, self.0.laboratory.store().now(), what);
    }

    /// The test menu as of now, and the laboratory's wall clock.
    async fn menu(&self, progress: &mut Progress) -> Result<(Option<TestMenu>, jiff::civil::DateTime), Failure> {
        let (id, now, known) = (self.0.link.id, self.0.laboratory.store().now(), progress.menu.clone());
        let read = move |s: &mut titer_store::Snapshot<'_>| {
            let local = sites::views::local(now, &sites::views::zone(s)?);
            let Some(link) = links::link(s, id)?.filter(|l| !l.removed) else { return Ok(((0, None), local)) };
            match known {
                Some(known) if known.0 == link.version => Ok((known, local)),
                _ => Ok(((link.version, entries::test_menu(s, &link)?), local)),
            }
        };
        let (menu, local) = self.0.laboratory.read(read).await?;
        let current = menu.1.clone();
        progress.menu = Some(menu);
        Ok((current, local))
    }

    /// The answer to the queries of a message; none if the dialect takes no orders.
    async fn answer_queries(
        &self,
        message: MessageId,
        queries: Vec<QueryRecord>,
    ) -> Result<Option<OutgoingOrders>, Failure> {
        let mut progress = self.0.progress.lock().await;
        // The answer depends on earlier acknowledgements. If the database is away, there is no answer.
        self.note_acknowledged(&mut progress).await?;
        let (menu, now) = self.menu(&mut progress).await?;
        drop(progress);
        let (Some(menu), Some(dialect)) = (menu, &self.0.dialect) else { return Ok(None) };
        let asked: Vec<Query> = queries.iter().map(|q| q.query.clone()).collect();
        let read = move |s: &mut titer_store::Snapshot<'_>| {
            Ok::<_, Failure>((entries::answer_queries(s, &menu, &asked)?, stories::last_entered(s)?))
        };
        let (answer, seen) = self.0.laboratory.read(read).await?;
        let mut orders: Vec<SpecimenOrder> = answer.entries.iter().flat_map(WorklistEntry::orders).collect();
        orders.extend(answer.no_orders.iter().map(|n| SpecimenOrder::nothing(&n.barcode)));
        for order in &mut orders {
            order.query = QueryRecord::echo_for(&queries, &order.barcode);
        }
        let Some(text) = dialect.orders(now, Occasion::Query, &orders) else { return Ok(None) };
        let (link, query) = (self.0.link.id, Some(message));
        let note = AcknowledgeOrders {
            link,
            query,
            entries: answer.entries,
            no_orders: answer.no_orders,
            left_out: answer.left_out,
        };
        Ok(Some(OutgoingOrders { text, unacknowledged: Unacknowledged { note, reached: None, seen } }))
    }

    /// The next orders to be sent without a query, if there are any; and whether there is more to scan.
    async fn next_broadcast(&self) -> Result<(Option<OutgoingOrders>, bool), Failure> {
        let mut progress = self.0.progress.lock().await;
        self.note_acknowledged(&mut progress).await?;
        let (menu, now) = self.menu(&mut progress).await?;
        let Some(menu) = menu.filter(TestMenu::broadcasts) else { return Ok((None, false)) };
        let (link, at, cursor) = (self.0.link.id, self.0.laboratory.store().now(), progress.cursor);
        let read = move |s: &mut titer_store::Snapshot<'_>| {
            let cursor = cursor.map_or_else(|| scan::start(s, link), Ok)?;
            let mut settled = Vec::new();
            for specimen in views::retry_due(s, link, at, RETRIES_MAX)? {
                match entries::pending_entry(s, &menu, specimen)? {
                    Some(entry) => {
                        let scan = Scan { entries: vec![(entry, cursor)], cursor, more: true };
                        return Ok((scan, settled, stories::last_entered(s)?));
                    }
                    None => settled.push(specimen),
                }
            }
            Ok((scan::scan_changes(s, &menu, cursor, 1)?, settled, stories::last_entered(s)?))
        };
        let (scan, settled, seen) = self.0.laboratory.read(read).await?;
        progress.cursor = Some(scan.cursor);
        self.store_progress(&mut progress, settled).await?;
        let Some((entry, reached)) = scan.entries.into_iter().next() else { return Ok((None, scan.more)) };
        let text = self.0.dialect.as_ref().and_then(|d| d.orders(now, Occasion::Broadcast, &entry.orders()));
        let note = AcknowledgeOrders { link, query: None, entries: vec![entry], no_orders: Vec::new(), left_out: 0 };
        let unacknowledged = Unacknowledged { note, reached: Some(reached), seen };
        match text {
            Some(text) => Ok((Some(OutgoingOrders { text, unacknowledged }), true)),
            None => {
                // The order has a character that cannot be sent. Only a person can repair that.
                let failure = "a character that the analyzer cannot be sent";
                self.note_failure(&mut progress, unacknowledged, failure, true).await?;
                Ok((None, true))
            }
        }
    }

    /// Stores the cursor now and then, and drops the attempts of specimens that need no order any more.
    async fn store_progress(&self, progress: &mut Progress, settled: Vec<SpecimenId>) -> Result<(), Failure> {
        let Some(cursor) = progress.cursor else { return Ok(()) };
        let (link, mut work) = (self.0.link.id, Changes::new());
        for specimen in &settled {
            work.drop::<DeliveryAttemptRow>(attempt_key(link, *specimen));
        }
        let old = progress.stored.is_none_or(|(stored, at)| stored != cursor && at.elapsed() >= STORE_EVERY);
        if old {
            let ScanCursor { entry: place, version, specimen: looked } = cursor;
            work.put(ScanCursorRow { id: link, place, version, looked });
        }
        if old || !settled.is_empty() {
            self.0.laboratory.store().submit(move |tx| tx.work(&work).map_err(Failure::from)).await?;
        }
        if old {
            progress.stored = Some((cursor, Instant::now()));
        }
        Ok(())
    }

    /// Journals an acknowledgement. If the database is away, that is done later, before anything else is sent.
    async fn note(&self, note: AcknowledgeOrders) {
        let mut progress = self.0.progress.lock().await;
        progress.unnoted.push(note);
        if let Err(e) = self.note_acknowledged(&mut progress).await {
            self.trouble(format!("what the analyzer took is not journalled yet: {e}"));
        }
    }

    async fn note_acknowledged(&self, progress: &mut Progress) -> Result<(), Failure> {
        while let Some(note) = progress.unnoted.first().cloned() {
            let specimens = note.entries.len() as u64;
            let noted = self.0.laboratory.submit(Actor::Link(self.0.link.id.0), None, move |tx| tx.run(note)).await;
            match noted {
                Ok(()) => metrics::counter!("titer_orders_sent_total").increment(specimens),
                Err(failure) => match unfileable(failure) {
                    // The database would refuse it again for ever.
                    Ok(r) => self.trouble(format!("what the analyzer took was not journalled: {}", r.code)),
                    Err(e) if progress.unnoted.len() < UNNOTED_MAX => return Err(e),
                    Err(e) => self.trouble(format!("what the analyzer took was not journalled: {e}")),
                },
            }
            progress.unnoted.remove(0);
        }
        Ok(())
    }

    /// Notes that the analyzer did not acknowledge a message. `refused`: it refused the message, and did not just fail to answer.
    async fn note_failure(
        &self,
        progress: &mut Progress,
        message: Unacknowledged,
        failure: &str,
        refused: bool,
    ) -> Result<(), Failure> {
        let (link, now, seen) = (self.0.link.id, self.0.laboratory.store().now(), message.seen);
        // If the link broadcasts, an answer that failed is sent again like any other order.
        let resent = message.reached.is_some() || self.broadcasts();
        let specimens: Vec<SpecimenId> = message.note.entries.iter().map(|e| e.specimen).collect();
        let failure = failure.to_owned();
        let put = move |tx: &mut titer_store::Tx<'_>| {
            let mut work = Changes::new();
            for specimen in specimens {
                let (before, _) = views::attempts(tx, link, specimen)?.unwrap_or_default();
                let tries = before + i64::from(refused);
                work.put(DeliveryAttemptRow {
                    place: attempt_key(link, specimen),
                    link,
                    specimen,
                    tries,
                    next_at: next_attempt(now, resent, refused, tries),
                    failure: failure.clone(),
                    at: now,
                    seen,
                });
            }
            tx.work(&work).map_err(Failure::from)
        };
        self.0.laboratory.store().submit(put).await?;
        // The other orders go on.
        progress.cursor = message.reached.or(progress.cursor);
        Ok(())
    }
}

/// The time of the next attempt. If the link sends orders only as answers, there is none: the analyzer sends its query again.
fn next_attempt(now: Timestamp, resent: bool, refused: bool, tries: i64) -> Timestamp {
    let wait = usize::try_from(tries - 1).ok().and_then(|i| REFUSED_SECONDS.get(i));
    match (resent, refused, wait) {
        (true, true, Some(wait)) if tries < ATTEMPTS_MAX => now.plus_seconds(*wait),
        (true, false, _) => now.plus_seconds(UNANSWERED_SECONDS),
        _ => NEVER,
    }
}

/// The part of one connection.
pub(crate) struct WorklistSession {
    worklist: Worklist,
    number: u64,
    unacknowledged: HashMap<WireMessageId, Unacknowledged>,
    /// Whether a message of ours did not get through.
    undelivered: bool,
    scan_at: Instant,
}

impl Drop for WorklistSession {
    fn drop(&mut self) {
        self.worklist.open().remove(&self.number);
    }
}

impl WorklistSession {
    /// Whether this connection sends orders without a query: the newest connection does, one message after another.
    pub(crate) fn may_broadcast(&self) -> bool {
        self.worklist.broadcasts()
            && self.unacknowledged.is_empty()
            && self.worklist.open().last() == Some(&self.number)
    }

    /// The time of the next scan.
    pub(crate) fn scan_at(&self) -> Instant {
        self.scan_at
    }

    /// The journal grew: scan soon.
    pub(crate) fn journal_grew(&mut self) {
        self.scan_at = self.scan_at.min(Instant::now() + SCAN_AFTER);
    }

    /// Scans for the next orders to be sent without a query.
    pub(crate) async fn next_broadcast(&mut self) -> Option<OutgoingOrders> {
        let (found, more) = match self.worklist.next_broadcast().await {
            Ok(found) => found,
            Err(e) => {
                self.worklist.trouble(format!("what waits to be sent could not be looked up: {e}"));
                (None, false)
            }
        };
        self.scan_at = Instant::now() + if more { Duration::ZERO } else { SCAN_EVERY };
        found
    }

    /// The answer to the queries of a message.
    pub(crate) async fn answer_queries(&self, message: MessageId, queries: Vec<QueryRecord>) -> Option<OutgoingOrders> {
        match self.worklist.answer_queries(message, queries).await {
            Ok(Some(answer)) => Some(answer),
            Ok(None) => {
                let what = "a query was not answered: the dialect does not say how orders are sent";
                self.worklist.trouble(what.to_owned());
                None
            }
            // The analyzer sends its query again.
            Err(e) => {
                self.worklist.trouble(format!("a query was not answered: {e}"));
                None
            }
        }
    }

    /// The endpoint has queued this message.
    pub(crate) fn queued(&mut self, id: WireMessageId, message: OutgoingOrders) {
        self.unacknowledged.insert(id, message.unacknowledged);
    }

    /// Both sides began to send, and the analyzer goes first: messages without a query wait as long as the standard asks of a host
    /// (LIS01-A2, 8.2.7.1), and are made anew then.
    pub(crate) fn yield_to_analyzer(&mut self, endpoint: &mut dyn Endpoint) {
        self.not_delivered();
        self.withdraw_broadcasts(endpoint, CONTENTION_WAIT_HOST);
    }

    /// The analyzer's message may have changed what is to be sent. A message without a query that waited for the end of the
    /// analyzer's transfer would be out of date, so it is made anew.
    pub(crate) fn analyzer_sent(&mut self, endpoint: &mut dyn Endpoint) {
        self.withdraw_broadcasts(endpoint, Duration::ZERO);
    }

    fn withdraw_broadcasts(&mut self, endpoint: &mut dyn Endpoint, wait: Duration) {
        let before = self.unacknowledged.len();
        self.unacknowledged.retain(|id, message| message.reached.is_none() || !endpoint.withdraw(*id));
        if self.unacknowledged.len() < before {
            self.scan_at = Instant::now() + wait;
        }
    }

    /// A message of ours did not get through yet.
    pub(crate) fn not_delivered(&mut self) {
        self.undelivered = true;
    }

    /// The analyzer sent a new query. An earlier answer that did not get through would be taken for the answer to the new query, if it
    /// names no specimen or repeats the fields of the earlier query. So it is withdrawn.
    pub(crate) fn withdraw_stale_answers(&mut self, endpoint: &mut dyn Endpoint) {
        if !std::mem::take(&mut self.undelivered) {
            return;
        }
        let echoes = self.worklist.order_format().is_some_and(OrderFormat::echoes_query);
        self.unacknowledged.retain(|id, message| {
            let mistakable = message.reached.is_none() && (echoes || message.note.entries.is_empty());
            !(mistakable && endpoint.withdraw(*id))
        });
    }

    /// The endpoint cannot send this message.
    pub(crate) async fn unsendable(&mut self, message: OutgoingOrders, why: &str) {
        self.fail(message.unacknowledged, why, true).await;
    }

    /// The analyzer acknowledged this message.
    pub(crate) async fn acknowledged(&mut self, id: WireMessageId) {
        if let Some(message) = self.unacknowledged.remove(&id) {
            self.worklist.note(message.note).await;
            self.scan_at = Instant::now();
        }
    }

    /// The analyzer did not acknowledge this message.
    pub(crate) async fn failed(&mut self, id: WireMessageId, reason: FailReason) {
        let Some(message) = self.unacknowledged.remove(&id) else { return };
        match reason {
            // It is sent again when the line is free, or when there is a new connection.
            FailReason::Busy | FailReason::Disconnected if message.reached.is_some() => {
                self.worklist.trouble(format!("orders were not sent: {reason}"));
                self.scan_at = Instant::now() + SCAN_EVERY;
            }
            reason => self.fail(message, &reason.to_string(), reason == FailReason::Rejected).await,
        }
    }

    async fn fail(&mut self, message: Unacknowledged, why: &str, refused: bool) {
        self.worklist.trouble(format!("orders were not taken: {why}"));
        let mut progress = self.worklist.0.progress.lock().await;
        if let Err(e) = self.worklist.note_failure(&mut progress, message, why, refused).await {
            self.worklist.trouble(format!("that orders were not taken could not be noted: {e}"));
        }
        drop(progress);
        self.scan_at = Instant::now() + SCAN_AFTER;
    }
}
