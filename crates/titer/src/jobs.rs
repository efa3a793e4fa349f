//! Jobs that fell due: one list of what this program can do, and the loop that does it.

use std::{pin::Pin, time::Duration};

use titer_lab::{
    Actor, Failure, Laboratory,
    catalog::JUDGE,
    jobs,
    orders::OrderId,
    reflex::APPLY,
    reports::{
        COMPOSE, RENDER, ReportId,
        commands::{ComposeReport, IssueReport},
        views,
    },
    results::judged_now::{JudgeWaiting, JudgedUpTo, SayAllJudged},
    specimens::SpecimenId,
    ways,
};
use titer_store::DueJob;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::{paper, words};

/// How often the table of what is due is looked at, while the journal does not grow.
const EVERY: Duration = Duration::from_secs(1);
/// The shortest time between two looks: while analyzers work, the journal grows all the time.
const PAUSE: Duration = Duration::from_millis(100);

/// What comes of a job: nothing, or why it failed.
type Doing = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// How one kind of job is done.
struct Job {
    kind: &'static str,
    /// Does it, to its subject.
    run: fn(Laboratory, i64) -> Doing,
    /// Whether it is left to a person after some tries. What only reads and writes the database is tried until it is done.
    gives_up: bool,
}

/// Every kind of job that this program knows.
const JOBS: &[Job] = &[
    Job { kind: COMPOSE, run: |lab, order| Box::pin(compose(lab, OrderId(order))), gives_up: false },
    Job { kind: JUDGE, run: |lab, event| Box::pin(judge(lab, event)), gives_up: false },
    Job { kind: APPLY, run: |lab, tube| Box::pin(apply_reflexes(lab, SpecimenId(tube))), gives_up: false },
    Job { kind: RENDER, run: |lab, report| Box::pin(render(lab, ReportId(report))), gives_up: true },
];

/// Does what falls due, until `stop` says so. Any number of processes may run this on one laboratory: one holds the lease.
pub async fn work(laboratory: Laboratory, mut stop: watch::Receiver<bool>) {
    let holder = format!("{}-{}", std::process::id(), laboratory.store().now().micros());
    let mut growing = laboratory.store().watch();
    while !*stop.borrow() {
        let next = Instant::now() + PAUSE;
        growing.borrow_and_update();
        match round(&laboratory, &holder).await {
            // There may be more.
            Ok(jobs::JOBS_MAX) => continue,
            Ok(_) => {}
            Err(e) => tracing::warn!("due jobs could not be read: {e}"),
        }
        tokio::select! {
            _ = growing.changed() => sleep_until(next).await,
            () = sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Does what is due, as far as it is read at once; answers how many jobs that were.
async fn round(laboratory: &Laboratory, holder: &str) -> Result<i64, Failure> {
    let due = jobs::due(laboratory).await?;
    if due.is_empty() || !jobs::lease(laboratory, holder).await? {
        return Ok(0);
    }
    for job in &due {
        let known = JOBS.iter().find(|known| known.kind == job.kind);
        let Err(why) = done(laboratory, known, job).await else { continue };
        tracing::warn!(kind = job.kind, subject = job.subject, tries = job.tries + 1, "a job failed: {why}");
        if known.is_none_or(|known| known.gives_up) {
            jobs::failed(laboratory, job, &why).await?;
        } else {
            jobs::postponed(laboratory, job, &why).await?;
        }
    }
    Ok(due.len() as i64)
}

async fn done(laboratory: &Laboratory, known: Option<&Job>, job: &DueJob) -> Result<(), String> {
    match known {
        Some(known) => (known.run)(laboratory.clone(), job.subject).await,
        None => Err(format!("this program has no job {}", job.kind)),
    }
}

async fn compose(laboratory: Laboratory, order: OrderId) -> Result<(), String> {
    let composed = laboratory.submit(Actor::Timer, None, move |tx| tx.run(ComposeReport { order })).await;
    composed.map(|_| ()).map_err(said)
}

/// Lets the reflex rules look at a tube.
async fn apply_reflexes(laboratory: Laboratory, tube: SpecimenId) -> Result<(), String> {
    laboratory.submit(Actor::Timer, None, move |tx| ways::apply_reflexes(tx, tube)).await.map_err(said)
}

/// Judges again all that waits, one step after another; each is a submission of its own.
async fn judge(laboratory: Laboratory, catalog: i64) -> Result<(), String> {
    let mut after = Some(JudgedUpTo::START);
    while let Some(judged) = after {
        let step = JudgeWaiting { after: judged };
        after = laboratory.submit(Actor::Timer, None, move |tx| tx.run(step)).await.map_err(said)?;
    }
    laboratory.submit(Actor::Timer, None, move |tx| tx.run(SayAllJudged { catalog })).await.map_err(said)
}

/// Why it failed, as a person reads it on a page.
fn said(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusal) => words::refusal(&refusal),
        Failure::Store(e) => e.to_string(),
    }
}

async fn render(laboratory: Laboratory, id: ReportId) -> Result<(), String> {
    let (report, document) =
        laboratory.read(move |s| Ok((views::report(s, id)?, views::document(s, id)?))).await.map_err(said)?;
    let report = report.ok_or("there is no such report")?;
    let document = paper::report(&report, &document, &words::ENGLISH);
    let rendered = tokio::task::spawn_blocking(move || titer_report::render(&document)).await;
    let bytes = rendered.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    let issue = IssueReport { report: id, bytes };
    laboratory.submit(Actor::Timer, None, move |tx| tx.run(issue)).await.map_err(said)
}
