//! What the gates answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Reason;

/// The gates, in the order in which they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The specimen and whose it is.
    Specimen,
    /// Controls, calibration and patient-based quality control.
    Control,
    /// The instrument's flags.
    Flags,
    /// Haemolysis, icterus, lipaemia.
    Interference,
    /// The measuring range, and coded values.
    MeasuringRange,
    /// Values that no living person can have.
    Absurd,
    /// Critical values.
    Critical,
    /// Changes against the previous result.
    Delta,
    /// Results that contradict each other; contamination.
    Consistency,
    /// Results that are calculated from others.
    Calculated,
}

impl Gate {
    /// All of them, in order.
    pub const ALL: [Gate; 10] = [
        Gate::Specimen,
        Gate::Control,
        Gate::Flags,
        Gate::Interference,
        Gate::MeasuringRange,
        Gate::Absurd,
        Gate::Critical,
        Gate::Delta,
        Gate::Consistency,
        Gate::Calculated,
    ];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Gate::Specimen => "Specimen and identity",
            Gate::Control => "Quality control and calibration",
            Gate::Flags => "Instrument flags",
            Gate::Interference => "Interference",
            Gate::MeasuringRange => "Measuring range",
            Gate::Absurd => "Absurd values",
            Gate::Critical => "Critical values",
            Gate::Delta => "Delta",
            Gate::Consistency => "Consistency between analytes",
            Gate::Calculated => "Calculated quantities",
        }
    }
}

/// What a gate answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer<'a> {
    /// Something was judged, and nothing holds.
    Pass {
        /// Why a part of it was not judged, where one was not.
        not_judged: Option<WhyNot>,
    },
    /// The result is held, for each of these reasons.
    Hold(&'a [Reason]),
    /// Nothing was judged, and why.
    NotApplicable(WhyNot),
}

/// Why a gate, or a part of it, judged nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyNot {
    /// The rule set has no rule of this kind for the test system.
    NoRule,
    /// There is a rule, but its input is missing and not required.
    NotRequired,
    /// There is no previous result in the window, and the rule set releases that.
    NoPrevious,
    /// What a pattern compares with was not ordered, or there is no previous result, and the rule set releases that.
    NothingToCompare,
    /// The person has no critical limit, by the word of whoever signed the list.
    NoCriticalLimit,
    /// A calculated quantity has no controls of its own: the results that it is calculated from have.
    Calculated,
    /// The result is measured, not calculated.
    Measured,
}

impl WhyNot {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            WhyNot::NoRule => "the rule set has no such rule for this test system",
            WhyNot::NotRequired => "its input is missing and not required",
            WhyNot::NoPrevious => "there is no previous result in the window, which the rule set allows",
            WhyNot::NothingToCompare => "there is nothing to compare with, which the rule set allows",
            WhyNot::NoCriticalLimit => "no critical limit is set for this person",
            WhyNot::Calculated => "the results that it is calculated from are controlled",
            WhyNot::Measured => "the result is measured",
        }
    }
}

/// Whether the result is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No gate holds.
    Release,
    /// A person must look.
    Hold,
}

/// Every gate's answer, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trail {
    judged: [Judged; Gate::ALL.len()],
    held: Vec<(Gate, Vec<Reason>)>,
}

/// What a gate judged, apart from what it holds for.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Judged {
    passed: bool,
    not_judged: Option<WhyNot>,
}

impl Trail {
    /// Notes that something was judged and does not hold.
    pub(super) fn pass(&mut self, gate: Gate) {
        self.judged[gate as usize].passed = true;
    }

    /// Notes that something was not judged; the first reason stands.
    pub(super) fn skip(&mut self, gate: Gate, why: WhyNot) {
        self.judged[gate as usize].not_judged.get_or_insert(why);
    }

    /// Notes a reason to hold. The gates note theirs one after another.
    pub(super) fn hold(&mut self, gate: Gate, reason: Reason) {
        match self.held.last_mut() {
            Some((last, reasons)) if *last == gate => reasons.push(reason),
            _ => self.held.push((gate, vec![reason])),
        }
    }

    /// The gates and their answers, in order.
    pub fn answers(&self) -> impl Iterator<Item = (Gate, Answer<'_>)> {
        Gate::ALL.into_iter().map(|gate| (gate, self.answer(gate)))
    }

    /// One gate's answer.
    #[must_use]
    pub fn answer(&self, gate: Gate) -> Answer<'_> {
        if let Some((_, reasons)) = self.held.iter().find(|(held, _)| *held == gate) {
            return Answer::Hold(reasons);
        }
        match self.judged[gate as usize] {
            Judged { passed: true, not_judged } => Answer::Pass { not_judged },
            Judged { passed: false, not_judged } => Answer::NotApplicable(not_judged.unwrap_or(WhyNot::NoRule)),
        }
    }

    /// Release where no gate holds, else hold.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.held.is_empty() { Verdict::Release } else { Verdict::Hold }
    }

    /// The gates that hold, and why, in order.
    pub fn holds(&self) -> impl Iterator<Item = (Gate, &[Reason])> {
        self.held.iter().map(|(gate, reasons)| (*gate, reasons.as_slice()))
    }
}

impl fmt::Display for Trail {
    /// One line a gate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (gate, answer) in self.answers() {
            write!(f, "{}: ", gate.words())?;
            match answer {
                Answer::Pass { not_judged: None } => writeln!(f, "pass.")?,
                Answer::Pass { not_judged: Some(why) } => {
                    writeln!(f, "pass; a part is not applicable, since {}.", why.words())?;
                }
                Answer::NotApplicable(why) => writeln!(f, "not applicable, since {}.", why.words())?,
                Answer::Hold(reasons) => {
                    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                    writeln!(f, "hold, because {}.", reasons.join("; "))?;
                }
            }
        }
        Ok(())
    }
}
