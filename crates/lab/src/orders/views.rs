//! What may be seen of orders.

use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{OrderId, Priority, RequestId};
use crate::{
    Actor,
    catalog::{AnalyteId, SpecimenTypeId, TestId},
    patients::views::{Patient, from_row},
};

/// Orders on one page.
pub const PAGE: i64 = 50;
/// The most requests of one order.
const REQUESTS_MAX: i64 = 1_000;

sql! {
    BY_ID = "SELECT o.id, o.priority, o.requester, o.placed_at, o.collected_at, p.id, p.identifier, p.family, p.given, p.sex, \
        p.birth_date FROM orders o JOIN patients p ON p.lab = o.lab AND p.id = o.patient WHERE o.lab = $1 AND o.id = $2";
    BEFORE = "SELECT o.id, o.priority, o.requester, o.placed_at, o.collected_at, p.id, p.identifier, p.family, p.given, p.sex, \
        p.birth_date FROM orders o JOIN patients p ON p.lab = o.lab AND p.id = o.patient \
        WHERE o.lab = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3";
    OF_PATIENT = "SELECT o.id, o.priority, o.requester, o.placed_at, o.collected_at, p.id, p.identifier, p.family, p.given, \
        p.sex, p.birth_date FROM orders o JOIN patients p ON p.lab = o.lab AND p.id = o.patient \
        WHERE o.lab = $1 AND o.patient = $2 ORDER BY o.id DESC LIMIT $3";
    REQUESTS = "SELECT q.id, q.analyte, q.test, q.specimen_type, q.cancelled, j.at, j.actor_kind, j.actor, j.why \
        FROM requests q LEFT JOIN journal j ON j.lab = q.lab AND j.number = q.cancelled \
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

fn from(r: &titer_store::Row) -> Result<Order, StoreError> {
    Ok(Order {
        id: r.get(0)?,
        priority: Priority::from_rank(r.get(1)?),
        requester: r.get(2)?,
        placed_at: r.get(3)?,
        collected_at: r.get(4)?,
        patient: from_row(r, 5)?,
    })
}

/// The order of this id.
///
/// # Errors
/// What the database says.
pub fn order(read: &mut dyn Read, id: OrderId) -> Result<Option<Order>, StoreError> {
    read.one(&BY_ID, &values![id])?.as_ref().map(from).transpose()
}

/// A page of orders placed before `before`, the latest first.
///
/// # Errors
/// What the database says.
pub fn orders(read: &mut dyn Read, before: Option<OrderId>) -> Result<Vec<Order>, StoreError> {
    let before = before.map_or(i64::MAX, |o| o.0);
    read.query(&BEFORE, &values![before, PAGE])?.iter().map(from).collect()
}

/// The orders of a patient, the latest first.
///
/// # Errors
/// What the database says.
pub fn of_patient(read: &mut dyn Read, patient: crate::patients::PatientId) -> Result<Vec<Order>, StoreError> {
    read.query(&OF_PATIENT, &values![patient, PAGE])?.iter().map(from).collect()
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
///
/// # Errors
/// What the database says.
pub fn requests(read: &mut dyn Read, order: OrderId) -> Result<Vec<Request>, StoreError> {
    let rows = read.query(&REQUESTS, &values![order, REQUESTS_MAX])?;
    rows.iter()
        .map(|r| {
            Ok(Request {
                id: r.get(0)?,
                analyte: r.get(1)?,
                test: r.get(2)?,
                specimen_type: r.get(3)?,
                cancelled: r.get::<Option<i64>>(4)?.map(|number| cancelled(r, number)).transpose()?,
            })
        })
        .collect()
}

fn cancelled(r: &titer_store::Row, number: i64) -> Result<Cancelled, StoreError> {
    let by = Actor::from_code(r.get(6)?, r.get(7)?)
        .ok_or_else(|| StoreError::Corrupt(format!("event {number} names an unknown kind of actor")))?;
    Ok(Cancelled { at: r.get(5)?, by, why: r.get::<Option<String>>(8)?.unwrap_or_default() })
}
