//! A comment from its proposal to the report: what each page says of it.

use crate::common::{PASSWORD, Person, Service};
use axum::http::StatusCode;
use titer_lab::Role;
use titer_lab::results::views as results;
use titer_lab::specimens::SpecimenId;
use titer_link::filing::Outcome;

const WORDS: &str = "The specimen is haemolysed.";

async fn proposed(service: &Service, by: &Person, code: &str, words: &str) -> String {
    let shown = service.shown(by, "/comments/new").await;
    let fields = [("code", code), ("words", words), ("analyte", ""), ("shown", shown.as_str())];
    let proposed = service.post(by, "/comments/new", &fields).await;
    assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text());
    let again = service.post(by, "/comments/new", &fields).await;
    assert_eq!(again.location(), proposed.location(), "a form that comes twice makes one");
    proposed.location().to_owned()
}

async fn approved(service: &Service, comment: &str) {
    let director = &service.world.director;
    let shown = service.shown(director, comment).await;
    let signed = service.post(director, comment, &[("password", PASSWORD), ("shown", &shown)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
}

/// A laboratory with the comment HEM and a result that waits: its id, and its tube.
async fn waiting(service: &Service) -> (i64, SpecimenId) {
    let (supervisor, director) = (service.person(Role::Supervisor).await, &service.world.director);
    approved(service, &proposed(service, &supervisor, "hem", WORDS).await).await;
    let patient = service.world.patient("MRN-1").await;
    let (_, specimen) = service.world.received(patient, &["potassium"], "T1").await;
    let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = service.world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    service.world.approve(link, vec![potassium], director).await.unwrap();
    let came = service.measured(link, "T1", &[("551", "4.0", "mmol/L")]).await;
    assert!(matches!(came, Outcome::Kept { filed: 1, problems: 0, .. }), "{came:?}");
    let of = service.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap();
    (of[0].id.0, specimen)
}

#[tokio::test]
async fn a_comment_is_proposed_signed_corrected_and_retired() {
    let service = Service::new().await;
    let (supervisor, director) = (service.person(Role::Supervisor).await, &service.world.director);
    assert!(service.get(director, "/comments").await.page().contains("No comments yet"));
    let fields = [("code", "9"), ("words", WORDS), ("analyte", ""), ("shown", "1")];
    let mark = service.shown(&supervisor, "/comments/new").await;
    let refused =
        service.post(&supervisor, "/comments/new", &[&fields[..3], &[("shown", &mark)]].concat()).await.again();
    assert!(refused.contains("a letter first") && refused.contains(WORDS), "what was typed stays: {refused}");

    let comment = proposed(&service, &supervisor, "hem", WORDS).await;
    let page = service.get(&supervisor, &comment).await.page();
    assert!(page.contains("Comment HEM") && !page.contains("name=\"password\""), "a supervisor signs nothing: {page}");
    let wrong = service.post(director, &comment, &[("password", "not it"), ("shown", "0")]).await.again();
    assert!(wrong.contains("href=\"#password\""), "{wrong}");
    let stale = service.post(director, &comment, &[("password", PASSWORD), ("shown", "1")]).await.again();
    assert!(stale.contains("changed"), "{stale}");
    approved(&service, &comment).await;
    let twice = service.post(director, &comment, &[("password", PASSWORD), ("shown", "1")]).await.again();
    assert!(twice.contains("was decided already: by director of the test"), "{twice}");

    let id = comment.rsplit('/').next().unwrap();
    let next = service.get(&supervisor, &format!("/comments/new?of={id}")).await.page();
    assert!(next.contains("value=\"HEM\"") && next.contains(WORDS), "{next}");
    let second = proposed(&service, &supervisor, "HEM", "Haemolysed.").await;
    let shown = service.get(director, &second).await.page();
    assert!(shown.contains("the version in force ends") && shown.contains(WORDS), "what ends is shown: {shown}");
    approved(&service, &second).await;

    let end = format!("{second}/end");
    let version = service.shown(director, &second).await;
    let reasonless = service.post(director, &end, &[("reason", " "), ("shown", &version)]).await.again();
    assert!(reasonless.contains("Give a reason"), "{reasonless}");
    let retired = service.post(director, &end, &[("reason", "not wanted"), ("shown", &version)]).await;
    assert_eq!(retired.status, StatusCode::SEE_OTHER, "{}", retired.text());
    assert!(!service.get(director, "/comments").await.page().contains("Approved"), "none is in force any more");

    let own = proposed(&service, director, "DIL", "Diluted.").await;
    let shown = service.shown(director, &own).await;
    let refused = service.post(director, &own, &[("password", PASSWORD), ("shown", &shown)]).await.again();
    assert!(refused.contains("You proposed this comment"), "{refused}");
}

#[tokio::test]
async fn a_comment_is_put_at_review_and_stands_wherever_the_result_stands() {
    let service = Service::new().await;
    let technician = &service.world.technician;
    let (result, specimen) = waiting(&service).await;
    let address = format!("/review/comments/{result}");
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains(&format!("href=\"{address}\"")), "{review}");
    let page = service.get(technician, &address).await.page();
    assert!(page.contains("<option value=\"HEM\">") && page.contains(WORDS), "{page}");
    let unknown = service.post(technician, &address, &[("version", "1"), ("code", "XYZ")]).await.again();
    assert!(
        unknown.contains("No comment in force has the code “XYZ”") && unknown.contains("value=\"XYZ\""),
        "{unknown}"
    );
    let put = service.post(technician, &address, &[("version", "1"), ("code", "hem")]).await;
    assert_eq!((put.status, put.location()), (StatusCode::SEE_OTHER, address.as_str()), "{}", put.text());
    let stale = service.post(technician, &address, &[("version", "1"), ("code", "hem")]).await.again();
    assert!(stale.contains("technician of the test"), "who changed it is said: {stale}");

    let said = format!("HEM: {WORDS}");
    for page in ["/review".to_owned(), format!("/specimens/{specimen}"), address.clone()] {
        let shown = service.get(technician, &page).await.page();
        assert!(shown.contains(&said), "{page}: {shown}");
    }
    let old = service.post(technician, "/review/sign", &[("mark", &format!("{result}:1:held"))]).await.page();
    assert!(old.contains("left out") && !old.contains("name=\"password\""), "nobody saw this version: {old}");
    let mark = service.mark(specimen).await;
    let signing = service.post(technician, "/review/sign", &[("mark", &mark)]).await.page();
    assert!(signing.contains(&said), "what is signed is shown: {signing}");
    let old = [("mark", format!("{result}:1:held")), ("password", PASSWORD.to_owned())];
    let old: Vec<(&str, &str)> = old.iter().map(|(name, value)| (*name, value.as_str())).collect();
    service.post(technician, "/review/signed", &old).await.again();
    let mark = if mark.ends_with(":held") { mark } else { format!("{mark}:held") };
    let signed = service.post(technician, "/review/signed", &[("mark", &mark), ("password", PASSWORD)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    let late = service.post(technician, &address, &[("version", "3"), ("code", "hem")]).await;
    assert!(late.text().contains("verified"), "{}", late.text());
    let shown = service.get(technician, &format!("/specimens/{specimen}")).await.page();
    assert!(shown.contains(&said), "{shown}");
}

#[tokio::test]
async fn a_comment_is_taken_off() {
    let service = Service::new().await;
    let technician = &service.world.technician;
    let (result, _) = waiting(&service).await;
    let address = format!("/review/comments/{result}");
    service.post(technician, &address, &[("version", "1"), ("code", "HEM")]).await;
    let comment = service.carried(technician, &address, &format!("{address}/off"), "comment").await;
    let fields = [("version", "2"), ("comment", comment.as_str())];
    let off = service.post(technician, &format!("{address}/off"), &fields).await;
    assert_eq!(off.status, StatusCode::SEE_OTHER, "{}", off.text());
    let again = service.post(technician, &format!("{address}/off"), &[("version", "3"), fields[1]]).await.again();
    assert!(again.contains("is not on the result any more"), "{again}");
}
