//! The receiving bench: a scan receives a tube.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use titer_lab::specimens::commands::{DiscardSpecimen, ReceiveSpecimen};
use titer_lab::specimens::{SpecimenId, views as specimens};
use titer_lab::{Action, Actor, Catalog, Timestamp, orders, sites};

use super::common::{Answer, Clock, priority, show, tube, who};
use crate::Web;
use crate::errors::{Problem, said};
use crate::pages::Section;
use crate::pages::receive::{Outcome, Receive, Received};
use crate::permit::{Need, Routes};
use crate::reader::Reader;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .get("/receive", Need::May(Action::ReceiveSpecimens), page)
        .post("/receive", Need::May(Action::ReceiveSpecimens), scan)
        .post("/specimens/{id}/reject", Need::May(Action::ReceiveSpecimens), reject)
        .post("/specimens/{id}/discard", Need::May(Action::ReceiveSpecimens), discard)
}

async fn page(State(web): State<Arc<Web>>, reader: Reader) -> Answer {
    show(bench(&web, &reader, None).await?)
}

#[derive(Deserialize)]
struct Scan {
    number: String,
}

async fn scan(State(web): State<Arc<Web>>, reader: Reader, Form(scan): Form<Scan>) -> Answer {
    let barcode = scan.number.clone();
    match web.lab.submit(reader.actor(), None, move |tx| tx.run(ReceiveSpecimen { barcode })).await {
        Ok(id) => {
            let outcome = Outcome::Received(Box::new(received(&web, id).await?));
            show(bench(&web, &reader, Some(outcome)).await?)
        }
        Err(failure) => {
            let outcome = Outcome::Refused { scanned: scan.number, why: said(failure)? };
            let page = show(bench(&web, &reader, Some(outcome)).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn bench(web: &Web, reader: &Reader, outcome: Option<Outcome>) -> Result<Receive, Problem> {
    let lab = web.lab.clone();
    let clock = Clock::of(web).await?;
    let today = sites::views::local(Timestamp::from_micros(clock.now), &clock.zone).date();
    let midnight = sites::views::from_local(today.at(0, 0, 0, 0), &clock.zone).unwrap_or_default();
    let (lines, expected) = web
        .lab
        .read(move |s| {
            let catalog = lab.catalog(s)?;
            let mut lines = Vec::new();
            for (specimen, receiver) in specimens::received_since(s, midnight)? {
                lines.push(line(s, &catalog, specimen, receiver)?);
            }
            Ok((lines, titer_lab::work::views::count_awaited(s)?))
        })
        .await?;
    let lines = lines.into_iter().map(|l| l.worded(&clock)).collect();
    Ok(Receive { page: reader.page(web, Some(Section::Receive)).await?, outcome, lines, expected })
}

async fn received(web: &Web, id: SpecimenId) -> Result<Received, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let catalog = lab.catalog(s)?;
            specimens::specimen(s, id)?.map(|specimen| line(s, &catalog, specimen, None)).transpose()
        })
        .await?;
    Ok(found.ok_or(Problem::Missing)?.worded(&Clock::of(web).await?))
}

/// A received tube as the laboratory knows it.
struct Line {
    specimen: specimens::Specimen,
    kind: String,
    tests: String,
    urgency: orders::Priority,
    by: String,
}

fn line(
    s: &mut dyn titer_store::Read,
    catalog: &Catalog,
    specimen: specimens::Specimen,
    receiver: Option<i64>,
) -> Result<Line, titer_lab::Failure> {
    let requests = orders::views::requests(s, specimen.order)?;
    let mine = requests.iter().filter(|r| r.specimen_type == specimen.specimen_type && r.cancelled.is_none());
    let tests: Vec<String> = mine.filter_map(|r| catalog.analyte(r.analyte)).map(|a| a.short.clone()).collect();
    let urgency = orders::views::order(s, specimen.order)?.map_or(orders::Priority::Routine, |o| o.priority);
    let by = match receiver {
        Some(account) => who(s, Actor::Person(account))?,
        None => String::new(),
    };
    let kind = catalog.specimen_type(specimen.specimen_type).map(|t| t.name.clone()).unwrap_or_default();
    Ok(Line { specimen, kind, tests: tests.join(", "), urgency, by })
}

impl Line {
    fn worded(self, clock: &Clock) -> Received {
        Received {
            tube: tube(&self.specimen),
            patient: clock.name(&self.specimen.patient),
            specimen: self.kind,
            tests: self.tests,
            priority: priority(self.urgency),
            at: clock.maybe(self.specimen.received_at),
            by: self.by,
        }
    }
}

#[derive(Deserialize)]
struct Rejection {
    reason: String,
}

async fn reject(
    State(web): State<Arc<Web>>,
    reader: Reader,
    axum::extract::Path(id): axum::extract::Path<i64>,
    Form(given): Form<Rejection>,
) -> Answer {
    let reject = move |tx: &mut titer_lab::Tx<'_, '_>| titer_lab::ways::reject(tx, SpecimenId(id), given.reason);
    web.lab.submit(reader.actor(), None, reject).await?;
    Ok(axum::response::Redirect::to(&format!("/specimens/{id}")).into_response())
}

async fn discard(
    State(web): State<Arc<Web>>,
    reader: Reader,
    axum::extract::Path(id): axum::extract::Path<i64>,
) -> Answer {
    let discard = DiscardSpecimen { specimen: SpecimenId(id) };
    web.lab.submit(reader.actor(), None, move |tx| tx.run(discard)).await?;
    Ok(axum::response::Redirect::to(&format!("/specimens/{id}")).into_response())
}
