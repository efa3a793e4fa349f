//! Whether a rule set can be run: every mistake is named, all at once.

use std::{collections::HashSet, hash::Hash};

use rust_decimal::Decimal;

use super::{Condition, DEPTH_MAX, Input, Limits, ReflectiveRule, ReflexRule, RuleSet, TestSystem};
use crate::{Op, interference::Highest};

/// Why a rule set cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// Something that must be written is empty.
    #[error("{place}: {what} is empty")]
    Empty {
        /// Where.
        place: String,
        /// What.
        what: &'static str,
    },
    /// The same thing is there twice.
    #[error("{place}: {what} is there twice")]
    Duplicate {
        /// Where.
        place: String,
        /// What.
        what: String,
    },
    /// A rule speaks of an analyte that the rule set does not list.
    #[error("{place}: the rule set lists no analyte {key}")]
    UnknownAnalyte {
        /// Where.
        place: String,
        /// The key.
        key: String,
    },
    /// A rule holds results of an analyte that no test system measures.
    #[error("{place}: no test system is for {key}")]
    NoTestSystem {
        /// Where.
        place: String,
        /// The key.
        key: String,
    },
    /// Neither a lower nor an upper limit.
    #[error("{place}: neither limit is stated")]
    NoLimit {
        /// Where.
        place: String,
    },
    /// The lower limit is above the upper.
    #[error("{place}: the lower limit {low} is above the upper limit {high}")]
    ContradictoryLimits {
        /// Where.
        place: String,
        /// The lower limit.
        low: Decimal,
        /// The upper limit.
        high: Decimal,
    },
    /// A number is out of its range.
    #[error("{place}: {what} is out of its range")]
    Setting {
        /// Where.
        place: String,
        /// What.
        what: &'static str,
    },
    /// An input without which nothing is released is not required.
    #[error("{place}: {} must be required", input.words())]
    NotRequired {
        /// The test system.
        place: String,
        /// The input.
        input: Input,
    },
    /// An input is required that no rule judges.
    #[error("{place}: {} is required, but no rule judges it", input.words())]
    NotJudged {
        /// The test system.
        place: String,
        /// The input.
        input: Input,
    },
    /// What is reported as beyond the measuring range may be released, but the absurd values end on that side too, so that it always
    /// holds there.
    #[error(
        "{place}: what is reported as {beyond} the measuring range may be released, but always holds as possibly absurd"
    )]
    NeverReleased {
        /// The test system.
        place: String,
        /// `below` or `above`.
        beyond: &'static str,
    },
    /// What is reported as beyond an end of the measuring range may be released, but the end is not stated.
    #[error("{place}: what is reported as {beyond} the measuring range may be released, but that end is not stated")]
    NoEnd {
        /// The test system.
        place: String,
        /// `below` or `above`.
        beyond: &'static str,
    },
    /// A condition can never be true: a part of it has nothing that could be true, or joins two limits of one value that exclude each
    /// other. Other contradictions are not looked for.
    #[error("{place}: the condition can never be true")]
    NeverTrue {
        /// The rule.
        place: String,
    },
    /// A condition is nested too deeply to be read.
    #[error("{place}: the condition is nested deeper than {DEPTH_MAX}")]
    TooDeep {
        /// The rule.
        place: String,
    },
    /// There are more analytes or test systems than can be numbered.
    #[error("there are more than {} {what}", u16::MAX)]
    TooMany {
        /// Of what.
        what: &'static str,
    },
}

/// Collects mistakes.
pub(super) struct Check<'a> {
    set: &'a RuleSet,
    mistakes: Vec<Unsound>,
}

impl Check<'_> {
    pub(super) fn of(set: &RuleSet) -> Vec<Unsound> {
        let mut check = Check { set, mistakes: Vec::new() };
        check.filled("the rule set", "the key", &set.key);
        if set.version == 0 {
            check.setting("the rule set", "the version");
        }
        check.analytes();
        check.test_systems();
        check.rules();
        check.mistakes
    }

    fn say(&mut self, mistake: Unsound) {
        self.mistakes.push(mistake);
    }

    fn filled(&mut self, place: &str, what: &'static str, text: &str) {
        if text.trim().is_empty() {
            self.say(Unsound::Empty { place: place.to_owned(), what });
        }
    }

    fn setting(&mut self, place: &str, what: &'static str) {
        self.say(Unsound::Setting { place: place.to_owned(), what });
    }

    fn once<T: Eq + Hash>(&mut self, place: &str, things: impl Iterator<Item = T>, words: impl Fn(&T) -> String) {
        let mut seen = HashSet::new();
        for thing in things {
            let what = words(&thing);
            if !seen.insert(thing) {
                self.say(Unsound::Duplicate { place: place.to_owned(), what });
            }
        }
    }

    fn known(&mut self, place: &str, key: &str) {
        if !self.set.analytes.iter().any(|analyte| analyte.key == key) {
            self.say(Unsound::UnknownAnalyte { place: place.to_owned(), key: key.to_owned() });
        }
    }

    fn analytes(&mut self) {
        let set = self.set;
        if set.analytes.len() > usize::from(u16::MAX) {
            self.say(Unsound::TooMany { what: "analytes" });
        }
        self.once("the analytes", set.analytes.iter().map(|analyte| &analyte.key), |key| (*key).clone());
        for analyte in &set.analytes {
            self.filled("the analytes", "a key", &analyte.key);
            self.filled(&analyte.key, "the name", &analyte.name);
        }
    }

    fn test_systems(&mut self) {
        let set = self.set;
        if set.test_systems.len() > usize::from(u16::MAX) {
            self.say(Unsound::TooMany { what: "test systems" });
        }
        let keys = set.test_systems.iter().map(|system| (&system.analyte, &system.instrument, &system.method));
        self.once("the test systems", keys, |(analyte, instrument, method)| {
            format!("{analyte}, {instrument}, {method}")
        });
        for system in &set.test_systems {
            self.test_system(system);
        }
    }

    fn test_system(&mut self, system: &TestSystem) {
        let place = format!("{} on {} ({})", system.analyte, system.instrument, system.method);
        self.known(&place, &system.analyte);
        self.filled(&place, "the instrument", &system.instrument);
        self.filled(&place, "the method", &system.method);
        self.inputs(&place, system);
        if let Some(range) = &system.measuring_range {
            self.limits(&format!("{place}, measuring range"), range.low, range.high, &range.source);
            for (beyond, released, end) in
                [("below", range.release_below, range.low), ("above", range.release_above, range.high)]
            {
                if released && end.is_none() {
                    self.say(Unsound::NoEnd { place: place.clone(), beyond });
                }
            }
        }
        if let Some(Limits { low, high, source }) = &system.absurd {
            self.limits(&format!("{place}, absurd values"), *low, *high, source);
        }
        if let Some((range, absurd)) = system.measuring_range.as_ref().zip(system.absurd.as_ref()) {
            for (beyond, released, end) in
                [("below", range.release_below, absurd.low), ("above", range.release_above, absurd.high)]
            {
                if released && end.is_some() {
                    self.say(Unsound::NeverReleased { place: place.clone(), beyond });
                }
            }
        }
        self.once(&place, system.interference.iter().map(|rule| rule.index), |index| {
            Input::of(*index).words().to_owned()
        });
        for rule in &system.interference {
            let place = format!("{place}, {}", Input::of(rule.index).words());
            self.filled(&place, "the source", &rule.source);
            if !graded(&rule.highest) {
                self.setting(&place, "the highest grade");
            }
        }
        if let Some(rule) = &system.identity_score {
            let place = format!("{place}, identity score");
            self.filled(&place, "the source", &rule.source);
            if !(rule.p_below > 0.0 && rule.p_below < 1.0) {
                self.setting(&place, "the probability");
            }
        }
        if let Some(coded) = &system.coded {
            let place = format!("{place}, coded values");
            self.filled(&place, "the source", &coded.source);
            self.once(&place, coded.release.iter(), |text| (*text).clone());
            coded.release.iter().for_each(|text| self.filled(&place, "a text", text));
        }
        let flags = format!("{place}, flags");
        self.once(&flags, system.flags.iter().map(|rule| &rule.flag), |flag| (*flag).clone());
        for rule in &system.flags {
            self.filled(&flags, "a flag", &rule.flag);
            self.filled(&flags, "the meaning", &rule.meaning);
            self.filled(&flags, "the source", &rule.source);
        }
        for rule in &system.deltas {
            let place = format!("{place}, delta");
            self.filled(&place, "the source", &rule.source);
            if rule.check.prepare().is_err() {
                self.setting(&place, "the limit");
            }
            if rule.check.window_hours == 0 {
                self.setting(&place, "the window");
            }
        }
        if system.calculated == system.calculated_from.is_empty() {
            self.setting(&place, "whether it is calculated, and from what,");
        }
        self.once(&place, system.calculated_from.iter(), |key| (*key).clone());
        for key in &system.calculated_from {
            self.known(&place, key);
            if *key == system.analyte {
                self.setting(&place, "what it is calculated from");
            }
        }
    }

    /// What must be required is, and what is required is judged.
    fn inputs(&mut self, place: &str, system: &TestSystem) {
        self.once(place, system.required.iter(), |input| input.words().to_owned());
        self.once(place, system.control_levels.iter(), |level| format!("level {level}"));
        system.control_levels.iter().for_each(|level| self.filled(place, "a level", level));
        let own = [
            (!system.control_levels.is_empty(), Input::Measured),
            (!system.control_levels.is_empty(), Input::Control),
            (!system.flags.is_empty(), Input::Flags),
        ];
        let own = own.into_iter().filter(|(stated, _)| *stated).map(|(_, input)| input);
        let always = Input::always(system.calculated);
        for input in always.iter().copied().chain(own.filter(|input| !always.contains(input))) {
            if !system.required.contains(&input) {
                self.say(Unsound::NotRequired { place: place.to_owned(), input });
            }
        }
        for &input in &system.required {
            let judged = match input {
                Input::Control => !system.control_levels.is_empty(),
                Input::IdentityScore => system.identity_score.is_some(),
                Input::Haemolysis | Input::Icterus | Input::Lipaemia => {
                    system.interference.iter().any(|rule| Input::of(rule.index) == input)
                }
                Input::Previous => !system.deltas.is_empty(),
                Input::Calculation => system.calculated,
                _ => true,
            };
            if !judged {
                self.say(Unsound::NotJudged { place: place.to_owned(), input });
            }
        }
    }

    fn limits(&mut self, place: &str, low: Option<Decimal>, high: Option<Decimal>, source: &str) {
        let place = place.to_owned();
        self.filled(&place, "the source", source);
        match (low, high) {
            (None, None) => self.say(Unsound::NoLimit { place }),
            (Some(low), Some(high)) if low > high => self.say(Unsound::ContradictoryLimits { place, low, high }),
            _ => {}
        }
    }

    fn rules(&mut self) {
        let set = self.set;
        let patterns = set.patterns.iter().map(|rule| &rule.key);
        let reflexes = set.reflexes.iter().map(|rule| &rule.key);
        let reflectives = set.reflectives.iter().map(|rule| &rule.key);
        self.once("the rules", patterns.chain(reflexes).chain(reflectives), |key| (*key).clone());
        for rule in &set.patterns {
            self.rule(&rule.key, &rule.when, &rule.source);
            self.filled(&rule.key, "the meaning", &rule.meaning);
            self.once(&rule.key, rule.holds.iter(), |key| (*key).clone());
            if rule.holds.is_empty() {
                self.say(Unsound::Empty { place: rule.key.clone(), what: "what it holds" });
            }
            for key in &rule.holds {
                if !set.test_systems.iter().any(|system| system.analyte == *key) {
                    self.say(Unsound::NoTestSystem { place: rule.key.clone(), key: key.clone() });
                }
            }
        }
        for rule in &set.reflexes {
            self.reflex(rule);
        }
        for ReflectiveRule { key, when, suggests, source } in &set.reflectives {
            self.rule(key, when, source);
            self.filled(key, "what it suggests", suggests);
        }
        if !set.reflexes.is_empty() && set.reflex_chain_max == 0 {
            self.setting("the reflexes", "the longest chain");
        }
    }

    fn reflex(&mut self, rule: &ReflexRule) {
        self.rule(&rule.key, &rule.when, &rule.source);
        if rule.adds.is_empty() {
            self.say(Unsound::Empty { place: rule.key.clone(), what: "what it adds" });
        }
        self.once(&rule.key, rule.adds.iter().map(|adds| &adds.test), |test| (*test).clone());
        for adds in &rule.adds {
            self.filled(&rule.key, "a test", &adds.test);
            self.filled(&rule.key, "the source of what a test needs", &adds.source);
            if adds.volume_ul == Some(0) {
                self.setting(&rule.key, "the volume");
            }
            if adds.stable_hours == 0 {
                self.setting(&rule.key, "the stability");
            }
        }
    }

    fn rule(&mut self, key: &str, when: &Condition, source: &str) {
        self.filled("the rules", "a key", key);
        self.filled(key, "the source", source);
        if when.fits(DEPTH_MAX) {
            self.condition(key, when);
        } else {
            self.say(Unsound::TooDeep { place: key.to_owned() });
        }
    }

    fn condition(&mut self, place: &str, condition: &Condition) {
        condition.analytes().into_iter().for_each(|key| self.known(place, key));
        self.sound(place, condition);
    }

    fn sound(&mut self, place: &str, condition: &Condition) {
        let never = match condition {
            Condition::Value { .. } | Condition::Not(_) => false,
            Condition::RatioToPrevious { window_hours, .. } => {
                if *window_hours == 0 {
                    self.setting(place, "the window");
                }
                false
            }
            Condition::Ratio { of, to, .. } => {
                if of == to {
                    self.say(Unsound::Duplicate { place: place.to_owned(), what: of.clone() });
                }
                false
            }
            Condition::Sum { of, .. } => {
                self.once(place, of.iter().map(|term| &term.analyte), |key| (*key).clone());
                if of.is_empty() || of.iter().any(|term| term.times.is_zero()) {
                    self.setting(place, "a sum");
                }
                false
            }
            Condition::Text { is, is_not, .. } => {
                self.once(place, is.iter().chain(is_not), |text| (*text).clone());
                is.is_empty()
            }
            Condition::All(of) => of.is_empty() || contradict(of),
            Condition::Any(of) => of.is_empty(),
            Condition::AtLeast { count, of } => {
                if *count == 0 {
                    self.setting(place, "how many must be true");
                }
                *count > of.len()
            }
        };
        if never {
            self.say(Unsound::NeverTrue { place: place.to_owned() });
        }
        condition.parts().iter().for_each(|part| self.sound(place, part));
    }
}

/// Whether the highest grade is one of the grades, and no grade is empty or named twice.
fn graded(highest: &Highest) -> bool {
    match highest {
        Highest::Number(_) => true,
        Highest::Grade { of, highest } => {
            let distinct: HashSet<&str> = of.iter().map(|grade| grade.trim()).collect();
            distinct.len() == of.len() && !distinct.contains("") && distinct.contains(highest.trim())
        }
    }
}

/// Whether two of these compare the same value so that no number satisfies both.
fn contradict(of: &[Condition]) -> bool {
    let bounds = |wanted: fn(Op) -> bool| {
        of.iter().filter_map(move |part| match part {
            Condition::Value { analyte, is, limit } if wanted(*is) => Some((analyte, *is, *limit)),
            _ => None,
        })
    };
    let above = |op| matches!(op, Op::Greater | Op::GreaterOrEqual);
    let below = |op| matches!(op, Op::Less | Op::LessOrEqual);
    bounds(above).any(|(analyte, from_op, from)| {
        bounds(below).any(|(other, to_op, to)| {
            let touching = from == to && from_op == Op::GreaterOrEqual && to_op == Op::LessOrEqual;
            analyte == other && (from > to || (from == to && !touching))
        })
    })
}
