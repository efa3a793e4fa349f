//! One laboratory's store: a writer thread that commits submissions in groups, reader threads, and a watch on the journal's end.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tokio::sync::{oneshot, watch};

use crate::{
    Clock, Head, Schema, StoreError, Tx,
    engine::{Engine, Writer},
    event::NUMBER_MAX,
    migrate,
    postgres::PostgresEngine,
    reading::{self, Snapshot},
    sqlite::SqliteEngine,
    submission::{Closure, Pending, Plan, Reading, ReadingClosure, Submission, run_length},
};

/// Submissions that may wait for the writer; one more is refused as [`StoreError::Busy`].
pub const SUBMISSIONS_MAX: usize = 4_096;
/// Submissions that are committed together at most.
pub const GROUP_MAX: usize = 256;
/// Readings that may wait for a reader thread.
pub const READINGS_MAX: usize = 4_096;
/// Reader threads, each with a connection of its own.
pub const READERS: usize = 4;
/// How often the journal's end is looked up for events that another process journalled.
pub const TAIL_EVERY: Duration = Duration::from_millis(300);

/// Where laboratories are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// SQLite: a folder with one file a laboratory.
    Folder(PathBuf),
    /// PostgreSQL: a connection string, `postgres://…`.
    Postgres(String),
}

impl Location {
    /// A `postgres://` address, or a folder.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Location::Postgres(text.to_owned())
        } else {
            Location::Folder(PathBuf::from(text))
        }
    }
}

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// Where it reads the time.
    pub clock: Clock,
    /// The seed of its randomness; the operating system's when absent.
    pub seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Options { clock: Clock::machine(), seed: None }
    }
}

/// A laboratory's journal and tables. Cheap to clone; the last clone closes it, after the work that waits.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub lab: i64,
    pub schema: Arc<Schema>,
    pub engine: Arc<dyn Engine>,
    pub clock: Clock,
    submissions: Option<SyncSender<Box<dyn Submission>>>,
    readings: Option<SyncSender<Box<dyn Reading>>>,
    stop_tail: Option<SyncSender<()>>,
    head: watch::Receiver<i64>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.submissions = None;
        self.readings = None;
        self.stop_tail = None;
        let me = thread::current().id();
        for thread in self.threads.drain(..).filter(|t| t.thread().id() != me) {
            // A thread that panicked has said so in the log already.
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Opens laboratory `lab` at `location`, making or migrating its tables.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer program wrote it, [`StoreError::ReadOnly`], [`StoreError::Busy`], [`StoreError::Away`],
    /// [`StoreError::Full`] or [`StoreError::Corrupt`] as the case may be. Nothing has been changed then.
    pub fn open(location: &Location, lab: i64, schema: Arc<Schema>, options: Options) -> Result<Self, StoreError> {
        let engine = engine(location)?;
        let mut writer = engine.writer(lab)?;
        migrate::migrate(&*engine, &mut *writer, lab, &schema)?;
        let head = {
            let mut reader = engine.reader(lab)?;
            reader.begin()?;
            reading::head(&mut Snapshot { reader: &mut *reader, lab })?
        };
        let (head_out, head) = watch::channel(head.number);
        let head_out = Arc::new(head_out);
        let (submissions, queue) = sync_channel(SUBMISSIONS_MAX);
        let (readings, reading_queue) = sync_channel::<Box<dyn Reading>>(READINGS_MAX);
        let (stop_tail, stop) = sync_channel::<()>(0);
        let mut threads = Vec::new();

        let rng = match options.seed {
            Some(seed) => ChaCha20Rng::seed_from_u64(seed),
            None => ChaCha20Rng::from_seed(entropy()?),
        };
        let grouped = engine.groups_reads();
        let writing = Writing {
            writer,
            schema: schema.clone(),
            clock: options.clock.clone(),
            rng,
            lab,
            grouped,
            head: head_out.clone(),
        };
        threads.push(spawn(format!("titer-write-{lab}"), move || writing.run(&queue))?);

        let reading_queue = Arc::new(Mutex::new(reading_queue));
        for _ in 0..READERS {
            let (engine, queue) = (engine.clone(), reading_queue.clone());
            threads.push(spawn(format!("titer-read-{lab}"), move || read_loop(&*engine, lab, &queue))?);
        }
        let tail_engine = engine.clone();
        threads.push(spawn(format!("titer-tail-{lab}"), move || tail(&*tail_engine, lab, &stop, &head_out))?);

        Ok(Store(Arc::new(Shared {
            lab,
            schema,
            engine,
            clock: options.clock,
            submissions: Some(submissions),
            readings: Some(readings),
            stop_tail: Some(stop_tail),
            head,
            threads,
        })))
    }

    /// Builds what a newer program's `schema` would have to replay when it opens laboratory `lab`, while the older program works
    /// on; then opening takes a moment. `progress` hears how many events of how many were replayed. It may be cut off and called
    /// again. Where laboratories share tables it does so for all of them.
    pub fn prepare(
        location: &Location,
        lab: i64,
        schema: &Schema,
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<(), StoreError> {
        let engine = engine(location)?;
        let mut writer = engine.writer(lab)?;
        migrate::prepare(&*engine, &mut *writer, lab, schema, progress)
    }

    /// The laboratory.
    #[must_use]
    pub fn lab(&self) -> i64 {
        self.0.lab
    }

    /// `sqlite` or `postgresql`.
    #[must_use]
    pub fn engine_name(&self) -> &'static str {
        self.0.engine.name()
    }

    /// The time as this store sees it.
    #[must_use]
    pub fn now(&self) -> crate::Timestamp {
        self.0.clock.now()
    }

    /// What it was opened with.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        &self.0.schema
    }

    /// Runs `f` under the laboratory's lock; what it journals and works is committed with its neighbours', durably, before the
    /// answer comes. If `f` answers `Err`, or panics, nothing of it is kept.
    pub fn submit<F, R, E>(&self, f: F) -> Pending<Result<R, E>>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit_planned(None, f)
    }

    /// As [`Store::submit`], naming beforehand what will be read, so that PostgreSQL can fetch it for many at once.
    pub fn submit_planned<F, R, E>(&self, plan: Option<Plan>, f: F) -> Pending<Result<R, E>>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let decide = |tx: &mut Tx<'_>| {
            let result = f(tx);
            (result.is_ok(), result)
        };
        self.submit_deciding(plan, decide, |e| Err(e.into()))
    }

    /// The general form: `f` says whether its work is to be kept, beside the answer; `lost` makes the answer when the database
    /// failed.
    pub fn submit_deciding<F, T>(&self, plan: Option<Plan>, f: F, lost: fn(StoreError) -> T) -> Pending<T>
    where
        F: FnOnce(&mut Tx<'_>) -> (bool, T) + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let submission = Box::new(Closure { plan, f: Some(f), result: None, lost, reply });
        enqueue(self.0.submissions.as_ref(), submission, "too many submissions wait", |s: Box<dyn Submission>, e| {
            s.answer(Err(e))
        });
        Pending(answer, lost)
    }

    /// Runs `f` on a snapshot, on one of the reader threads.
    pub fn read<F, R, E>(&self, f: F) -> Pending<Result<R, E>>
    where
        F: FnOnce(&mut Snapshot<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let reading = Box::new(ReadingClosure { f, reply });
        enqueue(self.0.readings.as_ref(), reading, "too many readings wait", |r: Box<dyn Reading>, e| r.read(Err(e)));
        Pending(answer, |e| Err(e.into()))
    }

    /// The number of the last event, as it grows; also by the work of other processes, within [`TAIL_EVERY`].
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.0.head.clone()
    }

    /// The plan of a statement on this engine, one step a line.
    ///
    /// # Errors
    /// What the database says of the statement.
    pub fn explain(&self, sql: &'static crate::Sql) -> Result<Vec<String>, StoreError> {
        self.0.engine.explain(self.0.lab, sql)
    }
}

pub(crate) fn engine(location: &Location) -> Result<Arc<dyn Engine>, StoreError> {
    Ok(match location {
        Location::Folder(folder) => Arc::new(SqliteEngine::new(folder)),
        Location::Postgres(url) => Arc::new(PostgresEngine::new(url)?),
    })
}

fn enqueue<T: ?Sized>(
    queue: Option<&SyncSender<Box<T>>>,
    item: Box<T>,
    full: &str,
    refuse: impl FnOnce(Box<T>, StoreError),
) {
    match queue.map(|q| q.try_send(item)) {
        Some(Ok(())) => {}
        Some(Err(TrySendError::Full(item))) => refuse(item, StoreError::Busy(full.to_owned())),
        Some(Err(TrySendError::Disconnected(item))) => refuse(item, StoreError::Closed),
        None => unreachable!("the queue is taken away only when the last handle is dropped"),
    }
}

fn entropy() -> Result<[u8; 32], StoreError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|e| StoreError::File(format!("the operating system gives no randomness: {e}")))?;
    Ok(seed)
}

fn spawn(name: String, f: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new().name(name).spawn(f).map_err(|e| StoreError::File(format!("a thread cannot be started: {e}")))
}

/// The writer thread.
struct Writing {
    writer: Box<dyn Writer>,
    schema: Arc<Schema>,
    clock: Clock,
    rng: ChaCha20Rng,
    lab: i64,
    grouped: bool,
    head: Arc<watch::Sender<i64>>,
}

impl Writing {
    fn run(mut self, queue: &Receiver<Box<dyn Submission>>) {
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            while group.len() < GROUP_MAX {
                match queue.try_recv() {
                    Ok(next) => group.push(next),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            let committed = self.commit(&mut group);
            if let Err(e) = &committed {
                tracing::warn!(lab = self.lab, submissions = group.len(), "not committed: {e}");
                self.writer.rollback();
            }
            for submission in group {
                submission.answer(committed.clone());
            }
        }
    }

    fn commit(&mut self, group: &mut [Box<dyn Submission>]) -> Result<(), StoreError> {
        let mut head = self.writer.begin_knowing(self.schema.version)?;
        if !(0..=NUMBER_MAX).contains(&head.number) {
            return Err(StoreError::Corrupt(format!("the stored end of the journal is event {}", head.number)));
        }
        let mut rest = group;
        while !rest.is_empty() {
            let length = if self.grouped { run_length(rest) } else { rest.len() };
            let (run, after) = rest.split_at_mut(length);
            if self.grouped {
                self.prefetch(run)?;
            }
            for submission in run {
                head = self.decide(head, submission)?;
            }
            rest = after;
        }
        self.writer.commit(&head)?;
        self.head.send_if_modified(|n| std::mem::replace(n, head.number.max(*n)) < head.number);
        Ok(())
    }

    fn prefetch(&mut self, run: &[Box<dyn Submission>]) -> Result<(), StoreError> {
        let mut reads = Vec::new();
        for (sql, params) in run.iter().filter_map(|s| s.plan()).flat_map(|p| &p.reads) {
            // A text that no engine keeps is found out by the submission's own read, which is then refused alone.
            if let Ok(params) = crate::read::with_lab(self.lab, params) {
                reads.push((*sql, params));
            }
        }
        self.writer.prefetch(&reads)
    }

    fn decide(&mut self, head: Head, submission: &mut Box<dyn Submission>) -> Result<Head, StoreError> {
        self.writer.begin_part()?;
        let mut tx = Tx {
            writer: &mut *self.writer,
            schema: &self.schema,
            rng: &mut self.rng,
            lab: self.lab,
            head,
            at: self.clock.now().max(head.at),
            changes: 0,
            reads: 0,
            broken: None,
        };
        let keep = submission.decide(&mut tx);
        let (after, broken) = (tx.head, tx.broken);
        match broken {
            Some(e) if e.breaks_transaction() => return Err(e),
            // Where even this fails, the transaction is gone, and the first error says why.
            Some(e) => self.writer.undo_part().map_err(|_| e)?,
            None if keep => match self.writer.keep_part() {
                Ok(()) => return Ok(after),
                Err(e) if e.breaks_transaction() => return Err(e),
                // What it changed has reached the engine only now.
                Err(e) => {
                    submission.refuse(e.clone());
                    self.writer.undo_part().map_err(|_| e)?;
                }
            },
            None => self.writer.undo_part()?,
        }
        Ok(head)
    }
}

fn read_loop(engine: &dyn Engine, lab: i64, queue: &Mutex<Receiver<Box<dyn Reading>>>) {
    let mut connection: Option<Box<dyn crate::engine::Reader>> = None;
    loop {
        let next = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(reading) = next else { return };
        let opened = match connection.take() {
            Some(reader) => Ok(reader),
            None => engine.reader(lab),
        };
        let mut reader = match opened {
            Ok(reader) => reader,
            Err(e) => {
                reading.read(Err(e));
                continue;
            }
        };
        match reader.begin() {
            Ok(()) => {
                reading.read(Ok(Snapshot { reader: &mut *reader, lab }));
                reader.end();
                connection = Some(reader);
            }
            Err(e) => reading.read(Err(e)),
        }
    }
}

/// Looks for events that another process journalled.
fn tail(engine: &dyn Engine, lab: i64, stop: &Receiver<()>, out: &watch::Sender<i64>) {
    let mut connection: Option<Box<dyn crate::engine::Reader>> = None;
    while stop.recv_timeout(TAIL_EVERY) == Err(RecvTimeoutError::Timeout) {
        let looked = (|| {
            let mut reader = match connection.take() {
                Some(r) => r,
                None => engine.reader(lab)?,
            };
            reader.begin()?;
            let head = reading::head(&mut Snapshot { reader: &mut *reader, lab });
            reader.end();
            connection = Some(reader);
            head
        })();
        match looked {
            Ok(head) => {
                out.send_if_modified(|n| std::mem::replace(n, head.number.max(*n)) < head.number);
            }
            Err(e) => {
                connection = None;
                tracing::debug!(lab, "the journal's end could not be read: {e}");
            }
        }
    }
}
