//! What may be asked about accounts.

use titer_store::{Changes, Read};

use super::{AccountId, Credential, SessionToken, events, tables::CredentialRow, views};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, refuse, text};

/// Open an account with a first password.
pub struct OpenAccount {
    /// How the person will sign in.
    pub username: String,
    /// The name that signatures print.
    pub name: String,
    /// The first password.
    pub credential: Credential,
    /// Whether it must be changed at the first sign-in.
    pub one_time: bool,
}

impl Command for OpenAccount {
    type Answer = AccountId;
    const ACTION: Action = Action::ManageStaff;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<AccountId>, Failure> {
        let username = views::folded(&text::required(&self.username, "username")?);
        if username.contains(char::is_whitespace) {
            return refuse("accounts-username-blank");
        }
        if views::by_username(read, &username)?.is_some() {
            return Err(Refusal::new("accounts-username-taken").with("username", username).into());
        }
        let name = text::required(&self.name, "name")?;
        let id = events::Opened::account(ctx.event());
        let work = credential(id, &self.credential, self.one_time);
        Ok(Decision::event(events::Opened { username, name }, id).working(work))
    }
}

fn credential(account: AccountId, credential: &Credential, one_time: bool) -> Changes {
    let mut work = Changes::new();
    work.put(CredentialRow { id: account, phc: credential.clone(), one_time, failures: 0, locked_until: None });
    work
}

/// Change one's own password. Whoever knew the old one is signed out.
pub struct ChangePassword {
    /// The new one.
    pub credential: Credential,
    /// The session that it is changed from, the only one that stays open.
    pub session: SessionToken,
}

impl Command for ChangePassword {
    type Answer = ();
    const ACTION: Action = Action::OwnAccount;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let account = AccountId(ctx.person()?);
        let mut work = credential(account, &self.credential, false);
        super::sessions::end_all(read, account, Some(&self.session), &mut work)?;
        Ok(Decision::event(events::PasswordChanged { account: account.0, one_time: false }, ()).working(work))
    }
}

/// Give somebody a new one-time password; a lock is lifted.
pub struct ResetPassword {
    /// Whose.
    pub account: AccountId,
    /// The one-time password.
    pub credential: Credential,
}

impl Command for ResetPassword {
    type Answer = ();
    const ACTION: Action = Action::ManageStaff;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if views::account(read, self.account)?.is_none() {
            return refuse("accounts-unknown");
        }
        let mut work = credential(self.account, &self.credential, true);
        super::sessions::end_all(read, self.account, None, &mut work)?;
        Ok(Decision::event(events::PasswordChanged { account: self.account.0, one_time: true }, ()).working(work))
    }
}
