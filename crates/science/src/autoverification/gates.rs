//! The gates, one function each.

use rust_decimal::Decimal;

use super::{
    Calculation, Candidate, ControlState, DeltaRule, Gate, Given, Identity, Input, Lack, Limits, MeasuringRange,
    OutOfControl, PatternGate, Reading, Reason, Rules, Specimen, SystemState, TestSystem, Trail, Truth, Value,
    WhenAbsent, WhyNot,
    compile::{CompiledPattern, CompiledSystem},
    readable,
    values::Findings,
};
use crate::{
    Critical, Op, Reported, critical,
    delta::{self, Dated},
    interference::{HoldReason, IndexLimit, Interference, interference},
};

impl Rules {
    /// Passes a result through all gates.
    ///
    /// Every gate answers, also after one that holds, so that the record shows all that stood against the result. The same
    /// candidate always gives the same trail. While nothing holds, nothing is allocated.
    #[must_use]
    pub fn evaluate(&self, candidate: &Candidate<'_>) -> Trail {
        let Some(system) = candidate.system.and_then(|system| self.system(system)) else {
            let mut trail = Trail::default();
            trail.hold(Gate::Specimen, Reason::NoRules);
            return trail;
        };
        let own = Reading {
            result: candidate.result,
            analyte: system.analyte,
            value: Given::Value(candidate.value),
            collected: candidate.collected,
            previous: candidate.previous,
        };
        let judge =
            Judge { rules: self, system, candidate, found: Findings { own: Some(own), others: candidate.others } };
        let mut trail = Trail::default();
        judge.specimen(&mut trail.at(Gate::Specimen));
        judge.control(&mut trail.at(Gate::Control));
        judge.flags(&mut trail.at(Gate::Flags));
        judge.interference(&mut trail.at(Gate::Interference));
        judge.measuring_range(&mut trail.at(Gate::MeasuringRange));
        judge.absurd(&mut trail.at(Gate::Absurd));
        judge.critical(&mut trail.at(Gate::Critical));
        judge.delta(&mut trail.at(Gate::Delta));
        judge.patterns(PatternGate::Consistency, &mut trail.at(Gate::Consistency));
        judge.calculated(&mut trail.at(Gate::Calculated));
        trail
    }
}

/// One result before the gates.
struct Judge<'a> {
    rules: &'a Rules,
    system: &'a CompiledSystem,
    candidate: &'a Candidate<'a>,
    found: Findings<'a>,
}

impl Judge<'_> {
    fn rule(&self) -> &TestSystem {
        &self.system.rule
    }

    /// A missing input holds where it is required, and only there.
    fn missing(&self, input: Input, checks: &mut Checks<'_>) {
        if self.system.requires(input) {
            checks.hold(Reason::Missing { input });
        } else {
            checks.skip(WhyNot::NotRequired);
        }
    }

    fn specimen(&self, checks: &mut Checks<'_>) {
        match self.candidate.specimen {
            None => self.missing(Input::Specimen, checks),
            Some(Specimen::Fit) => checks.pass(),
            Some(Specimen::Unfit(why)) => checks.hold(Reason::SpecimenUnfit { why: why.to_owned() }),
        }
        match self.candidate.identity {
            None => self.missing(Input::Identity, checks),
            Some(Identity::Scanned) => checks.pass(),
            Some(Identity::NotScanned) => checks.hold(Reason::IdentityNotScanned),
            Some(Identity::Contradicted(why)) => checks.hold(Reason::IdentityContradicted { why: why.to_owned() }),
        }
        let Some(rule) = &self.rule().identity_score else { return };
        match self.candidate.identity_p {
            Given::Missing => self.missing(Input::IdentityScore, checks),
            Given::None => self.no_previous(checks),
            Given::Value(p) if !(0.0..=1.0).contains(&p) => {
                checks.hold(Reason::IdentityUndecided { p: p.to_string() });
            }
            Given::Value(p) => checks.pass_if(p >= rule.p_below, || Reason::IdentityImprobable {
                p: p.to_string(),
                limit: rule.p_below.to_string(),
            }),
        }
    }

    fn no_previous(&self, checks: &mut Checks<'_>) {
        match self.rule().no_previous {
            WhenAbsent::Hold => checks.hold(Reason::NoPrevious),
            WhenAbsent::NotApplicable => checks.skip(WhyNot::NoPrevious),
        }
    }

    /// Every level that the rule set names must pass now, and have passed when the result was measured. A failing level holds even
    /// where the rule set does not name it.
    fn control(&self, checks: &mut Checks<'_>) {
        let candidate = self.candidate;
        let levels = &self.rule().control_levels;
        match (levels.is_empty(), candidate.controls.is_empty()) {
            (true, _) => checks.skip(WhyNot::Calculated),
            (false, true) => self.missing(Input::Control, checks),
            (false, false) => levels.iter().for_each(|level| self.level(level, checks)),
        }
        let named = |level: &str| levels.iter().any(|name| name == level);
        for control in candidate.controls.iter().filter(|control| !named(control.level)) {
            if control.state.state == ControlState::Failing || !self.is_own(&control.state) {
                self.state(Input::Control, control.level, &control.state, checks);
            }
        }
        self.measured(checks);
        for (input, state) in
            [(Input::Calibration, &candidate.calibration), (Input::PatientControl, &candidate.patient_control)]
        {
            match state {
                None => self.missing(input, checks),
                Some(state) => self.state(input, "", state, checks),
            }
        }
    }

    /// Without the time of measuring no state of control says anything of the result.
    fn measured(&self, checks: &mut Checks<'_>) {
        let candidate = self.candidate;
        let judged = !candidate.controls.is_empty()
            || candidate.calibration.is_some()
            || candidate.patient_control.is_some()
            || self.system.requires(Input::Measured);
        match candidate.measured {
            Some(at) if at > candidate.now => checks.hold(Reason::MeasuredLater { at: at.to_string() }),
            None if judged => checks.hold(Reason::Missing { input: Input::Measured }),
            _ => {}
        }
    }

    fn is_own(&self, state: &SystemState<'_>) -> bool {
        state.analyte == self.rule().analyte && state.instrument == self.rule().instrument
    }

    /// Every state that is known of the level must pass.
    fn level(&self, level: &str, checks: &mut Checks<'_>) {
        let mut known = false;
        for control in self.candidate.controls.iter().filter(|control| control.level == level) {
            known = true;
            self.state(Input::Control, level, &control.state, checks);
        }
        if !known {
            let state = OutOfControl::None;
            checks.hold(Reason::NotInControl { input: Input::Control, level: level.to_owned(), state });
        }
    }

    fn state(&self, input: Input, level: &str, of: &SystemState<'_>, checks: &mut Checks<'_>) {
        if !self.is_own(of) {
            let (analyte, instrument) = (of.analyte.to_owned(), of.instrument.to_owned());
            return checks.hold(Reason::ControlOfAnother { input, analyte, instrument });
        }
        let Candidate { now, measured, .. } = *self.candidate;
        let state = match of.state {
            ControlState::Passing { judged_at, .. } if judged_at > now => {
                OutOfControl::JudgedLater(judged_at.to_string())
            }
            ControlState::Passing { valid_until, .. } if valid_until <= now => {
                OutOfControl::ExpiredAt(valid_until.to_string())
            }
            ControlState::Passing { since, judged_at, .. } if since > judged_at => OutOfControl::TimesContradict,
            ControlState::Passing { since, .. } if measured.is_some_and(|at| at < since) => {
                OutOfControl::PassingSince(since.to_string())
            }
            // Where it is not known when the result was measured, that holds.
            ControlState::Passing { .. } => return checks.pass(),
            ControlState::Failing => OutOfControl::Failing,
            ControlState::Expired => OutOfControl::Expired,
            ControlState::None => OutOfControl::None,
        };
        checks.hold(Reason::NotInControl { input, level: level.to_owned(), state });
    }

    /// A flag that the rule set does not name holds.
    fn flags(&self, checks: &mut Checks<'_>) {
        let Some(flags) = self.candidate.flags else { return self.missing(Input::Flags, checks) };
        checks.pass();
        for flag in flags {
            match self.rule().flags.iter().find(|rule| rule.flag == *flag) {
                Some(rule) if rule.release => {}
                Some(rule) => {
                    checks.hold(Reason::Flagged { flag: rule.flag.clone(), meaning: rule.meaning.clone() });
                }
                None => checks.hold(Reason::FlagUnknown { flag: (*flag).to_owned() }),
            }
        }
    }

    fn interference(&self, checks: &mut Checks<'_>) {
        let reasons = match interference(&self.system.indices, self.candidate.indices) {
            Interference::Pass => {
                let measured = |limit: &IndexLimit| self.candidate.indices.iter().any(|one| one.index == limit.index);
                if !self.system.indices.iter().all(measured) {
                    checks.skip(WhyNot::NotRequired);
                }
                return checks.pass();
            }
            Interference::NotApplicable if self.system.indices.is_empty() => return,
            Interference::NotApplicable => return checks.skip(WhyNot::NotRequired),
            Interference::Hold(reasons) => reasons,
        };
        for reason in reasons {
            checks.hold(match reason {
                HoldReason::Above { index, found, limit } => {
                    Reason::Interference { input: Input::of(index), found, limit }
                }
                HoldReason::Missing(index) => Reason::Missing { input: Input::of(index) },
                HoldReason::Unreadable { index, found } => {
                    Reason::InterferenceUndecided { input: Input::of(index), found }
                }
                // The check of the rule set has tried the limits.
                HoldReason::Limit(index) => {
                    Reason::InterferenceUndecided { input: Input::of(index), found: String::new() }
                }
            });
        }
    }

    /// A number must lie in the measuring range; a text must be one of the coded values that may be released.
    fn measuring_range(&self, checks: &mut Checks<'_>) {
        let (rule, value) = (self.rule(), &self.candidate.value);
        let coded = rule.coded.as_ref().map(|coded| coded.release.iter().any(|text| text == value.text()));
        match (coded, &rule.measuring_range) {
            (Some(true), _) => checks.pass(),
            (_, Some(range)) if value.is_number() => in_range(value, range, checks),
            (None, None) if value.is_number() => match value.reported() {
                Reported::Censored(..) | Reported::Between(..) => {
                    checks.hold(Reason::Undecided { value: value.text().to_owned() });
                }
                _ => checks.skip(WhyNot::NoRule),
            },
            _ => checks.hold(Reason::NotReleasable { value: value.text().to_owned() }),
        }
    }

    fn absurd(&self, checks: &mut Checks<'_>) {
        if let Some(limits) = &self.rule().absurd {
            let (value, &Limits { low, high, .. }) = (&self.candidate.value, limits);
            within(value, (low, below(value, low)), (high, above(value, high)), checks);
        }
        self.patterns(PatternGate::Absurd, checks);
    }

    fn critical(&self, checks: &mut Checks<'_>) {
        let value = &self.candidate.value;
        let limit = match self.candidate.critical {
            Given::Missing => return self.missing(Input::CriticalLimit, checks),
            Given::None => return checks.skip(WhyNot::NoCriticalLimit),
            Given::Value(limit) => limit,
        };
        let text = || value.text().to_owned();
        let words =
            |limit: Option<(Op, Decimal)>| limit.map_or_else(String::new, |(op, limit)| format!("{op} {limit}"));
        match critical(&value.reported(), limit) {
            Some(Critical::Not) => checks.pass(),
            Some(Critical::Low) => checks.hold(Reason::Critical { value: text(), limit: words(limit.low) }),
            Some(Critical::High) => checks.hold(Reason::Critical { value: text(), limit: words(limit.high) }),
            None => checks.hold(Reason::Undecided { value: text() }),
        }
    }

    fn delta(&self, checks: &mut Checks<'_>) {
        if self.rule().deltas.is_empty() {
            return;
        }
        let previous = match self.candidate.previous {
            Given::Missing => return self.missing(Input::Previous, checks),
            Given::None => return self.no_previous(checks),
            Given::Value(previous) => previous,
        };
        let Some(at) = self.candidate.collected.filter(|at| *at > previous.collected) else {
            return checks.hold(Reason::TimesUnclear);
        };
        let now = Dated { value: self.candidate.value.reported(), at };
        let before = Dated { value: previous.value.reported(), at: previous.collected };
        for (rule, check) in self.rule().deltas.iter().zip(&self.system.deltas) {
            let (from, to) = (|| previous.value.text().to_owned(), || self.candidate.value.text().to_owned());
            match check.check_one(&now, &before) {
                delta::Verdict::Within(_) => checks.pass(),
                delta::Verdict::NoEarlierResult => self.no_previous(checks),
                delta::Verdict::Risen(_, limit) => {
                    checks.hold(Reason::Risen { from: from(), to: to(), limit: self.change(rule, limit) });
                }
                delta::Verdict::Fallen(_, limit) => {
                    checks.hold(Reason::Fallen { from: from(), to: to(), limit: self.change(rule, limit) });
                }
                delta::Verdict::Undecided(_, why) => {
                    checks.hold(Reason::ChangeUndecided { from: from(), to: to(), why: why.to_string() });
                }
                delta::Verdict::NotANumber => {
                    let why = "the result is not a number".to_owned();
                    checks.hold(Reason::ChangeUndecided { from: from(), to: to(), why });
                }
            }
        }
    }

    /// A limit of change with its unit.
    fn change(&self, rule: &DeltaRule, limit: Decimal) -> String {
        readable::change(&rule.check, limit, &self.rules.set.analytes[usize::from(self.system.analyte.index)].unit)
    }

    fn patterns(&self, gate: PatternGate, checks: &mut Checks<'_>) {
        for pattern in self.rules.patterns_of(self.system, gate) {
            self.pattern(pattern, checks);
        }
    }

    fn pattern(&self, pattern: &CompiledPattern, checks: &mut Checks<'_>) {
        let (rule, meaning) = (|| pattern.key.clone(), || pattern.meaning.clone());
        match (pattern.when.decide(&self.found), pattern.when_absent) {
            (Truth::False, _) => checks.pass(),
            (Truth::True, _) => checks.hold(Reason::Pattern { rule: rule(), meaning: meaning() }),
            (Truth::Unknown(Lack::Absent), WhenAbsent::NotApplicable) => checks.skip(WhyNot::NothingToCompare),
            (Truth::Unknown(_), _) => checks.hold(Reason::PatternNotExcluded { rule: rule(), meaning: meaning() }),
        }
    }

    /// A calculated quantity is released after all results that it is calculated from: those that the rule set names, and any other.
    fn calculated(&self, checks: &mut Checks<'_>) {
        let (not_calculable, inputs) = match (self.candidate.calculation, self.rule().calculated) {
            (Some(Calculation { not_calculable, inputs }), _) => (not_calculable, inputs),
            (None, true) => return self.missing(Input::Calculation, checks),
            (None, false) => return checks.skip(WhyNot::Measured),
        };
        if let Some(why) = not_calculable {
            checks.hold(Reason::NotCalculable { why: why.to_owned() });
        }
        for input in inputs {
            checks.pass_if(input.released, || Reason::InputNotReleased { analyte: input.analyte.to_owned() });
        }
        for analyte in &self.rule().calculated_from {
            if !inputs.iter().any(|input| input.analyte == analyte) {
                checks.hold(Reason::InputNotReleased { analyte: analyte.clone() });
            }
        }
    }
}

/// Judges a value against the measuring range. What is reported as beyond an end that may be released so, passes there: all that it
/// may be is either within or beyond. What is reported as open towards an end that is not stated is undecided.
fn in_range(value: &Value<'_>, range: &MeasuringRange, checks: &mut Checks<'_>) {
    let (below, above) = (below(value, range.low), above(value, range.high));
    let (below, above) = match (value.reported(), range.low, range.high) {
        (Reported::Censored(Op::Less | Op::LessOrEqual, n), Some(low), _) if range.release_below && n >= low => {
            (Some(false), above)
        }
        (Reported::Censored(Op::Greater | Op::GreaterOrEqual, n), _, Some(high))
            if range.release_above && n <= high =>
        {
            (below, Some(false))
        }
        (Reported::Censored(Op::Less | Op::LessOrEqual, _), None, _) => (None, above),
        (Reported::Censored(Op::Greater | Op::GreaterOrEqual, _), _, None) => (below, None),
        _ => (below, above),
    };
    within(value, (range.low, below), (range.high, above), checks);
}

fn below(value: &Value<'_>, low: Option<Decimal>) -> Option<bool> {
    low.map_or(Some(false), |low| value.reported().stands(Op::Less, low))
}

fn above(value: &Value<'_>, high: Option<Decimal>) -> Option<bool> {
    high.map_or(Some(false), |high| value.reported().stands(Op::Greater, high))
}

/// An end of a range, and whether the value is beyond it.
type End = (Option<Decimal>, Option<bool>);

fn within(value: &Value<'_>, (low, below): End, (high, above): End, checks: &mut Checks<'_>) {
    let text = || value.text().to_owned();
    let words = |limit: Option<Decimal>| limit.map_or_else(String::new, |limit| limit.to_string());
    match (below, above) {
        (Some(true), _) => checks.hold(Reason::Below { value: text(), limit: words(low) }),
        (_, Some(true)) => checks.hold(Reason::Above { value: text(), limit: words(high) }),
        (Some(false), Some(false)) => checks.pass(),
        _ => checks.hold(Reason::Undecided { value: text() }),
    }
}

/// Where a gate's checks note what they came to.
struct Checks<'t> {
    gate: Gate,
    trail: &'t mut Trail,
}

impl Trail {
    fn at(&mut self, gate: Gate) -> Checks<'_> {
        Checks { gate, trail: self }
    }
}

impl Checks<'_> {
    fn pass(&mut self) {
        self.trail.pass(self.gate);
    }

    fn skip(&mut self, why: WhyNot) {
        self.trail.skip(self.gate, why);
    }

    fn hold(&mut self, reason: Reason) {
        self.trail.hold(self.gate, reason);
    }

    fn pass_if(&mut self, passes: bool, reason: impl FnOnce() -> Reason) {
        if passes { self.pass() } else { self.hold(reason()) }
    }
}
