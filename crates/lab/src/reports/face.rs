//! What lower rooms say to this one: an order's report no longer says all that there is, and a new version must follow.

use titer_store::{Changes, Header};

use super::COMPOSE;
use crate::jobs;

/// A new version of the order's report follows: a job composes it, in a submission of its own. The job has the id of the order,
/// which names no other row of what is due: so several reasons make one job, and the report that is composed answers them all.
pub(crate) fn follows(changes: &mut Changes, header: &Header, order: i64) {
    jobs::face::due(changes, order, header.at, COMPOSE, order);
}

/// The new version is there.
pub(super) fn composed(changes: &mut Changes, order: i64) {
    jobs::face::done(changes, order);
}
