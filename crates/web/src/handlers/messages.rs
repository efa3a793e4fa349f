//! Messages as they came: why one is held, what it says, and what can be done about it.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::catalog::AnalyteId;
use titer_lab::{Action, Catalog};
use titer_link::Dialect;
use titer_link::dialect::{Said, Specimen, Value};
use titer_link::filing::Filing;
use titer_link::inbox::commands::DismissMessage;
use titer_link::inbox::events::Problem as Held;
use titer_link::inbox::{MessageId, State as Standing, views as inbox};
use titer_link::links::commands::ProposeMapping;
use titer_link::links::views::Mapping;
use titer_link::links::{LinkId, MappingState};
use titer_wire::astm::{Encoding, Kind, Record as Sent, parse};

use super::common::{Answer, Clock, accessed, again, link_names, mistaken, problem, show};
use super::links::Mapped;
use super::told;
use crate::Web;
use crate::errors::Problem;
use crate::pages::beside::key;
use crate::pages::messages::{Message, MessageLine, Messages, Record, SentResult, Unmapped};
use crate::pages::{Choice, Fact, Mistakes, Section, Status, Tone, raw};
use crate::permit::{Need, Routes};
use crate::reader::{Reader, notice};

/// Results and records of one message that its page shows; the whole can be downloaded.
const SHOWN_MAX: usize = 40;
/// Reasons that the list gives of one message; its page has them all.
const REASONS_LISTED_MAX: usize = 3;
/// Unmapped codes that one page asks about; the next follow when these are proposed.
const UNMAPPED_SHOWN_MAX: usize = 3;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ResolveMessages);
    routes
        .get("/messages", NEED, list)
        .get("/messages/{id}", NEED, page)
        .get("/messages/{id}/raw", NEED, download)
        .post("/messages/{id}/replay", NEED, replay)
        .post("/messages/{id}/dismiss", NEED, dismiss)
        .post("/messages/{id}/propose", NEED, propose)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Which {
    show: String,
    before: Option<i64>,
}

async fn list(State(web): State<Arc<Web>>, reader: Reader, Query(which): Query<Which>) -> Answer {
    let all = which.show == "all";
    let before = which.before.map(MessageId);
    let (messages, names) = web
        .lab
        .read(move |s| {
            let messages = if all { inbox::messages(s, before)? } else { inbox::held(s, before)? };
            let names = link_names(s, messages.iter().map(|m| m.link))?;
            Ok((messages, names))
        })
        .await?;
    let clock = Clock::of(&web).await?;
    let older = match messages.last() {
        Some(last) if messages.len() as i64 == inbox::PAGE => {
            format!("/messages?show={}&before={}", if all { "all" } else { "held" }, last.id)
        }
        _ => String::new(),
    };
    let line = |m: &inbox::Message| line(&web, m, names.get(&m.link).cloned().unwrap_or_default(), &clock);
    show(Messages {
        page: reader.page(&web, Some(Section::Held)).await?,
        all,
        lines: messages.iter().map(line).collect(),
        older,
    })
}

/// A message in a list.
pub fn line(web: &Web, message: &inbox::Message, link: String, clock: &Clock) -> MessageLine {
    MessageLine {
        href: format!("/messages/{}", message.id),
        number: number(message.id),
        arrived: clock.at(message.received_at),
        link,
        specimen: distinct(message.problems.iter().map(|p| p.barcode.clone())).join(", "),
        summary: carries(web, message),
        reasons: first_reasons(web, message),
        status: status(message),
    }
}

/// A message's number, as people say it.
pub fn number(id: MessageId) -> String {
    (id.0 / titer_store::PLACES).to_string()
}

fn status(message: &inbox::Message) -> Status {
    match message.state {
        Standing::Filed => Status::Filed,
        Standing::Held => Status::Held,
        Standing::Dismissed => Status::Dismissed,
    }
}

/// How many results it brought, and the codes of those that wait.
fn carries(web: &Web, message: &inbox::Message) -> String {
    let filed = usize::try_from(message.filed).unwrap_or_default();
    let mut parts = Vec::new();
    if filed > 0 {
        parts.push(web.words.tell("messages-filed", &[("count", &filed)]));
    }
    let codes = distinct(message.problems.iter().map(|p| p.test.clone()));
    if !codes.is_empty() {
        parts.push(web.words.tell("messages-codes", &[("codes", &codes.join(", "))]));
    }
    parts.join("; ")
}

/// Why it is held, each reason once, in the order in which they were found.
fn reasons(message: &inbox::Message) -> Vec<String> {
    if message.state == Standing::Held { distinct(message.problems.iter().map(problem)) } else { Vec::new() }
}

/// The first reasons, and how many more there are.
fn first_reasons(web: &Web, message: &inbox::Message) -> Vec<String> {
    let mut all = reasons(message);
    let more = all.len().saturating_sub(REASONS_LISTED_MAX);
    if more > 0 {
        all.truncate(REASONS_LISTED_MAX);
        all.push(web.words.tell("messages-reasons-more", &[("count", &more)]));
    }
    all
}

/// Each text once, empty ones not at all.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !text.is_empty() && !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// A message with all that its page is made of.
struct Found {
    message: inbox::Message,
    bytes: Vec<u8>,
    mapped: Mapped,
    /// How its link is read, unless the dialect is no longer known.
    dialect: Option<Dialect>,
    /// What it says, unless it cannot be read.
    said: Option<Said>,
}

async fn find(web: &Web, id: MessageId) -> Result<Found, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let Some(message) = inbox::message(s, id)? else { return Ok(None) };
            let bytes = inbox::bytes(s, &message)?;
            let catalog = lab.catalog(s)?;
            Ok(Mapped::read(s, message.link, catalog)?.map(|mapped| (message, bytes, mapped)))
        })
        .await?;
    let (message, bytes, mapped) = found.ok_or(Problem::Missing)?;
    let dialect = Dialect::named(&mapped.link.dialect).ok();
    let said = dialect.as_ref().and_then(|d| d.read(&bytes).ok());
    Ok(Found { message, bytes, mapped, dialect, said })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Done {
    read: String,
    signed: usize,
    proposed: usize,
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Query(done): Query<Done>) -> Answer {
    accessed(&reader, "message", id);
    let mut shown = shown(&web, &reader, MessageId(id), String::new(), Mistakes::default()).await?;
    let told = match (done.read.as_str(), done.signed, done.proposed) {
        ("filed", _, _) => Some((Tone::Calm, "messages-read-filed")),
        ("held", _, _) => Some((Tone::Caution, "messages-read-held")),
        (_, 1.., _) => Some((Tone::Calm, "messages-signed")),
        (_, _, 1..) => Some((Tone::Calm, "messages-proposed")),
        _ => None,
    };
    shown.page.notice = told.and_then(|(tone, key)| notice(tone, web.words.t(key)));
    show(shown)
}

async fn shown(
    web: &Web,
    reader: &Reader,
    id: MessageId,
    reason: String,
    mistakes: Mistakes,
) -> Result<Message, Problem> {
    let found = find(web, id).await?;
    let clock = Clock::of(web).await?;
    let (results, more_results) = limited(found.results());
    let (records, more_records) = limited(found.records(web));
    let answers = web.lab.read(move |s| Ok(titer_link::orders::views::answers(s, id)?)).await?;
    Ok(Message {
        page: reader.page(web, Some(Section::Held)).await?,
        number: number(id),
        id: id.to_string(),
        status: status(&found.message),
        facts: found.facts(web, &clock).into_iter().chain(told::answered(&answers, &clock)).collect(),
        reasons: reasons(&found.message),
        results,
        records,
        more: more_results || more_records,
        raw: raw::visible(&found.bytes),
        raw_more: found.bytes.len() > raw::RAW_SHOWN_MAX,
        link: found.mapped.link.id.to_string(),
        mappings: found.unsettled().map(|(m, by)| found.mapped.line(web, reader, m, by)).collect(),
        unmapped: found.unmapped(),
        waits: found.message.state == Standing::Held,
        reason,
        mistakes,
    })
}

/// The first [`SHOWN_MAX`], and whether there are more.
fn limited<T>(mut all: Vec<T>) -> (Vec<T>, bool) {
    let more = all.len() > SHOWN_MAX;
    all.truncate(SHOWN_MAX);
    (all, more)
}

impl Found {
    fn facts(&self, web: &Web, clock: &Clock) -> Vec<Fact> {
        let instrument = self.said.as_ref().map(|s| s.instrument.clone()).unwrap_or_default();
        let facts = [
            ("messages-link", self.mapped.link.name.clone()),
            ("messages-sender", instrument),
            ("links-protocol", self.mapped.link.protocol.to_uppercase()),
            ("links-dialect", self.mapped.link.dialect.clone()),
            ("messages-arrived", clock.at(self.message.received_at).words),
            ("messages-size", web.words.tell("messages-bytes", &[("count", &self.bytes.len())])),
        ];
        let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
        known.map(|(key, text)| Fact { label: web.words.t(key), text }).collect()
    }

    fn values(&self) -> impl Iterator<Item = (&Specimen, &Value)> {
        let specimens = self.said.iter().flat_map(|said| &said.specimens);
        specimens.flat_map(|specimen| specimen.values.iter().map(move |value| (specimen, value)))
    }

    /// The results as sent, read by the link's dialect.
    fn results(&self) -> Vec<SentResult> {
        let result = |(specimen, value): (&Specimen, &Value)| SentResult {
            specimen: specimen.identity.clone(),
            code: value.code.clone(),
            test: self.mapping(&value.code, &value.unit).map(|m| self.mapped.meaning(m)).unwrap_or_default(),
            value: value.value.clone(),
            unit: value.unit.clone(),
            flags: value.flags.clone(),
            measured: value.completed_text.clone(),
            why: self.why(specimen, value),
        };
        self.values().take(SHOWN_MAX + 1).map(result).collect()
    }

    fn mapping(&self, code: &str, unit: &str) -> Option<&Mapping> {
        self.mapped.mappings.iter().map(|(m, _)| m).find(|m| m.code == code && m.unit == unit)
    }

    /// Why a value waits: what is wrong with it, or with its whole specimen.
    fn why(&self, specimen: &Specimen, value: &Value) -> Vec<String> {
        let concerns = |p: &&Held| {
            p.barcode == specimen.identity && (p.test.is_empty() || (p.test == value.code && p.unit == value.unit))
        };
        let held = self.message.state == Standing::Held;
        distinct(self.message.problems.iter().filter(concerns).filter(|_| held).map(problem))
    }

    /// Mappings of the codes in this message that somebody has yet to sign for.
    fn unsettled(&self) -> impl Iterator<Item = &(Mapping, String)> {
        self.mapped.mappings.iter().filter(|(m, _)| {
            m.state != MappingState::Confirmed && self.values().any(|(_, v)| v.code == m.code && v.unit == m.unit)
        })
    }

    /// Codes of which nobody has said what they mean.
    fn unmapped(&self) -> Vec<Unmapped> {
        let mut all: Vec<Unmapped> = Vec::new();
        for problem in &self.message.problems {
            let unmapped = ["inbox-unmapped-code", "inbox-unmapped-unit"].contains(&problem.code.as_str())
                && self.message.state == Standing::Held
                && self.mapping(&problem.test, &problem.unit).is_none()
                && all.iter().all(|u| u.code != problem.test || u.unit != problem.unit);
            if unmapped && all.len() < UNMAPPED_SHOWN_MAX {
                let tests = analytes(&self.mapped.catalog);
                all.push(Unmapped { code: problem.test.clone(), unit: problem.unit.clone(), tests });
            }
        }
        all
    }

    /// The records as sent, each field by its number in the standard.
    fn records(&self, web: &Web) -> Vec<Record> {
        let encoding = self.dialect.as_ref().map_or(Encoding::Utf8, |d| d.framing.encoding.encoding());
        let Ok(messages) = parse(&self.bytes) else { return Vec::new() };
        let records = messages.iter().flat_map(|m| m.records());
        records.take(SHOWN_MAX + 1).map(|r| record(web, r, encoding)).collect()
    }
}

fn analytes(catalog: &Catalog) -> Vec<Choice> {
    let mut all: Vec<_> = catalog.analytes().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let choice = |a: &titer_lab::catalog::views::Analyte| Choice {
        value: a.id.to_string(),
        label: format!("{} ({})", a.name, a.unit),
        hint: String::new(),
        chosen: false,
    };
    all.into_iter().map(choice).collect()
}

fn record(web: &Web, sent: &Sent<'_>, encoding: Encoding) -> Record {
    let text = |field: usize| encoding.decode(sent.field(field).raw()).into_owned();
    let letter = text(1);
    // In a header the second field declares the delimiters; elsewhere it is the number of the record.
    let first = if sent.kind() == Kind::Header { 2 } else { 3 };
    let fields = sent.fields().enumerate().skip(first - 1).filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(i, value)| Fact {
        label: format!("{letter}-{}", i + 1),
        text: encoding.decode(value.raw()).into_owned(),
    });
    Record {
        name: if first == 2 { letter.clone() } else { format!("{letter} {}", text(2)) },
        kind: web.words.t(key(sent.kind())),
        fields: fields.collect(),
    }
}

/// The bytes as they came.
async fn download(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let found = find(&web, MessageId(id)).await?;
    accessed(&reader, "message-bytes", id);
    let about = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"message-{}.astm\"", number(found.message.id))),
    ];
    Ok((about, found.bytes).into_response())
}

async fn replay(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let state = Filing::replay(&web.lab, reader.actor(), MessageId(id)).await?;
    Ok(Redirect::to(&format!("/messages/{id}?read={}", state.code())).into_response())
}

#[derive(Deserialize)]
struct Dismissal {
    reason: String,
}

async fn dismiss(
    State(web): State<Arc<Web>>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(given): Form<Dismissal>,
) -> Answer {
    let message = MessageId(id);
    let why = Some(given.reason.clone());
    match web.lab.submit(reader.actor(), why, move |tx| tx.run(DismissMessage { message })).await {
        Ok(()) => Ok(Redirect::to("/messages").into_response()),
        Err(failure) => {
            let mistakes = mistaken("reason", failure)?;
            again(shown(&web, &reader, message, given.reason, mistakes).await?)
        }
    }
}

#[derive(Deserialize)]
struct Proposed {
    code: String,
    unit: String,
    test: i64,
}

async fn propose(
    State(web): State<Arc<Web>>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(given): Form<Proposed>,
) -> Answer {
    let message = MessageId(id);
    let link: Option<LinkId> = web.lab.read(move |s| Ok(inbox::message(s, message)?.map(|m| m.link))).await?;
    let link = link.ok_or(Problem::Missing)?;
    let propose = ProposeMapping { link, code: given.code, unit: given.unit, analyte: AnalyteId(given.test) };
    match web.lab.submit(reader.actor(), None, move |tx| tx.run(propose)).await {
        Ok(_) => Ok(Redirect::to(&format!("/messages/{id}?proposed=1")).into_response()),
        Err(failure) => {
            let mistakes = mistaken("", failure)?;
            again(shown(&web, &reader, message, String::new(), mistakes).await?)
        }
    }
}
