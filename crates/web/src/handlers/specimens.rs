//! One specimen with its results and its story; and its label.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use titer_lab::results::views as results;
use titer_lab::specimens::{REJECTION_REASONS, SpecimenId, State as SpecimenState, views as specimens};
use titer_lab::stories::StoryEntry;
use titer_lab::{Action, Actor, Catalog, reports, stories};
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::Wait;
use titer_link::links::{LinkId, views as links};
use titer_link::worklists::views::{self as worklists, SpecimenOrders};
use titer_report::TubeLabel;

use super::common::{Answer, Clock, accessed, order_number, result_line, show, specimen_status, who};
use super::told;
use super::waiting::about_href;
use crate::Web;
use crate::errors::Problem;
use crate::pages::results::ResultLine;
use crate::pages::specimens::{Moment, Specimen};
use crate::pages::{Choice, Fact, Section, Tube};
use crate::permit::{Need, Routes};
use crate::reader::Reader;
use crate::when;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get("/specimens/{id}", Need::May(Action::SeePatients), page).get(
        "/specimens/{id}/label",
        Need::May(Action::ReceiveSpecimens),
        label,
    )
}

/// What a specimen's page is made of.
struct Found {
    specimen: specimens::Specimen,
    results: Vec<(results::LabResult, Option<results::Previous>)>,
    story: Vec<StoryEntry>,
    who: HashMap<Actor, String>,
    links: HashMap<i64, String>,
    report: Option<reports::ReportId>,
    told: Vec<SpecimenOrders>,
    held: usize,
    catalog: Arc<Catalog>,
}

async fn find(web: &Web, id: SpecimenId) -> Result<Found, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let Some(specimen) = specimens::specimen(s, id)? else { return Ok(None) };
            let mut results = Vec::new();
            let mut links = HashMap::new();
            for result in results::of_specimen(s, id)? {
                let before = result.signed.as_ref().map(|(at, _)| *at);
                let previous = results::previous(s, specimen.patient.id, result.analyte, before)?;
                if let Some(link) = links::link(s, LinkId(result.link))? {
                    links.insert(result.link, link.name);
                }
                results.push((result, previous));
            }
            let story = stories::story(s, id.0)?;
            let mut people = HashMap::new();
            for told in &story {
                let name = who(s, told.header.actor)?;
                people.insert(told.header.actor, name);
            }
            let report = reports::views::of_order(s, specimen.order)?.first().map(|r| r.id);
            let (told, catalog) = (worklists::of_specimen(s, id)?, lab.catalog(s)?);
            let held = inbox::about(s, &about(&specimen), None)?.len();
            Ok(Some(Found { specimen, results, story, who: people, links, report, told, held, catalog }))
        })
        .await?;
    found.ok_or(Problem::Missing)
}

/// Held messages about the specimen.
fn about(specimen: &specimens::Specimen) -> About {
    About::exactly(Wait::Specimen, &specimen.barcode, None)
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let found = find(&web, SpecimenId(id)).await?;
    accessed(&reader, "specimen", id);
    let clock = Clock::of(&web).await?;
    let rejectable = found.results.is_empty()
        && [SpecimenState::Expected, SpecimenState::Received].contains(&found.specimen.state)
        && reader.may(Action::ReceiveSpecimens);
    let reason = |code: &&str| Choice {
        value: (*code).to_owned(),
        label: web.words.t(&format!("reject-{code}")),
        hint: String::new(),
        chosen: false,
    };
    let rejections = if rejectable { REJECTION_REASONS.iter().map(reason).collect() } else { Vec::new() };
    show(Specimen {
        page: reader.page(&web, Some(Section::Orders)).await?,
        patient: clock.banner(&found.specimen.patient, "", &found.specimen.barcode),
        id: id.to_string(),
        status: specimen_status(&found.specimen),
        facts: found.facts(&web, &clock),
        order: Tube { href: format!("/orders/{}", found.specimen.order), number: order_number(found.specimen.order) },
        report: found.report.map(|_| format!("/reports/{}", found.specimen.order)).unwrap_or_default(),
        lines: found.results.iter().map(|(r, p)| found.line(r, p.as_ref(), &clock)).collect(),
        story: found.story.iter().map(|t| found.moment(&web, t, &clock)).collect(),
        rejections,
        discardable: [SpecimenState::Received, SpecimenState::Rejected].contains(&found.specimen.state)
            && reader.may(Action::ReceiveSpecimens),
        held: match found.held {
            1.. if reader.may(Action::ResolveMessages) => about_href(&about(&found.specimen), None),
            _ => String::new(),
        },
        held_count: found.held,
        labelled: reader.may(Action::ReceiveSpecimens),
    })
}

impl Found {
    fn facts(&self, web: &Web, clock: &Clock) -> Vec<Fact> {
        let kind = self.catalog.specimen_type(self.specimen.specimen_type);
        let unknown = || web.words.t("unknown");
        let moment = |at| Some(clock.maybe(at).words).filter(|w| !w.is_empty()).unwrap_or_else(unknown);
        let mut facts = vec![
            ("specimen-kind", kind.map(|t| t.name.clone()).unwrap_or_else(unknown)),
            ("specimen-container", kind.map(|t| format!("{} ({})", t.container, t.cap)).unwrap_or_else(unknown)),
            ("specimen-collected", moment(self.specimen.collected_at)),
            ("specimen-received", moment(self.specimen.received_at)),
        ];
        if !self.specimen.reason.is_empty() {
            facts.push(("specimen-rejected", web.words.t(&format!("reject-{}", self.specimen.reason))));
        }
        let facts = facts.into_iter().map(|(key, text)| Fact { label: web.words.t(key), text });
        facts.chain(told::facts(&self.told, &self.catalog, clock)).collect()
    }

    fn line(&self, result: &results::LabResult, previous: Option<&results::Previous>, clock: &Clock) -> ResultLine {
        let test = self.catalog.analyte(result.analyte).map_or_else(|| "?".to_owned(), |a| a.name.clone());
        let source = self.links.get(&result.link).map(String::as_str).unwrap_or_default();
        result_line(result, test, previous, clock.maybe(self.arrived_at(result)), source, clock)
    }

    /// When the event was journalled that brought the result: it is in the specimen's story.
    fn arrived_at(&self, result: &results::LabResult) -> Option<titer_lab::Timestamp> {
        let number = result.id.0 / titer_store::PLACES;
        self.story.iter().find(|t| t.header.number == number).map(|t| t.header.at)
    }

    fn moment(&self, web: &Web, told: &StoryEntry, clock: &Clock) -> Moment {
        let kind = told.header.kind.replace('.', "-");
        let rejected = told.header.kind == "specimens.rejected";
        let detail = if rejected { web.words.t(&format!("reject-{}", told.detail)) } else { told.detail.clone() };
        Moment {
            at: clock.at(told.header.at),
            who: self.who.get(&told.header.actor).cloned().unwrap_or_default(),
            what: web.words.tell(&format!("event-{kind}"), &[("detail", &detail)]),
            detail: String::new(),
            caution: rejected || told.header.kind == "results.repeat-asked",
        }
    }
}

/// The tube's label as a PDF, to be printed.
async fn label(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let found = find(&web, SpecimenId(id)).await?;
    accessed(&reader, "label", id);
    let clock = Clock::of(&web).await?;
    let patient = &found.specimen.patient;
    let demo = reader.page(&web, None).await?.mode != crate::pages::Mode::Real;
    let label = TubeLabel {
        language: "en".to_owned(),
        family: patient.family.clone(),
        given: patient.given.clone(),
        born: patient.birth_date.map_or_else(|| web.words.t("unknown"), when::day),
        sex: web.words.t(&format!("sex-{}", patient.sex.code())),
        identifier: patient.identifier.clone(),
        specimen_number: found.specimen.barcode.clone(),
        kind: found.catalog.specimen_type(found.specimen.specimen_type).map(|t| t.name.clone()).unwrap_or_default(),
        collected_at: clock.maybe(found.specimen.collected_at).words,
        mark: if demo { web.words.t("mode-demo") } else { String::new() },
    };
    let typeset = tokio::task::spawn_blocking(move || titer_report::label(&label)).await;
    let bytes = typeset.map_err(|e| Problem::Broken(e.to_string()))?.map_err(|e| Problem::Refused(e.to_string()))?;
    let name = format!("inline; filename=\"label-{id}.pdf\"");
    Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}
