//! What happens to what analyzers are told.

use serde::{Deserialize, Serialize};
use titer_lab::stories;
use titer_store::{Changes, Event, Header, values};

use super::tables::{SENT, TOLD};

/// An analyzer acknowledged a message with what it is to measure, or that there is nothing.
#[derive(Serialize, Deserialize)]
pub struct OrdersSent {
    /// The link.
    pub link: i64,
    /// Its name, for the stories of the specimens.
    pub name: String,
    /// The message with the query that it answers; none when nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<i64>,
    /// What it was told of each specimen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Sent>,
    /// The specimens of which it was told that there is nothing for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<Nothing>,
    /// How many more specimens it asked for than one answer takes, as far as they were counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// What an analyzer was told of one specimen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The specimen.
    pub specimen: i64,
    /// The barcode on the tube.
    pub barcode: String,
    /// `new`, `add` or `cancel`.
    pub action: String,
    /// The tests.
    pub tests: Vec<Test>,
    /// The row of [`TOLD`] that this goes into, when it was told of the specimen before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<i64>,
    /// What it was told before and still has to measure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Told>,
}

/// A test, and its code at the analyzer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// The analyte.
    pub analyte: i64,
    /// The code.
    pub code: String,
}

/// A test that an analyzer was told to measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The analyte.
    pub analyte: i64,
    /// The code.
    pub code: String,
    /// The number of the event.
    pub number: i64,
}

/// A specimen of which there was nothing to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {
    /// As it was asked for.
    pub barcode: String,
    /// The code of the reason, as the word files name it.
    pub code: String,
}

/// As JSON; empty when there is nothing.
fn text<T: Serialize>(all: &[T]) -> String {
    if all.is_empty() {
        return String::new();
    }
    // Structs of strings and numbers always become JSON.
    serde_json::to_string(all).unwrap_or_default()
}

impl Event for OrdersSent {
    const KIND: &'static str = "links.orders-sent";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&SENT, &TOLD, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let row = values![
            self.link,
            self.message,
            header.number,
            text(&self.sent),
            text(&self.nothing),
            self.left,
            header.at
        ];
        changes.put(&SENT, header.id(0), row);
        for (place, sent) in (1..).zip(&self.sent) {
            let mut tests = sent.before.clone();
            if sent.action != "cancel" {
                let told = |t: &Test| Told { analyte: t.analyte, code: t.code.clone(), number: header.number };
                tests.extend(sent.tests.iter().map(told));
            }
            let row = values![self.link, sent.specimen, text(&tests), header.at];
            changes.put(&TOLD, sent.told.unwrap_or(header.id(place)), row);
        }
        let subjects: Vec<i64> = self.sent.iter().map(|s| s.specimen).collect();
        stories::tell(changes, header, &subjects, &self.name);
    }
}
