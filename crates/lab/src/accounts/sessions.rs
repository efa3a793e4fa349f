//! Sessions and signatures: a password, once checked outside the lock, becomes a session or a proof to sign with.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Read, Sha256, StoreError, Timestamp, set, sql, values};

use super::{
    AccountId, Credential, Passwords, events,
    passwords::Asks,
    tables::{AccountRow, CredentialRow, SecretRow, SessionRow},
    views,
};
use crate::{Action, Actor, Command, Ctx, Decision, Failure, Laboratory, Refusal, refuse};

/// Failed tries after which an account is locked for a time.
pub const FAILURES_MAX: i64 = 5;
/// How long it is locked, in seconds.
pub const LOCK_SECONDS: i64 = 15 * 60;
/// A session ends when nothing was asked for so long, in seconds.
pub const IDLE_SECONDS: i64 = 30 * 60;
/// A session ends after so long in any case, in seconds.
pub const SESSION_SECONDS: i64 = 12 * 3_600;
/// After the password was given to sign, signing goes on without it for so long since the last signature, in seconds
/// (21 CFR 11.200(a)(1)(i): a continuous period of controlled access).
pub const SIGNING_SECONDS: i64 = 5 * 60;
/// How often a session's last use is written down, in seconds.
const SEEN_EVERY_SECONDS: i64 = 60;
/// Sessions of one account that are ended at once.
const SESSIONS_MAX: i64 = 500;

sql! {
    SESSION: (s: SessionRow, a: AccountRow, "c.one_time": bool) = "FROM sessions s \
        JOIN accounts a ON a.lab = s.lab AND a.id = s.account JOIN credentials c ON c.lab = s.lab AND c.id = s.account \
        WHERE s.lab = $1 AND s.token = $2";
    SECRET: ("secret": Sha256) = "FROM secrets WHERE lab = $1 AND name = $2";
    SESSIONS_OF: ("token": Sha256) = "FROM sessions WHERE lab = $1 AND account = $2 LIMIT $3";
}

/// The secret that a browser holds; the house keeps its SHA-256 only.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// From what the browser sent.
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        SessionToken(secret)
    }

    /// For the browser.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn key(&self) -> Sha256 {
        Sha256::of(&self.0)
    }
}

/// A token is as good as a password: it is never printed.
impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: AccountId,
    /// How the person signs in.
    pub username: String,
    /// The name that signatures print.
    pub name: String,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// Until when signing needs no password.
    pub signing_until: Option<Timestamp>,
    seen_at: Timestamp,
}

/// Proof that a person gave the password to sign with, lately. It can be made here only, outside the laboratory's lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    account: AccountId,
    name: String,
    one_time: bool,
}

impl Signed {
    /// Who signs.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The printed name (21 CFR 11.50(a)(1)).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The signature, with what it means.
    pub fn signature(&self, meaning: &str) -> Signature {
        Signature { account: self.account.0, name: self.name.clone(), meaning: meaning.to_owned() }
    }

    /// Refuses another person's proof, and one that a one-time password gave: whoever set that knows it too.
    ///
    /// # Errors
    /// Refused when the one who acts is not the one who signed, or has not chosen the password.
    pub fn by(&self, ctx: &Ctx) -> Result<(), Failure> {
        if ctx.person()? != self.account.0 {
            return refuse("accounts-signed-by-another");
        }
        if self.one_time { refuse("accounts-password-one-time") } else { Ok(()) }
    }
}

/// A signature: printed name and meaning; the time is that of the event that keeps it (21 CFR 11.50).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The account.
    pub account: i64,
    /// The printed name at that time.
    pub name: String,
    /// What the signature means: `verified`, `approved`.
    pub meaning: String,
}

/// The key that signs session cookies: made once, the same for every process on this house.
pub async fn cookie_key(house: &Laboratory) -> Result<[u8; 32], Failure> {
    let key = house.store().submit(|tx| {
        if let Some(key) = SECRET.one(tx, &values!["cookie"])? {
            return Ok(key);
        }
        let mut key = [0; 32];
        tx.random(&mut key);
        let mut work = Changes::new();
        work.put(SecretRow { name: "cookie".to_owned(), secret: Sha256(key) });
        tx.work(&work)?;
        Ok::<Sha256, StoreError>(Sha256(key))
    });
    Ok(key.await?.0)
}

/// Opens a session, if the password is right and the account is not locked.
///
/// # Errors
/// Refused with `accounts-sign-in` whether the name or the password is wrong, with `accounts-locked` when locked.
pub async fn sign_in(
    house: &Laboratory,
    passwords: &Passwords,
    username: &str,
    password: String,
) -> Result<(SessionToken, bool), Failure> {
    let username = username.to_owned();
    let found = house
        .read(move |s| {
            let account = views::by_username(s, &username)?;
            Ok(match account {
                Some(account) => views::credential(s, account.id)?,
                None => None,
            })
        })
        .await?;
    let right = passwords.matches(Asks::Stranger, found.as_ref().map(|row| row.phc.clone()), password).await?;
    let Some(CredentialRow { id: account, phc, one_time, .. }) = found else { return refuse("accounts-sign-in") };
    let matched = right.then_some(phc);
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|e| StoreError::File(format!("no randomness: {e}")))?;
    let token = SessionToken(secret);
    let key = token.key();
    house.submit(Actor::Timer, None, move |tx| tx.run(TryPassword { account, matched, open: Some(key) })).await??;
    Ok((token, one_time))
}

/// The proof to sign with: from the signing session while it lasts, else from the password.
///
/// # Errors
/// Refused with `accounts-password-needed` when neither is there, `accounts-password-wrong`, or `accounts-locked`.
pub async fn sign(
    house: &Laboratory,
    passwords: &Passwords,
    token: &SessionToken,
    session: &Session,
    password: Option<String>,
) -> Result<Signed, Failure> {
    let account = session.account;
    let now = house.store().now();
    match password.filter(|p| !p.is_empty()) {
        Some(password) => {
            let credential = house.read(move |s| Ok(views::credential(s, account)?)).await?.map(|row| row.phc);
            let right = passwords.matches(Asks::Known, credential.clone(), password).await?;
            let matched = credential.filter(|_| right);
            let tried = house
                .submit(Actor::Timer, None, move |tx| tx.run(TryPassword { account, matched, open: None }))
                .await?;
            if let Err(Failure::Refused(r)) = &tried
                && r.code == "accounts-sign-in"
            {
                return refuse("accounts-password-wrong");
            }
            tried?;
        }
        None if session.signing_until.is_some_and(|until| now <= until) => {}
        None => return refuse("accounts-password-needed"),
    }
    let key = token.key();
    let until = now.plus_seconds(SIGNING_SECONDS);
    house.submit(Actor::Person(account.0), None, move |tx| tx.run(ExtendSigning { key, signing_until: until })).await?;
    Ok(Signed { account, name: session.name.clone(), one_time: session.must_change_password })
}

/// The session of this token, if it is still open.
pub async fn session(house: &Laboratory, token: &SessionToken) -> Result<Option<Session>, Failure> {
    let key = token.key();
    let now = house.store().now();
    let Some(session) = house.read(move |s| Ok(find(s, key, now)?)).await? else { return Ok(None) };
    if session.seen_at.plus_seconds(SEEN_EVERY_SECONDS) < now {
        house.submit(Actor::Person(session.account.0), None, move |tx| tx.run(NoteSeen { key })).await?;
    }
    Ok(Some(session))
}

fn find(read: &mut dyn Read, key: Sha256, now: Timestamp) -> Result<Option<Session>, StoreError> {
    let Some((session, account, one_time)) = SESSION.one(read, &values![key])? else { return Ok(None) };
    let idle = now > session.seen_at.plus_seconds(IDLE_SECONDS);
    if idle || now > session.opened_at.plus_seconds(SESSION_SECONDS) {
        return Ok(None);
    }
    Ok(Some(Session {
        account: account.id,
        username: account.username,
        name: account.name,
        must_change_password: one_time,
        signing_until: session.signing_until,
        seen_at: session.seen_at,
    }))
}

/// Those of these sessions that are open. To ask is no use of a session.
pub async fn still_open(house: &Laboratory, tokens: Vec<SessionToken>) -> Result<Vec<SessionToken>, Failure> {
    let now = house.store().now();
    let read = house.read(move |s| {
        let mut open = Vec::new();
        for token in tokens {
            if find(s, token.key(), now)?.is_some() {
                open.push(token);
            }
        }
        Ok(open)
    });
    read.await
}

/// Ends a session.
pub async fn sign_out(house: &Laboratory, token: &SessionToken, session: &Session) -> Result<(), Failure> {
    let key = token.key();
    house.submit(Actor::Person(session.account.0), None, move |tx| tx.run(SignOut { key })).await
}

/// Ends every session of an account, or every one but this.
pub(super) fn end_all(
    read: &mut dyn Read,
    account: AccountId,
    but: Option<&SessionToken>,
    work: &mut Changes,
) -> Result<(), StoreError> {
    let stays = but.map(SessionToken::key);
    for key in SESSIONS_OF.all(read, &values![account, SESSIONS_MAX])? {
        if stays != Some(key) {
            work.drop::<SessionRow>(key);
        }
    }
    Ok(())
}

/// A password was tried, and checked outside the lock. The answer is a refusal when it was wrong: the try itself stands.
struct TryPassword {
    account: AccountId,
    /// The credential that it is the password of. Should it have been changed since, the password is wrong.
    matched: Option<Credential>,
    open: Option<Sha256>,
}

impl Command for TryPassword {
    type Answer = Result<(), Failure>;
    const ACTION: Action = Action::KeepSessions;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        let Some(credential) = views::credential(read, self.account)? else { return refuse("accounts-sign-in") };
        if let Some(until) = credential.locked_until.filter(|until| ctx.at < *until) {
            let minutes = (until.micros() - ctx.at.micros()) / 60_000_000 + 1;
            return Err(Refusal::new("accounts-locked").with("minutes", minutes).into());
        }
        let mut work = Changes::new();
        if self.matched.is_none_or(|matched| matched != credential.phc) {
            let failures = credential.failures + 1;
            let locked = failures >= FAILURES_MAX;
            let until = locked.then(|| ctx.at.plus_seconds(LOCK_SECONDS));
            let failures = if locked { 0 } else { failures };
            work.patch(self.account, set!(CredentialRow { failures: failures, locked_until: until }));
            let refused = events::SignInRefused { account: self.account.0, locked };
            return Ok(Decision::event(refused, refuse("accounts-sign-in")).working(work));
        }
        work.patch(self.account, set!(CredentialRow { failures: 0, locked_until: None }));
        let Some(token) = self.open else { return Ok(Decision::nothing(Ok(())).working(work)) };
        let (account, at) = (self.account, ctx.at);
        work.put(SessionRow { token, account, opened_at: at, seen_at: at, signing_until: None });
        Ok(Decision::event(events::SignedIn { account: account.0 }, Ok(())).working(work))
    }
}

struct ExtendSigning {
    key: Sha256,
    signing_until: Timestamp,
}

impl Command for ExtendSigning {
    type Answer = ();
    const ACTION: Action = Action::OwnAccount;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let account = AccountId(ctx.person()?);
        if find(read, self.key, ctx.at)?.is_none_or(|s| s.account != account) {
            return refuse("accounts-session-ended");
        }
        let mut work = Changes::new();
        work.patch(self.key, set!(SessionRow { signing_until: self.signing_until }));
        Ok(Decision::nothing(()).working(work))
    }
}

struct NoteSeen {
    key: Sha256,
}

impl Command for NoteSeen {
    type Answer = ();
    const ACTION: Action = Action::OwnAccount;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let mut work = Changes::new();
        if find(read, self.key, ctx.at)?.is_some() {
            work.patch(self.key, set!(SessionRow { seen_at: ctx.at }));
        }
        Ok(Decision::nothing(()).working(work))
    }
}

struct SignOut {
    key: Sha256,
}

impl Command for SignOut {
    type Answer = ();
    const ACTION: Action = Action::OwnAccount;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let mut work = Changes::new();
        work.drop::<SessionRow>(self.key);
        Ok(Decision::event(events::SignedOut { account: ctx.person()? }, ()).working(work))
    }
}
