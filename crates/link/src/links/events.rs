//! What happens to links.

use serde::{Deserialize, Serialize};
use titer_lab::accounts::sessions::Signature;
use titer_store::{Changes, Event, Header, Timestamp, Value, values};

use super::{
    MappingState,
    tables::{ATTACHMENTS, LINKS, MAPPINGS, PAUSES, RECORDINGS, SECURED},
};

/// A link was added. Mappings that its dialect proposes are in the event.
#[derive(Serialize, Deserialize)]
pub struct Added {
    /// Its name.
    pub name: String,
    /// `astm`.
    pub protocol: String,
    /// `listen` or `connect`.
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

/// A proposed mapping.
#[derive(Serialize, Deserialize)]
pub struct Mapping {
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's unit, exactly as it sends it.
    pub unit: String,
    /// The analyzer's code of the kind of specimen, exactly as it sends it; empty when it sends none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub specimen: String,
    /// The analyte.
    pub analyte: i64,
}

fn propose(changes: &mut Changes, header: &Header, place: i64, link: i64, m: &Mapping) {
    let (kind, id) = header.actor.code();
    let row = values![
        link,
        &m.code,
        &m.unit,
        &m.specimen,
        m.analyte,
        MappingState::Proposed.code(),
        kind,
        id,
        None::<&str>,
        None::<&str>,
        None::<i64>
    ];
    changes.put(&MAPPINGS, header.id(place), row);
}

/// Each of the mappings is in a state now, with what belongs to it.
fn now(changes: &mut Changes, mappings: &[i64], state: MappingState, with: (&'static str, Value)) {
    for mapping in mappings {
        changes.patch(&MAPPINGS, *mapping, vec![("state", state.code().into()), with.clone()]);
    }
}

fn touch(changes: &mut Changes, header: &Header, link: i64) {
    changes.patch(&LINKS, link, vec![("version", header.number.into())]);
}

impl Event for Added {
    const KIND: &'static str = "links.added";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&LINKS, &MAPPINGS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let link = header.id(0);
        let row = values![
            &self.name,
            &self.protocol,
            &self.mode,
            &self.address,
            self.peers.join(" "),
            &self.dialect,
            false,
            header.number
        ];
        changes.put(&LINKS, link, row);
        for (place, m) in (1..).zip(&self.mappings) {
            propose(changes, header, place, link, m);
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
    const WRITES: &'static [&'static titer_store::Table] = &[&LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.patch(&LINKS, self.link, vec![("removed", true.into()), ("version", header.number.into())]);
    }
}

/// Somebody proposed a mapping, before mappings named the kind of specimen: of specimens whose kind is not sent.
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
    const WRITES: &'static [&'static titer_store::Table] = &[&MAPPINGS, &LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        propose(changes, header, 0, self.link, &self.mapping);
        touch(changes, header, self.link);
    }
}

/// Somebody proposed a mapping.
#[derive(Serialize, Deserialize)]
pub struct MappingProposed {
    /// Of which link.
    pub link: i64,
    /// The mapping, with the kind of specimen.
    pub mapping: Mapping,
}

impl Event for MappingProposed {
    const KIND: &'static str = "links.mapping-proposed";
    const VERSION: u16 = 2;
    const WRITES: &'static [&'static titer_store::Table] = &[&MAPPINGS, &LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        propose(changes, header, 0, self.link, &self.mapping);
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
    const WRITES: &'static [&'static titer_store::Table] = &[&MAPPINGS, &LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (kind, id) = header.actor.code();
        for mapping in &self.mappings {
            changes.patch(&MAPPINGS, *mapping, vec![("proposer_kind", kind.into()), ("proposer", id.into())]);
        }
        touch(changes, header, self.link);
    }
}

/// Somebody else approved mappings, and signed.
#[derive(Serialize, Deserialize)]
pub struct MappingApproved {
    /// Of which link.
    pub link: i64,
    /// The mappings.
    pub mappings: Vec<i64>,
    /// The signature.
    pub signature: Signature,
}

impl Event for MappingApproved {
    const KIND: &'static str = "links.mapping-approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&MAPPINGS, &LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let by = self.signature.name.as_str();
        now(changes, &self.mappings, MappingState::Approved, ("approved_by", by.into()));
        touch(changes, header, self.link);
    }
}

/// Somebody compared the first results of mappings with the instrument's printout, and signed.
#[derive(Serialize, Deserialize)]
pub struct MappingConfirmed {
    /// Of which link.
    pub link: i64,
    /// The mappings.
    pub mappings: Vec<i64>,
    /// The signature.
    pub signature: Signature,
}

impl Event for MappingConfirmed {
    const KIND: &'static str = "links.mapping-confirmed";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&MAPPINGS, &LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let by = self.signature.name.as_str();
        now(changes, &self.mappings, MappingState::Confirmed, ("confirmed_by", by.into()));
        touch(changes, header, self.link);
    }
}

/// Somebody withdrew mappings: proposals, or, with a signature, mappings in use. Why is in the event's header.
#[derive(Serialize, Deserialize)]
pub struct MappingWithdrawn {
    /// Of which link.
    pub link: i64,
    /// The mappings.
    pub mappings: Vec<i64>,
    /// The signature, if any of them was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl Event for MappingWithdrawn {
    const KIND: &'static str = "links.mapping-withdrawn";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&MAPPINGS, &LINKS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        now(changes, &self.mappings, MappingState::Withdrawn, ("withdrawn", header.number.into()));
        touch(changes, header, self.link);
    }
}

/// After a restore, a person compared what was sent and received, and attached the links again.
#[derive(Serialize, Deserialize)]
pub struct Attached {}

impl Event for Attached {
    const KIND: &'static str = "links.attached";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&ATTACHMENTS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(&ATTACHMENTS, 1_i64, values![header.number]);
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
    const WRITES: &'static [&'static titer_store::Table] = &[&PAUSES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        let (kind, id) = header.actor.code();
        changes.put(&PAUSES, self.link, values![header.at, &self.why, kind, id]);
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
    const WRITES: &'static [&'static titer_store::Table] = &[&PAUSES];
    fn project(&self, _: &Header, changes: &mut Changes) {
        changes.drop(&PAUSES, self.link);
    }
}

/// It was said whether a link speaks TLS, and with which files. All empty: it does not.
#[derive(Serialize, Deserialize)]
pub struct Secured {
    /// Which.
    pub link: i64,
    /// The file of the link's own certificate and those between it and its authority, PEM.
    pub certificate: String,
    /// The file of its private key, PEM.
    pub key: String,
    /// The file of the authorities that vouch for the peer, PEM.
    pub authority: String,
}

impl Event for Secured {
    const KIND: &'static str = "links.secured";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&SECURED];
    fn project(&self, _: &Header, changes: &mut Changes) {
        if self.certificate.is_empty() && self.authority.is_empty() {
            changes.drop(&SECURED, self.link);
        } else {
            changes.put(&SECURED, self.link, values![&self.certificate, &self.key, &self.authority]);
        }
    }
}

/// Somebody asked for what goes over a link to be recorded. The recording itself is no part of the journal.
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
    const WRITES: &'static [&'static titer_store::Table] = &[&RECORDINGS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(&RECORDINGS, self.link, values![header.number, self.until]);
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
    const WRITES: &'static [&'static titer_store::Table] = &[&RECORDINGS];
    fn project(&self, _: &Header, changes: &mut Changes) {
        changes.drop(&RECORDINGS, self.link);
    }
}
