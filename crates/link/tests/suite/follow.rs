//! What follows by itself, and reading again all that wait for the same.

use crate::common::{World, code, simulated, socket::until};
use titer_lab::{
    Actor, Failure,
    results::{State as ResultState, commands::HELD_MAX, views as results},
    specimens::commands::ReceiveSpecimen,
};
use titer_link::{
    filing::PROBLEMS_MAX,
    follow::{self, Seen},
    inbox::{
        MessageId, MessageState,
        views::{self as inbox, About},
        waits::{Wait, meaning},
    },
    links::{
        LinkId,
        commands::{WithdrawMappings, withdraw},
    },
    replay::{self, ReplayOutcome},
};
use tokio::sync::watch;

const AT: &str = "20261122085500";

async fn link(world: &World) -> LinkId {
    world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await
}

async fn receive_tube(world: &World, barcode: &str) {
    let barcode = barcode.to_owned();
    world.run(world.technician.actor(), ReceiveSpecimen { barcode, collected_at: None }).await.unwrap();
}

async fn held(world: &World, link: LinkId, barcode: &str) -> MessageId {
    world.receive(link, &simulated(barcode, &[("Na", "140", "mmol/L", AT)])).await.unwrap();
    world.held().await[0].id
}

/// A tube is scanned after the analyzer has measured it: its results follow by themselves, once, and the journal says why.
#[tokio::test]
async fn a_late_tube_files_what_waited_for_it() {
    let world = World::standing().await;
    let link = link(&world).await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.ordered(patient, &["sodium"], "T1").await;
    world.ordered(patient, &["sodium"], "T2").await;
    let waits = held(&world, link, "T1").await;
    let other = held(&world, link, "T2").await;
    let unknown = held(&world, link, "NOBODYS").await;
    let mut settled = Seen::default();
    let look = async |settled: &mut Seen| follow::look(&world.lab, settled).await.unwrap();
    look(&mut settled).await;
    assert_eq!(world.held().await.len(), 3, "no tube was received");
    receive_tube(&world, "T1").await;
    look(&mut settled).await;
    assert_eq!(world.message(waits).await.state, MessageState::Filed);
    assert_eq!(world.results(specimen).await.len(), 1);
    for still in [other, unknown] {
        assert_eq!(world.message(still).await.state, MessageState::Held, "it is not its tube");
    }
    let history = world.lab.read(move |s| Ok::<_, Failure>(inbox::history(s, waits)?)).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!((last.actor, last.why.as_deref()), (Actor::Timer, Some("tube T1 was received")));
    let head = async || world.lab.read(|s| Ok::<_, Failure>(titer_store::reading::head(s)?)).await.unwrap().number;
    let before = head().await;
    look(&mut settled).await;
    assert_eq!(head().await, before, "it is done once");
}

/// A number that nobody has ordered may be a sequence number: a person reads its message again.
#[tokio::test]
async fn a_tube_that_was_unknown_files_nothing_by_itself() {
    let world = World::standing().await;
    let link = link(&world).await;
    let message = held(&world, link, "T1").await;
    let patient = world.patient("MRN-1").await;
    world.received(patient, &["sodium"], "T1").await;
    follow::look(&world.lab, &mut Seen::default()).await.unwrap();
    assert_eq!(world.message(message).await.state, MessageState::Held);
    let about = About::exactly(Wait::Specimen, "T1", None);
    let found = world.lab.read(move |s| Ok::<_, Failure>(inbox::about(s, &about, None)?)).await.unwrap();
    assert_eq!(found.iter().map(|(_, m)| *m).collect::<Vec<_>>(), [message], "and is offered for it");
}

/// What its message says of other tubes waits as it did.
#[tokio::test]
async fn a_late_tube_files_nothing_of_another_tube_in_its_message() {
    let world = World::standing().await;
    let link = link(&world).await;
    let patient = world.patient("MRN-1").await;
    let (_, late) = world.ordered(patient, &["sodium"], "T1").await;
    let tubes =
        ["T1", "0017", ""].map(|tube| format!("O|1|{tube}|||||||||N\rR|1|^^^Na|140|mmol/L||N||F||||{AT}\r")).concat();
    world.receive(link, &format!("H|\\^&\rP|1\r{tubes}L|1|N\r")).await.unwrap();
    let message = world.held().await[0].id;
    // Ordered since, on a tube that bears what may have been a sequence number.
    let (_, other) = world.received(patient, &["sodium"], "0017").await;
    receive_tube(&world, "T1").await;
    follow::look(&world.lab, &mut Seen::default()).await.unwrap();
    assert_eq!((world.results(late).await.len(), world.results(other).await.len()), (1, 0));
    let now = world.message(message).await;
    let problems: Vec<_> = now.problems.iter().map(|p| (p.barcode.as_str(), p.code.as_str())).collect();
    let waiting = vec![("0017", "specimens-unknown"), ("", "inbox-no-identity")];
    assert_eq!((now.state, problems), (MessageState::Held, waiting));
    replay::one(&world.lab, world.technician.actor(), None, message).await.unwrap();
    assert_eq!(world.results(other).await.len(), 1, "a person reads it again");
    assert_eq!(world.message(message).await.problems.len(), 1);
}

/// More is wrong with it than is noted, so nobody knows what else waits in it.
#[tokio::test]
async fn a_message_with_more_problems_than_are_noted_is_left_to_a_person() {
    let world = World::standing().await;
    let link = link(&world).await;
    let patient = world.patient("MRN-1").await;
    let (_, late) = world.ordered(patient, &["sodium"], "X0").await;
    let tubes: String =
        (0..PROBLEMS_MAX + 1).map(|i| format!("O|{i}|X{i}|||||||||N\rR|1|^^^Na|140|mmol/L||N||F||||{AT}\r")).collect();
    world.receive(link, &format!("H|\\^&\rP|1\r{tubes}L|1|N\r")).await.unwrap();
    let message = world.held().await[0].id;
    receive_tube(&world, "X0").await;
    follow::look(&world.lab, &mut Seen::default()).await.unwrap();
    assert_eq!(world.results(late).await.len(), 0, "inbox-more-problems");
    replay::one(&world.lab, world.technician.actor(), None, message).await.unwrap();
    assert_eq!(world.results(late).await.len(), 1);
}

/// What waits for two things waits for the second when the first has come, and is not read over and over.
#[tokio::test]
async fn a_late_tube_whose_code_means_nothing_waits_for_its_meaning() {
    let world = World::standing().await;
    let link = link(&world).await;
    let patient = world.patient("MRN-1").await;
    world.ordered(patient, &["sodium"], "T1").await;
    world.receive(link, &simulated("T1", &[("Na", "140", "mmol/L", AT), ("???", "1", "", AT)])).await.unwrap();
    let message = world.held().await[0].id;
    receive_tube(&world, "T1").await;
    follow::look(&world.lab, &mut Seen::default()).await.unwrap();
    let now = world.message(message).await;
    assert_eq!((now.state, now.filed), (MessageState::Held, 1));
    assert_eq!(now.problems.iter().map(|p| p.code.as_str()).collect::<Vec<_>>(), ["inbox-unmapped-code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_follows_while_it_runs() {
    let world = World::standing().await;
    let link = link(&world).await;
    let patient = world.patient("MRN-1").await;
    world.ordered(patient, &["sodium"], "T1").await;
    let message = held(&world, link, "T1").await;
    let (stop, stopped) = watch::channel(false);
    let following = tokio::spawn(titer_link::follow(world.lab.clone(), stopped));
    receive_tube(&world, "T1").await;
    until(async || world.message(message).await.state == MessageState::Filed).await;
    stop.send_replace(true);
    following.await.unwrap();
}

/// All that wait for the same code, one after another; what cannot be read is passed over.
#[tokio::test]
async fn all_that_wait_for_a_code_are_read_again_each_by_itself() {
    let world = World::standing().await;
    let link = world.link("cobas-c111", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let text = |tube: &str| {
        format!("H|\\^&|||C111\rP|1\rO|1||{tube}^^2||R||||||N\rR|1|^^^550|95.2|U/L||N||F||||{AT}\rL|1|N\r")
    };
    let mut messages = Vec::new();
    for tube in ["T1", "T2", "T3"] {
        if tube != "T3" {
            world.received(patient, &["alp"], tube).await;
        }
        world.receive(link, &text(tube)).await.unwrap();
        messages.push(world.held().await[0].id);
    }
    let alp = world.propose(link, "550", "U/L", "alp").await.unwrap();
    world.approve(link, vec![alp], &world.director).await.unwrap();
    let about = About::exactly(Wait::Mapping, &meaning("550", "U/L", ""), Some(link));
    let found = world.lab.read(move |s| Ok::<_, Failure>(inbox::about(s, &about, None)?)).await.unwrap();
    let mut found: Vec<MessageId> = found.into_iter().map(|(_, message)| message).collect();
    assert_eq!(found, messages);
    found.push(MessageId(1));
    let (mut heard, who) = (Vec::new(), world.technician.actor());
    let came = replay::several(&world.lab, who, None, &found, |message, _| heard.push(message)).await.unwrap();
    assert_eq!((came, heard), (ReplayOutcome { filed: 2, held: 1, passed: 1 }, found.clone()));
    let again = replay::several(&world.lab, who, None, &found, |_, _| {}).await.unwrap();
    assert_eq!(again, ReplayOutcome { filed: 0, held: 1, passed: 3 }, "nothing is filed twice");
    let link_itself = replay::several(&world.lab, Actor::Link(link.0), None, &messages[2..], |_, _| {}).await;
    assert_eq!(code(link_itself), "people-not-permitted");
}

/// What was filed under a mapping that turns out wrong: what waits is held, what was verified is listed, nothing more is filed.
#[tokio::test]
async fn a_withdrawn_mapping_holds_what_was_filed_under_it() {
    let world = World::standing().await;
    let link = link(&world).await;
    let patient = world.patient("MRN-1").await;
    let mapping = world.mappings(link).await.into_iter().find(|m| m.code == "Na").unwrap().id;
    let (_, specimen) = world.received(patient, &["sodium", "potassium"], "T1").await;
    let text = simulated("T1", &[("Na", "140", "mmol/L", AT), ("K", "4.0", "mmol/L", AT)]);
    world.receive(link, &text).await.unwrap();
    let command = WithdrawMappings { link, mappings: vec![mapping], signed: world.sign(&world.director).await };
    let why = Some("the code is that of the other sodium".to_owned());
    let done = world.lab.submit(world.director.actor(), why, move |tx| withdraw(tx, command)).await;
    assert_eq!(code(done), "done");
    let holds: Vec<_> = world.results(specimen).await.into_iter().map(|r| r.holds).collect();
    assert_eq!(holds, [vec!["mapping-withdrawn".to_owned()], vec![]]);
    let (_, later) = world.received(patient, &["sodium"], "T2").await;
    let message = held(&world, link, "T2").await;
    assert_eq!(world.message(message).await.problems[0].code, "inbox-unmapped-code");
    assert!(world.results(later).await.is_empty());
    let listed =
        world.lab.read(move |s| Ok::<_, Failure>(results::filed_under(s, mapping.0, ResultState::Reported, 10)?));
    assert_eq!(listed.await.unwrap().len(), 1);
}

/// More results than one submission can change.
#[tokio::test]
async fn what_one_submission_cannot_hold_is_held_by_what_follows() {
    let world = World::standing().await;
    let link = link(&world).await;
    let mapping = world.mappings(link).await.into_iter().find(|m| m.code == "Na").unwrap().id;
    let patient = world.patient("MRN-1").await;
    let count = HELD_MAX + 5;
    for i in 0..count {
        world.received(patient, &["sodium"], &format!("T{i}")).await;
        world.receive(link, &simulated(&format!("T{i}"), &[("Na", "140", "mmol/L", AT)])).await.unwrap();
    }
    let command = WithdrawMappings { link, mappings: vec![mapping], signed: world.sign(&world.director).await };
    let why = Some("a test".to_owned());
    world.lab.submit(world.director.actor(), why, move |tx| withdraw(tx, command)).await.unwrap();
    let without = async || {
        let waiting = move |s: &mut titer_store::Snapshot<'_>| {
            Ok::<_, Failure>(results::filed_under(s, mapping.0, ResultState::Reported, 1_000)?)
        };
        let all = world.lab.read(waiting).await.unwrap();
        assert_eq!(all.len(), count);
        all.iter().filter(|f| f.result.holds.is_empty()).count()
    };
    assert_eq!(without().await, 5);
    let mut settled = Seen::default();
    follow::look(&world.lab, &mut settled).await.unwrap();
    assert_eq!(without().await, 0);
}
