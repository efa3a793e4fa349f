//! What may be asked about accounts.

use titer_store::{Changes, Read};

use super::{
    AccountId, Credential, SessionToken, events,
    passwords::ONE_TIME_SECONDS,
    tables::CredentialRow,
    tries::{self, Counter},
    views,
};
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
        let username = text::username(&self.username)?;
        if views::is_taken(read, &username)? {
            return Err(Refusal::new("accounts-username-taken").with("username", username).into());
        }
        let name = text::name(&self.name, "name")?;
        if let Some(alike) = views::named_alike(read, &name)? {
            return Err(Refusal::new("accounts-name-alike").with("username", alike.username).into());
        }
        let id = events::Opened::account(ctx.event());
        let work = credential(ctx, id, &self.credential, self.one_time);
        Ok(Decision::event(events::Opened { username, name }, id).working(work))
    }
}

fn credential(ctx: &Ctx, account: AccountId, credential: &Credential, one_time: bool) -> Changes {
    let mut work = Changes::new();
    let ends_at = one_time.then(|| ctx.at.plus_seconds(ONE_TIME_SECONDS));
    work.put(CredentialRow { id: account, phc: credential.clone(), one_time, ends_at });
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
        let mut work = credential(ctx, account, &self.credential, false);
        super::sessions::end_all(read, account, Some(&self.session), ctx.at, &mut work)?;
        Ok(Decision::event(events::PasswordChanged { account: account.0, one_time: false }, ()).working(work))
    }
}

/// Give somebody a new one-time password. Wrong passwords that were tried on the name are forgotten.
pub struct ResetPassword {
    /// Whose.
    pub account: AccountId,
    /// The one-time password.
    pub credential: Credential,
}

impl Command for ResetPassword {
    type Answer = ();
    const ACTION: Action = Action::ManageStaff;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(account) = views::account(read, self.account)? else { return refuse("accounts-unknown") };
        let mut work = credential(ctx, self.account, &self.credential, true);
        tries::succeeded(&[Counter::of_name(&account.username)], &mut work);
        super::sessions::end_all(read, self.account, None, ctx.at, &mut work)?;
        Ok(Decision::event(events::PasswordChanged { account: self.account.0, one_time: true }, ()).working(work))
    }
}
