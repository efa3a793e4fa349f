//! Registering a patient, the page of one, and correcting what is known of one.

mod correct;
mod one;

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::patients::commands::{RegisterPatient, RegisterUnidentified};
use titer_lab::patients::views::{Patient, search};
use titer_lab::patients::{AgeBand, PatientId};
use titer_lab::{Action, Failure, Tx, text};
use titer_science::Sex;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;

use super::common::{Answer, again, mistaken, name, show};
use crate::pages::orders::Match;
use crate::pages::patients::{NewPatient, Who};
use crate::pages::{Choice, Mistake, Mistakes};
use crate::sections::ORDERS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::RegisterPatients);
    let routes = routes.get(paths::PATIENT_NEW, NEED, page).post(paths::PATIENT_NEW, NEED, register);
    correct::add(one::add(routes))
}

/// Who somebody is, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    family: String,
    given: String,
    born: String,
    no_born: String,
    age_band: String,
    sex: String,
    identifier: String,
    no_name: String,
    no_identifier: String,
    different: String,
    reason: String,
    shown: i64,
}

/// What a form says of somebody, once it can be read.
struct Read {
    sex: Sex,
    birth_date: Option<jiff::civil::Date>,
    age_band: Option<AgeBand>,
}

impl Given {
    /// Sex and birth. Whatever is not known is marked so: an empty field alone is a mistake.
    fn read(&self, reader: &Reader) -> Result<Read, Mistake> {
        let mistake = |field, key: &str| Mistake { field, text: reader.t(key) };
        let Some(sex) = Sex::from_code(&self.sex) else { return Err(mistake("sex", "patients-sex-missing")) };
        let born = self.born.trim();
        let birth_date = when::parse_day(born);
        match (born.is_empty(), self.no_born.is_empty()) {
            (true, true) => return Err(mistake("born", "patients-born-missing")),
            (false, false) => return Err(mistake("born", "patients-born-both")),
            (false, true) if birth_date.is_none() => return Err(mistake("born", "patients-born-unreadable")),
            _ => {}
        }
        Ok(Read { sex, birth_date, age_band: AgeBand::from_code(&self.age_band) })
    }

    fn who(&self, frame: &Frame) -> Who {
        let sexes = [Sex::Female, Sex::Male, Sex::Other, Sex::Unknown].map(|s| Choice {
            value: s.code().to_owned(),
            label: frame.t(&format!("sex-{}", s.code())),
            hint: String::new(),
            chosen: self.sex == s.code(),
        });
        let band = |band: &AgeBand| Choice {
            value: band.code().to_owned(),
            label: frame.t(&format!("age-band-{}", band.code())),
            hint: String::new(),
            chosen: self.age_band == band.code(),
        };
        Who {
            family: self.family.clone(),
            given: self.given.clone(),
            born: self.born.clone(),
            no_born: !self.no_born.is_empty(),
            bands: AgeBand::ALL.iter().map(band).collect(),
            sexes: sexes.into(),
        }
    }
}

async fn page(reader: Reader, Query(given): Query<Given>) -> Answer {
    show(form(&reader, given, Vec::new(), String::new(), Mistakes::default()).await?)
}

/// The form, with those who are already known by this name and day of birth, and the characters that nobody can print.
async fn form(
    reader: &Reader,
    given: Given,
    alike: Vec<Patient>,
    unprintable: String,
    mistakes: Mistakes,
) -> Result<NewPatient, Problem> {
    let page = reader.page(Some(&ORDERS), move |_, frame| {
        Ok(NewPatient {
            page: frame.page(),
            who: given.who(frame),
            identifier: given.identifier,
            no_name: !given.no_name.is_empty(),
            no_identifier: !given.no_identifier.is_empty(),
            similar: alike.iter().map(|p| matched(frame, p)).collect(),
            unprintable,
            mistakes,
        })
    });
    page.await
}

async fn register(State(web): State<Arc<Web>>, reader: Reader, Form(given): Form<Given>) -> Answer {
    let wrong = |mistake| form(&reader, given.clone(), Vec::new(), String::new(), Mistakes(vec![mistake]));
    let read = match given.read(&reader).and_then(|read| stated(&reader, &given).map(|()| read)) {
        Ok(read) => read,
        Err(mistake) => return again(wrong(mistake).await?),
    };
    let unnamed = !given.no_name.is_empty();
    let words = if unnamed { String::new() } else { format!("{} {}", given.family, given.given) };
    // A name that cannot be registered is refused before anything is asked about it: a page shows hidden characters by their numbers, and
    // the numbers would come back as the name.
    let named =
        || text::name(&given.family, "family name").and_then(|_| text::optional_name(&given.given, "given name"));
    if !unnamed && let Err(failure) = named() {
        let mistakes = mistaken(reader.words(), "family", failure)?;
        return again(form(&reader, given, Vec::new(), String::new(), mistakes).await?);
    }
    let unprintable = web.printer.unprintable(&words);
    let mut alike = reader.read(move |s| Ok(search(s, &words)?)).await?;
    alike.retain(|p| p.birth_date == read.birth_date);
    if (!alike.is_empty() || !unprintable.is_empty()) && given.different.is_empty() {
        return again(form(&reader, given, alike, unprintable, Mistakes::default()).await?);
    }
    match submit(&reader, &given, read).await {
        Ok(patient) => Ok(Redirect::to(&order_for(&reader.to(paths::ORDER_NEW), patient)).into_response()),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "identifier", failure)?;
            again(form(&reader, given, Vec::new(), String::new(), mistakes).await?)
        }
    }
}

/// That name and identifier are given, or marked as not known; never both, never neither.
fn stated(reader: &Reader, given: &Given) -> Result<(), Mistake> {
    let fields = [
        ("family", &given.family, &given.no_name, "patients-name-missing", "patients-name-both"),
        (
            "identifier",
            &given.identifier,
            &given.no_identifier,
            "patients-identifier-missing",
            "patients-identifier-both",
        ),
    ];
    for (field, typed, unknown, missing, both) in fields {
        match (typed.trim().is_empty(), unknown.is_empty()) {
            (true, true) => return Err(Mistake { field, text: reader.t(missing) }),
            (false, false) => return Err(Mistake { field, text: reader.t(both) }),
            _ => {}
        }
    }
    Ok(())
}

async fn submit(reader: &Reader, given: &Given, read: Read) -> Result<PatientId, Failure> {
    let Read { sex, birth_date, age_band } = read;
    let (identifier, family, first) = (given.identifier.clone(), given.family.clone(), given.given.clone());
    let (unnamed, unnumbered) = (!given.no_name.is_empty(), !given.no_identifier.is_empty());
    let register = move |tx: &mut Tx<'_, '_>| {
        if unnamed || unnumbered || birth_date.is_none() {
            let name = (!unnamed).then_some((family, first));
            let identifier = (!unnumbered).then_some(identifier);
            tx.run(RegisterUnidentified { identifier, name, sex, birth_date, age_band })
        } else {
            tx.run(RegisterPatient { identifier, family, given: first, sex, birth_date })
        }
    };
    reader.submit(None, register).await
}

/// Where an order for a patient begins.
fn order_for(form: &str, patient: PatientId) -> String {
    format!("{form}?patient={patient}")
}

/// A patient in a list, with the address where an order for them begins.
pub fn matched(frame: &Frame, patient: &Patient) -> Match {
    Match { href: order_for(&frame.to(paths::ORDER_NEW), patient.id), ..found(frame, patient) }
}

/// A patient in a list, with the address of their page.
pub fn found(frame: &Frame, patient: &Patient) -> Match {
    Match {
        href: frame.to(paths::PATIENT.of(patient.id)),
        name: name(frame, patient),
        identifier: patient.identifier.clone(),
    }
}
