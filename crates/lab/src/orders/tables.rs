//! Tables of orders.

use titer_store::{Timestamp, table};

use super::{OrderId, RequestId};
use crate::{
    catalog::{AnalyteId, SpecimenTypeId, TestId},
    patients::PatientId,
    reflex::RuleId,
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
    /// A request. `cancelled` is the number of the event that cancelled it: who, when and why stand there. `rule` is
    /// the reflex rule that asked for it, if one did.
    pub(crate) struct RequestRow {
        key id: RequestId,
        order_id: OrderId,
        analyte: AnalyteId,
        test: TestId,
        specimen_type: SpecimenTypeId,
        cancelled: Option<i64>,
        rule: Option<RuleId>,
    }
    index unique (order_id, analyte);
}
