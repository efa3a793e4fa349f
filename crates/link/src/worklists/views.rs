//! What may be seen of worklists.

use titer_lab::{catalog::AnalyteId, results::views as results, specimens::SpecimenId};
use titer_store::{PLACES, Read, StoreError, Timestamp, sql, values};

use super::{
    NoOrderReason, OrderMessageId,
    events::{NothingBody, SentBody, ToldBody},
    tables::{DeliveryAttemptRow, NEVER, OrderMessageRow, ScanCursorRow, attempt_key},
};
use crate::{dialect::OrderAction, inbox::MessageId, links::LinkId};

/// Undelivered specimens that are listed, at most.
pub const UNDELIVERED_MAX: i64 = 100;
/// The most links that were sent orders for one specimen.
const LINKS_MAX: i64 = 100;
/// Answers to one query that are shown: the analyzer may have sent the query again.
const ANSWERS_MAX: i64 = 10;

sql! {
    OF_LINK: (orders_sent: OrderMessageRow) = "FROM orders_sent \
        WHERE lab = $1 AND link = $2 AND number < $3 ORDER BY number DESC LIMIT $4";
    OF_QUERY: (orders_sent: OrderMessageRow) = "FROM orders_sent WHERE lab = $1 AND message = $2 ORDER BY id LIMIT $3";
    ACKNOWLEDGED: ("id": i64, "tests": String) = "FROM told WHERE lab = $1 AND specimen = $2 AND link = $3";
    OF_SPECIMEN: ("l.name": String, "t.at": Timestamp, "t.tests": String) = "FROM told t \
        JOIN links l ON l.lab = t.lab AND l.id = t.link WHERE t.lab = $1 AND t.specimen = $2 ORDER BY t.link LIMIT $3";
    UNDELIVERED: (t: DeliveryAttemptRow, "s.barcode": String) = "FROM order_tries t \
        JOIN specimens s ON s.lab = t.lab AND s.id = t.specimen \
        WHERE t.lab = $1 AND t.link = $2 AND t.next_at > $3 ORDER BY t.next_at LIMIT $4";
    RETRY_DUE: ("specimen": SpecimenId) = "FROM order_tries \
        WHERE lab = $1 AND link = $2 AND next_at <= $3 ORDER BY next_at LIMIT $4";
    ATTEMPTS: ("tries": i64, "seen": i64) = "FROM order_tries WHERE lab = $1 AND place = $2";
    CURSOR: (order_cursors: ScanCursorRow) = "FROM order_cursors WHERE lab = $1 AND id = $2";
}

/// A message with orders that an analyzer acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderMessage {
    /// Its id.
    pub id: OrderMessageId,
    /// The host query that it answers.
    pub query: Option<MessageId>,
    /// The orders, by specimen.
    pub entries: Vec<AcknowledgedEntry>,
    /// The specimens for which there is no order.
    pub no_orders: Vec<NoOrder>,
    /// The number of specimens that the query asked for beyond those that one answer holds.
    pub left_out: i64,
    /// When it was acknowledged.
    pub at: Timestamp,
}

/// The orders of one specimen that an analyzer acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgedEntry {
    /// The specimen.
    pub specimen: SpecimenId,
    /// Its barcode.
    pub barcode: String,
    /// What the analyzer was to do.
    pub action: OrderAction,
    /// The analyzer's codes of the tests.
    pub codes: Vec<String>,
}

/// A specimen for which there is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoOrder {
    /// The barcode, as in the query.
    pub barcode: String,
    /// Why.
    pub reason: NoOrderReason,
}

/// A test that an analyzer acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgedTest {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The analyzer's code.
    pub code: String,
    /// The number of the event that says so.
    pub event: i64,
}

fn list<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>, StoreError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(text)
        .map_err(|_| StoreError::Corrupt("a list of orders that were sent cannot be read".to_owned()))
}

fn unknown(code: &str) -> StoreError {
    StoreError::Corrupt(format!("orders that were sent have the unknown code {code:?}"))
}

impl TryFrom<SentBody> for AcknowledgedEntry {
    type Error = StoreError;

    fn try_from(body: SentBody) -> Result<Self, StoreError> {
        Ok(AcknowledgedEntry {
            specimen: SpecimenId(body.specimen),
            barcode: body.barcode,
            action: OrderAction::from_code(&body.action).ok_or_else(|| unknown(&body.action))?,
            codes: body.tests.into_iter().map(|t| t.code).collect(),
        })
    }
}

impl TryFrom<NothingBody> for NoOrder {
    type Error = StoreError;

    fn try_from(body: NothingBody) -> Result<Self, StoreError> {
        let reason = NoOrderReason::from_code(&body.code).ok_or_else(|| unknown(&body.code))?;
        Ok(NoOrder { barcode: body.barcode, reason })
    }
}

impl TryFrom<OrderMessageRow> for OrderMessage {
    type Error = StoreError;

    fn try_from(row: OrderMessageRow) -> Result<Self, StoreError> {
        let (sent, nothing): (Vec<SentBody>, Vec<NothingBody>) = (list(&row.sent)?, list(&row.none_of)?);
        Ok(OrderMessage {
            id: row.id,
            query: row.message,
            entries: sent.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            no_orders: nothing.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            left_out: row.left_out,
            at: row.at,
        })
    }
}

fn tests(text: &str) -> Result<Vec<AcknowledgedTest>, StoreError> {
    let test = |t: ToldBody| AcknowledgedTest { analyte: AnalyteId(t.analyte), code: t.code, event: t.number };
    Ok(list(text)?.into_iter().map(test).collect())
}

/// The last `limit` messages that an analyzer acknowledged, the latest first.
pub fn of_link(read: &mut dyn Read, link: LinkId, limit: i64) -> Result<Vec<OrderMessage>, StoreError> {
    OF_LINK.all(read, &values![link, i64::MAX, limit])?.into_iter().map(TryInto::try_into).collect()
}

/// The answers to a host query.
pub fn answers(read: &mut dyn Read, query: MessageId) -> Result<Vec<OrderMessage>, StoreError> {
    OF_QUERY.all(read, &values![query, ANSWERS_MAX])?.into_iter().map(TryInto::try_into).collect()
}

/// The orders of one specimen at one analyzer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecimenOrders {
    /// The name of the link.
    pub link: String,
    /// When the analyzer acknowledged the last message about the specimen.
    pub at: Timestamp,
    /// The tests that it has acknowledged.
    pub tests: Vec<AcknowledgedTest>,
}

/// Which analyzers acknowledged orders of a specimen.
pub fn of_specimen(read: &mut dyn Read, specimen: SpecimenId) -> Result<Vec<SpecimenOrders>, StoreError> {
    let rows = OF_SPECIMEN.all(read, &values![specimen, LINKS_MAX])?;
    rows.into_iter().map(|(link, at, text)| Ok(SpecimenOrders { link, at, tests: tests(&text)? })).collect()
}

/// The tests of a specimen that an analyzer has acknowledged and not measured yet.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    /// The row that says so.
    pub row: Option<i64>,
    /// The tests.
    pub tests: Vec<AcknowledgedTest>,
}

/// The tests of a specimen that an analyzer has acknowledged and not measured yet. A test counts as measured if a result came by
/// the analyzer's link after the analyzer acknowledged the test.
pub(super) fn outstanding(read: &mut dyn Read, link: LinkId, specimen: SpecimenId) -> Result<Outstanding, StoreError> {
    let Some((row, text)) = ACKNOWLEDGED.one(read, &values![specimen, link])? else {
        return Ok(Outstanding::default());
    };
    let mut tests = tests(&text)?;
    if !tests.is_empty() {
        let results = results::of_specimen(read, specimen)?;
        tests.retain(|t| {
            let measured =
                |r: &results::LabResult| r.link == link.0 && r.analyte == t.analyte && r.id.0 / PLACES > t.event;
            !results.iter().any(measured)
        });
    }
    Ok(Outstanding { row: Some(row), tests })
}

/// A specimen whose orders an analyzer did not acknowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// The specimen.
    pub specimen: SpecimenId,
    /// Its barcode.
    pub barcode: String,
    /// How often the analyzer refused them.
    pub attempts: i64,
    /// When they are sent again; none if a person must decide.
    pub next_at: Option<Timestamp>,
    /// What went wrong last.
    pub failure: String,
    /// When that was.
    pub at: Timestamp,
}

/// The specimens whose orders an analyzer did not acknowledge; first those that are sent again next.
pub fn undelivered(read: &mut dyn Read, link: LinkId) -> Result<Vec<Undelivered>, StoreError> {
    let found = UNDELIVERED.all(read, &values![link, -1_i64, UNDELIVERED_MAX])?;
    let seen = |(row, barcode): (DeliveryAttemptRow, String)| Undelivered {
        specimen: row.specimen,
        barcode,
        attempts: row.tries,
        next_at: Some(row.next_at).filter(|at| *at != NEVER),
        failure: row.failure,
        at: row.at,
    };
    Ok(found.into_iter().map(seen).collect())
}

/// Specimens whose orders are to be sent again by `now`.
pub(super) fn retry_due(
    read: &mut dyn Read,
    link: LinkId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<SpecimenId>, StoreError> {
    RETRY_DUE.all(read, &values![link, now, limit])
}

/// How often an analyzer refused a specimen's orders, and the last story entry at the time of the last attempt. None if there was
/// no failed attempt.
pub(super) fn attempts(
    read: &mut dyn Read,
    link: LinkId,
    specimen: SpecimenId,
) -> Result<Option<(i64, i64)>, StoreError> {
    ATTEMPTS.one(read, &values![attempt_key(link, specimen)])
}

/// How far a link has scanned for changes of its worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScanCursor {
    /// The last story entry that was scanned.
    pub entry: i64,
    /// The version of the link and its mappings that `specimen` is about.
    pub version: i64,
    /// The last specimen with outstanding tests that was scanned with this version; none if all of them were.
    pub specimen: Option<SpecimenId>,
}

pub(super) fn cursor(read: &mut dyn Read, link: LinkId) -> Result<Option<ScanCursor>, StoreError> {
    let row = CURSOR.one(read, &values![link])?;
    Ok(row.map(|row| ScanCursor { entry: row.place, version: row.version, specimen: row.looked }))
}
