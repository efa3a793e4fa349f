//! Corrections to decide: verified results that a later value contradicts, and the decision that a result stands.

use std::sync::Arc;

use axum::extract::Path;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::results::commands::LetResultStand;
use titer_lab::results::views::{self as results, Contradiction, Correction as Open};
use titer_lab::results::{ContradictionId, ContradictionState, ResultId};
use titer_lab::specimens::views as specimens;
use titer_lab::{Action, Catalog, Failure};
use titer_link::inbox::views as inbox;
use titer_link::links::LinkId;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when::When;
use titer_store::Read;

use super::common::{
    Answer, accessed, again, banner, holds, judged, link_names, mistaken, name, result_line, show, test_name,
};
use super::links::duration;
use crate::pages::results::Flag;
use crate::pages::review::{Against, Correction, CorrectionLine};
use crate::pages::{Mistakes, Tone};
use crate::sections::REVIEW;
use crate::{Web, paths};

/// Values that were dismissed before and are shown, the latest.
const DISMISSED_SHOWN_MAX: usize = 20;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::VerifyResults);
    routes.get(paths::CORRECTION, NEED, page).post(paths::CORRECTION, NEED, decided)
}

/// A correction to decide, as lists show it.
pub fn line(frame: &Frame, catalog: &Catalog, open: &Open) -> CorrectionLine {
    let (since, contradiction) = (open.since, &open.contradiction);
    CorrectionLine {
        href: frame.to(paths::CORRECTION.of(open.result.id)),
        tube: open.barcode.clone(),
        patient: name(frame, &open.patient),
        test: test_name(catalog, open.result.analyte),
        stands: catalog.words_with_unit(&open.result.value, open.result.answer, &open.result.unit),
        contradicts: value(frame, catalog, contradiction),
        flag: judgement(contradiction),
        owner: contradiction.owner.clone(),
        since: frame.at(since),
        age: duration(frame, (frame.now - since.micros()) / 1_000_000),
    }
}

/// A value that contradicts a result, with its unit, in words if it has none.
pub fn value(frame: &Frame, catalog: &Catalog, contradiction: &Contradiction) -> String {
    let value = catalog.words_with_unit(&contradiction.value, contradiction.answer, &contradiction.unit);
    match value.as_str() {
        "" if contradiction.is_more() => frame.t("corrections-more-values"),
        "" => frame.t("corrections-no-value"),
        _ => value,
    }
}

/// What the laboratory's interval and limit say of the value. They say nothing of one in another unit.
fn judgement(contradiction: &Contradiction) -> Flag {
    judged(&contradiction.critical, &contradiction.flag, true, &contradiction.value)
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    accessed(&reader, "correction", id);
    show(shown(&reader, ResultId(id), String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: ResultId, reason: String, mistakes: Mistakes) -> Result<Correction, Problem> {
    let page = reader.page(Some(&REVIEW), move |s, frame| {
        let (result, _) = results::result(s, id)?.ok_or(Problem::Missing)?;
        let specimen = specimens::specimen(s, result.specimen)?.ok_or(Problem::Missing)?;
        let mut of_result = |state| {
            let mut all = results::contradicting_in(s, result.specimen, state)?;
            all.retain(|c| c.result == id);
            Ok::<_, Failure>(all)
        };
        let (mut open, mut dismissed) =
            (of_result(ContradictionState::Open)?, of_result(ContradictionState::Dismissed)?);
        if open.is_empty() {
            return Err(Problem::Missing);
        }
        // Critical ones first, the oldest first.
        open.sort_by_key(|c| (c.critical.is_empty(), c.id));
        dismissed.truncate(DISMISSED_SHOWN_MAX);
        let critical = open.iter().any(|c| !c.critical.is_empty());
        let before = result.signed.as_ref().map(|(at, _)| *at);
        let previous = results::previous(s, specimen.patient.id, result.analyte, before)?;
        let catalog = frame.catalog(s)?;
        let links = open.iter().chain(&dismissed).map(|c| c.link).chain([result.link]);
        let links = link_names(s, links.map(LinkId))?;
        let opens = frame.may(Action::ResolveMessages);
        let mut one = |c: &Contradiction| {
            let message = match c.message.filter(|_| opens) {
                Some(known_by) => inbox::known_by(s, LinkId(c.link), known_by)?,
                None => None,
            };
            let message = message.map(|m| frame.to(paths::MESSAGE.of(m))).unwrap_or_default();
            Ok::<_, Failure>(one(frame, &catalog, c, links.get(&LinkId(c.link)).cloned().unwrap_or_default(), message))
        };
        let against = open.iter().map(&mut one).collect::<Result<_, _>>()?;
        let dismissed = dismissed.iter().map(&mut one).collect::<Result<_, _>>()?;
        let source = |link| links.get(&LinkId(link)).cloned().unwrap_or_default();
        let signed = result.signed.as_ref();
        Ok(Correction {
            page: frame.page(),
            patient: banner(frame, &specimen.patient, "", &specimen.barcode),
            id: id.to_string(),
            signed: signed
                .map(|(at, by)| frame.tell("review-left-verified", &[("by", by), ("at", &frame.at(*at).words)]))
                .unwrap_or_default(),
            line: result_line(&result, &catalog, previous.as_ref(), When::default(), &source(result.link), frame),
            against,
            dismissed,
            critical,
            reason,
            password: frame.reader.must_give_password(),
            mistakes,
        })
    });
    page.await
}

fn one(frame: &Frame, catalog: &Catalog, contradiction: &Contradiction, source: String, message: String) -> Against {
    Against {
        mark: contradiction.id.to_string(),
        value: value(frame, catalog, contradiction),
        flag: judgement(contradiction),
        reasons: holds(frame.words, &contradiction.holds),
        message,
        measured: frame.maybe(contradiction.measured_at),
        arrived: frame.at(contradiction.arrived_at),
        source,
    }
}

#[derive(Deserialize)]
struct Decision {
    #[serde(default)]
    mark: Vec<i64>,
    #[serde(default)]
    reason: String,
    password: Option<String>,
}

async fn decided(reader: Reader, Path(id): Path<i64>, Form(given): Form<Decision>) -> Answer {
    let signed = match reader.sign(given.password).await {
        Ok(signed) => signed,
        Err(failure) => return refused(&reader, id, "password", failure, given.reason).await,
    };
    let contradictions = given.mark.into_iter().map(ContradictionId).collect();
    let decide = LetResultStand { contradictions, signed };
    match reader.submit(Some(given.reason.clone()), move |tx| tx.run(decide)).await {
        Ok(()) => Ok(reader.done(&reader.to(paths::REVIEW), Tone::Calm, reader.t("corrections-decided"))),
        Err(failure) => {
            let reason = matches!(&failure, Failure::Refused(r)
                if r.code == "results-decision-needs-reason" || r.code.starts_with("text-"));
            refused(&reader, id, if reason { "reason" } else { "" }, failure, given.reason).await
        }
    }
}

/// The page again, with what was wrong.
async fn refused(reader: &Reader, id: i64, field: &'static str, failure: Failure, reason: String) -> Answer {
    let mistakes = mistaken(reader.words(), field, failure)?;
    again(shown(reader, ResultId(id), reason, mistakes).await?)
}

/// The corrections to decide, for the pages that list them; and whether there are more.
pub fn open(s: &mut dyn Read, frame: &Frame) -> Result<(Vec<CorrectionLine>, bool), Failure> {
    let (open, more) = results::corrections(s)?;
    let catalog = frame.catalog(s)?;
    Ok((open.iter().map(|c| line(frame, &catalog, c)).collect(), more))
}
