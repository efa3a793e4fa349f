//! What may be seen of comments: those that were ever signed, which stand in memory with the catalog, and the proposals.

use std::collections::{BTreeMap, HashMap};

use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{CommentId, events, tables::CommentRow};
use crate::catalog::AnalyteId;

/// The most versions of comments, those that have ended among them.
pub const COMMENTS_MAX: i64 = 2_000;

sql! {
    ALL: (comments: CommentRow) = "FROM comments WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    BY_ID: (comments: CommentRow) = "FROM comments WHERE lab = $1 AND id = $2";
}

/// One version of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// Its code.
    pub code: String,
    /// Its version, from 1.
    pub version: i64,
    /// Its words.
    pub words: String,
    /// The only analyte on whose results it may stand, if there is one.
    pub analyte: Option<AnalyteId>,
    /// When it was signed into force, and by whom.
    pub approved: Option<(Timestamp, String)>,
    /// The event that ended it.
    pub ended: Option<i64>,
    /// The last event that changed it.
    pub changed: i64,
}

impl Comment {
    /// Whether it may be put on results.
    pub const fn is_in_force(&self) -> bool {
        self.approved.is_some() && self.ended.is_none()
    }

    /// Whether it waits for the director.
    pub const fn is_proposed(&self) -> bool {
        self.approved.is_none() && self.ended.is_none()
    }

    /// Whether it may stand on results of this analyte.
    pub fn is_for(&self, analyte: AnalyteId) -> bool {
        self.analyte.is_none_or(|only| only == analyte)
    }

    pub(super) fn says(&self) -> events::Says {
        events::Says {
            code: self.code.clone(),
            version: self.version,
            words: self.words.clone(),
            analyte: self.analyte.map(|analyte| analyte.0),
        }
    }
}

/// The comments that were ever signed into force: those that have ended stand on results.
#[derive(Debug, Default)]
pub struct Comments {
    signed: HashMap<CommentId, Comment>,
    in_force: BTreeMap<String, CommentId>,
}

impl Comments {
    /// The version in force of the comment with this code, however its letters are typed.
    pub fn of(&self, code: &str) -> Option<&Comment> {
        self.in_force.get(&code.trim().to_ascii_uppercase()).and_then(|id| self.signed.get(id))
    }

    /// A version that was signed into force, also one that has ended.
    pub fn signed(&self, id: CommentId) -> Option<&Comment> {
        self.signed.get(&id)
    }

    /// Those in force that may stand on results of this analyte, by code.
    pub fn for_analyte(&self, analyte: AnalyteId) -> impl Iterator<Item = &Comment> {
        let in_force = self.in_force.values().filter_map(|id| self.signed.get(id));
        in_force.filter(move |comment| comment.is_for(analyte))
    }
}

pub(super) fn read(row: CommentRow) -> Result<Comment, StoreError> {
    let approved = match (row.approved_at, row.approved_by) {
        (None, None) => None,
        (Some(at), Some(by)) => Some((at, by)),
        _ => return Err(StoreError::Corrupt(format!("comment {} means nothing", row.id))),
    };
    Ok(Comment {
        id: row.id,
        code: row.code,
        version: row.version,
        words: row.words,
        analyte: row.analyte,
        approved,
        ended: row.ended,
        changed: row.changed,
    })
}

/// Every version of every comment, the oldest first.
pub fn all(reads: &mut dyn Read) -> Result<Vec<Comment>, StoreError> {
    ALL.all(reads, &values![0_i64, COMMENTS_MAX])?.into_iter().map(read).collect()
}

/// The row of one version.
pub(super) fn row(reads: &mut dyn Read, id: CommentId) -> Result<Option<CommentRow>, StoreError> {
    BY_ID.one(reads, &values![id])
}

/// One version of a comment.
pub fn comment(reads: &mut dyn Read, id: CommentId) -> Result<Option<Comment>, StoreError> {
    row(reads, id)?.map(read).transpose()
}

/// What stands in memory.
pub(crate) fn load(reads: &mut dyn Read) -> Result<Comments, StoreError> {
    let mut comments = Comments::default();
    for comment in all(reads)?.into_iter().filter(|c| c.approved.is_some()) {
        if comment.is_in_force() {
            comments.in_force.insert(comment.code.clone(), comment.id);
        }
        comments.signed.insert(comment.id, comment);
    }
    Ok(comments)
}
