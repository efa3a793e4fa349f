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
