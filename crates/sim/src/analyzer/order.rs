//! What a host says to an analyzer: which tests are ordered for which specimen.

use titer_wire::astm::{Encoding, Kind, Record, parse};

use crate::devices::Orders;

/// What the host said of one specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// The specimen's barcode.
    pub barcode: String,
    /// Codes of tests.
    pub codes: Vec<String>,
    /// What is to be done with them.
    pub action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// O-12 `N`, `A` or nothing: to be measured.
    Measure,
    /// O-12 `C`: not any more.
    Cancel,
    /// O-26 `Y`: nothing is ordered.
    Nothing,
}

/// What a message of the host says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub orders: Vec<Order>,
    /// It holds no order, and ends by saying that there is none (L-3 `I`).
    pub nothing: bool,
}

/// Reads a message of the host. What is no order in it means nothing to an analyzer.
pub(super) fn read(text: &[u8], places: Orders) -> Said {
    let mut said = Said::default();
    let Ok(messages) = parse(text) else { return said };
    for message in &messages {
        for record in message.records().iter().filter(|record| record.kind() == Kind::Order) {
            said.orders.push(order(record, places));
        }
        let end = message.terminator().map(|record| text_of(&record, 3));
        said.nothing |= said.orders.is_empty() && end.as_deref() == Some("I");
    }
    said
}

fn order(record: &Record<'_>, places: Orders) -> Order {
    let component = |field: usize, component| record.field(field).component(component).text(Encoding::Utf8);
    let codes =
        record.field(5).repeats().map(|code| code.component(places.code).text(Encoding::Utf8).trim().to_owned());
    let action = match (text_of(record, 12).as_str(), text_of(record, 26).as_str()) {
        (_, "Y") => Action::Nothing,
        ("C", _) => Action::Cancel,
        _ => Action::Measure,
    };
    // A query's first component is the patient's; an order has the specimen where the query had it, or alone.
    let own = component(3, places.identity);
    let barcode = if own.is_empty() { component(3, 1) } else { own };
    Order { barcode: barcode.trim().to_owned(), codes: codes.filter(|code| !code.is_empty()).collect(), action }
}

fn text_of(record: &Record<'_>, field: usize) -> String {
    record.field(field).text(Encoding::Utf8).trim().to_owned()
}
