//! The library of comments: the list, one of them with its signature and its end, and the form that proposes one.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query};
use serde::Deserialize;
use titer_lab::catalog::AnalyteId;
use titer_lab::comments::commands::{ApproveComment, ProposeComment, RetireComment};
use titer_lab::comments::{Comment, CommentId, views as comments};
use titer_lab::versions::{self, Told};
use titer_lab::{Action, Catalog, Failure, Tx, forms};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::admin::tabs;
use super::common::{Answer, again, at_reason, fresh, is_stale, mistaken, saved, show, test_name};
use crate::pages::comments::{Comment as OnePage, CommentForm, CommentLine, Comments as ListPage};
use crate::pages::{Choice, Fact, Mistakes, Seen, Status, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const PROPOSES: Need = Need::May(Action::ProposeComments);
    const APPROVES: Need = Need::May(Action::ApproveComments);
    routes
        .get(paths::COMMENTS, PROPOSES, list)
        .get(paths::COMMENT_NEW, PROPOSES, new)
        .post(paths::COMMENT_NEW, PROPOSES, proposed)
        .get(paths::COMMENT, PROPOSES, page)
        .post(paths::COMMENT, APPROVES, approve)
        // After a refusal the page stands at this address, and its live parts ask for it.
        .get(paths::COMMENT_END, APPROVES, page)
        .post(paths::COMMENT_END, APPROVES, end)
}

async fn list(reader: Reader) -> Answer {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let mut all = comments::all(s)?;
        // By code, the newest version first among those that stand alike.
        all.sort_by(|a, b| {
            let key = |c: &Comment| (!c.is_proposed(), c.ended.is_some(), c.code.clone(), Reverse(c.id));
            key(a).cmp(&key(b))
        });
        let catalog = frame.catalog(s)?;
        let lines = all.iter().map(|c| line(s, frame, &catalog, c)).collect::<Result<_, Failure>>()?;
        Ok(ListPage { page: frame.page(), tabs: tabs(frame, paths::COMMENTS), lines })
    });
    show(page.await?)
}

fn line(s: &mut dyn Read, frame: &Frame, catalog: &Catalog, of: &Comment) -> Result<CommentLine, Failure> {
    Ok(CommentLine {
        href: frame.to(paths::COMMENT.of(of.id)),
        code: of.code.clone(),
        version: of.version.to_string(),
        words: of.words.clone(),
        test: test(frame, catalog, of),
        status: status(of),
        by: said(frame, &Told::of_event(s, of.changed)?),
    })
}

fn test(frame: &Frame, catalog: &Catalog, of: &Comment) -> String {
    of.analyte.map_or_else(|| frame.t("comments-all-tests"), |analyte| test_name(catalog, analyte))
}

fn status(of: &Comment) -> Status {
    match (of.is_proposed(), of.is_in_force()) {
        (true, _) => Status::Proposed,
        (_, true) => Status::Approved,
        _ => Status::Withdrawn,
    }
}

fn said(frame: &Frame, told: &Told) -> String {
    frame.tell("comments-by-at", &[("by", &told.by), ("at", &told.at)])
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, id, String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: i64, reason: String, mistakes: Mistakes) -> Result<OnePage, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let of = comments::comment(s, CommentId(id))?.ok_or(Problem::Missing)?;
        let in_force = frame.in_force(s)?;
        let may = frame.may(Action::ApproveComments);
        let replaced = in_force.comments.of(&of.code).filter(|_| of.is_proposed());
        Ok(OnePage {
            page: frame.page(),
            tabs: tabs(frame, paths::COMMENTS),
            id: id.to_string(),
            code: of.code.clone(),
            words: of.words.clone(),
            status: status(&of),
            facts: facts(s, frame, &in_force.catalog, &of)?,
            replaces: replaced.map(|c| frame.tell("comments-replaces", &[("words", &c.words)])).unwrap_or_default(),
            signing: may && of.is_proposed(),
            ending: may && of.ended.is_none(),
            correct: match of.is_in_force() {
                true => format!("{}?of={id}", frame.to(paths::COMMENT_NEW)),
                false => String::new(),
            },
            reason,
            password: frame.reader.must_give_password(),
            back: frame.to(paths::COMMENTS),
            seen: Seen { version: of.changed, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

fn facts(s: &mut dyn Read, frame: &Frame, catalog: &Catalog, of: &Comment) -> Result<Vec<Fact>, Failure> {
    let proposed = Told::of_event(s, of.id.0 / titer_store::PLACES)?;
    let mut facts = vec![
        ("comments-version", of.version.to_string()),
        ("comments-test", test(frame, catalog, of)),
        ("comments-proposed", said(frame, &proposed)),
    ];
    if let Some((at, by)) = &of.approved {
        let said = frame.tell("comments-by-at", &[("by", by), ("at", &frame.at(*at).words)]);
        facts.push(("comments-approved", said));
    }
    if let Some(number) = of.ended {
        facts.push(("comments-ended", said(frame, &Told::of_event(s, number)?)));
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
    let (comment, seen) = (CommentId(id), given.shown);
    let submitted =
        reader.submit(None, move |tx| as_shown(tx, comment, seen, |tx| tx.run(ApproveComment { comment, signed })));
    let done = submitted.await.map(|()| "comments-approve-done");
    answer(&reader, id, done, String::new()).await
}

async fn end(reader: Reader, Path(id): Path<i64>, Form(given): Form<Decided>) -> Answer {
    let (comment, seen) = (CommentId(id), given.shown);
    let submitted = reader.submit(Some(given.reason.clone()), move |tx| {
        as_shown(tx, comment, seen, |tx| tx.run(RetireComment { comment }))
    });
    let done = submitted.await.map(|()| "comments-retire-done");
    answer(&reader, id, done, given.reason).await
}

/// Decides on a comment that is as it was shown. If somebody decided before, that is said rather than that it changed.
fn as_shown(
    tx: &mut Tx<'_, '_>,
    id: CommentId,
    seen: i64,
    decide: impl FnOnce(&mut Tx<'_, '_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let changed = comments::comment(tx, id)?.map_or(0, |comment| comment.changed);
    decide(tx)?;
    versions::unchanged(tx, seen, changed)
}

/// The list with what was done, or the page again with why it was refused.
async fn answer(reader: &Reader, id: i64, done: Result<&'static str, Failure>, reason: String) -> Answer {
    match done {
        Ok(said) => Ok(reader.done(&reader.to(paths::COMMENTS), Tone::Calm, reader.t(said))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(reader, id, reason, mistakes).await?)
        }
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    code: String,
    words: String,
    analyte: String,
    shown: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    of: String,
}

async fn new(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let mut given = Given::default();
    if let Ok(id) = asked.of.parse() {
        let of = reader.read(move |s| Ok(comments::comment(s, CommentId(id))?)).await?.ok_or(Problem::Missing)?;
        let analyte = of.analyte.map(|analyte| analyte.to_string()).unwrap_or_default();
        given = Given { code: of.code, words: of.words, analyte, shown: 0 };
    }
    show(form(&reader, given, Mistakes::default()).await?)
}

async fn form(reader: &Reader, given: Given, mistakes: Mistakes) -> Result<CommentForm, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let catalog = frame.catalog(s)?;
        let mut analytes: Vec<Choice> = catalog
            .analytes()
            .map(|a| {
                let value = a.id.to_string();
                Choice { chosen: value == given.analyte, value, label: a.name.clone(), hint: String::new() }
            })
            .collect();
        analytes.sort_by(|a, b| (&a.label, &a.value).cmp(&(&b.label, &b.value)));
        Ok(CommentForm {
            page: frame.page(),
            tabs: tabs(frame, paths::COMMENTS),
            code: given.code,
            words: given.words,
            analytes,
            seen: fresh(frame, given.shown)?,
            mistakes,
        })
    });
    page.await
}

async fn proposed(reader: Reader, Form(given): Form<Given>) -> Answer {
    let analyte = match given.analyte.as_str() {
        "" => None,
        chosen => Some(AnalyteId(chosen.parse().map_err(|_| Problem::Unreadable)?)),
    };
    let propose = ProposeComment { code: given.code.clone(), words: given.words.clone(), analyte };
    let (mark, said) = (given.shown, format!("{propose:?}"));
    let submitted =
        reader.submit(None, move |tx| forms::once(tx, mark, "comment", &said, |tx| tx.run(propose).map(|id| id.0)));
    match submitted.await {
        Ok(made) => {
            let to = reader.to(paths::COMMENT.of(made.id()));
            Ok(saved(&reader, made, &to, "comments-propose-done"))
        }
        Err(failure) => {
            let mark = if is_stale(&failure) { 0 } else { given.shown };
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(&reader, Given { shown: mark, ..given }, mistakes).await?)
        }
    }
}

/// The field that a refusal is about; else the whole form.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    match refusal.code {
        "comments-code" => "code",
        code if code.starts_with("text-") => "words",
        _ => "",
    }
}
