//! What may be seen of reflex rules: those that were ever signed, which stand in memory with the catalog; proposals; and the tests that
//! rules could not add.

use std::collections::HashMap;

use titer_science::autoverification::Rules;
use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{
    Rule, RuleId, SuggestionId, Why,
    rule::rule_set,
    tables::{RuleRow, SuggestionRow},
};
use crate::{Catalog, catalog::AnalyteId};

/// The most versions of rules, those that have ended among them.
pub const RULES_MAX: i64 = 1_000;
/// The most tests that rules could not add of one tube.
const OF_SPECIMEN_MAX: i64 = 1_000;

sql! {
    ALL: (reflex_rules: RuleRow) = "FROM reflex_rules WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    BY_ID: (reflex_rules: RuleRow) = "FROM reflex_rules WHERE lab = $1 AND id = $2";
    SUGGESTION: (reflex_suggestions: SuggestionRow) = "FROM reflex_suggestions WHERE lab = $1 AND id = $2";
    OF_SPECIMEN: (reflex_suggestions: SuggestionRow) = "FROM reflex_suggestions WHERE lab = $1 AND specimen = $2 ORDER BY id LIMIT $3";
}

/// The rules that were ever signed into force: those that have ended are named by what they added.
#[derive(Debug, Default)]
pub struct Reflexes {
    signed: HashMap<RuleId, Rule>,
    in_force: HashMap<String, RuleId>,
    running: Option<Rules>,
}

impl Reflexes {
    /// The version in force of the rule with this code.
    pub fn of(&self, code: &str) -> Option<&Rule> {
        self.in_force.get(code).and_then(|id| self.signed.get(id))
    }

    /// A version that was signed into force, also one that has ended.
    pub fn signed(&self, id: RuleId) -> Option<&Rule> {
        self.signed.get(&id)
    }

    /// Those in force, the oldest first.
    pub fn in_force(&self) -> Vec<&Rule> {
        let mut all: Vec<&Rule> = self.in_force.values().filter_map(|id| self.signed.get(id)).collect();
        all.sort_by_key(|rule| rule.id);
        all
    }

    /// Whether a rule in force looks at results of this analyte.
    pub fn look_at(&self, analyte: AnalyteId) -> bool {
        self.in_force().iter().any(|rule| rule.analyte == analyte)
    }

    /// Those in force that fit the catalog, ready to run; none if there are none.
    pub(crate) fn running(&self) -> Option<&Rules> {
        self.running.as_ref()
    }
}

/// Every version of every rule, the oldest first.
pub fn all(reads: &mut dyn Read) -> Result<Vec<Rule>, StoreError> {
    ALL.all(reads, &values![0_i64, RULES_MAX])?.into_iter().map(Rule::read).collect()
}

/// The row of one version.
pub(super) fn row(reads: &mut dyn Read, id: RuleId) -> Result<Option<RuleRow>, StoreError> {
    BY_ID.one(reads, &values![id])
}

/// One version of a rule.
pub fn rule(reads: &mut dyn Read, id: RuleId) -> Result<Option<Rule>, StoreError> {
    row(reads, id)?.map(Rule::read).transpose()
}

/// What stands in memory.
pub(crate) fn load(reads: &mut dyn Read, catalog: &Catalog) -> Result<Reflexes, StoreError> {
    let mut reflexes = Reflexes::default();
    for rule in all(reads)?.into_iter().filter(|rule| rule.approved.is_some()) {
        if rule.is_in_force() {
            reflexes.in_force.insert(rule.code.clone(), rule.id);
        }
        reflexes.signed.insert(rule.id, rule);
    }
    let mut fitting = reflexes.in_force();
    fitting.retain(|rule| rule.unfit(catalog).is_none());
    if !fitting.is_empty() {
        let unsound = |_| StoreError::Corrupt("the reflex rules in force cannot run together".to_owned());
        reflexes.running = Some(rule_set(&fitting, catalog).compile().map_err(unsound)?);
    }
    Ok(reflexes)
}

/// A test that a rule asks for and could not add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Its id.
    pub id: SuggestionId,
    /// The tube.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// The result that the rule looked at.
    pub result: i64,
    /// The rule, in this version.
    pub rule: RuleId,
    /// Why it could not.
    pub why: Why,
    /// Since when it waits for a person.
    pub since: Timestamp,
    /// The event by which a person decided.
    pub decided: Option<i64>,
}

impl Suggestion {
    pub(crate) fn read(row: SuggestionRow) -> Result<Self, StoreError> {
        let damaged = || StoreError::Corrupt(format!("suggestion {} means nothing", row.id));
        Ok(Suggestion {
            id: row.id,
            specimen: row.specimen,
            order: row.order_id,
            result: row.result,
            rule: row.rule,
            why: Why::from_code(&row.why).ok_or_else(damaged)?,
            since: row.since,
            decided: Some(row.decided).filter(|number| *number != 0),
        })
    }
}

/// One of them.
pub fn suggestion(reads: &mut dyn Read, id: SuggestionId) -> Result<Option<Suggestion>, StoreError> {
    SUGGESTION.one(reads, &values![id])?.map(Suggestion::read).transpose()
}

/// Those of a tube, decided or not, the oldest first.
pub fn of_specimen(reads: &mut dyn Read, specimen: i64) -> Result<Vec<Suggestion>, StoreError> {
    let rows = OF_SPECIMEN.all(reads, &values![specimen, OF_SPECIMEN_MAX])?;
    rows.into_iter().map(Suggestion::read).collect()
}
