//! What may be asked about reflex rules.

use rust_decimal::Decimal;
use titer_store::{PLACES, Read, reading, sql, values};

use super::{
    APPLY, Condition, Operator, Rule, RuleId, SuggestionId, Unfit, Why,
    events::{Applied, Approved, Decided, Ended, NotAdded, Proposed, Says},
    rule::{leads, rule_set},
    tables::RuleRow,
    views::{self, RULES_MAX},
};
use crate::{
    Action, Catalog, Command, Ctx, Decision, Failure, Refusal,
    accounts::Signed,
    catalog::{AnalyteId, AnswerId, TestId},
    refuse, text,
    versions::Told,
};

/// The longest time for which a test may be measured after collection, in hours: a quarter of a year.
pub const STABLE_HOURS_MAX: i64 = 2_160;

sql! {
    JOB: ("kind": String) = "FROM due WHERE lab = $1 AND id = $2";
}

/// Propose a rule, or the next version of the rule with this code.
#[derive(Clone, Debug)]
pub struct ProposeRule {
    /// Its code. Letters become capitals.
    pub code: String,
    /// The analyte whose verified results it looks at.
    pub analyte: AnalyteId,
    /// How the value stands to the bound, if results are numbers.
    pub operator: Option<Operator>,
    /// The bound, as typed.
    pub bound: String,
    /// The answers, if the analyte has answers.
    pub answers: Vec<AnswerId>,
    /// The test that it adds.
    pub test: TestId,
    /// For how many hours from collection the test can be measured.
    pub stable_hours: i64,
    /// Where the rule is from.
    pub source: String,
}

impl Command for ProposeRule {
    type Answer = RuleId;
    const ACTION: Action = Action::ProposeRules;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<RuleId>, Failure> {
        ctx.person()?;
        let Some(code) = text::code(&self.code) else {
            return Err(Refusal::new("reflex-code").with("limit", text::CODE_CHARS_MAX).into());
        };
        let source = text::required(&self.source, "source")?;
        if !(1..=STABLE_HOURS_MAX).contains(&self.stable_hours) {
            return Err(Refusal::new("reflex-stable-hours").with("limit", STABLE_HOURS_MAX).into());
        }
        let condition = match self.operator {
            Some(operator) => match self.bound.trim().parse::<Decimal>() {
                Ok(bound) => Condition::Number(operator, bound),
                Err(_) => return refuse("reflex-bound"),
            },
            None => Condition::Answers(self.answers),
        };
        let all = views::all(read)?;
        if all.len() as i64 >= RULES_MAX {
            return Err(Refusal::new("reflex-too-many").with("limit", RULES_MAX).into());
        }
        let of_code = || all.iter().filter(|other| other.code == code);
        if of_code().any(Rule::is_proposed) {
            return Err(Refusal::new("reflex-proposed-already").with("code", &code).into());
        }
        let version = of_code().map(|other| other.version).max().unwrap_or_default() + 1;
        let rule = Rule {
            id: Proposed::rule(ctx.event()),
            code,
            version,
            analyte: self.analyte,
            condition,
            unit: ctx.catalog.analyte(self.analyte).map(|a| a.unit.clone()).unwrap_or_default(),
            test: self.test,
            stable_hours: self.stable_hours,
            source,
            approved: None,
            ended: None,
            changed: ctx.event(),
        };
        fits(ctx, &rule)?;
        Ok(Decision::event(Proposed { says: rule.says() }, rule.id))
    }
}

/// Sign a proposal into force. The version of the same rule that is in force ends. Whoever proposed it does not sign it.
pub struct ApproveRule {
    /// Which.
    pub rule: RuleId,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for ApproveRule {
    type Answer = ();
    const ACTION: Action = Action::ApproveRules;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        let row = existing(read, self.rule)?;
        let proposed = Rule::read(row.clone())?;
        if !proposed.is_proposed() {
            return decided(read, proposed.changed);
        }
        // Nobody signs a row that somebody changed behind the journal.
        let number = row.id.0 / PLACES;
        if ctx.given().row::<RuleRow>(read, row.id, [number])?.as_ref() != Some(&row) {
            return refuse("reflex-not-as-journalled");
        }
        let proposer = reading::headers(read, number - 1, 1)?.pop().filter(|header| header.number == number);
        if proposer.is_none_or(|header| header.actor == ctx.actor) {
            return refuse("reflex-own-proposal");
        }
        // The catalog, and the other rules, may have changed since it was proposed.
        fits(ctx, &proposed)?;
        let replaces = ctx.reflexes.of(&proposed.code).map(|rule| rule.id.0);
        let signed: Says = proposed.says();
        let signature = (&self.signed.signature("approved")).into();
        Ok(Decision::event(Approved { rule: proposed.id.0, signed, replaces, signature }, ()))
    }
}

/// End a rule, or dismiss a proposal. The reason is that of the submission. Tests that it added stay.
pub struct EndRule {
    /// Which.
    pub rule: RuleId,
}

impl Command for EndRule {
    type Answer = ();
    const ACTION: Action = Action::ApproveRules;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let rule = Rule::read(existing(read, self.rule)?)?;
        ctx.reason("reflex-end-needs-reason")?;
        if rule.ended.is_some() {
            return decided(read, rule.changed);
        }
        Ok(Decision::event(Ended { rule: rule.id.0 }, ()))
    }
}

/// Refuses a rule that does not fit the catalog, or by which rules would go round in a circle: a test that it adds would, by itself or by
/// other rules, add the test that it looks at.
fn fits(ctx: &Ctx, rule: &Rule) -> Result<(), Failure> {
    let catalog: &Catalog = &ctx.catalog;
    match rule.unfit(catalog) {
        None => {}
        Some(Unfit::Analyte) => return refuse("reflex-analyte"),
        Some(Unfit::Condition) => return refuse("reflex-condition"),
        Some(Unfit::Unit) => return refuse("reflex-unit"),
        Some(Unfit::Test) => return refuse("reflex-test"),
    }
    let mut together = ctx.reflexes.in_force();
    together.retain(|other| other.code != rule.code && other.unfit(catalog).is_none());
    together.push(rule);
    for added in rule.adds(catalog) {
        if leads(&together, catalog, *added, rule.analyte) {
            let name = catalog.analyte(*added).map(|a| a.name.clone()).unwrap_or_default();
            return Err(Refusal::new("reflex-circle").with("test", name).into());
        }
    }
    match rule_set(&together, catalog).compile() {
        Ok(_) => Ok(()),
        Err(_) => refuse("reflex-condition"),
    }
}

fn existing(read: &mut dyn Read, id: RuleId) -> Result<RuleRow, Failure> {
    match views::row(read, id)? {
        Some(row) => Ok(row),
        None => refuse("reflex-unknown"),
    }
}

/// Refuses what somebody has decided on already, with who and when.
fn decided<T>(read: &mut dyn Read, number: i64) -> Result<T, Failure> {
    let Told { who, by, at } = Told::of_event(read, number)?;
    Err(Refusal::new("reflex-decided").with("who", who).with("by", by).with("at", at).into())
}

/// Say what the rules came to for a tube: its job is done. The tests that they add are added in the same submission.
pub(crate) struct SayApplied {
    pub(crate) specimen: i64,
    pub(crate) order: i64,
    pub(crate) added: Vec<RuleId>,
    /// The rules that could not, each with the result that it looked at, and why.
    pub(crate) not_added: Vec<(RuleId, i64, Why)>,
}

impl Command for SayApplied {
    type Answer = ();
    const ACTION: Action = Action::ApplyRules;

    fn decide(self, _: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let SayApplied { specimen, order, added, not_added } = self;
        let added = added.into_iter().map(|id| id.0).collect();
        let not =
            |(rule, result, why): (RuleId, i64, Why)| NotAdded { rule: rule.0, result, why: why.code().to_owned() };
        let not_added = not_added.into_iter().map(not).collect();
        Ok(Decision::event(Applied { specimen, order, added, not_added }, ()))
    }
}

/// Whether the rules are still to look at a tube.
pub(crate) fn is_due(read: &mut dyn Read, specimen: i64) -> Result<bool, Failure> {
    Ok(JOB.one(read, &values![specimen])?.is_some_and(|kind| kind == APPLY))
}

/// Dismiss a test that a rule could not add. The reason is that of the submission.
pub struct DismissSuggestion {
    /// Which.
    pub suggestion: SuggestionId,
}

impl Command for DismissSuggestion {
    type Answer = ();
    const ACTION: Action = Action::DecideSuggestions;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.person()?;
        ctx.reason("reflex-dismissal-needs-reason")?;
        decide(read, self.suggestion, false)
    }
}

/// Say that a person has added the test.
pub(crate) struct SayAdded(pub(crate) SuggestionId);

impl Command for SayAdded {
    type Answer = ();
    const ACTION: Action = Action::DecideSuggestions;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.person()?;
        decide(read, self.0, true)
    }
}

fn decide(read: &mut dyn Read, id: SuggestionId, added: bool) -> Result<Decision<()>, Failure> {
    let Some(suggestion) = views::suggestion(read, id)? else { return refuse("reflex-suggestion-unknown") };
    if let Some(number) = suggestion.decided {
        return decided(read, number);
    }
    let (specimen, order) = (suggestion.specimen, suggestion.order);
    Ok(Decision::event(Decided { suggestion: id.0, specimen, order, added }, ()))
}
