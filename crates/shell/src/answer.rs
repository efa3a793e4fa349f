//! What handlers answer.

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use lol_html::errors::RewritingError;

use crate::errors::Problem;

/// The longest page that something is put into, in bytes.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a handler answers.
pub type Answer = Result<Response, Problem>;

/// A filled page as an answer.
///
/// # Errors
/// When the page cannot be written.
pub fn show(page: impl Template) -> Answer {
    Ok(Html(page.render()?).into_response())
}

/// A form again, with what was wrong.
///
/// # Errors
/// As [`show`].
pub fn again(page: impl Template) -> Answer {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(page)?).into_response())
}

/// Whether an answer is a page.
pub(crate) fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// A page with something put into it; any other answer as it is.
pub(crate) async fn rewritten(
    response: Response,
    rewrite: impl FnOnce(&str) -> Result<String, RewritingError>,
) -> Response {
    if !is_page(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let page = match to_bytes(body, PAGE_BYTES_MAX).await.map(|bytes| String::from_utf8(bytes.to_vec())) {
        Ok(Ok(page)) => page,
        _ => return Problem::Broken("a page could not be read".to_owned()).into_response(),
    };
    parts.headers.remove(CONTENT_LENGTH);
    let page = match rewrite(&page) {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(%error, "nothing could be put into a page");
            page
        }
    };
    Response::from_parts(parts, Body::from(page))
}
