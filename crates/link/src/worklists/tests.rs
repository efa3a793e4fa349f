use titer_lab::{
    Actor, Failure, Role,
    orders::{OrderId, views},
    results::commands::{AskForRepeat, OnDisplay},
    specimens::SpecimenId,
    ways,
};
use titer_store::{Changes, Timestamp};

use super::{
    NoOrderReason,
    commands::{AcknowledgeOrders, ResendOrders},
    entries::{self, ANSWERED_MAX, QueryAnswer, TestMenu, WorklistEntry},
    scan,
    tables::{DeliveryAttemptRow, NEVER, attempt_key},
    views as worklists,
};
use crate::{
    Dialect,
    dialect::{OrderAction, OrderMode, Query},
    inbox::MessageId,
    links::{LinkId, MappingState, commands::ProposeMapping, views as links},
    testing::{World, code, simulated},
};

const DIALECT: &str = "titer-sim-worklist";

async fn menu(world: &World, link: LinkId) -> TestMenu {
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        let link = links::link(s, link)?.unwrap();
        entries::test_menu(s, &link)
    };
    world.lab.read(read).await.unwrap().unwrap()
}

async fn pending(world: &World, link: LinkId, specimen: SpecimenId) -> Option<WorklistEntry> {
    let menu = menu(world, link).await;
    world.lab.read(move |s| Ok(entries::pending_entry(s, &menu, specimen)?)).await.unwrap()
}

/// What is to be sent, as an action and codes.
async fn shown(world: &World, link: LinkId, specimen: SpecimenId) -> String {
    pending(world, link, specimen).await.map(|s| short(&s)).unwrap_or_default()
}

fn short(entry: &WorklistEntry) -> String {
    let codes: Vec<&str> = entry.tests.iter().map(|c| c.code.as_str()).collect();
    format!("{} {}", entry.action.code(), codes.join(" "))
}

/// The analyzer acknowledges what is to be sent.
async fn acknowledge(world: &World, link: LinkId, specimen: SpecimenId) {
    let entries = vec![pending(world, link, specimen).await.unwrap()];
    note(world, link, entries).await.unwrap();
}

async fn note(world: &World, link: LinkId, entries: Vec<WorklistEntry>) -> Result<(), Failure> {
    let note = AcknowledgeOrders { link, query: None, entries, no_orders: Vec::new(), left_out: 0 };
    world.run(Actor::Link(link.0), note).await
}

async fn answer(world: &World, link: LinkId, query: Query) -> QueryAnswer {
    let menu = menu(world, link).await;
    world.lab.read(move |s| entries::answer_queries(s, &menu, &[query])).await.unwrap()
}

async fn asked(world: &World, link: LinkId, barcodes: &[&str]) -> QueryAnswer {
    answer(world, link, Query::Specimens(barcodes.iter().map(|b| (*b).to_owned()).collect())).await
}

async fn add(world: &World, order: OrderId, tests: &[&str]) {
    let catalog = world.catalog().await;
    let tests = tests.iter().map(|k| catalog.tests().iter().find(|t| t.key == *k).unwrap().id).collect();
    let add = move |tx: &mut titer_lab::Tx<'_, '_>| ways::add_tests(tx, order, tests);
    world.lab.submit(world.technician.actor(), None, add).await.unwrap();
}

async fn cancel(world: &World, order: OrderId, analyte: &str) {
    let analyte = world.catalog().await.analyte_by_key(analyte).unwrap().id;
    let requests = world.lab.read(move |s| Ok(views::requests(s, order)?)).await.unwrap();
    let requests = requests.iter().filter(|r| r.analyte == analyte).map(|r| r.id).collect();
    let why = Some("not wanted".to_owned());
    world.lab.submit(world.technician.actor(), why, move |tx| ways::cancel(tx, order, requests)).await.unwrap();
}

/// The row of orders that the analyzer refused and that wait for a person.
fn refused(link: LinkId, specimen: SpecimenId, tries: i64, at: Timestamp, seen: i64) -> DeliveryAttemptRow {
    let (place, failure) = (attempt_key(link, specimen), "refused".to_owned());
    DeliveryAttemptRow { place, link, specimen, tries, next_at: NEVER, failure, at, seen }
}

fn measured(barcode: &str, code: &str, value: &str, unit: &str) -> String {
    simulated(barcode, &[(code, value, unit, "20261122090000")])
}

#[tokio::test]
async fn the_difference_between_acknowledged_and_outstanding_tests_is_sent_and_nothing_twice() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (order, tube) = world.received(patient, &["sodium", "potassium"], "T1").await;
    assert_eq!(shown(&world, link, tube).await, "new Na K");
    acknowledge(&world, link, tube).await;
    assert_eq!(shown(&world, link, tube).await, "", "it was acknowledged");

    add(&world, order, &["chloride"]).await;
    assert_eq!(shown(&world, link, tube).await, "add Cl");
    acknowledge(&world, link, tube).await;
    cancel(&world, order, "potassium").await;
    assert_eq!(shown(&world, link, tube).await, "cancel K");
    acknowledge(&world, link, tube).await;
    assert_eq!(shown(&world, link, tube).await, "");

    // A test that it has measured is not outstanding any more, and is not cancelled.
    world.receive(link, &measured("T1", "Na", "140", "mmol/L")).await.unwrap();
    assert_eq!(shown(&world, link, tube).await, "");
    // A test that another analyzer has measured is cancelled.
    let other = world.mapped("titer-sim-chemistry", "127.0.0.1:4002").await;
    world.receive(other, &measured("T1", "Cl", "101", "mmol/L")).await.unwrap();
    assert_eq!(shown(&world, link, tube).await, "cancel Cl");
    acknowledge(&world, link, tube).await;
    assert_eq!(shown(&world, link, tube).await, "");

    // A repeat is outstanding again.
    let sodium = world.results(tube).await.into_iter().next().unwrap();
    let repeat = AskForRepeat { result: OnDisplay { result: sodium.id, version: 1, lifts_holds: false } };
    let why = Some("a clot".to_owned());
    world.lab.submit(world.technician.actor(), why, move |tx| tx.run(repeat)).await.unwrap();
    assert_eq!(shown(&world, link, tube).await, "new Na");
}

#[tokio::test]
async fn orders_of_a_rejected_tube_are_cancelled_and_an_expected_tube_has_none() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (_, expected) = world.ordered(patient, &["sodium"], "T1").await;
    assert_eq!(shown(&world, link, expected).await, "");
    let (_, tube) = world.received(patient, &["sodium"], "T2").await;
    acknowledge(&world, link, tube).await;
    world.reject(tube).await.unwrap();
    assert_eq!(shown(&world, link, tube).await, "cancel Na");
}

#[tokio::test]
async fn only_tests_with_one_approved_code_are_sent() {
    let world = World::standing().await;
    let link = world.link(DIALECT, "127.0.0.1:4001").await;
    let (_, tube) = world.received(world.patient("MRN-1").await, &["sodium", "potassium"], "T1").await;
    assert_eq!(shown(&world, link, tube).await, "", "nothing is approved");
    world.adopted(link).await;
    let mappings = world.mappings(link).await;
    let sodium = mappings.iter().find(|m| m.code == "Na").unwrap();
    world.approve(link, vec![sodium.id], &world.director).await.unwrap();
    assert_eq!(shown(&world, link, tube).await, "new Na");
    // The same code in a second unit is still one code; another code is a choice that nobody has made.
    let second = world.propose(link, "Na", "mmol/l", "sodium").await.unwrap();
    world.approve(link, vec![second], &world.director).await.unwrap();
    assert_eq!(shown(&world, link, tube).await, "new Na");
    let third = world.propose(link, "SOD", "mmol/L", "sodium").await.unwrap();
    world.approve(link, vec![third], &world.director).await.unwrap();
    assert_eq!(shown(&world, link, tube).await, "");
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
        let propose = ProposeMapping { link, code, unit, specimen, analyte, answer: None };
        let mapping = world.run(world.technician.actor(), propose).await.unwrap();
        world.approve(link, vec![mapping], &world.director).await.unwrap();
    }
    let entry = pending(&world, link, tube).await.unwrap();
    assert_eq!(short(&entry), "new 10 10 7", "all of them are sent");
    // Nor once for each specimen type, if orders do not name the type.
    assert_eq!(entry.orders().into_iter().map(|o| o.codes).collect::<Vec<_>>(), [["10", "7"]]);
}

#[tokio::test]
async fn an_analyzer_that_cannot_add_or_cancel_gets_the_whole_order_anew_or_nothing() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let (order, tube) = world.received(world.patient("MRN-1").await, &["sodium", "potassium"], "T1").await;
    acknowledge(&world, link, tube).await;
    add(&world, order, &["chloride"]).await;
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        let of = links::link(s, link)?.unwrap();
        let mut dialect = Dialect::named(DIALECT)?;
        let order = dialect.order.as_mut().unwrap();
        order.action = None;
        order.when = OrderMode::Query;
        let menu = TestMenu::new(&of, &dialect, &links::mappings(s, link)?).unwrap();
        dialect.order = None;
        assert!(TestMenu::new(&of, &dialect, &[]).is_none(), "a dialect that takes no orders");
        Ok((entries::pending_entry(s, &menu, tube)?, menu.broadcasts()))
    };
    let (entry, broadcasts) = world.lab.read(read).await.unwrap();
    assert_eq!(short(&entry.unwrap()), "new Na K Cl");
    assert!(!broadcasts);
}

#[tokio::test]
async fn a_query_is_answered_with_the_outstanding_tests_or_why_there_is_no_order() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    world.received(patient, &["sodium", "potassium"], "A1").await;
    world.ordered(patient, &["sodium"], "A2").await;
    let (_, rejected) = world.received(patient, &["sodium"], "A3").await;
    world.reject(rejected).await.unwrap();
    world.received(patient, &["hemoglobin"], "A4").await;
    world.received(patient, &["sodium"], "A5").await;
    world.receive(link, &measured("A5", "Na", "140", "mmol/L")).await.unwrap();
    world.received(patient, &["sodium"], "B1").await;

    let long = "9".repeat(41);
    let answer_of = asked(&world, link, &[" A1 ", "A1", "A2", "A3", "A4", "A5", "A9", &long]).await;
    assert_eq!(answer_of.entries.iter().map(short).collect::<Vec<_>>(), ["new Na K", "new Na K"]);
    let why: Vec<(&str, &str)> = answer_of.no_orders.iter().map(|n| (n.barcode.as_str(), n.reason.code())).collect();
    let expected = [
        ("A2", "specimens-not-received"),
        ("A3", "specimens-was-rejected"),
        ("A4", "orders-nothing-mapped"),
        ("A5", "orders-nothing-open"),
        ("A9", "specimens-unknown"),
        (long.as_str(), "text-too-long"),
    ];
    assert_eq!(why, expected);

    let tubes = |answer: &QueryAnswer| answer.entries.iter().map(|s| s.barcode.clone()).collect::<Vec<_>>();
    let range = Query::Range { from: "A0".to_owned(), to: "A9".to_owned() };
    assert_eq!(tubes(&answer(&world, link, range).await), ["A1"]);
    assert_eq!(tubes(&answer(&world, link, Query::All).await), ["A1", "B1"]);
}

#[tokio::test]
async fn an_answer_has_a_limit_and_begins_with_orders_that_were_not_acknowledged() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let mut tubes = Vec::new();
    for i in 0..=ANSWERED_MAX {
        tubes.push(world.received(patient, &["sodium"], &format!("T{i:03}")).await.1);
    }
    let first = answer(&world, link, Query::All).await;
    assert_eq!((first.entries.len(), first.left_out), (ANSWERED_MAX, 1));
    note(&world, link, first.entries).await.unwrap();
    let second = answer(&world, link, Query::All).await;
    assert_eq!(second.entries[0].specimen, tubes[ANSWERED_MAX], "orders that were not acknowledged come first");
    assert_eq!((second.entries.len(), second.left_out), (ANSWERED_MAX, 1));
    let all: Vec<String> = (0..=ANSWERED_MAX).map(|i| format!("T{i:03}")).collect();
    let named = answer(&world, link, Query::Specimens(all)).await;
    assert_eq!((named.entries.len(), named.left_out), (ANSWERED_MAX, 1));
}

#[tokio::test]
async fn acknowledged_orders_are_found_by_specimen_link_and_query() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let (_, tube) = world.received(world.patient("MRN-1").await, &["sodium"], "T1").await;
    let answer = asked(&world, link, &["T1", "T9"]).await;
    let message = Some(MessageId(99));
    let note =
        AcknowledgeOrders { link, query: message, entries: answer.entries, no_orders: answer.no_orders, left_out: 3 };
    world.run(Actor::Link(link.0), note).await.unwrap();
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        Ok((worklists::of_specimen(s, tube)?, worklists::of_link(s, link, 10)?, worklists::answers(s, MessageId(99))?))
    };
    let (of_tube, of_link, answers) = world.lab.read(read).await.unwrap();
    assert_eq!(of_tube.len(), 1);
    let one = &of_tube[0];
    assert_eq!((one.link.as_str(), one.at, one.tests[0].code.as_str()), (DIALECT, world.now(), "Na"));
    assert_eq!(of_link, answers);
    assert_eq!((of_link[0].entries[0].barcode.as_str(), of_link[0].entries[0].action), ("T1", OrderAction::New));
    assert_eq!(
        (of_link[0].no_orders[0].reason, of_link[0].left_out, of_link[0].query),
        (NoOrderReason::Unknown, 3, message)
    );
    let story = world.lab.read(move |s| Ok(titer_lab::stories::story(s, tube.0)?)).await.unwrap();
    let last = story.last().unwrap();
    assert_eq!((last.header.kind.as_str(), last.detail.as_str()), ("links.orders-sent", DIALECT));
}

#[tokio::test]
async fn only_a_link_acknowledges_orders_and_only_for_a_link_that_there_is() {
    let world = World::standing().await;
    let note = |link| AcknowledgeOrders { link, query: None, entries: Vec::new(), no_orders: Vec::new(), left_out: 0 };
    assert_eq!(code(world.run(Actor::Link(1), note(LinkId(1))).await), "links-unknown");
    for who in [Actor::Console, Actor::Timer, world.director.actor(), world.technician.actor()] {
        assert_eq!(code(world.run(who, note(LinkId(1))).await), "people-not-permitted");
    }
}

#[tokio::test]
async fn undelivered_orders_are_listed_and_sent_again_if_a_person_says_so() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let (_, tube) = world.received(world.patient("MRN-1").await, &["sodium"], "T1").await;
    let again = |specimen| ResendOrders { link, specimen };
    let technician = world.technician.actor();
    assert_eq!(code(world.run(technician, again(tube)).await), "orders-not-failed");
    assert_eq!(code(world.run(technician, again(SpecimenId(1))).await), "specimens-gone");
    let now = world.now();
    let put = move |tx: &mut titer_store::Tx<'_>| {
        let mut work = Changes::new();
        work.put(refused(link, tube, 5, now, i64::MAX));
        tx.work(&work).map_err(Failure::from)
    };
    world.lab.store().submit(put).await.unwrap();
    let undelivered = || world.lab.read(move |s| Ok(worklists::undelivered(s, link)?));
    let listed = undelivered().await.unwrap();
    assert_eq!((listed[0].barcode.as_str(), listed[0].attempts, listed[0].next_at), ("T1", 5, None));
    let clerk = crate::testing::person(&world.house, &world.lab, &world.passwords, "clerk", Role::Clerk).await;
    assert_eq!(code(world.run(clerk.actor(), again(tube)).await), "people-not-permitted");
    world.run(technician, again(tube)).await.unwrap();
    let listed = undelivered().await.unwrap();
    assert_eq!((listed[0].attempts, listed[0].next_at.is_some_and(|at| at <= now)), (0, true));
    acknowledge(&world, link, tube).await;
    assert_eq!(undelivered().await.unwrap(), [], "it was acknowledged");
}

#[tokio::test]
async fn a_link_scans_what_changed_and_everything_again_after_its_mappings_changed() {
    let world = World::standing().await;
    let link = world.mapped(DIALECT, "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (_, first) = world.received(patient, &["sodium"], "T1").await;
    let menu_now = menu(&world, link).await;
    let scan = |cursor, menu: &TestMenu| {
        let menu = menu.clone();
        world.lab.read(move |s| {
            let cursor = match cursor {
                Some(cursor) => cursor,
                None => scan::start(s, link)?,
            };
            Ok(scan::scan_changes(s, &menu, cursor, 10)?)
        })
    };
    let begun = scan(None, &menu_now).await.unwrap();
    assert_eq!(begun.entries.iter().map(|(s, _)| s.specimen).collect::<Vec<_>>(), [first], "what was open before");
    acknowledge(&world, link, first).await;
    let settled = scan(Some(begun.cursor), &menu_now).await.unwrap();
    assert_eq!((settled.entries.len(), settled.more, settled.cursor.specimen), (0, false, None));

    let (_, second) = world.received(patient, &["sodium"], "T2").await;
    world.received(patient, &["hemoglobin"], "T3").await;
    let grown = scan(Some(settled.cursor), &menu_now).await.unwrap();
    assert_eq!(grown.entries.iter().map(|(s, _)| s.specimen).collect::<Vec<_>>(), [second]);
    assert!(grown.cursor.entry < grown.entries[0].1.entry, "the cursor has not passed what is to be sent");
    // Orders that were not acknowledged are sent again only after something happens to the tube.
    let now = world.now();
    let seen = grown.entries[0].1.entry + 1_024;
    let put = move |tx: &mut titer_store::Tx<'_>| {
        let mut work = Changes::new();
        work.put(refused(link, second, 1, now, seen));
        tx.work(&work).map_err(Failure::from)
    };
    world.lab.store().submit(put).await.unwrap();
    let past = scan(Some(settled.cursor), &menu_now).await.unwrap();
    assert_eq!(past.entries.len(), 0);
    world.run(world.technician.actor(), ResendOrders { link, specimen: second }).await.unwrap();

    let hemoglobin = world.propose(link, "HGB", "g/L", "hemoglobin").await.unwrap();
    world.approve(link, vec![hemoglobin], &world.director).await.unwrap();
    let mapped = scan(Some(past.cursor), &menu(&world, link).await).await.unwrap();
    let tubes: Vec<&str> = mapped.entries.iter().map(|(s, _)| s.barcode.as_str()).collect();
    assert_eq!(tubes, ["T2", "T3"]);
    note(&world, link, vec![pending(&world, link, second).await.unwrap()]).await.unwrap();
    let waiting = world.lab.read(move |s| {
        let link = links::link(s, link)?.unwrap();
        scan::pending(s, &link)
    });
    let (waiting, more) = waiting.await.unwrap();
    assert_eq!((waiting.iter().map(short).collect::<Vec<_>>(), more), (vec!["new HGB".to_owned()], false));
}
