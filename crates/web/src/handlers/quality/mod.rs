//! Quality control: the board of all test systems, the worst first. One of them: [`system`]. Control plans: [`plans`].

mod plans;
mod system;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::Query;
use serde::Deserialize;
use titer_chart::{Outcome, z_line};
use titer_lab::catalog::Catalog;
use titer_lab::quality::views::{ControlResult, ControlRun, LevelNow, SystemNow, controls, runs};
use titer_lab::quality::{ControlState, PlanKind};
use titer_lab::{Action, Failure, Systems, Timestamp, text};
use titer_science::units::in_print;
use titer_shell::address::escaped;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::common::{Answer, show, test_name};
use crate::pages::Choice;
use crate::pages::quality::{Board, Level, Standing};
use crate::sections::QUALITY;
use crate::{Web, paths};

/// Test systems on one page.
const PAGE: usize = 50;
/// How many seconds the board looks back for the last control of a level.
const LATELY_SECONDS: i64 = 7 * 24 * 60 * 60;

const SEES: Need = Need::May(Action::SeeQuality);

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    plans::add(system::add(routes.get(paths::QUALITY, SEES, board)))
}

/// What narrows the board.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    instrument: String,
    discipline: String,
    from: usize,
}

async fn board(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let page = reader.page(Some(&QUALITY), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let quality = frame.in_force(s)?.quality.clone();
        let now = Timestamp::from_micros(frame.now);
        let discipline = |of: &SystemNow| catalog.analyte(of.system.analyte).map_or("", |a| a.discipline.as_str());
        let fits = |of: &SystemNow| {
            (asked.instrument.is_empty() || of.system.instrument.to_string() == asked.instrument)
                && (asked.discipline.is_empty() || discipline(of) == asked.discipline)
        };
        let mut all: Vec<SystemNow> = quality.board(&known, now).into_iter().filter(fits).collect();
        all.sort_by_cached_key(|of| (urgency(of), text::key(&test_name(&catalog, of.system.analyte)), of.system.id));
        let (count, next) = (all.len(), asked.from.saturating_add(PAGE));
        let mut lines = Vec::new();
        for of in all.iter().skip(asked.from).take(PAGE) {
            let since = now.plus_seconds(-LATELY_SECONDS);
            let found = match of.levels.is_empty() {
                true => (Vec::new(), Vec::new()),
                false => recent(s, of, since)?,
            };
            lines.push(standing(frame, &catalog, &known, of, &found)?);
        }
        let disciplines: BTreeSet<&str> = catalog.analytes().map(|a| a.discipline.as_str()).collect();
        let [instrument, narrowed] = [&asked.instrument, &asked.discipline].map(|asked| escaped(asked));
        let query = format!("?instrument={instrument}&discipline={narrowed}&from={next}");
        Ok(Board {
            page: frame.page(),
            lines,
            count,
            stopped: all.iter().filter(|of| is_held(of)).count(),
            unplanned: all.iter().filter(|of| of.plan.is_none()).count(),
            instruments: known
                .instruments()
                .iter()
                .map(|i| choice(&i.id.to_string(), i.name.clone(), &asked.instrument))
                .collect(),
            disciplines: disciplines
                .into_iter()
                .map(|d| choice(d, frame.t(&format!("discipline-{d}")), &asked.discipline))
                .collect(),
            next: if next < count { frame.to(paths::QUALITY) + &query } else { String::new() },
        })
    });
    show(page.await?)
}

fn choice(value: &str, label: String, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label, hint: String::new(), chosen: value == chosen }
}

/// Whether results of a test system that are measured now would be held.
fn is_held(of: &SystemNow) -> bool {
    match of.plan {
        None => true,
        Some(plan) => plan.kind == PlanKind::Here && of.state != Some(ControlState::Passing),
    }
}

/// Where a test system stands on the board: failures first, what is kept elsewhere last.
fn urgency(of: &SystemNow) -> u8 {
    match (of.plan, of.state) {
        (_, Some(ControlState::Failing)) => 0,
        (_, Some(ControlState::Stopped)) => 1,
        (_, Some(ControlState::Missing)) => 2,
        (_, Some(ControlState::Expired)) => 3,
        (None, _) => 4,
        (_, Some(ControlState::Passing)) => 5,
        _ => 6,
    }
}

/// Control results and control runs of a test system, each the newest first.
type Recent = (Vec<ControlResult>, Vec<ControlRun>);

fn standing(
    frame: &Frame,
    catalog: &Catalog,
    known: &Systems,
    of: &SystemNow,
    recent: &Recent,
) -> Result<Standing, Failure> {
    let unit = catalog.analyte(of.system.analyte).map(|a| in_print(&a.unit)).unwrap_or_default();
    let state = match (of.plan, of.state) {
        (None, _) => frame.t("quality-unplanned-state"),
        (_, Some(state)) => frame.t(state.key()),
        (Some(plan), None) => frame.t(plan.kind.key()),
    };
    let passes = of.state == Some(ControlState::Passing);
    let until = of.levels.iter().filter(|_| passes).filter_map(|level| level.until).min();
    Ok(Standing {
        href: frame.to(paths::QUALITY_SYSTEM.of(of.system.id)),
        analyte: test_name(catalog, of.system.analyte),
        instrument: known.instrument(of.system.instrument).map_or_else(String::new, |i| i.name.clone()),
        state,
        until: until.map(|until| frame.tell("quality-until", &[("at", &frame.at(until).short)])).unwrap_or_default(),
        passing: !is_held(of),
        levels: of.levels.iter().map(|level| level_of(frame, level, &unit, recent)).collect(),
    })
}

fn level_of(frame: &Frame, level: &LevelNow, unit: &str, (controls, runs): &Recent) -> Level {
    let name = level_name(frame, level.level);
    let last = controls.iter().find(|c| c.level == level.level);
    let value = last.map(|c| format!("{} {unit}", c.value).trim_end().to_owned()).unwrap_or_default();
    let picture = last.and_then(|c| {
        let label = format!("{name}: {value}, {}", said(frame, c, runs));
        // A label that is too long leaves the picture out: the value and its judgement stand beside it in words.
        z_line(c.z, outcome(c, runs).0, &label).ok()
    });
    Level {
        name,
        state: frame.t(level.state.key()),
        passing: level.state == ControlState::Passing,
        detail: detail(frame, level),
        value,
        picture: picture.unwrap_or_default(),
        at: frame.maybe(last.map(|c| c.measured_at)),
    }
}

fn level_name(frame: &Frame, level: u8) -> String {
    frame.tell("quality-level-number", &[("level", &level.to_string())])
}

/// Since when, until when, by which rule, and what a failure waits for. Nothing is said of a level that passes.
fn detail(frame: &Frame, level: &LevelNow) -> String {
    if level.state == ControlState::Passing {
        return String::new();
    }
    let mut said = Vec::new();
    if let Some(rule) = level.rule.as_ref().filter(|rule| !rule.is_empty()) {
        said.push(frame.tell("quality-rule", &[("rule", rule)]));
    }
    match level.until {
        Some(until) => said.push(frame.tell("quality-until", &[("at", &frame.at(until).words)])),
        None if level.since.is_some() => {
            said.push(frame.tell("quality-since", &[("at", &frame.maybe(level.since).words)]));
        }
        None => {}
    }
    if level.state == ControlState::Failing {
        said.push(match (level.action_named, level.repeats) {
            (true, _) => frame.t("quality-action-waits"),
            (false, 0) => frame.t("quality-action-missing"),
            (false, repeats) => frame.tell("quality-repeats", &[("count", &repeats.to_string())]),
        });
    }
    said.join(", ")
}

/// How a control was judged, and which rules it broke. What is not said to have passed is unknown.
fn outcome(control: &ControlResult, runs: &[ControlRun]) -> (Outcome, Vec<String>) {
    let mut rules = Vec::new();
    let mut rejected = false;
    for rule in runs.iter().filter(|run| run.id == control.run).flat_map(|run| &run.broken) {
        if rule.points.iter().any(|point| point.control == Some(control.id.0)) {
            rejected |= rule.rejects;
            rules.push(rule.rule.clone());
        }
    }
    let outcome = match (rejected, rules.is_empty(), control.passed) {
        (true, ..) | (_, _, Some(false)) => Outcome::Rejected,
        (false, false, _) => Outcome::Warning,
        (false, true, Some(true)) => Outcome::Pass,
        (false, true, None) if control.z.is_some() && control.unjudged.is_none() => Outcome::Pass,
        _ => Outcome::Unknown,
    };
    (outcome, rules)
}

/// How a control was judged, in words.
fn said(frame: &Frame, control: &ControlResult, runs: &[ControlRun]) -> String {
    let (outcome, rules) = outcome(control, runs);
    let rules = rules.join(", ");
    match (control.unjudged, outcome) {
        (Some(why), _) => frame.t(why.key()),
        (_, Outcome::Rejected) if control.passed == Some(false) => frame.t("quality-outcome-unexpected"),
        (_, Outcome::Rejected) => frame.tell("quality-outcome-rejected", &[("rules", &rules)]),
        (_, Outcome::Warning) => frame.tell("quality-outcome-warning", &[("rules", &rules)]),
        (_, Outcome::Pass) => frame.t("quality-outcome-pass"),
        (_, Outcome::Unknown) => frame.t("quality-word-unknown"),
    }
}

/// Reads what a page of one test system shows of the time since.
fn recent(s: &mut dyn Read, of: &SystemNow, since: Timestamp) -> Result<Recent, Failure> {
    Ok((controls(s, of.system.id, since)?, runs(s, of.system.id, since)?))
}
