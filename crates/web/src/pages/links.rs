//! How the links are doing: all of them, and one of them.

use askama::Template;
use titer_link::Standing;

use super::admin::{MappingLine, Tab};
use super::beside::Beside;
use super::messages::MessageLine;
use super::{Fact, Mistakes, Page};
use titer_shell::when::When;

/// Every link, and how it does.
#[derive(Template)]
#[template(path = "links.html")]
pub struct Links {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Whether all are closed, because the laboratory was restored and nobody has attached them since.
    pub detached: bool,
    /// Whether the reader may attach them.
    pub attachable: bool,
    /// The links, those that need a person first.
    pub lines: Vec<LinkLine>,
    /// By what rule silence is unusual.
    pub rule: String,
}

/// Where a link stands, as pages mark it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stands(pub Standing);

impl Stands {
    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self.0 {
            Standing::Stopped => "board-stopped",
            Standing::Waiting => "board-waiting",
            Standing::Detached => "board-detached",
            Standing::Draining => "board-draining",
            Standing::Paused => "board-paused",
            Standing::Closed => "board-closed",
            Standing::Elsewhere => "board-elsewhere",
            Standing::Listening => "board-listening",
            Standing::Connecting => "board-connecting",
            Standing::Connected => "board-connected",
        }
    }

    /// The style of its mark: a square for what needs a person, a full circle for connected, half for on the way or put off.
    pub fn class(self) -> &'static str {
        match self.0 {
            Standing::Stopped | Standing::Waiting | Standing::Detached => "caution",
            Standing::Draining | Standing::Paused | Standing::Connecting => "half",
            Standing::Closed | Standing::Elsewhere | Standing::Listening => "",
            Standing::Connected => "done",
        }
    }
}

/// How long a link has been silent, against its habit.
pub struct Quiet {
    /// In words.
    pub words: String,
    /// Whether it has been silent for longer than is its habit.
    pub unusual: bool,
}

/// One link.
pub struct LinkLine {
    /// Where all about it is.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Protocol and dialect.
    pub speaks: String,
    /// Where it listens or connects to.
    pub address: String,
    /// Where it stands.
    pub stands: Stands,
    /// Since when.
    pub since: When,
    /// Who paused it and why, or which process has it.
    pub detail: String,
    /// How many connections are open.
    pub connections: usize,
    /// When it last sent a message; empty words when never.
    pub last: When,
    /// How long it has been silent, against its habit.
    pub quiet: Quiet,
    /// Messages of the last minute and the last hour.
    pub rate: String,
    /// Messages that are being filed.
    pub filing: usize,
    /// How often anything went wrong; empty when never.
    pub errors: String,
    /// What went wrong: the last trouble, refused peers.
    pub troubles: Vec<String>,
    /// Mappings that wait for somebody.
    pub unsettled: usize,
    /// Whether a person has to look.
    pub alarm: bool,
}

/// One link: who is connected, what went over it, what its codes mean here.
#[derive(Template)]
#[template(path = "link.html")]
pub struct Link {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The link.
    pub id: String,
    /// How it does.
    pub line: LinkLine,
    /// Whether the reader may pause and resume it.
    pub operable: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// Why it should be paused, as typed.
    pub reason: String,
    /// Protocol, dialect, address, listed peers and the like.
    pub facts: Vec<Fact>,
    /// What its dialect does not name, and what follows.
    pub unnamed: Vec<String>,
    /// Who is connected.
    pub connections: Vec<ConnectionLine>,
    /// Its last messages.
    pub latest: Vec<MessageLine>,
    /// One of them, byte by byte and field by field.
    pub shown: Option<Shown>,
    /// What last went over it.
    pub trace: Vec<TraceLine>,
    /// What its codes mean.
    pub mappings: Vec<MappingLine>,
    /// Its orders; none if its dialect takes no orders.
    pub orders: Option<super::worklists::LinkOrders>,
    /// What was wrong.
    pub mistakes: Mistakes,
}

impl Link {
    /// Whether the reader may sign any of the mappings.
    pub fn signable(&self) -> bool {
        self.mappings.iter().any(|m| m.markable)
    }

    /// Whether the reader may propose any of the mappings.
    pub fn adoptable(&self) -> bool {
        self.mappings.iter().any(|m| m.adoptable)
    }
}

/// One connection.
pub struct ConnectionLine {
    /// Its number since the program started.
    pub number: String,
    /// Who is at the other end.
    pub peer: String,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Since when.
    pub since: When,
    /// When the peer last sent anything; empty words when never.
    pub heard: When,
}

/// A message, as it came and as it is understood.
pub struct Shown {
    /// Its number.
    pub number: String,
    /// Where all about it is.
    pub href: String,
    /// Its records.
    pub beside: Beside,
}

/// A piece of what went over the wire.
pub struct TraceLine {
    /// When, to the millisecond.
    pub at: String,
    /// On which connection.
    pub connection: String,
    /// The key of its direction.
    pub direction: &'static str,
    /// Its sign: `<` from the analyzer, `>` to it, `·` a remark.
    pub sign: &'static str,
    /// The bytes, control characters by name.
    pub text: String,
    /// How many bytes more there were; empty when none.
    pub more: String,
}
