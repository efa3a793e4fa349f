//! Reflex rules add tests by themselves; reflective rules only put a suggestion before a person. (By algorithm, or by a laboratory
//! professional: Srivastava et al., "Reflex and reflective testing: efficiency and effectiveness of adding on laboratory tests".)

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Addition, Analyte, Condition, Given, Reading, Rules, Truth, values::Findings};

/// What is left of the specimen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecimenLeft {
    /// The volume that is left, in microlitres.
    pub volume_ul: Option<u32>,
    /// How long ago it was collected.
    pub age: Option<SignedDuration>,
}

/// How a test came to be measured by reflex: from the ordered test's rule to its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The key of the analyte that came so.
    pub analyte: &'a str,
    /// The reflexes that led to it.
    pub steps: &'a [Step],
}

/// One reflex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The rule's key.
    pub rule: String,
    /// The test that it added.
    pub test: String,
}

/// Where an added test or a suggestion comes from, to be kept with the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Provenance {
    /// The rule set's key.
    pub rule_set: String,
    /// Its version.
    pub version: u32,
    /// The rule's key.
    pub rule: String,
    /// The results that the rule looked at.
    pub triggers: Vec<Evidence>,
    /// The reflexes that led here, this one last; empty for a suggestion.
    pub chain: Vec<Step>,
}

/// A result that a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The laboratory's own number of the result.
    pub result: i64,
    /// The analyte's key.
    pub analyte: String,
    /// The value as reported.
    pub value: String,
}

/// What a reflex rule comes to for one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reflex {
    /// Order it.
    Add(Added),
    /// It is not ordered, and a person should know.
    NotAdded(Added, NotAdded),
}

/// A test that a rule adds, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// The test's key.
    pub test: String,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Why a test is not added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NotAdded {
    /// Whether the rule's condition is true cannot be said.
    #[error("it cannot be said whether the rule applies")]
    Undecided,
    /// The test is on the specimen already, or was added before.
    #[error("the test is there already")]
    Already,
    /// The chain of reflexes would be longer than the rule set allows.
    #[error("more than {0} reflexes would follow each other")]
    ChainTooLong(u8),
    /// Too little is left, or it is not known how much.
    #[error("{needed} µl are needed, {} are left", left.map_or("it is not known how many".to_owned(), |left| left.to_string()))]
    Volume {
        /// What is needed.
        needed: u32,
        /// What is left.
        left: Option<u32>,
    },
    /// The specimen is too old, or its age is not known.
    #[error("the specimen must be at most {stable_hours} h old, and is not, or its age is not known")]
    TooOld {
        /// For how many hours the test can be measured.
        stable_hours: u32,
    },
}

/// A suggestion to be queued for a person. Nothing is ordered by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suggestion {
    /// What the person is asked to consider.
    pub suggests: String,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl Rules {
    /// The tests that these results of one specimen add. Give only results that may trigger: an unreleased one should not.
    ///
    /// `ordered` are all tests that the specimen has or had, `chains` says which of them came by reflex. No test is added twice: none that
    /// is ordered, has a reading (unless that says that it was not ordered), or is in any chain. No chain grows longer than the rule set
    /// allows. So adding, measuring and asking again always ends. Tests added together share the volume, in the order of the rules. A rule
    /// of whose analytes none has a value says nothing.
    #[must_use]
    pub fn reflexes(
        &self,
        readings: &[Reading<'_>],
        ordered: &[&str],
        chains: &[Chain<'_>],
        left: SpecimenLeft,
    ) -> Vec<Reflex> {
        let mut answers = Vec::new();
        let mut added: Vec<&str> = Vec::new();
        let mut volume_ul = left.volume_ul;
        for (rule, when) in self.set.reflexes.iter().zip(&self.reflexes) {
            let truth = when.truth(readings);
            let triggers = self.evidence(when, readings);
            if truth == Truth::False || triggers.is_empty() {
                continue;
            }
            let chain = self.longest(when, chains);
            for adds in &rule.adds {
                let test = adds.test.as_str();
                let twice = ordered.contains(&test) || added.contains(&test) || self.is_there(test, readings, chains);
                let left = SpecimenLeft { volume_ul, ..left };
                let why = if truth != Truth::True {
                    Some(NotAdded::Undecided)
                } else if twice {
                    Some(NotAdded::Already)
                } else if chain.len() >= usize::from(self.set.reflex_chain_max) {
                    Some(NotAdded::ChainTooLong(self.set.reflex_chain_max))
                } else {
                    left.lacks(adds)
                };
                let mut steps = chain.to_vec();
                steps.push(Step { rule: rule.key.clone(), test: adds.test.clone() });
                let provenance = self.provenance(&rule.key, triggers.clone(), steps);
                let answer = Added { test: adds.test.clone(), provenance };
                answers.push(match why {
                    Some(why) => Reflex::NotAdded(answer, why),
                    None => {
                        added.push(test);
                        volume_ul = volume_ul.map(|left| left.saturating_sub(adds.volume_ul.unwrap_or(0)));
                        Reflex::Add(answer)
                    }
                });
            }
        }
        answers
    }

    /// What these results of one specimen suggest to a person.
    #[must_use]
    pub fn suggestions(&self, readings: &[Reading<'_>]) -> Vec<Suggestion> {
        let rules = self.set.reflectives.iter().zip(&self.reflectives);
        rules
            .filter(|(_, when)| when.truth(readings) == Truth::True)
            .map(|(rule, when)| Suggestion {
                suggests: rule.suggests.clone(),
                provenance: self.provenance(&rule.key, self.evidence(when, readings), Vec::new()),
            })
            .collect()
    }

    fn provenance(&self, rule: &str, triggers: Vec<Evidence>, chain: Vec<Step>) -> Provenance {
        let (rule_set, version) = (self.set.key.clone(), self.set.version);
        Provenance { rule_set, version, rule: rule.to_owned(), triggers, chain }
    }

    /// The values that a condition looks at, in the order in which it names them.
    fn evidence(&self, when: &Condition<Analyte>, readings: &[Reading<'_>]) -> Vec<Evidence> {
        let found = Findings { own: None, others: readings };
        let of = |analyte: Analyte| {
            let reading = readings.iter().find(|reading| reading.analyte == analyte)?;
            match found.text(analyte) {
                Given::Value(value) => Some(Evidence {
                    result: reading.result,
                    analyte: self.key(analyte).to_owned(),
                    value: value.to_owned(),
                }),
                _ => None,
            }
        };
        when.analytes().into_iter().filter_map(|analyte| of(*analyte)).collect()
    }

    /// Whether a test has a reading, or is in a chain.
    fn is_there(&self, test: &str, readings: &[Reading<'_>], chains: &[Chain<'_>]) -> bool {
        let read = |reading: &Reading<'_>| reading.value != Given::None && self.key(reading.analyte) == test;
        let in_chain = |chain: &Chain<'_>| chain.analyte == test || chain.steps.iter().any(|step| step.test == test);
        readings.iter().any(read) || chains.iter().any(in_chain)
    }

    /// The longest chain behind an analyte that a condition names.
    fn longest<'a>(&self, when: &Condition<Analyte>, chains: &[Chain<'a>]) -> &'a [Step] {
        let names = when.analytes();
        let behind = |chain: &&Chain<'_>| names.iter().any(|analyte| self.key(**analyte) == chain.analyte);
        let longest = chains.iter().filter(behind).map(|chain| chain.steps).max_by_key(|steps| steps.len());
        longest.unwrap_or(&[])
    }
}

impl SpecimenLeft {
    /// What the specimen lacks for a test.
    fn lacks(&self, adds: &Addition) -> Option<NotAdded> {
        let limit = SignedDuration::from_hours(i64::from(adds.stable_hours));
        if let Some(needed) = adds.volume_ul
            && self.volume_ul.is_none_or(|left| left < needed)
        {
            return Some(NotAdded::Volume { needed, left: self.volume_ul });
        }
        let young = self.age.is_some_and(|age| age >= SignedDuration::ZERO && age <= limit);
        (!young).then_some(NotAdded::TooOld { stable_hours: adds.stable_hours })
    }
}
