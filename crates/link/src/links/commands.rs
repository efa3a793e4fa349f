//! What may be asked of links.

use std::net::{IpAddr, SocketAddr};

use titer_lab::{
    Action, Catalog, Command, Ctx, Decision, Failure, Refusal, Tx,
    accounts::Signed,
    catalog::{AnalyteId, AnswerId, Kind, views::Analyte},
    people, refuse,
    results::{ResultId, commands::HoldResults, views as results},
    text,
    versions::Told,
};
use titer_store::{Actor, PLACES, Read, StoreError};

use super::{
    LinkId, LinkMode, LinkProtocol, MappingId, MappingState,
    events::{
        Added, Attached, Mapping, MappingAdopted, MappingApproved, MappingConfirmed, MappingProposed, MappingWithdrawn,
        Removed,
    },
    tables::MappingRow,
    unit, views,
};
use crate::{Dialect, dialect::Code};

/// Add a link.
pub struct AddLink {
    /// Its name.
    pub name: String,
    /// A code of [`LinkProtocol`].
    pub protocol: String,
    /// Listen on this address, or else connect to it.
    pub listens: bool,
    /// Host and port.
    pub address: String,
    /// Addresses that may connect; none allows this machine only.
    pub peers: Vec<String>,
    /// The dialect.
    pub dialect: String,
}

impl Command for AddLink {
    type Answer = LinkId;
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<LinkId>, Failure> {
        let name = text::required(&self.name, "name")?;
        let Some(protocol) = LinkProtocol::from_code(&self.protocol) else {
            return Err(Refusal::new("links-protocol-unknown").with("protocol", self.protocol).into());
        };
        let address = text::required(&self.address, "address")?;
        if self.listens && address.parse::<SocketAddr>().is_err() {
            return Err(Refusal::new("links-address").with("address", address).into());
        }
        let others = views::links(read)?;
        if let Some(other) = others.iter().find(|other| text::passes_for(&other.name, &name)) {
            return Err(Refusal::new("links-name-taken").with("name", &other.name).into());
        }
        if self.listens && others.iter().any(|l| l.listens && l.address == address) {
            return Err(Refusal::new("links-address-taken").with("address", address).into());
        }
        let peers = if self.peers.is_empty() { vec!["127.0.0.1".to_owned(), "::1".to_owned()] } else { self.peers };
        for peer in &peers {
            if peer.parse::<IpAddr>().is_err() {
                return Err(Refusal::new("links-peer").with("peer", peer).into());
            }
        }
        let dialect = Dialect::named(&self.dialect)?;
        let mappings = dialect.code.into_iter().flat_map(|code| suggested(&ctx.catalog, code)).collect();
        let mode = if self.listens { LinkMode::Listen } else { LinkMode::Connect };
        let (protocol, mode) = (protocol.code().to_owned(), mode.code().to_owned());
        let added = Added { name, protocol, mode, address, peers, dialect: self.dialect, mappings };
        Ok(Decision::event(added, Added::link(ctx.event())))
    }
}

/// What a profile suggests that a code means: its analyte, or answers of it. What the catalog does not have is not suggested, and no unit
/// whose values could never be filed: a profile lists a code in each unit that the analyzer can be set to.
fn suggested(catalog: &Catalog, code: Code) -> Vec<Mapping> {
    let Code { code, unit, specimen, words, analyte } = code;
    let Some(analyte) = catalog.analyte_by_key(&analyte) else { return Vec::new() };
    let mapping = Mapping { code, unit, specimen, analyte: analyte.id.0, ..Mapping::default() };
    if analyte.kind != Kind::Coded {
        let filed = unit::filed_as(&mapping.unit, analyte).is_ok();
        return filed.then_some(mapping).into_iter().collect();
    }
    let answers = catalog.answers(analyte.id);
    let of_word = |(word, code): (String, String)| {
        let answer = answers.iter().find(|a| a.code == code)?;
        Some(Mapping { word, answer: Some(answer.id.0), ..mapping.clone() })
    };
    words.into_iter().filter_map(of_word).collect()
}

/// Remove a link. Its messages and results stay.
pub struct RemoveLink {
    /// The link.
    pub link: LinkId,
}

impl Command for RemoveLink {
    type Answer = ();
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        existing(read, self.link)?;
        Ok(Decision::event(Removed { link: self.link.0 }, ()))
    }
}

pub(super) fn existing(read: &mut dyn Read, link: LinkId) -> Result<views::Link, Failure> {
    match views::link(read, link)? {
        Some(link) if !link.removed => Ok(link),
        _ => refuse("links-unknown"),
    }
}

/// Propose what an analyzer's code means.
pub struct ProposeMapping {
    /// The link.
    pub link: LinkId,
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's unit, exactly as it sends it. Whoever approves the mapping attests that it is the analyte's own unit.
    pub unit: String,
    /// The analyzer's code of the specimen type, exactly as it sends it; empty if it sends none.
    pub specimen: String,
    /// The analyte.
    pub analyte: AnalyteId,
    /// If the analyte has answers: what the analyzer sends, exactly, and the answer that it means.
    pub answer: Option<(String, AnswerId)>,
}

impl Command for ProposeMapping {
    type Answer = MappingId;
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<MappingId>, Failure> {
        existing(read, self.link)?;
        let (code, unit) = (text::required(&self.code, "code")?, text::optional(&self.unit, "unit")?);
        let specimen = text::optional(&self.specimen, "specimen")?;
        let Some(analyte) = ctx.catalog.analyte(self.analyte) else { return refuse("catalog-analyte-gone") };
        // What nobody could approve is not proposed either.
        unit::filed_as(&unit, analyte)?;
        let (word, answer) = match self.answer {
            Some((word, answer)) => (text::required(&word, "word")?, Some(answer)),
            None => (String::new(), None),
        };
        says_an_answer(&ctx.catalog, analyte, answer)?;
        let all = views::mappings(read, self.link)?;
        let mut same = all.iter().filter(|m| m.means(&code, &unit, &specimen));
        if same.clone().any(|m| answer.is_none() || m.is_about(&word)) {
            return Err(Refusal::new("links-mapping-taken").with("code", code).with("unit", unit).into());
        }
        if same.any(|m| m.analyte != self.analyte) {
            return Err(Refusal::new("links-mapping-other-analyte").with("code", code).into());
        }
        let (analyte, answer) = (self.analyte.0, answer.map(|answer| answer.0));
        let mapping = Mapping { code, unit, specimen, analyte, word, answer, ..Mapping::default() };
        Ok(Decision::event(MappingProposed { link: self.link.0, mapping }, MappingProposed::mapping(ctx.event())))
    }
}

/// Refuses a mapping to an analyte with answers that names none of them, and an answer for an analyte that has none.
pub(crate) fn says_an_answer(catalog: &Catalog, analyte: &Analyte, answer: Option<AnswerId>) -> Result<(), Refusal> {
    let answers = catalog.answers(analyte.id);
    match answer {
        None if analyte.kind != Kind::Coded => Ok(()),
        None => Err(Refusal::new("links-mapping-without-answer").with("test", &analyte.name)),
        Some(answer) if answers.iter().any(|a| a.id == answer && !a.retired) => Ok(()),
        Some(_) => Err(Refusal::new("links-mapping-other-answer").with("test", &analyte.name)),
    }
}

/// Propose as one's own the mappings that a dialect or the command line suggested. A mapping needs two people.
pub struct AdoptMappings {
    /// The link.
    pub link: LinkId,
    /// The mappings.
    pub mappings: Vec<MappingId>,
}

impl Command for AdoptMappings {
    type Answer = ();
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.person()?;
        existing(read, self.link)?;
        let chosen = chosen(read, self.link, &self.mappings, &[MappingState::Proposed])?;
        if let Some(proposed) = chosen.iter().find(|m| proposed_by_a_person(m)) {
            return Err(changed(read, Some(proposed))?.into());
        }
        let mappings = chosen.iter().map(|m| m.id.0).collect();
        Ok(Decision::event(MappingAdopted { link: self.link.0, mappings }, ()))
    }
}

fn proposed_by_a_person(mapping: &views::Mapping) -> bool {
    matches!(mapping.proposer, Actor::Person(_))
}

/// Approve mappings that somebody else proposed.
pub struct ApproveMappings {
    /// The link.
    pub link: LinkId,
    /// The mappings.
    pub mappings: Vec<MappingId>,
    /// The signature.
    pub signed: Signed,
}

impl Command for ApproveMappings {
    type Answer = ();
    const ACTION: Action = Action::ApproveMappings;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        existing(read, self.link)?;
        let chosen = chosen(read, self.link, &self.mappings, &[MappingState::Proposed])?;
        if !chosen.iter().all(proposed_by_a_person) {
            return refuse("links-mapping-nobodys");
        }
        if chosen.iter().any(|m| m.proposer == Actor::Person(self.signed.account().0)) {
            return refuse("links-mapping-own");
        }
        as_proposed(ctx, read, &chosen)?;
        let (mappings, mut signed) = signed(&chosen);
        for mapping in &mut signed {
            let analyte = ctx.catalog.analyte(AnalyteId(mapping.analyte));
            let analyte = analyte.ok_or_else(|| Refusal::new("catalog-analyte-gone"))?;
            says_an_answer(&ctx.catalog, analyte, mapping.answer.map(AnswerId))?;
            unit::filed_as(&mapping.unit, analyte)?.factor().clone_into(&mut mapping.factor);
        }
        let signature = self.signed.signature("approved").into();
        Ok(Decision::event(MappingApproved { link: self.link.0, mappings, signed, signature }, ()))
    }
}

/// Refuses mappings that do not mean what was proposed: somebody changed them behind the journal.
fn as_proposed(ctx: &Ctx, read: &mut dyn Read, chosen: &[views::Mapping]) -> Result<(), Failure> {
    let mut given = ctx.given();
    for m in chosen {
        let proposed = given.row::<MappingRow>(read, m.id, [m.id.0 / PLACES])?;
        let same = |p: MappingRow| {
            (p.link, p.code, p.unit, p.specimen, p.analyte, p.word.zip(p.answer))
                == (m.link, m.code.clone(), m.unit.clone(), m.specimen.clone(), m.analyte, m.answer.clone())
        };
        if !proposed.is_some_and(same) {
            return refuse("links-mapping-not-as-journalled");
        }
    }
    Ok(())
}

/// What a signature says of mappings: which, and what they mean.
fn signed(chosen: &[views::Mapping]) -> (Vec<i64>, Vec<Mapping>) {
    let meaning = |m: &views::Mapping| Mapping {
        code: m.code.clone(),
        unit: m.unit.clone(),
        specimen: m.specimen.clone(),
        analyte: m.analyte.0,
        factor: m.factor.clone().unwrap_or_default(),
        word: m.answer.as_ref().map(|(word, _)| word.clone()).unwrap_or_default(),
        answer: m.answer.as_ref().map(|(_, answer)| answer.0),
    };
    chosen.iter().map(|m| (m.id.0, meaning(m))).unzip()
}

fn chosen(
    read: &mut dyn Read,
    link: LinkId,
    asked: &[MappingId],
    states: &[MappingState],
) -> Result<Vec<views::Mapping>, Failure> {
    let all = views::mappings(read, link)?;
    let (chosen, others): (Vec<_>, Vec<_>) =
        all.into_iter().filter(|m| asked.contains(&m.id)).partition(|m| states.contains(&m.state));
    if chosen.is_empty() || chosen.len() != asked.len() {
        return Err(changed(read, others.first())?.into());
    }
    Ok(chosen)
}

/// The refusal of a step that a mapping has passed already, if it is known which mapping: with how far it is, and who brought it there.
///
/// # Errors
/// What the database says.
pub fn changed(read: &mut dyn Read, mapping: Option<&views::Mapping>) -> Result<Refusal, StoreError> {
    let by_name = |name: &Option<String>| (name.clone().unwrap_or_default(), String::new());
    let (by, at) = match mapping {
        None => Default::default(),
        Some(m) => match (m.state, m.proposer) {
            (MappingState::Proposed, Actor::Person(account)) => {
                (people::views::name(read, account)?.unwrap_or_default(), String::new())
            }
            (MappingState::Proposed, _) => Default::default(),
            (MappingState::Approved, _) => by_name(&m.approved_by),
            (MappingState::Confirmed, _) => by_name(&m.confirmed_by),
            (MappingState::Withdrawn, _) => {
                let told = m.withdrawn.map(|number| Told::of_event(read, number)).transpose()?;
                told.map(|told| (told.by, told.at)).unwrap_or_default()
            }
        },
    };
    // Without a name there is nothing to say but that it changed.
    let state = mapping.filter(|_| !by.is_empty()).map_or("", |m| m.state.code());
    Ok(Refusal::new("links-mapping-changed").with("state", state).with("by", by).with("at", at))
}

/// Attest that the first results of mappings were compared with the instrument's printout.
pub struct ConfirmMappings {
    /// The link.
    pub link: LinkId,
    /// The mappings.
    pub mappings: Vec<MappingId>,
    /// The signature.
    pub signed: Signed,
}

impl Command for ConfirmMappings {
    type Answer = ();
    const ACTION: Action = Action::ApproveMappings;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        existing(read, self.link)?;
        let chosen = chosen(read, self.link, &self.mappings, &[MappingState::Approved])?;
        as_proposed(ctx, read, &chosen)?;
        let (mappings, signed) = signed(&chosen);
        let signature = self.signed.signature("compared with the instrument's printout").into();
        Ok(Decision::event(MappingConfirmed { link: self.link.0, mappings, signed, signature }, ()))
    }
}

/// Confirms mappings. Refused if no result was filed under one of them: there is nothing to compare with the printout.
pub fn confirm(tx: &mut Tx<'_, '_>, command: ConfirmMappings) -> Result<(), Failure> {
    for mapping in &command.mappings {
        if !results::any_filed_under(tx, mapping.0)? {
            return refuse("links-mapping-nothing-filed");
        }
    }
    tx.run(command)
}

/// Withdraw mappings that nobody has approved.
pub struct WithdrawProposals {
    /// The link.
    pub link: LinkId,
    /// The mappings.
    pub mappings: Vec<MappingId>,
}

impl Command for WithdrawProposals {
    type Answer = ();
    const ACTION: Action = Action::ResolveMessages;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.reason("links-withdrawal-needs-reason")?;
        existing(read, self.link)?;
        let chosen = chosen(read, self.link, &self.mappings, &[MappingState::Proposed])?;
        let mappings = chosen.iter().map(|m| m.id.0).collect();
        Ok(Decision::event(MappingWithdrawn { link: self.link.0, mappings, signed: Vec::new(), signature: None }, ()))
    }
}

/// Withdraw mappings, those in use too, and sign for it. The link may have been removed.
pub struct WithdrawMappings {
    /// The link.
    pub link: LinkId,
    /// The mappings.
    pub mappings: Vec<MappingId>,
    /// The signature.
    pub signed: Signed,
}

impl Command for WithdrawMappings {
    type Answer = ();
    const ACTION: Action = Action::ApproveMappings;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        ctx.reason("links-withdrawal-needs-reason")?;
        if views::link(read, self.link)?.is_none() {
            return refuse("links-unknown");
        }
        let states = [MappingState::Proposed, MappingState::Approved, MappingState::Confirmed];
        let chosen = chosen(read, self.link, &self.mappings, &states)?;
        // Whatever stands there now: a mapping that somebody changed behind the journal is the first to be withdrawn.
        let (mappings, signed) = signed(&chosen);
        let signature = Some(self.signed.signature("withdrawn").into());
        Ok(Decision::event(MappingWithdrawn { link: self.link.0, mappings, signed, signature }, ()))
    }
}

/// Withdraw a mapping whose values cannot be filed in the analyte's unit as it was approved: programs of before let a person say that two
/// units are the same. The link may have been removed.
pub struct WithdrawEquating {
    /// The mapping.
    pub mapping: MappingId,
}

impl Command for WithdrawEquating {
    type Answer = ();
    const ACTION: Action = Action::CheckMappings;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.reason("links-withdrawal-needs-reason")?;
        let Some(mapping) = views::mapping(read, self.mapping)? else { return Err(changed(read, None)?.into()) };
        if !equates(&ctx.catalog, &mapping) {
            return Ok(Decision::nothing(()));
        }
        let (link, mappings) = (mapping.link.0, vec![mapping.id.0]);
        Ok(Decision::event(MappingWithdrawn { link, mappings, signed: Vec::new(), signature: None }, ()))
    }
}

/// Whether a mapping is in use, and files values as if they were in another unit.
pub fn equates(catalog: &Catalog, mapping: &views::Mapping) -> bool {
    let analyte = catalog.analyte(mapping.analyte);
    matches!(mapping.state, MappingState::Approved | MappingState::Confirmed)
        && analyte.is_some_and(|analyte| unit::in_force(mapping, analyte).is_err())
}

/// Withdraws mappings, and holds the results of the first one that wait for review, as many as one submission can change.
/// [`crate::follow`] holds the others.
pub fn withdraw(tx: &mut Tx<'_, '_>, command: WithdrawMappings) -> Result<(), Failure> {
    let first = command.mappings.first().map(|m| m.0);
    tx.run(command)?;
    if let Some(mapping) = first {
        tx.run(HoldResults { mapping, after: ResultId(0) })?;
    }
    Ok(())
}

/// Attach the links again after a restore. A person has compared what was sent and received.
pub struct AttachLinks {}

impl Command for AttachLinks {
    type Answer = ();
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if !views::detached(read)? {
            return refuse("links-not-detached");
        }
        Ok(Decision::event(Attached {}, ()))
    }
}
