//! The sections of the laboratory's pages, each registered by one row.

use titer_lab::{Action, results, work};
use titer_link::inbox;
use titer_shell::section::Count;

use crate::paths;

/// What changes on pages without an event: how the links are doing.
pub const BOARD: &str = "board";
/// The same, when a link begins or ceases to need a person.
pub const ALARMS: &str = "alarms";

titer_shell::sections! {
    /// What needs me now.
    HOME {
        key: "nav-home",
        address: paths::HOME,
        keys: "g h",
        takes: Action::SeeWork,
        topics: &["results", "specimens", "orders", "inbox", "links", ALARMS],
        counts: None,
    }
    /// Requests from the clinic.
    ORDERS {
        key: "nav-orders",
        address: paths::ORDERS,
        keys: "g o",
        takes: Action::SeePatients,
        topics: &["orders", "specimens"],
        counts: None,
    }
    /// Specimens coming in.
    RECEIVE {
        key: "nav-receive",
        address: paths::RECEIVE,
        keys: "g r",
        takes: Action::ReceiveSpecimens,
        topics: &[],
        counts: Some(|s| Ok(Count { all: work::views::count_awaited(s)?, ..Count::default() })),
    }
    /// What is outstanding, and results by hand.
    BENCH {
        key: "nav-bench",
        address: paths::BENCH,
        keys: "g b",
        takes: Action::EnterResults,
        topics: &["specimens", "orders", "results", "work"],
        counts: None,
    }
    /// Results waiting for a person.
    REVIEW {
        key: "nav-review",
        address: paths::REVIEW,
        keys: "g v",
        takes: Action::VerifyResults,
        topics: &["results", "reflex"],
        counts: Some(|s| {
            let waiting = results::views::waiting(s)?;
            Ok(Count { all: waiting.all, critical: waiting.critical, held: waiting.held })
        }),
    }
    /// What went out.
    REPORTS {
        key: "nav-reports",
        address: paths::REPORTS,
        keys: "g p",
        takes: Action::SeeReports,
        topics: &["reports"],
        counts: None,
    }
    /// Messages that could not be filed.
    HELD {
        key: "nav-held",
        address: paths::MESSAGES,
        keys: "g m",
        takes: Action::ResolveMessages,
        topics: &["inbox", "links"],
        counts: Some(|s| Ok(Count { all: inbox::views::count_held(s)?, ..Count::default() })),
    }
    /// What measures, and what was done to it.
    INSTRUMENTS {
        key: "nav-instruments",
        address: paths::INSTRUMENTS,
        keys: "g i",
        takes: Action::SeeInstruments,
        topics: &["instruments", "links", "systems"],
        counts: None,
    }
    /// Whether what measures may be trusted.
    QUALITY {
        key: "nav-quality",
        address: paths::QUALITY,
        keys: "g q",
        takes: Action::SeeQuality,
        topics: &["quality", "instruments", "systems"],
        counts: None,
    }
    /// Staff, catalogue, links.
    ADMIN {
        key: "nav-admin",
        address: paths::ADMIN,
        keys: "g a",
        takes: Action::SeeAdministration,
        topics: &["links", "inbox", "calculations", "comments", "reflex", BOARD],
        counts: None,
    }
}
