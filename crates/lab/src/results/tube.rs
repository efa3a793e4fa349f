//! A tube as a message about it finds it: whose it is, what is ordered on it, and which results it has.

use jiff::tz::TimeZone;
use titer_store::{Plan, Read, StoreError, Timestamp, sql, values};

use super::State;
use crate::{
    catalog::AnalyteId,
    orders::Priority,
    specimens::{
        SpecimenId,
        views::{self as specimens, Specimen},
    },
    text,
};

sql! {
    // What is ordered, and behind it the results: one question for both.
    ON_TUBE: (
        "s.id": SpecimenId,
        "q.analyte": AnalyteId,
        "o.priority": Option<Priority>,
        "q.cancelled": Option<i64>,
        "CAST(NULL AS TEXT)": Option<State>,
        "CAST(NULL AS TEXT)": Option<String>,
        "CAST(NULL AS BIGINT)": Option<Timestamp>,
        "CAST(NULL AS BIGINT)": Option<i64>,
    ) = "FROM specimens s JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
        JOIN requests q ON q.lab = s.lab AND q.order_id = s.order_id AND q.specimen_type = s.specimen_type \
        WHERE s.lab = $1 AND s.folded = $2 \
        UNION ALL SELECT s.id, r.analyte, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), r.state, r.value, r.measured_at, r.link \
        FROM specimens s JOIN results r ON r.lab = s.lab AND r.specimen = s.id WHERE s.lab = $1 AND s.folded = $2";
}

/// A tube, read once for all that a message says of it.
#[derive(Clone, Debug)]
pub struct Tube {
    /// The specimen.
    pub specimen: Specimen,
    /// The laboratory's time zone.
    pub(super) zone: TimeZone,
    /// The order's priority.
    pub(super) priority: Priority,
    /// What is asked for of it.
    pub(super) requested: Vec<Requested>,
    /// Its results.
    pub(super) results: Vec<Before>,
}

/// An analyte that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Requested {
    pub(super) analyte: AnalyteId,
    /// Whether it was cancelled since.
    pub(super) cancelled: bool,
}

/// A result that is there already.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub(super) analyte: AnalyteId,
    pub(super) state: State,
    pub(super) value: String,
    pub(super) measured_at: Option<Timestamp>,
    pub(super) link: i64,
}

impl Tube {
    /// The tube with this barcode.
    pub fn find(read: &mut dyn Read, barcode: &str, zone: TimeZone) -> Result<Option<Self>, StoreError> {
        let Some(specimen) = specimens::by_barcode(read, barcode)? else { return Ok(None) };
        let mut tube = Tube { specimen, zone, priority: Priority::Routine, requested: Vec::new(), results: Vec::new() };
        let on_tube = ON_TUBE.all(read, &values![text::key(barcode)])?;
        for (id, analyte, priority, cancelled, state, value, measured_at, link) in on_tube {
            match (priority, state, value, link) {
                // Of a tube whose number differs in its letters only: journals of before may hold some.
                _ if id != tube.specimen.id => {}
                (Some(priority), ..) => {
                    tube.priority = priority;
                    tube.requested.push(Requested { analyte, cancelled: cancelled.is_some() });
                }
                (None, Some(state), Some(value), Some(link)) => {
                    tube.results.push(Before { analyte, state, value, measured_at, link });
                }
                _ => {
                    return Err(StoreError::Corrupt(format!("a result of specimen {} has no state", tube.specimen.id)));
                }
            }
        }
        Ok(Some(tube))
    }

    /// Adds the reads of [`Tube::find`] to what a submission will read.
    pub fn plan(plan: &mut Plan, barcode: &str) {
        specimens::plan_by_barcode(plan, barcode);
        plan.reads.push((ON_TUBE.sql(), values![text::key(barcode)]));
    }
}
