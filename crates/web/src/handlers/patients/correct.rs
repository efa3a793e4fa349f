//! Correcting a patient's name, sex, date of birth or identifier.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use titer_lab::patients::commands::Correction;
use titer_lab::patients::{PatientId, views as patients};
use titer_lab::{Action, Tx, versions, ways};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;

use super::super::common::{Answer, Marked, again, banner, show};
use super::{Given, Question, Said, found, is_question};
use crate::pages::patients::CorrectPatient;
use crate::pages::{Fact, Seen, Tone};
use crate::sections::ORDERS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::CorrectPatients);
    routes.get(paths::PATIENT_CORRECT, NEED, page).post(paths::PATIENT_CORRECT, NEED, correct)
}

impl Given {
    /// What is known of a patient now.
    fn of(patient: &patients::Patient) -> Self {
        Given {
            family: patient.family.clone(),
            given: patient.given.clone(),
            born: patient.birth_date.map(when::day).unwrap_or_default(),
            no_born: Marked(patient.birth_date.is_none()),
            age_band: patient.age_band.map(|band| band.code().to_owned()).unwrap_or_default(),
            sex: patient.sex.code().to_owned(),
            identifier: patient.identifier.clone(),
            shown: patient.version,
            ..Given::default()
        }
    }

    /// What stands now, where it is not what was typed.
    fn differs(&self, now: &Given, frame: &Frame) -> Vec<Fact> {
        let fields = [
            ("patients-family", &self.family, &now.family, now.family.clone()),
            ("patients-given", &self.given, &now.given, now.given.clone()),
            (
                "patients-born",
                &self.born,
                &now.born,
                if now.born.is_empty() { frame.t("unknown") } else { now.born.clone() },
            ),
            ("patient-sex", &self.sex, &now.sex, frame.t(&format!("sex-{}", now.sex))),
            ("patient-identifier", &self.identifier, &now.identifier, now.identifier.clone()),
        ];
        let differing = fields.into_iter().filter(|(_, typed, now, _)| typed.trim() != now.as_str());
        differing.map(|(key, _, _, text)| Fact { label: frame.t(key), text }).collect()
    }
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(form(&reader, id, None, Said::default()).await?)
}

/// The form as it was typed, or as the patient is known; with what is asked before it is taken.
async fn form(reader: &Reader, id: i64, typed: Option<Given>, said: Said) -> Result<CorrectPatient, Problem> {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let patient = patients::patient(s, PatientId(id))?.ok_or(Problem::Missing)?;
        let now = Given::of(&patient);
        let given = typed.unwrap_or_else(|| now.clone());
        let differs = if given.shown == patient.version { Vec::new() } else { given.differs(&now, frame) };
        let doubts = said.doubts(s, frame, Some(patient.id), |p| found(frame, p))?;
        Ok(CorrectPatient {
            page: frame.page(),
            patient: banner(frame, &patient, "", ""),
            id: id.to_string(),
            who: given.who(frame),
            identifier: given.identifier,
            reason: given.reason,
            doubts,
            seen: Seen { version: patient.version, now: differs },
            mistakes: said.mistakes,
        })
    });
    page.await
}

async fn correct(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let wrong = |said| form(&reader, id, Some(given.clone()), said);
    let read = match given.read(&reader) {
        Ok(read) => read,
        Err(mistake) => return again(wrong(Said::mistake(mistake)).await?),
    };
    let patient = PatientId(id);
    let question = Question::of(&web, given.named(&read, Some(patient)));
    let correction = Correction {
        family: given.family.clone(),
        given: given.given.clone(),
        sex: read.sex,
        birth_date: read.birth_date,
        age_band: read.age_band,
    };
    let (sent, asked) = (given.clone(), question.clone());
    let correct = move |tx: &mut Tx<'_, '_>| {
        let last = patients::patient(tx, patient)?.map_or(0, |p| p.version);
        versions::unchanged(tx, sent.shown, last)?;
        let judged = ways::correct(tx, patient, correction, sent.identifier.clone())?;
        asked.seen(tx, patient, &sent).map(|()| judged)
    };
    match reader.submit(Some(given.reason.clone()), correct).await {
        Ok(judged) => {
            let said = reader.tell("patients-corrected", &[("count", &judged)]);
            Ok(reader.done(&reader.to(paths::PATIENT.of(id)), Tone::Calm, said))
        }
        Err(failure) if is_question(&failure) => again(wrong(Said::question(question)).await?),
        Err(failure) => again(wrong(Said::refused(&reader, failure)?).await?),
    }
}
