//! Orders: what was asked for, for whom, how urgently.

pub mod commands;
mod events;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use serde::{Deserialize, Serialize};
use titer_store::{ColumnType, EventType, FromValue, Part, StoreError, Type, Value};

crate::ids! {
    /// An order.
    OrderId,
    /// One analyte that an order asks for.
    RequestId,
}

/// How urgent an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// At once.
    Stat,
    /// Before the routine.
    Urgent,
    /// In turn.
    Routine,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: &'static [Priority] = &[Priority::Stat, Priority::Urgent, Priority::Routine];

    /// Its code, as the journal and the word files name it.
    pub const fn code(self) -> &'static str {
        match self {
            Priority::Stat => "stat",
            Priority::Urgent => "urgent",
            Priority::Routine => "routine",
        }
    }

    /// The priority of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Priority::ALL.iter().copied().find(|p| p.code() == code)
    }

    /// As the journal and the tables store it: the lower, the more urgent.
    pub(crate) const fn rank(self) -> i64 {
        self as i64
    }

    /// The priority of a rank that a row holds.
    pub(crate) fn of_rank(rank: i64) -> Result<Self, StoreError> {
        let known = Priority::ALL.iter().copied().find(|p| p.rank() == rank);
        known.ok_or_else(|| StoreError::Corrupt(format!("{rank} is no priority")))
    }
}

impl From<Priority> for Value {
    fn from(priority: Priority) -> Self {
        Value::Int(priority.rank())
    }
}

impl FromValue for Priority {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).and_then(|rank| Priority::of_rank(rank).ok())
    }
}

impl ColumnType for Priority {
    const TYPE: Type = Type::BigInt;
}

crate::actions::actions! {
    /// Place orders.
    PlaceOrders = "place-orders" for [Director, Supervisor, Technician, Clerk];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::ORDERS, &tables::REQUESTS],
    events: &[
        EventType::of::<events::Placed>(),
        EventType::of::<events::TestsAdded>(),
        EventType::of::<events::RequestsCancelled>(),
    ],
};
