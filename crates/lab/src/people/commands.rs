//! What may be asked about people.

use titer_store::Read;

use super::{events, views};
use crate::{Action, Actor, Command, Ctx, Decision, Failure, Laboratory, Role, accounts::AccountId, text, versions};

/// Give a person these roles, and no others.
pub struct GrantRoles {
    /// Whom.
    pub account: AccountId,
    /// The person's name, as the account has it.
    pub name: String,
    /// The roles; none ends the person's work here.
    pub roles: Vec<Role>,
}

impl Command for GrantRoles {
    type Answer = ();
    const ACTION: Action = Action::ManageStaff;

    fn decide(self, _: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let mut roles: Vec<String> = self.roles.iter().map(|r| r.code().to_owned()).collect();
        roles.sort();
        roles.dedup();
        let name = text::kept(&self.name, "name")?;
        Ok(Decision::event(events::RolesGranted { account: self.account.0, name, roles }, ()))
    }
}

/// As [`grant`], by somebody who saw the roles in version `seen`.
///
/// # Errors
/// As [`grant`]; refused if the roles have changed since.
#[allow(clippy::too_many_arguments, reason = "all of them belong to the one change")]
pub async fn change(
    house: &Laboratory,
    lab: &Laboratory,
    actor: Actor,
    account: AccountId,
    name: &str,
    roles: &[Role],
    seen: i64,
) -> Result<(), Failure> {
    give(house, lab, actor, (account, name), roles, Some(seen)).await
}

/// Gives a person these roles, and no others, in a laboratory; and in the house the administrator's, with which accounts are
/// opened and passwords reset, for as long as the person is an administrator.
///
/// # Errors
/// As [`GrantRoles`].
pub async fn grant(
    house: &Laboratory,
    lab: &Laboratory,
    actor: Actor,
    account: AccountId,
    name: &str,
    roles: &[Role],
) -> Result<(), Failure> {
    give(house, lab, actor, (account, name), roles, None).await
}

async fn give(
    house: &Laboratory,
    lab: &Laboratory,
    actor: Actor,
    (account, name): (AccountId, &str),
    roles: &[Role],
    seen: Option<i64>,
) -> Result<(), Failure> {
    let here = GrantRoles { account, name: name.to_owned(), roles: roles.to_vec() };
    let granted = lab.submit(actor, None, move |tx| {
        if let Some(seen) = seen {
            let last = views::version(tx, account)?;
            versions::unchanged(tx, seen, last)?;
        }
        tx.run(here)
    });
    granted.await?;
    let wanted: Vec<Role> = roles.iter().copied().filter(|r| *r == Role::Administrator).take(1).collect();
    let has = house.read(move |s| Ok(views::roles(s, account.0)?)).await?;
    if has != wanted {
        let there = GrantRoles { account, name: name.to_owned(), roles: wanted };
        house.submit(actor, None, move |tx| tx.run(there)).await?;
    }
    Ok(())
}
