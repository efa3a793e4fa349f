//! The shell of Titer's pages: what is the same whoever's pages stand in it. It knows no room of the laboratory: those who bring pages
//! register their sections, their addresses and their sentences.
//!
//! | module | what it does |
//! |---|---|
//! | [`section`] | what a noun registers: navigation, permission, keys, live topics, counts |
//! | [`address`], [`paths`] | typed addresses that say their place |
//! | [`premises`] | a place as it runs, and what is kept of it by the number of the journal's last event |
//! | [`reader`], [`frame`] | who is asking; one snapshot in which a whole page is filled |
//! | [`page`] | the frame of every page, and the parts that pages are made of |
//! | [`words`], [`when`] | sentences from Fluent files; moments as people read and type them |
//! | [`permit`] | every address, with what it takes to open it, in one table |
//! | [`door`], [`escape`] | what comes in, and how texts are written into pages |
//! | [`sessions`] | the cookies: who is asking, and what has just been done |
//! | [`live`] | tells open pages what has changed |
//! | [`listen`] | the sockets: which connections there may be, and for how long |
//! | [`origin`], [`body`] | which requests are looked at: those that name a host of ours, with a form of some size |
//! | [`errors`] | what a person reads when a page cannot be shown |
//! | [`assets`], [`headers`] | styles and scripts; what browsers are told about every answer |
//! | [`stamp`] | to whom each form was shown, and when |
//! | `drafts` | a form that was sent after the session had ended, and the way back to it |
//! | [`account`] | signing in and out, and one's own password |

// Templates are compiled in the crates of pages as well, so what they name is named from outside.
extern crate self as titer_shell;

pub mod account;
pub mod address;
pub mod answer;
pub mod assets;
pub mod body;
pub mod door;
mod drafts;
pub mod errors;
pub mod escape;
pub mod frame;
pub mod headers;
mod health;
pub mod listen;
pub mod live;
pub mod origin;
mod own_sessions;
pub mod page;
pub mod paths;
pub mod permit;
pub mod premises;
pub mod problem_page;
pub mod reader;
mod seats;
pub mod section;
pub mod sessions;
pub mod sign_in_page;
pub mod stamp;
pub mod upload;
pub mod when;
pub mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::HeaderName;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use titer_lab::accounts::{self, AccountId, Passwords};
use titer_lab::{Action, Failure, Laboratory, drafts::Drafts};

use crate::address::{Address, Place};
use crate::errors::Problem;
use crate::live::Live;
use crate::origin::Hosts;
use crate::page::Page;
use crate::permit::{Need, Routes};
use crate::premises::Premises;
use crate::section::Section;
use crate::sessions::Cookies;
use crate::when::When;
use crate::words::Words;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the shell needs to know of the process that it runs in, and of the pages that stand in it.
pub struct Settings {
    /// Accounts and credentials.
    pub house: Laboratory,
    /// The laboratory.
    pub laboratory: Laboratory,
    /// The sections of the laboratory's pages, in the order of the navigation.
    pub sections: &'static [&'static Section],
    /// Where what is typed or scanned into the head of a page is looked for.
    pub find: Address,
    /// The sentences.
    pub words: &'static Words,
    /// The hosts that the pages answer for.
    pub hosts: Hosts,
    /// Connections that browsers may have at a time.
    pub connections_max: usize,
    /// The Prometheus text of this process.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

/// What all pages share.
pub struct Shell {
    /// The sentences.
    pub words: &'static Words,
    /// Accounts and credentials.
    pub house: Laboratory,
    /// The laboratory, and what its pages show of it.
    pub laboratory: Arc<Premises>,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Makes and reads the cookies.
    pub cookies: Cookies,
    /// Tells open pages what has changed.
    pub live: Live,
    pub(crate) drafts: Drafts,
    find: Address,
    hosts: Hosts,
    metrics: Box<dyn Fn() -> String + Send + Sync>,
}

impl Shell {
    /// The shell of a process with these settings. Begins to tell open pages what the journal says.
    ///
    /// # Errors
    /// When the house does not answer.
    pub async fn open(settings: Settings) -> Result<Arc<Self>, Failure> {
        let key = titer_lab::accounts::sessions::cookie_key(&settings.house).await?;
        let shell = Arc::new(Shell {
            words: settings.words,
            passwords: Passwords::new()?,
            cookies: Cookies::new(&key, settings.hosts.is_tls()),
            live: Live::new(settings.connections_max),
            drafts: Drafts::open(&settings.house).await?,
            house: settings.house,
            laboratory: Arc::new(Premises::new(settings.laboratory, "", settings.sections)),
            find: settings.find,
            hosts: settings.hosts,
            metrics: settings.metrics,
        });
        let laboratory = shell.laboratory.clone();
        // Also the first page about a problem says what it stands on. If the laboratory does not answer now, a later page reads it.
        let _ = shell.laboratory.read(move |s| Ok(laboratory.site_in(s)?)).await;
        tokio::spawn(live::follow(Arc::downgrade(&shell)));
        tokio::spawn(drafts::erase_overdue(Arc::downgrade(&shell)));
        tokio::spawn(live::end_with_sessions(Arc::downgrade(&shell)));
        Ok(shell)
    }

    /// The journal of a place.
    pub(crate) fn journal(&self, place: Place) -> &Laboratory {
        match place {
            Place::House => &self.house,
            Place::Laboratory => &self.laboratory.journal,
        }
    }

    /// The name of an account's person.
    pub(crate) async fn name_of(&self, account: AccountId) -> Result<String, Failure> {
        let account = self.house.read(move |s| Ok(accounts::views::account(s, account)?)).await?;
        Ok(account.map(|account| account.name).unwrap_or_default())
    }

    /// The frame of a page for nobody in particular.
    pub fn bare(&self) -> Page {
        Page {
            words: self.words,
            assets: assets::base(),
            base: self.laboratory.base.clone(),
            mode: self.laboratory.mode_lately(),
            laboratory: String::new(),
            site: String::new(),
            now: When::default(),
            person: None,
            here: None,
            nav: Vec::new(),
            find: self.find,
            notice: None,
        }
    }
}

/// The shell's own addresses, with what it takes to open them.
pub fn routes() -> Routes<Arc<Shell>> {
    let routes = Routes::new()
        .get(paths::ASSETS, Need::Open, assets::serve)
        .get(paths::LIVEZ, Need::Open, health::livez)
        .get(paths::READYZ, Need::Open, health::readyz)
        .get(paths::METRICS, Need::Open, health::metrics)
        .get(paths::LIVE, Need::May(Action::SeeWork), live::listen);
    own_sessions::add(account::add(routes))
}

/// The shell with the pages that stand in it, as one service.
pub fn router(shell: Arc<Shell>, pages: Routes) -> Router {
    let tls = shell.hosts.is_tls();
    let routes = routes().with_state(shell.clone()).merge(pages);
    let readable = drafts::Pages::of(routes.declared());
    routes
        .into_router()
        .fallback(|| async { Problem::Missing })
        .method_not_allowed_fallback(|| async { Problem::Missing })
        .layer(middleware::from_fn(door::admit))
        .layer(middleware::from_fn(body::read))
        .layer(readable)
        .layer(middleware::from_fn_with_state(shell.clone(), reader::identify))
        .layer(CsrfLayer::new().with_rejection_response(from_elsewhere))
        .layer(middleware::from_fn_with_state(shell.clone(), origin::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(shell, errors::show))
        .layer(middleware::map_response(move |response| async move { headers::protect(response, tls) }))
        // What broke is logged with its cause by `errors::show`. That the laboratory is busy is no failure, and would fill the log.
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(middleware::map_request(without_request_id))
}

/// Two requests must not have one number in the log because somebody sent one.
async fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID);
    request
}

/// What a request is called in the log: never its address, which may carry a name or a number of a patient.
fn span(request: &Request) -> tracing::Span {
    let path = request.extensions().get::<MatchedPath>().map_or("unmatched", |path| path.as_str());
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path, id)
}

fn from_elsewhere(_: ProtectionError) -> Response {
    Problem::Elsewhere.into_response()
}

/// The message of a panic may hold anything, so it is not logged here; the panic hook has said where it was.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::Broken("a handler panicked".to_owned()).into_response()
}
