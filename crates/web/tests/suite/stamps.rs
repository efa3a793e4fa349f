//! A form is done in the name of whom it was shown to, and of nobody else.

use std::collections::HashSet;

use crate::common::{Person, Service, World, form};
use crate::drafts::{again, back_of};
use crate::samples;
use axum::http::header::REFERER;
use axum::http::{Method, StatusCode};
use titer_lab::instruments::commands::{AddInstrument, Description, NoteInstrument};
use titer_lab::patients::views as patients;
use titer_lab::people::commands::grant;
use titer_lab::{Actor, Role};
use titer_shell::permit::Declared;
use titer_shell::sessions::Cookies;
use titer_shell::stamp::{Stamp, stamped};
use titer_store::reading;

/// Forms that are done whoever they were shown to, each with its reason.
const ANYBODYS: [(&str, &str); 2] =
    [("/sign-in", "nobody is signed in"), ("/sign-out", "ends the session of this browser, whosever it is")];

/// Somebody who may do everything that anybody may.
async fn everything(service: &Service, username: &str) -> Person {
    let world = &service.world;
    let person = crate::common::person(&world.house, &world.lab, &world.passwords, username, Role::Administrator).await;
    let name = format!("{username} of the test");
    grant(&world.house, &world.lab, Actor::Console, person.account, &name, Role::ALL).await.unwrap();
    person
}

async fn heads(service: &Service) -> (i64, i64) {
    let head = async |lab: &titer_lab::Laboratory| lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap();
    (head(&service.world.lab).await, head(&service.world.house).await)
}

/// The addresses that forms are sent to.
fn forms() -> Vec<String> {
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    let takes = |route: &&Declared| route.method == Method::POST;
    let all = shell.declared().iter().chain(pages.declared()).filter(takes);
    all.map(|route| route.path.replace("{id}", "1").replace("{result}", "1")).collect()
}

#[tokio::test]
async fn no_form_is_done_in_the_name_of_whoever_signed_in_after_it_was_shown() {
    let service = Service::new().await;
    let (ada, bea) = (everything(&service, "ada").await, everything(&service, "bea").await);
    let (hers, before) = (service.stamp(ada.account), heads(&service).await);
    let forged = Cookies::new(&[7; 32], false).stamp(Stamp::new(ada.account, service.world.now()).unwrap());
    let all: Vec<String> = forms().into_iter().filter(|path| ANYBODYS.iter().all(|(known, _)| known != path)).collect();
    assert!(all.len() > 30, "{}", all.len());
    for path in &all {
        let sent = [("stamp", hers.as_str()), ("reason", "a reason"), ("number", "T1")];
        let answer = service.post(&bea, path, &sent).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{path}: {}", answer.text());
        let page = answer.text();
        for part in ["ada of the test opened the form, and bea of the test is signed in now", "Nothing was changed"] {
            assert!(page.contains(part), "{path}: {page}");
        }
        for stamp in ["", "2048", forged.as_str()] {
            let answer = service.post(&bea, path, &[("stamp", stamp), ("reason", "a reason")]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}, {stamp}: {}", answer.text());
            assert!(answer.text().contains("This page is out of date"), "{path}, {stamp}: {}", answer.text());
        }
    }
    assert_eq!(heads(&service).await, before);
    for path in &all {
        let answer = service.post(&ada, path, &[("stamp", hers.as_str())]).await;
        let stopped = answer.status == StatusCode::CONFLICT || answer.text().contains("This page is out of date");
        assert!(!stopped, "{path}: {}", answer.status);
    }
    for (path, why) in ANYBODYS {
        let answer = service.post(&bea, path, &[("stamp", hers.as_str())]).await;
        assert_ne!(answer.status, StatusCode::CONFLICT, "{path}: {why}");
    }
}

/// A page, where its form is sent to, and a field that is typed.
type Form = (String, String, &'static str, &'static str);

/// Pages with forms of every kind.
async fn pages(service: &Service) -> Vec<Form> {
    let world = &service.world;
    let patient = world.patient("MRN-1").await;
    let (order, tube) = world.received(patient, &["sodium"], "T1").await;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let described = Description { name: "Osmo 1".to_owned(), kind: "manual".to_owned(), ..Description::default() };
    let instrument = world.run(world.director.actor(), AddInstrument(described)).await.unwrap();
    let (kind, lot, text) = ("serviced".to_owned(), String::new(), String::new());
    let note =
        world.run(world.director.actor(), NoteInstrument { instrument, kind, at: None, lot, text }).await.unwrap();
    service.measured(link, "T9", &[("550", "95.2", "U/L")]).await;
    let message = world.held().await[0].id;
    let same = |path: String, field, typed| (path.clone(), path, field, typed);
    let other = |page: String, action: String, field, typed| (page, action, field, typed);
    vec![
        same("/patients/new".to_owned(), "family", "Quill"),
        same(format!("/patients/{patient}/correct"), "reason", "misread"),
        other(
            format!("/orders/new?patient={patient}"),
            format!("/orders/new?patient={patient}"),
            "requester",
            "Ward 9",
        ),
        other(format!("/orders/{order}"), format!("/orders/{order}/cancel"), "reason", "a twin"),
        same("/receive".to_owned(), "number", "T2"),
        other(format!("/specimens/{tube}"), format!("/specimens/{tube}/reject"), "reason", "clotted"),
        same(format!("/instruments/{instrument}"), "text", "new lamp"),
        other(format!("/instruments/{instrument}"), format!("/instruments/{instrument}/use"), "reason", "broken"),
        same(format!("/instruments/notes/{note}/strike"), "reason", "of another"),
        same(format!("/instruments/{instrument}/change"), "name", "Osmo 2"),
        same("/instruments/new".to_owned(), "name", "Osmo 3"),
        other(format!("/messages/{message}"), format!("/messages/{message}/dismiss"), "reason", "a trial"),
        other(format!("/messages/{message}"), format!("/messages/{message}/propose"), "test", "Sodium"),
        other(format!("/admin/links/{link}"), format!("/admin/links/{link}/pause"), "reason", "moved"),
        same("/admin/staff".to_owned(), "login", "wren"),
        same("/admin/site".to_owned(), "name", "Northfield"),
    ]
}

#[tokio::test]
async fn what_was_entered_comes_back_to_whom_the_form_was_shown_to_and_is_shown_to_nobody_else() {
    let service = Service::new().await;
    let (ada, bea) = (everything(&service, "ada").await, everything(&service, "bea").await);
    for (page, action, field, typed) in pages(&service).await {
        let stamp = service.carried(&ada, &page, &action, "stamp").await;
        let mut sent = form(&action, &[("stamp", stamp.as_str()), (field, typed)]);
        sent.headers_mut().insert(REFERER, format!("http://localhost{page}").parse().unwrap());
        let refused = service.ask(Some(&bea), sent).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{action}: {}", refused.text());
        let told = refused.text();
        assert!(told.contains("The entries are kept for ada of the test"), "{action}: {told}");
        let sign_in = told.split("href=\"").find(|rest| rest.starts_with("/sign-in?back=")).unwrap();
        let back = back_of(sign_in.split('"').next().unwrap());
        let hers = format!("value=\"{typed}\"");
        let seen = service.get(&bea, &back).await.page();
        let before = service.get(&bea, &page).await.page();
        assert!(seen.contains("The entries at this address belong to ada of the test"), "{action}: {seen}");
        assert_eq!(seen.matches(&hers).count(), before.matches(&hers).count(), "{action}: {seen}");
        let given = service.get(&ada, &back).await.page();
        let filled = given.contains(&hers) || given.contains(&format!("value=\"{typed}\" selected"));
        assert!(filled && given.contains(&stamp) && given.contains("Nothing was changed"), "{action}: {given}");
    }
}

/// What stands in each form of a page that is sent to act.
fn inside_forms(page: &str) -> Vec<&str> {
    let forms = page.split("<form ").skip(1).map(|form| form.split_once('>').unwrap());
    forms.filter(|(tag, _)| tag.contains("method=\"post\"")).map(|(_, inside)| inside).collect()
}

#[test]
fn no_page_has_a_form_that_takes_no_stamp() {
    let mut found = 0;
    for (name, html) in samples::all("/assets/0") {
        let page = stamped(&html, |path| Ok(path.to_owned())).unwrap();
        for form in inside_forms(&page) {
            found += 1;
            assert!(form.starts_with("<input type=\"hidden\" name=\"stamp\" value=\"/"), "{name}: {form}");
        }
        assert_eq!(page.matches("name=\"stamp\"").count(), inside_forms(&page).len(), "{name}: others take none");
    }
    assert!(found > 60, "{found}");
}

#[tokio::test]
async fn every_form_is_stamped_and_each_with_its_own() {
    let service = Service::new().await;
    let ada = everything(&service, "ada").await;
    let mut shown = HashSet::new();
    for (path, ..) in pages(&service).await {
        let page = service.get(&ada, &path).await.page();
        for form in inside_forms(&page) {
            let stamp = form.strip_prefix("<input type=\"hidden\" name=\"stamp\" value=\"");
            let stamp = stamp.unwrap_or_else(|| panic!("{path}: {form}")).split('"').next().unwrap();
            assert!(shown.insert(stamp.to_owned()), "{path}: {form}");
        }
    }
}

#[tokio::test]
async fn whoever_signs_in_again_goes_on_with_the_forms_that_are_open() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    let page = service.get(technician, "/patients/new").await.page();
    let field = |name: &str| {
        let (_, rest) = page.split_once("action=\"/patients/new\"").unwrap();
        rest.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1.split('"').next().unwrap().to_owned()
    };
    let (stamp, shown) = (field("stamp"), field("shown"));
    service.world.pass(31 * 60);
    let mine = again(&service, technician, "technician").await;
    let fields = [
        ("family", "Quill"),
        ("given", "Ada"),
        ("born", "14 Mar 1971"),
        ("sex", "female"),
        ("identifier", ""),
        ("shown", shown.as_str()),
        ("stamp", stamp.as_str()),
    ];
    // It is the same form when it comes back with a mistake, and a new one when it is done.
    let page = service.post(&mine, "/patients/new", &fields).await.again();
    assert!(page.contains(&format!("name=\"stamp\" value=\"{stamp}\"")), "{page}");
    let mut fields = fields;
    fields[4].1 = "MRN-7";
    assert_eq!(service.post(&mine, "/patients/new", &fields).await.status, StatusCode::SEE_OTHER);
    assert!(service.world.lab.read(|s| Ok(patients::by_identifier(s, "MRN-7")?)).await.unwrap().is_some());
    let patient = service.world.patient("MRN-8").await;
    service.world.ordered(patient, &["sodium"], "T8").await;
    let stamp = service.carried(&mine, "/receive", "/receive", "stamp").await;
    let scan = [("number", "T8"), ("stamp", stamp.as_str())];
    let page = service.post(&mine, "/receive", &scan).await.page();
    assert!(page.contains("data-outcome=\"done\"") && !page.contains(&stamp), "{page}");
}
