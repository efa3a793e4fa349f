//! Messages from analyzers and clinics: those that are held, and one of them.

use askama::Template;

use super::admin::MappingLine;
use super::mappings::Pointed;
use super::raw::Run;
use super::specimens::Moment;
use super::{Fact, Mistakes, Page, Seen, Status};
use titer_shell::when::When;
use titer_shell::words::Amount;

/// The list of messages, held ones first.
#[derive(Template)]
#[template(path = "messages.html")]
pub struct Messages {
    /// The frame.
    pub page: Page,
    /// What they wait for or are about, in words; empty when all are listed.
    pub about: String,
    /// Where reading all of these again is asked for; empty when there is nothing to read.
    pub replay: String,
    /// What reading all of them again is called.
    pub replay_words: String,
    /// Whether filed ones are listed as well.
    pub all: bool,
    /// Whether those are listed that wait for nobody.
    pub kept: bool,
    /// How many of these there are for each reason, in words.
    pub kept_counts: Vec<String>,
    /// The messages of this page.
    pub lines: Vec<MessageLine>,
    /// Where the next older ones are; empty at the end.
    pub older: String,
}

/// One message in the list.
pub struct MessageLine {
    /// Where it is.
    pub href: String,
    /// Its number.
    pub number: String,
    /// When it arrived.
    pub arrived: When,
    /// The link it came by.
    pub link: String,
    /// The specimen it names; empty when it names none.
    pub specimen: String,
    /// What it carries, short.
    pub summary: String,
    /// Why it is held, first reason first.
    pub reasons: Vec<String>,
    /// Where it stands.
    pub status: Status,
}

/// One message: why it is held, what it says, and what can be done.
#[derive(Template)]
#[template(path = "message.html")]
pub struct Message {
    /// The frame.
    pub page: Page,
    /// Its number.
    pub number: String,
    /// Its id in addresses.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// Link, protocol, dialect, arrival, size.
    pub facts: Vec<Fact>,
    /// Why it is held, first reason first.
    pub reasons: Vec<String>,
    /// The results it carries.
    pub results: Vec<SentResult>,
    /// Its records as understood.
    pub records: Vec<Record>,
    /// Whether there are more results or records than are shown.
    pub more: bool,
    /// Its bytes.
    pub raw: Vec<Run>,
    /// Whether there are more bytes than are shown.
    pub raw_more: bool,
    /// The link that it came by.
    pub link: String,
    /// Mappings of its codes that are not settled yet.
    pub mappings: Vec<MappingLine>,
    /// Codes that nobody has mapped.
    pub unmapped: Vec<Unmapped>,
    /// The tests they could mean, by name.
    pub tests: Vec<String>,
    /// What other messages wait for as well.
    pub others: Vec<Others>,
    /// What happened to it, oldest first.
    pub history: Vec<Moment>,
    /// Whether it waits, so that it may be read again or put aside.
    pub waits: bool,
    /// Why it should be put aside, as typed.
    pub reason: String,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong with what was entered.
    pub mistakes: Mistakes,
}

impl Message {
    /// Whether the reader may sign for any of its mappings.
    pub fn signable(&self) -> bool {
        self.mappings.iter().any(|m| m.markable)
    }

    /// Whether the reader may propose any of its mappings.
    pub fn adoptable(&self) -> bool {
        self.mappings.iter().any(|m| m.adoptable)
    }

    /// Its own address.
    pub fn href(&self) -> String {
        self.page.to(crate::paths::MESSAGE.of(&self.id))
    }
}

/// A result as the sender put it.
pub struct SentResult {
    /// The specimen that it is of, as sent.
    pub specimen: String,
    /// The sender's code.
    pub code: String,
    /// What it is mapped to; empty when it is not.
    pub test: String,
    /// The value as sent.
    pub value: String,
    /// The unit as sent.
    pub unit: String,
    /// The sender's own flags: shown here, never used as ours.
    pub flags: String,
    /// The analyzer's time in words; as sent if it is none.
    pub measured: String,
    /// Why it is held; empty when it is not.
    pub why: Vec<String>,
}

/// One record of a message.
pub struct Record {
    /// Its type and number, `R 1`.
    pub name: String,
    /// What it is, in words.
    pub kind: String,
    /// Its fields by their number in the standard, those that are not empty.
    pub fields: Vec<Fact>,
}

/// A code that nobody has mapped, and the form to propose what it means.
pub struct Unmapped {
    /// The sender's code.
    pub code: String,
    /// The unit as sent.
    pub unit: String,
    /// The sender's code of the kind of specimen; empty when none is sent.
    pub specimen: String,
    /// What was sent; empty if nobody can read it.
    pub word: String,
    /// The test that other words of the code mean; empty if no word of it is mapped.
    pub test: String,
    /// The records that bring it, with what is in question marked.
    pub records: Vec<Vec<Pointed>>,
    /// Why it is held.
    pub why: String,
}

/// Something that other messages wait for or are about as well.
pub struct Others {
    /// What, in words.
    pub what: String,
    /// How many other messages.
    pub count: Amount,
    /// Where they are listed.
    pub href: String,
}
