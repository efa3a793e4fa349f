//! What the pages show: one module a noun, each with the structs that its templates are filled from.
//!
//! These structs hold what is displayed and nothing else: texts, moments, flags. Whoever fills them has already decided; a page never
//! judges a result.

pub mod admin;
pub mod beside;
pub mod board;
pub mod find;
pub mod home;
pub mod link_orders;
pub mod mappings;
pub mod messages;
pub mod orders;
pub mod patients;
pub mod problem;
pub mod raw;
pub mod receive;
pub mod reports;
pub mod results;
pub mod review;
pub mod sign_in;
pub mod specimens;

use crate::when::When;
use crate::words::{Arg, Words};

/// What frames every page: who is signed in, where, and where one can go from here.
pub struct Page {
    /// The sentences, in the reader's language.
    pub words: &'static Words,
    /// Where styles and scripts are, see [`crate::assets::base`].
    pub assets: &'static str,
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
    /// Where the reader may go. What they may not open is absent.
    pub nav: Vec<Way>,
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
}

/// How real a laboratory is. Whatever is not real says so on every page and every print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Patients are treated on these results.
    Real,
    /// Simulated analysers, invented patients.
    Demo,
    /// A practice bench with a clock of its own.
    Practice,
}

/// The person at the screen.
pub struct Person {
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
pub struct Way {
    /// Where it leads; also what tells it apart.
    pub section: Section,
    /// Whether the reader is there.
    pub here: bool,
    /// How many things wait there.
    pub count: usize,
    /// How many of them are critical.
    pub critical: usize,
}

/// The sections of the program that stand today, in the order of a technician's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What needs me now.
    Home,
    /// Requests from the clinic.
    Orders,
    /// Specimens coming in.
    Receive,
    /// Results waiting for a person.
    Review,
    /// What went out.
    Reports,
    /// Messages that could not be filed.
    Held,
    /// Staff, catalogue, links.
    Admin,
}

impl Section {
    /// All, in the order of the navigation.
    pub const ALL: [Section; 7] = [
        Section::Home,
        Section::Orders,
        Section::Receive,
        Section::Review,
        Section::Reports,
        Section::Held,
        Section::Admin,
    ];

    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Section::Home => "nav-home",
            Section::Orders => "nav-orders",
            Section::Receive => "nav-receive",
            Section::Review => "nav-review",
            Section::Reports => "nav-reports",
            Section::Held => "nav-held",
            Section::Admin => "nav-admin",
        }
    }

    /// Its address.
    pub fn href(self) -> &'static str {
        match self {
            Section::Home => "/",
            Section::Orders => "/orders",
            Section::Receive => "/receive",
            Section::Review => "/review",
            Section::Reports => "/reports",
            Section::Held => "/messages",
            Section::Admin => "/admin",
        }
    }

    /// The keys that lead there from any page.
    pub fn shortcut(self) -> &'static str {
        match self {
            Section::Home => "g h",
            Section::Orders => "g o",
            Section::Receive => "g r",
            Section::Review => "g v",
            Section::Reports => "g p",
            Section::Held => "g m",
            Section::Admin => "g a",
        }
    }
}

/// One line on top of a page about what has just happened.
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

/// A patient, short, as each row that concerns them names them: FAMILY, Given (sex, born, age).
#[derive(Clone, Debug, Default)]
pub struct PatientName {
    /// Family name, shown in capitals.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Administrative sex, in words.
    pub sex: String,
    /// Date of birth, `14 Mar 1971`.
    pub born: String,
    /// Age today, in words.
    pub age: String,
}

/// The banner over every page about a patient.
pub struct PatientBanner {
    /// Who.
    pub name: PatientName,
    /// Identifiers with the name of who issued them.
    pub identifiers: Vec<Fact>,
    /// Ward or clinic; may be empty.
    pub location: String,
    /// Allergies and alerts.
    pub alerts: Vec<String>,
    /// The number on the tube that the page is about; may be empty.
    pub specimen: String,
}

/// A label and what stands behind it.
pub struct Fact {
    /// The label.
    pub label: String,
    /// The text.
    pub text: String,
}

/// A tube that a row names.
#[derive(Clone, Debug, Default)]
pub struct Tube {
    /// Where its story is.
    pub href: String,
    /// The number in its barcode.
    pub number: String,
}

/// Where an order, a specimen, a result, a report or a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Asked for; nothing has arrived.
    Ordered,
    /// Taken from the patient, on the way.
    Collected,
    /// In the laboratory.
    Received,
    /// Not fit for examination.
    Rejected,
    /// Thrown away.
    Discarded,
    /// Some results are there.
    InProgress,
    /// Kept back until a person has dealt with the reasons.
    Held,
    /// Complete, waiting to be reviewed.
    Waiting,
    /// Signed by a person.
    Verified,
    /// Reported before all results are there.
    Preliminary,
    /// Reported in full.
    Final,
    /// Reported again with a changed result.
    Corrected,
    /// No longer wanted, or withdrawn.
    Cancelled,
    /// Being made.
    Working,
    /// Tried in vain; a person has to look.
    Failed,
    /// A message that has been filed.
    Filed,
    /// Put aside by a person, with a reason.
    Dismissed,
    /// Proposed by one person, to be approved by another.
    Proposed,
    /// Approved by another person; what it brings is held until it is confirmed.
    Approved,
    /// Compared with the instrument's printout, and in use.
    Confirmed,
    /// It was wrong, or is not wanted any more.
    Withdrawn,
    /// May sign in.
    Active,
    /// May not sign in.
    Suspended,
}

impl Status {
    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Status::Ordered => "status-ordered",
            Status::Collected => "status-collected",
            Status::Received => "status-received",
            Status::Rejected => "status-rejected",
            Status::Discarded => "status-discarded",
            Status::InProgress => "status-in-progress",
            Status::Held => "status-held",
            Status::Waiting => "status-waiting",
            Status::Verified => "status-verified",
            Status::Preliminary => "status-preliminary",
            Status::Final => "status-final",
            Status::Corrected => "status-corrected",
            Status::Cancelled => "status-cancelled",
            Status::Working => "status-working",
            Status::Failed => "status-failed",
            Status::Filed => "status-filed",
            Status::Dismissed => "status-dismissed",
            Status::Proposed => "status-proposed",
            Status::Approved => "status-approved",
            Status::Confirmed => "status-confirmed",
            Status::Withdrawn => "status-withdrawn",
            Status::Active => "status-active",
            Status::Suspended => "status-suspended",
        }
    }

    /// The style of its mark: an empty, half or full circle as things progress, a square for what needs a person, struck through
    /// for what no longer counts.
    pub fn class(self) -> &'static str {
        match self {
            Status::Ordered | Status::Collected | Status::Waiting => "",
            Status::Received | Status::InProgress | Status::Working | Status::Approved => "half",
            Status::Preliminary => "half preliminary",
            Status::Verified | Status::Final | Status::Filed | Status::Confirmed | Status::Active => "done",
            Status::Corrected => "caution corrected",
            Status::Held | Status::Failed | Status::Proposed | Status::Rejected => "caution",
            Status::Cancelled | Status::Dismissed | Status::Suspended | Status::Discarded | Status::Withdrawn => "void",
        }
    }
}

/// How urgent an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// In its turn.
    Routine,
    /// Before routine work.
    Urgent,
    /// At once.
    Stat,
}

impl Priority {
    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Priority::Routine => "priority-routine",
            Priority::Urgent => "priority-urgent",
            Priority::Stat => "priority-stat",
        }
    }

    /// Whether it is to stand out.
    pub fn class(self) -> &'static str {
        match self {
            Priority::Routine => "routine",
            Priority::Urgent => "urgent",
            Priority::Stat => "stat",
        }
    }
}
