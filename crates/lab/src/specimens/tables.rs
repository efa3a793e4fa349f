//! Tables of specimens.

use titer_store::{Timestamp, table};

use super::{SpecimenId, State};
use crate::{catalog::SpecimenTypeId, orders::OrderId, patients::PatientId};

table! {
    /// Specimens.
    pub(super) static SPECIMENS = projected "specimens";
    /// A specimen. `receiver` is the account of the person who received it. `day` and `sequence` are those of a barcode made here;
    /// 0 for one that came with the tube. `folded` is the barcode as it is compared ([`crate::text::key`]).
    pub(crate) struct SpecimenRow {
        key id: SpecimenId,
        barcode: String,
        order_id: OrderId,
        patient: PatientId,
        specimen_type: SpecimenTypeId,
        state: State,
        collected_at: Option<Timestamp>,
        received_at: Option<Timestamp>,
        receiver: Option<i64>,
        reason: String,
        day: i64,
        sequence: i64,
        folded: String,
    }
    index unique (barcode);
    index (order_id);
    index (day, sequence);
    index (received_at);
    index (folded);
}
