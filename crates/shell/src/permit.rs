//! Who may open what. An address is declared together with what it takes to open it, so none can be forgotten, and a test reads the table.

use std::fmt;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::header::ACCEPT;
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{self, MethodRouter};
use titer_lab::Action;

use crate::address::{Address, Place};
use crate::drafts::{self, Ended};
use crate::errors::{self, Problem};
use crate::paths;
use crate::reader::{Asking, Reader};
use crate::stamp;

/// What it takes to open an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: there is nothing about a patient or a laboratory behind it.
    Open,
    /// To be signed in.
    SignedIn,
    /// To be signed in with a role that grants this.
    May(Action),
}

/// One address as declared.
pub struct Declared {
    /// The method.
    pub method: Method,
    /// The address, with names in braces.
    pub path: &'static str,
    /// Whose journal its handler works on.
    pub place: Place,
    /// What it takes.
    pub need: Need,
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.method, self.path, self.need)
    }
}

/// Every address there is. There is no way to add one without saying what it takes to open it.
pub struct Routes<S = ()> {
    declared: Vec<Declared>,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No address yet.
    pub fn new() -> Self {
        Routes { declared: Vec::new(), router: Router::new() }
    }

    /// An address to read.
    pub fn get<H, T>(self, address: impl Into<Address>, need: Need, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Method::GET, address.into(), need, routing::get(handler))
    }

    /// An address to act.
    pub fn post<H, T>(self, address: impl Into<Address>, need: Need, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Method::POST, address.into(), need, routing::post(handler))
    }

    fn add(mut self, method: Method, Address { place, pattern }: Address, need: Need, route: MethodRouter<S>) -> Self {
        self.declared.push(Declared { method, path: pattern, place, need });
        let route = route.layer(middleware::from_fn_with_state((place, need), admit));
        self.router = self.router.route(pattern, route);
        self
    }

    /// The table.
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// The same addresses, their handlers given what they share.
    pub fn with_state(self, state: S) -> Routes {
        Routes { declared: self.declared, router: self.router.with_state(state) }
    }
}

impl Routes {
    /// These addresses and those of another crate of pages.
    pub fn merge(mut self, other: Routes) -> Self {
        self.declared.extend(other.declared);
        Routes { declared: self.declared, router: self.router.merge(other.router) }
    }

    /// The addresses as a service.
    pub fn into_router(self) -> Router {
        self.router
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets a request through when it has what the address takes, and tells its handler who is asking.
async fn admit(State((place, need)): State<(Place, Need)>, mut request: Request, next: Next) -> Response {
    if need == Need::Open {
        return next.run(request).await;
    }
    let Some(asking) = request.extensions().get::<Asking>().cloned() else {
        // A page that listens is told to listen no more: it would take the sign-in page for a broken stream.
        if request.headers().get(ACCEPT).is_some_and(|kind| kind == "text/event-stream") {
            return StatusCode::NO_CONTENT.into_response();
        }
        let ended = request.extensions().get::<Ended>().cloned();
        let author = match &ended {
            Some(ended) => ended.author().await,
            None => None,
        };
        return Problem::SignIn(drafts::back(author, place, request).await).into_response();
    };
    if asking.session.must_change_password && request.uri().path() != paths::PASSWORD.pattern {
        let back = drafts::back(Some((&*asking.shell, asking.session.account)), place, request).await;
        return Redirect::to(&errors::leading_back(paths::PASSWORD, back.as_deref())).into_response();
    }
    let (method, draft) = (request.method().clone(), drafts::named(request.uri()));
    // Signing out is for whoever is signed in: nobody who presses it wants that a session stays open in this browser.
    let mut sent = None;
    if !method.is_safe() && request.uri().path() != paths::SIGN_OUT.pattern {
        match stamp::check(&asking, place, request).await {
            Ok((checked, stamped)) => (request, sent) = (checked, Some(stamped)),
            Err(problem) => return problem.into_response(),
        }
    }
    match reader(asking, place, need, method == Method::GET).await {
        Ok(reader) => {
            let reader = reader.sending(sent.as_ref().map(|sent| sent.stamp));
            request.extensions_mut().insert(reader.clone());
            let response = next.run(request).await;
            let response = stamp::put(&reader, sent, errors::waiting(reader.waits(), response)).await;
            match draft {
                Some(draft) => drafts::answered(&reader, &method, draft, response).await,
                None => response,
            }
        }
        Err(problem) => problem.into_response(),
    }
}

/// The reader, if they have what the address takes.
///
/// Who only reads is let in by the roles that were last read: what they are shown is read in a snapshot that asks for the roles again
/// ([`Reader::page`], [`Reader::read`]). Nobody acts, and nobody is refused, but by the roles of now.
async fn reader(asking: Asking, place: Place, need: Need, only_reads: bool) -> Result<Reader, Problem> {
    let (premises, account) = (asking.shell.laboratory.clone(), asking.session.account.0);
    let lately = premises.roles_lately(account).filter(|_| only_reads);
    let mut reader = Reader::new(asking, lately.clone().unwrap_or_default(), place, need);
    if lately.is_none() || reader.lacks().is_some() {
        reader.roles = premises.roles(account).await?;
    }
    match reader.lacks() {
        Some(action) => Err(reader.refused(action).await),
        None => Ok(reader),
    }
}
