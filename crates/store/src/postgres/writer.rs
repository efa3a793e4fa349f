//! The connection that writes.
//!
//! Changes wait in memory, in order. A part (one submission) that was decided from what had been fetched beforehand leaves no
//! trace on the server until its whole group does, so taking it back is forgetting its changes. A part that had to ask the server
//! does so behind a savepoint, and sends its changes before it ends: what the server refuses is taken back alone.
//!
//! A row that the server refuses when several parts are sent together is noticed too late for that: those decided afterwards
//! build on it. Commands look before they write, so it takes a mistake of the program. Then all of the group are answered
//! [`StoreError::Busy`], nothing is kept, and for a while each part is sent by itself: whoever comes with it again is refused alone.

use std::sync::Arc;

use super::{
    Server,
    batch::{Ask, Fetched, asks},
    buffer::{self, Waiting, writes},
    connection::{Answer, Connection, Failed, Request},
    statistics::Statistics,
    values::identity,
};
use crate::{
    Head, Row, Sha256, Sql, StoreError, Table, Value,
    chain::GENESIS,
    engine::{KnownKinds, Read, Redirect, Stored, Writer},
    event::{Change, PLACES},
    reading,
    table::Kind,
    tables::{BLOBS, EVENT_FILES, HEAD, JOURNAL, KINDS},
};

/// Changes that wait at most before they are sent.
const WAITING_MAX: usize = 20_000;
/// Bytes that wait at most before they are sent.
const WAITING_BYTES_MAX: usize = 8 << 20;
/// Parts that are sent by themselves, or whose rows replace what is there, after the server has refused a row.
const CAREFUL_PARTS: usize = 1_000;
/// How long the lock of every laboratory is waited for, in milliseconds: as long as a backup may hold up a migration.
const ALL_LOCK_TIMEOUT_MS: u32 = 60_000;

/// A laboratory's lock. Neither this text nor the next is a registered [`Sql`]: SQLite's lock is the file's.
const HEAD_LOCKED: &str = "SELECT number, at, hash FROM journal_head WHERE lab = $1 AND id = 1 FOR UPDATE";
/// Every laboratory's lock, in an order that all take them in.
const HEADS_LOCKED: &str = "SELECT lab FROM journal_head WHERE id = 1 ORDER BY lab FOR UPDATE";
/// The laboratory whose lock guards the making of another one's head, so that none is made while all are locked.
const HOUSE: i64 = 0;

pub(super) struct PostgresWriter {
    lab: i64,
    server: Arc<Server>,
    /// `None` after it broke, until the next transaction.
    connection: Option<Connection>,
    /// Whether a transaction was begun.
    open: bool,
    /// Changes that were not sent yet, in order.
    waiting: Vec<Waiting>,
    waiting_bytes: usize,
    part: Option<Part>,
    /// Parts begun in this transaction.
    parts: usize,
    /// Parts that are still to be sent by themselves.
    careful: usize,
    /// Parts whose rows are still to replace what is there.
    replacing: usize,
    /// The last event that was journalled in this transaction.
    journalled: i64,
    /// Whether the savepoint of a part that has ended still stands.
    release: bool,
    /// What was fetched beforehand, by statement and parameters.
    fetched: Fetched,
    redirect: Option<Redirect>,
    /// Rows put into tables in this transaction.
    put: Vec<(&'static Table, usize)>,
    kinds: KnownKinds,
    /// What [`Writer::schema_version`] answers: asked for together with the lock.
    schema: Option<i64>,
    statistics: Statistics,
}

/// The part of the transaction that is being decided.
struct Part {
    /// Its first change among those that wait.
    first: usize,
    /// Whether it has asked or changed anything on the server, behind a savepoint.
    saved: bool,
    /// Whether what it did there has to be taken back with it.
    sent: bool,
    /// The tables that it has changed.
    changed: Vec<&'static Table>,
}

fn head(rows: &[Row]) -> Result<Option<Head>, StoreError> {
    rows.first().map(|r| Ok(Head { number: r.get(0)?, at: r.get(1)?, hash: r.get(2)? })).transpose()
}

fn make_head(lab: i64) -> String {
    format!(
        "INSERT INTO journal_head (lab, id, number, at, hash) VALUES ({lab}, 1, 0, 0, '\\x{GENESIS}') \
         ON CONFLICT (lab, id) DO NOTHING"
    )
}

impl PostgresWriter {
    pub(super) fn new(lab: i64, server: Arc<Server>) -> Result<Self, StoreError> {
        let mut writer = PostgresWriter {
            lab,
            statistics: Statistics::start(lab, server.clone())?,
            put: Vec::new(),
            server,
            connection: None,
            open: false,
            waiting: Vec::new(),
            waiting_bytes: 0,
            part: None,
            parts: 0,
            careful: 0,
            replacing: 0,
            journalled: 0,
            release: false,
            fetched: Fetched::new(),
            redirect: None,
            kinds: KnownKinds::default(),
            schema: None,
        };
        writer.connect()?;
        Ok(writer)
    }

    fn connect(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.server.connect(&format!("titer {} writer", self.lab))?);
        }
        Ok(())
    }

    fn run(&mut self, requests: &[Request<'_>]) -> Result<Vec<Answer>, Failed> {
        run(&mut self.connection, requests)
    }

    /// Begins a transaction. The line may have broken since it was last used, which is only found out now: then on another.
    fn start(&mut self, requests: &[Request<'_>]) -> Result<Vec<Answer>, StoreError> {
        self.rollback();
        let fresh = self.connection.is_none();
        self.connect()?;
        self.open = true;
        self.parts = 0;
        self.journalled = 0;
        match self.run(requests) {
            Err(Failed { error: StoreError::Away(_), .. }) if !fresh => {
                self.connect()?;
                Ok(self.run(requests)?)
            }
            other => Ok(other?),
        }
    }

    /// Sends what waits, then `last`, in one round trip; answers for `last`.
    fn send(&mut self, last: &[Request<'_>]) -> Result<Vec<Answer>, StoreError> {
        let first = self.part.as_ref().map_or(self.waiting.len(), |p| p.first);
        let (others, own) = self.waiting.split_at(first);
        let (others, own) = (writes(others), writes(own));
        let mut requests: Vec<Request<'_>> = self.release.then_some(RELEASE).into_iter().collect();
        requests.extend(others.iter().map(Request::Write));
        let before_part = requests.len();
        requests.extend(self.part.as_ref().is_some_and(|p| !p.saved).then_some(SAVEPOINT));
        requests.extend(own.iter().map(Request::Write));
        let before_last = requests.len();
        requests.extend_from_slice(last);
        let ran = run(&mut self.connection, &requests).and_then(|answers| all_found(&requests, answers));
        let changes = !own.is_empty();
        for one in self.waiting.iter().filter(|w| matches!(w.change, buffer::Change::Put(_))) {
            match self.put.last_mut() {
                Some((table, rows)) if std::ptr::eq(*table, one.table) => *rows += 1,
                _ => self.put.push((one.table, 1)),
            }
        }
        drop(requests);
        drop((others, own));
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.release = false;
        if let Some(part) = &mut self.part {
            part.first = 0;
            part.saved = true;
            part.sent |= changes || ran.is_err();
        }
        if matches!(&ran, Err(Failed { error: StoreError::Conflict(_), .. })) {
            self.replacing = CAREFUL_PARTS;
        }
        match ran {
            Ok(mut answers) => Ok(answers.split_off(before_last)),
            Err(Failed { at, error }) if at < before_part && self.parts > 0 && !error.breaks_transaction() => {
                tracing::warn!(lab = self.lab, "work that was to be saved together was refused: {error}");
                self.careful = CAREFUL_PARTS;
                Err(StoreError::Busy("other work that was to be saved at the same moment was in conflict".to_owned()))
            }
            Err(Failed { error, .. }) => Err(error),
        }
    }

    fn change(&mut self, change: Change, strict: bool) -> Result<(), StoreError> {
        let (table, key, change) = match change {
            Change::Put { table, key, values } => (table, key, buffer::Change::Put(values)),
            Change::Patch { table, key, set } => (table, key, buffer::Change::Patch { set, strict }),
            Change::Drop { table, key } => (table, key, buffer::Change::Drop),
        };
        self.push(table, self.lab, key, change)
    }

    /// Whether the event that was just journalled has given out the key of a row. An id that another journal has given out may
    /// look the same: the server then refuses the row, and for a while rows replace what is there.
    fn is_fresh(&self, table: &Table, key: &Value) -> bool {
        let of_the_event = matches!(key, Value::Int(id) if id / PLACES == self.journalled);
        table.kind == Kind::Projected
            && self.journalled > 0
            && self.replacing == 0
            && self.redirect.is_none()
            && of_the_event
    }

    fn push(&mut self, table: &'static Table, lab: i64, key: Value, change: buffer::Change) -> Result<(), StoreError> {
        let Some(name) = Redirect::target(self.redirect.as_ref(), table) else { return Ok(()) };
        let lab = self.redirect.as_ref().map_or(lab, |r| r.lab);
        let fresh = self.is_fresh(table, &key);
        let waiting = Waiting { table, name, lab, key, change, fresh };
        self.waiting_bytes += waiting.bytes();
        self.waiting.push(waiting);
        if let Some(part) = &mut self.part
            && !part.changed.iter().any(|t| std::ptr::eq(*t, table))
        {
            part.changed.push(table);
        }
        if self.waiting.len() >= WAITING_MAX || self.waiting_bytes >= WAITING_BYTES_MAX {
            self.send(&[])?;
        }
        Ok(())
    }
}

const SAVEPOINT: Request<'_> = Request::Plain("SAVEPOINT part");
const RELEASE: Request<'_> = Request::Plain("RELEASE SAVEPOINT part");
const UNDO: Request<'_> = Request::Plain("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");

fn locked(lab: &[Value]) -> Request<'_> {
    Request::Prepared { text: HEAD_LOCKED, place: "journal_head", params: lab }
}

fn run(connection: &mut Option<Connection>, requests: &[Request<'_>]) -> Result<Vec<Answer>, Failed> {
    let Some(line) = connection else {
        return Err(Failed { at: 0, error: StoreError::Away("the connection broke".to_owned()) });
    };
    let ran = line.run(requests);
    if let Err(Failed { error: StoreError::Away(_), .. }) = &ran {
        *connection = None;
    }
    ran
}

/// Checks that every row was there that must be.
fn all_found(requests: &[Request<'_>], answers: Vec<Answer>) -> Result<Vec<Answer>, Failed> {
    for (at, (request, answer)) in requests.iter().zip(&answers).enumerate() {
        if let Request::Write(write) = request
            && let Some((rows, table)) = write.must_find
            && answer.changed != rows
        {
            let what = format!("{table} has only {} of {rows} rows to change", answer.changed);
            return Err(Failed { at, error: StoreError::Corrupt(what) });
        }
    }
    Ok(answers)
}

impl Writer for PostgresWriter {
    fn begin(&mut self) -> Result<Head, StoreError> {
        let (house, own) = ([Value::Int(HOUSE)], [Value::Int(self.lab)]);
        let answers = self.start(&[Request::Plain("BEGIN"), locked(&own), asked(&reading::SCHEMA, &house)])?;
        self.schema = reading::schema_version(&answers[2].rows)?;
        if let Some(head) = head(&answers[1].rows)? {
            return Ok(head);
        }
        let (make_house, make_own) = (make_head(HOUSE), make_head(self.lab));
        let requests = [Request::Plain(&make_house), locked(&house), Request::Plain(&make_own), locked(&own)];
        let answers = self.run(&requests)?;
        Ok(head(&answers[3].rows)?.unwrap_or(Head::EMPTY))
    }

    fn schema_version(&mut self) -> Result<Option<i64>, StoreError> {
        Ok(self.schema)
    }

    fn begin_all(&mut self) -> Result<Vec<i64>, StoreError> {
        let begin = format!("BEGIN; SET LOCAL lock_timeout = {ALL_LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = 0");
        let house = [Value::Int(HOUSE)];
        let (make_house, make_own) = (make_head(HOUSE), make_head(self.lab));
        let answers = self.start(&[
            Request::Plain(&begin),
            Request::Plain(&make_house),
            locked(&house),
            Request::Plain(&make_own),
            Request::Prepared { text: HEADS_LOCKED, place: "journal_head", params: &[] },
        ])?;
        answers[4].rows.iter().map(|r| r.get(0)).collect()
    }

    fn prefetch(&mut self, reads: &[Read]) -> Result<(), StoreError> {
        self.fetched.clear();
        if reads.is_empty() {
            return Ok(());
        }
        let asks = asks(reads, self.connection.as_ref());
        let mut requests = vec![SAVEPOINT];
        requests.extend(asks.iter().map(Ask::request));
        match self.send(&requests) {
            Ok(answers) => {
                for (ask, answer) in asks.iter().zip(answers.into_iter().skip(1)) {
                    ask.keep(answer, &mut self.fetched)?;
                }
                self.release = true;
            }
            Err(e) if e.breaks_transaction() => return Err(e),
            // One of them is wrong. Each part now reads live, and the one that named it is refused alone.
            Err(_) => {
                self.run(&[UNDO])?;
            }
        }
        Ok(())
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        if let Some(part) = &self.part {
            // What was fetched shows nothing of what this part has changed since. A statement names each table that it reads.
            let changed = part.changed.iter().any(|t| sql.text().contains(t.name));
            if !changed && let Some(rows) = self.fetched.get(&(sql.text(), identity(params))) {
                return Ok(rows.clone());
            }
        }
        Ok(self.send(&[asked(sql, params)])?.pop().map(|a| a.rows).unwrap_or_default())
    }

    fn page(&mut self, table: &'static Table, after: &Value, limit: i64) -> Result<Vec<Row>, StoreError> {
        let params = [self.lab.into(), after.clone(), limit.into()];
        let ask = Request::Prepared { text: &table.page_sql('$'), place: table.name, params: &params };
        Ok(self.send(&[ask])?.pop().map(|a| a.rows).unwrap_or_default())
    }

    fn begin_part(&mut self) -> Result<(), StoreError> {
        self.parts += 1;
        self.part = Some(Part { first: self.waiting.len(), saved: false, sent: false, changed: Vec::new() });
        Ok(())
    }

    fn keep_part(&mut self) -> Result<(), StoreError> {
        let Some(part) = &self.part else { return Ok(()) };
        if part.first < self.waiting.len() && (part.saved || self.careful > 0) {
            self.send(&[])?;
        }
        self.release |= self.part.take().is_some_and(|p| p.saved);
        self.careful = self.careful.saturating_sub(1);
        self.replacing = self.replacing.saturating_sub(1);
        Ok(())
    }

    fn undo_part(&mut self) -> Result<(), StoreError> {
        let Some(part) = self.part.take() else { return Ok(()) };
        self.kinds.taken_back();
        for undone in self.waiting.drain(part.first..) {
            self.waiting_bytes -= undone.bytes();
        }
        if part.sent {
            self.run(&[UNDO])?;
        } else {
            self.release |= part.saved;
        }
        Ok(())
    }

    fn append(&mut self, row: &Stored) -> Result<(), StoreError> {
        let mut values = row.values().into_iter().skip(1);
        let number = values.next().unwrap_or(Value::Null);
        let header = &row.entry.header;
        self.journalled = header.number;
        self.push(&JOURNAL, header.lab, number.clone(), buffer::Change::Put(values.collect()))?;
        match self.kinds.unnoted(header) {
            Some(kind) => self.push(&KINDS, header.lab, kind, buffer::Change::Put(vec![number])),
            None => Ok(()),
        }
    }

    fn apply(&mut self, changes: &[Change], strict: bool) -> Result<(), StoreError> {
        changes.iter().try_for_each(|change| self.change(change.clone(), strict))
    }

    fn apply_all(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        changes.into_iter().try_for_each(|change| self.change(change, true))
    }

    fn put_blob(&mut self, sha256: Sha256, bytes: &[u8]) -> Result<(), StoreError> {
        self.push(&BLOBS, self.lab, sha256.into(), buffer::Change::Put(vec![bytes.into()]))
    }

    fn attach(&mut self, number: i64, bytes: &[u8]) -> Result<(), StoreError> {
        self.push(&EVENT_FILES, self.lab, Value::Int(number), buffer::Change::Put(vec![bytes.into()]))
    }

    fn set_head(&mut self, head: &Head) -> Result<(), StoreError> {
        let values = vec![head.number.into(), head.at.into(), head.hash.into()];
        self.push(&HEAD, self.lab, Value::Int(1), buffer::Change::Put(values))
    }

    fn commit(&mut self, head: &Head) -> Result<(), StoreError> {
        self.set_head(head)?;
        if self.parts == 1 {
            // It has no neighbour that needs another answer than its own.
            self.parts = 0;
        }
        // Not together with the commit: it would keep the rest where a row to be changed was missing.
        self.send(&[])?;
        let committed = self.run(&[Request::Plain("COMMIT")]);
        self.fetched.clear();
        match committed {
            Ok(_) => {
                self.open = false;
                self.release = false;
                self.kinds.committed();
                for (table, rows) in self.put.drain(..) {
                    self.statistics.note(table, rows);
                }
                Ok(())
            }
            Err(Failed { error: StoreError::Away(m), .. }) => Err(StoreError::Away(format!(
                "{m}, just when the work was to be saved; look whether it was before doing it again"
            ))),
            Err(failed) => Err(failed.error),
        }
    }

    fn rollback(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.part = None;
        self.release = false;
        self.fetched.clear();
        self.redirect = None;
        self.kinds.taken_back();
        self.put.clear();
        if std::mem::take(&mut self.open)
            && self.connection.is_some()
            && let Err(failed) = self.run(&[Request::Plain("ROLLBACK")])
        {
            tracing::warn!(lab = self.lab, "a transaction could not be taken back: {}", failed.error);
            self.connection = None;
        }
    }

    fn execute(&mut self, ddl: &str) -> Result<(), StoreError> {
        if !self.open {
            self.connect()?;
        }
        self.send(&[Request::Plain(ddl)])?;
        if let Some(connection) = &mut self.connection {
            connection.forget();
        }
        Ok(())
    }

    fn redirect(&mut self, redirect: Option<Redirect>) {
        self.redirect = redirect;
    }
}

fn asked<'a>(sql: &'static Sql, params: &'a [Value]) -> Request<'a> {
    Request::Prepared { text: sql.text(), place: sql.place(), params }
}
