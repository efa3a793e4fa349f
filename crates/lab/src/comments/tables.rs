//! Tables of comments.

use titer_store::{Timestamp, table};

use super::CommentId;
use crate::catalog::AnalyteId;

table! {
    /// Every version of every comment: results name them for ever.
    pub(super) static COMMENTS = projected "comments";
    /// One version of a comment. `analyte` is NULL if the comment may stand on any result. `approved_at` is NULL while it is a proposal;
    /// `ended` is the number of the event that ended it. `changed` is the number of the last event.
    pub(super) struct CommentRow {
        key id: CommentId,
        code: String,
        version: i64,
        words: String,
        analyte: Option<AnalyteId>,
        approved_at: Option<Timestamp>,
        approved_by: Option<String>,
        ended: Option<i64>,
        changed: i64,
    }
}
