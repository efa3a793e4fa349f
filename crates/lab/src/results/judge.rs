//! What the approved intervals and limits say of a value of one person.

use titer_science::{Choice, Critical, Flag, Reported as Value, Subject, critical, flag};
use titer_store::{Read, Timestamp};

use super::{
    contradiction::{MORE, OTHER_UNIT},
    events::{CRITICAL_BESIDE, JudgedAgain, NewJudgement, NewUrgency, UNDECIDED, UNDECIDED_BESIDE, is_urgent_beside},
    views::{self, Contradiction, LabResult},
};
use crate::{
    Action, Catalog, Command, Ctx, Decision, Failure, Refusal,
    catalog::{AnalyteId, Answer, AnswerId, Kind, LimitId, Meaning, views::Limit},
    patients::{self, PatientId},
    refuse, sites,
    specimens::SpecimenId,
};

/// The most results judged again at once.
pub const JUDGED_MAX: usize = 400;

/// Reasons to hold a result that come from judging it. If it is judged again, these are found again; all others stay.
pub(super) const HOLDS: [&str; 12] = [
    "critical",
    "not-a-number",
    "not-an-answer",
    "answer-unapproved",
    "answer-indeterminate",
    "answer-invalid",
    "free-text",
    "no-interval",
    "undecided-flag",
    "undecided-critical",
    "cautious-limit",
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

/// The flag of an answer of which the director approved that nothing is to be judged.
const NOT_JUDGED: &str = "-";
/// What a value that must reach a clinician at once is, if it is an answer.
const CRITICAL_ANSWER: &str = "answer";

/// Judges a value, as it was sent and as the answer that it means. `holds` are the reasons that it is held for already.
pub(super) fn judge(
    catalog: &Catalog,
    analyte: AnalyteId,
    (value, answer): (&str, Option<AnswerId>),
    subject: &Subject,
    holds: Vec<String>,
) -> Judged {
    let kind = catalog.analyte(analyte).map_or(Kind::Numeric, |a| a.kind);
    if kind == Kind::Coded {
        return judge_answer(answer.and_then(|id| catalog.answer(id)), holds);
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
    let interval = catalog.interval(analyte, subject);
    if interval.is_none() {
        hold("no-interval");
    }
    let flagged = interval.and_then(|(_, range)| flag(&value, range.low, range.high));
    if interval.is_some() && flagged.is_none() && value != Value::Text {
        hold("undecided-flag");
    }
    let (limit, critical) = match catalog.limit(analyte, subject) {
        // A limit that names no bound is the director's word that these people have none.
        Choice::One(l) if l.limit.low.is_none() && l.limit.high.is_none() => (Some(l.id), Some(Critical::Not)),
        Choice::One(l) => (Some(l.id), critical(&value, &l.limit)),
        // Where others have a limit, the want of one for this person is not known to be meant.
        Choice::None if catalog.has_limits(analyte) => (None, None),
        Choice::None => (None, Some(Critical::Not)),
        Choice::Ambiguous => match cautious(catalog.limits(analyte), subject, &value) {
            Some((limit, critical)) => {
                hold("cautious-limit");
                (Some(limit), Some(critical))
            }
            None => (None, None),
        },
    };
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

/// If nobody knows which limit is this person's: the first by which the value is critical, of all that could be. A value that none of
/// them calls critical stays undecided.
fn cautious(limits: &[Limit], subject: &Subject, value: &Value) -> Option<(LimitId, Critical)> {
    let possible = limits.iter().filter(|l| l.limit.population.may_be_of(subject));
    possible.map(|l| (l.id, critical(value, &l.limit))).find_map(|(id, critical)| match critical {
        Some(found @ (Critical::Low | Critical::High)) => Some((id, found)),
        _ => None,
    })
}

/// Judge again what waits for review of a patient whose sex or date of birth was corrected. Verified results stay as they were signed.
pub(crate) struct JudgeAgain {
    pub(crate) patient: PatientId,
}

impl Command for JudgeAgain {
    /// How many results have another judgement now.
    type Answer = usize;
    const ACTION: Action = Action::CorrectPatients;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<usize>, Failure> {
        let Some(patient) = patients::views::patient(read, self.patient)? else { return refuse("patients-unknown") };
        let waiting = views::waiting_of(read, self.patient, JUDGED_MAX + 1)?;
        let against = views::undecided_of(read, self.patient, JUDGED_MAX + 1)?;
        if waiting.len().max(against.len()) > JUDGED_MAX {
            return Err(Refusal::new("results-too-many").with("limit", JUDGED_MAX).into());
        }
        if waiting.is_empty() && against.is_empty() {
            return Ok(Decision::nothing(0));
        }
        let zone = sites::views::zone(read)?;
        let mut specimens: Vec<i64> = waiting.iter().map(|w| w.result.specimen.0).collect();
        specimens.extend(against.iter().map(|a| a.specimen.0));
        specimens.sort_unstable();
        specimens.dedup();
        let subject = |collected_at: Option<Timestamp>, measured_at, arrived_at| {
            let at = collected_at.or(measured_at).unwrap_or(arrived_at);
            patient.subject(sites::views::local(at, &zone))
        };
        let (mut beside, mut contradictions) = (Vec::new(), Vec::new());
        for Against { contradiction, collected_at, .. } in against {
            let subject = subject(collected_at, contradiction.measured_at, contradiction.arrived_at);
            let new = urgency(&ctx.catalog, &subject, &contradiction);
            if !new.critical.is_empty() {
                beside.push((contradiction.result, CRITICAL_BESIDE));
            }
            if !contradiction.value.is_empty() && new.holds.iter().any(|h| h == UNDECIDED) {
                beside.push((contradiction.result, UNDECIDED_BESIDE));
            }
            let was = (&contradiction.flag, &contradiction.critical, &contradiction.holds);
            if was != (&new.flag, &new.critical, &new.holds) {
                contradictions.push(new);
            }
        }
        let results = waiting.into_iter().filter_map(|w| {
            let subject = subject(w.collected_at, w.result.measured_at, w.arrived_at);
            let beside: Vec<&str> = [CRITICAL_BESIDE, UNDECIDED_BESIDE]
                .into_iter()
                .filter(|why| beside.contains(&(w.result.id, why)))
                .collect();
            again(&ctx.catalog, &subject, w.result, &beside)
        });
        let results: Vec<NewJudgement> = results.collect();
        let count = results.len();
        Ok(Decision::event(JudgedAgain { patient: self.patient.0, specimens, results, contradictions }, count))
    }
}

/// A value that contradicts a result and is not decided, with what tells the patient's age.
pub(super) struct Against {
    pub contradiction: Contradiction,
    pub specimen: SpecimenId,
    pub collected_at: Option<Timestamp>,
}

/// A contradicting value as it is judged now. One without a value, or in another unit, stays as it is.
fn urgency(catalog: &Catalog, subject: &Subject, value: &Contradiction) -> NewUrgency {
    let contradiction = value.id.0;
    if value.holds.iter().any(|h| [MORE, OTHER_UNIT].contains(&h.as_str())) {
        let (flag, critical, holds) = (value.flag.clone(), value.critical.clone(), value.holds.clone());
        return NewUrgency { contradiction, flag, critical, limit: None, holds };
    }
    let others = value.holds.iter().filter(|h| !HOLDS.contains(&h.as_str())).cloned().collect();
    let Judged { flag, critical, limit, holds, .. } =
        judge(catalog, value.analyte, (&value.value, value.answer), subject, others);
    NewUrgency { contradiction, flag, critical, limit, holds }
}

/// A result that waits for review, with the times that tell the patient's age.
pub(super) struct WaitingResult {
    pub result: LabResult,
    pub collected_at: Option<Timestamp>,
    pub arrived_at: Timestamp,
}

/// The new judgement of a result, if it differs from the one that the result has. `beside` says how urgent the values are that
/// contradict the result.
fn again(catalog: &Catalog, subject: &Subject, result: LabResult, beside: &[&str]) -> Option<NewJudgement> {
    let found_again = |h: &str| is_urgent_beside(h) || HOLDS.contains(&h);
    let beside = beside.iter().map(|why| (*why).to_owned());
    let others = beside.chain(result.holds.iter().filter(|h| !found_again(h)).cloned()).collect();
    let mut judged = judge(catalog, result.analyte, (&result.value, result.answer), subject, others);
    let found = |holds: &[String]| {
        let mut found: Vec<String> = holds.iter().filter(|h| *h != "judged-again").cloned().collect();
        found.sort();
        found
    };
    let interval = (judged.interval.is_some(), &judged.low, &judged.high);
    let same = interval == (result.has_interval, &result.low, &result.high)
        && (&judged.flag, &judged.critical) == (&result.flag, &result.critical)
        && found(&judged.holds) == found(&result.holds);
    if same {
        return None;
    }
    judged.holds.push("judged-again".to_owned());
    Some(NewJudgement {
        result: result.id.0,
        version: result.version,
        flag: judged.flag,
        critical: judged.critical,
        interval: judged.interval,
        low: judged.low,
        high: judged.high,
        limit: judged.limit,
        holds: judged.holds,
    })
}
