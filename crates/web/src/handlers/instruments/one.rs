//! One instrument: its history, a note about it, taking it out of use.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query};
use serde::Deserialize;
use titer_lab::forms::Made;
use titer_lab::instruments::commands::{self, NoteInstrument, RetireInstrument, ReturnInstrument, StrikeNote};
use titer_lab::instruments::views::{self as instruments, Note};
use titer_lab::instruments::{InstrumentId, NoteId, NoteKind};
use titer_lab::stories::{self, StoryEntry};
use titer_lab::{Action, Actor, Failure, Timestamp, Tx, forms, versions};
use titer_link::links::views as links;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::super::common::{Answer, again, asked, fresh, is_stale, mistaken, moment, show, who};
use super::{choice, kind, link};
use crate::pages::instruments::{HistoryLine, Instrument, Noting, Strike};
use crate::pages::{Fact, Mistakes, Seen, Tone};
use crate::sections::INSTRUMENTS;
use crate::{Web, paths};

/// A note that is entered so many seconds after the thing happened says so.
const LATER_SECONDS: i64 = 60;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NOTES: Need = Need::May(Action::NoteInstruments);
    const MANAGES: Need = Need::May(Action::ManageInstruments);
    routes
        // After a refusal the page stands at this address, and its live parts ask for it.
        .get(paths::INSTRUMENT_USE, MANAGES, page)
        .post(paths::INSTRUMENT_USE, MANAGES, used)
        .get(paths::INSTRUMENT_STRIKE, NOTES, striking)
        .post(paths::INSTRUMENT_STRIKE, NOTES, strike)
}

/// What is typed on the page of an instrument: in the form for a note, or in that for its use.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    kind: String,
    lot: String,
    text: String,
    happened: String,
    /// Which time the form for a note asked about.
    confirmed: String,
    reason: String,
    /// The version of the instrument in the form for its use, a mark in the form for a note.
    shown: i64,
}

#[derive(Deserialize)]
pub struct Before {
    before: Option<i64>,
}

pub async fn page(reader: Reader, Path(id): Path<i64>, Query(asked): Query<Before>) -> Answer {
    show(shown(&reader, id, asked.before, Given::default(), Mistakes::default()).await?)
}

async fn shown(
    reader: &Reader,
    id: i64,
    before: Option<i64>,
    given: Given,
    mistakes: Mistakes,
) -> Result<Instrument, Problem> {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let instrument = instruments::instrument(s, InstrumentId(id))?.ok_or(Problem::Missing)?;
        let known = links::links(s)?;
        let calibrated = frame.maybe(instruments::last_calibrated(s, instrument.id)?).words;
        let facts = [
            ("instruments-kind", kind(frame, &instrument)),
            ("instruments-link", link(s, frame, &known, &instrument)?),
            (
                "instruments-calibrated",
                Some(calibrated).filter(|c| !c.is_empty()).unwrap_or_else(|| frame.t("instruments-never")),
            ),
        ];
        let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
        let (history, older) = history(s, frame, &instrument, before)?;
        let of = |allowed: bool, href: String| if allowed { href } else { String::new() };
        Ok(Instrument {
            page: frame.page(),
            id: id.to_string(),
            name: instrument.name.clone(),
            facts: facts.map(|(key, text)| Fact { label: frame.t(key), text }).collect(),
            out_of_use: instrument.out_of_use.clone().unwrap_or_default(),
            history,
            older,
            noting: noting(frame, &given)?,
            changeable: frame.may(Action::ManageInstruments),
            systems: format!("{}?instrument={id}", frame.to(paths::SYSTEMS)),
            describe: of(frame.may(Action::DescribeSystems), frame.to(paths::SYSTEMS_DESCRIBE.of(id))),
            verify: of(frame.may(Action::VerifySystems), frame.to(paths::SYSTEMS_VERIFY.of(id))),
            reason: given.reason,
            seen: Seen { version: instrument.version, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

fn noting(frame: &Frame, given: &Given) -> Result<Option<Noting>, Failure> {
    if !frame.may(Action::NoteInstruments) {
        return Ok(None);
    }
    Ok(Some(Noting {
        kinds: NoteKind::ALL.iter().map(|k| choice(k.code(), frame.t(k.key()), &given.kind)).collect(),
        lot: given.lot.clone(),
        text: given.text.clone(),
        happened: given.happened.clone(),
        confirmed: given.confirmed.clone(),
        seen: fresh(frame, given.shown)?,
    }))
}

/// A page of notes, with the changes of the instrument that happened among them; and where the next page is.
fn history(
    s: &mut dyn Read,
    frame: &Frame,
    instrument: &instruments::Instrument,
    before: Option<i64>,
) -> Result<(Vec<HistoryLine>, String), Failure> {
    let before = before.map(|id| instruments::note(s, NoteId(id))).transpose()?.flatten();
    let notes = instruments::notes(s, instrument.id, before.as_ref())?;
    let last = notes.last().filter(|_| notes.len() as i64 == instruments::PAGE);
    let older = last.map(|n| format!("{}?before={}", frame.to(paths::INSTRUMENT.of(instrument.id)), n.id));
    let (newest, oldest) = (before.map(|n| n.at), last.map(|n| n.at));
    let among = |at: Timestamp| newest.is_none_or(|newest| at < newest) && oldest.is_none_or(|oldest| at >= oldest);
    let mut lines = Vec::new();
    for entry in stories::story(s, instrument.id.0)?.into_iter().rev().filter(|e| among(e.header.at)) {
        lines.push((entry.header.at, told(s, frame, &entry)?));
    }
    for note in &notes {
        lines.push((note.at, noted(s, frame, note)?));
    }
    // Of things at one moment, changes of the instrument stand above notes about it.
    lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok((lines.into_iter().map(|(_, line)| line).collect(), older.unwrap_or_default()))
}

fn told(s: &mut dyn Read, frame: &Frame, entry: &StoryEntry) -> Result<HistoryLine, Failure> {
    let key = format!("event-{}", entry.header.kind.replace('.', "-"));
    Ok(HistoryLine {
        at: frame.at(entry.header.at),
        what: frame.tell(&key, &[("detail", &entry.detail)]),
        lot: String::new(),
        text: String::new(),
        by: who(frame.words, s, entry.header.actor)?,
        struck: String::new(),
        strike: String::new(),
    })
}

fn noted(s: &mut dyn Read, frame: &Frame, note: &Note) -> Result<HistoryLine, Failure> {
    let mut named = |actor: Actor| who(frame.words, s, actor);
    let name = named(note.by)?;
    let later = note.entered_at >= note.at.plus_seconds(LATER_SECONDS);
    let struck = match &note.struck {
        None => String::new(),
        Some(struck) => {
            let (name, at) = (named(struck.by)?, frame.at(struck.at).words);
            frame.tell("instruments-struck", &[("name", &name), ("at", &at), ("why", &struck.why)])
        }
    };
    let strikable = note.struck.is_none() && frame.may(Action::NoteInstruments);
    Ok(HistoryLine {
        at: frame.at(note.at),
        what: frame.t(note.kind.key()),
        lot: note.lot.clone(),
        text: note.text.clone(),
        by: match later {
            true => {
                let at = frame.at(note.entered_at).short;
                frame.tell("instruments-by-later", &[("name", &name), ("at", &at)])
            }
            false => name,
        },
        struck,
        strike: if strikable { frame.to(paths::INSTRUMENT_STRIKE.of(note.id)) } else { String::new() },
    })
}

pub async fn note(reader: Reader, Path(id): Path<i64>, Form(mut given): Form<Given>) -> Answer {
    let at = match moment(&reader, &given.happened).await? {
        Ok(at) => at,
        Err(text) => {
            let mistakes = Mistakes::one("happened", text);
            return again(shown(&reader, id, None, given, mistakes).await?);
        }
    };
    let (kind, lot, text) = (given.kind.clone(), given.lot.clone(), given.text.clone());
    let note = NoteInstrument { instrument: InstrumentId(id), kind, at, lot, text };
    let (said, mark, confirmed) = (format!("{note:?}"), given.shown, given.confirmed.clone());
    let enter = move |tx: &mut Tx<'_, '_>| {
        forms::once(tx, mark, "note", &said, |tx| {
            let note = tx.run(note)?;
            // Whatever is wrong is said before anything is asked.
            let now = tx.at();
            commands::confirmed(tx, now, at, &confirmed)?;
            Ok(note.0)
        })
    };
    let done = reader.submit(None, enter).await.map(|made| match made {
        Made::Now(_) => "instruments-note-done",
        Made::Before(_) => "form-saved-before",
    });
    if let Err(failure) = &done {
        if is_stale(failure) {
            given.shown = 0;
        }
        given.confirmed = asked(failure);
    }
    answer(&reader, id, done, given).await
}

/// Takes the instrument out of use, or puts it into use again: whichever the form offered for what it showed.
async fn used(reader: Reader, Path(id): Path<i64>, Form(mut given): Form<Given>) -> Answer {
    let (instrument, shown) = (InstrumentId(id), std::mem::take(&mut given.shown));
    let submitted = reader.submit(Some(given.reason.clone()), move |tx| {
        let stands = instruments::instrument(tx, instrument)?;
        versions::unchanged(tx, shown, stands.as_ref().map_or(0, |i| i.version))?;
        if stands.is_some_and(|i| i.out_of_use.is_some()) {
            tx.run(ReturnInstrument { instrument })?;
            return Ok("instruments-return-done");
        }
        tx.run(RetireInstrument { instrument })?;
        Ok("instruments-retire-done")
    });
    let done = submitted.await;
    answer(&reader, id, done, given).await
}

/// The page again: with what was done, or with what was typed and why it was refused.
async fn answer(reader: &Reader, id: i64, done: Result<&'static str, Failure>, given: Given) -> Answer {
    match done {
        Ok(said) => Ok(reader.done(&reader.to(paths::INSTRUMENT.of(id)), Tone::Calm, reader.t(said))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(shown(reader, id, None, given, mistakes).await?)
        }
    }
}

/// The field of the page that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        ("instruments-note-kind-unknown", _) => "kind",
        ("instruments-note-in-future" | "instruments-note-long-ago", _) => "happened",
        (_, Some("lot")) => "lot",
        (_, Some("note")) => "text",
        ("instruments-use-needs-reason", _) | (_, Some("reason")) => "reason",
        _ => "",
    }
}

async fn striking(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(question(&reader, id, String::new(), Mistakes::default()).await?)
}

/// Asks why a note is struck.
async fn question(reader: &Reader, id: i64, reason: String, mistakes: Mistakes) -> Result<Strike, Problem> {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let note = instruments::note(s, NoteId(id))?.ok_or(Problem::Missing)?;
        let instrument = instruments::instrument(s, note.instrument)?.ok_or(Problem::Missing)?;
        let line = noted(s, frame, &note)?;
        let facts = [
            ("instruments-what", line.what),
            ("instruments-when", line.at.words),
            ("instruments-lot", line.lot),
            ("instruments-text", line.text),
            ("instruments-by", line.by),
        ];
        let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
        Ok(Strike {
            page: frame.page(),
            id: id.to_string(),
            instrument: instrument.id.to_string(),
            name: instrument.name,
            facts: facts.map(|(key, text)| Fact { label: frame.t(key), text }).collect(),
            reason,
            mistakes,
        })
    });
    page.await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Why {
    reason: String,
}

async fn strike(reader: Reader, Path(id): Path<i64>, Form(given): Form<Why>) -> Answer {
    let why = Some(given.reason.clone());
    match reader.submit(why, move |tx| tx.run(StrikeNote { note: NoteId(id) })).await {
        Ok(instrument) => {
            let said = reader.t("instruments-strike-done");
            Ok(reader.done(&reader.to(paths::INSTRUMENT.of(instrument)), Tone::Calm, said))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "reason", failure)?;
            again(question(&reader, id, given.reason, mistakes).await?)
        }
    }
}
