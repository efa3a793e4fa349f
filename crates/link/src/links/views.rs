//! What may be seen of links.

use titer_lab::{
    Actor, Counted,
    catalog::{AnalyteId, AnswerId},
};
use titer_store::{PLACES, Read, StoreError, sql, tables::RESTORES, values};

use super::{
    LinkId, LinkMode, LinkProtocol, MappingId, MappingState,
    events::ATTACHMENT,
    tables::{LinkRow, MappingRow},
};

/// The most links of a laboratory.
pub const LINKS_MAX: i64 = 500;
/// The most mappings of a link.
pub const MAPPINGS_MAX: i64 = 2_000;

sql! {
    BY_ID: (links: LinkRow) = "FROM links WHERE lab = $1 AND id = $2";
    ALL: (links: LinkRow) = "FROM links WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    MAPPINGS: (mappings: MappingRow) = "FROM mappings WHERE lab = $1 AND link = $2 ORDER BY id LIMIT $3";
    MAPPING: (mappings: MappingRow) = "FROM mappings WHERE lab = $1 AND id = $2";
    WITHDRAWN: ("withdrawn": i64, "id": MappingId) = "FROM mappings WHERE lab = $1 AND (withdrawn, id) > ($2, $3) \
        ORDER BY withdrawn, id LIMIT $4";
    PROPOSED: (m: MappingRow, "l.name": String, "l.removed": bool) = "FROM mappings m JOIN links l ON l.lab = m.lab AND l.id = m.link \
        WHERE m.lab = $1 AND m.state = $2 AND m.proposer_kind = $3 AND m.proposer <> $4 ORDER BY m.id LIMIT $5";
    RESTORED: ("id": i64) = "FROM restores WHERE lab = $1 AND id > $2 ORDER BY id DESC LIMIT 1";
    ATTACHED: ("number": i64) = "FROM link_attachments WHERE lab = $1 AND id = $2";
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Its name.
    pub name: String,
    /// What is spoken on it.
    pub protocol: LinkProtocol,
    /// Whether the program listens, or else connects.
    pub listens: bool,
    /// Host and port.
    pub address: String,
    /// Addresses that may connect.
    pub peers: Vec<String>,
    /// The name of its dialect.
    pub dialect: String,
    /// Whether it was removed.
    pub removed: bool,
    /// The number of the event that last changed it or its mappings.
    pub version: i64,
}

/// A code that this build does not know, as damage of the database.
pub(super) fn unknown(what: &str, code: &str) -> StoreError {
    StoreError::Corrupt(format!("a link has the unknown {what} {code:?}"))
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let mode = LinkMode::from_code(&row.mode).ok_or_else(|| unknown("mode", &row.mode))?;
        Ok(Link {
            id: row.id,
            name: row.name,
            protocol: LinkProtocol::from_code(&row.protocol).ok_or_else(|| unknown("protocol", &row.protocol))?,
            listens: mode == LinkMode::Listen,
            address: row.address,
            peers: row.peers.split_whitespace().map(str::to_owned).collect(),
            dialect: row.dialect,
            removed: row.removed,
            version: row.version,
        })
    }
}

/// The link with this id.
pub fn link(read: &mut dyn Read, id: LinkId) -> Result<Option<Link>, StoreError> {
    BY_ID.one(read, &values![id])?.map(Link::try_from).transpose()
}

/// The links that were not removed.
pub fn links(read: &mut dyn Read) -> Result<Vec<Link>, StoreError> {
    ALL.all(read, &values![0_i64, LINKS_MAX])?.into_iter().filter(|row| !row.removed).map(Link::try_from).collect()
}

/// All links, those that were removed too.
pub(crate) fn all(read: &mut dyn Read) -> Result<Vec<LinkId>, StoreError> {
    Ok(ALL.all(read, &values![0_i64, LINKS_MAX])?.into_iter().map(|row| row.id).collect())
}

/// The link with this name, if it was not removed.
pub fn by_name(read: &mut dyn Read, name: &str) -> Result<Option<Link>, StoreError> {
    Ok(links(read)?.into_iter().find(|l| l.name == name))
}

/// A mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its id.
    pub id: MappingId,
    /// The link.
    pub link: LinkId,
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's unit, exactly as it sends it.
    pub unit: String,
    /// The analyzer's code of the specimen type; empty if it sends none.
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
    /// The factor by which its values are brought into the laboratory's unit, as it was approved.
    pub factor: Option<String>,
    /// What the analyzer sends, if the analyte has answers, and the answer that it means.
    pub answer: Option<(String, AnswerId)>,
}

impl Mapping {
    /// Whether it is about this code, unit and specimen type, as sent, and was not withdrawn.
    pub fn means(&self, code: &str, unit: &str, specimen: &str) -> bool {
        self.state != MappingState::Withdrawn && (&*self.code, &*self.unit, &*self.specimen) == (code, unit, specimen)
    }

    /// Whether it is about this word: the one that it names, or any if it names none.
    pub fn is_about(&self, word: &str) -> bool {
        self.answer.as_ref().is_none_or(|(said, _)| said == word)
    }
}

/// Who did it, from the two columns of a row.
pub(super) fn actor(kind: i64, id: i64) -> Result<Actor, StoreError> {
    Actor::from_code(kind, id).ok_or_else(|| unknown("kind of actor", &kind.to_string()))
}

impl TryFrom<MappingRow> for Mapping {
    type Error = StoreError;

    fn try_from(row: MappingRow) -> Result<Self, StoreError> {
        Ok(Mapping {
            id: row.id,
            link: row.link,
            code: row.code,
            unit: row.unit,
            specimen: row.specimen,
            analyte: row.analyte,
            state: row.state,
            proposer: actor(row.proposer_kind, row.proposer)?,
            approved_by: row.approved_by,
            confirmed_by: row.confirmed_by,
            withdrawn: row.withdrawn,
            factor: row.factor,
            answer: row.word.zip(row.answer),
        })
    }
}

/// The mapping with this id.
pub fn mapping(read: &mut dyn Read, id: MappingId) -> Result<Option<Mapping>, StoreError> {
    MAPPING.one(read, &values![id])?.map(Mapping::try_from).transpose()
}

/// That a mapping was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The number of the event.
    pub number: i64,
    /// The mapping.
    pub mapping: MappingId,
}

impl Default for Withdrawal {
    /// Before all others.
    fn default() -> Self {
        Withdrawal { number: 0, mapping: MappingId(0) }
    }
}

/// Withdrawals behind one, in order, as many as a link may have mappings.
pub fn withdrawn(read: &mut dyn Read, after: Withdrawal) -> Result<Vec<Withdrawal>, StoreError> {
    let rows = WITHDRAWN.all(read, &values![after.number, after.mapping, MAPPINGS_MAX])?;
    Ok(rows.into_iter().map(|(number, mapping)| Withdrawal { number, mapping }).collect())
}

/// The mappings of a link.
pub fn mappings(read: &mut dyn Read, link: LinkId) -> Result<Vec<Mapping>, StoreError> {
    MAPPINGS.all(read, &values![link, MAPPINGS_MAX])?.into_iter().map(Mapping::try_from).collect()
}

/// Proposed mappings that [`proposed`] lists and counts at most.
pub const PROPOSED_MAX: i64 = 100;

/// Mappings that persons other than `but` proposed, each with the name of its link; and how many there are.
pub fn proposed(read: &mut dyn Read, but: i64) -> Result<(Vec<(Mapping, String)>, Counted), StoreError> {
    let (person, _) = Actor::Person(but).code();
    let mut rows = PROPOSED.all(read, &values![MappingState::Proposed, person, but, PROPOSED_MAX + 1])?;
    let more = rows.len() as i64 > PROPOSED_MAX;
    rows.truncate(PROPOSED_MAX as usize);
    rows.retain(|(_, _, removed)| !removed);
    let mapping = |(row, link, _): (MappingRow, String, bool)| Ok((Mapping::try_from(row)?, link));
    let proposed: Vec<_> = rows.into_iter().map(mapping).collect::<Result<_, StoreError>>()?;
    let count = Counted { number: proposed.len(), more };
    Ok((proposed, count))
}

/// Whether the laboratory was restored and nobody has attached its links since.
pub fn detached(read: &mut dyn Read) -> Result<bool, StoreError> {
    debug_assert_eq!(RESTORES.name, "restores");
    let attached = ATTACHED.one(read, &values![ATTACHMENT])?.unwrap_or(0);
    Ok(RESTORED.one(read, &values![attached * PLACES])?.is_some())
}
