use titer_lab::{
    Actor, Failure, Role,
    orders::{OrderId, commands as orders, views},
    results::commands::{AskForRepeat, OnDisplay},
    specimens::{SpecimenId, commands::RejectSpecimen},
};
use titer_store::{Changes, values};

use super::{
    commands::{NEVER, NoteSent, SendAgain, place},
    due::{self, ANSWERED_MAX, Answer, Say, Terms},
    tables::TRIES,
    views as sent,
};
use crate::{
    Dialect,
    dialect::{Doing, Query},
    inbox::MessageId,
    links::{LinkId, MappingState, commands::ProposeMapping, views as links},
    testing::{World, code, simulated},
};

const DIALECT: &str = "titer-sim-worklist";

async fn terms(world: &World, link: LinkId) -> Terms {
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        let link = links::link(s, link)?.unwrap();
        due::terms(s, &link)
    };
    world.lab.read(read).await.unwrap().unwrap()
}

async fn say(world: &World, link: LinkId, specimen: SpecimenId) -> Option<Say> {
    let terms = terms(world, link).await;
    world.lab.read(move |s| Ok(due::due(s, &terms, specimen)?)).await.unwrap()
}

/// What is to be said, as an action and codes.
async fn said(world: &World, link: LinkId, specimen: SpecimenId) -> String {
    say(world, link, specimen).await.map(|s| short(&s)).unwrap_or_default()
}

fn short(say: &Say) -> String {
    let codes: Vec<&str> = say.tests.iter().map(|c| c.code.as_str()).collect();
    format!("{} {}", say.doing.code(), codes.join(" "))
}

/// The analyzer acknowledges what is to be said.
async fn told(world: &World, link: LinkId, specimen: SpecimenId) {
    let said = vec![say(world, link, specimen).await.unwrap()];
    note(world, link, said).await.unwrap();
}

async fn note(world: &World, link: LinkId, said: Vec<Say>) -> Result<(), Failure> {
    let note = NoteSent { link, message: None, said, nothing: Vec::new(), left: 0 };
    world.run(Actor::Link(link.0), note).await
}

async fn answer(world: &World, link: LinkId, query: Query) -> Answer {
    let terms = terms(world, link).await;
    world.lab.read(move |s| due::answer(s, &terms, &[query])).await.unwrap()
}

async fn asked(world: &World, link: LinkId, barcodes: &[&str]) -> Answer {
    answer(world, link, Query::Specimens(barcodes.iter().map(|b| (*b).to_owned()).collect())).await
}

async fn add(world: &World, order: OrderId, tests: &[&str]) {
    let catalog = world.catalog().await;
    let tests = tests.iter().map(|k| catalog.tests().iter().find(|t| t.key == *k).unwrap().id).collect();
    let add = orders::AddTests { order, tests };
    world.lab.submit(world.technician.actor(), None, move |tx| orders::add_tests(tx, add)).await.unwrap();
}

async fn cancel(world: &World, order: OrderId, analyte: &str) {
    let analyte = world.catalog().await.analyte_by_key(analyte).unwrap().id;
    let requests = world.lab.read(move |s| Ok(views::requests(s, order)?)).await.unwrap();
    let requests = requests.iter().filter(|r| r.analyte == analyte).map(|r| r.id).collect();
    let cancel = orders::CancelRequests { order, requests };
    let why = Some("not wanted".to_owned());
    world.lab.submit(world.technician.actor(), why, move |tx| orders::cancel(tx, cancel)).await.unwrap();
}

fn measured(barcode: &str, code: &str, value: &str, unit: &str) -> String {
    simulated(barcode, &[(code, value, unit, "20261122090000")])
}

#[tokio::test]
async fn the_difference_between_what_was_told_and_what_is_open_is_said_and_nothing_twice() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (order, tube) = world.received(patient, &["sodium", "potassium"], "T1").await;
    assert_eq!(said(&world, link, tube).await, "new Na K");
    told(&world, link, tube).await;
    assert_eq!(said(&world, link, tube).await, "", "it was told");

    add(&world, order, &["chloride"]).await;
    assert_eq!(said(&world, link, tube).await, "add Cl");
    told(&world, link, tube).await;
    cancel(&world, order, "potassium").await;
    assert_eq!(said(&world, link, tube).await, "cancel K");
    told(&world, link, tube).await;
    assert_eq!(said(&world, link, tube).await, "");

    // What it measures itself is no work any more, and not taken back.
    world.receive(link, &measured("T1", "Na", "140", "mmol/L")).await.unwrap();
    assert_eq!(said(&world, link, tube).await, "");
    // What another has measured is taken back.
    let other = world.mapped("titer-sim-chemistry", "127.0.0.1:4002").await;
    world.receive(other, &measured("T1", "Cl", "101", "mmol/L")).await.unwrap();
    assert_eq!(said(&world, link, tube).await, "cancel Cl");
    told(&world, link, tube).await;
    assert_eq!(said(&world, link, tube).await, "");

    // A repeat is work again.
    let sodium = world.results(tube).await.into_iter().next().unwrap();
    let repeat = AskForRepeat { result: OnDisplay { result: sodium.id, version: 1, lifts_holds: false } };
    let why = Some("a clot".to_owned());
    world.lab.submit(world.technician.actor(), why, move |tx| tx.run(repeat)).await.unwrap();
    assert_eq!(said(&world, link, tube).await, "new Na");
}

#[tokio::test]
async fn a_rejected_tube_is_taken_back_and_one_that_has_not_come_is_not_told() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (_, expected) = world.ordered(patient, &["sodium"], "T1").await;
    assert_eq!(said(&world, link, expected).await, "");
    let (_, tube) = world.received(patient, &["sodium"], "T2").await;
    told(&world, link, tube).await;
    let reject = RejectSpecimen { specimen: tube, reason: "clotted".to_owned() };
    world.run(world.technician.actor(), reject).await.unwrap();
    assert_eq!(said(&world, link, tube).await, "cancel Na");
}

#[tokio::test]
async fn only_what_is_approved_and_has_one_code_is_told() {
    let world = World::standing().await;
    let link = world.link(DIALECT, "127.0.0.1:4001").await;
    let (_, tube) = world.received(world.patient("MRN-1").await, &["sodium", "potassium"], "T1").await;
    assert_eq!(said(&world, link, tube).await, "", "nothing is approved");
    world.adopted(link).await;
    let mappings = world.mappings(link).await;
    let sodium = mappings.iter().find(|m| m.code == "Na").unwrap();
    world.approve(link, vec![sodium.id], &world.director).await.unwrap();
    assert_eq!(said(&world, link, tube).await, "new Na");
    // The same code in a second unit is still one code; another code is a choice that nobody has made.
    let second = world.propose(link, "Na", "meq/L", "sodium").await.unwrap();
    world.approve(link, vec![second], &world.director).await.unwrap();
    assert_eq!(said(&world, link, tube).await, "new Na");
    let third = world.propose(link, "SOD", "mmol/L", "sodium").await.unwrap();
    world.approve(link, vec![third], &world.director).await.unwrap();
    assert_eq!(said(&world, link, tube).await, "");
    assert!(world.states(link).await.contains(&MappingState::Proposed));
}

#[tokio::test]
async fn two_analytes_of_one_code_are_ordered_by_it_once() {
    let world = World::standing().await;
    let link = world.link("cobas-e411", "127.0.0.1:4001").await;
    let (_, tube) = world.received(world.patient("MRN-1").await, &["sodium", "potassium", "chloride"], "T1").await;
    let mappings = [("10//not", "", "sodium"), ("10/1/not", "S1", "potassium"), ("7/", "S2", "chloride")];
    for (code, kind, analyte) in mappings {
        let analyte = world.catalog().await.analyte_by_key(analyte).unwrap().id;
        let (code, unit, specimen) = (code.to_owned(), "mmol/L".to_owned(), kind.to_owned());
        let propose = ProposeMapping { link, code, unit, specimen, analyte };
        let mapping = world.run(world.technician.actor(), propose).await.unwrap();
        world.approve(link, vec![mapping], &world.director).await.unwrap();
    }
    let say = say(&world, link, tube).await.unwrap();
    assert_eq!(short(&say), "new 10 10 7", "all of them are told");
    // Nor once for each kind of specimen, where the device is not told the kind.
    assert_eq!(say.ordered().into_iter().map(|o| o.codes).collect::<Vec<_>>(), [["10", "7"]]);
}

#[tokio::test]
async fn a_device_that_cannot_add_or_cancel_is_told_all_anew_or_nothing() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let (order, tube) = world.received(world.patient("MRN-1").await, &["sodium", "potassium"], "T1").await;
    told(&world, link, tube).await;
    add(&world, order, &["chloride"]).await;
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        let of = links::link(s, link)?.unwrap();
        let mut dialect = Dialect::named(DIALECT)?;
        let order = dialect.order.as_mut().unwrap();
        order.action = None;
        order.when = crate::dialect::When::Asked;
        let terms = Terms::new(&of, &dialect, &links::mappings(s, link)?).unwrap();
        dialect.order = None;
        assert!(Terms::new(&of, &dialect, &[]).is_none(), "a dialect that takes no orders");
        Ok((due::due(s, &terms, tube)?, terms.unasked()))
    };
    let (say, unasked) = world.lab.read(read).await.unwrap();
    assert_eq!(short(&say.unwrap()), "new Na K Cl");
    assert!(!unasked);
}

#[tokio::test]
async fn a_query_is_answered_with_what_is_open_or_why_there_is_nothing() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    world.received(patient, &["sodium", "potassium"], "A1").await;
    world.ordered(patient, &["sodium"], "A2").await;
    let (_, rejected) = world.received(patient, &["sodium"], "A3").await;
    let reject = RejectSpecimen { specimen: rejected, reason: "clotted".to_owned() };
    world.run(world.technician.actor(), reject).await.unwrap();
    world.received(patient, &["hemoglobin"], "A4").await;
    world.received(patient, &["sodium"], "A5").await;
    world.receive(link, &measured("A5", "Na", "140", "mmol/L")).await.unwrap();
    world.received(patient, &["sodium"], "B1").await;

    let long = "9".repeat(41);
    let answer_of = asked(&world, link, &[" A1 ", "A1", "A2", "A3", "A4", "A5", "A9", &long]).await;
    assert_eq!(answer_of.said.iter().map(short).collect::<Vec<_>>(), ["new Na K", "new Na K"]);
    let why: Vec<(&str, &str)> = answer_of.nothing.iter().map(|n| (n.barcode.as_str(), n.code.as_str())).collect();
    let expected = [
        ("A2", "specimens-not-received"),
        ("A3", "specimens-was-rejected"),
        ("A4", "orders-nothing-mapped"),
        ("A5", "orders-nothing-open"),
        ("A9", "specimens-unknown"),
        (long.as_str(), "text-too-long"),
    ];
    assert_eq!(why, expected);

    let tubes = |answer: &Answer| answer.said.iter().map(|s| s.barcode.clone()).collect::<Vec<_>>();
    let range = Query::Range { from: "A0".to_owned(), to: "A9".to_owned() };
    assert_eq!(tubes(&answer(&world, link, range).await), ["A1"]);
    assert_eq!(tubes(&answer(&world, link, Query::All).await), ["A1", "B1"]);
}

#[tokio::test]
async fn an_answer_has_an_end_and_says_what_is_left_beginning_with_what_was_not_told() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let mut tubes = Vec::new();
    for i in 0..=ANSWERED_MAX {
        tubes.push(world.received(patient, &["sodium"], &format!("T{i:03}")).await.1);
    }
    let first = answer(&world, link, Query::All).await;
    assert_eq!((first.said.len(), first.left), (ANSWERED_MAX, 1));
    note(&world, link, first.said).await.unwrap();
    let second = answer(&world, link, Query::All).await;
    assert_eq!(second.said[0].specimen, tubes[ANSWERED_MAX], "what it was not told comes first");
    assert_eq!((second.said.len(), second.left), (ANSWERED_MAX, 1));
    let all: Vec<String> = (0..=ANSWERED_MAX).map(|i| format!("T{i:03}")).collect();
    let named = answer(&world, link, Query::Specimens(all)).await;
    assert_eq!((named.said.len(), named.left), (ANSWERED_MAX, 1));
}

#[tokio::test]
async fn what_was_acknowledged_stands_with_the_specimen_the_link_and_the_query() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let (_, tube) = world.received(world.patient("MRN-1").await, &["sodium"], "T1").await;
    let answer = asked(&world, link, &["T1", "T9"]).await;
    let message = Some(MessageId(99));
    let note = NoteSent { link, message, said: answer.said, nothing: answer.nothing, left: 3 };
    world.run(Actor::Link(link.0), note).await.unwrap();
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        Ok((sent::of_specimen(s, tube)?, sent::of_link(s, link, 10)?, sent::answers(s, MessageId(99))?))
    };
    let (of_tube, of_link, answers) = world.lab.read(read).await.unwrap();
    assert_eq!(of_tube.len(), 1);
    assert_eq!((of_tube[0].0.as_str(), of_tube[0].1, of_tube[0].2[0].code.as_str()), (DIALECT, world.now(), "Na"));
    assert_eq!(of_link, answers);
    assert_eq!((of_link[0].sent[0].barcode.as_str(), of_link[0].sent[0].action.as_str()), ("T1", Doing::New.code()));
    assert_eq!(
        (of_link[0].nothing[0].code.as_str(), of_link[0].left, of_link[0].message),
        ("specimens-unknown", 3, message)
    );
    let story = world.lab.read(move |s| Ok(titer_lab::stories::story(s, tube.0)?)).await.unwrap();
    let last = story.last().unwrap();
    assert_eq!((last.header.kind.as_str(), last.detail.as_str()), ("links.orders-sent", DIALECT));
}

#[tokio::test]
async fn only_a_link_notes_what_was_sent_and_only_for_a_link_that_there_is() {
    let world = World::standing().await;
    let note = |link| NoteSent { link, message: None, said: Vec::new(), nothing: Vec::new(), left: 0 };
    assert_eq!(code(world.run(Actor::Link(1), note(LinkId(1))).await), "links-unknown");
    for who in [Actor::Console, Actor::Timer, world.director.actor(), world.technician.actor()] {
        assert_eq!(code(world.run(who, note(LinkId(1))).await), "people-not-permitted");
    }
}

#[tokio::test]
async fn what_was_not_taken_is_listed_and_sent_again_when_a_person_says_so() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let (_, tube) = world.received(world.patient("MRN-1").await, &["sodium"], "T1").await;
    let again = |specimen| SendAgain { link, specimen };
    let technician = world.technician.actor();
    assert_eq!(code(world.run(technician, again(tube)).await), "orders-not-failed");
    assert_eq!(code(world.run(technician, again(SpecimenId(1))).await), "specimens-gone");
    let now = world.now();
    let put = move |tx: &mut titer_store::Tx<'_>| {
        let mut work = Changes::new();
        work.put_values(&TRIES, place(link, tube), values![link, tube, 5_i64, NEVER, "refused", now, i64::MAX]);
        tx.work(&work).map_err(Failure::from)
    };
    world.lab.store().submit(put).await.unwrap();
    let failed = || world.lab.read(move |s| Ok(sent::failed(s, link)?));
    let listed = failed().await.unwrap();
    assert_eq!((listed[0].barcode.as_str(), listed[0].tries, listed[0].next_at), ("T1", 5, None));
    let clerk = crate::testing::person(&world.house, &world.lab, &world.passwords, "clerk", Role::Clerk).await;
    assert_eq!(code(world.run(clerk.actor(), again(tube)).await), "people-not-permitted");
    world.run(technician, again(tube)).await.unwrap();
    let listed = failed().await.unwrap();
    assert_eq!((listed[0].tries, listed[0].next_at.is_some_and(|at| at <= now)), (0, true));
    told(&world, link, tube).await;
    assert_eq!(failed().await.unwrap(), [], "it was taken");
}

#[tokio::test]
async fn a_link_looks_at_what_changed_and_anew_at_all_when_its_mappings_do() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (_, first) = world.received(patient, &["sodium"], "T1").await;
    let terms_now = terms(&world, link).await;
    let look = |cursor, terms: &Terms| {
        let terms = terms.clone();
        world.lab.read(move |s| {
            let cursor = match cursor {
                Some(cursor) => cursor,
                None => due::begin(s, link)?,
            };
            Ok(due::look(s, &terms, cursor, 10)?)
        })
    };
    let begun = look(None, &terms_now).await.unwrap();
    assert_eq!(begun.says.iter().map(|(s, _)| s.specimen).collect::<Vec<_>>(), [first], "what was open before");
    told(&world, link, first).await;
    let settled = look(Some(begun.cursor), &terms_now).await.unwrap();
    assert_eq!((settled.says.len(), settled.more, settled.cursor.looked), (0, false, None));

    let (_, second) = world.received(patient, &["sodium"], "T2").await;
    world.received(patient, &["hemoglobin"], "T3").await;
    let grown = look(Some(settled.cursor), &terms_now).await.unwrap();
    assert_eq!(grown.says.iter().map(|(s, _)| s.specimen).collect::<Vec<_>>(), [second]);
    assert!(grown.cursor.place < grown.says[0].1.place, "it has not passed what it has to say");
    // What it did not take is no news until something happens to the tube.
    let now = world.now();
    let place_of = place(link, second);
    let put = move |tx: &mut titer_store::Tx<'_>| {
        let mut work = Changes::new();
        work.put_values(
            &TRIES,
            place_of,
            values![link, second, 1_i64, NEVER, "refused", now, grown.says[0].1.place + 1_024],
        );
        tx.work(&work).map_err(Failure::from)
    };
    world.lab.store().submit(put).await.unwrap();
    let past = look(Some(settled.cursor), &terms_now).await.unwrap();
    assert_eq!(past.says.len(), 0);
    world.run(world.technician.actor(), SendAgain { link, specimen: second }).await.unwrap();

    let hemoglobin = world.propose(link, "HGB", "g/L", "hemoglobin").await.unwrap();
    world.approve(link, vec![hemoglobin], &world.director).await.unwrap();
    let mapped = look(Some(past.cursor), &terms(&world, link).await).await.unwrap();
    let tubes: Vec<&str> = mapped.says.iter().map(|(s, _)| s.barcode.as_str()).collect();
    assert_eq!(tubes, ["T2", "T3"]);
    note(&world, link, vec![say(&world, link, second).await.unwrap()]).await.unwrap();
    let waiting = world.lab.read(move |s| {
        let link = links::link(s, link)?.unwrap();
        due::waiting(s, &link)
    });
    let (waiting, more) = waiting.await.unwrap();
    assert_eq!((waiting.iter().map(short).collect::<Vec<_>>(), more), (vec!["new HGB".to_owned()], false));
}
