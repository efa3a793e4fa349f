//! Results waiting for a person: the worklist, the page that shows exactly what is signed, the signature, and asking for a repeat.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::results::commands::{AskForRepeat, OnDisplay, SIGNED_MAX, VerifyResults};
use titer_lab::results::views::{self as results, Awaiting, LabResult, QueuePosition};
use titer_lab::results::{ResultId, State as ResultState};
use titer_lab::specimens::views as specimens;
use titer_lab::{Action, Catalog, Failure, Refusal};
use titer_link::links::LinkId;
use titer_store::Read;

use super::common::{Answer, Clock, accessed, again, link_names, mistaken, priority, result_line, show};
use crate::Web;
use crate::errors::Problem;
use crate::pages::results::{Group, ResultLine};
use crate::pages::review::{LeftOut, Repeat, Review, Signing};
use crate::pages::{Mistake, Mistakes, Section, Tone, Tube};
use crate::permit::{Need, Routes};
use crate::reader::{Reader, notice};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::VerifyResults);
    routes
        .get("/review", NEED, list)
        .post("/review/sign", NEED, sign)
        .post("/review/signed", NEED, signed)
        .get("/review/repeat/{result}", NEED, repeat)
        .post("/review/repeat/{result}", NEED, repeated)
}

/// Results that wait, with what their rows need.
struct Waiting {
    rows: Vec<Awaiting>,
    links: HashMap<LinkId, String>,
    catalog: Arc<Catalog>,
}

impl Waiting {
    async fn read<F>(web: &Web, rows: F) -> Result<Self, Failure>
    where
        F: FnOnce(&mut dyn Read) -> Result<Vec<Awaiting>, Failure> + Send + 'static,
    {
        let lab = web.lab.clone();
        web.lab
            .read(move |s| {
                let rows = rows(s)?;
                let names = link_names(s, rows.iter().map(|r| LinkId(r.result.link)))?;
                Ok(Waiting { rows, links: names, catalog: lab.catalog(s)? })
            })
            .await
    }

    fn test(&self, result: &LabResult) -> String {
        self.catalog.analyte(result.analyte).map_or_else(|| "?".to_owned(), |a| a.name.clone())
    }

    fn line(&self, row: &Awaiting, clock: &Clock) -> ResultLine {
        let source = self.links.get(&LinkId(row.result.link)).map(String::as_str).unwrap_or_default();
        let previous = row.previous.as_ref();
        result_line(&row.result, self.test(&row.result), previous, clock.at(row.arrived_at), source, clock)
    }

    /// The rows by tube, the tubes in the order of their first rows.
    fn groups(&self, clock: &Clock) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for row in &self.rows {
            let (id, line) = (row.result.specimen.to_string(), self.line(row, clock));
            match groups.iter_mut().find(|g| g.id == id) {
                Some(group) => group.lines.push(line),
                None => groups.push(Group {
                    tube: Tube { href: format!("/specimens/{id}"), number: row.barcode.clone() },
                    id,
                    patient: clock.name(&row.patient),
                    identifier: row.patient.identifier.clone(),
                    location: row.requester.clone(),
                    priority: priority(row.priority),
                    collected: clock.maybe(row.collected_at),
                    lines: vec![line],
                }),
            }
        }
        groups
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: String,
    verified: usize,
    repeat: usize,
}

/// A place in the queue, as an address carries it.
fn position(text: &str) -> Option<QueuePosition> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let mut next = || parts.next().flatten();
    Some(QueuePosition { rank: next()?, priority: next()?, arrived_at: next()?, id: next()? })
}

fn address(t: QueuePosition) -> String {
    format!("/review?after={}-{}-{}-{}", t.rank, t.priority, t.arrived_at, t.id)
}

/// Lines of the worklist on one page, the headings of tubes among them: a page stays small, and what does not fit is on the next.
const LINES_MAX: usize = 75;

/// How many of the rows fit on a page.
fn fitting(rows: &[Awaiting]) -> usize {
    let mut tubes = Vec::new();
    let fits = |(above, row): &(usize, &Awaiting)| {
        if !tubes.contains(&row.result.specimen) {
            tubes.push(row.result.specimen);
        }
        above + 1 + tubes.len() <= LINES_MAX
    };
    rows.iter().enumerate().take_while(fits).count()
}

async fn list(State(web): State<Arc<Web>>, reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let after = position(&asked.after).unwrap_or(QueuePosition::FIRST);
    let mut waiting = Waiting::read(&web, move |s| Ok(results::awaiting_after(s, after, results::PAGE)?)).await?;
    let (read, fit) = (waiting.rows.len(), fitting(&waiting.rows));
    let more = fit < read || read as i64 == results::PAGE;
    waiting.rows.truncate(fit);
    let counts = web.lab.read(|s| Ok(results::waiting(s)?)).await?;
    let clock = Clock::of(&web).await?;
    let next = match waiting.rows.last() {
        Some(last) if more => address(last.queue_position()),
        _ => String::new(),
    };
    let mut page = reader.page(&web, Some(Section::Review)).await?;
    page.notice = match (asked.verified, asked.repeat) {
        (0, 0) => None,
        (0, _) => notice(Tone::Calm, web.words.t("review-repeat-done")),
        (verified, _) => notice(Tone::Calm, web.words.tell("review-verified", &[("count", &verified)])),
    };
    show(Review {
        page,
        groups: waiting.groups(&clock),
        waiting: counts.all,
        critical: counts.critical,
        held: counts.held,
        next,
    })
}

/// A mark: the result and its version as displayed, and whether its reasons were displayed on the page that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    result: ResultId,
    version: i64,
    reasons_shown: bool,
}

impl Mark {
    fn read(text: &str) -> Option<Mark> {
        let mut parts = text.split(':');
        let (result, version) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let reasons_shown = match (parts.next(), parts.next()) {
            (None, _) => false,
            (Some("held"), None) => true,
            _ => return None,
        };
        Some(Mark { result, version, reasons_shown })
    }

    fn on_display(self) -> OnDisplay {
        OnDisplay { result: self.result, version: self.version, lifts_holds: self.reasons_shown }
    }
}

#[derive(Deserialize)]
struct Marked {
    #[serde(default)]
    mark: Vec<String>,
    password: Option<String>,
}

impl Marked {
    fn marks(&self) -> Result<Vec<Mark>, Problem> {
        if self.mark.len() > SIGNED_MAX {
            return Err(Failure::from(Refusal::new("results-too-many").with("limit", SIGNED_MAX)).into());
        }
        self.mark.iter().map(|m| Mark::read(m).ok_or(Problem::Unreadable)).collect()
    }
}

async fn sign(State(web): State<Arc<Web>>, reader: Reader, Form(marked): Form<Marked>) -> Answer {
    show(signing(&web, &reader, marked.marks()?, Mistakes::default()).await?)
}

/// The page that shows what will be signed, and what will not.
async fn signing(web: &Web, reader: &Reader, marks: Vec<Mark>, mistakes: Mistakes) -> Result<Signing, Problem> {
    let asked = marks.clone();
    let waiting = Waiting::read(web, move |s| {
        let mut rows: Vec<Awaiting> = Vec::new();
        for mark in asked {
            let row = results::awaiting_one(s, mark.result)?.filter(|r| r.result.version == mark.version);
            rows.extend(row.filter(|r| rows.iter().all(|known| known.result.id != r.result.id)));
        }
        Ok(rows)
    })
    .await?;
    let signable: Vec<ResultId> = waiting.rows.iter().map(|r| r.result.id).collect();
    let gone = marks.iter().map(|m| m.result).filter(|id| !signable.contains(id)).collect();
    let clock = Clock::of(web).await?;
    Ok(Signing {
        page: reader.page(web, Some(Section::Review)).await?,
        groups: waiting.groups(&clock),
        count: waiting.rows.len(),
        lifts: waiting.rows.iter().filter(|r| !r.result.holds.is_empty()).count(),
        left_out: left_out(web, gone, &waiting, &clock).await?,
        password: reader.must_give_password(web),
        mistakes,
    })
}

/// Marked results that are not as they were on display, and why.
async fn left_out(web: &Web, gone: Vec<ResultId>, waiting: &Waiting, clock: &Clock) -> Result<Vec<LeftOut>, Problem> {
    let found = web
        .lab
        .read(move |s| {
            let mut found = Vec::new();
            for id in gone {
                let Some((result, _)) = results::result(s, id)? else { continue };
                let barcode = specimens::specimen(s, result.specimen)?.map(|t| t.barcode).unwrap_or_default();
                found.push((result, barcode));
            }
            Ok(found)
        })
        .await?;
    let why = |result: &LabResult| match &result.signed {
        Some((at, by)) => web.words.tell("review-left-verified", &[("by", by), ("at", &clock.at(*at).words)]),
        None if result.state == ResultState::Repeat => web.words.t("review-left-repeat"),
        None => web.words.t("review-left-changed"),
    };
    Ok(found.into_iter().map(|(r, tube)| LeftOut { tube, test: waiting.test(&r), why: why(&r) }).collect())
}

async fn signed(State(web): State<Arc<Web>>, reader: Reader, Form(marked): Form<Marked>) -> Answer {
    let marks = marked.marks()?;
    let signed = match reader.sign(&web, marked.password).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken("password", failure)?;
            return again(signing(&web, &reader, marks, mistakes).await?);
        }
    };
    let on_display: Vec<OnDisplay> = marks.iter().map(|m| m.on_display()).collect();
    let count = on_display.len();
    let command = VerifyResults { results: on_display, signed };
    match web.lab.submit(reader.actor(), None, move |tx| tx.run(command)).await {
        Ok(_) => Ok(Redirect::to(&format!("/review?verified={count}")).into_response()),
        Err(Failure::Refused(refusal)) if CHANGED.contains(&refusal.code) => {
            // The page says of each what it is now, and who did it.
            let mistakes = Mistakes(vec![Mistake { field: "", text: web.words.t("review-changed") }]);
            again(signing(&web, &reader, marks, mistakes).await?)
        }
        Err(failure) => {
            let mistakes = mistaken("", failure)?;
            again(signing(&web, &reader, marks, mistakes).await?)
        }
    }
}

/// Refusals because of what happened since the page was shown.
const CHANGED: [&str; 3] = ["results-already-verified", "results-changed-meanwhile", "results-held"];

async fn repeat(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    accessed(&reader, "repeat", id);
    show(repeating(&web, &reader, ResultId(id), String::new(), Mistakes::default()).await?)
}

async fn repeating(
    web: &Web,
    reader: &Reader,
    id: ResultId,
    reason: String,
    mistakes: Mistakes,
) -> Result<Repeat, Problem> {
    let waiting = Waiting::read(web, move |s| Ok(results::awaiting_one(s, id)?.into_iter().collect())).await?;
    let row = waiting.rows.first().ok_or(Problem::Missing)?;
    let clock = Clock::of(web).await?;
    Ok(Repeat {
        page: reader.page(web, Some(Section::Review)).await?,
        patient: clock.banner(&row.patient, &row.requester, &row.barcode),
        line: waiting.line(row, &clock),
        reason,
        mistakes,
    })
}

#[derive(Deserialize)]
struct Asking {
    version: i64,
    reason: String,
}

async fn repeated(
    State(web): State<Arc<Web>>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(asking): Form<Asking>,
) -> Answer {
    let on_display = OnDisplay { result: ResultId(id), version: asking.version, lifts_holds: false };
    let ask = AskForRepeat { result: on_display };
    match web.lab.submit(reader.actor(), Some(asking.reason.clone()), move |tx| tx.run(ask)).await {
        Ok(()) => Ok(Redirect::to("/review?repeat=1").into_response()),
        Err(failure) => {
            let mistakes = mistaken("reason", failure)?;
            again(repeating(&web, &reader, ResultId(id), asking.reason, mistakes).await?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_names_a_result_a_version_and_whether_its_reasons_were_shown() {
        let mark = |reasons_shown| Some(Mark { result: ResultId(1025), version: 2, reasons_shown });
        let cases = [
            ("1025:2", mark(false)),
            ("1025:2:held", mark(true)),
            ("1025", None),
            ("1025:2:", None),
            ("1025:2:clean", None),
            ("1025:2:held:held", None),
            ("x:2", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Mark::read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_place_in_the_queue_survives_its_address() {
        let place = QueuePosition { rank: 1, priority: 2, arrived_at: 1_795_000_000_000_000, id: 1025 };
        assert_eq!(position(address(place).strip_prefix("/review?after=").unwrap()), Some(place));
        assert_eq!(position(""), None);
        assert_eq!(position("1-2-x-4"), None);
    }
}
