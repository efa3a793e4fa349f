//! Correcting a patient's name, sex or date of birth.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use titer_lab::patients::commands::Correction;
use titer_lab::patients::{PatientId, views as patients};
use titer_lab::{Action, Tx, versions, ways};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;

use super::super::common::{Answer, again, banner, mistaken, show};
use super::Given;
use crate::pages::patients::CorrectPatient;
use crate::pages::{Fact, Mistakes, Seen, Tone};
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
            no_born: if patient.birth_date.is_none() { "yes".to_owned() } else { String::new() },
            age_band: patient.age_band.map(|band| band.code().to_owned()).unwrap_or_default(),
            sex: patient.sex.code().to_owned(),
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
        ];
        let differing = fields.into_iter().filter(|(_, typed, now, _)| typed.trim() != now.as_str());
        differing.map(|(key, _, _, text)| Fact { label: frame.t(key), text }).collect()
    }
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(form(&reader, id, None, Mistakes::default()).await?)
}

/// The form as it was typed, or as the patient is known.
async fn form(reader: &Reader, id: i64, typed: Option<Given>, mistakes: Mistakes) -> Result<CorrectPatient, Problem> {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let patient = patients::patient(s, PatientId(id))?.ok_or(Problem::Missing)?;
        let now = Given::of(&patient);
        let given = typed.unwrap_or_else(|| now.clone());
        let differs = if given.shown == patient.version { Vec::new() } else { given.differs(&now, frame) };
        Ok(CorrectPatient {
            page: frame.page(),
            patient: banner(frame, &patient, "", ""),
            id: id.to_string(),
            who: given.who(frame),
            reason: given.reason,
            seen: Seen { version: patient.version, now: differs },
            mistakes,
        })
    });
    page.await
}

async fn correct(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let read = match given.read(&reader) {
        Ok(read) => read,
        Err(mistake) => return again(form(&reader, id, Some(given), Mistakes(vec![mistake])).await?),
    };
    let correction = Correction {
        family: given.family.clone(),
        given: given.given.clone(),
        sex: read.sex,
        birth_date: read.birth_date,
        age_band: read.age_band,
    };
    let (patient, shown) = (PatientId(id), given.shown);
    let correct = move |tx: &mut Tx<'_, '_>| {
        let last = patients::patient(tx, patient)?.map_or(0, |p| p.version);
        versions::unchanged(tx, shown, last)?;
        ways::correct(tx, patient, correction)
    };
    match reader.submit(Some(given.reason.clone()), correct).await {
        Ok(judged) => {
            let said = reader.tell("patients-corrected", &[("count", &judged)]);
            Ok(reader.done(&reader.to(paths::PATIENT.of(id)), Tone::Calm, said))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(form(&reader, id, Some(given), mistakes).await?)
        }
    }
}
