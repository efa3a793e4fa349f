//! What the projections of lower rooms say about work: a specimen is expected, came, has something to measure, or has nothing.

use titer_store::{Changes, Timestamp};

pub(crate) use super::tables::{AWAITED, OPEN};
use super::tables::{AwaitedRow, OpenRow};
use crate::specimens::SpecimenId;

/// The specimen is expected, for an order of this priority.
pub(crate) fn expect(changes: &mut Changes, specimen: i64, priority: i64, at: Timestamp) {
    changes.put(AwaitedRow { id: SpecimenId(specimen), priority, expected_at: at });
}

/// The specimen is expected no more: it came, or nobody wants it.
pub(crate) fn arrived(changes: &mut Changes, specimen: i64) {
    changes.drop::<AwaitedRow>(SpecimenId(specimen));
}

/// Something is to be measured of the specimen, which is here.
pub(crate) fn open(changes: &mut Changes, specimen: i64, at: Timestamp) {
    changes.put(OpenRow { id: SpecimenId(specimen), since: at });
}

/// Nothing is to be measured of the specimen any more.
pub(crate) fn close(changes: &mut Changes, specimen: i64) {
    changes.drop::<OpenRow>(SpecimenId(specimen));
}
