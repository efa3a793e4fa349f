//! Tables of what is still to be done with specimens.

use titer_store::{Timestamp, table};

use crate::specimens::SpecimenId;

table! {
    /// Specimens that are expected and have not come.
    pub(crate) static AWAITED = projected "awaited_specimens";
    /// A specimen that is expected. `priority` is the rank of a [`crate::orders::Priority`].
    pub(super) struct AwaitedRow {
        key id: SpecimenId,
        priority: i64,
        expected_at: Timestamp,
    }
    index (priority, expected_at);
}

table! {
    /// Received specimens of which something is still to be measured.
    pub(crate) static OPEN = projected "open_specimens";
    /// A received specimen of which something is still to be measured, and since when.
    pub(super) struct OpenRow {
        key id: SpecimenId,
        since: Timestamp,
    }
}
