//! What happens to messages.

use serde::{Deserialize, Serialize};
use titer_lab::stories;
use titer_store::{Changes, Event, Header, Sha256, values};

use super::{
    State,
    tables::{HELD, MESSAGES, WAITING},
    waits::{WAITS_MAX, waits},
};

/// A message came and was kept.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The link.
    pub link: i64,
    /// The name of its bytes.
    pub sha256: Sha256,
    /// See [`MESSAGES`].
    pub fingerprint: i64,
    /// How many results it brought.
    pub filed: i64,
    /// What a person must decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// Something in a message that a person must decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The code of the reason, as the word files name it.
    pub code: String,
    /// What the words need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(String, String)>,
    /// The identity of the specimen, as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub barcode: String,
    /// The analyzer's code of the test.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub test: String,
    /// The analyzer's unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The analyzer's code of the kind of specimen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub specimen_type: String,
}

/// The row of what it waits for and is about, at the places behind the message's own.
fn wait(changes: &mut Changes, message: i64, problems: &[Problem]) -> i64 {
    let mut last = message;
    for (kind, key) in waits(problems) {
        last += 1;
        changes.put(&WAITING, last, values![kind.code(), key, message]);
    }
    last
}

/// It waits for nothing behind this row.
fn wait_no_more(changes: &mut Changes, message: i64, last: i64) {
    for row in last + 1..=message + WAITS_MAX as i64 {
        changes.drop(&WAITING, row);
    }
}

fn as_text(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    // Strings and vectors of strings always become JSON.
    serde_json::to_string(problems).unwrap_or_default()
}

impl Event for Kept {
    const KIND: &'static str = "inbox.kept";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&MESSAGES, &HELD, &WAITING];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let message = header.id(0);
        let state = if self.problems.is_empty() { "filed" } else { "held" };
        let row = values![self.link, self.sha256, self.fingerprint, state, self.filed, as_text(&self.problems)];
        changes.put(&MESSAGES, message, row);
        if !self.problems.is_empty() {
            changes.put(&HELD, message, values![header.at]);
            wait(changes, message, &self.problems);
        }
    }
}

/// A message was read again.
#[derive(Serialize, Deserialize)]
pub struct Replayed {
    /// Which.
    pub message: i64,
    /// How many results it has brought in all.
    pub filed: i64,
    /// What a person must still decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

impl Event for Replayed {
    const KIND: &'static str = "inbox.replayed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&MESSAGES, &HELD, &WAITING, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let state = if self.problems.is_empty() { State::Filed } else { State::Held };
        let last = wait(changes, self.message, &self.problems);
        wait_no_more(changes, self.message, last);
        stories::tell(changes, header, &[self.message], "");
        let set = vec![
            ("state", state.code().into()),
            ("filed", self.filed.into()),
            ("problems", as_text(&self.problems).into()),
        ];
        changes.patch(&MESSAGES, self.message, set);
        if self.problems.is_empty() {
            changes.drop(&HELD, self.message);
        }
    }
}

/// A person put a held message aside. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct Dismissed {
    /// Which.
    pub message: i64,
}

impl Event for Dismissed {
    const KIND: &'static str = "inbox.dismissed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&MESSAGES, &HELD, &WAITING, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.patch(&MESSAGES, self.message, vec![("state", "dismissed".into())]);
        changes.drop(&HELD, self.message);
        wait_no_more(changes, self.message, self.message);
        stories::tell(changes, header, &[self.message], "");
    }
}
