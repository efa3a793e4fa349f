//! What the projections of instruments say to test systems: the gate looks at instruments too.

use titer_store::{Changes, Header, PLACES, event::id};

pub(crate) use super::tables::HEAD;
use super::tables::{HEAD_ID, HeadRow};
use crate::{catalog::JUDGE, jobs};

/// An instrument or a test system changed.
pub(crate) fn changed(changes: &mut Changes, header: &Header) {
    changes.put(HeadRow { id: HEAD_ID, version: header.number });
}

/// What waits for review is to be judged by test systems and instruments as this event leaves them.
pub(crate) fn judge_again(changes: &mut Changes, header: &Header) {
    // The last place of an event of either room is given to nothing else.
    jobs::face::due(changes, id(header.number, PLACES - 1), header.at, JUDGE, header.number);
}
