//! The worker of due jobs, in process: results are judged again, reports composed and issued.

use titer_lab::{
    Actor, Failure,
    catalog::JUDGE,
    jobs,
    orders::OrderId,
    reports::{
        COMPOSE, RENDER, ReportId,
        commands::{ComposeReport, IssueReport},
        views as reports,
    },
    results::judged_now::{JudgeWaiting, JudgedUpTo, SayAllJudged},
};
use titer_store::Sha256;

use crate::{Broken, Kept, broken, day::Days, laboratory::Place};

impl Place {
    /// Judges again all that waits, if that is due.
    ///
    /// # Errors
    /// If a job fails.
    pub async fn judge_waiting(&self) -> Kept {
        for job in jobs::due(&self.lab).await?.into_iter().filter(|job| job.kind == JUDGE) {
            let mut after = Some(JudgedUpTo::START);
            while let Some(judged) = after {
                after = self.run(Actor::Timer, JudgeWaiting { after: judged }).await?;
            }
            self.run(Actor::Timer, SayAllJudged { catalog: job.subject }).await?;
        }
        Ok(())
    }
}

impl Days {
    /// Does what is due, as the program's worker does. A report is typeset as plain text here.
    ///
    /// # Errors
    /// If a job fails.
    pub async fn work(&mut self) -> Kept {
        self.place.judge_waiting().await?;
        loop {
            let due = jobs::due(&self.place.lab).await?;
            if due.is_empty() {
                return Ok(());
            }
            for job in due {
                match job.kind.as_str() {
                    COMPOSE => {
                        let order = OrderId(job.subject);
                        self.place.run(Actor::Timer, ComposeReport { order }).await?;
                    }
                    RENDER => self.issue(ReportId(job.subject)).await?,
                    JUDGE => self.place.judge_waiting().await?,
                    kind => return broken(format!("nobody does the job {kind}")),
                }
            }
        }
    }

    async fn issue(&mut self, report: ReportId) -> Kept {
        let document = self.place.lab.read(move |s| Ok::<_, Failure>(reports::document(s, report)?)).await?;
        let bytes = format!("{document:#?}").into_bytes();
        let issue = IssueReport { report, bytes: bytes.clone() };
        self.place.run(Actor::Timer, issue).await?;
        if self.truth.issued.insert(report, (Sha256::of(&bytes), bytes)).is_some() {
            return Err(Broken(format!("report {report} was due twice")));
        }
        Ok(())
    }
}
