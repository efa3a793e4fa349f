//! Who is asking: the person behind a request, found once by the cookie, and the frame of every page that they read.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use titer_lab::accounts::{Session, SessionToken, Signed, sessions};
use titer_lab::{Action, Actor, Failure, Role, people, results, sites, work};
use titer_link::inbox;

use crate::errors::Problem;
use crate::pages::{Mode, Notice, Page, Person, Section, Way};
use crate::permit::Attempt;
use crate::when::When;
use crate::{Web, assets};

/// The person whose session a request belongs to.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The session.
    pub session: Session,
    /// What the browser holds of it.
    pub token: SessionToken,
    /// What the person is here.
    pub roles: Vec<Role>,
}

impl Reader {
    /// Whether the person's roles grant this. The laboratory checks again whatever is done.
    pub fn may(&self, action: Action) -> bool {
        self.roles.iter().any(|r| r.grants(action))
    }

    /// The person, as the one who acts.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.session.account.0)
    }

    /// The frame of a page, with what waits counted.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub async fn page(&self, web: &Web, here: Option<Section>) -> Result<Page, Failure> {
        let frame = web
            .lab
            .read(|s| {
                Ok(Counted {
                    site: sites::views::site(s)?,
                    results: results::views::waiting(s)?,
                    awaited: work::views::count_awaited(s)?,
                    held: inbox::views::count_held(s)?,
                })
            })
            .await?;
        let zone = frame.site.as_ref().map_or(TimeZone::UTC, |s| s.zone.clone());
        let now = web.lab.store().now().micros();
        let open = self.session.signing_until.filter(|u| u.micros() > now);
        let demo = frame.site.as_ref().is_some_and(|s| s.demonstration);
        let name = frame.site.as_ref().map(|s| s.name.clone()).unwrap_or_default();
        Ok(Page {
            words: web.words,
            assets: assets::base(),
            mode: if demo { Mode::Demo } else { Mode::Real },
            site: name.clone(),
            laboratory: name,
            now: When::at(now, now, &zone),
            person: Some(Person {
                name: self.session.name.clone(),
                initials: initials(&self.session.name),
                roles: self
                    .roles
                    .iter()
                    .map(|r| web.words.t(&format!("role-{}", r.code())))
                    .collect::<Vec<_>>()
                    .join(", "),
                signing_until: open.map(|u| When::at(u.micros(), now, &zone)),
            }),
            nav: self.nav(here, &frame),
            notice: None,
        })
    }

    fn nav(&self, here: Option<Section>, frame: &Counted) -> Vec<Way> {
        let shown = Section::ALL.into_iter().filter(|s| self.may(takes(*s)));
        let way = |section| {
            let (count, critical) = match section {
                Section::Receive => (frame.awaited, 0),
                Section::Review => (frame.results.all, frame.results.critical),
                Section::Held => (frame.held, 0),
                _ => (0, 0),
            };
            Way { section, here: here == Some(section), count, critical }
        };
        shown.map(way).collect()
    }

    /// The proof to sign with: from the signing session while it lasts, else from the password.
    ///
    /// # Errors
    /// Refused when the password is missing or wrong, or the account is locked.
    pub async fn sign(&self, web: &Web, password: Option<String>) -> Result<Signed, Failure> {
        sessions::sign(&web.house, &web.passwords, &self.token, &self.session, password).await
    }

    /// Whether signing now takes the password.
    pub fn must_give_password(&self, web: &Web) -> bool {
        self.session.signing_until.is_none_or(|until| until < web.house.store().now())
    }
}

struct Counted {
    site: Option<sites::views::Site>,
    results: results::views::Waiting,
    awaited: usize,
    held: usize,
}

/// What it takes to see a section.
pub fn takes(section: Section) -> Action {
    match section {
        Section::Home => Action::SeeWork,
        Section::Orders => Action::SeePatients,
        Section::Receive => Action::ReceiveSpecimens,
        Section::Review => Action::VerifyResults,
        Section::Reports => Action::SeeReports,
        Section::Held => Action::ResolveMessages,
        Section::Admin => Action::SeeAdministration,
    }
}

fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().filter(|w| !w.ends_with('.') && *w != "Dr").collect();
    let ends = [words.first(), words.last().filter(|_| words.len() > 1)];
    ends.into_iter().flatten().filter_map(|w| w.chars().next()).collect()
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    /// A handler that takes a reader is for signed-in people only, whatever its route says.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Reader>().cloned().ok_or(Problem::SignIn(None))
    }
}

/// Finds out who is asking, once for each request.
pub async fn identify(State(web): State<Arc<Web>>, mut request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    if let Some(token) = web.cookies.read(request.headers()).filter(|_| !asset) {
        match found(&web, token).await {
            Ok(Some(reader)) => {
                request.extensions_mut().insert(reader);
            }
            Ok(None) => {}
            Err(e) => return Problem::from(e).into_response(),
        }
    }
    let mut response = next.run(request).await;
    if let Some(attempt) = response.extensions_mut().remove::<Attempt>() {
        record(&web, attempt).await;
    }
    response
}

/// A refused attempt stands in the journal as well. If the database cannot take it, the log has it.
async fn record(web: &Web, attempt: Attempt) {
    if let Err(Failure::Store(e)) = web.lab.attempted(attempt.actor, attempt.action).await {
        tracing::warn!(actor = ?attempt.actor, action = attempt.action.code(), "a refused attempt could not be journalled: {e}");
    }
}

async fn found(web: &Web, token: SessionToken) -> Result<Option<Reader>, Failure> {
    let Some(session) = sessions::session(&web.house, &token).await? else { return Ok(None) };
    let account = session.account.0;
    let roles = web.lab.read(move |s| Ok(people::views::roles(s, account)?)).await?;
    Ok(Some(Reader { session, token, roles }))
}

/// A notice for the top of a page.
pub fn notice(tone: crate::pages::Tone, text: String) -> Option<Notice> {
    Some(Notice { tone, text })
}
