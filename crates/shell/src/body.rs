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
use crate::upload;

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
    let keeps_files = request.extensions().get::<Asking>().is_some();
    let most = if known { FORM_BYTES_MAX } else { STRANGERS_FORM_BYTES_MAX };
    let (parts, body) = request.into_parts();
    let read = match boundary {
        Some(boundary) => {
            let form = upload::ordinary(parts, body, boundary, keeps_files);
            timeout(FILE_WAIT, form).await.ok().flatten()
        }
        None => {
            let form = timeout(FORM_WAIT, to_bytes(body, most)).await.ok().and_then(Result::ok);
            form.map(|form| Request::from_parts(parts, Body::from(form)))
        }
    };
    match read {
        Some(request) => next.run(request).await,
        None => Problem::Unreadable.into_response(),
    }
}
