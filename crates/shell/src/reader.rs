//! Who is asking: the session behind a request, found once by the cookie; and the reader that a handler gets, with the journal of the
//! place that the address is in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use titer_lab::accounts::{Factor, Passwords, Session, SessionToken, Signed, sessions};
use titer_lab::{Action, Actor, Failure, Laboratory, Role, Timestamp, Tx};
use titer_store::{Pending, Read, StoreError};

use crate::Shell;
use crate::address::{Leads, Place};
use crate::answer::is_page;
use crate::drafts::Ended;
use crate::errors::{Problem, wait_seconds};
use crate::frame::Frame;
use crate::page::{Notice, Tone};
use crate::permit::Need;
use crate::premises::Premises;
use crate::seats::Turn;
use crate::section::Section;
use crate::stamp::Stamp;
use crate::when::{self, Unclear};
use crate::words::{Arg, Words};

/// The session that a request belongs to.
#[derive(Clone)]
pub(crate) struct Asking {
    pub shell: Arc<Shell>,
    pub session: Session,
    pub token: SessionToken,
    pub notice: Option<Notice>,
}

/// The person whose session a request belongs to, at the place that its address is in.
#[derive(Clone)]
pub struct Reader {
    /// The session.
    pub session: Session,
    /// What the browser holds of it.
    pub token: SessionToken,
    /// What the person is here.
    pub roles: Vec<Role>,
    pub(crate) shell: Arc<Shell>,
    pub(crate) notice: Option<Notice>,
    place: Place,
    need: Need,
    /// The stamp of the form that was sent.
    stamp: Option<Stamp>,
    /// For how many seconds no other password of this session is looked at; 0 if the next one is.
    waits: Arc<AtomicU64>,
}

impl Reader {
    pub(crate) fn new(asking: Asking, roles: Vec<Role>, place: Place, need: Need) -> Self {
        let Asking { shell, session, token, notice } = asking;
        Reader { session, token, roles, shell, notice, place, need, stamp: None, waits: Arc::default() }
    }

    /// With the stamp of the form that the person has sent.
    pub(crate) fn sending(self, stamp: Option<Stamp>) -> Self {
        Reader { stamp, ..self }
    }

    /// What tells the form that was sent from every other one, for [`titer_lab::forms::once`].
    pub fn mark(&self) -> i64 {
        self.stamp.map_or(0, Stamp::mark)
    }

    /// A new stamp, for a form that is shown to this person.
    pub(crate) fn new_stamp(&self) -> Result<String, StoreError> {
        let now = self.premises().journal.store().now();
        Ok(self.shell.cookies.stamp(Stamp::new(self.session.account, now)?))
    }

    /// A typed moment. A time without a day is of the day on which the form was shown ([`when::parse_minute`]).
    ///
    /// # Errors
    /// When it is none, or could be several.
    pub fn minute(&self, typed: &str, zone: &TimeZone) -> Result<Timestamp, Unclear> {
        let now = self.journal().store().now();
        let shown = self.stamp.map_or(now, Stamp::shown_at);
        when::parse_minute(typed, shown.micros(), now.micros(), zone).map(Timestamp::from_micros)
    }

    /// Whether the person's roles grant this. The laboratory checks again whatever is done.
    pub fn may(&self, action: Action) -> bool {
        self.roles.iter().any(|r| r.grants(action))
    }

    /// The person, as the one who acts.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.session.account.0)
    }

    /// The journal of the place that the address is in.
    pub fn journal(&self) -> &Laboratory {
        self.shell.journal(self.place)
    }

    /// Accounts and credentials.
    pub fn house(&self) -> &Laboratory {
        &self.shell.house
    }

    /// What frames the reader's pages. The house has no sections: its pages stand in the laboratory's frame.
    pub(crate) fn premises(&self) -> &Arc<Premises> {
        &self.shell.laboratory
    }

    /// Fills a page: roles, clock, site, counts and all that `fill` reads are of one snapshot.
    ///
    /// # Errors
    /// What `fill` says; also when the person's roles no longer grant the address, or the laboratory does not answer.
    pub async fn page<T, F>(&self, here: Option<&'static Section>, fill: F) -> Result<T, Problem>
    where
        F: FnOnce(&mut dyn Read, &Frame) -> Result<T, Problem> + Send + 'static,
        T: Send + 'static,
    {
        let (mut reader, premises) = (self.clone(), self.premises().clone());
        let read = self.premises().read(move |s| {
            let (shown, roles) = premises.shown_in(s, reader.session.account.0)?;
            reader.roles = roles;
            if reader.lacks().is_some() { Ok(None) } else { fill(s, &Frame::new(reader, here, shown)).map(Some) }
        });
        self.granted(read.await?).await
    }

    /// Reads what is no page: for a form that is understood, for a download. All of it is of one snapshot.
    ///
    /// # Errors
    /// As [`Reader::page`].
    pub async fn read<T, F>(&self, read: F) -> Result<T, Problem>
    where
        F: FnOnce(&mut dyn Read) -> Result<T, Problem> + Send + 'static,
        T: Send + 'static,
    {
        let (mut reader, premises) = (self.clone(), self.premises().clone());
        let read = self.premises().read(move |s| {
            reader.roles = premises.roles_in(s, reader.session.account.0)?;
            if reader.lacks().is_some() { Ok(None) } else { read(s).map(Some) }
        });
        self.granted(read.await?).await
    }

    /// What was read, unless the roles of the same snapshot did not grant it.
    async fn granted<T>(&self, read: Option<T>) -> Result<T, Problem> {
        match (read, self.need) {
            (Some(read), _) => Ok(read),
            (None, Need::May(action)) => Err(self.refused(action).await),
            (None, _) => Err(Problem::Forbidden),
        }
    }

    /// What the address takes and the person's roles do not grant.
    pub(crate) fn lacks(&self) -> Option<Action> {
        match self.need {
            Need::May(action) if !self.may(action) => Some(action),
            _ => None,
        }
    }

    /// A refused attempt stands in the journal as well. If the database cannot take it, the log has it.
    pub(crate) async fn refused(&self, action: Action) -> Problem {
        if let Err(Failure::Store(e)) = self.journal().attempted(self.actor(), action).await {
            let (actor, action) = (self.actor(), action.code());
            tracing::warn!(?actor, action, "a refused attempt could not be journalled: {e}");
        }
        Problem::Forbidden
    }

    /// Runs `f` under the lock of the place's journal, as this person.
    pub fn submit<F, R>(&self, why: Option<String>, f: F) -> Pending<Result<R, Failure>>
    where
        F: FnOnce(&mut Tx<'_, '_>) -> Result<R, Failure> + Send + 'static,
        R: Send + 'static,
    {
        self.journal().submit(self.actor(), why, f)
    }

    /// The proof to sign with: from the signing session while it lasts, else from the password.
    ///
    /// # Errors
    /// Refused when the password is missing or wrong, or was wrong too often in this session.
    pub async fn sign(&self, password: Option<String>) -> Result<Signed, Failure> {
        let given = Factor::password(password);
        let signed = sessions::sign(&self.shell.house, &self.shell.passwords, &self.token, &self.session, given).await;
        self.waits.store(signed.as_ref().err().and_then(wait_seconds).unwrap_or(0), Ordering::Relaxed);
        signed
    }

    /// How long whoever gives passwords in this session has to wait, if the last one was not looked at.
    pub(crate) fn waits(&self) -> Option<u64> {
        Some(self.waits.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }

    /// Whether signing now takes the password.
    pub fn must_give_password(&self) -> bool {
        self.session.signing_until.is_none_or(|until| until < self.shell.house.store().now())
    }

    /// Checks passwords, and makes credentials of them.
    pub fn passwords(&self) -> &Passwords {
        &self.shell.passwords
    }

    /// The sentences.
    pub fn words(&self) -> &'static Words {
        self.shell.words
    }

    /// The sentence of a key.
    pub fn t(&self, key: &str) -> String {
        self.shell.words.t(key)
    }

    /// The sentence of a key, with arguments.
    pub fn tell(&self, key: &str, args: &[(&str, &dyn Arg)]) -> String {
        self.shell.words.tell(key, args)
    }

    /// An address as this person's pages lead to it.
    pub fn to(&self, address: impl Leads) -> String {
        format!("{}{address}", self.premises().base)
    }

    /// Sends the reader on.
    pub fn go(&self, address: impl Leads) -> Response {
        Redirect::to(&self.to(address)).into_response()
    }

    /// Sends the reader on, to an address as [`Reader::to`] writes it, where a notice then says once what was done.
    pub fn done(&self, to: &str, tone: Tone, text: String) -> Response {
        let said = self.shell.cookies.say(to, &Notice { tone, text });
        ([(SET_COOKIE, said)], Redirect::to(to)).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    /// A handler that takes a reader is for signed-in people only, whatever its route says.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Reader>().cloned().ok_or(Problem::SignIn(None))
    }
}

/// Finds out whose session a request belongs to, once; and says once what the request before has done.
pub(crate) async fn identify(State(shell): State<Arc<Shell>>, mut request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    let Some(token) = shell.cookies.read(request.headers()).filter(|_| !asset) else {
        if let Some(token) = shell.cookies.left(request.headers()) {
            request.extensions_mut().insert(Ended { shell, token });
        }
        return next.run(request).await;
    };
    let notice = shell.cookies.heard(request.headers(), request.uri().path());
    match sessions::session(&shell.house, &token).await {
        Ok(Some(session)) => {
            if let Some(turn) = request.extensions().get::<Turn>() {
                turn.keep();
            }
            let asking = Asking { shell: shell.clone(), session, token, notice: notice.clone() };
            request.extensions_mut().insert(asking);
        }
        Ok(None) => {
            request.extensions_mut().insert(Ended { shell: shell.clone(), token });
        }
        Err(e) => return Problem::from(e).into_response(),
    }
    let mut response = next.run(request).await;
    if notice.is_some() && is_page(response.headers()) {
        response.headers_mut().append(SET_COOKIE, shell.cookies.said());
    }
    response
}
