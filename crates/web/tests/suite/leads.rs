//! No page shows a link, a button or a form that its reader may not use: a press that is refused goes on record.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::common::{self, PASSWORD, Person, Service};
use axum::http::{Method, StatusCode};
use titer_lab::people::commands::grant;
use titer_lab::results::views as results;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Actor, Role, catalog, jobs};
use titer_shell::permit::{Declared, Need};

/// Pages that are followed for one person at most.
const FOLLOWED_MAX: usize = 120;

/// A laboratory in which something of every kind waits, has happened or went wrong.
async fn full() -> Service {
    let service = Service::new().await;
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![potassium], &world.director).await.unwrap();
    world.propose(link, "690", "U/L", "alt").await.unwrap();
    let mut marks = Vec::new();
    let mut tubes: Vec<SpecimenId> = Vec::new();
    for tube in ["VERIFIED", "FAILED", "WAITS", "CRITICAL", "REJECTED", "DISCARDED", "RECEIVED"] {
        let patient = world.patient(&format!("MRN-{tube}")).await;
        let (_, specimen) = world.received(patient, &["potassium", "alp"], tube).await;
        tubes.push(specimen);
        if ["VERIFIED", "FAILED", "WAITS", "CRITICAL"].contains(&tube) {
            let value = if tube == "CRITICAL" { "7.2" } else { "4.1" };
            service.measured(link, tube, &[("551", value, "mmol/L"), ("550", "95.2", "U/L")]).await;
        }
        if ["VERIFIED", "FAILED"].contains(&tube) {
            let mark = world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap().remove(0);
            marks.push(format!("{}:{}:held", mark.id, mark.version));
        }
    }
    world.reject(tubes[4]).await.unwrap();
    let discarded = tubes[5];
    let discard = move |tx: &mut titer_lab::Tx<'_, '_>| titer_lab::ways::discard(tx, discarded);
    world.lab.submit(world.technician.actor(), None, discard).await.unwrap();
    let expected = world.patient("MRN-EXPECTED").await;
    world.ordered(expected, &["potassium"], "EXPECTED").await;
    for mark in &marks {
        let fields = [("mark", mark.as_str()), ("password", PASSWORD)];
        let signed = service.post(&world.technician, "/review/signed", &fields).await;
        assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    }
    world.compose_due().await;
    service.measured(link, "VERIFIED", &[("551", "7.9", "mmol/L")]).await;
    let mut due = jobs::due(&world.lab).await.unwrap();
    due.retain(|job| job.kind != catalog::JUDGE);
    for job in &due[1..] {
        jobs::failed(&world.lab, job, "the report has 900 pages").await.unwrap();
    }
    service.typeset(titer_lab::reports::ReportId(due[0].subject)).await;
    service
}

/// Whether an address is one of a pattern.
fn fits(pattern: &str, path: &str) -> bool {
    let parts = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, path) = (parts(pattern), parts(path));
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(p, a)| p == a || p.starts_with('{'))
}

fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Where a page leads: what is read by a press, and what is sent.
fn leads(html: &str) -> Vec<(Method, String)> {
    let mut all: BTreeSet<(String, String)> = BTreeSet::new();
    let mut add = |method: Method, to: &str| {
        let path = to.split(['?', '#']).next().unwrap_or_default().replace("&#38;", "&");
        if path.starts_with('/') && !path.starts_with("/assets/") {
            all.insert((method.to_string(), path));
        }
    };
    attributes(html, "href").into_iter().for_each(|to| add(Method::GET, to));
    attributes(html, "formaction").into_iter().for_each(|to| add(Method::POST, to));
    for form in html.split("<form").skip(1) {
        let tag = form.split('>').next().unwrap_or_default();
        let post = attributes(tag, "method").first() == Some(&"post");
        attributes(tag, "action").into_iter().for_each(|to| add(if post { Method::POST } else { Method::GET }, to));
    }
    all.into_iter().map(|(method, path)| (method.parse().unwrap(), path)).collect()
}

#[tokio::test]
async fn what_a_page_shows_its_reader_may_use() {
    let service = full().await;
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    let declared: Vec<&Declared> = shell.declared().iter().chain(pages.declared()).collect();
    let mut wrong = BTreeMap::new();
    let mut seen_by_all = BTreeSet::new();
    for role in Role::ALL {
        let person = reader(&service, *role).await;
        let (mut ahead, mut seen) = (VecDeque::from(["/".to_owned()]), BTreeSet::new());
        while let Some(path) = ahead.pop_front().filter(|_| seen.len() < FOLLOWED_MAX) {
            if !seen.insert(path.clone()) {
                continue;
            }
            let answer = service.get(&person, &path).await;
            assert!(answer.status != StatusCode::FORBIDDEN, "{role:?} is led to {path}");
            let html = answer.headers.get("content-type").is_some_and(|t| t.to_str().unwrap().starts_with("text/html"));
            if answer.status != StatusCode::OK || !html {
                continue;
            }
            for (method, to) in leads(&answer.text()) {
                let route = declared.iter().find(|r| r.method == method && fits(r.path, &to));
                let Some(route) = route else {
                    wrong.insert(format!("{role:?}, {path}: {method} {to}"), "leads nowhere".to_owned());
                    continue;
                };
                seen_by_all.insert(format!("{} {}", route.method, route.path));
                match route.need {
                    Need::May(action) if !role.grants(action) => {
                        wrong.insert(format!("{role:?}, {path}: {method} {to}"), format!("takes {action:?}"));
                    }
                    _ if method == Method::GET => ahead.push_back(to),
                    _ => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The test would be worth nothing if it saw nothing: every address that takes a permission is led to from some page, but for
    // these.
    let hidden: Vec<String> = declared
        .iter()
        .filter(|r| matches!(r.need, Need::May(_)))
        .map(|r| format!("{} {}", r.method, r.path))
        .filter(|r| !seen_by_all.contains(r))
        .collect();
    println!("no page of this laboratory leads to {hidden:#?}");
    for led_to in
        ["POST /reports/{id}/anew", "GET /review/corrections/{result}", "POST /orders/{id}/again", "POST /receive"]
    {
        assert!(seen_by_all.contains(led_to), "{led_to}");
    }
}

/// The empty laboratory shows other buttons.
#[tokio::test]
async fn who_has_no_work_is_led_nowhere_that_is_closed() {
    let service = Service::new().await;
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    for role in Role::ALL {
        let person = reader(&service, *role).await;
        for path in ["/", "/orders", "/receive", "/review", "/reports", "/messages", "/find?q=nobody", "/admin/links"] {
            let answer = service.get(&person, path).await;
            if answer.status == StatusCode::FORBIDDEN {
                continue;
            }
            for (method, to) in leads(&answer.page()) {
                let declared = shell.declared().iter().chain(pages.declared());
                let needs = declared.filter(|r| r.method == method && fits(r.path, &to)).map(|r| r.need);
                let closed = |need: &Need| matches!(need, Need::May(action) if !role.grants(*action));
                assert_eq!(needs.filter(closed).count(), 0, "{role:?}, {path}: {method} {to}");
            }
        }
    }
}

async fn reader(service: &Service, role: Role) -> Person {
    let world = &service.world;
    let username = format!("reader-{}", role.code());
    let person = common::person(&world.house, &world.lab, &world.passwords, &username, role).await;
    grant(&world.house, &world.lab, Actor::Console, person.account, "a reader", &[role]).await.unwrap();
    person
}
