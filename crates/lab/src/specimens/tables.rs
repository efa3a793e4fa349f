//! Tables of specimens.

use titer_store::{Column, Index, Table, Type};

/// Specimens. `day` and `sequence` are those of a barcode made here; 0 for one that came with the tube.
/// `receiver` is the account of the person who received it.
pub static SPECIMENS: Table = Table::projected(
    "specimens",
    &[
        Column::new("barcode", Type::Text),
        Column::new("order_id", Type::BigInt),
        Column::new("patient", Type::BigInt),
        Column::new("specimen_type", Type::BigInt),
        Column::new("state", Type::Text),
        Column::nullable("collected_at", Type::BigInt),
        Column::nullable("received_at", Type::BigInt),
        Column::nullable("receiver", Type::BigInt),
        Column::new("reason", Type::Text),
        Column::new("day", Type::BigInt),
        Column::new("sequence", Type::BigInt),
    ],
    &[
        Index::unique(&["barcode"]),
        Index::on(&["order_id"]),
        Index::on(&["day", "sequence"]),
        Index::on(&["received_at"]),
    ],
);

/// Specimens that are expected and have not come.
pub static AWAITED: Table = Table::projected(
    "awaited_specimens",
    &[Column::new("priority", Type::BigInt), Column::new("expected_at", Type::BigInt)],
    &[Index::on(&["priority", "expected_at"])],
);

/// Received specimens of which something is still to be measured, and since when.
pub static OPEN: Table = Table::projected("open_specimens", &[Column::new("since", Type::BigInt)], &[]);
