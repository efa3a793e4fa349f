//! Analytes and tests of the catalogue: the list of all, and one of them to be corrected, taken out of use or put into use again.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query};
use serde::Deserialize;
use titer_lab::catalog::own::{CorrectAnalyte, Described, Entry, RenameTest, RetireEntry, ReturnEntry};
use titer_lab::catalog::views as catalog;
use titer_lab::catalog::{AnalyteId, Kind, TestId};
use titer_lab::{Action, Catalog as InForce, Failure, Tx, text, versions};
use titer_link::links::analytes;
use titer_science::units::in_print;
use titer_shell::address::escaped;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::super::admin::tabs;
use super::super::common::{Answer, again, mistaken, show};
use super::PAGE;
use super::changes::Entries as Changes;
use super::lines::Write;
use super::making::{choice, field, specimens};
use crate::pages::entries::{self, Entries, EntryLine, Judged, Measured};
use crate::pages::{Fact, Mistakes, Seen, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let may = Need::May(Action::ProposeCatalog);
    routes
        .get(paths::CATALOG_ENTRIES, Need::May(Action::SeeAdministration), list)
        .get(paths::CATALOG_ANALYTE, may, analyte)
        .post(paths::CATALOG_ANALYTE, may, analyte_corrected)
        // After a refusal the page stands at this address.
        .get(paths::CATALOG_ANALYTE_USE, may, analyte)
        .post(paths::CATALOG_ANALYTE_USE, may, analyte_used)
        .get(paths::CATALOG_TEST, may, test)
        .post(paths::CATALOG_TEST, may, test_corrected)
        .get(paths::CATALOG_TEST_USE, may, test)
        .post(paths::CATALOG_TEST_USE, may, test_used)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    text: String,
    from: usize,
}

async fn list(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let known = frame.catalog(s)?;
        let wanted = text::key(&asked.text);
        let mut lines = lines(frame, &known);
        lines.retain(|line| [&line.name, &line.key, &line.measured].iter().any(|of| text::key(of).contains(&wanted)));
        lines.sort_by_cached_key(|line| (text::key(&line.name), line.href.clone()));
        let from = asked.from.min(lines.len());
        let more = lines.len() > from + PAGE;
        let next = format!("{}?text={}&from={}", frame.to(paths::CATALOG_ENTRIES), escaped(&asked.text), from + PAGE);
        Ok(Entries {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            text: asked.text,
            lines: lines.into_iter().skip(from).take(PAGE).collect(),
            next: if more { next } else { String::new() },
        })
    });
    show(page.await?)
}

fn lines(frame: &Frame, known: &InForce) -> Vec<EntryLine> {
    let may = frame.may(Action::ProposeCatalog);
    let specimen = |id| known.specimen_type(id).map(|t| t.name.clone()).unwrap_or_default();
    let out_of_use = |id: i64| known.out_of_use(id).unwrap_or_default().to_owned();
    let analytes = known.analytes().map(|a| EntryLine {
        href: if may { frame.to(paths::CATALOG_ANALYTE.of(a.id)) } else { String::new() },
        name: a.name.clone(),
        what: frame.t("catalog-analyte"),
        key: a.key.clone(),
        measured: if a.kind == Kind::Numeric { in_print(&a.unit) } else { frame.t(a.kind.key()) },
        specimen: specimen(a.specimen_type),
        out_of_use: out_of_use(a.id.0),
    });
    let tests = known.tests().iter().map(|t| EntryLine {
        href: if may { frame.to(paths::CATALOG_TEST.of(t.id)) } else { String::new() },
        name: t.name.clone(),
        what: frame.t("catalog-test"),
        key: t.key.clone(),
        measured: {
            let analytes = t.analytes.iter().filter_map(|id| known.analyte(*id));
            analytes.map(|a| a.short.as_str()).collect::<Vec<_>>().join(", ")
        },
        specimen: specimen(t.specimen_type),
        out_of_use: out_of_use(t.id.0),
    });
    analytes.chain(tests).collect()
}

/// What is typed, in either form of the page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    name: String,
    short: String,
    loinc: String,
    decimals: String,
    unit: String,
    kind: String,
    specimen: String,
    reason: String,
    shown: i64,
}

impl Given {
    /// An entry as it is.
    fn of(known: &InForce, entry: Entry) -> Option<Self> {
        match entry {
            Entry::Test(id) => known.test(id).map(|t| Given { name: t.name.clone(), ..Given::default() }),
            Entry::Analyte(id) => known.analyte(id).map(|a| Given {
                name: a.name.clone(),
                short: a.short.clone(),
                loinc: a.loinc.clone(),
                decimals: a.decimals.to_string(),
                unit: a.unit.clone(),
                kind: a.kind.code().to_owned(),
                specimen: known.specimen_type(a.specimen_type).map(|t| t.key.clone()).unwrap_or_default(),
                ..Given::default()
            }),
        }
    }

    fn described(self) -> Described {
        Described {
            name: self.name,
            short: self.short,
            loinc: self.loinc.trim().to_owned(),
            decimals: self.decimals.parse().unwrap_or(0),
            unit: self.unit,
            kind: self.kind,
            specimen_type: self.specimen,
        }
    }
}

async fn analyte(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, Entry::Analyte(AnalyteId(id)), None, Mistakes::default()).await?)
}

async fn test(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, Entry::Test(TestId(id)), None, Mistakes::default()).await?)
}

/// An entry as it was typed, or as it is.
async fn shown(
    reader: &Reader,
    entry: Entry,
    typed: Option<Given>,
    mistakes: Mistakes,
) -> Result<entries::Entry, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (known, version) = (frame.catalog(s)?, catalog::version(s)?);
        let now = Given::of(&known, entry).ok_or(Problem::Missing)?;
        let given = match typed {
            // Only the reason was typed: the other form shows the entry as it is.
            Some(typed) if typed.name.is_empty() && !typed.reason.is_empty() => {
                Given { reason: typed.reason, shown: typed.shown, ..now.clone() }
            }
            Some(typed) => typed,
            None => Given { shown: version, ..now.clone() },
        };
        let stale = given.shown != version;
        let (id, key, href, use_href) = match entry {
            Entry::Analyte(id) => (
                id.0,
                known.analyte(id).map(|a| a.key.clone()),
                paths::CATALOG_ANALYTE.of(id),
                paths::CATALOG_ANALYTE_USE.of(id),
            ),
            Entry::Test(id) => {
                let key = known.test(id).map(|t| t.key.clone());
                (id.0, key, paths::CATALOG_TEST.of(id), paths::CATALOG_TEST_USE.of(id))
            }
        };
        let stands = Fact { label: frame.t("catalog-name"), text: now.name.clone() };
        Ok(entries::Entry {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            href: frame.to(href),
            use_href: frame.to(use_href),
            title: now.name,
            key: key.unwrap_or_default(),
            analyte: matches!(entry, Entry::Analyte(_)).then(|| measured(frame, &known, &given)),
            judged: match entry {
                Entry::Analyte(id) => judged(s, frame, &known, id)?,
                Entry::Test(_) => None,
            },
            name: given.name,
            out_of_use: known.out_of_use(id).unwrap_or_default().to_owned(),
            reason: given.reason,
            use_seen: Seen { version, now: Vec::new() },
            seen: Seen { version, now: if stale { vec![stands] } else { Vec::new() } },
            mistakes,
        })
    });
    page.await
}

fn measured(frame: &Frame, known: &InForce, given: &Given) -> Measured {
    Measured {
        short: given.short.clone(),
        loinc: given.loinc.clone(),
        decimals: (0..=9).map(|d| choice(&d.to_string(), d.to_string(), &given.decimals)).collect(),
        unit: given.unit.clone(),
        kinds: Kind::ALL.iter().map(|k| choice(k.code(), frame.t(k.key()), &given.kind)).collect(),
        specimens: specimens(known, &given.specimen),
    }
}

/// The intervals and limits of an analyte, in force and proposed.
fn judged(s: &mut dyn Read, frame: &Frame, known: &InForce, id: AnalyteId) -> Result<Option<Judged>, Failure> {
    if !known.analyte(id).is_some_and(|a| a.kind.has_limits()) {
        return Ok(None);
    }
    let mut all = Changes::read(s)?;
    all.intervals.retain(|i| i.analyte == id);
    all.limits.retain(|l| l.analyte == id);
    let write = Write { frame, catalog: known, systems: frame.systems(s)?, marked: &[] };
    let intervals = all.intervals.iter().map(|i| (i.id.0, i.approved.is_some()));
    let (in_force, proposed): (Vec<_>, Vec<_>) =
        intervals.chain(all.limits.iter().map(|l| (l.id.0, l.approved.is_some()))).partition(|(_, approved)| *approved);
    let [in_force, proposed] = [in_force, proposed].map(|of| of.into_iter().map(|(id, _)| id).collect::<Vec<i64>>());
    let (intervals, limits) = (all.intervals.iter(), all.limits.iter());
    let mut lacks = Vec::new();
    if !intervals.clone().any(|i| i.approved.is_some()) {
        lacks.push(frame.t("catalog-no-interval"));
    }
    if !limits.clone().any(|l| l.approved.is_some()) {
        lacks.push(frame.t("catalog-no-limit"));
    }
    let lines = intervals.filter(|i| i.approved.is_some()).map(|i| write.interval(i));
    Ok(Some(Judged {
        interval_href: frame.to(paths::CATALOG_INTERVALS.of(id)),
        limit_href: frame.to(paths::CATALOG_LIMITS.of(id)),
        lacks,
        in_force: lines.chain(limits.filter(|l| l.approved.is_some()).map(|l| write.limit(l))).collect(),
        proposed: all.lines(&write, &proposed),
        covered: all.covered(&write, &in_force),
        covered_after: all.covered(&write, &proposed),
    }))
}

async fn analyte_corrected(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let (analyte, described) = (AnalyteId(id), given.clone().described());
    let correct = move |tx: &mut Tx<'_, '_>| analytes::correct(tx, CorrectAnalyte { analyte, described, used: false });
    change(&reader, Entry::Analyte(analyte), given, "catalog-corrected", correct).await
}

async fn test_corrected(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let rename = RenameTest { test: TestId(id), name: given.name.clone() };
    let rename = move |tx: &mut Tx<'_, '_>| tx.run(rename);
    change(&reader, Entry::Test(TestId(id)), given, "catalog-corrected", rename).await
}

async fn analyte_used(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    used(&reader, Entry::Analyte(AnalyteId(id)), given).await
}

async fn test_used(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    used(&reader, Entry::Test(TestId(id)), given).await
}

/// Takes an entry out of use, or puts it into use again: whichever the form offered for what it showed.
async fn used(reader: &Reader, entry: Entry, given: Given) -> Answer {
    let (Entry::Analyte(AnalyteId(id)) | Entry::Test(TestId(id))) = entry;
    let change_use = move |tx: &mut Tx<'_, '_>| match catalog::out_of_use(tx, id)? {
        Some(_) => tx.run(ReturnEntry(entry)),
        None => tx.run(RetireEntry(entry)),
    };
    change(reader, entry, given, "catalog-use-done", change_use).await
}

/// Changes an entry that nobody changed since the form was shown.
async fn change(
    reader: &Reader,
    entry: Entry,
    given: Given,
    says: &'static str,
    make: impl FnOnce(&mut Tx<'_, '_>) -> Result<(), Failure> + Send + 'static,
) -> Answer {
    let shown_version = given.shown;
    let why = Some(given.reason.clone()).filter(|reason| !reason.is_empty());
    let submitted = reader.submit(why, move |tx| {
        let version = catalog::version(tx)?;
        versions::unchanged(tx, shown_version, version)?;
        make(tx)
    });
    match submitted.await {
        Ok(()) => {
            let page = match entry {
                Entry::Analyte(id) => paths::CATALOG_ANALYTE.of(id),
                Entry::Test(id) => paths::CATALOG_TEST.of(id),
            };
            Ok(reader.done(&reader.to(page), Tone::Calm, reader.t(says)))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(shown(reader, entry, Some(given), mistakes).await?)
        }
    }
}
