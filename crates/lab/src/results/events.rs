//! What happens to results.

mod contradicted;
mod reported;
mod signed;

pub use contradicted::{Contradicted, ContradictedV1, Contradicting, ContradictionDismissed, DismissedValue};
pub use reported::{FiledOtherwise, Measured, Reported, ReportedV1, SentValue};
pub use signed::{RepeatAsked, Seen, Signed, Verified};

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, set};

use super::{
    ContradictionId, ResultId,
    tables::{self, AwaitingRow, ContradictionRow, ResultRow},
};
use crate::{jobs, stories};

/// Why a result is held that a critical value contradicts: it is as urgent as a critical result.
pub(super) const CRITICAL_BESIDE: &str = "contradicted-critical";
/// Why a result is held that a value contradicts which is to be treated as critical: it is as urgent as a critical result.
pub(super) const UNDECIDED_BESIDE: &str = "contradicted-undecided";
/// What is said of a value if no approved limit decides whether it is critical.
pub(super) const UNDECIDED: &str = "undecided-critical";

/// Whether a hold says that a value which is critical, or is to be treated as critical, contradicts the result.
pub(super) fn is_urgent_beside(hold: &str) -> bool {
    [CRITICAL_BESIDE, UNDECIDED_BESIDE].contains(&hold)
}

/// The place of a result in the review, before its urgency counts.
pub(super) fn rank(critical: bool, holds: &[String]) -> i64 {
    match holds {
        _ if critical || holds.iter().any(|h| is_urgent_beside(h)) => 0,
        [] => 2,
        _ => 1,
    }
}

/// Whether a value is critical, or is to be treated as critical because no approved limit decides it.
pub(super) fn is_urgent<'h>(critical: &str, mut holds: impl Iterator<Item = &'h str>) -> bool {
    !critical.is_empty() || holds.any(|hold| hold == UNDECIDED)
}

/// The place of a contradiction among those to decide.
fn urgency<'h>(critical: &str, holds: impl Iterator<Item = &'h str>) -> i64 {
    i64::from(!is_urgent(critical, holds))
}

/// Results that wait for review are held for one more reason.
#[derive(Serialize, Deserialize)]
pub struct Held {
    /// The meaning of the sender's code that they were filed under.
    pub mapping: i64,
    /// The results.
    pub results: Vec<HeldResult>,
}

/// A result with all its reasons.
#[derive(Serialize, Deserialize)]
pub struct HeldResult {
    /// The result.
    pub result: i64,
    /// Its version before.
    pub version: i64,
    /// Whether it is critical.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// Why a person must look at it, the new reason with the old ones.
    pub holds: Vec<String>,
}

impl Event for Held {
    const KIND: &'static str = "results.held";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::RESULTS, &tables::AWAITING_REVIEW];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for held in &self.results {
            held.hold(header, changes);
        }
    }
}

impl HeldResult {
    /// A result with the reasons that it has.
    pub(super) fn of(row: &ResultRow) -> Self {
        let holds = row.holds.lines().map(str::to_owned).collect();
        HeldResult { result: row.id.0, version: row.version, critical: !row.critical.is_empty(), holds }
    }

    pub(super) fn hold(&self, header: &Header, changes: &mut Changes) {
        let set = set!(ResultRow { version: self.version + 1, holds: self.holds.join("\n"), changed: header.number });
        changes.patch(ResultId(self.result), set);
        changes.patch(ResultId(self.result), set!(AwaitingRow { rank: rank(self.critical, &self.holds) }));
    }
}

/// Results that wait for review were judged again, because what they are judged by was corrected.
#[derive(Serialize, Deserialize)]
pub struct JudgedAgain {
    /// The patient.
    pub patient: i64,
    /// The specimens of all results that were judged again.
    pub specimens: Vec<i64>,
    /// The results whose judgement changed.
    pub results: Vec<NewJudgement>,
    /// Values that contradict results and whose judgement changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<NewUrgency>,
}

/// A value that contradicts a result, with its new judgement.
#[derive(Serialize, Deserialize)]
pub struct NewUrgency {
    /// The contradiction.
    pub contradiction: i64,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The critical limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// What the analyzer and the judgement say of the value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
}

/// A result with its new judgement, and what it was judged by.
#[derive(Serialize, Deserialize)]
pub struct NewJudgement {
    /// The result.
    pub result: i64,
    /// Its version before.
    pub version: i64,
    /// `L`, `N`, `H`, of an answer also `A` or `-`, or empty when it could not be judged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flag: String,
    /// `low`, `high`, `answer`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub critical: String,
    /// The reference interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
    /// Its lower limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub low: String,
    /// Its upper limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub high: String,
    /// The critical limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Why a person must look at it.
    pub holds: Vec<String>,
}

impl Event for JudgedAgain {
    const KIND: &'static str = "results.judged-again";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &tables::CONTRADICTIONS, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for new in &self.contradictions {
            let set = set!(ContradictionRow {
                flag: new.flag.clone(),
                critical: new.critical.clone(),
                limit_id: new.limit,
                holds: new.holds.join("\n"),
                rank: urgency(&new.critical, new.holds.iter().map(String::as_str)),
            });
            changes.patch(ContradictionId(new.contradiction), set);
        }
        for new in &self.results {
            let set = set!(ResultRow {
                version: new.version + 1,
                flag: new.flag.clone(),
                critical: new.critical.clone(),
                interval_id: new.interval,
                low: new.low.clone(),
                high: new.high.clone(),
                holds: new.holds.join("\n"),
                changed: header.number,
            });
            changes.patch(ResultId(new.result), set);
            let rank = rank(!new.critical.is_empty(), &new.holds);
            changes.patch(ResultId(new.result), set!(AwaitingRow { rank: rank }));
        }
        stories::enter(changes, header, &self.specimens, &self.results.len().to_string());
    }
}

/// Everything that waits was judged again by the catalogue as one event left it.
#[derive(Serialize, Deserialize)]
pub struct AllJudged {
    /// The job that is done.
    pub job: i64,
}

impl Event for AllJudged {
    const KIND: &'static str = "results.all-judged";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&jobs::face::DUE];
    fn project(&self, _: &Header, changes: &mut Changes) {
        jobs::face::done(changes, self.job);
    }
}
