//! Tables of what analyzers were told.

use titer_store::{Column, Index, Table, Type, table::ID};

/// Messages that an analyzer acknowledged. `message` is the query that each answers; `sent`, `none_of` and `left_out` are `sent`,
/// `nothing` and `left` of the event, the first two as JSON.
pub static SENT: Table = Table::projected(
    "orders_sent",
    &[
        Column::new("link", Type::BigInt),
        Column::nullable("message", Type::BigInt),
        Column::new("number", Type::BigInt),
        Column::new("sent", Type::Text),
        Column::new("none_of", Type::Text),
        Column::new("left_out", Type::BigInt),
        Column::new("at", Type::BigInt),
    ],
    &[Index::on(&["link", "number"]), Index::on(&["message"])],
);

/// What an analyzer was told of a specimen, all messages together. `tests` is JSON.
pub static TOLD: Table = Table::projected(
    "told",
    &[
        Column::new("link", Type::BigInt),
        Column::new("specimen", Type::BigInt),
        Column::new("tests", Type::Text),
        Column::new("at", Type::BigInt),
    ],
    &[Index::unique(&["specimen", "link"])],
);

/// Specimens of which an analyzer did not take what it was told: how often it refused, what went wrong last, and when it is tried
/// again. The key is made of link and specimen; `seen` is how far the stories had gone when it was told.
pub static TRIES: Table = Table::working(
    "order_tries",
    Column::new("place", Type::Text),
    &[
        Column::new("link", Type::BigInt),
        Column::new("specimen", Type::BigInt),
        Column::new("tries", Type::BigInt),
        Column::new("next_at", Type::BigInt),
        Column::new("failure", Type::Text),
        Column::new("at", Type::BigInt),
        Column::new("seen", Type::BigInt),
    ],
    &[Index::on(&["link", "next_at"])],
);

/// How far each link has looked, by link: at what was entered into stories, and, since its mappings are of `version`, at all
/// specimens with open work.
pub static CURSORS: Table = Table::working(
    "order_cursors",
    ID,
    &[
        Column::new("place", Type::BigInt),
        Column::new("version", Type::BigInt),
        Column::nullable("looked", Type::BigInt),
    ],
    &[],
);
