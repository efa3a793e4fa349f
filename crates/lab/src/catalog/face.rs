//! What rooms above say about the catalog: what stands in memory with it has changed.

use titer_store::{Changes, Header};

pub(crate) use super::tables::HEAD;
use super::tables::{HEAD_ID, HeadRow};

/// What is read into memory with the catalog changed: the version counts for all of it.
pub(crate) fn changed(changes: &mut Changes, header: &Header) {
    changes.put(HeadRow { id: HEAD_ID, version: header.number });
}
