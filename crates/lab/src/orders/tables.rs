//! Tables of orders.

use titer_store::{Timestamp, table};

use super::{OrderId, RequestId};
use crate::{
    catalog::{AnalyteId, SpecimenTypeId, TestId},
    patients::PatientId,
};

table! {
    /// Orders.
    pub(super) static ORDERS = projected "orders";
    /// An order. `priority` is the rank of a [`super::Priority`].
    pub(crate) struct OrderRow {
        key id: OrderId,
        patient: PatientId,
        priority: i64,
        requester: String,
        placed_at: Timestamp,
        collected_at: Option<Timestamp>,
    }
    index (patient);
}

table! {
    /// The analytes that an order asks for, each once, in the order of the report.
    pub(super) static REQUESTS = projected "requests";
    /// A request. `cancelled` is the number of the event that cancelled it: who, when and why stand there.
    pub(crate) struct RequestRow {
        key id: RequestId,
        order_id: OrderId,
        analyte: AnalyteId,
        test: TestId,
        specimen_type: SpecimenTypeId,
        cancelled: Option<i64>,
    }
    index unique (order_id, analyte);
}
