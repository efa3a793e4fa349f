//! Values that contradict a result: beside it wherever it is signed, and a correction to decide once it is verified.

use crate::common::{self, PASSWORD, Person, Service};
use axum::http::StatusCode;
use titer_lab::Role;
use titer_lab::Tx;
use titer_lab::orders::OrderId;
use titer_lab::orders::Priority;
use titer_lab::patients::{PatientId, commands::RegisterPatient};
use titer_lab::results::commands::{Measurement, ReportResults, RunDetails};
use titer_lab::results::views as results;
use titer_lab::specimens::{SpecimenId, commands::ReceiveSpecimen};
use titer_lab::ways::{self, NewOrder};
use titer_link::filing::Outcome;
use titer_link::links::{LinkId, commands::ConfirmMappings};
use titer_science::Sex;

/// A link whose code 551 means potassium, and a received tube, T1.
async fn bench() -> (Service, LinkId, OrderId, SpecimenId) {
    let service = Service::new().await;
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![potassium], &world.director).await.unwrap();
    let confirm = ConfirmMappings { link, mappings: vec![potassium], signed: world.sign(&world.director).await };
    world.run(world.director.actor(), confirm).await.unwrap();
    let patient = world.patient("MRN-1").await;
    let (order, specimen) = world.received(patient, &["potassium"], "T1").await;
    (service, link, order, specimen)
}

async fn sign(service: &Service, who: &Person, mark: &str) -> common::Answer {
    let answer = service.post(who, "/review/signed", &[("mark", mark), ("password", PASSWORD)]).await;
    service.world.compose_due().await;
    answer
}

#[tokio::test]
async fn two_values_in_one_message_stand_beside_each_other_in_review_and_where_they_are_signed() {
    let (service, link, _, specimen) = bench().await;
    let came = service.measured(link, "T1", &[("551", "4.1", "mmol/L"), ("551", "7.2", "mmol/L")]).await;
    assert!(matches!(came, Outcome::Kept { filed: 1, problems: 1, .. }), "{came:?}");
    let (technician, mark) = (&service.world.technician, service.mark(specimen).await);
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains("Another value came for this test and tube: 7.2 mmol/L ("), "{review}");
    assert!(review.contains("data-alone"), "it is never marked together with others: {review}");
    let page = service.post(technician, "/review/sign", &[("mark", &mark)]).await.page();
    assert!(page.contains("7.2 mmol/L") && page.contains("One result is held"), "{page}");
    let unseen = sign(&service, technician, &mark).await.again();
    assert!(unseen.contains("nothing was signed"), "{unseen}");
    assert_eq!(sign(&service, technician, &format!("{mark}:held")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_page_that_was_open_before_the_rerun_came_signs_nothing() {
    let (service, link, _, specimen) = bench().await;
    service.measured(link, "T1", &[("551", "4.1", "mmol/L")]).await;
    let (technician, mark) = (&service.world.technician, service.mark(specimen).await);
    let shown = service.post(technician, "/review/sign", &[("mark", &mark)]).await.page();
    assert!(!shown.contains("held"), "{shown}");
    service.measured(link, "T1", &[("551", "7.2", "mmol/L")]).await;
    let refused = sign(&service, technician, &mark).await.again();
    assert!(refused.contains("nothing was signed") && refused.contains("Check it again"), "{refused}");
}

#[tokio::test]
async fn a_rerun_of_a_verified_result_is_decided_and_signed() {
    let (service, link, order, specimen) = bench().await;
    service.measured(link, "T1", &[("551", "4.1", "mmol/L")]).await;
    let (technician, mark) = (&service.world.technician, service.mark(specimen).await);
    sign(&service, technician, &mark).await;
    service.measured(link, "T1", &[("551", "7.2", "mmol/L")]).await;
    let result = service.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap().remove(0);
    let address = format!("/review/corrections/{}", result.id);

    let home = service.get(technician, "/").await.page();
    for part in [
        "Corrections to decide",
        &address,
        "Potassium 4.1 mmol/L is verified, and the critical value 7.2 mmol/L contradicts it",
    ] {
        assert!(home.contains(part), "{part}: {home}");
    }
    let review = service.get(technician, "/review").await.page();
    for part in ["Corrections to decide", &address, "technician of the test", "4.1 mmol/L", "7.2 mmol/L", "0 s"] {
        assert!(review.contains(part), "{part}: {review}");
    }
    let tube = service.get(technician, &format!("/specimens/{specimen}")).await.page();
    assert!(
        tube.contains("Contradicted by the critical value 7.2 mmol/L") && tube.contains("Correction open"),
        "{tube}"
    );
    let clinician = service.person(Role::Clinician).await;
    let seen = service.get(&clinician, &format!("/specimens/{specimen}")).await.page();
    assert!(seen.contains("Contradicted by the critical value 7.2 mmol/L"), "{seen}");
    assert!(tube.contains("Notify the requester") && !seen.contains("Notify the requester"), "{seen}");
    let told = service.get(technician, "/messages").await.page();
    assert!(told.contains("correction to decide is open in Review") && !told.contains("ask for a repeat"), "{told}");

    let page = service.get(technician, &address).await.page();
    let id = page.split("name=\"mark\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let given = |reason: &'static str, mark: &'static str| {
        let mark = if mark.is_empty() { id.clone() } else { mark.to_owned() };
        let (service, address, technician) = (&service, &address, technician);
        async move {
            let fields = [("mark", mark.as_str()), ("reason", reason), ("password", PASSWORD)];
            service.post(technician, address, &fields).await
        }
    };
    assert!(given(" ", "").await.again().contains("Give a reason why the result stands"));
    let other = given("diluted <tube>", "1").await.again();
    assert!(other.contains("Open the correction again") && other.contains("diluted &#60;tube&#62;"), "{other}");
    let wrong = [("mark", id.as_str()), ("reason", "diluted"), ("password", "not my password")];
    assert!(service.post(technician, &address, &wrong).await.again().contains("This is not your password"));
    assert_eq!(given("diluted", "").await.status, StatusCode::SEE_OTHER);
    for path in ["/", "/review"] {
        assert!(!service.get(technician, path).await.page().contains("Corrections to decide"), "{path}");
    }
    let closed = service.get(technician, &address).await.page();
    for part in ["Correction decided", "technician of the test decided on", "Reason: diluted", "7.2 mmol/L"] {
        assert!(closed.contains(part), "{part}: {closed}");
    }
    assert!(!closed.contains("name=\"mark\"") && !closed.contains("Sign: the result stands"), "{closed}");
    let tube = service.get(technician, &format!("/specimens/{specimen}")).await.page();
    assert!(tube.contains("Decided and signed: 4.1 mmol/L stands"), "{tube}");
    assert_eq!(service.get(&clinician, &address).await.status, StatusCode::FORBIDDEN);
    assert!(!service.get(&clinician, &format!("/reports/{order}")).await.page().contains("7.2"));
}

#[tokio::test]
async fn a_search_says_where_each_order_stands() {
    let (service, link, order, specimen) = bench().await;
    let technician = &service.world.technician;
    let found = || async { service.get(technician, "/find?q=Okafor").await.page() };
    assert!(found().await.contains("Received"));
    service.measured(link, "T1", &[("551", "4.1", "mmol/L")]).await;
    let mark = service.mark(specimen).await;
    sign(&service, technician, &mark).await;
    let page = found().await;
    assert!(page.contains("Final") && page.contains(&format!("/orders/{order}")), "{page}");
    let patient = service.world.patient("MRN-2").await;
    let (_, rejected) = service.world.received(patient, &["potassium"], "T2").await;
    service.world.reject(rejected).await.unwrap();
    service.world.compose_due().await;
    let page = found().await;
    assert_eq!((page.matches("Final").count(), page.contains("Ordered")), (2, false), "{page}");
}

/// A tube that is lost: the order's page asks again, and the report says why.
#[tokio::test]
async fn what_was_lost_is_said_and_asked_for_again() {
    let (service, _, order, specimen) = bench().await;
    let technician = &service.world.technician;
    let address = format!("/orders/{order}");
    assert!(!service.get(technician, &address).await.page().contains("Ask for these tests again"));
    service.world.reject(specimen).await.unwrap();
    service.world.compose_due().await;
    let report = service.get(technician, &format!("/reports/{order}")).await.page();
    assert!(report.contains("Potassium was not measured: specimen clotted (tube T1)."), "{report}");
    let page = service.get(technician, &address).await.page();
    assert!(page.contains("Ask for these tests again") && page.contains("Final"), "{page}");
    let done = service.post(technician, &format!("{address}/again"), &[]).await;
    let page = service.get(technician, done.location()).await.page();
    assert!(page.contains("The tests are ordered again") && page.contains("Preliminary"), "{page}");
    let nothing = service.post(technician, &format!("{address}/again"), &[]).await.again();
    assert!(nothing.contains("Choose a test that the order does not have"), "{nothing}");
}

/// What a document says of a value that is no number, a page says too.
#[tokio::test]
async fn a_value_that_is_no_number_is_not_judged_beside_its_interval() {
    let (service, link, ..) = bench().await;
    // A word that no dialect lists does not come so far.
    service.measured(link, "T1", &[("551", "haemolysed", "mmol/L")]).await;
    let told = service.get(&service.world.technician, "/messages").await.page();
    assert!(told.contains("“haemolysed” is neither a number nor a word"), "{told}");
    let analyte = service.world.catalog().await.analyte_by_key("potassium").unwrap().id;
    let measured = Measurement {
        answer: None,
        analyte,
        code: "551".to_owned(),
        value: "haemolysed".to_owned(),
        unit: "mmol/L".to_owned(),
        sent: None,
        measured_at: None,
        holds: vec![],
        mapping: None,
        unfit: None,
        run: RunDetails::default(),
    };
    let (instrument, barcode) = ("C111".to_owned(), "T1".to_owned());
    let measurements = vec![measured];
    let measured_by = service.world.instrument(link).await;
    let filed =
        ReportResults { link: link.0, instrument, measured_by, barcode, measurements, tube: None, origin: None };
    service.world.run(titer_lab::Actor::Link(link.0), filed).await.unwrap();
    let page = service.get(&service.world.technician, "/review").await.page();
    assert!(
        page.contains("not judged: the value is not a number") && !page.contains("no interval is approved"),
        "{page}"
    );
    let patient = service.world.patient("MRN-2").await;
    service.world.received(patient, &["potassium"], "T2").await;
    service.measured(link, "T2", &[("551", "", "mmol/L")]).await;
    let told = service.get(&service.world.technician, "/messages").await.page();
    assert!(told.contains("The analyzer sent no “Value”") && !told.contains("Fill it in"), "{told}");
}

#[tokio::test]
async fn a_page_about_a_patient_calls_who_asked_by_its_name() {
    let (service, _, order, _) = bench().await;
    let page = service.get(&service.world.technician, &format!("/orders/{order}")).await.page();
    assert!(!page.contains("Location") && page.contains("<dt>Requested by</dt><dd>Ward 4</dd>"), "{page}");
}

/// The result itself is not critical. Whoever sees it sees that at once.
#[tokio::test]
async fn a_critical_value_that_contradicts_is_as_urgent_as_a_critical_result() {
    let (service, link, _, specimen) = bench().await;
    let technician = &service.world.technician;
    service.measured(link, "T1", &[("551", "4.1", "mmol/L")]).await;
    assert!(!service.get(technician, "/").await.page().contains("critical"));
    service.measured(link, "T1", &[("551", "7.9", "mmol/L")]).await;
    let home = service.get(technician, "/").await.page();
    for part in ["Results to review, some critical", "Potassium 4.1 mmol/L is contradicted by a critical value"] {
        assert!(home.contains(part), "{part}: {home}");
    }
    let mark = service.mark(specimen).await;
    let pages = [
        service.get(technician, "/review").await.page(),
        service.post(technician, "/review/sign", &[("mark", &mark)]).await.page(),
        service.get(technician, &format!("/specimens/{specimen}")).await.page(),
    ];
    for page in &pages {
        for part in ["<tr class=\"critical\">", "A value that contradicts this result is critical", "7.9 mmol/L"] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    assert!(pages[0].contains("1 critical"), "{}", pages[0]);

    sign(&service, technician, &format!("{mark}:held")).await;
    assert!(!service.get(technician, "/").await.page().contains("critical"), "it was signed over");
    service.measured(link, "T1", &[("551", "8.2", "mmol/L")]).await;
    let home = service.get(technician, "/").await.page();
    for part in ["Corrections to decide, some with critical values", "and the critical value 8.2 mmol/L contradicts it"]
    {
        assert!(home.contains(part), "{part}: {home}");
    }
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains("<tr class=\"critical\">") && review.contains(">HH<"), "{review}");
    let tube = service.get(technician, &format!("/specimens/{specimen}")).await.page();
    assert!(tube.contains("Contradicted by the critical value 8.2 mmol/L") && tube.contains("<tr class=\"critical\">"));
}

#[tokio::test]
async fn a_correction_says_what_came_with_its_value_and_what_was_dismissed_before() {
    let (service, link, _, specimen) = bench().await;
    let technician = &service.world.technician;
    service.measured(link, "T1", &[("551", "4.1", "mmol/L")]).await;
    let mark = service.mark(specimen).await;
    sign(&service, technician, &mark).await;
    service.measured(link, "T1", &[("551", "7.9", "mmol/L"), ("551", "310", "mg/dL")]).await;
    let result = service.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap().remove(0);
    let address = format!("/review/corrections/{}", result.id);
    let page = service.get(technician, &address).await.page();
    let message = service.world.held().await.remove(0).id;
    for part in [
        "A contradicting value is critical. Check the value",
        "Critical value: check it, and notify the requester without delay.",
        "in a unit that is not mapped",
        "310 mg/dL",
        &format!("href=\"/messages/{message}\""),
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Values decided earlier"), "{page}");
    let marks: Vec<&str> = page.split("name=\"mark\" value=\"").skip(1).map(|m| m.split('"').next().unwrap()).collect();
    assert_eq!(marks.len(), 2);
    let fields = [("mark", marks[0]), ("mark", marks[1]), ("reason", "diluted"), ("password", PASSWORD)];
    assert_eq!(service.post(technician, &address, &fields).await.status, StatusCode::SEE_OTHER);
    // Measured again, it is to be decided again.
    service.measured(link, "T1", &[("551", "8.0", "mmol/L")]).await;
    let page = service.get(technician, &address).await.page();
    let (open, before) = page.split_once("Values decided earlier").unwrap();
    assert!(open.contains("8.0 mmol/L") && before.contains("7.9 mmol/L") && before.contains("310 mg/dL"), "{page}");
}

/// A child, for whom no approved limit says which potassium is critical.
async fn child(service: &Service, identifier: &str) -> PatientId {
    let register = RegisterPatient {
        identifier: identifier.to_owned(),
        family: "Quill".to_owned(),
        given: "Ben".to_owned(),
        sex: Sex::Male,
        birth_date: Some(jiff::civil::date(2022, 3, 1)),
    };
    service.world.run(service.world.technician.actor(), register).await.unwrap()
}

/// Orders a test of a patient, receives the tube, verifies a result, and gets another value.
async fn contradicted(
    service: &Service,
    link: LinkId,
    (patient, priority): (PatientId, Priority),
    (test, tube): (&str, &str),
    [first, second]: [(&str, &str, &str); 2],
) -> SpecimenId {
    let world = &service.world;
    let tests = vec![world.catalog().await.tests().iter().find(|t| t.key == test).unwrap().id];
    let (requester, barcode) = ("Ward 4".to_owned(), Some(tube.to_owned()));
    let order = NewOrder { patient, tests, priority, requester, collected_at: None, barcode: barcode.clone() };
    let receive = ReceiveSpecimen { barcode: tube.to_owned(), collected_at: None };
    let place = move |tx: &mut Tx<'_, '_>| {
        let (_, specimens) = ways::place(tx, order)?;
        tx.run(receive)?;
        Ok(specimens[0])
    };
    let specimen = world.lab.submit(world.technician.actor(), None, place).await.unwrap();
    service.measured(link, tube, &[first]).await;
    let mark = service.mark(specimen).await;
    assert_eq!(sign(service, &world.technician, &format!("{mark}:held")).await.status, StatusCode::SEE_OTHER);
    service.measured(link, tube, &[second]).await;
    specimen
}

#[tokio::test]
async fn what_is_to_be_decided_says_in_words_how_urgent_it_is_and_the_most_urgent_comes_first() {
    let (service, link, ..) = bench().await;
    let (world, technician) = (&service.world, &service.world.technician);
    let sodium = world.propose(link, "552", "mmol/L", "sodium").await.unwrap();
    world.approve(link, vec![sodium], &world.director).await.unwrap();
    let (na, k) = (("552", "140", "mmol/L"), ("551", "4.1", "mmol/L"));
    let patient = |number: &'static str| world.patient(number);
    let cases = [
        (patient("MRN-R").await, Priority::Routine, "sodium", "ROUTINE-NA", [na, ("552", "141", "mmol/L")]),
        (patient("MRN-S").await, Priority::Stat, "sodium", "STAT-NA", [na, ("552", "142", "mmol/L")]),
        (child(&service, "MRN-C").await, Priority::Routine, "potassium", "CHILD-K", [k, ("551", "7.2", "mmol/L")]),
        (patient("MRN-A").await, Priority::Urgent, "potassium", "ADULT-K", [k, ("551", "7.9", "mmol/L")]),
    ];
    let mut specimens = Vec::new();
    for (patient, priority, test, tube, values) in cases {
        specimens.push(contradicted(&service, link, (patient, priority), (test, tube), values).await);
    }
    let page = service.get(technician, "/review").await.page();
    let queue = page.split("id=\"corrections\"").nth(1).unwrap().split("</section>").next().unwrap();
    let rows: Vec<&str> = queue.split("<tr").skip(2).collect();
    let expected = [
        ("ADULT-K", "MRN-A", "Critical", true),
        ("CHILD-K", "MRN-C", "Treat as critical", true),
        ("STAT-NA", "MRN-S", "STAT", false),
        ("ROUTINE-NA", "MRN-R", "141 mmol/L", false),
    ];
    assert_eq!(rows.len(), expected.len(), "{queue}");
    for (row, (tube, identifier, said, urgent)) in rows.iter().zip(expected) {
        assert!(row.contains(tube) && row.contains(identifier) && row.contains(said), "{tube}: {row}");
        assert_eq!((row.contains("class=\"critical\""), row.contains("ritical</b>")), (urgent, urgent), "{row}");
    }
    let home = service.get(technician, "/").await.page();
    for part in ["7.2 mmol/L contradicts it: treat this value as critical", "the critical value 7.9 mmol/L"] {
        assert!(home.contains(part), "{part}: {home}");
    }
    let of = specimens[2];
    let result = world.lab.read(move |s| Ok(results::of_specimen(s, of)?)).await.unwrap().remove(0);
    let page = service.get(technician, &format!("/review/corrections/{}", result.id)).await.page();
    for part in ["Treat it as critical: check the value", "Treat as critical</b>", "MRN-C", "Ward 4"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let tube = service.get(technician, &format!("/specimens/{of}")).await.page();
    assert!(tube.contains("which is to be treated as critical") && tube.contains("<tr class=\"critical\">"), "{tube}");
}

/// Before the result is verified, too.
#[tokio::test]
async fn a_value_that_nobody_can_judge_beside_a_result_is_as_urgent_as_a_critical_one() {
    let (service, link, ..) = bench().await;
    let (world, technician) = (&service.world, &service.world.technician);
    let patient = child(&service, "MRN-C").await;
    world.received(patient, &["potassium"], "CHILD-K").await;
    service.measured(link, "CHILD-K", &[("551", "4.1", "mmol/L"), ("551", "7.2", "mmol/L")]).await;
    let review = service.get(technician, "/review").await.page();
    let said = "No approved limit decides whether a value that contradicts this result is critical";
    assert!(review.contains(said) && review.contains("<tr class=\"critical\">"), "{review}");
    let home = service.get(technician, "/").await.page();
    assert!(home.contains("Potassium 4.1 mmol/L is contradicted by a value to treat as critical"), "{home}");
}

/// On Home the row of a critical result was told from others by its colour alone.
#[tokio::test]
async fn home_says_in_words_which_result_is_critical() {
    let (service, link, ..) = bench().await;
    service.measured(link, "T1", &[("551", "7.9", "mmol/L")]).await;
    let patient = child(&service, "MRN-C").await;
    service.world.received(patient, &["potassium"], "CHILD-K").await;
    service.measured(link, "CHILD-K", &[("551", "4.4", "mmol/L")]).await;
    let home = service.get(&service.world.technician, "/").await.page();
    for part in ["Potassium 7.9 mmol/L is critical", "Potassium 4.4 mmol/L: treat as critical until judged"] {
        assert!(home.contains(part), "{part}: {home}");
    }
}

#[tokio::test]
async fn who_signs_is_told_of_a_value_that_came_after_the_page_was_opened() {
    let (service, link, _, specimen) = bench().await;
    let technician = &service.world.technician;
    service.measured(link, "T1", &[("551", "4.1", "mmol/L")]).await;
    let mark = service.mark(specimen).await;
    sign(&service, technician, &mark).await;
    service.measured(link, "T1", &[("551", "7.2", "mmol/L")]).await;
    let result = service.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap().remove(0);
    let address = format!("/review/corrections/{}", result.id);
    let marks = |page: &str| -> Vec<String> {
        page.split("name=\"mark\" value=\"").skip(1).map(|m| m.split('"').next().unwrap().to_owned()).collect()
    };
    let old = service.get(technician, &address).await.page();
    assert!(old.contains("data-live-new=") && old.contains("data-live-count"), "the page announces new values: {old}");
    service.measured(link, "T1", &[("551", "8.4", "mmol/L")]).await;
    let queue = service.get(technician, "/review").await.page();
    assert!(queue.contains("and 1 more value"), "{queue}");
    let decide = |marks: Vec<String>| {
        let (service, address) = (&service, &address);
        async move {
            let mut fields: Vec<(&str, &str)> = marks.iter().map(|m| ("mark", m.as_str())).collect();
            fields.extend([("reason", "diluted"), ("password", PASSWORD)]);
            service.post(technician, address, &fields).await
        }
    };
    let done = decide(marks(&old)).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, address.as_str()));
    let page = service.get(technician, &address).await.page();
    assert!(page.contains("one more value contradicts this result"), "{page}");
    let (open, before) = page.split_once("Values decided earlier").unwrap();
    assert!(
        open.contains("8.4 mmol/L") && before.contains("7.2 mmol/L") && before.contains("Reason: diluted"),
        "{page}"
    );
    // The old page once more: what was decided is said, and what is left is shown.
    let late = decide(marks(&old)).await.again();
    assert!(late.contains("technician of the test decided this already") && late.contains("8.4 mmol/L"), "{late}");
    assert_eq!(decide(marks(&page)).await.location(), "/review");
}
