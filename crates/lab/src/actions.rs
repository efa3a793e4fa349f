//! What may be done, and by whom. One [`Action`] a command and a route. Each room declares its own actions beside its part, with
//! [`actions!`]; nothing lists them a second time.

use titer_store::{Actor, inventory};

/// Something that needs a permission, and who has that permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    code: &'static str,
    roles: &'static [Role],
    agents: &'static [Agent],
}

/// What [`Action::all`] collects.
pub(crate) struct Registered(pub Action);
inventory::collect!(Registered);

impl Action {
    pub(crate) const fn new(code: &'static str, roles: &'static [Role], agents: &'static [Agent]) -> Self {
        Action { code, roles, agents }
    }

    /// Every action, in no order.
    pub fn all() -> impl Iterator<Item = Action> {
        inventory::iter::<Registered>.into_iter().map(|registered| registered.0)
    }

    /// Its code, as the journal and the word files name it.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// Whether an actor may do this without being a member of staff.
    pub(crate) fn is_granted_to(self, actor: Actor) -> bool {
        let agent = match actor {
            Actor::Person(_) => return false,
            Actor::Link(_) => Agent::Link,
            Actor::Timer => Agent::Timer,
            Actor::Console => Agent::Console,
        };
        self.agents.contains(&agent)
    }
}

crate::codes! {
    /// A role of a member of staff.
    pub enum Role {
        /// Runs the program: accounts, links, site.
        Administrator = "administrator",
        /// Directs the laboratory and signs for it.
        Director = "director",
        /// Supervises a bench.
        Supervisor = "supervisor",
        /// Works at the bench.
        Technician = "technician",
        /// Registers patients and orders, receives specimens.
        Clerk = "clerk",
        /// Reads patients' results.
        Clinician = "clinician",
    }
}

impl Role {
    /// Whether it grants this action.
    pub fn grants(self, action: Action) -> bool {
        action.roles.contains(&self)
    }
}

/// Who acts without being a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Agent {
    /// A link: it keeps messages, files results and sends orders, and does nothing else.
    Link,
    /// The program itself, when a time has come, or before it knows who is there. It reads again only what a link received, and
    /// the results of that are judged like any others.
    Timer,
    /// Somebody at the machine's own command line: sets the laboratory up, and signs nothing.
    Console,
}

/// Declares actions, each with the roles that grant it, and with the agents that may do it too:
/// `ReportResults = "report-results" for [Director, Technician] and [Link];` makes `Action::ReportResults`.
macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident = $code:literal for [$($role:ident),* $(,)?] $(and [$($agent:ident),+ $(,)?])?;)+) => {
        #[allow(non_upper_case_globals)]
        impl $crate::Action {
            $($(#[$meta])* pub const $name: $crate::Action = $crate::Action::new(
                $code,
                &[$($crate::Role::$role),*],
                &[$($($crate::actions::Agent::$agent),+)?],
            );)+
        }
        $(titer_store::inventory::submit! { $crate::actions::Registered($crate::Action::$name) })+
    };
}
pub(crate) use actions;

actions! {
    /// See the home page and the lists of what waits.
    SeeWork = "see-work" for [Administrator, Director, Supervisor, Technician, Clerk, Clinician];
    /// See the pages of administration.
    SeeAdministration = "see-administration" for [Administrator, Director, Supervisor];
    /// Read the journal, verify it, export checkpoints.
    ReadJournal = "read-journal" for [Administrator, Director, Supervisor] and [Console];
}

// Of the rooms of `titer-link`: another crate cannot add constants to a type of this one.
actions! {
    /// Add, pause and remove links.
    ManageLinks = "manage-links" for [Administrator] and [Console];
    /// Keep what a link received.
    ReceiveMessages = "receive-messages" for [] and [Link];
    /// Send orders to analyzers, and note what they took.
    SendOrders = "send-orders" for [] and [Link];
    /// See held messages, put them aside, propose mappings.
    ResolveMessages = "resolve-messages" for [Administrator, Director, Supervisor, Technician] and [Console];
    /// Read a held message again.
    ReplayMessages = "replay-messages" for [Administrator, Director, Supervisor, Technician] and [Timer, Console];
    /// Withdraw mappings that take one unit for another.
    CheckMappings = "check-mappings" for [] and [Timer];
    /// Approve a mapping that somebody else proposed, and confirm its first results.
    ApproveMappings = "approve-mappings" for [Director, Supervisor];
}
