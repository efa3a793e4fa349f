//! What may be asked about reports.

use titer_store::{Changes, Read, Sha256, Timestamp, tables::DUE_TRIES};

use super::{
    ReportId,
    events::{self, Composed, Issued},
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure,
    orders::{OrderId, views as orders},
    refuse,
    results::{State, views as results},
    sites,
    specimens::views as specimens,
};

/// Compose the next version of an order's report from what is verified now.
pub struct ComposeReport {
    /// The order.
    pub order: OrderId,
}

impl Command for ComposeReport {
    type Answer = ReportId;
    const ACTION: Action = Action::VerifyResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<ReportId>, Failure> {
        compose(self.order, ctx, read)
    }
}

/// Compose it anew because what the order asks for has changed: what is verified stays as it is.
pub(crate) struct ReviseReport {
    /// The order.
    pub(crate) order: OrderId,
}

impl Command for ReviseReport {
    type Answer = ReportId;
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<ReportId>, Failure> {
        compose(self.order, ctx, read)
    }
}

fn compose(id: OrderId, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<ReportId>, Failure> {
    let Some(order) = orders::order(read, id)? else { return refuse("orders-unknown") };
    let requests = orders::requests(read, id)?;
    let specimens = specimens::of_order(read, id)?;
    let mut verified = Vec::new();
    for specimen in &specimens {
        let all = results::of_specimen(read, specimen.id)?;
        verified.extend(all.into_iter().filter(|r| r.state == State::Verified));
    }
    let (mut lines, mut outstanding) = (Vec::new(), Vec::new());
    for request in &requests {
        let Some(analyte) = ctx.catalog.analyte(request.analyte) else { return refuse("catalog-analyte-gone") };
        match verified.iter().rev().find(|r| r.analyte == request.analyte) {
            None if request.cancelled.is_some() => {}
            None => outstanding.push(analyte.name.clone()),
            Some(result) => {
                let signed = result.signed.clone().unwrap_or((ctx.at, String::new()));
                let previous = results::previous(
                    read,
                    order.patient.id,
                    request.analyte,
                    Some(first_signed(&verified, signed.0)),
                )?;
                lines.push(events::Line {
                    discipline: analyte.discipline.clone(),
                    name: analyte.name.clone(),
                    loinc: analyte.loinc.clone(),
                    value: result.value.clone(),
                    unit: result.unit.clone(),
                    flag: result.flag.clone(),
                    critical: result.critical.clone(),
                    low: result.low.clone(),
                    high: result.high.clone(),
                    has_interval: result.has_interval,
                    previous: previous.map(|p| (format!("{} {}", p.value, p.unit), p.at.micros())),
                    verified_by: signed.1,
                    verified_at: signed.0.micros(),
                });
            }
        }
    }
    let composed = Composed {
        order: order.id.0,
        version: views::last_version(read, order.id)? + 1,
        complete: outstanding.is_empty(),
        laboratory: laboratory(read)?,
        patient: events::Patient {
            family: order.patient.family,
            given: order.patient.given,
            sex: order.patient.sex.code().to_owned(),
            birth_date: order.patient.birth_date.map(|d| d.to_string()).unwrap_or_default(),
            identifier: order.patient.identifier,
        },
        requester: order.requester,
        priority: order.priority.code().to_owned(),
        specimens: specimens.into_iter().map(|s| printed(ctx, s)).collect(),
        results: lines,
        outstanding,
    };
    Ok(Decision::event(composed, ReportId(ctx.id(0))))
}

/// The earliest signature in the order: a previous result is one from before it, not a neighbour of the same report.
fn first_signed(verified: &[results::LabResult], or: Timestamp) -> Timestamp {
    verified.iter().filter_map(|r| r.signed.as_ref().map(|s| s.0)).min().unwrap_or(or)
}

fn printed(ctx: &Ctx, s: specimens::Specimen) -> events::Specimen {
    let name = ctx.catalog.specimen_type(s.specimen_type).map(|t| t.name.clone()).unwrap_or_default();
    events::Specimen {
        barcode: s.barcode,
        name,
        collected_at: s.collected_at.map(Timestamp::micros),
        received_at: s.received_at.map(Timestamp::micros),
        rejected: s.reason,
    }
}

fn laboratory(read: &mut dyn Read) -> Result<events::Laboratory, Failure> {
    let Some(site) = sites::views::site(read)? else { return refuse("sites-not-described") };
    Ok(events::Laboratory {
        name: site.name,
        address: site.address,
        accreditation: site.accreditation,
        director: site.director,
        zone: site.zone.iana_name().unwrap_or("UTC").to_owned(),
        demonstration: site.demonstration,
    })
}

/// Keep the bytes of a composed report.
pub struct IssueReport {
    /// The report.
    pub report: ReportId,
    /// The typeset document.
    pub bytes: Vec<u8>,
}

impl Command for IssueReport {
    type Answer = ();
    const ACTION: Action = Action::IssueReports;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(report) = views::report(read, self.report)? else { return refuse("reports-unknown") };
        if report.issued.is_some() {
            // The job ran twice; the first bytes stand.
            return Ok(Decision::nothing(()));
        }
        let issued = Issued { report: self.report.0, order: report.order.0, sha256: Sha256::of(&self.bytes) };
        Ok(Decision::event(issued, ()).keeping(self.bytes))
    }
}

/// Typeset a composed report again, after that failed: its job is due at once, with all its tries.
pub struct RetryReport {
    /// The report.
    pub report: ReportId,
}

impl Command for RetryReport {
    type Answer = ();
    const ACTION: Action = Action::VerifyResults;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        match views::report(read, self.report)? {
            None => refuse("reports-unknown"),
            Some(report) if report.issued.is_some() => refuse("reports-issued"),
            Some(report) => {
                let mut work = Changes::new();
                work.drop_key(&DUE_TRIES, report.job());
                Ok(Decision::nothing(()).working(work))
            }
        }
    }
}
