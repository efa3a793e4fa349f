//! Instruments: the list of all, adding and changing one. What was done to one: [`one`].

mod one;

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_lab::instruments::commands::{AddInstrument, ChangeInstrument, Description};
use titer_lab::instruments::{InstrumentId, InstrumentKind, NoteKind, views as instruments};
use titer_lab::{Action, Failure, Tx, forms, text, versions};
use titer_link::links::instruments as linked;
use titer_link::links::{LinkId, views as links};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::common::{self, Answer, again, fresh, is_stale, mistaken, show};
use crate::pages::instruments::{InstrumentForm, InstrumentLine, Instruments};
use crate::pages::{Choice, Fact, Mistakes, Seen, Tone};
use crate::sections::INSTRUMENTS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const SEES: Need = Need::May(Action::SeeInstruments);
    const MANAGES: Need = Need::May(Action::ManageInstruments);
    let routes = routes
        .get(paths::INSTRUMENTS, SEES, list)
        .get(paths::INSTRUMENT_NEW, MANAGES, new)
        .post(paths::INSTRUMENT_NEW, MANAGES, added)
        .get(paths::INSTRUMENT, SEES, one::page)
        .post(paths::INSTRUMENT, Need::May(Action::NoteInstruments), one::note)
        .get(paths::INSTRUMENT_CHANGE, MANAGES, change)
        .post(paths::INSTRUMENT_CHANGE, MANAGES, changed);
    one::add(routes)
}

async fn list(reader: Reader) -> Answer {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let mut all = instruments::instruments(s)?;
        all.sort_by_cached_key(|i| (i.out_of_use.is_some(), text::key(&i.name)));
        let known = links::links(s)?;
        let lines = all.iter().map(|instrument| line(s, frame, &known, instrument));
        Ok(Instruments {
            page: frame.page(),
            lines: lines.collect::<Result<_, Failure>>()?,
            addable: frame.may(Action::ManageInstruments),
        })
    });
    show(page.await?)
}

fn line(
    s: &mut dyn Read,
    frame: &Frame,
    known: &[links::Link],
    instrument: &instruments::Instrument,
) -> Result<InstrumentLine, Failure> {
    let last = instruments::last_note(s, instrument.id)?;
    Ok(InstrumentLine {
        href: frame.to(paths::INSTRUMENT.of(instrument.id)),
        name: instrument.name.clone(),
        kind: kind(frame, instrument),
        link: link(s, frame, known, instrument)?,
        calibrated: frame.maybe(instruments::last_calibrated(s, instrument.id)?),
        noted: last.as_ref().map(|n| said(frame, n)).unwrap_or_default(),
        noted_at: frame.maybe(last.map(|n| n.at)),
        out_of_use: instrument.out_of_use.clone().unwrap_or_default(),
    })
}

/// What was noted, with the lot; or the text, if the kind alone says nothing.
fn said(frame: &Frame, note: &instruments::Note) -> String {
    match note.kind {
        NoteKind::Other => note.text.clone(),
        kind => format!("{} {}", frame.t(kind.key()), note.lot).trim_end().to_owned(),
    }
}

/// What an instrument is, with its module code.
fn kind(frame: &Frame, instrument: &instruments::Instrument) -> String {
    let kind = frame.t(instrument.kind.key());
    match instrument.module.as_str() {
        "" => kind,
        module => frame.tell("instruments-kind-module", &[("kind", &kind), ("module", &module)]),
    }
}

/// The name of an instrument's link, in words; nothing for a manual method.
fn link(
    s: &mut dyn Read,
    frame: &Frame,
    known: &[links::Link],
    instrument: &instruments::Instrument,
) -> Result<String, Failure> {
    let Some(id) = instrument.link.map(LinkId) else {
        let analyzer = instrument.kind == InstrumentKind::Analyzer;
        return Ok(if analyzer { frame.t("instruments-link-none") } else { String::new() });
    };
    if let Some(link) = known.iter().find(|l| l.id == id) {
        return Ok(link.name.clone());
    }
    let name = links::link(s, id)?.map_or_else(|| id.to_string(), |l| l.name);
    Ok(frame.tell("instruments-link-removed", &[("link", &name)]))
}

/// What an instrument is, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    name: String,
    kind: String,
    link: String,
    module: String,
    shown: i64,
}

impl Given {
    fn of(instrument: &instruments::Instrument) -> Self {
        Given {
            name: instrument.name.clone(),
            kind: instrument.kind.code().to_owned(),
            link: instrument.link.map(|l| l.to_string()).unwrap_or_default(),
            module: instrument.module.clone(),
            shown: instrument.version,
        }
    }

    fn description(&self) -> Description {
        Description {
            name: self.name.clone(),
            kind: self.kind.clone(),
            module: self.module.clone(),
            // No link has the number 0: what is not a number is refused like a link that does not exist.
            link: Some(self.link.trim()).filter(|l| !l.is_empty()).map(|l| l.parse().unwrap_or(0)),
        }
    }
}

async fn new(reader: Reader) -> Answer {
    show(form(&reader, None, None, Mistakes::default()).await?)
}

async fn change(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(form(&reader, Some(InstrumentId(id)), None, Mistakes::default()).await?)
}

/// The form as it was typed, or as the instrument is described; for a new one, empty.
async fn form(
    reader: &Reader,
    id: Option<InstrumentId>,
    typed: Option<Given>,
    mistakes: Mistakes,
) -> Result<InstrumentForm, Problem> {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let known = links::links(s)?;
        let standing = match id {
            Some(id) => Some(instruments::instrument(s, id)?.ok_or(Problem::Missing)?),
            None => None,
        };
        let now = match &standing {
            Some(standing) => Given::of(standing),
            None => {
                let shown = fresh(frame, typed.as_ref().map_or(0, |given| given.shown))?.version;
                Given { kind: InstrumentKind::Analyzer.code().to_owned(), shown, ..Given::default() }
            }
        };
        let own = standing.as_ref().map(|i| link(s, frame, &known, i)).transpose()?.unwrap_or_default();
        let given = typed.unwrap_or_else(|| now.clone());
        let changed = given.shown != now.shown;
        let facts = standing.filter(|_| changed).map(|i| differs(frame, &given, &now, &kind(frame, &i), &own));
        let kinds = InstrumentKind::ALL.iter().map(|k| choice(k.code(), frame.t(k.key()), &given.kind));
        let mut links: Vec<Choice> =
            known.iter().map(|l| choice(&l.id.to_string(), l.name.clone(), &given.link)).collect();
        // The link that it has may have been removed.
        if !now.link.is_empty() && links.iter().all(|l| l.value != now.link) {
            links.push(choice(&now.link, own, &given.link));
        }
        Ok(InstrumentForm {
            page: frame.page(),
            id: id.map(|id| id.to_string()).unwrap_or_default(),
            kinds: kinds.collect(),
            links,
            name: given.name,
            module: given.module,
            seen: Seen { version: now.shown, now: facts.unwrap_or_default() },
            mistakes,
        })
    });
    page.await
}

fn choice(value: &str, label: String, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label, hint: String::new(), chosen: value == chosen }
}

/// What stands now, where it is not what was typed.
fn differs(frame: &Frame, given: &Given, now: &Given, kind: &str, link: &str) -> Vec<Fact> {
    let facts = [
        ("instruments-name", given.name.trim() != now.name, now.name.as_str()),
        ("instruments-kind", (given.kind.as_str(), given.module.trim()) != (&now.kind, &now.module), kind),
        ("instruments-link", given.link != now.link, link),
    ];
    let differing = facts.into_iter().filter(|(_, differs, _)| *differs);
    differing.map(|(key, _, text)| Fact { label: frame.t(key), text: text.to_owned() }).collect()
}

async fn added(reader: Reader, Form(mut given): Form<Given>) -> Answer {
    let (add, mark) = (AddInstrument(given.description()), given.shown);
    let said = format!("{:?}", add.0);
    let add = move |tx: &mut Tx<'_, '_>| forms::once(tx, mark, "instrument", &said, |tx| Ok(linked::add(tx, add)?.0));
    match reader.submit(None, add).await {
        Ok(made) => {
            let to = reader.to(paths::INSTRUMENT.of(made.id()));
            Ok(common::saved(&reader, made, &to, "instruments-saved"))
        }
        Err(failure) => {
            if is_stale(&failure) {
                given.shown = 0;
            }
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(&reader, None, Some(given), mistakes).await?)
        }
    }
}

async fn changed(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let (instrument, shown) = (InstrumentId(id), given.shown);
    let change = ChangeInstrument { instrument, description: given.description() };
    let submitted = reader.submit(None, move |tx| {
        let last = instruments::instrument(tx, instrument)?.map_or(0, |i| i.version);
        versions::unchanged(tx, shown, last)?;
        linked::change(tx, change)
    });
    match submitted.await {
        Ok(()) => Ok(saved(&reader, instrument)),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(&reader, Some(instrument), Some(given), mistakes).await?)
        }
    }
}

fn saved(reader: &Reader, instrument: InstrumentId) -> axum::response::Response {
    reader.done(&reader.to(paths::INSTRUMENT.of(instrument)), Tone::Calm, reader.t("instruments-saved"))
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        ("instruments-name-taken", _) | (_, Some("name")) => "name",
        ("instruments-kind-unknown" | "instruments-manual-linked", _) => "kind",
        (code, _) if code.starts_with("instruments-module-") => "module",
        (_, Some("module code")) => "module",
        ("links-unknown", _) => "link",
        _ => "",
    }
}
