//! One specimen with its results and its story; and its label.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Deserialize;
use titer_lab::orders::views as orders;
use titer_lab::results::{ContradictionState, ResultId, State as ResultState, views as results};
use titer_lab::specimens::{REJECTION_REASONS, SpecimenId, State as SpecimenState, views as specimens};
use titer_lab::stories::StoryEntry;
use titer_lab::{
    Action, Actor, Catalog, Comments, Counted, Failure, Systems, Timestamp, Tx, named, reports, stories, versions, ways,
};
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::Wait;
use titer_link::links::{LinkId, views as links};
use titer_link::worklists::views::{self as sent, SpecimenOrders};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;
use titer_store::{Given, Read};
use tokio::sync::Semaphore;

use super::calculations::says;
use super::common::{
    Answer, accessed, again, banner, mistaken, order, result_line, said_readers, show, source, specimen_status,
    test_name, who,
};
use super::corrections::{urgency, value as contradicting};
use super::messages::waiting::about_href;
use super::reflex::{added_by, suggestions};
use super::result_comments::shown_beside;
use super::worklists;
use crate::pages::results::ResultLine;
use crate::pages::review::Urgency;
use crate::pages::specimens::{Discard, Moment, Specimen};
use crate::pages::{Choice, Fact, Mistakes, Seen};
use crate::printer::Label;
use crate::sections::ORDERS;
use crate::{Web, paths};

/// Labels typeset at the same time; others wait.
const LABELS_AT_ONCE_MAX: usize = 4;
static TYPESETTING: Semaphore = Semaphore::const_new(LABELS_AT_ONCE_MAX);

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const RECEIVES: Need = Need::May(Action::ReceiveSpecimens);
    routes
        .get(paths::SPECIMEN, Need::May(Action::SeePatients), page)
        .post(paths::SPECIMEN_REJECT, RECEIVES, reject)
        .get(paths::SPECIMEN_DISCARD, RECEIVES, discarding)
        .post(paths::SPECIMEN_DISCARD, RECEIVES, discard)
        .get(paths::SPECIMEN_LABEL, RECEIVES, label)
}

/// What a specimen's page is made of.
struct Found {
    specimen: specimens::Specimen,
    results: Vec<(results::LabResult, Option<results::Previous>)>,
    story: Vec<StoryEntry>,
    who: HashMap<Actor, String>,
    links: HashMap<i64, String>,
    by_hand: HashMap<ResultId, String>,
    report: Option<reports::ReportId>,
    acknowledged: Vec<SpecimenOrders>,
    held: Counted,
    /// What was ordered of it.
    requests: Vec<orders::Request>,
    /// What contradicts verified results and is not decided.
    open: Vec<results::Contradiction>,
    catalog: Arc<Catalog>,
    systems: Arc<Systems>,
    /// What calculated results were calculated from.
    origins: HashMap<ResultId, String>,
    /// What is not calculated, and why.
    missing: Vec<Fact>,
    comments: Arc<Comments>,
}

fn find(s: &mut dyn Read, frame: &Frame, id: SpecimenId) -> Result<Found, Problem> {
    let specimen = specimens::specimen(s, id)?.ok_or(Problem::Missing)?;
    let mut results = Vec::new();
    let mut links = HashMap::new();
    for result in results::of_specimen(s, id)? {
        let previous = results::previous(s, specimen.patient.id, &result, specimen.collected_at)?;
        if !links.contains_key(&result.link)
            && let Some(link) = links::link(s, LinkId(result.link))?
        {
            links.insert(result.link, link.name);
        }
        results.push((result, previous));
    }
    let story = stories::story(s, id.0)?;
    let mut people = HashMap::new();
    for entry in &story {
        if let Entry::Vacant(unknown) = people.entry(entry.header.actor) {
            unknown.insert(who(frame.words, s, entry.header.actor)?);
        }
    }
    let report = reports::views::of_order(s, specimen.order)?.first().map(|r| r.id);
    let (acknowledged, catalog) = (sent::of_specimen(s, id)?, frame.catalog(s)?);
    let by_hand = said_readers(s, frame, &catalog, results.iter().map(|(result, _)| result))?;
    let held = inbox::count_about(s, &about(&specimen), None)?;
    let open = results::contradicting_in(s, id, ContradictionState::Open)?;
    let mut requests = orders::requests(s, specimen.order)?;
    requests.retain(|r| r.specimen_type == specimen.specimen_type && r.cancelled.is_none());
    let systems = frame.systems(s)?;
    let origins = says::origins(s, frame, &catalog, results.iter().map(|(r, _)| r))?;
    let missing = says::missing(s, frame, id)?;
    let comments = frame.in_force(s)?.comments.clone();
    Ok(Found {
        comments,
        origins,
        missing,
        requests,
        open,
        specimen,
        results,
        story,
        who: people,
        links,
        by_hand,
        report,
        acknowledged,
        held,
        catalog,
        systems,
    })
}

/// Which of its tests a reflex rule asked for.
fn by_rules(s: &mut dyn Read, frame: &Frame, found: &Found) -> Result<Vec<Fact>, Failure> {
    let in_force = frame.in_force(s)?;
    let fact = |request: &orders::Request| {
        let text = added_by(frame, &in_force.reflexes, request)?;
        Some(Fact { label: test_name(&found.catalog, request.analyte), text })
    };
    Ok(found.requests.iter().filter_map(fact).collect())
}

/// Held messages about the specimen.
fn about(specimen: &specimens::Specimen) -> About {
    About::exactly(Wait::Specimen, &specimen.barcode, None)
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, id, Mistakes::default()).await?)
}

/// The page of one specimen, with what was wrong with what was asked for on it.
async fn shown(reader: &Reader, id: i64, mistakes: Mistakes) -> Result<Specimen, Problem> {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let found = find(s, frame, SpecimenId(id))?;
        accessed(&frame.reader, "specimen", id);
        let (specimen, receives) = (&found.specimen, frame.may(Action::ReceiveSpecimens));
        let rejectable = found.results.is_empty()
            && [SpecimenState::Expected, SpecimenState::Received].contains(&specimen.state)
            && receives;
        let reason = |code: &&str| Choice {
            value: (*code).to_owned(),
            label: frame.t(&format!("reject-{code}")),
            hint: String::new(),
            chosen: false,
        };
        Ok(Specimen {
            page: frame.page(),
            patient: banner(frame, &specimen.patient, "", &specimen.barcode),
            id: id.to_string(),
            status: specimen_status(specimen),
            facts: found.facts(frame).into_iter().chain(by_rules(s, frame, &found)?).collect(),
            order: order(frame, specimen.order),
            report: found.report.map(|_| frame.to(paths::REPORT.of(specimen.order))).unwrap_or_default(),
            lines: found.results.iter().map(|(r, p)| found.line(r, p.as_ref(), frame)).collect(),
            outstanding: found.outstanding(frame),
            suggestions: suggestions::of_tube(s, frame, specimen.id)?,
            story: found.story.iter().map(|t| found.moment(t, frame)).collect(),
            rejections: if rejectable { REJECTION_REASONS.iter().map(reason).collect() } else { Vec::new() },
            discardable: [SpecimenState::Received, SpecimenState::Rejected].contains(&specimen.state) && receives,
            held: match found.held.number {
                1.. if frame.may(Action::ResolveMessages) => about_href(frame, &about(specimen), None),
                _ => String::new(),
            },
            held_count: frame.words.amount(found.held),
            labelled: receives,
            seen: Seen { version: stories::last_of(s, id, "specimens")?, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changed {
    reason: String,
    shown: i64,
}

/// Runs a change of a specimen, unless another change came after the version that was shown.
async fn change<F>(reader: &Reader, id: i64, shown: i64, change: F) -> Result<(), Failure>
where
    F: FnOnce(&mut Tx<'_, '_>) -> Result<(), Failure> + Send + 'static,
{
    let submitted = reader.submit(None, move |tx| {
        let last = stories::last_of(tx, id, "specimens")?;
        versions::unchanged(tx, shown, last)?;
        change(tx)
    });
    submitted.await
}

async fn reject(reader: Reader, Path(id): Path<i64>, Form(given): Form<Changed>) -> Answer {
    match change(&reader, id, given.shown, move |tx| ways::reject(tx, SpecimenId(id), given.reason)).await {
        Ok(()) => Ok(reader.go(paths::SPECIMEN.of(id))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(shown(&reader, id, mistakes).await?)
        }
    }
}

async fn discarding(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(question(&reader, id, Mistakes::default()).await?)
}

/// Asks whether a tube is to be discarded, and says what cannot be measured from it then.
async fn question(reader: &Reader, id: i64, mistakes: Mistakes) -> Result<Discard, Problem> {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let specimen = specimens::specimen(s, SpecimenId(id))?.ok_or(Problem::Missing)?;
        accessed(&frame.reader, "specimen", id);
        let (results, catalog) = (results::of_specimen(s, specimen.id)?, frame.catalog(s)?);
        let measured = |analyte| results.iter().any(|r| r.analyte == analyte && r.state != ResultState::Repeat);
        let requests = orders::requests(s, specimen.order)?;
        let open = requests
            .iter()
            .filter(|r| r.specimen_type == specimen.specimen_type && r.cancelled.is_none() && !measured(r.analyte));
        Ok(Discard {
            page: frame.page(),
            patient: banner(frame, &specimen.patient, "", &specimen.barcode),
            id: id.to_string(),
            status: specimen_status(&specimen),
            outstanding: open.filter_map(|r| catalog.analyte(r.analyte)).map(|a| a.name.clone()).collect(),
            seen: Seen { version: stories::last_of(s, id, "specimens")?, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

async fn discard(reader: Reader, Path(id): Path<i64>, Form(given): Form<Changed>) -> Answer {
    match change(&reader, id, given.shown, move |tx| ways::discard(tx, SpecimenId(id))).await {
        Ok(()) => Ok(reader.go(paths::SPECIMEN.of(id))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(question(&reader, id, mistakes).await?)
        }
    }
}

impl Found {
    fn facts(&self, frame: &Frame) -> Vec<Fact> {
        let kind = self.catalog.specimen_type(self.specimen.specimen_type);
        let unknown = || frame.t("unknown");
        let moment = |at| Some(frame.maybe(at).words).filter(|w| !w.is_empty()).unwrap_or_else(unknown);
        let mut facts = vec![
            ("specimen-kind", kind.map(|t| t.name.clone()).unwrap_or_else(unknown)),
            ("specimen-container", kind.map(|t| format!("{} ({})", t.container, t.cap)).unwrap_or_else(unknown)),
            ("specimen-collected", moment(self.specimen.collected_at)),
            ("specimen-received", moment(self.specimen.received_at)),
        ];
        if !self.specimen.reason.is_empty() {
            facts.push(("specimen-rejected", frame.t(&format!("reject-{}", self.specimen.reason))));
        }
        let facts = facts.into_iter().map(|(key, text)| Fact { label: frame.t(key), text });
        facts.chain(worklists::facts(&self.acknowledged, &self.catalog, frame)).collect()
    }

    fn line(&self, result: &results::LabResult, previous: Option<&results::Previous>, frame: &Frame) -> ResultLine {
        let source = source(&self.systems, self.links.get(&result.link), result);
        let arrived = frame.maybe(self.arrived_at(result));
        let disputed: Vec<_> = self.open.iter().map(|c| c.result).collect();
        let mut line = result_line(result, &self.catalog, previous, arrived, source, &disputed, frame);
        line.entered(self.by_hand.get(&result.id));
        if let Some(origin) = self.origins.get(&result.id) {
            line.calculated.clone_from(origin);
        }
        line.comments = shown_beside(&self.comments, result);
        for c in self.open.iter().filter(|c| c.result == result.id) {
            let (urgency, owner) = (urgency(c), &c.owner);
            let said = match (urgency, frame.may(Action::VerifyResults)) {
                (Urgency::Critical, true) => "corrections-contradicted-critical",
                // The requester is notified by those who review.
                (Urgency::Critical, false) => "corrections-contradicted-critical-seen",
                (Urgency::Undecided, true) => "corrections-contradicted-undecided",
                (Urgency::Undecided, false) => "corrections-contradicted-undecided-seen",
                (Urgency::Plain, _) => "corrections-contradicted",
            };
            let value = contradicting(frame, &self.catalog, c);
            line.reasons.push(frame.tell(said, &[("value", &value), ("owner", owner)]));
            line.urgent |= urgency.urgent();
        }
        line
    }

    /// Tests that were ordered and have no result that stands, each with what it waits for.
    fn outstanding(&self, frame: &Frame) -> Vec<(String, String)> {
        let result = |analyte, repeat| {
            let mut all = self.results.iter().map(|(result, _)| result).filter(|r| r.analyte == analyte);
            all.any(|r| (r.state == ResultState::Repeat) == repeat)
        };
        let open = self.requests.iter().map(|r| r.analyte).filter(|analyte| !result(*analyte, false));
        let why = |analyte| {
            let mut sent = self.acknowledged.iter().filter(|of| of.tests.iter().any(|t| t.analyte == analyte));
            match self.specimen.state {
                SpecimenState::Expected => frame.t("specimens-waits-receipt"),
                SpecimenState::Rejected => frame.t("specimens-not-measured-rejected"),
                SpecimenState::Discarded => frame.t("specimens-not-measured-discarded"),
                SpecimenState::Received if result(analyte, true) => frame.t("specimens-waits-repeat"),
                SpecimenState::Received => match sent.next() {
                    Some(of) => frame.tell("specimens-waits-link", &[("link", &of.link)]),
                    None => frame.t("specimens-waits-result"),
                },
            }
        };
        // What is calculated waits for no analyzer: the reason why there is no value says more.
        let calculated = |test: &str| self.missing.iter().find(|fact| fact.label == test).map(|fact| fact.text.clone());
        let line = |analyte| {
            let test = test_name(&self.catalog, analyte);
            let why = calculated(&test).unwrap_or_else(|| why(analyte));
            (test, why)
        };
        open.map(line).collect()
    }

    /// When the event was journalled that brought the result: it is in the specimen's story.
    fn arrived_at(&self, result: &results::LabResult) -> Option<Timestamp> {
        let number = result.id.0 / titer_store::PLACES;
        self.story.iter().find(|t| t.header.number == number).map(|t| t.header.at)
    }

    fn moment(&self, entry: &StoryEntry, frame: &Frame) -> Moment {
        let kind = entry.header.kind.replace('.', "-");
        let rejected = entry.header.kind == "specimens.rejected";
        let detail = if rejected { frame.t(&format!("reject-{}", entry.detail)) } else { entry.detail.clone() };
        Moment {
            at: frame.at(entry.header.at),
            who: self.who.get(&entry.header.actor).cloned().unwrap_or_default(),
            what: frame.tell(&format!("event-{kind}"), &[("detail", &detail)]),
            detail: String::new(),
            caution: rejected || entry.header.kind == "results.repeat-asked",
        }
    }
}

/// The tube's label as a PDF, to be printed.
async fn label(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let schema = reader.journal().store().schema().clone();
    let label = reader.page(None, move |s, frame| {
        let specimen = specimens::specimen(s, SpecimenId(id))?.ok_or(Problem::Missing)?;
        named::specimen(&mut Given::new(&schema), s, specimen.id)?;
        let (patient, catalog) = (&specimen.patient, frame.catalog(s)?);
        Ok(Label {
            family: patient.family.clone(),
            given: patient.given.clone(),
            born: patient.birth_date.map_or_else(|| frame.t("unknown"), when::day),
            sex: frame.t(&format!("sex-{}", patient.sex.code())),
            identifier: patient.identifier.clone(),
            number: specimen.barcode.clone(),
            kind: catalog.specimen_type(specimen.specimen_type).map(|t| t.name.clone()).unwrap_or_default(),
            collected: frame.maybe(specimen.collected_at).words,
            mark: frame.page().mode.keys().map(|(says, _)| frame.t(says)).unwrap_or_default(),
        })
    });
    let label = label.await?;
    accessed(&reader, "label", id);
    let turn = TYPESETTING.acquire().await.map_err(|_| Problem::Busy)?;
    let typesetting = move || {
        // Whoever asked may be gone before the label is there: the turn lasts as long as the memory that it takes.
        let _turn = turn;
        web.printer.label(label)
    };
    let typeset = tokio::task::spawn_blocking(typesetting).await;
    let bytes = typeset.map_err(|e| Problem::Broken(e.to_string()))?.map_err(Problem::Said)?;
    let name = format!("inline; filename=\"label-{id}.pdf\"");
    Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}
