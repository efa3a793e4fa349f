//! Tables of links.

use titer_store::{Column, Index, Table, Type};

/// Links. `version` is the number of the last event that changed the link or its mappings.
pub static LINKS: Table = Table::projected(
    "links",
    &[
        Column::new("name", Type::Text),
        Column::new("protocol", Type::Text),
        Column::new("mode", Type::Text),
        Column::new("address", Type::Text),
        Column::new("peers", Type::Text),
        Column::new("dialect", Type::Text),
        Column::new("removed", Type::Boolean),
        Column::new("version", Type::BigInt),
    ],
    &[Index::on(&["name"])],
);

/// Mappings. `specimen` is the analyzer's code of the kind of specimen; `withdrawn` is the number of the event that withdrew it.
pub static MAPPINGS: Table = Table::projected(
    "mappings",
    &[
        Column::new("link", Type::BigInt),
        Column::new("code", Type::Text),
        Column::new("unit", Type::Text),
        Column::new("specimen", Type::Text),
        Column::new("analyte", Type::BigInt),
        Column::new("state", Type::Text),
        Column::new("proposer_kind", Type::BigInt),
        Column::new("proposer", Type::BigInt),
        Column::nullable("approved_by", Type::Text),
        Column::nullable("confirmed_by", Type::Text),
        Column::nullable("withdrawn", Type::BigInt),
    ],
    &[Index::on(&["link"]), Index::on(&["state"])],
);

/// One row: the number of the event by which a person attached the links again after a restore.
pub static ATTACHMENTS: Table = Table::projected("link_attachments", &[Column::new("number", Type::BigInt)], &[]);

/// Links that a person has paused, by the link's id: since when, why, and who.
pub static PAUSES: Table = Table::projected(
    "link_pauses",
    &[
        Column::new("at", Type::BigInt),
        Column::new("why", Type::Text),
        Column::new("actor_kind", Type::BigInt),
        Column::new("actor", Type::BigInt),
    ],
    &[],
);

/// Links that speak TLS, by the link's id: the files of the certificate, its key, and the authority that vouches for the peer.
pub static SECURED: Table = Table::projected(
    "link_tls",
    &[Column::new("certificate", Type::Text), Column::new("key", Type::Text), Column::new("authority", Type::Text)],
    &[],
);

/// Links that are to be recorded, by the link's id: which recording (the number of the event that asked for it), and until when.
pub static RECORDINGS: Table = Table::projected(
    "link_recordings",
    &[Column::new("recording", Type::BigInt), Column::new("until", Type::BigInt)],
    &[],
);

/// What was recorded and not fetched yet. Swept away soon after the recording's end.
pub static RECORDED: Table = Table::working(
    "recorded_lines",
    Column::new("id", Type::BigInt),
    &[Column::new("until", Type::BigInt), Column::new("line", Type::Text)],
    &[Index::on(&["until"])],
);
