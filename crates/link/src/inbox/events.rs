//! What happens to messages.

use serde::{Deserialize, Serialize};
use titer_lab::stories;
use titer_store::{Changes, Event, Header, Sha256, Table, event::id, set};

use super::{
    KeptReason, MessageId, MessageState, Problem,
    tables::{self, HeldRow, MessageRow, WaitingRow},
    waits::{WAITS_MAX, Wait, waits},
};
use crate::links::LinkId;

/// A message came and was kept.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The link.
    pub link: i64,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// See [`MessageRow`].
    pub fingerprint: i64,
    /// The number of results that it brought.
    pub filed: i64,
    /// What a person must decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemBody>,
    /// Why some of it waits for nobody: codes of [`KeptReason`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
}

impl Kept {
    pub(super) fn message(event: i64) -> MessageId {
        MessageId(id(event, 0))
    }
}

/// A [`Problem`], as the journal and the column `problems` store it.
#[derive(Clone, Serialize, Deserialize)]
pub struct ProblemBody {
    code: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    args: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    barcode: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    test: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    unit: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    specimen_type: String,
}

impl From<Problem> for ProblemBody {
    fn from(problem: Problem) -> Self {
        let Problem { code, args, barcode, test, unit, specimen_type } = problem;
        ProblemBody { code, args, barcode, test, unit, specimen_type }
    }
}

impl From<ProblemBody> for Problem {
    fn from(body: ProblemBody) -> Self {
        let ProblemBody { code, args, barcode, test, unit, specimen_type } = body;
        Problem { code, args, barcode, test, unit, specimen_type }
    }
}

/// Puts the rows of what a message waits for and is about, at the places behind the message's own; answers the last place. If it waits
/// for nothing, they say why some of it is kept.
fn wait(changes: &mut Changes, message: MessageId, problems: &[ProblemBody], kept: &[String]) -> i64 {
    let problems: Vec<Problem> = problems.iter().cloned().map(Problem::from).collect();
    let mut last = message.0;
    let known = kept.iter().filter(|code| problems.is_empty() && KeptReason::from_code(code).is_some());
    let kept = known.map(|code| (Wait::Kept, code.clone()));
    for (kind, key) in waits(&problems).into_iter().chain(kept) {
        last += 1;
        changes.put(WaitingRow { id: last, kind, key, message });
    }
    last
}

/// Drops the rows behind `last`, which an earlier reading of the message may have left.
fn wait_no_more(changes: &mut Changes, message: MessageId, last: i64) {
    for row in last + 1..=message.0 + WAITS_MAX as i64 {
        changes.drop::<WaitingRow>(row);
    }
}

fn state(problems: &[ProblemBody]) -> MessageState {
    if problems.is_empty() { MessageState::Filed } else { MessageState::Held }
}

fn as_text(problems: &[ProblemBody]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    // Strings and vectors of strings always become JSON.
    serde_json::to_string(problems).unwrap_or_default()
}

impl Event for Kept {
    const KIND: &'static str = "inbox.kept";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MESSAGES, &tables::HELD, &tables::WAITING];
    fn attached(&self) -> Option<Sha256> {
        Some(self.sha256)
    }
    fn project(&self, header: &Header, changes: &mut Changes) {
        let message = Kept::message(header.number);
        changes.put(MessageRow {
            id: message,
            link: LinkId(self.link),
            sha256: self.sha256,
            fingerprint: self.fingerprint,
            state: state(&self.problems),
            filed: self.filed,
            problems: as_text(&self.problems),
        });
        if !self.problems.is_empty() {
            changes.put(HeldRow { id: message, received_at: header.at });
        }
        wait(changes, message, &self.problems, &self.kept);
    }
}

/// A held message was read again.
#[derive(Serialize, Deserialize)]
pub struct Replayed {
    /// The message.
    pub message: i64,
    /// The number of results that it has brought in all.
    pub filed: i64,
    /// What a person must still decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemBody>,
    /// As in [`Kept`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
}

impl Event for Replayed {
    const KIND: &'static str = "inbox.replayed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MESSAGES, &tables::HELD, &tables::WAITING, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let message = MessageId(self.message);
        let last = wait(changes, message, &self.problems, &self.kept);
        wait_no_more(changes, message, last);
        stories::enter(changes, header, &[self.message], "");
        changes.patch(
            message,
            set!(MessageRow { state: state(&self.problems), filed: self.filed, problems: as_text(&self.problems) }),
        );
        if self.problems.is_empty() {
            changes.drop::<HeldRow>(message);
        }
    }
}

/// A person dismissed a held message. The reason is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct Dismissed {
    /// The message.
    pub message: i64,
}

impl Event for Dismissed {
    const KIND: &'static str = "inbox.dismissed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MESSAGES, &tables::HELD, &tables::WAITING, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let message = MessageId(self.message);
        changes.patch(message, set!(MessageRow { state: MessageState::Dismissed }));
        changes.drop::<HeldRow>(message);
        wait_no_more(changes, message, message.0);
        stories::enter(changes, header, &[self.message], "");
    }
}
