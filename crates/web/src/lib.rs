//! Titer's pages: what people see and press. Nothing is decided here: a page shows what the laboratory's rooms say, and hands them what a
//! person wants.
//!
//! | module | what it does |
//! |---|---|
//! | [`pages`] | what each page shows: one struct for each template in `templates/` |
//! | [`words`] | every sentence, from the Fluent files in `locales/` |
//! | [`when`] | moments and dates as people read and type them |
//! | [`permit`] | every address, with what it takes to open it, in one table |
//! | [`sessions`] | the cookie that says who is asking |
//! | [`live`] | tells open pages what has changed |
//! | [`errors`] | what a person reads when a page cannot be shown |
//! | [`assets`] | styles and scripts, part of the program |
//! | [`headers`] | what browsers are told about every answer |

pub mod assets;
pub mod errors;
mod handlers;
pub mod headers;
mod health;
pub mod live;
pub mod pages;
pub mod paper;
pub mod permit;
pub mod reader;
pub mod sessions;
pub mod when;
pub mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::HeaderName;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use titer_lab::{Action, Failure, Laboratory, accounts::Passwords};
use titer_link::Board;

use crate::errors::Problem;
use crate::live::Live;
use crate::permit::{Need, Routes};
use crate::sessions::Cookies;
use crate::words::Words;

/// The longest form that is read.
pub const FORM_BYTES_MAX: usize = 256 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the pages need to know of the process that they run in.
pub struct Settings {
    /// Accounts and credentials.
    pub house: Laboratory,
    /// The laboratory.
    pub lab: Laboratory,
    /// How its links are doing.
    pub board: Board,
    /// Whether browsers reach these pages by TLS only.
    pub tls: bool,
    /// The Prometheus text of this process.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

/// What all pages share.
pub struct Web {
    /// The sentences.
    pub words: &'static Words,
    /// Accounts and credentials.
    pub house: Laboratory,
    /// The laboratory.
    pub lab: Laboratory,
    /// How its links are doing.
    pub board: Board,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Whether browsers reach these pages by TLS only.
    pub tls: bool,
    /// Makes and reads session cookies.
    pub cookies: Cookies,
    /// Tells open pages what has changed.
    pub live: Live,
    metrics: Box<dyn Fn() -> String + Send + Sync>,
}

impl Web {
    /// What all pages share, in a process with these settings. Begins to tell open pages what the journal says.
    ///
    /// # Errors
    /// When the house does not answer.
    pub async fn new(settings: Settings) -> Result<Arc<Self>, Failure> {
        let key = titer_lab::accounts::sessions::cookie_key(&settings.house).await?;
        let web = Arc::new(Web {
            words: Words::english(),
            passwords: Passwords::new()?,
            cookies: Cookies::new(&key, settings.tls),
            live: Live::new(),
            house: settings.house,
            lab: settings.lab,
            board: settings.board,
            tls: settings.tls,
            metrics: settings.metrics,
        });
        tokio::spawn(live::follow(Arc::downgrade(&web)));
        tokio::spawn(live::follow_board(Arc::downgrade(&web)));
        Ok(web)
    }
}

/// Every address there is, with what it takes to open it.
pub fn routes() -> Routes<Arc<Web>> {
    let routes = Routes::new()
        .get("/assets/{version}/{name}", Need::Open, assets::serve)
        .get("/livez", Need::Open, health::livez)
        .get("/readyz", Need::Open, health::readyz)
        .get("/metrics", Need::Open, health::metrics)
        .get("/live", Need::May(Action::SeeWork), live::listen);
    handlers::add(routes)
}

/// The whole of the pages as one service.
pub fn router(web: Arc<Web>) -> Router {
    let tls = web.tls;
    routes()
        .into_router()
        .fallback(|| async { Problem::Missing })
        .method_not_allowed_fallback(|| async { Problem::Missing })
        .layer(middleware::from_fn_with_state(web.clone(), reader::identify))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(CsrfLayer::new().with_rejection_response(from_elsewhere))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(web.clone(), errors::show))
        .layer(middleware::map_response(move |response| async move { headers::protect(response, tls) }))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(web)
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
