//! What is outstanding at the benches: tests of received tubes that have no result, and results that a second person is to read.

use std::collections::BTreeMap;

use titer_store::{Read, StoreError, Timestamp, sql, values};

use crate::{
    catalog::{AnalyteId, TestId},
    orders::{Priority, RequestId},
    results::{ResultId, State, by_hand::AwaitedRow},
    specimens::SpecimenId,
};

/// Outstanding tests that are read at most, and as many second readings. Beyond that the newest tubes are left out, and the page says so.
pub const OUTSTANDING_MAX: i64 = 20_000;

sql! {
    // What was cancelled is left out of what was read: were it a condition, a planner might begin with all requests.
    OUTSTANDING: (
        "w.id": SpecimenId,
        "w.since": Timestamp,
        "o.priority": Priority,
        "q.id": RequestId,
        "q.analyte": AnalyteId,
        "q.test": TestId,
        "q.cancelled": Option<i64>,
    ) = "FROM open_specimens w JOIN specimens s ON s.lab = w.lab AND s.id = w.id \
        JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
        JOIN requests q ON q.lab = s.lab AND q.order_id = s.order_id AND q.specimen_type = s.specimen_type \
        LEFT JOIN results r ON r.lab = s.lab AND r.specimen = s.id AND r.analyte = q.analyte AND r.state <> 'repeat' \
        WHERE w.lab = $1 AND w.id > $2 AND r.id IS NULL ORDER BY w.id LIMIT $3";
    SECOND_READINGS: (w: AwaitedRow, "o.priority": Priority, "r.state": State) = "FROM second_readings_awaited w \
        JOIN results r ON r.lab = w.lab AND r.id = w.id JOIN specimens s ON s.lab = w.lab AND s.id = w.specimen \
        JOIN orders o ON o.lab = s.lab AND o.id = s.order_id WHERE w.lab = $1 AND w.id > $2 ORDER BY w.id LIMIT $3";
}

/// A tube with outstanding tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchTube {
    /// The specimen.
    pub specimen: SpecimenId,
    /// How urgent it is.
    pub priority: Priority,
    /// Since when the first of them is outstanding.
    pub since: Timestamp,
    /// What is outstanding, in the order of the report.
    pub outstanding: Vec<Outstanding>,
}

/// An analyte that is outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outstanding {
    /// Its place in the order.
    request: RequestId,
    /// The analyte.
    pub analyte: AnalyteId,
    /// The test that asked for it; none for a second reading.
    pub test: Option<TestId>,
    /// The result that a second person is to read, and the account of who entered it.
    pub second_reading: Option<(ResultId, i64)>,
}

impl BenchTube {
    /// Its place on the bench.
    pub fn position(&self) -> (i64, i64, i64) {
        (self.priority.rank(), self.since.micros(), self.specimen.0)
    }

    /// The place just before its own: behind that place it comes first.
    pub fn before(&self) -> (i64, i64, i64) {
        let (rank, since, specimen) = self.position();
        (rank, since, specimen - 1)
    }
}

/// Everything that is outstanding: the most urgent tubes first, then the oldest; and whether there are more than are read.
pub fn outstanding(read: &mut dyn Read) -> Result<(Vec<BenchTube>, bool), StoreError> {
    let rows = OUTSTANDING.all(read, &values![0_i64, OUTSTANDING_MAX])?;
    let awaited = SECOND_READINGS.all(read, &values![0_i64, OUTSTANDING_MAX])?;
    let more = rows.len().max(awaited.len()) as i64 == OUTSTANDING_MAX;
    let mut tubes: BTreeMap<SpecimenId, BenchTube> = BTreeMap::new();
    let mut add = |specimen, priority, since: Timestamp, outstanding| {
        let new = || BenchTube { specimen, priority, since, outstanding: Vec::new() };
        let tube = tubes.entry(specimen).or_insert_with(new);
        tube.since = tube.since.min(since);
        tube.outstanding.push(outstanding);
    };
    for (specimen, since, priority, request, analyte, test, cancelled) in rows {
        if cancelled.is_none() {
            add(specimen, priority, since, Outstanding { request, analyte, test: Some(test), second_reading: None });
        }
    }
    for (row, priority, state) in awaited {
        if state == State::Reported {
            let second_reading = Some((row.id, row.entered_by));
            let outstanding =
                Outstanding { request: RequestId(i64::MAX), analyte: row.analyte, test: None, second_reading };
            add(row.specimen, priority, row.since, outstanding);
        }
    }
    let mut tubes: Vec<BenchTube> = tubes.into_values().collect();
    tubes.iter_mut().for_each(|tube| tube.outstanding.sort());
    tubes.sort_by_key(BenchTube::position);
    Ok((tubes, more))
}
