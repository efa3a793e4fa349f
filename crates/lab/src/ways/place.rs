//! Placing an order.

use titer_store::Timestamp;

use crate::{
    Failure, Tx,
    catalog::TestId,
    orders::{OrderId, Priority, commands::PlaceOrder},
    patients::PatientId,
    specimens::{SpecimenId, commands::ExpectSpecimens},
};

/// An order to be placed.
pub struct NewOrder {
    /// For whom.
    pub patient: PatientId,
    /// What is ordered.
    pub tests: Vec<TestId>,
    /// How urgently.
    pub priority: Priority,
    /// Who asks, and where the report goes.
    pub requester: String,
    /// When the specimen was collected; none when it is still to be.
    pub collected_at: Option<Timestamp>,
    /// The barcode of a label that is on the tube already: only if the order needs one tube.
    pub barcode: Option<String>,
}

/// Places an order and makes its tubes, one for each specimen type.
///
/// # Errors
/// As the commands refuse.
pub fn place(tx: &mut Tx<'_, '_>, order: NewOrder) -> Result<(OrderId, Vec<SpecimenId>), Failure> {
    let NewOrder { patient, tests, priority, requester, collected_at, barcode } = order;
    let (order, types) = tx.run(PlaceOrder { patient, tests, priority, requester, collected_at })?;
    let specimens = tx.run(ExpectSpecimens { order, types, collected_at, barcode })?;
    Ok((order, specimens))
}
