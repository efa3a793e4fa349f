//! Speaking to one analyzer: which connection does, what waits for its acknowledgement, and what becomes of what was not taken.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use titer_lab::{Actor, Failure, Laboratory, sites, stories};
use titer_store::{Changes, Timestamp, values};
use titer_wire::astm::{CONTENTION_WAIT_HOST, Endpoint, FailReason, MessageId as Sending, Session, Unframed};
use tokio::sync::watch;

use super::{
    commands::{NEVER, NoteSent, place},
    due::{self, Terms},
    tables::{CURSORS, TRIES},
    views::{self, Cursor},
};
use crate::{
    Board, Dialect,
    dialect::{Framing, Occasion, Order, Ordered, Protocol, Query, Question, When},
    filing::unfileable,
    inbox::MessageId,
    links::views::{self as links, Link},
};

/// How often an analyzer may refuse what it is told of a specimen before a person must look.
pub const TRIES_MAX: i64 = 5;
/// Seconds until it is told again, by the number of refusals so far.
const WAIT_SECONDS: &[i64] = &[10, 60, 300, 900];
/// Seconds until it is told again what it did not answer.
const UNANSWERED_SECONDS: i64 = 60;
/// How soon after a look at what has changed the next one is.
const LOOK_AFTER: Duration = Duration::from_millis(500);
/// How often to look when the journal does not grow: something may be to be tried again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often it is kept how far the link has looked.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// Specimens to be tried again that are looked at at once.
const AGAIN_MAX: i64 = 20;
/// Acknowledgements that wait to be journalled, at most: the database is away, and nothing more is sent.
const UNNOTED_MAX: usize = 100;

/// What all connections of one link share.
#[derive(Clone)]
pub(crate) struct Desk(Arc<Inner>);

struct Inner {
    laboratory: Laboratory,
    link: Link,
    board: Board,
    dialect: Option<Dialect>,
    /// The open connections, by their number. The newest speaks: an older one may be half dead.
    open: Mutex<BTreeSet<u64>>,
    numbers: AtomicU64,
    progress: tokio::sync::Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    terms: Option<(i64, Option<Terms>)>,
    cursor: Option<Cursor>,
    kept: Option<(Cursor, Instant)>,
    unnoted: Vec<NoteSent>,
}

/// A message to the analyzer, and what is to be noted of it.
pub(crate) struct Outgoing {
    /// Its text.
    pub text: Vec<u8>,
    waiting: Waiting,
}

struct Waiting {
    note: NoteSent,
    /// Unasked: how far the link has looked when it was taken.
    after: Option<Cursor>,
    /// How far the stories had gone when it was worked out.
    seen: i64,
}

impl Desk {
    pub(crate) fn new(laboratory: Laboratory, link: Link, board: Board) -> Self {
        let dialect = Dialect::named(&link.dialect).ok();
        let (open, numbers, progress) = Default::default();
        Desk(Arc::new(Inner { laboratory, link, board, dialect, open, numbers, progress }))
    }

    /// A new connection.
    pub(crate) fn talk(&self) -> Talk {
        let number = self.0.numbers.fetch_add(1, Ordering::Relaxed);
        self.open().insert(number);
        Talk { desk: self.clone(), number, waiting: HashMap::new(), held_back: false, look_at: Instant::now() }
    }

    /// Our end of a connection, as the analyzer carries its messages. Of a dialect that this build does not know they are held
    /// anyway.
    pub(crate) fn endpoint(&self) -> Box<dyn Endpoint> {
        let framing = self.0.dialect.as_ref().map(|d| &d.framing);
        let options = framing.map(Framing::options).unwrap_or_default();
        match framing.map(|f| f.protocol) {
            Some(Protocol::Unframed) => Box::new(Unframed::new(options.message_max)),
            Some(Protocol::Framed) | None => Box::new(Session::new(options)),
        }
    }

    /// Tells when the journal grows.
    pub(crate) fn growing(&self) -> watch::Receiver<i64> {
        self.0.laboratory.store().watch()
    }

    fn open(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        // Numbers are put in and taken out one by one: a panic elsewhere leaves none half done.
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tells_unasked(&self) -> bool {
        let order = self.0.dialect.as_ref().and_then(|d| d.order.as_ref());
        order.is_some_and(|o| o.when == When::Received)
    }

    fn trouble(&self, what: String) {
        self.0.board.trouble(self.0.link.id, self.0.laboratory.store().now(), what);
    }

    /// The terms as of now, and the laboratory's clock on the wall.
    async fn terms(&self, progress: &mut Progress) -> Result<(Option<Terms>, jiff::civil::DateTime), Failure> {
        let (id, now, kept) = (self.0.link.id, self.0.laboratory.store().now(), progress.terms.clone());
        let read = move |s: &mut titer_store::Snapshot<'_>| {
            let local = sites::views::local(now, &sites::views::zone(s)?);
            let Some(link) = links::link(s, id)?.filter(|l| !l.removed) else { return Ok(((0, None), local)) };
            match kept {
                Some(kept) if kept.0 == link.version => Ok((kept, local)),
                _ => Ok(((link.version, due::terms(s, &link)?), local)),
            }
        };
        let (terms, local) = self.0.laboratory.read(read).await?;
        let answer = terms.1.clone();
        progress.terms = Some(terms);
        Ok((answer, local))
    }

    /// The answer to queries; none when the dialect takes no orders.
    async fn answer(&self, message: MessageId, questions: Vec<Question>) -> Result<Option<Outgoing>, Failure> {
        let mut progress = self.0.progress.lock().await;
        // What was taken before is what is answered on; if the database is away, so is the answer.
        self.note_again(&mut progress).await?;
        let (terms, now) = self.terms(&mut progress).await?;
        drop(progress);
        let (Some(terms), Some(dialect)) = (terms, &self.0.dialect) else { return Ok(None) };
        let queries: Vec<Query> = questions.iter().map(|q| q.query.clone()).collect();
        let read = move |s: &mut titer_store::Snapshot<'_>| {
            Ok::<_, Failure>((due::answer(s, &terms, &queries)?, stories::last_entered(s)?))
        };
        let (answer, seen) = self.0.laboratory.read(read).await?;
        let mut specimens: Vec<Ordered> = answer.said.iter().flat_map(due::Say::ordered).collect();
        specimens.extend(answer.nothing.iter().map(|n| Ordered::nothing(&n.barcode)));
        for specimen in &mut specimens {
            specimen.question = Question::given_back(&questions, &specimen.barcode);
        }
        let Some(text) = dialect.orders(now, Occasion::Asked, &specimens) else { return Ok(None) };
        let (link, said, nothing, left) = (self.0.link.id, answer.said, answer.nothing, answer.left);
        let note = NoteSent { link, message: Some(message), said, nothing, left };
        Ok(Some(Outgoing { text, waiting: Waiting { note, after: None, seen } }))
    }

    /// What is to be said next unasked, if anything is; and whether there is more to look at.
    async fn next(&self) -> Result<(Option<Outgoing>, bool), Failure> {
        let mut progress = self.0.progress.lock().await;
        self.note_again(&mut progress).await?;
        let (terms, now) = self.terms(&mut progress).await?;
        let Some(terms) = terms.filter(Terms::unasked) else { return Ok((None, false)) };
        let (link, at, cursor) = (self.0.link.id, self.0.laboratory.store().now(), progress.cursor);
        let read = move |s: &mut titer_store::Snapshot<'_>| {
            let cursor = cursor.map_or_else(|| due::begin(s, link), Ok)?;
            let mut settled = Vec::new();
            for specimen in views::again(s, link, at, AGAIN_MAX)? {
                match due::due(s, &terms, specimen)? {
                    Some(say) => {
                        let found = due::Look { says: vec![(say, cursor)], cursor, more: true };
                        return Ok((found, settled, stories::last_entered(s)?));
                    }
                    None => settled.push(specimen),
                }
            }
            Ok((due::look(s, &terms, cursor, 1)?, settled, stories::last_entered(s)?))
        };
        let (look, settled, seen) = self.0.laboratory.read(read).await?;
        progress.cursor = Some(look.cursor);
        self.keep(&mut progress, settled).await?;
        let Some((say, after)) = look.says.into_iter().next() else { return Ok((None, look.more)) };
        let text = self.0.dialect.as_ref().and_then(|d| d.orders(now, Occasion::Unasked, &say.ordered()));
        let note = NoteSent { link, message: None, said: vec![say], nothing: Vec::new(), left: 0 };
        let waiting = Waiting { note, after: Some(after), seen };
        match text {
            Some(text) => Ok((Some(Outgoing { text, waiting }), true)),
            None => {
                // A character that the analyzer cannot be sent: nothing mends that but a person.
                self.refused(&mut progress, waiting, "a character that the analyzer cannot be sent", true).await?;
                Ok((None, true))
            }
        }
    }

    /// Keeps how far the link has looked, now and then; and forgets tries of what needs none.
    async fn keep(
        &self,
        progress: &mut Progress,
        settled: Vec<titer_lab::specimens::SpecimenId>,
    ) -> Result<(), Failure> {
        let Some(cursor) = progress.cursor else { return Ok(()) };
        let (link, mut work) = (self.0.link.id, Changes::new());
        for specimen in &settled {
            work.drop_key(&TRIES, place(link, *specimen));
        }
        let old = progress.kept.is_none_or(|(kept, at)| kept != cursor && at.elapsed() >= KEEP_EVERY);
        if old {
            work.put_values(&CURSORS, link, values![cursor.place, cursor.version, cursor.looked]);
        }
        if old || !settled.is_empty() {
            self.0.laboratory.store().submit(move |tx| tx.work(&work).map_err(Failure::from)).await?;
        }
        if old {
            progress.kept = Some((cursor, Instant::now()));
        }
        Ok(())
    }

    /// Journals what the analyzer acknowledged. What the database does not take now is noted later, before anything else is sent.
    async fn note(&self, note: NoteSent) {
        let mut progress = self.0.progress.lock().await;
        progress.unnoted.push(note);
        if let Err(e) = self.note_again(&mut progress).await {
            self.trouble(format!("what the analyzer took is not journalled yet: {e}"));
        }
    }

    async fn note_again(&self, progress: &mut Progress) -> Result<(), Failure> {
        while let Some(note) = progress.unnoted.first().cloned() {
            let specimens = note.said.len() as u64;
            let noted = self.0.laboratory.submit(Actor::Link(self.0.link.id.0), None, move |tx| tx.run(note)).await;
            match noted {
                Ok(()) => metrics::counter!("titer_orders_sent_total").increment(specimens),
                Err(failure) => match unfileable(failure) {
                    // It would be refused again for ever.
                    Ok(r) => self.trouble(format!("what the analyzer took was not journalled: {}", r.code)),
                    Err(e) if progress.unnoted.len() < UNNOTED_MAX => return Err(e),
                    Err(e) => self.trouble(format!("what the analyzer took was not journalled: {e}")),
                },
            }
            progress.unnoted.remove(0);
        }
        Ok(())
    }

    /// Notes that the analyzer did not take a message. `counts`: it was refused, rather than not heard.
    async fn refused(
        &self,
        progress: &mut Progress,
        waiting: Waiting,
        failure: &str,
        counts: bool,
    ) -> Result<(), Failure> {
        let (link, now) = (self.0.link.id, self.0.laboratory.store().now());
        // An answer too is said again unasked, to who is told unasked.
        let unasked = waiting.after.is_some() || self.tells_unasked();
        let (seen, specimens): (_, Vec<_>) = (waiting.seen, waiting.note.said.iter().map(|s| s.specimen).collect());
        let failure = failure.to_owned();
        let put = move |tx: &mut titer_store::Tx<'_>| {
            let mut work = Changes::new();
            for specimen in specimens {
                let (before, _) = views::tries(tx, link, specimen)?.unwrap_or_default();
                let tries = before + i64::from(counts);
                let next_at = next_at(now, unasked, counts, tries);
                let row = values![link, specimen, tries, next_at, &failure, now, seen];
                work.put_values(&TRIES, place(link, specimen), row);
            }
            tx.work(&work).map_err(Failure::from)
        };
        self.0.laboratory.store().submit(put).await?;
        // The others go on.
        progress.cursor = waiting.after.or(progress.cursor);
        Ok(())
    }
}

/// When the analyzer is told again: one that asks is not told unasked, it asks again.
fn next_at(now: Timestamp, unasked: bool, counts: bool, tries: i64) -> Timestamp {
    let wait = usize::try_from(tries - 1).ok().and_then(|i| WAIT_SECONDS.get(i));
    match (unasked, counts, wait) {
        (true, true, Some(wait)) if tries < TRIES_MAX => now.plus_seconds(*wait),
        (true, false, _) => now.plus_seconds(UNANSWERED_SECONDS),
        _ => NEVER,
    }
}

/// One connection's part in it.
pub(crate) struct Talk {
    desk: Desk,
    number: u64,
    waiting: HashMap<Sending, Waiting>,
    /// Something that waits did not get through.
    held_back: bool,
    look_at: Instant,
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.desk.open().remove(&self.number);
    }
}

impl Talk {
    /// Whether this connection is to speak unasked: the newest does, one message after another.
    pub(crate) fn may_speak(&self) -> bool {
        self.desk.tells_unasked() && self.waiting.is_empty() && self.desk.open().last() == Some(&self.number)
    }

    /// When to look for something to say.
    pub(crate) fn look_at(&self) -> Instant {
        self.look_at
    }

    /// The journal grew: look soon.
    pub(crate) fn stir(&mut self) {
        self.look_at = self.look_at.min(Instant::now() + LOOK_AFTER);
    }

    /// What is to be said, if it is time to look and there is something.
    pub(crate) async fn look(&mut self) -> Option<Outgoing> {
        let (found, more) = match self.desk.next().await {
            Ok(found) => found,
            Err(e) => {
                self.desk.trouble(format!("what waits to be sent could not be looked up: {e}"));
                (None, false)
            }
        };
        self.look_at = Instant::now() + if more { Duration::ZERO } else { LOOK_EVERY };
        found
    }

    /// The answer to what a message asks.
    pub(crate) async fn answer(&self, message: MessageId, questions: Vec<Question>) -> Option<Outgoing> {
        match self.desk.answer(message, questions).await {
            Ok(Some(answer)) => Some(answer),
            Ok(None) => {
                self.desk.trouble("a query was not answered: the dialect does not say how orders are sent".to_owned());
                None
            }
            // The analyzer asks again.
            Err(e) => {
                self.desk.trouble(format!("a query was not answered: {e}"));
                None
            }
        }
    }

    /// The session sends it.
    pub(crate) fn sending(&mut self, id: Sending, outgoing: Outgoing) {
        self.waiting.insert(id, outgoing.waiting);
    }

    /// The analyzer speaks first: what it says may change what is to be said, so that is looked up anew afterwards.
    pub(crate) fn reconsider(&mut self, session: &mut dyn Endpoint) {
        self.hold_back();
        let before = self.waiting.len();
        self.waiting.retain(|id, waiting| waiting.after.is_none() || !session.withdraw(*id));
        if self.waiting.len() < before {
            self.look_at = Instant::now() + CONTENTION_WAIT_HOST;
        }
    }

    /// Something that waits did not get through.
    pub(crate) fn hold_back(&mut self) {
        self.held_back = true;
    }

    /// The analyzer asks anew. An earlier answer that did not get through, and names no tube or gives back an older question, would be
    /// taken for the answer to this one.
    pub(crate) fn asked_anew(&mut self, session: &mut dyn Endpoint) {
        if !std::mem::take(&mut self.held_back) {
            return;
        }
        let order = self.desk.0.dialect.as_ref().and_then(|d| d.order.as_ref());
        let gives_back = order.is_some_and(Order::gives_back);
        self.waiting.retain(|id, waiting| {
            let mistakable = waiting.after.is_none() && (gives_back || waiting.note.said.is_empty());
            !(mistakable && session.withdraw(*id))
        });
    }

    /// The session does not send it.
    pub(crate) async fn unsendable(&mut self, outgoing: Outgoing, why: &str) {
        self.give_up(outgoing.waiting, why, true).await;
    }

    /// The analyzer acknowledged it.
    pub(crate) async fn sent(&mut self, id: Sending) {
        if let Some(waiting) = self.waiting.remove(&id) {
            self.desk.note(waiting.note).await;
            self.look_at = Instant::now();
        }
    }

    /// The analyzer did not take it.
    pub(crate) async fn failed(&mut self, id: Sending, reason: FailReason) {
        let Some(waiting) = self.waiting.remove(&id) else { return };
        match reason {
            // Said again when the line is free, or there is one.
            FailReason::Busy | FailReason::Disconnected if waiting.after.is_some() => {
                self.desk.trouble(format!("orders were not sent: {reason}"));
                self.look_at = Instant::now() + LOOK_EVERY;
            }
            reason => self.give_up(waiting, &reason.to_string(), reason == FailReason::Rejected).await,
        }
    }

    async fn give_up(&mut self, waiting: Waiting, why: &str, counts: bool) {
        self.desk.trouble(format!("orders were not taken: {why}"));
        let mut progress = self.desk.0.progress.lock().await;
        if let Err(e) = self.desk.refused(&mut progress, waiting, why, counts).await {
            self.desk.trouble(format!("that orders were not taken could not be noted: {e}"));
        }
        drop(progress);
        self.look_at = Instant::now() + LOOK_AFTER;
    }
}
