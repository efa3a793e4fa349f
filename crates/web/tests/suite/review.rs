//! From a result that waits to the report that goes out: what may be marked together, what the signing page shows, and what it leaves out.

use crate::common::{self, PASSWORD, Person, Service};
use axum::http::StatusCode;
use titer_lab::orders::OrderId;
use titer_lab::reports::views as reports;
use titer_lab::results::{State, commands::SIGNED_MAX, views as results};
use titer_lab::specimens::SpecimenId;
use titer_lab::{Role, Tx, catalog, jobs, patients::commands::RegisterPatient};
use titer_link::filing::Outcome;
use titer_link::links::{LinkId, commands::ConfirmMappings};

/// A link whose code 550 means ALP and 551 potassium; only the second was compared with the instrument's printout.
async fn link(service: &Service) -> LinkId {
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let alp = world.propose(link, "550", "U/L", "alp").await.unwrap();
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![alp, potassium], &world.director).await.unwrap();
    let confirm = ConfirmMappings { link, mappings: vec![potassium], signed: world.sign(&world.director).await };
    world.lab.submit(world.director.actor(), None, move |tx: &mut Tx<'_, '_>| tx.run(confirm)).await.unwrap();
    link
}

/// A tube with one result.
async fn tube(
    service: &Service,
    link: LinkId,
    barcode: &str,
    test: &str,
    sent: (&str, &str, &str),
) -> (OrderId, SpecimenId) {
    let patient = service.world.patient(&format!("MRN-{barcode}")).await;
    let placed = service.world.received(patient, &[test], barcode).await;
    let came = service.measured(link, barcode, &[sent]).await;
    assert!(matches!(came, Outcome::Kept { filed: 1, problems: 0, .. }), "{came:?}: {:?}", service.problems().await);
    placed
}

/// The row of a mark on the worklist.
fn row<'a>(page: &'a str, mark: &str) -> &'a str {
    let at = page.find(&format!("value=\"{mark}\"")).unwrap_or_else(|| panic!("{mark} is not on {page}"));
    let begin = page[..at].rfind("<tr").unwrap();
    &page[begin..at + page[at..].find("</tr>").unwrap()]
}

async fn sign(service: &Service, who: &Person, marks: &[&str]) -> common::Answer {
    let mut fields: Vec<(&str, &str)> = marks.iter().map(|m| ("mark", *m)).collect();
    fields.push(("password", PASSWORD));
    let answer = service.post(who, "/review/signed", &fields).await;
    service.world.compose_due().await;
    answer
}

#[tokio::test]
async fn critical_and_held_results_are_marked_one_by_one() {
    let service = Service::new().await;
    let link = link(&service).await;
    let (_, clean) = tube(&service, link, "CLEAN-1", "potassium", ("551", "4.1", "mmol/L")).await;
    let (_, critical) = tube(&service, link, "CRIT-1", "potassium", ("551", "6.9", "mmol/L")).await;
    let (_, held) = tube(&service, link, "HELD-1", "alp", ("550", "95.2", "U/L")).await;
    let page = service.get(&service.world.technician, "/review").await.page();
    let order = ["CRIT-1", "HELD-1", "CLEAN-1"].map(|number| page.find(&format!(">{number}<")).unwrap());
    assert!(order.is_sorted(), "critical first, then held: {order:?}");
    let (clean, critical, held) = (service.mark(clean).await, service.mark(critical).await, service.mark(held).await);
    assert!(!row(&page, &clean).contains("data-alone"));
    assert!(row(&page, &critical).contains("data-alone") && row(&page, &critical).contains("class=\"critical\""));
    assert!(row(&page, &held).contains("data-alone"));
    assert!(row(&page, &held).contains("compare with the analyzer"), "{}", row(&page, &held));
    assert_eq!(page.matches("data-mark-group").count(), 1, "a tube with nothing else has no box for the whole tube");
}

#[tokio::test]
async fn what_is_reviewed_and_signed_becomes_a_report() {
    let service = Service::new().await;
    let link = link(&service).await;
    let (order, specimen) = tube(&service, link, "T20-10143GA D07", "alp", ("550", "95.2", "U/L")).await;
    let technician = &service.world.technician;
    let mark = service.mark(specimen).await;

    let page = service.post(technician, "/review/sign", &[("mark", &mark)]).await.page();
    for part in ["You are about to sign one result", "95<i>.2</i>", "compare with the analyzer", "One result is held"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let shown = format!("{mark}:held");
    assert!(page.contains(&format!("value=\"{shown}\"")), "the mark says that the reasons were shown");

    let wrong = [("mark", shown.as_str()), ("password", "not my password")];
    let refused = service.post(technician, "/review/signed", &wrong).await.again();
    assert!(refused.contains("This is not your password") && refused.contains("95<i>.2</i>"), "{refused}");
    let unseen = sign(&service, technician, &[&mark]).await.again();
    assert!(unseen.contains("nothing was signed"), "reasons that were not shown are not lifted: {unseen}");

    let done = sign(&service, technician, &[&shown]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/review"));
    let list = service.get(technician, "/review").await.page();
    assert!(list.contains("One result is verified") && list.contains("No results to review"), "{list}");
    let later = service.get(technician, "/review?verified=100").await.page();
    assert!(!later.contains("is verified") && !later.contains("are verified"), "said once, and by no link: {later}");
    let again = sign(&service, technician, &[&shown]).await.again();
    assert!(again.contains("technician of the test verified it on"), "who and when: {again}");

    let report = service.world.lab.read(move |s| Ok(reports::of_order(s, order)?)).await.unwrap()[0].clone();
    let clinician = service.person(Role::Clinician).await;
    let pdf = format!("/reports/{}/pdf", report.id);
    assert!(service.get(&clinician, "/reports").await.page().contains("Being made"));
    assert_eq!(service.get(&clinician, &pdf).await.status, StatusCode::NOT_FOUND);
    service.typeset(report.id).await;
    for address in [format!("/reports/{order}"), format!("/reports/{}", report.id)] {
        let page = service.get(&clinician, &address).await.page();
        for part in ["OKAFOR-LINDQVIST", "95<i>.2</i>", "technician of the test", "Alkaline phosphatase", &pdf] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    let document = service.get(&clinician, &pdf).await;
    assert_eq!(document.headers["content-type"], "application/pdf");
    let name = document.headers["content-disposition"].to_str().unwrap();
    assert!(name.starts_with("inline; filename=\"report-") && !name.to_lowercase().contains("okafor"), "{name}");
    assert!(document.bytes.starts_with(b"%PDF-"));
    assert_eq!(document.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_result_without_holds_is_signed_without_more_and_the_password_is_given_once() {
    let service = Service::new().await;
    let link = link(&service).await;
    let (_, first) = tube(&service, link, "A-1", "potassium", ("551", "4.1", "mmol/L")).await;
    let (_, second) = tube(&service, link, "A-2", "potassium", ("551", "4.2", "mmol/L")).await;
    let (first, second) = (service.mark(first).await, service.mark(second).await);
    let director = &service.person(Role::Supervisor).await;
    assert!(service.post(director, "/review/sign", &[("mark", &first)]).await.page().contains("id=\"password\""));
    let missing = service.post(director, "/review/signed", &[("mark", &first)]).await.again();
    assert!(missing.contains("Type your password to sign"), "{missing}");
    assert_eq!(sign(&service, director, &[&first]).await.status, StatusCode::SEE_OTHER);
    let page = service.post(director, "/review/sign", &[("mark", &second)]).await.page();
    assert!(!page.contains("id=\"password\"") && page.contains("No password needed until"), "{page}");
    let signed = service.post(director, "/review/signed", &[("mark", &second)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_result_that_changed_meanwhile_is_left_out_with_who_and_when() {
    let service = Service::new().await;
    let link = link(&service).await;
    let (_, first) = tube(&service, link, "B-1", "potassium", ("551", "4.1", "mmol/L")).await;
    let (_, second) = tube(&service, link, "B-2", "potassium", ("551", "4.2", "mmol/L")).await;
    let (_, third) = tube(&service, link, "B-3", "potassium", ("551", "4.3", "mmol/L")).await;
    let marks = [service.mark(first).await, service.mark(second).await, service.mark(third).await];
    let (technician, director) = (&service.world.technician, &service.world.director);
    assert_eq!(sign(&service, director, &[&marks[0]]).await.status, StatusCode::SEE_OTHER);
    let id = marks[1].split(':').next().unwrap();
    let asked = [("version", "1"), ("reason", "Clotted")];
    assert_eq!(service.post(technician, &format!("/review/repeat/{id}"), &asked).await.status, StatusCode::SEE_OTHER);

    let fields: Vec<(&str, &str)> = marks.iter().map(|m| ("mark", m.as_str())).collect();
    let page = service.post(technician, "/review/sign", &fields).await.page();
    for part in [
        "2 marked results are left out",
        "director of the test verified it on",
        "cancelled and a repeat was asked for",
        "sign one result",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let refused = sign(&service, technician, &[&marks[0], &marks[1], &marks[2]]).await.again();
    assert!(refused.contains("nothing was signed"), "{refused}");
    let state = service.world.lab.read(move |s| Ok(results::of_specimen(s, third)?)).await.unwrap()[0].state;
    assert_eq!(state, State::Reported, "all of what was shown is signed, or nothing");
    assert_eq!(sign(&service, technician, &[&marks[2]]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_repeat_needs_a_reason_and_takes_the_result_off_the_list() {
    let service = Service::new().await;
    let link = link(&service).await;
    let (_, specimen) = tube(&service, link, "C-1", "potassium", ("551", "4.1", "mmol/L")).await;
    let technician = &service.world.technician;
    let mark = service.mark(specimen).await;
    let address = format!("/review/repeat/{}", mark.split(':').next().unwrap());
    assert!(service.get(technician, "/review").await.page().contains(&address), "the row leads there");
    assert!(service.get(technician, &address).await.page().contains("OKAFOR-LINDQVIST"));
    let empty = service.post(technician, &address, &[("version", "1"), ("reason", " ")]).await.again();
    assert!(empty.contains("Give a reason for the repeat"), "{empty}");
    let old = service.post(technician, &address, &[("version", "7"), ("reason", "Clotted")]).await.again();
    assert!(old.contains("changed this result"), "{old}");
    let done = service.post(technician, &address, &[("version", "1"), ("reason", "Clotted")]).await;
    assert_eq!(done.location(), "/review");
    let list = service.get(technician, done.location()).await.page();
    assert!(list.contains("The result is cancelled") && !list.contains("C-1"), "{list}");
    let late = service.get(technician, &address).await.again();
    assert!(late.contains("technician of the test cancelled this result already"), "{late}");
}

#[tokio::test]
async fn marks_that_were_not_made_here_are_refused() {
    let service = Service::new().await;
    let technician = &service.world.technician;
    for mark in ["", "x", "1", "1:1:all", "1:2:held:3"] {
        let answer = service.post(technician, "/review/sign", &[("mark", mark)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{mark}");
    }
    let nothing = service.post(technician, "/review/sign", &[]).await.page();
    assert!(nothing.contains("No results to sign"), "{nothing}");
    let many: Vec<String> = (0..=SIGNED_MAX).map(|n| format!("{n}:1")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|m| ("mark", m.as_str())).collect();
    let many = service.post(technician, "/review/sign", &many).await.again();
    assert!(many.contains(&format!("more than {SIGNED_MAX}")), "{many}");
}

#[tokio::test]
async fn a_name_is_text_wherever_it_stands() {
    const NAME: &str = "<script>alert(1)</script>";
    let service = Service::new().await;
    let link = link(&service).await;
    let technician = &service.world.technician;
    let register = RegisterPatient {
        identifier: "\"><b>1".to_owned(),
        family: NAME.to_owned(),
        given: "'&amp;<u>".to_owned(),
        sex: titer_science::Sex::Female,
        birth_date: Some(jiff::civil::date(1971, 4, 2)),
    };
    let submitted = service.world.lab.submit(technician.actor(), None, move |tx| tx.run(register));
    let (order, specimen) = service.world.received(submitted.await.unwrap(), &["potassium"], "X-1").await;
    service.measured(link, "X-1", &[("551", "4.1", "mmol/L")]).await;
    let mark = service.mark(specimen).await;
    let repeat = format!("/review/repeat/{}", mark.split(':').next().unwrap());
    let mut pages = vec![service.post(technician, "/review/sign", &[("mark", &mark)]).await.page()];
    for path in ["/", "/review", &repeat, &format!("/specimens/{specimen}"), &format!("/orders/{order}"), "/orders"] {
        pages.push(service.get(technician, path).await.page());
    }
    assert_eq!(sign(&service, technician, &[&mark]).await.status, StatusCode::SEE_OTHER);
    for path in ["/reports", &format!("/reports/{order}")] {
        pages.push(service.get(technician, path).await.page());
    }
    for page in pages {
        let lower = page.to_lowercase();
        assert!(!lower.contains("<script>alert") && !page.contains("<b>1") && !page.contains("<u>"), "{page}");
        assert!(lower.contains("&#60;script&#62;alert(1)"), "the name is shown as it is: {page}");
    }
}

#[tokio::test]
async fn a_long_worklist_goes_on_on_the_next_page_and_hides_nothing() {
    let service = Service::new().await;
    let link = link(&service).await;
    let mut marks = Vec::new();
    for n in 0..results::PAGE + 5 {
        let sent = if n % 2 == 0 { ("550", "95.2", "U/L") } else { ("551", "6.9", "mmol/L") };
        let test = if n % 2 == 0 { "alp" } else { "potassium" };
        let (_, specimen) = tube(&service, link, &format!("LONG-{n:05}"), test, sent).await;
        marks.push(service.mark(specimen).await);
    }
    let mut path = "/review".to_owned();
    let mut shown = Vec::new();
    for _ in 0..10 {
        let page = service.get(&service.world.technician, &path).await.page();
        assert!(page.len() < 60 * 1024, "{} bytes", page.len());
        shown.extend(marks.iter().filter(|m| page.contains(&format!("value=\"{m}\""))).cloned());
        let Some(next) = page.split("href=\"").find(|link| link.contains("rel=\"next\"")) else { break };
        path = next.split('"').next().unwrap().to_owned();
    }
    shown.sort();
    marks.sort();
    assert_eq!(shown, marks, "each once");
}

#[tokio::test]
async fn a_report_that_could_not_be_made_says_why_and_is_tried_again() {
    let service = Service::new().await;
    let link = link(&service).await;
    let (order, specimen) = tube(&service, link, "D-1", "potassium", ("551", "4.1", "mmol/L")).await;
    let technician = &service.world.technician;
    let mark = service.mark(specimen).await;
    assert_eq!(sign(&service, technician, &[&mark]).await.status, StatusCode::SEE_OTHER);
    let lab = &service.world.lab;
    let of_report = async || jobs::due(lab).await.unwrap().into_iter().find(|job| job.kind != catalog::JUDGE).unwrap();
    let due = of_report().await;
    jobs::failed(lab, &due, "the report has 90 pages").await.unwrap();

    let page = format!("/reports/{order}");
    let retry = format!("/reports/{}/retry", due.subject);
    let shown = service.get(technician, &page).await.page();
    assert!(shown.contains("could not be made: the report has 90 pages") && shown.contains(&retry), "{shown}");
    assert!(service.get(technician, "/reports").await.page().contains("Failed"));
    let clinician = service.person(Role::Clinician).await;
    assert!(!service.get(&clinician, &page).await.page().contains(&retry));

    assert_eq!(service.post(technician, &retry, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(of_report().await.tries, 0, "it is due again, with all its tries");
    service.typeset(titer_lab::reports::ReportId(due.subject)).await;
    let late = service.post(technician, &retry, &[]).await.again();
    assert!(late.contains("This report is issued already"), "{late}");
}
