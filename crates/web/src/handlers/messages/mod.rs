//! Messages as they came: why one is held, what it says, and what can be done about it.

pub mod waiting;

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Deserialize;
use titer_lab::catalog::{AnalyteId, AnswerId, Kind as ResultKind, views::Analyte};
use titer_lab::{Action, Actor, Catalog, Counted, Failure, Tx, stories, versions};
use titer_link::dialect::{ReadMessage, Specimen, StatusMeaning, Value};
use titer_link::inbox::Problem as Held;
use titer_link::inbox::commands::DismissMessage;
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::UNMAPPED;
use titer_link::inbox::{KeptReason, MessageId, MessageState};
use titer_link::links::commands::ProposeMapping;
use titer_link::links::views::Mapping;
use titer_link::links::{MappingState, unit};
use titer_link::{Dialect, replay};
use titer_science::{Reported, units::in_print};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;
use titer_shell::words::Words;
use titer_store::Read;
use titer_wire::astm::{Encoding, Kind, Record as Sent, parse};

use super::common::{Answer, accessed, again, answer_in_full, at_reason, link_names, mistaken, problem, show, who};
use super::mappings::pointing::{Asked, point};
use super::mappings::signing::{Mapped, Shown};
use super::worklists;
use crate::pages::beside::key;
use crate::pages::messages::{Message, MessageLine, Messages, Others, Record, SentResult, Unmapped};
use crate::pages::specimens::Moment;
use crate::pages::{Fact, Mistakes, Seen, Status, Tone, raw};
use crate::sections::HELD;
use crate::{Web, paths};
use waiting::{Which, about_href, about_words, of, others, replay_href, replay_words};

/// Results and records of one message that its page shows; the whole can be downloaded.
const SHOWN_MAX: usize = 40;
/// Reasons that the list gives of one message; its page has them all.
const REASONS_LISTED_MAX: usize = 3;
/// Unmapped codes that one page asks about; the next follow when these are proposed.
const UNMAPPED_SHOWN_MAX: usize = 5;
/// Meanings that a browser offers while one is typed.
const MEANINGS_OFFERED_MAX: usize = 200;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ResolveMessages);
    let routes = routes
        .get(paths::MESSAGES, NEED, list)
        .get(paths::MESSAGE, NEED, page)
        .get(paths::MESSAGE_RAW, NEED, download)
        .post(paths::MESSAGE_REPLAY, Need::May(Action::ReplayMessages), replay)
        .post(paths::MESSAGE_DISMISS, NEED, dismiss)
        .post(paths::MESSAGE_PROPOSE, NEED, propose);
    waiting::add(routes)
}

async fn list(reader: Reader, Query(which): Query<Which>) -> Answer {
    let page = reader.page(Some(&HELD), move |s, frame| {
        let (all, kept) = (which.show == "all", which.show == "kept");
        let (before, about, after) = (which.before.map(MessageId), which.about(), which.after());
        let (messages, found) = match &about {
            Some(about) => of(s, about, after.as_ref())?,
            None if all => (inbox::messages(s, before)?, 0),
            None if kept => (latest_kept(s, before)?, 0),
            None => (inbox::held(s, before)?, 0),
        };
        let names = link_names(s, messages.iter().map(|m| m.link))?;
        let older = match (messages.last(), &about) {
            (Some(last), Some(about)) if found > messages.len() => about_href(frame, about, Some(last.id)),
            (Some(last), None) if messages.len() as i64 == inbox::PAGE => {
                let show = if all || kept { &*which.show } else { "held" };
                format!("{}?show={show}&before={}", frame.to(paths::MESSAGES), last.id)
            }
            _ => String::new(),
        };
        let replay = about.as_ref().filter(|_| found > 0 && frame.may(Action::ReplayMessages));
        let mut lines = Vec::new();
        for m in &messages {
            let mut line = line(frame, m, names.get(&m.link).cloned().unwrap_or_default());
            if kept {
                line.reasons = kept_because(s, frame, m.id)?;
            }
            lines.push(line);
        }
        Ok(Messages {
            page: frame.page(),
            about: about.as_ref().map(|about| about_words(frame, about)).unwrap_or_default(),
            replay: replay.map(|a| replay_href(frame, a, which.after.map(MessageId))).unwrap_or_default(),
            replay_words: replay_words(frame, Counted { number: found, more: found as i64 == inbox::FOUND_MAX }),
            all,
            kept,
            kept_counts: if kept { kept_counts(s, frame)? } else { Vec::new() },
            lines,
            older,
        })
    });
    show(page.await?)
}

/// Messages of which something is kept, whatever the reason, the latest first.
fn latest_kept(s: &mut dyn Read, before: Option<MessageId>) -> Result<Vec<inbox::Message>, Failure> {
    let mut all = Vec::new();
    for reason in KeptReason::ALL {
        all.extend(inbox::kept_for(s, *reason, before)?);
    }
    all.sort_by_key(|m| std::cmp::Reverse(m.id.0));
    all.dedup_by_key(|m| m.id);
    all.truncate(inbox::PAGE as usize);
    Ok(all)
}

/// How many messages are kept for each reason.
fn kept_counts(s: &mut dyn Read, frame: &Frame) -> Result<Vec<String>, Failure> {
    let mut counts = Vec::new();
    for reason in KeptReason::ALL {
        let count = frame.words.amount(inbox::count_kept(s, *reason)?);
        counts.push(frame.tell("messages-kept-for", &[("reason", &kept_words(frame, *reason)), ("count", &count)]));
    }
    Ok(counts)
}

fn kept_words(frame: &Frame, reason: KeptReason) -> String {
    frame.t(&format!("kept-{}", reason.code()))
}

/// Why something of a message is kept, in words.
fn kept_because(s: &mut dyn Read, frame: &Frame, id: MessageId) -> Result<Vec<String>, Failure> {
    Ok(inbox::kept_reasons(s, id)?.into_iter().map(|reason| kept_words(frame, reason)).collect())
}

/// A message in a list.
pub fn line(frame: &Frame, message: &inbox::Message, link: String) -> MessageLine {
    MessageLine {
        href: frame.to(paths::MESSAGE.of(message.id)),
        number: number(message.id),
        arrived: frame.at(message.received_at),
        link,
        specimen: distinct(message.problems.iter().map(|p| p.barcode.clone())).join(", "),
        summary: carries(frame.words, message),
        reasons: first_reasons(frame.words, message),
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
fn carries(words: &Words, message: &inbox::Message) -> String {
    let filed = usize::try_from(message.filed).unwrap_or_default();
    let mut parts = Vec::new();
    if filed > 0 {
        parts.push(words.tell("messages-filed", &[("count", &filed)]));
    }
    let codes = distinct(message.problems.iter().map(|p| p.test.clone()));
    if !codes.is_empty() {
        parts.push(words.tell("messages-codes", &[("codes", &codes.join(", "))]));
    }
    parts.join("; ")
}

/// Why it is held, each reason once, in the order in which they were found.
fn reasons(words: &Words, message: &inbox::Message) -> Vec<String> {
    if message.state == MessageState::Held {
        distinct(message.problems.iter().map(|p| problem(words, p)))
    } else {
        Vec::new()
    }
}

/// The first reasons, and how many more there are.
fn first_reasons(words: &Words, message: &inbox::Message) -> Vec<String> {
    let mut all = reasons(words, message);
    let more = all.len().saturating_sub(REASONS_LISTED_MAX);
    if more > 0 {
        all.truncate(REASONS_LISTED_MAX);
        all.push(words.tell("messages-reasons-more", &[("count", &more)]));
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
    others: Vec<(About, Counted)>,
}

fn find(s: &mut dyn Read, frame: &Frame, id: MessageId) -> Result<Found, Problem> {
    let message = inbox::message(s, id)?.ok_or(Problem::Missing)?;
    let (bytes, catalog, others) = (inbox::bytes(s, &message)?, frame.catalog(s)?, others(s, &message)?);
    let mapped = Mapped::read(s, frame.words, message.link, catalog)?.ok_or(Problem::Missing)?;
    let dialect = Dialect::named(&mapped.link.dialect).ok();
    let said = dialect.as_ref().and_then(|d| d.read(&bytes).ok());
    Ok(Found { message, bytes, mapped, dialect, said, others })
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    accessed(&reader, "message", id);
    show(shown(&reader, MessageId(id), String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: MessageId, reason: String, mistakes: Mistakes) -> Result<Message, Problem> {
    let page = reader.page(Some(&HELD), move |s, frame| {
        let found = find(s, frame, id)?;
        let (results, more_results) = limited(found.results(frame));
        let (records, more_records) = limited(found.records(frame.words));
        let answers = titer_link::worklists::views::answers(s, id)?;
        let unmapped = found.unmapped(frame.words);
        let kept = kept_because(s, frame, id)?.into_iter();
        let kept = kept.map(|text| Fact { label: frame.t("messages-kept-because"), text });
        Ok(Message {
            page: frame.page(),
            number: number(id),
            id: id.to_string(),
            status: status(&found.message),
            facts: found.facts(frame).into_iter().chain(kept).chain(worklists::answered(&answers, frame)).collect(),
            reasons: found.reasons(frame),
            results,
            records,
            more: more_results || more_records,
            raw: raw::visible(&found.bytes),
            raw_more: found.bytes.len() > raw::RAW_SHOWN_MAX,
            link: found.mapped.link.id.to_string(),
            mappings: found.unsettled().map(|m| found.mapped.line(frame, m)).collect(),
            tests: if unmapped.is_empty() {
                Vec::new()
            } else {
                meanings(frame.words, &found.mapped.catalog, &unmapped)
            },
            unmapped,
            others: found.others(frame),
            history: history(s, frame, id)?,
            waits: found.message.state == MessageState::Held,
            reason,
            seen: Seen { version: stories::last_of(s, id.0, "inbox")?, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

/// The first [`SHOWN_MAX`], and whether there are more.
fn limited<T>(mut all: Vec<T>) -> (Vec<T>, bool) {
    let more = all.len() > SHOWN_MAX;
    all.truncate(SHOWN_MAX);
    (all, more)
}

impl Found {
    fn facts(&self, frame: &Frame) -> Vec<Fact> {
        let instrument = self.said.as_ref().map(|s| s.instrument.clone()).unwrap_or_default();
        let marks = self.said.iter().flat_map(|s| &s.ignored_queries);
        let marks = marks.map(|mark| frame.tell("messages-no-question-mark", &[("mark", mark)]));
        let facts = [
            ("messages-link", self.mapped.link.name.clone()),
            ("messages-sender", instrument),
            ("links-protocol", self.mapped.link.protocol.code().to_uppercase()),
            ("links-dialect", self.mapped.link.dialect.clone()),
            ("messages-arrived", frame.at(self.message.received_at).words),
            ("messages-size", frame.tell("messages-bytes", &[("count", &self.bytes.len())])),
            ("messages-no-question", marks.collect::<Vec<_>>().join("; ")),
        ];
        let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
        known.map(|(key, text)| Fact { label: frame.t(key), text }).collect()
    }

    fn values(&self) -> impl Iterator<Item = (&Specimen, &Value)> {
        let specimens = self.said.iter().flat_map(|said| &said.specimens);
        specimens.flat_map(|specimen| specimen.values.iter().map(move |value| (specimen, value)))
    }

    /// The results as sent, read by the link's dialect.
    fn results(&self, frame: &Frame) -> Vec<SentResult> {
        let result = |(specimen, value): (&Specimen, &Value)| SentResult {
            specimen: specimen.identity.clone(),
            code: value.code.clone(),
            test: self.mapping(specimen, value).map(|m| self.mapped.meaning(frame, m)).unwrap_or_default(),
            value: value.sent.clone(),
            unit: value.unit.clone(),
            flags: value.flags.clone(),
            measured: value.completed.map_or_else(|| value.completed_text.clone(), when::minute),
            why: self.why(frame, specimen, value),
        };
        self.values().take(SHOWN_MAX + 1).map(result).collect()
    }

    fn mapping(&self, specimen: &Specimen, value: &Value) -> Option<&Mapping> {
        let all = self.mapped.mappings.iter().map(|m| &m.mapping);
        all.into_iter()
            .find(|m| m.means(&value.code, &value.unit, &specimen.specimen_type) && m.is_about(value.value.trim()))
    }

    /// What was sent for the code of a problem, each value once.
    fn sent_for(&self, p: &Held) -> Vec<&str> {
        let mut sent: Vec<&str> = Vec::new();
        for (specimen, value) in self.values() {
            let asked = (&specimen.identity, &value.code, &value.unit, &specimen.specimen_type);
            let word = value.value.trim();
            let done = value.status != Some(StatusMeaning::NotDone);
            if done && asked == (&p.barcode, &p.test, &p.unit, &p.specimen_type) && !sent.contains(&word) {
                sent.push(word);
            }
        }
        sent
    }

    /// What others wait for as well.
    fn others(&self, frame: &Frame) -> Vec<Others> {
        let other = |(about, count): &(About, Counted)| Others {
            what: about_words(frame, about),
            count: frame.words.amount(*count),
            href: about_href(frame, about, None),
        };
        self.others.iter().filter(|(_, count)| count.number > 0).map(other).collect()
    }

    /// Why a value waits: what is wrong with it, or with its whole specimen.
    fn why(&self, frame: &Frame, specimen: &Specimen, value: &Value) -> Vec<String> {
        let concerns = |p: &&Held| {
            p.barcode == specimen.identity && (p.test.is_empty() || (p.test == value.code && p.unit == value.unit))
        };
        let held = self.message.state == MessageState::Held;
        distinct(self.message.problems.iter().filter(concerns).filter(|_| held).map(|p| self.reason(frame, p)))
    }

    /// Why it is held, each reason once, as it stands now.
    fn reasons(&self, frame: &Frame) -> Vec<String> {
        let held = self.message.state == MessageState::Held;
        distinct(self.message.problems.iter().filter(|_| held).map(|p| self.reason(frame, p)))
    }

    /// A reason in words. A mapping that was missing when the message was read may be there now: what is to do next depends on it.
    fn reason(&self, frame: &Frame, p: &Held) -> String {
        let sent = self.sent_for(p);
        let means = |shown: &&Shown| {
            let about = sent.is_empty() || sent.iter().any(|word| shown.mapping.is_about(word));
            about && shown.mapping.means(&p.test, &p.unit, &p.specimen_type)
        };
        let mapping = self.mapped.mappings.iter().find(means).filter(|_| UNMAPPED.contains(&p.code.as_str()));
        let Some(Shown { mapping, proposer, .. }) = mapping else { return problem(frame.words, p) };
        let key = match (mapping.state, mapping.proposer) {
            (MappingState::Proposed, Actor::Person(_)) => "messages-mapping-proposed",
            (MappingState::Proposed, _) => "messages-mapping-suggested",
            (MappingState::Approved | MappingState::Confirmed | MappingState::Withdrawn, _) => {
                "messages-mapping-approved"
            }
        };
        frame.tell(key, &[("code", &mapping.code), ("by", proposer)])
    }

    /// Mappings of the codes in this message that somebody has yet to sign for.
    fn unsettled(&self) -> impl Iterator<Item = &Shown> {
        let said = |m: &Mapping| {
            self.values().any(|(s, v)| m.means(&v.code, &v.unit, &s.specimen_type) && m.is_about(v.value.trim()))
        };
        self.mapped.mappings.iter().filter(move |m| m.mapping.state.is_unsettled() && said(&m.mapping))
    }

    /// Codes, and words of codes, of which nobody has said what they mean.
    fn unmapped(&self, words: &Words) -> Vec<Unmapped> {
        let mut all: Vec<Unmapped> = Vec::new();
        let missing = |p: &&Held| UNMAPPED.contains(&p.code.as_str()) && self.message.state == MessageState::Held;
        for p in self.message.problems.iter().filter(missing) {
            let (code, unit, kind) = (&p.test, &p.unit, &p.specimen_type);
            let of_code: Vec<&Shown> =
                self.mapped.mappings.iter().filter(|m| m.mapping.means(code, unit, kind)).collect();
            for word in self.first_sent(p, &of_code) {
                let same = |u: &Unmapped| {
                    (&u.code, &u.unit, &u.specimen) == (code, unit, kind) && (of_code.is_empty() || u.word == word)
                };
                if of_code.iter().any(|m| m.mapping.is_about(word)) || all.iter().any(same) {
                    continue;
                }
                if all.len() < UNMAPPED_SHOWN_MAX {
                    let in_question = (!of_code.is_empty() && !word.is_empty()).then_some(word);
                    let asked = Asked { code, unit, specimen: kind, word: in_question };
                    let records = self.dialect.as_ref().map(|d| point(d, &self.bytes, asked)).unwrap_or_default();
                    let (code, unit, specimen) = (code.clone(), unit.clone(), kind.clone());
                    let (word, why) = (word.to_owned(), problem(words, p));
                    let test = of_code.first().and_then(|m| self.mapped.catalog.analyte(m.mapping.analyte));
                    let test = test.map(|a| a.name.clone()).unwrap_or_default();
                    all.push(Unmapped { code, unit, specimen, word, test, records, why });
                }
            }
        }
        all
    }

    /// What was sent for the code of a problem: all of it if some words of the code are mapped, or else the first.
    fn first_sent(&self, p: &Held, of_code: &[&Shown]) -> Vec<&str> {
        let mut sent = self.sent_for(p);
        if sent.is_empty() {
            sent.push("");
        }
        if of_code.is_empty() {
            sent.truncate(1);
        }
        sent
    }

    /// The records as sent, each field by its number in the standard.
    fn records(&self, words: &Words) -> Vec<Record> {
        let encoding = self.dialect.as_ref().map_or(Encoding::Utf8, |d| d.framing.encoding.encoding());
        let Ok(messages) = parse(&self.bytes) else { return Vec::new() };
        let records = messages.iter().flat_map(|m| m.records());
        records.take(SHOWN_MAX + 1).map(|r| record(words, r, encoding)).collect()
    }
}

/// What a browser offers while a meaning is typed: what one of the values can be. Another may be typed as well.
fn meanings(words: &Words, catalog: &Catalog, unmapped: &[Unmapped]) -> Vec<String> {
    let fits = |a: &&Analyte| {
        let can_be = |u: &Unmapped| match a.kind {
            _ if !u.test.is_empty() => u.test == a.name,
            ResultKind::Coded => Reported::parse(&u.word) == Reported::Text,
            kind => kind.reads(&u.word) && unit::filed_as(&u.unit, a).is_ok(),
        };
        unmapped.iter().any(can_be)
    };
    let fitting = catalog.analytes().filter(fits);
    let mut all: Vec<_> = fitting.flat_map(|a| each_meaning(words, catalog, a)).map(|(name, _)| name).collect();
    all.sort();
    all.truncate(MEANINGS_OFFERED_MAX);
    all
}

/// What a code can mean: an analyte with its unit, or each answer of an analyte that has answers, with its code and its meaning.
fn each_meaning(words: &Words, catalog: &Catalog, analyte: &Analyte) -> Vec<(String, Option<AnswerId>)> {
    if analyte.kind == ResultKind::Coded {
        let answers = catalog.answers(analyte.id).iter();
        return answers.map(|a| (format!("{}: {}", analyte.name, answer_in_full(words, a)), Some(a.id))).collect();
    }
    let unit = in_print(&analyte.unit);
    let unit = if unit.is_empty() { unit } else { format!(" ({unit})") };
    vec![(format!("{}{unit}", analyte.name), None)]
}

/// The one analyte and answer of this name, as they were offered or without code and meaning; or the one analyte of this name, short name
/// or key.
fn named(words: &Words, catalog: &Catalog, typed: &str) -> Option<(AnalyteId, Option<AnswerId>)> {
    let typed = typed.trim().to_lowercase();
    let is = |text: &str| !text.is_empty() && text.to_lowercase() == typed;
    let mut found = Vec::new();
    for a in catalog.analytes() {
        let offered =
            each_meaning(words, catalog, a).into_iter().filter(|(name, _)| is(name)).map(|(_, answer)| answer);
        let short = catalog.answers(a.id).iter().filter(|answer| is(&format!("{}: {}", a.name, answer.words)));
        let mut meant: Vec<Option<AnswerId>> = offered.chain(short.map(|answer| Some(answer.id))).collect();
        meant.dedup();
        if !meant.is_empty() {
            found.extend(meant.into_iter().map(|answer| (a.id, answer)));
        } else if is(&a.name) || is(&a.short) || is(&a.key) {
            found.push((a.id, None));
        }
    }
    found.pop().filter(|_| found.is_empty())
}

/// What happened to a message, oldest first.
fn history(s: &mut dyn Read, frame: &Frame, id: MessageId) -> Result<Vec<Moment>, Failure> {
    let mut all = Vec::new();
    for h in inbox::history(s, id)? {
        all.push(Moment {
            at: frame.at(h.at),
            who: who(frame.words, s, h.actor)?,
            what: frame.t(&format!("event-{}", h.kind.replace('.', "-"))),
            detail: h.why.unwrap_or_default(),
            caution: false,
        });
    }
    Ok(all)
}

fn record(words: &Words, sent: &Sent<'_>, encoding: Encoding) -> Record {
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
        kind: words.t(key(sent.kind())),
        fields: fields.collect(),
    }
}

/// The bytes as they came.
async fn download(reader: Reader, Path(id): Path<i64>) -> Answer {
    let found = reader.read(move |s| {
        let message = inbox::message(s, MessageId(id))?.ok_or(Problem::Missing)?;
        Ok(inbox::bytes(s, &message)?)
    });
    let bytes = found.await?;
    accessed(&reader, "message-bytes", id);
    let about = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"message-{}.astm\"", number(MessageId(id)))),
    ];
    Ok((about, bytes).into_response())
}

async fn replay(reader: Reader, Path(id): Path<i64>) -> Answer {
    let state = match replay::one(reader.journal(), reader.actor(), None, MessageId(id)).await {
        Ok(state) => state,
        // The page has the history of the message: who did what with it already.
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            return again(shown(&reader, MessageId(id), String::new(), mistakes).await?);
        }
    };
    let (tone, key) = match state {
        MessageState::Held => (Tone::Caution, "messages-read-held"),
        MessageState::Filed | MessageState::Dismissed => (Tone::Calm, "messages-read-filed"),
    };
    Ok(reader.done(&reader.to(paths::MESSAGE.of(id)), tone, reader.t(key)))
}

#[derive(Deserialize)]
struct Dismissal {
    reason: String,
    #[serde(default)]
    shown: i64,
}

async fn dismiss(reader: Reader, Path(id): Path<i64>, Form(given): Form<Dismissal>) -> Answer {
    let message = MessageId(id);
    let why = Some(given.reason.clone());
    let dismiss = move |tx: &mut Tx<'_, '_>| {
        let last = stories::last_of(tx, id, "inbox")?;
        versions::unchanged(tx, given.shown, last)?;
        tx.run(DismissMessage { message })
    };
    match reader.submit(why, dismiss).await {
        Ok(()) => Ok(reader.go(paths::MESSAGES)),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(&reader, message, given.reason, mistakes).await?)
        }
    }
}

#[derive(Deserialize)]
struct Proposed {
    code: String,
    unit: String,
    #[serde(default)]
    specimen: String,
    /// What was sent, if that is a word.
    #[serde(default)]
    word: String,
    /// The analyte by its name, with the answer if it has answers.
    test: String,
}

async fn propose(reader: Reader, Path(id): Path<i64>, Form(given): Form<Proposed>) -> Answer {
    let (message, lab) = (MessageId(id), reader.journal().clone());
    let found = reader.read(move |s| {
        let message = inbox::message(s, message)?.ok_or(Problem::Missing)?;
        Ok((message.link, lab.catalog(s)?))
    });
    let (link, catalog) = found.await?;
    let Some((analyte, answer)) = named(reader.words(), &catalog, &given.test) else {
        let mistakes = Mistakes::one("", reader.tell("messages-test-unknown", &[("typed", &given.test)]));
        return again(shown(&reader, message, String::new(), mistakes).await?);
    };
    let (code, unit, specimen) = (given.code, given.unit, given.specimen);
    let answer = answer.map(|answer| (given.word, answer));
    let propose = ProposeMapping { link, code, unit, specimen, analyte, answer };
    match reader.submit(None, move |tx| tx.run(propose)).await {
        Ok(_) => Ok(reader.done(&reader.to(paths::MESSAGE.of(id)), Tone::Calm, reader.t("messages-proposed"))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(shown(&reader, message, String::new(), mistakes).await?)
        }
    }
}
