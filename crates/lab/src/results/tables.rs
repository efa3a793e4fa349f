//! Tables of results.

use titer_store::{Column, Index, Table, Type};

/// Results, in their current version. `value` is the text exactly as sent; `holds` are codes separated by line feeds; `changed` is
/// the number of the event that made this version; `mapping` is the meaning of the sender's code that it was filed under.
pub static RESULTS: Table = Table::projected(
    "results",
    &[
        Column::new("specimen", Type::BigInt),
        Column::new("patient", Type::BigInt),
        Column::new("analyte", Type::BigInt),
        Column::new("version", Type::BigInt),
        Column::new("state", Type::Text),
        Column::new("value", Type::Text),
        Column::new("unit", Type::Text),
        Column::new("flag", Type::Text),
        Column::new("critical", Type::Text),
        Column::nullable("interval_id", Type::BigInt),
        Column::new("low", Type::Text),
        Column::new("high", Type::Text),
        Column::new("holds", Type::Text),
        Column::nullable("measured_at", Type::BigInt),
        Column::new("link", Type::BigInt),
        Column::nullable("signed_at", Type::BigInt),
        Column::nullable("signed_by", Type::Text),
        Column::new("changed", Type::BigInt),
        Column::nullable("mapping", Type::BigInt),
    ],
    &[Index::on(&["specimen"]), Index::on(&["patient", "analyte", "signed_at"]), Index::on(&["mapping", "state"])],
);

/// Results that wait for review. `rank`: 0 critical, 1 held, 2 neither.
pub static AWAITING_REVIEW: Table = Table::projected(
    "results_awaiting_review",
    &[
        Column::new("rank", Type::BigInt),
        Column::new("priority", Type::BigInt),
        Column::new("arrived_at", Type::BigInt),
    ],
    &[Index::on(&["rank", "priority", "arrived_at"])],
);
