//! What a rule is, and whether it fits the catalog.

use rust_decimal::Decimal;
use titer_science::{
    Op,
    autoverification::{Addition, AnalyteEntry, Condition as Scientific, ReflexRule, RuleSet},
};
use titer_store::{StoreError, Timestamp};

use super::{CHAIN_MAX, RuleId, events::Says, tables::RuleRow};
use crate::{
    Catalog,
    catalog::{AnalyteId, Answer, AnswerId, Kind, Meaning, TestId},
};

crate::codes! {
    /// How a value stands to a bound.
    pub enum Operator says "reflex-operator" {
        /// Below.
        Less = "less",
        /// Below, or equal.
        LessOrEqual = "less-or-equal",
        /// Above.
        Greater = "greater",
        /// Above, or equal.
        GreaterOrEqual = "greater-or-equal",
    }
}

impl Operator {
    const fn op(self) -> Op {
        match self {
            Operator::Less => Op::Less,
            Operator::LessOrEqual => Op::LessOrEqual,
            Operator::Greater => Op::Greater,
            Operator::GreaterOrEqual => Op::GreaterOrEqual,
        }
    }
}

/// Of which results a rule adds its test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The value stands so to the bound, in the analyte's unit.
    Number(Operator, Decimal),
    /// The value is one of these answers.
    Answers(Vec<AnswerId>),
}

/// One version of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Its code.
    pub code: String,
    /// Its version, from 1.
    pub version: i64,
    /// The analyte whose verified results it looks at.
    pub analyte: AnalyteId,
    /// Of which of them it adds the test.
    pub condition: Condition,
    /// The unit of the bound.
    pub unit: String,
    /// The test that it adds.
    pub test: TestId,
    /// For how many hours from collection the test can be measured.
    pub stable_hours: i64,
    /// Where the rule is from.
    pub source: String,
    /// When it was signed into force, and by whom.
    pub approved: Option<(Timestamp, String)>,
    /// The event that ended it.
    pub ended: Option<i64>,
    /// The last event that changed it.
    pub changed: i64,
}

crate::codes! {
    /// Why a rule does not run, although it may be in force.
    pub enum Unfit says "reflex-unfit" {
        /// The catalog has no such analyte.
        Analyte = "analyte",
        /// The results of the analyte are no numbers, and have no such answers.
        Condition = "condition",
        /// The unit of the analyte is another one than that of the bound.
        Unit = "unit",
        /// The test cannot be ordered.
        Test = "test",
    }
}

impl Rule {
    /// Whether it adds tests.
    pub const fn is_in_force(&self) -> bool {
        self.approved.is_some() && self.ended.is_none()
    }

    /// Whether it waits for the director.
    pub const fn is_proposed(&self) -> bool {
        self.approved.is_none() && self.ended.is_none()
    }

    /// Why the catalog does not let it run; none if it runs.
    pub fn unfit(&self, catalog: &Catalog) -> Option<Unfit> {
        let Some(analyte) = catalog.analyte(self.analyte) else { return Some(Unfit::Analyte) };
        match &self.condition {
            Condition::Number(..) if analyte.kind != Kind::Numeric => return Some(Unfit::Condition),
            Condition::Number(..) if analyte.unit != self.unit => return Some(Unfit::Unit),
            Condition::Answers(of) => {
                let known = catalog.answers(self.analyte);
                let all = of.iter().all(|id| known.iter().any(|answer| answer.id == *id));
                if of.is_empty() || !all || of.len() == known.len() {
                    return Some(Unfit::Condition);
                }
            }
            Condition::Number(..) => {}
        }
        let orderable = |test| catalog.retired(test).is_none() && catalog.lacking_answers(test).is_empty();
        (!catalog.test(self.test).is_some_and(orderable)).then_some(Unfit::Test)
    }

    /// The analytes that it adds.
    pub fn adds<'c>(&self, catalog: &'c Catalog) -> &'c [AnalyteId] {
        catalog.test(self.test).map(|test| test.analytes.as_slice()).unwrap_or_default()
    }

    pub(super) fn says(&self) -> Says {
        let (operator, bound, answers) = match &self.condition {
            Condition::Number(operator, bound) => (operator.code().to_owned(), bound.to_string(), Vec::new()),
            Condition::Answers(of) => (String::new(), String::new(), of.iter().map(|id| id.0).collect()),
        };
        Says {
            code: self.code.clone(),
            version: self.version,
            analyte: self.analyte.0,
            operator,
            bound,
            answers,
            unit: self.unit.clone(),
            test: self.test.0,
            stable_hours: self.stable_hours,
            source: self.source.clone(),
        }
    }

    pub(super) fn read(row: RuleRow) -> Result<Self, StoreError> {
        let damaged = || StoreError::Corrupt(format!("reflex rule {} means nothing", row.id));
        let approved = match (row.approved_at, &row.approved_by) {
            (None, None) => None,
            (Some(at), Some(by)) => Some((at, by.clone())),
            _ => return Err(damaged()),
        };
        let condition = if row.operator.is_empty() {
            let answer = |line: &str| line.parse().map_err(|_| damaged());
            Condition::Answers(row.answers.lines().map(answer).collect::<Result<_, _>>()?)
        } else {
            let operator = Operator::from_code(&row.operator).ok_or_else(damaged)?;
            Condition::Number(operator, row.bound.parse().map_err(|_| damaged())?)
        };
        Ok(Rule {
            id: row.id,
            code: row.code,
            version: row.version,
            analyte: row.analyte,
            condition,
            unit: row.unit,
            test: row.test,
            stable_hours: row.stable_hours,
            source: row.source,
            approved,
            ended: row.ended,
            changed: row.changed,
        })
    }

    /// The rule as science runs it. An analyte's key is its id.
    fn scientific(&self, catalog: &Catalog) -> ReflexRule {
        let analyte = self.analyte.to_string();
        let when = match &self.condition {
            Condition::Number(operator, bound) => Scientific::Value { analyte, is: operator.op(), limit: *bound },
            Condition::Answers(of) => {
                let (is, others): (Vec<_>, Vec<_>) =
                    catalog.answers(self.analyte).iter().partition(|answer| of.contains(&answer.id));
                // An answer that tells nothing does not say that the condition is false.
                let tells = |answer: &&&Answer| !matches!(answer.meaning, Meaning::Indeterminate | Meaning::Invalid);
                let is_not = others.iter().filter(tells).map(|answer| written(answer.id)).collect();
                Scientific::Text { analyte, is: is.iter().map(|answer| written(answer.id)).collect(), is_not }
            }
        };
        let adds = self.adds(catalog).iter().map(|analyte| Addition {
            test: analyte.to_string(),
            // The laboratory records no volumes: whoever takes the tube sees whether enough is left.
            volume_ul: None,
            stable_hours: u32::try_from(self.stable_hours).unwrap_or(0),
            source: self.source.clone(),
        });
        ReflexRule { key: self.id.to_string(), when, adds: adds.collect(), source: self.source.clone() }
    }
}

/// An answer as science reads it: no value that was sent is taken for it.
pub(crate) fn written(answer: AnswerId) -> String {
    format!("answer {answer}")
}

/// The rules as science runs them, all of which fit the catalog.
pub(super) fn rule_set(rules: &[&Rule], catalog: &Catalog) -> RuleSet {
    let mut analytes: Vec<AnalyteId> = rules.iter().map(|rule| rule.analyte).collect();
    analytes.sort();
    analytes.dedup();
    let entry = |id: &AnalyteId| {
        let analyte = catalog.analyte(*id);
        AnalyteEntry {
            key: id.to_string(),
            name: analyte.map(|a| a.name.clone()).unwrap_or_default(),
            unit: analyte.map(|a| a.unit.clone()).unwrap_or_default(),
        }
    };
    RuleSet {
        key: "reflex".to_owned(),
        version: 1,
        analytes: analytes.iter().map(entry).collect(),
        test_systems: Vec::new(),
        patterns: Vec::new(),
        reflex_chain_max: CHAIN_MAX,
        reflexes: rules.iter().map(|rule| rule.scientific(catalog)).collect(),
        reflectives: Vec::new(),
    }
}

/// Whether a result of `from` may, by these rules one after another, add `to` or be `to`.
pub(super) fn leads(rules: &[&Rule], catalog: &Catalog, from: AnalyteId, to: AnalyteId) -> bool {
    let (mut seen, mut next) = (vec![from], vec![from]);
    while let Some(analyte) = next.pop() {
        if analyte == to {
            return true;
        }
        for rule in rules.iter().filter(|rule| rule.analyte == analyte) {
            for added in rule.adds(catalog).iter().filter(|added| !seen.contains(added)).copied().collect::<Vec<_>>() {
                seen.push(added);
                next.push(added);
            }
        }
    }
    false
}
