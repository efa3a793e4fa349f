//! What happens to reports.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Sha256, Table, event::id, set};

use super::{
    RENDER, ReportId,
    document::Document,
    face,
    tables::{self, ReportRow},
};
use crate::{jobs, orders::OrderId, stories};

/// A report was composed.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Composed(pub Document);

impl Composed {
    /// The report.
    pub(super) fn report(event: i64) -> ReportId {
        ReportId(id(event, 0))
    }

    /// The job that typesets a report: it has the next place of the event that composed it.
    pub(super) fn render_job(report: ReportId) -> i64 {
        report.0 + 1
    }
}

impl Event for Composed {
    const KIND: &'static str = "reports.composed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::REPORTS, &jobs::face::DUE, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let Composed(said) = self;
        let report = Composed::report(header.number);
        changes.put(ReportRow {
            id: report,
            order_id: OrderId(said.order),
            version: said.version,
            complete: said.complete,
            composed_at: header.at,
            issued_at: None,
            sha256: String::new(),
        });
        face::composed(changes, said.order);
        jobs::face::due(changes, Composed::render_job(report), header.at, RENDER, report.0);
        stories::enter(changes, header, &[said.order], &said.version.to_string());
    }
}

/// A report's bytes were made and kept; they are never made again.
#[derive(Serialize, Deserialize)]
pub struct Issued {
    /// The report.
    pub report: i64,
    /// Its order.
    pub order: i64,
    /// The name of the bytes.
    pub sha256: Sha256,
}

impl Event for Issued {
    const KIND: &'static str = "reports.issued";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::REPORTS, &jobs::face::DUE, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let report = ReportId(self.report);
        let set = set!(ReportRow { issued_at: header.at, sha256: self.sha256.to_string() });
        changes.patch(report, set);
        jobs::face::done(changes, Composed::render_job(report));
        stories::enter(changes, header, &[self.order], "");
    }
    fn attached(&self) -> Option<Sha256> {
        Some(self.sha256)
    }
}

/// A report could not be typeset, and somebody asked for the next version. It is never typeset.
#[derive(Serialize, Deserialize)]
pub struct AskedAnew {
    /// The report.
    pub report: i64,
    /// Its order.
    pub order: i64,
}

impl Event for AskedAnew {
    const KIND: &'static str = "reports.asked-anew";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&jobs::face::DUE, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        jobs::face::done(changes, Composed::render_job(ReportId(self.report)));
        face::follows(changes, header, self.order);
        stories::enter(changes, header, &[self.order], "");
    }
}
