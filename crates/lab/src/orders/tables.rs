//! Tables of orders.

use titer_store::{Column, Index, Table, Type};

/// Orders.
pub static ORDERS: Table = Table::projected(
    "orders",
    &[
        Column::new("patient", Type::BigInt),
        Column::new("priority", Type::BigInt),
        Column::new("requester", Type::Text),
        Column::new("placed_at", Type::BigInt),
        Column::nullable("collected_at", Type::BigInt),
    ],
    &[Index::on(&["patient"])],
);

/// The analytes that an order asks for, each once, in the order of the report. `cancelled` is the number of the event that
/// cancelled it: who, when and why stand there.
pub static REQUESTS: Table = Table::projected(
    "requests",
    &[
        Column::new("order_id", Type::BigInt),
        Column::new("analyte", Type::BigInt),
        Column::new("test", Type::BigInt),
        Column::new("specimen_type", Type::BigInt),
        Column::nullable("cancelled", Type::BigInt),
    ],
    &[Index::unique(&["order_id", "analyte"])],
);
