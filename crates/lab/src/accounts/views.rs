//! What may be seen of accounts.

use titer_store::{Read, StoreError, sql, values};

use super::{
    AccountId,
    tables::{AccountRow, CredentialRow},
};
use crate::text;

sql! {
    BY_ID: (accounts: AccountRow) = "FROM accounts WHERE lab = $1 AND id = $2";
    BY_USERNAME: (accounts: AccountRow) = "FROM accounts WHERE lab = $1 AND folded = $2 ORDER BY id LIMIT $3";
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

/// The account of this username, however its letters are typed.
pub fn by_username(read: &mut dyn Read, username: &str) -> Result<Option<Account>, StoreError> {
    let found = BY_USERNAME.all(read, &values![text::key(username), text::ALIKE_MAX])?;
    let typed = username.trim().to_lowercase();
    Ok(text::meant(found, |row| row.username == typed).map(Account::from))
}

/// Whether an account has this username, or one that passes for it.
pub(super) fn is_taken(read: &mut dyn Read, username: &str) -> Result<bool, StoreError> {
    Ok(!BY_USERNAME.all(read, &values![text::key(username), text::ALIKE_MAX])?.is_empty())
}

/// An account whose person's name is another than this and looks the same.
pub(super) fn named_alike(read: &mut dyn Read, name: &str) -> Result<Option<Account>, StoreError> {
    let alike = |account: &Account| account.name != name && text::look(&account.name) == text::look(name);
    Ok(accounts(read)?.into_iter().find(alike))
}

/// Every account, by username.
pub fn accounts(read: &mut dyn Read) -> Result<Vec<Account>, StoreError> {
    Ok(ALL.all(read, &values!["", ACCOUNTS_MAX])?.into_iter().map(Account::from).collect())
}

/// What a sign-in to an account is checked against.
pub(super) fn credential(read: &mut dyn Read, account: AccountId) -> Result<Option<CredentialRow>, StoreError> {
    CREDENTIAL.one(read, &values![account])
}
