//! What may be seen of orders.

use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{
    OrderId, Priority, RequestId,
    tables::{OrderRow, RequestRow},
};
use crate::{
    Actor,
    catalog::{AnalyteId, SpecimenTypeId, TestId},
    patients::{PatientId, tables::PatientRow, views::Patient},
    reflex::RuleId,
    text,
};

/// Orders on one page.
pub const PAGE: i64 = 50;
/// The most requests of one order.
const REQUESTS_MAX: i64 = 1_000;
/// Requests that are read to find out whether an analyte was ever asked for.
const ASKED_READ_MAX: i64 = 20_000;

sql! {
    BY_ID: (o: OrderRow, p: PatientRow) = "FROM orders o JOIN patients p ON p.lab = o.lab AND p.id = o.patient \
        WHERE o.lab = $1 AND o.id = $2";
    BEFORE: (o: OrderRow, p: PatientRow) = "FROM orders o JOIN patients p ON p.lab = o.lab AND p.id = o.patient \
        WHERE o.lab = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3";
    OF_PATIENT: (o: OrderRow, p: PatientRow) = "FROM orders o JOIN patients p ON p.lab = o.lab AND p.id = o.patient \
        WHERE o.lab = $1 AND o.patient = $2 ORDER BY o.id DESC LIMIT $3";
    ASKED_AFTER: ("id": RequestId, "analyte": AnalyteId) = "FROM requests WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    REQUESTS: (
        q: RequestRow,
        "j.at": Option<Timestamp>,
        "j.actor_kind": Option<i64>,
        "j.actor": Option<i64>,
        "j.why": Option<String>,
    ) = "FROM requests q LEFT JOIN journal j ON j.lab = q.lab AND j.number = q.cancelled \
        WHERE q.lab = $1 AND q.order_id = $2 ORDER BY q.id LIMIT $3";
}

/// An order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// For whom.
    pub patient: Patient,
    /// How urgently.
    pub priority: Priority,
    /// Who asks.
    pub requester: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When the specimen was collected.
    pub collected_at: Option<Timestamp>,
}

fn order_of((order, patient): (OrderRow, PatientRow)) -> Result<Order, StoreError> {
    Ok(Order {
        id: order.id,
        patient: Patient::read(patient)?,
        priority: Priority::of_rank(order.priority)?,
        requester: order.requester,
        placed_at: order.placed_at,
        collected_at: order.collected_at,
    })
}

/// The order of this id.
pub fn order(read: &mut dyn Read, id: OrderId) -> Result<Option<Order>, StoreError> {
    BY_ID.one(read, &values![id])?.map(order_of).transpose()
}

/// The order of this number, as people write it: only its digits.
pub fn numbered(read: &mut dyn Read, number: &str) -> Result<Option<Order>, StoreError> {
    let digits = text::key(number);
    let event = digits.parse::<i64>().ok().filter(|n| n.to_string() == digits);
    match event.and_then(|n| n.checked_mul(titer_store::PLACES)) {
        Some(id) => order(read, OrderId(id)),
        None => Ok(None),
    }
}

/// A page of orders placed before `before`, the latest first.
pub fn orders(read: &mut dyn Read, before: Option<OrderId>) -> Result<Vec<Order>, StoreError> {
    let before = before.map_or(i64::MAX, |o| o.0);
    BEFORE.all(read, &values![before, PAGE])?.into_iter().map(order_of).collect()
}

/// The orders of a patient, the latest first.
pub fn of_patient(read: &mut dyn Read, patient: PatientId) -> Result<Vec<Order>, StoreError> {
    OF_PATIENT.all(read, &values![patient, PAGE])?.into_iter().map(order_of).collect()
}

/// Whether an analyte was ever asked for, cancelled or not; also said of one so old that too many requests came after it.
pub fn was_asked_for(read: &mut dyn Read, analyte: AnalyteId) -> Result<bool, StoreError> {
    // Ids rise with the events: nobody asked for it before it was made.
    let after = ASKED_AFTER.all(read, &values![analyte.0, ASKED_READ_MAX])?;
    Ok(after.len() as i64 == ASKED_READ_MAX || after.iter().any(|(_, asked)| *asked == analyte))
}

/// One analyte asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// The analyte.
    pub analyte: AnalyteId,
    /// The test that asked for it.
    pub test: TestId,
    /// What it is measured in.
    pub specimen_type: SpecimenTypeId,
    /// By whom, when and why it was cancelled.
    pub cancelled: Option<Cancelled>,
    /// The reflex rule that asked for it, if one did.
    pub rule: Option<RuleId>,
}

/// That a request was cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why; empty when it was erased.
    pub why: String,
}

/// What an order asks for, in the order of the report; what was cancelled too.
pub fn requests(read: &mut dyn Read, order: OrderId) -> Result<Vec<Request>, StoreError> {
    let rows = REQUESTS.all(read, &values![order, REQUESTS_MAX])?;
    let request =
        |(q, at, kind, actor, why): (RequestRow, Option<Timestamp>, Option<i64>, Option<i64>, Option<String>)| {
            let cancelled = |number: i64| {
                let event = at.zip(kind.zip(actor).and_then(|(kind, actor)| Actor::from_code(kind, actor)));
                let (at, by) = event.ok_or_else(|| {
                    StoreError::Corrupt(format!(
                        "event {number}, which cancelled request {}, is not in the journal",
                        q.id
                    ))
                })?;
                Ok::<_, StoreError>(Cancelled { at, by, why: why.unwrap_or_default() })
            };
            Ok(Request {
                id: q.id,
                analyte: q.analyte,
                test: q.test,
                specimen_type: q.specimen_type,
                cancelled: q.cancelled.map(cancelled).transpose()?,
                rule: q.rule,
            })
        };
    rows.into_iter().map(request).collect()
}
