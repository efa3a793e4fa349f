//! Jobs that fell due: today, typesetting composed reports.

use std::time::Duration;

use titer_lab::{
    Actor, Failure, Laboratory, jobs,
    reports::{RENDER, ReportId, commands::IssueReport, views},
};
use titer_store::DueJob;
use tokio::{sync::watch, time::sleep};

/// How often the table of what is due is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// The shortest time between two looks: the analyzers' commits come faster, and each look passes every job that failed for good.
const PAUSE: Duration = Duration::from_millis(100);

/// Does what falls due, until `stop` says so. Any number of processes may run this on one laboratory: one holds the lease.
pub async fn work(laboratory: Laboratory, mut stop: watch::Receiver<bool>) {
    let holder = format!("{}-{}", std::process::id(), laboratory.store().now().micros());
    let mut growing = laboratory.store().watch();
    while !*stop.borrow() {
        if let Err(e) = round(&laboratory, &holder).await {
            tracing::warn!("what is due could not be looked up: {e}");
        }
        let grown = async {
            sleep(PAUSE).await;
            growing.changed().await
        };
        tokio::select! {
            _ = grown => {}
            () = sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn round(laboratory: &Laboratory, holder: &str) -> Result<(), Failure> {
    let due = jobs::due(laboratory).await?;
    if due.is_empty() || !jobs::lease(laboratory, holder).await? {
        return Ok(());
    }
    for job in due {
        if let Err(why) = done(laboratory, &job).await {
            tracing::warn!(kind = job.kind, subject = job.subject, tries = job.tries + 1, "a job failed: {why}");
            jobs::failed(laboratory, &job, &why).await?;
        }
    }
    Ok(())
}

async fn done(laboratory: &Laboratory, job: &DueJob) -> Result<(), String> {
    match job.kind.as_str() {
        RENDER => render(laboratory, ReportId(job.subject)).await,
        other => Err(format!("this program does not know how to do {other}")),
    }
}

async fn render(laboratory: &Laboratory, id: ReportId) -> Result<(), String> {
    let said = |e: Failure| e.to_string();
    let (report, composed) =
        laboratory.read(move |s| Ok((views::report(s, id)?, views::document(s, id)?))).await.map_err(said)?;
    let report = report.ok_or("there is no such report")?;
    let document = titer_web::paper::report(&report, &composed);
    let rendered = tokio::task::spawn_blocking(move || titer_report::render(&document)).await;
    let bytes = rendered.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    let issue = IssueReport { report: id, bytes };
    laboratory.submit(Actor::Timer, None, move |tx| tx.run(issue)).await.map_err(said)
}
