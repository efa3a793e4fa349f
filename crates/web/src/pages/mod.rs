//! What the pages show: one module a noun, each with the structs that its templates are filled from.
//!
//! These structs hold what is displayed and nothing else: texts, moments, flags. Whoever fills them has already decided; a page never
//! judges a result.

pub mod admin;
pub mod bench;
pub mod beside;
pub mod calculations;
pub mod catalog;
pub mod comments;
pub mod entries;
pub mod find;
pub mod home;
pub mod instruments;
pub mod links;
pub mod mappings;
pub mod messages;
pub mod orders;
pub mod patients;
pub mod proposals;
pub mod quality;
pub mod quality_plans;
pub mod raw;
pub mod receive;
pub mod reflex;
pub mod reports;
pub mod results;
pub mod review;
pub mod specimens;
pub mod systems;
pub mod worklists;

pub use titer_shell::page::{Choice, Fact, Mistake, Mistakes, Mode, Notice, Page, Person, Seen, Tone, Way};

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
    /// Who asked for the tests, on the page of one order; empty elsewhere.
    pub requester: String,
    /// Allergies and alerts.
    pub alerts: Vec<String>,
    /// The number on the tube that the page is about; may be empty.
    pub specimen: String,
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
    /// Signed by a person, and contradicted by a value about which nobody has decided.
    CorrectionOpen,
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
            Status::CorrectionOpen => "status-correction-open",
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
            Status::CorrectionOpen | Status::Held | Status::Failed | Status::Proposed | Status::Rejected => "caution",
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
