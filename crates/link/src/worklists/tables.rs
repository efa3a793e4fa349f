//! Tables of worklists.

use titer_lab::specimens::SpecimenId;
use titer_store::{Timestamp, table};

use super::OrderMessageId;
use crate::{inbox::MessageId, links::LinkId};

table! {
    /// Messages with orders that an analyzer acknowledged.
    pub(super) static ORDER_MESSAGES = projected "orders_sent";
    /// A message. `message` is the host query that it answers; `number` is the event. `sent`, `none_of` and `left_out` are `sent`,
    /// `nothing` and `left` of the event, the first two as JSON.
    pub(super) struct OrderMessageRow {
        key id: OrderMessageId,
        link: LinkId,
        message: Option<MessageId>,
        number: i64,
        sent: String,
        none_of: String,
        left_out: i64,
        at: Timestamp,
    }
    index (link, number);
    index (message);
}

table! {
    /// Tests that analyzers acknowledged.
    pub(super) static ACKNOWLEDGED_TESTS = projected "told";
    /// The tests of one specimen that one analyzer acknowledged, of all messages together. `tests` is JSON.
    pub(super) struct AcknowledgedTestsRow {
        key id: i64,
        link: LinkId,
        specimen: SpecimenId,
        tests: String,
        at: Timestamp,
    }
    index unique (specimen, link);
}

table! {
    /// Orders that analyzers did not acknowledge.
    pub(super) static DELIVERY_ATTEMPTS = working "order_tries";
    /// The failed attempts to send one specimen's orders to one analyzer. `place` is [`attempt_key`]; `next_at` is the time of the
    /// next attempt, or [`NEVER`]; `seen` is the last story entry at the time of the last attempt.
    pub(super) struct DeliveryAttemptRow {
        key place: String,
        link: LinkId,
        specimen: SpecimenId,
        tries: i64,
        next_at: Timestamp,
        failure: String,
        at: Timestamp,
        seen: i64,
    }
    index (link, next_at);
}

table! {
    /// How far each link has scanned for changes of its worklist.
    pub(super) static SCAN_CURSORS = working "order_cursors";
    /// A link's cursor: the last story entry that it scanned; and, after its mappings changed to `version`, the last specimen with
    /// outstanding tests that it scanned again, or none if it scanned all of them.
    pub(super) struct ScanCursorRow {
        key id: LinkId,
        place: i64,
        version: i64,
        looked: Option<SpecimenId>,
    }
}

/// A time that never comes: a person must decide.
pub(super) const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// The key of the attempts to send a specimen's orders on a link.
pub(super) fn attempt_key(link: LinkId, specimen: SpecimenId) -> String {
    format!("{link}/{specimen}")
}
