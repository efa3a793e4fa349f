//! Tries a dialect on a recording: which values would be filed, which would be held and why. It needs no database.

mod recording;

use std::collections::BTreeSet;

use titer_lab::{Failure, Refusal, text};
use titer_wire::astm::parse;

use crate::{
    Dialect,
    dialect::{Aside, Query, Specimen, Value},
    filing::{of_analyzer, unfit, unfit_value},
};
use recording::Heard;

/// The outcome of a recording under a dialect.
#[derive(Debug, Default)]
pub struct Trial {
    /// The messages, in the order in which they were sent.
    pub messages: Vec<TriedMessage>,
    /// Faults on the line: refused frames, bytes without a meaning.
    pub warnings: Vec<String>,
}

/// One message.
#[derive(Debug)]
pub struct TriedMessage {
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// Its records.
    pub records: usize,
    /// Why nothing of the message would be filed.
    pub refused: Option<Refusal>,
    /// Its specimens.
    pub specimens: Vec<TriedSpecimen>,
    /// Its host queries.
    pub queries: Vec<Query>,
    /// Q records that ask for nothing, by the mark that says so.
    pub ignored_queries: Vec<String>,
    /// Flags, comments, statuses and records that the profile does not explain.
    pub unexplained: Vec<String>,
    /// Fields with content that the profile does not read, as `O-16`.
    pub unread: Vec<String>,
}

/// One specimen.
#[derive(Debug)]
pub struct TriedSpecimen {
    /// The specimen as read.
    pub said: Specimen,
    /// Why none of its results would be filed.
    pub held: Option<Refusal>,
    /// The verdict on each value, in their order.
    pub verdicts: Vec<Verdict>,
}

/// What would happen to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is filed, if the laboratory has approved a mapping of its code.
    Filed {
        /// The catalog's key that the profile proposes; none if the laboratory must map the code itself.
        analyte: Option<String>,
        /// Why the result is held.
        holds: Vec<String>,
    },
    /// It is not filed.
    Held(Refusal),
    /// It is kept with the message and never charted.
    Ignored(String),
    /// It is no value. Why it holds the other values of the specimen.
    Aside(Vec<String>),
}

impl Trial {
    /// Reads a recording: frames, bare records, or either written as text.
    pub fn of(dialect: &Dialect, file: &[u8]) -> Self {
        let heard = Heard::of(file);
        let mut trial = Trial { messages: Vec::new(), warnings: heard.warnings };
        for (text, incomplete) in heard.messages {
            let mut tried = tried(dialect, &text);
            if let Some(reason) = incomplete {
                tried.refused = Some(Refusal::new("inbox-incomplete").with("reason", reason));
            }
            trial.messages.push(tried);
        }
        trial
    }

    /// The values of all messages with what would become of them.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.messages.iter().flat_map(|m| &m.specimens).flat_map(|s| &s.verdicts)
    }
}

fn tried(dialect: &Dialect, text: &[u8]) -> TriedMessage {
    let records = text.split(|b| *b == b'\r').filter(|r| !r.is_empty()).count();
    let mut tried = TriedMessage {
        instrument: String::new(),
        records,
        refused: None,
        specimens: Vec::new(),
        queries: Vec::new(),
        ignored_queries: Vec::new(),
        unexplained: Vec::new(),
        unread: unread(dialect, text),
    };
    let said = match dialect.read(text) {
        Ok(said) => said,
        Err(refusal) => return TriedMessage { refused: Some(refusal), ..tried },
    };
    tried.instrument = said.instrument;
    tried.queries = said.queries.into_iter().map(|q| q.query).collect();
    tried.ignored_queries = said.ignored_queries;
    let of_values = said.specimens.iter().flat_map(|s| &s.values).flat_map(|v| v.unexplained.iter().cloned());
    tried.unexplained.extend(said.strange.iter().map(|letter| format!("instrument-record:{letter}")).chain(of_values));
    tried.unexplained.sort();
    tried.unexplained.dedup();
    tried.specimens = said.specimens.into_iter().map(|s| specimen(dialect, s)).collect();
    tried
}

fn specimen(dialect: &Dialect, said: Specimen) -> TriedSpecimen {
    let held = unfit(&said);
    let verdict = |value: &Value| match (&value.supplementary, &held) {
        (Some(why), _) => Verdict::Ignored(why.clone()),
        (None, None) if value.aside.is_some() => Verdict::Aside(raised(value)),
        (None, Some(refusal)) => Verdict::Held(refusal.clone()),
        (None, None) => of_value(dialect, &said, value),
    };
    TriedSpecimen { verdicts: said.values.iter().map(verdict).collect(), held, said }
}

/// What an aside holds the other values for.
fn raised(value: &Value) -> Vec<String> {
    value.aside.as_ref().map(Aside::raised).unwrap_or_default().to_vec()
}

fn of_value(dialect: &Dialect, specimen: &Specimen, value: &Value) -> Verdict {
    if let Some(refusal) = unfit_value(value) {
        return Verdict::Held(refusal);
    }
    for (sent, field) in [(&value.code, "code"), (&value.value, "value")] {
        if let Err(Failure::Refused(refusal)) = text::required(sent, field) {
            return Verdict::Held(of_analyzer(refusal));
        }
    }
    let mut holds = value.unexplained.clone();
    holds.extend(specimen.values.iter().filter(|v| v.supplementary.is_none()).flat_map(raised));
    if value.completed.is_none() {
        holds.push("no-time".to_owned());
    }
    let means = dialect
        .code
        .iter()
        .find(|c| c.code == value.code && c.unit == value.unit && c.specimen == specimen.specimen_type);
    Verdict::Filed { analyte: means.map(|c| c.analyte.clone()), holds }
}

/// Every record and field that the profile names.
fn fields_read(dialect: &Dialect) -> BTreeSet<(&str, usize)> {
    let (identity, completed, result) = (&dialect.identity, &dialect.completed, &dialect.result);
    // The sender's name.
    let mut read =
        BTreeSet::from([("H", 5), (&*identity.record, identity.field), (&*completed.record, completed.field)]);
    read.extend(identity.scanned.iter().map(|s| (&*identity.record, s.field)));
    let patient = &dialect.patient;
    let places = identity.agrees.iter().chain(&dialect.specimen_type).chain(&patient.identifier);
    read.extend(places.map(|p| (&*p.record, p.field)));
    read.extend(dialect.expected.iter().map(|e| (&*e.record, e.field)));
    read.extend(patient.birth.iter().map(|b| (&*b.record, b.field)));
    read.extend(patient.sex.iter().map(|s| (&*s.record, s.field)));
    read.extend(dialect.material.record.as_deref().zip(dialect.material.field));
    read.extend(dialect.comment.iter().map(|c| (&*c.record, c.field)));
    let range = dialect.beyond.as_ref().and_then(|b| b.range);
    let places = [result.unit, result.flag, result.status, result.replicate, result.sub_code, result.finding, range];
    let optional = places.into_iter().flatten();
    let spots = optional.chain([result.code, result.value]).map(|spot| spot.field);
    let looked_at = result.supplementary.iter().chain(&result.may_be_empty).filter_map(|s| s.field);
    read.extend(spots.chain(looked_at).map(|field| ("R", field)));
    let asked = dialect.query.iter().flat_map(|q| [Some(q.identity), q.range_end]).flatten();
    read.extend(asked.map(|spot| ("Q", spot.field)));
    read.extend(dialect.query.iter().flat_map(|q| &q.asks).map(|asks| ("Q", asks.field)));
    read
}

/// Fields with content that no key of the profile reads. Field 1 is the record's type, and field 2 its number.
fn unread(dialect: &Dialect, text: &[u8]) -> Vec<String> {
    let read = fields_read(dialect);
    let mut unread: Vec<(usize, usize, String)> = Vec::new();
    for record in parse(text).iter().flatten().flat_map(|m| m.records()) {
        let letter = record.raw().first().map(|b| char::from(*b).to_string()).unwrap_or_default();
        let Some(order) = "HPOQRC".find(&letter) else { continue };
        for (field, _) in (1..).zip(record.fields()).skip(2).filter(|(_, value)| !value.bytes().trim_ascii().is_empty())
        {
            if !read.contains(&(&*letter, field)) && !unread.iter().any(|(o, f, _)| (*o, *f) == (order, field)) {
                unread.push((order, field, format!("{letter}-{field}")));
            }
        }
    }
    unread.sort();
    unread.into_iter().map(|(_, _, place)| place).collect()
}
