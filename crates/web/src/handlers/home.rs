//! What needs this person now.

use std::sync::Arc;

use axum::extract::State;
use titer_lab::reports::COMPOSE;
use titer_lab::results::views::Awaiting;
use titer_lab::specimens::views::Specimen;
use titer_lab::{Action, Catalog, catalog, jobs, results, work};
use titer_link::inbox::views::{self as inbox, Message};

use super::common::{Answer, Clock, show};
use crate::Web;
use crate::errors::Problem;
use crate::pages::home::{Home, Need, NeedRow};
use crate::pages::{Section, Tone};
use crate::permit::{Need as Takes, Routes};
use crate::reader::Reader;
use crate::when::When;

/// Rows of each kind that the page shows.
const SHOWN: usize = 6;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get("/", Takes::May(Action::SeeWork), page)
}

async fn page(State(web): State<Arc<Web>>, reader: Reader) -> Answer {
    let page = reader.page(&web, Some(Section::Home)).await?;
    let needs = needs(&web, &reader).await?;
    show(Home { page, needs })
}

async fn needs(web: &Arc<Web>, reader: &Reader) -> Result<Vec<Need>, Problem> {
    let clock = Clock::of(web).await?;
    let mut needs = Vec::new();
    if reader.may(Action::VerifyResults) {
        needs.extend(results(web, &clock).await?);
    }
    if reader.may(Action::ResolveMessages) {
        needs.extend(messages(web, &clock).await?);
    }
    if reader.may(Action::ReceiveSpecimens) {
        needs.extend(awaited(web, &clock).await?);
    }
    if reader.may(Action::ApproveCatalog) {
        needs.extend(proposals(web).await?);
    }
    if reader.may(Action::SeeReports) {
        needs.extend(failed(web).await?);
    }
    if reader.may(Action::SeeAdministration) {
        needs.extend(super::board::needs(web, &clock, SHOWN).await?);
    }
    needs.sort_by_key(|n| match n.tone {
        Tone::Danger => 0,
        Tone::Caution => 1,
        Tone::Calm => 2,
    });
    Ok(needs)
}

async fn results(web: &Web, clock: &Clock) -> Result<Option<Need>, Problem> {
    let lab = web.lab.clone();
    let (waiting, rows, catalog) = web
        .lab
        .read(move |s| Ok((results::views::waiting(s)?, results::views::awaiting(s, SHOWN as i64)?, lab.catalog(s)?)))
        .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let critical = waiting.critical > 0;
    Ok(Some(Need {
        topic: "results",
        title: web.words.t(if critical { "home-results-critical" } else { "home-results" }),
        count: waiting.all,
        tone: if critical { Tone::Danger } else { Tone::Calm },
        href: "/review".to_owned(),
        rows: rows.iter().take(SHOWN).map(|r| result(r, &catalog, clock)).collect(),
    }))
}

fn result(row: &Awaiting, catalog: &Catalog, clock: &Clock) -> NeedRow {
    let name = catalog.analyte(row.result.analyte).map_or("?", |a| a.name.as_str());
    NeedRow {
        href: format!("/review#specimen-{}", row.result.specimen),
        lead: row.barcode.clone(),
        patient: Some(clock.name(&row.patient)),
        what: format!("{name} {} {}", row.result.value, row.result.unit),
        since: clock.at(row.arrived_at),
        danger: !row.result.critical.is_empty(),
    }
}

async fn messages(web: &Web, clock: &Clock) -> Result<Option<Need>, Problem> {
    let (count, held) = web.lab.read(|s| Ok((inbox::count_held(s)?, inbox::held(s, None)?))).await?;
    let row = |m: &Message| NeedRow {
        href: format!("/messages/{}", m.id),
        lead: (m.id.0 / titer_store::PLACES).to_string(),
        patient: None,
        what: m.problems.first().map(super::common::problem).unwrap_or_default(),
        since: clock.at(m.received_at),
        danger: false,
    };
    Ok((count > 0).then(|| Need {
        topic: "messages",
        title: web.words.t("home-messages"),
        count,
        tone: Tone::Caution,
        href: "/messages".to_owned(),
        rows: held.iter().take(SHOWN).map(row).collect(),
    }))
}

async fn awaited(web: &Web, clock: &Clock) -> Result<Option<Need>, Problem> {
    let lab = web.lab.clone();
    let (count, awaited, catalog) =
        web.lab.read(move |s| Ok((work::views::count_awaited(s)?, work::views::awaited(s)?, lab.catalog(s)?))).await?;
    let row = |s: &Specimen| NeedRow {
        href: format!("/specimens/{}", s.id),
        lead: s.barcode.clone(),
        patient: Some(clock.name(&s.patient)),
        what: catalog.specimen_type(s.specimen_type).map(|t| t.name.clone()).unwrap_or_default(),
        since: clock.maybe(s.collected_at),
        danger: false,
    };
    Ok((count > 0).then(|| Need {
        topic: "specimens",
        title: web.words.t("home-awaited"),
        count,
        tone: Tone::Calm,
        href: "/receive".to_owned(),
        rows: awaited.iter().take(SHOWN).map(row).collect(),
    }))
}

async fn proposals(web: &Web) -> Result<Option<Need>, Problem> {
    let (intervals, limits) = web.lab.read(|s| Ok(catalog::views::proposals(s)?)).await?;
    let count = intervals.len() + limits.len();
    Ok((count > 0).then(|| Need {
        topic: "catalog",
        title: web.words.t("home-proposals"),
        count,
        tone: Tone::Caution,
        href: "/admin/catalog".to_owned(),
        rows: Vec::new(),
    }))
}

async fn failed(web: &Web) -> Result<Option<Need>, Problem> {
    let failed = web.lab.read(|s| Ok(jobs::failures(s)?)).await?;
    let row = |j: &jobs::FailedJob| NeedRow {
        href: if j.kind == COMPOSE { format!("/orders/{}", j.subject) } else { "/reports".to_owned() },
        lead: (j.subject / titer_store::PLACES).to_string(),
        patient: None,
        what: j.failure.clone(),
        since: When::default(),
        danger: false,
    };
    Ok((!failed.is_empty()).then(|| Need {
        topic: "reports",
        title: web.words.t("home-reports-failed"),
        count: failed.len(),
        tone: Tone::Caution,
        href: "/reports".to_owned(),
        rows: failed.iter().take(SHOWN).map(row).collect(),
    }))
}
