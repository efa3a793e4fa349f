//! The director's signature of proposals: what changes is shown before it.

use std::sync::Arc;

use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::bulk::{self, Bulk, LeftOut, Wanted};
use titer_lab::catalog::commands::{ApproveCatalog, ENTRIES_MAX};
use titer_lab::catalog::views as catalog;
use titer_lab::catalog::{AnalyteId, AnswerId, IntervalId, LimitId};
use titer_lab::{Action, text, versions};
use titer_shell::errors::Problem;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::words::Arg;

use super::super::admin::tabs;
use super::super::common::{Answer, again, mistaken, show};
use super::Filter;
use super::changes::Entries;
use super::lines::Write;
use crate::pages::catalog::{CatalogSigning, LeftOutLine, LimitLine};
use crate::pages::{Fact, Mistake, Mistakes, Seen, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

/// Pairs of rivals that are named at most.
const RIVALS_SHOWN_MAX: usize = 20;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let may = Need::May(Action::ApproveCatalog);
    routes.get(paths::CATALOG_SIGN, may, sign).get(paths::CATALOG_APPROVE, may, sign).post(
        paths::CATALOG_APPROVE,
        may,
        approve,
    )
}

/// What is to be signed: what was marked, or all that the filter finds.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    mark: Vec<i64>,
    /// Not empty: all that the filter finds.
    all: String,
    text: String,
    discipline: String,
    source: String,
    /// What the list showed, and from where.
    list: String,
    from: usize,
    password: Option<String>,
    shown: i64,
}

/// Marked entries for the same people, in words: only one of them can be signed, which is said before anybody signs.
async fn rivals(reader: &Reader, chosen: &Chosen) -> Result<Vec<Mistake>, Problem> {
    if !chosen.all.is_empty() || chosen.mark.len() < 2 {
        return Ok(Vec::new());
    }
    let mark = chosen.mark.clone();
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (entries, known) = (Entries::read(s)?, frame.catalog(s)?);
        let (mark, write) =
            (together(&entries, &mark).0, Write { frame, catalog: &known, systems: frame.systems(s)?, marked: &[] });
        let intervals = bulk::rivals(&entries.intervals, &mark, |i| i.id.0).into_iter();
        let limits = bulk::rivals(&entries.limits, &mark, |l| l.id.0).into_iter();
        let pairs = intervals.map(|(a, b)| (write.interval(a), write.interval(b)));
        let pairs = pairs.chain(limits.map(|(a, b)| (write.limit(a), write.limit(b))));
        let said = |(one, other): (LimitLine, LimitLine)| {
            let of = |line: &LimitLine| {
                let args: [(&str, &dyn Arg); 3] =
                    [("limits", &line.limits), ("population", &line.population), ("source", &line.source)];
                frame.tell("catalog-rivals-one", &args)
            };
            let args: [(&str, &dyn Arg); 3] = [("analyte", &one.analyte), ("one", &of(&one)), ("other", &of(&other))];
            Mistake { field: "", text: frame.tell("catalog-rivals", &args) }
        };
        Ok(pairs.take(RIVALS_SHOWN_MAX).map(said).collect())
    });
    page.await
}

async fn sign(reader: Reader, Form(chosen): Form<Chosen>) -> Answer {
    let rivals = rivals(&reader, &chosen).await?;
    if !rivals.is_empty() {
        let Chosen { mark, list, from, text, discipline, source, .. } = chosen;
        let asked = super::Asked { show: list, from, text, discipline, source };
        return again(super::listed(&reader, asked, mark, Mistakes(rivals)).await?);
    }
    show(signing(&reader, chosen, Mistakes::default()).await?)
}

async fn signing(reader: &Reader, chosen: Chosen, mistakes: Mistakes) -> Result<CatalogSigning, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (entries, known) = (Entries::read(s)?, frame.catalog(s)?);
        let version = catalog::version(s)?;
        let (text, discipline, source) = (chosen.text.clone(), chosen.discipline.clone(), chosen.source.clone());
        let filter = Filter { text, discipline, source };
        let (marked, left_out) = marked(&entries, &chosen, |wanted| filter.fits(&known, wanted));
        let write = Write { frame, catalog: &known, systems: frame.systems(s)?, marked: &marked };
        let mut lines = entries.lines(&write, &marked);
        lines.sort_by(|a, b| a.analyte.cmp(&b.analyte));
        let most = lines.len() > ENTRIES_MAX;
        let stale = chosen.shown != 0 && chosen.shown != version;
        let now = if stale {
            vec![Fact { label: frame.t("catalog-title"), text: frame.t("catalog-changed") }]
        } else {
            Vec::new()
        };
        Ok(CatalogSigning {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            covered: if most { Vec::new() } else { entries.covered(&write, &marked) },
            count: lines.len(),
            limit: ENTRIES_MAX,
            converted: lines.iter().filter(|line| line.converted.is_some()).count(),
            lines: if most { Vec::new() } else { lines },
            left_out: grouped(&write, &left_out),
            password: frame.reader.must_give_password(),
            seen: Seen { version, now },
            back: frame.to(paths::CATALOG),
            mistakes,
        })
    });
    page.await
}

/// What is left out, by reason, each with the names of the analytes in their order.
fn grouped(write: &Write<'_>, left_out: &[(AnalyteId, LeftOut)]) -> Vec<LeftOutLine> {
    let of_reason = |why: &LeftOut| {
        let of = left_out.iter().filter(|(_, reason)| reason == why);
        let mut analytes: Vec<String> = of.map(|(analyte, _)| write.analyte(*analyte)).collect();
        analytes.sort_by_cached_key(|name| text::key(name));
        analytes.dedup();
        LeftOutLine { why: write.frame.t(why.key()), analytes }
    };
    LeftOut::ALL.iter().map(of_reason).filter(|line| !line.analytes.is_empty()).collect()
}

/// The ids that are signed, and what is left out of many.
fn marked(
    entries: &Entries,
    chosen: &Chosen,
    fits: impl Fn(Wanted<'_>) -> bool,
) -> (Vec<i64>, Vec<(AnalyteId, LeftOut)>) {
    if chosen.all.is_empty() {
        return together(entries, &chosen.mark);
    }
    let bulk = Bulk::of(&entries.intervals, &entries.limits, &entries.answers, fits);
    let intervals = bulk.intervals.iter().map(|i| i.0);
    let ids = intervals.chain(bulk.limits.iter().map(|l| l.0)).chain(bulk.answers.iter().map(|a| a.0));
    (ids.collect(), bulk.left_out)
}

/// Of several that were marked, those that may be signed together: an entry whose note warns is signed singly.
fn together(entries: &Entries, mark: &[i64]) -> (Vec<i64>, Vec<(AnalyteId, LeftOut)>) {
    let intervals = entries.intervals.iter().filter(|i| i.warns).map(|i| (i.id.0, i.analyte));
    let limits = entries.limits.iter().filter(|l| l.warns).map(|l| (l.id.0, l.analyte));
    let answers = entries.answers.iter().filter(|a| !a.note.is_empty()).map(|a| (a.id.0, a.analyte));
    let warning: Vec<_> = intervals.chain(limits).chain(answers).filter(|(id, _)| mark.contains(id)).collect();
    if mark.len() < 2 || warning.is_empty() {
        return (mark.to_vec(), Vec::new());
    }
    let marked = mark.iter().filter(|id| !warning.iter().any(|(warns, _)| warns == *id));
    (marked.copied().collect(), warning.iter().map(|(_, analyte)| (*analyte, LeftOut::Warns)).collect())
}

async fn approve(reader: Reader, Form(chosen): Form<Chosen>) -> Answer {
    let signed = match reader.sign(chosen.password.clone()).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(signing(&reader, chosen, mistakes).await?);
        }
    };
    let entries = reader.read(|s| Ok(Entries::read(s)?)).await?;
    if together(&entries, &chosen.mark).0 != chosen.mark {
        return again(signing(&reader, chosen, Mistakes::default()).await?);
    }
    let Entries { limits, answers, .. } = entries;
    // No two entities share an id: what is no limit and no answer is an interval, or is no proposal any more and is refused.
    let (limits, rest): (Vec<i64>, Vec<i64>) =
        chosen.mark.iter().partition(|id| limits.iter().any(|limit| limit.id.0 == **id));
    let (answers, intervals): (Vec<i64>, Vec<i64>) =
        rest.into_iter().partition(|id| answers.iter().any(|answer| answer.id.0 == *id));
    let approve = ApproveCatalog {
        intervals: intervals.into_iter().map(IntervalId).collect(),
        limits: limits.into_iter().map(LimitId).collect(),
        answers: answers.into_iter().map(AnswerId).collect(),
        signed,
    };
    let (count, shown) = (chosen.mark.len(), chosen.shown);
    let submitted = reader.submit(None, move |tx| {
        let version = catalog::version(tx)?;
        // If somebody approved the same before, that is said rather than that the catalog changed.
        tx.run(approve)?;
        versions::unchanged(tx, shown, version)
    });
    match submitted.await {
        Ok(()) => {
            let said = reader.tell("catalog-done", &[("count", &count)]);
            Ok(reader.done(&reader.to(paths::CATALOG), Tone::Calm, said))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(signing(&reader, chosen, mistakes).await?)
        }
    }
}
