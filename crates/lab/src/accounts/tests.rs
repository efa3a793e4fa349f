use titer_store::reading;

mod doors;
mod ending;

use super::{
    AccountId, Credential, Session, SessionToken, SignIn,
    commands::{ChangePassword, OpenAccount, ResetPassword},
    passwords::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN},
    sessions, views,
};
use crate::{
    Actor, Command, Failure, Role,
    catalog::commands::ApproveCatalog,
    testing::{PASSWORD, Person, World, code, last_body, passwords, wait},
};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

fn in_house<C>(world: &World, who: Actor, command: C) -> Result<C::Answer, Failure>
where
    C: Command + Send + 'static,
    C::Answer: Send + 'static,
{
    world.house.submit(who, None, move |tx| tx.run(command)).wait()
}

fn house_kinds(world: &World) -> Vec<String> {
    let headers = world.house.read(|s| Ok(reading::headers(s, 0, 1_000)?)).wait().unwrap();
    headers.into_iter().map(|h| h.kind).collect()
}

fn session(world: &World, token: &SessionToken) -> Option<Session> {
    wait(sessions::session(&world.house, token)).unwrap()
}

fn signs(world: &World, who: &Person, password: Option<&str>) -> &'static str {
    code(world.sign(who, password))
}

#[test]
fn an_account_needs_a_username_without_blanks_that_nobody_has_and_a_name() {
    let world = World::empty();
    world.open_account("ada", false);
    let long = "x".repeat(301);
    let cases = [
        ("", "Ada Quill", "text-missing"),
        ("  ", "Ada Quill", "text-missing"),
        ("ada quill", "Ada Quill", "accounts-username-blank"),
        ("ada\u{7}", "Ada Quill", "text-control"),
        (&*long, "Ada Quill", "text-too-long"),
        ("ada", "Another Ada", "accounts-username-taken"),
        (" ADA ", "Another Ada", "accounts-username-taken"),
        ("ben", "", "text-missing"),
        ("ben", "Ben\nOnyango", "text-control"),
        ("Ben", "Ben Onyango", "done"),
        // What passes for another: full width, nothing seen, letters of another alphabet, in part or throughout.
        ("ａｄａ", "Another Ada", "accounts-username-taken"),
        ("\u{430}da", "Another Ada", "text-mixed"),
        ("ada\u{200b}", "Another Ada", "text-control"),
        ("\u{202e}ada", "Another Ada", "text-control"),
        ("a\u{ad}da", "Another Ada", "text-control"),
        ("cop", "Cornelius Opal", "done"),
        ("\u{441}\u{43e}\u{440}", "Another Cop", "accounts-username-taken"),
        ("иван", "Иван Петров", "done"),
        ("a/b", "Another Ada", "accounts-username-sign"),
        ("ada😀", "Another Ada", "accounts-username-sign"),
        ("carl", "\u{421}arl Upham", "text-mixed"),
        ("carl", "Carl\u{2066} Upham", "text-control"),
        ("carl", "Ben 0nyango", "accounts-name-alike"),
        ("carl", "Carl Upham", "done"),
    ];
    for (username, name, expected) in cases {
        let open = OpenAccount {
            username: username.to_owned(),
            name: name.to_owned(),
            credential: Credential::new(PASSWORD).unwrap(),
            one_time: false,
        };
        assert_eq!(code(in_house(&world, Actor::Console, open)), expected, "{username:?} {name:?}");
    }
    let accounts = world.house.read(|s| Ok(views::accounts(s)?)).wait().unwrap();
    let usernames: Vec<&str> = accounts.iter().map(|a| a.username.as_str()).collect();
    assert_eq!(usernames, ["ada", "ben", "carl", "cop", "иван"], "in lower case");
    assert!(world.house.read(|s| Ok(views::by_username(s, " ＡＤＡ ")?)).wait().unwrap().is_some());
}

#[test]
fn a_password_has_a_shortest_and_a_longest_length() {
    let cases = [
        ("x".repeat(PASSWORD_CHARS_MIN - 1), "accounts-password-short"),
        ("ä".repeat(PASSWORD_CHARS_MIN - 1), "accounts-password-short"),
        ("ä".repeat(PASSWORD_CHARS_MIN), "done"),
        ("x".repeat(PASSWORD_BYTES_MAX), "done"),
        ("x".repeat(PASSWORD_BYTES_MAX + 1), "accounts-password-long"),
    ];
    for (password, expected) in cases {
        assert_eq!(code(Credential::new(&password)), expected, "{} bytes", password.len());
    }
    assert_eq!(code(wait(passwords().hash("short".to_owned()))), "accounts-password-short");
}

#[test]
fn no_password_and_no_hash_enters_the_journal() {
    let world = World::empty();
    world.open_account("ada", false);
    world.sign_in("ada", PASSWORD).unwrap();
    let entries = world.house.read(|s| Ok(reading::entries(s, 0, 100)?)).wait().unwrap();
    for entry in entries {
        let body = String::from_utf8(entry.body.unwrap()).unwrap();
        assert!(!body.contains("argon2") && !body.contains(PASSWORD), "{body}");
    }
}

#[test]
fn who_signs_in_wrongly_does_not_learn_whether_the_name_or_the_password_is_wrong() {
    let world = World::empty();
    world.open_account("ada", false);
    let cases = [
        ("ada", PASSWORD, "done"),
        (" ADA ", PASSWORD, "done"),
        ("ada", "correct horse batterY", "accounts-sign-in"),
        ("ada", "", "accounts-sign-in"),
        ("nobody", PASSWORD, "accounts-sign-in"),
        ("", "", "accounts-sign-in"),
    ];
    for (username, password, expected) in cases {
        assert_eq!(code(world.sign_in(username, password)), expected, "{username:?} {password:?}");
    }
    let kinds = house_kinds(&world);
    let count = |kind| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!(count("accounts.signed-in"), 2);
    assert_eq!(count("accounts.sign-in-refused"), 4, "whether or not an account has the name");
    assert_eq!(last_body(&world.house)["account"], 0, "of no account, and without the name, which may be a password");
}

#[test]
fn a_session_ends_when_idle_and_in_any_case_after_twelve_hours() {
    // Seconds between two uses, how often, and whether it is open then.
    let cases = [
        (30 * MINUTE, 1, true),
        (30 * MINUTE + 1, 1, false),
        (29 * MINUTE, 20, true),
        (12 * HOUR, 1, false),
        (20 * MINUTE, 36, true),
        (20 * MINUTE, 37, false),
    ];
    let world = World::empty();
    world.open_account("ada", false);
    for (pause, times, open) in cases {
        let token = world.sign_in("ada", PASSWORD).unwrap().token;
        let mut last = None;
        for _ in 0..times {
            world.pass(pause);
            last = session(&world, &token);
        }
        assert_eq!(last.is_some(), open, "{times} times {pause} s");
    }
}

#[test]
fn a_session_ends_when_its_person_signs_out() {
    let world = World::empty();
    world.open_account("ada", false);
    let (ada, elsewhere) = (world.sign_in("ada", PASSWORD).unwrap(), world.sign_in("ada", PASSWORD).unwrap());
    wait(sessions::sign_out(&world.house, &ada.token, &ada.session)).unwrap();
    assert_eq!(session(&world, &ada.token), None);
    assert!(session(&world, &elsewhere.token).is_some(), "only this one");
    assert_eq!(session(&world, &SessionToken::from_bytes([7; 32])), None, "a token that nobody was given");
    assert_eq!(signs(&world, &ada, Some(PASSWORD)), "accounts-session-ended");
}

#[test]
fn a_reset_ends_every_session_and_asks_for_a_new_password() {
    let world = World::empty();
    let account = world.open_account("ada", false);
    let ada = world.sign_in("ada", PASSWORD).unwrap();
    for _ in 0..5 {
        let _ = world.sign_in("ada", "wrong horse battery");
    }
    let reset = |account| ResetPassword { account, credential: Credential::new("a one-time password").unwrap() };
    assert_eq!(code(in_house(&world, Actor::Console, reset(AccountId(1)))), "accounts-unknown");
    in_house(&world, Actor::Console, reset(account)).unwrap();
    assert_eq!(session(&world, &ada.token), None);
    assert_eq!(code(world.sign_in("ada", PASSWORD)), "accounts-sign-in", "the old password is none");
    let ada = world.sign_in("ada", "a one-time password").unwrap();
    assert!(ada.session.must_change_password);

    let elsewhere = world.sign_in("ada", "a one-time password").unwrap();
    let credential = Credential::new("a password of my own").unwrap();
    let change = ChangePassword { credential, session: ada.token.clone() };
    in_house(&world, Actor::Person(account.0), change).unwrap();
    assert!(!session(&world, &ada.token).unwrap().must_change_password);
    assert_eq!(session(&world, &elsewhere.token), None, "whoever knew the old one is signed out");
    assert_eq!(code(world.sign_in("ada", "a one-time password")), "accounts-sign-in");
    assert_eq!(code(world.sign_in("ada", "a password of my own")), "done");
}

/// The old password is checked outside the lock, and the reset may come between the check and the session.
#[test]
fn a_password_that_is_reset_while_it_is_being_checked_opens_no_session() {
    let world = World::empty();
    let account = world.open_account("ada", false);
    let new = Credential::new("a one-time password").unwrap();
    let signed_in = wait(async {
        let reset = async {
            // The reading that sign-in begins with is asked for first, and checking a password takes much longer than a reset.
            tokio::task::yield_now().await;
            let reset = ResetPassword { account, credential: new };
            world.house.submit(Actor::Console, None, move |tx| tx.run(reset)).await.unwrap();
        };
        tokio::join!(sessions::sign_in(&world.house, passwords(), SignIn::new("ada", PASSWORD)), reset).0
    });
    assert_eq!(code(signed_in), "accounts-sign-in");
}

#[test]
fn signing_takes_the_password_and_then_none_for_five_minutes_after_each_signature() {
    let world = World::empty();
    world.open_account("ada", false);
    let mut ada = world.sign_in("ada", PASSWORD).unwrap();
    let steps = [
        (0, None, "accounts-password-needed"),
        (0, Some(""), "accounts-password-needed"),
        (0, Some("wrong horse battery"), "accounts-password-wrong"),
        (0, Some(PASSWORD), "done"),
        (5 * MINUTE, None, "done"),
        (5 * MINUTE, None, "done"),
        (5 * MINUTE + 1, None, "accounts-password-needed"),
        (0, Some(PASSWORD), "done"),
        (0, None, "done"),
    ];
    for (i, (pause, password, expected)) in steps.into_iter().enumerate() {
        world.pass(pause);
        ada.session = session(&world, &ada.token).unwrap();
        assert_eq!(signs(&world, &ada, password), expected, "step {i}");
    }
    let elsewhere = world.sign_in("ada", PASSWORD).unwrap();
    assert_eq!(signs(&world, &elsewhere, None), "accounts-password-needed", "of one session, not of the account");
}

#[test]
fn a_proof_is_good_for_its_own_person_and_session() {
    let world = World::new();
    world.account(Role::Director);
    let deputy = world.hire("deputy", &[Role::Director]);
    let nothing = |signed| ApproveCatalog { intervals: vec![], limits: vec![], answers: vec![], signed };
    let signed = world.signed(Role::Director);
    assert_eq!(signed.account(), world.account(Role::Director));
    assert_eq!(signed.name(), "director of the test");
    assert_eq!(code(world.run(Actor::Person(deputy.0), nothing(signed.clone()))), "accounts-signed-by-another");
    assert_eq!(code(world.run(world.actor(Role::Director), nothing(signed))), "catalog-nothing-chosen");

    let mut mixed = world.sign_in("deputy", PASSWORD).unwrap();
    mixed.token = world.sign_in("director", PASSWORD).unwrap().token;
    assert_eq!(signs(&world, &mixed, Some(PASSWORD)), "accounts-session-ended", "another person's token");
}

/// Whoever set a one-time password knows it, so it proves nobody.
#[test]
fn a_one_time_password_signs_nothing() {
    let world = World::new();
    let account = world.open_account("deputy", true);
    let grant = crate::people::commands::GrantRoles { account, name: "Deputy".to_owned(), roles: vec![Role::Director] };
    world.run(Actor::Console, grant).unwrap();
    let mut deputy = world.sign_in("deputy", PASSWORD).unwrap();
    let approve = |deputy: &Person| {
        let signed = world.sign(deputy, Some(PASSWORD)).unwrap();
        code(world.run(Actor::Person(account.0), ApproveCatalog { intervals: vec![], limits: vec![], answers: vec![], signed }))
    };
    assert_eq!(approve(&deputy), "accounts-password-one-time");
    let change = ChangePassword { credential: Credential::new(PASSWORD).unwrap(), session: deputy.token.clone() };
    in_house(&world, Actor::Person(account.0), change).unwrap();
    deputy.session = session(&world, &deputy.token).unwrap();
    assert_eq!(approve(&deputy), "catalog-nothing-chosen");
}

#[test]
fn the_key_of_the_cookies_is_made_once() {
    let world = World::empty();
    let key = wait(sessions::cookie_key(&world.house)).unwrap();
    assert_eq!(wait(sessions::cookie_key(&world.house)).unwrap(), key);
    assert_eq!(house_kinds(&world), Vec::<String>::new(), "it is in no event");
}

#[test]
fn a_token_is_never_printed() {
    assert_eq!(format!("{:?}", SessionToken::from_bytes([7; 32])), "SessionToken(…)");
}
