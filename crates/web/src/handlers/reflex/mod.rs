//! Reflex rules: the list, one of them with its signature and its end. The form that proposes one: [`propose`]; what a rule could not add:
//! [`suggestions`].

mod propose;
pub mod suggestions;

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_lab::reflex::commands::{ApproveRule, EndRule};
use titer_lab::reflex::{Condition, Rule, RuleId, views as rules};
use titer_lab::versions::{self, Told};
use titer_lab::{Action, Catalog, Failure, Reflexes, Tx, orders::views as orders};
use titer_science::units::in_print;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::admin::tabs;
use super::common::{Answer, again, at_reason, mistaken, show, test_name};
use crate::pages::reflex::{Rule as OnePage, RuleLine, Rules as ListPage};
use crate::pages::{Fact, Mistakes, Seen, Status, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const PROPOSES: Need = Need::May(Action::ProposeRules);
    const APPROVES: Need = Need::May(Action::ApproveRules);
    const DECIDES: Need = Need::May(Action::DecideSuggestions);
    routes
        .get(paths::REFLEX, PROPOSES, list)
        .get(paths::REFLEX_NEW, PROPOSES, propose::new)
        .post(paths::REFLEX_NEW, PROPOSES, propose::proposed)
        .get(paths::REFLEX_RULE, PROPOSES, page)
        .post(paths::REFLEX_RULE, APPROVES, approve)
        // After a refusal the page stands at this address, and its live parts ask for it.
        .get(paths::REFLEX_END, APPROVES, page)
        .post(paths::REFLEX_END, APPROVES, end)
        .get(paths::REFLEX_SUGGESTION, DECIDES, suggestions::page)
        .post(paths::REFLEX_SUGGESTION, DECIDES, suggestions::added)
        .get(paths::REFLEX_DISMISS, DECIDES, suggestions::page)
        .post(paths::REFLEX_DISMISS, DECIDES, suggestions::dismissed)
}

async fn list(reader: Reader) -> Answer {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let mut all = rules::all(s)?;
        // By code, the newest version first among those that stand alike.
        all.sort_by(|a, b| {
            let key = |r: &Rule| (!r.is_proposed(), r.ended.is_some(), r.code.clone(), Reverse(r.id));
            key(a).cmp(&key(b))
        });
        let catalog = frame.catalog(s)?;
        let lines = all.iter().map(|rule| line(s, frame, &catalog, rule)).collect::<Result<_, Failure>>()?;
        Ok(ListPage { page: frame.page(), tabs: tabs(frame, paths::REFLEX), lines })
    });
    show(page.await?)
}

fn line(s: &mut dyn Read, frame: &Frame, catalog: &Catalog, of: &Rule) -> Result<RuleLine, Failure> {
    Ok(RuleLine {
        href: frame.to(paths::REFLEX_RULE.of(of.id)),
        code: of.code.clone(),
        version: of.version.to_string(),
        when: when(frame, catalog, of),
        adds: added_test(catalog, of),
        status: status(of),
        unfit: unfit(frame, catalog, of),
        by: said(frame, &Told::of_event(s, of.changed)?),
    })
}

/// Of which results a rule adds its test, in words.
fn when(frame: &Frame, catalog: &Catalog, of: &Rule) -> String {
    let analyte = test_name(catalog, of.analyte);
    match &of.condition {
        Condition::Number(operator, bound) => {
            let bound = format!("{bound} {}", in_print(&of.unit)).trim_end().to_owned();
            let stands = frame.t(operator.key());
            frame.tell("reflex-when-number", &[("analyte", &analyte), ("stands", &stands), ("bound", &bound)])
        }
        Condition::Answers(answers) => {
            let words = answers.iter().map(|id| catalog.words("?", Some(*id)).to_owned());
            let words = words.collect::<Vec<_>>().join(", ");
            frame.tell("reflex-when-answers", &[("analyte", &analyte), ("answers", &words)])
        }
    }
}

/// The name of the test that a rule adds.
pub fn added_test(catalog: &Catalog, of: &Rule) -> String {
    catalog.test(of.test).map_or_else(|| "?".to_owned(), |test| test.name.clone())
}

/// Which rule asked for a test, in words; none if a person did.
pub fn added_by(frame: &Frame, reflexes: &Reflexes, request: &orders::Request) -> Option<String> {
    let rule = reflexes.signed(request.rule?)?;
    Some(frame.tell("reflex-added-by", &[("rule", &rule.code), ("version", &rule.version.to_string())]))
}

fn unfit(frame: &Frame, catalog: &Catalog, of: &Rule) -> String {
    let why = of.unfit(catalog).filter(|_| of.ended.is_none());
    why.map(|why| frame.t(why.key())).unwrap_or_default()
}

fn status(of: &Rule) -> Status {
    match (of.is_proposed(), of.is_in_force()) {
        (true, _) => Status::Proposed,
        (_, true) => Status::Approved,
        _ => Status::Withdrawn,
    }
}

fn said(frame: &Frame, told: &Told) -> String {
    frame.tell("reflex-by-at", &[("by", &told.by), ("at", &told.at)])
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, id, String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: i64, reason: String, mistakes: Mistakes) -> Result<OnePage, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let of = rules::rule(s, RuleId(id))?.ok_or(Problem::Missing)?;
        let in_force = frame.in_force(s)?;
        let (catalog, may) = (&in_force.catalog, frame.may(Action::ApproveRules));
        let replaced = in_force.reflexes.of(&of.code).filter(|_| of.is_proposed());
        let replaces = |rule: &Rule| {
            let (when, test) = (when(frame, catalog, rule), added_test(catalog, rule));
            frame.tell("reflex-replaces", &[("when", &when), ("test", &test)])
        };
        Ok(OnePage {
            page: frame.page(),
            tabs: tabs(frame, paths::REFLEX),
            id: id.to_string(),
            code: of.code.clone(),
            status: status(&of),
            facts: facts(s, frame, catalog, &of)?,
            unfit: unfit(frame, catalog, &of),
            replaces: replaced.map(replaces).unwrap_or_default(),
            signing: may && of.is_proposed(),
            ending: may && of.ended.is_none(),
            reason,
            password: frame.reader.must_give_password(),
            back: frame.to(paths::REFLEX),
            seen: Seen { version: of.changed, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

fn facts(s: &mut dyn Read, frame: &Frame, catalog: &Catalog, of: &Rule) -> Result<Vec<Fact>, Failure> {
    let mut facts = vec![
        ("reflex-when", when(frame, catalog, of)),
        ("reflex-adds", added_test(catalog, of)),
        ("reflex-hours", frame.tell("reflex-hours-after", &[("hours", &of.stable_hours.to_string())])),
        ("reflex-source", of.source.clone()),
        ("reflex-version", of.version.to_string()),
        ("reflex-proposed", said(frame, &Told::of_event(s, of.id.0 / titer_store::PLACES)?)),
    ];
    if let Some((at, by)) = &of.approved {
        facts.push(("reflex-approved", frame.tell("reflex-by-at", &[("by", by), ("at", &frame.at(*at).words)])));
    }
    if let Some(number) = of.ended {
        facts.push(("reflex-ended", said(frame, &Told::of_event(s, number)?)));
    }
    Ok(facts.into_iter().map(|(key, text)| Fact { label: frame.t(key), text }).collect())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Decided {
    reason: String,
    password: Option<String>,
    shown: i64,
}

async fn approve(reader: Reader, Path(id): Path<i64>, Form(given): Form<Decided>) -> Answer {
    let signed = match reader.sign(given.password).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(shown(&reader, id, String::new(), mistakes).await?);
        }
    };
    let (rule, seen) = (RuleId(id), given.shown);
    let submitted = reader.submit(None, move |tx| as_shown(tx, rule, seen, |tx| tx.run(ApproveRule { rule, signed })));
    let done = submitted.await.map(|()| "reflex-approve-done");
    answer(&reader, id, done, String::new()).await
}

async fn end(reader: Reader, Path(id): Path<i64>, Form(given): Form<Decided>) -> Answer {
    let (rule, seen) = (RuleId(id), given.shown);
    let submitted =
        reader.submit(Some(given.reason.clone()), move |tx| as_shown(tx, rule, seen, |tx| tx.run(EndRule { rule })));
    let done = submitted.await.map(|()| "reflex-end-done");
    answer(&reader, id, done, given.reason).await
}

/// Decides on a rule that is as it was shown. If somebody decided before, that is said rather than that it changed.
fn as_shown(
    tx: &mut Tx<'_, '_>,
    id: RuleId,
    seen: i64,
    decide: impl FnOnce(&mut Tx<'_, '_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let changed = rules::rule(tx, id)?.map_or(0, |rule| rule.changed);
    decide(tx)?;
    versions::unchanged(tx, seen, changed)
}

/// The list with what was done, or the page again with why it was refused.
async fn answer(reader: &Reader, id: i64, done: Result<&'static str, Failure>, reason: String) -> Answer {
    match done {
        Ok(said) => Ok(reader.done(&reader.to(paths::REFLEX), Tone::Calm, reader.t(said))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(reader, id, reason, mistakes).await?)
        }
    }
}
