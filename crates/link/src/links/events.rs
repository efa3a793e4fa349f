//! What happens to links.

use serde::{Deserialize, Serialize};
use titer_lab::{
    accounts::sessions,
    catalog::{AnalyteId, AnswerId},
};
use titer_store::{Changes, Event, Header, Table, Timestamp, event::id, row::Set, set};

use super::{
    LinkId, MappingId, MappingState,
    tables::{self, AttachmentRow, LinkRow, MappingRow, PauseRow, RecordingRow, TlsRow},
};

/// The key of the only row of the table of attachments.
pub(super) const ATTACHMENT: i64 = 1;

/// A link was added. Mappings that its dialect proposes are in the event.
#[derive(Serialize, Deserialize)]
pub struct Added {
    /// Its name.
    pub name: String,
    /// A code of [`super::LinkProtocol`].
    pub protocol: String,
    /// A code of [`super::LinkMode`].
    pub mode: String,
    /// Host and port.
    pub address: String,
    /// Addresses that may connect.
    pub peers: Vec<String>,
    /// The dialect.
    pub dialect: String,
    /// Mappings that the dialect proposes.
    pub mappings: Vec<Mapping>,
}

impl Added {
    pub(super) fn link(event: i64) -> LinkId {
        LinkId(id(event, 0))
    }

    /// The mapping at this index of [`Added::mappings`].
    fn mapping(event: i64, index: i64) -> MappingId {
        MappingId(id(event, 1 + index))
    }
}

/// A proposed mapping.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Mapping {
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's unit, exactly as it sends it.
    pub unit: String,
    /// The analyzer's code of the specimen type, exactly as it sends it; empty if it sends none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub specimen: String,
    /// The analyte.
    pub analyte: i64,
    /// The factor by which values are brought into the analyte's unit, as it was signed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub factor: String,
    /// The word that it is about, exactly as the analyzer sends it, if the analyte has answers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub word: String,
    /// The answer that the word means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
}

/// A signature: printed name and meaning; the time is the event's (21 CFR 11.50).
#[derive(Serialize, Deserialize)]
pub struct Signature {
    /// The account.
    pub account: i64,
    /// The printed name at that time.
    pub name: String,
    /// What the signature means.
    pub meaning: String,
}

impl From<sessions::Signature> for Signature {
    fn from(signature: sessions::Signature) -> Self {
        let sessions::Signature { account, name, meaning } = signature;
        Signature { account, name, meaning }
    }
}

fn propose(changes: &mut Changes, header: &Header, mapping: MappingId, link: LinkId, body: &Mapping) {
    let (proposer_kind, proposer) = header.actor.code();
    changes.put(MappingRow {
        id: mapping,
        link,
        code: body.code.clone(),
        unit: body.unit.clone(),
        specimen: body.specimen.clone(),
        analyte: AnalyteId(body.analyte),
        state: MappingState::Proposed,
        proposer_kind,
        proposer,
        approved_by: None,
        confirmed_by: None,
        withdrawn: None,
        factor: None,
        word: Some(body.word.clone()).filter(|word| !word.is_empty()),
        answer: body.answer.map(AnswerId),
    });
}

/// Changes each of these mappings, and the version of their link.
fn change<const N: usize>(
    changes: &mut Changes,
    header: &Header,
    link: i64,
    mappings: &[i64],
    set: impl Fn() -> [Set<MappingRow>; N],
) {
    for mapping in mappings {
        changes.patch(MappingId(*mapping), set());
    }
    touch(changes, header, link);
}

fn touch(changes: &mut Changes, header: &Header, link: i64) {
    changes.patch(LinkId(link), set!(LinkRow { version: header.number }));
}

impl Event for Added {
    const KIND: &'static str = "links.added";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::LINKS, &tables::MAPPINGS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let link = Added::link(header.number);
        changes.put(LinkRow {
            id: link,
            name: self.name.clone(),
            protocol: self.protocol.clone(),
            mode: self.mode.clone(),
            address: self.address.clone(),
            peers: self.peers.join(" "),
            dialect: self.dialect.clone(),
            removed: false,
            version: header.number,
        });
        for (index, body) in (0..).zip(&self.mappings) {
            propose(changes, header, Added::mapping(header.number, index), link, body);
        }
    }
}

/// A link was removed.
#[derive(Serialize, Deserialize)]
pub struct Removed {
    /// Which.
    pub link: i64,
}

impl Event for Removed {
    const KIND: &'static str = "links.removed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.patch(LinkId(self.link), set!(LinkRow { removed: true, version: header.number }));
    }
}

/// Somebody proposed a mapping, before mappings named the specimen type. It is about specimens whose type is not sent.
#[derive(Serialize, Deserialize)]
pub struct MappingProposedV1 {
    /// Of which link.
    pub link: i64,
    /// The mapping.
    pub mapping: Mapping,
}

impl Event for MappingProposedV1 {
    const KIND: &'static str = "links.mapping-proposed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MAPPINGS, &tables::LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        propose(changes, header, MappingProposed::mapping(header.number), LinkId(self.link), &self.mapping);
        touch(changes, header, self.link);
    }
}

/// Somebody proposed a mapping.
#[derive(Serialize, Deserialize)]
pub struct MappingProposed {
    /// Of which link.
    pub link: i64,
    /// The mapping, with the specimen type.
    pub mapping: Mapping,
}

impl MappingProposed {
    pub(super) fn mapping(event: i64) -> MappingId {
        MappingId(id(event, 0))
    }
}

impl Event for MappingProposed {
    const KIND: &'static str = "links.mapping-proposed";
    const VERSION: u16 = 2;
    const WRITES: &'static [&'static Table] = &[&tables::MAPPINGS, &tables::LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        propose(changes, header, MappingProposed::mapping(header.number), LinkId(self.link), &self.mapping);
        touch(changes, header, self.link);
    }
}

/// A person proposed as their own what a dialect or the command line had suggested.
#[derive(Serialize, Deserialize)]
pub struct MappingAdopted {
    /// Of which link.
    pub link: i64,
    /// The mappings.
    pub mappings: Vec<i64>,
}

impl Event for MappingAdopted {
    const KIND: &'static str = "links.mapping-adopted";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MAPPINGS, &tables::LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (kind, actor) = header.actor.code();
        change(changes, header, self.link, &self.mappings, || {
            set!(MappingRow { proposer_kind: kind, proposer: actor })
        });
    }
}

/// Somebody else approved mappings, and signed.
#[derive(Serialize, Deserialize)]
pub struct MappingApproved {
    /// Of which link.
    pub link: i64,
    /// The mappings.
    pub mappings: Vec<i64>,
    /// What was signed: the mappings, in their order. Events of older programs do not say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<Mapping>,
    /// The signature.
    pub signature: Signature,
}

impl Event for MappingApproved {
    const KIND: &'static str = "links.mapping-approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MAPPINGS, &tables::LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        change(changes, header, self.link, &self.mappings, || {
            set!(MappingRow { state: MappingState::Approved, approved_by: self.signature.name.clone() })
        });
        for (mapping, signed) in self.mappings.iter().zip(&self.signed).filter(|(_, signed)| !signed.factor.is_empty())
        {
            changes.patch(MappingId(*mapping), set!(MappingRow { factor: signed.factor.clone() }));
        }
    }
}

/// Somebody compared the first results of mappings with the instrument's printout, and signed.
#[derive(Serialize, Deserialize)]
pub struct MappingConfirmed {
    /// Of which link.
    pub link: i64,
    /// The mappings.
    pub mappings: Vec<i64>,
    /// As in [`MappingApproved`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<Mapping>,
    /// The signature.
    pub signature: Signature,
}

impl Event for MappingConfirmed {
    const KIND: &'static str = "links.mapping-confirmed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MAPPINGS, &tables::LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        change(changes, header, self.link, &self.mappings, || {
            set!(MappingRow { state: MappingState::Confirmed, confirmed_by: self.signature.name.clone() })
        });
    }
}

/// Somebody withdrew mappings: proposals, or, with a signature, mappings in use. The reason is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct MappingWithdrawn {
    /// Of which link.
    pub link: i64,
    /// The mappings.
    pub mappings: Vec<i64>,
    /// As in [`MappingApproved`], if somebody signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<Mapping>,
    /// The signature, if any of the mappings was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl Event for MappingWithdrawn {
    const KIND: &'static str = "links.mapping-withdrawn";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::MAPPINGS, &tables::LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        change(changes, header, self.link, &self.mappings, || {
            set!(MappingRow { state: MappingState::Withdrawn, withdrawn: header.number })
        });
    }
}

/// After a restore, a person compared what was sent and received, and attached the links again.
#[derive(Serialize, Deserialize)]
pub struct Attached {}

impl Event for Attached {
    const KIND: &'static str = "links.attached";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::ATTACHMENTS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(AttachmentRow { id: ATTACHMENT, number: header.number });
    }
}

/// A person paused a link: it is closed, and the analyzer keeps what it has.
#[derive(Serialize, Deserialize)]
pub struct Paused {
    /// Which.
    pub link: i64,
    /// Why.
    pub why: String,
}

impl Event for Paused {
    const KIND: &'static str = "links.paused";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::PAUSES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (actor_kind, actor) = header.actor.code();
        let (id, at, why) = (LinkId(self.link), header.at, self.why.clone());
        changes.put(PauseRow { id, at, why, actor_kind, actor });
    }
}

/// A paused link was opened again.
#[derive(Serialize, Deserialize)]
pub struct Resumed {
    /// Which.
    pub link: i64,
}

impl Event for Resumed {
    const KIND: &'static str = "links.resumed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::PAUSES];
    fn project(&self, _: &Header, changes: &mut Changes) {
        changes.drop::<PauseRow>(LinkId(self.link));
    }
}

/// TLS was switched on, with these files; or off, if all names are empty.
#[derive(Serialize, Deserialize)]
pub struct Secured {
    /// Which.
    pub link: i64,
    /// The file of the link's own certificate chain, PEM.
    pub certificate: String,
    /// The file of its private key, PEM.
    pub key: String,
    /// The file of the authorities that vouch for the peer, PEM.
    pub authority: String,
}

impl Event for Secured {
    const KIND: &'static str = "links.secured";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::TLS_FILES];
    fn project(&self, _: &Header, changes: &mut Changes) {
        if self.certificate.is_empty() && self.authority.is_empty() {
            changes.drop::<TlsRow>(LinkId(self.link));
        } else {
            changes.put(TlsRow {
                id: LinkId(self.link),
                certificate: self.certificate.clone(),
                key: self.key.clone(),
                authority: self.authority.clone(),
            });
        }
    }
}

/// Somebody asked for a recording of a link. The recording itself is not part of the journal.
#[derive(Serialize, Deserialize)]
pub struct RecordingBegun {
    /// Which.
    pub link: i64,
    /// Until when.
    pub until: Timestamp,
}

impl Event for RecordingBegun {
    const KIND: &'static str = "links.recording-begun";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RECORDINGS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(RecordingRow { id: LinkId(self.link), recording: header.number, until: self.until });
    }
}

/// The recording was ended before its time.
#[derive(Serialize, Deserialize)]
pub struct RecordingEnded {
    /// Of which link.
    pub link: i64,
}

impl Event for RecordingEnded {
    const KIND: &'static str = "links.recording-ended";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RECORDINGS];
    fn project(&self, _: &Header, changes: &mut Changes) {
        changes.drop::<RecordingRow>(LinkId(self.link));
    }
}
