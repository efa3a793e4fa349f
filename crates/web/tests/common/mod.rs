//! The whole service over a small laboratory, asked as a browser asks it.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

#[path = "../../../link/tests/common/mod.rs"]
pub mod world;

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use jiff::{Span, Timestamp, tz::TimeZone};
use titer_lab::accounts::AccountId;
use titer_lab::reports::{ReportId, commands::IssueReport, views as reports};
use titer_lab::results::views as results;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Actor, Role};
use titer_link::Board;
use titer_link::filing::{Filing, Outcome};
use titer_link::inbox::{Problem, views as inbox};
use titer_link::links::LinkId;
use titer_shell::origin::Hosts;
use titer_shell::sessions::Cookies;
use titer_shell::stamp::Stamp;
use titer_shell::words::Words;
use titer_shell::{Settings, Shell};
use titer_web::Web;
use titer_web::printer::{Label, Printer};
use titer_web::sections::SECTIONS;
use tower::ServiceExt;

#[allow(unused_imports)]
pub use world::{PASSWORD, Person, World, person};

/// The sentences, as the program puts them together.
static ENGLISH: LazyLock<Words> =
    LazyLock::new(|| Words::of("en-GB", &[titer_shell::words::ENGLISH, titer_web::ENGLISH]));

/// Stands in for the typesetter, which no crate of pages links.
struct Unset;

impl Printer for Unset {
    fn label(&self, label: Label) -> Result<Vec<u8>, String> {
        Ok(format!("%PDF- {}", label.number).into_bytes())
    }

    fn unprintable(&self, text: &str) -> String {
        text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect()
    }
}

/// The service, and who is asking.
pub struct Service {
    pub world: World,
    pub board: Board,
    pub shell: Arc<Shell>,
    router: Router,
    cookies: Cookies,
    host: &'static str,
    /// What the pages left in the browser to be said once, as it sends it.
    said: Mutex<Option<String>>,
}

/// What a browser got.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    pub fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    /// The text of the page, which must be shown.
    pub fn page(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.text()
    }

    /// The text of a form that came back with mistakes.
    pub fn again(&self) -> String {
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", self.text());
        self.text()
    }
}

impl Service {
    pub async fn new() -> Self {
        Self::of(World::new().await, false).await
    }

    /// With `tls`, at the configured origin `https://titer.example`.
    pub async fn of(world: World, tls: bool) -> Self {
        let key = titer_lab::accounts::sessions::cookie_key(&world.house).await.unwrap();
        let board = Board::default();
        let settings = Settings {
            house: world.house.clone(),
            laboratory: world.lab.clone(),
            sections: SECTIONS,
            find: titer_web::paths::FIND,
            words: &ENGLISH,
            hosts: Hosts { origin: tls.then(|| "https://titer.example".parse().unwrap()), names: Vec::new(), port: 80 },
            connections_max: 100,
            metrics: Box::new(String::new),
        };
        let shell = Shell::open(settings).await.unwrap();
        let web = Web { board: board.clone(), printer: Box::new(Unset) };
        let router = titer_web::router(shell.clone(), web);
        let (cookies, host) = (Cookies::new(&key, tls), if tls { "titer.example" } else { "localhost" });
        Service { world, board, shell, router, cookies, host, said: Mutex::default() }
    }

    /// Somebody with this role, signed in.
    pub async fn person(&self, role: Role) -> Person {
        person(&self.world.house, &self.world.lab, &self.world.passwords, role.code(), role).await
    }

    pub async fn ask(&self, who: Option<&Person>, mut request: Request<Body>) -> Answer {
        if let Some(person) = who {
            let given = self.cookies.give(&person.token);
            let session = given.to_str().unwrap().split(';').next().unwrap();
            let said = self.said.lock().unwrap().clone().map(|said| format!("; {said}")).unwrap_or_default();
            request.headers_mut().insert(COOKIE, format!("{session}{said}").parse().unwrap());
        }
        if let Some(person) = who.filter(|_| request.method() == Method::POST) {
            request = self.stamped(person.account, request).await;
        }
        request.headers_mut().entry(HOST).or_insert(HeaderValue::from_static(self.host));
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE).iter().map(|c| c.to_str().unwrap()) {
            let kept = cookie.split(';').next().filter(|_| !cookie.contains("Max-Age=0")).map(str::to_owned);
            if cookie.contains("titer-said=") {
                *self.said.lock().unwrap() = kept;
            }
        }
        let bytes = to_bytes(body, 32 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// A stamp as a form carries it that is shown to this account now.
    pub fn stamp(&self, account: AccountId) -> String {
        self.cookies.stamp(Stamp::new(account, self.world.now()).unwrap())
    }

    /// A form as a page showed it to whoever sends it, unless it says itself to whom it was shown.
    async fn stamped(&self, account: AccountId, request: Request<Body>) -> Request<Body> {
        let (parts, body) = request.into_parts();
        let mut sent = to_bytes(body, 32 << 20).await.unwrap().to_vec();
        let carries = sent.windows(6).any(|bytes| bytes == b"stamp=");
        if parts.headers.contains_key(CONTENT_TYPE) && !carries {
            sent.extend(format!("&stamp={}", self.stamp(account)).into_bytes());
        }
        Request::from_parts(parts, Body::from(sent))
    }

    /// What the form of a page that is sent to `action` carries unseen in a field.
    pub async fn carried(&self, who: &Person, page: &str, action: &str, field: &str) -> String {
        let page = self.get(who, page).await.page();
        let (_, form) = page.split_once(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("{action}: {page}"));
        let form = form.split("</form>").next().unwrap();
        let (_, value) =
            form.split_once(&format!("name=\"{field}\" value=\"")).unwrap_or_else(|| panic!("{field}: {form}"));
        value.split('"').next().unwrap().to_owned()
    }

    pub async fn get(&self, who: &Person, path: &str) -> Answer {
        self.ask(Some(who), Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(Some(who), form(path, fields)).await
    }

    /// Sends a form that makes something new, as the page at this address shows it.
    pub async fn make(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.shown(who, path).await;
        self.post(who, path, &[fields, &[("shown", shown.as_str())]].concat()).await
    }

    /// The version that the form of a page shows: a browser sends it with the form.
    pub async fn shown(&self, who: &Person, path: &str) -> String {
        let page = self.get(who, path).await.page();
        let (_, after) = page.split_once("name=\"shown\" value=\"").unwrap_or_else(|| panic!("{path}: {page}"));
        after.split_once('"').unwrap().0.to_owned()
    }

    /// What an analyzer says of one tube, as the link would take it: code, value, unit.
    pub async fn measured(&self, link: LinkId, barcode: &str, values: &[(&str, &str, &str)]) -> Outcome {
        let filing = Filing::new(self.world.lab.clone(), link);
        filing.receive(message(barcode, values)).await.unwrap()
    }

    /// Why the last held message is held.
    pub async fn problems(&self) -> Vec<Problem> {
        let held = self.world.lab.read(|s| Ok(inbox::held(s, None)?)).await.unwrap();
        held.into_iter().next().map(|m| m.problems).unwrap_or_default()
    }

    /// The mark of a specimen's only result, as the worklist carries it.
    pub async fn mark(&self, specimen: SpecimenId) -> String {
        let of = self.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap();
        assert_eq!(of.len(), 1);
        format!("{}:{}", of[0].id, of[0].version)
    }

    /// Does what the program does when a composed report falls due, but for the typesetting.
    pub async fn typeset(&self, report: ReportId) {
        let said = self.world.lab.read(move |s| Ok((reports::report(s, report)?, reports::document(s, report)?)));
        let (found, composed) = said.await.unwrap();
        let bytes = format!("%PDF- {} {}", found.unwrap().version, composed.order).into_bytes();
        let issue = IssueReport { report, bytes };
        self.world.lab.submit(Actor::Timer, None, move |tx| tx.run(issue)).await.unwrap();
    }
}

/// A form as a browser sends it.
pub fn form(path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let escape = |text: &str| -> String {
        let byte = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
        text.bytes().map(byte).collect()
    };
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(body.join("&"))).unwrap()
}

/// A message as a cobas c 111 sends it, of a moment that lies an hour back.
fn message(barcode: &str, values: &[(&str, &str, &str)]) -> Vec<u8> {
    let minute_ago = Timestamp::now().checked_sub(Span::new().minutes(1)).unwrap();
    let completed = minute_ago.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
    let mut text = format!(
        "H|\\^&|||C111^Roche^c111^4.2.2.1730^1^13147|||||host|RSUPL^REAL|P|1|{completed}\rP|1||\r\
         O|1||{barcode}^^2||R||||||N||||||||||||{completed}|||F\r"
    );
    for (number, (code, value, unit)) in (1..).zip(values) {
        text += &format!("R|{number}|^^^{code}|{value}|{unit}||N||F||$SYS$||{completed}\rC|1|I||I\r");
    }
    text += "L|1|N\r";
    text.into_bytes()
}
