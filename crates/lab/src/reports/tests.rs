use titer_store::Sha256;

use super::{
    COMPOSE, RENDER, ReportId,
    commands::{ComposeAnew, ComposeReport, IssueReport, RetryReport},
    document::Document,
    views,
};
use crate::{
    Actor, Role, jobs,
    orders::{OrderId, Priority},
    results::commands::VerifyResults,
    sites::commands::DescribeSite,
    testing::{World, code, described, on_display, wait},
    ways::{self, NewOrder},
};

fn versions(world: &World, order: OrderId) -> Vec<(i64, bool)> {
    world.read(move |s| views::of_order(s, order)).into_iter().map(|r| (r.version, r.complete)).collect()
}

/// What the last version of an order's report says.
fn document(world: &World, order: OrderId) -> Document {
    world.read(move |s| {
        let last = views::of_order(s, order)?.remove(0).id;
        views::document(s, last)
    })
}

fn issue(world: &World, who: Actor, report: ReportId, bytes: &[u8]) -> &'static str {
    code(world.run(who, IssueReport { report, bytes: bytes.to_vec() }))
}

#[test]
fn each_signature_makes_a_version_preliminary_until_nothing_is_outstanding() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["sodium", "potassium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    assert_eq!(world.verified(&[&sodium]), [order]);
    assert_eq!(versions(&world, order), [(1, false)]);
    let first = document(&world, order);
    assert_eq!(first.outstanding, ["Potassium"]);
    assert_eq!(first.results.len(), 1);

    let potassium = world.filed("T1", "potassium", "7.0");
    world.verified(&[&potassium]);
    assert_eq!(versions(&world, order), [(2, true), (1, false)]);
    let second = document(&world, order);
    assert_eq!((second.complete, second.outstanding.len()), (true, 0));
    let lines: Vec<_> = second
        .results
        .iter()
        .map(|l| (l.name.as_str(), l.value.as_str(), l.flag.as_str(), l.critical.as_str()))
        .collect();
    assert_eq!(lines, [("Sodium", "140", "N", ""), ("Potassium", "7.0", "H", "high")], "in the order of the request");
    assert_eq!(world.results(specimen).len(), 2);
    let said_first = world.read(move |s| {
        let first = views::of_order(s, order)?.remove(1).id;
        views::document(s, first)
    });
    assert_eq!(said_first.outstanding, ["Potassium"], "an older version says what it said");
}

#[test]
fn a_report_says_all_that_it_will_print() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let collected_at = Some(world.now());
    let order =
        NewOrder { priority: Priority::Urgent, collected_at, ..world.order(patient, &["sodium", "hemoglobin"]) };
    let (order, specimens) = world.place(order, None).unwrap();
    world.pass(600);
    let [serum, blood] = specimens[..] else { panic!("two tubes") };
    let barcode = world.read(move |s| crate::specimens::views::specimen(s, serum)).unwrap().barcode;
    let received = world.now();
    world.receive(&barcode).unwrap();
    world.reject(blood, "clotted").unwrap();
    let sodium = world.filed(&barcode, "sodium", "118");
    world.pass(600);
    world.verified(&[&sodium]);
    let said = document(&world, order);
    assert_eq!(said.laboratory.name, "Test Laboratory");
    assert_eq!(said.laboratory.address, ["1 Test Street", "Testville"]);
    assert_eq!((said.laboratory.director.as_str(), said.laboratory.zone.as_str()), ("Dr Ada Quill", "Europe/Berlin"));
    assert_eq!(
        (said.patient.identifier.as_str(), said.patient.sex.as_str(), said.patient.birth_date.as_str()),
        ("MRN-1", "female", "1971-04-02")
    );
    assert_eq!((said.requester.as_str(), said.priority.as_str(), said.version), ("Ward 4", "urgent", 1));
    let tubes: Vec<_> =
        said.specimens.iter().map(|s| (s.name.as_str(), s.rejected.as_str(), s.collected_at, s.received_at)).collect();
    let collected = collected_at.map(|c| c.micros());
    assert_eq!(tubes, [("Serum", "", collected, Some(received.micros())), ("Whole blood", "clotted", collected, None)]);
    let lost: Vec<_> = said.not_measured.iter().map(|l| (l.name.as_str(), l.reason.as_str())).collect();
    assert_eq!((said.outstanding.len(), lost), (0, vec![("Haemoglobin", "clotted")]));
    let line = &said.results[0];
    assert_eq!((line.name.as_str(), line.loinc.as_str(), line.unit.as_str()), ("Sodium", "2951-2", "mmol/L"));
    assert_eq!((line.low.as_str(), line.high.as_str(), line.has_interval), ("136", "145", true));
    assert_eq!((line.flag.as_str(), line.critical.as_str()), ("L", "low"));
    assert_eq!((line.verified_by.as_str(), line.verified_at), ("technician of the test", world.now().micros()));
}

#[test]
fn the_previous_result_on_a_report_is_from_before_the_report_s_first() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let previous = |order| document(&world, order).results[0].previous.clone();
    let (before, _) = world.received(patient, &["sodium"], "T1");
    let first = world.filed("T1", "sodium", "138");
    let measured = world.now();
    world.verified(&[&first]);
    assert_eq!(previous(before), None);
    world.pass(3_600);
    let (order, _) = world.received(patient, &["sodium", "potassium"], "T2");
    let sodium = world.filed("T2", "sodium", "139");
    world.verified(&[&sodium]);
    world.pass(3_600);
    let potassium = world.filed("T2", "potassium", "4.0");
    world.verified(&[&potassium]);
    assert_eq!(previous(order), Some(("138 mmol/L".to_owned(), measured.micros())), "not its own, in a later version");
}

#[test]
fn what_was_not_verified_is_on_no_report() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, _) = world.received(patient, &["sodium", "potassium"], "T1");
    world.filed("T1", "sodium", "140");
    let potassium = world.filed("T1", "potassium", "4.0");
    world.verified(&[&potassium]);
    let said = document(&world, order);
    assert_eq!((said.results.len(), said.outstanding), (1, vec!["Sodium".to_owned()]));
}

#[test]
fn a_report_needs_an_order_and_a_laboratory_that_says_who_it_is() {
    let world = World::new();
    let compose = |order| ComposeReport { order };
    assert_eq!(code(world.run(Actor::Timer, compose(OrderId(1)))), "orders-unknown");

    let nameless = World::empty();
    let text = crate::testing::CATALOG;
    let import = crate::catalog::commands::ImportCatalog(crate::catalog::starter::parse(text).unwrap());
    nameless.run(Actor::Console, import).unwrap();
    let patient = nameless.patient("MRN-1");
    let (order, _) = nameless.received(patient, &["sodium"], "T1");
    assert_eq!(code(nameless.run(Actor::Timer, compose(order))), "sites-not-described");
    let sodium = nameless.filed("T1", "sodium", "140");
    let verify = VerifyResults { results: vec![on_display(&sodium)], signed: nameless.signed(Role::Technician) };
    assert_eq!(code(nameless.run(nameless.technician(), verify)), "sites-not-described", "nobody signs in vain");
}

#[test]
fn a_report_s_bytes_are_made_once_and_kept() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, _) = world.received(patient, &["sodium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    let report = world.read(move |s| views::of_order(s, order)).remove(0);
    let due = wait(jobs::due(&world.lab)).unwrap();
    assert_eq!(
        due.iter().map(|j| (j.kind.as_str(), j.subject, j.id)).collect::<Vec<_>>(),
        [(RENDER, report.id.0, report.job())]
    );

    world.pass(5);
    assert_eq!(issue(&world, Actor::Timer, ReportId(1), b"%PDF"), "reports-unknown");
    assert_eq!(issue(&world, Actor::Timer, report.id, b"%PDF first"), "done");
    assert_eq!(wait(jobs::due(&world.lab)).unwrap(), []);
    let before = world.head();
    assert_eq!(issue(&world, Actor::Timer, report.id, b"%PDF second"), "done", "the job ran twice");
    assert_eq!(world.head(), before);
    let (at, sha256) = world.read(move |s| views::report(s, report.id)).unwrap().issued.unwrap();
    assert_eq!((at, sha256), (world.now(), Sha256::of(b"%PDF first")));
    assert_eq!(world.read(move |s| titer_store::reading::blob(s, sha256)).unwrap(), b"%PDF first");
}

#[test]
fn a_report_that_could_not_be_typeset_is_tried_anew_when_somebody_asks() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, _) = world.received(patient, &["sodium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    let report = world.read(move |s| views::of_order(s, order)).remove(0).id;
    let job = wait(jobs::due(&world.lab)).unwrap().remove(0);
    wait(jobs::failed(&world.lab, &titer_store::DueJob { tries: 4, ..job.clone() }, "no font")).unwrap();
    world.pass(24 * 3_600);
    assert_eq!(wait(jobs::due(&world.lab)).unwrap(), []);
    let retry = |report| code(world.run(world.actor(Role::Technician), RetryReport { report }));
    assert_eq!(retry(ReportId(1)), "reports-unknown");
    assert_eq!(retry(report), "done");
    assert_eq!(wait(jobs::due(&world.lab)).unwrap(), [job]);
    issue(&world, Actor::Timer, report, b"%PDF");
    assert_eq!(retry(report), "reports-issued");
}

#[test]
fn a_report_that_cannot_be_typeset_gives_way_to_a_new_version() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, _) = world.received(patient, &["sodium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    let first = world.read(move |s| views::of_order(s, order)).remove(0).id;
    let anew = |report| code(world.run(world.actor(Role::Technician), ComposeAnew { report }));
    assert_eq!(anew(ReportId(1)), "reports-unknown");
    assert_eq!(anew(first), "reports-not-failed", "it is being made");
    let job = wait(jobs::due(&world.lab)).unwrap().remove(0);
    wait(jobs::failed(&world.lab, &job, "the address is too long")).unwrap();
    let address = DescribeSite { address: "1 Test Street".to_owned(), ..described() };
    world.run(Actor::Console, address).unwrap();
    assert_eq!(anew(first), "done");
    assert_eq!(world.read(|s| jobs::failures(s)).0, [], "nobody is alarmed any more");
    world.compose_due();
    let reports = world.read(move |s| views::of_order(s, order));
    assert_eq!(reports.iter().map(|r| r.version).collect::<Vec<_>>(), [2, 1]);
    let second = reports[0].id;
    assert_eq!(due(&world), [(RENDER.to_owned(), second.0)], "the first is never typeset");
    let said = world.read(move |s| views::document(s, second));
    assert_eq!(said.laboratory.address, ["1 Test Street"], "as it stands now");
    assert_eq!(anew(first), "reports-not-failed", "a newer one is there");
    issue(&world, Actor::Timer, second, b"%PDF");
    assert_eq!(anew(second), "reports-issued");
}

#[test]
fn reports_are_listed_the_latest_first() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let mut orders = Vec::new();
    for barcode in ["T1", "T2"] {
        orders.push(world.received(patient, &["sodium"], barcode).0);
        let sodium = world.filed(barcode, "sodium", "140");
        world.verified(&[&sodium]);
    }
    let listed = world.read(|s| views::reports(s, None));
    assert_eq!(listed.iter().map(|r| r.order).collect::<Vec<_>>(), [orders[1], orders[0]]);
    let (last, first) = (listed[0].id, listed[1].id);
    assert_eq!(world.read(move |s| views::reports(s, Some(last))).len(), 1);
    assert!(world.read(move |s| views::reports(s, Some(first))).is_empty());
}

fn sign(world: &World, results: &[&crate::results::views::LabResult]) {
    let results = results.iter().map(|r| on_display(r)).collect();
    world.run(world.technician(), VerifyResults { results, signed: world.signed(Role::Technician) }).unwrap();
}

/// The kind and the subject of what is due.
fn due(world: &World) -> Vec<(String, i64)> {
    wait(jobs::due(&world.lab)).unwrap().into_iter().map(|job| (job.kind, job.subject)).collect()
}

#[test]
fn a_signature_makes_a_report_due_and_several_make_one() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, _) = world.received(patient, &["sodium", "potassium"], "T1");
    let [sodium, potassium] = [("sodium", "140"), ("potassium", "4.0")].map(|(a, v)| world.filed("T1", a, v));
    sign(&world, &[&sodium]);
    assert_eq!(due(&world), [(COMPOSE.to_owned(), order.0)]);
    assert_eq!(versions(&world, order), []);
    world.pass(60);
    sign(&world, &[&potassium]);
    assert_eq!(due(&world), [(COMPOSE.to_owned(), order.0)]);
    world.compose_due();
    assert_eq!(versions(&world, order), [(1, true)], "one report, with both");
    let report = world.read(move |s| views::of_order(s, order)).remove(0);
    assert_eq!(due(&world), [(RENDER.to_owned(), report.id.0)]);
}

/// A report follows from a signature: composing it is tried until it is done.
#[test]
fn a_report_that_could_not_be_composed_is_tried_for_ever_and_then_forgets_its_failures() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, _) = world.received(patient, &["sodium", "potassium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    sign(&world, &[&sodium]);
    for tries in 0..10 {
        let job = wait(jobs::due(&world.lab)).unwrap().remove(0);
        assert_eq!((job.kind.as_str(), job.tries), (COMPOSE, tries));
        wait(jobs::postponed(&world.lab, &job, "the disk is full")).unwrap();
        assert_eq!(due(&world), []);
        world.pass(120);
    }
    assert_eq!(world.read(|s| jobs::failures(s)).0.len(), 1, "meanwhile a person sees it");
    world.compose_due();
    assert_eq!((versions(&world, order), world.read(|s| jobs::failures(s)).0.len()), (vec![(1, false)], 0));
    let potassium = world.filed("T1", "potassium", "4.0");
    sign(&world, &[&potassium]);
    let job = wait(jobs::due(&world.lab)).unwrap().into_iter().find(|job| job.kind == COMPOSE).unwrap();
    assert_eq!(job.tries, 0, "the next report has nothing to do with it");
}

/// Reports were once composed in the submission of the signature, and after a cancellation.
#[test]
fn a_journal_in_which_reports_follow_at_once_leaves_nothing_to_compose() {
    let world = World::new();
    let head = world.head();
    let patient = world.patient("MRN-1");
    let (order, _) = world.received(patient, &["sodium", "potassium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    let potassium = world.read(move |s| crate::orders::views::requests(s, order))[1].id;
    let why = Some("not wanted".to_owned());
    world.lab.submit(world.technician(), why, move |tx| ways::cancel(tx, order, vec![potassium])).wait().unwrap();
    world.compose_due();
    for report in world.read(move |s| views::of_order(s, order)) {
        issue(&world, Actor::Timer, report.id, b"%PDF");
    }
    let kinds: Vec<String> = world.kinds_after(head).into_iter().filter(|k| k.starts_with("re")).collect();
    let at_once = ["results.reported", "results.verified", "reports.composed", "reports.composed"];
    assert_eq!(kinds, [&at_once[..], &["reports.issued", "reports.issued"]].concat());
    assert_eq!(due(&world), []);
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(due(&world), []);
}
