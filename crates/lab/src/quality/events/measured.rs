//! Controls that were measured, and what people decided about test systems.

use serde::{Deserialize, Serialize};
use titer_science::qc::History;
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, set};

use super::{
    super::{
        ControlId, Decided, LotId, PlanId, RunId, TargetId, face,
        tables::{self, ControlRow, DecisionRow, RunRow, SystemRow},
    },
    json, measured, subjects,
};
use crate::{catalog::AnalyteId, stories, systems::SystemId};

/// The first place of an event that control runs have; controls stand below.
const FIRST_RUN: i64 = 256;

/// A control result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlBody {
    /// The test system.
    pub system: i64,
    /// The analyte.
    pub analyte: i64,
    /// The level of the plan, from 1.
    pub level: u8,
    /// The run that it belongs to.
    pub run: i64,
    /// The value, as it was measured.
    pub value: String,
    /// The target that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<i64>,
    /// How many SDs it lies from the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// Whether it is as expected, if it has no z.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// A code of [`crate::quality::Unjudged`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<String>,
}

/// A point that breaks a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkedPoint {
    /// The control result; none if it is not remembered any more.
    pub control: Option<i64>,
    /// Its level.
    pub level: u8,
    /// Its z.
    pub z: f64,
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokenRule {
    /// The code of the rule.
    pub rule: String,
    /// Whether it rejects, or warns.
    pub rejects: bool,
    /// The points that break it, oldest first.
    pub points: Vec<MarkedPoint>,
}

/// What a run comes to for one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelOutcome {
    /// The level.
    pub level: u8,
    /// `pass`, `warning`, `incomplete`, `reject`.
    pub outcome: String,
    /// When its last control was measured.
    pub at: i64,
    /// When the next is due.
    pub until: i64,
}

/// A run as it was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunBody {
    /// Which.
    pub run: i64,
    /// The test system.
    pub system: i64,
    /// The plan by which it was judged.
    pub plan: i64,
    /// When its first control was measured.
    pub begun_at: i64,
    /// `pass`, `warning`, `incomplete`, `reject`.
    pub outcome: String,
    /// Broken rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<BrokenRule>,
    /// Its levels.
    pub levels: Vec<LevelOutcome>,
}

/// Older runs of a test system need not be remembered any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trimmed {
    /// The test system.
    pub system: i64,
    /// Nothing is known of the state before.
    pub known_from: i64,
    /// Runs are remembered from here on.
    pub runs_from: i64,
    /// What the judge remembers before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

/// Controls of one lot were measured, and judged together with what was measured before and after them.
#[derive(Serialize, Deserialize)]
pub struct ControlsMeasured {
    /// The lot.
    pub lot: i64,
    /// On what.
    pub instrument: i64,
    /// When.
    pub measured_at: i64,
    /// The message that brought them; none if a person entered them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<i64>,
    /// The control results.
    pub controls: Vec<ControlBody>,
    /// The runs that were judged, or judged again.
    pub runs: Vec<RunBody>,
    /// Earlier controls that belong to another run now, each with that run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<(i64, i64)>,
    /// Runs that have no controls any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<i64>,
    /// What is not remembered any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trimmed: Vec<Trimmed>,
    /// Whether a level stands otherwise now, at any time: what waits is judged again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes_state: bool,
}

impl ControlsMeasured {
    pub(in crate::quality) fn control(event: i64, place: usize) -> ControlId {
        ControlId(id(event, place as i64))
    }

    /// The run that the event begins at this place.
    pub(in crate::quality) fn run(event: i64, place: usize) -> RunId {
        RunId(id(event, FIRST_RUN + place as i64))
    }
}

impl Event for ControlsMeasured {
    const KIND: &'static str = "quality.controls-measured";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[
        &tables::HEAD,
        &tables::SYSTEMS,
        &tables::RUNS,
        &tables::CONTROLS,
        &crate::jobs::face::DUE,
        &stories::STORIES,
    ];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (actor_kind, actor) = header.actor.code();
        let mut systems = Vec::new();
        for (place, body) in self.controls.iter().enumerate() {
            systems.push(body.system);
            changes.put(ControlRow {
                id: ControlsMeasured::control(header.number, place),
                system: SystemId(body.system),
                analyte: AnalyteId(body.analyte),
                run: RunId(body.run),
                lot: LotId(self.lot),
                level: i64::from(body.level),
                value: body.value.clone(),
                measured_at: Timestamp::from_micros(self.measured_at),
                entered_at: header.at,
                actor_kind,
                actor,
                target: body.target.map(TargetId),
                z: body.z.map(|z| format!("{z:?}")),
                passed: body.passed,
                unjudged: body.unjudged.clone(),
                message: self.message,
            });
        }
        for body in &self.runs {
            changes.put(RunRow {
                id: RunId(body.run),
                system: SystemId(body.system),
                begun_at: Timestamp::from_micros(body.begun_at),
                plan: PlanId(body.plan),
                outcome: body.outcome.clone(),
                broken: json(&body.broken),
                levels: json(&body.levels),
                version: header.number,
            });
        }
        for (control, run) in &self.moved {
            changes.patch(ControlId(*control), set!(ControlRow { run: RunId(*run) }));
        }
        for run in &self.gone {
            changes.drop::<RunRow>(RunId(*run));
        }
        let systems = subjects(systems.into_iter());
        for system in &systems {
            changes.patch(SystemId(*system), set!(SystemRow { version: header.number }));
        }
        for trimmed in &self.trimmed {
            let from = Timestamp::from_micros(trimmed.runs_from);
            let set = set!(SystemRow {
                known_from: Timestamp::from_micros(trimmed.known_from),
                runs_from: from,
                judged_from: from,
                history: trimmed.history.as_ref().map(json),
            });
            changes.patch(SystemId(trimmed.system), set);
        }
        measured(changes, header);
        if self.changes_state {
            face::judge_again(changes, header);
        }
        stories::enter(changes, header, &systems, "");
    }
}

/// Cause and action of a failure were named.
#[derive(Serialize, Deserialize)]
pub struct ActionNamed {
    /// The test system.
    pub system: i64,
    /// A code of [`crate::quality::Cause`].
    pub cause: String,
    /// A code of [`crate::quality::Correction`].
    pub action: String,
    /// What was found and done.
    pub text: String,
}

const DECIDES: &[&Table] =
    &[&tables::HEAD, &tables::SYSTEMS, &tables::DECISIONS, &crate::jobs::face::DUE, &stories::STORIES];

fn decide(
    changes: &mut Changes,
    header: &Header,
    system: i64,
    kind: Decided,
    (code, action, text): (&str, &str, &str),
) {
    let (actor_kind, actor) = header.actor.code();
    changes.put(DecisionRow {
        id: id(header.number, 0),
        system: SystemId(system),
        at: header.at,
        kind,
        code: code.to_owned(),
        action: action.to_owned(),
        text: text.to_owned(),
        actor_kind,
        actor,
    });
    changes.patch(SystemId(system), set!(SystemRow { version: header.number }));
    measured(changes, header);
    face::judge_again(changes, header);
}

impl Event for ActionNamed {
    const KIND: &'static str = "quality.action-named";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DECIDES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        decide(changes, header, self.system, Decided::ActionNamed, (&self.cause, &self.action, &self.text));
        stories::enter(changes, header, &[self.system], &self.text);
    }
}

/// A person stopped a test system.
#[derive(Serialize, Deserialize)]
pub struct Stopped {
    /// Which.
    pub system: i64,
    /// Why.
    pub why: String,
}

impl Event for Stopped {
    const KIND: &'static str = "quality.stopped";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DECIDES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        decide(changes, header, self.system, Decided::Stopped, ("", "", &self.why));
        stories::enter(changes, header, &[self.system], &self.why);
    }
}

/// A stop was taken back.
#[derive(Serialize, Deserialize)]
pub struct Released {
    /// Which.
    pub system: i64,
    /// Why.
    pub why: String,
}

impl Event for Released {
    const KIND: &'static str = "quality.released";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = DECIDES;
    fn project(&self, header: &Header, changes: &mut Changes) {
        decide(changes, header, self.system, Decided::Released, ("", "", &self.why));
        stories::enter(changes, header, &[self.system], &self.why);
    }
}
