use titer_store::StoreError;

use super::{OrderId, Priority, RequestId, views};
use crate::{
    Actor, Failure, Role,
    catalog::{TestId, commands::ImportCatalog, starter},
    patients::PatientId,
    reports,
    results::commands::AskForRepeat,
    specimens::{self, SpecimenId, State},
    testing::{World, arg, code, on_display, refusal, time},
    ways::{self, NewOrder},
    work::views as work,
};

#[test]
fn an_order_needs_a_patient_tests_that_there_are_and_a_collection_that_has_been() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let right = || world.order(patient, &["sodium"]);
    let now = world.now();
    let cases = [
        (NewOrder { patient: PatientId(1), ..right() }, "patients-unknown"),
        (NewOrder { tests: vec![], ..right() }, "orders-no-tests"),
        (NewOrder { tests: vec![TestId(1)], ..right() }, "orders-test-unknown"),
        (NewOrder { requester: "Ward\n4".to_owned(), ..right() }, "text-control"),
        (NewOrder { requester: "x".repeat(301), ..right() }, "text-too-long"),
        (NewOrder { collected_at: Some(now.plus_seconds(1)), ..right() }, "orders-collected-in-future"),
        (NewOrder { collected_at: Some(time("1971-04-01T21:59:59Z")), ..right() }, "orders-collected-before-birth"),
        // In Berlin it is the day of birth.
        (NewOrder { collected_at: Some(time("1971-04-01T23:00:00Z")), ..right() }, "done"),
        (NewOrder { collected_at: Some(now), ..right() }, "done"),
        (NewOrder { requester: String::new(), ..right() }, "text-missing"),
        (NewOrder { requester: " ".to_owned(), ..right() }, "text-missing"),
    ];
    for (order, expected) in cases {
        let before = world.head();
        assert_eq!(code(world.place(order, None)), expected);
        assert_eq!(world.head() > before, expected == "done", "{expected}: whole or not at all");
    }
}

#[test]
fn an_analyte_that_two_tests_ask_for_is_requested_once_in_the_order_of_the_report() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let order = world.order(patient, &["potassium", "electrolytes", "hemoglobin", "potassium"]);
    let (order, specimens) = world.place(order, None).unwrap();
    let requests = world.read(move |s| views::requests(s, order));
    let expected = ["potassium", "sodium", "hemoglobin"].map(|key| world.analyte(key));
    assert_eq!(requests.iter().map(|r| r.analyte).collect::<Vec<_>>(), expected);
    assert_eq!(specimens.len(), 2, "one tube of serum, one of blood");
}

#[test]
fn one_order_asks_for_so_many_analytes_and_no_more() {
    let world = World::new();
    let analytes: Vec<String> = (0..=super::commands::REQUESTS_MAX).map(|i| format!("a{i}")).collect();
    let entry = |key: &String| {
        format!(
            r#"{{ key = "{key}", name = "{key}", short = "{key}", discipline = "c", loinc = "2951-2", unit = "1", decimals = 0, specimen_type = "serum" }}"#
        )
    };
    let entries: Vec<String> = analytes.iter().map(entry).collect();
    let panel = |key: &str, analytes: &[String]| {
        format!(r#"{{ key = "{key}", name = "{key}", analytes = {analytes:?}, specimen_type = "serum" }}"#)
    };
    let (all, one_less) = (panel("all", &analytes), panel("one_less", &analytes[1..]));
    let text = format!("analyte = [{}]\ntest = [{all}, {one_less}]", entries.join(", "));
    world.run(Actor::Console, ImportCatalog(starter::parse(&text).unwrap())).unwrap();
    let patient = world.patient("MRN-1");
    let refused = refusal(world.place(world.order(patient, &["all"]), None));
    assert_eq!((refused.code, arg(&refused, "limit").as_str()), ("orders-too-many-tests", "200"));
    let (order, _) = world.place(world.order(patient, &["one_less"]), None).unwrap();
    assert_eq!(world.read(move |s| views::requests(s, order)).len(), 200);
}

#[test]
fn orders_are_listed_the_latest_first() {
    let world = World::new();
    let (patient, other) = (world.patient("MRN-1"), world.patient("MRN-2"));
    let place = |patient, priority| {
        let order = NewOrder { priority, ..world.order(patient, &["sodium"]) };
        world.place(order, None).unwrap().0
    };
    let placed = [place(patient, Priority::Routine), place(other, Priority::Stat), place(patient, Priority::Urgent)];
    let listed = world.read(|s| views::orders(s, None));
    assert_eq!(listed.iter().map(|o| o.id).collect::<Vec<_>>(), [placed[2], placed[1], placed[0]]);
    assert_eq!(listed[1].priority, Priority::Stat);
    let before = world.read(move |s| views::orders(s, Some(placed[1])));
    assert_eq!(before.iter().map(|o| o.id).collect::<Vec<_>>(), [placed[0]]);
    let own = world.read(move |s| views::of_patient(s, patient));
    assert_eq!(own.iter().map(|o| o.id).collect::<Vec<_>>(), [placed[2], placed[0]]);
    assert!(world.read(|s| views::order(s, OrderId(1))).is_none());
}

#[test]
fn priorities_have_codes_and_the_most_urgent_comes_first() {
    for priority in Priority::ALL {
        assert_eq!(Priority::from_code(priority.code()), Some(*priority));
        assert_eq!(Priority::of_rank(priority.rank()), Ok(*priority));
    }
    assert_eq!(Priority::from_code("soon"), None);
    assert!(matches!(Priority::of_rank(3), Err(StoreError::Corrupt(_))), "an unknown rank is never routine");
    assert!(Priority::Stat.rank() < Priority::Urgent.rank() && Priority::Urgent.rank() < Priority::Routine.rank());
}

fn test(world: &World, key: &str) -> TestId {
    world.catalog().tests().iter().find(|t| t.key == key).unwrap().id
}

fn add(world: &World, order: OrderId, tests: &[&str]) -> Result<Vec<SpecimenId>, Failure> {
    let tests = tests.iter().map(|key| test(world, key)).collect();
    world.lab.submit(world.technician(), None, move |tx| ways::add_tests(tx, order, tests)).wait()
}

/// Cancels what the order asks for of these analytes, for this reason.
fn cancelled(world: &World, order: OrderId, analytes: &[&str], why: &str) -> Result<(), Failure> {
    let analytes: Vec<_> = analytes.iter().map(|key| world.analyte(key)).collect();
    let all = world.read(move |s| views::requests(s, order));
    let requests = all.iter().filter(|r| analytes.contains(&r.analyte)).map(|r| r.id).collect();
    let why = Some(why.to_owned());
    world.lab.submit(world.technician(), why, move |tx| ways::cancel(tx, order, requests)).wait()
}

/// The keys of the analytes that are still to be measured of a specimen.
fn open(world: &World, specimen: SpecimenId) -> Vec<String> {
    let work = world.read(move |s| work::of_specimen(s, specimen));
    let catalog = world.catalog();
    let key = |(_, analyte): &(RequestId, _)| catalog.analyte(*analyte).unwrap().key.clone();
    work.map(|w| w.open.iter().map(key).collect()).unwrap_or_default()
}

/// All received specimens with something to measure.
fn waiting(world: &World) -> Vec<SpecimenId> {
    world.read(|s| work::after(s, None)).0.iter().map(|w| w.specimen).collect()
}

fn awaited(world: &World) -> Vec<SpecimenId> {
    world.read(|s| work::awaited(s)).iter().map(|s| s.id).collect()
}

#[test]
fn tests_are_added_to_the_tube_that_is_here_or_to_come_and_else_a_tube_is_expected() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, serum) = world.received(patient, &["sodium"], "T1");
    assert_eq!(add(&world, order, &["electrolytes", "crp"]).unwrap(), [], "the tube that is here serves");
    assert_eq!(open(&world, serum), ["sodium", "potassium", "crp"], "sodium is asked for once");

    let blood = add(&world, order, &["hemoglobin"]).unwrap();
    assert_eq!(blood.len(), 1, "no tube of blood was expected");
    assert_eq!(awaited(&world), blood);
    assert_eq!(open(&world, blood[0]), [""; 0], "it has not come");

    let (order, tube) = world.ordered(patient, &["sodium"], "T2");
    assert_eq!(add(&world, order, &["crp"]).unwrap(), []);
    world.receive("T2").unwrap();
    assert_eq!(open(&world, tube), ["sodium", "crp"]);

    // A tube that was rejected serves nobody; the new one serves for what was asked before too.
    let (order, rejected) = world.received(patient, &["sodium"], "T3");
    world.reject(rejected, "clotted").unwrap();
    let again = add(&world, order, &["crp"]).unwrap();
    assert_eq!(again.len(), 1);
    let barcode = world
        .read({
            let id = again[0];
            move |s| specimens::views::specimen(s, id)
        })
        .unwrap()
        .barcode;
    world.receive(&barcode).unwrap();
    assert_eq!(open(&world, again[0]), ["sodium", "crp"]);
    assert_eq!(open(&world, rejected), [""; 0]);
}

#[test]
fn what_cannot_be_added_is_refused() {
    let world = World::new();
    let (order, _) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let cases: [(OrderId, Vec<TestId>, &str); 4] = [
        (OrderId(1), vec![test(&world, "crp")], "orders-unknown"),
        (order, vec![], "orders-nothing-added"),
        (order, vec![test(&world, "sodium")], "orders-nothing-added"),
        (order, vec![TestId(1)], "orders-test-unknown"),
    ];
    for (order, tests, expected) in cases {
        let before = world.head();
        let added = world.lab.submit(world.technician(), None, move |tx| ways::add_tests(tx, order, tests));
        assert_eq!(code(added.wait()), expected);
        assert_eq!(world.head(), before, "{expected}");
    }
}

#[test]
fn a_request_without_a_result_is_cancelled_for_a_reason_and_stands_again_when_it_is_added() {
    let world = World::new();
    let (order, specimen) = world.received(world.patient("MRN-1"), &["sodium", "potassium"], "T1");
    assert_eq!(waiting(&world), [specimen]);
    cancelled(&world, order, &["potassium"], "not wanted any more").unwrap();
    assert_eq!(open(&world, specimen), ["sodium"]);
    let potassium = world.read(move |s| views::requests(s, order)).remove(1);
    let told = potassium.cancelled.unwrap();
    assert_eq!((told.by, told.why.as_str(), told.at), (world.technician(), "not wanted any more", world.now()));
    cancelled(&world, order, &["sodium"], "a mistake").unwrap();
    assert_eq!(waiting(&world), [], "nothing is left to measure");

    assert_eq!(add(&world, order, &["electrolytes"]).unwrap(), []);
    assert_eq!(open(&world, specimen), ["sodium", "potassium"]);
    assert_eq!(waiting(&world), [specimen]);
    assert!(world.read(move |s| views::requests(s, order)).iter().all(|r| r.cancelled.is_none()));
}

#[test]
fn a_specimen_of_which_nothing_is_wanted_is_not_awaited() {
    let world = World::new();
    let (order, specimen) = world.ordered(world.patient("MRN-1"), &["sodium", "crp"], "T1");
    cancelled(&world, order, &["crp"], "ordered twice").unwrap();
    assert_eq!(awaited(&world), [specimen]);
    cancelled(&world, order, &["sodium"], "ordered twice").unwrap();
    assert_eq!(awaited(&world), []);
    add(&world, order, &["lipase"]).unwrap();
    assert_eq!(awaited(&world), [specimen]);
}

#[test]
fn what_cannot_be_cancelled_is_refused() {
    let world = World::new();
    let (order, specimen) = world.received(world.patient("MRN-1"), &["sodium", "potassium", "crp"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    cancelled(&world, order, &["crp"], "not wanted").unwrap();
    let cases: [(OrderId, &[&str], &str, &str); 6] = [
        (OrderId(1), &["potassium"], "not wanted", "orders-unknown"),
        (order, &["potassium"], " ", "orders-cancellation-needs-reason"),
        (order, &["potassium"], "a\nb", "text-control"),
        (order, &["sodium"], "not wanted", "orders-has-result"),
        (order, &["crp"], "not wanted", "orders-requests-changed"),
        (order, &[], "not wanted", "orders-requests-changed"),
    ];
    for (order, analytes, why, expected) in cases {
        let before = world.head();
        assert_eq!(code(cancelled(&world, order, analytes, why)), expected);
        assert_eq!(world.head(), before, "{expected}");
    }
    // A result that was put aside stands no more.
    world.run_because(world.technician(), "a clot", AskForRepeat { result: on_display(&sodium) }).unwrap();
    assert_eq!(open(&world, specimen), ["sodium", "potassium"]);
    cancelled(&world, order, &["sodium"], "not wanted").unwrap();
    let clinician = world.actor(Role::Clinician);
    let why = Some("why not".to_owned());
    let denied = world.lab.submit(clinician, why, move |tx| ways::cancel(tx, order, vec![]));
    assert_eq!(code(denied.wait()), "people-not-permitted");
}

#[test]
fn a_report_does_not_wait_for_what_was_cancelled() {
    let world = World::new();
    let (order, _) = world.received(world.patient("MRN-1"), &["sodium", "crp"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    let versions = || world.read(move |s| reports::views::of_order(s, order));
    assert_eq!(versions().iter().map(|r| (r.version, r.complete)).collect::<Vec<_>>(), [(1, false)]);
    let clerk = world.actor(Role::Clerk);
    let requests = vec![world.read(move |s| views::requests(s, order))[1].id];
    let why = Some("not wanted".to_owned());
    world.lab.submit(clerk, why, move |tx| ways::cancel(tx, order, requests)).wait().unwrap();
    world.compose_due();
    assert_eq!(versions().iter().map(|r| (r.version, r.complete)).collect::<Vec<_>>(), [(2, true), (1, false)]);
}

#[test]
fn what_is_still_to_be_measured_is_found_by_specimen_by_range_and_over_all() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let tubes: Vec<SpecimenId> =
        ["A10", "A11", "A12", "B10"].map(|b| world.received(patient, &["electrolytes"], b).1).to_vec();
    world.ordered(patient, &["sodium"], "A13");
    assert_eq!(waiting(&world), tubes);
    let range = |a: &'static str, b: &'static str| world.read(move |s| work::range(s, a, b));
    assert_eq!(range("A11", "A99"), tubes[1..3]);
    assert_eq!(range("C", "A"), []);

    world.filed("A10", "sodium", "140");
    assert_eq!(open(&world, tubes[0]), ["potassium"]);
    assert_eq!(waiting(&world), tubes);
    let potassium = world.filed("A10", "potassium", "4.0");
    assert_eq!((open(&world, tubes[0]), waiting(&world)), (vec![], tubes[1..].to_vec()));
    world.run_because(world.technician(), "a clot", AskForRepeat { result: on_display(&potassium) }).unwrap();
    assert_eq!((open(&world, tubes[0]), waiting(&world)), (vec!["potassium".to_owned()], tubes.clone()));
    world.reject(tubes[1], "leaked").unwrap();
    assert_eq!(waiting(&world), [tubes[0], tubes[2], tubes[3]]);
    let state = world
        .read({
            let id = tubes[1];
            move |s| specimens::views::specimen(s, id)
        })
        .unwrap()
        .state;
    assert_eq!((state, open(&world, tubes[1])), (State::Rejected, vec![]));
}

/// The list of all is read in pages, each specimen once.
#[test]
fn all_that_is_open_is_read_in_pages() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let tubes: Vec<SpecimenId> =
        (0..work::PAGE + 1).map(|i| world.received(patient, &["sodium"], &format!("T{i}")).1).collect();
    let (first, next) = world.read(|s| work::after(s, None));
    assert_eq!((first.len() as i64, next), (work::PAGE, Some(first[first.len() - 1].specimen)));
    let (second, end) = world.read(move |s| work::after(s, next));
    let seen: Vec<SpecimenId> = first.iter().chain(&second).map(|w| w.specimen).collect();
    assert_eq!((seen, end), (tubes, None));
}

#[test]
fn a_collection_long_ago_is_confirmed_by_its_very_time() {
    let world = World::new();
    let now = world.now();
    let days = |days: i64| now.plus_seconds(-days * 24 * 3_600);
    let late = days(8);
    let asked = late.micros().to_string();
    let cases = [
        (None, String::new(), "done"),
        (Some(now), String::new(), "done"),
        (Some(days(7)), String::new(), "done"),
        (Some(days(7).plus_seconds(-1)), String::new(), "orders-collected-long-ago"),
        (Some(late), String::new(), "orders-collected-long-ago"),
        (Some(late), "yes".to_owned(), "orders-collected-long-ago"),
        (Some(days(800)), asked.clone(), "orders-collected-long-ago"),
        (Some(late), asked.clone(), "done"),
    ];
    for (at, confirmed, expected) in cases {
        let shown = format!("{at:?} {confirmed}");
        let answer = world.lab.read(move |s| super::commands::confirmed(s, now, at, &confirmed)).wait();
        assert_eq!(code(answer), expected, "{shown}");
    }
}
