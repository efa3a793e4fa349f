//! What happens to specimens.

use serde::{Deserialize, Serialize};
use titer_store::{Actor, Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    SpecimenId, State,
    tables::{self, SpecimenRow},
};
use crate::{
    catalog::SpecimenTypeId, jobs, orders::OrderId, patients::PatientId, reports::face as reports, stories, text,
    work::face as work,
};

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

impl Expected {
    /// The specimen of the tube at a place in the list.
    pub(super) fn specimen(event: i64, place: usize) -> SpecimenId {
        SpecimenId(id(event, place as i64))
    }
}

impl Event for Expected {
    const KIND: &'static str = "specimens.expected";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::SPECIMENS, &work::AWAITED, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let mut subjects = Vec::new();
        for (place, tube) in self.tubes.iter().enumerate() {
            let specimen = Expected::specimen(header.number, place);
            changes.put(SpecimenRow {
                id: specimen,
                barcode: tube.barcode.clone(),
                order_id: OrderId(self.order),
                patient: PatientId(self.patient),
                specimen_type: SpecimenTypeId(tube.specimen_type),
                state: State::Expected,
                collected_at: self.collected_at.map(Timestamp::from_micros),
                received_at: None,
                receiver: None,
                reason: String::new(),
                day: tube.day,
                sequence: tube.sequence,
                folded: text::key(&tube.barcode),
            });
            work::expect(changes, specimen.0, self.priority, header.at);
            subjects.push(specimen.0);
        }
        stories::enter(changes, header, &subjects, "");
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
    const WRITES: &'static [&'static Table] = &[&tables::SPECIMENS, &work::AWAITED, &work::OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let receiver = match header.actor {
            Actor::Person(account) => Some(account),
            _ => None,
        };
        let set = set!(SpecimenRow {
            state: State::Received,
            received_at: header.at,
            receiver: receiver,
            collected_at: self.collected_at.map(Timestamp::from_micros),
        });
        changes.patch(SpecimenId(self.specimen), set);
        work::arrived(changes, self.specimen);
        work::open(changes, self.specimen, header.at);
        stories::enter(changes, header, &[self.specimen, self.order], "");
    }
}

/// A tube was thrown away.
#[derive(Serialize, Deserialize)]
pub struct Discarded {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// A report is to follow that says what cannot be measured any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_follows: bool,
}

impl Event for Discarded {
    const KIND: &'static str = "specimens.discarded";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::SPECIMENS, &work::OPEN, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.patch(SpecimenId(self.specimen), set!(SpecimenRow { state: State::Discarded }));
        work::close(changes, self.specimen);
        if self.report_follows {
            reports::follows(changes, header, self.order);
        }
        stories::enter(changes, header, &[self.specimen, self.order], "");
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
    /// A report is to follow that says what cannot be measured any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_follows: bool,
}

impl Event for Rejected {
    const KIND: &'static str = "specimens.rejected";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::SPECIMENS, &work::AWAITED, &work::OPEN, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = set!(SpecimenRow { state: State::Rejected, reason: self.reason.as_str() });
        changes.patch(SpecimenId(self.specimen), set);
        work::arrived(changes, self.specimen);
        work::close(changes, self.specimen);
        if self.report_follows {
            reports::follows(changes, header, self.order);
        }
        stories::enter(changes, header, &[self.specimen, self.order], &self.reason);
    }
}
