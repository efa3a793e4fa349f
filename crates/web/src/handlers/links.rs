//! What a link's codes mean here, and the signatures that put a meaning into use. A mapping is proposed by one
//! person and approved by another; its results stay held until somebody has compared the first of them with the instrument's printout.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::{Action, Actor, Catalog, Failure};
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::{Wait, meaning};
use titer_link::links::commands::{self, AdoptMappings, ApproveMappings, ConfirmMappings};
use titer_link::links::views::{self as links, Mapping};
use titer_link::links::{LinkId, MappingId, MappingState};
use titer_store::Read;

use super::account::here;
use super::admin::tabs;
use super::common::{Answer, Clock, again, mistaken, show, who};
use super::mappings::{FIRST_MAX, Grounds, Worded};
use super::waiting::replay_href;
use crate::Web;
use crate::errors::Problem;
use crate::pages::admin::{MappingLine, MappingSigning};
use crate::pages::{Fact, Mistakes, Section, Status};
use crate::permit::{Need, Routes};
use crate::reader::Reader;

/// Where the links are.
pub const HERE: &str = "/admin/links";

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .post("/admin/links/{id}/adopt", Need::May(Action::ResolveMessages), adopt)
        .post("/admin/links/{id}/sign", Need::May(Action::ApproveMappings), sign)
        .post("/admin/links/{id}/signed", Need::May(Action::ApproveMappings), signed)
}

/// A mapping with what its row shows.
pub struct Shown {
    /// The mapping.
    pub mapping: Mapping,
    /// Who proposed it.
    pub proposer: String,
    /// Held messages that wait for it, once it is approved: they can be read again.
    pub waiting: usize,
}

/// A link with its mappings.
pub struct Mapped {
    /// The link.
    pub link: links::Link,
    /// Its mappings.
    pub mappings: Vec<Shown>,
    /// What the analytes are.
    pub catalog: Arc<Catalog>,
}

impl Mapped {
    /// Reads a link that was not removed.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn read(s: &mut dyn Read, id: LinkId, catalog: Arc<Catalog>) -> Result<Option<Self>, Failure> {
        let Some(link) = links::link(s, id)? else { return Ok(None) };
        let mut mappings = Vec::new();
        for mapping in links::mappings(s, id)? {
            let proposer = who(s, mapping.proposer)?;
            let waiting = match mapping.state {
                MappingState::Approved | MappingState::Confirmed => inbox::about(s, &wanting(&mapping), None)?.len(),
                MappingState::Proposed | MappingState::Withdrawn => 0,
            };
            mappings.push(Shown { mapping, proposer, waiting });
        }
        Ok(Some(Mapped { link, mappings, catalog }))
    }

    /// What a mapping means, with the laboratory's unit.
    pub fn meaning(&self, mapping: &Mapping) -> String {
        match self.catalog.analyte(mapping.analyte) {
            Some(a) => format!("{} ({})", a.name, a.unit),
            None => "?".to_owned(),
        }
    }

    /// A mapping as pages show it.
    pub fn line(&self, web: &Web, reader: &Reader, shown: &Shown) -> MappingLine {
        let mapping = &shown.mapping;
        let wanting = wanting(mapping);
        MappingLine {
            mark: format!("{}:{}", mapping.id, mapping.state.code()),
            code: mapping.code.clone(),
            unit: mapping.unit.clone(),
            specimen: mapping.specimen.clone(),
            href: format!("/mappings/{}", mapping.id),
            test: self.meaning(mapping),
            status: match mapping.state {
                MappingState::Proposed => Status::Proposed,
                MappingState::Approved => Status::Approved,
                MappingState::Confirmed => Status::Confirmed,
                MappingState::Withdrawn => Status::Withdrawn,
            },
            by: Self::by(web, shown),
            markable: signable(reader, mapping),
            adoptable: mapping.state == MappingState::Proposed
                && !matches!(mapping.proposer, Actor::Person(_))
                && reader.may(Action::ResolveMessages),
            waiting: shown.waiting,
            replay: replay_href(&wanting, None),
        }
    }

    /// Who did what for a mapping so far.
    pub fn by(web: &Web, shown: &Shown) -> Vec<String> {
        let person = matches!(shown.mapping.proposer, Actor::Person(_));
        let proposed = if person { "links-proposed" } else { "links-suggested" };
        let mut by = vec![web.words.tell(proposed, &[("name", &shown.proposer)])];
        by.extend(shown.mapping.approved_by.as_ref().map(|name| web.words.tell("links-approved", &[("name", name)])));
        by.extend(shown.mapping.confirmed_by.as_ref().map(|name| web.words.tell("links-confirmed", &[("name", name)])));
        by
    }
}

/// Messages of the link that wait for what the mapping means.
fn wanting(mapping: &Mapping) -> About {
    let key = meaning(&mapping.code, &mapping.unit, &mapping.specimen);
    About::exactly(Wait::Mapping, &key, Some(mapping.link))
}

/// Whether the reader may sign for the mapping's next step.
fn signable(reader: &Reader, mapping: &Mapping) -> bool {
    let own = mapping.proposer == Actor::Person(reader.session.account.0);
    reader.may(Action::ApproveMappings)
        && match mapping.state {
            MappingState::Proposed => !own && matches!(mapping.proposer, Actor::Person(_)),
            MappingState::Approved => true,
            MappingState::Confirmed | MappingState::Withdrawn => false,
        }
}

/// A link that was not removed, with its mappings.
///
/// # Errors
/// When there is none, or the laboratory does not answer.
pub async fn mapped(web: &Web, id: LinkId) -> Result<Mapped, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let catalog = lab.catalog(s)?;
            Mapped::read(s, id, catalog)
        })
        .await?;
    found.filter(|m| !m.link.removed).ok_or(Problem::Missing)
}

#[derive(Deserialize)]
struct Marked {
    #[serde(default)]
    mark: Vec<String>,
    #[serde(default)]
    back: String,
    password: Option<String>,
}

impl Marked {
    /// The marked mappings, each in the state that was shown.
    fn marks(&self) -> Result<Vec<(MappingId, String)>, Problem> {
        let mark = |text: &String| {
            let (id, state) = text.split_once(':')?;
            Some((MappingId(id.parse().ok()?), state.to_owned()))
        };
        self.mark.iter().map(|m| mark(m).ok_or(Problem::Unreadable)).collect()
    }

    /// Where to go afterwards: the message that it was for, or the link's page.
    fn back(&self, link: LinkId) -> String {
        match here(&self.back) {
            "/" => format!("{HERE}/{link}"),
            path => path.to_owned(),
        }
    }
}

/// Proposes the marked mappings as the reader's own.
async fn adopt(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Form(marked): Form<Marked>) -> Answer {
    let link = LinkId(id);
    let mappings = marked.marks()?.into_iter().map(|(mapping, _)| mapping).collect();
    let adopt = AdoptMappings { link, mappings };
    web.lab.submit(reader.actor(), None, move |tx| tx.run(adopt)).await?;
    Ok(Redirect::to(&format!("{}?proposed=1", marked.back(link))).into_response())
}

async fn sign(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Form(marked): Form<Marked>) -> Answer {
    show(signing(&web, &reader, LinkId(id), &marked, Mistakes::default()).await?)
}

/// The page that shows which mappings will be signed, and for what.
async fn signing(
    web: &Web,
    reader: &Reader,
    id: LinkId,
    marked: &Marked,
    mistakes: Mistakes,
) -> Result<MappingSigning, Problem> {
    let mapped = mapped(web, id).await?;
    let clock = Clock::of(web).await?;
    let (mut approve, mut confirm, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (asked, shown) in marked.marks()? {
        let Some(found) = mapped.mappings.iter().find(|m| m.mapping.id == asked) else { continue };
        let mapping = &found.mapping;
        let line = mapped.line(web, reader, found);
        if !line.markable || mapping.state.code() != shown {
            let code = match (mapping.state.code() == shown, &mapping.proposer) {
                (false, _) => "links-mapping-changed",
                (true, Actor::Person(_)) => "links-mapping-own",
                (true, _) => "links-mapping-nobodys",
            };
            left_out.push(Fact { label: line.code, text: web.words.refusal(code, &[]) });
            continue;
        }
        let (of, link) = (mapping.clone(), mapped.link.clone());
        let grounds = web.lab.read(move |s| Grounds::read(s, &link, &of, FIRST_MAX)).await?;
        let worded = Worded { reader, clock: &clock, catalog: &mapped.catalog, mapping };
        let (mut evidence, verified) = grounds.worded(&worded);
        evidence.results.extend(verified);
        if mapping.state == MappingState::Approved && evidence.results.is_empty() {
            left_out.push(Fact { label: line.code, text: web.words.refusal("links-mapping-nothing-filed", &[]) });
            continue;
        }
        if mapping.state == MappingState::Proposed {
            approve.push((line, evidence));
        } else {
            confirm.push((line, evidence));
        }
    }
    Ok(MappingSigning {
        page: reader.page(web, Some(Section::Admin)).await?,
        tabs: tabs(reader, HERE),
        id: id.to_string(),
        name: mapped.link.name,
        approve,
        confirm,
        left_out,
        back: marked.back(id),
        password: reader.must_give_password(web),
        mistakes,
    })
}

async fn signed(
    State(web): State<Arc<Web>>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(marked): Form<Marked>,
) -> Answer {
    let link = LinkId(id);
    let signed = match reader.sign(&web, marked.password.clone()).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken("password", failure)?;
            return again(signing(&web, &reader, link, &marked, mistakes).await?);
        }
    };
    let (proposed, approved): (Vec<_>, Vec<_>) =
        marked.marks()?.into_iter().partition(|(_, shown)| shown == MappingState::Proposed.code());
    let ids = |marks: Vec<(MappingId, String)>| marks.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let approve = ApproveMappings { link, mappings: ids(proposed), signed: signed.clone() };
    let confirm = ConfirmMappings { link, mappings: ids(approved), signed };
    let submitted = web.lab.submit(reader.actor(), None, move |tx| {
        // One without the other is well; neither is refused by the first.
        if !approve.mappings.is_empty() || confirm.mappings.is_empty() {
            tx.run(approve)?;
        }
        if confirm.mappings.is_empty() { Ok(()) } else { commands::confirm(tx, confirm) }
    });
    match submitted.await {
        Ok(()) => Ok(Redirect::to(&format!("{}?signed=1", marked.back(link))).into_response()),
        Err(failure) => {
            let mistakes = mistaken("", failure)?;
            again(signing(&web, &reader, link, &marked, mistakes).await?)
        }
    }
}
