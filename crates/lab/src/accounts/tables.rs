//! Tables of accounts.

use titer_store::{Sha256, Timestamp, table};

use super::{AccountId, Credential};

table! {
    /// Accounts.
    pub(super) static ACCOUNTS = projected "accounts";
    /// An account; the username is folded to lower case.
    pub(super) struct AccountRow {
        key id: AccountId,
        username: String,
        name: String,
        opened_at: Timestamp,
    }
    index unique (username);
}

table! {
    /// Password hashes and failed tries, by account. Working, so that no password hash enters the journal.
    pub(super) static CREDENTIALS = working "credentials";
    /// What a sign-in is checked against: how often it failed since the last success, and until when nobody gets in.
    pub(super) struct CredentialRow {
        key id: AccountId,
        phc: Credential,
        one_time: bool,
        failures: i64,
        locked_until: Option<Timestamp>,
    }
}

table! {
    /// Sessions, by the SHA-256 of their token.
    pub(super) static SESSIONS = working "sessions";
    /// A session.
    pub(super) struct SessionRow {
        key token: Sha256,
        account: AccountId,
        opened_at: Timestamp,
        seen_at: Timestamp,
        signing_until: Option<Timestamp>,
    }
    index (account);
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
