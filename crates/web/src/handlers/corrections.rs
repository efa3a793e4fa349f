//! Corrections to decide: verified results that a later value contradicts, and the decision that a result stands.

use std::sync::Arc;

use axum::extract::Path;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::orders::views as orders;
use titer_lab::results::commands::LetResultStand;
use titer_lab::results::views::{self as results, Contradiction, Correction as Open};
use titer_lab::results::{ContradictionId, ContradictionState, ResultId};
use titer_lab::specimens::views as specimens;
use titer_lab::ways::{self, Signing};
use titer_lab::{Action, Catalog, Failure};
use titer_link::inbox::views as inbox;
use titer_link::links::LinkId;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when::When;
use titer_store::{Entry, Read, reading};

use super::calculations::says;
use super::common::{
    Answer, accessed, again, banner, holds, judged, link_names, mistaken, name, priority, result_line, show, source,
    test_name, who,
};
use super::links::duration;
use crate::pages::results::Flag;
use crate::pages::review::{Against, Correction, CorrectionLine, Urgency};
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
        identifier: open.patient.identifier.clone(),
        priority: priority(open.priority),
        test: test_name(catalog, open.result.analyte),
        stands: catalog.words_with_unit(&open.result.value, open.result.answer, &open.result.unit),
        contradicts: value(frame, catalog, contradiction),
        flag: judgement(contradiction),
        urgency: urgency(contradiction),
        others: open.others,
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

/// What is said of the value in words, beside letter and shape.
pub fn urgency(contradiction: &Contradiction) -> Urgency {
    match (contradiction.critical.is_empty(), contradiction.is_undecided()) {
        (false, _) => Urgency::Critical,
        (true, true) => Urgency::Undecided,
        (true, false) => Urgency::Plain,
    }
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
        // Once all is decided, the page says who did: whoever comes second finds that here.
        if open.is_empty() && dismissed.is_empty() {
            return Err(Problem::Missing);
        }
        // The most urgent ones first, the oldest first.
        open.sort_by_key(|c| (!c.is_urgent(), c.id));
        dismissed.truncate(DISMISSED_SHOWN_MAX);
        let urgency = open.iter().map(urgency).max().unwrap_or(Urgency::Plain);
        let order = orders::order(s, specimen.order)?.ok_or(Problem::Missing)?;
        let previous = results::previous(s, specimen.patient.id, &result, specimen.collected_at)?;
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
            let decision = decision(s, frame, c)?;
            let source = links.get(&LinkId(c.link)).cloned().unwrap_or_default();
            Ok::<_, Failure>(Against { message, decision, ..one(frame, &catalog, c, source) })
        };
        let against = open.iter().map(&mut one).collect::<Result<_, _>>()?;
        let dismissed = dismissed.iter().map(&mut one).collect::<Result<_, _>>()?;
        let systems = frame.systems(s)?;
        let source = source(&systems, links.get(&LinkId(result.link)), &result);
        let signed = result.signed.as_ref();
        let mut line = result_line(&result, &catalog, previous.as_ref(), When::default(), source, &[result.id], frame);
        if let Some(origin) = says::origins(s, frame, &catalog, [&result].into_iter())?.remove(&id) {
            line.calculated = origin;
        }
        line.comments = super::result_comments::shown_beside(&frame.in_force(s)?.comments, &result);
        Ok(Correction {
            page: frame.page(),
            patient: banner(frame, &specimen.patient, &order.requester, &specimen.barcode),
            priority: priority(order.priority),
            id: id.to_string(),
            signed: signed
                .map(|(at, by)| frame.tell("review-left-verified", &[("by", by), ("at", &frame.at(*at).words)]))
                .unwrap_or_default(),
            line,
            against,
            dismissed,
            urgency,
            reason,
            password: frame.reader.must_give_password(),
            mistakes,
        })
    });
    page.await
}

/// Who decided, when and why.
fn decision(s: &mut dyn Read, frame: &Frame, contradiction: &Contradiction) -> Result<String, Failure> {
    let Some(number) = contradiction.decided else { return Ok(String::new()) };
    let Some(Entry { header, why, .. }) = reading::entries(s, number - 1, 1)?.pop() else { return Ok(String::new()) };
    let (by, at) = (who(frame.words, s, header.actor)?, frame.at(header.at).words);
    let why = why.unwrap_or_default();
    Ok(frame.tell("corrections-decision", &[("by", &by), ("at", &at), ("why", &why)]))
}

fn one(frame: &Frame, catalog: &Catalog, contradiction: &Contradiction, source: String) -> Against {
    Against {
        mark: contradiction.id.to_string(),
        value: value(frame, catalog, contradiction),
        flag: judgement(contradiction),
        urgency: urgency(contradiction),
        decision: String::new(),
        reasons: holds(frame.words, &contradiction.holds),
        message: String::new(),
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
    match reader.submit(Some(given.reason.clone()), move |tx| ways::let_stand(tx, decide)).await {
        Ok(Signing::JudgedAgain) => {
            let mistakes = Mistakes::one("", reader.t("review-judged-again"));
            again(shown(&reader, ResultId(id), given.reason, mistakes).await?)
        }
        Ok(Signing::Signed(0)) => {
            Ok(reader.done(&reader.to(paths::REVIEW), Tone::Calm, reader.t("corrections-decided")))
        }
        // Nobody signs for a value that the page did not show, and nobody leaves it out of sight.
        Ok(Signing::Signed(left)) => {
            let said = reader.tell("corrections-decided-left", &[("count", &left)]);
            Ok(reader.done(&reader.to(paths::CORRECTION.of(id)), Tone::Caution, said))
        }
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
