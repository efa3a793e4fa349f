//! Tables of people.

use titer_store::{Timestamp, table};

use crate::accounts::AccountId;

table! {
    /// Staff, by account.
    pub(super) static STAFF = projected "staff";
    /// A member of staff; `roles` are codes separated by blanks.
    pub(super) struct StaffRow {
        key id: AccountId,
        name: String,
        roles: String,
        granted_at: Timestamp,
    }
}
