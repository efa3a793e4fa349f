//! The review, tube by tube: a page of it never splits a tube.

use titer_store::{Read, StoreError, Timestamp, sql, values};

use super::{
    tables::{AwaitingRow, ResultRow},
    views::{Awaiting, QueuePosition, queue_text},
};
use crate::{
    catalog::AnswerId,
    orders::{commands::REQUESTS_MAX, tables::OrderRow},
    patients::tables::PatientRow,
    specimens::tables::SpecimenRow,
};

sql! {
    // `f` is the first of its tube in the queue.
    BY_TUBE: (
        w: AwaitingRow,
        r: ResultRow,
        s: SpecimenRow,
        o: OrderRow,
        p: PatientRow,
        "b.value": Option<String>,
        "b.unit": Option<String>,
        "b.measured_at": Option<Timestamp>,
        "b.signed_at": Option<Timestamp>,
        "b.answer": Option<AnswerId>,
        "g.collected_at": Option<Timestamp>,
        "t.value": Option<String>,
        "t.unit": Option<String>,
        "t.flags": Option<String>,
    ) = queue_text!(
        "FROM results_awaiting_review f JOIN results h ON h.lab = f.lab AND h.id = f.id \
        JOIN results r ON r.lab = h.lab AND r.specimen = h.specimen \
        JOIN results_awaiting_review w ON w.lab = r.lab AND w.id = r.id ",
        "WHERE f.lab = $1 AND (f.rank, f.priority, f.arrived_at, f.id) > ($2, $3, $4, $5) AND NOT EXISTS (SELECT 1 \
        FROM results i JOIN results_awaiting_review v ON v.lab = i.lab AND v.id = i.id \
        WHERE i.lab = h.lab AND i.specimen = h.specimen \
        AND (v.rank, v.priority, v.arrived_at, v.id) < (f.rank, f.priority, f.arrived_at, f.id)) \
        ORDER BY f.rank, f.priority, f.arrived_at, f.id LIMIT $6"
    );
}

/// A page of the review: whole tubes, in the order of the first of their results that wait.
#[derive(Debug, Default)]
pub struct TubesPage {
    /// Their results, tube by tube.
    pub rows: Vec<Awaiting>,
    /// The place behind which the next page begins; none at the end.
    pub next: Option<QueuePosition>,
}

/// As many tubes behind a place in the queue as fit into so many lines, a heading for each tube among them; one at least.
pub fn tubes_after(read: &mut dyn Read, after: QueuePosition, lines: usize) -> Result<TubesPage, StoreError> {
    // What fits, and the largest tube behind it: no tube has more results that wait than an order has analytes.
    let most = lines + REQUESTS_MAX + 1;
    let place = values![after.rank, after.priority, after.arrived_at, after.id, most as i64];
    let rows: Vec<Awaiting> = BY_TUBE.all(read, &place)?.into_iter().map(Awaiting::read).collect::<Result<_, _>>()?;
    let (mut page, mut used) = (TubesPage::default(), 0);
    for tube in rows.chunk_by(|a, b| a.result.specimen == b.result.specimen) {
        if used > 0 && used + 1 + tube.len() > lines {
            return Ok(page);
        }
        used += 1 + tube.len();
        let mut tube = tube.to_vec();
        tube.sort_by_key(|row| row.queue_position());
        page.next = tube.first().map(Awaiting::queue_position);
        page.rows.extend(tube);
    }
    // Nothing is left behind the last tube that was read.
    page.next = None;
    Ok(page)
}

#[cfg(test)]
mod tests;
