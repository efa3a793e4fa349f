//! Test systems: the list, and one of them. Describing: [`describe`]. Verifying, and the records: [`verify`].

mod describe;
mod verify;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query};
use serde::Deserialize;
use titer_lab::instruments::InstrumentId;
use titer_lab::stories::{self, StoryEntry};
use titer_lab::systems::commands::{RetireSystem, ReturnSystem};
use titer_lab::systems::views as systems;
use titer_lab::systems::{RecordId, State, SystemId};
use titer_lab::{Action, Catalog, Failure, Systems as Known, text, versions};
use titer_link::Dialect;
use titer_link::links::views::Link;
use titer_science::units::in_print;
use titer_shell::address::escaped;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::{PLACES, Read};

use super::common::{Answer, again, at_reason, mistaken, show, test_name, who};
use crate::pages::results::interval;
use crate::pages::systems::{HistoryLine, RecordFacts, System, SystemLine, Systems};
use crate::pages::{Choice, Fact, Mistakes, Seen, Tone};
use crate::sections::INSTRUMENTS;
use crate::{Web, paths};

/// Test systems on one page.
const PAGE: usize = 100;

const SEES: Need = Need::May(Action::SeeInstruments);
const DESCRIBES: Need = Need::May(Action::DescribeSystems);
const VERIFIES: Need = Need::May(Action::VerifySystems);

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let routes = routes
        .get(paths::SYSTEMS, SEES, list)
        .get(paths::SYSTEM, SEES, page)
        // After a refusal the page stands at this address, and its live parts ask for it.
        .get(paths::SYSTEM_RETIRE, DESCRIBES, page)
        .post(paths::SYSTEM_RETIRE, DESCRIBES, retire)
        .get(paths::SYSTEM_RETURN, VERIFIES, page)
        .post(paths::SYSTEM_RETURN, VERIFIES, returned);
    verify::add(describe::add(routes))
}

/// What narrows the list.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    instrument: String,
    discipline: String,
    state: String,
    from: usize,
}

async fn list(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let disciplines: BTreeSet<&str> = catalog.analytes().map(|a| a.discipline.as_str()).collect();
        let fits = |system: &&systems::System| {
            let discipline = catalog.analyte(system.analyte).map_or("", |a| a.discipline.as_str());
            let state = if asked.state.is_empty() { system.is_live() } else { system.state.code() == asked.state };
            state
                && (asked.instrument.is_empty() || system.instrument.to_string() == asked.instrument)
                && (asked.discipline.is_empty() || discipline == asked.discipline)
        };
        let mut found: Vec<&systems::System> = known.all().iter().filter(fits).collect();
        found.sort_by_cached_key(|s| (text::key(&test_name(&catalog, s.analyte)), s.instrument, s.id));
        let (count, next) = (found.len(), asked.from + PAGE);
        let shown = found.into_iter().skip(asked.from).take(PAGE);
        let [instrument, discipline, state] =
            [&asked.instrument, &asked.discipline, &asked.state].map(|asked| escaped(asked));
        let query = format!("?instrument={instrument}&discipline={discipline}&state={state}&from={next}");
        let named = known.instruments().iter().map(|i| choice(&i.id.to_string(), i.name.clone(), &asked.instrument));
        Ok(Systems {
            page: frame.page(),
            lines: shown.map(|system| line(frame, &catalog, &known, system)).collect(),
            count,
            instruments: named.collect(),
            disciplines: disciplines
                .into_iter()
                .map(|d| choice(d, frame.t(&format!("discipline-{d}")), &asked.discipline))
                .collect(),
            states: State::ALL.iter().map(|state| choice(state.code(), frame.t(state.key()), &asked.state)).collect(),
            describable: frame.may(Action::DescribeSystems),
            next: if next < count { frame.to(paths::SYSTEMS) + &query } else { String::new() },
        })
    });
    show(page.await?)
}

fn choice(value: &str, label: String, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label, hint: String::new(), chosen: value == chosen }
}

fn line(frame: &Frame, catalog: &Catalog, known: &Known, system: &systems::System) -> SystemLine {
    SystemLine {
        href: frame.to(paths::SYSTEM.of(system.id)),
        analyte: test_name(catalog, system.analyte),
        specimen: specimen_name(catalog, system),
        instrument: known.instrument(system.instrument).map_or_else(String::new, |i| i.name.clone()),
        method: system.method.clone(),
        range: range(catalog, system),
        state: frame.t(system.state.key()),
        holds: system.state != State::InUse,
    }
}

fn specimen_name(catalog: &Catalog, system: &systems::System) -> String {
    let found = catalog.specimen_types().iter().find(|t| t.id == system.specimen_type);
    found.map_or_else(|| "?".to_owned(), |t| t.name.clone())
}

/// The measuring range with its unit; empty if none is stated.
fn range(catalog: &Catalog, system: &systems::System) -> String {
    if !system.has_range() {
        return String::new();
    }
    let [low, high] = [&system.low, &system.high].map(|end| catalog.limit_text(system.analyte, end));
    let unit = catalog.analyte(system.analyte).map(|a| in_print(&a.unit)).unwrap_or_default();
    format!("{} {unit}", interval(&low, &high)).trim_end().to_owned()
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, SystemId(id), Typed::default(), Mistakes::default()).await?)
}

/// What is typed in a form of the page.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    reason: String,
    password: Option<String>,
    shown: i64,
}

async fn shown(reader: &Reader, id: SystemId, typed: Typed, mistakes: Mistakes) -> Result<System, Problem> {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let system = systems::of_id(s, id)?.ok_or(Problem::Missing)?;
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let line = line(frame, &catalog, &known, &system);
        let record = match system.record {
            Some(id) => systems::record(s, id)?.map(|r| RecordFacts {
                href: frame.to(paths::SYSTEM_RECORD.of(r.id)),
                by: r.signed_by,
                at: frame.at(r.signed_at),
            }),
            None => None,
        };
        let (live, describes) = (system.is_live(), frame.may(Action::DescribeSystems));
        let of = |allowed: bool, href: String| if live && allowed { href } else { String::new() };
        let now = if typed.shown != 0 && typed.shown != system.version {
            facts(frame, &catalog, &system, &line)
        } else {
            Vec::new()
        };
        Ok(System {
            page: frame.page(),
            id: id.to_string(),
            name: frame.tell("systems-name", &[("analyte", &line.analyte), ("instrument", &line.instrument)]),
            facts: facts(frame, &catalog, &system, &line),
            held: held(frame, &system),
            record,
            history: history(s, frame, id)?,
            change: of(describes, frame.to(paths::SYSTEM_CHANGE.of(id))),
            verify: of(
                frame.may(Action::VerifySystems),
                format!("{}?system={id}", frame.to(paths::SYSTEMS_VERIFY.of(system.instrument))),
            ),
            instrument: frame.to(paths::INSTRUMENT.of(system.instrument)),
            retirable: describes && live && system.state != State::OutOfUse,
            returnable: system.state == State::OutOfUse && system.record.is_some() && frame.may(Action::VerifySystems),
            password: frame.reader.must_give_password(),
            reason: typed.reason,
            seen: Seen { version: system.version, now },
            mistakes,
        })
    });
    page.await
}

fn facts(frame: &Frame, catalog: &Catalog, system: &systems::System, line: &SystemLine) -> Vec<Fact> {
    let inputs: Vec<String> = system.inputs.iter().map(|input| frame.t(input.key())).collect();
    let decimals = system.decimals.or_else(|| catalog.analyte(system.analyte).map(|a| a.decimals));
    let own = catalog.has_own(system.analyte, system.instrument);
    let facts = [
        ("systems-analyte", line.analyte.clone()),
        ("systems-specimen", line.specimen.clone()),
        ("systems-instrument", line.instrument.clone()),
        ("systems-method", line.method.clone()),
        ("systems-state", line.state.clone()),
        ("systems-range", if line.range.is_empty() { frame.t("systems-range-none") } else { line.range.clone() }),
        (
            "systems-dilution",
            if system.dilution.is_empty() {
                frame.t("systems-dilution-none")
            } else {
                format!("1:{}", system.dilution)
            },
        ),
        ("systems-decimals", decimals.map(|d| d.to_string()).unwrap_or_default()),
        ("systems-inputs", if inputs.is_empty() { frame.t("systems-inputs-none") } else { inputs.join(", ") }),
        ("systems-limits", frame.t(if own { "systems-limits-own" } else { "systems-limits-general" })),
    ];
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
    facts.map(|(key, text)| Fact { label: frame.t(key), text }).collect()
}

/// Why results of the test system are held; empty while it is in use.
fn held(frame: &Frame, system: &systems::System) -> String {
    match (system.state, &system.why) {
        (State::InUse, _) => String::new(),
        (State::OutOfUse, Some(why)) => frame.tell("systems-held-out-of-use", &[("why", why)]),
        (State::Replaced, _) => frame.t("systems-held-replaced"),
        _ => frame.t("systems-held-described"),
    }
}

fn history(s: &mut dyn Read, frame: &Frame, id: SystemId) -> Result<Vec<HistoryLine>, Failure> {
    let mut lines = Vec::new();
    for StoryEntry { header, detail } in stories::story(s, id.0)?.into_iter().rev() {
        let key = format!("event-{}", header.kind.replace('.', "-"));
        let record = (header.kind == "systems.verified").then_some(RecordId(header.number * PLACES));
        lines.push(HistoryLine {
            at: frame.at(header.at),
            what: frame.tell(&key, &[("detail", &detail)]),
            by: who(frame.words, s, header.actor)?,
            record: record.map(|r| frame.to(paths::SYSTEM_RECORD.of(r))).unwrap_or_default(),
        });
    }
    Ok(lines)
}

async fn retire(reader: Reader, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Answer {
    let (system, shown) = (SystemId(id), typed.shown);
    let submitted = reader.submit(Some(typed.reason.clone()), move |tx| {
        unchanged(tx, system, shown)?;
        tx.run(RetireSystem { system })
    });
    answered(&reader, system, submitted.await, "systems-retire-done", typed).await
}

/// Refuses a form that showed another version of the test system.
fn unchanged(read: &mut dyn Read, system: SystemId, shown: i64) -> Result<(), Failure> {
    let last = systems::of_id(read, system)?.map_or(0, |s| s.version);
    versions::unchanged(read, shown, last)
}

async fn returned(reader: Reader, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Answer {
    let (system, version) = (SystemId(id), typed.shown);
    let signed = match reader.sign(typed.password.clone()).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(shown(&reader, system, typed, mistakes).await?);
        }
    };
    let run = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(ReturnSystem { system, version, signed });
    let submitted = reader.submit(Some(typed.reason.clone()), run).await;
    answered(&reader, system, submitted, "systems-return-done", typed).await
}

/// The page again: with what was done, or with what was typed and why it was refused.
async fn answered(
    reader: &Reader,
    system: SystemId,
    done: Result<(), Failure>,
    said: &'static str,
    typed: Typed,
) -> Answer {
    match done {
        Ok(()) => Ok(reader.done(&reader.to(paths::SYSTEM.of(system)), Tone::Calm, reader.t(said))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(reader, system, typed, mistakes).await?)
        }
    }
}

/// Instruments to choose from: those in use, and the one that is chosen already.
fn instruments(known: &Known, chosen: &str) -> Vec<Choice> {
    let all = known.instruments().iter();
    let offered = all.filter(|i| i.out_of_use.is_none() || i.id.to_string() == chosen);
    offered.map(|i| choice(&i.id.to_string(), i.name.clone(), chosen)).collect()
}

/// The name of an instrument, if there is one of this id.
fn instrument_name(known: &Known, id: InstrumentId) -> Result<String, Problem> {
    known.instrument(id).map(|i| i.name.clone()).ok_or(Problem::Missing)
}

/// Why results of a link are held, whatever they are: nobody can tell which instrument measured.
pub fn of_link(s: &mut dyn Read, frame: &Frame, link: &Link) -> Result<Option<String>, Failure> {
    let known = frame.systems(s)?;
    let on_link = known.instruments().iter().filter(|i| i.link == Some(link.id.0) && i.out_of_use.is_none());
    let names_module = Dialect::named(&link.dialect).is_ok_and(|dialect| dialect.instrument.module.is_some());
    Ok(match on_link.collect::<Vec<_>>().as_slice() {
        [] => Some(frame.t("systems-link-without")),
        [only] if only.module.is_empty() => None,
        _ if names_module => None,
        _ => Some(frame.t("systems-link-module-unsaid")),
    })
}
