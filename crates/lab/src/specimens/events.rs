//! What happens to specimens.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, values};

use super::tables::{AWAITED, OPEN, SPECIMENS};
use crate::stories;

/// Tubes were made for an order, or labelled tubes were assigned to it.
#[derive(Serialize, Deserialize)]
pub struct Expected {
    /// The order.
    pub order: i64,
    /// Its patient.
    pub patient: i64,
    /// Its priority.
    pub priority: i64,
    /// When they were collected, microseconds UTC.
    pub collected_at: Option<i64>,
    /// The tubes.
    pub tubes: Vec<Tube>,
}

/// A tube.
#[derive(Serialize, Deserialize)]
pub struct Tube {
    /// The barcode on it.
    pub barcode: String,
    /// The specimen type.
    pub specimen_type: i64,
    /// The day that numbered it, as yyyyddd; 0 when the label came with the tube.
    pub day: i64,
    /// Its number on that day; 0 when the label came with the tube.
    pub sequence: i64,
}

impl Event for Expected {
    const KIND: &'static str = "specimens.expected";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&SPECIMENS, &AWAITED, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for (place, t) in (0..).zip(&self.tubes) {
            let specimen = header.id(place);
            let row = values![
                &t.barcode,
                self.order,
                self.patient,
                t.specimen_type,
                "expected",
                self.collected_at,
                None::<i64>,
                None::<i64>,
                "",
                t.day,
                t.sequence
            ];
            changes.put(&SPECIMENS, specimen, row);
            changes.put(&AWAITED, specimen, values![self.priority, header.at]);
        }
        let subjects: Vec<i64> = (0..self.tubes.len() as i64).map(|place| header.id(place)).collect();
        stories::tell(changes, header, &subjects, "");
    }
}

/// A tube came and was accepted.
#[derive(Serialize, Deserialize)]
pub struct Received {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// When it was collected, as far as is known now.
    pub collected_at: Option<i64>,
}

impl Event for Received {
    const KIND: &'static str = "specimens.received";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&SPECIMENS, &AWAITED, &OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = vec![
            ("state", "received".into()),
            ("received_at", header.at.into()),
            ("receiver", header.actor.code().1.into()),
            ("collected_at", self.collected_at.into()),
        ];
        changes.patch(&SPECIMENS, self.specimen, set);
        changes.drop(&AWAITED, self.specimen);
        changes.put(&OPEN, self.specimen, values![header.at]);
        stories::tell(changes, header, &[self.specimen, self.order], "");
    }
}

/// A tube was thrown away.
#[derive(Serialize, Deserialize)]
pub struct Discarded {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
}

impl Event for Discarded {
    const KIND: &'static str = "specimens.discarded";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&SPECIMENS, &OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.patch(&SPECIMENS, self.specimen, vec![("state", "discarded".into())]);
        changes.drop(&OPEN, self.specimen);
        stories::tell(changes, header, &[self.specimen, self.order], "");
    }
}

/// A tube came and cannot be used.
#[derive(Serialize, Deserialize)]
pub struct Rejected {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// The code of the reason.
    pub reason: String,
}

impl Event for Rejected {
    const KIND: &'static str = "specimens.rejected";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&SPECIMENS, &AWAITED, &OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = vec![("state", "rejected".into()), ("reason", self.reason.as_str().into())];
        changes.patch(&SPECIMENS, self.specimen, set);
        changes.drop(&AWAITED, self.specimen);
        changes.drop(&OPEN, self.specimen);
        stories::tell(changes, header, &[self.specimen, self.order], &self.reason);
    }
}
