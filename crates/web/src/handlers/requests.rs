//! What an order asks for, changed: tests that are added, requests that are cancelled.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::{AnalyteId, TestId};
use titer_lab::orders::{OrderId, RequestId, views as orders};
use titer_lab::{Action, Failure, Tx, ways};

use super::common::{Answer, Clock, again, mistaken, order_number, show};
use super::orders::{offers, shown};
use crate::Web;
use crate::errors::Problem;
use crate::pages::orders::AddTests as Addition;
use crate::pages::{Mistakes, Section};
use crate::permit::{Need, Routes};
use crate::reader::Reader;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::PlaceOrders);
    routes.get("/orders/{id}/add", NEED, adding).post("/orders/{id}/add", NEED, added).post(
        "/orders/{id}/cancel",
        NEED,
        cancelled,
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cancelling {
    request: Vec<i64>,
    reason: String,
}

async fn cancelled(
    State(web): State<Arc<Web>>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(given): Form<Cancelling>,
) -> Answer {
    let requests = given.request.iter().map(|r| RequestId(*r)).collect();
    let cancel = move |tx: &mut Tx<'_, '_>| ways::cancel(tx, OrderId(id), requests);
    match web.lab.submit(reader.actor(), Some(given.reason.clone()), cancel).await {
        Ok(()) => Ok(Redirect::to(&format!("/orders/{id}?done=orders-cancelled-done")).into_response()),
        Err(failure) => {
            let reason = matches!(&failure, Failure::Refused(r)
                if r.code == "orders-cancellation-needs-reason" || r.code.starts_with("text-"));
            let mistakes = mistaken(if reason { "reason" } else { "" }, failure)?;
            again(shown(&web, &reader, id, &given.reason, mistakes).await?)
        }
    }
}

async fn adding(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    show(addition(&web, &reader, id, &[], Mistakes::default()).await?)
}

/// The form of what may be added: tests of which something is not asked for yet.
async fn addition(
    web: &Web,
    reader: &Reader,
    id: i64,
    chosen: &[i64],
    mistakes: Mistakes,
) -> Result<Addition, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let Some(order) = orders::order(s, OrderId(id))? else { return Ok(None) };
            Ok(Some((order, orders::requests(s, OrderId(id))?, lab.catalog(s)?)))
        })
        .await?;
    let Some((order, requests, catalog)) = found else { return Err(Problem::Missing) };
    let clock = Clock::of(web).await?;
    let asked = |analyte: &AnalyteId| requests.iter().any(|r| r.analyte == *analyte && r.cancelled.is_none());
    Ok(Addition {
        page: reader.page(web, Some(Section::Orders)).await?,
        patient: clock.banner(&order.patient, &order.requester, ""),
        id: id.to_string(),
        number: order_number(order.id),
        offers: offers(&catalog, chosen, |test| !test.analytes.iter().all(asked)),
        mistakes,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Adding {
    test: Vec<i64>,
}

async fn added(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Form(given): Form<Adding>) -> Answer {
    let tests = given.test.iter().map(|t| TestId(*t)).collect();
    match web.lab.submit(reader.actor(), None, move |tx| ways::add_tests(tx, OrderId(id), tests)).await {
        Ok(_) => Ok(Redirect::to(&format!("/orders/{id}?done=orders-added")).into_response()),
        Err(failure) => {
            let mistakes = mistaken("tests", failure)?;
            again(addition(&web, &reader, id, &given.test, mistakes).await?)
        }
    }
}
