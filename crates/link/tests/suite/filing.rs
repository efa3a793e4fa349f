//! From a message to results: what is filed, what is held and why, and what is the same message again.

use crate::common::{self, World, code, simulated, time};
use titer_lab::{Actor, Failure, Role, Timestamp, specimens::SpecimenId};
use titer_link::{
    filing::{Filing, Outcome, RESULTS_MAX},
    inbox::{MessageId, MessageState, Problem, commands::DismissMessage, views as inbox},
    links::{
        LinkId,
        commands::{ConfirmMappings, confirm},
    },
    replay,
};
use titer_store::reading;

const AT: &str = "20261122085500";

/// The link of the simulated analyzer with its mappings confirmed, and a tube for these tests.
async fn with_tube(tests: &[&str]) -> (World, LinkId, SpecimenId) {
    let world = World::standing().await;
    let link = world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, tests, "T1").await;
    (world, link, specimen)
}

/// New results, and the problems of the message that was kept.
async fn kept(world: &World, link: LinkId, message: &str) -> (usize, Vec<Problem>) {
    match world.receive(link, message).await.unwrap() {
        Outcome::Kept { message, filed, problems } => {
            let kept = world.message(message).await;
            assert_eq!((kept.filed, kept.problems.len()), (filed as i64, problems));
            assert_eq!(kept.state, if problems == 0 { MessageState::Filed } else { MessageState::Held });
            (filed, kept.problems)
        }
        Outcome::Same(_) => panic!("taken for the same message"),
    }
}

fn codes(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|p| p.code.as_str()).collect()
}

async fn replay(world: &World, message: MessageId) -> Result<MessageState, Failure> {
    replay::one(&world.lab, world.technician.actor(), None, message).await
}

async fn dismiss(world: &World, message: MessageId, why: Option<&str>) -> Result<(), Failure> {
    let why = why.map(str::to_owned);
    world.lab.submit(world.technician.actor(), why, move |tx| tx.run(DismissMessage { message })).await
}

fn message_of(outcome: Outcome) -> MessageId {
    match outcome {
        Outcome::Kept { message, .. } | Outcome::Same(message) => message,
    }
}

async fn kinds_after(world: &World, number: i64) -> Vec<String> {
    let headers = world.lab.read(move |s| Ok(reading::headers(s, number, 1_000)?)).await.unwrap();
    headers.into_iter().map(|h| h.kind).collect()
}

async fn head(world: &World) -> i64 {
    world.lab.read(|s| Ok(reading::head(s)?)).await.unwrap().number
}

#[tokio::test]
async fn a_message_and_all_that_follows_from_it_are_kept_together() {
    let (world, link, specimen) = with_tube(&["sodium", "potassium"]).await;
    let before = head(&world).await;
    let text = simulated("T1", &[("Na", "140", "mmol/L", AT), ("K", "4.0", "mmol/L", AT)]);
    assert_eq!(kept(&world, link, &text).await, (2, vec![]));
    assert_eq!(kinds_after(&world, before).await, ["results.reported", "inbox.kept"]);
    let kept = world.lab.read(|s| Ok(inbox::messages(s, None)?)).await.unwrap().remove(0);
    let bytes = world.lab.read(move |s| Ok(inbox::bytes(s, &kept)?)).await.unwrap();
    assert_eq!(bytes, text.as_bytes(), "as it came");
    let results = world.results(specimen).await;
    assert!(results.iter().all(|r| r.holds.is_empty() && r.link == link.0), "{results:?}");
    assert_eq!(results[0].measured_at, Some(time("2026-11-22T08:55:00Z")));
}

#[tokio::test]
async fn what_is_known_is_filed_beside_what_is_not_and_replaying_files_the_rest() {
    let world = World::standing().await;
    let link = world.link("cobas-c111", "127.0.0.1:4001").await;
    let alp = world.propose(link, "550", "U/L", "alp").await.unwrap();
    world.approve(link, vec![alp], &world.director).await.unwrap();
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["alp", "alt", "ast"], "T1").await;
    let result = |i: usize, code: &str, unit: &str| format!("R|{i}|^^^{code}|95.2|{unit}||N||F||||{AT}\r");
    let text = format!(
        "H|\\^&|||C111\rP|1\rO|1||T1^^2||R||||||N\r{}{}{}L|1|N\r",
        result(1, "550", "U/L"),
        result(2, "551", "U/L"),
        result(3, "550", "ukat/L"),
    );
    let (filed, problems) = kept(&world, link, &text).await;
    assert_eq!((filed, codes(&problems)), (1, vec!["inbox-unmapped-code", "inbox-unmapped-unit"]));
    let about: Vec<_> = problems.iter().map(|p| (p.barcode.as_str(), p.test.as_str(), p.unit.as_str())).collect();
    assert_eq!(about, [("T1", "551", "U/L"), ("T1", "550", "ukat/L")]);

    let message = world.held().await[0].id;
    let alt = world.propose(link, "551", "U/L", "alt").await.unwrap();
    assert_eq!(replay(&world, message).await, Ok(MessageState::Held));
    let held = world.message(message).await;
    assert_eq!(codes(&held.problems), ["inbox-mapping-unapproved", "inbox-unmapped-unit"]);
    world.approve(link, vec![alt], &world.director).await.unwrap();
    let before = head(&world).await;
    assert_eq!(replay(&world, message).await, Ok(MessageState::Held), "the unit is still unknown");
    assert_eq!(kinds_after(&world, before).await, ["results.reported", "inbox.replayed"]);
    assert_eq!(world.results(specimen).await.len(), 2, "the first one stands once");

    let other_unit = world.propose(link, "550", "ukat/L", "ast").await.unwrap();
    world.approve(link, vec![other_unit], &world.director).await.unwrap();
    assert_eq!(replay(&world, message).await, Ok(MessageState::Filed));
    let filed = world.message(message).await;
    assert_eq!((filed.filed, filed.problems.len()), (3, 0));
    assert_eq!(world.results(specimen).await.len(), 3);
    assert_eq!(world.held().await, []);
}

#[tokio::test]
async fn the_same_message_changes_nothing_the_second_time() {
    let (world, link, specimen) = with_tube(&["sodium"]).await;
    let sent =
        |header: &str| simulated("T1", &[("Na", "140", "mmol/L", AT)]).replacen("H|\\^&|||SIM-1^Titer", header, 1);
    let first = message_of(world.receive(link, &sent("H|\\^&|17||SIM-1|||||||P|1|20261122080001")).await.unwrap());
    let before = head(&world).await;
    let again = ["H|\\^&|17||SIM-1|||||||P|1|20261122080001", "H|\\^&|18||SIM-1|||||||P|1|20261122081500"];
    for header in again {
        let outcome = world.receive(link, &sent(header)).await;
        assert_eq!(outcome, Ok(Outcome::Same(first)), "number and time of the message are not what it says: {header}");
    }
    assert_eq!(head(&world).await, before);
    // Another header that says the same of the tube is kept, and files nothing a second time.
    assert_eq!(kept(&world, link, &sent("H|\\^&|17||SIM-1|||||||P|1|20261122080001|again")).await, (0, vec![]));
    assert_eq!(world.results(specimen).await.len(), 1);
}

#[tokio::test]
async fn the_same_content_by_another_link_is_another_message() {
    let (world, link, specimen) = with_tube(&["sodium"]).await;
    let mut other = common::add_link("titer-sim-chemistry", "127.0.0.1:4002");
    other.name = "second".to_owned();
    let other = world.run(Actor::Console, other).await.unwrap();
    let mappings = world.adopted(other).await;
    world.approve(other, mappings, &world.director).await.unwrap();
    let text = simulated("T1", &[("Na", "140", "mmol/L", AT)]);
    assert_eq!(kept(&world, link, &text).await.0, 1);
    let (filed, problems) = kept(&world, other, &text).await;
    assert_eq!((filed, codes(&problems)), (0, vec!["results-second-result"]));
    assert_eq!(world.results(specimen).await.len(), 1);
}

#[tokio::test]
async fn content_that_says_no_time_is_filed_with_a_hold_and_suspected_when_it_comes_again() {
    let (world, link, specimen) = with_tube(&["sodium"]).await;
    let text = simulated("T1", &[("Na", "140", "mmol/L", "")]);
    assert_eq!(kept(&world, link, &text).await, (1, vec![]));
    assert_eq!(world.results(specimen).await[0].holds, ["no-time"]);
    let (filed, problems) = kept(&world, link, &text).await;
    assert_eq!((filed, codes(&problems)), (0, vec!["inbox-suspected-duplicate"]));
    // Read again by a person it is a second result, which nothing files by itself.
    let message = world.held().await[0].id;
    assert_eq!(replay(&world, message).await, Ok(MessageState::Held));
    assert_eq!(codes(&world.message(message).await.problems), ["results-second-result"]);
    assert_eq!(world.results(specimen).await.len(), 1);
}

#[tokio::test]
async fn a_rerun_of_the_same_tube_is_kept_and_held() {
    let (world, link, specimen) = with_tube(&["sodium", "potassium"]).await;
    kept(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await;
    let later = "20261122085800";
    let rerun = simulated("T1", &[("Na", "140", "mmol/L", later), ("K", "4.0", "mmol/L", later)]);
    let (filed, problems) = kept(&world, link, &rerun).await;
    assert_eq!((filed, codes(&problems), problems[0].test.as_str()), (1, vec!["results-second-result"], "Na"));
    let values: Vec<_> = world.results(specimen).await.into_iter().map(|r| r.value).collect();
    assert_eq!(values, ["140", "4.0"]);
    // Sent again in another message, what was filed is known by its time.
    let batch = simulated("T1", &[("Na", "140", "mmol/L", AT), ("K", "4.0", "mmol/L", later)]);
    assert_eq!(kept(&world, link, &batch).await, (0, vec![]));
}

#[tokio::test]
async fn a_message_that_was_put_aside_is_read_anew_when_it_is_sent_again() {
    let (world, link, _) = with_tube(&["sodium"]).await;
    let text = simulated("T2", &[("Na", "140", "mmol/L", AT)]);
    kept(&world, link, &text).await;
    let message = world.held().await[0].id;
    assert_eq!(code(dismiss(&world, message, None).await), "inbox-dismissal-needs-reason");
    assert_eq!(code(dismiss(&world, message, Some(" ")).await), "inbox-dismissal-needs-reason");
    assert_eq!(code(dismiss(&world, MessageId(1), Some("no such tube")).await), "inbox-unknown");
    assert_eq!(code(dismiss(&world, message, Some("no such tube")).await), "done");
    assert_eq!(code(dismiss(&world, message, Some("no such tube")).await), "inbox-not-held");
    assert_eq!(code(replay(&world, message).await), "inbox-not-held");
    assert_eq!(world.held().await, []);

    let patient = world.patient("MRN-2").await;
    let (_, specimen) = world.received(patient, &["sodium"], "T2").await;
    assert_eq!(kept(&world, link, &text).await, (1, vec![]));
    assert_eq!(world.results(specimen).await.len(), 1);
}

#[tokio::test]
async fn a_message_that_never_ended_files_nothing_and_does_not_stand_for_the_whole_one() {
    let (world, link, specimen) = with_tube(&["sodium"]).await;
    let text = simulated("T1", &[("Na", "140", "mmol/L", AT)]);
    let filing = Filing::new(world.lab.clone(), link);
    let incomplete = || filing.receive_incomplete(text.as_bytes().to_vec(), "the connection ended".to_owned());
    let message = message_of(incomplete().await.unwrap());
    assert_eq!(incomplete().await, Ok(Outcome::Same(message)), "cut off again at the same place");
    assert_eq!(codes(&world.message(message).await.problems), ["inbox-incomplete"]);
    assert_eq!(code(replay(&world, message).await), "inbox-incomplete", "half a record may be another value");
    assert!(world.results(specimen).await.is_empty());
    assert_eq!(kept(&world, link, &text).await, (1, vec![]), "the whole message is another");
}

#[tokio::test]
async fn what_belongs_to_no_patient_s_received_tube_is_held_with_the_reason() {
    let (world, link, specimen) = with_tube(&["sodium"]).await;
    let patient = world.patient("MRN-2").await;
    world.ordered(patient, &["sodium"], "EXPECTED").await;
    let right = simulated("T1", &[("Na", "140", "mmol/L", AT)]);
    let cases = [
        ("|T1|", "|NOBODYS|", "specimens-unknown"),
        ("|T1|", "|EXPECTED|", "specimens-not-received"),
        ("|T1|", "||", "inbox-no-identity"),
        ("|T1|", "|T1\\T2|", "inbox-no-identity"),
        ("|T1|", "|T1&X07&|", "inbox-text-control"),
        ("|T1|", "|12345678901234567890123456789012345678901|", "inbox-text-too-long"),
        // A control with a patient's barcode on it is a control.
        ("||N\r", "||Q\r", "inbox-control"),
        ("||N\r", "||\r", "inbox-material"),
        ("^Na|", "^K|", "results-not-ordered"),
        ("^Na|", "^NA|", "inbox-unmapped-code"),
        ("^Na|", "^|", "inbox-unmapped-code"),
        ("|mmol/L|", "|mEq/L|", "inbox-unmapped-unit"),
        ("|140|", "||", "inbox-text-missing"),
        ("|140|", "|14&X00&0|", "inbox-text-control"),
        (AT, "20261199080000", "inbox-time"),
        (AT, "20261123080000", "results-measured-in-future"),
        ("SIM-1", "SIM&X00&", "inbox-text-control"),
        ("SIM-1", "S\u{ef}M-1", "inbox-encoding"),
        ("H|\\^&", "H|\\\\&", "inbox-unreadable"),
        // The last, for its result is filed.
        ("L|1|N\r", "Z|1\rL|1|N\rH|\\^&\rQ|1\rL|1|N\r", "inbox-strange-record"),
    ];
    for (from, to, expected) in cases {
        let before = world.results(specimen).await.len();
        let text = right.replacen(from, to, 1);
        assert_ne!(text, right, "{from:?}");
        let (filed, problems) = kept(&world, link, &text).await;
        assert_eq!(codes(&problems), [expected], "{text:?}");
        assert_eq!(world.results(specimen).await.len(), before + filed, "{to:?}");
        if expected != "inbox-strange-record" {
            assert_eq!(filed, 0, "{to:?}");
        }
    }
}

#[tokio::test]
async fn a_result_is_held_until_its_mapping_was_compared_with_the_printout() {
    let world = World::standing().await;
    let link = world.link("titer-sim-chemistry", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let mappings = world.adopted(link).await;
    let file = async |barcode: &str| {
        let (_, specimen) = world.received(patient, &["sodium"], barcode).await;
        let problems = kept(&world, link, &simulated(barcode, &[("Na", "140", "mmol/L", AT)])).await.1;
        let holds = world.results(specimen).await.first().map(|r| r.holds.clone());
        (problems.into_iter().map(|p| p.code).collect::<Vec<_>>(), holds)
    };
    assert_eq!(file("T1").await, (vec!["inbox-mapping-unapproved".to_owned()], None), "proposed by the dialect");
    world.approve(link, mappings.clone(), &world.director).await.unwrap();
    let sodium: Vec<_> = world.mappings(link).await.iter().filter(|m| m.code == "Na").map(|m| m.id).collect();
    let compared = async || {
        let command = ConfirmMappings { link, mappings: sodium.clone(), signed: world.sign(&world.director).await };
        code(world.lab.submit(world.director.actor(), None, move |tx| confirm(tx, command)).await)
    };
    assert_eq!(compared().await, "links-mapping-nothing-filed");
    assert_eq!(file("T2").await, (vec![], Some(vec!["mapping-unconfirmed".to_owned()])));
    assert_eq!(compared().await, "done");
    assert_eq!(file("T3").await, (vec![], Some(vec![])));
}

#[tokio::test]
async fn a_link_that_is_already_open_learns_of_its_mappings_at_once() {
    let world = World::standing().await;
    let link = world.link("titer-sim-chemistry", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let filing = Filing::new(world.lab.clone(), link);
    let mut filed = Vec::new();
    for barcode in ["T1", "T2"] {
        world.received(patient, &["sodium"], barcode).await;
        let text = simulated(barcode, &[("Na", "140", "mmol/L", AT)]);
        let Outcome::Kept { filed: new, .. } = filing.receive(text.into_bytes()).await.unwrap() else { panic!() };
        filed.push(new);
        if barcode == "T1" {
            let mappings = world.adopted(link).await;
            world.approve(link, mappings, &world.director).await.unwrap();
        }
    }
    assert_eq!(filed, [0, 1]);
}

/// What the analyzer says of a result goes with it: its own flag is never ours.
#[tokio::test]
async fn what_the_dialect_does_not_explain_goes_with_the_result_as_a_hold() {
    let (world, link, specimen) = with_tube(&["sodium", "potassium"]).await;
    let text = simulated("T1", &[("Na", "140", "mmol/L", AT), ("K", "4.0", "mmol/L", AT)])
        .replacen("mmol/L||N||F", "mmol/L||HH||F", 1)
        .replacen("mmol/L||N||F", "mmol/L||?||P", 1);
    assert_eq!(kept(&world, link, &text).await, (2, vec![]));
    let results = world.results(specimen).await;
    assert_eq!(
        (results[0].flag.as_str(), results[0].holds.len()),
        ("N", 0),
        "140 is normal, whatever the analyzer says"
    );
    assert_eq!(results[1].holds, ["status:P", "instrument-flag:?"]);
}

/// Berlin is an hour ahead of universal time in November, and the analyzer sends no zone.
#[tokio::test]
async fn the_analyzer_s_clock_is_read_in_the_laboratory_s_zone() {
    let (world, link, specimen) = with_tube(&["sodium"]).await;
    let described = titer_lab::sites::commands::DescribeSite {
        name: "Test Laboratory".to_owned(),
        address: String::new(),
        accreditation: String::new(),
        director: String::new(),
        zone: "Europe/Berlin".to_owned(),
        demonstration: false,
    };
    world.run(Actor::Console, described).await.unwrap();
    kept(&world, link, &simulated("T1", &[("Na", "140", "mmol/L", AT)])).await;
    assert_eq!(world.results(specimen).await[0].measured_at, Some(time("2026-11-22T07:55:00Z")));
}

const PANEL: [(&str, &str, &str); 14] = [
    ("Na", "sodium", "mmol/L"),
    ("K", "potassium", "mmol/L"),
    ("Cl", "chloride", "mmol/L"),
    ("Creat", "creatinine", "umol/L"),
    ("Urea", "urea", "mmol/L"),
    ("Glu", "glucose", "mg/dL"),
    ("Ca", "calcium", "mmol/L"),
    ("Alb", "albumin", "g/L"),
    ("TBil", "bilirubin_total", "mg/dL"),
    ("ALT", "alt", "U/L"),
    ("AST", "ast", "U/L"),
    ("ALP", "alp", "U/L"),
    ("GGT", "ggt", "U/L"),
    ("CRP", "crp", "mg/L"),
];

/// An analyzer that was disconnected for a day sends the day in one message.
#[tokio::test]
async fn a_message_too_long_for_one_commit_is_filed_in_parts() {
    let (world, link, _) = with_tube(&["sodium"]).await;
    let patient = world.patient("MRN-2").await;
    let keys: Vec<&str> = PANEL.iter().map(|(_, key, _)| *key).collect();
    let tubes = RESULTS_MAX / PANEL.len() + 1;
    let mut text = "H|\\^&|||SIM-1\rP|1\r".to_owned();
    let mut specimens = Vec::new();
    for i in 1..=tubes {
        specimens.push(world.received(patient, &keys, &format!("B{i}")).await.1);
        text.push_str(&format!("O|{i}|B{i}|||||||||N\r"));
        for (n, (code, _, unit)) in (1..).zip(PANEL) {
            text.push_str(&format!("R|{n}|^^^{code}|5|{unit}||N||F||||{AT}\r"));
        }
    }
    text.push_str("L|1|N\r");
    let (filed, problems) = kept(&world, link, &text).await;
    assert_eq!((filed, codes(&problems)), ((tubes - 1) * PANEL.len(), vec!["inbox-more-to-file"]));
    let message = world.held().await[0].id;
    assert_eq!(replay(&world, message).await, Ok(MessageState::Filed));
    for specimen in specimens {
        assert_eq!(world.results(specimen).await.len(), PANEL.len());
    }
}

/// A day of one test: each tube changes more rows than its one result.
#[tokio::test]
async fn a_day_of_single_tests_is_filed_in_parts_too() {
    let (world, link, _) = with_tube(&["sodium"]).await;
    let patient = world.patient("MRN-2").await;
    let mut text = "H|\\^&|||SIM-1\rP|1\r".to_owned();
    for i in 1..=RESULTS_MAX {
        world.received(patient, &["sodium"], &format!("B{i}")).await;
        text.push_str(&format!("O|{i}|B{i}|||||||||N\rR|1|^^^Na|140|mmol/L||N||F||||{AT}\r"));
    }
    text.push_str("L|1|N\r");
    let (filed, problems) = kept(&world, link, &text).await;
    assert!(filed > RESULTS_MAX / 2 && codes(&problems).iter().all(|c| *c == "inbox-more-to-file"), "{filed}");
    let message = world.held().await[0].id;
    assert_eq!(replay(&world, message).await, Ok(MessageState::Filed));
    assert_eq!(world.message(message).await.filed, RESULTS_MAX as i64);
}

/// Refused, it would come again for ever.
#[tokio::test]
async fn a_message_that_cannot_be_filed_whatever_is_tried_is_kept_and_shown() {
    let (world, link, specimen) = with_tube(&["sodium", "potassium"]).await;
    // More flags than an event has room for.
    let flags = "flag\\".repeat(40_000);
    let text = simulated("T1", &[("Na", "140", "mmol/L", AT), ("K", "4.0", "mmol/L", AT)])
        .replace("||N||F", &format!("||{flags}||F"));
    let (filed, problems) = kept(&world, link, &text).await;
    assert_eq!((filed, codes(&problems)), (0, vec!["inbox-unfileable"]));
    assert!(problems[0].args.iter().any(|(_, error)| error.contains("limit")), "{problems:?}");
    assert!(matches!(world.receive(link, &text).await, Ok(Outcome::Same(_))), "kept once");
    assert!(world.results(specimen).await.is_empty());
}

#[tokio::test]
async fn a_message_has_so_many_problems_noted_and_no_more() {
    let (world, link, _) = with_tube(&["sodium"]).await;
    let tubes: String =
        (0..60).map(|i| format!("O|{i}|X{i}|||||||||N\rR|1|^^^Na|140|mmol/L||N||F||||{AT}\r")).collect();
    let (_, problems) = kept(&world, link, &format!("H|\\^&\rP|1\r{tubes}L|1|N\r")).await;
    assert_eq!(problems.len(), titer_link::filing::PROBLEMS_MAX);
}

#[tokio::test]
async fn whoever_may_not_resolve_messages_replays_and_dismisses_none() {
    let (world, link, _) = with_tube(&["sodium"]).await;
    kept(&world, link, &simulated("T9", &[("Na", "140", "mmol/L", AT)])).await;
    let message = world.held().await[0].id;
    let clerk = common::person(&world.house, &world.lab, &world.passwords, "clerk", Role::Clerk).await;
    for who in [clerk.actor(), Actor::Link(link.0)] {
        assert_eq!(code(replay::one(&world.lab, who, None, message).await), "people-not-permitted", "{who:?}");
    }
    for who in [clerk.actor(), Actor::Link(link.0), Actor::Timer] {
        let dismissed = world.lab.submit(who, Some("why".to_owned()), move |tx| tx.run(DismissMessage { message }));
        assert_eq!(code(dismissed.await), "people-not-permitted", "{who:?}");
    }
    assert_eq!(world.message(message).await.state, MessageState::Held);
}

#[tokio::test]
async fn held_messages_are_listed_and_counted() {
    let (world, link, _) = with_tube(&["sodium"]).await;
    for barcode in ["A", "B", "C"] {
        kept(&world, link, &simulated(barcode, &[("Na", "140", "mmol/L", AT)])).await;
    }
    let held = world.held().await;
    let barcodes: Vec<_> = held.iter().map(|m| m.problems[0].barcode.as_str()).collect();
    assert_eq!(barcodes, ["C", "B", "A"]);
    assert!(held.iter().all(|m| m.link == link && m.received_at == world.now()));
    let second = held[1].id;
    let before = world.lab.read(move |s| Ok(inbox::held(s, Some(second))?)).await.unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!(world.lab.read(|s| Ok(inbox::count_held(s)?)).await.unwrap(), titer_lab::Counted::all(3));
    let _: Timestamp = world.now();
}
