//! Requests: the list, a new one, one of them.

use askama::Template;

use super::{Choice, Mistakes, Page, PatientBanner, PatientName, Priority, Seen, Status, Tube};
use titer_shell::when::When;

/// The list of orders, newest first.
#[derive(Template)]
#[template(path = "orders.html")]
pub struct Orders {
    /// The frame.
    pub page: Page,
    /// Whether the reader may place orders.
    pub placeable: bool,
    /// The orders of this page.
    pub lines: Vec<OrderLine>,
    /// Where the next older ones are; empty at the end.
    pub older: String,
}

/// One order in the list.
pub struct OrderLine {
    /// Where it is.
    pub href: String,
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub patient: PatientName,
    /// The tests, short names.
    pub tests: String,
    /// How urgent.
    pub priority: Priority,
    /// Its tubes.
    pub tubes: Vec<Tube>,
    /// Who asked.
    pub requester: String,
    /// When.
    pub placed: When,
    /// Where it stands.
    pub status: Status,
}

/// The first step of a new order: whom is it for?
#[derive(Template)]
#[template(path = "order_patient.html")]
pub struct OrderPatient {
    /// The frame.
    pub page: Page,
    /// What was typed; empty before the first search.
    pub asked: String,
    /// Who was found.
    pub matches: Vec<Match>,
    /// Whether there are more than are shown.
    pub more: bool,
}

/// A patient who may be the one.
pub struct Match {
    /// Where an order for them begins.
    pub href: String,
    /// Who.
    pub name: PatientName,
    /// First identifier, with who issued it.
    pub identifier: String,
}

/// The second step: what is asked for.
#[derive(Template)]
#[template(path = "order_new.html")]
pub struct NewOrder {
    /// The frame.
    pub page: Page,
    /// Whom it is for.
    pub patient: PatientBanner,
    /// The patient's id, sent along.
    pub patient_id: String,
    /// Which tests are looked for.
    pub find: String,
    /// The tests, by specimen type.
    pub offers: Vec<Offer>,
    /// How urgent.
    pub priorities: Vec<Choice>,
    /// When the specimen was taken, as typed.
    pub collected: String,
    /// The number on a tube that is labelled already, as scanned.
    pub tube: String,
    /// Who asks, as typed.
    pub requester: String,
    /// The time of collection that the form asks to be confirmed; empty if it asks for none.
    pub confirmed: String,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The tests that one specimen type can serve.
pub struct Offer {
    /// Specimen type and container, in words.
    pub specimen: String,
    /// The tests.
    pub tests: Vec<Choice>,
}

/// One order.
#[derive(Template)]
#[template(path = "order.html")]
pub struct Order {
    /// The frame.
    pub page: Page,
    /// Whose it is.
    pub patient: PatientBanner,
    /// Its number.
    pub number: String,
    /// How urgent.
    pub priority: Priority,
    /// Where it stands.
    pub status: Status,
    /// Who asked.
    pub requester: String,
    /// When it was placed.
    pub placed: When,
    /// Who entered it.
    pub placed_by: String,
    /// What was asked for.
    pub tests: Vec<OrderedTest>,
    /// Its reports; empty address when there is none yet.
    pub report: String,
    /// Its id in addresses.
    pub id: String,
    /// Whether the reader may ask again for what was lost with its tube.
    pub again: bool,
    /// Why its report could not be composed, and what happens; empty when it was.
    pub failure: String,
    /// Whether the reader may add tests to it.
    pub addable: bool,
    /// Why what is marked should be cancelled, as typed.
    pub reason: String,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong with what was entered.
    pub mistakes: Mistakes,
}

impl Order {
    /// Whether the reader may cancel any of its tests.
    pub fn cancellable(&self) -> bool {
        self.tests.iter().any(|t| !t.mark.is_empty())
    }
}

/// Tests to be added to an order.
#[derive(Template)]
#[template(path = "order_add.html")]
pub struct AddTests {
    /// The frame.
    pub page: Page,
    /// Whom it is for.
    pub patient: PatientBanner,
    /// The order.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Which tests are looked for.
    pub find: String,
    /// What can be added.
    pub offers: Vec<Offer>,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// One test of an order.
pub struct OrderedTest {
    /// Its name.
    pub name: String,
    /// The tube it is done from.
    pub tube: Tube,
    /// The specimen type, in words.
    pub specimen: String,
    /// When that tube was taken; empty words when nobody said.
    pub collected: When,
    /// When it was received; empty words when it was not.
    pub received: When,
    /// Where it stands.
    pub status: Status,
    /// What marks it to be cancelled; empty when the reader may not, or it has a result.
    pub mark: String,
    /// By whom, when and why it was cancelled, in words; empty when it was not.
    pub cancelled: String,
    /// Which analyzers acknowledged it, and when.
    pub sent: Vec<String>,
    /// Which reflex rule asked for it, in words; empty when a person did.
    pub by_rule: String,
}
