//! Results waiting for a person: the worklist, the page that shows exactly what is signed, the signature, and asking for a repeat.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{Path, Query};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::results::by_tube::{TubesPage, tubes_after};
use titer_lab::results::commands::{AskForRepeat, OnDisplay, SIGNED_MAX, VerifyResults, still_waits};
use titer_lab::results::views::{self as results, Awaiting, QueuePosition};
use titer_lab::results::{ResultId, State as ResultState};
use titer_lab::specimens::views as specimens;
use titer_lab::{Action, Catalog, Comments, Failure, Refusal, Systems, ways};
use titer_link::links::LinkId;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::common::{
    Answer, accessed, again, at_reason, banner, link_names, mistaken, name, priority, result_line, said_readers, show,
    source, test_name,
};
use super::{calculations::says, corrections, reflex::suggestions, result_comments::shown_beside};
use crate::pages::results::{Group, ResultLine};
use crate::pages::review::{LeftOut, Repeat, Review, Signing};
use crate::pages::{Mistakes, Tone, Tube};
use crate::sections::REVIEW;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::VerifyResults);
    routes
        .get(paths::REVIEW, NEED, list)
        .post(paths::REVIEW_SIGN, NEED, sign)
        .post(paths::REVIEW_SIGNED, NEED, signed)
        .get(paths::REPEAT, NEED, repeat)
        .post(paths::REPEAT, NEED, repeated)
}

/// Results that wait, with what their rows need.
pub(super) struct Waiting {
    pub(super) rows: Vec<Awaiting>,
    links: HashMap<LinkId, String>,
    by_hand: HashMap<ResultId, String>,
    catalog: Arc<Catalog>,
    systems: Arc<Systems>,
    /// What calculated results were calculated from.
    origins: HashMap<ResultId, String>,
    comments: Arc<Comments>,
}

impl Waiting {
    pub(super) fn read(s: &mut dyn Read, frame: &Frame, rows: Vec<Awaiting>) -> Result<Self, Failure> {
        let links = link_names(s, rows.iter().map(|r| LinkId(r.result.link)))?;
        let (catalog, systems) = (frame.catalog(s)?, frame.systems(s)?);
        let by_hand = said_readers(s, frame, &catalog, rows.iter().map(|row| &row.result))?;
        let origins = says::origins(s, frame, &catalog, rows.iter().map(|r| &r.result))?;
        let comments = frame.in_force(s)?.comments.clone();
        Ok(Waiting { comments, rows, links, by_hand, catalog, systems, origins })
    }

    pub(super) fn line(&self, row: &Awaiting, frame: &Frame) -> ResultLine {
        let source = source(&self.systems, self.links.get(&LinkId(row.result.link)), &row.result);
        let (previous, arrived) = (row.previous.as_ref(), frame.at(row.arrived_at));
        // None of them is verified.
        let mut line = result_line(&row.result, &self.catalog, previous, arrived, source, &[], frame);
        if let Some(sent) = &row.sent {
            line.sent = frame.tell("results-sent-as", &[("sent", sent)]);
        }
        line.entered(self.by_hand.get(&row.result.id));
        if let Some(origin) = self.origins.get(&row.result.id) {
            line.calculated.clone_from(origin);
        }
        line.comments = shown_beside(&self.comments, &row.result);
        line
    }

    /// The rows by tube, the tubes in the order of their first rows.
    fn groups(&self, frame: &Frame) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for row in &self.rows {
            let (id, line) = (row.result.specimen.to_string(), self.line(row, frame));
            match groups.iter_mut().find(|g| g.id == id) {
                Some(group) => group.lines.push(line),
                None => groups.push(Group {
                    tube: Tube { href: frame.to(paths::SPECIMEN.of(&id)), number: row.barcode.clone() },
                    id,
                    patient: name(frame, &row.patient),
                    identifier: row.patient.identifier.clone(),
                    requester: row.requester.clone(),
                    priority: priority(row.priority),
                    collected: frame.maybe(row.collected_at),
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
}

/// A place in the queue, as an address carries it.
fn position(text: &str) -> Option<QueuePosition> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let mut next = || parts.next().flatten();
    Some(QueuePosition { rank: next()?, priority: next()?, arrived_at: next()?, id: next()? })
}

fn written(t: QueuePosition) -> String {
    format!("{}-{}-{}-{}", t.rank, t.priority, t.arrived_at, t.id)
}

/// Lines of the worklist on one page, the headings of tubes among them: a page stays small, and what does not fit is on the next.
const LINES_MAX: usize = 70;

async fn list(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let after = position(&asked.after).unwrap_or(QueuePosition::FIRST);
    let page = reader.page(Some(&REVIEW), move |s, frame| {
        let TubesPage { rows, next } = tubes_after(s, after, LINES_MAX)?;
        let next = next.map(|place| format!("{}?after={}", frame.to(paths::REVIEW), written(place)));
        let (waiting, count) = (Waiting::read(s, frame, rows)?, frame.count(&REVIEW));
        // They stand on the first page, before all that can be signed.
        let first = after == QueuePosition::FIRST;
        let (corrections, corrections_more) = if first { corrections::open(s, frame)? } else { (Vec::new(), false) };
        let (suggestions, suggestions_more) = if first { suggestions::open(s, frame)? } else { (Vec::new(), false) };
        Ok(Review {
            page: frame.page(),
            groups: waiting.groups(frame),
            waiting: frame.words.amount(count.all),
            critical: frame.words.amount(count.critical),
            held: frame.words.amount(count.held),
            corrections,
            corrections_more,
            suggestions,
            suggestions_more,
            next: next.unwrap_or_default(),
        })
    });
    show(page.await?)
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

async fn sign(reader: Reader, Form(marked): Form<Marked>) -> Answer {
    show(signing(&reader, marked.marks()?, Mistakes::default()).await?)
}

/// The page that shows what will be signed, and what will not.
async fn signing(reader: &Reader, marks: Vec<Mark>, mistakes: Mistakes) -> Result<Signing, Problem> {
    let page = reader.page(Some(&REVIEW), move |s, frame| {
        let mut rows: Vec<Awaiting> = Vec::new();
        for mark in &marks {
            let row = results::awaiting_one(s, mark.result)?.filter(|r| r.result.version == mark.version);
            rows.extend(row.filter(|r| rows.iter().all(|known| known.result.id != r.result.id)));
        }
        let waiting = Waiting::read(s, frame, rows)?;
        let left = marks.iter().map(|m| m.result).filter(|id| waiting.rows.iter().all(|r| r.result.id != *id));
        Ok(Signing {
            page: frame.page(),
            groups: waiting.groups(frame),
            count: waiting.rows.len(),
            lifts: waiting.rows.iter().filter(|r| !r.result.holds.is_empty()).count(),
            left_out: left_out(s, frame, left, &waiting)?,
            password: frame.reader.must_give_password(),
            mistakes,
        })
    });
    page.await
}

/// Marked results that are not as they were on display, and why.
fn left_out(
    s: &mut dyn Read,
    frame: &Frame,
    left: impl Iterator<Item = ResultId>,
    waiting: &Waiting,
) -> Result<Vec<LeftOut>, Failure> {
    let mut all = Vec::new();
    for id in left {
        let Some((result, _)) = results::result(s, id)? else { continue };
        let tube = specimens::specimen(s, result.specimen)?.map(|t| t.barcode).unwrap_or_default();
        let why = match &result.signed {
            Some((at, by)) => frame.tell("review-left-verified", &[("by", by), ("at", &frame.at(*at).words)]),
            None if result.state == ResultState::Repeat => {
                let (at, by) = results::last_change(s, id)?;
                frame.tell("review-left-repeat", &[("by", &by), ("at", &frame.at(at).words)])
            }
            None => frame.t("review-left-changed"),
        };
        let test = test_name(&waiting.catalog, result.analyte);
        all.push(LeftOut { verified: result.signed.is_some(), tube, test, why });
    }
    Ok(all)
}

async fn signed(reader: Reader, Form(marked): Form<Marked>) -> Answer {
    let marks = marked.marks()?;
    let signed = match reader.sign(marked.password).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(signing(&reader, marks, mistakes).await?);
        }
    };
    // One that was marked twice is signed once.
    let count = marks.iter().map(|m| m.result).collect::<BTreeSet<_>>().len();
    let command = VerifyResults { results: marks.iter().map(|m| m.on_display()).collect(), signed };
    match reader.submit(None, move |tx| ways::verify(tx, command)).await {
        Ok(ways::Signing::Signed(_)) => {
            let said = reader.tell("review-verified", &[("count", &count)]);
            Ok(reader.done(&reader.to(paths::REVIEW), Tone::Calm, said))
        }
        Ok(ways::Signing::JudgedAgain) => {
            let mistakes = Mistakes::one("", reader.t("review-judged-again"));
            again(signing(&reader, marks, mistakes).await?)
        }
        Err(Failure::Refused(refusal)) if CHANGED.contains(&refusal.code) => {
            // The page says of each what it is now, and who did it.
            let mut page = signing(&reader, marks, Mistakes::default()).await?;
            let all_verified = page.count == 0 && page.left_out.iter().all(|line| line.verified);
            let said = reader.t(if all_verified { "review-all-verified" } else { "review-changed" });
            page.mistakes = Mistakes::one("", said);
            again(page)
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(signing(&reader, marks, mistakes).await?)
        }
    }
}

/// Refusals because of what happened since the page was shown.
const CHANGED: [&str; 3] = ["results-already-verified", "results-changed-meanwhile", "results-held"];

async fn repeat(reader: Reader, Path(id): Path<i64>) -> Answer {
    accessed(&reader, "repeat", id);
    show(repeating(&reader, ResultId(id), String::new(), Mistakes::default()).await?)
}

async fn repeating(reader: &Reader, id: ResultId, reason: String, mistakes: Mistakes) -> Result<Repeat, Problem> {
    let page = reader.page(Some(&REVIEW), move |s, frame| {
        let Some(row) = results::awaiting_one(s, id)? else {
            results::result(s, id)?.ok_or(Problem::Missing)?;
            // Somebody has decided on it: that is said in place of the form.
            still_waits(s, id)?;
            return Err(Problem::Missing);
        };
        let waiting = Waiting::read(s, frame, vec![row])?;
        let row = &waiting.rows[0];
        Ok(Repeat {
            page: frame.page(),
            patient: banner(frame, &row.patient, &row.requester, &row.barcode),
            line: waiting.line(row, frame),
            reason,
            mistakes,
        })
    });
    page.await
}

#[derive(Deserialize)]
struct Asking {
    version: i64,
    reason: String,
}

async fn repeated(reader: Reader, Path(id): Path<i64>, Form(asking): Form<Asking>) -> Answer {
    let on_display = OnDisplay { result: ResultId(id), version: asking.version, lifts_holds: false };
    let ask = AskForRepeat { result: on_display };
    match reader.submit(Some(asking.reason.clone()), move |tx| tx.run(ask)).await {
        Ok(()) => Ok(reader.done(&reader.to(paths::REVIEW), Tone::Calm, reader.t("review-repeat-done"))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(repeating(&reader, ResultId(id), asking.reason, mistakes).await?)
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
        assert_eq!(position(&written(place)), Some(place));
        assert_eq!(position(""), None);
        assert_eq!(position("1-2-x-4"), None);
    }
}
