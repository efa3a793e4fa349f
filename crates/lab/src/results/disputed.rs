//! Verified results that a value contradicts, and about which nobody has decided: every page that shows them says so.

use titer_store::{Read, StoreError, sql, values};

use super::ResultId;
use crate::{orders::OrderId, patients::PatientId};

/// The most open contradictions that are read at once.
const OPEN_MAX: i64 = 10_000;

sql! {
    OF_ORDER: ("c.result": ResultId) = "FROM specimens s JOIN contradictions c ON c.lab = s.lab AND c.specimen = s.id \
        WHERE s.lab = $1 AND s.order_id = $2 AND c.state = 'open' ORDER BY c.id LIMIT $3";
    OF_PATIENT: ("c.result": ResultId) = "FROM orders o JOIN specimens s ON s.lab = o.lab AND s.order_id = o.id \
        JOIN contradictions c ON c.lab = s.lab AND c.specimen = s.id \
        WHERE o.lab = $1 AND o.patient = $2 AND c.state = 'open' ORDER BY c.id LIMIT $3";
    UNDER: ("r.id": ResultId) = "FROM results r \
        JOIN contradictions c ON c.lab = r.lab AND c.specimen = r.specimen AND c.analyte = r.analyte \
        WHERE r.lab = $1 AND r.mapping = $2 AND c.result = r.id AND c.state = 'open' ORDER BY r.id LIMIT $3";
}

/// Those of an order.
///
/// # Errors
/// When the database does not answer.
pub fn of_order(read: &mut dyn Read, order: OrderId) -> Result<Vec<ResultId>, StoreError> {
    OF_ORDER.all(read, &values![order, OPEN_MAX])
}

/// Those of a patient.
///
/// # Errors
/// When the database does not answer.
pub fn of_patient(read: &mut dyn Read, patient: PatientId) -> Result<Vec<ResultId>, StoreError> {
    OF_PATIENT.all(read, &values![patient, OPEN_MAX])
}

/// Those that were filed under a mapping.
///
/// # Errors
/// When the database does not answer.
pub fn under(read: &mut dyn Read, mapping: i64) -> Result<Vec<ResultId>, StoreError> {
    UNDER.all(read, &values![mapping, OPEN_MAX])
}
