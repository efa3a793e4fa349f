//! What happens to comments of the library.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, event::id, set};

use super::{
    CommentId,
    tables::{self, CommentRow},
};
use crate::{
    catalog::{AnalyteId, face as catalog},
    signature::SignatureBody,
};

/// A comment was proposed, or the next version of one.
#[derive(Serialize, Deserialize)]
pub struct Proposed {
    /// Which.
    #[serde(flatten)]
    pub says: Says,
}

/// What one version of a comment is: all that a signature says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// Its code.
    pub code: String,
    /// Its version, from 1.
    pub version: i64,
    /// Its words.
    pub words: String,
    /// The only analyte on whose results it may stand, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analyte: Option<i64>,
}

impl Proposed {
    pub(super) fn comment(event: i64) -> CommentId {
        CommentId(id(event, 0))
    }
}

impl Event for Proposed {
    const KIND: &'static str = "comments.proposed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::COMMENTS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(CommentRow {
            id: Proposed::comment(header.number),
            code: self.says.code.clone(),
            version: self.says.version,
            words: self.says.words.clone(),
            analyte: self.says.analyte.map(AnalyteId),
            approved_at: None,
            approved_by: None,
            ended: None,
            changed: header.number,
        });
    }
}

/// The director signed a comment into force.
#[derive(Serialize, Deserialize)]
pub struct Approved {
    /// Which.
    pub comment: i64,
    /// What was signed.
    pub signed: Says,
    /// The version of the same comment that ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<i64>,
    /// The signature.
    pub signature: SignatureBody,
}

impl Event for Approved {
    const KIND: &'static str = "comments.approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::COMMENTS, &catalog::HEAD];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set = set!(CommentRow {
            approved_at: header.at,
            approved_by: self.signature.name.clone(),
            changed: header.number,
        });
        changes.patch(CommentId(self.comment), set);
        if let Some(replaced) = self.replaces {
            end(changes, header, replaced);
        }
        catalog::changed(changes, header);
    }
}

/// A comment was retired, or a proposal was dismissed. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct Retired {
    /// Which.
    pub comment: i64,
}

impl Event for Retired {
    const KIND: &'static str = "comments.retired";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::COMMENTS, &catalog::HEAD];
    fn project(&self, header: &Header, changes: &mut Changes) {
        end(changes, header, self.comment);
        catalog::changed(changes, header);
    }
}

fn end(changes: &mut Changes, header: &Header, comment: i64) {
    changes.patch(CommentId(comment), set!(CommentRow { ended: header.number, changed: header.number }));
}
