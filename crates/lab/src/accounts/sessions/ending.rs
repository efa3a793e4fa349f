//! Which sessions are open, and how they end.
//!
//! A session that has ended opens nothing. It stays known for [`ENDED_KEPT_SECONDS`], however it ended, because a form that was filled in it
//! may still come. What was typed then goes back to the same account, and to no other, once that account has signed in again
//! ([`crate::drafts`]). An account is never disabled; if its roles were taken away, it gets its entries back only on pages that it may open.

use titer_store::{Changes, Read, Sha256, StoreError, Timestamp, set, sql, values};

use super::{
    super::{AccountId, events, tables::SessionRow},
    IDLE_SECONDS, SESSION, SESSION_SECONDS, Session, SessionToken, find,
};
use crate::{Action, Actor, Command, Ctx, Decision, Failure, Laboratory, refuse};

/// Open sessions of one account at most. One more ends the session that was not used for the longest time: a refusal would lock
/// somebody out who forgot to sign out elsewhere.
pub const OPEN_SESSIONS_MAX: usize = 100;
/// How long an ended session is known, in seconds: three days, so that a form that was left open on a Friday can be sent on a Monday.
pub const ENDED_KEPT_SECONDS: i64 = 72 * 3_600;
/// Open sessions of one account that are read at once: less than the rows that one submission may change, and far more than can be
/// open, but for a house of before there was a limit.
const READ_MAX: i64 = 900;
/// Ended sessions that are forgotten with one submission.
const SWEPT_AT_ONCE: usize = 500;

sql! {
    OPEN_OF: (sessions: SessionRow) = "FROM sessions WHERE lab = $1 AND account = $2 \
        AND opened_at >= $3 AND seen_at >= $4 AND ended_at IS NULL ORDER BY opened_at DESC LIMIT $5";
    OVER: ("token": Sha256) = "FROM sessions WHERE lab = $1 AND opened_at < $2 ORDER BY opened_at LIMIT $3";
}

/// Whether a session is open at a moment. [`open_of`] asks the same.
pub(super) fn is_open(session: &SessionRow, now: Timestamp) -> bool {
    session.ended_at.is_none()
        && now <= session.seen_at.plus_seconds(IDLE_SECONDS)
        && now <= session.opened_at.plus_seconds(SESSION_SECONDS)
}

/// The open sessions of an account, the latest first.
fn open_of(read: &mut dyn Read, account: AccountId, now: Timestamp) -> Result<Vec<SessionRow>, StoreError> {
    let (opened, seen) = (now.plus_seconds(-SESSION_SECONDS), now.plus_seconds(-IDLE_SECONDS));
    OPEN_OF.all(read, &values![account, opened, seen, READ_MAX])
}

/// Before this moment sessions were opened that are not known any more.
fn forgotten(now: Timestamp) -> Timestamp {
    now.plus_seconds(-SESSION_SECONDS - ENDED_KEPT_SECONDS)
}

/// Whose session this token opened, also if the session has ended since: what the person sent too late is theirs.
pub async fn opened_by(house: &Laboratory, token: &SessionToken) -> Result<Option<AccountId>, Failure> {
    let (key, known) = (token.key(), forgotten(house.store().now()));
    let row = house.read(move |s| Ok(SESSION.one(s, &values![key])?)).await?;
    Ok(row.map(|(session, ..)| session).filter(|session| session.opened_at >= known).map(|session| session.account))
}

/// An open session, as its person is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Names it, and opens nothing: the digest of its secret.
    pub key: Sha256,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When something was last asked for in it, to the minute.
    pub seen_at: Timestamp,
    /// The address that it was opened from; empty when that is not known.
    pub source: String,
    /// Whether it is the one that asks.
    pub own: bool,
}

/// The open sessions of an account, the one that asks first, then the latest first.
pub fn open_sessions(
    read: &mut dyn Read,
    account: AccountId,
    own: &SessionToken,
    now: Timestamp,
) -> Result<Vec<OpenSession>, StoreError> {
    let shown = |row: SessionRow| OpenSession {
        key: row.token,
        opened_at: row.opened_at,
        seen_at: row.seen_at,
        own: row.token == own.key(),
        source: row.source.unwrap_or_default(),
    };
    let mut open: Vec<OpenSession> = open_of(read, account, now)?.into_iter().map(shown).collect();
    open.sort_by_key(|session| (!session.own, std::cmp::Reverse(session.opened_at)));
    Ok(open)
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

/// Ends a session: its person signs out.
pub async fn sign_out(house: &Laboratory, token: &SessionToken, session: &Session) -> Result<(), Failure> {
    let key = token.key();
    house.submit(Actor::Person(session.account.0), None, move |tx| tx.run(SignOut { key })).await
}

/// Ends one of a person's own sessions, by its key.
///
/// # Errors
/// Refused when it is not there any more, or another person's.
pub async fn end(house: &Laboratory, account: AccountId, key: Sha256) -> Result<(), Failure> {
    house.submit(Actor::Person(account.0), None, move |tx| tx.run(EndSession { key })).await
}

/// Ends all of a person's sessions but this one.
pub async fn end_others(house: &Laboratory, account: AccountId, stays: &SessionToken) -> Result<(), Failure> {
    let stays = stays.clone();
    house.submit(Actor::Person(account.0), None, move |tx| tx.run(EndOthers { stays })).await
}

/// Forgets the sessions that ended longer ago than a form of theirs may come.
///
/// # Errors
/// When the house does not answer.
pub async fn sweep(house: &Laboratory) -> Result<(), Failure> {
    let sweep = |tx: &mut titer_store::Tx<'_>| {
        let (mut work, before) = (Changes::new(), forgotten(tx.at()));
        let over = OVER.all(tx, &values![before, SWEPT_AT_ONCE as i64])?;
        for token in &over {
            work.drop::<SessionRow>(*token);
        }
        tx.work(&work)?;
        Ok::<usize, StoreError>(over.len())
    };
    while house.store().submit(sweep).await? == SWEPT_AT_ONCE {}
    Ok(())
}

/// Ends every open session of an account, or every one but this.
pub(in super::super) fn end_all(
    read: &mut dyn Read,
    account: AccountId,
    but: Option<&SessionToken>,
    at: Timestamp,
    work: &mut Changes,
) -> Result<(), StoreError> {
    let stays = but.map(SessionToken::key);
    for session in open_of(read, account, at)?.iter().filter(|session| stays != Some(session.token)) {
        ended(session.token, at, work);
    }
    Ok(())
}

/// Ends what is too much when one more session is opened: those that were not used for the longest time. Answers whether there were any.
pub(super) fn make_room(
    read: &mut dyn Read,
    account: AccountId,
    at: Timestamp,
    work: &mut Changes,
) -> Result<bool, StoreError> {
    let mut open = open_of(read, account, at)?;
    open.sort_by_key(|session| (session.seen_at, session.opened_at));
    let too_many = (open.len() + 1).saturating_sub(OPEN_SESSIONS_MAX);
    for session in &open[..too_many] {
        ended(session.token, at, work);
    }
    Ok(too_many > 0)
}

fn ended(key: Sha256, at: Timestamp, work: &mut Changes) {
    work.patch(key, set!(SessionRow { ended_at: at }));
}

struct SignOut {
    key: Sha256,
}

impl Command for SignOut {
    type Answer = ();
    const ACTION: Action = Action::OwnAccount;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let (account, mut work) = (ctx.person()?, Changes::new());
        if find(read, self.key, ctx.at)?.is_some() {
            ended(self.key, ctx.at, &mut work);
        }
        Ok(Decision::event(events::SignedOut { account }, ()).working(work))
    }
}

struct EndSession {
    key: Sha256,
}

impl Command for EndSession {
    type Answer = ();
    const ACTION: Action = Action::OwnAccount;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let account = ctx.person()?;
        if find(read, self.key, ctx.at)?.is_none_or(|session| session.account.0 != account) {
            return refuse("accounts-session-gone");
        }
        let mut work = Changes::new();
        ended(self.key, ctx.at, &mut work);
        Ok(Decision::event(events::SignedOut { account }, ()).working(work))
    }
}

struct EndOthers {
    stays: SessionToken,
}

impl Command for EndOthers {
    type Answer = ();
    const ACTION: Action = Action::OwnAccount;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let account = ctx.person()?;
        let mut work = Changes::new();
        end_all(read, AccountId(account), Some(&self.stays), ctx.at, &mut work)?;
        Ok(Decision::event(events::SignedOut { account }, ()).working(work))
    }
}
