//! Tables of people.

use titer_store::{Timestamp, table};

use crate::accounts::AccountId;

table! {
    /// Staff, by account.
    pub(super) static STAFF = projected "staff" revision 2;
    /// A member of staff; `roles` are codes separated by blanks; `changed` is the number of the event that granted them.
    pub(super) struct StaffRow {
        key id: AccountId,
        name: String,
        roles: String,
        granted_at: Timestamp,
        changed: Option<i64>,
    }
}
