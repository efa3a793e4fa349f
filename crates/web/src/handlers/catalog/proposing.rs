//! One reference interval or critical limit that a person proposes, and a proposal that is corrected or withdrawn.

use std::sync::Arc;

use axum::extract::Path;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::AnalyteId;
use titer_lab::catalog::propose::{CorrectProposal, GRADES, KINDS, Propose, Proposed, Waiting, WithdrawProposal};
use titer_lab::catalog::starter;
use titer_lab::catalog::views::{self as catalog, Interval, Limit};
use titer_lab::instruments::InstrumentId;
use titer_lab::{Action, Failure, Systems, Tx, forms, versions};
use titer_science::Op;
use titer_science::units::in_print;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::super::admin::tabs;
use super::super::common::{self, Answer, again, fresh, is_stale, mistaken, show};
use super::making::choice;
use crate::pages::proposals::{ProposalForm, Typed};
use crate::pages::{Choice, Fact, Mistakes, Seen, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

/// Units of an age, each with its word.
const AGE_UNITS: [(&str, &str); 5] = [
    ("h", "catalog-age-hours"),
    ("d", "catalog-age-days"),
    ("wk", "catalog-age-weeks"),
    ("mo", "catalog-age-months"),
    ("a", "catalog-age-years"),
];

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let may = Need::May(Action::ProposeCatalog);
    routes
        .get(paths::CATALOG_INTERVALS, may, interval)
        .post(paths::CATALOG_INTERVALS, may, interval_proposed)
        .get(paths::CATALOG_LIMITS, may, limit)
        .post(paths::CATALOG_LIMITS, may, limit_proposed)
        .get(paths::CATALOG_PROPOSAL, may, proposal)
        .post(paths::CATALOG_PROPOSAL, may, corrected)
        // After a refusal the page stands at this address.
        .get(paths::CATALOG_WITHDRAW, may, proposal)
        .post(paths::CATALOG_WITHDRAW, may, withdrawn)
}

/// What is typed, of an interval or of a limit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    instrument: String,
    population: String,
    kind: String,
    sex: String,
    age_low: String,
    age_low_unit: String,
    age_high: String,
    age_high_unit: String,
    low_op: String,
    low: String,
    high_op: String,
    high: String,
    source: String,
    confidence: String,
    note: String,
    reason: String,
    shown: i64,
}

impl Given {
    /// What stands in an empty form.
    fn new() -> Self {
        let (sex, kind, years) = ("any".to_owned(), KINDS[0].to_owned(), "a".to_owned());
        let [low_op, high_op] = [Op::LessOrEqual, Op::GreaterOrEqual].map(|op| op.code().to_owned());
        let age_high_unit = years.clone();
        Given { sex, kind, age_low_unit: years, age_high_unit, low_op, high_op, ..Given::default() }
    }

    fn of_interval(i: &Interval) -> Self {
        let given = Given {
            sex: i.sex.clone(),
            kind: i.kind.clone(),
            low: i.low.clone(),
            high: i.high.clone(),
            ..Given::new()
        };
        let given = given.aged(&i.age_low, &i.age_high).of(i.instrument);
        Given { source: i.source.clone(), confidence: i.confidence.clone(), note: i.note.clone(), ..given }
    }

    fn of_limit(l: &Limit) -> Self {
        let mut given = Given::new().aged(&l.age_low, &l.age_high).of(l.instrument);
        if let Some((op, low)) = l.limit.low {
            (given.low_op, given.low) = (op.code().to_owned(), low.to_string());
        }
        if let Some((op, high)) = l.limit.high {
            (given.high_op, given.high) = (op.code().to_owned(), high.to_string());
        }
        let population = if l.population == "any" { String::new() } else { l.population.clone() };
        Given { population, source: l.source.clone(), confidence: l.confidence.clone(), note: l.note.clone(), ..given }
    }

    fn aged(mut self, low: &str, high: &str) -> Self {
        let parts = |age: &str| age.split_once(' ').map(|(number, unit)| (number.to_owned(), unit.to_owned()));
        if let Some(age) = parts(low) {
            (self.age_low, self.age_low_unit) = age;
        }
        if let Some(age) = parts(high) {
            (self.age_high, self.age_high_unit) = age;
        }
        self
    }

    fn of(self, instrument: Option<InstrumentId>) -> Self {
        Given { instrument: instrument.map(|id| id.to_string()).unwrap_or_default(), ..self }
    }

    fn instrument(&self) -> Option<InstrumentId> {
        // What is no number is no instrument, and never all of them: the command refuses it.
        (!self.instrument.is_empty()).then(|| InstrumentId(self.instrument.parse().unwrap_or(0)))
    }

    fn ages(&self) -> [String; 2] {
        [(&self.age_low, &self.age_low_unit), (&self.age_high, &self.age_high_unit)].map(|(number, unit)| {
            let number = number.trim();
            if number.is_empty() { String::new() } else { format!("{number} {unit}") }
        })
    }

    fn interval(&self) -> Proposed {
        let [age_low, age_high] = self.ages();
        Proposed::Interval(starter::Interval {
            sex: self.sex.clone(),
            age_low,
            age_high,
            low: self.low.trim().to_owned(),
            high: self.high.trim().to_owned(),
            kind: self.kind.clone(),
            source: self.source.clone(),
            confidence: self.confidence.clone(),
            note: self.note.clone(),
            ..starter::Interval::default()
        })
    }

    fn limit(&self) -> Proposed {
        let [age_low, age_high] = self.ages();
        let [(low_op, low), (high_op, high)] =
            [(&self.low_op, &self.low), (&self.high_op, &self.high)].map(|(op, value)| {
                let value = value.trim().to_owned();
                (if value.is_empty() { String::new() } else { op.clone() }, value)
            });
        Proposed::Limit(starter::Limit {
            population: self.population.clone(),
            age_low,
            age_high,
            low,
            low_op,
            high,
            high_op,
            source: self.source.clone(),
            confidence: self.confidence.clone(),
            note: self.note.clone(),
            ..starter::Limit::default()
        })
    }

    /// The field of the form that a refusal is about.
    fn field(&self, failure: &Failure) -> &'static str {
        let Failure::Refused(refusal) = failure else { return "" };
        let says = |of: &str| refusal.args.iter().find(|(name, _)| *name == of).map_or("", |(_, value)| value.as_str());
        match (refusal.code, says("field")) {
            ("catalog-age", _) if says("age") == self.ages()[0] => "age_low",
            ("catalog-age", _) => "age_high",
            ("catalog-ages-inverted", _) => "age_low",
            ("catalog-number", _) if says("number") == self.low.trim() => "low",
            ("catalog-number", _) => "high",
            ("catalog-limits-inverted" | "catalog-no-bounds", _) => "low",
            ("catalog-instrument-out-of-use" | "instruments-unknown", _) => "instrument",
            ("catalog-withdraw-needs-reason", _) | (_, "reason") => "reason",
            (_, "source") => "source",
            (_, "note") => "note",
            (_, "population") => "population",
            _ => "",
        }
    }
}

/// What the form is about: something new of an analyte, or a proposal.
#[derive(Clone, Copy, Debug)]
enum About {
    Interval(AnalyteId),
    Limit(AnalyteId),
    Proposal(i64),
}

async fn interval(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(form(&reader, About::Interval(AnalyteId(id)), None, Mistakes::default()).await?)
}

async fn limit(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(form(&reader, About::Limit(AnalyteId(id)), None, Mistakes::default()).await?)
}

async fn proposal(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(form(&reader, About::Proposal(id), None, Mistakes::default()).await?)
}

/// The proposal of this id, with its analyte, as its form shows it.
fn waiting(s: &mut dyn Read, id: i64) -> Result<Option<(Waiting, AnalyteId, Given)>, Failure> {
    let (intervals, limits) = catalog::proposals(s)?;
    let interval = intervals.iter().find(|i| i.id.0 == id);
    let limit = limits.iter().find(|l| l.id.0 == id);
    let interval = interval.map(|i| (Waiting::Interval(i.id), i.analyte, Given::of_interval(i)));
    Ok(interval.or_else(|| limit.map(|l| (Waiting::Limit(l.id), l.analyte, Given::of_limit(l)))))
}

/// The form as it was typed; else empty, or as the proposal stands.
async fn form(
    reader: &Reader,
    about: About,
    typed: Option<Given>,
    mistakes: Mistakes,
) -> Result<ProposalForm, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (known, systems, version) = (frame.catalog(s)?, frame.systems(s)?, catalog::version(s)?);
        let (limit, id, now) = match about {
            About::Interval(id) => (false, id, Given::new()),
            About::Limit(id) => (true, id, Given::new()),
            About::Proposal(id) => {
                let (waiting, id, now) = waiting(s, id)?.ok_or(Problem::Missing)?;
                (matches!(waiting, Waiting::Limit(_)), id, Given { shown: version, ..now })
            }
        };
        let analyte = known.analyte(id).filter(|a| a.kind.has_limits()).ok_or(Problem::Missing)?;
        let (seen, href, withdraw_href) = match about {
            About::Interval(id) => (None, paths::CATALOG_INTERVALS.of(id), String::new()),
            About::Limit(id) => (None, paths::CATALOG_LIMITS.of(id), String::new()),
            About::Proposal(id) => {
                let stale = typed.as_ref().is_some_and(|typed| typed.shown != version);
                let stands = Fact { label: frame.t("catalog-title"), text: frame.t("catalog-changed") };
                let seen = Seen { version, now: if stale { vec![stands] } else { Vec::new() } };
                (Some(seen), paths::CATALOG_PROPOSAL.of(id), frame.to(paths::CATALOG_WITHDRAW.of(id)))
            }
        };
        let given = match typed {
            // Only the reason was typed: the other form shows the proposal as it stands.
            Some(typed) if typed.source.is_empty() && !withdraw_href.is_empty() => {
                Given { reason: typed.reason, ..now }
            }
            Some(typed) => typed,
            None => now,
        };
        let title = if limit { "catalog-limit-of" } else { "catalog-interval-of" };
        let sexes = [("any", "catalog-anybody"), ("female", "sex-female"), ("male", "sex-male")];
        let kinds = ["catalog-reference", "catalog-decision", "catalog-therapeutic"];
        let graded = GRADES.iter().map(|grade| choice(grade, (*grade).to_owned(), &given.confidence));
        Ok(ProposalForm {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            title: frame.tell(title, &[("analyte", &analyte.name)]),
            unit: in_print(&analyte.unit),
            limit,
            href: frame.to(href),
            withdraw_href,
            back: frame.to(paths::CATALOG_ANALYTE.of(id)),
            kinds: KINDS.iter().zip(kinds).map(|(code, key)| choice(code, frame.t(key), &given.kind)).collect(),
            sexes: sexes.into_iter().map(|(code, key)| choice(code, frame.t(key), &given.sex)).collect(),
            low_units: age_units(frame, &given.age_low_unit),
            high_units: age_units(frame, &given.age_high_unit),
            low_ops: comparisons(frame, [Op::LessOrEqual, Op::Less], &given.low_op),
            high_ops: comparisons(frame, [Op::GreaterOrEqual, Op::Greater], &given.high_op),
            instruments: instruments(frame, &systems, &given.instrument),
            grades: std::iter::once(choice("", frame.t("catalog-not-graded"), &given.confidence))
                .chain(graded)
                .collect(),
            seen: match seen {
                Some(seen) => seen,
                None => fresh(frame, given.shown)?,
            },
            withdraw_seen: Seen { version, now: Vec::new() },
            typed: Typed {
                population: given.population,
                age_low: given.age_low,
                age_high: given.age_high,
                low: given.low,
                high: given.high,
                source: given.source,
                note: given.note,
                reason: given.reason,
            },
            mistakes,
        })
    });
    page.await
}

fn age_units(frame: &Frame, chosen: &str) -> Vec<Choice> {
    AGE_UNITS.into_iter().map(|(unit, key)| choice(unit, frame.t(key), chosen)).collect()
}

fn comparisons(frame: &Frame, ops: [Op; 2], chosen: &str) -> Vec<Choice> {
    let key = |op| match op {
        Op::LessOrEqual => "catalog-at-most",
        Op::Less => "catalog-less-than",
        Op::GreaterOrEqual => "catalog-at-least",
        Op::Greater => "catalog-more-than",
    };
    ops.into_iter().map(|op| choice(op.code(), frame.t(key(op)), chosen)).collect()
}

/// All instruments, or one that is in use; and the chosen one, whatever became of it.
fn instruments(frame: &Frame, systems: &Systems, chosen: &str) -> Vec<Choice> {
    let of = systems.instruments().iter().filter(|i| i.out_of_use.is_none() || i.id.to_string() == chosen);
    let of = of.map(|i| choice(&i.id.to_string(), frame.tell("catalog-instrument-only", &[("name", &i.name)]), chosen));
    std::iter::once(choice("", frame.t("catalog-instrument-all"), chosen)).chain(of).collect()
}

async fn interval_proposed(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let proposed = given.interval();
    propose(&reader, About::Interval(AnalyteId(id)), AnalyteId(id), proposed, given).await
}

async fn limit_proposed(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let proposed = given.limit();
    propose(&reader, About::Limit(AnalyteId(id)), AnalyteId(id), proposed, given).await
}

/// Proposes something new, once for each form.
async fn propose(reader: &Reader, about: About, analyte: AnalyteId, proposed: Proposed, given: Given) -> Answer {
    let (mark, command) = (given.shown, Propose { analyte, instrument: given.instrument(), proposed });
    let said = format!("{about:?} {:?}", Given { shown: 0, ..given.clone() });
    let made = reader.submit(None, move |tx| {
        forms::once(tx, mark, "catalog-proposal", &said, |tx| {
            tx.run(command)?;
            Ok(titer_store::event::id(catalog::version(tx)?, 0))
        })
    });
    match made.await {
        Ok(made) => {
            Ok(common::saved(reader, made, &reader.to(paths::CATALOG_ANALYTE.of(analyte)), "catalog-proposal-saved"))
        }
        Err(failure) => {
            let shown = if is_stale(&failure) { 0 } else { given.shown };
            let mistakes = mistaken(reader.words(), given.field(&failure), failure)?;
            again(form(reader, about, Some(Given { shown, ..given }), mistakes).await?)
        }
    }
}

async fn corrected(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let (instrument, interval, limit) = (given.instrument(), given.interval(), given.limit());
    let correct = move |tx: &mut Tx<'_, '_>, waiting| {
        let proposed = if matches!(waiting, Waiting::Interval(_)) { interval } else { limit };
        tx.run(CorrectProposal { waiting, instrument, proposed })
    };
    change(&reader, id, given, "catalog-proposal-saved", correct).await
}

async fn withdrawn(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let withdraw = move |tx: &mut Tx<'_, '_>, waiting| tx.run(WithdrawProposal(waiting));
    change(&reader, id, given, "catalog-withdrawn", withdraw).await
}

/// Changes a proposal that nobody changed since the form was shown.
async fn change(
    reader: &Reader,
    id: i64,
    given: Given,
    says: &'static str,
    make: impl FnOnce(&mut Tx<'_, '_>, Waiting) -> Result<(), Failure> + Send + 'static,
) -> Answer {
    let known = reader.read(move |s| Ok(waiting(s, id)?)).await?;
    let Some((of, analyte, _)) = known else {
        // It was signed, replaced or withdrawn.
        return Ok(reader.done(&reader.to(paths::CATALOG), Tone::Caution, reader.t("refused-catalog-proposal-gone")));
    };
    let shown = given.shown;
    let why = Some(given.reason.clone()).filter(|reason| !reason.is_empty());
    let submitted = reader.submit(why, move |tx| {
        let version = catalog::version(tx)?;
        versions::unchanged(tx, shown, version)?;
        make(tx, of)
    });
    match submitted.await {
        Ok(()) => Ok(reader.done(&reader.to(paths::CATALOG_ANALYTE.of(analyte)), Tone::Calm, reader.t(says))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), given.field(&failure), failure)?;
            again(form(reader, About::Proposal(id), Some(given), mistakes).await?)
        }
    }
}
