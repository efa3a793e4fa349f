//! What a request carries is read whole before anybody works on it: within a time, and within a size that depends on who asks.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::drafts::Ended;
use crate::errors::Problem;
use crate::reader::Asking;
use crate::upload::{self, FILE_FORM_BYTES_MAX};

/// The longest form of somebody who is signed in, in bytes.
pub const FORM_BYTES_MAX: usize = 256 * 1024;
/// The longest form of anybody else, in bytes. They sign in and do nothing else.
pub const STRANGERS_FORM_BYTES_MAX: usize = 8 * 1024;
/// How long a form with a file may take to come.
const FILE_WAIT: Duration = Duration::from_secs(90);
/// How long a form may take to come.
pub const FORM_WAIT: Duration = Duration::from_secs(20);

/// Reads the form of a request.
pub(crate) async fn read(request: Request, next: Next) -> Response {
    // Somebody whose session has just ended gets back what was typed.
    let known = request.extensions().get::<Asking>().is_some() || request.extensions().get::<Ended>().is_some();
    let boundary = upload::boundary(&request).filter(|_| known);
    let (most, wait) = match (&boundary, known) {
        (Some(_), _) if request.extensions().get::<Asking>().is_some() => (FILE_FORM_BYTES_MAX, FILE_WAIT),
        (_, true) => (FORM_BYTES_MAX, FORM_WAIT),
        (_, false) => (STRANGERS_FORM_BYTES_MAX, FORM_WAIT),
    };
    let (parts, body) = request.into_parts();
    match (timeout(wait, to_bytes(body, most)).await, boundary) {
        (Ok(Ok(form)), Some(boundary)) => match upload::ordinary(parts, &form, &boundary) {
            Some(request) => next.run(request).await,
            None => Problem::Unreadable.into_response(),
        },
        (Ok(Ok(form)), None) => next.run(Request::from_parts(parts, Body::from(form))).await,
        (Ok(Err(_)) | Err(_), _) => Problem::Unreadable.into_response(),
    }
}
