//! What needs this person now.

use std::sync::Arc;

use axum::extract::State;
use titer_lab::results::views::{Awaiting, Urgent};
use titer_lab::specimens::views::Specimen;
use titer_lab::{Action, Catalog, Counted, catalog, results, work};
use titer_link::inbox::views::{self as inbox, Message};
use titer_link::links::views as links;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need as Takes, Routes};
use titer_shell::reader::Reader;
use titer_shell::when::When;
use titer_shell::words::Arg;
use titer_store::Read;

use super::common::{Answer, name, problem, show};
use super::reports;
use super::steps::steps;
use crate::pages::Tone;
use crate::pages::home::{Home, Need, NeedRow};
use crate::pages::reports::FailedReport;
use crate::pages::review::{CorrectionLine, Urgency};
use crate::sections::{HELD, HOME, RECEIVE, REVIEW};
use crate::{Web, paths};

/// Rows of each kind that the page shows.
const SHOWN: usize = 6;
/// The topic of entries of the catalogue that wait for the director.
const PROPOSALS: &str = "catalog";

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get(paths::HOME, Takes::May(Action::SeeWork), page)
}

async fn page(State(web): State<Arc<Web>>, reader: Reader) -> Answer {
    let page = reader.page(Some(&HOME), move |s, frame| {
        let needs = needs(&web, s, frame)?;
        let proposals = needs.iter().any(|need| need.topic == PROPOSALS);
        Ok(Home { steps: steps(s, frame, proposals)?, needs, page: frame.page() })
    });
    show(page.await?)
}

type Kind = fn(&Web, &mut dyn Read, &Frame) -> Result<Option<Need>, Problem>;

/// What may wait, each kind with what it takes to deal with it.
const KINDS: [(Action, Kind); 8] = [
    (Action::VerifyResults, corrections),
    (Action::VerifyResults, results),
    (Action::ResolveMessages, messages),
    (Action::ReceiveSpecimens, awaited),
    (Action::ApproveCatalog, proposals),
    (Action::ApproveMappings, mappings),
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
    if waiting.all.number == 0 {
        return Ok(None);
    }
    let (rows, catalog) = (results::views::awaiting(s, SHOWN as i64)?, frame.catalog(s)?);
    let critical = waiting.critical.number > 0;
    Ok(Some(Need {
        topic: "results",
        title: frame.t(if critical { "home-results-critical" } else { "home-results" }),
        count: frame.words.amount(waiting.all),
        tone: if critical { Tone::Danger } else { Tone::Calm },
        href: frame.to(paths::REVIEW),
        rows: rows.iter().map(|r| result(r, &catalog, frame)).collect(),
    }))
}

fn result(row: &Awaiting, catalog: &Catalog, frame: &Frame) -> NeedRow {
    let analyte = catalog.analyte(row.result.analyte).map_or("?", |a| a.name.as_str());
    let value = catalog.words_with_unit(&row.result.value, row.result.answer, &row.result.unit);
    let args: [(&str, &dyn Arg); 2] = [("test", &analyte), ("value", &value)];
    NeedRow {
        href: format!("{}#specimen-{}", frame.to(paths::REVIEW), row.result.specimen),
        lead: row.barcode.clone(),
        patient: Some(name(frame, &row.patient)),
        what: match row.result.urgency() {
            Urgent::Critical => frame.tell("home-result-critical", &args),
            Urgent::CriticalBeside => frame.tell("home-result-contradicted", &args),
            Urgent::UndecidedBeside => frame.tell("home-result-contradicted-undecided", &args),
            Urgent::Undecided => frame.tell("home-result-undecided", &args),
            Urgent::Not => format!("{analyte} {value}"),
        },
        since: frame.at(row.arrived_at),
        danger: row.result.is_urgent(),
    }
}

fn messages(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let count = frame.count(&HELD).all;
    if count.number == 0 {
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
        count: frame.words.amount(count),
        tone: Tone::Caution,
        href: frame.to(paths::MESSAGES),
        rows: inbox::held(s, None)?.iter().take(SHOWN).map(row).collect(),
    }))
}

fn awaited(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let count = frame.count(&RECEIVE).all;
    if count.number == 0 {
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
        count: frame.words.amount(count),
        tone: Tone::Calm,
        href: frame.to(paths::RECEIVE),
        rows: work::views::awaited(s)?.iter().take(SHOWN).map(row).collect(),
    }))
}

fn proposals(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let count = catalog::views::count_proposals(s)?;
    Ok((count > 0).then(|| Need {
        topic: PROPOSALS,
        title: frame.t("home-proposals"),
        count: count.into(),
        tone: Tone::Caution,
        href: frame.to(paths::CATALOG),
        rows: Vec::new(),
    }))
}

fn failed(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let (failed, count) = reports::failed(s, frame, SHOWN)?;
    let row = |f: FailedReport| NeedRow {
        href: f.href,
        lead: f.what,
        patient: None,
        what: f.why,
        since: When::default(),
        danger: true,
    };
    Ok((!failed.is_empty()).then(|| Need {
        topic: "reports",
        title: frame.t("home-reports-failed"),
        count: frame.words.amount(count),
        tone: Tone::Danger,
        href: frame.to(paths::REPORTS),
        rows: failed.into_iter().map(row).collect(),
    }))
}

/// Verified results of which somebody must decide whether they are to be corrected.
fn corrections(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let (open, more) = super::corrections::open(s, frame)?;
    let row = |line: &CorrectionLine| {
        let args: [(&str, &dyn Arg); 4] = [
            ("test", &line.test),
            ("stands", &line.stands),
            ("contradicts", &line.contradicts),
            ("owner", &line.owner),
        ];
        NeedRow {
            href: line.href.clone(),
            lead: line.tube.clone(),
            patient: Some(line.patient.clone()),
            what: match line.urgency {
                Urgency::Critical => frame.tell("home-correction-critical", &args),
                Urgency::Undecided => frame.tell("home-correction-undecided", &args),
                Urgency::Plain => frame.tell("home-correction", &args),
            },
            since: line.since.clone(),
            danger: true,
        }
    };
    let urgency = open.iter().map(|line| line.urgency).max();
    Ok((!open.is_empty()).then(|| Need {
        topic: "corrections",
        title: frame.t(match urgency {
            Some(Urgency::Critical) => "home-corrections-critical",
            Some(Urgency::Undecided) => "home-corrections-undecided",
            Some(Urgency::Plain) | None => "corrections-title",
        }),
        count: frame.words.amount(Counted { number: open.len(), more }),
        tone: Tone::Danger,
        href: frame.to(paths::REVIEW),
        rows: open.iter().take(SHOWN).map(row).collect(),
    }))
}

/// Mappings that another person proposed.
fn mappings(_: &Web, s: &mut dyn Read, frame: &Frame) -> Result<Option<Need>, Problem> {
    let (proposed, count) = links::proposed(s, frame.reader.session.account.0)?;
    let row = |(mapping, link): &(links::Mapping, String)| NeedRow {
        href: frame.to(paths::MAPPING.of(mapping.id)),
        lead: mapping.code.clone(),
        patient: None,
        what: frame.tell("home-mapping", &[("link", link), ("code", &mapping.code)]),
        since: When::default(),
        danger: false,
    };
    Ok((!proposed.is_empty()).then(|| Need {
        topic: "mappings",
        title: frame.t("home-mappings"),
        count: frame.words.amount(count),
        tone: Tone::Caution,
        href: proposed.first().map(|(m, _)| frame.to(paths::MAPPING.of(m.id))).unwrap_or_default(),
        rows: proposed.iter().take(SHOWN).map(row).collect(),
    }))
}
