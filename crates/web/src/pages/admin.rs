//! Staff, the catalogue's approvals, what a link's codes mean, the laboratory itself.

use askama::Template;

use super::mappings::Evidence;
use super::{Choice, Fact, Mistakes, Page, Seen, Status};

/// One page of administration that the reader may open.
pub struct Tab {
    /// Where it is.
    pub href: String,
    /// The key of its name.
    pub key: &'static str,
    /// Whether the reader is there.
    pub here: bool,
}

/// Who works here, and the form for somebody new.
#[derive(Template)]
#[template(path = "staff.html")]
pub struct Staff {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Everybody.
    pub lines: Vec<StaffLine>,
    /// A one-time password that has just been made: shown this once.
    pub issued: Option<OneTime>,
    /// The new person's name as typed.
    pub name: String,
    /// What they will type to sign in, as typed.
    pub login: String,
    /// What they may do.
    pub roles: Vec<Choice>,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// One person who works here.
pub struct StaffLine {
    /// The person.
    pub id: String,
    /// Full name.
    pub name: String,
    /// What they type to sign in.
    pub login: String,
    /// What they may do.
    pub roles: String,
    /// Whether they may do anything.
    pub status: Status,
}

/// A password good for one sign-in.
pub struct OneTime {
    /// Whose.
    pub login: String,
    /// The password.
    pub password: String,
}

/// What one person may do, to be changed.
#[derive(Template)]
#[template(path = "staff_roles.html")]
pub struct StaffRoles {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The person.
    pub id: String,
    /// Full name.
    pub name: String,
    /// What they type to sign in.
    pub login: String,
    /// The roles there are.
    pub roles: Vec<Choice>,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// What a sender's code means here, and how far that is agreed.
pub struct MappingLine {
    /// What a mark of it carries: the mapping, and the state that is shown.
    pub mark: String,
    /// The sender's code.
    pub code: String,
    /// The unit as sent.
    pub unit: String,
    /// The sender's code of the kind of specimen; empty when none is sent.
    pub specimen: String,
    /// Where its page is.
    pub href: String,
    /// The test that it means, with the laboratory's unit.
    pub test: String,
    /// How far it is.
    pub status: Status,
    /// Who did what for it so far.
    pub by: Vec<String>,
    /// Whether the reader may sign for the next step; nobody approves what they proposed.
    pub markable: bool,
    /// Whether no person has proposed it yet, and the reader may.
    pub adoptable: bool,
    /// What reading the held messages again that wait for it is called; empty when none waits.
    pub waiting: String,
    /// Where reading all of them again is asked for.
    pub replay: String,
}

/// Exactly which mappings are about to be signed, and for what.
#[derive(Template)]
#[template(path = "mapping_sign.html")]
pub struct MappingSigning {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The link.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the link's dialect does not name, and what follows.
    pub unnamed: Vec<String>,
    /// Those to be approved, each with what speaks for it.
    pub approve: Vec<(MappingLine, Evidence)>,
    /// Those whose first results were compared with the instrument's printout, each with these results.
    pub confirm: Vec<(MappingLine, Evidence)>,
    /// What was marked and cannot be signed: code and reason.
    pub left_out: Vec<Fact>,
    /// Where to go afterwards: a path of this site.
    pub back: String,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The keys of a step's name and meaning, and its mappings, each with what speaks for it.
type Step<'a> = (&'static str, &'static str, &'a [(MappingLine, Evidence)]);

impl MappingSigning {
    /// What is signed: the keys of each step's name and meaning, with its mappings.
    pub fn steps(&self) -> [Step<'_>; 2] {
        [
            ("links-to-approve", "links-approve-means", &self.approve),
            ("links-to-confirm", "links-confirm-means", &self.confirm),
        ]
    }
}

/// The laboratory as its reports print it.
#[derive(Template)]
#[template(path = "site.html")]
pub struct Site {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Its name.
    pub name: String,
    /// Its address, line by line.
    pub address: String,
    /// CLIA or accreditation number.
    pub accreditation: String,
    /// The director.
    pub director: String,
    /// IANA time zone.
    pub zone: String,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}
