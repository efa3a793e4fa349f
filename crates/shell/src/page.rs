//! What frames every page, and the parts that pages of any kind are made of.
//!
//! These structs hold what is displayed and nothing else: texts, moments, marks. Whoever fills them has already decided.

use std::sync::Arc;

use crate::address::{Address, Leads};
use crate::section::{Count, Section};
use crate::when::When;
use crate::words::{Amount, Arg, Words};
use titer_lab::{Action, Counted};

/// What frames every page: who is signed in, where, and where one can go from here.
#[derive(Clone)]
pub struct Page {
    /// The sentences, in the reader's language.
    pub words: &'static Words,
    /// Where styles and scripts are, see [`crate::assets::base`].
    pub assets: &'static str,
    /// What the addresses of this place begin with; empty for the laboratory.
    pub base: Arc<str>,
    /// Whether this laboratory is real.
    pub mode: Mode,
    /// Name of the laboratory.
    pub laboratory: String,
    /// Name of the site where the reader works.
    pub site: String,
    /// The laboratory's clock (simulated in practice).
    pub now: When,
    /// Who reads; nobody on the sign-in page.
    pub person: Option<Person>,
    /// The section that the page belongs to.
    pub here: Option<&'static Section>,
    /// Where the reader may go. What they may not open is absent.
    pub nav: Vec<Way>,
    /// Where what is typed or scanned into the head of the page is looked for.
    pub find: Address,
    /// What has just been done, or refused.
    pub notice: Option<Notice>,
}

impl Page {
    /// The sentence of a key.
    pub fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// The sentence of a key, with arguments.
    pub fn tell(&self, key: &str, args: &[(&str, &dyn Arg)]) -> String {
        self.words.tell(key, args)
    }

    /// How many there are, to be shown or to stand in a sentence.
    pub fn amount(&self, counted: &Counted) -> Amount {
        self.words.amount(*counted)
    }

    /// An address as this page leads to it.
    pub fn to(&self, address: impl Leads) -> String {
        format!("{}{address}", self.base)
    }

    /// Whether the reader may look for tubes, orders and patients.
    pub fn finds(&self) -> bool {
        self.nav.iter().any(|way| way.section.takes == Action::SeePatients)
    }

    /// Whether the reader may go to a section.
    pub fn leads_to(&self, section: &Section) -> bool {
        self.nav.iter().any(|way| way.section == section)
    }

    /// Whether the page belongs to this section.
    pub fn is_here(&self, section: &Section) -> bool {
        self.here.is_some_and(|here| here == section)
    }

    /// What the page's section shows live.
    pub fn topics(&self) -> String {
        self.here.map(|section| section.topics.join(" ")).unwrap_or_default()
    }
}

/// How real a laboratory is. Whatever is not real says so on every page and every print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Patients are treated on these results.
    Real,
    /// Simulated analyzers, invented patients.
    Demo,
    /// A practice bench with a clock of its own.
    Practice,
}

impl Mode {
    /// The keys of what it says on top of every page, and of what that means; none where patients are treated.
    pub fn keys(self) -> Option<(&'static str, &'static str)> {
        match self {
            Mode::Real => None,
            Mode::Demo => Some(("mode-demo", "mode-demo-means")),
            Mode::Practice => Some(("mode-practice", "mode-practice-means")),
        }
    }
}

/// The person at the screen.
#[derive(Clone)]
pub struct Person {
    /// Their account: a page takes in no part that was fetched for another one.
    pub account: String,
    /// Full name.
    pub name: String,
    /// Two letters for the corner of the page.
    pub initials: String,
    /// Their roles, in words.
    pub roles: String,
    /// Until when they may sign without giving the password again.
    pub signing_until: Option<When>,
}

/// One entry of the navigation.
#[derive(Clone)]
pub struct Way {
    /// Where it leads.
    pub section: &'static Section,
    /// What waits there.
    pub count: Count,
}

/// One line on top of a page about what has just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it looks.
    pub tone: Tone,
    /// What happened.
    pub text: String,
}

/// How much a notice or a count wants attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It went well, or is merely so.
    Calm,
    /// A person has to look.
    Caution,
    /// A patient may come to harm.
    Danger,
}

impl Tone {
    /// The style of its band or count.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Calm => "",
            Tone::Caution => "caution",
            Tone::Danger => "danger",
        }
    }
}

/// What was wrong with a form, field by field.
#[derive(Default)]
pub struct Mistakes(pub Vec<Mistake>);

/// One mistake, in words that say how to mend it.
pub struct Mistake {
    /// The name of the field; empty when it concerns the whole form.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub text: String,
}

impl Mistakes {
    /// One mistake alone.
    pub fn one(field: &'static str, text: String) -> Self {
        Mistakes(vec![Mistake { field, text }])
    }

    /// What is wrong with one field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|mistake| mistake.field == field).map(|mistake| mistake.text.as_str())
    }
}

/// One of several things to pick.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What else helps to pick; may be empty.
    pub hint: String,
    /// Whether it is picked.
    pub chosen: bool,
}

/// What a form shows of the thing that it changes.
#[derive(Default)]
pub struct Seen {
    /// The version: the form carries it, and the change is refused if it is not the last one any more.
    pub version: i64,
    /// What stands now where it differs from the form; empty unless somebody else has changed it since.
    pub now: Vec<Fact>,
}

/// A label and what stands behind it.
#[derive(Clone)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The text.
    pub text: String,
}
