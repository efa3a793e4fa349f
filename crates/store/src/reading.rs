//! Snapshot reads: the journal, blobs, due jobs, and whatever the rooms ask.

use crate::{
    Entry, Head, Header, Row, Sha256, Sql, StoreError, Timestamp, Value,
    chain::{self, GENESIS},
    engine::{Reader, Stored},
    read::{Read, header, with_lab},
    tables::DueRow,
};

/// A view of a laboratory as it was at one moment.
pub struct Snapshot<'a> {
    pub(crate) reader: &'a mut dyn Reader,
    pub(crate) lab: i64,
}

impl Read for Snapshot<'_> {
    fn lab(&self) -> i64 {
        self.lab
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.reader.query(sql, &with_lab(self.lab, params)?)
    }
}

crate::sql! {
    pub(crate) HEAD = "SELECT number, at, hash FROM journal_head WHERE lab = $1 AND id = 1";
    pub(crate) ENTRIES = "SELECT number, at, actor_kind, actor, kind, version, why, salt, body, digest, hash FROM journal \
        WHERE lab = $1 AND number > $2 ORDER BY number LIMIT $3";
    pub(crate) SCHEMA = "SELECT value FROM store_notes WHERE lab = $1 AND name = 'schema'";
    HEADERS: (journal: Header) = "FROM journal WHERE lab = $1 AND number > $2 ORDER BY number LIMIT $3";
    pub(crate) KINDS = "SELECT kind, first FROM journal_kinds WHERE lab = $1 AND kind > $2 ORDER BY kind";
    pub(crate) BLOB = "SELECT bytes FROM blobs WHERE lab = $1 AND sha256 = $2";
    pub(crate) ATTACHED = "SELECT bytes FROM event_files WHERE lab = $1 AND number = $2";
    DUE: (d: DueRow, "t.tries": Option<i64>) = "FROM due d LEFT JOIN due_tries t ON t.lab = d.lab AND t.id = d.id \
        WHERE d.lab = $1 AND d.at <= $2 AND (t.next_at IS NULL OR t.next_at <= $2) ORDER BY d.at LIMIT $3";
}

/// The end of the journal.
///
/// # Errors
/// What the database says.
pub fn head(read: &mut dyn Read) -> Result<Head, StoreError> {
    let row = read.one(&HEAD, &[])?;
    row.map_or(Ok(Head::EMPTY), |r| Ok(Head { number: r.get(0)?, at: r.get(1)?, hash: r.get(2)? }))
}

/// The schema that [`SCHEMA`] found.
pub(crate) fn schema_version(rows: &[Row]) -> Result<Option<i64>, StoreError> {
    let value: Option<String> = rows.first().map(|r| r.get(0)).transpose()?;
    Ok(value.and_then(|v| v.parse().ok()))
}

/// Up to `limit` events after number `after`, in order.
///
/// # Errors
/// What the database says.
pub fn entries(read: &mut dyn Read, after: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let lab = read.lab();
    let rows = read.query(&ENTRIES, &[after.into(), limit.into()])?;
    rows.iter().map(|r| Ok(Entry { header: header(lab, r)?, why: r.get(6)?, body: r.get(8)? })).collect()
}

/// The event of this number, if it stands as it was journalled: its hash follows from its bytes and from the hash that the event before
/// it has.
///
/// # Errors
/// [`StoreError::Corrupt`] when the event was altered; otherwise what the database says.
pub fn proved(read: &mut dyn Read, number: i64) -> Result<Option<Entry>, StoreError> {
    let lab = read.lab();
    let rows = read.query(&ENTRIES, &[number.saturating_sub(2).into(), 2_i64.into()])?;
    let mut before = (number == 1).then_some(GENESIS);
    for row in &rows {
        let event = Stored::of(lab, row)?;
        if event.entry.header.number < number {
            before = Some(event.hash);
        } else if event.entry.header.number == number {
            let link = |(before, content)| chain::link(before, &event.entry.header, content);
            if before.zip(event.content()).map(link) != Some(event.hash) {
                let what = format!("event {number} was altered: its hash does not follow from what is stored");
                return Err(StoreError::Corrupt(what));
            }
            return Ok(Some(event.entry));
        }
    }
    Ok(None)
}

/// Up to `limit` headers of events after number `after`, in order.
///
/// # Errors
/// What the database says.
pub fn headers(read: &mut dyn Read, after: i64, limit: i64) -> Result<Vec<Header>, StoreError> {
    HEADERS.all(read, &[after.into(), limit.into()])
}

/// The bytes named by `sha256`, checked against their name.
///
/// # Errors
/// [`StoreError::Corrupt`] when the bytes are not those of their name.
pub fn blob(read: &mut dyn Read, sha256: Sha256) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(row) = read.one(&BLOB, &[sha256.into()])? else { return Ok(None) };
    let bytes: Vec<u8> = row.get(0)?;
    if Sha256::of(&bytes) != sha256 {
        return Err(StoreError::Corrupt(format!("the file {sha256} was altered")));
    }
    Ok(Some(bytes))
}

/// The bytes that belong to event `number`, checked against the digest that the event names. Those of an event that an older
/// program journalled stand under their digest.
///
/// # Errors
/// [`StoreError::Corrupt`] when the bytes are not those that the event names.
pub fn attached(read: &mut dyn Read, number: i64, sha256: Sha256) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(row) = read.one(&ATTACHED, &[number.into()])? else { return blob(read, sha256) };
    let bytes: Vec<u8> = row.get(0)?;
    if Sha256::of(&bytes) != sha256 {
        return Err(StoreError::Corrupt(format!("the file of event {number} was altered")));
    }
    Ok(Some(bytes))
}

/// A job whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueJob {
    /// Its id.
    pub id: i64,
    /// When it fell due.
    pub at: Timestamp,
    /// What is to be done.
    pub kind: String,
    /// To whom or what.
    pub subject: i64,
    /// How often it was tried in vain.
    pub tries: i64,
}

/// Up to `limit` jobs that are due at `now` and not waiting for their next try.
///
/// # Errors
/// What the database says.
pub fn due(read: &mut dyn Read, now: Timestamp, limit: i64) -> Result<Vec<DueJob>, StoreError> {
    let rows = DUE.all(read, &[now.into(), limit.into()])?;
    let job = |(DueRow { id, at, kind, subject }, tries): (DueRow, Option<i64>)| DueJob {
        id,
        at,
        kind,
        subject,
        tries: tries.unwrap_or(0),
    };
    Ok(rows.into_iter().map(job).collect())
}
