//! What happens to orders.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, values};

use super::tables::{ORDERS, REQUESTS};
use crate::{
    specimens::tables::{AWAITED, OPEN},
    stories,
};

/// An order was placed.
#[derive(Serialize, Deserialize)]
pub struct Placed {
    /// For whom.
    pub patient: i64,
    /// 0 stat, 1 urgent, 2 routine.
    pub priority: i64,
    /// Who asks, and where the report goes.
    pub requester: String,
    /// When the specimen was collected, microseconds UTC; none when it is still to be.
    pub collected_at: Option<i64>,
    /// What is asked for, each analyte once.
    pub requests: Vec<Request>,
}

/// One analyte asked for.
#[derive(Serialize, Deserialize)]
pub struct Request {
    /// The analyte.
    pub analyte: i64,
    /// The test that asked for it.
    pub test: i64,
    /// What it is measured in.
    pub specimen_type: i64,
}

fn ask(changes: &mut Changes, header: &Header, place: i64, order: i64, r: &Request) {
    let row = values![order, r.analyte, r.test, r.specimen_type, None::<i64>];
    changes.put(&REQUESTS, header.id(place), row);
}

impl Event for Placed {
    const KIND: &'static str = "orders.placed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&ORDERS, &REQUESTS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let order = header.id(0);
        let row = values![self.patient, self.priority, &self.requester, header.at, self.collected_at];
        changes.put(&ORDERS, order, row);
        for (place, r) in (1..).zip(&self.requests) {
            ask(changes, header, place, order, r);
        }
        stories::tell(changes, header, &[order, self.patient], "");
    }
}

/// Tests were added to an order.
#[derive(Serialize, Deserialize)]
pub struct TestsAdded {
    /// The order.
    pub order: i64,
    /// Its patient.
    pub patient: i64,
    /// Its priority.
    pub priority: i64,
    /// What is asked for now, each analyte once.
    pub requests: Vec<Request>,
    /// Requests that had been cancelled and stand again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<i64>,
    /// Expected specimens that they are done from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<i64>,
    /// Received specimens that they are done from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<i64>,
}

impl Event for TestsAdded {
    const KIND: &'static str = "orders.tests-added";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&REQUESTS, &AWAITED, &OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for (place, r) in (0..).zip(&self.requests) {
            ask(changes, header, place, self.order, r);
        }
        for request in &self.again {
            changes.patch(&REQUESTS, *request, vec![("cancelled", None::<i64>.into())]);
        }
        for specimen in &self.expected {
            changes.put(&AWAITED, *specimen, values![self.priority, header.at]);
        }
        for specimen in &self.received {
            changes.put(&OPEN, *specimen, values![header.at]);
        }
        let count = (self.requests.len() + self.again.len()).to_string();
        let subjects = [&[self.order], &*self.expected, &*self.received].concat();
        stories::tell(changes, header, &subjects, &count);
    }
}

/// Somebody cancelled requests that had no result. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct RequestsCancelled {
    /// The order.
    pub order: i64,
    /// The requests.
    pub requests: Vec<i64>,
    /// The specimens that they were to be done from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specimens: Vec<i64>,
    /// Those of them from which nothing is to be done any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finished: Vec<i64>,
}

impl Event for RequestsCancelled {
    const KIND: &'static str = "orders.requests-cancelled";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&REQUESTS, &AWAITED, &OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for request in &self.requests {
            changes.patch(&REQUESTS, *request, vec![("cancelled", header.number.into())]);
        }
        for specimen in &self.finished {
            changes.drop(&AWAITED, *specimen);
            changes.drop(&OPEN, *specimen);
        }
        let subjects = [&[self.order], &*self.specimens].concat();
        stories::tell(changes, header, &subjects, &self.requests.len().to_string());
    }
}
