//! What may be seen of the inbox.

use titer_lab::stories;
use titer_store::{Header, Read, Row, Sha256, StoreError, Timestamp, reading, sql, values};

use super::{MessageId, State, events::Problem, waits::Wait};
use crate::links::LinkId;

/// Messages on one page.
pub const PAGE: i64 = 50;
/// Messages with one fingerprint that are looked at.
const SAME_MAX: i64 = 10;

sql! {
    BY_ID = "SELECT m.id, m.link, m.sha256, m.state, m.filed, m.problems, j.at FROM messages m \
        JOIN journal j ON j.lab = m.lab AND j.number = $3 WHERE m.lab = $1 AND m.id = $2";
    HELD = "SELECT m.id, m.link, m.sha256, m.state, m.filed, m.problems, h.received_at FROM held_messages h \
        JOIN messages m ON m.lab = h.lab AND m.id = h.id WHERE h.lab = $1 AND h.id < $2 ORDER BY h.id DESC LIMIT $3";
    HELD_IDS = "SELECT id FROM held_messages WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    HELD_FROM = "SELECT id, received_at FROM held_messages WHERE lab = $1 AND id >= $2 ORDER BY id LIMIT $3";
    WAITING = "SELECT w.key, w.message FROM waiting_messages w WHERE w.lab = $1 AND w.kind = $2 \
        AND (w.key, w.message) > ($3, $4) AND w.key <= $5 ORDER BY w.key, w.message LIMIT $6";
    WAITING_OF_LINK = "SELECT w.key, w.message FROM waiting_messages w \
        JOIN messages m ON m.lab = w.lab AND m.id = w.message WHERE w.lab = $1 AND w.kind = $2 \
        AND (w.key, w.message) > ($3, $4) AND w.key <= $5 AND m.link = $6 ORDER BY w.key, w.message LIMIT $7";
    ARRIVED_TUBES = "SELECT w.message, w.key FROM waiting_messages w \
        JOIN specimens s ON s.lab = w.lab AND s.barcode = w.key WHERE w.lab = $1 AND w.kind = $2 AND s.state = 'received' \
        ORDER BY w.key, w.message LIMIT $3";
    BEFORE = "SELECT m.id, m.link, m.sha256, m.state, m.filed, m.problems, m.fingerprint FROM messages m \
        WHERE m.lab = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT $3";
    pub(crate) SAME = "SELECT id, link FROM messages WHERE lab = $1 AND fingerprint = $2 AND state <> 'dismissed' LIMIT $3";
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The link that it came by.
    pub link: LinkId,
    /// The name of its bytes.
    pub sha256: Sha256,
    /// What became of it.
    pub state: State,
    /// How many results it brought.
    pub filed: i64,
    /// What a person must decide.
    pub problems: Vec<Problem>,
    /// When it came.
    pub received_at: Timestamp,
}

fn from(r: &Row) -> Result<Message, StoreError> {
    let (id, state, problems): (MessageId, String, String) = (r.get(0)?, r.get(3)?, r.get(5)?);
    let strange = || StoreError::Corrupt(format!("message {id} cannot be read"));
    Ok(Message {
        id,
        link: r.get(1)?,
        sha256: r.get(2)?,
        state: State::from_code(&state).ok_or_else(strange)?,
        filed: r.get(4)?,
        problems: if problems.is_empty() {
            Vec::new()
        } else {
            serde_json::from_str(&problems).map_err(|_| strange())?
        },
        received_at: r.get(6)?,
    })
}

/// The message of this id.
///
/// # Errors
/// What the database says.
pub fn message(read: &mut dyn Read, id: MessageId) -> Result<Option<Message>, StoreError> {
    read.one(&BY_ID, &values![id, id.0 / titer_store::PLACES])?.as_ref().map(from).transpose()
}

/// The message's bytes as they came.
///
/// # Errors
/// [`StoreError::Corrupt`] when they are gone or were altered.
pub fn bytes(read: &mut dyn Read, message: &Message) -> Result<Vec<u8>, StoreError> {
    reading::blob(read, message.sha256)?
        .ok_or_else(|| StoreError::Corrupt(format!("the bytes of message {} are gone", message.id)))
}

/// Messages that wait for a person, the latest first, before `before`.
///
/// # Errors
/// What the database says.
pub fn held(read: &mut dyn Read, before: Option<MessageId>) -> Result<Vec<Message>, StoreError> {
    let before = before.map_or(i64::MAX, |m| m.0);
    read.query(&HELD, &values![before, PAGE])?.iter().map(from).collect()
}

/// All messages, the latest first, before `before`. The time is that of the event.
///
/// # Errors
/// What the database says.
pub fn messages(read: &mut dyn Read, before: Option<MessageId>) -> Result<Vec<Message>, StoreError> {
    let before = before.map_or(i64::MAX, |m| m.0);
    let ids = read.query(&BEFORE, &values![before, PAGE])?;
    let ids: Vec<MessageId> = ids.iter().map(|r| r.get(0)).collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for id in ids {
        all.extend(message(read, id)?);
    }
    Ok(all)
}

/// An earlier message of the same link with the same fingerprint. One that a person put aside is none: sent again, it is read anew.
///
/// # Errors
/// What the database says.
pub fn same(read: &mut dyn Read, link: LinkId, fingerprint: i64) -> Result<Option<MessageId>, StoreError> {
    let rows = read.query(&SAME, &values![fingerprint, SAME_MAX])?;
    for r in &rows {
        if r.get::<LinkId>(1)? == link {
            return Ok(Some(r.get(0)?));
        }
    }
    Ok(None)
}

/// Adds the read of [`same`] to what a submission will read.
pub fn plan(plan: &mut titer_store::Plan, fingerprint: i64) {
    plan.subjects.push(format!("message {fingerprint}"));
    plan.reads.push((&SAME, values![fingerprint, SAME_MAX]));
}

/// Held messages counted by [`count_held`] at most.
pub const HELD_COUNTED_MAX: i64 = 1_000;

/// How many messages wait for a person, counted up to [`HELD_COUNTED_MAX`].
///
/// # Errors
/// What the database says.
pub fn count_held(read: &mut dyn Read) -> Result<usize, StoreError> {
    Ok(read.query(&HELD_IDS, &values![0_i64, HELD_COUNTED_MAX])?.len())
}

/// The most messages that are found to be read again at once; the rest is found when these are done.
pub const FOUND_MAX: i64 = 1_000;

/// Which held messages are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// What they wait for, or are about.
    pub kind: Wait,
    /// What exactly: the first key, and the last.
    pub keys: (String, String),
    /// By which link they came, if it matters.
    pub link: Option<LinkId>,
}

impl About {
    /// Of exactly this key.
    #[must_use]
    pub fn exactly(kind: Wait, key: &str, link: Option<LinkId>) -> Self {
        About { kind, keys: (key.to_owned(), key.to_owned()), link }
    }

    /// Of every key that begins so.
    #[must_use]
    pub fn beginning(kind: Wait, begins: &str, link: Option<LinkId>) -> Self {
        About { kind, keys: (begins.to_owned(), format!("{begins}\u{10ffff}")), link }
    }
}

/// A place among messages that wait for the same: the key and the message of the one before.
pub type Place = (String, MessageId);

/// Held messages that wait for, or are about, the same, behind a place: by key, the oldest first, up to [`FOUND_MAX`].
///
/// # Errors
/// What the database says.
pub fn about(read: &mut dyn Read, about: &About, after: Option<&Place>) -> Result<Vec<Place>, StoreError> {
    let (first, last) = (about.keys.0.as_str(), about.keys.1.as_str());
    let (key, message) = after.map_or((first, MessageId(0)), |(key, message)| (key.as_str(), *message));
    let kind = about.kind.code();
    let rows = match about.link {
        Some(link) => read.query(&WAITING_OF_LINK, &values![kind, key, message, last, link, FOUND_MAX])?,
        None => read.query(&WAITING, &values![kind, key, message, last, FOUND_MAX])?,
    };
    rows.iter().map(|r| Ok((r.get(0)?, r.get(1)?))).collect()
}

/// Held messages from one on, with the time of arrival: the oldest first, up to [`FOUND_MAX`].
///
/// # Errors
/// What the database says.
pub fn held_from(read: &mut dyn Read, first: MessageId) -> Result<Vec<(MessageId, Timestamp)>, StoreError> {
    read.query(&HELD_FROM, &values![first, FOUND_MAX])?.iter().map(|r| Ok((r.get(0)?, r.get(1)?))).collect()
}

/// Messages that waited for a tube which is received now, each with the barcode; up to `limit`.
///
/// # Errors
/// What the database says.
pub fn arrived(read: &mut dyn Read, limit: i64) -> Result<Vec<(MessageId, String)>, StoreError> {
    let rows = read.query(&ARRIVED_TUBES, &values![Wait::Receipt.code(), limit])?;
    rows.iter().map(|r| Ok((r.get(0)?, r.get(1)?))).collect()
}

/// What happened to a message since it was kept, oldest first.
///
/// # Errors
/// What the database says.
pub fn history(read: &mut dyn Read, message: MessageId) -> Result<Vec<Happened>, StoreError> {
    let kept = message.0 / titer_store::PLACES;
    let mut numbers = vec![kept];
    numbers.extend(stories::story(read, message.0)?.into_iter().map(|told| told.header.number));
    let mut all = Vec::new();
    for number in numbers {
        all.extend(
            reading::entries(read, number - 1, 1)?.into_iter().map(|e| Happened { header: e.header, why: e.why }),
        );
    }
    Ok(all)
}

/// Something that happened, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The event.
    pub header: Header,
    /// Why, in the words of who did it.
    pub why: Option<String>,
}
