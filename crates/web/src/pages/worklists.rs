//! What a link's analyser is told to measure: what waits, what it did not take, what it took.

use super::Tube;
use titer_shell::when::When;

/// What a link's analyser is told to measure.
pub struct LinkOrders {
    /// When it is told, in words.
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

/// A tube of which it did not take what it was told.
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
