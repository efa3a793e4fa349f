//! What went out, and what is about to: the list, one report with its versions, and the document itself.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Deserialize;
use titer_lab::orders::{OrderId, views as orders};
use titer_lab::reports::commands::{ComposeAnew, RetryReport};
use titer_lab::reports::document::{Document, Line, NotMeasured};
use titer_lab::reports::{COMPOSE, ReportId, evidence, views as reports};
use titer_lab::results::disputed;
use titer_lab::results::views::{self as results, LabResult};
use titer_lab::{Action, Catalog, Counted, Failure, Timestamp, catalog, jobs};
use titer_science::units::in_print;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when::{self, When};
use titer_shell::words::Arg;
use titer_store::{Given, Read, StoreError, reading};

use super::common::{Answer, accessed, banner, judged, name, order, order_number, show, test_name};
use crate::pages::reports::{FailedReport, OpenCorrection, Report, ReportLine, Reports, Signature, Version};
use crate::pages::results::{Previous, ResultLine, Value, interval};
use crate::pages::{Status, Tone};
use crate::sections::REPORTS;
use crate::{Web, paths};

/// Digits of a document's SHA-256 that the page shows: enough to compare by eye with a print of the journal.
const DIGEST_SHOWN: usize = 16;

/// Reports that could not be made and are listed above the others.
const FAILED_SHOWN: usize = 20;

/// Chromium shows a PDF inside a page of its own, which this policy has to let it build; the document itself can run nothing.
pub(super) const PDF_POLICY: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .get(paths::REPORTS, Need::May(Action::SeeReports), list)
        .get(paths::REPORT, Need::May(Action::SeeReports), page)
        .get(paths::REPORT_PDF, Need::May(Action::SeeReports), pdf)
        .post(paths::REPORT_RETRY, Need::May(Action::VerifyResults), retry)
        .post(paths::REPORT_ANEW, Need::May(Action::VerifyResults), anew)
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn list(reader: Reader, Query(asked): Query<Before>) -> Answer {
    let page = reader.page(Some(&REPORTS), move |s, frame| {
        let page = reports::reports(s, asked.before.map(ReportId))?;
        let last = page.last().filter(|_| page.len() as i64 == reports::PAGE).map(|r| r.id);
        let mut lines = Vec::new();
        for report in &page {
            // An order stands in the list once, by its latest version.
            let latest = reports::of_order(s, report.order)?.first().is_some_and(|r| r.id == report.id);
            let Some(order) = orders::order(s, report.order)?.filter(|_| latest) else { continue };
            let failed = jobs::failure(s, report.job())?.is_some();
            lines.push(ReportLine {
                href: frame.to(paths::REPORT.of(report.order)),
                order: order_number(report.order),
                patient: name(frame, &order.patient),
                version: usize::try_from(report.version).unwrap_or_default(),
                status: status(report, failed, &reports::stands(s, report.order)?),
                issued: frame.maybe(report.issued.as_ref().map(|(at, _)| *at)),
                pdf: document(frame, report),
            });
        }
        let older = last.map(|id| format!("{}?before={id}", frame.to(paths::REPORTS))).unwrap_or_default();
        // A report that cannot be made stands before all others, on the first page.
        let (failed, count) = if asked.before.is_none() { failed(s, frame, FAILED_SHOWN)? } else { Default::default() };
        Ok(Reports { page: frame.page(), failed, failed_count: frame.words.amount(count), lines, older })
    });
    show(page.await?)
}

/// Reports that could not be made, at most so many; and how many there are.
pub fn failed(s: &mut dyn Read, frame: &Frame, shown: usize) -> Result<(Vec<FailedReport>, Counted), Failure> {
    let (jobs, count) = jobs::failures(s)?;
    let mut all = Vec::new();
    for job in jobs.into_iter().take(shown) {
        if job.kind == catalog::JUDGE {
            let href = frame.to(paths::REVIEW);
            all.push(FailedReport { href, what: frame.t("reports-judging"), why: job.failure });
            continue;
        }
        // A report that is to be composed is that of an order; one that is to be typeset is there already.
        let order = match job.kind == COMPOSE {
            true => OrderId(job.subject),
            false => reports::report(s, ReportId(job.subject))?.map_or(OrderId(job.subject), |r| r.order),
        };
        let address = if job.kind == COMPOSE { paths::ORDER } else { paths::REPORT };
        let what = format!("{} {}", frame.t("order"), order_number(order));
        all.push(FailedReport { href: frame.to(address.of(order)), what, why: job.failure });
    }
    Ok((all, count))
}

/// Where a version stands; the last one is not final any more if more follows than it says, or if a correction of it is open.
fn status(report: &reports::Report, failed: bool, stands: &reports::Stands) -> Status {
    match (&report.issued, failed) {
        (Some(_), _) if stands.disputed => Status::CorrectionOpen,
        (Some(_), _) if report.complete && !stands.follows() => Status::Final,
        (Some(_), _) => Status::Preliminary,
        (None, true) => Status::Failed,
        (None, false) => Status::Working,
    }
}

/// Where a version stands among all of its order: one that was never issued gives way to the next.
fn status_among(report: &reports::Report, failed: bool, stands: &reports::Stands, last: i64) -> Status {
    let superseded = reports::Stands::default();
    match status(report, failed, if report.version == last { stands } else { &superseded }) {
        Status::Working if report.version < last => Status::Withdrawn,
        status => status,
    }
}

/// Where its document is; empty while there is none.
fn document(frame: &Frame, report: &reports::Report) -> String {
    report.issued.as_ref().map(|_| frame.to(paths::REPORT_PDF.of(report.id))).unwrap_or_default()
}

/// What the page of an order's reports is made of.
struct Found {
    order: orders::Order,
    versions: Vec<reports::Report>,
    failures: HashMap<ReportId, String>,
    said: Document,
    /// Where the order stands: more may follow than the last version says.
    stands: reports::Stands,
    /// Results that a value contradicts, undecided.
    disputed: Vec<LabResult>,
}

/// The reports of an order, by the order's id or that of any version: no two entities of a laboratory share an id.
fn find(s: &mut dyn Read, id: i64) -> Result<Found, Problem> {
    let order = reports::report(s, ReportId(id))?.map_or(OrderId(id), |r| r.order);
    let order = orders::order(s, order)?.ok_or(Problem::Missing)?;
    let versions = reports::of_order(s, order.id)?;
    let said = reports::document(s, versions.first().ok_or(Problem::Missing)?.id)?;
    let mut failures = HashMap::new();
    for version in versions.iter().filter(|v| v.issued.is_none()) {
        failures.extend(jobs::failure(s, version.job())?.map(|failure| (version.id, failure)));
    }
    let (stands, mut disputed) = (reports::stands(s, order.id)?, Vec::new());
    let mut open = if stands.disputed { disputed::of_order(s, order.id)? } else { Vec::new() };
    open.sort_unstable();
    open.dedup();
    for id in open {
        disputed.extend(results::result(s, id)?.map(|(result, _)| result));
    }
    Ok(Found { order, versions, failures, said, stands, disputed })
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    let page = reader.page(Some(&REPORTS), move |s, frame| {
        let found = find(s, id)?;
        accessed(&frame.reader, "report", found.order.id.0);
        let versions: Vec<Version> = found.versions.iter().map(|v| found.version(v, frame)).collect();
        let (catalog, lines) = (frame.catalog(s)?, &found.said.results);
        let disputed = found.disputed_lines(&catalog);
        Ok(Report {
            page: frame.page(),
            patient: banner(frame, &found.order.patient, &found.order.requester, ""),
            order: order(frame, found.order.id),
            // `find` answers at least one version.
            status: versions.first().map_or(Status::Working, |v| v.status),
            versions,
            lines: lines.iter().enumerate().map(|(at, l)| line(l, disputed.contains(&at), frame)).collect(),
            corrections: found.corrections(&catalog, frame),
            not_measured: found.said.not_measured.iter().map(|lost| not_measured(lost, frame)).collect(),
            outstanding: found.said.outstanding.clone(),
            follows: found.stands.follows() && found.said.complete,
            named: found.named(frame),
            signatures: signatures(&found.said.results, frame),
        })
    });
    show(page.await?)
}

impl Found {
    /// The places of the lines whose results a value contradicts. Who named a test otherwise since does not hide that.
    fn disputed_lines(&self, catalog: &Catalog) -> Vec<usize> {
        let mut places = Vec::new();
        for result in &self.disputed {
            let signed = result.signed.as_ref().map(|(at, _)| at.micros());
            let says = |l: &Line| (&l.value, &l.unit, Some(l.verified_at)) == (&result.value, &result.unit, signed);
            let lines = self.said.results.iter().enumerate().filter(|(_, l)| says(l)).map(|(at, _)| at);
            let (named, others): (Vec<usize>, Vec<usize>) =
                lines.partition(|at| self.said.results[*at].name == test_name(catalog, result.analyte));
            places.extend(if named.is_empty() { others } else { named });
        }
        places
    }

    /// The corrections to decide, each with its page for those who may decide.
    fn corrections(&self, catalog: &Catalog, frame: &Frame) -> Vec<OpenCorrection> {
        let decides = frame.may(Action::VerifyResults);
        let correction = |result: &LabResult| OpenCorrection {
            test: test_name(catalog, result.analyte),
            href: if decides { frame.to(paths::CORRECTION.of(result.id)) } else { String::new() },
        };
        self.disputed.iter().map(correction).collect()
    }

    /// Whom the last version names, if the patient was corrected since.
    fn named(&self, frame: &Frame) -> String {
        let (now, said) = (&self.order.patient, &self.said.patient);
        let born = now.birth_date.map(|d| d.to_string()).unwrap_or_default();
        let now: [&str; 5] = [&now.family, &now.given, now.sex.code(), &born, &now.identifier];
        if now == [&said.family, &said.given, &said.sex, &said.birth_date, &said.identifier].map(String::as_str) {
            return String::new();
        }
        let (name, sex) = (format!("{}, {}", said.family, said.given), frame.t(&format!("sex-{}", said.sex)));
        let born = said.birth_date.parse().map_or_else(|_| frame.t("unknown"), when::day);
        let args = [("name", &name), ("sex", &sex), ("born", &born), ("identifier", &said.identifier)];
        frame.tell("reports-corrected-since", &args.map(|(arg, text)| (arg, text as &dyn Arg)))
    }

    fn version(&self, report: &reports::Report, frame: &Frame) -> Version {
        let failure = self.failures.get(&report.id);
        let last = self.versions.first().map_or(0, |v| v.version);
        let retry = failure.filter(|_| frame.may(Action::VerifyResults));
        let (issued, digest) = match &report.issued {
            Some((at, sha256)) => (frame.at(*at), sha256.to_string().chars().take(DIGEST_SHOWN).collect()),
            None => Default::default(),
        };
        Version {
            number: usize::try_from(report.version).unwrap_or_default(),
            status: status_among(report, failure.is_some(), &self.stands, last),
            composed: frame.at(report.composed_at),
            issued,
            pdf: document(frame, report),
            digest,
            failure: failure.map(|why| frame.tell("reports-failure", &[("why", why)])).unwrap_or_default(),
            retry: retry.map(|_| frame.to(paths::REPORT_RETRY.of(report.id))).unwrap_or_default(),
            anew: retry
                .filter(|_| report.version == last)
                .map(|_| frame.to(paths::REPORT_ANEW.of(report.id)))
                .unwrap_or_default(),
        }
    }
}

/// A test that cannot be measured any more, and why.
fn not_measured(lost: &NotMeasured, frame: &Frame) -> String {
    let why = frame.t(&format!("not-measured-{}", lost.reason));
    frame.tell("reports-not-measured", &[("test", &lost.name), ("why", &why), ("tube", &lost.barcode)])
}

fn line(said: &Line, disputed: bool, frame: &Frame) -> ResultLine {
    let previous = said.previous.as_ref().map(|(value, at)| Previous {
        value: value.clone(),
        at: frame.at(Timestamp::from_micros(*at)),
        change: String::new(),
    });
    let flag = judged(&said.critical, &said.flag, said.has_interval, &said.value);
    ResultLine {
        id: String::new(),
        version: String::new(),
        test: said.name.clone(),
        value: Value::new(said.printed()),
        unit: in_print(&said.unit),
        sent: String::new(),
        by_hand: String::new(),
        calculated: String::new(),
        comments: said.comments.iter().map(|comment| comment.words.clone()).collect(),
        flag,
        interval: if said.has_interval { interval(&said.low, &said.high) } else { said.expected.clone() },
        previous,
        arrived: When::default(),
        source: said.instrument.clone(),
        status: if disputed { Status::CorrectionOpen } else { Status::Verified },
        reasons: Vec::new(),
        urgent: flag.critical(),
    }
}

/// Who signed, each person and moment once, with what they signed for (21 CFR 11.50).
fn signatures(lines: &[Line], frame: &Frame) -> Vec<Signature> {
    let mut signed: Vec<(i64, &str, Vec<&str>)> = Vec::new();
    for line in lines {
        match signed.iter_mut().find(|(at, by, _)| (*at, *by) == (line.verified_at, &line.verified_by)) {
            Some((_, _, names)) => names.push(&line.name),
            None => signed.push((line.verified_at, &line.verified_by, vec![&line.name])),
        }
    }
    let signature = |(at, by, names): (i64, &str, Vec<&str>)| Signature {
        name: by.to_owned(),
        at: frame.at(Timestamp::from_micros(at)),
        meaning: frame.t("paper-verified"),
        covers: names.join(", "),
    };
    signed.into_iter().map(signature).collect()
}

/// The issued bytes, as they were made; never made again.
async fn pdf(reader: Reader, Path(id): Path<i64>) -> Answer {
    let schema = reader.journal().store().schema().clone();
    let found = reader.read(move |s| {
        let report = reports::report(s, ReportId(id))?.ok_or(Problem::Missing)?;
        evidence::as_journalled(&mut Given::new(&schema), s, report.id)?;
        let (_, sha256) = report.issued.ok_or(Problem::Missing)?;
        let gone = || StoreError::Corrupt(format!("the document of report {} is gone", report.id));
        let bytes = reading::blob(s, sha256)?.ok_or_else(gone)?;
        Ok((format!("report-{}-{}.pdf", order_number(report.order), report.version), bytes))
    });
    let (name, bytes) = found.await?;
    accessed(&reader, "report-pdf", id);
    let about = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
        (CONTENT_SECURITY_POLICY, PDF_POLICY.to_owned()),
    ];
    Ok((about, bytes).into_response())
}

async fn retry(reader: Reader, Path(id): Path<i64>) -> Answer {
    let report = ReportId(id);
    reader.submit(None, move |tx| tx.run(RetryReport { report })).await?;
    Ok(reader.go(paths::REPORT.of(id)))
}

async fn anew(reader: Reader, Path(id): Path<i64>) -> Answer {
    let report = ReportId(id);
    reader.submit(None, move |tx| tx.run(ComposeAnew { report })).await?;
    Ok(reader.done(&reader.to(paths::REPORT.of(id)), Tone::Calm, reader.t("reports-anew-done")))
}
