//! Whether the patient, the order and the tubes that a report or a label names stand as their events give them. Nobody prints a row that
//! somebody changed behind the journal. The events are those that the stories name: a row that was put back to what it was before is
//! found as well.

use titer_store::{Given, Read, StoreError, TableRow, sql, values};

use crate::{
    Failure,
    orders::{
        OrderId,
        tables::{OrderRow, RequestRow},
    },
    patients::tables::PatientRow,
    refuse,
    specimens::{SpecimenId, tables::SpecimenRow, views::OF_ORDER_MAX},
    stories,
};

/// The most requests of one order.
const REQUESTS_MAX: i64 = 1_000;

sql! {
    ORDER: (o: OrderRow, p: PatientRow) = "FROM orders o JOIN patients p ON p.lab = o.lab AND p.id = o.patient \
        WHERE o.lab = $1 AND o.id = $2";
    REQUESTS: (requests: RequestRow) = "FROM requests WHERE lab = $1 AND order_id = $2 ORDER BY id LIMIT $3";
    TUBES: (specimens: SpecimenRow) = "FROM specimens WHERE lab = $1 AND order_id = $2 ORDER BY id LIMIT $3";
    TUBE: (s: SpecimenRow, p: PatientRow) = "FROM specimens s JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE s.lab = $1 AND s.id = $2";
}

/// Refuses an order whose row, requests, patient or tubes are not what their events give.
///
/// # Errors
/// Refused with the room of the row; or the database failed.
pub(crate) fn order(given: &mut Given<'_>, read: &mut dyn Read, id: OrderId) -> Result<(), Failure> {
    let Some((order, whose)) = ORDER.one(read, &values![id])? else { return refuse("orders-unknown") };
    let events = stories::of_room(read, id.0, "orders")?;
    if !stands(given, read, &order, order.id, &events)? {
        return refuse("orders-not-as-journalled");
    }
    // All of them: a request that is gone would make a report final that is not.
    if given.rows::<RequestRow>(read, &events)? != REQUESTS.all(read, &values![id, REQUESTS_MAX])? {
        return refuse("orders-not-as-journalled");
    }
    patient(given, read, &whose)?;
    TUBES.all(read, &values![id, OF_ORDER_MAX])?.iter().try_for_each(|row| tube(given, read, row))
}

/// Refuses a specimen whose row or patient is not what its events give.
///
/// # Errors
/// As the room of the row refuses; or the database failed.
pub fn specimen(given: &mut Given<'_>, read: &mut dyn Read, id: SpecimenId) -> Result<(), Failure> {
    let Some((row, whose)) = TUBE.one(read, &values![id])? else { return refuse("specimens-gone") };
    tube(given, read, &row)?;
    patient(given, read, &whose)
}

fn patient(given: &mut Given<'_>, read: &mut dyn Read, row: &PatientRow) -> Result<(), Failure> {
    let events = stories::of_room(read, row.id.0, "patients")?;
    if stands(given, read, row, row.id, &events)? { Ok(()) } else { refuse("patients-not-as-journalled") }
}

fn tube(given: &mut Given<'_>, read: &mut dyn Read, row: &SpecimenRow) -> Result<(), Failure> {
    let events = stories::of_room(read, row.id.0, "specimens")?;
    if stands(given, read, row, row.id, &events)? { Ok(()) } else { refuse("specimens-not-as-journalled") }
}

fn stands<R: TableRow + PartialEq>(
    given: &mut Given<'_>,
    read: &mut dyn Read,
    row: &R,
    key: R::Key,
    events: &[i64],
) -> Result<bool, StoreError> {
    Ok(given.row::<R>(read, key, events.iter().copied())?.as_ref() == Some(row))
}

#[cfg(test)]
mod tests;
