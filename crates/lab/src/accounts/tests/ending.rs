//! How sessions end, and how long an ended one is known.

use titer_store::{Changes, Sha256, sql, values};

use super::{in_house, session};
use crate::{
    Actor,
    accounts::{
        AccountId, Credential, SessionToken,
        commands::{ChangePassword, ResetPassword},
        sessions::{self, ENDED_KEPT_SECONDS, IDLE_SECONDS, OPEN_SESSIONS_MAX, SESSION_SECONDS},
        tables::SessionRow,
    },
    testing::{PASSWORD, World, wait},
};

sql! {
    ALL: (sessions: SessionRow) = "FROM sessions WHERE lab = $1 AND opened_at >= $2 ORDER BY opened_at LIMIT $3";
}

fn known(world: &World) -> usize {
    world.house.read(|s| Ok(ALL.all(s, &values![0_i64, 10_000_i64])?)).wait().unwrap().len()
}

fn opened_by(world: &World, token: &SessionToken) -> Option<AccountId> {
    wait(sessions::opened_by(&world.house, token)).unwrap()
}

fn reset(world: &World, account: AccountId) {
    let credential = Credential::new("a one-time password").unwrap();
    in_house(world, Actor::Console, ResetPassword { account, credential }).unwrap();
}

fn token(n: u16) -> SessionToken {
    let mut secret = [0; 32];
    secret[30..].copy_from_slice(&n.to_be_bytes());
    SessionToken::from_bytes(secret)
}

/// So many sessions of an account, as its sign-ins would open them.
fn open(world: &World, account: AccountId, number: u16) {
    let put = move |tx: &mut titer_store::Tx<'_>| {
        let (mut work, at) = (Changes::new(), tx.at());
        for n in 0..number {
            let token = Sha256::of(token(n).as_bytes());
            let (signing_until, source) = (None, None);
            work.put(SessionRow { token, account, opened_at: at, seen_at: at, signing_until, source, ended_at: None });
        }
        tx.work(&work)
    };
    world.house.store().submit(put).wait().unwrap();
}

/// What was typed in a session goes back to its account, however the session ended.
#[test]
fn whose_an_ended_session_was_is_known_for_three_days_however_it_ended() {
    type End = fn(&World, AccountId, &SessionToken, &SessionToken);
    let ends: [(&str, End); 6] = [
        ("signed out", |world, _, token, _| {
            let open = session(world, token).unwrap();
            wait(sessions::sign_out(&world.house, token, &open)).unwrap();
        }),
        ("ended on the page", |world, account, token, other| {
            let now = world.now();
            let (own, key) = (other.clone(), Sha256::of(token.as_bytes()));
            let open = world.house.read(move |s| Ok(sessions::open_sessions(s, account, &own, now)?)).wait().unwrap();
            assert!(open.iter().any(|open| open.key == key));
            wait(sessions::end(&world.house, account, key)).unwrap();
        }),
        ("others ended", |world, account, _, other| {
            wait(sessions::end_others(&world.house, account, other)).unwrap();
        }),
        ("password changed", |world, account, _, other| {
            let credential = Credential::new("a password of my own").unwrap();
            let change = ChangePassword { credential, session: other.clone() };
            in_house(world, Actor::Person(account.0), change).unwrap();
        }),
        ("reset", |world, account, _, _| reset(world, account)),
        ("idle", |world, _, _, _| world.pass(IDLE_SECONDS + 1)),
    ];
    for (how, end) in ends {
        let world = World::empty();
        let account = world.open_account("ada", false);
        world.open_account("ben", false);
        let token = world.sign_in("ada", PASSWORD).unwrap().token;
        let other = world.sign_in("ada", PASSWORD).unwrap().token;
        end(&world, account, &token, &other);
        assert_eq!(session(&world, &token), None, "{how}");
        assert_eq!(opened_by(&world, &token), Some(account), "{how}");
        wait(sessions::sweep(&world.house)).unwrap();
        assert_eq!(opened_by(&world, &token), Some(account), "{how}: a form may still come");
        world.pass(SESSION_SECONDS + ENDED_KEPT_SECONDS + 1);
        assert_eq!(opened_by(&world, &token), None, "{how}");
        let bens = world.sign_in("ben", PASSWORD).unwrap().token;
        wait(sessions::sweep(&world.house)).unwrap();
        assert_eq!(known(&world), 1, "{how}: what nobody needs is swept");
        assert!(session(&world, &bens).is_some());
    }
}

#[test]
fn a_session_too_many_ends_the_one_that_was_not_used_for_longest() {
    let world = World::empty();
    let account = world.open_account("ada", false);
    world.open_account("ben", false);
    let bens = world.sign_in("ben", PASSWORD).unwrap().token;
    let first = world.sign_in("ada", PASSWORD).unwrap().token;
    world.pass(1);
    let second = world.sign_in("ada", PASSWORD).unwrap().token;
    world.pass(120);
    assert!(session(&world, &first).is_some(), "and is used");
    open(&world, account, OPEN_SESSIONS_MAX as u16 - 2);
    assert!(session(&world, &first).is_some() && session(&world, &second).is_some());
    world.pass(120);
    assert!(session(&world, &first).is_some());
    let last = world.sign_in("ada", PASSWORD).unwrap().token;
    assert_eq!(session(&world, &second), None);
    for open in [first, last, bens] {
        assert!(session(&world, &open).is_some());
    }
}

/// As a house may hold them that was kept before there was a limit.
#[test]
fn a_reset_ends_every_session_and_a_sweep_forgets_all_however_many_there_are() {
    let world = World::empty();
    let account = world.open_account("ada", false);
    open(&world, account, 800);
    assert!((0..800).all(|n| session(&world, &token(n)).is_some()));
    reset(&world, account);
    assert!((0..800).all(|n| session(&world, &token(n)).is_none()));
    world.pass(SESSION_SECONDS + ENDED_KEPT_SECONDS + 1);
    wait(sessions::sweep(&world.house)).unwrap();
    assert_eq!(known(&world), 0);
}
