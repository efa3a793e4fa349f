//! What handlers answer.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::errors::Problem;

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
