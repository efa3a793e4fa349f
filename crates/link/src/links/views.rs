//! What may be seen of links.

use titer_lab::{Actor, catalog::AnalyteId};
use titer_store::{Read, Row, StoreError, sql, tables::RESTORES, values};

use super::{LinkId, MappingId, MappingState};

/// The most links of a laboratory.
pub const LINKS_MAX: i64 = 500;
/// The most mappings of a link.
pub const MAPPINGS_MAX: i64 = 2_000;

sql! {
    BY_ID = "SELECT id, name, protocol, mode, address, peers, dialect, removed, version FROM links WHERE lab = $1 AND id = $2";
    ALL = "SELECT id, name, protocol, mode, address, peers, dialect, removed, version FROM links \
        WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    MAPPINGS = "SELECT id, link, code, unit, analyte, state, proposer_kind, proposer, approved_by, confirmed_by, specimen, \
        withdrawn FROM mappings WHERE lab = $1 AND link = $2 ORDER BY id LIMIT $3";
    MAPPING = "SELECT id, link, code, unit, analyte, state, proposer_kind, proposer, approved_by, confirmed_by, specimen, \
        withdrawn FROM mappings WHERE lab = $1 AND id = $2";
    WITHDRAWN = "SELECT id FROM mappings WHERE lab = $1 AND state = 'withdrawn' AND id > $2 ORDER BY id LIMIT $3";
    RESTORED = "SELECT id FROM restores WHERE lab = $1 AND id > $2 ORDER BY id DESC LIMIT 1";
    ATTACHED = "SELECT number FROM link_attachments WHERE lab = $1 AND id = $2";
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Its name.
    pub name: String,
    /// `astm`.
    pub protocol: String,
    /// Whether the program listens, or else connects.
    pub listens: bool,
    /// Host and port.
    pub address: String,
    /// Addresses that may connect.
    pub peers: Vec<String>,
    /// The dialect.
    pub dialect: String,
    /// Whether it was removed.
    pub removed: bool,
    /// The number of the event that last changed it or its mappings.
    pub version: i64,
}

fn from(r: &Row) -> Result<Link, StoreError> {
    let (mode, peers): (String, String) = (r.get(3)?, r.get(5)?);
    Ok(Link {
        id: r.get(0)?,
        name: r.get(1)?,
        protocol: r.get(2)?,
        listens: mode == "listen",
        address: r.get(4)?,
        peers: peers.split_whitespace().map(str::to_owned).collect(),
        dialect: r.get(6)?,
        removed: r.get(7)?,
        version: r.get(8)?,
    })
}

/// The link of this id.
///
/// # Errors
/// What the database says.
pub fn link(read: &mut dyn Read, id: LinkId) -> Result<Option<Link>, StoreError> {
    read.one(&BY_ID, &values![id])?.as_ref().map(from).transpose()
}

/// Adds the read of [`link`] to what a submission will read.
pub fn plan(plan: &mut titer_store::Plan, id: LinkId) {
    plan.reads.push((&BY_ID, values![id]));
}

/// The links that were not removed.
///
/// # Errors
/// What the database says.
pub fn links(read: &mut dyn Read) -> Result<Vec<Link>, StoreError> {
    let all: Result<Vec<_>, _> = read.query(&ALL, &values![0_i64, LINKS_MAX])?.iter().map(from).collect();
    Ok(all?.into_iter().filter(|l| !l.removed).collect())
}

/// The link of this name, if it was not removed.
///
/// # Errors
/// What the database says.
pub fn by_name(read: &mut dyn Read, name: &str) -> Result<Option<Link>, StoreError> {
    Ok(links(read)?.into_iter().find(|l| l.name == name))
}

/// A mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its id.
    pub id: MappingId,
    /// Of which link.
    pub link: LinkId,
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's unit, exactly as it sends it.
    pub unit: String,
    /// The analyzer's code of the kind of specimen; empty when it sends none.
    pub specimen: String,
    /// The analyte.
    pub analyte: AnalyteId,
    /// How far it is.
    pub state: MappingState,
    /// Who proposed it.
    pub proposer: Actor,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Who compared its first results.
    pub confirmed_by: Option<String>,
    /// The number of the event that withdrew it.
    pub withdrawn: Option<i64>,
}

impl Mapping {
    /// Whether it speaks of these, as sent, and was not withdrawn.
    #[must_use]
    pub fn means(&self, code: &str, unit: &str, specimen: &str) -> bool {
        self.state != MappingState::Withdrawn && (&*self.code, &*self.unit, &*self.specimen) == (code, unit, specimen)
    }
}

fn mapping_from(r: &Row) -> Result<Mapping, StoreError> {
    let state: String = r.get(5)?;
    let strange = || StoreError::Corrupt(format!("a mapping is in the unknown state {state:?}"));
    Ok(Mapping {
        id: r.get(0)?,
        link: r.get(1)?,
        code: r.get(2)?,
        unit: r.get(3)?,
        specimen: r.get(10)?,
        analyte: r.get(4)?,
        state: MappingState::from_code(&state).ok_or_else(strange)?,
        proposer: Actor::from_code(r.get(6)?, r.get(7)?).ok_or_else(strange)?,
        approved_by: r.get(8)?,
        confirmed_by: r.get(9)?,
        withdrawn: r.get(11)?,
    })
}

/// The mapping of this id.
///
/// # Errors
/// What the database says.
pub fn mapping(read: &mut dyn Read, id: MappingId) -> Result<Option<Mapping>, StoreError> {
    read.one(&MAPPING, &values![id])?.as_ref().map(mapping_from).transpose()
}

/// Mappings that were withdrawn, behind `after`, as many as a link may have.
///
/// # Errors
/// What the database says.
pub fn withdrawn(read: &mut dyn Read, after: MappingId) -> Result<Vec<MappingId>, StoreError> {
    read.query(&WITHDRAWN, &values![after, MAPPINGS_MAX])?.iter().map(|r| r.get(0)).collect()
}

/// The mappings of a link.
///
/// # Errors
/// What the database says.
pub fn mappings(read: &mut dyn Read, link: LinkId) -> Result<Vec<Mapping>, StoreError> {
    let rows = read.query(&MAPPINGS, &values![link, MAPPINGS_MAX])?;
    rows.iter().map(mapping_from).collect()
}

/// Whether the laboratory was restored and nobody has attached its links since.
///
/// # Errors
/// What the database says.
pub fn detached(read: &mut dyn Read) -> Result<bool, StoreError> {
    debug_assert_eq!(RESTORES.name, "restores");
    let attached: i64 = read.one(&ATTACHED, &values![1_i64])?.map_or(Ok(0), |r| r.get(0))?;
    Ok(read.one(&RESTORED, &values![attached * titer_store::PLACES])?.is_some())
}
