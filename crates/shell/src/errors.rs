//! What a person reads when a page cannot be shown. Which one to use:
//!
//! - a field was filled in wrongly: no problem at all; show the form again with [`crate::page::Mistakes`].
//! - a scan or a signature was refused by a room: show it on the page where it was tried. Where there is no such page:
//!   [`Problem::Refused`]; [`Problem::Said`] when the reason is in words already.
//! - a form was shown to somebody else, or does not say to whom: [`Problem::OfAnother`], [`Problem::Unstamped`]; the shell looks.
//! - the address names nothing: [`Problem::Missing`].
//! - the person may not: [`Problem::Forbidden`]; nobody is signed in: [`Problem::SignIn`].
//! - too many wrong passwords were given: a mistake beside the field; the answer is 429, and says when to try again ([`waiting`]).
//! - the store is busy or full, or too many passwords wait to be checked: [`Problem::Busy`].
//! - anything else, which nobody foresaw: [`Problem::Broken`], with the whole chain of causes for the log.
//!
//! A problem is turned into a page, and logged, in one place: [`show`].

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use titer_lab::{Failure, Refusal};
use titer_store::StoreError;
use tower_http::request_id::RequestId;

use crate::address::{Address, escaped};
use crate::page::Page;
use crate::problem_page::ProblemPage;
use crate::words::{Arg, Words};
use crate::{Shell, drafts, paths};

/// How soon a browser or a client may try again when the laboratory is busy.
const RETRY_AFTER_S: u64 = 2;
/// The refusal of whoever gave many wrong passwords.
const WAIT: &str = "accounts-wait";

/// Why a page cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The address names nothing that there is.
    Missing,
    /// Nobody is signed in; afterwards to this address.
    SignIn(Option<String>),
    /// The person's roles do not include it.
    Forbidden,
    /// A room refused.
    Refused(Refusal),
    /// It cannot be done, for a reason in words already.
    Said(String),
    /// A form that did not come from our own pages.
    Elsewhere,
    /// A form that was shown to another account than the one that is signed in.
    OfAnother(Box<Another>),
    /// A form that does not say to whom it was shown.
    Unstamped,
    /// A request that names a host that these pages do not answer for; they are at this origin, if one is configured.
    Misdirected(Option<String>),
    /// A request that could not be read: parts are missing, or too large.
    Unreadable,
    /// Too much at once, or no room left.
    Busy,
    /// Nobody foresaw this: for the log, never for the reader.
    Broken(String),
}

/// A form that was shown to somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Another {
    /// The name of whoever was shown the form.
    pub theirs: String,
    /// The name of whoever has sent it.
    pub mine: String,
    /// The page that the form stood on, which leads to what was entered if that is kept.
    pub back: String,
}

impl Another {
    fn words(&self, page: &Page) -> (String, String, String) {
        let uri = self.back.parse::<Uri>().unwrap_or_default();
        let names: [(&str, &dyn Arg); 2] = [("theirs", &self.theirs), ("mine", &self.mine)];
        let next = match drafts::named(&uri) {
            Some(_) => page.tell("problem-another-kept", &names),
            None if drafts::is_lost(&uri) => page.tell("problem-another-lost", &names),
            None => page.tell("problem-another-next", &names),
        };
        (page.t("problem-another"), page.tell("problem-another-what", &names), next)
    }

    /// Where the form can be opened in one's own name, and where its entries come back after signing in.
    fn ways(&self, page: &Page) -> ((String, String), (String, String)) {
        let own = self.back.parse::<Uri>().map_or_else(|_| "/".to_owned(), |uri| drafts::address(&uri));
        let sign_in = leading_back(paths::SIGN_IN, Some(&self.back));
        let label = page.tell("problem-another-sign-in", &[("theirs", &self.theirs)]);
        ((own, page.tell("problem-another-open", &[("mine", &self.mine)])), (sign_in, label))
    }
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Problem::Missing => StatusCode::NOT_FOUND,
            Problem::SignIn(_) => StatusCode::SEE_OTHER,
            Problem::Forbidden | Problem::Elsewhere => StatusCode::FORBIDDEN,
            Problem::Refused(why) if why.code == WAIT => StatusCode::TOO_MANY_REQUESTS,
            Problem::Refused(_) | Problem::Said(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
            Problem::OfAnother(_) => StatusCode::CONFLICT,
            Problem::Unreadable | Problem::Unstamped => StatusCode::BAD_REQUEST,
            Problem::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Title, what it means, what to do now.
    fn words(&self, page: &Page) -> (String, String, String) {
        match self {
            Problem::Missing => {
                (page.t("problem-missing"), page.t("problem-missing-what"), page.t("problem-missing-next"))
            }
            Problem::Forbidden | Problem::SignIn(_) => {
                (page.t("problem-forbidden"), page.t("problem-forbidden-what"), page.t("problem-forbidden-next"))
            }
            Problem::Refused(why) => {
                (page.t("problem-refused"), refusal(page.words, why), page.t("problem-refused-next"))
            }
            Problem::Said(why) => (page.t("problem-refused"), why.clone(), page.t("problem-refused-next")),
            Problem::Elsewhere => {
                (page.t("problem-elsewhere"), page.t("problem-elsewhere-what"), page.t("problem-elsewhere-next"))
            }
            Problem::OfAnother(another) => another.words(page),
            Problem::Unstamped => {
                (page.t("problem-unstamped"), page.t("problem-unstamped-what"), page.t("problem-unstamped-next"))
            }
            Problem::Misdirected(origin) => (
                page.t("problem-misdirected"),
                page.t("problem-misdirected-what"),
                match origin {
                    Some(origin) => page.tell("problem-misdirected-next", &[("origin", origin)]),
                    None => page.t("problem-misdirected-machine"),
                },
            ),
            Problem::Unreadable => {
                (page.t("problem-unreadable"), page.t("problem-unreadable-what"), page.t("problem-unreadable-next"))
            }
            Problem::Busy => (page.t("problem-busy"), page.t("problem-busy-what"), page.t("problem-busy-next")),
            Problem::Broken(_) => {
                (page.t("problem-broken"), page.t("problem-broken-what"), page.t("problem-broken-next"))
            }
        }
    }

    /// The page in place of the one that was asked for. `page` frames it, `request` is its number in the log.
    pub fn page(&self, page: Page, request: &str) -> ProblemPage {
        let (title, what, next) = self.words(&page);
        let home = |href| ((href, page.t("problem-home")), Default::default());
        let (first, other) = match self {
            Problem::OfAnother(another) => another.ways(&page),
            Problem::Misdirected(Some(origin)) => home(origin.clone()),
            _ => home(page.to(paths::HOME)),
        };
        ProblemPage {
            title,
            what,
            next,
            href: first.0,
            label: first.1,
            other_href: other.0,
            other_label: other.1,
            request: match self {
                Problem::Broken(_) | Problem::Busy => request.to_owned(),
                _ => String::new(),
            },
            page,
        }
    }
}

/// A refusal that no page shows in its own place, or a database in trouble.
impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(r) if r.code == "people-not-permitted" => Problem::Forbidden,
            Failure::Refused(r) => Problem::Refused(r),
            Failure::Store(e) => e.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) | StoreError::Full | StoreError::Away(_) => Problem::Busy,
            e => Problem::Broken(e.to_string()),
        }
    }
}

impl From<askama::Error> for Problem {
    fn from(e: askama::Error) -> Self {
        Problem::Broken(e.to_string())
    }
}

/// What a refusal says.
pub fn refusal(words: &Words, refusal: &Refusal) -> String {
    let args: Vec<(&str, &dyn Arg)> = refusal.args.iter().map(|(n, v)| (*n, v as &dyn Arg)).collect();
    words.refusal(refusal.code, &args)
}

/// The refusal in words, to be shown in its own place; anything else is a problem of its own.
///
/// # Errors
/// When the database failed, or the person may not.
pub fn said(words: &Words, failure: Failure) -> Result<String, Problem> {
    match failure {
        Failure::Refused(r) if r.code != "people-not-permitted" => Ok(refusal(words, &r)),
        other => Err(other.into()),
    }
}

/// A problem as it leaves a handler: the status and itself, for [`show`] to make a page of.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = match &self {
            Problem::SignIn(back) => Redirect::to(&leading_back(paths::SIGN_IN, back.as_deref())).into_response(),
            _ => self.status().into_response(),
        };
        let wait = match &self {
            Problem::Busy => Some(RETRY_AFTER_S),
            Problem::Refused(why) => wait_of(why),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// How long to wait before the next password is looked at, in seconds, if that is why something failed.
pub(crate) fn wait_seconds(failure: &Failure) -> Option<u64> {
    match failure {
        Failure::Refused(why) => wait_of(why),
        Failure::Store(_) => None,
    }
}

fn wait_of(why: &Refusal) -> Option<u64> {
    let seconds = why.args.iter().find(|(name, _)| why.code == WAIT && *name == "seconds");
    seconds.and_then(|(_, seconds)| seconds.parse().ok())
}

/// A form that came back because of a wait says so to programs too (RFC 6585, section 4).
pub(crate) fn waiting(seconds: Option<u64>, mut response: Response) -> Response {
    if let Some(seconds) = seconds.filter(|_| response.status() == StatusCode::UNPROCESSABLE_ENTITY) {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// An address at which something has to be done first, with where to go then.
pub(crate) fn leading_back(first: Address, back: Option<&str>) -> String {
    match back {
        Some(back) if back != "/" => format!("{first}?back={}", escaped(back).replace("%2F", "/")),
        _ => first.to_string(),
    }
}

/// Makes a page of every problem inside, and logs what broke, once.
pub(crate) async fn show(State(shell): State<Arc<Shell>>, request: Request, next: Next) -> Response {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let only_reads = request.method() == Method::GET;
    let mut response = next.run(request).await;
    let Some(problem) = problem(&mut response, only_reads) else {
        return response;
    };
    if let Problem::Broken(cause) = &problem {
        tracing::error!(%cause, request = %id, "a request failed");
    }
    let shown = problem.page(shell.bare(), &id).render();
    let html = shown.unwrap_or_else(|error| {
        tracing::error!(%error, "the page about a problem failed");
        String::new()
    });
    let (mut parts, _) = response.into_parts();
    if problem == Problem::Missing {
        parts.status = problem.status();
    }
    let body = Html(html).into_response().into_body();
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(parts, body)
}

/// The problem of an answer: the handler's own, or the one behind a bare status from the framework.
fn problem(response: &mut Response, only_reads: bool) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return (!matches!(problem, Problem::SignIn(_))).then_some(problem);
    }
    let html = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let status = response.status();
    if html || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    Some(match status {
        // Of a request that only reads, nothing but the address can be unreadable: a letter where a number stands, say.
        StatusCode::BAD_REQUEST if only_reads => Problem::Missing,
        _ if status.is_client_error() => Problem::Unreadable,
        _ => Problem::Broken(format!("answered {status} without a reason")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_after_signing_in_is_escaped() {
        let sign_in = |back| leading_back(paths::SIGN_IN, back);
        assert_eq!(sign_in(None), "/sign-in");
        assert_eq!(sign_in(Some("/")), "/sign-in");
        assert_eq!(sign_in(Some("/find?q=a b&c=%")), "/sign-in?back=/find%3Fq%3Da%20b%26c%3D%25");
    }
}
