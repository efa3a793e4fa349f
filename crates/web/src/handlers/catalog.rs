//! Reference intervals, critical limits and answers: what waits for the director's signature, and what is in force.

use std::sync::Arc;

use axum::extract::Query;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::commands::ApproveCatalog;
use titer_lab::catalog::views::{self as catalog, Interval, Limit};
use titer_lab::catalog::{AnalyteId, Answer as CodedAnswer, AnswerId, IntervalId, LimitId};
use titer_lab::{Action, Catalog as InForce, Timestamp};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when::When;

use super::admin::tabs;
use super::common::{Answer, again, mistaken, show};
use crate::pages::admin::{Catalog, LimitKind, LimitLine};
use crate::pages::results::interval;
use crate::pages::{Mistakes, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

/// Intervals and limits on one page.
const PAGE: usize = 60;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get(paths::CATALOG, Need::May(Action::SeeAdministration), page).post(
        paths::CATALOG_APPROVE,
        Need::May(Action::ApproveCatalog),
        approve,
    )
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    show: String,
    from: usize,
}

async fn page(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    show(listed(&reader, asked, Vec::new(), Mistakes::default()).await?)
}

async fn listed(reader: &Reader, asked: Asked, marked: Vec<i64>, mistakes: Mistakes) -> Result<Catalog, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let in_force = asked.show == "in-force";
        let ((intervals, limits), known) = (catalog::all(s)?, frame.catalog(s)?);
        let answers = catalog::all_answers(s)?;
        let write = Write { frame, catalog: &known, marked: &marked };
        let intervals = intervals.iter().filter(|i| i.approved.is_some() == in_force).map(|i| write.interval(i));
        let limits = limits.iter().filter(|l| l.approved.is_some() == in_force).map(|l| write.limit(l));
        let answers = answers.iter().filter(|a| !a.retired && a.approved == in_force).map(|a| write.answer(a));
        let mut lines: Vec<LimitLine> = intervals.chain(limits).chain(answers).collect();
        lines.sort_by(|a, b| a.analyte.cmp(&b.analyte));
        let from = asked.from.min(lines.len());
        let next = from + PAGE;
        let show = if in_force { "in-force" } else { "" };
        let more = next < lines.len();
        Ok(Catalog {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            in_force,
            from,
            lines: lines.into_iter().skip(from).take(PAGE).collect(),
            signable: !in_force && frame.may(Action::ApproveCatalog),
            password: frame.reader.must_give_password(),
            next: if more { format!("{}?show={show}&from={next}", frame.to(paths::CATALOG)) } else { String::new() },
            mistakes,
        })
    });
    page.await
}

/// Writes intervals and limits as lines of the page.
struct Write<'a> {
    frame: &'a Frame,
    catalog: &'a InForce,
    marked: &'a [i64],
}

impl Write<'_> {
    fn interval(&self, i: &Interval) -> LimitLine {
        let (approved, by) = self.approved(i.approved.as_ref());
        LimitLine {
            id: i.id.to_string(),
            analyte: self.analyte(i.analyte),
            kind: if i.kind == "decision" { LimitKind::Decision } else { LimitKind::Reference },
            population: self.population(&self.whom(&i.sex), &i.age_low, &i.age_high),
            limits: interval(&i.low, &i.high),
            unit: i.unit.clone(),
            source: i.source.clone(),
            confidence: i.confidence.clone(),
            note: i.note.clone(),
            marked: self.marked.contains(&i.id.0),
            approved,
            by,
        }
    }

    fn limit(&self, l: &Limit) -> LimitLine {
        let (approved, by) = self.approved(l.approved.as_ref());
        LimitLine {
            id: l.id.to_string(),
            analyte: self.analyte(l.analyte),
            kind: LimitKind::Critical,
            population: self.population(&self.whom(&l.population), &l.age_low, &l.age_high),
            limits: if l.text.is_empty() { self.frame.t("catalog-limit-none") } else { l.text.clone() },
            unit: l.unit.clone(),
            source: l.source.clone(),
            confidence: l.confidence.clone(),
            note: l.note.clone(),
            marked: self.marked.contains(&l.id.0),
            approved,
            by,
        }
    }

    fn answer(&self, a: &CodedAnswer) -> LimitLine {
        let (approved, by) = self.approved(a.signed.as_ref());
        let meaning = self.frame.t(a.meaning.key());
        LimitLine {
            id: a.id.to_string(),
            analyte: self.analyte(a.analyte),
            kind: LimitKind::Answer,
            population: self.whom("any"),
            limits: self.frame.tell("catalog-answer-words", &[("words", &a.words), ("meaning", &meaning)]),
            unit: String::new(),
            source: a.source.clone(),
            confidence: a.confidence.clone(),
            note: a.note.clone(),
            marked: self.marked.contains(&a.id.0),
            approved,
            by,
        }
    }

    fn analyte(&self, id: AnalyteId) -> String {
        self.catalog.analyte(id).map_or_else(|| "?".to_owned(), |a| a.name.clone())
    }

    fn approved(&self, by: Option<&(Timestamp, String)>) -> (When, String) {
        by.map(|(at, by)| (self.frame.at(*at), by.clone())).unwrap_or_default()
    }

    /// Of whom: a sex, or a source's own words.
    fn whom(&self, code: &str) -> String {
        match code {
            "any" => self.frame.t("catalog-anybody"),
            "female" => self.frame.t("sex-female"),
            "male" => self.frame.t("sex-male"),
            source => source.to_owned(),
        }
    }

    /// Of whom, and of which ages: the first is included, the last is not.
    fn population(&self, whom: &str, low: &str, high: &str) -> String {
        let (low, high) = (self.age(low), self.age(high));
        match (low.is_empty(), high.is_empty()) {
            (true, true) => whom.to_owned(),
            (false, true) => self.frame.tell("catalog-from", &[("whom", &whom), ("low", &low)]),
            (true, false) => self.frame.tell("catalog-below", &[("whom", &whom), ("high", &high)]),
            (false, false) => self.frame.tell("catalog-between", &[("whom", &whom), ("low", &low), ("high", &high)]),
        }
    }

    /// An age, a number and a UCUM unit, in words.
    fn age(&self, age: &str) -> String {
        match age.split_once(' ') {
            Some((number, "d")) => self.frame.tell("age-days", &[("days", &number)]),
            Some((number, "wk")) => self.frame.tell("age-weeks", &[("weeks", &number)]),
            Some((number, "mo")) => self.frame.tell("age-months", &[("months", &number)]),
            Some((number, "a")) => self.frame.tell("age-years", &[("years", &number)]),
            _ => age.to_owned(),
        }
    }
}

#[derive(Deserialize)]
struct Marked {
    #[serde(default)]
    mark: Vec<i64>,
    #[serde(default)]
    from: usize,
    password: Option<String>,
}

async fn approve(reader: Reader, Form(marked): Form<Marked>) -> Answer {
    let asked = Asked { from: marked.from, ..Asked::default() };
    let signed = match reader.sign(marked.password).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(listed(&reader, asked, marked.mark, mistakes).await?);
        }
    };
    let ((_, limits), answers) = reader.read(|s| Ok((catalog::proposals(s)?, catalog::proposed_answers(s)?))).await?;
    // No two entities share an id: what is no limit and no answer is an interval, or is no proposal any more and is refused.
    let (limits, rest): (Vec<i64>, Vec<i64>) =
        marked.mark.iter().partition(|id| limits.iter().any(|limit| limit.id.0 == **id));
    let (answers, intervals): (Vec<i64>, Vec<i64>) =
        rest.into_iter().partition(|id| answers.iter().any(|answer| answer.id.0 == *id));
    let approve = ApproveCatalog {
        intervals: intervals.into_iter().map(IntervalId).collect(),
        limits: limits.into_iter().map(LimitId).collect(),
        answers: answers.into_iter().map(AnswerId).collect(),
        signed,
    };
    let count = marked.mark.len();
    match reader.submit(None, move |tx| tx.run(approve)).await {
        Ok(()) => {
            let said = reader.tell("catalog-done", &[("count", &count)]);
            Ok(reader.done(&reader.to(paths::CATALOG), Tone::Calm, said))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(listed(&reader, asked, marked.mark, mistakes).await?)
        }
    }
}
