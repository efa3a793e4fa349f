//! The orders of a link: those to send, those that the analyzer did not acknowledge, those that it acknowledged.

use super::Tube;
use titer_shell::when::When;

/// The orders of a link.
pub struct LinkOrders {
    /// When orders are sent, in words.
    pub when: String,
    /// What waits to be sent.
    pub waiting: Vec<OrdersLine>,
    /// Whether more waits than is shown.
    pub more: bool,
    /// What it did not take.
    pub failed: Vec<FailedLine>,
    /// What it took last.
    pub sent: Vec<SentLine>,
}

/// What is to be said of a tube.
pub struct OrdersLine {
    /// The tube.
    pub tube: Tube,
    /// What is to be done, with which tests, in words.
    pub what: String,
}

/// A tube with orders that the analyzer did not acknowledge.
pub struct FailedLine {
    /// The tube.
    pub tube: Tube,
    /// When that was.
    pub at: When,
    /// What went wrong.
    pub failure: String,
    /// What happens next, in words.
    pub next: String,
    /// The specimen, to be sent again; empty when the reader may not.
    pub again: String,
}

/// A message that it took.
pub struct SentLine {
    /// When.
    pub at: When,
    /// The query that it answers; empty when nobody asked.
    pub query: Tube,
    /// What it said of each tube, in words.
    pub said: Vec<String>,
}
