//! Sessions and signatures: a password, once checked outside the lock, becomes a session or a proof to sign with.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Read, Sha256, StoreError, Timestamp, set, sql, values};

use super::{
    AccountId, Credential, Device, Passwords, events,
    passwords::Asks,
    tables::{AccountRow, SecretRow, SessionRow},
    tries::{self, Counter},
    views,
};
use crate::{Action, Actor, Command, Ctx, Decision, Failure, Laboratory, Refusal, refuse};

mod ending;

pub(super) use ending::end_all;
pub use ending::{
    ENDED_KEPT_SECONDS, OPEN_SESSIONS_MAX, OpenSession, end, end_others, open_sessions, opened_by, sign_out,
    still_open, sweep,
};

/// A session ends when nothing was asked for so long, in seconds.
pub const IDLE_SECONDS: i64 = 30 * 60;
/// A session ends after so long in any case, in seconds.
pub const SESSION_SECONDS: i64 = 12 * 3_600;
/// After the password was given to sign, signing goes on without it for so long since the last signature, in seconds
/// (21 CFR 11.200(a)(1)(i): a continuous period of controlled access).
pub const SIGNING_SECONDS: i64 = 5 * 60;
/// How often a session's last use is written down, in seconds.
const SEEN_EVERY_SECONDS: i64 = 60;

sql! {
    SESSION: (s: SessionRow, a: AccountRow, "c.one_time": bool) = "FROM sessions s \
        JOIN accounts a ON a.lab = s.lab AND a.id = s.account JOIN credentials c ON c.lab = s.lab AND c.id = s.account \
        WHERE s.lab = $1 AND s.token = $2";
    SECRET: ("secret": Sha256) = "FROM secrets WHERE lab = $1 AND name = $2";
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
    secret(house, "cookie").await
}

/// A secret of the house: made once, the same for every process on it.
pub(crate) async fn secret(house: &Laboratory, name: &'static str) -> Result<[u8; 32], Failure> {
    let key = house.store().submit(move |tx| {
        if let Some(key) = SECRET.one(tx, &values![name])? {
            return Ok(key);
        }
        let mut key = [0; 32];
        tx.random(&mut key);
        let mut work = Changes::new();
        work.put(SecretRow { name: name.to_owned(), secret: Sha256(key) });
        tx.work(&work)?;
        Ok::<Sha256, StoreError>(Sha256(key))
    });
    Ok(key.await?.0)
}

/// Somebody who wants to sign in.
#[derive(Clone)]
pub struct SignIn {
    /// The name as typed.
    pub username: String,
    /// The password as typed.
    pub password: String,
    /// The address that it comes from.
    pub source: String,
    /// What the browser kept of having signed in before.
    pub device: Option<Device>,
}

impl SignIn {
    /// From this machine.
    pub fn new(username: &str, password: &str) -> Self {
        let (username, password) = (username.to_owned(), password.to_owned());
        SignIn { username, password, source: String::new(), device: None }
    }
}

/// An opened session, for the browser.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its secret.
    pub token: SessionToken,
    /// Whether the password must be changed before anything else.
    pub one_time: bool,
    /// What the browser keeps of it.
    pub device: Device,
}

/// Opens a session, if the password is right and nobody has to wait.
///
/// # Errors
/// Refused with `accounts-sign-in` whether the name or the password is wrong, `accounts-wait` after many wrong passwords, or
/// `accounts-password-ended`.
pub async fn sign_in(house: &Laboratory, passwords: &Passwords, asked: SignIn) -> Result<Opened, Failure> {
    let SignIn { username, password, source, device } = asked;
    let now = house.store().now();
    let (of, known) = (source.clone(), device.clone());
    let found = house.read(move |s| {
        let account = views::by_username(s, &username)?.map(|account| account.id);
        let counters = Counter::of_sign_in(&of, &username, known.as_ref(), account);
        // Asked for whoever it is, so that an answer takes as long.
        let credential = views::credential(s, account.unwrap_or(AccountId(0)))?;
        Ok((tries::waiting(s, &counters, now)?, counters, credential))
    });
    let (wait, counters, found) = found.await?;
    if let Some(seconds) = wait {
        return Err(must_wait(seconds));
    }
    let right = passwords.matches(Asks::Stranger, found.as_ref().map(|row| row.phc.clone()), password).await?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|e| StoreError::File(format!("no randomness: {e}")))?;
    let token = SessionToken(secret);
    let account = found.as_ref().map(|row| row.id);
    let one_time = found.as_ref().is_some_and(|row| row.one_time);
    let matched = found.filter(|_| right).map(|row| row.phc);
    let tried = TryPassword { account, matched, counters, open: Some((token.key(), source)) };
    house.submit(Actor::Timer, None, move |tx| tx.run(tried)).await??;
    // Whoever has no account was refused.
    let account = account.ok_or_else(|| Refusal::new("accounts-sign-in"))?;
    let device = device.map_or_else(Device::new, Ok)?.with(account);
    Ok(Opened { token, one_time, device })
}

fn must_wait(seconds: i64) -> Failure {
    Refusal::new("accounts-wait").with("seconds", seconds).into()
}

/// What a person gives to prove who signs. Another factor is another variant here, and checked in [`check`]; nothing else makes a
/// [`Signed`].
#[derive(Clone)]
pub enum Factor {
    /// The password of the account.
    Password(String),
}

impl Factor {
    /// The password as typed, if any was.
    pub fn password(typed: Option<String>) -> Option<Self> {
        typed.filter(|password| !password.is_empty()).map(Factor::Password)
    }
}

/// Checks what a person gave in an open session. What a stranger tries elsewhere does not count here, and the other way round.
async fn check(
    house: &Laboratory,
    passwords: &Passwords,
    key: Sha256,
    account: AccountId,
    given: Factor,
) -> Result<(), Failure> {
    let Factor::Password(password) = given;
    let (now, counters) = (house.store().now(), vec![Counter::Session(key)]);
    let counted = counters.clone();
    let found = house.read(move |s| Ok((tries::waiting(s, &counted, now)?, views::credential(s, account)?)));
    let (wait, credential) = found.await?;
    if let Some(seconds) = wait {
        return Err(must_wait(seconds));
    }
    let credential = credential.map(|row| row.phc);
    let right = passwords.matches(Asks::Known, credential.clone(), password).await?;
    let matched = credential.filter(|_| right);
    let tried = TryPassword { account: Some(account), matched, counters, open: None };
    match house.submit(Actor::Timer, None, move |tx| tx.run(tried)).await? {
        Err(Failure::Refused(r)) if r.code == "accounts-sign-in" => refuse("accounts-password-wrong"),
        tried => tried,
    }
}

/// The proof to sign with: from the signing session while it lasts, else from what the person gives.
///
/// # Errors
/// Refused with `accounts-password-needed` when neither is there, `accounts-password-wrong`, or `accounts-wait`.
pub async fn sign(
    house: &Laboratory,
    passwords: &Passwords,
    token: &SessionToken,
    session: &Session,
    given: Option<Factor>,
) -> Result<Signed, Failure> {
    let (account, key, now) = (session.account, token.key(), house.store().now());
    match given {
        Some(given) => check(house, passwords, key, account, given).await?,
        None if session.signing_until.is_some_and(|until| now <= until) => {}
        None => return refuse("accounts-password-needed"),
    }
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
    if !ending::is_open(&session, now) {
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

/// A password was tried, and checked outside the lock. The answer is a refusal when it was wrong: the try itself stands.
struct TryPassword {
    /// None when no account has the name: it is counted and noted all the same, so that an answer takes as long.
    account: Option<AccountId>,
    /// The credential that it is the password of. Should it have been changed since, the password is wrong.
    matched: Option<Credential>,
    counters: Vec<Counter>,
    /// The session to open, and the address that it is opened from.
    open: Option<(Sha256, String)>,
}

impl Command for TryPassword {
    type Answer = Result<(), Failure>;
    const ACTION: Action = Action::KeepSessions;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        // Others may have been tried while this one was checked.
        if let Some(seconds) = tries::waiting(read, &self.counters, ctx.at)? {
            return Err(must_wait(seconds));
        }
        let credential = match self.account {
            Some(account) => views::credential(read, account)?,
            None => None,
        };
        let mut work = Changes::new();
        let refused = |account: Option<AccountId>, locked| events::SignInRefused {
            account: account.map_or(0, |account| account.0),
            locked,
        };
        let right = credential.filter(|row| self.matched.as_ref() == Some(&row.phc));
        let Some(credential) = right else {
            let locked = tries::failed(read, &self.counters, ctx.at, &mut work)?;
            let event = refused(self.account, locked);
            return Ok(Decision::event(event, refuse("accounts-sign-in")).working(work));
        };
        tries::succeeded(&self.counters, &mut work);
        let Some((token, source)) = self.open else { return Ok(Decision::nothing(Ok(())).working(work)) };
        if credential.one_time && credential.ends_at.is_none_or(|end| end <= ctx.at) {
            return Ok(Decision::event(refused(self.account, false), refuse("accounts-password-ended")).working(work));
        }
        let (account, at, source) = (credential.id, ctx.at, Some(source));
        let gave_way = ending::make_room(read, account, at, &mut work)?;
        work.put(SessionRow {
            token,
            account,
            opened_at: at,
            seen_at: at,
            signing_until: None,
            source,
            ended_at: None,
        });
        let opened = Decision::event(events::SignedIn { account: account.0 }, Ok(())).working(work);
        Ok(if gave_way { opened.and(events::SignedOut { account: account.0 }) } else { opened })
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
