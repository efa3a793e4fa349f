//! What happens to reflex rules, and what they did.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, event::id, set};

use super::{
    RuleId, SuggestionId,
    tables::{self, RuleRow, SuggestionRow},
};
use crate::{
    catalog::{AnalyteId, TestId, face as catalog},
    jobs,
    signature::SignatureBody,
    stories,
};

/// A rule was proposed, or the next version of one.
#[derive(Serialize, Deserialize)]
pub struct Proposed {
    /// Which.
    #[serde(flatten)]
    pub says: Says,
}

/// What one version of a rule is: all that a signature says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// Its code.
    pub code: String,
    /// Its version, from 1.
    pub version: i64,
    /// The analyte whose verified results it looks at.
    pub analyte: i64,
    /// How the value stands to the bound: `less`, `less-or-equal`, `greater`, `greater-or-equal`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operator: String,
    /// The bound, in the unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bound: String,
    /// The answers of which it is true, if the analyte has answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<i64>,
    /// The unit of the bound: that of the analyte.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The test that it adds.
    pub test: i64,
    /// For how many hours from collection the test can be measured.
    pub stable_hours: i64,
    /// Where the rule is from.
    pub source: String,
}

impl Proposed {
    pub(super) fn rule(event: i64) -> RuleId {
        RuleId(id(event, 0))
    }
}

impl Event for Proposed {
    const KIND: &'static str = "reflex.proposed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RULES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let says = &self.says;
        changes.put(RuleRow {
            id: Proposed::rule(header.number),
            code: says.code.clone(),
            version: says.version,
            analyte: AnalyteId(says.analyte),
            operator: says.operator.clone(),
            bound: says.bound.clone(),
            answers: says.answers.iter().map(i64::to_string).collect::<Vec<_>>().join("\n"),
            unit: says.unit.clone(),
            test: TestId(says.test),
            stable_hours: says.stable_hours,
            source: says.source.clone(),
            approved_at: None,
            approved_by: None,
            ended: None,
            changed: header.number,
        });
    }
}

/// The director signed a rule into force.
#[derive(Serialize, Deserialize)]
pub struct Approved {
    /// Which.
    pub rule: i64,
    /// What was signed.
    pub signed: Says,
    /// The version of the same rule that ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<i64>,
    /// The signature.
    pub signature: SignatureBody,
}

impl Event for Approved {
    const KIND: &'static str = "reflex.approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RULES, &catalog::HEAD];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let set =
            set!(RuleRow { approved_at: header.at, approved_by: self.signature.name.clone(), changed: header.number });
        changes.patch(RuleId(self.rule), set);
        if let Some(replaced) = self.replaces {
            end(changes, header, replaced);
        }
        catalog::changed(changes, header);
    }
}

/// A rule ended, or a proposal was dismissed. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub rule: i64,
}

impl Event for Ended {
    const KIND: &'static str = "reflex.ended";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RULES, &catalog::HEAD];
    fn project(&self, header: &Header, changes: &mut Changes) {
        end(changes, header, self.rule);
        catalog::changed(changes, header);
    }
}

fn end(changes: &mut Changes, header: &Header, rule: i64) {
    changes.patch(RuleId(rule), set!(RuleRow { ended: header.number, changed: header.number }));
}

/// The rules looked at a tube. The tests that they added are in events of their order in the same submission.
#[derive(Serialize, Deserialize)]
pub struct Applied {
    /// The tube.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// The rules that added their tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<i64>,
    /// The rules that could not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_added: Vec<NotAdded>,
}

/// A rule that could not add its test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAdded {
    /// The rule.
    pub rule: i64,
    /// The result that it looked at.
    pub result: i64,
    /// Why.
    pub why: String,
}

impl Event for Applied {
    const KIND: &'static str = "reflex.applied";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::SUGGESTIONS, &stories::STORIES, &jobs::face::DUE];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for (place, not_added) in (0..).zip(&self.not_added) {
            changes.put(SuggestionRow {
                id: SuggestionId(header.id(place)),
                specimen: self.specimen,
                order_id: self.order,
                result: not_added.result,
                rule: RuleId(not_added.rule),
                why: not_added.why.clone(),
                since: header.at,
                decided: 0,
            });
        }
        if !self.not_added.is_empty() {
            stories::enter(changes, header, &[self.specimen, self.order], &self.not_added.len().to_string());
        }
        jobs::face::done(changes, self.specimen);
    }
}

/// A person added a test that a rule could not add, or dismissed it. Why it was dismissed is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct Decided {
    /// Which.
    pub suggestion: i64,
    /// Its tube.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// Whether the test was added.
    pub added: bool,
}

impl Event for Decided {
    const KIND: &'static str = "reflex.decided";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::SUGGESTIONS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.patch(SuggestionId(self.suggestion), set!(SuggestionRow { decided: header.number }));
        let detail = if self.added { "added" } else { "dismissed" };
        stories::enter(changes, header, &[self.specimen, self.order], detail);
    }
}
