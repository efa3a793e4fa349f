//! What the projections of instruments say to quality control: what was done to an instrument ends the passing state of its test systems.

use titer_store::{Changes, Header, PLACES, Timestamp, event};

use super::tables::{ENDED, EndingRow, HeadRow};
pub(crate) use super::tables::{ENDINGS, HEAD};
use crate::{
    catalog::JUDGE,
    instruments::{InstrumentId, NoteId},
    jobs,
};

/// Something was noted about an instrument: a code of [`crate::instruments::NoteKind`].
pub(crate) fn noted(
    changes: &mut Changes,
    header: &Header,
    id: NoteId,
    (instrument, kind, at): (InstrumentId, &str, Timestamp),
) {
    if super::known::ends(kind).is_some() {
        changes.put(EndingRow { id, instrument, kind: kind.to_owned(), at });
        changes.put(HeadRow { id: ENDED, version: header.number });
        judge_again(changes, header);
    }
}

/// A note was struck.
pub(crate) fn struck(changes: &mut Changes, header: &Header, id: NoteId) {
    changes.drop::<EndingRow>(id);
    changes.put(HeadRow { id: ENDED, version: header.number });
    judge_again(changes, header);
}

/// What waits for review is to be judged by the states of control as this event leaves them.
pub(super) fn judge_again(changes: &mut Changes, header: &Header) {
    // The last place of an event of this room, and of a note, is given to nothing else.
    jobs::face::due(changes, event::id(header.number, PLACES - 1), header.at, JUDGE, header.number);
}
