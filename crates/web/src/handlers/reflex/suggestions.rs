//! Tests that a rule asks for and could not add: listed for those who review, added or dismissed by a person.

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_lab::orders::views as orders;
use titer_lab::reflex::commands::DismissSuggestion;
use titer_lab::reflex::{Suggestion, SuggestionId, views as reflex};
use titer_lab::results::{ResultId, views as results};
use titer_lab::specimens::{SpecimenId, views as specimens, views::Specimen};
use titer_lab::versions::Told;
use titer_lab::{Action, Failure, Refusal, ways, work};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::reader::Reader;
use titer_store::Read;

use super::super::common::{Answer, accessed, again, at_reason, banner, mistaken, name, show, test_name, tube};
use super::added_test;
use crate::pages::reflex::{Suggestion as OnePage, SuggestionLine};
use crate::pages::{Fact, Mistakes, Tone};
use crate::paths;
use crate::sections::REVIEW;

/// Those about which nobody has decided, and whether there are more; none for whoever may not decide.
pub fn open(s: &mut dyn Read, frame: &Frame) -> Result<(Vec<SuggestionLine>, bool), Failure> {
    if !frame.may(Action::DecideSuggestions) {
        return Ok((Vec::new(), false));
    }
    let (open, more) = work::suggestions::open(s)?;
    Ok((lines(s, frame, &open)?, more))
}

/// Those of one tube about which nobody has decided.
pub fn of_tube(s: &mut dyn Read, frame: &Frame, specimen: SpecimenId) -> Result<Vec<SuggestionLine>, Failure> {
    let open = work::suggestions::of_specimen(s, specimen)?;
    lines(s, frame, &open)
}

fn lines(s: &mut dyn Read, frame: &Frame, of: &[(Suggestion, Specimen)]) -> Result<Vec<SuggestionLine>, Failure> {
    let in_force = frame.in_force(s)?;
    let decides = frame.may(Action::DecideSuggestions);
    let line = |(of, specimen): &(Suggestion, Specimen)| {
        let rule = in_force.reflexes.signed(of.rule);
        SuggestionLine {
            href: if decides { frame.to(paths::REFLEX_SUGGESTION.of(of.id)) } else { String::new() },
            tube: tube(frame, specimen),
            patient: name(frame, &specimen.patient),
            identifier: specimen.patient.identifier.clone(),
            rule: rule.map_or_else(|| "?".to_owned(), |rule| rule.code.clone()),
            test: rule.map_or_else(|| "?".to_owned(), |rule| added_test(&in_force.catalog, rule)),
            why: frame.t(of.why.key()),
            since: frame.at(of.since),
        }
    };
    Ok(of.iter().map(line).collect())
}

pub async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    accessed(&reader, "suggestion", id);
    show(shown(&reader, id, String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: i64, reason: String, mistakes: Mistakes) -> Result<OnePage, Problem> {
    let page = reader.page(Some(&REVIEW), move |s, frame| {
        let of = reflex::suggestion(s, SuggestionId(id))?.ok_or(Problem::Missing)?;
        if let Some(number) = of.decided {
            let Told { who, by, at } = Told::of_event(s, number)?;
            let refusal = Refusal::new("reflex-decided").with("who", who).with("by", by).with("at", at);
            return Err(Failure::from(refusal).into());
        }
        let specimen = specimens::specimen(s, SpecimenId(of.specimen))?.ok_or(Problem::Missing)?;
        let order = orders::order(s, specimen.order)?.ok_or(Problem::Missing)?;
        let result = results::result(s, ResultId(of.result))?.map(|(result, _)| result);
        let in_force = frame.in_force(s)?;
        let (catalog, rule) = (&in_force.catalog, in_force.reflexes.signed(of.rule).ok_or(Problem::Missing)?);
        let value = |r: &results::LabResult| {
            let value = catalog.words_with_unit(&r.value, r.answer, &r.unit);
            format!("{} {value}", test_name(catalog, r.analyte))
        };
        let facts = [
            ("reflex-suggestion-result", result.as_ref().map(value).unwrap_or_default()),
            ("reflex-suggestion-rule", format!("{} ({})", rule.code, super::when(frame, catalog, rule))),
            ("reflex-suggestion-why", frame.t(of.why.key())),
        ];
        Ok(OnePage {
            page: frame.page(),
            patient: banner(frame, &specimen.patient, &order.requester, &specimen.barcode),
            id: id.to_string(),
            test: added_test(catalog, rule),
            facts: facts.into_iter().map(|(key, text)| Fact { label: frame.t(key), text }).collect(),
            reason,
            back: frame.to(paths::SPECIMEN.of(specimen.id)),
            mistakes,
        })
    });
    page.await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Dismissing {
    reason: String,
}

pub async fn added(reader: Reader, Path(id): Path<i64>) -> Answer {
    let submitted = reader.submit(None, move |tx| ways::add_suggested(tx, SuggestionId(id))).await;
    answer(&reader, id, submitted.map(|()| "reflex-suggestion-added"), String::new()).await
}

pub async fn dismissed(reader: Reader, Path(id): Path<i64>, Form(given): Form<Dismissing>) -> Answer {
    let dismiss = DismissSuggestion { suggestion: SuggestionId(id) };
    let submitted = reader.submit(Some(given.reason.clone()), move |tx| tx.run(dismiss)).await;
    answer(&reader, id, submitted.map(|()| "reflex-suggestion-dismissed"), given.reason).await
}

/// The worklist with what was done, or the page again with why it was refused.
async fn answer(reader: &Reader, id: i64, done: Result<&'static str, Failure>, reason: String) -> Answer {
    match done {
        Ok(said) => Ok(reader.done(&reader.to(paths::REVIEW), Tone::Calm, reader.t(said))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(reader, id, reason, mistakes).await?)
        }
    }
}
