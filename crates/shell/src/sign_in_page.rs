//! Signing in, changing a password, and one's own sessions.

use askama::Template;

use crate::page::{Mistakes, Page};
use crate::when::When;

/// The sign-in page.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The frame.
    pub page: Page,
    /// The name as typed before.
    pub name: String,
    /// Where to go afterwards: a path of this site.
    pub back: String,
    /// Whether a form waits behind it that was sent after the session had ended.
    pub draft: bool,
    /// Whether such a form could not be kept.
    pub lost: bool,
    /// Why the last try failed.
    pub mistakes: Mistakes,
    /// Who can try the demo; empty in a real laboratory.
    pub accounts: Vec<DemoAccount>,
}

/// An account of the demo.
pub struct DemoAccount {
    /// What to type as the name.
    pub name: String,
    /// What to type as the password.
    pub password: String,
    /// What this person does here.
    pub role: String,
}

/// A new password: the first one after a one-time password, or by choice.
#[derive(Template)]
#[template(path = "password.html")]
pub struct Password {
    /// The frame.
    pub page: Page,
    /// Whether the old one was for one time only.
    pub first: bool,
    /// Where to go afterwards: a path of this site.
    pub back: String,
    /// The fewest characters a password may have.
    pub least: usize,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The open sessions of the person who reads.
#[derive(Template)]
#[template(path = "sessions.html")]
pub struct Sessions {
    /// The frame.
    pub page: Page,
    /// The sessions, the reader's own first.
    pub lines: Vec<SessionLine>,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// One session.
pub struct SessionLine {
    /// What names it in the form that ends it.
    pub key: String,
    /// When it was opened.
    pub opened: When,
    /// When it was last used.
    pub seen: When,
    /// The address that it was opened from.
    pub source: String,
    /// Whether the reader is in it.
    pub own: bool,
}
