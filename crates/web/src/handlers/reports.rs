//! What went out, and what is about to: the list, one report with its versions, and the document itself.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::orders::{OrderId, views as orders};
use titer_lab::reports::commands::RetryReport;
use titer_lab::reports::document::{Document, Line};
use titer_lab::reports::{ReportId, views as reports};
use titer_lab::{Action, Timestamp, jobs};
use titer_store::{StoreError, reading};

use super::common::{Answer, Clock, accessed, judged, order_number, show};
use crate::Web;
use crate::errors::Problem;
use crate::pages::reports::{Report, ReportLine, Reports, Signature, Version};
use crate::pages::results::{Previous, ResultLine, Value};
use crate::pages::{Section, Status, Tube};
use crate::paper::interval;
use crate::permit::{Need, Routes};
use crate::reader::Reader;
use crate::when::When;

/// Digits of a document's SHA-256 that the page shows: enough to compare by eye with a print of the journal.
const DIGEST_SHOWN: usize = 16;

/// Chromium shows a PDF inside a page of its own, which this policy has to let it build; the document itself can run nothing.
const PDF_POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .get("/reports", Need::May(Action::SeeReports), list)
        .get("/reports/{id}", Need::May(Action::SeeReports), page)
        .get("/reports/{id}/pdf", Need::May(Action::SeeReports), pdf)
        .post("/reports/{id}/retry", Need::May(Action::VerifyResults), retry)
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn list(State(web): State<Arc<Web>>, reader: Reader, Query(asked): Query<Before>) -> Answer {
    let (lines, last) = web
        .lab
        .read(move |s| {
            let page = reports::reports(s, asked.before.map(ReportId))?;
            let last = page.last().filter(|_| page.len() as i64 == reports::PAGE).map(|r| r.id);
            let mut lines = Vec::new();
            for report in page {
                // An order stands in the list once, by its latest version.
                let latest = reports::of_order(s, report.order)?.first().is_some_and(|r| r.id == report.id);
                let Some(order) = orders::order(s, report.order)?.filter(|_| latest) else { continue };
                let failed = jobs::failure(s, report.job())?.is_some();
                lines.push((report, order, failed));
            }
            Ok((lines, last))
        })
        .await?;
    let clock = Clock::of(&web).await?;
    let line = |(report, order, failed): &(reports::Report, orders::Order, bool)| ReportLine {
        href: format!("/reports/{}", report.order),
        order: order_number(report.order),
        patient: clock.name(&order.patient),
        version: usize::try_from(report.version).unwrap_or_default(),
        status: status(report, *failed),
        issued: clock.maybe(report.issued.as_ref().map(|(at, _)| *at)),
        pdf: document(report),
    };
    show(Reports {
        page: reader.page(&web, Some(Section::Reports)).await?,
        lines: lines.iter().map(line).collect(),
        older: last.map(|id| format!("/reports?before={id}")).unwrap_or_default(),
    })
}

/// Where a version stands.
fn status(report: &reports::Report, failed: bool) -> Status {
    match (&report.issued, failed) {
        (Some(_), _) if report.complete => Status::Final,
        (Some(_), _) => Status::Preliminary,
        (None, true) => Status::Failed,
        (None, false) => Status::Working,
    }
}

/// Where its document is; empty while there is none.
fn document(report: &reports::Report) -> String {
    report.issued.as_ref().map(|_| format!("/reports/{}/pdf", report.id)).unwrap_or_default()
}

/// What the page of an order's reports is made of.
struct Found {
    order: orders::Order,
    versions: Vec<reports::Report>,
    failures: HashMap<ReportId, String>,
    said: Document,
}

/// The reports of an order, by the order's id or that of any version: no two entities of a laboratory share an id.
async fn find(web: &Web, id: i64) -> Result<Found, Problem> {
    let found = web
        .lab
        .read(move |s| {
            let order = reports::report(s, ReportId(id))?.map_or(OrderId(id), |r| r.order);
            let Some(order) = orders::order(s, order)? else { return Ok(None) };
            let versions = reports::of_order(s, order.id)?;
            let Some(latest) = versions.first() else { return Ok(None) };
            let said = reports::document(s, latest.id)?;
            let mut failures = HashMap::new();
            for version in versions.iter().filter(|v| v.issued.is_none()) {
                failures.extend(jobs::failure(s, version.job())?.map(|failure| (version.id, failure)));
            }
            Ok(Some(Found { order, versions, failures, said }))
        })
        .await?;
    found.ok_or(Problem::Missing)
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let found = find(&web, id).await?;
    accessed(&reader, "report", found.order.id.0);
    let clock = Clock::of(&web).await?;
    let versions: Vec<Version> = found.versions.iter().map(|v| found.version(v, &web, &reader, &clock)).collect();
    show(Report {
        page: reader.page(&web, Some(Section::Reports)).await?,
        patient: clock.banner(&found.order.patient, &found.order.requester, ""),
        order: Tube { href: format!("/orders/{}", found.order.id), number: order_number(found.order.id) },
        // `find` answers at least one version.
        status: versions.first().map_or(Status::Working, |v| v.status),
        versions,
        lines: found.said.results.iter().map(|l| line(l, &clock)).collect(),
        signatures: signatures(&web, &found.said.results, &clock),
    })
}

impl Found {
    fn version(&self, report: &reports::Report, web: &Web, reader: &Reader, clock: &Clock) -> Version {
        let failure = self.failures.get(&report.id);
        let retry = failure.filter(|_| reader.may(Action::VerifyResults));
        let (issued, digest) = match &report.issued {
            Some((at, sha256)) => (clock.at(*at), sha256.to_string().chars().take(DIGEST_SHOWN).collect()),
            None => Default::default(),
        };
        Version {
            number: usize::try_from(report.version).unwrap_or_default(),
            status: status(report, failure.is_some()),
            composed: clock.at(report.composed_at),
            issued,
            pdf: document(report),
            digest,
            failure: failure.map(|why| web.words.tell("reports-failure", &[("why", why)])).unwrap_or_default(),
            retry: retry.map(|_| format!("/reports/{}/retry", report.id)).unwrap_or_default(),
        }
    }
}

fn line(said: &Line, clock: &Clock) -> ResultLine {
    let previous = said.previous.as_ref().map(|(value, at)| Previous {
        value: value.clone(),
        at: clock.at(Timestamp::from_micros(*at)),
        change: String::new(),
    });
    ResultLine {
        id: String::new(),
        version: String::new(),
        test: said.name.clone(),
        value: Value::new(&said.value),
        unit: said.unit.clone(),
        flag: judged(&said.critical, &said.flag),
        interval: if said.has_interval { interval(&said.low, &said.high) } else { String::new() },
        previous,
        arrived: When::default(),
        source: String::new(),
        status: Status::Verified,
        reasons: Vec::new(),
    }
}

/// Who signed, each person and moment once, with what they signed for (21 CFR 11.50).
fn signatures(web: &Web, lines: &[Line], clock: &Clock) -> Vec<Signature> {
    let mut signed: Vec<(i64, &str, Vec<&str>)> = Vec::new();
    for line in lines {
        match signed.iter_mut().find(|(at, by, _)| (*at, *by) == (line.verified_at, &line.verified_by)) {
            Some((_, _, names)) => names.push(&line.name),
            None => signed.push((line.verified_at, &line.verified_by, vec![&line.name])),
        }
    }
    let signature = |(at, by, names): (i64, &str, Vec<&str>)| Signature {
        name: by.to_owned(),
        at: clock.at(Timestamp::from_micros(at)),
        meaning: web.words.t("paper-verified"),
        covers: names.join(", "),
    };
    signed.into_iter().map(signature).collect()
}

/// The issued bytes, as they were made; never made again.
async fn pdf(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let found = web
        .lab
        .read(move |s| {
            let Some(report) = reports::report(s, ReportId(id))? else { return Ok(None) };
            let Some((_, sha256)) = report.issued else { return Ok(None) };
            let gone = || StoreError::Corrupt(format!("the document of report {} is gone", report.id));
            let bytes = reading::blob(s, sha256)?.ok_or_else(gone)?;
            Ok(Some((report, bytes)))
        })
        .await?;
    let (report, bytes) = found.ok_or(Problem::Missing)?;
    accessed(&reader, "report-pdf", id);
    let name = format!("inline; filename=\"report-{}-{}.pdf\"", order_number(report.order), report.version);
    let about = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CONTENT_SECURITY_POLICY, PDF_POLICY.to_owned()),
    ];
    Ok((about, bytes).into_response())
}

async fn retry(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let report = ReportId(id);
    web.lab.submit(reader.actor(), None, move |tx| tx.run(RetryReport { report })).await?;
    Ok(Redirect::to(&format!("/reports/{id}")).into_response())
}
