//! What may be seen of specimens.

use jiff::civil::Date;
use titer_store::{Plan, Read, StoreError, Timestamp, sql, values};

use super::{SpecimenId, State, tables::SpecimenRow};
use crate::{
    catalog::SpecimenTypeId,
    orders::{
        OrderId,
        views::{self as orders, Order},
    },
    patients::{PatientId, tables::PatientRow, views::Patient},
    sites, text,
};

/// The most specimens of one order.
pub const OF_ORDER_MAX: i64 = 50;

sql! {
    BY_BARCODE: (s: SpecimenRow, p: PatientRow) = "FROM specimens s JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE s.lab = $1 AND s.folded = $2 ORDER BY s.id LIMIT $3";
    BY_ID: (s: SpecimenRow, p: PatientRow) = "FROM specimens s JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE s.lab = $1 AND s.id = $2";
    OF_ORDER: (s: SpecimenRow, p: PatientRow) = "FROM specimens s JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE s.lab = $1 AND s.order_id = $2 ORDER BY s.id LIMIT $3";
    RECEIVED_SINCE: (s: SpecimenRow, p: PatientRow) = "FROM specimens s JOIN patients p ON p.lab = s.lab AND p.id = s.patient \
        WHERE s.lab = $1 AND s.received_at >= $2 ORDER BY s.received_at DESC LIMIT $3";
    BEFORE: ("s.id": SpecimenId, "s.barcode": String, "s.collected_at": Timestamp) = "FROM orders o \
        JOIN specimens s ON s.lab = o.lab AND s.order_id = o.id WHERE o.lab = $1 AND o.patient = $2 AND s.collected_at < $3 \
        ORDER BY s.id LIMIT $4";
    RESTORES: ("id": i64) = "FROM restores WHERE lab = $1 AND id > $2 AND at >= $3 ORDER BY id LIMIT $4";
    LAST_SEQUENCE: ("sequence": i64) = "FROM specimens WHERE lab = $1 AND day = $2 ORDER BY sequence DESC LIMIT 1";
}

/// A specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specimen {
    /// Its id.
    pub id: SpecimenId,
    /// The barcode on the tube.
    pub barcode: String,
    /// Its order.
    pub order: OrderId,
    /// What it is.
    pub specimen_type: SpecimenTypeId,
    /// Where it is on its way.
    pub state: State,
    /// When it was collected.
    pub collected_at: Option<Timestamp>,
    /// When it was received.
    pub received_at: Option<Timestamp>,
    /// Why it was rejected; empty otherwise.
    pub reason: String,
    /// Whose it is.
    pub patient: Patient,
}

impl Specimen {
    /// The specimen of a row, and of the row of its patient.
    pub(crate) fn read((specimen, patient): (SpecimenRow, PatientRow)) -> Result<Self, StoreError> {
        Ok(Specimen {
            id: specimen.id,
            barcode: specimen.barcode,
            order: specimen.order_id,
            specimen_type: specimen.specimen_type,
            state: specimen.state,
            collected_at: specimen.collected_at,
            received_at: specimen.received_at,
            reason: specimen.reason,
            patient: Patient::read(patient)?,
        })
    }
}

/// The specimen with this barcode, however its letters are scanned or typed.
pub fn by_barcode(read: &mut dyn Read, barcode: &str) -> Result<Option<Specimen>, StoreError> {
    let found = BY_BARCODE.all(read, &values![text::key(barcode), text::ALIKE_MAX])?;
    text::meant(found, |(s, _)| s.barcode == barcode.trim()).map(Specimen::read).transpose()
}

/// The tubes that a scan or a typed number may mean: the one written so, or else all that bear a number which passes for it.
pub fn bearing(read: &mut dyn Read, barcode: &str) -> Result<Vec<Specimen>, StoreError> {
    let mut found = BY_BARCODE.all(read, &values![text::key(barcode), text::ALIKE_MAX])?;
    if found.iter().any(|(s, _)| s.barcode == barcode.trim()) {
        found.retain(|(s, _)| s.barcode == barcode.trim());
    }
    found.into_iter().map(Specimen::read).collect()
}

/// What has a patient's identifier for its number.
#[derive(Debug, Default)]
pub struct Numbered {
    /// Tubes.
    pub tubes: Vec<Specimen>,
    /// An order.
    pub order: Option<Order>,
}

impl Numbered {
    /// What a form carries of all that it showed; empty if there is nothing.
    pub fn shown(&self) -> String {
        let ids = self.tubes.iter().map(|t| t.id.0).chain(self.order.iter().map(|o| o.id.0));
        ids.map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
    }
}

/// Tubes and the order of other patients that have this identifier, or one that passes for it, for their number: a scan of the wristband
/// could then be taken for a scan of the tube.
pub fn numbered(read: &mut dyn Read, identifier: &str, own: PatientId) -> Result<Numbered, StoreError> {
    let rows = BY_BARCODE.all(read, &values![text::key(identifier), text::ALIKE_MAX])?;
    let mut tubes = rows.into_iter().map(Specimen::read).collect::<Result<Vec<_>, _>>()?;
    tubes.retain(|tube| tube.patient.id != own);
    let order = orders::numbered(read, identifier)?.filter(|order| order.patient.id != own);
    Ok(Numbered { tubes, order })
}

/// The patient's tubes that were collected before a date of birth, each with its barcode and that time: one of the two is wrong.
pub fn before_birth(
    read: &mut dyn Read,
    patient: PatientId,
    born: Date,
) -> Result<Vec<(SpecimenId, String, Timestamp)>, StoreError> {
    let midnight = sites::views::start_of_day(born, &sites::views::zone(read)?);
    BEFORE.all(read, &values![patient, midnight, OF_ORDER_MAX])
}

/// Adds the read of [`by_barcode`] to what a submission will read.
pub fn plan_by_barcode(plan: &mut Plan, barcode: &str) {
    let key = text::key(barcode);
    plan.subjects.push(format!("specimen {key}"));
    plan.reads.push((BY_BARCODE.sql(), values![key, text::ALIKE_MAX]));
}

/// Whether a tube bears this barcode, or one that passes for it.
pub(super) fn is_taken(read: &mut dyn Read, barcode: &str) -> Result<bool, StoreError> {
    Ok(!BY_BARCODE.all(read, &values![text::key(barcode), text::ALIKE_MAX])?.is_empty())
}

/// The specimen of this id.
pub fn specimen(read: &mut dyn Read, id: SpecimenId) -> Result<Option<Specimen>, StoreError> {
    BY_ID.one(read, &values![id])?.map(Specimen::read).transpose()
}

/// The specimens of an order.
pub fn of_order(read: &mut dyn Read, order: OrderId) -> Result<Vec<Specimen>, StoreError> {
    OF_ORDER.all(read, &values![order, OF_ORDER_MAX])?.into_iter().map(Specimen::read).collect()
}

/// The specimen of an order that tests in this specimen type are done from: one that is here, or else one that is to come.
pub fn usable(specimens: &[Specimen], specimen_type: SpecimenTypeId) -> Option<&Specimen> {
    let in_state = |state| specimens.iter().rev().find(move |s| s.specimen_type == specimen_type && s.state == state);
    in_state(State::Received).or_else(|| in_state(State::Expected))
}

/// The last number given on a day.
pub(super) fn last_sequence(read: &mut dyn Read, day: i64) -> Result<i64, StoreError> {
    Ok(LAST_SEQUENCE.one(read, &values![day])?.unwrap_or(0))
}

/// Specimens shown by [`received_since`] at most.
pub const RECEIVED_SHOWN_MAX: i64 = 20;

/// Specimens received since a time, the latest first, with the account of who received each.
pub fn received_since(read: &mut dyn Read, since: Timestamp) -> Result<Vec<(Specimen, Option<i64>)>, StoreError> {
    let rows = RECEIVED_SINCE.all(read, &values![since, RECEIVED_SHOWN_MAX])?;
    let received = |row: (SpecimenRow, PatientRow)| {
        let receiver = row.0.receiver;
        Ok((Specimen::read(row)?, receiver))
    };
    rows.into_iter().map(received).collect()
}

/// Restores of one day that are counted at most: there is room for so many in the day's numbers.
const RESTORES_MAX: i64 = 9;

/// How often the laboratory was restored from a backup since a time.
pub(super) fn restores(read: &mut dyn Read, since: Timestamp) -> Result<i64, StoreError> {
    Ok(RESTORES.all(read, &values![0_i64, since, RESTORES_MAX])?.len() as i64)
}
