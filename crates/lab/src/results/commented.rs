//! Comments on results. A result names its comments by their versions in the library, in the order in which they were put. Each
//! change makes a new version of the result, so that nobody signs a result whose comments are not those on display.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Read, StoreError, Table, set};

use super::{
    ResultId, State, evidence,
    signing::{OnDisplay, on_display},
    tables::{self, ResultRow},
    views,
};
use crate::{
    Action, Command, Comments, Ctx, Decision, Failure, Refusal,
    comments::{Comment, CommentId},
    refuse, stories, versions,
};

/// The most comments on one result.
pub const ON_RESULT_MAX: usize = 10;

/// Somebody changed the comments on a result.
#[derive(Serialize, Deserialize)]
pub struct Commented {
    /// The result.
    pub result: i64,
    /// The version that was on display.
    pub version: i64,
    /// The comments that stand on it now, in order: each by its id, which has the number of the event that made its version.
    pub comments: Vec<i64>,
    /// The specimen.
    pub specimen: i64,
    /// The order.
    pub order: i64,
}

impl Event for Commented {
    const KIND: &'static str = "results.commented";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RESULTS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let lines: Vec<String> = self.comments.iter().map(i64::to_string).collect();
        let set = set!(ResultRow {
            version: self.version + 1,
            comments: Some(lines.join("\n")).filter(|lines| !lines.is_empty()),
            changed: header.number,
        });
        changes.patch(ResultId(self.result), set);
        stories::enter(changes, header, &[self.specimen, self.order], "");
    }
}

/// The comments of a row.
pub(super) fn of_row(row: &ResultRow) -> Result<Vec<CommentId>, StoreError> {
    let damaged = |_| StoreError::Corrupt(format!("the comments of result {} mean nothing", row.id));
    row.comments.iter().flat_map(|lines| lines.lines()).map(|line| line.parse().map_err(damaged)).collect()
}

/// The comments of a result in the versions that it names, in order. Each was signed into force, or it would not be there.
///
/// # Errors
/// [`StoreError::Corrupt`] when the library has no such version.
pub fn said<'c>(comments: &'c Comments, of: &views::LabResult) -> Result<Vec<&'c Comment>, StoreError> {
    let gone = || StoreError::Corrupt(format!("a comment on result {} is not in the library", of.id));
    of.comments.iter().map(|id| comments.signed(*id).ok_or_else(gone)).collect()
}

/// Put a comment of the library on a result that waits for review.
pub struct PutComment {
    /// The result.
    pub result: ResultId,
    /// Its version on display.
    pub version: i64,
    /// The comment's code, as typed or chosen.
    pub code: String,
}

impl Command for PutComment {
    type Answer = ();
    const ACTION: Action = Action::CommentResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let (row, order, mut comments) = commentable(ctx, read, self.result, self.version)?;
        let Some(comment) = ctx.comments.of(&self.code) else {
            return Err(Refusal::new("results-comment-unknown").with("code", self.code.trim()).into());
        };
        if !comment.is_for(row.analyte) {
            return Err(Refusal::new("results-comment-other-test").with("code", &comment.code).into());
        }
        if comments.contains(&comment.id) {
            return Err(Refusal::new("results-comment-twice").with("code", &comment.code).into());
        }
        if comments.len() >= ON_RESULT_MAX {
            return Err(Refusal::new("results-comments-too-many").with("limit", ON_RESULT_MAX).into());
        }
        comments.push(comment.id);
        Ok(Decision::event(changed(&row, order, &comments), ()))
    }
}

/// Take a comment off a result that waits for review.
pub struct TakeCommentOff {
    /// The result.
    pub result: ResultId,
    /// Its version on display.
    pub version: i64,
    /// The comment.
    pub comment: CommentId,
}

impl Command for TakeCommentOff {
    type Answer = ();
    const ACTION: Action = Action::CommentResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let (row, order, mut comments) = commentable(ctx, read, self.result, self.version)?;
        let before = comments.len();
        comments.retain(|id| *id != self.comment);
        if comments.len() == before {
            return refuse("results-comment-not-there");
        }
        Ok(Decision::event(changed(&row, order, &comments), ()))
    }
}

fn changed(row: &ResultRow, order: i64, comments: &[CommentId]) -> Commented {
    Commented {
        result: row.id.0,
        version: row.version,
        comments: comments.iter().map(|id| id.0).collect(),
        specimen: row.specimen.0,
        order,
    }
}

/// The result with its order and its comments, if they may be changed: it waits for review and is what the person saw.
fn commentable(
    ctx: &Ctx,
    read: &mut dyn Read,
    result: ResultId,
    version: i64,
) -> Result<(ResultRow, i64, Vec<CommentId>), Failure> {
    ctx.person()?;
    if let Some((row, _)) = views::row(read, result)?
        && row.state == State::Verified
        && let Some((at, by)) = row.signed_at.zip(row.signed_by)
    {
        let at = versions::moment(read, at)?;
        return Err(Refusal::new("results-comment-verified").with("by", by).with("at", at).into());
    }
    let (row, order) = on_display(read, OnDisplay { result, version, lifts_holds: false })?;
    evidence::as_journalled(&mut ctx.given(), read, &row)?;
    let comments = of_row(&row)?;
    Ok((row, order.0, comments))
}

/// Refuses to sign a result with a comment that is not in force any more: the director retired or replaced it since it was put.
pub(super) fn may_be_signed(ctx: &Ctx, result: &views::LabResult) -> Result<(), Failure> {
    match said(&ctx.comments, result)?.into_iter().find(|comment| !comment.is_in_force()) {
        None => Ok(()),
        Some(ended) => {
            Err(Refusal::new("results-comment-ended").with("result", result.id).with("code", &ended.code).into())
        }
    }
}

#[cfg(test)]
mod tests;
