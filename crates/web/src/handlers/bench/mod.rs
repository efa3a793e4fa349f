//! The bench: what is outstanding. Results are entered in [`entry`]; [`rules`] says what the laboratory wants of the bench.

mod entry;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::Query;
use serde::Deserialize;
use titer_lab::catalog::{AnalyteId, TestId};
use titer_lab::instruments::InstrumentId;
use titer_lab::instruments::views::{self as instruments, Instrument};
use titer_lab::specimens::views as specimens;
use titer_lab::work::bench::{self, BenchTube};
use titer_lab::work::targets::{self, Targets};
use titer_lab::{Action, Catalog, Counted, Failure, text};
use titer_link::links::{LinkId, MappingState, views as links};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::common::{Answer, name, priority, show, tube};
use crate::pages::Choice;
use crate::pages::bench::{Bench, BenchLine, TestWork};
use crate::sections::BENCH;
use crate::{Web, paths};

/// Tubes on one page.
const TUBES_MAX: usize = 40;
const MINUTE_MICROS: i64 = 60_000_000;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const ENTERS: Need = Need::May(Action::EnterResults);
    routes
        .get(paths::BENCH, ENTERS, list)
        .get(paths::BENCH_ENTRY, ENTERS, entry::grid)
        .post(paths::BENCH_ENTRY, ENTERS, entry::save)
        .get(paths::BENCH_TARGETS, ENTERS, rules::targets)
        .post(paths::BENCH_TARGETS, Need::May(Action::SetTargets), rules::set_targets)
        .get(paths::BENCH_READERS, ENTERS, rules::readers)
        .post(paths::BENCH_READERS, Need::May(Action::RequireSecondReaders), rules::require)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    discipline: String,
    instrument: String,
    after: String,
}

/// A code that an address carries; nothing if it is none.
fn code(text: &str) -> String {
    let is_code = text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    if is_code { text.to_owned() } else { String::new() }
}

/// A place on the bench, as an address carries it.
fn position(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let mut next = || parts.next().flatten();
    Some((next()?, next()?, next()?))
}

fn written((rank, since, specimen): (i64, i64, i64)) -> String {
    format!("{rank}-{since}-{specimen}")
}

/// The tubes behind a place, as many as fit on a page; and behind which place the next page begins.
fn page_of(tubes: Vec<BenchTube>, after: &str, most: usize) -> (Vec<BenchTube>, String) {
    let after = position(after).unwrap_or((-1, 0, 0));
    let mut page: Vec<BenchTube> = tubes.into_iter().filter(|t| t.position() > after).take(most + 1).collect();
    let more = page.len() > most;
    page.truncate(most);
    let next = page.last().filter(|_| more).map(|last| written(last.position()));
    (page, next.unwrap_or_default())
}

async fn list(reader: Reader, Query(mut asked): Query<Asked>) -> Answer {
    asked.discipline = code(&asked.discipline);
    let page = reader.page(Some(&BENCH), move |s, frame| {
        let catalog = frame.catalog(s)?;
        let known = instruments::instruments(s)?;
        let measured =
            match asked.instrument.parse().ok().and_then(|id| known.iter().find(|i| i.id == InstrumentId(id))) {
                Some(instrument) => Some(measured_by(s, &catalog, instrument)?),
                None => None,
            };
        let of_discipline =
            |id| asked.discipline.is_empty() || catalog.analyte(id).is_some_and(|a| a.discipline == asked.discipline);
        let wanted = |id| of_discipline(id) && measured.as_ref().is_none_or(|m| m.contains(&id));
        let (mut tubes, more) = bench::outstanding(s)?;
        tubes.iter_mut().for_each(|tube| tube.outstanding.retain(|o| wanted(o.analyte)));
        tubes.retain(|tube| !tube.outstanding.is_empty());
        let count = Counted { number: tubes.len(), more };
        let tests = tests(frame, &catalog, &tubes);
        let (tubes, next) = page_of(tubes, &asked.after, TUBES_MAX);
        let targets = targets::targets(s)?;
        let lines = tubes.iter().map(|tube| line(s, frame, &catalog, &targets, tube)).collect::<Result<_, _>>()?;
        let instrument = asked.instrument.parse().unwrap_or(0_i64);
        let query = format!("discipline={}&instrument={instrument}&after={next}", asked.discipline);
        let mut in_use: Vec<&Instrument> = known.iter().filter(|i| i.out_of_use.is_none()).collect();
        in_use.sort_by_cached_key(|i| text::key(&i.name));
        let offered = |i: &&Instrument| choice(&i.id.to_string(), i.name.clone(), &asked.instrument);
        Ok(Bench {
            page: frame.page(),
            disciplines: disciplines(frame, &catalog, &asked.discipline),
            instruments: in_use.iter().map(offered).collect(),
            tests,
            lines,
            count: frame.words.amount(count),
            next: if next.is_empty() { next } else { format!("{}?{query}", frame.to(paths::BENCH)) },
        })
    });
    show(page.await?)
}

fn choice(value: &str, label: String, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label, hint: String::new(), chosen: value == chosen }
}

/// The disciplines of the catalogue, by name.
fn disciplines(frame: &Frame, catalog: &Catalog, chosen: &str) -> Vec<Choice> {
    let codes: BTreeSet<&str> = catalog.analytes().map(|a| a.discipline.as_str()).collect();
    let mut all: Vec<Choice> =
        codes.into_iter().map(|code| choice(code, frame.t(&format!("discipline-{code}")), chosen)).collect();
    all.sort_by(|a, b| a.label.cmp(&b.label));
    all
}

/// What is measured with an instrument: on a link, what its mappings name; otherwise what no link names.
fn measured_by(s: &mut dyn Read, catalog: &Catalog, instrument: &Instrument) -> Result<BTreeSet<AnalyteId>, Failure> {
    let mut mapped = |link: LinkId| -> Result<BTreeSet<AnalyteId>, Failure> {
        let mappings = links::mappings(s, link)?;
        Ok(mappings.into_iter().filter(|m| m.state != MappingState::Withdrawn).map(|m| m.analyte).collect())
    };
    if let Some(link) = instrument.link {
        return mapped(LinkId(link));
    }
    let mut all: BTreeSet<AnalyteId> = catalog.analytes().map(|a| a.id).collect();
    for link in links::links(s)? {
        let mappings = links::mappings(s, link.id)?;
        mappings.iter().filter(|m| m.state != MappingState::Withdrawn).for_each(|m| _ = all.remove(&m.analyte));
    }
    Ok(all)
}

/// The tests that the tubes wait for, the most wanted first. A second reading is entered where its test was.
fn tests(frame: &Frame, catalog: &Catalog, tubes: &[BenchTube]) -> Vec<TestWork> {
    let mut counted: BTreeMap<TestId, usize> = BTreeMap::new();
    for tube in tubes {
        let wanted: BTreeSet<TestId> =
            tube.outstanding.iter().filter_map(|o| o.test.or_else(|| test_of(catalog, o.analyte))).collect();
        wanted.into_iter().for_each(|test| *counted.entry(test).or_default() += 1);
    }
    let work = |(id, tubes): (TestId, usize)| {
        let href = format!("{}?test={id}", frame.to(paths::BENCH_ENTRY));
        catalog.test(id).map(|test| TestWork { href, name: test.name.clone(), tubes })
    };
    let mut all: Vec<TestWork> = counted.into_iter().filter_map(work).collect();
    all.sort_by(|a, b| b.tubes.cmp(&a.tubes).then_with(|| a.name.cmp(&b.name)));
    all.truncate(TESTS_SHOWN_MAX);
    all
}

/// Tests that are offered above the tubes; each tube leads to its own.
const TESTS_SHOWN_MAX: usize = 24;

/// The first test of the catalogue that has an analyte.
fn test_of(catalog: &Catalog, analyte: AnalyteId) -> Option<TestId> {
    catalog.tests().iter().find(|test| test.analytes.contains(&analyte)).map(|test| test.id)
}

fn line(
    s: &mut dyn Read,
    frame: &Frame,
    catalog: &Catalog,
    targets: &Targets,
    waiting: &BenchTube,
) -> Result<BenchLine, Problem> {
    let specimen = specimens::specimen(s, waiting.specimen)?.ok_or(Problem::Missing)?;
    let short = |id: AnalyteId| catalog.analyte(id).map(|analyte| analyte.short.clone());
    let names = |second: bool| {
        let of_kind = waiting.outstanding.iter().filter(|o| o.second_reading.is_some() == second);
        of_kind.filter_map(|o| short(o.analyte)).collect::<Vec<_>>().join(", ")
    };
    let target = |test: Option<TestId>| targets.of.get(&test?)?.minutes(waiting.priority);
    let target = waiting.outstanding.iter().filter_map(|o| target(o.test)).min();
    let age = (frame.now - waiting.since.micros()) / MINUTE_MICROS;
    let first = waiting.outstanding.iter().find_map(|o| o.test.or_else(|| test_of(catalog, o.analyte)));
    let enter = first.map(|test| format!("{}?test={test}&specimen={}", frame.to(paths::BENCH_ENTRY), specimen.id));
    Ok(BenchLine {
        tube: tube(frame, &specimen),
        patient: name(frame, &specimen.patient),
        priority: priority(waiting.priority),
        outstanding: names(false),
        second: names(true),
        since: frame.at(waiting.since),
        age: match target {
            Some(target) => {
                let (age, target) = (age.to_string(), target.to_string());
                frame.tell("bench-minutes-of", &[("minutes", &age), ("target", &target)])
            }
            None => frame.tell("bench-minutes", &[("minutes", &age.to_string())]),
        },
        late: target.is_some_and(|target| age > target),
        enter: enter.unwrap_or_default(),
    })
}
