//! What may be seen of the inbox.

use titer_lab::{Actor, Counted, specimens::State as SpecimenState};
use titer_store::{Event, Header, PLACES, Plan, Read, Sha256, StoreError, Timestamp, reading, sql, values};

use super::{
    KeptReason, MessageId, MessageState, Problem,
    events::{Kept, ProblemBody},
    tables::MessageRow,
    waits::{WAITS_MAX, Wait},
};
use crate::links::LinkId;

/// Messages on one page.
pub const PAGE: i64 = 50;
/// Messages with one fingerprint that are compared.
const SAME_MAX: i64 = 10;

/// Events of a message's history, at most.
const HISTORY_MAX: i64 = 200;

sql! {
    BY_ID: (m: MessageRow, "j.at": Timestamp) = "FROM messages m JOIN journal j ON j.lab = m.lab AND j.number = $3 \
        WHERE m.lab = $1 AND m.id = $2";
    BEFORE: (m: MessageRow, "j.at": Timestamp) = "FROM messages m JOIN journal j ON j.lab = m.lab AND j.number = m.id / $4 \
        WHERE m.lab = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT $3";
    HELD: (m: MessageRow, "h.received_at": Timestamp) = "FROM held_messages h \
        JOIN messages m ON m.lab = h.lab AND m.id = h.id WHERE h.lab = $1 AND h.id < $2 ORDER BY h.id DESC LIMIT $3";
    HELD_IDS: ("id": MessageId) = "FROM held_messages WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    HELD_FROM: ("id": MessageId, "received_at": Timestamp) = "FROM held_messages \
        WHERE lab = $1 AND id >= $2 ORDER BY id LIMIT $3";
    WAITING: ("w.key": String, "w.message": MessageId) = "FROM waiting_messages w WHERE w.lab = $1 AND w.kind = $2 \
        AND (w.key, w.message) > ($3, $4) AND w.key <= $5 ORDER BY w.key, w.message LIMIT $6";
    WAITING_OF_LINK: ("w.key": String, "w.message": MessageId) = "FROM waiting_messages w \
        JOIN messages m ON m.lab = w.lab AND m.id = w.message WHERE w.lab = $1 AND w.kind = $2 \
        AND (w.key, w.message) > ($3, $4) AND w.key <= $5 AND m.link = $6 ORDER BY w.key, w.message LIMIT $7";
    AWAITING_RECEIPT: ("w.key": String, "w.message": MessageId, "s.state": Option<SpecimenState>,
        "s.barcode": Option<String>) = "FROM waiting_messages w \
        LEFT JOIN specimens s ON s.lab = w.lab AND s.folded = w.key WHERE w.lab = $1 AND w.kind = $2 \
        AND (w.key, w.message) > ($3, $4) ORDER BY w.key, w.message LIMIT $5";
    KEPT_FOR: (m: MessageRow, "j.at": Timestamp) = "FROM waiting_messages w \
        JOIN messages m ON m.lab = w.lab AND m.id = w.message JOIN journal j ON j.lab = m.lab AND j.number = m.id / $6 \
        WHERE w.lab = $1 AND w.kind = $2 AND w.key = $3 AND w.message < $4 ORDER BY w.message DESC LIMIT $5";
    COUNT_KEPT: ("w.message": MessageId) = "FROM waiting_messages w WHERE w.lab = $1 AND w.kind = $2 AND w.key = $3 LIMIT $4";
    REASONS_KEPT: ("w.key": String) = "FROM waiting_messages w WHERE w.lab = $1 AND w.id > $2 AND w.id <= $3 AND w.kind = $4 \
        ORDER BY w.id LIMIT $5";
    SAME: ("id": MessageId, "link": LinkId) = "FROM messages \
        WHERE lab = $1 AND fingerprint = $2 AND state <> 'dismissed' LIMIT $3";
    KNOWN_BY: ("id": MessageId, "link": LinkId) = "FROM messages WHERE lab = $1 AND fingerprint = $2 LIMIT $3";
    KEPT: ("j.at": Timestamp, "j.actor_kind": i64, "j.actor": i64, "j.kind": String, "j.why": Option<String>) =
        "FROM journal j WHERE j.lab = $1 AND j.number = $2";
    HISTORY: ("j.at": Timestamp, "j.actor_kind": i64, "j.actor": i64, "j.kind": String, "j.why": Option<String>) =
        "FROM stories s JOIN journal j ON j.lab = s.lab AND j.number = s.number WHERE s.lab = $1 AND s.subject = $2 \
        ORDER BY s.number LIMIT $3";
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The link by which it came.
    pub link: LinkId,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// What became of it.
    pub state: MessageState,
    /// The number of results that it brought.
    pub filed: i64,
    /// What a person must decide.
    pub problems: Vec<Problem>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// The problems of a message, from the column that stores them.
fn problems(id: MessageId, text: &str) -> Result<Vec<Problem>, StoreError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let bodies: Vec<ProblemBody> = serde_json::from_str(text)
        .map_err(|_| StoreError::Corrupt(format!("the problems of message {id} cannot be read")))?;
    Ok(bodies.into_iter().map(Problem::from).collect())
}

fn seen((row, received_at): (MessageRow, Timestamp)) -> Result<Message, StoreError> {
    Ok(Message {
        id: row.id,
        link: row.link,
        sha256: row.sha256,
        state: row.state,
        filed: row.filed,
        problems: problems(row.id, &row.problems)?,
        received_at,
    })
}

/// The message with this id.
pub fn message(read: &mut dyn Read, id: MessageId) -> Result<Option<Message>, StoreError> {
    BY_ID.one(read, &values![id, id.0 / PLACES])?.map(seen).transpose()
}

/// The message's bytes as received.
///
/// # Errors
/// [`StoreError::Corrupt`] if they are gone or were altered.
pub fn bytes(read: &mut dyn Read, message: &Message) -> Result<Vec<u8>, StoreError> {
    reading::attached(read, message.id.0 / PLACES, message.sha256)?
        .ok_or_else(|| StoreError::Corrupt(format!("the bytes of message {} are gone", message.id)))
}

/// Held messages before `before`, the latest first.
pub fn held(read: &mut dyn Read, before: Option<MessageId>) -> Result<Vec<Message>, StoreError> {
    let before = before.map_or(i64::MAX, |m| m.0);
    HELD.all(read, &values![before, PAGE])?.into_iter().map(seen).collect()
}

/// All messages before `before`, the latest first.
pub fn messages(read: &mut dyn Read, before: Option<MessageId>) -> Result<Vec<Message>, StoreError> {
    let before = before.map_or(i64::MAX, |m| m.0);
    BEFORE.all(read, &values![before, PAGE, PLACES])?.into_iter().map(seen).collect()
}

/// Messages of which something is kept for this reason, before `before`, the latest first.
pub fn kept_for(
    read: &mut dyn Read,
    reason: KeptReason,
    before: Option<MessageId>,
) -> Result<Vec<Message>, StoreError> {
    let before = before.map_or(i64::MAX, |m| m.0);
    let rows = KEPT_FOR.all(read, &values![Wait::Kept, reason, before, PAGE, PLACES])?;
    rows.into_iter().map(seen).collect()
}

/// How many messages there are of which something is kept for this reason, counted up to [`HELD_COUNTED_MAX`].
pub fn count_kept(read: &mut dyn Read, reason: KeptReason) -> Result<Counted, StoreError> {
    let found = COUNT_KEPT.all(read, &values![Wait::Kept, reason, HELD_COUNTED_MAX + 1])?.len();
    Ok(Counted::up_to(HELD_COUNTED_MAX, found))
}

/// Why something of a message is kept.
pub fn kept_reasons(read: &mut dyn Read, message: MessageId) -> Result<Vec<KeptReason>, StoreError> {
    let last = message.0 + WAITS_MAX as i64;
    let keys = REASONS_KEPT.all(read, &values![message, last, Wait::Kept, WAITS_MAX as i64])?;
    let unknown = |key: &str| StoreError::Corrupt(format!("message {message} is kept for the unknown reason {key:?}"));
    keys.iter().map(|key| KeptReason::from_code(key).ok_or_else(|| unknown(key))).collect()
}

/// An earlier message of the same link with the same fingerprint. A dismissed message does not count: if it is sent again, it is
/// read like a new one.
pub fn same(read: &mut dyn Read, link: LinkId, fingerprint: i64) -> Result<Option<MessageId>, StoreError> {
    let found = SAME.all(read, &values![fingerprint, SAME_MAX])?;
    Ok(found.into_iter().find(|(_, by)| *by == link).map(|(message, _)| message))
}

/// The message of a link that a contradiction says it is known by: by its fingerprint, or by its id if a person said that it is
/// another than the one of the same content.
pub fn known_by(read: &mut dyn Read, link: LinkId, known_by: i64) -> Result<Option<MessageId>, StoreError> {
    let found = KNOWN_BY.all(read, &values![known_by, SAME_MAX])?;
    match found.into_iter().find(|(_, by)| *by == link) {
        Some((message, _)) => Ok(Some(message)),
        None => Ok(message(read, MessageId(known_by))?.map(|m| m.id)),
    }
}

/// Adds the read of [`same`] to what a submission will read.
pub fn plan(plan: &mut Plan, fingerprint: i64) {
    plan.subjects.push(format!("message {fingerprint}"));
    plan.reads.push((SAME.sql(), values![fingerprint, SAME_MAX]));
}

/// [`count_held`] counts no further.
pub const HELD_COUNTED_MAX: i64 = 1_000;

/// The number of held messages, counted up to [`HELD_COUNTED_MAX`].
pub fn count_held(read: &mut dyn Read) -> Result<Counted, StoreError> {
    let found = HELD_IDS.all(read, &values![0_i64, HELD_COUNTED_MAX + 1])?.len();
    Ok(Counted::up_to(HELD_COUNTED_MAX, found))
}

/// The most messages that are found at once. The others are found after these are done.
pub const FOUND_MAX: i64 = 1_000;

/// Selects held messages by what they wait for or are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The kind of thing.
    pub kind: Wait,
    /// The first key and the last.
    pub keys: (String, String),
    /// The key as it was asked for, for people and addresses.
    pub asked: String,
    /// Only messages that came by this link.
    pub link: Option<LinkId>,
}

impl About {
    /// With exactly this key.
    pub fn exactly(kind: Wait, key: &str, link: Option<LinkId>) -> Self {
        About { kind, keys: (kind.key(key), kind.key(key)), asked: key.to_owned(), link }
    }

    /// With any key that begins so.
    pub fn beginning(kind: Wait, begins: &str, link: Option<LinkId>) -> Self {
        let asked = begins.to_owned();
        let begins = kind.key(begins);
        About { kind, keys: (begins.clone(), format!("{begins}\u{10ffff}")), asked, link }
    }
}

/// A place in a list of held messages: the key and the message of the one before.
pub type ListPlace = (String, MessageId);

/// The selected messages behind a place: by key, the oldest first, up to [`FOUND_MAX`].
pub fn about(read: &mut dyn Read, about: &About, after: Option<&ListPlace>) -> Result<Vec<ListPlace>, StoreError> {
    let (first, last) = (about.keys.0.as_str(), about.keys.1.as_str());
    let (key, message) = after.map_or((first, MessageId(0)), |(key, message)| (key.as_str(), *message));
    let kind = about.kind;
    match about.link {
        Some(link) => WAITING_OF_LINK.all(read, &values![kind, key, message, last, link, FOUND_MAX]),
        None => WAITING.all(read, &values![kind, key, message, last, FOUND_MAX]),
    }
}

/// How many messages are selected, but for one of them, counted up to [`FOUND_MAX`].
pub fn count_about(read: &mut dyn Read, about: &About, but: Option<MessageId>) -> Result<Counted, StoreError> {
    let found = self::about(read, about, None)?;
    let others = found.iter().filter(|(_, id)| Some(*id) != but).count();
    Ok(Counted { number: others, more: found.len() as i64 == FOUND_MAX })
}

/// Held messages from this one on, with the times of receipt: the oldest first, up to [`FOUND_MAX`].
pub fn held_from(read: &mut dyn Read, first: MessageId) -> Result<Vec<(MessageId, Timestamp)>, StoreError> {
    HELD_FROM.all(read, &values![first, FOUND_MAX])
}

/// Messages that wait for the receipt of a tube, behind a place, up to [`FOUND_MAX`]; each with the barcode of the tube if it is received
/// now.
pub fn awaiting_receipt(
    read: &mut dyn Read,
    after: Option<&ListPlace>,
) -> Result<Vec<(ListPlace, Option<String>)>, StoreError> {
    let (key, message) = after.map_or(("", MessageId(0)), |(key, message)| (key.as_str(), *message));
    let rows = AWAITING_RECEIPT.all(read, &values![Wait::Receipt, key, message, FOUND_MAX])?;
    let received = |state, barcode: Option<String>| barcode.filter(|_| state == Some(SpecimenState::Received));
    Ok(rows.into_iter().map(|(key, message, state, barcode)| ((key, message), received(state, barcode))).collect())
}

/// The link and the message, if this is the event that a link kept a message.
pub(crate) fn kept(header: &Header) -> Option<(LinkId, MessageId)> {
    match header.actor {
        Actor::Link(link) if header.kind == Kept::KIND => Some((LinkId(link), Kept::message(header.number))),
        _ => None,
    }
}

/// One event of a message's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The event's kind.
    pub kind: String,
    /// The reason, in the words of whoever did it.
    pub why: Option<String>,
}

/// The history of a message: that it was kept, and what happened to it since.
pub fn history(read: &mut dyn Read, message: MessageId) -> Result<Vec<Happened>, StoreError> {
    let mut all = KEPT.all(read, &values![message.0 / PLACES])?;
    all.extend(HISTORY.all(read, &values![message, HISTORY_MAX])?);
    let happened = |(at, actor_kind, actor, kind, why)| {
        let unknown =
            || StoreError::Corrupt(format!("the history of message {message} names an unknown kind of actor"));
        Ok(Happened { at, actor: Actor::from_code(actor_kind, actor).ok_or_else(unknown)?, kind, why })
    };
    all.into_iter().map(happened).collect()
}
