//! What needs this person now.

use std::sync::Arc;

use axum::extract::State;
use titer_lab::reports::COMPOSE;
use titer_lab::results::views::Awaiting;
use titer_lab::specimens::views::Specimen;
use titer_lab::{Action, Catalog, catalog, jobs, results, work};
use titer_link::inbox::views::{self as inbox, Message};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need as Takes, Routes};
use titer_shell::reader::Reader;
use titer_shell::when::When;
use titer_store::Read;

use super::common::{Answer, name, problem, show};
use crate::pages::Tone;
use crate::pages::home::{Home, Need, NeedRow};
use crate::sections::{HELD, HOME, RECEIVE, REVIEW};
use crate::{Web, paths};

/// Rows of each kind that the page shows.
const SHOWN: usize = 6;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get(paths::HOME, Takes::May(Action::SeeWork), page)
}

async fn page(State(web): State<Arc<Web>>, reader: Reader) -> Answer {
    let page = reader.page(Some(&HOME), move |s, frame| Ok(Home { needs: needs(&web, s, frame)?, page: frame.page() }));
    show(page.await?)
}

type Kind = fn(&Web, &mut dyn Read, &Frame) -> Result<Option<Need>, Problem>;

/// What may wait, each kind with what it takes to deal with it.
const KINDS: [(Action, Kind); 6] = [
    (Action::VerifyResults, results),
    (Action::ResolveMessages, messages),
    (Action::ReceiveSpecimens, awaited),
    (Action::ApproveCatalog, proposals),
    (Action::SeeReports, failed),
    (Action::SeeAdministration, |web, s, frame| super::links::needs(web, s, frame, SHOWN)),
];

fn needs(web: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Vec<Need>, Problem> {
    let mut needs = Vec::new();
    for (_, kind) in KINDS.into_iter().filter(|(action, _)| frame.may(*action)) {
        needs.extend(kind(web, s, frame)?);
    }
    needs.sort_by_key(|n| match n.tone {
        Tone::Danger => 0,
        Tone::Caution => 1,
        Tone::Calm => 2,
    });
    Ok(needs)
}

fn results(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let waiting = frame.count(&REVIEW);
    if waiting.all == 0 {
        return Ok(None);
    }
    let (rows, catalog) = (results::views::awaiting(s, SHOWN as i64)?, frame.catalog(s)?);
    let critical = waiting.critical > 0;
    Ok(Some(Need {
        topic: "results",
        title: frame.t(if critical { "home-results-critical" } else { "home-results" }),
        count: waiting.all,
        tone: if critical { Tone::Danger } else { Tone::Calm },
        href: frame.to(paths::REVIEW),
        rows: rows.iter().map(|r| result(r, &catalog, frame)).collect(),
    }))
}

fn result(row: &Awaiting, catalog: &Catalog, frame: &Frame) -> NeedRow {
    let analyte = catalog.analyte(row.result.analyte).map_or("?", |a| a.name.as_str());
    NeedRow {
        href: format!("{}#specimen-{}", frame.to(paths::REVIEW), row.result.specimen),
        lead: row.barcode.clone(),
        patient: Some(name(frame, &row.patient)),
        what: format!("{analyte} {} {}", row.result.value, row.result.unit),
        since: frame.at(row.arrived_at),
        danger: !row.result.critical.is_empty(),
    }
}

fn messages(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let count = frame.count(&HELD).all;
    if count == 0 {
        return Ok(None);
    }
    let row = |m: &Message| NeedRow {
        href: frame.to(paths::MESSAGE.of(m.id)),
        lead: (m.id.0 / titer_store::PLACES).to_string(),
        patient: None,
        what: m.problems.first().map(|p| problem(frame.words, p)).unwrap_or_default(),
        since: frame.at(m.received_at),
        danger: false,
    };
    Ok(Some(Need {
        topic: "messages",
        title: frame.t("home-messages"),
        count,
        tone: Tone::Caution,
        href: frame.to(paths::MESSAGES),
        rows: inbox::held(s, None)?.iter().take(SHOWN).map(row).collect(),
    }))
}

fn awaited(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let count = frame.count(&RECEIVE).all;
    if count == 0 {
        return Ok(None);
    }
    let catalog = frame.catalog(s)?;
    let row = |s: &Specimen| NeedRow {
        href: frame.to(paths::SPECIMEN.of(s.id)),
        lead: s.barcode.clone(),
        patient: Some(name(frame, &s.patient)),
        what: catalog.specimen_type(s.specimen_type).map(|t| t.name.clone()).unwrap_or_default(),
        since: frame.maybe(s.collected_at),
        danger: false,
    };
    Ok(Some(Need {
        topic: "specimens",
        title: frame.t("home-awaited"),
        count,
        tone: Tone::Calm,
        href: frame.to(paths::RECEIVE),
        rows: work::views::awaited(s)?.iter().take(SHOWN).map(row).collect(),
    }))
}

fn proposals(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let (intervals, limits) = catalog::views::proposals(s)?;
    let count = intervals.len() + limits.len();
    Ok((count > 0).then(|| Need {
        topic: "catalog",
        title: frame.t("home-proposals"),
        count,
        tone: Tone::Caution,
        href: frame.to(paths::CATALOG),
        rows: Vec::new(),
    }))
}

fn failed(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let failed = jobs::failures(s)?;
    let row = |j: &jobs::FailedJob| NeedRow {
        href: match j.kind == COMPOSE {
            true => frame.to(paths::ORDER.of(j.subject)),
            false => frame.to(paths::REPORTS),
        },
        lead: (j.subject / titer_store::PLACES).to_string(),
        patient: None,
        what: j.failure.clone(),
        since: When::default(),
        danger: false,
    };
    Ok((!failed.is_empty()).then(|| Need {
        topic: "reports",
        title: frame.t("home-reports-failed"),
        count: failed.len(),
        tone: Tone::Caution,
        href: frame.to(paths::REPORTS),
        rows: failed.iter().take(SHOWN).map(row).collect(),
    }))
}
