//! One test system with its controls: chart, table, decisions, and the forms that act on a failure.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_chart::{LeveyJennings, Line, LineKind, Point, Tick, Words};
use titer_lab::instruments::{NoteKind, views as instruments};
use titer_lab::quality::failures::{NameFailureAction, ReleaseSystem, StopSystem};
use titer_lab::quality::views::{SystemNow, decisions};
use titer_lab::quality::{Cause, ControlState, Correction, Plan, PlanKind, Quality};
use titer_lab::systems::{SystemId, views as systems};
use titer_lab::{Action, Failure, Timestamp};
use titer_science::units::in_print;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::super::common::{Answer, again, at_reason, mistaken, show, who};
use super::{Recent, SEES, choice, level_name, outcome, recent, said, standing};
use crate::pages::quality::{Control, Decided, System};
use crate::pages::{Mistakes, Tone};
use crate::sections::QUALITY;
use crate::{Web, paths};

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// How many days the chart shows.
const DAYS: i64 = 30;
/// Days between two marks on the axis of time.
const TICK_DAYS: i64 = 5;
/// Points of a level are joined if they are at most so many days apart.
const JOINED_DAYS: i64 = 3;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const ACTS: Need = Need::May(Action::ActOnFailures);
    routes
        .get(paths::QUALITY_SYSTEM, SEES, page)
        // After a refusal the page stands at these addresses, and its live parts ask for them.
        .get(paths::QUALITY_FAILURE, ACTS, page)
        .post(paths::QUALITY_FAILURE, ACTS, named)
        .get(paths::QUALITY_STOP, ACTS, page)
        .post(paths::QUALITY_STOP, ACTS, stopped)
        .get(paths::QUALITY_RELEASE, ACTS, page)
        .post(paths::QUALITY_RELEASE, ACTS, released)
}

/// What is typed in a form of the page.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    cause: String,
    action: String,
    text: String,
    reason: String,
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, SystemId(id), Typed::default(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: SystemId, typed: Typed, mistakes: Mistakes) -> Result<System, Problem> {
    let page = reader.page(Some(&QUALITY), move |s, frame| {
        let system = systems::of_id(s, id)?.ok_or(Problem::Missing)?;
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let quality = frame.in_force(s)?.quality.clone();
        let now = Timestamp::from_micros(frame.now);
        let since = now.plus_seconds(-DAYS * DAY_SECONDS);
        let stands = quality.stands(&system, now);
        let found = recent(s, &stands, since)?;
        let standing = standing(frame, &catalog, &known, &stands, &found)?;
        let unit = catalog.analyte(system.analyte).map(|a| in_print(&a.unit)).unwrap_or_default();
        let name =
            frame.tell("quality-system-of", &[("analyte", &standing.analyte), ("instrument", &standing.instrument)]);
        let chart = chart(s, frame, &stands, &found, (since, now), (&name, &unit))?;
        let acts = frame.may(Action::ActOnFailures) && system.is_live();
        let here = acts && stands.plan.is_some_and(|plan| plan.kind == PlanKind::Here);
        let any = |state| stands.levels.iter().any(|level| level.state == state);
        let stopped = any(ControlState::Stopped);
        Ok(System {
            page: frame.page(),
            id: id.to_string(),
            name,
            plan: plan_words(frame, stands.plan),
            chart,
            controls: table(s, frame, &quality, &found, &unit)?,
            decisions: decided(s, frame, id, since)?,
            causes: Cause::ALL.iter().map(|c| choice(c.code(), frame.t(c.key()), &typed.cause)).collect(),
            corrections: Correction::ALL.iter().map(|c| choice(c.code(), frame.t(c.key()), &typed.action)).collect(),
            // A stop covers a failure, which may be mended meanwhile.
            nameable: here && (stopped || any(ControlState::Failing)),
            stoppable: here && !stopped,
            releasable: here && stopped,
            text: typed.text,
            reason: typed.reason,
            standing,
            mistakes,
        })
    });
    page.await
}

fn plan_words(frame: &Frame, plan: Option<&Plan>) -> String {
    match plan {
        None => String::new(),
        Some(plan) if plan.kind == PlanKind::Elsewhere => {
            frame.tell("quality-plan-place", &[("place", &plan.body.place), ("procedure", &plan.body.procedure)])
        }
        Some(plan) => frame.tell("quality-plan-hours", &[("hours", &plan.body.hours.to_string())]),
    }
}

fn chart(
    s: &mut dyn Read,
    frame: &Frame,
    stands: &SystemNow,
    (controls, runs): &Recent,
    (from, to): (Timestamp, Timestamp),
    (title, unit): (&str, &str),
) -> Result<String, Failure> {
    let within = |at: Timestamp| (from..=to).contains(&at);
    let shown = controls.iter().filter(|c| within(c.measured_at) && usize::from(c.level) <= stands.levels.len());
    let points: Vec<Point> = shown
        .filter(|c| c.level > 0)
        .map(|control| {
            let (outcome, rules) = outcome(control, runs);
            Point {
                level: usize::from(control.level) - 1,
                at: control.measured_at.micros(),
                time: frame.at(control.measured_at).words,
                z: control.z,
                value: format!("{} {unit}", control.value).trim_end().to_owned(),
                outcome,
                rules,
                excluded: false,
            }
        })
        .collect();
    if points.iter().all(|point| point.z.is_none()) {
        return Ok(String::new());
    }
    let notes = instruments::notes(s, stands.system.instrument, None)?;
    let lines = notes.iter().filter(|note| within(note.at) && note.struck.is_none()).filter_map(|note| {
        let kind = match note.kind {
            NoteKind::Calibrated => LineKind::Calibration,
            NoteKind::ReagentLot => LineKind::Lot,
            NoteKind::Serviced | NoteKind::Repaired => LineKind::Maintenance,
            NoteKind::Other => return None,
        };
        let label = format!("{} {}", frame.t(note.kind.key()), note.lot).trim_end().to_owned();
        Some(Line { at: note.at.micros(), kind, label })
    });
    let ticks = (0..=DAYS / TICK_DAYS).map(|i| {
        let at = from.plus_seconds(i * TICK_DAYS * DAY_SECONDS);
        let day = titer_lab::sites::views::local(at, &frame.zone).strftime("%-d %b").to_string();
        Tick { at: at.micros(), text: day }
    });
    let drawn = LeveyJennings {
        id: "controls-chart".to_owned(),
        title: title.to_owned(),
        description: frame.tell("quality-chart-describes", &[("count", &points.len().to_string())]),
        from: from.micros(),
        to: to.micros(),
        levels: stands.levels.iter().map(|level| level_name(frame, level.level)).collect(),
        values: None,
        points,
        lines: lines.collect(),
        ticks: ticks.collect(),
        joined_within: JOINED_DAYS * DAY_SECONDS * 1_000_000,
        words: Words {
            sd: frame.t("quality-word-sd"),
            mean: frame.t("quality-word-mean"),
            warning: frame.t("quality-word-warning"),
            rejected: frame.t("quality-word-rejected"),
            unknown: frame.t("quality-word-unknown"),
            excluded: frame.t("quality-word-excluded"),
            no_z: frame.t("quality-word-no-z"),
            empty: frame.t("quality-word-empty"),
        },
    };
    // What cannot be drawn is left to the table, which then stands open.
    Ok(drawn.svg().unwrap_or_default())
}

fn table(
    s: &mut dyn Read,
    frame: &Frame,
    quality: &Quality,
    (controls, runs): &Recent,
    unit: &str,
) -> Result<Vec<Control>, Failure> {
    let mut rows = Vec::new();
    for control in controls {
        rows.push(Control {
            at: frame.at(control.measured_at),
            level: level_name(frame, control.level),
            lot: quality.lot(control.lot).map_or_else(String::new, |lot| lot.number.clone()),
            value: format!("{} {unit}", control.value).trim_end().to_owned(),
            z: control.z.map(|z| format!("{z:+.2}")).unwrap_or_default(),
            outcome: said(frame, control, runs),
            bad: outcome(control, runs).0 != titer_chart::Outcome::Pass,
            by: who(frame.words, s, control.by)?,
        });
    }
    Ok(rows)
}

fn decided(s: &mut dyn Read, frame: &Frame, id: SystemId, since: Timestamp) -> Result<Vec<Decided>, Failure> {
    let mut all = Vec::new();
    for decision in decisions(s, id, since)? {
        let cause = Cause::from_code(&decision.cause).map(|c| frame.t(c.key()));
        let action = Correction::from_code(&decision.action).map(|c| frame.t(c.key()));
        let what = [Some(frame.t(decision.kind.key())), cause, action].into_iter().flatten();
        all.push(Decided {
            at: frame.at(decision.at),
            what: what.collect::<Vec<_>>().join(" · "),
            text: decision.text,
            by: who(frame.words, s, decision.by)?,
        });
    }
    Ok(all)
}

async fn named(reader: Reader, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Answer {
    let system = SystemId(id);
    let command = NameFailureAction {
        system,
        cause: typed.cause.clone(),
        action: typed.action.clone(),
        text: typed.text.clone(),
    };
    let done = reader.submit(None, move |tx| tx.run(command)).await;
    answered(&reader, system, done, "quality-named-done", typed).await
}

async fn stopped(reader: Reader, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Answer {
    let system = SystemId(id);
    let done = reader.submit(Some(typed.reason.clone()), move |tx| tx.run(StopSystem { system })).await;
    answered(&reader, system, done, "quality-stop-done", typed).await
}

async fn released(reader: Reader, Path(id): Path<i64>, Form(typed): Form<Typed>) -> Answer {
    let system = SystemId(id);
    let done = reader.submit(Some(typed.reason.clone()), move |tx| tx.run(ReleaseSystem { system })).await;
    answered(&reader, system, done, "quality-release-done", typed).await
}

/// The page again: with what was done, or with what was typed and why it was refused.
async fn answered(
    reader: &Reader,
    system: SystemId,
    done: Result<(), Failure>,
    says: &'static str,
    typed: Typed,
) -> Answer {
    match done {
        Ok(()) => Ok(reader.done(&reader.to(paths::QUALITY_SYSTEM.of(system)), Tone::Calm, reader.t(says))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(shown(reader, system, typed, mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    match refusal.code {
        "quality-cause-unknown" => "cause",
        "quality-action-unknown" => "action",
        _ if refusal.args.iter().any(|(name, value)| *name == "field" && value == "action") => "text",
        _ => at_reason(failure),
    }
}
