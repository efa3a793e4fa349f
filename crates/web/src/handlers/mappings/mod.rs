//! One mapping: what speaks for it, what was filed under it, and its withdrawal.

pub mod pointing;
pub mod signing;

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_lab::results::views::{self as results, FiledUnder};
use titer_lab::results::{ResultId, State as ResultState, disputed};
use titer_lab::{Action, Catalog, Failure, Refusal};
use titer_link::Dialect;
use titer_link::inbox::waits::{Wait, meaning};
use titer_link::inbox::{MessageId, views as inbox};
use titer_link::links::commands::{WithdrawMappings, WithdrawProposals, changed, withdraw};
use titer_link::links::views as links;
use titer_link::links::{MappingId, MappingState};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::{Entry, Read, reading};

use super::common::{Answer, accessed, again, answer_in_full, at_reason, mistaken, result_status, show, who};
use crate::pages::mappings::{Evidence, FiledResult, Mapping, Pointed};
use crate::pages::{Fact, Mistakes, Tone};
use crate::sections::HELD;
use crate::{Web, paths};
use pointing::{Asked, point};
use signing::{Mapped, Shown};

/// First results of a mapping that are shown to be compared.
pub const FIRST_MAX: i64 = 20;
/// Messages that are looked through for one that brings what a mapping names.
const EXAMPLES_READ_MAX: usize = 50;
/// Results of a mapping that its page lists.
const LISTED_MAX: i64 = 100;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ResolveMessages);
    routes.get(paths::MAPPING, NEED, page).post(paths::MAPPING_WITHDRAW, NEED, withdrawing)
}

/// What was found that speaks for a mapping.
#[derive(Default)]
pub struct Grounds {
    example: Vec<Vec<Pointed>>,
    message: Option<MessageId>,
    waiting: Vec<FiledUnder>,
    verified: Vec<FiledUnder>,
    /// Those of them that a value contradicts, undecided.
    disputed: Vec<ResultId>,
}

impl Grounds {
    /// Reads an example among the messages that wait for the mapping, and the first `limit` results that were filed under it.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn read(s: &mut dyn Read, link: &links::Link, mapping: &links::Mapping, limit: i64) -> Result<Self, Failure> {
        let key = meaning(&mapping.code, &mapping.unit, &mapping.specimen);
        let about = inbox::About::exactly(Wait::Mapping, &key, Some(link.id));
        let mut grounds = Grounds {
            waiting: results::filed_under(s, mapping.id.0, ResultState::Reported, limit)?,
            verified: results::filed_under(s, mapping.id.0, ResultState::Verified, limit)?,
            disputed: disputed::under(s, mapping.id.0)?,
            ..Grounds::default()
        };
        let Ok(dialect) = Dialect::named(&link.dialect) else { return Ok(grounds) };
        let word = mapping.answer.as_ref().map(|(word, _)| word.as_str());
        let asked = Asked { code: &mapping.code, unit: &mapping.unit, specimen: &mapping.specimen, word };
        // Messages wait for a code: not each of them brings the word. The latest that does is the example.
        for (_, id) in inbox::about(s, &about, None)?.into_iter().rev().take(EXAMPLES_READ_MAX) {
            let Some(message) = inbox::message(s, id)? else { continue };
            let example = point(&dialect, &inbox::bytes(s, &message)?, asked);
            if !example.is_empty() {
                (grounds.example, grounds.message) = (example, Some(id));
                break;
            }
        }
        Ok(grounds)
    }

    /// As pages show it.
    pub fn worded(self, worded: &Worded<'_>) -> (Evidence, Vec<FiledResult>) {
        let evidence = Evidence {
            example: self.example,
            message: self.message.map(|m| worded.frame.to(paths::MESSAGE.of(m))).unwrap_or_default(),
            results: self.waiting.iter().map(|r| worded.filed(r, &self.disputed)).collect(),
        };
        (evidence, self.verified.iter().map(|r| worded.filed(r, &self.disputed)).collect())
    }
}

/// What it takes to show a result that was filed under a mapping.
pub struct Worded<'a> {
    pub frame: &'a Frame,
    pub catalog: &'a Catalog,
    pub mapping: &'a links::Mapping,
}

impl Worded<'_> {
    fn filed(&self, FiledUnder { result, barcode, sent }: &FiledUnder, disputed: &[ResultId]) -> FiledResult {
        let seen = self.frame.may(Action::SeePatients);
        FiledResult {
            tube: barcode.clone(),
            href: if seen { self.frame.to(paths::SPECIMEN.of(result.specimen)) } else { String::new() },
            value: sent.clone(),
            unit: self.mapping.unit.clone(),
            filed: match (&self.mapping.factor, &result.unit) {
                _ if result.answer.is_some() => {
                    let answer = result.answer.and_then(|id| self.catalog.answer(id));
                    answer.map_or_else(|| "?".to_owned(), |answer| answer_in_full(self.frame.words, answer))
                }
                (None, _) if *sent == result.value => String::new(),
                (_, unit) => [result.value.as_str(), unit].join(" ").trim_end().to_owned(),
            },
            measured: self.frame.maybe(result.measured_at).words,
            test: self.catalog.analyte(result.analyte).map_or_else(|| "?".to_owned(), |a| a.name.clone()),
            status: result_status(result, disputed),
        }
    }
}

/// A mapping with all that its page is made of.
struct Found {
    mapped: Mapped,
    at: usize,
    grounds: Grounds,
    withdrawn: Option<(String, Entry)>,
}

impl Found {
    fn shown(&self) -> &Shown {
        &self.mapped.mappings[self.at]
    }
}

fn find(s: &mut dyn Read, frame: &Frame, id: MappingId) -> Result<Found, Problem> {
    let mapping = links::mapping(s, id)?.ok_or(Problem::Missing)?;
    let catalog = frame.catalog(s)?;
    let mapped = Mapped::read(s, frame.words, mapping.link, catalog)?.ok_or(Problem::Missing)?;
    let at = mapped.mappings.iter().position(|m| m.mapping.id == id).ok_or(Problem::Missing)?;
    let grounds = Grounds::read(s, &mapped.link, &mapping, LISTED_MAX)?;
    let entry = mapping.withdrawn.map(|number| reading::entries(s, number - 1, 1)).transpose()?;
    let withdrawn = match entry.and_then(|mut entries| entries.pop()) {
        Some(entry) => Some((who(frame.words, s, entry.header.actor)?, entry)),
        None => None,
    };
    Ok(Found { mapped, at, grounds, withdrawn })
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    accessed(&reader, "mapping", id);
    show(shown(&reader, MappingId(id), String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: MappingId, reason: String, mistakes: Mistakes) -> Result<Mapping, Problem> {
    let page = reader.page(Some(&HELD), move |s, frame| {
        let found = find(s, frame, id)?;
        let (line, facts) = (found.mapped.line(frame, found.shown()), found.facts(frame));
        let mapping = found.shown().mapping.clone();
        let signs = mapping.state != MappingState::Proposed;
        let more = found.grounds.waiting.len().max(found.grounds.verified.len()) as i64 == LISTED_MAX;
        let worded = Worded { frame, catalog: &found.mapped.catalog, mapping: &mapping };
        let (evidence, verified) = found.grounds.worded(&worded);
        Ok(Mapping {
            page: frame.page(),
            id: id.to_string(),
            link: mapping.link.to_string(),
            line,
            facts,
            evidence,
            verified,
            more,
            withdrawable: mapping.state != MappingState::Withdrawn && (!signs || frame.may(Action::ApproveMappings)),
            signs,
            password: frame.reader.must_give_password(),
            reason,
            mistakes,
        })
    });
    page.await
}

impl Found {
    fn facts(&self, frame: &Frame) -> Vec<Fact> {
        let shown = self.shown();
        let mapping = &shown.mapping;
        let withdrawn = self.withdrawn.as_ref().map(|(by, entry)| {
            let why = entry.why.clone().unwrap_or_default();
            format!("{by}, {}: {why}", frame.at(entry.header.at).words)
        });
        let facts = [
            ("messages-link", self.mapped.link.name.clone()),
            ("messages-code", mapping.code.clone()),
            ("messages-unit-sent", mapping.unit.clone()),
            ("mappings-kind-sent", mapping.specimen.clone()),
            ("messages-means", self.mapped.meaning(frame, mapping)),
            ("links-by", Mapped::by(frame, shown).join("; ")),
            ("mappings-withdrawn-by", withdrawn.unwrap_or_default()),
        ];
        let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
        known.map(|(key, text)| Fact { label: frame.t(key), text }).collect()
    }
}

#[derive(Deserialize)]
struct Withdrawal {
    /// The mapping in the state that was shown.
    #[serde(default)]
    mark: String,
    reason: String,
    password: Option<String>,
}

async fn withdrawing(reader: Reader, Path(id): Path<i64>, Form(given): Form<Withdrawal>) -> Answer {
    let mapping = MappingId(id);
    let found = reader.read(move |s| {
        let found = links::mapping(s, mapping)?.ok_or(Problem::Missing)?;
        Ok((changed(s, Some(&found))?, found))
    });
    let (changed, found) = found.await?;
    match submit(&reader, &found, changed, &given).await {
        Ok(()) => Ok(reader.done(&reader.to(paths::MAPPING.of(id)), Tone::Calm, reader.t("mappings-withdrawn"))),
        Err((field, failure)) => {
            let mistakes = mistaken(reader.words(), field, failure)?;
            again(shown(&reader, mapping, given.reason, mistakes).await?)
        }
    }
}

/// Withdraws a proposal, or, with a signature, a mapping in use; else the field that was wrong. `changed` is the refusal of a form that
/// showed the mapping in another state.
async fn submit(
    reader: &Reader,
    found: &links::Mapping,
    changed: Refusal,
    given: &Withdrawal,
) -> Result<(), (&'static str, Failure)> {
    if given.mark != format!("{}:{}", found.id, found.state.code()) {
        return Err(("", changed.into()));
    }
    let (link, mappings, why) = (found.link, vec![found.id], Some(given.reason.clone()));
    let done = if found.state == MappingState::Proposed {
        let command = WithdrawProposals { link, mappings };
        reader.submit(why, move |tx| tx.run(command)).await
    } else {
        let signed = reader.sign(given.password.clone()).await.map_err(|failure| ("password", failure))?;
        let command = WithdrawMappings { link, mappings, signed };
        reader.submit(why, move |tx| withdraw(tx, command)).await
    };
    done.map_err(|failure| (at_reason(&failure), failure))
}
