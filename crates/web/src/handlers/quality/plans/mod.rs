//! Control plans: where the controls of each test system are kept, and how. The list. Proposing: [`propose`]. Signing: [`sign`].

mod propose;
mod sign;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Query;
use serde::Deserialize;
use titer_lab::catalog::Catalog;
use titer_lab::quality::plans::PlanText;
use titer_lab::quality::{Plan, PlanKind, PlanLevel, Quality};
use titer_lab::systems::{SystemId, views::System};
use titer_lab::{Action, Actor, Failure, Systems, text};
use titer_science::qc::{Action as Act, RuleSet};
use titer_shell::address::{Named, escaped};
use titer_shell::frame::Frame;
use titer_shell::permit::Routes;
use titer_shell::reader::Reader;
use titer_store::Read;

use super::super::common::{Answer, show, test_name, who};
use super::{SEES, choice};
use crate::pages::quality_plans::{Group, Line, Plans, Said};
use crate::sections::QUALITY;
use crate::{Web, paths};

/// Test systems on one page.
const PAGE: usize = 200;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    sign::add(propose::add(routes.get(paths::QUALITY_PLANS, SEES, list)))
}

/// What narrows the list.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    instrument: String,
    state: String,
    /// One test system alone.
    system: Option<i64>,
    from: usize,
}

/// The plans that wait for a signature, by test system.
fn proposals(quality: &Quality) -> HashMap<SystemId, &Plan> {
    quality.proposed_plans().iter().map(|plan| (plan.system, plan)).collect()
}

/// Where a test system stands in a list of plans: first those that hold results and wait for somebody to propose.
fn urgency(quality: &Quality, proposed: &HashMap<SystemId, &Plan>, system: SystemId) -> u8 {
    match (quality.plan(system), proposed.contains_key(&system)) {
        (None, false) => 0,
        (None, true) => 1,
        (Some(_), true) => 2,
        (Some(_), false) => 3,
    }
}

async fn list(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let page = reader.page(Some(&QUALITY), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let quality = frame.in_force(s)?.quality.clone();
        let proposed = proposals(&quality);
        let fits = |system: &&System| {
            let state = match asked.state.as_str() {
                "unplanned" => quality.plan(system.id).is_none(),
                "proposed" => proposed.contains_key(&system.id),
                "in-force" => quality.plan(system.id).is_some(),
                _ => true,
            };
            state
                && asked.system.is_none_or(|only| system.id == SystemId(only))
                && (asked.instrument.is_empty() || system.instrument.to_string() == asked.instrument)
        };
        let mut all: Vec<&System> = known.all().iter().filter(|s| s.is_live()).filter(fits).collect();
        all.sort_by_cached_key(|s| {
            let urgency = urgency(&quality, &proposed, s.id);
            (
                text::key(&instrument_name(&known, s)),
                s.instrument,
                urgency,
                text::key(&test_name(&catalog, s.analyte)),
                s.id,
            )
        });
        let (count, next) = (all.len(), asked.from.saturating_add(PAGE));
        let shown: Vec<&System> = all.iter().copied().skip(asked.from).take(PAGE).collect();
        let proposes = frame.may(Action::PlanQuality);
        let mut tell = Tell { frame, catalog: &catalog, known: &known, quality: &quality, names: HashMap::new() };
        let mut groups = Vec::new();
        for of in shown.chunk_by(|a, b| a.instrument == b.instrument) {
            let to = |address: Named| match (proposes, asked.system) {
                (false, _) => String::new(),
                (true, None) => frame.to(address),
                (true, Some(only)) => format!("{}?system={only}", frame.to(address)),
            };
            let lines = of.iter().map(|system| tell.line(s, system, proposed.get(&system.id).copied()));
            groups.push(Group {
                name: instrument_name(&known, of[0]),
                lines: lines.collect::<Result<_, _>>()?,
                here: to(paths::QUALITY_PLANS_HERE.of(of[0].instrument)),
                elsewhere: to(paths::QUALITY_PLANS_ELSEWHERE.of(of[0].instrument)),
            });
        }
        let states = [
            ("unplanned", "quality-plans-state-unplanned"),
            ("proposed", "quality-plans-state-proposed"),
            ("in-force", "quality-plans-state-in-force"),
        ];
        let [instrument, state] = [&asked.instrument, &asked.state].map(|asked| escaped(asked));
        let query = format!("?instrument={instrument}&state={state}&from={next}");
        Ok(Plans {
            page: frame.page(),
            groups,
            count,
            unplanned: all.iter().filter(|s| quality.plan(s.id).is_none()).count(),
            proposed: proposed.len(),
            signs: frame.may(Action::SignPlans),
            instruments: known
                .instruments()
                .iter()
                .map(|i| choice(&i.id.to_string(), i.name.clone(), &asked.instrument))
                .collect(),
            states: states.iter().map(|(code, key)| choice(code, frame.t(key), &asked.state)).collect(),
            next: if next < count { frame.to(paths::QUALITY_PLANS) + &query } else { String::new() },
        })
    });
    show(page.await?)
}

fn instrument_name(known: &Systems, system: &System) -> String {
    known.instrument(system.instrument).map_or_else(String::new, |i| i.name.clone())
}

/// Says what plans say.
struct Tell<'a> {
    frame: &'a Frame,
    catalog: &'a Catalog,
    known: &'a Systems,
    quality: &'a Quality,
    /// The names of those who proposed.
    names: HashMap<(i64, i64), String>,
}

impl Tell<'_> {
    /// A test system with its plan and what is proposed for it.
    fn line(&mut self, s: &mut dyn Read, system: &System, proposed: Option<&Plan>) -> Result<Line, Failure> {
        let specimen = self.catalog.specimen_types().iter().find(|t| t.id == system.specimen_type);
        let plan = self.quality.plan(system.id);
        Ok(Line {
            href: self.frame.to(paths::QUALITY_SYSTEM.of(system.id)),
            analyte: test_name(self.catalog, system.analyte),
            specimen: specimen.map_or_else(|| "?".to_owned(), |t| t.name.clone()),
            instrument: instrument_name(self.known, system),
            planned: plan.is_some(),
            in_force: plan.map(|plan| self.in_force(plan)),
            proposed: proposed.map(|plan| self.proposed(s, plan)).transpose()?,
        })
    }

    fn in_force(&self, plan: &Plan) -> Said {
        let by = plan.proposal.approved.as_ref().map_or_else(String::new, |(name, at)| {
            self.frame.tell("quality-plans-signed-by", &[("name", name), ("at", &self.frame.at(*at).words)])
        });
        Said { says: self.says(plan), by, cause: plan.proposal.cause.clone() }
    }

    fn proposed(&mut self, s: &mut dyn Read, plan: &Plan) -> Result<Said, Failure> {
        let by = plan.proposal.by;
        if let (None, Some(actor)) = (self.names.get(&by), Actor::from_code(by.0, by.1)) {
            self.names.insert(by, who(self.frame.words, s, actor)?);
        }
        let name = self.names.get(&by).cloned().unwrap_or_default();
        let at = self.frame.at(plan.proposal.at).words;
        let by = self.frame.tell("quality-plans-proposed-by", &[("name", &name), ("at", &at)]);
        Ok(Said { says: self.says(plan), by, cause: plan.proposal.cause.clone() })
    }

    /// All that a plan says, in sentences.
    fn says(&self, plan: &Plan) -> Vec<String> {
        let (frame, body) = (self.frame, &plan.body);
        if plan.kind == PlanKind::Elsewhere {
            let (place, procedure) = (&body.place, &body.procedure);
            let says = frame.tell("quality-plans-says-elsewhere", &[("place", place), ("procedure", procedure)]);
            return vec![says];
        }
        let mut says = vec![frame.tell("quality-plans-says-here", &[("levels", &self.levels(plan))])];
        says.push(match &body.rules {
            None => frame.t("quality-plans-says-no-rules"),
            Some(rules) => frame.tell("quality-plans-says-rules", &[("rules", &of_rules(rules, Act::Reject))]),
        });
        let warns = body.rules.as_ref().map(|rules| of_rules(rules, Act::Warn)).unwrap_or_default();
        if !warns.is_empty() {
            says.push(frame.tell("quality-plans-says-warnings", &[("rules", &warns)]));
        }
        let (controls, hours) = (usize::from(body.controls_per_level), body.hours as usize);
        let minutes = body.window_minutes as usize;
        says.push(frame.tell("quality-plans-says-controls", &[("count", &controls), ("minutes", &minutes)]));
        says.push(frame.tell("quality-plans-says-hours", &[("hours", &hours)]));
        if !body.times.is_empty() {
            says.push(frame.tell("quality-plans-says-times", &[("times", &body.times.join(", "))]));
        }
        if !body.individualised.is_empty() {
            says.push(frame.tell("quality-plans-says-individualised", &[("plan", &body.individualised)]));
        }
        says
    }

    /// The levels, numbered as the plan numbers them.
    fn levels(&self, plan: &Plan) -> String {
        let of = |(number, level): (usize, &PlanLevel)| {
            let material = self.quality.materials().iter().find(|m| m.id.0 == level.material);
            let name = material.map_or_else(|| "?".to_owned(), |m| m.name.clone());
            let of = usize::from(level.level);
            self.frame.tell("quality-plans-level", &[("number", &number), ("material", &name), ("level", &of)])
        };
        (1..).zip(&plan.body.levels).map(of).collect::<Vec<_>>().join("; ")
    }
}

/// The rules of a set that have this consequence, by their names.
fn of_rules(rules: &RuleSet, action: Act) -> String {
    let names = rules.rules.iter().filter(|used| used.action == action).map(|used| used.rule.to_string());
    names.collect::<Vec<_>>().join(" ")
}
