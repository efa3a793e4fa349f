//! Keeps the links open that the journal names, and no others; each link in one process at a time.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use titer_lab::{
    Failure, Laboratory,
    leases::{self, LEASE_SECONDS},
};
use titer_store::StoreError;
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    Board, arrivals,
    board::{SocketState, Standing},
    filing::Filing,
    line::Ending,
    links::{
        LinkId,
        operating::{self, Operated, Recording},
        views,
    },
    memory::Memory,
    recorder,
    silence::Silence,
    sockets::{self, Opened},
    worklists::session::Worklist,
};

/// How often to look for changes while the journal does not grow.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How often leases are renewed, which last [`LEASE_SECONDS`].
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// If a lease could not be renewed, the link is closed so long before the lease ends. Then another process may open the link.
const LEASE_MARGIN: Duration = Duration::from_secs(2);
/// If the database takes longer to answer, the lease counts as not renewed. Looking and renewing together take no longer than
/// [`LEASE_MARGIN`].
const ANSWER_WAIT: Duration = Duration::from_secs(1);
/// How long a transfer that has begun may go on if the program stops or the link was changed.
const CLOSE_WAIT: Duration = Duration::from_secs(5);
/// How long a transfer that has begun may go on if a person has paused the link.
const DRAIN_WAIT: Duration = Duration::from_secs(30);

/// Opens and closes links as the journal says, until `stop` says so. After a restore all links stay closed until a person has attached
/// them again. Any number of processes may do this for one laboratory; each link is open in one of them.
pub async fn operate(laboratory: Laboratory, board: Board, mut stop: watch::Receiver<bool>) {
    let mut growing = laboratory.store().watch();
    let learning = tokio::spawn(arrivals::learn(laboratory.clone(), board.clone(), stop.clone()));
    let mut operator = Operator {
        holder: holder(&laboratory),
        laboratory,
        board,
        memory: Memory::default(),
        open: HashMap::new(),
        leased: HashMap::new(),
        asked_at: None,
        ended: Arc::default(),
    };
    while !stopped(&stop) {
        if let Err(e) = operator.round().await {
            tracing::warn!("the links could not be looked up: {e}");
        }
        tokio::select! {
            _ = growing.changed() => sleep(Duration::from_millis(200)).await,
            () = sleep_until(operator.look_at()) => {}
            () = operator.ended.notified() => {}
            _ = stop.changed() => {}
        }
    }
    operator.end().await;
    learning.abort();
}

/// Whether to stop: it was said, or nobody is there any more to say it.
fn stopped(stop: &watch::Receiver<bool>) -> bool {
    stop.has_changed().is_err() || *stop.borrow()
}

/// What tells this operator apart from every other: the machine, the process, when it began, and which of the process it is.
fn holder(laboratory: &Laboratory) -> String {
    static OPERATORS: AtomicU64 = AtomicU64::new(0);
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = if machine.trim().is_empty() { "process" } else { machine.trim() };
    let (began, which) = (laboratory.store().now().micros() / 1_000, OPERATORS.fetch_add(1, Ordering::Relaxed));
    format!("{machine}-{}-{began}-{which}", std::process::id())
}

/// What the database answers, if it does in time.
async fn answered<T>(answer: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(ANSWER_WAIT, answer)
        .await
        .unwrap_or_else(|_| Err(StoreError::Busy("no answer within a second".to_owned()).into()))
}

fn lease_of(link: LinkId) -> String {
    format!("link-{link}")
}

struct Operator {
    laboratory: Laboratory,
    board: Board,
    holder: String,
    memory: Memory,
    open: HashMap<LinkId, Open>,
    /// Until when this process may have a link open.
    leased: HashMap<LinkId, Instant>,
    /// When leases were asked for last, and for which links.
    asked_at: Option<(Instant, Vec<LinkId>)>,
    ended: Arc<Notify>,
}

/// A link that this process has open, or is closing.
struct Open {
    operated: Operated,
    ending: watch::Sender<Ending>,
    task: JoinHandle<()>,
    recording: Option<Recording>,
}

impl Operator {
    /// Opens and closes links so that they agree with the journal.
    async fn round(&mut self) -> Result<(), Failure> {
        self.give_up();
        let read = answered(self.laboratory.read(|s| Ok((operating::operated(s)?, views::detached(s)?)))).await;
        self.give_up();
        let (operated, detached) = read?;
        let wanted: Vec<&Operated> = operated.iter().filter(|o| !detached && o.pause.is_none()).collect();
        for (id, open) in &self.open {
            if !wanted.iter().any(|w| w.link.id == *id && same(w, &open.operated)) {
                let paused = operated.iter().any(|o| o.link.id == *id && o.pause.is_some());
                open.end(if paused { DRAIN_WAIT } else { CLOSE_WAIT });
            }
        }
        self.reap().await;
        self.lease(&wanted).await;
        self.give_up();
        for wanted in wanted {
            let id = wanted.link.id;
            if !self.open.contains_key(&id) && self.leased.contains_key(&id) {
                self.open(wanted.clone());
            }
            self.record(wanted);
        }
        for idle in operated.iter().filter(|o| !self.open.contains_key(&o.link.id)) {
            // What another process has open is on the board already.
            if detached || idle.pause.is_some() {
                self.board.state(idle.link.id, SocketState::Closed, self.laboratory.store().now());
            }
        }
        self.publish(&operated, detached);
        answered(operating::sweep(&self.laboratory)).await
    }

    /// The time when the next lease ends, or the time to look again.
    fn look_at(&self) -> Instant {
        self.leased
            .values()
            .copied()
            .min()
            .into_iter()
            .chain([Instant::now() + LOOK_EVERY])
            .min()
            .unwrap_or_else(Instant::now)
    }

    fn open(&mut self, operated: Operated) {
        let (ending, ends) = watch::channel(None);
        let opened = Opened {
            filing: Filing::new(self.laboratory.clone(), operated.link.id),
            worklist: Worklist::new(self.laboratory.clone(), operated.link.clone(), self.board.clone()),
            laboratory: self.laboratory.clone(),
            board: self.board.clone(),
            name: operated.link.name.as_str().into(),
            link: operated.link.clone(),
            tls: operated.tls.clone(),
            memory: self.memory.of_link(),
        };
        let ended = self.ended.clone();
        let task = tokio::spawn(async move {
            sockets::run(opened, ends).await;
            ended.notify_one();
        });
        self.open.insert(operated.link.id, Open { operated, ending, task, recording: None });
    }

    /// Forgets the links that are closed by now.
    async fn reap(&mut self) {
        let gone: Vec<LinkId> = self.open.iter().filter(|(_, o)| o.task.is_finished()).map(|(id, _)| *id).collect();
        let mut free = Vec::new();
        for id in gone {
            if let Some(open) = self.open.remove(&id)
                && let Err(e) = open.task.await
            {
                tracing::error!(link = id.0, "a link ended badly: {e}");
            }
            self.board.record(id, None);
            if self.leased.remove(&id).is_some() {
                free.push(lease_of(id));
            }
        }
        if !free.is_empty() {
            self.release(free).await;
        }
    }

    async fn release(&mut self, names: Vec<String>) {
        self.asked_at = None;
        if let Err(e) = answered(leases::release(&self.laboratory, names, &self.holder)).await {
            tracing::warn!("leases could not be given back, and end by themselves: {e}");
        }
    }

    /// Takes or renews the leases of the links that are wanted, and of those that are still closing.
    async fn lease(&mut self, wanted: &[&Operated]) {
        let mut links: Vec<LinkId> = wanted.iter().map(|w| w.link.id).chain(self.open.keys().copied()).collect();
        links.sort_unstable();
        links.dedup();
        let fresh = |(at, of): &(Instant, Vec<LinkId>)| at.elapsed() < RENEW_EVERY && *of == links;
        if links.is_empty() || self.asked_at.as_ref().is_some_and(fresh) {
            return;
        }
        // The lease counts from before it was asked for, so it is never longer here than in the database.
        let asked_at = Instant::now();
        let names = links.iter().copied().map(lease_of).collect();
        match answered(leases::take(&self.laboratory, names, &self.holder)).await {
            Ok(answers) => {
                for (link, other) in links.iter().zip(answers) {
                    match other {
                        None => {
                            let until = asked_at + Duration::from_secs(LEASE_SECONDS.unsigned_abs()) - LEASE_MARGIN;
                            self.leased.insert(*link, until);
                        }
                        Some(holder) => {
                            self.leased.remove(link);
                            if !self.open.contains_key(link) {
                                self.board.elsewhere(*link, holder, self.laboratory.store().now());
                            }
                        }
                    }
                }
                self.asked_at = Some((asked_at, links));
            }
            Err(e) => tracing::warn!("the leases of the links could not be renewed: {e}"),
        }
    }

    /// Closes at once what another process may open.
    fn give_up(&mut self) {
        let now = Instant::now();
        self.leased.retain(|_, until| now < *until);
        for (id, open) in &self.open {
            if !self.leased.contains_key(id) && open.end(Duration::ZERO) {
                let what = "the lease could not be renewed: another process may open this link".to_owned();
                self.board.trouble(*id, self.laboratory.store().now(), what);
            }
        }
    }

    /// Begins and ends recordings.
    fn record(&mut self, wanted: &Operated) {
        let now = self.laboratory.store().now();
        let Some(open) = self.open.get_mut(&wanted.link.id) else { return };
        let asked = wanted.recording.filter(|r| now < r.until);
        if asked == open.recording {
            return;
        }
        open.recording = asked;
        let recorder = asked.map(|recording| {
            let (recorder, entries) = mpsc::channel(recorder::WAITING_MAX);
            let (laboratory, board) = (self.laboratory.clone(), self.board.clone());
            tokio::spawn(recorder::record(laboratory, board, recording, entries));
            recorder
        });
        self.board.record(wanted.link.id, recorder);
    }

    /// Updates the metrics of the links.
    fn publish(&self, operated: &[Operated], detached: bool) {
        let now = self.laboratory.store().now();
        for Operated { link, pause, .. } in operated {
            let status = self.board.status_at(link.id, now);
            let standing = Standing::of(&status, pause.is_some(), detached);
            let name = || link.name.clone();
            for each in Standing::ALL.iter().copied() {
                let is = f64::from(u8::from(each == standing));
                metrics::gauge!("titer_link_state", "link" => name(), "state" => each.code()).set(is);
            }
            metrics::gauge!("titer_link_connections", "link" => name()).set(status.connections as f64);
            metrics::gauge!("titer_link_messages_being_filed", "link" => name()).set(status.filing as f64);
            let refused: u64 = status.refused.iter().map(|(_, times)| times).sum();
            metrics::counter!("titer_link_refused_total", "link" => name()).absolute(refused);
            if let Some(at) = status.last_message_at {
                let seconds = at.micros() as f64 / 1e6;
                metrics::gauge!("titer_link_last_message_timestamp_seconds", "link" => name()).set(seconds);
            }
            // If the usual silence is unknown there is no metric: that is not the same as "not unusual".
            match self.board.silence(link.id, now) {
                Silence::Unknown => {}
                silence => {
                    let unusual = f64::from(u8::from(matches!(silence, Silence::Unusual { .. })));
                    metrics::gauge!("titer_link_silent_unusually", "link" => name()).set(unusual);
                }
            }
        }
    }

    /// Closes all of them, and gives the leases back.
    async fn end(mut self) {
        for open in self.open.values() {
            open.end(CLOSE_WAIT);
        }
        for (id, open) in self.open.drain() {
            if let Err(e) = open.task.await {
                tracing::error!(link = id.0, "a link ended badly: {e}");
            }
            self.board.record(id, None);
        }
        let names: Vec<String> = self.leased.keys().copied().map(lease_of).collect();
        if !names.is_empty() {
            self.release(names).await;
        }
    }
}

impl Open {
    /// Asks the link to end; answers whether that is news.
    fn end(&self, wait: Duration) -> bool {
        self.ending.send_if_modified(|ending| {
            let sooner = ending.is_none_or(|was| wait < was);
            if sooner {
                *ending = Some(wait);
            }
            sooner
        })
    }
}

/// Whether the connections may stay open: mappings may have changed, but the address and the dialect have not.
fn same(a: &Operated, b: &Operated) -> bool {
    let of = |o: &Operated| {
        (o.link.listens, o.link.address.clone(), o.link.peers.clone(), o.link.dialect.clone(), o.tls.clone())
    };
    of(a) == of(b)
}
