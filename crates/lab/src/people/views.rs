//! What may be seen of people.

use titer_store::{Read, StoreError, sql, values};

use super::tables::StaffRow;
use crate::{
    Action, HOUSE, Role,
    accounts::{self, AccountId},
};

sql! {
    BY_ACCOUNT: (staff: StaffRow) = "FROM staff WHERE lab = $1 AND id = $2";
    STAFF: (staff: StaffRow) = "FROM staff WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
}

/// The most staff on one page.
pub const STAFF_MAX: i64 = 1_000;

/// Whether a person may do this here, now.
pub fn may(read: &mut dyn Read, account: i64, action: Action) -> Result<bool, StoreError> {
    if action == Action::OwnAccount && read.lab() == HOUSE {
        return Ok(accounts::views::account(read, AccountId(account))?.is_some());
    }
    Ok(roles(read, account)?.iter().any(|role| role.grants(action)))
}

/// The roles of a person here.
pub fn roles(read: &mut dyn Read, account: i64) -> Result<Vec<Role>, StoreError> {
    BY_ACCOUNT.one(read, &values![account])?.map_or(Ok(Vec::new()), |row| from_codes(&row.roles))
}

/// The version of a person's roles here: the number of the event that granted them; 0 if none did.
pub fn version(read: &mut dyn Read, account: AccountId) -> Result<i64, StoreError> {
    Ok(BY_ACCOUNT.one(read, &values![account])?.and_then(|row| row.changed).unwrap_or(0))
}

fn from_codes(codes: &str) -> Result<Vec<Role>, StoreError> {
    let role = |code| {
        Role::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("a member of staff has the role {code:?}")))
    };
    codes.split_whitespace().map(role).collect()
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// The account.
    pub account: AccountId,
    /// The name.
    pub name: String,
    /// The roles.
    pub roles: Vec<Role>,
}

/// All staff.
pub fn staff(read: &mut dyn Read) -> Result<Vec<StaffMember>, StoreError> {
    let rows = STAFF.all(read, &values![0_i64, STAFF_MAX])?;
    let member = |row: StaffRow| Ok(StaffMember { account: row.id, roles: from_codes(&row.roles)?, name: row.name });
    rows.into_iter().map(member).collect()
}

/// The name of a person who works or worked here.
pub fn name(read: &mut dyn Read, account: i64) -> Result<Option<String>, StoreError> {
    Ok(BY_ACCOUNT.one(read, &values![account])?.map(|row| row.name))
}
