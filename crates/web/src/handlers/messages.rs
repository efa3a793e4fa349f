//! Messages as they came: why one is held, what it says, and what can be done about it.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::catalog::{AnalyteId, views::Analyte};
use titer_lab::{Action, Catalog, Failure};
use titer_link::dialect::{ReadMessage, Specimen, Value};
use titer_link::inbox::Problem as Held;
use titer_link::inbox::commands::DismissMessage;
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::UNMAPPED;
use titer_link::inbox::{MessageId, MessageState};
use titer_link::links::commands::ProposeMapping;
use titer_link::links::views::Mapping;
use titer_link::{Dialect, replay};
use titer_wire::astm::{Encoding, Kind, Record as Sent, parse};

use super::common::{Answer, Clock, accessed, again, link_names, mistaken, problem, show, who};
use super::links::{Mapped, Shown};
use super::pointing::{Asked, point};
use super::told;
use super::waiting::{Which, about_href, about_words, of, others, replay_href};
use crate::Web;
use crate::errors::Problem;
use crate::pages::beside::key;
use crate::pages::messages::{Message, MessageLine, Messages, Others, Record, SentResult, Unmapped};
use crate::pages::specimens::Moment;
use crate::pages::{Fact, Mistake, Mistakes, Section, Status, Tone, raw};
use crate::permit::{Need, Routes};
use crate::reader::{Reader, notice};
use crate::words::Arg;

/// Results and records of one message that its page shows; the whole can be downloaded.
const SHOWN_MAX: usize = 40;
/// Reasons that the list gives of one message; its page has them all.
const REASONS_LISTED_MAX: usize = 3;
/// Unmapped codes that one page asks about; the next follow when these are proposed.
const UNMAPPED_SHOWN_MAX: usize = 5;
/// Names of tests that a browser offers while one is typed.
const TESTS_OFFERED_MAX: usize = 400;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ResolveMessages);
    routes
        .get("/messages", NEED, list)
        .get("/messages/{id}", NEED, page)
        .get("/messages/{id}/raw", NEED, download)
        .post("/messages/{id}/replay", Need::May(Action::ReplayMessages), replay)
        .post("/messages/{id}/dismiss", NEED, dismiss)
        .post("/messages/{id}/propose", NEED, propose)
}

async fn list(State(web): State<Arc<Web>>, reader: Reader, Query(which): Query<Which>) -> Answer {
    let all = which.show == "all";
    let (before, about, after) = (which.before.map(MessageId), which.about(), which.after());
    let (asked, from) = (about.clone(), after.clone());
    let (messages, names, found) = web
        .lab
        .read(move |s| {
            let (messages, found) = match &asked {
                Some(about) => of(s, about, from.as_ref())?,
                None if all => (inbox::messages(s, before)?, 0),
                None => (inbox::held(s, before)?, 0),
            };
            let names = link_names(s, messages.iter().map(|m| m.link))?;
            Ok((messages, names, found))
        })
        .await?;
    let clock = Clock::of(&web).await?;
    let older = match messages.last() {
        Some(last) if about.is_some() && found > messages.len() => {
            about.as_ref().map(|about| about_href(about, Some(last.id))).unwrap_or_default()
        }
        _ if about.is_some() => String::new(),
        Some(last) if messages.len() as i64 == inbox::PAGE => {
            format!("/messages?show={}&before={}", if all { "all" } else { "held" }, last.id)
        }
        _ => String::new(),
    };
    let line = |m: &inbox::Message| line(&web, m, names.get(&m.link).cloned().unwrap_or_default(), &clock);
    let mut page = reader.page(&web, Some(Section::Held)).await?;
    if let (Some(filed), Some(still), Some(passed)) = (which.filed, which.still, which.passed) {
        let told = [("filed", &filed as &dyn Arg), ("held", &still), ("passed", &passed)];
        let tone = if still + passed > 0 { Tone::Caution } else { Tone::Calm };
        page.notice = notice(tone, web.words.tell("messages-replayed", &told));
    }
    show(Messages {
        page,
        about: about.as_ref().map(|about| about_words(&web, about)).unwrap_or_default(),
        replay: about
            .filter(|_| found > 0 && reader.may(Action::ReplayMessages))
            .map_or_else(String::new, |about| replay_href(&about, which.after.map(MessageId))),
        found,
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
        MessageState::Filed => Status::Filed,
        MessageState::Held => Status::Held,
        MessageState::Dismissed => Status::Dismissed,
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
    if message.state == MessageState::Held { distinct(message.problems.iter().map(problem)) } else { Vec::new() }
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
    said: Option<ReadMessage>,
    /// What it waits for or is about, with how many other messages there are.
    others: Vec<(About, usize)>,
}

async fn find(web: &Web, id: MessageId) -> Result<Found, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let Some(message) = inbox::message(s, id)? else { return Ok(None) };
            let bytes = inbox::bytes(s, &message)?;
            let catalog = lab.catalog(s)?;
            let others = others(s, &message)?;
            Ok(Mapped::read(s, message.link, catalog)?.map(|mapped| (message, bytes, mapped, others)))
        })
        .await?;
    let (message, bytes, mapped, others) = found.ok_or(Problem::Missing)?;
    let dialect = Dialect::named(&mapped.link.dialect).ok();
    let said = dialect.as_ref().and_then(|d| d.read(&bytes).ok());
    Ok(Found { message, bytes, mapped, dialect, said, others })
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
    let answers = web.lab.read(move |s| Ok(titer_link::worklists::views::answers(s, id)?)).await?;
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
        mappings: found.unsettled().map(|m| found.mapped.line(web, reader, m)).collect(),
        unmapped: found.unmapped(),
        tests: if found.unmapped().is_empty() { Vec::new() } else { analytes(&found.mapped.catalog) },
        others: found.others(web),
        history: found_history(web, &found, &clock).await?,
        waits: found.message.state == MessageState::Held,
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
        let marks = self.said.iter().flat_map(|s| &s.ignored_queries);
        let marks = marks.map(|mark| web.words.tell("messages-no-question-mark", &[("mark", mark)]));
        let facts = [
            ("messages-link", self.mapped.link.name.clone()),
            ("messages-sender", instrument),
            ("links-protocol", self.mapped.link.protocol.code().to_uppercase()),
            ("links-dialect", self.mapped.link.dialect.clone()),
            ("messages-arrived", clock.at(self.message.received_at).words),
            ("messages-size", web.words.tell("messages-bytes", &[("count", &self.bytes.len())])),
            ("messages-no-question", marks.collect::<Vec<_>>().join("; ")),
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
            test: self.mapping(specimen, value).map(|m| self.mapped.meaning(m)).unwrap_or_default(),
            value: value.value.clone(),
            unit: value.unit.clone(),
            flags: value.flags.clone(),
            measured: value.completed_text.clone(),
            why: self.why(specimen, value),
        };
        self.values().take(SHOWN_MAX + 1).map(result).collect()
    }

    fn mapping(&self, specimen: &Specimen, value: &Value) -> Option<&Mapping> {
        let all = self.mapped.mappings.iter().map(|m| &m.mapping);
        all.into_iter().find(|m| m.means(&value.code, &value.unit, &specimen.specimen_type))
    }

    /// What others wait for as well.
    fn others(&self, web: &Web) -> Vec<Others> {
        let other = |(about, count): &(About, usize)| Others {
            what: about_words(web, about),
            count: *count,
            href: about_href(about, None),
        };
        self.others.iter().filter(|(_, count)| *count > 0).map(other).collect()
    }

    /// Why a value waits: what is wrong with it, or with its whole specimen.
    fn why(&self, specimen: &Specimen, value: &Value) -> Vec<String> {
        let concerns = |p: &&Held| {
            p.barcode == specimen.identity && (p.test.is_empty() || (p.test == value.code && p.unit == value.unit))
        };
        let held = self.message.state == MessageState::Held;
        distinct(self.message.problems.iter().filter(concerns).filter(|_| held).map(problem))
    }

    /// Mappings of the codes in this message that somebody has yet to sign for.
    fn unsettled(&self) -> impl Iterator<Item = &Shown> {
        let said = |m: &Mapping| self.values().any(|(s, v)| m.means(&v.code, &v.unit, &s.specimen_type));
        self.mapped.mappings.iter().filter(move |m| m.mapping.state.is_unsettled() && said(&m.mapping))
    }

    /// Codes of which nobody has said what they mean.
    fn unmapped(&self) -> Vec<Unmapped> {
        let mut all: Vec<Unmapped> = Vec::new();
        for p in &self.message.problems {
            let (code, unit, kind) = (&p.test, &p.unit, &p.specimen_type);
            let unmapped = UNMAPPED.contains(&p.code.as_str())
                && self.message.state == MessageState::Held
                && !self.mapped.mappings.iter().any(|m| m.mapping.means(code, unit, kind))
                && all.iter().all(|u| (&u.code, &u.unit, &u.specimen) != (code, unit, kind));
            if unmapped && all.len() < UNMAPPED_SHOWN_MAX {
                let asked = Asked { code, unit, specimen: kind };
                let records = self.dialect.as_ref().map(|d| point(d, &self.bytes, asked)).unwrap_or_default();
                let why = problem(p);
                all.push(Unmapped { code: code.clone(), unit: unit.clone(), specimen: kind.clone(), records, why });
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

/// The names that a browser offers while one is typed. One that is not among them may be typed as well.
fn analytes(catalog: &Catalog) -> Vec<String> {
    let mut all: Vec<_> = catalog.analytes().map(name).collect();
    all.sort();
    all.truncate(TESTS_OFFERED_MAX);
    all
}

/// An analyte with its unit, as it is offered.
fn name(analyte: &Analyte) -> String {
    format!("{} ({})", analyte.name, analyte.unit)
}

/// The one analyte of this name, as it was offered, or by its name, short name or key alone.
fn named(catalog: &Catalog, typed: &str) -> Option<AnalyteId> {
    let typed = typed.trim().to_lowercase();
    let is = |text: &str| !text.is_empty() && text.to_lowercase() == typed;
    let mut found = catalog.analytes().filter(|a| is(&name(a)) || is(&a.name) || is(&a.short) || is(&a.key));
    found.next().filter(|_| found.next().is_none()).map(|a| a.id)
}

/// What happened to a message, oldest first.
async fn found_history(web: &Web, found: &Found, clock: &Clock) -> Result<Vec<Moment>, Problem> {
    let id = found.message.id;
    let happened = web
        .lab
        .read(move |s| {
            let mut all = Vec::new();
            for h in inbox::history(s, id)? {
                all.push((who(s, h.actor)?, h));
            }
            Ok(all)
        })
        .await?;
    let moment = |(who, h): (String, inbox::Happened)| Moment {
        at: clock.at(h.at),
        who,
        what: web.words.t(&format!("event-{}", h.kind.replace('.', "-"))),
        detail: h.why.unwrap_or_default(),
        caution: false,
    };
    Ok(happened.into_iter().map(moment).collect())
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
    let state = replay::one(&web.lab, reader.actor(), None, MessageId(id)).await?;
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
    #[serde(default)]
    specimen: String,
    /// The analyte by its name.
    test: String,
}

async fn propose(
    State(web): State<Arc<Web>>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(given): Form<Proposed>,
) -> Answer {
    let message = MessageId(id);
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| inbox::message(s, message)?.map(|m| Ok::<_, Failure>((m.link, lab.catalog(s)?))).transpose())
        .await?;
    let (link, catalog) = found.ok_or(Problem::Missing)?;
    let Some(analyte) = named(&catalog, &given.test) else {
        let text = web.words.tell("messages-test-unknown", &[("typed", &given.test)]);
        let mistakes = Mistakes(vec![Mistake { field: "", text }]);
        return again(shown(&web, &reader, message, String::new(), mistakes).await?);
    };
    let (code, unit, specimen) = (given.code, given.unit, given.specimen);
    let propose = ProposeMapping { link, code, unit, specimen, analyte };
    match web.lab.submit(reader.actor(), None, move |tx| tx.run(propose)).await {
        Ok(_) => Ok(Redirect::to(&format!("/messages/{id}?proposed=1")).into_response()),
        Err(failure) => {
            let mistakes = mistaken("", failure)?;
            again(shown(&web, &reader, message, String::new(), mistakes).await?)
        }
    }
}
