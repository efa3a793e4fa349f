//! Comments: the library, one of them with its signature, the form that proposes one, and the comments on one result.

use askama::Template;

use super::admin::Tab;
use super::results::ResultLine;
use super::{Choice, Fact, Mistakes, Page, PatientBanner, Seen, Status};

/// The library.
#[derive(Template)]
#[template(path = "comments.html")]
pub struct Comments {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Proposals first, then those in force, then those that have ended.
    pub lines: Vec<CommentLine>,
}

/// One version of a comment in the list.
pub struct CommentLine {
    /// Where its page is.
    pub href: String,
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: String,
    /// Its words.
    pub words: String,
    /// For which test, or that it is for all.
    pub test: String,
    /// Where it stands.
    pub status: Status,
    /// Who did what for it last, and when.
    pub by: String,
}

/// One version of a comment, and what may be done with it.
#[derive(Template)]
#[template(path = "comment.html")]
pub struct Comment {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Its id in addresses.
    pub id: String,
    /// Its code.
    pub code: String,
    /// Its words, as they would be printed.
    pub words: String,
    /// Where it stands.
    pub status: Status,
    /// Version, test, who proposed and who approved it.
    pub facts: Vec<Fact>,
    /// The words that end if this is approved; empty if nothing ends.
    pub replaces: String,
    /// Whether the reader may approve it now.
    pub signing: bool,
    /// Whether the reader may retire it, or dismiss the proposal.
    pub ending: bool,
    /// Where its next version is proposed; empty if it is not in force.
    pub correct: String,
    /// The reason, as typed.
    pub reason: String,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// Where to go instead.
    pub back: String,
    /// The version that the forms show.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The form that proposes a comment, or the next version of one.
#[derive(Template)]
#[template(path = "comment_new.html")]
pub struct CommentForm {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The code, as typed.
    pub code: String,
    /// The words, as typed.
    pub words: String,
    /// The tests of which one may be chosen.
    pub analytes: Vec<Choice>,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The comments on one result that waits for review.
#[derive(Template)]
#[template(path = "result_comments.html")]
pub struct ResultComments {
    /// The frame.
    pub page: Page,
    /// Whose it is.
    pub patient: PatientBanner,
    /// The result.
    pub line: ResultLine,
    /// Its comments: what the form carries, and code and words.
    pub standing: Vec<Choice>,
    /// Those of the library that may be put on it: their codes, and their words.
    pub library: Vec<Choice>,
    /// The code, as typed.
    pub code: String,
    /// What was wrong.
    pub mistakes: Mistakes,
}
