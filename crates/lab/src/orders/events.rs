//! What happens to orders.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    OrderId, RequestId,
    tables::{self, OrderRow, RequestRow},
};
use crate::{
    catalog::{AnalyteId, SpecimenTypeId, TestId},
    jobs,
    patients::PatientId,
    reflex::RuleId,
    reports::face as reports,
    stories,
    work::face as work,
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

impl Request {
    /// The row of the request at a place of an event.
    fn row(&self, header: &Header, place: i64, order: OrderId, rule: Option<i64>) -> RequestRow {
        RequestRow {
            id: RequestId(header.id(place)),
            order_id: order,
            analyte: AnalyteId(self.analyte),
            test: TestId(self.test),
            specimen_type: SpecimenTypeId(self.specimen_type),
            cancelled: None,
            rule: rule.map(RuleId),
        }
    }
}

impl Placed {
    /// The order. Its requests have the places after it.
    pub(super) fn order(event: i64) -> OrderId {
        OrderId(id(event, 0))
    }
}

impl Event for Placed {
    const KIND: &'static str = "orders.placed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::ORDERS, &tables::REQUESTS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let order = Placed::order(header.number);
        changes.put(OrderRow {
            id: order,
            patient: PatientId(self.patient),
            priority: self.priority,
            requester: self.requester.clone(),
            placed_at: header.at,
            collected_at: self.collected_at.map(Timestamp::from_micros),
        });
        for (place, request) in (1..).zip(&self.requests) {
            changes.put(request.row(header, place, order, None));
        }
        stories::enter(changes, header, &[order.0, self.patient], "");
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
    /// The reflex rule that asks for them, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_rule: Option<AskedByRule>,
}

/// That a reflex rule asked for tests.
#[derive(Serialize, Deserialize)]
pub struct AskedByRule {
    /// The rule, by the id of its version: the number of the event that proposed it is in the id.
    pub rule: i64,
    /// The verified result that met its condition.
    pub result: i64,
}

impl Event for TestsAdded {
    const KIND: &'static str = "orders.tests-added";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::REQUESTS, &work::AWAITED, &work::OPEN, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for (place, request) in (0..).zip(&self.requests) {
            changes.put(request.row(header, place, OrderId(self.order), self.by_rule.as_ref().map(|by| by.rule)));
        }
        for request in &self.again {
            changes.patch(RequestId(*request), set!(RequestRow { cancelled: None }));
        }
        for specimen in &self.expected {
            work::expect(changes, *specimen, self.priority, header.at);
        }
        for specimen in &self.received {
            work::open(changes, *specimen, header.at);
        }
        let count = (self.requests.len() + self.again.len()).to_string();
        let subjects = [&[self.order], &*self.expected, &*self.received].concat();
        stories::enter(changes, header, &subjects, &count);
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
    /// The last report says that they are outstanding, and one that does not is to follow. In old events that one follows in the
    /// same submission.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_follows: bool,
}

impl Event for RequestsCancelled {
    const KIND: &'static str = "orders.requests-cancelled";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::REQUESTS, &work::AWAITED, &work::OPEN, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for request in &self.requests {
            changes.patch(RequestId(*request), set!(RequestRow { cancelled: header.number }));
        }
        for specimen in &self.finished {
            work::arrived(changes, *specimen);
            work::close(changes, *specimen);
        }
        if self.report_follows {
            reports::follows(changes, header, self.order);
        }
        let subjects = [&[self.order], &*self.specimens].concat();
        stories::enter(changes, header, &subjects, &self.requests.len().to_string());
    }
}
