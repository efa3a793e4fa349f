//! Proposing control plans: the same for all test systems of an instrument that are marked.

use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::{Catalog, Kind};
use titer_lab::instruments::InstrumentId;
use titer_lab::quality::plans::{ProposePlans, WINDOW_MINUTES};
use titer_lab::quality::targets::AT_ONCE_MAX;
use titer_lab::quality::{FLOORS, MaterialId, PlanKind};
use titer_lab::systems::{SystemId, views::System};
use titer_lab::{Action, Failure, Systems, Tx, forms, text};
use titer_science::qc::{Action as Act, Resets, Rule, RuleSet, RuleUse};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::super::super::common::{Answer, again, at_reason, fresh, is_stale, mistaken, saved, show, test_name};
use super::super::choice;
use super::{PlanText, Tell, proposals, urgency};
use crate::pages::quality_plans::{Form as Page, Row};
use crate::pages::{Choice, Mistakes};
use crate::sections::QUALITY;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const PLANS: Need = Need::May(Action::PlanQuality);
    routes
        .get(paths::QUALITY_PLANS_HERE, PLANS, here)
        .post(paths::QUALITY_PLANS_HERE, PLANS, propose_here)
        .get(paths::QUALITY_PLANS_ELSEWHERE, PLANS, elsewhere)
        .post(paths::QUALITY_PLANS_ELSEWHERE, PLANS, propose_elsewhere)
}

/// A set of rules to choose: all reject. Those for three levels count controls by threes (Westgard's multirule for N = 3).
struct Set {
    code: &'static str,
    two: &'static [Rule],
    three: &'static [Rule],
}

const SETS: [Set; 3] = [
    Set { code: "single", two: &[Rule::ONE_3S], three: &[Rule::ONE_3S] },
    Set {
        code: "multi",
        two: &[Rule::ONE_3S, Rule::TWO_2S, Rule::R_4S],
        three: &[Rule::ONE_3S, Rule::TWO_OF_3_2S, Rule::R_4S],
    },
    Set {
        code: "full",
        two: &[Rule::ONE_3S, Rule::TWO_2S, Rule::R_4S, Rule::FOUR_1S, Rule::EIGHT_X],
        three: &[Rule::ONE_3S, Rule::TWO_OF_3_2S, Rule::R_4S, Rule::THREE_1S, Rule::SIX_X],
    },
];

impl Set {
    /// The rules for so many levels. A single rule is for any number of levels, the others are for two or three.
    fn of(&self, levels: usize) -> Option<&'static [Rule]> {
        match levels {
            2 => Some(self.two),
            3 => Some(self.three),
            _ => (self.two.len() == 1).then_some(self.two),
        }
    }

    fn choice(&self, frame: &Frame, chosen: &str) -> Choice {
        let [two, three] = [self.two, self.three].map(named);
        let hint = frame.tell("quality-plans-three", &[("rules", &three)]);
        let hint = if two == three { String::new() } else { hint };
        Choice { hint, ..choice(self.code, two, chosen) }
    }
}

fn named(rules: &[Rule]) -> String {
    rules.iter().map(Rule::to_string).collect::<Vec<_>>().join(" ")
}

/// What is typed in either form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    /// Test systems.
    mark: Vec<i64>,
    place: String,
    procedure: String,
    /// Levels of materials, each as `4096:1`.
    level: Vec<String>,
    rules: String,
    controls_per_level: String,
    hours: String,
    times: String,
    window_minutes: String,
    individualised: String,
    reason: String,
    shown: i64,
}

impl Given {
    /// What a new form proposes: one control of each level, within the usual window. For how long they support results, a person decides.
    fn new(only: Option<i64>) -> Self {
        Given {
            mark: only.into_iter().collect(),
            controls_per_level: "1".to_owned(),
            window_minutes: WINDOW_MINUTES.to_string(),
            ..Given::default()
        }
    }

    /// The levels that are marked, in the order in which their materials were added. What is none is refused like one that does not exist.
    fn levels(&self) -> Vec<(MaterialId, u8)> {
        let read = |mark: &String| {
            let read = mark.split_once(':').and_then(|(id, level)| Some((id.parse().ok()?, level.parse().ok()?)));
            read.map_or((MaterialId(0), 0), |(id, level)| (MaterialId(id), level))
        };
        let mut levels: Vec<_> = self.level.iter().map(read).collect();
        levels.sort();
        levels
    }

    fn set(&self) -> Option<&'static Set> {
        SETS.iter().find(|set| set.code == self.rules)
    }

    /// The chosen rules, if any are chosen that fit the levels.
    fn rules(&self) -> Option<RuleSet> {
        let levels = self.levels().len();
        let rules = self.set()?.of(levels)?;
        Some(RuleSet {
            name: named(rules),
            version: 1,
            levels: levels as u8,
            controls_per_level: number(&self.controls_per_level),
            resets: Resets { lot_change: true, recalibration: true, closed_action: true },
            rules: rules.iter().map(|rule| RuleUse::usual(*rule, Act::Reject)).collect(),
        })
    }

    /// A plan for each test system that is marked. Rules are for numbers only.
    fn plans(&self, kind: PlanKind, systems: &Systems, catalog: &Catalog) -> Vec<PlanText> {
        let numeric = |id: SystemId| {
            let system = systems.all().iter().find(|system| system.id == id);
            system.and_then(|system| catalog.analyte(system.analyte)).is_some_and(|a| a.kind == Kind::Numeric)
        };
        let of = |system: SystemId| match kind {
            PlanKind::Elsewhere => PlanText::elsewhere(system, &self.place, &self.procedure),
            PlanKind::Here => PlanText {
                kind,
                levels: self.levels(),
                rules: self.rules().filter(|_| numeric(system)),
                controls_per_level: number(&self.controls_per_level),
                hours: number(&self.hours),
                times: self.times.split([',', ';', ' ']).map(str::to_owned).collect(),
                window_minutes: number(&self.window_minutes),
                individualised: self.individualised.clone(),
                ..PlanText::elsewhere(system, "", "")
            },
        };
        self.mark.iter().map(|id| of(SystemId(*id))).collect()
    }
}

/// What is no number is refused as 0.
fn number<N: std::str::FromStr + Default>(typed: &str) -> N {
    typed.trim().parse().unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Only {
    system: Option<i64>,
}

async fn here(reader: Reader, Path(id): Path<i64>, Query(only): Query<Only>) -> Answer {
    show(form(&reader, PlanKind::Here, InstrumentId(id), Given::new(only.system), Mistakes::default()).await?)
}

async fn elsewhere(reader: Reader, Path(id): Path<i64>, Query(only): Query<Only>) -> Answer {
    show(form(&reader, PlanKind::Elsewhere, InstrumentId(id), Given::new(only.system), Mistakes::default()).await?)
}

async fn propose_here(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let levels = given.levels().len();
    if given.set().is_some_and(|set| set.of(levels).is_none()) {
        let mistakes = Mistakes::one("rules", reader.t("quality-plans-rules-levels"));
        return again(form(&reader, PlanKind::Here, InstrumentId(id), given, mistakes).await?);
    }
    propose(&reader, PlanKind::Here, InstrumentId(id), given).await
}

async fn propose_elsewhere(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    propose(&reader, PlanKind::Elsewhere, InstrumentId(id), given).await
}

async fn propose(reader: &Reader, kind: PlanKind, id: InstrumentId, mut given: Given) -> Result<Response, Problem> {
    let (typed, mark) = (given.clone(), given.shown);
    let said = format!("{kind:?} {:?}", Given { shown: 0, ..given.clone() });
    let run = move |tx: &mut Tx<'_, '_>| {
        forms::once(tx, mark, "plans", &said, |tx| {
            let (systems, catalog) = (tx.systems()?, tx.catalog()?);
            let proposed = tx.run(ProposePlans(typed.plans(kind, &systems, &catalog)))?;
            Ok(proposed.first().map_or(0, |plan| plan.0))
        })
    };
    // A reason is demanded only if a plan in force is to be replaced.
    let reason = Some(given.reason.clone()).filter(|reason| !reason.trim().is_empty());
    match reader.submit(reason, run).await {
        Ok(made) => {
            let to = format!("{}?instrument={id}", reader.to(paths::QUALITY_PLANS));
            Ok(saved(reader, made, &to, "quality-plans-proposed-done"))
        }
        Err(failure) => {
            if is_stale(&failure) {
                given.shown = 0;
            }
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(reader, kind, id, given, mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        (_, Some("place")) => "place",
        (_, Some("procedure")) => "procedure",
        (_, Some("individualised")) | ("quality-below-floor", _) => "individualised",
        ("quality-material-unknown" | "quality-levels", _) => "level",
        ("quality-rules", _) => "rules",
        ("quality-controls-per-level", _) => "controls_per_level",
        ("quality-hours", _) => "hours",
        ("quality-time" | "quality-too-many-times", _) => "times",
        ("quality-window", _) => "window_minutes",
        _ => at_reason(failure),
    }
}

async fn form(
    reader: &Reader,
    kind: PlanKind,
    id: InstrumentId,
    given: Given,
    mistakes: Mistakes,
) -> Result<Page, Problem> {
    let page = reader.page(Some(&QUALITY), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let name = known.instrument(id).map(|i| i.name.clone()).ok_or(Problem::Missing)?;
        let quality = frame.in_force(s)?.quality.clone();
        let proposed = proposals(&quality);
        let marked = |system: &System| given.mark.contains(&system.id.0);
        let mut all: Vec<&System> = known.all().iter().filter(|s| s.instrument == id && s.is_live()).collect();
        all.sort_by_cached_key(|s| {
            let name = text::key(&test_name(&catalog, s.analyte));
            (!marked(s), urgency(&quality, &proposed, s.id), name, s.id)
        });
        let left_out = all.len().saturating_sub(AT_ONCE_MAX);
        let mut tell = Tell { frame, catalog: &catalog, known: &known, quality: &quality, names: Default::default() };
        let mut rows = Vec::new();
        for system in all.into_iter().take(AT_ONCE_MAX) {
            let judged = catalog.analyte(system.analyte).is_some_and(|a| !matches!(a.kind, Kind::Bin | Kind::Text));
            rows.push(Row {
                value: system.id.to_string(),
                line: tell.line(s, system, proposed.get(&system.id).copied())?,
                marked: marked(system),
                barred: if kind == PlanKind::Here && !judged { frame.t("quality-plans-barred") } else { String::new() },
            });
        }
        let mut levels = Vec::new();
        for material in quality.materials() {
            for level in 1..=material.levels {
                let (value, of) = (format!("{}:{level}", material.id), usize::from(level));
                let label = frame.tell("quality-plans-material", &[("material", &material.name), ("level", &of)]);
                let chosen = given.level.contains(&value);
                levels.push(Choice { hint: material.maker.clone(), chosen, ..choice(&value, label, "") });
            }
        }
        Ok(Page {
            page: frame.page(),
            here: kind == PlanKind::Here,
            id: id.to_string(),
            name,
            rows,
            left_out,
            levels,
            rules: SETS.iter().map(|set| set.choice(frame, &given.rules)).collect(),
            floors: FLOORS.iter().map(|floor| floor.source.to_owned()).collect(),
            place: given.place,
            procedure: given.procedure,
            controls_per_level: given.controls_per_level,
            hours: given.hours,
            times: given.times,
            window_minutes: given.window_minutes,
            individualised: given.individualised,
            reason: given.reason,
            seen: fresh(frame, given.shown)?,
            mistakes,
        })
    });
    page.await
}
