//! Registering a patient.

use std::sync::Arc;

use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::patients::commands::RegisterPatient;
use titer_lab::patients::views::{Patient, search};
use titer_lab::{Action, patients::PatientId};
use titer_science::Sex;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;

use super::common::{Answer, again, mistaken, name, show};
use crate::pages::orders::Match;
use crate::pages::patients::NewPatient;
use crate::pages::{Choice, Mistakes};
use crate::sections::ORDERS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::RegisterPatients);
    routes.get(paths::PATIENT_NEW, NEED, page).post(paths::PATIENT_NEW, NEED, register)
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    family: String,
    given: String,
    born: String,
    sex: String,
    identifier: String,
    different: String,
}

async fn page(reader: Reader, Query(given): Query<Given>) -> Answer {
    show(form(&reader, given, Vec::new(), Mistakes::default()).await?)
}

/// The form, with those who are already known by this name and day of birth.
async fn form(reader: &Reader, given: Given, alike: Vec<Patient>, mistakes: Mistakes) -> Result<NewPatient, Problem> {
    let page = reader.page(Some(&ORDERS), move |_, frame| {
        let sexes = [Sex::Female, Sex::Male, Sex::Other, Sex::Unknown].map(|s| Choice {
            value: s.code().to_owned(),
            label: frame.t(&format!("sex-{}", s.code())),
            hint: String::new(),
            chosen: given.sex == s.code(),
        });
        Ok(NewPatient {
            page: frame.page(),
            family: given.family,
            given: given.given,
            born: given.born,
            identifier: given.identifier,
            sexes: sexes.into(),
            similar: alike.iter().map(|p| matched(frame, p)).collect(),
            mistakes,
        })
    });
    page.await
}

async fn register(reader: Reader, Form(given): Form<Given>) -> Answer {
    let mistake = |field, key: &str| Mistakes::one(field, reader.t(key));
    let Some(sex) = Sex::from_code(&given.sex) else {
        return again(form(&reader, given, Vec::new(), mistake("sex", "patients-sex-missing")).await?);
    };
    let born = given.born.trim();
    let birth_date = when::parse_day(born);
    if birth_date.is_none() && !born.is_empty() {
        return again(form(&reader, given, Vec::new(), mistake("born", "patients-born-unreadable")).await?);
    }
    let words = format!("{} {}", given.family, given.given);
    let mut alike = reader.read(move |s| Ok(search(s, &words)?)).await?;
    alike.retain(|p| p.birth_date == birth_date);
    if !alike.is_empty() && given.different.is_empty() {
        return again(form(&reader, given, alike, Mistakes::default()).await?);
    }
    let register = RegisterPatient {
        identifier: given.identifier.clone(),
        family: given.family.clone(),
        given: given.given.clone(),
        sex,
        birth_date,
    };
    match reader.submit(None, move |tx| tx.run(register)).await {
        Ok(patient) => Ok(Redirect::to(&order_for(&reader.to(paths::ORDER_NEW), patient)).into_response()),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "identifier", failure)?;
            again(form(&reader, given, Vec::new(), mistakes).await?)
        }
    }
}

/// Where an order for a patient begins.
fn order_for(form: &str, patient: PatientId) -> String {
    format!("{form}?patient={patient}")
}

/// A patient in a list, with the address where an order for them begins.
pub fn matched(frame: &Frame, patient: &Patient) -> Match {
    Match {
        href: order_for(&frame.to(paths::ORDER_NEW), patient.id),
        name: name(frame, patient),
        identifier: patient.identifier.clone(),
    }
}
