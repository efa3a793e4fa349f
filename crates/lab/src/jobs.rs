//! Jobs that fell due: tried up to five times, then shown to a person. The table of what is due is the journal's own; a replay
//! fires nothing.

pub mod face;

use titer_store::{
    Changes, DueJob, Read, StoreError, Timestamp, sql,
    tables::{DueRow, DueTryRow},
    values,
};

use crate::{Counted, Failure, Laboratory, leases};

/// Tries of one job before a person must look.
pub const TRIES_MAX: i64 = 5;
/// Seconds until the next try, by the number of tries so far.
const WAIT_SECONDS: &[i64] = &[1, 5, 30, 120];
/// Jobs taken at once.
pub const JOBS_MAX: i64 = 16;
/// The longest explanation of a failure that is kept, in characters.
const FAILURE_CHARS_MAX: usize = 500;

sql! {
    FAILED: (d: DueRow, "t.failure": String) = "FROM due_tries t JOIN due d ON d.lab = t.lab AND d.id = t.id \
        WHERE t.lab = $1 AND t.id > $2 ORDER BY t.id LIMIT $3";
    FAILURE: ("failure": String) = "FROM due_tries WHERE lab = $1 AND id = $2";
}

/// Takes or renews the lease on the laboratory's jobs; false while another process holds it.
pub async fn lease(laboratory: &Laboratory, holder: &str) -> Result<bool, Failure> {
    let held = leases::take(laboratory, vec!["jobs".to_owned()], holder).await?;
    Ok(held.iter().all(Option::is_none))
}

/// Jobs that are due now.
pub async fn due(laboratory: &Laboratory) -> Result<Vec<DueJob>, Failure> {
    let now = laboratory.store().now();
    laboratory.read(move |s| Ok(titer_store::reading::due(s, now, JOBS_MAX)?)).await
}

/// Notes that a job failed; it is tried again later, or no more.
pub async fn failed(laboratory: &Laboratory, job: &DueJob, why: &str) -> Result<(), Failure> {
    let wait = WAIT_SECONDS.get(job.tries as usize).filter(|_| job.tries + 1 < TRIES_MAX);
    note(laboratory, job, wait.copied(), why).await
}

/// Notes that a job failed which must not be given up: what it does follows from what somebody has signed.
pub async fn postponed(laboratory: &Laboratory, job: &DueJob, why: &str) -> Result<(), Failure> {
    let wait = WAIT_SECONDS.get(job.tries as usize).or(WAIT_SECONDS.last());
    note(laboratory, job, wait.copied(), why).await
}

async fn note(laboratory: &Laboratory, job: &DueJob, wait: Option<i64>, why: &str) -> Result<(), Failure> {
    let never = Timestamp::from_micros(i64::MAX);
    let next = wait.map_or(never, |seconds| laboratory.store().now().plus_seconds(seconds));
    let why: String = why.chars().filter(|c| !c.is_control()).take(FAILURE_CHARS_MAX).collect();
    let mut work = Changes::new();
    work.put(DueTryRow { id: job.id, tries: job.tries + 1, next_at: next, failure: why });
    laboratory.store().submit(move |tx| tx.work(&work).map_err(Failure::from)).await
}

/// A job that failed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedJob {
    /// What was to be done.
    pub kind: String,
    /// To what.
    pub subject: i64,
    /// What went wrong last.
    pub failure: String,
}

/// Failed jobs that [`failures`] lists at most.
pub const FAILURES_MAX: i64 = 50;

/// Jobs that failed and are still due, at most [`FAILURES_MAX`]; and how many there are, counted as far.
pub fn failures(read: &mut dyn Read) -> Result<(Vec<FailedJob>, Counted), StoreError> {
    let rows = FAILED.all(read, &values![0_i64, FAILURES_MAX + 1])?;
    let count = Counted::up_to(FAILURES_MAX, rows.len());
    let job = |(due, failure): (DueRow, String)| FailedJob { kind: due.kind, subject: due.subject, failure };
    Ok((rows.into_iter().take(count.number).map(job).collect(), count))
}

/// What went wrong last with one job, if anything did.
pub fn failure(read: &mut dyn Read, job: i64) -> Result<Option<String>, StoreError> {
    FAILURE.one(read, &values![job])
}

#[cfg(test)]
mod tests;
