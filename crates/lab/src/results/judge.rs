//! What the approved intervals and limits say of a value of one person.

use jiff::tz::TimeZone;
use titer_science::{Choice, Critical, Flag, Reported as Value, Subject, critical, flag};
use titer_store::Timestamp;

use super::{
    commands::{CLOCK_AHEAD_SECONDS_MAX, CLOCK_BEHIND_SECONDS_MAX, MEASURED_DAYS_MAX, Measurement},
    events::Measured,
};
use crate::{
    Catalog, Ctx, Failure,
    catalog::{AnalyteId, Answer, AnswerId, Kind, LimitId, Meaning, SpecimenTypeId, views::Limit},
    instruments::InstrumentId,
    refuse, sites,
    specimens::views::Specimen,
    systems::{
        State,
        gate::{self as systems, Gated, Inputs},
    },
};

/// Reasons to hold a result that come from judging it. If it is judged again, these are found again; all others stay.
pub(super) const HOLDS: [&str; 14] = [
    "critical",
    "not-a-number",
    "not-an-answer",
    "answer-unapproved",
    "answer-replaced",
    "answer-indeterminate",
    "answer-invalid",
    "free-text",
    "no-interval",
    "undecided-flag",
    "undecided-critical",
    "cautious-limit",
    "other-specimen-type",
    "judged-again",
];

/// A value as it was judged, and what it was judged by.
#[derive(Default)]
pub(super) struct Judged {
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    pub critical: String,
    /// The reference interval.
    pub interval: Option<i64>,
    /// Its lower limit.
    pub low: String,
    /// Its upper limit.
    pub high: String,
    /// The critical limit.
    pub limit: Option<i64>,
    /// Why a person must look at it.
    pub holds: Vec<String>,
}

impl Judged {
    /// As a result on a tube of this type. If the analyte is measured in another, its interval says nothing of the value, and only a
    /// limit by which the value is critical counts.
    pub fn of_tube(self, catalog: &Catalog, analyte: AnalyteId, tube: SpecimenTypeId) -> Self {
        if catalog.analyte(analyte).is_none_or(|a| a.specimen_type == tube) {
            return self;
        }
        let mut holds = self.holds;
        let undecided = "undecided-critical".to_owned();
        if self.critical.is_empty() && !holds.contains(&undecided) {
            holds.push(undecided);
        }
        // Its analyte is measured in another specimen type than that of the tube.
        holds.push("other-specimen-type".to_owned());
        Judged { critical: self.critical, limit: self.limit, holds, ..Judged::default() }
    }
}

/// The flag of an answer of which the director approved that nothing is to be judged.
const NOT_JUDGED: &str = "-";
/// What a value that must reach a clinician at once is, if it is an answer.
const CRITICAL_ANSWER: &str = "answer";

/// Judges a value, as it was sent and as the answer that it means. `holds` are the reasons that it is held for already.
pub(super) fn judge(
    catalog: &Catalog,
    (analyte, instrument): (AnalyteId, Option<InstrumentId>),
    (value, answer): (&str, Option<AnswerId>),
    subject: &Subject,
    holds: Vec<String>,
) -> Judged {
    let kind = catalog.analyte(analyte).map_or(Kind::Numeric, |a| a.kind);
    if kind == Kind::Coded {
        let answer = answer.and_then(|id| catalog.answer(id));
        return match answer.filter(|answer| answer.retired) {
            Some(replaced) => judge_replaced(catalog, replaced, holds),
            None => judge_answer(answer, holds),
        };
    }
    let value = kind.number(value);
    let mut holds = holds;
    let mut hold = |code: &str| holds.push(code.to_owned());
    if kind == Kind::Text {
        hold("free-text");
        return Judged { holds, ..Judged::default() };
    }
    if value == Value::Text {
        hold("not-a-number");
    }
    let interval = catalog.interval(analyte, instrument, subject);
    if interval.is_none() {
        hold("no-interval");
    }
    let flagged = interval.and_then(|(_, range)| flag(&value, range.low, range.high));
    if interval.is_some() && flagged.is_none() && value != Value::Text {
        hold("undecided-flag");
    }
    let (limit, critical) = match catalog.limit(analyte, instrument, subject) {
        // A limit that names no bound is the director's word that these people have none.
        Choice::One(l) if l.limit.low.is_none() && l.limit.high.is_none() => (Some(l.id), Some(Critical::Not)),
        Choice::One(l) => (Some(l.id), critical(&value, &l.limit)),
        // Where others have a limit, the want of one for this person is not known to be meant.
        Choice::None if catalog.has_limits(analyte, instrument) => (None, None),
        Choice::None => (None, Some(Critical::Not)),
        Choice::Ambiguous => match cautious(catalog.limits(analyte, instrument).iter(), subject, &value) {
            Some((limit, critical)) => {
                hold("cautious-limit");
                (Some(limit), Some(critical))
            }
            None => (None, None),
        },
    };
    let by_age = (limit, critical);
    let (limit, critical) = of_groups(catalog.limits_of_groups(analyte, instrument), subject, &value, by_age);
    if limit != by_age.0 {
        hold("cautious-limit");
    }
    let critical = match critical {
        Some(Critical::Low) => "low",
        Some(Critical::High) => "high",
        Some(Critical::Not) => "",
        None => {
            hold("undecided-critical");
            ""
        }
    };
    if !critical.is_empty() {
        holds.insert(0, "critical".to_owned());
    }
    Judged {
        flag: flagged.map(Flag::code).unwrap_or_default().to_owned(),
        critical: critical.to_owned(),
        interval: interval.map(|(i, _)| i.id.0),
        low: interval.map(|(i, _)| i.low.clone()).unwrap_or_default(),
        high: interval.map(|(i, _)| i.high.clone()).unwrap_or_default(),
        limit: limit.map(|l| l.0),
        holds,
    }
}

/// Judges an answer by the meaning that the director has approved. Without one nobody knows whether it is critical.
fn judge_answer(answer: Option<&Answer>, holds: Vec<String>) -> Judged {
    let mut why = holds;
    let mut hold = |code: &str| why.push(code.to_owned());
    let (flag, critical) = match answer.map(Answer::approved_meaning) {
        Some(Some(Meaning::Normal)) => ("N", ""),
        Some(Some(Meaning::Abnormal)) => ("A", ""),
        Some(Some(Meaning::Critical)) => ("A", CRITICAL_ANSWER),
        Some(Some(Meaning::Unjudged)) => (NOT_JUDGED, ""),
        Some(Some(Meaning::Indeterminate)) => {
            hold("answer-indeterminate");
            ("", "")
        }
        Some(Some(Meaning::Invalid)) => {
            hold("answer-invalid");
            ("", "")
        }
        Some(None) => {
            hold("answer-unapproved");
            hold("undecided-critical");
            ("", "")
        }
        None => {
            hold("not-an-answer");
            hold("undecided-critical");
            ("", "")
        }
    };
    if !critical.is_empty() {
        why.insert(0, "critical".to_owned());
    }
    Judged { flag: flag.to_owned(), critical: critical.to_owned(), holds: why, ..Judged::default() }
}

/// Judges an answer that no new result can have: its words and its meaning are not the laboratory's any more. It is critical if it was, or
/// if the answer that took its place is.
fn judge_replaced(catalog: &Catalog, replaced: &Answer, holds: Vec<String>) -> Judged {
    let successor = catalog.answers(replaced.analyte).iter().find(|a| a.code == replaced.code);
    let is_critical = |answer: &Answer| answer.approved_meaning() == Some(Meaning::Critical);
    let critical = is_critical(replaced) || successor.is_some_and(is_critical);
    let mut why = Vec::new();
    let mut hold = |code: &str| why.push(code.to_owned());
    if critical {
        hold("critical");
    }
    hold("answer-replaced");
    if !critical {
        hold("undecided-critical");
    }
    why.extend(holds);
    let critical = if critical { CRITICAL_ANSWER } else { "" };
    Judged { critical: critical.to_owned(), holds: why, ..Judged::default() }
}

/// Whether a value could be critical by a limit of a group that nobody knows the person to be of: then that counts. If one of these limits
/// cannot decide, nothing is decided.
fn of_groups<'l>(
    limits: impl Iterator<Item = &'l Limit> + Clone,
    subject: &Subject,
    value: &Value,
    decided: (Option<LimitId>, Option<Critical>),
) -> (Option<LimitId>, Option<Critical>) {
    if matches!(decided.1, Some(Critical::Low | Critical::High)) {
        return decided;
    }
    if let Some((limit, found)) = cautious(limits.clone(), subject, value) {
        return (Some(limit), Some(found));
    }
    let bounds = |l: &&Limit| l.limit.low.is_some() || l.limit.high.is_some();
    let mut possible = limits.filter(|l| l.limit.population.may_be_of(subject)).filter(bounds);
    if possible.any(|l| critical(value, &l.limit).is_none()) { (decided.0, None) } else { decided }
}

/// If nobody knows which limit is this person's: the first by which the value is critical, of all that could be. A value that none of
/// them calls critical stays undecided.
fn cautious<'l>(
    limits: impl Iterator<Item = &'l Limit>,
    subject: &Subject,
    value: &Value,
) -> Option<(LimitId, Critical)> {
    let possible = limits.filter(|l| l.limit.population.may_be_of(subject));
    possible.map(|l| (l.id, critical(value, &l.limit))).find_map(|(id, critical)| match critical {
        Some(found @ (Critical::Low | Critical::High)) => Some((id, found)),
        _ => None,
    })
}

/// Why the controls of its test system do not let a result pass. If the test system is not in use, that holds the result.
pub(super) fn of_controls(
    ctx: &Ctx,
    (analyte, specimen_type, instrument): (AnalyteId, SpecimenTypeId, Option<InstrumentId>),
    measured_at: Option<Timestamp>,
    zone: &TimeZone,
) -> Vec<String> {
    let system = instrument.and_then(|instrument| ctx.systems.of(analyte, specimen_type, instrument));
    let system = system.filter(|system| system.state == State::InUse);
    system.map_or_else(Vec::new, |system| ctx.quality.gate(system, measured_at, zone))
}

/// Judges values of one specimen by what the director has approved.
pub(super) struct Judge<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) specimen: &'a Specimen,
    /// What measured the values, if that is known.
    pub(super) instrument: Option<InstrumentId>,
    pub(super) zone: TimeZone,
}

impl Judge<'_> {
    /// A measurement before the collection, before the patient was born, or in the future, holds.
    pub(super) fn time(&self, measured_at: Option<Timestamp>) -> Result<(), Failure> {
        let Some(measured_at) = measured_at else { return Ok(()) };
        if measured_at > self.ctx.at.plus_seconds(CLOCK_AHEAD_SECONDS_MAX) {
            return refuse("results-measured-in-future");
        }
        if self.specimen.collected_at.is_some_and(|c| measured_at < c) {
            return refuse("results-measured-before-collection");
        }
        let day = sites::views::local(measured_at, &self.zone).date();
        if self.specimen.patient.birth_date.is_some_and(|born| day < born) {
            return refuse("results-measured-before-birth");
        }
        Ok(())
    }

    /// A measurement from before the tube was received, or of long ago, may be another tube's that bore the same number: a person
    /// must look.
    pub(super) fn early(&self, measured_at: Option<Timestamp>) -> Option<String> {
        let (measured_at, received_at) = (measured_at?, self.specimen.received_at?);
        let local = sites::views::local(measured_at, &self.zone);
        let at = local.strftime("%Y-%m-%dT%H:%M");
        if measured_at.plus_seconds(CLOCK_BEHIND_SECONDS_MAX) < received_at {
            Some(format!("measured-before-receipt:{at}"))
        } else if measured_at < self.ctx.at.plus_seconds(-MEASURED_DAYS_MAX * 24 * 3_600) {
            Some(format!("measured-long-ago:{at}"))
        } else {
            None
        }
    }

    /// The patient, at the age that counts.
    pub(super) fn subject(&self, measured_at: Option<Timestamp>) -> Subject {
        let at = self.specimen.collected_at.or(measured_at).unwrap_or(self.ctx.at);
        self.specimen.patient.subject(sites::views::local(at, &self.zone))
    }

    /// Why the test system does not let the value pass. If the link said already why nobody knows what measured it, that is not said twice.
    fn gate(&self, m: &Measurement, subject: &Subject) -> Vec<String> {
        if self.instrument.is_none() && m.holds.iter().any(|hold| systems::is_of_module(hold)) {
            return Vec::new();
        }
        let kind = self.ctx.catalog.analyte(m.analyte).map_or(Kind::Numeric, |a| a.kind);
        let mut holds = self.ctx.systems.gate(&Gated {
            analyte: m.analyte,
            specimen_type: self.specimen.specimen_type,
            instrument: self.instrument,
            value: kind.number(&m.value),
            dilution: m.run.dilution.as_deref(),
            inputs: Inputs::of(subject, self.specimen.collected_at.is_some(), m.measured_at.is_some()),
        });
        let of = (m.analyte, self.specimen.specimen_type, self.instrument);
        holds.extend(of_controls(self.ctx, of, m.measured_at, &self.zone));
        holds
    }

    pub(super) fn measured(&self, m: Measurement) -> Measured {
        let gate = self.gate(&m, &self.subject(m.measured_at));
        self.judged(m, self.instrument, gate)
    }

    /// As [`Judge::measured`], of a value that no instrument gave: the test systems of its inputs guard it.
    pub(super) fn derived(&self, m: Measurement) -> Measured {
        self.judged(m, None, Vec::new())
    }

    fn judged(&self, m: Measurement, instrument: Option<InstrumentId>, gate: Vec<String>) -> Measured {
        let subject = self.subject(m.measured_at);
        let early = self.early(m.measured_at);
        let mut holds = m.holds;
        holds.extend(early.into_iter().chain(gate));
        let of = (m.analyte, instrument);
        let judged = judge(&self.ctx.catalog, of, (&m.value, m.answer), &subject, holds);
        let judged = judged.of_tube(&self.ctx.catalog, m.analyte, self.specimen.specimen_type);
        Measured {
            analyte: m.analyte.0,
            code: m.code,
            value: m.value,
            unit: m.unit,
            flag: judged.flag,
            critical: judged.critical,
            interval: judged.interval,
            low: judged.low,
            high: judged.high,
            limit: judged.limit,
            holds: judged.holds,
            measured_at: m.measured_at.map(Timestamp::micros),
            mapping: m.mapping,
            answer: m.answer.map(|answer| answer.0),
            operator: m.run.operator,
            lot: m.run.lot,
            dilution: m.run.dilution,
        }
    }
}
