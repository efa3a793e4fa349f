//! What a submission sees: a transaction that reads, journals and projects, under the laboratory's lock.

use rand_chacha::{ChaCha20Rng, rand_core::Rng};

use crate::{
    File, Head, Row, Schema, Sha256, Sql, StoreError, Timestamp, Value,
    chain::{self, SALT_BYTES},
    engine::{Stored, Writer},
    event::{Actor, BODY_BYTES_MAX, CHANGES_MAX, Change, Changes, Entry, Event, Header},
    read::{Read, refuse_nul, with_lab},
    table::Kind,
    tables,
};

/// The largest blob, in bytes.
pub const BLOB_BYTES_MAX: usize = 20 << 20;

/// An [`Event`] of any type, on its way into the journal.
pub trait AnyEvent {
    /// [`Event::KIND`].
    fn kind(&self) -> &'static str;
    /// [`Event::VERSION`].
    fn version(&self) -> u16;
    /// The body as JSON.
    ///
    /// # Errors
    /// [`StoreError::Statement`] when the event cannot be written as JSON.
    fn body(&self) -> Result<Vec<u8>, StoreError>;
    /// [`Event::project`].
    fn project(&self, header: &Header, changes: &mut Changes);
    /// [`Event::attached`].
    fn attached(&self) -> Option<Sha256> {
        None
    }
}

impl<E: Event> AnyEvent for E {
    fn kind(&self) -> &'static str {
        E::KIND
    }
    fn version(&self) -> u16 {
        E::VERSION
    }
    fn body(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|e| StoreError::Statement(format!("{}: {e}", E::KIND)))
    }
    fn project(&self, header: &Header, changes: &mut Changes) {
        Event::project(self, header, changes);
    }
    fn attached(&self) -> Option<Sha256> {
        Event::attached(self)
    }
}

/// What an event changes, if it has the number of its header.
pub struct Projected {
    header: Header,
    changes: Changes,
}

impl Projected {
    /// How many rows it changes.
    pub fn rows(&self) -> usize {
        self.changes.len()
    }
}

/// A submission's transaction.
pub struct Tx<'a> {
    pub(crate) writer: &'a mut dyn Writer,
    pub(crate) schema: &'a Schema,
    pub(crate) rng: &'a mut ChaCha20Rng,
    pub(crate) lab: i64,
    pub(crate) head: Head,
    pub(crate) at: Timestamp,
    pub(crate) changes: usize,
    pub(crate) reads: usize,
    /// What the database refused. After it nothing more is done here, and nothing is kept, even if the submission swallows it.
    pub(crate) broken: Option<StoreError>,
}

impl Read for Tx<'_> {
    fn lab(&self) -> i64 {
        self.lab
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let params = with_lab(self.lab, params)?;
        self.reads += 1;
        self.through(|writer| writer.query(sql, &params))
    }
}

impl Tx<'_> {
    /// The time of this submission: the clock, but never before the last event.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The number that the next event will have; ids for it are `number × 1024 + place`.
    #[must_use]
    pub fn next_number(&self) -> i64 {
        self.head.number + 1
    }

    /// How many statements were read with so far.
    pub fn reads(&self) -> usize {
        self.reads
    }

    /// How many rows this submission can still change.
    pub fn rows_left(&self) -> usize {
        CHANGES_MAX - self.changes
    }

    /// What an event changes if it is the next to be journalled.
    pub fn project(&self, actor: Actor, event: &dyn AnyEvent) -> Projected {
        let header = self.header(actor, event);
        let mut changes = Changes::new();
        event.project(&header, &mut changes);
        Projected { header, changes }
    }

    /// The header of an event that is journalled next.
    fn header(&self, actor: Actor, event: &dyn AnyEvent) -> Header {
        Header {
            lab: self.lab,
            number: self.head.number + 1,
            at: self.at,
            actor,
            kind: event.kind().to_owned(),
            version: event.version(),
        }
    }

    /// Fills `bytes` with randomness, from the seed that the store was opened with.
    pub fn random(&mut self, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
    }

    /// Journals an event and projects it. What it changed is visible to the next read.
    ///
    /// # Errors
    /// [`StoreError::Limit`] when the body or the submission's changes are too large; otherwise what the database says.
    pub fn journal(&mut self, actor: Actor, why: Option<&str>, event: &dyn AnyEvent) -> Result<Header, StoreError> {
        let projected = self.project(actor, event);
        self.journal_projected(projected, why, event, None)
    }

    /// As [`Tx::journal`], with the bytes that the event names.
    ///
    /// # Errors
    /// As [`Tx::journal_projected`].
    pub fn journal_with(
        &mut self,
        actor: Actor,
        why: Option<&str>,
        event: &dyn AnyEvent,
        file: &File,
    ) -> Result<Header, StoreError> {
        let projected = self.project(actor, event);
        self.journal_projected(projected, why, event, Some(file))
    }

    /// Journals an event with what [`Tx::project`] answered for it, so that it is not projected twice, and with the bytes that the
    /// event names, if it names any.
    ///
    /// # Errors
    /// [`StoreError::Statement`] when another event was journalled since, or when the event names other bytes;
    /// [`StoreError::Limit`] above 20 MB; otherwise as [`Tx::journal`].
    pub fn journal_projected(
        &mut self,
        Projected { header, changes }: Projected,
        why: Option<&str>,
        event: &dyn AnyEvent,
        file: Option<&File>,
    ) -> Result<Header, StoreError> {
        if let Some(file) = file {
            if file.bytes().len() > BLOB_BYTES_MAX {
                return Err(StoreError::Limit { what: "a file", limit: BLOB_BYTES_MAX });
            }
            if event.attached() != Some(file.sha256()) {
                return Err(StoreError::Statement(format!("{} does not name the bytes that go with it", event.kind())));
            }
        }
        if header.number != self.next_number() {
            return Err(StoreError::Statement(format!("{} was projected as another event", event.kind())));
        }
        let body = event.body()?;
        if body.len() + why.map_or(0, str::len) > BODY_BYTES_MAX {
            return Err(StoreError::Limit { what: "the body of an event", limit: BODY_BYTES_MAX });
        }
        if why.is_some_and(|w| w.contains('\0')) {
            return Err(StoreError::Nul);
        }
        let Some(known) = self.schema.event(event.kind(), event.version()) else {
            // Once journalled, no rebuild could read it.
            let what = format!("{} v{} is no event of this program", event.kind(), event.version());
            return Err(StoreError::Statement(what));
        };
        // Only projected tables can be named there. A migration would leave a table that is not named without these rows.
        known.check(&changes.0)?;
        self.admit(&changes)?;
        self.append(header.clone(), why, body)?;
        self.apply(changes.0)?;
        if let Some(file) = file {
            self.through(|writer| writer.attach(header.number, file.bytes()))?;
        }
        Ok(header)
    }

    /// Changes working tables. They are never evidence: nothing of this is journalled.
    ///
    /// # Errors
    /// [`StoreError::Statement`] when a change is to another kind of table; otherwise what the database says.
    pub fn work(&mut self, changes: &Changes) -> Result<(), StoreError> {
        changes.only(Kind::Working)?;
        self.admit(changes)?;
        self.through(|writer| writer.apply(&changes.0, true))
    }

    /// Keeps bytes under their SHA-256, once.
    ///
    /// # Errors
    /// [`StoreError::Limit`] above 20 MB; otherwise what the database says.
    pub fn put_blob(&mut self, bytes: &[u8]) -> Result<Sha256, StoreError> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(StoreError::Limit { what: "a file", limit: BLOB_BYTES_MAX });
        }
        let sha256 = Sha256::of(bytes);
        self.through(|writer| writer.put_blob(sha256, bytes))?;
        Ok(sha256)
    }

    pub(crate) fn append(&mut self, header: Header, why: Option<&str>, body: Vec<u8>) -> Result<(), StoreError> {
        let mut salt = vec![0; SALT_BYTES];
        self.rng.fill_bytes(&mut salt);
        let digest = chain::digest(&salt, why, &body);
        let hash = chain::link(self.head.hash, &header, digest);
        let head = Head { number: header.number, at: header.at, hash };
        let entry = Entry { header, why: why.map(str::to_owned), body: Some(body) };
        self.through(|writer| writer.append(&Stored { entry, salt: Some(salt), digest: None, hash }))?;
        self.head = head;
        Ok(())
    }

    /// Refuses what no engine takes, before anything of it is written.
    fn admit(&mut self, changes: &Changes) -> Result<(), StoreError> {
        changes.within_limits()?;
        if changes.0.len() > self.rows_left() {
            return Err(StoreError::Limit { what: "the number of rows that one step changes", limit: CHANGES_MAX });
        }
        self.changes += changes.0.len();
        for change in &changes.0 {
            match change {
                Change::Put { key, values, .. } => refuse_nul(values.iter().chain([key]))?,
                Change::Patch { key, set, .. } => refuse_nul(set.iter().map(|(_, v)| v).chain([key]))?,
                Change::Drop { key, .. } => refuse_nul([key])?,
            }
        }
        Ok(())
    }

    fn apply(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.through(|writer| writer.apply_all(changes))
    }

    /// Takes body, salt and reason of an event and its bytes away, as the law may ask; see [`crate::Store::erase`].
    pub(crate) fn blank(&mut self, number: i64, digest: Sha256) -> Result<(), StoreError> {
        let set =
            vec![("why", Value::Null), ("salt", Value::Null), ("body", Value::Null), ("digest", Value::from(digest))];
        self.apply(vec![
            Change::Patch { table: &tables::JOURNAL, key: Value::Int(number), set },
            Change::Drop { table: &tables::EVENT_FILES, key: Value::Int(number) },
        ])
    }

    pub(crate) fn drop_blob(&mut self, sha256: Sha256) -> Result<(), StoreError> {
        self.apply(vec![Change::Drop { table: &tables::BLOBS, key: sha256.into() }])
    }

    /// Everything that reaches the engine goes through here. An error may have left half of a change behind, or have ended the
    /// transaction (a full disk rolls SQLite back), after which each statement would commit for itself: so it is the last.
    fn through<T>(&mut self, work: impl FnOnce(&mut dyn Writer) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if let Some(e) = &self.broken {
            return Err(e.clone());
        }
        let done = work(self.writer);
        self.broken = done.as_ref().err().cloned();
        done
    }
}
