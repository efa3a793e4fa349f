//! What happens to people.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table};

use super::tables::{self, StaffRow};
use crate::accounts::AccountId;

/// A person has these roles now, and no others.
#[derive(Serialize, Deserialize)]
pub struct RolesGranted {
    /// The account.
    pub account: i64,
    /// The name at that time.
    pub name: String,
    /// Codes of roles; none ends the person's work here.
    pub roles: Vec<String>,
}

impl Event for RolesGranted {
    const KIND: &'static str = "people.roles-granted";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::STAFF];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(StaffRow {
            id: AccountId(self.account),
            name: self.name.clone(),
            roles: self.roles.join(" "),
            granted_at: header.at,
            changed: Some(header.number),
        });
    }
}

/// Somebody tried what they may not do.
#[derive(Serialize, Deserialize)]
pub struct Refused {
    /// The code of the action.
    pub action: String,
}

impl Event for Refused {
    const KIND: &'static str = "people.refused";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
}
