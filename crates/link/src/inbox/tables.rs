//! Tables of the inbox.

use titer_store::{Column, Index, Table, Type};

/// Messages as they came. The bytes are a blob; `problems` is JSON. `fingerprint` is the first eight bytes of the SHA-256 of the
/// message, but for what changes when it is sent again.
pub static MESSAGES: Table = Table::projected(
    "messages",
    &[
        Column::new("link", Type::BigInt),
        Column::new("sha256", Type::Bytes),
        Column::new("fingerprint", Type::BigInt),
        Column::new("state", Type::Text),
        Column::new("filed", Type::BigInt),
        Column::new("problems", Type::Text),
    ],
    &[Index::on(&["fingerprint"])],
);

/// Messages that wait for a person.
pub static HELD: Table = Table::projected("held_messages", &[Column::new("received_at", Type::BigInt)], &[]);

/// What held messages wait for and are about: see [`super::waits::Wait`]. The rows of a message stand at the places behind its own.
pub static WAITING: Table = Table::projected(
    "waiting_messages",
    &[Column::new("kind", Type::Text), Column::new("key", Type::Text), Column::new("message", Type::BigInt)],
    &[Index::on(&["kind", "key", "message"])],
);
