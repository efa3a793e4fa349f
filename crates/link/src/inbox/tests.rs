use titer_lab::Actor;
use titer_store::{File, StoreError};

use super::{
    MessageId, MessageState, Problem,
    commands::{DismissMessage, KeepMessage, NoteReplay},
    views::{self, About},
    waits::{self, Wait},
};
use crate::{
    links::LinkId,
    testing::{World, code},
};

const LINK: LinkId = LinkId(77);

fn problem(code: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        args: vec![("code".to_owned(), "5\"50\n".to_owned())],
        barcode: "T1".to_owned(),
        test: "550".to_owned(),
        unit: "U/L".to_owned(),
        specimen_type: String::new(),
    }
}

async fn keep(world: &World, bytes: &[u8], fingerprint: i64, problems: Vec<Problem>) -> MessageId {
    let keep = KeepMessage {
        link: LINK,
        bytes: File::new(bytes.to_vec()),
        fingerprint,
        filed: 1,
        problems,
        kept: Default::default(),
    };
    world.run(Actor::Link(LINK.0), keep).await.unwrap()
}

#[tokio::test]
async fn a_message_is_kept_as_it_came_with_what_became_of_it() {
    let world = World::standing().await;
    let bytes = b"H|\\^&\r\xff\x00L|1|N\r";
    let id = keep(&world, bytes, 5, vec![problem("inbox-unmapped-code")]).await;
    let message = world.message(id).await;
    assert_eq!((message.link, message.state, message.filed), (LINK, MessageState::Held, 1));
    assert_eq!(message.problems, [problem("inbox-unmapped-code")], "whatever characters it holds");
    assert_eq!(message.received_at, world.now());
    let kept = world.lab.read(move |s| Ok(views::bytes(s, &message)?)).await.unwrap();
    assert_eq!(kept, bytes);
    let filed = keep(&world, b"", 6, vec![]).await;
    assert_eq!(world.message(filed).await.state, MessageState::Filed);
    assert_eq!(world.held().await.len(), 1);
}

#[tokio::test]
async fn only_a_held_message_is_read_again_or_put_aside() {
    let world = World::standing().await;
    let technician = world.technician.actor();
    let held = keep(&world, b"1", 1, vec![problem("inbox-time")]).await;
    let filed = keep(&world, b"2", 2, vec![]).await;
    let note = async |message, filed, problems| {
        world.run(technician, NoteReplay { message, filed, problems, kept: Default::default() }).await
    };
    let dismiss = async |message, why: &str| {
        let why = Some(why.to_owned());
        code(world.lab.submit(technician, why, move |tx| tx.run(DismissMessage { message })).await)
    };
    assert_eq!(code(note(MessageId(1), 0, vec![]).await), "inbox-unknown");
    assert_eq!(code(note(filed, 0, vec![]).await), "inbox-not-held");
    assert_eq!(dismiss(filed, "why").await, "inbox-not-held");
    assert_eq!(code(world.run(technician, DismissMessage { message: held }).await), "inbox-dismissal-needs-reason");
    assert_eq!(note(held, 2, vec![problem("inbox-time")]).await, Ok(MessageState::Held));
    assert_eq!(note(held, 3, vec![]).await, Ok(MessageState::Filed));
    assert_eq!(world.message(held).await.filed, 6, "one when it came, two and three when it was read again");
    assert_eq!(code(note(held, 0, vec![]).await), "inbox-not-held");

    let other = keep(&world, b"3", 3, vec![problem("inbox-time")]).await;
    assert_eq!(dismiss(other, "a test of the interface").await, "done");
    assert_eq!(world.message(other).await.state, MessageState::Dismissed);
    assert_eq!(code(note(other, 0, vec![]).await), "inbox-not-held");
    assert_eq!(world.held().await, []);
}

#[tokio::test]
async fn a_message_is_known_again_by_link_and_fingerprint_until_it_is_put_aside() {
    let world = World::standing().await;
    let first = keep(&world, b"1", 1, vec![problem("inbox-time")]).await;
    let same = async |link, mark| world.lab.read(move |s| Ok(views::same(s, link, mark)?)).await.unwrap();
    assert_eq!(same(LINK, 1).await, Some(first));
    assert_eq!(same(LinkId(78), 1).await, None);
    assert_eq!(same(LINK, 2).await, None);
    let dismiss = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(DismissMessage { message: first });
    world.lab.submit(world.technician.actor(), Some("a test".to_owned()), dismiss).await.unwrap();
    assert_eq!(same(LINK, 1).await, None);
}

#[tokio::test]
async fn messages_are_listed_the_latest_first() {
    let world = World::standing().await;
    let mut kept = Vec::new();
    for i in 0..3 {
        kept.push(keep(&world, b"1", i, vec![]).await);
        world.pass(60);
    }
    let ids = async |before| -> Vec<MessageId> {
        let read = world.lab.read(move |s| Ok::<_, titer_lab::Failure>(views::messages(s, before)?));
        read.await.unwrap().into_iter().map(|m| m.id).collect()
    };
    kept.reverse();
    assert_eq!(ids(None).await, kept);
    assert_eq!(ids(Some(kept[0])).await, kept[1..]);
    let other = keep(&world, b"gone", 9, vec![]).await;
    let mut message = world.message(other).await;
    message.sha256 = titer_store::Sha256::of(b"another");
    let gone = world.lab.read(move |s| Ok::<_, titer_lab::Failure>(views::bytes(s, &message)?)).await;
    assert!(matches!(gone, Err(titer_lab::Failure::Store(StoreError::Corrupt(_)))));
}

fn about(kind: Wait, key: &str) -> About {
    About::exactly(kind, key, None)
}

/// What it waits for is found by it, until it is filed, waits for something else, or is put aside.
#[tokio::test]
async fn messages_are_found_by_what_they_wait_for() {
    let world = World::standing().await;
    let of = |code: &str, barcode: &str, test: &str, unit: &str| Problem {
        code: code.to_owned(),
        args: vec![],
        barcode: barcode.to_owned(),
        test: test.to_owned(),
        unit: unit.to_owned(),
        specimen_type: String::new(),
    };
    let first = keep(&world, b"1", 1, vec![of("inbox-unmapped-code", "T1", "550", "U/L")]).await;
    let mixed = vec![
        of("inbox-unmapped-unit", " T2", "550", "ukat/L"),
        of("specimens-not-received", "T3 ", "", ""),
        of("inbox-mapping-unapproved", "T2", "550", "U/L"),
    ];
    let second = keep(&world, b"2", 2, mixed).await;
    let hidden = keep(&world, b"3", 3, vec![of("inbox-unmapped-code", "T\u{0}1", "5\u{0}", &"x".repeat(5_000))]).await;
    let found = async |what: About| -> Vec<MessageId> {
        let found = world.lab.read(move |s| Ok::<_, titer_lab::Failure>(views::about(s, &what, None)?)).await;
        found.unwrap().into_iter().map(|(_, message)| message).collect()
    };
    let meaning = |unit: &str| about(Wait::Mapping, &waits::meaning("550", unit, ""));
    assert_eq!(found(meaning("U/L")).await, [first, second]);
    assert_eq!(found(meaning("ukat/L")).await, [second]);
    let whatever_unit = About::beginning(Wait::Mapping, &waits::meaning_begins("550", None), None);
    assert_eq!(found(whatever_unit).await, [first, second, second]);
    let code_begins = About::beginning(Wait::Mapping, &waits::meaning_begins("55", None), None);
    assert_eq!(found(code_begins).await, []);
    let any_type = About::beginning(Wait::Mapping, &waits::meaning_begins("550", Some("U/L")), None);
    assert_eq!(found(any_type).await, [first, second]);
    assert_eq!(found(about(Wait::Receipt, "T3")).await, [second]);
    assert_eq!(found(about(Wait::Specimen, "T2")).await, [second]);
    assert_eq!(found(about(Wait::Specimen, "T3")).await, [second]);
    assert_eq!(found(about(Wait::Reason, "inbox-unmapped-code")).await, [first, hidden]);
    assert_eq!(found(About { link: Some(LinkId(78)), ..meaning("U/L") }).await, []);
    assert_eq!(found(About { link: Some(LINK), ..meaning("U/L") }).await, [first, second]);
    let place = (waits::meaning("550", "U/L", ""), first);
    let behind = world.lab.read(move |s| Ok(views::about(s, &meaning("U/L"), Some(&place))?)).await.unwrap();
    assert_eq!(behind.len(), 1, "a page goes on where the one before ended");

    let replay = NoteReplay {
        message: second,
        filed: 0,
        problems: vec![of("inbox-unmapped-code", "T2", "551", "")],
        kept: Default::default(),
    };
    world.run(world.technician.actor(), replay).await.unwrap();
    assert_eq!(found(about(Wait::Mapping, &waits::meaning("550", "U/L", ""))).await, [first]);
    assert_eq!(found(about(Wait::Receipt, "T3")).await, []);
    assert_eq!(found(about(Wait::Mapping, &waits::meaning("551", "", ""))).await, [second]);
    let dismiss = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(DismissMessage { message: first });
    world.lab.submit(world.technician.actor(), Some("a test".to_owned()), dismiss).await.unwrap();
    assert_eq!(found(about(Wait::Specimen, "T1")).await, []);
    let history = world.lab.read(move |s| Ok::<_, titer_lab::Failure>(views::history(s, first)?)).await.unwrap();
    let kinds: Vec<_> = history.iter().map(|h| (h.kind.as_str(), h.why.as_deref())).collect();
    assert_eq!(kinds, [("inbox.kept", None), ("inbox.dismissed", Some("a test"))]);
}

#[tokio::test]
async fn what_one_message_waits_for_is_bounded() {
    let world = World::standing().await;
    let problems = (0..50).map(|i| Problem {
        code: "inbox-unmapped-code".to_owned(),
        args: vec![],
        barcode: format!("T{i}"),
        test: format!("{i}"),
        unit: String::new(),
        specimen_type: String::new(),
    });
    let problems: Vec<_> = problems.collect();
    let message = keep(&world, b"1", 1, problems.clone()).await;
    assert!(waits::waits(&problems).len() <= waits::WAITS_MAX);
    world
        .run(world.technician.actor(), NoteReplay { message, filed: 0, problems: vec![], kept: Default::default() })
        .await
        .unwrap();
    let left = world.lab.read(|s| Ok(views::about(s, &About::beginning(Wait::Specimen, "T", None), None)?)).await;
    assert_eq!(left.unwrap(), [], "nothing is left behind");
}
