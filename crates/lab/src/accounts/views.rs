//! What may be seen of accounts.

use titer_store::{Read, StoreError, sql, values};

use super::{
    AccountId,
    tables::{AccountRow, CredentialRow},
};

sql! {
    BY_ID: (accounts: AccountRow) = "FROM accounts WHERE lab = $1 AND id = $2";
    BY_USERNAME: (accounts: AccountRow) = "FROM accounts WHERE lab = $1 AND username = $2";
    ALL: (accounts: AccountRow) = "FROM accounts WHERE lab = $1 AND username > $2 ORDER BY username LIMIT $3";
    CREDENTIAL: (credentials: CredentialRow) = "FROM credentials WHERE lab = $1 AND id = $2";
}

/// The most accounts on one page.
pub const ACCOUNTS_MAX: i64 = 1_000;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How the person signs in.
    pub username: String,
    /// The name that signatures print.
    pub name: String,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Account { id: row.id, username: row.username, name: row.name }
    }
}

/// The account of this id.
pub fn account(read: &mut dyn Read, id: AccountId) -> Result<Option<Account>, StoreError> {
    Ok(BY_ID.one(read, &values![id])?.map(Account::from))
}

/// A username as it is compared.
pub(super) fn folded(username: &str) -> String {
    username.trim().to_lowercase()
}

/// The account of this username.
pub fn by_username(read: &mut dyn Read, username: &str) -> Result<Option<Account>, StoreError> {
    Ok(BY_USERNAME.one(read, &values![folded(username)])?.map(Account::from))
}

/// Every account, by username.
pub fn accounts(read: &mut dyn Read) -> Result<Vec<Account>, StoreError> {
    Ok(ALL.all(read, &values!["", ACCOUNTS_MAX])?.into_iter().map(Account::from).collect())
}

/// What a sign-in to an account is checked against.
pub(super) fn credential(read: &mut dyn Read, account: AccountId) -> Result<Option<CredentialRow>, StoreError> {
    CREDENTIAL.one(read, &values![account])
}
