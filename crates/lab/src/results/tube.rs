//! A tube as a message about it finds it: whose it is, what is ordered on it, and which results it has.

use jiff::tz::TimeZone;
use titer_store::{Plan, Read, StoreError, Timestamp, sql, values};

use super::{ContradictionState, ResultId, State};
use crate::{
    catalog::{AnalyteId, AnswerId},
    instruments::InstrumentId,
    orders::Priority,
    specimens::{
        SpecimenId,
        views::{self as specimens, Specimen},
    },
    text,
};

sql! {
    // What is ordered, behind it the results, and behind these what contradicts them: one question for all.
    ON_TUBE: (
        "s.id": SpecimenId,
        "q.analyte": AnalyteId,
        "o.priority": Option<Priority>,
        "q.cancelled": Option<i64>,
        "CAST(NULL AS TEXT)": Option<State>,
        "CAST(NULL AS TEXT)": Option<String>,
        "CAST(NULL AS BIGINT)": Option<Timestamp>,
        "CAST(NULL AS BIGINT)": Option<i64>,
        "CAST(NULL AS BIGINT)": Option<ResultId>,
        "CAST(NULL AS BIGINT)": Option<i64>,
        "CAST(NULL AS TEXT)": Option<String>,
        "CAST(NULL AS TEXT)": Option<String>,
        "CAST(NULL AS TEXT)": Option<String>,
        "CAST(NULL AS TEXT)": Option<String>,
        "CAST(NULL AS TEXT)": Option<ContradictionState>,
        "CAST(NULL AS BIGINT)": Option<i64>,
        "CAST(NULL AS BIGINT)": Option<AnswerId>,
        "CAST(NULL AS BIGINT)": Option<InstrumentId>,
    ) = "FROM specimens s JOIN orders o ON o.lab = s.lab AND o.id = s.order_id \
        JOIN requests q ON q.lab = s.lab AND q.order_id = s.order_id AND q.specimen_type = s.specimen_type \
        WHERE s.lab = $1 AND s.folded = $2 \
        UNION ALL SELECT s.id, r.analyte, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), r.state, r.value, r.measured_at, \
        r.link, r.id, r.version, r.unit, r.holds, r.critical, r.signed_by, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), \
        r.answer, CAST(NULL AS BIGINT) \
        FROM specimens s JOIN results r ON r.lab = s.lab AND r.specimen = s.id WHERE s.lab = $1 AND s.folded = $2 \
        UNION ALL SELECT s.id, c.analyte, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS TEXT), c.value, \
        c.measured_at, c.link, c.result, CAST(NULL AS BIGINT), c.unit, c.holds, c.critical, CAST(NULL AS TEXT), c.state, \
        c.message, c.answer, c.instrument \
        FROM specimens s JOIN contradictions c ON c.lab = s.lab AND c.specimen = s.id WHERE s.lab = $1 AND s.folded = $2";
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
    /// What contradicts them, decided or not.
    pub(super) contradictions: Vec<Known>,
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
    pub(super) id: ResultId,
    pub(super) version: i64,
    pub(super) unit: String,
    pub(super) holds: String,
    pub(super) critical: bool,
    /// Who verified it.
    pub(super) signed_by: Option<String>,
    pub(super) answer: Option<AnswerId>,
}

/// A value that came before and contradicts a result.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) result: ResultId,
    pub(super) analyte: AnalyteId,
    pub(super) value: String,
    pub(super) unit: String,
    pub(super) measured_at: Option<Timestamp>,
    pub(super) link: i64,
    pub(super) holds: String,
    pub(super) critical: String,
    /// Whether a person has decided on it, and whether the result was verified when it came: then somebody owns the decision.
    pub(super) state: ContradictionState,
    pub(super) message: Option<i64>,
    pub(super) answer: Option<AnswerId>,
    pub(super) instrument: Option<InstrumentId>,
}

impl Tube {
    /// The tube with this barcode.
    pub fn find(read: &mut dyn Read, barcode: &str, zone: TimeZone) -> Result<Option<Self>, StoreError> {
        let Some(specimen) = specimens::by_barcode(read, barcode)? else { return Ok(None) };
        let mut tube = Tube {
            specimen,
            zone,
            priority: Priority::Routine,
            requested: Vec::new(),
            results: Vec::new(),
            contradictions: Vec::new(),
        };
        let on_tube = ON_TUBE.all(read, &values![text::key(barcode)])?;
        for row in on_tube {
            let (
                of,
                analyte,
                priority,
                cancelled,
                state,
                value,
                measured_at,
                link,
                id,
                version,
                unit,
                holds,
                critical,
                signed_by,
                contradiction,
                message,
                answer,
                instrument,
            ) = row;
            // Of a tube whose number differs in its letters only: journals of before may hold some.
            if of != tube.specimen.id {
                continue;
            }
            if let Some(priority) = priority {
                tube.priority = priority;
                tube.requested.push(Requested { analyte, cancelled: cancelled.is_some() });
                continue;
            }
            let damaged = |what: &str| StoreError::Corrupt(format!("a result of specimen {} {what}", tube.specimen.id));
            let whole = value.zip(link).zip(id).zip(unit.zip(holds)).zip(critical);
            let Some(((((value, link), id), (unit, holds)), critical)) = whole else {
                return Err(damaged("is not whole"));
            };
            match (state, version, contradiction) {
                (Some(state), Some(version), None) => {
                    let critical = !critical.is_empty();
                    tube.results.push(Before {
                        analyte,
                        state,
                        value,
                        measured_at,
                        link,
                        id,
                        version,
                        unit,
                        holds,
                        critical,
                        signed_by,
                        answer,
                    });
                }
                (None, None, Some(state)) => tube.contradictions.push(Known {
                    result: id,
                    analyte,
                    value,
                    unit,
                    measured_at,
                    link,
                    holds,
                    critical,
                    state,
                    message,
                    answer,
                    instrument,
                }),
                _ => return Err(damaged("has no state")),
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
