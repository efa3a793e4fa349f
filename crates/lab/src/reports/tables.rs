//! Tables of reports.

use titer_store::{Timestamp, table};

use super::ReportId;
use crate::orders::OrderId;

table! {
    /// Versions of reports.
    pub(super) static REPORTS = projected "reports";
    /// A version of a report. `sha256` names the issued bytes; it is empty until they are made.
    pub(super) struct ReportRow {
        key id: ReportId,
        order_id: OrderId,
        version: i64,
        complete as "final": bool,
        composed_at: Timestamp,
        issued_at: Option<Timestamp>,
        sha256: String,
    }
    index (order_id, version);
}
