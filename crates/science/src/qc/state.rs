//! The state of control of one level of a test system: whether a result that was measured at some time may be believed.
//!
//! The state follows the times of measurement, not of arrival. So a [`Timeline`] is computed from all that happened, in the order of its
//! times: a control that arrives late stands where it was measured, and if it failed, what passed after it no longer passes until
//! cause and action have been named.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::Outcome;

/// What ends a passing state: the next control must pass before results are believed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ended {
    /// The test system was calibrated.
    Calibrated,
    /// Another lot of reagent or of calibrator came into use.
    NewLot,
    /// The instrument was serviced or repaired.
    Maintained,
}

/// What happened to a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A control of the level was measured.
    Control {
        /// What its event comes to. A warning stands as a pass; an incomplete event changes nothing.
        outcome: Outcome,
        /// When the next control is due: if it passed, the state passes until then.
        until: Timestamp,
    },
    /// Something ended the passing state.
    Ended(Ended),
    /// Cause and corrective action of a failure were named. Without that no repetition reopens release.
    ActionClosed,
    /// A person stopped the test system.
    Stopped,
    /// The stop was taken back. Controls that passed since the stop count.
    Released,
}

impl Happening {
    /// Of what happened at one time: that which opens release comes first, so that that which closes release has the last word. Of two
    /// controls that passed, it is the one after which the next is due sooner.
    fn caution(self) -> (u8, Option<Reverse<Timestamp>>) {
        let due = match self {
            Happening::Control { until, .. } => Some(Reverse(until)),
            _ => None,
        };
        let rank = match self {
            Happening::ActionClosed => 0,
            Happening::Released => 1,
            Happening::Control { outcome: Outcome::Pass | Outcome::Warning, .. } => 2,
            Happening::Control { outcome: Outcome::Incomplete, .. } => 3,
            Happening::Ended(_) => 4,
            Happening::Control { outcome: Outcome::Reject, .. } => 5,
            Happening::Stopped => 6,
        };
        (rank, due)
    }
}

/// Something that happened, and when: of a control the time of its measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// How a level stands at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A control passed, and the next is not due yet. Of all, this alone lets a result be released.
    Passing {
        /// When the last control that passed was measured.
        since: Timestamp,
        /// When the next is due.
        until: Timestamp,
    },
    /// The next control was due and was not measured.
    Expired {
        /// When it was due.
        since: Timestamp,
    },
    /// No control passed yet, or none since something ended the passing state.
    Missing,
    /// A control failed.
    Failing {
        /// When the control was measured that failed first.
        since: Timestamp,
        /// Controls that passed since without a cause and an action: mere repetition, which does not reopen release.
        repeats: u32,
        /// Whether cause and action have been named: the next control that passes reopens release.
        action_closed: bool,
    },
    /// A person stopped the test system.
    Stopped {
        /// When.
        since: Timestamp,
    },
}

impl Standing {
    /// Whether a result that was measured then may be released.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(self, Standing::Passing { .. })
    }

    /// Which of two levels stands worse: a test system stands as its worst level does.
    #[must_use]
    pub fn worse(self, other: Standing) -> Standing {
        let rank = |standing| match standing {
            Standing::Passing { .. } => 0,
            Standing::Expired { .. } => 1,
            Standing::Missing => 2,
            Standing::Failing { .. } => 3,
            Standing::Stopped { .. } => 4,
        };
        match (self, other) {
            // Of two levels that pass, the state ends with the first that does.
            (Standing::Passing { until, .. }, Standing::Passing { until: sooner, .. }) if sooner < until => other,
            _ if rank(other) > rank(self) => other,
            _ => self,
        }
    }
}

/// Results that a failure makes doubtful: those measured from `after` to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bracket {
    /// When the last control was measured that passed before the failure; none if none did.
    pub after: Option<Timestamp>,
    /// When the control was measured that failed first.
    pub failed_at: Timestamp,
    /// When the control was measured that reopened release; none while it is failing.
    pub to: Option<Timestamp>,
}

impl Bracket {
    /// Whether a result that was measured then is doubtful. Of a result that was measured at the very time of a control nobody knows whether
    /// it came before or after the control, so it is doubtful.
    #[must_use]
    pub fn holds(&self, measured_at: Timestamp) -> bool {
        self.after.is_none_or(|after| measured_at >= after) && self.to.is_none_or(|to| measured_at <= to)
    }
}

/// From when on a level stands as it does, and whether a person had stopped it.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: Timestamp,
    under: Standing,
    stopped: Option<Timestamp>,
}

/// How a level stood, at any time.
#[derive(Debug, Clone)]
pub struct Timeline {
    changes: Vec<Change>,
    brackets: Vec<Bracket>,
}

impl Timeline {
    /// From all that happened, in any order.
    #[must_use]
    pub fn of(occurrences: &[Occurrence]) -> Timeline {
        let mut ordered = occurrences.to_vec();
        ordered.sort_by_key(|o| (o.at, o.what.caution()));
        let mut timeline = Timeline { changes: Vec::new(), brackets: Vec::new() };
        let (mut under, mut stopped, mut last_good) = (Standing::Missing, None, None);
        for Occurrence { at, what } in ordered {
            let before = under;
            under = match what {
                Happening::Control { outcome, until } => {
                    let after = controlled(under, at, outcome, until);
                    if after.is_passing() && outcome_passes(outcome) {
                        last_good = Some(at);
                    }
                    after
                }
                Happening::Ended(_) => {
                    if matches!(under, Standing::Failing { .. }) {
                        under
                    } else {
                        Standing::Missing
                    }
                }
                Happening::ActionClosed => match under {
                    Standing::Failing { since, repeats, .. } => {
                        Standing::Failing { since, repeats, action_closed: true }
                    }
                    other => other,
                },
                Happening::Stopped => {
                    stopped = stopped.or(Some(at));
                    if under.is_passing() { Standing::Missing } else { under }
                }
                Happening::Released => {
                    stopped = None;
                    under
                }
            };
            timeline.follow(before, under, at, last_good);
            timeline.changes.push(Change { at, under, stopped });
        }
        timeline
    }

    /// Opens a bracket with a failure, and ends the bracket when release is reopened.
    fn follow(&mut self, before: Standing, after: Standing, at: Timestamp, last_good: Option<Timestamp>) {
        match (before, after) {
            (Standing::Failing { .. }, Standing::Failing { .. }) => {}
            (_, Standing::Failing { .. }) => {
                self.brackets.push(Bracket { after: last_good, failed_at: at, to: None });
            }
            (Standing::Failing { .. }, _) => {
                if let Some(bracket) = self.brackets.last_mut() {
                    bracket.to = Some(at);
                }
            }
            _ => {}
        }
    }

    /// How it stood, or stands, at a time: what happened at that time counts.
    #[must_use]
    pub fn at(&self, time: Timestamp) -> Standing {
        let known = self.changes.partition_point(|change| change.at <= time);
        let Some(change) = known.checked_sub(1).map(|last| self.changes[last]) else { return Standing::Missing };
        match (change.stopped, change.under) {
            (Some(since), _) => Standing::Stopped { since },
            // Due at a time means before that time.
            (None, Standing::Passing { until, .. }) if until <= time => Standing::Expired { since: until },
            (None, under) => under,
        }
    }

    /// The failures, in the order of their times, each with what it makes doubtful.
    #[must_use]
    pub fn brackets(&self) -> &[Bracket] {
        &self.brackets
    }

    /// Whether a result that was measured at this time may be released: the level passed then, and no failure makes the result doubtful.
    #[must_use]
    pub fn supports(&self, measured_at: Timestamp) -> bool {
        self.at(measured_at).is_passing() && !self.brackets.iter().any(|bracket| bracket.holds(measured_at))
    }
}

fn outcome_passes(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Pass | Outcome::Warning)
}

/// How a level stands after a control.
fn controlled(before: Standing, at: Timestamp, outcome: Outcome, until: Timestamp) -> Standing {
    match (outcome, before) {
        (Outcome::Incomplete, _) => before,
        (Outcome::Reject, Standing::Failing { since, repeats, .. }) => {
            // An action that was followed by a failure was not the right one.
            Standing::Failing { since, repeats, action_closed: false }
        }
        (Outcome::Reject, _) => Standing::Failing { since: at, repeats: 0, action_closed: false },
        (Outcome::Pass | Outcome::Warning, Standing::Failing { since, repeats, action_closed: false }) => {
            Standing::Failing { since, repeats: repeats + 1, action_closed: false }
        }
        // A control that is due before it was measured supports nothing.
        (Outcome::Pass | Outcome::Warning, _) if until <= at => Standing::Expired { since: at },
        (Outcome::Pass | Outcome::Warning, _) => Standing::Passing { since: at, until },
    }
}
