//! What happens to accounts.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table};

use super::{
    AccountId,
    tables::{self, AccountRow},
};
use crate::text;

/// An account was opened.
#[derive(Serialize, Deserialize)]
pub struct Opened {
    /// How the person signs in, in lower case.
    pub username: String,
    /// The name that signatures print.
    pub name: String,
}

impl Opened {
    /// The account that the event of this number opens.
    pub fn account(event: i64) -> AccountId {
        AccountId(titer_store::event::id(event, 0))
    }
}

impl Event for Opened {
    const KIND: &'static str = "accounts.opened";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::ACCOUNTS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(AccountRow {
            id: Opened::account(header.number),
            username: self.username.clone(),
            name: self.name.clone(),
            opened_at: header.at,
            folded: text::key(&self.username),
        });
    }
}

/// A password was set; the password itself is in no event.
#[derive(Serialize, Deserialize)]
pub struct PasswordChanged {
    /// Whose.
    pub account: i64,
    /// Whether it must be changed at the next sign-in.
    pub one_time: bool,
}

impl Event for PasswordChanged {
    const KIND: &'static str = "accounts.password-changed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
}

/// Somebody signed in.
#[derive(Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub account: i64,
}

impl Event for SignedIn {
    const KIND: &'static str = "accounts.signed-in";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
}

/// A sign-in or a signature was refused.
#[derive(Serialize, Deserialize)]
pub struct SignInRefused {
    /// Whose account it was tried on; 0 when no account has the name. The name itself may be a password typed into the wrong field.
    pub account: i64,
    /// Whether whoever tried has to wait now.
    pub locked: bool,
}

impl Event for SignInRefused {
    const KIND: &'static str = "accounts.sign-in-refused";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
}

/// Somebody signed out.
#[derive(Serialize, Deserialize)]
pub struct SignedOut {
    /// Who.
    pub account: i64,
}

impl Event for SignedOut {
    const KIND: &'static str = "accounts.signed-out";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[];
    fn project(&self, _: &Header, _: &mut Changes) {}
}
