//! A form that is sent after the session has ended, however it ended, is kept as a draft, and its author is led back to it after signing
//! in: the page that the form stood on comes with what was typed. So is a form that comes when somebody else has signed in. Nothing of
//! this is a handler's business, so it holds for every form.

mod fill;

use std::sync::{Arc, Weak};
use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::REFERER;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use titer_lab::Failure;
use titer_lab::accounts::{AccountId, SessionToken, sessions};
use titer_lab::drafts::{self, Draft, Found, erase};
use titer_store::Sha256;

use crate::Shell;
use crate::address::Place;
use crate::answer::{is_page, rewritten};
use crate::permit::Declared;
use crate::reader::Reader;
use crate::stamp::{self, Stamp};
use crate::words::Words;

/// The longest form that is kept, in bytes.
const DRAFT_BYTES_MAX: usize = 64 * 1024;
/// What an address that leads back to a draft carries.
const PARAMETER: &str = "draft";
/// Stands for the name of a draft if what was entered could not be kept.
const LOST: &str = "lost";
/// Fields that are never kept.
const SECRETS: [&str; 4] = ["password", "old", "new", "again"];
/// Fields that hold what a person has typed or scanned. All others hold what the page has put there, which says nothing to a person.
const TYPED: &[&str] = &[
    "accreditation",
    "address",
    "age_high",
    "age_low",
    "born",
    "bound",
    "code",
    "collected",
    "controls_per_level",
    "decimals",
    "dilution",
    "director",
    "family",
    "given",
    "happened",
    "high",
    "hours",
    "identifier",
    "individualised",
    "key",
    "login",
    "loinc",
    "lot",
    "low",
    "mass",
    "measured",
    "members",
    "method",
    "module",
    "name",
    "note",
    "number",
    "performed_by",
    "performed_on",
    "place",
    "population",
    "procedure",
    "reason",
    "requester",
    "short",
    "source",
    "text",
    "times",
    "tube",
    "unit",
    "window_minutes",
    "words",
    "zone",
];

/// What the name of a field begins with that is one of many of its kind: a cell of a grid.
const CELL: &str = "cell-";

/// A request of a session that has ended.
#[derive(Clone)]
pub(crate) struct Ended {
    pub shell: Arc<Shell>,
    pub token: SessionToken,
}

impl Ended {
    /// Whose session it was, if that is still known.
    pub(crate) async fn author(&self) -> Option<(&Shell, AccountId)> {
        let author = sessions::opened_by(&self.shell.house, &self.token).await;
        let author = author.unwrap_or_else(|error| {
            tracing::warn!(%error, "a form could not be kept for its author");
            None
        });
        author.map(|author| (&*self.shell, author))
    }
}

/// Which addresses show a page: a form can be led back to these only.
pub(crate) struct Pages {
    all: Vec<(&'static str, bool)>,
}

impl Pages {
    pub(crate) fn of(declared: &[Declared]) -> Extension<Arc<Self>> {
        let mut all: Vec<(&'static str, bool)> = Vec::new();
        for d in declared {
            let shows = d.method == Method::GET;
            match all.iter_mut().find(|(path, _)| *path == d.path) {
                Some((_, known)) => *known |= shows,
                None => all.push((d.path, shows)),
            }
        }
        Extension(Arc::new(Pages { all }))
    }

    /// Whether something is shown at a path. A pattern without names goes before one with names.
    fn show(&self, path: &str) -> bool {
        let fits = |pattern: &str| {
            let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
            pattern.by_ref().zip(path.by_ref()).all(|(p, part)| p == part || (p.starts_with('{') && !part.is_empty()))
                && pattern.next().is_none()
                && path.next().is_none()
        };
        let same_length = |pattern: &&(&str, bool)| pattern.0.split('/').count() == path.split('/').count();
        let exact = self.all.iter().find(|(pattern, _)| *pattern == path);
        exact.or_else(|| self.all.iter().filter(same_length).find(|(p, _)| fits(p))).is_some_and(|(_, shows)| *shows)
    }

    /// The page that a form stood on: the one that the browser names, else the nearest above the form's own address.
    fn page(&self, headers: &HeaderMap, sent_to: &Uri) -> String {
        let named = headers.get(REFERER).and_then(|r| r.to_str().ok()).and_then(|r| r.parse::<Uri>().ok());
        if let Some(named) = named.filter(|uri| self.show(uri.path())) {
            return address(&named);
        }
        if self.show(sent_to.path()) {
            return address(sent_to);
        }
        let mut path = sent_to.path();
        while let Some((above, _)) = path.rsplit_once('/') {
            if self.show(above) {
                return above.to_owned();
            }
            path = above;
        }
        "/".to_owned()
    }
}

/// Path and query of an address, without the name of a draft that the address carries already.
pub(crate) fn address(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let kept: Vec<&str> = query.split('&').filter(|q| !q.is_empty() && draft_of(q).is_none()).collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}

fn draft_of(parameter: &str) -> Option<&str> {
    parameter.strip_prefix(PARAMETER)?.strip_prefix('=')
}

/// An address with the name of a draft.
fn with_draft(address: &str, id: &str) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{PARAMETER}={id}")
}

/// The draft that an address names.
pub(crate) fn named(uri: &Uri) -> Option<Sha256> {
    uri.query()?.split('&').find_map(draft_of).and_then(Sha256::from_hex)
}

/// Whether an address says that what was sent could not be kept.
pub(crate) fn is_lost(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| query.split('&').any(|q| draft_of(q) == Some(LOST)))
}

/// Where somebody is led who has to sign in first, or to choose a password: to the page that was asked for, or to the page of the form
/// that was sent. What was entered is kept for whoever was shown the form; if the form does not say to whom, for `author`. If nobody
/// can tell who that is, it is lost.
pub(crate) async fn back(author: Option<(&Shell, AccountId)>, place: Place, request: Request) -> Option<String> {
    if request.method() == Method::GET {
        return request.uri().path_and_query().map(ToString::to_string);
    }
    let (parts, body) = request.into_parts();
    let pages = parts.extensions.get::<Arc<Pages>>().cloned()?;
    let page = pages.page(&parts.headers, &parts.uri);
    let fields = entered(body).await;
    if fields.as_ref().is_some_and(|fields| fields.iter().all(|(name, _)| name == stamp::FIELD)) {
        return Some(page);
    }
    let kept = match author.zip(fields) {
        Some(((shell, author), fields)) => {
            let author = stamp_of(&fields)
                .and_then(|carried| shell.cookies.read_stamp(carried))
                .map(Stamp::account)
                .unwrap_or(author);
            keep(shell, author, place, &parts.uri, &page, fields).await
        }
        None => None,
    };
    Some(with_draft(&page, &kept.map_or_else(|| LOST.to_owned(), |id| id.to_string())))
}

/// What was entered in a form; nothing if it is too long to be kept.
async fn entered(body: Body) -> Option<Vec<(String, String)>> {
    let bytes = to_bytes(body, DRAFT_BYTES_MAX).await.ok()?;
    let sent = form_urlencoded::parse(&bytes).into_owned();
    Some(sent.filter(|(name, _)| !SECRETS.contains(&name.as_str())).collect())
}

fn stamp_of(fields: &[(String, String)]) -> Option<&str> {
    fields.iter().find(|(name, _)| name == stamp::FIELD).map(|(_, value)| value.as_str())
}

/// Keeps a form; answers the draft's name.
async fn keep(
    shell: &Shell,
    author: AccountId,
    place: Place,
    uri: &Uri,
    page: &str,
    fields: Vec<(String, String)>,
) -> Option<Sha256> {
    let stamp = stamp_of(&fields).unwrap_or_default().to_owned();
    let draft = Draft { address: address(uri), page: page.to_owned(), stamp, fields };
    let kept = shell.drafts.keep(shell.journal(place), author, &draft).await;
    kept.inspect_err(|error| tracing::warn!(%error, "a draft could not be kept")).ok()
}

/// What becomes of an answer to a request that names a draft: a page gets what was typed; a form that was taken ends the draft.
pub(crate) async fn answered(reader: &Reader, method: &Method, id: Sha256, response: Response) -> Response {
    let author = reader.session.account;
    if *method != Method::GET {
        let status = response.status();
        let taken = status.is_success() || status.is_redirection();
        if taken && let Err(error) = erase(reader.journal(), author, id).await {
            tracing::warn!(%error, "a draft could not be erased");
        }
        return response;
    }
    if !is_page(response.headers()) || !response.status().is_success() {
        return response;
    }
    match found(reader, id).await {
        Ok((Found::Mine(draft), _)) => filled(reader.words(), &draft, id, response).await,
        Ok((Found::OfAnother(_), name)) => {
            let (title, next) = (reader.tell("draft-another", &[("name", &name)]), reader.t("draft-another-next"));
            told(Band { title, next, ..Band::new(reader.words()) }, response).await
        }
        Ok((Found::Gone, _)) => {
            let (title, next) = (reader.t("draft-gone"), reader.t("draft-gone-next"));
            told(Band { title, next, ..Band::new(reader.words()) }, response).await
        }
        Err(error) => {
            tracing::warn!(%error, "a draft could not be read");
            response
        }
    }
}

/// What the name of a draft leads to for this reader, and the name of its author if that is somebody else.
async fn found(reader: &Reader, id: Sha256) -> Result<(Found, String), Failure> {
    let found = reader.shell.drafts.of(reader.journal(), reader.session.account, id).await?;
    let name = match found {
        Found::OfAnother(author) => reader.shell.name_of(author).await?,
        Found::Mine(_) | Found::Gone => String::new(),
    };
    Ok((found, name))
}

async fn filled(words: &'static Words, draft: &Draft, id: Sha256, response: Response) -> Response {
    let action = with_draft(&draft.address, &id.to_string());
    let band = |found, page: &str| Band::of(words, draft, found, page).render().unwrap_or_default();
    rewritten(response, |page| fill::fill(page, draft, &action, |found| band(found, page))).await
}

async fn told(band: Band, response: Response) -> Response {
    rewritten(response, |page| fill::say(page, &band.render().unwrap_or_default())).await
}

/// What says that the session had ended, above the page's own content; or that there is nothing to be given back.
#[derive(Template)]
#[template(path = "draft.html")]
struct Band {
    words: &'static Words,
    title: String,
    next: String,
    /// What was entered, where the form does not show all of it.
    entered: Vec<String>,
}

impl Band {
    fn new(words: &'static Words) -> Self {
        Band { words, title: String::new(), next: String::new(), entered: Vec::new() }
    }

    /// `found`: whether the form stands on the page. A cell may be gone from it, because somebody else has filled it.
    fn of(words: &'static Words, draft: &Draft, found: bool, page: &str) -> Self {
        let several = |name: &str| draft.fields.iter().filter(|(n, _)| n == name).count() > 1;
        let typed = |name: &str| TYPED.contains(&name) || name.starts_with(CELL);
        let gone = |name: &str| name.starts_with(CELL) && !page.contains(&format!("name=\"{name}\""));
        let fields = draft.fields.iter().filter(|(name, value)| typed(name) && !value.trim().is_empty());
        let hidden = fields
            .filter(|(name, _)| !found || gone(name) || (several(name) && fill::TYPED_ONCE.contains(&name.as_str())));
        let next = words.t(if found { "draft-back" } else { "draft-lost" });
        Band { words, title: words.t("draft-title"), next, entered: hidden.map(|(_, value)| value.clone()).collect() }
    }
}

/// How often overdue drafts are erased, and sessions forgotten that ended so long ago that nothing of theirs is kept any more.
const ERASE_EVERY: Duration = Duration::from_secs(15 * 60);

/// Erases overdue drafts and forgets ended sessions, as long as there are pages.
pub(crate) async fn erase_overdue(shell: Weak<Shell>) {
    while let Some(shell) = shell.upgrade() {
        for journal in [&shell.house, &shell.laboratory.journal] {
            if let Err(error) = drafts::erase_overdue(journal).await {
                tracing::warn!(%error, "overdue drafts could not be erased");
            }
        }
        if let Err(error) = sessions::sweep(&shell.house).await {
            tracing::warn!(%error, "ended sessions could not be forgotten");
        }
        drop(shell);
        tokio::time::sleep(ERASE_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permit::Need;

    fn pages() -> Arc<Pages> {
        let declared = |method, path| Declared { method, path, place: Place::Laboratory, need: Need::Open };
        let all = [
            declared(Method::GET, "/"),
            declared(Method::GET, "/orders/{id}"),
            declared(Method::POST, "/orders/{id}/cancel"),
            declared(Method::GET, "/orders/new"),
            declared(Method::POST, "/orders/new"),
            declared(Method::GET, "/messages"),
            declared(Method::GET, "/messages/{id}"),
            declared(Method::POST, "/messages/replay"),
            declared(Method::POST, "/review/sign"),
            declared(Method::GET, "/review"),
        ];
        Pages::of(&all).0
    }

    #[test]
    fn a_form_leads_back_to_the_page_that_it_stood_on() {
        let name = "ab".repeat(32);
        let cases = [
            ("http://lab/orders/new?patient=5", "/orders/new", "/orders/new?patient=5".to_owned()),
            ("", "/orders/new?patient=5", "/orders/new?patient=5".to_owned()),
            ("", "/orders/7/cancel", "/orders/7".to_owned()),
            ("http://lab/review/sign", "/review/sign", "/review".to_owned()),
            ("", "/messages/replay?for=x", "/messages".to_owned()),
            ("https://elsewhere.example/no/such/page", "/orders/7/cancel", "/orders/7".to_owned()),
            ("", "/nowhere", "/".to_owned()),
            (
                &*format!("http://lab/orders/new?draft={name}&patient=5"),
                "/orders/new",
                "/orders/new?patient=5".to_owned(),
            ),
        ];
        for (referer, sent_to, page) in cases {
            let mut headers = HeaderMap::new();
            if !referer.is_empty() {
                headers.insert(REFERER, referer.parse().unwrap());
            }
            assert_eq!(pages().page(&headers, &sent_to.parse().unwrap()), page, "{referer} {sent_to}");
        }
    }

    #[test]
    fn an_address_names_its_draft() {
        let id = Sha256::of(b"x");
        for address in ["/orders/new", "/orders/new?patient=5"] {
            let uri: Uri = with_draft(address, &id.to_string()).parse().unwrap();
            assert_eq!((named(&uri), super::address(&uri)), (Some(id), address.to_owned()));
        }
        assert_eq!(named(&"/find?q=draft".parse().unwrap()), None);
    }
    /// What a template puts into a form unseen, or gives to choose from, is no sentence for a person; what a person types is.
    #[test]
    fn of_what_was_entered_a_person_is_told_what_they_typed() {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut typed = std::collections::BTreeSet::new();
        for folder in ["templates", "../web/templates"] {
            for file in std::fs::read_dir(here.join(folder)).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let named = |tag: &str| {
                    tag.split_once(" name=\"").and_then(|(_, rest)| rest.split('"').next()).map(str::to_owned)
                };
                let fields = text.split("ui::field(\"").skip(1).filter_map(|rest| rest.split('"').next());
                typed.extend(fields.map(str::to_owned));
                for tag in
                    text.split("<input").skip(1).filter(|tag| !tag.split('>').next().unwrap().contains("type=\""))
                {
                    typed.extend(named(tag));
                }
                typed.extend(text.split("<textarea").skip(1).filter_map(named));
            }
        }
        // A search keeps nothing, a file is chosen, a test is typed in one form and chosen in others, and a name in braces is a macro's.
        let other = ["file", "find", "test"];
        let told = |name: &str| !SECRETS.contains(&name) && !other.contains(&name) && !name.contains('{');
        typed.retain(|name| told(name));
        assert_eq!(typed.iter().map(String::as_str).collect::<Vec<_>>(), TYPED);
    }
}
