//! Registering a patient, the page of one, and correcting what is known of one.

mod correct;
mod one;

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::forms::Made;
use titer_lab::patients::alike::{self, Named};
use titer_lab::patients::commands::{RegisterPatient, RegisterUnidentified};
use titer_lab::patients::views::{self as patients, FOUND_MAX, Patient};
use titer_lab::patients::{AgeBand, PatientId};
use titer_lab::specimens::SpecimenId;
use titer_lab::specimens::views::{self as specimens, Numbered};
use titer_lab::{Action, Failure, Refusal, Timestamp, Tx, forms, refuse, text};
use titer_science::Sex;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;

use super::common::{Answer, Marked, again, fresh, is_stale, mistaken, name, saved, show};
use super::find;
use crate::pages::find::Hit;
use crate::pages::orders::Match;
use crate::pages::patients::{Doubts, NewPatient, Who};
use crate::pages::{Choice, Mistake, Mistakes};
use crate::sections::ORDERS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::RegisterPatients);
    let routes = routes.get(paths::PATIENT_NEW, NEED, page).post(paths::PATIENT_NEW, NEED, register);
    correct::add(one::add(routes))
}

/// Who somebody is, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    family: String,
    given: String,
    born: String,
    no_born: Marked,
    age_band: String,
    sex: String,
    identifier: String,
    no_name: Marked,
    no_identifier: Marked,
    /// Which patients the form showed who could be the same.
    different: String,
    /// Which characters the form showed that nobody can print.
    unprintable: String,
    /// Which tubes the form showed that were collected before the date of birth.
    early: String,
    /// Which tubes and orders the form showed that have the identifier for their number.
    numbers: String,
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
        match (born.is_empty(), self.no_born.0) {
            (true, false) => return Err(mistake("born", "patients-born-missing")),
            (false, true) => return Err(mistake("born", "patients-born-both")),
            (false, false) if birth_date.is_none() => return Err(mistake("born", "patients-born-unreadable")),
            _ => {}
        }
        let age_band = match self.age_band.as_str() {
            "" => None,
            code => match AgeBand::from_code(code) {
                None => return Err(mistake("age_band", "patients-age-band-unreadable")),
                known => known,
            },
        };
        if birth_date.is_some() && age_band.is_some() {
            return Err(mistake("age_band", "patients-age-band-both"));
        }
        Ok(Read { sex, birth_date, age_band })
    }

    /// Whom the form names, to find out who could be the same. It corrects `own`, or registers somebody.
    fn named(&self, read: &Read, own: Option<PatientId>) -> Named {
        let known = |text: &String, unknown: Marked| if unknown.0 { String::new() } else { text.clone() };
        Named {
            family: known(&self.family, self.no_name),
            given: known(&self.given, self.no_name),
            birth_date: read.birth_date,
            identifier: known(&self.identifier, self.no_identifier),
            own,
        }
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
            no_born: self.no_born.0,
            bands: AgeBand::ALL.iter().map(band).collect(),
            sexes: sexes.into(),
        }
    }
}

/// What a person is asked before somebody is named so.
#[derive(Clone)]
struct Question {
    named: Named,
    unprintable: String,
}

impl Question {
    fn of(web: &Web, named: Named) -> Self {
        let unprintable = web.printer.unprintable(&format!("{} {}", named.family, named.given));
        Question { named, unprintable }
    }

    /// Tubes of the patient that were collected before the date of birth.
    fn early(&self, s: &mut dyn titer_store::Read) -> Result<Vec<(SpecimenId, String, Timestamp)>, Failure> {
        let (Some(own), Some(born)) = (self.named.own, self.named.birth_date) else { return Ok(Vec::new()) };
        Ok(specimens::before_birth(s, own, born)?)
    }

    /// What has the identifier for its number, and is not of the patient.
    fn numbered(&self, s: &mut dyn titer_store::Read) -> Result<Numbered, Failure> {
        // Nobody has the id 0: whatever has this number is of somebody else.
        Ok(specimens::numbered(s, &self.named.identifier, self.named.own.unwrap_or(PatientId(0)))?)
    }

    /// Refuses to go on until the form has shown all that a person must look at. The patient is registered or corrected by then, so that
    /// whatever is wrong is said before anything is asked.
    fn seen(mut self, tx: &mut Tx<'_, '_>, patient: PatientId, given: &Given) -> Result<(), Failure> {
        self.named.own = Some(patient);
        let (early, numbered) = (self.early(tx)?, self.numbered(tx)?);
        let missed = |now: &str, shown: &str| !now.is_empty() && now != shown;
        if missed(&self.unprintable, &given.unprintable)
            || missed(&ids(&early), &given.early)
            || missed(&numbered.shown(), &given.numbers)
        {
            return refuse("patients-alike");
        }
        alike::seen(tx, &self.named, &given.different)
    }

    /// As the form shows it, with a line for each patient.
    fn shown(
        &self,
        s: &mut dyn titer_store::Read,
        frame: &Frame,
        line: impl Fn(&Patient) -> Match,
    ) -> Result<Doubts, Failure> {
        let (similar, early) = (alike::alike(s, &self.named)?, self.early(s)?);
        let numbered = self.numbered(s)?;
        let numbers = numbered.shown();
        let mut hits: Vec<Hit> = numbered.tubes.iter().map(|t| find::tube(frame, t)).collect();
        if let Some(order) = &numbered.order {
            hits.push(find::order(s, frame, order)?);
        }
        let tube = |(_, tube, at): &(SpecimenId, String, Timestamp)| {
            frame.tell("patients-early", &[("tube", tube), ("at", &frame.at(*at).words)])
        };
        Ok(Doubts {
            different: alike::shown(&similar),
            more: similar.len() > FOUND_MAX,
            similar: similar.iter().take(FOUND_MAX).map(line).collect(),
            unprintable: self.unprintable.clone(),
            tubes: ids(&early),
            early: early.iter().map(tube).collect(),
            numbered: hits,
            numbers,
            known: None,
        })
    }
}

/// The tubes that a form shows, as it carries them.
fn ids(tubes: &[(SpecimenId, String, Timestamp)]) -> String {
    tubes.iter().map(|(id, ..)| id.to_string()).collect::<Vec<_>>().join(" ")
}

/// Whether a person must look at something before the form is taken.
fn is_question(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(r) if r.code == "patients-alike")
}

/// What the page says of a form that was not taken.
#[derive(Default)]
struct Said {
    /// What a person is asked.
    question: Option<Question>,
    /// Why it was refused.
    refused: Option<Refusal>,
    /// The same, in words.
    mistakes: Mistakes,
}

impl Said {
    fn mistake(mistake: Mistake) -> Self {
        Said { mistakes: Mistakes(vec![mistake]), ..Said::default() }
    }

    fn question(question: Question) -> Self {
        Said { question: Some(question), ..Said::default() }
    }

    /// What a refusal says, at the field that it is about.
    fn refused(reader: &Reader, failure: Failure) -> Result<Self, Problem> {
        let refused = match &failure {
            Failure::Refused(refusal) => Some(refusal.clone()),
            Failure::Store(_) => None,
        };
        let field = refused.as_ref().map_or("", field);
        Ok(Said { refused, mistakes: mistaken(reader.words(), field, failure)?, ..Said::default() })
    }

    /// As the form shows it, with a line for each patient.
    fn doubts(
        &self,
        s: &mut dyn titer_store::Read,
        frame: &Frame,
        own: Option<PatientId>,
        line: impl Fn(&Patient) -> Match,
    ) -> Result<Doubts, Failure> {
        let doubts = self.question.as_ref().map(|q| q.shown(s, frame, line)).transpose()?.unwrap_or_default();
        let known = self.refused.as_ref().map(|refusal| meant(s, refusal, own)).transpose()?.flatten();
        Ok(Doubts { known: known.map(|p| found(frame, &p)), ..doubts })
    }
}

/// The registered patient whom a refusal means: who has the identifier, or whom the same form registered before.
fn meant(s: &mut dyn titer_store::Read, refusal: &Refusal, own: Option<PatientId>) -> Result<Option<Patient>, Failure> {
    let arg = |name| refusal.args.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
    match (refusal.code, arg("identifier"), arg("number").and_then(|n| n.parse::<i64>().ok())) {
        ("patients-identifier-taken", Some(identifier), _) => Ok(patients::taken_by(s, identifier, own)?),
        ("forms-taken", _, Some(event)) => Ok(patients::patient(s, PatientId(titer_store::event::id(event, 0)))?),
        _ => Ok(None),
    }
}

/// The field of the form that a refusal is about.
fn field(refusal: &Refusal) -> &'static str {
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        ("patients-birth-date", _) => "born",
        ("patients-age-band-both", _) => "age_band",
        ("patients-identifier-taken", _) | (_, Some("identifier")) => "identifier",
        ("patients-correction-needs-reason", _) | (_, Some("reason")) => "reason",
        (_, Some("family name")) => "family",
        (_, Some("given name")) => "given",
        _ => "",
    }
}

async fn page(reader: Reader, Query(given): Query<Given>) -> Answer {
    show(form(&reader, given, Said::default()).await?)
}

/// The form, with what is said before it is taken.
async fn form(reader: &Reader, given: Given, said: Said) -> Result<NewPatient, Problem> {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let doubts = said.doubts(s, frame, None, |p| matched(frame, p))?;
        Ok(NewPatient {
            page: frame.page(),
            who: given.who(frame),
            no_name: given.no_name.0,
            no_identifier: given.no_identifier.0,
            identifier: given.identifier,
            doubts,
            seen: fresh(frame, given.shown)?,
            mistakes: said.mistakes,
        })
    });
    page.await
}

async fn register(State(web): State<Arc<Web>>, reader: Reader, Form(given): Form<Given>) -> Answer {
    let read = match given.read(&reader).and_then(|read| stated(&reader, &given).map(|()| read)) {
        Ok(read) => read,
        Err(mistake) => return again(form(&reader, given, Said::mistake(mistake)).await?),
    };
    // A name that cannot be registered is refused before anything is asked about it: a page shows hidden characters by their numbers, and
    // the numbers would come back as the name.
    let named =
        || text::name(&given.family, "family name").and_then(|_| text::optional_name(&given.given, "given name"));
    if !given.no_name.0
        && let Err(failure) = named()
    {
        let said = Said::refused(&reader, failure)?;
        return again(form(&reader, given, said).await?);
    }
    let question = Question::of(&web, given.named(&read, None));
    match submit(&reader, &given, question.clone(), read).await {
        Ok(made) => {
            let to = order_for(&reader.to(paths::ORDER_NEW), PatientId(made.id()));
            match made {
                Made::Now(_) => Ok(Redirect::to(&to).into_response()),
                Made::Before(_) => Ok(saved(&reader, made, &to, "")),
            }
        }
        Err(failure) if is_question(&failure) => again(form(&reader, given, Said::question(question)).await?),
        Err(failure) => {
            let shown = if is_stale(&failure) { 0 } else { given.shown };
            let said = Said::refused(&reader, failure)?;
            again(form(&reader, Given { shown, ..given }, said).await?)
        }
    }
}

/// That name and identifier are given, or marked as not known; never both, never neither.
fn stated(reader: &Reader, given: &Given) -> Result<(), Mistake> {
    let fields = [
        ("family", &given.family, given.no_name, "patients-name-missing", "patients-name-both"),
        (
            "identifier",
            &given.identifier,
            given.no_identifier,
            "patients-identifier-missing",
            "patients-identifier-both",
        ),
    ];
    for (field, typed, unknown, missing, both) in fields {
        match (typed.trim().is_empty(), unknown.0) {
            (true, false) => return Err(Mistake { field, text: reader.t(missing) }),
            (false, true) => return Err(Mistake { field, text: reader.t(both) }),
            _ => {}
        }
    }
    Ok(())
}

async fn submit(reader: &Reader, given: &Given, question: Question, read: Read) -> Result<Made, Failure> {
    let given = given.clone();
    // What was confirmed on the way says nothing of who is meant.
    let none = String::new;
    let unasked =
        Given { shown: 0, different: none(), unprintable: none(), early: none(), numbers: none(), ..given.clone() };
    let register = move |tx: &mut Tx<'_, '_>| {
        forms::once(tx, given.shown, "patient", &format!("{unasked:?}"), |tx| {
            let patient = registered(tx, given.clone(), read)?;
            question.seen(tx, patient, &given)?;
            Ok(patient.0)
        })
    };
    reader.submit(None, register).await
}

fn registered(tx: &mut Tx<'_, '_>, given: Given, read: Read) -> Result<PatientId, Failure> {
    let Read { sex, birth_date, age_band } = read;
    let Given { family, given, identifier, no_name, no_identifier, .. } = given;
    if no_name.0 || no_identifier.0 || birth_date.is_none() {
        let name = (!no_name.0).then_some((family, given));
        let identifier = (!no_identifier.0).then_some(identifier);
        tx.run(RegisterUnidentified { identifier, name, sex, birth_date, age_band })
    } else {
        tx.run(RegisterPatient { identifier, family, given, sex, birth_date })
    }
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
        identifier: match patient.former.join(", ") {
            former if former.is_empty() => patient.identifier.clone(),
            former => frame.tell("patients-formerly", &[("now", &patient.identifier), ("former", &former)]),
        },
    }
}
