//! A rule set in words, for the person who signs it: every rule, every threshold, every source.

use std::fmt;

use rust_decimal::Decimal;

use super::{
    Condition, DeltaRule, Gate, Input, InterferenceRule, Limits, Pattern, PatternGate, RuleSet, TestSystem, WhenAbsent,
};
use crate::{
    Op,
    delta::{DeltaCheck, Measure, Rcv, rcv, rcv_log_normal},
    interference::{Highest, Index},
};

/// What can be required.
const INPUTS: [Input; 14] = [
    Input::Specimen,
    Input::Identity,
    Input::IdentityScore,
    Input::Measured,
    Input::Control,
    Input::Calibration,
    Input::PatientControl,
    Input::Flags,
    Input::Haemolysis,
    Input::Icterus,
    Input::Lipaemia,
    Input::CriticalLimit,
    Input::Previous,
    Input::Calculation,
];

/// A part of a rule set in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub heading: String,
    /// What it says.
    pub sentences: Vec<String>,
}

impl RuleSet {
    /// The whole rule set in words: first what holds everywhere, then each test system, each pattern, each reflex and reflective rule.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        let mut sections = vec![self.opening()];
        sections.extend(self.test_systems.iter().map(|system| self.test_system(system)));
        sections.extend(self.patterns.iter().map(|pattern| self.pattern(pattern)));
        sections.extend(self.reflexes());
        sections.extend(self.reflectives());
        sections
    }

    fn opening(&self) -> Section {
        let gates: Vec<String> = Gate::ALL.iter().map(|gate| gate.words().to_lowercase()).collect();
        Section {
            heading: format!("Rule set {}, version {}", self.key, self.version),
            sentences: vec![
                format!("A result passes these gates in order: {}.", gates.join(", ")),
                "It is released when no gate holds it; every other result waits for a person.".to_owned(),
                "A required input that is missing holds; so does everything that cannot be decided.".to_owned(),
                "Values, criticals and changes are judged as reported; controls are judged on unrounded values elsewhere."
                    .to_owned(),
            ],
        }
    }

    fn test_system(&self, system: &TestSystem) -> Section {
        let unit = self.unit(&system.analyte);
        let in_unit = if unit.is_empty() { String::new() } else { format!(" in {unit}") };
        let mut sentences = required(system);
        sentences.push(
            "Held unless the specimen is fit, and its identity was scanned and nothing contradicts it.".to_owned(),
        );
        sentences.extend(identity(system));
        sentences.extend(control(system));
        sentences.extend(flags(system));
        sentences.extend(system.interference.iter().map(|rule| interference(rule, system)));
        sentences.extend(no_interference(system));
        sentences.extend(range(system, unit));
        match &system.absurd {
            Some(Limits { low, high, source }) => {
                sentences.push(sourced(&format!("Held as absurd {}", outside(*low, *high, unit)), source));
            }
            None => sentences.push("No absurd values are stated.".to_owned()),
        }
        sentences.push(
            "Held when it is critical by the limit in force for the person, or when that cannot be said; the limits are signed in \
             the list of critical limits."
                .to_owned(),
        );
        sentences.extend(system.deltas.iter().map(|rule| delta(rule, unit)));
        sentences.push(previous(system));
        let names: Vec<&str> =
            self.patterns.iter().filter(|p| p.holds.contains(&system.analyte)).map(|p| p.key.as_str()).collect();
        sentences.push(match names.as_slice() {
            [] => "No pattern between analytes holds it.".to_owned(),
            names => format!("Held by the patterns {} (below).", names.join(", ")),
        });
        if system.calculated {
            let from: Vec<&str> = system.calculated_from.iter().map(|key| self.name(key)).collect();
            sentences.push(format!(
                "It is calculated: held when it could not be calculated, and until {} are released.",
                from.join(", ")
            ));
        }
        let heading = format!("{}{in_unit} on {} by {}", self.name(&system.analyte), system.instrument, system.method);
        Section { heading, sentences }
    }

    fn pattern(&self, pattern: &Pattern) -> Section {
        let holds: Vec<&str> = pattern.holds.iter().map(|key| self.name(key)).collect();
        let gate = match pattern.gate {
            PatternGate::Absurd => "absurd values",
            PatternGate::Consistency => "consistency",
        };
        let absent = match pattern.when_absent {
            WhenAbsent::Hold => "they are held too",
            WhenAbsent::NotApplicable => "this pattern is not applicable",
        };
        let text =
            format!("Results of {} are held when {}: {}", holds.join(", "), self.words(&pattern.when), pattern.meaning);
        Section {
            heading: format!("Pattern {} ({gate})", pattern.key),
            sentences: vec![
                sourced(&text, &pattern.source),
                "They are held too when a value is missing, not a number or censored so that the pattern cannot be excluded."
                    .to_owned(),
                format!(
                    "When it cannot be excluded only because an analyte was not ordered or there is no previous result, {absent}."
                ),
            ],
        }
    }

    fn reflexes(&self) -> Option<Section> {
        if self.reflexes.is_empty() {
            return None;
        }
        let mut sentences = vec![format!(
            "At most {} reflexes follow each other, and no test is added twice to a specimen.",
            self.reflex_chain_max
        )];
        for rule in &self.reflexes {
            for adds in &rule.adds {
                let text = format!("{}: when {}, {} is added", rule.key, self.words(&rule.when), self.name(&adds.test));
                sentences.push(sourced(&text, &rule.source));
                let text = match adds.volume_ul {
                    Some(volume) => format!(
                        "For that at least {volume} µl must be left, and the specimen be at most {} h old",
                        adds.stable_hours
                    ),
                    None => {
                        format!(
                            "For that the specimen must be at most {} h old; no volume is compared",
                            adds.stable_hours
                        )
                    }
                };
                sentences.push(sourced(&text, &adds.source));
            }
        }
        Some(Section { heading: "Reflex rules: tests that are added without a person".to_owned(), sentences })
    }

    fn reflectives(&self) -> Option<Section> {
        let sentence = |rule: &super::ReflectiveRule| {
            let text = format!("{}: when {}, a person is asked: {}", rule.key, self.words(&rule.when), rule.suggests);
            sourced(&text, &rule.source)
        };
        let sentences: Vec<String> = self.reflectives.iter().map(sentence).collect();
        let heading = "Reflective rules: suggestions to a person, who decides".to_owned();
        (!sentences.is_empty()).then_some(Section { heading, sentences })
    }

    fn name<'a>(&'a self, key: &'a str) -> &'a str {
        self.analytes.iter().find(|analyte| analyte.key == key).map_or(key, |analyte| &analyte.name)
    }

    fn unit(&self, key: &str) -> &str {
        self.analytes.iter().find(|analyte| analyte.key == key).map_or("", |analyte| &analyte.unit)
    }

    /// A condition in words.
    #[must_use]
    pub fn words(&self, condition: &Condition) -> String {
        let list = |of: &[Condition], word: &str| {
            let parts: Vec<String> = of.iter().map(|part| self.part(part)).collect();
            parts.join(word)
        };
        match condition {
            Condition::Value { analyte, is, limit } => {
                format!("{} is {} {}", self.name(analyte), op(*is), with_unit(*limit, self.unit(analyte)))
            }
            Condition::Ratio { of, to, is, limit } => {
                format!("{} divided by {} is {} {limit}", self.name(of), self.name(to), op(*is))
            }
            Condition::RatioToPrevious { analyte, is, limit, window_hours } => {
                let name = self.name(analyte);
                format!("{name} divided by its previous value of the last {window_hours} h is {} {limit}", op(*is))
            }
            Condition::Sum { of, is, limit } => {
                let mut text = String::new();
                for term in of {
                    let sign = match (term.times.is_sign_negative(), text.is_empty()) {
                        (true, _) => " − ",
                        (false, false) => " + ",
                        (false, true) => "",
                    };
                    text += sign;
                    let times = term.times.abs();
                    if times != Decimal::ONE {
                        text += &format!("{times} × ");
                    }
                    text += self.name(&term.analyte);
                }
                format!("{} is {} {limit}", text.trim(), op(*is))
            }
            Condition::Text { analyte, is, is_not } => {
                let quoted = |texts: &[String]| {
                    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                    quoted.join(" or ")
                };
                let (name, not) = (self.name(analyte), quoted(is_not));
                format!("{name} is {} (known not to be so for {not}; undecided for any other text)", quoted(is))
            }
            Condition::All(of) => list(of, " and "),
            Condition::Any(of) => list(of, " or "),
            Condition::AtLeast { count, of } => format!("at least {count} of these {}: {}", of.len(), list(of, "; ")),
            Condition::Not(of) => format!("not {}", self.part(of)),
        }
    }

    /// A part of a condition, in brackets where it has parts itself.
    fn part(&self, condition: &Condition) -> String {
        let words = self.words(condition);
        if condition.parts().is_empty() { words } else { format!("({words})") }
    }
}

impl fmt::Display for RuleSet {
    /// Headings, and a line for each sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, section) in self.sections().iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            writeln!(f, "{}", section.heading)?;
            section.sentences.iter().try_for_each(|sentence| writeln!(f, "- {sentence}"))?;
        }
        Ok(())
    }
}

/// A limit of change, with the unit in which it is measured.
pub(super) fn change(check: &DeltaCheck, limit: Decimal, unit: &str) -> String {
    match check.measure {
        Measure::Absolute(_) => with_unit(limit, unit),
        Measure::PerDay(_) => format!("{} a day", with_unit(limit, unit)),
        Measure::Percent(_) | Measure::Rcv(_) | Measure::LogNormalRcv(_) => format!("{limit} %"),
    }
}

fn sourced(text: &str, source: &str) -> String {
    format!("{text}. [{source}]")
}

fn op(op: Op) -> &'static str {
    match op {
        Op::Less => "below",
        Op::LessOrEqual => "at most",
        Op::Greater => "above",
        Op::GreaterOrEqual => "at least",
    }
}

fn with_unit(number: Decimal, unit: &str) -> String {
    if unit.is_empty() { number.to_string() } else { format!("{number} {unit}") }
}

fn outside(low: Option<Decimal>, high: Option<Decimal>, unit: &str) -> String {
    let low = low.map(|low| format!("below {}", with_unit(low, unit)));
    let high = high.map(|high| format!("above {}", with_unit(high, unit)));
    let both: Vec<String> = [low, high].into_iter().flatten().collect();
    both.join(" or ")
}

fn required(system: &TestSystem) -> Vec<String> {
    let words = |inputs: Vec<Input>| inputs.iter().map(|input| input.words()).collect::<Vec<_>>().join(", ");
    let judged = |input: &Input| match input {
        Input::IdentityScore => system.identity_score.is_some(),
        Input::Haemolysis | Input::Icterus | Input::Lipaemia => {
            system.interference.iter().any(|rule| Input::of(rule.index) == *input)
        }
        Input::Previous => !system.deltas.is_empty(),
        Input::Calculation => system.calculated,
        Input::Control => !system.control_levels.is_empty(),
        _ => true,
    };
    let optional = INPUTS.into_iter().filter(|input| judged(input) && !system.required.contains(input)).collect();
    let mut sentences = vec![format!("Required: {}.", words(system.required.clone()))];
    let optional = words(optional);
    if !optional.is_empty() {
        sentences.push(format!("Judged where it is there, but not required: {optional}."));
    }
    sentences
}

fn control(system: &TestSystem) -> Vec<String> {
    let levels = match system.control_levels.as_slice() {
        [] => "It has no controls of its own; a failing one holds all the same.".to_owned(),
        [level] => {
            format!(
                "Held unless control level {level} had passed when the result was measured, passes since then, and is still valid, and \
                 no other level fails."
            )
        }
        levels => format!(
            "Held unless the control levels {} had all passed when the result was measured, pass since then, and are still valid, and \
             no other level fails.",
            levels.join(", ")
        ),
    };
    let states = "Held when the calibration or the patient-based quality control has failed or run out, or passes only since the \
                  result was measured.";
    vec![levels, states.to_owned()]
}

fn flags(system: &TestSystem) -> Vec<String> {
    let sentence = |rule: &super::FlagRule| {
        let verb = if rule.release { "does not hold" } else { "holds" };
        sourced(&format!("The instrument's flag {} ({}) {verb}", rule.flag, rule.meaning), &rule.source)
    };
    let mut sentences: Vec<String> = system.flags.iter().map(sentence).collect();
    let other = if sentences.is_empty() { "Every flag of the instrument holds." } else { "Any other flag holds." };
    sentences.push(other.to_owned());
    sentences
}

fn interference(rule: &InterferenceRule, system: &TestSystem) -> String {
    let index = index(rule.index);
    let scale = match &rule.highest {
        Highest::Number(_) => String::new(),
        Highest::Grade { of, .. } => format!(" of the grades {}", of.join(", ")),
    };
    let missing = if system.required.contains(&Input::of(rule.index)) { "held" } else { "not judged" };
    let text = format!("Held when the {index} index is above {}{scale}; {missing} when it is missing", rule.highest);
    sourced(&text, &rule.source)
}

fn index(index: Index) -> &'static str {
    match index {
        Index::Haemolysis => "haemolysis",
        Index::Icterus => "icterus",
        Index::Lipaemia => "lipaemia",
    }
}

/// What interferes and is not judged.
fn no_interference(system: &TestSystem) -> Option<String> {
    let stated = |index: &Index| system.interference.iter().any(|rule| rule.index == *index);
    let not: Vec<&str> = [Index::Haemolysis, Index::Icterus, Index::Lipaemia]
        .into_iter()
        .filter(|index| !stated(index))
        .map(index)
        .collect();
    (!not.is_empty()).then(|| format!("Not judged, without a limit: {}.", not.join(", ")))
}

fn identity(system: &TestSystem) -> Vec<String> {
    let Some(rule) = &system.identity_score else {
        return vec!["How improbable so great a change is in one person is not judged.".to_owned()];
    };
    let text = format!("Held when so great a change in one person has a probability below {}", rule.p_below);
    let without = match system.no_previous {
        WhenAbsent::Hold => "Held when there is no previous result for it.",
        WhenAbsent::NotApplicable => {
            "When there is no previous result for it, that probability is not judged; signing this rule set approves that."
        }
    };
    vec![sourced(&text, &rule.source), without.to_owned()]
}

fn range(system: &TestSystem, unit: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(range) = &system.measuring_range {
        let mut text = format!("Held outside the measuring range, {}", outside(range.low, range.high, unit));
        for (release, sign, end) in [(range.release_below, '<', range.low), (range.release_above, '>', range.high)] {
            if let Some(end) = end.filter(|_| release) {
                text += &format!("; what is reported as {sign}{end} may be released");
            }
            if end.is_none() {
                text += &format!("; held when it is reported as {sign} anything, since no limit is stated there");
            }
        }
        sentences.push(sourced(&text, &range.source));
    }
    if let Some(coded) = &system.coded {
        sentences
            .push(sourced(&format!("The coded values {} may be released", coded.release.join(", ")), &coded.source));
    }
    sentences.push(match (&system.measuring_range, &system.coded) {
        (None, None) => {
            "No measuring range is stated; what is not a number, or reported as < or > of one, holds.".to_owned()
        }
        (Some(_), None) => "What is not a number holds.".to_owned(),
        (None, Some(_)) => "Any other value holds.".to_owned(),
        (Some(_), Some(_)) => "Any other text holds.".to_owned(),
    });
    sentences
}

fn delta(rule: &DeltaRule, unit: &str) -> String {
    let check = &rule.check;
    let change_limit = |limit: Decimal| change(check, limit, unit);
    let than = match &check.measure {
        Measure::Absolute(limits) | Measure::Percent(limits) | Measure::PerDay(limits) => {
            let rise = limits.rise.map(|rise| format!("risen by more than {}", change_limit(rise)));
            let fall = limits.fall.map(|fall| format!("fallen by more than {}", change_limit(fall)));
            let both: Vec<String> = [rise, fall].into_iter().flatten().collect();
            both.join(" or ")
        }
        Measure::Rcv(settings) => {
            let limit = rcv(settings).map_or_else(|why| why.to_string(), |limit| format!("{limit:.1} %"));
            format!("changed by more than the reference change value {limit} ({})", variation(settings))
        }
        Measure::LogNormalRcv(settings) => {
            let limits = rcv_log_normal(settings)
                .map_or_else(|why| why.to_string(), |(fall, rise)| format!("+{rise:.1} % or −{fall:.1} %"));
            format!("changed by more than the log-normal reference change value {limits} ({})", variation(settings))
        }
    };
    let least = check.least.map(|least| format!("; it cannot be below {}", with_unit(least, unit))).unwrap_or_default();
    let text = format!("Held when it has {than} against a previous result of the last {} h{least}", check.window_hours);
    sourced(&text, &rule.source)
}

fn variation(settings: &Rcv) -> String {
    format!("CV_A {} %, CV_I {} %, z {}", settings.cv_a, settings.cv_i, settings.z)
}

fn previous(system: &TestSystem) -> String {
    match (system.deltas.is_empty(), system.no_previous) {
        (true, _) => "No change against a previous result is judged.".to_owned(),
        (false, WhenAbsent::Hold) => "Held when there is no previous result in the window.".to_owned(),
        (false, WhenAbsent::NotApplicable) => {
            "When there is no previous result in the window, the change is not judged; signing this rule set approves that."
                .to_owned()
        }
    }
}
