//! The laboratory as its reports print it.

use std::sync::Arc;

use axum::Form;
use serde::Deserialize;
use titer_lab::sites::{commands::DescribeSite, views as sites};
use titer_lab::{Action, Failure, Tx, versions};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::admin::tabs;
use super::common::{Answer, again, mistaken, show};
use crate::pages::admin::Site;
use crate::pages::{Fact, Mistakes, Seen, Tone};
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
    #[serde(default)]
    shown: i64,
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
            shown: 0,
        }
    }
}

impl Given {
    /// What stands now, where it is not what was typed.
    fn differs(&self, now: &Given, frame: &Frame) -> Vec<Fact> {
        let fields = [
            ("site-name", &self.name, &now.name),
            ("site-address", &self.address, &now.address),
            ("site-accreditation", &self.accreditation, &now.accreditation),
            ("site-director", &self.director, &now.director),
            ("site-zone", &self.zone, &now.zone),
        ];
        let same = |typed: &str, now: &str| typed.lines().map(str::trim).eq(now.lines());
        let differing = fields.into_iter().filter(|(_, typed, now)| !same(typed.trim(), now));
        differing.map(|(key, _, now)| Fact { label: frame.t(key), text: now.replace('\n', ", ") }).collect()
    }
}

async fn page(reader: Reader) -> Answer {
    show(form(&reader, None, Mistakes::default()).await?)
}

/// The form as it was typed, or as the laboratory is described.
async fn form(reader: &Reader, typed: Option<Given>, mistakes: Mistakes) -> Result<Site, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (now, version) = (sites::site(s)?.map(Given::of).unwrap_or_default(), sites::version(s)?);
        let given = typed.unwrap_or_else(|| Given { shown: version, ..now.clone() });
        let seen = Seen { version, now: if given.shown == version { Vec::new() } else { given.differs(&now, frame) } };
        Ok(Site {
            page: frame.page(),
            tabs: tabs(frame, paths::SITE),
            name: given.name,
            address: given.address,
            accreditation: given.accreditation,
            director: given.director,
            zone: given.zone,
            seen,
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
    let shown = given.shown;
    let describe = move |tx: &mut Tx<'_, '_>| {
        let version = sites::version(tx)?;
        versions::unchanged(tx, shown, version)?;
        tx.run(described)
    };
    match reader.submit(None, describe).await {
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
