//! The stamp of a form says to whom the form was shown, and when. A browser has one session, and any number of pages that were shown in
//! earlier ones: without it, what one person filled in would be done in the name of whoever has signed in since.
//!
//! The stamp is put into every form here, on its way out, and looked at here, on its way back: no template and no handler can forget it.
//! It is signed with the key of the cookies, so that nobody leaves entries in another one's name. A stamp is of an account, not of a
//! session: whoever signs in again goes on where they were.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use lol_html::errors::RewritingError;
use lol_html::html_content::ContentType;
use lol_html::{RewriteStrSettings, element, rewrite_str};
use titer_lab::accounts::AccountId;
use titer_lab::{Timestamp, forms};
use titer_store::StoreError;

use crate::address::Place;
use crate::answer::rewritten;
use crate::body::FORM_BYTES_MAX;
use crate::drafts;
use crate::errors::{Another, Problem};
use crate::reader::{Asking, Reader};

/// The field that carries it.
pub const FIELD: &str = "stamp";

/// To whom a form was shown, and a mark that tells when, and the form from every other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    account: AccountId,
    mark: i64,
}

impl Stamp {
    /// The stamp of a form that is shown to this account at this time.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(account: AccountId, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Stamp { account, mark: forms::mark(now)? })
    }

    /// To whom the form was shown.
    pub(crate) fn account(self) -> AccountId {
        self.account
    }

    /// What tells the form from every other one.
    pub(crate) fn mark(self) -> i64 {
        self.mark
    }

    /// When the form was shown.
    pub(crate) fn shown_at(self) -> Timestamp {
        forms::shown_at(self.mark)
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.account.0.to_be_bytes());
        bytes[8..].copy_from_slice(&self.mark.to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (account, mark) = bytes.split_first_chunk()?;
        let (account, mark) = (i64::from_be_bytes(*account), i64::from_be_bytes(mark.try_into().ok()?));
        Some(Stamp { account: AccountId(account), mark })
    }
}

/// The stamp of a form that was sent.
pub(crate) struct Sent {
    pub stamp: Stamp,
    /// As the form carried it.
    carried: String,
    /// Where the form was sent to.
    path: String,
}

/// Looks whether a form was shown to whoever sends it. What was entered in a form of somebody else is kept for that account, and for no
/// other: the sender may not be allowed to see it.
pub(crate) async fn check(asking: &Asking, place: Place, request: Request) -> Result<(Request, Sent), Problem> {
    let (parts, body) = request.into_parts();
    let form = to_bytes(body, FORM_BYTES_MAX).await.map_err(|_| Problem::Unreadable)?;
    let carried = form_urlencoded::parse(&form).find(|(name, _)| name == FIELD).map(|(_, value)| value.into_owned());
    let carried = carried.ok_or(Problem::Unstamped)?;
    let stamp = asking.shell.cookies.read_stamp(&carried).ok_or(Problem::Unstamped)?;
    let path = parts.uri.path().to_owned();
    let request = Request::from_parts(parts, Body::from(form));
    if stamp.account == asking.session.account {
        return Ok((request, Sent { stamp, carried, path }));
    }
    let (shell, mine) = (&asking.shell, &asking.session);
    let back = drafts::back(Some((shell, mine.account)), place, request).await;
    let theirs = shell.name_of(stamp.account).await?;
    let back = back.unwrap_or_else(|| "/".to_owned());
    Err(Problem::OfAnother(Box::new(Another { theirs, mine: mine.name.clone(), back })))
}

/// Puts a stamp into each form of an answer. A form that comes back with mistakes is the same form as before, so it keeps its stamp.
pub(crate) async fn put(reader: &Reader, sent: Option<Sent>, response: Response) -> Response {
    let again = sent.filter(|_| response.status() == StatusCode::UNPROCESSABLE_ENTITY);
    let stamp = |path: &str| match &again {
        Some(sent) if sent.path == path => Ok(sent.carried.clone()),
        _ => reader.new_stamp(),
    };
    rewritten(response, |page| stamped(page, stamp)).await
}

/// A page with a stamp in each form that is sent to act. `stamp` is asked for one for the path that the form is sent to.
///
/// # Errors
/// When the page cannot be read, or there is no stamp.
pub fn stamped(page: &str, stamp: impl Fn(&str) -> Result<String, StoreError>) -> Result<String, RewritingError> {
    let form = element!("form[method=post]", |form| {
        let action = form.get_attribute("action").unwrap_or_default();
        let stamp = stamp(action.split('?').next().unwrap_or_default())?;
        form.prepend(&format!("<input type=\"hidden\" name=\"{FIELD}\" value=\"{stamp}\">"), ContentType::Html);
        Ok(())
    });
    rewrite_str(page, RewriteStrSettings::new().append_element_content_handler(form))
}
