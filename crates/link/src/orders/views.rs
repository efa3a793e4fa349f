//! What may be seen of what analyzers were told.

use titer_lab::{catalog::AnalyteId, results::views as results, specimens::SpecimenId};
use titer_store::{PLACES, Read, Row, StoreError, Timestamp, sql, values};

use super::{
    SentId,
    events::{Nothing, Sent, Told},
};
use crate::{inbox::MessageId, links::LinkId};

/// Messages on one page.
pub const PAGE: i64 = 50;
/// Specimens listed of those that an analyzer did not take.
pub const FAILED_MAX: i64 = 100;
/// The most links that were told of one specimen.
const LINKS_MAX: i64 = 100;
/// Answers to one query that are shown: it may have been read again.
const ANSWERS_MAX: i64 = 10;

sql! {
    OF_LINK = "SELECT id, link, message, sent, none_of, left_out, at FROM orders_sent \
        WHERE lab = $1 AND link = $2 AND number < $3 ORDER BY number DESC LIMIT $4";
    OF_MESSAGE = "SELECT id, link, message, sent, none_of, left_out, at FROM orders_sent \
        WHERE lab = $1 AND message = $2 ORDER BY id LIMIT $3";
    TOLD = "SELECT id, tests FROM told WHERE lab = $1 AND specimen = $2 AND link = $3";
    OF_SPECIMEN = "SELECT t.link, t.at, l.name, t.tests FROM told t JOIN links l ON l.lab = t.lab AND l.id = t.link \
        WHERE t.lab = $1 AND t.specimen = $2 ORDER BY t.link LIMIT $3";
    FAILED = "SELECT t.specimen, s.barcode, t.tries, t.next_at, t.failure, t.at FROM order_tries t \
        JOIN specimens s ON s.lab = t.lab AND s.id = t.specimen \
        WHERE t.lab = $1 AND t.link = $2 AND t.next_at > $3 ORDER BY t.next_at LIMIT $4";
    DUE = "SELECT specimen FROM order_tries WHERE lab = $1 AND link = $2 AND next_at <= $3 ORDER BY next_at LIMIT $4";
    TRIES = "SELECT tries, seen FROM order_tries WHERE lab = $1 AND place = $2";
    CURSOR = "SELECT place, version, looked FROM order_cursors WHERE lab = $1 AND id = $2";
}

/// A message that an analyzer acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Its id.
    pub id: SentId,
    /// The query that it answers.
    pub message: Option<MessageId>,
    /// What it said of each specimen.
    pub sent: Vec<Sent>,
    /// The specimens of which it said that there is nothing.
    pub nothing: Vec<Nothing>,
    /// Specimens asked for beyond what one answer takes.
    pub left: i64,
    /// When it was acknowledged.
    pub at: Timestamp,
}

fn json<T: serde::de::DeserializeOwned>(r: &Row, index: usize) -> Result<Vec<T>, StoreError> {
    let text: String = r.get(index)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(&text).map_err(|_| StoreError::Corrupt(format!("column {index} of what was sent is no list")))
}

fn from(r: &Row) -> Result<Acknowledged, StoreError> {
    Ok(Acknowledged {
        id: r.get(0)?,
        message: r.get(2)?,
        sent: json(r, 3)?,
        nothing: json(r, 4)?,
        left: r.get(5)?,
        at: r.get(6)?,
    })
}

/// What an analyzer acknowledged last, the latest first, `limit` of it.
///
/// # Errors
/// What the database says.
pub fn of_link(read: &mut dyn Read, link: LinkId, limit: i64) -> Result<Vec<Acknowledged>, StoreError> {
    read.query(&OF_LINK, &values![link, i64::MAX, limit])?.iter().map(from).collect()
}

/// The answers to a query.
///
/// # Errors
/// What the database says.
pub fn answers(read: &mut dyn Read, message: MessageId) -> Result<Vec<Acknowledged>, StoreError> {
    read.query(&OF_MESSAGE, &values![message, ANSWERS_MAX])?.iter().map(from).collect()
}

/// Which analyzers were told of a specimen: the name of the link, when it was last, and what they have been told.
///
/// # Errors
/// What the database says.
pub fn of_specimen(
    read: &mut dyn Read,
    specimen: SpecimenId,
) -> Result<Vec<(String, Timestamp, Vec<Told>)>, StoreError> {
    let rows = read.query(&OF_SPECIMEN, &values![specimen, LINKS_MAX])?;
    rows.iter().map(|r| Ok((r.get(2)?, r.get(1)?, json(r, 3)?))).collect()
}

/// What an analyzer has been told of a specimen and has not measured yet: a result that came by its link since is what it was told
/// for. And the row that says so.
///
/// # Errors
/// What the database says.
pub fn standing(
    read: &mut dyn Read,
    link: LinkId,
    specimen: SpecimenId,
) -> Result<(Option<i64>, Vec<Told>), StoreError> {
    let Some(row) = read.one(&TOLD, &values![specimen, link])? else { return Ok((None, Vec::new())) };
    let mut told: Vec<Told> = json(&row, 1)?;
    if !told.is_empty() {
        let results = results::of_specimen(read, specimen)?;
        told.retain(|t| {
            let measured = |r: &results::LabResult| {
                r.link == link.0 && r.analyte == AnalyteId(t.analyte) && r.id.0 / PLACES > t.number
            };
            !results.iter().any(measured)
        });
    }
    Ok((row.get(0)?, told))
}

/// A specimen of which an analyzer did not take what it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The specimen.
    pub specimen: SpecimenId,
    /// The barcode on its tube.
    pub barcode: String,
    /// How often it was refused.
    pub tries: i64,
    /// When it is tried again; none when a person must look.
    pub next_at: Option<Timestamp>,
    /// What went wrong last.
    pub failure: String,
    /// When that was.
    pub at: Timestamp,
}

/// What an analyzer did not take, those first that are tried next.
///
/// # Errors
/// What the database says.
pub fn failed(read: &mut dyn Read, link: LinkId) -> Result<Vec<Failed>, StoreError> {
    let rows = read.query(&FAILED, &values![link, -1_i64, FAILED_MAX])?;
    let from = |r: &Row| {
        Ok(Failed {
            specimen: r.get(0)?,
            barcode: r.get(1)?,
            tries: r.get(2)?,
            next_at: Some(r.get::<Timestamp>(3)?).filter(|at| *at != super::commands::NEVER),
            failure: r.get(4)?,
            at: r.get(5)?,
        })
    };
    rows.iter().map(from).collect()
}

/// Specimens that are to be tried again by `now`.
pub(super) fn again(
    read: &mut dyn Read,
    link: LinkId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<SpecimenId>, StoreError> {
    read.query(&DUE, &values![link, now, limit])?.iter().map(|r| r.get(0)).collect()
}

/// How often an analyzer refused what it was told of a specimen, and how far the stories had gone then; none when it did not.
pub(super) fn tries(read: &mut dyn Read, link: LinkId, specimen: SpecimenId) -> Result<Option<(i64, i64)>, StoreError> {
    let row = read.one(&TRIES, &values![super::commands::place(link, specimen)])?;
    row.map(|r| Ok((r.get(0)?, r.get(1)?))).transpose()
}

/// How far a link has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// At what was entered into stories.
    pub place: i64,
    /// The version of the link and its mappings that `looked` is about.
    pub version: i64,
    /// At specimens with open work; none when at all of them.
    pub looked: Option<SpecimenId>,
}

pub(super) fn cursor(read: &mut dyn Read, link: LinkId) -> Result<Option<Cursor>, StoreError> {
    let row = read.one(&CURSOR, &values![link])?;
    row.map(|r| Ok(Cursor { place: r.get(0)?, version: r.get(1)?, looked: r.get(2)? })).transpose()
}
