//! The laboratory as its reports print it.

use std::sync::Arc;

use axum::Form;
use serde::Deserialize;
use titer_lab::sites::{commands::DescribeSite, views as sites};
use titer_lab::{Action, Failure};
use titer_shell::errors::Problem;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::admin::tabs;
use super::common::{Answer, again, mistaken, show};
use crate::pages::admin::Site;
use crate::pages::{Mistakes, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ManageSite);
    routes.get(paths::SITE, NEED, page).post(paths::SITE, NEED, describe)
}

#[derive(Clone, Default, Deserialize)]
struct Given {
    name: String,
    address: String,
    accreditation: String,
    director: String,
    zone: String,
}

impl Given {
    /// What the laboratory says of itself now.
    fn of(site: sites::Site) -> Self {
        Given {
            name: site.name,
            address: site.address.join("\n"),
            accreditation: site.accreditation,
            director: site.director,
            zone: site.zone.iana_name().unwrap_or_default().to_owned(),
        }
    }
}

async fn page(reader: Reader) -> Answer {
    show(form(&reader, None, Mistakes::default()).await?)
}

/// The form as it was typed, or as the laboratory is described.
async fn form(reader: &Reader, typed: Option<Given>, mistakes: Mistakes) -> Result<Site, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let given = match typed {
            Some(typed) => typed,
            None => sites::site(s)?.map(Given::of).unwrap_or_default(),
        };
        Ok(Site {
            page: frame.page(),
            tabs: tabs(frame, paths::SITE),
            name: given.name,
            address: given.address,
            accreditation: given.accreditation,
            director: given.director,
            zone: given.zone,
            mistakes,
        })
    });
    page.await
}

async fn describe(reader: Reader, Form(given): Form<Given>) -> Answer {
    let known = reader.read(|s| Ok(sites::site(s)?)).await?;
    let described = DescribeSite {
        name: given.name.clone(),
        address: given.address.clone(),
        accreditation: given.accreditation.clone(),
        director: given.director.clone(),
        zone: given.zone.trim().to_owned(),
        // What a demonstration is was decided when it began.
        demonstration: known.is_some_and(|s| s.demonstration),
    };
    match reader.submit(None, move |tx| tx.run(described)).await {
        Ok(()) => Ok(reader.done(&reader.to(paths::SITE), Tone::Calm, reader.t("site-saved"))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(&reader, Some(given), mistakes).await?)
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
