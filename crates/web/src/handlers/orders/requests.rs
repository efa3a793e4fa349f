//! What an order asks for, changed: tests that are added, requests that are cancelled.

use std::sync::Arc;

use axum::extract::Path;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::{AnalyteId, TestId};
use titer_lab::orders::{OrderId, RequestId, views as orders};
use titer_lab::reports::outcome as reports;
use titer_lab::{Action, Failure, Tx, stories, versions, ways};
use titer_shell::errors::Problem;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::super::common::{Answer, again, at_reason, banner, mistaken, order_number, show};
use super::{offers, shown};
use crate::pages::orders::AddTests as Addition;
use crate::pages::{Mistakes, Seen, Tone};
use crate::sections::ORDERS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::PlaceOrders);
    routes
        .get(paths::ORDER_ADD, NEED, adding)
        .post(paths::ORDER_ADD, NEED, added)
        .post(paths::ORDER_AGAIN, NEED, asked_again)
        .post(paths::ORDER_CANCEL, NEED, cancelled)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cancelling {
    request: Vec<i64>,
    reason: String,
    shown: i64,
}

async fn cancelled(reader: Reader, Path(id): Path<i64>, Form(given): Form<Cancelling>) -> Answer {
    let requests = given.request.iter().map(|r| RequestId(*r)).collect();
    let cancel = move |tx: &mut Tx<'_, '_>| {
        unchanged(tx, id, given.shown)?;
        ways::cancel(tx, OrderId(id), requests)
    };
    match reader.submit(Some(given.reason.clone()), cancel).await {
        Ok(()) => {
            let to = reader.to(paths::ORDER.of(id));
            Ok(reader.done(&to, Tone::Calm, reader.t("orders-cancelled-done")))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(&reader, id, given.reason, mistakes).await?)
        }
    }
}

/// Refuses what was asked for on a page that shows the order as it is no more.
fn unchanged(tx: &mut Tx<'_, '_>, order: i64, shown: i64) -> Result<(), Failure> {
    let last = stories::last_of(tx, order, "orders")?;
    versions::unchanged(tx, shown, last)
}

async fn adding(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(addition(&reader, id, Adding::default(), Mistakes::default()).await?)
}

/// The form of what may be added: tests of which something is not asked for yet.
async fn addition(reader: &Reader, id: i64, given: Adding, mistakes: Mistakes) -> Result<Addition, Problem> {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let order = orders::order(s, OrderId(id))?.ok_or(Problem::Missing)?;
        let (asked, catalog) = (reports::asked(s, OrderId(id))?, frame.catalog(s)?);
        let asked = |analyte: &AnalyteId| asked.contains(analyte);
        Ok(Addition {
            page: frame.page(),
            patient: banner(frame, &order.patient, &order.requester, ""),
            id: id.to_string(),
            number: order_number(order.id),
            offers: offers(&catalog, &given.test, &given.find, |test| !test.analytes.iter().all(asked)),
            find: given.find,
            seen: Seen { version: stories::last_of(s, id, "orders")?, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

async fn asked_again(reader: Reader, Path(id): Path<i64>) -> Answer {
    match reader.submit(None, move |tx| ways::ask_again(tx, OrderId(id))).await {
        Ok(_) => Ok(reader.done(&reader.to(paths::ORDER.of(id)), Tone::Calm, reader.t("orders-again-done"))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(shown(&reader, id, String::new(), mistakes).await?)
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Adding {
    test: Vec<i64>,
    find: String,
    search: String,
    shown: i64,
}

async fn added(reader: Reader, Path(id): Path<i64>, Form(mut given): Form<Adding>) -> Answer {
    if !given.search.is_empty() {
        return show(addition(&reader, id, given, Mistakes::default()).await?);
    }
    given.find = String::new();
    let tests = given.test.iter().map(|t| TestId(*t)).collect();
    let add = move |tx: &mut Tx<'_, '_>| {
        unchanged(tx, id, given.shown)?;
        ways::add_tests(tx, OrderId(id), tests)
    };
    match reader.submit(None, add).await {
        Ok(_) => {
            let to = reader.to(paths::ORDER.of(id));
            Ok(reader.done(&to, Tone::Calm, reader.t("orders-added")))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "tests", failure)?;
            again(addition(&reader, id, given, mistakes).await?)
        }
    }
}
