//! What may be asked about the library of comments.

use titer_store::{PLACES, Read, reading};

use super::{
    Comment, CommentId,
    events::{Approved, Proposed, Retired, Says},
    tables::CommentRow,
    views::{self, COMMENTS_MAX},
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal, accounts::Signed, catalog::AnalyteId, refuse, text,
    versions::Told,
};

/// Propose a comment, or the next version of the comment with this code.
#[derive(Clone, Debug)]
pub struct ProposeComment {
    /// Its code. Letters become capitals.
    pub code: String,
    /// Its words.
    pub words: String,
    /// The only analyte on whose results it may stand, if there is one.
    pub analyte: Option<AnalyteId>,
}

impl Command for ProposeComment {
    type Answer = CommentId;
    const ACTION: Action = Action::ProposeComments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<CommentId>, Failure> {
        ctx.person()?;
        let Some(code) = text::code(&self.code) else {
            return Err(Refusal::new("comments-code").with("limit", text::CODE_CHARS_MAX).into());
        };
        let words = text::required(&self.words, "words")?;
        if self.analyte.is_some_and(|analyte| ctx.catalog.analyte(analyte).is_none()) {
            return refuse("comments-analyte-unknown");
        }
        let all = views::all(read)?;
        if all.len() as i64 >= COMMENTS_MAX {
            return Err(Refusal::new("comments-too-many").with("limit", COMMENTS_MAX).into());
        }
        let of_code = || all.iter().filter(|other| other.code == code);
        if of_code().any(Comment::is_proposed) {
            return Err(Refusal::new("comments-proposed-already").with("code", &code).into());
        }
        if of_code().any(|other| other.is_in_force() && (&other.words, other.analyte) == (&words, self.analyte)) {
            return Err(Refusal::new("comments-there-already").with("code", &code).into());
        }
        let version = of_code().map(|other| other.version).max().unwrap_or_default() + 1;
        let says = Says { code, version, words, analyte: self.analyte.map(|analyte| analyte.0) };
        Ok(Decision::event(Proposed { says }, Proposed::comment(ctx.event())))
    }
}

/// Sign a proposal into force. The version of the same comment that is in force ends. Whoever proposed it does not sign it.
pub struct ApproveComment {
    /// Which.
    pub comment: CommentId,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for ApproveComment {
    type Answer = ();
    const ACTION: Action = Action::ApproveComments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        let row = existing(read, self.comment)?;
        let proposed = views::read(row.clone())?;
        if !proposed.is_proposed() {
            return decided(read, &proposed);
        }
        // Nobody signs a row that somebody changed behind the journal.
        let number = row.id.0 / PLACES;
        if ctx.given().row::<CommentRow>(read, row.id, [number])?.as_ref() != Some(&row) {
            return refuse("comments-not-as-journalled");
        }
        let proposer = reading::headers(read, number - 1, 1)?.pop().filter(|header| header.number == number);
        if proposer.is_none_or(|header| header.actor == ctx.actor) {
            return refuse("comments-own-proposal");
        }
        let replaces = ctx.comments.of(&proposed.code).map(|comment| comment.id.0);
        let signature = (&self.signed.signature("approved")).into();
        let approved = Approved { comment: proposed.id.0, signed: proposed.says(), replaces, signature };
        Ok(Decision::event(approved, ()))
    }
}

/// Retire a comment, or dismiss a proposal. The reason is that of the submission. It stays on the results that were signed with it.
pub struct RetireComment {
    /// Which.
    pub comment: CommentId,
}

impl Command for RetireComment {
    type Answer = ();
    const ACTION: Action = Action::ApproveComments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let comment = views::read(existing(read, self.comment)?)?;
        ctx.reason("comments-retire-needs-reason")?;
        if comment.ended.is_some() {
            return decided(read, &comment);
        }
        Ok(Decision::event(Retired { comment: comment.id.0 }, ()))
    }
}

fn existing(read: &mut dyn Read, id: CommentId) -> Result<CommentRow, Failure> {
    match views::row(read, id)? {
        Some(row) => Ok(row),
        None => refuse("comments-unknown"),
    }
}

/// Refuses what somebody has decided on already, with who and when.
fn decided<T>(read: &mut dyn Read, comment: &Comment) -> Result<T, Failure> {
    let Told { who, by, at } = Told::of_event(read, comment.changed)?;
    Err(Refusal::new("comments-decided").with("who", who).with("by", by).with("at", at).into())
}
