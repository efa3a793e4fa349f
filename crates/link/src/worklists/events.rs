//! What happens to worklists. Names in the JSON are those that journals hold.

use serde::{Deserialize, Serialize};
use titer_lab::{specimens::SpecimenId, stories};
use titer_store::{Changes, Event, Header, Table, event::id};

use super::{
    OrderMessageId,
    tables::{self, AcknowledgedTestsRow, OrderMessageRow},
};
use crate::{dialect::OrderAction, inbox::MessageId, links::LinkId};

/// An analyzer acknowledged a message with orders, or the message that there is no order.
#[derive(Serialize, Deserialize)]
pub struct OrdersAcknowledged {
    /// The link.
    pub link: i64,
    /// The link's name, for the stories of the specimens.
    pub name: String,
    /// The host query that the message answers; none if the orders were sent without a query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<i64>,
    /// The orders, by specimen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<SentBody>,
    /// The specimens for which there is no order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<NothingBody>,
    /// The number of specimens that the query asked for beyond those that one answer holds, as far as they were counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// The orders of one specimen.
#[derive(Serialize, Deserialize)]
pub struct SentBody {
    /// The specimen.
    pub specimen: i64,
    /// Its barcode.
    pub barcode: String,
    /// A code of [`OrderAction`].
    pub action: String,
    /// The tests.
    pub tests: Vec<TestBody>,
    /// The row of the specimen's acknowledged tests, if the analyzer acknowledged tests of it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<i64>,
    /// The tests that the analyzer acknowledged before and has not measured yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<ToldBody>,
}

/// A test, and its code at the analyzer.
#[derive(Serialize, Deserialize)]
pub struct TestBody {
    /// The analyte.
    pub analyte: i64,
    /// The code.
    pub code: String,
}

/// A test that an analyzer acknowledged.
#[derive(Clone, Serialize, Deserialize)]
pub struct ToldBody {
    /// The analyte.
    pub analyte: i64,
    /// The code.
    pub code: String,
    /// The number of the event that says so.
    pub number: i64,
}

/// A specimen for which there is no order.
#[derive(Serialize, Deserialize)]
pub struct NothingBody {
    /// The barcode, as in the query.
    pub barcode: String,
    /// A code of [`super::NoOrderReason`].
    pub code: String,
}

/// As JSON; empty if there is nothing.
fn text<T: Serialize>(all: &[T]) -> String {
    if all.is_empty() {
        return String::new();
    }
    // Structs of strings and numbers always become JSON.
    serde_json::to_string(all).unwrap_or_default()
}

impl OrdersAcknowledged {
    fn message(event: i64) -> OrderMessageId {
        OrderMessageId(id(event, 0))
    }

    /// The row of acknowledged tests of the specimen at this index of [`OrdersAcknowledged::sent`], if it is a new row.
    fn row(event: i64, index: i64) -> i64 {
        id(event, 1 + index)
    }
}

impl Event for OrdersAcknowledged {
    const KIND: &'static str = "links.orders-sent";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::ORDER_MESSAGES, &tables::ACKNOWLEDGED_TESTS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(OrderMessageRow {
            id: OrdersAcknowledged::message(header.number),
            link: LinkId(self.link),
            message: self.message.map(MessageId),
            number: header.number,
            sent: text(&self.sent),
            none_of: text(&self.nothing),
            left_out: self.left,
            at: header.at,
        });
        for (index, sent) in (0..).zip(&self.sent) {
            let mut tests = sent.before.clone();
            if sent.action != OrderAction::Cancel.code() {
                let told = |t: &TestBody| ToldBody { analyte: t.analyte, code: t.code.clone(), number: header.number };
                tests.extend(sent.tests.iter().map(told));
            }
            changes.put(AcknowledgedTestsRow {
                id: sent.told.unwrap_or(OrdersAcknowledged::row(header.number, index)),
                link: LinkId(self.link),
                specimen: SpecimenId(sent.specimen),
                tests: text(&tests),
                at: header.at,
            });
        }
        let subjects: Vec<i64> = self.sent.iter().map(|s| s.specimen).collect();
        stories::enter(changes, header, &subjects, &self.name);
    }
}
