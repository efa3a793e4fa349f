//! Tables of accounts.

use titer_store::{Sha256, Timestamp, table};

use super::{AccountId, Credential};

table! {
    /// Accounts.
    pub(super) static ACCOUNTS = projected "accounts";
    /// An account. `folded` is the username as it is compared ([`crate::text::key`]).
    pub(super) struct AccountRow {
        key id: AccountId,
        username: String,
        name: String,
        opened_at: Timestamp,
        folded: String,
    }
    index unique (username);
    index (folded);
}

table! {
    /// Password hashes, by account. Working, so that no password hash enters the journal.
    pub(super) static CREDENTIALS = working "credentials";
    /// What a sign-in is checked against. A one-time password without an end is from before one-time passwords had one: it has ended.
    pub(super) struct CredentialRow {
        key id: AccountId,
        phc: Credential,
        one_time: bool,
        ends_at: Option<Timestamp>,
    }
}

table! {
    /// Wrong passwords, by what they are counted by.
    pub(super) static TRIES = working "sign_in_tries";
    /// How many there were lately, and until when no other is looked at.
    pub(super) struct TryRow {
        key counter: Sha256,
        failures: i64,
        last_at: Timestamp,
        wait_until: Option<Timestamp>,
    }
    index (last_at);
}

table! {
    /// Sessions, by the SHA-256 of their token.
    pub(super) static SESSIONS = working "sessions";
    /// A session. `source` is the address that it was opened from. `ended_at`: somebody ended it. It also ends by itself.
    pub(super) struct SessionRow {
        key token: Sha256,
        account: AccountId,
        opened_at: Timestamp,
        seen_at: Timestamp,
        signing_until: Option<Timestamp>,
        source: Option<String>,
        ended_at: Option<Timestamp>,
    }
    index (account, opened_at);
    index (opened_at);
}

table! {
    /// Secrets of the house itself, by name.
    pub(super) static SECRETS = working "secrets";
    /// A secret.
    pub(super) struct SecretRow {
        key name: String,
        secret: Sha256,
    }
}
