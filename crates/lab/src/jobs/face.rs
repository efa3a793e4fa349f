//! What the rooms say about jobs: one falls due, one is done, one has all its tries again.

pub use titer_store::tables::DUE;
use titer_store::{
    Changes, Timestamp,
    tables::{DueRow, DueTryRow},
};

/// From `at` on, a job of this kind is to be done to its subject. Only a projection may say so. `id` is that of an entity, or a
/// place of the event that stays free.
pub fn due(changes: &mut Changes, id: i64, at: Timestamp, kind: &str, subject: i64) {
    changes.put(DueRow { id, at, kind: kind.to_owned(), subject });
}

/// The job is done, or nobody needs it any more. Only a projection may say so.
pub fn done(changes: &mut Changes, id: i64) {
    changes.drop::<DueRow>(id);
}

/// The job has all its tries again, however often it failed: working state.
pub fn forget_tries(work: &mut Changes, id: i64) {
    work.drop::<DueTryRow>(id);
}
