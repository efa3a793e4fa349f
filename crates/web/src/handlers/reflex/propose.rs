//! The form that proposes a reflex rule: first the analyte, then what its results must be, and the test.

use axum::extract::Query;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::{AnalyteId, AnswerId, Kind, TestId};
use titer_lab::reflex::Operator;
use titer_lab::reflex::commands::ProposeRule;
use titer_lab::{Failure, forms};
use titer_science::units::in_print;
use titer_shell::errors::Problem;
use titer_shell::reader::Reader;

use super::super::admin::tabs;
use super::super::common::{Answer, again, fresh, is_stale, mistaken, saved, show};
use crate::pages::reflex::RuleForm;
use crate::pages::{Choice, Mistakes};
use crate::paths;
use crate::sections::ADMIN;

/// What is typed and chosen.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    code: String,
    analyte: String,
    operator: String,
    bound: String,
    answer: Vec<String>,
    test: String,
    hours: String,
    source: String,
    shown: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    analyte: String,
}

pub async fn new(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let given = Given { analyte: asked.analyte, ..Given::default() };
    show(form(&reader, given, Mistakes::default()).await?)
}

fn choice(value: String, label: &str, chosen: bool) -> Choice {
    Choice { value, label: label.to_owned(), hint: String::new(), chosen }
}

async fn form(reader: &Reader, given: Given, mistakes: Mistakes) -> Result<RuleForm, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let catalog = frame.catalog(s)?;
        let of_kind = |kind| kind == Kind::Numeric || kind == Kind::Coded;
        let mut analytes: Vec<Choice> = catalog
            .analytes()
            .filter(|a| of_kind(a.kind))
            .map(|a| choice(a.id.to_string(), &a.name, a.id.to_string() == given.analyte))
            .collect();
        analytes.sort_by(|a, b| (&a.label, &a.value).cmp(&(&b.label, &b.value)));
        let chosen = given.analyte.parse().ok().and_then(|id| catalog.analyte(AnalyteId(id)));
        let chosen = chosen.filter(|analyte| of_kind(analyte.kind));
        let numeric = chosen.is_some_and(|analyte| analyte.kind == Kind::Numeric);
        let operators = Operator::ALL.iter().filter(|_| numeric);
        let answers = chosen.filter(|_| !numeric).map(|a| catalog.answers(a.id)).unwrap_or_default();
        let tests = catalog.tests().iter().filter(|test| catalog.retired(test).is_none());
        Ok(RuleForm {
            page: frame.page(),
            tabs: tabs(frame, paths::REFLEX),
            analytes,
            analyte: chosen.map(|analyte| analyte.id.to_string()).unwrap_or_default(),
            operators: operators
                .map(|o| choice(o.code().to_owned(), &frame.t(o.key()), o.code() == given.operator))
                .collect(),
            unit: chosen.map(|analyte| in_print(&analyte.unit)).unwrap_or_default(),
            answers: answers
                .iter()
                .map(|a| choice(a.id.to_string(), &a.words, given.answer.contains(&a.id.to_string())))
                .collect(),
            tests: tests.map(|t| choice(t.id.to_string(), &t.name, t.id.to_string() == given.test)).collect(),
            code: given.code,
            bound: given.bound,
            hours: given.hours,
            source: given.source,
            seen: fresh(frame, given.shown)?,
            mistakes,
        })
    });
    page.await
}

pub async fn proposed(reader: Reader, Form(given): Form<Given>) -> Answer {
    let number = |text: &str| text.parse::<i64>().map_err(|_| Problem::Unreadable);
    let operator = match given.operator.as_str() {
        "" => None,
        code => Some(Operator::from_code(code).ok_or(Problem::Unreadable)?),
    };
    let propose = ProposeRule {
        code: given.code.clone(),
        analyte: AnalyteId(number(&given.analyte)?),
        operator,
        bound: given.bound.clone(),
        answers: given.answer.iter().map(|id| number(id).map(AnswerId)).collect::<Result<_, _>>()?,
        test: TestId(number(&given.test)?),
        // What is no number is refused like a number that cannot be.
        stable_hours: given.hours.trim().parse().unwrap_or(0),
        source: given.source.clone(),
    };
    let (mark, said) = (given.shown, format!("{propose:?}"));
    let submitted =
        reader.submit(None, move |tx| forms::once(tx, mark, "reflex-rule", &said, |tx| tx.run(propose).map(|id| id.0)));
    match submitted.await {
        Ok(made) => {
            let to = reader.to(paths::REFLEX_RULE.of(made.id()));
            Ok(saved(&reader, made, &to, "reflex-propose-done"))
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
        "reflex-code" => "code",
        "reflex-bound" => "bound",
        "reflex-stable-hours" => "hours",
        code if code.starts_with("text-") => "source",
        _ => "",
    }
}
