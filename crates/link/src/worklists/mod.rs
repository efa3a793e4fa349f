//! Worklists: the orders that analyzers get, as the answer to a host query or without one (order download).
//!
//! Orders count as sent when the analyzer has acknowledged them; then they are journalled. What an analyzer still needs is always
//! computed: the difference between the tests that it acknowledged and the tests that are outstanding.
//!
//! The tables `orders_sent`, `told`, `order_tries` and `order_cursors` and the event `links.orders-sent` keep the names that they
//! had first, because journals and databases hold them.

pub mod commands;
pub mod entries;
mod events;
pub mod scan;
pub(crate) mod session;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

use titer_store::{EventType, Part};

titer_lab::ids! {
    /// A message with orders that an analyzer acknowledged.
    OrderMessageId,
}

titer_lab::codes! {
    /// Why there is no order for a specimen that an analyzer asked about.
    pub enum NoOrderReason {
        /// No order names this barcode.
        Unknown = "specimens-unknown",
        /// The specimen was rejected.
        Rejected = "specimens-was-rejected",
        /// The tube was discarded.
        Discarded = "specimens-was-discarded",
        /// The specimen was not received.
        NotReceived = "specimens-not-received",
        /// No test is outstanding.
        NothingOutstanding = "orders-nothing-open",
        /// No outstanding test has an approved mapping on this link.
        NothingMapped = "orders-nothing-mapped",
        /// The barcode is empty.
        BarcodeMissing = "text-missing",
        /// The barcode is too long.
        BarcodeTooLong = "text-too-long",
        /// The barcode has a control character.
        BarcodeControl = "text-control",
    }
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::ORDER_MESSAGES, &tables::ACKNOWLEDGED_TESTS, &tables::DELIVERY_ATTEMPTS, &tables::SCAN_CURSORS],
    events: &[EventType::of::<events::OrdersAcknowledged>()],
};
