//! What may be asked about reports.

use titer_store::{Changes, Given, Read, Sha256, StoreError, Timestamp};

use super::{
    ReportId,
    document::{Comment, Document, Laboratory, Line, NotMeasured, Patient, Specimen},
    events::{AskedAnew, Composed, Issued},
    evidence,
    outcome::{Outcome, outcome},
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure,
    catalog::views::Analyte,
    comments, jobs, named,
    orders::{OrderId, views as orders},
    refuse,
    results::{State, commented, evidence as of_results, tables::ResultRow, views::LabResult},
    sites,
    specimens::views as specimens,
};

/// Compose the next version of an order's report from what is verified now: the job that falls due when somebody signs.
pub struct ComposeReport {
    /// The order.
    pub order: OrderId,
}

impl Command for ComposeReport {
    type Answer = ReportId;
    const ACTION: Action = Action::ComposeReports;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<ReportId>, Failure> {
        let Some(order) = orders::order(read, self.order)? else { return refuse("orders-unknown") };
        let requests = orders::requests(read, order.id)?;
        let mut given = ctx.given();
        named::order(&mut given, read, order.id)?;
        if !sites::views::is_as_journalled(&mut given, read)? {
            return refuse("sites-not-as-journalled");
        }
        let (rows, tubes) = (views::rows(read, order.id)?, specimens::of_order(read, order.id)?);
        let all = as_journalled(&mut given, read, rows)?;
        // A previous result is one from before the order's first signature, not a neighbour of the same report; and none is later.
        let signed = || all.iter().filter_map(|r| r.signed.as_ref().map(|(at, _)| (r, *at)));
        let collected = |r: &LabResult| tubes.iter().find(|t| t.id == r.specimen).and_then(|t| t.collected_at);
        let earliest = signed().map(|(r, at)| collected(r).or(r.measured_at).unwrap_or(at)).min();
        let (first, earliest) = (signed().map(|(_, at)| at).min().unwrap_or(ctx.at), earliest.unwrap_or(ctx.at));
        let (before, collected): (Vec<_>, Vec<_>) =
            views::previous(read, order.id, first, earliest)?.into_iter().unzip();
        let before: Vec<_> = as_journalled(&mut given, read, before)?.into_iter().zip(collected).collect();
        let (mut results, mut outstanding, mut not_measured) = (Vec::new(), Vec::new(), Vec::new());
        for request in &requests {
            let Some(analyte) = ctx.catalog.analyte(request.analyte) else { return refuse("catalog-analyte-gone") };
            match outcome(request, &tubes, &all) {
                Outcome::Cancelled => {}
                Outcome::ToFollow => outstanding.push(analyte.name.clone()),
                Outcome::NotMeasured { reason, specimen } => not_measured.push(NotMeasured {
                    name: analyte.name.clone(),
                    reason: reason.to_owned(),
                    barcode: specimen.barcode.clone(),
                }),
                Outcome::Verified(result) => {
                    let previous = before.iter().find(|(p, _)| p.analyte == request.analyte);
                    results.push(line(ctx, analyte, result, previous)?);
                }
            }
        }
        let said = Document {
            order: order.id.0,
            version: views::last_version(read, order.id)? + 1,
            complete: outstanding.is_empty(),
            laboratory: laboratory(read)?,
            patient: Patient {
                family: order.patient.family,
                given: order.patient.given,
                sex: order.patient.sex.code().to_owned(),
                birth_date: order.patient.birth_date.map(|d| d.to_string()).unwrap_or_default(),
                identifier: order.patient.identifier,
            },
            requester: order.requester,
            priority: order.priority.code().to_owned(),
            specimens: tubes.into_iter().map(|s| printed(ctx, s)).collect(),
            results,
            outstanding,
            not_measured,
        };
        let mut work = Changes::new();
        jobs::face::forget_tries(&mut work, order.id.0);
        Ok(Decision::event(Composed(said), Composed::report(ctx.event())).working(work))
    }
}

/// Results as a report prints them. None is printed that somebody changed behind the journal after it was signed.
fn as_journalled(given: &mut Given<'_>, read: &mut dyn Read, rows: Vec<ResultRow>) -> Result<Vec<LabResult>, Failure> {
    let mut verified = rows.iter().filter(|row| row.state == State::Verified);
    verified.try_for_each(|row| of_results::as_journalled(given, read, row))?;
    Ok(rows.into_iter().map(LabResult::read).collect::<Result<_, _>>()?)
}

fn line(
    ctx: &Ctx,
    analyte: &Analyte,
    result: &LabResult,
    previous: Option<&(LabResult, Option<Timestamp>)>,
) -> Result<Line, StoreError> {
    let catalog = &ctx.catalog;
    let at = |p: &LabResult, collected_at: Option<Timestamp>| {
        collected_at.or(p.measured_at).or(p.signed.as_ref().map(|(at, _)| *at))
    };
    let previous = previous.and_then(|(p, collected_at)| Some((p, at(p, *collected_at)?)));
    let unsigned = || StoreError::Corrupt(format!("result {} is verified, and nobody has signed it", result.id));
    let (verified_at, verified_by) = result.signed.clone().ok_or_else(unsigned)?;
    Ok(Line {
        discipline: analyte.discipline.clone(),
        name: analyte.name.clone(),
        loinc: analyte.loinc.clone(),
        value: result.value.clone(),
        unit: result.unit.clone(),
        flag: result.flag.clone(),
        critical: result.critical.clone(),
        low: catalog.limit_text(analyte.id, &result.low),
        high: catalog.limit_text(analyte.id, &result.high),
        has_interval: result.has_interval,
        previous: previous.map(|(p, at)| (catalog.words_with_unit(&p.value, p.answer, &p.unit), at.micros())),
        verified_by,
        verified_at: verified_at.micros(),
        words: result.answer.map(|_| catalog.words(&result.value, result.answer).to_owned()).unwrap_or_default(),
        expected: catalog.expected_words(analyte.id),
        instrument: result
            .instrument
            .and_then(|id| ctx.systems.instrument(id))
            .map(|instrument| instrument.name.clone())
            .unwrap_or_default(),
        comments: commented::said(&ctx.comments, result)?.into_iter().map(comment).collect(),
    })
}

fn comment(said: &comments::Comment) -> Comment {
    Comment { code: said.code.clone(), version: said.version, words: said.words.clone() }
}

fn printed(ctx: &Ctx, s: specimens::Specimen) -> Specimen {
    let name = ctx.catalog.specimen_type(s.specimen_type).map(|t| t.name.clone()).unwrap_or_default();
    Specimen {
        barcode: s.barcode,
        name,
        collected_at: s.collected_at.map(Timestamp::micros),
        received_at: s.received_at.map(Timestamp::micros),
        rejected: s.reason,
    }
}

fn laboratory(read: &mut dyn Read) -> Result<Laboratory, Failure> {
    let Some(site) = sites::views::site(read)? else { return refuse("sites-not-described") };
    Ok(Laboratory {
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

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(report) = views::report(read, self.report)? else { return refuse("reports-unknown") };
        if report.issued.is_some() {
            // The job ran twice; the first bytes stand.
            return Ok(Decision::nothing(()));
        }
        evidence::as_journalled(&mut ctx.given(), read, report.id)?;
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
                jobs::face::forget_tries(&mut work, report.job());
                Ok(Decision::nothing(()).working(work))
            }
        }
    }
}

/// Compose the next version of an order's report because the last one could not be typeset: from what stands now, which somebody may
/// have corrected. The version that could not be typeset is never issued.
pub struct ComposeAnew {
    /// The report that could not be typeset.
    pub report: ReportId,
}

impl Command for ComposeAnew {
    type Answer = ();
    const ACTION: Action = Action::VerifyResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.person()?;
        let Some(report) = views::report(read, self.report)? else { return refuse("reports-unknown") };
        if report.issued.is_some() {
            return refuse("reports-issued");
        }
        let last = views::last_version(read, report.order)?;
        if report.version < last || jobs::failure(read, report.job())?.is_none() {
            return refuse("reports-not-failed");
        }
        let mut work = Changes::new();
        jobs::face::forget_tries(&mut work, report.job());
        jobs::face::forget_tries(&mut work, report.order.0);
        Ok(Decision::event(AskedAnew { report: report.id.0, order: report.order.0 }, ()).working(work))
    }
}
