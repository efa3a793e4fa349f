//! What a laboratory makes of its own: an analyte with its answers, a test or a panel, other answers of an analyte.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::commands::{MakeOwn, ProposeAnswers};
use titer_lab::catalog::starter::{self, AnswerList, Entries};
use titer_lab::catalog::views as catalog;
use titer_lab::catalog::{AnalyteId, Kind, Meaning};
use titer_lab::forms::Made;
use titer_lab::{Action, Catalog as InForce, Failure, forms, versions};
use titer_shell::address::AddressOf;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::super::admin::tabs;
use super::super::common::{self, Answer, again, fresh, is_stale, mistaken, show};
use crate::pages::catalog::{AnalyteForm, AnswerRow, AnswersForm, TestForm};
use crate::pages::{Choice, Fact, Mistakes, Seen, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

/// Rows for answers beside those that are filled in.
const ROWS: usize = 6;
/// Where an entry of the laboratory's own comes from.
const OWN: &str = "Laboratory's own";
/// The name of the one list of answers in an import.
const LIST: &str = "own";

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let may = Need::May(Action::ProposeCatalog);
    routes
        .get(paths::CATALOG_ANALYTE_NEW, may, analyte)
        .post(paths::CATALOG_ANALYTE_NEW, may, analyte_made)
        .get(paths::CATALOG_TEST_NEW, may, test)
        .post(paths::CATALOG_TEST_NEW, may, test_made)
        .get(paths::CATALOG_ANSWERS, may, answers)
        .post(paths::CATALOG_ANSWERS, may, answers_changed)
}

/// What is typed, on any of the three pages.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    name: String,
    short: String,
    key: String,
    discipline: String,
    loinc: String,
    unit: String,
    decimals: String,
    kind: String,
    specimen: String,
    /// Not empty: a test of this analyte alone is made too.
    alone: String,
    /// Analytes of a test, one a line.
    members: String,
    code: Vec<String>,
    words: Vec<String>,
    meaning: Vec<String>,
    shown: i64,
}

impl Given {
    /// The answers that are filled in.
    fn answers(&self) -> Vec<starter::Answer> {
        let rows = self.code.iter().zip(&self.words).zip(&self.meaning);
        let filled = rows.filter(|((code, words), _)| !code.trim().is_empty() || !words.trim().is_empty());
        let answer = |((code, words), meaning): ((&String, &String), &String)| starter::Answer {
            code: code.trim().to_owned(),
            words: words.trim().to_owned(),
            meaning: meaning.clone(),
            source: OWN.to_owned(),
            confidence: String::new(),
            note: String::new(),
        };
        filled.map(answer).collect()
    }

    fn lists(&self) -> Vec<AnswerList> {
        let answer = self.answers();
        if answer.is_empty() { Vec::new() } else { vec![AnswerList { key: LIST.to_owned(), answer }] }
    }

    fn test(&self, analytes: Vec<String>) -> starter::Test {
        starter::Test {
            key: self.key.trim().to_owned(),
            name: self.name.clone(),
            analytes,
            specimen_type: self.specimen.clone(),
            note: String::new(),
        }
    }

    /// The analyte, and the test of it alone if that is wanted.
    fn analyte(&self) -> Entries {
        let answers = self.lists();
        let analyte = starter::Analyte {
            key: self.key.trim().to_owned(),
            name: self.name.clone(),
            short: self.short.clone(),
            discipline: self.discipline.clone(),
            loinc: self.loinc.trim().to_owned(),
            loinc_long_name: String::new(),
            unit: self.unit.trim().to_owned(),
            decimals: self.decimals.parse().unwrap_or(0),
            molar_mass: None,
            specimen_type: self.specimen.clone(),
            sources: OWN.to_owned(),
            confidence: String::new(),
            note: String::new(),
            kind: self.kind.clone(),
            answers: if answers.is_empty() { String::new() } else { LIST.to_owned() },
        };
        let test = (!self.alone.is_empty()).then(|| self.test(vec![analyte.key.clone()]));
        Entries { analyte: vec![analyte], answers, test: test.into_iter().collect(), ..Entries::default() }
    }

    /// The test, with the analytes as they were named.
    fn panel(&self) -> Entries {
        let analytes = self.members.lines().map(str::trim).filter(|line| !line.is_empty());
        Entries { test: vec![self.test(analytes.map(str::to_owned).collect())], ..Entries::default() }
    }
}

async fn analyte(reader: Reader) -> Answer {
    let given = Given { alone: "yes".to_owned(), ..Given::default() };
    show(analyte_form(&reader, given, Mistakes::default()).await?)
}

async fn analyte_form(reader: &Reader, given: Given, mistakes: Mistakes) -> Result<AnalyteForm, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let known = frame.catalog(s)?;
        let mut disciplines: Vec<&str> = known.analytes().map(|a| a.discipline.as_str()).collect();
        disciplines.sort_unstable();
        disciplines.dedup();
        let disciplines = disciplines.into_iter().filter(|d| !d.is_empty());
        Ok(AnalyteForm {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            disciplines: disciplines
                .map(|d| choice(d, frame.t(&format!("discipline-{d}")), &given.discipline))
                .collect(),
            kinds: Kind::ALL.iter().map(|k| choice(k.code(), frame.t(k.key()), &given.kind)).collect(),
            specimens: specimens(&known, &given.specimen),
            rows: rows(frame, &given),
            alone: !given.alone.is_empty(),
            seen: fresh(frame, given.shown)?,
            name: given.name,
            short: given.short,
            key: given.key,
            loinc: given.loinc,
            unit: given.unit,
            decimals: (0..=4).map(|d| choice(&d.to_string(), d.to_string(), &given.decimals)).collect(),
            mistakes,
        })
    });
    page.await
}

pub fn choice(value: &str, label: String, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label, hint: String::new(), chosen: value == chosen }
}

pub fn specimens(known: &InForce, chosen: &str) -> Vec<Choice> {
    known.specimen_types().iter().map(|t| choice(&t.key, t.name.clone(), chosen)).collect()
}

/// Rows for answers: as they were typed, and some that are empty.
fn rows(frame: &Frame, given: &Given) -> Vec<AnswerRow> {
    let typed = given.answers().into_iter().map(|a| (a.code, a.words, a.meaning));
    let empty = std::iter::repeat_n((String::new(), String::new(), String::new()), ROWS);
    let row = |(number, (code, words, meaning)): (usize, (String, String, String))| AnswerRow {
        number: number + 1,
        code,
        words,
        // A meaning that nobody chose is none.
        meanings: std::iter::once(choice("", frame.t("catalog-answer-meaning-choose"), &meaning))
            .chain(Meaning::ALL.iter().map(|m| choice(m.code(), frame.t(m.key()), &meaning)))
            .collect(),
    };
    typed.chain(empty).enumerate().map(row).collect()
}

/// What nobody chose: Titer chooses neither the kind of a result nor how exact its numbers are.
fn unchosen(reader: &Reader, given: &Given) -> Mistakes {
    match Kind::from_code(&given.kind) {
        None => Mistakes::one("kind", reader.t("catalog-kind-choose")),
        Some(Kind::Numeric) if given.decimals.is_empty() => {
            Mistakes::one("decimals", reader.t("catalog-decimals-choose"))
        }
        Some(_) => Mistakes::default(),
    }
}

async fn analyte_made(reader: Reader, Form(given): Form<Given>) -> Answer {
    let mistakes = unchosen(&reader, &given);
    if !mistakes.0.is_empty() {
        return again(analyte_form(&reader, given, mistakes).await?);
    }
    match make(&reader, &given, given.analyte()).await {
        Ok(made) => Ok(once(&reader, made, paths::CATALOG_ANALYTE)),
        Err(failure) => {
            let shown = if is_stale(&failure) { 0 } else { given.shown };
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(analyte_form(&reader, Given { shown, ..given }, mistakes).await?)
        }
    }
}

/// Makes the entries, once for each form. What the form makes is the first entry of the event.
async fn make(reader: &Reader, given: &Given, entries: Entries) -> Result<Made, Failure> {
    let mark = given.shown;
    let said = format!("{:?}", Given { shown: 0, ..given.clone() });
    let made = reader.submit(None, move |tx| {
        forms::once(tx, mark, "catalog", &said, |tx| {
            tx.run(MakeOwn(entries))?;
            Ok(titer_store::event::id(catalog::version(tx)?, 0))
        })
    });
    made.await
}

/// Where what was made now is approved; what was made before has its page.
fn once(reader: &Reader, made: Made, page: AddressOf) -> Response {
    match made {
        Made::Now(_) => saved(reader),
        Made::Before(id) => common::saved(reader, made, &reader.to(page.of(id)), ""),
    }
}

fn saved(reader: &Reader) -> Response {
    reader.done(&reader.to(paths::CATALOG), Tone::Calm, reader.t("catalog-saved"))
}

async fn test(reader: Reader) -> Answer {
    show(test_form(&reader, Given::default(), Mistakes::default()).await?)
}

async fn test_form(reader: &Reader, given: Given, mistakes: Mistakes) -> Result<TestForm, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let known = frame.catalog(s)?;
        Ok(TestForm {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            specimens: specimens(&known, &given.specimen),
            seen: fresh(frame, given.shown)?,
            name: given.name,
            key: given.key,
            members: given.members,
            mistakes,
        })
    });
    page.await
}

async fn test_made(reader: Reader, Form(given): Form<Given>) -> Answer {
    match make(&reader, &given, given.panel()).await {
        Ok(made) => Ok(once(&reader, made, paths::CATALOG_TEST)),
        Err(failure) => {
            let shown = if is_stale(&failure) { 0 } else { given.shown };
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(test_form(&reader, Given { shown, ..given }, mistakes).await?)
        }
    }
}

async fn answers(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(answers_form(&reader, AnalyteId(id), None, Mistakes::default()).await?)
}

/// The answers as they were typed, or as the analyte has them.
async fn answers_form(
    reader: &Reader,
    id: AnalyteId,
    typed: Option<Given>,
    mistakes: Mistakes,
) -> Result<AnswersForm, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (known, version) = (frame.catalog(s)?, catalog::version(s)?);
        let analyte = known.analyte(id).filter(|a| a.kind == Kind::Coded).ok_or(Problem::Missing)?;
        let now = current(&known, id);
        let given = typed.unwrap_or(Given { shown: version, ..now.clone() });
        let stale = given.shown != version;
        let words = now.words.join(", ");
        let facts = stale.then(|| Fact { label: frame.t("catalog-answers"), text: words });
        Ok(AnswersForm {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            id: id.to_string(),
            name: analyte.name.clone(),
            rows: rows(frame, &given),
            seen: Seen { version, now: facts.into_iter().collect() },
            mistakes,
        })
    });
    page.await
}

fn current(known: &InForce, id: AnalyteId) -> Given {
    let answers = known.answers(id);
    Given {
        code: answers.iter().map(|a| a.code.clone()).collect(),
        words: answers.iter().map(|a| a.words.clone()).collect(),
        meaning: answers.iter().map(|a| a.meaning.code().to_owned()).collect(),
        ..Given::default()
    }
}

async fn answers_changed(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let (id, asked) = (AnalyteId(id), given.clone());
    let changed = reader.submit(None, move |tx| {
        let version = catalog::version(tx)?;
        versions::unchanged(tx, asked.shown, version)?;
        tx.run(ProposeAnswers { analyte: id, answers: asked.answers() })
    });
    match changed.await {
        Ok(()) => Ok(saved(&reader)),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(answers_form(&reader, id, Some(given), mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
pub fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        ("catalog-key" | "catalog-key-taken", _) => "key",
        ("catalog-loinc", _) => "loinc",
        ("catalog-unit-unreadable", _) => "unit",
        ("catalog-use-needs-reason", _) | (_, Some("reason")) => "reason",
        (_, Some("analytes")) => "members",
        (_, Some("name")) => "name",
        (_, Some("short name")) => "short",
        _ => "",
    }
}
