//! Reference intervals, critical limits and answers: what waits for the director's signature, and what is in force. How they are signed:
//! [`signing`]. How one is proposed: [`proposing`]. What a laboratory makes of its own: [`making`]. The starter catalogue: [`importing`].

mod changes;
mod entries;
mod importing;
mod lines;
mod making;
mod proposing;
mod signing;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::Query;
use serde::Deserialize;
use titer_lab::catalog::AnalyteId;
use titer_lab::catalog::bulk::Wanted;
use titer_lab::catalog::views as catalog;
use titer_lab::{Action, Catalog as InForce, text};
use titer_shell::address::escaped;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use self::lines::Write;
use super::admin::tabs;
use super::common::{Answer, show};
use crate::pages::catalog::{Catalog, Incomplete, LimitLine, Narrowed};
use crate::pages::{Choice, Mistakes};
use crate::sections::ADMIN;
use crate::{Web, paths};

/// Entries on one page.
const PAGE: usize = 60;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let routes = routes.get(paths::CATALOG, Need::May(Action::SeeAdministration), page);
    importing::add(proposing::add(entries::add(making::add(signing::add(routes)))))
}

/// Which entries are asked for.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// `in-force`, `incomplete`, or proposals.
    show: String,
    from: usize,
    text: String,
    discipline: String,
    source: String,
}

/// What narrows the list.
#[derive(Clone, Default)]
struct Filter {
    /// A part of a name, a short name, a key or a code.
    text: String,
    discipline: String,
    source: String,
}

impl Filter {
    fn fits(&self, known: &InForce, wanted: Wanted<'_>) -> bool {
        (self.source.is_empty() || self.source == wanted.source) && self.fits_analyte(known, wanted.analyte)
    }

    fn fits_analyte(&self, known: &InForce, analyte: AnalyteId) -> bool {
        let Some(a) = known.analyte(analyte) else { return self.text.is_empty() && self.discipline.is_empty() };
        let asked = text::key(&self.text);
        let named = [&a.name, &a.short, &a.key, &a.loinc].into_iter().any(|name| text::key(name).contains(&asked));
        named && (self.discipline.is_empty() || self.discipline == a.discipline)
    }

    fn query(&self, show: &str, from: usize) -> String {
        let [text, discipline, source] = [&self.text, &self.discipline, &self.source].map(|asked| escaped(asked));
        format!("?show={show}&from={from}&text={text}&discipline={discipline}&source={source}")
    }
}

async fn page(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    show(listed(&reader, asked, Vec::new(), Mistakes::default()).await?)
}

/// The list, with these entries marked, and what was wrong with that.
async fn listed(reader: &Reader, asked: Asked, marked: Vec<i64>, mistakes: Mistakes) -> Result<Catalog, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let in_force = asked.show == "in-force";
        let ((intervals, limits), known) = (catalog::all(s)?, frame.catalog(s)?);
        let answers = catalog::all_answers(s)?;
        let write = Write { frame, catalog: &known, systems: frame.systems(s)?, marked: &marked };
        let (text, discipline, source) = (asked.text.clone(), asked.discipline.clone(), asked.source.clone());
        let filter = &Filter { text, discipline, source };
        let of = intervals.iter().filter(|i| i.approved.is_some() == in_force);
        let mut found: Vec<(&str, LimitLine)> =
            of.filter(|i| filter.fits(&known, (*i).into())).map(|i| (i.source.as_str(), write.interval(i))).collect();
        let of = limits.iter().filter(|l| l.approved.is_some() == in_force);
        found.extend(of.filter(|l| filter.fits(&known, (*l).into())).map(|l| (l.source.as_str(), write.limit(l))));
        let of = answers.iter().filter(|a| !a.retired && a.approved == in_force);
        found.extend(of.filter(|a| filter.fits(&known, (*a).into())).map(|a| (a.source.as_str(), write.answer(a))));
        let sources: BTreeSet<&str> = intervals
            .iter()
            .map(|i| i.source.as_str())
            .chain(limits.iter().map(|l| l.source.as_str()))
            .chain(answers.iter().map(|a| a.source.as_str()))
            .collect();
        let mut lines: Vec<LimitLine> = found.into_iter().map(|(_, line)| line).collect();
        lines.sort_by(|a, b| a.analyte.cmp(&b.analyte));
        let incomplete = asked.show == "incomplete";
        if incomplete {
            lines.clear();
        }
        let (from, count) = (asked.from.min(lines.len()), lines.len());
        let next = from + PAGE;
        let href = |show: &str, from: usize| frame.to(paths::CATALOG) + &filter.query(show, from);
        Ok(Catalog {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            in_force,
            from,
            count,
            incomplete: if incomplete { lacking(frame, &known, filter) } else { Vec::new() },
            narrowed: narrowed(frame, &known, &asked.show, filter, &sources),
            show: asked.show.clone(),
            lines: lines.into_iter().skip(from).take(PAGE).collect(),
            units: importing::own_units(frame, &known),
            makes: frame.may(Action::ProposeCatalog),
            signable: !in_force && !incomplete && frame.may(Action::ApproveCatalog),
            next: if next < count { href(&asked.show, next) } else { String::new() },
            mistakes,
        })
    });
    page.await
}

/// Tests that cannot be ordered yet, with what their analytes lack.
fn lacking(frame: &Frame, known: &InForce, filter: &Filter) -> Vec<Incomplete> {
    let tests = known.tests().iter().filter(|t| t.analytes.iter().any(|a| filter.fits_analyte(known, *a)));
    let lacking = tests.map(|t| Incomplete {
        test: t.name.clone(),
        retired: known.retired(t).unwrap_or_default().to_owned(),
        lacks: known
            .lacking_answers(t)
            .iter()
            .map(|a| (a.name.clone(), frame.to(paths::CATALOG_ANSWERS.of(a.id))))
            .collect(),
    });
    lacking.filter(|line| !line.lacks.is_empty() || !line.retired.is_empty()).collect()
}

fn narrowed(frame: &Frame, known: &InForce, show: &str, filter: &Filter, sources: &BTreeSet<&str>) -> Narrowed {
    let choice = |value: &str, label: String, chosen: &str| Choice {
        value: value.to_owned(),
        label,
        hint: String::new(),
        chosen: value == chosen,
    };
    let disciplines: BTreeSet<&str> = known.analytes().map(|a| a.discipline.as_str()).collect();
    let disciplines = disciplines.into_iter().filter(|d| !d.is_empty());
    let shown = [
        ("", "catalog-show-proposals"),
        ("in-force", "catalog-show-in-force"),
        ("incomplete", "catalog-show-incomplete"),
    ];
    Narrowed {
        text: filter.text.clone(),
        shown: shown.into_iter().map(|(value, key)| choice(value, frame.t(key), show)).collect(),
        disciplines: disciplines.map(|d| choice(d, frame.t(&format!("discipline-{d}")), &filter.discipline)).collect(),
        sources: sources.iter().map(|s| choice(s, (*s).to_owned(), &filter.source)).collect(),
        discipline: filter.discipline.clone(),
        source: filter.source.clone(),
    }
}
