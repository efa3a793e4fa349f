//! What the projections of instruments say to test systems: the gate looks at instruments too.

use titer_store::{Changes, Header};

pub(crate) use super::tables::HEAD;
use super::tables::{HEAD_ID, HeadRow};

/// An instrument or a test system changed.
pub(crate) fn changed(changes: &mut Changes, header: &Header) {
    changes.put(HeadRow { id: HEAD_ID, version: header.number });
}
