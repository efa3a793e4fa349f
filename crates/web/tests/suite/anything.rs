//! Whatever is sent to whatever address: the pages answer, and never that they broke.

use std::collections::BTreeSet;
use std::fs;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::http::{Method, Request};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use titer_lab::Role;

use crate::common::Service;
use crate::words::files;

/// Requests that are tried.
const CASES: u32 = 600;

/// What is sent: bytes of any kind, and what has broken programs before.
fn values(known: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let odd: Vec<Vec<u8>> = [
        "",
        " ",
        "\0",
        "\t",
        "\r\n",
        "%",
        "%00",
        "+",
        "&",
        "=",
        "'",
        "\"",
        "<b>",
        "\\",
        "/",
        "//a",
        "../..",
        "\u{202e}",
        "\u{200b}",
        "\u{feff}",
        "\u{10ffff}",
        "é",
        "李",
        "😀",
        "-1",
        "0",
        "1",
        "1024",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "9007199254740993",
        "9007199254740992",
        "1e9",
        "NaN",
        "١",
        "1:1",
        "1024:1",
        "1:9223372036854775807",
        "9223372036854775807:-9223372036854775808",
        "31 Feb 2026",
        "29 Feb 2023 25:61",
        "1 Jan 0001",
        "31 Dec 9999 23:59",
        "2026-03-29T02:30",
        "-000001-01-01",
        "99999999999-01-01",
        "25 Oct 2026 02:30",
        "on",
        "female",
        "routine",
        "stat",
        "specimen",
        "mapping",
        "reason",
        "receipt",
        "clotted",
        "[\"550\",\"U/L\",\"\"]",
        "[",
        "Europe/London",
        "../../etc/passwd",
        "technician",
        "administrator",
        "held",
        "all",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([vec![0xff], vec![0xc3], b"a".repeat(5_000), "ä".repeat(400).into_bytes()])
    .collect();
    let known: Vec<Vec<u8>> = known.into_iter().map(String::into_bytes).collect();
    prop_oneof![
        3 => select(odd),
        3 => select(known),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => any::<String>().prop_map(String::into_bytes),
    ]
}

fn escaped(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(*b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// The names of all fields on all pages, and those of addresses.
fn fields() -> Vec<String> {
    let mut names: BTreeSet<String> =
        ["before", "after", "for", "key", "show", "link", "find", "patient", "q", "back", "different"]
            .map(str::to_owned)
            .into();
    for path in [files("templates", ".html"), files("../shell/templates", ".html")].concat() {
        let text = fs::read_to_string(path).unwrap();
        let mut named = |mark: &str| {
            let rests = text.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
            names.extend(rests.filter(|name| !name.is_empty() && !name.contains('{')).map(str::to_owned));
        };
        named(" name=\"");
        named("field(\"");
    }
    assert!(names.len() > 25 && names.contains("password") && names.contains("collected"), "{names:?}");
    names.into_iter().collect()
}

/// One request, as its bytes say it.
#[derive(Clone, Debug)]
struct Sent {
    route: usize,
    places: Vec<Vec<u8>>,
    query: Vec<(String, Vec<u8>)>,
    form: Vec<(String, Vec<u8>)>,
    raw: Option<Vec<u8>>,
    cookie: Vec<u8>,
    who: usize,
}

fn sent(routes: usize, known: Vec<String>) -> impl Strategy<Value = Sent> {
    let field = || (select(fields()), values(known.clone()));
    let places = prop::collection::vec(values(known.clone()), 2);
    let raw = prop::option::weighted(0.1, prop::collection::vec(any::<u8>(), 0..200));
    let (query, form) = (prop::collection::vec(field(), 0..4), prop::collection::vec(field(), 0..10));
    (0..routes, places, query, form, raw, prop::collection::vec(any::<u8>(), 0..60), 0..4_usize).prop_map(
        |(route, places, query, form, raw, cookie, who)| Sent { route, places, query, form, raw, cookie, who },
    )
}

fn pairs(fields: &[(String, Vec<u8>)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

impl Sent {
    /// None where HTTP itself has no such request.
    fn request(&self, method: &Method, pattern: &str) -> Option<Request<Body>> {
        let mut path = String::new();
        for (i, part) in pattern.split('{').enumerate() {
            match part.split_once('}') {
                Some((_, rest)) if i > 0 => path += &format!("{}{rest}", escaped(&self.places[(i - 1) % 2])),
                _ => path += part,
            }
        }
        if !self.query.is_empty() {
            path += &format!("?{}", pairs(&self.query));
        }
        let mut request = Request::builder().method(method).uri(path);
        if let Ok(cookie) = axum::http::HeaderValue::from_bytes(&self.cookie) {
            request = request.header(COOKIE, cookie);
        }
        if method == Method::GET {
            return request.body(Body::empty()).ok();
        }
        let body = self.raw.clone().unwrap_or_else(|| pairs(&self.form).into_bytes());
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body)).ok()
    }
}

#[test]
fn nothing_that_is_sent_breaks_a_page() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (service, people, known) = runtime.block_on(async {
        let service = Service::new().await;
        let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
        let mapping = service.world.propose(link, "550", "U/L", "alp").await.unwrap();
        service.world.approve(link, vec![mapping], &service.world.director).await.unwrap();
        let patient = service.world.patient("MRN-77").await;
        let (order, specimen) = service.world.received(patient, &["alp"], "T77").await;
        service.measured(link, "T77", &[("550", "95.2", "U/L")]).await;
        service.measured(link, "T78", &[("551", "95.2", "U/L")]).await;
        let mut known: Vec<String> = service.world.held().await.iter().map(|m| m.id.to_string()).collect();
        known.extend([link.to_string(), patient.to_string(), order.to_string(), specimen.to_string()]);
        known.extend([service.mark(specimen).await, "T77".to_owned(), "MRN-77".to_owned(), "550".to_owned()]);
        let administrator = service.person(Role::Administrator).await;
        let people = [administrator, service.world.director.clone(), service.world.technician.clone()];
        (service, people, known)
    });
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    let declared = shell.declared().iter().chain(pages.declared());
    // The stream of changes does not end, and who has signed out is asked for nothing more.
    let routes: Vec<_> = declared.filter(|route| !["/live", "/sign-out"].contains(&route.path)).collect();
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&sent(routes.len(), known), |sent| {
        let route = routes[sent.route];
        let Some(request) = sent.request(&route.method, route.path) else { return Ok(()) };
        let uri = request.uri().clone();
        let answer = runtime.block_on(service.ask(people.get(sent.who), request));
        prop_assert!(!answer.status.is_server_error(), "{} {uri}: {}", route.method, answer.status);
        Ok(())
    });
    ran.unwrap();
}
