//! The gate: whether the controls of a test system let a result be released. It reads what is remembered only, so that deciding costs no
//! search. Nobody overrides it.

use jiff::tz::TimeZone;
use titer_science::qc::{Bracket, Standing};
use titer_store::Timestamp;

use super::{PlanKind, Quality, judging::instant};
use crate::{Refusal, sites, systems::views::System};

/// A hold that needs no more words.
fn hold(code: &str) -> String {
    code.to_owned()
}

/// Whether a hold is of controls: it is found again whenever the result is judged again.
#[must_use]
pub fn is_of_control(hold: &str) -> bool {
    hold.starts_with("control-")
}

/// Why a result with such a hold is not signed; nothing for other holds.
pub(crate) fn refusal(hold: &str) -> Option<Refusal> {
    let (code, said) = hold.split_once(':').unwrap_or((hold, ""));
    match code {
        "control-unplanned" => Some(Refusal::new("results-control-unplanned")),
        "control-untimed" => Some(Refusal::new("results-control-untimed")),
        "control-unknown" => Some(Refusal::new("results-control-unknown")),
        "control-missing" => Some(Refusal::new("results-control-missing")),
        "control-expired" => Some(Refusal::new("results-control-expired").with("said", said)),
        "control-failing" => Some(Refusal::new("results-control-failing").with("said", said)),
        "control-doubtful" => Some(Refusal::new("results-control-doubtful")),
        "control-stopped" => Some(Refusal::new("results-control-stopped")),
        _ => None,
    }
}

impl Quality {
    /// Why a result of a test system that was measured at a time is held because of controls. Nothing if all levels passed then, and no
    /// failure makes the result doubtful; and nothing if its controls are kept elsewhere.
    pub fn gate(&self, system: &System, measured_at: Option<Timestamp>, zone: &TimeZone) -> Vec<String> {
        let Some(plan) = self.plan(system.id) else { return vec![hold("control-unplanned")] };
        if plan.kind == PlanKind::Elsewhere {
            // What was measured while they were kept here is not let go by another plan.
            let known_from = self.remembered(system.id).map(|known| known.known_from);
            let before = known_from.zip(measured_at).is_some_and(|(from, at)| at < from);
            return if before { vec![hold("control-unknown")] } else { Vec::new() };
        }
        let Some(measured_at) = measured_at else { return vec![hold("control-untimed")] };
        let Some(known) = self.remembered(system.id) else { return vec![hold("control-missing")] };
        if measured_at < known.known_from {
            return vec![hold("control-unknown")];
        }
        let mut holds = Vec::new();
        for level in 1..=plan.levels() {
            let timeline = known.timeline(level, self.endings(system.instrument));
            let at = instant(measured_at);
            let doubtful = timeline.brackets().iter().any(|bracket: &Bracket| bracket.holds(at));
            let found = match timeline.at(at) {
                Standing::Stopped { .. } => hold("control-stopped"),
                Standing::Failing { .. } => {
                    format!("control-failing:{}", known.failing_rule(level, measured_at).unwrap_or_default())
                }
                _ if doubtful => hold("control-doubtful"),
                Standing::Missing => hold("control-missing"),
                Standing::Expired { since } => {
                    let since = sites::views::local(Timestamp::from_micros(since.as_microsecond()), zone);
                    format!("control-expired:{}", since.strftime("%Y-%m-%dT%H:%M"))
                }
                Standing::Passing { .. } => continue,
            };
            let new = !holds.contains(&found);
            holds.extend(new.then_some(found));
        }
        holds
    }
}
