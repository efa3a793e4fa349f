//! What may be done, and by which roles. One [`Action`] a command and a route; roles grant actions.

use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// Something that needs a permission.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$meta])* $name),* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Action] = &[$(Action::$name),*];

            /// Its code, as the journal and the word files name it.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Action::$name => $code),* }
            }
        }
    };
}

actions! {
    /// Sign in, sign out, change one's own password.
    OwnAccount = "own-account",
    /// Open and refuse sessions, once somebody has given a password.
    KeepSessions = "keep-sessions",
    /// See the home page and the lists of what waits.
    SeeWork = "see-work",
    /// See patients, orders, specimens and their results.
    SeePatients = "see-patients",
    /// See the pages of administration.
    SeeAdministration = "see-administration",
    /// Open and reset accounts, grant roles.
    ManageStaff = "manage-staff",
    /// Describe the laboratory: name, address, time zone.
    ManageSite = "manage-site",
    /// Import catalog entries as proposals.
    ProposeCatalog = "propose-catalog",
    /// Sign reference intervals and critical limits into force.
    ApproveCatalog = "approve-catalog",
    /// Register patients.
    RegisterPatients = "register-patients",
    /// Place orders.
    PlaceOrders = "place-orders",
    /// Receive and reject specimens.
    ReceiveSpecimens = "receive-specimens",
    /// File what an analyzer measured.
    ReportResults = "report-results",
    /// Review, verify and sign results.
    VerifyResults = "verify-results",
    /// Compose an order's report, after somebody has signed.
    ComposeReports = "compose-reports",
    /// See and print reports.
    SeeReports = "see-reports",
    /// Typeset and issue a composed report.
    IssueReports = "issue-reports",
    /// Add, pause and remove links.
    ManageLinks = "manage-links",
    /// Keep what a link received.
    ReceiveMessages = "receive-messages",
    /// Send orders to analyzers, and note what they took.
    SendOrders = "send-orders",
    /// See held messages, put them aside, propose mappings.
    ResolveMessages = "resolve-messages",
    /// Read a held message again.
    ReplayMessages = "replay-messages",
    /// Hold results that were filed under a withdrawn mapping.
    HoldResults = "hold-results",
    /// Approve a mapping that somebody else proposed, and confirm its first results.
    ApproveMappings = "approve-mappings",
    /// Read the journal, verify it, export checkpoints.
    ReadJournal = "read-journal",
}

/// A role of a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the program: accounts, links, site.
    Administrator,
    /// Directs the laboratory and signs for it.
    Director,
    /// Supervises a bench.
    Supervisor,
    /// Works at the bench.
    Technician,
    /// Registers patients and orders, receives specimens.
    Clerk,
    /// Reads patients' results.
    Clinician,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Role] =
        &[Role::Administrator, Role::Director, Role::Supervisor, Role::Technician, Role::Clerk, Role::Clinician];

    /// Its code, as the journal and the word files name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Director => "director",
            Role::Supervisor => "supervisor",
            Role::Technician => "technician",
            Role::Clerk => "clerk",
            Role::Clinician => "clinician",
        }
    }

    /// The role of this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Role::ALL.iter().copied().find(|r| r.code() == code)
    }

    /// What it grants.
    #[must_use]
    pub const fn grants(self) -> &'static [Action] {
        use Action::*;
        match self {
            Role::Administrator => &[
                OwnAccount,
                SeeWork,
                SeeAdministration,
                ManageStaff,
                ManageSite,
                ProposeCatalog,
                ManageLinks,
                ResolveMessages,
                ReplayMessages,
                ReportResults,
                ReadJournal,
            ],
            Role::Director => &[
                OwnAccount,
                SeeWork,
                SeePatients,
                SeeAdministration,
                ManageSite,
                ProposeCatalog,
                ApproveCatalog,
                RegisterPatients,
                PlaceOrders,
                ReceiveSpecimens,
                VerifyResults,
                SeeReports,
                ResolveMessages,
                ReplayMessages,
                ReportResults,
                ApproveMappings,
                HoldResults,
                ReadJournal,
            ],
            Role::Supervisor => &[
                OwnAccount,
                SeeWork,
                SeePatients,
                SeeAdministration,
                ProposeCatalog,
                RegisterPatients,
                PlaceOrders,
                ReceiveSpecimens,
                VerifyResults,
                SeeReports,
                ResolveMessages,
                ReplayMessages,
                ReportResults,
                ApproveMappings,
                HoldResults,
                ReadJournal,
            ],
            Role::Technician => &[
                OwnAccount,
                SeeWork,
                SeePatients,
                RegisterPatients,
                PlaceOrders,
                ReceiveSpecimens,
                VerifyResults,
                SeeReports,
                ResolveMessages,
                ReplayMessages,
                ReportResults,
            ],
            Role::Clerk => {
                &[OwnAccount, SeeWork, SeePatients, RegisterPatients, PlaceOrders, ReceiveSpecimens, SeeReports]
            }
            Role::Clinician => &[OwnAccount, SeeWork, SeePatients, SeeReports],
        }
    }
}

/// What a link may do: keep messages, file results and send orders, nothing else.
pub const LINK_GRANTS: &[Action] = &[Action::ReceiveMessages, Action::ReportResults, Action::SendOrders];
/// What the program itself may do: when a time has come, or before it knows who is there. What it reads again was received and
/// waited; what it files so is judged like any other.
pub const TIMER_GRANTS: &[Action] = &[
    Action::ComposeReports,
    Action::IssueReports,
    Action::KeepSessions,
    Action::ReplayMessages,
    Action::ReportResults,
    Action::HoldResults,
];
/// What somebody at the machine's own command line may do: everything that sets the laboratory up, nothing that is signed.
pub const CONSOLE_GRANTS: &[Action] = &[
    Action::ManageStaff,
    Action::ManageSite,
    Action::ProposeCatalog,
    Action::ManageLinks,
    Action::ResolveMessages,
    Action::ReplayMessages,
    Action::ReportResults,
    Action::ReadJournal,
];
