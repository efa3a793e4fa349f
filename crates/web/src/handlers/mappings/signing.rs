//! What a link's codes mean here, and the signatures that put a meaning into use. A mapping is proposed by one
//! person and approved by another; its results stay held until somebody has compared the first of them with the instrument's printout.

use std::sync::Arc;

use axum::extract::Path;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::{Action, Actor, Catalog, Counted, Failure, Refusal};
use titer_link::Dialect;
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::{Wait, meaning};
use titer_link::links::commands::{self, AdoptMappings, ApproveMappings, ConfirmMappings};
use titer_link::links::unit::{self, FiledAs};
use titer_link::links::views::{self as links, Mapping};
use titer_link::links::{LinkId, MappingId, MappingState};
use titer_science::units::in_print;
use titer_shell::door::here;
use titer_shell::errors::{Problem, refusal};
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::words::Words;
use titer_store::Read;

use super::super::admin::tabs;
use super::super::common::{Answer, again, answer_in_full, mistaken, show, who};
use super::super::messages::waiting::{replay_href, replay_words};
use super::{FIRST_MAX, Grounds, Worded};
use crate::pages::admin::{MappingLine, MappingSigning};
use crate::pages::{Fact, Mistakes, Status, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .post(paths::LINK_ADOPT, Need::May(Action::ResolveMessages), adopt)
        .post(paths::LINK_SIGN, Need::May(Action::ApproveMappings), sign)
        .post(paths::LINK_SIGNED, Need::May(Action::ApproveMappings), signed)
}

/// A mapping with what its row shows.
pub struct Shown {
    /// The mapping.
    pub mapping: Mapping,
    /// Who proposed it.
    pub proposer: String,
    /// Held messages that wait for it, once it is approved: they can be read again.
    pub waiting: Counted,
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
    pub fn read(s: &mut dyn Read, words: &Words, id: LinkId, catalog: Arc<Catalog>) -> Result<Option<Self>, Failure> {
        let Some(link) = links::link(s, id)? else { return Ok(None) };
        let mut mappings = Vec::new();
        for mapping in links::mappings(s, id)? {
            let proposer = who(words, s, mapping.proposer)?;
            let waiting = match mapping.state {
                MappingState::Approved | MappingState::Confirmed => inbox::count_about(s, &wanting(&mapping), None)?,
                MappingState::Proposed | MappingState::Withdrawn => Counted::default(),
            };
            mappings.push(Shown { mapping, proposer, waiting });
        }
        Ok(Some(Mapped { link, mappings, catalog }))
    }

    /// What a mapping means, with the laboratory's unit, and how its values come to be in it.
    pub fn meaning(&self, frame: &Frame, mapping: &Mapping) -> String {
        let Some(a) = self.catalog.analyte(mapping.analyte) else { return "?".to_owned() };
        if let Some((word, answer)) = &mapping.answer {
            let answer = self.catalog.answer(*answer);
            let answer = answer.map_or_else(|| "?".to_owned(), |answer| answer_in_full(frame.words, answer));
            return frame.tell("messages-means-answer", &[("word", word), ("test", &a.name), ("answer", &answer)]);
        }
        let unit = in_print(&a.unit);
        let unit = if unit.is_empty() { unit } else { format!(" ({unit})") };
        let meaning = format!("{}{unit}", a.name);
        match unit::filed_as(&mapping.unit, a) {
            Ok(_) if mapping.unit.is_empty() && !a.unit.is_empty() => {
                frame.tell("messages-means-unsent", &[("meaning", &meaning)])
            }
            Ok(FiledAs::Converted(_, factor)) => {
                frame.tell("messages-means-times", &[("meaning", &meaning), ("factor", &factor)])
            }
            _ => meaning,
        }
    }

    /// Why a mapping cannot be put into use: no value in its unit is one in the laboratory's.
    fn unfit(&self, mapping: &Mapping) -> Option<Refusal> {
        let analyte = self.catalog.analyte(mapping.analyte)?;
        match mapping.state {
            MappingState::Proposed => unit::filed_as(&mapping.unit, analyte).err(),
            _ => unit::in_force(mapping, analyte).err(),
        }
    }

    /// A mapping as pages show it.
    pub fn line(&self, frame: &Frame, shown: &Shown) -> MappingLine {
        let mapping = &shown.mapping;
        let wanting = wanting(mapping);
        MappingLine {
            mark: format!("{}:{}", mapping.id, mapping.state.code()),
            code: mapping.code.clone(),
            unit: mapping.unit.clone(),
            specimen: mapping.specimen.clone(),
            href: frame.to(paths::MAPPING.of(mapping.id)),
            test: self.meaning(frame, mapping),
            status: match mapping.state {
                MappingState::Proposed => Status::Proposed,
                MappingState::Approved => Status::Approved,
                MappingState::Confirmed => Status::Confirmed,
                MappingState::Withdrawn => Status::Withdrawn,
            },
            by: Self::by(frame, shown),
            markable: signable(&frame.reader, mapping),
            adoptable: mapping.state == MappingState::Proposed
                && !matches!(mapping.proposer, Actor::Person(_))
                && frame.may(Action::ResolveMessages),
            waiting: if shown.waiting.number > 0 { replay_words(frame, shown.waiting) } else { String::new() },
            replay: replay_href(frame, &wanting, None),
        }
    }

    /// Who did what for a mapping so far.
    pub fn by(frame: &Frame, shown: &Shown) -> Vec<String> {
        let person = matches!(shown.mapping.proposer, Actor::Person(_));
        let proposed = if person { "links-proposed" } else { "links-suggested" };
        let mut by = vec![frame.tell(proposed, &[("name", &shown.proposer)])];
        by.extend(shown.mapping.approved_by.as_ref().map(|name| frame.tell("links-approved", &[("name", name)])));
        by.extend(shown.mapping.confirmed_by.as_ref().map(|name| frame.tell("links-confirmed", &[("name", name)])));
        by
    }
}

/// What a link's dialect does not name, and what follows from that for whoever puts it into use.
pub fn unnamed(frame: &Frame, link: &links::Link) -> Vec<String> {
    let Ok(dialect) = Dialect::named(&link.dialect) else { return Vec::new() };
    let unnamed =
        [(dialect.compares_patient(), "links-patient-unnamed"), (dialect.knows_controls(), "links-controls-unnamed")];
    unnamed.into_iter().filter(|(named, _)| !named).map(|(_, key)| frame.t(key)).collect()
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
pub fn mapped(s: &mut dyn Read, frame: &Frame, id: LinkId) -> Result<Mapped, Problem> {
    let catalog = frame.catalog(s)?;
    let found = Mapped::read(s, frame.words, id, catalog)?;
    found.filter(|m| !m.link.removed).ok_or(Problem::Missing)
}

#[derive(Clone, Deserialize)]
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
            let state = MappingState::from_code(state)?;
            Some((MappingId(id.parse().ok()?), state.code().to_owned()))
        };
        self.mark.iter().map(|m| mark(m).ok_or(Problem::Unreadable)).collect()
    }

    /// Where to go afterwards: the message that it was for, or the link's page.
    fn back(&self, reader: &Reader, link: LinkId) -> String {
        match here(&self.back) {
            "/" => reader.to(paths::LINK.of(link)),
            back => back.to_owned(),
        }
    }
}

async fn adopt(reader: Reader, Path(id): Path<i64>, Form(marked): Form<Marked>) -> Answer {
    let link = LinkId(id);
    let mappings = marked.marks()?.into_iter().map(|(mapping, _)| mapping).collect();
    let adopt = AdoptMappings { link, mappings };
    reader.submit(None, move |tx| tx.run(adopt)).await?;
    Ok(reader.done(&marked.back(&reader, link), Tone::Calm, reader.t("messages-proposed")))
}

async fn sign(reader: Reader, Path(id): Path<i64>, Form(marked): Form<Marked>) -> Answer {
    show(signing(&reader, LinkId(id), &marked, Mistakes::default()).await?)
}

/// The page that shows which mappings will be signed, and for what.
async fn signing(reader: &Reader, id: LinkId, marked: &Marked, mistakes: Mistakes) -> Result<MappingSigning, Problem> {
    let (marks, back) = (marked.marks()?, marked.back(reader, id));
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let mapped = mapped(s, frame, id)?;
        let (mut approve, mut confirm, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (asked, shown) in marks {
            let Some(found) = mapped.mappings.iter().find(|m| m.mapping.id == asked) else { continue };
            let mapping = &found.mapping;
            let line = mapped.line(frame, found);
            if !line.markable || mapping.state.code() != shown {
                let text = match (mapping.state.code() == shown, &mapping.proposer) {
                    (false, _) => refusal(frame.words, &commands::changed(s, Some(mapping))?),
                    (true, Actor::Person(_)) => frame.words.refusal("links-mapping-own", &[]),
                    (true, _) => frame.words.refusal("links-mapping-nobodys", &[]),
                };
                left_out.push(Fact { label: line.code, text });
                continue;
            }
            if let Some(unfit) = mapped.unfit(mapping) {
                left_out.push(Fact { label: line.code, text: refusal(frame.words, &unfit) });
                continue;
            }
            let grounds = Grounds::read(s, &mapped.link, mapping, FIRST_MAX)?;
            let (mut evidence, verified) = grounds.worded(&Worded { frame, catalog: &mapped.catalog, mapping });
            evidence.results.extend(verified);
            if mapping.state == MappingState::Approved && evidence.results.is_empty() {
                let text = frame.words.refusal("links-mapping-nothing-filed", &[]);
                left_out.push(Fact { label: line.code, text });
                continue;
            }
            if mapping.state == MappingState::Proposed {
                approve.push((line, evidence));
            } else {
                confirm.push((line, evidence));
            }
        }
        Ok(MappingSigning {
            page: frame.page(),
            tabs: tabs(frame, paths::LINKS),
            id: id.to_string(),
            unnamed: unnamed(frame, &mapped.link),
            name: mapped.link.name,
            approve,
            confirm,
            left_out,
            back,
            password: frame.reader.must_give_password(),
            mistakes,
        })
    });
    page.await
}

async fn signed(reader: Reader, Path(id): Path<i64>, Form(marked): Form<Marked>) -> Answer {
    let link = LinkId(id);
    let signed = match reader.sign(marked.password.clone()).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(signing(&reader, link, &marked, mistakes).await?);
        }
    };
    let (proposed, approved): (Vec<_>, Vec<_>) =
        marked.marks()?.into_iter().partition(|(_, shown)| shown == MappingState::Proposed.code());
    let ids = |marks: Vec<(MappingId, String)>| marks.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let approve = ApproveMappings { link, mappings: ids(proposed), signed: signed.clone() };
    let confirm = ConfirmMappings { link, mappings: ids(approved), signed };
    let submitted = reader.submit(None, move |tx| {
        // One without the other is well; neither is refused by the first.
        if !approve.mappings.is_empty() || confirm.mappings.is_empty() {
            tx.run(approve)?;
        }
        if confirm.mappings.is_empty() { Ok(()) } else { commands::confirm(tx, confirm) }
    });
    match submitted.await {
        Ok(()) => {
            let back = marked.back(&reader, link);
            let message = back.starts_with(&reader.to(paths::MESSAGES));
            let said = reader.t(if message { "messages-signed" } else { "links-signed" });
            Ok(reader.done(&back, Tone::Calm, said))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(signing(&reader, link, &marked, mistakes).await?)
        }
    }
}
