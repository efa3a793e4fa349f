//! Calculations: the list, one of them, its signature and its end. The form that proposes one: [`propose`].

mod propose;
pub mod says;

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_lab::calculations::commands::{ApproveCalculation, EndCalculation};
use titer_lab::calculations::{Calculation, CalculationId, Calculations, views as calculations};
use titer_lab::versions::{self, Told};
use titer_lab::{Action, Actor, Catalog, Failure, Timestamp, catalog};
use titer_science::calculated::AGE;
use titer_science::units::in_print;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::admin::tabs;
use super::common::{Answer, again, at_reason, mistaken, show, test_name};
use crate::pages::calculations::{Calculation as OnePage, CalculationLine, Calculations as ListPage, InputLine};
use crate::pages::{Fact, Mistakes, Seen, Status, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const PROPOSES: Need = Need::May(Action::ProposeCalculations);
    const APPROVES: Need = Need::May(Action::ApproveCalculations);
    routes
        .get(paths::CALCULATIONS, PROPOSES, list)
        .get(paths::CALCULATION_NEW, PROPOSES, propose::new)
        .post(paths::CALCULATION_NEW, PROPOSES, propose::proposed)
        .get(paths::CALCULATION, PROPOSES, page)
        .post(paths::CALCULATION, APPROVES, approve)
        // After a refusal the page stands at this address, and its live parts ask for it.
        .get(paths::CALCULATION_END, APPROVES, page)
        .post(paths::CALCULATION_END, APPROVES, end)
}

async fn list(reader: Reader) -> Answer {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let mut all = calculations::all(s)?;
        // The newest first among those that stand alike.
        all.sort_by_key(|c| (!c.is_proposed(), c.ended.is_some(), std::cmp::Reverse(c.id)));
        let catalog = frame.catalog(s)?;
        let lines = all.iter().map(|c| line(s, frame, &catalog, c)).collect::<Result<_, Failure>>()?;
        Ok(ListPage { page: frame.page(), tabs: tabs(frame, paths::CALCULATIONS), lines })
    });
    show(page.await?)
}

fn line(s: &mut dyn Read, frame: &Frame, catalog: &Catalog, of: &Calculation) -> Result<CalculationLine, Failure> {
    let inputs = of.inputs.iter().map(|input| test_name(catalog, input.analyte));
    Ok(CalculationLine {
        href: frame.to(paths::CALCULATION.of(of.id)),
        analyte: test_name(catalog, of.analyte),
        expression: expression(of),
        inputs: inputs.collect::<Vec<_>>().join(", "),
        status: status(of),
        by: said(frame, "calculations-by-at", &Told::of_event(s, of.changed)?),
    })
}

fn expression(of: &Calculation) -> String {
    of.definition().map_or_else(|| of.formula.clone(), |formula| formula.expression.to_owned())
}

fn status(of: &Calculation) -> Status {
    match (of.is_proposed(), of.is_in_force()) {
        (true, _) => Status::Proposed,
        (_, true) => Status::Approved,
        _ => Status::Withdrawn,
    }
}

fn said(frame: &Frame, key: &str, told: &Told) -> String {
    frame.tell(key, &[("by", &told.by), ("at", &told.at)])
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, id, String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: i64, reason: String, mistakes: Mistakes) -> Result<OnePage, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let of = calculations::calculation(s, CalculationId(id))?.ok_or(Problem::Missing)?;
        let in_force = frame.in_force(s)?;
        let (catalog, may) = (&in_force.catalog, frame.may(Action::ApproveCalculations));
        let signing = may && of.is_proposed();
        let mine = calculations::proposer(s, of.id)? == Some(Actor::Person(frame.reader.session.account.0));
        let own = if signing && mine { frame.words.refusal("calculations-own", &[]) } else { String::new() };
        Ok(OnePage {
            page: frame.page(),
            tabs: tabs(frame, paths::CALCULATIONS),
            id: id.to_string(),
            analyte: test_name(catalog, of.analyte),
            status: status(&of),
            facts: facts(s, frame, &of)?,
            inputs: inputs(frame, catalog, &of),
            replaces: replaces(frame, &in_force.calculations, &of),
            signing,
            own,
            ending: may && of.ended.is_none(),
            reason,
            password: frame.reader.must_give_password(),
            back: frame.to(paths::CALCULATIONS),
            seen: Seen { version: catalog::views::version(s)?, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

fn facts(s: &mut dyn Read, frame: &Frame, of: &Calculation) -> Result<Vec<Fact>, Failure> {
    let formula = of.definition();
    let gone = || frame.t("calculations-formula-gone");
    let mut facts = vec![
        ("calculations-formula", formula.map_or_else(gone, |f| f.name.to_owned())),
        ("calculations-expression", expression(of)),
        ("calculations-source", formula.map(|f| f.source.to_owned()).unwrap_or_default()),
        ("results-unit", in_print(&of.unit)),
        ("calculations-decimals", of.decimals.to_string()),
        (
            "calculations-proposed",
            said(frame, "calculations-by-at", &Told::of_event(s, of.id.0 / titer_store::PLACES)?),
        ),
    ];
    if let Some((at, by)) = &of.approved {
        let at: Timestamp = *at;
        let said = frame.tell("calculations-by-at", &[("by", by), ("at", &frame.at(at).words)]);
        facts.push(("calculations-approved", said));
    }
    if let Some(number) = of.ended {
        facts.push(("calculations-ended", said(frame, "calculations-by-at", &Told::of_event(s, number)?)));
    }
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
    Ok(facts.map(|(key, text)| Fact { label: frame.t(key), text }).collect())
}

/// The inputs as they are signed: where each comes from, its units, and for which values the formula holds.
fn inputs(frame: &Frame, catalog: &Catalog, of: &Calculation) -> Vec<InputLine> {
    let Some(formula) = of.definition() else { return Vec::new() };
    let mut lines: Vec<InputLine> = formula
        .inputs
        .iter()
        .map(|wanted| {
            let input = of.inputs.iter().find(|input| input.key == wanted.key);
            let analyte = input.and_then(|input| catalog.analyte(input.analyte));
            let unit = match (analyte, input) {
                (Some(a), Some(input)) if a.unit != wanted.unit => {
                    let args: [(&str, &dyn titer_shell::words::Arg); 3] =
                        [("from", &in_print(&a.unit)), ("to", &in_print(wanted.unit)), ("mass", &input.molar_mass)];
                    let key = if input.molar_mass.is_empty() {
                        "calculations-converted"
                    } else {
                        "calculations-converted-mass"
                    };
                    frame.tell(key, &args)
                }
                (Some(a), _) => in_print(&a.unit),
                (None, _) => String::new(),
            };
            let person = wanted.key == AGE;
            InputLine {
                input: says::input(frame, wanted.key),
                analyte: if person {
                    frame.t("calculations-person")
                } else {
                    analyte.map_or_else(|| "?".to_owned(), |a| a.name.clone())
                },
                unit,
                holds: says::range(frame, wanted),
            }
        })
        .collect();
    if formula.needs_sex() {
        lines.push(InputLine {
            input: frame.t("calculations-sex"),
            analyte: frame.t("calculations-person"),
            unit: String::new(),
            holds: frame.t("calculations-range-sex"),
        });
    }
    lines
}

fn replaces(frame: &Frame, known: &Calculations, of: &Calculation) -> String {
    let replaced = known.of(of.analyte).filter(|_| of.is_proposed());
    replaced.map(|c| frame.tell("calculations-replaces", &[("expression", &expression(c))])).unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    reason: String,
    password: Option<String>,
    shown: i64,
}

async fn approve(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let signed = match reader.sign(given.password).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(shown(&reader, id, String::new(), mistakes).await?);
        }
    };
    let (approve, seen) = (ApproveCalculation { calculation: CalculationId(id), signed }, given.shown);
    let submitted = reader.submit(None, move |tx| {
        let version = catalog::views::version(tx)?;
        // If somebody decided on it before, that is said rather than that the catalog changed.
        tx.run(approve)?;
        versions::unchanged(tx, seen, version)
    });
    let done = submitted.await.map(|()| "calculations-approve-done");
    answer(&reader, id, done, String::new()).await
}

async fn end(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let (end, seen) = (EndCalculation { calculation: CalculationId(id) }, given.shown);
    let submitted = reader.submit(Some(given.reason.clone()), move |tx| {
        let version = catalog::views::version(tx)?;
        tx.run(end)?;
        versions::unchanged(tx, seen, version)
    });
    let done = submitted.await.map(|()| "calculations-end-done");
    answer(&reader, id, done, given.reason).await
}

/// The list with what was done, or the page again with why it was refused.
async fn answer(reader: &Reader, id: i64, done: Result<&'static str, Failure>, reason: String) -> Answer {
    match done {
        Ok(said) => Ok(reader.done(&reader.to(paths::CALCULATIONS), Tone::Calm, reader.t(said))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(reader, id, reason, mistakes).await?)
        }
    }
}
