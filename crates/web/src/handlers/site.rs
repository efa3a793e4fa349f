//! The laboratory as its reports print it.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::sites::{commands::DescribeSite, views as sites};
use titer_lab::{Action, Failure};

use super::admin::tabs;
use super::common::{Answer, again, mistaken, show};
use crate::Web;
use crate::errors::Problem;
use crate::pages::admin::Site;
use crate::pages::{Mistakes, Section, Tone};
use crate::permit::{Need, Routes};
use crate::reader::{Reader, notice};

const HERE: &str = "/admin/site";

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ManageSite);
    routes.get("/admin/site", NEED, page).post("/admin/site", NEED, describe)
}

#[derive(Clone, Default, Deserialize)]
struct Given {
    name: String,
    address: String,
    accreditation: String,
    director: String,
    zone: String,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    saved: usize,
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let site = web.lab.read(|s| Ok(sites::site(s)?)).await?;
    let given = site.map_or_else(Given::default, |s| Given {
        name: s.name,
        address: s.address.join("\n"),
        accreditation: s.accreditation,
        director: s.director,
        zone: s.zone.iana_name().unwrap_or_default().to_owned(),
    });
    let mut form = form(&web, &reader, given, Mistakes::default()).await?;
    if asked.saved > 0 {
        form.page.notice = notice(Tone::Calm, web.words.t("site-saved"));
    }
    show(form)
}

async fn form(web: &Web, reader: &Reader, given: Given, mistakes: Mistakes) -> Result<Site, Problem> {
    Ok(Site {
        page: reader.page(web, Some(Section::Admin)).await?,
        tabs: tabs(reader, HERE),
        name: given.name,
        address: given.address,
        accreditation: given.accreditation,
        director: given.director,
        zone: given.zone,
        mistakes,
    })
}

async fn describe(State(web): State<Arc<Web>>, reader: Reader, Form(given): Form<Given>) -> Answer {
    let known = web.lab.read(|s| Ok(sites::site(s)?)).await?;
    let described = DescribeSite {
        name: given.name.clone(),
        address: given.address.clone(),
        accreditation: given.accreditation.clone(),
        director: given.director.clone(),
        zone: given.zone.trim().to_owned(),
        // What a demonstration is was decided when it began.
        demonstration: known.is_some_and(|s| s.demonstration),
    };
    match web.lab.submit(reader.actor(), None, move |tx| tx.run(described)).await {
        Ok(()) => Ok(Redirect::to("/admin/site?saved=1").into_response()),
        Err(failure) => {
            let mistakes = mistaken(field(&failure), failure)?;
            again(form(&web, &reader, given, mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        ("sites-zone-unknown", _) => "zone",
        (_, Some("laboratory")) => "name",
        (_, Some("address")) => "address",
        (_, Some("accreditation")) => "accreditation",
        (_, Some("director")) => "director",
        _ => "",
    }
}
