//! What reflex rules add, and what a person adds in their place.

use jiff::SignedDuration;
use titer_science::autoverification::{Chain, Given, NotAdded as WhyNot, Reading, Reflex, SpecimenLeft, Step, Value};
use titer_store::StoreError;

use super::add_tests::{ask_by_rule, ask_for};
use crate::{
    Catalog, Failure, Reflexes, Refusal, Tx,
    catalog::AnalyteId,
    orders::{
        OrderId,
        commands::ByRule,
        views::{self as orders, Request},
    },
    reflex::{
        CHAIN_MAX, Rule, RuleId, SuggestionId, Why,
        commands::{SayAdded, SayApplied, is_due},
        views as reflex, written,
    },
    results::{State as ResultState, views as results},
    specimens::{SpecimenId, State, views as specimens},
};

/// Lets the rules in force look at the verified results of a tube: the job that falls due when somebody signs. A test that a rule asks for is
/// added to the order if it is measured in this very tube; else a person decides. If it runs twice, the second time finds nothing due.
///
/// # Errors
/// As the commands refuse.
pub fn apply_reflexes(tx: &mut Tx<'_, '_>, id: SpecimenId) -> Result<(), Failure> {
    if !is_due(tx, id.0)? {
        return Ok(());
    }
    let gone = || StoreError::Corrupt(format!("tube {id}, at which rules are to look, is not there"));
    let tube = specimens::specimen(tx, id)?.ok_or_else(gone)?;
    let (catalog, rules) = (tx.catalog()?, tx.reflexes()?);
    let (mut added, mut not_added) = (Vec::new(), Vec::new());
    for (rule, result, outcome) in look(tx, &tube, &catalog, &rules)? {
        let why = match outcome {
            Ok(()) => {
                let by = ByRule { rule: rule.id, result };
                match ask_by_rule(tx, tube.order, rule.test, by) {
                    Ok(()) => {
                        added.push(rule.id);
                        continue;
                    }
                    Err(Failure::Refused(_)) => Why::Test,
                    Err(failure) => return Err(failure),
                }
            }
            Err(why) => why,
        };
        not_added.push((rule.id, result, why));
    }
    // What a person was shown before is not shown again.
    let known = reflex::of_specimen(tx, id.0)?;
    not_added.retain(|(rule, result, _)| !known.iter().any(|k| (k.rule, k.result) == (*rule, *result)));
    tx.run(SayApplied { specimen: id.0, order: tube.order.0, added, not_added })
}

/// A rule, the result that it looked at, and why it cannot add its test if it cannot.
type Look<'r> = (&'r Rule, i64, Result<(), Why>);

/// The rules that are to add their tests to a tube, each with the result that it looked at, and why it cannot if it cannot.
fn look<'r>(
    tx: &mut Tx<'_, '_>,
    tube: &specimens::Specimen,
    catalog: &Catalog,
    rules: &'r Reflexes,
) -> Result<Vec<Look<'r>>, Failure> {
    let Some(running) = rules.running() else { return Ok(Vec::new()) };
    let requests = orders::requests(tx, tube.order)?;
    let mut verified = results::of_specimen(tx, tube.id)?;
    verified.retain(|result| result.state == ResultState::Verified);
    let texts: Vec<String> =
        verified.iter().map(|result| result.answer.map_or_else(|| result.value.clone(), written)).collect();
    let readings: Vec<Reading<'_>> = verified
        .iter()
        .zip(&texts)
        .filter_map(|(result, text)| {
            Some(Reading {
                result: result.id.0,
                analyte: running.analyte(&result.analyte.to_string(), &result.unit)?,
                value: Given::Value(Value::read(text)),
                collected: None,
                previous: Given::Missing,
            })
        })
        .collect();
    let ordered: Vec<String> = requests.iter().map(|request| request.analyte.to_string()).collect();
    let ordered: Vec<&str> = ordered.iter().map(String::as_str).collect();
    let chains: Vec<(String, Vec<Step>)> =
        verified.iter().map(|result| (result.analyte.to_string(), chain(&requests, rules, result.analyte))).collect();
    let chains: Vec<Chain<'_>> = chains.iter().map(|(analyte, steps)| Chain { analyte, steps }).collect();
    let age = tube.collected_at.map(|at| SignedDuration::from_micros(tx.at().micros() - at.micros()));
    let mut found: Vec<Look<'_>> = Vec::new();
    for reflex in running.reflexes(&readings, &ordered, &chains, SpecimenLeft { volume_ul: None, age }) {
        let (added, outcome) = match reflex {
            Reflex::Add(added) => (added, Ok(())),
            Reflex::NotAdded(_, WhyNot::Already) => continue,
            Reflex::NotAdded(added, why) => (added, Err(said(&why))),
        };
        let rule = added.provenance.rule.parse().ok().and_then(|id: i64| rules.signed(RuleId(id)));
        let trigger = added.provenance.triggers.first();
        let Some((rule, trigger)) = rule.zip(trigger) else { continue };
        // A test of several analytes is added once.
        if found.iter().any(|(known, ..)| known.id == rule.id) {
            continue;
        }
        // What a person has cancelled comes back by no rule.
        let asked = |analyte: &AnalyteId| requests.iter().any(|r| r.analyte == *analyte && r.cancelled.is_some());
        let outcome = match outcome {
            Ok(()) if rule.adds(catalog).iter().any(asked) => Err(Why::Cancelled),
            outcome => outcome,
        };
        let here = tube.state == State::Received
            && catalog.test(rule.test).is_some_and(|test| test.specimen_type == tube.specimen_type);
        found.push((rule, trigger.result, outcome.and(if here { Ok(()) } else { Err(Why::Tube) })));
    }
    Ok(found)
}

fn said(why: &WhyNot) -> Why {
    match why {
        WhyNot::Undecided => Why::Undecided,
        WhyNot::ChainTooLong(_) => Why::Chain,
        WhyNot::TooOld { .. } => Why::Old,
        // No rule asks for a volume; what is there already is left out before.
        WhyNot::Volume { .. } | WhyNot::Already => Why::Test,
    }
}

/// The rules that led to an analyte's being asked for, the first one first.
fn chain(requests: &[Request], rules: &Reflexes, analyte: AnalyteId) -> Vec<Step> {
    let (mut steps, mut analyte) = (Vec::new(), analyte);
    while steps.len() <= usize::from(CHAIN_MAX) {
        let request = requests.iter().find(|request| request.analyte == analyte);
        let Some(rule) = request.and_then(|request| request.rule).and_then(|id| rules.signed(id)) else { break };
        steps.push(Step { rule: rule.id.to_string(), test: analyte.to_string() });
        analyte = rule.analyte;
    }
    steps.reverse();
    steps
}

/// Adds the test that a rule asks for and could not add: a person decided so. A tube of another type is expected if there is none.
///
/// # Errors
/// As the commands refuse.
pub fn add_suggested(tx: &mut Tx<'_, '_>, id: SuggestionId) -> Result<(), Failure> {
    tx.run(SayAdded(id))?;
    // The command has found it.
    let Some(suggestion) = reflex::suggestion(tx, id)? else { return Ok(()) };
    let Some(rule) = tx.reflexes()?.signed(suggestion.rule).cloned() else {
        return Err(Refusal::new("reflex-unknown").into());
    };
    let by = ByRule { rule: rule.id, result: suggestion.result };
    ask_for(tx, OrderId(suggestion.order), rule.test, by)
}
