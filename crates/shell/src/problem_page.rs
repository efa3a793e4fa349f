//! A page that could not be shown: what happened, whether anything was lost, what to do now.

use askama::Template;

use crate::page::Page;

/// The page in place of one that could not be shown.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// The frame.
    pub page: Page,
    /// What happened.
    pub title: String,
    /// What that means; whether anything was lost.
    pub what: String,
    /// What to do now.
    pub next: String,
    /// Where to go.
    pub href: String,
    /// What to call that.
    pub label: String,
    /// Where else to go; empty if there is no other way.
    pub other_href: String,
    /// What to call that.
    pub other_label: String,
    /// What support asks for: the request's number in the log; may be empty.
    pub request: String,
}
