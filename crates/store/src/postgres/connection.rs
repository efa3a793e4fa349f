//! One connection, driven from a plain thread: requests are sent together and answered together, one round trip for all.

use std::{collections::HashMap, future::Future, panic::resume_unwind, pin::Pin, task::Poll, thread, time::Duration};

use futures_util::{
    TryStreamExt,
    future::{join_all, maybe_done, poll_fn},
};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::{Client, Config, NoTls, RowStream, Statement, types::Type as PgType};

use super::{batch::Batch, buffer::Write, error, values::Param};
use crate::{Row, StoreError, Value};

/// How long the server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a session waits for a lock, as long as SQLite does, before it says [`StoreError::Busy`], in milliseconds.
const LOCK_TIMEOUT_MS: u32 = 5_000;
/// How long one statement may run before it is given up as [`StoreError::Busy`], in milliseconds.
const STATEMENT_TIMEOUT_MS: u32 = 30_000;
/// How long a transaction may sit idle, holding its locks, before the server ends it: a frozen node must not hold up the others.
const IDLE_TIMEOUT_MS: u32 = 60_000;
/// Prepared statements kept by each connection.
const STATEMENTS_MAX: usize = 512;

/// What every session is set to. Every statement of the program finds its rows by key, which the test of plans proves; scans and
/// joins that read a whole laboratory are ruled out, lest the planner, whose statistics lag behind a burst, choose one and keep it.
fn settings() -> String {
    format!(
        "SET synchronous_commit = on; SET lock_timeout = {LOCK_TIMEOUT_MS}; SET statement_timeout = {STATEMENT_TIMEOUT_MS}; \
         SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}; SET client_min_messages = warning; SET jit = off; \
         SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
    )
}

/// One of the requests that are sent together.
#[derive(Clone, Copy)]
pub(super) enum Request<'a> {
    /// Statements without parameters.
    Plain(&'a str),
    /// A statement that is prepared once and kept; `place` says where it is written.
    Prepared { text: &'a str, place: &'a str, params: &'a [Value] },
    /// The same for many sets of parameters.
    Batch(&'a Batch<'a>),
    /// Rows to be written. Planned each time, for the sizes that the tables have by then.
    Write(&'a Write<'a>),
}

/// What came back for one request.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The rows of a [`Request::Prepared`] or [`Request::Batch`].
    pub rows: Vec<Row>,
    /// How many rows a [`Request::Write`] changed.
    pub changed: u64,
}

/// The first request that failed, and why. Those after it have failed with it.
#[derive(Debug)]
pub(super) struct Failed {
    pub at: usize,
    pub error: StoreError,
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

pub(super) struct Connection {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Connection {
    pub(super) fn open(config: &Config, application: &str) -> Result<Self, StoreError> {
        let mut config = config.clone();
        config
            .application_name(application)
            .keepalives_idle(CONNECT_TIMEOUT)
            .keepalives_interval(CONNECT_TIMEOUT)
            .keepalives_retries(2)
            .tcp_user_timeout(CONNECT_TIMEOUT * 3);
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| StoreError::File(format!("a connection cannot be started: {e}")))?;
        let connecting = async {
            let (client, connection) = config.connect(NoTls).await?;
            // Ends when the client is dropped; what ends it earlier is told to the requests that wait.
            tokio::spawn(async move {
                if let Err(e) = connection.await {
                    tracing::debug!("a connection to the database server ended: {e}");
                }
            });
            client.batch_execute(&settings()).await?;
            Ok(client)
        };
        let client = wait(&runtime, async { tokio::time::timeout(CONNECT_TIMEOUT, connecting).await });
        match client {
            Ok(Ok(client)) => Ok(Connection { runtime: Some(runtime), client, statements: HashMap::new() }),
            Ok(Err(e)) => Err(match error(&e) {
                // The program has stated nothing yet: it is who we are, or the address.
                StoreError::Statement(m) => StoreError::ReadOnly(m),
                other => other,
            }),
            Err(_) => Err(StoreError::Away(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))),
        }
    }

    /// Sends all requests in order without waiting in between, then waits for all answers.
    pub(super) fn run(&mut self, requests: &[Request<'_>]) -> Result<Vec<Answer>, Failed> {
        let mut out = Vec::with_capacity(requests.len());
        // The first time, a statement is prepared in its turn, so that a wrong one fails behind the savepoint before it.
        if let Some(first) = requests.iter().position(|r| self.must_prepare(r)) {
            self.exchange(0, &requests[..first], &mut out)?;
            self.prepare(requests.iter().filter_map(Request::prepared).collect()).map_err(|(text, e)| {
                let at = requests.iter().position(|r| r.prepared() == Some(text)).unwrap_or(first);
                Failed { at, error: requests[at].error(&e) }
            })?;
        }
        let rest = out.len();
        self.exchange(rest, &requests[rest..], &mut out)?;
        Ok(out)
    }

    fn exchange(&self, from: usize, requests: &[Request<'_>], out: &mut Vec<Answer>) -> Result<(), Failed> {
        let (client, statements) = (&self.client, &self.statements);
        let answers = self.wait(in_order(requests.iter().map(|r| r.send(client, statements))));
        for (i, (request, answer)) in requests.iter().zip(answers).enumerate() {
            out.push(answer.map_err(|e| Failed { at: from + i, error: request.error(&e) })?);
        }
        Ok(())
    }

    fn must_prepare(&self, request: &Request<'_>) -> bool {
        request.prepared().is_some_and(|text| !self.statements.contains_key(text))
    }

    /// Forgets what was prepared, after the tables have changed.
    pub(super) fn forget(&mut self) {
        self.statements.clear();
    }

    /// The types of a statement's parameters, by name.
    pub(super) fn parameters(&mut self, text: &str) -> Result<Vec<String>, StoreError> {
        self.prepare(vec![text]).map_err(|(_, e)| error(&e))?;
        Ok(self.prepared_parameters(text).unwrap_or_default())
    }

    /// The same, if the statement has been prepared already.
    pub(super) fn prepared_parameters(&self, text: &str) -> Option<Vec<String>> {
        Some(self.statements.get(text)?.params().iter().map(|t| t.name().to_owned()).collect())
    }

    fn prepare<'t>(&mut self, mut texts: Vec<&'t str>) -> Result<(), (&'t str, tokio_postgres::Error)> {
        if self.statements.len() > STATEMENTS_MAX {
            self.statements.clear();
        }
        texts.retain(|t| !self.statements.contains_key(*t));
        texts.sort_unstable();
        texts.dedup();
        let client = &self.client;
        let prepared = self.wait(in_order(texts.iter().map(|t| client.prepare(t))));
        for (text, statement) in texts.into_iter().zip(prepared) {
            self.statements.insert(text.to_owned(), statement.map_err(|e| (text, e))?);
        }
        Ok(())
    }

    fn wait<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        // It is taken away only by drop.
        wait(self.runtime.as_ref().expect("a connection has its runtime"), work)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it would block, which is refused on a thread that serves another runtime.
            runtime.shutdown_background();
        }
    }
}

fn wait<T: Send>(runtime: &Runtime, work: impl Future<Output = T> + Send) -> T {
    if Handle::try_current().is_err() {
        return runtime.block_on(work);
    }
    // The caller's thread serves another runtime, where blocking is refused; a thread of its own may.
    thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join()).unwrap_or_else(|panic| resume_unwind(panic))
}

/// Starts every future, in order, before waiting for any: the first poll of a request sends it.
async fn in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut started: Vec<_> = futures.map(|f| Box::pin(maybe_done(f))).collect();
    poll_fn(|cx| {
        for future in &mut started {
            // Whether it is done already is asked below.
            let _ = future.as_mut().poll(cx);
        }
        Poll::Ready(())
    })
    .await;
    join_all(started.iter_mut().map(Pin::as_mut)).await;
    started.iter_mut().filter_map(|f| f.as_mut().take_output()).collect()
}

impl<'a> Request<'a> {
    fn prepared(&self) -> Option<&'a str> {
        match self {
            Request::Prepared { text, .. } => Some(text),
            Request::Batch(batch) => Some(&batch.text),
            Request::Plain(_) | Request::Write(_) => None,
        }
    }

    fn error(&self, e: &tokio_postgres::Error) -> StoreError {
        let place = match self {
            Request::Prepared { place, .. } => place,
            Request::Batch(batch) => batch.place,
            Request::Plain(_) | Request::Write(_) => return error(e),
        };
        match error(e) {
            StoreError::Statement(m) => StoreError::Statement(format!("{place}: {m}")),
            other => other,
        }
    }

    async fn send(
        &self,
        client: &Client,
        statements: &HashMap<String, Statement>,
    ) -> Result<Answer, tokio_postgres::Error> {
        match self {
            Request::Plain(text) => client.batch_execute(text).await.map(|()| Answer::default()),
            Request::Prepared { text, params, .. } => {
                found(client.query_raw(&statements[*text], params.iter().map(Param)).await?).await
            }
            Request::Batch(batch) => found(client.query_raw(&statements[&batch.text], batch.params()).await?).await,
            Request::Write(write) => {
                let lab = Param(&write.lab);
                let columns =
                    write.columns.iter().map(|(c, t)| (c as &(dyn tokio_postgres::types::ToSql + Sync), t.clone()));
                let params: Vec<_> = [(&lab as _, PgType::INT8)].into_iter().chain(columns).collect();
                Ok(Answer { rows: Vec::new(), changed: client.execute_typed(&write.text, &params).await? })
            }
        }
    }
}

async fn found(rows: RowStream) -> Result<Answer, tokio_postgres::Error> {
    let rows = rows.and_then(|row| std::future::ready(decode(&row))).try_collect().await?;
    Ok(Answer { rows, changed: 0 })
}

fn decode(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    (0..row.len()).map(|i| row.try_get(i)).collect::<Result<_, _>>().map(Row)
}
