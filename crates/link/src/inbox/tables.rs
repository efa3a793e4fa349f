//! Tables of the inbox.

use titer_store::{Sha256, Timestamp, table};

use super::{MessageId, MessageState, waits::Wait};
use crate::links::LinkId;

table! {
    /// Messages as received.
    pub(super) static MESSAGES = projected "messages";
    /// A message. Its bytes belong to the event; `problems` is JSON. `fingerprint` is the first eight bytes of the SHA-256 of the message,
    /// without the fields that change if the analyzer sends the message again.
    pub(super) struct MessageRow {
        key id: MessageId,
        link: LinkId,
        sha256: Sha256,
        fingerprint: i64,
        state: MessageState,
        filed: i64,
        problems: String,
    }
    index (fingerprint);
}

table! {
    /// Held messages.
    pub(super) static HELD = projected "held_messages";
    /// When a held message was received.
    pub(super) struct HeldRow {
        key id: MessageId,
        received_at: Timestamp,
    }
}

table! {
    /// What held messages wait for and are about, and why others are kept. The ids of a message's rows are the places behind the message's own id.
    pub(super) static WAITING = projected "waiting_messages" revision 2;
    /// One thing that a message waits for, is about, or is kept for.
    pub(super) struct WaitingRow {
        key id: i64,
        kind: Wait,
        key: String,
        message: MessageId,
    }
    index (kind, key, message);
}
