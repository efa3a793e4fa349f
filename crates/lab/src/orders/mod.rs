//! Orders: what was asked for, for whom, how urgently.

pub mod commands;
pub mod events;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use serde::{Deserialize, Serialize};
use titer_store::{EventType, Part};

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
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Priority::Stat => "stat",
            Priority::Urgent => "urgent",
            Priority::Routine => "routine",
        }
    }

    /// The priority of this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Priority::ALL.iter().copied().find(|p| p.code() == code)
    }

    pub(crate) const fn rank(self) -> i64 {
        self as i64
    }

    pub(crate) fn from_rank(rank: i64) -> Self {
        Priority::ALL.iter().copied().find(|p| p.rank() == rank).unwrap_or(Priority::Routine)
    }
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
