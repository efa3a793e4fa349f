//! Adding the starter catalogue, in a system of units that a person chooses.

use std::sync::Arc;

use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::commands::{AddToCatalog, Added};
use titer_lab::catalog::{UnitSystem, starter};
use titer_lab::{Action, Catalog as InForce, Failure};
use titer_shell::errors::{Problem, refusal};
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::super::admin::tabs;
use super::super::common::{Answer, again, mistaken, show};
use crate::pages::catalog::CatalogImport;
use crate::pages::{Choice, Mistakes, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

/// Of entries that were left out, so many are named with their reasons.
const LEFT_OUT_SHOWN_MAX: usize = 5;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let may = Need::May(Action::ProposeCatalog);
    routes.get(paths::CATALOG_IMPORT, may, page).post(paths::CATALOG_IMPORT, may, import)
}

/// The system that was chosen. No choice is made for anybody.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    units: String,
    /// The system that the page asked about.
    confirmed: String,
}

async fn page(reader: Reader) -> Answer {
    show(form(&reader, Given::default(), Mistakes::default()).await?)
}

async fn form(reader: &Reader, given: Given, mistakes: Mistakes) -> Result<CatalogImport, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let known = frame.catalog(s)?;
        let offered = UnitSystem::ALL.iter().filter(|system| known.units.is_none_or(|own| own == **system));
        Ok(CatalogImport {
            page: frame.page(),
            tabs: tabs(frame, paths::CATALOG),
            systems: offered.map(|system| choice(frame, *system, &given)).collect::<Result<_, _>>()?,
            own: own_units(frame, &known),
            confirmed: given.confirmed,
            mistakes,
        })
    });
    page.await
}

fn choice(frame: &Frame, system: UnitSystem, given: &Given) -> Result<Choice, Failure> {
    let example = match system {
        UnitSystem::Si => frame.t("catalog-units-si-hint"),
        UnitSystem::Conventional => frame.t("catalog-units-conventional-hint"),
    };
    let without = starter::without_loinc(system)?;
    let without = match &without[..] {
        [] => String::new(),
        names => frame.tell("catalog-units-no-loinc", &[("analytes", &names.join(", "))]),
    };
    Ok(Choice {
        value: system.code().to_owned(),
        label: frame.t(system.key()),
        hint: format!("{example} {without}").trim_end().to_owned(),
        chosen: given.units == system.code(),
    })
}

/// In which units the catalogue is, in a sentence.
pub fn own_units(frame: &Frame, known: &InForce) -> String {
    match known.units {
        Some(system) => frame.tell("catalog-units-of", &[("units", &frame.t(system.key()))]),
        None if known.analytes().next().is_none() => frame.t("catalog-units-empty"),
        None => frame.t("catalog-units-mixed"),
    }
}

async fn import(reader: Reader, Form(given): Form<Given>) -> Answer {
    if let Some(system) = unconfirmed(&reader, &given).await? {
        let why = reader.tell("catalog-units-confirm", &[("units", &reader.t(system.key()))]);
        let asked = Given { confirmed: given.units.clone(), ..given };
        return again(form(&reader, asked, Mistakes::one("units", why)).await?);
    }
    match add_starter(&reader, &given).await {
        Ok(Added { count, left_out }) => {
            let mut said = vec![reader.tell("catalog-import-done", &[("count", &count)])];
            let tone = if left_out.is_empty() { Tone::Calm } else { Tone::Caution };
            if !left_out.is_empty() {
                said.push(reader.tell("catalog-import-left-out", &[("count", &left_out.len())]));
                said.extend(left_out.iter().take(LEFT_OUT_SHOWN_MAX).map(|why| refusal(reader.words(), why)));
            }
            Ok(reader.done(&reader.to(paths::CATALOG), tone, said.join(" ")))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "units", failure)?;
            again(form(&reader, given, mistakes).await?)
        }
    }
}

/// The system that would stand for ever, if the page has not asked about it yet.
async fn unconfirmed(reader: &Reader, given: &Given) -> Result<Option<UnitSystem>, Problem> {
    let Ok(system) = UnitSystem::asked(&given.units) else { return Ok(None) };
    let lab = reader.journal().clone();
    let known = reader.journal().read(move |s| Ok(lab.catalog(s)?)).await?;
    Ok((known.units.is_none() && given.confirmed != given.units).then_some(system))
}

/// Adds what the laboratory lacks, part by part: an event has so much room. A second sending adds nothing, and one that was cut off is
/// completed by the next.
async fn add_starter(reader: &Reader, given: &Given) -> Result<Added, Failure> {
    let system = UnitSystem::asked(&given.units)?;
    let lab = reader.journal().clone();
    let known = reader.journal().read(move |s| Ok(lab.catalog(s)?)).await?;
    let mut all = Added::default();
    for part in starter::starter_in(system, &known)?.parts() {
        let added = reader.submit(None, move |tx| tx.run(AddToCatalog(part))).await?;
        all.count += added.count;
        all.left_out.extend(added.left_out);
    }
    Ok(all)
}
