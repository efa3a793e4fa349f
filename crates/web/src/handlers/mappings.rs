//! One mapping: what speaks for it, what was filed under it, and its withdrawal.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::results::views::{self as results, LabResult};
use titer_lab::{Action, Catalog, Failure, results::State as ResultState};
use titer_link::Dialect;
use titer_link::inbox::waits::{Wait, meaning};
use titer_link::inbox::{MessageId, views as inbox};
use titer_link::links::commands::{WithdrawMappings, WithdrawProposals, withdraw};
use titer_link::links::views as links;
use titer_link::links::{MappingId, MappingState};
use titer_store::{Entry, Read, reading};

use super::common::{Answer, Clock, accessed, again, mistaken, result_status, show, who};
use super::links::{Mapped, Shown};
use super::pointing::{Asked, point};
use crate::Web;
use crate::errors::Problem;
use crate::pages::mappings::{Evidence, FiledResult, Mapping, Pointed};
use crate::pages::{Fact, Mistakes, Section, Tone};
use crate::permit::{Need, Routes};
use crate::reader::{Reader, notice};

/// First results of a mapping that are shown to be compared.
pub const FIRST_MAX: i64 = 20;
/// Results of a mapping that its page lists.
const LISTED_MAX: i64 = 100;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ResolveMessages);
    routes.get("/mappings/{id}", NEED, page).post("/mappings/{id}/withdraw", NEED, withdrawing)
}

/// What was found that speaks for a mapping.
#[derive(Default)]
pub struct Grounds {
    example: Vec<Vec<Pointed>>,
    message: Option<MessageId>,
    waiting: Vec<(LabResult, String)>,
    verified: Vec<(LabResult, String)>,
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
            ..Grounds::default()
        };
        let Ok(dialect) = Dialect::named(&link.dialect) else { return Ok(grounds) };
        if let Some((_, id)) = inbox::about(s, &about, None)?.pop()
            && let Some(message) = inbox::message(s, id)?
        {
            let asked = Asked { code: &mapping.code, unit: &mapping.unit, specimen: &mapping.specimen };
            grounds.example = point(&dialect, &inbox::bytes(s, &message)?, asked);
            grounds.message = Some(id);
        }
        Ok(grounds)
    }

    /// As pages show it.
    pub fn worded(self, worded: &Worded<'_>) -> (Evidence, Vec<FiledResult>) {
        let evidence = Evidence {
            example: self.example,
            message: self.message.map(|m| format!("/messages/{m}")).unwrap_or_default(),
            results: self.waiting.iter().map(|(r, tube)| worded.filed(r, tube)).collect(),
        };
        (evidence, self.verified.iter().map(|(r, tube)| worded.filed(r, tube)).collect())
    }
}

/// What it takes to show a result that was filed under a mapping.
pub struct Worded<'a> {
    pub reader: &'a Reader,
    pub clock: &'a Clock,
    pub catalog: &'a Catalog,
    pub mapping: &'a links::Mapping,
}

impl Worded<'_> {
    fn filed(&self, result: &LabResult, tube: &str) -> FiledResult {
        let seen = self.reader.may(Action::SeePatients);
        FiledResult {
            tube: tube.to_owned(),
            href: if seen { format!("/specimens/{}", result.specimen) } else { String::new() },
            value: result.value.clone(),
            unit: self.mapping.unit.clone(),
            measured: self.clock.maybe(result.measured_at).words,
            test: self.catalog.analyte(result.analyte).map_or_else(|| "?".to_owned(), |a| a.name.clone()),
            status: result_status(result),
        }
    }
}

/// A mapping with all that its page is made of.
struct Found {
    mapped: Mapped,
    at: usize,
    grounds: Grounds,
    withdrawn: Option<(Entry, String)>,
}

impl Found {
    fn shown(&self) -> &Shown {
        &self.mapped.mappings[self.at]
    }
}

async fn find(web: &Web, id: MappingId) -> Result<Found, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let Some(mapping) = links::mapping(s, id)? else { return Ok(None) };
            let catalog = lab.catalog(s)?;
            let Some(mapped) = Mapped::read(s, mapping.link, catalog)? else { return Ok(None) };
            let Some(at) = mapped.mappings.iter().position(|m| m.mapping.id == id) else { return Ok(None) };
            let grounds = Grounds::read(s, &mapped.link, &mapping, LISTED_MAX)?;
            let withdrawn = match mapping.withdrawn {
                Some(number) => reading::entries(s, number - 1, 1)?.pop(),
                None => None,
            };
            let withdrawn =
                withdrawn.map(|entry| Ok::<_, Failure>((who(s, entry.header.actor)?, entry))).transpose()?;
            Ok(Some(Found { mapped, at, grounds, withdrawn: withdrawn.map(|(by, entry)| (entry, by)) }))
        })
        .await?;
    found.ok_or(Problem::Missing)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Done {
    signed: usize,
    withdrawn: usize,
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Query(done): Query<Done>) -> Answer {
    accessed(&reader, "mapping", id);
    let mut shown = shown(&web, &reader, MappingId(id), String::new(), Mistakes::default()).await?;
    let told = match (done.signed, done.withdrawn) {
        (1.., _) => Some("links-signed"),
        (_, 1..) => Some("mappings-withdrawn"),
        _ => None,
    };
    shown.page.notice = told.and_then(|key| notice(Tone::Calm, web.words.t(key)));
    show(shown)
}

async fn shown(
    web: &Web,
    reader: &Reader,
    id: MappingId,
    reason: String,
    mistakes: Mistakes,
) -> Result<Mapping, Problem> {
    let found = find(web, id).await?;
    let clock = Clock::of(web).await?;
    let shown = found.shown();
    let mapping = shown.mapping.clone();
    let signs = mapping.state != MappingState::Proposed;
    let (line, facts) = (found.mapped.line(web, reader, shown), found.facts(web, &clock));
    let more = found.grounds.waiting.len().max(found.grounds.verified.len()) as i64 == LISTED_MAX;
    let worded = Worded { reader, clock: &clock, catalog: &found.mapped.catalog, mapping: &mapping };
    let (evidence, verified) = found.grounds.worded(&worded);
    Ok(Mapping {
        page: reader.page(web, Some(Section::Held)).await?,
        id: id.to_string(),
        link: mapping.link.to_string(),
        line,
        facts,
        evidence,
        verified,
        more,
        withdrawable: mapping.state != MappingState::Withdrawn && (!signs || reader.may(Action::ApproveMappings)),
        signs,
        password: reader.must_give_password(web),
        reason,
        mistakes,
    })
}

impl Found {
    fn facts(&self, web: &Web, clock: &Clock) -> Vec<Fact> {
        let shown = self.shown();
        let mapping = &shown.mapping;
        let withdrawn = self.withdrawn.as_ref().map(|(entry, by)| {
            let why = entry.why.clone().unwrap_or_default();
            format!("{by}, {}: {why}", clock.at(entry.header.at).words)
        });
        let facts = [
            ("messages-link", self.mapped.link.name.clone()),
            ("messages-code", mapping.code.clone()),
            ("messages-unit-sent", mapping.unit.clone()),
            ("mappings-kind-sent", mapping.specimen.clone()),
            ("messages-means", self.mapped.meaning(mapping)),
            ("links-by", Mapped::by(web, shown).join("; ")),
            ("mappings-withdrawn-by", withdrawn.unwrap_or_default()),
        ];
        let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
        known.map(|(key, text)| Fact { label: web.words.t(key), text }).collect()
    }
}

#[derive(Deserialize)]
struct Withdrawal {
    reason: String,
    password: Option<String>,
}

async fn withdrawing(
    State(web): State<Arc<Web>>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(given): Form<Withdrawal>,
) -> Answer {
    let mapping = MappingId(id);
    let found = web.lab.read(move |s| Ok(links::mapping(s, mapping)?)).await?.ok_or(Problem::Missing)?;
    match submit(&web, &reader, &found, &given).await {
        Ok(()) => Ok(Redirect::to(&format!("/mappings/{id}?withdrawn=1")).into_response()),
        Err((field, failure)) => {
            let mistakes = mistaken(field, failure)?;
            again(shown(&web, &reader, mapping, given.reason, mistakes).await?)
        }
    }
}

/// Withdraws a proposal, or, with a signature, a mapping in use; else the field that was wrong.
async fn submit(
    web: &Web,
    reader: &Reader,
    found: &links::Mapping,
    given: &Withdrawal,
) -> Result<(), (&'static str, Failure)> {
    let (link, mappings, why) = (found.link, vec![found.id], Some(given.reason.clone()));
    let done = if found.state == MappingState::Proposed {
        let command = WithdrawProposals { link, mappings };
        web.lab.submit(reader.actor(), why, move |tx| tx.run(command)).await
    } else {
        let signed = reader.sign(web, given.password.clone()).await.map_err(|failure| ("password", failure))?;
        let command = WithdrawMappings { link, mappings, signed };
        web.lab.submit(reader.actor(), why, move |tx| withdraw(tx, command)).await
    };
    done.map_err(|failure| ("reason", failure))
}
