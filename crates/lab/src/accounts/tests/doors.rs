//! Who keeps trying has to wait, and nobody else; what a password must not be; one's own sessions.

use super::{HOUR, MINUTE, in_house, session, signs};
use crate::{
    Actor, Failure,
    accounts::{
        Device, SignIn,
        commands::ResetPassword,
        passwords::{ONE_TIME_SECONDS, one_time_password},
        sessions::{self, Opened},
        tries::{FORGOTTEN_SECONDS, FREE_TRIES, FREE_TRIES_OF_NAME, SOURCE_WAIT_SECONDS_MAX, WAIT_SECONDS_MAX},
    },
    testing::{PASSWORD, World, arg, code, last_body, passwords, refusal, wait},
};

const WRONG: &str = "wrong horse battery";

/// A try from an address and a device.
fn tried(world: &World, name: &str, password: &str, source: &str, device: Option<&Device>) -> Result<Opened, Failure> {
    let asked = SignIn { source: source.to_owned(), device: device.cloned(), ..SignIn::new(name, password) };
    wait(sessions::sign_in(&world.house, passwords(), asked))
}

#[test]
fn a_stranger_s_wrong_passwords_keep_nobody_from_signing_in_or_signing() {
    let world = World::empty();
    world.open_account("ada", false);
    let bench = tried(&world, "ada", PASSWORD, "bench", None).unwrap();
    let ada = world.sign_in("ada", PASSWORD).unwrap();
    for i in 0..5 {
        assert_eq!(code(tried(&world, "ada", WRONG, "stranger", None)), "accounts-sign-in", "{i}");
    }
    assert_eq!(code(tried(&world, "ada", PASSWORD, "elsewhere", None)), "done", "from a device that nobody knows");
    // Very many, from everywhere.
    for i in 0..2 * FREE_TRIES_OF_NAME {
        let _ = tried(&world, "ada", WRONG, &format!("stranger {i}"), None);
    }
    assert_eq!(code(tried(&world, "ada", PASSWORD, "elsewhere", None)), "accounts-wait");
    assert_eq!(code(tried(&world, "ada", PASSWORD, "stranger", Some(&bench.device))), "done", "the bench is known");
    assert_eq!(signs(&world, &ada, Some(PASSWORD)), "done", "an open session signs");
}

#[test]
fn who_keeps_trying_waits_ever_longer_up_to_a_limit_and_is_forgotten_after_a_day() {
    let world = World::empty();
    world.open_account("ada", false);
    for _ in 0..FREE_TRIES - 1 {
        assert_eq!(code(tried(&world, "ada", WRONG, "stranger", None)), "accounts-sign-in");
        assert_eq!(last_body(&world.house)["locked"], false);
    }
    let mut waits = Vec::new();
    for _ in 0..7 {
        assert_eq!(code(tried(&world, "nobody", WRONG, "stranger", None)), "accounts-sign-in", "of whatever name");
        assert_eq!(last_body(&world.house)["locked"], true);
        let refused = refusal(tried(&world, "ada", PASSWORD, "stranger", None));
        assert_eq!(refused.code, "accounts-wait", "no password is looked at");
        let seconds: i64 = arg(&refused, "seconds").parse().unwrap();
        world.pass(seconds - 1);
        assert_eq!(code(tried(&world, "ada", PASSWORD, "stranger", None)), "accounts-wait");
        world.pass(1);
        waits.push(seconds);
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(waits[6], SOURCE_WAIT_SECONDS_MAX);
    assert_eq!(code(tried(&world, "ada", PASSWORD, "stranger", None)), "done");
    assert_eq!(code(tried(&world, "ada", WRONG, "stranger", None)), "accounts-sign-in");
    assert_eq!(
        code(tried(&world, "ada", PASSWORD, "stranger", None)),
        "accounts-wait",
        "an account of one's own helps nothing"
    );
    world.pass(FORGOTTEN_SECONDS);
    for _ in 0..FREE_TRIES - 1 {
        assert_eq!(code(tried(&world, "ada", WRONG, "stranger", None)), "accounts-sign-in");
    }
    assert_eq!(code(tried(&world, "ada", PASSWORD, "stranger", None)), "done");
}

/// Whoever tries learns nothing from the wait: a name that no account has makes wait as well.
#[test]
fn a_name_that_nobody_has_is_answered_like_one_that_somebody_has() {
    let world = World::empty();
    world.open_account("ada", false);
    let answers = |name: &str| -> Vec<(&'static str, String)> {
        let answer = |i: i64| {
            let refused = refusal(tried(&world, name, WRONG, &format!("{name} from {i}"), None));
            (refused.code, arg(&refused, "seconds"))
        };
        (0..FREE_TRIES_OF_NAME + 5).map(answer).collect()
    };
    let known = answers("ada");
    assert_eq!(known, answers("nobody"));
    assert_eq!(known.last().unwrap().0, "accounts-wait");
}

#[test]
fn wrong_passwords_of_a_known_device_and_of_a_session_are_counted_apart() {
    let world = World::empty();
    world.open_account("ada", false);
    let bench = tried(&world, "ada", PASSWORD, "bench", None).unwrap().device;
    let ada = world.sign_in("ada", PASSWORD).unwrap();
    for _ in 0..FREE_TRIES {
        assert_eq!(code(tried(&world, "ada", WRONG, "bench", Some(&bench))), "accounts-sign-in");
        assert_eq!(signs(&world, &ada, Some(WRONG)), "accounts-password-wrong");
    }
    assert_eq!(code(tried(&world, "ada", PASSWORD, "bench", Some(&bench))), "accounts-wait");
    assert_eq!(signs(&world, &ada, Some(PASSWORD)), "accounts-wait");
    let elsewhere = tried(&world, "ada", PASSWORD, "elsewhere", None).unwrap();
    assert_eq!(code(tried(&world, "ada", PASSWORD, "elsewhere", Some(&elsewhere.device))), "done");
    assert_eq!(signs(&world, &world.sign_in("ada", PASSWORD).unwrap(), Some(PASSWORD)), "done", "another session");
    world.pass(WAIT_SECONDS_MAX);
    assert_eq!(code(tried(&world, "ada", PASSWORD, "bench", Some(&bench))), "done");
    assert_eq!(signs(&world, &ada, Some(PASSWORD)), "done");
}

#[test]
fn a_device_remembers_who_signed_in_and_nothing_else() {
    let world = World::empty();
    let (ada, ben) = (world.open_account("ada", false), world.open_account("ben", false));
    let first = tried(&world, "ada", PASSWORD, "bench", None).unwrap().device;
    let both = tried(&world, "ben", PASSWORD, "bench", Some(&first)).unwrap().device;
    assert_eq!((first.knows(ada), first.knows(ben)), (true, false));
    assert_eq!((both.knows(ada), both.knows(ben)), (true, true));
    assert_eq!(Device::from_bytes(&both.to_bytes()), Some(both.clone()));
    for bytes in [&[][..], &[1; 15], &[1; 17], &[1; 16 + 8 * 33]] {
        assert_eq!(Device::from_bytes(bytes), None, "{} bytes", bytes.len());
    }
    let other = tried(&world, "ada", PASSWORD, "bench", None).unwrap().device;
    assert_ne!(first, other, "each has a number of its own");
}

#[test]
fn a_reset_forgets_what_was_tried_on_the_name() {
    let world = World::empty();
    let account = world.open_account("ada", false);
    for i in 0..2 * FREE_TRIES_OF_NAME {
        let _ = tried(&world, "ada", WRONG, &format!("stranger {i}"), None);
    }
    let credential = crate::accounts::Credential::new("a one-time password").unwrap();
    in_house(&world, Actor::Console, ResetPassword { account, credential }).unwrap();
    assert_eq!(code(tried(&world, "ada", "a one-time password", "bench", None)), "done");
}

#[test]
fn a_one_time_password_ends_after_three_days() {
    for (age, expected) in [(ONE_TIME_SECONDS - 1, "done"), (ONE_TIME_SECONDS, "accounts-password-ended")] {
        let world = World::empty();
        world.open_account("ada", true);
        world.open_account("ben", false);
        world.pass(age);
        assert_eq!(code(world.sign_in("ada", PASSWORD)), expected, "{age} s");
        assert_eq!(code(world.sign_in("ada", WRONG)), "accounts-sign-in");
        assert_eq!(code(world.sign_in("ben", PASSWORD)), "done", "a password of one's own does not end");
    }
}

#[test]
fn nobody_chooses_a_password_that_is_guessed_soon() {
    let about = ["okonkwo", "Marguerite Okonkwo-Lindqvist", "Riverside Laboratory"].map(str::to_owned);
    let chosen = |password: &str| code(wait(passwords().choose(password.to_owned(), about.to_vec())));
    let guessed = [
        "password1234",
        "Password2026!",
        "P@ssw0rd1234",
        "123456789012",
        "qwertyuiop12",
        "1q2w3e4r5t6y",
        "iloveyou1234",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijkl",
        "administrator",
        "demonstration",
        "laboratory2026",
        "titertitertiter",
        "okonkwookonkwo",
        "okonkwo123456",
        "marguerite1971",
        "Marguerite Okonkwo",
        "riversidelaboratory",
        "tsivqdnil-owknoko",
        "november2026!",
    ];
    for password in guessed {
        assert_eq!(chosen(password), "accounts-password-guessable", "{password}");
    }
    for password in
        [PASSWORD, "a long enough password", "vögel singen im märz", "kT7#mq-Zr92xw", "李小龍 walks over seven bridges"]
    {
        assert_eq!(chosen(password), "done", "{password}");
    }
    assert_eq!(chosen("kT7#mq-Zr92"), "accounts-password-short");
    assert_eq!(chosen(&one_time_password().unwrap()), "done");
    // The estimate of a very long password takes no longer than its hash.
    assert_eq!(chosen(&"correct horse battery ".repeat(40)), "done");
}

#[test]
fn a_person_sees_their_open_sessions_and_ends_them() {
    let world = World::empty();
    let (account, other) = (world.open_account("ada", false), world.open_account("ben", false));
    let forgotten = tried(&world, "ada", PASSWORD, "192.0.2.1", None).unwrap().token;
    world.pass(HOUR);
    let home = tried(&world, "ada", PASSWORD, "192.0.2.7", None).unwrap().token;
    world.pass(MINUTE);
    let here = tried(&world, "ada", PASSWORD, "192.0.2.9", None).unwrap().token;
    let bens = world.sign_in("ben", PASSWORD).unwrap().token;
    let open = |own: &sessions::SessionToken| {
        let (own, now) = (own.clone(), world.now());
        world.house.read(move |s| Ok(sessions::open_sessions(s, account, &own, now)?)).wait().unwrap()
    };
    assert_eq!(session(&world, &forgotten), None);
    let shown: Vec<_> = open(&home).into_iter().map(|s| (s.source, s.own)).collect();
    assert_eq!(shown, [("192.0.2.7".to_owned(), true), ("192.0.2.9".to_owned(), false)]);
    let key = open(&here)[1].key;
    let own = open(&here)[0].key;
    assert_eq!(code(wait(sessions::end(&world.house, other, key))), "accounts-session-gone", "another person's");
    assert_eq!(code(wait(sessions::end(&world.house, account, key))), "done");
    assert_eq!(last_body(&world.house)["account"], account.0);
    assert_eq!(code(wait(sessions::end(&world.house, account, key))), "accounts-session-gone");
    assert_eq!((session(&world, &home), session(&world, &here).is_some()), (None, true));
    let again = tried(&world, "ada", PASSWORD, "192.0.2.7", None).unwrap().token;
    wait(sessions::end_others(&world.house, account, &again)).unwrap();
    assert_eq!((session(&world, &here), session(&world, &again).is_some()), (None, true));
    assert!(session(&world, &bens).is_some());
    assert_eq!(code(wait(sessions::end(&world.house, account, own))), "accounts-session-gone");
}
